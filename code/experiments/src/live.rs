//! Runs that can be watched: an outcome that grows, step by step.
//!
//! A page shows a run while it goes on, stops it for a moment, or takes one
//! step of it. Whoever watches changes nothing: the outcome after so many
//! steps is that of the run that was never watched.

use crate::{
    chart::Layout,
    experiment::{
        Entry, Experiment, Progress, Report, Stopped, Unrun, reported, set,
    },
};

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

    /// Where the run stands, in a few words.
    fn standing(outcome: &Self::Outcome) -> String;

    /// The outcome of the run that was to end here: so a run that a reader
    /// stopped has a link and a digest, too. None where no parameters make
    /// such a run.
    fn ended_here(outcome: &Self::Outcome) -> Option<Self::Outcome>;

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
        advance::<Self>(&mut outcome, usize::MAX, progress)?;
        Ok(outcome)
    }
}

/// An experiment that does the same for each of several seeds, and can be
/// watched from one to the next.
pub trait BySeed: Experiment {
    /// The first seed, and how many there are.
    fn seeds(params: &mut Self::Params) -> (&mut u64, &mut usize);

    /// Adds the outcome of the seeds that follow: then it is the outcome of
    /// all of them.
    fn join(outcome: &mut Self::Outcome, next: Self::Outcome);
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

    /// All there is to know of the run that ends here.
    ///
    /// # Errors
    /// If a run cannot end here.
    fn report(&self) -> Result<Report, Unrun>;
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whether it can be watched, and stopped for a moment.
    pub live: bool,
    /// Steps that are done.
    pub done: usize,
    /// Steps in all.
    pub all: usize,
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

    /// The entry of an experiment that can be watched from seed to seed.
    pub const fn by_seed<E: BySeed + 'static>() -> Self
    where
        E::Params: 'static,
        E::Outcome: 'static,
    {
        Self::of::<E>().watched(sown::<E>, SEED)
    }
}

/// Takes so many steps, or as many as are left.
fn advance<E: Live>(
    outcome: &mut E::Outcome,
    steps: usize,
    progress: &Progress,
) -> Result<(), Stopped> {
    let (done, all) = E::steps(outcome);
    progress.expect(steps.min(all - done));
    for _ in 0..steps {
        if E::is_over(outcome) {
            break;
        }
        E::step(outcome)?;
        progress.advance(1);
    }
    Ok(())
}

/// What an outcome shows.
fn framed<E: Experiment>(
    outcome: &E::Outcome,
    layout: Layout,
) -> Result<Frame, Unrun> {
    let chart = E::chart(outcome);
    chart.check().map_err(Unrun::Undrawable)?;
    let svg = chart.svg(E::ID, layout);
    Ok(Frame { svg, finding: chart.finding })
}

/// What has been found so far, if anything has.
fn found<O>(outcome: &Option<O>) -> Result<&O, Unrun> {
    let early = || Unrun::Stopped(Stopped("nothing has been run".into()));
    outcome.as_ref().ok_or_else(early)
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
        advance::<E>(&mut self.0, steps, progress).map_err(Unrun::Stopped)
    }

    fn standing(&self) -> Standing {
        let (done, all) = E::steps(&self.0);
        Standing {
            live: true,
            done,
            all,
            over: E::is_over(&self.0),
            says: E::standing(&self.0),
        }
    }

    fn frame(&self, layout: Layout) -> Result<Frame, Unrun> {
        framed::<E>(&self.0, layout)
    }

    fn report(&self) -> Result<Report, Unrun> {
        if E::is_over(&self.0) {
            return reported::<E>(E::params(&self.0), &self.0);
        }
        let Some(ended) = E::ended_here(&self.0) else {
            let why = "no link leads to a run that ends here";
            return Err(Unrun::Stopped(Stopped(why.into())));
        };
        reported::<E>(E::params(&ended), &ended)
    }
}

/// What a step is, from seed to seed.
const SEED: &str = "seed";

