//! A loss curve that drops, lies flat and drops again, against the loss of
//! the best straight line.
//!
//! See the chapter `reading-a-loss-curve`.

use std::ops::ControlFlow;

use ndarray::Array2;
use probe::{LinearFloor, linear_floor};
use slope::{
    Activation, Batch, Init, Loss, Network, Optimizer, Shuffle, Training,
    data::{self, Dataset},
    rng::{Rng, Stream},
};

use chart::{Axis, Cell, Chart, Column, Lines, Panel, Regions, Table};
use exact::statistics::{
    correlation, deviation, least, log_spaced, mean, most,
};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Epochs over which the steepness of a curve is averaged.
const SPAN: usize = 20;

/// A loss so near the floor is level with it.
const NEAR: f64 = 0.02;

const SWISH: Activation = Activation::Silu { beta: 1.0 };

/// Epochs between two reports of progress.
const REPORT: usize = 50;

params! {
    /// What the curves depend on.
    pub struct Params {
        /// Seed of the curve that is drawn boldly; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many seeds, each with its own data and first weights.
        seeds: usize = 5, in 1..=20, "Seeds";
        /// The activation of the hidden layers.
        activation: Activation = Activation::Tanh,
            in &["tanh", "silu", "gelu_erf", "softplus", "sigmoid", "relu"],
            "Activation";
        /// The step size of gradient descent on all samples.
        lr: f64 = 0.2, in 1e-4..=10.0, "Learning rate";
        /// How long each network is trained.
        epochs: usize = 2000, in 100..=5000, "Training", "epochs";
        /// The epoch at which the network is looked at on its plateau.
        look: usize = 75, in 1..=99, "Look at", "epochs";
        /// Samples of the two half-moons together.
        samples: usize = 512, in 16..=2048, "Samples";
        /// Standard deviation of the noise on each coordinate.
        noise: f64 = 0.2, in 0.0..=1.0, "Noise";
    }
}

/// The experiment.
pub struct LossCurve;

/// One network from its first loss to its last.
pub struct Run {
    seed: u64,
    data: Dataset,
    floor: LinearFloor,
    /// The loss before the first update and after each epoch.
    losses: Vec<f64>,
    start: Look,
    plateau: Look,
    end: Look,
}

/// What a network is like at one epoch.
pub struct Look {
    network: Network,
    /// Part of the samples on which network and best line decide alike.
    agreement: f64,
    /// Correlation of their logits.
    correlation: f64,
    /// How much f′(z) of a hidden unit differs between samples: its standard
    /// deviation, averaged over units. Zero for the identity.
    spread: f64,
}

/// What the curves show.
pub struct Outcome {
    params: Params,
    runs: Vec<Run>,
    /// The same data and seeds with Swish, smooth and never straight.
    swish: Vec<Run>,
    /// The same data and seeds with ReLU, straight but for a kink.
    relu: Vec<Run>,
}

