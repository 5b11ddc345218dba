//! The chain rule on a 2-2-1 network, and its check: the chapter
//! `backpropagation`.

use slope::transcendental::exp;

const X: [f64; 2] = [1.0, 0.5];
const Y: f64 = 1.0;

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + exp(-z))
}

/// The outputs of the two hidden units, and of the last one.
fn forward(p: &[f64; 9]) -> ([f64; 2], f64) {
    let z = |w: &[f64]| w[0] * X[0] + w[1] * X[1] + w[2];
    let a1 = [sigmoid(z(&p[0..3])), sigmoid(z(&p[3..6]))];
    (a1, sigmoid(p[6] * a1[0] + p[7] * a1[1] + p[8]))
}

fn loss(p: &[f64; 9]) -> f64 {
    let (_, a2) = forward(p);
    0.5 * (a2 - Y) * (a2 - Y)
}

/// dL/dp of all nine parameters, from the loss backwards.
fn gradient(p: &[f64; 9]) -> [f64; 9] {
    let (a1, a2) = forward(p);
    let d2 = (a2 - Y) * a2 * (1.0 - a2); // dL/dz of the last unit
    let [d, e] = [0, 1].map(|i| d2 * p[6 + i] * a1[i] * (1.0 - a1[i]));
    let last = [d2 * a1[0], d2 * a1[1], d2];
    [d * X[0], d * X[1], d, e * X[0], e * X[1], e, last[0], last[1], last[2]]
}

fn main() {
    let p = [0.5, -0.4, 0.1, 0.3, 0.8, -0.2, 0.7, -0.6, 0.05];
    println!("parameter   chain rule     measured");
    for (i, by_rule) in gradient(&p).into_iter().enumerate() {
        let loss_at = |step: f64| {
            let mut moved = p;
            moved[i] += step;
            loss(&moved)
        };
        let measured = (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5;
        println!("{i:9}  {by_rule:11.8}  {measured:11.8}");
    }
}
