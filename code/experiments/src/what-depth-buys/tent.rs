//! How many linear pieces can depth make of few units?
//!
//! The tent m(x) = 2·relu(x) − 4·relu(x − ½) folds the interval from 0 to 1
//! once. Composed with itself it folds the fold, so each layer of two units
//! doubles the pieces (M. Telgarsky, *Benefits of depth in neural networks*,
//! COLT 2016, arXiv:1602.04485). Units side by side only add one piece each.
//! All numbers are multiples of powers of two, so the counts are exact.
//!
//! See the chapter `what-depth-buys`.
//!
//! Nothing here is random: there are no seeds to differ.

use ndarray::{Array1, Array2, array};
use slope::{Activation, Dense, Layer, Network};

use chart::{Axis, Chart, Column, Lines, NumberLine, Panel, Table};
use exact::statistics::{least, most};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    params,
    sabotage::Sabotage,
};

/// Rows that a picture can show: 64 pieces.
const SHOWN: usize = 6;

params! {
    /// What the fold depends on.
    pub struct Params {
        /// How often the tent is composed with itself.
        layers: usize = 10, in 2..=16, "Layers of two units";
    }
}

/// The experiment.
pub struct Tent;

/// A function of one input, cut where its slope changes.
pub struct Fold {
    network: Network,
    layers: usize,
    units: usize,
    /// Between 0 and 1, ascending.
    breaks: Vec<f64>,
    /// The slope of each piece.
    slopes: Vec<f64>,
}

/// What the folds came to.
pub struct Outcome {
    params: Params,
    /// From one layer to all.
    tents: Vec<Fold>,
    /// One layer with as many units as each of the tents.
    flat: Vec<Fold>,
    /// The deepest tent with f(x) = x in place of ReLU.
    straight: Fold,
}

