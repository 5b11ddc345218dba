//! The door through which a page runs the book's experiments.
//!
//! A page cannot call Rust; it can start a WebAssembly program and read what
//! it writes. The program is `examples/door.rs`, and this is what it says: a request is
//! a line of text, an answer is JSON. What is asked for is a link, as
//! [`experiments::link`] reads it, so all that is not as it should be is found
//! here, and by the code that `cargo run -- replay` uses.
//!
//! | request | answer |
//! |---|---|
//! | `describe #v1;cliff;seed=7` | the parameters, what limits each, its value |
//! | `run #v1;cliff;seed=7` | what the run found, and the figure |
//!
//! Where something is in the way, the answer is `{"error": "…"}`.

mod json;

use std::sync::atomic::{AtomicU64, Ordering};

use experiments::{
    LABS,
    experiment::{Claim, Progress},
    fact::Fact,
    link::Link,
    params::{Domain, Field},
};

/// Answers a request. A run tells its progress in percent to `tell`, whenever
/// that has become another number.
///
/// ```
/// let answer = lab::answer("describe #v1;tent", &|_| {});
/// assert!(answer.starts_with(r##"{"link":"#v1;tent","##));
///
/// let answer = lab::answer("run #v1;tent;layers=1", &|_| {});
/// assert_eq!(
///     answer,
///     r#"{"error":"layers: expected a whole number from 2 to 16, found \"1\""}"#
/// );
/// ```
pub fn answer(request: &str, tell: &(dyn Fn(u64) + Sync)) -> String {
    let (verb, link) = request.split_once(' ').unwrap_or((request, ""));
    let answer = match verb {
        "describe" => described(link),
        "run" => run(link, tell),
        _ => Err("expected describe or run, and a link".into()),
    };
    answer.unwrap_or_else(|error| json::object([("error", json::text(&error))]))
}

fn described(link: &str) -> Result<String, String> {
    let link = Link::read(link, LABS).map_err(|bad| bad.to_string())?;
    let values = link.entry.settled(&link.settings);
    let values = values.map_err(|bad| bad.to_string())?;
    let fields = link.entry.fields();
    let fields = fields.iter().zip(&values);
    Ok(json::object([
        ("link", json::text(&link.to_string())),
        ("question", json::text(link.entry.question)),
        ("fields", json::list(fields.map(|(f, (_, v))| field(f, v)))),
    ]))
}

fn field(field: &Field, value: &str) -> String {
    let mut parts = vec![
        ("key", json::text(field.key)),
        ("label", json::text(field.label)),
        ("unit", json::text(field.unit)),
        ("default", json::text(&field.default)),
        ("value", json::text(value)),
    ];
    let limits = |kind, least: &dyn ToString, most: &dyn ToString| {
        [
            ("kind", json::text(kind)),
            ("min", json::text(&least.to_string())),
            ("max", json::text(&most.to_string())),
        ]
    };
    match &field.domain {
        Domain::Whole(r) => parts.extend(limits("whole", r.start(), r.end())),
        Domain::Real(r) => parts.extend(limits("real", r.start(), r.end())),
        Domain::Choice(names) => parts.extend([
            ("kind", json::text("choice")),
            ("names", json::list(names.iter().map(|n| json::text(n)))),
        ]),
    }
    json::object(parts)
}

fn run(link: &str, tell: &(dyn Fn(u64) + Sync)) -> Result<String, String> {
    let link = Link::read(link, LABS).map_err(|bad| bad.to_string())?;
    let told = AtomicU64::new(0);
    let progress = |done: u64, total: u64| {
        let percent = 100 * done / total.max(1);
        if told.swap(percent, Ordering::Relaxed) != percent {
            tell(percent);
        }
    };
    let progress = Progress::new(&progress);
    let report = link.entry.report(&link.settings, &progress);
    let report = report.map_err(|why| why.to_string())?;
    let figure = &report.figure;
    Ok(json::object([
        ("link", json::text(&link.to_string())),
        ("digest", json::text(&report.digest().to_string())),
        ("wide", json::text(&figure.wide)),
        ("narrow", json::text(&figure.narrow)),
        ("finding", json::text(&figure.finding)),
        ("facts", json::list(report.facts.iter().map(fact))),
        ("claims", json::list(report.claims.iter().map(claim))),
        ("csv", json::text(&figure.table.csv())),
    ]))
}

