//! What would break a claim: the same experiment, with one thing wrong.
//!
//! A claim that no change of a run can break says nothing. So each experiment
//! lists sabotages: a learning rate that is not used, a bend in a network that
//! is claimed to be straight. The claims that one breaks hold without it, with
//! the same parameters; and some others still stand, or the sabotage would only
//! show that nothing was run at all. Which break which stands in
//! `sabotage.lock`, where runs have written it.

use crate::experiment::{Experiment, Progress, Stopped};

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
