//! The directives: `{{#figure ID}}` and `{{#fact ID.NAME}}` put a run into a
//! page, `{{#audit ID.NAME}}` the same number over twenty seeds, `{{#without
//! ID.NAME}}` what a claim measures where one of its hypotheses is dropped;
//! `{{#lab ID}}` lets the reader run it there, too, `{{#cite KEY}}` and
//! `{{#source KEY}}` name a source, and `{{#bibliography}}` and `{{#syllabus}}`
//! list what is elsewhere in the book. `{{#framework NAME}}` shows a program in
//! PyTorch and in Keras, `{{#conventions TOPIC}}` and `{{#distances}}` how these
//! differ from the book, `{{#shares}}` at how many settings the claims hold.
//!
//! They are expanded before mdBook's own `{{#include}}`, on the text as the
//! author wrote it, so that every error has the line of the source; and no
//! expansion adds or removes a line.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;
use study::{
    fact::Fact,
    link::{self, Link},
    params::nearest,
};

use crate::{
    Bridge, Contents, Library, Manuscript, Problem, Reports,
    bibliography::{Citations, Source},
    contents::address,
    conventions::Conventions,
    download, figure,
    lab::{self, Program},
    markdown::{Kind, Regions, escaped, inert, line_of},
    math, syllabus,
};

/// The directives of this book.
const KNOWN: [&str; 13] = [
    "audit",
    "bibliography",
    "cite",
    "conventions",
    "distances",
    "fact",
    "figure",
    "framework",
    "lab",
    "shares",
    "source",
    "syllabus",
    "without",
];

/// mdBook's own directives, which are left for it to expand.
const OF_MDBOOK: [&str; 3] = ["include", "rustdoc_include", "title"];

static DIRECTIVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(\\?)\{\{\s*#\s*([A-Za-z_-]*)([^}]*)\}\}")
        .expect("the pattern is a regular expression")
});

/// Where the book uses what: to find what it never uses, or uses twice.
#[derive(Debug, Default)]
pub struct Uses {
    /// `ID.NAME` of every fact that is quoted.
    pub facts: BTreeMap<String, String>,
    /// Every figure, with the place that shows it.
    pub figures: BTreeMap<String, String>,
    /// Every program that is shown in PyTorch and Keras, with its place.
    pub programs: BTreeMap<String, String>,
    /// Every source that is named, with the files that name it.
    pub sources: Citations,
    /// The list of all sources and the syllabus, with their places.
    pub lists: BTreeMap<String, String>,
}

/// What the directives put into the pages.
#[derive(Debug, Clone, Copy)]
pub struct Stock<'a> {
    /// The runs.
    pub reports: &'a Reports,
    /// The facts over twenty seeds, as far as there are any.
    pub over_seeds: &'a BTreeMap<String, f64>,
    /// What the counter-runs measured.
    pub counter_runs: &'a BTreeMap<String, f64>,
    /// The programs in PyTorch and Keras.
    pub bridge: &'a Bridge,
    /// At how many settings the claims hold.
    pub shares: Option<&'a str>,
    /// What the frameworks do differently.
    pub conventions: &'a Conventions,
    /// The sources.
    pub library: &'a Library,
    /// What runs the labs in a page, or why nothing does.
    pub program: &'a Program,
    /// The order of the chapters.
    pub contents: &'a Contents,
    /// The chapters as they are written.
    pub manuscript: &'a Manuscript,
    /// The file with the list of all sources, if there is one.
    pub bibliography: Option<&'a str>,
}

/// Whether a text has a directive with this name.
pub fn is_in(text: &str, name: &str) -> bool {
    text.contains(name)
        && DIRECTIVE
            .captures_iter(text)
            .any(|found| found[1].is_empty() && &found[2] == name)
}

/// The arguments of all directives with this name.
pub fn arguments<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    DIRECTIVE
        .captures_iter(text)
        .filter(|found| found[1].is_empty() && &found[2] == name)
        .map(|found| found.get(3).map_or("", |all| all.as_str()).trim())
        .collect()
}

