//! Named numbers: what a run found out, and how the prose shows it.
//!
//! A sentence of the book never holds a number that a run produced. It names
//! a fact, and the build puts the number in its place. `facts.lock` holds
//! every fact with its exact bits, so that a change of any number in the book
//! is a line in a diff.

use slope::decimal::{self, Decimal};

/// One number that the prose may quote.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Fact {
    /// Its name within the experiment, in kebab-case.
    pub name: String,
    /// The number, to the last bit.
    pub value: f64,
    /// How a reader sees it.
    pub show: Show,
    /// To which side it is rounded.
    pub toward: Toward,
}

/// To which side a number is rounded where a reader sees it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Toward {
    /// The nearer one.
    #[default]
    Nearest,
    /// Up, for a number that nothing exceeds.
    Up,
    /// Down, for a number that everything reaches.
    Down,
}

/// How a number is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Show {
    /// A whole number, with commas between thousands: `17,290`.
    Count,
    /// So many digits after the point: `0.276`.
    Fixed(usize),
    /// A ratio in percent, so many digits after the point: `97.4 %`.
    Percent(usize),
    /// So many significant digits and a power of ten: `5.0 × 10⁻¹⁵`.
    Scientific(usize),
}

impl Fact {
    /// A whole number, or `None` where the outcome has none.
    ///
    /// ```
    /// # use study::fact::Fact;
    /// assert_eq!(Fact::count("parameters", 17_290).text(), "17,290");
    /// ```
    pub fn count(name: &str, value: impl Into<Option<usize>>) -> Self {
        // Exact: no count of this book comes near 2^53.
        let value = value.into().map_or(f64::NAN, |value| value as f64);
        Self::new(name, value, Show::Count)
    }

    /// A number with a fixed number of digits after the point.
    ///
    /// ```
    /// # use study::fact::Fact;
    /// assert_eq!(Fact::fixed("floor", 0.27618, 3).text(), "0.276");
    /// ```
    pub fn fixed(name: &str, value: f64, digits: usize) -> Self {
        Self::new(name, value, Show::Fixed(digits))
    }

    /// A ratio, shown in percent.
    ///
    /// ```
    /// # use study::fact::Fact;
    /// assert_eq!(Fact::percent("agreement", 0.9951, 1).text(), "99.5\u{a0}%");
    /// ```
    pub fn percent(name: &str, value: f64, digits: usize) -> Self {
        Self::new(name, value, Show::Percent(digits))
    }

    /// A very small or very large number, to so many significant digits.
    ///
    /// ```
    /// # use study::fact::Fact;
    /// let gap = Fact::scientific("gap", 4.96e-15, 2);
    /// assert_eq!(gap.text(), "5.0\u{a0}×\u{a0}10⁻¹⁵");
    /// assert_eq!(gap.tex(), r"5.0 \times 10^{-15}");
    /// assert_eq!(Fact::scientific("none", 0.0, 2).text(), "0");
    /// ```
    ///
    /// To one digit, what is 1 times a power of ten is that power.
    ///
    /// ```
    /// # use study::fact::Fact;
    /// let step = Fact::scientific("step", 1e-5, 1);
    /// assert_eq!(step.text(), "10⁻⁵");
    /// assert_eq!(step.tex(), "10^{-5}");
    /// assert_eq!(step.code(), "1e-5");
    /// ```
    pub fn scientific(name: &str, value: f64, digits: usize) -> Self {
        Self::new(name, value, Show::Scientific(digits.max(1)))
    }

    /// A number with so many significant digits: as a decimal where that is
    /// short, and with a power of ten elsewhere.
    ///
    /// ```
    /// # use study::fact::Fact;
    /// let text = |value| Fact::readable("gap", value, 2).text();
    /// assert_eq!(text(0.0312), "0.031");
    /// assert_eq!(text(14.3), "14");
    /// assert_eq!(text(7.04e-5), "7.0\u{a0}×\u{a0}10⁻⁵");
    /// ```
    pub fn readable(name: &str, value: f64, digits: usize) -> Self {
        let digits = digits.max(1);
        let text = format!("{:.*e}", digits - 1, Decimal(value));
        let power = text.split_once('e').and_then(|(_, p)| p.parse().ok());
        match power {
            _ if value == 0.0 => Self::fixed(name, value, 0),
            Some(power @ -3_i32..=3) => {
                let decimals = (digits as i32 - 1 - power).max(0);
                Self::fixed(name, value, decimals as usize)
            }
            Some(4 | 5) => Self::new(name, value, Show::Count),
            _ => Self::scientific(name, value, digits),
        }
    }

