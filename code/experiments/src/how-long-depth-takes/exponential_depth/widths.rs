//! The same chains with more than one unit in each layer: what of the time is
//! depth's, and what is that of so narrow layers?
//!
//! The length of a vector takes a factor from each Gaussian layer whose
//! logarithm has a mean of about −1/2h and a variance of about 1/2h at width h,
//! so that both grow as depth over width: B. Hanin, M. Nica, *Products of Many
//! Large Random Matrices and Gradients in Deep Neural Networks*, Communications
//! in Mathematical Physics 376, 2020, arXiv:1812.05994.

use ndarray::Array2;
use slope::{
    Init,
    rng::{Rng, Stream},
    transcendental::pow,
};

use super::End;
use crate::{
    chain::{Chain, identity},
    stack::Stack,
};
use chart::{Axis, Cell, Lines, Table};
use study::{experiment::Progress, parallel};

/// Units in each hidden layer.
pub const WIDTHS: [usize; 4] = [1, 4, 16, 64];

/// Layers; a chain of single units has too long a time beyond [`NARROWEST`].
pub const DEPTHS: [usize; 6] = [2, 4, 7, 14, 28, 56];
const NARROWEST: usize = 14;

/// The rates tried are 2ᵏ over width times depth, for these k: the slope of
/// the output in all weights has a squared length of about that product. What
/// is slower than the best so far need not be finished, so that the likeliest
/// come first.
pub const RATES: [i32; 5] = [1, 0, 2, -1, 3];

/// A loss below this counts as converged: with so few steps a larger one is
/// met by chance.
const CONVERGED: f64 = 1e-4;

/// Starts of each width and depth; of single units there are more, since their
/// times lie so far apart.
pub const STARTS: usize = 20;

/// How the cells are made.
#[derive(Clone, Copy)]
pub struct Setup {
    /// What is built where [`WIDTHS`] says so much.
    pub widths: [usize; 4],
    /// The matrix of a layer between two that are so wide.
    pub inner: fn(usize, &mut Rng) -> Array2<f64>,
    /// The rates tried, given width times depth.
    pub rates: fn(f64) -> Vec<f64>,
}

/// What the book has.
pub const BOOK: Setup = Setup { widths: WIDTHS, inner: gaussian, rates };

/// Variance one over the number of inputs.
fn gaussian(width: usize, rng: &mut Rng) -> Array2<f64> {
    Init::LecunNormal.weights(width, width, rng)
}

fn rates(size: f64) -> Vec<f64> {
    RATES.map(|k| pow(2.0, f64::from(k)) / size).to_vec()
}

/// The trainings of one width and depth with the rate of the least median.
#[derive(Clone)]
pub struct Tuned {
    pub width: usize,
    pub depth: usize,
    pub lr: f64,
    /// Whether no rate tried was larger, or none smaller.
    pub at_the_edge: bool,
    /// By seed.
    pub ends: Vec<End>,
}

impl Tuned {
    /// The median number of steps, if most converge.
    pub fn median(&self) -> Option<f64> {
        super::middle(&self.ends)
    }

    pub fn lost(&self) -> usize {
        let lost = |end: &&End| !matches!(end, End::Converged(_));
        self.ends.iter().filter(lost).count()
    }
}

/// x = 1 through matrices W₁ (h, 1), … (h, h), W_L (1, h) to a target of 1.
struct Wide(Stack);

impl Wide {
    fn drawn(
        depth: usize,
        width: usize,
        inner: fn(usize, &mut Rng) -> Array2<f64>,
        rng: &mut Rng,
    ) -> Self {
        let mut w = vec![Init::LecunNormal.weights(width, 1, rng)];
        w.extend((2..depth).map(|_| inner(width, rng)));
        w.push(Init::LecunNormal.weights(1, width, rng));
        Self(Stack { w })
    }

