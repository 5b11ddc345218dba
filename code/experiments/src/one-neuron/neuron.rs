//! A neuron, and a layer of three that see the same inputs.
//!
//! The weights and the bias of the neuron are those of the chapter
//! `one-neuron`; it is the first of the layer.
//!
//! Nothing here is random: there are no seeds to differ.

use ndarray::{Array1, Array2, array};
use slope::{Activation, Dense, Layer, Network};

use crate::label::rounded;
use chart::{Cell, Chart, Column, Diagram, Edge, Node, Panel, Table};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    params,
    sabotage::Sabotage,
};

const INPUTS: [&str; 2] = ["x₁", "x₂"];
const WEIGHTS: [&str; 2] = ["w₁", "w₂"];
const OUTPUTS: [&str; 3] = ["a₁", "a₂", "a₃"];

params! {
    /// What goes in.
    pub struct Params {
        /// The first input.
        x1: f64 = 1.0, in -5.0..=5.0, "x₁";
        /// The second input.
        x2: f64 = 2.0, in -5.0..=5.0, "x₂";
        /// The activation of all neurons.
        activation: Activation = Activation::Tanh,
            in &["identity", "relu", "tanh", "sigmoid"], "Activation";
    }
}

/// The experiment.
pub struct Neuron;

/// What the layer and its first neuron make of the inputs.
pub struct Outcome {
    params: Params,
    w: Array2<f64>,
    b: Array1<f64>,
    /// z and a of each neuron of the layer.
    z: Vec<f64>,
    a: Vec<f64>,
    /// The same of the first by itself, term by term.
    alone: (f64, f64),
}

