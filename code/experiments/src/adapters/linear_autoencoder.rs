//! What a linear autoencoder finds in handwritten digits: the principal
//! components, to the last eigenvalue, where the budget lasts.
//!
//! An encoder A and a decoder B without a bend between them, trained on the
//! exact covariance C of the centred digits: the mean of ‖B·A·x − x‖² over all
//! of them is tr (BA − 1) C (BA − 1)ᵀ, and its only minima are projections on
//! the r leading eigenvectors (P. Baldi, K. Hornik, *Neural networks and
//! principal component analysis: Learning from examples without local minima*,
//! Neural Networks 2(1):53–58, 1989, doi:10.1016/0893-6080(89)90014-2).
//!
//! See the chapter `adapters`.

use ndarray::{Array1, Array2, Axis as Along};
use probe::{NoSvd, singular_values, svd};
use slope::{
    Init, data,
    product::{a_b, affine, at_b, column_sums, inner},
    rng::{Rng, Stream},
};

use crate::factors::Factors;
use chart::{Axis, Cell, Chart, Column, DotPlot, Lines, Panel, Table};
use exact::statistics::{least, log_spaced, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Units of the code: those that converge, and one that does not.
const RANKS: [usize; 4] = [2, 5, 10, SLOW];
const FOUND: [usize; 3] = [2, 5, 10];
const SLOW: usize = 20;

params! {
    /// What the autoencoders depend on.
    pub struct Params {
        /// Seed of the first weights; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many networks of each width.
        seeds: usize = 3, in 1..=20, "Seeds";
        /// The step size of gradient descent.
        lr: f64 = 0.2, in 1e-3..=10.0, "Learning rate";
        /// How long each network is trained.
        steps: usize = 6000, in 10..=10_000, "Training", "steps";
        /// Standard deviation of the first weights.
        init: f64 = 0.1, in 1e-3..=1.0, "First weights";
    }
}

/// The experiment.
pub struct LinearAutoencoder;

/// The digits as principal component analysis sees them.
pub struct Components {
    /// The covariance of the pixels: (64, 64).
    covariance: Array2<f64>,
    /// Its eigenvectors, one per column, of descending eigenvalue.
    vectors: Array2<f64>,
    values: Vec<f64>,
}

/// One autoencoder after its training.
pub struct Run {
    seed: u64,
    rank: usize,
    /// The loss before each step, and after the last.
    losses: Vec<f64>,
    /// The sine of the largest angle between what the decoder spans and the
    /// leading eigenvectors.
    distance: f64,
}

/// What the autoencoders found.
pub struct Outcome {
    params: Params,
    components: Components,
    runs: Vec<Run>,
}

impl Components {
    fn of(x: &Array2<f64>) -> Self {
        let n = x.nrows() as f64;
        let centred = x - &(column_sums(x) / n);
        let covariance = at_b(&centred, &centred) / n;
        // C is symmetric and has no negative eigenvalue: its singular values
        // are its eigenvalues.
        let parts = svd(&covariance).expect("finite pixels");
        Self { covariance, vectors: parts.u, values: parts.s }
    }

    /// The sum of the eigenvalues that a code of this width discards: what
    /// no linear autoencoder can do better.
    fn discarded(&self, rank: usize) -> f64 {
        self.values.iter().skip(rank).fold(0.0, |sum, value| sum + value)
    }

    /// How much smaller the first eigenvalue is that a code of this width
    /// discards than the last that it keeps, as a part of the latter.
    fn gap(&self, rank: usize) -> f64 {
        1.0 - self.values[rank] / self.values[rank - 1]
    }

    /// One step of gradient descent on half the loss; gives the loss before
    /// it: tr (BA − 1) C (BA − 1)ᵀ = tr C − 2 tr BAC + tr BᵀB·ACAᵀ.
    fn step(&self, network: &mut Factors, lr: f64) -> f64 {
        let Factors { b, a } = &*network;
        let no_bias = Array1::zeros(a.nrows());
        let ac = a_b(a, &self.covariance); // A·C   (rank, 64)
        let aca = affine(&ac, a, &no_bias); // A·C·Aᵀ   (rank, rank)
        let bb = at_b(b, b); // BᵀB   (rank, rank)
        let ca = ac.t().as_standard_layout().into_owned(); // C·Aᵀ
        let loss = self.discarded(0) - 2.0 * inner(b, &ca) + inner(&bb, &aca);
        let d_b = a_b(b, &aca) - ca; // (BA − 1)·C·Aᵀ
        let d_a = a_b(&bb, &ac) - at_b(b, &self.covariance); // Bᵀ·(BA − 1)·C
        network.b.scaled_add(-lr, &d_b);
        network.a.scaled_add(-lr, &d_a);
        loss
    }

    /// The sine of the largest angle between the columns of `b` and the
    /// leading eigenvectors.
    fn distance(&self, b: &Array2<f64>) -> Result<f64, NoSvd> {
        let first: Vec<usize> = (0..b.ncols()).collect();
        let leading = self.vectors.select(Along(1), &first);
        let basis = svd(b)?.u;
        let inside = a_b(&leading, &at_b(&leading, &basis));
        Ok(singular_values(&(basis - inside))?[0])
    }
}

impl Experiment for LinearAutoencoder {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "linear-autoencoder";
    const QUESTION: &'static str =
        "What does an autoencoder without a bend find in digits?";
    const CHAPTER: &'static str = "adapters";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        trained(params, Components::of(&data::digits().x), progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let c = &outcome.components;
        let floor = |r| Fact::fixed(&format!("floor-{r}"), c.discarded(r), 3);
        let kept = |r: usize| {
            let part = 1.0 - c.discarded(r) / c.discarded(0);
            Fact::percent(&format!("kept-{r}"), part, 1)
        };
        let arrival =
            |r| Fact::count(&format!("steps-{r}"), outcome.median_arrival(r));
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("steps", outcome.params.steps),
            floor(2),
            floor(5),
            floor(10),
            kept(2),
            kept(10),
            Fact::percent("excess-most", outcome.excess_of(&FOUND), 3).most(),
            Fact::scientific("distance-most", outcome.distance_of(&FOUND), 0)
                .most(),
            arrival(2),
            arrival(10),
            Fact::percent("excess-slow", outcome.excess_of(&[SLOW]), 2).most(),
            Fact::fixed("distance-slow", outcome.nearest_slow(), 2).least(),
            Fact::percent("gap-10", c.gap(10), 0),
            Fact::percent("gap-slow", c.gap(SLOW), 0),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let c = &outcome.components;
        let arrivals = |r| {
            let runs = outcome.of_rank(r);
            runs.filter_map(|run| run.arrival(c)).map(|step| step as f64)
        };
        vec![
            Claim::below(
                "with 2, 5 or 10 units the loss ends at the sum of the \
                 eigenvalues that are discarded",
                outcome.excess_of(&FOUND),
                5e-4,
            ),
            Claim::above(
                "and never below it, nor does any other",
                least(outcome.runs.iter().map(|run| run.excess(c))),
                -1e-12,
            ),
            Claim::below(
                "the decoder spans the leading principal components",
                outcome.distance_of(&FOUND),
                5e-3,
            ),
            Claim::above(
                "ten units take longer than two, whatever the seed",
                least(arrivals(10)) / most(arrivals(2)),
                1.0,
            ),
            Claim::above(
                "with 20 units they are not found in this time",
                outcome.nearest_slow(),
                0.03,
            ),
            Claim::below(
                "although the loss is nearly what it should be",
                outcome.excess_of(&[SLOW]),
                0.01,
            ),
            Claim::below(
                "eigenvalues lie closer together after 20 than after 10",
                c.gap(SLOW) / c.gap(10),
                0.5,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("Loss of linear autoencoders above that of PCA, by step")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([Panel::new("How far the loss has come", outcome.curves())])
            .row([Panel::new("Where the code points", outcome.angles())])
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let first = outcome.params.seed;
        let runs = outcome.runs.iter().filter(|run| run.seed == first);
        runs.map(|run| Series {
            name: format!("loss/rank-{}/seed-{first}", run.rank),
            points: log_spaced(outcome.params.steps)
                .into_iter()
                .map(|step| (step as u64, run.losses[step]))
                .collect(),
        })
        .collect()
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let one = || Params { seeds: 1, ..Params::default() };
        vec![
            Sabotage::<Self>::changing("training cut short", one(), |params| {
                params.steps = 100
            }),
            Sabotage::<Self>::new(
                "every pixel scaled to a standard deviation of 1",
                one(),
                |params, progress| {
                    let mut x = data::digits().x;
                    let variances = Components::of(&x).covariance;
                    let pixels = x.columns_mut().into_iter();
                    for (mut pixel, v) in pixels.zip(variances.diag()) {
                        // Some pixels are empty in all images.
                        pixel /= if *v > 0.0 { v.sqrt() } else { 1.0 };
                    }
                    // Larger eigenvalues bear smaller steps only.
                    let lr = params.lr / 4.0;
                    let params = Params { lr, ..params.clone() };
                    trained(&params, Components::of(&x), progress)
                },
            ),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let uncentred = |name, says| {
            let one = Params { seeds: 1, ..Params::default() };
            let centred = "the data are centred";
            Sabotage::<Self>::new(centred, one, |params, p| {
                // A tenth of the mean digit is left in.
                let x = data::digits().x;
                let mean = column_sums(&x) / x.nrows() as f64;
                let left = mean.insert_axis(Along(0)) * 0.1;
                let mut components = Components::of(&x);
                components.covariance += &at_b(&left, &left);
                trained(params, components, p)
            })
            .counters(name, says)
        };
        let spans = "the decoder spans the leading principal components";
        vec![
            uncentred("centred", spans),
            uncentred("centred-loss", "and never below it"),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![Span::between("lr", 0.19, 0.21), Span::between("init", 0.08, 0.12)]
    }
}

fn trained(
    params: &Params,
    components: Components,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    progress.expect(params.seeds * RANKS.len());
    let seeds = seeds(params.seed, params.seeds);
    // The widest first: they take longest.
    let kinds: Vec<_> = RANKS
        .iter()
        .flat_map(|r| seeds.clone().map(move |s| (*r, s)))
        .collect();
    let runs = parallel::all(kinds, |(rank, seed)| {
        let run = one(params, &components, rank, seed);
        progress.advance(1);
        run
    })?;
    Ok(Outcome { params: params.clone(), components, runs })
}

fn one(
    params: &Params,
    components: &Components,
    rank: usize,
    seed: u64,
) -> Result<Run, Stopped> {
    let pixels = components.values.len();
    let mut rng = Rng::new(seed, Stream::Weights);
    let init = Init::Normal { std: params.init };
    let a = init.weights(rank, pixels, &mut rng);
    let b = init.weights(pixels, rank, &mut rng);
    let mut network = Factors { b, a };
    let mut losses = Vec::with_capacity(params.steps + 1);
    for step in 0..=params.steps {
        losses.push(components.step(&mut network, params.lr));
        if !losses[step].is_finite() {
            return Err(Stopped(format!(
                "the training diverged at step {step}: try a smaller learning \
                 rate"
            )));
        }
    }
    let distance = components.distance(&network.b).map_err(Stopped::because)?;
    Ok(Run { seed, rank, losses, distance })
}

impl Run {
    /// How far the loss is above the sum of the discarded eigenvalues, as a
    /// part of that sum.
    fn excess(&self, components: &Components) -> f64 {
        let floor = components.discarded(self.rank);
        self.losses[self.losses.len() - 1] / floor - 1.0
    }

    /// The first step whose loss is within a thousandth of the floor.
    fn arrival(&self, components: &Components) -> Option<usize> {
        let goal = 1.001 * components.discarded(self.rank);
        self.losses.iter().position(|loss| *loss < goal)
    }
}

impl Outcome {
    fn of_rank(&self, rank: usize) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(move |run| run.rank == rank)
    }

    fn excess_of(&self, ranks: &[usize]) -> f64 {
        let runs = ranks.iter().flat_map(|r| self.of_rank(*r));
        most(runs.map(|run| run.excess(&self.components)))
    }

    fn distance_of(&self, ranks: &[usize]) -> f64 {
        let runs = ranks.iter().flat_map(|r| self.of_rank(*r));
        most(runs.map(|run| run.distance))
    }

    fn nearest_slow(&self) -> f64 {
        least(self.of_rank(SLOW).map(|run| run.distance))
    }

    /// `None` where a run did not arrive.
    fn median_arrival(&self, rank: usize) -> Option<usize> {
        let arrivals = self.of_rank(rank).map(|r| r.arrival(&self.components));
        let arrivals = arrivals.collect::<Option<Vec<_>>>()?;
        Some(median(arrivals.iter().map(|n| *n as f64)).round() as usize)
    }

    fn curves(&self) -> Lines {
        let points = |run: &Run| -> Vec<(f64, f64)> {
            let floor = self.components.discarded(run.rank);
            let steps = log_spaced(self.params.steps).into_iter().skip(1);
            steps
                .map(|step| (step as f64, run.losses[step] / floor - 1.0))
                // A logarithmic axis has no place for what rounds to 0.
                .filter(|(_, excess)| *excess > 0.0)
                .collect()
        };
        let mut lines = Lines::new(
            Axis::log("step"),
            Axis::log("loss above PCA\u{2019}s, as a part of it"),
        );
        for rank in RANKS {
            let name = format!("{rank} units");
            for run in self.of_rank(rank) {
                lines = match run.seed == self.params.seed {
                    true => lines.main(&name, points(run)),
                    false => lines.thin_of(&name, points(run)),
                };
            }
        }
        lines
    }

    fn angles(&self) -> DotPlot {
        let axis = Axis::log(
            "sine of the largest angle to the leading components, at the end",
        );
        let mut plot = DotPlot::new(axis.including(1.0))
            .dots("one dot for each network")
            .group("");
        for rank in RANKS {
            let sines = self.of_rank(rank).map(|run| run.distance);
            plot = plot.row(format!("{rank} units"), sines.collect());
        }
        plot
    }

    fn finding(&self) -> String {
        let excess = Fact::percent("", self.excess_of(&FOUND), 3).most();
        let excess = excess.text();
        let slow = Fact::fixed("", self.nearest_slow(), 2).least().text();
        if LinearAutoencoder::bears_out(self) {
            format!(
                "With 2, 5 or 10 units these autoencoders without a bend find \
                 the principal components: their losses end at most {excess} \
                 above the sum of the discarded eigenvalues. With 20 units, \
                 {} steps bring the losses nearly there, but not the codes: \
                 the sines of these angles are {slow} or more.",
                self.params.steps,
            )
        } else {
            format!(
                "After {} steps, these losses with 2, 5 or 10 units are at most \
                 {excess} above the sum of the discarded eigenvalues. With 20 \
                 units, these sines of the angle to the leading components are \
                 {slow} or more.",
                self.params.steps,
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Above, the loss over that of principal component analysis, as a \
             part of it, by step, both axes logarithmic; {} seeds for each \
             width of the code. The wider the code, the later the curves fall. \
             Below, the sine of the angle that remains, one row for each \
             width; the row of 20 units lies far to the right.",
            self.params.seeds
        );
        for rank in RANKS {
            text += &format!(
                " {rank} units: the discarded eigenvalues sum to {:.3}; the \
                 loss ends at most {} of that above; the largest sine of \
                 an angle to the leading components is {:.1e}.",
                self.components.discarded(rank),
                Fact::scientific("", self.excess_of(&[rank]), 2).most().text(),
                self.distance_of(&[rank]),
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("units"),
            Column::new("seed"),
            Column::new("discarded eigenvalues").digits(4),
            Column::new("loss").digits(4),
            Column::new("loss above, as a part").digits(2),
            Column::new("steps to a thousandth"),
            Column::new("sine of the largest angle").digits(2),
        ]);
        for run in &self.runs {
            table.row([
                run.rank.into(),
                Cell::Number(run.seed as f64),
                self.components.discarded(run.rank).into(),
                run.losses[run.losses.len() - 1].into(),
                run.excess(&self.components).into(),
                run.arrival(&self.components).into(),
                run.distance.into(),
            ]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(components: &Components) -> Factors {
        let mut rng = Rng::new(0, Stream::Weights);
        let (init, pixels) =
            (Init::Normal { std: 0.1 }, components.values.len());
        let a = init.weights(3, pixels, &mut rng);
        Factors { a, b: init.weights(pixels, 3, &mut rng) }
    }

    #[test]
    fn the_components_are_eigenvectors() {
        let c = Components::of(&data::digits().x);
        let cv = a_b(&c.covariance, &c.vectors);
        let scaled = &c.vectors * &Array1::from(c.values.clone());
        assert!(most((cv - scaled).iter().map(|d| d.abs())) < 1e-13);
    }

    /// The covariance says of the loss all that the digits themselves do.
    #[test]
    fn the_loss_is_the_mean_over_the_digits() {
        let x = data::digits().x;
        let c = Components::of(&x);
        let centred = &x - &(column_sums(&x) / x.nrows() as f64);
        let mut network = example(&c);
        let (no_bias, no_code) = (Array1::zeros(64), Array1::zeros(3));
        let code = affine(&centred, &network.a, &no_code);
        let error = affine(&code, &network.b, &no_bias) - centred;
        let mean = inner(&error, &error) / x.nrows() as f64;
        let loss = c.step(&mut network, 0.0);
        assert!((mean - loss).abs() < 1e-12, "{mean} {loss}");
    }

    #[test]
    fn a_step_goes_down_the_slope_that_differences_measure() {
        let c = Components::of(&data::digits().x);
        let at = |shift_a: f64, shift_b: f64| {
            let mut network = example(&c);
            network.a[(1, 20)] += shift_a;
            network.b[(20, 1)] += shift_b;
            0.5 * c.step(&mut network, 0.0)
        };
        let (mut moved, lr) = (example(&c), 1e-3);
        c.step(&mut moved, lr);
        let went_a = example(&c).a[(1, 20)] - moved.a[(1, 20)];
        let went_b = example(&c).b[(20, 1)] - moved.b[(20, 1)];
        let slope_a = (at(1e-5, 0.0) - at(-1e-5, 0.0)) / 2e-5;
        let slope_b = (at(0.0, 1e-5) - at(0.0, -1e-5)) / 2e-5;
        assert!((went_a - lr * slope_a).abs() < 1e-12, "{went_a} {slope_a}");
        assert!((went_b - lr * slope_b).abs() < 1e-12, "{went_b} {slope_b}");
    }
}
