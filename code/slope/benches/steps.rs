//! `cargo bench -p slope`: training steps of five networks, and the parts
//! that a step is made of. Run it pinned to one core, on a machine that has
//! nothing else to do; `examples/throughput.rs` gives steps per second.

use divan::{Bencher, black_box};
use ndarray::Array2;
use slope::rng::{Rng, Stream};
use slope::*;

fn main() {
    divan::main();
}

fn random(rows: usize, columns: usize) -> Array2<f64> {
    let mut rng = Rng::new(1, Stream::Noise);
    Array2::from_shape_simple_fn((rows, columns), || rng.normal())
}

fn step(bencher: Bencher, sizes: &[usize], f: Activation, batch: usize) {
    let mut rng = Rng::new(1, Stream::Weights);
    let mut net = Network::dense(sizes, f, Init::XavierUniform, &mut rng);
    let (x, y) = (random(batch, sizes[0]), random(batch, net.outputs()));
    let data = Dataset::new(x, y).unwrap();
    let mut state = Optimizer::sgd(1e-3).start(net.parameter_count());
    let mut work = Workspace::new(&net, batch);
    let rows: Vec<usize> = (0..batch).collect();
    bencher.bench_local(|| {
        work.update(&mut net, Loss::Mse, &data, &rows, &mut state)
    });
}

#[divan::bench]
fn step_tiny(bencher: Bencher) {
    step(bencher, &[2, 8, 8, 1], Activation::Tanh, 10);
}

#[divan::bench]
fn step_small(bencher: Bencher) {
    step(bencher, &[2, 16, 16, 1], Activation::Tanh, 32);
}

#[divan::bench]
fn step_deep(bencher: Bencher) {
    let mut sizes = vec![16; 22];
    (sizes[0], sizes[21]) = (2, 1);
    step(bencher, &sizes, Activation::Identity, 32);
}

#[divan::bench]
fn step_digits(bencher: Bencher) {
    step(bencher, &[64, 64, 64, 10], Activation::Relu, 32);
}

#[divan::bench]
fn step_wide(bencher: Bencher) {
    step(bencher, &[784, 512, 512, 10], Activation::Relu, 128);
}

#[divan::bench(args = [8, 16, 64, 512])]
fn product_of_squares(bencher: Bencher, n: usize) {
    let (a, b) = (random(n, n), random(n, n));
    bencher.bench(|| product::a_b(black_box(&a), black_box(&b)));
}

#[divan::bench(args = ["tanh", "sigmoid", "relu", "silu", "gelu_erf"])]
fn thousand_units(bencher: Bencher, name: &str) {
    let f: Activation = name.parse().unwrap();
    let net = Network::new(vec![Layer::Dense(
        Dense::new(Array2::eye(1), vec![0.0].into(), f).unwrap(),
    )]);
    let (net, x) = (net.unwrap(), random(1000, 1));
    bencher.bench(|| net.output(black_box(&x)));
}
