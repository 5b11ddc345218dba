//! The smallest deep network: one unit in each layer, no biases, one example
//! x = 1 with target 1.
//!
//! With slopes of 1 its loss is f = ½(w₁w₂⋯w_L − 1)².

/// A chain of weights, w₁ first, and what a pass through it leaves behind.
pub struct Chain {
    /// The weights.
    pub w: Vec<f64>,
    /// What goes into each layer.
    a: Vec<f64>,
    /// The slope of the unit that each layer's input comes from.
    slopes: Vec<f64>,
}

/// A unit's value and slope: f(z) = z.
pub fn identity(z: f64) -> (f64, f64) {
    (z, 1.0)
}

impl Chain {
    /// A chain with these weights.
    pub fn new(w: Vec<f64>) -> Self {
        let layers = w.len();
        Self { w, a: vec![1.0; layers], slopes: vec![1.0; layers] }
    }

    /// Forward: the output minus its target. The last layer never bends.
    pub fn error(&mut self, bend: impl Fn(f64) -> (f64, f64)) -> f64 {
        let last = self.w.len() - 1;
        for k in 0..last {
            let (a, slope) = bend(self.w[k] * self.a[k]);
            (self.a[k + 1], self.slopes[k + 1]) = (a, slope);
        }
        self.w[last] * self.a[last] - 1.0
    }

    /// Backward, one step of gradient descent: ∂f/∂w = δ·a. Returns the
    /// loss before the step and the largest |∂f/∂w|.
    pub fn descend(
        &mut self,
        lr: f64,
        bend: impl Fn(f64) -> (f64, f64),
    ) -> (f64, f64) {
        let error = self.error(bend);
        let (mut delta, mut largest) = (error, 0.0);
        for k in (0..self.w.len()).rev() {
            let gradient = delta * self.a[k];
            delta *= self.w[k] * self.slopes[k];
            self.w[k] -= lr * gradient;
            largest = f64::max(largest, gradient.abs());
        }
        (error * error / 2.0, largest)
    }
}

/// The product of the weights that `keep` keeps, by index.
pub fn product(w: &[f64], keep: impl Fn(usize) -> bool) -> f64 {
    let kept = w.iter().enumerate().filter(|(k, _)| keep(*k));
    kept.fold(1.0, |product, (_, w)| product * w)
}

/// f = ½(w₁⋯w_L − 1)², with slopes of 1.
pub fn loss(w: &[f64]) -> f64 {
    let error = product(w, |_| true) - 1.0;
    error * error / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_is_down_the_gradient_of_the_loss() {
        let w = vec![0.9, -0.4, 1.3, 0.7];
        let mut chain = Chain::new(w.clone());
        assert_eq!(chain.descend(1.0, identity).0, loss(&w));
        for k in 0..4 {
            let (mut up, mut low) = (w.clone(), w.clone());
            up[k] += 1e-5;
            low[k] -= 1e-5;
            let slope = (loss(&up) - loss(&low)) / 2e-5;
            assert!((slope + chain.w[k] - w[k]).abs() < 1e-10);
        }
    }

    /// wᵢ² − wⱼ² moves by η²(gᵢ² − gⱼ²) in a step: not at all as η → 0.
    #[test]
    fn differences_of_squares_are_conserved_to_first_order() {
        let moved = |lr: f64| {
            let mut chain = Chain::new(vec![0.5, -0.3, 0.8]);
            for _ in 0..(10.0 / lr) as usize {
                chain.descend(lr, identity);
            }
            let w = &chain.w;
            (w[0] * w[0] - w[1] * w[1]) - (0.25 - 0.09)
        };
        let (coarse, fine) = (moved(0.01), moved(0.001));
        assert!((coarse / fine - 10.0).abs() < 0.5, "{coarse:e} {fine:e}");
    }
}
