//! Identity networks of every depth on the four points of exclusive or: all
//! end at the loss of a coin. Two ReLU units with weights set by hand solve
//! it exactly.
//!
//! The weights are those of I. Goodfellow, Y. Bengio and A. Courville, *Deep
//! Learning*, MIT Press, 2016, section 6.1.
//!
//! See the chapter `the-linear-floor`.

use std::f64::consts::LN_2;

use ndarray::array;
use slope::{
    Activation, Batch, Dense, Init, Layer, Loss, Network, Optimizer, Shuffle,
    Training,
    data::{self, Dataset},
    rng::{Rng, Stream},
};

use chart::{Axis, Cell, Chart, Column, Lines, Table};
use exact::statistics::{least, log_spaced, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    parallel, params,
    sabotage::Sabotage,
};

/// The largest distance from the floor that rounding may account for.
const ROUNDING: f64 = 1e-12;

/// Layers, learning rate and updates of each identity network, for each loss;
/// the deepest is the least forgiving.
const MSE: [Recipe; 4] = [
    Recipe { layers: 1, lr: 0.1, updates: 4000 },
    Recipe { layers: 2, lr: 0.1, updates: 4000 },
    Recipe { layers: 5, lr: 0.05, updates: 8000 },
    Recipe { layers: 10, lr: 0.02, updates: 12_000 },
];
const BCE: [Recipe; 4] = [
    Recipe { layers: 1, lr: 0.1, updates: 4000 },
    Recipe { layers: 2, lr: 0.1, updates: 4000 },
    Recipe { layers: 5, lr: 0.05, updates: 8000 },
    Recipe { layers: 10, lr: 0.05, updates: 12_000 },
];

/// The network that bends, for comparison.
const BENT: Recipe = Recipe { layers: 2, lr: 0.5, updates: 4000 };

params! {
    /// What the training depends on.
    pub struct Params {
        /// Seed of the first network of each kind; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// Networks of each kind.
        seeds: usize = 5, in 1..=20, "Networks of each kind";
        /// Units of each hidden layer.
        width: usize = 8, in 2..=16, "Units of a layer";
    }
}

/// The experiment.
pub struct XorFloor;

/// How a network is made and trained.
#[derive(Clone, Copy)]
pub struct Recipe {
    layers: usize,
    lr: f64,
    updates: usize,
}

/// The networks of one recipe.
pub struct Kind {
    layers: usize,
    /// The loss before the first update and after each, by seed.
    losses: Vec<Vec<f64>>,
}

/// What training found.
pub struct Outcome {
    params: Params,
    mse: Vec<Kind>,
    bce: Vec<Kind>,
    /// tanh, with binary cross-entropy.
    bent: Kind,
    /// Mean squared error of the two ReLU units set by hand.
    by_hand: f64,
}

