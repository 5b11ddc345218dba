//! Every instrument at sizes of 1e±150 and 1e±300, with offsets of 1e7, with
//! columns that are nearly parallel, with NaN, ∞, one row and none. The linear
//! floor has `floor.rs`.

use exact::product::{a_b, at_b, length, norm};
use exact::scale::shifted;
use ndarray::{Array1, Array2, array};
use probe::{
    Difference, NoSvd, Svd, dead_units, gradient_norms, jacobians, kinks_along,
    numeric_gradient, per_example_gradients, relative_error, singular_values,
    spread, svd, truncated,
};
use slope::rng::{Rng, Stream};
use slope::{Activation, Dense, Init, Layer, Loss, Network, data};

/// 1e±150, 1e±300 and the ends of the normal numbers.
const POWERS: [i32; 6] = [498, -498, 996, -996, 1010, -1010];

fn random(rows: usize, columns: usize, rng: &mut Rng) -> Array2<f64> {
    Array2::from_shape_simple_fn((rows, columns), || rng.normal())
}

fn scaled(a: &Array2<f64>, k: i32) -> Array2<f64> {
    a.mapv(|a| shifted(a, k))
}

fn one_unit(w: f64, b: f64, f: Activation) -> Network {
    let unit = Dense::new(array![[w]], array![b], f).unwrap();
    Network::new(vec![Layer::Dense(unit)]).unwrap()
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
fn a_relative_error_does_not_depend_on_the_size() {
    let mut rng = Rng::new(1, Stream::Noise);
    for n in [1, 2, 5, 100] {
        let a: Vec<f64> = (0..n).map(|_| rng.normal()).collect();
        let b: Vec<f64> = a.iter().map(|a| a + 1e-5 * rng.normal()).collect();
        let error = relative_error(&a, &b);
        assert!(error > 1e-8 && error < 1e-4);
        for k in POWERS {
            let shift = |v: &[f64], k| -> Vec<f64> {
                v.iter().map(|v| shifted(*v, k)).collect()
            };
            let (a, b) = (shift(&a, k), shift(&b, k));
            assert_eq!(relative_error(&a, &b), error, "2^{k}");
            let opposite: Vec<f64> = a.iter().map(|a| -a).collect();
            assert!((relative_error(&a, &opposite) - 1.0).abs() < 1e-15);
            assert!(relative_error(&a, &opposite) <= 1.0);
            assert_eq!(relative_error(&a, &a), 0.0);
            // Of one much larger than the other, nothing is in common.
            let error = relative_error(&a, &shift(&a, -900 * k.signum()));
            assert!((error - 1.0).abs() < 1e-15);
        }
    }
    let right = relative_error(&[1e200, 0.0], &[0.0, -1e200]);
    assert!((right - 0.5f64.sqrt()).abs() < 1e-15);
    assert_eq!(relative_error(&[1e308], &[-1e308]), 1.0);
    assert_eq!(relative_error(&[5e-324], &[-5e-324]), 1.0);
    assert_eq!(relative_error(&[0.0, 0.0], &[0.0, -0.0]), 0.0);
    assert_eq!(relative_error(&[], &[]), 0.0);
    for bad in [f64::NAN, f64::INFINITY] {
        assert!(relative_error(&[bad, 1.0], &[1.0, 1.0]).is_nan());
        assert!(relative_error(&[bad], &[bad]).is_nan());
    }
    let why = panics(|| {
        relative_error(&[1.0], &[]);
    });
    assert!(why.contains("two gradients of one network"));
}

#[test]
fn gradients_that_vanish_have_a_length_as_long_as_they_have_elements() {
    let mut rng = Rng::new(0, Stream::Weights);
    let sizes = vec![4; 300];
    let f = Activation::Sigmoid;
    let net = Network::dense(&sizes, f, Init::XavierNormal, &mut rng);
    let (x, y) = (random(8, 4, &mut rng), random(8, 4, &mut rng));
    let (_, gradient) = net.loss_and_gradient(Loss::Mse, &x, &y);
    let norms = gradient_norms(&gradient);
    assert!(norms[0] > 0.0 && norms[0] < 1e-165, "{:e}", norms[0]);
    for (norm, layer) in norms.iter().zip(&gradient.layers) {
        let most = layer.w.iter().fold(0.0, |m: f64, w| m.max(w.abs()));
        assert!(*norm >= most && *norm <= 4.0 * most, "{norm:e} {most:e}");
    }
}

#[test]
fn a_spread_does_not_depend_on_the_size() {
    let mut rng = Rng::new(2, Stream::Noise);
    for (n, m) in [(1, 3), (2, 1), (5, 4), (30, 2)] {
        let rows = random(n, m, &mut rng) + 1.0;
        let wide = spread(&rows);
        for k in POWERS {
            assert_eq!(spread(&scaled(&rows, k)), wide, "{n} {m} 2^{k}");
        }
        let equal = Array2::from_shape_fn((n, m), |(_, j)| rows[[0, j]]);
        for k in POWERS {
            assert_eq!(spread(&scaled(&equal, k)), 0.0);
        }
    }
    // On an offset of 10⁷, whole numbers differ as they did.
    let plain = array![[-2.0], [0.0], [2.0]];
    let wanted = (8.0f64 / 3.0).sqrt() / 1e7;
    assert!((spread(&(plain.clone() + 1e7)) / wanted - 1.0).abs() < 1e-15);
    assert_eq!(spread(&plain), f64::INFINITY);
    assert_eq!(spread(&Array2::zeros((4, 3))), 0.0);
    assert_eq!(spread(&Array2::zeros((0, 3))), 0.0);
    assert_eq!(spread(&Array2::zeros((3, 0))), 0.0);
    assert_eq!(spread(&array![[1e308], [-1e308], [1e308]]).floor(), 2.0);
    for bad in [f64::NAN, f64::INFINITY] {
        assert!(spread(&array![[1.0], [bad]]).is_nan());
        assert!(spread(&array![[bad], [bad]]).is_nan());
    }
}

/// U·diag(s)·Vᵀ gives A, and U and V are orthonormal.
fn is_an_svd(a: &Array2<f64>, name: &str) {
    let Svd { u, s, v } = svd(a).unwrap();
    let k = a.nrows().min(a.ncols());
    assert_eq!((u.dim(), s.len()), ((a.nrows(), k), k), "{name}");
    assert_eq!(v.dim(), (a.ncols(), k), "{name}");
    assert!(s.windows(2).all(|pair| pair[0] >= pair[1]), "{name}: {s:?}");
    // Near 1, so that the product and its rest have all their digits.
    let power = exact::scale::exponent(a);
    let near = scaled(a, -power);
    let s: Vec<f64> = s.iter().map(|s| shifted(*s, -power)).collect();
    let back = a_b(&(&u * &Array1::from(s.clone())), &v.t().to_owned());
    let off = norm(&(&back - &near));
    assert!(off <= 1e-14 * norm(&near).max(1e-300), "{name}: {off:e}");
    for side in [&u, &v] {
        // A column of zeros belongs to a value of 0.
        let mut inner = at_b(side, side);
        for j in 0..k {
            if s[j] <= 1e-15 * s[0] {
                inner.row_mut(j).fill(0.0);
                inner.column_mut(j).fill(0.0);
                inner[[j, j]] = 1.0;
            }
        }
        let off = norm(&(inner - Array2::<f64>::eye(k)));
        assert!(off <= 1e-13, "{name}: {off:e}");
    }
    let alone = singular_values(a).unwrap();
    let same: Vec<f64> = alone.iter().map(|s| shifted(*s, -power)).collect();
    let largest = s.first().copied().unwrap_or(0.0);
    assert!(
        s.iter().zip(same).all(|(s, t)| (s - t).abs() <= 1e-14 * largest),
        "{name}"
    );
}

#[test]
fn singular_values_do_not_depend_on_the_size() {
    let mut rng = Rng::new(3, Stream::Noise);
    for (n, m) in [(1, 1), (1, 4), (4, 1), (3, 3), (7, 4), (4, 7), (20, 20)] {
        let a = random(n, m, &mut rng);
        let s = singular_values(&a).unwrap();
        is_an_svd(&a, &format!("{n} × {m}"));
        for k in POWERS {
            let name = format!("{n} × {m} at 2^{k}");
            let found = singular_values(&scaled(&a, k)).unwrap();
            let wanted: Vec<f64> = s.iter().map(|s| shifted(*s, k)).collect();
            assert_eq!(found, wanted, "{name}");
            is_an_svd(&scaled(&a, k), &name);
            let low = truncated(&a, 1).unwrap();
            let wanted = scaled(&low, k);
            assert_eq!(truncated(&scaled(&a, k), 1).unwrap(), wanted, "{name}");
        }
    }
    // As listed: right at 10⁻¹⁴⁴, and at 10⁻¹⁴⁶ as well.
    let a = array![[1.0, 2.0], [3.0, 4.0]];
    let wanted = [5.464985704219043, 0.3659661906262578];
    for size in [1e-146, 1e146, 1e-300, 1e300, 1e-144, 1.0] {
        let s = singular_values(&(&a * size)).unwrap();
        for (s, wanted) in s.iter().zip(wanted) {
            assert!((s / size / wanted - 1.0).abs() < 1e-14, "{size:e}");
        }
    }
    // Whole multiples of the smallest number there is.
    let s =
        singular_values(&(array![[3.0, 0.0], [0.0, 4.0]] * 5e-324)).unwrap();
    assert_eq!(s, [4.0 * 5e-324, 3.0 * 5e-324]);
}

#[test]
fn matrices_without_full_rank_and_nearly_so_come_to_an_end() {
    let mut rng = Rng::new(4, Stream::Noise);
    for case in 0..60 {
        let (n, m) = (1 + rng.below(12), 1 + rng.below(12));
        let rank = 1 + rng.below(4);
        let low = a_b(&random(n, rank, &mut rng), &random(rank, m, &mut rng));
        is_an_svd(&low, &format!("rank {rank}, case {case}"));
        let mut near = low.clone();
        let copy = &near.column(0) * (1.0 + 1e-7);
        let last = m - 1;
        near.column_mut(last).assign(&copy);
        near[[0, last]] += 1e-7;
        is_an_svd(&near, &format!("near rank {rank}, case {case}"));
        let k = POWERS[case % 6];
        is_an_svd(&scaled(&near, k), &format!("2^{k}, case {case}"));
    }
    for (n, m) in [(0, 0), (0, 3), (3, 0)] {
        let none = svd(&Array2::zeros((n, m))).unwrap();
        assert_eq!((none.u.dim(), none.v.dim()), ((n, 0), (m, 0)));
        assert_eq!(truncated(&Array2::zeros((n, m)), 1).unwrap().dim(), (n, m));
    }
    let zero = svd(&Array2::zeros((3, 2))).unwrap();
    assert_eq!((zero.s, zero.u), (vec![0.0; 2], Array2::zeros((3, 2))));
    // Very long beside very short, neither parallel nor orthogonal.
    let steep = array![[1.0, 1e-140], [1e-10, 1e-140]];
    let s = singular_values(&steep).unwrap();
    assert!((s[0] - 1.0).abs() < 1e-15 && (s[1] / 1e-140 - 1.0).abs() < 1e-9);
}

/// B·diag(d) with orthonormal columns in B has the values d, all digits of each.
#[test]
fn short_columns_keep_the_digits_of_their_values() {
    let mut rng = Rng::new(5, Stream::Noise);
    for (n, m) in [(4, 4), (9, 5)] {
        let turn = Init::Orthogonal { gain: 1.0 };
        let b = turn.weights(n, m, &mut rng);
        let d: Vec<f64> =
            (0..m).map(|j| shifted(1.5, -300 * j as i32 / m as i32)).collect();
        let a = &b * &Array1::from(d.clone());
        let found = singular_values(&a).unwrap();
        let wide = singular_values(&a.t().to_owned()).unwrap();
        for ((d, s), t) in d.iter().zip(found).zip(wide) {
            assert!((s / d - 1.0).abs() < 1e-14, "{s:e} {d:e}");
            assert!(n == m || (t / d - 1.0).abs() < 1e-14, "{t:e} {d:e}");
        }
    }
}

#[test]
fn what_has_no_singular_values_says_where_and_why() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let a = array![[1.0, 2.0, 0.0], [1.0, 3.0, bad]];
        for a in [a.clone(), a.t().to_owned()] {
            let (row, column) = if a.nrows() == 2 { (1, 2) } else { (2, 1) };
            let place = format!("row {row}, column {column} ");
            for why in [
                svd(&a).unwrap_err(),
                singular_values(&a).unwrap_err(),
                truncated(&a, 1).unwrap_err(),
            ] {
                assert!(why.to_string().starts_with(&place), "{why}");
                assert!(matches!(why, NoSvd::NotFinite { .. }));
            }
        }
    }
    let large = Array2::from_elem((2, 2), f64::MAX);
    assert_eq!(svd(&large), Err(NoSvd::Range));
    assert_eq!(singular_values(&large), Err(NoSvd::Range));
    // Its nearest matrix of rank 1 is itself, but for the last digit.
    let near = truncated(&(large / 2.0), 1).unwrap();
    assert!(near.iter().all(|a| (a / (f64::MAX / 2.0) - 1.0).abs() < 1e-15));
}

