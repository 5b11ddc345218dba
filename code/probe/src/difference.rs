//! Slopes measured without knowing the formula: the check that catches what a
//! derivation got wrong.
//!
//! See the chapter `backpropagation`.

use crate::complex::complex_step;
use ndarray::Array2;
use slope::{Loss, Network};

/// How a slope is measured without knowing the formula.
///
/// ```
/// use probe::Difference;
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
/// use slope::{data, Activation, Init, Loss, Network};
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
/// assert_eq!(probe::relative_error(&[1.0], &[1.0]), 0.0);
/// assert_eq!(probe::relative_error(&[1.0], &[-1.0]), 1.0);
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
