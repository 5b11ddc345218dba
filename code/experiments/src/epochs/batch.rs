//! A batch on its way through a layer: one row for each example.
//!
//! z = x·wᵀ + b. The weights and biases are those of the layer that the chapter
//! `one-neuron` draws, and the first example is the one that it computes. See
//! the chapter `epochs`.
//!
//! Nothing here is random: there are no seeds to differ.

use ndarray::{Array1, Array2, array};
use slope::product::affine;

use crate::{label::rounded, one_neuron::neuron::weights_and_biases};
use chart::{Cell, Chart, Column, Diagram, Edge, Node, Panel, Table};
use exact::statistics::{mean, most};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    params,
    sabotage::Sabotage,
};

params! {
    /// The first example.
    pub struct Params {
        /// Its first input.
        x1: f64 = 1.0, in -5.0..=5.0, "x₁";
        /// Its second input.
        x2: f64 = 2.0, in -5.0..=5.0, "x₂";
    }
}

/// The experiment.
pub struct Batched;

/// What the layer makes of the batch.
pub struct Outcome {
    /// (examples, inputs)
    x: Array2<f64>,
    /// (units, inputs)
    w: Array2<f64>,
    b: Array1<f64>,
    /// (examples, units)
    z: Array2<f64>,
    /// The same, each example by itself.
    alone: Array2<f64>,
    /// The same, each number by itself, term by term.
    by_hand: Array2<f64>,
}

impl Experiment for Batched {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "batch";
    const QUESTION: &'static str = "How does a batch pass through a layer?";
    const CHAPTER: &'static str = "epochs";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        progress.expect(1);
        let outcome = outcome(params, BOOK);
        progress.advance(1);
        Ok(outcome)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        vec![
            Fact::count("examples", outcome.x.nrows()),
            Fact::count("units", outcome.w.nrows()),
            Fact::count("sums", outcome.z.len()),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let off = |other: &Array2<f64>| {
            let pairs = outcome.z.iter().zip(other);
            most(pairs.map(|(a, b)| (a - b).abs()))
        };
        vec![
            Claim::below(
                "in a batch an example has the sums that it has alone",
                off(&outcome.alone),
                1e-12,
            ),
            Claim::below(
                "a sum is that of one row of x and one of w, and a bias",
                off(&outcome.by_hand),
                1e-12,
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![Span::any("x1"), Span::any("x2")]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let shape = |name, a: &Array2<f64>| {
            format!("{name} ({}, {})", a.nrows(), a.ncols())
        };
        let Outcome { x, w, z, b, .. } = outcome;
        let [x, w, z] =
            [("x", x), ("w", w), ("z", z)].map(|(n, a)| shape(n, a));
        let title = format!("{x}, {w} and b ({}) give {z}", b.len());
        Chart::new("A batch and a layer")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([Panel::new(title, outcome.drawn())])
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, change: fn(&mut Rules)| {
            Sabotage::<Self>::new(what, Params::default(), {
                move |params, _| {
                    let mut rules = BOOK;
                    change(&mut rules);
                    Ok(outcome(params, rules))
                }
            })
        };
        vec![
            with("examples from which the mean of their batch is taken", |r| {
                r.before = centred;
            }),
            with("a bias that is not added", |rules| rules.bias = 0.0),
        ]
    }
}

/// What the book's run does, and a sabotage may change.
#[derive(Clone, Copy)]
struct Rules {
    /// What happens to a batch before the layer.
    before: fn(&Array2<f64>) -> Array2<f64>,
    /// By what the bias of a sum by hand is multiplied.
    bias: f64,
}

const BOOK: Rules = Rules { before: Clone::clone, bias: 1.0 };

fn centred(x: &Array2<f64>) -> Array2<f64> {
    let mut x = x.clone();
    for mut column in x.columns_mut() {
        let middle = mean(column.iter().copied());
        column.mapv_inplace(|value| value - middle);
    }
    x
}

fn outcome(params: &Params, rules: Rules) -> Outcome {
    let x = array![[params.x1, params.x2], [0.0, 1.0], [2.0, 0.0], [-1.0, 0.0]];
    let (w, b) = weights_and_biases();
    let layer = |x: &Array2<f64>| affine(&(rules.before)(x), &w, &b);
    let z = layer(&x);
    let mut alone = Array2::zeros(z.raw_dim());
    for (row, mut z) in x.rows().into_iter().zip(alone.rows_mut()) {
        let one = array![[row[0], row[1]]];
        z.assign(&layer(&one).row(0));
    }
    let rows = (rules.before)(&x);
    let by_hand = Array2::from_shape_fn(z.raw_dim(), |(example, unit)| {
        let terms = [0, 1].map(|k| rows[(example, k)] * w[(unit, k)]);
        terms[0] + terms[1] + rules.bias * b[unit]
    });
    Outcome { x, w, b, z, alone, by_hand }
}

/// Numbers as a sentence has them.
fn listed<'a>(values: impl IntoIterator<Item = &'a f64>) -> String {
    joined(values, ", ")
}

/// Numbers as a box has room for them.
fn spaced<'a>(values: impl IntoIterator<Item = &'a f64>) -> String {
    joined(values, " ")
}

