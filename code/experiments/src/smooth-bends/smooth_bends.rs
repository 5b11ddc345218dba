//! Which gain of the weights keeps a gradient's size through many layers of a
//! smooth activation?
//!
//! Fifty layers without biases, weights N(0, gain²/n); a random vector is
//! propagated back from the last, and the factor per layer is fitted to the
//! logarithm of its length. Theory: with z normal of variance q, a layer has
//! q ← gain²·E[f(z)²] and multiplies the gradient by √(gain²·E[f′(z)²]). Small
//! z see only the slope at 0: 1 for tanh, ½ for Swish and GELU. Biases of
//! variance σ_b² add it to q: see `edge_of_chaos`. B. Poole and
//! others, *Exponential expressivity in deep neural networks through transient
//! chaos*, 2016, arXiv:1606.05340.
//!
//! See the chapter `smooth-bends`.

use std::f64::consts::SQRT_2;

use ndarray::{Array1, Array2};
use slope::{
    Activation, Init, product,
    rng::{Rng, Stream},
    transcendental::ln,
};

use super::mean_field::{log_lengths, mean_squares, per_layer};
use chart::{Axis, Cell, Chart, Column, Lines, Panel, Table};
use exact::statistics::{least, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

const BENDS: [(&str, Activation); 3] = [
    ("tanh", Activation::Tanh),
    ("Swish", Activation::Silu { beta: 1.0 }),
    ("GELU", Activation::GeluErf),
];

/// Gains at which networks are measured; √2 is He's, for ReLU.
const GAINS: [f64; 12] =
    [0.5, 0.75, 1.0, 1.25, SQRT_2, 1.5, 1.55, 1.6, 1.65, 1.75, 2.0, 2.25];
const ONE: usize = 2;
const HE: usize = 4;
const TWO: usize = 10;

/// Inputs so small that every z stays where f is straight.
const SMALL: f64 = 1e-3;

/// How far on both sides of the gain that theory finds networks are measured.
const ASIDE: f64 = 0.15;

params! {
    /// What the factors depend on.
    pub struct Params {
        /// Seed of the first weights; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// Networks for each activation and gain.
        seeds: usize = 4, in 1..=20, "Seeds";
        /// Layers of each network.
        depth: usize = 50, in 20..=64, "Layers";
        /// Units of each layer.
        width: usize = 64, in 16..=96, "Units of a layer";
        /// Random inputs of each network.
        inputs: usize = 16, in 4..=32, "Inputs";
        /// Standard deviation of the inputs of the first panel.
        size: f64 = 1.0, in 0.1..=10.0, "Size of the inputs";
        /// Standard deviation of the biases.
        bias: f64 = 0.0, in 0.0..=2.0, "Standard deviation of the biases";
    }
}

/// What a run is made of.
#[derive(Clone, Copy)]
struct Setup {
    bends: [(&'static str, Activation); 3],
    /// What weights of gain 1 are drawn from.
    init: Init,
}

const BOOK: Setup = Setup { bends: BENDS, init: Init::LecunNormal };

/// The experiment.
pub struct SmoothBends;

/// One activation, at inputs of one size.
pub struct Sweep {
    name: &'static str,
    /// By gain, then by seed.
    factors: Vec<Vec<f64>>,
    /// Gain and factor.
    theory: Vec<(f64, f64)>,
}

/// Around the gain at which theory keeps the gradient's size.
pub struct Edge {
    gain: f64,
    /// Factors a little below and above it, by seed.
    below: Vec<f64>,
    above: Vec<f64>,
}

impl Edge {
    /// How far from 1 a factor is.
    fn aside(&self) -> f64 {
        (1.0 - least(self.below.iter().copied()))
            .max(most(self.above.iter().copied()) - 1.0)
    }
}

/// What was measured.
pub struct Outcome {
    params: Params,
    /// Inputs of the size asked for.
    ordinary: Vec<Sweep>,
    /// Inputs of size 1/1000.
    small: Vec<Sweep>,
    /// At the size asked for.
    edges: Vec<Edge>,
}

impl Experiment for SmoothBends {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "smooth-bends";
    const QUESTION: &'static str =
        "Which gain keeps the gradient through fifty smooth layers?";
    const CHAPTER: &'static str = "smooth-bends";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        Ok(measured(params, progress, BOOK))
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let at = |sweeps: &[Sweep], which: usize, gain: usize| {
            median(sweeps[which].factors[gain].iter().copied())
        };
        let [tanh, swish, gelu] = [0, 1, 2];
        let edge = &outcome.edges[swish];
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::fixed("tanh-one", at(&outcome.ordinary, tanh, ONE), 3),
            Fact::fixed("swish-he", at(&outcome.ordinary, swish, HE), 3),
            Fact::fixed("gelu-he", at(&outcome.ordinary, gelu, HE), 3),
            Fact::fixed("swish-two-small", at(&outcome.small, swish, TWO), 3),
            Fact::fixed("gelu-two-small", at(&outcome.small, gelu, TWO), 3),
            Fact::fixed("swish-two", at(&outcome.ordinary, swish, TWO), 2),
            Fact::fixed("swish-gain", edge.gain, 2),
            Fact::fixed("gelu-gain", outcome.edges[gelu].gain, 2),
            Fact::fixed("swish-below", most(edge.below.iter().copied()), 2)
                .most(),
            Fact::fixed("swish-above", least(edge.above.iter().copied()), 2)
                .least(),
            Fact::fixed("tanh-aside", outcome.edges[tanh].aside(), 2).most(),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let off = |sweep: &Sweep, gain: usize, from: f64| {
            most(sweep.factors[gain].iter().map(|f| (f - from).abs()))
        };
        let [tanh, bent @ ..] = &outcome.edges[..] else { return Vec::new() };
        let below = |edge: &Edge| most(edge.below.iter().copied());
        let above = |edge: &Edge| least(edge.above.iter().copied());
        vec![
            Claim::below(
                "at He's gain, a middle layer of Swish leaves √2/2 of the gradient",
                off(&outcome.ordinary[1], HE, SQRT_2 / 2.0),
                0.04,
            ),
            Claim::below(
                "for small inputs, so do Swish and GELU",
                most(
                    outcome.small[1..].iter().map(|s| off(s, HE, SQRT_2 / 2.0)),
                ),
                0.03,
            ),
            Claim::below(
                "for inputs of size 1, GELU loses there, too",
                most(outcome.ordinary[2].factors[HE].iter().copied()),
                0.9,
            ),
            Claim::above(
                "at gain 1, tanh loses little",
                least(outcome.ordinary[0].factors[ONE].iter().copied()),
                0.93,
            ),
            Claim::below(
                "small inputs: at gain 2, Swish and GELU keep the gradient",
                most(outcome.small[1..].iter().map(|s| off(s, TWO, 1.0))),
                0.04,
            ),
            Claim::above(
                "inputs of size 1: at gain 2 it explodes",
                least(
                    outcome.ordinary[1..]
                        .iter()
                        .flat_map(|s| s.factors[TWO].iter().copied()),
                ),
                1.3,
            ),
            Claim::below(
                "15 % below the gain of theory, Swish and GELU lose it",
                most(bent.iter().map(below)),
                0.85,
            ),
            Claim::above(
                "15 % above, it grows from layer to layer",
                least(bent.iter().map(above)),
                1.03,
            ),
            Claim::below(
                "tanh forgives 15 % on either side",
                tanh.aside(),
                0.13,
            ),
            Claim::below(
                "for small inputs theory is right up to gain 2",
                outcome.theory_error(),
                0.05,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let size = outcome.params.size;
        Chart::new("Factor of the gradient per layer, by gain of the weights")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([Panel::new(
                format!("Inputs of size {size}"),
                curves(&outcome.ordinary),
            )])
            .row([Panel::new("Inputs of size 0.001", curves(&outcome.small))])
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let few = || Params { seeds: 2, inputs: 4, ..Params::default() };
        let with = |what, setup: Setup| {
            Sabotage::<Self>::new(what, few(), move |params, progress| {
                Ok(measured(params, progress, setup))
            })
        };
        let [tanh, swish, gelu] = BENDS;
        let relu = Activation::Relu;
        vec![
            with(
                "ReLU in the place of Swish and GELU",
                Setup {
                    bends: [tanh, (swish.0, relu), (gelu.0, relu)],
                    ..BOOK
                },
            ),
            with(
                "tanh in the place of GELU",
                Setup { bends: [tanh, swish, (gelu.0, tanh.1)], ..BOOK },
            ),
            with(
                "sigmoid in the place of tanh",
                Setup {
                    bends: [(tanh.0, Activation::Sigmoid), swish, gelu],
                    ..BOOK
                },
            ),
            with(
                "PyTorch's weights in the place of LeCun's",
                Setup { init: Init::TorchLinear, ..BOOK },
            ),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let dropped = |name, hypothesis, claim, change: fn(&mut Params)| {
            let few = Params { seeds: 2, inputs: 4, ..Params::default() };
            Sabotage::<Self>::changing(hypothesis, few, change)
                .counters(name, claim)
        };
        vec![
            dropped(
                "gelu-biases",
                "the biases are zero",
                "for inputs of size 1, GELU loses there, too",
                |params| params.bias = 0.5,
            ),
            dropped(
                "swish-biases",
                "the biases are zero",
                "at He's gain, a middle layer of Swish leaves √2/2 of the gradient",
                |params| params.bias = 0.8,
            ),
            dropped(
                "small",
                "the inputs are of size 1",
                "inputs of size 1: at gain 2 it explodes",
                |params| params.size = SMALL,
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("depth", 45.0, 64.0),
            Span::between("width", 64.0, 96.0),
            Span::between("inputs", 4.0, 32.0),
            Span::between("size", 0.8, 1.0),
        ]
    }
}

fn measured(params: &Params, progress: &Progress, setup: Setup) -> Outcome {
    let Setup { bends, init } = setup;
    let sizes = [params.size, SMALL];
    let [ordinary, small] = sizes.map(|size| {
        let theory = |(name, f): (&'static str, Activation)| Sweep {
            name,
            factors: vec![Vec::new(); GAINS.len()],
            theory: (20..=90)
                .map(|i| f64::from(i) / 40.0)
                .map(|gain| (gain, mean_field(f, gain, size, params)))
                .collect(),
        };
        bends.map(theory)
    });
    let gains = bends.map(|(_, f)| kept_by_theory(f, params));
    progress.expect(params.seeds);
    let runs: Vec<Run> =
        parallel::results(seeds(params.seed, params.seeds), |seed| {
            let deep = Deep::drawn(seed, init, params);
            let sweep = |size: f64| {
                bends.map(|(_, f)| GAINS.map(|g| deep.factor(f, g, size)))
            };
            let edge = |i: usize| {
                [1.0 - ASIDE, 1.0 + ASIDE].map(|aside| {
                    deep.factor(bends[i].1, gains[i] * aside, params.size)
                })
            };
            let run =
                Run { sweeps: sizes.map(sweep), edges: [0, 1, 2].map(edge) };
            progress.advance(1);
            run
        });
    let mut sweeps = [Vec::from(ordinary), Vec::from(small)];
    for run in &runs {
        for (size, by_bend) in run.sweeps.iter().enumerate() {
            for (bend, factors) in by_bend.iter().enumerate() {
                let sweep = &mut sweeps[size][bend];
                for (seeds, factor) in sweep.factors.iter_mut().zip(factors) {
                    seeds.push(*factor);
                }
            }
        }
    }
    let edges = [0, 1, 2].map(|i| Edge {
        gain: gains[i],
        below: runs.iter().map(|run| run.edges[i][0]).collect(),
        above: runs.iter().map(|run| run.edges[i][1]).collect(),
    });
    let [ordinary, small] = sweeps;
    Outcome { params: params.clone(), ordinary, small, edges: edges.into() }
}

/// What one seed gives: by size, activation and gain.
struct Run {
    sweeps: [[[f64; GAINS.len()]; 3]; 2],
    edges: [[f64; 2]; 3],
}

/// Weights of gain 1, which serve every gain and activation of a seed.
struct Deep {
    /// Each (out, in), N(0, 1/in).
    weights: Vec<Array2<f64>>,
    /// N(0, σ_b²).
    biases: Vec<Array1<f64>>,
    /// (inputs, width), N(0, 1).
    x: Array2<f64>,
    /// What comes back into the last layer: (inputs, width).
    d: Array2<f64>,
}

impl Deep {
    fn drawn(seed: u64, init: Init, params: &Params) -> Self {
        let n = params.width;
        let mut rng = Rng::new(seed, Stream::Weights);
        let weights =
            (0..params.depth).map(|_| init.weights(n, n, &mut rng)).collect();
        let mut bias =
            || Array1::from_shape_simple_fn(n, || params.bias * rng.normal());
        let biases = (0..params.depth).map(|_| bias()).collect();
        let random = |stream: Stream| {
            let mut rng = Rng::new(seed, stream);
            Array2::from_shape_simple_fn((params.inputs, n), || rng.normal())
        };
        let (x, d) = (random(Stream::Data), random(Stream::Noise));
        Self { weights, biases, x, d }
    }

    /// The factor per layer of |dL/dz| on its way back.
    fn factor(&self, f: Activation, gain: f64, size: f64) -> f64 {
        let mut a = &self.x * size;
        let mut slopes = Vec::new();
        for (w, b) in self.weights.iter().zip(&self.biases) {
            let wa = product::a_b(&a, &w.t().to_owned()); // (inputs, out)
            let z = wa * gain + b;
            slopes.push(z.mapv(|z| f.slope(z)));
            a = z.mapv(|z| f.value(z));
        }
        let weights = self.weights.iter();
        per_layer(&log_lengths(weights, &slopes, self.d.clone(), gain))
    }
}

/// The same factor for infinitely wide layers.
fn mean_field(f: Activation, gain: f64, size: f64, params: &Params) -> f64 {
    let noise = params.bias * params.bias;
    let mut q = gain * gain * size * size + noise; // the variance of z
    let mut steps = Vec::new();
    for _ in 0..params.depth {
        let [value, slope] = mean_squares(f, q.sqrt());
        steps.push(0.5 * ln(gain * gain * slope));
        q = gain * gain * value + noise;
    }
    let mut logs = vec![0.0];
    for step in steps.iter().rev() {
        logs.push(logs[logs.len() - 1] + step);
    }
    per_layer(&logs)
}

/// The gain at which theory neither loses nor amplifies, by bisection.
fn kept_by_theory(f: Activation, params: &Params) -> f64 {
    let (mut low, mut high) = (0.5, 2.5);
    for _ in 0..25 {
        let gain = 0.5 * (low + high);
        if mean_field(f, gain, params.size, params) < 1.0 {
            low = gain;
        } else {
            high = gain;
        }
    }
    low
}

fn curves(sweeps: &[Sweep]) -> Lines {
    let mut lines = Lines::new(
        Axis::linear("gain of the weights"),
        Axis::linear("factor per layer").including(0.0).including(1.6),
    );
    for sweep in sweeps {
        // A dot for each network; the only line is theory's, and has the name.
        lines = lines.main(sweep.name, Vec::new()).reference_of(
            sweep.name,
            sweep.name,
            sweep.theory.clone(),
        );
        for (gain, factors) in GAINS.iter().zip(&sweep.factors) {
            for factor in factors {
                lines = lines.thin_of(sweep.name, vec![(*gain, *factor)]);
            }
        }
    }
    lines.threshold(1.0, "kept").event(SQRT_2, "√2: He")
}

impl Outcome {
    /// The largest relative distance of a network from theory, small inputs,
    /// gains up to 2.
    fn theory_error(&self) -> f64 {
        most(self.small.iter().flat_map(|sweep| {
            GAINS[..=TWO].iter().zip(&sweep.factors).flat_map(
                |(gain, seeds)| {
                    let theory = sweep
                        .theory
                        .iter()
                        .min_by(|a, b| {
                            (a.0 - gain).abs().total_cmp(&(b.0 - gain).abs())
                        })
                        .map_or(f64::NAN, |point| point.1 * gain / point.0);
                    seeds
                        .iter()
                        .map(move |factor| (factor / theory - 1.0).abs())
                },
            )
        }))
    }

    fn finding(&self) -> String {
        let [_, swish, gelu] = &self.edges[..] else { return String::new() };
        let he = median(self.ordinary[1].factors[HE].iter().copied());
        if SmoothBends::bears_out(self) {
            format!(
                "Without biases the slope at 0 sets the decay: at He’s gain \
                 a middle layer of Swish leaves {he:.2} of the gradient, √2 \
                 times ½. A gain of 2 keeps the gradient of small inputs, but \
                 makes it grow for inputs of size 1. The balance, near {:.2} \
                 for Swish and {:.2} for GELU, is delicate; that of tanh \
                 forgives 15\u{a0}%.",
                swish.gain, gelu.gain,
            )
        } else {
            format!(
                "At He’s gain Swish multiplies the gradient by {he:.2} a \
                 layer. By theory, inputs of size {} keep it at gain {:.2} \
                 for Swish, {:.2} for GELU and {:.2} for tanh.",
                self.params.size, swish.gain, gelu.gain, self.edges[0].gain,
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Two panels: the factor per layer against the gain from {} to \
             {} for three activations, with one dot for each of {} seeds and \
             the theory dashed.",
            GAINS[0],
            GAINS[GAINS.len() - 1],
            self.params.seeds,
        );
        let panels = [
            (format!("Inputs of size {}", self.params.size), &self.ordinary),
            ("Inputs of size 0.001".to_string(), &self.small),
        ];
        for (what, sweeps) in panels {
            for sweep in sweeps {
                let at =
                    |gain: usize| median(sweep.factors[gain].iter().copied());
                text += &format!(
                    " {what}, {}: {:.2} at gain 1, {:.2} at √2, {:.2} at 2.",
                    sweep.name,
                    at(ONE),
                    at(HE),
                    at(TWO),
                );
            }
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("activation"),
            Column::new("size of inputs"),
            Column::new("gain").digits(4),
            Column::new("seed"),
            Column::new("factor per layer").digits(4),
        ]);
        let panels = [(self.params.size, &self.ordinary), (SMALL, &self.small)];
        for (size, sweeps) in panels {
            for sweep in sweeps {
                for (gain, seeds) in GAINS.iter().zip(&sweep.factors) {
                    for (i, factor) in seeds.iter().enumerate() {
                        table.row([
                            sweep.name.into(),
                            Cell::Number(size),
                            Cell::Number(*gain),
                            Cell::Number((self.params.seed + i as u64) as f64),
                            Cell::Number(*factor),
                        ]);
                    }
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
    fn small_inputs_see_the_slope_at_zero() {
        for (_, f) in BENDS {
            let factor = mean_field(f, 0.8, 1e-6, &Params::default());
            assert!((factor - 0.8 * f.slope(0.0)).abs() < 1e-6, "{f}");
        }
    }

    /// A straight line has no edge: the gain itself is the factor.
    #[test]
    fn the_identity_is_kept_at_gain_one() {
        let gain = kept_by_theory(Activation::Identity, &Params::default());
        assert!((gain - 1.0).abs() < 1e-6);
    }
}
