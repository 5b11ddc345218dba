//! Which GELU is it? z·Φ(z) is often computed as something else: with a tanh
//! in place of Φ, or as z·σ(1.702 z).
//!
//! The three are compared on a grid and the largest differences sought by
//! refining it. D. Hendrycks, K. Gimpel, *Gaussian Error Linear Units*, 2016,
//! arXiv:1606.08415. Nothing here is random.
//!
//! See the chapter `smooth-bends`.

use std::f64::consts::PI;

use slope::Activation;

use chart::{Axis, Cell, Chart, Column, Lines, Panel, Table};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    params,
    sabotage::Sabotage,
};

const EXACT: Activation = Activation::GeluErf;
const TANH: Activation = Activation::GeluTanh;
const SWISH: Activation = Activation::Silu { beta: 1.0 };

/// The least difference that the picture shows.
const SHOWN: f64 = 1e-7;

params! {
    /// What the comparison depends on.
    pub struct Params {
        /// The β of z·σ(βz), which is to be near GELU.
        beta: f64 = 1.702, in 1.0..=3.0, "β of the sigmoid form";
        /// How far from 0 the forms are compared.
        reach: f64 = 5.0, in 1.0..=8.0, "Compared up to |z| =";
    }
}

/// What a run measures.
#[derive(Clone, Copy)]
struct Forms {
    exact: Activation,
    /// The slope of `exact`.
    slope: fn(f64) -> f64,
    tanh: Activation,
    swish: Activation,
}

const BOOK: Forms =
    Forms { exact: EXACT, slope: |z| EXACT.slope(z), tanh: TANH, swish: SWISH };

/// The experiment.
pub struct GeluApproximations;

/// Where a quantity is extreme, and how large it is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extreme {
    z: f64,
    value: f64,
}

/// What was found.
pub struct Outcome {
    params: Params,
    /// The largest |difference| in value from z·Φ(z), for z ≥ 0: the
    /// difference is the same at −z.
    tanh: Extreme,
    sigmoid: Extreme,
    /// The largest |difference| in slope.
    tanh_slope: Extreme,
    sigmoid_slope: Extreme,
    /// The lowest points of GELU and of Swish, z·σ(z).
    gelu: Extreme,
    swish: Extreme,
    /// The largest slope of GELU: above 1.
    steepest: Extreme,
}

