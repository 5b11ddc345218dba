//! The neural network of *Linear All the Way Down*, small enough to read in
//! one sitting.
//!
//! Read the modules in this order: a unit bends its input ([`activation`]), a
//! number says how wrong the output is ([`loss`]), weights start somewhere
//! ([`init`]), units stand side by side ([`layer`]) and one after the other
//! ([`network`]) that may fold into one ([`collapse`]), a rule makes use of the
//! gradient ([`optimizer`]), and epochs of batches train ([`training`]) on
//! examples ([`data`], [`csv`]). [`workspace`] is the same training step
//! without asking for memory, and [`name`] reads what people call things.
//!
//! The arithmetic below it, with the same bits on every machine, is the crate
//! `exact`: [`product`], [`transcendental`] and [`rng`]. The instruments, from
//! the best affine map to the gradient check, are the crate `probe`.
//!
//! Names are the book's: `x`, `z`, `a`, `w`, `b`, `lr`, `epoch`. A batch is
//! `x` of shape (batch, in); weights are (out, in), so z = x·Wᵀ + b.
//!
//! ```
//! use slope::rng::{Rng, Stream};
//! use slope::*;
//!
//! let data = data::moons(200, 0.1, &mut Rng::new(1, Stream::Data));
//! let mut network = Network::dense(
//!     &[2, 16, 16, 1],
//!     Activation::Identity,
//!     Init::XavierUniform,
//!     &mut Rng::new(1, Stream::Weights),
//! );
//! let training = Training {
//!     loss: Loss::BceLogits,
//!     optimizer: Optimizer::sgd(0.1),
//!     batch: Batch::Full,
//!     epochs: 200,
//!     shuffle: Shuffle::Never,
//! };
//! let mut order = Rng::new(1, Stream::Order);
//! let history = training.run(&mut network, &data, &mut order)?;
//!
//! // Slope one everywhere: however deep, one affine map, with its floor.
//! assert_eq!(network.collapse()?.parameter_count(), 3);
//! let floor = probe::linear_floor(Loss::BceLogits, &data)?;
//! assert!(history.epochs[200] >= floor.loss);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

/// Returns a [`ShapeError`] that says what is wrong, unless the condition
/// holds.
macro_rules! ensure {
    ($holds:expr, $($what:tt)*) => {
        if !$holds {
            return Err(crate::ShapeError(format!($($what)*)).into());
        }
    };
}
pub mod activation;
pub mod loss;

pub mod init;
pub mod layer;
pub mod network;

pub mod collapse;

pub mod optimizer;
pub mod training;

pub mod data;

pub mod name;

pub mod csv;

pub mod workspace;

pub use exact::{decimal, product, rng, transcendental};
/// The crate of the matrices, in the version that this one takes.
pub use ndarray;

pub use activation::Activation;
pub use collapse::collapsed;
pub use data::Dataset;
pub use init::Init;
pub use layer::{Dense, DenseGradient, Layer};
pub use loss::Loss;
pub use name::NameError;
pub use network::{Affine, Bend, Gradient, Network, Trace};
pub use optimizer::{Optimizer, OptimizerError, OptimizerState};
pub use training::{
    Batch, Diverged, History, Progress, Run, Shuffle, Training, TrainingError,
};

pub use workspace::Workspace;

/// Shapes or numbers that do not fit together; the text states them.
///
/// ```
/// let error = slope::Network::new(vec![]).unwrap_err();
/// assert_eq!(error.to_string(), "a network without layers");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ShapeError(pub(crate) String);

/// What the examples of these pages begin with: a network with two inputs, and
/// how it is trained.
///
/// ```
/// let (mut net, training, mut order) = slope::fixture();
/// let history = training.run(&mut net, &slope::data::xor(), &mut order)?;
/// assert_eq!(history.updates.len(), 6);
/// # Ok::<(), slope::TrainingError>(())
/// ```
#[doc(hidden)]
pub fn fixture() -> (Network, Training, rng::Rng) {
    let mut rng = rng::Rng::new(1, rng::Stream::Weights);
    let (f, init) = (Activation::Tanh, Init::HeNormal);
    let training = Training {
        loss: Loss::Mse,
        optimizer: Optimizer::sgd(0.1),
        batch: Batch::Size(2),
        epochs: 3,
        shuffle: Shuffle::Never,
    };
    let order = rng::Rng::new(1, rng::Stream::Order);
    (Network::dense(&[2, 3, 1], f, init, &mut rng), training, order)
}
