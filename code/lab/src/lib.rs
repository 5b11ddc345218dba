//! The door through which a page runs the book's experiments.
//!
//! A page cannot call Rust; it can start a WebAssembly program and read what
//! it writes. There is a program for each lab, made with [`program!`], and
//! this is what it says: a request is a line of text, an answer is JSON. What
//! is asked for is a link, as [`study::link`] reads it, so all that is
//! not as it should be is found here, and by the code that `cargo run --
//! replay` uses.
//!
//! | request | answer |
//! |---|---|
//! | `describe #v1;cliff;seed=7` | the parameters, what limits each, its value |
//! | `start #v1;cliff;seed=7` | where the run stands: at its start |
//! | `advance 20` | where the run stands, up to twenty steps later |
//! | `frame wide` or `frame narrow` | the figure as it is now |
//! | `finish` | what the run found, if it ends here: facts, digest, figure |
//! | `run #v1;cliff;seed=7` | the same, of the whole run |
//! | `lend digits.csv`, and after the line the file | nothing but `{}` |
//! | `read sample=50;seed=7`, and after the line a file | its points, and notes |
//!
//! `read` takes any file, as its bytes are, and `study::own` says what
//! comes before the line's end. Where it cannot be read so, there may be
//! `offers` beside the error, each with what it says and what to ask for then,
//! and a `choice` of columns.
//!
//! A description has a `step`, too: `epoch`, or nothing where a run cannot be
//! watched. Where something is in the way, the answer is `{"error": "…"}`;
//! where a file is missing that the page has to lend, there is
//! `"needs": "digits.csv"`, too.

mod json;
mod program;

use std::sync::atomic::{AtomicU64, Ordering};

use chart::Layout;
use study::{
    Entry,
    experiment::{Claim, Progress, Report},
    fact::Fact,
    link::Link,
    live::Run,
    own::{Offer, Refused},
    params::{Domain, Field, Setting as _},
};

use json::Object;
pub use program::respond;

/// What answers a page: the labs it has, and the run that goes on.
pub struct Door {
    labs: &'static [Entry],
    run: Option<(Entry, Box<dyn Run>)>,
}

impl Door {
    /// A door to these labs.
    ///
    /// ```
    /// let mut door = lab::Door::to(experiments::LABS);
    /// let answer = door.answer("describe #v1;tent", &|_| {});
    /// assert!(answer.starts_with(r##"{"link":"#v1;tent","##));
    ///
    /// let answer = door.answer("start #v1;tent;layers=1", &|_| {});
    /// assert_eq!(
    ///     answer,
    ///     r#"{"error":"layers: expected a whole number from 2 to 16, found `1`"}"#
    /// );
    /// ```
    pub const fn to(labs: &'static [Entry]) -> Self {
        Self { labs, run: None }
    }

    /// Answers a request. A run that cannot be watched tells its progress in
    /// percent to `tell`, whenever that has become another number.
    pub fn answer(
        &mut self,
        request: impl AsRef<[u8]>,
        tell: &(dyn Fn(u64) + Sync),
    ) -> String {
        let request = request.as_ref();
        let end = request.iter().position(|byte| *byte == b'\n');
        let (line, file) = match end {
            Some(end) => (&request[..end], &request[end + 1..]),
            None => (request, &[][..]),
        };
        // What is no text is answered as what it is then: no request.
        let line = str::from_utf8(line).unwrap_or_default();
        self.answer_to(line, file, tell)
    }

    /// Answers the line of a request, and what comes after it.
    fn answer_to(
        &mut self,
        line: &str,
        file: &[u8],
        tell: &(dyn Fn(u64) + Sync),
    ) -> String {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let answer = match verb {
            "read" => return self.taken(rest, file),
            "describe" => described(rest, self.labs),
            "start" => self.start(rest),
            "advance" => self.advance(rest, tell),
            "frame" => self.frame(rest),
            "finish" => self.finish(),
            "run" => self.whole(rest, tell),
            "lend" => self.lend(rest, file),
            _ => Err("expected describe, start, advance, frame, finish, run, \
                      lend or read"
                .into()),
        };
        answer.unwrap_or_else(|error| {
            let mut answer = Object::new();
            answer.text("error", &error);
            if let Some(name) = self.labs.iter().find_map(Entry::missing) {
                answer.text("needs", name);
            }
            answer.end()
        })
    }

    fn start(&mut self, link: &str) -> Result<String, String> {
        let link = read(link, self.labs)?;
        self.run = None;
        let run = link.entry.begin(&link.settings);
        let run = run.map_err(|why| why.to_string())?;
        self.run = Some((link.entry, run));
        self.standing()
    }

    fn under_way(&mut self) -> Result<&mut (Entry, Box<dyn Run>), String> {
        self.run.as_mut().ok_or_else(|| "no run has been started".into())
    }

