//! The cells of this book's own crate in the tables of the page `migration`.

use ndarray::{Array2, Axis, array};
use slope::{
    Activation, Batch, Dense, Init, Loss, Network, Optimizer, Shuffle,
    Training, data,
    rng::{Rng, Stream},
};

const ROWS: &str = include_str!("../conventions/rows.toml");

/// By the name that a row has.
const CELLS: [(&str, fn()); 21] = [
    ("layer", layer),
    ("identity", identity),
    ("swish", swish),
    ("mse", mse),
    ("bce", bce),
    ("classes", classes),
    ("shapes", shapes),
    ("momentum", momentum),
    ("rmsprop", rmsprop),
    ("adagrad", adagrad),
    ("adam", adam),
    ("adam_decay", adam_decay),
    ("gradients", gradients),
    ("biases", biases),
    ("gelu", gelu),
    ("kink", kink),
    ("short_batch", short_batch),
    ("printed", printed),
    ("default_type", default_type),
    ("subnormal", subnormal),
    ("order", order),
];

/// What a row says where the caller has to say it.
const GIVEN: &str = "given";

#[test]
fn every_cell_of_this_book_holds() {
    let value = |line: &str, key: &str| {
        let rest = line.strip_prefix(key)?.strip_prefix(" = \"")?;
        Some(rest.trim_end_matches('"').to_string())
    };
    let of = |key| ROWS.lines().filter_map(move |line| value(line, key));
    let rows: Vec<_> = of("slope").zip(of("test")).collect();
    assert_eq!(rows.len(), ROWS.matches("[[row]]").count());
    for (says, name) in &rows {
        let cell = CELLS.iter().find(|(cell, _)| cell == name);
        match cell {
            Some((_, holds)) => holds(),
            None => assert!(
                says == "—" || says.starts_with(GIVEN),
                "{name}: nothing tests “{says}”"
            ),
        }
    }
    for (cell, _) in CELLS {
        assert!(rows.iter().any(|(_, name)| name == cell), "no row {cell}");
    }
}

/// Where a weight that begins at 1 is after each of these gradients.
fn steps(rule: Optimizer, gradients: &[f64]) -> Vec<f64> {
    let (mut w, mut state) = ([1.0], rule.start(1));
    let step = |g: &f64| {
        state.step([(&mut w[..], &[*g][..])]);
        w[0]
    };
    gradients.iter().map(step).collect()
}

fn near(found: &[f64], expected: &[f64]) {
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= 1e-12 * b.abs(), "{found:?} {expected:?}");
    }
}

fn layer() {
    let mut rng = Rng::new(0, Stream::Weights);
    let f = Activation::Identity;
    let dense = Dense::init(2, 3, f, Init::XavierUniform, &mut rng);
    assert_eq!(dense.w.dim(), (3, 2));
}

fn identity() {
    assert_eq!(Activation::Identity.value_and_slope(3.0), (3.0, 1.0));
}

fn swish() {
    let swish = Activation::Silu { beta: 1.0 };
    near(&[swish.value(2.0)], &[2.0 / (1.0 + (-2.0_f64).exp())]);
}

fn mse() {
    let output = array![[3.0, 1.0], [0.0, 0.0]];
    assert_eq!(Loss::Mse.value(&output, &Array2::zeros((2, 2))), 10.0 / 4.0);
}

fn bce() {
    let loss = Loss::BceLogits.value(&array![[2.0]], &array![[0.0]]);
    near(&[loss], &[2.0_f64.exp().ln_1p()]);
}

fn classes() {
    let y = array![[1.0], [2.0]];
    let loss = Loss::SoftmaxCe.value(&Array2::zeros((2, 10)), &y);
    near(&[loss], &[10.0_f64.ln()]);
}

fn shapes() {
    let (output, y) = (Array2::zeros((3, 1)), Array2::zeros((1, 3)));
    assert!(Loss::Mse.check(&output, &y).is_err());
}

fn momentum() {
    let found = steps(Optimizer::momentum(0.1, 0.9), &[1.0, 2.0]);
    near(&found, &[0.9, 0.9 - 0.1 * (0.9 * 1.0 + 2.0)]);
}

