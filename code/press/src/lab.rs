//! The labs of a page: a figure, a button below it, and the program that runs
//! the experiment in the reader's browser.
//!
//! There is a program for each lab, compiled from `code/lab` and put into the
//! folder of the manuscript, from where mdBook copies it like any picture. So
//! a plain `mdbook build`, whose only hand in the pages is this preprocessor,
//! has it too. Where it cannot be compiled, the figures stand as they are and
//! a line says why.

use std::{
    collections::BTreeMap,
    env,
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use experiments::{Entry, LABS, lent, link::Link};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use zopfli::Format;

use crate::{contents::address, markdown::escaped};

/// Where the programs stand, below the folder of the manuscript.
const FOLDER: &str = "lab";

/// The compiler's name for the machine that a page runs a program on.
const TARGET: &str = "wasm32-wasip1";

/// What runs the experiments in a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// By lab or file that a lab borrows, where it stands, as seen from the
    /// root of the book. An address changes with what is there, so that no
    /// browser keeps an old one.
    Placed(BTreeMap<String, String>),
    /// It is being compiled while the page is read already.
    Pending,
    /// There is none; says why.
    Missing(String),
}

/// Whether the pages wait for the labs' programs, if those are not there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// They do: what is built is to be complete.
    ForPrograms,
    /// They do not: somebody wants to read.
    No,
}

/// Compiles the programs, unless this state of the code already has. Without
/// it, a build does: this is for who has something else to do meanwhile.
pub fn prepare(root: &Path) {
    if is_pending(root) {
        // What is in the way, the build tells.
        let _ = compiled(root);
    }
}

/// Whether a build would have to compile the programs.
pub fn is_pending(root: &Path) -> bool {
    is_there(root) && kept(root).is_none()
}

/// Whether there is something to be compiled.
fn is_there(root: &Path) -> bool {
    root.join(MANIFEST).is_file()
}

