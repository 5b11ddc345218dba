//! An experiment is a value: parameters in; facts, claims and a chart out.
//!
//! The same functions serve the build (figure and numbers), `cargo test`
//! (claims), the page (lab) and the command line.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

pub use crate::claim::{Claim, Span};
#[cfg(not(target_family = "wasm"))]
use crate::sabotage::Damage;
use crate::{
    fact::Fact,
    lent::Lender,
    live::{self, Begin, whole},
    own::Reader,
    params::{BadParam, Field, Params},
    sabotage::Sabotage,
};
use chart::{Chart, Layout, Table};

/// One question that a run of code settles.
pub trait Experiment {
    /// What the run depends on; the defaults are what the book shows.
    type Params: Params;
    /// What a run leaves behind.
    type Outcome;

    /// The name in directives, on the command line and in links.
    const ID: &'static str;
    /// The question, as a reader would ask it.
    const QUESTION: &'static str;
    /// The chapter that explains it.
    const CHAPTER: &'static str;

    /// Runs the experiment. The outcome depends on the parameters alone: not
    /// on a clock, on global state, or on the number of threads.
    ///
    /// # Errors
    /// If the parameters make the training diverge, says where.
    fn run(
        params: &Self::Params,
        progress: &Progress,
    ) -> Result<Self::Outcome, Stopped>;

    /// The numbers that the prose may quote. One that is not finite is left
    /// out: with other parameters than the book's, an outcome may not have it.
    fn facts(outcome: &Self::Outcome) -> Vec<Fact>;

    /// What the book says about the outcome, each with its margin.
    fn claims(outcome: &Self::Outcome) -> Vec<Claim>;

    /// Which settings the claims speak of besides the book's, where they do not
    /// say so themselves.
    fn domain() -> Vec<Span> {
        Vec::new()
    }

    /// Whether every claim holds: with other parameters than the book's, or a
    /// sabotage, a caption must not say what this run did not find.
    fn bears_out(outcome: &Self::Outcome) -> bool {
        Self::claims(outcome).iter().all(|claim| claim.holds)
    }

    /// The picture.
    fn chart(outcome: &Self::Outcome) -> Chart;

    /// What was measured as training went on, for TensorBoard; empty where
    /// nothing is trained.
    fn series(_outcome: &Self::Outcome) -> Vec<Series> {
        Vec::new()
    }

    /// Runs with one thing wrong, which break what the book says.
    fn sabotages() -> Vec<Sabotage<Self>>
    where
        Self: Sized,
    {
        Vec::new()
    }

    /// Runs without one of the hypotheses of what the book says: sabotages, each
    /// with the claim that it [counters](Sabotage::counters).
    fn counter_runs() -> Vec<Sabotage<Self>>
    where
        Self: Sized,
    {
        Vec::new()
    }
}

/// The claims that an outcome does not bear out; what a sabotage is to break.
pub fn failing<E: Experiment>(outcome: &E::Outcome) -> Vec<String> {
    let claims = E::claims(outcome).into_iter();
    claims.filter(|claim| !claim.holds).map(|claim| claim.says).collect()
}

/// One quantity, measured as training went on.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Series {
    /// What was measured, and in which run: `loss/tanh/seed-0`.
    pub name: String,
    /// Step (an epoch or an update) and value.
    pub points: Vec<(u64, f64)>,
}

/// A run that ended before its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped(pub String);

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Stopped {}

impl Stopped {
    /// For the reason that the error gives.
    pub fn because(why: impl std::error::Error) -> Self {
        Stopped(why.to_string())
    }
}

/// Tells whoever waits how far a run has come. Runs on several threads at
/// once share one.
pub struct Progress<'a> {
    done: AtomicU64,
    total: AtomicU64,
    tell: &'a (dyn Fn(u64, u64) + Sync),
}

impl<'a> Progress<'a> {
    /// Progress that is told to `tell` as steps done and steps in all.
    pub fn new(tell: &'a (dyn Fn(u64, u64) + Sync)) -> Self {
        Self { done: AtomicU64::new(0), total: AtomicU64::new(0), tell }
    }

    /// Progress that nobody waits for.
    pub fn silent() -> Self {
        Self::new(&|_, _| {})
    }

    /// Announces more steps to come.
    pub fn expect(&self, steps: usize) {
        self.total.fetch_add(steps as u64, Ordering::Relaxed);
    }

    /// Reports steps that are done.
    pub fn advance(&self, steps: usize) {
        let steps = steps as u64;
        let done = self.done.fetch_add(steps, Ordering::Relaxed) + steps;
        (self.tell)(done, self.total.load(Ordering::Relaxed));
    }
}

/// All that a page, the command line or a test wants to know of one run.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Report {
    /// The experiment.
    pub id: String,
    /// The chapter that explains it.
    pub chapter: String,
    /// Every parameter and the value it had.
    pub params: Vec<(String, String)>,
    /// The numbers that the prose may quote.
    pub facts: Vec<Fact>,
    /// What the book says about it, and whether it holds.
    pub claims: Vec<Claim>,
    /// The picture.
    pub figure: Figure,
    /// What was measured as training went on.
    pub series: Vec<Series>,
}

/// A chart, drawn.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Figure {
    /// What is drawn.
    pub title: String,
    /// What was found: the caption.
    pub finding: String,
    /// The picture in words, for those who cannot see it.
    pub description: String,
    /// The data behind it.
    pub table: Table,
    /// The picture for a page of a book.
    pub wide: String,
    /// The picture for a telephone.
    pub narrow: String,
}

