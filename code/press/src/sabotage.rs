//! `sabotage.lock`: what breaks each claim.
//!
//! An experiment lists runs with one thing wrong. Each of them is run, and which
//! claims fail then is locked, claim by claim. A claim that nothing breaks is an
//! error, and so is a sabotage that breaks none, or all.

use std::path::Path;

use rayon::prelude::*;
use study::{Entry, sabotage::Damage};

use crate::{Lock, Problem, Reports};

/// The lock.
pub const LOCK: Lock = Lock {
    file: "code/experiments/sabotage.lock",
    mend: "if the change is meant: cargo run -- sabotage --write",
};

const HEAD: &str = "\
# Every claim of the book, and what breaks it: a run with one thing wrong, with
# which the claim fails and others stand.
# Written by `cargo run -- sabotage --write`, compared by `--check`.
";

const NOTHING: &str = "nothing";

/// What was found of some experiments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matrix {
    /// Experiment, claim, and what breaks it.
    rows: Vec<(String, String, Vec<String>)>,
    /// Experiment and sabotage, of those that show nothing, and why.
    idle: Vec<String>,
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
                let breaks = breaks.map(|damage| damage.what.clone()).collect();
                (id.to_string(), says, breaks)
            })
            .collect();
        let idle = damages.iter().filter_map(|Damage { what, .. }| {
            let breaks = |(_, _, by): &(_, _, Vec<String>)| by.contains(what);
            let idle = !rows.iter().any(breaks);
            idle.then(|| format!("{id}, {what}"))
        });
        Self { idle: idle.collect(), rows }
    }

    /// How many claims there are, and how many of them something breaks.
    pub fn counts(&self) -> (usize, usize) {
        let broken = self.rows.iter().filter(|(.., by)| !by.is_empty());
        (self.rows.len(), broken.count())
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

    /// What the lock must hold.
    pub fn lock(&self) -> String {
        HEAD.to_string() + &self.to_string()
    }

    /// Every line that differs from the lock, every claim that nothing breaks,
    /// and every sabotage that breaks no claim or all.
    pub fn problems(&self, root: &Path) -> Vec<Problem> {
        let mut problems = LOCK.problems(root, &self.lock());
        problems.extend(self.unbroken());
        problems.extend(self.idle.iter().map(|sabotage| {
            Problem::new(
                LOCK.file,
                0,
                format!("it breaks no claim or all: {sabotage}"),
            )
            .mend("change less of the run, or something that a claim is about")
        }));
        problems
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
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn damage(what: &str, broken: &[&str], standing: &[&str]) -> Damage {
        let [broken, standing] = [broken, standing]
            .map(|all| all.iter().map(ToString::to_string).collect());
        Damage { what: what.into(), broken, standing }
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
}
