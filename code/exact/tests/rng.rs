//! What the random numbers promise.

use exact::rng::{Rng, Stream};

#[test]
fn uniform_numbers_stay_in_their_interval() {
    let mut rng = Rng::new(1, Stream::Noise);
    for _ in 0..100_000 {
        assert!((0.0..1.0).contains(&rng.uniform()));
        let x = rng.uniform_in(-3.0, 5.0);
        assert!((-3.0..=5.0).contains(&x));
    }
    assert_eq!(rng.uniform_in(2.0, 2.0), 2.0);
}

/// Between neighbours there is nothing, so rounding gives both.
#[test]
fn rounding_may_reach_either_end() {
    let mut rng = Rng::new(2, Stream::Noise);
    let (low, high) = (1.0, 1.0 + f64::EPSILON);
    let drawn: Vec<f64> = (0..100).map(|_| rng.uniform_in(low, high)).collect();
    assert!(drawn.contains(&low) && drawn.contains(&high));
    assert!(drawn.iter().all(|x| *x == low || *x == high));
}

#[test]
fn normal_numbers_have_the_moments_of_the_bell_and_are_finite() {
    let mut rng = Rng::new(3, Stream::Noise);
    let n = 200_000;
    let x: Vec<f64> = (0..n).map(|_| rng.normal()).collect();
    // u is at least 2⁻⁵³, so no number is beyond √(2·53·ln 2) = 8.57.
    assert!(x.iter().all(|x| x.abs() < 8.6));
    let moment = |k| x.iter().map(|x| x.powi(k)).sum::<f64>() / n as f64;
    // Five standard errors: √(1/n), √(2/n), √(96/n).
    let error = 5.0 / f64::from(n).sqrt();
    assert!(moment(1).abs() < error);
    assert!((moment(2) - 1.0).abs() < 1.5 * error);
    assert!((moment(4) - 3.0).abs() < 10.0 * error);
}

#[test]
fn each_number_below_n_is_as_likely() {
    let mut rng = Rng::new(4, Stream::Noise);
    let (n, draws) = (7, 70_000);
    let mut counts = vec![0i32; n];
    (0..draws).for_each(|_| counts[rng.below(n)] += 1);
    // Five standard deviations of a binomial number.
    assert!(counts.iter().all(|c| (c - 10_000).abs() < 5 * 93), "{counts:?}");
    assert_eq!(rng.below(1), 0);
    assert!(rng.below(usize::MAX) < usize::MAX);
}

#[test]
#[should_panic(expected = "below(0)")]
fn there_is_no_number_below_zero() {
    Rng::new(0, Stream::Noise).below(0);
}

#[test]
fn each_order_is_as_likely() {
    let mut rng = Rng::new(5, Stream::Order);
    let mut counts = std::collections::BTreeMap::<[u8; 3], i32>::new();
    for _ in 0..60_000 {
        let mut items = [0, 1, 2];
        rng.shuffle(&mut items);
        *counts.entry(items).or_default() += 1;
    }
    assert_eq!(counts.len(), 6);
    assert!(counts.values().all(|c| (c - 10_000).abs() < 5 * 92), "{counts:?}");
    rng.shuffle::<u8>(&mut []);
}

#[test]
fn a_stream_is_repeated_by_its_seed_and_apart_from_the_others() {
    let first = |seed, stream| Rng::new(seed, stream).uniform().to_bits();
    let streams = [Stream::Data, Stream::Weights, Stream::Order, Stream::Noise];
    let mut all = vec![];
    for seed in [0, 1, u64::MAX] {
        for stream in streams {
            assert_eq!(first(seed, stream), first(seed, stream));
            all.push(first(seed, stream));
        }
    }
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 12);
}
