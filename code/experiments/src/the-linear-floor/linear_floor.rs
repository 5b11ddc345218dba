//! Three data sets that a line cannot part: deep identity networks end at the
//! loss of the best line, which has a closed form or an optimum that Newton's
//! method finds; a small ReLU network passes below it.
//!
//! See the chapter `the-linear-floor`.

use ndarray::Array2;
use probe::{LinearFloor, linear_floor};
use slope::{
    Activation, Batch, Init, Loss, Network, Optimizer, Shuffle, Training,
    data::{self, Dataset},
    rng::{Rng, Stream},
};

use chart::{Axis, Cell, Chart, Column, Lines, Panel, Regions, Table};
use exact::statistics::{least, log_spaced, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    parallel, params,
    sabotage::Sabotage,
};

/// Layers of the identity networks.
const DEPTHS: [usize; 3] = [2, 5, 10];

/// Units of each hidden layer of the identity networks; there is nothing
/// that more of them could add.
const WIDTH: usize = 8;

/// Step size and updates of the identity networks, each with all samples.
const PATIENT: (f64, usize) = (0.03, 1000);

/// Those of the same networks where the deeper ones diverge: so many updates
/// that what is going to diverge has done so.
const HASTY: (f64, usize) = (1.0, 100);

/// Samples in a batch of the ReLU network.
const BATCH: usize = 50;

/// What rounding may put between a loss and the floor below it.
const ROUNDING: f64 = 1e-12;

params! {
    /// What the comparison depends on.
    pub struct Params {
        /// Seed that the maps show; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many seeds, each with its own data and first weights.
        seeds: usize = 3, in 1..=20, "Seeds";
        /// Samples of the two classes together.
        samples: usize = 200, in 100..=400, "Samples";
        /// How long the ReLU network is trained.
        epochs: usize = 300, in 50..=600, "Training with ReLU", "epochs";
    }
}

/// The experiment.
pub struct LinearFloorOfThree;

/// A data set and the plane it lies in.
#[derive(Clone, Copy)]
pub struct Set {
    name: &'static str,
    draw: fn(usize, &mut Rng) -> Dataset,
    x: (f64, f64),
    y: (f64, f64),
}

const SETS: [Set; 3] = [
    Set {
        name: "moons",
        draw: |n, rng| data::moons(n, 0.1, rng),
        x: (-1.4, 2.4),
        y: (-1.65, 2.15),
    },
    Set {
        name: "circles",
        draw: |n, rng| data::circles(n, 0.08, rng),
        x: (-1.4, 1.4),
        y: (-1.4, 1.4),
    },
    Set {
        name: "spirals",
        draw: |n, rng| data::spirals(n, 0.02, 1.5, rng),
        x: (-1.15, 1.15),
        y: (-1.15, 1.15),
    },
];

/// A network after training.
pub struct Trained {
    network: Network,
    /// Before the first epoch and after each.
    losses: Vec<f64>,
}

/// One seed of a data set.
pub struct Run {
    data: Dataset,
    floor: LinearFloor,
    /// By depth.
    straight: Vec<Trained>,
    /// By depth, whether training with the large steps diverges.
    diverges: Vec<bool>,
    relu: Trained,
}

/// All seeds of a data set.
pub struct Compared {
    set: Set,
    runs: Vec<Run>,
}

/// What training found.
pub struct Outcome {
    params: Params,
    sets: Vec<Compared>,
}

