//! Where a deep linear network has bad minima after all: each hypothesis of
//! the theorem that there are none is dropped once.
//!
//! Two inputs, two questions. The loss is a function of W alone: the mean
//! cross-entropy of the logits Wᵢⱼ against the shares Pᵢⱼ of yes, or the mean
//! squared distance of Wᵢⱼ from their log odds. Both are convex and
//! differentiable. T. Laurent and J. von Brecht (ICML 2018, arXiv:1712.01473)
//! prove that then every local minimum of a deep linear network is global, if
//! its hidden layers are as wide as its input or as its output. Nothing is said
//! of narrower ones, or of a penalty on the weights: with that and more than one
//! hidden layer zero can be a bad minimum (L. Ziyin, B. Li, X. Meng, NeurIPS
//! 2022, arXiv:2202.04777).
//!
//! See the chapter `the-linear-floor`.

use ndarray::{Array2, array};
use slope::{
    Init, Loss,
    rng::{Rng, Stream},
    transcendental::ln,
};

use crate::stack::Stack;
use chart::{Axis, Cell, Chart, Column, DotPlot, Table};
use exact::statistics::{least, most};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// The share of yes: in the rows the questions, in the columns the inputs.
const SHARES: [[f64; 2]; 2] = [[0.95, 0.5], [0.5, 0.9]];

/// Losses closer than this count as one.
const ONE: f64 = 1e-6;

/// A gradient below this has come to rest.
const REST: f64 = 1e-6;

/// The step of the squared loss, whose slopes are steeper, as a part of that
/// of the cross-entropy.
const SQUARED: f64 = 0.2;

params! {
    /// What the trainings depend on.
    pub struct Params {
        /// Seed of the first start; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// Starts of each kind.
        seeds: usize = 20, in 1..=50, "Starts of each kind";
        /// Standard deviation of the first weights.
        init: f64 = 0.2, in 0.01..=2.0, "First weights";
        /// The strength of the penalty.
        decay: f64 = 0.02, in 1e-4..=0.2, "Weight decay";
        /// The step size of gradient descent.
        lr: f64 = 0.5, in 0.01..=1.0, "Learning rate";
        /// How long each network is trained.
        steps: usize = 6000, in 10..=20_000, "Training", "steps";
    }
}

/// The experiment.
pub struct BadMinima;

/// What is trained, and for what.
#[derive(Clone, Copy)]
struct Kind {
    /// Hidden layers and the units of each.
    hidden: (usize, usize),
    loss: Loss,
    penalised: bool,
}

/// The theorem's own case, and what is left of it without one hypothesis.
#[derive(Clone, Copy)]
struct Kinds {
    theorem: Kind,
    waist_squared: Kind,
    waist: Kind,
    decay_one: Kind,
    decay_two: Kind,
}

const THEOREM: Kind =
    Kind { hidden: (2, 2), loss: Loss::BceLogits, penalised: false };

const BOOK: Kinds = Kinds {
    theorem: THEOREM,
    waist_squared: Kind { hidden: (1, 1), loss: Loss::Mse, ..THEOREM },
    waist: Kind { hidden: (1, 1), ..THEOREM },
    decay_one: Kind { hidden: (1, 2), penalised: true, ..THEOREM },
    decay_two: Kind { penalised: true, ..THEOREM },
};

/// One network after its training.
pub struct Run {
    /// The loss, with its penalty if it has one.
    loss: f64,
    /// The largest entry of the gradient.
    gradient: f64,
    /// The largest entry of W.
    size: f64,
}

/// The networks of one kind.
pub struct Row {
    group: &'static str,
    name: &'static str,
    runs: Vec<Run>,
}

/// Where the networks ended.
pub struct Outcome {
    params: Params,
    rows: Vec<Row>,
}

