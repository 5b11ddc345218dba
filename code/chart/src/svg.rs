//! Writes marks as SVG for a page: one line of text, classes for the page's
//! theme, literal colours for where there is none.
//!
//! Coordinates are tenths of a pixel: a curve on whole pixels has steps. Marks
//! that follow one another and look alike share one `<path>`.

use std::fmt::Write as _;

use super::ink::{Ink, Shape};
use super::outline::{Outline, px};
use super::place::{Place, Rect};
use super::sheet::{Anchor, Label, Mark};
use super::simplify::simplified;

/// The font size of nearly all text, in tenths: 13 px, so that 340 px shrunk
/// to a phone's 290 px still give 11.
pub(super) const TEXT: i32 = 130;

/// The drawing so far.
pub(super) struct Svg {
    /// Prefix of every id in this drawing.
    id: String,
    size: (i32, i32),
    body: String,
    /// The path that the next mark may join: its attributes, what it draws,
    /// and where it ends.
    open: Option<(String, String, Place)>,
    hatched: bool,
}

impl Svg {
    /// An empty drawing of a size in tenths of a pixel.
    pub(super) fn new(id: String, size: (i32, i32)) -> Self {
        Self { id, size, body: String::new(), open: None, hatched: false }
    }

    /// The finished element. `class` and `attributes` go on its root.
    pub(super) fn element(
        &mut self,
        class: &str,
        attributes: &str,
        title: &str,
        description: &str,
    ) -> String {
        self.close();
        let (width, height) = (px(self.size.0), px(self.size.1));
        let id = escaped(&self.id);
        let mut svg = format!(
            "<svg class=\"{class}\" xmlns=\"http://www.w3.org/2000/svg\" \
             viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\" aria-labelledby=\"{id}-title \
             {id}-desc\" font-size=\"{}\" fill=\"{}\"{attributes}>",
            px(TEXT),
            Ink::Text.print(),
        );
        let _ = write!(
            svg,
            "<title id=\"{id}-title\">{}</title><desc id=\"{id}-desc\">{}\
             </desc>",
            escaped(title),
            escaped(description)
        );
        if self.hatched {
            svg += &self.hatch();
        }
        svg + &self.body + "</svg>"
    }

    fn hatch(&self) -> String {
        format!(
            "<defs><pattern id=\"{}-hatch\" width=\"7\" height=\"7\" \
             patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><path d=\"M3.5 0v7\" \
             class=\"s-hatch\" stroke=\"{}\" stroke-width=\"1\"/>\
             </pattern></defs>",
            escaped(&self.id),
            Ink::Hatch.print()
        )
    }

    fn close(&mut self) {
        if let Some((attributes, d, _)) = self.open.take() {
            let _ = write!(self.body, "<path{attributes} d=\"{d}\"/>");
        }
    }

    fn path(&mut self, attributes: String, outline: &Outline) {
        match &mut self.open {
            Some((open, d, at)) if *open == attributes => {
                d.push_str(&outline.from(*at));
                *at = outline.to;
            }
            _ => {
                self.close();
                self.open = Some((attributes, outline.alone(), outline.to));
            }
        }
    }

    fn stroke(&mut self, ink: Ink, width: u32, outline: &Outline) {
        let dash = ink
            .dash()
            .map(|dash| format!(" stroke-dasharray=\"{dash}\""))
            .unwrap_or_default();
        let strength = ink
            .strength()
            .map(|s| format!(" stroke-opacity=\"{s}\""))
            .unwrap_or_default();
        let attributes = format!(
            " class=\"s{}\" fill=\"none\" stroke=\"{}\" \
             stroke-width=\"{}\"{dash}{strength} stroke-linejoin=\"round\"",
            ink.class(),
            ink.print(),
            px(width as i32),
        );
        self.path(attributes, outline);
    }

    /// A disc without an edge, as the round end of a line of next to no
    /// length: a third of what a circle takes, and maps have hundreds.
    fn dot(&mut self, at: Place, radius: i32, ink: Ink) {
        let attributes = format!(
            " class=\"s{}\" fill=\"none\" stroke=\"{}\" \
             stroke-width=\"{}\" stroke-linecap=\"round\"",
            ink.class(),
            ink.print(),
            px(2 * radius),
        );
        let end = (at.0 + 1, at.1);
        self.path(attributes, &Outline::line(&[at, end]));
    }

