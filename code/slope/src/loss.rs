//! Losses: how wrong a batch is, and the slope of that number with respect
//! to each output.
//!
//! See the chapter `one-neuron`.

use crate::ShapeError;
use crate::layer::row_major_mut;
use crate::name::{self, NameError};
use exact::decimal;
use exact::product::row_major;
use exact::transcendental::{exp, ln_1p};
use ndarray::{Array2, ArrayView1};
use std::fmt;
use std::str::FromStr;

/// A loss, averaged over the batch as PyTorch does by default.
///
/// ```
/// use ndarray::array;
/// use slope::Loss;
/// let (output, y) = (array![[3.0], [1.0]], array![[1.0], [1.0]]);
/// assert_eq!(Loss::Mse.value(&output, &y), 2.0);
/// assert_eq!(Loss::Mse.gradient(&output, &y), array![[2.0], [0.0]]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The mean of (a − y)² over all elements; no factor ½. `y` has the shape
    /// of the output.
    Mse,
    /// Binary cross-entropy of logits, the mean over all elements. `y` has
    /// the shape of the output and lies in [0, 1].
    BceLogits,
    /// Softmax cross-entropy, the mean over rows. `y` is (batch, 1) and holds
    /// the class index; there are at least two outputs.
    SoftmaxCe,
}

impl Loss {
    /// The loss of a batch, in nats for the cross-entropies. Nothing in these
    /// cancels: a tiny loss has all its digits. An output that is NaN makes the
    /// loss NaN.
    ///
    /// Shapes: `output` (batch, out); `y` as the variant says.
    ///
    /// # Panics
    /// If [`Loss::check`] refuses the targets; the message states both shapes,
    /// or the row.
    ///
    /// ```
    /// use ndarray::array;
    /// let ln2 = slope::Loss::BceLogits.value(&array![[0.0]], &array![[1.0]]);
    /// assert!((ln2 - std::f64::consts::LN_2).abs() < 1e-15);
    /// ```
    pub fn value(self, output: &Array2<f64>, y: &Array2<f64>) -> f64 {
        self.check(output, y).unwrap_or_else(|error| panic!("{error}"));
        self.add(0.0, output, y) / self.terms(output.nrows(), output.ncols())
    }

    /// dL/d output, shaped like the output. For hard targets nothing cancels:
    /// σ(30) − 1 is −σ(−30), to a few units in the last place.
    ///
    /// # Panics
    /// As [`Loss::value`].
    ///
    /// ```
    /// use ndarray::array;
    /// let d = slope::Loss::SoftmaxCe.gradient(&array![[0., 0.]], &array![[1.]]);
    /// assert_eq!(d, array![[0.5, -0.5]]);
    /// ```
    pub fn gradient(
        self,
        output: &Array2<f64>,
        y: &Array2<f64>,
    ) -> Array2<f64> {
        self.check(output, y).unwrap_or_else(|error| panic!("{error}"));
        let mut d = Array2::zeros(output.dim());
        self.write_gradient(&mut d, output, y);
        d
    }

