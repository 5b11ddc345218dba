//! How near a measured slope comes to the one that backpropagation finds, and
//! which step measures best: a 2-2-1 sigmoid network that can be computed by
//! hand, the same with random weights, and a ReLU near its kink.
//!
//! Forward and central differences, and the complex step of W. Squire and
//! G. Trapp (1998), which subtracts nothing.
//!
//! See the chapter `backpropagation`.

use ndarray::{Array2, array};
use probe::{Difference, numeric_gradient};
use slope::{
    Activation, Dense, Layer, Loss, Network,
    rng::{Rng, Stream},
    transcendental::{ln, pow},
};

use chart::{Axis, Chart, Column, Lines, Table};
use exact::{
    product::length,
    statistics::{fitted_slope, most},
};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    params,
    params::seeds,
    sabotage::Sabotage,
};

const METHODS: [(&str, Difference); 3] = [
    ("complex step", Difference::ComplexStep),
    ("forward", Difference::Forward),
    ("central", Difference::Central),
];
// Their places in METHODS.
const COMPLEX: usize = 0;
const FORWARD: usize = 1;
const CENTRAL: usize = 2;

/// The step of the measurement at the kink.
const KINK_STEP: f64 = 1e-5;

/// Where it is taken, in steps from the kink.
const ACROSS: f64 = 0.5;
const BESIDE: f64 = 2.0;

params! {
    /// What the check depends on.
    pub struct Params {
        /// Seed of the first network with random weights; the others follow.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// Networks with random weights beside the one of the chapter.
        seeds: usize = 5, in 1..=30, "Random networks";
        /// The step size of the one update that is computed by hand.
        lr: f64 = 0.5, in 0.001..=10.0, "Learning rate";
    }
}

/// The experiment.
pub struct GradientCheck;

/// The chapter's network on its one example, all that a reader computes.
pub struct ByHand {
    z1: [f64; 2],
    a1: [f64; 2],
    z2: f64,
    a2: f64,
    /// dL/dz of the output and of the hidden units.
    delta2: f64,
    delta1: [f64; 2],
    /// dL/dW of the output.
    dw2: [f64; 2],
    loss: f64,
    loss_after: f64,
}

/// The relative error of each method at each step.
pub struct Sweep(Vec<[f64; 3]>);

/// What the check found.
pub struct Outcome {
    hand: ByHand,
    chapter: Sweep,
    random: Vec<Sweep>,
    /// The measured slopes of relu across its kink and beside it.
    across: f64,
    beside: f64,
}

/// What claims to be the gradient of a network on an example, up to a factor
/// that all parameters share with the measured loss, (a − y)².
type Analytic = fn(&Network, &Example) -> Vec<f64>;

/// One input and its target.
pub struct Example {
    x: Array2<f64>,
    y: Array2<f64>,
}

