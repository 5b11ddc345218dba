//! Whether a digit is odd or even: the same images and the same networks as
//! in `digits`, and a question that no straight cut answers.
//!
//! Networks [64, 32, 32, 1] trained with Adam on 1,437 images and judged on
//! 360 others; the floor is the least loss of logistic regression on the
//! training set, by Newton's method.
//!
//! See the chapter `digits`.

use probe::{NoFloor, linear_floor};
use slope::{Activation, Loss};

use crate::handwriting::{
    MODELS, Model, Recipe, Row, Task, groups, images, standard_error, table,
    trained, wrong,
};
use chart::{Axis, Chart, DotPlot, Panel};
use exact::statistics::{least, mean, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    params,
    sabotage::Sabotage,
};

params! {
    /// What the networks depend on.
    pub struct Params {
        /// Seed of the first network of each kind; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many seeds, each with its own first weights and order.
        seeds: usize = 5, in 1..=20, "Seeds";
        /// Units of each of the two hidden layers.
        width: usize = 32, in 1..=64, "Units of a layer";
        /// Adam's step size for networks with hidden layers.
        lr: f64 = 0.002, in 1e-5..=0.1, "Learning rate";
        /// How long each network is trained.
        epochs: usize = 30, in 1..=40, "Training", "epochs";
    }
}

/// The experiment.
pub struct OddEven;

/// What the networks decided.
pub struct Outcome {
    params: Params,
    rows: [Row; 5],
    tests: usize,
    floor: Floor,
}

/// What no straight cut passes. Some pixels have ink in images of one parity
/// only: their weights may grow for ever, and no cut attains it.
struct Floor {
    loss: f64,
    /// Of the cuts close to it.
    accuracy: f64,
}

