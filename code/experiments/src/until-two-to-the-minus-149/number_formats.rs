//! What do four number formats make of networks of slope 1? Beside a bias of
//! ordinary size four layers compute XOR in each, and a fold differs from its
//! layers by a few units in the last place.
//!
//! Every product and sum is rounded to the format, half to even. Rounding by
//! x + C − C is older than this book; T. Murphy VII (*GradIEEEnt half decent*,
//! SIGBOVIK 2023) draws it in half precision. The XOR network is this book's
//! own.
//!
//! See the chapter `until-two-to-the-minus-149`.

use ndarray::array;
use slope::{
    Activation, Dense, Layer, Network, data, decimal::Decimal,
    transcendental::ln,
};

use chart::{Axis, Cell, Chart, Column, DotPlot, Lines, Panel, Table};
use exact::statistics::{fitted_slope, least, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

use super::folded::{Folded, Rounded};
use crate::formats::{
    BF16, F16, F32, F64, FORMATS, Format, Values, affine, two_to,
};

/// The corners of XOR, in the order of [`data::xor`].
const CORNERS: [[f64; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
const XOR: [f64; 4] = [0.0, 1.0, 1.0, 0.0];

/// The largest bias that is tried has this power of two.
const POWERS: i32 = 60;

params! {
    /// What the formats are tried on.
    pub struct Params {
        /// The bias of the XOR network, for a format of so many digits.
        bias: f64 = 1.5, in 0.25..=8.0, "Bias", "× 2^(digits − 1)";
        /// Seed of the first network that is folded; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// Networks that are folded.
        seeds: usize = 20, in 1..=40, "Networks folded";
        /// Units of each of their hidden layers, and inputs.
        width: usize = 64, in 1..=128, "Units of a layer";
        /// Random inputs on which a network and its fold are compared.
        inputs: usize = 256, in 2..=1024, "Inputs compared";
    }
}

/// What a run is made of.
#[derive(Clone, Copy)]
struct Setup {
    formats: [Format; 4],
    /// What each result becomes in a format.
    rounded: Rounded,
    /// How often the rounded half is taken from the sum.
    halves: f64,
    /// The weights of the first layer.
    first: f64,
}

const BOOK: Setup = Setup {
    formats: FORMATS,
    rounded: Format::rounded,
    halves: 2.0,
    first: 1.0,
};

/// The experiment.
pub struct NumberFormats;

/// What one format makes of it all.
struct Found {
    format: Format,
    /// The bias of the XOR network, and its outputs at the corners.
    bias: f64,
    corners: [f64; 4],
    /// The same if sums are carried in f32 and rounded where a layer ends.
    stored: [f64; 4],
    /// How many numbers on the way were subnormal.
    subnormal: usize,
    /// The largest relative error of (x + C) − C: C as a power of two, error.
    beside: Vec<(i32, f64)>,
    /// The largest difference of an output from that of the fold, by seed.
    gaps: Vec<f64>,
}

/// What was computed.
pub struct Outcome {
    params: Params,
    formats: Vec<Found>,
    /// The same as `gaps`, with sums carried in f32, for bf16.
    gaps_stored: Vec<f64>,
    /// The outputs of the f64 network's fold at the corners.
    fold: [f64; 4],
    /// The output for two equal inputs in the coarsest format: their sum,
    /// output.
    along: Vec<(f64, f64)>,
}

impl Experiment for NumberFormats {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "number-formats";
    const QUESTION: &'static str =
        "What do the number formats in use make of a network of slope 1?";
    const CHAPTER: &'static str = "until-two-to-the-minus-149";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        found(params, progress, BOOK)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let mut facts = Vec::new();
        for found in &outcome.formats {
            let name = found.format.name;
            let bias = format!("bias-{name}");
            facts.push(Fact::count(&bias, found.bias as usize));
            let gap = median(found.gaps.iter().copied());
            let fold = format!("fold-{name}");
            facts.push(match found.format {
                F16 => Fact::fixed(&fold, gap, 2),
                BF16 => Fact::fixed(&fold, gap, 1),
                _ => Fact::scientific(&fold, gap, 1),
            });
        }
        let stored = median(outcome.gaps_stored.iter().copied());
        facts.push(Fact::fixed("fold-bf16-stored", stored, 2));
        facts
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let right = |corners: &dyn Fn(&Found) -> [f64; 4]| {
            let alike = outcome.formats.iter().flat_map(|found| {
                let corners = corners(found).into_iter().zip(XOR);
                corners.filter(|(a, b)| a == b)
            });
            alike.count()
        };
        let gaps = outcome.median_gaps();
        vec![
            Claim::equal(
                "four layers of slope 1 compute XOR in every format",
                right(&|found| found.corners),
                16,
            ),
            Claim::equal(
                "and do so with sums in f32, if what a layer gives is rounded",
                right(&|found| found.stored),
                16,
            ),
            Claim::equal(
                "their fold gives 0 at every corner",
                outcome.fold.iter().filter(|y| **y == 0.0).count(),
                4,
            ),
            Claim::equal(
                "no number on the way is subnormal",
                outcome.formats.iter().map(|found| found.subnormal).sum(),
                0,
            ),
            Claim::below(
                "the error beside a bias is proportional to the bias",
                most(outcome.formats.iter().map(|f| (f.growth() - 1.0).abs())),
                0.1,
            ),
            Claim::below(
                "in f64 a fold differs from its layers by rounding alone",
                most(outcome.formats[0].gaps.iter().copied()),
                1e-13,
            ),
            Claim::above(
                "in bf16 it differs by a hundredth, in the median",
                gaps[3],
                0.01,
            ),
            Claim::above(
                "the fewer the digits, the larger the difference",
                least(gaps.windows(2).map(|gaps| gaps[1] / gaps[0])),
                3.0,
            )
            .between("inputs", 64.0, 1024.0),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let coarse = &outcome.formats[3];
        let title = format!("Four layers, a bias of {}", Decimal(coarse.bias));
        Chart::new("Networks of slope 1 in four number formats")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([
                Panel::new(title, outcome.along()),
                Panel::new("What is lost beside a bias", outcome.beside()),
            ])
            .row([Panel::new("Five layers and their fold", outcome.gaps())])
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let xor = "four layers of slope 1 compute XOR in every format";
        let without = |name, hypothesis, claim, setup: Setup| {
            sabotage(hypothesis, setup).counters(name, claim)
        };
        // Beyond 1 as many digits behind the point as there.
        let fixed_point: Rounded = |format, x| {
            let beside = 1.5 * two_to(53 - format.digits);
            match x.abs() < 1.0 {
                true => format.rounded(x),
                false => (x + beside) - beside,
            }
        };
        vec![
            Sabotage::<Self>::changing(
                "the bias takes all digits of the format",
                few(),
                |params| params.bias = 0.75,
            )
            .counters("half-bias", xor),
            without(
                "unrounded",
                "each result is rounded to the format",
                xor,
                Setup { rounded: |_, x| x, ..BOOK },
            ),
            without(
                "fixed-point",
                "the point floats",
                "the error beside a bias is proportional to the bias",
                Setup { rounded: fixed_point, ..BOOK },
            ),
            without(
                "small-inputs",
                "the inputs are of ordinary size",
                "no number on the way is subnormal",
                Setup { first: two_to(-140), ..BOOK },
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("bias", 1.0, 1.98),
            Span::between("width", 16.0, 128.0),
            Span::between("inputs", 16.0, 512.0),
        ]
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        vec![
            sabotage(
                "the rounded half taken away once",
                Setup { halves: 1.0, ..BOOK },
            ),
            sabotage(
                "f32 in the place of bf16",
                Setup { formats: [F64, F32, F16, F32], ..BOOK },
            ),
            sabotage(
                "f32 in the place of f64",
                Setup { formats: [F32, F32, F16, BF16], ..BOOK },
            ),
        ]
    }
}

fn sabotage(what: &'static str, setup: Setup) -> Sabotage<NumberFormats> {
    Sabotage::new(what, few(), move |params, progress| {
        found(params, progress, setup)
    })
}

/// With which it is soonest seen what a change does.
fn few() -> Params {
    Params { seeds: 4, inputs: 64, ..Params::default() }
}

fn found(
    params: &Params,
    progress: &Progress,
    setup: Setup,
) -> Result<Outcome, Stopped> {
    progress.expect(params.seeds);
    let gaps = parallel::all(seeds(params.seed, params.seeds), |seed| {
        let gaps = Folded::drawn(seed, params.width, params.inputs)
            .gaps(setup.formats, setup.rounded);
        progress.advance(1);
        Ok::<_, Stopped>(gaps)
    })?;
    let of = |i: usize| gaps.iter().map(|gaps| gaps[i]).collect();
    let formats = setup.formats.iter().enumerate();
    let formats: Vec<Found> = formats
        .map(|(i, format)| Found::of(*format, params, setup, of(i)))
        .collect();
    let fold = network(&xor_layers(formats[0].bias, setup))?.collapse();
    let fold = fold.map_err(Stopped::because)?.output(&data::xor().x);
    let coarse = &formats[3];
    let layers = xor_layers(coarse.bias, setup);
    let along = (0..=256).map(|i| {
        let x = f64::from(i) / 256.0;
        let each = |z| (setup.rounded)(coarse.format, z);
        (2.0 * x, output(&layers, &[x, x], each, |z| z))
    });
    Ok(Outcome {
        params: params.clone(),
        gaps_stored: of(4),
        fold: [0, 1, 2, 3].map(|i| fold[(i, 0)]),
        along: along.collect(),
        formats,
    })
}

/// The whole number, an even one, next to bias·2^(digits − 1). Between
/// 2^(digits − 1) and twice that the numbers of the format are whole.
fn even(bias: f64, format: Format) -> f64 {
    2.0 * (bias * two_to(format.digits - 2)).round()
}

/// s = x₁ + x₂; beside it s/2 + C; then C away again, which leaves s/2 rounded
/// to a whole number, a half to the even one; then s − 2·that, with two
/// `halves`. By algebra this is 0.
fn xor_layers(bias: f64, Setup { halves, first, .. }: Setup) -> Vec<Dense> {
    let f = Activation::Identity;
    let layer =
        |w, b| Dense::new(w, b, f).expect("a bias for each row of weights");
    vec![
        layer(array![[first, first]], array![0.0]),
        layer(array![[1.0], [0.5]], array![0.0, bias]),
        layer(array![[1.0, 0.0], [0.0, 1.0]], array![0.0, -bias]),
        layer(array![[1.0, -halves]], array![0.0]),
    ]
}

fn network(layers: &[Dense]) -> Result<Network, Stopped> {
    let layers = layers.iter().cloned().map(Layer::Dense).collect();
    Network::new(layers).map_err(Stopped::because)
}

/// The output for one input, if `each` result and what a layer has `stored` is
/// rounded so.
fn output(
    layers: &[Dense],
    x: &[f64; 2],
    mut each: impl FnMut(f64) -> f64,
    stored: impl Fn(f64) -> f64,
) -> f64 {
    let x: Values = x.iter().map(|x| vec![*x]).collect();
    let a = layers.iter().fold(x, |a, layer| {
        let z = affine(layer, &a, &mut each);
        z.iter().map(|z| vec![stored(z[0])]).collect()
    });
    a[0][0]
}

impl Found {
    fn of(
        format: Format,
        params: &Params,
        setup: Setup,
        gaps: Vec<f64>,
    ) -> Self {
        let rounded = |z| (setup.rounded)(format, z);
        let bias = even(params.bias, format);
        let layers = xor_layers(bias, setup);
        let mut subnormal = 0;
        let corners = CORNERS.map(|x| {
            let each = |z| {
                let z: f64 = rounded(z);
                let below = z.abs() < two_to(format.least_normal());
                subnormal += usize::from(z != 0.0 && below);
                z
            };
            output(&layers, &x, each, |z| z)
        });
        // Sums carried in f32, or in f64 where that is the format.
        let wide = if format == F64 { F64 } else { F32 };
        let stored = CORNERS.map(|x| {
            let each = |z| (setup.rounded)(wide, z);
            output(&layers, &x, each, rounded)
        });
        let beside = (0..=POWERS).map(|k| {
            let c = two_to(k);
            let error = |i: i32| {
                let x = rounded(0.5 + f64::from(i) / 1000.0);
                (rounded(rounded(x + c) - c) - x).abs() / x
            };
            (k, most((0..500).map(error)))
        });
        let beside = beside.collect();
        Found { format, bias, corners, stored, subnormal, beside, gaps }
    }

    /// p in error ∝ Cᵖ, where x has digits left.
    fn growth(&self) -> f64 {
        let left = self.beside.iter().filter(|(k, error)| {
            (0..self.format.digits - 2).contains(k) && *error > 0.0
        });
        let left = left.map(|(k, error)| (f64::from(*k), ln(*error) / ln(2.0)));
        fitted_slope(&left.collect::<Vec<_>>())
    }
}

impl Outcome {
    /// The median difference of a fold, by format.
    fn median_gaps(&self) -> Vec<f64> {
        let formats = self.formats.iter();
        formats.map(|found| median(found.gaps.iter().copied())).collect()
    }

    fn along(&self) -> Lines {
        let coarse = &self.formats[3];
        let name = format!("in {}", coarse.format.name);
        let mut lines =
            Lines::new(Axis::linear("x₁ + x₂"), Axis::linear("output"))
                .main(&name, self.along.clone())
                .reference("exact", vec![(0.0, 0.0), (2.0, 0.0)]);
        for (x, y) in CORNERS.iter().zip(coarse.corners) {
            lines = lines.thin_of(&name, vec![(x[0] + x[1], y)]);
        }
        lines
    }

    fn beside(&self) -> Lines {
        let mut lines = Lines::new(
            Axis::linear("bias, as a power of 2"),
            Axis::log("largest relative error"),
        );
        for found in &self.formats {
            // Up to where nothing is left of x.
            let lost = found.beside.iter().position(|(_, error)| *error >= 1.0);
            let left = &found.beside[..=lost.unwrap_or(found.beside.len() - 1)];
            let points = left.iter().filter(|(_, error)| *error > 0.0);
            let points = points.map(|(k, error)| (f64::from(*k), *error));
            lines = lines.main(found.format.name, points.collect());
        }
        lines
    }

    fn gaps(&self) -> DotPlot {
        let axis = Axis::log("largest difference of an output from the fold's");
        let exact = self.formats.iter().flat_map(|found| &found.gaps);
        let exact = exact.chain(&self.gaps_stored).any(|gap| *gap == 0.0);
        let axis = if exact { axis.with_zero() } else { axis };
        let mut plot = DotPlot::new(axis).dots("one dot for each network");
        for found in &self.formats {
            plot = plot.row(found.format.name, found.gaps.clone());
        }
        let coarse = self.formats[3].format.name;
        plot.row(format!("{coarse}, sums in f32"), self.gaps_stored.clone())
    }

    fn finding(&self) -> String {
        let [coarse, half, single] = [3, 2, 1]
            .map(|i| Fact::count("", self.formats[i].bias as usize).text());
        let gap = Fact::fixed("", self.median_gaps()[3], 1);
        if NumberFormats::bears_out(self) {
            format!(
                "A bias that takes all the digits of a format rounds a half \
                 away, and four layers of slope 1 compute XOR: with a bias of \
                 {coarse} in bf16, {half} in f16, {single} in f32. In bf16 \
                 five layers and their fold differ by {}, in the median.",
                gap.text(),
            )
        } else {
            format!(
                "With a bias of {coarse} the four layers output {} at the \
                 corners of XOR in bf16; by algebra it would be 0.",
                self.formats[3].corners.map(|y| y.to_string()).join(", "),
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Three panels. First, the output of four layers in bf16 along \
             x₁ + x₂ from 0 to 2: at 0, 1 and 2 it is {}, {} and {}, between \
             them a sawtooth, against a dashed line at 0. Second, the largest \
             relative error of x + C − C against C, both axes logarithmic: \
             four parallel lines that rise with C to 1, where nothing is left.",
            self.formats[3].corners[0],
            self.formats[3].corners[1],
            self.formats[3].corners[3],
        );
        for found in &self.formats {
            text += &format!(
                " {}: {:.1e} beside 1.",
                found.format.name,
                Decimal(found.beside[0].1),
            );
        }
        text += " Third, dots on a logarithmic axis, the largest difference \
                 of a network from its fold.";
        for (found, gap) in self.formats.iter().zip(self.median_gaps()) {
            let name = found.format.name;
            text += &format!(" {name}: median {:.1e}.", Decimal(gap));
        }
        let stored = median(self.gaps_stored.iter().copied());
        text + &format!(" bf16 with sums in f32: {:.1e}.", Decimal(stored))
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("what"),
            Column::new("format"),
            Column::new("at"),
            Column::new("value").digits(3),
        ]);
        for found in &self.formats {
            let name = found.format.name;
            for (x, y) in CORNERS.iter().zip(found.corners) {
                let at = format!("({}, {})", x[0], x[1]);
                let bias = format!("XOR, bias {}", Decimal(found.bias));
                table.row([bias.into(), name.into(), at.into(), y.into()]);
            }
            for (k, error) in &found.beside {
                let at = format!("2^{k}");
                let what = "relative error of x + C − C";
                let row = [what.into(), name.into(), at.into()];
                table.row(row.into_iter().chain([(*error).into()]));
            }
        }
        let stored = (format!("{}, sums in f32", BF16.name), &self.gaps_stored);
        let each = self.formats.iter();
        let each = each.map(|found| (found.format.name.into(), &found.gaps));
        for (name, gaps) in each.chain([stored]) {
            for (i, gap) in gaps.iter().enumerate() {
                let seed = format!("seed {}", self.params.seed + i as u64);
                let what = "difference from the fold";
                let gap = Cell::Number(*gap);
                table.row([
                    what.into(),
                    Cell::Text(name.clone()),
                    seed.into(),
                    gap,
                ]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In f64, that is the crate's own arithmetic; weights of at most 2.
    #[test]
    fn the_crate_computes_xor_with_one_large_bias() {
        let layers = xor_layers(1.5 * two_to(52), BOOK);
        let weights = layers.iter().flat_map(|layer| &layer.w);
        assert!(weights.map(|w| w.abs()).all(|w| w <= 2.0));
        let output = network(&layers).unwrap().output(&data::xor().x);
        assert_eq!(output.iter().copied().collect::<Vec<_>>(), XOR);
    }

    #[test]
    fn biases_are_the_numbers_of_the_chapter() {
        let biases = FORMATS.map(|format| even(1.5, format));
        assert_eq!(biases, [1.5 * two_to(52), 12_582_912.0, 1536.0, 192.0]);
    }
}
