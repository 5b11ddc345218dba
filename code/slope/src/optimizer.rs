//! Optimizers, in order of increasing complexity: what to do with a gradient.
//!
//! The conventions are PyTorch's. See the chapter `descent`.

use exact::decimal::Decimal;
use exact::tile::widest;

/// A rule for one step downhill, with its settings. `lr` is the learning rate
/// throughout.
///
/// ```
/// use slope::Optimizer;
/// let mut state = Optimizer::sgd(0.5).start(1);
/// let mut parameters = [3.0];
/// state.step([(&mut parameters[..], &[2.0][..])]);
/// assert_eq!(parameters, [2.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optimizer {
    /// v ← μv + g; p ← p − lr·v (B. T. Polyak, 1964), and with `nesterov`
    /// p ← p − lr·(g + μv) (I. Sutskever and others, 2013). Plain gradient
    /// descent is μ = 0.
    Sgd {
        /// The learning rate.
        lr: f64,
        /// μ, the fraction of the last step's velocity that is kept.
        momentum: f64,
        /// Look ahead along the velocity.
        nesterov: bool,
        /// This multiple of p is added to g.
        weight_decay: f64,
    },
    /// s ← s + g²; p ← p − lr·g/(√s + ε) (J. Duchi and others, 2011).
    Adagrad {
        /// The learning rate.
        lr: f64,
        /// Keeps the division finite.
        eps: f64,
    },
    /// s ← αs + (1 − α)g²; p ← p − lr·g/(√s + ε) (T. Tieleman, G. Hinton,
    /// 2012).
    RmsProp {
        /// The learning rate.
        lr: f64,
        /// The memory of the average of g².
        alpha: f64,
        /// Keeps the division finite.
        eps: f64,
    },
    /// Averages m of g and s of g², both freed of their bias towards zero:
    /// p ← p − lr·m̂/(√ŝ + ε) (D. P. Kingma, J. Ba, 2014); before that
    /// p ← p − lr·λ·p (AdamW: I. Loshchilov, F. Hutter, 2017).
    Adam {
        /// The learning rate.
        lr: f64,
        /// The memory of m.
        beta1: f64,
        /// The memory of s.
        beta2: f64,
        /// Keeps the division finite.
        eps: f64,
        /// λ, the decoupled weight decay; 0 is Adam.
        decay: f64,
    },
}

impl Optimizer {
    /// Plain gradient descent.
    ///
    /// ```
    /// use slope::Optimizer;
    /// assert!(matches!(Optimizer::sgd(0.1), Optimizer::Sgd { momentum: 0.0, .. }));
    /// ```
    pub fn sgd(lr: f64) -> Self {
        Self::momentum(lr, 0.0)
    }

    /// Gradient descent with (heavy-ball) momentum.
    ///
    /// ```
    /// use slope::Optimizer;
    /// assert!(matches!(Optimizer::momentum(0.1, 0.9), Optimizer::Sgd { nesterov: false, .. }));
    /// ```
    pub fn momentum(lr: f64, momentum: f64) -> Self {
        Self::Sgd { lr, momentum, nesterov: false, weight_decay: 0.0 }
    }

    /// Gradient descent with Nesterov's momentum.
    ///
    /// ```
    /// use slope::Optimizer;
    /// assert!(matches!(Optimizer::nesterov(0.1, 0.9), Optimizer::Sgd { nesterov: true, .. }));
    /// ```
    pub fn nesterov(lr: f64, momentum: f64) -> Self {
        Self::Sgd { lr, momentum, nesterov: true, weight_decay: 0.0 }
    }

    /// Adagrad with PyTorch's ε.
    ///
    /// ```
    /// use slope::Optimizer;
    /// assert!(matches!(Optimizer::adagrad(0.1), Optimizer::Adagrad { eps: 1e-10, .. }));
    /// ```
    pub fn adagrad(lr: f64) -> Self {
        Self::Adagrad { lr, eps: 1e-10 }
    }

    /// RMSprop with PyTorch's α and ε.
    ///
    /// ```
    /// use slope::Optimizer;
    /// assert!(matches!(Optimizer::rmsprop(0.1), Optimizer::RmsProp { alpha: 0.99, .. }));
    /// ```
    pub fn rmsprop(lr: f64) -> Self {
        Self::RmsProp { lr, alpha: 0.99, eps: 1e-8 }
    }

    /// Adam with the paper's β and ε.
    ///
    /// ```
    /// use slope::Optimizer;
    /// assert!(matches!(Optimizer::adam(0.1), Optimizer::Adam { decay: 0.0, .. }));
    /// ```
    pub fn adam(lr: f64) -> Self {
        Self::adamw(lr, 0.0)
    }

    /// AdamW with the paper's β and ε.
    ///
    /// ```
    /// use slope::Optimizer;
    /// assert!(matches!(Optimizer::adamw(0.1, 0.01), Optimizer::Adam { decay: 0.01, .. }));
    /// ```
    pub fn adamw(lr: f64, decay: f64) -> Self {
        Self::Adam { lr, beta1: 0.9, beta2: 0.999, eps: 1e-8, decay }
    }

