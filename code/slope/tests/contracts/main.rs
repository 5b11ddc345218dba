//! Each sentence of a public comment that promises something has a test, and
//! no test outlives its sentence.
//!
//! A new promise fails here with the row that it lacks; put that row into the
//! table of its crate, with the function that tries it.

mod of_exact;
mod of_probe;
mod of_slope;
mod scanner;

use scanner::{Promise, promises};
use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// A promise and what tries it.
pub struct Row {
    /// Where it is made: `loss::Loss::value`.
    item: &'static str,
    /// The sentence, as it stands there.
    sentence: &'static str,
    kept: Kept,
}

enum Kept {
    /// Panics if it is not kept.
    Here(fn()),
    /// A test that lies with the crate: `exact/tests/rng.rs`, and its name.
    There(&'static str, &'static str),
}

/// A row of a table.
pub const fn row(
    item: &'static str,
    sentence: &'static str,
    kept: fn(),
) -> Row {
    Row { item, sentence, kept: Kept::Here(kept) }
}

/// A row of a table, of a promise that a test elsewhere tries.
pub const fn there(
    item: &'static str,
    sentence: &'static str,
    (file, test): (&'static str, &'static str),
) -> Row {
    Row { item, sentence, kept: Kept::There(file, test) }
}

/// For each crate its table.
const CRATES: [(&str, &[Row]); 3] = [
    ("exact", of_exact::ROWS),
    ("probe", of_probe::ROWS),
    ("slope", of_slope::ROWS),
];

/// Whether this panics, with these words in its message.
#[track_caller]
pub fn panics<T>(words: &str, act: impl FnOnce() -> T) {
    let Err(error) = catch_unwind(AssertUnwindSafe(act)) else {
        panic!("expected a panic that says `{words}`");
    };
    let text = error.downcast_ref::<String>().map(String::as_str);
    let text = text.or(error.downcast_ref::<&str>().copied());
    let text = text.expect("a panic has a text");
    assert!(text.contains(words), "expected `{words}`, found `{text}`");
}

fn promised(package: &str) -> Vec<Promise> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = vec![];
    for entry in fs::read_dir(here.with_file_name(package).join("src")).unwrap()
    {
        let path = entry.unwrap().path();
        if path.is_file() {
            let module = path.file_stem().unwrap().to_str().unwrap();
            let source = fs::read_to_string(&path).unwrap();
            found.extend(promises(module, &source));
        }
    }
    found
}

/// What a table lacks and what it has too much.
fn differences(promised: &[Promise], rows: &[Row]) -> Vec<String> {
    let wanted: BTreeSet<_> = promised
        .iter()
        .map(|p| (p.item.as_str(), p.sentence.as_str()))
        .collect();
    let held: BTreeSet<_> =
        rows.iter().map(|row| (row.item, row.sentence)).collect();
    let without = wanted
        .difference(&held)
        .map(|(item, sentence)| format!("no test holds {item}, {sentence:?}"));
    let obsolete = held.difference(&wanted).map(|(item, sentence)| {
        format!("nobody promises {item}, {sentence:?} any more")
    });
    let twice = rows.len() - held.len();
    let twice = (twice > 0).then(|| format!("{twice} rows stand twice"));
    without.chain(obsolete).chain(twice).collect()
}

#[test]
fn every_promise_has_a_test_and_every_test_a_promise() {
    for (package, rows) in CRATES {
        let promised = promised(package);
        assert!(promised.len() > 20, "{package}: {}", promised.len());
        let wrong = differences(&promised, rows);
        assert!(wrong.is_empty(), "{package}:\n{}", wrong.join("\n"));
    }
}

#[test]
fn every_promise_is_kept() {
    let rows = CRATES.iter().flat_map(|(_, rows)| rows.iter());
    let broken: Vec<_> = rows.flat_map(broken).collect();
    assert!(broken.is_empty(), "not kept:\n{}", broken.join("\n"));
}

/// The row, if its test fails, or does not exist.
fn broken(row: &Row) -> Option<String> {
    let failed = match row.kept {
        Kept::Here(kept) => catch_unwind(kept).is_err(),
        Kept::There(file, test) => !is_tested(file, test),
    };
    failed.then(|| format!("{}, {:?}", row.item, row.sentence))
}

/// Whether the file has a test of this name, which `cargo test` runs.
fn is_tested(file: &str, test: &str) -> bool {
    let code = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let source = fs::read_to_string(code.join(file)).unwrap_or_default();
    let mut lines = source.lines().map(str::trim).rev();
    let name = format!("fn {test}() {{");
    let mut above = lines.by_ref().skip_while(|line| **line != name).skip(1);
    let mut attributes = above.by_ref().take_while(|l| l.starts_with("#["));
    attributes.any(|attribute| attribute == "#[test]")
}

#[test]
fn a_promise_without_a_row_a_row_without_a_promise_and_a_broken_promise() {
    let source = "/// Never negative.\npub fn size() -> f64 {}\n";
    let promised = promises("m", source);
    let held = |sentence| row("m::size", sentence, || {});
    let good = held("Never negative.");
    assert_eq!(differences(&promised, &[good]), [""; 0]);
    let wrong = differences(&promised, &[held("Never NaN.")]);
    assert_eq!(
        wrong,
        [
            "no test holds m::size, \"Never negative.\"",
            "nobody promises m::size, \"Never NaN.\" any more",
        ]
    );
    let [a, b] = [(); 2].map(|()| held("Never negative."));
    assert_eq!(differences(&promised, &[a, b]), ["1 rows stand twice"]);
    let bad = row("m::size", "Never negative.", || panic!("negative"));
    assert_eq!(broken(&bad).unwrap(), "m::size, \"Never negative.\"");
    let here = "slope/tests/contracts/main.rs";
    let away = |file, test| {
        broken(&there("m::size", "Never negative.", (file, test))).is_some()
    };
    assert!(!away(here, "every_promise_is_kept"));
    assert!(away(here, "every_promise_is_broken"));
    assert!(away("slope/tests/contracts/none.rs", "every_promise_is_kept"));
    assert!(away("slope/tests/contracts/of_slope.rs", "nan_is_wrong"));
    panics("expected a panic that says `x`", || panics("x", || {}));
    panics("expected `x`, found `y`", || panics("x", || panic!("y")));
}
