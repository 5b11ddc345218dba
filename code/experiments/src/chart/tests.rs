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

/// A chart whose words hold all that XML, mdBook and formulas trip over.
fn worded(panel: impl Into<Plot>) -> Chart {
    let nasty = "a < b & \"c\"\n\n    costs $5 {{#fact x}} \\(y\\) 'd'";
    Chart::new(nasty).finding(nasty).description(nasty).panel(panel)
}

fn every_kind() -> Vec<Chart> {
    let row = (0..3).map(|i| Panel::new(format!("map {i}"), disc(40)));
    vec![
        worded(loss_curves()),
        worded(gaps()),
        worded(disc(80)),
        worded(loss_curves()).row(row).row([
            Panel::new("a rather long heading <of> a panel", gaps()),
            Panel::new("b", loss_curves()),
        ]),
    ]
}
