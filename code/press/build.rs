//! Takes the hashes under which runs and programs are kept: of what the
//! experiments, and the labs, depend on.
//!
//! They are taken when this program is compiled, not when it runs: a program
//! that is older than the code beside it must not store its runs as those of
//! the newer code. The code of this crate changes no run, and a test of a crate
//! neither.

mod key;

use std::{env, path::Path};

use key::{SETTINGS, key};

fn main() {
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
