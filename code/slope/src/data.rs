//! Data sets: small ones that can be drawn, each from a recipe of a few
//! lines.
//!
//! See the chapter `the-linear-floor`.

use crate::ShapeError;
use crate::rng::Rng;
use crate::transcendental::{cos, sin};
use ndarray::{Array2, Axis, array};
use std::f64::consts::{PI, TAU};

/// Examples and their targets, one per row.
///
/// ```
/// let xor = slope::data::xor();
/// assert_eq!((xor.x.dim(), xor.y.dim()), ((4, 2), (4, 1)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Inputs: (n, in).
    pub x: Array2<f64>,
    /// Targets: (n, out), or (n, 1) of class indices.
    pub y: Array2<f64>,
}

impl Dataset {
    /// A data set of these examples.
    ///
    /// # Errors
    /// If there are none, if `x` and `y` differ in rows, or if a number is
    /// not finite.
    ///
    /// ```
    /// use ndarray::array;
    /// assert!(slope::data::Dataset::new(array![[1.0]], array![[f64::NAN]]).is_err());
    /// ```
    pub fn new(x: Array2<f64>, y: Array2<f64>) -> Result<Self, ShapeError> {
        if x.nrows() != y.nrows() || x.is_empty() || y.is_empty() {
            return Err(ShapeError(format!(
                "a data set with inputs of shape {:?} and targets of shape \
                 {:?}: expected one target for each input, and no dimension \
                 of zero",
                x.dim(),
                y.dim()
            )));
        }
        for (name, part) in [("x", &x), ("y", &y)] {
            if let Some(at) = part.iter().position(|v| !v.is_finite()) {
                let row = at / part.ncols();
                return Err(ShapeError(format!(
                    "row {row} of {name} holds a number that is not finite"
                )));
            }
        }
        Ok(Dataset { x, y })
    }

    /// The number of examples.
    #[expect(clippy::len_without_is_empty, reason = "a data set has examples")]
    pub fn len(&self) -> usize {
        self.x.nrows()
    }

    /// The examples of these rows, in this order.
    ///
    /// # Panics
    /// If a row does not exist.
    ///
    /// ```
    /// let xor = slope::data::xor();
    /// assert_eq!(xor.rows(&[3, 0]).y, ndarray::array![[0.0], [0.0]]);
    /// ```
    pub fn rows(&self, rows: &[usize]) -> Dataset {
        let select = |part: &Array2<f64>| part.select(Axis(0), rows);
        Dataset { x: select(&self.x), y: select(&self.y) }
    }
}

/// Exclusive or: four corners of a square, labels 0 and 1.
pub fn xor() -> Dataset {
    Dataset {
        x: array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]],
        y: array![[0.0], [1.0], [1.0], [0.0]],
    }
}

/// Two interleaved half circles of radius 1; labels 0 and 1. The first n/2
/// (rounded up) points have label 0. `noise` is a standard deviation.
///
/// ```
/// use slope::rng::{Rng, Stream};
/// let data = slope::data::moons(512, 0.2, &mut Rng::new(1, Stream::Data));
/// assert_eq!(data.len(), 512);
/// ```
pub fn moons(n: usize, noise: f64, rng: &mut Rng) -> Dataset {
    two_classes(n, noise, rng, |label, rng| {
        let t = rng.uniform_in(0.0, PI);
        if label { (1.0 - cos(t), 0.5 - sin(t)) } else { (cos(t), sin(t)) }
    })
}

/// A circle of radius 1 with label 0 around one of radius ½ with label 1.
///
/// ```
/// use slope::rng::{Rng, Stream};
/// let data = slope::data::circles(10, 0.0, &mut Rng::new(1, Stream::Data));
/// assert!((slope::product::norm(&data.rows(&[0]).x) - 1.0).abs() < 1e-15);
/// ```
pub fn circles(n: usize, noise: f64, rng: &mut Rng) -> Dataset {
    two_classes(n, noise, rng, |label, rng| {
        let t = rng.uniform_in(0.0, TAU);
        let radius = if label { 0.5 } else { 1.0 };
        (radius * cos(t), radius * sin(t))
    })
}

/// Two spirals of so many `turns`, one the mirror image of the other; evenly
/// many points per area.
///
/// ```
/// use slope::rng::{Rng, Stream};
/// let mut rng = Rng::new(1, Stream::Data);
/// let data = slope::data::spirals(400, 0.02, 1.5, &mut rng);
/// assert!(data.x.iter().all(|x| x.abs() < 1.2));
/// ```
pub fn spirals(n: usize, noise: f64, turns: f64, rng: &mut Rng) -> Dataset {
    two_classes(n, noise, rng, |label, rng| {
        let t = rng.uniform().sqrt();
        let radius = if label { -t } else { t };
        let angle = TAU * turns * t;
        (radius * cos(angle), radius * sin(angle))
    })
}

fn two_classes(
    n: usize,
    noise: f64,
    rng: &mut Rng,
    point: impl Fn(bool, &mut Rng) -> (f64, f64),
) -> Dataset {
    let label = |i: usize| i >= n.div_ceil(2);
    let mut x = Array2::zeros((n, 2));
    for (i, mut row) in x.rows_mut().into_iter().enumerate() {
        let (x0, x1) = point(label(i), rng);
        row[0] = x0 + noise * rng.normal();
        row[1] = x1 + noise * rng.normal();
    }
    let y = Array2::from_shape_fn((n, 1), |(i, _)| f64::from(label(i)));
    Dataset { x, y }
}
