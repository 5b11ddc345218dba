//! How large a step gradient descent can take: up to 2/λ_max, the largest
//! curvature, and no further.
//!
//! Linear regression, L = |Xw − y|²/2n, from w = 0 without a bias. Its
//! curvature H = XᵀX/n is the same everywhere, so along the eigenvector of λ
//! each step multiplies the distance to the minimum by 1 − lr·λ: it shrinks
//! if lr < 2/λ. The threshold is also looked for by bisection, in the losses
//! alone. Without the ½ in the loss it is half as large. See the chapter
//! `descent`.

use ndarray::{Array1, Array2, Zip};
use probe::{Svd, svd};
use slope::{
    data::{self, Dataset},
    decimal::Decimal,
    product,
    rng::{Rng, Stream},
};

use chart::{Axis, Cell, Chart, Column, Lines, Panel, Table};
use exact::statistics::{least, most, sorted};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    live::BySeed,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Learning rates that are always shown, in units of 2/λ_max.
const SLOW: f64 = 0.02;
const HALF: f64 = 0.5;
const ABOVE: f64 = 1.01;

/// An excess over the smallest loss, relative to that at the start, that
/// counts as having arrived.
const TOLERANCE: f64 = 1e-6;

/// Who has not arrived after so many steps does not.
const PATIENCE: usize = 20_000;

/// Steps that the picture shows.
const SHOWN: usize = 200;

params! {
    /// What the descent depends on.
    pub struct Params {
        /// Seed of the regression that is drawn boldly; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many regressions, each with its own data.
        seeds: usize = 5, in 1..=20, "Seeds";
        /// The learning rate to be tried.
        factor: f64 = 0.99, in 0.01..=1.2,
            "Learning rate", "times 2/λₘₐₓ";
        /// How long each descent is.
        steps: usize = 500, in 500..=5000, "Training", "steps";
        /// Samples of one regression.
        samples: usize = 200, in 50..=1000, "Samples";
        /// Inputs, whose standard deviations rise from ½ to 2.
        inputs: usize = 10, in 2..=20, "Inputs";
    }
}

/// The experiment.
pub struct Cliff;

/// L(w) = L(0) − bᵀw + ½ wᵀHw.
pub struct Quadratic {
    h: Array2<f64>,
    b: Array1<f64>,
    /// L(0).
    start: f64,
    /// The smallest loss there is.
    floor: f64,
    /// The eigenvalues of H, descending.
    curvatures: Vec<f64>,
}

/// What happened on one regression.
pub struct Run {
    quadratic: Quadratic,
    /// The largest learning rate that does not diverge, by bisection.
    found: f64,
    /// The losses of each step, by learning rate in units of 2/λ_max.
    descents: Vec<(f64, Vec<f64>)>,
    /// Learning rate in units of 2/λ_max, and steps until it arrived.
    arrivals: Vec<(f64, usize)>,
}

/// What was found.
pub struct Outcome {
    params: Params,
    runs: Vec<Run>,
}

