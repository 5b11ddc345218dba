//! [`Product`] in few bytes, for a page: it must load the program before it
//! can run it.
//!
//! `vectors` is compiled once for each width, each number of rows and each
//! layout. Here there is one tile, and its loop over fixed numbers of rows and
//! columns is what a compiler turns into the vectors of WebAssembly, two
//! numbers wide. An operand that does not lie as the tile reads it, or is too
//! narrow, is copied first, beside zeros.

use std::array::from_fn;

use super::{Product, Strided};

/// Rows and columns of a tile: its sums fill eight vectors of the sixteen.
const SIDE: usize = 4;

impl Product<'_> {
    pub(super) fn compact(self) {
        let Product { c, start, a, b, n, k, m, panel } = self;
        let at = Strided { data: a.data, row: a.column, column: a.row };
        let packed = k * n.next_multiple_of(SIDE);
        panel.resize(packed + k * SIDE, 0.0);
        let (a_panel, b_panel) = panel.split_at_mut(packed);
        let in_rows = a.column == 1 && k > 0;
        for i in (0..n).step_by(SIDE) {
            if !in_rows && !at.is_near(i, n) {
                at.pack(&mut a_panel[i * k..][..k * SIDE], i, n);
            }
        }
        for j in (0..m).step_by(SIDE) {
            let b = if b.is_near(j, m) {
                (&b.data[j..], b.row)
            } else {
                b.pack(b_panel, j, m);
                (&*b_panel, SIDE)
            };
            let used = SIDE.min(m - j);
            let mut from = [0.0; SIDE];
            if let Some(start) = start {
                from[..used].copy_from_slice(&start[j..j + used]);
            }
            for i in (0..n).step_by(SIDE) {
                let mut sums = [from; SIDE];
                if in_rows {
                    // What a row too many would be, nobody reads.
                    let row = |r: usize| (i + r).min(n - 1) * a.row;
                    let rows = from_fn(|r| &a.data[row(r)..][..k]);
                    add_rows(&mut sums, rows, b);
                } else if at.is_near(i, n) {
                    add_terms(&mut sums, (&at.data[i..], at.row), b);
                } else {
                    let a = &a_panel[i * k..][..k * SIDE];
                    add_terms(&mut sums, (a, SIDE), b);
                }
                for (i, sums) in (i..n).zip(sums) {
                    let c = &mut c[i * m + j..][..used];
                    // A copy of unknown length would be a call.
                    if let Some(c) = c.first_chunk_mut() {
                        *c = sums;
                    } else {
                        c.iter_mut().zip(sums).for_each(|(c, sum)| *c = sum);
                    }
                }
            }
        }
    }
}

impl Strided<'_> {
    /// Whether the tile can read the columns from j on, of m, where they are.
    fn is_near(self, j: usize, m: usize) -> bool {
        let whole = m - j >= SIDE && self.row >= SIDE;
        self.column == 1 && whole && !self.data.is_empty()
    }

    /// Copies the columns from j on, of m, side by side.
    fn pack(self, panel: &mut [f64], j: usize, m: usize) {
        for t in 0..SIDE {
            let to = panel.iter_mut().skip(t).step_by(SIDE);
            if j + t < m && !self.data.is_empty() {
                let from = &self.data[(j + t) * self.column..];
                let from = from.iter().step_by(self.row);
                to.zip(from).for_each(|(to, from)| *to = *from);
            } else {
                to.for_each(|to| *to = 0.0);
            }
        }
    }
}

/// Adds the terms to the sums of a tile, k ascending. A matrix is a slice
/// whose rows are so far apart.
// By itself, and the sums not in memory: only then are they vectors.
#[inline(never)]
fn add_terms(
    sums: &mut [[f64; SIDE]; SIDE],
    (at, at_stride): (&[f64], usize),
    (b, b_stride): (&[f64], usize),
) {
    let mut kept = *sums;
    for (a, b) in at.chunks(at_stride).zip(b.chunks(b_stride)) {
        let (a, b) = (&a[..SIDE], &b[..SIDE]);
        for r in 0..SIDE {
            for t in 0..SIDE {
                kept[r][t] += a[r] * b[t];
            }
        }
    }
    *sums = kept;
}

/// The same, where the rows of A lie as they are read.
#[inline(never)]
fn add_rows(
    sums: &mut [[f64; SIDE]; SIDE],
    a: [&[f64]; SIDE],
    (b, b_stride): (&[f64], usize),
) {
    let mut kept = *sums;
    let [a0, a1, a2, a3] = a;
    let rows = a0.iter().zip(a1).zip(a2).zip(a3);
    for ((((a0, a1), a2), a3), b) in rows.zip(b.chunks(b_stride)) {
        let b = &b[..SIDE];
        let a = [a0, a1, a2, a3];
        for r in 0..SIDE {
            for t in 0..SIDE {
                kept[r][t] += a[r] * b[t];
            }
        }
    }
    *sums = kept;
}