/// (Eckart and Young) Nothing of this rank is nearer, of a few hundred tried.
#[test]
fn the_truncated_matrix_is_the_nearest() {
    let mut rng = Rng::new(6, Stream::Noise);
    let a = random(5, 4, &mut rng);
    let s = singular_values(&a).unwrap();
    for rank in 0..=5 {
        let near = truncated(&a, rank).unwrap();
        let left = length(s.get(rank..).unwrap_or(&[]));
        assert!((norm(&(&a - &near)) - left).abs() < 1e-14, "rank {rank}");
        for _ in 0..100 {
            let turn = random(4, 4, &mut rng) * 1e-3 + Array2::<f64>::eye(4);
            let other = a_b(&near, &turn);
            assert!(norm(&(&a - &other)) >= left * (1.0 - 1e-14));
        }
    }
}

/// Backpropagation is the reference: its slopes have all their digits.
#[test]
fn a_complex_step_keeps_its_digits_in_saturation() {
    let mut rng = Rng::new(7, Stream::Noise);
    let (x, y) = (array![[1.0]], array![[0.0]]);
    for case in 0..2000 {
        let f = [Activation::Tanh, Activation::Sigmoid][case % 2];
        let w = match case {
            0 => 20.0,
            1 => -40.0,
            2 => 10.0,
            _ => rng.uniform_in(-180.0, 180.0),
        };
        let net = one_unit(w, 0.0, f);
        // A target that lies elsewhere, so that the error does not cancel.
        let y = if w < 0.0 { &y + 2.0 } else { &y - 2.0 };
        let (_, exact) = net.loss_and_gradient(Loss::Mse, &x, &y);
        for step in [1e-20, 1e-100, -1e-20] {
            let found = numeric_gradient(
                &net,
                Loss::Mse,
                &x,
                &y,
                Difference::ComplexStep,
                step,
            )
            .unwrap();
            let error = relative_error(&found, &exact.parameters());
            assert!(error < 4e-15, "{f} {w} {step}: {error:e}");
            assert!(found[0] != 0.0);
        }
    }
}

