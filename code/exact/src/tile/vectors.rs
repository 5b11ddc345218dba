//! [`Product`] in the widest vectors a machine has. The crate `pulp` picks
//! them, and keeps this one free of unsafe code.

use super::{Product, Strided};
use pulp::{Simd, WithSimd};
use std::array::from_fn;

/// So many terms at a time: a panel of B then fits the first-level cache.
const DEPTH: usize = 256;
/// Rows of B nearer than this are read where they lie.
const NEAR: usize = 64;

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Product { c, start, a, b, n, k, m, panel } = self;
        if k == 0 && m > 0 {
            let rows = c.chunks_exact_mut(m);
            rows.for_each(|row| match start {
                Some(start) => row.copy_from_slice(start),
                None => row.fill(0.0),
            });
        }
        let lanes = S::F64_LANES;
        for k0 in (0..k).step_by(DEPTH) {
            let depth = DEPTH.min(k - k0);
            let mut j0 = 0;
            while j0 < m {
                let vectors = if m - j0 > lanes { 2 } else { 1 };
                let width = vectors * lanes;
                let used = width.min(m - j0);
                let near = b.column == 1 && b.row <= NEAR && used == width;
                let (b, stride) = if near {
                    (&b.data[k0 * b.row + j0..], b.row)
                } else {
                    pack(panel, b, k0, depth, j0, used, width);
                    (&panel[..], width)
                };
                let part =
                    Part { start, a, b, stride, k0, depth, j0, used, n, m };
                if vectors == 2 {
                    part.all_rows::<S, 2>(simd, c);
                } else {
                    part.all_rows::<S, 1>(simd, c);
                }
                j0 += width;
            }
        }
    }
}

/// Copies `depth` rows and `used` columns of B side by side, zeros beyond.
#[inline(always)]
fn pack(
    panel: &mut Vec<f64>,
    b: Strided,
    k0: usize,
    depth: usize,
    j0: usize,
    used: usize,
    width: usize,
) {
    panel.resize(depth * width, 0.0);
    if used < width {
        panel.fill(0.0);
    }
    if b.column == 1 {
        for (k, to) in panel.chunks_exact_mut(width).enumerate() {
            let from = (k0 + k) * b.row + j0;
            to[..used].copy_from_slice(&b.data[from..from + used]);
        }
    } else {
        let column = |j: usize| &b.data[(j0 + j) * b.column + k0..][..depth];
        let mut j = 0;
        while used - j >= 8 {
            let columns: [&[f64]; 8] = from_fn(|t| column(j + t));
            for (k, to) in panel.chunks_exact_mut(width).enumerate() {
                let eight: [f64; 8] = from_fn(|t| columns[t][k]);
                to[j..j + 8].copy_from_slice(&eight);
            }
            j += 8;
        }
        for j in j..used {
            let to = panel[j..].iter_mut().step_by(width);
            to.zip(column(j)).for_each(|(to, b)| *to = *b);
        }
    }
}

/// A few columns of c and the `depth` terms that they gain.
#[derive(Clone, Copy)]
struct Part<'a> {
    start: Option<&'a [f64]>,
    a: Strided<'a>,
    b: &'a [f64],
    stride: usize,
    k0: usize,
    depth: usize,
    j0: usize,
    used: usize,
    n: usize,
    m: usize,
}

impl Part<'_> {
    #[inline(always)]
    fn all_rows<S: Simd, const V: usize>(self, simd: S, c: &mut [f64]) {
        let mut i = 0;
        // Eight rows by two vectors fill the registers of AVX-512 and NEON;
        // AVX2 has half as many.
        while S::F64_LANES != 4 && self.n - i >= 8 {
            self.rows::<S, 8, V>(simd, c, i);
            i += 8;
        }
        while self.n - i >= 4 {
            self.rows::<S, 4, V>(simd, c, i);
            i += 4;
        }
        while self.n - i >= 2 {
            self.rows::<S, 2, V>(simd, c, i);
            i += 2;
        }
        if self.n > i {
            self.rows::<S, 1, V>(simd, c, i);
        }
    }

    #[inline(always)]
    fn rows<S: Simd, const R: usize, const V: usize>(
        self,
        simd: S,
        c: &mut [f64],
        i: usize,
    ) {
        let Part { a, k0, depth, .. } = self;
        if a.column == 1 {
            let rows: [&[f64]; R] =
                from_fn(|r| &a.data[(i + r) * a.row + k0..][..depth]);
            self.tile::<S, R, V>(simd, c, i, |k| from_fn(|r| rows[r][k]));
        } else {
            let below = &a.data[k0 * a.column + i..];
            self.tile::<S, R, V>(simd, c, i, |k| {
                let at = &below[k * a.column..][..R];
                from_fn(|r| at[r])
            });
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const R: usize, const V: usize>(
        self,
        simd: S,
        c: &mut [f64],
        i: usize,
        a: impl Fn(usize) -> [f64; R],
    ) {
        let Part { b, stride, depth, j0, used, m, .. } = self;
        let lanes = S::F64_LANES;
        let mut sums = [[simd.splat_f64s(0.0); V]; R];
        for (r, sums) in sums.iter_mut().enumerate() {
            let from = match self.start {
                _ if self.k0 > 0 => &c[(i + r) * m + j0..][..used],
                Some(row) => &row[j0..][..used],
                None => continue,
            };
            if used == V * lanes {
                sums.copy_from_slice(&S::as_simd_f64s(from).0[..V]);
            } else {
                for (v, sum) in sums.iter_mut().enumerate() {
                    let part = &from[used.min(v * lanes)..];
                    *sum = simd.partial_load_f64s(part);
                }
            }
        }
        for k in 0..depth {
            let b = &S::as_simd_f64s(&b[k * stride..][..V * lanes]).0[..V];
            let a = a(k);
            for r in 0..R {
                let a = simd.splat_f64s(a[r]);
                for v in 0..V {
                    let term = simd.mul_f64s(a, b[v]);
                    sums[r][v] = simd.add_f64s(sums[r][v], term);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            let to = &mut c[(i + r) * m + j0..][..used];
            if used == V * lanes {
                S::as_mut_simd_f64s(to).0[..V].copy_from_slice(sums);
            } else {
                for (v, sum) in sums.iter().enumerate() {
                    let part = &mut to[used.min(v * lanes)..];
                    simd.partial_store_f64s(part, *sum);
                }
            }
        }
    }
}
