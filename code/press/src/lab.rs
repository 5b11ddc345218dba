//! The labs of a page: a figure, a button below it, and the program that runs
//! the experiment in the reader's browser.
//!
//! The program is compiled from `code/lab` and put into the folder of the
//! manuscript, from where mdBook copies it like any picture. So a plain
//! `mdbook build`, whose only hand in the pages is this preprocessor, has it
//! too. Where it cannot be compiled, the figures stand as they are and a line
//! says why.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use experiments::link::Link;
use sha2::{Digest, Sha256};

use crate::{contents::address, markdown::escaped};

/// Where the program stands, below the folder of the manuscript.
const FILE: &str = "lab/lab.wasm";

/// The compiler's name for the machine that a page runs the program on.
const TARGET: &str = "wasm32-wasip1";

/// What runs the experiments in a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// It stands at this address, as seen from the root of the book. The
    /// address changes with the program, so that no browser keeps an old one.
    Placed(String),
    /// There is none; says why.
    Missing(String),
}

impl Program {
    /// Compiles the program, unless this state of the code already has, and
    /// puts it into `src`, the manuscript's folder below `root`.
    pub fn placed(root: &Path, src: &Path) -> Self {
        let file = root.join(src).join(FILE);
        match compiled(root).and_then(|bytes| put(&file, &bytes)) {
            Ok(version) => Program::Placed(format!("{FILE}?v={version}")),
            Err(why) => {
                eprintln!("The labs stay figures: {why}.");
                // An older one would be copied into the book all the same.
                let _ = fs::remove_file(file);
                Program::Missing(why)
            }
        }
    }
}

/// The lab as HTML, on one line, around the figure's: what is there without
/// JavaScript, and the button that loads the rest. The controls begin with
/// the settings of `start`.
pub fn html(
    start: &Link,
    figure: &str,
    page: &str,
    program: &Program,
) -> String {
    match program {
        Program::Placed(at) => {
            // `src/…` and all: the two have the folder in common.
            let folder = page.split('/').next().unwrap_or_default();
            let at = address(page, &format!("{folder}/{at}"));
            format!(
                "<div class=\"lab\" data-lab=\"{}\" data-start=\"{start}\" \
                 data-wasm=\"{}\">{figure}<div class=\"lab-panel\"><p><button type=\"button\" \
                 class=\"lab-open\">Run it here</button></p>\
                 <p class=\"lab-status\" role=\"status\"></p></div></div>",
                start.entry.id,
                escaped(&at),
            )
        }
        Program::Missing(why) => format!(
            "<div class=\"lab-missing\">{figure}<p>This figure could be run \
             in the page, but when this copy of the book was made, {}.</p>\
             </div>",
            escaped(why),
        ),
    }
}

/// Writes the program, if it is not there already, and gives its version.
fn put(file: &Path, bytes: &[u8]) -> Result<String, String> {
    // Written without need, it would look like a change of the manuscript.
    if fs::read(file).ok().as_deref() != Some(bytes) {
        written(file, bytes)?;
    }
    let hash = Sha256::digest(bytes);
    Ok(hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect())
}

/// The program of this state of the code: the key is taken when the press is
/// compiled, as it is for the runs.
fn compiled(root: &Path) -> Result<Vec<u8>, String> {
    let folder = root.join("target/press/lab");
    let kept = folder.join(concat!(env!("PRESS_CODE_HASH"), ".wasm"));
    if let Ok(bytes) = fs::read(&kept) {
        return Ok(bytes);
    }
    if !root.join("code/lab/Cargo.toml").is_file() {
        return Err("there was no code/lab to compile".into());
    }
    add_target(root)?;
    eprintln!("Compiling the labs; once for each state of the code.");
    compile(root)?;
    let built = root.join(format!("target/{TARGET}/lab/examples/door.wasm"));
    let bytes = fs::read(&built).map_err(|error| {
        format!("{} was not made: {error}", built.display())
    })?;
    let _ = fs::remove_dir_all(folder);
    written(&kept, &bytes)?;
    Ok(bytes)
}

