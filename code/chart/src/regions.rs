//! What a classifier decides at each point of a plane.

use exact::decimal::text;

/// A map of a classifier's decisions, with the points it was trained on.
///
/// The classifier is given as a grid of values; above `level` it decides for
/// the second class. The grid's outermost values lie on the borders.
///
/// ```
/// use chart::Regions;
/// let regions = Regions::sample((-1.0, 1.0), (-1.0, 1.0), 40, 0.0, |x, y| {
///     x * x + y * y - 0.5 // a logit: positive outside a circle
/// })
/// .class("inside", vec![(0.1, 0.2)])
/// .class("outside", vec![(0.9, -0.8)]);
/// # assert!(regions.problems().is_empty());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Regions {
    /// Left and right border, in the units of the data.
    pub x: (f64, f64),
    /// Lower and upper border.
    pub y: (f64, f64),
    /// How many values lie side by side in the grid.
    pub columns: usize,
    /// The grid, row by row from the lowest, each from left to right.
    pub values: Vec<f64>,
    /// Above this value the second class is decided: 0.5 for probabilities, 0
    /// for logits.
    pub level: f64,
    /// The points of each class; two classes at most.
    pub classes: Vec<Class>,
}

/// Points of one class on [`Regions`].
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// What the class is called.
    pub label: String,
    /// Where its points are.
    pub points: Vec<(f64, f64)>,
}

impl Regions {
    /// Ask a classifier at `count` × `count` points between the borders.
    pub fn sample(
        x: (f64, f64),
        y: (f64, f64),
        count: usize,
        level: f64,
        mut classifier: impl FnMut(f64, f64) -> f64,
    ) -> Self {
        let count = count.max(2);
        let at = |(low, high): (f64, f64), i: usize| {
            low + (high - low) * i as f64 / (count - 1) as f64
        };
        let values = (0..count * count)
            .map(|i| classifier(at(x, i % count), at(y, i / count)))
            .collect();
        Self { x, y, columns: count, values, level, classes: Vec::new() }
    }

    /// Add the points of a class: first that of low values, then that of high
    /// ones.
    pub fn class(
        mut self,
        label: impl Into<String>,
        points: Vec<(f64, f64)>,
    ) -> Self {
        self.classes.push(Class { label: label.into(), points });
        self
    }

    /// What keeps this from being an honest picture; empty is good.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (axis, (low, high)) in [("x", self.x), ("y", self.y)] {
            let finite = low.is_finite() && high.is_finite();
            if !finite || low >= high {
                problems.push(format!(
                    "{axis} runs from {} to {}: the second must be the larger",
                    text(low),
                    text(high),
                ));
            }
        }
        if !self.is_grid() {
            problems.push(format!(
                "{} values do not make rows of {}, two or more each way",
                self.values.len(),
                self.columns
            ));
        }
        if let Some(i) = self.values.iter().position(|v| !v.is_finite()) {
            problems.push(format!("value {i} of the grid is not finite"));
        }
        if self.classes.len() > 2 {
            problems.push(format!("{} classes, not two", self.classes.len()));
        }
        for class in &self.classes {
            let off = |p: &(f64, f64)| !(p.0.is_finite() && p.1.is_finite());
            if let Some(i) = class.points.iter().position(off) {
                let label = &class.label;
                problems.push(format!("'{label}', point {i} is not finite"));
            }
        }
        problems
    }

    /// Whether there are whole rows, two or more, of two or more values.
    pub(super) fn is_grid(&self) -> bool {
        self.columns > 1
            && self.values.len() >= 2 * self.columns
            && self.values.len().is_multiple_of(self.columns)
    }
}