/// The text of a chapter with every figure and fact in its place.
pub fn expanded(
    file: &str,
    text: &str,
    stock: Stock<'_>,
    uses: &mut Uses,
    problems: &mut Vec<Problem>,
) -> String {
    let regions = Regions::of(text);
    let mut page = String::with_capacity(text.len());
    let mut end = 0;
    for found in DIRECTIVE.captures_iter(text) {
        let whole = found.get(0).expect("group 0 is the match");
        page.push_str(&text[end..whole.start()]);
        end = whole.end();
        let here = Here { file, text, regions: &regions, at: whole.start() };
        let name = &found[2];
        let argument = found[3].trim();
        let result = if !found[1].is_empty() || OF_MDBOOK.contains(&name) {
            Ok(whole.as_str().to_string())
        } else {
            let whole = whole.as_str();
            match name {
                "fact" => here.fact(argument, stock.reports, uses),
                "audit" => here.over_seeds(argument, stock, uses),
                "without" => here.without(argument, stock.counter_runs),
                "figure" => here.figure(argument, whole, stock.reports, uses),
                "framework" => here.framework(argument, whole, stock, uses),
                "lab" => here.lab(argument, whole, stock, uses),
                "cite" => here.cited(argument, stock, uses),
                "source" => here.source(argument, stock, uses).map(|source| {
                    source.map_or_else(String::new, Source::full)
                }),
                "conventions" => here.conventions(argument, whole, stock),
                "distances" => here.distances(whole, stock),
                "shares" => here.shares(whole, stock),
                "bibliography" | "syllabus" => {
                    here.list(name, argument, whole, stock, uses)
                }
                _ => Err(here.unknown(name)),
            }
        };
        page.push_str(&result.unwrap_or_else(|problem| {
            problems.push(problem);
            String::new()
        }));
    }
    page.push_str(&text[end..]);
    page
}

/// The place of one directive.
struct Here<'a> {
    file: &'a str,
    text: &'a str,
    regions: &'a Regions,
    at: usize,
}

