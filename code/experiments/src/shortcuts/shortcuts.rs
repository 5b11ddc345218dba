//! Deep networks with and without shortcuts, by depth: h + f(W·h + b)/√L
//! against f(W·h + b).
//!
//! Two spirals, tanh, plain stochastic gradient descent; the residual branch
//! is scaled so that the variance of h stays bounded. The shortcut is that of
//! K. He and others, 2016, arXiv:1603.05027.
//!
//! See the chapter `shortcuts`.

use std::f64::consts::LN_2;
use std::ops::ControlFlow;

use ndarray::Array2;
use probe::{NoSvd, singular_values};
use slope::{
    Activation, Batch, Init, Loss, Network, Optimizer, Shuffle, Training,
    data::{self, Dataset},
    product,
    rng::{Rng, Stream},
    training::TrainingError,
};

use chart::{Axis, Cell, Chart, Column, Lines, Table};
use exact::statistics::{least, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Part of new points that a network must decide rightly to have solved the
/// spirals. The best straight line decides three quarters.
pub(crate) const SOLVED: f64 = 0.95;

params! {
    /// What the comparison depends on.
    pub struct Params {
        /// Seed of the first data and weights; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many seeds, each with its own data and first weights.
        seeds: usize = 4, in 1..=20, "Seeds";
        /// Hidden layers of the deepest networks.
        layers: usize = 50, in 20..=60, "Hidden layers, at most";
        /// Units of each hidden layer.
        width: usize = 12, in 4..=16, "Units of a layer";
        /// The step size.
        lr: f64 = 0.1, in 1e-3..=3.0, "Learning rate";
        /// How long each network is trained.
        epochs: usize = 100, in 10..=200, "Training", "epochs";
        /// Samples of both spirals together.
        samples: usize = 160, in 32..=320, "Samples";
    }
}

/// The experiment.
pub struct Shortcuts;

/// How the layers of a network are joined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Join {
    /// f(W·h + b), Xavier's weights.
    Plain,
    /// f(W·h + b), orthogonal weights.
    Orthogonal,
    /// h + s·f(W·h + b), Xavier's weights.
    Residual {
        /// s, 1/√L if the variance of h shall stay bounded.
        scale: f64,
    },
}

/// What networks of one depth, plain or not, have learned.
pub struct Group {
    layers: usize,
    /// One for each seed.
    trained: Vec<Trained>,
    /// In how many directions the samples differ in the last hidden layer
    /// before training, for each seed.
    directions: Vec<f64>,
}

/// A network at the end of its training.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trained {
    /// The loss before the first update and after each epoch.
    pub(crate) losses: Vec<f64>,
    /// Part of new points that are decided rightly.
    pub(crate) accuracy: f64,
}

/// What the networks have learned, by depth.
pub struct Outcome {
    params: Params,
    plain: Vec<Group>,
    residual: Vec<Group>,
}

