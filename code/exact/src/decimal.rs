//! Decimal text as the nearest number.
//!
//! The standard library reads it just as right, with a table of ten kilobytes
//! that the program of a page would have to bring. Here 10ᵏ is multiplied out.
//!
//! See the chapter `until-two-to-the-minus-149`.

/// The number that a text stands for: `12`, `-0.5`, `1e-9`. Digits after the
/// nineteenth count as zeros. `None` for any other text, and for what is too
/// large.
///
/// ```
/// use exact::decimal::read;
/// assert_eq!(read("-0.1"), Some(-0.1));
/// assert_eq!(read("+1.5e-7"), Some(1.5e-7));
/// assert_eq!(read("NaN"), None);
/// assert_eq!(read("1e999"), None);
/// ```
pub fn read(text: &str) -> Option<f64> {
    let bare = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (digits, power) = match bare.split_once(['e', 'E']) {
        Some((digits, power)) => (digits, power.parse().ok()?),
        None => (bare, 0i32),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() + part.len() == 0 {
        return None;
    }
    let mut m = 0u64;
    let mut k = power.saturating_sub(i32::try_from(part.len()).ok()?);
    for c in whole.chars().chain(part.chars()) {
        let digit = c.to_digit(10)?;
        if m < 1_000_000_000_000_000_000 {
            m = 10 * m + u64::from(digit);
        } else {
            k = k.saturating_add(1);
        }
    }
    let value = nearest(m, k);
    let value = if text.starts_with('-') { -value } else { value };
    value.is_finite().then_some(value)
}

/// The number nearest to m·10ᵏ; of two that are as near, the even one. Below
/// 10⁻³⁰⁷, where numbers have fewer digits, it may be the other neighbour.
///
/// ```
/// assert_eq!(exact::decimal::nearest(3, -1), 0.3);
/// assert_eq!(exact::decimal::nearest(1, 23), 1e23);
/// ```
pub fn nearest(m: u64, k: i32) -> f64 {
    if m < 1 << 53 && k.abs() <= 22 {
        // m and 10²² are exact, so only the last operation rounds.
        let power = (0..k.abs()).fold(1.0, |power, _| 10.0 * power);
        return if k < 0 { m as f64 / power } else { m as f64 * power };
    }
    if m == 0 || k < -MOST {
        return 0.0;
    } else if k > MOST {
        return f64::INFINITY;
    }
    let (mut over, mut under) = ([0; DIGITS], [0; DIGITS]);
    (over[0], over[1], under[0]) = (m as u32, (m >> 32) as u32, 1);
    for _ in 0..k.abs() {
        multiply(if k < 0 { &mut under } else { &mut over }, 10);
    }
    // The same number of bits: over/under is from ½ to 2.
    let more = bits(&over) - bits(&under);
    for _ in 0..more.abs() {
        multiply(if more < 0 { &mut over } else { &mut under }, 2);
    }
    let mut q = 0u64;
    for _ in 0..63 {
        q *= 2;
        if over.iter().rev().ge(under.iter().rev()) {
            subtract(&mut over, &under);
            q += 1;
        }
        multiply(&mut over, 2);
    }
    // q has bits to spare; what is left only tells a half from more than it.
    q |= u64::from(bits(&over) > 0);
    let half = (more - 62) / 2; // 2ᵐᵒʳᵉ⁻⁶² may be too small for a number
    q as f64 * two_to(half) * two_to(more - 62 - half)
}

/// No finite number needs a larger power of ten, in either direction.
const MOST: i32 = 350;

/// Of a whole number, the digits to the base 2³², the lowest first: enough for
/// 2⁶⁴·10³⁵⁰.
const DIGITS: usize = 40;

fn multiply(whole: &mut [u32; DIGITS], by: u32) {
    let mut carry = 0;
    for digit in whole {
        carry += u64::from(*digit) * u64::from(by);
        *digit = carry as u32;
        carry >>= 32;
    }
}

fn subtract(whole: &mut [u32; DIGITS], less: &[u32; DIGITS]) {
    let mut borrow = false;
    for (digit, less) in whole.iter_mut().zip(less) {
        let (one, first) = digit.overflowing_sub(*less);
        let (two, second) = one.overflowing_sub(u32::from(borrow));
        (*digit, borrow) = (two, first || second);
    }
}

fn bits(whole: &[u32; DIGITS]) -> i32 {
    let top = whole.iter().rposition(|digit| *digit > 0);
    top.map_or(0, |i| 32 * i as i32 + 32 - whole[i].leading_zeros() as i32)
}

fn two_to(k: i32) -> f64 {
    let by = if k < 0 { 0.5 } else { 2.0 };
    (0..k.abs()).fold(1.0, |power, _| by * power)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Rng, Stream};

    /// Whatever the standard library makes of it.
    fn agrees(text: &str) {
        let wanted: Option<f64> = text.parse().ok();
        let wanted = wanted.filter(|value| value.is_finite());
        let bits = |value: Option<f64>| value.map(f64::to_bits);
        assert_eq!(bits(read(text)), bits(wanted), "{text}");
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
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "", "-", "+", ".", "e1", "1e", "1e+", "--1", "1.2.3", "1,5", " 1",
            "1 ", "0x1", "inf", "NaN", "1e1e1", "１", "1e999", "-1e400",
        ] {
            assert_eq!(read(text), None, "{text}");
            agrees(&text.replace("inf", "x"));
        }
        for text in ["1.", ".5", "-0", "1E5", "1e-999", "0e999", "007"] {
            agrees(text);
        }
    }
}
