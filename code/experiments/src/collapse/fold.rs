//! What collapses: a network of slope 1, small enough to multiply in the head,
//! and the one layer that it equals.
//!
//! The weights are whole numbers and halves, which a computer holds exactly:
//! on whole inputs nothing is rounded. A tenth it does not hold, so on a grid
//! of tenths the two differ in the last digits.
//!
//! See the chapter `collapse`.
//!
//! Nothing here is random: there are no seeds to differ.

use ndarray::{Array2, array};
use slope::{Activation, Affine, Dense, Layer, Network};

use crate::label::rounded;
use chart::{Cell, Chart, Column, Diagram, Edge, Node, Panel, Table};
use exact::statistics::most;
use study::{
    experiment::{Claim, Experiment, Progress, Stopped},
    fact::Fact,
    params,
    sabotage::Sabotage,
};

/// The grid reaches as far, in tenths, to both sides of 0.
const REACH: i32 = 30;

/// What the units of each layer are called.
const NAMES: [&[&str]; 4] =
    [&["x₁", "x₂"], &["h₁", "h₂", "h₃"], &["k₁", "k₂"], &["y"]];

params! {
    /// What goes in.
    pub struct Params {
        /// The first input.
        x1: f64 = 1.0, in -5.0..=5.0, "x₁";
        /// The second input.
        x2: f64 = 2.0, in -5.0..=5.0, "x₂";
        /// The activation of the hidden units.
        activation: Activation = Activation::Identity,
            in &["identity", "relu", "tanh"], "Activation";
    }
}

/// The experiment.
pub struct Fold;

/// Both, and what each made of the inputs.
pub struct Outcome {
    params: Params,
    network: Network,
    /// The value of every unit, the inputs first.
    values: Vec<Array2<f64>>,
    layer: Affine,
    /// What the layer gives for the same input.
    folded: f64,
    /// The largest difference on the grid.
    difference: f64,
}