    fn advance(
        &mut self,
        steps: &str,
        tell: &(dyn Fn(u64) + Sync),
    ) -> Result<String, String> {
        let steps = steps.trim().parse();
        let steps = steps.map_err(|_| "expected a number of steps")?;
        let (entry, run) = self.under_way()?;
        // Whoever can look in between asks for few steps, and not how far.
        let advanced = if entry.step.is_some() {
            run.advance(steps, &Progress::silent())
        } else {
            in_percent(tell, |progress| run.advance(steps, progress))
        };
        advanced.map_err(|why| why.to_string())?;
        self.standing()
    }

    fn standing(&mut self) -> Result<String, String> {
        let (_, run) = self.under_way()?;
        let standing = run.standing();
        let mut answer = Object::new();
        answer.json("live", &standing.live.to_string());
        answer.json("done", &standing.done.to_string());
        answer.json("all", &standing.all.to_string());
        answer.json("share", &standing.share.show());
        answer.json("over", &standing.over.to_string());
        answer.text("says", &standing.says);
        Ok(answer.end())
    }

    fn frame(&mut self, layout: &str) -> Result<String, String> {
        let layout = match layout.trim() {
            "wide" => Layout::Wide,
            "narrow" => Layout::Narrow,
            _ => return Err("expected wide or narrow".into()),
        };
        let (_, run) = self.under_way()?;
        let frame = run.frame(layout).map_err(|why| why.to_string())?;
        let mut answer = Object::new();
        answer.text("svg", &frame.svg);
        answer.text("finding", &frame.finding);
        Ok(answer.end())
    }

    fn finish(&mut self) -> Result<String, String> {
        let (entry, run) = self.under_way()?;
        let report = run.report().map_err(|why| why.to_string())?;
        let link = Link::of(*entry, &report.params);
        let link = link.map_err(|bad| bad.to_string())?;
        Ok(told(&link, &report))
    }

    fn taken(&self, taking: &str, file: &[u8]) -> String {
        let mut answer = Object::new();
        let reader = self.labs.iter().find(|lab| lab.takes_points());
        let none = || Err(Refused::about("no lab here takes points".into()));
        match reader.map_or_else(none, |lab| lab.take(file, taking)) {
            Ok(taken) => {
                answer.text("points", &taken.points);
                let notes = taken.notes.iter().map(|note| json::text(note));
                answer.json("notes", &json::list(notes));
            }
            Err(Refused { why, choice, offers }) => {
                answer.text("error", &why);
                let offers = offers.iter().map(|Offer { says, taking }| {
                    let mut offer = Object::new();
                    offer.text("says", says);
                    offer.text("taking", taking);
                    offer.end()
                });
                answer.json("offers", &json::list(offers));
                if let Some(choice) = choice {
                    let names = choice.names.iter();
                    let names = names.map(|name| json::text(name));
                    let at = choice.suggested.iter().map(usize::to_string);
                    answer.json("choice", &json::list(names));
                    answer.json("suggested", &json::list(at));
                }
            }
        }
        answer.end()
    }

    fn lend(&self, name: &str, file: &[u8]) -> Result<String, String> {
        let text = str::from_utf8(file).unwrap_or_default();
        let lent = self.labs.iter().map(|lab| lab.lend(name.trim(), text));
        match lent.reduce(Result::or) {
            Some(Err(bad)) => Err(bad.to_string()),
            _ => Ok("{}".into()),
        }
    }

    fn whole(
        &self,
        link: &str,
        tell: &(dyn Fn(u64) + Sync),
    ) -> Result<String, String> {
        let link = read(link, self.labs)?;
        let report = in_percent(tell, |progress| {
            link.entry.report(&link.settings, progress)
        });
        let report = report.map_err(|why| why.to_string())?;
        Ok(told(&link, &report))
    }
}

fn read(link: &str, labs: &[Entry]) -> Result<Link, String> {
    Link::read(link, labs).map_err(|bad| bad.to_string())
}

/// Tells progress in percent, each number once.
fn in_percent<R>(
    tell: &(dyn Fn(u64) + Sync),
    work: impl FnOnce(&Progress) -> R,
) -> R {
    let told = AtomicU64::new(0);
    let progress = |done: u64, total: u64| {
        let percent = 100 * done / total.max(1);
        if told.swap(percent, Ordering::Relaxed) != percent {
            tell(percent);
        }
    };
    work(&Progress::new(&progress))
}

fn described(link: &str, labs: &[Entry]) -> Result<String, String> {
    let link = read(link, labs)?;
    let values = link.entry.settled(&link.settings);
    let values = values.map_err(|bad| bad.to_string())?;
    let fields = link.entry.fields();
    let fields = fields.iter().zip(&values);
    let mut answer = Object::new();
    answer.text("link", &link.to_string());
    answer.text("question", link.entry.question);
    answer.text("step", link.entry.step.unwrap_or_default());
    let fields = fields.map(|(f, (_, v))| field(f, v));
    answer.json("fields", &json::list(fields));
    Ok(answer.end())
}

