//! Every number, claim and output of the book, computed again.

use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
};

use press::{Reports, capture, facts_lock};

/// From nothing: the cache of the builder is not asked.
static COMPUTED: LazyLock<Reports> = LazyLock::new(|| {
    Reports::computed().expect("every experiment runs with its defaults")
});

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn listed(problems: &[press::Problem]) -> String {
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

#[test]
fn every_fact_has_its_locked_bits() {
    let problems = facts_lock::problems(root(), &COMPUTED);
    assert!(problems.is_empty(), "{}", listed(&problems));
}

#[test]
fn every_claim_holds() {
    let broken: Vec<String> = COMPUTED
        .iter()
        .flat_map(|report| {
            let failing = report.claims.iter().filter(|claim| !claim.holds);
            failing.map(|claim| {
                format!("{}: {} ({})", report.id, claim.says, claim.measured)
            })
        })
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(COMPUTED.iter().all(|report| !report.claims.is_empty()));
}

/// What the book says with a few seeds holds with twenty. Takes minutes:
/// `cargo test -p book-tests --test numbers -- --ignored`.
#[test]
#[ignore = "twenty seeds of every experiment take minutes"]
fn every_claim_holds_over_twenty_seeds() {
    let twenty = [("seeds".to_string(), "20".to_string())];
    let silent = experiments::experiment::Progress::silent();
    let broken: Vec<String> = experiments::ALL
        .iter()
        .filter(|entry| entry.fields().iter().any(|f| f.key == "seeds"))
        .flat_map(|entry| {
            let report = entry.report(&twenty, &silent).expect("it runs");
            report
                .claims
                .into_iter()
                .filter(|claim| !claim.holds)
                .map(|c| format!("{}: {} ({})", entry.id, c.says, c.measured))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

/// A claim that nothing can break says nothing: beside every experiment stands
/// a test that breaks it.
#[test]
fn every_experiment_is_sabotaged() {
    let folder = root().join("code/experiments/src");
    let sources: Vec<(PathBuf, String)> = std::fs::read_dir(folder)
        .expect("the experiments are there")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .map(|path| {
            let mut text = std::fs::read_to_string(&path).expect("text");
            // Of an experiment in several files, the tests are one of them.
            let tests = path.with_extension("").join("tests.rs");
            text += &std::fs::read_to_string(tests).unwrap_or_default();
            (path, text)
        })
        .filter(|(_, text)| text.contains("impl Experiment for "))
        .collect();
    assert_eq!(sources.len(), experiments::ALL.len());
    let unbroken: Vec<_> = sources
        .iter()
        .filter(|(_, text)| !is_sabotaged(text))
        .map(|(path, _)| path.display())
        .collect();
    assert!(unbroken.is_empty(), "no test `sabotaged_…` in {unbroken:?}");
}

fn is_sabotaged(source: &str) -> bool {
    source.contains("#[test]\n    fn sabotaged_")
        || source.contains("\n#[test]\nfn sabotaged_")
}

#[test]
fn an_experiment_without_sabotage_is_noticed() {
    let tested = "    #[test]\n    fn works() {}\n";
    assert!(!is_sabotaged(tested));
}

#[test]
fn every_captured_output_is_what_its_program_prints() {
    assert!(!capture::files(root()).is_empty());
    let problems = capture::problems(root()).expect("every program runs");
    assert!(problems.is_empty(), "{}", listed(&problems));
}

/// Negative control: a run of something else must not pass for the book's.
#[test]
fn a_run_with_another_seed_breaks_the_lock() {
    let other = experiments::ALL
        .iter()
        .map(|entry| {
            let settings = [("seed".to_string(), "1000".to_string())];
            let settings: &[_] =
                if entry.id == "collapse" { &settings } else { &[] };
            let silent = experiments::experiment::Progress::silent();
            match COMPUTED.get(entry.id) {
                Some(report) if settings.is_empty() => report.clone(),
                _ => entry.report(settings, &silent).expect("it runs"),
            }
        })
        .collect();
    let problems = facts_lock::problems(root(), &other);
    assert!(
        problems.iter().any(|p| p.what.contains("collapse.gap-four-max")),
        "{}",
        listed(&problems)
    );
    assert!(problems.iter().all(|problem| problem.line > 0));
}
