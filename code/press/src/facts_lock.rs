//! `facts.lock`: every number that the book may quote, as it is shown and to
//! its last bit.
//!
//! Like a lockfile of dependencies, it makes a change visible: whoever
//! changes the code sees in the diff which sentences of the book it changes.

use std::path::Path;

use study::fact::Fact;

use crate::{Lock, Problem, Reports, lock::to_the_bit};

/// The lock.
pub const LOCK: Lock = Lock {
    file: "code/experiments/facts.lock",
    head: "\
# Every number that the book quotes from a run: name, as shown, exact bits.
# Written by `cargo run -- facts --write`; `cargo test` computes it again.
",
    mend: "if the change is meant: cargo run -- facts --write",
};

/// The lines of the lock.
pub fn computed(reports: &Reports) -> String {
    let mut text = String::new();
    for report in reports.iter() {
        for fact in &report.facts {
            text += &line(&report.id, fact);
        }
    }
    text
}

/// A fact as a line of a lock.
pub(crate) fn line(id: &str, fact: &Fact) -> String {
    format!(
        "{id}.{} = \"{}\" {}\n",
        fact.name,
        fact.text().replace('\u{a0}', " "),
        to_the_bit(fact.value),
    )
}

/// Every fact that differs from the lock.
pub fn problems(root: &Path, reports: &Reports) -> Vec<Problem> {
    LOCK.problems(root, &computed(reports))
}
