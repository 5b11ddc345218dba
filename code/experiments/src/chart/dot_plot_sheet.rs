//! [`DotPlot`] laid out.

use plotters::coord::ranged1d::Ranged;

use super::Layout;
use super::axis::{Fit, Span};
use super::dot_plot::{DotPlot, DotRow};
use super::frame::{self, tick_row, x_heading};
use super::ink::{Ink, Shape};
use super::letters;
use super::place::Rect;
use super::sheet::{Anchor, LINE, Label, Sheet};
use super::svg::TEXT;
use super::table::significant;

const RADIUS: i32 = 32;
/// The least height of a strip of dots, and the most, from its middle.
const HALF_STRIP: (i32, i32) = (100, 240);
const COLUMN_GAP: i32 = 140;

/// Lay the plot out: rows beside their labels, or under them where the page
/// is narrow.
pub(super) fn sheet(plot: &DotPlot, width: i32, layout: Layout) -> Sheet {
    let values = plot.rows.iter().flat_map(|row| row.values.iter().copied());
    let mark = plot.threshold.iter().map(|landmark| landmark.value);
    let has_data = values.clone().any(|v| plot.axis.refuses(v).is_none());
    match plot.axis.span(values.chain(mark), Fit::Round) {
        Some(span) if has_data => Plan::new(plot, span, width, layout).sheet(),
        _ => frame::empty(width, "no data to show"),
    }
}

struct Plan<'a> {
    plot: &'a DotPlot,
    span: Span,
    width: i32,
    /// Labels stand above their dots.
    stacked: bool,
    /// Where dots are, from left to right.
    left: i32,
    right: i32,
    rows: Vec<Row<'a>>,
}

/// One row with its place; lengths from the top of the rows.
struct Row<'a> {
    row: &'a DotRow,
    label: Vec<String>,
    value: String,
    /// Present on the first row of a group with a name.
    heading: Option<(Vec<String>, i32)>,
    label_top: i32,
    /// The middle of the strip of dots, and its half height.
    middle: i32,
    half: i32,
    dots: Vec<(i32, i32)>,
}

impl<'a> Plan<'a> {
    fn new(plot: &'a DotPlot, span: Span, width: i32, layout: Layout) -> Self {
        let stacked = layout == Layout::Narrow || width < 4500;
        let values: Vec<String> = plot.rows.iter().map(value_text).collect();
        let value_room = values
            .iter()
            .map(|text| letters::width(text, TEXT, false))
            .chain([letters::width(MEDIAN, TEXT, false)])
            .max()
            .unwrap_or(0)
            .min(width / 3);
        let label_room = if stacked { width - value_room } else { width / 4 };
        let labels: Vec<Vec<String>> = plot
            .rows
            .iter()
            .map(|row| fitted(&row.label, label_room - COLUMN_GAP, false))
            .collect();
        let column = labels
            .iter()
            .flatten()
            .map(|line| letters::width(line, TEXT, false))
            .max()
            .unwrap_or(0);
        let mut plan = Self {
            plot,
            span,
            width,
            stacked,
            left: if stacked { 60 } else { column + COLUMN_GAP },
            right: width - if stacked { 60 } else { value_room + COLUMN_GAP },
            rows: Vec::new(),
        };
        plan.place_rows(labels, values, value_room);
        plan
    }

    fn place_rows(
        &mut self,
        labels: Vec<Vec<String>>,
        values: Vec<String>,
        value_room: i32,
    ) {
        let mut y = 0;
        let mut group = "";
        let all = self.plot.rows.iter().zip(labels).zip(values);
        for ((row, label), value) in all {
            let heading = (row.group != group && !row.group.is_empty())
                .then(|| (fitted(&row.group, self.width, true), y + 60));
            group = &row.group;
            if let Some((lines, top)) = &heading {
                y = top + lines.len() as i32 * LINE + 10;
            }
            let (dots, half) = swarm(&self.dot_places(row));
            let lines = label.len() as i32 * LINE;
            let (label_top, middle, end) = if self.stacked {
                let middle = y + lines + 20 + half;
                (y, middle, middle + half + 60)
            } else {
                let half = half.max(lines / 2);
                (y + half + 25 - lines / 2, y + half + 25, y + 2 * half + 50)
            };
            let value = letters::cut(&value, TEXT, false, value_room);
            self.rows.push(Row {
                row,
                label,
                value,
                heading,
                label_top,
                middle,
                half,
                dots,
            });
            y = end;
        }
    }

