//! How many ReLU units never switch on, by learning rate and by the bias they
//! start from, and whether leaky ReLU helps.
//!
//! Networks [2, 32, 32, 1] from He's initialisation (K. He and others, 2015,
//! arXiv:1502.01852) on standardised half-moons, trained by stochastic
//! gradient descent. A unit is dead if its slope is 0 on every training
//! sample. A run whose loss stops being finite is data, too: it counts as one
//! that learned nothing, and its units as they were before that epoch.
//!
//! TWENTY
//!
//! See the chapter `the-kink`.

use std::ops::ControlFlow;

use rayon::prelude::*;
use slope::{
    Activation, Batch, Init, Loss, Network, Optimizer, Shuffle, Training,
    TrainingError,
    data::{self, Dataset},
    probe::dead_units,
    rng::{Rng, Stream},
};

use crate::{
    chart::{Axis, Cell, Chart, Column, DotPlot, Panel, Table},
    experiment::{Claim, Experiment, Progress, Series, Stopped},
    fact::Fact,
    params,
    statistics::{deviation, least, mean, most},
};

/// The learning rates, from those in daily use to far too large.
const LRS: [f64; 6] = [0.03, 0.1, 0.3, 1.0, 3.0, 10.0];

/// The first biases of the first layer; standardised inputs lie within ±2.
const BIASES: [f64; 4] = [-1.0, -2.0, -3.0, -5.0];

const SIZES: [usize; 4] = [2, 32, 32, 1];

const UNITS: f64 = 32.0;

/// The part of the training samples that a network has to decide rightly to
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
    /// The part of the training samples decided rightly; of a network that
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
    by_lr: Vec<Row>,
    /// Leaky ReLU by learning rate.
    leaky_by_lr: Vec<Row>,
    /// ReLU by first bias.
    by_bias: Vec<Row>,
    /// Leaky ReLU by first bias.
    leaky_by_bias: Vec<Row>,
}

