//! Activations: the value f(z) of a unit and its slope f′(z), side by side.
//!
//! Every formula is arranged so that with the customary parameter no finite
//! input overflows or turns into NaN: exponentials only ever see numbers ≤ 0.
//!
//! See the chapter `activations`.

use crate::name::{self, NameError};
use exact::decimal::{self, Decimal};
use exact::tile::widest;
use exact::transcendental::{erfc, exp, exp_m1, ln_1p, tanhs_and_slopes};
use std::f64::consts::{FRAC_1_SQRT_2, PI};
use std::fmt;
use std::str::FromStr;

/// The function a unit applies to its pre-activation z.
///
/// At a kink the slope is PyTorch's: 0 for ReLU at 0, `slope` for leaky ReLU,
/// `alpha` for ELU.
///
/// ```
/// use slope::Activation;
/// let f: Activation = "tanh".parse()?;
/// assert_eq!((f.value(0.0), f.slope(0.0)), (0.0, 1.0));
/// # Ok::<(), slope::NameError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// f(z) = z: slope one everywhere. The chapter `two-claims`.
    Identity,
    /// σ(z) = 1/(1 + e⁻ᶻ).
    Sigmoid,
    /// tanh z.
    Tanh,
    /// max(z, 0). The chapter `the-kink`.
    Relu,
    /// z for z > 0, else `slope`·z (A. L. Maas, A. Y. Hannun, A. Y. Ng, 2013).
    LeakyRelu {
        /// The slope on the left, 0.01 by custom.
        slope: f64,
    },
    /// z for z > 0, else α(eᶻ − 1) (D.-A. Clevert and others, 2015).
    Elu {
        /// The limit on the left is −α; 1 by custom.
        alpha: f64,
    },
    /// ln(1 + eᶻ), whose slope is the sigmoid.
    Softplus,
    /// z·Φ(z), Φ the normal distribution (D. Hendrycks, K. Gimpel, 2016).
    GeluErf,
    /// GELU with Φ(z) ≈ (1 + tanh(√(2/π)(z + 0.044715 z³)))/2.
    GeluTanh,
    /// z·σ(βz), also called Swish (P. Ramachandran and others, 2017).
    Silu {
        /// 1 by custom; 0 gives z/2, large β approaches ReLU.
        beta: f64,
    },
    /// z·tanh(softplus z) (D. Misra, 2019).
    Mish,
}

use Activation::*;

impl Activation {
    /// Every activation, with its customary parameter.
    pub const ALL: [Activation; 11] = [
        Identity,
        Sigmoid,
        Tanh,
        Relu,
        LeakyRelu { slope: 0.01 },
        Elu { alpha: 1.0 },
        Softplus,
        GeluErf,
        GeluTanh,
        Silu { beta: 1.0 },
        Mish,
    ];

    /// f(z).
    ///
    /// ```
    /// assert_eq!(slope::Activation::Relu.value(-2.0), 0.0);
    /// ```
    pub fn value(self, z: f64) -> f64 {
        self.value_and_slope(z).0
    }

    /// f′(z).
    ///
    /// ```
    /// assert_eq!(slope::Activation::Identity.slope(-2.0), 1.0);
    /// ```
    pub fn slope(self, z: f64) -> f64 {
        self.value_and_slope(z).1
    }

    /// (f(z), f′(z)), sharing the work: the forward pass writes down the
    /// slope that the backward pass will need.
    ///
    /// ```
    /// assert_eq!(slope::Activation::Sigmoid.value_and_slope(0.0), (0.5, 0.25));
    /// ```
    pub fn value_and_slope(self, z: f64) -> (f64, f64) {
        let (mut a, mut slope) = ([0.0], [1.0]);
        self.apply(&[z], &mut a, &mut slope);
        (a[0], slope[0])
    }

    // ANCHOR: apply
    /// The same for many units at once, where `slope` holds ones. One loop per
    /// activation, so that it runs in vectors.
    pub(crate) fn apply(self, z: &[f64], a: &mut [f64], slope: &mut [f64]) {
        match self {
            Identity => a.copy_from_slice(z), // `slope` is 1 already
            Sigmoid => each(z, a, slope, sigmoid),
            Tanh => tanhs_and_slopes(z, a, slope),
            Relu => each(z, a, slope, relu),
            LeakyRelu { slope: s } => each(z, a, slope, |z| leaky_relu(z, s)),
            Elu { alpha } => each(z, a, slope, |z| elu(z, alpha)),
            Softplus => each(z, a, slope, softplus),
            GeluErf => each(z, a, slope, gelu_erf),
            GeluTanh => each(z, a, slope, gelu_tanh),
            Silu { beta } => each(z, a, slope, |z| silu(z, beta)),
            Mish => each(z, a, slope, mish),
        }
    }
    // ANCHOR_END: apply

    /// The parameter, where it has one.
    ///
    /// ```
    /// let elu = slope::Activation::Elu { alpha: 2.0 };
    /// assert_eq!(elu.parameter(), Some(2.0));
    /// ```
    pub fn parameter(self) -> Option<f64> {
        match self {
            LeakyRelu { slope: p } | Elu { alpha: p } | Silu { beta: p } => {
                Some(p)
            }
            _ => None,
        }
    }

    /// Whether f(z) = z for every z, so that its layer does not bend.
    ///
    /// ```
    /// use slope::Activation;
    /// assert!(Activation::LeakyRelu { slope: 1.0 }.is_identity());
    /// ```
    pub fn is_identity(self) -> bool {
        self == Identity || self == LeakyRelu { slope: 1.0 }
    }
}