    fn dot_places(&self, row: &DotRow) -> Vec<i32> {
        let axis = &self.plot.axis;
        row.values
            .iter()
            .filter(|&&v| axis.refuses(v).is_none() && self.span.shows(v))
            .map(|&v| self.x(v))
            .collect()
    }

    fn x(&self, value: f64) -> i32 {
        // Dots at the ends keep clear of the labels.
        self.span.map(&value, (self.left + 40, self.right - 40))
    }

    fn sheet(self) -> Sheet {
        let mut sheet = self.head();
        let top = sheet.height;
        let mut body = Sheet::default();
        let bottom =
            self.rows.last().map_or(0, |row| row.middle + row.half + 60);
        let ticks: Vec<_> = self
            .span
            .ticks(((self.right - self.left) / 650).max(2) as usize)
            .into_iter()
            .filter(|tick| self.span.shows(tick.value))
            .collect();
        self.draw_ground(&mut body, &ticks, bottom);
        for row in &self.rows {
            self.draw_row(&mut body, row);
        }
        body.line([(self.left, bottom), (self.right, bottom)], Ink::Axis, 10);
        let y = bottom + 50 + LINE / 2;
        body.put(
            tick_row(&ticks, |v| self.x(v), bottom, y, self.width),
            (0, 0),
        );
        let area = Rect { x0: self.left, y0: 0, x1: self.right, y1: bottom };
        let under = y + LINE / 2 + 10;
        let axis = &self.plot.axis;
        body.height = x_heading(&mut body, axis, area, self.width, under);
        sheet.put(body, (0, top));
        sheet
    }

    /// Above the rows: what a dot is, what the numbers are, and the name of
    /// the threshold.
    fn head(&self) -> Sheet {
        let mut sheet = Sheet::default();
        let median = letters::width(MEDIAN, TEXT, false);
        let room = self.width - median - COLUMN_GAP;
        let lines = fitted(&self.plot.dots, room, false);
        let end = sheet.paragraph(&lines, (0, 0), |l| l.ink(Ink::Quiet));
        let at = (self.width, LINE / 2);
        let label = Label::new(MEDIAN, at).anchor(Anchor::End);
        sheet.text(label.ink(Ink::Quiet));
        sheet.height = end + 20;
        if let Some(mark) = &self.plot.threshold
            && self.span.shows(mark.value)
        {
            self.name_threshold(&mut sheet, &mark.label, mark.value);
        }
        sheet
    }

    fn name_threshold(&self, sheet: &mut Sheet, label: &str, value: f64) {
        let lines = fitted(label, self.width, false);
        let widest = lines.iter().map(|l| letters::width(l, TEXT, false));
        let half = widest.max().unwrap_or(0) / 2 + 10;
        let middle = self.width - half;
        let x = self.x(value).clamp(half.min(middle), middle.max(half));
        let end = sheet.paragraph(&lines, (x, sheet.height), |label| {
            label.anchor(Anchor::Middle).ink(Ink::Mark)
        });
        sheet.height = end + 10;
    }

    /// Grid and threshold, behind the dots.
    fn draw_ground(
        &self,
        sheet: &mut Sheet,
        ticks: &[super::axis::Tick],
        bottom: i32,
    ) {
        for tick in ticks {
            let x = self.x(tick.value);
            sheet.line([(x, 0), (x, bottom)], Ink::Grid, 10);
        }
        for row in &self.rows {
            let y = row.middle;
            sheet.line([(self.left, y), (self.right, y)], Ink::Grid, 10);
        }
        if let Some(mark) = &self.plot.threshold
            && self.span.shows(mark.value)
        {
            let x = self.x(mark.value);
            sheet.line([(x, 0), (x, bottom)], Ink::Mark, 12);
        }
    }

