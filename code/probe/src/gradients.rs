//! Gradients one example at a time, Jacobians, and units that pass nothing on.
//!
//! See the chapters `the-gradient-is-not-constant`, `products-of-slopes` and
//! `the-kink`.

use exact::product::{self, length};
use exact::scale::{exponent, shifted};
use ndarray::{Array1, Array2, Axis};
use slope::{Gradient, Loss, Network};

/// ‖dL/dW‖ of each dense layer, first to last.
///
/// ```
/// use slope::{data, Activation, Init, Loss, Network};
/// use slope::rng::{Rng, Stream};
/// let mut rng = Rng::new(1, Stream::Weights);
/// let (f, xor) = (Activation::Tanh, data::xor());
/// let net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
/// let (_, gradient) = net.loss_and_gradient(Loss::Mse, &xor.x, &xor.y);
/// assert_eq!(probe::gradient_norms(&gradient).len(), 2);
/// ```
pub fn gradient_norms(gradient: &Gradient) -> Vec<f64> {
    gradient.layers.iter().map(|layer| product::norm(&layer.w)).collect()
}

/// One row per example: the gradient of that example's own loss, in the order
/// of [`Network::parameters`]. Shape (n, parameters).
///
/// # Panics
/// If `x`, `y` and the network do not fit together.
///
/// ```
/// use slope::{data, Activation, Init, Loss, Network};
/// use slope::rng::{Rng, Stream};
/// let mut rng = Rng::new(1, Stream::Weights);
/// let (f, xor) = (Activation::Identity, data::xor());
/// let net = Network::dense(&[2, 1], f, Init::HeNormal, &mut rng);
/// let g = probe::per_example_gradients(&net, Loss::Mse, &xor.x, &xor.y);
/// assert_eq!(g.dim(), (4, 3));
/// assert!(probe::spread(&g) > 0.0); // slope one, and yet not constant
/// ```
pub fn per_example_gradients(
    network: &Network,
    loss: Loss,
    x: &Array2<f64>,
    y: &Array2<f64>,
) -> Array2<f64> {
    assert_eq!(x.nrows(), y.nrows(), "rows of x and of y");
    assert_eq!(x.ncols(), network.inputs(), "columns of x: one per input");
    rows(x.nrows(), network.parameter_count(), |i| {
        let (x, y) = (x.select(Axis(0), &[i]), y.select(Axis(0), &[i]));
        network.loss_and_gradient(loss, &x, &y).1.parameters()
    })
}

/// One row per example: the Jacobian d output/d x there, row by row. Shape
/// (n, out·in).
///
/// # Panics
/// If `x` does not fit the network.
///
/// ```
/// use slope::{data, Activation, Init, Network};
/// use slope::rng::{Rng, Stream};
/// let mut rng = Rng::new(1, Stream::Weights);
/// let f = Activation::Identity;
/// let net = Network::dense(&[2, 8, 3], f, Init::HeNormal, &mut rng);
/// let jacobians = probe::jacobians(&net, &data::xor().x);
/// assert_eq!(jacobians.dim(), (4, 6));
/// assert_eq!(probe::spread(&jacobians), 0.0); // this is what is constant
/// ```
pub fn jacobians(network: &Network, x: &Array2<f64>) -> Array2<f64> {
    assert_eq!(x.ncols(), network.inputs(), "columns of x: one per input");
    rows(x.nrows(), network.outputs() * network.inputs(), |i| {
        network.jacobian(&x.row(i).to_owned()).into_iter().collect()
    })
}

/// The root mean square distance of the rows from their mean, over the length
/// of the mean: 0 if all rows are equal, or there are none; infinite if only
/// their mean is 0; NaN if a number is not finite. The mean is taken about the
/// first row, so that equal rows give exactly 0.
///
/// ```
/// use ndarray::array;
/// assert_eq!(probe::spread(&array![[2.0, 1.0], [2.0, 1.0]]), 0.0);
/// assert_eq!(probe::spread(&array![[0.0], [2e-300]]), 1.0);
/// ```
pub fn spread(rows: &Array2<f64>) -> f64 {
    if rows.nrows() == 0 {
        return 0.0;
    }
    let near = |a: Array2<f64>, k: i32| a.mapv(|v| shifted(v, -k));
    let n = rows.nrows() as f64;
    let rows = near(rows.clone(), exponent(rows));
    let apart = &rows - &rows.row(0);
    let shift = product::column_sums(&apart) / n;
    let apart = apart - &shift;
    let mean = &rows.row(0) + &shift;
    let k = exponent(&apart);
    let apart = near(apart, k);
    let distance = shifted((product::inner(&apart, &apart) / n).sqrt(), k);
    let ratio = distance / length(&mean.to_vec());
    if distance == 0.0 { 0.0 } else { ratio }
}

/// How many units of each dense layer have slope 0 on every row of `x`: they
/// learn nothing from it. From no rows, no unit learns: all count. The chapter
/// `the-kink`.
///
/// # Panics
/// If `x` does not fit the network.
///
/// ```
/// use ndarray::array;
/// use slope::{Activation, Dense, Layer, Network};
/// let unit = Dense::new(array![[1.0]], array![-3.0], Activation::Relu)?;
/// let net = Network::new(vec![Layer::Dense(unit)])?;
/// assert_eq!(probe::dead_units(&net, &array![[0.0], [1.0]]), [1]);
/// assert_eq!(probe::dead_units(&net, &array![[0.0], [4.0]]), [0]);
/// # Ok::<(), slope::ShapeError>(())
/// ```
pub fn dead_units(network: &Network, x: &Array2<f64>) -> Vec<usize> {
    let dead = |slope: &Array2<f64>| {
        slope
            .columns()
            .into_iter()
            .filter(|s| s.iter().all(|s| *s == 0.0))
            .count()
    };
    network.forward(x).slope.iter().map(dead).collect()
}

pub(crate) fn rows(
    n: usize,
    width: usize,
    row: impl Fn(usize) -> Vec<f64>,
) -> Array2<f64> {
    let mut all = Array2::zeros((n, width));
    for (i, mut to) in all.rows_mut().into_iter().enumerate() {
        to.assign(&Array1::from(row(i)));
    }
    all
}
