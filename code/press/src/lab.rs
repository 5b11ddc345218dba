//! The labs of a page: a figure, a button below it, and the program that runs
//! the experiment in the reader's browser.
//!
//! There is a program for each lab, compiled from `code/lab`. A build puts
//! them into the book that it has made. The preprocessor of a plain `mdbook
//! build` has a hand in the chapters alone; it puts them into the folder of the
//! manuscript, from where mdBook copies them like any picture. Where they
//! cannot be compiled, the figures stand as they are and a line says why.

use std::{
    collections::BTreeMap,
    env,
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;
use experiments::LABS;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use study::{Entry, lent, link::Link};
use zopfli::Format;

use crate::{contents::address, markdown::escaped};

/// Where the programs stand, below the root of the book.
pub(crate) const FOLDER: &str = "lab";

/// The compiler's name for the machine that a page runs a program on.
const TARGET: &str = "wasm32-wasip1";

/// What runs the experiments in a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// By lab, or file that a lab borrows.
    Ready(BTreeMap<String, Part>),
    /// It is being compiled while the page is read already.
    Pending,
    /// There is none.
    Missing(Lack),
}

/// A file that a page loads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    name: String,
    bytes: Vec<u8>,
    /// Of these very bytes, so that no browser keeps older ones.
    version: String,
}

impl Part {
    fn new(name: String, bytes: Vec<u8>) -> Self {
        let hash = Sha256::digest(&bytes);
        let version =
            hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Self { name, bytes, version }
    }

    /// Where it stands, as seen from the root of the book.
    fn address(&self) -> String {
        format!("{FOLDER}/{}?v={}", self.name, self.version)
    }
}

/// Why there is no program, as a reader is told. What exactly went wrong, its
/// author reads in the terminal: a page holds no path of the builder's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// The manuscript alone was built.
    Code,
    /// The compiler's target.
    Target,
    /// It did not compile.
    Compiled,
    /// It could not be kept where the next build looks.
    Kept,
    /// It could not be put where mdBook copies it from.
    Placed,
}

impl Lack {
    fn text(self) -> &'static str {
        match self {
            Lack::Code => "there was no code/lab to compile",
            Lack::Target => "the compiler lacked the target wasm32-wasip1",
            Lack::Compiled => "its program did not compile",
            Lack::Kept => "its program could not be written into target/",
            Lack::Placed => "its program could not be written into src/lab/",
        }
    }
}