impl Experiment for XorFloor {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "xor-floor";
    const QUESTION: &'static str =
        "Can more layers of slope one solve exclusive or?";
    const CHAPTER: &'static str = "the-linear-floor";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        trained(params, STRAIGHT, &data::xor(), progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::fixed("floor-mse", MSE_FLOOR, 2),
            Fact::fixed("floor-bce", LN_2, 4),
            Fact::scientific("distance-mse", distance(&outcome.mse, 0.25), 1)
                .most(),
            Fact::scientific("distance-bce", distance(&outcome.bce, LN_2), 1)
                .most(),
            Fact::count("deepest", outcome.mse.iter().map(|k| k.layers).max()),
            Fact::fixed("bent-end", most(outcome.bent.last()), 3).most(),
            Fact::fixed("by-hand", outcome.by_hand, 0),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        vec![
            Claim::below(
                "at every depth the mean squared error ends at 1/4",
                distance(&outcome.mse, MSE_FLOOR),
                ROUNDING,
            )
            .between("width", 8.0, 16.0),
            Claim::below(
                "at every depth the cross-entropy ends at ln 2",
                distance(&outcome.bce, LN_2),
                ROUNDING,
            )
            .of_the_book(),
            Claim::above(
                "it began elsewhere",
                least(outcome.bce.iter().flat_map(|k| &k.losses).map(|l| l[0]))
                    - LN_2,
                1e-6,
            ),
            Claim::below(
                "one hidden layer that bends is enough",
                most(outcome.bent.last()),
                0.1,
            ),
            Claim::below(
                "two ReLU units solve it exactly",
                outcome.by_hand,
                f64::MIN_POSITIVE,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("Loss of deep identity networks on exclusive or")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(outcome.curves())
            .panel(outcome.excesses())
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let seed = outcome.params.seed;
        let named = |kind: &Kind, f: &str| Series {
            name: format!("loss/{f}-{}-layers/seed-{seed}", kind.layers),
            points: (0..).zip(kind.losses[0].iter().copied()).collect(),
        };
        let identity = outcome.bce.iter().map(|kind| named(kind, "identity"));
        identity.chain([named(&outcome.bent, "tanh")]).collect()
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, deep: Kinds, data: fn() -> Dataset| {
            let few = Params { seeds: 1, ..Params::default() };
            Sabotage::<Self>::new(what, few, move |params, progress| {
                trained(params, deep, &data(), progress)
            })
        };
        let zero = (STRAIGHT.0, Init::Zeros);
        vec![
            with("weights that are all zero", zero, data::xor),
            // AND: three points to one.
            with("labels that a line can part", STRAIGHT, || {
                let y = array![[0.0], [0.0], [0.0], [1.0]];
                Dataset { y, ..data::xor() }
            }),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let few = Params { seeds: 1, ..Params::default() };
        vec![
            Sabotage::<Self>::new(
                "no activation bends",
                few,
                |params, progress| {
                    let tanh = (Activation::Tanh, STRAIGHT.1);
                    trained(params, tanh, &data::xor(), progress)
                },
            )
            .counters("bend", "at every depth the cross-entropy ends at ln 2"),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![Span::between("width", 4.0, 16.0)]
    }
}

/// The activation of the deep networks, and the first weights of all.
type Kinds = (Activation, Init);

const STRAIGHT: Kinds = (Activation::Identity, Init::XavierUniform);

/// The loss of always answering ½, the best affine map there is.
const MSE_FLOOR: f64 = 0.25;

/// Trains all networks on `data`, the deep ones with this activation.
fn trained(
    params: &Params,
    (activation, init): Kinds,
    data: &Dataset,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    let tasks: Vec<(Activation, Loss, Recipe)> = MSE
        .into_iter()
        .map(|recipe| (activation, Loss::Mse, recipe))
        .chain(BCE.map(|recipe| (activation, Loss::BceLogits, recipe)))
        .chain([(Activation::Tanh, Loss::BceLogits, BENT)])
        .collect();
    let updates: usize = tasks.iter().map(|(_, _, r)| r.updates).sum();
    progress.expect(params.seeds * updates);
    let runs: Vec<_> = tasks
        .iter()
        .flat_map(|task| {
            (0..params.seeds as u64).map(move |i| (task, params.seed + i))
        })
        .collect();
    let losses = parallel::all(runs, |(&(f, loss, recipe), seed)| {
        let losses = one((f, init), loss, recipe, params.width, seed, data);
        progress.advance(recipe.updates);
        losses
    });
    let mut losses = losses?.into_iter();
    let mut kinds = tasks.iter().map(|(_, _, recipe)| Kind {
        layers: recipe.layers,
        losses: losses.by_ref().take(params.seeds).collect(),
    });
    Ok(Outcome {
        params: params.clone(),
        mse: kinds.by_ref().take(MSE.len()).collect(),
        bce: kinds.by_ref().take(BCE.len()).collect(),
        bent: kinds.next().ok_or_else(|| Stopped("no network".into()))?,
        by_hand: {
            let output = by_hand()?.output(&data.x);
            Loss::Mse.value(&output, &data.y)
        },
    })
}

/// Trains one network; its losses.
fn one(
    (activation, init): Kinds,
    loss: Loss,
    recipe: Recipe,
    width: usize,
    seed: u64,
    data: &Dataset,
) -> Result<Vec<f64>, Stopped> {
    let mut sizes = vec![width; recipe.layers - 1];
    sizes.insert(0, 2);
    sizes.push(1);
    let mut rng = Rng::new(seed, Stream::Weights);
    let mut network = Network::dense(&sizes, activation, init, &mut rng);
    let training = Training {
        loss,
        optimizer: Optimizer::sgd(recipe.lr),
        batch: Batch::Full,
        epochs: recipe.updates,
        shuffle: Shuffle::Never,
    };
    let mut order = Rng::new(seed, Stream::Order);
    match training.run(&mut network, data, &mut order) {
        Ok(history) => Ok(history.epochs),
        Err(why) => Err(Stopped(format!(
            "{activation}, {} layers, seed {seed}: {why}",
            recipe.layers
        ))),
    }
}

/// relu(x₁ + x₂) − 2·relu(x₁ + x₂ − 1).
fn by_hand() -> Result<Network, Stopped> {
    let ones = array![[1.0, 1.0], [1.0, 1.0]];
    Dense::new(ones, array![0.0, -1.0], Activation::Relu)
        .and_then(|hidden| {
            let w = array![[1.0, -2.0]];
            let output = Dense::new(w, array![0.0], Activation::Identity)?;
            Network::new(vec![Layer::Dense(hidden), Layer::Dense(output)])
        })
        .map_err(|why| Stopped(why.to_string()))
}

/// The largest distance of a final loss from the floor.
fn distance(kinds: &[Kind], floor: f64) -> f64 {
    let last = kinds.iter().flat_map(Kind::last);
    most(last.map(|loss| (loss - floor).abs()))
}

impl Kind {
    fn last(&self) -> impl Iterator<Item = f64> {
        self.losses.iter().map(|losses| losses[losses.len() - 1])
    }

    fn name(&self) -> String {
        match self.layers {
            1 => "1 layer".into(),
            n => format!("{n} layers"),
        }
    }
}

impl Outcome {
    fn curves(&self) -> Lines {
        let points = |losses: &[f64]| -> Vec<(f64, f64)> {
            // Update 0 has no place on a logarithmic axis.
            let after = losses.iter().enumerate().skip(1);
            after.map(|(update, loss)| (update as f64, *loss)).collect()
        };
        let identity = || self.bce.iter().rev().flat_map(|k| &k.losses);
        let [straight, bent] = ["f(x) = x, 1 to 10 layers", "tanh, 2 layers"];
        let mut lines = Lines::new(
            Axis::log("update"),
            Axis::linear("loss (binary cross-entropy)").between(0.0, 1.0),
        );
        for (name, losses) in identity()
            .map(|losses| (straight, losses))
            .chain(self.bent.losses.iter().map(|losses| (bent, losses)))
        {
            let named = lines.series.iter().any(|s| s.label == name);
            lines = match named {
                false => lines.main(name, points(losses)),
                true => lines.thin_of(name, points(losses)),
            };
        }
        lines.threshold(LN_2, "ln 2, the loss of a coin")
    }

    /// How far above the floor; at the end, rounding may leave nothing.
    fn excesses(&self) -> Lines {
        let points = |losses: &[f64]| -> Vec<(f64, f64)> {
            let after = losses.iter().enumerate().skip(1);
            after
                .map(|(update, loss)| (update as f64, loss - LN_2))
                .filter(|(_, excess)| *excess > ROUNDING)
                .collect()
        };
        let updates = BCE.map(|recipe| recipe.updates as f64);
        let mut lines = Lines::new(
            Axis::log("update").between(1.0, most(updates)),
            Axis::log("excess over ln 2").between(ROUNDING, 1.0),
        );
        for kind in &self.bce {
            lines = lines.main(kind.name(), points(&kind.losses[0]));
        }
        for kind in &self.bce {
            for losses in &kind.losses[1..] {
                lines = lines.thin_of(kind.name(), points(losses));
            }
        }
        lines
    }

    fn finding(&self) -> String {
        let distance =
            distance(&self.mse, MSE_FLOOR).max(distance(&self.bce, LN_2));
        let distance = Fact::scientific("", distance, 1).most().text();
        if XorFloor::bears_out(self) {
            format!(
                "With slope one, these networks of one, two, five and ten \
                 layers end within {distance} of the loss of a coin. Those \
                 with a layer of tanh get below it and solve exclusive or."
            )
        } else {
            format!(
                "These networks of slope one end within {distance} of the \
                 loss of a coin; those with tanh at {} at most.",
                Fact::fixed("", most(self.bent.last()), 3).most().text(),
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Above, the cross-entropy by update on a logarithmic axis, {} \
             networks of each kind. The identity networks settle at ln 2, \
             about 0.693. The networks with tanh end between {:.4} and \
             {:.4}. Below, how far the identity networks are above ln 2, on a \
             logarithmic axis, until rounding is all that is left.",
            self.params.seeds,
            least(self.bent.last()),
            most(self.bent.last()),
        );
        for (name, kinds, floor) in [
            ("Mean squared error", &self.mse, MSE_FLOOR),
            ("Cross-entropy", &self.bce, LN_2),
        ] {
            for kind in kinds {
                let apart = kind.last().map(|loss| (loss - floor).abs());
                text += &format!(
                    " {name}, {}: at most {}.",
                    kind.name(),
                    Fact::scientific("", most(apart), 2).most().text(),
                );
            }
        }
        text
    }

    fn table(&self) -> Table {
        let mut columns = vec![Column::new("update")];
        let kinds = || {
            let identity = self.bce.iter().map(|kind| ("identity", kind));
            identity.chain([("tanh", &self.bent)])
        };
        for (name, kind) in kinds() {
            for i in 0..self.params.seeds as u64 {
                let seed = self.params.seed + i;
                let name = format!("{name}, {}, seed {seed}", kind.name());
                columns.push(Column::new(name).digits(4));
            }
        }
        let mut table = Table::new(columns);
        let last = kinds().map(|(_, kind)| kind.losses[0].len() - 1).max();
        for update in log_spaced(last.unwrap_or(0)) {
            let losses = kinds().flat_map(|(_, kind)| &kind.losses);
            let mut row = vec![Cell::Number(update as f64)];
            row.extend(losses.map(|l| l.get(update).copied().into()));
            table.row(row);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use probe::linear_floor;

    #[test]
    fn the_floors_are_those_of_the_best_affine_map() {
        let xor = data::xor();
        let mse = linear_floor(Loss::Mse, &xor).expect("it has one");
        assert_eq!(mse.loss, MSE_FLOOR);
        assert!(mse.map.w.iter().all(|w| w.abs() < 1e-15));
        assert!((mse.map.b[0] - 0.5).abs() < 1e-15);
        let bce = linear_floor(Loss::BceLogits, &xor).expect("it has one");
        assert!((bce.loss - LN_2).abs() < 1e-15);
    }

    #[test]
    fn two_relu_units_answer_exactly() {
        let xor = data::xor();
        assert_eq!(by_hand().expect("it fits").output(&xor.x), xor.y);
    }

    /// Among (0,0) + (1,1) and (0,1) + (1,0) an affine map has equal sums, so
    /// it can be right on three points at most.
    #[test]
    fn no_affine_map_is_right_on_all_four() {
        let xor = data::xor();
        let mut rng = Rng::new(0, Stream::Noise);
        for _ in 0..10_000 {
            let [a, b, c] = [0, 1, 2].map(|_| rng.normal());
            let right =
                xor.x.rows().into_iter().zip(&xor.y).filter(|(x, y)| {
                    (a * x[0] + b * x[1] + c > 0.0) == (**y == 1.0)
                });
            assert!(right.count() < 4);
        }
    }
}
