//! Deep networks of slope one learn an affine map, until only rounding is
//! left, by the gradients that are said not to exist.
//!
//! Gradient descent on all examples, with depths from 2 to 10; and, beside
//! it, what descent would be if the gradient did depend on nothing: its first
//! value, repeated.
//!
//! See the chapter `the-gradient-is-not-constant`.

use ndarray::{Array1, Array2};
use slope::{
    Activation, Batch, Init, Loss, Network, Optimizer, Shuffle, Training,
    data::Dataset,
    product,
    rng::{Rng, Stream},
};

use chart::{Axis, Cell, Chart, Column, Lines, Panel, Table};
use exact::statistics::{least, log_spaced, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Layers, learning rate and updates of each network. The rates are for the
/// mean over examples and outputs; the deepest is the least forgiving.
const DEPTHS: [(usize, f64, usize); 4] =
    [(2, 0.15, 1000), (3, 0.15, 2000), (5, 0.075, 4000), (10, 0.03, 8000)];

/// Updates of the deepest networks at the rate of the least deep: so many that
/// what is going to diverge has done so.
const HASTY: usize = 200;

/// The updates that the picture shows: then most curves have long been flat.
const SHOWN: f64 = 5000.0;

/// Inputs and outputs of the teacher.
const INPUTS: usize = 5;
const OUTPUTS: usize = 3;

params! {
    /// What the training depends on.
    pub struct Params {
        /// Seed of the first teacher and network; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many seeds, each with its own teacher and first weights.
        seeds: usize = 5, in 1..=20, "Seeds";
        /// Examples of each teacher.
        examples: usize = 100, in 10..=200, "Examples";
        /// Units of each hidden layer.
        width: usize = 8, in 5..=16, "Units of a layer";
    }
}

/// The experiment.
pub struct LinearTeacher;

/// The networks of one depth.
pub struct Depth {
    layers: usize,
    /// The loss before the first update and after each, by seed.
    losses: Vec<Vec<f64>>,
}

/// What training found.
pub struct Outcome {
    params: Params,
    depths: Vec<Depth>,
    /// With the first gradient, repeated: the losses of the least deep
    /// network of each seed, until they are ten times the first.
    repeated: Vec<Vec<f64>>,
    /// By seed, whether the deepest network diverges at the rate of the least
    /// deep.
    diverges: Vec<bool>,
    /// The loss if each output of the first teacher is off by half of the
    /// last bit that the computer keeps.
    last_bit: f64,
}

impl Experiment for LinearTeacher {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "linear-teacher";
    const QUESTION: &'static str =
        "Can backpropagation train a deep network of slope one?";
    const CHAPTER: &'static str = "the-gradient-is-not-constant";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        taught(params, |y| y, repeated, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let start = most(outcome.first_losses());
        let mut facts = vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::fixed("start-most", start, 1).most(),
        ];
        for depth in &outcome.depths {
            let name = format!("end-{}", depth.layers);
            facts.push(Fact::scientific(&name, most(depth.last()), 1).most());
        }
        facts.extend([
            Fact::scientific("last-bit", outcome.last_bit, 1),
            Fact::percent("repeated-least", outcome.repeated_least(), 0)
                .least(),
            Fact::count("diverged", outcome.diverged()),
        ]);
        facts
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let (deepest, others) = outcome.split();
        vec![
            Claim::above(
                "every network begins with an error",
                least(outcome.first_losses()),
                0.1,
            ),
            Claim::below(
                "up to five layers, only rounding is left of the loss",
                most(others.iter().flat_map(Depth::last)),
                1e-20,
            ),
            Claim::below(
                "ten layers learn, too, if not always to the last digit",
                most(deepest.last()),
                1e-14,
            ),
            Claim::above(
                "with the first gradient repeated, much of the loss remains",
                outcome.repeated_least(),
                0.01,
            ),
            Claim::above(
                "at the rate of two layers, some starts of ten diverge",
                outcome.diverged() as f64 / outcome.params.seeds as f64,
                0.2,
            )
            .of_the_book(),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("Loss of identity networks that learn an affine map")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(outcome.curves())
            .row([Panel::new(
                "2 layers, and what a gradient that depends on nothing would do",
                outcome.constant(),
            )])
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let seed = outcome.params.seed;
        let named = |depth: &Depth| Series {
            name: format!("loss/{}-layers/seed-{seed}", depth.layers),
            points: (0..).zip(depth.losses[0].iter().copied()).collect(),
        };
        outcome.depths.iter().map(named).collect()
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        vec![
            sabotage("a teacher of a tenth of the size", |y| 0.1 * y, repeated),
            sabotage(
                "a gradient that is found anew",
                |y| y,
                |network, data, lr, updates| {
                    trained(network, data, lr, updates)
                        .unwrap_or(vec![f64::NAN])
                },
            ),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let with = |name, hypothesis, says, twist: fn(f64) -> f64| {
            sabotage(hypothesis, twist, repeated).counters(name, says)
        };
        let size = "targets of size 1";
        vec![
            with(
                "bent-teacher",
                "the teacher is affine",
                "up to five layers, only rounding is left of the loss",
                f64::abs,
            ),
            with("small-teacher", size, "ten layers learn, too", |y| 0.1 * y),
            // Little to learn, and the steps stay short.
            with(
                "small-errors",
                size,
                "at the rate of two layers, some starts of ten diverge",
                |y| 0.1 * y,
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("examples", 50.0, 200.0),
            Span::between("width", 6.0, 12.0),
        ]
    }
}

fn sabotage(
    what: &'static str,
    twist: fn(f64) -> f64,
    repeated: Repeated,
) -> Sabotage<LinearTeacher> {
    let few = Params { seeds: 2, ..Params::default() };
    Sabotage::new(what, few, move |params, progress| {
        taught(params, twist, repeated, progress)
    })
}

/// The losses of a network with its first gradient, repeated: at this rate,
/// for so many updates.
type Repeated = fn(Network, &Dataset, f64, usize) -> Vec<f64>;

/// Trains networks of each depth on teachers whose targets are turned into
/// something else by `twist`.
fn taught(
    params: &Params,
    twist: fn(f64) -> f64,
    repeated: Repeated,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    let updates: usize = DEPTHS.iter().map(|(_, _, updates)| updates).sum();
    progress.expect(params.seeds * updates);
    let teachers = seeds(params.seed, params.seeds)
        .map(|seed| teacher(params.examples, twist, seed))
        .collect::<Result<Vec<_>, _>>()?;
    let tasks: Vec<_> = DEPTHS
        .iter()
        .flat_map(|depth| {
            seeds(params.seed, params.seeds)
                .zip(&teachers)
                .map(move |t| (depth, t))
        })
        .collect();
    let losses =
        parallel::all(tasks, |(&(layers, lr, updates), (seed, data))| {
            let losses =
                trained(network(layers, params, seed), data, lr, updates);
            progress.advance(updates);
            losses.map_err(|why| {
                Stopped(format!("{layers} layers, seed {seed}: {why}"))
            })
        });
    let mut losses = losses?.into_iter();
    let depths = DEPTHS.map(|(layers, _, _)| Depth {
        layers,
        losses: losses.by_ref().take(params.seeds).collect(),
    });
    let (layers, lr, updates) = DEPTHS[0];
    let repeated =
        seeds(params.seed, params.seeds).zip(&teachers).map(|(seed, data)| {
            repeated(network(layers, params, seed), data, lr, updates)
        });
    let (deepest, ..) = DEPTHS[DEPTHS.len() - 1];
    let hasty =
        seeds(params.seed, params.seeds).zip(&teachers).map(|(seed, data)| {
            trained(network(deepest, params, seed), data, lr, HASTY).is_err()
        });
    let y = &teachers[0].y;
    Ok(Outcome {
        params: params.clone(),
        depths: depths.into(),
        repeated: repeated.collect(),
        diverges: hasty.collect(),
        last_bit: product::inner(y, y) / y.len() as f64
            * (f64::EPSILON / 2.0)
            * (f64::EPSILON / 2.0),
    })
}

/// Standard normal inputs, and what a random affine map makes of them.
fn teacher(
    examples: usize,
    twist: fn(f64) -> f64,
    seed: u64,
) -> Result<Dataset, Stopped> {
    let mut rng = Rng::new(seed, Stream::Data);
    let mut normal =
        |shape| Array2::from_shape_simple_fn(shape, || rng.normal());
    let x = normal((examples, INPUTS));
    let w = normal((OUTPUTS, INPUTS)) / (INPUTS as f64).sqrt();
    let b: Array1<f64> = normal((1, OUTPUTS)).row(0).to_owned();
    let y = product::affine(&x, &w, &b).mapv(twist);
    Dataset::new(x, y).map_err(|why| Stopped(why.to_string()))
}

/// An identity network of so many layers.
fn network(layers: usize, params: &Params, seed: u64) -> Network {
    let mut sizes = vec![params.width; layers - 1];
    sizes.insert(0, INPUTS);
    sizes.push(OUTPUTS);
    let (f, init) = (Activation::Identity, Init::XavierUniform);
    Network::dense(&sizes, f, init, &mut Rng::new(seed, Stream::Weights))
}

fn trained(
    mut network: Network,
    data: &Dataset,
    lr: f64,
    updates: usize,
) -> Result<Vec<f64>, slope::TrainingError> {
    let training = Training {
        loss: Loss::Mse,
        optimizer: Optimizer::sgd(lr),
        batch: Batch::Full,
        epochs: updates,
        shuffle: Shuffle::Never,
    };
    // A full batch has no order.
    let mut order = Rng::new(0, Stream::Order);
    Ok(training.run(&mut network, data, &mut order)?.epochs)
}

/// The losses along w − lr·k·g with the gradient g of the first step, k = 0,
/// 1, 2 …
fn repeated(
    mut network: Network,
    data: &Dataset,
    lr: f64,
    updates: usize,
) -> Vec<f64> {
    let (first, gradient) =
        network.loss_and_gradient(Loss::Mse, &data.x, &data.y);
    let mut losses = vec![first];
    while losses.len() <= updates {
        for (layer, d) in network.dense_layers_mut().zip(&gradient.layers) {
            layer.w.scaled_add(-lr, &d.w);
            layer.b.scaled_add(-lr, &d.b);
        }
        let loss = Loss::Mse.value(&network.output(&data.x), &data.y);
        if loss > 10.0 * first {
            break;
        }
        losses.push(loss);
    }
    losses
}

impl Depth {
    fn last(&self) -> impl Iterator<Item = f64> {
        self.losses.iter().map(|losses| losses[losses.len() - 1])
    }

    fn name(&self) -> String {
        format!("{} layers", self.layers)
    }
}

fn points(losses: &[f64]) -> Vec<(f64, f64)> {
    let losses = losses.iter().enumerate();
    losses.map(|(update, loss)| (update as f64, *loss)).collect()
}

/// The same for a logarithmic axis.
fn above_zero(losses: &[f64]) -> Vec<(f64, f64)> {
    points(losses).into_iter().filter(|(_, loss)| *loss > 0.0).collect()
}

impl Outcome {
    /// The deepest networks, and the others.
    fn split(&self) -> (&Depth, &[Depth]) {
        let last = self.depths.len() - 1;
        (&self.depths[last], &self.depths[..last])
    }

    fn first_losses(&self) -> impl Iterator<Item = f64> {
        self.depths.iter().flat_map(|d| d.losses.iter().map(|l| l[0]))
    }

    /// How many of the deepest networks diverge at the rate of the least deep.
    fn diverged(&self) -> usize {
        self.diverges.iter().filter(|diverges| **diverges).count()
    }

    /// The least loss with the first gradient repeated, as part of the first.
    fn repeated_least(&self) -> f64 {
        let parts = self
            .repeated
            .iter()
            .map(|losses| least(losses.iter().copied()) / losses[0]);
        least(parts)
    }

    fn curves(&self) -> Lines {
        let mut lines = Lines::new(
            Axis::linear("update").between(0.0, SHOWN),
            Axis::log("mean squared error").between(1e-36, 10.0),
        );
        for depth in &self.depths {
            lines = lines.main(depth.name(), above_zero(&depth.losses[0]));
        }
        for depth in &self.depths {
            for losses in &depth.losses[1..] {
                lines = lines.thin_of(depth.name(), above_zero(losses));
            }
        }
        lines.threshold(self.last_bit, "half of the last bit of each output")
    }

    /// The first updates of the least deep network, with its gradient and
    /// with a constant one.
    fn constant(&self) -> Lines {
        let depth = &self.depths[0];
        let most_updates = self.repeated.iter().map(Vec::len).max();
        let shown = most_updates.unwrap_or(0);
        let first = |losses: &[f64]| points(&losses[..shown.min(losses.len())]);
        let mut lines = Lines::new(
            Axis::linear("update"),
            Axis::linear("mean squared error").between(0.0, 6.0),
        )
        .main("true gradient", first(&depth.losses[0]))
        .main("first gradient, repeated", first(&self.repeated[0]));
        for losses in &depth.losses[1..] {
            lines = lines.thin_of("true gradient", first(losses));
        }
        for losses in &self.repeated[1..] {
            lines = lines.thin_of("first gradient, repeated", first(losses));
        }
        lines
    }

    fn finding(&self) -> String {
        let (deepest, others) = self.split();
        let end = most(others.iter().flat_map(Depth::last));
        let [end, deep] = [end, most(deepest.last())]
            .map(|loss| Fact::scientific("", loss, 1).most().text());
        if LinearTeacher::bears_out(self) {
            format!(
                "These networks of slope one learn an affine map until the \
                 computer has hardly any digits left: with two, three and \
                 five layers the loss ends at {end} or less, with ten at \
                 {deep} or less. A gradient that stayed the same would lead \
                 down for a few updates, and up again."
            )
        } else {
            format!(
                "After training, the largest loss of two, three and five \
                 layers is {end}, of ten layers {deep}."
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Above, the loss by update, on a logarithmic axis, {} seeds for \
             each of four depths: nearly straight lines down to a level where \
             they stay.",
            self.params.seeds
        );
        for depth in &self.depths {
            text += &format!(
                " {} layers: from between {:.2} and {:.2} to between {:.0e} \
                 and {:.0e} after {} updates.",
                depth.layers,
                least(depth.losses.iter().map(|l| l[0])),
                most(depth.losses.iter().map(|l| l[0])),
                least(depth.last()),
                most(depth.last()),
                depth.losses[0].len() - 1,
            );
        }
        text += &format!(
            " A level at {:.0e} marks the loss at which each output is off by \
             half of its last bit. Below, the first updates of the networks \
             of two layers, and beside them what the first gradient does if \
             it is repeated: with the first seed, the loss falls to {:.2} of \
             what it was and then rises beyond the picture.",
            self.last_bit,
            least(self.repeated[0].iter().copied()) / self.repeated[0][0],
        );
        text
    }

    fn table(&self) -> Table {
        let mut columns = vec![Column::new("update")];
        for depth in &self.depths {
            for seed in seeds(self.params.seed, self.params.seeds) {
                let name = format!("{}, seed {seed}", depth.name());
                columns.push(Column::new(name).digits(3));
            }
        }
        columns.push(Column::new("first gradient, repeated").digits(3));
        let mut table = Table::new(columns);
        let last = self.depths.iter().map(|d| d.losses[0].len() - 1).max();
        for update in log_spaced(last.unwrap_or(0)) {
            let curves = self.depths.iter().flat_map(|d| &d.losses);
            let mut row = vec![Cell::Number(update as f64)];
            for losses in curves.chain([&self.repeated[0]]) {
                row.push(losses.get(update).copied().into());
            }
            table.row(row);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A layer can be scaled and the next one scaled back without a change
    /// of the output, so ⟨W, dL/dW⟩ is the same in every layer: with a slope
    /// that is constant on either side of 0, and without biases.
    fn products(f: Activation) -> Vec<f64> {
        let params = Params::default();
        let mut network = network(5, &params, 0);
        for layer in network.dense_layers_mut().take(4) {
            layer.activation = f;
        }
        let data = teacher(params.examples, |y| y, 0).expect("it fits");
        let (_, d) = network.loss_and_gradient(Loss::Mse, &data.x, &data.y);
        let layers = network.dense_layers().zip(&d.layers);
        layers.map(|(layer, d)| product::inner(&layer.w, &d.w)).collect()
    }

    fn apart(products: &[f64]) -> f64 {
        let values = || products.iter().copied();
        (most(values()) - least(values())) / most(values().map(f64::abs))
    }

    #[test]
    fn weights_times_gradient_is_the_same_in_every_layer() {
        for f in [
            Activation::Identity,
            Activation::Relu,
            Activation::LeakyRelu { slope: 0.1 },
        ] {
            assert!(apart(&products(f)) < 1e-13, "{f}: {:?}", products(f));
        }
        for f in [Activation::Tanh, Activation::Silu { beta: 1.0 }] {
            assert!(apart(&products(f)) > 0.05, "{f}: {:?}", products(f));
        }
    }

    /// The network of slope one has found the teacher itself, not only its
    /// values on the examples.
    #[test]
    fn the_fold_of_the_student_is_the_teacher() {
        let params = Params::default();
        let data = teacher(params.examples, |y| y, 0).expect("it fits");
        let mut student = network(3, &params, 0);
        let training = Training {
            loss: Loss::Mse,
            optimizer: Optimizer::sgd(0.15),
            batch: Batch::Full,
            epochs: 1000,
            shuffle: Shuffle::Never,
        };
        let mut order = Rng::new(0, Stream::Order);
        training.run(&mut student, &data, &mut order).expect("it converges");
        let floor = probe::linear_floor(Loss::Mse, &data)
            .expect("least squares always has one");
        let fold = student.collapse().expect("slope one");
        assert!(product::norm(&(fold.w - floor.map.w)) < 1e-12);
    }
}
