//! [`DotPlot`] laid out.

use plotters::coord::ranged1d::Ranged;

use super::Layout;
use super::axis::{Fit, Span};
use super::dot_plot::{DotPlot, DotRow};
use super::frame::{self, axis_line, legible, tick_row, x_heading};
use super::ink::{Ink, Shape};
use super::letters::{self, fitted};
use super::place::Rect;
use super::sheet::{Anchor, LINE, Label, Sheet};
use super::svg::TEXT;
use super::table::significant;

/// A dot's radius: the first at which all rows find room for their dots.
const RADII: [i32; 4] = [30, 26, 22, 19];
/// The least height of a strip of dots, and the most, from its middle.
const HALF_STRIP: (i32, i32) = (80, 240);
const COLUMN_GAP: i32 = 140;

/// Lay the plot out: rows beside their labels, or under them where the page
/// is narrow.
pub(super) fn sheet(plot: &DotPlot, width: i32, layout: Layout) -> Sheet {
    let values = plot.rows.iter().flat_map(|row| row.values.iter().copied());
    let mark = plot.threshold.iter().map(|landmark| landmark.value);
    let has_data = values.clone().any(|v| plot.axis.refuses(v).is_none());
    match plot.axis.span(&mut values.chain(mark), Fit::Round) {
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
    radius: i32,
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
    swarm: Swarm,
}

impl<'a> Plan<'a> {
    fn new(plot: &'a DotPlot, span: Span, width: i32, layout: Layout) -> Self {
        let stacked = layout == Layout::Narrow || width < 4500;
        let values: Vec<String> = plot.rows.iter().map(value_text).collect();
        let value_room = values
            .iter()
            .map(|text| letters::width(text, TEXT, false))
            .chain([letters::width(plot.numbers(), TEXT, false)])
            .max()
            .unwrap_or(0)
            .min(width / 3);
        let label_room =
            if stacked { width - value_room } else { width * 3 / 10 };
        let labels: Vec<Vec<String>> = plot
            .rows
            .iter()
            .map(|row| fitted(&row.label, TEXT, false, label_room - COLUMN_GAP))
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
            radius: RADII[0],
            left: if stacked { 60 } else { column + COLUMN_GAP },
            right: width - if stacked { 60 } else { value_room + COLUMN_GAP },
            rows: Vec::new(),
        };
        plan.radius = plan.fitting_radius();
        plan.place_rows(labels, values, value_room);
        plan
    }

    fn place_rows(
        &mut self,
        labels: Vec<Vec<String>>,
        values: Vec<String>,
        value_room: i32,
    ) {
        let mut y = 30;
        let mut group = "";
        let all = self.plot.rows.iter().zip(labels).zip(values);
        for ((row, label), value) in all {
            let heading = (row.group != group && !row.group.is_empty())
                .then(|| (fitted(&row.group, TEXT, true, self.width), y + 60));
            group = &row.group;
            if let Some((lines, top)) = &heading {
                y = top + lines.len() as i32 * LINE + 10;
            }
            let swarm = Swarm::new(&self.dot_places(row), self.radius);
            let half = swarm.half;
            let lines = label.len() as i32 * LINE;
            let (label_top, middle, end) = if self.stacked {
                let middle = y + lines + 40 + half;
                (y, middle, middle + half + 80)
            } else {
                let half = half.max(lines / 2);
                (y + half + 40 - lines / 2, y + half + 40, y + 2 * half + 80)
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
                swarm,
            });
            y = end;
        }
    }

    fn fitting_radius(&self) -> i32 {
        let fits = |radius: &i32| {
            self.plot
                .rows
                .iter()
                .all(|row| !Swarm::new(&self.dot_places(row), *radius).crowded)
        };
        RADII.into_iter().find(fits).unwrap_or(RADII[1])
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
        let most = ((self.right - self.left) / 650).max(2);
        let ticks = self.span.ticks(most as usize);
        let ticks = legible(ticks, |v| self.x(v), self.width);
        self.draw_ground(&mut body, &ticks, bottom);
        for row in &self.rows {
            self.draw_row(&mut body, row);
        }
        let y = bottom + 50 + LINE / 2;
        let area = Rect { x0: self.left, y0: 0, x1: self.right, y1: bottom };
        axis_line(&mut body, area, self.span.zero);
        tick_row(&mut body, &ticks, |v| self.x(v), bottom, y);
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
        let numbers = self.plot.numbers();
        let taken = letters::width(numbers, TEXT, false);
        let room = self.width - taken - COLUMN_GAP;
        let lines = fitted(&self.plot.dots, TEXT, false, room);
        let end = sheet.paragraph(&lines, (0, 0), |l| l.ink(Ink::Quiet));
        let at = (self.width, LINE / 2);
        let label = Label::new(numbers, at).anchor(Anchor::End);
        sheet.text(label.ink(Ink::Quiet));
        // The heading of the numbers is there even if no dot is explained.
        sheet.height = end.max(LINE) + 40;
        if let Some(mark) = &self.plot.threshold
            && self.span.shows(mark.value)
        {
            self.name_threshold(&mut sheet, &mark.label, mark.value);
        }
        sheet
    }

    fn name_threshold(&self, sheet: &mut Sheet, label: &str, value: f64) {
        let lines = fitted(label, TEXT, false, self.width - 40);
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
        if !self.plot.is_single() {
            self.draw_median(sheet, row);
        }
        // Edges of dots that lie on one another would eat them up.
        let ink = if row.swarm.crowded { ink } else { Ink::Edged(hue) };
        for &(x, off) in &row.swarm.dots {
            sheet.point((x, row.middle + off), self.radius, shape, ink);
        }
    }

    /// A short line behind the dots, longer than they are high.
    fn draw_median(&self, sheet: &mut Sheet, row: &Row) {
        let axis = &self.plot.axis;
        let median = row.row.median().filter(|&m| axis.refuses(m).is_none());
        let Some(median) = median.filter(|&m| self.span.shows(m)) else {
            return;
        };
        let x = self.x(median);
        let reach = row.half + 30;
        let (y0, y1) = (row.middle - reach, row.middle + reach);
        sheet.line([(x, y0), (x, y1)], Ink::Boundary, 20);
    }
}

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