impl Experiment for LinearFloorOfThree {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "linear-floor";
    const QUESTION: &'static str =
        "Where does the loss of a deep network of slope one end?";
    const CHAPTER: &'static str = "the-linear-floor";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        compared(params, &RIGHT, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let mut facts = vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::scientific("excess-most", most(outcome.distances()), 1)
                .most(),
            Fact::fixed("lr", PATIENT.0, 2),
            Fact::fixed("lr-large", HASTY.0, 0),
            Fact::count("runs", outcome.runs().count()),
            Fact::count("diverged-two", outcome.diverged(0)),
            Fact::count("diverged-five", outcome.diverged(1)),
            Fact::count("diverged-ten", outcome.diverged(2)),
        ];
        for Compared { set, runs } in &outcome.sets {
            let first = &runs[0];
            let name = |what: &str| format!("{}-{what}", set.name);
            facts.extend([
                Fact::fixed(&name("floor"), first.floor.loss, 3),
                Fact::percent(&name("line"), first.floor.accuracy, 0),
                Fact::fixed(&name("relu"), first.relu.last(), 4),
                Fact::percent(&name("relu-right"), first.relu_accuracy(), 1),
            ]);
        }
        facts
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let diverged = |depth| outcome.diverged(depth) as f64;
        let circles = &outcome.sets[1].runs;
        vec![
            Claim::below(
                "slope one ends at the floor, with 2, 5 and 10 layers",
                most(outcome.distances()),
                1e-7,
            ),
            Claim::above(
                "and never passes below it on the way",
                least(outcome.runs().flat_map(|run| {
                    let losses = run.straight.iter().flat_map(|t| &t.losses);
                    losses.map(|loss| loss - run.floor.loss)
                })),
                -ROUNDING,
            ),
            Claim::above(
                "it began elsewhere",
                least(outcome.runs().flat_map(|run| {
                    run.straight.iter().map(|t| t.losses[0] - run.floor.loss)
                })),
                1e-5,
            )
            .of_the_book(),
            Claim::below(
                "a ReLU network ends below half of the floor",
                outcome.relu_most(),
                0.5,
            ),
            Claim::above(
                "it classifies nearly all samples correctly",
                least(outcome.runs().map(Run::relu_accuracy)),
                0.9,
            ),
            Claim::below(
                "on circles the best line is hardly better than a coin",
                most(circles.iter().map(|run| run.floor.accuracy)),
                0.7,
            ),
            Claim::above(
                "with large steps, many of ten layers diverge",
                diverged(2) / outcome.runs().count() as f64,
                0.3,
            ),
            Claim::above(
                "fewer of five",
                (diverged(2) - diverged(1)) / outcome.runs().count() as f64,
                0.0,
            ),
            Claim::equal("and none of two", outcome.diverged(0), 0),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let mut chart = Chart::new("Two networks on three data sets")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table());
        for compared in &outcome.sets {
            let Compared { set, runs } = compared;
            let first = &runs[0];
            let straight = &first.straight[DEPTHS.len() - 1].network;
            chart = chart.row([
                Panel::new(
                    format!("{}: slope one", set.name),
                    set.regions(&first.data, straight),
                ),
                Panel::new(
                    format!("{}: ReLU", set.name),
                    set.regions(&first.data, &first.relu.network),
                ),
                Panel::new(
                    format!("{}: training", set.name),
                    compared.curves(),
                ),
            ]);
        }
        chart
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let seed = outcome.params.seed;
        let named = |set: &Set, kind: &str, trained: &Trained| Series {
            name: format!("loss/{}-{kind}/seed-{seed}", set.name),
            points: (0..).zip(trained.losses.iter().copied()).collect(),
        };
        let of_set = |Compared { set, runs }: &Compared| {
            let deepest = &runs[0].straight[DEPTHS.len() - 1];
            [named(set, "identity", deepest), named(set, "relu", &runs[0].relu)]
        };
        outcome.sets.iter().flat_map(of_set).collect()
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let few = || Params { seeds: 1, samples: 100, ..Params::default() };
        let with = |what, trial: Trial| {
            Sabotage::<Self>::new(what, few(), move |params, progress| {
                compared(params, &trial, progress)
            })
        };
        let mut sets = SETS;
        sets[1].draw = |n, rng| {
            let mut data = data::circles(n, 0.08, rng);
            data.x.column_mut(0).scaled_add(1.0, &data.y.column(0));
            data
        };
        let (identity, relu) = (Activation::Identity, Activation::Relu);
        vec![
            with("a kink in the deep networks", Trial { deep: relu, ..RIGHT }),
            with(
                "no kink in the small one",
                Trial { small: identity, ..RIGHT },
            ),
            with(
                "weights that have been trained before",
                Trial { before: PATIENT.1, ..RIGHT },
            ),
            with("circles side by side", Trial { sets, ..RIGHT }),
            with(
                "large steps a hundred times as large",
                Trial { hasty: (100.0 * HASTY.0, HASTY.1), ..RIGHT },
            ),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let few = Params { seeds: 1, samples: 100, ..Params::default() };
        vec![
            Sabotage::<Self>::new(
                "no activation of the deep networks bends",
                few,
                |params, progress| {
                    let trial = Trial { deep: Activation::Relu, ..RIGHT };
                    compared(params, &trial, progress)
                },
            )
            .counters(
                "bend",
                "slope one ends at the floor, with 2, 5 and 10 layers",
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("samples", 100.0, 300.0),
            Span::between("epochs", 300.0, 400.0),
        ]
    }
}

