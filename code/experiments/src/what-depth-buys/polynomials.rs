//! What can one hidden layer of any width not do if its activation is a
//! polynomial?
//!
//! Hidden layers of z, z² and z³ have random weights; the output layer on top
//! is the best there is, by least squares, so no training could do better with
//! these features. For a polynomial of degree k they span all polynomials of
//! that degree as soon as there are k of them, and nothing else: the error
//! ends at the distance to those polynomials, whatever the width. ReLU, no
//! polynomial, has no such floor. M. Leshno, V. Ya. Lin, A. Pinkus, S.
//! Schocken, *Multilayer feedforward networks with a nonpolynomial activation
//! function can approximate any function*, Neural Networks 6(6), 1993,
//! doi:10.1016/S0893-6080(05)80131-5.
//!
//! See the chapter `what-depth-buys`.

use std::f64::consts::PI;

use slope::{
    Activation,
    rng::{Rng, Stream},
    transcendental::{cos, sin},
};

use chart::{Axis, Cell, Chart, Column, Lines, Panel, Table};
use exact::statistics::{least, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Units of the hidden layers; the last may be changed.
const WIDTHS: [usize; 8] = [1, 2, 3, 4, 8, 16, 32, 64];

/// What is left of a feature after projection, relative to the feature, below
/// which it is rounding: the feature is a combination of those before.
const DEPENDENT: f64 = 1e-9;

/// How far rounding may move a mean square error from its floor.
const ROUNDING: f64 = 1e-10;

params! {
    /// What the comparison depends on.
    pub struct Params {
        /// Seed of the first hidden layers; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// Hidden layers of each kind and width.
        seeds: usize = 5, in 1..=50, "Seeds";
        /// Units of the widest hidden layers.
        width: usize = 128, in 65..=256, "Largest width", "units";
        /// Points of [−π, π] on which the error is measured.
        points: usize = 512, in 300..=2048, "Points";
    }
}

/// What a hidden unit applies to its pre-activation.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    /// z to the power of the degree.
    Power(usize),
    Relu,
}

const UNITS: [Unit; 4] =
    [Unit::Power(1), Unit::Power(2), Unit::Power(3), Unit::Relu];

/// The experiment.
pub struct Polynomials;

/// The best networks of one kind.
pub struct Kind {
    unit: Unit,
    /// By seed, then by width.
    errors: Vec<Vec<f64>>,
    /// How many independent functions the widest layer offers, bias included,
    /// by seed.
    span: Vec<usize>,
    /// The widest network of the first seed, at the points.
    output: Vec<f64>,
}

/// What was found.
pub struct Outcome {
    params: Params,
    widths: Vec<usize>,
    x: Vec<f64>,
    y: Vec<f64>,
    kinds: Vec<Kind>,
    /// The distance to the polynomials of degree 1, 2 and 3.
    floors: [f64; 3],
}