impl Experiment for DeadUnits {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "dead-units";
    const QUESTION: &'static str = "When do ReLU units die, and does it hurt?";
    const CHAPTER: &'static str = "the-kink";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        outcome(params, Activation::Relu, Init::HeNormal, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let [_, _, ordinary, _, large, largest] = &outcome.by_lr[..] else {
            return Vec::new();
        };
        let [_, half, _, far] = &outcome.by_bias[..] else {
            return Vec::new();
        };
        let leaky_far = &outcome.leaky_by_bias[BIASES.len() - 1];
        vec![
            Fact::percent("open-start", mean(ordinary.opens()), 1),
            Fact::percent("second-start", mean(ordinary.dead_before(1)), 0),
            Fact::percent("second-ordinary", mean(ordinary.dead(1)), 0),
            Fact::percent("first-large", mean(large.dead(0)), 0),
            Fact::percent("second-large", mean(large.dead(1)), 0),
            Fact::percent("second-largest", mean(largest.dead(1)), 0),
            Fact::count("leaky-trained-large", outcome.leaky_large().trained()),
            Fact::count(
                "leaky-diverged-large",
                outcome.leaky_large().diverged(),
            ),
            Fact::percent("first-half", mean(half.dead(0)), 0),
            Fact::percent("accuracy-half", least(half.accuracies()), 1),
            Fact::percent("first-far", mean(far.dead(0)), 0),
            Fact::percent("accuracy-far", mean(far.accuracies()), 0),
            Fact::percent("leaky-far", mean(leaky_far.accuracies()), 0),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let [_, _, ordinary, _, large, largest] = &outcome.by_lr[..] else {
            return Vec::new();
        };
        let [_, half, _, far] = &outcome.by_bias[..] else {
            return Vec::new();
        };
        let leaky_far = &outcome.leaky_by_bias[BIASES.len() - 1];
        vec![
            Claim::below(
                "at the start half of the first layer's slopes are 1",
                most(ordinary.opens().map(|share| (share - 0.5).abs())),
                0.02,
            ),
            Claim::below(
                "at the start no unit of the first layer is dead",
                most(ordinary.dead_before(0)),
                1e-9,
            ),
            Claim::below(
                "an ordinary learning rate kills none of them",
                most(ordinary.dead(0)),
                1e-9,
            ),
            Claim::below(
                "nor more than a few of the second layer",
                mean(ordinary.dead(1)) - mean(ordinary.dead_before(1)),
                0.1,
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
                outcome.leaky_largest().trained(),
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
                "there leaky ReLU decides more samples rightly",
                mean(leaky_far.accuracies()) - mean(far.accuracies()),
                0.1,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let bias = |row: &Row| format!("bias {}", signed(row.recipe.bias));
        let dead = |label: &str| {
            Axis::linear(label).between(0.0, 1.0).including(0.0).including(1.0)
        };
        let mut rates = DotPlot::new(dead("part of the layer that is dead"))
            .dots("one dot for each seed");
        for (layer, name) in ["first layer", "second layer"].iter().enumerate()
        {
            let first = &outcome.by_lr[0];
            rates = rates
                .group(*name)
                .row("at the start", first.dead_before(layer).collect());
            for row in &outcome.by_lr {
                let label = format!("lr {}", row.recipe.lr);
                rates = rates.row(label, row.dead(layer).collect());
            }
        }
        let mut deaths =
            DotPlot::new(dead("part of the first layer dead")).group("ReLU");
        for row in &outcome.by_bias {
            deaths = deaths.row(bias(row), row.dead(0).collect());
        }
        let mut right = DotPlot::new(
            Axis::linear("training samples decided rightly").including(1.0),
        );
        for (name, rows) in
            [("ReLU", &outcome.by_bias), ("leaky ReLU", &outcome.leaky_by_bias)]
        {
            right = right.group(name);
            for row in rows {
                right = right.row(bias(row), row.accuracies().collect());
            }
        }
        let lr = outcome.params.lr;
        Chart::new("Dead ReLU units by learning rate and by first bias")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([Panel::new("first bias 0, by learning rate", rates)])
            .row([
                Panel::new(format!("lr {lr}, by first bias: dead"), deaths),
                Panel::new("the same networks: does it hurt?", right),
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
}

/// The outcome with this activation in the place of ReLU and this
/// initialisation.
fn outcome(
    params: &Params,
    relu: Activation,
    init: Init,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    let leaky = Activation::LeakyRelu { slope: params.leak };
    let by_lr = |activation, lrs: &[f64]| {
        let recipe = |lr: &f64| Recipe { activation, lr: *lr, bias: 0.0 };
        lrs.iter().map(recipe).collect::<Vec<_>>()
    };
    let by_bias = |activation| {
        let recipe = |bias| Recipe { activation, lr: params.lr, bias };
        BIASES.map(recipe).to_vec()
    };
    let groups = [
        by_lr(relu, &LRS),
        by_lr(leaky, &LRS[4..]),
        by_bias(relu),
        by_bias(leaky),
    ];
    let recipes: Vec<Recipe> = groups.concat();
    progress.expect(recipes.len() * params.seeds);
    let seeds = params.seed..params.seed + params.seeds as u64;
    let tasks: Vec<(Recipe, u64)> = recipes
        .iter()
        .flat_map(|recipe| seeds.clone().map(move |seed| (*recipe, seed)))
        .collect();
    let fits: Vec<Fit> = tasks
        .into_par_iter()
        .map(|(recipe, seed)| {
            let fit = trained(recipe, init, seed, params);
            progress.advance(1);
            fit
        })
        .collect::<Result<_, _>>()?;
    let mut fits = fits.into_iter();
    let [by_lr, leaky_by_lr, by_bias, leaky_by_bias] = groups.map(|recipes| {
        recipes
            .into_iter()
            .map(|recipe| Row {
                recipe,
                fits: fits.by_ref().take(params.seeds).collect(),
            })
            .collect()
    });
    let params = params.clone();
    Ok(Outcome { params, by_lr, leaky_by_lr, by_bias, leaky_by_bias })
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

/// With a true minus.
fn signed(value: f64) -> String {
    value.to_string().replace('-', "−")
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
    fn leaky_large(&self) -> &Row {
        &self.leaky_by_lr[0]
    }

    fn leaky_largest(&self) -> &Row {
        &self.leaky_by_lr[1]
    }

    fn finding(&self) -> String {
        let percent = |value: f64| format!("{:.0}\u{a0}%", 100.0 * value);
        let [.., large, _] = &self.by_lr[..] else { return String::new() };
        let [_, half, _, far] = &self.by_bias[..] else {
            return String::new();
        };
        let second = percent(mean(large.dead(1)));
        if DeadUnits::claims(self).iter().all(|claim| claim.holds) {
            format!(
                "Up to a learning rate of 1 hardly a unit dies; at 3, {second} \
                 of the second layer. A first bias of −2 leaves {} of the \
                 first layer dead and every network right on {} or more; at \
                 −5 nearly all are dead, and leaky ReLU helps.",
                percent(mean(half.dead(0))),
                percent(least(half.accuracies())),
            )
        } else {
            format!(
                "At a learning rate of 3, on average {second} of the second \
                 layer is dead. With a first bias of −2, {} of the first layer \
                 is, with −5 {}.",
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
            "Above, dots of the part of each hidden layer that is dead, in \
             percent, by learning rate.",
        );
        for row in &self.by_lr {
            text += &format!(
                " Rate {}: first layer {}, second {}.",
                row.recipe.lr,
                percents(row.dead(0).collect()),
                percents(row.dead(1).collect()),
            );
        }
        text += " Below, the dead part of the first layer by first bias, and \
                 the part of the training samples that ReLU and leaky ReLU \
                 decide rightly.";
        for (row, leaky) in self.by_bias.iter().zip(&self.leaky_by_bias) {
            text += &format!(
                " Bias {}: dead {}; right {}, leaky {}.",
                signed(row.recipe.bias),
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
        let rows = [
            &self.by_lr,
            &self.leaky_by_lr,
            &self.by_bias,
            &self.leaky_by_bias,
        ];
        for row in rows.into_iter().flatten() {
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

    fn broken(outcome: &Outcome) -> Vec<String> {
        let claims = DeadUnits::claims(outcome).into_iter();
        claims.filter(|claim| !claim.holds).map(|claim| claim.says).collect()
    }

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

    /// Leaky ReLU has no slope of 0, so none of its units is ever dead.
    #[test]
    fn sabotaged_relu_with_a_leak_never_dies() {
        let leaky = Activation::LeakyRelu { slope: 0.01 };
        let outcome =
            outcome(&few(), leaky, Init::HeNormal, &Progress::silent());
        let broken = broken(&outcome.unwrap());
        for says in [
            "a learning rate ten times as large kills a part of the first",
            "with first bias −5 nearly all of the first layer is dead",
        ] {
            assert!(broken.iter().any(|b| b == says), "{broken:?}");
        }
    }

    /// Weights that are all zero leave every pre-activation at 0, where
    /// ReLU's slope is 0.
    #[test]
    fn sabotaged_initialisation_is_dead_from_the_start() {
        let outcome =
            outcome(&few(), Activation::Relu, Init::Zeros, &Progress::silent());
        let broken = broken(&outcome.unwrap());
        for says in [
            "at the start half of the first layer's slopes are 1",
            "at the start no unit of the first layer is dead",
        ] {
            assert!(broken.iter().any(|b| b == says), "{broken:?}");
        }
    }
}
