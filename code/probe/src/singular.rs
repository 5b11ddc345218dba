//! Singular values: how far a matrix stretches which direction.
//!
//! See the chapters `products-of-slopes` and `where-linear-belongs`.

use exact::product::{self, inner_rows};
use ndarray::{Array1, Array2};

/// A = U·diag(s)·Vᵀ.
///
/// ```
/// use ndarray::array;
/// let svd = probe::svd(&array![[0.0, 2.0], [1.0, 0.0]]);
/// assert_eq!(svd.s, [2.0, 1.0]);
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

/// The singular value decomposition by one-sided Jacobi rotations, which finds
/// the small values as accurately as the large ones (J. Demmel, K. Veselić,
/// 1992).
///
/// ```
/// use ndarray::{array, Array1};
/// use slope::{product};
/// let a = array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
/// let probe::Svd { u, s, v } = probe::svd(&a);
/// let back = product::a_b(&(u * &Array1::from(s)), &v.t().to_owned());
/// assert!(product::norm(&(back - a)) < 1e-14);
/// ```
pub fn svd(a: &Array2<f64>) -> Svd {
    if a.nrows() < a.ncols() {
        let Svd { u, s, v } = svd(&a.t().to_owned());
        return Svd { u: v, s, v: u };
    }
    // Row j of ut becomes column j of A·V, row j of vt column j of V.
    let mut ut = a.t().as_standard_layout().into_owned();
    let mut vt = Array2::eye(a.ncols());
    orthogonalise(&mut ut, Some(&mut vt));
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
    Svd { u, v: Array2::from_shape_fn((a.ncols(), a.ncols()), v), s }
}

/// Turns pairs of rows of ut until each is orthogonal to all others, and the
/// rows of vt with them, if anybody asks for it.
fn orthogonalise(ut: &mut Array2<f64>, mut vt: Option<&mut Array2<f64>>) {
    let mut turning = true;
    while turning {
        turning = false;
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
    }
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
    let t = sign / (zeta.abs() + (1.0 + zeta * zeta).sqrt()); // tan
    let c = 1.0 / (1.0 + t * t).sqrt();
    Some((c, c * t))
}

fn lengths(rows: &Array2<f64>) -> Vec<f64> {
    rows.rows().into_iter().map(|row| inner_rows(row, row).sqrt()).collect()
}

/// The singular values of A, descending.
///
/// ```
/// use ndarray::array;
/// let s = probe::singular_values(&array![[3.0, 0.0], [0.0, -4.0]]);
/// assert_eq!(s, [4.0, 3.0]);
/// ```
pub fn singular_values(a: &Array2<f64>) -> Vec<f64> {
    // As `svd` finds them, without the vectors.
    let columns = if a.nrows() < a.ncols() { a.view() } else { a.t() };
    let mut ut = columns.as_standard_layout().into_owned();
    orthogonalise(&mut ut, None);
    let mut s = lengths(&ut);
    s.sort_by(|a, b| b.total_cmp(a));
    s
}

/// The nearest matrix of this rank (C. Eckart, G. Young, 1936): the largest
/// singular values are kept, the others set to zero.
///
/// ```
/// use ndarray::array;
/// let low = probe::truncated(&array![[3.0, 0.0], [0.0, 4.0]], 1);
/// assert_eq!(low, array![[0.0, 0.0], [0.0, 4.0]]);
/// ```
pub fn truncated(a: &Array2<f64>, rank: usize) -> Array2<f64> {
    let Svd { u, mut s, v } = svd(a);
    s.iter_mut().skip(rank).for_each(|s| *s = 0.0);
    product::a_b(&(u * &Array1::from(s)), &v.t().to_owned())
}
