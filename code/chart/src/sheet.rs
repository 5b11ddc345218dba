//! A drawing as a list of marks: what a panel is laid out into, before it is
//! written as SVG.

use super::ink::{Ink, Shape};
use super::letters;
use super::place::{Place, Rect};
use super::svg::{Svg, TEXT, baseline};

/// From one line of text to the next, in tenths of a pixel.
pub(super) const LINE: i32 = 165;

/// Marks in the order they are drawn, and the room they need. All lengths are
/// tenths of a pixel.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet {
    pub(super) height: i32,
    pub(super) marks: Vec<Mark>,
}

/// One mark of a [`Sheet`].
#[derive(Clone, Debug)]
pub(super) enum Mark {
    /// A line through points, of a width.
    Line(Vec<Place>, Ink, u32),
    /// A surface with corners.
    Surface(Vec<Place>, Ink),
    /// A rectangle, filled.
    Block(Rect, Ink),
    /// A point: its place, radius and shape.
    Point(Place, i32, Shape, Ink),
    /// A line of text.
    Text(Label),
}

/// Which end of a label its place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A line of text, centred vertically at its place.
#[derive(Clone, Debug)]
pub(super) struct Label {
    pub(super) text: String,
    pub(super) at: Place,
    pub(super) anchor: Anchor,
    pub(super) ink: Ink,
    pub(super) bold: bool,
}

impl Label {
    /// A label that starts at a place.
    pub(super) fn new(text: impl Into<String>, at: Place) -> Self {
        Self {
            text: text.into(),
            at,
            anchor: Anchor::Start,
            ink: Ink::Text,
            bold: false,
        }
    }

    pub(super) fn anchor(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub(super) fn ink(self, ink: Ink) -> Self {
        Self { ink, ..self }
    }

    pub(super) fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// The room it takes, by estimate.
    pub(super) fn rect(&self) -> Rect {
        let width = letters::width(&self.text, TEXT, self.bold);
        let x0 = match self.anchor {
            Anchor::Start => self.at.0,
            Anchor::Middle => self.at.0 - width / 2,
            Anchor::End => self.at.0 - width,
        };
        let base = baseline(self.at.1);
        // Ascenders and descenders of the common text faces.
        let (above, below) = (TEXT * 80 / 100, TEXT * 22 / 100);
        Rect { x0, y0: base - above, x1: x0 + width, y1: base + below }
    }
}

impl Sheet {
    pub(super) fn line(
        &mut self,
        points: impl Into<Vec<Place>>,
        ink: Ink,
        width: u32,
    ) {
        self.marks.push(Mark::Line(points.into(), ink, width));
    }

    pub(super) fn point(
        &mut self,
        at: Place,
        radius: i32,
        shape: Shape,
        ink: Ink,
    ) {
        self.marks.push(Mark::Point(at, radius, shape, ink));
    }

    pub(super) fn text(&mut self, label: Label) {
        if !label.text.is_empty() {
            self.marks.push(Mark::Text(label));
        }
    }

    /// Write lines of text under one another, the first `LINE / 2` below
    /// `at`; returns where the next line would begin.
    pub(super) fn paragraph(
        &mut self,
        lines: &[String],
        at: Place,
        style: impl Fn(Label) -> Label,
    ) -> i32 {
        let mut y = at.1;
        for line in lines {
            self.text(style(Label::new(line.as_str(), (at.0, y + LINE / 2))));
            y += LINE;
        }
        y
    }

    /// Text that must stay readable on what is already drawn: what lies under
    /// it is covered.
    pub(super) fn text_over(&mut self, label: Label) {
        self.marks.push(Mark::Block(label.rect().grown(15, 0), Ink::Page));
        self.text(label);
    }

    /// Add another sheet's marks, moved.
    pub(super) fn put(&mut self, other: Sheet, (dx, dy): Place) {
        let shift = |(x, y): Place| (x + dx, y + dy);
        self.height = self.height.max(dy + other.height);
        for mark in other.marks {
            self.marks.push(match mark {
                Mark::Line(points, ink, width) => Mark::Line(
                    points.into_iter().map(shift).collect(),
                    ink,
                    width,
                ),
                Mark::Surface(corners, ink) => {
                    Mark::Surface(corners.into_iter().map(shift).collect(), ink)
                }
                Mark::Block(r, ink) => {
                    let (x0, y0) = shift((r.x0, r.y0));
                    let (x1, y1) = shift((r.x1, r.y1));
                    Mark::Block(Rect { x0, y0, x1, y1 }, ink)
                }
                Mark::Point(at, radius, shape, ink) => {
                    Mark::Point(shift(at), radius, shape, ink)
                }
                Mark::Text(label) => {
                    Mark::Text(Label { at: shift(label.at), ..label })
                }
            });
        }
    }

    /// Draw everything on an empty SVG of this width.
    pub(super) fn drawn(&self, id: &str, width: i32) -> Svg {
        let mut svg = Svg::new(id.to_owned(), (width, self.height));
        for mark in &self.marks {
            svg.draw(mark);
        }
        svg
    }
}