impl Experiment for BadMinima {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "bad-minima";
    const QUESTION: &'static str =
        "When does a deep linear network have bad minima?";
    const CHAPTER: &'static str = "the-linear-floor";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        trained(params, BOOK, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let [.., waist, _, decay] = &outcome.rows[..] else {
            return Vec::new();
        };
        vec![
            Fact::count("starts", outcome.params.seeds),
            Fact::fixed("waist-best", waist.end(least), 3),
            Fact::fixed("waist-worst", waist.end(most), 3),
            Fact::count("waist-stuck", waist.stuck()),
            Fact::fixed("decay", outcome.params.decay, 2),
            Fact::fixed("decay-best", decay.end(least), 3),
            Fact::count("decay-stuck", decay.stuck()),
            Fact::count("decay-zero", decay.at_zero()),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let [theorem, squared, waist, one, two] = &outcome.rows[..] else {
            return Vec::new();
        };
        let apart = |row: &Row| row.end(most) - row.end(least);
        let runs = || outcome.rows.iter().flat_map(|row| &row.runs);
        vec![
            Claim::below(
                "hidden layers as wide as the input, no penalty: every start \
                 ends at the same loss",
                apart(theorem),
                ONE,
            ),
            Claim::below(
                "and no matrix has less",
                theorem.end(most) - floor(Loss::BceLogits),
                ONE,
            ),
            Claim::below(
                "one hidden unit and the squared error: every start ends at \
                 the same loss",
                apart(squared),
                ONE,
            ),
            Claim::above(
                "one hidden unit and the cross-entropy: some starts end higher",
                apart(waist),
                0.02,
            ),
            Claim::below(
                "one hidden layer and a penalty: every start ends at the same \
                 loss",
                apart(one),
                ONE,
            ),
            Claim::above(
                "two hidden layers and a penalty: some starts end higher",
                apart(two),
                0.02,
            ),
            Claim::below(
                "all have converged",
                most(runs().map(|run| run.gradient)),
                REST,
            )
            .of_the_book(),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let mut plot = DotPlot::new(Axis::linear(
            "loss at the end, above the least of its row",
        ))
        .dots("one dot for each start");
        let mut group = "";
        for row in &outcome.rows {
            if row.group != group {
                group = row.group;
                plot = plot.group(group);
            }
            let best = row.end(least);
            let above = row.runs.iter().map(|run| run.loss - best);
            let above = above.map(|loss| if loss < ONE { 0.0 } else { loss });
            plot = plot.row(row.name, above.collect());
        }
        Chart::new("Where the training of deep linear networks ends")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(plot)
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        vec![
            sabotage("a waist of two units", |k| k.waist.hidden.1 = 2),
            sabotage("no penalty", |k| k.decay_two.penalised = false),
            Sabotage::<Self>::changing(
                "training cut short",
                Params::default(),
                |params| params.steps = 100,
            ),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let with = |name, hypothesis, says, change: fn(&mut Kinds)| {
            sabotage(hypothesis, change).counters(name, says)
        };
        let theorem = "hidden layers as wide as the input, no penalty";
        vec![
            with("waist", "as wide as the input", theorem, |kinds| {
                kinds.theorem.hidden.1 = 1;
            }),
            with("decay", "no weight decay", theorem, |kinds| {
                kinds.theorem.penalised = true;
            }),
            with(
                "second-layer",
                "one hidden layer",
                "one hidden layer and a penalty",
                |kinds| kinds.decay_one.hidden.0 = 2,
            ),
            with(
                "cross-entropy",
                "the squared error",
                "one hidden unit and the squared error",
                |kinds| kinds.waist_squared.loss = Loss::BceLogits,
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("init", 0.15, 0.4),
            Span::between("decay", 0.015, 0.03),
            Span::between("lr", 0.3, 0.7),
            Span::between("steps", 6000.0, 10_000.0),
            Span::between("seeds", 20.0, 20.0),
        ]
    }
}

fn sabotage(what: &'static str, change: fn(&mut Kinds)) -> Sabotage<BadMinima> {
    let mut kinds = BOOK;
    change(&mut kinds);
    let book = Params::default();
    Sabotage::new(what, book, move |params, progress| {
        trained(params, kinds, progress)
    })
}

/// What is learned: the shares for the cross-entropy, their log odds for the
/// squared error.
fn targets(loss: Loss) -> Array2<f64> {
    let shares = array![SHARES[0], SHARES[1]];
    match loss {
        Loss::BceLogits => shares,
        _ => shares.mapv(|p| ln(p / (1.0 - p))),
    }
}

/// The loss at the log odds themselves: no W has less.
fn floor(loss: Loss) -> f64 {
    loss.value(&targets(Loss::Mse), &targets(loss))
}

fn trained(
    params: &Params,
    kinds: Kinds,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    let rows = [
        ("as the theorem has it", "cross-entropy", kinds.theorem),
        ("one hidden unit", "squared error", kinds.waist_squared),
        ("one hidden unit", "cross-entropy ", kinds.waist),
        ("with weight decay", "one hidden layer", kinds.decay_one),
        ("with weight decay", "two hidden layers", kinds.decay_two),
    ];
    progress.expect(rows.len() * params.seeds);
    let rows = rows.into_iter().map(|(group, name, kind)| {
        let seeds = seeds(params.seed, params.seeds);
        let runs = parallel::all(seeds, |seed| {
            let run = one(params, kind, seed);
            progress.advance(1);
            run
        })?;
        Ok(Row { group, name, runs })
    });
    let rows = rows.collect::<Result<_, Stopped>>()?;
    Ok(Outcome { params: params.clone(), rows })
}

fn one(params: &Params, kind: Kind, seed: u64) -> Result<Run, Stopped> {
    let (layers, units) = kind.hidden;
    let mut sizes = vec![units; layers];
    sizes.insert(0, 2);
    sizes.push(2);
    let init = Init::Normal { std: params.init };
    let mut stack =
        Stack::new(&sizes, init, &mut Rng::new(seed, Stream::Weights));
    let y = targets(kind.loss);
    let decay = if kind.penalised { params.decay } else { 0.0 };
    let lr = match kind.loss {
        Loss::Mse => SQUARED * params.lr,
        _ => params.lr,
    };
    let mut gradient = f64::NAN;
    for step in 0..params.steps {
        let products = stack.products();
        let slope = kind.loss.gradient(&products[layers], &y);
        gradient = stack.step(&products, slope, lr, decay);
        if !gradient.is_finite() {
            return Err(Stopped(format!(
                "seed {seed} diverged at step {step}: try a smaller learning \
                 rate"
            )));
        }
    }
    let w = &stack.products()[layers];
    Ok(Run {
        loss: kind.loss.value(w, &y) + stack.penalty(decay),
        gradient,
        size: most(w.iter().map(|w| w.abs())),
    })
}

impl Row {
    fn end(&self, of: fn(Vec<f64>) -> f64) -> f64 {
        of(self.runs.iter().map(|run| run.loss).collect())
    }

    /// How many starts end where all weights are zero.
    fn at_zero(&self) -> usize {
        self.runs.iter().filter(|run| run.size < ONE).count()
    }

    /// How many starts end above the best of them.
    fn stuck(&self) -> usize {
        let best = self.end(least);
        self.runs.iter().filter(|run| run.loss > best + ONE).count()
    }
}

impl Outcome {
    fn finding(&self) -> String {
        let stuck: Vec<_> = self.rows.iter().map(Row::stuck).collect();
        let starts = self.params.seeds;
        if BadMinima::bears_out(self) {
            format!(
                "With layers as wide as the input and no penalty, all \
                 {starts} starts drawn end at the least loss. Through one \
                 hidden unit, {} of them end higher if the loss is the \
                 cross-entropy; with weight decay, {} do so if there are two \
                 hidden layers.",
                stuck[2], stuck[4],
            )
        } else {
            format!(
                "Of {starts} starts, those that end above the best of their \
                 kind, row by row: {}, {}, {}, {} and {}.",
                stuck[0], stuck[1], stuck[2], stuck[3], stuck[4],
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Five rows of {} dots: how far above the least loss of its row \
             each start has ended.",
            self.params.seeds
        );
        for row in &self.rows {
            text += &format!(
                " {}, {}: {} end higher, by up to {}.",
                row.group,
                row.name.trim_end(),
                row.stuck(),
                Fact::fixed("", row.end(most) - row.end(least), 3)
                    .most()
                    .text(),
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("network"),
            Column::new("loss"),
            Column::new("seed"),
            Column::new("loss at the end").digits(5),
            Column::new("largest slope left").digits(1),
            Column::new("largest entry of the product").digits(3),
        ]);
        for row in &self.rows {
            for (run, seed) in row.runs.iter().zip(self.params.seed..) {
                table.row([
                    Cell::Text(row.group.into()),
                    Cell::Text(row.name.trim_end().into()),
                    Cell::Number(seed as f64),
                    run.loss.into(),
                    run.gradient.into(),
                    run.size.into(),
                ]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At W = diag(0, m), reached through one unit with a = b = (0, √m), the
    /// loss is d·b₁a₁ + ⅛·m·(a₁² + b₁²)/4 to second order in a₁ and b₁, with
    /// d = (½ − P₁₁)/4: a minimum if |d| ≤ m/16, whatever the other diagonal
    /// entry could gain.
    #[test]
    fn the_worse_minimum_is_one() {
        let m = targets(Loss::Mse);
        for (kept, other) in [(0, 1), (1, 0)] {
            let d = (0.5 - SHARES[other][other]) / 4.0;
            assert!(d.abs() < m[(kept, kept)] / 16.0);
        }
    }

    /// The squared distance has no such minimum: there the other entry gains
    /// more than the waist costs as soon as it is the stronger one.
    #[test]
    fn the_squared_error_has_none() {
        let m = targets(Loss::Mse);
        assert!(m[(0, 0)] > m[(1, 1)] && m[(1, 1)] > 0.0);
    }
}
