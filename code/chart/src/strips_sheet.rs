//! [`Strips`] laid out.

use super::axis::{Fit, Span};
use super::frame;
use super::ink::{Ink, SHADES};
use super::letters::{self, fitted};
use super::place::Rect;
use super::sheet::{Anchor, LINE, Label, Mark, Sheet};
use super::strips::{Strip, Strips};
use super::svg::TEXT;
use super::table::significant;

/// The colours of values above and below 0.
const ABOVE: u8 = 0;
const BELOW: u8 = 1;

/// The side of the largest tile, the least at which matrices stand side by
/// side, and the height of a strip of one row.
const LARGEST: i32 = 240;
const ROOMY: i32 = 90;
const LOW: i32 = 160;
/// Between strips, and between the tiles of the key.
const GAP: i32 = 240;
const KEY_TILE: i32 = 160;

/// Lay the strips out one after the other, as many in a line as fit.
pub(super) fn sheet(strips: &Strips, width: i32) -> Sheet {
    let Some(scale) = Scale::new(strips) else {
        return frame::empty(width, "no data to show");
    };
    let mut sheet = key(strips, &scale, width);
    let (tile, tall) = tile(&strips.strips, width);
    let (mut x, mut top, mut bottom) = (0, sheet.height, 0);
    for strip in &strips.strips {
        let columns = strip.rows.iter().map(Vec::len).max().unwrap_or(0);
        let wide = columns as i32 * tile;
        let text = letters::width(&strip.label, TEXT, false).min(width);
        let taken = wide.max(text);
        if x > 0 && x + taken > width {
            (x, top) = (0, bottom + GAP / 2);
        }
        let lines = fitted(&strip.label, TEXT, false, width);
        let y = sheet.paragraph(&lines, (x, top), |label| label) + 10;
        draw(&mut sheet, strip, &scale, (x + 5, y), (tile, tall));
        bottom = bottom.max(y + strip.rows.len() as i32 * tall);
        x += taken + GAP;
    }
    sheet.height = bottom + 10;
    sheet
}

/// Width and height of a tile: such that all strips stand side by side, if
/// that leaves the tiles large enough; else that the widest just fits.
fn tile(strips: &[Strip], width: i32) -> (i32, i32) {
    let columns =
        |s: &Strip| s.rows.iter().map(Vec::len).max().unwrap_or(0) as i32;
    let all: i32 = strips.iter().map(columns).sum();
    let widest = strips.iter().map(columns).max().unwrap_or(0);
    let gaps = (strips.len() as i32 - 1) * GAP;
    let abreast = (width - gaps - 10) / all.max(1);
    let single = strips.iter().all(|s| s.rows.len() < 2);
    let alone = (width - 10) / widest.max(1);
    let side = if abreast >= ROOMY && !single { abreast } else { alone };
    let side = side.clamp(1, LARGEST);
    (side, if single { side.max(LOW) } else { side })
}

/// From a value to its tone.
struct Scale {
    span: Span,
    ends: (f64, f64),
    diverging: bool,
}

impl Scale {
    fn new(strips: &Strips) -> Option<Self> {
        let size = |v: f64| if strips.diverging { v.abs() } else { v };
        let fixed = strips.axis.between.map(|(low, high)| vec![low, high]);
        let mut shown: Vec<f64> = strips.values().map(size).collect();
        if shown.is_empty() {
            return None;
        }
        if let Some(ends) = fixed {
            shown = ends;
        } else {
            shown.extend(strips.axis.includes.iter().map(|v| size(*v)));
        }
        let linear = strips.axis.scale == super::Scale::Linear;
        if linear {
            shown.push(0.0);
        }
        let positive = |v: &f64| *v > 0.0 || linear;
        let low = shown.iter().copied().filter(positive);
        let low = low.fold(f64::INFINITY, f64::min);
        let high = shown.iter().copied().fold(0.0, f64::max);
        let low = if linear { 0.0 } else { low.min(high) };
        let span = strips.axis.clone().between(low, high);
        let span = span.span(&mut [low, high].into_iter(), Fit::Tight)?;
        Some(Self { span, ends: (low, high), diverging: strips.diverging })
    }

