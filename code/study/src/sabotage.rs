//! What would break a claim: the same experiment, with one thing wrong.
//!
//! A claim that no change of a run can break says nothing. So each experiment
//! lists sabotages: a learning rate that is not used, a bend in a network that
//! is claimed to be straight. The claims that one breaks hold without it, with
//! the same parameters; and some others still stand, or the sabotage would only
//! show that nothing was run at all. Which break which stands in
//! `sabotage.lock`, where runs have written it.
//!
//! A counter-run has nothing wrong: it drops one hypothesis that the book states
//! beside a claim, and the claim fails. A hypothesis that can be dropped without
//! that would not have to be stated.

use crate::{
    claim::Measured,
    experiment::{Claim, Experiment, Progress, Stopped},
};

/// A run with one thing wrong.
pub struct Sabotage<E: Experiment> {
    what: &'static str,
    params: E::Params,
    run: Box<Run<E>>,
    counter_run: Option<CounterRun>,
}

/// What a counter-run is called on pages, and the claim that fails in it, by the
/// beginning of its sentence.
#[derive(Clone, Copy)]
struct CounterRun {
    name: &'static str,
    says: &'static str,
}

type Run<E> = dyn Fn(
    &<E as Experiment>::Params,
    &Progress,
) -> Result<<E as Experiment>::Outcome, Stopped>;

impl<E: Experiment> Sabotage<E> {
    /// The run in which something is wrong, said in a few words, and the
    /// parameters with which that is seen soonest.
    pub fn new(
        what: &'static str,
        params: E::Params,
        run: impl Fn(&E::Params, &Progress) -> Result<E::Outcome, Stopped> + 'static,
    ) -> Self {
        Self { what, params, run: Box::new(run), counter_run: None }
    }

    /// The run with another parameter than it is said to have.
    pub fn changing(
        what: &'static str,
        params: E::Params,
        change: impl Fn(&mut E::Params) + 'static,
    ) -> Self {
        Self::new(what, params, move |params, progress| {
            let mut params = params.clone();
            change(&mut params);
            E::run(&params, progress)
        })
    }

    /// The same as a counter-run: what it is called with is no fault but a
    /// hypothesis, which the run drops. The claim whose sentence begins so must
    /// hold with the hypothesis and fail without; pages quote what was measured
    /// then by the name.
    pub fn counters(self, name: &'static str, says: &'static str) -> Self {
        Self { counter_run: Some(CounterRun { name, says }), ..self }
    }
}

/// What a sabotage does to the claims that hold without it.
#[derive(Debug, Clone, PartialEq)]
pub struct Damage {
    /// The sabotage, or the hypothesis that is dropped.
    pub what: String,
    /// The claims that fail with it.
    pub broken: Vec<String>,
    /// Those that hold all the same.
    pub standing: Vec<String>,
    /// What a counter-run finds of its claim.
    pub counter: Option<Counter>,
}

/// The claim of a counter-run.
#[derive(Debug, Clone, PartialEq)]
pub struct Counter {
    /// The name by which pages quote it.
    pub name: String,
    /// The claim, as far as it is named.
    pub says: String,
    /// The claim with the hypothesis, if there is one of this name.
    pub with: Option<Claim>,
    /// The claim without it.
    pub without: Option<Claim>,
}

impl Counter {
    /// Whether the claim holds with the hypothesis, and fails without.
    pub fn is_needed(&self) -> bool {
        let holds = |claim: &Option<Claim>| claim.as_ref().map(|c| c.holds);
        (holds(&self.with), holds(&self.without)) == (Some(true), Some(false))
    }

    /// What the claim measures without the hypothesis.
    pub fn measured(&self) -> Measured {
        let claim = self.without.as_ref();
        claim.map_or(Measured::Nothing, |claim| claim.measured)
    }
}

/// What each sabotage and each counter-run of an experiment does to its claims.
///
/// # Errors
/// If a run does not come to its end: of such a one, nothing is claimed.
pub fn damages<E: Experiment>() -> Result<Vec<Damage>, Stopped> {
    let silent = Progress::silent();
    let mut intact: Vec<(E::Params, Vec<Claim>)> = Vec::new();
    let mut damages = Vec::new();
    let all = E::sabotages().into_iter().chain(E::counter_runs());
    for Sabotage { what, params, run, counter_run } in all {
        let known = intact.iter().find(|(other, _)| *other == params);
        let sound = match known {
            Some((_, sound)) => sound.clone(),
            None => {
                let sound = E::claims(&E::run(&params, &silent)?);
                intact.push((params.clone(), sound.clone()));
                sound
            }
        };
        let outcome = run(&params, &silent)
            .map_err(|why| Stopped(format!("{}, {what}: {why}", E::ID)))?;
        let left = E::claims(&outcome);
        let named = |claims: &[Claim], says: &str| {
            claims.iter().find(|claim| claim.says.starts_with(says)).cloned()
        };
        let counter = counter_run.map(|CounterRun { name, says }| Counter {
            name: name.into(),
            says: says.into(),
            with: named(&sound, says),
            without: named(&left, says),
        });
        let left = holding(left);
        let (standing, broken) =
            holding(sound).into_iter().partition(|says| left.contains(says));
        damages.push(Damage { what: what.into(), broken, standing, counter });
    }
    Ok(damages)
}

fn holding(claims: Vec<Claim>) -> Vec<String> {
    let claims = claims.into_iter();
    claims.filter(|claim| claim.holds).map(|claim| claim.says).collect()
}
