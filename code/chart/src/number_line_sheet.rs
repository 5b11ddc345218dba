//! [`NumberLine`] laid out.

use plotters::coord::ranged1d::Ranged;

use super::axis::{Fit, Span, grouped};
use super::frame::{self, axis_line, legible, tick_row, x_heading};
use super::ink::Ink;
use super::letters::{self, fitted};
use super::number_line::{LineRow, NumberLine};
use super::place::Rect;
use super::sheet::{Anchor, LINE, Label, Mark, Sheet};
use super::svg::TEXT;

/// Height of a row, and from one row to the next.
const ROW: i32 = 150;
const ROW_GAP: i32 = 90;
const COLUMN_GAP: i32 = 120;
/// What the numbers at the rows' ends are.
const COUNT: &str = "pieces";
/// Pieces thinner than this cannot be told apart; a run of them is grey.
const FINEST: i32 = 12;

/// Lay the rows out, each beside its label, or under it if labels are long.
pub(super) fn sheet(line: &NumberLine, width: i32) -> Sheet {
    let (low, high) = line.ends;
    let axis = line.axis.clone().between(low, high);
    let span = axis.span(&mut [low, high].into_iter(), Fit::Tight);
    match span {
        Some(span) if low < high && !line.rows.is_empty() => {
            Plan::new(line, span, width).sheet()
        }
        _ => frame::empty(width, "no data to show"),
    }
}

struct Plan<'a> {
    line: &'a NumberLine,
    span: Span,
    width: i32,
    /// Labels stand above their rows.
    stacked: bool,
    /// Where the line begins and ends.
    left: i32,
    right: i32,
}

impl<'a> Plan<'a> {
    fn new(line: &'a NumberLine, span: Span, width: i32) -> Self {
        let widest = |texts: &mut dyn Iterator<Item = &str>| {
            texts.map(|t| letters::width(t, TEXT, false)).max().unwrap_or(0)
        };
        let counts: Vec<String> = line.rows.iter().map(count).collect();
        let counts = &mut counts.iter().map(String::as_str).chain([COUNT]);
        let right = width - widest(counts) - COLUMN_GAP;
        let labels = widest(&mut line.rows.iter().map(|r| r.label.as_str()));
        let stacked = labels > width / 4;
        let left = if stacked { 60 } else { labels + COLUMN_GAP };
        Self { line, span, width, stacked, left, right }
    }

    fn x(&self, value: f64) -> i32 {
        self.span.map(&value, (self.left, self.right))
    }

    fn sheet(&self) -> Sheet {
        let mut sheet = Sheet::default();
        let room = self.right - self.left;
        let lines = fitted(&self.line.pieces, TEXT, false, room);
        let quiet = |label: Label| label.ink(Ink::Quiet);
        let end = sheet.paragraph(&lines, (self.left, 0), quiet);
        let mut y = end.max(LINE);
        let count = Label::new(COUNT, (self.width, y - LINE / 2));
        sheet.text(quiet(count.anchor(Anchor::End)));
        y += ROW_GAP / 2;
        for row in &self.line.rows {
            if self.stacked {
                let lines = fitted(&row.label, TEXT, false, self.width);
                y = sheet.paragraph(&lines, (0, y), |label| label) + 10;
            } else {
                let label = Label::new(row.label.as_str(), (0, y + ROW / 2));
                sheet.text(label);
            }
            self.draw_row(&mut sheet, row, y);
            y += ROW + ROW_GAP;
        }
        let bottom = y - ROW_GAP / 3;
        let area = Rect { x0: self.left, y0: 0, x1: self.right, y1: bottom };
        let most = (room / 700).max(2) as usize;
        let at = |value: f64| self.x(value);
        let ticks = legible(self.span.ticks(most), at, self.width);
        axis_line(&mut sheet, area, false);
        let y = bottom + 50 + LINE / 2;
        tick_row(&mut sheet, &ticks, at, bottom, y);
        let under = y + LINE / 2 + 10;
        sheet.height =
            x_heading(&mut sheet, &self.line.axis, area, self.width, under);
        sheet
    }

    fn draw_row(&self, sheet: &mut Sheet, row: &LineRow, top: i32) {
        let mut cuts = vec![self.left];
        let inside = |at: &&f64| self.span.shows(**at);
        cuts.extend(row.breaks.iter().filter(inside).map(|at| self.x(*at)));
        cuts.push(self.right);
        cuts.sort_unstable();
        let mut block = |from: usize, to: usize, ink: Ink| {
            let (x0, x1) = (cuts[from], cuts[to]);
            let area = Rect { x0, y0: top, x1, y1: top + ROW };
            sheet.marks.push(Mark::Block(area, ink));
        };
        let mut at = 0;
        while at + 1 < cuts.len() {
            let fine = fine_run(&cuts[at..]);
            let (to, ink) = match (fine, at % 2) {
                (2.., _) => (at + fine, Ink::Thin),
                (_, 0) => (at + 1, Ink::Series(0)),
                _ => (at + 1, Ink::Tint(0)),
            };
            block(at, to, ink);
            at = to;
        }
        for y in [top, top + ROW] {
            sheet.line([(self.left, y), (self.right, y)], Ink::Series(0), 8);
        }
        let label = Label::new(count(row), (self.width, top + ROW / 2));
        sheet.text(label.anchor(Anchor::End));
    }
}

/// How many pieces from the first on are too thin to be seen.
fn fine_run(cuts: &[i32]) -> usize {
    cuts.windows(2).take_while(|ends| ends[1] - ends[0] < FINEST).count()
}

fn count(row: &LineRow) -> String {
    grouped(&(row.breaks.len() + 1).to_string())
}
