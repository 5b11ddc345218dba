//! A matrix learned as a product: two layers of slope 1.
//!
//! On whitened inputs the squared loss of z = W₂W₁x against targets Mx is
//! L = ½‖M − W₂W₁‖², and all that the data say is M = U·diag(s)·Vᵀ. A *mode*
//! is one triple (uᵢ, sᵢ, vᵢ); its strength in a network is aᵢ = uᵢᵀW₂W₁vᵢ.

use ndarray::{Array1, Array2};
use slope::{
    Init, product,
    rng::Rng,
    transcendental::{exp, ln},
};

/// What is to be learned: M = U·diag(s)·Vᵀ.
pub struct Teacher {
    /// The strength of each mode.
    pub s: Vec<f64>,
    /// The direction of each mode in the outputs, one per column.
    pub u: Array2<f64>,
    /// The direction of each mode in the inputs, one per column.
    pub v: Array2<f64>,
    m: Array2<f64>,
}

impl Teacher {
    /// A square matrix with these singular values, in random directions.
    pub fn new(s: &[f64], rng: &mut Rng) -> Self {
        let directions = Init::Orthogonal { gain: 1.0 };
        let u = directions.weights(s.len(), s.len(), rng);
        let v = directions.weights(s.len(), s.len(), rng);
        let us = &u * &Array1::from(s.to_vec());
        let m = product::a_b(&us, &v.t().to_owned());
        Self { s: s.to_vec(), u, v, m }
    }

    /// How much of each mode a matrix has: the diagonal of UᵀWV.
    pub fn strengths(&self, w: &Array2<f64>) -> Vec<f64> {
        let wv = product::a_b(w, &self.v);
        (0..self.s.len())
            .map(|i| {
                let pairs = self.u.column(i).into_iter().zip(wv.column(i));
                pairs.fold(0.0, |sum, (u, wv)| sum + u * wv)
            })
            .collect()
    }

    /// M − W.
    pub fn error(&self, w: &Array2<f64>) -> Array2<f64> {
        &self.m - w
    }
}

/// The two layers.
#[derive(Clone)]
pub struct Pair {
    w1: Array2<f64>, // (hidden, in)
    w2: Array2<f64>, // (out, hidden)
}

impl Pair {
    /// W₁ = R·√A·Vᵀ and W₂ = U·√A·Rᵀ with an orthogonal R and A diagonal:
    /// every mode starts at the strength that `start` gives for its s, and no
    /// mode disturbs another.
    pub fn aligned(
        teacher: &Teacher,
        start: impl Fn(f64) -> f64,
        rng: &mut Rng,
    ) -> Self {
        let n = teacher.s.len();
        let r = Init::Orthogonal { gain: 1.0 }.weights(n, n, rng);
        let roots: Array1<f64> =
            teacher.s.iter().map(|s| start(*s).sqrt()).collect();
        let w1 = product::a_b(&(&r * &roots), &teacher.v.t().to_owned());
        let w2 = product::a_b(&(&teacher.u * &roots), &r.t().to_owned());
        Self { w1, w2 }
    }

    /// Both layers drawn from N(0, `std`²).
    pub fn random(n: usize, hidden: usize, std: f64, rng: &mut Rng) -> Self {
        let init = Init::Normal { std };
        let w1 = init.weights(hidden, n, rng);
        let w2 = init.weights(n, hidden, rng);
        Self { w1, w2 }
    }

    /// W₂W₁, the one layer that the two are.
    pub fn product(&self) -> Array2<f64> {
        product::a_b(&self.w2, &self.w1)
    }

    /// One step of gradient descent, where `error` is M − W₂W₁:
    /// W₁ += η·W₂ᵀ·error and W₂ += η·error·W₁ᵀ, both from the old weights.
    pub fn descend(&mut self, error: &Array2<f64>, lr: f64) {
        let up1 = product::at_b(&self.w2, error);
        let up2 = product::a_b(error, &self.w1.t().to_owned());
        self.w1 += &(up1 * lr);
        self.w2 += &(up2 * lr);
    }

    /// W₁W₁ᵀ and W₂ᵀW₂, both (hidden, hidden). Gradient flow changes them
    /// alike: their difference is conserved.
    pub fn squares(&self) -> (Array2<f64>, Array2<f64>) {
        let first = product::a_b(&self.w1, &self.w1.t().to_owned());
        (first, product::at_b(&self.w2, &self.w2))
    }
}

