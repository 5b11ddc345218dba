//! What do the usual activations do, and how steep are they where?
//!
//! Ten functions f and their slopes f′ on a stretch around 0. Each minimum is
//! found by bisection on the slope, each extreme slope on a grid and then by
//! ternary search. GELU is from D. Hendrycks and K. Gimpel (2016,
//! arXiv:1606.08415), Swish from P. Ramachandran and others (2017,
//! arXiv:1710.05941).
//!
//! See the chapter `activations`.
//!
//! Nothing here is random: there are no seeds to differ.

use slope::Activation;

use chart::{Axis, Chart, Column, Panel, Plane, Table};
use exact::statistics::{least, most, sorted};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    params,
    sabotage::Sabotage,
};

/// Points on the stretch at which slopes are first looked at. 0 is one of
/// them.
const GRID: usize = 2000;

params! {
    /// What is looked at.
    pub struct Params {
        /// The stretch looked at goes from −reach to reach.
        reach: f64 = 6.0, in 4.0..=50.0, "Largest z";
    }
}

/// The experiment.
pub struct Activations;

/// One activation, measured.
pub struct Shape {
    name: &'static str,
    f: Activation,
    /// The least slope, and the greatest.
    flattest: f64,
    steepest: f64,
    /// Where the greatest is, if at one place.
    steepest_at: Option<f64>,
    /// How many different slopes the grid has.
    slopes: usize,
    /// Where the slope turns from negative to positive, and f there.
    minimum: Option<(f64, f64)>,
}

/// What was measured.
pub struct Outcome {
    params: Params,
    shapes: Vec<Shape>,
    /// The largest difference of GELU from its approximation by tanh.
    gelu_gap: f64,
}

const SWISH: Activation = Activation::Silu { beta: 1.0 };

const NAMED: [(&str, Activation); 10] = [
    ("identity", Activation::Identity),
    ("sigmoid", Activation::Sigmoid),
    ("tanh", Activation::Tanh),
    ("ReLU", Activation::Relu),
    ("leaky ReLU", Activation::LeakyRelu { slope: 0.01 }),
    ("ELU", Activation::Elu { alpha: 1.0 }),
    ("softplus", Activation::Softplus),
    ("GELU", Activation::GeluErf),
    ("Swish", SWISH),
    ("Mish", Activation::Mish),
];

/// What is drawn; the table holds all.
const DRAWN: [&str; 6] =
    ["identity", "sigmoid", "tanh", "ReLU", "GELU", "Swish"];

