//! [`Images`] laid out.

use super::frame;
use super::images::{Image, Images};
use super::ink::{Ink, SHADES};
use super::letters;
use super::place::Rect;
use super::sheet::{Anchor, LINE, Label, Mark, Sheet};
use super::svg::TEXT;

/// The sides of the smallest and the largest pixel, and what is between
/// pictures.
const SMALLEST: i32 = 30;
const LARGEST: i32 = 60;
const GAP: i32 = 100;

/// Lay the pictures out in lines, all in cells of one size.
pub(super) fn sheet(images: &Images, width: i32) -> Sheet {
    let (columns, rows) = images.size();
    if columns == 0 || rows == 0 {
        return frame::empty(width, "no data to show");
    }
    let captions = images
        .images
        .iter()
        .map(|image| letters::width(&image.caption, TEXT, false));
    let words = captions.max().unwrap_or(0).min(width);
    let least = words.max(columns * SMALLEST);
    let fitting = ((width + GAP) / (least + GAP)).max(1);
    let line = fitting.min((images.line as i32).max(1));
    let room = (width - (line - 1) * GAP) / line;
    let tile = (room / columns).clamp(1, LARGEST);
    let cell = words.max(columns * tile);
    let is_named = images.images.iter().any(|i| !i.caption.is_empty());
    let caption = if is_named { LINE } else { 0 };
    let tall = rows * tile + caption + GAP;
    let mut sheet = Sheet::default();
    let mut blocks: Vec<(Ink, Rect)> = Vec::new();
    for (i, image) in (0..).zip(&images.images) {
        let (x, y) = (i % line * (cell + GAP), i / line * tall);
        let place = (x + (cell - columns * tile) / 2, y);
        blocks.extend(runs(image, images.most, place, tile));
        let middle = (x + cell / 2, y + rows * tile + LINE / 2 + 20);
        let caption = letters::cut(&image.caption, TEXT, false, cell);
        let label = Label::new(caption, middle);
        sheet.text(label.anchor(Anchor::Middle));
    }
    // Pixels of one tone share one path.
    blocks.sort_by_key(|(ink, _)| *ink);
    for (ink, area) in blocks {
        sheet.marks.push(Mark::Block(area, ink));
    }
    let lines = (images.images.len() as i32 + line - 1) / line;
    sheet.height = lines * tall;
    sheet
}

/// Pixels of one tone side by side are one rectangle.
fn runs(
    image: &Image,
    most: f64,
    (x, y): (i32, i32),
    tile: i32,
) -> Vec<(Ink, Rect)> {
    let mut runs: Vec<(Ink, Rect)> = Vec::new();
    for (row, pixels) in (0..).zip(&image.rows) {
        let y0 = y + row * tile;
        for (column, value) in (0..).zip(pixels) {
            let Some(ink) = tone(*value, most) else { continue };
            let x0 = x + column * tile;
            let (x1, y1) = (x0 + tile, y0 + tile);
            match runs.last_mut() {
                Some((last, area))
                    if *last == ink && (area.x1, area.y0) == (x0, y0) =>
                {
                    area.x1 = x1;
                }
                _ => runs.push((ink, Rect { x0, y0, x1, y1 })),
            }
        }
    }
    runs
}

/// The tone of a pixel; `None` for one without ink.
fn tone(value: f64, most: f64) -> Option<Ink> {
    let step = (value / most * f64::from(SHADES)).ceil() - 1.0;
    let step = step.clamp(0.0, f64::from(SHADES - 1));
    (value > 0.0).then_some(Ink::Shade(0, step as u8))
}