/// What is trained on what: deep networks with one activation and a small one
/// with another.
#[derive(Clone, Copy)]
struct Trial {
    sets: [Set; 3],
    deep: Activation,
    small: Activation,
    /// The large steps of the deep networks, and how many.
    hasty: (f64, usize),
    /// Updates before those that are looked at.
    before: usize,
}

const RIGHT: Trial = Trial {
    sets: SETS,
    deep: Activation::Identity,
    small: Activation::Relu,
    hasty: HASTY,
    before: 0,
};

fn compared(
    params: &Params,
    trial: &Trial,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    progress.expect(SETS.len() * params.seeds);
    let tasks: Vec<(Set, u64)> = trial
        .sets
        .into_iter()
        .flat_map(|set| {
            (0..params.seeds as u64).map(move |i| (set, params.seed + i))
        })
        .collect();
    let runs = parallel::all(tasks, |(set, seed)| {
        let run = Run::of(&set, trial, seed, params);
        progress.advance(1);
        run.map_err(|why| Stopped(format!("{}: {why}", set.name)))
    });
    let mut runs = runs?.into_iter();
    let sets = trial.sets.map(|set| Compared {
        set,
        runs: runs.by_ref().take(params.seeds).collect(),
    });
    Ok(Outcome { params: params.clone(), sets: sets.into() })
}

impl Run {
    fn of(
        set: &Set,
        trial: &Trial,
        seed: u64,
        params: &Params,
    ) -> Result<Self, Stopped> {
        let data =
            (set.draw)(params.samples, &mut Rng::new(seed, Stream::Data));
        let floor = linear_floor(Loss::BceLogits, &data)
            .map_err(|why| Stopped(format!("seed {seed}: {why}")))?;
        let deep = |layers: usize, before, (lr, updates): (f64, usize)| {
            let mut sizes = vec![WIDTH; layers - 1];
            sizes.insert(0, 2);
            sizes.push(1);
            let training = Training {
                loss: Loss::BceLogits,
                optimizer: Optimizer::momentum(lr, 0.9),
                batch: Batch::Full,
                epochs: before + updates,
                shuffle: Shuffle::Never,
            };
            let kind = (trial.deep, Init::XavierUniform);
            let mut trained =
                Trained::with(&sizes, kind, &training, &data, seed)?;
            trained.losses.drain(..before);
            Ok(trained)
        };
        let training = Training {
            loss: Loss::BceLogits,
            optimizer: Optimizer::adam(0.01),
            batch: Batch::Size(BATCH),
            epochs: params.epochs,
            shuffle: Shuffle::EachEpoch,
        };
        let kind = (trial.small, Init::HeNormal);
        let relu =
            Trained::with(&[2, 16, 16, 1], kind, &training, &data, seed)?;
        let diverges =
            DEPTHS.map(|layers| deep(layers, 0, trial.hasty).is_err()).to_vec();
        let straight = DEPTHS
            .into_iter()
            .map(|layers| deep(layers, trial.before, PATIENT))
            .collect::<Result<_, _>>()?;
        Ok(Run { floor, straight, diverges, relu, data })
    }

