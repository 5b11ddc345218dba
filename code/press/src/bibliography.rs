//! The sources of the book, from `src/references.bib`: what `{{#cite KEY}}`,
//! `{{#source KEY}}` and `{{#bibliography}}` show.
//!
//! The file is BibLaTeX, so that a reader can take it along. Whatever a reader
//! would miss in an entry is a problem of its line: one of the book's promises
//! is that every source can be found.

mod entry;
mod source;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::Path,
};

use biblatex::{Bibliography, ParseError, RawBibliography};

pub use source::Source;

use crate::{
    Contents, Problem,
    contents::address,
    manuscript::name,
    markdown::{inert, line_of},
    text,
};

/// Every source, by its key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Library {
    /// The file, relative to the root.
    file: String,
    sources: BTreeMap<String, Source>,
    /// Whether the file has been understood: if not, nothing can be said of a
    /// key that is not found.
    is_whole: bool,
}

impl Library {
    /// The sources of the book at `root`, none if there is no file of them;
    /// and what is wrong with the file.
    pub fn read(root: &Path, src: &Path) -> (Self, Vec<Problem>) {
        let file = name(&src.join("references.bib"));
        let path = root.join(&file);
        if !path.exists() {
            let library = Self { file, is_whole: true, ..Self::default() };
            return (library, Vec::new());
        }
        match text::read(&path) {
            Ok(text) => Self::parsed(file, &text),
            Err(error) => {
                let problem = error.of(&file);
                (Self { file, ..Self::default() }, vec![problem])
            }
        }
    }

    fn parsed(file: String, text: &str) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let entries = RawBibliography::parse(text)
            .map_err(|error| nearer(text, error))
            .and_then(|mut raw| {
                problems = duplicates(&file, text, &mut raw);
                Ok((Bibliography::from_raw(raw.clone())?, raw))
            });
        let (all, raw) = match entries {
            Ok(entries) => entries,
            Err(error) => {
                let line = line_of(text, error.span.start);
                let what = format!("this is not BibLaTeX: {}", error.kind);
                problems.push(
                    Problem::new(&file, line, what)
                        .mend("look for a brace or a comma that is missing"),
                );
                return (Self { file, ..Self::default() }, problems);
            }
        };
        let mut sources = BTreeMap::new();
        for raw in &raw.entries {
            let key = raw.v.key.v;
            let entry = all.get(key).expect("it was made from the same entry");
            let (source, found) = entry::read(&file, text, &raw.v, entry);
            problems.extend(found);
            sources.insert(key.to_string(), source);
        }
        let mut library = Self { file, sources, is_whole: true };
        library.tell_apart();
        (library, problems)
    }

    /// Gives a letter to sources that a sentence would name in the same way.
    fn tell_apart(&mut self) {
        let mut alike: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for source in self.sorted().iter().filter(|s| s.year.is_some()) {
            alike.entry(source.cited()).or_default().push(source.key.clone());
        }
        for keys in alike.into_values().filter(|keys| keys.len() > 1) {
            for (key, letter) in keys.iter().zip('a'..='z') {
                let source = self.sources.get_mut(key);
                source.expect("the key is of this library").letter =
                    Some(letter);
            }
        }
    }

    /// The sources by first author, year and title.
    fn sorted(&self) -> Vec<&Source> {
        let mut sources: Vec<&Source> = self.sources.values().collect();
        sources.sort_by_cached_key(|source| source.rank());
        sources
    }

    /// The file that holds them, relative to the root.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Whether the whole file has been understood.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The source with this key.
    pub fn get(&self, key: &str) -> Option<&Source> {
        self.sources.get(key)
    }

    /// All keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> + Clone {
        self.sources.keys().map(String::as_str)
    }

    /// Sources that no page names. `cited` has the files that name each key.
    pub fn uncited(&self, cited: &Citations) -> Vec<Problem> {
        self.sources
            .values()
            .filter(|source| !cited.contains_key(&source.key))
            .map(|Source { key, line, .. }| {
                let what = format!("no page cites `{key}`");
                Problem::new(&self.file, *line, what).mend(format!(
                    "{{{{#cite {key}}}}} or {{{{#source {key}}}}}, or take it \
                     out"
                ))
            })
            .collect()
    }

    /// The list of all sources as HTML, on one line, for the page `file`; with
    /// each the chapters that name it.
    pub fn html(
        &self,
        file: &str,
        cited: &Citations,
        contents: &Contents,
    ) -> String {
        let entries: String = self
            .sorted()
            .iter()
            .map(|source| {
                let links: Vec<String> = contents
                    .chapters()
                    .filter(|chapter| {
                        let files = cited.get(&source.key);
                        chapter.file != file
                            && files.is_some_and(|f| f.contains(&chapter.file))
                    })
                    .map(|chapter| {
                        let href = inert(&address(file, &chapter.file));
                        let title = inert(&chapter.title);
                        format!("<a href=\"{href}\">{title}</a>")
                    })
                    .collect();
                let uses = match links.as_slice() {
                    [] => String::new(),
                    links => format!(
                        " <span class=\"cited-in\">Cited in: {}.</span>",
                        links.join(", ")
                    ),
                };
                let Source { key, .. } = source;
                format!("<li id=\"{key}\">{}.{uses}</li>", source.full())
            })
            .collect();
        format!("<ul class=\"bibliography\" role=\"list\">{entries}</ul>")
    }
}

/// The files that name a source, by its key.
pub type Citations = BTreeMap<String, BTreeSet<String>>;

