//! Runs that can be watched: an outcome that grows, step by step.
//!
//! A page shows a run while it goes on, stops it for a moment, or takes one
//! step of it. Whoever watches changes nothing: the outcome after so many
//! steps is that of the run that was never watched.

use crate::experiment::{
    Entry, Experiment, Progress, Report, Stopped, Unrun, reported, set,
};
use chart::{Chart, Layout};

/// An experiment that takes its steps one at a time.
pub trait Live: Experiment + Sized {
    /// What a step is, for a reader: `epoch`.
    const STEP: &'static str;

    /// The outcome before the first step.
    ///
    /// # Errors
    /// If the parameters contradict one another.
    fn start(params: &Self::Params) -> Result<Self::Outcome, Stopped>;

    /// How many steps are done, and how many there are.
    fn steps(outcome: &Self::Outcome) -> (usize, usize);

    /// Whether no step is left: all are done, or the run has come to an end
    /// of its own.
    fn is_over(outcome: &Self::Outcome) -> bool {
        let (done, all) = Self::steps(outcome);
        done >= all
    }

    /// Takes one step.
    ///
    /// # Errors
    /// If the run cannot go on, says where and why.
    fn step(outcome: &mut Self::Outcome) -> Result<(), Stopped>;

    /// Takes so many steps, or as many as are left.
    ///
    /// # Errors
    /// If the run cannot go on, says where and why.
    fn advance(
        outcome: &mut Self::Outcome,
        steps: usize,
        progress: &Progress,
    ) -> Result<(), Stopped> {
        let (done, all) = Self::steps(outcome);
        progress.expect(steps.min(all - done));
        for _ in 0..steps {
            if Self::is_over(outcome) {
                break;
            }
            Self::step(outcome)?;
            progress.advance(1);
        }
        Ok(())
    }

    /// Where the run stands, in a few words.
    fn standing(outcome: &Self::Outcome) -> String;

    /// Makes the outcome that of the run that was to end here, and tells
    /// whether parameters can make such a run: so one that a reader stopped
    /// has a link and a digest, too.
    fn end_here(outcome: &mut Self::Outcome) -> bool;

    /// The parameters of an outcome.
    fn params(outcome: &Self::Outcome) -> &Self::Params;

    /// All steps, one after the other: what [`Experiment::run`] of a live
    /// experiment does.
    ///
    /// # Errors
    /// If the run cannot go on, says where and why.
    fn to_the_end(
        params: &Self::Params,
        progress: &Progress,
    ) -> Result<Self::Outcome, Stopped> {
        let mut outcome = Self::start(params)?;
        Self::advance(&mut outcome, usize::MAX, progress)?;
        Ok(outcome)
    }
}

/// An experiment that does the same for each of several seeds, in a few steps
/// each, and can be watched from one step to the next.
///
/// [`Experiment::run`] may do all seeds at once; it finds what the steps find.
pub trait BySeed: Experiment {
    /// What a step is, for a reader: `network`.
    const STEP: &'static str;

    /// The first seed, and how many there are.
    fn seeds(params: &mut Self::Params) -> (&mut u64, &mut usize);

    /// The parameters of an outcome.
    fn params(outcome: &mut Self::Outcome) -> &mut Self::Params;

    /// The outcome before the first seed.
    ///
    /// # Errors
    /// If the parameters contradict one another.
    fn start(params: &Self::Params) -> Result<Self::Outcome, Stopped>;

    /// How many steps a seed takes.
    fn steps(params: &Self::Params) -> usize;

    /// How much work a step of a seed is, compared with its other steps.
    fn work(_params: &Self::Params, _step: usize) -> f64 {
        1.0
    }

    /// Takes a step of this seed, the first being 0. Those of a seed come in
    /// their order, and the seeds in theirs. A chart can show the outcome
    /// after each.
    ///
    /// # Errors
    /// If the run cannot go on, says where and why.
    fn step(
        outcome: &mut Self::Outcome,
        seed: u64,
        step: usize,
    ) -> Result<(), Stopped>;
}

/// A run under way, of any experiment.
pub trait Run {
    /// Takes so many steps, or as many as are left. An experiment that is not
    /// [`Live`] has one step, which is all of it.
    ///
    /// # Errors
    /// If the run cannot go on.
    fn advance(
        &mut self,
        steps: usize,
        progress: &Progress,
    ) -> Result<(), Unrun>;

    /// Where the run stands.
    fn standing(&self) -> Standing;

