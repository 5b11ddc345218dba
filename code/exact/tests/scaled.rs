//! Lengths, scales and products at sizes whose squares no `f64` holds, and with
//! nothing, NaN or ∞ in them.

use exact::product::{
    self, a_b, a_v, affine, column_sums, gram, inner, inner_rows, length,
    multiply, norm, rotate, row_major,
};
use exact::rng::{Rng, Stream};
use exact::scale::{exponent, shifted};
use ndarray::{Array1, Array2, array};

fn random(n: usize, rng: &mut Rng) -> Vec<f64> {
    (0..n).map(|_| rng.normal()).collect()
}

/// Multiplied by a power of two, a length is multiplied by it, to the last bit.
#[test]
fn lengths_scale_with_their_numbers() {
    let mut rng = Rng::new(1, Stream::Noise);
    for n in [1, 2, 3, 17, 300] {
        let v = random(n, &mut rng);
        let plain = v.iter().fold(0.0, |sum, v| sum + v * v).sqrt();
        assert_eq!(length(&v), plain);
        for k in [-1000, -600, -498, -400, 400, 498, 600, 1000] {
            let scaled: Vec<f64> = v.iter().map(|v| shifted(*v, k)).collect();
            assert_eq!(length(&scaled), shifted(plain, k), "{n} {k}");
            let square = Array2::from_shape_vec((1, n), scaled).unwrap();
            assert_eq!(norm(&square), shifted(plain, k), "{n} {k}");
        }
    }
}

#[test]
fn a_length_is_zero_only_if_all_are_and_infinite_only_if_it_is() {
    assert_eq!(length(&[]), 0.0);
    assert_eq!(length(&[0.0, -0.0]), 0.0);
    assert_eq!(length(&[5e-324]), 5e-324);
    assert_eq!(length(&[0.0, -3e-320, 4e-320]), 5e-320);
    assert_eq!(length(&[f64::MAX]), f64::MAX);
    assert_eq!(length(&[1e308, 1e308]), 2f64.sqrt() * 1e308);
    assert_eq!(length(&[f64::MAX, f64::MAX]), f64::INFINITY);
    assert_eq!(length(&[f64::NEG_INFINITY, 1.0]), f64::INFINITY);
    assert!(length(&[f64::NAN, 1e200]).is_nan());
    assert!(length(&[1e-200, f64::NAN]).is_nan());
    // What is far below the largest does not matter, as in exact arithmetic.
    assert_eq!(length(&[1e300, 1e-300]), 1e300);
    assert_eq!(length(&[1e-135, 1e-170, 1e-300]), 1e-135);
}

#[test]
fn the_exponent_is_that_of_the_largest() {
    for k in [-1074, -1023, -1022, -1, 0, 1, 52, 1023] {
        let power = shifted(1.0, k);
        assert_eq!(exponent(&[power]), k);
        assert_eq!(exponent(&[0.0, -power, power / 2.0]), k);
        if k > -1000 && k < 1023 {
            assert_eq!(exponent(&[1.999 * power]), k);
            assert_eq!(exponent(&[2.0 * power]), k + 1);
        }
    }
    assert_eq!(exponent(&[]), 0);
    for bad in [f64::NAN, f64::INFINITY] {
        assert_eq!(exponent(&[1e300, bad]), 0);
        assert_eq!(exponent(&[bad, 1e300]), 0);
    }
}

#[test]
fn a_shift_rounds_once() {
    let mut rng = Rng::new(2, Stream::Noise);
    for _ in 0..10_000 {
        let x = rng.normal();
        let k = rng.below(2000) as i32 - 1000;
        if k > -1000 {
            assert_eq!(shifted(shifted(x, k), -k), x);
        }
        // By the standard library, which rounds the decimal text once.
        let (small, by) = (shifted(x, -60), -1000 - rng.below(60) as i32);
        let text = format!("{:.1100}", Exactly(small, by));
        assert_eq!(shifted(small, by), text.parse::<f64>().unwrap());
    }
    assert_eq!(shifted(1.0, i32::MAX), f64::INFINITY);
    assert_eq!(shifted(-1.0, i32::MIN), 0.0);
    assert_eq!(shifted(f64::INFINITY, -5), f64::INFINITY);
    assert!(shifted(f64::NAN, 5).is_nan());
}

