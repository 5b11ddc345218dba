//! Layers of slope 1 without biases: matrices, one behind the other.
//!
//! What data say about such a network they say about the product of its
//! matrices, W = W_L⋯W₁. With the slope dL/dW = G of the loss in it,
//! dL/dW_l = (W_L⋯W_{l+1})ᵀ·G·(W_{l−1}⋯W₁)ᵀ.

use ndarray::{Array1, Array2};
use slope::{
    Init,
    product::{a_b, affine, at_b, inner},
    rng::Rng,
};

use exact::statistics::most;

/// The matrices, W₁ first.
pub struct Stack {
    /// Each is (out, in).
    pub w: Vec<Array2<f64>>,
}

impl Stack {
    /// First weights for layers between so many units.
    pub fn new(sizes: &[usize], init: Init, rng: &mut Rng) -> Self {
        let layers = sizes.windows(2);
        Self { w: layers.map(|s| init.weights(s[1], s[0], rng)).collect() }
    }

    /// W₁, W₂W₁ and so on; the last is the product of all.
    pub fn products(&self) -> Vec<Array2<f64>> {
        let mut products = vec![self.w[0].clone()];
        for (w, l) in self.w[1..].iter().zip(0..) {
            products.push(a_b(w, &products[l]));
        }
        products
    }

    /// ½·decay·(the sum of the squares of all weights).
    pub fn penalty(&self, decay: f64) -> f64 {
        let squares = self.w.iter().map(|w| inner(w, w));
        0.5 * decay * squares.fold(0.0, |sum, square| sum + square)
    }

    /// dL/dW_L, …, dL/dW₁, the last layer first, where dL/dW is `slope` at these
    /// products.
    pub fn gradient(
        &self,
        products: &[Array2<f64>],
        mut slope: Array2<f64>,
    ) -> Vec<Array2<f64>> {
        let mut gradient = Vec::new();
        for l in (1..self.w.len()).rev() {
            let before = &products[l - 1];
            // G·(W_{l−1}⋯W₁)ᵀ
            let d = affine(&slope, before, &Array1::zeros(before.nrows()));
            gradient.push(d);
            slope = at_b(&self.w[l], &slope);
        }
        gradient.push(slope);
        gradient
    }

    /// One step of gradient descent on L + penalty, where dL/dW is `slope` at
    /// these products; gives the largest entry of the gradient.
    pub fn step(
        &mut self,
        products: &[Array2<f64>],
        slope: Array2<f64>,
        lr: f64,
        decay: f64,
    ) -> f64 {
        let mut largest = 0.0;
        let gradient = self.gradient(products, slope);
        for (w, mut d) in self.w.iter_mut().rev().zip(gradient) {
            d.scaled_add(decay, w);
            w.scaled_add(-lr, &d);
            largest = f64::max(largest, most(d.iter().map(|d| d.abs())));
        }
        largest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slope::rng::Stream;

    #[test]
    fn a_step_goes_down_the_slope_that_differences_measure() {
        let start = || {
            let mut rng = Rng::new(0, Stream::Weights);
            Stack::new(&[2, 3, 3, 2], Init::Normal { std: 1.0 }, &mut rng)
        };
        let (lr, decay) = (1e-3, 0.3);
        let loss_at = |layer: usize, shift: f64| {
            let mut stack = start();
            stack.w[layer][(1, 1)] += shift;
            let w = stack.products().pop().unwrap();
            0.5 * inner(&w, &w) + stack.penalty(decay)
        };
        let mut moved = start();
        let products = moved.products();
        moved.step(&products, products[2].clone(), lr, decay);
        for layer in 0..3 {
            let slope = (loss_at(layer, 1e-5) - loss_at(layer, -1e-5)) / 2e-5;
            let went = start().w[layer][(1, 1)] - moved.w[layer][(1, 1)];
            assert!((went - lr * slope).abs() < 1e-10, "{went} {slope}");
        }
    }
}