/// σ and tanh along the imaginary axis, too: by e^iy = cos y + i sin y.
#[test]
fn a_wide_complex_step_is_that_of_the_function() {
    let x = array![[1.0]];
    for w in [-3.0, -0.5, 0.0, 0.7, 4.0] {
        for step in [0.1f64, 0.5] {
            // e^−(w + i·step)
            let e = f64::exp(-w);
            let (re, im) = (1.0 + e * step.cos(), -e * step.sin());
            let size = re * re + im * im;
            let (a, b) = (re / size, -im / size); // σ
            // Im (σ − y)² = 2(a − y)b with y = 5
            let wanted = 2.0 * (a - 5.0) * b / step;
            let net = one_unit(w, 0.0, Activation::Sigmoid);
            let found = numeric_gradient(
                &net,
                Loss::Mse,
                &x,
                &array![[5.0]],
                Difference::ComplexStep,
                step,
            );
            let found = found.unwrap()[0];
            assert!((found / wanted - 1.0).abs() < 1e-14, "{w} {step}");
        }
    }
}

#[test]
fn a_step_that_cannot_be_made_panics_and_one_too_small_moves_nothing() {
    let (x, y) = (array![[1.0]], array![[0.0]]);
    let of = |w: f64, difference, step| {
        let net = one_unit(w, 0.0, Activation::Tanh);
        let (x, y) = (array![[1.0]], array![[0.0]]);
        numeric_gradient(&net, Loss::Mse, &x, &y, difference, step)
    };
    let all =
        [Difference::Forward, Difference::Central, Difference::ComplexStep];
    for difference in all {
        for step in [0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            let why = panics(move || drop(of(1.0, difference, step)));
            assert!(why.contains("expected a finite one, and not 0"), "{why}");
        }
    }
    for difference in [Difference::Forward, Difference::Central] {
        let why = panics(move || drop(of(f64::MAX, difference, 1e300)));
        assert!(why.contains("carries parameter 0 out of range"), "{why}");
        assert_eq!(of(1.0, difference, 1e-30).unwrap()[0], 0.0);
    }
    // Where the method does not apply.
    let relu = one_unit(1.0, 0.0, Activation::Relu);
    let tanh = one_unit(1.0, 0.0, Activation::Tanh);
    let complex = Difference::ComplexStep;
    let none = numeric_gradient(&relu, Loss::Mse, &x, &y, complex, 1e-20);
    assert_eq!(none, None);
    let none = numeric_gradient(&tanh, Loss::BceLogits, &x, &y, complex, 1e-20);
    assert_eq!(none, None);
}

