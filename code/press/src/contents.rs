//! The order of the book: parts and chapters, as `SUMMARY.md` has them.

use std::path::Path;

use mdbook_driver::book::{Book, BookItem, Chapter};

use crate::manuscript::name;

/// The chapters that are written, part by part, in reading order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// The parts; pages before the first one and behind the last one are in
    /// parts without a title.
    pub parts: Vec<Part>,
    /// Whether a chapter is still planned: a line of the summary without an
    /// address.
    pub has_drafts: bool,
}

/// Chapters under one title.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// The title, if the summary gives one.
    pub title: Option<String>,
    /// The chapters, nested ones behind the one that they belong to.
    pub chapters: Vec<Listed>,
}

/// A chapter in the table of contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its file, relative to the root: `src/collapse.md`.
    pub file: String,
    /// Its title in the summary.
    pub title: String,
}

impl Contents {
    /// The title of a file in the summary.
    pub fn title(&self, file: &str) -> Option<&str> {
        let chapters = self.parts.iter().flat_map(|part| &part.chapters);
        let mut chapters = chapters.filter(|listed| listed.file == file);
        chapters.next().map(|listed| &listed.title[..])
    }

    /// The order of a book that mdBook has loaded.
    pub fn of(book: &Book, src: &Path) -> Self {
        let mut contents = Self::default();
        let mut part = Part::default();
        for item in book.iter() {
            match item {
                BookItem::Chapter(chapter) => match listed(chapter, src) {
                    Some(listed) => part.chapters.push(listed),
                    None => contents.has_drafts = true,
                },
                BookItem::PartTitle(title) => {
                    contents.parts.push(std::mem::take(&mut part));
                    part.title = Some(title.clone());
                }
                BookItem::Separator => {
                    contents.parts.push(std::mem::take(&mut part));
                }
            }
        }
        contents.parts.push(part);
        contents.parts.retain(|part| !part.chapters.is_empty());
        contents
    }

    /// Every chapter, in reading order.
    pub fn chapters(&self) -> impl Iterator<Item = &Listed> {
        self.parts.iter().flat_map(|part| &part.chapters)
    }
}

fn listed(chapter: &Chapter, src: &Path) -> Option<Listed> {
    let path = chapter.source_path.as_ref()?;
    let title = chapter.name.clone();
    Some(Listed { file: name(&src.join(path)), title })
}

/// The address by which the page of one file links to another file.
///
/// ```
/// use press::contents::address;
/// assert_eq!(address("src/a.md", "src/b.md"), "b.md");
/// assert_eq!(address("src/solutions/a.md", "src/b.md"), "../b.md");
/// assert_eq!(address("src/a.md", "src/solutions/b.md"), "solutions/b.md");
/// ```
pub fn address(from: &str, to: &str) -> String {
    let from: Vec<&str> = from.split('/').collect();
    let to: Vec<&str> = to.split('/').collect();
    let folders = &from[..from.len() - 1];
    let shared = folders.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = "../".repeat(folders.len() - shared);
    format!("{up}{}", to[shared..].join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chapter(title: &str, file: &str) -> Chapter {
        Chapter::new(title, String::new(), file, Vec::new())
    }

    #[test]
    fn parts_hold_their_chapters_in_reading_order() {
        let mut solutions = chapter("Solutions", "solutions.md");
        let nested = chapter("Of one", "solutions/one.md");
        solutions.sub_items.push(nested.into());
        let book = Book::new_with_items(vec![
            chapter("Title", "title.md").into(),
            BookItem::PartTitle("First".into()),
            chapter("One", "one.md").into(),
            Chapter::new_draft("Planned", Vec::new()).into(),
            BookItem::Separator,
            solutions.into(),
        ]);
        let contents = Contents::of(&book, Path::new("src"));
        let titles: Vec<_> =
            contents.parts.iter().map(|part| part.title.as_deref()).collect();
        assert_eq!(titles, [None, Some("First"), None]);
        let files: Vec<_> = contents.chapters().map(|c| &c.file[4..]).collect();
        let order = ["title.md", "one.md", "solutions.md", "solutions/one.md"];
        assert_eq!(files, order);
        assert!(contents.has_drafts);
        // As a plain mdbook hands the book over.
        let json = serde_json::to_string(&book).unwrap();
        let book = serde_json::from_str(&json).unwrap();
        assert_eq!(Contents::of(&book, Path::new("src")), contents);
    }
}
