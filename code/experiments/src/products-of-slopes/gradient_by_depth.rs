//! What is left of a gradient after fifty layers: each multiplies it by its
//! weights and by its slopes.
//!
//! A random gradient of length 1 is sent back through square layers without biases,
//! with weights N(0, g²/n) or orthogonal ones, and its length is measured
//! after each. Dashed: the mean-field theory of wide random networks (B. Poole
//! and others, 2016, arXiv:1606.05340; S. Schoenholz and others, 2017,
//! arXiv:1611.01232; not re-checked).
//!
//! See the chapter `products-of-slopes`.

use std::f64::consts::{PI, SQRT_2};

use ndarray::{Array1, Array2};
use slope::{
    Activation, Dense, Init, Layer, Network,
    decimal::Decimal,
    product,
    rng::{Rng, Stream},
    transcendental::{exp, ln},
};

use chart::{Axis, Cell, Chart, Column, Lines, Panel, Table};
use exact::statistics::{fitted_slope, least, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    live::BySeed,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Inputs, each with a gradient of its own.
const INPUTS: usize = 32;

const SWISH: Activation = Activation::Silu { beta: 1.0 };

/// The settings of the first panel.
const BENDS: [Setting; 5] = [
    Setting::gaussian(Activation::Sigmoid, 1.0),
    Setting::gaussian(Activation::Tanh, 1.0),
    Setting::gaussian(Activation::Relu, 1.0),
    Setting::gaussian(Activation::Relu, SQRT_2),
    Setting::gaussian(SWISH, SQRT_2),
];

/// Gain at which a sigmoid's gradient grows, if anything.
const LARGE: f64 = 12.0;

/// How far a ReLU network of 64 units may be from the theory of wide ones. A
/// typical factor is e^(−5/4n), 2 % less than the root of the mean square, and
/// the factors of single seeds scatter by 1.3 %.
const FINITE: f64 = 0.07;

params! {
    /// What the product depends on.
    pub struct Params {
        /// Seed of the first weights and inputs; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many seeds, each with its own weights and inputs.
        seeds: usize = 4, in 1..=20, "Seeds";
        /// Layers that the gradient passes.
        layers: usize = 50, in 10..=64, "Layers";
        /// Units of each layer.
        width: usize = 64, in 8..=128, "Units of a layer";
        /// The activation of the last panel.
        activation: Activation = Activation::Identity, in &[
            "identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu",
            "softplus", "gelu_erf", "silu", "mish",
        ], "Activation";
        /// Standard deviation of the weights times √width, in the last panel.
        gain: f64 = 1.25, in 0.1..=16.0, "Gain g";
    }
}

/// The experiment.
pub struct GradientByDepth;

/// How the layers of a network are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    activation: Activation,
    /// Standard deviation of a weight times √n, or singular value.
    gain: f64,
    orthogonal: bool,
    /// Standard deviation of the biases.
    bias: f64,
}

/// One setting, measured and computed.
pub struct Curve {
    setting: Setting,
    /// One for each seed.
    passages: Vec<Passage>,
    /// The length by layers passed that mean-field theory expects.
    theory: Vec<f64>,
}

/// One gradient on its way back.
pub struct Passage {
    /// |δ| by layers passed, the median of the inputs.
    lengths: Vec<f64>,
    /// ‖dL/dW‖ of the first layer over that of the last.
    first_to_last: f64,
}

/// What is left of the gradients.
pub struct Outcome {
    params: Params,
    /// Sigmoid, tanh, ReLU and ReLU again, Swish.
    bends: [Curve; 5],
    /// The chosen activation with small, chosen and orthogonal weights.
    chosen: Vec<Curve>,
    /// Sigmoid with large weights.
    large: Curve,
}

