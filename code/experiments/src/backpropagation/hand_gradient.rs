//! Which numbers run backward through a network of two inputs, two hidden
//! units and one output?
//!
//! Sigmoids everywhere, the loss L = ½(a − y)². The forward pass writes z and
//! a into every unit; the backward pass finds δ = dL/dz of each, and for each
//! weight dL/dw = δ·(what came in). All of them are compared with central
//! differences of the loss, which know nothing of the chain rule.
//!
//! See the chapter `backpropagation`.
//!
//! Nothing here is random: there are no seeds to differ.

use ndarray::{Array2, array};
use probe::Difference;
use slope::{Activation, Dense, Gradient, Layer, Loss, Network, Trace};

use crate::label::{fixed, given};
use chart::{Chart, Column, Diagram, Edge, Node, Table};
use exact::statistics::most;
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    params,
    sabotage::Sabotage,
};

/// Near the cube root of the rounding of f64, where a central difference is
/// best.
const STEP: f64 = 1e-5;

params! {
    /// What goes in, and what should come out.
    pub struct Params {
        /// The first input.
        x1: f64 = 1.0, in -5.0..=5.0, "x₁";
        /// The second input.
        x2: f64 = 0.5, in -5.0..=5.0, "x₂";
        /// The target.
        y: f64 = 1.0, in 0.0..=1.0, "y";
        /// The step down the gradient that is tried at the end.
        lr: f64 = 0.5, in 0.001..=2.0, "Learning rate";
    }
}

/// The experiment.
pub struct HandGradient;

/// Both passes, and the same gradient measured.
pub struct Outcome {
    params: Params,
    network: Network,
    trace: Trace,
    loss: f64,
    /// dL/da of the output.
    d_output: f64,
    gradient: Gradient,
    measured: Vec<f64>,
    loss_after: f64,
}

impl Experiment for HandGradient {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "hand-gradient";
    const QUESTION: &'static str =
        "Which numbers run backward through a network?";
    const CHAPTER: &'static str = "backpropagation";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        progress.expect(1);
        let outcome = Self::passed(params, Network::backward);
        progress.advance(1);
        outcome
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        vec![
            Fact::count("parameters", outcome.measured.len()),
            Fact::scientific("difference", outcome.difference(), 1).most(),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        vec![
            Claim::below(
                "every number that came backward is the measured slope",
                outcome.difference(),
                1e-9,
            ),
            Claim::below(
                "the slope of a weight is the δ after it times what went in",
                outcome.off_product(),
                1e-15,
            ),
            Claim::above(
                "a step against the gradient lowers the loss",
                outcome.loss - outcome.loss_after,
                0.0,
            )
            .between("y", 0.9, 1.0),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("A network of nine parameters, forward and backward")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(outcome.diagram())
    }

    fn domain() -> Vec<Span> {
        ["x1", "x2", "y", "lr"].map(Span::any).into()
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, backward: Backward| {
            Sabotage::<Self>::new(what, Params::default(), move |params, _| {
                Self::passed(params, backward)
            })
        };
        vec![
            with(
                "f′ forgotten on the way back",
                |network, trace, d_output| {
                    let mut trace = trace.clone();
                    trace.slope.iter_mut().for_each(|slope| slope.fill(1.0));
                    network.backward(&trace, d_output)
                },
            ),
            with("z in the place of a", |network, trace, d_output| {
                let mut trace = trace.clone();
                trace.a[1].assign(&trace.z[0]);
                network.backward(&trace, d_output)
            }),
            with("the sign of the error turned", |network, trace, d_output| {
                network.backward(trace, &-d_output)
            }),
        ]
    }
}

/// The gradient, from the network, its forward pass and dL/da of the output.
type Backward = fn(&Network, &Trace, &Array2<f64>) -> Gradient;

impl HandGradient {
    /// One pass forward, and one backward by these rules.
    fn passed(params: &Params, backward: Backward) -> Result<Outcome, Stopped> {
        let mut network = two_two_one()?;
        let (x, y) = (array![[params.x1, params.x2]], array![[params.y]]);
        let trace = network.forward(&x);
        // Loss::Mse is (a − y)²; the loss of this chapter is half of it.
        let half =
            |network: &Network| Loss::Mse.value(&network.output(&x), &y) / 2.0;
        let d_output = trace.output() - &y;
        let gradient = backward(&network, &trace, &d_output);
        let measured = probe::numeric_gradient(
            &network,
            Loss::Mse,
            &x,
            &y,
            Difference::Central,
            STEP,
        );
        let measured = measured.unwrap_or_default();
        let (start, loss) = (network.clone(), half(&network));
        let down = |(w, g): (f64, f64)| w - params.lr * g;
        let parameters = network.parameters().into_iter();
        let moved = parameters.zip(gradient.parameters()).map(down);
        network
            .set_parameters(&moved.collect::<Vec<_>>())
            .map_err(|why| Stopped(why.to_string()))?;
        Ok(Outcome {
            params: params.clone(),
            network: start,
            trace,
            loss,
            d_output: d_output[(0, 0)],
            gradient,
            measured: measured.into_iter().map(|slope| slope / 2.0).collect(),
            loss_after: half(&network),
        })
    }
}

/// The network that the chapter works out by hand.
fn two_two_one() -> Result<Network, Stopped> {
    let f = Activation::Sigmoid;
    let hidden =
        Dense::new(array![[0.5, -0.4], [0.3, 0.8]], array![0.1, -0.2], f);
    let output = Dense::new(array![[0.7, -0.6]], array![0.05], f);
    let network = hidden.and_then(|hidden| {
        Network::new(vec![Layer::Dense(hidden), Layer::Dense(output?)])
    });
    network.map_err(|why| Stopped(why.to_string()))
}

impl Outcome {
    /// The largest difference of a slope from the measured one.
    fn difference(&self) -> f64 {
        let slopes = self.gradient.parameters();
        most(slopes.iter().zip(&self.measured).map(|(g, m)| (g - m).abs()))
    }

