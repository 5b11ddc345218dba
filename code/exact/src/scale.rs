//! Powers of two: a multiplication by one is exact, so numbers of any size can
//! be brought near 1 and back, and no digit knows of it.
//!
//! See the chapter `until-two-to-the-minus-149`.

/// The k with 2ᵏ ≤ max |vᵢ| < 2ᵏ⁺¹. 0 if all are zero, if there are none, or if
/// one is not finite.
///
/// ```
/// use exact::scale::exponent;
/// assert_eq!(exponent(&[0.75, -5.0]), 2);
/// assert_eq!(exponent(&[5e-324]), -1074);
/// assert_eq!(exponent(&[0.0]), 0);
/// ```
pub fn exponent<'a>(values: impl IntoIterator<Item = &'a f64>) -> i32 {
    let top = values.into_iter().fold(0.0, |top: f64, v| {
        let size = v.abs();
        if size > top || size.is_nan() { size } else { top }
    });
    if top == 0.0 || !top.is_finite() { 0 } else { libm::ilogb(top) }
}

/// x·2ᵏ, rounded once where it is below the normal numbers.
///
/// ```
/// use exact::scale::shifted;
/// assert_eq!(shifted(3.0, -1), 1.5);
/// assert_eq!(shifted(shifted(1e-300, -2000), 2000), 0.0);
/// assert_eq!(shifted(1.0, 1024), f64::INFINITY);
/// ```
pub fn shifted(x: f64, k: i32) -> f64 {
    libm::scalbn(x, k)
}
