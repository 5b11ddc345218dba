//! The slope of a network's output in its input is a sum over paths: along
//! each, the weights and the slopes of the units are multiplied.
//!
//! One input, two hidden layers of two units, one output: four paths. Added
//! up, their products are compared with the slope that backpropagation finds
//! without listing a path.
//!
//! See the chapter `products-of-slopes`.
//!
//! Nothing here is random: there are no seeds to differ.

use ndarray::array;
use slope::{Activation, Dense, Layer, Network, Trace};

use crate::label::{fixed, given};
use chart::{Axis, Chart, Column, Diagram, DotPlot, Edge, Node, Panel, Table};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    params,
    sabotage::Sabotage,
};

/// The largest difference that rounding may account for.
const ROUNDING: f64 = 1e-13;

/// What the units of the hidden layers are called.
const NAMES: [[&str; 2]; 2] = [["h₁", "h₂"], ["k₁", "k₂"]];

params! {
    /// What the slope depends on.
    pub struct Params {
        /// The input.
        x: f64 = 0.5, in -3.0..=3.0, "Input x";
        /// The activation of the hidden units.
        activation: Activation = Activation::Tanh,
            in &["tanh", "sigmoid", "relu", "identity"], "Activation";
    }
}

/// The experiment.
pub struct Paths;

/// One way from the input to the output.
struct Path {
    /// The hidden units it runs through.
    units: [usize; 2],
    /// Weight, slope, weight, slope, weight.
    factors: [f64; 5],
}

impl Path {
    fn product(&self) -> f64 {
        self.factors.iter().product()
    }
}

/// A network with all paths through it.
struct Through {
    network: Network,
    trace: Trace,
    paths: Vec<Path>,
    /// The slope that backpropagation finds.
    backward: f64,
}

/// The paths through the network and through the same with slopes of 1.
pub struct Outcome {
    params: Params,
    bent: Through,
    straight: Through,
}

