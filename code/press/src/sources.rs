//! What a book is made of: the files that a build reads.
//!
//! They are derived from the book, not listed: its `book.toml` names folders
//! and files, and its chapters name what they include, wherever that is.

#[cfg(test)]
mod tests;
mod watch;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use mdbook_driver::config::{Config, HtmlConfig};
use rayon::prelude::*;
use regex::{Captures, Regex};
use walkdir::{DirEntry, WalkDir};

use crate::{download, include::normal, lab, text};
pub(crate) use watch::{Wake, Watch};

/// What changed decides what is done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    /// Prose, style or configuration: new pages from the same runs.
    Prose,
    /// Code: this program is out of date.
    Code,
}

/// What this program is made of, as `build.rs` has it, and its compiler.
const CODE: [&str; 4] =
    ["code", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml"];

/// The files and folders that a book is made of.
#[derive(Debug, Clone)]
pub(crate) struct Sources {
    root: PathBuf,
    /// The manuscript and the theme.
    folders: [PathBuf; 2],
    /// Where book.toml wants the pages.
    pages: PathBuf,
    /// What book.toml or a chapter names: a file, a folder, or neither, yet.
    named: BTreeSet<PathBuf>,
}

/// The content of all files that a book is made of, each as a sum; none for a
/// file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snapshot(BTreeMap<PathBuf, Option<u32>>);

impl Sources {
    /// The sources of the book at `root`, as they are now. Whatever of it is
    /// broken is a build's to tell.
    pub(crate) fn of(root: &Path) -> Self {
        let root = root.canonicalize().unwrap_or_else(|_| root.into());
        let text = text::read(&root.join("book.toml")).unwrap_or_default();
        let config: Config = text.parse().unwrap_or_default();
        let html: Option<HtmlConfig> = config.get("output.html").ok().flatten();
        let theme = html.and_then(|html| html.theme);
        let theme = theme.unwrap_or_else(|| "theme".into());
        let folders = [config.book.src, theme].map(|f| normal(&root.join(f)));
        let pages = normal(&root.join(config.build.build_dir));
        let mut named = strings(&text);
        // A word that names nothing below the root is none of a file.
        named = named.iter().map(|name| normal(&root.join(name))).collect();
        named.retain(|path| !root.starts_with(path) && *path != pages);
        let mut sources = Self { root, folders, pages, named };
        sources.follow_includes();
        sources
    }

    fn follow_includes(&mut self) {
        let mut pages = files(&self.folders[0], &[]);
        pages.retain(|file| file.extension().is_some_and(|e| e == "md"));
        while let Some(page) = pages.pop() {
            let Ok(text) = fs::read(&page) else { continue };
            let text = String::from_utf8_lossy(&text);
            let folder = page.parent().unwrap_or(&page);
            for found in INCLUDE.captures_iter(&text) {
                let included = normal(&folder.join(argument(&found)));
                if self.named.insert(included.clone()) {
                    pages.push(included);
                }
            }
        }
    }

    /// Every file and folder of the sources, what is named twice twice.
    fn all(&self) -> impl Iterator<Item = PathBuf> {
        let known = ["book.toml"].into_iter().chain(CODE);
        known
            .map(|name| self.root.join(name))
            .chain(self.folders.clone())
            .chain(self.named.clone())
    }

    /// A source that is `folder`, or in it.
    pub(crate) fn within(&self, folder: &Path) -> Option<PathBuf> {
        let all = self.all().filter(|path| path.exists());
        [self.root.clone()]
            .into_iter()
            .chain(all)
            .find(|path| real(path).starts_with(folder))
    }

    /// A folder of the repository's sources that `folder` is in. Unlike what
    /// a build reads, that is all that is kept with them.
    pub(crate) fn around(&self, folder: &Path) -> Option<PathBuf> {
        let mut kept = self.folders.to_vec();
        let more = ["code", "tests", ".ci", ".github"];
        kept.extend(more.map(|name| self.root.join(name)));
        kept.into_iter().find(|path| folder.starts_with(real(path)))
    }

    /// What a build, ours or mdBook's, puts among the sources.
    fn left_out(&self) -> [PathBuf; 3] {
        let put = [lab::FOLDER, download::FOLDER];
        let [programs, files] = put.map(|name| self.folders[0].join(name));
        [self.pages.clone(), programs, files]
    }

    /// What a change of the file `path` means.
    fn kind(&self, path: &Path) -> Change {
        let code = CODE.map(|name| self.root.join(name));
        if code.iter().any(|code| path.starts_with(code)) {
            Change::Code
        } else {
            Change::Prose
        }
    }

    /// The content of all that a build would read.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let left_out = self.left_out();
        let files = self.all().flat_map(|path| files(&path, &left_out));
        let files: BTreeSet<PathBuf> = files.collect();
        let sum = |file: PathBuf| {
            let sum = fs::read(&file).ok().map(|bytes| crc32c::crc32c(&bytes));
            (file, sum)
        };
        Snapshot(files.into_par_iter().map(sum).collect())
    }

    /// The folders in which a source can change, come or go: all that it has,
    /// and the one that it stands in, or would.
    pub(crate) fn watched(&self) -> BTreeSet<PathBuf> {
        let left_out = self.left_out();
        let mut watched = BTreeSet::new();
        for path in self.all() {
            let mut outer = path.ancestors().skip(1);
            watched.extend(outer.find(|f| f.is_dir()).map(Path::to_path_buf));
            for entry in walked(&path, &left_out) {
                if entry.file_type().is_dir() {
                    watched.insert(entry.path().into());
                }
                // What a link leads to changes where it is.
                if entry.path_is_symlink()
                    && let Some(folder) = real(entry.path()).parent()
                {
                    watched.insert(folder.into());
                }
            }
        }
        watched.iter().map(|folder| real(folder)).collect()
    }

    /// What the difference of two snapshots means; nothing, where there is no
    /// difference.
    pub(crate) fn change(
        &self,
        from: &Snapshot,
        to: &Snapshot,
    ) -> Option<Change> {
        let differs = |(path, sum): (&PathBuf, _), other: &Snapshot| {
            (other.0.get(path) != Some(sum)).then(|| self.kind(path))
        };
        let gone = from.0.iter().filter_map(|file| differs(file, to));
        let new = to.0.iter().filter_map(|file| differs(file, from));
        gone.chain(new).max()
    }
}

