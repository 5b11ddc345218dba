//! Instruments: what can be measured on a network besides its loss.
//!
//! See the chapters `backpropagation`, `the-gradient-is-not-constant`,
//! `products-of-slopes`, `the-kink` and `what-depth-buys`.

use crate::product::{self, inner_rows};
use crate::transcendental::{cos, sin, tanh};
use crate::{Activation, Gradient, Layer, Loss, Network};
use ndarray::{Array1, Array2, Axis};

/// ‖dL/dW‖ of each dense layer, first to last.
///
/// ```
/// use slope::{data, probe, Activation, Init, Loss, Network};
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
/// use slope::{data, probe, Activation, Init, Loss, Network};
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
/// use slope::{data, probe, Activation, Init, Network};
/// use slope::rng::{Rng, Stream};
/// let mut rng = Rng::new(1, Stream::Weights);
/// let f = Activation::Identity;
/// let net = Network::dense(&[2, 8, 3], f, Init::HeNormal, &mut rng);
/// let jacobians = probe::jacobians(&net, &data::xor().x);
/// assert_eq!(jacobians.dim(), (4, 6));
/// assert_eq!(probe::spread(&jacobians), 0.0); // this is what is constant
/// ```
pub fn jacobians(network: &Network, x: &Array2<f64>) -> Array2<f64> {
    rows(x.nrows(), network.outputs() * network.inputs(), |i| {
        network.jacobian(&x.row(i).to_owned()).into_iter().collect()
    })
}

/// The root mean square distance of the rows from their mean, over the length
/// of the mean: 0 if all rows are equal. The mean is taken about the first
/// row, so that equal rows give exactly 0.
///
/// ```
/// use ndarray::array;
/// assert_eq!(slope::probe::spread(&array![[2.0, 1.0], [2.0, 1.0]]), 0.0);
/// assert_eq!(slope::probe::spread(&array![[0.0], [2.0]]), 1.0);
/// ```
pub fn spread(rows: &Array2<f64>) -> f64 {
    let n = rows.nrows() as f64;
    let apart = rows - &rows.row(0);
    let shift = product::column_sums(&apart) / n;
    let apart = apart - &shift;
    let mean = &rows.row(0) + &shift;
    let variance = product::inner(&apart, &apart) / n;
    variance.sqrt() / inner_rows(mean.view(), mean.view()).sqrt()
}

/// How many units of each dense layer have slope 0 on every row of `x`: they
/// learn nothing from it. The chapter `the-kink`.
///
/// # Panics
/// If `x` does not fit the network.
///
/// ```
/// use ndarray::array;
/// use slope::{probe, Activation, Dense, Layer, Network};
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

/// Where on the segment from `from` (t = 0) to `to` (t = 1) some ReLU or leaky
/// ReLU switches sides, ascending: the network has one linear piece more than
/// that. Exact up to rounding. `None` if an activation is smooth.
///
/// # Panics
/// If the points do not have the network's number of inputs.
///
/// ```
/// use ndarray::array;
/// use slope::{probe, Activation, Dense, Layer, Network};
/// let unit = Dense::new(array![[2.0]], array![-1.0], Activation::Relu)?;
/// let net = Network::new(vec![Layer::Dense(unit)])?;
/// let kinks = probe::kinks_along(&net, &array![0.0], &array![1.0]);
/// assert_eq!(kinks, Some(vec![0.5]));
/// # Ok::<(), slope::ShapeError>(())
/// ```
pub fn kinks_along(
    network: &Network,
    from: &Array1<f64>,
    to: &Array1<f64>,
) -> Option<Vec<f64>> {
    let mut t = vec![0.0, 1.0];
    for (l, layer) in network.dense_layers().enumerate() {
        match layer.activation {
            f if f.is_identity() => continue,
            Activation::Relu | Activation::LeakyRelu { .. } => {}
            _ => return None,
        }
        // Between two known kinks z is linear in t: look where it crosses 0.
        let x = rows(t.len(), from.len(), |i| {
            from.iter().zip(to).map(|(a, b)| a + t[i] * (b - a)).collect()
        });
        let z = &network.forward(&x).z[l]; // (points, out)
        let mut crossings = vec![];
        for i in 1..t.len() {
            for (z0, z1) in z.row(i - 1).iter().zip(z.row(i)) {
                if (*z0 < 0.0) != (*z1 < 0.0) && *z0 != 0.0 && *z1 != 0.0 {
                    crossings
                        .push(t[i - 1] + z0 / (z0 - z1) * (t[i] - t[i - 1]));
                }
            }
        }
        t.append(&mut crossings);
        t.sort_by(f64::total_cmp);
        t.dedup();
    }
    t.retain(|t| *t > 0.0 && *t < 1.0);
    Some(t)
}

