//! Every transcendental function of the crate, and the only door to them.
//!
//! The standard library's `f64::exp` and its kin call the platform's maths
//! library, whose last digit differs between Linux, macOS, Windows and the
//! browser. A training run amplifies that digit until the figure looks
//! different. Everything here is plain IEEE arithmetic or the portable `libm`
//! crate, so the same input gives the same bits on every machine. Square
//! roots are exact by the IEEE standard and need no such care.
//!
//! See the chapter `until-two-to-the-minus-149`.

use crate::tile::widest;
use std::f64::consts::LOG2_E;
use std::hint::black_box;

/// eˣ, within 1.1 units in the last place: the last rounding costs ½, and so do
/// those of r and of its series together, and a little.
///
/// eˣ = 2ᵏ·eʳ with k = round(x/ln 2), so that |r| ≤ ½ ln 2 and fourteen terms
/// of the series are enough. There is no table and no branch: a loop over many
/// x runs in the lanes of a vector, each lane with the bits it has alone.
///
/// ```
/// assert_eq!(exact::transcendental::exp(0.0), 1.0);
/// ```
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    let x = if x < -750.0 { -750.0 } else { x }; // e⁻⁷⁵⁰ rounds to 0
    let x = if x > 710.0 { 710.0 } else { x }; // e⁷¹⁰ is infinite
    let numbers = &NUMBERS;
    let (k, r) = numbers.reduced(x);
    let most = if k < -1000.0 { -1000.0 } else { k };
    let most = if most > 1000.0 { 1000.0 } else { most };
    // In two factors: 2ᵏ itself may be beyond the range of an f64.
    (1.0 + numbers.series(r)) * numbers.two_to(most) * numbers.two_to(k - most)
}

/// eˣ − 1, accurate near zero, within three units in the last place.
///
/// ```
/// assert_eq!(exact::transcendental::exp_m1(1e-300), 1e-300);
/// ```
#[inline(always)]
pub fn exp_m1(x: f64) -> f64 {
    let large = exp(x) - 1.0;
    let small = if x > 1.0 { 1.0 } else { x };
    let small = if small < -708.0 { -708.0 } else { small }; // −1
    let (k, r) = NUMBERS.reduced(small);
    let small = NUMBERS.less_one(NUMBERS.two_to(k), NUMBERS.series(r));
    if x > 1.0 { large } else { small }
}

/// The hyperbolic tangent, within four units in the last place.
///
/// ```
/// assert_eq!(exact::transcendental::tanh(-0.0).to_bits(), (-0.0f64).to_bits());
/// ```
#[inline(always)]
pub fn tanh(x: f64) -> f64 {
    tanh_and_slope(x).0
}

/// tanh x and its slope 1 − tanh² x, both accurate over the whole line: the
/// slope within six units in the last place, down to where it rounds to 0.
///
/// With m = e^−2|x| − 1, tanh |x| = −m/(2 + m) and the slope is 4(1 + m)/(2 +
/// m)²: nothing is subtracted from something near it.
///
/// ```
/// assert_eq!(exact::transcendental::tanh_and_slope(0.0), (0.0, 1.0));
/// ```
#[inline(always)]
pub fn tanh_and_slope(x: f64) -> (f64, f64) {
    NUMBERS.tanh_and_slope(x)
}

/// The same of many numbers: `a` and `slope` have room for as many.
///
/// # Panics
/// If they have not.
///
/// ```
/// let (mut a, mut slope) = ([9.0; 2], [9.0; 2]);
/// exact::transcendental::tanhs_and_slopes(&[0.0, 40.0], &mut a, &mut slope);
/// assert_eq!((a, slope[0]), ([0.0, 1.0], 1.0));
/// ```
pub fn tanhs_and_slopes(x: &[f64], a: &mut [f64], slope: &mut [f64]) {
    assert_eq!(x.len(), a.len(), "as many values as x");
    assert_eq!(x.len(), slope.len(), "as many slopes as x");
    // A browser makes what it knows anew in each turn of a loop, with three
    // instructions, and loads with one what it does not know.
    let page = cfg!(target_family = "wasm");
    let numbers = if page { black_box(NUMBERS) } else { NUMBERS };
    widest(
        #[inline(always)]
        || {
            for ((x, a), slope) in x.iter().zip(a).zip(slope) {
                (*a, *slope) = numbers.tanh_and_slope(*x);
            }
        },
    );
}

