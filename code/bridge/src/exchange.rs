//! A network that goes to PyTorch and comes back: what `exchange.py` is to
//! compute there, and whether what it trained is what trains here.

use anyhow::ensure;
use ndarray::Array2;
use slope::{
    Activation, Init, Loss, Network, Optimizer, data,
    rng::{Rng, Stream},
};

use crate::{first::Tensors, state_dict};

/// The updates that a network makes on each side.
const UPDATES: usize = 5;

/// How far apart two numbers may be after them, in parts of the larger.
const BOUND: f64 = 1e-12;

/// A rule of steps.
type Rule = fn() -> Optimizer;

/// Every rule, with the settings that `exchange.py` has.
const RULES: [(&str, Rule); 7] = [
    ("sgd", || Optimizer::sgd(0.1)),
    ("momentum", || Optimizer::momentum(0.1, 0.9)),
    ("nesterov", || Optimizer::nesterov(0.1, 0.9)),
    ("adagrad", || Optimizer::adagrad(0.1)),
    ("rmsprop", || Optimizer::rmsprop(0.01)),
    ("adam", || Optimizer::adam(0.01)),
    ("adamw", || Optimizer::adamw(0.01, 0.05)),
];

fn network() -> Network {
    let mut rng = Rng::new(18, Stream::Weights);
    let f = Activation::Tanh;
    let mut net =
        Network::dense(&[2, 5, 3, 1], f, Init::XavierUniform, &mut rng);
    net.randomise_biases(0.1, &mut rng);
    net
}

fn samples() -> (Array2<f64>, Array2<f64>) {
    let moons = data::moons(20, 0.2, &mut Rng::new(18, Stream::Data));
    (moons.x, moons.y)
}

/// The network after its updates by this rule.
fn trained(rule: Optimizer) -> Network {
    let (mut net, (x, y)) = (network(), samples());
    let mut parameters = net.parameters();
    let mut state = rule.start(parameters.len());
    for _ in 0..UPDATES {
        let (_, gradient) = net.loss_and_gradient(Loss::BceLogits, &x, &y);
        state.step([(&mut parameters[..], &gradient.parameters()[..])]);
        net.set_parameters(&parameters).expect("as many, and finite");
    }
    net
}

/// The file of the network, and the file of what is expected of it: its output
/// and, for each rule, its state after some updates; of the first, its
/// gradient.
///
/// # Errors
/// If the network cannot be written.
pub fn sent() -> anyhow::Result<(Vec<u8>, Vec<u8>)> {
    let (net, (x, y)) = (network(), samples());
    let mut expected = Tensors::default();
    expected.put("output", &net.output(&x).into_dyn());
    let (_, gradient) = net.loss_and_gradient(Loss::BceLogits, &x, &y);
    for (l, layer) in gradient.layers.iter().enumerate() {
        let name = format!("gradient.{}", 2 * l);
        expected.put_layer(&name, &layer.w, &layer.b);
    }
    expected.put("x", &x.into_dyn());
    expected.put("y", &y.into_dyn());
    for (name, rule) in RULES {
        expected.put_network(&format!("{name}."), &trained(rule()));
    }
    Ok((state_dict::bytes(&net)?, expected.to_bytes()))
}

/// Whether the file of what PyTorch made of the network by this rule holds what
/// this crate makes of it.
///
/// # Errors
/// If it does not, or is no such file.
pub fn compared(rule: &str, file: &[u8]) -> anyhow::Result<f64> {
    let found = RULES.iter().find(|(name, _)| *name == rule);
    let (_, optimizer) = found.ok_or_else(|| {
        let names: Vec<_> = RULES.iter().map(|(name, _)| *name).collect();
        anyhow::anyhow!("no rule {rule}: expected one of {}", names.join(", "))
    })?;
    let back = state_dict::network(file, Activation::Tanh)?;
    let here = trained(optimizer());
    let pairs = back.parameters().into_iter().zip(here.parameters());
    let apart = pairs.fold(0.0, |far: f64, (a, b)| {
        far.max((a - b).abs() / a.abs().max(b.abs()))
    });
    ensure!(
        back.parameter_count() == here.parameter_count() && apart <= BOUND,
        "{rule}: {apart:e} apart, allowed {BOUND:e}"
    );
    Ok(apart)
}
