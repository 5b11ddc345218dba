//! Where a book may be written: into a folder that is new, or empty, or that
//! holds a book that `press` made and nothing else.
//!
//! A book takes the place of what was there as a whole, so everything else is
//! refused before anything is touched.

mod manifest;
mod staging;
#[cfg(test)]
mod tests;

use std::{
    env, fmt, fs, io,
    path::{Component, Path, PathBuf},
};

use crate::sources::Sources;
pub(crate) use manifest::MARKER;
use manifest::Manifest;
pub(crate) use staging::Staging;

/// A folder that a book may be written to.
#[derive(Debug, Clone)]
pub struct Destination {
    /// Without links and `..`.
    folder: PathBuf,
}

/// Why no book is written to a folder, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no book is written to {}: {why}\n    {mend}", folder.display())]
pub struct Refused {
    folder: PathBuf,
    why: String,
    mend: String,
}

impl Refused {
    fn new(folder: &Path, why: impl Into<String>) -> Self {
        let mend = "name a folder that is new or empty, such as --dest book";
        Self { folder: folder.into(), why: why.into(), mend: mend.into() }
    }

    fn mend(self, mend: impl Into<String>) -> Self {
        Self { mend: mend.into(), ..self }
    }

    /// A folder that cannot be renamed, so that no book can take its place.
    fn mounted(folder: &Path) -> Self {
        let within = folder.join("book");
        Self::new(folder, "it is the root of a file system").mend(format!(
            "name a folder within it, such as --dest {}",
            within.display()
        ))
    }
}

impl Destination {
    /// The folder `dest`, if a book of the sources at `root` may be written to
    /// it; if it is not absolute, it is below `root`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn of(root: &Path, dest: &Path) -> Result<Self, Refused> {
        let given = root.join(dest);
        let folder = real(&given).map_err(|error| {
            Refused::new(&given, format!("it cannot be found: {error}"))
        })?;
        let it = Self { folder };
        it.is_no_place_of_its_own(&Sources::of(root))?;
        let _alone = staging::alone(&it);
        it.check()?;
        Ok(it)
    }

    /// The folder itself, without links and `..`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A short name of the book that is there now, by all its bytes; none if
    /// there is none.
    pub fn id(&self) -> Option<String> {
        Manifest::read(&self.folder).map(|made| made.id())
    }

    /// The folder that it stands in. One without is refused.
    fn parent(&self) -> &Path {
        self.folder.parent().unwrap_or(&self.folder)
    }

    /// Refuses what is something else than a book, be it empty or not.
    fn is_no_place_of_its_own(&self, sources: &Sources) -> Result<(), Refused> {
        let refused = |why: String| Err(Refused::new(&self.folder, why));
        if self.folder.parent().is_none() {
            return refused("it is the root of the file system".into());
        }
        let home = env::home_dir().and_then(|home| home.canonicalize().ok());
        if home.is_some_and(|home| home.starts_with(&self.folder)) {
            return refused("it is your home, or holds it".into());
        }
        if let Some(held) = sources.within(&self.folder) {
            return refused(format!(
                "the sources of the book are in it: {}",
                held.display()
            ));
        }
        if let Some(holds) = sources.around(&self.folder) {
            return refused(format!(
                "it is in {}, with the sources of the book",
                holds.display()
            ));
        }
        if self.folder.components().any(|part| part.as_os_str() == ".git") {
            return refused("it is a part of a git repository".into());
        }
        if self.folder.join(".git").symlink_metadata().is_ok() {
            return refused("it is the root of a git repository".into());
        }
        if is_mounted(&self.folder) {
            return Err(Refused::mounted(&self.folder));
        }
        Ok(())
    }

    /// Refuses what holds something that `press` did not write.
    fn check(&self) -> Result<(), Refused> {
        let refused = |why: String| Refused::new(&self.folder, why);
        match fs::metadata(&self.folder) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(refused("it is not a folder".into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(());
            }
            Err(error) => {
                return Err(refused(format!("it cannot be read: {error}")));
            }
        }
        let found = Manifest::of(&self.folder).map_err(|error| {
            refused(format!("not all of it can be read: {error}"))
        })?;
        let Some(made) = Manifest::read(&self.folder) else {
            return self.is_free(&found);
        };
        let foreign = found.foreign(&made);
        let Some((name, changed)) = foreign.first() else { return Ok(()) };
        let what = if *changed {
            format!("{name} is not as `press` wrote it")
        } else {
            format!("`press` did not write {name}, which is in it")
        };
        let mend = "the whole folder is replaced by a build: move that \
                    elsewhere or delete it, or name another folder with --dest";
        Err(refused(what + &and_more(foreign.len() - 1)).mend(mend))
    }

    /// A folder that `press` did not make must be empty.
    fn is_free(&self, found: &Manifest) -> Result<(), Refused> {
        let top: Vec<&str> =
            found.names().filter(|name| !name.contains('/')).collect();
        let marker = self.folder.join(manifest::MARKER);
        let Some(first) = top.first() else {
            if found.is_empty() && !marker.exists() {
                return Ok(());
            }
            let why = format!("{} is not as it was written", manifest::MARKER);
            return Err(Refused::new(&self.folder, why)
                .mend("delete that file, and build again"));
        };
        let why = format!(
            "it is not empty, and `press` did not make it; {first} is in it{}",
            and_more(top.len() - 1)
        );
        let refused = Refused::new(&self.folder, why);
        // mdBook writes it, and hardly anybody else.
        if !top.contains(&".nojekyll") {
            return Err(refused);
        }
        Err(refused.mend(
            "if it is a book that mdbook or an older press made, delete it \
             and build again; if not, name another folder with --dest",
        ))
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.folder.display().fmt(f)
    }
}

fn and_more(others: usize) -> String {
    match others {
        0 => String::new(),
        n => format!(", and {n} more"),
    }
}

/// A path without links and `..`. What does not exist has neither.
fn real(path: &Path) -> io::Result<PathBuf> {
    let mut real = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                real.pop();
            }
            Component::CurDir => {}
            part => real.push(part),
        }
        match real.symlink_metadata() {
            // A link that leads nowhere is an error.
            Ok(found) if found.is_symlink() => real = real.canonicalize()?,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    // Where names have no case, the one that is on the disk.
    Ok(real.canonicalize().unwrap_or(real))
}

/// Whether a folder is on another file system than the one it stands in.
#[cfg(unix)]
fn is_mounted(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| fs::metadata(path).map(|found| found.dev()).ok();
    let parent = folder.parent().and_then(device);
    device(folder).is_some_and(|own| parent.is_some_and(|its| its != own))
}

#[cfg(not(unix))]
fn is_mounted(_: &Path) -> bool {
    false
}
