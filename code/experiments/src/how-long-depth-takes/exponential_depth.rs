//! How much longer does a chain of slope 1 take for each layer it is deeper,
//! and how much of that is left in wider layers?
//!
//! f = ½(w₁w₂⋯w_L − 1)²: gradient descent from random weights, and from weights
//! that are all w₀; then the same with matrices between. O. Shamir, *Exponential Convergence Time of Gradient
//! Descent for One-Dimensional Deep Linear Neural Networks*, COLT 2019, PMLR
//! 99:2691–2713, arXiv:1809.08587, proves that for objectives f(∏wᵢ), "standard
//! random initializations, and under mild assumptions on f" the number of
//! iterations grows exponentially with depth. (From its abstract; the exact
//! assumptions and constants were not re-checked.) The theorem is about scalar
//! wᵢ. For hidden layers at least about as wide as the network is deep, Gaussian
//! weights and a small enough step, the number of steps does not depend on the
//! depth: S. S. Du, W. Hu, *Width Provably Matters in Optimization for Deep
//! Linear Neural Networks*, ICML 2019, PMLR 97:1655–1664, arXiv:1901.08572.
//! From orthogonal weights that width does not grow with the depth: W. Hu, L.
//! Xiao, J. Pennington, *Provable Benefit of Orthogonal Initialization in
//! Optimizing Deep Linear Networks*, ICLR 2020, arXiv:2001.05992. (Both from
//! their abstracts.)
//!
//! First weights of a chain are N(0, 1), and for comparison uniform ones. A seed has the same first weights at every
//! depth. A run counts as converged when its loss is below a hundredth; one that
//! has not converged after so many steps, or that diverges, is shown as such and
//! counts as slower than any other in the median.
//!
//! See the chapter `how-long-depth-takes`.

use ndarray::Array2;
use slope::{
    Init,
    rng::{Rng, Stream},
    transcendental::{exp, ln, pow},
};

mod widths;

use self::widths::Tuned;
use crate::chain::{Chain, identity};
use chart::{Axis, Cell, Chart, Column, Lines, Panel, Table};
use exact::statistics::{correlation, fitted_slope, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// A loss below this counts as converged.
const CONVERGED: f64 = 0.01;

/// Up to here depth costs nothing; what grows is fitted from here on.
const SHALLOW: usize = 5;

/// Up to here there is no growth from uniform weights.
const UNIFORM: usize = 8;

/// Random starts of each depth that are drawn, and are in the table.
const DRAWN: usize = 40;

/// The first weights of the chains that start evenly.
const EVEN: [f64; 3] = [0.1, 0.03, 0.01];

/// Their depths.
const EVEN_DEPTHS: [usize; 4] = [1, 2, 3, 4];

/// Their step: small, so that time is steps times the step.
const EVEN_LR: f64 = 0.01;

params! {
    /// What the trainings depend on.
    pub struct Params {
        /// Seed of the first start; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// Random starts for each depth.
        seeds: usize = 100, in 1..=100, "Seeds";
        /// Layers of the deepest chain.
        deepest: usize = 14, in 8..=16, "Layers of the deepest";
        /// The step of gradient descent from random weights.
        lr: f64 = 0.05, in 1e-3..=0.1, "Learning rate";
        /// Steps after which a training is given up.
        patience: usize = 100_000, in 1000..=300_000, "Patience", "steps";
    }
}

/// What a run is made of.
#[derive(Clone, Copy)]
struct Setup {
    wide: widths::Setup,
    /// First weights of variance 1.
    normal: fn(&mut Rng) -> f64,
    uniform: fn(&mut Rng) -> f64,
    /// The first weight of so many equal layers, given w₀.
    even: fn(usize, f64) -> f64,
    /// Done to the equal layers after each step, given their first weight.
    hold: fn(&mut [f64], f64),
}

const BOOK: Setup = Setup {
    wide: widths::BOOK,
    normal: Rng::normal,
    uniform,
    even: |_, w0| w0,
    hold: |_, _| {},
};

/// The experiment.
pub struct ExponentialDepth;

/// How a training ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    /// After so many steps the loss was small.
    Converged(usize),
    /// It never was.
    GivenUp,
    /// A step was too large for the slope it met.
    Diverged,
}

