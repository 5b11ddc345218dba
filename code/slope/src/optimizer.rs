//! Optimizers, in order of increasing complexity: what to do with a gradient.
//!
//! The conventions are PyTorch's. See the chapters `descent` and `valleys`.

use exact::decimal;
use exact::tile::widest;

/// A rule for one step downhill, with its settings. `lr` is the learning rate
/// throughout, and `weight_decay` is λ: before the rule, g ← g + λp (L2),
/// save in [`Optimizer::AdamW`].
///
/// As in PyTorch, the step is 0 where a finite g is beyond 10¹⁵⁶ and the rule
/// divides by √s: its square is infinite.
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
    /// descent is μ = 0. There is no dampening.
    Sgd {
        /// The learning rate.
        lr: f64,
        /// μ, the fraction of the last step's velocity that is kept.
        momentum: f64,
        /// Look ahead along the velocity; needs a momentum.
        nesterov: bool,
        /// λ, the multiple of p that is added to g.
        weight_decay: f64,
    },
    /// s ← s + g²; p ← p − lr·g/(√s + ε) (J. Duchi and others, 2011).
    Adagrad {
        /// The learning rate.
        lr: f64,
        /// Keeps the division finite.
        eps: f64,
        /// λ, the multiple of p that is added to g.
        weight_decay: f64,
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
        /// λ, the multiple of p that is added to g.
        weight_decay: f64,
    },
    /// Averages m of g and s of g², both freed of their bias towards zero:
    /// p ← p − lr·m̂/(√ŝ + ε) (D. P. Kingma, J. Ba, 2014).
    Adam {
        /// The learning rate.
        lr: f64,
        /// The memory of m.
        beta1: f64,
        /// The memory of s.
        beta2: f64,
        /// Keeps the division finite.
        eps: f64,
        /// λ, the multiple of p that is added to g.
        weight_decay: f64,
    },
    /// Adam with the weight decay beside the gradient: p ← p − lr·λ·p, then
    /// Adam's step (I. Loshchilov, F. Hutter, 2017).
    AdamW {
        /// The learning rate.
        lr: f64,
        /// The memory of m.
        beta1: f64,
        /// The memory of s.
        beta2: f64,
        /// Keeps the division finite.
        eps: f64,
        /// λ, the decoupled weight decay.
        weight_decay: f64,
    },
}

