//! Into how many linear pieces does a *random* ReLU network cut a line? About
//! as many as it has units, however they are layered.
//!
//! He initialisation, biases N(0, 0.3²), a line of length 10 through the
//! origin in a random direction of the plane of inputs. Pieces are counted
//! exactly, from one switching unit to the next, and compared with the tent
//! map's 2^L. That typical networks have few regions was shown by B. Hanin and
//! D. Rolnick (*Complexity of linear regions in deep networks*, 2019,
//! arXiv:1901.09021).
//!
//! See the chapter `what-depth-buys`.

use ndarray::{Array1, array};
use slope::{
    Activation, Init, Network,
    rng::{Rng, Stream},
    transcendental::{cos, sin},
};

use chart::{Axis, Chart, Column, DotPlot, Table};
use exact::statistics::{least, mean, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    parallel, params,
    sabotage::Sabotage,
};

const WIDTHS: [usize; 2] = [8, 16];
const DEPTHS: [usize; 4] = [1, 2, 4, 8];

params! {
    /// What the counts depend on.
    pub struct Params {
        /// Seed of the first network of each kind; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// Networks of each kind.
        seeds: usize = 50, in 1..=200, "Seeds";
        /// How long the line is that each network cuts.
        length: f64 = 10.0, in 1.0..=100.0, "Length of the line";
        /// Standard deviation of the biases.
        bias: f64 = 0.3, in 0.01..=3.0, "Spread of the biases";
    }
}

/// The experiment.
pub struct Pieces;

/// One shape of network, and the pieces that each of its kind makes.
pub struct Kind {
    width: usize,
    depth: usize,
    pieces: Vec<usize>,
}

/// What was counted.
pub struct Outcome {
    params: Params,
    kinds: Vec<Kind>,
}