/// What was found.
pub struct Outcome {
    params: Params,
    /// By depth, from 1, and seed.
    ends: Vec<Vec<End>>,
    /// The same from uniform weights, with one layer, [`UNIFORM`], the deepest.
    uniform: Vec<Vec<End>>,
    /// By first weight and depth, when the product of weights first was ½.
    even: Vec<Vec<f64>>,
    /// By width and depth, each with its best rate.
    wide: Vec<Tuned>,
}

impl Experiment for ExponentialDepth {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "exponential-depth";
    const QUESTION: &'static str =
        "How much longer does each further layer of slope 1 take?";
    const CHAPTER: &'static str = "how-long-depth-takes";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        run_with(params, progress, BOOK)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let deepest = outcome.params.deepest;
        let median = |depth| Some(outcome.median(depth)?.round() as usize);
        let [one, eight, last] = outcome
            .uniform_medians()
            .map(|median| Some(median?.round() as usize));
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("patience", outcome.params.patience),
            Fact::count("deepest", deepest),
            Fact::count("median-one", median(1)),
            Fact::count("shallow", SHALLOW),
            Fact::count("median-shallow", median(SHALLOW)),
            Fact::count("median-deepest", median(deepest)),
            Fact::fixed("factor", outcome.factor(), 1),
            Fact::count("given-up", outcome.count(End::GivenUp)),
            Fact::count("diverged", outcome.count(End::Diverged)),
            Fact::count("uniform-one", one),
            Fact::count("uniform-eight", eight),
            Fact::count("uniform-deepest", last),
            Fact::count("wide-one", outcome.steps(1, 14)),
            Fact::count("wide-four", outcome.steps(4, 14)),
            Fact::count("wide-four-deepest", outcome.steps(4, 56)),
            Fact::count("wide-most-deepest", outcome.steps(64, 56)),
            Fact::count("wide-lost", outcome.wide_lost()),
            Fact::count("wide-starts", outcome.wide_starts()),
            Fact::fixed("even-three", outcome.even[2][2], 0),
            Fact::fixed("even-four", outcome.even[2][3], 0),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let deepest = outcome.params.deepest;
        let median = |depth| outcome.median(depth).unwrap_or(f64::NAN);
        let (depths, logs): (Vec<f64>, Vec<f64>) =
            outcome.deep_logs().into_iter().unzip();
        let uniform = outcome.uniform_medians();
        let [one, eight, last] = uniform.map(|m| m.unwrap_or(f64::NAN));
        vec![
            Claim::equal(
                "at every depth most random starts converge",
                outcome.medians().len(),
                deepest,
            ),
            Claim::below(
                "up to five layers depth costs next to nothing",
                median(SHALLOW) / median(1),
                3.0,
            ),
            Claim::above(
                "from there on every layer multiplies the time",
                outcome.factor(),
                1.2,
            ),
            Claim::above(
                "the logarithms of the medians lie near a straight line",
                correlation(&depths, &logs),
                0.9,
            ),
            Claim::above(
                "the deepest takes more than ten times as long as five layers",
                median(deepest) / median(SHALLOW),
                10.0,
            ),
            Claim::below(
                "few starts are given up or diverge",
                outcome.lost() as f64 / (outcome.params.seeds * deepest) as f64,
                0.1,
            ),
            Claim::below(
                "from uniform weights eight layers cost next to nothing",
                eight / one,
                2.0,
            ),
            Claim::above("the deepest do", last / eight, 1.5),
            Claim::above(
                "with the best rate, too, one unit wide and seven times as \
                 deep takes over twenty times as long",
                widths::steps(&outcome.wide, 1, 14)
                    / widths::steps(&outcome.wide, 1, 2),
                20.0,
            ),
            Claim::below(
                "four units wide, fourteen layers cost next to nothing",
                widths::steps(&outcome.wide, 4, 14)
                    / widths::steps(&outcome.wide, 4, 2),
                8.0,
            ),
            Claim::above(
                "but four times as many do cost",
                widths::steps(&outcome.wide, 4, 56)
                    / widths::steps(&outcome.wide, 4, 14),
                8.0,
            ),
            Claim::below(
                "sixty-four units wide, they cost next to nothing",
                widths::steps(&outcome.wide, 64, 56)
                    / widths::steps(&outcome.wide, 64, 2),
                5.0,
            ),
            Claim::equal(
                "the best rate is never the largest or smallest tried",
                outcome.wide.iter().filter(|cell| cell.at_the_edge).count(),
                0,
            ),
            Claim::below(
                "from equal weights w₀ the times are those of theory",
                outcome.even_error(),
                0.1,
            )
            .for_any("lr")
            .for_any("deepest"),
            Claim::above(
                "with two layers ten times smaller weights cost little",
                3.0 - outcome.even[2][1] / outcome.even[0][1],
                0.5,
            )
            .for_any("lr")
            .for_any("deepest"),
            Claim::above(
                "with four layers they cost a hundredfold",
                outcome.even[2][3] / outcome.even[0][3],
                80.0,
            )
            .for_any("lr")
            .for_any("deepest"),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("Training time of chains of slope 1 by depth")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([Panel::new("one unit wide, at random", outcome.random())])
            .row([Panel::new(
                "by width, with the best learning rates",
                widths::lines(&outcome.wide),
            )])
            .row([Panel::new("one unit wide, all weights w₀", outcome.equal())])
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let without = |name, hypothesis, says, change: fn(&mut Setup)| {
            let mut setup = BOOK;
            change(&mut setup);
            sabotage(hypothesis, few(), setup).counters(name, says)
        };
        vec![
            without(
                "width-four",
                "every layer is one unit wide",
                "with the best rate, too,",
                |setup| setup.wide.widths[0] = 4,
            ),
            without(
                "orthogonal",
                "the first weights are Gaussian",
                "but four times as many do cost",
                |setup| setup.wide.inner = orthogonal,
            ),
            without(
                "one-rate",
                "each width and depth has its best learning rate",
                "sixty-four units wide,",
                |setup| setup.wide.rates = |_| vec![0.05],
            ),
        ]
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        // Equal weights have no seed.
        let one = || Params { seeds: 1, deepest: 8, ..Params::default() };
        vec![
            // What is near 1 multiplies neither up nor down.
            sabotage(
                "first weights near one",
                few(),
                Setup {
                    normal: |rng| 1.0 + 0.2 * rng.normal(),
                    uniform: |rng| 1.0 + 0.2 * uniform(rng),
                    ..BOOK
                },
            ),
            sabotage(
                "first weights of half the size",
                few(),
                Setup {
                    normal: |rng| 0.5 * rng.normal(),
                    uniform: |rng| 0.5 * uniform(rng),
                    ..BOOK
                },
            ),
            sabotage(
                "one unit in the place of four, and rates that end too soon",
                few(),
                Setup {
                    wide: widths::Setup {
                        widths: [1, 1, 16, 64],
                        rates: |size| vec![0.5 / size, 0.25 / size],
                        ..widths::BOOK
                    },
                    ..BOOK
                },
            ),
            sabotage(
                "w₀ as the size of the first product",
                one(),
                Setup {
                    even: |layers, w0| pow(w0, 1.0 / layers as f64),
                    ..BOOK
                },
            ),
            // One layer alone would never move.
            sabotage(
                "a first layer that is not trained",
                one(),
                Setup {
                    hold: |w, first| {
                        if w.len() > 1 {
                            w[0] = first;
                        }
                    },
                    ..BOOK
                },
            ),
        ]
    }
}