impl Experiment for Polynomials {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "polynomials";
    const QUESTION: &'static str =
        "Does any bend do, if the hidden layer is wide enough?";
    const CHAPTER: &'static str = "what-depth-buys";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        Ok(measured(params, progress, &Made::default()))
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let [.., cubic, relu] = &outcome.kinds[..] else {
            return Vec::new();
        };
        let widest = relu.errors.iter().map(|errors| errors[errors.len() - 1]);
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("width", outcome.params.width),
            Fact::fixed("floor-1", outcome.floors[0], 3),
            Fact::fixed("floor-2", outcome.floors[1], 3),
            Fact::fixed("floor-3", outcome.floors[2], 3),
            Fact::count("span-3", cubic.span.iter().copied().max()),
            Fact::scientific("relu-widest", median(widest), 1),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let [a, b, c] = outcome.floors;
        let mut claims = vec![Claim::above(
            "each floor is more than twice the next",
            (a / b).min(b / c),
            2.0,
        )];
        for (kind, says) in outcome.kinds.iter().zip([
            "with z, every width ends at the distance to the straight lines",
            "with z², two units or more end at the distance to the parabolas",
            "with z³, three units or more end at the distance to the cubics",
        ]) {
            claims.push(Claim::below(says, outcome.distance(kind), ROUNDING));
        }
        for (kind, says) in outcome.kinds.iter().zip([
            "the widest layer of z offers 2 independent functions",
            "that of z² offers 3",
            "and that of z³ offers 4",
        ]) {
            let Unit::Power(degree) = kind.unit else { continue };
            let most = kind.span.iter().copied().max().unwrap_or(0);
            claims.push(Claim::equal(says, most, degree + 1));
        }
        let relu = &outcome.kinds[outcome.kinds.len() - 1];
        let widest = |errors: &Vec<f64>| errors[errors.len() - 1];
        claims.push(Claim::below(
            "with ReLU, the widest layer is far below all three floors",
            most(relu.errors.iter().map(widest)) / c,
            1e-2,
        ));
        let eight = WIDTHS.iter().position(|w| *w == 8).unwrap_or(0);
        claims.push(Claim::above(
            "and it gains by width: 100-fold or more from 8 units to the most",
            least(relu.errors.iter().map(|e| e[eight] / widest(e))),
            100.0,
        ));
        claims
    }

    fn chart(outcome: &Outcome) -> Chart {
        let width = outcome.params.width;
        Chart::new("Error of one hidden layer by width, for four activations")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([
                Panel::new("Error by width", outcome.by_width()),
                Panel::new(
                    format!("What {width} units draw"),
                    outcome.drawings(),
                ),
            ])
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        vec![
            sabotage("a kink in the place of z", |m| m.units[0] = Unit::Relu),
            sabotage("a kink in the place of z³", |m| m.units[2] = Unit::Relu),
            sabotage("hidden units without a bias", |m| m.spread = 0.0),
            sabotage("a target that is odd", |m| m.target = sin),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let with = |name, hypothesis, claim, change: fn(&mut Made)| {
            sabotage(hypothesis, change).counters(name, claim)
        };
        vec![
            with(
                "square",
                "the activation is no polynomial",
                "and it gains by width",
                |made| made.units[3] = Unit::Power(2),
            ),
            with(
                "biases",
                "the hidden units have biases",
                "with ReLU, the widest layer is far below all three floors",
                |made| made.spread = 0.0,
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("width", 100.0, 256.0),
            Span::between("points", 300.0, 1024.0),
        ]
    }
}

fn sabotage(
    what: &'static str,
    change: fn(&mut Made),
) -> Sabotage<Polynomials> {
    let few = Params { seeds: 2, width: 65, ..Params::default() };
    Sabotage::new(what, few, move |params, progress| {
        let mut made = Made::default();
        change(&mut made);
        Ok(measured(params, progress, &made))
    })
}

/// Of what the experiment is made.
struct Made {
    target: fn(f64) -> f64,
    /// What the kinds of [`UNITS`] apply.
    units: [Unit; 4],
    /// How far from 0 a pre-activation may have its zero.
    spread: f64,
}

impl Default for Made {
    fn default() -> Self {
        Self { target, units: UNITS, spread: PI }
    }
}

/// The target: neither odd nor even, so that each degree adds something.
fn target(x: f64) -> f64 {
    sin(x) + cos(x)
}

fn measured(params: &Params, progress: &Progress, made: &Made) -> Outcome {
    let n = params.points;
    // In the middle of equal pieces: means over them are nearly integrals.
    let at = |i: usize| PI * ((2 * i + 1) as f64 / n as f64 - 1.0);
    let x: Vec<f64> = (0..n).map(at).collect();
    let y: Vec<f64> = x.iter().map(|x| (made.target)(*x)).collect();
    let mut widths = WIDTHS.to_vec();
    widths.push(params.width);
    progress.expect(UNITS.len() * params.seeds);
    let kinds = UNITS.into_iter().zip(made.units).map(|(unit, applied)| {
        let feature = |rng: &mut Rng| applied.feature(&x, made.spread, rng);
        kind(unit, feature, &y, &widths, params, progress)
    });
    let kinds = kinds.collect();
    let floors = [1, 2, 3].map(|degree| {
        let mut fit = Fit::new(&y);
        for k in 0..=degree {
            fit.add(x.iter().map(|x| power(*x / PI, k)).collect());
        }
        fit.error()
    });
    Outcome { params: params.clone(), widths, x, y, kinds, floors }
}

fn kind(
    unit: Unit,
    feature: impl Fn(&mut Rng) -> Vec<f64> + Sync,
    y: &[f64],
    widths: &[usize],
    params: &Params,
    progress: &Progress,
) -> Kind {
    let seeds = seeds(params.seed, params.seeds);
    let fits: Vec<(Vec<f64>, Fit)> = parallel::results(seeds, |seed| {
        let mut rng = Rng::new(seed, Stream::Weights);
        let mut fit = Fit::new(y);
        fit.add(vec![1.0; y.len()]); // the bias of the output
        let mut errors = Vec::new();
        for width in 1..=params.width {
            fit.add(feature(&mut rng));
            if widths.contains(&width) {
                errors.push(fit.error());
            }
        }
        progress.advance(1);
        (errors, fit)
    });
    Kind {
        unit,
        span: fits.iter().map(|(_, fit)| fit.basis.len()).collect(),
        output: fits[0].1.output(y),
        errors: fits.into_iter().map(|(errors, _)| errors).collect(),
    }
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Unit::Power(1) => "z",
            Unit::Power(2) => "z²",
            Unit::Power(_) => "z³",
            Unit::Relu => "ReLU",
        }
    }

    fn value(self, z: f64) -> f64 {
        match self {
            Unit::Power(k) => power(z, k),
            Unit::Relu => Activation::Relu.value(z),
        }
    }

    /// f(wx + b) at the points, with random w, and b so that wx + b = 0
    /// somewhere in [−spread, spread]: there a ReLU has its kink.
    fn feature(self, x: &[f64], spread: f64, rng: &mut Rng) -> Vec<f64> {
        let w = rng.normal();
        let b = w * rng.uniform_in(-spread, spread);
        x.iter().map(|x| self.value(w * x + b)).collect()
    }
}

