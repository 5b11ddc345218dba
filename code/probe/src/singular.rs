//! Singular values: how far a matrix stretches which direction.
//!
//! See the chapters `products-of-slopes` and `where-linear-belongs`.

use exact::decimal::Decimal;
use exact::product::{self, length};
use exact::scale::{exponent, shifted};
use ndarray::{Array1, Array2};

/// A = U·diag(s)·Vᵀ.
///
/// ```
/// use ndarray::array;
/// let svd = probe::svd(&array![[0.0, 2.0], [1.0, 0.0]])?;
/// assert_eq!(svd.s, [2.0, 1.0]);
/// # Ok::<(), probe::NoSvd>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Svd {
    /// Left singular vectors, one per column: (n, min(n, m)). A column whose
    /// singular value is 0 is zero.
    pub u: Array2<f64>,
    /// Singular values, descending: min(n, m) of them.
    pub s: Vec<f64>,
    /// Right singular vectors, one per column: (m, min(n, m)).
    pub v: Array2<f64>,
}

/// Why a matrix has no singular values here.
///
/// ```
/// use ndarray::array;
/// let none = probe::svd(&array![[1.0, 2.0], [f64::NAN, 0.0]]).unwrap_err();
/// assert_eq!(none.to_string(), "row 1, column 0 of the matrix is NaN: \
///     expected finite numbers");
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NoSvd {
    /// Some element is infinite or NaN.
    #[error(
        "row {row}, column {column} of the matrix is {}: expected finite \
         numbers",
        Decimal(*value)
    )]
    NotFinite {
        /// The row of the first one, from 0.
        row: usize,
        /// Its column, from 0.
        column: usize,
        /// What it is.
        value: f64,
    },
    /// The largest singular value is larger than any `f64`.
    #[error(
        "the largest singular value is too large for an f64: divide the \
         matrix by the root of its number of elements"
    )]
    Range,
    /// The rotations came to no end.
    #[error("the rotations came to no end in {SWEEPS} sweeps")]
    Unsettled,
}

/// The singular value decomposition by one-sided Jacobi rotations (J. Demmel,
/// K. Veselić, 1992). What the lengths of the columns differ by costs the small
/// values no digits: those of B·diag(d) are as accurate as those of B, if d
/// spans no more than a hundred powers of ten. (With more columns than rows, it
/// is the rows.)
///
/// # Errors
/// See [`NoSvd`].
///
/// ```
/// use ndarray::{array, Array1};
/// use slope::{product};
/// let a = array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
/// let probe::Svd { u, s, v } = probe::svd(&a)?;
/// let back = product::a_b(&(u * &Array1::from(s)), &v.t().to_owned());
/// assert!(product::norm(&(back - a)) < 1e-14);
/// # Ok::<(), probe::NoSvd>(())
/// ```
pub fn svd(a: &Array2<f64>) -> Result<Svd, NoSvd> {
    let (mut svd, power) = near_one(a)?;
    unscaled(&mut svd.s, power)?;
    Ok(svd)
}

/// A/2ᵖᵒʷᵉʳ, with elements below 2, as a decomposition.
fn near_one(a: &Array2<f64>) -> Result<(Svd, i32), NoSvd> {
    finite(a)?;
    if a.nrows() < a.ncols() {
        let (Svd { u, s, v }, power) = near_one(&a.t().to_owned())?;
        return Ok((Svd { u: v, s, v: u }, power));
    }
    // Row j of ut becomes column j of A·V, row j of vt column j of V.
    let (mut ut, power) = columns(a);
    let mut vt = Array2::eye(a.ncols());
    orthogonalise(&mut ut, Some(&mut vt))?;
    let lengths = lengths(&ut);
    let mut order: Vec<usize> = vec![]; // the longest row first
    for j in 0..a.ncols() {
        let longer = |i: &usize| lengths[*i].total_cmp(&lengths[j]).is_ge();
        order.insert(order.partition_point(longer), j);
    }
    let s: Vec<f64> = order.iter().map(|j| lengths[*j]).collect();
    let unit = |u: f64, s: f64| if s == 0.0 { 0.0 } else { u / s };
    let u = |(i, j): (usize, usize)| unit(ut[[order[j], i]], s[j]);
    let u = Array2::from_shape_fn((a.nrows(), a.ncols()), u);
    let v = |(i, j): (usize, usize)| vt[[order[j], i]];
    let v = Array2::from_shape_fn((a.ncols(), a.ncols()), v);
    Ok((Svd { u, s, v }, power))
}

fn finite(a: &Array2<f64>) -> Result<(), NoSvd> {
    match a.indexed_iter().find(|(_, value)| !value.is_finite()) {
        Some(((row, column), &value)) => {
            Err(NoSvd::NotFinite { row, column, value })
        }
        None => Ok(()),
    }
}

