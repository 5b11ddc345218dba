//! A valley of two weights, seen from above, and four ways down it.
//!
//! The loss is ½(λ₁u² + λ₂v²) with λ₁/λ₂ = κ, in axes u, v that are turned
//! against the weights. Gradient descent; the heavy ball with the μ that B. T.
//! Polyak (1964) computed from κ; momentum of 0.9; Adam. Each takes the best of
//! the same rates: the one with the fewest steps to where the loss is small
//! against the first, and stays so. All of them begin on one contour, at a
//! place that the seed draws. See the chapter `valleys`.

use slope::Optimizer;

use super::conditioning::heaviness;
use super::ground::{Descent, Ground, HALF, PATIENCE, RATES, STAY, TOLERANCE};
use chart::{Axis, Cell, Chart, Column, Panel, Plane, Table};
use exact::decimal::Decimal;
use exact::statistics::{least, most};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    params,
    sabotage::Sabotage,
};

/// The loss on each contour that is drawn, relative to the first.
const CONTOURS: [f64; 4] = [1.0, 0.4, 0.1, 0.01];

params! {
    /// What the valley is like.
    pub struct Params {
        /// Draws the place on the contour where all begin.
        seed: u64 = 0, in 0..=1_000_000, "Seed";
        /// How many times as curved the valley is across as along.
        condition: f64 = 25.0, in 2.0..=100.0, "Condition number";
        /// From the first weight to the valley.
        turn: f64 = 35.0, in 0.0..=90.0, "Turn", "degrees";
    }
}

/// The experiment.
pub struct Valley;

/// What was found.
pub struct Outcome {
    params: Params,
    ground: Ground,
    /// By the places below.
    descents: Vec<Descent>,
    /// Gradient descent at one and a half times its best rate: whether it
    /// leaves.
    faster_leaves: bool,
}

const DESCENT: usize = 0;
const HEAVY: usize = 1;
const MOMENTUM: usize = 2;
const ADAM: usize = 3;

