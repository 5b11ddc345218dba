//! The linear floor at any size and offset, against floors found in another
//! way: on the same data, brought near 1, by normal equations.

use ndarray::{Array1, Array2, Axis, array, concatenate};
use probe::{LinearFloor, NoFloor, linear_floor};
use slope::rng::{Rng, Stream};
use slope::{
    Activation, Dataset, Dense, Init, Layer, Loss, Network, transcendental::ln,
};

/// Numbers on a grid, so that offsets and powers of two lose none of them.
fn grid(rng: &mut Rng) -> f64 {
    (rng.below(1025) as f64 - 512.0) / 64.0
}

/// The solution of A·w = b by Gauss' elimination.
fn solved(mut a: Array2<f64>, mut b: Array1<f64>) -> Array1<f64> {
    let n = b.len();
    for k in 0..n {
        let size = |i: &usize| a[[*i, k]].abs();
        let pivot = (k..n).max_by(|i, j| size(i).total_cmp(&size(j))).unwrap();
        b.swap(k, pivot);
        for j in 0..n {
            a.swap([k, j], [pivot, j]);
        }
        for i in (0..n).filter(|i| *i != k) {
            let by = a[[i, k]] / a[[k, k]];
            for j in k..n {
                let above = a[[k, j]];
                a[[i, j]] -= by * above;
            }
            b[i] -= by * b[k];
        }
    }
    Array1::from_shape_fn(n, |i| b[i] / a[[i, i]])
}

/// x with a column of ones.
fn with_ones(x: &Array2<f64>) -> Array2<f64> {
    concatenate![Axis(1), x.clone(), Array2::ones((x.nrows(), 1))]
}

/// Least squares from XᵀX: good enough where columns are near 1 and far from
/// parallel.
fn least_squares(x: &Array2<f64>, y: &Array2<f64>) -> f64 {
    let x1 = with_ones(x);
    let mut loss = 0.0;
    for y in y.columns() {
        let w = solved(x1.t().dot(&x1), x1.t().dot(&y));
        let rest = &y - &x1.dot(&w);
        loss += rest.dot(&rest);
    }
    loss / y.len() as f64
}

/// The least cross-entropy, by Newton's method without any safeguard.
fn cross_entropy(x: &Array2<f64>, y: &Array2<f64>) -> f64 {
    let x1 = with_ones(x);
    let y = y.column(0);
    let mut w = Array1::zeros(x1.ncols());
    for _ in 0..30 {
        let p = x1.dot(&w).mapv(|z: f64| 1.0 / (1.0 + (-z).exp()));
        let weighted = &x1 * &p.mapv(|p| p * (1.0 - p)).insert_axis(Axis(1));
        w -= &solved(x1.t().dot(&weighted), x1.t().dot(&(&p - &y)));
    }
    let z = x1.dot(&w).insert_axis(Axis(1));
    Loss::BceLogits.value(&z, &y.to_owned().insert_axis(Axis(1)))
}

/// How far rounding may move an output of the map.
fn rounding(floor: &LinearFloor, x: &Array2<f64>) -> f64 {
    let terms = x.mapv(f64::abs).dot(&floor.map.w.mapv(f64::abs).t());
    let most =
        (terms + &floor.map.b.mapv(f64::abs)).fold(0.0, |s: f64, t| s.max(*t));
    32.0 * f64::EPSILON * most
}

/// The floor is the loss of its map, it is what the reference says, and its
/// certificate holds.
fn holds(
    loss: Loss,
    data: &Dataset,
    wanted: f64,
    certificate: f64,
    name: &str,
) {
    let floor =
        linear_floor(loss, data).unwrap_or_else(|why| panic!("{name}: {why}"));
    let reached = loss.value(&floor.map.output(&data.x), &data.y);
    assert_eq!(reached, floor.loss, "{name}: the map's own loss");
    let off = rounding(&floor, &data.x);
    // Of the squares, and no more of a cross-entropy, whose slope is at most 1.
    let off = match loss {
        Loss::Mse => off * off + 2.0 * off * wanted.sqrt(),
        _ => off,
    };
    let apart = (floor.loss - wanted).abs();
    assert!(
        apart <= 1e-10 * wanted + off,
        "{name}: {:e}, not {wanted:e}, with a rounding of {off:e}",
        floor.loss
    );
    assert!(
        floor.certificate <= certificate,
        "{name}: the certificate is {:e}",
        floor.certificate
    );
}

