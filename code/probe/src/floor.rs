//! The linear floor: the loss no affine map can pass, in closed form. It is
//! also the floor of every identity network, however deep.
//!
//! See the chapter `the-linear-floor`.

use exact::product;
use ndarray::{Array1, Array2, ArrayView1, Axis, concatenate};
use slope::{Activation, Affine, Dataset, Loss, ShapeError};

/// The best affine map of a data set under one loss.
///
/// ```
/// use slope::{data, Loss};
/// let floor = probe::linear_floor(Loss::Mse, &data::xor())?;
/// assert_eq!(floor.loss, 0.25);
/// # Ok::<(), probe::NoFloor>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LinearFloor {
    /// The smallest loss.
    pub loss: f64,
    /// The fraction decided rightly, see [`Loss::accuracy`].
    pub accuracy: f64,
    /// The map that attains it.
    pub map: Affine,
}

/// Why there is no best affine map.
///
/// ```
/// use ndarray::array;
/// use slope::{data::Dataset, Loss};
/// let separable = Dataset::new(array![[-1.0], [1.0]], array![[0.0], [1.0]])?;
/// let none = probe::linear_floor(Loss::BceLogits, &separable);
/// assert_eq!(none, Err(probe::NoFloor::Separable));
/// # Ok::<(), slope::ShapeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NoFloor {
    /// A line separates the classes: the loss falls for ever as the weights
    /// grow, towards 0, and no map attains it.
    #[error(
        "the classes are linearly separable: the loss falls towards a \
             limit that no affine map attains"
    )]
    Separable,
    /// Softmax cross-entropy has no solver here.
    #[error("softmax_ce has no closed floor here")]
    Softmax,
    /// Data and loss do not fit together.
    #[error(transparent)]
    Shape(#[from] ShapeError),
}

/// The best affine map: least squares for [`Loss::Mse`] (any number of
/// outputs), the unpenalised logistic optimum for [`Loss::BceLogits`] (by
/// Newton's method, one output at a time).
///
/// # Errors
/// See [`NoFloor`].
///
/// ```
/// use probe::linear_floor;
/// use slope::{data, Loss};
/// let floor = linear_floor(Loss::BceLogits, &data::xor())?;
/// assert!((floor.loss - std::f64::consts::LN_2).abs() < 1e-15);
/// # Ok::<(), probe::NoFloor>(())
/// ```
pub fn linear_floor(
    loss: Loss,
    data: &Dataset,
) -> Result<LinearFloor, NoFloor> {
    loss.check(&data.y, &data.y)?;
    let ones = Array2::ones((data.len(), 1));
    let x1 = concatenate![Axis(1), data.x.clone(), ones]; // (n, in + 1)
    let mut w1 = Array2::zeros((data.y.ncols(), x1.ncols())); // W and b
    let outputs = w1.rows_mut().into_iter().zip(data.y.columns());
    match loss {
        Loss::Mse => {
            let fitted = least_squares(&x1);
            outputs.for_each(|(mut w1, y)| w1.assign(&fitted(y)));
        }
        Loss::BceLogits => {
            for (mut w1, y) in outputs {
                w1.assign(&logistic(&x1, &y.to_owned())?);
            }
        }
        Loss::SoftmaxCe => return Err(NoFloor::Softmax),
    }
    let last = w1.ncols() - 1;
    let w = w1.slice_axis(Axis(1), (..last).into()).to_owned();
    let map = Affine { w, b: w1.column(last).to_owned() };
    let output = map.output(&data.x);
    Ok(LinearFloor {
        loss: loss.value(&output, &data.y),
        accuracy: loss.accuracy(&output, &data.y),
        map,
    })
}