/// What the exponential is made of.
struct Numbers {
    log2_e: f64,
    /// ln 2 in two parts (as in Sun's fdlibm); a multiple of the first is
    /// exact.
    ln_2: [f64; 2],
    /// Adding 1.5·2⁵² leaves no bit below the units: the sum is rounded to a
    /// whole number, which then lies in the lowest bits.
    rounder: f64,
    /// 1/2!, 1/3!, … 1/13!
    inverse_factorials: [f64; 12],
}

const NUMBERS: Numbers = Numbers {
    log2_e: LOG2_E,
    ln_2: [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10],
    rounder: 6755399441055744.0,
    inverse_factorials: [
        1.0 / 2.0,
        1.0 / 6.0,
        1.0 / 24.0,
        1.0 / 120.0,
        1.0 / 720.0,
        1.0 / 5_040.0,
        1.0 / 40_320.0,
        1.0 / 362_880.0,
        1.0 / 3_628_800.0,
        1.0 / 39_916_800.0,
        1.0 / 479_001_600.0,
        1.0 / 6_227_020_800.0,
    ],
};

impl Numbers {
    #[inline(always)]
    fn tanh_and_slope(&self, x: f64) -> (f64, f64) {
        let x2 = -2.0 * x.abs();
        let x2 = if x2 < -750.0 { -750.0 } else { x2 };
        let (k, r) = self.reduced(x2);
        // In two factors, as in `exp`; for m, the first is enough.
        let most = if k < -1000.0 { -1000.0 } else { k };
        let (scale, rest) = (self.two_to(most), self.series(r));
        let m = self.less_one(scale, rest);
        let inverse = 1.0 / (2.0 + m);
        let slope = 4.0 * (1.0 + rest) * inverse * inverse;
        let slope = slope * scale * self.two_to(k - most);
        ((-m * inverse).copysign(x), slope)
    }

    /// 2ᵏeʳ − 1 of 2ᵏ and eʳ − 1.
    #[inline(always)]
    fn less_one(&self, scale: f64, rest: f64) -> f64 {
        scale * rest + (scale - 1.0)
    }

    /// (k, r) with x = k·ln 2 + r, k whole and |r| ≤ ½ ln 2 (a little more
    /// where x/ln 2 rounds the other way).
    #[inline(always)]
    fn reduced(&self, x: f64) -> (f64, f64) {
        let k = (x * self.log2_e + self.rounder) - self.rounder;
        (k, (x - k * self.ln_2[0]) - k * self.ln_2[1])
    }

    /// eʳ − 1 = r + r²·(1/2! + r/3! + … + r¹¹/13!), the terms in pairs, fours
    /// and eights (G. Estrin, 1960): a third as many steps that wait for each
    /// other.
    #[inline(always)]
    fn series(&self, r: f64) -> f64 {
        let c = &self.inverse_factorials;
        let (r2, r4) = (r * r, (r * r) * (r * r));
        let pair = |i: usize| c[i] + c[i + 1] * r;
        let four = |i: usize| pair(i) + pair(i + 2) * r2;
        r + r2 * ((four(0) + four(4) * r4) + four(8) * (r4 * r4))
    }

    /// 2ᵏ for a whole k in −1022..=1023: the exponent bits hold k + 1023.
    #[inline(always)]
    fn two_to(&self, k: f64) -> f64 {
        f64::from_bits((k + (self.rounder + 1023.0)).to_bits() << 52)
    }
}

/// The natural logarithm.
///
/// ```
/// assert_eq!(exact::transcendental::ln(1.0), 0.0);
/// ```
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// ln(1 + x), accurate near zero.
///
/// ```
/// assert_eq!(exact::transcendental::ln_1p(1e-300), 1e-300);
/// ```
pub fn ln_1p(x: f64) -> f64 {
    libm::log1p(x)
}

/// The complementary error function 1 − erf(x), accurate for large x.
///
/// ```
/// assert_eq!(exact::transcendental::erfc(0.0), 1.0);
/// ```
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// The sine of an angle in radians.
///
/// ```
/// assert_eq!(exact::transcendental::sin(0.0), 0.0);
/// ```
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// The cosine of an angle in radians.
///
/// ```
/// assert_eq!(exact::transcendental::cos(0.0), 1.0);
/// ```
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// x raised to the power y.
///
/// ```
/// assert_eq!(exact::transcendental::pow(2.0, 10.0), 1024.0);
/// ```
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}