/// Adds the target to the compiler, unless it is there.
fn add_target(root: &Path) -> Result<(), String> {
    let args = ["--print", "target-libdir", "--target", TARGET];
    let folder = said("rustc", &args, root)?;
    if Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    said("rustup", &["target", "add", TARGET], root).map(drop).map_err(|why| {
        format!("the compiler lacked the target {TARGET}: {why}")
    })
}

fn compile(root: &Path) -> Result<(), String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // No path of this machine shall be in the file, and what a reader's
    // RUSTFLAGS ask for is meant for another processor.
    let mut flags = vec![remapped(root.as_os_str(), "/book")];
    // Vectors of two numbers, which every browser has had since 2023.
    flags.push("-Ctarget-feature=+simd128".into());
    if let Some(home) = cargo_home() {
        flags.push(remapped(home.as_os_str(), "/cargo"));
    }
    let flags = flags.join(OsStr::new("\u{1f}"));
    let build = Command::new(cargo)
        .current_dir(root)
        .args(["build", "--quiet", "--package", "lab", "--example", "door"])
        .args(["--target", TARGET, "--profile", "lab"])
        .env("CARGO_ENCODED_RUSTFLAGS", flags)
        .env("CARGO_TARGET_DIR", root.join("target"))
        .output();
    outcome("cargo", build).map(drop)
}

fn remapped(from: &OsStr, to: &str) -> OsString {
    let mut flag = OsString::from("--remap-path-prefix=");
    flag.push(from);
    flag.push("=");
    flag.push(to);
    flag
}

fn cargo_home() -> Option<PathBuf> {
    let home = || Some(env::home_dir()?.join(".cargo"));
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home)
}

/// What a command prints.
fn said(command: &str, args: &[&str], root: &Path) -> Result<String, String> {
    let run = Command::new(command).args(args).current_dir(root).output();
    outcome(command, run)
}

fn outcome(
    command: &str,
    run: std::io::Result<std::process::Output>,
) -> Result<String, String> {
    let run =
        run.map_err(|error| format!("{command} did not start: {error}"))?;
    if run.status.success() {
        return Ok(String::from_utf8_lossy(&run.stdout).into_owned());
    }
    let errors = String::from_utf8_lossy(&run.stderr);
    let first = errors.lines().find(|line| line.contains("error"));
    let first = first.unwrap_or("it said nothing").trim();
    Err(format!("{command} failed: {first}"))
}

/// Writes a file and its folder, whole or not at all.
fn written(file: &Path, bytes: &[u8]) -> Result<(), String> {
    let write = || {
        fs::create_dir_all(file.parent().unwrap_or(file))?;
        let aside = file.with_extension(format!("{}.wasm", std::process::id()));
        fs::write(&aside, bytes)?;
        fs::rename(aside, file)
    };
    write().map_err(|error| {
        format!("{} cannot be written: {error}", file.display())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tent() -> Link {
        Link::read("#v1;tent;layers=5", experiments::LABS).unwrap()
    }

    #[test]
    fn the_program_is_found_from_every_page() {
        let program = Program::Placed("lab/lab.wasm?v=1".into());
        let at = |page| html(&tent(), "<figure></figure>", page, &program);
        assert!(at("src/a.md").contains("data-wasm=\"lab/lab.wasm?v=1\""));
        assert!(at("src/a.md").contains("data-start=\"#v1;tent;layers=5\""));
        assert!(at("src/b/a.md").contains("data-wasm=\"../lab/lab.wasm?v=1\""));
    }

    #[test]
    fn without_a_program_the_figure_stays_and_the_page_says_why() {
        let program = Program::Missing("<rustup> failed".into());
        let page = html(&tent(), "<figure></figure>", "src/a.md", &program);
        assert!(page.contains("<figure></figure>"));
        assert!(page.contains("&lt;rustup&gt; failed."));
        assert!(!page.contains("button"));
    }
}
