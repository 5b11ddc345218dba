//! Random numbers that are the same on every machine, now and in ten years.
//!
//! One run seed gives four independent ChaCha8 streams, one per purpose: a
//! different network on the same data, or the same network in another order,
//! is then one change and not three. The uniform, normal and shuffle
//! algorithms are written out here, so that no library update can move a
//! figure.
//!
//! See the chapter `epochs`.

use crate::transcendental::{cos, ln, sin};
use rand::rngs::ChaCha8Rng;
use rand::{Rng as _, SeedableRng};
use std::f64::consts::TAU;

/// What a stream of random numbers is for.
///
/// ```
/// use exact::rng::{Rng, Stream};
/// let mut data = Rng::new(7, Stream::Data);
/// let mut weights = Rng::new(7, Stream::Weights);
/// assert_ne!(data.uniform(), weights.uniform());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Drawing the examples.
    Data = 1,
    /// Initialising weights and biases.
    Weights = 2,
    /// Shuffling the examples of an epoch.
    Order = 3,
    /// Anything else: probes, perturbations, noise added later.
    Noise = 4,
}

/// A ChaCha8 generator (D. J. Bernstein, *ChaCha, a variant of Salsa20*,
/// 2008) keyed by a run seed and a purpose.
///
/// ```
/// use exact::rng::{Rng, Stream};
/// let draw = || Rng::new(1, Stream::Data).normal();
/// assert_eq!(draw().to_bits(), draw().to_bits());
/// ```
#[derive(Debug)]
pub struct Rng {
    bits: ChaCha8Rng,
    spare_normal: Option<f64>,
}

impl Rng {
    /// The stream for one purpose of the run with this seed.
    ///
    /// ```
    /// use exact::rng::{Rng, Stream};
    /// let (mut one, mut two) = (Rng::new(1, Stream::Order), Rng::new(2, Stream::Order));
    /// assert_ne!(one.uniform(), two.uniform());
    /// ```
    pub fn new(seed: u64, stream: Stream) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8] = stream as u8;
        Rng { bits: ChaCha8Rng::from_seed(key), spare_normal: None }
    }

    /// A uniform number in [0, 1): 53 random bits over 2⁵³.
    ///
    /// ```
    /// # use exact::rng::{Rng, Stream};
    /// let u = Rng::new(0, Stream::Noise).uniform();
    /// assert!((0.0..1.0).contains(&u));
    /// ```
    pub fn uniform(&mut self) -> f64 {
        (self.bits.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A uniform number from `low` to `high`: low + (high − low)·u with u in [0,
    /// 1). Rounding may make it `high`.
    ///
    /// ```
    /// # use exact::rng::{Rng, Stream};
    /// let u = Rng::new(0, Stream::Noise).uniform_in(-2.0, 2.0);
    /// assert!(u.abs() <= 2.0);
    /// ```
    pub fn uniform_in(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// A standard normal number (G. E. P. Box and M. E. Muller, *A note on
    /// the generation of random normal deviates*, 1958).
    ///
    /// ```
    /// # use exact::rng::{Rng, Stream};
    /// assert!(Rng::new(0, Stream::Noise).normal().is_finite());
    /// ```
    pub fn normal(&mut self) -> f64 {
        if let Some(z) = self.spare_normal.take() {
            return z;
        }
        let u = 1.0 - self.uniform(); // (0, 1]: ln u is finite
        let angle = TAU * self.uniform();
        let radius = (-2.0 * ln(u)).sqrt();
        self.spare_normal = Some(radius * sin(angle));
        radius * cos(angle)
    }

    /// A whole number in 0..n, each equally likely (D. Lemire, *Fast random
    /// integer generation in an interval*, 2019).
    ///
    /// # Panics
    /// If n is zero.
    ///
    /// ```
    /// # use exact::rng::{Rng, Stream};
    /// assert!(Rng::new(0, Stream::Noise).below(6) < 6);
    /// ```
    pub fn below(&mut self, n: usize) -> usize {
        assert!(n > 0, "below(0): there is no number in 0..0");
        let n = n as u64;
        loop {
            // The high half of bits·n is in 0..n. 2⁶⁴ mod n of the low halves
            // are turned away, so that each high half keeps as many.
            let product = u128::from(self.bits.next_u64()) * u128::from(n);
            let low = product as u64;
            if low >= n || low >= n.wrapping_neg() % n {
                return (product >> 64) as usize;
            }
        }
    }

    /// Puts the items in a uniformly random order (R. Durstenfeld, *Algorithm
    /// 235: random permutation*, 1964).
    ///
    /// ```
    /// # use exact::rng::{Rng, Stream};
    /// let mut order = [0, 1, 2, 3];
    /// Rng::new(0, Stream::Order).shuffle(&mut order);
    /// order.sort();
    /// assert_eq!(order, [0, 1, 2, 3]);
    /// ```
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
