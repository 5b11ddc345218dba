//! Does it help to train a layer as a sum of branches that is folded into one
//! matrix afterwards? And what does the fold change?
//!
//! Networks with two hidden ReLU layers read handwriting. Each hidden layer is
//! trained as one matrix, as one that is normalised over the batch, or as a sum
//! of such branches; deployed is one matrix each. Gradient descent without
//! momentum, batches of 32.
//!
//! See the chapter `folded-on-purpose`.

mod shown;

use slope::{
    Activation, Dataset, Loss,
    rng::{Rng, Stream},
};

use chart::{Chart, Panel};
use exact::statistics::{least, mean, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

use self::shown::rounded;
use super::branched::{Branched, EXACT, Fold, Form};
use crate::{
    formats::{BF16, F32},
    handwriting::{classes, images, misread},
};

const BATCH: usize = 32;

/// The learning rates, as multiples of the one in the middle.
const RATES: [f64; 3] = [0.25, 1.0, 4.0];

/// What is compared.
const FORMS: [(Form, &str); 3] = [
    (Form::One, "one matrix"),
    (Form::Normalised, "normalised"),
    (Form::Branches, "branches"),
];

/// How a fold is computed and stored.
const FOLDS: [&str; 4] =
    ["in f64", "in f32", "in f64, then to bf16", "in bf16"];

params! {
    /// What the comparison depends on.
    pub struct Params {
        /// Seed of the first weights and order; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// Seeds, each with its own weights and order.
        seeds: usize = 3, in 1..=20, "Seeds";
        /// Units of each hidden layer.
        width: usize = 16, in 8..=32, "Units of a layer";
        /// The learning rate in the middle of the three.
        lr: f64 = 0.25, in 0.0625..=1.0, "Learning rate in the middle";
        /// How long each network is trained.
        epochs: usize = 4, in 1..=24, "Training", "epochs";
    }
}

/// What a run is made of.
#[derive(Clone, Copy)]
struct Setup {
    fold: Fold,
    /// Whether the statistics are those of one batch.
    is_of_a_batch: bool,
    /// The form at the place of [`Form::Normalised`].
    normalised: Form,
    /// What is trained at `slower` times the rate of a form of [`FORMS`].
    pair: (usize, Form),
    slower: f64,
    /// What a number becomes in f32 and in bf16.
    fine: fn(f64) -> f64,
    coarse: fn(f64) -> f64,
}

const BOOK: Setup = Setup {
    fold: EXACT,
    is_of_a_batch: false,
    normalised: Form::Normalised,
    pair: (0, Form::Two),
    slower: 0.5,
    fine: |z| F32.rounded(z),
    coarse: |z| BF16.rounded(z),
};

/// The experiment.
pub struct FoldedBranches;

/// A network after training.
struct Trained {
    network: Branched,
    /// On all training images, with the statistics of the training.
    loss: f64,
    /// Test images that it got wrong.
    wrong: usize,
}

/// One seed.
struct Run {
    /// Loss and wrong images, by form and rate.
    ends: [[(f64, usize); 3]; 3],
    /// How far the losses of the pair are apart.
    apart: f64,
    /// By normalised network: the largest difference of an output by
    /// [`FOLDS`], relative to the largest output.
    gaps: Vec<[f64; 4]>,
    /// And the images whose class is another in bf16, rounded once.
    changed: Vec<usize>,
}

/// What was found.
pub struct Outcome {
    params: Params,
    runs: Vec<Run>,
    /// Parameters in training, by form, and of a fold.
    trained: [usize; 3],
    deployed: usize,
}

impl Experiment for FoldedBranches {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "folded-branches";
    const QUESTION: &'static str =
        "Does a matrix train better as a sum of branches?";
    const CHAPTER: &'static str = "folded-on-purpose";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        compared(params, progress, BOOK)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let loss = |form, rate| outcome.median_loss(form, rate);
        let once = outcome.gaps(2);
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("epochs", outcome.params.epochs),
            Fact::count("deployed", outcome.deployed),
            Fact::count("trained", outcome.trained[2]),
            Fact::fixed("slow-one", loss(0, 0), 2),
            Fact::fixed("slow-normalised", loss(1, 0), 2),
            Fact::fixed("slow-branches", loss(2, 0), 2),
            Fact::fixed("one", loss(0, 1), 2),
            Fact::fixed("normalised", loss(1, 1), 2),
            Fact::fixed("branches", loss(2, 1), 2),
            Fact::fixed("fast-one", loss(0, 2), 2),
            Fact::fixed("fast-normalised", loss(1, 2), 2),
            Fact::fixed("fast-branches", loss(2, 2), 2),
            Fact::count("wrong-one", outcome.median_wrong(0)),
            Fact::count("wrong-normalised", outcome.median_wrong(1)),
            Fact::count("wrong-branches", outcome.median_wrong(2)),
            Fact::scientific("apart", outcome.apart(), 0).most(),
            Fact::scientific("gap", most(outcome.gaps(0)), 0).most(),
            Fact::percent("gap-once", median(once), 1),
            Fact::percent("gap-bf16", median(outcome.gaps(3)), 1),
            Fact::count("changed", outcome.changed()),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let gain = |a: usize, b: usize, rate: usize| {
            let runs = outcome.runs.iter();
            runs.map(move |run| run.ends[a][rate].0 / run.ends[b][rate].0)
        };
        let more = gain(0, 1, 2).zip(gain(1, 2, 2)).map(|(a, b)| a / b);
        vec![
            Claim::below(
                "a fold in f64 changes outputs by rounding alone",
                most(outcome.gaps(0)),
                1e-12,
            ),
            Claim::above(
                "in f32 it changes them by more",
                least(outcome.gaps(1)),
                1e-9,
            ),
            Claim::below("but by little", most(outcome.gaps(1)), 1e-5),
            Claim::above(
                "rounded to bf16 it changes them by a thousandth",
                least(outcome.gaps(2)),
                1e-3,
            ),
            Claim::above(
                "folded in bf16 they change more than if rounded once",
                mean(outcome.gaps(3)) / mean(outcome.gaps(2)),
                1.0,
            ),
            Claim::below(
                "two bare branches train as one matrix at twice the rate",
                outcome.apart(),
                1e-8,
            ),
            Claim::below(
                "at the rate in the middle the loss is lower with \
                 normalisation",
                1.0 / least(gain(0, 1, 1)),
                0.8,
            ),
            Claim::above(
                "at the largest rate one matrix falls far behind",
                least(gain(0, 1, 2)),
                3.0,
            ),
            Claim::above(
                "and normalisation gains more there than further branches",
                least(more),
                2.0,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("One matrix, trained in three forms and folded")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([Panel::new(
                format!("After {} epochs", outcome.params.epochs),
                outcome.losses(),
            )])
            .row([Panel::new("What the fold changes", outcome.folds())])
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        vec![
            broken("two branches at the whole rate", |setup| {
                setup.slower = 1.0;
            }),
            broken("the normalisation left out", |setup| {
                setup.normalised = Form::One;
            }),
            broken("f64 in the place of f32", |setup| {
                setup.fine = |z| z;
            }),
            broken("bf16 in the place of f32", |setup| {
                setup.fine = |z| BF16.rounded(z);
            }),
            broken("f64 in the place of bf16", |setup| {
                setup.coarse = |z| z;
            }),
            broken("the ε beside the variance forgotten", |setup| {
                setup.fold.eps = 0.0;
            }),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let fold = "a fold in f64 changes outputs by rounding alone";
        vec![
            broken("the statistics are fixed", |setup| {
                setup.is_of_a_batch = true;
            })
            .counters("batch", fold),
            broken("no bend is folded", |setup| {
                setup.fold.bend = Activation::Identity;
            })
            .counters("bend", fold),
            broken("no branch is normalised", |setup| {
                setup.pair = (1, Form::Twins);
            })
            .counters(
                "normalised",
                "two bare branches train as one matrix at twice the rate",
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![Span::between("width", 14.0, 20.0)]
    }
}

fn broken(
    what: &'static str,
    change: fn(&mut Setup),
) -> Sabotage<FoldedBranches> {
    let one = Params { seeds: 1, ..Params::default() };
    Sabotage::new(what, one, move |params, progress| {
        let mut setup = BOOK;
        change(&mut setup);
        compared(params, progress, setup)
    })
}

fn compared(
    params: &Params,
    progress: &Progress,
    setup: Setup,
) -> Result<Outcome, Stopped> {
    let (train, test) = images();
    progress.expect(params.seeds);
    let runs = parallel::all(seeds(params.seed, params.seeds), |seed| {
        let run = run(params, setup, seed, &train, &test);
        progress.advance(1);
        run
    })?;
    let drawn = |form| drawn(form, params, params.seed, train.x.ncols());
    let fold = drawn(Form::Branches).folded(EXACT).map_err(Stopped::because)?;
    Ok(Outcome {
        params: params.clone(),
        runs,
        trained: FORMS.map(|(form, _)| drawn(form).parameter_count()),
        deployed: fold.parameter_count(),
    })
}

fn drawn(form: Form, params: &Params, seed: u64, inputs: usize) -> Branched {
    let sizes = [inputs, params.width, params.width, 10];
    Branched::drawn(form, &sizes, &mut Rng::new(seed, Stream::Weights))
}

fn run(
    params: &Params,
    setup: Setup,
    seed: u64,
    train: &Dataset,
    test: &Dataset,
) -> Result<Run, Stopped> {
    let trained = |form, lr| {
        let mut network = drawn(form, params, seed, train.x.ncols());
        let mut order = Rng::new(seed, Stream::Order);
        let mut rows: Vec<usize> = (0..train.len()).collect();
        for _ in 0..params.epochs {
            order.shuffle(&mut rows);
            for batch in rows.chunks(BATCH) {
                let batch = train.rows(batch);
                let slope = |a: &_| Loss::SoftmaxCe.gradient(a, &batch.y);
                network.update(batch.x, slope, lr);
            }
        }
        let loss = Loss::SoftmaxCe.value(&network.output(&train.x), &train.y);
        let output = network.output(&test.x);
        let wrong = misread(Loss::SoftmaxCe, &output, test);
        Trained { network, loss, wrong }
    };
    let networks = FORMS.map(|(form, _)| {
        let form =
            if form == Form::Normalised { setup.normalised } else { form };
        RATES.map(|rate| trained(form, rate * params.lr))
    });
    let (of, form) = setup.pair;
    let paired = trained(form, setup.slower * params.lr);
    let batch: Vec<usize> = (0..BATCH).collect();
    let (mut gaps, mut changed) = (Vec::new(), Vec::new());
    for Trained { network, .. } in networks[1..].iter().flatten() {
        let exact = network.output(&test.x);
        let size = most(exact.iter().map(|y| y.abs()));
        let source = match setup.is_of_a_batch {
            true => network.clone().with_statistics_of(&train.rows(&batch).x),
            false => network.clone(),
        };
        let fold = |each| {
            let fold = source.folded(Fold { each, ..setup.fold });
            fold.map_err(Stopped::because)
        };
        let plain = fold(|z| z)?;
        let once = rounded(plain.clone(), setup.coarse);
        let folds = [plain, fold(setup.fine)?, once, fold(setup.coarse)?];
        let outputs = folds.map(|fold| fold.output(&test.x));
        let both = classes(&exact).into_iter().zip(classes(&outputs[2]));
        changed.push(both.filter(|(a, b)| a != b).count());
        gaps.push(outputs.map(|output| {
            most((output - &exact).iter().map(|gap| gap.abs())) / size
        }));
    }
    Ok(Run {
        apart: (networks[of][1].loss - paired.loss).abs(),
        ends: networks.map(|rates| rates.map(|end| (end.loss, end.wrong))),
        gaps,
        changed,
    })
}
