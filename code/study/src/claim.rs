//! A sentence of the book, what was measured for it, and the settings that it
//! speaks of: its domain.
//!
//! Inside its domain a claim that fails is a fault of the book. Outside nobody
//! has claimed anything, and nothing fails.

use std::fmt;

use slope::decimal::{self, Decimal};

use crate::{
    fact::{Fact, rounded, with_commas},
    params::Field,
};

/// The seeds that every claim has been tried with: 0 to 19.
pub const SEEDS: u64 = 20;

/// A sentence of the book that the outcome must bear out.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Claim {
    /// The sentence.
    pub says: String,
    /// What was measured, with the bound that it must keep.
    pub measured: Measured,
    /// Whether it does.
    pub holds: bool,
    /// What may be otherwise than in the book, besides the seeds.
    pub domain: Vec<Span>,
    /// Whether the run's settings lie in the domain.
    pub is_claimed: bool,
    /// Whether it is of the book's settings, whatever its experiment is about.
    is_of_the_book: bool,
}

/// A parameter, and which of its values a claim speaks of.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Span {
    /// The parameter.
    pub key: String,
    /// The values.
    pub values: Values,
}

/// Some of the values that a parameter may take.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Values {
    /// All of them.
    Any,
    /// Numbers from one to another, both included.
    Between(f64, f64),
    /// These names.
    OneOf(Vec<String>),
}

/// A number or a count, beside what it must be.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Measured {
    /// There was no number.
    Nothing,
    /// A number that must stay below a bound.
    Below {
        /// The number.
        value: f64,
        /// What it must not reach.
        bound: f64,
    },
    /// A number that must stay above a bound.
    Above {
        /// The number.
        value: f64,
        /// What it must not reach.
        bound: f64,
    },
    /// A count that must be another.
    Equal {
        /// The count.
        found: usize,
        /// What it must be.
        expected: usize,
    },
}

/// What a run has to say of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is claimed, and it holds.
    Holds,
    /// It is claimed, and it does not hold.
    Fails,
    /// It holds, and the book does not claim it of these settings.
    HoldsBesides,
    /// It does not hold, and the book does not claim it of these settings.
    NotClaimed,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Holds => "holds",
            Verdict::Fails => "FAILS",
            Verdict::HoldsBesides => "not claimed at these settings, but holds",
            Verdict::NotClaimed => "not claimed at these settings",
        })
    }
}

impl Claim {
    /// A claim that a number stays below a bound. It fails if there was
    /// nothing to measure: if the number is not finite.
    ///
    /// ```
    /// # use study::claim::Claim;
    /// assert!(Claim::below("the gap is rounding", 1e-15, 1e-13).holds);
    /// assert!(!Claim::below("the gap is rounding", f64::NAN, 1e-13).holds);
    /// ```
    pub fn below(says: &str, value: f64, bound: f64) -> Self {
        let measured = Measured::Below { value, bound };
        Self::new(says, value.is_finite().then_some(measured), value < bound)
    }

    /// A claim that a number stays above a bound. It fails if there was
    /// nothing to measure: if the number is not finite.
    ///
    /// ```
    /// # use study::claim::Claim;
    /// assert!(Claim::above("the line is left", 14.0, 3.0).holds);
    /// assert!(!Claim::above("the line is left", f64::INFINITY, 3.0).holds);
    /// ```
    pub fn above(says: &str, value: f64, bound: f64) -> Self {
        let measured = Measured::Above { value, bound };
        Self::new(says, value.is_finite().then_some(measured), value > bound)
    }

    /// A claim that two counts are equal.
    pub fn equal(says: &str, found: usize, expected: usize) -> Self {
        let measured = Measured::Equal { found, expected };
        Self::new(says, Some(measured), found == expected)
    }

    fn new(says: &str, measured: Option<Measured>, holds: bool) -> Self {
        Self {
            says: says.into(),
            measured: measured.unwrap_or(Measured::Nothing),
            holds: holds && measured.is_some(),
            domain: Vec::new(),
            is_claimed: true,
            is_of_the_book: false,
        }
    }

    /// The same claim, of every value of the parameter `key`.
    ///
    /// ```
    /// # use study::claim::Claim;
    /// let exact = Claim::below("a product of slopes", 0.0, 1e-12);
    /// let exact = exact.for_any("gain").between("depth", 1.0, 8.0);
    /// assert_eq!(exact.domain_in_words(), "any gain, depth from 1 to 8");
    /// ```
    pub fn for_any(self, key: &str) -> Self {
        self.over(Span::any(key))
    }

    /// The same claim, of the values of a parameter between two.
    pub fn between(self, key: &str, least: f64, most: f64) -> Self {
        self.over(Span::between(key, least, most))
    }

