//! Two matrices in place of one: what a bottleneck and an adapter train.
//!
//! With inputs x of covariance 1 and targets M·x, the mean of ½‖B·A·x − M·x‖²
//! is ½‖B·A − M‖²: gradient descent needs the matrices alone.

use ndarray::{Array1, Array2};
use slope::{
    Init,
    product::{a_b, affine, at_b, inner},
    rng::Rng,
};

use study::experiment::Stopped;

/// The product B·A of two layers without a bend between them.
pub struct Factors {
    /// The second layer: (out, rank).
    pub b: Array2<f64>,
    /// The first layer: (rank, in).
    pub a: Array2<f64>,
}

impl Factors {
    /// The one matrix that the two are: (out, in).
    pub fn merged(&self) -> Array2<f64> {
        a_b(&self.b, &self.a)
    }

    /// The weights of both.
    pub fn parameter_count(&self) -> usize {
        self.b.len() + self.a.len()
    }

    /// ‖B·A − M‖².
    pub fn squared_error(&self, target: &Array2<f64>) -> f64 {
        let error = self.merged() - target;
        inner(&error, &error)
    }

    /// One step of gradient descent on ½‖B·A − M‖²; gives ‖B·A − M‖² as it
    /// was before.
    pub fn step(&mut self, target: &Array2<f64>, lr: f64) -> f64 {
        let error = self.merged() - target; // (out, in)
        let no_bias = Array1::zeros(self.a.nrows());
        let d_b = affine(&error, &self.a, &no_bias); // dL/dB = E·Aᵀ
        let d_a = at_b(&self.b, &error); // dL/dA = Bᵀ·E
        self.b.scaled_add(-lr, &d_b);
        self.a.scaled_add(-lr, &d_a);
        inner(&error, &error)
    }

    /// So many steps; gives ‖B·A − M‖² before each and after the last.
    ///
    /// # Errors
    /// If the loss stops being a number, says at which step.
    pub fn train(
        &mut self,
        target: &Array2<f64>,
        lr: f64,
        steps: usize,
    ) -> Result<Vec<f64>, Stopped> {
        let mut losses = Vec::with_capacity(steps + 1);
        for step in 0..steps {
            losses.push(self.step(target, lr));
            diverged(losses[step], step)?;
        }
        losses.push(self.squared_error(target));
        diverged(losses[steps], steps)?;
        Ok(losses)
    }
}

fn diverged(loss: f64, step: usize) -> Result<(), Stopped> {
    if loss.is_finite() {
        return Ok(());
    }
    Err(Stopped(format!(
        "the training diverged at step {step}: try a smaller learning rate"
    )))
}

/// A square matrix with these singular values between random directions.
pub fn with_singular_values(s: &[f64], rng: &mut Rng) -> Array2<f64> {
    let turn = Init::Orthogonal { gain: 1.0 };
    let u = turn.weights(s.len(), s.len(), rng);
    let v = turn.weights(s.len(), s.len(), rng);
    a_b(&(u * &Array1::from(s.to_vec())), &v)
}

/// What no matrix of this rank can do better (C. Eckart, G. Young, 1936): the
/// sum of the squared singular values beyond it. Descending `s`.
pub fn lost(s: &[f64], rank: usize) -> f64 {
    s.iter().skip(rank).map(|s| s * s).fold(0.0, |sum, square| sum + square)
}

#[cfg(test)]
mod tests {
    use super::*;
    use probe::singular_values;
    use slope::rng::Stream;

    fn example() -> (Factors, Array2<f64>) {
        let mut rng = Rng::new(0, Stream::Weights);
        let init = Init::Normal { std: 1.0 };
        let b = init.weights(3, 2, &mut rng);
        let a = init.weights(2, 3, &mut rng);
        (Factors { b, a }, init.weights(3, 3, &mut rng))
    }

    #[test]
    fn a_step_goes_down_the_slope_that_differences_measure() {
        let (factors, target) = example();
        let mut moved = Factors { ..example().0 };
        let lr = 1e-3;
        moved.step(&target, lr);
        for (i, j) in [(0, 0), (1, 2)] {
            let loss_at = |shift: f64| {
                let mut a = factors.a.clone();
                a[(i, j)] += shift;
                let b = factors.b.clone();
                0.5 * Factors { b, a }.squared_error(&target)
            };
            let slope = (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5;
            let went = factors.a[(i, j)] - moved.a[(i, j)];
            assert!((went - lr * slope).abs() < 1e-11, "{went} {slope}");
        }
        let loss_at = |shift: f64| {
            let mut b = factors.b.clone();
            b[(2, 1)] += shift;
            let a = factors.a.clone();
            0.5 * Factors { b, a }.squared_error(&target)
        };
        let slope = (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5;
        let went = factors.b[(2, 1)] - moved.b[(2, 1)];
        assert!((went - lr * slope).abs() < 1e-11, "{went} {slope}");
    }

    #[test]
    fn a_matrix_has_the_singular_values_it_was_given() {
        let s = [3.0, 2.0, 0.5, 0.0];
        let mut rng = Rng::new(0, Stream::Data);
        let found =
            singular_values(&with_singular_values(&s, &mut rng)).unwrap();
        assert!(
            s.iter().zip(found).all(|(s, found)| (s - found).abs() < 1e-14)
        );
        assert_eq!([lost(&s, 0), lost(&s, 1), lost(&s, 4)], [13.25, 4.25, 0.]);
    }

    #[test]
    fn a_step_too_large_is_reported() {
        let (mut factors, target) = example();
        let why = factors.train(&target, 10.0, 100).unwrap_err();
        assert!(why.0.starts_with("the training diverged at step"), "{why}");
    }
}
