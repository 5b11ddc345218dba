//! Products in tiles: the arithmetic of [`crate::product`], only faster.
//!
//! The plain triple loop leaves a processor waiting: each addition needs the
//! one before. Here a tile of c, a few rows by a few columns, stays in
//! registers while k runs, so that many independent sums advance at once.
//! Which elements share a tile changes nothing in any of them: each still
//! adds its terms with k ascending, and product and sum still round
//! separately. `tests/bits.rs` holds every shape against the triple loop, bit
//! for bit.
//!
//! There are two: `vectors`, as wide as those of the machine that it finds
//! itself on, and `compact`, for the page of a book.

use std::cell::RefCell;

#[cfg(any(target_family = "wasm", test))]
mod compact;
#[cfg(not(target_family = "wasm"))]
mod vectors;

/// A matrix in a slice: element (i, j) lies at i·`row` + j·`column`.
#[derive(Clone, Copy)]
pub(crate) struct Strided<'a> {
    pub data: &'a [f64],
    pub row: usize,
    pub column: usize,
}

impl<'a> Strided<'a> {
    /// A row-major matrix with so many columns.
    pub(crate) fn rows(data: &'a [f64], columns: usize) -> Self {
        Strided { data, row: columns, column: 1 }
    }

    /// The transpose of a row-major matrix with so many columns.
    pub(crate) fn transposed(data: &'a [f64], columns: usize) -> Self {
        Strided { data, row: 1, column: columns }
    }
}

/// What a product needs.
struct Product<'a> {
    c: &'a mut [f64],
    start: Option<&'a [f64]>,
    a: Strided<'a>,
    b: Strided<'a>,
    n: usize,
    k: usize,
    m: usize,
    panel: &'a mut Vec<f64>,
}

/// c ← A·B, or b + A·B with the same b in each row; each element starts from
/// there and adds its terms with k ascending. A is (n, k), B (k, m) and c
/// (n, m), row-major.
pub(crate) fn product(
    c: &mut [f64],
    start: Option<&[f64]>,
    a: Strided,
    b: Strided,
    (n, k, m): (usize, usize, usize),
) {
    PANEL.with_borrow_mut(|panel| {
        let product = Product { c, start, a, b, n, k, m, panel };
        #[cfg(not(target_family = "wasm"))]
        pulp::Arch::new().dispatch(product);
        #[cfg(target_family = "wasm")]
        product.compact();
    });
}

thread_local! {
    /// Memory to work in, kept between products: asking for it each time
    /// would take longer than a small product.
    static PANEL: RefCell<Vec<f64>> = const { RefCell::new(vec![]) };
}

/// Runs the loops in `work` with the widest vectors the machine has. Each
/// lane does what a single number would, so the bits are the same.
///
/// ```
/// let mut z = [1.0, -2.0, 3.0];
/// exact::tile::widest(|| z.iter_mut().for_each(|z| *z *= 2.0));
/// assert_eq!(z, [2.0, -4.0, 6.0]);
/// ```
#[inline(always)]
pub fn widest(work: impl FnOnce()) {
    #[cfg(not(target_family = "wasm"))]
    pulp::Arch::new().dispatch(work);
    #[cfg(target_family = "wasm")]
    work();
}

/// The sum of each column of row-major c, rows ascending.
pub(crate) fn column_sums(sums: &mut [f64], c: &[f64]) {
    let width = sums.len();
    widest(
        #[inline(always)]
        || {
            for (j, sums) in sums.chunks_mut(MOST_LANES).enumerate() {
                let mut eight = [0.0; MOST_LANES];
                for row in c.chunks_exact(width) {
                    let row = &row[j * MOST_LANES..][..sums.len()];
                    if let Some(row) = row.first_chunk::<MOST_LANES>() {
                        (0..MOST_LANES).for_each(|t| eight[t] += row[t]);
                    } else {
                        (0..row.len()).for_each(|t| eight[t] += row[t]);
                    }
                }
                sums.copy_from_slice(&eight[..sums.len()]);
            }
        },
    );
}

const MOST_LANES: usize = 8;

#[cfg(test)]
mod tests;
