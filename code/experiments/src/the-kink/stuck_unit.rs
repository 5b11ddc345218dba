//! One unit that every input leaves on its flat side: who gets it out again?
//!
//! The unit is y = f(w·x + b) with w = 1 and b = −3 on 50 evenly spaced
//! inputs of [0, 1], so that z lies between −3 and −2. Gradient descent on the
//! mean squared error is to make it y = x. Nothing here is random: there are
//! no seeds to repeat it with. Leaky ReLU: A. L. Maas, A. Y. Hannun, A. Y. Ng,
//! 2013 (not re-checked).
//!
//! See the chapter `the-kink`.

use ndarray::{Array2, array};
use slope::{Activation, Dense, Layer, Loss, Network, data::Dataset};

use chart::{Axis, Cell, Chart, Column, Lines, Table};
use exact::statistics::log_spaced;
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    params,
    sabotage::Sabotage,
};

/// Inputs, evenly spaced from 0 to 1.
const POINTS: usize = 50;

/// The loss at which a unit counts as out of its corner.
const OUT: f64 = 1e-3;

/// Losses below this are not drawn: a curve has then long said what it says.
const DRAWN: f64 = 1e-6;

params! {
    /// Where the unit starts and how it is trained.
    pub struct Params {
        /// The first weight.
        w: f64 = 1.0, in -5.0..=5.0, "First weight";
        /// The first bias.
        b: f64 = -3.0, in -5.0..=-0.1, "First bias";
        /// The step size; 2/λ_max of the unit without a bend is 0.79.
        lr: f64 = 0.5, in 0.01..=0.7, "Learning rate";
        /// How many steps.
        steps: usize = 1000, in 100..=20_000, "Training", "steps";
        /// The slope on the left of the gentler leaky ReLU.
        little: f64 = 0.01, in 0.0..=1.0, "Slope on the left, little";
        /// The slope on the left of the steeper leaky ReLU.
        more: f64 = 0.1, in 0.0..=1.0, "Slope on the left, more";
    }
}

/// The experiment.
pub struct StuckUnit;

/// One unit on its way.
pub struct Path {
    activation: Activation,
    /// The loss before each step, and after the last.
    losses: Vec<f64>,
    /// Steps at which the gradient was not exactly zero.
    pushed: usize,
}

/// What became of four units that differ in their left side alone.
pub struct Outcome {
    params: Params,
    relu: Path,
    little: Path,
    more: Path,
    identity: Path,
}

impl Experiment for StuckUnit {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "stuck-unit";
    const QUESTION: &'static str =
        "Does a ReLU unit that no input reaches ever come back?";
    const CHAPTER: &'static str = "the-kink";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        outcome(params, Activation::Relu, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        vec![
            Fact::count("points", POINTS),
            Fact::count("steps", outcome.params.steps),
            Fact::fixed("loss-relu", outcome.relu.last(), 3),
            Fact::count("out-little", outcome.little.out()),
            Fact::count("out-more", outcome.more.out()),
            Fact::count("out-identity", outcome.identity.out()),
            Fact::scientific("last-little", outcome.little.last(), 1),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let Outcome { relu, little, more, identity, .. } = outcome;
        let sooner = |first: &Path, then: &Path| {
            let step = |path: &Path| path.out().map_or(f64::NAN, |s| s as f64);
            step(then) / step(first)
        };
        vec![
            Claim::equal(
                "the ReLU unit has no gradient at any step",
                relu.pushed,
                0,
            ),
            Claim::equal(
                "so its loss never changes, not in the last bit",
                relu.losses.iter().filter(|l| **l != relu.losses[0]).count(),
                0,
            ),
            Claim::below(
                "a hundredth of slope on the left gets the unit out",
                little.last(),
                DRAWN,
            ),
            Claim::below("a tenth does, too", more.last(), DRAWN),
            Claim::above("and sooner", sooner(more, little), 2.0),
            Claim::above(
                "a slope of one everywhere is out soonest",
                sooner(identity, more),
                2.0,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let mut lines =
            Lines::new(Axis::log("step"), Axis::log("mean squared error"));
        for path in outcome.paths() {
            lines = lines.main(path.name(), path.drawn());
        }
        Chart::new("Loss of one unit whose inputs are all on its left side")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(lines)
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let curve = |path: &Path| Series {
            name: format!("loss/{}", path.activation),
            points: (0..).zip(path.losses.iter().copied()).collect(),
        };
        outcome.paths().map(curve).into()
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("b", -3.2, -2.8),
            Span::between("w", 0.9, 1.1),
            Span::between("lr", 0.4, 0.6),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        vec![
            Sabotage::<Self>::changing(
                "every input is on the flat side",
                Params::default(),
                |params: &mut Params| params.b = -0.5,
            )
            .counters("some-on", "the ReLU unit has no gradient at any step"),
        ]
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, relu: Activation, change: fn(&mut Params)| {
            let params = Params::default();
            Sabotage::<Self>::new(what, params, move |params, progress| {
                let mut params = params.clone();
                change(&mut params);
                outcome(&params, relu, progress)
            })
        };
        let leaky = Activation::LeakyRelu { slope: 0.01 };
        let relu = Activation::Relu;
        vec![
            with("leaky ReLU in the place of ReLU", leaky, |_| {}),
            with("training cut short", relu, |params| params.steps = 50),
        ]
    }
}

/// The outcome with this activation in the place of ReLU.
fn outcome(
    params: &Params,
    relu: Activation,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    progress.expect(4);
    let path = |activation| descend(activation, params, progress);
    Ok(Outcome {
        relu: path(relu)?,
        little: path(Activation::LeakyRelu { slope: params.little })?,
        more: path(Activation::LeakyRelu { slope: params.more })?,
        identity: path(Activation::Identity)?,
        params: params.clone(),
    })
}

/// y = x on evenly spaced points.
fn line() -> Dataset {
    let last = (POINTS - 1) as f64;
    let x = Array2::from_shape_fn((POINTS, 1), |(i, _)| i as f64 / last);
    Dataset { y: x.clone(), x }
}

/// Gradient descent on a single unit.
fn descend(
    activation: Activation,
    params: &Params,
    progress: &Progress,
) -> Result<Path, Stopped> {
    let Dataset { x, y } = line();
    let unit = Dense::new(array![[params.w]], array![params.b], activation)
        .map_err(|why| Stopped(why.to_string()))?;
    let mut network = Network::new(vec![Layer::Dense(unit)])
        .map_err(|why| Stopped(why.to_string()))?;
    let (mut losses, mut pushed) = (Vec::new(), 0);
    for step in 0..=params.steps {
        let (loss, gradient) = network.loss_and_gradient(Loss::Mse, &x, &y);
        if !loss.is_finite() {
            let why = format!("{activation}: the loss diverged at step {step}");
            return Err(Stopped(why));
        }
        losses.push(loss);
        let gradient = &gradient.layers[0];
        if gradient.w[[0, 0]] != 0.0 || gradient.b[0] != 0.0 {
            pushed += 1;
        }
        for dense in network.dense_layers_mut() {
            dense.w[[0, 0]] -= params.lr * gradient.w[[0, 0]];
            dense.b[0] -= params.lr * gradient.b[0];
        }
    }
    progress.advance(1);
    Ok(Path { activation, losses, pushed })
}

impl Path {
    fn name(&self) -> String {
        match self.activation {
            Activation::Relu => "ReLU".into(),
            Activation::LeakyRelu { slope } => format!("leaky, {slope}"),
            other => other.to_string(),
        }
    }

