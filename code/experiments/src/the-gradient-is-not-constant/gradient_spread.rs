//! How much the gradient of one example differs from that of another, and how
//! much the slope of the output does: networks of slope one against networks
//! that bend, with random weights, examples and targets.
//!
//! Puts to the test what C. Versloot, *Why you shouldn't use a linear
//! activation function*, MachineCurve, 2019, says first.
//!
//! See the chapter `the-gradient-is-not-constant`.

use ndarray::{Array2, Axis as Along};
use probe::{jacobians, per_example_gradients, relative_error, spread};
use slope::{
    Activation, Init, Loss, Network,
    data::Dataset,
    product,
    rng::{Rng, Stream},
};

use chart::{Axis, Cell, Chart, Column, DotPlot, Table};
use exact::statistics::{least, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// What is compared, with the initialisation made for each.
const KINDS: [(&str, Activation, Init); 5] = [
    ("identity", Activation::Identity, Init::XavierUniform),
    ("tanh", Activation::Tanh, Init::XavierUniform),
    ("ReLU", Activation::Relu, Init::HeNormal),
    ("Swish", Activation::Silu { beta: 1.0 }, Init::XavierUniform),
    ("sigmoid", Activation::Sigmoid, Init::XavierUniform),
];

/// Inputs and outputs of every network here.
const INPUTS: usize = 4;
const OUTPUTS: usize = 2;

/// The largest relative difference that rounding may account for.
const ROUNDING: f64 = 1e-12;

params! {
    /// What the comparison depends on.
    pub struct Params {
        /// Seed of the first network of each kind; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// Networks of each kind.
        seeds: usize = 20, in 1..=50, "Networks of each kind";
        /// Hidden layers of each network.
        hidden: usize = 4, in 1..=8, "Hidden layers";
        /// Units of each hidden layer.
        width: usize = 8, in 1..=32, "Units of a layer";
        /// Random examples of each network.
        examples: usize = 100, in 2..=200, "Examples";
    }
}

/// The experiment.
pub struct GradientSpread;

/// One network and its examples.
pub struct Measured {
    /// Root mean square distance of the examples' gradients from their mean,
    /// over the length of the mean.
    gradients: f64,
    /// The same for the Jacobians of the output in the input.
    jacobians: f64,
    /// How far the Jacobian is from W_L⋯W₁, relative to both.
    off_product: f64,
    /// How far the gradient at twice the error is from twice the gradient.
    off_double: f64,
}

/// One activation.
pub struct Kind {
    name: &'static str,
    /// By seed.
    networks: Vec<Measured>,
}

/// What the comparison found: first the network of slope one, then those that
/// bend.
pub struct Outcome {
    params: Params,
    kinds: Vec<Kind>,
}

impl Experiment for GradientSpread {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "gradient-spread";
    const QUESTION: &'static str =
        "With slope one, is the gradient the same for every example?";
    const CHAPTER: &'static str = "the-gradient-is-not-constant";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        compared(params, &KINDS, squared, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let identity = &outcome.kinds[0];
        let mut facts = vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("examples", outcome.params.examples),
            Fact::fixed("gradient-identity-least", identity.gradient(least), 1)
                .least(),
        ];
        for kind in &outcome.kinds {
            let name = kind.name.to_lowercase();
            facts.push(Fact::fixed(
                &format!("gradient-{name}"),
                kind.gradient(median),
                1,
            ));
        }
        facts.extend([
            Fact::scientific(
                "jacobian-identity-most",
                identity.jacobian(most),
                1,
            )
            .most(),
            Fact::percent("jacobian-bent-least", outcome.bent_jacobian(), 0)
                .least(),
            Fact::scientific("off-product", identity.off_product(), 1).most(),
            Fact::scientific("off-double", identity.off_double(), 1).most(),
        ]);
        facts
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let identity = &outcome.kinds[0];
        vec![
            Claim::above(
                "with slope one the gradient differs between examples",
                identity.gradient(least),
                0.5,
            ),
            Claim::above(
                "about as much as in a ReLU network",
                identity.gradient(median) / outcome.kinds[2].gradient(median),
                0.25,
            ),
            Claim::below(
                "the slope of the output is the same at every input",
                identity.jacobian(most),
                ROUNDING,
            ),
            Claim::above(
                "in every network that bends it is not",
                outcome.bent_jacobian(),
                0.05,
            ),
            Claim::below(
                "with slope one that slope is the product of the matrices",
                identity.off_product(),
                ROUNDING,
            ),
            Claim::below(
                "twice the error gives twice the gradient",
                most(outcome.kinds.iter().map(Kind::off_double)),
                ROUNDING,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        // Where every Jacobian has the same bits, they differ by exactly 0.
        let axis =
            Axis::log("how much examples differ, relative to their mean")
                .with_zero();
        let mut plot = DotPlot::new(axis)
            .dots("one dot for each network")
            .group("weight gradients, ∂L/∂W");
        for kind in &outcome.kinds {
            let values = kind.networks.iter().map(|m| m.gradients);
            // As the facts give it: a value that some network has.
            let middle = format!("{:.1}", kind.gradient(median));
            plot = plot.row(kind.name, values.collect()).showing(middle);
        }
        plot = plot.group("slope of the output (Jacobian), ∂ŷ/∂x");
        for kind in &outcome.kinds {
            let values = kind.networks.iter().map(|m| m.jacobians);
            plot = plot.row(kind.name, values.collect());
        }
        Chart::new("Differences between examples of one network")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(plot)
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, all: [Activation; 5], gradients: Gradients| {
            let few = Params { seeds: 3, examples: 20, ..Params::default() };
            Sabotage::<Self>::new(what, few, move |params, progress| {
                let mut kinds = KINDS;
                for (kind, f) in kinds.iter_mut().zip(all) {
                    kind.1 = f;
                }
                compared(params, &kinds, gradients, progress)
            })
        };
        let right = KINDS.map(|(_, f, _)| f);
        let identity = Activation::Identity;
        vec![
            with("no bend in any network", [identity; 5], squared),
            with(
                "the slope of the output taken for the gradient",
                right,
                |network, x, _| jacobians(network, x),
            ),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let bent = |name, says| {
            let few = Params { seeds: 3, examples: 20, ..Params::default() };
            let slope_one = "slope 1 everywhere";
            Sabotage::<Self>::new(slope_one, few, |params, p| {
                let mut kinds = KINDS;
                kinds[0].1 = Activation::Relu;
                compared(params, &kinds, squared, p)
            })
            .counters(name, says)
        };
        vec![
            bent("kink", "the slope of the output is the same at every input"),
            bent("kink-product", "with slope one that slope is the product"),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("hidden", 1.0, 6.0),
            Span::between("width", 6.0, 16.0),
            Span::between("examples", 50.0, 200.0),
            Span::between("seeds", 20.0, 20.0),
        ]
    }
}

/// The gradient of each example, in the rows.
type Gradients = fn(&Network, &Array2<f64>, &Array2<f64>) -> Array2<f64>;

fn squared(network: &Network, x: &Array2<f64>, y: &Array2<f64>) -> Array2<f64> {
    per_example_gradients(network, Loss::Mse, x, y)
}

fn compared(
    params: &Params,
    kinds: &[(&'static str, Activation, Init)],
    gradients: Gradients,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    progress.expect(kinds.len() * params.seeds);
    let kind = |&(name, activation, init)| {
        let seeds = seeds(params.seed, params.seeds);
        let networks = parallel::all(seeds, |seed| {
            let network = measured((activation, init), gradients, seed, params);
            progress.advance(1);
            network
        })?;
        Ok(Kind { name, networks })
    };
    let kinds = kinds.iter().map(kind).collect::<Result<_, _>>()?;
    Ok(Outcome { params: params.clone(), kinds })
}

fn measured(
    (activation, init): (Activation, Init),
    of_examples: Gradients,
    seed: u64,
    params: &Params,
) -> Result<Measured, Stopped> {
    let mut sizes = vec![params.width; params.hidden];
    sizes.insert(0, INPUTS);
    sizes.push(OUTPUTS);
    let mut rng = Rng::new(seed, Stream::Weights);
    let mut network = Network::dense(&sizes, activation, init, &mut rng);
    network.randomise_biases(0.1, &mut rng);
    let Dataset { x, y } = examples(params.examples, seed)?;
    let gradients = of_examples(&network, &x, &y);
    let slopes = jacobians(&network, &x);
    // ŷ − 2(ŷ − y): the target at which the error is twice what it was.
    let twice = 2.0 * &y - network.output(&x);
    let doubled = of_examples(&network, &x, &twice);
    let expected: Vec<f64> = gradients.iter().map(|g| 2.0 * g).collect();
    let found: Vec<f64> = doubled.into_iter().collect();
    let spreads = [spread(&gradients), spread(&slopes)];
    if spreads.iter().any(|spread| !spread.is_finite()) {
        return Err(Stopped(format!(
            "seed {seed}: with {activation}, the output depends on nothing; \
             try wider layers, or fewer of them"
        )));
    }
    Ok(Measured {
        gradients: spreads[0],
        jacobians: spreads[1],
        off_product: relative_error(
            &slopes.index_axis(Along(0), 0).to_vec(),
            &matrices(&network).into_iter().collect::<Vec<_>>(),
        ),
        off_double: relative_error(&found, &expected),
    })
}

/// Standard normal inputs and, unrelated to them, targets.
fn examples(count: usize, seed: u64) -> Result<Dataset, Stopped> {
    let mut rng = Rng::new(seed, Stream::Data);
    let mut normal = |columns| {
        Array2::from_shape_simple_fn((count, columns), || rng.normal())
    };
    let (x, y) = (normal(INPUTS), normal(OUTPUTS));
    Dataset::new(x, y).map_err(|why| Stopped(why.to_string()))
}

/// W_L⋯W₁.
fn matrices(network: &Network) -> Array2<f64> {
    let start = Array2::eye(network.inputs());
    let layers = network.dense_layers();
    layers.fold(start, |map, layer| product::a_b(&layer.w, &map))
}

impl Kind {
    fn gradient(&self, of: fn(Vec<f64>) -> f64) -> f64 {
        of(self.networks.iter().map(|m| m.gradients).collect())
    }

    fn jacobian(&self, of: fn(Vec<f64>) -> f64) -> f64 {
        of(self.networks.iter().map(|m| m.jacobians).collect())
    }

    fn off_product(&self) -> f64 {
        most(self.networks.iter().map(|m| m.off_product))
    }

    fn off_double(&self) -> f64 {
        most(self.networks.iter().map(|m| m.off_double))
    }
}

impl Outcome {
    /// The smallest difference of Jacobians in a network that bends.
    fn bent_jacobian(&self) -> f64 {
        least(self.kinds[1..].iter().map(|kind| kind.jacobian(least)))
    }

    fn finding(&self) -> String {
        let identity = &self.kinds[0];
        let gradient = identity.gradient(median);
        if GradientSpread::bears_out(self) {
            let same = match identity.jacobian(most) {
                0.0 => "is the same at every input, to the last bit",
                _ => "is the same at every input, up to rounding",
            };
            format!(
                "With f(x) = x the gradients of single examples differ from \
                 their mean by {gradient:.1} times its length (median), about \
                 as much as with the ReLU. It is the slope of the output that \
                 {same}."
            )
        } else {
            format!(
                "With f(x) = x the gradients of single examples differ by \
                 {gradient:.1} times their mean, the slopes of the output by \
                 at most {} in these networks.",
                Fact::scientific("", identity.jacobian(most), 1).most().text(),
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Two groups of five rows with {} dots each, on a logarithmic axis \
             with a place for zero. They show how much the weight gradients \
             differ between examples, and how much the slopes of the output \
             do.",
            self.params.seeds,
        );
        for kind in &self.kinds {
            text += &format!(
                " {}: gradients from {:.2} to {:.2}, median {:.2}; slopes of \
                 the output from {:.2e} to {:.2e}, median {:.2e}.",
                kind.name,
                kind.gradient(least),
                kind.gradient(most),
                kind.gradient(median),
                kind.jacobian(least),
                kind.jacobian(most),
                kind.jacobian(median),
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("activation"),
            Column::new("seed"),
            Column::new("weight gradients").digits(3),
            Column::new("slopes of the output").digits(3),
            Column::new("slope from W_L⋯W₁").digits(2),
            Column::new("gradient at twice the error").digits(2),
        ]);
        for kind in &self.kinds {
            for (i, measured) in kind.networks.iter().enumerate() {
                table.row([
                    Cell::Text(kind.name.into()),
                    Cell::Number((self.params.seed + i as u64) as f64),
                    Cell::Number(measured.gradients),
                    Cell::Number(measured.jacobians),
                    Cell::Number(measured.off_product),
                    Cell::Number(measured.off_double),
                ]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// dL/dW = δ·aᵀ of one affine layer: with a = x and δ = 2(ŷ − y)/outputs.
    #[test]
    fn the_gradient_of_one_layer_is_error_times_input() {
        let mut rng = Rng::new(0, Stream::Weights);
        let (f, init) = (Activation::Identity, Init::XavierUniform);
        let network = Network::dense(&[INPUTS, OUTPUTS], f, init, &mut rng);
        let Dataset { x, y } = examples(5, 0).expect("it fits");
        let gradients = per_example_gradients(&network, Loss::Mse, &x, &y);
        let error = network.output(&x) - &y;
        for i in 0..5 {
            for out in 0..OUTPUTS {
                for input in 0..INPUTS {
                    let by_hand = error[(i, out)] * x[(i, input)];
                    let found = gradients[(i, out * INPUTS + input)];
                    assert!((found - by_hand).abs() < 1e-15);
                }
            }
        }
    }

    /// With all targets on the affine map there is no error and no gradient.
    #[test]
    fn no_error_no_gradient() {
        let mut rng = Rng::new(0, Stream::Weights);
        let (f, init) = (Activation::Identity, Init::XavierUniform);
        let network = Network::dense(&[INPUTS, 8, OUTPUTS], f, init, &mut rng);
        let x = examples(5, 0).expect("it fits").x;
        let y = network.output(&x);
        let gradients = per_example_gradients(&network, Loss::Mse, &x, &y);
        assert!(gradients.iter().all(|g| *g == 0.0));
    }
}
