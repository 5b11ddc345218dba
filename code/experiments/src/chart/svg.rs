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
    /// The path that the next mark may join: its attributes and its outline.
    open: Option<(String, String)>,
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
        if let Some((attributes, outline)) = self.open.take() {
            let _ = write!(self.body, "<path{attributes} d=\"{outline}\"/>");
        }
    }

    fn path(&mut self, attributes: String, outline: &str) {
        match &mut self.open {
            Some((open, d)) if *open == attributes => d.push_str(outline),
            _ => {
                self.close();
                self.open = Some((attributes, outline.to_owned()));
            }
        }
    }

    fn stroke<S: BackendStyle>(&mut self, style: &S, outline: &str) {
        let ink = Ink::from_token(style.color().rgb);
        let dash = ink
            .dash()
            .map(|dash| format!(" stroke-dasharray=\"{dash}\""))
            .unwrap_or_default();
        let attributes = format!(
            " class=\"s{}\" fill=\"none\" stroke=\"{}\" \
             stroke-width=\"{}\"{dash} stroke-linejoin=\"round\"",
            ink.class(),
            ink.print(),
            px(style.stroke_width() as i32),
        );
        self.path(attributes, outline);
    }

    fn surface<S: BackendStyle>(&mut self, style: &S, outline: &str) {
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
                format!(" class=\"f{}\" fill=\"{}\"", ink.class(), ink.print())
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
        let (width, height) = (px(x1 - x0), px(y1 - y0));
        let back = px(x0 - x1);
        let outline =
            format!("M{} {}h{width}v{height}h{back}z", px(x0), px(y0));
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
            self.stroke(style, &outline(&simplified(&points)));
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        // An arc back to its own start would be nothing: a tenth short of it.
        let r = px(radius as i32);
        let outline =
            format!("M{} {}a{r} {r} 0 1 1 0 .1z", px(x - radius as i32), px(y));
        if fill {
            self.surface(style, &outline);
        } else {
            self.stroke(style, &outline);
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
            let outline = outline(&simplified(&corners)) + "z";
            self.surface(style, &outline);
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

/// Tenths of a pixel as SVG writes them: `12`, `12.5`, `-.5`.
pub(super) fn px(tenths: i32) -> String {
    let sign = if tenths < 0 { "-" } else { "" };
    let (whole, rest) = (tenths.abs() / 10, tenths.abs() % 10);
    match (whole, rest) {
        (_, 0) => format!("{sign}{whole}"),
        (0, _) => format!("{sign}.{rest}"),
        _ => format!("{sign}{whole}.{rest}"),
    }
}

/// A line through points: the first absolute, the others by their steps,
/// which are shorter to write.
fn outline(points: &[BackendCoord]) -> String {
    let mut d = String::new();
    let Some(&(mut x, mut y)) = points.first() else { return d };
    let _ = write!(d, "M{} {}", px(x), px(y));
    let mut command = ' ';
    for &(next_x, next_y) in &points[1..] {
        let (dx, dy) = (next_x - x, next_y - y);
        match (dx, dy) {
            (0, 0) => {}
            (_, 0) => pair(&mut d, &mut command, 'h', &[dx]),
            (0, _) => pair(&mut d, &mut command, 'v', &[dy]),
            _ => pair(&mut d, &mut command, 'l', &[dx, dy]),
        }
        (x, y) = (next_x, next_y);
    }
    d
}

/// Append a command and its numbers, leaving out what SVG lets be left out.
fn pair(d: &mut String, command: &mut char, wanted: char, numbers: &[i32]) {
    let mut glued = *command != wanted;
    if glued {
        d.push(wanted);
        *command = wanted;
    }
    for &number in numbers {
        if !glued && number >= 0 {
            d.push(' ');
        }
        glued = false;
        d.push_str(&px(number));
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
