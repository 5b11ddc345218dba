//! A plotters backend that writes SVG for a page: one line of text, classes
//! for the page's theme, literal colours for where there is none.
//!
//! Coordinates are tenths of a pixel: plotters counts in integers, and a
//! curve drawn on whole pixels has steps. Marks that follow one another and
//! look alike share one `<path>`.

use std::convert::Infallible;
use std::fmt::Write as _;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend,
    DrawingErrorKind, FontStyle,
};

use super::ink::Ink;
use super::letters;
use super::outline::{Outline, px};
use super::simplify::simplified;

/// The font size of nearly all text, in tenths: 13 px, so that 340 px shrunk
/// to a phone's 290 px still give 11.
pub(super) const TEXT: i32 = 130;

/// Nothing can go wrong in writing to memory.
type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// The drawing so far.
pub(super) struct Svg {
    /// Prefix of every id in this drawing.
    id: String,
    size: (i32, i32),
    body: String,
    /// The path that the next mark may join: its attributes, what it draws,
    /// and where it ends.
    open: Option<(String, String, BackendCoord)>,
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

    fn stroke<S: BackendStyle>(&mut self, style: &S, outline: &Outline) {
        let ink = Ink::from_token(style.color().rgb);
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
            px(style.stroke_width() as i32),
        );
        self.path(attributes, outline);
    }

    /// A disc without an edge, as the round end of a line of next to no
    /// length: a third of what a circle takes, and maps have hundreds.
    fn dot(&mut self, at: BackendCoord, radius: u32, ink: Ink) {
        let attributes = format!(
            " class=\"s{}\" fill=\"none\" stroke=\"{}\" \
             stroke-width=\"{}\" stroke-linecap=\"round\"",
            ink.class(),
            ink.print(),
            px(2 * radius as i32),
        );
        let end = (at.0 + 1, at.1);
        self.path(attributes, &Outline::line(&[at, end]));
    }

    fn surface<S: BackendStyle>(&mut self, style: &S, outline: &Outline) {
        let ink = Ink::from_token(style.color().rgb);
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
}

impl DrawingBackend for Svg {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (self.size.0.max(0) as u32, self.size.1.max(0) as u32)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, at: BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect(at, (at.0 + 10, at.1 + 10), &color, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (x0, y0): BackendCoord,
        (x1, y1): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)];
        let outline = Outline::ring(&corners);
        if fill {
            self.surface(style, &outline);
        } else {
            self.stroke(style, &outline);
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let points: Vec<_> = path.into_iter().collect();
        if points.len() > 1 {
            self.stroke(style, &Outline::line(&simplified(&points)));
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        at: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let ink = Ink::from_token(style.color().rgb);
        match (fill, ink) {
            (true, Ink::Series(_)) => self.dot(at, radius, ink),
            (true, _) => self.surface(style, &Outline::circle(at, radius)),
            (false, _) => self.stroke(style, &Outline::circle(at, radius)),
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        let corners: Vec<_> = corners.into_iter().collect();
        if corners.len() > 2 {
            self.surface(style, &Outline::ring(&simplified(&corners)));
        }
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &T,
        at: BackendCoord,
    ) -> Drawn {
        if text.is_empty() {
            return Ok(());
        }
        self.close();
        let size = style.size() as i32;
        let bold = matches!(style.style(), FontStyle::Bold);
        let anchor = style.anchor();
        let ink = Ink::from_token(style.color().rgb);
        let _ = write!(
            self.body,
            "<text x=\"{}\" y=\"{}\" class=\"f{}\"",
            px(at.0),
            px(baseline(at.1, size, anchor.v_pos)),
            ink.class()
        );
        if ink != Ink::Text {
            let _ = write!(self.body, " fill=\"{}\"", ink.print());
        }
        if size != TEXT {
            let _ = write!(self.body, " font-size=\"{}\"", px(size));
        }
        if bold {
            self.body += " font-weight=\"600\"";
        }
        self.body += match anchor.h_pos {
            HPos::Left => "",
            HPos::Center => " text-anchor=\"middle\"",
            HPos::Right => " text-anchor=\"end\"",
        };
        let _ = write!(self.body, ">{}</text>", escaped(text));
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let size = style.size() as i32;
        let bold = matches!(style.style(), FontStyle::Bold);
        Ok((letters::width(text, size, bold) as u32, size as u32))
    }
}

/// Where the letters stand so that the text is centred at `y` (or hangs from
/// it, or stands on it).
pub(super) fn baseline(y: i32, size: i32, anchor: VPos) -> i32 {
    match anchor {
        VPos::Top => y + size * 80 / 100,
        VPos::Center => y + size * 35 / 100,
        VPos::Bottom => y - size * 20 / 100,
    }
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
