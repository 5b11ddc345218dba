//! Curves and points in a plane whose two axes have the same unit.

use super::axis::{Axis, Scale};
use super::ink::SERIES;
use super::lines::{Role, Series};
use super::regions::Class;

/// Curves and points in a plane with equal units both ways: a circle is
/// round. For what moves through a plane or lies in it; where a classifier
/// decides, use [`Regions`](super::Regions), and over time
/// [`Lines`](super::Lines).
///
/// What the marks are is said once above the row of panels.
///
/// ```
/// use chart::{Axis, Plane};
/// let diagonal = |end: f64| vec![(0.0, 0.0), (end, end)];
/// let plane = Plane::new(Axis::linear("x₁"), Axis::linear("x₂"))
///     .main("through ReLU", diagonal(0.5))
///     .thin("input", diagonal(1.0))
///     .points("samples", vec![(0.2, 0.1), (0.4, 0.9)]);
/// # assert!(plane.problems().is_empty());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// What runs to the right. Its label may be empty.
    pub x: Axis,
    /// What rises.
    pub y: Axis,
    /// Curves, their points in the order they are connected.
    pub curves: Vec<Series>,
    /// Points that are not connected; their colours and shapes follow those
    /// of the main curves.
    pub points: Vec<Class>,
}

impl Plane {
    /// An empty plane with these axes, both linear.
    pub fn new(x: Axis, y: Axis) -> Self {
        Self { x, y, curves: Vec::new(), points: Vec::new() }
    }

    /// Add a curve the panel is about.
    pub fn main(
        self,
        label: impl Into<String>,
        points: Vec<(f64, f64)>,
    ) -> Self {
        self.with(label.into(), Role::Main, points)
    }

    /// Add a thin grey curve, for comparison.
    pub fn thin(
        self,
        label: impl Into<String>,
        points: Vec<(f64, f64)>,
    ) -> Self {
        self.with(label.into(), Role::Thin(None), points)
    }

    /// Add a dashed curve: computed, not measured.
    pub fn reference(
        self,
        label: impl Into<String>,
        points: Vec<(f64, f64)>,
    ) -> Self {
        self.with(label.into(), Role::Reference(None), points)
    }

    /// Add points that are not connected.
    pub fn points(
        mut self,
        label: impl Into<String>,
        points: Vec<(f64, f64)>,
    ) -> Self {
        self.points.push(Class { label: label.into(), points });
        self
    }

    fn with(
        mut self,
        label: String,
        role: Role,
        points: Vec<(f64, f64)>,
    ) -> Self {
        self.curves.push(Series { label, role, points });
        self
    }

    /// Every named list of points.
    fn lists(&self) -> impl Iterator<Item = (&str, &Vec<(f64, f64)>)> {
        let curves = self.curves.iter().map(|c| (c.label.as_str(), &c.points));
        let points = self.points.iter().map(|c| (c.label.as_str(), &c.points));
        curves.chain(points)
    }

    /// Left and right border, then lower and upper. One axis is given room
    /// until the height is between `flat` and `tall` times the width.
    pub(super) fn borders(
        &self,
        (flat, tall): (f64, f64),
    ) -> Option<[(f64, f64); 2]> {
        let all = || self.lists().flat_map(|(_, points)| points);
        let x = reach(&self.x, all().map(|p| p.0))?;
        let y = reach(&self.y, all().map(|p| p.1))?;
        let (width, height) = match (x.1 - x.0, y.1 - y.0) {
            (0.0, 0.0) => (1.0, 1.0),
            (width, height) => (width.max(height / tall), height),
        };
        Some([widened(x, width), widened(y, height.max(width * flat))])
    }

    /// What keeps this from being an honest picture; empty is good.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, axis) in [("x", &self.x), ("y", &self.y)] {
            if axis.scale != Scale::Linear {
                problems.push(format!(
                    "the {name} axis is logarithmic: the axes of a plane have \
                     one unit"
                ));
            }
        }
        if self.lists().all(|(_, points)| points.is_empty()) {
            problems
                .push("no curve has a point, and no point stands alone".into());
        }
        let mains = self.curves.iter().filter(|c| c.role == Role::Main).count();
        let hues = mains + self.points.len();
        if hues > SERIES as usize {
            problems.push(format!(
                "{hues} main curves and kinds of points, but only {SERIES} can \
                 be told apart: make some thin, or use more panels"
            ));
        }
        for (label, points) in self.lists() {
            let off = |p: &(f64, f64)| !(p.0.is_finite() && p.1.is_finite());
            if let Some(i) = points.iter().position(off) {
                problems.push(format!("'{label}', point {i} is not finite"));
            }
        }
        problems
    }
}

/// From the least to the greatest value an axis shows, with a little room.
fn reach(axis: &Axis, values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    if let Some((low, high)) = axis.between {
        return (low < high).then_some((low, high));
    }
    let (low, high) = values
        .chain(axis.includes.iter().copied())
        .filter(|v| v.is_finite() && v.abs() < 1e150)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        });
    let room = 0.06 * (high - low);
    (low <= high).then_some((low - room, high + room))
}

fn widened((low, high): (f64, f64), length: f64) -> (f64, f64) {
    let room = (length - (high - low)) / 2.0;
    (low - room, high + room)
}