#[test]
fn what_does_not_fit_the_network_panics() {
    let net = || {
        let mut rng = Rng::new(1, Stream::Weights);
        let f = Activation::Tanh;
        Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng)
    };
    let zeros = |n, m| Array2::<f64>::zeros((n, m));
    let misfits = [
        ((4, 3), (4, 1)),
        ((4, 2), (3, 1)),
        ((4, 2), (5, 1)),
        ((4, 2), (4, 2)),
    ];
    for ((n, m), (rows, columns)) in misfits {
        for difference in
            [Difference::Forward, Difference::Central, Difference::ComplexStep]
        {
            panics(move || {
                let (x, y) = (zeros(n, m), zeros(rows, columns));
                numeric_gradient(&net(), Loss::Mse, &x, &y, difference, 1e-5);
            });
        }
        panics(move || {
            let (x, y) = (zeros(n, m), zeros(rows, columns));
            per_example_gradients(&net(), Loss::Mse, &x, &y);
        });
    }
    panics(move || {
        let (x, y) = (zeros(0, 2), zeros(0, 1));
        let central = Difference::Central;
        numeric_gradient(&net(), Loss::Mse, &x, &y, central, 1e-5);
    });
    panics(move || {
        drop(per_example_gradients(
            &net(),
            Loss::Mse,
            &zeros(0, 3),
            &zeros(0, 1),
        ))
    });
    panics(move || drop(jacobians(&net(), &zeros(4, 3))));
    panics(move || drop(jacobians(&net(), &zeros(0, 3))));
    panics(move || drop(dead_units(&net(), &zeros(4, 3))));
    panics(move || drop(kinks_along(&net(), &array![0.0], &array![1.0])));
    panics(move || drop(kinks_along(&net(), &array![0.0, 0.0], &array![1.0])));
    // No rows fit, and give none.
    let g =
        per_example_gradients(&net(), Loss::Mse, &zeros(0, 2), &zeros(0, 1));
    assert_eq!(g.dim(), (0, 13));
    assert_eq!(jacobians(&net(), &zeros(0, 2)).dim(), (0, 2));
}

