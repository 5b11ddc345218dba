//! An orthonormal basis of a few columns: QR by Gram–Schmidt, twice (L. Giraud
//! and others, 2005), the longest rest first.
//!
//! See the chapter `the-linear-floor`.

use exact::product::{inner_rows, length};
use ndarray::Array1;

/// A column of which the others leave no more than this share is as good as
/// given by them.
pub(crate) const LEFT: f64 = 1e-13;

/// Columns as Q·R, with the columns of Q orthonormal.
pub(crate) struct Basis {
    /// The columns of Q, one for each column that the others do not give.
    pub(crate) q: Vec<Array1<f64>>,
    /// Which column it was.
    order: Vec<usize>,
    /// Of each column, its share of each column of Q that was there before it.
    r: Vec<Vec<f64>>,
}

impl Basis {
    pub(crate) fn new(columns: &[Array1<f64>]) -> Self {
        let own: Vec<f64> = columns.iter().map(size).collect();
        let mut left = columns.to_vec();
        let mut waiting: Vec<usize> = (0..columns.len()).collect();
        let mut r = vec![vec![]; columns.len()];
        let (mut q, mut order): (Vec<Array1<f64>>, _) = (vec![], vec![]);
        while let Some(at) = longest(&waiting, &left) {
            let j = waiting.remove(at);
            for (q, r) in q.iter().zip(&mut r[j]) {
                *r += without(&mut left[j], q);
            }
            let rest = size(&left[j]);
            if rest <= LEFT * own[j] {
                continue;
            }
            let unit = &left[j] / rest;
            r[j].push(rest);
            for i in &waiting {
                r[*i].push(without(&mut left[*i], &unit));
            }
            q.push(unit);
            order.push(j);
        }
        Basis { q, order, r }
    }

    /// ⟨q, y⟩ for each column of Q, and what they leave of y.
    pub(crate) fn split(&self, y: &Array1<f64>) -> (Array1<f64>, Array1<f64>) {
        let (mut shares, mut rest) = (Array1::zeros(self.q.len()), y.clone());
        for _ in 0..2 {
            for (q, share) in self.q.iter().zip(&mut shares) {
                *share += without(&mut rest, q);
            }
        }
        (shares, rest)
    }

    /// Q·shares as a sum of the columns: how much of each.
    pub(crate) fn weights(&self, shares: &Array1<f64>) -> Array1<f64> {
        let mut w = Array1::zeros(self.r.len());
        for k in (0..self.order.len()).rev() {
            let known = self.order[k + 1..]
                .iter()
                .fold(0.0, |sum, j| sum + self.r[*j][k] * w[*j]);
            let j = self.order[k];
            w[j] = (shares[k] - known) / self.r[j][k];
        }
        w
    }

    /// The w of least ‖Σ wⱼ·columnⱼ − y‖. Of two columns that give each other,
    /// one gets 0.
    pub(crate) fn fitted(
        &self,
        columns: &[Array1<f64>],
        y: &Array1<f64>,
    ) -> Array1<f64> {
        let mut w = self.weights(&self.split(y).0);
        w += &self.weights(&self.split(&(y - combined(columns, &w))).0);
        w
    }
}

/// Σ wⱼ·columnⱼ.
pub(crate) fn combined(
    columns: &[Array1<f64>],
    w: &Array1<f64>,
) -> Array1<f64> {
    let mut sum = Array1::zeros(columns[0].len());
    for (column, w) in columns.iter().zip(w) {
        sum.scaled_add(*w, column);
    }
    sum
}

pub(crate) fn size(v: &Array1<f64>) -> f64 {
    length(v.as_slice().expect("one after the other"))
}

/// Takes from v its share of a unit vector, and tells how much it was.
fn without(v: &mut Array1<f64>, unit: &Array1<f64>) -> f64 {
    let share = inner_rows(unit.view(), v.view());
    v.scaled_add(-share, unit);
    share
}

/// Where the column stands of which most is left.
fn longest(waiting: &[usize], left: &[Array1<f64>]) -> Option<usize> {
    let sizes: Vec<f64> = waiting.iter().map(|j| size(&left[*j])).collect();
    (0..sizes.len()).reduce(|a, b| if sizes[b] > sizes[a] { b } else { a })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_basis_is_orthonormal_and_gives_the_columns() {
        // Hilbert's matrix: neighbouring columns are nearly parallel.
        let columns: Vec<Array1<f64>> = (0..8)
            .map(|j| (0..12).map(|i| 1.0 / (1 + i + j) as f64).collect())
            .collect();
        let basis = Basis::new(&columns);
        assert_eq!(basis.q.len(), 8);
        for (i, p) in basis.q.iter().enumerate() {
            for (j, q) in basis.q.iter().enumerate() {
                let wanted = f64::from(i == j);
                let inner = inner_rows(p.view(), q.view());
                assert!((inner - wanted).abs() < 1e-15, "{i} {j} {inner}");
            }
        }
        for column in &columns {
            let (shares, rest) = basis.split(column);
            assert!(size(&rest) < 1e-15);
            let back = combined(&columns, &basis.weights(&shares));
            // The weights are rounded: 10⁻¹⁶ times the condition of R.
            assert!(size(&(back - column)) < 1e-6);
        }
    }

    #[test]
    fn a_column_that_the_others_give_is_left_out() {
        let columns = [array![1.0, 2.0, 3.0], array![0.5, 1.0, 1.5]];
        let basis = Basis::new(&columns);
        assert_eq!(basis.q.len(), 1);
        let w = basis.fitted(&columns, &array![2.0, 4.0, 6.0]);
        assert!(w.iter().any(|w| *w == 0.0));
        assert!(size(&(combined(&columns, &w) - &columns[0] * 2.0)) < 1e-15);
        let nothing = [array![0.0, 0.0]];
        assert_eq!(Basis::new(&nothing).q.len(), 0);
        let w = Basis::new(&nothing).fitted(&nothing, &array![1.0, 2.0]);
        assert_eq!(w, array![0.0]);
    }
}
