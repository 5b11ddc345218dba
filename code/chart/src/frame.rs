//! The frame that data are drawn in: grid, axes, ticks and their headings.

use plotters::coord::ranged1d::Ranged;

use super::axis::{Axis, Span, Tick};
use super::ink::Ink;
use super::letters;
use super::place::Rect;
use super::sheet::{Anchor, LINE, Label, Sheet};
use super::svg::TEXT;

/// A panel's rectangle for data, and its two axes.
pub(super) struct Frame {
    pub(super) area: Rect,
    pub(super) x: Span,
    pub(super) y: Span,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    /// The width of the whole panel.
    width: i32,
}

/// Between tick labels and the frame.
const TICK_GAP: i32 = 70;

impl Frame {
    /// A frame of a height in a panel of a width, below what takes `top`,
    /// leaving `column` free on the right.
    pub(super) fn new(
        x: &Span,
        y: &Span,
        width: i32,
        top: i32,
        height: i32,
        column: i32,
    ) -> Self {
        let y_ticks = y.ticks((height / 450) as usize);
        let left = y_ticks
            .iter()
            .map(|tick| letters::width(&tick.label, TEXT, false) + TICK_GAP)
            .max()
            .unwrap_or(0);
        let rough = width - left - column;
        let x_ticks = with_room(x, rough);
        // The last tick's label must not stick out.
        let last = x_ticks.last().map_or(0, |tick| {
            letters::width(&tick.label, TEXT, false) / 2 + 10
        });
        let area = Rect {
            x0: left,
            y0: top + LINE / 2,
            x1: (width - column.max(last)).max(left + 100),
            y1: top + LINE / 2 + height,
        };
        let at = |value: f64| x.map(&value, (area.x0, area.x1));
        let x_ticks = legible(x_ticks, at, width);
        Self { area, x: x.clone(), y: y.clone(), x_ticks, y_ticks, width }
    }

    fn x_at(&self, value: f64) -> i32 {
        self.x.map(&value, (self.area.x0, self.area.x1))
    }

    fn y_at(&self, value: f64) -> i32 {
        self.y.map(&value, (self.area.y1, self.area.y0))
    }

    /// Horizontal lines at the ticks of the y axis, and their labels.
    pub(super) fn draw_grid(&self, sheet: &mut Sheet) {
        for tick in &self.y_ticks {
            let y = self.y_at(tick.value);
            let (from, to) = ((self.area.x0, y), (self.area.x1, y));
            sheet.line([from, to], Ink::Grid, 10);
        }
        for tick in &self.y_ticks {
            let at = (self.area.x0 - TICK_GAP, self.y_at(tick.value));
            let label = Label::new(tick.label.as_str(), at);
            sheet.text(label.anchor(Anchor::End).ink(Ink::Quiet));
        }
    }

    /// The x axis under the frame, with its heading.
    pub(super) fn draw_axes(&self, sheet: &mut Sheet, axis: &Axis) {
        let bottom = self.area.y1;
        axis_line(sheet, self.area, self.x.zero);
        for value in self.x.minor_ticks() {
            let x = self.x_at(value);
            sheet.line([(x, bottom), (x, bottom + 25)], Ink::Axis, 10);
        }
        let y = bottom + 50 + LINE / 2;
        tick_row(sheet, &self.x_ticks, |v| self.x_at(v), bottom, y);
        let top = y + LINE / 2 + 10;
        sheet.height = x_heading(sheet, axis, self.area, self.width, top);
    }
}

/// Eight ticks, or on a long axis one for every 80 px; fewer where their
/// labels would come near one another.
fn with_room(x: &Span, length: i32) -> Vec<Tick> {
    let mut all_but_the_last = None;
    for most in (2..=(length / 800).max(8)).rev() {
        let ticks = x.ticks(most as usize);
        match first_near(x, &ticks, length) {
            None if ticks.len() > 2 => return ticks,
            Some(at) if at + 1 < ticks.len() => {}
            _ => all_but_the_last = all_but_the_last.or(Some(ticks)),
        }
    }
    // Rather none at the end than only two.
    all_but_the_last.unwrap_or_else(|| x.ticks(2))
}