    /// The same claim, of some names of a parameter.
    pub fn for_each(self, key: &str, names: &[&str]) -> Self {
        self.over(Span::one_of(key, names))
    }

    /// The same claim, of the settings of the book and no others, whatever its
    /// experiment is about.
    pub fn of_the_book(self) -> Self {
        Self { is_of_the_book: true, ..self }
    }

    fn over(mut self, span: Span) -> Self {
        self.domain.push(span);
        self
    }

    /// The same claim, of what its experiment is about as well, where it does
    /// not say itself of which values of a parameter it speaks.
    pub(crate) fn within(mut self, domain: &[Span]) -> Self {
        if self.is_of_the_book {
            return self;
        }
        let is_open =
            |span: &&Span| self.domain.iter().all(|own| own.key != span.key);
        let open: Vec<_> = domain.iter().filter(is_open).cloned().collect();
        self.domain.extend(open);
        self
    }

    /// What may be otherwise than in the book, besides the seeds.
    pub fn domain_in_words(&self) -> String {
        let spans: Vec<_> = self.domain.iter().map(Span::to_string).collect();
        spans.join(", ")
    }

    /// What the run says of the claim.
    ///
    /// ```
    /// # use study::claim::Claim;
    /// let mut claim = Claim::above("the line is left", 1.0, 3.0);
    /// assert_eq!(claim.verdict().to_string(), "FAILS");
    /// claim.is_claimed = false;
    /// assert_eq!(claim.verdict().to_string(), "not claimed at these settings");
    /// ```
    pub fn verdict(&self) -> Verdict {
        match (self.is_claimed, self.holds) {
            (true, true) => Verdict::Holds,
            (true, false) => Verdict::Fails,
            (false, true) => Verdict::HoldsBesides,
            (false, false) => Verdict::NotClaimed,
        }
    }

    /// The claim of a run with these settings, which lie in its domain or not.
    pub(crate) fn of_run(
        mut self,
        fields: &[Field],
        settings: &[(String, String)],
    ) -> Self {
        let lies_inside = |(key, value): &(String, String)| {
            let book = fields
                .iter()
                .any(|field| field.key == key && field.default == *value);
            let span = self.domain.iter().find(|span| span.key == *key);
            let known = ["seed", "seeds"].contains(&key.as_str());
            book || span.is_some_and(|span| span.has(value)) || known
        };
        self.is_claimed =
            settings.iter().all(lies_inside) && are_tried(fields, settings);
        self
    }
}

/// Whether the seeds are among those that the claims have been tried with:
/// each of the twenty by itself, or from the book's first one on as many as in
/// the book, or more.
fn are_tried(fields: &[Field], settings: &[(String, String)]) -> bool {
    let number = |of: Option<&String>| of.and_then(|n| n.parse::<u64>().ok());
    let book = |key: &str| {
        number(fields.iter().find(|f| f.key == key).map(|f| &f.default))
    };
    let set = |key: &str| {
        let found = settings.iter().find(|(known, _)| known == key);
        number(found.map(|(_, value)| value)).or(book(key))
    };
    match (set("seed"), set("seeds")) {
        (seed, None) => seed.is_none_or(|seed| seed < SEEDS),
        (seed, Some(seeds)) => {
            let all = book("seeds").unwrap_or_default()..=SEEDS;
            seed == book("seed")
                && (all.contains(&seeds) || book("seeds") == Some(seeds))
        }
    }
}

impl Span {
    /// Every value of a parameter.
    pub fn any(key: &str) -> Self {
        Self { key: key.into(), values: Values::Any }
    }

    /// The values of a parameter between two, both included.
    pub fn between(key: &str, least: f64, most: f64) -> Self {
        Self { key: key.into(), values: Values::Between(least, most) }
    }

    /// Some names of a parameter.
    pub fn one_of(key: &str, names: &[&str]) -> Self {
        let names = names.iter().map(ToString::to_string).collect();
        Self { key: key.into(), values: Values::OneOf(names) }
    }

    fn has(&self, value: &str) -> bool {
        match &self.values {
            Values::Any => true,
            Values::Between(least, most) => decimal::read(value)
                .is_some_and(|value| (*least..=*most).contains(&value)),
            Values::OneOf(names) => names.iter().any(|name| name == value),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        match &self.values {
            Values::Any => write!(f, "any {key}"),
            Values::Between(least, most) => {
                let (least, most) = (Decimal(*least), Decimal(*most));
                write!(f, "{key} from {least} to {most}")
            }
            Values::OneOf(names) => {
                write!(f, "{key} {}", names.join(" or "))
            }
        }
    }
}

impl Measured {
    /// The number that was measured, or the count.
    pub fn value(&self) -> f64 {
        match *self {
            Measured::Nothing => f64::NAN,
            Measured::Below { value, .. } | Measured::Above { value, .. } => {
                value
            }
            // Exact: no count comes near 2^53.
            Measured::Equal { found, .. } => found as f64,
        }
    }

