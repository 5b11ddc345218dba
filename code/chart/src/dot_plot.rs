//! Rows of dots: every seed shown, none averaged away.

use exact::decimal::text;

use super::axis::Axis;
use super::ink::SERIES;
use super::lines::Landmark;
use exact::statistics::median;

/// Rows of categories on a common axis, one dot for every run of each.
///
/// ```
/// use chart::{Axis, DotPlot};
/// let gaps = DotPlot::new(Axis::log("largest gap").with_zero())
///     .dots("one dot per seed")
///     .group("identity")
///     .row("2 layers", vec![0.0, 3.1e-16, 4.4e-16])
///     .row("5 layers", vec![4.2e-15, 5.0e-15, 6.2e-15])
///     .group("tanh")
///     .row("5 layers", vec![0.31, 0.42, 0.36])
///     .threshold(1e-13, "rounding alone stays below 1e-13");
/// # assert!(gaps.problems().is_empty());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DotPlot {
    /// What the dots measure.
    pub axis: Axis,
    /// What a dot is: `"one dot per seed"`. May be empty.
    pub dots: String,
    /// The rows, from the top.
    pub rows: Vec<DotRow>,
    /// A value the dots are compared with.
    pub threshold: Option<Landmark>,
}

/// One row of a [`DotPlot`].
#[derive(Clone, Debug, PartialEq)]
pub struct DotRow {
    /// The heading under which the row stands, with its neighbours of the
    /// same group; each group has a colour and a shape. Empty: no heading.
    pub group: String,
    /// What the row is.
    pub label: String,
    /// One value a dot.
    pub values: Vec<f64>,
    /// What is written at the row's end instead of its median.
    pub shown: Option<String>,
}

impl DotPlot {
    /// An empty plot over this axis.
    pub fn new(axis: Axis) -> Self {
        Self { axis, dots: String::new(), rows: Vec::new(), threshold: None }
    }

    /// Say what a dot is.
    pub fn dots(self, what: impl Into<String>) -> Self {
        Self { dots: what.into(), ..self }
    }

    /// Begin a group of rows.
    pub fn group(mut self, label: impl Into<String>) -> Self {
        self.rows.push(DotRow {
            group: label.into(),
            label: String::new(),
            values: Vec::new(),
            shown: None,
        });
        self
    }

    /// Add a row to the group begun last.
    pub fn row(mut self, label: impl Into<String>, values: Vec<f64>) -> Self {
        let row = DotRow {
            group: self.rows.last().map_or(String::new(), |r| r.group.clone()),
            label: label.into(),
            values,
            shown: None,
        };
        // A group just begun holds a placeholder for its first row.
        match self.rows.last_mut() {
            Some(last) if last.is_placeholder() => *last = row,
            _ => self.rows.push(row),
        }
        self
    }

    /// Write this at the end of the row added last, instead of its median.
    pub fn showing(mut self, text: impl Into<String>) -> Self {
        if let Some(row) = self.rows.last_mut() {
            row.shown = Some(text.into());
        }
        self
    }

    /// Draw a value from top to bottom, and name it.
    pub fn threshold(self, value: f64, label: impl Into<String>) -> Self {
        let label = label.into();
        Self { threshold: Some(Landmark { value, label }), ..self }
    }

    /// The colour and shape of a row's group, counted from 0.
    pub(super) fn hue(&self, row: &DotRow) -> u8 {
        let mut groups: Vec<&str> = Vec::new();
        for other in &self.rows {
            if !groups.contains(&other.group.as_str()) {
                groups.push(&other.group);
            }
        }
        let at = groups.iter().position(|group| *group == row.group);
        (at.unwrap_or(0) % SERIES as usize) as u8
    }

    /// Whether no row has more than one dot: then there is no middle to mark.
    pub(super) fn is_single(&self) -> bool {
        self.rows.iter().all(|row| row.values.len() < 2)
    }

    /// What stands over the numbers at the ends of the rows.
    pub(super) fn numbers(&self) -> &'static str {
        if self.is_single() { "value" } else { "median" }
    }

    /// What keeps this plot from being an honest picture; empty is good.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.rows.is_empty() {
            problems.push("no row".to_owned());
        }
        for row in &self.rows {
            let name = format!("row '{} {}'", row.group, row.label);
            if row.values.is_empty() {
                problems.push(format!("{name} has no value"));
            }
            let refused = row
                .values
                .iter()
                .enumerate()
                .find_map(|(i, &v)| Some((i, v, self.axis.refuses(v)?)));
            if let Some((i, value, why)) = refused {
                problems
                    .push(format!("{name}, value {i}: {} {why}", text(value)));
            }
        }
        let mark = self.threshold.as_ref();
        if let Some(Landmark { value, label }) = mark
            && let Some(why) = self.axis.refuses(*value)
        {
            problems.push(format!("threshold '{label}' {why}"));
        }
        problems
    }
}

impl DotRow {
    fn is_placeholder(&self) -> bool {
        self.label.is_empty() && self.values.is_empty()
    }

    /// The median of the finite values, the one that the prose quotes.
    pub(super) fn median(&self) -> Option<f64> {
        let finite = self.values.iter().copied().filter(|v| v.is_finite());
        Some(median(finite)).filter(|middle| middle.is_finite())
    }
}
