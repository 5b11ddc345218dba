//! What a shortcut does to a slope: three residual blocks, h + tanh(w·h), of
//! one unit each.
//!
//! With the slope s of a branch a block has the slope 1 + s, so that three
//! have (1 + s₁)(1 + s₂)(1 + s₃): multiplied out, a sum over eight paths, of
//! which one meets no weight at all (A. Veit, M. Wilber and S. Belongie, 2016,
//! arXiv:1605.06431). Without shortcuts one path is left.
//!
//! See the chapter `shortcuts`.
//!
//! Nothing here is random: there are no seeds to differ.

use ndarray::{Array1, array};
use slope::{Activation, Dense, Layer, Network};

use crate::label::{fixed, given};
use chart::{Axis, Chart, Column, Diagram, DotPlot, Edge, Node, Panel, Table};
use study::{
    experiment::{Claim, Experiment, Progress, Stopped},
    fact::Fact,
    params,
    sabotage::Sabotage,
};

/// The weights of the branches.
const WEIGHTS: [f64; 3] = [0.5, -0.6, 0.4];

/// Near the cube root of the rounding of f64, where a central difference is
/// best.
const STEP: f64 = 1e-5;

/// What stands before and after each block.
const NAMES: [&str; 4] = ["x", "h₁", "h₂", "y"];

params! {
    /// What the slopes depend on.
    pub struct Params {
        /// The input.
        x: f64 = 1.0, in -5.0..=5.0, "Input x";
    }
}

/// The experiment.
pub struct ShortcutPaths;

/// Three layers in a row, with shortcuts or without.
struct Chain {
    /// The input, and what comes out of each layer.
    values: Vec<f64>,
    /// The slope of each branch.
    slopes: [f64; 3],
    /// The slope that backpropagation finds.
    backward: f64,
    /// The slope that a central difference measures.
    measured: f64,
}

/// Both chains.
pub struct Outcome {
    params: Params,
    residual: Chain,
    plain: Chain,
    /// The slope, by backpropagation, of shortcuts whose branches are silent.
    alone: f64,
}

