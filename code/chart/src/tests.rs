//! What must hold of every picture, whatever it shows.

mod drawing;
mod labels;
mod stylesheet;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::*;

const LAYOUTS: [Layout; 2] = [Layout::Wide, Layout::Narrow];

fn random(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

fn falling(steps: i32, floor: f64) -> Vec<(f64, f64)> {
    let at = |i: i32| (f64::from(i), floor + 1.0 / f64::from(i));
    (1..=steps).map(at).collect()
}

fn loss_curves() -> Lines {
    Lines::new(Axis::log("epoch"), Axis::linear("loss (nats)"))
        .main("seed 0", falling(200, 0.1))
        .thin("other seeds", falling(200, 0.2))
        .thin("other seeds", falling(200, 0.3))
        .reference_of("seed 0", "its floor", vec![(1.0, 0.1), (200.0, 0.1)])
        .threshold(0.276, "logistic regression")
        .event(75.0, "epoch 75")
}

fn gaps() -> DotPlot {
    DotPlot::new(Axis::log("largest gap").with_zero())
        .dots("One dot per seed")
        .group("identity")
        .row("2 layers", vec![0.0, 3e-16, 4e-16, 4e-16])
        .row("5 layers", vec![4.2e-15, 5e-15, 6.2e-15])
        .group("tanh")
        .row("5 layers", vec![0.31, 0.42, 0.36])
        .showing("0.36 ± 0.05")
        .threshold(1e-13, "rounding stays below 1e-13")
}

fn disc(points: usize) -> Regions {
    let mut random = random(1);
    let mut draw = |n: usize| -> Vec<(f64, f64)> {
        let mut one = || 2.0 * random.random::<f64>() - 1.0;
        (0..n).map(|_| (one(), one())).collect()
    };
    let (first, second) = (draw(points / 2), draw(points - points / 2));
    let side = (-1.0, 1.0);
    Regions::sample(side, side, 40, 0.0, |x, y| 0.5 - x * x - y * y)
        .class("outside", first)
        .class("inside", second)
}

fn ring() -> Plane {
    let circle = |radius: f64| {
        let at = |i: i32| 0.1 * f64::from(i);
        let point = |t: f64| (radius * libm::cos(t), radius * libm::sin(t));
        (0..=63).map(|i| point(at(i))).collect::<Vec<_>>()
    };
    Plane::new(Axis::linear("x₁"), Axis::linear("x₂"))
        .main("through ReLU", circle(0.7))
        .main("through tanh", circle(0.5))
        .thin("input", circle(1.0))
        .reference("its half", circle(0.5))
        .points("samples", vec![(0.2, 0.1), (0.4, 0.9)])
}

fn halves() -> NumberLine {
    let cut = |n: i32| (1..n).map(|i| f64::from(i) / f64::from(n)).collect();
    NumberLine::new(Axis::linear("input x"), (0.0, 1.0))
        .pieces("linear pieces, every second one filled")
        .row("identity", cut(1))
        .row("2 layers", cut(4))
        .row("11 layers", cut(2048))
}

fn two_two_one() -> Diagram {
    let node = |key: &str, place, label: &str| {
        Node::new(key, place, label).forward("0.599").backward("−0.020")
    };
    let edge =
        |a: &str, b: &str| Edge::new(a, b).forward("0.5").backward("−0.020");
    Diagram::new()
        .forward("forward: weights and values")
        .backward("backward: slopes of the loss")
        .node(Node::new("x1", (0, 0), "x₁ = 1"))
        .node(Node::new("x2", (0, 1), "x₂ = 0.5"))
        .node(node("h1", (1, 0), "h₁"))
        .node(node("h2", (1, 1), "h₂"))
        .node(node("y", (2, 0), "y").half_a_row_on())
        .edge(edge("x1", "h1"))
        .edge(edge("x1", "h2"))
        .edge(edge("x2", "h1"))
        .edge(edge("x2", "h2"))
        .edge(edge("h1", "y"))
        .edge(edge("h2", "y"))
}

fn shortcut() -> Diagram {
    Diagram::new()
        .emphasis("the shortcut")
        .node(Node::new("h", (0, 0), "h"))
        .node(Node::new("f", (1, 0), "f(Wh + b)"))
        .node(Node::new("sum", (2, 0), "+"))
        .edge(Edge::new("h", "f"))
        .edge(Edge::new("f", "sum").forward("f").backward("× f′W"))
        .edge(
            Edge::new("h", "sum").forward("h").backward("× 1").around().heavy(),
        )
}

fn weights() -> Strips {
    let matrix = |n: i32, m: i32| -> Vec<Vec<f64>> {
        let at = |i: i32, j: i32| f64::from((7 * i + 3 * j) % 11 - 5) / 5.0;
        (0..n).map(|i| (0..m).map(|j| at(i, j)).collect()).collect()
    };
    Strips::diverging(Axis::linear("weight"))
        .strip("layer 1", matrix(8, 2))
        .strip("layer 2", matrix(8, 8))
        .strip("layer 3", matrix(1, 8))
}

fn norms() -> Strips {
    let falling = (0..20).map(|l| 1.0 / f64::from(1 << l)).collect();
    Strips::sequential(Axis::log("gradient norm"))
        .strip("layers 1 to 20, sigmoid", vec![falling])
        .strip("layers 1 to 20, identity", vec![vec![1.0; 20]])
}

/// A chart whose words hold all that XML, mdBook and formulas trip over.
fn worded(panel: impl Into<Plot>) -> Chart {
    let nasty = "a < b & \"c\"\n\n    costs $5 {{#fact x}} \\(y\\) 'd'";
    Chart::new(nasty).finding(nasty).description(nasty).panel(panel)
}

fn pictures() -> Images {
    let bar = |at: usize| {
        let row: Vec<f64> = (0..8).map(|i| f64::from(i == at)).collect();
        vec![row; 8]
    };
    (0..12).fold(Images::new(1.0).per_line(6), |images, i| {
        images.image(format!("{i}, not {}", i % 3), bar(i % 8))
    })
}

fn every_kind() -> Vec<Chart> {
    let row = (0..3).map(|i| Panel::new(format!("map {i}"), disc(40)));
    let planes = (0..6).map(|i| Panel::new(format!("plane {i}"), ring()));
    vec![
        worded(loss_curves()),
        worded(gaps()),
        worded(disc(80)),
        worded(ring()).row(planes),
        worded(halves()),
        worded(two_two_one()).row([
            Panel::new("shortcut", shortcut()),
            Panel::new("weights", weights()),
        ]),
        worded(weights()).panel(norms()).panel(shortcut()),
        worded(pictures()),
        worded(loss_curves()).row(row).row([
            Panel::new("a rather long heading <of> a panel", gaps()),
            Panel::new("b", loss_curves()),
        ]),
    ]
}
