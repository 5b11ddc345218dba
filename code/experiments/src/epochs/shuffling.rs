//! Does the order of the samples matter? Sorted by class, shuffled once, and
//! shuffled before every epoch.
//!
//! Half-moons, one class after the other, a small tanh network, batches of 1
//! and of 32. An epoch in the order of the classes ends with hundreds of
//! updates for one of them, and a network that takes single samples forgets
//! the other. See the chapter `epochs`.

use slope::{
    Activation, Batch, Init, Loss, Network, Optimizer, Shuffle, Training,
    data::{self, Dataset},
    rng::{Rng, Stream},
};

use chart::{Axis, Cell, Chart, Column, DotPlot, Table};
use exact::statistics::{least, mean, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// The orders that are compared, by name.
const ORDERS: [(&str, Shuffle); 3] = [
    ("sorted by class", Shuffle::Never),
    ("shuffled once", Shuffle::Once),
    ("every epoch", Shuffle::EachEpoch),
];

params! {
    /// What the comparison depends on.
    pub struct Params {
        /// Seed of the first data, weights and order; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many seeds.
        seeds: usize = 9, in 1..=20, "Seeds";
        /// Samples of one update, in the runs that do not take single ones.
        batch: usize = 32, in 2..=256, "Batch", "samples";
        /// The step size.
        lr: f64 = 0.1, in 1e-3..=1.0, "Learning rate";
        /// How long each network is trained.
        epochs: usize = 40, in 1..=100, "Training", "epochs";
    }
}

/// The experiment.
pub struct Shuffling;

/// One network after training.
pub struct Run {
    /// The loss of all samples before the first update and after each epoch.
    losses: Vec<f64>,
    /// Part of the samples that the network takes for the class that came
    /// last in the data; half would be right.
    last_class: f64,
}

/// The runs of one batch size: by order, and by seed.
pub type Runs = [Vec<Run>; 3];

/// What was found.
pub struct Outcome {
    params: Params,
    single: Runs,
    batches: Runs,
}

impl Experiment for Shuffling {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "shuffling";
    const QUESTION: &'static str =
        "Does it matter in which order the samples come?";
    const CHAPTER: &'static str = "epochs";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        found(params, progress, moons, ORDERS.map(|(_, order)| order))
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let Outcome { single, batches, .. } = outcome;
        let middle = |runs: &[Run]| median(lasts(runs));
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::fixed("single-sorted", middle(&single[SORTED]), 2),
            Fact::fixed("single-once", middle(&single[ONCE]), 2),
            Fact::fixed("single-each", middle(&single[EACH]), 2),
            Fact::percent("single-last-class", forgetting(single), 0),
            Fact::fixed("batch-sorted", middle(&batches[SORTED]), 2),
            Fact::fixed("batch-once", middle(&batches[ONCE]), 3),
            Fact::fixed("batch-each", middle(&batches[EACH]), 3),
            Fact::fixed("single-reshuffling", reshuffling(single), 3),
            Fact::fixed("single-reshuffling-most", reshuffled(single), 2)
                .most(),
            Fact::fixed("batch-reshuffling-most", reshuffled(batches), 3)
                .most(),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let Outcome { single, batches, .. } = outcome;
        vec![
            Claim::above(
                "single samples sorted by class end worse, every time",
                least(sorting(single)),
                1.2,
            ),
            Claim::above(
                "in the median far worse",
                median(sorting(single)),
                5.0,
            ),
            Claim::above(
                "and worse than knowing nothing",
                median(lasts(&single[SORTED])),
                std::f64::consts::LN_2,
            ),
            Claim::above(
                "such a network sees the last class too often",
                forgetting(single),
                0.55,
            ),
            Claim::above(
                "in batches, sorting by class still costs on average",
                mean(sorting(batches)),
                1.1,
            ),
            Claim::below(
                "but much less",
                mean(sorting(batches)) / mean(sorting(single)),
                0.5,
            ),
            Claim::below(
                "in batches, shuffling again does not change the mean loss",
                reshuffling(batches).abs(),
                0.01,
            ),
            Claim::below(
                "nor that of any one seed by much",
                reshuffled(batches),
                0.03,
            ),
            Claim::below(
                "with single samples less than a tenth of what sorting costs",
                reshuffling(single).abs() / cost(single),
                0.1,
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("batch", 24.0, 48.0),
            Span::between("lr", 0.08, 0.12),
            Span::between("epochs", 35.0, 45.0),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let axis = Axis::log("loss of all samples after training");
        let mut plot = DotPlot::new(axis).dots("One dot per seed");
        for (batch, runs) in outcome.groups() {
            plot = plot.group(match batch {
                1 => "Updates on single samples".to_string(),
                n => format!("Updates on batches of {n}"),
            });
            for ((order, _), runs) in ORDERS.iter().zip(runs) {
                plot = plot.row(*order, lasts(runs));
            }
        }
        plot = plot.threshold(std::f64::consts::LN_2, "ln 2: a coin");
        Chart::new("Loss after training, by order of the samples")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(plot)
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let mut series = Vec::new();
        for (batch, runs) in outcome.groups() {
            for ((order, _), runs) in ORDERS.iter().zip(runs) {
                let losses = runs[0].losses.iter().copied();
                series.push(Series {
                    name: format!("loss/batch-{batch}/{order}"),
                    points: (0..).zip(losses).collect(),
                });
            }
        }
        series
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let few = || Params { seeds: 2, ..Params::default() };
        vec![
            Sabotage::<Self>::new(
                "classes that take turns",
                few(),
                alternating,
            ),
            Sabotage::<Self>::new(
                "a shuffle that is forgotten where it should come once",
                few(),
                |params, progress| {
                    let [sorted, _, each] = ORDERS.map(|(_, order)| order);
                    found(params, progress, moons, [sorted, sorted, each])
                },
            ),
            Sabotage::<Self>::changing(
                "batches of a single sample",
                few(),
                |params| params.batch = 1,
            ),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let few = || Params { seeds: 2, ..Params::default() };
        vec![
            Sabotage::<Self>::new(
                "the classes lie in blocks",
                few(),
                alternating,
            )
            .counters(
                "no-blocks",
                "single samples sorted by class end worse, every time",
            ),
            Sabotage::<Self>::changing(
                "the learning rate is 0.1",
                few(),
                |params| params.lr = 0.001,
            )
            .counters("small-rate", "and worse than knowing nothing"),
        ]
    }
}

/// The same runs on data that do not lie class by class.
fn alternating(
    params: &Params,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    found(params, progress, turns, ORDERS.map(|(_, order)| order))
}

/// Samples of the two half-moons together.
const SAMPLES: usize = 512;

/// Places in [`ORDERS`].
const SORTED: usize = 0;
const ONCE: usize = 1;
const EACH: usize = 2;

/// Two half-moons, one class after the other.
fn moons(seed: u64) -> Dataset {
    data::moons(SAMPLES, 0.2, &mut Rng::new(seed, Stream::Data))
}

/// What hurts is that classes come in blocks; here they do not.
fn turns(seed: u64) -> Dataset {
    let half = SAMPLES / 2;
    let rows = (0..half).flat_map(|i| [i, half + i]);
    moons(seed).rows(&rows.collect::<Vec<_>>())
}

fn found(
    params: &Params,
    progress: &Progress,
    data: fn(u64) -> Dataset,
    orders: [Shuffle; 3],
) -> Result<Outcome, Stopped> {
    progress.expect(2 * orders.len() * params.seeds);
    let runs = |batch: usize| -> Result<Runs, Stopped> {
        let [sorted, once, each] = orders.map(|order| {
            let of_seed = |seed| {
                let run = trained(&data(seed), batch, order, seed, params);
                progress.advance(1);
                run
            };
            let seeds = seeds(params.seed, params.seeds);
            parallel::all(seeds, of_seed)
        });
        Ok([sorted?, once?, each?])
    };
    Ok(Outcome {
        params: params.clone(),
        single: runs(1)?,
        batches: runs(params.batch)?,
    })
}

fn trained(
    data: &Dataset,
    batch: usize,
    shuffle: Shuffle,
    seed: u64,
    params: &Params,
) -> Result<Run, Stopped> {
    let mut rng = Rng::new(seed, Stream::Weights);
    let (f, init) = (Activation::Tanh, Init::XavierUniform);
    let mut network = Network::dense(&[2, 16, 16, 1], f, init, &mut rng);
    let training = Training {
        loss: Loss::BceLogits,
        optimizer: Optimizer::sgd(params.lr),
        batch: Batch::Size(batch),
        epochs: params.epochs,
        shuffle,
    };
    let history = training
        .run(&mut network, data, &mut Rng::new(seed, Stream::Order))
        .map_err(|why| Stopped(format!("seed {seed}, batch {batch}: {why}")))?;
    let logits = network.output(&data.x);
    let ones = logits.iter().filter(|logit| **logit > 0.0).count();
    Ok(Run {
        losses: history.epochs,
        last_class: ones as f64 / data.len() as f64,
    })
}

fn lasts(runs: &[Run]) -> Vec<f64> {
    runs.iter().map(|run| run.losses[run.losses.len() - 1]).collect()
}

/// How many times the loss of every seed is what shuffling each epoch gives.
fn sorting(runs: &Runs) -> Vec<f64> {
    let pairs = lasts(&runs[SORTED]).into_iter().zip(lasts(&runs[EACH]));
    pairs.map(|(sorted, each)| sorted / each).collect()
}

/// By how much sorting raises the loss, on average.
fn cost(runs: &Runs) -> f64 {
    mean(lasts(&runs[SORTED])) - mean(lasts(&runs[EACH]))
}

/// By how much shuffling every epoch raises the loss that one shuffle gives,
/// on average.
fn reshuffling(runs: &Runs) -> f64 {
    mean(lasts(&runs[EACH])) - mean(lasts(&runs[ONCE]))
}

/// By how much it moves the loss of any one seed, at most.
fn reshuffled(runs: &Runs) -> f64 {
    let pairs = lasts(&runs[EACH]).into_iter().zip(lasts(&runs[ONCE]));
    most(pairs.map(|(each, once)| (each - once).abs()))
}

/// Part of the samples that the sorted runs take for the class they saw last.
fn forgetting(runs: &Runs) -> f64 {
    mean(runs[SORTED].iter().map(|run| run.last_class))
}

impl Outcome {
    fn groups(&self) -> [(usize, &Runs); 2] {
        [(1, &self.single), (self.params.batch, &self.batches)]
    }

    fn finding(&self) -> String {
        let Outcome { single, batches, .. } = self;
        let sorted = median(lasts(&single[SORTED]));
        let each = median(lasts(&single[EACH]));
        let again = reshuffling(batches);
        if Shuffling::bears_out(self) {
            format!(
                "Trained on single samples sorted by class, the network ends \
                 at a median loss of {sorted:.2}; shuffled before each \
                 epoch, at {each:.2}. In batches, sorting costs less. \
                 Shuffling only once does nearly all of the good."
            )
        } else {
            format!(
                "With single samples, the median loss is {sorted:.2} in the \
                 order of the classes and {each:.2} if shuffled every epoch. \
                 In batches of {}, shuffling every epoch and not once changes \
                 the mean loss by {again:.3}.",
                self.params.batch,
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Two groups of three rows of {} dots on a logarithmic axis of the \
             loss, with a line at ln 2, 0.693.",
            self.params.seeds
        );
        for (batch, runs) in self.groups() {
            for ((order, _), runs) in ORDERS.iter().zip(runs) {
                let losses = lasts(runs);
                text += &format!(
                    " Batch {batch}, {order}: from {:.3} to {:.3}, median \
                     {:.3}.",
                    least(losses.clone()),
                    most(losses.clone()),
                    median(losses),
                );
            }
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("batch"),
            Column::new("order"),
            Column::new("seed"),
            Column::new("loss").digits(4),
            Column::new("taken for the last class").digits(3),
        ]);
        for (batch, runs) in self.groups() {
            for ((order, _), runs) in ORDERS.iter().zip(runs) {
                let rows = (self.params.seed..).zip(runs).zip(lasts(runs));
                for ((seed, run), loss) in rows {
                    table.row([
                        Cell::Number(batch as f64),
                        Cell::Text((*order).into()),
                        Cell::Number(seed as f64),
                        Cell::Number(loss),
                        Cell::Number(run.last_class),
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
    fn the_data_are_sorted_by_class() {
        let y = moons(0).y;
        assert!(y.iter().zip(y.iter().skip(1)).all(|(a, b)| a <= b));
    }

    /// All samples in one batch have no order but that of a sum.
    #[test]
    fn a_full_batch_does_not_care() {
        let params = Params { epochs: 5, ..Params::default() };
        let end = |order| {
            let run = trained(&moons(0), SAMPLES, order, 0, &params).unwrap();
            lasts(&[run])[0]
        };
        assert_eq!(end(Shuffle::Never), end(Shuffle::EachEpoch));
    }
}
