//! Outlines in the short hand of SVG paths.

use super::place::Place;

/// What a `d` attribute says about one stroke or surface; in tenths of a
/// pixel.
pub(super) struct Outline {
    start: Place,
    steps: String,
    /// Where the pen is afterwards.
    pub(super) to: Place,
}

impl Outline {
    /// A line through points.
    pub(super) fn line(points: &[Place]) -> Self {
        let start = points.first().copied().unwrap_or_default();
        let mut steps = String::new();
        let mut command = ' ';
        for ends in points.windows(2) {
            let ((x0, y0), (x1, y1)) = (ends[0], ends[1]);
            match (x1 - x0, y1 - y0) {
                (0, 0) => {}
                (dx, 0) => push(&mut steps, &mut command, 'h', &[dx]),
                (0, dy) => push(&mut steps, &mut command, 'v', &[dy]),
                (dx, dy) => push(&mut steps, &mut command, 'l', &[dx, dy]),
            }
        }
        Self { start, steps, to: points.last().copied().unwrap_or(start) }
    }

    /// A line that returns to its first point.
    pub(super) fn ring(points: &[Place]) -> Self {
        let line = Self::line(points);
        Self { steps: line.steps + "z", to: line.start, start: line.start }
    }

    /// A circle.
    pub(super) fn circle((x, y): Place, radius: i32) -> Self {
        let r = px(radius);
        let start = (x - radius, y);
        // An arc back to its own start would be nothing: a tenth short of it.
        let steps = format!("a{r} {r} 0 1 1 0 .1z");
        Self { start, steps, to: start }
    }

    /// The whole of a `d` attribute.
    pub(super) fn alone(&self) -> String {
        format!("M{} {}{}", px(self.start.0), px(self.start.1), self.steps)
    }

    /// The continuation of a `d` attribute that leaves the pen at a place.
    pub(super) fn from(&self, (x, y): Place) -> String {
        let mut d = String::new();
        let step = [self.start.0 - x, self.start.1 - y];
        push(&mut d, &mut ' ', 'm', &step);
        d + &self.steps
    }
}

/// Append a command and its numbers, leaving out what SVG lets be left out.
fn push(d: &mut String, command: &mut char, wanted: char, numbers: &[i32]) {
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
