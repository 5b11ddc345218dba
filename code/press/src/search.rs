//! The words that a reader can look for: those that a reader sees.
//!
//! mdBook's own index has each formula three times, as MathML, as TeX and as
//! what KaTeX drew, and every number of every table. So it is written anew
//! from the pages: a formula once, as a reader would type it; a glossary entry
//! as a document of its own; no data of figures. mdBook's search and its page
//! stay as they are; the index brings `search/question.js` along, which reads a
//! question as [`term`] reads a page.

mod formula;
mod words;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use elasticlunr::{
    document_store::DocumentStore, inverted_index::InvertedIndex,
};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::text;

pub use formula::spoken;
pub use words::{Section, sections, term, terms};

/// What reads a question. It stands in the index's own file, for that may be
/// there before any other script of the page.
const QUESTION: &[u8] = include_bytes!("search/question.js");

fn question() -> String {
    text::level(&String::from_utf8_lossy(QUESTION))
}

/// What stands around the index in its file.
const BEFORE: &str =
    "window.search = Object.assign(window.search, JSON.parse('";
const AFTER: &str = "'));";

/// mdBook's index, as far as it is needed: its settings, and where it has
/// found what.
#[derive(Deserialize)]
struct OfMdbook {
    results_options: Value,
    search_options: Value,
    doc_urls: Vec<String>,
    index: IndexOfMdbook,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IndexOfMdbook {
    document_store: DocumentStore,
}

/// Writes the index of the site anew, if it has one.
///
/// # Errors
/// If a file cannot be read or written, or mdBook's index is none.
pub fn rewrite(site: &Path) -> io::Result<()> {
    let Some(file) = file_of(site)? else { return Ok(()) };
    let old: OfMdbook = parsed(&text::read(&file)?).map_err(|why| {
        io::Error::other(format!("{}: {why}", file.display()))
    })?;
    let mut index = Index::default();
    for (page, trail) in pages(&old) {
        let html = text::read(&site.join(&page))?;
        // Who looks for a word wants the page that explains it: a chapter
        // rather than what is about it, and an exercise's answer last.
        let weight = match () {
            () if trail.contains(" » ") => 0.05,
            () if html.contains("class=\"chapter-goals\"") => 1.0,
            () => 0.5,
        };
        for section in sections(&html) {
            index.add(&page, &trail, &section, weight);
        }
    }
    let written = index.written(&old);
    let hash = Sha256::digest(&written);
    let name = name_of(&file).to_string();
    let new = format!(
        "searchindex-{:02x}{:02x}{:02x}{:02x}.js",
        hash[0], hash[1], hash[2], hash[3]
    );
    fs::remove_file(&file)?;
    fs::write(site.join(&new), written)?;
    renamed(site, &name, &new)
}

fn name_of(file: &Path) -> &str {
    file.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn file_of(site: &Path) -> io::Result<Option<PathBuf>> {
    for entry in fs::read_dir(site)? {
        let path = entry?.path();
        let name = name_of(&path);
        if name.starts_with("searchindex") && name.ends_with(".js") {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

fn parsed(text: &str) -> Result<OfMdbook, String> {
    let json = text
        .strip_prefix(BEFORE)
        .and_then(|rest| rest.strip_suffix(AFTER))
        .ok_or("this is not the index that mdBook 0.5.4 writes")?
        .replace("\\'", "'")
        .replace("\\\\", "\\");
    serde_json::from_str(&json).map_err(|why| why.to_string())
}

/// The pages in the order of the book, each with the titles that lead to it.
fn pages(old: &OfMdbook) -> Vec<(String, String)> {
    let mut pages: Vec<(String, String)> = Vec::new();
    for (i, url) in old.doc_urls.iter().enumerate() {
        let page = url.split('#').next().unwrap_or_default();
        if pages.last().is_some_and(|(last, _)| last == page) {
            continue;
        }
        let doc = old.index.document_store.docs.get(&i.to_string());
        let field =
            |name| doc.and_then(|doc| doc.get(name)).map_or("", String::as_str);
        let trail = field("breadcrumbs");
        let end = format!(" » {}", field("title"));
        let trail = trail.strip_suffix(end.as_str()).unwrap_or(trail);
        pages.push((page.into(), trail.into()));
    }
    pages
}

/// Puts the new name of the index in the place of the old one, wherever a page
/// or mdBook's script asks for it.
fn renamed(site: &Path, old: &str, new: &str) -> io::Result<()> {
    for entry in walkdir::WalkDir::new(site) {
        let entry = entry.map_err(io::Error::from)?;
        let name = name_of(entry.path());
        let asks = name.ends_with(".html")
            || name.starts_with("searcher") && name.ends_with(".js");
        if !asks {
            continue;
        }
        let page = text::read(entry.path())?;
        if page.contains(old) {
            fs::write(entry.path(), page.replace(old, new))?;
        }
    }
    Ok(())
}

/// The index that is being written.
struct Index {
    urls: Vec<String>,
    documents: DocumentStore,
    title: InvertedIndex,
    body: InvertedIndex,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            urls: Vec::new(),
            documents: DocumentStore::new(true),
            title: InvertedIndex::new(),
            body: InvertedIndex::new(),
        }
    }
}

impl Index {
    fn add(&mut self, page: &str, trail: &str, section: &Section, weight: f64) {
        let number = self.urls.len().to_string();
        self.urls.push(match section.id.as_str() {
            "" => page.into(),
            id => format!("{page}#{id}"),
        });
        let weight = weight * if section.is_entry { 2.0 } else { 1.0 };
        let last = trail.rsplit(" » ").next().unwrap_or_default();
        let title = match section.title.as_str() {
            "" => last,
            title => title,
        };
        let mut title_terms = terms(title);
        title_terms.extend(section.names.iter().flat_map(|name| terms(name)));
        // A word of the title belongs to what stands below it, and so does
        // one of the chapter's: whoever looks for two words may find one here
        // and one there.
        let mut body_terms = section.terms.clone();
        body_terms.extend(title_terms.iter().cloned());
        body_terms.extend(terms(last));
        for (field, index, terms) in [
            ("title", &mut self.title, title_terms),
            ("body", &mut self.body, body_terms),
        ] {
            self.documents.add_field_length(&number, field, terms.len());
            let mut counts = BTreeMap::new();
            for term in terms {
                *counts.entry(term).or_insert(0.0) += 1.0;
            }
            for (term, count) in counts {
                index.add_token(&number, &term, weight * f64::sqrt(count));
            }
        }
        let breadcrumbs = if last == title {
            trail.to_string()
        } else {
            format!("{trail} » {title}")
        };
        let document = [
            ("id", number.as_str()),
            ("title", title),
            ("body", &section.text),
            ("breadcrumbs", &breadcrumbs),
        ];
        let document =
            document.map(|(field, text)| (field.to_string(), text.to_string()));
        self.documents.add_doc(&number, document.into());
    }

    /// The file as mdBook's page loads it.
    fn written(&self, old: &OfMdbook) -> String {
        let Self { urls, documents, title, body } = self;
        let index = json!({
            "version": elasticlunr::ELASTICLUNR_VERSION,
            "lang": "English",
            "ref": "id",
            "fields": ["title", "body", "breadcrumbs"],
            "pipeline": ["term"],
            "documentStore": documents,
            "index": {
                "title": title,
                "body": body,
                "breadcrumbs": InvertedIndex::new(),
            },
        });
        let all = json!({
            "results_options": old.results_options,
            "search_options": old.search_options,
            "doc_urls": urls,
            "index": index,
        });
        let json = all.to_string().replace('\\', "\\\\").replace('\'', "\\'");
        format!("{}{BEFORE}{json}{AFTER}", question())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_read_as_it_is_written() {
        let old = OfMdbook {
            results_options: json!({"limit": 1}),
            search_options: json!({}),
            doc_urls: Vec::new(),
            index: IndexOfMdbook { document_store: DocumentStore::new(true) },
        };
        let mut index = Index::default();
        let html = "<main><h1 id=\"a\">It's \\ “<i>a</i>”</h1>b\\'\n</main>";
        for section in sections(html) {
            index.add("a.html", "Part » A", &section, 1.0);
        }
        let written = index.written(&old);
        let data = written.strip_prefix(&question()).unwrap();
        let read = parsed(data).unwrap();
        assert_eq!(read.doc_urls, ["a.html#a"]);
        let pages = pages(&read);
        assert_eq!(pages, [("a.html".into(), "Part » A".into())]);
        let doc = read.index.document_store.get_doc("0").unwrap();
        assert_eq!(doc["body"], "b\\'");
        assert_eq!(doc["title"], "It's \\ “a”");
    }
}
