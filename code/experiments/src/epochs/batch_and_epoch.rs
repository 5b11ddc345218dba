//! The same runs with batches of three sizes, drawn over epochs and over
//! updates: what a small batch buys, and what it costs.
//!
//! Half-moons, a small tanh network, one learning rate, gradient descent on
//! all samples, on a few, on one. The loss is that of the whole training set,
//! measured between updates. On a logarithmic axis epochs = updates · batch /
//! samples is a shift: the two panels hold the same curves, moved. See the
//! chapter `epochs`.

use std::{sync::Arc, vec};

use ndarray::{Array2, Axis as Along};
use probe::per_example_gradients;
use slope::{
    Activation, Batch, Diverged, Init, Loss, Network, Optimizer, Shuffle,
    Training,
    data::{self, Dataset},
    decimal::Decimal,
    product,
    rng::{Rng, Stream},
};

use chart::{Axis, Cell, Chart, Column, Lines, Panel, Table};
use exact::statistics::{least, log_spaced, mean, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    live::BySeed,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// The loss of all runs.
const LOSS: Loss = Loss::BceLogits;

params! {
    /// What the curves depend on.
    pub struct Params {
        /// Seed of the curves that are drawn boldly; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many seeds, each with its own data, first weights and order.
        seeds: usize = 3, in 1..=20, "Seeds";
        /// Samples of the two half-moons together: the largest batch.
        samples: usize = 512, in 64..=1024, "Samples";
        /// Samples of one update, in the run between all and one.
        batch: usize = 32, in 2..=63, "Small batch", "samples";
        /// The step size, the same for all.
        lr: f64 = 0.1, in 1e-3..=1.0, "Learning rate";
        /// How often the run with single samples uses each.
        epochs: usize = 10, in 2..=40, "Training one by one", "epochs";
        /// Updates of the other runs.
        updates: usize = 512, in 64..=2048, "Training", "updates";
    }
}

/// The experiment.
pub struct BatchAndEpoch;

/// One network, trained with batches of one size.
pub struct Run {
    batch: usize,
    seed: u64,
    training: slope::Run<Network, Arc<Dataset>>,
    data: Arc<Dataset>,
    /// After how many updates the loss is still to be measured.
    looks: vec::IntoIter<usize>,
    /// The loss of all samples after so many updates, where it was measured.
    losses: Vec<(usize, f64)>,
    /// How far the slope of such a batch is from that of all samples, in
    /// lengths of the latter, at the last look at the run with all.
    noise: f64,
}

/// The runs of one seed: all, a few, one.
pub type Runs = [Run; 3];

/// What the curves show.
pub struct Outcome {
    params: Params,
    seeds: Vec<Runs>,
}

impl Experiment for BatchAndEpoch {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "batch-and-epoch";
    const QUESTION: &'static str = "Do small batches learn faster?";
    const CHAPTER: &'static str = "epochs";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        found(params, progress, |_| params.lr)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let Params { epochs, updates, .. } = outcome.params;
        let after = |epochs, run| median(outcome.after_epochs(epochs, run));
        let [first, second, third, _] = outcome.params.compared();
        vec![
            Fact::count("runs", outcome.params.seeds),
            Fact::count("compared-first", first),
            Fact::count("compared-second", second),
            Fact::count("compared-third", third),
            Fact::count("updates", updates),
            Fact::fixed("full-epoch", after(1, ALL), 2),
            Fact::fixed("few-epoch", after(1, FEW), 2),
            Fact::fixed("one-epoch", after(1, ONE), 2),
            Fact::fixed("full-epochs", after(epochs, ALL), 2),
            Fact::fixed("few-epochs", after(epochs, FEW), 2),
            Fact::fixed("one-epochs", after(epochs, ONE), 2),
            outcome.largest_gap(),
            Fact::fixed("full-updates", median(outcome.after(updates, ALL)), 2),
            Fact::fixed("few-updates", median(outcome.after(updates, FEW)), 2),
            Fact::fixed("one-updates", median(outcome.after(updates, ONE)), 2),
            Fact::fixed("few-noise", median(outcome.noises(FEW)), 1),
            Fact::fixed("one-noise", median(outcome.noises(ONE)), 0),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let Params { epochs, updates, .. } = outcome.params;
        let ratio = |epochs, this: usize, that: usize| {
            let losses = outcome.after_epochs(epochs, this).into_iter();
            let pairs = losses.zip(outcome.after_epochs(epochs, that));
            most(pairs.map(|(this, that)| this / that))
        };
        vec![
            Claim::below(
                "per update, a small batch does what all samples do",
                most(outcome.gaps()),
                0.02,
            )
            .of_the_book(),
            Claim::below(
                "on average over the seeds even more exactly",
                outcome.mean_gap(),
                0.01,
            )
            .of_the_book(),
            Claim::below(
                "after one epoch, a small batch is far ahead",
                ratio(1, FEW, ALL),
                0.9,
            ),
            Claim::below("after all epochs, too", ratio(epochs, FEW, ALL), 0.9),
            Claim::below(
                "per epoch, single samples are on average ahead of both",
                mean(outcome.after_epochs(1, ONE))
                    / mean(outcome.after_epochs(1, FEW)),
                0.95,
            ),
            Claim::above(
                "per update, they are on average behind",
                mean(outcome.after(updates, ONE))
                    / mean(outcome.after(updates, FEW)),
                1.05,
            ),
            Claim::above(
                "the slope of a single sample is further off than a batch's",
                least(
                    outcome
                        .noises(ONE)
                        .iter()
                        .zip(outcome.noises(FEW))
                        .map(|(one, few)| one / few),
                ),
                4.0,
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("lr", 0.08, 0.12),
            Span::between("samples", 384.0, 640.0),
            Span::between("batch", 28.0, 48.0),
            Span::between("epochs", 8.0, 12.0),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let Params { samples, batch, updates, .. } = outcome.params;
        let (all, few) = (samples as f64, batch as f64);
        let epochs =
            Axis::log("epochs").between(few / all, updates as f64 * few / all);
        let updates = Axis::log("updates").between(1.0, updates as f64);
        Chart::new("Loss by epoch and by update, for three batch sizes")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([
                Panel::new(
                    "Over epochs",
                    outcome
                        .curves(epochs, |updates, batch| updates * batch / all),
                ),
                Panel::new(
                    "Over updates",
                    outcome.curves(updates, |updates, _| updates),
                ),
            ])
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let runs = outcome.seeds[0].iter().zip(outcome.params.batches());
        let series = runs.map(|(run, batch)| Series {
            name: format!("loss/batch-{batch}/seed-{}", outcome.params.seed),
            points: run.losses.iter().map(|(u, l)| (*u as u64, *l)).collect(),
        });
        series.collect()
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let few = || Params { seeds: 2, epochs: 3, ..Params::default() };
        vec![
            // Those of 512 samples are sixteen times those of 32.
            Sabotage::<Self>::new(
                "losses that are summed over a batch",
                few(),
                |params, progress| {
                    let lr = params.lr / params.batch as f64;
                    found(params, progress, |batch| lr * batch as f64)
                },
            ),
            Sabotage::<Self>::new(
                "a tenth of the learning rate",
                few(),
                |params, progress| {
                    found(params, progress, |_| params.lr / 10.0)
                },
            ),
            Sabotage::<Self>::changing(
                "a small batch of two samples",
                few(),
                |params| params.batch = 2,
            ),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let few = || Params { seeds: 2, epochs: 3, ..Params::default() };
        let says = "per update, a small batch does what all samples do";
        vec![
            Sabotage::<Self>::changing(
                "the learning rate is 0.1",
                few(),
                |params| params.lr = 1.0,
            )
            .counters("large-rate", says),
            Sabotage::<Self>::changing(
                "the learning rate is 0.1",
                few(),
                |params| params.lr = 0.4,
            )
            .counters("four-tenths", says),
            Sabotage::<Self>::changing(
                "the small batch has 32 samples",
                few(),
                |params| params.batch = 2,
            )
            .counters("batch-of-two", says),
        ]
    }
}

impl BySeed for BatchAndEpoch {
    const STEP: &'static str = "look";

    fn seeds(params: &mut Params) -> (&mut u64, &mut usize) {
        (&mut params.seed, &mut params.seeds)
    }

    fn params(outcome: &mut Outcome) -> &mut Params {
        &mut outcome.params
    }

    fn start(params: &Params) -> Result<Outcome, Stopped> {
        Ok(Outcome { params: params.clone(), seeds: Vec::new() })
    }

    fn steps(params: &Params) -> usize {
        let looks = params.batches().map(|batch| params.looks(batch).len());
        looks.into_iter().max().unwrap_or(0) - BEGUN
    }

    /// Samples that go through the network: those of the updates up to the next
    /// look of each run, and all of them at the look. An update takes as long as
    /// three samples more.
    fn work(params: &Params, step: usize) -> f64 {
        let runs = params.batches().map(|batch| {
            let looks = params.looks(batch);
            let look = |at: usize| looks.get(at).copied();
            let since = look(step + BEGUN - 1).zip(look(step + BEGUN));
            since.map_or(0, |(from, to)| {
                (batch + 3) * (to - from) + params.samples
            })
        });
        runs.into_iter().sum::<usize>() as f64
    }

    fn step(
        outcome: &mut Outcome,
        seed: u64,
        step: usize,
    ) -> Result<(), Stopped> {
        let Outcome { params, seeds } = outcome;
        if step == 0 {
            seeds.push(begun(seed, params, |_| params.lr)?);
        }
        seeds.last_mut().map_or(Ok(()), advance)
    }
}

/// Looks at runs that have begun: before any update, of which a logarithmic
/// axis shows nothing, and after the first.
const BEGUN: usize = 2;

/// Places in [`Runs`].
const ALL: usize = 0;
const FEW: usize = 1;
const ONE: usize = 2;

impl Params {
    fn batches(&self) -> [usize; 3] {
        [self.samples, self.batch, 1]
    }

    /// The runs are compared after so many updates.
    fn compared(&self) -> [usize; 4] {
        [32, 8, 2, 1].map(|part| self.updates / part)
    }

    /// Updates of one epoch.
    fn in_epoch(&self, batch: usize) -> usize {
        self.samples.div_ceil(batch)
    }

    /// After how many updates the loss is measured: ever more rarely, but
    /// also wherever runs are compared.
    fn looks(&self, batch: usize) -> Vec<usize> {
        let in_epoch = self.in_epoch(batch);
        let last = self.updates.max(self.epochs * in_epoch);
        let mut looks: Vec<usize> =
            log_spaced(last).into_iter().step_by(2).collect();
        looks.push(1);
        looks.extend(self.compared());
        looks.extend([in_epoch, self.epochs * in_epoch]);
        looks.sort_unstable();
        looks.dedup();
        looks
    }
}

fn found(
    params: &Params,
    progress: &Progress,
    lr: impl Fn(usize) -> f64 + Sync,
) -> Result<Outcome, Stopped> {
    let steps = BatchAndEpoch::steps(params);
    progress.expect(steps * params.seeds);
    let seeds = seeds(params.seed, params.seeds);
    let seeds = parallel::all(seeds, |seed| {
        let mut runs = begun(seed, params, &lr)?;
        for _ in 0..steps {
            advance(&mut runs)?;
            progress.advance(1);
        }
        Ok(runs)
    })?;
    Ok(Outcome { params: params.clone(), seeds })
}

/// The runs of a seed after the looks of those that have begun: with the next
/// there is a line to be drawn.
fn begun(
    seed: u64,
    params: &Params,
    lr: impl Fn(usize) -> f64,
) -> Result<Runs, Stopped> {
    let mut rng = Rng::new(seed, Stream::Data);
    let data = Arc::new(data::moons(params.samples, 0.2, &mut rng));
    let run = |batch| {
        Run::new(data.clone(), batch, lr(batch), params.looks(batch), seed)
    };
    let [all, few, one] = params.batches().map(run);
    let mut runs = [all?, few?, one?];
    for _ in 0..BEGUN {
        advance(&mut runs)?;
    }
    Ok(runs)
}

/// Each run of a seed until its next look.
fn advance(runs: &mut Runs) -> Result<(), Stopped> {
    runs.iter_mut().try_for_each(Run::advance)?;
    let [all, others @ ..] = runs;
    if all.looks.len() == 0 && others[0].noise.is_nan() {
        let Dataset { x, y } = &*all.data;
        let slopes = per_example_gradients(all.training.network(), LOSS, x, y);
        for run in others {
            run.noise = noise(&slopes, run.batch, run.seed);
        }
    }
    Ok(())
}

/// The distance of the slope of a batch to that of all samples, over the length
/// of the latter: the root of its mean square over an epoch in random order.
fn noise(slopes: &Array2<f64>, batch: usize, seed: u64) -> f64 {
    let mut order: Vec<usize> = (0..slopes.nrows()).collect();
    Rng::new(seed, Stream::Noise).shuffle(&mut order);
    let slope = |of: &[usize]| {
        product::column_sums(&slopes.select(Along(0), of)) / of.len() as f64
    };
    let all = slope(&order);
    let square = |off: &f64| off * off;
    let off = order.chunks_exact(batch).map(|of| {
        let off = slope(of) - &all;
        off.iter().map(square).sum::<f64>()
    });
    (mean(off) / all.iter().map(square).sum::<f64>()).sqrt()
}

impl Run {
    fn new(
        data: Arc<Dataset>,
        batch: usize,
        lr: f64,
        looks: Vec<usize>,
        seed: u64,
    ) -> Result<Self, Stopped> {
        let mut rng = Rng::new(seed, Stream::Weights);
        let (f, init) = (Activation::Tanh, Init::XavierUniform);
        let network = Network::dense(&[2, 16, 16, 1], f, init, &mut rng);
        let training = Training {
            loss: LOSS,
            optimizer: Optimizer::sgd(lr),
            batch: Batch::Size(batch),
            epochs: usize::MAX, // the last look is the end
            shuffle: Shuffle::EachEpoch,
        };
        let order = Rng::new(seed, Stream::Order);
        let training = training
            .start(network, data.clone(), order)
            .map_err(|error| Stopped(error.to_string()))?;
        let (losses, looks, noise) = (Vec::new(), looks.into_iter(), f64::NAN);
        Ok(Self { batch, seed, training, data, looks, losses, noise })
    }

    /// Trains until the next look, if one is left.
    fn advance(&mut self) -> Result<(), Stopped> {
        let Some(look) = self.looks.next() else { return Ok(()) };
        let Self { batch, seed, .. } = *self;
        let loss = self.until(look).map_err(|error| {
            Stopped(format!("seed {seed}, batch {batch}: {error}"))
        })?;
        self.losses.push((look, loss));
        Ok(())
    }

    /// The loss of all samples after so many updates.
    fn until(&mut self, look: usize) -> Result<f64, Diverged> {
        while self.training.updates() < look {
            self.training.update()?;
        }
        self.training.loss()
    }

    /// The loss after so many updates, if it was measured then.
    fn after(&self, updates: usize) -> f64 {
        let there = self.losses.iter().find(|(update, _)| *update == updates);
        there.map_or(f64::NAN, |(_, loss)| *loss)
    }
}

impl Outcome {
    /// The loss of each seed after so many updates.
    fn after(&self, updates: usize, run: usize) -> Vec<f64> {
        self.seeds.iter().map(|runs| runs[run].after(updates)).collect()
    }

    /// The loss of each seed after so many epochs.
    fn after_epochs(&self, epochs: usize, run: usize) -> Vec<f64> {
        let batch = self.params.batches()[run];
        self.after(epochs * self.params.in_epoch(batch), run)
    }

    fn noises(&self, run: usize) -> Vec<f64> {
        self.seeds.iter().map(|runs| runs[run].noise).collect()
    }

    /// By how much a few samples end up elsewhere than all, per update.
    fn differences(&self, updates: usize) -> Vec<f64> {
        let pairs = self.after(updates, FEW).into_iter();
        let pairs = pairs.zip(self.after(updates, ALL));
        pairs.map(|(few, all)| few - all).collect()
    }

    fn gaps(&self) -> Vec<f64> {
        let times = self.params.compared().into_iter();
        times.flat_map(|t| self.differences(t)).map(f64::abs).collect()
    }

    fn largest_gap(&self) -> Fact {
        Fact::fixed("gap-largest", most(self.gaps()), 3).most()
    }

    /// The largest mean difference over the seeds.
    fn mean_gap(&self) -> f64 {
        let times = self.params.compared().into_iter();
        most(times.map(|t| mean(self.differences(t)).abs()))
    }

    fn curves(&self, x: Axis, place: impl Fn(f64, f64) -> f64) -> Lines {
        let loss = Axis::linear("loss (binary cross-entropy)").including(0.0);
        let mut lines = Lines::new(x, loss);
        for (at, batch) in self.params.batches().into_iter().enumerate() {
            let name = format!("batch {batch}");
            // Update 0 has no place on a logarithmic axis.
            let points = |runs: &Runs| -> Vec<(f64, f64)> {
                let losses = runs[at].losses.iter().skip(1);
                let place = |u: usize| place(u as f64, batch as f64);
                losses.map(|(u, loss)| (place(*u), *loss)).collect()
            };
            lines = lines.main(&name, points(&self.seeds[0]));
            for runs in &self.seeds[1..] {
                lines = lines.thin_of(&name, points(runs));
            }
        }
        lines
    }

    fn finding(&self) -> String {
        let Params { samples, batch, updates, .. } = self.params;
        let gap = self.largest_gap().text();
        if BatchAndEpoch::bears_out(self) {
            format!(
                "Both panels show the same runs. Over epochs, small batches \
                 seem to learn faster. Over updates, batches of {batch} and \
                 of {samples} nearly coincide: where they are compared, they \
                 differ by at most {gap} on the seeds drawn. After as many \
                 updates, single samples have a worse and noisier loss."
            )
        } else {
            format!(
                "Both panels show the same runs, over epochs and over \
                 updates. After equally many updates, up to {updates}, batches \
                 of {batch} and of {samples} differ by at most {gap} on the \
                 seeds drawn."
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Two panels with the same curves on logarithmic axes, loss by \
             epoch and loss by update, for three batch sizes and {} seeds.",
            self.params.seeds
        );
        let Params { epochs, updates, .. } = self.params;
        for (at, batch) in self.params.batches().into_iter().enumerate() {
            text += &format!(
                " Batch {batch}: median loss {:.2} after one epoch, {:.2} \
                 after {epochs}, {:.2} after {updates} updates.",
                Decimal(median(self.after_epochs(1, at))),
                Decimal(median(self.after_epochs(epochs, at))),
                Decimal(median(self.after(updates, at))),
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut columns =
            ["batch", "updates", "epochs"].map(Column::new).to_vec();
        let seeds = (self.params.seed..).take(self.seeds.len());
        columns.extend(
            seeds.map(|seed| Column::new(format!("seed {seed}")).digits(4)),
        );
        let mut table = Table::new(columns);
        for (at, batch) in self.params.batches().into_iter().enumerate() {
            for update in self.params.looks(batch) {
                let epochs = update as f64 / self.params.in_epoch(batch) as f64;
                let start = [batch as f64, update as f64, epochs];
                let losses = self.after(update, at);
                let row = start.into_iter().chain(losses);
                table.row(row.map(Cell::Number));
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Params {
        Params { seeds: 2, epochs: 3, ..Params::default() }
    }

    /// On a data set of equal samples, every batch has the same gradient.
    #[test]
    fn equal_samples_make_all_batch_sizes_one_run() {
        let one = data::moons(1, 0.2, &mut Rng::new(0, Stream::Data));
        let data = Arc::new(one.rows(&[0; 64]));
        let last = |batch| {
            let run = Run::new(data.clone(), batch, 0.1, vec![64], 0);
            let mut run = run.unwrap();
            run.advance().unwrap();
            run.after(64)
        };
        assert!((last(64) - last(8)).abs() < 1e-14);
        assert!((last(64) - last(1)).abs() < 1e-14);
    }

    #[test]
    fn all_runs_of_a_seed_start_at_one_loss() {
        let params = small();
        let outcome = BatchAndEpoch::run(&params, &Progress::silent()).unwrap();
        assert_eq!(outcome.after(0, ALL), outcome.after(0, FEW));
        assert_eq!(outcome.after(0, ALL), outcome.after(0, ONE));
    }
}
