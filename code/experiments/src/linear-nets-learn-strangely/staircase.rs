//! When does a network of two layers learn what, if every slope is 1? One
//! mode of the data after the other, each along a curve known in closed form.
//!
//! Gradient descent with step η on L = ½‖M − W₂W₁‖², where M has two singular
//! values, from an aligned start of strength u₀; time is η times the step.
//! Beside it one linear layer with the same data. The formula is from A. M.
//! Saxe, J. L. McClelland and S. Ganguli, *Exact solutions to the nonlinear
//! dynamics of learning in deep linear neural networks*, ICLR 2014,
//! arXiv:1312.6120, eqs. 8, 11 and 12. It holds for whitened inputs, aligned
//! starts and infinitely small steps.
//!
//! See the chapter `linear-nets-learn-strangely`.

use ndarray::Array2;
use slope::{
    decimal::Decimal,
    product,
    rng::{Rng, Stream},
    transcendental::ln,
};

use crate::linear_pair::{HalfTimes, Pair, Teacher, strength, time_of};
use chart::{Axis, Chart, Column, Lines, Panel, Table};
use exact::statistics::{least, most};
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    live::Live,
    params,
    sabotage::Sabotage,
};

/// A run of duration 1 ends when the formula gives the weak mode this part of
/// its strength.
const LEARNED: f64 = 0.95;

/// Points of a curve that are kept.
const KEPT: usize = 400;

params! {
    /// What the curves depend on.
    pub struct Params {
        /// The larger singular value of what is to be learned.
        strong: f64 = 4.0, in 0.5..=8.0, "Strong mode";
        /// The smaller one.
        weak: f64 = 1.0, in 0.25..=4.0, "Weak mode";
        /// The strength that both modes have in the network at the start.
        u0: f64 = 1e-3, in 1e-8..=0.1, "Strength at the start";
        /// The step of gradient descent, η.
        lr: f64 = 1e-3, in 1e-4..=0.2, "Learning rate";
        /// Seed of the directions of the modes.
        seed: u64 = 0, in 0..=1_000_000, "Directions";
        /// A part of the time after which both modes are learned.
        duration: f64 = 1.0, in 1e-3..=1.0, "Duration, 1 until both are learned";
    }
}

/// The experiment.
pub struct Staircase;

/// The network at one time.
pub struct Point {
    step: usize,
    time: f64,
    /// Strengths of the strong and of the weak mode.
    a: [f64; 2],
    loss: f64,
    /// The loss of the one linear layer.
    layer: f64,
}

/// One training of the two layers.
pub struct Path {
    teacher: Teacher,
    pair: Pair,
    /// Strengths of both modes in the one linear layer.
    layer: [f64; 2],
    u0: f64,
    lr: f64,
    /// The step to be looked at next, and the last one.
    next: usize,
    last: usize,
    rule: Rule,
    points: Vec<Point>,
    /// For each mode the largest distance from the formula at any step,
    /// relative to the mode's strength.
    deviations: Vec<f64>,
    half: HalfTimes,
    layer_half: HalfTimes,
}

/// How a step changes the two networks.
#[derive(Clone, Copy)]
struct Rule {
    /// A step of this size of the pair, given M − W₂W₁.
    pair: fn(&mut Pair, &Array2<f64>, f64),
    /// How fast the one layer learns a mode of strength s, of which it has a.
    layer: fn(f64, f64) -> f64,
    /// Those of the one layer's inputs along the two modes: 1 if whitened.
    variances: [f64; 2],
}

// L = ½‖M − W‖²: every mode closes the same part of its gap.
const DESCENT: Rule =
    Rule { pair: Pair::descend, layer: |s, a| s - a, variances: [1.0; 2] };

/// What was found.
pub struct Outcome {
    params: Params,
    path: Path,
    /// The same with half the step.
    finer: Path,
}

