//! What a run depends on: plain data with a label, a range and a unit each.
//!
//! The defaults are what the book shows. The command line, the lab's controls
//! and the validation of both are derived from the same table of [`Field`]s,
//! so a parameter is written down once, with [`params!`](crate::params!).

use std::{
    fmt,
    ops::{Range, RangeInclusive},
};

use slope::{
    Activation,
    decimal::{self, Decimal},
};

/// The parameters of one experiment.
pub trait Params: Default + Clone + PartialEq + Send + Sync {
    /// One entry for each parameter, in the order of the struct.
    fn fields() -> Vec<Field>;

    /// The value of the parameter `key`, as [`set`](Params::set) reads it.
    fn get(&self, key: &str) -> Option<String>;

    /// Sets the parameter `key` from text.
    ///
    /// # Errors
    /// If there is no such parameter, or the text is not a value in its range.
    fn set(&mut self, key: &str, text: &str) -> Result<(), BadParam>;
}

/// How a parameter is shown and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The name on the command line and in a link.
    pub key: &'static str,
    /// What a reader is shown.
    pub label: &'static str,
    /// The unit of the value; empty for a plain number.
    pub unit: &'static str,
    /// Which values are allowed.
    pub domain: Domain,
    /// What the book shows.
    pub default: String,
}

/// The values that a parameter may take.
#[derive(Debug, Clone, PartialEq)]
pub enum Domain {
    /// A whole number in a range.
    Whole(RangeInclusive<u64>),
    /// A finite real number in a range.
    Real(RangeInclusive<f64>),
    /// One of a few names.
    Choice(Vec<&'static str>),
    /// Points of two classes, at most so many.
    Points(usize),
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Domain::Whole(r) => {
                write!(f, "a whole number from {} to {}", r.start(), r.end())
            }
            Domain::Real(r) => {
                let (least, most) = (Decimal(*r.start()), Decimal(*r.end()));
                write!(f, "a number from {least} to {most}")
            }
            Domain::Choice(names) => write!(f, "one of {}", names.join(", ")),
            Domain::Points(most) => write!(
                f,
                "at most {most} points x,y,label with _ between, the labels 0 or 1"
            ),
        }
    }
}

/// A parameter that cannot be set as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadParam {
    /// There is no parameter of this name.
    Unknown {
        /// The name that was given.
        key: String,
        /// A name that may have been meant, or all there are.
        hint: String,
    },
    /// The value is not one that the parameter can have.
    OutOfDomain {
        /// The parameter.
        key: String,
        /// What it can be.
        expected: String,
        /// What was given.
        found: String,
    },
    /// Something in a longer value is wrong.
    Flawed {
        /// The parameter.
        key: String,
        /// What is wrong, where, and the mend.
        why: String,
    },
}

impl fmt::Display for BadParam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadParam::Unknown { key, hint } => {
                write!(f, "no parameter `{key}`: {hint}")
            }
            BadParam::OutOfDomain { key, expected, found } => {
                write!(f, "{key}: expected {expected}, found {}", quoted(found))
            }
            BadParam::Flawed { key, why } => write!(f, "{key}: {why}"),
        }
    }
}

impl std::error::Error for BadParam {}

/// What names and values are made of.
pub fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '.' | ',')
}

/// What else a number may have that somebody types: a minus sign, and what is
/// put between thousands.
pub(crate) fn is_typed(c: char) -> bool {
    is_plain(c) || c == MINUS || BETWEEN.contains(&c)
}

const MINUS: char = '\u{2212}';
const BETWEEN: [char; 6] = [' ', '\u{a0}', '\u{2009}', '\u{202f}', '\'', '’'];

/// A number that somebody has typed, as programs write it: a decimal comma
/// becomes a point, and nothing stays between thousands. `None` where a comma
/// could be either.
fn untyped(text: &str) -> Option<String> {
    let mut parts = text.trim().split(BETWEEN);
    let mut number = parts.next()?.replace(MINUS, "-");
    let first = number.trim_start_matches(['-', '+']).len();
    for part in parts {
        if first > 3 || !is_thousand(part) {
            return None;
        }
        number += part;
    }
    let Some((whole, decimals)) = number.split_once(',') else {
        return Some(number);
    };
    let is_doubtful = decimals.contains(',')
        || number.contains('.')
        || (is_thousand(decimals) && is_first_thousand(whole));
    (!is_doubtful).then(|| format!("{whole}.{decimals}"))
}