    /// One step of gradient descent on ½(output − 1)²; gives the loss before.
    fn descend(&mut self, lr: f64) -> f64 {
        let Self(stack) = self;
        let products = stack.products();
        let error = &products[products.len() - 1] - 1.0; // dL/dW, since x = 1
        let loss = error[(0, 0)] * error[(0, 0)] / 2.0;
        let gradient = stack.gradient(&products, error);
        for (w, d) in stack.w.iter_mut().rev().zip(&gradient) {
            w.scaled_add(-lr, d);
        }
        loss
    }
}

/// How a training ends that may take so many steps.
fn end(mut descend: impl FnMut() -> f64, patience: usize) -> End {
    for step in 0..=patience {
        let loss = descend();
        if loss < CONVERGED {
            return End::Converged(step);
        } else if !loss.is_finite() {
            return End::Diverged;
        }
    }
    End::GivenUp
}

fn trained(
    (depth, width): (usize, usize),
    setup: Setup,
    lr: f64,
    seed: u64,
    patience: usize,
) -> End {
    let mut rng = Rng::new(seed, Stream::Weights);
    if width == 1 {
        // The same numbers, without the matrices.
        let w = (0..depth).map(|_| (setup.inner)(1, &mut rng)[(0, 0)]);
        let mut chain = Chain::new(w.collect());
        return end(|| chain.descend(lr, identity).0, patience);
    }
    let mut wide = Wide::drawn(depth, width, setup.inner, &mut rng);
    end(|| wide.descend(lr), patience)
}

/// Every width and depth with its best rate.
pub fn tuned(
    first: u64,
    seeds: usize,
    patience: usize,
    progress: &Progress,
    setup: Setup,
) -> Vec<Tuned> {
    let built = WIDTHS.iter().zip(setup.widths);
    let cells: Vec<_> = built
        .flat_map(|(&width, built)| {
            let depths = DEPTHS.into_iter();
            let depths = depths.filter(move |d| width > 1 || *d <= NARROWEST);
            depths.map(move |depth| (width, depth, built))
        })
        .collect();
    progress.expect(cells.len());
    parallel::results(cells, |(width, depth, built)| {
        // A step of matrices costs a hundred times as much as one of numbers.
        let (starts, patience) = match width {
            1 => (seeds, patience),
            _ => (seeds.min(STARTS), patience / 20),
        };
        let seeds = first..first + starts as u64;
        let rates = (setup.rates)((built * depth) as f64);
        let train = |lr: f64, seed: u64, patience: usize| {
            trained((depth, built), setup, lr, seed, patience)
        };
        let (lr, ends) = fastest(&rates, seeds, patience, train);
        progress.advance(1);
        let inside = |than: fn(&f64, &f64) -> bool| {
            rates.iter().any(|other| than(other, &lr))
        };
        let at_the_edge = !inside(f64::lt) || !inside(f64::gt);
        Tuned { width, depth, lr, at_the_edge, ends }
    })
}

/// The rate with the least median, and how its trainings end.
fn fastest(
    rates: &[f64],
    seeds: std::ops::Range<u64>,
    patience: usize,
    train: impl Fn(f64, u64, usize) -> End,
) -> (f64, Vec<End>) {
    let mut best = (f64::NAN, patience as f64, Vec::new());
    for &lr in rates {
        // Half of them slower, and the median is: the rest need not be known.
        let mut ends = Vec::new();
        for seed in seeds.clone() {
            ends.push(train(lr, seed, best.1.ceil() as usize));
            let late = |end: &&End| !matches!(end, End::Converged(_));
            if 2 * ends.iter().filter(late).count() > seeds.clone().count() {
                break;
            }
        }
        let middle = super::middle(&ends).unwrap_or(f64::INFINITY);
        if middle < best.1 {
            best = (lr, middle, ends);
        }
    }
    let (lr, _, mut ends) = best;
    ends.resize(seeds.clone().count(), End::GivenUp);
    // Those that were only slower than the best before.
    for (end, seed) in ends.iter_mut().zip(seeds) {
        if *end == End::GivenUp {
            *end = train(lr, seed, patience);
        }
    }
    (lr, ends)
}