impl Experiment for Tent {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "tent";
    const QUESTION: &'static str =
        "How many pieces can a deep network fold a line into?";
    const CHAPTER: &'static str = "what-depth-buys";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        folded(params, progress, &Tents::default())
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let (tent, flat) = outcome.deepest();
        vec![
            Fact::count("layers", tent.layers),
            Fact::count("units", tent.units),
            Fact::count("pieces", tent.pieces()),
            Fact::count("pieces-one-layer", flat.pieces()),
            Fact::count("slope", most(sizes(tent)) as usize),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let (tent, flat) = outcome.deepest();
        let whole = 1usize << tent.layers;
        let fraction = |at: &&f64| (**at * whole as f64).fract() != 0.0;
        vec![
            Claim::equal(
                "every layer of two units doubles the pieces",
                outcome
                    .tents
                    .iter()
                    .filter(|t| t.pieces() == 1 << t.layers)
                    .count(),
                outcome.params.layers,
            ),
            Claim::equal(
                "as many units in one layer make one piece each, and one more",
                flat.pieces(),
                flat.units + 1,
            ),
            Claim::equal(
                "with slope one everywhere there is one piece",
                outcome.straight.pieces(),
                1,
            ),
            Claim::equal(
                "the pieces are equally long, to the last bit",
                tent.breaks.iter().filter(fraction).count() + tent.pieces(),
                whole,
            ),
            Claim::equal(
                "and each is as steep as there are pieces",
                least(sizes(tent)).min(1e9) as usize,
                whole,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let few = outcome.params.layers.min(SHOWN);
        let mut line = NumberLine::new(Axis::linear("input x"), (0.0, 1.0))
            .pieces("linear pieces, every second one filled")
            .row("f(x) = x", outcome.straight.breaks.clone());
        for tent in &outcome.tents[..few] {
            let layers = match tent.layers {
                1 => "1 layer".to_string(),
                n => format!("{n} layers"),
            };
            line = line.row(layers, tent.breaks.clone());
        }
        let flat = &outcome.flat[few - 1];
        let name = format!("1 layer, {} units", flat.units);
        let line = line.row(name, flat.breaks.clone());
        let panel = |fold: &Fold, title: String| {
            let lines =
                Lines::new(Axis::linear("input x"), Axis::linear("output"))
                    .main("", fold.graph());
            Panel::new(title, lines)
        };
        let third = &outcome.tents[few.min(4) - 1];
        Chart::new("Pieces of the tent map by depth")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([
                panel(&outcome.tents[0], "1 layer".into()),
                panel(third, format!("{} layers", third.layers)),
            ])
            .panel(line)
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, tents: Tents| {
            let params = Params::default();
            Sabotage::<Self>::new(what, params, move |params, progress| {
                folded(params, progress, &tents)
            })
        };
        let relu = Tents::default();
        vec![
            with(
                "ReLU where the slope should be one",
                Tents { straight: Activation::Relu, ..relu },
            ),
            with("a tent of half the height", Tents { height: 0.5, ..relu }),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let straight = Activation::Identity;
        let tents = Tents { bent: straight, ..Tents::default() };
        vec![
            Sabotage::<Self>::new(
                "the units bend",
                Params::default(),
                move |params, progress| folded(params, progress, &tents),
            )
            .counters(
                "straight",
                "as many units in one layer make one piece each",
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![Span::any("layers")]
    }
}

/// What is folded.
#[derive(Clone, Copy)]
struct Tents {
    bent: Activation,
    straight: Activation,
    height: f64,
}

impl Default for Tents {
    fn default() -> Self {
        let (bent, straight) = (Activation::Relu, Activation::Identity);
        Self { bent, straight, height: 1.0 }
    }
}

fn folded(
    params: &Params,
    progress: &Progress,
    &Tents { bent, straight, height }: &Tents,
) -> Result<Outcome, Stopped> {
    progress.expect(params.layers);
    let mut tents = Vec::new();
    let mut flat = Vec::new();
    for layers in 1..=params.layers {
        tents.push(Fold::of(tent(layers, bent, height)?)?);
        flat.push(Fold::of(side_by_side(2 * layers, bent)?)?);
        progress.advance(1);
    }
    let straight = Fold::of(tent(params.layers, straight, height)?)?;
    Ok(Outcome { params: params.clone(), tents, flat, straight })
}

/// m∘…∘m: two units a layer, the weights 2 and −4 of one tent joined to the
/// shifts 0 and −½ of the next. With another height, as many times m.
fn tent(
    layers: usize,
    activation: Activation,
    height: f64,
) -> Result<Network, Stopped> {
    let fold = array![[2.0, -4.0], [2.0, -4.0]] * height;
    let shift = array![0.0, -0.5];
    let mut dense = vec![layer(array![[1.0], [1.0]], &shift, activation)?];
    for _ in 1..layers {
        dense.push(layer(fold.clone(), &shift, activation)?);
    }
    let sum = array![[2.0, -4.0]] * height;
    dense.push(layer(sum, &array![0.0], Activation::Identity)?);
    Network::new(dense).map_err(|why| Stopped(why.to_string()))
}

/// One layer whose units bend at equal distances, now up, now down.
fn side_by_side(
    units: usize,
    activation: Activation,
) -> Result<Network, Stopped> {
    let shift = |i: usize| -((i + 1) as f64) / (units + 1) as f64;
    let sign = |i: usize| if i.is_multiple_of(2) { 1.0 } else { -1.0 };
    let sum = Array2::from_shape_fn((1, units), |(_, i)| sign(i));
    let network = Network::new(vec![
        layer(
            Array2::ones((units, 1)),
            &Array1::from_iter((0..units).map(shift)),
            activation,
        )?,
        layer(sum, &array![0.0], Activation::Identity)?,
    ]);
    network.map_err(|why| Stopped(why.to_string()))
}

fn layer(
    w: Array2<f64>,
    b: &Array1<f64>,
    activation: Activation,
) -> Result<Layer, Stopped> {
    let dense = Dense::new(w, b.clone(), activation);
    dense.map(Layer::Dense).map_err(|why| Stopped(why.to_string()))
}

impl Fold {
    /// Cuts the function of a network where a unit switches and the slope
    /// changes.
    fn of(network: Network) -> Result<Self, Stopped> {
        let kinks = probe::kinks_along(&network, &array![0.0], &array![1.0]);
        let kinks = kinks.ok_or(Stopped("the network is smooth".into()))?;
        let mut ends = vec![0.0];
        ends.extend(kinks);
        ends.push(1.0);
        let x = Array2::from_shape_fn((ends.len(), 1), |(i, _)| ends[i]);
        let y = network.output(&x);
        let slope =
            |i: usize| (y[(i + 1, 0)] - y[(i, 0)]) / (ends[i + 1] - ends[i]);
        let (mut breaks, mut slopes) = (Vec::new(), vec![slope(0)]);
        for (i, end) in ends.iter().enumerate().take(ends.len() - 1).skip(1) {
            let before = slopes[slopes.len() - 1];
            // Less than any change of slope here, more than rounding.
            if (slope(i) - before).abs() > 1e-6 {
                breaks.push(*end);
                slopes.push(slope(i));
            }
        }
        let hidden = network.dense_layers().count() - 1;
        let units = network.dense_layers().take(hidden).map(|d| d.b.len());
        let (layers, units) = (hidden, units.sum());
        Ok(Self { network, layers, units, breaks, slopes })
    }

    fn pieces(&self) -> usize {
        self.breaks.len() + 1
    }

    /// The corners of the function, from 0 to 1.
    fn graph(&self) -> Vec<(f64, f64)> {
        let inside = self.breaks.iter().copied();
        let corners: Vec<f64> =
            [0.0].into_iter().chain(inside).chain([1.0]).collect();
        let x = Array2::from_shape_fn((corners.len(), 1), |(i, _)| corners[i]);
        let y = self.network.output(&x);
        corners.into_iter().zip(y).collect()
    }
}

fn sizes(fold: &Fold) -> impl Iterator<Item = f64> {
    fold.slopes.iter().map(|slope| slope.abs())
}

impl Outcome {
    fn deepest(&self) -> (&Fold, &Fold) {
        let last = self.params.layers - 1;
        (&self.tents[last], &self.flat[last])
    }

    fn finding(&self) -> String {
        let (tent, flat) = self.deepest();
        let (units, layers) = (tent.units, tent.layers);
        if Tent::bears_out(self) {
            format!(
                "Every layer of two units doubles the pieces: {layers} layers, \
                 {units} units in all, make {}. The same units in one layer \
                 make {}, and with slope one everywhere there is one piece.",
                tent.pieces(),
                flat.pieces(),
            )
        } else {
            format!(
                "{layers} layers with {units} units in all make {} pieces, the \
                 same units in one layer {}.",
                tent.pieces(),
                flat.pieces(),
            )
        }
    }

    fn description(&self) -> String {
        let mut text =
            "Above, the tent map, which rises from 0 to 1 and falls \
                        back to 0, and the same map composed with itself: a \
                        row of narrow equal tents. Below, the line from 0 to 1 \
                        cut into linear pieces, one row for each depth."
                .to_string();
        for tent in &self.tents {
            let (layers, pieces) = (tent.layers, tent.pieces());
            text += &format!(" Layers: {layers}, pieces: {pieces}.");
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("layers"),
            Column::new("units"),
            Column::new("pieces"),
            Column::new("slope"),
            Column::new("pieces of one layer with these units"),
        ]);
        for (tent, flat) in self.tents.iter().zip(&self.flat) {
            table.row([
                tent.layers.into(),
                tent.units.into(),
                tent.pieces().into(),
                most(sizes(tent)).into(),
                flat.pieces().into(),
            ]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// m(x) = 1 − |1 − 2x|, and composition is composition.
    #[test]
    fn the_network_is_the_tent_composed_with_itself() {
        let fold = Fold::of(tent(5, Activation::Relu, 1.0).unwrap()).unwrap();
        for i in 0..=64 {
            let start = f64::from(i) / 64.0;
            let value = (0..5).fold(start, |x, _| 1.0 - (1.0 - 2.0 * x).abs());
            assert_eq!(fold.network.output(&array![[start]])[(0, 0)], value);
        }
    }

    #[test]
    fn pieces_rise_and_fall_in_turn_between_0_and_1() {
        let fold = Fold::of(tent(7, Activation::Relu, 1.0).unwrap()).unwrap();
        assert!(fold.slopes.windows(2).all(|pair| pair[0] == -pair[1]));
        let ends = fold.graph();
        assert!(ends.iter().all(|(_, y)| *y == 0.0 || *y == 1.0));
    }

    #[test]
    fn every_depth_bears_the_claims_out() {
        for layers in [2, 5, 16] {
            let outcome = Tent::run(&Params { layers }, &Progress::silent());
            let claims = Tent::claims(&outcome.unwrap());
            assert!(claims.iter().all(|claim| claim.holds), "{claims:?}");
        }
    }
}
