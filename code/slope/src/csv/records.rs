//! The cells of a text, line by line (RFC 4180, and what else people write).

use super::CsvError;
use std::borrow::Cow;

/// What stands between two cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    Tab,
    Semicolon,
    Comma,
    /// Any number of spaces and tabs.
    Blanks,
}

impl Separator {
    /// Of two that explain a table equally well, the first is meant.
    pub const ALL: [Self; 4] =
        [Self::Tab, Self::Semicolon, Self::Comma, Self::Blanks];

    pub fn in_words(self) -> &'static str {
        match self {
            Self::Tab => "tabs",
            Self::Semicolon => "semicolons",
            Self::Comma => "commas",
            Self::Blanks => "blanks",
        }
    }

    fn is(self, byte: u8) -> bool {
        match self {
            Self::Tab => byte == b'\t',
            Self::Semicolon => byte == b';',
            Self::Comma => byte == b',',
            Self::Blanks => byte == b' ' || byte == b'\t',
        }
    }

    /// Whether a byte may stand around a cell and means nothing.
    fn pads(self, byte: u8) -> bool {
        byte == b' ' || byte == b'\t' && self != Self::Tab
    }
}

/// What a cell says, without quotation marks and the blanks around it.
#[derive(Clone, Debug)]
pub(super) struct Cell<'a> {
    pub text: Cow<'a, str>,
    pub quoted: bool,
}

impl Cell<'_> {
    /// Whether there is nothing, not even quotation marks.
    pub fn is_nothing(&self) -> bool {
        self.text.is_empty() && !self.quoted
    }
}

/// A line or, where a quoted cell has line ends, several.
#[derive(Debug)]
pub(super) struct Record<'a> {
    pub line: usize,
    pub cells: Vec<Cell<'a>>,
}

pub(super) enum Line<'a> {
    /// Nothing but blanks, or but separators.
    Blank(usize),
    /// It begins with `#`; what comes then.
    Comment(usize, &'a str),
    Record(Record<'a>),
}

/// A text on its way.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    pub separator: Separator,
}

/// The number of the line in which a text ends.
pub(super) fn lines(text: &str) -> usize {
    let bytes = text.as_bytes();
    let ends = |at: &usize| match bytes[*at] {
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        byte => byte == b'\n',
    };
    1 + (0..bytes.len()).filter(ends).count()
}

fn is_end(byte: u8) -> bool {
    byte == b'\r' || byte == b'\n'
}

impl<'a> Lines<'a> {
    /// A text that begins in this line.
    pub fn of(text: &'a str, line: usize, separator: Separator) -> Self {
        Self { text, at: 0, line, separator }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip(&mut self, skipped: impl Fn(u8) -> bool) {
        while self.byte().is_some_and(&skipped) {
            self.at += 1;
        }
    }

    /// Goes to the beginning of the next line, if one ends here.
    fn end_line(&mut self) {
        let rest = &self.text[self.at..];
        if rest.starts_with("\r\n") {
            self.at += 2;
        } else if rest.starts_with(['\r', '\n']) {
            self.at += 1;
        } else {
            return;
        }
        self.line += 1;
    }

    pub fn next(&mut self) -> Option<Result<Line<'a>, CsvError>> {
        self.byte()?;
        let (begin, line) = (self.at, self.line);
        self.skip(|byte| !is_end(byte));
        let text = self.text[begin..self.at].trim();
        if text.is_empty() || text.starts_with('#') {
            self.end_line();
            return Some(Ok(match text.strip_prefix('#') {
                None => Line::Blank(line),
                Some(text) => Line::Comment(line, text),
            }));
        }
        self.at = begin;
        let cells = match self.cells() {
            Ok(cells) => cells,
            Err(error) => return Some(Err(error)),
        };
        self.end_line();
        Some(Ok(if cells.iter().all(Cell::is_nothing) {
            Line::Blank(line)
        } else {
            Line::Record(Record { line, cells })
        }))
    }

    fn cells(&mut self) -> Result<Vec<Cell<'a>>, CsvError> {
        let separator = self.separator;
        let mut cells = vec![];
        loop {
            self.skip(|byte| separator.pads(byte));
            let ended = self.byte().is_none_or(is_end);
            if ended && separator == Separator::Blanks {
                return Ok(cells);
            }
            cells.push(match self.byte() {
                Some(b'"') => self.quoted(cells.len() + 1)?,
                _ => self.bare(),
            });
            match self.byte() {
                Some(byte) if separator.is(byte) => self.at += 1,
                _ => return Ok(cells),
            }
        }
    }

    fn bare(&mut self) -> Cell<'a> {
        let begin = self.at;
        let separator = self.separator;
        self.skip(|byte| !is_end(byte) && !separator.is(byte));
        let text = self.text[begin..self.at].trim();
        Cell { text: Cow::Borrowed(text), quoted: false }
    }

    /// A cell that a quotation mark opens; two within it are one.
    fn quoted(&mut self, column: usize) -> Result<Cell<'a>, CsvError> {
        let (separator, line) = (self.separator, self.line);
        let mut text = Cow::Borrowed("");
        loop {
            self.at += 1; // the mark
            let begin = self.at;
            while self.byte().is_some_and(|byte| byte != b'"') {
                self.skip(|byte| byte != b'"' && !is_end(byte));
                self.end_line();
            }
            let part = &self.text[begin..self.at];
            if text.is_empty() {
                text = Cow::Borrowed(part);
            } else {
                text.to_mut().push_str(part);
            }
            if self.byte().is_none() {
                return Err(CsvError {
                    column: Some(column),
                    ..CsvError::about(
                        line,
                        "a quotation mark opens the cell, and none closes it"
                            .into(),
                        "close it, or leave it out",
                    )
                });
            }
            self.at += 1;
            if self.byte() != Some(b'"') {
                break;
            }
            text.to_mut().push('"');
        }
        self.skip(|byte| separator.pads(byte) && !separator.is(byte));
        if self.byte().is_some_and(|b| !is_end(b) && !separator.is(b)) {
            return Err(CsvError {
                column: Some(column),
                ..CsvError::about(
                    self.line,
                    "something follows the quotation mark that closes the cell"
                        .into(),
                    "write a quotation mark within a cell twice",
                )
            });
        }
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_string()),
        };
        Ok(Cell { text, quoted: true })
    }
}
