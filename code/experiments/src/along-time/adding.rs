//! Who learns to add two marked numbers out of a sequence?
//!
//! Of T values, uniform in [0, 1], one in the first half is marked and one in
//! the second; the target is their sum (S. Hochreiter, J. Schmidhuber, 1997).
//! A network sees a value and its mark at each moment, and answers after the
//! last.
//!
//! The least mean squared error of any affine map of all 2T inputs is
//! (1 − 2/T)/6. Given the marks, the target has the mean 1 whatever they are,
//! so it has no covariance with a mark; with a value it has (2/T)/12, the
//! chance of a mark times the variance 1/12. The values are independent of the
//! marks and of each other, so the best map is 1 + (2/T)·Σ(value − ½), and it
//! explains T·(2/T)²/12 = 1/(3T) of the variance 1/6.
//!
//! See the chapter `along-time`.

use ndarray::{Array2, Axis};

use chart::{Axis as Scale, Cell as Entry, Chart, Column, Lines, Panel, Table};
use exact::{
    decimal::Decimal,
    rng::{Rng, Stream},
    statistics::{least, median, most},
};
use slope::{Activation, Loss, Optimizer};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

use super::recurrence::{Cell, Recurrence};

/// Sequences of an update.
const BATCH: usize = 32;

/// Sequences that the losses are of.
const TEST: usize = 512;

/// Updates from one loss to the next.
const EVERY: usize = 50;

/// Values in a sequence.
const LENGTHS: [usize; 2] = [10, 30];

/// Places in [`LENGTHS`].
const SHORT: usize = 0;
const LONG: usize = 1;