    fn relu_accuracy(&self) -> f64 {
        let output = self.relu.network.output(&self.data.x);
        Loss::BceLogits.accuracy(&output, &self.data.y)
    }
}

impl Trained {
    fn with(
        sizes: &[usize],
        (activation, init): (Activation, Init),
        training: &Training,
        data: &Dataset,
        seed: u64,
    ) -> Result<Self, Stopped> {
        let mut rng = Rng::new(seed, Stream::Weights);
        let mut network = Network::dense(sizes, activation, init, &mut rng);
        let mut order = Rng::new(seed, Stream::Order);
        let history =
            training.run(&mut network, data, &mut order).map_err(|why| {
                Stopped(format!("{activation} {sizes:?}, seed {seed}: {why}"))
            })?;
        Ok(Trained { network, losses: history.epochs })
    }

    fn last(&self) -> f64 {
        self.losses[self.losses.len() - 1]
    }
}

impl Set {
    fn regions(&self, data: &Dataset, network: &Network) -> Regions {
        let class = |label: f64| -> Vec<(f64, f64)> {
            let points = data.x.rows().into_iter().zip(&data.y);
            let of_class = points.filter(|(_, y)| **y == label);
            of_class.map(|(x, _)| (x[0], x[1])).collect()
        };
        let logit = |x: f64, y: f64| {
            let at = Array2::from_shape_fn((1, 2), |(_, j)| [x, y][j]);
            network.output(&at)[(0, 0)]
        };
        // The first row names the classes of all.
        let names = match self.name {
            name if name == SETS[0].name => ["class 0", "class 1"],
            _ => ["", ""],
        };
        Regions::sample(self.x, self.y, 48, 0.0, logit)
            .class(names[0], class(0.0))
            .class(names[1], class(1.0))
    }
}

impl Compared {
    /// Each loss as a multiple of the best line's on the same data: so the
    /// floors of all seeds are one.
    fn curves(&self) -> Lines {
        let points = |trained: &Trained, run: &Run| -> Vec<(f64, f64)> {
            // Epoch 0 has no place on a logarithmic axis.
            let after = trained.losses.iter().enumerate().skip(1);
            let share =
                |(i, loss): (usize, &f64)| (i as f64, loss / run.floor.loss);
            after.map(share).collect()
        };
        let mut lines = Lines::new(
            Axis::log("epoch"),
            Axis::linear("loss ÷ the best line's").between(0.0, 1.5),
        );
        for (i, run) in self.runs.iter().enumerate() {
            for trained in run.straight.iter().rev() {
                let curve = points(trained, run);
                let first = lines.series.is_empty();
                lines = match first {
                    true => lines.main("slope one", curve),
                    false => lines.thin_of("slope one", curve),
                };
            }
            let curve = points(&run.relu, run);
            lines = match i {
                0 => lines.main("ReLU", curve),
                _ => lines.thin_of("ReLU", curve),
            };
        }
        lines.threshold(1.0, "best line")
    }
}

impl Outcome {
    fn runs(&self) -> impl Iterator<Item = &Run> {
        self.sets.iter().flat_map(|set| &set.runs)
    }

    /// How many runs with so many layers, as [`DEPTHS`] lists them, diverge
    /// with the large steps.
    fn diverged(&self, depth: usize) -> usize {
        self.runs().filter(|run| run.diverges[depth]).count()
    }

