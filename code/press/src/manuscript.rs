//! The chapters as their authors wrote them, and all that is checked and
//! expanded before mdBook sees them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use mdbook_driver::book::Book;
use walkdir::WalkDir;

use crate::{
    Bridge, Contents, Library, Problem, Reports, audit,
    conventions::Conventions,
    directive::{self, Stock, Uses},
    domains, fence, front_matter, include,
    lab::Program,
    math, question, sabotage, text,
};

/// The text of every chapter, by its file relative to the root:
/// `src/collapse.md`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manuscript(pub BTreeMap<String, String>);

impl Manuscript {
    /// The chapters of a book that mdBook has loaded and nobody has changed.
    pub fn of(book: &Book, src: &Path) -> Self {
        let chapters = book.chapters().filter_map(|chapter| {
            let path = chapter.source_path.as_ref()?;
            // A plain mdBook hands them over as they are on the disk.
            Some((name(&src.join(path)), text::level(&chapter.content)))
        });
        Self(chapters.collect())
    }

    /// Whether a chapter has a lab: only then is a program needed.
    pub fn has_labs(&self) -> bool {
        self.0.values().any(|text| directive::is_in(text, "lab"))
    }

    /// The chapters as mdBook shall see them, line for line, and what is
    /// wrong with them.
    pub fn expanded(
        &self,
        root: &Path,
        reports: &Reports,
        library: &Library,
        contents: &Contents,
        program: &Program,
    ) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut uses = Uses::default();
        let mut anchors = BTreeSet::new();
        let mut pages = BTreeMap::new();
        let lists_sources = |text| directive::is_in(text, "bibliography");
        // The list of sources comes last: it says where each is cited.
        let (lists, others): (Vec<_>, Vec<_>) =
            self.0.iter().partition(|(_, text)| lists_sources(text));
        let bibliography = lists.first().map(|(file, _)| file.as_str());
        let manuscript = self;
        let over_seeds = &audit::LOCK.numbers(root);
        let counter_runs = &sabotage::LOCK.numbers(root);
        let (bridge, incomplete) = &Bridge::read(root);
        problems.extend(incomplete.iter().cloned());
        let (conventions, broken) = &Conventions::read(root);
        problems.extend(broken.iter().cloned());
        let shares = domains::shares(root);
        let stock = Stock {
            shares: shares.as_deref(),
            reports,
            bridge,
            conventions,
            over_seeds,
            counter_runs,
            library,
            program,
            contents,
            manuscript,
            bibliography,
        };
        for (file, text) in others.into_iter().chain(lists) {
            problems.extend(include::problems(root, file, text, &mut anchors));
            problems.extend(fence::problems(file, text));
            let page = page(file, text, stock, &mut uses, &mut problems);
            pages.insert(file.clone(), page);
        }
        // A source may come before its chapter.
        if !contents.has_drafts {
            problems.extend(library.uncited(&uses.sources));
        }
        problems.extend(bridge.unshown(&uses.programs));
        problems.extend(include::unused(root, &anchors));
        problems.extend(self.unquoted(reports, &uses));
        problems.sort();
        (Self(pages), problems)
    }

    /// Facts and figures that no chapter shows: dead weight, or a sentence
    /// that someone took out. An experiment may come before its chapter: it is
    /// asked for as soon as the chapter is more than a draft.
    fn unquoted(&self, reports: &Reports, uses: &Uses) -> Vec<Problem> {
        let mut problems = Vec::new();
        for report in reports.iter().filter(|r| self.is_written(&r.chapter)) {
            let file = format!("code/experiments ({})", report.id);
            if !uses.figures.contains_key(&report.id) {
                let what =
                    format!("no chapter shows the figure `{}`", report.id);
                problems.push(Problem::new(&file, 0, what));
            }
            for fact in &report.facts {
                let name = format!("{}.{}", report.id, fact.name);
                if !uses.facts.contains_key(&name) {
                    let what = format!("no chapter quotes the fact `{name}`");
                    problems.push(
                        Problem::new(&file, 0, what)
                            .mend("quote it in a chapter, or take it out"),
                    );
                }
            }
        }
        problems
    }

    fn is_written(&self, chapter: &str) -> bool {
        let end = format!("/{chapter}.md");
        self.0.keys().any(|file| file.ends_with(&end))
    }

    /// Files of the manuscript's folder that no entry of the summary leads
    /// to: nobody would ever read them.
    pub fn orphans(&self, root: &Path, src: &Path) -> Vec<Problem> {
        WalkDir::new(root.join(src))
            .sort_by_file_name()
            .into_iter()
            .filter_map(Result::ok)
            .filter_map(|entry| {
                let path = entry.path().strip_prefix(root).ok()?.to_path_buf();
                let is_markdown = path.extension()? == "md";
                let is_summary = path.file_name()? == "SUMMARY.md";
                let file = name(&path);
                let orphan = !self.0.contains_key(&file);
                (is_markdown && !is_summary && orphan).then(|| {
                    Problem::new(file, 0, "no line of SUMMARY.md leads here")
                        .mend("add it to the summary, or take it out")
                })
            })
            .collect()
    }
}

