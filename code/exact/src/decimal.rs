//! Decimal text as the nearest number, and a number as decimal text.
//!
//! The standard library does both just as right, and faster, with tables and
//! code of twenty kilobytes that the program of a page would have to bring.
//! There, 10ᵏ is multiplied out; elsewhere, the standard library reads.
//!
//! See the chapter `until-two-to-the-minus-149`.

mod whole;
mod written;

use std::cmp::Ordering::{Equal, Greater};
use std::fmt::{self, Write as _};

use whole::Whole;
use written::{Digits, End};

use crate::scale::shifted;

/// A number that is written as an `f64` is: by `{}`, `{:.3}`, `{:e}` or
/// `{:.3e}`, and without a width.
///
/// ```
/// use exact::decimal::Decimal;
/// assert_eq!(format!("{}", Decimal(0.1)), "0.1");
/// assert_eq!(format!("{:.1}", Decimal(2.25)), "2.2");
/// assert_eq!(format!("{:e}", Decimal(-1500.0)), "-1.5e3");
/// assert_eq!(format!("{:.0e}", Decimal(1500.0)), "2e3");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decimal(pub f64);

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = f.precision().map_or(End::Shortest, End::Places);
        let Some(digits) = self.begun(f, end)? else { return Ok(()) };
        let last = match end {
            End::Places(places) => -(places as i32),
            _ => digits.last().min(0),
        };
        placed(f, &digits, digits.power.max(0), last)
    }
}

impl fmt::LowerExp for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end =
            f.precision().map_or(End::Shortest, |more| End::After(more + 1));
        let Some(mut digits) = self.begun(f, end)? else { return Ok(()) };
        let power = digits.power;
        digits.power = 0;
        let last = f.precision().map_or(digits.last(), |more| -(more as i32));
        placed(f, &digits, 0, last)?;
        write!(f, "e{power}")
    }
}

impl Decimal {
    /// Writes the sign and, where there are no digits, the name; else gives
    /// the digits.
    fn begun(
        self,
        f: &mut fmt::Formatter<'_>,
        end: End,
    ) -> Result<Option<Digits>, fmt::Error> {
        if self.0.is_nan() {
            f.write_str("NaN")?;
            return Ok(None);
        }
        if self.0.is_sign_negative() {
            f.write_char('-')?;
        }
        if self.0.is_infinite() {
            f.write_str("inf")?;
            return Ok(None);
        }
        Ok(Some(Digits::of(self.0.abs(), end)))
    }
}

/// Writes the digits that count 10ᶠⁱʳˢᵗ to 10ˡᵃˢᵗ.
fn placed(
    f: &mut fmt::Formatter<'_>,
    digits: &Digits,
    first: i32,
    last: i32,
) -> fmt::Result {
    for p in (last..=first).rev() {
        if p == -1 {
            f.write_char('.')?;
        }
        f.write_char((b'0' + digits.at(p)).into())?;
    }
    Ok(())
}

/// The shortest text that is read as the number: one with a power of ten where
/// the number is very large or very small.
///
/// ```
/// use exact::decimal::text;
/// assert_eq!(text(0.1 + 0.2), "0.30000000000000004");
/// assert_eq!(text(2000.0), "2000");
/// assert_eq!(text(5e-324), "5e-324");
/// ```
pub fn text(value: f64) -> String {
    let (number, size) = (Decimal(value), value.abs());
    if size == 0.0 || (1e-4..1e16).contains(&size) {
        format!("{number}")
    } else {
        format!("{number:e}")
    }
}

/// The number nearest to what a text stands for: `12`, `-0.5`, `1e-9`; of two
/// that are as near, the even one. All digits count. What is too large is
/// infinite; so is `inf`. There is `NaN`, too. `None` for any other text.
///
/// ```
/// use exact::decimal::read;
/// assert_eq!(read("-0.1"), Some(-0.1));
/// assert_eq!(read("+1.5e-7"), Some(1.5e-7));
/// assert!(read("NaN").is_some_and(f64::is_nan));
/// assert_eq!(read("1,5"), None);
/// assert_eq!(read("1e999"), Some(f64::INFINITY));
/// assert_eq!(read("1e-99999999999"), Some(0.0));
/// ```
pub fn read(text: &str) -> Option<f64> {
    #[cfg(not(target_family = "wasm"))]
    return text.parse().ok();
    #[cfg(target_family = "wasm")]
    multiplied_out(text)
}