fn few() -> Params {
    Params { seeds: 20, patience: 30_000, ..Params::default() }
}

fn sabotage(
    what: &'static str,
    params: Params,
    setup: Setup,
) -> Sabotage<ExponentialDepth> {
    Sabotage::new(what, params, move |params, progress| {
        run_with(params, progress, setup)
    })
}

/// Of slope one in every direction, not only on average.
fn orthogonal(width: usize, rng: &mut Rng) -> Array2<f64> {
    Init::Orthogonal { gain: 1.0 }.weights(width, width, rng)
}

fn run_with(
    params: &Params,
    progress: &Progress,
    setup: Setup,
) -> Result<Outcome, Stopped> {
    progress.expect(2 * params.seeds);
    let depths: Vec<usize> = (1..=params.deepest).collect();
    let ends = endings(params, &depths, progress, setup.normal);
    let some = [1, UNIFORM, params.deepest];
    let uniform = endings(params, &some, progress, setup.uniform);
    let even =
        EVEN.map(|w0| EVEN_DEPTHS.map(|n| half_time(n, w0, setup)).to_vec());
    let Params { seed, seeds, patience, .. } = *params;
    let wide = widths::tuned(seed, seeds, patience, progress, setup.wide);
    let (params, even) = (params.clone(), even.to_vec());
    Ok(Outcome { params, ends, uniform, even, wide })
}