/// A map that is linear in x has the same Jacobian at any size; one that bends
/// has that of its saturated units, 0.
#[test]
fn gradients_at_any_size() {
    let mut rng = Rng::new(8, Stream::Weights);
    let identity = Activation::Identity;
    let net = Network::dense(&[2, 4, 1], identity, Init::HeNormal, &mut rng);
    let bent =
        Network::dense(&[2, 4, 1], Activation::Tanh, Init::HeNormal, &mut rng);
    let x = random(5, 2, &mut rng);
    let wanted = jacobians(&net, &x);
    assert_eq!(spread(&wanted), 0.0);
    for k in POWERS {
        let x = scaled(&x, k);
        assert_eq!(jacobians(&net, &x), wanted, "2^{k}");
        let found = jacobians(&bent, &x);
        let zero = found.iter().all(|j| *j == 0.0);
        assert!(if k > 0 { zero } else { norm(&found) > 0.1 }, "2^{k}");
        // In w, the slope of Σ(wx − y)² grows with x².
        let y = Array2::zeros((5, 1));
        if k.abs() < 500 {
            let here = per_example_gradients(&net, Loss::Mse, &x, &y);
            assert!(here.iter().all(|g| g.is_finite()));
            let near = scaled(&x, -k);
            let there = per_example_gradients(&net, Loss::Mse, &near, &y);
            assert_eq!(here[[0, 0]], shifted(there[[0, 0]], 2 * k));
        }
    }
    for bad in [f64::NAN, f64::INFINITY] {
        let x = array![[bad, 1.0]];
        assert!(
            !per_example_gradients(&net, Loss::Mse, &x, &array![[0.0]])[[0, 0]]
                .is_finite()
        );
        assert_eq!(jacobians(&net, &x).row(0), wanted.row(0));
    }
}

