//! What is left of an error signal that goes back through a hundred moments?
//!
//! A recurrent network is a deep network whose layers are moments. A gradient
//! of length 1 with respect to the last state is sent back, and its length is
//! measured at every moment: |∂h_T/∂h_t| in that direction. Where the state is
//! h ← w·h + Ux, it is wᵈ after d moments; where it is h ← λ∘h + p∘a and the
//! gates see the input alone, it is the product of the forget gates.
//!
//! See the chapter `along-time`.

use ndarray::Array2;

use chart::{Axis, Cell as Entry, Chart, Column, Lines, Panel, Table};
use exact::{
    product::norm,
    rng::{Rng, Stream},
    statistics::{least, median, most},
    transcendental::pow,
};
use slope::Activation;
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

use super::recurrence::{Cell, Recurrence};

/// Moments over which the slope is measured, too.
const MEASURED: usize = 10;

/// By how much a state is moved for that.
const STEP: f64 = 1e-5;

const LINEAR: Cell = Cell::Recurrent(Activation::Identity);

/// A cell, its weight along time if that is not drawn, and the bias of its
/// forget gate.
#[derive(Clone, Copy)]
struct Setup {
    name: &'static str,
    cell: Cell,
    weight: Option<f64>,
    bias: f64,
}

const fn setup(
    name: &'static str,
    cell: Cell,
    weight: Option<f64>,
    bias: f64,
) -> Setup {
    Setup { name, cell, weight, bias }
}

const SETUPS: [Setup; 6] = [
    setup("weight 1.1", LINEAR, Some(1.1), 0.0),
    setup("weight 0.9", LINEAR, Some(0.9), 0.0),
    setup("tanh", Cell::Recurrent(Activation::Tanh), None, 0.0),
    setup("carousel", Cell::Carousel, None, 0.0),
    setup("forget bias 5", Cell::Forgetful, None, 5.0),
    setup("forget bias 1", Cell::Forgetful, None, 1.0),
];

/// Places in [`SETUPS`].
const GROWING: usize = 0;
const SHRINKING: usize = 1;
const TANH: usize = 2;
const CAROUSEL: usize = 3;
const OPEN: usize = 4;
const USUAL: usize = 5;

params! {
    /// What the products depend on.
    pub struct Params {
        /// Seed of the first weights and inputs; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// Seeds, each with its own weights and inputs.
        seeds: usize = 4, in 1..=20, "Seeds";
        /// Units of the state.
        units: usize = 8, in 2..=32, "Units";
        /// Moments that the gradient passes.
        distance: usize = 100, in 20..=200, "Distance", "moments";
    }
}

/// The experiment.
pub struct Memory;

/// One gradient on its way back.
struct Passage {
    /// Its length, by moments passed.
    lengths: Vec<f64>,
    /// How far the measured slope over [`MEASURED`] moments is from the
    /// product, relative to it.
    off: f64,
}

/// What was found.
pub struct Outcome {
    params: Params,
    /// By setup and seed.
    passages: Vec<Vec<Passage>>,
}