impl Experiment for Valley {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "valley";
    const QUESTION: &'static str =
        "Which way do gradient descent, momentum and Adam take down a valley?";
    const CHAPTER: &'static str = "valleys";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        outcome(params, BOOK, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let steps = |name, place| Fact::count(name, outcome.steps(place));
        vec![
            Fact::count("condition", outcome.params.condition as usize),
            Fact::count("rates", RATES.count()),
            Fact::scientific("tolerance", TOLERANCE, 1),
            steps("descent", DESCENT),
            steps("heavy", HEAVY),
            steps("momentum", MOMENTUM),
            steps("adam", ADAM),
            Fact::count("stay", STAY),
            Fact::percent("descent-edge", outcome.edge(), 0),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let over = |this, that| outcome.over(this, that);
        vec![
            Claim::above(
                "gradient descent takes more steps than the heavy ball",
                over(DESCENT, HEAVY),
                1.3,
            ),
            Claim::above(
                "momentum of 0.9 does, too, in so short a valley",
                over(MOMENTUM, HEAVY),
                1.3,
            ),
            Claim::above(
                "the best rate of gradient descent lies close to the cliff",
                outcome.edge(),
                0.8,
            ),
            Claim::equal(
                "with half as much again it leaves the valley",
                usize::from(outcome.faster_leaves),
                1,
            ),
            Claim::above(
                "its steps go to and fro across the valley",
                outcome.crossings(DESCENT) as f64
                    / outcome.steps(DESCENT) as f64,
                0.6,
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("condition", 20.0, 30.0),
            Span::between("turn", 20.0, 70.0),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let panels = outcome.descents.iter().map(|descent| {
            let steps = descent.path.len() - 1;
            let title = format!("{}: {steps} steps", descent.name);
            Panel::new(title, outcome.drawn(descent))
        });
        Chart::new("Four ways down one valley")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row(panels)
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, change: fn(&mut Rules)| {
            Sabotage::<Self>::new(what, Params::default(), {
                move |params, progress| {
                    let mut rules = BOOK;
                    change(&mut rules);
                    outcome(params, rules, progress)
                }
            })
        };
        vec![
            with("a heavy ball that forgets", |rules| rules.heavy = |_| 0.0),
            with("momentum of 0.9 that is made for κ", |rules| {
                rules.momentum = heaviness;
            }),
            with("gradient descent that has momentum", |rules| {
                rules.descent = |lr| Optimizer::momentum(lr, 0.5);
            }),
            with("gradient descent at a tenth of its rates", |rules| {
                rules.rates = |step| step.min(-80);
            }),
        ]
    }
}

/// What the book's run does, and a sabotage may change.
#[derive(Clone, Copy)]
struct Rules {
    descent: fn(f64) -> Optimizer,
    /// μ of the heavy ball, and of the other, by κ.
    heavy: fn(f64) -> f64,
    momentum: fn(f64) -> f64,
    /// Which rate is tried in the place of another, by its power of 10^(1/40).
    rates: fn(i32) -> i32,
}

const BOOK: Rules = Rules {
    descent: Optimizer::sgd,
    heavy: heaviness,
    momentum: |_| 0.9,
    rates: |step| step,
};

fn outcome(
    params: &Params,
    rules: Rules,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    progress.expect(4);
    let ground = Ground::new(params);
    let [heavy, momentum] =
        [rules.heavy, rules.momentum].map(|mu| mu(params.condition));
    let best = |name, rule: &dyn Fn(f64) -> Optimizer| {
        let descent = ground.best(name, rule, rules.rates);
        progress.advance(1);
        descent.ok_or_else(|| Stopped(format!("{name}: no rate does")))
    };
    let descents = vec![
        best("gradient descent", &rules.descent)?,
        best("heavy ball", &|lr| Optimizer::momentum(lr, heavy))?,
        best("momentum 0.9", &|lr| Optimizer::momentum(lr, momentum))?,
        best("Adam", &Optimizer::adam)?,
    ];
    let faster = (rules.descent)(1.5 * descents[DESCENT].lr);
    let faster_leaves = ground.path(faster, PATIENCE).is_none();
    let params = params.clone();
    Ok(Outcome { params, ground, descents, faster_leaves })
}

impl Outcome {
    fn steps(&self, place: usize) -> usize {
        self.descents[place].path.len() - 1
    }

    fn over(&self, this: usize, that: usize) -> f64 {
        self.steps(this) as f64 / self.steps(that) as f64
    }

    /// The best rate of gradient descent, relative to 2/λ_max.
    fn edge(&self) -> f64 {
        self.descents[DESCENT].lr * self.params.condition / 2.0
    }

    /// Steps that end on the other side of the valley's floor.
    fn crossings(&self, place: usize) -> usize {
        let across = |w| self.ground.along_and_across(w)[1];
        let steps = self.descents[place].path.windows(2);
        steps.filter(|ends| across(ends[0]) * across(ends[1]) < 0.0).count()
    }

    fn drawn(&self, descent: &Descent) -> Plane {
        // A square about all paths and the minimum, with a little room.
        let all = || self.descents.iter().flat_map(|d| &d.path);
        let ends = [0, 1].map(|k| {
            let values = || all().map(move |w| w[k]).chain([0.0]);
            (least(values()), most(values()))
        });
        let sides = ends.map(|(low, high)| high - low);
        let half = 0.58 * f64::max(sides[0], sides[1]);
        let axis = |name, (low, high): (f64, f64)| {
            let middle = (low + high) / 2.0;
            Axis::linear(name).between(middle - half, middle + half)
        };
        let (x, y) = (axis("w₁", ends[0]), axis("w₂", ends[1]));
        let mut plane = Plane::new(x, y);
        for level in CONTOURS {
            plane = plane.thin("lines of equal loss", self.contour(level));
        }
        let path = descent.path.iter().map(|w| (w[0], w[1])).collect();
        plane.main("the way down", path).points("minimum", vec![(0.0, 0.0)])
    }

    fn contour(&self, level: f64) -> Vec<(f64, f64)> {
        let around = (0..=120).map(|k| f64::from(k) / 60.0 * HALF.1);
        around
            .map(|angle| self.ground.on_contour(level, angle))
            .map(|w| (w[0], w[1]))
            .collect()
    }

    fn finding(&self) -> String {
        let steps = |place| self.steps(place);
        let told = format!(
            "Each at its best rate: down this valley, gradient descent takes {} \
             steps, the heavy ball {}, the usual momentum {} and Adam {}.",
            steps(DESCENT),
            steps(HEAVY),
            steps(MOMENTUM),
            steps(ADAM),
        );
        if Valley::bears_out(self) {
            format!(
                "{told} The first bounces from side to side; a momentum of \
                 0.9 remembers for longer than so short a valley takes.",
            )
        } else {
            told
        }
    }

    fn description(&self) -> String {
        let start = self.ground.start;
        let mut text = format!(
            "Four squares with the same contours: ellipses about the minimum \
             at (0, 0), {:.0} times as long as they are wide and turned by \
             {:.0} degrees. Each path begins at ({:.2}, {:.2}).",
            Decimal(self.params.condition.sqrt()),
            Decimal(self.params.turn),
            Decimal(start[0]),
            Decimal(start[1]),
        );
        for (place, descent) in self.descents.iter().enumerate() {
            text += &format!(
                " {}: {} steps at a rate of {:.3}, {} of them across the \
                 floor of the valley.",
                descent.name,
                self.steps(place),
                Decimal(descent.lr),
                self.crossings(place),
            );
        }
        text.replace('-', "−")
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("method"),
            Column::new("learning rate").digits(3),
            Column::new("step"),
            Column::new("w₁").digits(3),
            Column::new("w₂").digits(3),
            Column::new("loss, relative to the first").digits(3),
        ]);
        for Descent { name, lr, path } in &self.descents {
            for (step, w) in path.iter().enumerate() {
                table.row([
                    Cell::Text((*name).into()),
                    Cell::Number(*lr),
                    Cell::Number(step as f64),
                    Cell::Number(w[0]),
                    Cell::Number(w[1]),
                    Cell::Number(self.ground.level(*w)),
                ]);
            }
        }
        table
    }
}
