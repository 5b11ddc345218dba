//! Four rules in one valley: the chapter `valleys`.

use slope::Optimizer;

/// The slopes of ½(100u² + v²).
fn slopes([u, v]: [f64; 2]) -> [f64; 2] {
    [100.0 * u, v]
}

/// Steps until both weights are within a hundredth of the minimum.
fn steps(rule: Optimizer) -> usize {
    let mut w = [1.0, 1.0];
    let mut state = rule.start(2);
    (0..10_000)
        .find(|_| {
            let g = slopes(w);
            let there = w.iter().all(|w| w.abs() <= 0.01);
            state.step([(&mut w[..], &g[..])]);
            there
        })
        .expect("a rate below the cliff")
}

fn main() {
    let rules = [
        ("gradient descent, lr = 0.01", Optimizer::sgd(0.01)),
        ("gradient descent, lr = 2/101", Optimizer::sgd(2.0 / 101.0)),
        ("momentum of 0.9, lr = 0.01", Optimizer::momentum(0.01, 0.9)),
        ("Adam, lr = 0.001", Optimizer::adam(0.001)),
        ("Adam, lr = 0.1", Optimizer::adam(0.1)),
    ];
    for (name, rule) in rules {
        println!("{name:28}  {:4} steps", steps(rule));
    }
}
