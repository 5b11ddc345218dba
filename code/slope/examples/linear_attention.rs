//! Linear attention, as a sum over pairs and as a recurrence: the chapter
//! `along-time`.

use ndarray::Array2;
use slope::{
    product::{a_b, at_b},
    rng::{Rng, Stream},
};

/// By moment: Σ v·(k·q) over the moments up to it.
fn in_pairs(q: &Array2<f64>, k: &Array2<f64>, v: &Array2<f64>) -> Array2<f64> {
    let mut pairs = a_b(q, &k.t().to_owned());
    for ((now, then), weight) in pairs.indexed_iter_mut() {
        if then > now {
            *weight = 0.0; // the future
        }
    }
    a_b(&pairs, v)
}

/// The same: S ← S + k·vᵀ, and the answer is q·S.
fn in_time(q: &Array2<f64>, k: &Array2<f64>, v: &Array2<f64>) -> Array2<f64> {
    let mut s = Array2::zeros((k.ncols(), v.ncols()));
    let mut answers = Array2::zeros((q.nrows(), v.ncols()));
    let row = |a: &Array2<f64>, t: usize| a.row(t).to_owned();
    for t in 0..q.nrows() {
        let of = |a| row(a, t).insert_axis(ndarray::Axis(0));
        s = s + at_b(&of(k), &of(v)); // dS/dS = 1
        answers.row_mut(t).assign(&a_b(&of(q), &s).row(0));
    }
    answers
}

fn main() {
    let mut rng = Rng::new(0, Stream::Weights);
    let mut normal = |n| Array2::from_shape_simple_fn((n, 4), || rng.normal());
    let (x, w) = (normal(50), [normal(4), normal(4), normal(4)]);
    let [q, k, v] = w.each_ref().map(|w| a_b(&x, w));
    let answers = in_time(&q, &k, &v);
    let gap = |a: &Array2<f64>| {
        let largest = |m: f64, a: &f64| m.max(a.abs());
        (a - &answers).iter().fold(0.0, largest)
            / answers.iter().fold(0.0, largest)
    };
    println!("pairs, apart by: {:.0e}", gap(&in_pairs(&q, &k, &v)));
    let twice = in_time(&q, &k, &(2.0 * &v)) / 2.0;
    println!(
        "twice the values, half the answers, apart by: {:.0e}",
        gap(&twice)
    );
    let [q, k, v] = w.each_ref().map(|w| a_b(&(2.0 * &x), w));
    let eighth = in_time(&q, &k, &v) / 8.0;
    println!("twice the input, an eighth, apart by: {:.0e}", gap(&eighth));
}
