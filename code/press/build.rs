//! Takes the hashes under which runs and programs are kept: of what the
//! experiments, and the labs, depend on.
//!
//! They are taken when this program is compiled, not when it runs: a program
//! that is older than the code beside it must not store its runs as those of
//! the newer code. The code of this crate changes no run, and a test of a crate
//! neither.

use std::{
    collections::{BTreeSet, hash_map::DefaultHasher},
    env, fs,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
};

/// How everything is compiled.
const SETTINGS: [&str; 3] = ["Cargo.lock", "Cargo.toml", "rust-toolchain.toml"];

/// Hands the keys to the compiler.
pub fn main() {
    let press = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let root = &Path::new(&press).join("../..");
    let runs = key(root, &["experiments"], &[]);
    // Its flags for the compiler are part of what a program is.
    let labs = key(root, &["lab", "lab/programs"], &["code/press/src/lab.rs"]);
    for watched in SETTINGS.iter().chain(&["code"]) {
        println!("cargo::rerun-if-changed={}", root.join(watched).display());
    }
    println!("cargo::rustc-env=PRESS_RUNS={runs:016x}");
    println!("cargo::rustc-env=PRESS_LABS={labs:016x}");
}

/// Of all that these crates are compiled from: their code and that of the
/// crates here that they depend on, the versions of all others, how they are
/// compiled, and other files besides.
pub fn key(root: &Path, crates: &[&str], besides: &[&str]) -> u64 {
    let mut all = BTreeSet::new();
    for one in crates {
        add(root, one, &mut all);
    }
    let mut files: Vec<_> =
        SETTINGS.iter().chain(besides).map(|file| root.join(file)).collect();
    for one in all {
        collect(&root.join("code").join(one), &mut files);
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in &files {
        file.strip_prefix(root).unwrap_or(file).hash(&mut hasher);
        // With other line ends it is the same code.
        for line in fs::read(file).unwrap_or_default().split(|b| *b == b'\n') {
            line.strip_suffix(b"\r").unwrap_or(line).hash(&mut hasher);
        }
    }
    hasher.finish()
}

/// Adds a crate and those of this workspace that it depends on.
fn add(root: &Path, one: &str, all: &mut BTreeSet<String>) {
    let folder = root.join("code").join(one);
    let Ok(manifest) = fs::read_to_string(folder.join("Cargo.toml")) else {
        return;
    };
    if !all.insert(one.into()) {
        return;
    }
    let mut depends = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            depends = line.ends_with("dependencies]") && !line.contains("dev-");
        } else if depends {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            add(root, name, all);
        }
    }
}

/// The files of a crate, but for what only tests and measurements compile, and
/// what runs have written.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default();
        let aside = ["tests", "benches", "examples", "programs"];
        if !path.is_dir() {
            if path.extension().is_none_or(|extension| extension != "lock") {
                files.push(path);
            }
        } else if aside.iter().all(|aside| name != *aside) {
            collect(&path, files);
        }
    }
}
