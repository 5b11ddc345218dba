//! The hash of what a run or a program depends on, for the build script.

use std::{
    collections::{BTreeSet, hash_map::DefaultHasher},
    fs,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
};

/// How everything is compiled.
pub const SETTINGS: [&str; 3] =
    ["Cargo.lock", "Cargo.toml", "rust-toolchain.toml"];

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
