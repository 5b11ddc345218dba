//! Text as any system writes it, read as one.
//!
//! Git for Windows can give each line of a clone a carriage return, an unpacked
//! archive or an editor may do the same, and some editors begin a file with a
//! byte order mark. All that cuts text at `\n` or looks at how it begins would
//! find other things there. So whatever the book is made of is read here, and
//! mdBook, which reads for itself, is given a tree of such texts.

use std::{fmt, fs, io, path::Path};

use crate::Problem;

/// A file that is not there, may not be read, or is not text.
#[derive(Debug)]
pub struct Unreadable {
    /// The line that is not UTF-8; 0 if that is not what is wrong.
    pub line: usize,
    /// What kind of thing is in the way.
    pub kind: io::ErrorKind,
    /// What is in the way, and the mend if there is one.
    pub why: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.why),
            line => write!(f, "line {line}: {}", self.why),
        }
    }
}

impl std::error::Error for Unreadable {}

impl Unreadable {
    /// The same of a file that has a name, relative to the root.
    pub fn of(&self, file: &str) -> Problem {
        Problem::new(file, self.line, &self.why)
    }
}

impl From<Unreadable> for io::Error {
    fn from(error: Unreadable) -> Self {
        io::Error::new(error.kind, error)
    }
}

/// Reads a text file: UTF-8, with or without a byte order mark, with any line
/// ends. The text has no mark, and `\n` at its line ends.
///
/// # Errors
/// If the file cannot be read, or is not UTF-8.
pub fn read(path: &Path) -> Result<String, Unreadable> {
    let bytes = fs::read(path).map_err(|error| Unreadable {
        line: 0,
        kind: error.kind(),
        why: error.to_string(),
    })?;
    of_bytes(bytes)
}

fn of_bytes(bytes: Vec<u8>) -> Result<String, Unreadable> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..valid]);
        let utf16 = error.as_bytes().starts_with(&[0xff, 0xfe])
            || error.as_bytes().starts_with(&[0xfe, 0xff]);
        let what = if utf16 { "this is UTF-16" } else { "this is not UTF-8" };
        Unreadable {
            line: level(&before).matches('\n').count() + 1,
            kind: io::ErrorKind::InvalidData,
            why: format!("{what}: save the file as UTF-8"),
        }
    })?;
    Ok(level(&text))
}

/// The text without a byte order mark, and with `\n` at its line ends.
///
/// ```
/// use press::text::level;
/// assert_eq!(level("\u{feff}a\r\nb\rc\n"), "a\nb\nc\n");
/// ```
pub fn level(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// The text of a file on a level, if these bytes are a text that is not. What
/// has a NUL is none, as for Git.
pub(crate) fn levelled(bytes: &[u8]) -> Option<String> {
    let uneven =
        bytes.contains(&b'\r') || bytes.starts_with("\u{feff}".as_bytes());
    let text = std::str::from_utf8(bytes).ok()?;
    (uneven && !bytes.contains(&0)).then(|| level(text))
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select, test_runner::RngSeed};
    use walkdir::WalkDir;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(14),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn every_text_is_read_as_its_level_twin(
            lines in proptest::collection::vec(
                (".{0,3}", select(vec!["\n", "\r\n", "\r"])), 0..9),
            mark in any::<bool>(),
        ) {
            let mut text = String::from(if mark { "\u{feff}" } else { "" });
            let mut twin = String::new();
            for (line, end) in &lines {
                let line = line.replace(['\r', '\n', '\u{feff}'], "");
                // After a lone CR, an empty line that ends with LF has no
                // place: the two would be one end.
                let end = if text.ends_with('\r') && line.is_empty() {
                    "\r\n"
                } else {
                    end
                };
                text += &format!("{line}{end}");
                twin += &format!("{line}\n");
            }
            prop_assert_eq!(&level(&text), &twin);
            prop_assert_eq!(of_bytes(text.into_bytes()).unwrap(), twin);
        }

        #[test]
        fn what_is_no_text_keeps_its_bytes(
            bytes in proptest::collection::vec(
                select(vec![0, b'\r', b'\n', 0xff, b'a']), 0..40),
        ) {
            let is_text = !bytes.contains(&0) && !bytes.contains(&0xff);
            let uneven = is_text && bytes.contains(&b'\r');
            let text = levelled(&bytes);
            prop_assert_eq!(text.is_some(), uneven);
            prop_assert!(text.is_none_or(|text| !text.contains('\r')));
        }
    }

    #[test]
    fn what_is_not_utf_8_is_said_with_its_line_and_its_mend() {
        let said = |bytes: &[u8]| of_bytes(bytes.into()).unwrap_err();
        let latin = said(b"a\r\nb\r\ngr\xfc\xdfe\r\n").to_string();
        assert_eq!(latin, "line 3: this is not UTF-8: save the file as UTF-8");
        let utf16 = said(b"\xff\xfea\0\r\0\n\0").to_string();
        assert!(utf16.starts_with("line 1: this is UTF-16"), "{utf16}");
        let error = io::Error::from(read(Path::new("no/such")).unwrap_err());
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    /// What reads a text with whatever line ends it has.
    const READS: [&str; 4] =
        ["read_to_string", "include_str!", "from_disk(", "BufRead"];

    fn reads(source: &str) -> Option<&'static str> {
        READS.into_iter().find(|read| source.contains(read))
    }

    #[test]
    fn no_other_file_of_this_crate_reads_a_text_by_itself() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = 0;
        for entry in WalkDir::new(&source) {
            let path = entry.unwrap().into_path();
            let is_source = path.extension().is_some_and(|e| e == "rs");
            // The build script of the book's tests takes the snippets' file as
            // it is, without the crate.
            let has_to = ["src/text.rs", "src/snippet.rs"];
            if is_source && !has_to.iter().any(|file| path.ends_with(file)) {
                let found = reads(&read(&path).unwrap());
                let mend = "read it with crate::text::read";
                assert_eq!(found, None, "{}: {mend}", path.display());
                files += 1;
            }
        }
        assert!(files > 30, "{files} files");
        assert_eq!(reads("fs::read_to_string(path)"), Some("read_to_string"));
    }
}
