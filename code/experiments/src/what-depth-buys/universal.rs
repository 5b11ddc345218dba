//! Does training find what one wide hidden layer is known to contain?
//!
//! Built: the ReLU network of w units that runs straight from point to point
//! of sin on [−π, π]; its largest error is at most h²/8 for a spacing h.
//! Trained: as many ReLUs, He weights, kinks spread evenly, Adam; the best
//! network on the way counts, because the last update may be a bad one. And a
//! step, which no continuous function comes nearer than ½. G. Cybenko, *Approximation
//! by superpositions of a sigmoidal function*, MCSS 2, 1989,
//! doi:10.1007/BF02551274; K. Hornik, M. Stinchcombe, H. White, *Multilayer
//! feedforward networks are universal approximators*, Neural Networks 2, 1989,
//! doi:10.1016/0893-6080(89)90020-8.
//!
//! See the chapter `what-depth-buys`.

use std::{f64::consts::PI, ops::ControlFlow};

use ndarray::{Array1, Array2};
use slope::{
    Activation, Batch, Dense, Init, Layer, Loss, Network, Optimizer, Shuffle,
    Training,
    data::Dataset,
    rng::{Rng, Stream},
    transcendental::{ln, sin},
};

use chart::{Axis, Cell, Chart, Column, Lines, Panel, Table};
use exact::statistics::{fitted_slope, least, log_spaced, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Units of the hidden layer.
const WIDTHS: [usize; 6] = [2, 4, 8, 16, 32, 64];

/// The place of 4 units among them, and of 32.
const FOUR: usize = 1;
const THIRTY_TWO: usize = 4;

/// Points at which an error is measured, many for each of the 64 pieces.
const MEASURED: usize = 4001;

params! {
    /// What the comparison depends on.
    pub struct Params {
        /// Seed of the first weights; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// Networks of each width.
        seeds: usize = 5, in 1..=20, "Seeds";
        /// Updates, each on all points.
        steps: usize = 3000, in 100..=5000, "Training", "updates";
        /// Step size of Adam.
        lr: f64 = 0.01, in 1e-4..=0.1, "Learning rate";
        /// Points of [−π, π] to train on.
        points: usize = 100, in 20..=400, "Points";
    }
}

/// The experiment.
pub struct Universal;

/// What is to be approximated.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Target {
    Sine,
    /// 0 on the left, 1 on the right; ½ at 0, as near to both as can be.
    Step,
}

/// All networks of one width.
pub struct Width {
    units: usize,
    /// The largest error of the network that is built.
    built: f64,
    /// That of each trained network, by seed.
    trained: Vec<f64>,
    /// The mean square error on the points, by seed and update.
    losses: Vec<Vec<f64>>,
}

/// What was found.
pub struct Outcome {
    params: Params,
    sine: Vec<Width>,
    step: Vec<Width>,
}

