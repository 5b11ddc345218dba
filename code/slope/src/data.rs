//! Data sets: small ones that can be drawn, each from a recipe of a few
//! lines.
//!
//! See the chapters `the-linear-floor` and `digits`.

use crate::ShapeError;
use crate::csv::{self, CsvError};
use exact::decimal;
use exact::rng::Rng;
use exact::transcendental::{cos, sin};
use ndarray::{Array1, Array2, Axis, array};
use std::f64::consts::{PI, TAU};

/// Examples and their targets, one per row.
///
/// ```
/// let xor = slope::data::xor();
/// assert_eq!((xor.x.dim(), xor.y.dim()), ((4, 2), (4, 1)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Inputs: (n, in).
    pub x: Array2<f64>,
    /// Targets: (n, out), or (n, 1) of class indices.
    pub y: Array2<f64>,
}

impl Dataset {
    /// A data set of these examples, laid out row by row.
    ///
    /// # Errors
    /// If there are none, if `x` and `y` differ in rows, or if a number is
    /// not finite; the message says where.
    ///
    /// ```
    /// use ndarray::array;
    /// assert!(slope::data::Dataset::new(array![[1.0]], array![[f64::NAN]]).is_err());
    /// ```
    pub fn new(x: Array2<f64>, y: Array2<f64>) -> Result<Self, ShapeError> {
        let mut data = Dataset { x, y };
        data.check()?;
        for part in [&mut data.x, &mut data.y] {
            if part.as_slice().is_none() {
                *part = part.as_standard_layout().into_owned();
            }
        }
        Ok(data)
    }

    /// What [`Dataset::new`] refuses.
    pub(crate) fn check(&self) -> Result<(), ShapeError> {
        let Dataset { x, y } = self;
        let ((n, inputs), (m, targets)) = (x.dim(), y.dim());
        ensure!(
            n == m && !x.is_empty() && !y.is_empty(),
            "a data set of {n} × {inputs} inputs and {m} × {targets} targets: \
             expected one target for each input, and no dimension of zero"
        );
        for (name, part) in [("x", x), ("y", y)] {
            for ((row, column), value) in part.indexed_iter() {
                ensure!(
                    value.is_finite(),
                    "row {row}, column {column} of {name} is {}: expected a \
                     finite number",
                    decimal::text(*value)
                );
            }
        }
        Ok(())
    }

    /// The number of examples.
    ///
    /// ```
    /// assert_eq!(slope::data::xor().len(), 4);
    /// ```
    #[expect(clippy::len_without_is_empty, reason = "`new` refuses none")]
    pub fn len(&self) -> usize {
        self.x.nrows()
    }

    /// The examples of these rows, in this order.
    ///
    /// # Panics
    /// If a row does not exist, or none is asked for.
    ///
    /// ```
    /// let xor = slope::data::xor();
    /// assert_eq!(xor.rows(&[3, 0]).y, ndarray::array![[0.0], [0.0]]);
    /// ```
    pub fn rows(&self, rows: &[usize]) -> Dataset {
        assert!(!rows.is_empty(), "no rows: expected at least one");
        if let Some(row) = rows.iter().find(|row| **row >= self.len()) {
            panic!("row {row} of a data set of {} rows", self.len());
        }
        let select = |part: &Array2<f64>| part.select(Axis(0), rows);
        Dataset { x: select(&self.x), y: select(&self.y) }
    }

    /// (train, test): a row i for which `is_test(i)` holds goes to the test
    /// set; the order is kept.
    ///
    /// # Panics
    /// If one of the two would be empty.
    ///
    /// ```
    /// let (train, test) = slope::data::xor().split(|i| i == 3);
    /// assert_eq!((train.len(), test.len()), (3, 1));
    /// ```
    pub fn split(&self, is_test: impl Fn(usize) -> bool) -> (Self, Self) {
        let (test, train): (Vec<_>, Vec<_>) =
            (0..self.len()).partition(|i| is_test(*i));
        let (m, n) = (train.len(), test.len());
        assert!(m > 0 && n > 0, "a split into {m} and {n} rows, one empty");
        (self.rows(&train), self.rows(&test))
    }

