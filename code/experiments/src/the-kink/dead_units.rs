//! How many ReLU units never switch on, by learning rate and by the bias they
//! start from, and whether leaky ReLU helps.
//!
//! Networks [2, 32, 32, 1] from He's initialisation (K. He and others, 2015,
//! arXiv:1502.01852) on standardised half-moons, trained by stochastic
//! gradient descent. A unit is dead if its slope is 0 on every training
//! sample. A run whose loss stops being finite is data, too: it counts as one
//! that learned nothing, and its units as they were before that epoch.
//!
//! See the chapter `the-kink`.

use std::ops::ControlFlow;

use probe::dead_units;
use slope::{
    Activation, Batch, Init, Loss, Network, Optimizer, Shuffle, Training,
    TrainingError,
    data::{self, Dataset},
    rng::{Rng, Stream},
};

use crate::label::given;
use chart::{Axis, Cell, Chart, Column, Lines, Panel, Table};
use exact::statistics::{deviation, least, mean, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// The learning rates, from those in daily use to far too large.
const LRS: [f64; 6] = [0.03, 0.1, 0.3, 1.0, 3.0, 10.0];

/// The first biases of the first layer; standardised inputs lie within ±2.
const BIASES: [f64; 4] = [-1.0, -2.0, -3.0, -5.0];

const SIZES: [usize; 4] = [2, 32, 32, 1];

const UNITS: f64 = 32.0;

/// The part of the training samples that a network has to classify correctly to
/// count as trained.
const TRAINED: f64 = 0.95;

params! {
    /// What the networks depend on.
    pub struct Params {
        /// Seed of the first network; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many seeds, each with its own data and first weights.
        seeds: usize = 5, in 1..=20, "Seeds";
        /// The learning rate of the networks with a negative first bias.
        lr: f64 = 0.3, in 1e-3..=10.0, "Learning rate with bias";
        /// The slope of leaky ReLU on the left.
        leak: f64 = 0.01, in 0.0..=1.0, "Slope of leaky ReLU";
        /// How long each network is trained.
        epochs: usize = 60, in 1..=100, "Training", "epochs";
        /// Samples of the two half-moons together.
        samples: usize = 400, in 20..=400, "Samples";
        /// Standard deviation of the noise on each coordinate.
        noise: f64 = 0.1, in 0.0..=1.0, "Noise";
    }
}

/// What a run is made of.
#[derive(Clone, Copy)]
struct Setup {
    relu: Activation,
    init: Init,
    /// How many times its learning rate each network is trained with.
    faster: f64,
}

const BOOK: Setup =
    Setup { relu: Activation::Relu, init: Init::HeNormal, faster: 1.0 };

/// The experiment.
pub struct DeadUnits;

/// How one network is set up.
#[derive(Clone, Copy)]
pub struct Recipe {
    activation: Activation,
    lr: f64,
    /// The first bias of the first layer.
    bias: f64,
}

/// One network after training.
pub struct Fit {
    /// Parts of the first and of the second layer that were dead at first.
    dead_before: [f64; 2],
    /// And at the end.
    dead: [f64; 2],
    /// The part of (unit, sample) in the first layer whose slope was 1.
    open_before: f64,
    /// The part of the training samples classified correctly; of a network that
    /// diverged, what one answer for all would have got.
    accuracy: f64,
    diverged: bool,
    losses: Vec<f64>,
}

/// The same recipe with several seeds.
pub struct Row {
    recipe: Recipe,
    fits: Vec<Fit>,
}

/// What became of the units.
pub struct Outcome {
    params: Params,
    /// ReLU by learning rate.
    by_lr: [Row; LRS.len()],
    /// Leaky ReLU by learning rate.
    leaky_by_lr: [Row; LRS.len()],
    /// ReLU by first bias.
    by_bias: [Row; BIASES.len()],
    /// Leaky ReLU by first bias.
    leaky_by_bias: [Row; BIASES.len()],
}

impl Experiment for DeadUnits {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "dead-units";
    const QUESTION: &'static str = "When do ReLU units die, and does it hurt?";
    const CHAPTER: &'static str = "the-kink";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        outcome(params, progress, BOOK)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let [_, _, ordinary, _, large, largest] = &outcome.by_lr;
        let [.., leaky_large, leaky_largest] = &outcome.leaky_by_lr;
        let [_, half, _, far] = &outcome.by_bias;
        let [.., leaky_far] = &outcome.leaky_by_bias;
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::percent("open-start", mean(ordinary.opens()), 1),
            Fact::percent("second-start", mean(ordinary.dead_before(1)), 0),
            Fact::percent("second-ordinary", mean(ordinary.dead(1)), 0),
            Fact::percent("first-large", mean(large.dead(0)), 0),
            Fact::percent("second-large", mean(large.dead(1)), 0),
            Fact::percent("second-largest", mean(largest.dead(1)), 0),
            Fact::count("trained-large", large.trained()),
            Fact::count("diverged-leaky-large", leaky_large.diverged()),
            Fact::count("diverged-leaky-largest", leaky_largest.diverged()),
            Fact::percent("first-half", mean(half.dead(0)), 0),
            Fact::percent("accuracy-half", least(half.accuracies()), 1).least(),
            Fact::percent("first-far", mean(far.dead(0)), 0),
            Fact::percent("accuracy-far", mean(far.accuracies()), 0),
            Fact::percent("leaky-far", mean(leaky_far.accuracies()), 0),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let [_, _, ordinary, _, large, largest] = &outcome.by_lr;
        let [_, _, leaky_ordinary, .., leaky_largest] = &outcome.leaky_by_lr;
        let [_, half, _, far] = &outcome.by_bias;
        let [.., leaky_far] = &outcome.leaky_by_bias;
        let both = ordinary.accuracies().chain(leaky_ordinary.accuracies());
        vec![
            Claim::below(
                "at the start half of the first layer's slopes are 1",
                most(ordinary.opens().map(|share| (share - 0.5).abs())),
                0.02,
            ),
            Claim::equal(
                "at the start no unit of the first layer is dead",
                ordinary.dead_before(0).filter(|dead| *dead > 0.0).count(),
                0,
            ),
            Claim::equal(
                "an ordinary learning rate kills none of them, nor a lower one",
                (outcome.by_lr[..3].iter())
                    .flat_map(|row| row.dead(0))
                    .filter(|dead| *dead > 0.0)
                    .count(),
                0,
            ),
            Claim::below(
                "nor more than a few of the second layer",
                mean(ordinary.dead(1)) - mean(ordinary.dead_before(1)),
                0.1,
            ),
            Claim::above(
                "and every network learns, ReLU or leaky",
                least(both),
                0.97,
            ),
            Claim::above(
                "a learning rate ten times as large kills a part of the first",
                mean(large.dead(0)),
                0.15,
            ),
            Claim::above(
                "and of the second layer about half or more",
                mean(large.dead(1)),
                0.4,
            ),
            Claim::equal(
                "at the largest rate no ReLU network learns",
                largest.trained(),
                0,
            ),
            Claim::equal(
                "and leaky ReLU is no remedy: not one of its networks does",
                leaky_largest.trained(),
                0,
            ),
            Claim::above(
                "with first bias −2 a third or more of the first layer is dead",
                mean(half.dead(0)),
                0.3,
            ),
            Claim::above(
                "and every such network learns all the same",
                least(half.accuracies()),
                0.97,
            ),
            Claim::above(
                "with first bias −5 nearly all of the first layer is dead",
                mean(far.dead(0)),
                0.9,
            ),
            Claim::above(
                "there leaky ReLU classifies more samples correctly",
                mean(leaky_far.accuracies()) - mean(far.accuracies()),
                0.1,
            )
            .of_the_book(),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let lr = outcome.params.lr;
        Chart::new("Dead ReLU units by learning rate and by first bias")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([
                Panel::new("dead ReLU units", outcome.dead_by_lr()),
                Panel::new("does it hurt?", outcome.right_by_lr()),
            ])
            .row([
                Panel::new(
                    format!("dead ReLU units, lr {lr}"),
                    outcome.dead_by_bias(),
                ),
                Panel::new("does it hurt?", outcome.right_by_bias()),
            ])
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let rows = outcome.by_lr.iter().chain(&outcome.leaky_by_lr);
        rows.map(|row| Series {
            name: format!(
                "loss/{}/lr-{}/seed-{}",
                row.recipe.activation, row.recipe.lr, outcome.params.seed
            ),
            points: (0..).zip(row.fits[0].losses.iter().copied()).collect(),
        })
        .collect()
    }

    fn domain() -> Vec<Span> {
        vec![Span::between("lr", 0.2, 0.4), Span::between("leak", 0.005, 0.02)]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let dropped = |name, hypothesis, claim, setup: Setup| {
            sabotage(hypothesis, setup).counters(name, claim)
        };
        vec![
            // Every z is then 0, where ReLU's slope is 0.
            dropped(
                "zero-weights",
                "the first weights are drawn, with both signs alike",
                "at the start half of the first layer's slopes are 1",
                Setup { init: Init::Zeros, ..BOOK },
            ),
            dropped(
                "ten-times",
                "the learning rate is 0.3",
                "and every such network learns all the same",
                Setup { faster: 10.0, ..BOOK },
            ),
        ]
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        vec![
            // Leaky ReLU has no slope of 0, so none of its units is ever dead.
            sabotage(
                "leaky ReLU in the place of ReLU",
                Setup { relu: Activation::LeakyRelu { slope: 0.01 }, ..BOOK },
            ),
            sabotage(
                "a tenth of the learning rates",
                Setup { faster: 0.1, ..BOOK },
            ),
        ]
    }
}

fn sabotage(what: &'static str, setup: Setup) -> Sabotage<DeadUnits> {
    Sabotage::new(
        what,
        Params { seeds: 2, samples: 200, ..Params::default() },
        move |params, progress| outcome(params, progress, setup),
    )
}

fn outcome(
    params: &Params,
    progress: &Progress,
    setup: Setup,
) -> Result<Outcome, Stopped> {
    let Setup { relu, init, faster } = setup;
    let leaky = Activation::LeakyRelu { slope: params.leak };
    progress.expect(2 * (LRS.len() + BIASES.len()) * params.seeds);
    let row = |recipe: Recipe| -> Result<Row, Stopped> {
        let seeds = seeds(params.seed, params.seeds);
        let fits = parallel::all(seeds, |seed| {
            let fit = trained(recipe, init, seed, params);
            progress.advance(1);
            fit
        })?;
        Ok(Row { recipe, fits })
    };
    let by_lr = |activation| {
        let lrs = LRS.map(|lr| faster * lr);
        rows(lrs.map(|lr| Recipe { activation, lr, bias: 0.0 }), row)
    };
    let by_bias = |activation| {
        let lr = faster * params.lr;
        rows(BIASES.map(|bias| Recipe { activation, lr, bias }), row)
    };
    Ok(Outcome {
        params: params.clone(),
        by_lr: by_lr(relu)?,
        leaky_by_lr: by_lr(leaky)?,
        by_bias: by_bias(relu)?,
        leaky_by_bias: by_bias(leaky)?,
    })
}

/// A row for each recipe, side by side.
fn rows<const N: usize>(
    recipes: [Recipe; N],
    row: impl Fn(Recipe) -> Result<Row, Stopped> + Sync + Send,
) -> Result<[Row; N], Stopped> {
    let rows = parallel::all(recipes, row)?;
    rows.try_into().map_err(|_| Stopped("a row is missing".into()))
}

/// Half-moons with mean 0 and standard deviation 1 in each coordinate.
fn standardised(params: &Params, seed: u64) -> Dataset {
    let mut rng = Rng::new(seed, Stream::Data);
    let mut data = data::moons(params.samples, params.noise, &mut rng);
    for mut column in data.x.columns_mut() {
        let values = column.to_vec();
        let middle = mean(values.iter().copied());
        let spread = deviation(&values);
        column.mapv_inplace(|x| (x - middle) / spread);
    }
    data
}

fn trained(
    recipe: Recipe,
    init: Init,
    seed: u64,
    params: &Params,
) -> Result<Fit, Stopped> {
    let data = standardised(params, seed);
    let mut rng = Rng::new(seed, Stream::Weights);
    let mut network = Network::dense(&SIZES, recipe.activation, init, &mut rng);
    if let Some(first) = network.dense_layers_mut().next() {
        first.b.fill(recipe.bias);
    }
    let dead_before = dead(&network, &data);
    let open = network.forward(&data.x).slope.swap_remove(0);
    let open_before = mean(open.iter().map(|s| f64::from(*s == 1.0)));
    let training = Training {
        loss: Loss::BceLogits,
        optimizer: Optimizer::sgd(recipe.lr),
        batch: Batch::Size(20),
        epochs: params.epochs,
        shuffle: Shuffle::EachEpoch,
    };
    let mut last = network.clone();
    let mut order = Rng::new(seed, Stream::Order);
    let run = training.run_watched(&mut network, &data, &mut order, |now| {
        last.clone_from(now.network);
        ControlFlow::Continue(())
    });
    let (losses, diverged) = match run {
        Ok(history) => (history.epochs, false),
        Err(TrainingError::Diverged { history, .. }) => (history.epochs, true),
        Err(why) => return Err(Stopped(why.to_string())),
    };
    let right = Loss::BceLogits.accuracy(&last.output(&data.x), &data.y);
    Ok(Fit {
        dead_before,
        dead: dead(&last, &data),
        open_before,
        accuracy: if diverged { 0.5 } else { right },
        diverged,
        losses,
    })
}

/// The parts of the two hidden layers that are dead.
fn dead(network: &Network, data: &Dataset) -> [f64; 2] {
    let counts = dead_units(network, &data.x);
    [0, 1].map(|layer| counts[layer] as f64 / UNITS)
}

const RATE: fn(&Recipe) -> f64 = |recipe| recipe.lr;

const BIAS: fn(&Recipe) -> f64 = |recipe| recipe.bias;

fn dead_axis() -> Axis {
    Axis::linear("part of the layer").including(0.0).including(1.0)
}

fn right_axis() -> Axis {
    let axis = Axis::linear("training samples classified correctly");
    axis.including(0.5).including(1.0)
}

/// One curve for each seed.
fn by_seed(
    rows: &[Row],
    x: fn(&Recipe) -> f64,
    y: impl Fn(&Fit) -> f64,
) -> Vec<Vec<(f64, f64)>> {
    let point = |row: &Row, seed: usize| (x(&row.recipe), y(&row.fits[seed]));
    (0..rows[0].fits.len())
        .map(|seed| rows.iter().map(|row| point(row, seed)).collect())
        .collect()
}

/// The first seed boldly, the others thinly.
fn with_seeds(plot: Lines, name: &str, curves: Vec<Vec<(f64, f64)>>) -> Lines {
    curves.into_iter().enumerate().fold(plot, |plot, (seed, curve)| {
        if seed == 0 {
            plot.main(name, curve)
        } else {
            plot.thin_of(name, curve)
        }
    })
}

impl Row {
    fn opens(&self) -> impl Iterator<Item = f64> {
        self.fits.iter().map(|fit| fit.open_before)
    }

    fn dead_before(&self, layer: usize) -> impl Iterator<Item = f64> {
        self.fits.iter().map(move |fit| fit.dead_before[layer])
    }

    fn dead(&self, layer: usize) -> impl Iterator<Item = f64> {
        self.fits.iter().map(move |fit| fit.dead[layer])
    }

    fn accuracies(&self) -> impl Iterator<Item = f64> {
        self.fits.iter().map(|fit| fit.accuracy)
    }

    fn trained(&self) -> usize {
        self.accuracies().filter(|accuracy| *accuracy >= TRAINED).count()
    }

    fn diverged(&self) -> usize {
        self.fits.iter().filter(|fit| fit.diverged).count()
    }
}

impl Outcome {
    fn dead_by_lr(&self) -> Lines {
        let rates = [0.0].into_iter().chain(LRS);
        let axis = Axis::log("learning rate; 0 is the start")
            .with_zero()
            .naming(rates);
        let layers = ["first layer", "second layer"];
        (0..).zip(layers).fold(
            Lines::new(axis, dead_axis()),
            |plot, (l, of)| {
                let start =
                    self.by_lr[0].dead_before(l).map(|dead| (0.0, dead));
                let mut curves = by_seed(&self.by_lr, RATE, |fit| fit.dead[l]);
                for (curve, start) in curves.iter_mut().zip(start) {
                    curve.insert(0, start);
                }
                with_seeds(plot, of, curves)
            },
        )
    }

    fn dead_by_bias(&self) -> Lines {
        let axis =
            Axis::linear("bias of the first layer at the start").naming(BIASES);
        let layers = ["first layer", "second layer"];
        (0..).zip(layers).fold(
            Lines::new(axis, dead_axis()),
            |plot, (l, of)| {
                let curves = by_seed(&self.by_bias, BIAS, |fit| fit.dead[l]);
                with_seeds(plot, of, curves)
            },
        )
    }

    fn right_by_lr(&self) -> Lines {
        let plot =
            Lines::new(Axis::log("learning rate").naming(LRS), right_axis());
        let relu = by_seed(&self.by_lr, RATE, |fit| fit.accuracy);
        let leaky = by_seed(&self.leaky_by_lr, RATE, |fit| fit.accuracy);
        with_seeds(with_seeds(plot, "ReLU", relu), "leaky", leaky)
    }

    fn right_by_bias(&self) -> Lines {
        let axis =
            Axis::linear("bias of the first layer at the start").naming(BIASES);
        let plot = Lines::new(axis, right_axis());
        let relu = by_seed(&self.by_bias, BIAS, |fit| fit.accuracy);
        let leaky = by_seed(&self.leaky_by_bias, BIAS, |fit| fit.accuracy);
        with_seeds(with_seeds(plot, "ReLU", relu), "leaky", leaky)
    }

    fn finding(&self) -> String {
        let percent = |value: f64| format!("{:.0}\u{a0}%", 100.0 * value);
        let [.., large, _] = &self.by_lr;
        let [.., leaky] = &self.leaky_by_lr;
        let [_, half, _, far] = &self.by_bias;
        let second = percent(mean(large.dead(1)));
        if DeadUnits::bears_out(self) {
            format!(
                "In these runs no unit of the first layer dies up to a \
                 learning rate of 0.3; at 3, {second} of the second layer do \
                 on average here. Leaky ReLU is no remedy: at 10, {} of its {} \
                 runs diverge (drawn at an accuracy of 0.5). With a first bias \
                 of −2, {} of the first layer is dead, which does no harm.",
                leaky.diverged(),
                leaky.fits.len(),
                percent(mean(half.dead(0))),
            )
        } else {
            format!(
                "At a learning rate of 3, on average {second} of the second \
                 layer is dead; at 10, {} of {} runs with leaky ReLU diverge \
                 (drawn at 0.5). With a first bias of −2, {} of the first \
                 layer is dead, with −5 {}.",
                leaky.diverged(),
                leaky.fits.len(),
                percent(mean(half.dead(0))),
                percent(mean(far.dead(0))),
            )
        }
    }

    fn description(&self) -> String {
        let percents = |values: Vec<f64>| {
            format!(
                "{:.0} to {:.0}",
                100.0 * least(values.iter().copied()),
                100.0 * most(values.iter().copied())
            )
        };
        let mut text = String::from(
            "Four panels, one line for each seed. Above, by learning rate: the \
             part of each hidden layer that is dead, and the part of the \
             training samples classified correctly, in percent.",
        );
        for (row, leaky) in self.by_lr.iter().zip(&self.leaky_by_lr) {
            text += &format!(
                " Rate {}: first layer {}, second {}; accuracy {}, leaky {}, \
                 of which {} diverged.",
                row.recipe.lr,
                percents(row.dead(0).collect()),
                percents(row.dead(1).collect()),
                percents(row.accuracies().collect()),
                percents(leaky.accuracies().collect()),
                leaky.diverged(),
            );
        }
        text += " Below, the same by first bias.";
        for (row, leaky) in self.by_bias.iter().zip(&self.leaky_by_bias) {
            text += &format!(
                " Bias {}: dead {}; accuracy {}, leaky {}.",
                given(row.recipe.bias),
                percents(row.dead(0).collect()),
                percents(row.accuracies().collect()),
                percents(leaky.accuracies().collect()),
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("activation"),
            Column::new("learning rate"),
            Column::new("first bias"),
            Column::new("seed"),
            Column::new("dead, first layer").digits(2),
            Column::new("dead, second layer").digits(2),
            Column::new("accuracy").digits(3),
            Column::new("diverged"),
        ]);
        let by_lr = self.by_lr.iter().chain(&self.leaky_by_lr);
        let by_bias = self.by_bias.iter().chain(&self.leaky_by_bias);
        for row in by_lr.chain(by_bias) {
            for (fit, seed) in row.fits.iter().zip(self.params.seed..) {
                table.row([
                    Cell::Text(row.recipe.activation.to_string()),
                    Cell::Number(row.recipe.lr),
                    Cell::Number(row.recipe.bias),
                    Cell::Number(seed as f64),
                    Cell::Number(fit.dead[0]),
                    Cell::Number(fit.dead[1]),
                    Cell::Number(fit.accuracy),
                    Cell::Text(if fit.diverged { "yes" } else { "no" }.into()),
                ]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn few() -> Params {
        Params { seeds: 2, epochs: 10, samples: 100, ..Params::default() }
    }

    /// The inputs have mean 0 and mean square 1.
    #[test]
    fn the_inputs_are_standardised() {
        for column in standardised(&few(), 3).x.columns() {
            let column = column.to_vec();
            assert!(mean(column.iter().copied()).abs() < 1e-14);
            assert!((deviation(&column) - 1.0).abs() < 1e-14);
        }
    }

    /// z = w·x + b < 0 for every x if −b is more than |w| times the largest
    /// |x|: such a bias kills the whole layer, and the next sees nothing.
    #[test]
    fn a_bias_beyond_all_inputs_kills_the_layer() {
        let recipe =
            Recipe { activation: Activation::Relu, lr: 0.3, bias: -50.0 };
        let fit = trained(recipe, Init::HeNormal, 0, &few()).unwrap();
        assert_eq!((fit.dead[0], fit.open_before), (1.0, 0.0));
        assert!(fit.accuracy <= 0.5);
    }
}
