//! `sabotage.lock`: what breaks each claim.
//!
//! An experiment lists runs with one thing wrong, and runs without a hypothesis
//! of a claim. Each of them is run, and which claims fail then is locked, claim
//! by claim. A claim that nothing breaks is an error, and so is a sabotage that
//! breaks none, or all, and a hypothesis that a claim does without.

use rayon::prelude::*;
use study::{
    Entry,
    sabotage::{Counter, Damage},
};

use crate::{Lock, Problem, Reports, lock::to_the_bit};

/// The lock.
pub const LOCK: Lock = Lock {
    file: "code/experiments/sabotage.lock",
    head: "\
# Every claim of the book, and what breaks it: a run with one thing wrong, with
# which the claim fails and others stand. And every run without a hypothesis of a
# claim, with the measure that fails then.
# Written by `cargo run -- sabotage --write`, compared by `--check`.
",
    mend: "if the change is meant: cargo run -- sabotage --write",
};

const NOTHING: &str = "nothing";

/// What was found of some experiments.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matrix {
    /// Experiment, claim, and what breaks it.
    rows: Vec<(String, String, Vec<String>)>,
    /// Experiment and sabotage, of those that break no claim, or all.
    idle: Vec<String>,
    /// Experiment, hypothesis that is dropped, and what that does.
    counters: Vec<(String, String, Counter)>,
}

impl Matrix {
    /// Runs every sabotage of these experiments, which have these reports.
    ///
    /// # Errors
    /// If an experiment, or a sabotage of it, does not run to its end.
    pub fn of(entries: &[Entry], reports: &Reports) -> anyhow::Result<Self> {
        let parts: Vec<Self> = entries
            .par_iter()
            .map(|entry| {
                let claims = reports.get(entry.id).map(|of| &of.claims[..]);
                let claims = claims.unwrap_or_default().iter();
                let says = claims.map(|claim| claim.says.clone());
                Ok(Self::found(entry.id, says, &entry.damages()?))
            })
            .collect::<anyhow::Result<_>>()?;
        let mut all = Self::default();
        for part in parts {
            all.rows.extend(part.rows);
            all.idle.extend(part.idle);
            all.counters.extend(part.counters);
        }
        Ok(all)
    }

    fn found(
        id: &str,
        claims: impl Iterator<Item = String>,
        damages: &[Damage],
    ) -> Self {
        let rows: Vec<_> = claims
            .map(|says| {
                let breaks = damages.iter().filter(|damage| {
                    damage.broken.contains(&says) && !damage.standing.is_empty()
                });
                let breaks = breaks.map(|damage| match &damage.counter {
                    None => damage.what.clone(),
                    Some(counter) => format!("without {}", counter.name),
                });
                let breaks = breaks.collect();
                (id.to_string(), says, breaks)
            })
            .collect();
        let (mut idle, mut counters) = (Vec::new(), Vec::new());
        for Damage { what, counter, .. } in damages {
            let breaks = |(_, _, by): &(_, _, Vec<String>)| by.contains(what);
            match counter {
                Some(counter) => {
                    counters.push((id.into(), what.clone(), counter.clone()));
                }
                None if rows.iter().any(breaks) => {}
                None => idle.push(format!("{id}, {what}")),
            }
        }
        Self { rows, idle, counters }
    }

    /// How many claims there are, and how many of them something breaks.
    pub fn counts(&self) -> (usize, usize) {
        let broken = self.rows.iter().filter(|(.., by)| !by.is_empty());
        (self.rows.len(), broken.count())
    }

    /// How many hypotheses are dropped.
    pub fn counter_runs(&self) -> usize {
        self.counters.len()
    }

    /// The hypotheses that a claim does without, or that no claim has.
    fn idle_hypotheses(&self) -> impl Iterator<Item = Problem> {
        let idle = self.counters.iter().filter(|(.., c)| !c.is_needed());
        idle.map(|(id, hypothesis, counter)| {
            let Counter { name, says, .. } = counter;
            let what = format!("{id}.{name}, without \"{hypothesis}\"");
            let (what, mend) = match &counter.with {
                None => (
                    format!("{what}: no claim begins \"{says}\""),
                    "name a claim by the beginning of its sentence",
                ),
                Some(claim) if !claim.holds => (
                    format!("{what}: \"{says}\" does not hold with it"),
                    "choose parameters with which it does",
                ),
                Some(_) => (
                    format!("{what}: \"{says}\" holds all the same"),
                    "take the hypothesis out of the book, or drop it entirely",
                ),
            };
            Problem::new(LOCK.file, 0, what).mend(mend)
        })
    }