    /// Reads a table of numbers as [`csv::numbers`] does; the last `targets`
    /// columns are y, those before are x.
    ///
    /// # Errors
    /// Names the line and the column of the first cell that is not a finite
    /// number, or the line of the first row that is too short or too long; or
    /// says that no column would be left for x or for y.
    ///
    /// ```
    /// use slope::Dataset;
    /// let data = Dataset::from_csv("height,age\n1.2,7\n1.5,11\n", 1)?;
    /// assert_eq!(data.y, ndarray::array![[7.0], [11.0]]);
    /// let error = Dataset::from_csv("1.2,7\n1.5,x\n", 1).unwrap_err();
    /// assert!(error.to_string().starts_with("line 2, column 2: `x`"));
    /// # Ok::<(), slope::csv::CsvError>(())
    /// ```
    pub fn from_csv(text: &str, targets: usize) -> Result<Self, CsvError> {
        let table = csv::numbers(text)?.numbers; // (n, in + targets)
        if targets == 0 || targets >= table.ncols() {
            let all = table.ncols();
            let what = format!("{targets} target columns out of {all}");
            let mend = "leave at least one column for x, and one for y";
            return Err(CsvError::about(1, what, mend));
        }
        let (x, y) = table.view().split_at(Axis(1), table.ncols() - targets);
        Ok(Dataset { x: x.to_owned(), y: y.to_owned() })
    }
}

/// 1,797 real handwritten digits, 8 × 8 pixels scaled to [0, 1]; y is the
/// class index. Neighbouring rows come from the same writer; the book tests
/// on the rows with (i/10) % 5 == 0, which balances the classes.
///
/// Source: E. Alpaydin, C. Kaynak, *Optical Recognition of Handwritten
/// Digits*, UCI Machine Learning Repository, 1998, doi 10.24432/C50P49, CC BY
/// 4.0; `code/slope/data/README.md` has the provenance.
///
/// ```
/// let (train, test) = slope::data::digits().split(|i| (i / 10) % 5 == 0);
/// assert_eq!((train.x.dim(), test.len()), ((1437, 64), 360));
/// ```
pub fn digits() -> Dataset {
    const GZIP: &[u8] = include_bytes!("../data/digits.csv.gz");
    const HEADER: usize = 10; // of a gzip file without a name (RFC 1952)
    let bytes = miniz_oxide::inflate::decompress_to_vec(&GZIP[HEADER..])
        .expect("the crate's own file");
    let text = String::from_utf8(bytes).expect("the crate's own file");
    digits_of(&text).expect("the crate's own file")
}

/// The same of a table with the 64 pixels, 0 to 16, and the class in each row.
///
/// # Errors
/// See [`Dataset::from_csv`].
///
/// ```
/// let table = "16,8,3\n"; // a short one
/// assert_eq!(slope::data::digits_of(table)?.x, ndarray::array![[1.0, 0.5]]);
/// # Ok::<(), slope::csv::CsvError>(())
/// ```
pub fn digits_of(table: &str) -> Result<Dataset, CsvError> {
    let mut data = Dataset::from_csv(table, 1)?;
    data.x /= 16.0;
    Ok(data)
}

/// Exclusive or: four corners of a square, labels 0 and 1.
///
/// ```
/// assert_eq!(slope::data::xor().y.column(0).to_vec(), [0.0, 1.0, 1.0, 0.0]);
/// ```
pub fn xor() -> Dataset {
    Dataset {
        x: array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]],
        y: array![[0.0], [1.0], [1.0], [0.0]],
    }
}

/// Two interleaved half circles of radius 1; labels 0 and 1. The first n/2
/// (rounded up) points have label 0. `noise` is a standard deviation.
///
/// # Panics
/// Where [`Dataset::new`] refuses: no points, a noise that is not finite.
///
/// ```
/// use slope::rng::{Rng, Stream};
/// let data = slope::data::moons(512, 0.2, &mut Rng::new(1, Stream::Data));
/// assert_eq!(data.len(), 512);
/// ```
pub fn moons(n: usize, noise: f64, rng: &mut Rng) -> Dataset {
    two_classes(n, noise, rng, |label, rng| {
        let t = rng.uniform_in(0.0, PI);
        if label { (1.0 - cos(t), 0.5 - sin(t)) } else { (cos(t), sin(t)) }
    })
}

/// A circle of radius 1 with label 0 around one of radius ½ with label 1.
///
/// # Panics
/// As [`moons`].
///
/// ```
/// use slope::rng::{Rng, Stream};
/// let data = slope::data::circles(10, 0.0, &mut Rng::new(1, Stream::Data));
/// assert!((slope::product::norm(&data.rows(&[0]).x) - 1.0).abs() < 1e-15);
/// ```
pub fn circles(n: usize, noise: f64, rng: &mut Rng) -> Dataset {
    two_classes(n, noise, rng, |label, rng| {
        let t = rng.uniform_in(0.0, TAU);
        let radius = if label { 0.5 } else { 1.0 };
        (radius * cos(t), radius * sin(t))
    })
}

