//! Recurrent networks, and their gradients through time.
//!
//! A moment takes the state h and the input x to the next state. Either
//! h ← f(z) with z = Wh + Ux + b, or, with gates that see the input alone,
//! h ← λ∘h + p∘a: a = tanh z, p = σ(z′), λ = σ(z″) or 1, and each of z, z′, z″
//! is affine in x. The output is v·h + c after the last moment.
//!
//! Backwards, each moment has the slopes of its next state with respect to its
//! own z and to the state before: these are all that the chain rule wants.

use ndarray::{Array1, Array2, Axis, Slice, Zip, concatenate};

use exact::{product, rng::Rng, transcendental::tanh_and_slope};
use slope::{Activation, Loss, OptimizerState};

/// What a moment does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// h ← f(Wh + Ux + b).
    Recurrent(Activation),
    /// h ← h + p∘a: the constant error carousel with its input gate.
    Carousel,
    /// h ← λ∘h + p∘a: the same with a forget gate.
    Forgetful,
}

/// The weights. Those of the gates stand below those of a, in U and b.
#[derive(Clone, Debug)]
pub struct Recurrence {
    pub cell: Cell,
    /// W, (units, units); with gates it has no rows.
    pub w: Array2<f64>,
    /// U, (blocks · units, in).
    pub u: Array2<f64>,
    pub b: Array1<f64>,
    /// v, (1, units).
    pub v: Array2<f64>,
    pub c: Array1<f64>,
}

/// A moment, as the way back needs it. By input of the batch, in rows.
pub struct Moment {
    /// The state before.
    before: Array2<f64>,
    /// The slope of the next state with respect to each z, block by block.
    slopes: Array2<f64>,
    /// λ, if there are gates.
    kept: Array2<f64>,
}

/// The slopes of a loss with respect to the weights.
pub struct Gradient {
    w: Array2<f64>,
    u: Array2<f64>,
    b: Array1<f64>,
    v: Array2<f64>,
    c: Array1<f64>,
}

impl Recurrence {
    /// Uniform weights of ±1/√units, as PyTorch draws them, and no biases.
    pub fn drawn(
        cell: Cell,
        inputs: usize,
        units: usize,
        rng: &mut Rng,
    ) -> Self {
        let blocks = match cell {
            Cell::Recurrent(_) => 1,
            Cell::Carousel => 2,
            Cell::Forgetful => 3,
        };
        let size = 1.0 / (units as f64).sqrt();
        let mut matrix = |shape| {
            let draw = || rng.uniform_in(-size, size);
            Array2::from_shape_simple_fn(shape, draw)
        };
        let v = matrix((1, units));
        let u = matrix((blocks * units, inputs));
        let rows = if blocks == 1 { units } else { 0 };
        let w = matrix((rows, units));
        let b = Array1::zeros(blocks * units);
        Self { cell, w, u, b, v, c: Array1::zeros(1) }
    }

    /// The same, with W = w·1 if there is such a w: each unit hands on w of
    /// what it finds.
    pub fn keeping(mut self, w: Option<f64>) -> Self {
        if let (Cell::Recurrent(_), Some(w)) = (self.cell, w) {
            self.w = Array2::eye(self.units()) * w;
        }
        self
    }

    /// The same, with a bias of the forget gate.
    pub fn remembering(mut self, bias: f64) -> Self {
        let units = self.units();
        if self.cell == Cell::Forgetful {
            self.b.iter_mut().skip(2 * units).for_each(|b| *b = bias);
        }
        self
    }

    pub fn units(&self) -> usize {
        self.v.ncols()
    }