/// x, y near 1, with more rows than columns.
fn drawn(rng: &mut Rng) -> (Array2<f64>, Array2<f64>) {
    let columns = 1 + rng.below(4);
    let rows = columns + 4 + rng.below(30);
    let x = Array2::from_shape_simple_fn((rows, columns), || grid(rng));
    let y = Array2::from_shape_simple_fn((rows, 2), || grid(rng));
    (x, y)
}

const OFFSETS: [f64; 4] = [0.0, 1e3, 1e7, 1e12];
const POWERS: [i32; 5] = [0, 498, -498, 980, -996]; // 1e±150, 1e295, 1e−300

/// 2ᵏ, |k| < 1022.
fn two_to(k: i32) -> f64 {
    f64::from_bits(((k + 1023) as u64) << 52)
}

#[test]
fn least_squares_at_any_size_and_offset() {
    let mut rng = Rng::new(1, Stream::Data);
    for case in 0..400 {
        let (x, mut y) = drawn(&mut rng);
        let exact = case % 3 == 0;
        if exact {
            let w =
                Array2::from_shape_simple_fn((x.ncols(), 2), || grid(&mut rng));
            y = x.dot(&w) + grid(&mut rng);
        }
        let wanted = if exact { 0.0 } else { least_squares(&x, &y) };
        let mut moved = x.clone();
        let mut name = format!("case {case}, {:?}:", x.dim());
        for mut column in moved.columns_mut() {
            let offset = OFFSETS[rng.below(4)];
            let power = POWERS[rng.below(5)];
            column.mapv_inplace(|x| (x + offset) * two_to(power));
            name += &format!(" +{offset:e} ·2^{power}");
        }
        let shift = OFFSETS[rng.below(4)];
        y += shift;
        name += &format!("; y + {shift:e}");
        let data = Dataset::new(moved, y).unwrap();
        holds(Loss::Mse, &data, wanted, 1e-12, &name);
    }
}

#[test]
fn targets_of_any_size() {
    let mut rng = Rng::new(2, Stream::Data);
    for case in 0..200 {
        let (x, y) = drawn(&mut rng);
        let wanted = least_squares(&x, &y);
        let power = [-498, -300, 300, 498][case % 4];
        let y = y * two_to(power);
        let wanted = wanted * two_to(power) * two_to(power);
        let data = Dataset::new(x, y).unwrap();
        holds(Loss::Mse, &data, wanted, 1e-12, &format!("y·2^{power}"));
    }
}

#[test]
fn columns_that_nearly_or_wholly_give_each_other() {
    let mut rng = Rng::new(3, Stream::Data);
    for case in 0..200 {
        let (x, y) = drawn(&mut rng);
        let wanted = least_squares(&x, &y);
        let bends = Array1::from_shape_simple_fn(x.nrows(), || grid(&mut rng));
        let bends = bends.insert_axis(Axis(1));
        let first = x.column(0).to_owned().insert_axis(Axis(1));
        // A copy, a multiple, a constant: the floor stays.
        let same = match case % 3 {
            0 => first.clone(),
            1 => &first * 3.0 - 1e3,
            _ => Array2::from_elem((x.nrows(), 1), 0.1),
        };
        let copied = concatenate![Axis(1), x, same];
        let data = Dataset::new(copied, y.clone()).unwrap();
        holds(Loss::Mse, &data, wanted, 1e-12, &format!("copy {case}"));
        // One that differs by 10⁻⁷: the floor is as low as if the difference
        // were a column of its own.
        let own = concatenate![Axis(1), x, bends.clone()];
        let wanted = least_squares(&own, &y);
        let near = concatenate![Axis(1), x, &first + &bends * two_to(-24)];
        let data = Dataset::new(near, y).unwrap();
        let name = format!("near {case}");
        // Weights of 10⁷ cancel, and each is rounded.
        holds(Loss::Mse, &data, wanted, 1e-12 * 2e7, &name);
    }
}