#[test]
fn a_unit_is_dead_where_its_slope_is_zero_and_not_before() {
    let dead = |f, x: Array2<f64>| dead_units(&one_unit(1.0, 0.0, f), &x);
    let (tanh, relu) = (Activation::Tanh, Activation::Relu);
    assert_eq!(dead(tanh, array![[-372.0]]), [0]);
    assert_eq!(dead(tanh, array![[-374.0], [1e300]]), [1]);
    assert_eq!(dead(Activation::Sigmoid, array![[744.0]]), [0]);
    assert_eq!(dead(Activation::Sigmoid, array![[1e4], [-1e4]]), [1]);
    assert_eq!(dead(relu, array![[-1e300], [-1e-300], [-5e-324]]), [1]);
    assert_eq!(dead(relu, array![[-1e300], [5e-324]]), [0]);
    assert_eq!(dead(relu, array![[f64::NAN]]), [0]);
    // From no rows nobody learns.
    assert_eq!(dead(relu, Array2::zeros((0, 1))), [1]);
    let mut rng = Rng::new(1, Stream::Weights);
    let net = Network::dense(&[2, 3, 1], relu, Init::HeNormal, &mut rng);
    assert_eq!(dead_units(&net, &Array2::zeros((0, 2))), [3, 1]);
}

/// The kinks of a random network along a segment.
fn kinks(net: &Network, from: &Array1<f64>, to: &Array1<f64>) -> Vec<f64> {
    kinks_along(net, from, to).expect("no smooth activation")
}