/// Whether a text goes on as the next three digits of a number would.
fn is_thousand(text: &str) -> bool {
    text.bytes().take_while(u8::is_ascii_digit).count() == 3
}

/// Whether three more digits can follow behind a mark.
fn is_first_thousand(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '+']);
    is_digits(digits) && digits.len() <= 3 && !digits.starts_with('0')
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What is wrong with a text that is no number of a parameter.
fn no_number(key: &str, text: &str, domain: &Domain) -> BadParam {
    let is_whole = matches!(domain, Domain::Whole(_));
    let doubtful = text
        .split_once([',', '.'])
        .filter(|(whole, rest)| is_thousand(rest) && is_first_thousand(whole));
    let (key, found) = (key.into(), text.into());
    if untyped(text).is_some() && !(is_whole && doubtful.is_some()) {
        let expected = domain.to_string();
        return BadParam::OutOfDomain { key, expected, found };
    }
    let found = quoted(text);
    let what = match doubtful {
        Some((whole, rest)) if !is_whole && is_digits(rest) => {
            format!("is {found} {whole}{rest} or {whole}.{rest}? Write")
        }
        _ => format!("expected {domain}, found {found}: write"),
    };
    let why = what + " a point before decimals, and nothing between thousands";
    BadParam::Flawed { key, why }
}

/// Somebody else's text for an error: its beginning, and of every character
/// that a link cannot have only the number.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("`");
    for c in text.chars().take(24) {
        if is_typed(c) || matches!(c, '=' | ':' | '/' | '%') {
            quoted.push(c);
        } else {
            quoted.extend(c.escape_unicode());
        }
    }
    quoted + if text.chars().nth(24).is_some() { "…`" } else { "`" }
}

/// A type that a parameter can have.
pub trait Setting: Sized {
    /// What limits a value of this type.
    type Limit: Clone;

    /// The limit in the words of a [`Field`].
    fn domain(limit: Self::Limit) -> Domain;

    /// The value as [`read`](Setting::read) takes it.
    fn show(&self) -> String;

    /// The value that a text stands for, if it lies within the limit.
    fn read(text: &str, limit: Self::Limit) -> Option<Self>;

    /// The value of the parameter `key`.
    ///
    /// # Errors
    /// If the text does not stand for one.
    fn of(key: &str, text: &str, limit: Self::Limit) -> Result<Self, BadParam> {
        Self::read(text, limit.clone())
            .ok_or_else(|| Self::flaw(key, text, limit))
    }

    /// What is wrong with a text that does not stand for a value.
    fn flaw(key: &str, text: &str, limit: Self::Limit) -> BadParam {
        BadParam::OutOfDomain {
            key: key.into(),
            expected: Self::domain(limit).to_string(),
            found: text.into(),
        }
    }
}

impl Setting for u64 {
    type Limit = RangeInclusive<u64>;

    fn domain(limit: Self::Limit) -> Domain {
        Domain::Whole(limit)
    }

    fn show(&self) -> String {
        self.to_string()
    }

    fn read(text: &str, limit: Self::Limit) -> Option<Self> {
        let value = untyped(text)?.parse().ok();
        value.filter(|value| limit.contains(value))
    }

    fn flaw(key: &str, text: &str, limit: Self::Limit) -> BadParam {
        no_number(key, text, &Self::domain(limit))
    }
}

impl Setting for usize {
    type Limit = RangeInclusive<u64>;

    fn domain(limit: Self::Limit) -> Domain {
        Domain::Whole(limit)
    }

    fn show(&self) -> String {
        self.to_string()
    }

    fn read(text: &str, limit: Self::Limit) -> Option<Self> {
        u64::read(text, limit)?.try_into().ok()
    }

    fn flaw(key: &str, text: &str, limit: Self::Limit) -> BadParam {
        u64::flaw(key, text, limit)
    }
}

impl Setting for f64 {
    type Limit = RangeInclusive<f64>;

    fn domain(limit: Self::Limit) -> Domain {
        Domain::Real(limit)
    }

    fn show(&self) -> String {
        Decimal(*self).to_string()
    }

    fn read(text: &str, limit: Self::Limit) -> Option<Self> {
        let value = decimal::read(&untyped(text)?);
        value.filter(|value| limit.contains(value))
    }

    fn flaw(key: &str, text: &str, limit: Self::Limit) -> BadParam {
        no_number(key, text, &Self::domain(limit))
    }
}