    fn last(&self) -> f64 {
        self.losses[self.losses.len() - 1]
    }

    /// The first step after which the loss is small.
    fn out(&self) -> Option<usize> {
        self.losses.iter().position(|loss| *loss < OUT)
    }

    /// Step 0 has no place on a logarithmic axis; the curve begins at 1.
    fn drawn(&self) -> Vec<(f64, f64)> {
        let losses = self.losses.iter().copied().enumerate().skip(1);
        let high = losses.take_while(|(_, loss)| *loss > DRAWN);
        high.map(|(step, loss)| (step as f64, loss)).collect()
    }
}

impl Outcome {
    fn paths(&self) -> [&Path; 4] {
        [&self.relu, &self.little, &self.more, &self.identity]
    }

    fn finding(&self) -> String {
        if !StuckUnit::bears_out(self) {
            let ends = self
                .paths()
                .map(|path| format!("{} at {:.1e}", path.name(), path.last()));
            return format!(
                "After {} steps the losses are: {}.",
                self.params.steps,
                ends.join(", ")
            );
        }
        let out = |path: &Path| path.out().unwrap_or(0);
        format!(
            "ReLU stays at {:.3} for all {} steps, because its gradient is \
             exactly 0. With a slope of {} on the left the loss is below \
             0.001 after {} steps, with {} after {}, and with slope 1 on both \
             sides after {}.",
            self.relu.last(),
            self.params.steps,
            self.params.more,
            out(&self.more),
            self.params.little,
            out(&self.little),
            out(&self.identity),
        )
    }

    fn description(&self) -> String {
        let mut text = String::from(
            "Four curves of the loss by step, both axes logarithmic.",
        );
        for path in self.paths() {
            text += &format!(
                " {}: from {:.3} at the start to {:.1e}",
                path.name(),
                path.losses[0],
                path.last()
            );
            text += &match path.out() {
                Some(step) => format!(", below {OUT} at step {step}."),
                None => format!(", never below {OUT}."),
            };
        }
        text
    }

    fn table(&self) -> Table {
        let mut columns = vec![Column::new("step")];
        let paths = self.paths();
        columns.extend(paths.map(|path| Column::new(path.name()).digits(3)));
        let mut table = Table::new(columns);
        for step in log_spaced(self.params.steps) {
            let mut row = vec![Cell::Number(step as f64)];
            row.extend(paths.map(|path| Cell::Number(path.losses[step])));
            table.row(row);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A unit that gives 0 is off by x, and the mean of x² over n + 1 evenly
    /// spaced points is (2n + 1)/6n.
    #[test]
    fn the_stuck_loss_is_the_mean_square_of_the_inputs() {
        let n = (POINTS - 1) as f64;
        let expected = (2.0 * n + 1.0) / (6.0 * n);
        let found = StuckUnit::run(&Params::default(), &Progress::silent());
        assert!((found.unwrap().relu.last() - expected).abs() < 1e-15);
    }

    /// On the left y = a·z, so dL/db = 2a·mean(a·z − x): for z = x − 3 the
    /// means of z and x are −5/2 and 1/2.
    #[test]
    fn the_first_push_of_a_leaky_unit_is_as_by_hand() {
        let a = 0.1;
        let activation = Activation::LeakyRelu { slope: a };
        let unit = Dense::new(array![[1.0]], array![-3.0], activation).unwrap();
        let network = Network::new(vec![Layer::Dense(unit)]).unwrap();
        let Dataset { x, y } = line();
        let (_, gradient) = network.loss_and_gradient(Loss::Mse, &x, &y);
        let by_hand = 2.0 * a * (a * -2.5 - 0.5);
        assert!((gradient.layers[0].b[0] - by_hand).abs() < 1e-15);
    }
}