#[test]
fn the_listed_cases_have_their_floors() {
    let fits = |x: Array2<f64>, y: Array2<f64>, off: f64| {
        let data = Dataset::new(x, y).unwrap();
        let floor = linear_floor(Loss::Mse, &data).unwrap();
        assert!(floor.loss <= off, "{:e}", floor.loss);
        assert_eq!(
            Loss::Mse.value(&floor.map.output(&data.x), &data.y),
            floor.loss
        );
    };
    let line = array![[0.0], [1.0], [2.0], [3.0]];
    fits(&line + 1e7, line.clone(), 1e-16);
    fits(&line + 1e12, line.clone(), 1e-6);
    fits(&line * 1e-170, line.clone(), 1e-30);
    fits(&line * 1e200, line.clone(), 1e-30);
    fits(&line * 1e300, line.clone(), 1e-30);
    fits(&line * 1e-300, line.clone(), 1e-30);
    // One row, and more columns than rows, are met exactly.
    fits(array![[3.0]], array![[7.0]], 0.0);
    fits(array![[1.0, 2.0, 5.0], [2.0, 0.0, 1.0]], array![[1.0], [4.0]], 1e-28);
    // A constant column gives nothing, and the floor is the variance.
    let constant = Array2::from_elem((4, 1), 0.1);
    let data = Dataset::new(constant, line.clone()).unwrap();
    let floor = linear_floor(Loss::Mse, &data).unwrap();
    assert_eq!((floor.loss, floor.map.w[[0, 0]]), (1.25, 0.0));
    // y without a spread.
    let data = Dataset::new(line, Array2::from_elem((4, 1), 0.1)).unwrap();
    let floor = linear_floor(Loss::Mse, &data).unwrap();
    assert_eq!((floor.loss, floor.certificate), (0.0, 0.0));
    assert_eq!((floor.map.w[[0, 0]], floor.map.b[0]), (0.0, 0.1));
}

#[test]
fn what_has_no_floor_says_why() {
    let line = array![[0.0], [1.0], [2.0], [3.0]];
    let of = |loss: Loss, x: &Array2<f64>, y: &Array2<f64>| {
        linear_floor(loss, &Dataset { x: x.clone(), y: y.clone() })
    };
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut broken = line.clone();
        broken[[2, 0]] = bad;
        for loss in [Loss::Mse, Loss::BceLogits] {
            let half = line.mapv(|y| f64::from(y > 1.0));
            let why = of(loss, &broken, &half).unwrap_err();
            assert!(matches!(why, NoFloor::Shape(_)), "{why}");
            assert!(why.to_string().contains("row 2, column 0 of x"), "{why}");
            let why = of(loss, &line, &broken).unwrap_err();
            assert!(why.to_string().contains("row 2, column 0"), "{why}");
        }
    }
    let none = Array2::zeros((0, 1));
    let missing = [
        of(Loss::Mse, &none, &none),
        of(Loss::BceLogits, &line, &none),
        of(Loss::BceLogits, &line, &line),
        of(Loss::Mse, &Array2::zeros((4, 0)), &line),
    ];
    for why in missing {
        assert!(matches!(why, Err(NoFloor::Shape(_))), "{why:?}");
    }
    let zero = Array2::zeros((4, 1));
    assert_eq!(of(Loss::SoftmaxCe, &line, &zero), Err(NoFloor::Softmax));
    // A weight of 10⁴⁵⁰, one of 10⁻⁴⁵⁰, a loss of 10⁴⁰⁰.
    let noise = array![[0.0], [1.0], [0.5], [3.0]];
    for (x, y) in [(1e-300, 1e150), (1e300, 1e-150), (1.0, 1e200)] {
        let why = of(Loss::Mse, &(&line * x), &(&noise * y));
        assert_eq!(why, Err(NoFloor::Range), "{x:e} {y:e}");
    }
}

/// Labels by chance, by a coin that the teacher bends.
fn labels(x: &Array2<f64>, rng: &mut Rng) -> Array2<f64> {
    let w = Array1::from_shape_simple_fn(x.ncols(), || 0.1 * rng.normal());
    let z = x.dot(&w);
    z.mapv(|z| f64::from(rng.uniform() < 1.0 / (1.0 + (-z).exp())))
        .insert_axis(Axis(1))
}