/// How a slope is measured without knowing the formula.
///
/// ```
/// use slope::probe::Difference;
/// assert_ne!(Difference::Forward, Difference::Central);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// (L(w + ε) − L(w))/ε.
    Forward,
    /// (L(w + ε) − L(w − ε))/2ε.
    Central,
    /// Im L(w + iε)/ε (W. Squire, G. Trapp, 1998): nothing is subtracted, so
    /// ε can be tiny. For MSE and analytic activations: identity, sigmoid,
    /// tanh.
    ComplexStep,
}

/// The slope of the loss in every parameter, measured, in the order of
/// [`Network::parameters`]. `None` where the method does not apply.
///
/// # Panics
/// If `x`, `y` and the network do not fit together.
///
/// ```
/// use slope::{data, probe, Activation, Init, Loss, Network};
/// use slope::rng::{Rng, Stream};
/// let mut rng = Rng::new(1, Stream::Weights);
/// let (f, xor) = (Activation::Tanh, data::xor());
/// let net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
/// let (_, analytic) = net.loss_and_gradient(Loss::Mse, &xor.x, &xor.y);
/// let measured = probe::numeric_gradient(
///     &net, Loss::Mse, &xor.x, &xor.y, probe::Difference::Central, 1e-5,
/// ).expect("central differences always apply");
/// let error = probe::relative_error(&measured, &analytic.parameters());
/// assert!(error < 1e-8);
/// ```
pub fn numeric_gradient(
    network: &Network,
    loss: Loss,
    x: &Array2<f64>,
    y: &Array2<f64>,
    difference: Difference,
    step: f64,
) -> Option<Vec<f64>> {
    if difference == Difference::ComplexStep {
        return complex_step(network, loss, x, y, step);
    }
    let parameters = network.parameters();
    let mut moved = network.clone();
    let mut loss_at = |at: usize, shift: f64| {
        let mut p = parameters.clone();
        p[at] += shift;
        moved.set_parameters(&p).expect("a finite step");
        loss.value(&moved.output(x), y)
    };
    let here = loss_at(0, 0.0);
    let slope = |at| match difference {
        Difference::Forward => (loss_at(at, step) - here) / step,
        _ => (loss_at(at, step) - loss_at(at, -step)) / (2.0 * step),
    };
    Some((0..parameters.len()).map(slope).collect())
}

/// ‖a − b‖/(‖a‖ + ‖b‖), between 0 (equal) and 1 (opposite or unrelated); 0 if
/// both are zero. The usual score of a gradient check.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// assert_eq!(slope::probe::relative_error(&[1.0], &[1.0]), 0.0);
/// assert_eq!(slope::probe::relative_error(&[1.0], &[-1.0]), 1.0);
/// ```
pub fn relative_error(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len(), "two gradients of one network");
    let length = |v: &mut dyn Iterator<Item = f64>| {
        v.fold(0.0, |sum, v| sum + v * v).sqrt()
    };
    let apart = length(&mut a.iter().zip(b).map(|(a, b)| a - b));
    let size = length(&mut a.iter().copied()) + length(&mut b.iter().copied());
    if apart == 0.0 { 0.0 } else { apart / size }
}

/// A number re + i·im, as far as a complex step needs it.
#[derive(Clone, Copy)]
struct Complex {
    re: f64,
    im: f64,
}

impl Complex {
    fn plus(self, other: Self) -> Self {
        Complex { re: self.re + other.re, im: self.im + other.im }
    }

