//! How the steps to the minimum of a quadratic grow with κ, the ratio of its
//! largest to its smallest curvature.
//!
//! Twenty curvatures, evenly spaced in their logarithm from 1/κ to 1, and an
//! error of 1 along each. Gradient descent with the best constant rate,
//! 2/(λ_max + λ_min); heavy ball with the best constants (B. T. Polyak, 1964);
//! momentum 0.9 with the rate 1/λ_max; Adam. The curvatures lie along the
//! axes, where Adam can rescale each by itself; then the same quadratic is
//! turned at random, which changes nothing for the others. See the chapter
//! `descent`.
//!
//! Over 20 turns: from κ = 10 to κ = 1000, Adam's median goes from 188 steps to
//! 1,624, gradient descent from 41 to 4,309 and the heavy ball from 18 to 233.

use ndarray::{Array1, Array2};
use slope::{
    Init, Optimizer, product,
    rng::{Rng, Stream},
    transcendental::{ln, pow},
};

use chart::{Axis, Cell, Chart, Column, Lines, Table};
use exact::statistics::{fitted_slope, least, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Curvatures of one quadratic.
const DIRECTIONS: usize = 20;

/// A loss relative to the first that counts as having arrived.
const TOLERANCE: f64 = 1e-8;

/// Who has not arrived after so many steps does not.
const PATIENCE: usize = 20_000;

/// Values of κ: four in each power of ten.
const CONDITIONS: [f64; 9] =
    [10.0, 18.0, 32.0, 56.0, 100.0, 180.0, 320.0, 560.0, 1000.0];

params! {
    /// What the comparison depends on.
    pub struct Params {
        /// Seed of the first turn; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many ways of turning the quadratic.
        seeds: usize = 5, in 1..=20, "Turns";
        /// Adam's step size.
        lr: f64 = 0.05, in 0.005..=0.2, "Learning rate of Adam";
        /// μ of the momentum whose constants do not know κ.
        momentum: f64 = 0.9, in 0.0..=0.99, "Momentum";
    }
}

/// The experiment.
pub struct Conditioning;

/// Steps to the minimum for each of [`CONDITIONS`]; `None` if it was never
/// reached.
pub type Steps = Vec<Option<usize>>;

/// What was found.
pub struct Outcome {
    params: Params,
    descent: Steps,
    heavy_ball: Steps,
    momentum: Steps,
    adam: Steps,
    /// The same quadratics turned, by seed: gradient descent and Adam.
    turned: Vec<(Steps, Steps)>,
}

impl Experiment for Conditioning {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "conditioning";
    const QUESTION: &'static str =
        "What do momentum and Adam do about a long, narrow valley?";
    const CHAPTER: &'static str = "descent";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        Ok(found(params, progress, ends, turned))
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let Outcome { descent, heavy_ball, momentum, adam, .. } = outcome;
        vec![
            Fact::count("descent-ten", descent[TEN]),
            Fact::count("descent-thousand", descent[THOUSAND]),
            Fact::fixed("descent-exponent", exponent(descent), 2),
            Fact::count("heavy-ten", heavy_ball[TEN]),
            Fact::count("heavy-thousand", heavy_ball[THOUSAND]),
            Fact::fixed("heavy-exponent", exponent(heavy_ball), 2),
            Fact::count("momentum-ten", momentum[TEN]),
            Fact::count("momentum-thousand", momentum[THOUSAND]),
            Fact::count("adam", adam[THOUSAND]),
            Fact::count("turns", outcome.params.seeds),
            Fact::count("turned-ten", outcome.turned_middle(TEN)),
            Fact::count("turned-thousand", outcome.turned_middle(THOUSAND)),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let Outcome { descent, heavy_ball, momentum, adam, .. } = outcome;
        let turned = |at: usize| outcome.turned_adam(at);
        let growth = |steps: &Steps, from: usize, to: usize| {
            number(steps[to]) / number(steps[from])
        };
        vec![
            Claim::below(
                "the steps of gradient descent grow as κ",
                (exponent(descent) - 1.0).abs(),
                0.05,
            ),
            Claim::below(
                "those of the heavy ball about as its root",
                (exponent(heavy_ball) - 0.5).abs(),
                0.1,
            ),
            Claim::below(
                "momentum that does not know κ takes the same up to κ = 100",
                (growth(momentum, TEN, HUNDRED) - 1.0).abs(),
                0.1,
            ),
            Claim::above(
                "and then more",
                growth(momentum, HUNDRED, THOUSAND),
                2.0,
            ),
            Claim::below(
                "Adam does not feel κ where the curvatures lie along the axes",
                spread(adam) - 1.0,
                0.05,
            ),
            Claim::below(
                "a turn changes nothing for gradient descent",
                most(outcome.turned.iter().flat_map(|(turned, _)| {
                    let pairs = turned.iter().zip(descent);
                    pairs.map(|(a, b)| (number(*a) - number(*b)).abs())
                })),
                1.5,
            ),
            Claim::above(
                "for Adam it does: then κ is felt",
                least(
                    turned(THOUSAND)
                        .iter()
                        .zip(turned(TEN))
                        .map(|(thousand, ten)| thousand / ten),
                ),
                4.0,
            ),
            Claim::above(
                "turned at κ = 1000, Adam is behind the heavy ball",
                least(turned(THOUSAND)) / number(heavy_ball[THOUSAND]),
                3.0,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let points = |steps: &Steps| -> Vec<(f64, f64)> {
            let pairs = CONDITIONS.into_iter().zip(steps);
            pairs.filter_map(|(k, s)| Some((k, (*s)? as f64))).collect()
        };
        let mut lines = Lines::new(
            Axis::log("κ, largest over smallest curvature"),
            Axis::log("steps"),
        )
        .main("gradient descent", points(&outcome.descent))
        .main("heavy ball", points(&outcome.heavy_ball))
        .main(
            format!("momentum {}", outcome.params.momentum),
            points(&outcome.momentum),
        )
        .main("Adam", points(&outcome.adam))
        .main("Adam, turned", points(&outcome.turned[0].1));
        for (_, adam) in &outcome.turned[1..] {
            lines = lines.thin_of("Adam, turned", points(adam));
        }
        Chart::new("Steps to the minimum of a quadratic, by its condition")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(lines)
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let few = || Params { seeds: 1, ..Params::default() };
        let with_turns = |what, turned: Turned| {
            Sabotage::<Self>::new(what, few(), move |params, progress| {
                Ok(found(params, progress, ends, turned))
            })
        };
        let with_momentum = |what, momentum| {
            Sabotage::<Self>::changing(what, few(), move |params| {
                params.momentum = momentum
            })
        };
        vec![
            Sabotage::<Self>::new(
                "constants made for a κ of ten",
                few(),
                |params, progress| {
                    Ok(found(params, progress, |_| ends(10.0), turned))
                },
            ),
            with_momentum("momentum that forgets", 0.0),
            with_momentum("momentum that hardly forgets", 0.99),
            with_turns("turns that turn nothing", |_| turned(None)),
            with_turns("a valley that never runs along an axis", |seed| {
                turned(seed.or(Some(0)))
            }),
            with_turns("random matrices in the place of turns", |seed| {
                seed.map_or(turned(None), |seed| {
                    let std = 1.0 / (DIRECTIONS as f64).sqrt();
                    drawn(Init::Normal { std }, seed)
                })
            }),
        ]
    }
}

/// The turn of a seed; without one, that of curvatures along the axes.
type Turned = fn(Option<u64>) -> Array2<f64>;

/// Places in [`CONDITIONS`].
const TEN: usize = 0;
const HUNDRED: usize = 4;
const THOUSAND: usize = 8;

/// The smallest and the largest curvature that the constants are made for.
fn ends(condition: f64) -> (f64, f64) {
    (1.0 / condition, 1.0)
}

/// The best constant rate of gradient descent: both ends shrink alike.
fn descent((low, high): (f64, f64)) -> Optimizer {
    Optimizer::sgd(2.0 / (high + low))
}

/// The best constants of the heavy ball: lr = 4/(√λ_max + √λ_min)² and
/// μ = ((√κ − 1)/(√κ + 1))².
fn heavy_ball((low, high): (f64, f64)) -> Optimizer {
    let (low, high) = (low.sqrt(), high.sqrt());
    let rate = (high - low) / (high + low);
    Optimizer::momentum(4.0 / ((high + low) * (high + low)), rate * rate)
}

fn found(
    params: &Params,
    progress: &Progress,
    known: fn(f64) -> (f64, f64),
    turned: Turned,
) -> Outcome {
    progress.expect(params.seeds + 1);
    let adam = Optimizer::adam(params.lr);
    let momentum = Optimizer::momentum(1.0, params.momentum);
    let all = |turn: &Array2<f64>, rule: &(dyn Fn(f64) -> Optimizer + Sync)| {
        let steps = |k| steps_to_minimum(k, turn, rule(k));
        parallel::results(CONDITIONS, steps)
    };
    let straight = turned(None);
    let seeds = seeds(params.seed, params.seeds);
    let turned = seeds.map(|seed| {
        let turn = turned(Some(seed));
        let steps = (all(&turn, &|k| descent(known(k))), all(&turn, &|_| adam));
        progress.advance(1);
        steps
    });
    Outcome {
        params: params.clone(),
        descent: all(&straight, &|k| descent(known(k))),
        heavy_ball: all(&straight, &|k| heavy_ball(known(k))),
        momentum: all(&straight, &|_| momentum),
        adam: all(&straight, &|_| adam),
        turned: turned.collect(),
    }
}

fn turned(seed: Option<u64>) -> Array2<f64> {
    let random = |seed| drawn(Init::Orthogonal { gain: 1.0 }, seed);
    seed.map_or(Array2::eye(DIRECTIONS), random)
}

fn drawn(matrix: Init, seed: u64) -> Array2<f64> {
    let mut rng = Rng::new(seed, Stream::Weights);
    matrix.weights(DIRECTIONS, DIRECTIONS, &mut rng)
}

/// λ_i = κ^(i/(n − 1) − 1), from 1/κ to 1.
fn curvatures(condition: f64) -> Array1<f64> {
    let last = (DIRECTIONS - 1) as f64;
    let power = |i: usize| pow(condition, i as f64 / last - 1.0);
    (0..DIRECTIONS).map(power).collect()
}

/// Minimises ½ wᵀQΛQᵀw from w = Q·(1, …, 1), for an orthogonal Q.
fn steps_to_minimum(
    condition: f64,
    turn: &Array2<f64>,
    optimizer: Optimizer,
) -> Option<usize> {
    let scaled = turn * &curvatures(condition); // QΛ
    let h = product::a_b(&scaled, &turn.t().to_owned());
    let mut w = product::a_v(turn, &Array1::ones(DIRECTIONS)).to_vec();
    let mut state = optimizer.start(DIRECTIONS);
    let mut first = None;
    for step in 0..PATIENCE {
        let gradient = product::a_v(&h, &Array1::from(w.clone())).to_vec();
        let pairs = w.iter().zip(&gradient);
        let loss = pairs.fold(0.0, |sum, (w, g)| sum + w * g / 2.0);
        if loss <= TOLERANCE * *first.get_or_insert(loss) {
            return Some(step);
        }
        state.step([(&mut w[..], &gradient[..])]);
    }
    None
}

/// What never arrives takes for ever, and makes no claim hold.
fn number(steps: Option<usize>) -> f64 {
    steps.map_or(f64::INFINITY, |steps| steps as f64)
}

fn told(steps: Option<usize>) -> String {
    match steps {
        Some(steps) => steps.to_string(),
        None => format!("more than {PATIENCE}"),
    }
}

/// p, where the steps grow as κᵖ.
fn exponent(steps: &Steps) -> f64 {
    let pairs = CONDITIONS.into_iter().zip(steps);
    let logs = pairs.map(|(k, steps)| (ln(k), ln(number(*steps))));
    fitted_slope(&logs.collect::<Vec<_>>())
}

/// The most steps over the least.
fn spread(steps: &Steps) -> f64 {
    let steps = || steps.iter().map(|steps| number(*steps));
    most(steps()) / least(steps())
}

impl Outcome {
    /// Adam's steps on the turned quadratics.
    fn turned_adam(&self, at: usize) -> Vec<f64> {
        self.turned.iter().map(|(_, adam)| number(adam[at])).collect()
    }

    fn turned_middle(&self, at: usize) -> Option<usize> {
        let middle = median(self.turned_adam(at));
        middle.is_finite().then_some(middle.round() as usize)
    }

    fn finding(&self) -> String {
        let adam = told(self.adam[THOUSAND]);
        let ten = told(self.turned_middle(TEN));
        let thousand = told(self.turned_middle(THOUSAND));
        if Conditioning::bears_out(self) {
            format!(
                "Gradient descent needs steps in proportion to κ, the heavy \
                 ball about in proportion to its root. Adam needs {adam}, \
                 whatever κ, only because the valley runs along an axis: \
                 turned, it needs {ten} at κ\u{a0}=\u{a0}10 and {thousand} at \
                 1000."
            )
        } else {
            format!(
                "At κ\u{a0}=\u{a0}1000, gradient descent needs {} steps, the \
                 heavy ball {}, Adam {adam}; turned, Adam needs {thousand}.",
                told(self.descent[THOUSAND]),
                told(self.heavy_ball[THOUSAND]),
            )
        }
    }

    fn description(&self) -> String {
        let mut text = String::from(
            "Steps to the minimum by κ, both on logarithmic axes. From κ = 10 \
             to κ = 1000:",
        );
        let curves = [
            ("gradient descent", &self.descent),
            ("heavy ball", &self.heavy_ball),
            ("momentum", &self.momentum),
            ("Adam", &self.adam),
            ("Adam on the first turned quadratic", &self.turned[0].1),
        ];
        for (name, steps) in curves {
            text += &format!(
                " {name}, from {} to {};",
                told(steps[TEN]),
                told(steps[THOUSAND])
            );
        }
        text + " the other turns run close by."
    }

    fn table(&self) -> Table {
        let names = ["κ", "gradient descent", "heavy ball", "momentum", "Adam"];
        let mut columns = names.map(Column::new).to_vec();
        for (seed, _) in (self.params.seed..).zip(&self.turned) {
            columns.push(Column::new(format!("gradient descent, turn {seed}")));
            columns.push(Column::new(format!("Adam, turn {seed}")));
        }
        let mut table = Table::new(columns);
        for (at, condition) in CONDITIONS.into_iter().enumerate() {
            let steps =
                [&self.descent, &self.heavy_ball, &self.momentum, &self.adam];
            let turned = self.turned.iter().flat_map(|(gd, adam)| [gd, adam]);
            let cells = steps.into_iter().chain(turned).map(|steps| {
                steps[at].map_or(Cell::Missing, |s| Cell::Number(s as f64))
            });
            table.row([Cell::Number(condition)].into_iter().chain(cells));
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At κ = 1 all curvatures are 1, and a step of 1/λ arrives at once.
    #[test]
    fn a_round_valley_takes_one_step() {
        let steps = steps_to_minimum(1.0, &turned(Some(0)), descent(ends(1.0)));
        assert_eq!(steps, Some(1));
    }

    /// The ends of the spectrum shrink by (κ − 1)/(κ + 1) a step: for κ = 3 by
    /// ½, and ½²ᵗ ≤ 10⁻⁸ from t = 14 on.
    #[test]
    fn gradient_descent_shrinks_by_the_ratio_of_the_ends() {
        let steps =
            steps_to_minimum(3.0, &Array2::eye(DIRECTIONS), descent(ends(3.0)));
        assert!(steps.is_some_and(|steps| steps <= 14), "{steps:?}");
    }

    #[test]
    fn curvatures_run_from_one_over_kappa_to_one() {
        let all = curvatures(100.0);
        assert!((all[0] - 0.01).abs() < 1e-15);
        assert_eq!(all[DIRECTIONS - 1], 1.0);
    }
}
