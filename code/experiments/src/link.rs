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
const LONGEST: usize = 20_000;

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
    /// use experiments::{ALL, link::Link};
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
    /// use experiments::{ALL, link::Link};
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

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select, test_runner::RngSeed};

    use super::*;
    use crate::{
        ALL,
        params::{Domain, Field},
    };

    /// Any value that the field can have.
    fn value(field: &Field) -> BoxedStrategy<String> {
        match &field.domain {
            Domain::Whole(r) => r.clone().prop_map(|v| v.to_string()).boxed(),
            Domain::Real(r) => r.clone().prop_map(|v| v.to_string()).boxed(),
            Domain::Choice(names) => {
                select(names.clone()).prop_map(String::from).boxed()
            }
            Domain::Points(most) => points(*most).boxed(),
        }
    }

    /// Any points of two classes.
    fn points(most: usize) -> impl Strategy<Value = String> {
        let point =
            (-1e6..1e6, -1e6..1e6).prop_map(|(x, y)| format!("{x},{y}"));
        // So many that all their digits have room.
        let points = proptest::collection::vec(point, 2..=most / 2);
        points.prop_map(|points| {
            let labelled = (0..).zip(points);
            let lines = labelled.map(|(i, xy)| format!("{xy},{}", i % 2));
            lines.collect::<Vec<_>>().join("_")
        })
    }

    /// Any experiment with any settings: all of its parameters or some.
    pub(super) fn run() -> impl Strategy<Value = (Entry, Vec<(String, String)>)>
    {
        select(ALL).prop_flat_map(|entry| {
            let settings: Vec<_> = entry
                .fields()
                .iter()
                .map(|field| {
                    let key = field.key.to_string();
                    proptest::option::of(value(field))
                        .prop_map(move |v| Some((key.clone(), v?)))
                })
                .collect();
            let given = settings.prop_map(|all| all.into_iter().flatten());
            (Just(entry), given.prop_map(Iterator::collect))
        })
    }

    fn refused(text: &str) -> String {
        match Link::read(text, ALL) {
            Ok(link) => panic!("{text:?} was read as {link}"),
            Err(error) => error.to_string(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(6),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn what_is_written_is_read((entry, settings) in run()) {
            let link = Link::of(entry, &settings).unwrap();
            let text = link.to_string();
            let again = Link::read(&text, ALL).unwrap();
            prop_assert_eq!(&again.settings, &link.settings);
            prop_assert_eq!(again.entry.id, entry.id);
            let all = entry.settled(&settings).unwrap();
            prop_assert_eq!(entry.settled(&again.settings).unwrap(), all);
            // As it comes out of a program that escapes all it can.
            let escaped: String =
                text[1..].bytes().map(|b| format!("%{b:02x}")).collect();
            let escaped = format!("https://x.org/a.html?b#{escaped}");
            let again = Link::read(&escaped, ALL).unwrap();
            prop_assert_eq!(again.to_string(), text);
        }

        #[test]
        fn a_link_is_plain((entry, settings) in run()) {
            let text = Link::of(entry, &settings).unwrap().to_string();
            let plain = |c| is_plain(c) || matches!(c, '#' | ';' | '=');
            prop_assert!(text.chars().all(plain), "{}", text);
            prop_assert!(text.len() < LONGEST);
        }

        #[test]
        fn no_text_breaks_it_or_comes_back_as_markup(
            text in prop_oneof![
                any::<String>(),
                any::<String>().prop_map(|s| format!("#v1;{s}")),
                any::<String>().prop_map(|s| format!("#v1;cliff;seed={s}")),
                "#v1;cliff;[a-z]{1,6}=[-+.0-9a-z<>&%#\"']{0,9}",
            ]
        ) {
            if let Err(error) = Link::read(&text, ALL) {
                let error = error.to_string();
                prop_assert!(!error.contains(['<', '>', '&']), "{}", error);
                prop_assert!(error.chars().all(|c| !c.is_control()));
                prop_assert!(error.len() < 2 * LONGEST, "{}", error);
            }
        }
    }

    #[test]
    fn an_error_says_what_was_expected() {
        let many = "seed=1;".repeat(5000);
        for (text, parts) in [
            ("", &["version", "v1", "``"][..]),
            ("#v2;cliff", &["version", "v1", "`v2`"]),
            ("#v1", &["ends behind v1", "quotation marks"]),
            ("#v1;clif", &["no experiment `clif`", "`cliff`"]),
            ("#v1;cliff;seed", &["like seed=7", "`seed`"]),
            ("#v1;cliff;;seed=7", &["like seed=7", "``"]),
            ("#v1;<script>", &["no experiment", r"\u{3c}script`"]),
            ("#v1;cliff;seed=<b>c", &["like seed=7", r"seed=\u{3c}b\u{3e}c"]),
            ("#v1;cliff;seed=7;seed=8", &["seed", "one value"]),
            ("#v1;cliff;seed=７7", &["like seed=7", r"\u{ff17}"]),
            ("#v1;cliff;factor=NaN", &["factor", "from 0.01 to 1.2", "NaN"]),
            ("#v1;cliff;factor=1e999", &["factor", "from 0.01 to 1.2"]),
            ("#v1;cliff;seed=99999999999999999999", &["seed", "1000000"]),
            ("#v1;cliff;sed=7", &["`sed`", "`seed`"]),
            ("#v1;cliff;seed=%3", &["like seed=7", "`seed=%3`"]),
            ("#v1;cliff;seed=%ff7", &["like seed=7", "`seed=%ff7`"]),
            (&format!("#v1;cliff;{many}"), &["35010 bytes", "20000"]),
        ] {
            let error = refused(text);
            for part in parts {
                assert!(error.contains(part), "{text:?}: {error}");
            }
        }
    }
}