/// What a chapter takes in, in each of mdBook's ways.
static INCLUDE: LazyLock<Regex> = LazyLock::new(|| {
    let ways = "include|rustdoc_include|playground|playpen|template";
    Regex::new(&format!(r"\{{\{{\s*#({ways})\s+([^}}]+)\}}\}}"))
        .expect("the pattern is a regular expression")
});

/// The file that is taken in. An excerpt may have a space in its path; what
/// else is taken in has words after it.
fn argument<'a>(found: &Captures<'a>) -> &'a str {
    let (way, all) = (&found[1], found.get(2).map_or("", |all| all.as_str()));
    let path = if way.ends_with("include") {
        all.split(':').next()
    } else {
        all.split_whitespace().next()
    };
    path.unwrap_or_default().trim()
}

/// All texts in a TOML file.
fn strings(text: &str) -> BTreeSet<PathBuf> {
    let table: toml::Table = text.parse().unwrap_or_default();
    let mut values = vec![toml::Value::Table(table)];
    let mut strings = BTreeSet::new();
    while let Some(value) = values.pop() {
        match value {
            toml::Value::String(text) => {
                strings.insert(text.into());
            }
            toml::Value::Array(array) => values.extend(array),
            toml::Value::Table(table) => {
                values.extend(table.into_iter().map(|(_, value)| value));
            }
            _ => {}
        }
    }
    strings
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.into())
}

fn files(path: &Path, left_out: &[PathBuf]) -> Vec<PathBuf> {
    let entries = walked(path, left_out).into_iter();
    entries
        .filter(|entry| !entry.file_type().is_dir())
        .map(DirEntry::into_path)
        .collect()
}

/// The files and folders at and below `path`, but for those that editors and
/// tools keep there for themselves.
fn walked(path: &Path, left_out: &[PathBuf]) -> Vec<DirEntry> {
    let is_source = |entry: &DirEntry| {
        let name = entry.file_name().to_string_lossy();
        let aside = name.starts_with(['.', '#'])
            || name.ends_with('~')
            || name == "node_modules";
        // What a chapter names is a source, whatever its name.
        entry.depth() == 0 || !aside
    };
    WalkDir::new(path)
        .follow_links(true)
        .into_iter()
        .filter_entry(|entry| {
            is_source(entry)
                && !left_out.iter().any(|folder| folder == entry.path())
        })
        .filter_map(Result::ok)
        .collect()
}
