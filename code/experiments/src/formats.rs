//! The number formats that networks are computed in, and what a layer gives in
//! each.
//!
//! An `f16` is the binary16 of IEEE 754; a bfloat16, here `bf16`, has the
//! exponents of an `f32` and 8 digits. Both are emulated: each product and each
//! sum of two of their numbers is formed in `f64` and rounded to the nearest
//! number of the format, a tie to the even one. That is their arithmetic: a
//! product has at most 22 digits, so the `f64` is exact; a sum is exact, too, or
//! so uneven that a second rounding changes nothing, for 53 ≥ 2·digits + 2 (S.
//! Figueroa, *When is double rounding innocuous?*, SIGNUM Newsletter 30(3),
//! 1995). The same holds of `f32`, and a test compares it with the processor's.
//! Numbers too large for a format are not emulated; none here comes near.

use slope::Dense;

/// A binary floating-point format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// What it is called.
    pub name: &'static str,
    /// The binary digits of a normal number.
    pub digits: i32,
    /// The smallest positive number is 2 to the power of minus this.
    pub least: i32,
}

const fn format(name: &'static str, digits: i32, least: i32) -> Format {
    Format { name, digits, least }
}

pub const F64: Format = format("f64", 53, 1074);
pub const F32: Format = format("f32", 24, 149);
pub const F16: Format = format("f16", 11, 24);
pub const BF16: Format = format("bf16", 8, 133);

/// All of them, the finest first.
pub const FORMATS: [Format; 4] = [F64, F32, F16, BF16];

impl Format {
    /// The number of this format that is nearest to x, of two the even one.
    ///
    /// Beside 1.5·2⁵²·u the last digit of an f64 is worth u, so that adding
    /// that number and taking it away again rounds x to a multiple of u.
    pub fn rounded(self, x: f64) -> f64 {
        if self.digits == F64.digits {
            return x;
        }
        let unit = (exponent(x) - self.digits + 1).max(-self.least);
        let beside = 1.5 * two_to(52 + unit);
        (x + beside) - beside
    }

    /// The smallest normal number is 2 to the power of this.
    pub fn least_normal(self) -> i32 {
        self.digits - 1 - self.least
    }

    /// What one unit in the last place of 1 is, halved: the largest relative
    /// error of one rounding.
    pub fn roundoff(self) -> f64 {
        two_to(-self.digits)
    }
}

/// ⌊log₂|x|⌋ for a normal x; less than any exponent here for a smaller one.
fn exponent(x: f64) -> i32 {
    ((x.to_bits() >> 52) & 0x7ff) as i32 - 1023
}

/// 2ᵏ for k in −1022..=1023: the exponent bits hold k + 1023.
pub fn two_to(k: i32) -> f64 {
    f64::from_bits(((k + 1023) as u64) << 52)
}

/// For each unit of a layer, its values on all inputs.
pub type Values = Vec<Vec<f64>>;

/// W·a + b, from the bias on and with the inputs of a unit in their order, as
/// the book's network adds. Each product and each sum goes through `each`.
pub fn affine(
    layer: &Dense,
    a: &Values,
    mut each: impl FnMut(f64) -> f64,
) -> Values {
    let units = layer.w.rows().into_iter().zip(&layer.b);
    let of_unit = |(w, b): (ndarray::ArrayView1<f64>, &f64)| {
        let mut z = vec![*b; a[0].len()];
        for (w, a) in w.iter().zip(a) {
            for (z, a) in z.iter_mut().zip(a) {
                let product = each(w * a);
                *z = each(*z + product);
            }
        }
        z
    };
    units.map(of_unit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use slope::rng::{Rng, Stream};

    /// Products and sums of numbers of every size, also where digits end.
    #[test]
    fn a_rounded_f32_is_that_of_the_processor() {
        let mut rng = Rng::new(0, Stream::Data);
        for _ in 0..20_000 {
            let mut drawn = |least: f64| {
                let size = rng.uniform_in(least, 10.0) as i32;
                (rng.normal() * two_to(size)) as f32
            };
            let (a, b, c) = (drawn(-75.0), drawn(-75.0), drawn(-148.0));
            let product = F32.rounded(f64::from(a) * f64::from(b));
            assert_eq!(product, f64::from(a * b), "{a:e} · {b:e}");
            for (a, b) in [(a, b), (a, c), (b, c)] {
                let sum = F32.rounded(f64::from(a) + f64::from(b));
                assert_eq!(sum, f64::from(a + b), "{a:e} + {b:e}");
            }
        }
    }

    #[test]
    fn ties_go_to_the_even_neighbour() {
        let ties = [(192.5, 192.0), (193.5, 194.0), (-192.5, -192.0)];
        for (x, y) in ties.into_iter().chain([(192.51, 193.0), (0.0, 0.0)]) {
            assert_eq!(BF16.rounded(x), y);
        }
        assert_eq!([1024.5, 1025.5].map(|x| F16.rounded(x)), [1024.0, 1026.0]);
        assert_eq!(F16.rounded(two_to(-25)), 0.0);
        assert_eq!(F16.rounded(1.5 * two_to(-24)), two_to(-23));
    }

    #[test]
    fn the_formats_are_as_wide_as_they_are() {
        assert_eq!(two_to(F32.least_normal()), f64::from(f32::MIN_POSITIVE));
        assert_eq!(two_to(F64.least_normal()), f64::MIN_POSITIVE);
        assert_eq!(F32.roundoff(), f64::from(f32::EPSILON) / 2.0);
        assert_eq!([F16, BF16].map(Format::least_normal), [-14, -126]);
    }
}