    /// One moment: the next state, and its slopes.
    fn moment(
        &self,
        h: &Array2<f64>,
        x: &Array2<f64>,
    ) -> (Array2<f64>, Moment) {
        let (before, units) = (h.clone(), self.units());
        let z = product::affine(x, &self.u, &self.b);
        let kept = Array2::ones(h.raw_dim());
        if let Cell::Recurrent(f) = self.cell {
            let z = z + product::affine(h, &self.w, &Array1::zeros(units));
            let (next, slopes) = values_and_slopes(f, &z);
            return (next, Moment { before, slopes, kept });
        }
        let block = |k: usize| {
            let columns = Slice::from(k * units..(k + 1) * units);
            z.slice_axis(Axis(1), columns).to_owned()
        };
        let (a, da) = values_and_slopes(Activation::Tanh, &block(0));
        let (p, dp) = values_and_slopes(Activation::Sigmoid, &block(1));
        let mut slopes = vec![&da * &p, dp * &a];
        let mut lambda = kept;
        if self.cell == Cell::Forgetful {
            let (value, slope) =
                values_and_slopes(Activation::Sigmoid, &block(2));
            slopes.push(slope * h);
            lambda = value;
        }
        let views: Vec<_> = slopes.iter().map(|s| s.view()).collect();
        let slopes = concatenate(Axis(1), &views).unwrap_or_default();
        (&lambda * h + p * a, Moment { before, slopes, kept: lambda })
    }

    /// The slopes with respect to z and to the state before, from `d`, those
    /// with respect to the next state.
    fn back(
        &self,
        moment: &Moment,
        d: &Array2<f64>,
    ) -> (Array2<f64>, Array2<f64>) {
        let blocks = moment.slopes.ncols() / d.ncols();
        let all = vec![d.view(); blocks];
        let dz =
            concatenate(Axis(1), &all).unwrap_or_default() * &moment.slopes;
        let along = match self.cell {
            Cell::Recurrent(_) => product::a_b(&dz, &self.w),
            Cell::Carousel | Cell::Forgetful => d * &moment.kept,
        };
        (dz, along)
    }

    /// The last state of each sequence, and the moments on the way there, from
    /// the state `h`.
    pub fn states(
        &self,
        mut h: Array2<f64>,
        xs: &[Array2<f64>],
    ) -> (Array2<f64>, Vec<Moment>) {
        let mut moments = Vec::with_capacity(xs.len());
        for x in xs {
            let (next, moment) = self.moment(&h, x);
            moments.push(moment);
            h = next;
        }
        (h, moments)
    }

    /// The state before the first moment, for as many sequences.
    pub fn nothing(&self, sequences: usize) -> Array2<f64> {
        Array2::zeros((sequences, self.units()))
    }

    /// The outputs of sequences: of each moment the inputs, in rows.
    pub fn output(&self, xs: &[Array2<f64>]) -> Array2<f64> {
        let (last, _) = self.states(self.nothing(xs[0].nrows()), xs);
        product::affine(&last, &self.v, &self.c)
    }

    /// The slopes of a number with respect to each state, from the last one to
    /// the first, where `d` is that with respect to the last.
    pub fn sent_back(
        &self,
        moments: &[Moment],
        d: Array2<f64>,
    ) -> Vec<Array2<f64>> {
        let mut all = vec![d];
        for moment in moments.iter().rev() {
            let (_, along) = self.back(moment, &all[all.len() - 1]);
            all.push(along);
        }
        all
    }

    /// The slopes of the mean squared error: backpropagation through time.
    pub fn gradient(&self, xs: &[Array2<f64>], y: &Array2<f64>) -> Gradient {
        let (last, moments) = self.states(self.nothing(y.nrows()), xs);
        let a = product::affine(&last, &self.v, &self.c);
        let da = Loss::Mse.gradient(&a, y);
        let mut gradient = Gradient {
            w: Array2::zeros(self.w.raw_dim()),
            u: Array2::zeros(self.u.raw_dim()),
            b: Array1::zeros(self.b.len()),
            v: product::at_b(&da, &last),
            c: product::column_sums(&da),
        };
        let mut d = product::a_b(&da, &self.v);
        for (moment, x) in moments.iter().zip(xs).rev() {
            let (dz, along) = self.back(moment, &d);
            if !self.w.is_empty() {
                gradient.w += &product::at_b(&dz, &moment.before);
            }
            gradient.u += &product::at_b(&dz, x);
            gradient.b += &product::column_sums(&dz);
            d = along;
        }
        gradient
    }

    /// One step of an optimizer that was begun for [`Self::parameter_count`].
    pub fn update(&mut self, state: &mut OptimizerState, slopes: &Gradient) {
        let parts = self.parts().into_iter().zip(slopes.parts());
        state.step(parts);
    }

    pub fn parameter_count(&self) -> usize {
        let matrices = self.w.len() + self.u.len() + self.v.len();
        matrices + self.b.len() + self.c.len()
    }

