//! Do equal units of a hidden layer ever part?
//!
//! Backpropagation gives unit i the slopes dL/dvᵢ = Σ e·aᵢ and
//! dL/dwᵢ = Σ e·vᵢ·f′(zᵢ)·x. Where two units are equal, weight for weight, all
//! of these factors are, and their sums, added in one order, are equal to the
//! last bit; so the units are equal after the update, too. With f(z) = z the
//! second is vᵢ·Σ e·x: units of one row w and different v do part, and the
//! network is one affine map all the same.
//!
//! Moons, a hidden layer, gradient descent on batches; of a seed, the same data,
//! order and first weights for all. See the chapter `activations`.

use slope::Activation;

use super::units::{EQUAL, Run, Start, trained};
use chart::{Axis, Cell, Chart, Column, Lines, Panel, Table};
use exact::decimal::Decimal;
use exact::statistics::{least, log_spaced, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// How far apart the weights of the units are that start almost equal.
const NUDGE: f64 = 1e-6;

params! {
    /// What the networks depend on.
    pub struct Params {
        /// Seed of the first data, weights and order; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many seeds.
        seeds: usize = 5, in 1..=20, "Seeds";
        /// Units of the hidden layer.
        width: usize = 6, in 2..=32, "Units of the layer";
        /// The learning rate.
        lr: f64 = 1.0, in 0.01..=2.0, "Learning rate";
        /// How long each network is trained.
        epochs: usize = 1000, in 1..=2000, "Training", "epochs";
    }
}

/// The experiment.
pub struct Symmetry;

/// What is compared: equal, almost equal, random; and with
/// slope 1, equal, and equal but for the weights out of the units.
const STARTS: [Start; 5] = [
    EQUAL,
    Start { nudge: NUDGE, ..EQUAL },
    Start { equal: false, ..EQUAL },
    Start { activation: Activation::Identity, ..EQUAL },
    Start { activation: Activation::Identity, own_outputs: true, ..EQUAL },
];

const NAMES: [&str; 3] = ["equal", "almost equal", "random"];

/// Places in [`STARTS`].
const SAME: usize = 0;
const NEARLY: usize = 1;
const RANDOM: usize = 2;
const STRAIGHT: usize = 3;
const STRAIGHT_PARTED: usize = 4;

/// What was found.
pub struct Outcome {
    params: Params,
    /// By start and seed.
    runs: Vec<Vec<Run>>,
}

impl Experiment for Symmetry {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "symmetry";
    const QUESTION: &'static str =
        "Does training tell units apart that start with equal weights?";
    const CHAPTER: &'static str = "activations";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        outcome(params, STARTS, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let end = |start| median(outcome.ends(start));
        let gap = |start| median(outcome.gaps(start));
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("units", outcome.params.width),
            Fact::count("epochs", outcome.params.epochs),
            Fact::scientific("nudge", NUDGE, 1),
            Fact::fixed("equal-loss", end(SAME), 3),
            Fact::fixed("nearly-loss", end(NEARLY), 3),
            Fact::fixed("random-loss", end(RANDOM), 3),
            Fact::fixed("straight-gap", gap(STRAIGHT_PARTED), 1),
            Fact::fixed("straight-loss", end(STRAIGHT_PARTED), 3),
            Fact::fixed("straight-equal-loss", end(STRAIGHT), 3),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let distinct = |start: usize| {
            let runs = outcome.runs[start].iter();
            runs.map(|run| run.distinct).max().unwrap_or_default()
        };
        let gained = |start| {
            let pairs = outcome.ends(SAME).zip(outcome.ends(start));
            pairs.map(|(equal, other)| equal - other).collect::<Vec<_>>()
        };
        let straight =
            outcome.ends(STRAIGHT).zip(outcome.ends(STRAIGHT_PARTED));
        vec![
            Claim::equal(
                "equal units stay equal to the last bit, after every epoch",
                distinct(SAME),
                1,
            )
            .for_any("width")
            .for_any("lr")
            .for_any("epochs"),
            Claim::equal("with slope 1 as well", distinct(STRAIGHT), 1)
                .for_any("width")
                .for_any("lr")
                .for_any("epochs"),
            Claim::below(
                "together they compute what one unit does",
                most(outcome.runs[SAME].iter().map(|run| run.folded)),
                1e-12,
            )
            .for_any("width")
            .for_any("lr")
            .for_any("epochs"),
            Claim::above(
                "units a millionth apart part",
                least(outcome.gaps(NEARLY)),
                0.5,
            ),
            Claim::above(
                "and end at a lower loss",
                least(gained(NEARLY)),
                0.05,
            ),
            Claim::above(
                "with random weights the loss ends lower",
                least(gained(RANDOM)),
                0.05,
            ),
            Claim::above(
                "with slope 1, different weights out of the units part them",
                least(outcome.gaps(STRAIGHT_PARTED)),
                0.1,
            ),
            Claim::below(
                "and the loss gains nothing by it",
                most(straight.map(|(a, b)| (a - b).abs())),
                0.01,
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![Span::between("lr", 0.9, 1.2)]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let epoch = || Axis::linear("epoch");
        let gap = Axis::linear("largest difference of two units");
        let loss = Axis::linear("loss (nats)");
        let apart = outcome.drawn(Lines::new(epoch(), gap), |run| &run.gaps);
        let losses = Lines::new(epoch(), loss.between(0.0, 0.5));
        let losses = outcome.drawn(losses, |run| &run.losses);
        Chart::new("Units that start equal, almost equal or random")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([
                Panel::new("how far apart the units are", apart),
                Panel::new("what the network has learned", losses),
            ])
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let named = NAMES.iter().zip(&outcome.runs);
        let series = named.map(|(name, runs)| Series {
            name: format!("loss/{name}/seed-{}", outcome.params.seed),
            points: (0..).zip(runs[0].losses.iter().copied()).collect(),
        });
        series.collect()
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        vec![
            with("one unit of the equal ones nudged", |starts| {
                starts[SAME].nudge = 1e-6;
                starts[STRAIGHT].nudge = 1e-6;
            }),
            with("units almost equal without their nudge", |starts| {
                starts[NEARLY].nudge = 0.0;
            }),
            with("one draw for all of the random units", |starts| {
                starts[RANDOM].equal = true;
            }),
            with("random units in the place of the equal ones", |starts| {
                starts[SAME].equal = false;
            }),
            with("tanh in the place of slope 1", |starts| {
                starts[STRAIGHT_PARTED].activation = Activation::Tanh;
            }),
            with("the same weight out of all units of slope 1", |starts| {
                starts[STRAIGHT_PARTED].own_outputs = false;
            }),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        vec![
            with("the weights out of the units are equal, too", |starts| {
                starts[SAME].own_outputs = true;
            })
            .counters("outputs", "equal units stay equal to the last bit"),
            with("the activation bends", |starts| {
                let activation = Activation::Identity;
                starts[..3].iter_mut().for_each(|s| s.activation = activation);
            })
            .counters("no-bend", "with random weights the loss ends lower"),
        ]
    }
}

fn with(what: &'static str, change: fn(&mut [Start; 5])) -> Sabotage<Symmetry> {
    let few = Params { seeds: 1, ..Params::default() };
    Sabotage::new(what, few, move |params, progress| {
        let mut starts = STARTS;
        change(&mut starts);
        outcome(params, starts, progress)
    })
}

fn outcome(
    params: &Params,
    starts: [Start; 5],
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    progress.expect(starts.len() * params.seeds);
    let seeds = || seeds(params.seed, params.seeds);
    let jobs = starts.iter().flat_map(|s| seeds().map(move |seed| (s, seed)));
    let runs = parallel::all(jobs, |(start, seed)| {
        let run = trained(params, *start, seed);
        progress.advance(1);
        run
    })?;
    let mut runs = runs.into_iter();
    let of_start = |_| runs.by_ref().take(params.seeds).collect();
    let runs = starts.iter().map(of_start).collect();
    Ok(Outcome { params: params.clone(), runs })
}

impl Outcome {
    /// The last losses of the seeds.
    fn ends(&self, start: usize) -> impl Iterator<Item = f64> {
        self.runs[start].iter().map(|run| run.losses[run.losses.len() - 1])
    }

    /// How far apart the units of each seed are at the end.
    fn gaps(&self, start: usize) -> impl Iterator<Item = f64> {
        self.runs[start].iter().map(|run| run.gaps[run.gaps.len() - 1])
    }

    /// The first seed of each start, and thinner the others.
    fn drawn(&self, lines: Lines, of: fn(&Run) -> &Vec<f64>) -> Lines {
        let points = |run: &Run| -> Vec<(f64, f64)> {
            let values = of(run).iter().enumerate();
            values.map(|(epoch, value)| (epoch as f64, *value)).collect()
        };
        let named = NAMES.into_iter().zip(&self.runs);
        named.fold(lines, |lines, (name, runs)| {
            let lines = lines.main(name, points(&runs[0]));
            let others = runs[1..].iter();
            others.fold(lines, |lines, run| lines.thin_of(name, points(run)))
        })
    }

    fn finding(&self) -> String {
        let Params { width, seeds, epochs, .. } = self.params;
        let end = |start| median(self.ends(start));
        if Symmetry::bears_out(self) {
            format!(
                "The {width} units that start equal stay equal to the last bit, \
                 so the network is one unit; its loss ends at {:.3}. A \
                 millionth of difference is enough: the units part, and the \
                 loss ends at {:.3}. Medians of {seeds} seeds.",
                Decimal(end(SAME)),
                Decimal(end(NEARLY)),
            )
        } else {
            format!(
                "After {epochs} epochs the loss is {:.3} from equal units, \
                 {:.3} from almost equal ones and {:.3} from random ones. \
                 Medians of {seeds} seeds.",
                Decimal(end(SAME)),
                Decimal(end(NEARLY)),
                Decimal(end(RANDOM)),
            )
        }
    }

    fn description(&self) -> String {
        let Params { width, seeds, epochs, .. } = self.params;
        let mut text = format!(
            "Two panels over {epochs} epochs. On the left, the largest \
             difference between the same weight of two of the {width} units, \
             on the right the loss; the first of {seeds} seeds is bold.",
        );
        for (start, name) in NAMES.iter().enumerate() {
            text += &format!(
                " {name}: the difference ends at {:.1} to {:.1},",
                Decimal(least(self.gaps(start))),
                Decimal(most(self.gaps(start))),
            );
            text += &format!(
                " the loss at {:.3} to {:.3}.",
                Decimal(least(self.ends(start))),
                Decimal(most(self.ends(start))),
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("start"),
            Column::new("seed"),
            Column::new("epoch"),
            Column::new("largest difference").digits(3),
            Column::new("loss").digits(3),
        ]);
        for (name, runs) in NAMES.iter().zip(&self.runs) {
            for (seed, run) in (self.params.seed..).zip(runs) {
                for epoch in log_spaced(self.params.epochs) {
                    table.row([
                        Cell::Text((*name).into()),
                        Cell::Number(seed as f64),
                        Cell::Number(epoch as f64),
                        Cell::Number(run.gaps[epoch]),
                        Cell::Number(run.losses[epoch]),
                    ]);
                }
            }
        }
        table
    }
}
