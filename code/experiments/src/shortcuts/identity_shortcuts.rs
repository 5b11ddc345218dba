//! What a shortcut does not do: a residual network whose activation is the
//! identity is one affine map, and branches that are not scaled make a deep
//! network explode.
//!
//! Descent on all samples of two spirals against the closed-form optimum of
//! logistic regression; the product of slopes along one path of single units;
//! first losses by depth. The shortcut that adds 1 to each factor is from K. He
//! and others, 2016, arXiv:1603.05027.
//!
//! See the chapter `shortcuts`.

use ndarray::array;
use probe::linear_floor;
use slope::{
    Activation, Batch, Dense, Layer, Loss, Network, Optimizer, Shuffle,
    Training,
    rng::{Rng, Stream},
};

use crate::shortcuts::shortcuts::{Join, network, spirals};
use chart::{Axis, Cell, Chart, Column, Lines, Panel, Table};
use exact::statistics::{least, log_spaced, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

const SAMPLES: usize = 320;

/// A loss this little above the best line's may be rounding.
const ROUNDING: f64 = 1e-14;

/// A loss this little above the best line's has reached it.
const NEAR: f64 = 2e-3;

/// Weight of each single unit in the path of slopes.
const WEIGHT: f64 = 0.5;

/// Factors in that path.
const FACTORS: usize = 100;

params! {
    /// What the comparison depends on.
    pub struct Params {
        /// Seed of the first data and weights; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many seeds, each with its own data and first weights.
        seeds: usize = 3, in 1..=20, "Seeds";
        /// Hidden layers.
        layers: usize = 50, in 2..=60, "Hidden layers";
        /// Units of each hidden layer.
        width: usize = 16, in 2..=16, "Units of a layer";
        /// The activation of the networks that are trained.
        activation: Activation = Activation::Identity,
            in &["identity", "tanh", "relu", "silu"], "Activation";
        /// The step size of descent on all samples.
        lr: f64 = 0.02, in 1e-4..=0.1, "Learning rate";
        /// How long each network is trained.
        epochs: usize = 200, in 10..=1000, "Training", "epochs";
    }
}

/// The experiment.
pub struct IdentityShortcuts;

/// One seed: two networks on the same data.
pub struct Run {
    /// The loss of the best straight line.
    floor: f64,
    /// The loss above it before training and after each epoch.
    residual: Vec<f64>,
    plain: Vec<f64>,
    xavier: Vec<f64>,
    /// The first loss of a ReLU network by depth, as in [`Outcome::depths`],
    /// its branches whole and scaled.
    whole: Vec<f64>,
    scaled: Vec<f64>,
}

/// What shortcuts do not do.
pub struct Outcome {
    params: Params,
    runs: Vec<Run>,
    depths: Vec<usize>,
    /// d output/d input by blocks: plain, whole and scaled branches.
    paths: [Vec<f64>; 3],
}

impl Experiment for IdentityShortcuts {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "identity-shortcuts";
    const QUESTION: &'static str =
        "What do fifty shortcuts give a network of slope 1?";
    const CHAPTER: &'static str = "shortcuts";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        compared(&Joins::of(params), params, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let first = &outcome.runs[0];
        let [plain, whole, scaled] = outcome.path_ends();
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::fixed("floor", first.floor, 3),
            Fact::fixed("residual", first.floor + last(&first.residual), 3),
            Fact::fixed("plain", first.floor + last(&first.plain), 3),
            Fact::fixed("xavier", first.floor + last(&first.xavier), 3),
            Fact::scientific("path-plain", plain, 1),
            Fact::scientific("path-whole", whole, 0),
            Fact::fixed("path-scaled", scaled, 0),
            Fact::scientific("whole-start", outcome.whole(), 0),
            Fact::fixed("scaled-start", outcome.scaled(), 0),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let runs = &outcome.runs;
        let ends = |of: fn(&Run) -> &Vec<f64>| {
            runs.iter().map(move |run| last(of(run)))
        };
        let [plain, whole, scaled] = outcome.path_ends();
        vec![
            Claim::below(
                "a residual network of slope 1 ends at the straight line",
                most(ends(|run| &run.residual)),
                NEAR,
            )
            .of_the_book(),
            Claim::below(
                "so does a plain one with orthogonal weights",
                most(ends(|run| &run.plain)),
                NEAR,
            ),
            Claim::below(
                "and one with Xavier’s weights",
                most(ends(|run| &run.xavier)),
                NEAR,
            ),
            Claim::below(
                "the orthogonal one sooner than the residual one",
                most(
                    runs.iter().map(|run| {
                        arrival(&run.plain) / arrival(&run.residual)
                    }),
                ),
                1.0,
            ),
            Claim::above(
                "and neither ends below it",
                least(ends(|run| &run.residual))
                    .min(least(ends(|run| &run.plain))),
                -1e-12,
            ),
            Claim::below("a path of a hundred factors ½ is lost", plain, 1e-30),
            Claim::above("with shortcuts it is not", scaled, 1.0),
            Claim::above("but with whole branches it explodes", whole, 1e17),
            Claim::above(
                "so does the first loss of a ReLU network",
                least(runs.iter().map(|run| last(&run.whole))),
                1e5,
            ),
            Claim::below(
                "and with scaled branches it does not",
                most(runs.iter().map(|run| last(&run.scaled))),
                100.0,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("What shortcuts do to loss, slopes and first loss")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([
                Panel::new(
                    format!("{}, trained", outcome.params.activation),
                    outcome.training_panel(),
                ),
                Panel::new("one path, weights ½", outcome.path_panel()),
            ])
            .row([Panel::new(
                "ReLU, He’s weights, before training",
                outcome.start_panel(),
            )])
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let first = &outcome.runs[0];
        [("residual", &first.residual), ("plain", &first.plain)]
            .map(|(name, above)| Series {
                name: format!("loss-above-line/{name}"),
                points: (0..).zip(above.iter().copied()).collect(),
            })
            .into()
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let one = || Params { seeds: 1, ..Params::default() };
        let untrained = || Params { epochs: 10, ..one() };
        vec![
            Sabotage::<Self>::changing("training cut short", one(), |params| {
                params.epochs = 10
            }),
            joined("shortcuts left out", one(), |joins| {
                joins.residual = Join::Orthogonal;
                joins.starts = [|_| Join::Plain; 2];
                joins.paths = [None; 3];
            }),
            joined("a path of factors 1", untrained(), |joins| {
                joins.weight = 1.0
            }),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let one = || Params { seeds: 1, ..Params::default() };
        let few = Params { layers: 10, lr: 0.1, epochs: 600, ..one() };
        vec![
            Sabotage::<Self>::changing(
                "the branches are identities",
                few,
                |params| params.activation = Activation::Tanh,
            )
            .counters("tanh", "and neither ends below it"),
            joined("the branches are scaled by 1/√L", one(), |joins| {
                joins.starts[1] = joins.starts[0];
            })
            .counters("whole", "and with scaled branches it does not"),
            joined("both have one learning rate", one(), |joins| {
                joins.faster = 10.0;
            })
            .counters(
                "rate",
                "the orthogonal one sooner than the residual one",
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("lr", 0.015, 0.025),
            Span::between("width", 12.0, 16.0),
        ]
    }
}

fn joined(
    what: &'static str,
    params: Params,
    change: fn(&mut Joins),
) -> Sabotage<IdentityShortcuts> {
    Sabotage::new(what, params, move |params, progress| {
        let mut joins = Joins::of(params);
        change(&mut joins);
        compared(&joins, params, progress)
    })
}

/// How what is compared is joined.
struct Joins {
    residual: Join,
    plain: Join,
    /// By depth, of the networks that are not trained: whole and scaled.
    starts: [fn(usize) -> Join; 2],
    /// The scales of the branches along a path, if it has shortcuts: none,
    /// whole and scaled.
    paths: [Option<f64>; 3],
    /// The weight of each unit of a path.
    weight: f64,
    /// How many times its learning rate the residual network has.
    faster: f64,
}

impl Joins {
    fn of(params: &Params) -> Self {
        let scaled = 1.0 / (FACTORS as f64).sqrt();
        Self {
            residual: Join::scaled(params.layers),
            plain: Join::Orthogonal,
            starts: [|_| Join::Residual { scale: 1.0 }, Join::scaled],
            paths: [None, Some(1.0), Some(scaled)],
            weight: WEIGHT,
            faster: 1.0,
        }
    }
}

fn compared(
    joins: &Joins,
    params: &Params,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    let mut depths: Vec<usize> = [2, 5, 10, 20, 30, 40]
        .into_iter()
        .filter(|depth| *depth < params.layers)
        .collect();
    depths.push(params.layers);
    progress.expect(params.seeds);
    let seeds = seeds(params.seed, params.seeds);
    let runs = parallel::all(seeds, |seed| {
        let run = run(joins, params, &depths, seed);
        progress.advance(1);
        run
    })?;
    let paths = joins.paths.map(|scale| path(joins.weight, scale));
    Ok(Outcome { params: params.clone(), runs, depths, paths })
}

fn run(
    joins: &Joins,
    params: &Params,
    depths: &[usize],
    seed: u64,
) -> Result<Run, Stopped> {
    let (data, _) = spirals(SAMPLES, seed);
    let stopped = |why: String| Stopped(format!("seed {seed}: {why}"));
    let floor = linear_floor(Loss::BceLogits, &data)
        .map_err(|why| stopped(why.to_string()))?
        .loss;
    let above = |join, faster: f64| {
        let training = Training {
            loss: Loss::BceLogits,
            optimizer: Optimizer::sgd(faster * params.lr),
            batch: Batch::Full,
            epochs: params.epochs,
            shuffle: Shuffle::Never,
        };
        let size = (params.layers, params.width);
        let mut network = network(join, params.activation, size, seed);
        let mut order = Rng::new(seed, Stream::Order);
        let history = training
            .run(&mut network, &data, &mut order)
            .map_err(|why| stopped(why.to_string()))?;
        Ok(history.epochs.into_iter().map(|loss| loss - floor).collect())
    };
    let start = |layers: usize, join| {
        let relu = Activation::Relu;
        let network = network(join, relu, (layers, params.width), seed);
        Loss::BceLogits.value(&network.output(&data.x), &data.y)
    };
    let [whole, scaled] = joins.starts;
    Ok(Run {
        floor,
        residual: above(joins.residual, joins.faster)?,
        plain: above(joins.plain, 1.0)?,
        xavier: above(Join::Plain, 1.0)?,
        whole: depths.iter().map(|l| start(*l, whole(*l))).collect(),
        scaled: depths.iter().map(|l| start(*l, scaled(*l))).collect(),
    })
}

/// d output/d input of 0, 1, 2 … blocks of one unit, h → w·h or h → h + s·w·h.
fn path(weight: f64, scale: Option<f64>) -> Vec<f64> {
    let block = || {
        let w = array![[weight]];
        let unit = Dense::new(w, array![0.0], Activation::Identity)
            .expect("one weight and one bias fit");
        match scale {
            None => Layer::Dense(unit),
            Some(scale) => Layer::Residual { scale, layers: vec![unit] },
        }
    };
    let slope = |blocks: usize| {
        let blocks = (0..blocks).map(|_| block()).collect();
        let chain = Network::new(blocks).expect("one unit fits the next");
        chain.jacobian(&array![1.0])[(0, 0)]
    };
    [1.0].into_iter().chain((1..=FACTORS).map(slope)).collect()
}

/// The epoch after which the loss above the line is near zero.
fn arrival(above: &[f64]) -> f64 {
    let epoch = above.iter().position(|above| *above < NEAR);
    epoch.map_or(f64::NAN, |epoch| epoch as f64)
}

fn last(values: &[f64]) -> f64 {
    values.last().copied().unwrap_or(f64::NAN)
}

impl Outcome {
    fn path_ends(&self) -> [f64; 3] {
        self.paths.each_ref().map(|path| last(path))
    }

    fn whole(&self) -> f64 {
        median(self.runs.iter().map(|run| last(&run.whole)))
    }

    fn scaled(&self) -> f64 {
        median(self.runs.iter().map(|run| last(&run.scaled)))
    }

    fn training_panel(&self) -> Lines {
        // Down to rounding, or to where a bent network passes the line.
        let points = |above: &[f64]| -> Vec<(f64, f64)> {
            let seen = above.iter().enumerate().skip(1);
            let seen = seen.take_while(|(_, above)| **above > ROUNDING);
            seen.map(|(epoch, above)| (epoch as f64, *above)).collect()
        };
        let y = Axis::log("loss above the best straight line");
        let mut lines = Lines::new(Axis::log("epoch"), y);
        for (i, run) in self.runs.iter().enumerate() {
            for (name, above) in
                [("residual", &run.residual), ("plain, orthogonal", &run.plain)]
            {
                lines = match i {
                    0 => lines.main(name, points(above)),
                    _ => lines.thin_of(name, points(above)),
                };
            }
        }
        lines
    }

    fn path_panel(&self) -> Lines {
        let points = |path: &[f64]| -> Vec<(f64, f64)> {
            let blocks = path.iter().enumerate();
            blocks.map(|(blocks, slope)| (blocks as f64, *slope)).collect()
        };
        let [plain, whole, scaled] = &self.paths;
        Lines::new(Axis::linear("blocks"), Axis::log("product of slopes"))
            .main("plain", points(plain))
            .main("s=1", points(whole))
            .main("s=1/√100", points(scaled))
    }

    fn start_panel(&self) -> Lines {
        let points = |losses: &[f64]| -> Vec<(f64, f64)> {
            let depths = self.depths.iter().map(|depth| *depth as f64);
            depths.zip(losses.iter().copied()).collect()
        };
        let mut lines = Lines::new(
            Axis::linear("hidden layers").including(0.0),
            Axis::log("first loss"),
        );
        for (i, run) in self.runs.iter().enumerate() {
            for (name, losses) in [("s=1", &run.whole), ("s=1/√L", &run.scaled)]
            {
                lines = match i {
                    0 => lines.main(name, points(losses)),
                    _ => lines.thin_of(name, points(losses)),
                };
            }
        }
        lines
    }

    fn finding(&self) -> String {
        let layers = self.params.layers;
        let first = &self.runs[0];
        let whole = Fact::scientific("whole", self.whole(), 0).text();
        if IdentityShortcuts::bears_out(self) {
            format!(
                "{layers} layers of slope 1 end at the loss of one, {:.3}, \
                 with shortcuts or without. What shortcuts keep is the \
                 product of slopes, but their branches must be scaled: ReLU \
                 networks with whole branches begin at a loss of {whole}, \
                 with scaled ones at {:.0}. Thin: other seeds.",
                first.floor,
                self.scaled(),
            )
        } else {
            format!(
                "Against a best straight line of loss {:.3}, {layers} \
                 residual layers end at {:.3} and plain ones at {:.3}. Whole \
                 branches begin at a loss of {whole}, scaled ones at {:.1}.",
                first.floor,
                first.floor + last(&first.residual),
                first.floor + last(&first.plain),
                self.scaled(),
            )
        }
    }

    fn description(&self) -> String {
        let [plain, whole, scaled] = self.path_ends();
        let mut text = format!(
            "Three panels on logarithmic axes. First the loss above that of \
             the best straight line, by epoch. Second the product of slopes \
             over {FACTORS} blocks of one unit: plain {plain:.1e}, whole \
             branches {whole:.1e}, scaled ones {scaled:.1}. Third the first \
             loss of residual ReLU networks by depth."
        );
        for (i, run) in self.runs.iter().enumerate() {
            text += &format!(
                " Seed {}: line {:.4}, residual above it {:.1e}, plain {:.1e}; \
                 first loss with whole branches {:.1e}, scaled {:.2}.",
                self.params.seed + i as u64,
                run.floor,
                last(&run.residual),
                last(&run.plain),
                last(&run.whole),
                last(&run.scaled),
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("what"),
            Column::new("at"),
            Column::new("seed"),
            Column::new("residual, or s = 1").digits(3),
            Column::new("plain, or scaled").digits(3),
        ]);
        for (i, run) in self.runs.iter().enumerate() {
            let seed = Cell::Number((self.params.seed + i as u64) as f64);
            for epoch in log_spaced(self.params.epochs) {
                table.row([
                    Cell::Text("loss above the line, epoch".into()),
                    Cell::Number(epoch as f64),
                    seed.clone(),
                    Cell::Number(run.residual[epoch]),
                    Cell::Number(run.plain[epoch]),
                ]);
            }
            for (k, depth) in self.depths.iter().enumerate() {
                table.row([
                    Cell::Text("first loss, hidden layers".into()),
                    Cell::Number(*depth as f64),
                    seed.clone(),
                    Cell::Number(run.whole[k]),
                    Cell::Number(run.scaled[k]),
                ]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ∏ w = wᴸ, ∏ (1 + s·w) = (1 + s·w)ᴸ.
    #[test]
    fn a_path_is_a_power() {
        assert_eq!(path(0.5, None)[3], 0.125);
        assert_eq!(path(0.5, Some(1.0))[2], 2.25);
        assert_eq!(path(0.5, Some(0.0)), [1.0; FACTORS + 1]);
    }

    #[test]
    fn a_residual_network_of_identities_folds_to_three_numbers() {
        let join = Join::scaled(50);
        let deep = network(join, Activation::Identity, (50, 8), 1);
        let fold = deep.collapse().unwrap();
        assert_eq!(fold.parameter_count(), 3);
        let (data, _) = spirals(32, 1);
        let gap = &deep.output(&data.x) - &fold.output(&data.x);
        assert!(gap.iter().all(|gap| gap.abs() < 1e-13));
    }
}
