//! What does ReLU destroy in a narrow layer?
//!
//! A spiral in the plane goes through a random matrix T into n dimensions,
//! there through ReLU or through nothing, and by the pseudo-inverse of T back
//! into the plane (M. Sandler and others, *MobileNetV2*, CVPR 2018,
//! arXiv:1801.04381, figure 1). ReLU halves what it leaves, so the picture
//! that comes back is also smaller; what is truly lost is what even the best
//! affine map from the n outputs to the plane does not get back.
//!
//! See the chapter `where-linear-belongs`.

use ndarray::{Array2, array};
use probe::linear_floor;
use slope::{
    Activation, Loss,
    data::Dataset,
    product::{a_b, at_b, norm},
    rng::{Rng, Stream},
    transcendental::{cos, sin},
};

use chart::{Axis, Chart, Column, DotPlot, Panel, Plane, Table};
use exact::statistics::{least, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    parallel, params,
    sabotage::Sabotage,
};

/// Dimensions of the layer, as in the paper.
const DIMENSIONS: [usize; 5] = [2, 3, 5, 15, 30];

params! {
    /// What the spiral goes through.
    pub struct Params {
        /// Seed of the matrices that are drawn; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many matrices of each size.
        seeds: usize = 20, in 1..=100, "Seeds";
        /// Points of the spiral.
        points: usize = 300, in 50..=2000, "Points";
        /// How often it winds around the origin.
        turns: f64 = 2.0, in 0.5..=5.0, "Turns";
    }
}

/// The experiment.
pub struct SpiralBottleneck;

/// What comes back of the spiral from a layer of one size.
pub struct Passage {
    dimensions: usize,
    /// By the pseudo-inverse, in the first seed's layer.
    returned: Array2<f64>,
    /// By seed, what the best affine map back leaves out, relative to the
    /// spiral.
    lost: Vec<f64>,
    /// By seed, how far the pseudo-inverse is off without ReLU.
    straight: Vec<f64>,
}

/// What came back.
pub struct Outcome {
    params: Params,
    spiral: Array2<f64>,
    passages: Vec<Passage>,
}

