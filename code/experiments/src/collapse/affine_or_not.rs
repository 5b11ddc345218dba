//! What is still one affine map, and what bends, where every activation is the
//! identity?
//!
//! Each network is two layers, a piece, and two layers, all with f(z) = z. A
//! map is affine if f(a + b − c) = f(a) + f(b) − f(c) for all a, b and c: that
//! is tried on random triples. Along a line, x = p + t·q, a polynomial of
//! degree d has no differences of order d + 1.
//!
//! See the chapter `collapse`.

use ndarray::Array1;
use slope::{
    product,
    rng::{Rng, Stream},
};

use chart::{Axis, Cell, Chart, Column, DotPlot, Table};
use exact::{
    decimal::Decimal,
    statistics::{least, median, most},
};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Below this a deviation is rounding.
const ROUNDING: f64 = 1e-12;

/// Differences along a line up to this order are formed.
const ORDERS: usize = 6;

params! {
    /// What the comparison depends on.
    pub struct Params {
        /// Seed of the first network of each kind; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// Networks of each kind.
        seeds: usize = 20, in 1..=100, "Networks of each kind";
        /// Tokens of an input.
        tokens: usize = 4, in 2..=8, "Tokens";
        /// Numbers of a token.
        features: usize = 8, in 2..=16, "Numbers of a token";
        /// Triples of inputs on which a network is tried.
        triples: usize = 64, in 8..=256, "Triples";
    }
}

/// The experiment.
pub struct AffineOrNot;

/// What stands between the layers. An input is a row of tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Piece {
    /// Another layer, Wx + b.
    Layer,
    /// x + (Wx + b)/2.
    Shortcut,
    /// The mean of all tokens, taken from each.
    Centred,
    /// (Wx + b) times (Vx + c), number by number.
    Gate,
    /// Attention without softmax: to each token the sum of all values, each
    /// times the inner product of query and key.
    Attention,
    /// Each token through its root mean square.
    Normalised,
    /// To each number the larger of it and that of the next token.
    Larger,
}

use Piece::*;

const PIECES: [Piece; 7] =
    [Layer, Shortcut, Centred, Gate, Attention, Normalised, Larger];

/// How many of them are affine.
const AFFINE: usize = 3;

/// All networks with one piece.
pub struct Kind {
    piece: Piece,
    /// The largest deviation relative to the largest output, by seed.
    deviations: Vec<f64>,
    /// The degree along a line, if it is one up to [`ORDERS`], by seed.
    degrees: Vec<Option<usize>>,
}

/// What was found.
pub struct Outcome {
    params: Params,
    kinds: Vec<Kind>,
}

