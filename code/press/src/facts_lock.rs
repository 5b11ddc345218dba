//! `facts.lock`: every number that the book may quote, as it is shown and to
//! its last bit.
//!
//! Like a lockfile of dependencies, it makes a change visible: whoever
//! changes the code sees in the diff which sentences of the book it changes.

use std::{fs, io, path::Path};

use study::fact::Fact;

use crate::{Problem, Reports, text};

/// Where the lock stands, relative to the root.
pub const FILE: &str = "code/experiments/facts.lock";

const HEAD: &str = "\
# Every number that the book quotes from a run: name, as shown, exact bits.
# Written by `cargo run -- facts --write`; `cargo test` computes it again.
";

const MEND: &str = "if the change is meant: cargo run -- facts --write";

/// What the lock must hold.
pub fn lock(reports: &Reports) -> String {
    let mut text = String::from(HEAD);
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
        "{id}.{} = \"{}\" # {} {:#018x}\n",
        fact.name,
        fact.text().replace('\u{a0}', " "),
        fact.value,
        fact.value.to_bits(),
    )
}

/// Writes the lock.
///
/// # Errors
/// If the file cannot be written.
pub fn write(root: &Path, reports: &Reports) -> io::Result<()> {
    fs::write(root.join(FILE), lock(reports))
}

/// Every fact that differs from the lock.
pub fn problems(root: &Path, reports: &Reports) -> Vec<Problem> {
    match text::read(&root.join(FILE)) {
        Ok(locked) => Lock { file: FILE, mend: MEND, locked: &locked }
            .differences(&lock(reports)),
        Err(why) => vec![why.of(FILE).mend(MEND)],
    }
}

/// A file of lines, a name and what is locked of it each, with ` = ` between.
pub(crate) struct Lock<'a> {
    /// Where it stands, relative to the root.
    pub file: &'static str,
    /// What to do about a change that is meant.
    pub mend: &'static str,
    /// What it holds.
    pub locked: &'a str,
}

impl Lock<'_> {
    /// What differs between the locked text and the computed one.
    pub fn differences(&self, computed: &str) -> Vec<Problem> {
        let Self { file, mend, locked } = *self;
        let name = |line: &str| {
            line.rsplit_once(" = ").map(|(name, _)| name.to_string())
        };
        let mut problems = Vec::new();
        for (i, line) in locked.lines().enumerate() {
            if computed.lines().any(|other| other == line) {
                continue;
            }
            let now = computed.lines().find(|other| name(other) == name(line));
            let what = match now {
                Some(now) => format!("locked: {line}\n    computed: {now}"),
                None => format!("no experiment finds this any more: {line}"),
            };
            problems.push(Problem::new(file, i + 1, what).mend(mend));
        }
        for line in computed.lines() {
            if !locked.lines().any(|other| name(other) == name(line)) {
                let what = format!("not locked yet: {line}");
                problems.push(Problem::new(file, 0, what).mend(mend));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differences(locked: &str, computed: &str) -> Vec<Problem> {
        Lock { file: FILE, mend: MEND, locked }.differences(computed)
    }

    #[test]
    fn a_number_that_changed_came_or_went_is_found() {
        let lock = "a.x = \"1\" # 1 0x1\na.y = \"2\" # 2 0x2\n";
        assert_eq!(differences(lock, lock), []);
        let last_bit = lock.replace("0x2", "0x3");
        let found = differences(lock, &last_bit);
        assert_eq!((found.len(), found[0].line), (1, 2));
        let gone = "a.x = \"1\" # 1 0x1\n";
        assert_eq!(differences(lock, gone).len(), 1);
        assert_eq!(differences(gone, lock).len(), 1);
    }
}