#[test]
fn kinks_do_not_depend_on_the_size() {
    let mut rng = Rng::new(9, Stream::Weights);
    for case in 0..40 {
        let f = [Activation::Relu, Activation::LeakyRelu { slope: 0.1 }];
        let sizes = [2, 5, 5, 1];
        let mut net =
            Network::dense(&sizes, f[case % 2], Init::HeNormal, &mut rng);
        let from = Array1::from_shape_simple_fn(2, || rng.normal());
        let to = Array1::from_shape_simple_fn(2, || rng.normal());
        let wanted = kinks(&net, &from, &to);
        assert!(wanted.is_sorted());
        assert!(wanted.iter().all(|t| *t > 0.0 && *t < 1.0));
        // Without biases, a network of ReLUs is homogeneous.
        for k in [498, -498, 990, -980] {
            let far = |v: &Array1<f64>| v.mapv(|v| shifted(v, k));
            assert_eq!(kinks(&net, &far(&from), &far(&to)), wanted, "2^{k}");
        }
        // Between neighbouring kinks the output is linear: half way lies the
        // mean. So there are at most one more pieces than kinks.
        for dense in net.dense_layers_mut() {
            dense.b.mapv_inplace(|_| rng.normal());
        }
        let mut ends = vec![0.0];
        ends.extend(kinks(&net, &from, &to));
        ends.push(1.0);
        let at = |t: f64| {
            let x = &from + &((&to - &from) * t);
            net.output(&x.insert_axis(ndarray::Axis(0)))[[0, 0]]
        };
        for pair in ends.windows(2) {
            let middle = at((pair[0] + pair[1]) / 2.0);
            let mean = (at(pair[0]) + at(pair[1])) / 2.0;
            assert!((middle - mean).abs() < 1e-12, "case {case}");
        }
    }
}

#[test]
fn pieces_may_be_fewer_than_the_kinks_say() {
    // Nothing listens to the second unit.
    let relu = Activation::Relu;
    let hidden = Dense::new(array![[1.0], [1.0]], array![-0.2, -0.7], relu);
    let out = Dense::new(array![[1.0, 0.0]], array![0.0], Activation::Identity);
    let layers = [hidden, out].map(|layer| Layer::Dense(layer.unwrap()));
    let net = Network::new(layers.into()).unwrap();
    assert_eq!(kinks(&net, &array![0.0], &array![1.0]), [0.2, 0.7]);
    let slope = |t: f64| net.output(&array![[t + 0.01], [t]]);
    let slope = |t: f64| (slope(t)[[0, 0]] - slope(t)[[1, 0]]) / 0.01;
    assert!((slope(0.6) - slope(0.8)).abs() < 1e-12);
}

#[test]
fn the_points_of_a_segment_may_be_as_large_as_numbers_are() {
    let net = one_unit(1.0, 0.0, Activation::Relu);
    let ends = [(1e308, -1e308), (f64::MAX, -f64::MAX), (5e-324, -5e-324)];
    for (from, to) in ends {
        assert_eq!(kinks(&net, &array![from], &array![to]), [0.5]);
    }
    assert_eq!(kinks(&net, &array![0.0], &array![0.0]), [0.0; 0]);
    for bad in [f64::NAN, f64::INFINITY] {
        let why = panics(move || {
            let net = one_unit(1.0, 0.0, Activation::Relu);
            kinks_along(&net, &array![0.0], &array![bad]);
        });
        assert!(why.contains("the points are not finite"));
    }
    let why = panics(|| {
        let net = one_unit(1e10, 0.0, Activation::Relu);
        kinks_along(&net, &array![0.0], &array![1e300]);
    });
    assert!(why.contains("dense layer 1 overflows"), "{why}");
    let smooth = one_unit(1.0, 0.0, Activation::Tanh);
    assert_eq!(kinks_along(&smooth, &array![0.0], &array![1.0]), None);
}

/// The instruments of the book's own network, so that the sizes above are not
/// all that is tried.
#[test]
fn central_differences_agree_with_backpropagation() {
    let mut rng = Rng::new(1, Stream::Weights);
    let xor = data::xor();
    let f = Activation::Tanh;
    let net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
    let (_, exact) = net.loss_and_gradient(Loss::Mse, &xor.x, &xor.y);
    let central = Difference::Central;
    let of =
        |step| numeric_gradient(&net, Loss::Mse, &xor.x, &xor.y, central, step);
    let error = relative_error(&of(1e-5).unwrap(), &exact.parameters());
    assert!(error < 1e-9);
    // A wider step has an error of its square.
    let wide = relative_error(&of(1e-2).unwrap(), &exact.parameters());
    assert!(wide > 1e-6 && wide < 1e-3);
}
