//! A small book that builds, and every way to break it that a reader would
//! notice: each fails with the file, the line and a way to mend it.

use std::{fs, path::Path, process::Command};

use experiments::{
    chart::Table,
    experiment::{Figure, Report},
    fact::Fact,
};
use press::{Build, Problem, Problems, Reports};

const CONFIG: &str = "\
[book]
title = \"A small book\"
[build]
create-missing = false
[preprocessor.press]
command = \"true\"
before = [\"links\"]
[preprocessor.katex]
after = [\"links\"]
output = \"htmlAndMathml\"
no-css = true
[output.html.playground]
runnable = false
";

const SUMMARY: &str = "# Summary\n\n- [One](one.md)\n- [Two](two.md)\n";

const ONE: &str = "\
+++
minutes = 5
description = \"A chapter.\"
objectives = [\"break it\"]
+++

# One

The gap is {{#fact fold.gap}}, and $x^2$ is a formula.

{{#figure fold}}

```rust
# use std::f64;
{{#include ../code/part.rs:part}}
```

See [the end of two](two.md#the-end).

```quiz
? One?
- [x] Yes. | So it is.
- [ ] No. | It is.
```
";

const TWO: &str = "# Two\n\n## The end\n\nBack to [one](one.md).\n";

const CODE: &str = "// ANCHOR: part\nlet a = 1;\n// ANCHOR_END: part\n";

/// One run, explained by the chapter of this name.
fn reports(chapter: &str) -> Reports {
    let svg = |name: &str| {
        format!(
            "<svg viewBox=\"0 0 1 1\" role=\"img\" aria-labelledby=\"f-{name}\
             \"><title id=\"f-{name}\">A picture</title></svg>"
        )
    };
    let report = Report {
        id: "fold".into(),
        chapter: chapter.into(),
        params: Vec::new(),
        facts: vec![Fact::scientific("gap", 5e-15, 1)],
        claims: Vec::new(),
        figure: Figure {
            title: "A picture".into(),
            finding: "Something was found.".into(),
            description: "A picture of it.".into(),
            table: Table::default(),
            wide: svg("wide"),
            narrow: svg("narrow"),
        },
        series: Vec::new(),
    };
    [report].into_iter().collect()
}

/// Builds the small book with one text changed in one file.
fn built(file: &str, from: &str, to: &str) -> Result<String, Vec<Problem>> {
    built_with(&reports("one"), file, from, to)
}

fn built_with(
    reports: &Reports,
    file: &str,
    from: &str,
    to: &str,
) -> Result<String, Vec<Problem>> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let root = folder.path();
    let files = [
        ("book.toml", CONFIG),
        ("src/SUMMARY.md", SUMMARY),
        ("src/one.md", ONE),
        ("src/two.md", TWO),
        ("code/part.rs", CODE),
    ];
    for (name, text) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("made");
        if name == file {
            assert!(text.contains(from), "{name} has no {from:?} to break");
            fs::write(path, text.replacen(from, to, 1)).expect("written");
        } else {
            fs::write(path, text).expect("written");
        }
    }
    let dest = root.join("book");
    let build = Build { root: root.into(), dest: dest.clone(), live: false };
    match build.run(reports) {
        Ok(()) => Ok(page(&dest)),
        Err(error) => match error.downcast::<Problems>() {
            Ok(problems) => Err(problems.0),
            Err(other) => panic!("not a problem with a place: {other:#}"),
        },
    }
}

fn page(dest: &Path) -> String {
    fs::read_to_string(dest.join("one.html")).expect("the page was built")
}

/// Asserts that breaking the book is refused at this place, with this hint.
#[track_caller]
fn refused(file: &str, from: &str, to: &str, place: &str, hint: &str) {
    let problems = built(file, from, to).expect_err("the book was accepted");
    let texts: Vec<String> =
        problems.iter().map(|problem| problem.to_string()).collect();
    assert!(
        texts.iter().any(|text| text.starts_with(place) && text.contains(hint)),
        "expected {place} … {hint}, found {texts:#?}"
    );
}

#[test]
fn the_small_book_builds() {
    let page = built("", "", "").expect("there is nothing wrong with it");
    assert!(page.contains("5\u{a0}×\u{a0}10⁻¹⁵"), "the fact is shown");
    assert!(page.contains("id=\"fig-fold\""), "the figure is shown");
    assert!(page.contains("<math"), "the formula is shown");
    assert!(page.contains("let a = 1;"), "the excerpt is shown");
    assert!(page.contains("chapter-goals"), "the head is shown");
    assert!(page.contains("Answer to question 1"), "the quiz is shown");
}

#[test]
fn a_misspelt_fact_is_refused() {
    let one = "src/one.md";
    refused(one, "fold.gap", "fold.gab", "src/one.md:9:", "`fold.gap`");
    refused(one, "fold.gap", "flod.gap", "src/one.md:9:", "`fold.gap`");
}

#[test]
fn a_misspelt_figure_or_directive_is_refused() {
    let one = "src/one.md";
    refused(one, "#figure fold", "#figure fould", "src/one.md:11:", "`fold`");
    refused(one, "{{#figure", "{{#figur", "src/one.md:11:", "`figure`");
}

#[test]
fn a_figure_shown_twice_or_within_a_line_is_refused() {
    let one = "src/one.md";
    let twice = "{{#figure fold}}\n\n{{#figure fold}}";
    refused(one, "{{#figure fold}}", twice, "src/one.md:13:", "twice");
    let inline = "See {{#figure fold}}";
    refused(one, "{{#figure fold}}", inline, "src/one.md:11:", "on its own");
}

#[test]
fn a_fact_or_figure_that_nobody_shows_is_refused() {
    let one = "src/one.md";
    let none = "code/experiments (fold)";
    refused(one, "{{#fact fold.gap}}", "small", none, "fold.gap");
    refused(one, "{{#figure fold}}", "", none, "figure `fold`");
}

#[test]
fn an_experiment_may_come_before_its_chapter() {
    let quote = "{{#fact fold.gap}}";
    let early = reports("three");
    assert!(built_with(&early, "src/one.md", quote, "small").is_ok());
    let late = reports("one");
    assert!(built_with(&late, "src/one.md", quote, "small").is_err());
}

#[test]
fn a_deleted_anchor_is_refused() {
    let code = "code/part.rs";
    let gone = "// ANCHOR: part\n";
    refused(code, gone, "", "src/one.md:15:", "no anchor `part`");
    let renamed = ("ANCHOR: part", "ANCHOR: parts");
    refused(code, renamed.0, renamed.1, "src/one.md:15:", "`parts`");
    let empty = ("let a = 1;\n", "");
    refused(code, empty.0, empty.1, "src/one.md:15:", "is empty");
    refused(code, "// ANCHOR_END: part\n", "", "src/one.md:15:", "no anchor");
}

#[test]
fn an_anchor_that_nobody_shows_is_refused() {
    let more = "// ANCHOR: more\nlet b = 2;\n// ANCHOR_END: more\n";
    let code = format!("{CODE}{more}");
    refused("code/part.rs", CODE, &code, "code/part.rs:4:", "`more`");
}

#[test]
fn an_included_file_that_is_missing_is_refused() {
    let one = "src/one.md";
    refused(one, "part.rs", "parts.rs", "src/one.md:15:", "no file");
    refused(one, "rs:part", "rs:1:2", "src/one.md:15:", "line number");
}

#[test]
fn a_broken_formula_is_refused() {
    let one = "src/one.md";
    refused(one, "$x^2$", "$x^$", "src/one.md:9:", "KaTeX refuses");
    refused(one, "$x^2$", "$x^2", "src/one.md:9:", "stray dollar sign");
    refused(one, "$x^2$", "$5 or $6", "src/one.md:9:", "stray dollar sign");
}

#[test]
fn a_broken_link_is_refused() {
    let one = "src/one.md";
    refused(one, "two.md#", "too.md#", "src/one.md:18:", "two");
    refused(one, "#the-end", "#the-ends", "src/one.md:18:", "the-end");
}

#[test]
fn a_broken_summary_and_an_orphan_are_refused() {
    let summary = "src/SUMMARY.md";
    refused(summary, "two.md", "too.md", "src/SUMMARY.md:4:", "too.md");
    refused(summary, "- [Two](two.md)", "", "src/two.md:", "SUMMARY.md");
}

#[test]
fn a_fence_that_would_not_be_tested_is_refused() {
    let one = "src/one.md";
    let ignore = ("```rust", "```rust,ignore");
    refused(one, ignore.0, ignore.1, "src/one.md:13:", "`ignore`");
    refused(one, "```rust", "```", "src/one.md:13:", "without a language");
}

#[test]
fn broken_front_matter_and_a_broken_quiz_are_refused() {
    let one = "src/one.md";
    refused(one, "minutes", "minuets", "src/one.md:2:", "minuets");
    refused(one, "- [x]", "- [ ]", "src/one.md:21:", "found 0");
}

#[test]
fn a_setting_that_loads_from_another_host_is_refused() {
    let config = "book.toml";
    let css = ("no-css = true", "no-css = \"true\"");
    refused(config, css.0, css.1, "book.toml", "katex");
    let playground = ("runnable = false", "runnable = true");
    refused(config, playground.0, playground.1, "", "playground");
}

#[test]
fn a_request_to_another_host_is_refused() {
    let image = "<img alt=\"a\" src=\"https://example.org/a.png\">\n\nBack";
    refused("src/two.md", "Back", image, "", "example.org");
}

/// The documentation tests of this crate are the snippets of the book; here
/// is one that does not compile and one that fails, at their lines.
#[test]
fn a_broken_snippet_fails_with_its_line() {
    for body in ["let a: i32 = \"one\";", "assert_eq!(1, 2);"] {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("one.md");
        let text = format!(".\n\n\n\n```rust\n{body}\n```\n");
        fs::write(&file, text).expect("written");
        let run = Command::new("rustdoc")
            .args(["--test", "--edition", "2024"])
            .arg(&file)
            .output()
            .expect("rustdoc comes with cargo");
        let said = String::from_utf8_lossy(&run.stdout);
        assert!(!run.status.success(), "{said}");
        assert!(said.contains("one.md"), "{said}");
        assert!(said.contains("(line 5)"), "{said}");
    }
}
