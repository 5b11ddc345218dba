//! How little a network must bend: the activation is z for z > 0 and a·z
//! otherwise, and a comes ever nearer to 1.
//!
//! Networks [2, 16, 16, 1] from He's initialisation, trained with Adam (D. P.
//! Kingma, J. Ba, 2015, arXiv:1412.6980) on circles and on spirals of one turn;
//! the accuracy is that on fresh samples. At a = 1 the activation is the
//! identity and the network one straight line, at a = 0 it is ReLU.
//!
//! Every a < 1 can express what ReLU can, with twice the units (see the tests),
//! so this asks what is learnt in so many epochs, not what can be.
//!
//! See the chapter `the-kink`.

use std::{cell::OnceCell, fmt, sync::Arc};

use ndarray::Array2;
use slope::{
    Activation, Batch, Init, Loss, Network, Optimizer, Run, Shuffle, Training,
    data::{self, Dataset},
    decimal::Decimal,
    rng::{Rng, Stream},
};

use chart::{Axis, Cell, Chart, Column, Lines, Panel, Regions, Table};
use exact::statistics::{least, mean, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    live::Live,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// The slopes on the left, from straight to ReLU.
const SLOPES: [f64; 6] = [1.0, 0.99, 0.97, 0.9, 0.7, 0.0];

/// Fresh samples on which a network is judged.
const FRESH: usize = 1000;

/// Samples of one update.
const BATCH: usize = 50;

const LOSS: Loss = Loss::BceLogits;

params! {
    /// What the networks depend on.
    pub struct Params {
        /// Seed of the first network; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many seeds, each with its own data and first weights.
        seeds: usize = 5, in 1..=20, "Seeds";
        /// The slope of the networks whose decisions are drawn.
        a: f64 = 0.9, in 0.0..=1.0, "Slope on the left";
        /// How long each network is trained.
        epochs: usize = 200, in 1..=400, "Training", "epochs";
        /// Samples to train on, of both classes together.
        samples: usize = 400, in 50..=500, "Samples";
    }
}

/// The experiment.
pub struct LittleBend;

/// Two classes in the plane.
#[derive(Clone, Copy)]
pub struct Problem {
    name: &'static str,
    draw: fn(usize, &mut Rng) -> Dataset,
}

const CIRCLES: Problem =
    Problem { name: "circles", draw: |n, rng| data::circles(n, 0.08, rng) };

const SPIRALS: Problem = Problem {
    name: "spirals",
    draw: |n, rng| data::spirals(n, 0.02, 1.0, rng),
};

/// What the networks of one seed are trained and judged on.
struct Samples {
    seed: u64,
    data: Arc<Dataset>,
    fresh: Dataset,
}

/// One network as far as it is trained.
pub struct Fit {
    activation: Activation,
    run: Run<Network, Arc<Dataset>>,
    /// The loss before the first epoch and after each.
    losses: Vec<f64>,
    /// The part of fresh samples classified correctly, once somebody asks: to judge
    /// a network takes as long as to train it for an epoch.
    accuracy: OnceCell<f64>,
}

/// All networks of one problem.
pub struct Sweep {
    problem: Problem,
    /// By seed.
    samples: Vec<Samples>,
    /// By slope, then by seed.
    fits: Vec<Vec<Fit>>,
}

/// How well networks do that bend more or less.
pub struct Outcome {
    params: Params,
    /// The slopes, descending.
    slopes: Vec<f64>,
    circles: Sweep,
    spirals: Sweep,
}

impl Experiment for LittleBend {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "little-bend";
    const QUESTION: &'static str = "How much bend is enough?";
    const CHAPTER: &'static str = "the-kink";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        Self::to_the_end(params, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let Outcome { circles, spirals, .. } = outcome;
        let middle = |sweep: &Sweep, a| median(outcome.at(sweep, a));
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("epochs", outcome.epoch()),
            Fact::percent("circles-straight", middle(circles, 1.0), 0),
            Fact::percent("circles-99", middle(circles, 0.99), 0),
            Fact::percent("circles-97", middle(circles, 0.97), 0),
            Fact::percent("circles-90", middle(circles, 0.9), 1),
            Fact::percent("circles-relu", middle(circles, 0.0), 1),
            Fact::percent("spirals-straight", middle(spirals, 1.0), 0),
            Fact::percent("spirals-90", middle(spirals, 0.9), 0),
            Fact::percent("spirals-70", middle(spirals, 0.7), 1),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let Outcome { circles, spirals, .. } = outcome;
        vec![
            Claim::below(
                "without a bend no network tells the circles apart",
                most(outcome.at(circles, 1.0)),
                0.65,
            ),
            Claim::below(
                "a bend of a hundredth is of little help in that time",
                mean(outcome.at(circles, 0.99)),
                0.7,
            ),
            Claim::above(
                "in this time slopes of 1 and 0.9 are enough for the circles",
                median(outcome.at(circles, 0.9)),
                0.97,
            ),
            Claim::above(
                "with every seed they are far better than a straight line",
                least(outcome.at(circles, 0.9))
                    - most(outcome.at(circles, 1.0)),
                0.25,
            ),
            Claim::below(
                "without a bend no network tells the spirals apart",
                most(outcome.at(spirals, 1.0)),
                0.87,
            ),
            Claim::below(
                "in the same time they do not solve the spirals",
                mean(outcome.at(spirals, 0.9)),
                0.95,
            ),
            Claim::above(
                "slopes of 1 and 0.7 are",
                least(outcome.at(spirals, 0.7)),
                0.95,
            ),
            Claim::above(
                "ReLU tells the spirals apart",
                least(outcome.at(spirals, 0.0)),
                0.97,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let a = outcome.params.a;
        let panel = |sweep: &Sweep| {
            let title = format!("{}, a = {}", sweep.problem.name, Decimal(a));
            let fit = &sweep.fits[outcome.position(a)][0];
            Panel::new(title, fit.regions(&sweep.samples[0]))
        };
        Chart::new("Accuracy by the bend of the activation")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(outcome.curves())
            .row([panel(&outcome.circles), panel(&outcome.spirals)])
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let mut series = Vec::new();
        for sweep in [&outcome.circles, &outcome.spirals] {
            for (a, fits) in outcome.slopes.iter().zip(&sweep.fits) {
                let losses = fits[0].losses.iter().copied();
                series.push(Series {
                    name: format!(
                        "loss/{}/a-{}/seed-{}",
                        sweep.problem.name,
                        Decimal(*a),
                        outcome.params.seed
                    ),
                    points: (0..).zip(losses).collect(),
                });
            }
        }
        series
    }

    fn domain() -> Vec<Span> {
        vec![Span::any("a"), Span::between("samples", 350.0, 450.0)]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        vec![
            Sabotage::<Self>::changing(
                "the training lasts 200 epochs",
                Params { seeds: 1, ..Params::default() },
                |params: &mut Params| params.epochs = 20,
            )
            .counters(
                "twenty-epochs",
                "in this time slopes of 1 and 0.9 are enough for the circles",
            ),
        ]
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, activation: fn(f64) -> Activation| {
            let one = Params { seeds: 1, ..Params::default() };
            Sabotage::<Self>::new(what, one, move |params, progress| {
                let mut outcome = started(params, activation)?;
                Self::advance(&mut outcome, usize::MAX, progress)?;
                Ok(outcome)
            })
        };
        vec![
            with("the identity in the place of every bend", |_| {
                Activation::Identity
            }),
            with("ReLU at every slope", |_| Activation::Relu),
        ]
    }
}

impl Live for LittleBend {
    const STEP: &'static str = "epoch";

    fn start(params: &Params) -> Result<Outcome, Stopped> {
        started(params, |slope| Activation::LeakyRelu { slope })
    }

    fn steps(outcome: &Outcome) -> (usize, usize) {
        (outcome.epoch(), outcome.params.epochs)
    }

    fn step(outcome: &mut Outcome) -> Result<(), Stopped> {
        Self::advance(outcome, 1, &Progress::silent())
    }

    /// One network after the other, for they share nothing: each stays in the
    /// cache for all its epochs.
    fn advance(
        outcome: &mut Outcome,
        epochs: usize,
        progress: &Progress,
    ) -> Result<(), Stopped> {
        let epochs = epochs.min(outcome.params.epochs - outcome.epoch());
        let sweeps = [&mut outcome.circles, &mut outcome.spirals];
        let fits: Vec<_> = sweeps.into_iter().flat_map(Sweep::each).collect();
        progress.expect(fits.len());
        let trained = parallel::all(fits, |(fit, samples)| {
            let trained = (0..epochs).try_for_each(|_| fit.epoch(samples));
            progress.advance(1);
            trained
        });
        trained.map(|_| ())
    }

    fn standing(outcome: &Outcome) -> String {
        format!("Epoch {} of {}.", outcome.epoch(), outcome.params.epochs)
    }

    fn end_here(outcome: &mut Outcome) -> bool {
        // A run has an epoch at least.
        let can = outcome.epoch() > 0;
        if can {
            outcome.params.epochs = outcome.epoch();
        }
        can
    }

    fn params(outcome: &Outcome) -> &Params {
        &outcome.params
    }
}

/// The networks before their first epoch, with activations made from their
/// slopes in this way.
fn started(
    params: &Params,
    activation: fn(f64) -> Activation,
) -> Result<Outcome, Stopped> {
    let mut slopes = SLOPES.to_vec();
    if !slopes.contains(&params.a) {
        let larger = |a: &f64| *a > params.a;
        slopes.insert(slopes.partition_point(larger), params.a);
    }
    let sweep = |problem: Problem| {
        let seeds = seeds(params.seed, params.seeds);
        let samples: Vec<Samples> =
            seeds.map(|seed| problem.samples(seed, params.samples)).collect();
        let fits = slopes.iter().map(|a| {
            samples
                .iter()
                .map(|s| Fit::new(params, activation(*a), s))
                .collect()
        });
        let fits = fits.collect::<Result<_, _>>()?;
        Ok(Sweep { problem, fits, samples })
    };
    Ok(Outcome {
        params: params.clone(),
        circles: sweep(CIRCLES)?,
        spirals: sweep(SPIRALS)?,
        slopes,
    })
}

impl Problem {
    fn samples(&self, seed: u64, count: usize) -> Samples {
        let mut rng = Rng::new(seed, Stream::Data);
        let data = (self.draw)(count, &mut rng);
        let fresh = (self.draw)(FRESH, &mut rng);
        Samples { seed, data: Arc::new(data), fresh }
    }
}

impl Sweep {
    /// Each network, with what it is trained on.
    fn each(&mut self) -> impl Iterator<Item = (&mut Fit, &Samples)> {
        let samples = &self.samples;
        let by_slope = self.fits.iter_mut();
        by_slope.flat_map(move |fits| fits.iter_mut().zip(samples))
    }
}

impl Fit {
    fn new(
        params: &Params,
        activation: Activation,
        Samples { seed, data, .. }: &Samples,
    ) -> Result<Self, Stopped> {
        let network = Network::dense(
            &[2, 16, 16, 1],
            activation,
            Init::HeNormal,
            &mut Rng::new(*seed, Stream::Weights),
        );
        let training = Training {
            loss: LOSS,
            optimizer: Optimizer::adam(0.01),
            batch: Batch::Size(BATCH),
            epochs: params.epochs,
            shuffle: Shuffle::EachEpoch,
        };
        let run = training.start(
            network,
            data.clone(),
            Rng::new(*seed, Stream::Order),
        );
        let mut run = run.map_err(|e| stopped(*seed, activation, e))?;
        let loss = run.loss().map_err(|e| stopped(*seed, activation, e))?;
        let (losses, accuracy) = (vec![loss], OnceCell::new());
        Ok(Self { activation, run, losses, accuracy })
    }

    /// Trains for an epoch, with the samples in a new order.
    fn epoch(&mut self, Samples { seed, .. }: &Samples) -> Result<(), Stopped> {
        self.accuracy.take();
        let loss = self.run.train_epoch();
        let loss = loss.map_err(|e| stopped(*seed, self.activation, e))?;
        self.losses.push(loss);
        Ok(())
    }

    fn accuracy(&self, Samples { fresh, .. }: &Samples) -> f64 {
        let judged =
            || LOSS.accuracy(&logits(self.run.network(), &fresh.x), &fresh.y);
        *self.accuracy.get_or_init(judged)
    }

    /// What the network decides in the plane of its data.
    fn regions(&self, Samples { data, .. }: &Samples) -> Regions {
        let class = |label: f64| -> Vec<(f64, f64)> {
            let rows = data.x.rows().into_iter().zip(&data.y);
            rows.filter(|(_, y)| **y == label)
                .map(|(x, _)| (x[0], x[1]))
                .collect()
        };
        let mut places = Vec::new();
        let side = (-1.4, 1.4);
        let mut map = Regions::sample(side, side, 48, 0.0, |x, y| {
            places.extend([x, y]);
            0.0
        });
        let places = Array2::from_shape_vec((places.len() / 2, 2), places)
            .expect("two coordinates for each place");
        map.values =
            logits(self.run.network(), &places).into_raw_vec_and_offset().0;
        map.class("class 0", class(0.0)).class("class 1", class(1.0))
    }
}

fn stopped(seed: u64, f: Activation, error: impl fmt::Display) -> Stopped {
    Stopped(format!("seed {seed}, {f}: {error}"))
}

/// What a network says of so many points, a batch at a time: its trace then
/// stays in the cache.
fn logits(network: &Network, x: &Array2<f64>) -> Array2<f64> {
    let mut logits = Vec::with_capacity(x.nrows());
    for x in x.axis_chunks_iter(ndarray::Axis(0), BATCH) {
        logits.extend(network.output(&x.to_owned()));
    }
    Array2::from_shape_vec((x.nrows(), 1), logits)
        .expect("a logit for each point")
}

impl Outcome {
    /// Epochs that are done.
    fn epoch(&self) -> usize {
        self.circles.fits[0][0].losses.len() - 1
    }

    fn position(&self, a: f64) -> usize {
        self.slopes.iter().position(|slope| *slope == a).unwrap_or(0)
    }

    /// The accuracies at this slope, by seed.
    fn at(&self, sweep: &Sweep, a: f64) -> impl Iterator<Item = f64> {
        let fits = sweep.fits[self.position(a)].iter().zip(&sweep.samples);
        fits.map(|(fit, samples)| fit.accuracy(samples))
    }

    fn curves(&self) -> Lines {
        let mut lines = Lines::new(
            Axis::log("bend: 1 − a").with_zero(),
            Axis::linear("fresh samples classified correctly").including(1.0),
        );
        for sweep in [&self.circles, &self.spirals] {
            let curve = |seed: usize| -> Vec<(f64, f64)> {
                let fits = self.slopes.iter().zip(&sweep.fits);
                let samples = &sweep.samples[seed];
                fits.map(|(a, f)| (1.0 - a, f[seed].accuracy(samples)))
                    .collect()
            };
            let name = sweep.problem.name;
            lines = lines.main(name, curve(0));
            for seed in 1..self.params.seeds {
                lines = lines.thin_of(name, curve(seed));
            }
        }
        let a = self.params.a;
        lines.event(1.0 - a, format!("a = {}", Decimal(a)))
    }

    fn finding(&self) -> String {
        let percent =
            |value: f64| format!("{:.1}\u{a0}%", Decimal(100.0 * value));
        let middle = |sweep: &Sweep, a: f64| percent(median(self.at(sweep, a)));
        if LittleBend::bears_out(self) {
            format!(
                "In {} epochs, slopes of 1 and 0.9 are bend enough for the \
                 circles: {} against {} without a bend (medians). The spirals \
                 take a larger bend or longer training: {} at 0.9, {} at 0.7.",
                self.epoch(),
                middle(&self.circles, 0.9),
                middle(&self.circles, 1.0),
                middle(&self.spirals, 0.9),
                middle(&self.spirals, 0.7),
            )
        } else {
            let a = self.params.a;
            format!(
                "With slopes of 1 and {} the median network classifies {} of \
                 the circles and {} of the spirals correctly; without a bend, \
                 {} and {}.",
                Decimal(a),
                middle(&self.circles, a),
                middle(&self.spirals, a),
                middle(&self.circles, 1.0),
                middle(&self.spirals, 1.0),
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Above, accuracy on fresh samples by 1 − a on a logarithmic axis \
             with a place for 0, one line for each of {} seeds.",
            self.params.seeds
        );
        for sweep in [&self.circles, &self.spirals] {
            text += &format!(" {}:", sweep.problem.name);
            for a in &self.slopes {
                text += &format!(
                    " a = {}: {:.3} to {:.3};",
                    Decimal(*a),
                    Decimal(least(self.at(sweep, *a))),
                    Decimal(most(self.at(sweep, *a))),
                );
            }
        }
        text += &format!(
            " Below, two maps of the decisions of the first network with a = {}.",
            Decimal(self.params.a)
        );
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("data"),
            Column::new("a"),
            Column::new("seed"),
            Column::new("accuracy").digits(3),
        ]);
        for sweep in [&self.circles, &self.spirals] {
            for (a, fits) in self.slopes.iter().zip(&sweep.fits) {
                for (fit, samples) in fits.iter().zip(&sweep.samples) {
                    table.row([
                        Cell::Text(sweep.problem.name.into()),
                        Cell::Number(*a),
                        Cell::Number(samples.seed as f64),
                        Cell::Number(fit.accuracy(samples)),
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

    fn few() -> Params {
        Params { seeds: 1, epochs: 20, samples: 200, ..Params::default() }
    }

    /// Slope 1 on both sides folds into one layer; any bend does not.
    #[test]
    fn only_a_of_one_collapses() {
        let trained = LittleBend::run(&few(), &Progress::silent()).unwrap();
        let Outcome { slopes, circles, .. } = trained;
        for (a, fits) in slopes.iter().zip(&circles.fits) {
            assert_eq!(fits[0].run.network().collapse().is_ok(), *a == 1.0);
        }
    }

    /// relu(z) = (f(z) + a·f(−z))/(1 − a²): two bent units make one ReLU, and
    /// the nearer a is to 1, the larger the weights must be.
    #[test]
    fn two_units_of_any_bend_make_a_relu() {
        for a in [0.0, 0.7, 0.9, 0.99] {
            let f = Activation::LeakyRelu { slope: a };
            for z in [-2.0, -0.3, 0.0, 0.5, 4.0] {
                let pair = f.value(z) + a * f.value(-z);
                let relu = Activation::Relu.value(z);
                assert!((pair / (1.0 - a * a) - relu).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_slope_of_the_readers_own_is_drawn_among_the_others() {
        let params = Params { a: 0.95, ..few() };
        let outcome = LittleBend::start(&params).unwrap();
        assert_eq!(outcome.slopes, [1.0, 0.99, 0.97, 0.95, 0.9, 0.7, 0.0]);
    }
}