/// What [`read`] gives, without the standard library.
#[cfg(any(target_family = "wasm", test))]
fn multiplied_out(text: &str) -> Option<f64> {
    let bare = text.strip_prefix(['+', '-']).unwrap_or(text);
    let named = |name: &str| bare.eq_ignore_ascii_case(name);
    let value = if named("inf") || named("infinity") {
        f64::INFINITY
    } else if named("nan") {
        f64::NAN
    } else {
        magnitude(bare)?
    };
    Some(if text.starts_with('-') { -value } else { value })
}

/// The number that a text without a sign stands for.
#[cfg(any(target_family = "wasm", test))]
fn magnitude(text: &str) -> Option<f64> {
    // Half way between two numbers, there are no more than 767 digits: of what
    // comes after, it matters only whether there is any.
    const KEPT: usize = 800;
    let (mut digits, mut k, mut more) = (vec![], 0i64, false);
    let (mut any, mut point) = (false, false);
    for (at, c) in text.bytes().enumerate() {
        match c {
            b'0'..=b'9' => {
                let digit = c - b'0';
                any = true;
                k -= i64::from(point);
                if digits.len() == KEPT {
                    k += 1;
                    more |= digit > 0;
                } else if digit > 0 || !digits.is_empty() {
                    digits.push(digit);
                }
            }
            b'.' if !point => point = true,
            b'e' | b'E' if any => {
                k = k.saturating_add(power(&text[at + 1..])?);
                break;
            }
            _ => return None,
        }
    }
    if more {
        digits.push(1);
        k = k.saturating_sub(1);
    }
    // Below 10ᵉⁿᵈ, and no less than a tenth of it.
    let end = k.saturating_add(digits.len() as i64);
    any.then(|| match digits.len() {
        0 => 0.0,
        _ if end > 310 => f64::INFINITY,
        _ if end < -330 => 0.0,
        1..=19 => {
            let m = digits.iter().fold(0, |m, d| 10 * m + u64::from(*d));
            nearest(m, k as i32)
        }
        _ => {
            let m = digits.iter().fold(Whole::new(0), |m, d| {
                m.times(10, 1).plus(&Whole::new(u64::from(*d)))
            });
            rounded(m, k as i32)
        }
    })
}

/// The power after an `e`. One that has no place in an `i64` is as good as the
/// largest.
#[cfg(any(target_family = "wasm", test))]
fn power(text: &str) -> Option<i64> {
    let bare = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut digits =
        bare.bytes().map(|c| c.is_ascii_digit().then_some(c - b'0'));
    let size = digits.try_fold(0i64, |size, digit| {
        Some(size.saturating_mul(10).saturating_add(digit?.into()))
    });
    let size = size.filter(|_| !bare.is_empty())?;
    Some(if text.starts_with('-') { -size } else { size })
}

/// The number nearest to m·10ᵏ; of two that are as near, the even one.
///
/// ```
/// assert_eq!(exact::decimal::nearest(3, -1), 0.3);
/// assert_eq!(exact::decimal::nearest(1, 23), 1e23);
/// assert_eq!(exact::decimal::nearest(718744456858682, -323), 7.18744456858682e-309);
/// ```
pub fn nearest(m: u64, k: i32) -> f64 {
    if m < 1 << 53 && (-22..=22).contains(&k) {
        // m and 10²² are exact, so only the last operation rounds.
        let power = (0..k.abs()).fold(1.0, |power, _| 10.0 * power);
        return if k < 0 { m as f64 / power } else { m as f64 * power };
    }
    if m == 0 || k < -MOST {
        return 0.0;
    } else if k > MOST {
        return f64::INFINITY;
    }
    rounded(Whole::new(m), k)
}

/// No finite number needs a larger power of ten, in either direction.
const MOST: i32 = 350;

