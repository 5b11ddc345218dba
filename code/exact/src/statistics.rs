//! What is said of several seeds at once: the least, the most, the middle.
//!
//! All add in the order of the values, so that they give the same bits
//! everywhere. See the chapter `how-this-book-is-built`.

/// The least value; infinite where there is none.
///
/// ```
/// # use exact::statistics::least;
/// assert_eq!(least([2.0, 1.0, 3.0]), 1.0);
/// ```
pub fn least(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().fold(f64::INFINITY, f64::min)
}

/// The greatest value; −∞ where there is none.
///
/// ```
/// # use exact::statistics::most;
/// assert_eq!(most([2.0, 1.0, 3.0]), 3.0);
/// ```
pub fn most(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().fold(f64::NEG_INFINITY, f64::max)
}

/// The arithmetic mean; NaN where there is no value.
///
/// ```
/// # use exact::statistics::mean;
/// assert_eq!(mean([2.0, 1.0, 3.0]), 2.0);
/// ```
pub fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, n) =
        values.into_iter().fold((0.0, 0), |(sum, n), v| (sum + v, n + 1));
    sum / f64::from(n)
}

/// The value in the middle, of an even number the mean of the two. NaN where
/// there is none.
///
/// ```
/// # use exact::statistics::median;
/// assert_eq!(median([9.0, 1.0, 3.0]), 3.0);
/// assert_eq!(median([9.0, 1.0, 3.0, 4.0]), 3.5);
/// ```
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let sorted = sorted(values);
    let n = sorted.len();
    if n == 0 {
        return f64::NAN;
    }
    (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0
}

/// The values in ascending order.
///
/// ```
/// # use exact::statistics::sorted;
/// assert_eq!(sorted([9.0, 1.0, 3.0]), [1.0, 3.0, 9.0]);
/// ```
pub fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = Vec::new();
    // Few values; the library's sort is five kilobytes of a page's program.
    for value in values {
        let before = |other: &f64| other.total_cmp(&value).is_le();
        sorted.insert(sorted.partition_point(before), value);
    }
    sorted
}

/// The standard deviation of all there is: divided by n, not by n − 1.
///
/// ```
/// # use exact::statistics::deviation;
/// assert_eq!(deviation(&[1.0, 3.0]), 1.0);
/// ```
pub fn deviation(values: &[f64]) -> f64 {
    let middle = mean(values.iter().copied());
    mean(values.iter().map(|v| (v - middle) * (v - middle))).sqrt()
}

/// Pearson's correlation of pairs of values.
///
/// ```
/// # use exact::statistics::correlation;
/// assert_eq!(correlation(&[1.0, 2.0, 3.0], &[6.0, 4.0, 2.0]), -1.0);
/// ```
pub fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (mean_a, mean_b) = (mean(a.iter().copied()), mean(b.iter().copied()));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (da, db) = (a - mean_a, b - mean_b);
        ab += da * db;
        aa += da * da;
        bb += db * db;
    }
    ab / (aa * bb).sqrt()
}

/// The slope of the straight line through (x, y) that fits best in the mean
/// square. Of logarithms, it is the exponent of a power law.
///
/// ```
/// # use exact::statistics::fitted_slope;
/// assert_eq!(fitted_slope(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]), 2.0);
/// ```
pub fn fitted_slope(points: &[(f64, f64)]) -> f64 {
    let mean_x = mean(points.iter().map(|(x, _)| *x));
    let mean_y = mean(points.iter().map(|(_, y)| *y));
    let (xy, xx) = points.iter().fold((0.0, 0.0), |(xy, xx), (x, y)| {
        (xy + (x - mean_x) * (y - mean_y), xx + (x - mean_x) * (x - mean_x))
    });
    xy / xx
}

/// 0, and then about ten whole numbers in each doubling, up to `last`: the
/// epochs that a table shows of a long run.
///
/// ```
/// # use exact::statistics::log_spaced;
/// assert_eq!(log_spaced(4), [0, 1, 2, 3, 4]);
/// assert!(log_spaced(2000).len() < 110);
/// ```
pub fn log_spaced(last: usize) -> Vec<usize> {
    let mut steps = vec![0];
    let mut next = 1;
    while next < last {
        steps.push(next);
        next = (next + 1).max(next * 15 / 14);
    }
    if last > 0 {
        steps.push(last);
    }
    steps
}
