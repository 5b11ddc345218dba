//! Is multiplication by a constant linear in a computer? Near the smallest
//! number that a format has, a product is a staircase, and five layers of
//! slope 1 compute XOR.
//!
//! Every product and sum here is one of IEEE 754, rounded half to even. Rust
//! keeps subnormal numbers (it does not flush them to zero), so the bits are
//! the same on every machine. Source: J. Foerster, *Nonlinear computation in
//! deep linear networks*, OpenAI, 2017. The XOR network is this book's own.
//!
//! Only the random pairs have a seed.
//!
//! See the chapter `until-two-to-the-minus-149`.

use std::ops::{Add, Mul};

use ndarray::{Array1, Array2};
use probe::linear_floor;
use slope::{
    Activation, Dense, Layer, Loss, Network, data,
    rng::{Rng, Stream},
};

use chart::{Axis, Cell, Chart, Column, Lines, Panel, Table};
use exact::statistics::{least, most};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    params,
    sabotage::Sabotage,
};

use crate::formats::{BF16, F16, F32, F64, FORMATS, Format, two_to};

/// The smallest positive number is 2 to the power of minus this.
const LEAST_F32: i32 = 149;
const LEAST_F64: i32 = 1074;

/// Six numbers and, in units of 2⁻¹⁴⁹, what they become: a half goes to the
/// even neighbour.
const SIX: [(f32, f64); 6] =
    [(0.2, 0.0), (0.5, 0.0), (0.7, 1.0), (1.5, 2.0), (2.5, 2.0), (2.6, 3.0)];