fn power(z: f64, k: usize) -> f64 {
    (0..k).fold(1.0, |product, _| product * z)
}

/// Least squares, one feature after the other (Gram–Schmidt, twice, which is
/// enough for full precision).
struct Fit {
    /// Orthonormal functions that span the features so far.
    basis: Vec<Vec<f64>>,
    /// What they leave of y.
    rest: Vec<f64>,
}

impl Fit {
    fn new(y: &[f64]) -> Self {
        Self { basis: Vec::new(), rest: y.to_vec() }
    }

    fn add(&mut self, mut feature: Vec<f64>) {
        let before = inner(&feature, &feature).sqrt();
        for _ in 0..2 {
            for known in &self.basis {
                let overlap = inner(known, &feature);
                subtract(&mut feature, overlap, known);
            }
        }
        let length = inner(&feature, &feature).sqrt();
        if length > DEPENDENT * before {
            feature.iter_mut().for_each(|v| *v /= length);
            for _ in 0..2 {
                let overlap = inner(&feature, &self.rest);
                subtract(&mut self.rest, overlap, &feature);
            }
            self.basis.push(feature);
        }
    }

    /// The mean square of what is left.
    fn error(&self) -> f64 {
        inner(&self.rest, &self.rest) / self.rest.len() as f64
    }

    fn output(&self, y: &[f64]) -> Vec<f64> {
        y.iter().zip(&self.rest).map(|(y, rest)| y - rest).collect()
    }
}

pub(super) fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}

pub(super) fn subtract(from: &mut [f64], times: f64, what: &[f64]) {
    for (from, what) in from.iter_mut().zip(what) {
        *from -= times * what;
    }
}

impl Outcome {
    /// How far the networks of a polynomial are from its floor, where they
    /// have as many units as its degree, or more.
    fn distance(&self, kind: &Kind) -> f64 {
        let Unit::Power(degree) = kind.unit else { return f64::NAN };
        let floor = self.floors[degree - 1];
        most(kind.errors.iter().flatten().enumerate().filter_map(|(i, e)| {
            let width = self.widths[i % self.widths.len()];
            (width >= degree).then(|| (e - floor).abs())
        }))
    }

    fn by_width(&self) -> Lines {
        let doubled = (0..=7).map(|power| f64::from(1 << power));
        let mut lines = Lines::new(
            Axis::log("units of the hidden layer").naming(doubled),
            Axis::log("mean square error"),
        );
        for kind in &self.kinds {
            let points = |errors: &Vec<f64>| -> Vec<(f64, f64)> {
                let widths = self.widths.iter().map(|w| *w as f64);
                widths.zip(errors.iter().copied()).collect()
            };
            let name = kind.unit.name();
            lines = lines.main(name, points(&kind.errors[0]));
            for errors in &kind.errors[1..] {
                lines = lines.thin_of(name, points(errors));
            }
            if let Unit::Power(degree) = kind.unit {
                let floor = self.floors[degree - 1];
                let ends =
                    vec![(1.0, floor), (self.params.width as f64, floor)];
                lines = lines.reference_of(name, "", ends);
            }
        }
        lines
    }

    fn drawings(&self) -> Lines {
        let points = |values: &[f64]| -> Vec<(f64, f64)> {
            let x = self.x.iter().map(|x| x / PI);
            x.zip(values.iter().copied()).collect()
        };
        let x = Axis::linear("x / π").including(-1.0).including(1.0);
        let mut lines = Lines::new(x, Axis::linear("output"));
        for kind in &self.kinds {
            lines = lines.main(kind.unit.name(), points(&kind.output));
        }
        lines.reference("sin x + cos x", points(&self.y))
    }