/// Dots of one row that step aside for one another, up and down in turn.
struct Swarm {
    /// Places and steps aside.
    dots: Vec<(i32, i32)>,
    /// Half the height they need.
    half: i32,
    /// There are too many for a row: some lie on others.
    crowded: bool,
}

impl Swarm {
    fn new(places: &[i32], radius: i32) -> Self {
        let mut order = places.to_vec();
        order.sort_unstable();
        let most = HALF_STRIP.1 - radius;
        let mut crowded = false;
        let mut dots: Vec<(i32, i32)> = Vec::with_capacity(order.len());
        for x in order {
            let off = free_step(x, &dots, radius, most);
            crowded |= off.is_none();
            dots.push((
                x,
                off.unwrap_or_else(|| spread_step(dots.len(), most)),
            ));
        }
        let reach = dots.iter().map(|dot| dot.1.abs()).max().unwrap_or(0);
        let half = (reach + radius + 10).clamp(HALF_STRIP.0, HALF_STRIP.1);
        Self { dots, half, crowded }
    }
}

const STEP: i32 = 16;

/// The least step aside at which a dot touches none of those placed.
fn free_step(
    x: i32,
    dots: &[(i32, i32)],
    radius: i32,
    most: i32,
) -> Option<i32> {
    let apart = 2 * radius;
    let clear = |off: i32| {
        dots.iter().rev().take_while(|dot| x - dot.0 < apart).all(|dot| {
            let (dx, dy) = (x - dot.0, off - dot.1);
            dx * dx + dy * dy >= apart * apart
        })
    };
    let steps = (0..=2 * most / STEP).map(|n| {
        let side = if n % 2 == 1 { 1 } else { -1 };
        side * ((n + 1) / 2) * STEP
    });
    steps.filter(|off| off.abs() <= most).find(|&off| clear(off))
}

/// Where nothing is free, dots spread over the strip rather than pile up.
fn spread_step(count: usize, most: i32) -> i32 {
    let steps = 2 * most / STEP + 1;
    // 7 is prime to the steps there are, so all of them are used in turn.
    (count as i32 * 7 % steps) * STEP - most
}