/// The first tick whose label comes near that of the one before. The place
/// for 0 is near the first power, however many ticks there are.
fn first_near(x: &Span, ticks: &[Tick], length: i32) -> Option<usize> {
    let first = 1 + usize::from(x.zero);
    (first..ticks.len()).find(|&at| {
        let [before, rect] = [at - 1, at].map(|at| {
            let place = x.map(&ticks[at].value, (0, length));
            tick_label(&ticks[at], place, 0).rect()
        });
        before.x1 + 110 > rect.x0
    })
}

/// The axis under a rectangle, broken after the place for exactly 0 if it has
/// one.
pub(super) fn axis_line(sheet: &mut Sheet, area: Rect, zero: bool) {
    let Rect { x0, x1, y1, .. } = area;
    let gap = x0 + (x1 - x0) * 5 / 100;
    let pieces =
        if zero { vec![(x0, gap), (gap + 40, x1)] } else { vec![(x0, x1)] };
    for (from, to) in pieces {
        sheet.line([(from, y1), (to, y1)], Ink::Axis, 10);
    }
}

/// The ticks whose labels neither touch the one before nor stick out.
pub(super) fn legible(
    ticks: Vec<Tick>,
    at: impl Fn(f64) -> i32,
    width: i32,
) -> Vec<Tick> {
    let mut taken = i32::MIN;
    let mut kept = Vec::new();
    for tick in ticks {
        let rect = tick_label(&tick, at(tick.value), 0).rect();
        if rect.x0 >= taken && rect.x0 >= 0 && rect.x1 <= width {
            taken = rect.x1 + 50;
            kept.push(tick);
        }
    }
    kept
}

fn tick_label(tick: &Tick, x: i32, y: i32) -> Label {
    Label::new(tick.label.as_str(), (x, y))
        .anchor(Anchor::Middle)
        .ink(Ink::Quiet)
}

/// Ticks hanging from a line and their labels in a row centred at `y`.
pub(super) fn tick_row(
    sheet: &mut Sheet,
    ticks: &[Tick],
    at: impl Fn(f64) -> i32,
    line: i32,
    y: i32,
) {
    for tick in ticks {
        let x = at(tick.value);
        sheet.line([(x, line), (x, line + 45)], Ink::Axis, 10);
    }
    for tick in ticks {
        sheet.text(tick_label(tick, at(tick.value), y));
    }
}

/// What the x axis measures, ending under the frame's right end; returns where
/// the panel ends.
pub(super) fn x_heading(
    sheet: &mut Sheet,
    axis: &Axis,
    area: Rect,
    width: i32,
    top: i32,
) -> i32 {
    if axis.label.is_empty() {
        return top;
    }
    let lines = letters::fitted(&axis.heading(), TEXT, false, width);
    let widest =
        lines.iter().map(|l| letters::width(l, TEXT, false)).max().unwrap_or(0);
    let right = area.x1.max(widest).min(width);
    sheet.paragraph(&lines, (right, top), |label| {
        label.anchor(Anchor::End).ink(Ink::Quiet)
    })
}

/// What the y axis measures, at the panel's top left.
pub(super) fn y_heading(axis: &Axis, width: i32) -> Sheet {
    let mut sheet = Sheet::default();
    if axis.label.is_empty() {
        return sheet;
    }
    let lines = letters::fitted(&axis.heading(), TEXT, false, width);
    let end = sheet.paragraph(&lines, (0, 0), |label| label.ink(Ink::Quiet));
    sheet.height = end + 30;
    sheet
}

/// A panel that says why it shows nothing.
pub(super) fn empty(width: i32, why: &str) -> Sheet {
    let mut sheet = Sheet::default();
    let height = 6 * LINE;
    for y in [0, height] {
        sheet.line([(0, y), (width, y)], Ink::Grid, 10);
    }
    let text = letters::cut(why, TEXT, false, width);
    let label = Label::new(text, (width / 2, height / 2));
    sheet.text(label.anchor(Anchor::Middle).ink(Ink::Quiet));
    sheet.height = height + 10;
    sheet
}