#[test]
fn cross_entropy_at_any_size_and_offset() {
    let mut rng = Rng::new(4, Stream::Data);
    let mut found = 0;
    for case in 0..400 {
        let (x, _) = drawn(&mut rng);
        let y = labels(&x, &mut rng);
        let wanted = cross_entropy(&x, &y);
        let mut moved = x.clone();
        let mut name = format!("case {case}, {:?}:", x.dim());
        for mut column in moved.columns_mut() {
            let offset = OFFSETS[rng.below(4)];
            let power = POWERS[rng.below(5)];
            column.mapv_inplace(|x| (x + offset) * two_to(power));
            name += &format!(" +{offset:e} ·2^{power}");
        }
        let data = Dataset::new(moved, y.clone()).unwrap();
        let here = linear_floor(Loss::BceLogits, &Dataset::new(x, y).unwrap());
        let there = linear_floor(Loss::BceLogits, &data);
        match (here, there) {
            (Ok(_), Ok(_)) => {
                found += 1;
                holds(Loss::BceLogits, &data, wanted, 1e-12, &name);
            }
            (Err(here), Err(there)) => {
                assert!(same(&here, &there), "{name}: {here}; {there}");
                let near_0 = wanted.is_nan() || wanted <= 1e-3;
                assert!(near_0, "{name}: {here}, but {wanted}");
            }
            (here, there) => panic!("{name}: {here:?}, but {there:?}"),
        }
    }
    assert!(found > 100, "{found}");
}

fn same(a: &NoFloor, b: &NoFloor) -> bool {
    match (a, b) {
        (
            NoFloor::QuasiSeparable { infimum: a, accuracy: right },
            NoFloor::QuasiSeparable { infimum: b, accuracy: also },
        ) => (a - b).abs() <= 1e-12 && (right - also).abs() <= 1e-12,
        (a, b) => a == b,
    }
}

/// What is known of a line of points without any algebra.
fn on_a_line(x: &[f64], y: &[f64]) -> Result<(), NoFloor> {
    let ends = |label: f64| {
        let of = || x.iter().zip(y).filter(move |(_, y)| **y == label);
        let least = of().fold(f64::INFINITY, |m, (x, _)| m.min(*x));
        let most = of().fold(f64::NEG_INFINITY, |m, (x, _)| m.max(*x));
        (least, most)
    };
    let ((a, b), (c, d)) = (ends(0.0), ends(1.0));
    if b < c || d < a {
        return Err(NoFloor::Separable);
    }
    let touch = if b == c {
        b
    } else if d == a {
        d
    } else {
        return Ok(());
    };
    let count = |label: f64| {
        x.iter().zip(y).filter(|(x, y)| **x == touch && **y == label).count()
            as f64
    };
    let (zeros, ones) = (count(0.0), count(1.0));
    let both = zeros + ones;
    if both == x.len() as f64 {
        return Ok(()); // one point in the end: the floor is attained
    }
    let sum = zeros * ln(zeros / both) + ones * ln(ones / both);
    let n = x.len() as f64;
    let accuracy = (n - zeros.min(ones)) / n;
    Err(NoFloor::QuasiSeparable { infimum: -sum / n, accuracy })
}

#[test]
fn separation_on_a_line_is_recognised_in_whole_and_in_part() {
    let mut rng = Rng::new(5, Stream::Data);
    let mut kinds = [0; 3];
    for case in 0..3000 {
        let n = 1 + rng.below(7);
        let x: Vec<f64> = (0..n).map(|_| rng.below(5) as f64 - 2.0).collect();
        let y: Vec<f64> = (0..n).map(|_| rng.below(2) as f64).collect();
        let wanted = on_a_line(&x, &y);
        let kind = match &wanted {
            Ok(()) => 0,
            Err(NoFloor::Separable) => 1,
            Err(_) => 2,
        };
        kinds[kind] += 1;
        let offset = OFFSETS[rng.below(4)];
        let power = POWERS[rng.below(5)];
        let moved =
            x.iter().map(|x| (x + offset) * two_to(power)).collect::<Vec<_>>();
        let column = |v: Vec<f64>| Array1::from(v).insert_axis(Axis(1));
        let data = Dataset::new(column(moved), column(y.clone())).unwrap();
        let name = format!("case {case}: {x:?} {y:?} +{offset:e} 2^{power}");
        match (linear_floor(Loss::BceLogits, &data), wanted) {
            (Ok(floor), Ok(())) => {
                assert!(floor.certificate <= 1e-12, "{name}");
            }
            (Err(found), Err(wanted)) => {
                assert!(same(&found, &wanted), "{name}: {found}, not {wanted}");
            }
            (found, wanted) => panic!("{name}: {found:?}, not {wanted:?}"),
        }
    }
    assert!(kinds.iter().all(|kind| *kind > 300), "{kinds:?}");
}

