//! What `press` wrote into a book, file by file: a book is replaced only if
//! it holds nothing else.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
use rayon::prelude::*;
use walkdir::WalkDir;

use crate::text;

/// The file that says that `press` made the folder, and what it put there.
pub(crate) const MARKER: &str = ".made-by-press";

const HEAD: &str = "\
This folder is a book that `press` made. Its next build replaces all that is
listed here, and refuses to if there is anything else, or something changed.
";

/// A name has one line, whatever it is made of.
const UNLIKE_A_LINE: &AsciiSet = &CONTROLS.add(b'%');

/// What a folder holds, by the path below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manifest(BTreeMap<String, Entry>);

/// One thing that a folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    Folder,
    /// The CRC-32C of its bytes: against accidents, not against anybody.
    File(u32),
    /// A link, a socket, or what cannot be read: never made by a build.
    Other,
}

impl Entry {
    fn text(self) -> String {
        match self {
            Entry::Folder => "folder  ".into(),
            Entry::File(sum) => format!("{sum:08x}"),
            Entry::Other => "other   ".into(),
        }
    }

    fn read(text: &str) -> Option<Self> {
        match text.trim_end() {
            "folder" => Some(Entry::Folder),
            sum => u32::from_str_radix(sum, 16).ok().map(Entry::File),
        }
    }
}

impl Manifest {
    /// What is in `folder`, but for the marker itself.
    pub(super) fn of(folder: &Path) -> io::Result<Self> {
        let found = below(folder)?;
        let entry = |(name, path): (String, PathBuf)| {
            let kind = fs::symlink_metadata(&path)?.file_type();
            let entry = if kind.is_dir() {
                Entry::Folder
            } else if kind.is_file() {
                let bytes = fs::read(&path);
                bytes.map_or(Entry::Other, |b| Entry::File(crc32c::crc32c(&b)))
            } else {
                Entry::Other
            };
            Ok((name, entry))
        };
        let entries: io::Result<_> = found.into_par_iter().map(entry).collect();
        Ok(Self(entries?))
    }

    /// What `press` wrote into `folder`, if it made that.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        let text = text::read(&folder.join(MARKER)).ok()?;
        let lines = text.strip_prefix(HEAD)?.lines();
        let entry = |line: &str| {
            let (entry, name) = line.split_at_checked(10)?;
            Some((name.to_string(), Entry::read(entry)?))
        };
        lines.map(entry).collect::<Option<_>>().map(Self)
    }

    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        fs::write(folder.join(MARKER), self.text())
    }

    fn text(&self) -> String {
        let line = |(name, entry): (&String, &Entry)| {
            format!("{}  {name}\n", entry.text())
        };
        HEAD.to_string() + &self.0.iter().map(line).collect::<String>()
    }

    /// A short name of these very bytes.
    pub(super) fn id(&self) -> String {
        format!("{:08x}", crc32c::crc32c(self.text().as_bytes()))
    }

    /// Whether there is nothing in the folder.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of all entries.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// What is here and is not in `made`: by name, and whether it is there
    /// with another content. Below a folder that is foreign, nothing is named.
    pub(super) fn foreign(&self, made: &Self) -> Vec<(&str, bool)> {
        let mut foreign: Vec<(&str, bool)> = Vec::new();
        for (name, entry) in &self.0 {
            let within = |(folder, _): &(&str, bool)| {
                let rest = name.strip_prefix(folder);
                rest.is_some_and(|rest| rest.starts_with('/'))
            };
            if made.0.get(name) != Some(entry) && !foreign.iter().any(within) {
                foreign.push((name, made.0.contains_key(name)));
            }
        }
        foreign
    }
}

/// Deletes from `folder` what its marker lists, and the folder if nothing else
/// was in it; gives whether it is gone.
pub(super) fn remove_made(folder: &Path) -> io::Result<bool> {
    let made = Manifest::read(folder).unwrap_or(Manifest([].into()));
    let mut alone = true;
    // A folder comes before what is in it, so it is emptied first.
    for (name, path) in below(folder)?.into_iter().rev() {
        let kind = fs::symlink_metadata(&path)?.file_type();
        match made.0.get(&name) {
            Some(Entry::Folder) if kind.is_dir() => {
                // What is not listed keeps its folder.
                alone &= fs::remove_dir(path).is_ok();
            }
            Some(Entry::File(_)) if kind.is_file() => fs::remove_file(path)?,
            _ => alone = false,
        }
    }
    if alone {
        fs::remove_dir_all(folder)?;
    }
    Ok(alone)
}

/// All that is below `folder` but for its marker, by its name in a manifest,
/// each folder before what is in it.
fn below(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in WalkDir::new(folder).min_depth(1).sort_by_file_name() {
        let path = entry?.into_path();
        let Ok(name) = path.strip_prefix(folder) else { continue };
        if name != Path::new(MARKER) {
            found.push((name_of(name), path));
        }
    }
    Ok(found)
}

fn name_of(path: &Path) -> String {
    let part = |part: std::path::Component<'_>| {
        let bytes = part.as_os_str().as_encoded_bytes();
        percent_encode(bytes, UNLIKE_A_LINE).to_string()
    };
    path.components().map(part).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("fonts")).unwrap();
        fs::write(folder.path().join("fonts/a b%\n.css"), "a").unwrap();
        fs::write(folder.path().join("größe.html"), "b").unwrap();
        let made = Manifest::of(folder.path()).unwrap();
        made.write(folder.path()).unwrap();
        assert_eq!(made.names().count(), 3);
        assert_eq!(Manifest::read(folder.path()), Some(made.clone()));
        assert_eq!(Manifest::of(folder.path()).unwrap(), made);
    }

    #[test]
    fn half_a_marker_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let marker = folder.path().join(MARKER);
        for text in ["", &HEAD[..40], "index.html\n", "rm -rf /\n"] {
            fs::write(&marker, text).unwrap();
            assert_eq!(Manifest::read(folder.path()), None, "{text:?}");
        }
        fs::write(&marker, HEAD.to_string() + "0000").unwrap();
        assert_eq!(Manifest::read(folder.path()), None);
    }

    #[test]
    fn what_is_not_listed_is_not_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let book = folder.path().join("book");
        fs::create_dir_all(book.join("fonts")).unwrap();
        fs::write(book.join("index.html"), "a").unwrap();
        fs::write(book.join("fonts/a.css"), "b").unwrap();
        Manifest::of(&book).unwrap().write(&book).unwrap();
        fs::write(book.join("fonts/mine.css"), "c").unwrap();
        assert!(!remove_made(&book).unwrap());
        assert!(!book.join("index.html").exists());
        assert!(book.join("fonts/mine.css").is_file());
        fs::remove_file(book.join("fonts/mine.css")).unwrap();
        assert!(remove_made(&book).unwrap());
        assert!(!book.exists());
    }
}
