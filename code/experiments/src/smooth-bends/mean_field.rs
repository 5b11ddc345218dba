//! The mean-field theory of wide random layers: means over a normal z, and the
//! factor per layer of what is multiplied from layer to layer.
//!
//! B. Poole and others, 2016, arXiv:1606.05340.

use ndarray::Array2;
use slope::{
    Activation,
    product::{a_b, inner_rows},
    transcendental::{exp, ln},
};

use exact::statistics::fitted_slope;

/// Layers at each end that the fit leaves out.
const ENDS: usize = 5;

/// The mean over rows of ln |dL/dz|, from the last layer to the first; each
/// matrix is (out, in) and stands for `gain` times itself.
pub(super) fn log_lengths<'a>(
    weights: impl DoubleEndedIterator<Item = &'a Array2<f64>>,
    slopes: &[Array2<f64>],
    mut d_a: Array2<f64>,
    gain: f64,
) -> Vec<f64> {
    let mut logs = Vec::new();
    for (w, slope) in weights.rev().zip(slopes.iter().rev()) {
        let delta = d_a * slope; // dL/dz = dL/da · f'(z)
        logs.push(mean_log_length(&delta));
        d_a = a_b(&delta, w) * gain;
    }
    logs
}

/// The mean over rows of the logarithm of their length.
fn mean_log_length(rows: &Array2<f64>) -> f64 {
    let log = |sum, row| sum + 0.5 * ln(inner_rows(row, row));
    rows.rows().into_iter().fold(0.0, log) / rows.nrows() as f64
}

/// The factor from one layer to the next that fits the logarithms best, both
/// ends left out.
pub(super) fn per_layer(logs: &[f64]) -> f64 {
    let points: Vec<(f64, f64)> = logs
        .iter()
        .enumerate()
        .map(|(layer, log)| (layer as f64, *log))
        .collect();
    exp(fitted_slope(&points[ENDS..points.len() - ENDS]))
}

/// E[f(z)²] and E[f′(z)²] for z ~ N(0, `std`²), by the trapezoid rule, which
/// for a smooth f is nearly exact.
pub(super) fn mean_squares(f: Activation, std: f64) -> [f64; 2] {
    let (mut all, mut values, mut slopes) = (0.0, 0.0, 0.0);
    for i in -60..=60 {
        let t = f64::from(i) / 7.5;
        let weight = exp(-0.5 * t * t);
        let (value, slope) = f.value_and_slope(std * t);
        all += weight;
        values += weight * value * value;
        slopes += weight * slope * slope;
    }
    [values / all, slopes / all]
}

/// E[f(z)²], E[f′(z)²] and d E[f(z)²]/dq = E[z·f(z)·f′(z)]/q for z ~ N(0, q),
/// by the midpoint rule, which no kink at 0 disturbs.
pub(super) fn moments(f: Activation, q: f64) -> [f64; 3] {
    let (mut all, mut sums) = (0.0, [0.0; 3]);
    for (t, weight) in grid() {
        let (value, slope) = f.value_and_slope(q.sqrt() * t);
        all += weight;
        sums[0] += weight * value * value;
        sums[1] += weight * slope * slope;
        sums[2] += weight * t * value * slope;
    }
    let [values, slopes, growth] = sums.map(|sum| sum / all);
    [values, slopes, growth / q.sqrt()]
}

/// E[f(u)·f(v)] for u and v of variance q and correlation c.
pub(super) fn mean_product(f: Activation, q: f64, c: f64) -> f64 {
    let (std, rest) = (q.sqrt(), (1.0 - c * c).max(0.0).sqrt());
    let (mut all, mut sum) = (0.0, 0.0);
    for (t, of_t) in grid() {
        let u = f.value(std * t);
        for (s, of_s) in grid() {
            all += of_t * of_s;
            sum += of_t * of_s * u * f.value(std * (c * t + rest * s));
        }
    }
    sum / all
}

/// Places and weights of the midpoint rule for a standard normal.
fn grid() -> impl Iterator<Item = (f64, f64)> {
    (-48..48).map(|i| {
        let t = (f64::from(i) + 0.5) / 8.0;
        (t, exp(-0.5 * t * t))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// E[z²] = σ², and half of the normal distribution is positive.
    #[test]
    fn mean_squares_of_what_is_known() {
        let [value, slope] = mean_squares(Activation::Identity, 3.0);
        assert!((value - 9.0).abs() < 1e-12 && (slope - 1.0).abs() < 1e-15);
        let [value, _] = mean_squares(Activation::Relu, 1.0);
        assert!((value - 0.5).abs() < 1e-12);
    }

    /// E[uv] = qc, and E[f(u)·f(u)] = E[f(u)²].
    #[test]
    fn the_mean_product_is_exact_where_a_hand_can_compute_it() {
        let of_line = mean_product(Activation::Identity, 2.0, 0.3);
        assert!((of_line - 0.6).abs() < 1e-6, "{of_line}");
        for f in [Activation::Tanh, Activation::GeluErf] {
            let [square, _] = mean_squares(f, 1.5_f64.sqrt());
            assert!((mean_product(f, 1.5, 1.0) - square).abs() < 1e-6);
        }
    }

    #[test]
    fn the_factor_of_a_geometric_row_is_found() {
        let logs: Vec<f64> = (0..20).map(|i| f64::from(i) * ln(0.7)).collect();
        assert!((per_layer(&logs) - 0.7).abs() < 1e-12);
    }
}