impl Experiment for Pieces {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "pieces";
    const QUESTION: &'static str =
        "How many linear pieces does a random deep network have?";
    const CHAPTER: &'static str = "what-depth-buys";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        counted(params, progress, random_network)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let average = |width, depth| {
            outcome.kind(width, depth).map_or(f64::NAN, Kind::mean)
        };
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::fixed("mean-16-by-1", average(16, 1), 0),
            Fact::fixed("mean-16-by-8", average(16, 8), 0),
            Fact::count("units-16-by-8", 16 * 8),
            Fact::fixed("mean-8-by-8", average(8, 8), 0),
            Fact::count(
                "most-8-by-8",
                outcome.kind(8, 8).and_then(|k| k.pieces.iter().max().copied()),
            ),
            Fact::count("tent", tent_pieces(8)),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let growth = |width| {
            let mean = |depth| outcome.kind(width, depth).map(Kind::mean);
            mean(8).zip(mean(1)).map_or(f64::NAN, |(deep, flat)| deep / flat)
        };
        let largest = outcome.kinds.iter().flat_map(|kind| &kind.pieces);
        vec![
            Claim::below(
                "on average a random network has about as many pieces as \
                 units, or fewer",
                most(outcome.kinds.iter().map(|k| k.mean() / k.bound())),
                1.05,
            )
            .of_the_book(),
            Claim::below(
                "eight layers have less than eight times the pieces of one",
                most(WIDTHS.map(growth)),
                8.0,
            ),
            Claim::above(
                "but they have several times as many",
                least(WIDTHS.map(growth)),
                3.0,
            ),
            Claim::above(
                "the tent of eight layers, with 16 units, has more than any",
                tent_pieces(8) as f64 / most(largest.map(|p| *p as f64)),
                1.2,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let axis = Axis::log("pieces / (units + 1)");
        let mut plot = DotPlot::new(axis).dots("one dot for each network");
        for width in WIDTHS {
            plot = plot.group(format!("random, {width} units a layer"));
            for kind in outcome.kinds.iter().filter(|k| k.width == width) {
                let count =
                    median(kind.pieces.iter().map(|pieces| *pieces as f64));
                plot = plot
                    .row(kind.label(), kind.shares())
                    .showing(format!("{count:.0} pieces"));
            }
        }
        plot = plot.group("tent map, 2 units a layer");
        for depth in DEPTHS {
            let share = tent_pieces(depth) as f64 / (2 * depth + 1) as f64;
            plot = plot
                .row(layers(depth, 2 * depth), vec![share])
                .showing(format!("{} pieces", tent_pieces(depth)));
        }
        let plot = plot.threshold(1.0, "as many pieces as units, and one");
        Chart::new("Linear pieces of random and of folded networks")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(plot)
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        vec![sabotage("folds in the place of random weights", folded_network)]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let with = |name, hypothesis, claim, network: Draw| {
            sabotage(hypothesis, network).counters(name, claim)
        };
        vec![
            with(
                "folds",
                "the weights are random",
                "on average a random network has about as many pieces",
                folded_network,
            ),
            with(
                "biases",
                "the biases are random",
                "but they have several times as many",
                |shape, _, seed| random_network(shape, 0.0, seed),
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("length", 8.0, 20.0),
            Span::between("bias", 0.2, 0.5),
        ]
    }
}

fn sabotage(what: &'static str, network: Draw) -> Sabotage<Pieces> {
    let few = Params { seeds: 20, ..Params::default() };
    Sabotage::new(what, few, move |params, progress| {
        counted(params, progress, network)
    })
}

/// The network of (width, depth), spread of the biases and seed.
type Draw = fn((usize, usize), f64, u64) -> Network;

/// Counts the pieces of what `network` draws.
fn counted(
    params: &Params,
    progress: &Progress,
    network: Draw,
) -> Result<Outcome, Stopped> {
    let shapes: Vec<(usize, usize)> = WIDTHS
        .into_iter()
        .flat_map(|width| DEPTHS.map(|depth| (width, depth)))
        .collect();
    progress.expect(shapes.len());
    let kinds = parallel::all(shapes, |(width, depth)| {
        let pieces = (params.seed..)
            .take(params.seeds)
            .map(|seed| {
                let net = network((width, depth), params.bias, seed);
                pieces(&net, params.length, seed)
            })
            .collect::<Result<_, _>>()?;
        progress.advance(1);
        Ok(Kind { width, depth, pieces })
    })?;
    Ok(Outcome { params: params.clone(), kinds })
}

fn random_network(
    (width, depth): (usize, usize),
    bias: f64,
    seed: u64,
) -> Network {
    let mut sizes = vec![width; depth + 2];
    sizes[0] = 2;
    sizes[depth + 1] = 1;
    let mut rng = Rng::new(seed, Stream::Weights);
    let (relu, init) = (Activation::Relu, Init::HeNormal);
    let mut network = Network::dense(&sizes, relu, init, &mut rng);
    network.randomise_biases(bias, &mut rng);
    network
}

/// |x| of one direction, folded again and again: 2·| … | − 1. Two units a
/// layer, whatever the width.
fn folded_network((_, depth): (usize, usize), _: f64, seed: u64) -> Network {
    let mut network = random_network((2, depth), 0.0, seed);
    for (l, dense) in network.dense_layers_mut().take(depth).enumerate() {
        (dense.w, dense.b) = match l {
            0 => (array![[0.7, 0.3], [-0.7, -0.3]], array![0.0, 0.0]),
            _ => (array![[2.0, 2.0], [-2.0, -2.0]], array![-1.0, 1.0]),
        };
    }
    network
}

/// The pieces along a line through the origin in a random direction.
fn pieces(network: &Network, length: f64, seed: u64) -> Result<usize, Stopped> {
    let mut rng = Rng::new(seed, Stream::Data);
    let angle = rng.uniform_in(0.0, std::f64::consts::TAU);
    let end: Array1<f64> = array![cos(angle), sin(angle)] * (length / 2.0);
    let kinks = probe::kinks_along(network, &-&end, &end);
    let kinks = kinks.ok_or(Stopped("the network is smooth".into()))?;
    Ok(kinks.len() + 1)
}

/// 2^L, see the experiment `tent`.
fn tent_pieces(depth: usize) -> usize {
    1 << depth
}

fn layers(depth: usize, units: usize) -> String {
    let s = if depth == 1 { "" } else { "s" };
    format!("{depth} layer{s}, {units} units")
}

impl Kind {
    /// Units, and one.
    fn bound(&self) -> f64 {
        (self.width * self.depth + 1) as f64
    }

    fn mean(&self) -> f64 {
        mean(self.pieces.iter().map(|pieces| *pieces as f64))
    }

    fn shares(&self) -> Vec<f64> {
        let bound = self.bound();
        self.pieces.iter().map(|pieces| *pieces as f64 / bound).collect()
    }

    fn label(&self) -> String {
        layers(self.depth, self.width * self.depth)
    }
}

impl Outcome {
    fn kind(&self, width: usize, depth: usize) -> Option<&Kind> {
        let mut kinds = self.kinds.iter();
        kinds.find(|kind| kind.width == width && kind.depth == depth)
    }

    fn finding(&self) -> String {
        let deep = self.kind(16, 8).map_or(f64::NAN, Kind::mean);
        if Pieces::bears_out(self) {
            format!(
                "Random networks have about as many pieces as units, not 2 to \
                 the number of layers: 128 units in eight layers cut the line \
                 into {deep:.0} pieces on average. The tent map, made for the \
                 purpose, has 256 from 16 units.",
            )
        } else {
            format!(
                "Random networks of 128 units in eight layers cut the line \
                 into {deep:.0} pieces on average, the tent map of eight \
                 layers into 256.",
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Eight rows of {} dots each, the pieces of a random network over \
             its units and one, on a logarithmic axis, and four rows of a \
             single dot for the tent map. A line at 1 is where pieces equal \
             units and one.",
            self.params.seeds
        );
        for kind in &self.kinds {
            text += &format!(
                " Width {}, layers: {}: {} to {} pieces, mean {:.1}, units \
                 and one: {}.",
                kind.width,
                kind.depth,
                kind.pieces.iter().min().unwrap_or(&0),
                kind.pieces.iter().max().unwrap_or(&0),
                kind.mean(),
                kind.bound(),
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("units a layer"),
            Column::new("layers"),
            Column::new("units"),
            Column::new("seed"),
            Column::new("pieces"),
        ]);
        for kind in &self.kinds {
            for (i, pieces) in kind.pieces.iter().enumerate() {
                table.row([
                    kind.width.into(),
                    kind.depth.into(),
                    (kind.width * kind.depth).into(),
                    (self.params.seed as usize + i).into(),
                    (*pieces).into(),
                ]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params() -> Params {
        Params { seeds: 20, ..Params::default() }
    }

    /// A layer of n units cannot cut a line more than n times.
    #[test]
    fn one_layer_has_at_most_units_and_one_pieces() {
        let outcome = Pieces::run(&params(), &Progress::silent()).unwrap();
        for kind in outcome.kinds.iter().filter(|kind| kind.depth == 1) {
            assert!(kind.pieces.iter().all(|p| *p <= kind.width + 1));
        }
    }

    /// The count is what a fine grid sees, from below.
    #[test]
    fn a_grid_finds_no_more_pieces_than_are_counted() {
        for seed in 0..5 {
            let network = random_network((8, 2), 0.3, seed);
            let exact = pieces(&network, 10.0, seed).unwrap();
            let angle = Rng::new(seed, Stream::Data)
                .uniform_in(0.0, std::f64::consts::TAU);
            let mut seen = 1;
            let mut before = None;
            for i in 0..=20_000 {
                let t = 10.0 * (f64::from(i) / 20_000.0 - 0.5);
                let x = array![[t * cos(angle), t * sin(angle)]];
                let trace = network.forward(&x);
                let now = trace.slope.clone();
                seen += usize::from(before.is_some_and(|b| b != now));
                before = Some(now);
            }
            assert!(seen <= exact && exact <= seen + 2, "{seen} {exact}");
        }
    }
}