    /// What there is to be seen now.
    ///
    /// # Errors
    /// If nothing can be drawn yet.
    fn frame(&self, layout: Layout) -> Result<Frame, Unrun>;

    /// All there is to know of the run that ends here. A seed that has been
    /// begun is brought to its end first.
    ///
    /// # Errors
    /// If a run cannot end here.
    fn report(&mut self) -> Result<Report, Unrun>;
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Whether it can be watched, and stopped for a moment.
    pub live: bool,
    /// Steps that are done.
    pub done: usize,
    /// Steps in all.
    pub all: usize,
    /// The part of the work that is done, from 0 to 1: not all steps are as
    /// much work as the others.
    pub share: f64,
    /// Whether none is left to be done.
    pub over: bool,
    /// The same, with what has been reached, in a few words.
    pub says: String,
}

/// A figure of a run that may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The drawing.
    pub svg: String,
    /// What is to be seen in it.
    pub finding: String,
}

/// The run of an experiment, as what an [`Entry`] begins.
pub(crate) type Begin = fn(&[(String, String)]) -> Result<Box<dyn Run>, Unrun>;

impl Entry {
    /// The entry of an experiment that can be watched.
    pub const fn live<E: Live + 'static>() -> Self
    where
        E::Params: 'static,
        E::Outcome: 'static,
    {
        Self::of::<E>().watched(watched::<E>, E::STEP)
    }

    /// The entry of an experiment that can be watched seed by seed.
    pub const fn by_seed<E: BySeed + 'static>() -> Self
    where
        E::Params: 'static,
        E::Outcome: 'static,
    {
        Self::of::<E>().watched(sown::<E>, E::STEP)
    }
}

/// What an outcome shows.
fn framed<E: Experiment>(
    outcome: &E::Outcome,
    layout: Layout,
) -> Result<Frame, Unrun> {
    let chart = E::chart(outcome);
    chart.check().map_err(Unrun::Undrawable)?;
    Ok(drawn(&chart, E::ID, layout))
}

fn drawn(chart: &Chart, id: &str, layout: Layout) -> Frame {
    Frame { svg: chart.svg(id, layout), finding: chart.finding.clone() }
}

/// What has been found so far, if anything has.
fn found<O>(outcome: Option<O>) -> Result<O, Unrun> {
    let early = || Unrun::Stopped(Stopped("nothing has been run".into()));
    outcome.ok_or_else(early)
}

struct Watched<E: Live>(E::Outcome);

fn watched<E: Live + 'static>(
    settings: &[(String, String)],
) -> Result<Box<dyn Run>, Unrun>
where
    E::Outcome: 'static,
{
    let params = set(settings).map_err(Unrun::BadParam)?;
    let outcome = E::start(&params).map_err(Unrun::Stopped)?;
    Ok(Box::new(Watched::<E>(outcome)))
}

impl<E: Live> Run for Watched<E> {
    fn advance(
        &mut self,
        steps: usize,
        progress: &Progress,
    ) -> Result<(), Unrun> {
        E::advance(&mut self.0, steps, progress).map_err(Unrun::Stopped)
    }

    fn standing(&self) -> Standing {
        let (done, all) = E::steps(&self.0);
        Standing {
            live: true,
            done,
            all,
            share: done as f64 / all as f64,
            over: E::is_over(&self.0),
            says: E::standing(&self.0),
        }
    }

    fn frame(&self, layout: Layout) -> Result<Frame, Unrun> {
        framed::<E>(&self.0, layout)
    }

    fn report(&mut self) -> Result<Report, Unrun> {
        if !E::is_over(&self.0) && !E::end_here(&mut self.0) {
            let why = "no link leads to a run that ends here";
            return Err(Unrun::Stopped(Stopped(why.into())));
        }
        reported::<E>(E::params(&self.0), &self.0)
    }
}

/// A run that goes on seed by seed.
struct Sown<E: BySeed> {
    params: E::Params,
    first: u64,
    seeds: usize,
    /// Steps that are done, of all seeds together.
    done: usize,
    /// None before the first step.
    outcome: Option<E::Outcome>,
}

fn sown<E: BySeed + 'static>(
    settings: &[(String, String)],
) -> Result<Box<dyn Run>, Unrun>
where
    E::Params: 'static,
    E::Outcome: 'static,
{
    let mut params: E::Params = set(settings).map_err(Unrun::BadParam)?;
    let (first, seeds) = E::seeds(&mut params);
    let (first, seeds) = (*first, *seeds);
    Ok(Box::new(Sown::<E> { params, first, seeds, done: 0, outcome: None }))
}