/// How the chains of these depths end, by depth and seed.
fn endings(
    params: &Params,
    depths: &[usize],
    progress: &Progress,
    draw: fn(&mut Rng) -> f64,
) -> Vec<Vec<End>> {
    let seeds = seeds(params.seed, params.seeds);
    let by_seed: Vec<Vec<End>> = parallel::results(seeds, |seed| {
        let mut rng = Rng::new(seed, Stream::Weights);
        let w: Vec<f64> = (0..params.deepest).map(|_| draw(&mut rng)).collect();
        let chains =
            depths.iter().map(|&depth| Chain::new(w[..depth].to_vec()));
        let ends = chains.map(|chain| end(chain, params)).collect();
        progress.advance(1);
        ends
    });
    let of = |depth| by_seed.iter().map(move |ends: &Vec<End>| ends[depth]);
    (0..depths.len()).map(|depth| of(depth).collect()).collect()
}

/// Of variance 1, as the normal ones are. That keeps the variance of the
/// product, and not its typical size.
fn uniform(rng: &mut Rng) -> f64 {
    let limit = 3.0_f64.sqrt();
    rng.uniform_in(-limit, limit)
}

/// The median number of steps, if most converged.
fn middle(ends: &[End]) -> Option<f64> {
    let steps = ends.iter().map(|end| match end {
        End::Converged(steps) => *steps as f64,
        End::GivenUp | End::Diverged => f64::INFINITY,
    });
    Some(median(steps)).filter(|steps| steps.is_finite())
}

fn end(mut chain: Chain, params: &Params) -> End {
    for step in 0..=params.patience {
        let (loss, _) = chain.descend(params.lr, identity);
        if loss < CONVERGED {
            return End::Converged(step);
        } else if !loss.is_finite() {
            return End::Diverged;
        }
    }
    End::GivenUp
}

/// When the product of `layers` weights, all equal at first, is ½.
fn half_time(layers: usize, w0: f64, setup: Setup) -> f64 {
    let first = (setup.even)(layers, w0);
    let mut chain = Chain::new(vec![first; layers]);
    let mut steps = 0;
    while chain.error(identity) < -0.5 {
        chain.descend(EVEN_LR, identity);
        (setup.hold)(&mut chain.w, first);
        steps += 1;
    }
    f64::from(steps) * EVEN_LR
}

/// The time to leave zero. w′ = w^(L−1)(1 − w^L), where the bracket is nearly
/// 1: ln 1/w₀ for two layers, w₀^(2−L)/(L − 2) for more. One layer alone is
/// exact, ln 2(1 − w₀).
fn theory(layers: usize, w0: f64) -> f64 {
    match layers {
        1 => ln(2.0 * (1.0 - w0)),
        2 => ln(1.0 / w0),
        3 => 1.0 / w0,
        _ => 1.0 / (2.0 * w0 * w0),
    }
}

impl End {
    fn cell(self) -> Cell {
        match self {
            End::Converged(steps) => Cell::Number(steps as f64),
            End::GivenUp => Cell::Text("given up".into()),
            End::Diverged => Cell::Text("diverged".into()),
        }
    }
}

impl Outcome {
    /// The median number of steps at a depth, if most converged.
    fn median(&self, depth: usize) -> Option<f64> {
        middle(&self.ends[depth - 1])
    }

    /// Those from uniform weights.
    fn uniform_medians(&self) -> [Option<f64>; 3] {
        [0, 1, 2].map(|i| middle(&self.uniform[i]))
    }