impl Experiment for OddEven {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "odd-even";
    const QUESTION: &'static str =
        "How much does a bend help to tell odd digits from even ones?";
    const CHAPTER: &'static str = "digits";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        outcome(params, parity(), MODELS, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let [single, identity, tanh, _, relu] = &outcome.rows;
        let accuracy = |row: &Row| 1.0 - mean(row.wrong()) / outcome.tests();
        vec![
            Fact::fixed("floor", outcome.floor.loss, 3),
            Fact::percent("floor-accuracy", outcome.floor.accuracy, 1),
            Fact::percent("accuracy-single", accuracy(single), 1),
            Fact::percent("accuracy-identity", accuracy(identity), 1),
            Fact::percent("accuracy-tanh", accuracy(tanh), 1),
            Fact::percent("accuracy-relu", accuracy(relu), 1),
            Fact::fixed("wrong-identity", mean(identity.wrong()), 0),
            Fact::fixed("wrong-relu", mean(relu.wrong()), 0),
            Fact::fixed("fewer-relu", mean(relu.fewer_than(identity)), 0),
            Fact::count(
                "fewer-relu-least",
                least(relu.fewer_than(identity)).max(0.0) as usize,
            )
            .least(),
            Fact::fixed("standard-error", outcome.standard_error(), 1),
            Fact::fixed("loss-identity", mean(identity.last_losses()), 3),
            Fact::fixed("loss-relu", mean(relu.last_losses()), 3),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let [single, identity, bent @ ..] = &outcome.rows;
        let [.., relu] = &outcome.rows;
        let floor = outcome.floor.loss;
        let fewer = bent.iter().flat_map(|row| row.fewer_than(identity));
        vec![
            Claim::above("no straight cut parts odd from even", floor, 0.15),
            Claim::above(
                "no identity network passes the linear floor",
                least(identity.last_losses()) - floor,
                -1e-12,
            ),
            Claim::below(
                "nor does it stay far above",
                mean(identity.last_losses()) - floor,
                0.03,
            ),
            Claim::below(
                "on average it is as good as a single layer, but for a few",
                mean(identity.fewer_than(single)).abs(),
                6.0,
            ),
            Claim::below(
                "every bent network passes the floor",
                most(bent.iter().flat_map(Row::last_losses)) / floor,
                0.5,
            ),
            Claim::above(
                "and has fewer wrong than the identity of its seed",
                least(fewer),
                8.0,
            ),
            Claim::above(
                "with ReLU by many standard errors",
                mean(relu.fewer_than(identity)) / outcome.standard_error(),
                3.0,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let mut loss = DotPlot::new(Axis::log("loss on the training set"));
        for (group, rows) in groups(&outcome.rows) {
            loss = loss.group(group);
            for row in rows {
                loss = loss.row(row.model.name, row.last_losses().collect());
            }
        }
        let floor = outcome.floor.loss;
        loss = loss.threshold(floor, format!("linear floor, {floor:.3}"));
        Chart::new("Odd and even digits told apart, by activation")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(table(&outcome.rows, outcome.params.seed))
            .row([Panel::new(
                "odd or even",
                wrong(&outcome.rows, outcome.tests),
            )])
            .row([Panel::new("why: the floor of straight cuts", loss)])
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        outcome.rows.iter().map(|row| row.series(outcome.params.seed)).collect()
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let one = || Params { seeds: 1, ..Params::default() };
        let with = |what, change: fn(&mut Task, &mut [Model; 5])| {
            Sabotage::<Self>::new(what, one(), move |params, progress| {
                let (mut task, mut models) = (parity(), MODELS);
                change(&mut task, &mut models);
                outcome(params, task, models, progress)
            })
        };
        vec![
            with("the identity in the place of every bend", |_, models| {
                for model in models.iter_mut().skip(2) {
                    model.hidden = Some(Activation::Identity);
                }
            }),
            with("a nought or not in the place of odd or even", |task, _| {
                *task = asked(|digit| digit == 0.0);
            }),
            Sabotage::<Self>::changing("training cut short", one(), |params| {
                params.epochs = 2
            }),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let one = Params { seeds: 1, ..Params::default() };
        vec![
            Sabotage::<Self>::new(
                "slope 1 everywhere",
                one,
                |params, progress| {
                    let mut models = MODELS;
                    models[1].hidden = Some(Activation::Relu);
                    outcome(params, parity(), models, progress)
                },
            )
            .counters("bend", "no identity network passes the linear floor"),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("width", 24.0, 40.0),
            Span::between("lr", 0.0015, 0.0025),
            Span::between("epochs", 25.0, 35.0),
        ]
    }
}

/// Label 1 for odd digits.
pub(super) fn parity() -> Task {
    asked(|digit| digit % 2.0 == 1.0)
}

/// Label 1 for the digits of which this holds.
fn asked(of: fn(f64) -> bool) -> Task {
    let (mut train, mut test) = images();
    for data in [&mut train, &mut test] {
        data.y.mapv_inplace(|digit| f64::from(u8::from(of(digit))));
    }
    Task { train, test, loss: Loss::BceLogits, outputs: 1 }
}

fn outcome(
    params: &Params,
    task: Task,
    models: [Model; 5],
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    let Params { seed, seeds, width, lr, epochs } = *params;
    let recipe = Recipe { width, lr, epochs, seed, seeds };
    Ok(Outcome {
        params: params.clone(),
        rows: trained(&task, models, recipe, progress)?,
        tests: task.test.len(),
        floor: Floor::of(&task)?,
    })
}

impl Floor {
    fn of(task: &Task) -> Result<Self, Stopped> {
        match linear_floor(task.loss, &task.train) {
            Ok(floor) => {
                Ok(Floor { loss: floor.loss, accuracy: floor.accuracy })
            }
            Err(NoFloor::QuasiSeparable { infimum, accuracy }) => {
                Ok(Floor { loss: infimum, accuracy })
            }
            Err(NoFloor::Separable) => Ok(Floor { loss: 0.0, accuracy: 1.0 }),
            Err(why) => Err(Stopped(format!("no linear floor: {why}"))),
        }
    }
}

impl Outcome {
    fn tests(&self) -> f64 {
        self.tests as f64
    }

    fn standard_error(&self) -> f64 {
        standard_error(mean(self.rows[1].wrong()), self.tests)
    }

    fn finding(&self) -> String {
        let [_, identity, .., relu] = &self.rows;
        let text = format!(
            "With slope 1 everywhere, {:.0} of {} images are misclassified \
             on average, with ReLU {:.0}.",
            mean(identity.wrong()),
            self.tests,
            mean(relu.wrong()),
        );
        if OddEven::bears_out(self) {
            format!(
                "{text} The identity networks do not get below the loss of \
                 the best straight cuts, {:.3}, and these bent ones do.",
                self.floor.loss,
            )
        } else {
            text
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Above, rows of {} dots: how many of {} test images each network \
             misclassified. Below, the loss on the training set at the end, \
             on a logarithmic axis; a line marks the linear floor, {:.3}.",
            self.params.seeds, self.tests, self.floor.loss,
        );
        for row in &self.rows {
            text += &format!(
                " {}: {} to {} wrong; loss {:.4} to {:.4}.",
                row.model.name,
                least(row.wrong()),
                most(row.wrong()),
                least(row.last_losses()),
                most(row.last_losses()),
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_half_of_the_digits_are_odd() {
        let Task { train, test, .. } = parity();
        for data in [train, test] {
            assert!(data.y.iter().all(|y| *y == 0.0 || *y == 1.0));
            assert!((mean(data.y.iter().copied()) - 0.5).abs() < 0.03);
        }
    }

    /// As found by a logistic regression in another language.
    #[test]
    fn the_floor_is_the_known_one() {
        let floor = Floor::of(&parity()).unwrap();
        assert!((floor.loss - 0.168398).abs() < 1e-6);
    }

    /// So its weight can grow, as long as the others stay.
    #[test]
    fn some_pixel_has_ink_in_images_of_one_parity_only() {
        let Task { train, .. } = parity();
        let inked = |pixel: &ndarray::ArrayView1<f64>, parity: f64| {
            pixel.iter().zip(&train.y).any(|(x, y)| *x > 0.0 && *y == parity)
        };
        let pixels = train.x.columns().into_iter();
        let one_sided =
            |p: &ndarray::ArrayView1<f64>| inked(p, 0.0) != inked(p, 1.0);
        assert!(pixels.filter(one_sided).count() > 0);
        let floor = linear_floor(Loss::BceLogits, &train);
        assert!(matches!(floor, Err(NoFloor::QuasiSeparable { .. })));
    }
}