    /// Whether every setting makes sense.
    ///
    /// # Errors
    /// Names the first setting that is negative, not finite or, where it is a
    /// fraction, not below 1.
    ///
    /// ```
    /// let error = slope::Optimizer::sgd(f64::NAN).check().unwrap_err();
    /// assert_eq!(error, "lr is NaN: expected a number in [0, inf)");
    /// ```
    pub fn check(self) -> Result<(), String> {
        let within = |name, value, most: f64| match (0.0..most).contains(&value)
        {
            true => Ok(()),
            false => Err(format!(
                "{name} is {}: expected a number in [0, {})",
                Decimal(value),
                Decimal(most)
            )),
        };
        let any = |name, value| within(name, value, f64::INFINITY);
        let fraction = |name, value| within(name, value, 1.0);
        match self {
            Self::Sgd { lr, momentum, weight_decay, .. } => any("lr", lr)
                .and(fraction("momentum", momentum))
                .and(any("weight_decay", weight_decay)),
            Self::Adagrad { lr, eps } => any("lr", lr).and(any("eps", eps)),
            Self::RmsProp { lr, alpha, eps } => {
                any("lr", lr).and(fraction("alpha", alpha)).and(any("eps", eps))
            }
            Self::Adam { lr, beta1, beta2, eps, decay } => any("lr", lr)
                .and(fraction("beta1", beta1))
                .and(fraction("beta2", beta2))
                .and(any("eps", eps))
                .and(any("decay", decay)),
        }
    }

    /// The memory for a network of `parameters` parameters, before any step.
    ///
    /// ```
    /// let mut state = slope::Optimizer::momentum(0.1, 0.5).start(1);
    /// let mut p = [1.0];
    /// state.step([(&mut p[..], &[1.0][..])]); // v = 1
    /// state.step([(&mut p[..], &[0.0][..])]); // v = ½
    /// assert!((p[0] - 0.85).abs() < 1e-15);
    /// ```
    pub fn start(self, parameters: usize) -> OptimizerState {
        let zeros = || vec![0.0; parameters];
        let (mean, square) = (zeros(), zeros());
        let (beta1_power, beta2_power) = (1.0, 1.0);
        OptimizerState { rule: self, mean, square, beta1_power, beta2_power }
    }
}

/// What an optimizer remembers between steps.
///
/// ```
/// use slope::Optimizer;
/// let mut state = Optimizer::adam(0.1).start(1);
/// let mut parameters = [0.0];
/// state.step([(&mut parameters[..], &[123.0][..])]);
/// assert!((parameters[0] + 0.1).abs() < 1e-9); // Adam's first step is lr
/// ```
#[derive(Clone, Debug)]
pub struct OptimizerState {
    rule: Optimizer,
    mean: Vec<f64>,
    square: Vec<f64>,
    beta1_power: f64,
    beta2_power: f64,
}

impl OptimizerState {
    /// One step. The pairs are (parameters, their gradient), together as many
    /// as [`Optimizer::start`] was told, in the same order every time.
    ///
    /// # Panics
    /// If there are more parameters than that, or a pair differs in length.
    ///
    /// ```
    /// let mut state = slope::Optimizer::sgd(1.0).start(3);
    /// let (mut w, mut b) = ([1.0, 2.0], [3.0]);
    /// state.step([(&mut w[..], &[0.0, 1.0][..]), (&mut b[..], &[2.0][..])]);
    /// assert_eq!((w, b), ([1.0, 1.0], [1.0]));
    /// ```
    pub fn step<'a>(
        &mut self,
        pairs: impl IntoIterator<Item = (&'a mut [f64], &'a [f64])>,
    ) {
        if let Optimizer::Adam { beta1, beta2, .. } = self.rule {
            self.beta1_power *= beta1;
            self.beta2_power *= beta2;
        }
        let mut done = 0;
        for (p, g) in pairs {
            assert_eq!(p.len(), g.len(), "parameters and their gradient");
            let from = done;
            done += p.len();
            widest(
                #[inline(always)]
                || self.update(from, p, g),
            );
        }
    }

    #[inline(always)]
    fn update(&mut self, from: usize, p: &mut [f64], g: &[f64]) {
        let part = from..from + p.len();
        match self.rule {
            Optimizer::Sgd { lr, momentum: 0.0, weight_decay, .. } => {
                for (p, g) in p.iter_mut().zip(g) {
                    *p -= lr * (g + weight_decay * *p);
                }
            }
            Optimizer::Sgd { lr, momentum, nesterov, weight_decay } => {
                // The step is v, or with Nesterov's look ahead g + μv.
                let (of_g, of_v) =
                    if nesterov { (1.0, momentum) } else { (0.0, 1.0) };
                let v = &mut self.mean[part];
                for ((p, g), v) in p.iter_mut().zip(g).zip(v) {
                    let g = g + weight_decay * *p;
                    *v = momentum * *v + g;
                    *p -= lr * (of_g * g + of_v * *v);
                }
            }
            Optimizer::Adagrad { lr, eps } => {
                let s = &mut self.square[part];
                for ((p, g), s) in p.iter_mut().zip(g).zip(s) {
                    *s += g * g;
                    *p -= lr * g / (s.sqrt() + eps);
                }
            }
            Optimizer::RmsProp { lr, alpha, eps } => {
                let s = &mut self.square[part];
                for ((p, g), s) in p.iter_mut().zip(g).zip(s) {
                    *s = alpha * *s + (1.0 - alpha) * g * g;
                    *p -= lr * g / (s.sqrt() + eps);
                }
            }
            Optimizer::Adam { lr, beta1, beta2, eps, decay } => {
                let unbias_m = 1.0 / (1.0 - self.beta1_power); // m̂ = m/(1 − β₁ᵗ)
                let unbias_s = 1.0 / (1.0 - self.beta2_power);
                let m = &mut self.mean[part.clone()];
                let s = &mut self.square[part];
                for (((p, g), m), s) in p.iter_mut().zip(g).zip(m).zip(s) {
                    *p -= lr * decay * *p;
                    *m = beta1 * *m + (1.0 - beta1) * g;
                    *s = beta2 * *s + (1.0 - beta2) * g * g;
                    *p -= lr * (*m * unbias_m) / ((*s * unbias_s).sqrt() + eps);
                }
            }
        }
    }
}
