//! All weights zero is no minimum of a deep network of slope 1, but the
//! gradient there is zero. What kind of point is it, and does it hold a
//! training back?
//!
//! f = ½(w₁w₂ − 1)² and f = ½(w₁w₂w₃ − 1)², the smallest networks of two and
//! three layers: exact second derivatives at zero, and gradient descent from
//! weights drawn from U(−0.1, 0.1), near it. K. Kawaguchi, *Deep Learning without Poor
//! Local Minima*, NeurIPS 2016, arXiv:1605.07110, proves for the squared loss
//! of linear networks of any depth and widths that every local minimum is
//! global and every other critical point a saddle, and that saddles without a
//! negative eigenvalue exist beyond "three layers". (From its abstract, which
//! counts layers of units: its three are two layers of weights. The numbering
//! of the theorems and their conditions on the data were not re-checked.)
//!
//! See the chapter `linear-nets-learn-strangely`.

use ndarray::Array2;
use slope::rng::{Rng, Stream};

use crate::chain::{Chain, identity, loss, product};
use chart::{Axis, Cell, Chart, Column, Lines, Panel, Table};
use exact::statistics::{least, log_spaced, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// A loss below this counts as the bottom.
const BOTTOM: f64 = 1e-12;

/// Steps after which a training is given up.
const PATIENCE: usize = 100_000;

params! {
    /// What the trainings depend on.
    pub struct Params {
        /// Seed of the first start; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// Starts for each depth.
        seeds: usize = 20, in 1..=100, "Seeds";
        /// First weights are drawn from U(−reach, reach).
        reach: f64 = 0.1, in 0.01..=1.0, "Largest first weight";
        /// The step of gradient descent.
        lr: f64 = 0.05, in 1e-3..=0.1, "Learning rate";
    }
}

/// What a run is made of.
#[derive(Clone, Copy)]
struct Setup {
    /// Layers of the two networks.
    depths: [usize; 2],
    bend: fn(f64) -> (f64, f64),
    /// All weights at the point that is looked at.
    zero: f64,
    /// All weights a little way from it.
    aside: f64,
    /// The second derivatives, given pᵢpⱼ and (p − 1)pᵢⱼ.
    second: fn(f64, f64) -> f64,
    /// So many first weights, given the reach.
    start: fn(usize, f64, &mut Rng) -> Vec<f64>,
    /// Whether each layer has a bias in the training from zero.
    biased: bool,
}

const BOOK: Setup = Setup {
    depths: [2, 3],
    bend: identity,
    zero: 0.0,
    aside: 0.1,
    second: |both, mixed| both + mixed,
    start: |layers, reach, rng| {
        (0..layers).map(|_| rng.uniform_in(-reach, reach)).collect()
    },
    biased: false,
};

/// The experiment.
pub struct Saddles;

/// The trainings of one depth.
pub struct Depth {
    layers: usize,
    /// Of the second derivatives where all weights are zero, descending.
    eigenvalues: Vec<f64>,
    /// How much less the loss is where all weights are 0.1.
    gain: f64,
    /// By seed, the loss before each step, up to the first below [`BOTTOM`].
    losses: Vec<Vec<f64>>,
    /// From zero: the loss and the largest |weight or bias| after [`FROM_ZERO`] steps.
    from_zero: (f64, f64),
}

/// The step at which the drawn curves begin.
const FIRST_SHOWN: usize = 10;

/// Steps that are taken from zero.
const FROM_ZERO: usize = 1000;

/// What was found.
pub struct Outcome {
    params: Params,
    depths: Vec<Depth>,
}

impl Experiment for Saddles {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "saddles";
    const QUESTION: &'static str =
        "Can a network of slope 1 get stuck where all its weights are zero?";
    const CHAPTER: &'static str = "linear-nets-learn-strangely";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        run_with(params, progress, BOOK)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let [two, three] = &outcome.depths[..] else { return Vec::new() };
        vec![
            Fact::count("starts", outcome.params.seeds),
            Fact::fixed("two-eigenvalue-most", two.eigenvalues[0], 0),
            Fact::fixed("two-eigenvalue-least", two.eigenvalues[1], 0),
            Fact::fixed("three-eigenvalue-most", three.largest(), 0),
            Fact::fixed("loss-at-zero", two.from_zero.0, 1),
            Fact::count("two-arrived", two.arrivals().count()),
            Fact::count("three-arrived", three.arrivals().count()),
            Fact::count("two-steps-median", two.middle()),
            Fact::count("three-steps-median", three.middle()),
            Fact::count("two-steps-most", two.arrivals().max()),
            Fact::count("three-steps-most", three.arrivals().max()),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let [two, three] = &outcome.depths[..] else { return Vec::new() };
        let seeds = outcome.params.seeds;
        let moved = most(outcome.depths.iter().map(|d| d.from_zero.1));
        vec![
            Claim::below(
                "with two layers the curvatures at zero are −1 and 1",
                most([
                    (two.eigenvalues[0] - 1.0).abs(),
                    (two.eigenvalues[1] + 1.0).abs(),
                ]),
                1e-12,
            ),
            Claim::below(
                "with three layers zero has no curvature at all",
                three.largest(),
                1e-12,
            ),
            Claim::above(
                "there is a way down all the same",
                least([two.gain, three.gain]),
                1e-4,
            ),
            Claim::below(
                "but it begins flatter: at 0.1 hardly anything is gained",
                three.gain / two.gain,
                0.2,
            ),
            Claim::below(
                "from zero itself the loss stays where it is",
                most(outcome.depths.iter().map(|d| 0.5 - d.from_zero.0)),
                1e-12,
            ),
            Claim::equal(
                "from zero itself nothing ever moves",
                usize::from(moved > 0.0),
                0,
            ),
            Claim::equal(
                "every random start of two layers gets to the bottom",
                two.arrivals().count(),
                seeds,
            ),
            Claim::equal(
                "every random start of three layers does, too",
                three.arrivals().count(),
                seeds,
            ),
            Claim::above(
                "three layers take longer to leave the flat place",
                three.middle().unwrap_or(0) as f64
                    / two.middle().unwrap_or(0) as f64,
                1.5,
            )
            .between("reach", 0.05, 0.1),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("The loss of chains of two and three weights around zero")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([
                Panel::new("loss where all weights are equal", diagonal()),
                Panel::new(
                    "training from random weights near zero",
                    outcome.falls(),
                ),
            ])
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        outcome
            .depths
            .iter()
            .map(|depth| Series {
                name: format!(
                    "loss/{}-layers/seed-{}",
                    depth.layers, outcome.params.seed
                ),
                points: log_spaced(depth.losses[0].len() - 1)
                    .into_iter()
                    .map(|step| (step as u64, depth.losses[0][step]))
                    .collect(),
            })
            .collect()
    }

    fn domain() -> Vec<Span> {
        vec![Span::between("reach", 0.05, 0.2), Span::between("lr", 0.02, 0.1)]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let without = |name, hypothesis, says, setup: Setup| {
            sabotage(hypothesis, setup).counters(name, says)
        };
        vec![
            without(
                "biases",
                "there are no biases",
                "from zero itself the loss stays where it is",
                Setup { biased: true, ..BOOK },
            ),
            // w₁ + w₂ = 0 is kept, and on that line zero is a minimum.
            without(
                "opposite-start",
                "the first weights are drawn by chance",
                "every random start of two layers gets to the bottom",
                Setup {
                    start: |layers, reach, rng| {
                        let w = rng.uniform_in(-reach, reach);
                        let sides = [w, -w].into_iter().cycle();
                        sides.take(layers).collect()
                    },
                    ..BOOK
                },
            ),
        ]
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        vec![
            sabotage(
                "ReLU in the place of the identity",
                Setup { bend: relu, ..BOOK },
            ),
            sabotage(
                "the term of the error left out of the curvatures",
                Setup { second: |both, _| both, ..BOOK },
            ),
            sabotage(
                "weights of a tenth taken for zero",
                Setup { zero: 0.1, aside: 0.2, ..BOOK },
            ),
            sabotage(
                "a way to negative weights",
                Setup { aside: -0.1, ..BOOK },
            ),
            sabotage(
                "three layers counted by their units",
                Setup { depths: [2, 2], ..BOOK },
            ),
        ]
    }
}

fn sabotage(what: &'static str, setup: Setup) -> Sabotage<Saddles> {
    let few = Params { seeds: 5, ..Params::default() };
    Sabotage::new(what, few, move |params, progress| {
        run_with(params, progress, setup)
    })
}

fn relu(z: f64) -> (f64, f64) {
    if z > 0.0 { (z, 1.0) } else { (0.0, 0.0) }
}

fn run_with(
    params: &Params,
    progress: &Progress,
    setup: Setup,
) -> Result<Outcome, Stopped> {
    let Params { reach, lr, .. } = *params;
    let Setup { depths, bend, zero, aside, second, start, biased } = setup;
    progress.expect(depths.len() * params.seeds);
    let depth = |layers: usize| {
        let seeds = seeds(params.seed, params.seeds);
        let losses = parallel::results(seeds, |seed| {
            let mut rng = Rng::new(seed, Stream::Weights);
            let w = start(layers, reach, &mut rng);
            let losses = fall(Chain::new(w), lr, bend);
            progress.advance(1);
            losses
        });
        let at_zero = vec![zero; layers];
        Depth {
            layers,
            eigenvalues: eigenvalues(&hessian(&at_zero, second)),
            gain: loss(&at_zero) - loss(&vec![aside; layers]),
            losses,
            from_zero: from_zero(&at_zero, lr, bend, biased),
        }
    };
    Ok(Outcome { params: params.clone(), depths: depths.map(depth).into() })
}

/// The loss and the largest |weight or bias| after [`FROM_ZERO`] steps.
fn from_zero(
    w: &[f64],
    lr: f64,
    bend: fn(f64) -> (f64, f64),
    biased: bool,
) -> (f64, f64) {
    let mut left = f64::NAN;
    if biased {
        let (mut w, mut b) = (w.to_vec(), vec![0.0; w.len()]);
        for _ in 0..FROM_ZERO {
            left = descend_with_biases(&mut w, &mut b, lr);
        }
        return (left, most(w.iter().chain(&b).map(|value| value.abs())));
    }
    let mut chain = Chain::new(w.to_vec());
    for _ in 0..FROM_ZERO {
        left = chain.descend(lr, bend).0;
    }
    (left, most(chain.w.iter().map(|w| w.abs())))
}

/// A step on ½(z_L − 1)² with z_l = w_l·z_{l−1} + b_l and z_0 = 1; gives the
/// loss before.
fn descend_with_biases(w: &mut [f64], b: &mut [f64], lr: f64) -> f64 {
    let mut z = vec![1.0];
    for (w, b) in w.iter().zip(b.iter()) {
        z.push(w * z[z.len() - 1] + b);
    }
    let error = z[w.len()] - 1.0;
    let mut delta = error;
    for l in (0..w.len()).rev() {
        let back = delta * w[l];
        w[l] -= lr * delta * z[l];
        b[l] -= lr * delta;
        delta = back;
    }
    error * error / 2.0
}

/// The loss before each step until it is at the bottom, or will not be.
fn fall(mut chain: Chain, lr: f64, bend: fn(f64) -> (f64, f64)) -> Vec<f64> {
    let mut losses = Vec::new();
    while losses.len() < PATIENCE {
        let (loss, steepest) = chain.descend(lr, bend);
        losses.push(loss);
        // Where no weight has a gradient, no step changes anything.
        if loss < BOTTOM || steepest == 0.0 || !loss.is_finite() {
            break;
        }
    }
    losses
}

/// The second derivatives of f = ½(p − 1)² with p = w₁⋯w_L: ∂²f/∂wᵢ∂wⱼ =
/// pᵢpⱼ + (p − 1)pᵢⱼ, an index meaning a weight left out; pᵢᵢ = 0. The two
/// terms are added up by `second`.
fn hessian(w: &[f64], second: fn(f64, f64) -> f64) -> Array2<f64> {
    let error = product(w, |_| true) - 1.0;
    Array2::from_shape_fn((w.len(), w.len()), |(i, j)| {
        let both = product(w, |k| k != i) * product(w, |k| k != j);
        let mixed = if i == j { 0.0 } else { product(w, |k| k != i && k != j) };
        second(both, error * mixed)
    })
}

/// The eigenvalues of a symmetric H, descending: with c > ‖H‖, H + cI has
/// none below zero, and its singular values are they.
fn eigenvalues(h: &Array2<f64>) -> Vec<f64> {
    let c = 1.0 + slope::product::norm(h);
    let shifted = h + &(Array2::<f64>::eye(h.nrows()) * c);
    let values = probe::singular_values(&shifted).expect("a finite H");
    values.into_iter().map(|s| s - c).collect()
}

/// f along w₁ = w₂ = … = w, for one to three layers.
fn diagonal() -> Lines {
    let mut lines = Lines::new(
        Axis::linear("each weight"),
        Axis::linear("loss").between(0.0, 1.0),
    );
    for layers in [1, 2, 3] {
        let at = |i: i32| {
            let w = f64::from(i) / 40.0;
            (w, loss(&vec![w; layers]))
        };
        let curve: Vec<(f64, f64)> = (-48..=48).map(at).collect();
        lines = match layers {
            1 => lines.thin("1 layer", curve),
            n => lines.main(format!("{n} layers"), curve),
        };
    }
    lines
}

impl Depth {
    /// The largest |eigenvalue| at zero.
    fn largest(&self) -> f64 {
        most(self.eigenvalues.iter().map(|value| value.abs()))
    }

    /// Steps to the bottom of those that got there.
    fn arrivals(&self) -> impl Iterator<Item = usize> {
        let there = |losses: &&Vec<f64>| losses[losses.len() - 1] < BOTTOM;
        self.losses.iter().filter(there).map(|losses| losses.len() - 1)
    }

    /// The median number of steps, if all got there.
    fn middle(&self) -> Option<usize> {
        let all = self.arrivals().count() == self.losses.len();
        let middle = median(self.arrivals().map(|n| n as f64));
        all.then_some(middle.round() as usize)
    }
}

impl Outcome {
    fn falls(&self) -> Lines {
        let mut lines = Lines::new(
            Axis::log("step"),
            Axis::linear("loss").between(0.0, 0.6),
        );
        for depth in &self.depths {
            let name = format!("{} layers", depth.layers);
            for (i, losses) in depth.losses.iter().enumerate() {
                // The first steps change nothing that could be seen.
                let points = (FIRST_SHOWN..=losses.len())
                    .map(|step| (step as f64, losses[step - 1]))
                    .filter(|(_, loss)| loss.is_finite())
                    .collect();
                lines = match i {
                    0 => lines.main(&name, points),
                    _ => lines.thin_of(&name, points),
                };
            }
        }
        lines.threshold(self.depths[0].from_zero.0, "from zero: for ever")
    }

    fn finding(&self) -> String {
        let [two, three] = &self.depths[..] else { return String::new() };
        let seeds = self.params.seeds;
        let (there, also) = (two.arrivals().count(), three.arrivals().count());
        match (two.middle(), three.middle()) {
            (Some(few), Some(many)) if Saddles::bears_out(self) => {
                format!(
                    "Zero is a pass between valleys: curved down one way with \
                     two layers, flat with three. From zero itself nothing \
                     moves. All {} random starts get to the bottom, in {few} \
                     steps (median) with two layers and {many} with three.",
                    2 * seeds,
                )
            }
            _ => format!(
                "From zero nothing moves. Of {seeds} random starts each, \
                 {there} get to the bottom with two layers and {also} with \
                 three."
            ),
        }
    }

    fn description(&self) -> String {
        let mut text = String::from(
            "Two panels. Left, the loss where all weights are equal, from −1.2 \
             to 1.2. One layer: a parabola with its bottom at 1. Two layers: a \
             W with bottoms at −1 and 1 and a hump of height 0.5 at 0. Three \
             layers: a fall from the left that lies flat at 0.5 around 0, and \
             then goes down to 0 at 1. Right, over a logarithmic axis of steps, the \
             loss from random weights near zero.",
        );
        for depth in &self.depths {
            let arrivals: Vec<usize> = depth.arrivals().collect();
            text += &format!(
                " {} layers: {} of {} curves fall to the bottom",
                depth.layers,
                arrivals.len(),
                depth.losses.len(),
            );
            if let (Some(first), Some(last)) =
                (arrivals.iter().min(), arrivals.iter().max())
            {
                text += &format!(", after {first} to {last} steps");
            }
            text += ".";
        }
        text += " A dashed line at 0.5 is the loss from zero.";
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("layers"),
            Column::new("seed"),
            Column::new("loss at the start").digits(3),
            Column::new("steps to a loss below 1e-12"),
        ]);
        for depth in &self.depths {
            for (i, losses) in depth.losses.iter().enumerate() {
                let last = losses.len() - 1;
                let steps = (losses[last] < BOTTOM).then_some(last as f64);
                table.row([
                    Cell::Number(depth.layers as f64),
                    Cell::Number((self.params.seed + i as u64) as f64),
                    losses[0].into(),
                    steps.into(),
                ]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use study::experiment::failing;

    #[test]
    fn second_derivatives_are_those_of_the_loss() {
        let w = [0.7, -1.2, 0.4];
        let h = hessian(&w, BOOK.second);
        let d = 1e-4;
        let at = |i: usize, a: f64, j: usize, b: f64| {
            let mut w = w;
            w[i] += a;
            w[j] += b;
            loss(&w)
        };
        for i in 0..3 {
            for j in 0..3 {
                let numeric =
                    (at(i, d, j, d) - at(i, d, j, -d) - at(i, -d, j, d)
                        + at(i, -d, j, -d))
                        / (4.0 * d * d);
                assert!((h[(i, j)] - numeric).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn eigenvalues_of_a_symmetric_matrix_keep_their_signs() {
        let h = ndarray::array![[0.0, -1.0], [-1.0, 0.0]];
        let found = eigenvalues(&h);
        assert!((found[0] - 1.0).abs() < 1e-14);
        assert!((found[1] + 1.0).abs() < 1e-14);
    }

    /// At a minimum of two layers, w and 1/w: one flat direction, along the
    /// other minima, and w² + 1/w² across.
    #[test]
    fn minima_are_valleys() {
        let found = eigenvalues(&hessian(&[2.0, 0.5], BOOK.second));
        assert!((found[0] - 4.25).abs() < 1e-12);
        assert!(found[1].abs() < 1e-12);
    }

    #[test]
    fn starts_that_stay_where_they_are_can_be_drawn() {
        let setup = Setup { bend: relu, ..BOOK };
        let outcome = run_with(&Params::default(), &Progress::silent(), setup)
            .expect("it runs");
        assert_eq!(Saddles::chart(&outcome).check(), Ok(()));
    }

    #[test]
    fn other_seeds_bear_the_claims_out() {
        let params = Params { seed: 1000, ..Params::default() };
        let silent = Progress::silent();
        let outcome = Saddles::run(&params, &silent).expect("it runs");
        assert_eq!(failing::<Saddles>(&outcome), Vec::<String>::new());
    }
}