/// A line for each width.
pub fn lines(cells: &[Tuned]) -> Lines {
    let mut lines = Lines::new(
        Axis::log("layers").naming(DEPTHS.map(|depth| depth as f64)),
        Axis::log("median steps to a loss of 10⁻⁴"),
    );
    for width in WIDTHS {
        let of = cells.iter().filter(|cell| cell.width == width);
        let points = of
            .filter_map(|cell| Some((cell.depth as f64, cell.median()?)))
            .filter(|(_, steps)| *steps > 0.0);
        lines = lines.main(named(width), points.collect());
    }
    lines
}

fn named(width: usize) -> String {
    match width {
        1 => "1 unit".into(),
        n => format!("{n} units"),
    }
}

/// The panel in words.
pub fn described(cells: &[Tuned]) -> String {
    let mut text = String::new();
    for width in WIDTHS {
        text += &format!(" {} in each layer, median steps:", named(width));
        let of = cells.iter().filter(|cell| cell.width == width);
        let each = of.map(|cell| {
            let steps = match cell.median() {
                Some(steps) => format!("{steps}"),
                None => "no median".into(),
            };
            format!(" {} layers {steps}", cell.depth)
        });
        text += &each.collect::<Vec<_>>().join(",");
        text += ".";
    }
    text
}

/// A row for each cell.
pub fn rows(cells: &[Tuned], table: &mut Table) {
    for cell in cells {
        table.row([
            (cell.depth as f64).into(),
            format!(
                "{} wide, {} starts, {} not converged, median",
                cell.width,
                cell.ends.len(),
                cell.lost()
            )
            .into(),
            cell.lr.into(),
            cell.median().into(),
            Cell::Text(String::new()),
        ]);
    }
}

/// The median number of steps of a cell; NaN if there is none.
pub fn steps(cells: &[Tuned], width: usize, depth: usize) -> f64 {
    let mut cells = cells.iter();
    let cell = cells.find(|cell| (cell.width, cell.depth) == (width, depth));
    cell.and_then(Tuned::median).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_one_unit_wide_is_a_chain() {
        let mut rng = Rng::new(3, Stream::Weights);
        let mut wide = Wide::drawn(5, 1, gaussian, &mut rng);
        let mut rng = Rng::new(3, Stream::Weights);
        let w = (0..5).map(|_| gaussian(1, &mut rng)[(0, 0)]);
        let mut chain = Chain::new(w.collect());
        for _ in 0..20 {
            assert_eq!(wide.descend(0.05), chain.descend(0.05, identity).0);
        }
    }

    #[test]
    fn the_step_is_down_the_gradient_of_the_loss() {
        let drawn =
            || Wide::drawn(4, 3, gaussian, &mut Rng::new(0, Stream::Weights));
        let mut moved = drawn();
        moved.descend(1.0);
        for (l, i, j) in [(0, 2, 0), (1, 0, 2), (3, 0, 1)] {
            let loss_at = |shift: f64| {
                let mut wide = drawn();
                wide.0.w[l][(i, j)] += shift;
                wide.descend(0.0)
            };
            let slope = (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5;
            let went = drawn().0.w[l][(i, j)] - moved.0.w[l][(i, j)];
            assert!((went - slope).abs() < 1e-8, "{l}: {went} {slope}");
        }
    }

    #[test]
    fn the_best_rate_is_the_one_of_the_least_median() {
        let train = |lr: f64, seed: u64, patience: usize| {
            let steps = (100.0 * (lr - 0.3).abs()) as usize + seed as usize;
            match steps <= patience {
                true => End::Converged(steps),
                false => End::GivenUp,
            }
        };
        let (lr, ends) = fastest(&[0.1, 0.4, 0.3, 0.5], 0..5, 1000, train);
        assert_eq!((lr, ends[4]), (0.3, End::Converged(4)));
    }
}