impl Here<'_> {
    fn problem(&self, what: impl Into<String>) -> Problem {
        Problem::new(self.file, line_of(self.text, self.at), what)
    }

    fn place(&self) -> String {
        format!("{}:{}", self.file, line_of(self.text, self.at))
    }

    fn unknown(&self, name: &str) -> Problem {
        let known = KNOWN.iter().chain(&OF_MDBOOK).copied();
        let problem = self.problem(format!("unknown directive `{name}`"));
        suggested(problem, nearest(name, known.clone()), known)
    }

    fn fact(
        &self,
        argument: &str,
        reports: &Reports,
        uses: &mut Uses,
    ) -> Result<String, Problem> {
        let fact = self.known(argument, reports, uses)?;
        self.shown(argument, fact)
    }

    fn known<'a>(
        &self,
        argument: &str,
        reports: &'a Reports,
        uses: &mut Uses,
    ) -> Result<&'a Fact, Problem> {
        uses.facts.insert(argument.into(), self.place());
        reports.fact(argument).ok_or_else(|| {
            let problem = self.problem(format!("no fact `{argument}`"));
            let names = reports.fact_names();
            let names = names.iter().map(String::as_str);
            suggested(problem, nearest(argument, names.clone()), names)
        })
    }

    /// A fact as twenty seeds have it, not those of the figure.
    fn over_seeds(
        &self,
        argument: &str,
        stock: Stock<'_>,
        uses: &mut Uses,
    ) -> Result<String, Problem> {
        let fact = self.known(argument, stock.reports, uses)?;
        let value = stock.over_seeds.get(argument).ok_or_else(|| {
            let id = argument.split('.').next().unwrap_or_default();
            let what = format!("`{argument}` is not known over twenty seeds");
            self.problem(what).mend(format!(
                "cargo run -- audit {id}; an experiment with a seed alone has \
                 only bounds there (most, least), and one without has none"
            ))
        })?;
        let name = format!("{argument} over twenty seeds");
        self.shown(&name, &fact.of(*value))
    }

    /// What a claim measures in a run without one of its hypotheses.
    fn without(
        &self,
        argument: &str,
        counter_runs: &BTreeMap<String, f64>,
    ) -> Result<String, Problem> {
        let value = counter_runs.get(argument).ok_or_else(|| {
            let names = counter_runs.keys().map(String::as_str);
            let problem = self.problem(format!("no counter-run `{argument}`"));
            suggested(problem, nearest(argument, names.clone()), names)
        })?;
        let name = format!("{argument}, a counter-run");
        self.shown(&name, &Fact::readable("", *value, 2))
    }

    /// The number as its surroundings ask for it.
    fn shown(&self, name: &str, fact: &Fact) -> Result<String, Problem> {
        let kind = self.regions.at(self.at).last();
        if self.in_formula(kind) {
            return Ok(fact.tex());
        }
        Ok(match kind {
            Some(Kind::Math) => fact.tex(),
            Some(Kind::CodeSpan | Kind::OtherCode) => fact.code(),
            Some(kind) if kind.is_question() => data(name, fact),
            Some(Kind::Fence(info)) if info.starts_with("rust") => {
                return Err(self
                    .problem("a fact within Rust code")
                    .mend("compute it in the snippet and assert it"));
            }
            Some(Kind::Fence(_)) => fact.code(),
            Some(Kind::Heading | Kind::Alt) => fact.text(),
            Some(Kind::Html) | None => data(name, fact),
        })
    }

    /// Whether the place is in a formula. Markdown knows of none in HTML and
    /// in the lines of a question.
    fn in_formula(&self, kind: Option<&Kind>) -> bool {
        match kind {
            Some(Kind::Html) => math::is_within(self.text, self.at),
            Some(kind) if kind.is_question() => {
                let start =
                    self.text[..self.at].rfind('\n').map_or(0, |n| n + 1);
                let rest = &self.text[start..];
                let line = rest.lines().next().unwrap_or_default();
                math::is_within(line, self.at - start)
            }
            _ => false,
        }
    }

    fn figure(
        &self,
        id: &str,
        whole: &str,
        reports: &Reports,
        uses: &mut Uses,
    ) -> Result<String, Problem> {
        let report = reports.get(id).ok_or_else(|| {
            let problem = self.problem(format!("no experiment `{id}`"));
            suggested(problem, nearest(id, reports.ids()), reports.ids())
        })?;
        self.on_its_own(whole, &format!("the figure `{id}`"))?;
        match uses.figures.insert(id.into(), self.place()) {
            None => Ok(figure::html(report)),
            Some(first) => Err(self
                .problem(format!("the figure `{id}` stands twice in the book"))
                .mend(format!(
                    "link to the first, at {first}: [figure](…#fig-{id})"
                ))),
        }
    }

    /// A figure that a reader can make again, differently, in the page. The
    /// settings that the controls begin with may follow the ID, as in a link:
    /// `{{#lab collapse;seeds=2}}`.
    fn lab(
        &self,
        argument: &str,
        whole: &str,
        stock: Stock<'_>,
        uses: &mut Uses,
    ) -> Result<String, Problem> {
        let id = argument.split(';').next().unwrap_or_default();
        let labs = || experiments::LABS.iter().map(|entry| entry.id);
        if labs().all(|lab| lab != id) {
            let problem = self.problem(format!("no lab `{id}`"));
            return Err(if stock.reports.get(id).is_some() {
                problem.mend(format!(
                    "write {{{{#figure {id}}}}}, or add it to LABS in \
                     code/experiments/src/lib.rs"
                ))
            } else {
                suggested(problem, nearest(id, labs()), labs())
            });
        }
        let start = format!("{};{argument}", link::VERSION);
        let start = Link::read(&start, experiments::LABS)
            .map_err(|bad| self.problem(bad.to_string()))?;
        let figure = self.figure(id, whole, stock.reports, uses)?;
        Ok(lab::html(&start, &figure, self.file, stock.program))
    }

    /// A program in both frameworks.
    fn framework(
        &self,
        name: &str,
        whole: &str,
        stock: Stock<'_>,
        uses: &mut Uses,
    ) -> Result<String, Problem> {
        // `src/…` and all: the two have the folder in common.
        let folder = self.file.split('/').next().unwrap_or_default();
        let folder = format!("{folder}/{}/", download::FOLDER);
        let folder = address(self.file, &folder);
        let html = stock.bridge.html(name, &folder).ok_or_else(|| {
            let problem = self.problem(format!("no program `{name}`"));
            let names = stock.bridge.names();
            suggested(problem, nearest(name, names.clone()), names)
        })?;
        self.on_its_own(whole, &format!("the program `{name}`"))?;
        if let Some(first) = uses.programs.insert(name.into(), self.place()) {
            return Err(self
                .problem(format!("the program `{name}` stands twice"))
                .mend(format!("link to the first, at {first}")));
        }
        Ok(html)
    }

    /// The table of a topic.
    fn conventions(
        &self,
        topic: &str,
        whole: &str,
        stock: Stock<'_>,
    ) -> Result<String, Problem> {
        let html = stock.conventions.html(topic).ok_or_else(|| {
            let problem = self.problem(format!("no conventions of “{topic}”"));
            let topics = stock.conventions.topics();
            suggested(problem, nearest(topic, topics.clone()), topics)
        })?;
        self.on_its_own(whole, "the table").map(|()| html)
    }

    /// The table of how near the programs of the frameworks come.
    fn distances(
        &self,
        whole: &str,
        stock: Stock<'_>,
    ) -> Result<String, Problem> {
        let html = stock.conventions.distances().ok_or_else(|| {
            self.problem("no program was compared")
                .mend("compare them: .ci/bridge --write")
        })?;
        self.on_its_own(whole, "the table").map(|()| html)
    }

    /// At how many settings the claims hold.
    fn shares(&self, whole: &str, stock: Stock<'_>) -> Result<String, Problem> {
        let html = stock.shares.map(ToString::to_string).ok_or_else(|| {
            self.problem("no claim was tried in its domain")
                .mend("try them: cargo run -- domains --write")
        })?;
        self.on_its_own(whole, "the table").map(|()| html)
    }

    /// The name of a source in a sentence, as a link to its entry.
    fn cited(
        &self,
        key: &str,
        stock: Stock<'_>,
        uses: &mut Uses,
    ) -> Result<String, Problem> {
        let Some(source) = self.source(key, stock, uses)? else {
            return Ok(String::new());
        };
        let page = stock.bibliography.ok_or_else(|| {
            self.problem("a citation has no list of sources to lead to")
                .mend("write {{#bibliography}} on a page of its own")
        })?;
        Ok(format!(
            "<a class=\"citation\" href=\"{}#{key}\">{}</a>",
            inert(&address(self.file, page)),
            inert(&source.cited()),
        ))
    }

    /// The source with this key; `None` where the keys are not known.
    fn source<'a>(
        &self,
        key: &str,
        stock: Stock<'a>,
        uses: &mut Uses,
    ) -> Result<Option<&'a Source>, Problem> {
        if !stock.library.is_whole() {
            return Ok(None);
        }
        let source = stock.library.get(key).ok_or_else(|| {
            let file = stock.library.file();
            let problem = self.problem(format!("no source `{key}` in {file}"));
            let keys = stock.library.keys();
            suggested(problem, nearest(key, keys.clone()), keys)
        })?;
        let files = uses.sources.entry(key.into()).or_default();
        files.insert(self.file.into());
        match self.regions.at(self.at).last() {
            Some(Kind::Html) | None => Ok(Some(source)),
            Some(kind) if kind.is_question() => Ok(Some(source)),
            Some(_) => Err(self.problem("a source where no link can be").mend(
                "name it in the text: not in a heading, a formula or code",
            )),
        }
    }

    /// A list that stands once in the book.
    fn list(
        &self,
        name: &str,
        argument: &str,
        whole: &str,
        stock: Stock<'_>,
        uses: &mut Uses,
    ) -> Result<String, Problem> {
        if !argument.is_empty() {
            return Err(self
                .problem(format!("the {name} takes no argument"))
                .mend(format!("{{{{#{name}}}}}")));
        }
        self.on_its_own(whole, &format!("the {name}"))?;
        if let Some(first) = uses.lists.insert(name.into(), self.place()) {
            return Err(self
                .problem(format!("the {name} stands twice in the book"))
                .mend(format!("link to the first, at {first}")));
        }
        let Stock { library, contents, manuscript, .. } = stock;
        Ok(match name {
            "syllabus" => syllabus::html(self.file, contents, manuscript),
            _ => library.html(self.file, &uses.sources, contents),
        })
    }

    /// Refuses a directive that is not a paragraph by itself.
    fn on_its_own(&self, whole: &str, what: &str) -> Result<(), Problem> {
        let before = &self.text[..self.at];
        let after = &self.text[self.at + whole.len()..];
        let is_alone = (before.is_empty() || before.ends_with("\n\n"))
            && (after.trim().is_empty() || after.starts_with("\n\n"));
        if is_alone {
            return Ok(());
        }
        Err(self
            .problem(format!("{what} is not on its own"))
            .mend("leave a blank line above it and below it"))
    }
}

/// A fact in a sentence: a reader sees the rounded number, and can ask for
/// the exact one.
fn data(name: &str, fact: &Fact) -> String {
    format!(
        "<data class=\"fact\" value=\"{}\" title=\"{} = {}\">{}</data>",
        fact.value,
        escaped(name),
        fact.value,
        escaped(&fact.text()),
    )
}

/// The problem with the nearest name, or all of them where none is near.
fn suggested<'a>(
    problem: Problem,
    near: Option<&str>,
    all: impl Iterator<Item = &'a str>,
) -> Problem {
    match near {
        Some(near) => problem.mend(format!("did you mean `{near}`?")),
        None => {
            let all: Vec<_> = all.collect();
            problem.mend(format!("known: {}", all.join(", ")))
        }
    }
}