/// Points on a plane, which have a floor there, and others on their side of it.
#[test]
fn separation_by_a_plane_leaves_the_floor_of_the_plane() {
    let mut rng = Rng::new(6, Stream::Data);
    let mut found = 0;
    for case in 0..300 {
        let (mut x, _) = drawn(&mut rng);
        if x.ncols() == 1 {
            continue;
        }
        let mut y = labels(&x, &mut rng);
        let on: Vec<usize> = (0..x.nrows()).filter(|i| i % 4 > 0).collect();
        for i in 0..x.nrows() {
            let side = 2.0 * y[[i, 0]] - 1.0;
            let off = side * (1.0 + grid(&mut rng).abs());
            x[[i, 0]] = if i % 4 > 0 { 0.0 } else { off };
        }
        let plane = x
            .select(Axis(0), &on)
            .select(Axis(1), &(1..x.ncols()).collect::<Vec<_>>());
        let on_plane = Dataset::new(plane, y.select(Axis(0), &on)).unwrap();
        let Ok(floor) = linear_floor(Loss::BceLogits, &on_plane) else {
            continue;
        };
        found += 1;
        let wanted = floor.loss * on.len() as f64 / x.nrows() as f64;
        // Turned: whole numbers keep the points on the grid.
        let mixed = {
            let mut mixed = x.clone();
            for j in 1..x.ncols() {
                let by = rng.below(7) as f64 - 3.0;
                let first = x.column(0).to_owned();
                mixed.column_mut(j).scaled_add(by, &first);
            }
            let last = mixed.column(x.ncols() - 1).to_owned();
            mixed.column_mut(0).scaled_add(2.0, &last);
            mixed + OFFSETS[rng.below(3)]
        };
        let data = Dataset::new(mixed, y.clone()).unwrap();
        match linear_floor(Loss::BceLogits, &data) {
            Err(NoFloor::QuasiSeparable { infimum, accuracy }) => {
                let apart = (infimum - wanted).abs();
                assert!(apart <= 1e-9, "case {case}: {infimum} {wanted}");
                let wrong = (1.0 - floor.accuracy) * on.len() as f64;
                let apart = accuracy - (1.0 - wrong / data.len() as f64);
                assert!(apart.abs() <= 1e-12, "case {case}: {accuracy}");
            }
            other => panic!("case {case}: {other:?}, not {wanted}"),
        }
        // One example on the wrong side, far out, and there is a floor again.
        y[[0, 0]] = 1.0 - y[[0, 0]];
        x[[0, 0]] *= 100.0;
        let data = Dataset::new(x, y).unwrap();
        let floor = linear_floor(Loss::BceLogits, &data).unwrap();
        assert!(floor.loss > wanted, "case {case}");
    }
    assert!(found > 50, "{found}");
}

#[test]
fn labels_between_the_classes_hold_the_map() {
    // A soft label is met by one logit only.
    let x = array![[-1.0], [0.0], [1.0]];
    let soft = Dataset::new(x.clone(), array![[0.0], [0.3], [1.0]]).unwrap();
    let none = linear_floor(Loss::BceLogits, &soft).unwrap_err();
    let entropy = -(0.3 * ln(0.3) + 0.7 * ln(0.7)) / 3.0;
    let wanted = NoFloor::QuasiSeparable { infimum: entropy, accuracy: 1.0 };
    assert!(same(&none, &wanted), "{none}");
    let soft = Dataset::new(x, array![[0.1], [0.3], [1.0]]).unwrap();
    let floor = linear_floor(Loss::BceLogits, &soft).unwrap();
    assert!(floor.certificate < 1e-12);
}

