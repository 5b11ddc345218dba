//! Takes the hash of all code and of the dependencies' versions: the key
//! under which runs are kept.
//!
//! It is taken when this program is compiled, not when it runs: a program
//! that is older than the code beside it must not store its runs as those of
//! the newer code.

use std::{
    collections::hash_map::DefaultHasher,
    env, fs,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
};

fn main() {
    let press = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let root = Path::new(&press).join("../..");
    let code = root.join("code");
    let mut files = vec![root.join("Cargo.lock"), root.join("Cargo.toml")];
    collect(&code, &mut files);
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in &files {
        let path = file.strip_prefix(&root).unwrap_or(file);
        path.hash(&mut hasher);
        // With other line ends it is the same code.
        for line in fs::read(file).unwrap_or_default().split(|b| *b == b'\n') {
            line.strip_suffix(b"\r").unwrap_or(line).hash(&mut hasher);
        }
    }
    println!("cargo::rerun-if-changed={}", code.display());
    println!("cargo::rerun-if-changed={}", root.join("Cargo.lock").display());
    println!("cargo::rerun-if-changed={}", root.join("Cargo.toml").display());
    println!("cargo::rustc-env=PRESS_CODE_HASH={:016x}", hasher.finish());
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
