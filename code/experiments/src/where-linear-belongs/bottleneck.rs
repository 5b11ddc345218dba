//! What two layers learn with a bottleneck of r units and no bend between
//! them: of all matrices of rank r the nearest, for 2nr parameters instead of
//! n².
//!
//! Gradient descent from small random weights on a teacher with known singular
//! values, against the singular value decomposition cut off at r, which no
//! matrix of that rank can beat (C. Eckart, G. Young, 1936).
//!
//! See the chapter `where-linear-belongs`.

use ndarray::{Array1, Array2};
use probe::truncated;
use slope::{
    Init,
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

/// The teacher's singular values, and how many there are.
const STRENGTHS: [f64; N] = [5.0, 4.0, 3.0, 2.5, 2.0, 1.5, 1.0, 0.7, 0.4, 0.2];
const N: usize = 10;

/// Units of the bottleneck.
const RANKS: [usize; 6] = [1, 2, 3, N / 2, 8, N];

params! {
    /// What the networks depend on.
    pub struct Params {
        /// Seed of the first teacher and network; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many teachers, each with a network of every rank.
        seeds: usize = 10, in 1..=20, "Seeds";
        /// The step size of gradient descent.
        lr: f64 = 0.05, in 1e-3..=1.0, "Learning rate";
        /// How long each network is trained.
        steps: usize = 6000, in 10..=10_000, "Training", "steps";
        /// Standard deviation of the first weights.
        init: f64 = 0.1, in 1e-3..=1.0, "First weights";
    }
}

/// The experiment.
pub struct Bottleneck;

/// One network after its training.
pub struct Run {
    seed: u64,
    rank: usize,
    parameters: usize,
    /// ‖B·A − M‖² before each step and after the last.
    losses: Vec<f64>,
    /// The largest difference between B·A and the teacher cut off at r.
    distance: f64,
}

/// What the networks learned.
pub struct Outcome {
    params: Params,
    runs: Vec<Run>,
}

impl Experiment for Bottleneck {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "bottleneck";
    const QUESTION: &'static str =
        "What do two layers without a bend learn through a bottleneck?";
    const CHAPTER: &'static str = "where-linear-belongs";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        trained(params, teacher, |_| 1.0, |rank| rank, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("steps", outcome.params.steps),
            Fact::fixed("lost-1", lost(&STRENGTHS, 1), 2),
            Fact::fixed("lost-3", lost(&STRENGTHS, 3), 2),
            Fact::fixed("lost-5", lost(&STRENGTHS, 5), 2),
            Fact::fixed("lost-8", lost(&STRENGTHS, 8), 2),
            Fact::scientific("excess-most", outcome.largest_excess(), 0).most(),
            Fact::scientific("distance-most", outcome.largest_distance(), 0)
                .most(),
            Fact::count("parameters-full", N * N),
            Fact::count("parameters-3", outcome.parameters(3)),
            Fact::count("parameters-5", outcome.parameters(N / 2)),
            Fact::count("parameters-10", outcome.parameters(N)),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        vec![
            Claim::below(
                "every network ends at the sum of the squared singular values \
                 that it has no room for",
                outcome.largest_excess(),
                1e-12,
            ),
            Claim::below(
                "and its two matrices are the teacher, cut off at that rank",
                outcome.largest_distance(),
                1e-12,
            ),
            Claim::above(
                "before the training none is near its floor",
                least(
                    outcome
                        .runs
                        .iter()
                        .map(|run| run.losses[0] - lost(&STRENGTHS, run.rank)),
                ),
                10.0,
            ),
            Claim::equal(
                "a bottleneck of half the width has as many parameters as \
                 the full matrix",
                outcome.parameters(N / 2).unwrap_or(0),
                N * N,
            ),
            Claim::equal(
                "a bottleneck of the full width has twice as many",
                outcome.parameters(N).unwrap_or(0),
                2 * N * N,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("Error of two layers through r units, by step")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .panel(outcome.curves())
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let first = outcome.params.seed;
        let runs = outcome.runs.iter().filter(|run| run.seed == first);
        runs.map(|run| Series {
            name: format!("squared-error/rank-{}/seed-{first}", run.rank),
            points: log_spaced(outcome.params.steps)
                .into_iter()
                .map(|step| (step as u64, run.losses[step]))
                .collect(),
        })
        .collect()
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let quick = || Params { seeds: 1, steps: 3000, ..Params::default() };
        vec![
            Sabotage::<Self>::new(
                "a teacher of half the strength",
                quick(),
                |params, progress| {
                    let weak = |seed| teacher(seed) * 0.5;
                    trained(params, weak, |_| 1.0, |rank| rank, progress)
                },
            ),
            Sabotage::<Self>::new(
                "a bottleneck that is one unit too wide",
                quick(),
                |params, progress| {
                    let wide = |rank| rank + 1;
                    trained(params, teacher, |_| 1.0, wide, progress)
                },
            ),
            Sabotage::<Self>::changing(
                "training cut short",
                quick(),
                |params| params.steps = 50,
            ),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let quick = Params { seeds: 1, steps: 3000, ..Params::default() };
        vec![
            Sabotage::<Self>::new(
                "the inputs are whitened",
                quick,
                |params, progress| {
                    let uneven = |i| if i % 2 == 0 { 0.5 } else { 1.5 };
                    trained(params, teacher, uneven, |rank| rank, progress)
                },
            )
            .counters(
                "unwhitened",
                "and its two matrices are the teacher, cut off at that rank",
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("lr", 0.04, 0.06),
            Span::between("steps", 6000.0, 8000.0),
            Span::between("init", 0.05, 0.2),
        ]
    }
}

/// The teacher of a seed: known singular values, random directions.
fn teacher(seed: u64) -> Array2<f64> {
    with_singular_values(&STRENGTHS, &mut Rng::new(seed, Stream::Data))
}

/// A network of every rank for every seed, on the teachers given, with inputs
/// of these standard deviations and with so many units between the layers.
fn trained(
    params: &Params,
    teacher: impl Fn(u64) -> Array2<f64> + Sync,
    deviation: fn(usize) -> f64,
    units: fn(usize) -> usize,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    progress.expect(params.seeds * RANKS.len());
    let seeds = seeds(params.seed, params.seeds);
    let kinds: Vec<_> =
        seeds.flat_map(|seed| RANKS.map(|rank| (seed, rank))).collect();
    let inputs = Array1::from_shape_fn(N, deviation);
    let runs = parallel::all(kinds, |(seed, rank)| {
        let kind = (rank, units(rank));
        let run = one(params, &teacher(seed), &inputs, seed, kind);
        progress.advance(1);
        run
    })?;
    Ok(Outcome { params: params.clone(), runs })
}

/// Inputs with standard deviations d are d times whitened ones: what is
/// trained are B and A·diag(d), on M·diag(d).
fn one(
    params: &Params,
    teacher: &Array2<f64>,
    inputs: &Array1<f64>,
    seed: u64,
    (rank, units): (usize, usize),
) -> Result<Run, Stopped> {
    let mut rng = Rng::new(seed, Stream::Weights);
    let init = Init::Normal { std: params.init };
    let a = init.weights(units, N, &mut rng);
    let b = init.weights(N, units, &mut rng);
    let mut network = Factors { b, a };
    let losses = network.train(&(teacher * inputs), params.lr, params.steps)?;
    let gap = network.merged() / inputs
        - truncated(teacher, rank).map_err(Stopped::because)?;
    Ok(Run {
        seed,
        rank,
        parameters: network.parameter_count(),
        losses,
        distance: most(gap.iter().map(|gap| gap.abs())),
    })
}

impl Run {
    fn error(&self) -> f64 {
        self.losses[self.losses.len() - 1]
    }

    /// How far the error is from the floor, in either direction.
    fn excess(&self) -> f64 {
        (self.error() - lost(&STRENGTHS, self.rank)).abs()
    }
}

impl Outcome {
    fn largest_excess(&self) -> f64 {
        most(self.runs.iter().map(Run::excess))
    }

    fn largest_distance(&self) -> f64 {
        most(self.runs.iter().map(|run| run.distance))
    }

    fn parameters(&self, rank: usize) -> Option<usize> {
        let run = self.runs.iter().find(|run| run.rank == rank)?;
        Some(run.parameters)
    }

    /// The error of every network by step, and the floor of every rank.
    fn curves(&self) -> Lines {
        let points = |run: &Run| -> Vec<(f64, f64)> {
            let steps = log_spaced(self.params.steps).into_iter().skip(1);
            let points = steps.map(|step| (step as f64, run.losses[step]));
            // A logarithmic axis has no place for an error of exactly 0.
            points.filter(|(_, error)| *error > 0.0).collect()
        };
        let first = |run: &&Run| run.seed == self.params.seed;
        let mut lines = Lines::new(
            Axis::log("step"),
            Axis::log("squared error, ‖BA − M‖²").between(0.1, 100.0),
        );
        for run in self.runs.iter().filter(first) {
            let name = format!("r = {}", run.rank);
            if run.rank == N {
                lines = lines.thin(format!("{name}: to 0"), points(run));
                continue;
            }
            let floor = lost(&STRENGTHS, run.rank);
            let last = self.params.steps as f64;
            lines = lines.main(&name, points(run)).reference_of(
                &name,
                "",
                vec![(1.0, floor), (last, floor)],
            );
        }
        for run in self.runs.iter().filter(|run| !first(run)) {
            lines = match run.rank {
                N => lines.thin(format!("r = {N}: to 0"), points(run)),
                r => lines.thin_of(format!("r = {r}"), points(run)),
            };
        }
        lines
    }

    fn finding(&self) -> String {
        let (n, seeds) = (RANKS.len(), self.params.seeds);
        let excess = Fact::scientific("", self.largest_excess(), 1).most();
        let excess = excess.text();
        if Bottleneck::bears_out(self) {
            format!(
                "Two layers learn as many of the teacher\u{2019}s directions as \
                 there are units between them, the strongest, and level off \
                 at the closed form (dashed): {n} widths, these {seeds} \
                 teachers, at most {excess} from it. Parameters are saved \
                 below r = {}; at r = {N} there are twice as many.",
                N / 2,
            )
        } else {
            format!(
                "After {} steps, the errors of {n} widths and these {seeds} \
                 teachers differ by up to {excess} from the closed form (dashed).",
                self.params.steps,
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "The squared error by step, both axes logarithmic, for {} teachers \
             and a curve for every width of the bottleneck. All begin near \
             {:.0}, the sum of all squared singular values. Dashed, the sum of \
             those that do not fit through.",
            self.params.seeds,
            lost(&STRENGTHS, 0),
        );
        for rank in RANKS {
            let runs = || self.runs.iter().filter(|run| run.rank == rank);
            text += &format!(
                " Width {rank}, {} parameters: closed form {:.2}, at most \
                 {} from it.",
                self.parameters(rank).unwrap_or(0),
                lost(&STRENGTHS, rank),
                Fact::scientific("", most(runs().map(Run::excess)), 1)
                    .most()
                    .text(),
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("seed"),
            Column::new("units of the bottleneck"),
            Column::new("parameters"),
            Column::new("squared error").digits(4),
            Column::new("closed form").digits(4),
            Column::new("difference").digits(1),
            Column::new("largest distance from the cut-off teacher").digits(1),
        ]);
        for run in &self.runs {
            table.row([
                Cell::Number(run.seed as f64),
                run.rank.into(),
                run.parameters.into(),
                run.error().into(),
                lost(&STRENGTHS, run.rank).into(),
                run.excess().into(),
                run.distance.into(),
            ]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use probe::singular_values;
    use slope::product::at_b;

    /// BᵀB − AAᵀ is conserved by gradient flow, and nearly so by small steps:
    /// the second layer grows as the first does.
    #[test]
    fn the_two_layers_stay_balanced() {
        let mut rng = Rng::new(0, Stream::Weights);
        let init = Init::Normal { std: 0.1 };
        let a = init.weights(3, N, &mut rng);
        let b = init.weights(N, 3, &mut rng);
        let mut network = Factors { b, a };
        let balance = |f: &Factors| {
            let a = f.a.t().to_owned();
            at_b(&f.b, &f.b) - at_b(&a, &a)
        };
        let before = balance(&network);
        network.train(&teacher(0), 1e-3, 5000).unwrap();
        let drift = most((balance(&network) - before).iter().map(|d| d.abs()));
        assert!(drift < 0.02, "{drift}");
        let merged = singular_values(&network.merged()).unwrap();
        assert!((merged[0] - 5.0).abs() < 1e-6 && merged[3] < 1e-14);
    }

    #[test]
    fn a_step_past_the_edge_is_reported() {
        let wild = Params { seeds: 1, lr: 1.0, ..Params::default() };
        let why = Bottleneck::run(&wild, &Progress::silent()).err();
        assert!(why.is_some_and(|why| why.0.contains("learning rate")));
    }
}