impl Experiment for GradientByDepth {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "gradient-by-depth";
    const QUESTION: &'static str =
        "What is left of a gradient after fifty layers?";
    const CHAPTER: &'static str = "products-of-slopes";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        measured(params, progress, |setting| setting)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let [sigmoid, tanh, xavier, he, swish] = &outcome.bends;
        let large = &outcome.large;
        let [small, gain, .., orthogonal] = &outcome.chosen[..] else {
            return Vec::new();
        };
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::fixed("sigmoid-factor", sigmoid.typical_factor(), 3),
            Fact::scientific("sigmoid-left", sigmoid.typical_rest(), 1),
            Fact::fixed("sigmoid-large-factor", large.typical_factor(), 2),
            Fact::scientific("tanh-left", tanh.typical_rest(), 1),
            Fact::fixed("relu-xavier-factor", xavier.typical_factor(), 2),
            Fact::scientific("relu-xavier-left", xavier.typical_rest(), 1),
            Fact::fixed("relu-he-factor", he.typical_factor(), 2),
            Fact::fixed("swish-factor", swish.typical_factor(), 2),
            Fact::scientific("swish-left", swish.typical_rest(), 0),
            Fact::scientific("identity-small-left", small.typical_rest(), 1),
            Fact::scientific("identity-gain-left", gain.typical_rest(), 1),
            Fact::fixed("orthogonal-left", orthogonal.typical_rest(), 3),
            Fact::scientific("sigmoid-first-last", sigmoid.typical_ratio(), 0),
            Fact::fixed("relu-first-last", xavier.typical_ratio(), 1),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let [sigmoid, tanh, xavier, he, swish] = &outcome.bends;
        let large = &outcome.large;
        let [small, gain, .., orthogonal] = &outcome.chosen[..] else {
            return Vec::new();
        };
        vec![
            Claim::below(
                "a sigmoid network keeps 0.236 of its gradient per layer",
                sigmoid.off(0.2361),
                0.04,
            ),
            Claim::below(
                "so that next to nothing is left of it",
                most(sigmoid.rests()),
                1e-30,
            )
            .between("layers", 50.0, 50.0),
            Claim::below(
                "with a gain of 12 it keeps its gradient, within a tenth",
                large.off(1.0),
                0.12,
            ),
            Claim::above(
                "a tanh network that begins critical loses little per layer",
                least(tanh.factors()),
                0.94,
            ),
            Claim::below("but it loses some", most(tanh.factors()), 0.99),
            Claim::below(
                "so that a fifth at most is left in the end",
                most(tanh.rests()),
                0.2,
            ),
            Claim::below(
                "ReLU with Xavier weights keeps about √½ per layer",
                xavier.off(SQRT_2 / 2.0),
                FINITE,
            ),
            Claim::below(
                "so that its gradients vanish, too",
                most(xavier.rests()),
                1e-6,
            ),
            Claim::below(
                "ReLU with He weights keeps nearly all",
                he.off(1.0),
                FINITE,
            ),
            Claim::below(
                "Swish with He weights keeps √2 · ½",
                swish.off(SQRT_2 / 2.0),
                0.03,
            ),
            Claim::below(
                "slope 1 everywhere and g = ½ leave ½ per layer",
                small.off(0.5),
                0.03,
            ),
            Claim::below(
                "slope 1 everywhere and gain g leave g per layer",
                gain.off(gain.setting.gain),
                0.03,
            ),
            Claim::below(
                "slope 1 everywhere and orthogonal weights leave all",
                most(orthogonal.rests().map(|rest| (rest - 1.0).abs())),
                1e-12,
            ),
            Claim::below(
                "a sigmoid network's first layer gets next to no gradient",
                most(sigmoid.ratios()),
                1e-29,
            )
            .between("layers", 50.0, 50.0),
            Claim::below(
                "a ReLU network's first layer gets as much as its last, within tenfold",
                most(xavier.ratios().map(|ratio| ratio.max(1.0 / ratio))),
                10.0,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let chosen = outcome.params.activation;
        let title = match chosen {
            Activation::Identity => "by weights (slope 1 unless named)".into(),
            bent => format!("by weights ({bent} unless named)"),
        };
        let bends = outcome.bends.iter().map(|c| (c.setting.name(), c));
        let large = [(outcome.large.setting.name(), &outcome.large)];
        let chosen = outcome.chosen.iter().map(|c| (c.setting.weights(), c));
        Chart::new("Length of a gradient by the layers it has passed")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([
                Panel::new("by activation", outcome.panel(bends)),
                Panel::new(title, outcome.panel(chosen.chain(large))),
            ])
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("layers", 45.0, 50.0),
            Span::between("width", 56.0, 128.0),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let one = || Params { seeds: 1, ..Params::default() };
        let dropped =
            |name, hypothesis, claim, made: fn(Setting) -> Setting| {
                sabotage(hypothesis, made).counters(name, claim)
            };
        vec![
            dropped(
                "relu-biases",
                "the biases are zero",
                "a ReLU network's first layer gets as much as its last",
                |made| Setting { bias: 1.0, ..made },
            ),
            dropped(
                "relu-xavier",
                "the gain is He's √2",
                "ReLU with He weights keeps nearly all",
                |made| made.scaled(SQRT_2, 1.0),
            ),
            dropped(
                "tanh",
                "every slope is 1",
                "slope 1 everywhere and orthogonal weights leave all",
                |made| made.bent(Activation::Identity, Activation::Tanh),
            ),
            Sabotage::<Self>::changing(
                "the layers are 64 units wide",
                one(),
                |params: &mut Params| params.width = 8,
            )
            .counters(
                "narrow",
                "slope 1 everywhere and gain g leave g per layer",
            ),
        ]
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        vec![
            sabotage("sigmoid in the place of ReLU", |made| {
                made.bent(Activation::Relu, Activation::Sigmoid)
            }),
            sabotage("ReLU in the place of tanh", |made| {
                made.bent(Activation::Tanh, Activation::Relu)
            }),
            sabotage("He's gain in the place of Xavier's", |made| {
                made.scaled(1.0, SQRT_2)
            }),
            sabotage("the gain taken for a variance", |made| {
                made.scaled(made.gain, made.gain.sqrt())
            }),
        ]
    }
}

fn sabotage(
    what: &'static str,
    made: fn(Setting) -> Setting,
) -> Sabotage<GradientByDepth> {
    let one = Params { seeds: 1, ..Params::default() };
    Sabotage::new(what, one, move |params, progress| {
        measured(params, progress, made)
    })
}

/// Every curve, with its layers as `made` of the setting that it stands for.
fn measured(
    params: &Params,
    progress: &Progress,
    made: fn(Setting) -> Setting,
) -> Result<Outcome, Stopped> {
    let mut outcome = GradientByDepth::start(params)?;
    progress.expect(GradientByDepth::steps(params) * params.seeds);
    for curve in outcome.curves_mut() {
        let setting = made(curve.setting);
        let seeds = seeds(params.seed, params.seeds);
        curve.passages = parallel::results(seeds, |seed| {
            let passage = setting.passage(seed, params);
            progress.advance(1);
            passage
        });
    }
    Ok(outcome)
}

impl BySeed for GradientByDepth {
    const STEP: &'static str = "network";