/// Why there is no program, for a reader and for an author.
type Failure = (Lack, String);

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
    /// Compiles the programs, unless this state of the code already has.
    pub fn found(root: &Path, wait: Wait) -> Self {
        match kept(root) {
            Some(parts) => Program::Ready(parts),
            None if wait == Wait::No && is_there(root) => Program::Pending,
            None => compiled(root).map_or_else(Self::missing, Program::Ready),
        }
    }

    fn missing((lack, why): Failure) -> Self {
        eprintln!("The labs stay figures: {why}.");
        Program::Missing(lack)
    }

    /// Puts the programs into `pages`, a book that has been made.
    ///
    /// # Errors
    /// If one cannot be written.
    pub fn put(&self, pages: &Path) -> anyhow::Result<()> {
        // What an older press has left in the manuscript was copied here.
        let folder = pages.join(FOLDER);
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| {
                format!("cannot remove {}", folder.display())
            })?;
        }
        let Program::Ready(parts) = self else { return Ok(()) };
        put(&folder, parts).map_err(anyhow::Error::msg)
    }

    /// Puts the programs into `src`, from where mdBook copies them.
    pub fn put_for_mdbook(self, src: &Path) -> Self {
        let folder = src.join(FOLDER);
        let Program::Ready(parts) = self else {
            // An older one would be copied into the book all the same.
            let _ = fs::remove_dir_all(folder);
            return self;
        };
        match put(&folder, &parts) {
            Ok(()) => Program::Ready(parts),
            Err(why) => {
                let _ = fs::remove_dir_all(folder);
                Self::missing((Lack::Placed, why))
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
        Program::Ready(parts) => {
            // `src/…` and all: the two have the folder in common.
            let folder = page.split('/').next().unwrap_or_default();
            let at = |what: &str| {
                let place = parts.get(what).map(Part::address);
                let place = place.unwrap_or_default();
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
        Program::Missing(lack) => format!(
            "<div class=\"lab-missing\" data-lab=\"{}\">{figure}<p>This figure could be run \
             in the page, but when this copy of the book was made, {}.</p>\
             </div>",
            start.entry.id,
            lack.text(),
        ),
    }
}

/// Writes the files, those that are not there already.
fn put(folder: &Path, parts: &BTreeMap<String, Part>) -> Result<(), String> {
    // What an older state of the code has left would be copied into the book.
    for old in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = old.file_name();
        if !parts.values().any(|part| *part.name == *name) {
            let _ = fs::remove_file(old.path());
        }
    }
    for part in parts.values() {
        let file = folder.join(&part.name);
        // Written without need, it would look like a change of the manuscript.
        if fs::read(&file).ok().as_ref() != Some(&part.bytes) {
            written(&file, &part.bytes)?;
        }
    }
    Ok(())
}

/// Compiles the programs of this state of the code, and gives them and what
/// they borrow.
fn compiled(root: &Path) -> Result<BTreeMap<String, Part>, Failure> {
    if !is_there(root) {
        return Err((Lack::Code, Lack::Code.text().into()));
    }
    add_target(root).map_err(|why| (Lack::Target, why))?;
    eprintln!("Compiling the labs; once for each state of the code.");
    compile(root).map_err(|why| (Lack::Compiled, why))?;
    let not_kept = |why| (Lack::Kept, why);
    forget_other_states(root);
    LABS.par_iter().try_for_each(|lab| place(root, lab)).map_err(not_kept)?;
    let unread = || not_kept(format!("{KEPT} cannot be read"));
    kept(root).ok_or_else(unread)
}

/// Only the others: another build may have put this one's there meanwhile.
fn forget_other_states(root: &Path) {
    for old in fs::read_dir(root.join(KEPT)).into_iter().flatten().flatten() {
        if old.path() != shelf(root) {
            let _ = fs::remove_dir_all(old.path());
        }
    }
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
    root.join(KEPT).join(env!("PRESS_LABS"))
}

fn file_name(lab: &Entry) -> String {
    format!("{}.wasm.gz", lab.id)
}

/// What has been compiled before, if it is all there.
fn kept(root: &Path) -> Option<BTreeMap<String, Part>> {
    let lent = Part::new(format!("{}.gz", lent::DIGITS), DIGITS.to_vec());
    let lent = (lent::DIGITS.to_string(), lent);
    let read = |lab: &Entry| {
        let name = file_name(lab);
        let bytes = fs::read(shelf(root).join(&name)).ok()?;
        Some((lab.id.to_string(), Part::new(name, bytes)))
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
    use crate::text;

    fn tent() -> Link {
        Link::read("#v1;tent;layers=5", experiments::LABS).unwrap()
    }

    #[test]
    fn the_program_is_found_from_every_page() {
        let part = |name: &str| Part {
            name: name.into(),
            bytes: Vec::new(),
            version: "1".into(),
        };
        let parts = [("tent", "tent.wasm.gz"), ("digits.csv", "digits.csv.gz")];
        let parts = parts.map(|(what, name)| (what.into(), part(name)));
        let program = Program::Ready(parts.into());
        let at = |page| html(&tent(), "<figure></figure>", page, &program);
        assert!(at("src/a.md").contains("data-wasm=\"lab/tent.wasm.gz?v=1\""));
        assert!(at("src/a.md").contains("data-lent=\"lab/digits.csv.gz?v=1\""));
        assert!(at("src/a.md").contains("data-start=\"#v1;tent;layers=5\""));
        assert!(
            at("src/b/a.md").contains("data-wasm=\"../lab/tent.wasm.gz?v=1\"")
        );
    }

    /// A page without a lab tells where the lab of an address is.
    #[test]
    fn the_script_knows_the_page_of_every_lab() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        let script = text::read(&root.join("theme/js/lab.js")).unwrap();
        let pages = script.split("const PAGES = {").nth(1).unwrap();
        let pages = pages.split("};").next().unwrap().replace('\'', "");
        let pages: Vec<&str> = pages.trim().lines().map(str::trim).collect();
        let known = LABS.iter().map(|lab| {
            let page = root.join(format!("src/{}.md", lab.chapter));
            let text = text::read(&page).unwrap();
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
        let program = Program::Missing(Lack::Target);
        let page = html(&tent(), "<figure></figure>", "src/a.md", &program);
        assert!(page.contains("<figure></figure>"));
        assert!(page.contains("lacked the target wasm32-wasip1."));
        assert!(!page.contains("button"));
    }

    #[test]
    fn what_a_page_says_holds_no_path_of_its_builder() {
        // A file stands where the folder would be.
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(FOLDER), "").unwrap();
        let part = Part::new("tent.wasm.gz".into(), b"program".to_vec());
        let program = Program::Ready([("tent".into(), part)].into());
        let program = program.put_for_mdbook(root.path());
        assert_eq!(program, Program::Missing(Lack::Placed));
        let page = html(&tent(), "<figure></figure>", "src/a.md", &program);
        assert!(!page.contains(&root.path().display().to_string()));
        assert!(page.contains("could not be written into src/lab/."));
    }

    #[test]
    fn a_book_has_the_programs_of_its_build_and_no_others() {
        let pages = tempfile::tempdir().unwrap();
        let folder = pages.path().join(FOLDER);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("old.wasm.gz"), "old").unwrap();
        let part = Part::new("tent.wasm.gz".into(), b"program".to_vec());
        let program = Program::Ready([("tent".into(), part)].into());
        program.put(pages.path()).unwrap();
        let names: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["tent.wasm.gz"]);
        Program::Pending.put(pages.path()).unwrap();
        assert!(!folder.exists());
    }
}
