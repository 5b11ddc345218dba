//! A loss whose slope is only estimated: the chapter `descent`.

use slope::rng::{Rng, Stream};

/// The mean of ½w² over many steps, with batches of `batch` samples, half of
/// which want w = 1 and half w = −1.
fn excess(lr: f64, batch: usize) -> f64 {
    let mut rng = Rng::new(0, Stream::Order);
    let (mut w, mut sum) = (0.0, 0.0);
    for step in 0..200_000 {
        let targets = (0..batch).map(|_| 2.0 * rng.below(2) as f64 - 1.0);
        let g = w - targets.sum::<f64>() / batch as f64; // dL/dw, estimated
        w -= lr * g;
        if step >= 100_000 {
            sum += 0.5 * w * w;
        }
    }
    sum / 100_000.0
}

fn main() {
    println!("   lr   single samples   batches of 16");
    for lr in [1.0, 0.5, 0.1, 0.01] {
        let (one, more) = (excess(lr, 1), excess(lr, 16));
        println!("{lr:5.2}   {one:14.4}   {more:13.5}");
    }
}
