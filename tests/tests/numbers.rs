//! Every number, claim and output of the book, computed again.

use std::{path::Path, sync::LazyLock};

use press::{Reports, capture, facts_lock};
use study::claim::{Span, Values};

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

/// A claim's domain names parameters that there are, and values of theirs.
#[test]
fn every_domain_lies_within_the_parameters() {
    for (report, entry) in COMPUTED.iter().flat_map(|report| {
        let of = |entry: &&study::Entry| entry.id == report.id;
        experiments::ALL.iter().find(of).map(|entry| (report, entry))
    }) {
        for claim in &report.claims {
            assert!(claim.is_claimed, "{}: {}", report.id, claim.says);
            for Span { key, values } in &claim.domain {
                let set = |value: &dyn ToString| {
                    let settings = [(key.clone(), value.to_string())];
                    entry.settled(&settings).map(drop)
                };
                let known = match values {
                    Values::Any => {
                        let fields = entry.fields();
                        let known = fields.iter().any(|f| f.key == key);
                        known.then_some(()).ok_or(format!("no {key}"))
                    }
                    Values::Between(least, most) => {
                        set(least).and(set(most)).map_err(|why| why.to_string())
                    }
                    Values::OneOf(names) => names
                        .iter()
                        .try_for_each(|name| set(name))
                        .map_err(|why| why.to_string()),
                };
                assert_eq!(known, Ok(()), "{}: {}", report.id, claim.says);
            }
        }
    }
}

/// What was found over many seeds stands in `audit.lock`, where a run compares
/// it; in a comment nothing would.
#[test]
fn no_comment_holds_a_result() {
    let folder = root().join("code/experiments/src");
    for entry in walkdir::WalkDir::new(folder) {
        let path = entry.expect("a file").into_path();
        if path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read_to_string(&path).expect("text");
            let result = result_in_comment(&text);
            assert_eq!(result, None, "{}", path.display());
        }
    }
}

/// A comment that says over how many seeds something was found.
fn result_in_comment(source: &str) -> Option<&str> {
    let comments = source.lines().filter(|line| line.trim().starts_with("//"));
    let says = |line: &&str| {
        let line = line.to_lowercase();
        line.split("over ").skip(1).any(|rest| {
            let (number, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            let is_number = number.chars().all(|c| c.is_ascii_digit());
            is_number && rest.starts_with("seeds")
        })
    };
    comments.clone().find(says)
}

#[test]
fn a_result_in_a_comment_is_noticed() {
    let line = "//! Over 20 seeds: at most 6e-4.";
    assert_eq!(result_in_comment(line), Some(line));
    assert_eq!(result_in_comment("//! The median over the seeds."), None);
    assert_eq!(result_in_comment("let text = \"over 20 seeds\";"), None);
}

/// The folder of an experiment is its chapter, and its file has its name.
#[test]
fn every_experiment_stands_in_the_folder_of_its_chapter() {
    let source = root().join("code/experiments/src");
    for entry in experiments::ALL {
        let page = root().join(format!("src/{}.md", entry.chapter));
        assert!(page.is_file(), "{}: no {}", entry.id, page.display());
        let name = format!("{}.rs", entry.id.replace('-', "_"));
        let in_chapter = source.join(entry.chapter).join(&name);
        let is_page = entry.chapter == entry.id && source.join(&name).is_file();
        assert!(in_chapter.is_file() || is_page, "{}", in_chapter.display());
    }
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
            let silent = study::experiment::Progress::silent();
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