    fn surface(&mut self, ink: Ink, outline: &Outline) {
        let attributes = match ink {
            Ink::Hatch => {
                self.hatched = true;
                let id = escaped(&self.id);
                format!(" fill=\"url(#{id}-hatch)\" fill-rule=\"evenodd\"")
            }
            // A region may have holes; dots may overlap and have none.
            Ink::Tint(_) => format!(
                " class=\"f{}\" fill=\"{}\" fill-rule=\"evenodd\"",
                ink.class(),
                ink.print()
            ),
            Ink::Edged(_) => format!(
                " class=\"f{} s-page\" fill=\"{}\" stroke=\"{}\" \
                 stroke-width=\".8\"",
                ink.class(),
                ink.print(),
                Ink::Page.print()
            ),
            _ => {
                let strength = ink
                    .strength()
                    .map(|s| format!(" fill-opacity=\"{s}\""))
                    .unwrap_or_default();
                let (class, print) = (ink.class(), ink.print());
                format!(" class=\"f{class}\" fill=\"{print}\"{strength}")
            }
        };
        self.path(attributes, outline);
    }

    fn polygon(&mut self, ink: Ink, corners: &[Place]) {
        if corners.len() > 2 {
            self.surface(ink, &Outline::ring(&simplified(corners)));
        }
    }

    /// A rectangle, as much of it as lies on the sheet.
    fn block(&mut self, ink: Ink, r: &Rect) {
        let (width, height) = self.size;
        let (x0, x1) = (r.x0.clamp(0, width), r.x1.clamp(0, width));
        let (y0, y1) = (r.y0.clamp(0, height), r.y1.clamp(0, height));
        let corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)];
        self.surface(ink, &Outline::ring(&corners));
    }

    fn text(&mut self, label: &Label) {
        self.close();
        // Writing to a String cannot fail.
        let _ = write!(
            self.body,
            "<text x=\"{}\" y=\"{}\" class=\"f{}\"",
            px(label.at.0),
            px(baseline(label.at.1)),
            label.ink.class()
        );
        if label.ink != Ink::Text {
            let _ = write!(self.body, " fill=\"{}\"", label.ink.print());
        }
        if label.bold {
            self.body += " font-weight=\"600\"";
        }
        self.body += match label.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let _ = write!(self.body, ">{}</text>", escaped(&label.text));
    }

    /// Adds a mark.
    pub(super) fn draw(&mut self, mark: &Mark) {
        match mark {
            Mark::Line(points, ..) if points.len() < 2 => {}
            Mark::Line(points, ink, width) => {
                self.stroke(*ink, *width, &Outline::line(&simplified(points)));
            }
            Mark::Surface(corners, ink) => self.polygon(*ink, corners),
            Mark::Block(rect, ink) => self.block(*ink, rect),
            Mark::Point(at, radius, Shape::Circle, ink) => match ink {
                Ink::Series(_) => self.dot(*at, *radius, *ink),
                _ => self.surface(*ink, &Outline::circle(*at, *radius)),
            },
            Mark::Point(at, radius, shape, ink) => {
                self.polygon(*ink, &shape.corners(*at, *radius));
            }
            Mark::Text(label) => self.text(label),
        }
    }
}

/// Where the letters stand of a text that is centred at `y`.
pub(super) fn baseline(y: i32) -> i32 {
    y + TEXT * 35 / 100
}

/// Text that XML, mdBook's directives and the formula renderer all leave
/// alone, on one line.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    for letter in text.chars() {
        if letter.is_whitespace() || letter.is_control() {
            space = !out.is_empty();
            continue;
        }
        if std::mem::take(&mut space) {
            out.push(' ');
        }
        match letter {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '$' => out += "&#36;",
            '{' => out += "&#123;",
            // A formula may also be written \( … \).
            '\\' => out += "&#92;",
            '\u{fffe}' | '\u{ffff}' => {}
            _ => out.push(letter),
        }
    }
    out
}
