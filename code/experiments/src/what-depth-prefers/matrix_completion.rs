//! One matrix or a product of several, fitted to half the entries of a table:
//! all fit what they are shown to the same error, and the deeper the product, the better it
//! guesses what it is not.
//!
//! A 20 × 20 table of rank 2, gradient descent on the squared error of the
//! entries shown, from products of the same small size at every depth. Nothing
//! asks for a low rank but the way there: S. Arora, N. Cohen, W. Hu, Y. Luo,
//! *Implicit Regularization in Deep Matrix Factorization*, NeurIPS 2019,
//! arXiv:1905.13655. From larger first weights the preference is weaker.
//!
//! See the chapter `what-depth-prefers`.

use ndarray::{Array1, Array2};
use probe::singular_values;
use slope::{
    Init,
    product::{a_b, affine, at_b, norm},
    rng::{Rng, Stream},
    transcendental::{exp, ln, pow},
};

use chart::{Axis, Cell, Chart, Column, DotPlot, Lines, Panel, Table};
use exact::statistics::{least, log_spaced, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Rows and columns of the table.
const N: usize = 20;

/// Its rank.
const RANK: usize = 2;

/// How many matrices are multiplied.
const DEPTHS: [usize; 3] = [1, 2, 3];

params! {
    /// What the products depend on.
    pub struct Params {
        /// Seed of the first table and its products; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many tables.
        seeds: usize = 9, in 1..=20, "Seeds";
        /// Entries that are shown, of 400.
        shown: usize = 200, in 80..=360, "Entries shown";
        /// The size of the first product, whatever its depth.
        init: f64 = 1e-3, in 1e-6..=0.1, "Size of the first product";
        /// The step size of gradient descent.
        lr: f64 = 0.5, in 0.01..=2.0, "Learning rate";
        /// The error of the entries shown at which a training is over.
        goal: f64 = 2e-3, in 1e-4..=0.1, "Goal";
        /// The most steps that a training may take.
        steps: usize = 8000, in 100..=20_000, "Patience", "steps";
    }
}

/// The experiment.
pub struct MatrixCompletion;

/// A table and which of its entries are shown: 1 or 0.
struct Puzzle {
    table: Array2<f64>,
    shown: Array2<f64>,
}

/// What a run is made of.
#[derive(Clone, Copy)]
struct Setup {
    /// How many matrices are multiplied where [`DEPTHS`] says so many.
    depths: [usize; 3],
    /// Done to each puzzle once it is known what is hidden.
    change: fn(&mut Puzzle),
}

const BOOK: Setup = Setup { depths: DEPTHS, change: |_| {} };

/// One product after its training.
pub struct Run {
    depth: usize,
    seed: u64,
    /// ‖error‖ of the entries shown, as a part of their norm, before each of
    /// the steps and after the last.
    losses: Vec<f64>,
    /// The same of the entries hidden, at the end.
    hidden: f64,
    /// The singular values of the product.
    s: Vec<f64>,
    /// Those of the table.
    truth: Vec<f64>,
}

/// What the products guessed.
pub struct Outcome {
    params: Params,
    runs: Vec<Run>,
}

impl Experiment for MatrixCompletion {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "matrix-completion";
    const QUESTION: &'static str =
        "Does a product of matrices guess better than one matrix?";
    const CHAPTER: &'static str = "what-depth-prefers";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        trained(params, progress, BOOK)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let hidden = |depth| median(outcome.of(depth).map(|run| run.hidden));
        let rank = |depth| median(outcome.of(depth).map(Run::effective_rank));
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("shown", outcome.params.shown),
            Fact::count("entries", N * N),
            Fact::percent("goal", outcome.params.goal, 1),
            Fact::percent("hidden-1", hidden(1), 0),
            Fact::percent("hidden-2", hidden(2), 0),
            Fact::percent("hidden-3", hidden(3), 1),
            Fact::fixed("rank-1", rank(1), 1),
            Fact::fixed("rank-2", rank(2), 1),
            Fact::fixed("rank-3", rank(3), 1),
            Fact::fixed("ratio-least", outcome.smallest_ratio(), 1).least(),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let hidden = |depth| outcome.of(depth).map(|run| run.hidden);
        let ranks = |depth| outcome.of(depth).map(Run::effective_rank);
        vec![
            Claim::equal(
                "every product is trained to one error of the entries shown",
                outcome.fitted(),
                outcome.runs.len(),
            ),
            Claim::above(
                "one matrix learns nothing of those that are hidden",
                least(hidden(1)),
                0.95,
            ),
            Claim::below(
                "a product of two guesses most of them",
                most(hidden(2)),
                0.6,
            ),
            Claim::below(
                "a product of three guesses nearly all",
                most(hidden(3)),
                0.15,
            ),
            Claim::above(
                "on every table, three matrices are better than two",
                outcome.smallest_ratio(),
                1.5,
            ),
            Claim::below(
                "the effective rank of three matrices is near that of the \
                 table",
                most(outcome.of(3).map(|run| {
                    run.effective_rank() - effective_rank(&run.truth)
                })),
                0.5,
            ),
            Claim::above(
                "that of two is higher, and of one higher still",
                (least(ranks(2)) / most(ranks(3)))
                    .min(least(ranks(1)) / most(ranks(2))),
                1.0,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let hidden = Panel::new("Hidden entries missed", outcome.errors());
        let spectra = Panel::new("Singular values learned", outcome.spectra());
        Chart::new("A table of rank 2, completed by one, two, three matrices")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([hidden])
            .row([spectra])
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let first = outcome.params.seed;
        let runs = outcome.runs.iter().filter(|run| run.seed == first);
        runs.map(|run| Series {
            name: format!("error-shown/depth-{}/seed-{first}", run.depth),
            points: log_spaced(run.losses.len() - 1)
                .into_iter()
                .map(|step| (step as u64, run.losses[step]))
                .collect(),
        })
        .collect()
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("shown", 190.0, 240.0),
            Span::between("init", 5e-4, 2e-3),
            Span::between("lr", 0.4, 0.6),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let without = |name, hypothesis, change: fn(&mut Params)| {
            Sabotage::<Self>::changing(
                hypothesis,
                Params { seeds: 2, ..Params::default() },
                change,
            )
            .counters(name, "a product of three guesses nearly all")
        };
        vec![
            without("large-start", "the first weights are small", |params| {
                params.init = 0.1;
            }),
            without("few-shown", "half the entries are shown", |params| {
                params.shown = 80;
            }),
        ]
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let few = || Params { seeds: 2, steps: 6000, ..Params::default() };
        let with = |what, setup: Setup| {
            Sabotage::<Self>::new(what, few(), move |params, progress| {
                trained(params, progress, setup)
            })
        };
        vec![
            with(
                "one matrix in the place of three",
                Setup { depths: [1, 2, 1], ..BOOK },
            ),
            with(
                "the hidden entries shown as well",
                Setup { change: |puzzle| puzzle.shown.fill(1.0), ..BOOK },
            ),
            with("a table of full rank", Setup { change: random, ..BOOK }),
        ]
    }
}

/// Entries that have nothing to do with one another.
fn random(puzzle: &mut Puzzle) {
    let mut rng = Rng::new(0, Stream::Noise);
    puzzle.table = Init::LecunNormal.weights(N, N, &mut rng);
}

impl Puzzle {
    /// The product of two Gaussian factors, divided by N so that its singular
    /// values are near 1, and entries to show, drawn without replacement.
    fn drawn(seed: u64, shown: usize) -> Self {
        let mut rng = Rng::new(seed, Stream::Data);
        let init = Init::Normal { std: 1.0 };
        let u = init.weights(N, RANK, &mut rng);
        let v = init.weights(RANK, N, &mut rng);
        let mut cells: Vec<usize> = (0..N * N).collect();
        rng.shuffle(&mut cells);
        let mut mask = Array2::zeros((N, N));
        for cell in &cells[..shown] {
            mask[(cell / N, cell % N)] = 1.0;
        }
        Self { table: a_b(&u, &v) / N as f64, shown: mask }
    }

    /// ‖P − M‖/‖M‖ over the entries where `mask` is 1.
    fn error(&self, product: &Array2<f64>, mask: &Array2<f64>) -> f64 {
        norm(&((product - &self.table) * mask)) / norm(&(&self.table * mask))
    }

    /// One step of gradient descent on ½‖P − M‖² over the entries shown, by
    /// backpropagation through the product, unless their error is below the
    /// goal; gives the error before it.
    fn step(&self, layers: &mut [Array2<f64>], lr: f64, goal: f64) -> f64 {
        let products = products(layers);
        let product = &products[products.len() - 1];
        let before = self.error(product, &self.shown);
        if before < goal {
            return before;
        }
        let mut delta = (product - &self.table) * &self.shown;
        for l in (0..layers.len()).rev() {
            let d_w = match l {
                0 => delta.clone(),
                _ => affine(&delta, &products[l - 1], &Array1::zeros(N)),
            }; // dL/dW_l = δ·(W_{l−1}…W_1)ᵀ
            delta = at_b(&layers[l], &delta); // δ ← W_lᵀ·δ
            layers[l].scaled_add(-lr, &d_w);
        }
        before
    }
}

/// W_1, W_2·W_1, … up to the whole.
fn products(layers: &[Array2<f64>]) -> Vec<Array2<f64>> {
    let mut products: Vec<Array2<f64>> = Vec::with_capacity(layers.len());
    for w in layers {
        let next = match products.last() {
            Some(before) => a_b(w, before),
            None => w.clone(),
        };
        products.push(next);
    }
    products
}

/// e to the entropy of the singular values, as parts of their sum: k of them
/// that are equal, and no others, give k.
fn effective_rank(s: &[f64]) -> f64 {
    let sum = s.iter().fold(0.0, |sum, s| sum + s);
    let parts = s.iter().map(|s| s / sum).filter(|part| *part > 0.0);
    exp(parts.fold(0.0, |entropy, part| entropy - part * ln(part)))
}

fn trained(
    params: &Params,
    progress: &Progress,
    setup: Setup,
) -> Result<Outcome, Stopped> {
    progress.expect(params.seeds * DEPTHS.len());
    let seeds = seeds(params.seed, params.seeds);
    let depths = setup.depths.iter().zip(DEPTHS);
    let kinds: Vec<_> =
        depths.flat_map(|kind| seeds.clone().map(move |s| (kind, s))).collect();
    let runs = parallel::all(kinds, |((built, depth), seed)| {
        let run = one(params, *built, seed, setup.change)?;
        progress.advance(1);
        Ok(Run { depth, ..run })
    })?;
    Ok(Outcome { params: params.clone(), runs })
}

fn one(
    params: &Params,
    depth: usize,
    seed: u64,
    change: fn(&mut Puzzle),
) -> Result<Run, Stopped> {
    let mut puzzle = Puzzle::drawn(seed, params.shown);
    let hidden = puzzle.shown.mapv(|shown| 1.0 - shown);
    change(&mut puzzle);
    let mut rng = Rng::new(seed, Stream::Weights);
    // A product of `depth` such matrices has about the size `init`.
    let std = pow(params.init, 1.0 / depth as f64) / (N as f64).sqrt();
    let layer = |_| Init::Normal { std }.weights(N, N, &mut rng);
    let mut layers: Vec<Array2<f64>> = (0..depth).map(layer).collect();
    let mut losses = Vec::with_capacity(params.steps + 1);
    for step in 0..=params.steps {
        let lr = if step < params.steps { params.lr } else { 0.0 };
        losses.push(puzzle.step(&mut layers, lr, params.goal));
        if losses[step] < params.goal {
            break;
        }
        if !losses[step].is_finite() {
            return Err(Stopped(format!(
                "{depth} matrices, seed {seed}: the training diverged at step \
                 {step}: try a smaller learning rate"
            )));
        }
    }
    let product = products(&layers).pop().unwrap_or_default();
    Ok(Run {
        depth,
        seed,
        losses,
        hidden: puzzle.error(&product, &hidden),
        s: singular_values(&product).map_err(Stopped::because)?,
        truth: singular_values(&puzzle.table).map_err(Stopped::because)?,
    })
}

impl Run {
    /// The error of the entries shown, at the end.
    fn shown(&self) -> f64 {
        self.losses[self.losses.len() - 1]
    }

    fn effective_rank(&self) -> f64 {
        effective_rank(&self.s)
    }
}

impl Outcome {
    fn of(&self, depth: usize) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(move |run| run.depth == depth)
    }

    /// How many products have come to the goal.
    fn fitted(&self) -> usize {
        let goal = self.params.goal;
        self.runs.iter().filter(|run| run.shown() < goal).count()
    }

    /// How many times larger the error of two matrices is than that of three,
    /// on the table where it is least so.
    fn smallest_ratio(&self) -> f64 {
        let pairs = self.of(2).zip(self.of(3));
        least(pairs.map(|(two, three)| two.hidden / three.hidden))
    }

    fn errors(&self) -> DotPlot {
        // Three powers of ten give a narrow picture three ticks.
        let axis = Axis::log("error of the hidden entries, as a part of them")
            .including(0.01);
        let mut plot = DotPlot::new(axis).dots("one dot for each table");
        for depth in DEPTHS {
            let errors = self.of(depth).map(|run| run.hidden).collect();
            plot = plot.group("").row(named(depth), errors);
        }
        plot
    }

    fn spectra(&self) -> Lines {
        let points = |s: &[f64]| -> Vec<(f64, f64)> {
            let values = s.iter().take(DRAWN).enumerate();
            let points = values.map(|(k, s)| ((k + 1) as f64, *s));
            // A logarithmic axis has no place for what rounds to 0.
            points.filter(|(_, s)| *s > SMALLEST).collect()
        };
        let mut lines = Lines::new(
            Axis::linear("k").between(1.0, DRAWN as f64),
            Axis::log("k-th singular value").between(SMALLEST, 2.0),
        );
        for depth in DEPTHS {
            for run in self.of(depth) {
                lines = match run.seed == self.params.seed {
                    true => lines.main(named(depth), points(&run.s)),
                    false => lines.thin_of(named(depth), points(&run.s)),
                };
            }
        }
        lines
    }

    fn finding(&self) -> String {
        let percent = |depth| {
            let middle = median(self.of(depth).map(|run| run.hidden));
            Fact::percent("", middle, 0).text()
        };
        let (one, two, three) = (percent(1), percent(2), percent(3));
        let what = format!(
            "Of the hidden entries one matrix misses {one}, a product of two \
             {two}, of three {three} (medians of {} tables)",
            self.params.seeds
        );
        if MatrixCompletion::bears_out(self) {
            format!(
                "All fit the entries shown equally well, and none is told to \
                 keep its rank low. {what}. The deeper the product, the \
                 steeper its singular values fall after the second: the \
                 nearer it ends to rank 2."
            )
        } else {
            format!("{what}.")
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Above, the error of the hidden entries on a logarithmic axis, a \
             row for each number of matrices, a dot for each of {} tables. \
             Below, the {DRAWN} largest singular values of what was learned, on \
             a logarithmic axis.",
            self.params.seeds
        );
        for depth in DEPTHS {
            let hidden = || self.of(depth).map(|run| run.hidden);
            let ranks = || self.of(depth).map(Run::effective_rank);
            text += &format!(
                " {}: error from {:.3} to {:.3}, effective rank from {:.2} to \
                 {:.2}.",
                named(depth),
                least(hidden()),
                most(hidden()),
                least(ranks()),
                most(ranks()),
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("matrices"),
            Column::new("seed"),
            Column::new("steps"),
            Column::new("error of the entries shown").digits(3),
            Column::new("error of the entries hidden").digits(3),
            Column::new("effective rank").digits(3),
            Column::new("effective rank of the table").digits(3),
        ]);
        for run in &self.runs {
            table.row([
                run.depth.into(),
                Cell::Number(run.seed as f64),
                (run.losses.len() - 1).into(),
                run.shown().into(),
                run.hidden.into(),
                run.effective_rank().into(),
                effective_rank(&run.truth).into(),
            ]);
        }
        table
    }
}

/// How many singular values are drawn, and the smallest that is.
const DRAWN: usize = 8;
const SMALLEST: f64 = 1e-4;

fn named(depth: usize) -> &'static str {
    match depth {
        1 => "1 matrix",
        2 => "2 matrices",
        _ => "3 matrices",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_singular_values_count_as_so_many() {
        assert!((effective_rank(&[3.0, 3.0, 3.0]) - 3.0).abs() < 1e-14);
        assert!((effective_rank(&[5.0, 0.0]) - 1.0).abs() < 1e-14);
        let between = effective_rank(&[2.0, 1.0]);
        assert!(between > 1.0 && between < 2.0);
    }

    #[test]
    fn backpropagation_finds_the_slope_that_differences_measure() {
        let puzzle = Puzzle::drawn(0, 200);
        let init = Init::Normal { std: 0.3 };
        let drawn = || {
            let mut rng = Rng::new(0, Stream::Weights);
            (0..3).map(|_| init.weights(N, N, &mut rng)).collect::<Vec<_>>()
        };
        let loss = |layers: &[Array2<f64>]| {
            let product = products(layers).pop().unwrap();
            let error = norm(&((product - &puzzle.table) * &puzzle.shown));
            0.5 * error * error
        };
        let (mut moved, lr) = (drawn(), 1e-3);
        puzzle.step(&mut moved, lr, 0.0);
        for l in 0..3 {
            let at = |shift: f64| {
                let mut layers = drawn();
                layers[l][(3, 7)] += shift;
                loss(&layers)
            };
            let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
            let went = drawn()[l][(3, 7)] - moved[l][(3, 7)];
            assert!((went - lr * slope).abs() < 1e-11, "{l}: {went} {slope}");
        }
    }

    /// One matrix never touches an entry that it is not shown.
    #[test]
    fn one_matrix_leaves_hidden_entries_where_they_were() {
        let puzzle = Puzzle::drawn(0, 200);
        let mut rng = Rng::new(0, Stream::Weights);
        let first = Init::Normal { std: 0.1 }.weights(N, N, &mut rng);
        let mut layers = [first.clone()];
        for _ in 0..10 {
            puzzle.step(&mut layers, 0.5, 0.0);
        }
        let same = layers[0].iter().zip(&first).zip(&puzzle.shown);
        assert!(same.clone().count() == N * N);
        let mut same = same.map(|((now, then), shown)| (now == then, *shown));
        assert!(same.all(|(same, shown)| same == (shown == 0.0)));
    }
}