impl Experiment for Fold {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "fold";
    const QUESTION: &'static str =
        "Which one layer is a small network of slope 1?";
    const CHAPTER: &'static str = "collapse";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        progress.expect(1);
        let outcome = folded(params, [params.activation; 2]);
        progress.advance(1);
        outcome
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let Affine { w, b } = &outcome.layer;
        let parameters = outcome.layer.parameter_count();
        vec![
            Fact::count("parameters", outcome.network.parameter_count()),
            Fact::count("parameters-folded", parameters),
            Fact::fixed("weight-1", w[(0, 0)], 0),
            Fact::fixed("weight-2", w[(0, 1)], 0),
            Fact::fixed("bias", b[0], 0),
            Fact::fixed("output", outcome.output(), 0),
            Fact::fixed("output-folded", outcome.folded, 0),
            Fact::scientific("difference", outcome.difference, 1).most(),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        vec![
            Claim::below(
                "the network is the one layer, on a whole grid",
                outcome.difference,
                1e-13,
            ),
            Claim::below(
                "both give the same for the input that is drawn",
                (outcome.output() - outcome.folded).abs(),
                1e-13,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let Outcome { network, layer, .. } = outcome;
        let count = network.parameter_count();
        let deep = format!("A network of {count} parameters");
        let one =
            format!("The one layer: {} parameters", layer.parameter_count());
        Chart::new("A network and the one layer that it folds to")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([Panel::new(deep, outcome.network_drawn())])
            .row([Panel::new(one, outcome.layer_drawn())])
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let (straight, kinked) = (Activation::Identity, Activation::Relu);
        vec![
            // For x = (1, 2) no unit of that layer is below its kink.
            Sabotage::<Self>::new(
                "a kink in the first hidden layer",
                Params::default(),
                move |params, _| folded(params, [kinked, straight]),
            ),
            Sabotage::<Self>::new(
                "the inputs of the one layer confused",
                Params::default(),
                |params, progress| {
                    let outcome = Self::run(params, progress)?;
                    let x = array![[params.x2, params.x1]];
                    let folded = outcome.layer.output(&x)[(0, 0)];
                    Ok(Outcome { folded, ..outcome })
                },
            ),
        ]
    }
}

/// The network with these activations, beside the fold of the one that never
/// bends.
fn folded(
    params: &Params,
    activations: [Activation; 2],
) -> Result<Outcome, Stopped> {
    let network = network(activations)?;
    let straight = self::network([Activation::Identity; 2])?;
    let layer = straight.collapse().map_err(|why| Stopped(why.to_string()))?;
    let x = array![[params.x1, params.x2]];
    let across = 2 * REACH as usize + 1;
    let grid = Array2::from_shape_fn((across * across, 2), |(i, column)| {
        let step = if column == 0 { i % across } else { i / across };
        (step as f64 - f64::from(REACH)) / 10.0
    });
    let gaps = network.output(&grid) - layer.output(&grid);
    Ok(Outcome {
        params: params.clone(),
        values: network.forward(&x).a,
        network,
        folded: layer.output(&x)[(0, 0)],
        layer,
        difference: most(gaps.iter().map(|gap| gap.abs())),
    })
}

fn network([first, second]: [Activation; 2]) -> Result<Network, Stopped> {
    let layers = [
        Dense::new(
            array![[-1.0, 1.0], [1.0, 1.0], [2.0, -1.0]],
            array![2.0, 2.0, 2.0],
            first,
        ),
        Dense::new(
            array![[-1.0, -1.0, 1.0], [-0.5, 0.5, -1.0]],
            array![1.0, -1.0],
            second,
        ),
        Dense::new(array![[1.0, -1.0]], array![-1.0], Activation::Identity),
    ];
    let layers = layers.map(|dense| dense.map(Layer::Dense));
    let layers: Result<Vec<_>, _> = layers.into_iter().collect();
    layers.and_then(Network::new).map_err(|why| Stopped(why.to_string()))
}

fn shown(value: f64) -> String {
    rounded(value, 3)
}

impl Outcome {
    fn output(&self) -> f64 {
        self.values.last().map_or(f64::NAN, |y| y[(0, 0)])
    }

    fn network_drawn(&self) -> Diagram {
        let mut diagram = Diagram::new().forward("weights and biases");
        for (column, names) in NAMES.iter().enumerate() {
            for (row, name) in names.iter().enumerate() {
                let value = self.values[column][(0, row)];
                let label = format!("{name} = {}", shown(value));
                // Layers of one, two and three units, all about one middle.
                let mut node = Node::new(*name, (column, row), label);
                node.half_row += 3 - names.len();
                if let Some(before) = column.checked_sub(1) {
                    let bias = self.network.dense_layers().nth(before);
                    let bias = bias.map_or(f64::NAN, |dense| dense.b[row]);
                    node = node.forward(format!("b = {}", shown(bias)));
                }
                diagram = diagram.node(node);
            }
        }
        for (dense, names) in self.network.dense_layers().zip(NAMES.windows(2))
        {
            for ((unit, input), w) in dense.w.indexed_iter() {
                let edge = Edge::new(names[0][input], names[1][unit]);
                diagram = diagram.edge(edge.forward(shown(*w)));
            }
        }
        diagram
    }

    fn layer_drawn(&self) -> Diagram {
        let Params { x1, x2, .. } = self.params;
        let mut diagram = Diagram::new();
        for (row, (name, x)) in ["x₁", "x₂"].iter().zip([x1, x2]).enumerate()
        {
            let label = format!("{name} = {}", shown(x));
            diagram = diagram.node(Node::new(*name, (0, row), label));
        }
        let y = Node::new("y", (1, 0), format!("y = {}", shown(self.folded)));
        let bias = format!("b = {}", shown(self.layer.b[0]));
        diagram = diagram.node(y.half_a_row_on().forward(bias));
        for (name, w) in ["x₁", "x₂"].iter().zip(&self.layer.w) {
            diagram = diagram.edge(Edge::new(*name, "y").forward(shown(*w)));
        }
        diagram
    }

    /// y = 3x₁ − 4x₂ + 1.
    fn formula(&self) -> String {
        let Affine { w, b } = &self.layer;
        let signed = |value: f64| {
            let sign = if value < 0.0 { '−' } else { '+' };
            format!("{sign} {}", shown(value.abs()))
        };
        format!(
            "y = {}x₁ {}x₂ {}",
            shown(w[(0, 0)]),
            signed(w[(0, 1)]),
            signed(b[0])
        )
    }

    fn finding(&self) -> String {
        let count = self.network.parameter_count();
        let formula = self.formula();
        if Fold::bears_out(self) {
            format!(
                "Multiplied out, the {count} parameters of the network become \
                 {}: {formula}. For x = ({}, {}) both networks output {}.",
                self.layer.parameter_count(),
                shown(self.params.x1),
                shown(self.params.x2),
                shown(self.folded),
            )
        } else {
            format!(
                "With f(z) = z, the {count} parameters are those of {formula}. \
                 With {} they are not: for x = ({}, {}) the network gives {} \
                 and the layer {}.",
                self.params.activation,
                shown(self.params.x1),
                shown(self.params.x2),
                shown(self.output()),
                shown(self.folded),
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Two networks, one under the other. The first has inputs {} and \
             {}, two hidden layers of three and two units, and an output. \
             Each arrow carries its weight, and each unit holds its value and \
             its bias b.",
            shown(self.params.x1),
            shown(self.params.x2),
        );
        for (names, values) in NAMES.iter().zip(&self.values).skip(1) {
            for (name, value) in names.iter().zip(values) {
                text += &format!(" {name} is {}.", shown(*value));
            }
        }
        text + &format!(
            " The second has the same inputs and the output alone: {}, which \
             is {}.",
            self.formula(),
            shown(self.folded),
        )
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("of"),
            Column::new("parameter"),
            Column::new("value"),
        ]);
        let mut add = |of: &str, name: String, value: f64| {
            let name = Cell::Text(name);
            table.row([Cell::Text(of.into()), name, value.into()]);
        };
        for (dense, names) in self.network.dense_layers().zip(NAMES.windows(2))
        {
            for ((unit, input), w) in dense.w.indexed_iter() {
                let name = format!("{} → {}", names[0][input], names[1][unit]);
                add("the network", name, *w);
            }
            for (unit, b) in names[1].iter().zip(&dense.b) {
                add("the network", format!("b of {unit}"), *b);
            }
        }
        for (name, w) in NAMES[0].iter().zip(&self.layer.w) {
            add("the one layer", format!("{name} → y"), *w);
        }
        add("the one layer", "b of y".into(), self.layer.b[0]);
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Multiplied out on paper.
    #[test]
    fn the_fold_is_that_of_the_hand() {
        let outcome =
            Fold::run(&Params::default(), &Progress::silent()).unwrap();
        assert_eq!(outcome.layer.w, array![[3.0, -4.0]]);
        assert_eq!(outcome.layer.b, array![1.0]);
        assert_eq!(outcome.values[1], array![[3.0, 5.0, 2.0]]);
        assert_eq!(outcome.values[2], array![[-5.0, -2.0]]);
        assert_eq!((outcome.output(), outcome.folded), (-4.0, -4.0));
        assert_eq!(outcome.formula(), "y = 3x₁ − 4x₂ + 1");
    }
}
