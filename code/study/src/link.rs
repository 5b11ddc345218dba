//! A link that replays a run to the bit: `#v1;cliff;seed=7;factor=0.5`.
//!
//! It is the fragment of a page's address: a version, an experiment, and the
//! parameters that are not as the book shows them. The same function reads it
//! in the page and on the command line, and trusts nothing in it.

mod handed_on;

use std::fmt;

use crate::{
    experiment::Entry,
    params::{BadParam, is_plain, is_typed, nearest, quoted},
};

/// What a link begins with. A book that gives a parameter another meaning
/// takes another one, so that an old link is refused and not misread.
pub const VERSION: &str = "v1";

/// More bytes than any run of this book needs, one with a reader's own points
/// included, and every character written as `%3B`.
pub const LONGEST: usize = 20_000;

/// A run that can be made again: an experiment and its settings.
#[derive(Clone, Debug)]
pub struct Link {
    /// The experiment.
    pub entry: Entry,
    /// The parameters that are not as the book shows them, in their order.
    pub settings: Vec<(String, String)>,
}

impl Link {
    /// The link of a run.
    ///
    /// ```
    /// use experiments::ALL;
    /// use study::link::Link;
    /// let cliff = ALL.iter().find(|entry| entry.id == "cliff").unwrap();
    /// let settings = [("factor", "0.50"), ("seeds", "5"), ("seed", "7")];
    /// let settings = settings.map(|(key, value)| (key.into(), value.into()));
    /// let link = Link::of(*cliff, &settings).unwrap();
    /// assert_eq!(link.to_string(), "#v1;cliff;seed=7;factor=0.5");
    /// ```
    ///
    /// # Errors
    /// If a parameter does not exist or is out of its range.
    pub fn of(
        entry: Entry,
        settings: &[(String, String)],
    ) -> Result<Self, BadParam> {
        let settled = entry.settled(settings)?;
        let fields = entry.fields();
        let changed = settled.into_iter().filter(|(key, value)| {
            let field = fields.iter().find(|field| field.key == key);
            field.is_none_or(|field| field.default != *value)
        });
        Ok(Self { entry, settings: changed.collect() })
    }

    /// Reads a link to one of `entries`: a whole address, its fragment with
    /// `#`, or without.
    ///
    /// ```
    /// use experiments::ALL;
    /// use study::link::Link;
    /// let book = "https://example.org/book/descent.html";
    /// let link = Link::read(&format!("{book}#v1;cliff;seed=7"), ALL).unwrap();
    /// assert_eq!(link.entry.id, "cliff");
    /// assert_eq!(link.settings, [("seed".into(), "7".into())]);
    ///
    /// let error = |text| Link::read(text, ALL).err().unwrap().to_string();
    /// assert_eq!(error("#v1;cliff;sed=7"),
    ///     "no parameter `sed`: did you mean `seed`?");
    /// assert_eq!(error("#v1;cliff;seed=-1"),
    ///     "seed: expected a whole number from 0 to 1000000, found `-1`");
    /// ```
    ///
    /// # Errors
    /// What is wrong with it, in words that quote only harmless characters.
    pub fn read(text: &str, entries: &[Entry]) -> Result<Self, BadLink> {
        if text.len() > LONGEST {
            return Err(BadLink::Long(text.len()));
        }
        let address = decoded(text);
        // Behind the last # that a version follows: what passes a link on may
        // end with one, too.
        let mut ends = address.rsplit('#');
        let last = ends.clone().next().unwrap_or_default();
        let fragment = ends.find(|end| end.starts_with(['v', 'V']));
        // All links begin and end with a letter or a digit; quotation marks,
        // brackets and what ends a sentence are not theirs.
        let fragment = fragment.unwrap_or(last).trim_matches(is_around);
        let mut parts = fragment.split(';');
        let version = parts.next().unwrap_or_default();
        if !version.eq_ignore_ascii_case(VERSION) {
            return Err(BadLink::Version(quoted(version)));
        }
        let id = parts.next().unwrap_or_default();
        if id.is_empty() {
            return Err(BadLink::Cut);
        }
        let Some(entry) = entries.iter().find(|entry| entry.id == id) else {
            let ids = entries.iter().map(|entry| entry.id);
            let hint = match nearest(id, ids.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => match entries {
                    [only] => format!("there is `{}`", only.id),
                    _ => {
                        let ids: Vec<_> = ids.collect();
                        format!("there are {}", ids.join(", "))
                    }
                },
            };
            return Err(BadLink::Experiment { found: quoted(id), hint });
        };
        let mut settings: Vec<(String, String)> = Vec::new();
        for part in parts {
            let setting = part.split_once('=').filter(|(key, value)| {
                key.chars().all(is_plain) && value.chars().all(is_typed)
            });
            let Some((key, value)) = setting else {
                return Err(BadLink::Setting(quoted(part)));
            };
            if settings.iter().any(|(known, _)| known == key) {
                return Err(BadLink::Twice(key.into()));
            }
            settings.push((key.into(), value.into()));
        }
        Self::of(*entry, &settings).map_err(BadLink::Param)
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{VERSION};{}", self.entry.id)?;
        for (key, value) in &self.settings {
            write!(f, ";{key}={value}")?;
        }
        Ok(())
    }
}

