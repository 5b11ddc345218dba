//! Which of the ten digits it is: how much a bend is worth there.
//!
//! Networks [64, 32, 32, 10] trained with Adam (D. P. Kingma, J. Ba, 2015,
//! arXiv:1412.6980) on 1,437 images of handwritten digits (E. Alpaydin, C.
//! Kaynak, 1998, doi 10.24432/C50P49) and judged on 360 others. All seeds
//! share these 360, and writers are in both sets.
//!
//! See the chapter `digits`.

use std::ops::ControlFlow;

use slope::{
    Activation, Batch, Init, Loss, Network, Optimizer, Shuffle, Training,
    rng::{Rng, Stream},
};

use crate::digits::odd_even::parity;
use crate::handwriting::{
    BENT, MODELS, Model, Recipe, Row, STRAIGHT, Task, images, standard_error,
    table, trained, wrong,
};
use chart::{Axis, Chart, DotPlot, Panel};
use exact::statistics::{least, mean, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    params,
    sabotage::Sabotage,
};

/// Epochs in which a single layer must have separated the training set.
const PATIENCE: usize = 400;

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
pub struct Digits;

/// What the networks read.
pub struct Outcome {
    params: Params,
    rows: [Row; 5],
    tests: usize,
    /// The epoch at which a single layer had all of the training set right.
    separated: Option<usize>,
}

