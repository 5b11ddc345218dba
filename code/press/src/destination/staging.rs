//! A fresh folder beside a destination, in which a book is built, and from
//! which it is swapped in.
//!
//! ```text
//! .press-NAME-RANDOM/     beside the destination, on the same file system
//!     lock                locked while its build lives
//!     building/           the pages, until they are checked
//!     pages/              whole and checked; then what stood there before
//!     replaced-N/         the old book, where two folders cannot be exchanged
//! ```
//!
//! Whenever a build is killed, the destination is a whole book: on Linux and
//! macOS the two folders change places in one step. Elsewhere the old book is
//! first moved aside; a kill between the two moves is mended by the next
//! build, which finds the destination missing and a whole book here.

use std::{
    fs::{self, File},
    hash::{BuildHasher, RandomState},
    io,
    path::{Path, PathBuf},
};

use anyhow::Context;

use super::{Destination, Refused, manifest};
use manifest::Manifest;

/// A build's own folder. It is deleted with this value; that of a build that
/// was killed, by the next build.
pub(crate) struct Staging<'a> {
    destination: &'a Destination,
    folder: PathBuf,
    /// Folders that had to be made to stand beside the destination.
    parents: Vec<PathBuf>,
    /// The system gives the lock back when the process ends, however it ends.
    _lock: File,
}

impl<'a> Staging<'a> {
    /// A new one. What dead builds have left is mended and removed.
    ///
    /// # Errors
    /// If no folder can be made beside the destination.
    pub(crate) fn beside(destination: &'a Destination) -> anyhow::Result<Self> {
        let parent = destination.parent();
        let parents = missing(parent);
        fs::create_dir_all(parent).with_context(|| no_room(destination))?;
        let prefix = prefix(destination);
        for left in stagings(parent, &prefix) {
            // Its own build may remove it at the same time.
            if let Err(error) = tidied(&left, destination.folder())
                && error.kind() != io::ErrorKind::NotFound
            {
                eprintln!(
                    "{}, left by a build that was broken off, cannot be \
                     removed: {error}",
                    left.display()
                );
            }
        }
        let (folder, lock) = loop {
            let random = RandomState::new().hash_one(std::process::id());
            let folder = parent.join(format!("{prefix}{random:016x}"));
            if let Some(lock) =
                locked(&folder).with_context(|| no_room(destination))?
            {
                break (folder, lock);
            }
        };
        let staging = Self { destination, folder, parents, _lock: lock };
        fs::create_dir(staging.building())
            .with_context(|| no_room(destination))?;
        Ok(staging)
    }

    /// Where the pages are built.
    pub(crate) fn building(&self) -> PathBuf {
        self.folder.join("building")
    }

    /// Puts the pages, which are whole and checked, in the place of the book.
    ///
    /// # Errors
    /// If the destination has become one that is refused, or the folders
    /// cannot be renamed; the old book then stays.
    pub(crate) fn swap_in(self) -> anyhow::Result<()> {
        let (pages, book) = (self.folder.join("pages"), self.destination);
        let cannot = || {
            let folder = book.folder().display();
            format!("the new book cannot be put in the place of {folder}")
        };
        let built = self.building();
        Manifest::of(&built)
            .and_then(|made| made.write(&built))
            .with_context(cannot)?;
        let alone = alone(book);
        // Somebody may have put something there while the pages were built.
        book.check()?;
        if let Ok(old) = fs::metadata(book.folder()) {
            fs::set_permissions(&built, old.permissions())
                .with_context(cannot)?;
        }
        fs::rename(&built, &pages).with_context(cannot)?;
        let old = match swapped(&pages, book.folder(), &self.folder) {
            Ok(old) => old,
            Err(error) if is_a_border(&error) => {
                return Err(Refused::mounted(book.folder()).into());
            }
            Err(error) => return Err(error).with_context(cannot),
        };
        drop(alone);
        if let Some(old) = old {
            gone(&old);
        }
        Ok(())
    }
}

/// Holds other builds off until it is dropped: one that looks at a book while
/// it is replaced would see some of each. Where a folder cannot be locked, it
/// may then refuse the book; none is harmed.
pub(super) fn alone(destination: &Destination) -> Option<File> {
    let parent = File::open(destination.parent()).ok()?;
    parent.lock().ok()?;
    Some(parent)
}

impl Drop for Staging<'_> {
    fn drop(&mut self) {
        // What cannot be removed now, the next build removes.
        let _ = emptied(&self.folder);
        for parent in &self.parents {
            // Only what is empty is removed.
            let _ = fs::remove_dir(parent);
        }
    }
}

fn no_room(destination: &Destination) -> String {
    format!(
        "a book is built beside its destination, and there is no room for it \
         in {}",
        destination.parent().display()
    )
}

/// The folders that are missing on the way to `folder`, the innermost first.
fn missing(folder: &Path) -> Vec<PathBuf> {
    let missing = folder.ancestors().take_while(|folder| !folder.exists());
    missing.map(Path::to_path_buf).collect()
}

