//! Every product of two matrices, and the only place where one is formed.
//!
//! Floating-point addition is not associative: the order in which the terms
//! of Σₖ aₖbₖ are added is part of the result. Here each element adds its
//! terms with k ascending, starting from zero (or from the bias), and
//! multiplication and addition round separately (no fused multiply-add), so
//! every machine finds the same bits. `ndarray`'s `.dot` promises neither.
//!
//! See the chapter `until-two-to-the-minus-149`.

use crate::tile::{self, Strided};
use ndarray::{Array1, Array2, ArrayView1, CowArray, Ix2};

/// X·Wᵀ + b, the pre-activations of a batch: each starts at its bias and adds
/// xₖwₖ with k ascending.
///
/// Shapes: `x` (batch, in), `w` (out, in), `b` (out); the result is
/// (batch, out).
///
/// # Panics
/// If the shapes do not fit; the message states them.
///
/// ```
/// use ndarray::array;
/// let z = slope::product::affine(
///     &array![[1.0, 2.0]],
///     &array![[3.0, 4.0], [5.0, 6.0]],
///     &array![0.5, 0.0],
/// );
/// assert_eq!(z, array![[11.5, 17.0]]);
/// ```
pub fn affine(
    x: &Array2<f64>,
    w: &Array2<f64>,
    b: &Array1<f64>,
) -> Array2<f64> {
    fits(x.ncols() == w.ncols(), "x·Wᵀ", x, w);
    assert_eq!(w.nrows(), b.len(), "W has {} rows, b {}", w.nrows(), b.len());
    let (n, k, m) = (x.nrows(), x.ncols(), w.nrows());
    let (x, w) = (x.as_standard_layout(), w.as_standard_layout());
    let wt = Strided::transposed(entries(&w), k);
    let b = b.as_standard_layout();
    sums(b.as_slice(), Strided::rows(entries(&x), k), wt, (n, k, m))
}

/// A·B.
///
/// Shapes: `a` (n, k), `b` (k, m); the result is (n, m).
///
/// # Panics
/// If the shapes do not fit; the message states them.
///
/// ```
/// use ndarray::array;
/// let ab = slope::product::a_b(&array![[1.0, 2.0]], &array![[3.0], [4.0]]);
/// assert_eq!(ab, array![[11.0]]);
/// ```
pub fn a_b(a: &Array2<f64>, b: &Array2<f64>) -> Array2<f64> {
    fits(a.ncols() == b.nrows(), "A·B", a, b);
    let (n, k, m) = (a.nrows(), a.ncols(), b.ncols());
    let (a, b) = (a.as_standard_layout(), b.as_standard_layout());
    let (a, b) = (Strided::rows(entries(&a), k), Strided::rows(entries(&b), m));
    sums(None, a, b, (n, k, m))
}

/// Aᵀ·B.
///
/// Shapes: `a` (k, n), `b` (k, m); the result is (n, m).
///
/// # Panics
/// If the shapes do not fit; the message states them.
///
/// ```
/// use ndarray::array;
/// let atb = slope::product::at_b(&array![[1.0], [2.0]], &array![[3.0], [4.0]]);
/// assert_eq!(atb, array![[11.0]]);
/// ```
pub fn at_b(a: &Array2<f64>, b: &Array2<f64>) -> Array2<f64> {
    fits(a.nrows() == b.nrows(), "Aᵀ·B", a, b);
    let (n, k, m) = (a.ncols(), a.nrows(), b.ncols());
    let (a, b) = (a.as_standard_layout(), b.as_standard_layout());
    let at = Strided::transposed(entries(&a), n);
    sums(None, at, Strided::rows(entries(&b), m), (n, k, m))
}

/// A·v.
///
/// Shapes: `a` (n, k), `v` (k); the result is (n).
///
/// # Panics
/// If the shapes do not fit; the message states them.
///
/// ```
/// use ndarray::array;
/// let av = slope::product::a_v(&array![[1.0, 2.0]], &array![3.0, 4.0]);
/// assert_eq!(av, array![11.0]);
/// ```
pub fn a_v(a: &Array2<f64>, v: &Array1<f64>) -> Array1<f64> {
    assert_eq!(a.ncols(), v.len(), "A·v: {:?} and {}", a.dim(), v.len());
    a.rows().into_iter().map(|row| inner_rows(row, v.view())).collect()
}

/// The sum of each column, rows ascending.
///
/// Shapes: `a` (n, m); the result is (m).
///
/// ```
/// use ndarray::array;
/// let sums = slope::product::column_sums(&array![[1.0, 2.0], [3.0, 4.0]]);
/// assert_eq!(sums, array![4.0, 6.0]);
/// ```
pub fn column_sums(a: &Array2<f64>) -> Array1<f64> {
    let mut sums = Array1::zeros(a.ncols());
    for row in a.rows() {
        sums += &row;
    }
    sums
}

/// ⟨A, B⟩ = Σ aᵢbᵢ over all elements, in row-major order.
///
/// # Panics
/// If the shapes differ; the message states them.
///
/// ```
/// use ndarray::array;
/// let a = array![[1.0, 2.0], [3.0, 4.0]];
/// assert_eq!(slope::product::inner(&a, &a), 30.0);
/// ```
pub fn inner(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
    fits(a.dim() == b.dim(), "⟨A, B⟩", a, b);
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}

/// ‖A‖ = √⟨A, A⟩, the Frobenius norm.
///
/// ```
/// use ndarray::array;
/// assert_eq!(slope::product::norm(&array![[3.0, 4.0]]), 5.0);
/// ```
pub fn norm(a: &Array2<f64>) -> f64 {
    inner(a, a).sqrt()
}

/// Σ aᵢbᵢ of two rows.
pub(crate) fn inner_rows(a: ArrayView1<f64>, b: ArrayView1<f64>) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}

/// A·B, or the same row b in each row of it and A·B, see [`crate::tile`].
fn sums(
    start: Option<&[f64]>,
    a: Strided,
    b: Strided,
    shape: (usize, usize, usize),
) -> Array2<f64> {
    let mut c = Array2::zeros((shape.0, shape.2));
    let entries = c.as_slice_mut().expect("row-major");
    tile::product(entries, start, a, b, shape, &mut vec![]);
    c
}

fn entries<'a>(a: &'a CowArray<'_, f64, Ix2>) -> &'a [f64] {
    a.as_slice().expect("row-major")
}

fn fits(fit: bool, what: &str, a: &Array2<f64>, b: &Array2<f64>) {
    assert!(fit, "{what}: shapes {:?} and {:?} do not fit", a.dim(), b.dim());
}