/// An experiment of any type, as the book and the command line see it.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The name in directives, on the command line and in links.
    pub id: &'static str,
    /// The question, as a reader would ask it.
    pub question: &'static str,
    /// The chapter that explains it.
    pub chapter: &'static str,
    /// What a step is, if a run can be watched.
    pub step: Option<&'static str>,
    fields: fn() -> Vec<Field>,
    settled: Settle,
    begin: Begin,
    // The program of a page sabotages nothing.
    #[cfg(not(target_family = "wasm"))]
    damages: fn() -> Result<Vec<Damage>, Stopped>,
    pub(crate) lender: Option<Lender>,
    pub(crate) reader: Option<Reader>,
}

/// All parameters as they are with some settings.
type Settle =
    fn(&[(String, String)]) -> Result<Vec<(String, String)>, BadParam>;

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unrun {
    /// A parameter could not be set.
    BadParam(BadParam),
    /// The run ended before its time.
    Stopped(Stopped),
    /// What was found cannot be drawn honestly; says all that is in the way.
    Undrawable(Vec<String>),
}

impl fmt::Display for Unrun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unrun::BadParam(bad) => bad.fmt(f),
            Unrun::Stopped(stopped) => stopped.fmt(f),
            Unrun::Undrawable(why) => f.write_str(&why.join("\n")),
        }
    }
}

impl std::error::Error for Unrun {}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({})", self.id)
    }
}

impl Entry {
    /// The entry of an experiment.
    pub const fn of<E: Experiment + 'static>() -> Self
    where
        E::Params: 'static,
        E::Outcome: 'static,
    {
        Self {
            id: E::ID,
            question: E::QUESTION,
            chapter: E::CHAPTER,
            step: None,
            fields: E::Params::fields,
            settled: settled::<E::Params>,
            begin: whole::<E>,
            #[cfg(not(target_family = "wasm"))]
            damages: crate::sabotage::damages::<E>,
            lender: None,
            reader: None,
        }
    }

    pub(crate) const fn watched(
        mut self,
        begin: Begin,
        step: &'static str,
    ) -> Self {
        self.begin = begin;
        self.step = Some(step);
        self
    }

    /// The run with the given parameters, before its first step.
    ///
    /// ```
    /// use experiments::LABS;
    /// use study::experiment::Progress;
    /// let tent = LABS.iter().find(|entry| entry.id == "tent").unwrap();
    /// let mut run = tent.begin(&[]).unwrap();
    /// run.advance(1, &Progress::silent()).unwrap();
    /// assert!(run.standing().over);
    /// let report = tent.report(&[], &Progress::silent());
    /// assert_eq!(run.report(), report);
    /// ```
    ///
    /// # Errors
    /// If a parameter does not exist or is out of its range, or if the
    /// parameters contradict one another.
    pub fn begin(
        &self,
        settings: &[(String, String)],
    ) -> Result<Box<dyn live::Run>, Unrun> {
        (self.begin)(settings)
    }

    /// The parameters, each with its label, range and default.
    pub fn fields(&self) -> Vec<Field> {
        (self.fields)()
    }

    /// Every parameter and the value that it has with these settings, written
    /// as it is wherever it is shown.
    ///
    /// # Errors
    /// If a parameter does not exist or is out of its range.
    pub fn settled(
        &self,
        settings: &[(String, String)],
    ) -> Result<Vec<(String, String)>, BadParam> {
        (self.settled)(settings)
    }

    /// What each of its sabotages and counter-runs does to the claims of the
    /// experiment.
    ///
    /// # Errors
    /// If a sabotaged run does not come to its end.
    #[cfg(not(target_family = "wasm"))]
    pub fn damages(&self) -> Result<Vec<Damage>, Stopped> {
        (self.damages)()
    }

    /// Runs the experiment with the given parameters, the others as the book
    /// shows them.
    ///
    /// # Errors
    /// If a parameter does not exist or is out of its range, if the training
    /// diverges, or if the outcome cannot be drawn.
    pub fn report(
        &self,
        settings: &[(String, String)],
        progress: &Progress,
    ) -> Result<Report, Unrun> {
        let mut run = self.begin(settings)?;
        run.advance(usize::MAX, progress)?;
        run.report()
    }
}

pub(crate) fn set<P: Params>(
    settings: &[(String, String)],
) -> Result<P, BadParam> {
    let mut params = P::default();
    for (key, text) in settings {
        params.set(key, text)?;
    }
    Ok(params)
}

fn told<P: Params>(params: &P) -> Vec<(String, String)> {
    P::fields()
        .into_iter()
        .filter_map(|f| Some((f.key.to_string(), params.get(f.key)?)))
        .collect()
}

fn settled<P: Params>(
    settings: &[(String, String)],
) -> Result<Vec<(String, String)>, BadParam> {
    set::<P>(settings).map(|params| told(&params))
}

/// All there is to know of an outcome.
pub(crate) fn reported<E: Experiment>(
    params: &E::Params,
    outcome: &E::Outcome,
) -> Result<Report, Unrun> {
    let chart = E::chart(outcome);
    chart.check().map_err(Unrun::Undrawable)?;
    let (fields, params) = (E::Params::fields(), told(params));
    let (claims, domain) = (E::claims(outcome).into_iter(), E::domain());
    Ok(Report {
        id: E::ID.into(),
        chapter: E::CHAPTER.into(),
        facts: E::facts(outcome)
            .into_iter()
            .filter(|fact| fact.value.is_finite())
            .collect(),
        claims: claims
            .map(|claim| claim.within(&domain).of_run(&fields, &params))
            .collect(),
        params,
        figure: Figure {
            wide: chart.svg(E::ID, Layout::Wide),
            narrow: chart.svg(E::ID, Layout::Narrow),
            title: chart.title,
            finding: chart.finding,
            description: chart.description,
            table: chart.table,
        },
        series: E::series(outcome),
    })
}
