//! Pieces of a line: where a piecewise linear function changes its slope.

use exact::decimal::text;

use super::axis::{Axis, Scale};

/// A stretch of the line of inputs, once in every row, cut into pieces that
/// are filled and pale in turn. How many there are is written at the row's end.
///
/// ```
/// use chart::{Axis, NumberLine};
/// let line = NumberLine::new(Axis::linear("input x"), (0.0, 1.0))
///     .pieces("linear pieces, every second one filled")
///     .row("1 layer", vec![0.5])
///     .row("2 layers", vec![0.25, 0.5, 0.75]);
/// # assert!(line.problems().is_empty());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct NumberLine {
    /// What runs along the line.
    pub axis: Axis,
    /// Its ends.
    pub ends: (f64, f64),
    /// What a piece is: `"linear pieces"`. May be empty.
    pub pieces: String,
    /// The rows, from the top.
    pub rows: Vec<LineRow>,
}

/// One row of a [`NumberLine`].
#[derive(Clone, Debug, PartialEq)]
pub struct LineRow {
    /// What the row is.
    pub label: String,
    /// Where one piece ends and the next begins, ascending, strictly between
    /// the ends of the line.
    pub breaks: Vec<f64>,
}

impl NumberLine {
    /// A line without a row.
    pub fn new(axis: Axis, ends: (f64, f64)) -> Self {
        Self { axis, ends, pieces: String::new(), rows: Vec::new() }
    }

    /// Say what a piece is.
    pub fn pieces(self, what: impl Into<String>) -> Self {
        Self { pieces: what.into(), ..self }
    }

    /// Add a row that is cut at these places.
    pub fn row(mut self, label: impl Into<String>, breaks: Vec<f64>) -> Self {
        self.rows.push(LineRow { label: label.into(), breaks });
        self
    }

    /// What keeps this from being an honest picture; empty is good.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let (low, high) = self.ends;
        if !(low.is_finite() && high.is_finite() && low < high) {
            problems.push(format!(
                "the line runs from {} to {}: the second must be the larger",
                text(low),
                text(high),
            ));
        }
        if self.axis.scale != Scale::Linear {
            problems.push("the line has a logarithmic axis".into());
        }
        if self.rows.is_empty() {
            problems.push("no row".into());
        }
        for LineRow { label, breaks } in &self.rows {
            let off = |at: &f64| !(low < *at && *at < high);
            if let Some(i) = breaks.iter().position(off) {
                problems.push(format!(
                    "row '{label}', break {i}: {} is not between the ends",
                    text(breaks[i])
                ));
            }
            // What is not a number was named above.
            let back = |pair: &[f64]| pair[0] >= pair[1];
            if let Some(i) = breaks.windows(2).position(back) {
                problems.push(format!(
                    "row '{label}', break {}: {} does not lie after {}",
                    i + 1,
                    text(breaks[i + 1]),
                    text(breaks[i])
                ));
            }
        }
        problems
    }
}
