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

/// eˣ.
///
/// ```
/// assert_eq!(slope::transcendental::exp(0.0), 1.0);
/// ```
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// The hyperbolic tangent.
///
/// ```
/// assert_eq!(slope::transcendental::tanh(-0.0).to_bits(), (-0.0f64).to_bits());
/// ```
pub fn tanh(x: f64) -> f64 {
    libm::tanh(x)
}

/// eˣ − 1, accurate near zero.
///
/// ```
/// assert_eq!(slope::transcendental::exp_m1(1e-300), 1e-300);
/// ```
pub fn exp_m1(x: f64) -> f64 {
    libm::expm1(x)
}

/// The natural logarithm.
///
/// ```
/// assert_eq!(slope::transcendental::ln(1.0), 0.0);
/// ```
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// ln(1 + x), accurate near zero.
///
/// ```
/// assert_eq!(slope::transcendental::ln_1p(1e-300), 1e-300);
/// ```
pub fn ln_1p(x: f64) -> f64 {
    libm::log1p(x)
}

/// The complementary error function 1 − erf(x), accurate for large x.
///
/// ```
/// assert_eq!(slope::transcendental::erfc(0.0), 1.0);
/// ```
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// The sine of an angle in radians.
///
/// ```
/// assert_eq!(slope::transcendental::sin(0.0), 0.0);
/// ```
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// The cosine of an angle in radians.
///
/// ```
/// assert_eq!(slope::transcendental::cos(0.0), 1.0);
/// ```
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// x raised to the power y.
///
/// ```
/// assert_eq!(slope::transcendental::pow(2.0, 10.0), 1024.0);
/// ```
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}