impl Experiment for SpiralBottleneck {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "spiral-bottleneck";
    const QUESTION: &'static str = "What does ReLU lose in a narrow layer?";
    const CHAPTER: &'static str = "where-linear-belongs";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        passed(params, progress, Layer::default())
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let [two, _, five, _, thirty] = &outcome.passages[..] else {
            return Vec::new();
        };
        let middle = |p: &Passage| median(p.lost.iter().copied());
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::percent("lost-2-median", middle(two), 0),
            Fact::percent("lost-2-least", least(two.lost.iter().copied()), 0)
                .least(),
            Fact::percent("lost-5-median", middle(five), 0),
            Fact::percent("lost-30-median", middle(thirty), 2),
            Fact::percent("lost-30-most", most(thirty.lost.iter().copied()), 2)
                .most(),
            Fact::scientific("straight-most", outcome.most_straight(), 1)
                .most(),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let lost = |n: usize| {
            let passage = outcome.passages.iter().find(|p| p.dimensions == n);
            passage.map(|p| p.lost.as_slice()).unwrap_or_default()
        };
        let pairs = lost(2).iter().zip(lost(30));
        vec![
            Claim::below(
                "without ReLU the spiral comes back, up to rounding",
                outcome.most_straight(),
                1e-10,
            ),
            Claim::above(
                "with ReLU in two dimensions every layer loses much of it",
                least(lost(2).iter().copied()),
                0.3,
            ),
            Claim::below(
                "in thirty dimensions every layer keeps nearly all",
                most(lost(30).iter().copied()),
                0.02,
            ),
            Claim::above(
                "each seed loses many times more in two than in thirty",
                least(pairs.map(|(two, thirty)| two / thirty)),
                20.0,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let whole = Panel::new("input", outcome.plane(&outcome.spiral));
        let panels = outcome.passages.iter().map(|p| {
            let title = format!("ReLU, n = {}", p.dimensions);
            Panel::new(title, outcome.plane(&p.returned))
        });
        let axis = Axis::linear("error, relative to the spiral");
        let mut dots = DotPlot::new(axis.including(0.0))
            .dots("one dot for each random matrix")
            .group("with ReLU, by the best affine map back");
        for passage in &outcome.passages {
            let name = format!("n = {}", passage.dimensions);
            let middle = median(passage.lost.iter().copied());
            dots =
                dots.row(name, passage.lost.clone()).showing(percent(middle));
        }
        let straight = outcome.passages.first().map(|p| p.straight.clone());
        dots = dots
            .group("f(x) = x, by the pseudo-inverse")
            .row("n = 2", straight.unwrap_or_default())
            .showing("rounding");
        Chart::new("A spiral through a layer and back")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([whole].into_iter().chain(panels))
            .panel(dots)
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, layer: Layer| {
            let few = Params { seeds: 5, points: 100, ..Params::default() };
            Sabotage::<Self>::new(what, few, move |params, progress| {
                passed(params, progress, layer)
            })
        };
        let relu = Layer::default();
        vec![
            with(
                "the identity in the place of ReLU",
                Layer { activation: Activation::Identity, ..relu },
            ),
            with(
                "the transpose in the place of the inverse",
                Layer {
                    back: |t| t.t().as_standard_layout().into_owned(),
                    ..relu
                },
            ),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        vec![
            Sabotage::<Self>::new(
                "the weights have both signs",
                Params { seeds: 5, points: 100, ..Params::default() },
                |params, progress| {
                    let weight = |rng: &mut Rng| rng.normal().abs();
                    passed(
                        params,
                        progress,
                        Layer { weight, ..Layer::default() },
                    )
                },
            )
            .counters(
                "positive",
                "in thirty dimensions every layer keeps nearly all",
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("points", 200.0, 1000.0),
            Span::between("turns", 1.5, 2.5),
            Span::between("seeds", 20.0, 20.0),
        ]
    }
}

/// What the spiral goes through, and by which matrix it comes back.
#[derive(Clone, Copy)]
struct Layer {
    weight: fn(&mut Rng) -> f64,
    activation: Activation,
    back: fn(&Array2<f64>) -> Array2<f64>,
}

impl Default for Layer {
    fn default() -> Self {
        Self {
            weight: Rng::normal,
            activation: Activation::Relu,
            back: right_inverse,
        }
    }
}

/// Sends the spiral through layers of every size.
fn passed(
    params: &Params,
    progress: &Progress,
    layer: Layer,
) -> Result<Outcome, Stopped> {
    progress.expect(DIMENSIONS.len() * params.seeds);
    let spiral = spiral(params.points, params.turns);
    let passages = DIMENSIONS.map(|n| {
        let seeds = (params.seed..).take(params.seeds);
        let all = parallel::all(seeds, |seed| {
            let back = Back::through(&spiral, n, layer, seed);
            progress.advance(1);
            back
        })?;
        let first = all.first().map(|back| back.returned.clone());
        Ok(Passage {
            dimensions: n,
            returned: first.unwrap_or_default(),
            lost: all.iter().map(|back| back.lost).collect(),
            straight: all.iter().map(|back| back.straight).collect(),
        })
    });
    let passages = passages.into_iter().collect::<Result<_, Stopped>>()?;
    Ok(Outcome { params: params.clone(), spiral, passages })
}

/// One passage there and back.
struct Back {
    returned: Array2<f64>,
    lost: f64,
    straight: f64,
}

impl Back {
    fn through(
        spiral: &Array2<f64>,
        dimensions: usize,
        layer: Layer,
        seed: u64,
    ) -> Result<Self, Stopped> {
        let mut rng = Rng::new(seed, Stream::Weights);
        let weight = || (layer.weight)(&mut rng);
        let t = Array2::from_shape_simple_fn((2, dimensions), weight);
        let back = (layer.back)(&t);
        let z = a_b(spiral, &t); // (points, n)
        let a = z.mapv(|z| layer.activation.value(z));
        let data = Dataset::new(a.clone(), spiral.clone())
            .map_err(|why| Stopped(why.to_string()))?;
        let best = linear_floor(Loss::Mse, &data).map_err(|why| {
            Stopped(format!("seed {seed}, {dimensions} dimensions: {why}"))
        })?;
        let off = |found: &Array2<f64>| norm(&(found - spiral)) / norm(spiral);
        Ok(Self {
            returned: a_b(&a, &back),
            lost: off(&best.map.output(&a)),
            straight: off(&a_b(&z, &back)),
        })
    }
}

/// Archimedes' spiral, from the origin to distance 1: r = angle/last angle.
fn spiral(points: usize, turns: f64) -> Array2<f64> {
    let last = std::f64::consts::TAU * turns;
    Array2::from_shape_fn((points, 2), |(i, j)| {
        let r = (i + 1) as f64 / points as f64;
        r * if j == 0 { cos(r * last) } else { sin(r * last) }
    })
}

/// Tᵀ(TTᵀ)⁻¹ of a matrix T of two rows, so that x·T times it is x. The
/// inverse of a 2×2 matrix is written out.
fn right_inverse(t: &Array2<f64>) -> Array2<f64> {
    let gram = a_b(t, &t.t().to_owned());
    let (a, b, d) = (gram[(0, 0)], gram[(0, 1)], gram[(1, 1)]);
    let determinant = a * d - b * b;
    let inverse = array![[d, -b], [-b, a]] / determinant;
    at_b(t, &inverse)
}

/// Two digits, as far as a reader wants them.
fn percent(share: f64) -> String {
    let digits = if share < 0.01 { 2 } else { 0 };
    format!("{:.digits$}\u{a0}%", 100.0 * share)
}

impl Outcome {
    fn most_straight(&self) -> f64 {
        most(self.passages.iter().flat_map(|p| p.straight.iter().copied()))
    }

    fn plane(&self, returned: &Array2<f64>) -> Plane {
        let points = |of: &Array2<f64>| -> Vec<(f64, f64)> {
            of.rows().into_iter().map(|row| (row[0], row[1])).collect()
        };
        let side = || Axis::linear("").between(-1.15, 1.15);
        Plane::new(side(), side())
            .thin("the spiral", points(&self.spiral))
            .main("what comes back by the pseudo-inverse", points(returned))
    }

    fn finding(&self) -> String {
        let middle = |p: &Passage| percent(median(p.lost.iter().copied()));
        let (Some(two), Some(thirty)) =
            (self.passages.first(), self.passages.last())
        else {
            return String::new();
        };
        let (two, thirty) = (middle(two), middle(thirty));
        if SpiralBottleneck::bears_out(self) {
            format!(
                "In two dimensions ReLU flattens most of the plane, and no \
                 affine map undoes it: the best one brings the spiral back \
                 with a median error of {two}, from 30 dimensions of {thirty}. \
                 Without an activation two dimensions are enough.",
            )
        } else {
            format!(
                "From n = 2 dimensions after ReLU the best affine map brings \
                 the spiral back with a median error of {two}, from 30 of \
                 {thirty}.",
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Six small planes. The first shows a spiral of {} turns. The \
             others show what comes back of it through ReLU in 2, 3, 5, 15 \
             and 30 dimensions: at first pieces of it squeezed into a wedge \
             or a line, at last the whole spiral at about half its size. \
             Below, dots for the part that the best affine map cannot bring \
             back.",
            self.params.turns
        );
        for p in &self.passages {
            text += &format!(
                " Dimensions: {}, from {:.3} to {:.3}, median {:.3}.",
                p.dimensions,
                least(p.lost.iter().copied()),
                most(p.lost.iter().copied()),
                median(p.lost.iter().copied()),
            );
        }
        text + &format!(
            " Without ReLU at most {} is lost.",
            Fact::scientific("", self.most_straight(), 1).most().text()
        )
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("dimensions"),
            Column::new("seed"),
            Column::new("lost with ReLU").digits(3),
            Column::new("lost with f(x) = x").digits(2),
        ]);
        for p in &self.passages {
            let pairs = p.lost.iter().zip(&p.straight);
            for (i, (lost, straight)) in pairs.enumerate() {
                table.row([
                    p.dimensions.into(),
                    (self.params.seed as usize + i).into(),
                    (*lost).into(),
                    (*straight).into(),
                ]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// relu(z) − relu(−z) = z: with T and −T side by side nothing is lost.
    #[test]
    fn pairs_of_opposite_units_lose_nothing() {
        let x = spiral(100, 2.0);
        let t = array![[0.3, -1.2, -0.3, 1.2], [0.9, 0.4, -0.9, -0.4]];
        let a = a_b(&x, &t).mapv(|z| Activation::Relu.value(z));
        let data = Dataset::new(a.clone(), x.clone()).unwrap();
        let best = linear_floor(Loss::Mse, &data).unwrap();
        assert!(norm(&(best.map.output(&a) - &x)) < 1e-12);
    }

    #[test]
    fn the_right_inverse_undoes_the_matrix() {
        let t = array![[1.0, 2.0, -0.5], [0.3, -1.0, 4.0]];
        let one = a_b(&t, &right_inverse(&t));
        assert!(norm(&(one - Array2::<f64>::eye(2))) < 1e-15);
    }

    #[test]
    fn the_spiral_ends_at_distance_one_and_keeps_its_distances() {
        let x = spiral(64, 1.5);
        for (i, row) in x.rows().into_iter().enumerate() {
            let r = (row[0] * row[0] + row[1] * row[1]).sqrt();
            assert!((r - (i + 1) as f64 / 64.0).abs() < 1e-15);
        }
    }
}