    /// The largest |dL/dw − δ·a|.
    fn off_product(&self) -> f64 {
        let layers = self.gradient.layers.iter().zip(&self.trace.a);
        most(layers.flat_map(|(layer, a)| {
            layer.w.indexed_iter().map(|((unit, input), slope)| {
                (slope - layer.b[unit] * a[(0, input)]).abs()
            })
        }))
    }

    /// A unit's box: what came out of it, and the slope of the loss in it.
    fn unit(&self, key: &str, place: (usize, usize), label: &str) -> Node {
        let (column, row) = place;
        let (l, unit) = (column - 1, if column == 2 { 0 } else { row });
        let bias = self.network.dense_layers().nth(l).map(|d| d.b[unit]);
        let z = self.trace.z[l][(0, unit)];
        let a = self.trace.a[l + 1][(0, unit)];
        Node::new(key, place, label)
            .forward(format!("b = {}", given(bias.unwrap_or(f64::NAN))))
            .forward(format!("z = {}", fixed(z)))
            .forward(format!("a = {}", fixed(a)))
            .backward(format!("δ = {}", fixed(self.gradient.layers[l].b[unit])))
    }

    fn diagram(&self) -> Diagram {
        let Params { x1, x2, y, .. } = self.params;
        let input = |key: &str, row, label: &str, x| {
            let node = Node::new(key, (0, row), label);
            node.forward(given(x))
        };
        let loss = Node::new("loss", (3, 0), format!("L, y = {}", given(y)))
            .forward(fixed(self.loss))
            .half_a_row_on();
        let mut diagram = Diagram::new()
            .forward("forward: weights, z and a")
            .backward("backward: dL/dw on edges, δ = dL/dz in units")
            .node(input("x0", 0, "x₁", x1))
            .node(input("x1", 1, "x₂", x2))
            .node(self.unit("h0", (1, 0), "hidden 1"))
            .node(self.unit("h1", (1, 1), "hidden 2"))
            .node(self.unit("o0", (2, 0), "output").half_a_row_on())
            .node(loss);
        let names = [("x", "h"), ("h", "o")];
        let layers = self.network.dense_layers().zip(&self.gradient.layers);
        for ((layer, slopes), (from, to)) in layers.zip(names) {
            for ((unit, input), w) in layer.w.indexed_iter() {
                let edge =
                    Edge::new(format!("{from}{input}"), format!("{to}{unit}"));
                let slope = fixed(slopes.w[(unit, input)]);
                diagram = diagram.edge(edge.forward(given(*w)).backward(slope));
            }
        }
        let back = format!("dL/da {}", fixed(self.d_output));
        diagram.edge(Edge::new("o0", "loss").forward("a").backward(back))
    }