    fn draw_row(&self, sheet: &mut Sheet, row: &Row) {
        let hue = self.plot.hue(row.row);
        let (ink, shape) = (Ink::Series(hue), Shape::of(hue));
        if let Some((lines, top)) = &row.heading {
            heading(sheet, lines, *top, ink);
        }
        let mut y = row.label_top + LINE / 2;
        for line in &row.label {
            over_ground(sheet, Label::new(line.as_str(), (0, y)), self.stacked);
            y += LINE;
        }
        let value_y =
            if self.stacked { row.label_top + LINE / 2 } else { row.middle };
        let value = Label::new(row.value.as_str(), (self.width, value_y));
        over_ground(sheet, value.anchor(Anchor::End), self.stacked);
        for &(x, off) in &row.dots {
            sheet.point((x, row.middle + off), RADIUS, shape, ink);
        }
        self.draw_median(sheet, row);
    }

    /// A short line through the row, clear of the dots it crosses.
    fn draw_median(&self, sheet: &mut Sheet, row: &Row) {
        let axis = &self.plot.axis;
        let median = row.row.median().filter(|&m| axis.refuses(m).is_none());
        let Some(median) = median.filter(|&m| self.span.shows(m)) else {
            return;
        };
        let x = self.x(median);
        let (y0, y1) = (row.middle - row.half, row.middle + row.half);
        sheet.line([(x, y0), (x, y1)], Ink::Page, 50);
        sheet.line([(x, y0), (x, y1)], Ink::Boundary, 22);
    }
}

const MEDIAN: &str = "median";

/// Where labels stand on the grid, the grid gives way.
fn over_ground(sheet: &mut Sheet, label: Label, on_grid: bool) {
    if label.text.is_empty() {
        return;
    }
    if on_grid {
        sheet.text_over(label);
    } else {
        sheet.text(label);
    }
}

fn heading(sheet: &mut Sheet, lines: &[String], top: i32, ink: Ink) {
    let mut y = top + LINE / 2;
    for line in lines {
        let label = Label::new(line.as_str(), (0, y)).bold().ink(ink);
        sheet.text_over(label);
        y += LINE;
    }
}

fn value_text(row: &DotRow) -> String {
    let median = || row.median().map_or("–".into(), |m| significant(m, 2));
    row.shown.clone().unwrap_or_else(median)
}

fn fitted(text: &str, room: i32, bold: bool) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    letters::wrapped(text, TEXT, bold, room)
        .iter()
        .map(|line| letters::cut(line, TEXT, bold, room))
        .collect()
}

/// Dots that would lie on one another step aside, up and down in turn; with
/// the half height they need. Too many for a row stay on one another.
fn swarm(places: &[i32]) -> (Vec<(i32, i32)>, i32) {
    let mut order = places.to_vec();
    order.sort_unstable();
    let mut dots: Vec<(i32, i32)> = Vec::with_capacity(order.len());
    let most = HALF_STRIP.1 - RADIUS;
    for x in order {
        let near: Vec<(i32, i32)> =
            dots.iter().copied().filter(|dot| x - dot.0 < 2 * RADIUS).collect();
        let clear = |off: i32| {
            near.iter().all(|&(nx, noff)| {
                let (dx, dy) = (x - nx, off - noff);
                dx * dx + dy * dy >= (2 * RADIUS) * (2 * RADIUS)
            })
        };
        let steps = 0..=2 * most / STEP;
        let off = steps.map(aside).find(|&off| off.abs() <= most && clear(off));
        dots.push((x, off.unwrap_or_else(|| crowded(dots.len(), most))));
    }
    let reach = dots.iter().map(|dot| dot.1.abs()).max().unwrap_or(0);
    let half = (reach + RADIUS + 20).clamp(HALF_STRIP.0, HALF_STRIP.1);
    (dots, half)
}

const STEP: i32 = 16;

/// 0, 1, −1, 2, −2 … steps aside.
fn aside(step: i32) -> i32 {
    let side = if step % 2 == 1 { 1 } else { -1 };
    side * ((step + 1) / 2) * STEP
}

/// Where there is no free place, spread evenly rather than pile up.
fn crowded(count: usize, most: i32) -> i32 {
    (count as i32 * 7 % (2 * most / STEP + 1)) * STEP - most
}