impl Experiment for Universal {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "universal";
    const QUESTION: &'static str =
        "Does training find the approximation that is known to exist?";
    const CHAPTER: &'static str = "what-depth-buys";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        measured(params, progress, &Made::default())
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let widest = &outcome.sine[WIDTHS.len() - 1];
        let medians = median(widest.trained.iter().copied());
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("width", widest.units),
            Fact::fixed("slope", outcome.slope(), 2),
            Fact::scientific("built-widest", widest.built, 1),
            Fact::fixed("times-widest", medians / widest.built, 0),
            Fact::count("stuck", outcome.sine[FOUR].stuck()),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let four = &outcome.sine[FOUR];
        let within = |width: &Width| width.built / bound(width.units);
        let widest = &outcome.sine[WIDTHS.len() - 1];
        vec![
            Claim::below(
                "what is built keeps the bound h²/8",
                most(outcome.sine.iter().map(within)),
                1.0 + 1e-9,
            ),
            Claim::above(
                "and from 8 units on nearly reaches it",
                least(outcome.sine[2..].iter().map(within)),
                0.85,
            ),
            Claim::below(
                "from there its error falls as the square of the width",
                (outcome.slope() + 2.0).abs(),
                0.1,
            ),
            Claim::below(
                "training gets somewhere: with 32 units every seed is near",
                most(outcome.sine[THIRTY_TWO].trained.iter().copied()),
                0.15,
            ),
            Claim::below(
                "with 4 units some seed is as good as what is built",
                least(four.trained.iter().copied()) / four.built,
                1.1,
            ),
            Claim::above(
                "and some seed is stuck, at three times its error or more",
                most(four.trained.iter().copied()) / four.built,
                3.0,
            ),
            Claim::above(
                "at the largest width the median of training is 3 times worse",
                median(widest.trained.iter().copied()) / widest.built,
                3.0,
            ),
            Claim::above(
                "there, no trained network is as good as what is built",
                least(widest.trained.iter().copied()) / widest.built,
                1.0,
            ),
            Claim::above(
                "on the step, no network comes nearer than ½",
                outcome.least_step(),
                0.5 - 1e-12,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("Largest error of one hidden layer, by width")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([
                Panel::new("sin x", curves(&outcome.sine, true)),
                Panel::new("A step", curves(&outcome.step, false)),
            ])
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let seed = outcome.params.seed;
        let named = |target: &'static str, widths: &[Width]| {
            let series = |width: &Width| Series {
                name: format!("mse/{target}/{}-units/seed-{seed}", width.units),
                points: log_spaced(width.losses[0].len() - 1)
                    .into_iter()
                    .map(|step| (step as u64, width.losses[0][step]))
                    .collect(),
            };
            widths.iter().map(series).collect::<Vec<_>>()
        };
        let mut series = named("sine", &outcome.sine);
        series.extend(named("step", &outcome.step));
        series
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let quick = || Params { seeds: 2, steps: 1500, ..Params::default() };
        let hardly = || Params { seeds: 1, steps: 100, ..Params::default() };
        let with = |what, params, change: fn(&mut Made)| {
            Sabotage::<Self>::new(what, params, move |params, progress| {
                let mut made = Made::default();
                change(&mut made);
                measured(params, progress, &made)
            })
        };
        vec![
            with("slope one in the place of ReLU", quick(), |made| {
                made.activation = Activation::Identity;
            }),
            with("twice the units in what is built", hardly(), |made| {
                made.built = |units| 2 * units;
            }),
            with("eight units built, whatever the width", quick(), |made| {
                made.built = |_| 8;
            }),
            with("training that begins at what is built", quick(), |made| {
                made.begin = |target, units, _, _| built(target, units);
            }),
            with("points that miss the place of the step", hardly(), |made| {
                made.measured = MEASURED - 1;
            }),
            Sabotage::<Self>::changing(
                "a hundredth of the learning rate",
                quick(),
                |params| params.lr /= 100.0,
            ),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let few = Params { seeds: 2, steps: 1500, ..Params::default() };
        let at_what_is_built = Made {
            begin: |target, units, _, _| built(target, units),
            ..Made::default()
        };
        vec![
            Sabotage::<Self>::new(
                "training begins at random weights",
                few,
                move |params, progress| {
                    measured(params, progress, &at_what_is_built)
                },
            )
            .counters(
                "begin",
                "at the largest width the median of training is 3 times worse",
            ),
        ]
    }
}

/// How networks are made and measured.
struct Made {
    activation: Activation,
    /// The units of what is built, for a width.
    built: fn(usize) -> usize,
    /// A network before its training.
    begin: fn(Target, usize, Activation, u64) -> Result<Network, Stopped>,
    /// Points at which an error is measured.
    measured: usize,
}

impl Default for Made {
    fn default() -> Self {
        Self {
            activation: Activation::Relu,
            built: |units| units,
            begin: |_, units, f, seed| Ok(drawn(units, f, seed)),
            measured: MEASURED,
        }
    }
}

impl Target {
    fn value(self, x: f64) -> f64 {
        match self {
            Target::Sine => sin(x),
            Target::Step if x == 0.0 => 0.5,
            Target::Step => f64::from(u8::from(x >= 0.0)),
        }
    }

    /// The largest error on [−π, π]. At the step, both of its sides count: a
    /// continuous function has one value there, and is ½ off on one of them.
    fn largest_error(self, network: &Network, points: usize) -> f64 {
        let x = grid(points);
        let output = network.output(&x);
        let errors = x.iter().zip(&output).map(|(x, y)| match self {
            Target::Step if *x == 0.0 => y.abs().max((y - 1.0).abs()),
            _ => (y - self.value(*x)).abs(),
        });
        most(errors)
    }

