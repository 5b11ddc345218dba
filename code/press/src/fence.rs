//! Fenced code: what a reader copies, and what the tests run.
//!
//! Every Rust fence is compiled and run as the reader sees it, after includes
//! are expanded, so nothing may take a fence out of the test: no `ignore`, no
//! `no_run`, and no fence without a language.

use crate::{
    Problem,
    markdown::{Kind, Regions, is_question, line_of},
};

/// The languages that a fence of the book can have.
const LANGUAGES: [&str; 8] =
    ["rust", "toml", "console", "text", "csv", "python", "quiz", "prediction"];

/// What rustdoc and mdBook know to follow `rust` that leaves a test a test.
const ATTRIBUTES: [&str; 3] = ["should_panic", "compile_fail", "noplayground"];

/// What is wrong with the code blocks of a chapter.
pub fn problems(file: &str, text: &str) -> Vec<Problem> {
    let regions = Regions::of(text);
    regions
        .iter()
        .filter_map(|(range, kind)| {
            let line = line_of(text, range.start);
            let problem = |what: &str, mend: &str| {
                Some(Problem::new(file, line, what).mend(mend))
            };
            match kind {
                Kind::OtherCode => problem(
                    "code that is indented or fenced by tildes",
                    "fence it with three backticks and a language",
                ),
                Kind::Fence(info) => {
                    if let Some((what, mend)) = wrong(info) {
                        return problem(&what, &mend);
                    }
                    let block = &text[range.clone()];
                    let (at, what, mend) = unix_only(info, block)?;
                    Some(Problem::new(file, line + at, what).mend(mend))
                }
                _ => None,
            }
        })
        .collect()
}

/// What is wrong with what follows an opening fence, and what would mend it.
fn wrong(info: &str) -> Option<(String, String)> {
    let mut words = info.split([',', ' ']).filter(|word| !word.is_empty());
    let Some(language) = words.next() else {
        return Some((
            "a code block without a language".into(),
            format!("one of {}", LANGUAGES.join(", ")),
        ));
    };
    if !LANGUAGES.contains(&language) {
        return Some((
            format!("a code block in the unknown language `{language}`"),
            format!("one of {}", LANGUAGES.join(", ")),
        ));
    }
    // A question says itself what may follow it.
    let word = words
        .find(|word| !ATTRIBUTES.contains(word) && !is_question(language))?;
    Some((
        format!("a code block with the attribute `{word}`"),
        "every fence is tested as the reader sees it: no exemptions".into(),
    ))
}

/// What is wrong with a command that only some shells take as it is meant, with
/// its line, counted from the fence, and the mend.
fn unix_only(
    info: &str,
    block: &str,
) -> Option<(usize, &'static str, &'static str)> {
    let lines = block.lines().enumerate().filter(|_| info == "console");
    let commands =
        lines.filter(|(_, line)| line.trim_start().starts_with("$ "));
    let mut wrong = commands.filter_map(|(at, line)| {
        // A comment is for its reader.
        let command = line.split(" #").next().unwrap_or(line);
        if command.contains('\'') {
            let mend = "cmd.exe hands them over: use double ones";
            Some((at, "a command with single quotation marks", mend))
        } else if command.contains("&&") {
            let mend = "PowerShell may not know it: write two lines";
            Some((at, "two commands with && between them", mend))
        } else {
            None
        }
    });
    wrong.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_that_would_not_be_tested_is_refused_with_its_line() {
        for bad in [
            "```\nx\n```",
            "```rust,ignore\nx\n```",
            "```rust,no_run\nx\n```",
            "```rust, norun\nx\n```",
            "```rus\nx\n```",
            "~~~rust\nx\n~~~",
            "    indented",
            "```console\n$ cargo run 'a;b'\n```",
            "```console\n$ cargo new a && cd a\n```",
        ] {
            let found = problems("src/a.md", &format!("a\n\n{bad}\n"));
            assert_eq!(found.len(), 1, "{bad}: {found:?}");
            let at = if bad.contains('$') { 4 } else { 3 };
            assert_eq!(found[0].line, at, "{bad}");
        }
        for good in [
            "```rust\nx\n```",
            "```rust,should_panic\nx\n```",
            "```console\n$ cargo run \"a;b\"\nit's done\n```",
        ] {
            assert_eq!(problems("src/a.md", good), []);
        }
    }
}
