//! Fifty hidden layers at many learning rates: which networks learn, plain,
//! plain with orthogonal weights, or residual, by plain descent or by Adam.
//!
//! A deep plain network is not impossible to train, only hard: see where each
//! line lies above the threshold. Networks and data as in `shortcuts`, with
//! 500 updates.
//!
//! See the chapter `shortcuts`.

use slope::{Activation, Optimizer};

use crate::shortcuts::shortcuts::{Join, SOLVED, network, trained};
use chart::{Axis, Cell, Chart, Column, Lines, Panel, Table};
use study::{
    experiment::{Claim, Experiment, Progress, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Below this loss nothing more needs to be learned.
const ENOUGH: f64 = 0.05;

const SGD: [f64; 3] = [0.01, 0.1, 1.0];
const ADAM: [f64; 4] = [1e-4, 3e-4, 1e-3, 1e-2];

params! {
    /// What the comparison depends on.
    pub struct Params {
        /// Seed of the first data and weights; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many seeds, each with its own data and first weights.
        seeds: usize = 2, in 1..=20, "Seeds";
        /// Hidden layers.
        layers: usize = 50, in 3..=50, "Hidden layers";
        /// Units of each hidden layer.
        width: usize = 12, in 4..=16, "Units of a layer";
        /// How long each network is trained.
        epochs: usize = 50, in 10..=100, "Training", "epochs";
        /// Samples of both spirals together.
        samples: usize = 160, in 32..=320, "Samples";
        /// Samples of a batch.
        batch: usize = 16, in 8..=64, "Samples of a batch";
    }
}

/// The experiment.
pub struct ShortcutRates;

/// One kind of network at each learning rate.
pub struct Kind {
    name: &'static str,
    sgd: Vec<Rate>,
    adam: Vec<Rate>,
}

/// One kind of network at one learning rate.
pub struct Rate {
    lr: f64,
    /// Part of new points decided rightly, by seed.
    accuracies: Vec<f64>,
}

/// Which networks learn at which rates.
pub struct Outcome {
    params: Params,
    plain: Kind,
    orthogonal: Kind,
    residual: Kind,
}

impl Experiment for ShortcutRates {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "shortcut-rates";
    const QUESTION: &'static str =
        "Is there a learning rate at which fifty plain layers learn?";
    const CHAPTER: &'static str = "shortcuts";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        let residual = Join::scaled(params.layers);
        compared([Join::Plain, Join::Orthogonal, residual], params, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let Outcome { plain, orthogonal, residual, .. } = outcome;
        let runs = SGD.len() * outcome.params.seeds;
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("sgd-runs", runs),
            Fact::count("sgd-plain", solved(&plain.sgd)),
            Fact::count("sgd-orthogonal", solved(&orthogonal.sgd)),
            Fact::count("sgd-residual", solved(&residual.sgd)),
            Fact::count("adam-runs", ADAM.len() * outcome.params.seeds),
            Fact::count("adam-plain", solved(&plain.adam)),
            Fact::count("adam-orthogonal", solved(&orthogonal.adam)),
            Fact::count("adam-residual", solved(&residual.adam)),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let Outcome { plain, orthogonal, residual, .. } = outcome;
        let fast = |kind: &Kind| solved(&kind.sgd[1..]);
        let part = |rates: &[Rate]| {
            let runs = rates.len() * outcome.params.seeds;
            solved(rates) as f64 / runs as f64
        };
        vec![
            Claim::above(
                "residual networks learn by descent at rates 0.1 and 1",
                part(&residual.sgd[1..]),
                0.85,
            ),
            Claim::equal(
                "plain ones of that depth do not, nor with orthogonal weights",
                fast(plain) + fast(orthogonal),
                0,
            ),
            Claim::above(
                "residual networks learn by Adam at rates 0.001 and 0.01",
                part(&residual.adam[2..]),
                0.85,
            ),
            Claim::above(
                "plain ones with orthogonal weights learn by Adam at 0.0003",
                part(&orthogonal.adam[1..2]),
                0.4,
            ),
            Claim::equal(
                "but by Adam at 0.01 no plain network of that depth learns",
                solved(&plain.adam[3..]) + solved(&orthogonal.adam[3..]),
                0,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("Accuracy of deep networks by learning rate")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([
                Panel::new("SGD", outcome.panel(|kind| &kind.sgd)),
                Panel::new("Adam", outcome.panel(|kind| &kind.adam)),
            ])
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let one = || Params { seeds: 1, ..Params::default() };
        let changed = |what, change: fn(&mut Params)| {
            Sabotage::<Self>::new(what, one(), move |params, progress| {
                let mut params = params.clone();
                change(&mut params);
                Self::run(&params, progress)
            })
        };
        vec![
            changed("three layers in the place of fifty", |p| p.layers = 3),
            changed("training cut short", |p| p.epochs = 10),
            Sabotage::<Self>::new(
                "shortcuts whose branches are not scaled",
                one(),
                |params, progress| {
                    let whole = Join::Residual { scale: 1.0 };
                    let joins = [Join::Plain, Join::Orthogonal, whole];
                    compared(joins, params, progress)
                },
            ),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        vec![
            Sabotage::<Self>::changing(
                "the networks have fifty hidden layers",
                Params { seeds: 1, ..Params::default() },
                |params| params.layers = 3,
            )
            .counters("shallow", "plain ones of that depth do not"),
        ]
    }
}

/// Plain networks, plain ones with orthogonal weights, and residual ones, or
/// what else they shall be.
fn compared(
    [plain, orthogonal, residual]: [Join; 3],
    params: &Params,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    progress.expect(3 * (SGD.len() + ADAM.len()) * params.seeds);
    let kind = |name, join| {
        let rates = |lrs: &[f64], optimizer: fn(f64) -> Optimizer| {
            lrs.iter()
                .map(|lr| rate(join, *lr, optimizer, params, progress))
                .collect::<Result<_, Stopped>>()
        };
        let sgd = rates(&SGD, Optimizer::sgd)?;
        let adam = rates(&ADAM, Optimizer::adam)?;
        Ok::<_, Stopped>(Kind { name, sgd, adam })
    };
    Ok(Outcome {
        params: params.clone(),
        plain: kind("plain", plain)?,
        orthogonal: kind("plain, orthogonal", orthogonal)?,
        residual: kind("residual", residual)?,
    })
}

fn rate(
    join: Join,
    lr: f64,
    optimizer: impl Fn(f64) -> Optimizer + Sync,
    params: &Params,
    progress: &Progress,
) -> Result<Rate, Stopped> {
    let seeds = seeds(params.seed, params.seeds);
    let accuracies = parallel::all(seeds, |seed| {
        let size = (params.layers, params.width);
        let run = trained(
            network(join, Activation::Tanh, size, seed),
            optimizer(lr),
            (params.samples, params.batch),
            (params.epochs, ENOUGH),
            seed,
        )?;
        progress.advance(1);
        Ok(run.accuracy)
    })?;
    Ok(Rate { lr, accuracies })
}

/// Runs that have solved the spirals.
fn solved(rates: &[Rate]) -> usize {
    let accuracies = rates.iter().flat_map(|rate| &rate.accuracies);
    accuracies.filter(|accuracy| **accuracy > SOLVED).count()
}

impl Outcome {
    fn kinds(&self) -> [&Kind; 3] {
        [&self.plain, &self.orthogonal, &self.residual]
    }

    fn panel(&self, rates: impl Fn(&Kind) -> &Vec<Rate>) -> Lines {
        let mut lines = Lines::new(
            Axis::log("learning rate"),
            Axis::linear("accuracy on new points").between(0.45, 1.0),
        );
        for kind in self.kinds() {
            for seed in 0..self.params.seeds {
                let points = rates(kind)
                    .iter()
                    .map(|rate| (rate.lr, rate.accuracies[seed]))
                    .collect();
                lines = match seed {
                    0 => lines.main(kind.name, points),
                    _ => lines.thin_of(kind.name, points),
                };
            }
        }
        lines.threshold(SOLVED, "solved")
    }

    fn finding(&self) -> String {
        let Params { layers, seeds, .. } = self.params;
        let (sgd, adam) = (SGD.len() * seeds, ADAM.len() * seeds);
        let of = |kind: &Kind| (solved(&kind.sgd), solved(&kind.adam));
        let (residual, plain) = (of(&self.residual), of(&self.plain));
        let orthogonal = of(&self.orthogonal);
        if ShortcutRates::bears_out(self) {
            format!(
                "{layers} residual layers learn over a wide range of learning \
                 rates. Plain ones learn only with Adam, over a narrow range, \
                 and most often from orthogonal weights. Of {adam} runs with \
                 Adam {} residual, {} orthogonal and {} plain networks solve \
                 the spirals; of {sgd} with SGD {}, {} and {}. Thin: other \
                 seeds.",
                residual.1,
                orthogonal.1,
                plain.1,
                residual.0,
                orthogonal.0,
                plain.0,
            )
        } else {
            format!(
                "Of {adam} runs with Adam {} residual, {} orthogonal and {} \
                 plain networks solve the spirals; of {sgd} with SGD {}, {} \
                 and {}.",
                residual.1,
                orthogonal.1,
                plain.1,
                residual.0,
                orthogonal.0,
                plain.0,
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Two panels of accuracy on new points by learning rate on a \
             logarithmic axis, {} seeds; a line at {SOLVED} marks what counts \
             as solved.",
            self.params.seeds
        );
        for kind in self.kinds() {
            for (by, rates) in [("SGD", &kind.sgd), ("Adam", &kind.adam)] {
                text += &format!(" {}, {by}:", kind.name);
                for rate in rates {
                    let solved = solved(std::slice::from_ref(rate));
                    text += &format!(" {solved} solved at {};", rate.lr);
                }
            }
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("network"),
            Column::new("optimizer"),
            Column::new("learning rate"),
            Column::new("seed"),
            Column::new("accuracy on new points").digits(3),
        ]);
        for kind in self.kinds() {
            for (by, rates) in [("SGD", &kind.sgd), ("Adam", &kind.adam)] {
                for rate in rates {
                    for (i, accuracy) in rate.accuracies.iter().enumerate() {
                        table.row([
                            Cell::Text(kind.name.into()),
                            Cell::Text(by.into()),
                            Cell::Number(rate.lr),
                            Cell::Number((self.params.seed + i as u64) as f64),
                            Cell::Number(*accuracy),
                        ]);
                    }
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
    fn what_just_reaches_the_threshold_is_not_solved() {
        let rate = Rate { lr: 0.1, accuracies: vec![SOLVED, 0.951, f64::NAN] };
        assert_eq!(solved(&[rate]), 1);
    }
}