    fn finding(&self) -> String {
        let width = self.params.width;
        let [a, b, c] = self.floors;
        let relu = &self.kinds[self.kinds.len() - 1];
        let relu = median(relu.errors.iter().map(|e| e[e.len() - 1]));
        if Polynomials::bears_out(self) {
            format!(
                "A polynomial does not gain by width. However many units, z \
                 ends at the best line ({a:.3}), z² at the best parabola \
                 ({b:.3}), z³ at the best cubic ({c:.3}); {width} ReLUs reach \
                 {}.",
                Fact::scientific("", relu, 1).text(),
            )
        } else {
            format!(
                "The best line, parabola and cubic leave {a:.3}, {b:.3} and \
                 {c:.3}; {width} ReLUs leave {}.",
                Fact::scientific("", relu, 1).text(),
            )
        }
    }

    fn description(&self) -> String {
        let mut text = String::from(
            "Two panels. Left, the mean square error of the best network by \
             width, both axes logarithmic.",
        );
        for kind in &self.kinds {
            let first = &kind.errors[0];
            text += &format!(
                " {}: {:.2e} with one unit, {:.2e} with {}.",
                kind.unit.name(),
                first[0],
                first[first.len() - 1],
                self.params.width,
            );
        }
        text + " Dashed lines at the distances to the polynomials of degree \
                1, 2 and 3 lie on the curves of z, z² and z³, which are flat. \
                Right, the widest networks as functions: a line, a parabola, \
                a cubic, and a curve that covers sin x + cos x."
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("activation"),
            Column::new("units"),
            Column::new("seed"),
            Column::new("mean square error").digits(4),
        ]);
        for kind in &self.kinds {
            for (i, errors) in kind.errors.iter().enumerate() {
                for (width, error) in self.widths.iter().zip(errors) {
                    table.row([
                        kind.unit.name().into(),
                        Cell::Number(*width as f64),
                        Cell::Number((self.params.seed + i as u64) as f64),
                        Cell::Number(*error),
                    ]);
                }
            }
        }
        for (degree, floor) in self.floors.iter().enumerate() {
            let what = format!("distance to degree {}", degree + 1);
            table.row([what.into(), "".into(), "".into(), (*floor).into()]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Legendre's polynomials of degree 0 to 3 on [−π, π] take from the mean
    /// square 1 of sin x + cos x: 0, 3/π², 45/π⁴ and 7(π² − 15)²/π⁶.
    #[test]
    fn floors_are_those_of_legendre() {
        let p2 = PI * PI;
        let line = 1.0 - 3.0 / p2;
        let parabola = line - 45.0 / (p2 * p2);
        let root = p2 - 15.0;
        let cubic = parabola - 7.0 * root * root / (p2 * p2 * p2);
        let few = Params { seeds: 1, width: 65, ..Params::default() };
        let outcome = Polynomials::run(&few, &Progress::silent()).unwrap();
        for (found, exact) in outcome.floors.iter().zip([line, parabola, cubic])
        {
            assert!((found - exact).abs() < 1e-4, "{found} {exact}");
        }
    }

    #[test]
    fn what_is_left_is_orthogonal_to_every_feature() {
        let x: Vec<f64> = (0..50).map(|i| f64::from(i) / 25.0 - 1.0).collect();
        let y: Vec<f64> = x.iter().map(|x| target(*x)).collect();
        let mut rng = Rng::new(1, Stream::Weights);
        let features: Vec<_> =
            (0..9).map(|_| Unit::Relu.feature(&x, PI, &mut rng)).collect();
        let mut fit = Fit::new(&y);
        features.iter().for_each(|f| fit.add(f.clone()));
        for feature in &features {
            assert!(inner(feature, &fit.rest).abs() < 1e-12);
        }
        assert!(fit.error() < inner(&y, &y) / 50.0);
    }

    /// (z + 1)² and (z − 1)² and 1 hold z and z²; a fourth adds nothing.
    #[test]
    fn three_functions_span_the_parabolas() {
        let x = [-2.0, -1.0, 0.0, 1.0, 2.0];
        let mut fit = Fit::new(&x);
        for shift in [1.0, -1.0, 3.0, 0.5] {
            fit.add(x.iter().map(|x| power(x + shift, 2)).collect());
        }
        assert_eq!(fit.basis.len(), 3);
        assert!(fit.error() < 1e-25);
    }
}