impl Experiment for AffineOrNot {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "affine-or-not";
    const QUESTION: &'static str =
        "Which networks without a bent activation are not one affine map?";
    const CHAPTER: &'static str = "collapse";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        Ok(measured(params, progress, PIECES))
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let degree = |kind: usize| outcome.kinds[kind].degree();
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::scientific("affine-most", outcome.most_affine(), 1).most(),
            Fact::percent("bent-least", outcome.least_bent(), 0).least(),
            Fact::count("degree-attention", degree(4)),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let degree = |kind: usize| outcome.kinds[kind].degree().unwrap_or(0);
        let bent = |kind: usize| least(outcome.kinds[kind].deviations.clone());
        vec![
            Claim::below(
                "layers, shortcuts and means are one affine map, up to \
                 rounding",
                outcome.most_affine(),
                ROUNDING,
            ),
            Claim::equal("and of degree 1 along a line", degree(0), 1),
            Claim::above("with a gate it is not", bent(3), 0.1),
            Claim::equal("but of degree 2", degree(3), 2),
            Claim::above("nor with attention", bent(4), 0.1),
            Claim::equal("but of degree 3, without softmax", degree(4), 3),
            Claim::above("nor with a normalisation", bent(5), 0.1),
            Claim::above("nor with the larger of two", bent(6), 0.1),
            Claim::equal(
                "these two are no polynomials of a degree up to 5",
                outcome.kinds[5..].iter().filter_map(Kind::degree).count(),
                0,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let axis = Axis::log("break of the affine rule, relative");
        let mut plot = DotPlot::new(axis)
            .dots("one dot for each network")
            .group("every step affine");
        for (i, kind) in outcome.kinds.iter().enumerate() {
            if i == AFFINE {
                plot = plot.group("one step that is not");
            }
            let name = kind.piece.name();
            let label = match kind.degree() {
                Some(degree) => format!("{name}: degree {degree}"),
                None => name.into(),
            };
            plot = plot.row(label, kind.deviations.clone());
        }
        let plot = plot.threshold(ROUNDING, "rounding ends here");
        Chart::new("Deviation of networks of slope 1 from an affine map")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(plot)
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        vec![
            sabotage("a layer in the place of the gate", 3, Layer),
            sabotage("a layer in the place of attention", 4, Layer),
            sabotage("a layer in the place of the normalisation", 5, Layer),
            sabotage("a mean in the place of the larger of two", 6, Centred),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let affine = "layers, shortcuts and means are one affine map";
        let with = |name, hypothesis, claim, piece| {
            sabotage(hypothesis, 0, piece).counters(name, claim)
        };
        vec![
            with(
                "gate",
                "no two things that depend on x are multiplied",
                "and of degree 1 along a line",
                Gate,
            ),
            with("attention", "no weight depends on x", affine, Attention),
            with(
                "normalised",
                "nothing is divided by its length",
                affine,
                Normalised,
            ),
            with("larger", "nothing is compared", affine, Larger),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![Span::any("tokens"), Span::any("features"), Span::any("triples")]
    }
}

fn sabotage(
    what: &'static str,
    at: usize,
    piece: Piece,
) -> Sabotage<AffineOrNot> {
    Sabotage::new(what, few(), move |params, progress| {
        Ok(measured(params, progress, replaced(at, piece)))
    })
}

fn few() -> Params {
    Params { seeds: 3, ..Params::default() }
}

fn replaced(at: usize, piece: Piece) -> [Piece; 7] {
    let mut pieces = PIECES;
    pieces[at] = piece;
    pieces
}

fn measured(
    params: &Params,
    progress: &Progress,
    applied: [Piece; 7],
) -> Outcome {
    progress.expect(PIECES.len());
    let kinds = PIECES.into_iter().zip(applied);
    let kinds = parallel::results(kinds, |(piece, applied)| {
        let of = |seed| {
            let network = Network::drawn(applied, params, seed);
            let mut rng = Rng::new(seed, Stream::Data);
            let deviation = network.deviation(params.triples, &mut rng);
            (deviation, network.degree(&mut rng))
        };
        let (deviations, degrees) =
            seeds(params.seed, params.seeds).map(of).unzip();
        progress.advance(1);
        Kind { piece, deviations, degrees }
    });
    Outcome { params: params.clone(), kinds }
}

/// A matrix and a shift.
struct Affine {
    w: ndarray::Array2<f64>,
    b: Array1<f64>,
}

impl Affine {
    fn drawn(size: usize, rng: &mut Rng) -> Self {
        let width = 1.0 / (size as f64).sqrt();
        let w = ndarray::Array2::from_shape_simple_fn((size, size), || {
            width * rng.normal()
        });
        let b = Array1::from_shape_simple_fn(size, || 0.1 * rng.normal());
        Self { w, b }
    }

    fn output(&self, x: &Array1<f64>) -> Array1<f64> {
        product::a_v(&self.w, x) + &self.b
    }
}

/// Two layers, a piece and two layers.
struct Network {
    piece: Piece,
    tokens: usize,
    features: usize,
    layers: [Affine; 4],
    /// What a piece may need: over the whole input, and over a token.
    whole: [Affine; 2],
    each: [Affine; 3],
}

impl Network {
    fn drawn(piece: Piece, params: &Params, seed: u64) -> Self {
        let mut rng = Rng::new(seed, Stream::Weights);
        let (tokens, features) = (params.tokens, params.features);
        let mut whole = || Affine::drawn(tokens * features, &mut rng);
        let layers = [(); 4].map(|()| whole());
        let whole = [(); 2].map(|()| whole());
        let each = [(); 3].map(|()| Affine::drawn(features, &mut rng));
        Self { piece, tokens, features, layers, whole, each }
    }

    fn output(&self, x: &Array1<f64>) -> Array1<f64> {
        let [first, second, third, last] = &self.layers;
        let x = second.output(&first.output(x));
        last.output(&third.output(&self.piece(&x)))
    }

    fn piece(&self, x: &Array1<f64>) -> Array1<f64> {
        let [v, w] = &self.whole;
        match self.piece {
            Layer => w.output(x),
            Shortcut => x + &(w.output(x) * 0.5),
            Gate => w.output(x) * v.output(x),
            Centred => {
                let mean = |f| {
                    let all = (0..self.tokens).map(|t| x[self.at(t, f)]);
                    all.sum::<f64>() / self.tokens as f64
                };
                self.made(|t, f| x[self.at(t, f)] - mean(f))
            }
            Attention => self.attention(x),
            Normalised => {
                let size = |t| {
                    let all = (0..self.features).map(|f| x[self.at(t, f)]);
                    let squares = all.map(|x| x * x).sum::<f64>();
                    (squares / self.features as f64).sqrt()
                };
                self.made(|t, f| x[self.at(t, f)] / size(t))
            }
            Larger => self.made(|t, f| {
                let next = (t + 1) % self.tokens;
                x[self.at(t, f)].max(x[self.at(next, f)])
            }),
        }
    }

    fn attention(&self, x: &Array1<f64>) -> Array1<f64> {
        let token =
            |t| Array1::from_shape_fn(self.features, |f| x[self.at(t, f)]);
        let [queries, keys, values] = self.each.each_ref().map(|of| {
            (0..self.tokens).map(|t| of.output(&token(t))).collect::<Vec<_>>()
        });
        let scale = 1.0 / (self.features as f64).sqrt();
        self.made(|t, f| {
            let parts = keys.iter().zip(&values).map(|(key, value)| {
                (&queries[t] * key).sum() * scale * value[f]
            });
            parts.sum()
        })
    }

    fn at(&self, token: usize, feature: usize) -> usize {
        token * self.features + feature
    }

    fn made(&self, of: impl Fn(usize, usize) -> f64) -> Array1<f64> {
        let size = self.tokens * self.features;
        let place = |i| of(i / self.features, i % self.features);
        Array1::from_shape_fn(size, place)
    }

    fn input(&self, rng: &mut Rng) -> Array1<f64> {
        let size = self.tokens * self.features;
        Array1::from_shape_simple_fn(size, || rng.normal())
    }

    /// max |f(a + b − c) − f(a) − f(b) + f(c)| / max |f|.
    fn deviation(&self, triples: usize, rng: &mut Rng) -> f64 {
        let (mut off, mut size) = (0.0_f64, 0.0_f64);
        for _ in 0..triples {
            let [a, b, c] = [(); 3].map(|()| self.input(rng));
            let [of_a, of_b, of_c, of_sum] =
                [&a, &b, &c, &(&a + &b - &c)].map(|x| self.output(x));
            let apart = &of_sum - &of_a - &of_b + &of_c;
            off = off.max(largest(&apart));
            size = size.max(largest(&of_sum)).max(largest(&of_a));
        }
        off / size
    }

    /// The least order above which no differences along a random line are
    /// left, less one.
    fn degree(&self, rng: &mut Rng) -> Option<usize> {
        let (p, q) = (self.input(rng), self.input(rng));
        let at = |t: usize| self.output(&(&p + &(&q * (t as f64 / 2.0 - 1.5))));
        let mut values: Vec<_> = (0..=ORDERS).map(at).collect();
        let size = most(values.iter().map(largest));
        for degree in 0..ORDERS {
            values = values.windows(2).map(|two| &two[1] - &two[0]).collect();
            if most(values.iter().map(largest)) < ROUNDING * size {
                return Some(degree);
            }
        }
        None
    }
}

fn largest(values: &Array1<f64>) -> f64 {
    most(values.iter().map(|value| value.abs()))
}

impl Piece {
    fn name(self) -> &'static str {
        match self {
            Layer => "layers",
            Shortcut => "a shortcut",
            Centred => "the mean subtracted",
            Gate => "a gate",
            Attention => "attention, no softmax",
            Normalised => "RMS normalisation",
            Larger => "max-pooling",
        }
    }
}

impl Kind {
    /// The degree along a line, if all networks have the same.
    fn degree(&self) -> Option<usize> {
        let first = *self.degrees.first()?;
        self.degrees.iter().all(|degree| *degree == first).then_some(first)?
    }
}

impl Outcome {
    fn most_affine(&self) -> f64 {
        let affine = self.kinds[..AFFINE].iter();
        most(affine.flat_map(|kind| kind.deviations.iter().copied()))
    }

    fn least_bent(&self) -> f64 {
        let bent = self.kinds[AFFINE..].iter();
        least(bent.flat_map(|kind| kind.deviations.iter().copied()))
    }

    fn finding(&self) -> String {
        let bent = Fact::percent("", self.least_bent(), 0).least().text();
        if AffineOrNot::bears_out(self) {
            format!(
                "Every activation here is the identity. Networks of layers, \
                 shortcuts and means are one affine map. With a gate, \
                 attention, a division by a length or a maximum they are not: \
                 these break the affine rule by {bent} of their largest \
                 output or more."
            )
        } else {
            format!(
                "Networks of affine steps break the rule of affine maps by \
                 at most {} of their outputs, the others by at least {bent}.",
                Fact::scientific("", self.most_affine(), 0).most().text(),
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Seven rows of {} dots on a logarithmic axis, how far a network \
             breaks the affine rule; a line at 10⁻¹² parts them.",
            self.params.seeds
        );
        for kind in &self.kinds {
            text += &format!(
                " {}: from {:.1e} to {:.1e}, median {:.1e}.",
                kind.piece.name(),
                Decimal(least(kind.deviations.iter().copied())),
                Decimal(most(kind.deviations.iter().copied())),
                Decimal(median(kind.deviations.iter().copied())),
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("piece"),
            Column::new("seed"),
            Column::new("deviation").digits(2),
            Column::new("degree along a line"),
        ]);
        for kind in &self.kinds {
            let runs = kind.deviations.iter().zip(&kind.degrees);
            for (i, (deviation, degree)) in runs.enumerate() {
                table.row([
                    kind.piece.name().into(),
                    Cell::Number((self.params.seed + i as u64) as f64),
                    Cell::Number(*deviation),
                    match degree {
                        Some(degree) => (*degree).into(),
                        None => "none".into(),
                    },
                ]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attention_is_quadratic_in_all_but_the_values() {
        let params = Params::default();
        let network = Network::drawn(Attention, &params, 1);
        let zero = Array1::zeros(32);
        let [query, key, value] = network.each.each_ref().map(|of| &of.b);
        let sum = 4.0 * (query * key).sum() / 8.0_f64.sqrt();
        let expected = value * sum;
        let found = network.attention(&zero);
        for (i, found) in found.iter().enumerate() {
            assert!((found - expected[i % 8]).abs() < 1e-15);
        }
    }
}
