//! Excerpts: every `{{#include}}` shows a reader something, and every anchor
//! in the code is shown to some reader.
//!
//! mdBook turns a missing anchor into an empty box without a word, and leaves
//! a missing file's directive on the page. Both are errors here.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Component, Path, PathBuf},
    sync::LazyLock,
};

use regex::Regex;
use study::params::nearest;
use walkdir::WalkDir;

use crate::{Problem, manuscript, markdown::line_of, text};

/// An excerpt longer than this is not read.
const MOST_LINES: usize = 25;
/// A line wider than this scrolls on a laptop with the sidebar open.
const MOST_COLUMNS: usize = 80;

static INCLUDE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(\\?)\{\{\s*#(?:rustdoc_)?include\s+([^}]*?)\s*\}\}")
        .expect("the pattern is a regular expression")
});

static ANCHOR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"ANCHOR(_END)?:\s*([\w_-]+)")
        .expect("the pattern is a regular expression")
});

/// What is wrong with the excerpts of a chapter; `used` collects the anchors
/// that it shows.
pub fn problems(
    root: &Path,
    file: &str,
    text: &str,
    used: &mut BTreeSet<(PathBuf, String)>,
) -> Vec<Problem> {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    INCLUDE
        .captures_iter(text)
        .filter(|found| found[1].is_empty())
        .filter_map(|found| {
            let whole = found.get(0).expect("group 0 is the match");
            let what = wrong(root, folder, &found[2], used)?;
            Some(Problem {
                line: line_of(text, whole.start()),
                file: file.into(),
                ..what
            })
        })
        .collect()
}

/// What is wrong with one excerpt; its place is filled in by the caller.
fn wrong(
    root: &Path,
    folder: &Path,
    argument: &str,
    used: &mut BTreeSet<(PathBuf, String)>,
) -> Option<Problem> {
    let (path, part) = argument.split_once(':').unwrap_or((argument, ""));
    let path = normal(&folder.join(path));
    let shown = manuscript::name(&path);
    let code = match text::read(&root.join(&path)) {
        Ok(code) => code,
        Err(why) if why.kind == io::ErrorKind::NotFound => {
            return Some(
                Problem::new("", 0, format!("no file {shown} to include"))
                    .mend("the path is relative to the chapter"),
            );
        }
        Err(why) => {
            let what = format!("{shown} cannot be included: {why}");
            return Some(Problem::new("", 0, what));
        }
    };
    if part.is_empty() {
        return None;
    }
    if part.starts_with(|c: char| c.is_ascii_digit() || c == ':') {
        return Some(
            Problem::new("", 0, format!("{shown} is included by line number"))
                .mend("name the part with an anchor: lines move"),
        );
    }
    used.insert((path.clone(), part.into()));
    let Some(lines) = anchored(&code, part) else {
        let names: Vec<&str> = anchors(&code).into_keys().collect();
        let problem = Problem::new(
            "",
            0,
            format!("no anchor `{part}` in {shown}: the box would be empty"),
        );
        return Some(match nearest(part, names.iter().copied()) {
            Some(near) => problem.mend(format!("did you mean `{near}`?")),
            None => problem.mend(format!("known: {}", names.join(", "))),
        });
    };
    // What is prose already is read like the page that includes it.
    let is_prose = path.extension().is_some_and(|ending| ending == "md");
    let most = if is_prose { usize::MAX } else { MOST_LINES };
    unfit(&format!("{shown}:{part}"), &lines, most)
}

/// Why an excerpt is not fit to be read, if it is not.
fn unfit(name: &str, lines: &[&str], most: usize) -> Option<Problem> {
    let widest = lines.iter().map(|line| line.chars().count()).max();
    let what = if lines.iter().all(|line| line.trim().is_empty()) {
        format!("the excerpt {name} is empty")
    } else if lines.len() > most {
        format!(
            "the excerpt {name} has {} lines, expected at most {most}",
            lines.len()
        )
    } else if widest > Some(MOST_COLUMNS) {
        format!("the excerpt {name} is wider than {MOST_COLUMNS} columns")
    } else {
        return None;
    };
    Some(Problem::new("", 0, what))
}