    fn new(name: &str, value: f64, show: Show) -> Self {
        Self { name: name.into(), value, show, toward: Toward::Nearest }
    }

    /// The number as an upper bound: what is shown is not below it.
    ///
    /// ```
    /// # use study::fact::Fact;
    /// assert_eq!(Fact::fixed("gap", 0.00313, 3).most().text(), "0.004");
    /// assert_eq!(Fact::scientific("gap", 9.96e-3, 2).most().code(), "1.0e-2");
    /// ```
    pub fn most(self) -> Self {
        Self { toward: Toward::Up, ..self }
    }

    /// The number as a lower bound: what is shown is not above it.
    ///
    /// ```
    /// # use study::fact::Fact;
    /// assert_eq!(Fact::count("times", 15).least().text(), "15");
    /// assert_eq!(Fact::fixed("times", 14.65, 0).least().text(), "14");
    /// ```
    pub fn least(self) -> Self {
        Self { toward: Toward::Down, ..self }
    }

    /// The same fact with another number, of a run with other seeds.
    pub fn of(&self, value: f64) -> Self {
        Self { value, ..self.clone() }
    }

    /// The number as prose shows it.
    pub fn text(&self) -> String {
        let (value, percent) = self.decimals();
        match self.show {
            Show::Count => with_commas(self.value),
            Show::Fixed(digits) => {
                format!("{value:.digits$}").replace('-', "\u{2212}")
            }
            Show::Percent(digits) => {
                format!("{percent:.digits$}\u{a0}%").replace('-', "\u{2212}")
            }
            Show::Scientific(digits) => match self.parts(digits) {
                None => "0".into(),
                Some((mantissa, power)) => {
                    let times = times(&mantissa, "\u{a0}×\u{a0}");
                    let times = times.replace('-', "\u{2212}");
                    format!("{times}10{}", superscript(&power))
                }
            },
        }
    }

    /// The number as a formula shows it, for KaTeX.
    ///
    /// ```
    /// # use study::fact::Fact;
    /// assert_eq!(Fact::count("n", 17_290).tex(), "17{,}290");
    /// ```
    pub fn tex(&self) -> String {
        let (value, percent) = self.decimals();
        match self.show {
            Show::Count => with_commas(self.value).replace(',', "{,}"),
            Show::Fixed(digits) => format!("{value:.digits$}"),
            Show::Percent(digits) => {
                format!(r"{percent:.digits$}\,\%")
            }
            Show::Scientific(digits) => match self.parts(digits) {
                None => "0".into(),
                Some((mantissa, power)) => {
                    let times = times(&mantissa, r" \times ");
                    format!("{times}10^{{{power}}}")
                }
            },
        }
    }

    /// The number as code shows it: ASCII, without units.
    ///
    /// ```
    /// # use study::fact::Fact;
    /// assert_eq!(Fact::scientific("gap", 4.96e-15, 2).code(), "5.0e-15");
    /// ```
    pub fn code(&self) -> String {
        let (value, percent) = self.decimals();
        match self.show {
            Show::Count => format!("{value:.0}"),
            Show::Fixed(digits) => format!("{value:.digits$}"),
            Show::Percent(digits) => {
                format!("{percent:.digits$}%")
            }
            Show::Scientific(digits) => {
                format!("{value:.*e}", digits - 1)
            }
        }
    }

    /// The number itself, as no reader would want it.
    ///
    /// ```
    /// # use study::fact::Fact;
    /// assert_eq!(Fact::percent("half", 0.1 + 0.4, 0).exact(), "0.5");
    /// assert_eq!(Fact::fixed("tiny", 1e-300, 3).exact(), "1e-300");
    /// ```
    pub fn exact(&self) -> String {
        decimal::text(self.value)
    }

    /// The number and its hundredfold, each on the side that is asked for of
    /// what is shown.
    fn decimals(&self) -> (Decimal, Decimal) {
        let [value, percent] = [self.value, 100.0 * self.value];
        let [value, percent] = match self.show {
            Show::Count => [value, percent],
            Show::Fixed(digits) => [self.beside(value, digits as i32), percent],
            Show::Percent(digits) => {
                [value, self.beside(percent, digits as i32)]
            }
            Show::Scientific(digits) => {
                let shown = format!("{:.*e}", digits - 1, Decimal(value));
                let power = shown.split_once('e');
                let power = power.and_then(|(_, p)| p.parse::<i32>().ok());
                let digits = digits as i32 - 1 - power.unwrap_or_default();
                [self.beside(value, digits), percent]
            }
        };
        (Decimal(value), Decimal(percent))
    }

