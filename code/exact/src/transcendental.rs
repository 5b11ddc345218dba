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

use std::f64::consts::LOG2_E;

/// eˣ, within one unit in the last place.
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
    let (k, r) = reduced(x);
    let most = if k < -1000.0 { -1000.0 } else { k };
    let most = if most > 1000.0 { 1000.0 } else { most };
    // In two factors: 2ᵏ itself may be beyond the range of an f64.
    (1.0 + series(r)) * two_to(most) * two_to(k - most)
}

/// eˣ − 1, accurate near zero, within two units in the last place.
///
/// ```
/// assert_eq!(exact::transcendental::exp_m1(1e-300), 1e-300);
/// ```
#[inline(always)]
pub fn exp_m1(x: f64) -> f64 {
    let large = exp(x) - 1.0;
    let small = if x > 1.0 { 1.0 } else { x };
    let (small, _) = exp_m1_and_exp(small);
    if x > 1.0 { large } else { small }
}

/// The hyperbolic tangent, within three units in the last place.
///
/// ```
/// assert_eq!(exact::transcendental::tanh(-0.0).to_bits(), (-0.0f64).to_bits());
/// ```
#[inline(always)]
pub fn tanh(x: f64) -> f64 {
    tanh_and_slope(x).0
}

/// tanh x and its slope 1 − tanh² x, both accurate over the whole line.
///
/// With m = e^−2|x| − 1, tanh |x| = −m/(2 + m) and the slope is 4(1 + m)/(2 +
/// m)²: nothing is subtracted from something near it.
///
/// ```
/// assert_eq!(exact::transcendental::tanh_and_slope(0.0), (0.0, 1.0));
/// ```
#[inline(always)]
pub fn tanh_and_slope(x: f64) -> (f64, f64) {
    let (m, e) = exp_m1_and_exp(-2.0 * x.abs());
    let inverse = 1.0 / (2.0 + m);
    let slope = 4.0 * e * inverse * inverse;
    ((-m * inverse).copysign(x), slope)
}

/// (eˣ − 1, eˣ) for x ≤ 1; below −708 as for −708.
#[inline(always)]
fn exp_m1_and_exp(x: f64) -> (f64, f64) {
    let x = if x < -708.0 { -708.0 } else { x };
    let (k, r) = reduced(x);
    let (scale, rest) = (two_to(k), series(r));
    (scale * rest + (scale - 1.0), scale * rest + scale)
}

/// (k, r) with x = k·ln 2 + r, k whole and |r| ≤ ½ ln 2 (a little more where
/// x/ln 2 rounds the other way).
#[inline(always)]
fn reduced(x: f64) -> (f64, f64) {
    let k = (x * LOG2_E + ROUNDER) - ROUNDER;
    (k, (x - k * LN_2_HIGH) - k * LN_2_LOW)
}

/// eʳ − 1 = r + r²·(1/2! + r/3! + … + r¹¹/13!), the terms in pairs, fours and
/// eights (G. Estrin, 1960): a third as many steps that wait for each other.
#[inline(always)]
fn series(r: f64) -> f64 {
    let c = INVERSE_FACTORIALS;
    let (r2, r4) = (r * r, (r * r) * (r * r));
    let pair = |i: usize| c[i] + c[i + 1] * r;
    let four = |i: usize| pair(i) + pair(i + 2) * r2;
    r + r2 * ((four(0) + four(4) * r4) + four(8) * (r4 * r4))
}

/// 2ᵏ for a whole k in −1022..=1023: the exponent bits hold k + 1023.
#[inline(always)]
fn two_to(k: f64) -> f64 {
    f64::from_bits((k + (ROUNDER + 1023.0)).to_bits() << 52)
}

/// Adding 1.5·2⁵² leaves no bit below the units: the sum is rounded to a whole
/// number, which then lies in the lowest bits.
const ROUNDER: f64 = 6755399441055744.0;
/// ln 2 in two parts (as in Sun's fdlibm); a multiple of the first is exact.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// 1/2!, 1/3!, … 1/13!
const INVERSE_FACTORIALS: [f64; 12] = [
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
];

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