    fn data(self, points: usize) -> Result<Dataset, Stopped> {
        let x = grid(points);
        let y = x.mapv(|x| self.value(x));
        Dataset::new(x, y).map_err(|why| Stopped(why.to_string()))
    }
}

/// Points of [−π, π] at equal distances, both ends included. An odd number has
/// one exactly at 0.
fn grid(points: usize) -> Array2<f64> {
    let last = (points - 1) as f64;
    Array2::from_shape_fn((points, 1), |(i, _)| {
        PI * ((2 * i) as f64 - last) / last
    })
}

/// h²/8 with h = 2π/w, since |sin″| ≤ 1.
fn bound(units: usize) -> f64 {
    let h = 2.0 * PI / units as f64;
    h * h / 8.0
}

fn measured(
    params: &Params,
    progress: &Progress,
    made: &Made,
) -> Result<Outcome, Stopped> {
    // Steps are told for a few widths: they all end the same.
    let steps: Vec<usize> = WIDTHS.into_iter().skip(1).step_by(2).collect();
    progress.expect((WIDTHS.len() + steps.len()) * params.seeds);
    let of = |target: Target, units: &[usize]| {
        let one = |units: &usize| width(target, *units, made, params, progress);
        units.iter().map(one).collect::<Result<Vec<_>, _>>()
    };
    Ok(Outcome {
        params: params.clone(),
        sine: of(Target::Sine, &WIDTHS)?,
        step: of(Target::Step, &steps)?,
    })
}

fn width(
    target: Target,
    units: usize,
    made: &Made,
    params: &Params,
    progress: &Progress,
) -> Result<Width, Stopped> {
    let seeds = seeds(params.seed, params.seeds);
    let runs = parallel::all(seeds, |seed| {
        let network = (made.begin)(target, units, made.activation, seed)?;
        let run = trained(network, target, seed, params);
        progress.advance(1);
        run
    })?;
    let error = |network| target.largest_error(network, made.measured);
    Ok(Width {
        units,
        built: error(&built(target, (made.built)(units))?),
        trained: runs.iter().map(|(network, _)| error(network)).collect(),
        losses: runs.into_iter().map(|(_, losses)| losses).collect(),
    })
}

/// The network that agrees with the target at w + 1 points and is straight
/// between them: a unit for each change of slope.
fn built(target: Target, units: usize) -> Result<Network, Stopped> {
    let h = 2.0 * PI / units as f64;
    let knot = |i: usize| h * i as f64 - PI;
    let slope =
        |i: usize| (target.value(knot(i + 1)) - target.value(knot(i))) / h;
    let change = |i: usize| match i {
        0 => slope(0),
        _ => slope(i) - slope(i - 1),
    };
    let stopped = |why: slope::ShapeError| Stopped(why.to_string());
    let hidden = Dense::new(
        Array2::ones((units, 1)),
        Array1::from_shape_fn(units, |i| -knot(i)),
        Activation::Relu,
    );
    let output = Dense::new(
        Array2::from_shape_fn((1, units), |(_, i)| change(i)),
        Array1::from_elem(1, target.value(-PI)),
        Activation::Identity,
    );
    let layers = vec![hidden.map_err(stopped)?, output.map_err(stopped)?];
    Network::new(layers.into_iter().map(Layer::Dense).collect())
        .map_err(stopped)
}

/// A network whose kinks are spread evenly.
fn drawn(units: usize, activation: Activation, seed: u64) -> Network {
    let mut rng = Rng::new(seed, Stream::Weights);
    let mut network =
        Network::dense(&[1, units, 1], activation, Init::HeNormal, &mut rng);
    if let Some(hidden) = network.dense_layers_mut().next() {
        for (b, w) in hidden.b.iter_mut().zip(&hidden.w) {
            *b = -w * rng.uniform_in(-PI, PI); // the kink is at −b/w
        }
    }
    network
}

/// The best network on the way, and all losses.
fn trained(
    mut network: Network,
    target: Target,
    seed: u64,
    params: &Params,
) -> Result<(Network, Vec<f64>), Stopped> {
    let training = Training {
        loss: Loss::Mse,
        optimizer: Optimizer::adam(params.lr),
        batch: Batch::Full,
        epochs: params.steps,
        shuffle: Shuffle::Never,
    };
    let data = target.data(params.points)?;
    let mut order = Rng::new(seed, Stream::Order);
    let mut best = (f64::INFINITY, network.clone());
    let history = training
        .run_watched(&mut network, &data, &mut order, |now| {
            if now.loss < best.0 {
                best = (now.loss, now.network.clone());
            }
            ControlFlow::Continue(())
        })
        .map_err(|why| Stopped(format!("seed {seed}: {why}")))?;
    Ok((best.1, history.epochs))
}

fn curves(widths: &[Width], bounded: bool) -> Lines {
    let at = |width: &Width| width.units as f64;
    let points = |error: &dyn Fn(&Width) -> f64| -> Vec<(f64, f64)> {
        widths.iter().map(|width| (at(width), error(width))).collect()
    };
    let mut lines = Lines::new(
        Axis::log("units of the hidden layer")
            .including(2.0)
            .naming(WIDTHS.map(|units| units as f64)),
        Axis::log("largest error").including(1e-3).including(1.2),
    )
    .main("built", points(&|width| width.built))
    .main(
        "trained (median)",
        points(&|width| median(width.trained.iter().copied())),
    );
    for width in widths {
        for error in &width.trained {
            lines =
                lines.thin_of("trained (median)", vec![(at(width), *error)]);
        }
    }
    match bounded {
        true => lines.reference("h²/8", points(&|width| bound(width.units))),
        false => lines.threshold(0.5, "½"),
    }
}

impl Width {
    /// How many trained networks have three times the error of what is built,
    /// or more.
    fn stuck(&self) -> usize {
        let stuck = self.trained.iter().filter(|e| **e > 3.0 * self.built);
        stuck.count()
    }
}

impl Outcome {
    /// The power of the width with which the error of what is built falls.
    fn slope(&self) -> f64 {
        let points: Vec<(f64, f64)> = self.sine[2..]
            .iter()
            .map(|width| (ln(width.units as f64), ln(width.built)))
            .collect();
        fitted_slope(&points)
    }