    fn seeds(params: &mut Params) -> (&mut u64, &mut usize) {
        (&mut params.seed, &mut params.seeds)
    }

    fn params(outcome: &mut Outcome) -> &mut Params {
        &mut outcome.params
    }

    fn start(params: &Params) -> Result<Outcome, Stopped> {
        let curve = |setting| Curve {
            setting,
            passages: Vec::new(),
            theory: expected(setting, params.layers),
        };
        Ok(Outcome {
            params: params.clone(),
            bends: BENDS.map(curve),
            chosen: params.chosen().into_iter().map(curve).collect(),
            large: curve(Setting::gaussian(Activation::Sigmoid, LARGE)),
        })
    }

    fn steps(params: &Params) -> usize {
        BENDS.len() + params.chosen().len() + 1
    }

    fn step(
        outcome: &mut Outcome,
        seed: u64,
        step: usize,
    ) -> Result<(), Stopped> {
        let params = outcome.params.clone();
        if let Some(curve) = outcome.curves_mut().nth(step) {
            curve.passages.push(curve.setting.passage(seed, &params));
        }
        Ok(())
    }
}

impl Params {
    /// The settings with the chosen activation.
    fn chosen(&self) -> Vec<Setting> {
        let gaussian = |gain| Setting::gaussian(self.activation, gain);
        let orthogonal = Setting { orthogonal: true, ..gaussian(1.0) };
        let mut chosen = vec![gaussian(0.5), gaussian(self.gain), orthogonal];
        chosen.dedup();
        chosen
    }
}

impl Setting {
    const fn gaussian(activation: Activation, gain: f64) -> Self {
        Self { activation, gain, orthogonal: false, bias: 0.0 }
    }

    /// The same, with one activation in the place of another.
    fn bent(self, from: Activation, activation: Activation) -> Self {
        if self.activation == from { Self { activation, ..self } } else { self }
    }

    /// The same, with one gain of Gaussian weights in the place of another.
    fn scaled(self, from: f64, gain: f64) -> Self {
        let is_meant = self.gain == from && !self.orthogonal;
        if is_meant { Self { gain, ..self } } else { self }
    }

    /// `ReLU, g=√2`
    fn name(&self) -> String {
        let name = match self.activation {
            Activation::Relu => "ReLU".to_string(),
            SWISH => "Swish".to_string(),
            other => other.to_string(),
        };
        format!("{name}, {}", self.weights())
    }

