//! The functions of `exact::transcendental` against the portable `libm`,
//! which rounds to within one unit in the last place (ulp).

use exact::rng::{Rng, Stream};
use exact::transcendental::{
    exp, exp_m1, tanh, tanh_and_slope, tanhs_and_slopes,
};

/// How many f64 lie between two numbers; NaN is far from everything.
fn ulps(a: f64, b: f64) -> u64 {
    let line = |x: f64| {
        let bits = x.to_bits() as i64;
        if bits < 0 { i64::MIN - bits } else { bits }
    };
    if a.is_nan() || b.is_nan() {
        return if a.is_nan() && b.is_nan() { 0 } else { u64::MAX };
    }
    line(a).abs_diff(line(b))
}

#[test]
fn ulps_count() {
    assert_eq!(ulps(1.0, 1.0), 0);
    assert_eq!(ulps(1.0, 1.0 + f64::EPSILON), 1);
    assert_eq!(ulps(0.0, -0.0), 0);
    assert_eq!(ulps(5e-324, -5e-324), 2);
    assert_eq!(ulps(f64::NAN, 1.0), u64::MAX);
}

/// Numbers of every size, of both signs, and the corners of f64.
fn everywhere() -> Vec<f64> {
    let mut rng = Rng::new(1, Stream::Noise);
    let mut x: Vec<f64> = (0..200_000)
        .map(|i| match i % 4 {
            0 => rng.uniform_in(-1.0, 1.0),
            1 => rng.uniform_in(-40.0, 40.0),
            2 => rng.uniform_in(-760.0, 720.0),
            _ => libm::pow(10.0, rng.uniform_in(-320.0, 3.0)),
        })
        .collect();
    let corners = [0.0, 5e-324, 1e-300, 1.0, 709.78, 745.13, 1e3, f64::MAX];
    x.extend(corners.iter().flat_map(|x| [*x, -x]));
    x.extend([f64::INFINITY, f64::NEG_INFINITY, f64::NAN]);
    x
}

fn worst(f: fn(f64) -> f64, reference: fn(f64) -> f64) -> (u64, f64) {
    let apart = |x: f64| (ulps(f(x), reference(x)), x);
    everywhere()
        .into_iter()
        .map(apart)
        .max_by_key(|(ulps, _)| *ulps)
        .expect("points")
}

// One ulp is the reference's own error in each bound.
#[test]
fn exp_is_within_one_ulp() {
    let (ulps, x) = worst(exp, libm::exp);
    assert!(ulps <= 1 + 1, "{ulps} at {x:e}");
}

#[test]
fn exp_m1_is_within_two_ulps() {
    let (ulps, x) = worst(exp_m1, libm::expm1);
    assert!(ulps <= 2 + 1, "{ulps} at {x:e}");
}

#[test]
fn tanh_is_within_three_ulps() {
    let (ulps, x) = worst(tanh, libm::tanh);
    assert!(ulps <= 3 + 1, "{ulps} at {x:e}");
}

#[test]
fn a_cruder_function_would_be_noticed() {
    // tanh x = 1 − 2/(e²ˣ + 1) loses every digit near 0.
    let crude = |x: f64| 1.0 - 2.0 / (libm::exp(2.0 * x) + 1.0);
    assert!(worst(crude, libm::tanh).0 > 1000);
}

#[test]
fn the_slope_of_tanh_keeps_its_digits_where_tanh_is_one() {
    for x in everywhere().into_iter().filter(|x| x.abs() < 300.0) {
        // 1 − tanh² = 1/cosh²
        let slope = 1.0 / (libm::cosh(x) * libm::cosh(x));
        let got = tanh_and_slope(x).1;
        assert!(ulps(got, slope) <= 8, "{got:e}, not {slope:e}, at {x:e}");
    }
}

#[test]
fn tanh_is_odd_and_never_leaves_its_range() {
    for x in everywhere().into_iter().filter(|x| !x.is_nan()) {
        assert_eq!(tanh(-x).to_bits(), (-tanh(x)).to_bits(), "{x:e}");
        assert!(tanh(x).abs() <= 1.0, "{x:e}");
    }
}

#[test]
fn many_tanhs_at_once_have_the_bits_of_each_alone() {
    let x = everywhere();
    let (mut a, mut slope) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    tanhs_and_slopes(&x, &mut a, &mut slope);
    for ((x, a), slope) in x.iter().zip(a).zip(slope) {
        let alone = tanh_and_slope(*x);
        let bits = |(a, slope): (f64, f64)| (a.to_bits(), slope.to_bits());
        assert_eq!(bits((a, slope)), bits(alone), "{x:e}");
    }
}
