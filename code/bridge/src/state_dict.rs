//! A dense network as PyTorch keeps it: the file of a `state_dict`, with
//! `0.weight` (out, in), `0.bias` (out), `2.weight` and so on.
//!
//! ```
//! use bridge::state_dict;
//! use slope::{Activation, Init, Network, rng::{Rng, Stream}};
//! let mut rng = Rng::new(1, Stream::Weights);
//! let net =
//!     Network::dense(&[2, 3, 1], Activation::Tanh, Init::HeNormal, &mut rng);
//! let file = state_dict::bytes(&net)?; // 0.weight, 0.bias, 2.weight, 2.bias
//! assert_eq!(state_dict::network(&file, Activation::Tanh)?, net);
//! # Ok::<(), state_dict::StateDictError>(())
//! ```

use ndarray::{Array1, Array2};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use slope::{Activation, Dense, Layer, Network, ShapeError};

use crate::first::Tensors;

/// Why a file is not a network, or a network not a file.
#[derive(Debug, thiserror::Error)]
pub enum StateDictError {
    /// A residual block has no place among `0`, `2`, `4`.
    #[error(
        "the network has a residual block: expected dense layers alone, as \
         nn.Sequential has them"
    )]
    Residual,
    /// The bytes are no safetensors file.
    #[error("not a safetensors file: {0}")]
    File(#[from] safetensors::SafeTensorError),
    /// A tensor is missing, or none is expected there.
    #[error(
        "found the tensors {found}: expected {expected}, as of \
         nn.Sequential(Linear, activation, Linear, …)"
    )]
    Names {
        /// What the file has.
        found: String,
        /// What would fit so many tensors.
        expected: String,
    },
    /// The numbers are of another kind.
    #[error(
        "{name} holds {found}: expected F64, or F32, which is read exactly; \
         convert with `{{k: v.double() for k, v in state.items()}}`"
    )]
    Kind {
        /// The tensor.
        name: String,
        /// The kind of its numbers.
        found: String,
    },
    /// A weight is no matrix, or a bias no row.
    #[error("{name} has the shape {found:?}: expected {expected} dimensions")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// How many there should be.
        expected: usize,
    },
    /// The layers do not fit together, or a number is not finite.
    #[error(transparent)]
    Network(#[from] ShapeError),
}

/// The file of a network's weights and biases, in 64 bits. Which activation it
/// has is not in it.
///
/// # Errors
/// If the network has a residual block.
pub fn bytes(network: &Network) -> Result<Vec<u8>, StateDictError> {
    let is_dense = |layer: &Layer| matches!(layer, Layer::Dense(_));
    if !network.layers().iter().all(is_dense) {
        return Err(StateDictError::Residual);
    }
    let mut tensors = Tensors::default();
    tensors.put_network("", network);
    Ok(tensors.to_bytes())
}

/// The network of a file, with this activation behind every layer but the last.
///
/// # Errors
/// If the bytes are no such file, if its names, kinds of numbers or shapes are
/// not those of a dense network, or a number is not finite.
pub fn network(
    bytes: &[u8],
    activation: Activation,
) -> Result<Network, StateDictError> {
    let file = SafeTensors::deserialize(bytes)?;
    let layers = file.len().div_ceil(2).max(1);
    let mut expected: Vec<String> = (0..layers)
        .flat_map(|l| [format!("{}.weight", 2 * l), format!("{}.bias", 2 * l)])
        .collect();
    let mut found: Vec<String> =
        file.names().into_iter().map(Into::into).collect();
    expected.sort();
    found.sort();
    if found != expected {
        let (found, expected) = (found.join(", "), expected.join(", "));
        return Err(StateDictError::Names { found, expected });
    }
    let layers = (0..layers).map(|l| {
        let w = format!("{}.weight", 2 * l);
        let (shape, w) = numbers(&w, 2, &file.tensor(&w)?)?;
        let w = Array2::from_shape_vec((shape[0], shape[1]), w);
        let b = format!("{}.bias", 2 * l);
        let (_, b) = numbers(&b, 1, &file.tensor(&b)?)?;
        let f = if l + 1 == layers { Activation::Identity } else { activation };
        let w = w.expect("a file's tensors are as long as their shapes");
        Ok(Layer::Dense(Dense::new(w, Array1::from(b), f)?))
    });
    let layers: Result<_, StateDictError> = layers.collect();
    Ok(Network::new(layers?)?)
}

/// The shape and the numbers of a tensor of so many dimensions.
fn numbers(
    name: &str,
    dimensions: usize,
    tensor: &TensorView,
) -> Result<(Vec<usize>, Vec<f64>), StateDictError> {
    let shape = tensor.shape().to_vec();
    if shape.len() != dimensions {
        let (name, found) = (name.into(), shape);
        let expected = dimensions;
        return Err(StateDictError::Shape { name, found, expected });
    }
    let data = tensor.data();
    let values = match tensor.dtype() {
        Dtype::F64 => data
            .as_chunks()
            .0
            .iter()
            .map(|bytes| f64::from_le_bytes(*bytes))
            .collect(),
        Dtype::F32 => data
            .as_chunks()
            .0
            .iter()
            .map(|bytes| f64::from(f32::from_le_bytes(*bytes)))
            .collect(),
        kind => {
            let (name, found) = (name.into(), format!("{kind:?}"));
            return Err(StateDictError::Kind { name, found });
        }
    };
    Ok((shape, values))
}
