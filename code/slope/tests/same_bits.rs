//! The bits of a training run, recorded: every machine, every profile, with
//! and without `-C target-cpu=native`, and WebAssembly must find the same.
//!
//! `code/slope/tests/same_bits.sh` runs this test in all the ways that the
//! machine at hand offers.

use slope::rng::{Rng, Stream};
use slope::*;

/// FNV-1a over the bytes of the numbers.
fn hash(numbers: &[f64]) -> u64 {
    numbers
        .iter()
        .flat_map(|x| x.to_bits().to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

/// 200 epochs that learn: from chance to nearly every point right, so that
/// any difference in rounding has grown by the end. A second network passes
/// through the activations that the first one does not use.
fn run(nudge: f64) -> (History, f64, u64) {
    let data = data::spirals(200, 0.02, 1.0, &mut Rng::new(1, Stream::Data));
    let mut weights = Rng::new(1, Stream::Weights);
    let sizes = [2, 16, 16, 1];
    let init = Init::XavierNormal;
    let mut net = Network::dense(&sizes, Activation::Tanh, init, &mut weights);
    net.dense_layers_mut().next().unwrap().b[0] += nudge;
    let training = Training {
        loss: Loss::BceLogits,
        optimizer: Optimizer::adam(0.01),
        batch: Batch::Size(20),
        epochs: 200,
        shuffle: Shuffle::EachEpoch,
    };
    let mut order = Rng::new(1, Stream::Order);
    let history = training.run(&mut net, &data, &mut order).unwrap();
    let accuracy = training.loss.accuracy(&net.output(&data.x), &data.y);
    let mut numbers = history.updates.clone();
    numbers.extend(net.parameters());
    for f in Activation::ALL {
        let mut net = Network::residual(
            (2, 6, 2),
            2,
            0.5,
            f,
            Init::Orthogonal { gain: 1.0 },
            &mut weights,
        );
        let mut data = data.clone();
        data.y.mapv_inplace(|y| y.min(1.0));
        let training = Training {
            loss: Loss::SoftmaxCe,
            optimizer: Optimizer::nesterov(0.01, 0.9),
            epochs: 5,
            ..training
        };
        numbers
            .extend(training.run(&mut net, &data, &mut order).unwrap().updates);
    }
    (history, accuracy, hash(&numbers))
}

const RECORDED: u64 = 0xd7b3_3773_591f_3333;

#[test]
fn a_run_that_learns_has_the_recorded_bits() {
    let (history, accuracy, hash) = run(0.0);
    assert!(history.epochs[0] > 0.6 && history.epochs[200] < 0.05);
    assert!(accuracy > 0.97, "{accuracy}");
    assert_eq!(hash, RECORDED, "the hash is {hash:#018x}");
}

#[test]
fn the_smallest_difference_in_rounding_is_amplified() {
    let (_, _, hash) = run(5e-324);
    let (_, _, nudged) = run(1e-17);
    assert_eq!(hash, RECORDED, "lost in the first sum: {hash:#018x}");
    assert_ne!(nudged, RECORDED);
}
