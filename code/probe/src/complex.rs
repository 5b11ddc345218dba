//! A step in a direction that the real numbers do not have. The imaginary part
//! is made without subtracting anything from something near it, in saturation,
//! too, so the step can be as small as one likes: the yardstick for the other
//! differences.
//!
//! See the chapter `backpropagation`.

use exact::transcendental::{cos, exp, sin, tanh_and_slope};
use ndarray::Array2;
use slope::{Activation, Layer, Loss, Network};

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
            Activation::Sigmoid => Some(complex_sigmoid(self)),
            _ => None,
        }
    }
}

/// tanh(x + iy) = (t + iT)/(1 + itT) with t = tanh x and T = tan y; the imaginary
/// part is T(1 − t²)/(1 + t²T²), and 1 − t² is the slope of tanh.
fn complex_tanh(z: Complex) -> Complex {
    let ((t, slope), tan) = (tanh_and_slope(z.re), sin(z.im) / cos(z.im));
    let size = 1.0 + t * tan * t * tan;
    Complex { re: t * (1.0 + tan * tan) / size, im: tan * slope / size }
}

/// σ(x + iy) = 1/(1 + e⁻ˣ⁻ⁱʸ), with e = e^−|x|: for x ≥ 0, (1 + e cos y + i e sin
/// y)/(1 + 2e cos y + e²); for x < 0, e + cos y + i sin y over the same, times e.
fn complex_sigmoid(z: Complex) -> Complex {
    let e = exp(-z.re.abs());
    let (sin, cos) = (sin(z.im), cos(z.im));
    let size = 1.0 + 2.0 * e * cos + e * e;
    let re = if z.re < 0.0 { e * (e + cos) } else { 1.0 + e * cos };
    Complex { re: re / size, im: e * sin / size }
}

pub(crate) fn complex_step(
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