impl Experiment for GradientCheck {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "gradient-check";
    const QUESTION: &'static str =
        "How small a step measures a slope best, and how well?";
    const CHAPTER: &'static str = "backpropagation";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        checked(params, RIGHT, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let hand = &outcome.hand;
        let (step, error) = outcome.chapter.best(CENTRAL);
        let (forward_step, forward_error) = outcome.chapter.best(FORWARD);
        vec![
            Fact::fixed("z1-1", hand.z1[0], 1),
            Fact::fixed("z1-2", hand.z1[1], 1),
            Fact::fixed("a1-1", hand.a1[0], 4),
            Fact::fixed("a1-2", hand.a1[1], 4),
            Fact::fixed("z2", hand.z2, 4),
            Fact::fixed("a2", hand.a2, 4),
            Fact::fixed("delta2", hand.delta2, 4),
            Fact::fixed("delta1-1", hand.delta1[0], 4),
            Fact::fixed("delta1-2", hand.delta1[1], 4),
            Fact::fixed("dw2-1", hand.dw2[0], 4),
            Fact::fixed("dw2-2", hand.dw2[1], 4),
            Fact::fixed("loss", hand.loss, 4),
            Fact::fixed("loss-after", hand.loss_after, 4),
            Fact::scientific("best-step", step, 1),
            Fact::scientific("best-error", error, 1),
            Fact::scientific("forward-step", forward_step, 1),
            Fact::scientific("forward-error", forward_error, 1),
            Fact::fixed("kink-half-step", outcome.across, 2),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let Outcome { hand, chapter, random, .. } = outcome;
        let (step, error) = chapter.best(CENTRAL);
        let worst = |method: usize| {
            let sweeps = random.iter().chain([chapter]);
            most(sweeps.map(|sweep| sweep.best(method).1))
        };
        vec![
            Claim::above(
                "one step downhill lowers the loss",
                hand.loss - hand.loss_after,
                0.0,
            ),
            Claim::below(
                "central differences agree with backpropagation",
                worst(CENTRAL),
                2e-10,
            ),
            Claim::below(
                "forward differences agree, to half as many digits",
                worst(FORWARD),
                1e-6,
            ),
            Claim::below(
                "the complex step agrees to the last digit, down to the least step",
                most(random.iter().chain([chapter]).map(Sweep::smallest)),
                1e-14,
            ),
            Claim::below(
                "the forward error is proportional to the step",
                (chapter.exponent(FORWARD) - 1.0).abs(),
                0.05,
            ),
            Claim::below(
                "the central error is proportional to its square",
                (chapter.exponent(CENTRAL) - 2.0).abs(),
                0.05,
            ),
            Claim::above("the best step is not the smallest", step, 1e-6),
            Claim::below("and not a large one", step, 1e-4),
            Claim::above(
                "the smallest step is worse than the best a millionfold",
                chapter.0[0][CENTRAL] / error,
                1e6,
            ),
            Claim::above(
                "across a kink, the measured slope is far from the true one",
                (outcome.across - Activation::Relu.slope(ACROSS)).abs(),
                0.2,
            ),
            Claim::below(
                "beside it, the two agree",
                (outcome.beside - Activation::Relu.slope(BESIDE)).abs(),
                1e-9,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new(
            "Error of a measured gradient, by the step it is measured with",
        )
        .finding(outcome.finding())
        .description(outcome.description())
        .table(outcome.table())
        .panel(outcome.errors())
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let without = |name, hypothesis, claim, check: Check| {
            sabotage(hypothesis, check).counters(name, claim)
        };
        let nearer: AtKink = |w| measured_at_kink(100.0 * w);
        vec![
            // In each weight the loss is a parabola then.
            without(
                "parabola",
                "the third derivative of the loss is not zero",
                "and not a large one",
                Check { activation: Activation::Identity, ..RIGHT },
            ),
            without(
                "no-kink-near",
                "the kink is less than a step away",
                "across a kink, the measured slope is far from the true one",
                Check { at_kink: nearer, ..RIGHT },
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![Span::any("lr")]
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let half: Analytic = |network, at| {
            let gradient = backpropagated(network, at);
            gradient.iter().map(|d| 0.5 * d).collect()
        };
        // The mistake that is made most often.
        let one_off: Analytic = |network, at| {
            let mut gradient = backpropagated(network, at);
            gradient[3] *= 1.001;
            gradient
        };
        let doubled: AtKink = |w| 2.0 * measured_at_kink(w);
        vec![
            sabotage(
                "a gradient of half the size",
                Check { analytic: half, ..RIGHT },
            ),
            sabotage(
                "one parameter's gradient a thousandth off",
                Check { analytic: one_off, ..RIGHT },
            ),
            sabotage(
                "a central difference divided by a single step",
                Check { at_kink: doubled, ..RIGHT },
            ),
            Sabotage::<Self>::changing(
                "a step up the gradient",
                few(),
                |params| params.lr = -params.lr,
            ),
        ]
    }
}

fn sabotage(what: &'static str, check: Check) -> Sabotage<GradientCheck> {
    Sabotage::new(what, few(), move |params, progress| {
        checked(params, check, progress)
    })
}

/// With which it is soonest seen what a change does.
fn few() -> Params {
    Params { seeds: 1, ..Params::default() }
}

/// A slope of relu near its kink, so many steps from it.
type AtKink = fn(f64) -> f64;

/// What is checked: a gradient of networks with an activation, and a measured
/// slope at a kink.
#[derive(Clone, Copy)]
struct Check {
    analytic: Analytic,
    activation: Activation,
    at_kink: AtKink,
}

const RIGHT: Check = Check {
    analytic: backpropagated,
    activation: Activation::Sigmoid,
    at_kink: measured_at_kink,
};

fn checked(
    params: &Params,
    Check { analytic, activation, at_kink }: Check,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    progress.expect(params.seeds + 1);
    let sweep = |network: &Network, example: &Example| {
        let swept = Sweep::of(network, example, analytic);
        progress.advance(1);
        swept
    };
    let (network, example) = by_hand(activation)?;
    let seeds = seeds(params.seed, params.seeds);
    Ok(Outcome {
        hand: ByHand::of(&network, &example, params.lr)?,
        chapter: sweep(&network, &example)?,
        random: seeds
            .map(|seed| {
                let (network, example) = drawn(activation, seed)?;
                sweep(&network, &example)
            })
            .collect::<Result<_, _>>()?,
        across: at_kink(ACROSS),
        beside: at_kink(BESIDE),
    })
}

fn backpropagated(network: &Network, at: &Example) -> Vec<f64> {
    network.loss_and_gradient(Loss::Mse, &at.x, &at.y).1.parameters()
}

/// The network of the chapter and its example.
fn by_hand(activation: Activation) -> Result<(Network, Example), Stopped> {
    let layer = |w, b| {
        Dense::new(w, b, activation)
            .map(Layer::Dense)
            .map_err(|why| Stopped(why.to_string()))
    };
    let layers = vec![
        layer(array![[0.5, -0.4], [0.3, 0.8]], array![0.1, -0.2])?,
        layer(array![[0.7, -0.6]], array![0.05])?,
    ];
    let network =
        Network::new(layers).map_err(|why| Stopped(why.to_string()))?;
    Ok((network, Example { x: array![[1.0, 0.5]], y: array![[1.0]] }))
}

/// The same network with random weights, on a random example.
fn drawn(
    activation: Activation,
    seed: u64,
) -> Result<(Network, Example), Stopped> {
    let (mut network, _) = by_hand(activation)?;
    let mut rng = Rng::new(seed, Stream::Weights);
    let count = network.parameter_count();
    let weights: Vec<f64> = (0..count).map(|_| rng.normal()).collect();
    network.set_parameters(&weights).map_err(|why| Stopped(why.to_string()))?;
    let mut rng = Rng::new(seed, Stream::Data);
    let x = Array2::from_shape_simple_fn((1, 2), || rng.normal());
    Ok((network, Example { x, y: array![[rng.uniform()]] }))
}

impl ByHand {
    /// With L = ½(a − y)², half of what `Loss::Mse` is for one output.
    fn of(network: &Network, at: &Example, lr: f64) -> Result<Self, Stopped> {
        let trace = network.forward(&at.x);
        let gradient = backpropagated(network, at);
        let d: Vec<f64> = gradient.iter().map(|d| 0.5 * d).collect();
        let moved: Vec<f64> = network
            .parameters()
            .iter()
            .zip(&d)
            .map(|(w, d)| w - lr * d)
            .collect();
        let mut after = network.clone();
        after.set_parameters(&moved).map_err(|why| Stopped(why.to_string()))?;
        let loss =
            |net: &Network| 0.5 * Loss::Mse.value(&net.output(&at.x), &at.y);
        // The parameters lie as W1 (4), b1 (2), W2 (2), b2; dL/db = dL/dz.
        Ok(ByHand {
            z1: [0, 1].map(|unit| trace.z[0][(0, unit)]),
            a1: [0, 1].map(|unit| trace.a[1][(0, unit)]),
            z2: trace.z[1][(0, 0)],
            a2: trace.a[2][(0, 0)],
            delta2: d[8],
            delta1: [d[4], d[5]],
            dw2: [d[6], d[7]],
            loss: loss(network),
            loss_after: loss(&after),
        })
    }
}

/// The steps ε: four to each power of ten, from 10⁻¹⁵ to 10⁻¹.
fn steps() -> Vec<f64> {
    (4..=60).rev().map(|k| pow(10.0, -f64::from(k) / 4.0)).collect()
}

impl Sweep {
    fn of(
        network: &Network,
        at: &Example,
        analytic: Analytic,
    ) -> Result<Self, Stopped> {
        let analytic = analytic(network, at);
        let error = |difference, step| {
            numeric_gradient(network, Loss::Mse, &at.x, &at.y, difference, step)
                .map(|measured| off(&measured, &analytic))
                .ok_or_else(|| Stopped("a method does not apply".into()))
        };
        let at_step = |step| {
            let mut errors = [0.0; 3];
            for (error_of, (_, method)) in errors.iter_mut().zip(METHODS) {
                *error_of = error(method, step)?;
            }
            Ok(errors)
        };
        steps().into_iter().map(at_step).collect::<Result<_, _>>().map(Sweep)
    }

    fn points(&self, method: usize) -> Vec<(f64, f64)> {
        steps().into_iter().zip(self.0.iter().map(|e| e[method])).collect()
    }

    /// The step with the least error, and that error.
    fn best(&self, method: usize) -> (f64, f64) {
        let points = self.points(method).into_iter();
        points.fold((f64::NAN, f64::INFINITY), |best, point| {
            if point.1 < best.1 { point } else { best }
        })
    }

    /// The error of the complex step where it is smallest.
    fn smallest(&self) -> f64 {
        self.0[0][COMPLEX]
    }

    /// p in error ∝ εᵖ, where rounding does not disturb yet.
    fn exponent(&self, method: usize) -> f64 {
        let large = self.points(method).into_iter().filter(|(step, error)| {
            (0.9e-4..1.1e-2).contains(step) && *error > 0.0
        });
        fitted_slope(&large.map(|(x, y)| (ln(x), ln(y))).collect::<Vec<_>>())
    }
}

/// ‖measured − g‖/‖g‖, how far off a measured gradient is.
fn off(measured: &[f64], g: &[f64]) -> f64 {
    let apart: Vec<f64> = measured.iter().zip(g).map(|(m, g)| m - g).collect();
    length(&apart) / length(g)
}

/// The slope of relu at `w` steps from its kink, by central differences.
fn measured_at_kink(w: f64) -> f64 {
    let relu = |w: f64| Activation::Relu.value(w * KINK_STEP);
    (relu(w + 1.0) - relu(w - 1.0)) / (2.0 * KINK_STEP)
}

impl Outcome {
    fn errors(&self) -> Lines {
        let exact = self.chapter.0.iter().flatten().any(|error| *error == 0.0);
        let axis = Axis::log("relative error");
        let axis = if exact { axis.with_zero() } else { axis };
        let mut lines = Lines::new(Axis::log("step ε"), axis);
        for (method, (name, _)) in METHODS.iter().enumerate() {
            lines = lines.main(*name, self.chapter.points(method));
        }
        let others = format!("{} random networks", self.random.len());
        for sweep in &self.random {
            lines = lines.thin(&others, sweep.points(CENTRAL));
        }
        for (method, power, from) in
            [(FORWARD, 1.0, 1e-11), (CENTRAL, 2.0, 1e-7)]
        {
            let (name, _) = METHODS[method];
            let theory = format!("slope {power}");
            let points = self.power_law(method, power, from);
            lines = lines.reference_of(name, theory, points);
        }
        lines
    }

    /// The line of this slope through the measurement at ε = 10⁻².
    fn power_law(
        &self,
        method: usize,
        power: f64,
        from: f64,
    ) -> Vec<(f64, f64)> {
        let points = self.chapter.points(method);
        let anchor = points.iter().find(|(step, _)| *step > 0.99e-2);
        let at =
            |step: f64, (x, y): (f64, f64)| (step, y * pow(step / x, power));
        anchor.map_or(Vec::new(), |a| vec![at(0.1, *a), at(from, *a)])
    }

    fn finding(&self) -> String {
        let (step, error) = self.chapter.best(CENTRAL);
        let measured = format!(
            "Central differences come nearest to backpropagation with \
             ε\u{a0}=\u{a0}{}: a relative error of {}.",
            Fact::scientific("", step, 1).text(),
            Fact::scientific("", error, 1).text(),
        );
        if GradientCheck::bears_out(self) {
            format!(
                "{measured} A larger step treats a curve as if it were \
                 straight; a smaller one subtracts two numbers that are all \
                 but equal. The complex step subtracts nothing, and needs no \
                 balance."
            )
        } else {
            measured
        }
    }

    fn description(&self) -> String {
        let mut text = String::from(
            "The relative error of three ways to measure a gradient, \
             by the step, both axes logarithmic.",
        );
        for (method, (name, _)) in METHODS.iter().enumerate() {
            let (step, error) = self.chapter.best(method);
            text += &format!(
                " {name}: {:.1e} at the largest step, 0.1; at best {error:.1e}, \
                 at the step {step:.1e}; {:.1e} at the smallest, 10⁻¹⁵.",
                self.chapter.0[self.chapter.0.len() - 1][method],
                self.chapter.0[0][method],
            );
        }
        text += &format!(
            " Forward and central make a V each, whose right arms have the \
             slopes {:.2} and {:.2}. The central error of {} networks with \
             random weights takes the same course.",
            self.chapter.exponent(FORWARD),
            self.chapter.exponent(CENTRAL),
            self.random.len(),
        );
        text
    }

    fn table(&self) -> Table {
        let mut columns = vec![Column::new("step ε").digits(2)];
        let names = METHODS.iter().map(|(name, _)| name.to_string());
        let others = (1..=self.random.len())
            .map(|i| format!("central, random network {i}"));
        columns.extend(
            names.chain(others).map(|name| Column::new(name).digits(2)),
        );
        let mut table = Table::new(columns);
        for (i, step) in steps().into_iter().enumerate() {
            let others = self.random.iter().map(|sweep| sweep.0[i][CENTRAL]);
            let numbers = [step].into_iter().chain(self.chapter.0[i]);
            table.row(numbers.chain(others).map(Into::into));
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nine digits, computed without this crate.
    #[test]
    fn the_network_computes_what_the_hand_computes() {
        let params = Params::default();
        let run = GradientCheck::run(&params, &Progress::silent());
        let hand = run.expect("it runs").hand;
        let pairs = [
            (hand.z1[0], 0.4),
            (hand.z1[1], 0.5),
            (hand.a1[0], 0.598687660),
            (hand.a1[1], 0.622459331),
            (hand.z2, 0.095605763),
            (hand.a2, 0.523883252),
            (hand.loss, 0.113343579),
            (hand.delta2, -0.118757605),
            (hand.delta1[0], -0.019972954),
            (hand.delta1[1], 0.016745087),
            (hand.dw2[0], -0.071098713),
            (hand.dw2[1], -0.073921780),
            (hand.loss_after, 0.100686956),
        ];
        for (found, expected) in pairs {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
    }

    /// dL/dW1 is the outer product of δ1 and x = (1, ½).
    #[test]
    fn the_first_layers_gradient_is_delta_times_input() {
        let (network, example) = by_hand(RIGHT.activation).expect("it fits");
        let d = backpropagated(&network, &example);
        assert_eq!([d[0], d[2]], [d[4], d[5]]);
        assert_eq!([d[1], d[3]], [0.5 * d[4], 0.5 * d[5]]);
    }

    /// relu(w + ε) − relu(w − ε) over 2ε, at w = k·ε.
    #[test]
    fn at_a_kink_the_measured_slope_is_a_ramp() {
        let pairs = [(10.0, 1.0), (1.0, 1.0), (0.5, 0.75), (0.1, 0.55)];
        for (w, slope) in pairs.into_iter().chain([(0.0, 0.5), (-2.0, 0.0)]) {
            assert!((measured_at_kink(w) - slope).abs() < 1e-12, "{w}");
        }
    }
}
