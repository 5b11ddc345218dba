//! A file of lines, a name and what is locked of it each, with ` = ` between:
//! what runs have found, written by a run and compared with the next.

use std::{collections::BTreeMap, fs, io, path::Path};

use crate::{Problem, text};

/// A lock, and how it is written anew.
#[derive(Debug, Clone, Copy)]
pub struct Lock {
    /// Where it stands, relative to the root.
    pub file: &'static str,
    /// The comment above its lines.
    pub head: &'static str,
    /// What to do about a change that is meant.
    pub mend: &'static str,
}

impl Lock {
    /// Writes the lock.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, root: &Path, computed: &str) -> io::Result<()> {
        fs::write(root.join(self.file), self.head.to_string() + computed)
    }

    /// Writes the lines of some experiments, and leaves the others.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn renew(
        &self,
        root: &Path,
        ids: &[String],
        computed: &str,
    ) -> io::Result<()> {
        let locked = text::read(&root.join(self.file)).unwrap_or_default();
        self.write(root, &renewed(&locked, ids, computed))
    }

    /// The numbers that are locked to the last bit, by their names; none where
    /// there is no lock.
    pub fn numbers(&self, root: &Path) -> BTreeMap<String, f64> {
        let locked = text::read(&root.join(self.file)).unwrap_or_default();
        locked.lines().filter_map(number).collect()
    }

    /// Every line that differs from the computed text.
    pub fn problems(&self, root: &Path, computed: &str) -> Vec<Problem> {
        match text::read(&root.join(self.file)) {
            Ok(locked) => {
                let computed = self.head.to_string() + computed;
                self.differences(&locked, &computed)
            }
            Err(why) => vec![why.of(self.file).mend(self.mend)],
        }
    }

    fn differences(&self, locked: &str, computed: &str) -> Vec<Problem> {
        let Self { file, mend, .. } = *self;
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

/// The lines of a lock, those of some experiments being new: in their old place,
/// or at the end.
fn renewed(locked: &str, ids: &[String], computed: &str) -> String {
    let lines = locked.lines().filter(|line| !line.starts_with('#'));
    let mut old: Vec<&str> = lines.collect();
    for id in ids {
        let is_of = |line: &&str| of_experiment(line) == *id;
        let place = old.iter().position(is_of);
        let place = place.unwrap_or(old.len());
        old.retain(|line| !is_of(line));
        old.splice(place..place, computed.lines().filter(is_of));
    }
    old.iter().flat_map(|line| [line, "\n"]).collect()
}

/// The experiment that a line of a lock is about.
fn of_experiment(line: &str) -> &str {
    line.split(['.', ':']).next().unwrap_or_default()
}

/// A number as a line of a lock ends with it: the shortest decimal and its bits.
pub(crate) fn to_the_bit(value: f64) -> String {
    format!("# {value} {:#018x}", value.to_bits())
}

fn number(line: &str) -> Option<(String, f64)> {
    let (name, _) = line.split_once(" = ")?;
    let (_, number) = line.rsplit_once(" # ")?;
    let (_, bits) = number.split_once(" 0x")?;
    let bits = u64::from_str_radix(bits, 16).ok()?;
    Some((name.into(), f64::from_bits(bits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_number_comes_back_with_its_bits() {
        for value in [0.1, -0.0, 1e-300, f64::INFINITY] {
            let line = format!("a.b = \"of # 1\" {}", to_the_bit(value));
            let (name, read) = number(&line).unwrap();
            assert_eq!(
                (name.as_str(), read.to_bits()),
                ("a.b", value.to_bits())
            );
        }
        assert_eq!(number("a: a claim = holds (1.0e0 < 2e0)"), None);
    }

    fn differences(locked: &str, computed: &str) -> Vec<Problem> {
        let lock = Lock { file: "a.lock", head: "", mend: "write it" };
        lock.differences(locked, computed)
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

    #[test]
    fn the_lines_of_one_experiment_are_renewed_in_their_place() {
        let old = "# head\na: one = 1\nb: one = 1\nb.two = 2\nc: one = 1\n";
        let new = |ids: &[&str], computed| {
            let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
            renewed(old, &ids, computed)
        };
        let b = "b: three = 3\n";
        let expected = "a: one = 1\nb: three = 3\nc: one = 1\n";
        assert_eq!(new(&["b"], b), expected);
        let d = new(&["d"], "d: one = 1\n");
        assert!(d.ends_with("c: one = 1\nd: one = 1\n"), "{d}");
    }
}
