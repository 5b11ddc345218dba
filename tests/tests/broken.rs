//! A small book that builds, and every way to break it that a reader would
//! notice: each fails with the file, the line and a way to mend it.

mod files;

use std::{
    collections::BTreeMap, fs, path::PathBuf, process::Command, sync::LazyLock,
};

use chart::Table;
use press::{Build, Problem, Problems, Reports, lab::Wait};
use proptest::{prelude::*, sample::select, test_runner::RngSeed};
use study::{
    experiment::{Figure, Report},
    fact::Fact,
};
use tempfile::TempDir;

const CONFIG: &str = "\
[book]
title = \"A small book\"
[build]
create-missing = false
[preprocessor.press]
command = \"true\"
before = [\"links\"]
[preprocessor.typeset]
command = \"true\"
after = [\"links\"]
[output.html]
additional-css = [\"theme/small.css\"]
[output.html.playground]
runnable = false
";

const SUMMARY: &str = "\
# Summary

- [One](one.md)
- [Two](two.md)

# Behind it

- [Sources](sources.md)
- [Solutions](solutions.md)
    - [Of one](solutions/one.md)
";

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
- [ ] No. | It is, see {{#cite baldi1989}}.
```

It was found by {{#cite saxe2014}}.[^saxe]

| who | where |
|---|---|
| {{#cite baldi1989}} | there |

<details><summary>More</summary><p>{{#source baldi1989}}.</p></details>

[^saxe]: {{#source saxe2014}}.
";

const TWO: &str = "# Two\n\n## The end\n\nBack to [one](one.md).\n";

const SOURCES: &str = "\
# Sources

All of them as [BibTeX](references.bib).

{{#bibliography}}
";

const SOLUTIONS: &str = "# Solutions\n\n{{#syllabus}}\n";

const NESTED: &str = "\
# Of one

To [one](../one.md). {{#cite saxe2014}}, and {{#cite he2016}}.
";

const REFERENCES: &str = "\
@inproceedings{saxe2014,
  author = {Saxe, Andrew M. and McClelland, James L. and Ganguli, Surya},
  title = {Exact Solutions},
  booktitle = {ICLR},
  year = {2014},
  eprint = {1312.6120},
}

@article{baldi1989,
  author = {Baldi, Pierre and Hornik, Kurt},
  title = {Without Local Minima},
  journaltitle = {Neural Networks},
  volume = {2},
  number = {1},
  pages = {53--58},
  year = {1989},
  doi = {10.1016/0893-6080(89)90014-2},
}

@misc{he2016,
  author = {He, Kaiming},
  title = {Identity},
  year = {2016},
  doi = {10.1000/1},
}
";

const STYLE: &str = "p {\n  margin: 0;\n}\n";

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

/// The pages of a small book that built.
struct Pages(TempDir);

impl Pages {
    fn text(&self, name: &str) -> String {
        let path = self.0.path().join("book").join(name);
        fs::read_to_string(path).expect("the file was built")
    }

    /// Every file with its bytes.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        files::below(&self.0.path().join("book"))
    }

    /// A page without the line breaks that mdBook puts between elements.
    fn elements(&self, name: &str) -> String {
        self.text(name).replace('\n', "")
    }
}

/// Builds the small book with one text changed in one file.
fn built(file: &str, from: &str, to: &str) -> Result<Pages, Vec<Problem>> {
    built_with(&reports("one"), file, from, to)
}

fn built_with(
    reports: &Reports,
    file: &str,
    from: &str,
    to: &str,
) -> Result<Pages, Vec<Problem>> {
    built_of(reports, |name, text| {
        if name != file {
            return text.into();
        }
        assert!(text.contains(from), "{name} has no {from:?} to break");
        text.replacen(from, to, 1)
    })
}

/// Builds the small book with every text changed.
fn built_of(
    reports: &Reports,
    mut changed: impl FnMut(&str, &str) -> String,
) -> Result<Pages, Vec<Problem>> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let root = folder.path();
    let files = [
        ("book.toml", CONFIG),
        ("src/SUMMARY.md", SUMMARY),
        ("src/one.md", ONE),
        ("src/two.md", TWO),
        ("src/sources.md", SOURCES),
        ("src/solutions.md", SOLUTIONS),
        ("src/solutions/one.md", NESTED),
        ("src/references.bib", REFERENCES),
        ("code/part.rs", CODE),
        ("theme/small.css", STYLE),
    ];
    for (name, text) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("made");
        fs::write(path, changed(name, text)).expect("written");
    }
    let dest = root.join("book");
    let wait = Wait::ForPrograms;
    let build = Build { root: root.into(), dest, wait };
    match build.run(reports) {
        Ok(()) => Ok(Pages(folder)),
        Err(error) => match error.downcast::<Problems>() {
            Ok(problems) => Err(problems.0),
            Err(other) => panic!("not a problem with a place: {other:#}"),
        },
    }
}

/// Asserts that breaking the book is refused at this place, with this hint.
#[track_caller]
fn refused(file: &str, from: &str, to: &str, place: &str, hint: &str) {
    let Err(problems) = built(file, from, to) else {
        panic!("the book was accepted");
    };
    let texts: Vec<String> =
        problems.iter().map(|problem| problem.to_string()).collect();
    assert!(
        texts.iter().any(|text| text.starts_with(place) && text.contains(hint)),
        "expected {place} … {hint}, found {texts:#?}"
    );
}

/// The small book as it is.
#[track_caller]
fn sound() -> Pages {
    match built("", "", "") {
        Ok(pages) => pages,
        Err(problems) => panic!("nothing is wrong with it: {problems:#?}"),
    }
}

#[test]
fn the_small_book_builds() {
    let pages = sound();
    let page = pages.text("one.html");
    assert!(page.contains("5\u{a0}×\u{a0}10⁻¹⁵"), "the fact is shown");
    assert!(page.contains("id=\"fig-fold\""), "the figure is shown");
    assert!(page.contains("<math"), "the formula is shown");
    assert!(page.contains("let a = 1;"), "the excerpt is shown");
    assert!(page.contains("chapter-goals"), "the head is shown");
    assert!(page.contains("<legend>Question 1"), "the quiz is shown");
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
    refused(one, "#figure fold", "#figure foold", "src/one.md:11:", "`fold`");
    refused(one, "{{#figure", "{{#figur", "src/one.md:11:", "`figure`");
}

#[test]
fn a_program_that_no_framework_has_is_refused() {
    let one = "src/one.md";
    let figure = "{{#figure fold}}";
    let with = |what: &str| format!("{figure}\n\n{what}");
    let refused = |to: &str, hint| {
        refused(one, figure, &with(to), "src/one.md:13:", hint);
    };
    refused("{{#framework neuron}}", "no program `neuron`");
    refused("{{#conventions Losses}}", "no conventions of “Losses”");
    refused("{{#distances}}", "no program was compared");
}

#[test]
fn a_lab_that_no_page_can_run_is_refused() {
    let one = "src/one.md";
    let figure = "{{#figure fold}}";
    let place = "src/one.md:11:";
    refused(one, figure, "{{#lab fold}}", place, "{{#figure fold}}");
    refused(one, figure, "{{#lab clif}}", place, "`cliff`");
    refused(one, figure, "{{#lab cliff;sed=1}}", place, "`seed`");
    refused(one, figure, "{{#lab cliff;seed=-1}}", place, "from 0 to");
}

/// Where the program cannot be compiled, the figure stands and the page says
/// why; here there is no code to compile.
#[test]
fn a_lab_without_its_program_is_a_figure() {
    let (fold, tent) = (reports("one"), reports("later"));
    let tent = tent.iter().cloned().map(|report| Report {
        id: "tent".into(),
        facts: Vec::new(),
        figure: Figure {
            wide: report.figure.wide.replace("f-wide", "t-wide"),
            narrow: report.figure.narrow.replace("f-narrow", "t-narrow"),
            ..report.figure
        },
        ..report
    });
    let both = fold.iter().cloned().chain(tent).collect();
    let cut = "See [the end";
    let put = "{{#lab tent;layers=5}}\n\nSee [the end";
    let pages = built_with(&both, "src/one.md", cut, put).expect("it builds");
    let page = pages.elements("one.html");
    assert!(
        page.contains("<div class=\"lab-missing\" data-lab=\"tent\"><figure"),
        "{page}"
    );
    assert!(page.contains("there was no code/lab to compile."), "{page}");
    assert!(!page.contains("data-wasm"), "{page}");
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
fn a_number_that_no_lock_holds_is_refused() {
    let one = "src/one.md";
    let quote = "{{#fact fold.gap}}";
    let audit = "{{#fact fold.gap}} and {{#audit fold.gap}}";
    refused(one, quote, audit, "src/one.md:9:", "cargo run -- audit fold");
    let none = "{{#fact fold.gap}} and {{#audit fold.gaps}}";
    refused(one, quote, none, "src/one.md:9:", "`fold.gap`");
    let without = "{{#fact fold.gap}} and {{#without fold.bend}}";
    refused(one, quote, without, "src/one.md:9:", "no counter-run");
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
fn a_link_to_a_run_that_no_lab_of_the_page_has_is_refused() {
    let to = |link: &str| format!("two.md{link}");
    refused(
        "src/one.md",
        "two.md#the-end",
        &to("#v1;cliff"),
        "src/one.md:18:",
        "no lab `cliff`",
    );
    let misspelt = to("#v1;cliff;sed=1");
    refused(
        "src/one.md",
        "two.md#the-end",
        &misspelt,
        "src/one.md:18:",
        "`seed`",
    );
}

#[test]
fn a_broken_summary_and_an_orphan_are_refused() {
    let summary = "src/SUMMARY.md";
    refused(summary, "two.md", "too.md", "src/SUMMARY.md:4:", "too.md");
    refused(summary, "- [Two](two.md)", "", "src/two.md:", "SUMMARY.md");
}

#[test]
fn a_source_is_linked_from_wherever_it_is_named() {
    let pages = sound();
    let page = pages.elements("one.html");
    let saxe = "<a class=\"citation\" href=\"sources.html#saxe2014\">\
                Saxe et al. 2014</a>";
    let baldi = "<a class=\"citation\" href=\"sources.html#baldi1989\">\
                 Baldi and Hornik 1989</a>";
    assert!(page.contains(&format!("found by {saxe}.<sup")), "in a sentence");
    assert!(page.contains(&format!("It is, see {baldi}.</p>")), "in a quiz");
    assert!(page.contains(&format!("<td>{baldi}</td>")), "in a table");
    let entry = "<em>Without Local Minima</em>, Neural Networks\u{a0}\
                 2(1):53–58, 1989, <a href=\"https://doi.org/10.1016/\
                 0893-6080(89)90014-2\">doi:10.1016/0893-6080(89)90014-2</a>\
                 </span>.</p></details>";
    assert!(page.contains(entry), "in HTML");
    let note = "arXiv:1312.6120</a></span>. <a href=\"#fr-saxe-1\"";
    assert!(page.contains(note), "in a footnote");
    let nested = pages.elements("solutions/one.html");
    assert!(nested.contains(&saxe.replace("sources", "../sources")), "nested");
    assert!(pages.text("print.html").contains("href=\"#saxe2014\">Saxe"));
}

#[test]
fn the_sources_lead_back_and_can_be_taken_along() {
    let pages = sound();
    let page = pages.elements("sources.html");
    let back = ". <span class=\"cited-in\">Cited in: <a href=\"one.html\">\
                One</a>, <a href=\"solutions/one.html\">Of one</a>.</span>\
                </li></ul>";
    assert!(page.contains(back), "{page}");
    assert!(page.contains("<li id=\"saxe2014\"><span"), "{page}");
    assert!(page.find("id=\"baldi1989\"") < page.find("id=\"saxe2014\""));
    assert!(page.contains("href=\"references.bib\""), "{page}");
    assert_eq!(pages.text("references.bib"), REFERENCES);
}

#[test]
fn the_syllabus_lists_the_chapters() {
    let page = sound().elements("solutions.html");
    let row = "<td><a href=\"one.html\">One</a><ul><li>break it</li></ul>\
               </td><td>5</td>";
    assert!(page.contains(row), "{page}");
    assert!(page.contains("The whole book: 5 minutes</th><td>5</td></tr>"));
}

#[test]
fn a_source_that_is_not_there_is_refused() {
    let one = "src/one.md";
    let cite = "{{#cite saxe2014}}";
    refused(one, cite, "{{#cite sax2014}}", "src/one.md:26:", "`saxe2014`");
    let far = "{{#source nobody}}";
    refused(
        one,
        cite,
        far,
        "src/one.md:26:",
        "known: baldi1989, he2016, saxe2014",
    );
    refused(one, "#cite baldi1989", "#cite", "src/one.md:23:", "no source ``");
    refused(one, "{{#cite", "{{#cit", "src/one.md:23:", "`cite`");
}

#[test]
fn a_source_where_no_link_can_be_is_refused() {
    let one = "src/one.md";
    for (from, to, place) in [
        ("# One", "# {{#cite saxe2014}}", "src/one.md:7:"),
        ("$x^2$", "${{#cite saxe2014}}$", "src/one.md:9:"),
        ("is a formula", "is `{{#source saxe2014}}`", "src/one.md:9:"),
        ("# use std", "// {{#cite saxe2014}}\n# use std", "src/one.md:14:"),
    ] {
        refused(one, from, to, place, "where no link can be");
    }
}

#[test]
fn a_citation_that_leads_nowhere_is_refused() {
    let list = "{{#bibliography}}";
    let one = "src/one.md:26:";
    refused("src/sources.md", list, "", one, "write {{#bibliography}}");
}

#[test]
fn a_list_that_stands_twice_or_within_a_line_is_refused() {
    for (file, list, name) in [
        ("src/sources.md", "{{#bibliography}}", "bibliography"),
        ("src/solutions.md", "{{#syllabus}}", "syllabus"),
    ] {
        let line = if name == "syllabus" { 3 } else { 5 };
        let place = format!("{file}:{line}:");
        let inline = format!("Here: {list}");
        refused(file, list, &inline, &place, "on its own");
        let with = format!("{{{{#{name} all}}}}");
        refused(file, list, &with, &place, "no argument");
        let twice = format!("{list}\n\n{list}");
        let place = format!("{file}:{}:", line + 2);
        refused(file, list, &twice, &place, "stands twice");
    }
    let both = ("{{#syllabus}}", "{{#bibliography}}");
    let place = "src/sources.md:5:";
    refused("src/solutions.md", both.0, both.1, place, "src/solutions.md:3");
}

#[test]
fn a_source_that_no_page_names_is_refused_once_all_are_written() {
    let (bib, nested) = ("src/references.bib:20:", "src/solutions/one.md");
    refused(nested, "{{#cite he2016}}", "him", bib, "#cite he2016");
    assert!(built(nested, "{{#cite saxe2014}}", "they").is_ok(), "one does");
    let draft = ("(solutions/one.md)", "()");
    let Err(problems) = built("src/SUMMARY.md", draft.0, draft.1) else {
        panic!("nothing leads to the file of the nested page");
    };
    let files: Vec<&str> = problems.iter().map(|p| p.file.as_str()).collect();
    assert_eq!(files, [nested], "the source may come before its chapter");
}

#[test]
fn an_entry_that_a_reader_could_not_follow_is_refused() {
    let bib = "src/references.bib";
    let first = "src/references.bib:1:";
    for (from, to, place, hint) in [
        ("  eprint = {1312.6120},\n", "", first, "nothing leads"),
        ("  year = {2014},\n", "", first, "no year"),
        ("  title = {Exact Solutions},\n", "", first, "no title"),
        ("author = {Saxe", "editor = {Saxe", first, "no author"),
        ("booktitle", "booktile", "src/references.bib:4:", "`booktitle`"),
        ("1312.6120", "1312", "src/references.bib:6:", "`1312` is no eprint"),
        ("{baldi1989", "{saxe2014", "src/references.bib:9:", "on line 1"),
        ("2014},", "2014}", "src/references.bib:6:", "expected comma"),
        ("{2},", "{2,", "src/references.bib:9:", "a brace or a comma"),
    ] {
        refused(bib, from, to, place, hint);
    }
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

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        rng_seed: RngSeed::Fixed(14),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// As Git for Windows, an editor or an archive leaves the files.
    #[test]
    fn line_ends_and_byte_order_marks_change_no_byte_of_the_book(
        ends in proptest::collection::vec(
            select(vec!["\n", "\r\n", "\r"]), 1..9),
        marks in proptest::collection::vec(any::<bool>(), 1..9),
    ) {
        let (mut ends, mut marks) =
            (ends.iter().cycle(), marks.iter().cycle());
        let pages = built_of(&reports("one"), |_, text| {
            let mark = if *marks.next().unwrap() { "\u{feff}" } else { "" };
            let mut other = String::from(mark);
            for line in text.lines() {
                // Behind a lone CR, no empty line can end with LF.
                let end = *ends.next().unwrap();
                let joined = line.is_empty() && other.ends_with('\r');
                other += line;
                other += if joined && end == "\n" { "\r\n" } else { end };
            }
            other
        });
        let Ok(pages) = pages else { panic!("{:#?}", pages.err()) };
        let (found, expected) = (pages.files(), LEVEL.files());
        prop_assert_eq!(
            found.keys().collect::<Vec<_>>(),
            expected.keys().collect::<Vec<_>>()
        );
        for (name, bytes) in &expected {
            prop_assert!(&found[name] == bytes, "{} differs", name.display());
        }
    }
}

/// The small book with level line ends.
static LEVEL: LazyLock<Pages> = LazyLock::new(sound);

#[test]
fn a_book_that_is_refused_leaves_the_last_good_one_whole() {
    let good = sound();
    let (root, before) = (good.0.path(), good.files());
    // Found before mdBook has made a page, and in the pages.
    for (file, line) in [
        ("src/one.md", "\n{{#figure nothing}}\n"),
        ("src/two.md", "\n[to nowhere](nothing.md)\n"),
    ] {
        let whole = fs::read_to_string(root.join(file)).expect("it is there");
        fs::write(root.join(file), whole.clone() + line).expect("written");
        let (root, dest) = (root.to_path_buf(), press::build_dir(root));
        let dest = dest.expect("book.toml can be read");
        let build = Build { root: root.clone(), dest, wait: Wait::No };
        let error = build.run(&reports("one")).expect_err("it was accepted");
        assert!(
            format!("{error:#}").contains(&format!("{file}:")),
            "{error:#}"
        );
        assert!(good.files() == before, "{file}: the good book has changed");
        let names = fs::read_dir(&root).expect("it can be read");
        let names: Vec<_> = names.flatten().map(|e| e.file_name()).collect();
        assert_eq!(names.len(), 5, "something is left: {names:?}");
        fs::write(root.join(file), whole).expect("written");
    }
}

#[test]
fn the_pages_go_where_the_configuration_wants_them() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let config = CONFIG.replace("[build]\n", "[build]\nbuild-dir = \"a/b\"\n");
    fs::write(folder.path().join("book.toml"), config).expect("written");
    let dest = press::build_dir(folder.path()).expect("it can be read");
    assert_eq!(dest, folder.path().join("a/b"));
}