    /// Depth and median, where there is one and it is not zero.
    fn medians(&self) -> Vec<(f64, f64)> {
        (1..=self.params.deepest)
            .filter_map(|depth| Some((depth as f64, self.median(depth)?)))
            .filter(|(_, steps)| *steps > 0.0)
            .collect()
    }

    /// From [`SHALLOW`] on, depth and the logarithm of the median.
    fn deep_logs(&self) -> Vec<(f64, f64)> {
        let medians = self.medians().into_iter();
        let deep = medians.filter(|(depth, _)| *depth >= SHALLOW as f64);
        deep.map(|(depth, steps)| (depth, ln(steps))).collect()
    }

    /// By what each further layer multiplies the median there, fitted.
    fn factor(&self) -> f64 {
        exp(fitted_slope(&self.deep_logs()))
    }

    fn count(&self, end: End) -> usize {
        self.ends.iter().flatten().filter(|other| **other == end).count()
    }

    fn lost(&self) -> usize {
        self.count(End::GivenUp) + self.count(End::Diverged)
    }

    /// The largest relative distance of a half time from theory; of three
    /// layers and more only with w₀ small enough for it.
    fn even_error(&self) -> f64 {
        most(EVEN.iter().zip(&self.even).flat_map(|(w0, times)| {
            let pairs = EVEN_DEPTHS.iter().zip(times);
            pairs.map(|(n, time)| (time / theory(*n, *w0) - 1.0).abs())
        }))
    }

    fn steps(&self, width: usize, depth: usize) -> Option<usize> {
        let steps = widths::steps(&self.wide, width, depth);
        steps.is_finite().then_some(steps.round() as usize)
    }

    fn wide_lost(&self) -> usize {
        self.wide.iter().map(Tuned::lost).sum()
    }

    fn wide_starts(&self) -> usize {
        self.wide.iter().map(|cell| cell.ends.len()).sum()
    }

    fn random(&self) -> Lines {
        let Params { seeds, patience, .. } = self.params;
        let drawn = seeds.min(DRAWN);
        let mut lines = Lines::new(
            Axis::linear("layers").including(0.5),
            // Room for the name of the line at the top.
            Axis::log(format!("steps to a loss of 0.01, dots: {drawn} starts"))
                .including(4.0 * patience as f64),
        );
        for (i, ends) in self.ends.iter().enumerate() {
            for (j, end) in ends.iter().take(drawn).enumerate() {
                let steps = match end {
                    End::Converged(steps) => (*steps).max(1),
                    End::GivenUp => patience,
                    End::Diverged => continue,
                };
                // Side by side, or they would hide one another.
                let shift = (j as f64 + 0.5) / drawn as f64 - 0.5;
                let at = ((i + 1) as f64 + 0.5 * shift, steps as f64);
                lines = lines.thin("", vec![at]);
            }
        }
        lines
            .main("median", self.medians())
            .threshold(patience as f64, "given up")
    }

    fn equal(&self) -> Lines {
        let mut lines = Lines::new(
            Axis::linear("layers"),
            Axis::log("time to half the target (steps × step size)"),
        );
        for (w0, times) in EVEN.iter().zip(&self.even) {
            let name = format!("w₀ = {w0}");
            let depths = EVEN_DEPTHS.iter().map(|n| *n as f64);
            let formula = EVEN_DEPTHS.iter().map(|n| theory(*n, *w0));
            lines = lines
                .main(
                    &name,
                    depths.clone().zip(times.iter().copied()).collect(),
                )
                .reference_of(&name, "", depths.zip(formula).collect());
        }
        lines
    }

