//! The units of one hidden layer, and how far training tells them apart: what
//! the experiment `symmetry` trains and measures.

use std::ops::ControlFlow;

use slope::{
    Activation, Batch, Dense, Init, Loss, Network, Optimizer, Shuffle,
    Training,
    data::{self, Dataset},
    rng::{Rng, Stream},
};

use super::symmetry::Params;
use exact::statistics::{least, most};
use study::experiment::Stopped;

/// Samples of one update.
const BATCH: usize = 32;

/// How the units of a layer start.
#[derive(Clone, Copy, PartialEq)]
pub struct Start {
    /// All like the first, or each drawn by itself.
    pub equal: bool,
    /// Whether the weights out of the units are each drawn by itself, whatever
    /// the others are.
    pub own_outputs: bool,
    /// The standard deviation of what is added to every weight.
    pub nudge: f64,
    /// That of all units.
    pub activation: Activation,
}

/// All like the first, with tanh.
pub const EQUAL: Start = Start {
    equal: true,
    own_outputs: false,
    nudge: 0.0,
    activation: Activation::Tanh,
};

/// One network, before the first update and after every epoch.
pub struct Run {
    /// Of all samples.
    pub losses: Vec<f64>,
    /// The largest difference between the same weight of two units.
    pub gaps: Vec<f64>,
    /// The most units of which no two were equal in every bit.
    pub distinct: usize,
    /// How far its output is from that of its first unit alone, with the sum
    /// of all weights out of the layer.
    pub folded: f64,
}

/// Trains one network.
pub fn trained(
    params: &Params,
    start: Start,
    seed: u64,
) -> Result<Run, Stopped> {
    let data = data::moons(256, 0.1, &mut Rng::new(seed, Stream::Data));
    let mut network = drawn(params, start, seed);
    let training = Training {
        loss: Loss::BceLogits,
        optimizer: Optimizer::sgd(params.lr),
        batch: Batch::Size(BATCH),
        epochs: params.epochs,
        shuffle: Shuffle::EachEpoch,
    };
    let (mut gaps, mut distinct) = (Vec::new(), 0);
    let history = training
        .run_watched(
            &mut network,
            &data,
            &mut Rng::new(seed, Stream::Order),
            |now| {
                let units = units(now.network);
                gaps.push(gap(&units));
                distinct = distinct.max(count_distinct(&units));
                ControlFlow::Continue(())
            },
        )
        .map_err(|why| Stopped(format!("seed {seed}: {why}")))?;
    let folded = folded(&network, &data);
    Ok(Run { losses: history.epochs, gaps, distinct, folded })
}

/// A fresh network. Of a seed, the first unit is the same for all starts.
fn drawn(params: &Params, start: Start, seed: u64) -> Network {
    let (f, init) = (start.activation, Init::XavierNormal);
    let mut rng = Rng::new(seed, Stream::Weights);
    let mut full = Network::dense(&[2, params.width, 1], f, init, &mut rng);
    let [hidden, output] = two(&mut full);
    if start.equal {
        let first = hidden.w.row(0).to_owned();
        hidden.w.rows_mut().into_iter().for_each(|mut w| w.assign(&first));
        if !start.own_outputs {
            let first = output.w[(0, 0)];
            output.w.fill(first);
        }
    }
    let nudged = hidden.w.iter_mut().chain(&mut output.w);
    nudged.for_each(|w| *w += start.nudge * rng.normal());
    full
}

/// The hidden layer and the output layer.
fn two(network: &mut Network) -> [&mut Dense; 2] {
    let mut layers = network.dense_layers_mut();
    let mut next = || layers.next().expect("the network has two layers");
    [next(), next()]
}

/// All numbers of each unit: its weights, its bias, the weight out of it.
fn units(network: &Network) -> Vec<Vec<f64>> {
    let layers: Vec<_> = network.dense_layers().collect();
    let (hidden, output) = (layers[0], layers[1]);
    let rows = hidden.w.rows().into_iter().zip(&hidden.b);
    let units = rows.zip(output.w.row(0)).map(|((w, b), v)| {
        let all = w.iter().chain([b, v]);
        all.copied().collect()
    });
    units.collect()
}

/// The largest difference between the same number of two units.
fn gap(units: &[Vec<f64>]) -> f64 {
    let numbers = units.first().map_or(0, Vec::len);
    most((0..numbers).map(|k| {
        let same = || units.iter().map(|unit| unit[k]);
        most(same()) - least(same())
    }))
}

/// How many units there are if those that are equal in every bit count once.
fn count_distinct(units: &[Vec<f64>]) -> usize {
    let bits = |unit: &[f64]| -> Vec<u64> {
        unit.iter().map(|number| number.to_bits()).collect()
    };
    let is_new = |i: &usize| {
        units[..*i].iter().all(|unit| bits(unit) != bits(&units[*i]))
    };
    (0..units.len()).filter(is_new).count()
}

/// How far the network is, on the data, from its first unit with all of the
/// weight that leads out of the layer.
fn folded(network: &Network, data: &Dataset) -> f64 {
    let mut one = network.clone();
    let [_, output] = two(&mut one);
    let sum = output.w.iter().fold(0.0, |sum, v| sum + v);
    output.w.fill(0.0);
    output.w[(0, 0)] = sum;
    let gaps = network.output(&data.x) - one.output(&data.x);
    most(gaps.iter().map(|gap| gap.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bit_is_a_difference() {
        let next = f64::from_bits(1.0_f64.to_bits() + 1);
        let units = [vec![1.0, 2.0], vec![1.0, 2.0], vec![next, 2.0]];
        assert_eq!(count_distinct(&units), 2);
        assert_eq!(gap(&units), next - 1.0);
        assert_eq!((count_distinct(&units[..2]), gap(&units[..2])), (1, 0.0));
    }

    /// Of a seed, the equal units are the first of the random ones.
    #[test]
    fn equal_units_begin_as_the_first_of_the_random_ones() {
        let params = Params::default();
        let equal = units(&drawn(&params, EQUAL, 3));
        let random = Start { equal: false, ..EQUAL };
        let random = units(&drawn(&params, random, 3));
        assert_eq!((count_distinct(&equal), count_distinct(&random)), (1, 6));
        assert_eq!(equal[0], random[0]);
    }
}