fn field(field: &Field, value: &str) -> String {
    let mut about = Object::new();
    about.text("key", field.key);
    about.text("label", field.label);
    about.text("unit", field.unit);
    about.text("default", &field.default);
    about.text("value", value);
    let mut limits = |kind, least: String, most: String| {
        about.text("kind", kind);
        about.text("min", &least);
        about.text("max", &most);
    };
    match &field.domain {
        Domain::Whole(r) => {
            limits("whole", r.start().show(), r.end().show());
        }
        Domain::Real(r) => {
            limits("real", r.start().show(), r.end().show());
        }
        Domain::Choice(names) => {
            let names = names.iter().map(|name| json::text(name));
            about.text("kind", "choice");
            about.json("names", &json::list(names));
        }
        Domain::Points(most) => {
            about.text("kind", "points");
            about.text("most", &most.to_string());
        }
    }
    about.end()
}

fn told(link: &Link, report: &Report) -> String {
    let figure = &report.figure;
    let mut answer = Object::new();
    answer.text("link", &link.to_string());
    answer.text("digest", &report.digest().to_string());
    answer.text("wide", &figure.wide);
    answer.text("narrow", &figure.narrow);
    answer.text("finding", &figure.finding);
    answer.json("facts", &json::list(report.facts.iter().map(fact)));
    answer.json("claims", &json::list(report.claims.iter().map(claim)));
    answer.text("csv", &figure.table.csv());
    answer.end()
}

fn fact(fact: &Fact) -> String {
    let mut answer = Object::new();
    answer.text("name", &fact.name);
    answer.text("text", &fact.text());
    answer.text("exact", &fact.exact());
    answer.end()
}

fn claim(claim: &Claim) -> String {
    let mut answer = Object::new();
    answer.text("says", &claim.says);
    answer.text("measured", &claim.measured.to_string());
    answer.text("verdict", &claim.verdict().to_string());
    answer.end()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use experiments::{ALL, LABS};
    use serde_json::Value;

    use super::*;

    fn parsed(request: &str) -> Value {
        let answer = Door::to(LABS).answer(request, &|_| {});
        serde_json::from_str(&answer).unwrap()
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
                let number = kind == "whole" || kind == "real";
                assert_eq!(number, !field["min"].is_null(), "{field}");
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

    /// Every file of `programs`, as Cargo.toml must have it, too.
    #[test]
    fn every_lab_has_its_program() {
        let manifest = include_str!("../programs/Cargo.toml");
        for lab in LABS {
            let name = lab.id.replace('-', "_");
            let path = format!("path = \"{name}.rs\"");
            assert!(manifest.contains(&path), "{name}");
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/programs");
            let program = format!("{folder}/{name}.rs");
            let program = std::fs::read_to_string(program).unwrap();
            let entry = format!("labs::{}", name.to_uppercase());
            assert!(program.contains(&entry), "{name}");
        }
        assert_eq!(manifest.matches("[[example]]").count(), LABS.len());
    }

    #[test]
    fn a_run_in_pieces_is_the_run() {
        for lab in LABS {
            // The quickest: what is at stake is the order of the requests.
            if !["tent", "cliff"].contains(&lab.id) {
                continue;
            }
            let mut door = Door::to(LABS);
            let mut ask = |request: &str| -> Value {
                let answer = door.answer(request, &|_| {});
                serde_json::from_str(&answer).unwrap()
            };
            let link = format!("#v1;{}", lab.id);
            let mut standing = ask(&format!("start {link}"));
            while standing["over"] == false {
                standing = ask("advance 7");
                assert_eq!(standing["error"], Value::Null, "{standing}");
            }
            let frame = ask("frame wide");
            let pieces = ask("finish");
            assert_eq!(frame["svg"], pieces["wide"]);
            assert_eq!(pieces, ask(&format!("run {link}")));
        }
    }

    #[test]
    fn progress_rises_to_the_end() {
        let told = Mutex::new(Vec::new());
        Door::to(LABS).answer("run #v1;cliff;seeds=4", &|percent| {
            told.lock().unwrap().push(percent);
        });
        let told = told.into_inner().unwrap();
        assert_eq!(told.iter().max(), Some(&100), "{told:?}");
    }

    #[test]
    fn what_cannot_be_done_is_said() {
        let error = |request| parsed(request)["error"].to_string();
        assert!(error("").contains("expected describe"));
        assert!(error("dance #v1;tent").contains("expected describe"));
        assert!(error("advance 1").contains("no run has been started"));
        assert!(error("advance -1").contains("a number of steps"));
        assert!(error("frame tall").contains("wide or narrow"));
        assert!(error("lend x").contains("no run asks for"));
        assert!(error("read columns=1\n").contains("columns like 2,3,4"));
        assert!(error("read nonsense\n").contains("expected columns"));
        assert!(error("read \n1,2,0\n1,2\n").contains("line 2: 2 cells"));
        assert!(error("run #v2;tent").contains("version"));
        assert!(error("run #v1;digits").contains("no experiment `digits`"));
        assert!(
            error("run #v1;ten\u{0}\"\\\u{85}ts").contains("no experiment")
        );
    }

    #[test]
    fn texts_come_back_as_they_were() {
        let text = "\"\\ \n\r\t\u{0}\u{7f}\u{85} é 𝜆 </script>";
        let back: String = serde_json::from_str(&json::text(text)).unwrap();
        assert_eq!(back, text);
    }
}