impl Experiment for Digits {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "digits";
    const QUESTION: &'static str =
        "How much does a bend help to tell ten handwritten digits apart?";
    const CHAPTER: &'static str = "digits";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        outcome(params, ten_classes(), MODELS, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let [single, identity, tanh, swish, relu] = &outcome.rows;
        let accuracy = |row: &Row| 1.0 - mean(row.wrong()) / outcome.tests();
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("tests", outcome.tests),
            Fact::percent("accuracy-single", accuracy(single), 1),
            Fact::percent("accuracy-identity", accuracy(identity), 1),
            Fact::percent("accuracy-relu", accuracy(relu), 1),
            Fact::fixed("wrong-identity", mean(identity.wrong()), 1),
            Fact::fixed("wrong-relu", mean(relu.wrong()), 1),
            Fact::fixed("fewer-tanh", mean(tanh.fewer_than(identity)), 1),
            Fact::fixed("fewer-swish", mean(swish.fewer_than(identity)), 1),
            Fact::fixed("fewer-relu", mean(relu.fewer_than(identity)), 1),
            Fact::count("relu-better", outcome.better(relu)),
            Fact::fixed("standard-error", outcome.standard_error(), 1),
            Fact::count("separated", outcome.separated),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let [single, identity, _, _, relu] = &outcome.rows;
        let gap = mean(relu.fewer_than(identity));
        vec![
            Claim::below(
                "a deep identity network reads all but a few",
                most(identity.wrong()) / outcome.tests(),
                0.05,
            ),
            Claim::below(
                "on average as well as a single layer, but for a few",
                mean(identity.fewer_than(single)).abs(),
                3.0,
            ),
            Claim::above("on average ReLU reads more", gap, 0.0),
            Claim::below(
                "by less than two standard errors of one count",
                gap / outcome.standard_error(),
                2.0,
            ),
            Claim::below(
                "one layer can have the whole training set right",
                outcome.separated.map_or(f64::NAN, |epoch| epoch as f64),
                PATIENCE as f64,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let [single, identity, bent @ ..] = &outcome.rows;
        let differences = |row: &Row| row.fewer_than(identity).collect();
        let axis = Axis::linear("fewer wrong than identity, same seed");
        let mut fewer = DotPlot::new(axis.including(0.0))
            .group(STRAIGHT)
            .row(single.model.name, differences(single))
            .group(BENT);
        for row in bent {
            fewer = fewer.row(row.model.name, differences(row));
        }
        let error = outcome.standard_error();
        fewer = fewer.threshold(error, format!("standard error {error:.1}"));
        Chart::new("Handwritten digits misread, by activation")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(table(&outcome.rows, outcome.params.seed))
            .row([Panel::new(
                "ten digits",
                wrong(&outcome.rows, outcome.tests),
            )])
            .row([Panel::new("what a bend is worth", fewer)])
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        outcome.rows.iter().map(|row| row.series(outcome.params.seed)).collect()
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, change: fn(&mut Task, &mut [Model; 5])| {
            let few = Params { seed: 2, seeds: 1, ..Params::default() };
            Sabotage::<Self>::new(what, few, move |params, progress| {
                let (mut task, mut models) = (ten_classes(), MODELS);
                change(&mut task, &mut models);
                outcome(params, task, models, progress)
            })
        };
        vec![
            with("the label of the next image", |task, _| {
                let n = task.train.len();
                let next: Vec<usize> = (1..=n).map(|row| row % n).collect();
                task.train.y = task.train.rows(&next).y;
            }),
            with("the identity in the place of ReLU", |_, models| {
                models[4].hidden = Some(Activation::Identity);
            }),
            with("ReLU in the place of the identity", |_, models| {
                models[1].hidden = Some(Activation::Relu);
            }),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let asked = |name, hypothesis, says| {
            let few = Params { seed: 2, seeds: 1, ..Params::default() };
            Sabotage::<Self>::new(hypothesis, few, {
                |params, progress| outcome(params, parity(), MODELS, progress)
            })
            .counters(name, says)
        };
        vec![
            asked(
                "parity",
                "the question is which of the ten digits it is",
                "by less than two standard errors of one count",
            ),
            asked(
                "parity-separated",
                "the question is which of the ten digits it is",
                "one layer can have the whole training set right",
            ),
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

/// Which of the ten digits an image is.
pub fn ten_classes() -> Task {
    let (train, test) = images();
    Task { train, test, loss: Loss::SoftmaxCe, outputs: 10 }
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
        separated: separated(&task, seed)?,
    })
}

/// Trains a single layer until it has the whole training set right. If it
/// can, the loss has no minimum: it falls towards 0 as the weights grow.
fn separated(task: &Task, seed: u64) -> Result<Option<usize>, Stopped> {
    let Task { train, loss, .. } = task;
    let mut network = Network::dense(
        &[train.x.ncols(), task.outputs],
        Activation::Identity,
        Init::Zeros,
        &mut Rng::new(seed, Stream::Weights),
    );
    let training = Training {
        loss: *loss,
        optimizer: Optimizer::adam(0.03),
        batch: Batch::Size(32),
        epochs: PATIENCE,
        shuffle: Shuffle::EachEpoch,
    };
    let mut found = None;
    let mut order = Rng::new(seed, Stream::Order);
    training
        .run_watched(&mut network, train, &mut order, |now| {
            let output = now.network.output(&train.x);
            if loss.accuracy(&output, &train.y) < 1.0 {
                return ControlFlow::Continue(());
            }
            found = Some(now.epoch);
            ControlFlow::Break(())
        })
        .map_err(|why| Stopped(format!("a single layer: {why}")))?;
    Ok(found)
}

impl Outcome {
    fn tests(&self) -> f64 {
        self.tests as f64
    }

    /// Seeds with which this row has fewer wrong than the identity.
    fn better(&self, row: &Row) -> usize {
        row.fewer_than(&self.rows[1]).filter(|fewer| *fewer > 0.0).count()
    }

    fn standard_error(&self) -> f64 {
        standard_error(mean(self.rows[1].wrong()), self.tests)
    }

    fn finding(&self) -> String {
        let [_, identity, .., relu] = &self.rows;
        let text = format!(
            "With slope 1 everywhere, {:.1} of {} images are misread on \
             average, with ReLU {:.1}.",
            mean(identity.wrong()),
            self.tests,
            mean(relu.wrong()),
        );
        if Digits::bears_out(self) {
            format!(
                "{text} They differ by {:.1} images, and a single such count \
                 has a standard error of {:.1}.",
                mean(relu.fewer_than(identity)),
                self.standard_error(),
            )
        } else {
            text
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Above, rows of {} dots: how many of {} test images each network \
             misread. Below, how many fewer it misread than the identity \
             network of the same seed; a line marks {:.1}, the standard \
             error of one count.",
            self.params.seeds,
            self.tests,
            self.standard_error(),
        );
        for row in &self.rows {
            text += &format!(
                " {}: {} to {} wrong, mean {:.1}; fewer than identity: mean \
                 {:.1}.",
                row.model.name,
                least(row.wrong()),
                most(row.wrong()),
                mean(row.wrong()),
                mean(row.fewer_than(&self.rows[1])),
            );
        }
        text
    }
}
