//! Five optimizers on one task, each at several learning rates: how many
//! epochs until the loss is small?
//!
//! Two spirals of one turn, a small tanh network, batches. The same data,
//! first weights and order for all optimizers of a seed. Momentum: B. T.
//! Polyak, 1964; Nesterov's form: I. Sutskever and others, 2013; RMSprop: T.
//! Tieleman, G. Hinton, 2012; Adam: D. P. Kingma, J. Ba, 2015,
//! arXiv:1412.6980. See the chapter `valleys`.

use slope::{
    Activation, Batch, Init, Loss, Network, Optimizer, Shuffle, Training,
    data::{self, Dataset},
    rng::{Rng, Stream},
};

use chart::{Axis, Cell, Chart, Column, DotPlot, Table};
use exact::statistics::{least, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// A loss that counts as having learned the spirals.
const LEARNED: f64 = 0.1;

/// What is compared: group, learning rate, optimizer.
type Entrant = (&'static str, f64, Optimizer);

const SGD: &str = "gradient descent";
const MOMENTUM: &str = "momentum 0.9";
const NESTEROV: &str = "Nesterov 0.9";
const RMSPROP: &str = "RMSprop";
const ADAM: &str = "Adam";

params! {
    /// What the comparison depends on.
    pub struct Params {
        /// Seed of the first data, weights and order; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many seeds.
        seeds: usize = 5, in 1..=20, "Seeds";
        /// Samples of the two spirals together.
        samples: usize = 320, in 64..=1024, "Samples";
        /// Samples of one update.
        batch: usize = 32, in 8..=256, "Batch", "samples";
        /// How long each network is trained.
        epochs: usize = 150, in 20..=300, "Training", "epochs";
    }
}

/// The experiment.
pub struct Optimizers;

/// One optimizer with one learning rate.
pub struct Runs {
    group: &'static str,
    lr: f64,
    /// By seed, the loss before the first update and after each epoch.
    losses: Vec<Vec<f64>>,
}

/// What was found.
pub struct Outcome {
    params: Params,
    runs: Vec<Runs>,
}

impl Experiment for Optimizers {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "optimizers";
    const QUESTION: &'static str = "Which optimizer learns fastest?";
    const CHAPTER: &'static str = "valleys";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        found(params, progress, &entrants(0.9))
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let epochs = |group, lr| outcome.of(group, lr).middle();
        let last = |runs: &Runs| median(runs.lasts());
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("epochs", outcome.params.epochs),
            Fact::count("sgd-least-learned", outcome.of(SGD, 0.03).learned()),
            Fact::count("sgd-slow", epochs(SGD, 0.1)),
            Fact::count("sgd-best", outcome.best(SGD).middle()),
            Fact::count("momentum-slow", epochs(MOMENTUM, 0.01)),
            Fact::count("momentum-best", outcome.best(MOMENTUM).middle()),
            Fact::count("nesterov", outcome.best(NESTEROV).middle()),
            Fact::count("rmsprop", outcome.best(RMSPROP).middle()),
            Fact::count("adam-slow", epochs(ADAM, 0.001)),
            Fact::count("adam-best", outcome.best(ADAM).middle()),
            Fact::scientific("sgd-last", last(outcome.best(SGD)), 1),
            Fact::scientific("adam-last", last(outcome.best(ADAM)), 1),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let Outcome { params, .. } = outcome;
        let sgd = |lr| outcome.of(SGD, lr);
        let momentum = |lr| outcome.of(MOMENTUM, lr);
        let (plain, adam) = (outcome.best(SGD), outcome.best(ADAM));
        let tenfold = [(0.01, 0.1), (0.03, 0.3)];
        let heavy = outcome.best(MOMENTUM);
        let nesterov = outcome.best(NESTEROV).over(heavy);
        let learned = [SGD, MOMENTUM, NESTEROV, RMSPROP, ADAM]
            .map(|group| outcome.best(group).learned());
        vec![
            Claim::equal(
                "each optimizer learns the spirals on every seed",
                learned.iter().sum(),
                learned.len() * params.seeds,
            )
            .of_the_book(),
            Claim::below(
                "gradient descent with a rate of 0.03 rarely does",
                sgd(0.03).learned() as f64 / params.seeds as f64,
                0.5,
            )
            .of_the_book(),
            Claim::above(
                "Adam is faster than gradient descent, each at its best rate",
                plain.over(adam),
                1.2,
            ),
            Claim::above(
                "but with a rate of 0.001, slower than gradient descent",
                outcome.of(ADAM, 0.001).over(plain),
                2.0,
            )
            .of_the_book(),
            Claim::below(
                "momentum 0.9 does what ten times the learning rate does",
                most(tenfold.map(|(heavy, light)| {
                    (momentum(heavy).over(sgd(light)) - 1.0).abs()
                })),
                0.3,
            ),
            Claim::above(
                "at its best it is faster than gradient descent at its best",
                plain.over(heavy),
                1.1,
            )
            .of_the_book(),
            Claim::below("Nesterov's form is no slower", nesterov, 1.3)
                .of_the_book(),
            Claim::below(
                "in the end, gradient descent is far below 0.1 as well",
                most(plain.lasts()),
                0.05,
            )
            .of_the_book(),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("samples", 256.0, 400.0),
            Span::between("batch", 24.0, 40.0),
            Span::between("epochs", 140.0, 160.0),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let end = outcome.params.epochs as f64;
        let axis =
            Axis::log(format!("epochs until the loss is below {LEARNED}"));
        let mut plot = DotPlot::new(axis).dots("One dot per seed");
        let mut group = "";
        for runs in &outcome.runs {
            if runs.group != group {
                group = runs.group;
                plot = plot.group(group);
            }
            let epochs = runs.epochs().map(|e| e.map_or(end, |e| e as f64));
            plot = plot.row(format!("lr {}", runs.lr), epochs.collect());
            plot = plot.showing(match runs.middle() {
                Some(epoch) => format!("{epoch}"),
                None => format!("> {end}"),
            });
        }
        plot = plot.threshold(end, format!("{end}: not yet"));
        Chart::new("Epochs to learn two spirals, by optimizer")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(plot)
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let series = outcome.runs.iter().map(|runs| Series {
            name: format!("loss/{}/lr-{}", runs.group, runs.lr),
            points: (0..).zip(runs.losses[0].iter().copied()).collect(),
        });
        series.collect()
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let few = || Params { seeds: 3, ..Params::default() };
        let with = |what, change: fn(&mut Vec<Entrant>)| {
            Sabotage::<Self>::new(what, few(), move |params, progress| {
                let mut entrants = entrants(0.9);
                change(&mut entrants);
                found(params, progress, &entrants)
            })
        };
        vec![
            with("momentum that forgets", |all| *all = entrants(0.0)),
            with("gradient descent at ten times its rates", |all| {
                replace(all, SGD, |lr| Optimizer::sgd(10.0 * lr));
            }),
            with("Nesterov's form at a hundredth of its rates", |all| {
                replace(all, NESTEROV, |lr| {
                    Optimizer::nesterov(lr / 100.0, 0.9)
                });
            }),
            with("Adam at a tenth of its rates", |all| {
                replace(all, ADAM, |lr| Optimizer::adam(lr / 10.0));
            }),
            with("Adam at ten times its rates", |all| {
                replace(all, ADAM, |lr| Optimizer::adam(10.0 * lr));
            }),
            Sabotage::<Self>::changing("training cut short", few(), |params| {
                params.epochs = 10
            }),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let few = Params { seeds: 3, ..Params::default() };
        vec![
            Sabotage::<Self>::new(
                "each is at its best rate",
                few,
                |params, progress| {
                    let mut entrants = entrants(0.9);
                    replace(&mut entrants, ADAM, |_| Optimizer::adam(0.001));
                    found(params, progress, &entrants)
                },
            )
            .counters(
                "adam-untuned",
                "Adam is faster than gradient descent, each at its best rate",
            ),
        ]
    }
}

/// Puts other optimizers in the place of a group's.
fn replace(all: &mut [Entrant], group: &str, by: fn(f64) -> Optimizer) {
    for (_, lr, optimizer) in all.iter_mut().filter(|(g, ..)| *g == group) {
        *optimizer = by(*lr);
    }
}

fn entrants(momentum: f64) -> Vec<Entrant> {
    let sgd = [0.03, 0.1, 0.3, 1.0, 3.0, 10.0]
        .map(|lr| (SGD, lr, Optimizer::sgd(lr)));
    let heavy = [0.01, 0.03, 0.1, 0.3, 1.0]
        .map(|lr| (MOMENTUM, lr, Optimizer::momentum(lr, momentum)));
    let nesterov =
        [0.1, 0.3, 1.0].map(|lr| (NESTEROV, lr, Optimizer::nesterov(lr, 0.9)));
    let rmsprop = [0.001, 0.003, 0.01, 0.03]
        .map(|lr| (RMSPROP, lr, Optimizer::rmsprop(lr)));
    let adam = [0.001, 0.003, 0.01, 0.03, 0.1]
        .map(|lr| (ADAM, lr, Optimizer::adam(lr)));
    [&sgd[..], &heavy[..], &nesterov[..], &rmsprop[..], &adam[..]].concat()
}

fn found(
    params: &Params,
    progress: &Progress,
    entrants: &[Entrant],
) -> Result<Outcome, Stopped> {
    progress.expect(entrants.len() * params.seeds);
    let seeds = || seeds(params.seed, params.seeds);
    let jobs = entrants
        .iter()
        .flat_map(|entrant| seeds().map(move |seed| (entrant, seed)));
    let losses = parallel::all(jobs, |((_, _, optimizer), seed)| {
        let losses = trained(*optimizer, seed, params);
        progress.advance(1);
        losses
    })?;
    let of_entrants = losses.chunks(params.seeds).map(<[_]>::to_vec);
    let runs = entrants.iter().zip(of_entrants);
    let runs =
        runs.map(|((group, lr, _), losses)| Runs { group, lr: *lr, losses });
    Ok(Outcome { params: params.clone(), runs: runs.collect() })
}

/// The loss before the first update and after each epoch.
fn trained(
    optimizer: Optimizer,
    seed: u64,
    params: &Params,
) -> Result<Vec<f64>, Stopped> {
    let mut rng = Rng::new(seed, Stream::Data);
    let spirals = data::spirals(params.samples, 0.02, 1.0, &mut rng);
    let data = Dataset { x: spirals.x * 2.0, y: spirals.y };
    let mut rng = Rng::new(seed, Stream::Weights);
    let (f, init) = (Activation::Tanh, Init::XavierNormal);
    let mut network = Network::dense(&[2, 16, 16, 1], f, init, &mut rng);
    let training = Training {
        loss: Loss::BceLogits,
        optimizer,
        batch: Batch::Size(params.batch),
        epochs: params.epochs,
        shuffle: Shuffle::EachEpoch,
    };
    let history = training
        .run(&mut network, &data, &mut Rng::new(seed, Stream::Order))
        .map_err(|why| Stopped(format!("seed {seed}, {optimizer:?}: {why}")))?;
    Ok(history.epochs)
}

impl Runs {
    /// When each seed had learned.
    fn epochs(&self) -> impl Iterator<Item = Option<usize>> {
        let losses = self.losses.iter();
        losses.map(|losses| losses.iter().position(|loss| *loss < LEARNED))
    }

    fn learned(&self) -> usize {
        self.epochs().flatten().count()
    }

    /// When the seed in the middle had learned. `None` if it had not.
    fn middle(&self) -> Option<usize> {
        let never = f64::INFINITY;
        let epochs = self.epochs().map(|e| e.map_or(never, |e| e as f64));
        let middle = median(epochs);
        middle.is_finite().then_some(middle.round() as usize)
    }

    /// How many times as long the middle seed takes as with the other; NaN
    /// if either has not learned.
    fn over(&self, other: &Self) -> f64 {
        let epochs =
            |runs: &Self| runs.middle().map_or(f64::NAN, |epoch| epoch as f64);
        epochs(self) / epochs(other)
    }

    fn lasts(&self) -> impl Iterator<Item = f64> {
        self.losses.iter().filter_map(|losses| losses.last().copied())
    }
}

impl Outcome {
    fn of(&self, group: &str, lr: f64) -> &Runs {
        let of = self.runs.iter().find(|r| r.group == group && r.lr == lr);
        of.expect("every optimizer that is spoken of has run")
    }

    /// The learning rate with which the middle seed is fastest.
    fn best(&self, group: &str) -> &Runs {
        let of = self.runs.iter().filter(|runs| runs.group == group);
        of.min_by_key(|runs| runs.middle().unwrap_or(usize::MAX))
            .expect("every optimizer that is spoken of has run")
    }

    fn finding(&self) -> String {
        let epochs = |runs: &Runs| match runs.middle() {
            Some(epoch) => epoch.to_string(),
            None => format!("more than {}", self.params.epochs),
        };
        let plain = epochs(self.best(SGD));
        let (good, poor) =
            (epochs(self.best(ADAM)), epochs(self.of(ADAM, 0.001)));
        if Optimizers::bears_out(self) {
            format!(
                "The learning rate matters more than the optimizer. Adam \
                 takes {good} epochs with the best of its rates and {poor} \
                 with the smallest; gradient descent takes {plain} with its \
                 own best."
            )
        } else {
            format!(
                "Median epochs until the loss is below {LEARNED}: gradient \
                 descent with its best learning rate, {plain}; Adam with its \
                 best, {good}, with 0.001, {poor}."
            )
        }
    }

    fn description(&self) -> String {
        let Params { seeds, epochs, .. } = self.params;
        let mut text = format!(
            "Rows of {seeds} dots on a logarithmic axis of epochs, one row \
             for each optimizer and learning rate. Dots on the line at \
             {epochs}, the end of training, have not learned."
        );
        for runs in &self.runs {
            let learned: Vec<f64> =
                runs.epochs().flatten().map(|e| e as f64).collect();
            text += &match learned.len() {
                0 => format!(" {}, lr {}: none.", runs.group, runs.lr),
                n => format!(
                    " {}, lr {}: {n} of {seeds}, in {} to {} epochs.",
                    runs.group,
                    runs.lr,
                    least(learned.clone()),
                    most(learned),
                ),
            };
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("optimizer"),
            Column::new("learning rate"),
            Column::new("seed"),
            Column::new("epochs"),
            Column::new("last loss").digits(3),
        ]);
        for runs in &self.runs {
            let seeds = self.params.seed..;
            let rows = seeds.zip(runs.epochs()).zip(runs.lasts());
            for ((seed, epochs), last) in rows {
                table.row([
                    Cell::Text(runs.group.into()),
                    Cell::Number(runs.lr),
                    Cell::Number(seed as f64),
                    epochs.map_or(Cell::Missing, |e| Cell::Number(e as f64)),
                    Cell::Number(last),
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
        Params { seeds: 3, epochs: 80, ..Params::default() }
    }

    /// The seed of a run, and nothing else, makes its first loss.
    #[test]
    fn all_optimizers_of_a_seed_start_at_one_loss() {
        let params = Params { epochs: 20, ..few() };
        let outcome = Optimizers::run(&params, &Progress::silent()).unwrap();
        for runs in &outcome.runs {
            let pairs = runs.losses.iter().zip(&outcome.runs[0].losses);
            assert!(pairs.into_iter().all(|(a, b)| a[0] == b[0]));
        }
    }

    /// A seed that never learns counts as later than all others.
    #[test]
    fn the_middle_counts_those_that_do_not_arrive() {
        let losses = vec![vec![1.0, 0.05], vec![1.0, 1.0], vec![1.0, 0.5]];
        let runs = Runs { group: SGD, lr: 0.1, losses };
        assert_eq!((runs.learned(), runs.middle()), (1, None));
    }
}
