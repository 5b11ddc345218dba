//! The loss before anything was learned: what it is when the weights are
//! zero, and what larger first weights do to it.
//!
//! One layer of ten logits on the handwritten digits, softmax cross-entropy,
//! weights drawn from N(0, std²). All-zero logits give each digit a tenth, so
//! the loss is ln 10, whatever the images. Multiplying the weights by ten
//! multiplies the logits by ten: the network is as ignorant as before, and
//! sure of itself, and the loss is then about the gap between the largest
//! logit and the right one. See the chapter `one-neuron`.

use std::f64::consts::LN_10;

use ndarray::Array2;
use slope::{
    Activation, Batch, Init, Loss, Network, Optimizer, Shuffle, Training,
    data::{self, Dataset},
    rng::{Rng, Stream},
    transcendental::exp,
};

use chart::{Axis, Cell, Chart, Column, DotPlot, Table};
use exact::statistics::{least, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Classes: one logit each.
const DIGITS: usize = 10;

/// Standard deviations of the first weights.
const STDS: [f64; 5] = [0.0, 0.01, 0.1, 1.0, 10.0];

params! {
    /// What the first loss depends on, and the training after it.
    pub struct Params {
        /// Seed of the first weights; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many times the weights are drawn.
        seeds: usize = 11, in 1..=20, "Seeds";
        /// Images of one update.
        batch: usize = 32, in 1..=256, "Batch", "images";
        /// The step size.
        lr: f64 = 0.5, in 1e-4..=10.0, "Learning rate";
        /// How often every image is used.
        epochs: usize = 1, in 1..=20, "Training", "epochs";
    }
}

/// The experiment.
pub struct FirstLoss;

/// One network, as it was drawn and after training.
pub struct Start {
    /// The loss of all images before the first update.
    first: f64,
    /// The probability it gives to what it holds most likely, on average.
    confidence: f64,
    /// Part of the images for which that is right.
    accuracy: f64,
    /// The loss of all images after training.
    last: f64,
    /// The loss of each batch, just before its update.
    updates: Vec<f64>,
}

/// What was found.
pub struct Outcome {
    params: Params,
    images: usize,
    /// By standard deviation, in the order of [`STDS`], and by seed.
    starts: Vec<Vec<Start>>,
}

impl Experiment for FirstLoss {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "first-loss";
    const QUESTION: &'static str =
        "How wrong is a network that has learned nothing?";
    const CHAPTER: &'static str = "one-neuron";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        found(&images(), params, progress, drawn)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let [zero, _, _, one, ten] = &outcome.starts[..] else {
            return Vec::new();
        };
        vec![
            Fact::count("images", outcome.images),
            Fact::count("seeds", outcome.params.seeds),
            Fact::fixed("zero", firsts(zero)[0], 3),
            Fact::fixed("one-least", least(firsts(one)), 1).least(),
            Fact::fixed("one-most", most(firsts(one)), 1).most(),
            Fact::fixed("ten-least", least(firsts(ten)), 0).least(),
            Fact::fixed("ten-most", most(firsts(ten)), 0).most(),
            Fact::percent("ten-confidence", median(confidences(ten)), 0),
            Fact::percent("ten-accuracy", median(accuracies(ten)), 0),
            Fact::count("updates", outcome.updates()),
            Fact::fixed("zero-last", median(lasts(zero)), 2),
            Fact::fixed("ten-last", median(lasts(ten)), 0),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let [zero, small, _, one, ten] = &outcome.starts[..] else {
            return Vec::new();
        };
        let away = |starts: &[Start]| {
            most(firsts(starts).iter().map(|loss| (loss - LN_10).abs()))
        };
        vec![
            Claim::below(
                "from zero weights the first loss is ln 10, up to rounding",
                away(zero),
                1e-12,
            ),
            Claim::below(
                "from weights of 0.01 it is ln 10 to within a percent",
                away(small) / LN_10,
                0.01,
            ),
            Claim::above(
                "from weights of 1 it is well above",
                least(firsts(one)) / LN_10,
                1.5,
            ),
            Claim::above(
                "from weights of 10 it is at least ten times ln 10",
                least(firsts(ten)) / LN_10,
                10.0,
            ),
            Claim::above(
                "ten times these weights are at least eight times the loss",
                least(ten.iter().zip(one).map(|(b, a)| b.first / a.first)),
                8.0,
            ),
            Claim::above(
                "such a network is sure of its answers",
                least(confidences(ten)),
                0.9,
            ),
            Claim::below(
                "and gives the right one about as often as chance",
                most(accuracies(ten)),
                0.25,
            ),
            Claim::below(
                "trained alike, zero and small weights come to one loss",
                most(
                    zero.iter()
                        .zip(small)
                        .map(|(a, b)| (a.last - b.last).abs()),
                ),
                0.01,
            )
            .of_the_book(),
            Claim::below(
                "less than half of ln 10",
                most(lasts(zero)) / LN_10,
                0.5,
            )
            .of_the_book(),
            Claim::above(
                "from weights of 10 it is then still far above ln 10",
                least(lasts(ten)) / LN_10,
                3.0,
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("batch", 16.0, 64.0),
            Span::between("lr", 0.2, 1.0),
            Span::between("epochs", 1.0, 2.0),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let mut plot =
            DotPlot::new(Axis::log("loss of all training images (nats)"))
                .dots("One dot per seed. Rows: deviation of first weights");
        for (moment, losses) in outcome.moments() {
            plot = plot.group(moment);
            for (std, starts) in STDS.iter().zip(&outcome.starts) {
                plot = plot.row(named(*std), losses(starts));
            }
        }
        plot = plot.threshold(LN_10, "ln 10: a tenth for each digit");
        Chart::new("Loss before the first update, and after training")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(plot)
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let firsts = outcome.starts.iter().filter_map(|s| s.first());
        let series = STDS.iter().zip(firsts).map(|(std, start)| Series {
            name: format!("batch-loss/std-{std}/seed-{}", outcome.params.seed),
            points: (0..).zip(start.updates.iter().copied()).collect(),
        });
        series.collect()
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let few = || Params { seeds: 2, ..Params::default() };
        vec![
            sabotage(
                "weights scaled by the number of inputs",
                |n, std, seed| drawn(n, std / (n as f64).sqrt(), seed),
            ),
            // To be sure costs nothing if one is right.
            Sabotage::<Self>::new(
                "labels that agree with the network",
                Params { seeds: 1, ..Params::default() },
                |params, progress| {
                    let mut data = images();
                    let network = drawn(data.x.ncols(), 10.0, params.seed);
                    let logits = network.output(&data.x);
                    for (row, y) in logits.rows().into_iter().zip(&mut data.y) {
                        let top = most(row.iter().copied());
                        *y =
                            row.iter().take_while(|a| **a < top).count() as f64;
                    }
                    found(&data, params, progress, drawn)
                },
            ),
            Sabotage::<Self>::changing(
                "a learning rate twenty times as large",
                few(),
                |params| params.lr *= 20.0,
            ),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let with = |name, hypothesis, says, draw: fn(usize, f64, u64) -> _| {
            sabotage(hypothesis, draw).counters(name, says)
        };
        vec![
            with(
                "biases",
                "the biases begin at zero",
                "from zero weights the first loss is ln 10, up to rounding",
                |inputs, std, seed| {
                    let mut network = drawn(inputs, std, seed);
                    let mut rng = Rng::new(seed, Stream::Noise);
                    network.randomise_biases(1.0, &mut rng);
                    network
                },
            ),
            with(
                "hidden-layer",
                "the network has one layer",
                "from weights of 10 it is at least ten times ln 10",
                behind_a_hidden_layer,
            ),
        ]
    }
}

fn sabotage(
    what: &'static str,
    draw: fn(usize, f64, u64) -> Network,
) -> Sabotage<FirstLoss> {
    let few = Params { seeds: 2, ..Params::default() };
    Sabotage::new(what, few, move |params, progress| {
        found(&images(), params, progress, draw)
    })
}

/// A hidden layer of weights as large as they are said to be, and a last layer
/// of zeros.
fn behind_a_hidden_layer(inputs: usize, std: f64, seed: u64) -> Network {
    let mut rng = Rng::new(seed, Stream::Weights);
    let (f, init) = (Activation::Tanh, Init::Normal { std });
    let sizes = [inputs, 32, DIGITS];
    let mut network = Network::dense(&sizes, f, init, &mut rng);
    network.dense_layers_mut().skip(1).for_each(|last| last.w.fill(0.0));
    network
}

/// What is trained on: four fifths of the digits.
fn images() -> Dataset {
    data::digits().split(|i| (i / 10) % 5 == 0).0
}

/// One layer, ten logits, no bias yet.
fn drawn(inputs: usize, std: f64, seed: u64) -> Network {
    let init = match std {
        0.0 => Init::Zeros,
        std => Init::Normal { std },
    };
    let mut rng = Rng::new(seed, Stream::Weights);
    Network::dense(&[inputs, DIGITS], Activation::Identity, init, &mut rng)
}

fn found(
    data: &Dataset,
    params: &Params,
    progress: &Progress,
    draw: impl Fn(usize, f64, u64) -> Network + Sync,
) -> Result<Outcome, Stopped> {
    progress.expect(STDS.len() * params.seeds);
    let seeds = seeds(params.seed, params.seeds);
    let starts = STDS.iter().map(|std| {
        let of_seed = |seed| {
            let network = draw(data.x.ncols(), *std, seed);
            let start = trained(network, data, seed, params);
            progress.advance(1);
            start
        };
        parallel::all(seeds.clone(), of_seed)
    });
    Ok(Outcome {
        params: params.clone(),
        images: data.len(),
        starts: starts.collect::<Result<_, _>>()?,
    })
}

fn trained(
    mut network: Network,
    data: &Dataset,
    seed: u64,
    params: &Params,
) -> Result<Start, Stopped> {
    let training = Training {
        loss: Loss::SoftmaxCe,
        optimizer: Optimizer::sgd(params.lr),
        batch: Batch::Size(params.batch),
        epochs: params.epochs,
        shuffle: Shuffle::EachEpoch,
    };
    let logits = network.output(&data.x);
    let history = training
        .run(&mut network, data, &mut Rng::new(seed, Stream::Order))
        .map_err(|why| Stopped(format!("seed {seed}: {why}")))?;
    Ok(Start {
        first: history.epochs[0],
        confidence: confidence(&logits),
        accuracy: Loss::SoftmaxCe.accuracy(&logits, &data.y),
        last: history.epochs[params.epochs],
        updates: history.updates,
    })
}

/// The largest probability of each row, on average: of softmax,
/// 1 / Σ e^(a − max a).
fn confidence(logits: &Array2<f64>) -> f64 {
    let sum = logits.rows().into_iter().fold(0.0, |sum, row| {
        let top = most(row.iter().copied());
        sum + 1.0 / row.iter().fold(0.0, |total, a| total + exp(a - top))
    });
    sum / logits.nrows() as f64
}

impl Outcome {
    fn updates(&self) -> usize {
        self.images.div_ceil(self.params.batch) * self.params.epochs
    }

    fn moments(&self) -> [(String, Losses); 2] {
        [
            ("Before the first update".into(), firsts),
            (format!("After {} updates", self.updates()), lasts),
        ]
    }

    fn finding(&self) -> String {
        let [zero, _, _, one, ten] = &self.starts[..] else {
            return String::new();
        };
        let range = |losses: Vec<f64>, digits: usize| {
            let (from, to) = (least(losses.clone()), most(losses));
            format!("{from:.digits$} to {to:.digits$}")
        };
        if FirstLoss::bears_out(self) {
            format!(
                "From zero weights the first loss is ln\u{a0}10, rounding \
                 aside: the network knows nothing and says so. From weights of \
                 standard deviation 10 it knows as little, claims to be sure, \
                 and the loss is about {}. After {} updates it is still paying \
                 for that.",
                range(firsts(ten), 0),
                self.updates(),
            )
        } else {
            format!(
                "The first loss is {:.3} from zero weights, {} from weights \
                 of standard deviation 1, {} from 10; after {} updates, {} \
                 from zero weights and {} from 10.",
                firsts(zero)[0],
                range(firsts(one), 1),
                range(firsts(ten), 0),
                self.updates(),
                range(lasts(zero), 2),
                range(lasts(ten), 1),
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Two groups of {} rows of {} dots on a logarithmic axis of the \
             loss, with a line at ln 10, 2.303.",
            STDS.len(),
            self.params.seeds,
        );
        for (moment, losses) in self.moments() {
            text += &format!(" {moment}:");
            for (std, starts) in STDS.iter().zip(&self.starts) {
                let losses = losses(starts);
                text += &format!(
                    " standard deviation {std}: from {:.3} to {:.3};",
                    least(losses.clone()),
                    most(losses),
                );
            }
        }
        text.trim_end_matches(';').to_string() + "."
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("standard deviation"),
            Column::new("seed"),
            Column::new("first loss").digits(4),
            Column::new("confidence").digits(3),
            Column::new("accuracy").digits(3),
            Column::new("last loss").digits(4),
        ]);
        for (std, starts) in STDS.iter().zip(&self.starts) {
            for (seed, start) in (self.params.seed..).zip(starts) {
                table.row([
                    Cell::Number(*std),
                    Cell::Number(seed as f64),
                    Cell::Number(start.first),
                    Cell::Number(start.confidence),
                    Cell::Number(start.accuracy),
                    Cell::Number(start.last),
                ]);
            }
        }
        table
    }
}

/// One loss of each network.
type Losses = fn(&[Start]) -> Vec<f64>;

fn named(std: f64) -> String {
    match std {
        0.0 => "all weights 0".into(),
        std => format!("{std}"),
    }
}

fn firsts(starts: &[Start]) -> Vec<f64> {
    starts.iter().map(|start| start.first).collect()
}

fn lasts(starts: &[Start]) -> Vec<f64> {
    starts.iter().map(|start| start.last).collect()
}

fn confidences(starts: &[Start]) -> Vec<f64> {
    starts.iter().map(|start| start.confidence).collect()
}

fn accuracies(starts: &[Start]) -> Vec<f64> {
    starts.iter().map(|start| start.accuracy).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some_digits() -> Dataset {
        data::digits().rows(&(0..200).collect::<Vec<_>>())
    }

    fn first_loss(data: &Dataset, std: f64, seed: u64) -> f64 {
        let network = drawn(data.x.ncols(), std, seed);
        Loss::SoftmaxCe.value(&network.output(&data.x), &data.y)
    }

    /// E ln Σ eᵃ = ln n + (1 − 1/n)·var/2 + … for n independent logits of
    /// variance std²|x|², and the right logit is 0 on average.
    #[test]
    fn small_weights_add_the_variance_of_the_logits() {
        let data = some_digits();
        let squares = data.x.iter().fold(0.0, |sum, x| sum + x * x);
        let variance = 0.05 * 0.05 * squares / data.len() as f64;
        let seeds = 400;
        let losses = (0..seeds).map(|seed| first_loss(&data, 0.05, seed));
        let excess = losses.fold(0.0, |sum, l| sum + l) / seeds as f64 - LN_10;
        let expected = 0.45 * variance;
        assert!((excess / expected - 1.0).abs() < 0.2, "{excess} {expected}");
    }

    #[test]
    fn the_confidence_of_equal_logits_is_a_tenth() {
        assert_eq!(confidence(&Array2::zeros((1, DIGITS))), 0.1);
    }
}
