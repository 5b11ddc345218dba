//! Every command and every link that a page prints, run as its reader runs it:
//! each does what it says, and none finds a sentence of the book false.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The pages and the README, each with its text.
fn pages() -> Vec<(PathBuf, String)> {
    let files = walkdir::WalkDir::new(root().join("src")).sort_by_file_name();
    let files = files.into_iter().map(|entry| entry.unwrap().into_path());
    let pages =
        files.filter(|file| file.extension().is_some_and(|e| e == "md"));
    let readme = root().join("README.md");
    let read = |file: PathBuf| {
        let text = fs::read_to_string(&file).unwrap();
        (file, text)
    };
    pages.chain([readme]).map(read).collect()
}

/// The words of a command, as a shell would make them; a comment is none.
fn words(command: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut is_quoted, mut is_inside) = (false, false);
    for c in command.chars() {
        let is_blank = c.is_whitespace() && !is_quoted;
        if is_blank {
            is_inside = false;
            continue;
        }
        if !is_inside && c == '#' {
            break;
        }
        if !is_inside {
            words.push(String::new());
            is_inside = true;
        }
        match c {
            '"' => is_quoted = !is_quoted,
            c => words.last_mut().unwrap().push(c),
        }
    }
    words
}

/// What stands behind `cargo run --` wherever a text says it, of the commands
/// that run an experiment: to the end of the line or of the code.
fn commands(text: &str) -> Vec<Vec<String>> {
    let starts = text.match_indices("cargo run -- ");
    let commands = starts.map(|(at, start)| {
        let rest = &text[at + start.len()..];
        words(rest.split(['\n', '`']).next().unwrap_or_default())
    });
    let runs = |words: &Vec<String>| {
        words.len() > 1 && ["run", "replay"].contains(&words[0].as_str())
    };
    commands.filter(runs).collect()
}

/// The links to runs, and the starts of the labs.
fn links(text: &str) -> Vec<Vec<String>> {
    let links = text.match_indices("(#v1;").chain(text.match_indices("md#v1;"));
    let links = links.map(|(at, start)| {
        let rest = &text[at + start.find('#').unwrap_or_default()..];
        rest.split([')', ' ', '\n']).next().unwrap_or_default().to_string()
    });
    let labs = text.match_indices("{{#lab ").map(|(at, start)| {
        let rest = &text[at + start.len()..];
        format!("#v1;{}", rest.split("}}").next().unwrap_or_default())
    });
    links.chain(labs).map(|link| vec!["replay".into(), link]).collect()
}

/// What is wrong with what a command does; nothing, if all is well.
fn flaw(words: &[String], folder: &Path) -> Option<String> {
    let run = Command::new(env!("CARGO_BIN_EXE_press"))
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    let told = String::from_utf8_lossy(&run.stderr);
    if !run.status.success() {
        return Some(told.into());
    }
    let fails: Vec<_> = said.lines().filter(|l| l.contains("FAILS")).collect();
    (!fails.is_empty()).then(|| fails.join("\n"))
}

#[test]
fn every_command_that_a_page_prints_runs_and_finds_nothing_false() {
    let folder = tempfile::tempdir().unwrap();
    let exam = "hours,marks,passed\n1,55,no\n2,40,no\n3,70,yes\n2,90,yes\n";
    for name in ["exam.csv", "FILE"] {
        fs::write(folder.path().join(name), exam).unwrap();
    }
    let mut known = Vec::new();
    let mut flaws = Vec::new();
    for (file, text) in pages() {
        for command in commands(&text).into_iter().chain(links(&text)) {
            if known.contains(&command) {
                continue;
            }
            if let Some(flaw) = flaw(&command, folder.path()) {
                flaws.push(format!("{}: {command:?}: {flaw}", file.display()));
            }
            known.push(command);
        }
    }
    assert!(flaws.is_empty(), "{}", flaws.join("\n"));
    assert!(known.len() > 30, "only {} commands: {known:?}", known.len());
}

#[test]
fn commands_and_links_are_found_as_they_stand() {
    let text = "```console\n$ cargo run -- run cliff --seed 7   # again\n```\n\
                Try `cargo run -- replay \"#v1;cliff;seed=7\"` or \
                [so](#v1;tent;layers=3), [there](descent.md#v1;cliff).\n\
                `cargo run -- lint`\n{{#lab bench;data=xor}}\n";
    let list = |of: fn(&str) -> Vec<Vec<String>>| -> Vec<String> {
        of(text).iter().map(|words| words.join(" ")).collect()
    };
    assert_eq!(
        list(commands),
        ["run cliff --seed 7", "replay #v1;cliff;seed=7"]
    );
    assert_eq!(
        list(links),
        [
            "replay #v1;tent;layers=3",
            "replay #v1;cliff",
            "replay #v1;bench;data=xor"
        ]
    );
}

/// Negative controls: a command that is refused, and one that ends badly.
#[test]
fn a_command_that_does_not_run_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["run clif", "run cliff --set sed=7", "replay #v1;cliff;x=1"]
    {
        let command = words(&command.replace(" #", " \"#"));
        assert!(flaw(&command, folder.path()).is_some(), "{command:?}");
    }
}