impl Experiment for GeluApproximations {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "gelu-approximations";
    const QUESTION: &'static str = "How far are the usual forms of GELU apart?";
    const CHAPTER: &'static str = "smooth-bends";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        progress.expect(1);
        let outcome = measured(params, BOOK);
        progress.advance(1);
        Ok(outcome)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        vec![
            Fact::scientific("tanh-error", outcome.tanh.value, 3),
            Fact::fixed("tanh-at", outcome.tanh.z, 2),
            Fact::fixed("sigmoid-error", outcome.sigmoid.value, 4),
            Fact::fixed("sigmoid-at", outcome.sigmoid.z, 2),
            Fact::scientific("tanh-slope-error", outcome.tanh_slope.value, 1),
            Fact::fixed("sigmoid-slope-error", outcome.sigmoid_slope.value, 3),
            Fact::fixed("gelu-least", outcome.gelu.value, 4),
            Fact::fixed("gelu-least-at", outcome.gelu.z, 3),
            Fact::fixed("swish-least", outcome.swish.value, 4),
            Fact::fixed("swish-least-at", outcome.swish.z, 3),
            Fact::fixed("gelu-steepest", outcome.steepest.value, 3),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let near = |a: Extreme, z: f64, value: f64| {
            ((a.z - z).abs() / 1e-2).max((a.value / value - 1.0).abs() / 5e-3)
        };
        vec![
            Claim::below(
                "the tanh form is off by 4.74e-4 at most, at ±2.70",
                near(outcome.tanh, 2.70, 4.7323e-4),
                1.0,
            ),
            Claim::below(
                "the sigmoid form is off by 0.0204 at most",
                (outcome.sigmoid.value / 0.0203 - 1.0).abs(),
                5e-3,
            ),
            Claim::above(
                "that is more than 40 times as much",
                outcome.sigmoid.value / outcome.tanh.value,
                40.0,
            ),
            Claim::above(
                "slopes differ more than values",
                (outcome.tanh_slope.value / outcome.tanh.value)
                    .min(outcome.sigmoid_slope.value / outcome.sigmoid.value),
                1.3,
            ),
            Claim::below(
                "GELU is lowest at -0.7518, at -0.169971",
                near(outcome.gelu, -0.7518, -0.169971),
                1e-2,
            ),
            Claim::below(
                "Swish is lowest at -1.2785, at -0.278465",
                near(outcome.swish, -1.2785, -0.278465),
                1e-2,
            ),
            Claim::above(
                "GELU is somewhere steeper than the identity",
                outcome.steepest.value,
                1.1,
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![Span::between("reach", 3.0, 8.0)]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        // σ(βz) then has the slope of Φ at 0: β/4 = 1/√(2π).
        vec![
            Sabotage::<Self>::changing(
                "β is 1.702",
                Params::default(),
                |params: &mut Params| params.beta = (8.0 / PI).sqrt(),
            )
            .counters(
                "slope-at-zero",
                "the sigmoid form is off by 0.0204 at most",
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("Three forms of GELU, and how far they are apart")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([
                Panel::new("Activations", outcome.curves()),
                Panel::new("Difference from z·Φ(z)", outcome.differences()),
            ])
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, forms: Forms| {
            let params = Params::default();
            Sabotage::<Self>::new(what, params, move |params, _| {
                Ok(measured(params, forms))
            })
        };
        vec![
            with(
                "Swish in the place of the tanh form",
                Forms { tanh: SWISH, ..BOOK },
            ),
            with(
                "the tanh form taken for GELU itself",
                Forms { exact: TANH, slope: |z| TANH.slope(z), ..BOOK },
            ),
            with(
                "the sigmoid form in the place of Swish",
                Forms { swish: sigmoid_form(&Params::default()), ..BOOK },
            ),
            // (z·Φ)′ = Φ + z·Φ′, and here Φ alone.
            with(
                "the product rule forgotten in GELU's slope",
                Forms { slope: |z| EXACT.value(z) / z, ..BOOK },
            ),
        ]
    }
}

fn measured(params: &Params, forms: Forms) -> Outcome {
    let Forms { exact, slope: exact_slope, tanh, swish } = forms;
    let reach = params.reach;
    let sigmoid = sigmoid_form(params);
    let value = |f: Activation| {
        extreme(0.0, reach, move |z| (f.value(z) - exact.value(z)).abs())
    };
    let slope = |f: Activation| {
        extreme(0.0, reach, move |z| (f.slope(z) - exact_slope(z)).abs())
    };
    let lowest = |f: Activation| {
        let Extreme { z, value } = extreme(-3.0, 0.0, move |z| -f.value(z));
        Extreme { z, value: -value }
    };
    Outcome {
        params: params.clone(),
        tanh: value(tanh),
        sigmoid: value(sigmoid),
        tanh_slope: slope(tanh),
        sigmoid_slope: slope(sigmoid),
        gelu: lowest(exact),
        swish: lowest(swish),
        steepest: extreme(0.0, reach, exact_slope),
    }
}

fn sigmoid_form(params: &Params) -> Activation {
    Activation::Silu { beta: params.beta }
}

/// Where a quantity is largest in an interval: on a grid, which then closes in
/// on its best place.
fn extreme(low: f64, high: f64, f: impl Fn(f64) -> f64) -> Extreme {
    let (mut low, mut high) = (low, high);
    let mut best = Extreme { z: f64::NAN, value: f64::NEG_INFINITY };
    for _ in 0..4 {
        let step = (high - low) / 400.0;
        for i in 0..=400 {
            let z = low + step * f64::from(i);
            let value = f(z);
            if value > best.value {
                best = Extreme { z, value };
            }
        }
        (low, high) = ((best.z - step).max(low), (best.z + step).min(high));
    }
    best
}

impl Outcome {
    /// Points of the picture from `low` to the reach.
    fn grid(&self, low: f64) -> impl Iterator<Item = f64> {
        let high = self.params.reach;
        (0..=400).map(move |i| low + (high - low) * f64::from(i) / 400.0)
    }

    fn curves(&self) -> Lines {
        let curve = |f: Activation| -> Vec<(f64, f64)> {
            let low = -self.params.reach.min(4.0);
            let z = self.grid(low).filter(|z| *z <= 2.0);
            z.map(|z| (z, f.value(z))).collect()
        };
        let x = Axis::linear("z").including(2.0);
        Lines::new(x, Axis::linear("f(z)"))
            .main("GELU", curve(EXACT))
            .main("Swish", curve(SWISH))
            .main("ReLU", curve(Activation::Relu))
    }

    fn differences(&self) -> Lines {
        let curve = |f: Activation| -> Vec<(f64, f64)> {
            let all = self
                .grid(0.0)
                .map(|z| (z, (f.value(z) - EXACT.value(z)).abs()));
            all.filter(|(_, difference)| *difference >= SHOWN).collect()
        };
        let sigmoid = sigmoid_form(&self.params);
        // The sigmoid form is a Swish; it has the colour of Swish.
        Lines::new(
            Axis::linear("|z|").including(0.0),
            Axis::log("absolute difference").including(SHOWN),
        )
        .main("tanh form", curve(TANH))
        .main(format!("z·σ({}z)", self.params.beta), curve(sigmoid))
    }

    fn finding(&self) -> String {
        let tanh = Fact::scientific("", self.tanh.value, 3).text();
        format!(
            "The tanh form differs most from z·Φ(z), by {tanh}, at \
             z\u{a0}=\u{a0}±{:.2}, the form z·σ({}z) at ±{:.2}, by {:.4}: \
             {:.0} times as much.",
            self.tanh.z,
            self.params.beta,
            self.sigmoid.z,
            self.sigmoid.value,
            self.sigmoid.value / self.tanh.value,
        )
    }

    fn description(&self) -> String {
        format!(
            "Two panels. Left, GELU, Swish and ReLU by z: both smooth curves \
             dip below 0 on the left, GELU to {:.3} at {:.2}, Swish to {:.3} \
             at {:.2}, and run along ReLU far from 0. Right, on a logarithmic \
             axis, the absolute difference of two other forms from z·Φ(z): \
             the sigmoid form reaches {:.4}, the tanh form {:.2e}; each dips \
             where it crosses the exact form.",
            self.gelu.value,
            self.gelu.z,
            self.swish.value,
            self.swish.z,
            self.sigmoid.value,
            self.tanh.value,
        )
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("z"),
            Column::new("GELU").digits(5),
            Column::new("tanh form, difference").digits(3),
            Column::new("sigmoid form, difference").digits(3),
            Column::new("Swish").digits(5),
        ]);
        let sigmoid = sigmoid_form(&self.params);
        for z in self.grid(-self.params.reach).step_by(8) {
            let exact = EXACT.value(z);
            table.row([
                Cell::Number(z),
                Cell::Number(exact),
                Cell::Number(TANH.value(z) - exact),
                Cell::Number(sigmoid.value(z) - exact),
                Cell::Number(SWISH.value(z)),
            ]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_even() {
        for i in 0..100 {
            let z = 0.07 * f64::from(i);
            let d = |z: f64| TANH.value(z) - EXACT.value(z);
            // Each is a difference of two numbers as large as z.
            let rounding = 4.0 * f64::EPSILON * (1.0 + z);
            assert!((d(z) - d(-z)).abs() < rounding, "{z}");
        }
    }

    #[test]
    fn a_slope_is_half_at_zero_and_one_far_out_whatever_the_form() {
        for f in [EXACT, TANH, Activation::Silu { beta: 1.702 }] {
            assert_eq!(f.slope(0.0), 0.5);
            assert!((f.slope(12.0) - 1.0).abs() < 1e-7);
        }
    }

    #[test]
    fn the_highest_point_of_a_parabola_is_found() {
        let top = extreme(-1.0, 2.0, |z| -(z - 0.3) * (z - 0.3));
        assert!((top.z - 0.3).abs() < 1e-6 && top.value > -1e-12);
        // At the border, too.
        assert_eq!(extreme(-1.0, 2.0, |z| z).z, 2.0);
    }
}
