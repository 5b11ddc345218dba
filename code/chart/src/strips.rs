//! Values as tones: a strip or a small matrix for every layer.

use exact::decimal::text;

use super::axis::{Axis, Scale};

/// Tiles whose tone says how large a value is: activations, gradients or
/// weights, layer by layer. All strips of a panel share one scale, which a key
/// above them shows. Exactly 0 is an empty tile, and a negative value has a
/// slit.
///
/// A tone is read to one of five steps: what has to be read more closely
/// belongs into [`Lines`](super::Lines).
///
/// ```
/// use chart::{Axis, Strips};
/// let weights = Strips::diverging(Axis::linear("weight"))
///     .strip("layer 1", vec![vec![0.5, -0.4], vec![0.3, 0.8]])
///     .strip("layer 2", vec![vec![0.7, -0.6]]);
/// let norms = Strips::sequential(Axis::log("gradient norm"))
///     .strip("layers 1 to 3", vec![vec![1e-9, 1e-6, 1e-3]]);
/// # assert!(weights.problems().is_empty() && norms.problems().is_empty());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Strips {
    /// What the tones measure.
    pub axis: Axis,
    /// Whether there are tones on both sides of 0.
    pub diverging: bool,
    /// The strips, in the order they are placed.
    pub strips: Vec<Strip>,
}

/// One strip or matrix of [`Strips`].
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    /// What it is.
    pub label: String,
    /// Its values, row by row from the top; all rows of one length.
    pub rows: Vec<Vec<f64>>,
}

impl Strips {
    /// Strips of values that are not negative.
    pub fn sequential(axis: Axis) -> Self {
        Self { axis, diverging: false, strips: Vec::new() }
    }

    /// Strips of values on both sides of 0, on a linear axis. The scale
    /// reaches as far to one side as to the other.
    pub fn diverging(axis: Axis) -> Self {
        Self { axis, diverging: true, strips: Vec::new() }
    }

    /// Add a matrix by its rows; one row makes a strip.
    pub fn strip(
        mut self,
        label: impl Into<String>,
        rows: Vec<Vec<f64>>,
    ) -> Self {
        self.strips.push(Strip { label: label.into(), rows });
        self
    }

    /// All values that have a tone.
    pub(super) fn values(&self) -> impl Iterator<Item = f64> {
        let all = self.strips.iter().flat_map(|s| s.rows.iter().flatten());
        all.copied().filter(|v| self.refuses(*v).is_none())
    }

    /// Why a value has no tone, if it has none.
    pub(super) fn refuses(&self, value: f64) -> Option<&'static str> {
        match self.axis.refuses(value) {
            None if !self.diverging && value < 0.0 => {
                Some("is negative, on a scale from 0")
            }
            why => why,
        }
    }

    /// What keeps this from being an honest picture; empty is good.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.diverging && self.axis.scale != Scale::Linear {
            problems.push("a logarithmic axis has but one side of 0".into());
        }
        if self.strips.iter().all(|s| s.rows.iter().all(Vec::is_empty)) {
            problems.push("no strip has a value".to_owned());
        }
        for Strip { label, rows } in &self.strips {
            let columns = rows.first().map_or(0, Vec::len);
            if let Some(i) = rows.iter().position(|r| r.len() != columns) {
                problems.push(format!(
                    "strip '{label}', row {i}: {} values, where the first row \
                     has {columns}",
                    rows[i].len()
                ));
            }
            let refused =
                rows.iter().flatten().enumerate().find_map(|(i, &value)| {
                    Some((i, value, self.refuses(value)?))
                });
            if let Some((i, value, why)) = refused {
                problems.push(format!(
                    "strip '{label}', value {i}: {} {why}",
                    text(value)
                ));
            }
        }
        problems
    }
}
