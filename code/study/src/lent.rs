//! Files that a page lends to the program of a lab.
//!
//! On a machine, they are part of the program. In a page they would be half of
//! what each reader has to load, and only one choice of one lab needs them. So
//! the page loads them when they are asked for, and lends them. What is lent is
//! the same to the last byte, or it is refused: where a run is replayed, it has
//! the same data.

use std::{
    cell::{Cell, RefCell},
    fmt,
};

use slope::Dataset;

use crate::{Entry, digest::hash, experiment::Stopped};

/// How an experiment borrows: what takes a file, and what tells which one has
/// been asked for in vain. The program of a lab that borrows nothing has no
/// reader of files.
#[derive(Clone, Copy)]
pub(crate) struct Lender {
    pub lend: fn(&str, &str) -> Result<(), BadFile>,
    pub missing: fn() -> Option<&'static str>,
}

impl Entry {
    /// The entry of an experiment that may ask for [`DIGITS`].
    pub const fn borrowing(mut self) -> Self {
        self.lender = Some(Lender { lend, missing });
        self
    }

    /// The file that a run has asked for in vain, if one has; once.
    pub fn missing(&self) -> Option<&'static str> {
        (self.lender?.missing)()
    }

    /// Lends a file.
    ///
    /// ```
    /// use experiments::labs;
    /// use study::lent::BadFile;
    /// let lend = |name| labs::BENCH.lend(name, "p0,p1\n");
    /// assert_eq!(lend("digits.csv"), Err(BadFile::Other));
    /// assert_eq!(lend("letters.csv"), Err(BadFile::Unknown));
    /// assert_eq!(labs::TENT.lend("digits.csv", ""), Err(BadFile::Unknown));
    /// ```
    ///
    /// # Errors
    /// If the experiment does not ask for it, or it is not the book's.
    pub fn lend(&self, name: &str, text: &str) -> Result<(), BadFile> {
        let lender = self.lender.ok_or(BadFile::Unknown)?;
        (lender.lend)(name, text)
    }
}

/// A file that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadFile {
    /// Nobody asks for a file of this name.
    Unknown,
    /// It is another file than that of the book.
    Other,
}

impl fmt::Display for BadFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BadFile::Unknown => "no run asks for a file of this name",
            BadFile::Other => {
                "this is not the file of this book: load the page once more"
            }
        })
    }
}

impl std::error::Error for BadFile {}

/// The data set of handwritten digits.
pub const DIGITS: &str = "digits.csv";

/// The FNV-1a hash of its bytes.
const DIGITS_HASH: u64 = 0xba99_c032_e58d_f7cd;

thread_local! {
    static SHELF: RefCell<Option<Dataset>> = const { RefCell::new(None) };
    static ASKED: Cell<bool> = const { Cell::new(false) };
}

/// The digits, as [`slope::data::digits`] gives them.
///
/// # Errors
/// In a page, if they have not been lent.
pub fn digits() -> Result<Dataset, Stopped> {
    #[cfg(not(target_family = "wasm"))]
    return Ok(slope::data::digits());
    #[cfg(target_family = "wasm")]
    SHELF.with_borrow(|shelf| {
        ASKED.set(shelf.is_none());
        let missing = || Stopped(format!("{DIGITS} has not been lent"));
        shelf.clone().ok_or_else(missing)
    })
}

fn missing() -> Option<&'static str> {
    ASKED.take().then_some(DIGITS)
}

fn lend(name: &str, text: &str) -> Result<(), BadFile> {
    if name != DIGITS {
        return Err(BadFile::Unknown);
    }
    if hash(text.as_bytes()) != DIGITS_HASH {
        return Err(BadFile::Other);
    }
    let data = slope::data::digits_of(text).map_err(|_| BadFile::Other)?;
    SHELF.set(Some(data));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lent_is_what_a_machine_has() {
        let digits = slope::data::digits();
        let mut text = String::from("header\n");
        for (x, y) in digits.x.rows().into_iter().zip(&digits.y) {
            let pixels = x.iter().map(|x| (x * 16.0).to_string());
            let row: Vec<_> = pixels.chain([y.to_string()]).collect();
            text += &(row.join(",") + "\n");
        }
        let names = (0..64).map(|i| format!("p{i}"));
        let header: Vec<_> = names.chain(["label".into()]).collect();
        let text = text.replacen("header", &header.join(","), 1);
        lend(DIGITS, &text).unwrap();
        SHELF.with_borrow(|shelf| assert_eq!(shelf.as_ref(), Some(&digits)));
        let changed = text.replacen("13", "12", 1);
        assert_eq!(lend(DIGITS, &changed), Err(BadFile::Other));
    }
}