impl Experiment for ShortcutPaths {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "shortcut-paths";
    const QUESTION: &'static str =
        "What does a shortcut add to the slope of a network?";
    const CHAPTER: &'static str = "shortcuts";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        found([true; 3], params, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let Outcome { residual, plain, .. } = outcome;
        let [s1, s2, s3] = residual.slopes;
        vec![
            Fact::fixed("slope-1", s1, 3),
            Fact::fixed("slope-2", s2, 3),
            Fact::fixed("slope-3", s3, 3),
            Fact::count("paths", residual.paths().len()),
            Fact::fixed("product", residual.backward, 3),
            Fact::fixed("plain", plain.backward, 3),
            Fact::percent("shortcut-share", outcome.share(), 0),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let Outcome { residual, plain, .. } = outcome;
        vec![
            Claim::below(
                "the products along all paths add up to the slope that \
                 backpropagation finds",
                (residual.sum() - residual.backward).abs(),
                1e-13,
            ),
            Claim::below(
                "they add up to the slope that is measured",
                (residual.sum() - residual.measured).abs(),
                1e-8,
            ),
            Claim::below(
                "without shortcuts the slope is one product",
                (plain.product() - plain.backward).abs(),
                1e-13,
            ),
            // No f64 but 1 itself lies so near to 1.
            Claim::below(
                "without its branches the network has a slope of exactly 1",
                (outcome.alone - 1.0).abs(),
                1e-16,
            ),
            Claim::above(
                "shortcuts make the slope many times larger",
                (residual.backward / plain.backward).abs(),
                5.0,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("The slope of three residual blocks, path by path")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([Panel::new(
                "With shortcuts: eight paths",
                outcome.residual.diagram(true),
            )])
            .row([Panel::new(
                "Without: one path",
                outcome.plain.diagram(false),
            )])
            .row([Panel::new(
                "The product along each path",
                outcome.products(),
            )])
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, shortcuts| {
            let params = Params::default();
            Sabotage::<Self>::new(what, params, move |params, progress| {
                found(shortcuts, params, progress)
            })
        };
        vec![
            with("no shortcut in the second block", [true, false, true]),
            with("a shortcut in the first block alone", [true, false, false]),
            Sabotage::<Self>::new(
                "slopes of tanh that are not multiplied by the weight",
                Params::default(),
                |params, progress| {
                    let mut outcome = found([true; 3], params, progress)?;
                    let Outcome { residual, plain, .. } = &mut outcome;
                    for chain in [residual, plain] {
                        let slopes = chain.slopes.iter_mut().zip(WEIGHTS);
                        slopes.for_each(|(slope, w)| *slope /= w);
                    }
                    Ok(outcome)
                },
            ),
        ]
    }
}

/// Both chains, where the first has only these shortcuts.
fn found(
    shortcuts: [bool; 3],
    params: &Params,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    progress.expect(3);
    let chain = |weights, shortcuts| {
        let chain = Chain::new(weights, shortcuts, params.x);
        progress.advance(1);
        chain
    };
    Ok(Outcome {
        params: params.clone(),
        residual: chain(WEIGHTS, shortcuts)?,
        plain: chain(WEIGHTS, [false; 3])?,
        alone: chain([0.0; 3], shortcuts)?.backward,
    })
}

/// A way through the blocks with shortcuts.
struct Path {
    /// Which branches it takes.
    branches: [bool; 3],
    product: f64,
}

impl Path {
    /// s₁s₃.
    fn name(&self) -> String {
        let names = ["s₁", "s₂", "s₃"];
        let taken = names.iter().zip(self.branches).filter(|(_, taken)| *taken);
        let name: String = taken.map(|(name, _)| *name).collect();
        if name.is_empty() { "shortcuts alone".into() } else { name }
    }
}

impl Chain {
    fn new(
        weights: [f64; 3],
        shortcuts: [bool; 3],
        x: f64,
    ) -> Result<Self, Stopped> {
        let layer = |(w, shortcut): (f64, bool)| {
            let f = Activation::Tanh;
            let dense = Dense::new(array![[w]], Array1::zeros(1), f)?;
            Ok(match shortcut {
                true => Layer::Residual { scale: 1.0, layers: vec![dense] },
                false => Layer::Dense(dense),
            })
        };
        let layers = weights.into_iter().zip(shortcuts).map(layer);
        let network = layers
            .collect::<Result<Vec<_>, _>>()
            .and_then(Network::new)
            .map_err(|why: slope::ShapeError| Stopped(why.to_string()))?;
        let trace = network.forward(&array![[x]]);
        let slope = |l: usize| weights[l] * trace.slope[l][(0, 0)];
        let y = |x: f64| network.output(&array![[x]])[(0, 0)];
        Ok(Self {
            values: trace.a.iter().map(|a| a[(0, 0)]).collect(),
            slopes: [slope(0), slope(1), slope(2)],
            backward: network.jacobian(&array![x])[(0, 0)],
            measured: (y(x + STEP) - y(x - STEP)) / (2.0 * STEP),
        })
    }

    /// All ways, where each block has a shortcut; the one that takes no
    /// branch first.
    fn paths(&self) -> Vec<Path> {
        let taken = [
            [false, false, false],
            [true, false, false],
            [false, true, false],
            [false, false, true],
            [true, true, false],
            [true, false, true],
            [false, true, true],
            [true, true, true],
        ];
        let path = |branches: [bool; 3]| {
            let slopes = self.slopes.iter().zip(branches);
            let factor =
                |(s, taken): (&f64, bool)| if taken { *s } else { 1.0 };
            Path { branches, product: slopes.map(factor).product() }
        };
        taken.map(path).into()
    }

    fn sum(&self) -> f64 {
        self.paths().iter().map(|path| path.product).sum()
    }

    fn product(&self) -> f64 {
        self.slopes.iter().product()
    }

    fn diagram(&self, shortcuts: bool) -> Diagram {
        let mut diagram = match shortcuts {
            true => Diagram::new()
                .forward("a branch tanh(w·h), and its slope s")
                .emphasis("the shortcuts: slope 1"),
            false => Diagram::new().forward("a layer, and its slope"),
        };
        for (column, (name, value)) in
            NAMES.iter().zip(&self.values).enumerate()
        {
            let value = match column {
                0 => given(*value),
                _ => fixed(*value),
            };
            let label = format!("{name} = {value}");
            diagram = diagram.node(Node::new(*name, (column, 0), label));
        }
        let marks = ["s₁ = ", "s₂ = ", "s₃ = "];
        for (ends, (mark, s)) in
            NAMES.windows(2).zip(marks.iter().zip(self.slopes))
        {
            let mark = if shortcuts { mark } else { "" };
            let branch = Edge::new(ends[0], ends[1]);
            let text = format!("{mark}{}", fixed(s));
            diagram = diagram.edge(branch.forward(text));
            if shortcuts {
                let shortcut = Edge::new(ends[0], ends[1]).forward("1");
                diagram = diagram.edge(shortcut.around().heavy());
            }
        }
        diagram
    }
}

impl Outcome {
    /// The part of the slope that the path along the shortcuts alone makes.
    fn share(&self) -> f64 {
        1.0 / self.residual.backward
    }

    fn products(&self) -> DotPlot {
        let mut plot = DotPlot::new(Axis::linear("product of slopes"))
            .dots("a dot for each path, and for their sum")
            .group("with shortcuts");
        for path in self.residual.paths() {
            plot = plot.row(path.name(), vec![path.product]);
            plot = plot.showing(fixed(path.product));
        }
        let [sum, product] = [self.residual.sum(), self.plain.product()];
        plot.row("all eight added", vec![sum])
            .showing(fixed(sum))
            .group("without")
            .row("the one path", vec![product])
            .showing(fixed(product))
    }

    fn finding(&self) -> String {
        let Outcome { residual, plain, .. } = self;
        let [slope, without] = [residual.backward, plain.backward].map(fixed);
        if ShortcutPaths::bears_out(self) {
            format!(
                "With a shortcut around each branch the slope is a sum over {} \
                 paths, {slope}. The path drawn heavily meets no weight and \
                 adds exactly 1. Without shortcuts only one path is left, \
                 with a slope of {without}.",
                residual.paths().len(),
            )
        } else {
            format!(
                "With shortcuts the slope at x = {} is {slope}, without them \
                 {without}.",
                self.params.x,
            )
        }
    }

    fn description(&self) -> String {
        let Outcome { residual, plain, .. } = self;
        let list = |values: &[f64]| {
            let values: Vec<_> = values.iter().copied().map(fixed).collect();
            values.join(", ")
        };
        format!(
            "Two rows of boxes from left to right, on a telephone from top to \
             bottom: x, h₁, h₂ and y. In the first, two arrows lead from each \
             box to the next: a straight one, the branch, with the slopes {}, \
             and a heavy arc above it, the shortcut, with slope 1. In the \
             second there are no arcs; the slopes are {}. Below, a dot for the \
             product along each of {} paths, from {}, the shortcuts alone, to \
             {}, all branches. Added up they make {}; without shortcuts the \
             one product is {}.",
            list(&residual.slopes),
            list(&plain.slopes),
            residual.paths().len(),
            fixed(residual.paths()[0].product),
            fixed(residual.product()),
            fixed(residual.sum()),
            fixed(plain.product()),
        )
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("network"),
            Column::new("path"),
            Column::new("first").digits(4),
            Column::new("second").digits(4),
            Column::new("third").digits(4),
            Column::new("product").digits(6),
        ]);
        for path in self.residual.paths() {
            let slopes = self.residual.slopes;
            let at = |l: usize| if path.branches[l] { slopes[l] } else { 1.0 };
            table.row([
                "with shortcuts".into(),
                path.name().into(),
                at(0).into(),
                at(1).into(),
                at(2).into(),
                path.product.into(),
            ]);
        }
        let [a, b, c] = self.plain.slopes;
        table.row([
            "without".into(),
            "all layers".into(),
            a.into(),
            b.into(),
            c.into(),
            self.plain.product().into(),
        ]);
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out in Python's floats, formula by formula.
    #[test]
    fn the_slopes_are_those_of_the_hand() {
        let run = ShortcutPaths::run(&Params::default(), &Progress::silent());
        let outcome = run.unwrap();
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        near(outcome.residual.slopes[1], -0.3017433953720801);
        near(outcome.residual.backward, 1.3283473296404846);
        near(outcome.plain.backward, -0.08645943888094429);
    }
}