/// A text that is no link to a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadLink {
    /// It has this many bytes.
    Long(usize),
    /// It ends behind the version.
    Cut,
    /// It begins with this.
    Version(String),
    /// There is no such experiment.
    Experiment {
        /// What stands in its place.
        found: String,
        /// An experiment that may have been meant, or all there are.
        hint: String,
    },
    /// This part is not `KEY=VALUE`.
    Setting(String),
    /// This parameter is set more than once.
    Twice(String),
    /// A parameter cannot be set so.
    Param(BadParam),
}

impl fmt::Display for BadLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadLink::Long(length) => write!(
                f,
                "the link has {length} bytes, and no run needs more than \
                 {LONGEST}: has something been pasted twice?"
            ),
            BadLink::Cut => write!(
                f,
                "the link ends behind {VERSION}: put all of it in quotation \
                 marks, for a shell takes a ; for the end"
            ),
            BadLink::Version(found) => write!(
                f,
                "version: expected {VERSION}, as in #{VERSION};cliff;seed=7, \
                 found {found}: another edition of the book may know it"
            ),
            BadLink::Experiment { found, hint } => {
                write!(f, "no experiment {found} to replay here: {hint}")
            }
            BadLink::Setting(found) => write!(
                f,
                "expected settings like seed=7, with ; between them, found \
                 {found}"
            ),
            BadLink::Twice(key) => {
                write!(f, "{key}: expected one value, found two: remove one")
            }
            BadLink::Param(bad) => bad.fmt(f),
        }
    }
}

impl std::error::Error for BadLink {}

/// What stands around a link and never at its ends.
fn is_around(c: char) -> bool {
    !c.is_ascii_alphanumeric() && c != '='
}

/// Some programs write `%3B` for the `;` of a link that they pass on, and the
/// next one `%253B`.
fn decoded(text: &str) -> String {
    (0..MOST_TIMES).fold(text.into(), |text: String, _| decoded_once(&text))
}

/// The text with a character for each code. What is no code stays as it is,
/// and all of it where the codes are no characters.
fn decoded_once(text: &str) -> String {
    let mut rest = text.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    while let [first, after @ ..] = rest {
        let code = after.get(..2).filter(|_| *first == b'%');
        let code = code.and_then(|digits| {
            let [high, low] = [digits[0], digits[1]].map(digit);
            Some(16 * high? + low?)
        });
        decoded.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.into())
}

/// More programs than links go through.
const MOST_TIMES: usize = 8;

fn digit(hex: u8) -> Option<u8> {
    Some(char::from(hex).to_digit(16)? as u8)
}
