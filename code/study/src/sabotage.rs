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
        Self { what, params, run: Box::new(run) }
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
}

/// A run without one hypothesis of a claim, which fails then.
pub struct CounterRun<E: Experiment> {
    name: &'static str,
    says: &'static str,
    sabotage: Sabotage<E>,
}

impl<E: Experiment> CounterRun<E> {
    /// The run without a hypothesis; the claim that fails, by the beginning of
    /// its sentence; the parameters with which it holds otherwise. Pages quote
    /// what was measured by the name.
    pub fn new(
        name: &'static str,
        hypothesis: &'static str,
        says: &'static str,
        params: E::Params,
        run: impl Fn(&E::Params, &Progress) -> Result<E::Outcome, Stopped> + 'static,
    ) -> Self {
        Self { name, says, sabotage: Sabotage::new(hypothesis, params, run) }
    }

    /// The run in which a parameter is outside the hypothesis.
    pub fn changing(
        name: &'static str,
        hypothesis: &'static str,
        says: &'static str,
        params: E::Params,
        change: impl Fn(&mut E::Params) + 'static,
    ) -> Self {
        let sabotage = Sabotage::changing(hypothesis, params, change);
        Self { name, says, sabotage }
    }
}

/// What a counter-run finds.
#[derive(Debug, Clone, PartialEq)]
pub struct Counter {
    /// The name by which pages quote it.
    pub name: String,
    /// The hypothesis that is dropped.
    pub hypothesis: String,
    /// The claim, as far as it is named.
    pub says: String,
    /// The claim with the hypothesis, if there is one of this name.
    pub with: Option<Claim>,
    /// What is measured without it.
    pub without: Measured,
    /// Whether the claim holds with the hypothesis, and fails without.
    pub is_needed: bool,
    /// All claims that fail without it, if others stand.
    pub broken: Vec<String>,
}

/// What each counter-run of an experiment finds.
///
/// # Errors
/// If a run does not come to its end.
pub fn counters<E: Experiment>() -> Result<Vec<Counter>, Stopped> {
    let silent = Progress::silent();
    let found = |CounterRun { name, says, sabotage }| {
        let Sabotage::<E> { what, params, run } = sabotage;
        let claim = |outcome: &E::Outcome| {
            let mut claims = E::claims(outcome).into_iter();
            claims.find(|claim| claim.says.starts_with(says))
        };
        let intact = E::run(&params, &silent)?;
        let outcome = run(&params, &silent)
            .map_err(|why| Stopped(format!("{}, {name}: {why}", E::ID)))?;
        let (with, without) = (claim(&intact), claim(&outcome));
        let left = holding::<E>(&outcome);
        let (standing, broken): (Vec<_>, Vec<_>) = holding::<E>(&intact)
            .into_iter()
            .partition(|says| left.contains(says));
        let holds = |claim: &Option<Claim>| claim.as_ref().map(|c| c.holds);
        Ok(Counter {
            name: name.into(),
            hypothesis: what.into(),
            says: says.into(),
            is_needed: (holds(&with), holds(&without))
                == (Some(true), Some(false)),
            without: without.map_or(Measured::Nothing, |claim| claim.measured),
            with,
            broken: if standing.is_empty() { Vec::new() } else { broken },
        })
    };
    E::counter_runs().into_iter().map(found).collect()
}

/// What a sabotage does to the claims that hold without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The sabotage.
    pub what: String,
    /// The claims that fail with it.
    pub broken: Vec<String>,
    /// Those that hold all the same.
    pub standing: Vec<String>,
}

/// What each sabotage of an experiment does to its claims.
///
/// # Errors
/// If a run does not come to its end: of such a one, nothing is claimed.
pub fn damages<E: Experiment>() -> Result<Vec<Damage>, Stopped> {
    let silent = Progress::silent();
    let mut intact: Vec<(E::Params, Vec<String>)> = Vec::new();
    let mut damages = Vec::new();
    for Sabotage { what, params, run } in E::sabotages() {
        let known = intact.iter().find(|(other, _)| *other == params);
        let holding = match known {
            Some((_, holding)) => holding.clone(),
            None => {
                let holding = holding::<E>(&E::run(&params, &silent)?);
                intact.push((params.clone(), holding.clone()));
                holding
            }
        };
        let outcome = run(&params, &silent)
            .map_err(|why| Stopped(format!("{}, {what}: {why}", E::ID)))?;
        let left = self::holding::<E>(&outcome);
        let (standing, broken) =
            holding.into_iter().partition(|says| left.contains(says));
        damages.push(Damage { what: what.into(), broken, standing });
    }
    Ok(damages)
}

fn holding<E: Experiment>(outcome: &E::Outcome) -> Vec<String> {
    let claims = E::claims(outcome).into_iter();
    claims.filter(|claim| claim.holds).map(|claim| claim.says).collect()
}