/// One chapter, expanded; each step keeps every line in its place.
fn page(
    file: &str,
    text: &str,
    stock: Stock<'_>,
    uses: &mut Uses,
    problems: &mut Vec<Problem>,
) -> String {
    let page = directive::expanded(file, text, stock, uses, problems);
    let page = question::expanded(file, &page, problems);
    let page = match front_matter::below_the_title(file, &page) {
        Ok(page) => page,
        Err(problem) => {
            problems.push(problem);
            page
        }
    };
    problems.extend(math::problems(file, &page));
    math::joined_to_punctuation(&page)
}

/// Links of the summary whose file does not exist, and chapters that cannot be
/// read, before mdBook stops at the first of them without its line.
pub fn summary_problems(root: &Path, src: &Path) -> Vec<Problem> {
    let file = name(&src.join("SUMMARY.md"));
    let summary = match text::read(&root.join(&file)) {
        Ok(summary) => summary,
        Err(why) => {
            let mend = "it holds the order of the chapters";
            return vec![why.of(&file).mend(mend)];
        }
    };
    let mut problems = Vec::new();
    for (i, line) in summary.lines().enumerate() {
        let Some((_, rest)) = line.split_once("](") else { continue };
        let Some((target, _)) = rest.split_once(')') else { continue };
        let chapter = root.join(src).join(target);
        if target.is_empty() {
            continue;
        }
        if !chapter.is_file() {
            let what = format!("no chapter {target}");
            problems.push(
                Problem::new(&file, i + 1, what)
                    .mend("leave the brackets empty for a draft: [Title]()"),
            );
        } else if let Err(why) = text::read(&chapter) {
            problems.push(why.of(&name(&src.join(target))));
        }
    }
    problems
}

/// A path with `/` on every system.
pub(crate) fn name(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

/// The root of the book: the nearest folder, from `start` upwards, that holds
/// `book.toml`.
pub fn root_of(start: &Path) -> Option<PathBuf> {
    start
        .ancestors()
        .find(|folder| folder.join("book.toml").is_file())
        .map(Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use mdbook_driver::book::Chapter;

    use super::*;

    #[test]
    fn a_book_of_a_plain_mdbook_may_have_any_line_ends() {
        let of = |text: &str| {
            let chapter = Chapter::new("A", text.into(), "a.md", Vec::new());
            let book = Book::new_with_items(vec![chapter.into()]);
            Manuscript::of(&book, Path::new("src"))
        };
        let text = "# A\n\n{{#figure a}}\n\nb\n";
        assert_eq!(of(&text.replace('\n', "\r\n")), of(text));
        assert_eq!(of(&format!("\u{feff}{text}")), of(text));
    }
}
