//! Under which key runs are kept: what they depend on changes it, and nothing
//! else does.

#[path = "../key.rs"]
mod key;

use std::fs;

const TREE: [(&str, &str); 8] = [
    ("Cargo.lock", "rand 0.10"),
    ("Cargo.toml", "[profile.dev]"),
    ("code/slope/Cargo.toml", "[dependencies]\nrand.workspace = true\n"),
    ("code/slope/src/lib.rs", "pub fn slope() {}"),
    ("code/slope/tests/slope.rs", "fn test() {}"),
    (
        "code/experiments/Cargo.toml",
        "[dependencies]\nslope.workspace = true\n\
         [dev-dependencies]\npress.workspace = true\n",
    ),
    ("code/experiments/facts.lock", "a = 1"),
    ("code/press/Cargo.toml", "[dependencies]\nexperiments = \"1\"\n"),
];

/// The key of the tree with one file written, or as it is.
fn key_of(written: Option<(&str, &str)>) -> u64 {
    let root = tempfile::tempdir().unwrap();
    let write = |(file, text): &(&str, &str)| {
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    TREE.iter().chain(&written).for_each(write);
    key::key(root.path(), &["experiments"], &[])
}

#[test]
fn what_a_run_depends_on_changes_its_key() {
    let now = key_of(None);
    for (file, text) in [
        ("Cargo.lock", "rand 0.11"),
        ("code/slope/src/lib.rs", "pub fn slope() -> f64 { 1.0 }"),
        ("code/slope/data/digits.csv", "1,2"),
        ("code/experiments/src/lib.rs", "mod a;"),
    ] {
        assert_ne!(key_of(Some((file, text))), now, "{file}");
    }
}

#[test]
fn nothing_else_does() {
    let now = key_of(None);
    for (file, text) in [
        ("code/slope/tests/slope.rs", "fn another_test() {}"),
        ("code/slope/src/lib.rs", "pub fn slope() {}\r"),
        ("code/experiments/facts.lock", "a = 2"),
        ("code/press/src/lib.rs", "pub fn build() {}"),
        ("src/descent.md", "# Downhill"),
    ] {
        assert_eq!(key_of(Some((file, text))), now, "{file}");
    }
}
