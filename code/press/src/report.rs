//! One run, told in words, as JSON, and as a picture in a file.

use std::{fmt::Write, io::IsTerminal};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use study::{
    Entry,
    experiment::{Progress, Report, Unrun},
    link::Link,
};

use crate::markdown::escaped;

/// Runs an experiment under a progress bar of its own; without a terminal, a
/// line says when it is done.
///
/// # Errors
/// If a parameter cannot be set, or the run does not end as it should.
pub fn watched(
    entry: &Entry,
    settings: &[(String, String)],
    bars: &MultiProgress,
) -> Result<Report, Unrun> {
    let style = ProgressStyle::with_template(
        "{msg:24} [{bar:40}] {percent:>3} % {elapsed}",
    )
    .expect("the template is valid")
    .progress_chars("=> ");
    let bar = bars.add(ProgressBar::new(1).with_style(style));
    bar.set_message(entry.id);
    let tell = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let report = entry.report(settings, &Progress::new(&tell));
    bar.finish_and_clear();
    if report.is_ok() && !std::io::stderr().is_terminal() {
        eprintln!("Ran {}.", entry.id);
    }
    report
}

/// Every experiment with its parameters, for a terminal.
pub fn list() -> String {
    let mut text = String::new();
    for entry in experiments::ALL {
        let Entry { id, question, chapter, .. } = entry;
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{id}  ({chapter})\n    {question}");
        for field in entry.fields() {
            let unit = if field.unit.is_empty() {
                String::new()
            } else {
                format!(", in {}", field.unit)
            };
            let _ = writeln!(
                text,
                "    {} = {}  {}{unit}: {}",
                field.key, field.default, field.label, field.domain
            );
        }
        text.push('\n');
    }
    text
}

/// What a run found, for a terminal.
pub fn text(entry: &Entry, report: &Report) -> String {
    let mut text = format!("{}\n{}\n\n", entry.id, entry.question);
    // Writing to a String cannot fail.
    for (key, value) in &report.params {
        let _ = writeln!(text, "  {key} = {value}");
    }
    let _ = writeln!(text, "\n{}\n", report.figure.finding);
    for fact in &report.facts {
        let _ = writeln!(text, "  {:32} {}", fact.name, fact.text());
    }
    text.push('\n');
    for claim in &report.claims {
        let verdict = claim.verdict();
        let _ =
            writeln!(text, "  {verdict}: {} ({})", claim.says, claim.measured);
    }
    let _ = writeln!(text, "\n  digest {}", report.digest());
    if let Ok(link) = Link::of(*entry, &report.params) {
        let _ = writeln!(text, "  link   {link}");
    }
    text
}

/// The report as JSON, without the picture.
///
/// # Errors
/// If a value cannot be written as JSON.
pub fn json(report: &Report) -> serde_json::Result<String> {
    let mut value = serde_json::to_value(report)?;
    value["digest"] = report.digest().to_string().into();
    if let Some(figure) = value.get_mut("figure") {
        for picture in ["wide", "narrow"] {
            if let Some(figure) = figure.as_object_mut() {
                figure.remove(picture);
            }
        }
    }
    serde_json::to_string_pretty(&value)
}

/// The wide picture as a file of its own, which says what makes it again:
/// files get about without their page.
pub fn svg_file(entry: &Entry, report: &Report) -> String {
    let mut picture = report.figure.wide.clone();
    if !picture.contains("xmlns=") {
        let named = "<svg xmlns=\"http://www.w3.org/2000/svg\" ";
        picture = picture.replacen("<svg ", named, 1);
    }
    let Ok(link) = Link::of(*entry, &report.params) else {
        return picture + "\n";
    };
    let digest = report.digest();
    let from = format!("cargo run -- replay \"{link}\"; digest {digest}");
    let from = format!("<metadata>{}</metadata>", escaped(&from));
    let end = picture.rfind("</svg>").unwrap_or(picture.len());
    picture.insert_str(end, &from);
    picture + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_says_what_makes_it_again() {
        let tent = experiments::ALL.iter().find(|entry| entry.id == "tent");
        let tent = tent.expect("it is one of them");
        let settings = [("layers".to_string(), "3".to_string())];
        let report = tent.report(&settings, &Progress::silent()).unwrap();
        let svg = svg_file(tent, &report);
        let from =
            "<metadata>cargo run -- replay &quot;#v1;tent;layers=3&quot;";
        assert!(svg.contains(from), "{svg}");
        assert!(svg.contains(&report.digest().to_string()), "{svg}");
        assert!(svg.ends_with("</metadata></svg>\n"), "{svg}");
        assert_eq!(svg.matches("xmlns=").count(), 1, "{svg}");
    }
}