/// The w of least ‖Xw − y‖ for any y: XᵀX·w = Xᵀy, then the same again for the
/// rest that rounding left over.
fn least_squares(x: &Array2<f64>) -> impl Fn(ArrayView1<f64>) -> Array1<f64> {
    let xt = x.t().to_owned();
    let l = cholesky(&product::at_b(x, x));
    move |y| {
        let mut w = Array1::zeros(x.ncols());
        for _ in 0..3 {
            let rest = &y - &product::a_v(x, &w);
            w += &solved(&l, product::a_v(&xt, &rest));
        }
        w
    }
}

/// Newton's method on the mean cross-entropy, halving any step that climbs.
fn logistic(x: &Array2<f64>, y: &Array1<f64>) -> Result<Array1<f64>, NoFloor> {
    let n = x.nrows() as f64;
    let xt = x.t().to_owned();
    let y_column = y.clone().insert_axis(Axis(1));
    let loss_at = |w: &Array1<f64>| {
        let z = product::a_v(x, w).insert_axis(Axis(1));
        Loss::BceLogits.value(&z, &y_column)
    };
    let mut w = Array1::zeros(x.ncols());
    let mut loss = loss_at(&w);
    for _ in 0..100 {
        let z = product::a_v(x, &w);
        let p = z.mapv(|z| Activation::Sigmoid.value(z));
        let slope = z.mapv(|z| Activation::Sigmoid.slope(z) / n);
        let gradient = product::a_v(&xt, &((&p - y) / n));
        let weighted = x * &slope.insert_axis(Axis(1));
        let curvature = product::at_b(x, &weighted);
        let mut step = solved(&cholesky(&curvature), gradient);
        let mut lower = loss_at(&(&w - &step));
        while lower > loss && step.iter().any(|s| s.abs() > 1e-12) {
            step *= 0.5;
            lower = loss_at(&(&w - &step));
        }
        if is_separated(&z, y) {
            return Err(NoFloor::Separable);
        }
        let settled = step
            .iter()
            .zip(&w)
            .all(|(s, w)| s.abs() <= 1e-13 * (1.0 + w.abs()));
        w -= &step;
        loss = lower;
        if settled {
            break;
        }
    }
    Ok(w)
}

/// Whether every logit lies on its label's side.
fn is_separated(z: &Array1<f64>, y: &Array1<f64>) -> bool {
    z.iter()
        .zip(y)
        .all(|(z, y)| (*z > 0.0 && *y == 1.0) || (*z < 0.0 && *y == 0.0))
}

/// The lower L with A = L·Lᵀ for a symmetric A without negative eigenvalues. A
/// direction that A does not see, such as a pixel that is always blank, gets a
/// zero on the diagonal.
fn cholesky(a: &Array2<f64>) -> Array2<f64> {
    let mut l = Array2::zeros(a.dim());
    for i in 0..a.nrows() {
        for j in 0..=i {
            let before = (..j).into();
            let known = product::inner_rows(
                l.row(i).slice_axis(Axis(0), before),
                l.row(j).slice_axis(Axis(0), before),
            );
            let rest = a[[i, j]] - known;
            l[[i, j]] = if i != j {
                divided(rest, l[[j, j]])
            } else if rest > 1e-13 * a[[i, i]] {
                rest.sqrt()
            } else {
                0.0
            };
        }
    }
    l
}

/// The x with L·Lᵀ·x = b. What A does not see gets the coefficient zero.
fn solved(l: &Array2<f64>, b: Array1<f64>) -> Array1<f64> {
    let mut x = b;
    for i in 0..x.len() {
        let known = (0..i).fold(0.0, |sum, k| sum + l[[i, k]] * x[k]);
        x[i] = divided(x[i] - known, l[[i, i]]);
    }
    for i in (0..x.len()).rev() {
        let known = (i + 1..x.len()).fold(0.0, |sum, k| sum + l[[k, i]] * x[k]);
        x[i] = divided(x[i] - known, l[[i, i]]);
    }
    x
}

fn divided(rest: f64, pivot: f64) -> f64 {
    if pivot == 0.0 { 0.0 } else { rest / pivot }
}