    /// How far from its floor each network of slope one ends.
    fn distances(&self) -> impl Iterator<Item = f64> {
        self.runs().flat_map(|run| {
            run.straight.iter().map(|t| (t.last() - run.floor.loss).abs())
        })
    }

    /// The largest loss of a ReLU network, as a part of its floor.
    fn relu_most(&self) -> f64 {
        most(self.runs().map(|run| run.relu.last() / run.floor.loss))
    }

    fn finding(&self) -> String {
        if LinearFloorOfThree::bears_out(self) {
            format!(
                "These networks of slope one, of two, five and ten layers, end \
                 at the loss of the best line, to within {}. Those with a kink \
                 in each hidden unit end far below it.",
                Fact::scientific("", most(self.distances()), 1).most().text(),
            )
        } else {
            format!(
                "These networks of slope one end within {} of the loss of the \
                 best line, the ReLU networks at {} of it or less.",
                Fact::scientific("", most(self.distances()), 1).most().text(),
                Fact::fixed("", self.relu_most(), 2).most().text(),
            )
        }
    }

    fn description(&self) -> String {
        let mut text = String::from(
            "Three rows, one for each data set. On the left the plane as a \
             network of slope one with ten layers divides it: by a straight \
             line. In the middle as a ReLU network divides it. On the right \
             the losses by epoch, as multiples of the best line's.",
        );
        for Compared { set, runs } in &self.sets {
            let first = &runs[0];
            let apart = runs.iter().flat_map(|run| {
                let ends = run.straight.iter();
                ends.map(|t| (t.last() - run.floor.loss).abs())
            });
            text += &format!(
                " {}: the best line has a loss of {:.3} and classifies {:.0} % \
                 correctly. The networks of slope one end within {} of \
                 its loss, the ReLU networks between {:.3} and {:.3} of it; \
                 the one shown classifies {:.1} % correctly.",
                set.name,
                first.floor.loss,
                100.0 * first.floor.accuracy,
                Fact::scientific("", most(apart), 2).most().text(),
                least(runs.iter().map(|r| r.relu.last() / r.floor.loss)),
                most(runs.iter().map(|r| r.relu.last() / r.floor.loss)),
                100.0 * first.relu_accuracy(),
            );
        }
        text
    }

    /// The curves of the first seed, and the floor it has.
    fn table(&self) -> Table {
        let mut columns = vec![Column::new("epoch")];
        for Compared { set, .. } in &self.sets {
            for layers in DEPTHS {
                let name = format!("{}, slope one, {layers} layers", set.name);
                columns.push(Column::new(name).digits(4));
            }
            let name = format!("{}, ReLU", set.name);
            columns.push(Column::new(name).digits(4));
        }
        let mut table = Table::new(columns);
        let firsts = || self.sets.iter().map(|set| &set.runs[0]);
        let last = PATIENT.1.max(self.params.epochs);
        for epoch in log_spaced(last) {
            let mut row = vec![Cell::Number(epoch as f64)];
            for run in firsts() {
                let all = run.straight.iter().chain([&run.relu]);
                row.extend(all.map(|t| t.losses.get(epoch).copied().into()));
            }
            table.row(row);
        }
        let mut row = vec![Cell::Text("best line".into())];
        for run in firsts() {
            let columns = DEPTHS.len() + 1;
            row.extend((0..columns).map(|_| Cell::Number(run.floor.loss)));
        }
        table.row(row);
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slope::product;

    /// Where the loss is the floor's, the fold is the line itself.
    #[test]
    fn the_fold_of_the_deepest_network_is_the_best_line() {
        let params = Params { samples: 100, ..Params::default() };
        let run = Run::of(&SETS[0], &RIGHT, 0, &params).expect("it trains");
        let fold = run.straight[1].network.collapse().expect("slope one");
        let apart = product::norm(&(fold.w - &run.floor.map.w));
        assert!(apart < 0.01 * product::norm(&run.floor.map.w), "{apart}");
    }
}