/// The lines between an anchor and its end, as mdBook takes them.
fn anchored<'a>(code: &'a str, name: &str) -> Option<Vec<&'a str>> {
    let is = |line: &str, end: bool| {
        ANCHOR
            .captures(line)
            .is_some_and(|c| c.get(1).is_some() == end && &c[2] == name)
    };
    let mut lines = code.lines().skip_while(|line| !is(line, false));
    lines.next()?;
    let mut excerpt = Vec::new();
    for line in lines {
        if is(line, true) {
            return Some(excerpt);
        }
        if !ANCHOR.is_match(line) {
            excerpt.push(line);
        }
    }
    None
}

/// Every anchor of a file, with the line where it begins.
fn anchors(code: &str) -> BTreeMap<&str, usize> {
    let mut found = BTreeMap::new();
    for (i, line) in code.lines().enumerate() {
        if let Some(anchor) = ANCHOR.captures(line)
            && anchor.get(1).is_none()
        {
            let name = anchor.get(2).expect("group 2 always matches");
            found.insert(name.as_str(), i + 1);
        }
    }
    found
}

/// Anchors in the code that no chapter shows, or that never end.
pub fn unused(root: &Path, used: &BTreeSet<(PathBuf, String)>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for path in rust_files(&root.join("code")) {
        let Ok(code) = text::read(&path) else { continue };
        let file = path.strip_prefix(root).unwrap_or(&path);
        for (name, line) in anchors(&code) {
            let shown = manuscript::name(file);
            if anchored(&code, name).is_none() {
                let what = format!("the anchor `{name}` does not end");
                problems.push(Problem::new(shown, line, what));
            } else if !used.contains(&(file.into(), name.into())) {
                let what = format!("no chapter shows the anchor `{name}`");
                problems.push(
                    Problem::new(shown, line, what)
                        .mend("include it in a chapter, or take it out"),
                );
            }
        }
    }
    problems
}

/// The Rust files of the crates. Tests of this builder hold broken anchors in
/// strings, and fixtures, and are not shown to readers.
fn rust_files(code: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = WalkDir::new(code)
        .into_iter()
        .filter_entry(|entry| entry.path() != code.join("press"))
        .filter_map(Result::ok)
        .map(|entry| entry.into_path())
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .collect();
    files.sort();
    files
}

/// A path without `..`, so that two ways to a file are one name.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "// ANCHOR: whole\nfn a() {}\n// ANCHOR: part\n\
                        fn b() {}\n// ANCHOR_END: part\n\
                        // ANCHOR_END: whole\n// ANCHOR: endless\n";

    #[test]
    fn an_excerpt_holds_its_lines_without_the_anchors_within() {
        assert_eq!(
            anchored(CODE, "whole").unwrap(),
            ["fn a() {}", "fn b() {}"]
        );
        assert_eq!(anchored(CODE, "part").unwrap(), ["fn b() {}"]);
        assert_eq!(anchored(CODE, "endless"), None);
        assert_eq!(anchored(CODE, "missing"), None);
    }

    #[test]
    fn an_excerpt_that_nobody_would_read_is_refused() {
        assert!(unfit("x", &["let a = 1;"], 25).is_none());
        assert!(unfit("x", &[""], 25).is_some());
        assert!(unfit("x", &["a"; 26], 25).is_some());
        assert!(unfit("x", &["a".repeat(81).as_str()], 25).is_some());
    }

    #[test]
    fn two_ways_to_a_file_are_one_name() {
        let path = normal(Path::new("src/../code/slope/./src/a.rs"));
        assert_eq!(path, Path::new("code/slope/src/a.rs"));
    }
}
