//! A low-rank adapter beside a frozen matrix: W + BA, two layers without a
//! bend, with B = 0 at the start.
//!
//! The matrix has to change by ΔW, once of the adapter's rank and once of full
//! rank; gradient descent trains B and A alone. How near BA can come is known
//! in advance: the singular values beyond the rank are lost (C. Eckart,
//! G. Young, 1936). The adapter is that of E. Hu and others, *LoRA: Low-Rank
//! Adaptation of Large Language Models*, ICLR 2022, arXiv:2106.09685, without
//! its scale α/r.
//!
//! See the chapter `adapters`.

use ndarray::{Array1, Array2};
use probe::singular_values;
use slope::{
    Init,
    product::affine,
    rng::{Rng, Stream},
};

use crate::factors::{Factors, lost, with_singular_values};
use chart::{Axis, Cell, Chart, Column, Lines, Table};
use exact::statistics::{least, log_spaced, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Inputs and outputs of the frozen matrix.
const D: usize = 64;

/// The rank of the change that fits, and of the adapter in the prose.
const RANK: usize = 4;

/// The ranks of the adapters.
const RANKS: [usize; 4] = [1, 2, RANK, 8];

/// Inputs on which the merged matrix is compared with the two branches.
const INPUTS: usize = 256;

params! {
    /// What the adapters depend on.
    pub struct Params {
        /// Seed of the first matrix, change and adapter; the others follow.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many seeds.
        seeds: usize = 3, in 1..=20, "Seeds";
        /// The step size of gradient descent.
        lr: f64 = 0.1, in 1e-3..=2.0, "Learning rate";
        /// How long each adapter is trained.
        steps: usize = 800, in 10..=4000, "Training", "steps";
    }
}

/// The experiment.
pub struct LowRankAdapter;

/// A change that a matrix is asked to make.
#[derive(Clone, Copy, PartialEq)]
pub enum Change {
    /// Of rank [`RANK`].
    Fits,
    /// Every entry drawn by itself: of full rank.
    Full,
}

const CHANGES: [Change; 2] = [Change::Fits, Change::Full];

/// One adapter after its training.
pub struct Run {
    change: Change,
    seed: u64,
    rank: usize,
    parameters: usize,
    /// The singular values of ΔW.
    s: Vec<f64>,
    /// ‖BA − ΔW‖² before each step and after the last.
    losses: Vec<f64>,
    /// The largest singular value of BA − ΔW.
    left: f64,
    /// Outputs that the adapter changes before it is trained.
    changed_at_start: usize,
    /// The largest difference between merged and two branches, relative to
    /// the largest output.
    merged_gap: f64,
}

/// What the adapters learned.
pub struct Outcome {
    params: Params,
    runs: Vec<Run>,
}

impl Experiment for LowRankAdapter {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "low-rank-adapter";
    const QUESTION: &'static str =
        "How much of a change can two thin matrices make?";
    const CHAPTER: &'static str = "adapters";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        trained(params, zeros, Factors::merged, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let full = |what: fn(&Run) -> f64| {
            outcome.at_rank(Change::Full).next().map_or(f64::NAN, what)
        };
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("parameters-adapter", outcome.parameters()),
            Fact::count("parameters-full", D * D),
            Fact::scientific("merged-gap", outcome.largest_merged_gap(), 0)
                .most(),
            Fact::scientific("fits-most", outcome.largest_fitting(), 0).most(),
            Fact::percent("full-error", full(Run::error), 1),
            Fact::percent("full-floor", full(Run::floor), 1),
            Fact::fixed("full-left", full(|run| run.left), 2),
            Fact::fixed("full-next", full(|run| run.s[RANK]), 2),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let runs = || outcome.runs.iter();
        vec![
            Claim::equal(
                "an adapter of rank 4 has 2 · 4 · 64 parameters",
                outcome.parameters().unwrap_or(0),
                2 * RANK * D,
            ),
            Claim::equal(
                "before its training it changes no output at all",
                runs().map(|run| run.changed_at_start).sum(),
                0,
            ),
            Claim::below(
                "after it, one merged matrix gives what the two branches give",
                outcome.largest_merged_gap(),
                1e-13,
            ),
            Claim::below(
                "a change of rank 4 is made to the last digits",
                outcome.largest_fitting(),
                1e-10,
            ),
            Claim::above(
                "of a change of full rank most is left",
                least(outcome.at_rank(Change::Full).map(Run::error)),
                0.5,
            ),
            Claim::below(
                "what is left is what Eckart and Young say, at every rank",
                most(runs().map(|run| run.error() - run.floor())),
                0.01,
            ),
            Claim::above(
                "and never less",
                least(runs().map(|run| run.error() - run.floor())),
                -1e-12,
            ),
            Claim::below(
                "its largest singular value is the first that was lost",
                most(runs().map(|run| (run.left - run.s[run.rank]).abs())),
                0.1,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("What an adapter of rank r leaves of a change, by r")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(outcome.curves())
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let first = outcome.params.seed;
        let runs = outcome.runs.iter().filter(|run| run.seed == first);
        runs.map(|run| Series {
            name: format!(
                "squared-error/{}/rank-{}/seed-{first}",
                run.change.name().replace(' ', "-"),
                run.rank
            ),
            points: log_spaced(outcome.params.steps)
                .into_iter()
                .map(|step| (step as u64, run.losses[step]))
                .collect(),
        })
        .collect()
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, start: fn(usize) -> Array2<f64>, merged: Merged| {
            let quick = Params { seeds: 1, steps: 400, ..Params::default() };
            Sabotage::<Self>::new(what, quick, move |params, progress| {
                trained(params, start, merged, progress)
            })
        };
        vec![
            with(
                "an adapter of half the rank",
                |rank| zeros(rank.div_ceil(2)),
                Factors::merged,
            ),
            with(
                "an adapter of eight times the rank",
                |rank| zeros(8 * rank),
                Factors::merged,
            ),
            with("an adapter that is merged twice", zeros, |adapter| {
                adapter.merged() * 2.0
            }),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        vec![
            Sabotage::<Self>::new(
                "B begins at zero",
                Params { seeds: 1, steps: 400, ..Params::default() },
                |params, progress| {
                    let random = |rank| {
                        let mut rng = Rng::new(0, Stream::Order);
                        Init::Normal { std: 0.01 }.weights(D, rank, &mut rng)
                    };
                    trained(params, random, Factors::merged, progress)
                },
            )
            .counters(
                "random",
                "before its training it changes no output at all",
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("lr", 0.08, 0.12),
            Span::between("steps", 800.0, 1200.0),
        ]
    }
}

/// The first B: an adapter of this rank that changes nothing.
fn zeros(rank: usize) -> Array2<f64> {
    Array2::zeros((D, rank))
}

/// What is added to the frozen matrix in the end.
type Merged = fn(&Factors) -> Array2<f64>;

impl Change {
    fn name(self) -> &'static str {
        match self {
            Change::Fits => "rank 4",
            Change::Full => "full rank",
        }
    }

    /// ΔW: (D, D).
    fn drawn(self, seed: u64) -> Array2<f64> {
        let mut rng = Rng::new(seed, Stream::Data);
        match self {
            Change::Fits => {
                let mut s = vec![0.0; D];
                s[..RANK].copy_from_slice(&[2.0, 1.6, 1.2, 0.8]);
                with_singular_values(&s, &mut rng)
            }
            Change::Full => Init::LecunNormal.weights(D, D, &mut rng),
        }
    }
}

/// An adapter of every rank for every change and seed; `start` gives the first
/// B, (D, rank).
fn trained(
    params: &Params,
    start: fn(usize) -> Array2<f64>,
    merged: Merged,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    let seeds = seeds(params.seed, params.seeds);
    let changes = CHANGES.iter();
    let pairs: Vec<_> =
        changes.flat_map(|c| seeds.clone().map(|s| (*c, s))).collect();
    progress.expect(pairs.len());
    let runs = parallel::all(pairs, |(change, seed)| {
        let target = change.drawn(seed);
        let s = singular_values(&target).map_err(Stopped::because)?;
        let runs = RANKS
            .map(|rank| {
                let kind = (change, seed, rank);
                one(params, kind, (&target, &s), start(rank), merged)
            })
            .into_iter()
            .collect::<Result<Vec<_>, _>>();
        progress.advance(1);
        runs
    });
    let runs = runs?.into_iter().flatten().collect();
    Ok(Outcome { params: params.clone(), runs })
}

fn one(
    params: &Params,
    (change, seed, rank): (Change, u64, usize),
    (target, s): (&Array2<f64>, &[f64]),
    b: Array2<f64>,
    merged: Merged,
) -> Result<Run, Stopped> {
    let mut rng = Rng::new(seed, Stream::Weights);
    let frozen = Init::LecunNormal.weights(D, D, &mut rng);
    let a = Init::LecunNormal.weights(b.ncols(), D, &mut rng);
    let mut adapter = Factors { b, a };
    let mut rng = Rng::new(seed, Stream::Noise);
    let x = Init::Normal { std: 1.0 }.weights(INPUTS, D, &mut rng);
    let before = two_branches(&x, &frozen, &adapter);
    let alone = affine(&x, &frozen, &Array1::zeros(D));
    let changed_at_start =
        before.iter().zip(&alone).filter(|(with, out)| with != out).count();
    let losses = adapter.train(target, params.lr, params.steps)?;
    let branches = two_branches(&x, &frozen, &adapter);
    let merged = affine(&x, &(frozen + merged(&adapter)), &Array1::zeros(D));
    let largest = |z: &Array2<f64>| most(z.iter().map(|z| z.abs()));
    let left = singular_values(&(adapter.merged() - target))
        .map_err(Stopped::because)?;
    Ok(Run {
        change,
        seed,
        rank,
        parameters: adapter.parameter_count(),
        s: s.to_vec(),
        losses,
        left: left[0],
        changed_at_start,
        merged_gap: largest(&(&merged - &branches)) / largest(&branches),
    })
}

/// W·x + B·(A·x) of every row x.
fn two_branches(
    x: &Array2<f64>,
    frozen: &Array2<f64>,
    adapter: &Factors,
) -> Array2<f64> {
    let code = affine(x, &adapter.a, &Array1::zeros(adapter.a.nrows()));
    let no_bias = Array1::zeros(D);
    affine(x, frozen, &no_bias) + affine(&code, &adapter.b, &no_bias)
}

impl Run {
    /// ‖BA − ΔW‖² at the end, as a part of ‖ΔW‖².
    fn error(&self) -> f64 {
        self.losses[self.losses.len() - 1] / lost(&self.s, 0)
    }

    /// What no adapter of this rank can do better.
    fn floor(&self) -> f64 {
        lost(&self.s, self.rank) / lost(&self.s, 0)
    }
}

impl Outcome {
    fn of(&self, change: Change) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(move |run| run.change == change)
    }

    /// The adapters of the prose's rank.
    fn at_rank(&self, change: Change) -> impl Iterator<Item = &Run> {
        self.of(change).filter(|run| run.rank == RANK)
    }

    fn parameters(&self) -> Option<usize> {
        self.at_rank(Change::Fits).next().map(|run| run.parameters)
    }

    fn largest_merged_gap(&self) -> f64 {
        most(self.runs.iter().map(|run| run.merged_gap))
    }

    /// The largest error where the rank is enough.
    fn largest_fitting(&self) -> f64 {
        let enough = self.of(Change::Fits).filter(|run| run.rank >= RANK);
        most(enough.map(Run::error))
    }

    fn curves(&self) -> Lines {
        let left =
            Axis::linear("‖BA − ΔW‖² after training, as a part of ‖ΔW‖²");
        let doubled = (0..=6).map(|power| f64::from(1 << power));
        let mut lines = Lines::new(
            Axis::log("rank r of the adapter, of 64").naming(doubled),
            left.including(0.0).including(1.0),
        );
        for change in CHANGES {
            let name = format!("ΔW of {}", change.name());
            // The first seed's widest adapter bears the name. No two dots are
            // connected: between them lies the closed form, not a line.
            for (i, run) in self.of(change).enumerate() {
                let dot = vec![(run.rank as f64, run.error())];
                lines = match i == RANKS.len() - 1 {
                    true => lines.main(&name, dot),
                    false => lines.thin_of(&name, dot),
                };
            }
            if let Some(Run { s, .. }) = self.of(change).next() {
                let floor = |r| (r as f64, lost(s, r) / lost(s, 0));
                let floors = (1..=D).map(floor).collect();
                lines = lines.reference_of(&name, "", floors);
            }
        }
        lines
    }

    fn finding(&self) -> String {
        let fits = Fact::scientific("", self.largest_fitting(), 1).most();
        let fits = fits.text();
        let left = least(self.at_rank(Change::Full).map(Run::error));
        let left = Fact::percent("", left, 0).least().text();
        if LowRankAdapter::bears_out(self) {
            format!(
                "These adapters end where the closed form (dashed) says. A \
                 change of rank 4 is complete at r = 4, up to {fits} in this \
                 figure. Of a change that has no preferred direction, these \
                 adapters of that rank leave {left} or more: a low rank is a \
                 bet on the change.",
            )
        } else {
            format!(
                "These adapters against the closed form (dashed). With r = 4 \
                 and more, {fits} of a change of rank 4 is left here at most; \
                 with r = 4, {left} or more of a change of full rank here.",
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "What is left of a change after training, as a part of it, by the \
             rank of the adapter on a logarithmic axis from 1 to {D}, for {} \
             seeds. Dashed, the closed form.",
            self.params.seeds
        );
        for change in CHANGES {
            let parts = RANKS.map(|rank| {
                let runs = || self.of(change).filter(|run| run.rank == rank);
                format!(
                    "{:.3} at rank {rank} (closed form {:.3})",
                    most(runs().map(Run::error)),
                    most(runs().map(Run::floor)),
                )
            });
            text += &format!(
                " Of a change of {}, the largest parts left: {}.",
                change.name(),
                parts.join(", "),
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("change"),
            Column::new("seed"),
            Column::new("rank of the adapter"),
            Column::new("parameters"),
            Column::new("left of the change").digits(4),
            Column::new("closed form").digits(4),
            Column::new("largest singular value left").digits(3),
            Column::new("first singular value lost").digits(3),
        ]);
        for run in &self.runs {
            table.row([
                run.change.name().into(),
                Cell::Number(run.seed as f64),
                run.rank.into(),
                run.parameters.into(),
                run.error().into(),
                run.floor().into(),
                run.left.into(),
                run.s[run.rank].into(),
            ]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use probe::truncated;
    use slope::{Activation, Dense, Layer, Network};

    /// Eckart and Young, in both norms, without any training.
    #[test]
    fn cutting_off_leaves_the_next_singular_value() {
        let change = Change::Full.drawn(0);
        let s = singular_values(&change).unwrap();
        for rank in RANKS {
            let left = &change - &truncated(&change, rank).unwrap();
            let found = singular_values(&left).unwrap();
            assert!((found[0] - s[rank]).abs() < 1e-13, "{rank}");
            assert!((lost(&found, 0) - lost(&s, rank)).abs() < 1e-12, "{rank}");
        }
    }

    /// Adapter and network: two layers without a bend, that collapse.
    #[test]
    fn the_branch_is_a_network_that_collapses() {
        let mut rng = Rng::new(0, Stream::Weights);
        let a = Init::LecunNormal.weights(RANK, D, &mut rng);
        let b = Init::LecunNormal.weights(D, RANK, &mut rng);
        let layer = |w: &Array2<f64>| {
            let b = Array1::zeros(w.nrows());
            Dense::new(w.clone(), b, Activation::Identity).map(Layer::Dense)
        };
        let layers = vec![layer(&a).unwrap(), layer(&b).unwrap()];
        let network = Network::new(layers).unwrap();
        let weights: usize = network.dense_layers().map(|d| d.w.len()).sum();
        let adapter = Factors { b, a };
        assert_eq!(weights, adapter.parameter_count());
        let gap = network.collapse().unwrap().w - adapter.merged();
        assert!(gap.iter().all(|gap| gap.abs() < 1e-14));
    }
}