impl Experiment for Activations {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "activations";
    const QUESTION: &'static str =
        "How steep are the usual activations, and where?";
    const CHAPTER: &'static str = "activations";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        Ok(Self::measured(params, progress, &NAMED, Activation::GeluTanh))
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let steepest = |name| outcome.number(name, |s| s.steepest);
        let minimum = |name| outcome.minimum(name);
        vec![
            Fact::fixed("sigmoid-slope-most", steepest("sigmoid"), 2).most(),
            Fact::fixed("tanh-slope-most", steepest("tanh"), 0),
            Fact::fixed("gelu-slope-most", steepest("GELU"), 3),
            Fact::fixed("swish-slope-most", steepest("Swish"), 3),
            Fact::fixed("gelu-min", minimum("GELU").1, 6),
            Fact::fixed("gelu-min-at", minimum("GELU").0, 4),
            Fact::fixed("swish-min", minimum("Swish").1, 6),
            Fact::fixed("swish-min-at", minimum("Swish").0, 4),
            Fact::scientific("gelu-tanh-gap", outcome.gelu_gap, 3).most(),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let steepest = |name| outcome.number(name, |s| s.steepest);
        let slopes = |name| outcome.number(name, |s| s.slopes as f64) as usize;
        let turning = outcome.shapes.iter().filter(|s| s.minimum.is_some());
        let deepest = |name| outcome.minimum(name).1;
        vec![
            Claim::equal(
                "the identity has one slope everywhere",
                slopes("identity"),
                1,
            ),
            Claim::equal("ReLU has two", slopes("ReLU"), 2),
            Claim::below(
                "the sigmoid is nowhere steeper than 1/4, and there at 0",
                (steepest("sigmoid") - 0.25).abs(),
                1e-12,
            ),
            Claim::below(
                "tanh is nowhere steeper than 1, and there at 0",
                (steepest("tanh") - 1.0).abs(),
                1e-12,
            ),
            Claim::above(
                "GELU, Swish and Mish are steeper than 1 somewhere",
                least(["GELU", "Swish", "Mish"].map(steepest)),
                1.05,
            ),
            Claim::equal("these three turn back up", turning.count(), 3),
            Claim::below(
                "the minimum of GELU is −0.169971",
                (deepest("GELU") + 0.169971).abs(),
                5e-7,
            ),
            Claim::below(
                "the minimum of Swish is −0.278465",
                (deepest("Swish") + 0.278465).abs(),
                5e-7,
            ),
            Claim::below(
                "GELU by tanh is less than 0.0005 off",
                outcome.gelu_gap,
                5e-4,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let drawn = outcome.shapes.iter().filter(|s| DRAWN.contains(&s.name));
        Chart::new("Activations and their slopes")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row(drawn.map(|shape| Panel::new(shape.name, shape.plane())))
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        vec![
            // z·σ(0·z) is z/2.
            Sabotage::<Self>::new(
                "the β of Swish is not zero",
                Params::default(),
                with(&[("Swish", Activation::Silu { beta: 0.0 })]),
            )
            .counters(
                "flat-swish",
                "GELU, Swish and Mish are steeper than 1 somewhere",
            ),
            // f(z) = z on both sides of 0.
            Sabotage::<Self>::new(
                "the slope of a leaky ReLU differs from 1 on the left",
                Params::default(),
                with(&[("ReLU", Activation::LeakyRelu { slope: 1.0 })]),
            )
            .counters("whole-leak", "ReLU has two"),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![Span::any("reach")]
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, wrong| {
            Sabotage::<Self>::new(what, Params::default(), with(wrong))
        };
        vec![
            with(
                "a small leak in the identity",
                &[("identity", Activation::LeakyRelu { slope: 0.99 })],
            ),
            with(
                "softplus in the place of ReLU",
                &[("ReLU", Activation::Softplus)],
            ),
            with(
                "the sigmoid and tanh confused",
                &[("sigmoid", Activation::Tanh), ("tanh", Activation::Sigmoid)],
            ),
            with(
                "GELU's approximation in its place",
                &[("GELU", Activation::GeluTanh)],
            ),
            with(
                "Swish twice as sharp",
                &[("Swish", Activation::Silu { beta: 2.0 })],
            ),
            with("tanh in the place of Mish", &[("Mish", Activation::Tanh)]),
            Sabotage::<Self>::new(
                "GELU approximated by Swish",
                Params::default(),
                |params, progress| {
                    let near = Activation::Silu { beta: 1.702 };
                    Ok(Self::measured(params, progress, &NAMED, near))
                },
            ),
        ]
    }
}

/// A run in which some names stand for other functions.
fn with(
    wrong: &'static [(&str, Activation)],
) -> impl Fn(&Params, &Progress) -> Result<Outcome, Stopped> {
    move |params, progress| {
        let of = |(name, f)| {
            let other = wrong.iter().find(|(wrong, _)| *wrong == name);
            (name, other.map_or(f, |(_, other)| *other))
        };
        let (named, near) = (NAMED.map(of), Activation::GeluTanh);
        Ok(Activations::measured(params, progress, &named, near))
    }
}

impl Activations {
    fn measured(
        params: &Params,
        progress: &Progress,
        named: &[(&'static str, Activation)],
        near: Activation,
    ) -> Outcome {
        progress.expect(named.len());
        let grid = grid(params.reach);
        let shape = |&(name, f): &(&'static str, Activation)| {
            progress.advance(1);
            Shape::of(name, f, &grid)
        };
        let gap =
            |z: &f64| (Activation::GeluErf.value(*z) - near.value(*z)).abs();
        Outcome {
            params: params.clone(),
            shapes: named.iter().map(shape).collect(),
            gelu_gap: most(grid.iter().map(gap)),
        }
    }
}

fn grid(reach: f64) -> Vec<f64> {
    let at = |i| reach * (2.0 * i as f64 / GRID as f64 - 1.0);
    (0..=GRID).map(at).collect()
}

impl Shape {
    fn of(name: &'static str, f: Activation, grid: &[f64]) -> Self {
        let slopes: Vec<f64> = grid.iter().map(|z| f.slope(*z)).collect();
        let mut different = sorted(slopes.iter().copied());
        different.dedup();
        let (steepest_at, steepest) = peak(|z| f.slope(z), grid);
        let (_, negative) = peak(|z| -f.slope(z), grid);
        let turn = slopes.windows(2).position(|s| s[0] < 0.0 && s[1] >= 0.0);
        let minimum = turn.map(|i| root(f, grid[i], grid[i + 1]));
        Self {
            name,
            f,
            flattest: -negative,
            steepest,
            steepest_at,
            slopes: different.len(),
            minimum: minimum.map(|z| (z, f.value(z))),
        }
    }

    /// f and f′, in units that are equal both ways: slope 1 is a diagonal.
    fn plane(&self) -> Plane {
        // A step at 0 is drawn as one: both sides of it are on the grid.
        let curve = |f: &dyn Fn(f64) -> f64| -> Vec<(f64, f64)> {
            let at = |i: i32| f64::from(i) / 64.0;
            let mut z: Vec<f64> = (-192..=192).map(at).collect();
            z.push(1e-9);
            sorted(z).into_iter().map(|z| (z, f(z))).collect()
        };
        let x = Axis::linear("z").between(-3.0, 3.0);
        Plane::new(x, Axis::linear("").between(-1.0, 2.0))
            .main("f(z)", curve(&|z| self.f.value(z)))
            .main("its slope f′(z)", curve(&|z| self.f.slope(z)))
    }
}

/// Where the slope of f changes its sign between two places.
fn root(f: Activation, mut low: f64, mut high: f64) -> f64 {
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return high;
        }
        if f.slope(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// The highest place, if it is but one, and its height: the best of the grid,
/// and then the best between its neighbours.
fn peak(height: impl Fn(f64) -> f64, grid: &[f64]) -> (Option<f64>, f64) {
    let highest = most(grid.iter().map(|z| height(*z)));
    let mut best = (0..grid.len()).filter(|&i| height(grid[i]) == highest);
    let (Some(first), None) = (best.next(), best.next()) else {
        return (None, highest);
    };
    let mut low = grid[first.saturating_sub(1)];
    let mut high = grid[(first + 1).min(grid.len() - 1)];
    for _ in 0..200 {
        let third = (high - low) / 3.0;
        if height(low + third) < height(high - third) {
            low += third;
        } else {
            high -= third;
        }
    }
    let refined = low + (high - low) / 2.0;
    // What is higher by a last bit only is rounding.
    match height(refined) > highest + f64::EPSILON {
        true => (Some(refined), height(refined)),
        false => (Some(grid[first]), highest),
    }
}

impl Outcome {
    fn shape(&self, name: &str) -> Option<&Shape> {
        self.shapes.iter().find(|shape| shape.name == name)
    }

    fn number(&self, name: &str, of: impl Fn(&Shape) -> f64) -> f64 {
        self.shape(name).map_or(f64::NAN, of)
    }

    fn minimum(&self, name: &str) -> (f64, f64) {
        let none = (f64::NAN, f64::NAN);
        self.shape(name).and_then(|shape| shape.minimum).unwrap_or(none)
    }

    fn finding(&self) -> String {
        let steepest = |name| self.number(name, |s| s.steepest);
        format!(
            "The identity has slope 1 everywhere, ReLU on one half and 0 on \
             the other. The sigmoid's slope never exceeds {:.2}, that of tanh \
             reaches {:.0} at a single point, and GELU and Swish go a little \
             beyond 1, to {:.2} and {:.2}.",
            steepest("sigmoid"),
            steepest("tanh"),
            steepest("GELU"),
            steepest("Swish"),
        )
    }

    fn description(&self) -> String {
        let mut text =
            "Six small planes with equal units both ways, each with \
                        a function and its slope, from z = −3 to 3."
                .to_string();
        for shape in &self.shapes {
            text += &format!(
                " {}: slopes from {:.3} to {:.3}",
                shape.name, shape.flattest, shape.steepest
            );
            text += &match shape.minimum {
                Some((z, a)) => format!(", least value {a:.3} at {z:.3}."),
                None => ".".to_string(),
            };
        }
        let reach = self.params.reach;
        text + &format!(" Measured from z = −{reach} to {reach}.")
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("activation"),
            Column::new("largest slope").digits(6),
            Column::new("at z").digits(5),
            Column::new("least slope").digits(6),
            Column::new("minimum").digits(6),
            Column::new("at z").digits(5),
        ]);
        for shape in &self.shapes {
            table.row([
                shape.name.into(),
                shape.steepest.into(),
                match shape.steepest_at {
                    Some(z) => z.into(),
                    None => "many".into(),
                },
                shape.flattest.into(),
                shape.minimum.map(|minimum| minimum.1).into(),
                shape.minimum.map(|minimum| minimum.0).into(),
            ]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome() -> Outcome {
        Activations::run(&Params::default(), &Progress::silent()).unwrap()
    }

    /// From (zσ)′ = 0 follows zσ(z) = 1 + z.
    #[test]
    fn the_minimum_of_swish_lies_on_the_line_one_plus_z() {
        let (z, a) = outcome().minimum("Swish");
        assert!((a - (1.0 + z)).abs() < 1e-15, "{z} {a}");
        assert!((z + 1.2785).abs() < 5e-5, "{z}");
    }

    /// From (zΦ)′ = 0 follows zΦ(z) = −z²φ(z).
    #[test]
    fn the_minimum_of_gelu_is_minus_z_squared_times_the_density() {
        let (z, a) = outcome().minimum("GELU");
        let root = std::f64::consts::TAU.sqrt();
        let density = slope::transcendental::exp(-z * z / 2.0) / root;
        assert!((a + z * z * density).abs() < 1e-15, "{z} {a}");
        assert!((z + 0.7518).abs() < 5e-5, "{z}");
    }

    /// Every slope is the limit of (f(z + h) − f(z − h))/2h.
    #[test]
    fn slopes_are_those_of_the_values() {
        for (name, f) in NAMED {
            for z in grid(5.0).into_iter().filter(|z| z.abs() > 1e-3) {
                let h = 1e-5;
                let measured = (f.value(z + h) - f.value(z - h)) / (2.0 * h);
                let off = (measured - f.slope(z)).abs();
                assert!(off < 1e-8, "{name} at {z}: {off}");
            }
        }
    }

    #[test]
    fn any_stretch_bears_the_claims_out() {
        for reach in [4.0, 7.3, 50.0] {
            let params = Params { reach };
            let run = Activations::run(&params, &Progress::silent());
            let claims = Activations::claims(&run.unwrap());
            assert!(claims.iter().all(|claim| claim.holds), "{claims:#?}");
        }
    }
}