fn fact(fact: &Fact) -> String {
    // Debug, for Display writes 1e-300 with 300 zeros.
    let exact = format!("{:?}", fact.value);
    json::object([
        ("name", json::text(&fact.name)),
        ("text", json::text(&fact.text())),
        ("exact", json::text(&exact)),
    ])
}

fn claim(claim: &Claim) -> String {
    json::object([
        ("says", json::text(&claim.says)),
        ("measured", json::text(&claim.measured)),
        ("holds", claim.holds.to_string()),
    ])
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use experiments::ALL;
    use serde_json::Value;

    use super::*;

    fn parsed(request: &str) -> Value {
        serde_json::from_str(&answer(request, &|_| {})).unwrap()
    }

    #[test]
    fn every_lab_is_an_experiment_and_describes_itself() {
        for lab in LABS {
            assert!(ALL.iter().any(|entry| entry.id == lab.id), "{}", lab.id);
            let about = parsed(&format!("describe #v1;{}", lab.id));
            let fields = about["fields"].as_array().unwrap();
            assert_eq!(fields.len(), lab.fields().len());
            for field in fields {
                assert_eq!(field["value"], field["default"], "{field}");
                let kind = field["kind"].as_str().unwrap();
                assert_eq!(kind == "choice", field["min"].is_null(), "{field}");
            }
        }
    }

    #[test]
    fn an_answer_is_what_the_run_found() {
        let answer = parsed("run #v1;tent;layers=5");
        let tent = LABS.iter().find(|entry| entry.id == "tent").unwrap();
        let settings = [("layers".to_string(), "5".to_string())];
        let report = tent.report(&settings, &Progress::silent()).unwrap();
        assert_eq!(answer["link"], "#v1;tent;layers=5");
        assert_eq!(answer["digest"], report.digest().to_string());
        assert_eq!(answer["wide"], report.figure.wide);
        assert_eq!(answer["narrow"], report.figure.narrow);
        assert_eq!(answer["finding"], report.figure.finding);
        assert_eq!(answer["csv"], report.figure.table.csv());
        let facts = answer["facts"].as_array().unwrap();
        for (shown, fact) in facts.iter().zip(&report.facts) {
            let exact: f64 = shown["exact"].as_str().unwrap().parse().unwrap();
            assert_eq!(exact.to_bits(), fact.value.to_bits());
        }
        assert_eq!(facts.len(), report.facts.len());
    }

    #[test]
    fn progress_rises_to_the_end() {
        let told = Mutex::new(Vec::new());
        answer("run #v1;cliff;seeds=4", &|percent| {
            told.lock().unwrap().push(percent);
        });
        let told = told.into_inner().unwrap();
        assert_eq!(told.iter().max(), Some(&100), "{told:?}");
    }

    #[test]
    fn what_cannot_be_done_is_said() {
        let error = |request| parsed(request)["error"].to_string();
        assert!(error("").contains("describe or run"));
        assert!(error("dance #v1;tent").contains("describe or run"));
        assert!(error("run #v2;tent").contains("version"));
        assert!(error("run #v1;digits").contains("no experiment `digits`"));
        assert!(error("run #v1;\u{0}\"\\\u{85}").contains("no experiment"));
    }

    #[test]
    fn texts_come_back_as_they_were() {
        let text = "\"\\ \n\r\t\u{0}\u{7f}\u{85} é 𝜆 </script>";
        let back: String = serde_json::from_str(&json::text(text)).unwrap();
        assert_eq!(back, text);
    }
}
