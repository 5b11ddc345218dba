//! Outputs that a page shows: captured from a run, command and all.
//!
//! Beside an example program stands a file with what it prints. Its first
//! line is the command, after a dollar sign; the page includes the file, and
//! `cargo test` runs the command and compares.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use walkdir::WalkDir;

use crate::{Problem, text};

/// Every captured output, relative to the root.
pub fn files(root: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = WalkDir::new(root.join("code"))
        .max_depth(3)
        .into_iter()
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let path = entry.path().strip_prefix(root).ok()?.to_path_buf();
            // Those of the bridge are captured by Python.
            let is_rust = path.parent()?.ends_with("examples");
            (is_rust && path.extension()? == "out").then_some(path)
        })
        .collect();
    files.sort();
    files
}

/// Every captured output that the program beside it no longer prints.
///
/// # Errors
/// If a file cannot be read or its command not be run.
pub fn problems(root: &Path) -> io::Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for file in files(root) {
        let captured = text::read(&root.join(&file))?;
        let shown = file.display().to_string();
        let Some(command) = command(&captured) else {
            let what = "expected `$ cargo run …` as the first line";
            problems.push(Problem::new(shown, 1, what));
            continue;
        };
        let now = output(root, command)?;
        if let Some(line) = first_difference(&captured, &now) {
            let was = captured.lines().nth(line - 1).unwrap_or("nothing");
            let is = now.lines().nth(line - 1).unwrap_or("nothing");
            let what = format!("captured: {was}\n    now:      {is}");
            problems.push(
                Problem::new(shown, line, what)
                    .mend("if that is meant: cargo run -- facts --write"),
            );
        }
    }
    Ok(problems)
}

/// Captures every output anew.
///
/// # Errors
/// If a file cannot be read or written, or its command not be run.
pub fn write(root: &Path) -> io::Result<()> {
    for file in files(root) {
        let captured = text::read(&root.join(&file))?;
        if let Some(command) = command(&captured) {
            fs::write(root.join(&file), output(root, command)?)?;
        }
    }
    Ok(())
}

fn command(captured: &str) -> Option<&str> {
    captured.lines().next()?.strip_prefix("$ cargo ")
}

/// The command and what it prints.
fn output(root: &Path, command: &str) -> io::Result<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root)
        .args(command.split_whitespace())
        .output()?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(io::Error::other(format!("cargo {command}: {why}")));
    }
    let printed = String::from_utf8_lossy(&output.stdout);
    Ok(format!("$ cargo {command}\n{printed}"))
}

/// The first line, from 1, on which two texts differ.
fn first_difference(a: &str, b: &str) -> Option<usize> {
    let (mut a, mut b) = (a.lines(), b.lines());
    (1..)
        .map(|line| (line, a.next(), b.next()))
        .take_while(|(_, a, b)| a.is_some() || b.is_some())
        .find(|(_, a, b)| a != b)
        .map(|(line, ..)| line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_a_missing_and_an_extra_line_are_found() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("a\nb\n", "a\n"), Some(2));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some(2));
    }

    #[test]
    fn a_capture_begins_with_its_command() {
        assert_eq!(command("$ cargo run -q\nx\n"), Some("run -q"));
        assert_eq!(command("x\n"), None);
    }
}
