//! Whether a line separates two classes, in whole or in part (A. Albert, J. A.
//! Anderson, *On the existence of maximum likelihood estimates in logistic
//! regression models*, 1984).
//!
//! See the chapter `the-linear-floor`.

use crate::basis::{Basis, combined, size};
use exact::product::inner_rows;
use ndarray::Array1;

/// Which aᵢ some d takes forward (aᵢ·d > 0), of all d that take none back. None
/// of them, if there is no such d. The aᵢ are unit vectors.
///
/// By Stiemke's lemma (1915) there is such a d unless Σ pᵢaᵢ = 0 for some p
/// with all pᵢ ≥ 1. The sum that comes nearest to 0 is d itself: where pᵢ > 1,
/// aᵢ·d = 0, for else another pᵢ would be better, and where pᵢ = 1, aᵢ·d ≥ 0. So
/// whatever is found can be checked. The p are found as C. L. Lawson and R. J.
/// Hanson (1974) find least squares that are not negative.
pub(crate) fn forward(a: &[Array1<f64>]) -> Vec<usize> {
    let ones = Array1::ones(a.len());
    let sum = combined(a, &ones);
    let mut above = Array1::<f64>::zeros(a.len()); // p − 1
    let mut free: Vec<usize> = vec![]; // those that are not 0
    let mut d = sum.clone();
    for _ in 0..3 * a.len() {
        let total = a.len() as f64 + above.sum();
        let along = |i: usize| inner_rows(a[i].view(), d.view());
        let back = (0..a.len())
            .filter(|i| !free.contains(i))
            .map(|i| (along(i), i))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, i)) = back.filter(|(along, _)| *along < -1e-14 * total)
        else {
            break;
        };
        free.push(i);
        if !moved(a, &sum, &mut free, &mut above) {
            break; // the step back was rounding
        }
        d = rest(a, &free, &sum);
    }
    // What is left of the sum is known to some last digits of its terms.
    let total = a.len() as f64 + above.sum();
    let left = size(&d);
    if left <= 1e-12 * total {
        return vec![];
    }
    let along: Vec<f64> =
        a.iter().map(|a| inner_rows(a.view(), d.view()) / left).collect();
    let rounding = 1e-14 * total / left;
    if along.iter().any(|along| *along < -rounding) {
        return vec![];
    }
    (0..a.len()).filter(|i| along[*i] > rounding).collect()
}

/// Solves for the free ones; those that would become negative are held at 0.
/// False if the last of them cannot leave it.
fn moved(
    a: &[Array1<f64>],
    sum: &Array1<f64>,
    free: &mut Vec<usize>,
    above: &mut Array1<f64>,
) -> bool {
    let newest = free[free.len() - 1];
    loop {
        let columns: Vec<_> = free.iter().map(|i| a[*i].clone()).collect();
        let wanted = Basis::new(&columns).fitted(&columns, &-sum);
        let share = free
            .iter()
            .zip(&wanted)
            .filter(|(_, w)| **w <= 0.0)
            .map(|(i, w)| (above[*i], w))
            .map(|(now, w)| if now > 0.0 { now / (now - w) } else { 0.0 })
            .fold(f64::INFINITY, |least, s| if s < least { s } else { least });
        if share.is_infinite() {
            free.iter().zip(wanted).for_each(|(i, w)| above[*i] = w);
            return true;
        }
        for (i, w) in free.iter().zip(&wanted) {
            let kept = above[*i] + share * (w - above[*i]);
            above[*i] = if *w <= 0.0 && kept < 1e-14 { 0.0 } else { kept };
        }
        let before = free.len();
        free.retain(|i| above[*i] > 0.0);
        if !free.contains(&newest) || free.len() == before {
            return false;
        }
    }
}

/// What the free ones leave of the sum.
fn rest(a: &[Array1<f64>], free: &[usize], sum: &Array1<f64>) -> Array1<f64> {
    let columns: Vec<_> = free.iter().map(|i| a[*i].clone()).collect();
    Basis::new(&columns).split(sum).1
}