    /// The number with so many digits after the point that is on the side that
    /// is asked for; the value itself where either will do.
    fn beside(&self, value: f64, digits: i32) -> f64 {
        let unit = decimal::read(&format!("1e{}", -digits)).unwrap_or(f64::NAN);
        let nearest = unit * (value / unit).round();
        // The hundredfold and the quotient are rounded themselves.
        let is_shown = (nearest - value).abs() < 1e-12 * value.abs();
        if is_shown || !nearest.is_finite() {
            return value;
        }
        match self.toward {
            Toward::Nearest => value,
            Toward::Up if nearest < value => nearest + unit,
            Toward::Down if nearest > value => nearest - unit,
            Toward::Up | Toward::Down => nearest,
        }
    }

    /// Mantissa and power of ten, or `None` for zero.
    fn parts(&self, digits: usize) -> Option<(String, String)> {
        if self.value == 0.0 {
            return None;
        }
        let (value, _) = self.decimals();
        let text = format!("{value:.*e}", digits - 1);
        text.split_once('e').map(|(m, p)| (m.into(), p.into()))
    }
}

/// What stands before a power of ten: nothing where that is a bare 1.
fn times(mantissa: &str, sign: &str) -> String {
    match mantissa {
        "1" => String::new(),
        "-1" => "-".into(),
        _ => format!("{mantissa}{sign}"),
    }
}

/// The number with so many significant digits.
///
/// ```
/// assert_eq!(study::fact::rounded(0.012345, 3), 0.0123);
/// ```
pub fn rounded(value: f64, digits: usize) -> f64 {
    let text = format!("{:.*e}", digits - 1, Decimal(value));
    decimal::read(&text).unwrap_or(value)
}

pub(crate) fn with_commas(value: f64) -> String {
    let digits = format!("{:.0}", Decimal(value.abs()));
    let mut text = String::from(if value < 0.0 { "\u{2212}" } else { "" });
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn superscript(power: &str) -> String {
    power
        .chars()
        .map(|c| match c {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            _ => {
                char::from_u32('⁰' as u32 + c as u32 - '0' as u32).unwrap_or(c)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_zeros_and_powers_are_set_as_print_sets_them() {
        assert_eq!(Fact::fixed("a", -1.25, 1).text(), "−1.2");
        assert_eq!(Fact::percent("a", 0.0, 0).text(), "0\u{a0}%");
        assert_eq!(
            Fact::scientific("a", -1.5e203, 2).text(),
            "−1.5\u{a0}×\u{a0}10²⁰³"
        );
        assert_eq!(Fact::scientific("a", -1e-3, 1).text(), "−10⁻³");
        assert_eq!(Fact::scientific("a", -1e-3, 1).tex(), "-10^{-3}");
        assert_eq!(
            Fact::scientific("a", 1e-3, 2).text(),
            "1.0\u{a0}×\u{a0}10⁻³"
        );
        assert_eq!(Fact::count("a", 0).text(), "0");
        assert_eq!(Fact::count("a", 999).text(), "999");
        assert_eq!(Fact::count("a", 1_234_567).text(), "1,234,567");
    }

    #[test]
    fn a_bound_is_rounded_outward_or_not_at_all() {
        let shown = |fact: Fact| fact.code();
        let digits = 3;
        for value in [0.0, 0.0625, 0.1, 0.3, 0.06255, 1.0, 9.9996, 123.4564999]
        {
            for value in [value, -value] {
                let of = |text: String| decimal::read(&text).unwrap();
                let fixed = || Fact::fixed("a", value, digits);
                let power = || Fact::scientific("a", value, digits);
                assert!(of(shown(fixed().most())) >= value, "{value}");
                assert!(of(shown(fixed().least())) <= value, "{value}");
                assert!(of(shown(power().most())) >= value, "{value}");
                assert!(of(shown(power().least())) <= value, "{value}");
            }
        }
        // What is a decimal already stays as it is.
        assert_eq!(Fact::percent("a", 0.07, 0).most().text(), "7\u{a0}%");
        assert_eq!(Fact::fixed("a", 0.3, 1).most().text(), "0.3");
        assert_eq!(Fact::percent("a", 0.9975, 1).least().text(), "99.7\u{a0}%");
        assert_eq!(
            Fact::scientific("a", 9.99e-7, 2).most().text(),
            "1.0\u{a0}×\u{a0}10⁻⁶"
        );
        assert_eq!(Fact::scientific("a", 0.0, 2).most().text(), "0");
    }
}
