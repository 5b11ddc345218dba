//! Initialisations: how large the first weights and biases are.
//!
//! See the chapter `products-of-slopes`.

use crate::product;
use exact::rng::Rng;
use ndarray::{Array1, Array2, Axis};

/// The distribution a layer's weights are first drawn from. Biases begin at 0,
/// save under [`Init::TorchLinear`].
///
/// ```
/// use slope::{Init, rng::{Rng, Stream}};
/// let w = Init::XavierUniform.weights(16, 2, &mut Rng::new(0, Stream::Weights));
/// assert!(w.iter().all(|w| w.abs() <= (6.0f64 / 18.0).sqrt()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// U(±√(6/(in + out))) (X. Glorot, Y. Bengio, 2010).
    XavierUniform,
    /// N(0, 2/(in + out)).
    XavierNormal,
    /// U(±√(6/in)) (K. He and others, 2015).
    HeUniform,
    /// N(0, 2/in).
    HeNormal,
    /// U(±√(3/in)) (Y. LeCun and others, *Efficient BackProp*, 1998).
    LecunUniform,
    /// N(0, 1/in).
    LecunNormal,
    /// U(±√(1/in)) for weights and biases, what PyTorch's `nn.Linear` starts
    /// from.
    TorchLinear,
    /// Orthonormal rows or columns, whichever are fewer, times `gain`
    /// (A. M. Saxe and others, 2013).
    Orthogonal {
        /// The singular value of every direction.
        gain: f64,
    },
    /// N(0, `std`²), whatever the shape.
    Normal {
        /// The standard deviation.
        std: f64,
    },
    /// All zeros: an exact saddle of a deep network.
    Zeros,
}

impl Init {
    /// Fresh weights of shape (out, in).
    ///
    /// # Panics
    /// If one is not finite, as with a `std` or a `gain` that is not.
    ///
    /// ```
    /// use slope::{Init, rng::{Rng, Stream}};
    /// let w = Init::Zeros.weights(3, 2, &mut Rng::new(0, Stream::Weights));
    /// assert_eq!(w.dim(), (3, 2));
    /// ```
    pub fn weights(
        self,
        outputs: usize,
        inputs: usize,
        rng: &mut Rng,
    ) -> Array2<f64> {
        // ANCHOR: first-weights
        let (fan_in, fan_out) = (inputs as f64, outputs as f64);
        // Half the range of a uniform distribution, or a standard deviation.
        let (uniform, width) = match self {
            Init::XavierUniform => (true, (6.0 / (fan_in + fan_out)).sqrt()),
            Init::HeUniform => (true, (6.0 / fan_in).sqrt()),
            Init::LecunUniform => (true, (3.0 / fan_in).sqrt()),
            Init::TorchLinear => (true, (1.0 / fan_in).sqrt()),
            Init::XavierNormal => (false, (2.0 / (fan_in + fan_out)).sqrt()),
            Init::HeNormal => (false, (2.0 / fan_in).sqrt()),
            Init::LecunNormal => (false, (1.0 / fan_in).sqrt()),
            Init::Normal { std } => (false, std),
            Init::Zeros => return Array2::zeros((outputs, inputs)),
            Init::Orthogonal { gain } => {
                return self.finite(orthogonal(outputs, inputs, rng) * gain);
            }
        };
        let draw = || match uniform {
            true => rng.uniform_in(-width, width),
            false => width * rng.normal(),
        };
        self.finite(Array2::from_shape_simple_fn((outputs, inputs), draw))
        // ANCHOR_END: first-weights
    }

    /// Fresh biases, one per output.
    ///
    /// ```
    /// use slope::{Init, rng::{Rng, Stream}};
    /// let mut rng = Rng::new(0, Stream::Weights);
    /// assert_eq!(Init::HeNormal.biases(2, 16, &mut rng).to_vec(), [0.0; 2]);
    /// let b = Init::TorchLinear.biases(2, 16, &mut rng);
    /// assert!(b.iter().all(|b| *b != 0.0 && b.abs() <= 0.25));
    /// ```
    pub fn biases(
        self,
        outputs: usize,
        inputs: usize,
        rng: &mut Rng,
    ) -> Array1<f64> {
        let width = (1.0 / inputs as f64).sqrt();
        match self {
            Init::TorchLinear => Array1::from_shape_simple_fn(outputs, || {
                rng.uniform_in(-width, width)
            }),
            _ => Array1::zeros(outputs),
        }
    }

    fn finite(self, w: Array2<f64>) -> Array2<f64> {
        let finite = w.iter().all(|w| w.is_finite());
        assert!(finite, "the initialisation drew a weight that is not finite");
        w
    }
}

/// Gaussian rows made orthonormal one after the other (Gram–Schmidt, twice,
/// which is enough for full precision: W. Kahan, reported by B. N. Parlett).
fn orthogonal(outputs: usize, inputs: usize, rng: &mut Rng) -> Array2<f64> {
    if outputs > inputs {
        let turned = orthogonal(inputs, outputs, rng).reversed_axes();
        return turned.as_standard_layout().into_owned();
    }
    let mut q = Init::Normal { std: 1.0 }.weights(outputs, inputs, rng);
    for i in 0..outputs {
        let (before, mut rest) = q.view_mut().split_at(Axis(0), i);
        let mut row = rest.row_mut(0);
        for _ in 0..2 {
            for earlier in before.rows() {
                let overlap = product::inner_rows(earlier, row.view());
                row.scaled_add(-overlap, &earlier);
            }
        }
        let length = product::inner_rows(row.view(), row.view()).sqrt();
        row.mapv_inplace(|w| w / length);
    }
    q
}