/// A setting that makes no sense.
///
/// ```
/// let error = slope::Optimizer::sgd(-0.1).check().unwrap_err();
/// assert_eq!(error.to_string(), "lr is -0.1: expected a number in [0, inf)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum OptimizerError {
    /// A number outside of its range.
    #[error("{name} is {}: expected a number in {range}", decimal::text(*value))]
    Range {
        /// The setting, by its name in [`Optimizer`].
        name: &'static str,
        /// What it is.
        value: f64,
        /// What it may be.
        range: &'static str,
    },
    /// There is no velocity to look ahead along.
    #[error("momentum is 0 with nesterov: expected a number in (0, 1)")]
    NesterovWithoutMomentum,
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
        Self::Adagrad { lr, eps: 1e-10, weight_decay: 0.0 }
    }

    /// RMSprop with PyTorch's α and ε.
    ///
    /// ```
    /// use slope::Optimizer;
    /// assert!(matches!(Optimizer::rmsprop(0.1), Optimizer::RmsProp { alpha: 0.99, .. }));
    /// ```
    pub fn rmsprop(lr: f64) -> Self {
        Self::RmsProp { lr, alpha: 0.99, eps: 1e-8, weight_decay: 0.0 }
    }

    /// Adam with the paper's β and ε.
    ///
    /// ```
    /// use slope::Optimizer;
    /// assert!(matches!(Optimizer::adam(0.1), Optimizer::Adam { beta1: 0.9, .. }));
    /// ```
    pub fn adam(lr: f64) -> Self {
        let (beta1, beta2, eps, weight_decay) = (0.9, 0.999, 1e-8, 0.0);
        Self::Adam { lr, beta1, beta2, eps, weight_decay }
    }

    /// AdamW with the paper's β and ε.
    ///
    /// ```
    /// use slope::Optimizer;
    /// let decayed = Optimizer::adamw(0.1, 0.01);
    /// assert!(matches!(decayed, Optimizer::AdamW { weight_decay: 0.01, .. }));
    /// ```
    pub fn adamw(lr: f64, weight_decay: f64) -> Self {
        let (beta1, beta2, eps) = (0.9, 0.999, 1e-8);
        Self::AdamW { lr, beta1, beta2, eps, weight_decay }
    }

    /// The same rule with this weight decay λ.
    ///
    /// ```
    /// use slope::Optimizer;
    /// let decayed = Optimizer::sgd(0.1).weight_decay(1e-4);
    /// assert!(matches!(decayed, Optimizer::Sgd { weight_decay: 1e-4, .. }));
    /// ```
    #[must_use]
    pub fn weight_decay(mut self, lambda: f64) -> Self {
        let (Self::Sgd { weight_decay, .. }
        | Self::Adagrad { weight_decay, .. }
        | Self::RmsProp { weight_decay, .. }
        | Self::Adam { weight_decay, .. }
        | Self::AdamW { weight_decay, .. }) = &mut self;
        *weight_decay = lambda;
        self
    }

    /// Whether every setting makes sense.
    ///
    /// # Errors
    /// Names the first setting that is negative, not finite or, where it is a
    /// fraction, not below 1; an ε of 0, by which 0/0 may come; or a look
    /// ahead without momentum.
    ///
    /// ```
    /// let error = slope::Optimizer::sgd(f64::NAN).check().unwrap_err();
    /// assert_eq!(error.to_string(), "lr is NaN: expected a number in [0, inf)");
    /// ```
    pub fn check(self) -> Result<(), OptimizerError> {
        let within = |holds, name, value, range| match holds {
            true => Ok(()),
            false => Err(OptimizerError::Range { name, value, range }),
        };
        let size = |name, x| {
            within((0.0..f64::INFINITY).contains(&x), name, x, "[0, inf)")
        };
        let fraction =
            |name, x| within((0.0..1.0).contains(&x), name, x, "[0, 1)");
        let positive =
            |x: f64| within(x > 0.0 && x.is_finite(), "eps", x, "(0, inf)");
        let (lr, weight_decay) = self.lr_and_weight_decay();
        size("lr", lr)?;
        match self {
            Self::Sgd { momentum: 0.0, nesterov: true, .. } => {
                return Err(OptimizerError::NesterovWithoutMomentum);
            }
            Self::Sgd { momentum, .. } => fraction("momentum", momentum)?,
            Self::Adagrad { eps, .. } => positive(eps)?,
            Self::RmsProp { alpha, eps, .. } => {
                fraction("alpha", alpha).and(positive(eps))?;
            }
            Self::Adam { beta1, beta2, eps, .. }
            | Self::AdamW { beta1, beta2, eps, .. } => {
                fraction("beta1", beta1)
                    .and(fraction("beta2", beta2))
                    .and(positive(eps))?;
            }
        }
        size("weight_decay", weight_decay)
    }

    fn lr_and_weight_decay(self) -> (f64, f64) {
        match self {
            Self::Sgd { lr, weight_decay, .. }
            | Self::Adagrad { lr, weight_decay, .. }
            | Self::RmsProp { lr, weight_decay, .. }
            | Self::Adam { lr, weight_decay, .. }
            | Self::AdamW { lr, weight_decay, .. } => (lr, weight_decay),
        }
    }

    /// The memory for a network of `parameters` parameters, before any step.
    ///
    /// # Panics
    /// If [`Optimizer::check`] refuses a setting.
    ///
    /// ```
    /// let mut state = slope::Optimizer::momentum(0.1, 0.5).start(1);
    /// let mut p = [1.0];
    /// state.step([(&mut p[..], &[1.0][..])]); // v = 1
    /// state.step([(&mut p[..], &[0.0][..])]); // v = ½
    /// assert!((p[0] - 0.85).abs() < 1e-15);
    /// ```
    pub fn start(self, parameters: usize) -> OptimizerState {
        self.check().unwrap_or_else(|error| panic!("{error}"));
        let zeros = || vec![0.0; parameters];
        let (mean, square) = (zeros(), zeros());
        let (beta1_power, beta2_power) = (1.0, 1.0);
        OptimizerState { rule: self, mean, square, beta1_power, beta2_power }
    }
}

/// What an optimizer remembers between steps. Whoever keeps it can go on
/// another day, with the same bits as without a pause.
///
/// ```
/// use slope::Optimizer;
/// let mut state = Optimizer::adam(0.1).start(1);
/// let mut parameters = [0.0];
/// state.step([(&mut parameters[..], &[123.0][..])]);
/// assert!((parameters[0] + 0.1).abs() < 1e-9); // Adam's first step is lr
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct OptimizerState {
    rule: Optimizer,
    mean: Vec<f64>,
    square: Vec<f64>,
    beta1_power: f64,
    beta2_power: f64,
}