impl Experiment for Staircase {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "staircase";
    const QUESTION: &'static str =
        "In what order do two layers of slope 1 learn, and how fast?";
    const CHAPTER: &'static str = "linear-nets-learn-strangely";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        Self::to_the_end(params, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let Params { lr, .. } = outcome.params;
        let path = &outcome.path;
        let flat = outcome.plateau();
        vec![
            Fact::fixed("half-strong", path.half_times()[0], 2),
            Fact::fixed("half-weak", path.half_times()[1], 2),
            Fact::fixed("half-layer", path.layer_half.times()[0], 2),
            Fact::scientific("step", lr, 1),
            Fact::percent("deviation-strong", path.deviations[0], 1),
            Fact::percent("deviation-weak", path.deviations[1], 2),
            Fact::fixed("deviation-ratio", outcome.refinement(0), 1),
            Fact::fixed("loss-start", path.points[0].loss, 2),
            Fact::fixed("loss-plateau", flat.loss, 2),
            Fact::fixed("loss-left", outcome.left(), 2),
            Fact::percent("plateau-pace", flat.pace, 0),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let path = &outcome.path;
        let [strong, weak] = outcome.formula_half_times();
        let flat = outcome.plateau();
        let half = ln(2.0);
        vec![
            Claim::below(
                "both modes follow the formula",
                most(path.deviations.iter().copied()),
                0.005,
            ),
            Claim::below(
                "what is left is the step's: half the step, half the distance",
                most((0..2).map(|i| (outcome.refinement(i) - 2.0).abs())),
                0.05,
            ),
            Claim::below(
                "the half times are those of the formula",
                most([
                    (path.half_times()[0] / strong - 1.0).abs(),
                    (path.half_times()[1] / weak - 1.0).abs(),
                ]),
                0.005,
            ),
            Claim::above(
                "the strong mode is learned long before the weak one",
                path.half_times()[1] / path.half_times()[0],
                2.0,
            ),
            Claim::below(
                "between the two the loss falls at a tenth of a layer's pace",
                flat.pace,
                0.1,
            ),
            Claim::below(
                "the plateau is the loss without the weak mode",
                (flat.loss / outcome.left() - 1.0).abs(),
                0.15,
            ),
            Claim::below(
                "at the start, too, the loss hardly falls",
                outcome.pace_at_start(),
                0.1,
            ),
            Claim::below(
                "one layer learns both modes at one time",
                most(path.layer_half.times().iter().map(|t| (t - half).abs())),
                0.005,
            ),
            Claim::below(
                "and its loss falls at one pace: no plateau",
                outcome.unevenness_of_layer(),
                0.01,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("Two modes learned by two layers of slope 1")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([
                Panel::new(
                    "what the network has of each mode",
                    outcome.modes(),
                ),
                Panel::new("its loss", outcome.losses()),
            ])
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let curve = |name: &str, value: fn(&Point) -> f64| Series {
            name: name.into(),
            points: outcome
                .path
                .points
                .iter()
                .map(|point| (point.step as u64, value(point)))
                .collect(),
        };
        vec![
            curve("mode/strong", |p| p.a[0]),
            curve("mode/weak", |p| p.a[1]),
            curve("loss/two-layers", |p| p.loss),
            curve("loss/one-layer", |p| p.layer),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("strong", 3.5, 4.5),
            Span::between("weak", 0.5, 1.1),
            Span::between("u0", 5e-4, 1e-3),
            Span::between("lr", 2e-4, 1e-3),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let without = |name, hypothesis, says, change: fn(&mut Params)| {
            let params = Params::default();
            Sabotage::<Self>::changing(hypothesis, params, change)
                .counters(name, says)
        };
        vec![
            without(
                "large-step",
                "the steps are small",
                "both modes follow the formula",
                |params| params.lr = 0.05,
            ),
            without(
                "large-start",
                "the first weights are small",
                "at the start, too, the loss hardly falls",
                |params| params.u0 = 0.1,
            ),
            Sabotage::<Self>::new(
                "the inputs are whitened",
                Params::default(),
                |params, progress| {
                    let rule = Rule { variances: [1.0, 0.05], ..DESCENT };
                    ruled(params, rule, progress)
                },
            )
            .counters(
                "one-layer-not-whitened",
                "and its loss falls at one pace",
            ),
        ]
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, change: fn(&mut Params, &mut Rule)| {
            let params = Params::default();
            Sabotage::<Self>::new(what, params, move |params, progress| {
                let (mut params, mut rule) = (params.clone(), DESCENT);
                change(&mut params, &mut rule);
                ruled(&params, rule, progress)
            })
        };
        vec![
            // ½ is in the loss because the square's slope has a 2.
            with("the half of the loss forgotten", |_, rule| {
                rule.pair = |pair, error, lr| pair.descend(error, 2.0 * lr);
            }),
            with("modes of nearly equal strength", |params, _| {
                params.weak = 0.75 * params.strong;
            }),
            with("one layer, too, quicker with a strong mode", |_, rule| {
                rule.layer = |s, a| s * (s - a);
            }),
        ]
    }
}

impl Live for Staircase {
    const STEP: &'static str = "look";

    fn start(params: &Params) -> Result<Outcome, Stopped> {
        started(params, DESCENT)
    }

    fn steps(outcome: &Outcome) -> (usize, usize) {
        let Path { points, last, .. } = &outcome.path;
        (points.len() - 1, last.div_ceil(outcome.path.stride()))
    }

    fn step(outcome: &mut Outcome) -> Result<(), Stopped> {
        let path = &mut outcome.path;
        let looks = path.points.len();
        while path.points.len() == looks {
            path.advance(&outcome.params)?;
        }
        let now = if path.is_over() { f64::INFINITY } else { path.now() };
        while !outcome.finer.is_over() && outcome.finer.now() < now {
            outcome.finer.advance(&outcome.params)?;
        }
        Ok(())
    }

    fn standing(outcome: &Outcome) -> String {
        let Params { strong, weak, .. } = outcome.params;
        let path = &outcome.path;
        let now = &path.points[path.points.len() - 1];
        format!(
            "Time {:.2} of {:.2}: {:.0}\u{a0}% of the strong mode learned, \
             {:.0}\u{a0}% of the weak one.",
            Decimal(now.time),
            Decimal(path.end()),
            Decimal(100.0 * now.a[0] / strong),
            Decimal(100.0 * now.a[1] / weak),
        )
    }

    fn end_here(outcome: &mut Outcome) -> bool {
        let Some(ended) = outcome.ended_here() else { return false };
        *outcome = ended;
        true
    }

    fn params(outcome: &Outcome) -> &Params {
        &outcome.params
    }
}

impl Params {
    /// The last step of this size.
    fn last_step(&self, lr: f64) -> usize {
        let time = self.duration * time_of(LEARNED, self.weak, self.u0);
        (time / lr).ceil().max(2.0) as usize
    }
}

/// The run by another rule.
fn ruled(
    params: &Params,
    rule: Rule,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    let mut outcome = started(params, rule)?;
    Staircase::advance(&mut outcome, usize::MAX, progress)?;
    Ok(outcome)
}

fn started(params: &Params, rule: Rule) -> Result<Outcome, Stopped> {
    if params.weak >= params.strong {
        return Err(Stopped(format!(
            "the strong mode, {}, must be stronger than the weak one, {}",
            Decimal(params.strong),
            Decimal(params.weak)
        )));
    }
    let mut path = Path::new(params, params.lr, rule);
    let mut finer = Path::new(params, params.lr / 2.0, rule);
    path.advance(params)?;
    finer.advance(params)?;
    Ok(Outcome { params: params.clone(), path, finer })
}

impl Path {
    fn new(params: &Params, lr: f64, rule: Rule) -> Self {
        let Params { strong, weak, u0, seed, .. } = *params;
        let mut rng = Rng::new(seed, Stream::Data);
        let teacher = Teacher::new(&[strong, weak], &mut rng);
        let mut rng = Rng::new(seed, Stream::Weights);
        let pair = Pair::aligned(&teacher, |_| u0, &mut rng);
        Self {
            teacher,
            pair,
            layer: [u0; 2],
            u0,
            lr,
            next: 0,
            last: params.last_step(lr),
            rule,
            points: Vec::new(),
            deviations: vec![0.0; 2],
            half: HalfTimes::new(vec![u0; 2]),
            layer_half: HalfTimes::new(vec![u0; 2]),
        }
    }

    /// Steps from one point that is kept to the next.
    fn stride(&self) -> usize {
        self.last.div_ceil(KEPT)
    }

    fn is_over(&self) -> bool {
        self.next > self.last
    }

    /// The time of the next step.
    fn now(&self) -> f64 {
        self.lr * self.next as f64
    }

    fn end(&self) -> f64 {
        self.lr * self.last as f64
    }

    /// The times of all points that are kept, those to come included.
    fn times(&self) -> impl Iterator<Item = f64> {
        let kept = (0..self.last).step_by(self.stride()).chain([self.last]);
        kept.map(|step| self.lr * step as f64)
    }

    /// Looks at the network, and takes a step.
    fn advance(&mut self, params: &Params) -> Result<(), Stopped> {
        let s = [params.strong, params.weak];
        let (step, lr) = (self.next, self.lr);
        let w = self.pair.product();
        let error = self.teacher.error(&w);
        let loss = product::inner(&error, &error) / 2.0;
        if !loss.is_finite() {
            return Err(Stopped(format!(
                "diverged after {step} steps of size {}; the step must be \
                 below 1/s = {:.3}",
                Decimal(lr),
                Decimal(1.0 / params.strong)
            )));
        }
        let a = self.teacher.strengths(&w);
        let time = lr * step as f64;
        for i in 0..2 {
            let formula = strength(s[i], self.u0, time);
            let distance = (a[i] - formula).abs() / s[i];
            self.deviations[i] = f64::max(self.deviations[i], distance);
        }
        let layer = self.layer;
        if step > 0 {
            self.half.note(step, lr, a.clone(), &s);
            self.layer_half.note(step, lr, layer.to_vec(), &s);
        }
        if step.is_multiple_of(self.stride()) || step == self.last {
            let loss_of = |i: usize| {
                let rest = s[i] - layer[i];
                self.rule.variances[i] * rest * rest
            };
            let layer = (loss_of(0) + loss_of(1)) / 2.0;
            self.points.push(Point {
                step,
                time,
                a: [a[0], a[1]],
                loss,
                layer,
            });
        }
        let rule = self.rule;
        (rule.pair)(&mut self.pair, &error, lr);
        self.layer = [0, 1].map(|i| {
            let towards = rule.variances[i] * (rule.layer)(s[i], layer[i]);
            layer[i] + lr * towards
        });
        self.next += 1;
        Ok(())
    }

    fn half_times(&self) -> Vec<f64> {
        self.half.times()
    }
}

/// Where the loss falls most slowly between the two half times.
struct Plateau {
    time: f64,
    loss: f64,
    /// −d ln L/dt, as a part of that of one layer.
    pace: f64,
}

/// −Δ ln L/Δt between neighbouring points.
fn pace(points: &[Point], loss: fn(&Point) -> f64) -> Vec<f64> {
    points
        .windows(2)
        .map(|two| {
            let fall = ln(loss(&two[0])) - ln(loss(&two[1]));
            fall / (two[1].time - two[0].time)
        })
        .collect()
}

impl Outcome {
    /// The run that was to end here, made anew, since a shorter run keeps more
    /// of its points.
    fn ended_here(&self) -> Option<Self> {
        let path = &self.path;
        let step = path.points[path.points.len() - 1].step;
        let params = &self.params;
        let whole = time_of(LEARNED, params.weak, params.u0) / params.lr;
        let within = (step as f64 - 0.5) / whole;
        // As few digits as still end here: a reader will see them.
        let params = [1e3, 1e4, 1e5, 1e6, 1e9, 1e12]
            .map(|scale| (within * scale).round() / scale)
            .map(|duration| Params { duration, ..params.clone() })
            .into_iter()
            .find(|p| p.duration >= 1e-3 && p.last_step(p.lr) == step)?;
        let mut ended = started(&params, path.rule).ok()?;
        while !Staircase::is_over(&ended) {
            Staircase::step(&mut ended).ok()?;
        }
        Some(ended)
    }

    fn formula_half_times(&self) -> [f64; 2] {
        let Params { strong, weak, u0, .. } = self.params;
        [time_of(0.5, strong, u0), time_of(0.5, weak, u0)]
    }

    /// How many times farther a mode is from the formula with the whole step
    /// than with the half.
    fn refinement(&self, mode: usize) -> f64 {
        self.path.deviations[mode] / self.finer.deviations[mode]
    }

    /// The loss of a network that has the strong mode and not the weak one.
    fn left(&self) -> f64 {
        self.params.weak * self.params.weak / 2.0
    }

    fn plateau(&self) -> Plateau {
        let points = &self.path.points;
        let between = self.path.half_times()[0]..self.path.half_times()[1];
        let paces = pace(points, |p| p.loss);
        let slowest = paces
            .iter()
            .enumerate()
            .filter(|(i, _)| between.contains(&points[*i].time))
            .min_by(|a, b| a.1.total_cmp(b.1));
        let [time, loss, pace] = match slowest {
            Some((i, pace)) => [points[i].time, points[i].loss, *pace],
            // A run that ended before the weak mode was learned.
            None => [f64::NAN; 3],
        };
        Plateau { time, loss, pace: pace / self.pace_of_layer() }
    }

    fn pace_at_start(&self) -> f64 {
        pace(&self.path.points, |p| p.loss)[0] / self.pace_of_layer()
    }

    fn pace_of_layer(&self) -> f64 {
        pace(&self.path.points, |p| p.layer)[0]
    }

    /// How far the pace of the one layer strays from what it is at the start.
    fn unevenness_of_layer(&self) -> f64 {
        let paces = pace(&self.path.points, |p| p.layer);
        let first = paces[0];
        most(paces.into_iter().map(|pace| (pace / first - 1.0).abs()))
    }

    /// As long as it will be: what is known beforehand can be drawn at once.
    fn time(&self) -> Axis {
        Axis::linear("time (steps × step size)").including(self.path.end())
    }

    fn modes(&self) -> Lines {
        let Params { strong, weak, u0, .. } = self.params;
        let points = &self.path.points;
        let mut lines = Lines::new(
            self.time(),
            Axis::linear("strength of the mode").including(0.0),
        );
        for (i, s) in [strong, weak].into_iter().enumerate() {
            let name = format!("s = {}", Decimal(s));
            let measured = points.iter().map(|p| (p.time, p.a[i])).collect();
            let formula = self.path.times().map(|t| (t, strength(s, u0, t)));
            lines = lines.main(&name, measured).reference_of(
                &name,
                if i == 0 { "formula" } else { "" },
                formula.collect(),
            );
        }
        lines
    }

    fn losses(&self) -> Lines {
        let curve = |loss: fn(&Point) -> f64| -> Vec<(f64, f64)> {
            let points = self.path.points.iter();
            points
                .map(|point| (point.time, loss(point)))
                .filter(|(_, loss)| *loss > 0.0)
                .collect()
        };
        let weak = self.params.weak;
        Lines::new(self.time(), Axis::log("squared loss"))
            .main("two layers", curve(|p| p.loss))
            .thin("one layer", curve(|p| p.layer))
            .threshold(self.left(), format!("s = {} missing", Decimal(weak)))
    }

    fn finding(&self) -> String {
        if !Staircase::is_over(self) {
            return Staircase::standing(self);
        }
        let [strong, weak] =
            [self.params.strong, self.params.weak].map(Decimal);
        let path = &self.path;
        let deviation = most(path.deviations.iter().copied());
        let deviation = Decimal(100.0 * deviation);
        if Staircase::bears_out(self) {
            format!(
                "Two layers learn one mode after the other, on the curves of \
                 the formula to {deviation:.1}\u{a0}%: half of s = {strong} at \
                 time {:.2}, half of s = {weak} at {:.2}. Their loss comes \
                 down in steps. One layer has no step.",
                Decimal(path.half_times()[0]),
                Decimal(path.half_times()[1]),
            )
        } else {
            format!(
                "With step size {}, two layers stay within \
                 {deviation:.1}\u{a0}% of the formula. Their loss starts at \
                 {:.2} and ends at {:.1e}, that of one layer at {:.1e}.",
                Decimal(self.params.lr),
                Decimal(path.points[0].loss),
                Decimal(path.points[path.points.len() - 1].loss),
                Decimal(path.points[path.points.len() - 1].layer),
            )
        }
    }

    fn description(&self) -> String {
        if !Staircase::is_over(self) {
            return Staircase::standing(self);
        }
        let Params { strong, weak, .. } = self.params;
        let path = &self.path;
        let flat = self.plateau();
        let last = &path.points[path.points.len() - 1];
        let lowest = least(path.points.iter().map(|p| p.a[0]));
        let mut text = format!(
            "Two panels over time from 0 to {:.1}. Left, the strengths of two \
             modes: both start at {:.0e}",
            Decimal(last.time),
            Decimal(lowest),
        );
        for (s, half) in [strong, weak].into_iter().zip(path.half_times()) {
            let (s, at) = (Decimal(s), Decimal(half));
            text += &match half.is_finite() {
                true => format!("; s = {s} rises in an S, its half at {at:.2}"),
                false => format!("; s = {s} is still below its half"),
            };
        }
        text += &format!(
            ". Dashed curves of the formula lie on them. Right, the loss on a \
             logarithmic axis: that of two layers starts at {:.2}",
            Decimal(path.points[0].loss)
        );
        if flat.pace.is_finite() {
            text += &format!(
                ", stays, falls, is flattest at {:.2} near time {:.1}",
                Decimal(flat.loss),
                Decimal(flat.time)
            );
        }
        text += &format!(
            ", and falls to {:.0e}; that of one layer is a straight line down \
             to {:.0e}.",
            Decimal(last.loss),
            Decimal(last.layer)
        );
        text
    }

    fn table(&self) -> Table {
        let Params { strong, weak, u0, .. } = self.params;
        let mut table = Table::new([
            Column::new("time").digits(2),
            Column::new("strong mode").digits(4),
            Column::new("strong mode, formula").digits(4),
            Column::new("weak mode").digits(4),
            Column::new("weak mode, formula").digits(4),
            Column::new("loss, two layers").digits(4),
            Column::new("loss, one layer").digits(4),
        ]);
        let every = self.path.points.len().div_ceil(60);
        for p in self.path.points.iter().step_by(every) {
            table.row([
                p.time.into(),
                p.a[0].into(),
                strength(strong, u0, p.time).into(),
                p.a[1].into(),
                strength(weak, u0, p.time).into(),
                p.loss.into(),
                p.layer.into(),
            ]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use study::{experiment::failing, params::Params as _};

    fn coarse() -> Params {
        Params { lr: 1e-3, ..Params::default() }
    }

    #[test]
    fn all_claims_hold_whatever_the_directions() {
        for seed in [1, 7] {
            let params = Params { seed, ..coarse() };
            let outcome =
                Staircase::run(&params, &Progress::silent()).expect("it runs");
            assert_eq!(failing::<Staircase>(&outcome), Vec::<String>::new());
        }
    }

    #[test]
    fn every_moment_of_a_run_can_be_drawn() {
        let mut outcome = Staircase::start(&coarse()).unwrap();
        while !Staircase::is_over(&outcome) {
            assert_eq!(Staircase::chart(&outcome).check(), Ok(()));
            let (done, _) = Staircase::steps(&outcome);
            Staircase::step(&mut outcome).unwrap();
            assert_eq!(Staircase::steps(&outcome).0, done + 1);
        }
        assert!(outcome.finer.is_over());
    }

    #[test]
    fn a_run_that_ends_early_is_the_run_that_was_to_end_there() {
        for lr in [1e-3, 0.03] {
            let params = Params { lr, ..Params::default() };
            let mut outcome = Staircase::start(&params).unwrap();
            assert!(outcome.ended_here().is_none());
            while !Staircase::is_over(&outcome) {
                Staircase::step(&mut outcome).unwrap();
                let (done, _) = Staircase::steps(&outcome);
                let now = &outcome.path.points[done];
                if done % 37 != 5 || now.step < 2 {
                    continue;
                }
                let ended = outcome.ended_here().unwrap();
                let last = ended.path.points.last().unwrap();
                let state = |p: &Point| (p.step, p.a, p.loss);
                assert_eq!(state(last), state(now));
                let text = ended.params.get("duration").unwrap();
                assert!(text.len() < 9, "{text}");
                let again =
                    Params { duration: text.parse().unwrap(), ..params };
                let again = Staircase::run(&again, &Progress::silent());
                let csv = |o: &Outcome| Staircase::chart(o).table.csv();
                assert_eq!(csv(&again.unwrap()), csv(&ended));
            }
        }
    }

    #[test]
    fn every_corner_of_the_ranges_ends_with_an_outcome_or_a_reason() {
        for strong in [0.5, 8.0] {
            for weak in [0.25, 4.0] {
                for (u0, duration) in
                    [(1e-8, 1.0), (1e-8, 1e-3), (0.1, 1.0), (0.1, 1e-3)]
                {
                    let lr = 0.2;
                    let params =
                        Params { strong, weak, u0, lr, duration, seed: 0 };
                    match Staircase::run(&params, &Progress::silent()) {
                        Ok(outcome) => {
                            let chart = Staircase::chart(&outcome);
                            assert_eq!(chart.check(), Ok(()), "{params:?}");
                            let text = chart.finding + &chart.description;
                            assert!(!text.contains("NaN"), "{text}");
                        }
                        Err(stopped) => assert!(!stopped.0.is_empty()),
                    }
                }
            }
        }
    }
}
