//! A piece of a plane, with equal units both ways: what maps and curves in a
//! plane are drawn on.

use plotters::coord::ranged1d::Ranged;

use super::axis::{Axis, Fit, Span, Tick};
use super::frame::{legible, tick_row};
use super::ink::Ink;
use super::letters;
use super::place::{Place, Rect};
use super::sheet::{Anchor, LINE, Label, Sheet};
use super::svg::TEXT;

/// The least and the greatest height of a piece, its width being 1. What is
/// thinner or taller cannot stand beside others.
pub(super) const SHAPES: (f64, f64) = (0.4, 1.2);

/// Between tick labels and the border, half of it taken by the tick.
const TICK_GAP: i32 = 60;

/// A rectangle of the plane and of the picture.
pub(super) struct Ground {
    pub(super) area: Rect,
    x: Span,
    y: Span,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
}

impl Ground {
    /// The piece between these borders in a panel of a width, below what takes
    /// `top`. `None` if it is no rectangle.
    pub(super) fn new(
        x: (f64, f64),
        y: (f64, f64),
        width: i32,
        top: i32,
    ) -> Option<Self> {
        let shape = (y.1 - y.0) / (x.1 - x.0);
        let drawable = shape.is_finite() && x.0 < x.1 && y.0 < y.1;
        let (x, y) = drawable.then(|| (span(x), span(y)))?;
        let (x, y) = (x?, y?);
        let shape = shape.clamp(SHAPES.0, SHAPES.1);
        let high = |wide: i32| (f64::from(wide) * shape).round() as i32;
        // One step on both axes, as far as lengths allow.
        let most = |length: i32| ((length + 100) / 350).max(2) as usize;
        let tall = high(width - 250);
        // Text is low: a flat piece has room for more than its length says.
        let least = ((tall + 50) / 230).clamp(2, 4) as usize;
        let y_ticks = y.ticks(most(tall).max(least));
        let left = y_ticks
            .iter()
            .map(|tick| letters::width(&tick.label, TEXT, false) + TICK_GAP)
            .max()
            .unwrap_or(5);
        let (x0, x1) = (left, (width - 5).max(left + 100));
        // The topmost tick label stands half above the border.
        let y0 = top + 60;
        let area = Rect { x0, y0, x1, y1: y0 + high(x1 - x0) };
        let x_ticks = x.ticks(most(area.width()));
        let at = |value: f64| x.map(&value, (area.x0, area.x1));
        let x_ticks = legible(x_ticks, at, width);
        Some(Self { area, x, y, x_ticks, y_ticks })
    }

    /// Where a point of the plane is in the picture, inside or not.
    pub(super) fn place(&self, (x, y): (f64, f64)) -> Place {
        let Rect { x0, y0, x1, y1 } = self.area;
        (self.x.map(&x, (x0, x1)), self.y.map(&y, (y1, y0)))
    }

    /// Whether a point of the plane lies inside.
    pub(super) fn holds(&self, (x, y): (f64, f64)) -> bool {
        self.x.shows(x) && self.y.shows(y)
    }

    /// The border, and ticks outside of it with their values; the sheet then
    /// ends under them.
    pub(super) fn draw_border(&self, sheet: &mut Sheet) {
        let Rect { x0, y0, x1, y1 } = self.area;
        let ring = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)];
        sheet.line(ring, Ink::Axis, 10);
        let x_at = |value: f64| self.x.map(&value, (x0, x1));
        let row = y1 + 50 + LINE / 2;
        tick_row(sheet, &self.x_ticks, x_at, y1, row);
        for tick in &self.y_ticks {
            let y = self.y.map(&tick.value, (y1, y0));
            sheet.line([(x0 - TICK_GAP / 2, y), (x0, y)], Ink::Axis, 10);
        }
        for tick in &self.y_ticks {
            let y = self.y.map(&tick.value, (y1, y0));
            let label = Label::new(tick.label.as_str(), (x0 - TICK_GAP, y));
            sheet.text(label.anchor(Anchor::End).ink(Ink::Quiet));
        }
        sheet.height = row + LINE / 2;
    }
}

fn span((low, high): (f64, f64)) -> Option<Span> {
    let axis = Axis::linear("").between(low, high);
    axis.span(&mut [low, high].into_iter(), Fit::Tight)
}