    /// `g=√2`
    fn weights(&self) -> String {
        match self.gain {
            _ if self.orthogonal => "orthogonal".into(),
            gain if gain == SQRT_2 => "g=√2".into(),
            gain => format!("g={}", Decimal(gain)),
        }
    }

    /// Layers with random weights and without biases.
    fn network(&self, width: usize, layers: usize, seed: u64) -> Network {
        let init = match self.orthogonal {
            true => Init::Orthogonal { gain: self.gain },
            false => Init::Normal { std: self.gain / (width as f64).sqrt() },
        };
        let mut rng = Rng::new(seed, Stream::Weights);
        let layers = (0..layers).map(|_| {
            let f = self.activation;
            let mut dense = Dense::init(width, width, f, init, &mut rng);
            if self.bias > 0.0 {
                dense.b.mapv_inplace(|_| self.bias * rng.normal());
            }
            Layer::Dense(dense)
        });
        Network::new(layers.collect()).expect("square layers fit")
    }

    fn passage(&self, seed: u64, params: &Params) -> Passage {
        let network = self.network(params.width, params.layers, seed);
        Passage::through(&network, seed)
    }
}

impl Passage {
    fn through(network: &Network, seed: u64) -> Self {
        let mut rng = Rng::new(seed, Stream::Data);
        let shape = (INPUTS, network.inputs());
        let x = Array2::from_shape_simple_fn(shape, || rng.normal());
        let mut rng = Rng::new(seed, Stream::Noise);
        let mut d = Array2::from_shape_simple_fn(shape, || rng.normal());
        d /= &row_lengths(&d).insert_axis(ndarray::Axis(1)); // |δ| = 1
        let trace = network.forward(&x);
        let mut lengths = vec![1.0];
        let mut norms = Vec::new();
        let layers: Vec<&Dense> = network.dense_layers().collect();
        let gradient = network.backward(&trace, &d);
        for (l, dense) in layers.iter().enumerate().rev() {
            norms.push(product::norm(&gradient.layers[l].w));
            let d_x = product::a_b(&gradient.delta[l], &dense.w); // δ·W
            lengths.push(median(row_lengths(&d_x)));
        }
        let first_to_last = norms[norms.len() - 1] / norms[0];
        Passage { lengths, first_to_last }
    }

    /// By how much a layer multiplies the length: the slope of its logarithm
    /// over all layers but a tenth at each end.
    fn factor(&self) -> f64 {
        factor(&self.lengths)
    }
}

fn row_lengths(rows: &Array2<f64>) -> Array1<f64> {
    let squared = |row: ndarray::ArrayView1<f64>| {
        row.iter().fold(0.0, |sum, entry| sum + entry * entry)
    };
    rows.rows().into_iter().map(|row| squared(row).sqrt()).collect()
}

fn factor(lengths: &[f64]) -> f64 {
    let layers = lengths.len() - 1;
    let points: Vec<(f64, f64)> = (layers / 10..=layers - layers / 10)
        .map(|k| (k as f64, ln(lengths[k])))
        .collect();
    exp(fitted_slope(&points))
}

/// |δ| by layers passed, in the mean over wide networks: z ~ N(0, q) in each
/// layer, q′ = g²·E f(z)², and passing the layer takes g²·E f′(z)² of |δ|².
fn expected(setting: Setting, layers: usize) -> Vec<f64> {
    let Setting { activation, gain, .. } = setting;
    let mut q = gain * gain; // each input is N(0, 1)
    let mut factors = Vec::new();
    for _ in 0..layers {
        let (value, slope) = squares(activation, q.sqrt());
        factors.push(gain * slope.sqrt());
        q = gain * gain * value;
    }
    let mut lengths = vec![1.0];
    for factor in factors.iter().rev() {
        lengths.push(lengths[lengths.len() - 1] * factor);
    }
    lengths
}

/// (E f(z)², E f′(z)²) for z ~ N(0, std²), by the midpoint rule, which is
/// exact to rounding for smooth f and for a kink at 0.
fn squares(f: Activation, std: f64) -> (f64, f64) {
    const STEP: f64 = 1.0 / 32.0;
    let mut sums = (0.0, 0.0);
    for i in -320..320 {
        let at = (f64::from(i) + 0.5) * STEP;
        let density = exp(-0.5 * at * at) / (2.0 * PI).sqrt();
        let (a, slope) = f.value_and_slope(std * at);
        sums.0 += a * a * density * STEP;
        sums.1 += slope * slope * density * STEP;
    }
    sums
}

impl Curve {
    fn factors(&self) -> impl Iterator<Item = f64> {
        self.passages.iter().map(Passage::factor)
    }

