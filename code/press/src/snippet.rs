//! The blocks of Rust on the pages, and the whole programs that their buttons
//! copy and the tests compile and run.
//!
//! A page shows the lines that matter. Those around them are there, hidden: an
//! excerpt's own, and here the `main` that every other block lacks.
//!
//! Of the standard library alone: the build script of the book's tests includes
//! this file, and so need not compile the press to know what there is to test.
//! That a page holds the same is itself a test, `tests/tests/site.rs`.

use std::{
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
};

/// A block of Rust as a reader meets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The page's file, relative to the root: `src/collapse.md`.
    pub file: String,
    /// The line of its opening fence.
    pub line: usize,
    /// The whole block with its fences, includes expanded.
    pub text: String,
}

impl Snippet {
    /// The program that the block's button copies.
    #[must_use]
    pub fn program(&self) -> String {
        let whole = in_main(&self.text);
        let lines: Vec<_> = whole.lines().skip(1).map(unhidden).collect();
        lines[..lines.len() - 1].join("\n")
    }
}

/// Every block of Rust below a folder of pages, `src`.
///
/// # Errors
/// If a page or what it includes cannot be read, with its path.
pub fn all(root: &Path, src: &Path) -> io::Result<Vec<Snippet>> {
    let mut snippets = Vec::new();
    for file in pages(&root.join(src))? {
        let page = read(&file)?;
        let name = file.strip_prefix(root).unwrap_or(&file);
        for block in blocks(&page) {
            snippets.push(Snippet {
                file: name.to_string_lossy().replace('\\', "/"),
                line: page[..block.start].lines().count() + 1,
                text: included(&file, &page[block])?,
            });
        }
    }
    Ok(snippets)
}

/// The text of a page with a hidden `main` around each block without one.
#[must_use]
pub fn in_mains(page: &str) -> String {
    let mut text = String::with_capacity(page.len());
    let mut end = 0;
    for block in blocks(page) {
        text.push_str(&page[end..block.start]);
        text.push_str(&in_main(&page[block.clone()]));
        end = block.end;
    }
    text + &page[end..]
}