    fn times(self, other: Self) -> Self {
        Complex {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
        }
    }

    fn scaled(self, s: f64) -> Self {
        Complex { re: self.re * s, im: self.im * s }
    }

    fn activated(self, f: Activation) -> Option<Self> {
        match f {
            Activation::Identity => Some(self),
            Activation::Tanh => Some(complex_tanh(self)),
            // σ(z) = (1 + tanh(z/2))/2
            Activation::Sigmoid => {
                let one = Complex { re: 1.0, im: 0.0 };
                Some(complex_tanh(self.scaled(0.5)).plus(one).scaled(0.5))
            }
            _ => None,
        }
    }
}

/// tanh(x + iy) = (t + iT)/(1 + itT) with t = tanh x and T = tan y.
fn complex_tanh(z: Complex) -> Complex {
    let (t, tan) = (tanh(z.re), sin(z.im) / cos(z.im));
    let size = 1.0 + t * tan * t * tan;
    Complex { re: t * (1.0 + tan * tan) / size, im: tan * (1.0 - t * t) / size }
}

fn complex_step(
    network: &Network,
    loss: Loss,
    x: &Array2<f64>,
    y: &Array2<f64>,
    step: f64,
) -> Option<Vec<f64>> {
    if loss != Loss::Mse {
        return None;
    }
    let slope_in = |at: usize| {
        let mut sum = Complex { re: 0.0, im: 0.0 };
        for (x, y) in x.rows().into_iter().zip(y.rows()) {
            let x = x.iter().map(|x| Complex { re: *x, im: 0.0 }).collect();
            let output = complex_output(network, x, at, step)?;
            for (a, y) in output.into_iter().zip(y) {
                let error = a.plus(Complex { re: -y, im: 0.0 });
                sum = sum.plus(error.times(error));
            }
        }
        Some(sum.im / y.len() as f64 / step)
    };
    (0..network.parameter_count()).map(slope_in).collect()
}

/// The output at one input when parameter number `at` has gained i·step.
fn complex_output(
    network: &Network,
    mut a: Vec<Complex>,
    at: usize,
    step: f64,
) -> Option<Vec<Complex>> {
    let mut count = 0;
    for layer in network.layers() {
        let start = a.clone();
        for dense in layer.dense() {
            let mut parameters = dense.w.iter().chain(&dense.b).map(|p| {
                count += 1;
                let im = if count == at + 1 { step } else { 0.0 };
                Complex { re: *p, im }
            });
            let products: Vec<Complex> = dense
                .w
                .rows()
                .into_iter()
                .map(|_| {
                    let terms = a.iter().zip(&mut parameters);
                    terms.fold(Complex { re: 0.0, im: 0.0 }, |sum, (a, w)| {
                        sum.plus(a.times(w))
                    })
                })
                .collect();
            a = products
                .into_iter()
                .zip(parameters)
                .map(|(z, b)| z.plus(b).activated(dense.activation))
                .collect::<Option<_>>()?;
        }
        if let Layer::Residual { scale, .. } = layer {
            let sums = start.into_iter().zip(a);
            a = sums.map(|(x, g)| x.plus(g.scaled(*scale))).collect();
        }
    }
    Some(a)
}

/// A = U·diag(s)·Vᵀ.
///
/// ```
/// use ndarray::array;
/// let svd = slope::probe::svd(&array![[0.0, 2.0], [1.0, 0.0]]);
/// assert_eq!(svd.s, [2.0, 1.0]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Svd {
    /// Left singular vectors, one per column: (n, min(n, m)). A column whose
    /// singular value is 0 is zero.
    pub u: Array2<f64>,
    /// Singular values, descending: min(n, m) of them.
    pub s: Vec<f64>,
    /// Right singular vectors, one per column: (m, min(n, m)).
    pub v: Array2<f64>,
}