    fn unbroken(&self) -> impl Iterator<Item = Problem> {
        let unbroken = self.rows.iter().filter(|(.., by)| by.is_empty());
        unbroken.map(|(id, says, _)| {
            Problem::new(LOCK.file, 0, format!("nothing breaks {id}: {says}"))
                .mend(
                    "a run with one thing wrong, in the experiment's sabotages",
                )
        })
    }

    /// Every claim that nothing breaks, every sabotage that breaks no claim or
    /// all, and every hypothesis that a claim does without.
    pub fn faults(&self) -> Vec<Problem> {
        let mut faults: Vec<_> = self.unbroken().collect();
        faults.extend(self.idle_hypotheses());
        faults.extend(self.idle.iter().map(|sabotage| {
            Problem::new(
                LOCK.file,
                0,
                format!("it breaks no claim or all: {sabotage}"),
            )
            .mend("change less of the run, or something that a claim is about")
        }));
        faults
    }
}

impl std::fmt::Display for Matrix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (id, says, breaks) in &self.rows {
            let breaks = match breaks.as_slice() {
                [] => NOTHING.into(),
                some => some.join("; "),
            };
            writeln!(f, "{id}: {says} = {breaks}")?;
        }
        for (id, hypothesis, counter) in &self.counters {
            let Counter { name, says, .. } = counter;
            let measured = counter.measured();
            let bits = to_the_bit(measured.value());
            let measured = measured.digits().replace(" = ", " of ");
            writeln!(
                f,
                "{id}.{name} = without \"{hypothesis}\" not: {says} \
                 ({measured}) {bits}"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use study::claim::Claim;

    fn damage(what: &str, broken: &[&str], standing: &[&str]) -> Damage {
        let [broken, standing] = [broken, standing]
            .map(|all| all.iter().map(ToString::to_string).collect());
        Damage { what: what.into(), broken, standing, counter: None }
    }

    #[test]
    fn what_breaks_nothing_or_everything_shows_nothing() {
        let claims = || ["a", "b"].map(String::from).into_iter();
        let all = [
            damage("a bend", &["a"], &["b"]),
            damage("a wall", &["a", "b"], &[]),
            damage("a breeze", &[], &["a", "b"]),
        ];
        let matrix = Matrix::found("x", claims(), &all);
        assert_eq!(matrix.to_string(), "x: a = a bend\nx: b = nothing\n");
        assert_eq!(matrix.idle, ["x, a wall", "x, a breeze"]);
        assert_eq!(matrix.counts(), (2, 1));
        let unbroken: Vec<_> = matrix.unbroken().map(|p| p.what).collect();
        assert_eq!(unbroken, ["nothing breaks x: b"]);
    }

    #[test]
    fn a_hypothesis_that_a_claim_does_without_is_found() {
        let of = |value| Claim::below("it is small, always", value, 1.0);
        let counter = |name: &str, with: Option<f64>, without: f64| {
            let counter = Counter {
                name: name.into(),
                says: "it is small".into(),
                with: with.map(of),
                without: Some(of(without)),
            };
            let broken: &[&str] = match counter.is_needed() {
                true => &["it is small, always"],
                false => &[],
            };
            let counter = Some(counter);
            Damage { counter, ..damage("no biases", broken, &["b"]) }
        };
        let all = [
            counter("biases", Some(0.5), 2.0),
            counter("idle", Some(0.5), 0.75),
            counter("wrong", Some(3.0), 2.0),
            counter("unknown", None, 2.0),
        ];
        let says = std::iter::once("it is small, always".to_string());
        let matrix = Matrix::found("x", says, &all);
        let text = matrix.to_string();
        let first = "x: it is small, always = without biases\n\
                     x.biases = without \"no biases\" not: it is small \
                     (2.000e0 < 1e0) # 2 0x4000000000000000\n";
        assert!(text.starts_with(first), "{text}");
        let idle: Vec<_> = matrix.idle_hypotheses().map(|p| p.what).collect();
        assert_eq!(idle.len(), 3);
        assert!(idle[0].ends_with("holds all the same"), "{}", idle[0]);
        assert!(idle[1].ends_with("does not hold with it"), "{}", idle[1]);
        assert!(idle[2].contains("no claim begins"), "{}", idle[2]);
    }
}
