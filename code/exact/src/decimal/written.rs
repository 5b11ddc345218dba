//! The digits of a number, one after the other (R. G. Burger, R. K. Dybvig,
//! Printing floating-point numbers quickly and accurately, PLDI 1996).

use std::cmp::Ordering::{self, Equal, Greater, Less};
use std::f64::consts::LOG10_2;

use super::whole::Whole;

/// Decimal digits, the first before the point, times a power of ten. The first
/// is 0 only where all are.
pub(super) struct Digits {
    pub(super) digits: Vec<u8>,
    pub(super) power: i32,
}

/// Where digits end.
#[derive(Clone, Copy)]
pub(super) enum End {
    /// As soon as no other number is as near to them.
    Shortest,
    /// After so many, rounded: of two that are as near, to the even one.
    After(usize),
    /// At so many places after the point, rounded in the same way.
    Places(usize),
}

impl Digits {
    /// Those of a number that is finite and not negative.
    pub(super) fn of(value: f64, end: End) -> Self {
        if value == 0.0 {
            return Self { digits: vec![0], power: 0 };
        }
        let mut rest = Rest::of(value);
        let power = rest.align(end);
        let count = match end {
            End::Shortest => return rest.shortest(power),
            End::After(count) => count as i32,
            End::Places(places) => places as i32 + power + 1,
        };
        let mut rounded = rest.rounded(power, count);
        if let End::After(count) = end {
            rounded.digits.truncate(count);
        }
        rounded
    }

    /// The digit that counts 10ᵖ.
    pub(super) fn at(&self, p: i32) -> u8 {
        let i = usize::try_from(self.power - p);
        i.ok().and_then(|i| self.digits.get(i)).map_or(0, |digit| *digit)
    }

    /// The power of ten that the last digit counts.
    pub(super) fn last(&self) -> i32 {
        self.power + 1 - self.digits.len() as i32
    }
}

/// What is left of a number as its digits are taken off: x/one. It may change
/// by `below`/one and `above`/one and is still nearer to the number than to any
/// other.
struct Rest {
    x: Whole,
    one: Whole,
    below: Whole,
    above: Whole,
    /// Whether half way to another number still counts as the number.
    even: bool,
}

impl Rest {
    /// All of a number that is finite and positive.
    fn of(value: f64) -> Self {
        let bits = value.to_bits();
        let (exponent, low) = ((bits >> 52) as i32, bits & ((1 << 52) - 1));
        // Below 2⁻¹⁰²², numbers are as far apart as above.
        let m = if exponent > 0 { low | 1 << 52 } else { low };
        let power = exponent.max(1) - 1075;
        let (up, down) = (power.max(0), (-power).max(0));
        // Below a power of two, numbers are half as far apart.
        let halved = i32::from(low == 0 && exponent > 1);
        Self {
            x: Whole::new(m).times(2, up + halved + 1),
            one: Whole::new(1).times(2, down + halved + 1),
            below: Whole::new(1).times(2, up),
            above: Whole::new(1).times(2, up + halved),
            even: m.is_multiple_of(2),
        }
    }

    /// Makes the first digit the next one, and gives the power of ten that it
    /// counts.
    fn align(&mut self, end: End) -> i32 {
        // 2ᵇ ≤ x/one < 2ᵇ⁺¹: at most one too few.
        let b = self.x.bits() - self.one.bits();
        let mut power = (f64::from(b) * LOG10_2).floor() as i32;
        self.one = self.one.times(10, power);
        self.shift(-power);
        loop {
            let ten = self.one.times(10, 1);
            let over = match end {
                End::Shortest => self.reaches(&ten),
                End::After(_) | End::Places(_) => self.x.compare(&ten).is_ge(),
            };
            if !over {
                return power;
            }
            (self.one, power) = (ten, power + 1);
        }
    }

    fn shift(&mut self, power: i32) {
        for part in [&mut self.x, &mut self.below, &mut self.above] {
            *part = part.times(10, power);
        }
    }

    /// Whether the number may as well be so large.
    fn reaches(&self, large: &Whole) -> bool {
        self.counts(large.compare(&self.x.plus(&self.above)))
    }

    /// Whether something counts as the number that compares so to the border.
    fn counts(&self, order: Ordering) -> bool {
        order == Less || order == Equal && self.even
    }

    fn digit(&mut self) -> u8 {
        let mut digit = 0;
        while self.x.compare(&self.one).is_ge() {
            self.x = self.x.minus(&self.one);
            digit += 1;
        }
        digit
    }

    /// What is left, compared to a half.
    fn to_half(&self) -> Ordering {
        self.x.times(2, 1).compare(&self.one)
    }

    fn shortest(mut self, power: i32) -> Digits {
        let mut digits = vec![];
        loop {
            let digit = self.digit();
            let low = self.counts(self.x.compare(&self.below));
            let high = self.reaches(&self.one);
            if low || high {
                let up = high && !(low && self.to_half() == Less);
                digits.push(digit + u8::from(up));
                return Digits { digits, power };
            }
            digits.push(digit);
            self.shift(1);
        }
    }

    /// So many digits, from the one that counts 10ᵖᵒʷᵉʳ, or one more where they
    /// are rounded up to it.
    fn rounded(mut self, mut power: i32, count: i32) -> Digits {
        if count < 1 {
            // A 0 before the first digit, which may become a 1.
            power += 1;
            self.one = self.one.times(10, 1);
        }
        let mut digits = vec![self.digit()];
        for _ in 1..count {
            self.shift(1);
            digits.push(self.digit());
        }
        let odd = digits[digits.len() - 1] % 2 == 1;
        let half = self.to_half();
        let up = half == Greater || half == Equal && odd;
        if up && count >= 0 && raised(&mut digits) {
            digits.insert(0, 1);
            power += 1;
        }
        Digits { digits, power }
    }
}

/// Adds 1 to the last digit, and tells whether there is one to carry.
fn raised(digits: &mut [u8]) -> bool {
    for digit in digits.iter_mut().rev() {
        *digit = (*digit + 1) % 10;
        if *digit > 0 {
            return false;
        }
    }
    true
}