impl<E: BySeed> Sown<E> {
    fn all(&self) -> usize {
        self.seeds * E::steps(&self.params)
    }

    /// The part of the work that is done.
    fn share(&self) -> f64 {
        let of_seed = E::steps(&self.params);
        let work = |steps: usize| -> f64 {
            (0..steps).map(|step| E::work(&self.params, step)).sum()
        };
        let whole = work(of_seed);
        let seeds = (self.done / of_seed) as f64;
        let begun = work(self.done % of_seed) / whole;
        (seeds + begun) / self.seeds as f64
    }

    fn step(&mut self) -> Result<(), Stopped> {
        let outcome = match &mut self.outcome {
            Some(outcome) => outcome,
            None => self.outcome.insert(E::start(&self.params)?),
        };
        let of_seed = E::steps(&self.params);
        let seed = self.first + (self.done / of_seed) as u64;
        E::step(outcome, seed, self.done % of_seed)?;
        self.done += 1;
        Ok(())
    }
}

impl<E: BySeed> Run for Sown<E> {
    fn advance(
        &mut self,
        steps: usize,
        progress: &Progress,
    ) -> Result<(), Unrun> {
        // Where there are threads, all seeds at once are sooner there.
        if self.done == 0 && steps >= self.all() {
            let whole = E::run(&self.params, progress);
            self.outcome = Some(whole.map_err(Unrun::Stopped)?);
            self.done = self.all();
        }
        let steps = steps.min(self.all() - self.done);
        progress.expect(steps);
        for _ in 0..steps {
            self.step().map_err(Unrun::Stopped)?;
            progress.advance(1);
        }
        Ok(())
    }

    fn standing(&self) -> Standing {
        let (done, all) = (self.done, self.all());
        let says = format!("{done} of {all} {}s.", E::STEP);
        let share = self.share();
        Standing { live: true, done, all, share, over: done == all, says }
    }

    fn frame(&self, layout: Layout) -> Result<Frame, Unrun> {
        let outcome = found(self.outcome.as_ref())?;
        let Standing { over, says, .. } = self.standing();
        if over {
            return framed::<E>(outcome, layout);
        }
        // What is still to come leaves gaps, and nothing is said of them.
        let mut chart = E::chart(outcome);
        chart.finding.clone_from(&says);
        chart.description = says;
        Ok(drawn(&chart, E::ID, layout))
    }

    fn report(&mut self) -> Result<Report, Unrun> {
        let of_seed = E::steps(&self.params);
        let seeds = self.done.div_ceil(of_seed);
        self.advance(seeds * of_seed - self.done, &Progress::silent())?;
        let outcome = found(self.outcome.as_mut())?;
        let params = E::params(outcome);
        *E::seeds(params).1 = seeds;
        let params = params.clone();
        reported::<E>(&params, outcome)
    }
}

/// A run that is either to come or over.
struct Whole<E: Experiment> {
    params: E::Params,
    outcome: Option<E::Outcome>,
}

/// The run of an experiment that cannot be watched.
pub(crate) fn whole<E: Experiment + 'static>(
    settings: &[(String, String)],
) -> Result<Box<dyn Run>, Unrun>
where
    E::Params: 'static,
    E::Outcome: 'static,
{
    let params = set(settings).map_err(Unrun::BadParam)?;
    Ok(Box::new(Whole::<E> { params, outcome: None }))
}

impl<E: Experiment> Run for Whole<E> {
    fn advance(
        &mut self,
        steps: usize,
        progress: &Progress,
    ) -> Result<(), Unrun> {
        if steps > 0 && self.outcome.is_none() {
            let outcome = E::run(&self.params, progress);
            self.outcome = Some(outcome.map_err(Unrun::Stopped)?);
        }
        Ok(())
    }

    fn standing(&self) -> Standing {
        let over = self.outcome.is_some();
        Standing {
            live: false,
            done: over.into(),
            all: 1,
            share: f64::from(u8::from(over)),
            over,
            says: String::new(),
        }
    }

    fn frame(&self, layout: Layout) -> Result<Frame, Unrun> {
        framed::<E>(found(self.outcome.as_ref())?, layout)
    }

    fn report(&mut self) -> Result<Report, Unrun> {
        reported::<E>(&self.params, found(self.outcome.as_ref())?)
    }
}