/// What is trained: the cell, and its weight along time, if that is not drawn.
type Kind = (&'static str, Cell, Option<f64>);

const KINDS: [Kind; 3] = [
    ("linear", Cell::Recurrent(Activation::Identity), Some(1.0)),
    ("tanh", Cell::Recurrent(Activation::Tanh), None),
    ("carousel", Cell::Carousel, None),
];

/// Places in [`KINDS`].
const LINEAR: usize = 0;
const TANH: usize = 1;
const CAROUSEL: usize = 2;

params! {
    /// What the training depends on.
    pub struct Params {
        /// Seed of the first weights and sequences; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// Seeds, each with its own weights and sequences.
        seeds: usize = 3, in 1..=20, "Seeds";
        /// Units of each network.
        width: usize = 6, in 2..=16, "Units";
        /// Adam's learning rate.
        lr: f64 = 0.03, in 0.001..=0.1, "Learning rate";
        /// How long each network is trained.
        updates: usize = 400, in 100..=1000, "Training", "updates";
    }
}

/// What a run is made of.
#[derive(Clone, Copy)]
struct Setup {
    kinds: [Kind; 3],
    /// Whether each value is multiplied by its mark beforehand.
    is_multiplied: bool,
    /// Whether the targets belong to other sequences.
    is_mixed_up: bool,
}

const BOOK: Setup =
    Setup { kinds: KINDS, is_multiplied: false, is_mixed_up: false };

/// The experiment.
pub struct Adding;

/// One network.
struct Run {
    /// By update.
    losses: Vec<(f64, f64)>,
}

/// What was found.
pub struct Outcome {
    params: Params,
    /// By length, kind and seed.
    runs: Vec<Vec<Vec<Run>>>,
    /// The loss of the best affine map, by length and seed.
    floors: Vec<Vec<f64>>,
}

impl Experiment for Adding {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "adding";
    const QUESTION: &'static str =
        "Who learns to add two marked numbers out of a sequence?";
    const CHAPTER: &'static str = "along-time";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        compared(params, progress, BOOK)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let end = |length, kind| median(outcome.ends(length, kind));
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("units", outcome.params.width),
            Fact::count("updates", outcome.params.updates),
            Fact::count("short", LENGTHS[SHORT]),
            Fact::count("long", LENGTHS[LONG]),
            Fact::fixed("short-floor", floor(LENGTHS[SHORT]), 3),
            Fact::fixed("long-floor", floor(LENGTHS[LONG]), 3),
            Fact::fixed("linear-least", outcome.least_linear(), 2).least(),
            Fact::fixed("tanh-least", least(outcome.ends(LONG, TANH)), 2)
                .least(),
            Fact::fixed("carousel-most", most(outcome.ends(LONG, CAROUSEL)), 2)
                .most(),
            Fact::fixed("short-linear", end(SHORT, LINEAR), 2),
            Fact::fixed("short-tanh", end(SHORT, TANH), 2),
            Fact::fixed("short-carousel", end(SHORT, CAROUSEL), 3),
            Fact::fixed("long-linear", end(LONG, LINEAR), 2),
            Fact::fixed("long-tanh", end(LONG, TANH), 2),
            Fact::fixed("long-carousel", end(LONG, CAROUSEL), 3),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let ends = |length, kind| outcome.ends(length, kind);
        let both = |kind| [ends(SHORT, kind), ends(LONG, kind)].concat();
        vec![
            Claim::above(
                "no linear recurrence passes the floor, by more than the \
                 chance of a sample",
                least(both(LINEAR)),
                0.97,
            ),
            Claim::below("it comes near", most(both(LINEAR)), 1.5),
            Claim::below(
                "tanh passes the floor of short sequences, in the median",
                median(ends(SHORT, TANH)),
                0.7,
            )
            .of_the_book(),
            Claim::above(
                "of long ones it does not",
                least(ends(LONG, TANH)),
                0.95,
            ),
            Claim::below(
                "the carousel solves short sequences",
                most(ends(SHORT, CAROUSEL)),
                0.05,
            ),
            Claim::below(
                "it passes the floor of long ones",
                most(ends(LONG, CAROUSEL)),
                0.9,
            ),
            Claim::below(
                "and solves them, in the median",
                median(ends(LONG, CAROUSEL)),
                0.05,
            )
            .of_the_book(),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![Span::between("width", 6.0, 7.0)]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let panel = |length: usize| {
            let title = format!("{} values", LENGTHS[length]);
            Panel::new(title, outcome.drawn(length))
        };
        Chart::new("Adding two marked values, by update")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([panel(SHORT), panel(LONG)])
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        vec![
            broken("the targets of other sequences", |setup| {
                setup.is_mixed_up = true;
            }),
            broken("a carousel in the place of tanh", |setup| {
                setup.kinds[TANH].1 = Cell::Carousel;
            }),
            broken("a weight of 2 along time", |setup| {
                setup.kinds[LINEAR].2 = Some(2.0);
            }),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        vec![
            broken("the mark stands beside the value", |setup| {
                setup.is_multiplied = true;
            })
            .counters("multiplied", "no linear recurrence passes the floor"),
        ]
    }
}

fn broken(what: &'static str, change: fn(&mut Setup)) -> Sabotage<Adding> {
    let one = Params { seeds: 1, ..Params::default() };
    Sabotage::new(what, one, move |params, progress| {
        let mut setup = BOOK;
        change(&mut setup);
        compared(params, progress, setup)
    })
}

fn compared(
    params: &Params,
    progress: &Progress,
    setup: Setup,
) -> Result<Outcome, Stopped> {
    progress.expect(LENGTHS.len() * KINDS.len() * params.seeds);
    let seeds = || seeds(params.seed, params.seeds);
    let mut jobs = Vec::new();
    for length in LENGTHS {
        for kind in setup.kinds {
            jobs.extend(seeds().map(|seed| (length, kind, seed)));
        }
    }
    let runs = parallel::results(jobs, |(length, kind, seed)| {
        let run = trained(params, setup, length, kind, seed);
        progress.advance(1);
        run
    });
    let mut runs = runs.into_iter();
    let mut of_kind = |_| runs.by_ref().take(params.seeds).collect();
    let runs = LENGTHS.map(|_| KINDS.map(&mut of_kind).into());
    let floors = LENGTHS.map(|length| {
        // The best line is of the values themselves.
        let plain = Setup { is_multiplied: false, ..setup };
        let of = |seed| Sequences::test(plain, length, seed).floor();
        seeds().map(of).collect()
    });
    Ok(Outcome {
        params: params.clone(),
        runs: runs.into(),
        floors: floors.into(),
    })
}

/// Sequences with their targets.
struct Sequences {
    /// By moment; a value and its mark, in rows.
    xs: Vec<Array2<f64>>,
    y: Array2<f64>,
}

impl Sequences {
    fn drawn(setup: Setup, length: usize, count: usize, rng: &mut Rng) -> Self {
        let mut xs = vec![Array2::zeros((count, 2)); length];
        let mut y = Array2::zeros((count, 1));
        for row in 0..count {
            let half = length / 2;
            let marked = [rng.below(half), half + rng.below(half)];
            for (at, x) in xs.iter_mut().enumerate() {
                let (value, is_marked) = (rng.uniform(), marked.contains(&at));
                let mark = f64::from(u8::from(is_marked));
                y[(row, 0)] += value * mark;
                x[(row, 0)] = value;
                x[(row, 1)] = mark;
                if setup.is_multiplied {
                    x[(row, 0)] *= mark;
                }
            }
        }
        if setup.is_mixed_up {
            y.invert_axis(Axis(0));
            y = y.as_standard_layout().into_owned();
        }
        Self { xs, y }
    }

    fn test(setup: Setup, length: usize, seed: u64) -> Self {
        let mut rng = Rng::new(seed, Stream::Noise);
        Self::drawn(setup, length, TEST, &mut rng)
    }

    /// The loss of 1 + (2/T)·Σ(value − ½).
    fn floor(&self) -> f64 {
        let share = 2.0 / self.xs.len() as f64;
        let mut best = Array2::from_elem(self.y.raw_dim(), 1.0);
        for x in &self.xs {
            for (best, value) in best.iter_mut().zip(x.column(0)) {
                *best += share * (value - 0.5);
            }
        }
        Loss::Mse.value(&best, &self.y)
    }
}

fn trained(
    params: &Params,
    setup: Setup,
    length: usize,
    (_, cell, weight): Kind,
    seed: u64,
) -> Run {
    let mut rng = Rng::new(seed, Stream::Weights);
    let drawn = Recurrence::drawn(cell, 2, params.width, &mut rng);
    let mut network = drawn.keeping(weight);
    let mut state = Optimizer::adam(params.lr).start(network.parameter_count());
    let test = Sequences::test(setup, length, seed);
    let mut rng = Rng::new(seed, Stream::Data);
    let mut losses = Vec::new();
    for update in 0..=params.updates {
        if update % EVERY == 0 || update == params.updates {
            let loss = Loss::Mse.value(&network.output(&test.xs), &test.y);
            losses.push((update as f64, loss));
        }
        if update == params.updates {
            break;
        }
        let batch = Sequences::drawn(setup, length, BATCH, &mut rng);
        let gradient = network.gradient(&batch.xs, &batch.y);
        network.update(&mut state, &gradient);
    }
    Run { losses }
}

impl Outcome {
    /// The last losses of the seeds, over those of the best affine map.
    fn ends(&self, length: usize, kind: usize) -> Vec<f64> {
        let runs = self.runs[length][kind].iter().zip(&self.floors[length]);
        runs.map(|(run, floor)| run.losses[run.losses.len() - 1].1 / floor)
            .collect()
    }

    fn least_linear(&self) -> f64 {
        let all = [SHORT, LONG].map(|length| self.ends(length, LINEAR));
        least(all.concat())
    }

    fn drawn(&self, length: usize) -> Lines {
        let floor = floor(LENGTHS[length]);
        let y = Scale::log("mean squared error");
        let lines = Lines::new(Scale::linear("update"), y);
        let named = KINDS.iter().zip(&self.runs[length]);
        let lines = named.fold(lines, |lines, ((name, ..), runs)| {
            let lines = lines.main(*name, runs[0].losses.clone());
            runs[1..].iter().fold(lines, |lines, run| {
                lines.thin_of(*name, run.losses.clone())
            })
        });
        lines.threshold(floor, "linear floor")
    }

    fn finding(&self) -> String {
        let end = |length, kind| Decimal(median(self.ends(length, kind)));
        let Params { updates, seeds, .. } = self.params;
        let long = LENGTHS[LONG];
        if Adding::bears_out(self) {
            format!(
                "The linear recurrence stops at the floor. tanh passes it where \
                 there are {} values; where there are {long}, the carousel \
                 alone does. Bold: the first of {seeds} seeds.",
                LENGTHS[SHORT]
            )
        } else {
            format!(
                "After {updates} updates with {long} values the losses are \
                 {:.2}, {:.2} and {:.2} of the floor: linear, tanh and carousel.",
                end(LONG, LINEAR),
                end(LONG, TANH),
                end(LONG, CAROUSEL)
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Two panels over {} updates, the mean squared error on a \
             logarithmic axis with the linear floor as a line. At the end, in \
             multiples of the best affine map:",
            self.params.updates
        );
        for (length, values) in LENGTHS.into_iter().enumerate() {
            for (kind, (name, ..)) in KINDS.into_iter().enumerate() {
                let ends = || self.ends(length, kind);
                text += &format!(
                    " {values} values, {name}, from {:.3} to {:.3};",
                    Decimal(least(ends())),
                    Decimal(most(ends()))
                );
            }
        }
        text.pop();
        text + "."
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("values"),
            Column::new("network"),
            Column::new("seed"),
            Column::new("update"),
            Column::new("mean squared error").digits(3),
        ]);
        for (length, values) in LENGTHS.into_iter().enumerate() {
            for (kind, (name, ..)) in KINDS.into_iter().enumerate() {
                let runs = self.runs[length][kind].iter();
                for (run, seed) in runs.zip(self.params.seed..) {
                    for (update, loss) in &run.losses {
                        table.row([
                            Entry::Number(values as f64),
                            Entry::Text(name.into()),
                            Entry::Number(seed as f64),
                            Entry::Number(*update),
                            Entry::Number(*loss),
                        ]);
                    }
                }
            }
        }
        table
    }
}

/// (1 − 2/T)/6.
fn floor(length: usize) -> f64 {
    (1.0 - 2.0 / length as f64) / 6.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_map_near_the_best_affine_one_has_a_lower_loss() {
        let mut rng = Rng::new(3, Stream::Data);
        let Sequences { xs, y } = Sequences::drawn(BOOK, 10, 40_000, &mut rng);
        let loss = |share: f64, of_mark: f64| {
            let mut best = Array2::from_elem(y.raw_dim(), 1.0);
            for (at, x) in xs.iter().enumerate() {
                for (best, row) in best.iter_mut().zip(x.rows()) {
                    let first = if at == 0 { row[1] - 0.2 } else { 0.0 };
                    *best += share * (row[0] - 0.5) + of_mark * first;
                }
            }
            Loss::Mse.value(&best, &y)
        };
        let best = loss(0.2, 0.0);
        assert!((best / floor(10) - 1.0).abs() < 0.03, "{best}");
        for (share, of_mark) in
            [(0.25, 0.0), (0.15, 0.0), (0.2, 0.1), (0.2, -0.1)]
        {
            assert!(loss(share, of_mark) > best, "{share} {of_mark}");
        }
    }

    #[test]
    fn two_values_are_both_marked_and_their_sum_is_affine() {
        let mut rng = Rng::new(4, Stream::Data);
        assert!(Sequences::drawn(BOOK, 2, 50, &mut rng).floor() < 1e-30);
    }
}