    fn finding(&self) -> String {
        let parameters = self.measured.len();
        let [loss, after] = [self.loss, self.loss_after].map(fixed);
        let lr = self.params.lr;
        if HandGradient::bears_out(self) {
            format!(
                "Each δ is made of the δs after it, and each weight's slope is \
                 the δ at its end times the number that came in. All \
                 {parameters} slopes agree with measured ones, and one step \
                 with the learning rate {lr} lowers the loss from {loss} to \
                 {after}.",
            )
        } else {
            format!(
                "Each weight's slope is the δ at its end times the number that \
                 came in. One step of {lr} takes the loss from {loss} to \
                 {after}.",
            )
        }
    }

    fn description(&self) -> String {
        let deltas = self.gradient.layers.iter().flat_map(|l| l.b.iter());
        let deltas: Vec<String> = deltas.map(|delta| fixed(*delta)).collect();
        format!(
            "A diagram from left to right, on a telephone from top to bottom: \
             two inputs, two hidden units, an output unit, the loss {}. \
             Arrows forward carry the weights. Dashed arrows backward carry \
             the slope of the loss with respect to each weight. The units \
             hold z, a and δ; the δs of the hidden units and of the output \
             are {}. The table holds every number.",
            fixed(self.loss),
            deltas.join(", "),
        )
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("parameter"),
            Column::new("value"),
            Column::new("dL/dw, backward").digits(6),
            Column::new("measured").digits(6),
        ]);
        let names = ["w₁₁", "w₁₂", "w₂₁", "w₂₂", "b₁", "b₂", "v₁", "v₂", "c"];
        let values = self.network.parameters().into_iter();
        let both = self.gradient.parameters().into_iter().zip(&self.measured);
        for ((name, w), (slope, measured)) in names.iter().zip(values).zip(both)
        {
            table.row([
                (*name).into(),
                w.into(),
                slope.into(),
                (*measured).into(),
            ]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out in Python's floats, formula by formula.
    #[test]
    fn the_passes_find_the_numbers_of_the_hand() {
        let params = Params::default();
        let outcome = HandGradient::run(&params, &Progress::silent()).unwrap();
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        near(outcome.loss, 0.1133435790468004);
        near(outcome.trace.z[1][(0, 0)], 0.09560576335760364);
        let [hidden, output] = &outcome.gradient.layers[..] else { panic!() };
        near(output.b[0], -0.11875760548122599);
        near(hidden.b[0], -0.019972953598778365);
        near(hidden.b[1], 0.01674508688415632);
        near(outcome.loss_after, 0.10068695620655185);
    }

    #[test]
    fn other_inputs_bear_the_first_claims_out() {
        for (x1, x2, y) in [(-5.0, 5.0, 0.0), (0.0, 0.0, 1.0), (3.0, -1.0, 0.5)]
        {
            let params = Params { x1, x2, y, ..Params::default() };
            let run = HandGradient::run(&params, &Progress::silent());
            let claims = HandGradient::claims(&run.unwrap());
            assert!(claims[1].holds, "{claims:?}");
        }
    }
}
