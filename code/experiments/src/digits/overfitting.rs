//! A network with far more parameters than samples, trained for much too long.
//!
//! [2, 64, 64, 1] tanh and Adam on 60 noisy half-moons. A validation set of
//! fresh samples says when to stop; a third set, on which nothing was chosen,
//! judges that, the end, and training with an L2 penalty (its gradient is
//! added to that of the loss, before Adam).
//!
//! See the chapter `digits`.

use slope::{
    Activation, Init, Loss, Network, Optimizer,
    data::{self, Dataset},
    rng::{Rng, Stream},
};

use chart::{Axis, Cell, Chart, Column, DotPlot, Lines, Panel, Table};
use exact::statistics::{least, log_spaced, mean, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Samples of the validation set, and as many to judge on.
const FRESH: usize = 500;

const BATCH: usize = 20;

const LOSS: Loss = Loss::BceLogits;

params! {
    /// What the curves depend on.
    pub struct Params {
        /// Seed of the curve that is drawn boldly; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many seeds, each with its own data and first weights.
        seeds: usize = 5, in 1..=20, "Seeds";
        /// Samples to train on.
        samples: usize = 60, in 20..=200, "Samples";
        /// Standard deviation of the noise on each coordinate.
        noise: f64 = 0.3, in 0.0..=1.0, "Noise";
        /// Units of each of the two hidden layers.
        width: usize = 64, in 1..=64, "Units of a layer";
        /// Adam's step size.
        lr: f64 = 0.005, in 1e-5..=0.1, "Learning rate";
        /// How long each network is trained.
        epochs: usize = 1000, in 10..=1500, "Training", "epochs";
        /// This multiple of each parameter is added to its gradient.
        l2: f64 = 0.01, in 0.0..=1.0, "L2 penalty";
    }
}

/// The experiment.
pub struct Overfitting;

/// A network on fresh samples.
#[derive(Clone, Copy)]
pub struct Judged {
    loss: f64,
    accuracy: f64,
}

/// The losses of a network at one time.
pub struct Point {
    epoch: usize,
    train: f64,
    validation: f64,
}

/// One seed, with and without the penalty.
pub struct Run {
    seed: u64,
    curve: Vec<Point>,
    /// Where in the curve the validation loss is least.
    best: usize,
    /// Judged on the third set: as it was there, and at the end.
    stopped: Judged,
    end: Judged,
    /// And trained to the end with the penalty.
    penalised: Judged,
}

/// What the curves show.
pub struct Outcome {
    params: Params,
    runs: Vec<Run>,
}

impl Experiment for Overfitting {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "overfitting";
    const QUESTION: &'static str = "When is it time to stop?";
    const CHAPTER: &'static str = "digits";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        found(params, sets, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let first = &outcome.runs[0];
        let epochs = outcome.runs.iter().map(Run::best_epoch);
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("samples", outcome.params.samples),
            Fact::count("epochs", outcome.params.epochs),
            Fact::count("parameters", outcome.parameters()),
            Fact::count("best-epoch", first.best_epoch()),
            Fact::count("best-epoch-earliest", epochs.clone().min()).least(),
            Fact::count("best-epoch-latest", epochs.max()).most(),
            Fact::fixed("validation-best", first.best().validation, 2),
            Fact::fixed("validation-end", first.last().validation, 2),
            Fact::fixed("train-end", first.last().train, 4),
            Fact::fixed("ratio-least", least(outcome.ratios()), 1).least(),
            Fact::fixed("ratio-median", median(outcome.ratios()), 1),
            Fact::percent(
                "accuracy-stopped",
                outcome.accuracy(Run::stopped),
                0,
            ),
            Fact::percent("accuracy-end", outcome.accuracy(Run::end), 0),
            Fact::fixed("loss-stopped", outcome.loss(Run::stopped), 2),
            Fact::fixed("loss-end", outcome.loss(Run::end), 2),
            Fact::fixed("loss-penalised", outcome.loss(Run::penalised), 2),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let runs = &outcome.runs;
        vec![
            Claim::below(
                "the training loss goes on falling after the best epoch",
                most(runs.iter().map(|r| r.last().train / r.best().train)),
                0.8,
            )
            .of_the_book(),
            Claim::above(
                "while the validation loss of every seed rises",
                least(outcome.ratios()),
                1.2,
            )
            .of_the_book(),
            Claim::above(
                "typically to about twice its least value or more",
                median(outcome.ratios()),
                1.8,
            )
            .of_the_book(),
            Claim::above(
                "the third set agrees: the end is worse than to stop in time",
                outcome.loss(Run::end) / outcome.loss(Run::stopped),
                1.5,
            )
            .of_the_book(),
            Claim::below(
                "of the accuracy, little is lost",
                outcome.accuracy(Run::stopped) - outcome.accuracy(Run::end),
                0.06,
            ),
            Claim::below(
                "on average a penalty keeps the loss from rising so far",
                outcome.loss(Run::penalised) / outcome.loss(Run::end),
                0.8,
            ),
            Claim::above(
                "but on average stopping in time is better than this penalty",
                outcome.loss(Run::penalised) - outcome.loss(Run::stopped),
                0.005,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let values = |of: fn(&Run) -> Judged| -> Vec<f64> {
            outcome.runs.iter().map(|run| of(run).loss).collect()
        };
        let judged = DotPlot::new(
            Axis::linear("loss on samples used for nothing else")
                .including(0.0),
        )
        .dots("one dot for each seed")
        .row("stopped in time", values(Run::stopped))
        .row(format!("L2 {}", outcome.params.l2), values(Run::penalised))
        .row(format!("epoch {}", outcome.params.epochs), values(Run::end));
        Chart::new("Training and validation loss of a network too large")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(outcome.curves())
            .row([Panel::new("on a third set", judged)])
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let curve = |run: &Run, name: &str, of: fn(&Point) -> f64| Series {
            name: format!("loss/{name}/seed-{}", run.seed),
            points: run.curve.iter().map(|p| (p.epoch as u64, of(p))).collect(),
        };
        outcome
            .runs
            .iter()
            .flat_map(|run| {
                [
                    curve(run, "train", |point| point.train),
                    curve(run, "validation", |point| point.validation),
                ]
            })
            .collect()
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let few = || Params { seeds: 1, ..Params::default() };
        let changed = |what, change: fn(&mut Params)| {
            Sabotage::<Self>::new(what, few(), move |params, progress| {
                let mut params = params.clone();
                change(&mut params);
                Self::run(&params, progress)
            })
        };
        let with = |what, sets| {
            Sabotage::<Self>::new(what, few(), move |params, progress| {
                found(params, sets, progress)
            })
        };
        vec![
            changed("a penalty of nothing", |params| params.l2 = 0.0),
            with("validation on the training set", |params, seed| {
                let [train, _, third] = sets(params, seed);
                [train.clone(), train, third]
            }),
            with("a fifth of the training labels wrong", |params, seed| {
                let [mut train, validation, third] = sets(params, seed);
                let wrong = train.y.iter_mut().step_by(5);
                wrong.for_each(|label| *label = 1.0 - *label);
                [train, validation, third]
            }),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        vec![
            Sabotage::<Self>::changing(
                "the data are noisy",
                Params { seeds: 1, ..Params::default() },
                |params: &mut Params| params.noise = 0.0,
            )
            .counters("noise", "while the validation loss of every seed rises"),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("samples", 50.0, 70.0),
            Span::between("noise", 0.28, 0.35),
            Span::between("lr", 0.004, 0.006),
            Span::between("seeds", 5.0, 5.0),
        ]
    }
}

/// What a network of a seed is trained on, what tells it when to stop, and
/// what judges it.
type Sets = fn(&Params, u64) -> [Dataset; 3];

fn sets(params: &Params, seed: u64) -> [Dataset; 3] {
    let mut rng = Rng::new(seed, Stream::Data);
    [params.samples, FRESH, FRESH]
        .map(|samples| data::moons(samples, params.noise, &mut rng))
}

fn found(
    params: &Params,
    sets: Sets,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    progress.expect(2 * params.seeds);
    let seeds = seeds(params.seed, params.seeds);
    let runs = parallel::all(seeds, |seed| {
        run(params, seed, sets(params, seed), progress)
    })?;
    Ok(Outcome { params: params.clone(), runs })
}

fn run(
    params: &Params,
    seed: u64,
    [train, validation, third]: [Dataset; 3],
    progress: &Progress,
) -> Result<Run, Stopped> {
    let times = log_spaced(params.epochs);
    let (mut curve, mut kept) = (Vec::<Point>::new(), None);
    let mut least = f64::INFINITY;
    let end = trained(params, 0.0, seed, &train, |epoch, network| {
        if times.binary_search(&epoch).is_err() {
            return;
        }
        let loss =
            |data: &Dataset| LOSS.value(&network.output(&data.x), &data.y);
        let (train, validation) = (loss(&train), loss(&validation));
        if validation < least {
            least = validation;
            kept = Some((curve.len(), network.clone()));
        }
        curve.push(Point { epoch, train, validation });
    })?;
    progress.advance(1);
    let penalised = trained(params, params.l2, seed, &train, |_, _| {})?;
    progress.advance(1);
    let (best, stopped) =
        kept.ok_or_else(|| Stopped(format!("seed {seed} has no best epoch")))?;
    Ok(Run {
        seed,
        curve,
        best,
        stopped: Judged::of(&stopped, &third),
        end: Judged::of(&end, &third),
        penalised: Judged::of(&penalised, &third),
    })
}

/// Trains a network, showing it to `watch` before the first update and after
/// each epoch.
fn trained(
    params: &Params,
    l2: f64,
    seed: u64,
    data: &Dataset,
    mut watch: impl FnMut(usize, &Network),
) -> Result<Network, Stopped> {
    let mut network = Network::dense(
        &[2, params.width, params.width, 1],
        Activation::Tanh,
        Init::XavierUniform,
        &mut Rng::new(seed, Stream::Weights),
    );
    let mut order = Rng::new(seed, Stream::Order);
    let mut state = Optimizer::adam(params.lr).start(network.parameter_count());
    let mut rows: Vec<usize> = (0..data.len()).collect();
    watch(0, &network);
    for epoch in 1..=params.epochs {
        order.shuffle(&mut rows);
        for batch in rows.chunks(BATCH) {
            let batch = data.rows(batch);
            let (loss, mut gradient) =
                network.loss_and_gradient(LOSS, &batch.x, &batch.y);
            if !loss.is_finite() {
                let why = format!("seed {seed} diverged in epoch {epoch}");
                return Err(Stopped(why));
            }
            let mut pairs = Vec::new();
            let layers = network.dense_layers_mut();
            for (dense, slope) in layers.zip(&mut gradient.layers) {
                slope.w.scaled_add(l2, &dense.w);
                slope.b.scaled_add(l2, &dense.b);
                pairs.push(row_major(
                    dense.w.as_slice_mut(),
                    slope.w.as_slice(),
                ));
                pairs.push(row_major(
                    dense.b.as_slice_mut(),
                    slope.b.as_slice(),
                ));
            }
            state.step(pairs);
        }
        watch(epoch, &network);
    }
    Ok(network)
}

/// Parameters and their gradient as the optimizer takes them.
fn row_major<'a>(
    p: Option<&'a mut [f64]>,
    g: Option<&'a [f64]>,
) -> (&'a mut [f64], &'a [f64]) {
    p.zip(g).expect("slope keeps its parameters row-major")
}

impl Judged {
    fn of(network: &Network, data: &Dataset) -> Self {
        let logits = network.output(&data.x);
        Judged {
            loss: LOSS.value(&logits, &data.y),
            accuracy: LOSS.accuracy(&logits, &data.y),
        }
    }
}

impl Run {
    fn stopped(&self) -> Judged {
        self.stopped
    }

    fn end(&self) -> Judged {
        self.end
    }

    fn penalised(&self) -> Judged {
        self.penalised
    }

    fn best(&self) -> &Point {
        &self.curve[self.best]
    }

    fn best_epoch(&self) -> usize {
        self.best().epoch
    }

    fn last(&self) -> &Point {
        &self.curve[self.curve.len() - 1]
    }
}

impl Outcome {
    fn parameters(&self) -> usize {
        let width = self.params.width;
        3 * width + (width + 1) * width + width + 1
    }

    /// How much larger the validation loss is at the end than at its least.
    fn ratios(&self) -> impl Iterator<Item = f64> {
        self.runs
            .iter()
            .map(|run| run.last().validation / run.best().validation)
    }

    fn loss(&self, of: fn(&Run) -> Judged) -> f64 {
        mean(self.runs.iter().map(|run| of(run).loss))
    }

    fn accuracy(&self, of: fn(&Run) -> Judged) -> f64 {
        mean(self.runs.iter().map(|run| of(run).accuracy))
    }

    fn curves(&self) -> Lines {
        let lines = Lines::new(
            Axis::log("epoch"),
            Axis::linear("loss (binary cross-entropy)").including(0.0),
        );
        let lines = self.with_seeds(lines, "validation", |at| at.validation);
        let lines = self.with_seeds(lines, "training", |at| at.train);
        let first = &self.runs[0];
        match first.best_epoch() {
            0 => lines,
            epoch => lines.event(
                epoch as f64,
                format!("least at epoch {epoch}, seed {}", first.seed),
            ),
        }
    }

    /// The first seed boldly, the others thinly.
    fn with_seeds(
        &self,
        lines: Lines,
        name: &str,
        of: fn(&Point) -> f64,
    ) -> Lines {
        // Epoch 0 has no place on a logarithmic axis.
        let points = |run: &Run| -> Vec<(f64, f64)> {
            let points = run.curve.iter().skip(1);
            points.map(|point| (point.epoch as f64, of(point))).collect()
        };
        let lines = lines.main(name, points(&self.runs[0]));
        let others = self.runs[1..].iter();
        others.fold(lines, |lines, run| lines.thin_of(name, points(run)))
    }

    fn finding(&self) -> String {
        let first = &self.runs[0];
        let text = format!(
            "The validation loss of seed {} is least at epoch {}, with {:.2}, \
             and ends at {:.2}. Its training loss ends at {:.3}.",
            first.seed,
            first.best_epoch(),
            first.best().validation,
            first.last().validation,
            first.last().train,
        );
        if Overfitting::bears_out(self) {
            format!(
                "{text} It rises with all {} seeds shown, while the accuracy \
                 changes little. On average, stopping in time is better here \
                 than this penalty.",
                self.runs.len(),
            )
        } else {
            text
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Above, training and validation loss by epoch, on a logarithmic \
             axis, for {} seeds. Below, the loss on a third set of samples.",
            self.runs.len()
        );
        for run in &self.runs {
            text += &format!(
                " Seed {}: validation least at epoch {}, {:.3}, ends at {:.3}; \
                 training ends at {:.4}; third set: stopped {:.3}, penalised \
                 {:.3}, end {:.3}.",
                run.seed,
                run.best_epoch(),
                run.best().validation,
                run.last().validation,
                run.last().train,
                run.stopped.loss,
                run.penalised.loss,
                run.end.loss,
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut columns = vec![Column::new("epoch")];
        for run in &self.runs {
            let seed = run.seed;
            columns
                .push(Column::new(format!("training, seed {seed}")).digits(4));
            let name = format!("validation, seed {seed}");
            columns.push(Column::new(name).digits(4));
        }
        let mut table = Table::new(columns);
        for (i, point) in self.runs[0].curve.iter().enumerate() {
            let mut row = vec![Cell::Number(point.epoch as f64)];
            for run in &self.runs {
                row.push(Cell::Number(run.curve[i].train));
                row.push(Cell::Number(run.curve[i].validation));
            }
            table.row(row);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slope::{Batch, Shuffle, Training};

    fn few() -> Params {
        Params { seeds: 1, width: 16, epochs: 60, ..Params::default() }
    }

    /// Without a penalty, the loop of this file is `Training`, to the bit.
    #[test]
    fn no_penalty_is_plain_training() {
        let params = few();
        let data = data::moons(60, 0.3, &mut Rng::new(7, Stream::Data));
        let ours = trained(&params, 0.0, 7, &data, |_, _| {}).unwrap();
        let mut network = Network::dense(
            &[2, 16, 16, 1],
            Activation::Tanh,
            Init::XavierUniform,
            &mut Rng::new(7, Stream::Weights),
        );
        let training = Training {
            loss: LOSS,
            optimizer: Optimizer::adam(params.lr),
            batch: Batch::Size(BATCH),
            epochs: params.epochs,
            shuffle: Shuffle::EachEpoch,
        };
        let mut order = Rng::new(7, Stream::Order);
        training.run(&mut network, &data, &mut order).unwrap();
        assert_eq!(ours, network);
    }

    #[test]
    fn a_penalty_keeps_the_weights_small() {
        let params = few();
        let data = data::moons(60, 0.3, &mut Rng::new(7, Stream::Data));
        let size = |l2: f64| -> f64 {
            let network = trained(&params, l2, 7, &data, |_, _| {}).unwrap();
            network.parameters().iter().fold(0.0, |sum, p| sum + p * p)
        };
        assert!(size(0.1) < 0.5 * size(0.0));
    }

    #[test]
    fn the_parameters_are_counted_as_the_network_counts_them() {
        let data = data::moons(60, 0.3, &mut Rng::new(7, Stream::Data));
        let params = Params { epochs: 10, ..few() };
        let network = trained(&params, 0.0, 7, &data, |_, _| {}).unwrap();
        let outcome = Outcome { params, runs: Vec::new() };
        assert_eq!(outcome.parameters(), network.parameter_count());
    }
}