impl Experiment for LossCurve {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "loss-curve";
    const QUESTION: &'static str =
        "What is a network doing where its loss curve lies flat?";
    const CHAPTER: &'static str = "reading-a-loss-curve";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        all_trained(moons, bends(params), 1.0, params, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let first = &outcome.runs[0];
        vec![
            Fact::count("runs", outcome.params.seeds),
            Fact::count("samples", outcome.params.samples),
            Fact::count("look", outcome.params.look),
            Fact::fixed("start", first.losses[0], 2),
            Fact::fixed("plateau", first.losses[outcome.params.look], 3),
            Fact::fixed("floor", first.floor.loss, 3),
            Fact::fixed("end", first.last_loss(), 3),
            Fact::percent("agreement", first.plateau.agreement, 1),
            Fact::percent("disagreement-end", 1.0 - first.end.agreement, 0),
            Fact::fixed("correlation", outcome.least_correlation(), 3).least(),
            Fact::count("crossing", first.crossing()),
            Fact::count("crossing-earliest", outcome.crossings().min()).least(),
            Fact::count("crossing-latest", outcome.crossings().max()).most(),
            Fact::fixed("ratio-least", least(ratios(&outcome.runs)), 0).least(),
            Fact::fixed("ratio-most", most(ratios(&outcome.runs)), 0).most(),
            Fact::fixed("swish-ratio-least", least(ratios(&outcome.swish)), 1)
                .least(),
            Fact::fixed("relu-ratio-most", most(ratios(&outcome.relu)), 1)
                .most(),
            Fact::count("level", levels(&outcome.runs).min()).least(),
            Fact::count("swish-level", levels(&outcome.swish).min()).least(),
            Fact::count("relu-level", levels(&outcome.relu).max()).most(),
            Fact::count("swish-crossing", outcome.swish[0].crossing()),
            Fact::percent(
                "swish-agreement",
                outcome.swish[0].plateau.agreement,
                0,
            ),
            Fact::fixed("spread-start", first.start.spread, 2),
            Fact::fixed("spread-look", first.plateau.spread, 2),
            Fact::fixed("spread-end", first.end.spread, 2),
            Fact::fixed("swish-spread-start", outcome.swish[0].start.spread, 2),
            Fact::fixed("relu-spread-start", outcome.relu[0].start.spread, 2),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let Params { seeds, .. } = outcome.params;
        vec![
            Claim::above(
                "on the plateau the network decides as the best line does",
                least(outcome.runs.iter().map(|run| run.plateau.agreement)),
                0.98,
            ),
            Claim::above(
                "and its logits are nearly those of the line",
                outcome.least_correlation(),
                0.98,
            ),
            Claim::below(
                "at that time no run is far above its floor",
                most(outcome.runs.iter().map(|run| {
                    run.losses[outcome.params.look] - run.floor.loss
                })),
                0.02,
            ),
            Claim::equal(
                "every run crosses its floor",
                outcome.crossings().count(),
                seeds,
            ),
            Claim::above(
                "and then becomes steeper than where it crossed",
                least(ratios(&outcome.runs)),
                3.0,
            ),
            Claim::above(
                "a Swish network does so, too",
                least(ratios(&outcome.swish)),
                2.0,
            ),
            Claim::below(
                "a ReLU network hardly does",
                most(ratios(&outcome.relu)),
                2.0,
            )
            .of_the_book(),
            Claim::above(
                "Swish stays near its floor twice as long as ReLU",
                levels(&outcome.swish).min().unwrap_or(0) as f64
                    / levels(&outcome.relu).max().unwrap_or(0) as f64,
                2.0,
            )
            .of_the_book(),
            Claim::below(
                "after the first drop no curve climbs by much in an epoch",
                most(outcome.runs.iter().map(Run::steepest_climb)),
                0.01,
            ),
            Claim::below(
                "at the end every run is far below its floor",
                most(
                    outcome
                        .runs
                        .iter()
                        .map(|run| run.last_loss() - run.floor.loss),
                ),
                -0.1,
            ),
            Claim::above(
                "seeds differ in when they leave, at least twofold",
                outcome.crossings().max().unwrap_or(0) as f64
                    / outcome.crossings().min().unwrap_or(0) as f64,
                2.0,
            )
            .of_the_book(),
            Claim::above(
                "Swish begins with more spread than tanh has on its plateau",
                outcome.swish[0].start.spread - outcome.runs[0].plateau.spread,
                0.0,
            )
            .of_the_book(),
            Claim::above(
                "a unit's slope differs more between samples at the end",
                least(
                    outcome
                        .runs
                        .iter()
                        .map(|run| run.end.spread / run.plateau.spread),
                ),
                1.0,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let first = &outcome.runs[0];
        let look = outcome.params.look;
        // With other parameters than the book's, there may be no such thing.
        let named = |what: &str| match outcome.as_the_book_says() {
            true => format!(": {what}"),
            false => String::new(),
        };
        let regions = |epoch: usize, what: &str, look: &Look| {
            let title = format!("epoch {epoch}{}", named(what));
            Panel::new(title, first.regions(&look.network))
        };
        Chart::new("Loss of a small network by epoch, and what it decides")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(outcome.curves())
            .row([
                regions(look, "a straight line", &first.plateau),
                regions(outcome.params.epochs, "a bend", &first.end),
            ])
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let named = |name: String, run: &Run| Series {
            name: format!("loss/{name}/seed-{}", run.seed),
            points: run
                .losses
                .iter()
                .enumerate()
                .map(|(epoch, loss)| (epoch as u64, *loss))
                .collect(),
        };
        let asked = outcome.params.activation;
        let groups = [
            (asked, &outcome.runs),
            (SWISH, &outcome.swish),
            (Activation::Relu, &outcome.relu),
        ];
        groups
            .iter()
            .enumerate()
            // Asked for Swish or ReLU, that group is there already.
            .filter(|(i, (f, _))| *i == 0 || *f != asked)
            .flat_map(|(_, (f, runs))| {
                let name = f.to_string();
                runs.iter().map(move |run| named(name.clone(), run))
            })
            .collect()
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let relu = [Activation::Relu, SWISH, Activation::Relu];
        vec![
            Sabotage::<Self>::new(
                "the activation is smooth",
                few(),
                move |params, progress| {
                    all_trained(moons, relu, 1.0, params, progress)
                },
            )
            .counters("kink", "and then becomes steeper than where it crossed"),
            Sabotage::<Self>::new(
                "the first weights are small",
                few(),
                |params, progress| {
                    all_trained(moons, bends(params), 4.0, params, progress)
                },
            )
            .counters(
                "large-start",
                "on the plateau the network decides as the best line does",
            ),
            Sabotage::<Self>::changing(
                "the learning rate is small",
                few(),
                |params| params.lr = 0.5,
            )
            .counters(
                "large-step",
                "after the first drop no curve climbs by much in an epoch",
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("lr", 0.18, 0.2),
            Span::between("samples", 400.0, 600.0),
            Span::between("look", 70.0, 80.0),
        ]
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, f: [Activation; 3]| {
            Sabotage::<Self>::new(what, few(), move |params, progress| {
                all_trained(moons, f, 1.0, params, progress)
            })
        };
        let (tanh, relu) = (Activation::Tanh, Activation::Relu);
        vec![
            with("no bend", [Activation::Identity, SWISH, relu]),
            with("ReLU in the place of every activation", [relu; 3]),
            with("tanh in the place of every activation", [tanh; 3]),
            Sabotage::<Self>::changing(
                "a look before the plateau",
                few(),
                |params| params.look = 1,
            ),
            Sabotage::<Self>::changing("training cut short", few(), |params| {
                params.epochs = 100
            }),
            Sabotage::<Self>::new(
                "labels that have slipped by half a class",
                few(),
                |params, progress| {
                    all_trained(slipped, bends(params), 1.0, params, progress)
                },
            ),
        ]
    }
}

/// With which it is soonest seen what a change does.
fn few() -> Params {
    Params { seeds: 2, epochs: 1000, ..Params::default() }
}

/// The activations: of the network that is asked for, and of two others.
fn bends(params: &Params) -> [Activation; 3] {
    [params.activation, SWISH, Activation::Relu]
}

/// Each half-moon then holds both classes, mixed: there is nothing to bend for.
fn slipped(seed: u64, params: &Params) -> Dataset {
    let Dataset { x, y } = moons(seed, params);
    let n = y.len();
    let slipped = |(i, _)| y[[(i + n / 4) % n, 0]];
    Dataset { x, y: Array2::from_shape_fn((n, 1), slipped) }
}

/// Two half-moons.
fn moons(seed: u64, params: &Params) -> Dataset {
    let mut rng = Rng::new(seed, Stream::Data);
    data::moons(params.samples, params.noise, &mut rng)
}

/// Every network, trained on the data of its seed, from first weights of so many
/// times their size.
fn all_trained(
    data: fn(u64, &Params) -> Dataset,
    activations: [Activation; 3],
    start: f64,
    params: &Params,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    progress.expect(3 * params.seeds * params.epochs);
    let tasks: Vec<(Activation, u64)> = activations
        .into_iter()
        .flat_map(|f| {
            seeds(params.seed, params.seeds).map(move |seed| (f, seed))
        })
        .collect();
    let mut runs = parallel::all(tasks, |(f, seed)| {
        let data = data(seed, params);
        trained(f, seed, start, data, params, progress)
    })?;
    let relu = runs.split_off(2 * params.seeds);
    let swish = runs.split_off(params.seeds);
    Ok(Outcome { params: params.clone(), runs, swish, relu })
}

/// Trains one network and looks at it three times.
fn trained(
    activation: Activation,
    seed: u64,
    start: f64,
    data: Dataset,
    params: &Params,
    progress: &Progress,
) -> Result<Run, Stopped> {
    let floor = linear_floor(Loss::BceLogits, &data).map_err(|why| {
        Stopped(format!("seed {seed} has no linear floor: {why}"))
    })?;
    let init = match activation {
        Activation::Relu => Init::HeNormal,
        _ => Init::XavierUniform,
    };
    let mut rng = Rng::new(seed, Stream::Weights);
    let mut network =
        Network::dense(&[2, 16, 16, 1], activation, init, &mut rng);
    network.dense_layers_mut().for_each(|layer| layer.w *= start);
    let training = Training {
        loss: Loss::BceLogits,
        optimizer: Optimizer::sgd(params.lr),
        batch: Batch::Full,
        epochs: params.epochs,
        shuffle: Shuffle::Never,
    };
    let mut looks = Vec::new();
    let times = [0, params.look, params.epochs];
    let history = training
        .run_watched(
            &mut network,
            &data,
            &mut Rng::new(seed, Stream::Order),
            |now| {
                if times.contains(&now.epoch) {
                    looks.push(Look::at(now.network, &data, &floor));
                }
                if now.epoch % REPORT == 0 && now.epoch > 0 {
                    progress.advance(REPORT);
                }
                ControlFlow::Continue(())
            },
        )
        .map_err(|why| Stopped(format!("seed {seed}, {activation}: {why}")))?;
    let [start, plateau, end] = <[Look; 3]>::try_from(looks)
        .map_err(|_| Stopped("the training was not watched".into()))?;
    Ok(Run { seed, data, floor, losses: history.epochs, start, plateau, end })
}

impl Look {
    fn at(network: &Network, data: &Dataset, floor: &LinearFloor) -> Self {
        let trace = network.forward(&data.x);
        let logits = trace.output();
        let line = floor.map.output(&data.x);
        let alike = logits
            .iter()
            .zip(&line)
            .filter(|(a, b)| (**a > 0.0) == (**b > 0.0))
            .count();
        // The last layer is affine; its slope says nothing of the bends.
        let hidden = &trace.slope[..trace.slope.len() - 1];
        let units = hidden.iter().flat_map(|layer| layer.columns());
        let spreads = units.map(|unit| deviation(&unit.to_vec()));
        Look {
            network: network.clone(),
            agreement: alike as f64 / data.len() as f64,
            correlation: correlation(
                &logits.iter().copied().collect::<Vec<_>>(),
                &line.iter().copied().collect::<Vec<_>>(),
            ),
            spread: mean(spreads),
        }
    }
}

impl Run {
    fn last_loss(&self) -> f64 {
        self.losses[self.losses.len() - 1]
    }

    /// The first epoch at which the loss is below the floor.
    fn crossing(&self) -> Option<usize> {
        self.losses.iter().position(|loss| *loss < self.floor.loss)
    }

    /// At how many epochs the loss is level with the floor.
    fn level(&self) -> usize {
        let near = |loss: &&f64| (**loss - self.floor.loss).abs() < NEAR;
        self.losses.iter().filter(near).count()
    }

    /// The most by which the loss has risen in one epoch after the first drop.
    fn steepest_climb(&self) -> f64 {
        most(self.losses[SPAN..].windows(2).map(|pair| pair[1] - pair[0]))
    }

    /// How much the loss falls per epoch, on average over the epochs from
    /// `epoch` on.
    fn steepness(&self, epoch: usize) -> f64 {
        (self.losses[epoch] - self.losses[epoch + SPAN]) / SPAN as f64
    }

    /// How much steeper the curve gets below the floor than where it crossed.
    fn ratio(&self) -> Option<f64> {
        let last = self.losses.len() - 1 - SPAN;
        let crossing = self.crossing().filter(|epoch| *epoch <= last)?;
        let there = self.steepness(crossing.saturating_sub(SPAN / 2));
        let later = most((crossing..=last).map(|e| self.steepness(e)));
        Some(later / there)
    }

    /// What a network decides in the plane of this run's data.
    fn regions(&self, network: &Network) -> Regions {
        let class = |label: f64| -> Vec<(f64, f64)> {
            self.data
                .x
                .rows()
                .into_iter()
                .zip(&self.data.y)
                .filter(|(_, y)| **y == label)
                .map(|(x, _)| (x[0], x[1]))
                .collect()
        };
        let logit = |x: f64, y: f64| {
            let at = Array2::from_shape_fn((1, 2), |(_, j)| [x, y][j]);
            network.output(&at)[(0, 0)]
        };
        Regions::sample((-1.8, 2.8), (-1.4, 1.9), 48, 0.0, logit)
            .class("class 0", class(0.0))
            .class("class 1", class(1.0))
    }
}

impl Outcome {
    fn crossings(&self) -> impl Iterator<Item = usize> {
        self.runs.iter().filter_map(Run::crossing)
    }

    fn least_correlation(&self) -> f64 {
        least(self.runs.iter().map(|run| run.plateau.correlation))
    }

    fn curves(&self) -> Lines {
        let first = &self.runs[0];
        // Epoch 0 has no place on a logarithmic axis; the curves begin at 1.
        let points = |run: &Run| -> Vec<(f64, f64)> {
            let losses = run.losses.iter().enumerate().skip(1);
            losses.map(|(epoch, loss)| (epoch as f64, *loss)).collect()
        };
        let others = format!("{} other seeds", self.runs.len() - 1);
        let name = format!("seed {}", first.seed);
        let mut lines = Lines::new(
            Axis::log("epoch"),
            Axis::linear("loss (binary cross-entropy)"),
        )
        .main(&name, points(first));
        for run in &self.runs[1..] {
            lines = lines.thin(&others, points(run));
        }
        lines
            .threshold(
                first.floor.loss,
                format!("best straight line, seed {}", first.seed),
            )
            .event(
                self.params.look as f64,
                format!("epoch {}", self.params.look),
            )
            .event(
                self.params.epochs as f64,
                format!("epoch {}", self.params.epochs),
            )
    }

    fn as_the_book_says(&self) -> bool {
        LossCurve::bears_out(self)
    }

    fn finding(&self) -> String {
        let first = &self.runs[0];
        let Params { look, epochs, .. } = self.params;
        let crossing = match first.crossing() {
            Some(epoch) => format!("crosses it at epoch {epoch}"),
            None => "does not cross it".into(),
        };
        let alike = 100.0 * first.plateau.agreement;
        if self.as_the_book_says() {
            format!(
                "The plateau is a straight line. At epoch {look} the network \
                 agrees with logistic regression on {alike:.1}\u{a0}% of the \
                 samples; its curve lies near that model's loss, {crossing} \
                 and then gets steeper again. The other seeds do the same at \
                 other times."
            )
        } else {
            format!(
                "At epoch {look} the network agrees with logistic regression \
                 on {alike:.1}\u{a0}% of the samples. The level line is the \
                 loss of the best straight line. The curve {crossing} and \
                 ends at {:.3} after {epochs} epochs.",
                first.last_loss(),
            )
        }
    }

    fn description(&self) -> String {
        let first = &self.runs[0];
        let look = self.params.look;
        let mut text = format!(
            "Above, the loss by epoch on a logarithmic axis, for {} seeds. \
             Seed {} falls from {:.2} to {:.3} at epoch {look}, stays near \
             {:.3}, the loss of the best straight line, and ends at {:.3}.",
            self.runs.len(),
            first.seed,
            first.losses[0],
            first.losses[look],
            first.floor.loss,
            first.last_loss(),
        );
        for run in &self.runs[1..] {
            text += &match run.crossing() {
                Some(epoch) => format!(
                    " Seed {} crosses its own line's loss, {:.3}, at epoch \
                     {epoch}.",
                    run.seed, run.floor.loss
                ),
                None => format!(" Seed {} does not cross.", run.seed),
            };
        }
        text += " Below, two maps of the plane with the two half-moons.";
        if self.as_the_book_says() {
            text += " At first the border between the classes is a straight \
                     line that cuts the tips off both moons; at the end it \
                     winds between them.";
        }
        text
    }

    fn table(&self) -> Table {
        let mut columns = vec![Column::new("epoch")];
        for run in &self.runs {
            columns.push(Column::new(format!("seed {}", run.seed)).digits(4));
        }
        let mut table = Table::new(columns);
        for epoch in log_spaced(self.params.epochs) {
            let mut row = vec![Cell::Number(epoch as f64)];
            row.extend(self.runs.iter().map(|r| Cell::Number(r.losses[epoch])));
            table.row(row);
        }
        let mut row = vec![Cell::Text("best straight line".into())];
        row.extend(self.runs.iter().map(|r| Cell::Number(r.floor.loss)));
        table.row(row);
        table
    }
}

fn levels(runs: &[Run]) -> impl Iterator<Item = usize> {
    runs.iter().map(Run::level)
}

fn ratios(runs: &[Run]) -> impl Iterator<Item = f64> {
    runs.iter().filter_map(Run::ratio)
}