    /// The tone of a value; `None` for exactly 0 and for what has none.
    fn ink(&self, value: f64) -> Option<Ink> {
        if value == 0.0 || !value.is_finite() {
            return None;
        }
        let hue = if value < 0.0 { BELOW } else { ABOVE };
        let share = self.span.share(value.abs());
        let step = (share * f64::from(SHADES)).floor();
        Some(Ink::Shade(hue, step.clamp(0.0, f64::from(SHADES - 1)) as u8))
    }
}

fn draw(
    sheet: &mut Sheet,
    strip: &Strip,
    scale: &Scale,
    (x, y): (i32, i32),
    (wide, tall): (i32, i32),
) {
    let mut tiles: Vec<(Ink, Rect)> = Vec::new();
    for (row, values) in strip.rows.iter().enumerate() {
        for (column, value) in values.iter().enumerate() {
            let (x, y) = (x + column as i32 * wide, y + row as i32 * tall);
            let area = Rect { x0: x, y0: y, x1: x + wide, y1: y + tall };
            tiles.extend(scale.ink(*value).map(|ink| (ink, area)));
        }
    }
    // Tiles of one tone share one path.
    tiles.sort_by_key(|(ink, _)| *ink);
    let below = |ink: &Ink| matches!(ink, Ink::Shade(BELOW, _));
    for (ink, area) in &tiles {
        sheet.marks.push(Mark::Block(*area, *ink));
    }
    for (ink, area) in tiles.iter().filter(|(ink, _)| below(ink)) {
        slit(sheet, *area, *ink);
    }
    let columns = strip.rows.iter().map(Vec::len).max().unwrap_or(0);
    let (x1, y1) =
        (x + columns as i32 * wide, y + strip.rows.len() as i32 * tall);
    let ring = [(x, y), (x1, y), (x1, y1), (x, y1), (x, y)];
    sheet.line(ring, Ink::Axis, 8);
}

/// The sign of a negative tile, readable in grey: dark on a light tone, light
/// on a dark one.
fn slit(sheet: &mut Sheet, area: Rect, tone: Ink) {
    let light = matches!(tone, Ink::Shade(_, 0..=2));
    let ink = if light { Ink::Text } else { Ink::Page };
    let (reach, y) = (area.width() / 4, (area.y0 + area.y1) / 2);
    let thick = (area.height() / 10).clamp(6, 14) as u32;
    let line = [(area.x0 + reach, y), (area.x1 - reach, y)];
    sheet.line(line, ink, thick);
}

/// The tones between their ends, and what they measure.
fn key(strips: &Strips, scale: &Scale, width: i32) -> Sheet {
    let mut sheet = Sheet::default();
    let lines = fitted(&strips.axis.heading(), TEXT, false, width);
    let top = sheet.paragraph(&lines, (0, 0), |l| l.ink(Ink::Quiet)) + 20;
    let (low, high) = scale.ends;
    let number = |v: f64| significant(v, 2).replace('-', "−");
    let (from, steps) = if scale.diverging {
        (number(-high), i32::from(SHADES))
    } else {
        (number(low), 0)
    };
    let y = top + KEY_TILE / 2;
    let quiet = |text: String, x| Label::new(text, (x, y)).ink(Ink::Quiet);
    sheet.text(quiet(from.clone(), 0));
    let text = |text: &str| letters::width(text, TEXT, false);
    let mut x = text(&from) + 60;
    let room = width - x - 60 - text(&number(high));
    let tile = (room / (2 * i32::from(SHADES) + 1)).clamp(10, KEY_TILE);
    for step in -steps..=i32::from(SHADES) {
        if step == 0 && !scale.diverging {
            continue;
        }
        let area = Rect { x0: x, y0: top, x1: x + tile, y1: top + KEY_TILE };
        if step != 0 {
            let hue = if step < 0 { BELOW } else { ABOVE };
            let ink = Ink::Shade(hue, step.unsigned_abs() as u8 - 1);
            sheet.marks.push(Mark::Block(area, ink));
            if step < 0 {
                slit(&mut sheet, area, ink);
            }
        } else {
            let label = Label::new("0", ((area.x0 + area.x1) / 2, y));
            sheet.text(label.anchor(Anchor::Middle).ink(Ink::Quiet));
        }
        x = area.x1;
    }
    sheet.text(quiet(number(high), x + 60));
    sheet.height = top + KEY_TILE + LINE / 2;
    sheet
}
