//! Gradient descent on both sides of the cliff: the chapter `descent`.

/// ½(4u² + v²): curvature 4 in one direction and 1 in the other.
fn loss(u: f64, v: f64) -> f64 {
    0.5 * (4.0 * u * u + v * v)
}

fn main() {
    println!("   lr   after 10   after 100"); // the cliff is at 2/4
    for lr in [0.01, 0.1, 0.4, 0.49, 0.5, 0.51] {
        let (mut u, mut v) = (1.0, 1.0);
        let mut losses = vec![loss(u, v)];
        for _ in 0..100 {
            u -= lr * 4.0 * u; // u is multiplied by 1 − 4 lr
            v -= lr * v; // v is multiplied by 1 − lr
            losses.push(loss(u, v));
        }
        println!("{lr:5.2}  {:9.2e}  {:10.2e}", losses[10], losses[100]);
    }
}