    /// The fraction decided rightly, in [0, 1]. Under [`Loss::SoftmaxCe`] of
    /// rows: the largest output wins, the first of several. Otherwise of
    /// elements: 1 is meant by a logit above 0, under [`Loss::Mse`] by an
    /// output above ½. So outputs that are all 0 have 0.9 of ten one-hot
    /// classes right.
    ///
    /// What is NaN, or a row with NaN in it, is wrong.
    ///
    /// # Panics
    /// As [`Loss::value`].
    ///
    /// ```
    /// use ndarray::array;
    /// let (output, y) = (array![[2.0], [-1.0]], array![[1.0], [1.0]]);
    /// assert_eq!(slope::Loss::BceLogits.accuracy(&output, &y), 0.5);
    /// ```
    pub fn accuracy(self, output: &Array2<f64>, y: &Array2<f64>) -> f64 {
        self.check(output, y).unwrap_or_else(|error| panic!("{error}"));
        let side = if self == Loss::Mse { 0.5 } else { 0.0 };
        let right = if self == Loss::SoftmaxCe {
            let rows = output.rows().into_iter().zip(y.iter());
            let known = |a: ArrayView1<f64>| !a.iter().any(|a| a.is_nan());
            let wins = |a: ArrayView1<f64>, y: f64| {
                known(a) && arg_max(a.iter()) == y as usize
            };
            rows.filter(|(a, y)| wins(*a, **y)).count()
        } else {
            let pairs = output.iter().zip(y);
            let wins = |a: f64, y: f64| !a.is_nan() && (a > side) == (y > 0.5);
            pairs.filter(|(a, y)| wins(**a, **y)).count()
        };
        right as f64 / self.terms(output.nrows(), output.ncols())
    }

    /// Whether `y` can be the targets of such outputs.
    ///
    /// # Errors
    /// The shapes do not fit or the batch is empty; a target is not finite, or
    /// not in [0, 1] under [`Loss::BceLogits`]; a class index is not a whole
    /// number below the number of outputs, or there is one class only.
    ///
    /// ```
    /// use ndarray::array;
    /// use slope::Loss;
    /// assert!(Loss::SoftmaxCe.check(&array![[0., 0.]], &array![[2.]]).is_err());
    /// ```
    pub fn check(
        self,
        output: &Array2<f64>,
        y: &Array2<f64>,
    ) -> Result<(), ShapeError> {
        let (n, out) = output.dim();
        let wanted = if self == Loss::SoftmaxCe { 1 } else { out };
        let (rows, columns) = y.dim();
        let shapes =
            || format!("{n} × {out} outputs and {rows} × {columns} targets");
        ensure!(
            n > 0 && out > 0 && rows > 0 && columns > 0,
            "{self}: {}; expected at least one of each",
            shapes()
        );
        ensure!(
            (rows, columns) == (n, wanted),
            "{self}: {}; expected {n} × {wanted} targets",
            shapes()
        );
        ensure!(
            self != Loss::SoftmaxCe || out > 1,
            "{self}: one output is right whatever it is; expected an output \
             for each class, or bce_logits"
        );
        let class = |y: f64| y >= 0.0 && y < out as f64 && y.fract() == 0.0;
        for ((row, _), y) in y.indexed_iter() {
            let (good, wanted) = match self {
                Loss::Mse => (y.is_finite(), "a finite number"),
                Loss::BceLogits => ((0.0..=1.0).contains(y), "one in [0, 1]"),
                Loss::SoftmaxCe => (class(*y), "the index of an output"),
            };
            ensure!(
                good,
                "{self}: row {row} has the target {}: expected {wanted}",
                decimal::text(*y)
            );
        }
        Ok(())
    }

    /// What the sum is divided by: elements, or rows under softmax.
    pub(crate) fn terms(self, rows: usize, width: usize) -> f64 {
        match self {
            Loss::SoftmaxCe => rows as f64,
            _ => (rows * width) as f64,
        }
    }

    /// `sum` and, one after the other, the terms of a batch.
    pub(crate) fn add(self, sum: f64, a: &Array2<f64>, y: &Array2<f64>) -> f64 {
        let width = a.ncols();
        let (a, y) = (row_major(a), row_major(y));
        let pairs = a.iter().zip(&*y);
        match self {
            Loss::Mse => pairs.fold(sum, |sum, (a, y)| sum + square(a - y)),
            // softplus(a) − a·y = (1 − y)·softplus(a) + y·softplus(−a)
            Loss::BceLogits => pairs.fold(sum, |sum, (a, y)| {
                let missed = if *a < 0.0 { *y } else { 1.0 - y };
                sum + (missed * a.abs() + ln_1p(exp(-a.abs())))
            }),
            Loss::SoftmaxCe => a
                .chunks_exact(width)
                .zip(&*y)
                .fold(sum, |sum, (a, y)| sum + cross_entropy(a, *y as usize)),
        }
    }

