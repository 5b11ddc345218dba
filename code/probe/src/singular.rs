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
    // Row j of ut is column j of A·V, row j of vt column j of V.
    let mut ut = a.t().as_standard_layout().into_owned();
    let mut vt = Array2::eye(a.ncols());
    let mut turning = true;
    while turning {
        turning = false;
        for p in 0..a.ncols() {
            for q in p + 1..a.ncols() {
                if let Some((c, s)) = rotation(&ut, p, q) {
                    turning = true;
                    rotate(&mut ut, p, q, c, s);
                    rotate(&mut vt, p, q, c, s);
                }
            }
        }
    }
    let length = |j: usize| inner_rows(ut.row(j), ut.row(j)).sqrt();
    let mut order: Vec<usize> = vec![]; // the longest row first
    for j in 0..a.ncols() {
        let longer = |i: &usize| length(*i).total_cmp(&length(j)).is_ge();
        order.insert(order.partition_point(longer), j);
    }
    let s: Vec<f64> = order.iter().map(|j| length(*j)).collect();
    let unit = |u: f64, s: f64| if s == 0.0 { 0.0 } else { u / s };
    let u = |(i, j): (usize, usize)| unit(ut[[order[j], i]], s[j]);
    let u = Array2::from_shape_fn((a.nrows(), a.ncols()), u);
    let v = |(i, j): (usize, usize)| vt[[order[j], i]];
    Svd { u, v: Array2::from_shape_fn((a.ncols(), a.ncols()), v), s }
}

/// The (cos, sin) that makes rows p and q orthogonal, unless they are.
fn rotation(ut: &Array2<f64>, p: usize, q: usize) -> Option<(f64, f64)> {
    let (up, uq) = (ut.row(p), ut.row(q));
    let (pp, qq) = (inner_rows(up, up), inner_rows(uq, uq));
    let pq = inner_rows(up, uq);
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

fn rotate(rows: &mut Array2<f64>, p: usize, q: usize, c: f64, s: f64) {
    for k in 0..rows.ncols() {
        let (x, y) = (rows[[p, k]], rows[[q, k]]);
        rows[[p, k]] = c * x - s * y;
        rows[[q, k]] = s * x + c * y;
    }
}

/// The singular values of A, descending.
///
/// ```
/// use ndarray::array;
/// let s = probe::singular_values(&array![[3.0, 0.0], [0.0, -4.0]]);
/// assert_eq!(s, [4.0, 3.0]);
/// ```
pub fn singular_values(a: &Array2<f64>) -> Vec<f64> {
    svd(a).s
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
