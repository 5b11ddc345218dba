//! Where a line separates the classes there is no floor: the cross-entropy
//! falls as long as one trains, and the weights grow. What settles is the
//! direction, and that each layer comes to have but one.
//!
//! Gradient descent on the mean of ln(1 + e^{−margin}) for two long clouds in
//! the plane, by one, two and three layers of slope 1 without biases. For one
//! layer D. Soudry and others (JMLR 2018, arXiv:1710.10345) prove that the
//! direction converges to that of the largest margin, as slowly as 1/ln t; for
//! deep linear networks Z. Ji and M. Telgarsky (ICLR 2019, arXiv:1810.02032)
//! prove the same under gradient flow or decreasing steps, and that each
//! layer, divided by its length, converges to rank one. The steps here are
//! constant.
//!
//! See the chapter `the-linear-floor`.

use ndarray::{Array1, Array2};
use probe::singular_values;
use slope::{
    Init, Loss,
    product::{a_b, affine, at_b, column_sums, norm},
    rng::{Rng, Stream},
};

use crate::stack::Stack;
use chart::{Axis, Cell, Chart, Column, Lines, Panel, Table};
use exact::statistics::{least, log_spaced, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Layers of the networks.
const DEPTHS: [usize; 3] = [1, 2, 3];

/// Units of each hidden layer.
const WIDTH: usize = 4;

/// The later claims compare the end with this part of the training.
const EARLY: usize = 10;

params! {
    /// What the trainings depend on.
    pub struct Params {
        /// Seed of the first clouds and weights; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many seeds.
        seeds: usize = 3, in 1..=20, "Seeds";
        /// Points of the two clouds together.
        samples: usize = 20, in 10..=100, "Samples";
        /// Standard deviation of the first weights.
        init: f64 = 0.3, in 0.01..=1.0, "First weights";
        /// The step size of gradient descent.
        lr: f64 = 0.1, in 0.01..=0.5, "Learning rate";
        /// How long each network is trained.
        steps: usize = 20_000, in 100..=50_000, "Training", "steps";
    }
}

/// The experiment.
pub struct MaxMargin;

/// What differs between the book's run and a broken one.
#[derive(Clone, Copy)]
struct Setting {
    clouds: fn(usize, u64) -> Clouds,
    loss: Loss,
    decay: f64,
    /// The direction that is held to be the best.
    best: fn(&Array2<f64>) -> [f64; 2],
}

const BOOK: Setting =
    Setting { clouds: apart, loss: Loss::BceLogits, decay: 0.0, best: largest };

/// Points and their classes, −1 or 1.
struct Clouds {
    x: Array2<f64>,
    side: Array2<f64>,
}

/// A network at one time.
#[derive(Clone)]
pub struct Point {
    step: usize,
    loss: f64,
    /// The length of the product of all matrices.
    length: f64,
    /// The cosine of its angle to the direction of the largest margin.
    cosine: f64,
    /// Its margin, as a part of the largest.
    margin: f64,
    /// The second singular value of a layer over its first, the largest of
    /// the layers. The last has one row, and no second.
    second: f64,
}

/// One training.
pub struct Run {
    layers: usize,
    seed: u64,
    points: Vec<Point>,
}

/// What the trainings came to.
pub struct Outcome {
    params: Params,
    runs: Vec<Run>,
}

impl Experiment for MaxMargin {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "max-margin";
    const QUESTION: &'static str =
        "Where does training go if there is no floor?";
    const CHAPTER: &'static str = "the-linear-floor";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        trained(params, BOOK, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let second = |at: fn(&Run) -> &Point| {
            let deep = outcome.runs.iter().filter(|run| run.layers > 1);
            median(deep.map(|run| at(run).second))
        };
        let margin = |at: fn(&Run) -> &Point| {
            median(outcome.runs.iter().map(|run| at(run).margin))
        };
        vec![
            Fact::count("steps", outcome.params.steps),
            Fact::scientific("loss-end", outcome.end(|p| p.loss, median), 0),
            Fact::fixed("length-early", outcome.median_early_length(), 1),
            Fact::fixed("length-end", outcome.end(|p| p.length, median), 1),
            Fact::percent("margin-early", margin(Run::hundredth), 0),
            Fact::percent("margin-end", margin(Run::last), 0),
            Fact::fixed("second-start", second(Run::first), 2),
            Fact::fixed("second-end", second(Run::last), 2),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let runs = || outcome.runs.iter();
        let deep = || runs().filter(|run| run.layers > 1);
        vec![
            Claim::below(
                "the loss falls on, tenfold training after tenfold training",
                most(runs().map(|run| run.last().loss / run.early().loss)),
                0.3,
            ),
            Claim::above(
                "the weights grow on",
                least(runs().map(|run| run.last().length / run.early().length)),
                1.1,
            ),
            Claim::above(
                "the direction is nearly that of the largest margin",
                outcome.end(|p| p.cosine, least),
                0.95,
            )
            .of_the_book(),
            Claim::above(
                "and has nearly the largest margin",
                outcome.end(|p| p.margin, least),
                0.8,
            ),
            Claim::above(
                "the margin has grown since",
                least(
                    runs()
                        .map(|run| run.last().margin - run.hundredth().margin),
                ),
                0.0,
            )
            .of_the_book(),
            Claim::below(
                "the layers of the deep ones come nearer to rank one",
                median(deep().map(|r| r.last().second / r.first().second)),
                0.7,
            )
            .of_the_book(),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let loss = Lines::new(Axis::log("step"), Axis::log("loss"));
        let margin = Lines::new(
            Axis::log("step"),
            Axis::linear("margin ÷ the largest").between(0.0, 1.0),
        );
        let second = Lines::new(
            Axis::log("step"),
            Axis::linear("second singular value ÷ first").between(0.0, 1.0),
        );
        Chart::new("Training on classes that a line separates")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([Panel::new(
                "the loss falls on",
                outcome.curves(loss, |p| p.loss),
            )])
            .row([
                Panel::new(
                    "the direction settles",
                    outcome.curves(margin, |p| p.margin),
                ),
                Panel::new(
                    "the layers near rank one",
                    outcome.curves(second, |p| p.second),
                ),
            ])
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let first = outcome.params.seed;
        let runs = outcome.runs.iter().filter(|run| run.seed == first);
        runs.map(|run| Series {
            name: format!("loss/{}-layers/seed-{first}", run.layers),
            points: run
                .points
                .iter()
                .map(|point| (point.step as u64, point.loss))
                .collect(),
        })
        .collect()
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        vec![
            sabotage(
                "the mean of the points for the best direction",
                Setting { best: towards_the_mean, ..BOOK },
            ),
            Sabotage::<Self>::changing(
                "training cut short",
                Params { seeds: 1, ..Params::default() },
                |params| params.steps = 20,
            ),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let with = |name, hypothesis, says, setting: Setting| {
            sabotage(hypothesis, setting).counters(name, says)
        };
        vec![
            with(
                "overlap",
                "a line separates the classes",
                "the loss falls on",
                Setting { clouds: overlapping, ..BOOK },
            ),
            with(
                "decay",
                "no weight decay",
                "the weights grow on",
                Setting { decay: 0.01, ..BOOK },
            ),
            with(
                "squared",
                "the loss is the cross-entropy",
                "the weights grow on",
                Setting { loss: Loss::Mse, ..BOOK },
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("samples", 10.0, 40.0),
            Span::between("init", 0.2, 0.5),
            Span::between("lr", 0.05, 0.2),
            Span::between("steps", 10_000.0, 20_000.0),
        ]
    }
}

fn sabotage(what: &'static str, setting: Setting) -> Sabotage<MaxMargin> {
    let few = Params { seeds: 1, ..Params::default() };
    Sabotage::new(what, few, move |params, progress| {
        trained(params, setting, progress)
    })
}

/// Two long clouds, 30° from upright, on either side of a line through the
/// origin.
fn apart(samples: usize, seed: u64) -> Clouds {
    let mut rng = Rng::new(seed, Stream::Data);
    let (along, across) = ([0.5, 0.75f64.sqrt()], [0.75f64.sqrt(), -0.5]);
    let mut x = Array2::zeros((samples, 2));
    let side = Array2::from_shape_fn((samples, 1), |(i, _)| {
        if i % 2 == 0 { 1.0 } else { -1.0 }
    });
    for (mut point, side) in x.rows_mut().into_iter().zip(&side) {
        let (u, v) = (rng.uniform_in(-2.0, 2.0), rng.uniform_in(-0.3, 0.3));
        let centre = if *side > 0.0 { 1.5 } else { -1.0 };
        point[0] = centre + u * along[0] + v * across[0];
        point[1] = u * along[1] + v * across[1];
    }
    Clouds { x, side }
}

/// The same, but for the first point of each class: it lies with the others.
fn overlapping(samples: usize, seed: u64) -> Clouds {
    let Clouds { x, mut side } = apart(samples, seed);
    side[(0, 0)] = -1.0;
    side[(1, 0)] = 1.0;
    Clouds { x, side }
}

/// The unit vector with the largest margin, that is the largest least inner
/// product with the rows. It points at one of them or has the same product
/// with two.
fn largest(rows: &Array2<f64>) -> [f64; 2] {
    let points: Vec<[f64; 2]> =
        rows.rows().into_iter().map(|row| [row[0], row[1]]).collect();
    let mut candidates = points.clone();
    for (i, p) in points.iter().enumerate() {
        for q in &points[..i] {
            let turned = [p[1] - q[1], q[0] - p[0]];
            candidates.extend([turned, turned.map(|t| -t)]);
        }
    }
    let mut best = ([0.0; 2], f64::NEG_INFINITY);
    for [a, b] in candidates {
        let length = (a * a + b * b).sqrt();
        let unit = [a / length, b / length];
        let margin = margin(rows, unit);
        if margin > best.1 {
            best = (unit, margin);
        }
    }
    best.0
}

fn towards_the_mean(rows: &Array2<f64>) -> [f64; 2] {
    let sums = column_sums(rows);
    let length = (sums[0] * sums[0] + sums[1] * sums[1]).sqrt();
    [sums[0] / length, sums[1] / length]
}

/// The least inner product of a row with this vector.
fn margin(rows: &Array2<f64>, [a, b]: [f64; 2]) -> f64 {
    least(rows.rows().into_iter().map(|row| a * row[0] + b * row[1]))
}

fn trained(
    params: &Params,
    setting: Setting,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    progress.expect(DEPTHS.len() * params.seeds);
    let seeds = seeds(params.seed, params.seeds);
    let kinds: Vec<_> = DEPTHS
        .iter()
        .flat_map(|layers| seeds.clone().map(|seed| (*layers, seed)))
        .collect();
    let runs = parallel::all(kinds, |(layers, seed)| {
        let run = one(params, setting, layers, seed);
        progress.advance(1);
        run
    })?;
    Ok(Outcome { params: params.clone(), runs })
}

fn one(
    params: &Params,
    setting: Setting,
    layers: usize,
    seed: u64,
) -> Result<Run, Stopped> {
    let Clouds { x, side } = (setting.clouds)(params.samples, seed);
    // On its own side each point has the class 1.
    let rows = x * &side;
    let ones = Array2::ones((rows.nrows(), 1));
    let best = (setting.best)(&rows);
    let mut sizes = vec![WIDTH; layers - 1];
    sizes.insert(0, rows.ncols());
    sizes.push(1);
    let init = Init::Normal { std: params.init };
    let mut rng = Rng::new(seed, Stream::Weights);
    let mut stack = Stack::new(&sizes, init, &mut rng);
    let times = log_spaced(params.steps);
    let mut points = Vec::new();
    for step in 0..=params.steps {
        let products = stack.products();
        let w = &products[layers - 1];
        let z = affine(&rows, w, &Array1::zeros(1));
        if times.binary_search(&step).is_ok() {
            let loss = setting.loss.value(&z, &ones);
            points.push(Point::of(step, loss, &stack, &rows, best)?);
        }
        let slope = at_b(&setting.loss.gradient(&z, &ones), &rows);
        stack.step(&products, slope, params.lr, setting.decay);
    }
    Ok(Run { layers, seed, points })
}

impl Point {
    fn of(
        step: usize,
        loss: f64,
        stack: &Stack,
        rows: &Array2<f64>,
        best: [f64; 2],
    ) -> Result<Self, Stopped> {
        if !loss.is_finite() {
            return Err(Stopped(format!(
                "the training diverged at step {step}: try a smaller learning \
                 rate"
            )));
        }
        let (last, hidden) = stack.w.split_last().expect("a layer");
        let w = hidden.iter().rev().fold(last.clone(), |w, l| a_b(&w, l));
        let length = norm(&w);
        let unit = [w[(0, 0)] / length, w[(0, 1)] / length];
        let mut second: f64 = 0.0;
        for layer in hidden {
            let s = singular_values(layer).map_err(Stopped::because)?;
            second = second.max(s[1] / s[0]);
        }
        Ok(Point {
            step,
            loss,
            length,
            cosine: unit[0] * best[0] + unit[1] * best[1],
            margin: margin(rows, unit) / margin(rows, best),
            second,
        })
    }
}

impl Run {
    fn first(&self) -> &Point {
        &self.points[0]
    }

    fn last(&self) -> &Point {
        &self.points[self.points.len() - 1]
    }

    /// The last point no later than this step.
    fn at(&self, step: usize) -> &Point {
        let until = self.points.iter().take_while(|p| p.step <= step);
        until.last().unwrap_or(self.first())
    }

    fn early(&self) -> &Point {
        self.at(self.last().step / EARLY)
    }

    fn hundredth(&self) -> &Point {
        self.at(self.last().step / EARLY / EARLY)
    }
}

impl Outcome {
    fn end(&self, what: fn(&Point) -> f64, of: fn(Vec<f64>) -> f64) -> f64 {
        of(self.runs.iter().map(|run| what(run.last())).collect())
    }

    fn median_early_length(&self) -> f64 {
        median(self.runs.iter().map(|run| run.early().length))
    }

    /// The first seed boldly, the others thinly.
    fn curves(&self, lines: Lines, of: fn(&Point) -> f64) -> Lines {
        // Step 0 has no place on a logarithmic axis.
        let points = |run: &Run| -> Vec<(f64, f64)> {
            let points = run.points.iter().skip(1);
            points.map(|p| (p.step as f64, of(p))).collect()
        };
        let name = |run: &Run| match run.layers {
            1 => "1 layer".to_string(),
            n => format!("{n} layers"),
        };
        let runs = || self.runs.iter();
        let first = |run: &&Run| run.seed == self.params.seed;
        let lines = runs()
            .filter(first)
            .fold(lines, |lines, run| lines.main(name(run), points(run)));
        runs()
            .filter(|run| !first(run))
            .fold(lines, |lines, run| lines.thin_of(name(run), points(run)))
    }

    fn finding(&self) -> String {
        let loss = Fact::scientific("", self.end(|p| p.loss, most), 0);
        let loss = loss.most().text();
        let margin = Fact::percent("", self.end(|p| p.margin, median), 0);
        let text = format!(
            "After {} steps the losses drawn here are {loss} or less; the \
             margin is {} of the largest (median).",
            Fact::count("", self.params.steps).text(),
            margin.text(),
        );
        if MaxMargin::bears_out(self) {
            format!(
                "Where a line separates the classes there is no least loss. \
                 {text} The weights grow, the direction settles, and the \
                 layers come nearer to rank one."
            )
        } else {
            text
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Three panels over the step on a logarithmic axis, {} seeds each \
             for one, two and three layers. The losses fall to the end in \
             nearly straight lines. The margins, as shares of the largest, \
             begin anywhere, rise and level off. The second singular value of \
             a hidden layer over its first falls, ever more slowly.",
            self.params.seeds,
        );
        for run in &self.runs {
            let last = run.last();
            text += &format!(
                " {} layers, seed {}: loss {:.0e}, length {:.1}, margin {:.3} \
                 of the largest.",
                run.layers, run.seed, last.loss, last.length, last.margin,
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("layers"),
            Column::new("seed"),
            Column::new("step"),
            Column::new("loss").digits(3),
            Column::new("length of the product").digits(3),
            Column::new("cosine to the largest margin").digits(4),
            Column::new("margin over the largest").digits(4),
            Column::new("second singular value over first").digits(3),
        ]);
        for run in &self.runs {
            let powers = |p: &&Point| {
                let mut ten = 1;
                while ten < p.step {
                    ten *= 10;
                }
                p.step == ten || p.step == run.last().step
            };
            for p in run.points.iter().filter(powers) {
                table.row([
                    run.layers.into(),
                    Cell::Number(run.seed as f64),
                    p.step.into(),
                    p.loss.into(),
                    p.length.into(),
                    p.cosine.into(),
                    p.margin.into(),
                    p.second.into(),
                ]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exact::transcendental::{cos, sin};
    use ndarray::array;

    #[test]
    fn a_line_separates_the_clouds_of_every_seed() {
        for seed in 0..20 {
            let Clouds { x, side } = apart(20, seed);
            let rows = x * &side;
            assert!(margin(&rows, largest(&rows)) > 0.3, "{seed}");
        }
    }

    /// No direction of 1,000 has a larger margin.
    #[test]
    fn the_largest_margin_is_the_largest() {
        let Clouds { x, side } = apart(20, 3);
        let rows = x * &side;
        let best = margin(&rows, largest(&rows));
        for i in 0..1000 {
            let angle = std::f64::consts::TAU * f64::from(i) / 1000.0;
            assert!(margin(&rows, [cos(angle), sin(angle)]) < best + 1e-12);
        }
        let two = array![[1.0, 1.0], [1.0, -1.0]];
        assert_eq!(largest(&two), [1.0, 0.0]);
    }
}
