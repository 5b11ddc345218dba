//! Biases drawn at random, and two numbers a layer: what becomes of the size
//! of a signal, and of the angle between two?
//!
//! Weights N(0, gain²/n), biases N(0, σ_b²). With z normal of variance q, a
//! wide layer has q ← gain²·E(f(z)²) + σ_b² and multiplies a gradient by
//! √χ, χ = gain²·E(f′(z)²). For two inputs whose z have the correlation c,
//! q·c ← gain²·E(f(u)·f(v)) + σ_b². The edge of chaos is where q stays as it is
//! and χ = 1: gain² = 1/E(f′²) and σ_b² = q − gain²·E(f²), a curve along q. For
//! the ReLU E(f′²) = ½ and E(f²) = q/2 whatever q, and it is the one point
//! (0, √2). B. Poole and others, 2016, arXiv:1606.05340; S. Schoenholz and
//! others, 2017, arXiv:1611.01232; S. Hayou and others, 2019,
//! arXiv:1902.06853.
//!
//! See the chapter `smooth-bends`.

use std::f64::consts::SQRT_2;

use ndarray::{Array1, Array2};
use slope::{
    Activation, Init,
    decimal::Decimal,
    product::{a_b, inner_rows},
    rng::{Rng, Stream},
    transcendental::{exp, ln},
};

use super::mean_field::{log_lengths, mean_product, moments, per_layer};
use chart::{Axis, Cell, Chart, Column, Lines, Panel, Table};
use exact::statistics::{least, mean, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// The smooth activations whose edge is drawn.
const SMOOTH: [(&str, Activation); 3] = [
    ("GELU", Activation::GeluErf),
    ("Swish", Activation::Silu { beta: 1.0 }),
    ("tanh", Activation::Tanh),
];

/// How far along the biases the edge is drawn.
const WIDEST: f64 = 1.0;

params! {
    /// What the networks depend on.
    pub struct Params {
        /// Seed of the first weights and biases; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many seeds, each with its own weights, biases and inputs.
        seeds: usize = 5, in 1..=20, "Seeds";
        /// Standard deviation of the biases, where there are any.
        bias: f64 = 0.5, in 0.0..=2.0, "Standard deviation of the biases";
        /// Layers of each network.
        depth: usize = 50, in 20..=64, "Layers";
        /// Units of each layer.
        width: usize = 64, in 16..=256, "Units of a layer";
        /// Pairs of inputs of each network.
        pairs: usize = 8, in 2..=32, "Pairs of inputs";
        /// Standard deviation of the inputs.
        size: f64 = 1.0, in 0.1..=10.0, "Size of the inputs";
    }
}

/// What the layers of a network are made of.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    f: Activation,
    gain: f64,
    /// Whether its biases are drawn; else they are zero.
    biased: bool,
}

/// GELU without and with biases, GELU off the edge, ReLU.
type Kinds = [Kind; 4];

const BOOK: Kinds = {
    let gelu = SMOOTH[0].1;
    let (relu, he) = (Activation::Relu, SQRT_2);
    [
        Kind { name: "GELU", f: gelu, gain: he, biased: false },
        Kind { name: "GELU, biases", f: gelu, gain: he, biased: true },
        Kind { name: "gain 1, biases", f: gelu, gain: 1.0, biased: true },
        Kind { name: "ReLU", f: relu, gain: he, biased: false },
    ]
};

/// The experiment.
pub struct EdgeOfChaos;

/// What the layers of one network do.
pub struct Passage {
    /// The mean of z², by layer.
    variance: Vec<f64>,
    /// The mean cosine of the z of two inputs, by layer.
    correlation: Vec<f64>,
    /// |dL/dz| by layers passed on the way back; 1 in the last layer.
    lengths: Vec<f64>,
}

/// Networks of one kind, and what theory says of them.
pub struct Walk {
    kind: Kind,
    theory: Passage,
    /// By seed.
    passages: Vec<Passage>,
}

/// A point of the edge of chaos.
#[derive(Clone, Copy)]
pub struct Point {
    bias: f64,
    gain: f64,
    /// Whether a q a little off comes nearer with each layer.
    settles: bool,
}

/// What was measured, and the edge by theory.
pub struct Outcome {
    params: Params,
    /// By smooth activation.
    edges: [Vec<Point>; 3],
    walks: [Walk; 4],
}