    /// The least of the largest errors on the step, built or trained.
    fn least_step(&self) -> f64 {
        least(self.step.iter().flat_map(|width| {
            width.trained.iter().copied().chain([width.built])
        }))
    }

    fn finding(&self) -> String {
        let widest = &self.sine[WIDTHS.len() - 1];
        let trained = median(widest.trained.iter().copied());
        let times = trained / widest.built;
        let shown = |value: f64| Fact::scientific("", value, 1).text();
        if Universal::bears_out(self) {
            format!(
                "That a good network exists does not mean training finds it. \
                 Built by hand, its error falls with the square of the width; \
                 with {} units, the best that training meets is {times:.0} \
                 times worse (median of {}). On a step no width helps: ½ \
                 remains.",
                widest.units,
                widest.trained.len(),
            )
        } else {
            format!(
                "With {} units, the network that is built has a largest error \
                 of {}, the trained ones have {} (median of {}).",
                widest.units,
                shown(widest.built),
                shown(trained),
                widest.trained.len(),
            )
        }
    }

    fn description(&self) -> String {
        let mut text = String::from(
            "Two panels, both axes logarithmic: the largest error by width. \
             Left, for sin x, a straight falling line of networks that are \
             built, on the dashed bound h²/8; above it the medians of trained \
             networks, with a dot for each.",
        );
        for (target, widths) in [("sin x", &self.sine), ("step", &self.step)] {
            for width in widths {
                text += &format!(
                    " {target}, {} units: built {:.1e}, trained from {:.1e} \
                     to {:.1e}.",
                    width.units,
                    width.built,
                    least(width.trained.iter().copied()),
                    most(width.trained.iter().copied()),
                );
            }
        }
        text + " Right, for a step, nothing lies below the dashed level of ½."
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("target"),
            Column::new("units"),
            Column::new("network"),
            Column::new("largest error").digits(3),
        ]);
        for (target, widths) in [("sin x", &self.sine), ("step", &self.step)] {
            for width in widths {
                let units = Cell::Number(width.units as f64);
                let row = |network: String, error: f64| {
                    [
                        target.into(),
                        units.clone(),
                        network.into(),
                        Cell::Number(error),
                    ]
                };
                table.row(row("built".into(), width.built));
                for (i, error) in width.trained.iter().enumerate() {
                    let seed = self.params.seed + i as u64;
                    table.row(row(format!("trained, seed {seed}"), *error));
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
    fn what_is_built_agrees_with_the_sine_at_its_knots() {
        let network = built(Target::Sine, 8).unwrap();
        let knots = grid(9);
        for (x, y) in knots.iter().zip(&network.output(&knots)) {
            assert!((y - sin(*x)).abs() < 1e-14, "{x} {y}");
        }
    }

    /// Between two knots a step is anything from 0 to 1.
    #[test]
    fn a_step_is_never_met() {
        for units in [4, 5, 64, 255] {
            let network = built(Target::Step, units).unwrap();
            let error = Target::Step.largest_error(&network, MEASURED);
            assert!(error >= 0.5, "{units}");
        }
    }

    #[test]
    fn kinks_lie_where_the_target_is() {
        let params =
            Params { steps: 100, points: 20, lr: 1e-4, ..Params::default() };
        let network = drawn(64, Activation::Relu, 3);
        let network = trained(network, Target::Sine, 3, &params).unwrap().0;
        let hidden = network.dense_layers().next().unwrap();
        let inside = hidden
            .b
            .iter()
            .zip(&hidden.w)
            .filter(|(b, w)| (*b / *w).abs() < PI);
        assert!(inside.count() > 56);
    }
}
