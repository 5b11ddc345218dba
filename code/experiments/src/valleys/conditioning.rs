//! How the steps to the minimum of a quadratic grow with κ, the ratio of its
//! largest to its smallest curvature, each method with its own best rate.
//!
//! Twenty curvatures, evenly spaced in their logarithm from 1/κ to 1, and an
//! error along each that is drawn from N(0, 1). Gradient descent; the heavy
//! ball with the μ that B. T. Polyak (1964) computed from κ; one μ for every
//! κ; Adam. For every κ each takes the best of the same rates, tried in the
//! same way. The curvatures lie along the axes, where Adam can rescale each by
//! itself; then the same quadratic is turned at random.
//!
//! With one μ, an error along a curvature λ shrinks by √μ a step as long as
//! (1 − √μ)² ≤ lr·λ ≤ (1 + √μ)²: the loss by μ, whatever λ. Adam's squares
//! remember 1/(1 − β₂) steps; over fewer its divisors hardly change, and it is
//! such a momentum, with a rate for each weight. See the chapter `valleys`.

use ndarray::{Array1, Array2};
use slope::{
    Init, Optimizer, product,
    rng::{Rng, Stream},
    transcendental::{ln, pow},
};

use chart::{Axis, Cell, Chart, Column, Lines, Table};
use exact::statistics::{fitted_slope, least, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Curvatures of one quadratic.
const DIRECTIONS: usize = 20;

/// A loss relative to the first that counts as the minimum.
const TOLERANCE: f64 = 1e-8;

/// Who is not there after so many steps never is.
const PATIENCE: usize = 30_000;

/// To stay there is to stay for so many steps, Adam's memory of its squares;
/// and who does not after `STAY_PATIENCE` never does.
const STAY: usize = 1000;
const STAY_PATIENCE: usize = 5000;

/// Values of κ: two in each power of ten.
const CONDITIONS: [f64; 7] =
    [10.0, 32.0, 100.0, 320.0, 1000.0, 3200.0, 10_000.0];

/// Rates are tried from 10 down to 10⁻³, ten in each power of ten, and then
/// nine on either side of the best, a hundred in each.
const COARSE: std::ops::RangeInclusive<i32> = -30..=10;
const FINE: std::ops::RangeInclusive<i32> = -9..=9;

params! {
    /// What the comparison depends on.
    pub struct Params {
        /// Seed of the first start and turn; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many starts and turns.
        seeds: usize = 5, in 1..=20, "Turns";
        /// The μ that does not know κ.
        momentum: f64 = 0.9, in 0.0..=0.99, "Momentum";
    }
}

/// The experiment.
pub struct Conditioning;

/// Steps to the minimum for each of [`CONDITIONS`]; `None` if it was never
/// reached.
pub type Steps = Vec<Option<usize>>;

/// What was found from one start, by the places below.
pub type Found = [Steps; 8];

const DESCENT: usize = 0;
const HEAVY: usize = 1;
const MOMENTUM: usize = 2;
const ADAM: usize = 3;
/// Turned, at the rate that is best without a turn.
const DESCENT_TURNED: usize = 4;
const TURNED: usize = 5;
/// Until the loss stays small.
const ADAM_STAYS: usize = 6;
const TURNED_STAYS: usize = 7;

/// What was found.
pub struct Outcome {
    params: Params,
    /// By seed.
    found: Vec<Found>,
}

impl Experiment for Conditioning {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "conditioning";
    const QUESTION: &'static str =
        "What do momentum and Adam do about a long, narrow valley?";
    const CHAPTER: &'static str = "valleys";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        Ok(found(params, progress, BOOK))
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let count = |name, of, at| Fact::count(name, outcome.middle(of, at));
        vec![
            Fact::count("turns", outcome.params.seeds),
            Fact::count("rates", COARSE.count() + FINE.count() - 1),
            count("descent-ten", DESCENT, TEN),
            count("descent-thousand", DESCENT, THOUSAND),
            count("descent-last", DESCENT, LAST),
            Fact::fixed("descent-exponent", outcome.exponent(DESCENT), 2),
            count("heavy-ten", HEAVY, TEN),
            count("heavy-thousand", HEAVY, THOUSAND),
            count("heavy-last", HEAVY, LAST),
            Fact::fixed("heavy-exponent", outcome.exponent(HEAVY), 2),
            count("momentum-ten", MOMENTUM, TEN),
            count("momentum-thousand", MOMENTUM, THOUSAND),
            count("momentum-last", MOMENTUM, LAST),
            count("adam-ten", ADAM, TEN),
            count("adam-thousand", ADAM, THOUSAND),
            count("adam-last", ADAM, LAST),
            Fact::percent("turn-most", outcome.turn_costs() - 1.0, 0).most(),
            count("turned-ten", TURNED, TEN),
            count("turned-thousand", TURNED, THOUSAND),
            count("turned-last", TURNED, LAST),
            Fact::count("stay", STAY),
            Fact::count("stay-patience", STAY_PATIENCE),
            count("adam-stays", ADAM_STAYS, LAST),
            count("turned-stays-hundred", TURNED_STAYS, HUNDRED),
            count("turned-stays-thousand", TURNED_STAYS, THOUSAND),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let ratios = |this, there, that, here| {
            let this = outcome.of(this, there).into_iter();
            let pairs = this.zip(outcome.of(that, here));
            pairs.map(|(this, that)| this / that).collect::<Vec<_>>()
        };
        let off = |ratios: Vec<f64>| {
            most(ratios.into_iter().map(|ratio| (ratio - 1.0).abs()))
        };
        vec![
            Claim::below(
                "the steps of gradient descent grow about as κ",
                (outcome.exponent(DESCENT) - 1.0).abs(),
                0.12,
            ),
            Claim::below(
                "those of the heavy ball about as its root",
                (outcome.exponent(HEAVY) - 0.5).abs(),
                0.1,
            ),
            Claim::below(
                "momentum that does not know κ takes the same up to κ = 1000",
                off(ratios(MOMENTUM, THOUSAND, MOMENTUM, TEN)),
                0.2,
            ),
            Claim::above(
                "and then more",
                median(ratios(MOMENTUM, LAST, MOMENTUM, THOUSAND)),
                3.0,
            ),
            Claim::below(
                "Adam does not feel κ where the curvatures lie along the axes",
                most((TEN..=LAST).map(|at| off(ratios(ADAM, at, ADAM, TEN)))),
                0.2,
            ),
            Claim::below(
                "up to κ = 100 it takes as long as momentum of 0.9",
                most((TEN..=HUNDRED).flat_map(|at| {
                    let ratios = ratios(ADAM, at, MOMENTUM, at).into_iter();
                    ratios.map(|ratio| f64::max(ratio, 1.0 / ratio))
                })),
                1.15,
            ),
            Claim::below(
                "a turn changes nothing for gradient descent",
                most((TEN..=LAST).flat_map(|at| {
                    let turned = outcome.of(DESCENT_TURNED, at).into_iter();
                    let pairs = turned.zip(outcome.of(DESCENT, at));
                    pairs.map(|(a, b)| (a - b).abs()).collect::<Vec<_>>()
                })),
                1.5,
            ),
            Claim::below(
                "up to κ = 100 a turn costs Adam next to nothing",
                outcome.turn_costs(),
                1.15,
            ),
            Claim::above(
                "at κ = 1000 it does cost steps",
                median(ratios(TURNED, THOUSAND, ADAM, THOUSAND)),
                1.04,
            ),
            Claim::above(
                "and at κ = 10,000 many, from every start",
                least(ratios(TURNED, LAST, ADAM, LAST)),
                3.0,
            ),
            Claim::above(
                "turned, Adam is then behind the heavy ball",
                least(ratios(TURNED, LAST, HEAVY, LAST)),
                1.2,
            ),
            Claim::above(
                "turned at κ = 1000, to stay at the minimum takes longer still",
                median(ratios(TURNED_STAYS, THOUSAND, TURNED, THOUSAND)),
                1.1,
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![Span::between("momentum", 0.9, 0.9)]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let points = |steps: &Steps| -> Vec<(f64, f64)> {
            let pairs = CONDITIONS.into_iter().zip(steps);
            pairs.filter_map(|(k, s)| Some((k, (*s)? as f64))).collect()
        };
        let mut lines = Lines::new(
            Axis::log("κ, largest over smallest curvature"),
            Axis::log("steps"),
        );
        for (name, place) in outcome.curves().into_iter().take(DRAWN) {
            lines = lines.main(&name, points(&outcome.found[0][place]));
            for found in &outcome.found[1..] {
                lines = lines.thin_of(&name, points(&found[place]));
            }
        }
        Chart::new("Steps to the minimum of a quadratic, by its condition")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(lines)
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, change: fn(&mut Rules)| {
            Sabotage::<Self>::new(what, few(), with(change))
        };
        let with_momentum = |what, momentum| {
            Sabotage::<Self>::changing(what, few(), move |params| {
                params.momentum = momentum
            })
        };
        vec![
            with("gradient descent that has momentum", |rules| {
                rules.descent = |lr| Optimizer::momentum(lr, 0.9);
            }),
            with("a heavy ball made for a κ of ten", |rules| {
                rules.known = |_| 10.0;
            }),
            with_momentum("momentum that forgets", 0.0),
            with_momentum("momentum that hardly forgets", 0.99),
            with("turns that turn nothing", |rules| {
                rules.turn = |_| Array2::eye(DIRECTIONS);
            }),
            with("random matrices in the place of turns", |rules| {
                rules.turn = |seed| {
                    let std = 1.0 / (DIRECTIONS as f64).sqrt();
                    drawn(Init::Normal { std }, seed)
                };
            }),
            with("squares that Adam forgets at once", |rules| {
                rules.adam = |lr| remembering(lr, 0.5);
            }),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let with = |name, hypothesis, says, change: fn(&mut Rules)| {
            Sabotage::<Self>::new(hypothesis, few(), with(change))
                .counters(name, says)
        };
        vec![
            with(
                "one-rate",
                "each method has its own best rate for each κ",
                "up to κ = 100 a turn costs Adam next to nothing",
                |rules| rules.adam = |_| Optimizer::adam(0.05),
            ),
            with(
                "short-memory",
                "Adam's squares remember many steps",
                "up to κ = 100 it takes as long as momentum of 0.9",
                |rules| rules.adam = |lr| remembering(lr, 0.9),
            ),
            with(
                "equal-errors",
                "the errors at the start are drawn",
                "up to κ = 100 it takes as long as momentum of 0.9",
                |rules| rules.errors = |_| vec![1.0; DIRECTIONS],
            ),
            with(
                "turned",
                "the curvatures lie along the axes",
                "Adam does not feel κ where the curvatures lie along the axes",
                |rules| rules.is_aligned = false,
            ),
        ]
    }
}

/// So many of the curves are in the picture; all are in the table.
const DRAWN: usize = 5;

/// Places in [`CONDITIONS`].
const TEN: usize = 0;
const HUNDRED: usize = 2;
const THOUSAND: usize = 4;
const LAST: usize = 6;

/// What the book's run does, and a sabotage may change.
#[derive(Clone, Copy)]
struct Rules {
    /// The errors at the start, by seed.
    errors: fn(u64) -> Vec<f64>,
    turn: fn(u64) -> Array2<f64>,
    /// Whether there is a valley along the axes.
    is_aligned: bool,
    descent: fn(f64) -> Optimizer,
    adam: fn(f64) -> Optimizer,
    /// The κ that the heavy ball is made for.
    known: fn(f64) -> f64,
}

const BOOK: Rules = Rules {
    errors: |seed| {
        let mut rng = Rng::new(seed, Stream::Data);
        (0..DIRECTIONS).map(|_| rng.normal()).collect()
    },
    turn: |seed| drawn(Init::Orthogonal { gain: 1.0 }, seed),
    is_aligned: true,
    descent: Optimizer::sgd,
    adam: Optimizer::adam,
    known: |condition| condition,
};

fn few() -> Params {
    Params { seeds: 1, ..Params::default() }
}

fn with(
    change: fn(&mut Rules),
) -> impl Fn(&Params, &Progress) -> Result<Outcome, Stopped> {
    move |params, progress| {
        let mut rules = BOOK;
        change(&mut rules);
        Ok(found(params, progress, rules))
    }
}

fn drawn(matrix: Init, seed: u64) -> Array2<f64> {
    let mut rng = Rng::new(seed, Stream::Weights);
    matrix.weights(DIRECTIONS, DIRECTIONS, &mut rng)
}

/// Adam with another memory of its squares.
fn remembering(lr: f64, beta2: f64) -> Optimizer {
    let (beta1, eps, weight_decay) = (0.9, 1e-8, 0.0);
    Optimizer::Adam { lr, beta1, beta2, eps, weight_decay }
}

/// Polyak's μ = ((√κ − 1)/(√κ + 1))².
pub fn heaviness(condition: f64) -> f64 {
    let root = condition.sqrt();
    let rate = (root - 1.0) / (root + 1.0);
    rate * rate
}

fn found(params: &Params, progress: &Progress, rules: Rules) -> Outcome {
    progress.expect(params.seeds * CONDITIONS.len());
    let seeds = seeds(params.seed, params.seeds);
    let jobs = seeds.flat_map(|seed| CONDITIONS.map(|k| (seed, k)));
    let steps = parallel::results(jobs, |(seed, condition)| {
        let steps = searched(condition, seed, params, rules);
        progress.advance(1);
        steps
    });
    let of_seed = |steps: &[[Option<usize>; 8]]| {
        std::array::from_fn(|of| steps.iter().map(|all| all[of]).collect())
    };
    let found = steps.chunks(CONDITIONS.len()).map(of_seed).collect();
    Outcome { params: params.clone(), found }
}

/// The steps of all methods in one valley.
fn searched(
    condition: f64,
    seed: u64,
    params: &Params,
    rules: Rules,
) -> [Option<usize>; 8] {
    let turn = (rules.turn)(seed);
    let turned = Valley::new(condition, (rules.errors)(seed), Some(&turn));
    let aligned = match rules.is_aligned {
        true => Valley::new(condition, (rules.errors)(seed), None),
        false => turned.clone(),
    };
    let mu = heaviness((rules.known)(condition));
    let descent = aligned.best(rules.descent, 0);
    let steps = |found: Option<(usize, f64)>| found.map(|(steps, _)| steps);
    [
        steps(descent),
        steps(aligned.best(|lr| Optimizer::momentum(lr, mu), 0)),
        steps(aligned.best(|lr| Optimizer::momentum(lr, params.momentum), 0)),
        steps(aligned.best(rules.adam, 0)),
        descent
            .and_then(|(_, lr)| turned.steps((rules.descent)(lr), 0, PATIENCE)),
        steps(turned.best(rules.adam, 0)),
        steps(aligned.best(rules.adam, STAY)),
        steps(turned.best(rules.adam, STAY)),
    ]
}

/// The loss ½ (w − w*)ᵀH(w − w*) with w* = 0, and a place to start.
#[derive(Clone)]
struct Valley {
    curvatures: Array1<f64>,
    /// H = QΛQᵀ, unless it is Λ.
    h: Option<Array2<f64>>,
    start: Vec<f64>,
}

impl Valley {
    /// With errors along the curvatures, turned by an orthogonal Q.
    fn new(
        condition: f64,
        errors: Vec<f64>,
        turn: Option<&Array2<f64>>,
    ) -> Self {
        let curvatures = curvatures(condition);
        let Some(turn) = turn else {
            return Self { curvatures, h: None, start: errors };
        };
        let h = product::a_b(&(turn * &curvatures), &turn.t().to_owned());
        let start = product::a_v(turn, &Array1::from(errors)).to_vec();
        Self { curvatures, h: Some(h), start }
    }

    fn gradient(&self, w: &[f64]) -> Vec<f64> {
        match &self.h {
            Some(h) => product::a_v(h, &Array1::from(w.to_vec())).to_vec(),
            None => {
                w.iter().zip(&self.curvatures).map(|(w, c)| w * c).collect()
            }
        }
    }

    /// The first step at which the loss is small, and stays so for so many
    /// more; if there is one before patience ends.
    fn steps(
        &self,
        optimizer: Optimizer,
        stay: usize,
        patience: usize,
    ) -> Option<usize> {
        let mut w = self.start.clone();
        let mut state = optimizer.start(DIRECTIONS);
        let (mut first, mut since) = (None, 0);
        for step in 0.. {
            let gradient = self.gradient(&w);
            let pairs = w.iter().zip(&gradient);
            let loss = pairs.fold(0.0, |sum, (w, g)| sum + w * g / 2.0);
            let first = *first.get_or_insert(loss);
            if loss <= TOLERANCE * first {
                if step - since >= stay {
                    break;
                }
            } else {
                since = step + 1;
                // What is not a number has left the valley, too.
                let is_lost = loss.is_nan() || loss > first / TOLERANCE;
                if since >= patience || is_lost {
                    return None;
                }
            }
            state.step([(&mut w[..], &gradient[..])]);
        }
        Some(since)
    }

    /// The fewest steps with any rate, and that rate.
    fn best(
        &self,
        rule: impl Fn(f64) -> Optimizer,
        stay: usize,
    ) -> Option<(usize, f64)> {
        let patience = if stay > 0 { STAY_PATIENCE } else { PATIENCE };
        let mut best = None;
        let attempt = |lr: f64, best: &mut Option<(usize, f64)>| {
            let patience = best.map_or(patience, |(steps, _)| steps);
            let steps = self.steps(rule(lr), stay, patience);
            *best = steps.map(|steps| (steps, lr)).or(*best);
        };
        for tenths in COARSE.rev() {
            attempt(pow(10.0, f64::from(tenths) / 10.0), &mut best);
        }
        let (_, lr) = best?;
        for hundredths in FINE.rev() {
            attempt(lr * pow(10.0, f64::from(hundredths) / 100.0), &mut best);
        }
        best
    }
}

/// λ_i = κ^(i/(n − 1) − 1), from 1/κ to 1.
fn curvatures(condition: f64) -> Array1<f64> {
    let last = (DIRECTIONS - 1) as f64;
    let power = |i: usize| pow(condition, i as f64 / last - 1.0);
    (0..DIRECTIONS).map(power).collect()
}

/// What is never reached takes for ever, and makes no claim hold.
fn number(steps: Option<usize>) -> f64 {
    steps.map_or(f64::INFINITY, |steps| steps as f64)
}

fn told(steps: Option<usize>) -> String {
    match steps {
        Some(steps) => steps.to_string(),
        None => "too many to count".into(),
    }
}

impl Outcome {
    /// The steps of each seed.
    fn of(&self, place: usize, at: usize) -> Vec<f64> {
        self.found.iter().map(|found| number(found[place][at])).collect()
    }

    fn middle(&self, place: usize, at: usize) -> Option<usize> {
        let middle = median(self.of(place, at));
        middle.is_finite().then_some(middle.round() as usize)
    }

    /// p, where the median steps grow as κᵖ.
    fn exponent(&self, place: usize) -> f64 {
        let middle = |at| ln(median(self.of(place, at)));
        let logs = (0..).zip(CONDITIONS).map(|(at, k)| (ln(k), middle(at)));
        fitted_slope(&logs.collect::<Vec<_>>())
    }

    /// Up to κ = 100, the most that a turn multiplies Adam's steps by.
    fn turn_costs(&self) -> f64 {
        most((TEN..=HUNDRED).flat_map(|at| {
            let turned = self.of(TURNED, at).into_iter();
            let pairs = turned.zip(self.of(ADAM, at));
            pairs.map(|(turned, adam)| turned / adam).collect::<Vec<_>>()
        }))
    }

    fn curves(&self) -> [(String, usize); 7] {
        [
            ("gradient descent".into(), DESCENT),
            ("heavy ball".into(), HEAVY),
            (format!("momentum {}", self.params.momentum), MOMENTUM),
            ("Adam".into(), ADAM),
            ("Adam, turned".into(), TURNED),
            ("Adam, to stay".into(), ADAM_STAYS),
            ("Adam, turned, to stay".into(), TURNED_STAYS),
        ]
    }

    fn finding(&self) -> String {
        let at = |place, at| told(self.middle(place, at));
        let (adam, turned) = (at(ADAM, LAST), at(TURNED, LAST));
        if Conditioning::bears_out(self) {
            format!(
                "Each method has its best rate for each κ. The steps of \
                 gradient descent grow about as κ, those of the heavy ball as \
                 its root. At κ\u{a0}=\u{a0}10 and 100 Adam does what \
                 momentum of 0.9 does, turned or not. At 10,000 it needs \
                 {adam} steps along the axes and {turned} turned, in the \
                 median of {} turns.",
                self.params.seeds,
            )
        } else {
            format!(
                "At κ\u{a0}=\u{a0}10,000, each with its best rate, gradient \
                 descent needs {} steps, the heavy ball {}, Adam {adam}; \
                 turned, Adam needs {turned}.",
                at(DESCENT, LAST),
                at(HEAVY, LAST),
            )
        }
    }

    fn description(&self) -> String {
        let mut text = String::from(
            "Steps to the minimum by κ, both on logarithmic axes, from κ = 10 \
             by 1000 to 10,000, in the median:",
        );
        for (name, place) in self.curves() {
            let [ten, thousand, last] =
                [TEN, THOUSAND, LAST].map(|at| told(self.middle(place, at)));
            text += &format!(" {name}, {ten}, {thousand}, {last};");
        }
        text.trim_end_matches(';').to_string() + "."
    }

    fn table(&self) -> Table {
        let mut columns = vec![Column::new("κ")];
        let seeds = (self.params.seed..).zip(&self.found);
        for (seed, _) in seeds.clone() {
            let names = self.curves().map(|(name, _)| name);
            let column = |name| Column::new(format!("{name}, seed {seed}"));
            columns.extend(names.map(column));
        }
        let mut table = Table::new(columns);
        for (at, condition) in CONDITIONS.into_iter().enumerate() {
            let cells = seeds.clone().flat_map(|(_, found)| {
                self.curves().map(|(_, place)| match found[place][at] {
                    Some(steps) => Cell::Number(steps as f64),
                    None => Cell::Missing,
                })
            });
            table.row([Cell::Number(condition)].into_iter().chain(cells));
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn valley(condition: f64) -> Valley {
        let turn = (BOOK.turn)(0);
        Valley::new(condition, vec![1.0; DIRECTIONS], Some(&turn))
    }

    /// At κ = 1 all curvatures are 1, and a step of 1/λ arrives at once.
    #[test]
    fn a_round_valley_takes_one_step() {
        let steps = valley(1.0).steps(Optimizer::sgd(1.0), 0, 10);
        assert_eq!(steps, Some(1));
    }

    /// At the rate 2/(λ_max + λ_min), both ends shrink by (κ − 1)/(κ + 1) a
    /// step: for κ = 3 by ½, and ½²ᵗ ≤ 10⁻⁸ from t = 14 on.
    #[test]
    fn gradient_descent_shrinks_by_the_ratio_of_the_ends() {
        let steps = valley(3.0).steps(Optimizer::sgd(1.5), 0, 100);
        assert!(steps.is_some_and(|steps| steps <= 14), "{steps:?}");
        let best = valley(3.0).best(Optimizer::sgd, 0);
        assert!(best.is_some_and(|(best, _)| Some(best) <= steps), "{best:?}");
    }

    #[test]
    fn curvatures_run_from_one_over_kappa_to_one() {
        let all = curvatures(100.0);
        assert!((all[0] - 0.01).abs() < 1e-15);
        assert_eq!(all[DIRECTIONS - 1], 1.0);
    }
}