/// Two spirals of so many `turns`, one the mirror image of the other; evenly
/// many points per area.
///
/// # Panics
/// As [`moons`].
///
/// ```
/// use slope::rng::{Rng, Stream};
/// let mut rng = Rng::new(1, Stream::Data);
/// let data = slope::data::spirals(400, 0.02, 1.5, &mut rng);
/// assert!(data.x.iter().all(|x| x.abs() < 1.2));
/// ```
pub fn spirals(n: usize, noise: f64, turns: f64, rng: &mut Rng) -> Dataset {
    two_classes(n, noise, rng, |label, rng| {
        let t = rng.uniform().sqrt();
        let radius = if label { -t } else { t };
        let angle = TAU * turns * t;
        (radius * cos(angle), radius * sin(angle))
    })
}

/// A linear teacher with noise: y = X·w + noise, w standard normal, and the
/// columns of X normal with standard deviations spread evenly over [½, 2], so
/// that the curvature differs between directions. The chapter `descent`.
///
/// # Panics
/// As [`moons`], or if there are no inputs.
///
/// ```
/// use slope::rng::{Rng, Stream};
/// let mut rng = Rng::new(1, Stream::Data);
/// let data = slope::data::linear_teacher(200, 10, 0.1, &mut rng);
/// assert_eq!((data.x.dim(), data.y.dim()), ((200, 10), (200, 1)));
/// ```
pub fn linear_teacher(
    n: usize,
    inputs: usize,
    noise: f64,
    rng: &mut Rng,
) -> Dataset {
    let last = inputs.saturating_sub(1).max(1) as f64;
    let scale = |column: usize| 0.5 + 1.5 * column as f64 / last;
    let w = Array2::from_shape_simple_fn((1, inputs), || rng.normal());
    let mut x = Array2::zeros((n, inputs));
    for ((_, column), x) in x.indexed_iter_mut() {
        *x = scale(column) * rng.normal();
    }
    let mut y = crate::product::affine(&x, &w, &Array1::zeros(1));
    y.mapv_inplace(|y| y + noise * rng.normal());
    made(x, y)
}

/// Two inputs, each with a target of its own strength: whitened data whose
/// correlation with the target has the singular values `strong` and `weak`.
/// The chapter `linear-nets-learn-strangely`.
///
/// # Panics
/// If one of them is not finite.
///
/// ```
/// let data = slope::data::two_modes(4.0, 1.0);
/// assert_eq!(data.y, ndarray::array![[4.0, 0.0], [0.0, 1.0]]);
/// ```
pub fn two_modes(strong: f64, weak: f64) -> Dataset {
    made(Array2::eye(2), array![[strong, 0.0], [0.0, weak]])
}

/// sin x at n evenly spaced points of [−π, π], both ends included.
///
/// # Panics
/// If n is 0.
///
/// ```
/// assert_eq!(slope::data::sine(3).y[[1, 0]], 0.0);
/// ```
pub fn sine(n: usize) -> Dataset {
    curve(n, PI, sin)
}

/// |x| at n evenly spaced points of [−1, 1], both ends included.
///
/// # Panics
/// If n is 0.
///
/// ```
/// assert_eq!(slope::data::absolute(3).y, ndarray::array![[1.], [0.], [1.]]);
/// ```
pub fn absolute(n: usize) -> Dataset {
    curve(n, 1.0, f64::abs)
}

fn curve(n: usize, end: f64, f: impl Fn(f64) -> f64) -> Dataset {
    let last = n.saturating_sub(1).max(1) as f64;
    let at = |i: usize| (2.0 * i as f64 / last - 1.0) * end;
    let x = Array2::from_shape_fn((n, 1), |(i, _)| at(i));
    let y = x.mapv(f);
    made(x, y)
}

fn two_classes(
    n: usize,
    noise: f64,
    rng: &mut Rng,
    point: impl Fn(bool, &mut Rng) -> (f64, f64),
) -> Dataset {
    let label = |i: usize| i >= n.div_ceil(2);
    let mut x = Array2::zeros((n, 2));
    for (i, mut row) in x.rows_mut().into_iter().enumerate() {
        let (x0, x1) = point(label(i), rng);
        row[0] = x0 + noise * rng.normal();
        row[1] = x1 + noise * rng.normal();
    }
    let y = Array2::from_shape_fn((n, 1), |(i, _)| f64::from(label(i)));
    made(x, y)
}

fn made(x: Array2<f64>, y: Array2<f64>) -> Dataset {
    Dataset::new(x, y).unwrap_or_else(|error| panic!("{error}"))
}