impl Experiment for Cliff {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "cliff";
    const QUESTION: &'static str = "How large can a step downhill be?";
    const CHAPTER: &'static str = "descent";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        Ok(found(params, progress, regression))
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let first = &outcome.runs[0];
        let steps = |factor| first.steps(factor);
        vec![
            Fact::count("regressions", outcome.params.seeds),
            Fact::count("steps", outcome.params.steps),
            Fact::fixed("curvature-most", first.quadratic.curvatures[0], 2),
            Fact::fixed("condition", first.quadratic.condition(), 0),
            Fact::fixed("threshold", first.quadratic.threshold(), 4),
            Fact::fixed("found", first.found, 4),
            Fact::percent("found-furthest", outcome.furthest(), 1).most(),
            Fact::fixed("start", first.quadratic.start, 1),
            Fact::scientific("above-end", first.last(ABOVE), 1),
            Fact::fixed("best", first.best().0, 2),
            Fact::count("best-steps", first.best().1),
            Fact::fixed("balanced", first.quadratic.balanced(), 2),
            Fact::count(
                "balanced-steps",
                first.quadratic.arrival(first.quadratic.balanced()),
            ),
            Fact::count("slow-steps", steps(SLOW)),
            Fact::count("near-steps", steps(outcome.params.factor)),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let Params { factor, .. } = outcome.params;
        let runs = &outcome.runs;
        let over = |factor: f64| {
            runs.iter().map(move |run| run.excess(factor)).collect::<Vec<_>>()
        };
        vec![
            Claim::below(
                "the threshold that the losses show is 2/λₘₐₓ",
                outcome.furthest(),
                0.01,
            ),
            Claim::below(
                "a learning rate just below it converges to the minimum",
                most(over(factor)),
                1e-3,
            ),
            Claim::above(
                "at 1.01 times it, the loss ends above its start",
                least(over(ABOVE)),
                10.0,
            ),
            Claim::above(
                "the fastest learning rate is not far below the threshold",
                least(runs.iter().map(|run| run.best().0)),
                0.8,
            ),
            Claim::above(
                "a fiftieth of the threshold takes ten times as long",
                least(runs.iter().map(|run| {
                    let slow = run.steps(SLOW).map_or(f64::NAN, |s| s as f64);
                    slow / run.best().1 as f64
                })),
                10.0,
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("steps", 500.0, 1500.0),
            Span::between("samples", 100.0, 600.0),
            Span::between("inputs", 6.0, 16.0),
            Span::between("factor", 0.97, 0.99),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("Gradient descent up to the cliff and over it")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([
                Panel::new("Loss, with lr = 2/λₘₐₓ × …", outcome.curves()),
                Panel::new("Steps to the minimum", outcome.wall()),
            ])
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let first = &outcome.runs[0];
        let series = first.descents.iter().map(|(factor, losses)| Series {
            name: format!(
                "loss/lr-{}/seed-{}",
                Decimal(*factor),
                outcome.params.seed
            ),
            points: (0..).zip(drawable(losses)).collect(),
        });
        series.collect()
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let few = || Params { seeds: 1, inputs: 4, ..Params::default() };
        vec![
            sabotage("a gradient of half the size", few(), |seed, params| {
                regression(seed, params).times(0.5)
            }),
            sabotage(
                "an input in units that are too large",
                few(),
                |seed, params| {
                    let mut data = drawn(seed, params);
                    data.x.column_mut(0).mapv_inplace(|x| x / 100.0);
                    Quadratic::of(&data)
                },
            ),
            Sabotage::<Self>::changing(
                "a learning rate just past the threshold",
                few(),
                |params| params.factor = 1.02,
            ),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let threshold = "the threshold that the losses show is 2/λₘₐₓ";
        let with = |name, hypothesis, problem| {
            let few = Params { seeds: 1, ..Params::default() };
            sabotage(hypothesis, few, problem).counters(name, threshold)
        };
        vec![
            with("no-half", "the loss has its half", |seed, params| {
                regression(seed, params).times(2.0)
            }),
            with(
                "no-steepest",
                "the start is off in the steepest direction",
                |seed, params| regression(seed, params).without_steepest(),
            ),
        ]
    }
}

fn sabotage(
    what: &'static str,
    params: Params,
    problem: fn(u64, &Params) -> Quadratic,
) -> Sabotage<Cliff> {
    Sabotage::new(what, params, move |params, progress| {
        Ok(found(params, progress, problem))
    })
}

impl BySeed for Cliff {
    const STEP: &'static str = "seed";

    fn seeds(params: &mut Params) -> (&mut u64, &mut usize) {
        (&mut params.seed, &mut params.seeds)
    }

    fn params(outcome: &mut Outcome) -> &mut Params {
        &mut outcome.params
    }

    fn start(params: &Params) -> Result<Outcome, Stopped> {
        Ok(Outcome { params: params.clone(), runs: Vec::new() })
    }

    fn steps(_: &Params) -> usize {
        1
    }

    fn step(outcome: &mut Outcome, seed: u64, _: usize) -> Result<(), Stopped> {
        let quadratic = regression(seed, &outcome.params);
        outcome.runs.push(Run::new(quadratic, &outcome.params));
        Ok(())
    }
}

fn found(
    params: &Params,
    progress: &Progress,
    problem: impl Fn(u64, &Params) -> Quadratic + Sync,
) -> Outcome {
    progress.expect(params.seeds);
    let run = |seed| {
        let run = Run::new(problem(seed, params), params);
        progress.advance(1);
        run
    };
    let seeds = seeds(params.seed, params.seeds);
    let runs = parallel::results(seeds, run);
    Outcome { params: params.clone(), runs }
}

fn regression(seed: u64, params: &Params) -> Quadratic {
    Quadratic::of(&drawn(seed, params))
}

fn drawn(seed: u64, params: &Params) -> Dataset {
    let mut rng = Rng::new(seed, Stream::Data);
    data::linear_teacher(params.samples, params.inputs, 0.1, &mut rng)
}

impl Quadratic {
    /// With X = U·diag(s)·Vᵀ, H has the eigenvalues s²/n, and what of y lies
    /// outside U cannot be fitted.
    fn of(data: &Dataset) -> Self {
        let n = data.len() as f64;
        let Svd { u, s, .. } = svd(&data.x).expect("finite inputs");
        let fitted = product::norm(&product::at_b(&u, &data.y));
        let size = product::norm(&data.y);
        let b = product::at_b(&data.x, &data.y) / n;
        Self {
            h: product::at_b(&data.x, &data.x) / n,
            b: b.column(0).to_owned(),
            start: size * size / (2.0 * n),
            floor: (size * size - fitted * fitted) / (2.0 * n),
            curvatures: s.iter().map(|s| s * s / n).collect(),
        }
    }

    /// So many times this loss, beside the curvatures of this one.
    fn times(self, factor: f64) -> Self {
        Self {
            h: self.h * factor,
            b: self.b * factor,
            start: self.start * factor,
            floor: self.floor * factor,
            ..self
        }
    }

    /// The same quadratic from a start without an error in the steepest
    /// direction v, which the powers of H find: b loses its part along v.
    fn without_steepest(self) -> Self {
        let mut v = self.b.clone();
        for _ in 0..2000 {
            v = product::a_v(&self.h, &v);
            let length = dot(&v, &v).sqrt();
            v /= length;
        }
        let along = dot(&v, &self.b);
        let lost = along * along / self.curvatures[0] / 2.0;
        Self { start: self.start - lost, b: &self.b - &(&v * along), ..self }
    }

    /// The rate that shrinks both ends alike, 2/(λ_max + λ_min), in units of
    /// the threshold.
    fn balanced(&self) -> f64 {
        self.condition() / (self.condition() + 1.0)
    }

    fn threshold(&self) -> f64 {
        2.0 / self.curvatures[0]
    }

    fn condition(&self) -> f64 {
        self.curvatures[0] / self.curvatures[self.curvatures.len() - 1]
    }

    /// The losses of gradient descent from w = 0, the first included.
    fn descent(&self, lr: f64) -> impl Iterator<Item = f64> {
        let mut w = Array1::zeros(self.b.len());
        std::iter::repeat_with(move || {
            let hw = product::a_v(&self.h, &w);
            let mut loss = self.start;
            Zip::from(&mut w).and(&hw).and(&self.b).for_each(|w, hw, b| {
                loss += *w * (hw / 2.0 - b);
                *w -= lr * (hw - b); // dL/dw = Hw − b
            });
            loss
        })
    }

    /// Whether the loss ends above its start. What overflows does, too.
    fn diverges(&self, lr: f64, steps: usize) -> bool {
        let end = self.descent(lr).nth(steps).unwrap_or(f64::NAN);
        end.is_nan() || end > self.start
    }

    /// The learning rate at which divergence begins, from the losses alone.
    fn bisected(&self, steps: usize) -> f64 {
        let (mut good, mut bad) = (0.0, 1e-3);
        while !self.diverges(bad, steps) {
            (good, bad) = (bad, 2.0 * bad);
        }
        for _ in 0..40 {
            let lr = (good + bad) / 2.0;
            if self.diverges(lr, steps) {
                bad = lr;
            } else {
                good = lr;
            }
        }
        good
    }

    /// The excess of a loss over the smallest, relative to that of w = 0.
    fn excess(&self, loss: f64) -> f64 {
        (loss - self.floor) / (self.start - self.floor)
    }

    fn arrival(&self, factor: f64) -> Option<usize> {
        let mut losses = self.descent(factor * self.threshold()).take(PATIENCE);
        losses.position(|loss| self.excess(loss) < TOLERANCE)
    }
}

fn dot(a: &Array1<f64>, b: &Array1<f64>) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}

impl Run {
    fn new(quadratic: Quadratic, params: &Params) -> Self {
        // What is tried keeps its colour, whatever it is.
        let mut factors = vec![SLOW, HALF, ABOVE];
        factors.retain(|factor| *factor != params.factor);
        factors.insert(0, params.factor);
        let descent = |factor: f64| {
            let lr = factor * quadratic.threshold();
            (factor, quadratic.descent(lr).take(params.steps + 1).collect())
        };
        let arrival = |factor: f64| Some((factor, quadratic.arrival(factor)?));
        Self {
            found: quadratic.bisected(params.steps),
            descents: factors.iter().copied().map(descent).collect(),
            arrivals: grid(factors).into_iter().filter_map(arrival).collect(),
            quadratic,
        }
    }

    fn losses(&self, factor: f64) -> &[f64] {
        let of = self.descents.iter().find(|(tried, _)| *tried == factor);
        of.map_or(&[], |(_, losses)| losses)
    }

    fn last(&self, factor: f64) -> f64 {
        self.losses(factor).last().copied().unwrap_or(f64::NAN)
    }

    /// What is left of the excess at the end.
    fn excess(&self, factor: f64) -> f64 {
        self.quadratic.excess(self.last(factor))
    }

    fn steps(&self, factor: f64) -> Option<usize> {
        let of = self.arrivals.iter().find(|(tried, _)| *tried == factor);
        of.map(|(_, steps)| *steps)
    }

    /// The learning rate that arrives first, and when.
    fn best(&self) -> (f64, usize) {
        let fastest = self.arrivals.iter().min_by_key(|(_, steps)| *steps);
        fastest.copied().unwrap_or((f64::NAN, PATIENCE))
    }
}

/// Learning rates from a fiftieth of the threshold to just below it, ever
/// closer, and these.
fn grid(factors: Vec<f64>) -> Vec<f64> {
    let even = (1..=48).map(|i| f64::from(i) / 50.0);
    let close = (61..=99).map(|i| 0.9 + f64::from(i) / 1000.0);
    let mut grid = sorted(even.chain(close).chain(factors));
    grid.dedup();
    grid
}

/// The losses up to where they leave all bounds.
fn drawable(losses: &[f64]) -> impl Iterator<Item = f64> {
    let bound = 1e6 * losses[0];
    losses.iter().copied().take_while(move |loss| *loss < bound)
}

impl Outcome {
    /// The largest relative difference between 2/λₘₐₓ and what was found.
    fn furthest(&self) -> f64 {
        let runs = self.runs.iter();
        most(
            runs.map(|run| (run.found / run.quadratic.threshold() - 1.0).abs()),
        )
    }

    fn curves(&self) -> Lines {
        let first = &self.runs[0];
        let mut lines =
            Lines::new(Axis::linear("step"), Axis::log("loss, first seed"));
        for (factor, losses) in &first.descents {
            let losses = drawable(losses).take(SHOWN + 1);
            let points = losses.enumerate().map(|(t, loss)| (t as f64, loss));
            lines =
                lines.main(format!("× {}", Decimal(*factor)), points.collect());
        }
        lines.threshold(first.quadratic.floor, "smallest loss")
    }

    fn wall(&self) -> Lines {
        let points = |run: &Run| -> Vec<(f64, f64)> {
            let steps = run.arrivals.iter();
            steps.map(|(factor, steps)| (*factor, *steps as f64)).collect()
        };
        let others = format!("{} other seeds", self.runs.len() - 1);
        let mut lines = Lines::new(
            Axis::linear("learning rate, in units of 2/λₘₐₓ").between(0.0, 1.3),
            Axis::log("steps"),
        )
        .main(format!("seed {}", self.params.seed), points(&self.runs[0]));
        for run in &self.runs[1..] {
            lines = lines.thin(&others, points(run));
        }
        lines.event(1.0, "2/λₘₐₓ")
    }

    fn finding(&self) -> String {
        let first = &self.runs[0];
        let (best, steps) = first.best();
        let factor = Decimal(self.params.factor);
        if Cliff::bears_out(self) {
            format!(
                "There is a cliff. A learning rate of {factor} times 2/λₘₐₓ \
                 still converges, {} times does not. The fastest of those \
                 tried on the first seed, {:.2} times, takes {steps} steps.",
                Decimal(ABOVE),
                Decimal(best),
            )
        } else {
            let what = match first.excess(self.params.factor) {
                left if left < 1.0 => {
                    format!("leaves {:.1e} of", Decimal(left))
                }
                _ => "ends above".into(),
            };
            format!(
                "A learning rate of {factor} times 2/λₘₐₓ {what} the excess \
                 loss it began with. By bisection the threshold lies within \
                 {:.2}\u{a0}% of 2/λₘₐₓ.",
                Decimal(100.0 * self.furthest()),
            )
        }
    }

    fn description(&self) -> String {
        let first = &self.runs[0];
        let mut text = format!(
            "Left, the loss by step on a logarithmic axis, from {:.2}; the \
             smallest possible is {:.4}.",
            Decimal(first.quadratic.start),
            Decimal(first.quadratic.floor),
        );
        for (factor, losses) in &first.descents {
            let at = SHOWN.min(losses.len() - 1);
            text += &format!(
                " At {} times 2/λₘₐₓ it is {:.2e} after {at} steps.",
                Decimal(*factor),
                Decimal(losses[at]),
            );
        }
        let (best, steps) = first.best();
        text += &format!(
            " Right, the number of steps to the minimum by learning rate, for \
             {} seeds: on the first it falls to {steps} at {:.2} times \
             2/λₘₐₓ. All rise steeply towards a vertical line at 2/λₘₐₓ.",
            self.runs.len(),
            Decimal(best),
        );
        text
    }

    fn table(&self) -> Table {
        let seeds = || self.params.seed..;
        let mut columns =
            vec![Column::new("learning rate (units of 2/λₘₐₓ)").digits(3)];
        for (seed, _) in seeds().zip(&self.runs) {
            columns.push(Column::new(format!("steps, seed {seed}")));
        }
        let mut table = Table::new(columns);
        let tried = self.runs[0].descents.iter().map(|(factor, _)| *factor);
        for factor in grid(tried.collect()) {
            let steps = self.runs.iter().map(|run| match run.steps(factor) {
                Some(steps) => Cell::Number(steps as f64),
                None => Cell::Missing,
            });
            let row = [Cell::Number(factor)].into_iter().chain(steps);
            table.row(row);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slope::{
        Activation, Batch, Dense, Layer, Loss, Network, Optimizer, Shuffle,
        Training,
    };

    fn few() -> Params {
        Params { seeds: 2, ..Params::default() }
    }

    /// λ = 2 and λ = ½: at lr = 0.5 the first error is gone in one step, the
    /// second is multiplied by ¾.
    #[test]
    fn two_curvatures_by_hand() {
        let quadratic = Quadratic {
            h: ndarray::array![[2.0, 0.0], [0.0, 0.5]],
            b: ndarray::array![2.0, 0.5],
            start: 1.25,
            floor: 0.0,
            curvatures: vec![2.0, 0.5],
        };
        let losses: Vec<f64> = quadratic.descent(0.5).take(3).collect();
        assert_eq!(losses, [1.25, 0.25 * 0.5625, 0.25 * 0.5625 * 0.5625]);
        assert_eq!(quadratic.threshold(), 1.0);
    }

    /// At 2/λ_max exactly, the steepest direction jumps to and fro.
    #[test]
    fn at_the_threshold_the_loss_neither_grows_nor_vanishes() {
        let quadratic = regression(0, &few());
        let lr = quadratic.threshold();
        let late: Vec<f64> = quadratic.descent(lr).skip(5000).take(2).collect();
        assert!((late[0] / late[1] - 1.0).abs() < 1e-6, "{late:?}");
        assert!(quadratic.excess(late[0]) > 1e-3);
    }

    /// `Loss::Mse` has no ½: twice the gradient, half the threshold. And a
    /// bias is the weight of an input that is always 1.
    #[test]
    fn the_threshold_of_the_library_s_loss_is_half_of_it() {
        let mut rng = Rng::new(0, Stream::Data);
        let data = data::linear_teacher(200, 4, 0.1, &mut rng);
        let x = Array2::from_shape_fn((200, 5), |(i, j)| {
            if j < 4 { data.x[(i, j)] } else { 1.0 }
        });
        let s = svd(&x).unwrap().s[0];
        let end = |factor: f64| {
            let zero = (Array2::zeros((1, 4)), Array1::zeros(1));
            let unit = Dense::new(zero.0, zero.1, Activation::Identity);
            let layers = vec![Layer::Dense(unit.unwrap())];
            let training = Training {
                loss: Loss::Mse,
                optimizer: Optimizer::sgd(factor * 200.0 / (s * s)),
                batch: Batch::Full,
                epochs: 500,
                shuffle: Shuffle::Never,
            };
            let mut network = Network::new(layers).unwrap();
            let mut order = Rng::new(0, Stream::Order);
            let history = training.run(&mut network, &data, &mut order);
            let losses = history.unwrap().epochs;
            losses[500] / losses[0]
        };
        assert!(end(0.99) < 0.1);
        assert!(end(1.01) > 10.0);
    }
}