#[inline(always)]
fn each(
    z: &[f64],
    a: &mut [f64],
    slope: &mut [f64],
    f: impl Fn(f64) -> (f64, f64),
) {
    widest(
        #[inline(always)]
        || {
            for ((z, a), slope) in z.iter().zip(a).zip(slope) {
                (*a, *slope) = f(*z);
            }
        },
    );
}

// ANCHOR: slopes
#[inline(always)]
pub(crate) fn sigmoid(z: f64) -> (f64, f64) {
    let e = exp(-z.abs());
    let a = (if z < 0.0 { e } else { 1.0 }) / (1.0 + e);
    (a, e / ((1.0 + e) * (1.0 + e))) // σ' = σ(1 − σ)
}

#[inline(always)]
fn relu(z: f64) -> (f64, f64) {
    if z <= 0.0 { (0.0, 0.0) } else { (z, 1.0) } // NaN stays NaN
}

#[inline(always)]
fn leaky_relu(z: f64, slope: f64) -> (f64, f64) {
    if z > 0.0 { (z, 1.0) } else { (slope * z, slope) }
}
// ANCHOR_END: slopes

#[inline(always)]
fn elu(z: f64, alpha: f64) -> (f64, f64) {
    if z > 0.0 { (z, 1.0) } else { (alpha * exp_m1(z), alpha * exp(z)) }
}

#[inline(always)]
fn softplus(z: f64) -> (f64, f64) {
    let positive = if z < 0.0 { 0.0 } else { z };
    (positive + ln_1p(exp(-z.abs())), sigmoid(z).0) // softplus' = σ
}

#[inline(always)]
fn gelu_erf(z: f64) -> (f64, f64) {
    let cdf = 0.5 * erfc(-z * FRAC_1_SQRT_2);
    let density = exp(-0.5 * z * z) / (2.0 * PI).sqrt();
    (z * cdf, cdf + z * density) // (zΦ)' = Φ + zφ
}

#[inline(always)]
fn gelu_tanh(z: f64) -> (f64, f64) {
    // Beyond ±40 the slopes are 0 and 1 to the last bit; z² stays finite.
    let c = z.clamp(-40.0, 40.0);
    let root = (2.0 / PI).sqrt();
    // (1 + tanh u)/2 = σ(2u)
    let u2 = 2.0 * root * (c + 0.044715 * c * c * c);
    let du2 = 2.0 * root * (1.0 + 3.0 * 0.044715 * c * c);
    let (s, ds) = sigmoid(u2);
    (z * s, s + c * ds * du2)
}

#[inline(always)]
fn silu(z: f64, beta: f64) -> (f64, f64) {
    let (s, ds) = sigmoid(beta * z);
    (z * s, s + z * (beta * ds)) // (zσ)' = σ + βzσ'
}

#[inline(always)]
fn mish(z: f64) -> (f64, f64) {
    // tanh(softplus z) = n/(n + 2) with n = e²ᶻ + 2eᶻ, here over e²ᶻ if z > 0
    let e = exp(-z.abs());
    let (n, two) = if z > 0.0 {
        (1.0 + 2.0 * e, 2.0 * e * e)
    } else {
        (e * (e + 2.0), 2.0)
    };
    let t = n / (n + two);
    let sech_squared = two / (n + two) * (1.0 + t); // 1 − t² = (1 − t)(1 + t)
    (z * t, t + z * sech_squared * sigmoid(z).0)
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = |f: &Self| std::mem::discriminant(f);
        let custom = Self::ALL.into_iter().find(|f| kind(f) == kind(self));
        let named = NAMES.iter().find(|(_, f)| Some(*f) == custom);
        f.write_str(named.map_or("", |(name, _)| name))?;
        match self.parameter() {
            Some(p) if Some(*self) != custom => write!(f, "({})", Decimal(p)),
            _ => Ok(()),
        }
    }
}

/// The name of each, and what else it is called.
const NAMES: [(&str, Activation); 15] = [
    ("identity", Identity),
    ("linear", Identity),
    ("sigmoid", Sigmoid),
    ("logistic", Sigmoid),
    ("tanh", Tanh),
    ("relu", Relu),
    ("leaky_relu", LeakyRelu { slope: 0.01 }),
    ("elu", Elu { alpha: 1.0 }),
    ("softplus", Softplus),
    ("gelu_erf", GeluErf),
    ("gelu", GeluErf),
    ("gelu_tanh", GeluTanh),
    ("silu", Silu { beta: 1.0 }),
    ("swish", Silu { beta: 1.0 }),
    ("mish", Mish),
];

impl FromStr for Activation {
    type Err = NameError;

    /// Reads what `Display` writes: `tanh`, `leaky_relu`, `leaky_relu(0.2)`,
    /// and what others write: `SiLU` or `swish`, `LeakyReLU`, `GELU` for the
    /// exact one, `linear`. Capitals, blanks around it, `-` and `_` make no
    /// difference.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let bracket = text.trim().strip_suffix(')');
        let Some((name, number)) = bracket.and_then(|t| t.split_once('('))
        else {
            return name::find("activation", text, &NAMES);
        };
        let value = decimal::read(number.trim()).filter(|p| p.is_finite());
        match (name::find("activation", name, &NAMES)?, value) {
            (LeakyRelu { .. }, Some(slope)) => Ok(LeakyRelu { slope }),
            (Elu { .. }, Some(alpha)) => Ok(Elu { alpha }),
            (Silu { .. }, Some(beta)) => Ok(Silu { beta }),
            (found, _) => Err(match found.parameter() {
                Some(_) => NameError::Parameter {
                    name: found.to_string(),
                    number: number.to_string(),
                },
                None => NameError::NoParameter { name: found.to_string() },
            }),
        }
    }
}