impl Experiment for Shortcuts {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "shortcuts";
    const QUESTION: &'static str =
        "From which depth on does a network need shortcuts?";
    const CHAPTER: &'static str = "shortcuts";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        let joins = [|_| Join::Plain, Join::scaled];
        compared(joins, Optimizer::sgd, params, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let (plain, residual) = (&outcome.plain, &outcome.residual);
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("epochs", outcome.params.epochs),
            Fact::fixed("shallow-plain", plain[0].typical_loss(), 3),
            Fact::fixed("shallow-residual", residual[0].typical_loss(), 3),
            Fact::fixed("deep-plain", plain[3].typical_loss(), 2),
            Fact::fixed("deep-residual", residual[3].typical_loss(), 3),
            Fact::count("deep-plain-solved", plain[3].solved()),
            Fact::count("deep-residual-solved", residual[3].solved()),
            Fact::count("thirty-plain-solved", plain[2].solved()),
            Fact::count("ten-plain-solved", plain[1].solved()),
            Fact::percent(
                "deep-residual-accuracy",
                median(residual[3].accuracies()),
                0,
            ),
            Fact::fixed("directions-plain", median(plain[3].directions()), 2),
            Fact::fixed(
                "directions-residual",
                median(residual[3].directions()),
                2,
            ),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let Params { seeds, .. } = outcome.params;
        let (plain, residual) = (&outcome.plain, &outcome.residual);
        vec![
            Claim::equal(
                "no plain network of the greatest depth solves the spirals",
                plain[3].solved(),
                0,
            ),
            Claim::above(
                "nearly every residual network of that depth does",
                residual[3].solved() as f64 / seeds as f64,
                0.85,
            ),
            Claim::above(
                "plain networks of three layers mostly do, too",
                plain[0].solved() as f64 / seeds as f64,
                0.7,
            ),
            Claim::below(
                "and with three layers their median ends lower",
                plain[0].typical_loss() / residual[0].typical_loss(),
                1.0,
            ),
            Claim::above(
                "with the greatest depth they end much higher",
                plain[3].typical_loss() / residual[3].typical_loss(),
                5.0,
            ),
            Claim::below(
                "before training the plane has become little more than a line \
                 at the end of the deepest plain networks",
                median(plain[3].directions()),
                1.4,
            ),
            Claim::above(
                "and is more of a plane at the end of the residual ones",
                median(residual[3].directions())
                    / median(plain[3].directions()),
                1.15,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let y = Axis::log("loss after training");
        let depths = outcome.plain.iter().map(|g| g.layers as f64);
        let x = Axis::linear("hidden layers").including(0.0).naming(depths);
        let mut lines = Lines::new(x, y);
        for (name, groups) in
            [("plain", &outcome.plain), ("residual", &outcome.residual)]
        {
            for seed in 0..outcome.params.seeds {
                let points = groups
                    .iter()
                    .map(|g| (g.layers as f64, g.trained[seed].last_loss()))
                    .collect();
                lines = match seed {
                    0 => lines.main(name, points),
                    _ => lines.thin_of(name, points),
                };
            }
        }
        Chart::new("Loss of plain and residual networks by depth")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(lines.threshold(LN_2, "ln 2: nothing learned"))
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let (plain, residual) = (&outcome.plain[3], &outcome.residual[3]);
        [("plain", plain), ("residual", residual)]
            .map(|(name, group)| Series {
                name: format!("loss/{name}/layers-{}", group.layers),
                points: (0..).zip(group.trained[0].losses.clone()).collect(),
            })
            .into()
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, plain: fn(usize) -> Join, residual| {
            let params = Params { seeds: 1, ..Params::default() };
            Sabotage::<Self>::new(what, params, move |params, progress| {
                let joins = [plain, residual];
                compared(joins, Optimizer::sgd, params, progress)
            })
        };
        vec![
            with(
                "plain networks in the place of the residual ones",
                |_| Join::Plain,
                |_| Join::Plain,
            ),
            with(
                "shortcuts in the plain networks as well",
                Join::scaled,
                Join::scaled,
            ),
            with(
                "orthogonal weights in the plain networks",
                |_| Join::Orthogonal,
                Join::scaled,
            ),
            Sabotage::<Self>::changing(
                "training cut short",
                Params { seeds: 1, ..Params::default() },
                |params| params.epochs = 10,
            ),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        vec![
            Sabotage::<Self>::new(
                "the updates are those of plain gradient descent",
                Params { seeds: 2, ..Params::default() },
                |params, progress| {
                    let joins = [|_| Join::Plain, Join::scaled];
                    let adam = |_| Optimizer::adam(3e-4);
                    compared(joins, adam, params, progress)
                },
            )
            .counters(
                "adam",
                "no plain network of the greatest depth solves the spirals",
            ),
        ]
    }
}

/// Networks of four depths, joined in two ways, each as the depth demands.
fn compared(
    [plain, residual]: [fn(usize) -> Join; 2],
    optimizer: fn(f64) -> Optimizer,
    params: &Params,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    let depths = [3, 10, params.layers * 3 / 5, params.layers];
    progress.expect(2 * depths.len() * params.seeds);
    let groups = |join: fn(usize) -> Join| {
        let depths = depths.into_iter();
        depths
            .map(|layers| {
                let rule = optimizer(params.lr);
                group(join(layers), rule, layers, params, progress)
            })
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(Outcome {
        params: params.clone(),
        plain: groups(plain)?,
        residual: groups(residual)?,
    })
}

impl Join {
    /// A residual network whose L branches add up to no more than one.
    pub(crate) fn scaled(layers: usize) -> Self {
        Join::Residual { scale: 1.0 / (layers as f64).sqrt() }
    }
}

/// A network of two inputs and one logit with so many hidden layers.
pub(crate) fn network(
    join: Join,
    f: Activation,
    (layers, width): (usize, usize),
    seed: u64,
) -> Network {
    let mut rng = Rng::new(seed, Stream::Weights);
    let init = match f {
        Activation::Relu => Init::HeNormal,
        _ => Init::XavierNormal,
    };
    let mut sizes = vec![2];
    sizes.extend(vec![width; layers]);
    sizes.push(1);
    match join {
        Join::Plain => Network::dense(&sizes, f, init, &mut rng),
        Join::Orthogonal => {
            let init = Init::Orthogonal { gain: 1.0 };
            Network::dense(&sizes, f, init, &mut rng)
        }
        Join::Residual { scale } => {
            let sizes = (2, width, 1);
            Network::residual(sizes, layers - 1, scale, f, init, &mut rng)
        }
    }
}

/// Two spirals of one turn and radius 2: some points to train on, and 1000
/// others.
pub(crate) fn spirals(samples: usize, seed: u64) -> (Dataset, Dataset) {
    let mut rng = Rng::new(seed, Stream::Data);
    let mut spirals = |n| {
        let mut data = data::spirals(n, 0.02, 1.0, &mut rng);
        data.x *= 2.0;
        data
    };
    (spirals(samples), spirals(1000))
}

/// Trains a network on two spirals, at most until its loss is `enough`. A run
/// that diverges has learned nothing: its losses end there.
pub(crate) fn trained(
    mut network: Network,
    optimizer: Optimizer,
    (samples, batch): (usize, usize),
    (epochs, enough): (usize, f64),
    seed: u64,
) -> Result<Trained, Stopped> {
    let (data, new) = spirals(samples, seed);
    let training = Training {
        loss: Loss::BceLogits,
        optimizer,
        batch: Batch::Size(batch),
        epochs,
        shuffle: Shuffle::EachEpoch,
    };
    let mut order = Rng::new(seed, Stream::Order);
    let run = training.run_watched(&mut network, &data, &mut order, |now| {
        match now.loss < enough {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    match run {
        Ok(history) => Ok(Trained {
            losses: history.epochs,
            accuracy: Loss::BceLogits.accuracy(&network.output(&new.x), &new.y),
        }),
        Err(TrainingError::Diverged { history, .. }) => {
            Ok(Trained { losses: history.epochs, accuracy: 0.5 })
        }
        Err(why) => Err(Stopped(format!("seed {seed}: {why}"))),
    }
}

impl Trained {
    pub(crate) fn last_loss(&self) -> f64 {
        self.losses.last().copied().unwrap_or(f64::NAN)
    }
}

fn group(
    join: Join,
    rule: Optimizer,
    layers: usize,
    params: &Params,
    progress: &Progress,
) -> Result<Group, Stopped> {
    let seeds = seeds(params.seed, params.seeds);
    let size = (layers, params.width);
    let directions = seeds.clone().map(|seed| {
        let (data, _) = spirals(params.samples, seed);
        let network = network(join, Activation::Tanh, size, seed);
        directions(&network.forward(&data.x).a[layers])
    });
    let directions =
        directions.collect::<Result<_, _>>().map_err(Stopped::because)?;
    let trained = parallel::all(seeds, |seed| {
        let network = network(join, Activation::Tanh, size, seed);
        let batches = (params.samples, params.samples.div_ceil(5));
        let run = trained(network, rule, batches, (params.epochs, 0.0), seed);
        progress.advance(1);
        run
    })?;
    Ok(Group { layers, trained, directions })
}

/// In how many directions rows differ, those in which they differ less
/// counting in part: (Σλ)²/Σλ² of the eigenvalues λ of their covariance.
fn directions(rows: &Array2<f64>) -> Result<f64, NoSvd> {
    let mean = product::column_sums(rows) / rows.nrows() as f64;
    let squares: Vec<f64> =
        singular_values(&(rows - &mean))?.iter().map(|s| s * s).collect();
    let sum: f64 = squares.iter().sum();
    Ok(sum * sum / squares.iter().map(|s| s * s).sum::<f64>())
}

impl Group {
    fn accuracies(&self) -> impl Iterator<Item = f64> {
        self.trained.iter().map(|trained| trained.accuracy)
    }

    fn directions(&self) -> impl Iterator<Item = f64> {
        self.directions.iter().copied()
    }

    fn solved(&self) -> usize {
        self.accuracies().filter(|accuracy| *accuracy > SOLVED).count()
    }

    fn losses(&self) -> impl Iterator<Item = f64> {
        self.trained.iter().map(Trained::last_loss)
    }

    fn typical_loss(&self) -> f64 {
        median(self.losses())
    }
}

impl Outcome {
    fn finding(&self) -> String {
        let (plain, residual) = (&self.plain, &self.residual);
        let Params { seeds, layers, .. } = self.params;
        if Shortcuts::bears_out(self) {
            format!(
                "With {layers} layers, {} of {seeds} residual networks solve \
                 the spirals and no plain one does, at the same learning \
                 rate. With 3 layers the shortcut is no help: plain networks \
                 mostly end at a lower loss. Thin: other seeds.",
                residual[3].solved(),
            )
        } else {
            format!(
                "With {layers} layers, {} of {seeds} residual networks and {} \
                 plain ones solve the spirals at this learning rate.",
                residual[3].solved(),
                plain[3].solved(),
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Loss after {} epochs on a logarithmic axis by hidden layers, {} \
             seeds.",
            self.params.epochs, self.params.seeds
        );
        for (name, groups) in
            [("Plain", &self.plain), ("Residual", &self.residual)]
        {
            for group in groups {
                text += &format!(
                    " {name}, {} layers: from {:.3} to {:.3}, {} solved.",
                    group.layers,
                    least(group.losses()),
                    most(group.losses()),
                    group.solved(),
                );
            }
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("network"),
            Column::new("hidden layers"),
            Column::new("seed"),
            Column::new("loss").digits(3),
            Column::new("accuracy on new points").digits(3),
        ]);
        for (name, groups) in
            [("plain", &self.plain), ("residual", &self.residual)]
        {
            for group in groups {
                for (i, trained) in group.trained.iter().enumerate() {
                    table.row([
                        Cell::Text(name.into()),
                        Cell::Number(group.layers as f64),
                        Cell::Number((self.params.seed + i as u64) as f64),
                        Cell::Number(trained.last_loss()),
                        Cell::Number(trained.accuracy),
                    ]);
                }
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_have_the_same_parameters() {
        let count =
            |join| network(join, Activation::Tanh, (9, 5), 1).parameter_count();
        assert_eq!(count(Join::Plain), count(Join::scaled(9)));
        assert_eq!(count(Join::Plain), count(Join::Orthogonal));
    }

    #[test]
    fn a_branch_of_scale_zero_leaves_the_shortcut() {
        let (data, _) = spirals(8, 1);
        let join = Join::Residual { scale: 0.0 };
        let deep = network(join, Activation::Tanh, (6, 5), 1);
        let shallow = network(Join::Plain, Activation::Tanh, (1, 5), 1);
        assert_eq!(deep.output(&data.x), shallow.output(&data.x));
    }

    #[test]
    fn points_of_a_line_differ_in_one_direction_and_of_a_cross_in_two() {
        let line = ndarray::array![[1.0, 2.0], [2.0, 4.0], [-1.0, -2.0]];
        assert!((directions(&line).unwrap() - 1.0).abs() < 1e-12);
        let cross = ndarray::array![[1., 0.], [-1., 0.], [0., 1.], [0., -1.]];
        assert!((directions(&cross).unwrap() - 2.0).abs() < 1e-12);
    }
}