fn rmsprop() {
    let found = steps(Optimizer::rmsprop(0.01), &[2.0]);
    near(&found, &[1.0 - 0.01 * 2.0 / (0.04_f64.sqrt() + 1e-8)]);
    let g = 1e-9;
    let found = steps(Optimizer::rmsprop(0.1), &[g]);
    near(&found, &[1.0 - 0.1 * g / (0.1 * g + 1e-8)]);
}

fn adagrad() {
    let g = 1e-10;
    let found = steps(Optimizer::adagrad(0.1), &[g]);
    near(&found, &[1.0 - 0.1 * g / (g + 1e-10)]);
}

fn adam() {
    let g = 1e-8;
    let found = steps(Optimizer::adam(0.1), &[g]);
    near(&found, &[1.0 - 0.1 * g / (g + 1e-8)]);
}

fn adam_decay() {
    let rule = Optimizer::adam(0.1).weight_decay(0.5);
    near(&steps(rule, &[0.0]), &[1.0 - 0.1 * 0.5 / (0.5 + 1e-8)]);
}

fn gradients() {
    let mut rng = Rng::new(0, Stream::Weights);
    let f = Activation::Tanh;
    let net = Network::dense(&[2, 3, 1], f, Init::XavierUniform, &mut rng);
    let xor = data::xor();
    let of = || net.loss_and_gradient(Loss::Mse, &xor.x, &xor.y).1;
    assert_eq!(of(), of());
}

fn biases() {
    let mut rng = Rng::new(0, Stream::Weights);
    let f = Activation::Identity;
    let dense = Dense::init(2, 3, f, Init::XavierUniform, &mut rng);
    assert!(dense.b.iter().all(|b| *b == 0.0));
}

fn gelu() {
    let by_tanh = ((2.0 / std::f64::consts::PI).sqrt() * 1.044715).tanh();
    near(&[Activation::GeluTanh.value(1.0)], &[(1.0 + by_tanh) / 2.0]);
    let exact = 0.841_344_746_068_542_9; // Φ(1)
    near(&[Activation::GeluErf.value(1.0)], &[exact]);
}

fn kink() {
    assert_eq!(Activation::Relu.slope(0.0), 0.0);
}

/// A run on five samples in batches of two.
fn run() -> (slope::History, slope::Dataset, Network) {
    let training = Training {
        loss: Loss::Mse,
        optimizer: Optimizer::sgd(0.1),
        batch: Batch::Size(2),
        epochs: 1,
        shuffle: Shuffle::Never,
    };
    let samples = data::moons(5, 0.1, &mut Rng::new(0, Stream::Data));
    let (mut weights, mut order) =
        (Rng::new(0, Stream::Weights), Rng::new(0, Stream::Order));
    let f = Activation::Tanh;
    let mut net =
        Network::dense(&[2, 3, 1], f, Init::XavierUniform, &mut weights);
    let history = training.run(&mut net, &samples, &mut order);
    (history.expect("it does not diverge"), samples, net)
}

fn short_batch() {
    assert_eq!(run().0.updates.len(), 3);
}

fn printed() {
    let (history, samples, net) = run();
    let after = Loss::Mse.value(&net.output(&samples.x), &samples.y);
    assert_eq!(history.epochs[1], after);
}

fn order() {
    // As they lie, if that is what is given: the first loss is that of the
    // first two.
    let (history, samples, _) = run();
    let mut weights = Rng::new(0, Stream::Weights);
    let f = Activation::Tanh;
    let net = Network::dense(&[2, 3, 1], f, Init::XavierUniform, &mut weights);
    let first = samples.x.select(Axis(0), &[0, 1]);
    let y = samples.y.select(Axis(0), &[0, 1]);
    assert_eq!(history.updates[0], Loss::Mse.value(&net.output(&first), &y));
}

fn default_type() {
    let _: fn(f64) -> f64 = |z| Activation::Identity.value(z);
}

fn subnormal() {
    let least = f64::from_bits(1);
    assert_eq!(Activation::Identity.value(least) * 2.0, f64::from_bits(2));
}
