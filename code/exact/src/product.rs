//! Every product of two matrices, and the only place where one is formed.
//!
//! Floating-point addition is not associative: the order in which the terms
//! of Σₖ aₖbₖ are added is part of the result. Here each element adds its
//! terms with k ascending, starting from zero (or from the bias), and
//! multiplication and addition round separately (no fused multiply-add), so
//! every machine finds the same bits. `ndarray`'s `.dot` promises neither.
//!
//! See the chapter `until-two-to-the-minus-149`.

use crate::scale::{exponent, shifted};
use crate::tile::{self, Strided};
use ndarray::{Array1, Array2, ArrayView1};
use std::borrow::Cow;

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
/// let z = exact::product::affine(
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
    let mut z = Array2::zeros((x.nrows(), w.nrows()));
    affine_into(&mut z, x, w, b);
    z
}

/// The same, into memory that is there already.
///
/// # Panics
/// If the shapes do not fit; the message states them. If the result is not
/// row-major.
///
/// ```
/// use ndarray::array;
/// let mut z = array![[0.0]];
/// let (x, w, b) = (array![[1.0, 2.0]], array![[3.0, 4.0]], array![0.5]);
/// exact::product::affine_into(&mut z, &x, &w, &b);
/// assert_eq!(z, array![[11.5]]);
/// ```
pub fn affine_into(
    z: &mut Array2<f64>,
    x: &Array2<f64>,
    w: &Array2<f64>,
    b: &Array1<f64>,
) {
    fits(x.ncols() == w.ncols(), "x·Wᵀ", x, w);
    assert_eq!(w.nrows(), b.len(), "W has {} rows, b {}", w.nrows(), b.len());
    let (n, k, m) = (x.nrows(), x.ncols(), w.nrows());
    let (x, w) = (row_major(x), row_major(w));
    let b = b.as_slice().map_or_else(|| b.to_vec().into(), Cow::Borrowed);
    let (x, wt) = (Strided::rows(&x, k), &w);
    let wt = Strided::transposed(wt, k);
    tile::product(room(z, (n, m)), Some(&b), x, wt, (n, k, m));
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
/// let ab = exact::product::a_b(&array![[1.0, 2.0]], &array![[3.0], [4.0]]);
/// assert_eq!(ab, array![[11.0]]);
/// ```
pub fn a_b(a: &Array2<f64>, b: &Array2<f64>) -> Array2<f64> {
    let mut c = Array2::zeros((a.nrows(), b.ncols()));
    a_b_into(&mut c, a, b);
    c
}

/// The same, into memory that is there already.
///
/// # Panics
/// If the shapes do not fit; the message states them. If the result is not
/// row-major.
///
/// ```
/// use ndarray::array;
/// let mut c = array![[0.0]];
/// exact::product::a_b_into(&mut c, &array![[1.0, 2.0]], &array![[3.0], [4.0]]);
/// assert_eq!(c, array![[11.0]]);
/// ```
pub fn a_b_into(c: &mut Array2<f64>, a: &Array2<f64>, b: &Array2<f64>) {
    fits(a.ncols() == b.nrows(), "A·B", a, b);
    let (n, k, m) = (a.nrows(), a.ncols(), b.ncols());
    let (a, b) = (row_major(a), row_major(b));
    let (a, b) = (Strided::rows(&a, k), Strided::rows(&b, m));
    tile::product(room(c, (n, m)), None, a, b, (n, k, m));
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
/// let atb = exact::product::at_b(&array![[1.0], [2.0]], &array![[3.0], [4.0]]);
/// assert_eq!(atb, array![[11.0]]);
/// ```
pub fn at_b(a: &Array2<f64>, b: &Array2<f64>) -> Array2<f64> {
    let mut c = Array2::zeros((a.ncols(), b.ncols()));
    at_b_into(&mut c, a, b);
    c
}

/// The same, into memory that is there already.
///
/// # Panics
/// If the shapes do not fit; the message states them. If the result is not
/// row-major.
///
/// ```
/// use ndarray::array;
/// let mut c = array![[0.0]];
/// exact::product::at_b_into(&mut c, &array![[1.0], [2.0]], &array![[3.0], [4.0]]);
/// assert_eq!(c, array![[11.0]]);
/// ```
pub fn at_b_into(c: &mut Array2<f64>, a: &Array2<f64>, b: &Array2<f64>) {
    fits(a.nrows() == b.nrows(), "Aᵀ·B", a, b);
    let (n, k, m) = (a.ncols(), a.nrows(), b.ncols());
    let (a, b) = (row_major(a), row_major(b));
    let at = Strided::transposed(&a, n);
    let b = Strided::rows(&b, m);
    tile::product(room(c, (n, m)), None, at, b, (n, k, m));
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
/// let av = exact::product::a_v(&array![[1.0, 2.0]], &array![3.0, 4.0]);
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
/// let sums = exact::product::column_sums(&array![[1.0, 2.0], [3.0, 4.0]]);
/// assert_eq!(sums, array![4.0, 6.0]);
/// ```
pub fn column_sums(a: &Array2<f64>) -> Array1<f64> {
    let mut sums = Array1::zeros(a.ncols());
    column_sums_into(&mut sums, a);
    sums
}

/// The same, into memory that is there already.
///
/// # Panics
/// If there is not one sum for each column, or the sums do not lie side by side.
///
/// ```
/// use ndarray::array;
/// let mut sums = array![0.0];
/// exact::product::column_sums_into(&mut sums, &array![[1.0], [3.0]]);
/// assert_eq!(sums, array![4.0]);
/// ```
pub fn column_sums_into(sums: &mut Array1<f64>, a: &Array2<f64>) {
    assert_eq!(sums.len(), a.ncols(), "sums of the columns of {:?}", a.dim());
    let sums = sums.as_slice_mut().expect("sums lie side by side");
    tile::column_sums(sums, &row_major(a));
}

/// A ← A∘B: element by element, aᵢ·bᵢ.
///
/// # Panics
/// If the shapes differ; the message states them. If A is not row-major.
///
/// ```
/// use ndarray::array;
/// let mut a = array![[1.0, 2.0]];
/// exact::product::multiply(&mut a, &array![[3.0, 4.0]]);
/// assert_eq!(a, array![[3.0, 8.0]]);
/// ```
pub fn multiply(a: &mut Array2<f64>, b: &Array2<f64>) {
    fits(a.dim() == b.dim(), "A∘B", a, b);
    let (a, b) = (room(a, b.dim()), row_major(b));
    tile::widest(
        #[inline(always)]
        || a.iter_mut().zip(&*b).for_each(|(a, b)| *a *= b),
    );
}

/// ⟨A, B⟩ = Σ aᵢbᵢ over all elements, in row-major order.
///
/// # Panics
/// If the shapes differ; the message states them.
///
/// ```
/// use ndarray::array;
/// let a = array![[1.0, 2.0], [3.0, 4.0]];
/// assert_eq!(exact::product::inner(&a, &a), 30.0);
/// ```
pub fn inner(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
    fits(a.dim() == b.dim(), "⟨A, B⟩", a, b);
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}

/// ‖A‖ = √⟨A, A⟩, the Frobenius norm, whatever the size of the elements: see
/// [`length`].
///
/// ```
/// use ndarray::array;
/// assert_eq!(exact::product::norm(&array![[3.0, 4.0]]), 5.0);
/// ```
pub fn norm(a: &Array2<f64>) -> f64 {
    length(&row_major(a))
}

/// ‖v‖ = √Σ vᵢ², i ascending. No square is too large or too small: the length is
/// infinite only where no number is as large, and 0 only if all vᵢ are.
///
/// ```
/// use exact::product::length;
/// assert_eq!(length(&[3.0, 4.0]), 5.0);
/// assert_eq!(length(&[3e-200, 4e-200]), 5e-200);
/// ```
pub fn length(v: &[f64]) -> f64 {
    let squares = |k: i32| {
        v.iter().fold(0.0, |sum, v| {
            let v = if k == 0 { *v } else { shifted(*v, -k) };
            sum + v * v
        })
    };
    let plain = squares(0);
    // Squares that are lost below 2⁻¹⁰²² are then below the last digit.
    if (1e-270..1e300).contains(&plain) {
        return plain.sqrt();
    }
    let k = exponent(v);
    shifted(squares(k).sqrt(), k)
}

/// Σ aᵢbᵢ of two rows, i ascending.
///
/// # Panics
/// If the rows differ in length.
///
/// ```
/// use ndarray::array;
/// let (a, b) = (array![1.0, 2.0], array![3.0, 4.0]);
/// assert_eq!(exact::product::inner_rows(a.view(), b.view()), 11.0);
/// ```
pub fn inner_rows(a: ArrayView1<f64>, b: ArrayView1<f64>) -> f64 {
    assert_eq!(a.len(), b.len(), "a product of two rows");
    // A slice is walked quicker than a view, which may have gaps.
    match (a.as_slice(), b.as_slice()) {
        (Some(a), Some(b)) => {
            a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
        }
        _ => a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b),
    }
}

/// [⟨x, x⟩, ⟨x, y⟩, ⟨y, y⟩], i ascending in each.
///
/// # Panics
/// If the rows differ in length.
///
/// ```
/// let gram = exact::product::gram(&[1.0, 2.0], &[3.0, 0.0]);
/// assert_eq!(gram, [5.0, 3.0, 9.0]);
/// ```
pub fn gram(x: &[f64], y: &[f64]) -> [f64; 3] {
    assert_eq!(x.len(), y.len(), "the products of two rows");
    // Three sums at once: none waits for another.
    x.iter().zip(y).fold([0.0; 3], |[xx, xy, yy], (x, y)| {
        [xx + x * x, xy + x * y, yy + y * y]
    })
}

/// Turns the plane of two rows: (x, y) ← (c·x − s·y, s·x + c·y).
///
/// # Panics
/// If the rows differ in length.
///
/// ```
/// let (mut x, mut y) = ([1.0, 2.0], [3.0, 4.0]);
/// exact::product::rotate(&mut x, &mut y, 0.0, 1.0); // by a right angle
/// assert_eq!((x, y), ([-3.0, -4.0], [1.0, 2.0]));
/// ```
pub fn rotate(x: &mut [f64], y: &mut [f64], c: f64, s: f64) {
    assert_eq!(x.len(), y.len(), "a plane of two rows");
    tile::widest(
        #[inline(always)]
        || {
            for (x, y) in x.iter_mut().zip(y) {
                (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
            }
        },
    );
}

/// The elements of c, which is (n, m).
fn room(c: &mut Array2<f64>, shape: (usize, usize)) -> &mut [f64] {
    assert_eq!(c.dim(), shape, "the result needs another shape");
    c.as_slice_mut().expect("the result is row-major")
}

/// The elements of a, row by row: borrowed, unless they lie otherwise.
///
/// ```
/// use ndarray::array;
/// let columns = array![[1.0, 2.0], [3.0, 4.0]].reversed_axes();
/// assert_eq!(*exact::product::row_major(&columns), [1.0, 3.0, 2.0, 4.0]);
/// ```
pub fn row_major(a: &Array2<f64>) -> Cow<'_, [f64]> {
    match a.as_slice() {
        Some(elements) => Cow::Borrowed(elements),
        None => Cow::Owned(a.iter().copied().collect()),
    }
}

fn fits(fit: bool, what: &str, a: &Array2<f64>, b: &Array2<f64>) {
    assert!(fit, "{what}: shapes {:?} and {:?} do not fit", a.dim(), b.dim());
}