fn joined<'a>(
    values: impl IntoIterator<Item = &'a f64>,
    between: &str,
) -> String {
    let texts = values.into_iter().map(|value| rounded(*value, 2));
    texts.collect::<Vec<_>>().join(between)
}

impl Outcome {
    fn drawn(&self) -> Diagram {
        let mut diagram = Diagram::new()
            .forward("each row meets each unit")
            .emphasis("the first row, and its sum in each unit");
        let rows = self.x.rows().into_iter().zip(self.z.rows());
        for (row, (x, z)) in rows.enumerate() {
            let [from, to] = ["x", "z"].map(|name| format!("{name}{row}"));
            let label = |name| format!("{name}, row {}", row + 1);
            let input = Node::new(from, (0, row), label("x"));
            let output = Node::new(to, (2, row), label("z"));
            diagram = diagram
                .node(input.forward(spaced(x)))
                .node(output.forward(spaced(z)));
        }
        for (unit, w) in self.w.rows().into_iter().enumerate() {
            let name = format!("unit {}", unit + 1);
            let node = Node::new(name.clone(), (1, unit), name.clone());
            let bias = format!("b: {}", rounded(self.b[unit], 2));
            diagram = diagram
                .node(node.half_a_row_on().forward(spaced(w)).forward(bias));
            for row in 0..self.x.nrows() {
                let into = Edge::new(format!("x{row}"), name.clone());
                let out = Edge::new(name.clone(), format!("z{row}"));
                let sum = rounded(self.z[(row, unit)], 2);
                diagram = match row {
                    0 => diagram
                        .edge(into.heavy())
                        .edge(out.heavy().forward(sum)),
                    _ => diagram.edge(into).edge(out),
                };
            }
        }
        diagram
    }

    fn finding(&self) -> String {
        format!(
            "Each row of x is an example. Each of the {} units turns it into \
             one number, its column in the row of z: the first row, {}, \
             becomes {}. No row looks at another.",
            self.w.nrows(),
            listed(self.x.row(0)),
            listed(self.z.row(0)),
        )
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Boxes in three groups, with arrows from each box to each of the \
             next group: the {} rows of x, {} units, and as many rows of z as \
             of x. The arrows from the first row of x and to the first row of \
             z are heavy.",
            self.x.nrows(),
            self.w.nrows(),
        );
        for (unit, w) in self.w.rows().into_iter().enumerate() {
            text += &format!(
                " Unit {} has the weights {} and the bias {}.",
                unit + 1,
                listed(w),
                rounded(self.b[unit], 2),
            );
        }
        for (x, z) in self.x.rows().into_iter().zip(self.z.rows()) {
            text += &format!(" From {} to {}.", listed(x), listed(z));
        }
        text
    }

    fn table(&self) -> Table {
        let names = ["example", "x₁", "x₂", "z₁", "z₂", "z₃"];
        let mut table = Table::new(names.map(Column::new));
        let rows = self.x.rows().into_iter().zip(self.z.rows());
        for (row, (x, z)) in rows.enumerate() {
            let numbers = x.iter().chain(z).copied();
            let first = [Cell::Number((row + 1) as f64)];
            table.row(first.into_iter().chain(numbers.map(Cell::Number)));
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0.5·1 − 1·2 + 1 = −0.5 is the neuron of the chapter before.
    #[test]
    fn the_first_row_is_that_of_the_layer_drawn_before() {
        let found = outcome(&Params::default(), BOOK);
        assert_eq!(found.z.row(0).to_vec(), [-0.5, 2.0, 0.0]);
        assert_eq!(found.z.row(3).to_vec(), [0.5, -1.0, 0.0]);
    }
}
