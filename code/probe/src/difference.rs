//! Slopes measured without knowing the formula: the check that catches what a
//! derivation got wrong.
//!
//! See the chapter `backpropagation`.

use crate::complex::complex_step;
use exact::decimal::Decimal;
use exact::product::length;
use exact::scale::{exponent, shifted};
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
    /// ε can be tiny, as long as ε times a slope has all its digits: above
    /// 10⁻³⁰⁷. For MSE and analytic activations: identity, sigmoid, tanh.
    ComplexStep,
}

/// The slope of the loss in every parameter, measured, in the order of
/// [`Network::parameters`]. `None` where the method does not apply. A step that
/// is below the last digit of a parameter does not move it, and a difference
/// then is 0.
///
/// # Panics
/// If `x`, `y` and the network do not fit together, or there is no example. If
/// the step is 0 or not finite, or carries a parameter out of the range of an
/// `f64`.
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
    let here = loss.value(&network.output(x), y); // all fit together
    assert!(
        step != 0.0 && step.is_finite(),
        "a step of {}: expected a finite one, and not 0",
        Decimal(step)
    );
    if difference == Difference::ComplexStep {
        return complex_step(network, loss, x, y, step);
    }
    let parameters = network.parameters();
    let mut moved = network.clone();
    let mut loss_at = |at: usize, shift: f64| {
        let mut p = parameters.clone();
        p[at] += shift;
        assert!(
            p[at].is_finite(),
            "a step of {} carries parameter {at} out of range",
            Decimal(step)
        );
        moved.set_parameters(&p).expect("finite parameters");
        loss.value(&moved.output(x), y)
    };
    let slope = |at| match difference {
        Difference::Forward => (loss_at(at, step) - here) / step,
        _ => (loss_at(at, step) - loss_at(at, -step)) / (2.0 * step),
    };
    Some((0..parameters.len()).map(slope).collect())
}

/// ‖a − b‖/(‖a‖ + ‖b‖), between 0 (equal) and 1 (opposite); 1/√2 if they are
/// orthogonal and of one length, 0 if both are zero. NaN if a number is not
/// finite. The usual score of a gradient check, at any size.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// assert_eq!(probe::relative_error(&[1.0], &[1.0]), 0.0);
/// assert_eq!(probe::relative_error(&[1e-170], &[-1e-170]), 1.0);
/// ```
pub fn relative_error(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len(), "two gradients of one network");
    let k = exponent(a.iter().chain(b));
    let near = |v: &[f64]| v.iter().map(|v| shifted(*v, -k)).collect();
    let (a, b): (Vec<f64>, Vec<f64>) = (near(a), near(b));
    let apart: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
    let error = length(&apart) / (length(&a) + length(&b));
    match length(&apart) {
        0.0 => 0.0,
        _ if error > 1.0 => 1.0, // by a last digit
        _ => error,
    }
}
