//! The last layer of a regression: an activation with bounds clips what the
//! network can answer, the identity does not.
//!
//! The same tanh network learns 3 sin 3x with the identity, tanh and the
//! sigmoid at its output. What an output between two bounds cannot reach is
//! known beforehand: the mean squared distance of the targets from that
//! interval.
//!
//! See the chapter `where-linear-belongs`.

use ndarray::Array2;
use slope::{
    Activation, Batch, Dense, Init, Layer, Loss, Network, Optimizer, Shuffle,
    Training,
    data::Dataset,
    rng::{Rng, Stream},
    transcendental::sin,
};

use chart::{Axis, Cell, Chart, Column, DotPlot, Lines, Panel, Table};
use exact::statistics::{least, log_spaced, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Samples of the target, evenly spaced on [−1, 1], and points of its curve.
const SAMPLES: usize = 64;
const DRAWN: usize = 121;

/// Activations of the output, with the bounds of their values.
const OUTPUTS: [(&str, Activation, (f64, f64)); 3] = [
    ("identity", Activation::Identity, (f64::NEG_INFINITY, f64::INFINITY)),
    ("tanh", Activation::Tanh, (-1.0, 1.0)),
    ("sigmoid", Activation::Sigmoid, (0.0, 1.0)),
];

params! {
    /// What the networks depend on.
    pub struct Params {
        /// Seed of the first network of each kind; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// Networks of each kind.
        seeds: usize = 9, in 1..=20, "Seeds";
        /// Units of the hidden layer.
        width: usize = 16, in 1..=64, "Hidden units";
        /// The step size of Adam.
        lr: f64 = 0.01, in 1e-4..=0.3, "Learning rate";
        /// How long each network is trained on all samples.
        epochs: usize = 3000, in 10..=6000, "Training", "epochs";
        /// The amplitude of the target.
        height: f64 = 3.0, in 0.1..=10.0, "Height of the target";
    }
}

/// The experiment.
pub struct OutputActivation;

/// One network after its training.
pub struct Run {
    output: &'static str,
    seed: u64,
    /// The mean squared error before the first update and after each epoch.
    losses: Vec<f64>,
    /// What no output between the bounds can do better.
    floor: f64,
    /// The network's answer at [`DRAWN`] points.
    curve: Vec<(f64, f64)>,
}

/// What the networks answer.
pub struct Outcome {
    params: Params,
    runs: Vec<Run>,
}

impl Experiment for OutputActivation {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "output-activation";
    const QUESTION: &'static str =
        "Which activation belongs at the end of a regression?";
    const CHAPTER: &'static str = "where-linear-belongs";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        let runs = trained(params, OUTPUTS, progress)?;
        Ok(Outcome { params: params.clone(), runs })
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let floor =
            |name| outcome.of(name).next().map_or(f64::NAN, |run| run.floor);
        let error = |name| median(outcome.of(name).map(Run::error));
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("samples", SAMPLES),
            Fact::scientific("identity-median", error("identity"), 0),
            Fact::scientific("identity-most", outcome.worst("identity"), 0)
                .most(),
            Fact::fixed("tanh-median", error("tanh"), 3),
            Fact::fixed("tanh-floor", floor("tanh"), 3),
            Fact::fixed("sigmoid-median", error("sigmoid"), 3),
            Fact::fixed("sigmoid-floor", floor("sigmoid"), 3),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let bounded = || {
            ["tanh", "sigmoid"].into_iter().flat_map(|name| outcome.of(name))
        };
        vec![
            Claim::below(
                "with the identity at its end the network fits the target",
                outcome.worst("identity"),
                0.02,
            ),
            Claim::above(
                "an output with bounds never beats what it clips",
                least(bounded().map(|run| run.error() - run.floor)),
                0.0,
            ),
            Claim::below(
                "and ends near it: all the rest is learned",
                most(bounded().map(|run| run.error() - run.floor)),
                0.1,
            ),
            Claim::above(
                "what tanh clips is far more than what the identity leaves",
                outcome.best("tanh") / outcome.worst("identity"),
                50.0,
            ),
            Claim::above(
                "the sigmoid, which has no negative values, clips more",
                outcome.best("sigmoid") / outcome.worst("tanh"),
                1.5,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let answers = Panel::new("What the networks answer", outcome.answers());
        let errors = Panel::new("What is left", outcome.errors());
        Chart::new("A target beyond ±1, and three activations of the output")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([answers])
            .row([errors])
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let first = outcome.params.seed;
        let runs = outcome.runs.iter().filter(|run| run.seed == first);
        runs.map(|run| Series {
            name: format!("loss/{}/seed-{first}", run.output),
            points: log_spaced(outcome.params.epochs)
                .into_iter()
                .map(|epoch| (epoch as u64, run.losses[epoch]))
                .collect(),
        })
        .collect()
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let one = || Params { seeds: 1, ..Params::default() };
        let ending = |what, place: usize, f| {
            Sabotage::<Self>::new(what, one(), move |params, progress| {
                let mut outputs = OUTPUTS;
                outputs[place].1 = f;
                let runs = trained(params, outputs, progress)?;
                Ok(Outcome { params: params.clone(), runs })
            })
        };
        let changed = |what, change: fn(&mut Params)| {
            Sabotage::<Self>::new(what, one(), move |params, progress| {
                let mut params = params.clone();
                change(&mut params);
                Self::run(&params, progress)
            })
        };
        vec![
            ending("tanh in the place of the identity", 0, Activation::Tanh),
            ending(
                "the identity in the place of tanh",
                1,
                Activation::Identity,
            ),
            ending("tanh in the place of the sigmoid", 2, Activation::Tanh),
            changed("training cut short", |p| p.epochs = 30),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        vec![
            Sabotage::<Self>::changing(
                "the target goes beyond ±1",
                Params { seeds: 1, ..Params::default() },
                |params: &mut Params| params.height = 0.9,
            )
            .counters(
                "within",
                "what tanh clips is far more than what the identity leaves",
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("width", 12.0, 32.0),
            Span::between("lr", 0.005, 0.02),
            Span::between("epochs", 2500.0, 4000.0),
            Span::between("height", 2.5, 4.0),
        ]
    }
}

/// The target at so many evenly spaced points of [−1, 1], both ends included.
fn target(height: f64, points: usize) -> Dataset {
    let last = (points - 1) as f64;
    let at = |i: usize| 2.0 * i as f64 / last - 1.0;
    let x = Array2::from_shape_fn((points, 1), |(i, _)| at(i));
    let y = x.mapv(|x| height * sin(3.0 * x));
    Dataset { x, y }
}

/// The mean squared distance of the targets from the interval.
fn clipped(y: &Array2<f64>, (low, high): (f64, f64)) -> f64 {
    let distance = |y: f64| (y - high).max(low - y).max(0.0);
    let squares = y.iter().map(|y| distance(*y) * distance(*y));
    squares.fold(0.0, |sum, square| sum + square) / y.len() as f64
}

fn trained(
    params: &Params,
    outputs: [(&'static str, Activation, (f64, f64)); 3],
    progress: &Progress,
) -> Result<Vec<Run>, Stopped> {
    progress.expect(params.seeds * outputs.len());
    let seeds = seeds(params.seed, params.seeds);
    let outputs = outputs.iter();
    let kinds: Vec<_> =
        outputs.flat_map(|kind| seeds.clone().map(|s| (*kind, s))).collect();
    parallel::all(kinds, |((output, f, bounds), seed)| {
        let run = one(params, output, f, bounds, seed);
        progress.advance(1);
        run
    })
}

fn one(
    params: &Params,
    output: &'static str,
    f: Activation,
    bounds: (f64, f64),
    seed: u64,
) -> Result<Run, Stopped> {
    let mut rng = Rng::new(seed, Stream::Weights);
    let (init, width) = (Init::XavierUniform, params.width);
    let hidden = Dense::init(1, width, Activation::Tanh, init, &mut rng);
    let last = Dense::init(width, 1, f, init, &mut rng);
    let mut network =
        Network::new(vec![Layer::Dense(hidden), Layer::Dense(last)])
            .map_err(|why| Stopped(why.to_string()))?;
    let training = Training {
        loss: Loss::Mse,
        optimizer: Optimizer::adam(params.lr),
        batch: Batch::Full,
        epochs: params.epochs,
        shuffle: Shuffle::Never,
    };
    let data = target(params.height, SAMPLES);
    let mut order = Rng::new(seed, Stream::Order);
    let history = training
        .run(&mut network, &data, &mut order)
        .map_err(|why| Stopped(format!("seed {seed}, {output}: {why}")))?;
    let x = target(params.height, DRAWN).x;
    let answers = network.output(&x);
    Ok(Run {
        output,
        seed,
        losses: history.epochs,
        floor: clipped(&data.y, bounds),
        curve: x.iter().copied().zip(answers.iter().copied()).collect(),
    })
}

impl Run {
    fn error(&self) -> f64 {
        self.losses[self.losses.len() - 1]
    }
}

impl Outcome {
    fn of(&self, output: &str) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(move |run| run.output == output)
    }

    fn worst(&self, output: &str) -> f64 {
        most(self.of(output).map(Run::error))
    }

    fn best(&self, output: &str) -> f64 {
        least(self.of(output).map(Run::error))
    }

    fn answers(&self) -> Lines {
        let data = target(self.params.height, DRAWN);
        let truth = data.x.iter().copied().zip(data.y.iter().copied());
        let mut lines = Lines::new(Axis::linear("x"), Axis::linear("output"));
        for run in &self.runs {
            lines = match run.seed == self.params.seed {
                true => lines.main(run.output, run.curve.clone()),
                false => lines.thin_of(run.output, run.curve.clone()),
            };
        }
        lines.reference("target", truth.collect())
    }

    fn errors(&self) -> DotPlot {
        let mut plot = DotPlot::new(Axis::log("mean squared error"))
            .dots("one dot for each network");
        for (name, ..) in OUTPUTS {
            let floor = self.of(name).next().map_or(0.0, |run| run.floor);
            let label = match floor > 0.0 {
                true => format!("clips {floor:.3}"),
                false => "clips nothing".into(),
            };
            let errors: Vec<_> = self.of(name).map(Run::error).collect();
            let middle = median(errors.iter().copied());
            plot = plot.group(name).row(label, errors);
            if floor > 0.0 {
                plot = plot.showing(format!("{middle:.3}"));
            }
        }
        plot
    }

    fn finding(&self) -> String {
        let worst = Fact::scientific("", self.worst("identity"), 1).most();
        let least = |name| Fact::fixed("", self.best(name), 2).least().text();
        let what = format!(
            "With these seeds the identity leaves a mean squared error of at \
             most {}, tanh {} and the sigmoid {} or more",
            worst.text(),
            least("tanh"),
            least("sigmoid"),
        );
        if OutputActivation::bears_out(self) {
            format!(
                "An output with bounds cuts the target off at them, whatever \
                 the layers before it do. {what}: what lies beyond the \
                 bounds."
            )
        } else {
            format!("{what}.")
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Above, the target, {} times the sine of 3x, dashed, and what \
             networks with three activations of the output answer; {} seeds. \
             Below, the mean squared error of each on a logarithmic axis.",
            self.params.height, self.params.seeds
        );
        for (name, ..) in OUTPUTS {
            text += &format!(
                " {name}: between {:.2e} and {:.2e}, of which the bounds \
                 explain {:.3}.",
                self.best(name),
                self.worst(name),
                self.of(name).next().map_or(0.0, |run| run.floor),
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("output"),
            Column::new("seed"),
            Column::new("mean squared error").digits(4),
            Column::new("clipped").digits(4),
        ]);
        for run in &self.runs {
            table.row([
                run.output.into(),
                Cell::Number(run.seed as f64),
                run.error().into(),
                run.floor.into(),
            ]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_clipped_is_the_distance_from_the_bounds() {
        let y = ndarray::array![[3.0], [0.5], [-2.0], [-0.5]];
        assert_eq!(clipped(&y, (-1.0, 1.0)), (4.0 + 1.0) / 4.0);
        assert_eq!(clipped(&y, (0.0, 1.0)), (4.0 + 4.0 + 0.25) / 4.0);
        assert_eq!(clipped(&y, (f64::NEG_INFINITY, f64::INFINITY)), 0.0);
    }

    /// The floor is attained by the target cut off at the bounds.
    #[test]
    fn the_clipped_target_attains_the_floor() {
        let y = target(3.0, SAMPLES).y;
        let cut = y.mapv(|y| y.clamp(-1.0, 1.0));
        let loss = Loss::Mse.value(&cut, &y);
        assert!((loss - clipped(&y, (-1.0, 1.0))).abs() < 1e-15);
    }
}
