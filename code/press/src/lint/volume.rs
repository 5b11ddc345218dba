//! The whole book, in the order in which it is read.

use std::path::Path;

use mdbook_driver::book::BookItem;

use super::page::{Page, Part};
use crate::{
    Problem, Reports,
    book::loaded_from,
    manuscript::name,
    snippet::{self, Snippet},
};

/// What the lints read.
#[derive(Debug, Clone, Default)]
pub struct Volume {
    /// Every page, in the order of the summary.
    pub pages: Vec<Page>,
    /// The titles of the numbered chapters that are still to be written.
    pub drafts: Vec<String>,
    /// Every Rust fence as its reader sees it.
    pub fences: Vec<Snippet>,
    /// The runs.
    pub reports: Reports,
}

impl Volume {
    /// Reads the book at `root`.
    ///
    /// # Errors
    /// If mdBook cannot load it.
    pub fn read(root: &Path, reports: Reports) -> anyhow::Result<Self> {
        let loaded = loaded_from(root)?.book;
        let src = &loaded.config.book.src;
        let mut volume = Self { reports, ..Self::default() };
        let mut part = Part::Before;
        for item in loaded.book.iter() {
            let BookItem::Chapter(chapter) = item else { continue };
            part = match (&chapter.number, part) {
                (Some(_), _) => Part::Numbered,
                (None, Part::Before) => Part::Before,
                (None, _) => Part::Back,
            };
            match &chapter.source_path {
                Some(path) => {
                    let file = name(&src.join(path));
                    let text = &chapter.content;
                    let part =
                        if is_solution(&file) { Part::Back } else { part };
                    let page = Page::new(&file, &chapter.name, part, text);
                    volume.pages.push(page);
                }
                None if part == Part::Numbered => {
                    volume.drafts.push(chapter.name.clone());
                }
                None => {}
            }
        }
        volume.fences = snippet::all(root, src)?;
        Ok(volume)
    }

    /// The numbered chapters, in order.
    pub fn chapters(&self) -> impl Iterator<Item = &Page> {
        self.pages.iter().filter(|page| page.part == Part::Numbered)
    }

    /// A page by its file.
    pub fn page(&self, file: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.file == file)
    }

    /// A page of the back matter that a lint needs.
    pub fn needed(&self, file: &str, what: &str) -> Result<&Page, Problem> {
        self.page(file).ok_or_else(|| {
            Problem::new(file, 0, format!("expected {what}"))
                .mend("write this page, and name it in src/SUMMARY.md")
        })
    }

    /// The chapter that a slug names.
    pub fn chapter(&self, slug: &str) -> Option<&Page> {
        self.chapters().find(|page| page.slug() == slug)
    }

    /// A book without runs and code, of a file, a part and a text for each
    /// page.
    #[cfg(test)]
    pub fn of(pages: &[(&str, Part, &str)]) -> Self {
        let page = |(file, part, text): &(&str, Part, &str)| {
            Page::new(file, file, *part, text)
        };
        Self { pages: pages.iter().map(page).collect(), ..Self::default() }
    }
}

/// mdBook nests numbered chapters only, so the solutions have numbers; but
/// they are no chapters.
fn is_solution(file: &str) -> bool {
    file == "src/solutions.md" || file.starts_with("src/solutions/")
}

/// A text with one thing changed, which it must have.
#[cfg(test)]
pub(super) fn changed(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

/// Asserts that one problem was found, at this place and with this hint.
#[cfg(test)]
#[track_caller]
pub(super) fn assert_refused(found: &[String], place: &str, hint: &str) {
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with(place), "{found:#?}");
    assert!(found[0].contains(hint), "{found:#?}");
}