    fn parts(&mut self) -> [&mut [f64]; 5] {
        let Self { w, u, b, v, c, .. } = self;
        [
            w.as_slice_mut(),
            u.as_slice_mut(),
            b.as_slice_mut(),
            v.as_slice_mut(),
            c.as_slice_mut(),
        ]
        .map(Option::unwrap_or_default)
    }
}

impl Gradient {
    pub fn parts(&self) -> [&[f64]; 5] {
        let Self { w, u, b, v, c } = self;
        [w.as_slice(), u.as_slice(), b.as_slice(), v.as_slice(), c.as_slice()]
            .map(Option::unwrap_or_default)
    }
}

/// f(z) and f′(z), with σ(z) = (1 + tanh ½z)/2.
fn values_and_slopes(
    f: Activation,
    z: &Array2<f64>,
) -> (Array2<f64>, Array2<f64>) {
    let of = |z: f64| match f {
        Activation::Tanh => tanh_and_slope(z),
        Activation::Sigmoid => {
            let (a, slope) = tanh_and_slope(0.5 * z);
            (0.5 + 0.5 * a, 0.25 * slope)
        }
        other => other.value_and_slope(z),
    };
    let (mut a, mut slopes) = (z.clone(), z.clone());
    Zip::from(&mut a).and(&mut slopes).for_each(|a, slope| {
        (*a, *slope) = of(*a);
    });
    (a, slopes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use exact::rng::Stream;
    use probe::relative_error;

    const CELLS: [Cell; 4] = [
        Cell::Recurrent(Activation::Identity),
        Cell::Recurrent(Activation::Tanh),
        Cell::Carousel,
        Cell::Forgetful,
    ];

    fn sequences(rng: &mut Rng) -> (Vec<Array2<f64>>, Array2<f64>) {
        let mut normal =
            |n| Array2::from_shape_simple_fn((3, n), || rng.normal());
        ((0..5).map(|_| normal(2)).collect(), normal(1))
    }

    #[test]
    fn gradients_are_the_measured_slopes() {
        for cell in CELLS {
            let mut rng = Rng::new(5, Stream::Weights);
            let network = Recurrence::drawn(cell, 2, 4, &mut rng);
            let network = network.remembering(1.0);
            let (xs, y) = sequences(&mut rng);
            let formula = network.gradient(&xs, &y).parts().concat();
            let loss = |at: usize, by: f64| {
                let mut moved = network.clone();
                for p in moved.parts().into_iter().flatten().skip(at).take(1) {
                    *p += by;
                }
                Loss::Mse.value(&moved.output(&xs), &y)
            };
            let slope = |at| (loss(at, 1e-5) - loss(at, -1e-5)) / 2e-5;
            let measured: Vec<f64> =
                (0..network.parameter_count()).map(slope).collect();
            let error = relative_error(&formula, &measured);
            assert!(error < 1e-8, "{cell:?}: {error:e}");
        }
    }

    #[test]
    fn a_carousel_hands_the_error_on_as_it_is() {
        let mut rng = Rng::new(6, Stream::Weights);
        let network = Recurrence::drawn(Cell::Carousel, 2, 4, &mut rng);
        let (xs, _) = sequences(&mut rng);
        let (last, moments) = network.states(network.nothing(3), &xs);
        let sent = network.sent_back(&moments, last.clone());
        assert!(sent.iter().all(|d| *d == last));
    }

    #[test]
    fn a_linear_recurrence_is_affine_in_the_whole_sequence() {
        let mut rng = Rng::new(7, Stream::Weights);
        let cell = Cell::Recurrent(Activation::Identity);
        let network = Recurrence::drawn(cell, 2, 4, &mut rng);
        let (one, _) = sequences(&mut rng);
        let (two, _) = sequences(&mut rng);
        let half = |(a, b): (&Array2<f64>, &Array2<f64>)| 0.5 * (a + b);
        let middle: Vec<_> = one.iter().zip(&two).map(half).collect();
        let mean = half((&network.output(&one), &network.output(&two)));
        let apart = network.output(&middle) - mean;
        assert!(apart.iter().all(|gap| gap.abs() < 1e-14));
    }
}