    /// What is left of |δ| after all layers.
    fn rests(&self) -> impl Iterator<Item = f64> {
        self.passages.iter().map(|p| p.lengths[p.lengths.len() - 1])
    }

    fn ratios(&self) -> impl Iterator<Item = f64> {
        self.passages.iter().map(|passage| passage.first_to_last)
    }

    fn typical_factor(&self) -> f64 {
        median(self.factors())
    }

    /// The factor of infinitely wide layers.
    fn limit(&self) -> f64 {
        factor(&self.theory)
    }

    fn typical_rest(&self) -> f64 {
        median(self.rests())
    }

    fn typical_ratio(&self) -> f64 {
        median(self.ratios())
    }

    /// The largest relative difference of a factor from `theory`.
    fn off(&self, theory: f64) -> f64 {
        most(self.factors().map(|factor| (factor / theory - 1.0).abs()))
    }
}

impl Outcome {
    fn curves(&self) -> impl Iterator<Item = &Curve> {
        self.bends.iter().chain(&self.chosen).chain([&self.large])
    }

    fn curves_mut(&mut self) -> impl Iterator<Item = &mut Curve> {
        let Outcome { bends, chosen, large, .. } = self;
        bends.iter_mut().chain(chosen).chain([large])
    }

    /// Panels of one height for one power of ten.
    fn panel<'a>(
        &self,
        curves: impl Iterator<Item = (String, &'a Curve)>,
    ) -> Lines {
        let all = || {
            self.curves().flat_map(|curve| {
                let measured = curve.passages.iter().flat_map(|p| &p.lengths);
                measured.chain(&curve.theory).copied()
            })
        };
        let y = Axis::log("|δ|, 1 at the output").including(most(all()));
        let y = match least(all()) {
            0.0 => y.with_zero(),
            least => y.including(least),
        };
        let points = |lengths: &[f64]| -> Vec<(f64, f64)> {
            let lengths = lengths.iter().enumerate();
            lengths.map(|(k, length)| (k as f64, *length)).collect()
        };
        let mut lines = Lines::new(Axis::linear("layers passed"), y);
        for (name, curve) in curves {
            let mut measured =
                curve.passages.iter().map(|passage| points(&passage.lengths));
            lines = lines.main(&name, measured.next().unwrap_or_default());
            for passage in measured {
                lines = lines.thin_of(&name, passage);
            }
            lines = lines.reference_of(&name, "", points(&curve.theory));
        }
        lines
    }