/// The corners of XOR, in the order of [`data::xor`].
const CORNERS: [[f32; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
const XOR: [f64; 4] = [0.0, 1.0, 1.0, 0.0];

params! {
    /// What the staircase depends on.
    pub struct Params {
        /// How far above the smallest number the products lie.
        above: usize = 0, in 0..=12, "Above the smallest number", "powers of 2";
        /// Random weights and pairs of inputs for each size of the product.
        pairs: usize = 1000, in 10..=10_000, "Pairs for each size";
        /// Seed of the random pairs.
        seed: u64 = 0, in 0..=1_000_000, "Seed";
    }
}

/// What a run is made of.
#[derive(Clone, Copy)]
struct Setup {
    /// The smallest f32 and f64 are 2 to the powers of minus these.
    least: [i32; 2],
    /// How often half of h is taken from h.
    halves: f64,
    /// What the computer keeps of an f32.
    kept: fn(f32) -> f32,
    /// What a deviation of w·(a + b) is compared with.
    yardstick: fn(f64, f64, f64) -> f64,
}

const BOOK: Setup = Setup {
    least: [LEAST_F32, LEAST_F64],
    halves: 2.0,
    kept: |z| z,
    yardstick: |w, a, b| w.abs() * (a.abs() + b.abs()),
};

/// The experiment.
pub struct FloatSteps;

/// What was computed.
pub struct Outcome {
    params: Params,
    /// What the six numbers became, in units of the smallest product.
    six: [f64; 6],
    /// For each of [`FORMATS`], the largest relative deviation from linearity:
    /// size as a power of two, deviation.
    by_size: Vec<Vec<(i32, f64)>>,
    /// The network's outputs at the corners, in f32.
    xor_f32: [f64; 4],
    /// The same weights where nothing is rounded.
    exact: [f64; 4],
    /// A network of `slope` in f64: outputs, loss, and outputs of its fold.
    xor_f64: Vec<f64>,
    loss: f64,
    fold: Vec<f64>,
    /// The loss of the best affine map.
    floor: f64,
}

impl Experiment for FloatSteps {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "float-steps";
    const QUESTION: &'static str =
        "Is a network of slope 1 linear in the arithmetic of a computer?";
    const CHAPTER: &'static str = "until-two-to-the-minus-149";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        found(params, progress, BOOK)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let [least, ordinary] = [Outcome::least, Outcome::ordinary]
            .map(|of| move |format| of(outcome, format));
        vec![
            Fact::scientific("least-f32", f64::from(f32::from_bits(1)), 2),
            Fact::scientific("least-f64", f64::from_bits(1), 2),
            Fact::scientific("ordinary-f32", ordinary(F32), 1),
            Fact::scientific("ordinary-f64", ordinary(F64), 1),
            Fact::fixed("deviation-least-f32", least(F32), 1),
            Fact::fixed("deviation-least-f64", least(F64), 1),
            Fact::fixed("xor-loss", outcome.loss, 2),
            Fact::fixed("floor", outcome.floor, 2),
            Fact::fixed("fold-of-both", outcome.fold[3], 0),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let alike = |a: &[f64], b: &[f64]| {
            a.iter().zip(b).filter(|(a, b)| a == b).count()
        };
        let expected = SIX.map(|(_, y)| y);
        vec![
            Claim::equal(
                "0.2, 0.5, 0.7, 1.5, 2.5, 2.6 become 0, 0, 1, 2, 2, 3 units",
                alike(&outcome.six, &expected),
                6,
            ),
            Claim::equal(
                "five layers of slope 1 compute XOR in f32",
                alike(&outcome.xor_f32, &XOR),
                4,
            ),
            Claim::equal(
                "where nothing is rounded, the same weights give 0 everywhere",
                alike(&outcome.exact, &[0.0; 4]),
                4,
            ),
            Claim::equal(
                "a network of the book's own crate does it in f64",
                alike(&outcome.xor_f64, &XOR),
                4,
            ),
            Claim::above(
                "its loss is below the floor of all affine maps",
                outcome.floor - outcome.loss,
                0.2,
            ),
            Claim::above(
                "it is not its fold: they differ by 1 or more at a corner",
                most(
                    outcome
                        .fold
                        .iter()
                        .zip(&outcome.xor_f64)
                        .map(|(a, b)| (a - b).abs()),
                ),
                0.9,
            ),
            Claim::below(
                "at normal sizes a product is linear but for last digits",
                outcome.most_at_normal_sizes(),
                5.0,
            ),
            Claim::above(
                "at the smallest size the deviation is as large as the value",
                least(FORMATS.map(|format| outcome.least(format))),
                0.5,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("Products near the smallest number, and XOR made of them")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([
                Panel::new("One product", outcome.staircase()),
                Panel::new("Five layers of slope 1", outcome.along()),
            ])
            .row([Panel::new(
                "How far from linear, by size",
                outcome.by_size(),
            )])
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let without = |name, hypothesis, claim, setup: Setup| {
            sabotage(hypothesis, setup).counters(name, claim)
        };
        vec![
            Sabotage::<Self>::changing(
                "products are as small as the smallest number",
                few(),
                |params| params.above = 1,
            )
            .counters("above", "five layers of slope 1 compute XOR in f32"),
            without(
                "flushed",
                "subnormal numbers are kept",
                "five layers of slope 1 compute XOR in f32",
                Setup {
                    kept: |z| if z.is_subnormal() { 0.0 } else { z },
                    ..BOOK
                },
            ),
            // Where a and b nearly cancel, what w·a loses is much of w·(a + b).
            without(
                "cancelling",
                "a deviation is compared with |wa| + |wb|",
                "at normal sizes a product is linear but for last digits",
                Setup { yardstick: |w, a, b| (w * (a + b)).abs(), ..BOOK },
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![Span::any("pairs")]
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        vec![
            sabotage(
                "the smallest normal number taken for the smallest",
                Setup { least: [126, 1022], ..BOOK },
            ),
            sabotage(
                "half of a number taken from it once",
                Setup { halves: 1.0, ..BOOK },
            ),
        ]
    }
}

fn sabotage(what: &'static str, setup: Setup) -> Sabotage<FloatSteps> {
    Sabotage::new(what, few(), move |params, progress| {
        found(params, progress, setup)
    })
}

/// With which it is soonest seen what a change does.
fn few() -> Params {
    Params { pairs: 50, ..Params::default() }
}

fn found(
    params: &Params,
    progress: &Progress,
    setup: Setup,
) -> Result<Outcome, Stopped> {
    let stop = |why: &dyn std::fmt::Display| Stopped(why.to_string());
    progress.expect(FORMATS.len());
    let above = params.above as i32;
    let [least_f32, least_f64] = setup.least;
    let exact = layers(least_f32 - above, setup.halves);
    let rounded = in_f32(&exact);
    let network = network(&layers(least_f64 - above, setup.halves));
    let network = network.map_err(|e| stop(&e))?;
    let fold = network.collapse().map_err(|e| stop(&e))?;
    let xor = data::xor();
    let output = network.output(&xor.x);
    let floor = linear_floor(Loss::Mse, &xor).map_err(|e| stop(&e))?;
    let by_size = FORMATS.iter().map(|format| {
        let least = match *format {
            F32 => least_f32,
            F64 => least_f64,
            Format { least, .. } => least,
        };
        progress.advance(1);
        deviations(*format, least, params, setup.yardstick)
    });
    Ok(Outcome {
        params: params.clone(),
        six: SIX.map(|(x, _)| scaled(x, above - least_f32)),
        by_size: by_size.collect(),
        xor_f32: CORNERS
            .map(|x| f64::from(output_of(&rounded, &x, setup.kept))),
        exact: CORNERS.map(|x| output_of(&exact, &x.map(f64::from), |z| z)),
        loss: Loss::Mse.value(&output, &xor.y),
        xor_f64: output.iter().copied().collect(),
        fold: fold.output(&xor.x).iter().copied().collect(),
        floor: floor.loss,
    })
}

/// x·2ᵏ in f32, counted in units of 2ᵏ.
fn scaled(x: f32, k: i32) -> f64 {
    let weight = two_to(k);
    f64::from(x * weight as f32) / weight
}

/// w·(a + b) − w·a − w·b, each result rounded: zero if a product is linear.
fn deviation(format: Format, w: f64, a: f64, b: f64) -> f64 {
    let of = |z| format.rounded(z);
    of(of(of(w * of(a + b)) - of(w * a)) - of(w * b))
}

/// For products of each size from 2^−least to 1, the largest deviation from
/// linearity over random pairs of either sign.
fn deviations(
    format: Format,
    least: i32,
    params: &Params,
    yardstick: fn(f64, f64, f64) -> f64,
) -> Vec<(i32, f64)> {
    let mut rng = Rng::new(params.seed, Stream::Noise);
    let mut one = |size: i32| {
        // w and a are of about equal size, far from the border themselves.
        let (scale, input) = (two_to(size / 2), two_to(size - size / 2));
        let relative = (0..params.pairs).map(|_| {
            let [w, a, b] = [0, 1, 2].map(|_| {
                let side = if rng.uniform() < 0.5 { -1.0 } else { 1.0 };
                format.rounded(side * rng.uniform_in(0.5, 1.0))
            });
            let error = deviation(format, w * scale, a * input, b * input);
            error.abs() / scale / input / yardstick(w, a, b)
        });
        (size, most(relative))
    };
    // An f64 has so many sizes that each sixth will do.
    let step = if format == F64 { 6 } else { 1 };
    (-least..=0).step_by(step).map(&mut one).collect()
}

/// A network of slope 1 without biases: one matrix for each layer, row by row.
type Layers<T> = Vec<Vec<Vec<T>>>;

/// h = s·2^−least for s = x₁ + x₂, and beside it half of that; then h − 2·(h/2),
/// with two `halves`, and back to the size of 1. By algebra this is 0. At the
/// smallest numbers, half of one unit rounds to 0, and half of two is one.
fn layers(least: i32, halves: f64) -> Layers<f64> {
    let (p, q) = (least - least / 2, least / 2);
    vec![
        vec![vec![two_to(-p), two_to(-p)]],
        vec![vec![two_to(-q)], vec![two_to(-q - 1)]],
        vec![vec![1.0, -halves]],
        vec![vec![two_to(p)]],
        vec![vec![two_to(q)]],
    ]
}

/// The same weights in f32; all of these are powers of two, which it holds.
fn in_f32(layers: &Layers<f64>) -> Layers<f32> {
    let row = |row: &Vec<f64>| row.iter().map(|w| *w as f32).collect();
    layers.iter().map(|layer| layer.iter().map(row).collect()).collect()
}

/// The output of the network: products with constants, and sums of them, each
/// as it is kept.
fn output_of<T>(layers: &Layers<T>, x: &[T], kept: fn(T) -> T) -> T
where
    T: Copy + Default + Add<Output = T> + Mul<Output = T>,
{
    let output = layers.iter().fold(x.to_vec(), |x, layer| {
        let unit = |row: &Vec<T>| {
            row.iter()
                .zip(&x)
                .fold(T::default(), |sum, (w, x)| kept(sum + kept(*w * *x)))
        };
        layer.iter().map(unit).collect()
    });
    output[0]
}

/// The same as a network of the book's crate.
fn network(layers: &Layers<f64>) -> Result<Network, slope::ShapeError> {
    let dense = |rows: &Vec<Vec<f64>>| {
        let shape = (rows.len(), rows[0].len());
        let w = Array2::from_shape_fn(shape, |(i, j)| rows[i][j]);
        let b = Array1::zeros(rows.len());
        Dense::new(w, b, Activation::Identity).map(Layer::Dense)
    };
    Network::new(layers.iter().map(dense).collect::<Result<_, _>>()?)
}

impl Outcome {
    /// The deviations of a format, from the smallest size on.
    fn sizes(&self, format: Format) -> &[(i32, f64)] {
        let mut formats = FORMATS.iter().zip(&self.by_size);
        formats.find(|(f, _)| **f == format).map_or(&[], |(_, steps)| steps)
    }

    /// The deviation at the smallest size.
    fn least(&self, format: Format) -> f64 {
        self.sizes(format).first().map_or(f64::NAN, |(_, deviation)| *deviation)
    }

    /// The deviation at the size of 1.
    fn ordinary(&self, format: Format) -> f64 {
        self.sizes(format).last().map_or(f64::NAN, |(_, deviation)| *deviation)
    }

    /// The largest deviation where no product is subnormal, in units of the
    /// error of one rounding. A product is at least a quarter of its size.
    fn most_at_normal_sizes(&self) -> f64 {
        most(FORMATS.iter().flat_map(|format| {
            let sizes = self.sizes(*format).iter();
            let normal = sizes.filter(|s| s.0 >= format.least_normal() + 2);
            normal.map(|s| s.1 / format.roundoff())
        }))
    }

    fn above(&self) -> i32 {
        self.params.above as i32
    }

    fn unit(&self) -> String {
        format!("2{}", superscript(self.above() - LEAST_F32))
    }

    fn staircase(&self) -> Lines {
        let at = |i: i32| f64::from(i) / 256.0;
        let steps = (0..=1024)
            .map(|i| (at(i), scaled(at(i) as f32, self.above() - LEAST_F32)));
        let unit = self.unit();
        let mut lines = Lines::new(
            Axis::linear("x"),
            Axis::linear(format!("x · {unit}, in units of {unit}")),
        )
        .main("in f32", steps.collect())
        .reference("exact", vec![(0.0, 0.0), (4.0, 4.0)]);
        for ((x, _), y) in SIX.iter().zip(self.six) {
            lines = lines.thin_of("in f32", vec![(f64::from(*x), y)]);
        }
        lines
    }

    fn along(&self) -> Lines {
        let layers = in_f32(&layers(LEAST_F32 - self.above(), 2.0));
        let at = |i: i32| {
            let x = i as f32 / 512.0;
            (f64::from(2.0 * x), f64::from(output_of(&layers, &[x, x], |z| z)))
        };
        let mut lines =
            Lines::new(Axis::linear("x₁ + x₂"), Axis::linear("output"))
                .main("in f32", (0..=512).map(at).collect())
                .reference("exact", vec![(0.0, 0.0), (2.0, 0.0)]);
        for (x, y) in CORNERS.iter().zip(self.xor_f32) {
            let corner = (f64::from(x[0] + x[1]), y);
            lines = lines.thin_of("in f32", vec![corner]);
        }
        lines
    }

    fn by_size(&self) -> Lines {
        let points = |steps: &[(i32, f64)]| -> Vec<(f64, f64)> {
            steps.iter().map(|s| (f64::from(s.0), s.1)).collect()
        };
        let lines = Lines::new(
            Axis::linear("size of the product, as a power of 2"),
            Axis::log("largest relative deviation").with_zero(),
        )
        .event(-f64::from(LEAST_F32), format!("2{}", superscript(-LEAST_F32)));
        FORMATS
            .iter()
            .zip(&self.by_size)
            .fold(lines, |lines, (f, steps)| lines.main(f.name, points(steps)))
    }

    fn finding(&self) -> String {
        let ordinary = self.ordinary(F64);
        if FloatSteps::bears_out(self) {
            format!(
                "Near the smallest f32, multiplication by a constant is a \
                 staircase. Five layers of slope 1, whose output is 0 by \
                 algebra, compute XOR on it. At the size of 1, a product in \
                 f64 is linear to {}.",
                Fact::scientific("", ordinary, 1).text(),
            )
        } else {
            format!(
                "At {} the staircase has {} steps to a unit. The five layers \
                 output {} at the corners of XOR; by algebra it would be 0.",
                self.unit(),
                two_to(self.above()),
                self.xor_f32.map(|y| y.to_string()).join(", "),
            )
        }
    }

    fn description(&self) -> String {
        let unit = self.unit();
        let six: Vec<String> = SIX
            .iter()
            .zip(self.six)
            .map(|((x, _), y)| format!("{x} becomes {y}"))
            .collect();
        format!(
            "Three panels. First, x times {unit} in f32 for x from 0 to 4, in \
             units of {unit}: a staircase around a dashed diagonal; {}. \
             Second, the output of five layers along x₁ + x₂ from 0 to 2: at \
             0, 1 and 2 it is {}, {} and {}, against a dashed line at 0. \
             Third, the largest relative deviation from linearity against the \
             size of the product: for f64, {:.1e} at size 1, about the same \
             down to 2⁻¹⁰²², then rising to {:.1} at 2⁻¹⁰⁷⁴; for f32, {:.1e} \
             at size 1 and down to 2⁻¹²⁶, then rising to {:.1} at 2⁻¹⁴⁹; for \
             f16 and bf16 the same, from {:.1e} and {:.1e} on.",
            six.join(", "),
            self.xor_f32[0],
            self.xor_f32[1],
            self.xor_f32[3],
            self.ordinary(F64),
            self.least(F64),
            self.ordinary(F32),
            self.least(F32),
            self.ordinary(F16),
            self.ordinary(BF16),
        )
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("what"),
            Column::new("at"),
            Column::new("value").digits(3),
        ]);
        for ((x, _), y) in SIX.iter().zip(self.six) {
            let what = format!("product in units of {}", self.unit());
            table.row([what.into(), x.to_string().into(), Cell::Number(y)]);
        }
        for (name, outputs) in [
            ("XOR in f32", &self.xor_f32[..]),
            ("XOR in f64", &self.xor_f64),
            ("fold in f64", &self.fold),
        ] {
            for (x, y) in CORNERS.iter().zip(outputs) {
                let at = format!("({}, {})", x[0], x[1]);
                table.row([name.into(), at.into(), Cell::Number(*y)]);
            }
        }
        for (format, steps) in FORMATS.iter().zip(&self.by_size) {
            for (size, deviation) in steps {
                let what = format!("relative deviation, {}", format.name);
                let at = format!("2^{size}");
                table.row([what.into(), at.into(), Cell::Number(*deviation)]);
            }
        }
        table
    }
}

fn superscript(power: i32) -> String {
    let digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    let raised = |c: char| match c.to_digit(10) {
        Some(d) => digits.chars().nth(d as usize).unwrap_or(c),
        None => '⁻',
    };
    power.to_string().chars().map(raised).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_numbers_are_where_the_book_says() {
        assert_eq!(two_to(-149), f64::from(f32::from_bits(1)));
        assert_eq!(two_to(-1022) * two_to(-52), f64::from_bits(1));
        assert_eq!(f64::from_bits(1) / 2.0, 0.0);
        assert_eq!(superscript(-149), "⁻¹⁴⁹");
    }

    /// The output is compared with every bit, in both formats.
    #[test]
    fn xor_is_exact_to_the_bit() {
        let layers = in_f32(&layers(LEAST_F32, 2.0));
        let bits = CORNERS.map(|x| output_of(&layers, &x, |z| z).to_bits());
        assert_eq!(bits, [0, 0x3f80_0000, 0x3f80_0000, 0]);
        let few = Params { pairs: 50, ..Params::default() };
        let outcome = FloatSteps::run(&few, &Progress::silent()).unwrap();
        assert_eq!(outcome.loss, 0.0);
        let bits: Vec<u64> =
            outcome.xor_f64.iter().map(|y| y.to_bits()).collect();
        assert_eq!(bits, XOR.map(f64::to_bits));
    }

    /// No single product is beyond the normal numbers by its own doing.
    #[test]
    fn every_weight_is_a_normal_number() {
        for w in in_f32(&layers(LEAST_F32, 2.0)).iter().flatten().flatten() {
            assert!(w.is_normal());
        }
        assert!(
            layers(LEAST_F64, 2.0)
                .iter()
                .flatten()
                .flatten()
                .all(|w| w.is_normal())
        );
    }

    /// The formula in whole numbers: 2^p − 2·2^(p − 1) = 0.
    #[test]
    fn the_product_of_the_matrices_is_zero() {
        let [_, w2, w3, ..] = &layers(LEAST_F32, 2.0)[..] else {
            unreachable!()
        };
        assert_eq!(w3[0][0] * w2[0][0] + w3[0][1] * w2[1][0], 0.0);
    }

    #[test]
    fn a_sum_that_fits_the_format_is_linear_and_another_is_not() {
        assert_eq!(deviation(F64, 0.5, 1.0, 3.0), 0.0);
        assert_eq!(deviation(F64, 1.0, 0.1, 0.2), two_to(-55));
    }
}
