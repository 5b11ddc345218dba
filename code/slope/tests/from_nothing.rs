//! The network that a reader types, with no crate but the standard library, is
//! this one: the same first weights and samples give the same bits, update by
//! update. So nothing in `slope` but its speed needs more than the printed page.

use slope::rng::{Rng, Stream};
use slope::*;
use std::fs;
use std::path::Path;

#[path = "../examples/from_nothing.rs"]
#[expect(dead_code, reason = "its `main` prints")]
mod typed;

/// The same network, in this crate's layers.
fn twin(net: &typed::Network) -> Network {
    let layer = |layer: &typed::Dense| {
        let shape = (layer.w.len(), layer.w[0].len());
        let w = ndarray::Array2::from_shape_vec(shape, layer.w.concat());
        let f = match layer.activation {
            typed::Activation::Identity => Activation::Identity,
            typed::Activation::Relu => Activation::Relu,
        };
        let b = layer.b.clone().into();
        Layer::Dense(Dense::new(w.unwrap(), b, f).unwrap())
    };
    Network::new(net.layers.iter().map(layer).collect()).unwrap()
}

/// The losses of 60 epochs before each update, and the last parameters: as the
/// typed network finds them with one learning rate, and this crate with another.
fn runs(
    net: &mut typed::Network,
    batch: usize,
    rates: [f64; 2],
) -> [(Vec<f64>, Vec<f64>); 2] {
    let mut twin = twin(net);
    let training = Training {
        loss: Loss::Mse,
        optimizer: Optimizer::sgd(rates[1]),
        batch: Batch::Size(batch),
        epochs: 60,
        shuffle: Shuffle::Never,
    };
    let mut order = Rng::new(0, Stream::Order);
    let history = training.run(&mut twin, &data::xor(), &mut order).unwrap();
    let batches = (0..60).flat_map(|_| typed::XOR.chunks(batch));
    let losses = batches.map(|batch| net.update(batch, rates[0])).collect();
    let last = net.layers.iter().flat_map(|l| [l.w.concat(), l.b.clone()]);
    [(losses, last.flatten().collect()), (history.updates, twin.parameters())]
}

#[test]
fn the_typed_network_has_the_bits_of_the_crate() {
    for f in [typed::Activation::Identity, typed::Activation::Relu] {
        for sizes in [&[2, 8, 8, 1][..], &[2, 3, 1], &[2, 1], &[2, 5, 4, 3, 1]]
        {
            for (seed, batch) in (0..20).zip([4, 3, 2, 1].into_iter().cycle()) {
                let mut net = typed::Network::new(sizes, f, seed);
                let [mine, its] = runs(&mut net, batch, [0.02; 2]);
                let bits = |x: &[f64]| -> Vec<u64> {
                    x.iter().map(|x| x.to_bits()).collect()
                };
                let name = format!("{f:?} {sizes:?} {seed} {batch}");
                assert_eq!(mine.0.len(), 60 * 4_usize.div_ceil(batch));
                assert_eq!(bits(&mine.0), bits(&its.0), "{name}: losses");
                // Not their bits: −0 and 0 are one number.
                assert_eq!(mine.1, its.1, "{name}: parameters");
            }
        }
    }
}

#[test]
fn samples_and_labels_are_the_crates() {
    let xor = data::xor();
    let (x, y): (Vec<_>, Vec<_>) = typed::XOR.into_iter().unzip();
    assert_eq!(x.concat(), xor.x.iter().copied().collect::<Vec<_>>());
    assert_eq!(y, xor.y.iter().copied().collect::<Vec<_>>());
}

/// Negative control: the last bit of the learning rate is enough.
#[test]
fn another_learning_rate_has_other_bits() {
    let rate = 0.02_f64;
    for f in [typed::Activation::Identity, typed::Activation::Relu] {
        let mut net = typed::Network::new(&[2, 8, 8, 1], f, 1);
        let [mine, its] = runs(&mut net, 4, [rate, rate.next_up()]);
        assert_ne!(mine.0, its.0, "{f:?}");
        assert_eq!(mine.0[0], its.0[0], "{f:?}: before the first update");
    }
}

/// What keeps a program from being typed from the page, without a crate.
fn untypable(source: &str) -> Option<String> {
    let lines = source.lines().count();
    if lines > 150 {
        return Some(format!("{lines} lines"));
    }
    source.lines().find_map(|line| {
        let bare = line.trim_start();
        let import = ["use ", "extern ", "mod "].iter().any(|word| {
            bare.strip_prefix("pub ").unwrap_or(bare).starts_with(word)
        });
        let crates = ["exact::", "slope::", "probe::", "ndarray::", "rand::"];
        let path = crates.iter().any(|name| line.contains(name));
        let wide = line.chars().count() > 80;
        (import || path || wide).then(|| line.to_string())
    })
}

#[test]
fn the_program_can_be_typed_in_one_sitting() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = fs::read_to_string(path.join("examples/from_nothing.rs"));
    assert_eq!(untypable(&source.unwrap()), None);
}

#[test]
fn a_program_that_needs_a_crate_is_noticed() {
    let long = "fn a() {}\n".repeat(151);
    for broken in
        ["use rand::Rng;", "let z = exact::product::a_v(w, x);", &long]
    {
        assert!(untypable(broken).is_some());
    }
    assert_eq!(untypable("fn used() {} // to use a crate"), None);
}
