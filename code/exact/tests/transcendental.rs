//! The functions of `exact::transcendental` against references of twice as many
//! digits, in units in the last place (ulp).

mod doubled;

use doubled::{double, ulps_off};
use exact::rng::{Rng, Stream};
use exact::transcendental::{
    erfc, exp, exp_m1, ln_1p, tanh, tanh_and_slope, tanhs_and_slopes,
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

/// Where searches found the largest errors: of exp 0.9990, of exp_m1 2.120, of
/// tanh 3.154, of its slope 5.709.
const WORST: [f64; 5] = [
    -25.98945860749316,
    0.37965284104175895,
    0.37802380329576746,
    0.21324599792018195,
    2.4199343801330446,
];

/// The largest error, and where.
fn worst(error: impl Fn(f64) -> f64) -> (f64, f64) {
    let mut worst = (0.0, 0.0);
    for x in everywhere().into_iter().chain(WORST).filter(|x| x.is_finite()) {
        let ulps = error(x);
        if ulps > worst.0 || ulps.is_nan() {
            worst = (ulps, x);
        }
    }
    worst
}

#[test]
fn exp_is_within_1_1_ulps() {
    let (ulps, x) = worst(|x| match x {
        709.79.. => ulps(exp(x), f64::INFINITY) as f64,
        ..=-746.0 => ulps(exp(x), 0.0) as f64,
        _ => {
            let (m, k) = doubled::exp(double(x));
            ulps_off(exp(x), m, k)
        }
    });
    assert!(ulps <= 1.1, "{ulps} at {x:e}");
    assert!(ulps > 0.99);
}

#[test]
fn exp_m1_is_within_three_ulps() {
    let (ulps, x) = worst(|x| match x {
        0.0 => ulps(exp_m1(x), 0.0) as f64,
        709.79.. => ulps(exp_m1(x), f64::INFINITY) as f64,
        ..=-700.0 => ulps(exp_m1(x), -1.0) as f64,
        _ => ulps_off(exp_m1(x), doubled::exp_m1(double(x)), 0),
    });
    assert!(ulps <= 3.0, "{ulps} at {x:e}");
    assert!(ulps > 2.1);
}

#[test]
fn tanh_is_within_four_ulps() {
    let (ulps, x) = worst(|x| match x.abs() {
        0.0 => ulps(tanh(x), x) as f64,
        350.0.. => ulps(tanh(x).abs(), 1.0) as f64,
        _ => ulps_off(tanh(x).abs(), doubled::tanh_and_slope(x).0, 0),
    });
    assert!(ulps <= 4.0, "{ulps} at {x:e}");
    assert!(ulps > 3.1);
}

/// Down to where it rounds to 0, beyond 373.
#[test]
fn the_slope_of_tanh_is_within_six_ulps_over_the_whole_line() {
    let (ulps, x) = worst(|x| match x.abs() {
        374.0.. => ulps(tanh_and_slope(x).1, 0.0) as f64,
        _ => {
            let (_, (m, k)) = doubled::tanh_and_slope(x);
            ulps_off(tanh_and_slope(x).1, m, k)
        }
    });
    assert!(ulps <= 6.0, "{ulps} at {x:e}");
    assert!(ulps > 5.7);
    for (x, wanted) in [(360.0, 8e-313), (372.0, 3e-323), (374.0, 0.0)] {
        let slope = tanh_and_slope(x).1;
        assert!((slope - wanted).abs() <= 0.3 * wanted, "{x}: {slope:e}");
        assert_eq!(tanh_and_slope(-x).1, slope);
    }
    assert_eq!(tanh_and_slope(f64::INFINITY), (1.0, 0.0));
    assert!(tanh_and_slope(f64::NAN).1.is_nan());
}

#[test]
fn a_cruder_function_would_be_noticed() {
    // tanh x = 1 − 2/(e²ˣ + 1) loses every digit near 0.
    let crude = |x: f64| 1.0 - 2.0 / (libm::exp(2.0 * x) + 1.0);
    let error = |x: f64| match x.abs() {
        1e-9..300.0 => {
            ulps_off(crude(x).abs(), doubled::tanh_and_slope(x).0, 0)
        }
        _ => 0.0,
    };
    assert!(worst(error).0 > 1000.0);
    // And the reference is not simply what it checks.
    let off = ulps_off(1.0 + f64::EPSILON, double(1.0), 0);
    assert_eq!(off, 1.0);
    assert_eq!(ulps_off(5e-324, double(0.75), -1074), 0.25);
}

/// ln(1 + x) = y where eʸ − 1 = x.
#[test]
fn ln_1p_is_accurate_near_zero() {
    for x in everywhere().into_iter().filter(|x| x.abs() < 0.4) {
        let y = ln_1p(x);
        if x == 0.0 {
            assert_eq!(y, x);
            continue;
        }
        let there = doubled::exp_m1(double(y)); // d(eʸ − 1)/dy = 1 + x
        let ulps = ulps_off(x, there, 0) / (1.0 + x).min(1.0);
        assert!(ulps <= 4.0, "{ulps} at {x:e}");
    }
}

/// erfc x = e^−x²/(x√π)·(1 − 1/(2x²) + 3/(2x²)² − …): where x ≥ 8, thirty terms
/// are enough.
#[test]
fn erfc_is_accurate_for_large_x() {
    for x in everywhere().into_iter().filter(|x| (8.0..26.0).contains(x)) {
        let square = double(x).times(double(x));
        let (m, k) = doubled::exp(square.times(double(-1.0)));
        let (mut term, mut sum) = (1.0, 1.0);
        for n in 0..30 {
            term *= -(2.0 * f64::from(n) + 1.0) / (2.0 * x * x);
            sum += term;
        }
        let wanted = m.hi * sum / x / std::f64::consts::PI.sqrt();
        let off = erfc(x) / libm::scalbn(wanted, k) - 1.0;
        assert!(off.abs() < 1e-14, "{off:e} at {x}");
    }
}

#[test]
#[should_panic(expected = "as many values as x")]
fn tanhs_need_room_for_as_many_values() {
    tanhs_and_slopes(&[0.0; 2], &mut [0.0; 3], &mut [0.0; 2]);
}

#[test]
#[should_panic(expected = "as many slopes as x")]
fn tanhs_need_room_for_as_many_slopes() {
    tanhs_and_slopes(&[0.0; 2], &mut [0.0; 2], &mut [0.0; 1]);
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