impl Experiment for EdgeOfChaos {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "edge-of-chaos";
    const QUESTION: &'static str =
        "Do random first biases keep the gradient of smooth layers?";
    const CHAPTER: &'static str = "smooth-bends";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        Ok(measured(params, progress, BOOK))
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let [plain, biased, off, relu] = &outcome.walks;
        let alike = |walk: &Walk| median(walk.alike());
        vec![
            Fact::fixed("factor", median(biased.factors()), 2),
            Fact::fixed("left-least", least(biased.left()), 2).least(),
            Fact::fixed("left-most", most(biased.left()), 1).most(),
            Fact::scientific("off-left", median(off.left()), 0),
            Fact::fixed("plain-alike", median(plain.alike()), 1),
            Fact::fixed("plain-theory", plain.theory.alike(), 1),
            Fact::fixed("alike", alike(biased), 2),
            Fact::fixed("relu-alike", alike(relu), 2),
            Fact::fixed("gelu-gain", outcome.gain_at(outcome.params.bias), 2),
            Fact::fixed("gelu-settles", outcome.settles_at(), 2),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let [plain, biased, off, relu] = &outcome.walks;
        let strayed = |walk: &Walk| most(walk.left().map(|l| ln(l).abs()));
        vec![
            Claim::below(
                "at He's gain and without biases, GELU loses the gradient",
                most(plain.left()),
                1e-3,
            ),
            Claim::below(
                "with biases drawn at random it neither loses nor amplifies it",
                most(biased.factors().map(|f| (f - 1.0).abs())),
                0.1,
            ),
            Claim::below(
                "so that all layers change it less than a hundredfold",
                strayed(biased),
                ln(100.0),
            ),
            Claim::below(
                "at gain 1, off the edge, the same biases do not help",
                most(off.left()),
                1e-6,
            ),
            Claim::below(
                "the point of He's gain and these biases is beside the edge",
                (outcome.gain_at(outcome.params.bias) / SQRT_2 - 1.0).abs(),
                0.02,
            ),
            Claim::above(
                "with biases unrelated inputs become nearly the same",
                median(biased.alike()),
                0.9,
            ),
            Claim::above("and with ReLU they do", median(relu.alike()), 0.9),
            Claim::below(
                "without biases, those of GELU do not",
                median(plain.alike()),
                0.8,
            ),
            Claim::below(
                "theory has the correlation wherever the signal stays",
                most([biased, off, relu].map(Walk::theory_error)),
                0.2,
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("bias", 0.45, 0.6),
            Span::between("depth", 45.0, 50.0),
            Span::between("width", 64.0, 128.0),
            Span::between("pairs", 4.0, 16.0),
            Span::between("size", 0.5, 1.0),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let layer = || Axis::linear("layer").including(1.0);
        let variance = Axis::log("variance q of u");
        let alike = Axis::linear("correlation c of u and v")
            .including(0.0)
            .including(1.0);
        let lengths = Axis::log("|δ|, 1 at the output");
        let passed = Axis::linear("layers passed");
        Chart::new("Deep smooth layers with and without random first biases")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([
                Panel::new("The edge of chaos, by theory", outcome.plane()),
                Panel::new(
                    "Length of a gradient",
                    outcome.lines(passed, lengths, 0, |p| &p.lengths),
                ),
            ])
            .row([
                Panel::new(
                    "Size of u, from one input",
                    outcome.lines(layer(), variance, 1, |p| &p.variance),
                ),
                Panel::new(
                    "Likeness of u and v, from two inputs",
                    outcome.lines(layer(), alike, 1, |p| &p.correlation),
                ),
            ])
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        vec![
            sabotage("ReLU in the place of GELU without biases", |kinds| {
                kinds[0].f = Activation::Relu;
            }),
            sabotage("He's gain off the edge, too", |kinds| {
                kinds[2].gain = SQRT_2;
            }),
            sabotage("the identity in the place of ReLU", |kinds| {
                kinds[3].f = Activation::Identity;
            }),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let dropped = |name, hypothesis, claim, change: fn(&mut Kinds)| {
            sabotage(hypothesis, change).counters(name, claim)
        };
        let keeps =
            "with biases drawn at random it neither loses nor amplifies it";
        vec![
            dropped("gain-two", "the gain is He's", keeps, |kinds| {
                kinds[1].gain = 2.0;
            }),
            Sabotage::<Self>::changing(
                "the layers are 64 units wide",
                few(),
                |params: &mut Params| params.width = 16,
            )
            .counters("narrow", keeps),
            Sabotage::<Self>::changing(
                "the biases have a standard deviation of ½",
                few(),
                |params: &mut Params| params.bias = 0.1,
            )
            .counters(
                "small-biases",
                "the point of He's gain and these biases is beside the edge",
            ),
            dropped(
                "plain-alike",
                "biases are drawn at random",
                "with biases unrelated inputs become nearly the same",
                |kinds| kinds[1].biased = false,
            ),
            dropped(
                "dying-signal",
                "the signal keeps its size",
                "theory has the correlation wherever the signal stays",
                |kinds| kinds[1].biased = false,
            ),
        ]
    }
}

fn sabotage(
    what: &'static str,
    change: fn(&mut Kinds),
) -> Sabotage<EdgeOfChaos> {
    Sabotage::new(what, few(), move |params, progress| {
        let mut kinds = BOOK;
        change(&mut kinds);
        Ok(measured(params, progress, kinds))
    })
}

fn few() -> Params {
    Params { seeds: 2, ..Params::default() }
}

fn measured(params: &Params, progress: &Progress, kinds: Kinds) -> Outcome {
    progress.expect(kinds.len() * params.seeds);
    let walks = kinds.map(|kind| {
        let seeds = seeds(params.seed, params.seeds);
        let passages = parallel::results(seeds, |seed| {
            let passage = Passage::through(kind, seed, params);
            progress.advance(1);
            passage
        });
        Walk { kind, theory: Passage::in_theory(kind, params), passages }
    });
    let edges = SMOOTH.map(|(_, f)| edge(f));
    Outcome { params: params.clone(), edges, walks }
}

/// The edge of chaos as q goes from 1/1000 to 100, as far as it is drawn.
fn edge(f: Activation) -> Vec<Point> {
    let point = |i: i32| {
        let q = exp(f64::from(i) / 20.0 * ln(10.0));
        let [value, slope, growth] = moments(f, q);
        let (gain, settles) = (1.0 / slope.sqrt(), growth < slope);
        let square = q - value / slope;
        let bias = if square > 0.0 { square.sqrt() } else { 0.0 };
        Point { bias, gain, settles }
    };
    (-60..=40).map(point).take_while(|point| point.bias <= WIDEST).collect()
}

impl Kind {
    /// The standard deviation of the biases.
    fn bias(&self, params: &Params) -> f64 {
        if self.biased { params.bias } else { 0.0 }
    }
}

impl Passage {
    /// Of infinitely wide layers.
    fn in_theory(kind: Kind, params: &Params) -> Self {
        let Kind { f, gain, .. } = kind;
        let bias = kind.bias(params);
        let (square, noise) = (gain * gain, bias * bias);
        let mut q = square * params.size * params.size + noise;
        let mut c = noise / q; // unrelated inputs share the biases alone
        let (mut variance, mut correlation) = (vec![q], vec![c]);
        let mut factors = Vec::new();
        for _ in 1..params.depth {
            let [value, slope, _] = moments(f, q);
            factors.push(gain * slope.sqrt());
            let product = mean_product(f, q, c);
            q = square * value + noise;
            c = (square * product + noise) / q;
            variance.push(q);
            correlation.push(c);
        }
        let mut lengths = vec![1.0];
        for factor in factors.iter().rev() {
            lengths.push(lengths[lengths.len() - 1] * factor);
        }
        Self { variance, correlation, lengths }
    }

    fn through(kind: Kind, seed: u64, params: &Params) -> Self {
        let Params { width: n, depth, pairs, .. } = *params;
        let mut rng = Rng::new(seed, Stream::Weights);
        let layers: Vec<(Array2<f64>, Array1<f64>)> = (0..depth)
            .map(|_| {
                let w = Init::LecunNormal.weights(n, n, &mut rng) * kind.gain;
                let draw = || kind.bias(params) * rng.normal();
                (w, Array1::from_shape_simple_fn(n, draw))
            })
            .collect();
        let random = |stream: Stream| {
            let mut rng = Rng::new(seed, stream);
            Array2::from_shape_simple_fn((2 * pairs, n), || rng.normal())
        };
        let mut a = random(Stream::Data) * params.size;
        let (mut variance, mut correlation) = (Vec::new(), Vec::new());
        let mut slopes = Vec::new();
        for (w, b) in &layers {
            let z = a_b(&a, &w.t().to_owned()) + b; // (inputs, out)
            variance.push(mean(z.iter().map(|z| z * z)));
            correlation.push(mean_cosine(&z));
            slopes.push(z.mapv(|z| kind.f.slope(z)));
            a = z.mapv(|z| kind.f.value(z));
        }
        let weights = layers.iter().map(|(w, _)| w);
        let logs = log_lengths(weights, &slopes, random(Stream::Noise), 1.0);
        let lengths = logs.iter().map(|log| exp(log - logs[0])).collect();
        Self { variance, correlation, lengths }
    }

    /// The correlation in the last layer.
    fn alike(&self) -> f64 {
        self.correlation[self.correlation.len() - 1]
    }

    /// What is left of a gradient in the first layer.
    fn left(&self) -> f64 {
        self.lengths[self.lengths.len() - 1]
    }

    fn factor(&self) -> f64 {
        let logs: Vec<f64> = self.lengths.iter().map(|l| ln(*l)).collect();
        per_layer(&logs)
    }
}

/// Of each pair of rows.
fn mean_cosine(z: &Array2<f64>) -> f64 {
    mean((0..z.nrows() / 2).map(|i| {
        let (a, b) = (z.row(2 * i), z.row(2 * i + 1));
        inner_rows(a, b) / (inner_rows(a, a) * inner_rows(b, b)).sqrt()
    }))
}

impl Walk {
    fn left(&self) -> impl Iterator<Item = f64> {
        self.passages.iter().map(Passage::left)
    }

    fn factors(&self) -> impl Iterator<Item = f64> {
        self.passages.iter().map(Passage::factor)
    }

    /// The correlations in the last layer.
    fn alike(&self) -> impl Iterator<Item = f64> {
        self.passages.iter().map(Passage::alike)
    }

    /// The largest distance of a layer's correlation, in the median of the
    /// seeds, from theory.
    fn theory_error(&self) -> f64 {
        let theory = self.theory.correlation.iter().enumerate();
        most(theory.map(|(l, c)| {
            let measured = self.passages.iter().map(|p| p.correlation[l]);
            (median(measured) - c).abs()
        }))
    }
}

impl Outcome {
    /// The gain of the edge of GELU at these biases.
    fn gain_at(&self, bias: f64) -> f64 {
        let pairs = || self.edges[0].windows(2);
        let around = pairs().find(|pair| pair[1].bias >= bias);
        around.map_or(f64::NAN, |pair| {
            let part = (bias - pair[0].bias) / (pair[1].bias - pair[0].bias);
            pair[0].gain + part * (pair[1].gain - pair[0].gain)
        })
    }

    /// The biases from which on q settles on the edge of GELU.
    fn settles_at(&self) -> f64 {
        let mut edge = self.edges[0].iter();
        edge.find(|point| point.settles).map_or(f64::NAN, |point| point.bias)
    }

    /// The edge by theory, dashed where q settles on it, and where on the
    /// plane the networks are.
    fn plane(&self) -> Lines {
        let mut lines = Lines::new(
            Axis::linear("standard deviation of the biases").including(0.0),
            Axis::linear("gain of the weights").including(1.0),
        );
        for walk in &self.walks {
            let at = (walk.kind.bias(&self.params), walk.kind.gain);
            lines = lines.main(walk.kind.name, vec![at]);
        }
        let place = |point: &Point| (point.bias, point.gain);
        for ((name, _), edge) in SMOOTH.iter().zip(&self.edges) {
            let settled = edge.iter().position(|point| point.settles);
            let (other, settled) = edge.split_at(settled.unwrap_or(edge.len()));
            lines = lines
                .thin("", other.iter().map(place).collect())
                .reference(*name, settled.iter().map(place).collect());
        }
        lines
    }

    /// One thin line for each seed, theory dashed.
    fn lines(
        &self,
        x: Axis,
        y: Axis,
        first: usize,
        of: impl Fn(&Passage) -> &Vec<f64>,
    ) -> Lines {
        let points = |passage: &Passage| -> Vec<(f64, f64)> {
            let values = of(passage).iter().enumerate();
            values.map(|(l, value)| ((l + first) as f64, *value)).collect()
        };
        let mut lines = Lines::new(x, y);
        for walk in &self.walks {
            let name = walk.kind.name;
            lines = lines.main(name, points(&walk.passages[0]));
            for passage in &walk.passages[1..] {
                lines = lines.thin_of(name, points(passage));
            }
            lines = lines.reference_of(name, "", points(&walk.theory));
        }
        lines
    }

    fn finding(&self) -> String {
        let [plain, biased, off, relu] = &self.walks;
        let left = |walk: &Walk| {
            Fact::scientific("left", median(walk.left()), 0).text()
        };
        let alike = |walk: &Walk| Decimal(median(walk.alike()));
        if EdgeOfChaos::bears_out(self) {
            format!(
                "The edge of ReLU is the point (0,\u{a0}√2), that of a smooth \
                 activation is a curve, dashed where the variance settles on \
                 it. At He’s gain GELU without biases keeps {} of the \
                 gradient; with biases, beside the edge, it keeps {:.1} \
                 (medians). The pre-activations u and v of two unrelated \
                 inputs then become alike, as they do with ReLU. Dashed: \
                 theory.",
                left(plain),
                Decimal(median(biased.left())),
            )
        } else {
            format!(
                "Of the gradient GELU keeps {} without biases, {} with them \
                 and {} at gain 1; the correlations end at {:.2}, {:.2} and \
                 {:.2}, with ReLU at {:.2}.",
                left(plain),
                left(biased),
                left(off),
                alike(plain),
                alike(biased),
                alike(off),
                alike(relu),
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Four panels. First, gain against the standard deviation of the \
             biases: from (0, 2) the edge of GELU falls to {:.2} at {}, that \
             of Swish runs above it, that of tanh rises from (0, 1), and that \
             of ReLU is the point (0, √2). Then, by layer and for {} seeds, \
             the length of a gradient, the variance of the pre-activations u \
             of an input, and their correlation with those of another, v, \
             theory dashed.",
            Decimal(self.gain_at(self.params.bias)),
            Decimal(self.params.bias),
            self.params.seeds,
        );
        for walk in &self.walks {
            let last = |p: &Passage| p.variance[p.variance.len() - 1];
            text += &format!(
                " {}: {:.1e} of the gradient is left, the variance ends at \
                 {:.1e}, the correlation at {:.2}.",
                walk.kind.name,
                Decimal(median(walk.left())),
                Decimal(median(walk.passages.iter().map(last))),
                Decimal(median(walk.alike())),
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("layers"),
            Column::new("gain").digits(4),
            Column::new("biases").digits(2),
            Column::new("seed"),
            Column::new("factor per layer").digits(4),
            Column::new("left of the gradient").digits(3),
            Column::new("last correlation").digits(4),
        ]);
        for walk in &self.walks {
            for (i, passage) in walk.passages.iter().enumerate() {
                table.row([
                    walk.kind.name.into(),
                    Cell::Number(walk.kind.gain),
                    Cell::Number(walk.kind.bias(&self.params)),
                    Cell::Number((self.params.seed + i as u64) as f64),
                    Cell::Number(passage.factor()),
                    Cell::Number(passage.left()),
                    Cell::Number(passage.correlation[self.params.depth - 1]),
                ]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a ReLU network both E[f′²] = ½ and E[f²] = q/2 hold for every q: its
    /// edge is one point.
    #[test]
    fn the_edge_of_relu_is_a_point() {
        for point in edge(Activation::Relu) {
            assert!((point.gain - SQRT_2).abs() < 1e-12, "{}", point.gain);
        }
        for q in [0.1, 1.0, 10.0] {
            let [_, _, growth] = moments(Activation::Relu, q);
            assert!((growth - 0.5).abs() < 1e-6);
        }
    }

    /// On the edge q stays as it is: for Swish at q = 1 with a gain of 1.6233
    /// and biases of 0.2499.
    #[test]
    fn swish_can_keep_size_and_gradient_at_once() {
        let [value, slope, _] = moments(SMOOTH[1].1, 1.0);
        let (gain, bias) = (1.6233_f64, 0.2499_f64);
        assert!((gain * gain * slope - 1.0).abs() < 1e-3);
        assert!((gain * gain * value + bias * bias - 1.0).abs() < 1e-3);
    }
}