impl OptimizerState {
    /// The rule, as it was started.
    ///
    /// ```
    /// use slope::Optimizer;
    /// assert_eq!(Optimizer::sgd(0.1).start(3).rule(), Optimizer::sgd(0.1));
    /// ```
    pub fn rule(&self) -> Optimizer {
        self.rule
    }

    /// How many parameters it was started for.
    ///
    /// ```
    /// assert_eq!(slope::Optimizer::adam(0.1).start(3).parameter_count(), 3);
    /// ```
    pub fn parameter_count(&self) -> usize {
        self.mean.len()
    }

    /// One step. The pairs are (parameters, their gradient), together as many
    /// as [`Optimizer::start`] was told, in the same order every time.
    ///
    /// # Panics
    /// If there are more or fewer parameters than that, or a pair differs in
    /// length.
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
        if let Optimizer::Adam { beta1, beta2, .. }
        | Optimizer::AdamW { beta1, beta2, .. } = self.rule
        {
            self.beta1_power *= beta1;
            self.beta2_power *= beta2;
        }
        let (mut done, wanted) = (0, self.parameter_count());
        for (p, g) in pairs {
            assert_eq!(p.len(), g.len(), "parameters and their gradient");
            let from = done;
            done += p.len();
            assert!(done <= wanted, "more parameters than the {wanted} begun");
            widest(
                #[inline(always)]
                || self.update(from, p, g),
            );
        }
        assert_eq!(done, wanted, "parameters: as many as were begun with");
    }

    #[inline(always)]
    fn update(&mut self, from: usize, p: &mut [f64], g: &[f64]) {
        let part = from..from + p.len();
        let (m, s) = (&mut self.mean[part.clone()], &mut self.square[part]);
        let (lr, decay) = self.rule.lr_and_weight_decay();
        match self.rule {
            // ANCHOR: sgd
            Optimizer::Sgd { momentum: 0.0, .. } => {
                for (p, g) in p.iter_mut().zip(g) {
                    *p -= lr * (g + decay * *p);
                }
            }
            // ANCHOR_END: sgd
            // ANCHOR: momentum
            Optimizer::Sgd { momentum, nesterov, .. } => {
                // The step is v, or with Nesterov's look ahead g + μv.
                let (of_g, of_v) =
                    if nesterov { (1.0, momentum) } else { (0.0, 1.0) };
                for ((p, g), v) in p.iter_mut().zip(g).zip(m) {
                    let g = g + decay * *p;
                    *v = momentum * *v + g;
                    *p -= lr * (of_g * g + of_v * *v);
                }
            }
            // ANCHOR_END: momentum
            Optimizer::Adagrad { eps, .. } => {
                for ((p, g), s) in p.iter_mut().zip(g).zip(s) {
                    let g = g + decay * *p;
                    *s += g * g;
                    *p -= lr * g / (s.sqrt() + eps);
                }
            }
            Optimizer::RmsProp { alpha, eps, .. } => {
                for ((p, g), s) in p.iter_mut().zip(g).zip(s) {
                    let g = g + decay * *p;
                    *s = alpha * *s + (1.0 - alpha) * g * g;
                    *p -= lr * g / (s.sqrt() + eps);
                }
            }
            // ANCHOR: adam
            Optimizer::Adam { beta1, beta2, eps, .. }
            | Optimizer::AdamW { beta1, beta2, eps, .. } => {
                let coupled = matches!(self.rule, Optimizer::Adam { .. });
                let (l2, decay) =
                    if coupled { (decay, 0.0) } else { (0.0, decay) };
                // m̂ = m/(1 − β₁ᵗ)
                let unbias_m = 1.0 / (1.0 - self.beta1_power);
                let unbias_s = 1.0 / (1.0 - self.beta2_power);
                for (((p, g), m), s) in p.iter_mut().zip(g).zip(m).zip(s) {
                    let g = g + l2 * *p;
                    *p -= lr * decay * *p;
                    *m = beta1 * *m + (1.0 - beta1) * g;
                    *s = beta2 * *s + (1.0 - beta2) * g * g;
                    *p -= lr * (*m * unbias_m) / ((*s * unbias_s).sqrt() + eps);
                }
            }
        }
        // ANCHOR_END: adam
    }
}