    /// What was measured as the digest of a run has it: to four digits.
    pub fn digits(&self) -> String {
        let number = |value: f64, sign, bound: f64| {
            format!("{:.3e} {sign} {:e}", Decimal(value), Decimal(bound))
        };
        match *self {
            Measured::Nothing => "there was nothing to measure".into(),
            Measured::Below { value, bound } => number(value, '<', bound),
            Measured::Above { value, bound } => number(value, '>', bound),
            Measured::Equal { found, expected } => {
                format!("{found} = {expected}")
            }
        }
    }
}

/// As a person reads it: `0.269, claimed less than 0.3`.
impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, side, bound) = match *self {
            Measured::Nothing => {
                return f.write_str("there was nothing to measure");
            }
            Measured::Equal { found, expected } => {
                let counts = [found, expected].map(|n| with_commas(n as f64));
                let [found, expected] = counts;
                return write!(f, "{found}, claimed {expected}");
            }
            Measured::Below { value, bound } => (value, "less", bound),
            Measured::Above { value, bound } => (value, "more", bound),
        };
        // As many digits as it takes to be on its side of the bound.
        let told = |rounded: f64| {
            (rounded < bound, rounded > bound) == (value < bound, value > bound)
        };
        let is_told = |digits: &usize| told(rounded(value, *digits));
        let digits = (2..=17).find(is_told).unwrap_or(17);
        let of_bound = |digits: &usize| rounded(bound, *digits) == bound;
        let all = (1..=17).find(of_bound).unwrap_or(17);
        let read = |value, digits| Fact::readable("", value, digits).text();
        let (value, bound) = (read(value, digits), read(bound, all));
        write!(f, "{value}, claimed {side} than {bound}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{params, params::Params as _};

    params! {
        /// What a claim may be about.
        pub struct Params {
            factor: f64 = 0.9, in 0.01..=1.2, "Learning rate";
            width: usize = 4, in 1..=8, "Width";
            seed: u64 = 0, in 0..=9, "First seed";
            seeds: usize = 5, in 1..=20, "Seeds";
        }
    }

    #[test]
    fn what_was_measured_is_read_as_a_person_writes_it() {
        for (measured, text) in [
            (
                Claim::below("", 7e-5, 1e-12).measured,
                "7.0\u{a0}×\u{a0}10⁻⁵, claimed less than 10⁻¹²",
            ),
            (
                Claim::below("", 0.26951, 0.3).measured,
                "0.27, claimed less than 0.3",
            ),
            (
                Claim::below("", 0.29996, 0.3).measured,
                "0.29996, claimed less than 0.3",
            ),
            (
                Claim::above("", -0.5, 0.0).measured,
                "−0.50, claimed more than 0",
            ),
            (
                Claim::below("", 0.0, 2e-13).measured,
                "0, claimed less than 2\u{a0}×\u{a0}10⁻¹³",
            ),
            (
                Claim::above("", 1234.0, 1000.0).measured,
                "1234, claimed more than 1000",
            ),
            (Claim::above("", 31.4, 30.0).measured, "31, claimed more than 30"),
            (Claim::equal("", 4, 17_290).measured, "4, claimed 17,290"),
            (
                Claim::below("", f64::NAN, 1.0).measured,
                "there was nothing to measure",
            ),
        ] {
            assert_eq!(measured.to_string(), text);
        }
    }

    fn claimed(claim: &Claim, fields: &[Field], set: &[(&str, &str)]) -> bool {
        let set: Vec<_> =
            set.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        claim.clone().of_run(fields, &set).is_claimed
    }

    #[test]
    fn a_claim_is_made_inside_its_domain_alone() {
        let fields = Params::fields();
        let claim = Claim::below("", 0.0, 1.0).between("factor", 0.5, 0.9);
        let is = |set: &[_]| claimed(&claim, &fields, set);
        assert!(is(&[]));
        assert!(is(&[("factor", "0.5"), ("seeds", "20")]));
        assert!(!is(&[("factor", "0.4")]));
        assert!(!is(&[("factor", "0.5"), ("seed", "1")]));
        assert!(!is(&[("factor", "0.5"), ("seeds", "1")]));
        assert!(is(&[("width", "4")]));
        assert!(!is(&[("width", "5")]));
    }
}
