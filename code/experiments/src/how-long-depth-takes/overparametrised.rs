//! A linear regression with one or two scalar layers behind it: the same
//! functions, and another way to train them.
//!
//! Gradient descent on the mean of |error|ᵖ/p with the best learning rate for
//! every depth and data set, out of a grid of factors 2^¼; balanced first
//! weights of the same product at every depth. With p = 2 the scalars slow the
//! training down, with p = 4 they accelerate it: S. Arora, N. Cohen, E. Hazan,
//! *On the Optimization of Deep Networks: Implicit Acceleration by
//! Overparameterization*, ICML 2018, PMLR 80:244–253, arXiv:1802.06509, who
//! find more of it on data of their own.
//!
//! See the chapter `how-long-depth-takes`.

use ndarray::{Array1, Array2};
use slope::{
    Dataset, data,
    product::{affine, at_b, inner, norm},
    rng::{Rng, Stream},
    transcendental::pow,
};

use chart::{Axis, Cell, Chart, Column, DotPlot, Panel, Table};
use exact::statistics::{least, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Samples and inputs of every data set.
const SAMPLES: usize = 100;
const INPUTS: usize = 10;

/// Layers: the regression itself, and one and two scalars behind it.
const DEPTHS: [usize; 3] = [1, 2, 3];

/// The norm of the first product.
const START: f64 = 0.03;

/// The learning rates tried are 2^(k/4) for these k, the largest first: what
/// is slower than the fastest so far need not be finished.
const RATES: std::ops::RangeInclusive<i32> = -40..=-2;

params! {
    /// What the regressions depend on.
    pub struct Params {
        /// Seed of the first data set; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many data sets.
        seeds: usize = 20, in 1..=20, "Seeds";
        /// The part of the first loss at which a training is over.
        goal: f64 = 1e-5, in 1e-6..=0.1, "Goal";
        /// The most steps that a training may take.
        steps: usize = 4000, in 100..=10_000, "Patience", "steps";
    }
}

/// The experiment.
pub struct Overparametrised;

/// What the error is raised to.
#[derive(Clone, Copy, PartialEq)]
enum Power {
    Two,
    Four,
}

/// The fastest training of one depth on one data set.
#[derive(Clone, Copy)]
struct Fastest {
    steps: usize,
    lr: f64,
}

/// All depths on one data set.
pub struct Race {
    seed: u64,
    power: Power,
    /// In the order of [`DEPTHS`].
    fastest: [Fastest; 3],
}

/// What the races gave.
pub struct Outcome {
    params: Params,
    races: Vec<Race>,
    /// How much smaller the difference between the deep network's step and
    /// the rule for its product is, when the learning rate is halved.
    shrinks: Vec<f64>,
}

/// What a run is made of.
#[derive(Clone, Copy)]
struct Setup {
    /// Layers raced against one another.
    depths: [usize; 3],
    /// The powers raced as p = 2 and p = 4.
    powers: [Power; 2],
    /// The first weights of so many layers, given the norm of their product.
    drawn: fn(usize, f64, u64) -> Deep,
}

const BOOK: Setup = Setup {
    depths: DEPTHS,
    powers: [Power::Two, Power::Four],
    drawn: Deep::drawn,
};

impl Experiment for Overparametrised {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "overparametrised";
    const QUESTION: &'static str =
        "Can a layer that adds nothing make training faster?";
    const CHAPTER: &'static str = "how-long-depth-takes";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        found(params, progress, BOOK)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let middle = |power, depth| median(outcome.speed_ups(power, depth));
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::fixed("two-median-2", middle(Power::Two, 2), 1),
            Fact::fixed("two-median-3", middle(Power::Two, 3), 1),
            Fact::fixed("four-median-2", middle(Power::Four, 2), 1),
            Fact::fixed("four-median-3", middle(Power::Four, 3), 1),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let middle = |power, depth| median(outcome.speed_ups(power, depth));
        vec![
            Claim::below(
                "with p = 2, one scalar makes training slower on most data",
                middle(Power::Two, 2),
                1.0,
            ),
            Claim::below(
                "and two scalars make it slower still",
                middle(Power::Two, 3) / middle(Power::Two, 2),
                1.0,
            ),
            Claim::above(
                "with p = 4, one or two scalars make it more than one and a \
                 half times as fast on most data",
                middle(Power::Four, 2).min(middle(Power::Four, 3)),
                1.5,
            ),
            Claim::below(
                "the product steps as its own rule says, up to lr²",
                most(outcome.shrinks.iter().map(|by| (by - 4.0).abs())),
                0.2,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let panel = |power, name: &str| Panel::new(name, outcome.dots(power));
        Chart::new("Training with scalar layers added, against none")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([panel(Power::Two, "Squared error, p = 2")])
            .row([panel(Power::Four, "Fourth power, p = 4")])
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let few = || Params { seeds: 3, ..Params::default() };
        vec![
            Sabotage::<Self>::new(
                "the layers start balanced",
                few(),
                |params, progress| {
                    let setup = Setup { drawn: unbalanced, ..BOOK };
                    found(params, progress, setup)
                },
            )
            .counters("unbalanced", "the product steps as its own rule says"),
            Sabotage::<Self>::changing(
                "the training goes on to a small loss",
                few(),
                |params| params.goal = 0.1,
            )
            .counters("early-end", "with p = 4, one or two scalars"),
        ]
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, setup: Setup| {
            let few = Params { seeds: 3, ..Params::default() };
            Sabotage::<Self>::new(what, few, move |params, progress| {
                found(params, progress, setup)
            })
        };
        vec![
            with(
                "squares in the place of fourth powers",
                Setup { powers: [Power::Two; 2], ..BOOK },
            ),
            with(
                "fourth powers in the place of squares",
                Setup { powers: [Power::Four; 2], ..BOOK },
            ),
            with(
                "one scalar in the place of two",
                Setup { depths: [1, 2, 2], ..BOOK },
            ),
        ]
    }
}

fn found(
    params: &Params,
    progress: &Progress,
    setup: Setup,
) -> Result<Outcome, Stopped> {
    let races = raced(params, progress, setup)?;
    let seeds = seeds(params.seed, params.seeds);
    let shrinks = seeds.map(|seed| shrink(seed, setup.drawn)).collect();
    Ok(Outcome { params: params.clone(), races, shrinks })
}

/// All of the norm in w.
fn unbalanced(depth: usize, size: f64, seed: u64) -> Deep {
    let alone = Deep::drawn(1, size, seed);
    Deep { scalars: vec![1.0; depth - 1], ..alone }
}

/// x ↦ s₁·s₂·…·w·x, the scalars last.
#[derive(Clone)]
struct Deep {
    w: Array2<f64>, // (1, in)
    scalars: Vec<f64>,
}

impl Deep {
    /// Weights of a random direction, scalars of the norm of w.
    fn drawn(depth: usize, size: f64, seed: u64) -> Self {
        let mut rng = Rng::new(seed, Stream::Weights);
        let w = Array2::from_shape_simple_fn((1, INPUTS), || rng.normal());
        let each = pow(size, 1.0 / depth as f64);
        let w = &w * (each / norm(&w));
        Deep { w, scalars: vec![each; depth - 1] }
    }

    /// The product of the scalars, without number `but`.
    fn scale(&self, but: Option<usize>) -> f64 {
        let others = self.scalars.iter().enumerate();
        let others = others.filter(|(i, _)| Some(*i) != but);
        others.fold(1.0, |scale, (_, s)| scale * s)
    }

    /// The one layer that all are: (1, in).
    fn merged(&self) -> Array2<f64> {
        &self.w * self.scale(None)
    }
}

/// The mean of |error|ᵖ/p, and its slope in the one layer that all are.
fn loss_and_slope(
    power: Power,
    set: &Dataset,
    merged: &Array2<f64>,
) -> (f64, Array2<f64>) {
    let n = set.len() as f64;
    let error = affine(&set.x, merged, &Array1::zeros(1)) - &set.y;
    let square = inner(&error, &error) / n;
    match power {
        Power::Two => (0.5 * square, at_b(&error, &set.x) / n),
        Power::Four => {
            let squares = &error * &error;
            let loss = 0.25 * inner(&squares, &squares) / n;
            (loss, at_b(&(&squares * &error), &set.x) / n)
        }
    }
}

/// One step of every layer, given the slope in their product.
fn step(deep: &mut Deep, slope: &Array2<f64>, lr: f64) {
    let along = inner(slope, &deep.w);
    let scale = deep.scale(None);
    let slopes: Vec<f64> =
        (0..deep.scalars.len()).map(|i| along * deep.scale(Some(i))).collect();
    deep.w.scaled_add(-lr * scale, slope); // dL/dw = s₁·s₂·…·g
    for (s, slope) in deep.scalars.iter_mut().zip(slopes) {
        *s -= lr * slope; // dL/ds = ⟨g, w⟩ times the other scalars
    }
}

/// The rule for the product W of N balanced layers (Arora, Cohen, Hazan):
/// W ← W − lr·‖W‖^(2−2/N)·(g + (N − 1)·the part of g along W).
fn end_to_end(
    w: &Array2<f64>,
    slope: &Array2<f64>,
    depth: usize,
    lr: f64,
) -> Array2<f64> {
    let (size, n) = (norm(w), depth as f64);
    let along = w * (inner(slope, w) / (size * size));
    let whole = slope + &(along * (n - 1.0));
    w - &(whole * (lr * pow(size, 2.0 - 2.0 / n)))
}

/// By what factor the difference between a step of three layers and the rule
/// shrinks when the learning rate is halved.
fn shrink(seed: u64, drawn: fn(usize, f64, u64) -> Deep) -> f64 {
    let (set, deep) = (teacher(seed), drawn(3, 0.5, seed));
    let (_, slope) = loss_and_slope(Power::Two, &set, &deep.merged());
    let gap = |lr: f64| {
        let mut moved = deep.clone();
        step(&mut moved, &slope, lr);
        norm(&(moved.merged() - end_to_end(&deep.merged(), &slope, 3, lr)))
    };
    gap(1e-3) / gap(5e-4)
}

fn teacher(seed: u64) -> Dataset {
    let mut rng = Rng::new(seed, Stream::Data);
    data::linear_teacher(SAMPLES, INPUTS, 0.0, &mut rng)
}

/// All depths on all data sets: first with p = 2, then with p = 4.
fn raced(
    params: &Params,
    progress: &Progress,
    setup: Setup,
) -> Result<Vec<Race>, Stopped> {
    progress.expect(2 * params.seeds);
    let seeds = seeds(params.seed, params.seeds);
    let kinds = BOOK.powers.into_iter().zip(setup.powers);
    let kinds: Vec<_> =
        kinds.flat_map(|kind| seeds.clone().map(move |s| (kind, s))).collect();
    parallel::all(kinds, |((power, used), seed)| {
        let set = teacher(seed);
        let fastest = setup.depths.map(|depth| {
            let deep = (setup.drawn)(depth, START, seed);
            tuned(params, used, &set, &deep)
        });
        progress.advance(1);
        match fastest {
            [Some(one), Some(two), Some(three)] => {
                Ok(Race { seed, power, fastest: [one, two, three] })
            }
            _ => Err(Stopped(format!(
                "seed {seed}: no learning rate reaches the goal in {} \
                     steps: try more of them or a larger goal",
                params.steps
            ))),
        }
    })
}

/// The fastest training over all learning rates.
fn tuned(
    params: &Params,
    power: Power,
    set: &Dataset,
    first: &Deep,
) -> Option<Fastest> {
    let mut best: Option<Fastest> = None;
    for k in RATES.rev() {
        let lr = pow(2.0, f64::from(k) / 4.0);
        let patience = best.map_or(params.steps, |best| best.steps);
        let mut deep = first.clone();
        let steps = arrival(&mut deep, power, set, lr, params.goal, patience);
        if let Some(steps) = steps {
            best = Some(Fastest { steps, lr });
        }
    }
    best
}

/// The first step, before `patience` are over, at which the loss has fallen to
/// its goal. A training that goes up a thousandfold is given up.
fn arrival(
    deep: &mut Deep,
    power: Power,
    set: &Dataset,
    lr: f64,
    goal: f64,
    patience: usize,
) -> Option<usize> {
    let (start, _) = loss_and_slope(power, set, &deep.merged());
    for taken in 0..patience {
        let (loss, slope) = loss_and_slope(power, set, &deep.merged());
        if loss < goal * start {
            return Some(taken);
        }
        if !loss.is_finite() || loss > 1e3 * start {
            return None;
        }
        step(deep, &slope, lr);
    }
    None
}

impl Race {
    /// How many times fewer steps a depth takes than none added.
    fn speed_up(&self, depth: usize) -> f64 {
        self.fastest[0].steps as f64 / self.fastest[depth - 1].steps as f64
    }
}

impl Outcome {
    fn speed_ups(
        &self,
        power: Power,
        depth: usize,
    ) -> impl Iterator<Item = f64> {
        let races = self.races.iter().filter(move |race| race.power == power);
        races.map(move |race| race.speed_up(depth))
    }

    fn dots(&self, power: Power) -> DotPlot {
        let axis = Axis::log("times as fast as without");
        // Both panels have the same range.
        let all = || {
            self.races.iter().flat_map(|race| [2, 3].map(|d| race.speed_up(d)))
        };
        let axis = axis.including(least(all())).including(most(all()));
        DotPlot::new(axis)
            .dots("one dot for each data set")
            .group("")
            .row("1 scalar", self.speed_ups(power, 2).collect())
            .row("2 scalars", self.speed_ups(power, 3).collect())
            .threshold(1.0, "equally fast")
    }

    fn finding(&self) -> String {
        let middle = |power, depth| median(self.speed_ups(power, depth));
        let what = format!(
            "A scalar layer adds nothing that the network could express. With \
             the best learning rate for each, training with one is {:.1} \
             times as fast as without for the squared error, and {:.1} times \
             as fast for the fourth power (medians of {} data sets)",
            middle(Power::Two, 2),
            middle(Power::Four, 2),
            self.params.seeds,
        );
        if Overparametrised::bears_out(self) {
            format!("{what}: it can cost, and it can pay.")
        } else {
            format!("{what}.")
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Two panels with a row of {} dots for each number of scalar layers \
             added: how many times as fast training is as without them, \
             on a logarithmic axis; a line at 1.",
            self.params.seeds
        );
        for (power, name) in [(Power::Two, "p = 2"), (Power::Four, "p = 4")] {
            for depth in [2, 3] {
                text += &format!(
                    " {name}, {} added: from {:.2} to {:.2}, median {:.2}.",
                    depth - 1,
                    least(self.speed_ups(power, depth)),
                    most(self.speed_ups(power, depth)),
                    median(self.speed_ups(power, depth)),
                );
            }
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("p"),
            Column::new("seed"),
            Column::new("scalars added"),
            Column::new("steps"),
            Column::new("learning rate").digits(3),
        ]);
        for race in &self.races {
            let p = if race.power == Power::Two { 2 } else { 4 };
            for (added, fastest) in race.fastest.iter().enumerate() {
                table.row([
                    p.into(),
                    Cell::Number(race.seed as f64),
                    added.into(),
                    fastest.steps.into(),
                    fastest.lr.into(),
                ]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a slope that differences measure, every layer goes down.
    #[test]
    fn every_layer_steps_down_its_own_slope() {
        let (set, lr) = (teacher(0), 1e-3);
        for power in [Power::Two, Power::Four] {
            let loss =
                |deep: &Deep| loss_and_slope(power, &set, &deep.merged()).0;
            let deep = Deep::drawn(3, 0.5, 0);
            let (_, slope) = loss_and_slope(power, &set, &deep.merged());
            let mut moved = deep.clone();
            step(&mut moved, &slope, lr);
            let at = |w: f64, s: f64| {
                let mut deep = deep.clone();
                deep.w[(0, 3)] += w;
                deep.scalars[1] += s;
                loss(&deep)
            };
            let d = 1e-5;
            let w = (at(d, 0.0) - at(-d, 0.0)) / (2.0 * d);
            let s = (at(0.0, d) - at(0.0, -d)) / (2.0 * d);
            let went_w = deep.w[(0, 3)] - moved.w[(0, 3)];
            let went_s = deep.scalars[1] - moved.scalars[1];
            assert!((went_w / lr - w).abs() < 1e-6 * w.abs().max(1.0));
            assert!((went_s / lr - s).abs() < 1e-6 * s.abs().max(1.0));
        }
    }
}