/// (r − half a digit)² < x < (r + half a digit)², compared as whole numbers: for
/// x = m·2²ᵏ and r = n·2ᵏ, that is (2n − 1)² < 4m < (2n + 1)².
#[test]
fn a_square_root_is_rounded_to_the_nearest() {
    let mut rng = Rng::new(5, Stream::Noise);
    for _ in 0..10_000 {
        let m = (1u128 << 52) + rng.below(1 << 52) as u128;
        let root = (m as f64).sqrt(); // 26 bits before the point
        let n = shifted(root, 26) as u128;
        let four = m << 54;
        assert!((2 * n - 1).pow(2) < four && four < (2 * n + 1).pow(2));
    }
}

/// x·2ᵏ, k < 0, as all its decimal digits.
struct Exactly(f64, i32);

impl std::fmt::Display for Exactly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // m·2ᵉ = m·5⁻ᵉ·10ᵉ, digit by digit, the lowest first.
        let bits = self.0.to_bits();
        let mut m = bits & ((1 << 52) - 1) | 1 << 52;
        let e = ((bits >> 52) & 2047) as i32 - 1075 + self.1;
        let mut digits = vec![];
        while m > 0 {
            digits.push((m % 10) as u32);
            m /= 10;
        }
        for _ in 0..-e {
            let mut carry = 0;
            for digit in &mut digits {
                carry += 5 * *digit;
                *digit = carry % 10;
                carry /= 10;
            }
            if carry > 0 {
                digits.push(carry);
            }
        }
        if self.0 < 0.0 {
            f.write_str("-")?;
        }
        for digit in digits.iter().rev() {
            write!(f, "{digit}")?;
        }
        write!(f, "e{e}")
    }
}

/// A sum of products of 1e±150 is the scaled sum, and nothing, NaN and ∞ go
/// through as they do in each term.
#[test]
fn products_of_any_size() {
    let mut rng = Rng::new(3, Stream::Noise);
    for (n, k, m) in [(0, 2, 3), (2, 0, 3), (2, 3, 0), (1, 1, 1), (3, 5, 2)] {
        let mut part = |rows, columns| {
            Array2::from_shape_simple_fn((rows, columns), || rng.normal())
        };
        let (a, b, bt) = (part(n, k), part(k, m), part(m, k));
        let plain = a_b(&a, &b);
        assert_eq!(plain.dim(), (n, m));
        for (i, j) in [(498, -498), (-996, 900), (996, -900), (-498, 100)] {
            let shift = |a: &Array2<f64>, k| a.mapv(|a| shifted(a, k));
            let found = a_b(&shift(&a, i), &shift(&b, j));
            assert_eq!(found, shift(&plain, i + j));
            let zero = Array1::zeros(m);
            let z = affine(&shift(&a, i), &shift(&bt, j), &zero);
            assert_eq!(z, shift(&affine(&a, &bt, &zero), i + j));
            assert_eq!(column_sums(&shift(&a, i)), {
                column_sums(&a).mapv(|a| shifted(a, i))
            });
        }
        if n * k * m > 0 {
            for bad in [f64::NAN, f64::INFINITY] {
                let mut broken = a.clone();
                broken[[0, 0]] = bad;
                assert!(a_b(&broken, &b).row(0).iter().all(|c| !c.is_finite()));
                assert!(!column_sums(&broken)[0].is_finite());
                assert!(!inner(&broken, &a).is_finite());
            }
        }
    }
    let none = Array2::<f64>::zeros((0, 3));
    assert_eq!((norm(&none), inner(&none, &none)), (0.0, 0.0));
    assert_eq!(column_sums(&none), array![0.0, 0.0, 0.0]);
    assert_eq!(a_v(&Array2::zeros((2, 0)), &array![]), array![0.0, 0.0]);
    assert_eq!(gram(&[], &[]), [0.0; 3]);
    rotate(&mut [], &mut [], 0.6, 0.8);
}

