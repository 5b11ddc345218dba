//! `audit.lock`: what the book says, over twenty seeds.
//!
//! A figure shows a few seeds, and a sentence about all of them may hold by
//! luck. So each claim is tried with twenty, and what was measured then is
//! locked beside the numbers of the figures. A result that stands here stands
//! nowhere else by hand.

use rayon::prelude::*;
use study::{
    Entry,
    claim::{Measured, SEEDS},
    experiment::{Claim, Progress, Report, Unrun},
    fact::{Fact, Toward},
};

use crate::{Lock, Problem, facts_lock::line};

/// The lock.
pub const LOCK: Lock = Lock {
    file: "code/experiments/audit.lock",
    head: "\
# Every claim of the book over twenty seeds (0 to 19): with how many it holds,
# and what was measured; and every number, with all of them. An experiment
# without `seeds` is run with each by itself; of its measures the worst is here,
# and of its numbers those that are bounds.
# Written by `cargo run -- audit --write`, compared by `--check`.
",
    mend: "if the change is meant: cargo run -- audit --write",
};

/// Runs some experiments over twenty seeds; their lines of the lock.
///
/// # Errors
/// If an experiment does not run to its end with one of them.
pub fn computed(entries: &[Entry]) -> Result<String, Unrun> {
    let parts: Vec<String> =
        entries.par_iter().map(audited).collect::<Result<_, _>>()?;
    Ok(parts.concat())
}

/// The claims that do not hold with all seeds.
pub fn failing(computed: &str) -> Vec<Problem> {
    let mend = "say less, or what holds with all of them";
    let lines = computed.lines().enumerate();
    let failing = lines.filter(|(_, line)| line.contains(" = FAILS "));
    let problem = |(i, line): (usize, &str)| {
        Problem::new(LOCK.file, i + 1, line.to_string()).mend(mend)
    };
    failing.map(problem).collect()
}

/// The lines of one experiment.
fn audited(entry: &Entry) -> Result<String, Unrun> {
    let has = |key| entry.fields().iter().any(|field| field.key == key);
    let run = |key: &str, value: u64| {
        let settings = [(key.to_string(), value.to_string())];
        entry.report(&settings, &Progress::silent())
    };
    let reports: Vec<Report> = match (has("seeds"), has("seed")) {
        (true, _) => vec![run("seeds", SEEDS)?],
        (false, true) => (0..SEEDS)
            .into_par_iter()
            .map(|seed| run("seed", seed))
            .collect::<Result<_, _>>()?,
        _ => vec![entry.report(&[], &Progress::silent())?],
    };
    Ok(lines(entry.id, &reports))
}

/// The claims and the facts of reports that differ in the seed alone.
fn lines(id: &str, reports: &[Report]) -> String {
    let [first, ..] = reports else { return String::new() };
    let claims = (0..first.claims.len()).map(|i| {
        let of_each = reports.iter().filter_map(|report| report.claims.get(i));
        let worst =
            of_each.clone().max_by(|a, b| excess(a).total_cmp(&excess(b)));
        let worst = worst.unwrap_or(&first.claims[i]);
        let holding = of_each.filter(|claim| claim.holds).count();
        let verdict = if holding == reports.len() { "holds" } else { "FAILS" };
        let share = match reports.len() {
            1 => String::new(),
            runs => format!(" {holding} of {runs}"),
        };
        format!(
            "{id}: {} = {verdict}{share} ({})\n",
            worst.says,
            worst.measured.digits().replace(" = ", " of ")
        )
    });
    let facts = first.facts.iter().filter_map(|fact| over(fact, reports));
    claims.chain(facts.map(|fact| line(id, &fact))).collect()
}

/// A number of all reports: what one says, or the bound of what several say.
fn over(fact: &Fact, reports: &[Report]) -> Option<Fact> {
    let of_each = reports.iter().flat_map(|report| &report.facts);
    let of_each = of_each.filter(|other| other.name == fact.name);
    let of_each = of_each.map(|fact| fact.value);
    let value = match (reports, fact.toward) {
        ([_], _) => Some(fact.value),
        (_, Toward::Up) => of_each.max_by(f64::total_cmp),
        (_, Toward::Down) => of_each.min_by(f64::total_cmp),
        (_, Toward::Nearest) => None,
    };
    value.map(|value| fact.of(value))
}

/// How far a measure is beyond what it must keep; less than 0 where it does.
fn excess(claim: &Claim) -> f64 {
    match claim.measured {
        Measured::Nothing => f64::INFINITY,
        Measured::Below { value, bound } => value - bound,
        Measured::Above { value, bound } => bound - value,
        Measured::Equal { found, expected } => found.abs_diff(expected) as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_that_fails_with_one_seed_is_found() {
        let tent = experiments::ALL.iter().find(|entry| entry.id == "tent");
        let report = tent.unwrap().report(&[], &Progress::silent()).unwrap();
        let with = |claim| Report { claims: vec![claim], ..report.clone() };
        let good = with(Claim::below("it is small", 0.5, 1.0));
        let bad = with(Claim::below("it is small", 1.5, 1.0));
        let all = lines("a", &[good.clone(), good.clone()]);
        let claim = "a: it is small = holds 2 of 2 (5.000e-1 < 1e0)\n";
        assert!(all.starts_with(claim), "{all}");
        assert_eq!(failing(&all), []);
        let one = lines("a", &[good.clone(), bad]);
        let claim = "a: it is small = FAILS 1 of 2 (1.500e0 < 1e0)\n";
        assert!(one.starts_with(claim), "{one}");
        assert_eq!(failing(&one).len(), 1);
        // Of one run with all seeds, the numbers are there as well.
        assert!(lines("a", &[good]).lines().count() > 1);
    }
}