impl Setting for Activation {
    type Limit = &'static [&'static str];

    fn domain(limit: Self::Limit) -> Domain {
        Domain::Choice(limit.to_vec())
    }

    fn show(&self) -> String {
        self.to_string()
    }

    fn read(text: &str, limit: Self::Limit) -> Option<Self> {
        limit.contains(&text).then(|| text.parse().ok()).flatten()
    }
}

/// One of a few names.
impl Setting for &'static str {
    type Limit = &'static [&'static str];

    fn domain(limit: Self::Limit) -> Domain {
        Domain::Choice(limit.to_vec())
    }

    fn show(&self) -> String {
        (*self).to_string()
    }

    fn read(text: &str, limit: Self::Limit) -> Option<Self> {
        limit.iter().find(|name| **name == text).copied()
    }
}

/// The name in `names` that is nearest to `name`, if one is near enough to be
/// what was meant.
///
/// ```
/// use study::params::nearest;
/// assert_eq!(nearest("epoch", ["lr", "epochs"]), Some("epochs"));
/// assert_eq!(nearest("LR", ["lr", "epochs"]), Some("lr"));
/// assert_eq!(nearest("colour", ["lr", "epochs"]), None);
/// ```
pub fn nearest<'a>(
    name: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let name = &name.to_ascii_lowercase();
    let distance = |candidate: &str| {
        strsim::osa_distance(name, &candidate.to_ascii_lowercase())
    };
    names
        .into_iter()
        .map(|candidate| (distance(candidate), candidate))
        .filter(|(distance, _)| *distance <= 1 + name.chars().count() / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The seeds of an experiment that takes `count` of them, from `first` on.
///
/// ```
/// # use study::params::seeds;
/// assert!(seeds(7, 3).eq([7, 8, 9]));
/// ```
pub fn seeds(first: u64, count: usize) -> Range<u64> {
    first..first + count as u64
}

/// Declares the parameters of an experiment: name, type, default, range,
/// label and, where there is one, unit.
///
/// ```
/// use study::params::Params as _;
///
/// study::params! {
///     /// What the run depends on.
///     pub struct Params {
///         /// The step size.
///         lr: f64 = 0.1, in 1e-6..=10.0, "Learning rate";
///         /// How often every sample is used.
///         epochs: usize = 20, in 1..=1000, "Training time", "epochs";
///     }
/// }
///
/// let mut params = Params::default();
/// params.set("lr", "0.5").unwrap();
/// assert_eq!(params.lr, 0.5);
///
/// let error = params.set("lr", "-1").unwrap_err().to_string();
/// assert_eq!(error, "lr: expected a number from 0.000001 to 10, found `-1`");
/// let error = params.set("epoch", "3").unwrap_err().to_string();
/// assert_eq!(error, "no parameter `epoch`: did you mean `epochs`?");
/// ```
#[macro_export]
macro_rules! params {
    (
        $(#[$doc:meta])*
        pub struct $name:ident {
            $(
                $(#[$field_doc:meta])*
                $key:ident : $type:ty = $default:expr, in $limit:expr,
                $label:literal $(, $unit:literal)?;
            )*
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $($(#[$field_doc])* pub $key: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default,)* }
            }
        }

        impl $crate::params::Params for $name {
            fn fields() -> Vec<$crate::params::Field> {
                use $crate::params::Setting as _;
                let default = Self::default();
                vec![$($crate::params::Field {
                    key: stringify!($key),
                    label: $label,
                    unit: concat!($($unit)?),
                    domain: <$type>::domain($limit),
                    default: default.$key.show(),
                },)*]
            }

            fn get(&self, key: &str) -> Option<String> {
                use $crate::params::Setting as _;
                match key {
                    $(stringify!($key) => Some(self.$key.show()),)*
                    _ => None,
                }
            }

            fn set(
                &mut self,
                key: &str,
                text: &str,
            ) -> Result<(), $crate::params::BadParam> {
                use $crate::params::Setting as _;
                match key {
                    $(stringify!($key) => {
                        self.$key = <$type>::of(key, text, $limit)?;
                    })*
                    _ => return Err($crate::params::unknown(
                        key, &[$(stringify!($key)),*],
                    )),
                }
                Ok(())
            }
        }
    };
}

/// The error for a parameter that does not exist.
#[doc(hidden)]
pub fn unknown(key: &str, keys: &[&'static str]) -> BadParam {
    let hint = match nearest(key, keys.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", keys.join(", ")),
    };
    BadParam::Unknown { key: key.into(), hint }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select, test_runner::RngSeed};

    use super::*;

    fn real(text: &str) -> Result<f64, String> {
        f64::of("lr", text, -1e9..=1e9).map_err(|bad| bad.to_string())
    }

    fn whole(text: &str) -> Result<u64, String> {
        u64::of("n", text, 0..=1_000_000).map_err(|bad| bad.to_string())
    }

    /// The digits with a mark between thousands.
    fn grouped(digits: &str, mark: &str) -> String {
        let mut text = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text += mark;
            }
            text.push(digit);
        }
        text
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(14),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn a_number_is_read_as_any_country_writes_it_or_the_doubt_is_told(
            number in (0..1_000_000u32, "[0-9]{1,6}"),
            sign in select(vec!["", "-", "\u{2212}", "+"]),
            mark in select(vec!["", " ", "\u{a0}", "\u{2009}", "\u{202f}", "'", "’"]),
            point in select(vec![".", ","]),
            power in select(vec!["", "e-3", "E2"]),
        ) {
            let (digits, decimals) = (number.0.to_string(), &number.1);
            let plain = format!("{sign}{digits}.{decimals}{power}");
            let plain = plain.replace('\u{2212}', "-");
            let digits = grouped(&digits, mark);
            let text = format!("{sign}{digits}{point}{decimals}{power}");
            let is_doubtful = point == ","
                && decimals.len() == 3
                && digits.len() <= 3
                && digits != "0";
            match real(&text) {
                Ok(value) => {
                    prop_assert_eq!(Ok(value), plain.parse());
                    prop_assert!(!is_doubtful, "{}", text);
                }
                Err(said) => {
                    prop_assert!(is_doubtful, "{}: {}", text, said);
                    prop_assert!(said.contains("nothing between thousands"));
                    if power.is_empty() && sign != "\u{2212}" {
                        let both = format!(
                            "{sign}{digits}{decimals} or \
                             {sign}{digits}.{decimals}?"
                        );
                        prop_assert!(said.contains(&both), "{}", said);
                    }
                }
            }
        }

        #[test]
        fn a_whole_number_has_no_mark_that_could_be_a_decimal_one(
            number in 0..=1_000_000u64,
            mark in select(vec![
                "", " ", "\u{a0}", "\u{2009}", "\u{202f}", "'", "’", ",", ".",
            ]),
        ) {
            let text = grouped(&number.to_string(), mark);
            if number >= 1000 && matches!(mark, "," | ".") {
                let said = whole(&text).unwrap_err();
                prop_assert!(said.contains("a whole number from 0"), "{}", said);
                prop_assert!(said.ends_with("nothing between thousands"));
            } else {
                prop_assert_eq!(whole(&text), Ok(number));
            }
        }

        #[test]
        fn no_text_is_taken_for_a_number_that_it_does_not_look_like(
            text in "[-\u{2212}+0-9., '’e]{0,9}",
        ) {
            let plain: String = text
                .chars()
                .filter(|c| !matches!(c, ' ' | '\'' | '’'))
                .map(|c| match c {
                    ',' => '.',
                    '\u{2212}' => '-',
                    c => c,
                })
                .collect();
            if let Ok(value) = real(&text) {
                prop_assert_eq!(Ok(value), plain.parse(), "{}", text);
            }
            if let Ok(value) = whole(&text) {
                prop_assert_eq!(Ok(value), plain.parse(), "{}", text);
            }
        }
    }

    #[test]
    fn a_comma_is_a_point_where_it_can_be_nothing_else() {
        assert_eq!(real("0,05"), Ok(0.05));
        assert_eq!(real("0,050"), Ok(0.05));
        assert_eq!(real("−1,5e-3"), Ok(-0.0015));
        assert_eq!(real("1 000,5"), Ok(1000.5));
        let said = |text| real(text).unwrap_err();
        assert_eq!(
            said("1,000"),
            "lr: is `1,000` 1000 or 1.000? Write a point before decimals, \
             and nothing between thousands"
        );
        for text in ["1,000,000", "1.234,5", "1,234.5", "1 0", "12 34"] {
            let said = said(text);
            assert!(said.contains(&format!("found `{text}`: ")), "{said}");
        }
        assert!(said("abc").ends_with("found `abc`"));
        assert!(whole("0,5").unwrap_err().ends_with("found `0,5`"));
    }
}