impl Experiment for Paths {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "paths";
    const QUESTION: &'static str =
        "Is the slope of a network the sum over its paths?";
    const CHAPTER: &'static str = "products-of-slopes";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        found(params, progress, |_, _, slope| slope)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let Outcome { bent, straight, .. } = outcome;
        vec![
            Fact::count("paths", bent.paths.len()),
            Fact::fixed("largest", bent.largest().product(), 3),
            Fact::fixed("sum", bent.sum(), 3),
            Fact::fixed("backward", bent.backward, 3),
            Fact::scientific("difference", bent.difference(), 1).most(),
            Fact::fixed("identity-largest", straight.largest().product(), 3),
            Fact::fixed("identity-sum", straight.sum(), 3),
            Fact::scientific("identity-difference", straight.difference(), 1)
                .most(),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        vec![
            Claim::below(
                "the products along all paths add up to the slope that \
                 backpropagation finds",
                outcome.bent.difference(),
                ROUNDING,
            ),
            Claim::below(
                "so they do where every slope is 1",
                outcome.straight.difference(),
                ROUNDING,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("The slope of a network, path by path")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(outcome.diagram())
            .row([Panel::new(
                "The product along each path",
                outcome.products(),
            )])
    }

    fn domain() -> Vec<Span> {
        vec![Span::any("x"), Span::any("activation")]
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        vec![
            Sabotage::new(
                "a slope left out",
                Params::default(),
                |params, progress| {
                    found(params, progress, |l, unit, slope| {
                        if (l, unit) == (1, 0) { 1.0 } else { slope }
                    })
                },
            ),
            // At x = 0.5 that is h₂.
            Sabotage::new(
                "the unit that ReLU switches off left out of both networks",
                Params { activation: Activation::Relu, ..Params::default() },
                |params, progress| {
                    found(params, progress, |l, unit, slope| {
                        if (l, unit) == (0, 1) { 0.0 } else { slope }
                    })
                },
            ),
        ]
    }
}

/// The paths, with the slope of each hidden unit, by layer and unit, as
/// `taken` takes it.
fn found(
    params: &Params,
    progress: &Progress,
    taken: impl Fn(usize, usize, f64) -> f64,
) -> Result<Outcome, Stopped> {
    progress.expect(2);
    let through = |f| {
        let through = Through::new(f, params.x, &taken);
        progress.advance(1);
        through
    };
    Ok(Outcome {
        params: params.clone(),
        bent: through(params.activation)?,
        straight: through(Activation::Identity)?,
    })
}

fn network(f: Activation) -> Result<Network, Stopped> {
    let layers = [
        Dense::new(array![[1.5], [-0.8]], array![0.1, 0.3], f),
        Dense::new(array![[1.2, 0.7], [-0.6, 1.1]], array![0.0, 0.2], f),
        Dense::new(array![[0.9, -1.4]], array![0.0], Activation::Identity),
    ];
    let layers = layers.map(|dense| dense.map(Layer::Dense));
    let layers: Result<Vec<_>, _> = layers.into_iter().collect();
    layers.and_then(Network::new).map_err(|why| Stopped(why.to_string()))
}

impl Through {
    fn new(
        f: Activation,
        x: f64,
        taken: impl Fn(usize, usize, f64) -> f64,
    ) -> Result<Self, Stopped> {
        let network = network(f)?;
        let trace = network.forward(&array![[x]]);
        let w: Vec<_> = network.dense_layers().map(|dense| &dense.w).collect();
        let slope =
            |l: usize, unit: usize| taken(l, unit, trace.slope[l][(0, unit)]);
        let path = |[i, j]: [usize; 2]| Path {
            units: [i, j],
            factors: [
                w[0][(i, 0)],
                slope(0, i),
                w[1][(j, i)],
                slope(1, j),
                w[2][(0, j)],
            ],
        };
        let paths = [[0, 0], [0, 1], [1, 0], [1, 1]].map(path).into();
        let backward = network.jacobian(&array![x])[(0, 0)];
        Ok(Self { network, trace, paths, backward })
    }

    fn sum(&self) -> f64 {
        self.paths.iter().map(Path::product).sum()
    }

    fn difference(&self) -> f64 {
        (self.sum() - self.backward).abs()
    }

    /// The path that moves the output most.
    fn largest(&self) -> &Path {
        let size = |path: &Path| path.product().abs();
        let larger = |a, b| if size(b) > size(a) { b } else { a };
        self.paths.iter().fold(&self.paths[0], larger)
    }
}

impl Path {
    fn names(&self) -> [&'static str; 2] {
        let [i, j] = self.units;
        [NAMES[0][i], NAMES[1][j]]
    }

    fn name(&self) -> String {
        let [h, k] = self.names();
        format!("x → {h} → {k} → y")
    }
}

impl Outcome {
    fn diagram(&self) -> Diagram {
        let Through { network, trace, .. } = &self.bent;
        let largest = self.bent.largest();
        let [h, k] = largest.names();
        let heavy = [("x", h), (h, k), (k, "y")];
        let product = fixed(largest.product());
        let y = trace.output()[(0, 0)];
        let mut diagram = Diagram::new()
            .forward("weights")
            .emphasis(format!("the path with the largest product, {product}"))
            .node(
                Node::new("x", (0, 0), format!("x = {}", given(self.params.x)))
                    .half_a_row_on(),
            )
            .node(
                Node::new("y", (3, 0), format!("y = {}", fixed(y)))
                    .half_a_row_on(),
            );
        for (l, names) in NAMES.iter().enumerate() {
            for (unit, name) in names.iter().enumerate() {
                let slope = fixed(trace.slope[l][(0, unit)]);
                let node = Node::new(*name, (l + 1, unit), *name);
                diagram = diagram.node(node.backward(format!("f′ = {slope}")));
            }
        }
        let layers: [&[&str]; 4] = [&["x"], &NAMES[0], &NAMES[1], &["y"]];
        for (dense, names) in network.dense_layers().zip(layers.windows(2)) {
            for ((unit, input), w) in dense.w.indexed_iter() {
                let ends = (names[0][input], names[1][unit]);
                let edge = Edge::new(ends.0, ends.1).forward(given(*w));
                let heavy = heavy.contains(&ends);
                diagram = diagram.edge(if heavy { edge.heavy() } else { edge });
            }
        }
        diagram
    }

    fn products(&self) -> DotPlot {
        let axis = Axis::linear("product of weights and slopes");
        let mut plot =
            DotPlot::new(axis).dots("a dot for each path, and for their sum");
        for (name, through) in [
            (format!("{}: slopes f′", self.params.activation), &self.bent),
            ("identity: slopes of 1".into(), &self.straight),
        ] {
            plot = plot.group(name);
            for path in &through.paths {
                let product = path.product();
                plot = plot.row(path.name(), vec![product]);
                plot = plot.showing(fixed(product));
            }
            plot = plot.row("all four added", vec![through.sum()]);
            plot = plot.showing(fixed(through.sum()));
        }
        plot
    }

    fn finding(&self) -> String {
        let Outcome { bent, straight, .. } = self;
        let [sum, ones] = [bent.sum(), straight.sum()].map(fixed);
        if Paths::bears_out(self) {
            format!(
                "The slope of y with respect to x is a sum over {} paths. Each \
                 contributes the product of all weights and slopes along it. \
                 Together they make {sum}, which is what backpropagation \
                 finds. With slopes of 1 the same weights make {ones}.",
                bent.paths.len(),
            )
        } else {
            format!(
                "Added up over {} paths, the products make {sum}; \
                 backpropagation finds {}.",
                bent.paths.len(),
                fixed(bent.backward),
            )
        }
    }

    fn description(&self) -> String {
        let mut text = "A network from left to right, on a telephone from top \
                        to bottom: the input x, hidden units h₁ and h₂, hidden \
                        units k₁ and k₂, the output y. Arrows carry the \
                        weights, and the hidden units hold their slopes f′."
            .to_string();
        for path in &self.bent.paths {
            let factors: Vec<String> =
                path.factors.iter().copied().map(fixed).collect();
            text += &format!(
                " Along {} the product is {} = {}.",
                path.name(),
                factors.join(" · "),
                fixed(path.product()),
            );
        }
        text + &format!(
            " The heavy path is {}. Below, a dot for each product, with these \
             slopes and with slopes of 1, and for their sums, {} and {}.",
            self.bent.largest().name(),
            fixed(self.bent.sum()),
            fixed(self.straight.sum()),
        )
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("activation"),
            Column::new("path"),
            Column::new("w"),
            Column::new("f′ of h").digits(4),
            Column::new("w"),
            Column::new("f′ of k").digits(4),
            Column::new("w"),
            Column::new("product").digits(6),
        ]);
        let bent = self.params.activation.to_string();
        for (name, through) in
            [(bent, &self.bent), ("identity".into(), &self.straight)]
        {
            for path in &through.paths {
                let [a, b, c, d, e] = path.factors.map(Into::into);
                let product = path.product().into();
                let (name, path) = (name.as_str().into(), path.name().into());
                table.row([name, path, a, b, c, d, e, product]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out in Python's floats, formula by formula.
    #[test]
    fn the_products_are_those_of_the_hand() {
        let params = Params::default();
        let outcome = Paths::run(&params, &Progress::silent()).unwrap();
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        near(outcome.bent.paths[1].product(), 0.5936126031975133);
        near(outcome.bent.sum(), 1.8983063641874123);
        near(outcome.straight.sum(), 3.608);
        assert_eq!(outcome.bent.largest().units, [1, 1]);
        assert_eq!(outcome.straight.largest().units, [0, 0]);
    }
}