/// The singular value decomposition by one-sided Jacobi rotations, which finds
/// the small values as accurately as the large ones (J. Demmel, K. Veselić,
/// 1992).
///
/// ```
/// use ndarray::{array, Array1};
/// use slope::{probe, product};
/// let a = array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
/// let probe::Svd { u, s, v } = probe::svd(&a);
/// let back = product::a_b(&(u * &Array1::from(s)), &v.t().to_owned());
/// assert!(product::norm(&(back - a)) < 1e-14);
/// ```
pub fn svd(a: &Array2<f64>) -> Svd {
    if a.nrows() < a.ncols() {
        let Svd { u, s, v } = svd(&a.t().to_owned());
        return Svd { u: v, s, v: u };
    }
    // Row j of ut is column j of A·V, row j of vt column j of V.
    let mut ut = a.t().as_standard_layout().into_owned();
    let mut vt = Array2::eye(a.ncols());
    let mut turning = true;
    while turning {
        turning = false;
        for p in 0..a.ncols() {
            for q in p + 1..a.ncols() {
                if let Some((c, s)) = rotation(&ut, p, q) {
                    turning = true;
                    rotate(&mut ut, p, q, c, s);
                    rotate(&mut vt, p, q, c, s);
                }
            }
        }
    }
    let length = |j: usize| inner_rows(ut.row(j), ut.row(j)).sqrt();
    let mut order: Vec<usize> = (0..a.ncols()).collect();
    order.sort_by(|i, j| length(*j).total_cmp(&length(*i)));
    let s: Vec<f64> = order.iter().map(|j| length(*j)).collect();
    let mut u = ut.select(Axis(0), &order);
    for (mut row, s) in u.rows_mut().into_iter().zip(&s) {
        row.mapv_inplace(|u| if *s == 0.0 { 0.0 } else { u / s });
    }
    let v = vt.select(Axis(0), &order);
    Svd { u: u.t().to_owned(), s, v: v.t().to_owned() }
}

/// The (cos, sin) that makes rows p and q orthogonal, unless they are.
fn rotation(ut: &Array2<f64>, p: usize, q: usize) -> Option<(f64, f64)> {
    let (up, uq) = (ut.row(p), ut.row(q));
    let (pp, qq) = (inner_rows(up, up), inner_rows(uq, uq));
    let pq = inner_rows(up, uq);
    if pq == 0.0 || pq.abs() <= 1e-15 * pp.sqrt() * qq.sqrt() {
        return None;
    }
    // Of a matrix without full rank, some rows shrink towards 0 for ever. Once
    // the squares lose digits, there is no angle left to turn by.
    if pp < 1e-290 || qq < 1e-290 {
        return None;
    }
    let zeta = (qq - pp) / (2.0 * pq);
    let sign = if zeta < 0.0 { -1.0 } else { 1.0 };
    let t = sign / (zeta.abs() + (1.0 + zeta * zeta).sqrt()); // tan
    let c = 1.0 / (1.0 + t * t).sqrt();
    Some((c, c * t))
}

fn rotate(rows: &mut Array2<f64>, p: usize, q: usize, c: f64, s: f64) {
    for k in 0..rows.ncols() {
        let (x, y) = (rows[[p, k]], rows[[q, k]]);
        rows[[p, k]] = c * x - s * y;
        rows[[q, k]] = s * x + c * y;
    }
}

/// The singular values of A, descending.
///
/// ```
/// use ndarray::array;
/// let s = slope::probe::singular_values(&array![[3.0, 0.0], [0.0, -4.0]]);
/// assert_eq!(s, [4.0, 3.0]);
/// ```
pub fn singular_values(a: &Array2<f64>) -> Vec<f64> {
    svd(a).s
}

/// The nearest matrix of this rank (C. Eckart, G. Young, 1936): the largest
/// singular values are kept, the others set to zero.
///
/// ```
/// use ndarray::array;
/// let low = slope::probe::truncated(&array![[3.0, 0.0], [0.0, 4.0]], 1);
/// assert_eq!(low, array![[0.0, 0.0], [0.0, 4.0]]);
/// ```
pub fn truncated(a: &Array2<f64>, rank: usize) -> Array2<f64> {
    let Svd { u, mut s, v } = svd(a);
    s.iter_mut().skip(rank).for_each(|s| *s = 0.0);
    product::a_b(&(u * &Array1::from(s)), &v.t().to_owned())
}

fn rows(
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