/// What a call says when it panics.
fn panics(call: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let why = std::panic::catch_unwind(call).expect_err("a panic");
    match why.downcast::<String>() {
        Ok(text) => *text,
        Err(why) => why.downcast::<&str>().expect("a text").to_string(),
    }
}

#[test]
fn shapes_that_do_not_fit_panic_and_are_stated() {
    let a = || Array2::<f64>::zeros((2, 3));
    let b = || Array2::<f64>::zeros((5, 7));
    let says = |why: String, shapes: [&str; 2]| {
        assert!(shapes.iter().all(|shape| why.contains(shape)), "{why}");
    };
    let both = ["(2, 3)", "(5, 7)"];
    says(panics(move || drop(a_b(&a(), &b()))), both);
    says(panics(move || drop(product::at_b(&a(), &b()))), both);
    says(panics(move || drop(affine(&a(), &b(), &Array1::zeros(5)))), both);
    says(panics(move || _ = inner(&a(), &b())), both);
    says(panics(move || multiply(&mut a(), &b())), both);
    let rows = ["W has 2 rows", "b 5"];
    says(panics(move || drop(affine(&a(), &a(), &Array1::zeros(5)))), rows);
    let vector = ["(2, 3)", "5"];
    says(panics(move || drop(a_v(&a(), &Array1::zeros(5)))), vector);
    let result = ["another shape", "(2, 2)"];
    let turned = || a().reversed_axes();
    let c = || Array2::<f64>::zeros((9, 9));
    says(panics(move || product::a_b_into(&mut c(), &a(), &turned())), result);
    let at = || Array2::<f64>::zeros((3, 2));
    says(panics(move || product::at_b_into(&mut c(), &at(), &at())), result);
    says(
        panics(move || {
            let bias = Array1::zeros(2);
            product::affine_into(&mut c(), &a(), &a(), &bias);
        }),
        result,
    );
    let sums = ["(2, 3)", "5"];
    says(
        panics(move || {
            product::column_sums_into(&mut Array1::zeros(5), &a());
        }),
        sums,
    );
    let lengths = ["two rows", "3"];
    says(
        panics(|| {
            let (a, b) = (array![0.0, 0.0], array![0.0, 0.0, 0.0]);
            inner_rows(a.view(), b.view());
        }),
        lengths,
    );
    says(panics(|| _ = gram(&[0.0; 2], &[0.0; 3])), lengths);
    says(panics(|| rotate(&mut [0.0; 2], &mut [0.0; 3], 1.0, 0.0)), lengths);
}

#[test]
fn a_result_that_is_not_row_major_panics() {
    let column_major = || Array2::<f64>::zeros((2, 3)).reversed_axes();
    let says = |why: String| assert!(why.contains("row-major"), "{why}");
    let a = || Array2::<f64>::zeros((3, 4));
    let b = || Array2::<f64>::zeros((4, 2));
    let turned = |a: Array2<f64>| a.t().as_standard_layout().into_owned();
    says(panics(move || {
        product::a_b_into(&mut column_major(), &a(), &b());
    }));
    says(panics(move || {
        product::at_b_into(&mut column_major(), &turned(a()), &b());
    }));
    says(panics(move || {
        let bias = Array1::zeros(2);
        product::affine_into(&mut column_major(), &a(), &turned(b()), &bias);
    }));
    says(panics(move || {
        multiply(&mut column_major(), &Array2::zeros((3, 2)));
    }));
    let why = panics(move || {
        let mut sums = Array1::<f64>::zeros(4);
        sums.invert_axis(ndarray::Axis(0));
        product::column_sums_into(&mut sums, &a());
    });
    assert!(why.contains("side by side"), "{why}");
    // Operands may lie as they like.
    let lies = column_major();
    assert_eq!(row_major(&lies).len(), 6);
    assert_eq!(norm(&lies), 0.0);
}
