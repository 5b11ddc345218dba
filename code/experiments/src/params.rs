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
pub trait Params: Default + Clone + Send + Sync {
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
                "at most {most} points as lines x,y,label, the labels 0 or 1"
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
pub(crate) fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '.' | ',')
}

/// Somebody else's text for an error: its beginning, and of every character
/// that a link cannot have only the number.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("`");
    for c in text.chars().take(24) {
        if is_plain(c) || matches!(c, '=' | ' ' | ':' | '/') {
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
        text.parse().ok().filter(|value| limit.contains(value))
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
        decimal::read(text).filter(|value| limit.contains(value))
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
/// use experiments::params::nearest;
/// assert_eq!(nearest("epoch", ["lr", "epochs"]), Some("epochs"));
/// assert_eq!(nearest("colour", ["lr", "epochs"]), None);
/// ```
pub fn nearest<'a>(
    name: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    names
        .into_iter()
        .map(|candidate| (strsim::osa_distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= 1 + name.chars().count() / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The seeds of an experiment that takes `count` of them, from `first` on.
///
/// ```
/// # use experiments::params::seeds;
/// assert!(seeds(7, 3).eq([7, 8, 9]));
/// ```
pub fn seeds(first: u64, count: usize) -> Range<u64> {
    first..first + count as u64
}

/// Declares the parameters of an experiment: name, type, default, range,
/// label and, where there is one, unit.
///
/// ```
/// use experiments::params::Params as _;
///
/// experiments::params! {
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