    /// dL/da of a batch of outputs a.
    pub(crate) fn write_gradient(
        self,
        d: &mut Array2<f64>,
        a: &Array2<f64>,
        y: &Array2<f64>,
    ) {
        let (rows, width) = a.dim();
        let n = self.terms(rows, width);
        let (d, a, y) = (row_major_mut(d), &*row_major(a), &*row_major(y));
        match self {
            // ANCHOR: loss-slope
            Loss::Mse => {
                for ((d, a), y) in d.iter_mut().zip(a).zip(y) {
                    *d = 2.0 * (a - y) / n;
                }
            }
            Loss::BceLogits => {
                for ((d, a), y) in d.iter_mut().zip(a).zip(y) {
                    let (of_1, of_0) = sigmoids(*a);
                    *d = ((1.0 - y) * of_1 - y * of_0) / n; // σ(a) − y
                }
            }
            Loss::SoftmaxCe => {
                let rows = d.chunks_exact_mut(width).zip(a.chunks_exact(width));
                for ((d, a), y) in rows.zip(y) {
                    let top = a[arg_max(a.iter())];
                    for (d, a) in d.iter_mut().zip(a) {
                        *d = exp(a - top);
                    }
                    let total = d.iter().fold(0.0, |sum, e| sum + e);
                    d.iter_mut().for_each(|d| *d = *d / total / n); // softmax
                    d[*y as usize] = 0.0; // p − 1 is minus all others
                    d[*y as usize] = -d.iter().fold(0.0, |sum, p| sum + p);
                }
            }
        }
        // ANCHOR_END: loss-slope
    }
}

// ANCHOR: loss
/// What an error a − y costs, where the target is an amount.
fn square(error: f64) -> f64 {
    error * error
}

/// −ln p_y = ln Σ eᵃ − a_y of one row, with the largest a taken out of the sum.
fn cross_entropy(a: &[f64], y: usize) -> f64 {
    let top = arg_max(a.iter());
    let of = |j| if j == top { 0.0 } else { exp(a[j] - a[top]) };
    let others = (0..a.len()).fold(0.0, |sum, j| sum + of(j));
    (a[top] - a[y]) + ln_1p(others)
}

/// Where the largest is, the first of several; NaN is never larger.
fn arg_max<'a>(a: impl Iterator<Item = &'a f64>) -> usize {
    let larger = |best: (usize, f64), at: (usize, &f64)| {
        if *at.1 > best.1 { (at.0, *at.1) } else { best }
    };
    a.enumerate().fold((0, f64::NEG_INFINITY), larger).0
}
// ANCHOR_END: loss

/// (σ(a), σ(−a)), each to its last digits.
fn sigmoids(a: f64) -> (f64, f64) {
    let e = exp(-a.abs());
    let (near, far) = (1.0 / (1.0 + e), e / (1.0 + e));
    if a < 0.0 { (far, near) } else { (near, far) }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(["mse", "bce_logits", "softmax_ce"][*self as usize])
    }
}

impl FromStr for Loss {
    type Err = NameError;

    /// Reads what `Display` writes, and PyTorch's names: `MSELoss`,
    /// `BCEWithLogitsLoss`, `CrossEntropyLoss`. Capitals, blanks around it, `-`
    /// and `_` make no difference.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let names = [
            ("mse", Loss::Mse),
            ("mse_loss", Loss::Mse),
            ("bce_logits", Loss::BceLogits),
            ("bce_with_logits_loss", Loss::BceLogits),
            ("softmax_ce", Loss::SoftmaxCe),
            ("cross_entropy_loss", Loss::SoftmaxCe),
        ];
        name::find("loss", text, &names)
    }
}