/// The strength at time t of a mode that starts aligned at u₀ (Saxe,
/// McClelland and Ganguli 2014, eq. 12).
pub fn strength(s: f64, u0: f64, t: f64) -> f64 {
    // Divided by e^2st, which may be beyond the range of an f64.
    let fading = exp(-2.0 * s * t);
    s / (1.0 + (s / u0 - 1.0) * fading)
}

/// When a mode that starts at u₀ has a part of its strength (eq. 11); the
/// half time is ln(s/u₀ − 1)/2s.
pub fn time_of(part: f64, s: f64, u0: f64) -> f64 {
    ln(part / (1.0 - part) * (s / u0 - 1.0)) / (2.0 * s)
}

/// When each mode first has half its strength, by linear interpolation
/// between two steps.
pub struct HalfTimes {
    before: Vec<f64>,
    times: Vec<Option<f64>>,
}

impl HalfTimes {
    /// Nothing crossed yet: these are the strengths at time 0.
    pub fn new(start: Vec<f64>) -> Self {
        Self { times: vec![None; start.len()], before: start }
    }

    /// Takes note of the strengths after `step` steps of size `lr`.
    pub fn note(&mut self, step: usize, lr: f64, a: Vec<f64>, s: &[f64]) {
        for i in 0..a.len() {
            let (half, from, to) = (s[i] / 2.0, self.before[i], a[i]);
            if self.times[i].is_none() && from < half && to >= half {
                let within = (half - from) / (to - from);
                self.times[i] = Some(lr * ((step - 1) as f64 + within));
            }
        }
        self.before = a;
    }

    /// Whether every mode has crossed.
    pub fn complete(&self) -> bool {
        self.times.iter().all(Option::is_some)
    }

    /// The times; NaN where half the strength was not reached.
    pub fn times(&self) -> Vec<f64> {
        self.times.iter().map(|t| t.unwrap_or(f64::NAN)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slope::rng::Stream;

    /// a ← a(1 + η(s − a))² is what gradient descent does to an aligned mode,
    /// exactly.
    #[test]
    fn aligned_modes_obey_their_own_recurrence_and_stay_aligned() {
        let rng = &mut Rng::new(0, Stream::Weights);
        let teacher = Teacher::new(&[4.0, 2.0, 1.0, 0.5], rng);
        let (u0, lr) = (1e-3, 0.01);
        let mut pair = Pair::aligned(&teacher, |_| u0, rng);
        let mut a = vec![u0; 4];
        for _ in 0..1000 {
            pair.descend(&teacher.error(&pair.product()), lr);
            for (a, s) in a.iter_mut().zip(&teacher.s) {
                let factor = 1.0 + lr * (s - *a);
                *a *= factor * factor;
            }
        }
        let w = pair.product();
        let strengths = teacher.strengths(&w);
        let mut rest = product::inner(&w, &w);
        for (simulated, a) in strengths.iter().zip(&a) {
            assert!((simulated - a).abs() < 1e-13);
            rest -= simulated * simulated;
        }
        assert!(rest.abs() < 1e-12, "off the modes: {rest:e}");
        // A thousand steps, each rounded by up to 4·2⁻⁵³.
        let (first, second) = pair.squares();
        assert!(product::norm(&(first - second)) < 1e-12);
    }

    #[test]
    fn the_two_forms_of_the_formula_are_each_others_inverse() {
        for (part, s, u0) in [(0.5, 4.0, 1e-3), (0.99, 1.0, 1e-6)] {
            let t = time_of(part, s, u0);
            assert!((strength(s, u0, t) - part * s).abs() < 1e-12);
        }
        assert_eq!(strength(2.0, 0.5, 0.0), 0.5);
    }

    /// The step is the gradient of ½‖M − W₂W₁‖²: central differences.
    #[test]
    fn the_step_is_down_the_gradient_of_the_loss() {
        let rng = &mut Rng::new(1, Stream::Weights);
        let teacher = Teacher::new(&[2.0, 1.0], rng);
        let pair = Pair::random(2, 3, 0.5, rng);
        let loss = |pair: &Pair| {
            let error = teacher.error(&pair.product());
            product::inner(&error, &error) / 2.0
        };
        let mut down = pair.clone();
        down.descend(&teacher.error(&pair.product()), 1.0);
        for (i, j) in [(0, 0), (2, 1)] {
            let (mut up1, mut low1) = (pair.clone(), pair.clone());
            up1.w1[(i, j)] += 1e-5;
            low1.w1[(i, j)] -= 1e-5;
            let slope = (loss(&up1) - loss(&low1)) / 2e-5;
            let moved = down.w1[(i, j)] - pair.w1[(i, j)];
            assert!((slope + moved).abs() < 1e-9, "{slope} {moved}");
        }
    }
}