/// A run that goes on from seed to seed.
struct Sown<E: BySeed> {
    /// Those of all seeds.
    params: E::Params,
    all: usize,
    done: usize,
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
    let all = *E::seeds(&mut params).1;
    Ok(Box::new(Sown::<E> { params, all, done: 0, outcome: None }))
}

impl<E: BySeed> Sown<E> {
    /// The parameters of so many seeds, the first few left out.
    fn part(&self, skipped: usize, count: usize) -> E::Params {
        let mut params = self.params.clone();
        let (seed, seeds) = E::seeds(&mut params);
        *seed += skipped as u64;
        *seeds = count;
        params
    }
}

impl<E: BySeed> Run for Sown<E> {
    fn advance(
        &mut self,
        steps: usize,
        progress: &Progress,
    ) -> Result<(), Unrun> {
        // Where there are threads, all seeds at once are sooner there.
        if self.done == 0 && steps >= self.all {
            let whole = E::run(&self.params, progress);
            self.outcome = Some(whole.map_err(Unrun::Stopped)?);
            self.done = self.all;
        }
        for _ in 0..steps.min(self.all - self.done) {
            let next = self.part(self.done, 1);
            let next = E::run(&next, progress).map_err(Unrun::Stopped)?;
            match &mut self.outcome {
                None => self.outcome = Some(next),
                Some(outcome) => E::join(outcome, next),
            }
            self.done += 1;
        }
        Ok(())
    }

    fn standing(&self) -> Standing {
        Standing {
            live: true,
            done: self.done,
            all: self.all,
            over: self.done == self.all,
            says: format!("{} of {} seeds.", self.done, self.all),
        }
    }

    fn frame(&self, layout: Layout) -> Result<Frame, Unrun> {
        framed::<E>(found(&self.outcome)?, layout)
    }

    fn report(&self) -> Result<Report, Unrun> {
        reported::<E>(&self.part(0, self.done), found(&self.outcome)?)
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
            over,
            says: String::new(),
        }
    }

    fn frame(&self, layout: Layout) -> Result<Frame, Unrun> {
        framed::<E>(found(&self.outcome)?, layout)
    }

    fn report(&self) -> Result<Report, Unrun> {
        reported::<E>(&self.params, found(&self.outcome)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LABS, params::Domain};

    /// The fewest of everything, but for the seeds: what is at stake is that
    /// pieces make a whole.
    fn small(lab: &Entry) -> Vec<(String, String)> {
        let fields = lab.fields().into_iter();
        let small =
            fields.filter_map(|field| match (field.key, field.domain) {
                ("seeds", _) => Some((field.key.into(), "3".into())),
                ("samples" | "inputs", _) => None,
                (_, Domain::Whole(range)) => {
                    Some((field.key.into(), range.start().to_string()))
                }
                _ => None,
            });
        small.collect()
    }

    #[test]
    fn a_run_in_pieces_is_the_run() {
        let silent = Progress::silent();
        for lab in LABS {
            let settings = small(lab);
            let whole = lab.report(&settings, &silent);
            let mut run = lab.begin(&settings).unwrap();
            let mut pieces = 0;
            while !run.standing().over {
                run.advance(1 + pieces % 3, &silent).unwrap();
                pieces += 1;
            }
            assert_eq!(run.report(), whole, "{}", lab.id);
            let Standing { done, all, .. } = run.standing();
            assert_eq!(done, all, "{}", lab.id);
        }
    }

    #[test]
    fn a_run_that_is_stopped_is_the_run_of_its_own_parameters() {
        let silent = Progress::silent();
        let mut stopped = 0;
        for lab in LABS {
            let mut run = lab.begin(&small(lab)).unwrap();
            run.advance(1, &silent).unwrap();
            let Ok(report) = run.report() else { continue };
            stopped += 1;
            let again = lab.report(&report.params, &silent);
            assert_eq!(Ok(report), again, "{}", lab.id);
        }
        assert!(stopped > 5, "{stopped}");
    }
}