/// Entries whose key is taken, which are taken out.
fn duplicates(
    file: &str,
    text: &str,
    raw: &mut RawBibliography<'_>,
) -> Vec<Problem> {
    let mut lines = BTreeMap::new();
    let mut problems = Vec::new();
    raw.entries.retain(|entry| {
        let key = &entry.v.key;
        let line = line_of(text, key.span.start);
        let Some(first) = lines.get(key.v) else {
            lines.insert(key.v, line);
            return true;
        };
        let what = format!("the key `{}` stands twice", key.v);
        problems.push(
            Problem::new(file, line, what)
                .mend(format!("the first is on line {first}")),
        );
        false
    });
    problems
}

/// The same error at the entry that has it: a brace that is never closed is
/// found at the end of the file only.
fn nearer(text: &str, error: ParseError) -> ParseError {
    let mut starts: Vec<usize> = text
        .match_indices('@')
        .map(|(at, _)| at)
        .filter(|at| text[..*at].is_empty() || text[..*at].ends_with('\n'))
        .collect();
    starts.push(text.len());
    for pair in starts.windows(2) {
        let Range { start, end } = pair[0]..pair[1];
        if let Err(mut within) = RawBibliography::parse(&text[start..end]) {
            let at = within.span.start;
            let is_at_end = at >= text[start..end].trim_end().len();
            within.span.start = if is_at_end { start } else { start + at };
            return within;
        }
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contents::{Listed, Part};

    fn entry(key: &str, author: &str, title: &str) -> String {
        format!(
            "@misc{{{key},\n  author = {{{author}}},\n  title = {{{title}}},\n  \
             year = {{2016}},\n  doi = {{10.1000/1}},\n}}\n\n"
        )
    }

    fn library(text: &str) -> (Library, Vec<Problem>) {
        Library::parsed("src/references.bib".into(), text)
    }

    #[test]
    fn sources_that_would_be_named_alike_get_letters() {
        let text = entry("he2016", "He, Kaiming", "Deep")
            + &entry("he2016b", "He, Kaiming", "Addition")
            + &entry("hu2016", "Hu, Edward", "Low");
        let (library, problems) = library(&text);
        assert_eq!(problems, []);
        let cited = |key: &str| library.get(key).unwrap().cited();
        assert_eq!(cited("he2016"), "He 2016b");
        assert_eq!(cited("he2016b"), "He 2016a");
        assert_eq!(cited("hu2016"), "Hu 2016");
        assert!(library.get("he2016").unwrap().full().contains("2016b"));
    }

    #[test]
    fn the_list_is_sorted_and_leads_back_in_reading_order() {
        let text = entry("zoph2016", "Zoph, Barret", "Z")
            + &entry("oz2016", "Öz, A.", "O")
            + &entry("abel2016", "Abel, N.", "A");
        let (library, _) = library(&text);
        let listed = |file: &str, title: &str| Listed {
            file: file.into(),
            title: title.into(),
        };
        let chapters = vec![
            listed("src/z.md", "First"),
            listed("src/a.md", "Second & last"),
            listed("src/b.md", "List"),
        ];
        let part = Part { title: None, chapters };
        let contents = Contents { parts: vec![part], has_drafts: false };
        let files = ["src/a.md", "src/b.md", "src/z.md"].map(Into::into);
        let cited = Citations::from([("oz2016".into(), files.into())]);
        let html = library.html("src/b.md", &cited, &contents);
        let at = |id: &str| html.find(&format!("<li id=\"{id}\">")).unwrap();
        assert!(at("abel2016") < at("oz2016") && at("oz2016") < at("zoph2016"));
        let back = "Cited in: <a href=\"z.md\">First</a>, \
                    <a href=\"a.md\">Second &amp; last</a>.</span></li>";
        assert!(html.contains(back), "{html}");
        assert_eq!(html.matches("Cited in").count(), 1);
        assert!(!html.contains('\n'));
        let keys: Vec<usize> =
            library.uncited(&cited).iter().map(|p| p.line).collect();
        assert_eq!(keys, [15, 1], "abel2016 and zoph2016, at their lines");
    }

    #[test]
    fn a_file_that_is_not_biblatex_is_refused_at_the_entry() {
        let good = entry("a2016", "A, B", "C");
        let wrong = [
            ("title = {C},", "title = {C,", 8),
            ("title = {C},", "title = {C}", 11),
            ("title = {C},", "title = C,", 10),
            ("title = {C},", "title {C},", 10),
            ("@misc{b2016,", "@misc b2016,", 8),
        ];
        for (from, to, line) in wrong {
            let second = entry("b2016", "A, B", "C").replace(from, to);
            let text = format!("{good}{second}{}", entry("c2016", "A, B", "C"));
            let (library, problems) = library(&text);
            assert_eq!(problems.len(), 1, "{to}: {problems:?}");
            assert_eq!(problems[0].line, line, "{to}: {}", problems[0]);
            assert!(!library.is_whole());
        }
    }

    #[test]
    fn a_key_that_is_taken_is_refused_with_both_lines() {
        let text = entry("a2016", "A, B", "C").repeat(2);
        let (_, problems) = library(&text);
        assert_eq!(problems.len(), 1);
        let said = problems[0].to_string();
        assert!(said.starts_with("src/references.bib:8:"), "{said}");
        assert!(said.ends_with("line 1"), "{said}");
    }

    #[test]
    fn no_file_is_an_empty_library() {
        let (library, problems) =
            Library::read(Path::new("/nowhere"), Path::new("src"));
        assert_eq!(problems, []);
        assert!(library.is_whole() && library.keys().next().is_none());
    }
}
