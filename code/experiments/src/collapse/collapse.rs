//! Networks of slope 1 against the one layer that they are, and networks that
//! bend against the best layer that they are not.
//!
//! See the chapter `collapse`.

use ndarray::Array2;
use probe::linear_floor;
use slope::{
    Activation, Init, Loss, Network,
    data::Dataset,
    decimal::Decimal,
    rng::{Rng, Stream},
};

use chart::{Axis, Cell, Chart, Column, DotPlot, Table};
use exact::statistics::{least, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    live::BySeed,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// The largest relative difference that rounding may account for.
const ROUNDING: f64 = 1e-13;

/// Hidden layers of the network at the top of the chapter, and of the bent
/// networks beside it.
const DEPTH: usize = 4;

/// Hidden layers of the identity networks.
const DEPTHS: [usize; 4] = [1, DEPTH, 16, 64];

/// The activations that bend, with the initialisation made for each.
const BENDS: [(&str, Activation, Init); 3] = [
    ("ReLU", Activation::Relu, Init::HeUniform),
    ("tanh", Activation::Tanh, Init::XavierUniform),
    ("Swish", Activation::Silu { beta: 1.0 }, Init::XavierUniform),
];

params! {
    /// What the comparison depends on.
    pub struct Params {
        /// Seed of the first network of each kind; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// Networks of each kind.
        seeds: usize = 20, in 1..=100, "Networks of each kind";
        /// Units of each hidden layer, and inputs.
        width: usize = 64, in 1..=128, "Units of a layer";
        /// Random inputs on which a network and its layer are compared.
        inputs: usize = 256, in 2..=4096, "Inputs compared";
    }
}

/// The experiment.
pub struct Collapse;

/// The units of each layer, the inputs first, from the number of hidden layers
/// and the width.
type Sizes = fn(usize, usize) -> Vec<usize>;

/// One kind of network and how far each is from one layer.
pub struct Kind {
    name: &'static str,
    activation: Activation,
    init: Init,
    hidden: usize,
    sizes: Sizes,
    /// The largest difference relative to the largest output, by seed.
    gaps: Vec<f64>,
}

/// What the comparison found.
pub struct Outcome {
    params: Params,
    identity: Vec<Kind>,
    bent: Vec<Kind>,
    parameters_deep: usize,
    parameters_collapsed: usize,
}

impl Experiment for Collapse {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "collapse";
    const QUESTION: &'static str =
        "How far is a deep network from the one layer nearest to it?";
    const CHAPTER: &'static str = "collapse";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        compared(Activation::Identity, sizes, params, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let [_, four, _, deepest] = &outcome.identity[..] else {
            return Vec::new();
        };
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("inputs", outcome.params.inputs),
            Fact::count("parameters-deep", outcome.parameters_deep),
            Fact::count("parameters-collapsed", outcome.parameters_collapsed),
            Fact::scientific(
                "gap-four-median",
                median(four.gaps.iter().copied()),
                1,
            ),
            Fact::scientific(
                "gap-four-max",
                most(four.gaps.iter().copied()),
                2,
            )
            .most(),
            Fact::count("deepest", deepest.hidden),
            Fact::scientific(
                "gap-deepest-median",
                median(deepest.gaps.iter().copied()),
                1,
            ),
            Fact::percent("gap-bent-min", outcome.smallest_bent(), 0).least(),
            Fact::count("powers-apart", outcome.powers_apart()),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let width = outcome.params.width;
        vec![
            Claim::equal(
                "the deep network has a matrix and a bias for every layer",
                outcome.parameters_deep,
                DEPTH * (width * width + width) + OUTPUTS * width + OUTPUTS,
            ),
            Claim::equal(
                "its fold has one matrix and one bias",
                outcome.parameters_collapsed,
                OUTPUTS * width + OUTPUTS,
            ),
            Claim::below(
                "every identity network is its fold, up to rounding",
                outcome.largest_identity(),
                ROUNDING,
            ),
            Claim::above(
                "but to rounding it is not: sums in another order differ",
                outcome.largest_identity(),
                0.0,
            ),
            Claim::above(
                "no bent network comes near an affine map",
                outcome.smallest_bent(),
                0.1,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let layers = |hidden: usize| match hidden {
            1 => "1 hidden layer".to_string(),
            n => format!("{n} hidden layers"),
        };
        let axis = Axis::log(
            "largest difference from one layer, relative to largest output",
        );
        // A very small network can be equal to its layer in every bit.
        let exact = outcome.gaps().any(|gap| gap == 0.0);
        let axis = if exact { axis.with_zero() } else { axis };
        let mut plot = DotPlot::new(axis)
            .dots("one dot for each network")
            .group("identity: f′ = 1");
        for kind in &outcome.identity {
            plot = plot.row(layers(kind.hidden), kind.gaps.clone());
        }
        plot = plot.group(format!("bent, {}", layers(DEPTH)));
        for kind in &outcome.bent {
            plot = plot.row(kind.name, kind.gaps.clone());
        }
        plot = plot.threshold(ROUNDING, "the book's test: rounding ends here");
        Chart::new("Distance of deep networks from one affine layer")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(plot)
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, straight, sizes: Sizes| {
            let few =
                Params { seeds: 2, width: 8, inputs: 32, ..Params::default() };
            Sabotage::<Self>::new(what, few, move |params, progress| {
                compared(straight, sizes, params, progress)
            })
        };
        let identity = Activation::Identity;
        vec![
            with("no hidden layers", identity, |_, width| sizes(0, width)),
            with("no layer for the outputs", identity, |hidden, width| {
                vec![width; hidden + 1]
            }),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let few =
            Params { seeds: 2, width: 8, inputs: 32, ..Params::default() };
        vec![
            Sabotage::<Self>::new(
                "every slope is 1",
                few,
                |params, progress| {
                    let nearly = Activation::LeakyRelu { slope: 0.99 };
                    compared(nearly, sizes, params, progress)
                },
            )
            .counters(
                "leaky",
                "every identity network is its fold, up to rounding",
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("width", 16.0, 96.0),
            Span::between("inputs", 128.0, 512.0),
        ]
    }
}

impl BySeed for Collapse {
    const STEP: &'static str = "network";

    fn seeds(params: &mut Params) -> (&mut u64, &mut usize) {
        (&mut params.seed, &mut params.seeds)
    }

    fn params(outcome: &mut Outcome) -> &mut Params {
        &mut outcome.params
    }

    fn start(params: &Params) -> Result<Outcome, Stopped> {
        started(Activation::Identity, sizes, params)
    }

    fn steps(_: &Params) -> usize {
        DEPTHS.len() + BENDS.len()
    }

    /// Multiplications: of the forward pass and the fold or, where it bends,
    /// the fit, which takes as long as six layers. To draw an input takes as
    /// long as 175.
    fn work(params: &Params, step: usize) -> f64 {
        let (n, width) = (params.inputs as f64, params.width as f64);
        let through = match DEPTHS.get(step) {
            Some(hidden) => (n + width) * *hidden as f64,
            None => n * (DEPTH as f64 + 6.0),
        };
        width * (width * through + 175.0 * n)
    }

    fn step(
        outcome: &mut Outcome,
        seed: u64,
        step: usize,
    ) -> Result<(), Stopped> {
        let Outcome { params, identity, bent, .. } = outcome;
        if let Some(kind) = identity.iter_mut().chain(bent).nth(step) {
            kind.gaps.push(kind.gap(seed, params)?);
        }
        Ok(())
    }
}

/// Outputs of every network here.
const OUTPUTS: usize = 10;

fn sizes(hidden: usize, width: usize) -> Vec<usize> {
    let mut sizes = vec![width; hidden + 1];
    sizes.push(OUTPUTS);
    sizes
}

/// All comparisons, with the networks of the first rows all `straight`.
fn compared(
    straight: Activation,
    sizes: Sizes,
    params: &Params,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    let mut outcome = started(straight, sizes, params)?;
    progress.expect(Collapse::steps(params) * params.seeds);
    for kind in outcome.identity.iter_mut().chain(&mut outcome.bent) {
        let seeds = seeds(params.seed, params.seeds);
        kind.gaps = parallel::all(seeds, |seed| {
            let gap = kind.gap(seed, params);
            progress.advance(1);
            gap
        })?;
    }
    Ok(outcome)
}

/// All kinds, and no network of any yet.
fn started(
    straight: Activation,
    sizes: Sizes,
    params: &Params,
) -> Result<Outcome, Stopped> {
    let kind = |name, activation, init, hidden| Kind {
        name,
        activation,
        init,
        hidden,
        sizes,
        gaps: Vec::new(),
    };
    let identity = |f, hidden| kind("identity", f, Init::XavierUniform, hidden);
    let deep = identity(Activation::Identity, DEPTH).drawn(params.seed, params);
    let collapsed = deep.collapse().map_err(|b| Stopped(b.to_string()))?;
    Ok(Outcome {
        params: params.clone(),
        identity: DEPTHS.map(|hidden| identity(straight, hidden)).into(),
        bent: BENDS.map(|(name, f, init)| kind(name, f, init, DEPTH)).into(),
        parameters_deep: deep.parameter_count(),
        parameters_collapsed: collapsed.parameter_count(),
    })
}

impl Kind {
    /// A network of this kind, with random weights and biases.
    fn drawn(&self, seed: u64, params: &Params) -> Network {
        let sizes = (self.sizes)(self.hidden, params.width);
        let mut rng = Rng::new(seed, Stream::Weights);
        let (f, init) = (self.activation, self.init);
        let mut network = Network::dense(&sizes, f, init, &mut rng);
        network.randomise_biases(0.1, &mut rng);
        network
    }

    fn gap(&self, seed: u64, params: &Params) -> Result<f64, Stopped> {
        gap(&self.drawn(seed, params), params.inputs, seed)
    }
}

/// max |network − layer| / max |network| over random inputs, where the layer
/// is the fold of the network or, if it bends, the affine map that fits its
/// outputs on these inputs best.
fn gap(network: &Network, inputs: usize, seed: u64) -> Result<f64, Stopped> {
    let mut rng = Rng::new(seed, Stream::Data);
    let shape = (inputs, network.inputs());
    let x = Array2::from_shape_simple_fn(shape, || rng.normal());
    let output = outputs(network, &x);
    let layer = match network.collapse() {
        Ok(fold) => fold,
        Err(_) => {
            let data = Dataset::new(x.clone(), output.clone())
                .map_err(|why| Stopped(why.to_string()))?;
            linear_floor(Loss::Mse, &data)
                .map_err(|why| Stopped(why.to_string()))?
                .map
        }
    };
    let largest =
        |values: &Array2<f64>| most(values.iter().map(|value| value.abs()));
    Ok(largest(&(&output - &layer.output(&x))) / largest(&output))
}

/// Inputs of one forward pass. Its trace then takes little memory: that of all
/// 4096 inputs through 64 layers would take a gigabyte.
const BATCH: usize = 256;

/// The outputs of a network, a batch at a time.
fn outputs(network: &Network, x: &Array2<f64>) -> Array2<f64> {
    let shape = (x.nrows(), network.outputs());
    let mut outputs = Vec::with_capacity(shape.0 * shape.1);
    for x in x.axis_chunks_iter(ndarray::Axis(0), BATCH) {
        outputs.extend(network.output(&x.to_owned()));
    }
    Array2::from_shape_vec(shape, outputs).expect("a row for each input")
}

impl Outcome {
    fn gaps(&self) -> impl Iterator<Item = f64> {
        let kinds = self.identity.iter().chain(&self.bent);
        kinds.flat_map(|kind| kind.gaps.iter().copied())
    }

    fn largest_identity(&self) -> f64 {
        most(self.identity.iter().flat_map(|kind| kind.gaps.iter().copied()))
    }

    fn smallest_bent(&self) -> f64 {
        least(self.bent.iter().flat_map(|kind| kind.gaps.iter().copied()))
    }

    /// How many whole powers of ten lie between the worst fold of an identity
    /// network and the best stand-in for a bent one.
    fn powers_apart(&self) -> usize {
        let (mut reach, mut powers) = (self.largest_identity() * 10.0, 0);
        while reach > 0.0 && reach <= self.smallest_bent() {
            (reach, powers) = (reach * 10.0, powers + 1);
        }
        powers
    }

    fn finding(&self) -> String {
        let nearest = Decimal(100.0 * self.smallest_bent());
        if Collapse::bears_out(self) {
            format!(
                "Every identity network equals its one layer up to rounding: \
                 all {} dots lie below 10⁻¹³. Of {} bent networks none comes \
                 nearer than {nearest:.0}\u{a0}% to the affine map fitted to \
                 it.",
                self.identity.iter().map(|k| k.gaps.len()).sum::<usize>(),
                self.bent.iter().map(|k| k.gaps.len()).sum::<usize>(),
            )
        } else {
            format!(
                "Identity networks differ from their one layer by at most \
                 {:.0e} of their largest output, bent networks from the affine \
                 map fitted to them by at least {nearest:.0}\u{a0}%.",
                Decimal(self.largest_identity()),
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Seven rows of {} dots on a logarithmic axis from 10⁻¹⁶ to 1. A \
             line at 10⁻¹³ parts them.",
            self.params.seeds
        );
        for kind in self.identity.iter().chain(&self.bent) {
            text += &format!(
                " {}, hidden layers: {}: from {:.1e} to {:.1e}, median {:.1e}.",
                kind.name,
                kind.hidden,
                Decimal(least(kind.gaps.iter().copied())),
                Decimal(most(kind.gaps.iter().copied())),
                Decimal(median(kind.gaps.iter().copied())),
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("activation"),
            Column::new("hidden layers"),
            Column::new("seed"),
            Column::new("largest relative difference").digits(2),
        ]);
        for kind in self.identity.iter().chain(&self.bent) {
            for (i, gap) in kind.gaps.iter().enumerate() {
                table.row([
                    Cell::Text(kind.name.into()),
                    Cell::Number(kind.hidden as f64),
                    Cell::Number((self.params.seed + i as u64) as f64),
                    Cell::Number(*gap),
                ]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_at_a_time_the_outputs_are_the_same() {
        let params = Params { width: 5, ..Params::default() };
        let all = started(Activation::Tanh, sizes, &params).unwrap();
        let network = all.identity[1].drawn(3, &params);
        let mut rng = Rng::new(3, Stream::Data);
        let x =
            Array2::from_shape_simple_fn((2 * BATCH + 7, 5), || rng.normal());
        assert_eq!(outputs(&network, &x), network.output(&x));
    }
}