    fn finding(&self) -> String {
        let [sigmoid, _, _, he, _] = &self.bends;
        let [small, gain, ..] = &self.chosen[..] else {
            return format!("{} layers.", self.params.layers);
        };
        let left = |curve: &Curve| {
            Fact::scientific("left", curve.typical_rest(), 1).text()
        };
        let layers = self.params.layers;
        if GradientByDepth::bears_out(self) {
            format!(
                "Depth multiplies slopes and weights. Of a gradient, {layers} \
                 sigmoid layers leave {}, and ReLU layers with He’s weights \
                 {:.1}. A slope of 1 everywhere settles nothing: there the \
                 weights alone decide whether {}, 1, or {} is left. Dashed: \
                 the theory of wide networks.",
                left(sigmoid),
                Decimal(he.typical_rest()),
                left(small),
                left(gain),
            )
        } else {
            format!(
                "Of a gradient, {layers} sigmoid layers leave {}; those of \
                 the right panel leave {} with small weights and {} with \
                 those chosen. Dashed: the theory of wide networks.",
                left(sigmoid),
                left(small),
                left(gain),
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Two panels of curves on one logarithmic axis, by layers passed \
             from 0 to {}; {} seeds each. All begin at 1.",
            self.params.layers, self.params.seeds
        );
        for curve in self.curves() {
            text += &format!(
                " {}: times {:.3} per layer, {:.1e} in the end.",
                curve.setting.name(),
                Decimal(curve.typical_factor()),
                Decimal(curve.typical_rest()),
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("activation, weights"),
            Column::new("seed"),
            Column::new("factor per layer").digits(3),
            Column::new("in theory").digits(3),
            Column::new("|δ| at the end").digits(2),
            Column::new("weight gradient, first layer to last").digits(2),
        ]);
        for curve in self.curves() {
            for (i, passage) in curve.passages.iter().enumerate() {
                table.row([
                    Cell::Text(curve.setting.name()),
                    Cell::Number((self.params.seed + i as u64) as f64),
                    Cell::Number(passage.factor()),
                    Cell::Number(curve.limit()),
                    Cell::Number(passage.lengths[self.params.layers]),
                    Cell::Number(passage.first_to_last),
                ]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use study::params::Params as _;

    fn params(settings: &[(&str, &str)]) -> Params {
        let mut params = Params::default();
        for (key, value) in settings {
            params.set(key, value).unwrap();
        }
        params
    }

    /// E f′² of a ReLU is ½ and of the identity 1, whatever the variance.
    #[test]
    fn theory_is_exact_where_a_hand_can_compute_it() {
        let after = |activation, gain| {
            expected(Setting::gaussian(activation, gain), 3)[3]
        };
        assert!((after(Activation::Relu, SQRT_2) - 1.0).abs() < 1e-12);
        assert!((after(Activation::Identity, 0.5) - 0.125).abs() < 1e-12);
        // Small z: Swish is z/2, and (√2·½)² of |δ|² is ½.
        let (_, slope) = squares(SWISH, 1e-6);
        assert!((slope - 0.25).abs() < 1e-6);
        // σ′ ≤ ¼ with equality at 0.
        let (_, slope) = squares(Activation::Sigmoid, 1e-9);
        assert!((slope - 0.0625).abs() < 1e-12);
    }

    /// Without biases, ⟨W, dL/dW⟩ is the same in every layer of a ReLU
    /// network: what one layer loses, all lose.
    #[test]
    fn the_product_with_its_own_gradient_is_kept_in_relu_networks() {
        let network =
            Setting::gaussian(Activation::Relu, 1.0).network(16, 10, 1);
        let x = Array2::from_shape_fn((4, 16), |(i, j)| {
            (i as f64 - 1.5) * (j as f64 - 7.5) / 8.0
        });
        let trace = network.forward(&x);
        let gradient = network.backward(&trace, &Array2::ones((4, 16)));
        let pairs = network.dense_layers().zip(&gradient.layers);
        let products: Vec<f64> =
            pairs.map(|(own, g)| product::inner(&own.w, &g.w)).collect();
        let spread =
            most(products.iter().copied()) - least(products.iter().copied());
        assert!(spread <= 1e-13 * products[0].abs(), "{products:?}");
    }

    /// |δ| ≤ ∏ |W|·max f′ holds in every layer, and ¼ per layer does not once
    /// |W| > 4.
    #[test]
    fn a_quarter_per_layer_is_no_bound_for_large_weights() {
        let network =
            Setting::gaussian(Activation::Sigmoid, LARGE).network(32, 10, 0);
        let passage = Passage::through(&network, 0);
        let mut bound = 1.0;
        let layers: Vec<&Dense> = network.dense_layers().collect();
        for (k, dense) in layers.iter().rev().enumerate() {
            bound *= 0.25 * probe::singular_values(&dense.w).unwrap()[0];
            assert!(passage.lengths[k + 1] <= bound);
        }
        assert!(passage.lengths[10] > 1e3 * exp(10.0 * ln(0.25)));
    }

    /// What the chapter says of the seeds together. Of one it need not hold.
    #[test]
    fn typical_factors_of_twenty_seeds_are_a_little_below_theory() {
        let run = |settings: &[(&str, &str)]| {
            let silent = Progress::silent();
            GradientByDepth::run(&params(settings), &silent).unwrap()
        };
        let outcome = run(&[("seeds", "20")]);
        let lag = |curve: &Curve| 1.0 - curve.typical_factor() / curve.limit();
        let random = outcome.bends.iter().chain(&outcome.chosen[..2]);
        for curve in random {
            let name = curve.setting.name();
            assert!((0.005..0.025).contains(&lag(curve)), "{name}");
        }
        assert!((0.03..0.08).contains(&lag(&outcome.large)));
        for outcome in [&outcome, &run(&[])] {
            let factors = || outcome.large.factors();
            assert!(least(factors()) < 1.0 && most(factors()) > 1.0);
        }
        let settings = [("activation", "sigmoid"), ("gain", "16")];
        let grown = &run(&settings).chosen[1];
        assert!(least(grown.factors()) > 1.0 && least(grown.rests()) > 1.0);
    }
}
