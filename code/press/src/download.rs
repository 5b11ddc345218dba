//! What a reader of a chapter can take along: its program as a notebook for
//! each framework, and its programs as a Rust project.

use std::{collections::BTreeMap, fs, path::Path, sync::LazyLock};

use anyhow::Context as _;
use regex::Regex;

use crate::{Bridge, Contents, Manuscript, directive, project::Projects, text};

/// Where the files stand, below the root of the book.
pub(crate) const FOLDER: &str = "download";

/// The program in a listing of a chapter.
static PROGRAM: LazyLock<Regex> = LazyLock::new(|| {
    let path = r"\.\./code/((?:slope|probe)/examples/([a-z_]+)\.rs)";
    Regex::new(&format!(r"\{{\{{#include {path}\}}\}}"))
        .expect("the pattern is a regular expression")
});

/// The files that the pages of a book offer, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Downloads(BTreeMap<String, Vec<u8>>);

impl Downloads {
    /// What the chapters of a manuscript offer.
    ///
    /// # Errors
    /// If a program cannot be read or packed.
    pub fn of(
        root: &Path,
        manuscript: &Manuscript,
        contents: &Contents,
    ) -> anyhow::Result<Self> {
        let mut files = BTreeMap::new();
        let offering: Vec<_> = manuscript
            .0
            .iter()
            .flat_map(|(file, text)| {
                let names = directive::arguments(text, "framework");
                names.into_iter().map(move |name| (file, text, name))
            })
            .collect();
        if offering.is_empty() {
            return Ok(Self(files));
        }
        let (bridge, _) = Bridge::read(root);
        let projects = Projects::read(root)?;
        for (file, text, name) in offering {
            files.extend(bridge.downloads(name));
            let mut programs = programs(root, text)?;
            programs.sort_by_key(|(program, _)| program != name);
            let title = contents.title(file).unwrap_or(name);
            let zip = projects.archive(title, name, &programs);
            let zip = zip.with_context(|| format!("cannot pack {name}.zip"))?;
            files.insert(format!("{name}.zip"), zip);
        }
        Ok(Self(files))
    }

    /// Puts the files below `pages`, and takes out what is no longer offered.
    /// Written without need, one would look like a change of the manuscript.
    ///
    /// # Errors
    /// If one cannot be written.
    pub fn put(&self, pages: &Path) -> anyhow::Result<()> {
        let folder = pages.join(FOLDER);
        for old in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = old.file_name();
            if name.to_str().is_none_or(|name| !self.0.contains_key(name)) {
                let _ = fs::remove_file(old.path());
            }
        }
        for (name, bytes) in &self.0 {
            let file = folder.join(name);
            if fs::read(&file).ok().as_ref() != Some(bytes) {
                let why = || format!("cannot write {}", file.display());
                fs::create_dir_all(&folder).with_context(why)?;
                fs::write(&file, bytes).with_context(why)?;
            }
        }
        Ok(())
    }
}

/// The programs that a chapter prints whole, by name.
fn programs(root: &Path, page: &str) -> anyhow::Result<Vec<(String, String)>> {
    let listed = PROGRAM.captures_iter(page);
    listed
        .map(|found| {
            let file = root.join("code").join(&found[1]);
            let text = text::read(&file).map_err(anyhow::Error::new);
            let text = text
                .with_context(|| format!("cannot read {}", file.display()))?;
            Ok((found[2].to_string(), text))
        })
        .collect()
}