fn pages(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|e| of_path(folder, &e))?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(pages(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
    Ok(files)
}

/// A file's text, whatever line ends it has.
fn read(file: &Path) -> io::Result<String> {
    let text = fs::read_to_string(file).map_err(|e| of_path(file, &e))?;
    Ok(text.trim_start_matches('\u{feff}').replace("\r\n", "\n"))
}

/// The same error with the path it is about.
fn of_path(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Where the blocks of Rust stand, each with its fences.
fn blocks(page: &str) -> Vec<Range<usize>> {
    let mut blocks = Vec::new();
    let mut open = None;
    let mut at = 0;
    for line in page.split_inclusive('\n') {
        let bare = line.trim_end();
        let info = bare.trim_start_matches('`');
        let ticks = bare.len() - info.len();
        match open {
            None if ticks >= 3 => open = Some((at, ticks, is_rust(info))),
            Some((start, least, is_rust))
                if ticks >= least && info.is_empty() =>
            {
                blocks.extend(is_rust.then_some(start..at + bare.len()));
                open = None;
            }
            _ => {}
        }
        at += line.len();
    }
    blocks
}

fn is_rust(info: &str) -> bool {
    info.split([',', ' ']).next() == Some("rust")
}

/// A block with what it includes: a file, or the lines between two anchors.
fn included(page: &Path, block: &str) -> io::Result<String> {
    let folder = page.parent().unwrap_or(page);
    let mut lines = Vec::new();
    for line in block.lines() {
        let argument = line
            .strip_prefix("{{#include ")
            .and_then(|rest| rest.strip_suffix("}}"));
        let Some(argument) = argument else {
            lines.push(line.to_string());
            continue;
        };
        let (path, anchor) = match argument.split_once(':') {
            Some((path, anchor)) => (path, Some(anchor)),
            None => (argument, None),
        };
        let text = read(&folder.join(path))?;
        let all = text.trim_end().lines();
        match anchor {
            Some(anchor) => lines.extend(
                all.skip_while(|line| !is_anchor(line, "ANCHOR: ", anchor))
                    .take_while(|l| !is_anchor(l, "ANCHOR_END: ", anchor))
                    .filter(|line| !line.contains("ANCHOR"))
                    .map(Into::into),
            ),
            None => lines.extend(all.map(Into::into)),
        }
    }
    Ok(lines.join("\n"))
}

fn is_anchor(line: &str, mark: &str, anchor: &str) -> bool {
    line.split_once(mark).is_some_and(|(_, name)| name.trim() == anchor)
}

/// What a program says that only asserts, so that who runs it sees that it ran.
const SAYS: &str = r#"# println!("Every assertion holds.");"#;

/// A block whose code has a `main`; with a result, if the block ends in one as
/// rustdoc has it.
fn in_main(block: &str) -> String {
    if block.contains("fn main") {
        return block.into();
    }
    let mut lines: Vec<&str> = block.lines().collect();
    let opening = lines.remove(0);
    let closing = lines.pop().unwrap_or_default();
    let may_fail = lines.last().is_some_and(|last| {
        let last = last.strip_prefix("# ").unwrap_or(last);
        last.starts_with("Ok::<(), ") && last.ends_with(">(())")
    });
    // What the block imports has no name out here.
    let head = if may_fail {
        lines.pop();
        "# fn main() -> Result<(), Box<dyn std::error::Error>> {"
    } else {
        "# fn main() {"
    };
    let mut all = vec![opening, "# #![allow(unused)]", head];
    all.extend(&lines);
    all.extend((!block.contains("println!")).then_some(SAYS));
    all.extend(may_fail.then_some("# Ok(())"));
    all.extend(["# }", closing]);
    all.join("\n")
}

/// A line as it is where nothing is hidden, by mdBook's own rule.
fn unhidden(line: &str) -> String {
    let bare = line.trim_start();
    let indent = &line[..line.len() - bare.len()];
    match bare.strip_prefix('#') {
        Some("") => indent.into(),
        Some(rest) if rest.starts_with(['#', ' ']) => {
            let rest = rest.strip_prefix(' ').unwrap_or(rest);
            format!("{indent}{rest}")
        }
        _ => line.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_without_a_main_gets_one_that_is_hidden() {
        let page = "a\n\n```rust\nlet a = 1;\nassert!(a > 0);\n```\n\nb\n";
        let set = in_mains(page);
        assert_eq!(
            set,
            "a\n\n```rust\n# #![allow(unused)]\n# fn main() {\n\
             let a = 1;\nassert!(a > 0);\n\
             # println!(\"Every assertion holds.\");\n# }\n```\n\nb\n"
        );
        assert_eq!(in_mains(&set), set, "one main is enough");
        let others = "```text\nfn a\n```\n\n````text\n```rust\n```\n````\n\n\
                      ```rust\nfn main() {}\n```\n";
        assert_eq!(in_mains(others), others);
    }

    #[test]
    fn a_block_that_may_fail_becomes_a_main_that_may() {
        for hidden in ["", "# "] {
            let snippet = Snippet {
                file: "src/a.md".into(),
                line: 1,
                text: format!(
                    "```rust\n# use a::E;\n#[derive(Debug)]\nstruct A;\n\
                     ## b\nprintln!(\"{{}}\", c()?);\n\
                     {hidden}Ok::<(), E>(())\n```"
                ),
            };
            assert_eq!(
                snippet.program(),
                "#![allow(unused)]\n\
                 fn main() -> Result<(), Box<dyn std::error::Error>> {\n\
                 use a::E;\n#[derive(Debug)]\nstruct A;\n# b\n\
                 println!(\"{}\", c()?);\nOk(())\n}"
            );
        }
    }

    #[test]
    fn an_excerpt_is_what_stands_between_its_anchors() {
        let folder = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            "code/a.rs",
            "a\r\n// ANCHOR: b-c\r\nb\r\n  // ANCHOR: b\r\nc\r\n\
             // ANCHOR_END: b-c\r\nd\r\n",
        );
        write("src/a.md", "# A\n\n```rust\n{{#include ../code/a.rs:b-c}}\n```");
        write("src/b/c.md", "```rust\n{{#include ../../code/none.rs}}\n```\n");
        let error = all(folder.path(), Path::new("src")).unwrap_err();
        assert!(error.to_string().contains("none.rs"), "{error}");
        write("src/b/c.md", "```text\n{{#include ../../code/none.rs}}\n```\n");
        let expected = Snippet {
            file: "src/a.md".into(),
            line: 3,
            text: "```rust\nb\nc\n```".into(),
        };
        let found = all(folder.path(), Path::new("src")).unwrap();
        assert_eq!(found, [expected]);
    }
}
