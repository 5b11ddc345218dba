//! Legends: for what cannot be named where it is.

use super::ink::{Ink, Shape};
use super::letters;
use super::sheet::{LINE, Sheet};
use super::svg::TEXT;

/// One line of a legend: how it looks, what it is.
#[derive(Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) label: String,
    pub(super) sample: Sample,
}

/// A specimen of a mark.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Sample {
    /// A stretch of a curve.
    Line { ink: Ink, width: u32, shape: Option<Shape> },
    /// A time, drawn from top to bottom.
    Event,
    /// A point.
    Point { ink: Ink, shape: Shape },
}

impl Sample {
    /// A level drawn across.
    pub(super) fn level() -> Self {
        Sample::Line { ink: Ink::Mark, width: 12, shape: None }
    }
}

/// What is said once above a row of panels: what their marks are.
pub(super) fn common(all: Vec<Entry>, width: i32) -> Sheet {
    let mut entries: Vec<Entry> = Vec::new();
    for entry in all {
        if !entry.label.trim().is_empty() && !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    let mut sheet = sheet(&entries, width);
    if !entries.is_empty() {
        sheet.height += 30;
    }
    sheet
}

const SAMPLE: i32 = 260;
const SAMPLE_GAP: i32 = 60;
const ENTRY_GAP: i32 = 200;

/// The entries in rows, as many in each as fit.
pub(super) fn sheet(entries: &[Entry], width: i32) -> Sheet {
    let mut sheet = Sheet::default();
    let (mut x, mut y) = (0, 0);
    for entry in entries {
        let sample = sample_width(entry.sample);
        let text_x = sample + SAMPLE_GAP;
        let room = width - text_x;
        let lines = letters::fitted(&entry.label, TEXT, false, room);
        let widest = lines.iter().map(|l| letters::width(l, TEXT, false)).max();
        let taken = text_x + widest.unwrap_or(0);
        if x > 0 && x + taken > width {
            (x, y) = (0, y + LINE + 20);
        }
        draw_sample(&mut sheet, entry.sample, (x, y + LINE / 2));
        let end = sheet.paragraph(&lines, (x + text_x, y), |label| label);
        x += taken + ENTRY_GAP;
        y = end - LINE;
    }
    sheet.height = if entries.is_empty() { 0 } else { y + LINE + 50 };
    sheet
}

fn sample_width(sample: Sample) -> i32 {
    match sample {
        Sample::Line { .. } => SAMPLE,
        Sample::Event | Sample::Point { .. } => 80,
    }
}

fn draw_sample(sheet: &mut Sheet, sample: Sample, (x, y): (i32, i32)) {
    match sample {
        Sample::Line { ink, width, shape } => {
            sheet.line([(x, y), (x + SAMPLE, y)], ink, width);
            if let Some(shape) = shape {
                sheet.point((x + SAMPLE / 2, y), 38, shape, ink);
            }
        }
        Sample::Event => {
            let half = LINE * 2 / 5;
            sheet.line([(x + 40, y - half), (x + 40, y + half)], Ink::Mark, 12);
        }
        Sample::Point { ink, shape } => {
            sheet.point((x + 40, y), 38, shape, ink);
        }
    }
}