impl Experiment for Neuron {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "neuron";
    const QUESTION: &'static str = "What does a neuron do with its inputs?";
    const CHAPTER: &'static str = "one-neuron";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        progress.expect(1);
        let outcome = outcome(params, BOOK);
        progress.advance(1);
        outcome
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let (z, a) = outcome.alone;
        let parameters = outcome.w.ncols() + 1;
        vec![
            Fact::fixed("sum", z, 1),
            Fact::fixed("output", a, 2),
            Fact::count("parameters", parameters),
            Fact::count("parameters-layer", parameters * outcome.b.len()),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let (z, a) = outcome.alone;
        vec![
            Claim::below(
                "z is the sum of the weighted inputs, and the bias",
                (outcome.z[0] - z).abs(),
                1e-12,
            ),
            Claim::below(
                "a is the activation of z",
                (outcome.a[0] - a).abs(),
                1e-12,
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![Span::any("x1"), Span::any("x2"), Span::any("activation")]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("A neuron, and a layer of three")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([Panel::new("A neuron", outcome.neuron())])
            .row([Panel::new("A layer of three", outcome.layer())])
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, change: fn(&mut Rules)| {
            Sabotage::<Self>::new(what, Params::default(), {
                move |params, _| {
                    let mut rules = BOOK;
                    change(&mut rules);
                    outcome(params, rules)
                }
            })
        };
        vec![
            // Where the derivative is small, a is nearly the same.
            with("a bias that is not added", |rules| {
                rules.bias = 0.0;
                rules.applies = |f, _, a| f.value(a);
            }),
            with("an activation that is not applied", |rules| {
                rules.applies = |_, z, _| z;
            }),
        ]
    }
}

/// What the neuron by itself does, and a sabotage may change.
#[derive(Clone, Copy)]
struct Rules {
    /// By what the bias is multiplied.
    bias: f64,
    /// The output, from the activation, this z and that of the layer.
    applies: fn(Activation, f64, f64) -> f64,
}

const BOOK: Rules = Rules { bias: 1.0, applies: |f, z, _| f.value(z) };

/// Of the layer that is drawn: (units, inputs) and (units).
pub(crate) fn weights_and_biases() -> (Array2<f64>, Array1<f64>) {
    let w = array![[0.5, -1.0], [1.0, 0.5], [-1.0, 1.0]];
    (w, array![1.0, 0.0, -1.0])
}

fn outcome(params: &Params, rules: Rules) -> Result<Outcome, Stopped> {
    let f = params.activation;
    let (w, b) = weights_and_biases();
    let layer = Dense::new(w.clone(), b.clone(), f).map(Layer::Dense);
    let network = layer.and_then(|layer| Network::new(vec![layer]));
    let network = network.map_err(Stopped::because)?;
    let trace = network.forward(&array![[params.x1, params.x2]]);
    let z = trace.z[0].row(0).to_vec();
    let sum = w[(0, 0)] * params.x1 + w[(0, 1)] * params.x2;
    let alone = sum + rules.bias * b[0];
    let alone = (alone, (rules.applies)(f, alone, z[0]));
    let a = trace.output().row(0).to_vec();
    Ok(Outcome { params: params.clone(), w, b, z, a, alone })
}

fn shown(value: f64) -> String {
    rounded(value, 2)
}

impl Outcome {
    fn inputs(&self) -> [(&'static str, f64); 2] {
        [(INPUTS[0], self.params.x1), (INPUTS[1], self.params.x2)]
    }

    fn neuron(&self) -> Diagram {
        let (z, a) = self.alone;
        let mut diagram = Diagram::new().forward("weights and bias");
        for (row, (name, x)) in self.inputs().into_iter().enumerate() {
            let label = format!("{name} = {}", shown(x));
            let weight =
                format!("{} = {}", WEIGHTS[row], shown(self.w[(0, row)]));
            diagram = diagram
                .node(Node::new(name, (0, row), label))
                .edge(Edge::new(name, "z").forward(weight));
        }
        let sum = Node::new("z", (1, 0), format!("z = {}", shown(z)));
        let bias = format!("b = {}", shown(self.b[0]));
        let output = Node::new("a", (2, 0), format!("a = {}", shown(a)));
        diagram
            .node(sum.half_a_row_on().forward(bias))
            .node(output.half_a_row_on())
            .edge(Edge::new("z", "a").forward(format!("f = {}", self.f())))
    }

    fn f(&self) -> String {
        self.params.activation.to_string()
    }

    fn layer(&self) -> Diagram {
        let mut diagram = Diagram::new().forward("weights and biases");
        for (row, (name, x)) in self.inputs().into_iter().enumerate() {
            let label = format!("{name} = {}", shown(x));
            let node = Node::new(name, (0, row), label);
            diagram = diagram.node(node.half_a_row_on());
        }
        for (unit, name) in OUTPUTS.into_iter().enumerate() {
            let label = format!("{name} = {}", shown(self.a[unit]));
            let bias = format!("b = {}", shown(self.b[unit]));
            let node = Node::new(name, (1, unit), label);
            diagram = diagram.node(node.forward(bias));
            for (input, w) in INPUTS.into_iter().zip(self.w.row(unit)) {
                diagram =
                    diagram.edge(Edge::new(input, name).forward(shown(*w)));
            }
        }
        diagram
    }

    fn finding(&self) -> String {
        let (z, a) = self.alone;
        format!(
            "The neuron weighs its inputs, adds its bias, and sends the sum \
             z\u{a0}=\u{a0}{} through the activation: a\u{a0}=\u{a0}{}. In a \
             layer, neurons see the same inputs, each with weights and a bias \
             of its own.",
            shown(z),
            shown(a),
        )
    }

    fn description(&self) -> String {
        let [x1, x2] = self.inputs().map(|(_, x)| shown(x));
        let (z, a) = self.alone;
        let mut text = format!(
            "Two networks, one under the other. In the first, arrows with the \
             weights {} and {} lead from the inputs {x1} and {x2} to a box \
             with the bias {} and the sum z, {}; from there an arrow with the \
             activation, {}, leads to the output a, {}. In the second, the \
             same inputs lead to three boxes:",
            shown(self.w[(0, 0)]),
            shown(self.w[(0, 1)]),
            shown(self.b[0]),
            shown(z),
            self.f(),
            shown(a),
        );
        let outputs = OUTPUTS.iter().zip(&self.a);
        let outputs =
            outputs.map(|(name, a)| format!(" {name} is {}", shown(*a)));
        text += &outputs.collect::<Vec<_>>().join(",");
        text + "."
    }

    fn table(&self) -> Table {
        let mut table =
            Table::new(["neuron", "w₁", "w₂", "b", "z", "a"].map(Column::new));
        for (unit, name) in OUTPUTS.into_iter().enumerate() {
            let (w, b) = (self.w.row(unit), self.b[unit]);
            let numbers = [w[0], w[1], b, self.z[unit], self.a[unit]];
            let cells = numbers.into_iter().map(Cell::Number);
            let first = [Cell::Text(name.into())];
            table.row(first.into_iter().chain(cells));
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0.5·1 − 1·2 + 1.
    #[test]
    fn the_sum_is_that_of_the_hand() {
        let outcome = outcome(&Params::default(), BOOK).unwrap();
        assert_eq!(outcome.alone.0, -0.5);
        assert_eq!(outcome.z, [-0.5, 2.0, 0.0]);
    }
}