/// The columns of A/2ᵖᵒʷᵉʳ, one per row.
fn columns(a: &Array2<f64>) -> (Array2<f64>, i32) {
    let power = exponent(a);
    let near = a.t().mapv(|v| shifted(v, -power));
    (near.as_standard_layout().into_owned(), power)
}

fn unscaled(s: &mut [f64], power: i32) -> Result<(), NoSvd> {
    s.iter_mut().for_each(|s| *s = shifted(*s, power));
    let finite = s.iter().all(|s| s.is_finite());
    if finite { Ok(()) } else { Err(NoSvd::Range) }
}

/// Seven or eight are usual; each of a matrix without full rank takes some
/// sixteen digits from the rows that vanish.
const SWEEPS: usize = 100;

/// Turns pairs of rows of ut until each is orthogonal to all others, and the
/// rows of vt with them, if anybody asks for it.
fn orthogonalise(
    ut: &mut Array2<f64>,
    mut vt: Option<&mut Array2<f64>>,
) -> Result<(), NoSvd> {
    for _ in 0..SWEEPS {
        let mut turning = false;
        for p in 0..ut.nrows() {
            for q in p + 1..ut.nrows() {
                let (up, uq) = pair(ut, p, q);
                let Some((c, s)) = rotation(up, uq) else { continue };
                turning = true;
                product::rotate(up, uq, c, s);
                if let Some(vt) = &mut vt {
                    let (vp, vq) = pair(vt, p, q);
                    product::rotate(vp, vq, c, s);
                }
            }
        }
        if !turning {
            return Ok(());
        }
    }
    Err(NoSvd::Unsettled)
}

/// Rows p and q > p.
fn pair(
    rows: &mut Array2<f64>,
    p: usize,
    q: usize,
) -> (&mut [f64], &mut [f64]) {
    let width = rows.ncols();
    let rows = rows.as_slice_mut().expect("row-major");
    let (before, from_q) = rows.split_at_mut(q * width);
    (&mut before[p * width..][..width], &mut from_q[..width])
}

/// The (cos, sin) that makes two rows orthogonal, unless they are.
fn rotation(up: &[f64], uq: &[f64]) -> Option<(f64, f64)> {
    let [pp, pq, qq] = product::gram(up, uq);
    if pq == 0.0 || pq.abs() <= 1e-15 * pp.sqrt() * qq.sqrt() {
        return None;
    }
    // Of a matrix without full rank, some rows shrink towards 0 for ever. Once
    // the squares lose digits, there is no angle left to turn by.
    if pp < 1e-290 || qq < 1e-290 {
        return None;
    }
    let zeta = (qq - pp) / (2.0 * pq);
    let sign = if zeta < 0.0 { -1.0 } else { 1.0 };
    let size = zeta.abs();
    let root = if size < 1e150 { (1.0 + size * size).sqrt() } else { size };
    let t = sign / (size + root); // tan
    let c = 1.0 / (1.0 + t * t).sqrt();
    Some((c, c * t))
}

fn lengths(rows: &Array2<f64>) -> Vec<f64> {
    rows.rows().into_iter().map(|row| length(&row.to_vec())).collect()
}

/// The singular values of A, descending.
///
/// # Errors
/// See [`NoSvd`].
///
/// ```
/// use ndarray::array;
/// let s = probe::singular_values(&array![[3.0, 0.0], [0.0, -4.0]])?;
/// assert_eq!(s, [4.0, 3.0]);
/// # Ok::<(), probe::NoSvd>(())
/// ```
pub fn singular_values(a: &Array2<f64>) -> Result<Vec<f64>, NoSvd> {
    // As `svd` finds them, without the vectors.
    finite(a)?;
    let turned = a.nrows() < a.ncols();
    let (mut ut, power) = columns(a);
    if turned {
        ut = ut.t().as_standard_layout().into_owned();
    }
    orthogonalise(&mut ut, None)?;
    let mut s = lengths(&ut);
    s.sort_by(|a, b| b.total_cmp(a));
    unscaled(&mut s, power)?;
    Ok(s)
}

/// The nearest matrix of this rank (C. Eckart, G. Young, 1936): the largest
/// singular values are kept, the others set to zero.
///
/// # Errors
/// See [`NoSvd`].
///
/// ```
/// use ndarray::array;
/// let low = probe::truncated(&array![[3.0, 0.0], [0.0, 4.0]], 1)?;
/// assert_eq!(low, array![[0.0, 0.0], [0.0, 4.0]]);
/// # Ok::<(), probe::NoSvd>(())
/// ```
pub fn truncated(a: &Array2<f64>, rank: usize) -> Result<Array2<f64>, NoSvd> {
    let (Svd { u, mut s, v }, power) = near_one(a)?;
    s.iter_mut().skip(rank).for_each(|s| *s = 0.0);
    let near = product::a_b(&(u * &Array1::from(s)), &v.t().to_owned());
    let low = near.mapv(|v| shifted(v, power));
    let finite = low.iter().all(|v| v.is_finite());
    if finite { Ok(low) } else { Err(NoSvd::Range) }
}
