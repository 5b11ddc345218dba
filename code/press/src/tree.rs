//! The files of a book as mdBook is to see them.
//!
//! mdBook reads chapters, excerpts, style sheets and scripts for itself, names
//! some after a hash of their bytes, and copies others. Where all texts have
//! level line ends, it is given the book as it is; where one has not, a copy
//! that has.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rayon::prelude::*;
use tempfile::TempDir;
use walkdir::{DirEntry, WalkDir};

use crate::{destination::MARKER, text};

/// A book whose texts all have level line ends.
#[derive(Debug)]
pub enum Tree {
    /// The book itself.
    Itself(PathBuf),
    /// A copy, which goes when this does.
    Copy(TempDir),
}

impl Tree {
    /// The book at `root`, without the folder that its pages are built into.
    ///
    /// # Errors
    /// If a file cannot be read, or one of a copy not be written; the message
    /// names it.
    pub fn of(root: &Path, pages: &Path) -> io::Result<Self> {
        let names = names(root, &root.join(pages))?;
        let read = |name: &PathBuf| {
            let file = root.join(name);
            let bytes = fs::read(&file).map_err(|e| of_path(&file, &e))?;
            let level = text::levelled(&bytes);
            let uneven = level.is_some();
            Ok((uneven, level.map_or(bytes, String::into_bytes)))
        };
        let files: Vec<_> =
            names.par_iter().map(read).collect::<io::Result<_>>()?;
        if !files.iter().any(|(uneven, _)| *uneven) {
            return Ok(Self::Itself(root.into()));
        }
        let copy = tempfile::Builder::new().prefix("book-").tempdir()?;
        for (name, (_, bytes)) in names.iter().zip(files) {
            let file = copy.path().join(name);
            let written = fs::create_dir_all(file.parent().unwrap_or(&file))
                .and_then(|()| fs::write(&file, bytes));
            written.map_err(|error| of_path(&file, &error))?;
        }
        Ok(Self::Copy(copy))
    }

    /// Where mdBook is to find the book.
    pub fn root(&self) -> &Path {
        match self {
            Self::Itself(root) => root,
            Self::Copy(copy) => copy.path(),
        }
    }
}

/// The files below `root` that a page can be made of, relative to it.
fn names(root: &Path, pages: &Path) -> io::Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    let entries = WalkDir::new(root)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| !is_apart(entry, pages));
    for entry in entries {
        // A link that leads nowhere is no file of the book.
        let Ok(entry) = entry else { continue };
        if entry.file_type().is_file()
            && let Ok(name) = entry.path().strip_prefix(root)
        {
            names.push(name.to_path_buf());
        }
    }
    Ok(names)
}

/// What lies in the folder of a book and is no part of it: pages, what a
/// program keeps there, and what is hidden.
fn is_apart(entry: &DirEntry, pages: &Path) -> bool {
    let name = entry.file_name().to_string_lossy();
    entry.depth() > 0
        && entry.file_type().is_dir()
        && (name.starts_with('.')
            || name == "node_modules"
            || (name == "target" && entry.depth() == 1)
            || entry.path() == pages
            || entry.path().join(MARKER).exists()
            || entry.path().join("CACHEDIR.TAG").exists())
}

/// The same error with the path it is about.
fn of_path(path: &Path, error: &io::Error) -> io::Error {
    let what = format!("cannot copy {}: {error}", path.display());
    io::Error::new(error.kind(), what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_book_with_other_line_ends_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let files = [
            ("src/a.md", "# A\n"),
            ("theme/a.css", "a {}\n"),
            ("book/a.html", "<p>\r\n"),
            (".git/config", "[core]\r\n"),
            ("out/CACHEDIR.TAG", ""),
            ("out/a.md", "# A\r\n"),
        ];
        for (name, text) in files {
            let file = root.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let tree = Tree::of(root, Path::new("book")).unwrap();
        assert_eq!(tree.root(), root);

        fs::write(root.join("theme/a.css"), "\u{feff}a {}\r\n").unwrap();
        fs::write(root.join("theme/a.woff2"), b"\0\r\n").unwrap();
        let tree = Tree::of(root, Path::new("book")).unwrap();
        let copy = tree.root().to_path_buf();
        let read = |name: &str| fs::read(copy.join(name)).unwrap();
        assert_eq!(read("theme/a.css"), b"a {}\n");
        assert_eq!(read("theme/a.woff2"), b"\0\r\n");
        assert_eq!(read("src/a.md"), b"# A\n");
        assert!(!copy.join("book").exists() && !copy.join("out").exists());
        drop(tree);
        assert!(!copy.exists(), "the copy goes");
        assert_eq!(fs::read(root.join("theme/a.css")).unwrap().len(), 9);
    }
}
