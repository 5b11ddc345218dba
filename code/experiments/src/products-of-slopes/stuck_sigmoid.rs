//! What vanished gradients do to training: sigmoid networks of one to eight
//! hidden layers on two spirals, by plain descent and by Adam.
//!
//! See the chapter `products-of-slopes`.

use std::f64::consts::LN_2;

use slope::{Activation, Loss, Network, Optimizer};

use crate::shortcuts::shortcuts::{Join, Trained, network, spirals, trained};
use chart::{Axis, Cell, Chart, Column, Lines, Panel, Table};
use exact::statistics::{least, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Hidden layers.
const DEPTHS: [usize; 6] = [1, 2, 3, 4, 6, 8];

/// Samples of both spirals together, and of a batch.
const BATCHES: (usize, usize) = (320, 64);

params! {
    /// What the training depends on.
    pub struct Params {
        /// Seed of the first data and weights; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many seeds, each with its own data and first weights.
        seeds: usize = 3, in 1..=20, "Seeds";
        /// The activation of the hidden layers.
        activation: Activation = Activation::Sigmoid,
            in &["sigmoid", "tanh", "relu", "silu", "identity"],
            "Activation";
        /// Units of each hidden layer.
        width: usize = 16, in 4..=32, "Units of a layer";
        /// The step size of plain descent.
        lr: f64 = 0.3, in 1e-3..=3.0, "Learning rate";
        /// The step size of Adam.
        adam_lr: f64 = 0.01, in 1e-4..=0.1, "Learning rate of Adam";
        /// How long each network is trained.
        epochs: usize = 200, in 10..=400, "Training", "epochs";
    }
}

/// The experiment.
pub struct StuckSigmoid;

/// Networks of one depth.
pub struct Group {
    layers: usize,
    /// One for each seed.
    runs: Vec<Run>,
}

/// One network, trained twice from the same start.
pub struct Run {
    /// ‖dL/dW‖ before the first update, by layer.
    norms: Vec<f64>,
    sgd: Trained,
    adam: Trained,
}

/// What the networks have learned, by depth.
pub struct Outcome {
    params: Params,
    groups: Vec<Group>,
}

impl Experiment for StuckSigmoid {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "stuck-sigmoid";
    const QUESTION: &'static str =
        "How many sigmoid layers can plain gradient descent train?";
    const CHAPTER: &'static str = "products-of-slopes";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        found(params, progress, |_| {})
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let [one, _, _, four, six, eight] = &outcome.groups[..] else {
            return Vec::new();
        };
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::fixed("first-norm-one", one.first_norm(), 1),
            Fact::scientific("first-norm-eight", eight.first_norm(), 0),
            Fact::fixed("last-norm-eight", eight.last_norm(), 1),
            Fact::fixed("sgd-one", median(one.sgd()), 2),
            Fact::fixed("sgd-eight", median(eight.sgd()), 3),
            Fact::fixed("adam-four", median(four.adam()), 2),
            Fact::fixed("adam-six", median(six.adam()), 2),
            Fact::fixed("adam-eight", median(eight.adam()), 2),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let [one, two, three, four, six, eight] = &outcome.groups[..] else {
            return Vec::new();
        };
        let off = |group: &Group| most(group.sgd().map(|l| (l - LN_2).abs()));
        vec![
            Claim::above(
                "from one layer to eight, the first one's gradient shrinks",
                one.first_norm() / eight.first_norm(),
                3e3,
            ),
            Claim::above(
                "but not the last one's",
                eight.last_norm() / one.last_norm(),
                0.3,
            )
            .of_the_book(),
            Claim::below(
                "descent learns something with up to three layers",
                most([one, two, three].into_iter().flat_map(|g| g.sgd())),
                0.6,
            ),
            Claim::below(
                "with six or eight it stays at ln 2",
                off(six).max(off(eight)),
                0.01,
            ),
            Claim::below("Adam trains four layers", median(four.adam()), 0.25),
            Claim::below(
                "and learns something with six, where descent does not",
                median(six.adam()) / LN_2,
                0.75,
            ),
            Claim::above(
                "with eight it ends higher than with four",
                median(eight.adam()) / median(four.adam()),
                1.5,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let depths = DEPTHS.map(|depth| depth as f64);
        let layers =
            || Axis::linear("hidden layers").including(0.0).naming(depths);
        let norms = Lines::new(layers(), Axis::log("‖dL/dW‖ at the start"));
        let norms = outcome
            .lines(norms, "last layer", |run| run.norms[run.norms.len() - 1]);
        let norms = outcome.lines(norms, "first layer", |run| run.norms[0]);
        let losses = Lines::new(layers(), Axis::linear("loss after training"))
            .threshold(LN_2, "ln 2: nothing learned");
        let losses = outcome.lines(losses, "SGD", |run| run.sgd.last_loss());
        let losses = outcome.lines(losses, "Adam", |run| run.adam.last_loss());
        Chart::new(format!(
            "Gradients and losses of {} networks by depth",
            outcome.params.activation
        ))
        .finding(outcome.finding())
        .description(outcome.description())
        .table(outcome.table())
        .row([
            Panel::new("before training", norms),
            Panel::new("after training", losses),
        ])
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let curve = |name: &str, layers: usize, trained: &Trained| Series {
            name: format!("loss/{name}/layers-{layers}"),
            points: (0..).zip(trained.losses.clone()).collect(),
        };
        let firsts = outcome.groups.iter().map(|g| (g.layers, &g.runs[0]));
        firsts
            .flat_map(|(layers, run)| {
                [
                    curve("sgd", layers, &run.sgd),
                    curve("adam", layers, &run.adam),
                ]
            })
            .collect()
    }

    fn domain() -> Vec<Span> {
        vec![Span::between("lr", 0.2, 1.0), Span::between("width", 16.0, 24.0)]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        vec![
            Sabotage::<Self>::changing(
                "the activation is the sigmoid",
                Params { seeds: 1, ..Params::default() },
                |params: &mut Params| params.activation = Activation::Tanh,
            )
            .counters("tanh", "with six or eight it stays at ln 2"),
        ]
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, change: fn(&mut Params), begin: fn(&mut Network)| {
            let one = Params { seeds: 1, ..Params::default() };
            Sabotage::<Self>::new(what, one, move |params, progress| {
                let mut params = params.clone();
                change(&mut params);
                found(&params, progress, begin)
            })
        };
        let as_drawn: fn(&mut Network) = |_| {};
        vec![
            with("training cut short", |params| params.epochs = 10, as_drawn),
            // The logit is then 0 for every sample.
            with(
                "an output layer that starts at zero",
                |_| {},
                |network| {
                    if let Some(last) = network.dense_layers_mut().last() {
                        last.w.fill(0.0);
                    }
                },
            ),
        ]
    }
}

/// The networks, as `begin` leaves each of them before its training.
fn found(
    params: &Params,
    progress: &Progress,
    begin: fn(&mut Network),
) -> Result<Outcome, Stopped> {
    progress.expect(DEPTHS.len() * params.seeds);
    let groups = DEPTHS
        .into_iter()
        .map(|layers| group(layers, params, progress, begin))
        .collect::<Result<_, _>>()?;
    Ok(Outcome { params: params.clone(), groups })
}

fn group(
    layers: usize,
    params: &Params,
    progress: &Progress,
    begin: fn(&mut Network),
) -> Result<Group, Stopped> {
    let seeds = seeds(params.seed, params.seeds);
    let runs = parallel::all(seeds, |seed| {
        let size = (layers, params.width);
        let mut network = network(Join::Plain, params.activation, size, seed);
        begin(&mut network);
        let (data, _) = spirals(BATCHES.0, seed);
        let (_, gradient) =
            network.loss_and_gradient(Loss::BceLogits, &data.x, &data.y);
        let by = |optimizer| {
            let times = (params.epochs, 0.0);
            trained(network.clone(), optimizer, BATCHES, times, seed)
        };
        let run = Run {
            norms: probe::gradient_norms(&gradient),
            sgd: by(Optimizer::sgd(params.lr))?,
            adam: by(Optimizer::adam(params.adam_lr))?,
        };
        progress.advance(1);
        Ok(run)
    })?;
    Ok(Group { layers, runs })
}

impl Group {
    fn first_norm(&self) -> f64 {
        median(self.runs.iter().map(|run| run.norms[0]))
    }

    fn last_norm(&self) -> f64 {
        median(self.runs.iter().map(|run| run.norms[run.norms.len() - 1]))
    }

    fn sgd(&self) -> impl Iterator<Item = f64> {
        self.runs.iter().map(|run| run.sgd.last_loss())
    }

    fn adam(&self) -> impl Iterator<Item = f64> {
        self.runs.iter().map(|run| run.adam.last_loss())
    }
}

impl Outcome {
    /// Adds one line by depth for each seed.
    fn lines(
        &self,
        mut lines: Lines,
        name: &str,
        value: impl Fn(&Run) -> f64,
    ) -> Lines {
        for seed in 0..self.params.seeds {
            let points = self
                .groups
                .iter()
                .map(|g| (g.layers as f64, value(&g.runs[seed])))
                .collect();
            lines = match seed {
                0 => lines.main(name, points),
                _ => lines.thin_of(name, points),
            };
        }
        lines
    }

    fn finding(&self) -> String {
        let [one, .., six, eight] = &self.groups[..] else {
            return String::new();
        };
        let shrunk = one.first_norm() / eight.first_norm();
        let shrunk = Fact::scientific("shrunk", shrunk, 0).text();
        if StuckSigmoid::bears_out(self) {
            format!(
                "With eight sigmoid layers the first one’s gradient is \
                 {shrunk} times smaller than with one, and gradient descent \
                 stays at ln\u{a0}2. Adam, which rescales small gradients, \
                 makes up for part of that: with six layers it ends at {:.2}, \
                 with eight at {:.2}. Thin lines are other seeds.",
                median(six.adam()),
                median(eight.adam()),
            )
        } else {
            format!(
                "With eight layers the first one’s gradient is {shrunk} times \
                 smaller than with one. Descent ends at {:.2}, Adam at {:.2}.",
                median(eight.sgd()),
                median(eight.adam()),
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Two panels by hidden layers from 1 to 8, {} seeds. Left the \
             length of the first and of the last layer's gradient on a \
             logarithmic axis, right the loss after {} epochs; a line marks \
             ln 2.",
            self.params.seeds, self.params.epochs
        );
        for group in &self.groups {
            text += &format!(
                " {} layers: gradient of the first layer {:.1e}, of the last \
                 {:.1e}; loss by SGD from {:.3} to {:.3}, by Adam from {:.3} \
                 to {:.3}.",
                group.layers,
                group.first_norm(),
                group.last_norm(),
                least(group.sgd()),
                most(group.sgd()),
                least(group.adam()),
                most(group.adam()),
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("hidden layers"),
            Column::new("seed"),
            Column::new("gradient of the first layer").digits(2),
            Column::new("of the last").digits(2),
            Column::new("loss, SGD").digits(3),
            Column::new("loss, Adam").digits(3),
        ]);
        for group in &self.groups {
            for (i, run) in group.runs.iter().enumerate() {
                table.row([
                    Cell::Number(group.layers as f64),
                    Cell::Number((self.params.seed + i as u64) as f64),
                    Cell::Number(run.norms[0]),
                    Cell::Number(run.norms[run.norms.len() - 1]),
                    Cell::Number(run.sgd.last_loss()),
                    Cell::Number(run.adam.last_loss()),
                ]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Balanced classes and logits of 0: the loss of a coin.
    #[test]
    fn a_network_that_says_nothing_has_a_loss_of_ln_2() {
        let (data, _) = spirals(64, 1);
        let mut silent = network(Join::Plain, Activation::Sigmoid, (2, 4), 1);
        silent.dense_layers_mut().for_each(|layer| layer.w.fill(0.0));
        let loss = Loss::BceLogits.value(&silent.output(&data.x), &data.y);
        assert!((loss - LN_2).abs() < 1e-15);
    }
}