impl Experiment for Memory {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "memory";
    const QUESTION: &'static str =
        "What is left of an error signal after a hundred moments?";
    const CHAPTER: &'static str = "along-time";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        Ok(sent_back(params, progress, SETUPS, false))
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let rest = |setup| median(outcome.rests(setup));
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("units", outcome.params.units),
            Fact::count("distance", outcome.params.distance),
            Fact::scientific("shrinking", rest(SHRINKING), 2),
            Fact::scientific("growing", rest(GROWING), 2),
            Fact::scientific("tanh", most(outcome.rests(TANH)), 0).most(),
            Fact::scientific("usual", rest(USUAL), 0),
            Fact::fixed("open", rest(OPEN), 2),
            Fact::scientific("off", outcome.off(), 0).most(),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let moments = outcome.params.distance as f64;
        let power = |setup, weight| {
            let power = pow(weight, moments);
            most(outcome.rests(setup).map(|rest| (rest / power - 1.0).abs()))
        };
        let one = outcome.rests(CAROUSEL).map(|rest| (rest - 1.0).abs());
        vec![
            Claim::below(
                "the carousel hands the gradient on as it is",
                most(one),
                1e-14,
            )
            .for_any("units")
            .for_any("distance"),
            Claim::below(
                "a weight of 0.9 leaves its power",
                power(SHRINKING, 0.9),
                1e-12,
            )
            .for_any("units")
            .for_any("distance"),
            Claim::below(
                "a weight of 1.1 leaves its power",
                power(GROWING, 1.1),
                1e-12,
            )
            .for_any("units")
            .for_any("distance"),
            Claim::below(
                "tanh with the usual weights leaves next to nothing",
                most(outcome.rests(TANH)),
                1e-8,
            ),
            Claim::below(
                "nor does a forget gate with the bias 1",
                most(outcome.rests(USUAL)),
                1e-8,
            ),
            Claim::above(
                "with the bias 5 a good part is left",
                least(outcome.rests(OPEN)),
                0.3,
            ),
            Claim::below(
                "the product is the measured slope",
                outcome.off(),
                1e-4,
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("distance", 95.0, 105.0),
            Span::between("units", 6.0, 32.0),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("Length of a gradient, by the moments it has gone back")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([
                Panel::new("without gates", outcome.panel(0..CAROUSEL)),
                Panel::new("with gates", outcome.panel(CAROUSEL..SETUPS.len())),
            ])
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        vec![
            broken("a weight of 1 in the place of others", |setups| {
                setups[SHRINKING].weight = Some(1.0);
                setups[GROWING].weight = Some(1.0);
            }),
            broken("slope 1 and weight 1 in the place of tanh", |setups| {
                setups[TANH].cell = LINEAR;
                setups[TANH].weight = Some(1.0);
            }),
            broken("a bias of 5 in the place of 1", |setups| {
                setups[USUAL].bias = 5.0;
            }),
            broken("a bias of 1 in the place of 5", |setups| {
                setups[OPEN].bias = 1.0;
            }),
            Sabotage::new(
                "the transpose forgotten",
                few(),
                |params, progress| {
                    Ok(sent_back(params, progress, SETUPS, true))
                },
            ),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        vec![
            broken("nothing is forgotten", |setups| {
                setups[CAROUSEL].cell = Cell::Forgetful;
            })
            .counters("kept", "the carousel hands the gradient on as it is"),
        ]
    }
}

fn few() -> Params {
    Params { seeds: 1, ..Params::default() }
}

fn broken(what: &'static str, change: fn(&mut [Setup; 6])) -> Sabotage<Memory> {
    Sabotage::new(what, few(), move |params, progress| {
        let mut setups = SETUPS;
        change(&mut setups);
        Ok(sent_back(params, progress, setups, false))
    })
}

fn sent_back(
    params: &Params,
    progress: &Progress,
    setups: [Setup; 6],
    is_transposed: bool,
) -> Outcome {
    progress.expect(setups.len() * params.seeds);
    let all = || seeds(params.seed, params.seeds);
    let jobs = setups.iter().flat_map(|setup| all().map(move |s| (setup, s)));
    let passages = parallel::results(jobs, |(setup, seed)| {
        let passage = passage(params, *setup, seed, is_transposed);
        progress.advance(1);
        passage
    });
    let mut passages = passages.into_iter();
    let of_setup = |_| passages.by_ref().take(params.seeds).collect();
    let passages = setups.iter().map(of_setup).collect();
    Outcome { params: params.clone(), passages }
}

fn passage(
    params: &Params,
    setup: Setup,
    seed: u64,
    is_transposed: bool,
) -> Passage {
    let mut rng = Rng::new(seed, Stream::Weights);
    let drawn = Recurrence::drawn(setup.cell, 2, params.units, &mut rng);
    let network = drawn.remembering(setup.bias).keeping(setup.weight);
    let mut rng = Rng::new(seed, Stream::Data);
    let mut normal = |n| Array2::from_shape_simple_fn((1, n), || rng.normal());
    let d = normal(params.units);
    let d = &d / norm(&d);
    let xs: Vec<_> = (0..params.distance).map(|_| normal(2)).collect();
    let (_, moments) = network.states(network.nothing(1), &xs);
    let mut back = network.clone();
    if is_transposed {
        back.w = back.w.t().as_standard_layout().into_owned();
    }
    let sent = back.sent_back(&moments, d.clone());
    // The slope of d·h_T along the direction that has come back.
    let from = params.distance - MEASURED;
    let (here, _) = network.states(network.nothing(1), &xs[..from]);
    let way = &sent[MEASURED] / norm(&sent[MEASURED]);
    let end = |step: f64| {
        let (last, _) = network.states(&here + step * &way, &xs[from..]);
        (last * &d).sum()
    };
    let measured = (end(STEP) - end(-STEP)) / (2.0 * STEP);
    let lengths: Vec<f64> = sent.iter().map(norm).collect();
    let off = (measured / lengths[MEASURED] - 1.0).abs();
    Passage { lengths, off }
}

impl Outcome {
    /// What is left at the first moment, by seed.
    fn rests(&self, setup: usize) -> impl Iterator<Item = f64> {
        let all = self.passages[setup].iter();
        all.map(|passage| passage.lengths[passage.lengths.len() - 1])
    }

    fn off(&self) -> f64 {
        most(self.passages.iter().flatten().map(|passage| passage.off))
    }

    fn panel(&self, setups: std::ops::Range<usize>) -> Lines {
        let y = Axis::log("length of the gradient");
        let y = y.including(1e-24).including(1e5);
        let lines = Lines::new(Axis::linear("moments back"), y);
        let points = |passage: &Passage| -> Vec<(f64, f64)> {
            let lengths = passage.lengths.iter().enumerate();
            let shown = lengths.filter(|(_, length)| **length > 1e-24);
            shown.map(|(back, length)| (back as f64, *length)).collect()
        };
        setups.fold(lines, |lines, at| {
            let (name, passages) = (SETUPS[at].name, &self.passages[at]);
            let lines = lines.main(name, points(&passages[0]));
            passages[1..].iter().fold(lines, |lines, passage| {
                lines.thin_of(name, points(passage))
            })
        })
    }

    fn finding(&self) -> String {
        let rest = |setup, digits| {
            let median = median(self.rests(setup));
            Fact::readable("rest", median, digits).text()
        };
        let Params { distance, seeds, .. } = self.params;
        let text = format!(
            "After {distance} moments a weight of 0.9 leaves {} of a gradient, \
             tanh leaves {}, and a forget gate {}, if its bias is 1, or {}, if \
             that is 5. Medians of {seeds} seeds.",
            rest(SHRINKING, 2),
            rest(TANH, 1),
            rest(USUAL, 1),
            rest(OPEN, 2),
        );
        match Memory::bears_out(self) {
            true => format!("{text} The carousel leaves all of it."),
            false => text,
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Two panels over {} moments, the length of a gradient on a \
             logarithmic axis: without gates and with gates. At the end:",
            self.params.distance
        );
        for (at, setup) in SETUPS.iter().enumerate() {
            let shown = |rest| Fact::readable("rest", rest, 2).text();
            text += &format!(
                " {}, from {} to {};",
                setup.name,
                shown(least(self.rests(at))),
                shown(most(self.rests(at))),
            );
        }
        text.pop();
        text + "."
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("network"),
            Column::new("moments back"),
            Column::new("median length").digits(3),
        ]);
        for (at, setup) in SETUPS.iter().enumerate() {
            for back in (0..=self.params.distance).step_by(10) {
                let lengths = self.passages[at].iter();
                let length = median(lengths.map(|one| one.lengths[back]));
                table.row([
                    Entry::Text(setup.name.into()),
                    Entry::Number(back as f64),
                    Entry::Number(length),
                ]);
            }
        }
        table
    }
}
