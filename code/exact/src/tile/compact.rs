//! [`Product`] in few bytes, for a page: it must load the program before it
//! can run it.
//!
//! `vectors` is compiled once for each width, each number of rows and each
//! layout. Here there is one tile, and its loop over fixed numbers of rows and
//! columns is what a compiler turns into the vectors of WebAssembly, two
//! numbers wide. What does not lie as the tile reads or writes it, or is
//! smaller, has a copy that does and is not.

use std::array::from_fn;

use super::{Product, Strided};

/// Rows and columns of a tile: its sums fill eight vectors of the sixteen.
const SIDE: usize = 4;

/// One for each row or column of a tile.
type Four<T> = [T; SIDE];

/// A slice, and how far apart the rows lie in it.
type Rows<'a> = (&'a [f64], usize);

impl Product<'_> {
    pub(super) fn compact(self) {
        let Product { c, start, a, b, n, k, m, panel } = self;
        let first = |j: usize| start.map_or(0.0, |start| start[j]);
        if n * k * m == 0 {
            c.iter_mut().enumerate().for_each(|(i, c)| *c = first(i % m));
            return;
        }
        let (rows, columns) = (n.max(SIDE), m.max(SIDE));
        let room = 2 * SIDE * k + rows * columns;
        if panel.len() < room {
            panel.resize(room, 0.0);
        }
        let (a_panel, panel) = panel.split_at_mut(SIDE * k);
        let (b_panel, c_panel) = panel.split_at_mut(SIDE * k);
        let in_rows = a.column == 1;
        let a = match in_rows {
            true => a.whole(n * k, k, a_panel),
            false => a.turned().near(0, n, a_panel),
        };
        let small = n < SIDE || m < SIDE;
        let to = if small { &mut *c_panel } else { &mut *c };
        for j in corners(m) {
            let strip = Strip {
                c: &mut to[j..],
                c_row: columns,
                rows,
                start: [from_fn(|t| first((j + t).min(m - 1))); SIDE],
                b: b.near(j, m, b_panel),
            };
            if in_rows { strip.of_rows(a) } else { strip.of_columns(a) }
        }
        if small {
            for j in 0..m {
                let from = c_panel[j..].iter().step_by(columns);
                let to = c[j..].iter_mut().step_by(m);
                to.zip(from).for_each(|(to, from)| *to = *from);
            }
        }
    }
}

/// Where the tiles of so many rows or columns begin. The last does not stick
/// out: where it covers what is done already, it finds the same again.
fn corners(n: usize) -> impl Iterator<Item = usize> {
    (0..n).step_by(SIDE).map(move |i| i.min(n.saturating_sub(SIDE)))
}

impl<'a> Strided<'a> {
    /// The transpose.
    fn turned(self) -> Self {
        Strided { row: self.column, column: self.row, ..self }
    }

    /// All rows, of k numbers each, and four at least.
    fn whole(self, len: usize, k: usize, panel: &'a mut [f64]) -> Rows<'a> {
        let all = &self.data[..len];
        if len >= panel.len() {
            return (all, k);
        }
        panel[..len].copy_from_slice(all);
        (panel, k)
    }

    /// Four columns from j on, of m.
    #[inline(never)]
    fn near(self, j: usize, m: usize, panel: &'a mut [f64]) -> Rows<'a> {
        if self.column == 1 && self.row >= SIDE && m >= SIDE {
            return (&self.data[j..], self.row);
        }
        let at: Four<_> = from_fn(|t| (j + t).min(m - 1) * self.column);
        for (k, to) in panel.chunks_exact_mut(SIDE).enumerate() {
            for t in 0..SIDE {
                to[t] = self.data[at[t] + k * self.row];
            }
        }
        (panel, SIDE)
    }
}

/// Four columns of c, and what they are made of.
struct Strip<'a> {
    c: &'a mut [f64],
    c_row: usize,
    rows: usize,
    /// What the sums of each tile start from.
    start: Four<Four<f64>>,
    b: Rows<'a>,
}

impl<'a> Strip<'a> {
    // By itself, as the other: only then are the sums vectors.
    #[inline(never)]
    fn of_rows(self, (a, k): Rows) {
        let (b, b_row) = self.b;
        self.fill(|i| {
            let mut rows = a[i * k..].chunks_exact(k);
            let [a0, a1, a2, a3] = from_fn(|_| rows.next().unwrap_or_default());
            let rows = a0.iter().zip(a1).zip(a2).zip(a3);
            let rows = rows.map(|(((a0, a1), a2), a3)| [*a0, *a1, *a2, *a3]);
            rows.zip(b.chunks(b_row))
        });
    }

    /// The same, where the columns of A lie as they are read.
    #[inline(never)]
    fn of_columns(self, (at, at_row): Rows) {
        let (b, b_row) = self.b;
        self.fill(|i| {
            let columns = at[i..].chunks(at_row).map(|a| from_fn(|r| a[r]));
            columns.zip(b.chunks(b_row))
        });
    }

    /// Adds the `terms` of the rows from i on, k ascending: for each k a part
    /// of A's column and one of B's row.
    #[inline(always)]
    fn fill<T>(self, terms: impl Fn(usize) -> T)
    where
        T: Iterator<Item = (Four<f64>, &'a [f64])>,
    {
        let Strip { c, c_row, rows, start, .. } = self;
        for i in corners(rows) {
            let mut c = c[i * c_row..].chunks_mut(c_row);
            let c = from_fn(|_| c.next().and_then(<[f64]>::first_chunk_mut));
            let [Some(c0), Some(c1), Some(c2), Some(c3)] = c else { return };
            let mut sums = start;
            for (a, b) in terms(i) {
                let b = &b[..SIDE];
                for r in 0..SIDE {
                    for t in 0..SIDE {
                        sums[r][t] += a[r] * b[t];
                    }
                }
            }
            [*c0, *c1, *c2, *c3] = sums;
        }
    }
}