/// Classes that overlap in a billionth of their spread.
#[test]
fn a_floor_close_to_separation_is_found() {
    for overlap in [1e-3, 1e-6, 1e-9] {
        let x = array![[-1.0], [overlap], [-overlap], [1.0]];
        let y = array![[0.0], [0.0], [1.0], [1.0]];
        let data = Dataset::new(x, y).unwrap();
        let floor = linear_floor(Loss::BceLogits, &data).unwrap();
        // dL/dw = 0: e⁻ʷ = overlap·½, nearly
        let w = -ln(overlap / 2.0);
        assert!((floor.map.w[[0, 0]] / w - 1.0).abs() < 0.01, "{overlap}");
        assert!(floor.certificate <= 1e-12);
    }
}

#[test]
fn a_map_that_is_not_the_best_would_be_noticed() {
    // What the floor was by the normal equations of columns as they come.
    let x = array![[1e7], [1e7 + 1.0], [1e7 + 2.0], [1e7 + 3.0]];
    let y = array![[0.0], [1.0], [2.0], [3.0]];
    let mean = slope::Affine { w: array![[0.0]], b: array![1.5] };
    let floor =
        linear_floor(Loss::Mse, &Dataset::new(x.clone(), y.clone()).unwrap());
    let error = mean.output(&x) - &y;
    let inner = (&x - 1e7 - 1.5).t().dot(&error)[[0, 0]].abs();
    let size = |a: &Array2<f64>| slope::product::norm(a);
    let share = inner / size(&(&x - 1e7 - 1.5)) / size(&error);
    assert!(share > 0.99 && floor.unwrap().certificate <= 1e-12);
}

/// By the map alone, at sizes where its outputs have nearly all their digits.
#[test]
fn the_errors_of_the_best_map_are_orthogonal_to_every_column() {
    let mut rng = Rng::new(7, Stream::Data);
    for _ in 0..100 {
        let (x, y) = drawn(&mut rng);
        let half = labels(&x, &mut rng);
        for (loss, y) in [(Loss::Mse, y), (Loss::BceLogits, half)] {
            let data = Dataset::new(x.clone(), y.clone()).unwrap();
            let Ok(floor) = linear_floor(loss, &data) else { continue };
            // dL/d output is the error times a constant.
            let output = floor.map.output(&x);
            let error = loss.gradient(&output, &y);
            let along = with_ones(&x).t().dot(&error);
            let size = slope::product::norm;
            let most = size(&with_ones(&x))
                * size(&loss.gradient(&(output * 0.0), &y));
            assert!(size(&along) <= 1e-13 * most, "{loss}");
            // And not of a map beside it.
            let beside = error + 1e-6;
            assert!(size(&with_ones(&x).t().dot(&beside)) > 1e-13 * most);
        }
    }
}

#[test]
fn no_identity_network_passes_the_floor() {
    let mut rng = Rng::new(8, Stream::Weights);
    for depth in 1..6 {
        let (x, y) = drawn(&mut rng);
        let y = y.slice_axis(Axis(1), (..1).into()).to_owned();
        let data = Dataset::new(x, y).unwrap();
        let floor = linear_floor(Loss::Mse, &data).unwrap();
        let mut sizes = vec![data.x.ncols()];
        sizes.extend(vec![4; depth]);
        sizes.push(1);
        let (f, init) = (Activation::Identity, Init::LecunNormal);
        for _ in 0..50 {
            let net = Network::dense(&sizes, f, init, &mut rng);
            let loss = Loss::Mse.value(&net.output(&data.x), &data.y);
            assert!(loss > floor.loss * (1.0 - 1e-13));
        }
        // The best map, and layers that change nothing.
        let mut layers = vec![(floor.map.w.clone(), floor.map.b.clone())];
        layers.extend(vec![(array![[1.0]], array![0.0]); depth]);
        let layers = layers
            .into_iter()
            .map(|(w, b)| Layer::Dense(Dense::new(w, b, f).unwrap()));
        let net = Network::new(layers.collect()).unwrap();
        let loss = Loss::Mse.value(&net.output(&data.x), &data.y);
        assert_eq!(loss, floor.loss);
    }
}
