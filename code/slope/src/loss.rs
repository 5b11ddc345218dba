//! Losses: how wrong a batch is, and the slope of that number with respect
//! to each output.
//!
//! See the chapter `one-neuron`.

use crate::ShapeError;
use crate::activation::sigmoid;
use crate::layer::row_major_mut;
use exact::decimal::Decimal;
use exact::product::row_major;
use exact::transcendental::{exp, ln, ln_1p};
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
    /// the class index.
    SoftmaxCe,
}

impl Loss {
    /// The loss of a batch, in nats for the cross-entropies.
    ///
    /// Shapes: `output` (batch, out); `y` as the variant says.
    ///
    /// # Panics
    /// If the shapes do not fit; the message states both.
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

    /// dL/d output, shaped like the output.
    ///
    /// # Panics
    /// If the shapes do not fit; the message states both.
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

    /// The fraction of examples decided rightly, in [0, 1]: the largest
    /// output wins under [`Loss::SoftmaxCe`]; otherwise the sign of a logit,
    /// or the side of ½ an output lies on, decides each element.
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
            rows.filter(|(a, y)| arg_max(*a) == **y as usize).count()
        } else {
            let pairs = output.iter().zip(y);
            pairs.filter(|(a, y)| (**a > side) == (**y > 0.5)).count()
        };
        right as f64 / self.terms(output.nrows(), output.ncols())
    }

    /// Whether `y` can be the targets of such outputs.
    ///
    /// # Errors
    /// The shapes do not fit or the batch is empty, a target is not finite,
    /// or a class index is not a whole number below the number of outputs.
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
        ensure!(
            (rows, columns) == (n, wanted) && n > 0 && out > 0,
            "{self}: {n} × {out} outputs and {rows} × {columns} targets; \
             expected {n} × {wanted} targets, and at least one"
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
                Decimal(*y)
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
            Loss::Mse => pairs.fold(sum, |sum, (a, y)| sum + (a - y) * (a - y)),
            // softplus(a) − a·y = max(a, 0) − a·y + ln(1 + e^−|a|)
            Loss::BceLogits => pairs.fold(sum, |sum, (a, y)| {
                sum + (a.max(0.0) - a * y + ln_1p(exp(-a.abs())))
            }),
            // ln Σ eᵃ − a_y, with the largest a taken out of the sum
            Loss::SoftmaxCe => {
                a.chunks_exact(width).zip(&*y).fold(sum, |sum, (a, y)| {
                    let top = max(a);
                    let total = a.iter().fold(0.0, |t, a| t + exp(a - top));
                    sum + (ln(total) - (a[*y as usize] - top))
                })
            }
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
            Loss::Mse => {
                for ((d, a), y) in d.iter_mut().zip(a).zip(y) {
                    *d = 2.0 * (a - y) / n;
                }
            }
            Loss::BceLogits => {
                for ((d, a), y) in d.iter_mut().zip(a).zip(y) {
                    *d = (sigmoid(*a).0 - y) / n; // σ(a) − y
                }
            }
            Loss::SoftmaxCe => {
                let rows = d.chunks_exact_mut(width).zip(a.chunks_exact(width));
                for ((d, a), y) in rows.zip(y) {
                    let top = max(a);
                    for (d, a) in d.iter_mut().zip(a) {
                        *d = exp(a - top);
                    }
                    let total = d.iter().fold(0.0, |sum, e| sum + e);
                    d.iter_mut().for_each(|d| *d = *d / total / n); // softmax
                    d[*y as usize] -= 1.0 / n; // minus the one-hot target
                }
            }
        }
    }
}

fn max(a: &[f64]) -> f64 {
    a.iter().fold(f64::NEG_INFINITY, |top, a| if *a > top { *a } else { top })
}

fn arg_max(a: ArrayView1<f64>) -> usize {
    (0..a.len()).fold(0, |best, j| if a[j] > a[best] { j } else { best })
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(["mse", "bce_logits", "softmax_ce"][*self as usize])
    }
}

impl FromStr for Loss {
    type Err = String;

    /// Reads what `Display` writes.
    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Loss::Mse, Loss::BceLogits, Loss::SoftmaxCe];
        let known = all.map(|loss| loss.to_string()).join(" ");
        let found = all.into_iter().find(|loss| loss.to_string() == text);
        found.ok_or(format!("no loss is called `{text}`; there are {known}"))
    }
}
