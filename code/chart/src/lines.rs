//! Curves over a common axis: losses, norms, gaps.

use exact::decimal::text;

use super::axis::Axis;
use super::ink::SERIES;

/// Curves in one panel, with the levels and times they are compared with.
///
/// ```
/// use chart::{Axis, Lines};
/// let loss = |floor: f64| {
///     (1..=100).map(|e| (f64::from(e), floor + 1.0 / f64::from(e))).collect()
/// };
/// let lines = Lines::new(Axis::log("epoch"), Axis::linear("loss (nats)"))
///     .main("seed 0", loss(0.1))
///     .thin("three other seeds", loss(0.12))
///     .thin("three other seeds", loss(0.08))
///     .threshold(0.276, "best linear model, 0.276")
///     .event(75.0, "epoch 75");
/// # assert!(lines.problems().is_empty());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Lines {
    /// What runs to the right.
    pub x: Axis,
    /// What rises.
    pub y: Axis,
    /// The curves.
    pub series: Vec<Series>,
    /// Levels drawn across.
    pub thresholds: Vec<Landmark>,
    /// Times (or other places on `x`) drawn from top to bottom.
    pub events: Vec<Landmark>,
}

/// One curve of [`Lines`].
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name on the picture. Thin curves that share a name are named once.
    pub label: String,
    /// What it is for.
    pub role: Role,
    /// Its points, in the order they are connected. A point that is not
    /// finite is a gap, and a [`Chart::check`](super::Chart::check) problem.
    pub points: Vec<(f64, f64)>,
}

/// What a curve of [`Lines`] is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// What the panel is about: a colour and a shape of its own.
    Main,
    /// Shown for comparison (other seeds): thin, grey; or in the colour of the
    /// main series named here.
    Thin(Option<String>),
    /// Computed, not measured (a bound, a floor, theory): dashed; in the
    /// colour of the main series named here.
    Reference(Option<String>),
}

/// A value on an axis worth a line and a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Landmark {
    /// Where on the axis.
    pub value: f64,
    /// What is there.
    pub label: String,
}

impl Lines {
    /// An empty panel with these axes.
    pub fn new(x: Axis, y: Axis) -> Self {
        Self {
            x,
            y,
            series: Vec::new(),
            thresholds: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Add a curve the panel is about.
    pub fn main(
        self,
        label: impl Into<String>,
        points: Vec<(f64, f64)>,
    ) -> Self {
        self.with(label.into(), Role::Main, points)
    }

    /// Add a thin grey curve, for comparison. Several may share a name.
    pub fn thin(
        self,
        label: impl Into<String>,
        points: Vec<(f64, f64)>,
    ) -> Self {
        self.with(label.into(), Role::Thin(None), points)
    }

    /// Add a thin curve in the colour of the main series `of`, without a name
    /// of its own: another seed of the same.
    pub fn thin_of(
        self,
        of: impl Into<String>,
        points: Vec<(f64, f64)>,
    ) -> Self {
        self.with(String::new(), Role::Thin(Some(of.into())), points)
    }

    /// Add a dashed curve: computed, not measured.
    pub fn reference(
        self,
        label: impl Into<String>,
        points: Vec<(f64, f64)>,
    ) -> Self {
        self.with(label.into(), Role::Reference(None), points)
    }

    /// Add a dashed curve in the colour of the main series `of`: what theory
    /// says of it. An empty label leaves it unnamed.
    pub fn reference_of(
        self,
        of: impl Into<String>,
        label: impl Into<String>,
        points: Vec<(f64, f64)>,
    ) -> Self {
        self.with(label.into(), Role::Reference(Some(of.into())), points)
    }

    /// Draw a level across the panel, and name it.
    pub fn threshold(mut self, value: f64, label: impl Into<String>) -> Self {
        self.thresholds.push(Landmark { value, label: label.into() });
        self
    }

    /// Draw a time from top to bottom, and name it.
    pub fn event(mut self, value: f64, label: impl Into<String>) -> Self {
        self.events.push(Landmark { value, label: label.into() });
        self
    }

    fn with(
        mut self,
        label: String,
        role: Role,
        points: Vec<(f64, f64)>,
    ) -> Self {
        self.series.push(Series { label, role, points });
        self
    }

    /// The colour and shape of a series, counted from 0; `None` is grey.
    pub(super) fn hue(&self, series: &Series) -> Option<u8> {
        let label = match &series.role {
            Role::Main => &series.label,
            Role::Thin(of) | Role::Reference(of) => of.as_ref()?,
        };
        let mains = self.series.iter().filter(|s| s.role == Role::Main);
        let at = mains.map(|s| &s.label).position(|own| own == label)?;
        Some((at % SERIES as usize) as u8)
    }

    /// What keeps this panel from being an honest picture; empty is good.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mains: Vec<&str> = self
            .series
            .iter()
            .filter(|s| s.role == Role::Main)
            .map(|s| s.label.as_str())
            .collect();
        if self.series.iter().all(|s| s.points.is_empty()) {
            problems.push("no series has a point".into());
        }
        if mains.len() > SERIES as usize {
            problems.push(format!(
                "{} main series, but only {SERIES} can be told apart: make \
                 some thin, or use more panels",
                mains.len()
            ));
        }
        for (i, label) in mains.iter().enumerate() {
            if mains[..i].contains(label) {
                problems.push(format!("two main series are called '{label}'"));
            }
        }
        for series in &self.series {
            problems.extend(self.unknown_main(series, &mains));
            problems.extend(self.misplaced(series));
        }
        problems.extend(self.misplaced_landmarks());
        problems
    }

    fn unknown_main(&self, series: &Series, mains: &[&str]) -> Option<String> {
        match &series.role {
            Role::Thin(Some(of)) | Role::Reference(Some(of))
                if !mains.contains(&of.as_str()) =>
            {
                Some(format!(
                    "no main series is called '{of}'; there are {}",
                    mains.join(", ")
                ))
            }
            _ => None,
        }
    }

    /// The first point of a series that has no place in the panel.
    fn misplaced(&self, series: &Series) -> Option<String> {
        series.points.iter().enumerate().find_map(|(i, &(x, y))| {
            let (axis, value, why) = match self.x.refuses(x) {
                Some(why) => ("x", x, why),
                None => ("y", y, self.y.refuses(y)?),
            };
            Some(format!(
                "series '{}', point {i}: {axis} = {} {why}",
                series.label,
                text(value),
            ))
        })
    }

    fn misplaced_landmarks(&self) -> Vec<String> {
        let thresholds = self.thresholds.iter().map(|l| (l, &self.y));
        let events = self.events.iter().map(|l| (l, &self.x));
        thresholds
            .chain(events)
            .filter_map(|(landmark, axis)| {
                let why = axis.refuses(landmark.value)?;
                let Landmark { value, label } = landmark;
                Some(format!("landmark '{label}' at {} {why}", text(*value)))
            })
            .collect()
    }
}
