//! A quadratic of two weights, and the shortest ways down it: what the
//! experiment `valley` looks at from above.

use ndarray::{Array2, array};
use slope::{
    Optimizer,
    rng::{Rng, Stream},
    transcendental::{cos, pow, sin},
};

use super::valley::Params;

/// A loss relative to the first that counts as the bottom.
pub const TOLERANCE: f64 = 1e-3;

/// To stay there is to stay for so many steps.
pub const STAY: usize = 100;

/// Who is not there after so many steps never is.
pub const PATIENCE: usize = 2000;

/// Rates are tried from 10 down to 10⁻³ on a scale where κ is the largest
/// curvature and 1 the smallest, forty in each power of ten.
pub const RATES: std::ops::RangeInclusive<i32> = -120..=40;

/// Half a turn, in degrees and in radians.
pub const HALF: (f64, f64) = (180.0, std::f64::consts::PI);

/// One method at its best rate.
pub struct Descent {
    /// What it is called.
    pub name: &'static str,
    /// The best rate.
    pub lr: f64,
    /// The weights at the start and after each step, down to the bottom.
    pub path: Vec<[f64; 2]>,
}

/// The loss ½ wᵀHw, and a place to start.
pub struct Ground {
    h: Array2<f64>,
    /// Along the valley and across it, each of length 1.
    axes: [[f64; 2]; 2],
    condition: f64,
    /// Where all begin.
    pub start: [f64; 2],
}

impl Ground {
    pub fn new(params: &Params) -> Self {
        let Params { seed, condition, turn } = *params;
        let angle = turn / HALF.0 * HALF.1;
        let (c, s) = (cos(angle), sin(angle));
        let axes = [[c, s], [-s, c]];
        let h = |i: usize, j: usize| {
            axes[0][i] * axes[0][j] + condition * axes[1][i] * axes[1][j]
        };
        let h = array![[h(0, 0), h(0, 1)], [h(1, 0), h(1, 1)]];
        let mut ground = Self { h, axes, condition, start: [0.0; 2] };
        // Neither on the floor of the valley nor at the head of it.
        let mut rng = Rng::new(seed, Stream::Data);
        let quarter = rng.below(4) as f64;
        let part = quarter + rng.uniform_in(0.25, 0.65);
        ground.start = ground.on_contour(1.0, part / 2.0 * HALF.1);
        ground
    }

    /// A place where the loss is ½·level.
    pub fn on_contour(&self, level: f64, angle: f64) -> [f64; 2] {
        let (u, v) = (
            (level).sqrt() * cos(angle),
            (level / self.condition).sqrt() * sin(angle),
        );
        let [along, across] = self.axes;
        [0, 1].map(|i| u * along[i] + v * across[i])
    }

    fn gradient(&self, w: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|i| self.h[(i, 0)] * w[0] + self.h[(i, 1)] * w[1])
    }

    /// wᵀHw, twice the loss: 1 at the start.
    pub fn level(&self, w: [f64; 2]) -> f64 {
        let g = self.gradient(w);
        w[0] * g[0] + w[1] * g[1]
    }

    /// How far along the valley and across it a place is.
    pub fn along_and_across(&self, w: [f64; 2]) -> [f64; 2] {
        self.axes.map(|axis| axis[0] * w[0] + axis[1] * w[1])
    }

    /// The way down, to where the loss is small and stays so, if it takes at
    /// most so many steps.
    pub fn path(
        &self,
        optimizer: Optimizer,
        most: usize,
    ) -> Option<Vec<[f64; 2]>> {
        let mut w = self.start;
        let (mut path, mut settled) = (vec![w], 1);
        let mut state = optimizer.start(2);
        while path.len() <= settled + STAY {
            let gradient = self.gradient(w);
            state.step([(&mut w[..], &gradient[..])]);
            let level = self.level(w);
            if level.is_nan() || level > TOLERANCE {
                settled = path.len() + 1;
                // What is not a number has left the valley, too.
                if settled > most || level.is_nan() || level > 1.0 / TOLERANCE {
                    return None;
                }
            }
            path.push(w);
        }
        path.truncate(settled + 1);
        Some(path)
    }

    /// The shortest of the ways with any rate; of equals, that of the smallest.
    pub fn best(
        &self,
        name: &'static str,
        rule: &dyn Fn(f64) -> Optimizer,
        rates: fn(i32) -> i32,
    ) -> Option<Descent> {
        let mut best: Option<Descent> = None;
        for step in RATES {
            let lr = pow(10.0, f64::from(rates(step)) / 40.0);
            let most = best.as_ref().map_or(PATIENCE, |b| b.path.len() - 2);
            if let Some(path) = self.path(rule(lr), most) {
                best = Some(Descent { name, lr, path });
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without a difference of curvatures, a step of 1/λ is all it takes.
    #[test]
    fn a_round_valley_takes_one_step() {
        let round = Params { condition: 1.0, ..Params::default() };
        let path = Ground::new(&round).path(Optimizer::sgd(1.0), 9).unwrap();
        assert_eq!(path.len(), 2);
    }

    /// Every contour has one loss, and the start lies on the outermost.
    #[test]
    fn a_contour_is_level() {
        let ground = Ground::new(&Params::default());
        for angle in [0.0, 0.7, 2.0, 5.5] {
            let level = ground.level(ground.on_contour(0.4, angle));
            assert!((level - 0.4).abs() < 1e-14);
        }
        assert!((ground.level(ground.start) - 1.0).abs() < 1e-14);
    }
}