/// How the folders of builds for this destination begin. Its name may be as
/// long as a name can be.
fn prefix(destination: &Destination) -> String {
    let name = destination.folder().file_name().unwrap_or_default();
    let name = crc32c::crc32c(name.as_encoded_bytes());
    format!(".press-{name:08x}-")
}

/// The folders of builds, living or dead.
fn stagings(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    entries
        .filter(|e| e.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path())
        .collect()
}

/// Makes `folder` and locks it; none if it is taken, or another build has
/// taken it for a dead one's before it was locked.
fn locked(folder: &Path) -> io::Result<Option<File>> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Ok(None);
        }
        made => made?,
    }
    let file = folder.join("lock");
    let lock = match File::create(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(None);
        }
        lock => lock?,
    };
    match lock.try_lock() {
        Err(fs::TryLockError::WouldBlock) => return Ok(None),
        // A file system without locks: then nobody takes it for dead, either.
        Err(fs::TryLockError::Error(_)) | Ok(()) => {}
    }
    Ok(file.exists().then_some(lock))
}

/// Mends and removes what a dead build has left; a living one is let be.
fn tidied(left: &Path, destination: &Path) -> io::Result<()> {
    let file = left.join("lock");
    let Ok(lock) = File::open(&file) else {
        // It was killed before it had begun, or is about to begin: then it
        // finds its folder gone, and takes another.
        let _ = fs::remove_dir(left);
        return Ok(());
    };
    if lock.try_lock().is_err() {
        return Ok(());
    }
    // `pages` is newer than what it would have replaced.
    for book in books(left)? {
        if !destination.exists() && is_whole(&book) {
            fs::rename(book, destination)?;
        }
    }
    emptied(left)
}

/// Removes a build's folder, but for what no build has made.
fn emptied(folder: &Path) -> io::Result<()> {
    let building = folder.join("building");
    if building.exists() {
        fs::remove_dir_all(building)?;
    }
    for book in books(folder)? {
        manifest::remove_made(&book)?;
    }
    if books(folder)?.is_empty() {
        fs::remove_file(folder.join("lock"))?;
        fs::remove_dir(folder)?;
    }
    Ok(())
}

/// The folders of a build's folder.
fn books(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut books = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            books.push(path);
        }
    }
    books.sort();
    Ok(books)
}

/// Whether all of a book is there, and nothing else.
pub(super) fn is_whole(book: &Path) -> bool {
    let made = Manifest::read(book);
    made.is_some() && Manifest::of(book).ok() == made
}

/// Removes the book that has been replaced. What came into it while it was
/// being replaced is kept, and named.
fn gone(old: &Path) {
    match manifest::remove_made(old) {
        Ok(true) => {}
        Ok(false) => eprintln!(
            "something that `press` did not write came into the book while \
             it was replaced: it is in {} now",
            old.display()
        ),
        Err(error) => eprintln!(
            "the book that was replaced is left in {}: {error}",
            old.display()
        ),
    }
}

/// Puts `pages` in the place of `book`, and gives where the old one is now.
fn swapped(
    pages: &Path,
    book: &Path,
    spare: &Path,
) -> io::Result<Option<PathBuf>> {
    loop {
        match exchanged(pages, book) {
            Ok(()) => return Ok(Some(pages.into())),
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                return moved(pages, book, spare);
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error);
            }
            Err(_) => match fs::rename(pages, book) {
                Ok(()) => return Ok(None),
                // Meanwhile another build has put its own there.
                Err(error) if is_taken(&error) => {}
                Err(error) => return Err(error),
            },
        }
    }
}

/// The same in two steps; between them, there is no book.
pub(super) fn moved(
    pages: &Path,
    book: &Path,
    spare: &Path,
) -> io::Result<Option<PathBuf>> {
    let mut number = 0;
    loop {
        let old = spare.join(format!("replaced-{number}"));
        let aside = match fs::rename(book, &old) {
            Ok(()) => Some(old),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        match fs::rename(pages, book) {
            Ok(()) => return Ok(aside),
            Err(error) if is_taken(&error) => {
                if let Some(old) = aside {
                    gone(&old);
                }
            }
            Err(error) => {
                if let Some(old) = aside {
                    fs::rename(old, book)?;
                }
                return Err(error);
            }
        }
        number += 1;
    }
}

fn is_taken(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists
    )
}

/// Whether a folder cannot be renamed for what it is: the root of a file
/// system, or of a layer of a container's.
fn is_a_border(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::CrossesDevices | io::ErrorKind::ResourceBusy
    )
}

/// Lets two folders change places, in one step.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn exchanged(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::{
        fs::{CWD, RenameFlags, renameat_with},
        io::Errno,
    };
    let exchange = RenameFlags::EXCHANGE;
    renameat_with(CWD, one, CWD, other, exchange).map_err(|no| match no {
        // The file system, or the kernel, cannot do it.
        Errno::INVAL | Errno::NOSYS | Errno::NOTSUP => {
            io::ErrorKind::Unsupported.into()
        }
        no => no.into(),
    })
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn exchanged(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
