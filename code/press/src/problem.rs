//! What is wrong, where, and how to mend it: the one error an author meets.
//!
//! Every check of the book returns a list of [`Problem`]s. A build that has
//! one fails, and prints them all, so that one build shows all there is to
//! mend.

use std::fmt;

/// One thing that is wrong at one place of the book.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, relative to the root of the book: `src/collapse.md`.
    pub file: String,
    /// The line in that file, counted from 1; 0 where no line can be named.
    pub line: usize,
    /// What is wrong, and what was expected.
    pub what: String,
    /// What would mend it, where that can be said.
    pub mend: Option<String>,
}

impl Problem {
    /// A problem without a suggestion.
    ///
    /// ```
    /// let p = press::Problem::new("src/a.md", 7, "an empty link");
    /// assert_eq!(p.to_string(), "src/a.md:7: an empty link");
    /// ```
    pub fn new(
        file: impl Into<String>,
        line: usize,
        what: impl Into<String>,
    ) -> Self {
        Self { file: file.into(), line, what: what.into(), mend: None }
    }

    /// The same problem with a suggestion that mends it.
    ///
    /// ```
    /// let p = press::Problem::new("src/a.md", 7, "no fact `x.y`")
    ///     .mend("did you mean `x.z`?");
    /// assert!(p.to_string().ends_with("\n    did you mean `x.z`?"));
    /// ```
    pub fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.what)?,
            line => write!(f, "{}:{line}: {}", self.file, self.what)?,
        }
        match &self.mend {
            Some(mend) => write!(f, "\n    {mend}"),
            None => Ok(()),
        }
    }
}