    fn finding(&self) -> String {
        let Params { deepest, seeds, .. } = self.params;
        let lost = match self.lost() {
            0 => String::from("all converge"),
            lost => format!("{lost} do not converge"),
        };
        let tail = match self.count(End::Diverged) {
            0 => String::new(),
            n => format!(", {n} of them diverge"),
        };
        let (starts, factor) = (seeds * deepest, self.factor());
        if ExponentialDepth::bears_out(self) {
            format!(
                "One unit wide, five layers cost next to nothing; then each \
                 further one multiplies the median time by about {factor:.1}. \
                 Of these {starts} starts, {lost}{tail}. Wider layers put the \
                 growth off: fifty-six layers of 4 units take {} steps, of 64 \
                 units {} (medians). From equal weights w₀, one unit wide, \
                 each layer after the second raises the power of 1/w₀ by one.",
                self.steps(4, 56).unwrap_or_default(),
                self.steps(64, 56).unwrap_or_default(),
            )
        } else {
            format!(
                "One unit wide, from five layers on, the median time grows by \
                 a factor of {factor:.1} with each layer. Of these {starts} \
                 starts, {lost}{tail}."
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Three panels over the number of layers, with logarithmic axes of \
             time. First, one unit wide, dots for random starts at each depth, \
             spread over several powers of ten, and a line of the medians of \
             {} starts, level at first.",
            self.params.seeds
        );
        for depth in 1..=self.params.deepest {
            let ends = &self.ends[depth - 1];
            let lost = |end: End| ends.iter().filter(|e| **e == end).count();
            let median = match self.median(depth) {
                Some(steps) => format!("median {steps} steps"),
                None => "no median".into(),
            };
            text += &format!(
                " {depth} layers: {median}, {} given up, {} diverged.",
                lost(End::GivenUp),
                lost(End::Diverged),
            );
        }
        text += " Second, a line for each width, with the best learning rate \
                 for each width and depth: the wider, the later it rises.";
        text += &widths::described(&self.wide);
        text += " Third, the half times from equal weights, one unit wide, \
                 dashed theory on them.";
        for (w0, times) in EVEN.iter().zip(&self.even) {
            text += &format!(
                " w₀ = {w0}: {:.2}, {:.2}, {:.1} and {:.0} for one to four \
                 layers.",
                times[0], times[1], times[2], times[3]
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("layers"),
            Column::new("first weights"),
            Column::new("learning rate").digits(3),
            Column::new("steps, or half time").digits(2),
            Column::new("theory").digits(2),
        ]);
        for (i, ends) in self.ends.iter().enumerate() {
            for (j, end) in ends.iter().take(DRAWN).enumerate() {
                table.row([
                    ((i + 1) as f64).into(),
                    format!("seed {}", self.params.seed + j as u64).into(),
                    self.params.lr.into(),
                    end.cell(),
                    Cell::Text(String::new()),
                ]);
            }
        }
        widths::rows(&self.wide, &mut table);
        for (w0, times) in EVEN.iter().zip(&self.even) {
            for (n, time) in EVEN_DEPTHS.iter().zip(times) {
                table.row([
                    (*n as f64).into(),
                    format!("all {w0}").into(),
                    EVEN_LR.into(),
                    (*time).into(),
                    theory(*n, *w0).into(),
                ]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use study::experiment::failing;

    fn quick() -> Params {
        Params { seeds: 10, deepest: 10, patience: 20_000, ..Params::default() }
    }

    #[test]
    fn one_layer_closes_a_fixed_part_of_its_gap_in_each_step() {
        // (1 − w)(1 − η)ⁿ: from w = 0, error² < 0.02 at n = ln √0.02/ln 0.95.
        let params = Params { lr: 0.05, ..quick() };
        assert_eq!(end(Chain::new(vec![0.0]), &params), End::Converged(39));
    }

    #[test]
    fn what_cannot_converge_is_given_up_or_said_to_diverge() {
        let params = Params { patience: 1000, ..quick() };
        assert_eq!(end(Chain::new(vec![0.0, 0.0]), &params), End::GivenUp);
        assert_eq!(end(Chain::new(vec![9.0; 4]), &params), End::Diverged);
    }

    #[test]
    fn a_chart_without_medians_can_be_drawn() {
        let mut outcome =
            ExponentialDepth::run(&quick(), &Progress::silent()).expect("runs");
        for ends in &mut outcome.ends {
            ends.fill(End::GivenUp);
        }
        assert_eq!(ExponentialDepth::chart(&outcome).check(), Ok(()));
        assert!(!failing::<ExponentialDepth>(&outcome).is_empty());
    }
}