impl Program {
    /// Compiles the programs of the code at `root`, unless this state of it
    /// already has, and puts them into `manuscript`, a folder of chapters.
    pub fn placed(root: &Path, manuscript: &Path, wait: Wait) -> Self {
        let folder = manuscript.join(FOLDER);
        let files = match kept(root) {
            Some(files) => Ok(files),
            None if wait == Wait::No && is_there(root) => {
                return Program::Pending;
            }
            None => compiled(root),
        };
        match files.and_then(|files| put(&folder, files)) {
            Ok(places) => Program::Placed(places),
            Err(why) => {
                eprintln!("The labs stay figures: {why}.");
                // An older one would be copied into the book all the same.
                let _ = fs::remove_dir_all(folder);
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
        Program::Placed(places) => {
            // `src/…` and all: the two have the folder in common.
            let folder = page.split('/').next().unwrap_or_default();
            let at = |what: &str| {
                let place = places.get(what).map_or("", String::as_str);
                escaped(&address(page, &format!("{folder}/{place}")))
            };
            format!(
                "<div class=\"lab\" data-lab=\"{id}\" data-start=\"{start}\" \
                 data-wasm=\"{}\" data-lent=\"{}\">{figure}\
                 <div class=\"lab-panel\"><p><button type=\"button\" \
                 class=\"lab-open\">Run it here</button></p>\
                 <div class=\"lab-notice\"><p class=\"lab-status\"></p></div>\
                 <p class=\"lab-spoken\" role=\"status\"></p></div></div>",
                at(start.entry.id),
                at(lent::DIGITS),
                id = start.entry.id,
            )
        }
        Program::Pending => format!(
            "<div class=\"lab-missing\" data-lab=\"{}\">{figure}<p>The \
             program that runs this figure in the page is being compiled. \
             The page loads itself again when it is there.</p></div>",
            start.entry.id,
        ),
        Program::Missing(why) => format!(
            "<div class=\"lab-missing\" data-lab=\"{}\">{figure}<p>This figure could be run \
             in the page, but when this copy of the book was made, {}.</p>\
             </div>",
            start.entry.id,
            escaped(why),
        ),
    }
}

/// Writes the files, those that are not there already, and gives the places.
fn put(
    folder: &Path,
    files: BTreeMap<String, Vec<u8>>,
) -> Result<BTreeMap<String, String>, String> {
    // What an older state of the code has left would be copied into the book.
    for old in fs::read_dir(folder).into_iter().flatten().flatten() {
        if !files.contains_key(&*old.file_name().to_string_lossy()) {
            let _ = fs::remove_file(old.path());
        }
    }
    let mut places = BTreeMap::new();
    for (name, bytes) in files {
        let file = folder.join(&name);
        // Written without need, it would look like a change of the manuscript.
        if fs::read(&file).ok().as_deref() != Some(&bytes) {
            written(&file, &bytes)?;
        }
        let hash = Sha256::digest(&bytes);
        let version: String =
            hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let what = name.trim_end_matches(".gz").trim_end_matches(".wasm");
        let what = what.to_string();
        places.insert(what, format!("{FOLDER}/{name}?v={version}"));
    }
    Ok(places)
}

/// Compiles the programs of this state of the code, and gives them and what
/// they borrow.
fn compiled(root: &Path) -> Result<BTreeMap<String, Vec<u8>>, String> {
    if !is_there(root) {
        return Err("there was no code/lab to compile".into());
    }
    add_target(root)?;
    eprintln!("Compiling the labs; once for each state of the code.");
    compile(root)?;
    let _ = fs::remove_dir_all(root.join(KEPT));
    LABS.par_iter().try_for_each(|lab| place(root, lab))?;
    kept(root).ok_or_else(|| format!("{KEPT} cannot be read"))
}

/// Puts a program that has been compiled on its shelf, packed: then it travels
/// as it is, whether a server packs what it sends or not. What zopfli packs any
/// browser unpacks, and it is a twentieth smaller than with gzip.
fn place(root: &Path, lab: &Entry) -> Result<(), String> {
    let built = format!("target/{TARGET}/lab/examples/{}.wasm", example(lab));
    let built = root.join(built);
    let packed = || {
        let (options, mut packed) = (zopfli::Options::default(), Vec::new());
        let program = fs::read(&built)?;
        zopfli::compress(options, Format::Gzip, &program[..], &mut packed)?;
        Ok(packed)
    };
    let packed = packed().map_err(|error: std::io::Error| {
        format!("{} cannot be packed: {error}", built.display())
    })?;
    written(&shelf(root).join(file_name(lab)), &packed)
}

/// Where the programs of each state of the code are kept.
const KEPT: &str = "target/press/lab";

/// What there must be to be compiled.
const MANIFEST: &str = "code/lab/Cargo.toml";

/// The key is taken when the press is compiled, as it is for the runs.
fn shelf(root: &Path) -> PathBuf {
    root.join(KEPT).join(env!("PRESS_CODE_HASH"))
}

fn file_name(lab: &Entry) -> String {
    format!("{}.wasm.gz", lab.id)
}

/// What has been compiled before, if it is all there.
fn kept(root: &Path) -> Option<BTreeMap<String, Vec<u8>>> {
    let lent = (format!("{}.gz", lent::DIGITS), DIGITS.to_vec());
    let read = |lab: &Entry| {
        let name = file_name(lab);
        let bytes = fs::read(shelf(root).join(&name)).ok()?;
        Some((name, bytes))
    };
    LABS.iter().map(read).chain([Some(lent)]).collect()
}

/// The one file that a lab borrows from the page.
const DIGITS: &[u8] = include_bytes!("../../slope/data/digits.csv.gz");

/// What cargo calls the program of a lab.
fn example(lab: &Entry) -> String {
    format!("lab_{}", lab.id.replace('-', "_"))
}

/// Adds the target to the compiler, unless it is there.
fn add_target(root: &Path) -> Result<(), String> {
    let args = ["--print", "target-libdir", "--target", TARGET];
    let folder = said("rustc", &args, root)?;
    let added = add(root, folder.trim().as_ref(), &["target", "add", TARGET]);
    added.map_err(|why| {
        format!("the compiler lacked the target {TARGET}: {why}")
    })
}

/// Adds the source of the standard library to the compiler, unless it is there.
fn add_source(root: &Path) -> Result<(), String> {
    let folder = said("rustc", &["--print", "sysroot"], root)?;
    let folder = Path::new(folder.trim()).join("lib/rustlib/src/rust/library");
    let added = add(root, &folder, &["component", "add", "rust-src"]);
    added.map_err(|why| format!("rust-src is missing: {why}"))
}

/// Has rustup make this folder of the compiler, unless it is there.
fn add(root: &Path, folder: &Path, args: &[&str]) -> Result<(), String> {
    if folder.is_dir() {
        return Ok(());
    }
    said("rustup", args, root).map(drop)
}

/// Compiles the programs, for little to load; where that cannot be, as any
/// program is compiled.
fn compile(root: &Path) -> Result<(), String> {
    let small = add_source(root).and_then(|()| {
        let mut build = build(root, &SMALL_FLAGS);
        outcome("cargo", build.args(SMALL_ARGS).env(UNSTABLE, "1").output())
    });
    let Err(why) = small else { return Ok(()) };
    eprintln!("The labs are larger to load than they need be: {why}.");
    outcome("cargo", build(root, &[]).output()).map(drop)
}

/// The standard library is compiled anew with the rest: only what a program
/// uses of it, for size, and with a panic that ends the program at once instead
/// of saying where it was: a page reports no place in the code, and `cargo run
/// -- replay` has the same panic with its place. That is a sixth less to load.
/// None of it is stable, but the compiler is pinned.
const SMALL_ARGS: [&str; 5] = [
    "-Zbuild-std=std,panic_abort",
    "-Zbuild-std-features=optimize_for_size",
    "-Zpanic-immediate-abort",
    "--config",
    "profile.lab.panic = \"immediate-abort\"",
];

/// The same for the compiler itself.
const SMALL_FLAGS: [&str; 1] = ["-Zlocation-detail=none"];

/// What lets a stable compiler take unstable switches.
const UNSTABLE: &str = "RUSTC_BOOTSTRAP";

/// The command that compiles the programs, with more flags for the compiler.
fn build(root: &Path, flags: &[&str]) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // No path of this machine shall be in the file, and what a reader's
    // RUSTFLAGS ask for is meant for another processor.
    let mut flags: Vec<OsString> = flags.iter().map(Into::into).collect();
    flags.push(remapped(root.as_os_str(), "/book"));
    if let Some(home) = cargo_home() {
        flags.push(remapped(home.as_os_str(), "/cargo"));
    }
    flags.extend(PROGRAM_FLAGS.map(Into::into));
    let flags = flags.join(OsStr::new("\u{1f}"));
    let programs =
        LABS.iter().flat_map(|lab| ["--example".into(), example(lab)]);
    let mut build = Command::new(cargo);
    build
        .current_dir(root)
        .args(["build", "--quiet", "--package", "lab-programs"])
        .args(programs)
        .args(["--features", "pages"])
        .args(["--target", TARGET, "--profile", "lab"])
        .env("CARGO_ENCODED_RUSTFLAGS", flags)
        .env("CARGO_TARGET_DIR", root.join("target"));
    build
}

const PROGRAM_FLAGS: [&str; 4] = [
    // Vectors of two numbers, which every browser has had since 2023.
    "-Ctarget-feature=+simd128",
    // A loop of unknown length is not written out several times, and a function
    // is not copied into all that call it: for the bench a tenth less to load,
    // and a thirtieth slower.
    "-Cllvm-args=-unroll-runtime=0",
    "-Cllvm-args=-inline-threshold=5",
    // The linker leaves five bytes for every address, most of which need two.
    "-Clink-arg=--compress-relocations",
];

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
        let aside = file.with_extension(std::process::id().to_string());
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
        let places =
            [("tent", "lab/tent.wasm.gz?v=1"), ("digits.csv", "lab/d")];
        let places = places.map(|(what, at)| (what.into(), at.into()));
        let program = Program::Placed(places.into());
        let at = |page| html(&tent(), "<figure></figure>", page, &program);
        assert!(at("src/a.md").contains("data-wasm=\"lab/tent.wasm.gz?v=1\""));
        assert!(at("src/a.md").contains("data-lent=\"lab/d\""));
        assert!(at("src/a.md").contains("data-start=\"#v1;tent;layers=5\""));
        assert!(
            at("src/b/a.md").contains("data-wasm=\"../lab/tent.wasm.gz?v=1\"")
        );
    }

    /// A page without a lab tells where the lab of an address is.
    #[test]
    fn the_script_knows_the_page_of_every_lab() {
        let script = include_str!("../../../theme/js/lab.js");
        let pages = script.split("const PAGES = {").nth(1).unwrap();
        let pages = pages.split("};").next().unwrap().replace('\'', "");
        let pages: Vec<&str> = pages.trim().lines().map(str::trim).collect();
        let src = concat!(env!("CARGO_MANIFEST_DIR"), "/../../src");
        let known = LABS.iter().map(|lab| {
            let page = format!("{src}/{}.md", lab.chapter);
            let text = fs::read_to_string(page).unwrap();
            assert!(text.contains(&format!("{{{{#lab {}", lab.id)));
            format!("{}: {},", lab.id, lab.chapter)
        });
        assert_eq!(pages, known.collect::<Vec<_>>());
    }

    #[test]
    fn while_a_program_is_compiled_the_page_can_be_read() {
        let figure = "<figure></figure>";
        let page = html(&tent(), figure, "src/a.md", &Program::Pending);
        assert!(page.contains(figure));
        assert!(page.contains("is being compiled"));
        assert!(!page.contains("button"));
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