/// The number nearest to m·10ᵏ, m > 0.
fn rounded(m: Whole, k: i32) -> f64 {
    let mut over = m.times(10, k);
    let mut under = Whole::new(1).times(10, -k);
    // The same number of bits, then 1 ≤ over/under < 2.
    let mut power = over.bits() - under.bits();
    over = over.times(2, -power);
    under = under.times(2, power);
    if over.compare(&under).is_lt() {
        over = over.times(2, 1);
        power -= 1;
    }
    // Below 2⁻¹⁰²², there are fewer than 53 digits: none counts less than
    // 2⁻¹⁰⁷⁴. So it is rounded once.
    let count = (power + 1075).min(53);
    if count < 0 {
        return 0.0;
    }
    let mut q = 0u64;
    for _ in 0..count {
        q *= 2;
        if over.compare(&under).is_ge() {
            over = over.minus(&under);
            q += 1;
        }
        over = over.times(2, 1);
    }
    let half = over.compare(&under);
    q += u64::from(half == Greater || half == Equal && q % 2 == 1);
    shifted(q as f64, power + 1 - count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Rng, Stream};

    /// Whatever the standard library makes of it.
    fn agrees(text: &str) {
        let wanted: Option<f64> = text.parse().ok();
        // All NaNs are one.
        let bits = |value: Option<f64>| {
            value.map(|v| if v.is_nan() { u64::MAX } else { v.to_bits() })
        };
        assert_eq!(bits(read(text)), bits(wanted), "{text}");
        assert_eq!(bits(multiplied_out(text)), bits(wanted), "{text}");
    }

    #[test]
    fn it_is_the_nearest() {
        let mut rng = Rng::new(1, Stream::Noise);
        for _ in 0..3000 {
            let digits = 1 + rng.below(19);
            let m = rng.below(10usize.pow(digits as u32 - 1).max(9));
            let k = rng.below(600) as i32 - 300 - digits as i32;
            agrees(&format!("{m}e{k}"));
            let value = rng.normal() * rng.normal();
            agrees(&format!("{value}"));
            agrees(&format!("{value:e}"));
            agrees(&format!("{value:.3}"));
        }
        for k in -307..=308 {
            for digit in 1..10 {
                agrees(&format!("{digit}e{k}"));
            }
        }
    }

    /// Whatever the standard library writes.
    fn is_written(value: f64) {
        let shown = Decimal(value);
        assert_eq!(format!("{shown}"), format!("{value}"));
        assert_eq!(format!("{shown:e}"), format!("{value:e}"));
        for n in [0, 1, 2, 3, 17] {
            assert_eq!(
                format!("{shown:.n$}"),
                format!("{value:.n$}"),
                "{value:e}"
            );
            assert_eq!(format!("{shown:.n$e}"), format!("{value:.n$e}"));
        }
        let text = text(value);
        let std = format!("{value:?}");
        assert_eq!(text, std.strip_suffix(".0").unwrap_or(&std));
    }

    #[test]
    fn numbers_are_written_as_the_standard_library_writes_them() {
        let mut rng = Rng::new(2, Stream::Noise);
        for _ in 0..3000 {
            let bits = rng.below(usize::MAX) as u64;
            is_written(f64::from_bits(bits));
            is_written(rng.normal());
            is_written(rng.below(1000) as f64 / 8.0);
            is_written(rng.below(100_000) as f64 / 1000.0);
        }
        // Below a power of two, numbers are nearer than above.
        for exponent in 0..=2046 {
            let power = f64::from_bits(exponent << 52);
            is_written(power);
            is_written(power.next_down());
            is_written(power.next_up());
        }
        for k in -323..=308 {
            for digit in 1..10 {
                is_written(read(&format!("{digit}e{k}")).unwrap());
            }
        }
        for special in [0.0, 0.5, 9.5, 9.995, 0.05, 1e16, 1e-4, 9999999.5] {
            is_written(special);
            is_written(-special);
        }
        for special in [f64::NAN, f64::INFINITY, f64::MAX, f64::MIN_POSITIVE] {
            is_written(special);
            is_written(-special);
        }
    }

    /// Half way between two numbers, and a digit beside it.
    #[test]
    fn ties_go_to_the_even_number() {
        for m in [9007199254740993u64, 9007199254740995, 18014398509481990] {
            agrees(&format!("{m}"));
            agrees(&format!("{m}.0000000000000000"));
            agrees(&format!("{m}001e-3"));
            agrees(&format!("{}999e-3", m - 1));
        }
        agrees("1e23");
        agrees("8.5e22");
        agrees("1.7976931348623157e308");
        agrees("1.7976931348623159e308");
        // 5e-324 and the half of it, from both sides.
        agrees("2.4703282292062327e-324");
        agrees("2.4703282292062328e-324");
    }

    /// Where numbers have fewer digits, a text is rounded once.
    #[test]
    fn subnormal_numbers_come_back() {
        agrees("7.18744456858682e-309");
        let mut rng = Rng::new(3, Stream::Noise);
        for _ in 0..3000 {
            let bits = rng.below(1 << 53) as u64;
            let value = f64::from_bits(bits >> rng.below(52));
            let back = |text: &str| multiplied_out(text).map(f64::to_bits);
            assert_eq!(back(&text(value)), Some(value.to_bits()));
            agrees(&text(value));
            agrees(&format!("{value:.17e}"));
            let m = 1 + rng.below(1 << 60) as u64;
            let k = rng.below(40) as i32 - 345;
            let std: f64 = format!("{m}e{k}").parse().unwrap();
            assert_eq!(nearest(m, k).to_bits(), std.to_bits(), "{m}e{k}");
        }
    }

    /// Each digit counts, however many there are: half way between two numbers
    /// takes up to 767 of them.
    #[test]
    fn the_last_of_a_thousand_digits_counts() {
        let mut rng = Rng::new(4, Stream::Noise);
        for _ in 0..100 {
            let low = rng.below(0x7ff0_0000_0000_0000 >> 8) as u64;
            let low = f64::from_bits(low << rng.below(8));
            // All digits of a number and of the next, and so of their mean.
            let all = format!("{low:.1074}");
            agrees(&all);
            agrees(&format!("{all}000000000000001"));
            agrees(&format!("{all}e-5"));
        }
        let half = "9007199254740993";
        for zeros in [0, 1, 700, 765, 800, 2000] {
            let zeros = "0".repeat(zeros);
            agrees(&format!("{half}.{zeros}"));
            agrees(&format!("{half}.{zeros}1"));
            agrees(&format!("0.{zeros}9007199254740993e{}", zeros.len()));
            agrees(&format!("9007199254740993{zeros}e-{}", zeros.len()));
        }
        // Half of the smallest number, written out.
        let tiny = format!("{:.1074}", 5e-324);
        let (digits, _) = tiny[2..].split_at(1074);
        let significant = digits.trim_start_matches('0');
        agrees(&format!("0.{digits}"));
        agrees(&format!("{significant}e-1074"));
    }

    #[test]
    fn a_power_of_any_size_is_read() {
        let nines = "9".repeat(40);
        for power in ["99999999999", "2147483648", "350", "330", &nines] {
            for m in ["1", "0", "0.0", "123456789012345678901234567890"] {
                agrees(&format!("{m}e{power}"));
                agrees(&format!("{m}e-{power}"));
            }
        }
        let zeros = "0".repeat(500);
        agrees(&format!("0.{zeros}1e501"));
        agrees(&format!("1{zeros}e-500"));
        assert_eq!(nearest(1, i32::MIN), 0.0);
        assert_eq!(nearest(1, i32::MAX), f64::INFINITY);
        assert_eq!(nearest(0, i32::MAX), 0.0);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "", "-", "+", ".", "e1", "1e", "1e+", "--1", "1.2.3", "1,5", " 1",
            "1 ", "0x1", "nano", "i", "1e1e1", "１",
        ] {
            assert_eq!(read(text), None, "{text}");
            agrees(text);
        }
        for text in ["1.", ".5", "-0", "1E5", "1e-999", "0e999", "007"] {
            agrees(text);
        }
        for text in ["1e999", "-1e400", "NaN", "-nan", "+inf", "-Infinity"] {
            agrees(text);
        }
    }
}
