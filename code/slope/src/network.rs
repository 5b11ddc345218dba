//! Networks: layers one after the other. The forward pass keeps a trace, the
//! backward pass reads it from the end, and `collapse` asks whether the whole
//! was ever more than one affine map.
//!
//! See the chapters `backpropagation` and `collapse`.

use crate::rng::Rng;
use crate::{
    Activation, Dense, DenseGradient, Init, Layer, Loss, ShapeError, product,
};
use ndarray::{Array1, Array2};
use std::fmt;

/// A feed-forward network.
///
/// ```
/// use ndarray::array;
/// use slope::{Activation, Init, Network, rng::{Rng, Stream}};
/// let mut rng = Rng::new(1, Stream::Weights);
/// let network = Network::dense(
///     &[2, 16, 16, 1], Activation::Tanh, Init::XavierUniform, &mut rng,
/// );
/// assert_eq!(network.parameter_count(), 337);
/// assert_eq!(network.output(&array![[0.0, 0.0]]), array![[0.0]]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    layers: Vec<Layer>,
}

/// What a forward pass wrote down. The dense layers are counted through, those
/// inside residual blocks included.
///
/// ```
/// use ndarray::array;
/// use slope::{Activation, Dense, Layer, Network};
/// let half = Dense::new(array![[0.5]], array![0.0], Activation::Identity)?;
/// let network = Network::new(vec![Layer::Dense(half)])?;
/// let trace = network.forward(&array![[3.0]]);
/// assert_eq!((&trace.a[0], trace.output()), (&array![[3.0]], &array![[1.5]]));
/// # Ok::<(), slope::ShapeError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// `a[l]` is the input of dense layer l, so `a[0]` is x; the last entry is
    /// the network's output. Each (batch, width).
    pub a: Vec<Array2<f64>>,
    /// The pre-activations of each dense layer: (batch, out).
    pub z: Vec<Array2<f64>>,
    /// f′(z) of each dense layer: (batch, out).
    pub slope: Vec<Array2<f64>>,
}

impl Trace {
    /// The network's output: (batch, out).
    ///
    /// ```
    /// # use slope::{rng::{Rng, Stream}, *};
    /// # let mut rng = Rng::new(1, Stream::Weights);
    /// # let f = Activation::Tanh;
    /// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
    /// let trace = net.forward(&data::xor().x);
    /// assert_eq!(trace.output(), &net.output(&data::xor().x));
    /// ```
    pub fn output(&self) -> &Array2<f64> {
        &self.a[self.a.len() - 1]
    }
}

/// The slope of the loss in every parameter and in every input.
///
/// ```
/// use ndarray::array;
/// use slope::{Activation, Dense, Layer, Loss, Network};
/// let double = Dense::new(array![[2.0]], array![0.0], Activation::Identity)?;
/// let network = Network::new(vec![Layer::Dense(double)])?;
/// let (loss, gradient) =
///     network.loss_and_gradient(Loss::Mse, &array![[3.0]], &array![[5.0]]);
/// assert_eq!(loss, 1.0); // (2·3 − 5)²
/// assert_eq!(gradient.layers[0].w, array![[6.0]]); // 2·(2·3 − 5)·3
/// assert_eq!(gradient.x, array![[4.0]]); // 2·(2·3 − 5)·2
/// # Ok::<(), slope::ShapeError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient {
    /// One entry per dense layer, in order.
    pub layers: Vec<DenseGradient>,
    /// dL/dx: (batch, in).
    pub x: Array2<f64>,
}

impl Gradient {
    /// dL/dw of every parameter, in the order of [`Network::parameters`].
    ///
    /// ```
    /// # use slope::{rng::{Rng, Stream}, *};
    /// # let mut rng = Rng::new(1, Stream::Weights);
    /// # let f = Activation::Tanh;
    /// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
    /// let xor = data::xor();
    /// let (_, gradient) = net.loss_and_gradient(Loss::Mse, &xor.x, &xor.y);
    /// assert_eq!(gradient.parameters().len(), net.parameter_count());
    /// ```
    pub fn parameters(&self) -> Vec<f64> {
        self.layers
            .iter()
            .flat_map(|layer| layer.w.iter().chain(&layer.b).copied())
            .collect()
    }
}

impl Network {
    /// A network of these layers.
    ///
    /// # Errors
    /// If there are none, if one layer's outputs are not the next one's
    /// inputs, or if a residual block changes the width.
    ///
    /// ```
    /// assert!(slope::Network::new(vec![]).is_err());
    /// ```
    pub fn new(mut layers: Vec<Layer>) -> Result<Self, ShapeError> {
        for dense in layers.iter_mut().flat_map(Layer::dense_mut) {
            *dense = Dense::new(
                std::mem::take(&mut dense.w),
                std::mem::take(&mut dense.b),
                dense.activation,
            )?;
        }
        let mut width = None;
        for (l, layer) in layers.iter().enumerate() {
            if layer.dense().is_empty() {
                return Err(ShapeError(format!(
                    "layer {} is a residual block without layers",
                    l + 1
                )));
            }
            if let Layer::Residual { scale, .. } = layer
                && (layer.inputs() != layer.outputs() || !scale.is_finite())
            {
                return Err(ShapeError(format!(
                    "layer {} is a residual block from {} to {} with scale \
                     {scale}: expected equal widths and a finite scale",
                    l + 1,
                    layer.inputs(),
                    layer.outputs()
                )));
            }
            for dense in layer.dense() {
                let (outputs, inputs) = dense.w.dim();
                if width.is_some_and(|width| width != inputs) {
                    return Err(ShapeError(format!(
                        "layer {} takes {inputs} inputs, but {} come out of \
                         the layer before",
                        l + 1,
                        width.unwrap_or(0)
                    )));
                }
                width = Some(outputs);
            }
        }
        match width {
            Some(_) => Ok(Network { layers }),
            None => Err(ShapeError("a network without layers".to_string())),
        }
    }

    /// Hidden layers with one activation and an affine output; biases zero.
    /// `sizes` are the widths from input to output.
    ///
    /// # Panics
    /// If `sizes` has fewer than two entries or one of them is zero.
    ///
    /// ```
    /// # use slope::{rng::{Rng, Stream}, *};
    /// # let mut rng = Rng::new(1, Stream::Weights);
    /// # let f = Activation::Tanh;
    /// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
    /// assert_eq!(net.dense_layers().last().unwrap().activation, Activation::Identity);
    /// ```
    pub fn dense(
        sizes: &[usize],
        activation: Activation,
        init: Init,
        rng: &mut Rng,
    ) -> Self {
        assert!(
            sizes.len() >= 2 && !sizes.contains(&0),
            "sizes {sizes:?}: expected an input and an output, none zero"
        );
        let last = sizes.len() - 2;
        let layers = sizes.windows(2).enumerate().map(|(l, size)| {
            let f = if l == last { Activation::Identity } else { activation };
            Layer::Dense(Dense::init(size[0], size[1], f, init, rng))
        });
        Network { layers: layers.collect() }
    }

    /// A dense layer into `width`, then `blocks` residual blocks h + s·f(W·h +
    /// b), then an affine output: `blocks` + 1 hidden layers. Biases zero.
    ///
    /// `sizes` are (inputs, width, outputs).
    ///
    /// # Panics
    /// If one of the sizes is zero.
    ///
    /// ```
    /// use slope::{Activation, Init, Network, rng::{Rng, Stream}};
    /// let mut rng = Rng::new(1, Stream::Weights);
    /// let network = Network::residual(
    ///     (2, 16, 1), 49, 0.1, Activation::Tanh, Init::XavierNormal, &mut rng,
    /// );
    /// assert_eq!(network.dense_layers().count(), 51);
    /// ```
    pub fn residual(
        sizes: (usize, usize, usize),
        blocks: usize,
        scale: f64,
        activation: Activation,
        init: Init,
        rng: &mut Rng,
    ) -> Self {
        let (inputs, width, outputs) = sizes;
        let mut net =
            Self::dense(&[inputs, width, outputs], activation, init, rng);
        let blocks = (0..blocks).map(|_| {
            let inner = Dense::init(width, width, activation, init, rng);
            Layer::Residual { scale, layers: vec![inner] }
        });
        let blocks: Vec<_> = blocks.collect();
        net.layers.splice(1..1, blocks);
        net
    }

    /// The layers, first to last.
    ///
    /// ```
    /// # use slope::{rng::{Rng, Stream}, *};
    /// # let mut rng = Rng::new(1, Stream::Weights);
    /// # let f = Activation::Tanh;
    /// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
    /// assert_eq!(net.layers().len(), 2);
    /// ```
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Every dense layer in order, those inside residual blocks included.
    ///
    /// ```
    /// # use slope::{rng::{Rng, Stream}, *};
    /// # let mut rng = Rng::new(1, Stream::Weights);
    /// # let f = Activation::Tanh;
    /// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
    /// let shapes: Vec<_> = net.dense_layers().map(|layer| layer.w.dim()).collect();
    /// assert_eq!(shapes, [(3, 2), (1, 3)]);
    /// ```
    pub fn dense_layers(&self) -> impl Iterator<Item = &Dense> {
        self.layers.iter().flat_map(Layer::dense)
    }

    /// The same, to be changed. Keep the shapes: a layer that no longer fits
    /// its neighbours makes the next forward pass panic.
    ///
    /// ```
    /// # use slope::{rng::{Rng, Stream}, *};
    /// # let mut rng = Rng::new(1, Stream::Weights);
    /// # let f = Activation::Tanh;
    /// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
    /// net.dense_layers_mut().for_each(|layer| layer.w.fill(0.0));
    /// assert_eq!(net.parameters(), [0.0; 13]);
    /// ```
    pub fn dense_layers_mut(&mut self) -> impl Iterator<Item = &mut Dense> {
        self.layers.iter_mut().flat_map(Layer::dense_mut)
    }

    /// The number of columns of x.
    ///
    /// ```
    /// # use slope::{rng::{Rng, Stream}, *};
    /// # let mut rng = Rng::new(1, Stream::Weights);
    /// # let f = Activation::Tanh;
    /// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
    /// assert_eq!(net.inputs(), 2);
    /// ```
    pub fn inputs(&self) -> usize {
        self.layers[0].inputs()
    }

    /// The number of columns of the output.
    ///
    /// ```
    /// # use slope::{rng::{Rng, Stream}, *};
    /// # let mut rng = Rng::new(1, Stream::Weights);
    /// # let f = Activation::Tanh;
    /// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
    /// assert_eq!(net.outputs(), 1);
    /// ```
    pub fn outputs(&self) -> usize {
        self.layers[self.layers.len() - 1].outputs()
    }

    /// The number of weights and biases.
    ///
    /// ```
    /// # use slope::{rng::{Rng, Stream}, *};
    /// # let mut rng = Rng::new(1, Stream::Weights);
    /// # let f = Activation::Tanh;
    /// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
    /// assert_eq!(net.parameter_count(), (2 + 1) * 3 + (3 + 1) * 1);
    /// ```
    pub fn parameter_count(&self) -> usize {
        self.dense_layers().map(|dense| dense.w.len() + dense.b.len()).sum()
    }

    /// Draws every bias from N(0, `std`²).
    ///
    /// ```
    /// use slope::{Activation, Init, Network, rng::{Rng, Stream}};
    /// let mut rng = Rng::new(1, Stream::Weights);
    /// let mut network =
    ///     Network::dense(&[2, 3], Activation::Relu, Init::HeNormal, &mut rng);
    /// network.randomise_biases(0.1, &mut rng);
    /// assert!(network.dense_layers().all(|layer| layer.b[0] != 0.0));
    /// ```
    pub fn randomise_biases(&mut self, std: f64, rng: &mut Rng) {
        for dense in self.dense_layers_mut() {
            dense.b.mapv_inplace(|_| std * rng.normal());
        }
    }

    /// All parameters in one row: for each dense layer the weights row by row,
    /// then the biases.
    ///
    /// ```
    /// # use slope::{rng::{Rng, Stream}, *};
    /// # let mut rng = Rng::new(1, Stream::Weights);
    /// # let f = Activation::Tanh;
    /// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
    /// assert_eq!(net.parameters()[6..9], [0.0; 3]); // the biases of layer 1
    /// ```
    pub fn parameters(&self) -> Vec<f64> {
        self.dense_layers()
            .flat_map(|dense| dense.w.iter().chain(&dense.b).copied())
            .collect()
    }

    /// Puts back what [`Network::parameters`] gave out.
    ///
    /// # Errors
    /// If there are too many or too few, or one is not finite; the network
    /// is then left as it was.
    ///
    /// ```
    /// use slope::{Activation, Init, Network, rng::{Rng, Stream}};
    /// let mut rng = Rng::new(1, Stream::Weights);
    /// let mut network =
    ///     Network::dense(&[1, 1], Activation::Relu, Init::HeNormal, &mut rng);
    /// network.set_parameters(&[2.0, 3.0])?;
    /// assert_eq!(network.parameters(), [2.0, 3.0]);
    /// assert!(network.set_parameters(&[f64::NAN, 3.0]).is_err());
    /// # Ok::<(), slope::ShapeError>(())
    /// ```
    pub fn set_parameters(&mut self, values: &[f64]) -> Result<(), ShapeError> {
        if values.len() != self.parameter_count() {
            return Err(ShapeError(format!(
                "{} values for a network of {} parameters",
                values.len(),
                self.parameter_count()
            )));
        }
        if let Some(at) = values.iter().position(|p| !p.is_finite()) {
            return Err(ShapeError(format!(
                "parameter {at} is {}, which is not finite",
                values[at]
            )));
        }
        let mut values = values.iter();
        for dense in self.dense_layers_mut() {
            for (p, value) in
                dense.w.iter_mut().chain(&mut dense.b).zip(&mut values)
            {
                *p = *value;
            }
        }
        Ok(())
    }

    /// The output of a batch: (batch, out).
    ///
    /// # Panics
    /// If `x` does not have [`Network::inputs`] columns.
    ///
    /// ```
    /// # use slope::{rng::{Rng, Stream}, *};
    /// # let mut rng = Rng::new(1, Stream::Weights);
    /// # let f = Activation::Tanh;
    /// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
    /// assert_eq!(net.output(&data::xor().x).dim(), (4, 1));
    /// ```
    pub fn output(&self, x: &Array2<f64>) -> Array2<f64> {
        self.forward(x).a.pop().unwrap_or_default()
    }

    /// The forward pass: x is (batch, in).
    ///
    /// # Panics
    /// If `x` does not have [`Network::inputs`] columns.
    ///
    /// ```
    /// # use slope::{rng::{Rng, Stream}, *};
    /// # let mut rng = Rng::new(1, Stream::Weights);
    /// # let f = Activation::Tanh;
    /// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
    /// let trace = net.forward(&data::xor().x);
    /// assert_eq!((trace.a.len(), trace.z.len(), trace.slope.len()), (3, 2, 2));
    /// ```
    pub fn forward(&self, x: &Array2<f64>) -> Trace {
        let mut t = Trace { a: vec![x.clone()], z: vec![], slope: vec![] };
        for layer in &self.layers {
            let start = t.a.len() - 1;
            for dense in layer.dense() {
                let (z, a, slope) = dense.forward(t.output());
                t.z.push(z);
                t.a.push(a);
                t.slope.push(slope);
            }
            if let Layer::Residual { scale, .. } = layer {
                let end = t.a.len() - 1;
                t.a[end] = &t.a[start] + &t.a[end] * *scale; // x + s·g(x)
            }
        }
        t
    }

    /// The backward pass: from dL/d output, (batch, out), to every slope.
    ///
    /// # Panics
    /// If the trace is not one of this network, or the shapes differ.
    ///
    /// ```
    /// # use slope::{rng::{Rng, Stream}, *};
    /// # let mut rng = Rng::new(1, Stream::Weights);
    /// # let f = Activation::Tanh;
    /// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
    /// let trace = net.forward(&data::xor().x);
    /// let gradient = net.backward(&trace, &ndarray::Array2::ones((4, 1)));
    /// // The output is affine in its own bias, once for each of four examples.
    /// assert_eq!(gradient.layers[1].b[0], 4.0);
    /// ```
    pub fn backward(&self, trace: &Trace, d_output: &Array2<f64>) -> Gradient {
        assert_eq!(
            d_output.dim(),
            trace.output().dim(),
            "dL/d output must have the shape of the output"
        );
        let mut gradients = vec![];
        let mut d = d_output.clone(); // dL/da of the layer at hand
        let mut l = trace.z.len();
        for layer in self.layers.iter().rev() {
            let d_sum = d.clone();
            if let Layer::Residual { scale, .. } = layer {
                d = &d * *scale; // dL/dg = s · dL/d(x + s·g)
            }
            for dense in layer.dense().iter().rev() {
                l -= 1;
                let (gradient, d_x) =
                    dense.backward(&trace.a[l], &trace.slope[l], &d);
                gradients.push(gradient);
                d = d_x;
            }
            if let Layer::Residual { .. } = layer {
                d = d_sum + d; // dL/dx = dL/d(x + s·g) · (1 + s·g')
            }
        }
        gradients.reverse();
        Gradient { layers: gradients, x: d }
    }

    /// The loss of a batch and its gradient.
    ///
    /// # Panics
    /// If `x`, `y` and the network do not fit together.
    ///
    /// ```
    /// # use slope::{rng::{Rng, Stream}, *};
    /// # let mut rng = Rng::new(1, Stream::Weights);
    /// # let f = Activation::Tanh;
    /// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
    /// let xor = data::xor();
    /// let (loss, gradient) = net.loss_and_gradient(Loss::Mse, &xor.x, &xor.y);
    /// assert_eq!(loss, Loss::Mse.value(&net.output(&xor.x), &xor.y));
    /// assert_eq!(gradient.x.dim(), xor.x.dim());
    /// ```
    pub fn loss_and_gradient(
        &self,
        loss: Loss,
        x: &Array2<f64>,
        y: &Array2<f64>,
    ) -> (f64, Gradient) {
        let trace = self.forward(x);
        let value = loss.value(trace.output(), y);
        let d_output = loss.gradient(trace.output(), y);
        (value, self.backward(&trace, &d_output))
    }

    /// The Jacobian d output/d x at one input: (out, in). For an identity
    /// network it is the product of its matrices, at every x.
    ///
    /// # Panics
    /// If `x` does not have [`Network::inputs`] entries.
    ///
    /// ```
    /// use ndarray::array;
    /// use slope::{Activation, Init, Network, rng::{Rng, Stream}};
    /// let mut rng = Rng::new(1, Stream::Weights);
    /// let f = Activation::Identity;
    /// let net = Network::dense(&[2, 4, 3], f, Init::HeNormal, &mut rng);
    /// let here = net.jacobian(&array![1.0, 2.0]);
    /// assert_eq!(here, net.jacobian(&array![-7.0, 0.0]));
    /// ```
    pub fn jacobian(&self, x: &Array1<f64>) -> Array2<f64> {
        // One copy of x per output: row i of the batch asks for output i.
        let out = self.outputs();
        let x = x.broadcast((out, x.len())).expect("a row repeats").to_owned();
        self.backward(&self.forward(&x), &Array2::eye(out)).x
    }
}

/// One affine map x ↦ W·x + b.
///
/// ```
/// use ndarray::array;
/// let map = slope::Affine { w: array![[2.0, 3.0]], b: array![1.0] };
/// assert_eq!(map.output(&array![[1.0, 1.0]]), array![[6.0]]);
/// assert_eq!(map.parameter_count(), 3);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Affine {
    /// (out, in).
    pub w: Array2<f64>,
    /// (out).
    pub b: Array1<f64>,
}

impl Affine {
    /// The output of a batch: x is (batch, in), the result (batch, out).
    ///
    /// # Panics
    /// If `x` does not have as many columns as `w`.
    ///
    /// ```
    /// use ndarray::array;
    /// let map = slope::Affine { w: array![[2.0, 3.0]], b: array![1.0] };
    /// assert_eq!(map.output(&array![[0.0, 1.0]]), array![[4.0]]);
    /// ```
    pub fn output(&self, x: &Array2<f64>) -> Array2<f64> {
        product::affine(x, &self.w, &self.b)
    }

    /// The number of weights and biases.
    ///
    /// ```
    /// use ndarray::array;
    /// let map = slope::Affine { w: array![[2.0, 3.0]], b: array![1.0] };
    /// assert_eq!(map.parameter_count(), 3);
    /// ```
    pub fn parameter_count(&self) -> usize {
        self.w.len() + self.b.len()
    }
}

impl Network {
    /// The one affine map this network is, if no layer bends: see
    /// [`collapsed`](crate::collapsed).
    ///
    /// # Errors
    /// If a layer bends: says which is the first.
    ///
    /// ```
    /// # use slope::{rng::{Rng, Stream}, *};
    /// let mut rng = Rng::new(1, Stream::Weights);
    /// let f = Activation::Identity;
    /// let net = Network::dense(&[2, 9, 9, 1], f, Init::HeNormal, &mut rng);
    /// assert_eq!((net.parameter_count(), net.collapse()?.parameter_count()), (127, 3));
    /// # Ok::<(), Bend>(())
    /// ```
    pub fn collapse(&self) -> Result<Affine, Bend> {
        crate::collapsed(self)
    }
}

/// Why a network does not collapse: the first dense layer whose slope is not
/// one everywhere.
///
/// ```
/// use slope::{Activation, Init, Network, rng::{Rng, Stream}};
/// let mut rng = Rng::new(1, Stream::Weights);
/// let net =
///     Network::dense(&[2, 4, 3], Activation::Tanh, Init::HeNormal, &mut rng);
/// let bend = net.collapse().unwrap_err();
/// assert_eq!(bend.to_string(), "layer 1 bends: its activation is tanh");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bend {
    /// Which dense layer, counted from 1.
    pub depth: usize,
    /// Its activation.
    pub activation: Activation,
}

impl fmt::Display for Bend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Bend { depth, activation } = self;
        write!(f, "layer {depth} bends: its activation is {activation}")
    }
}

impl std::error::Error for Bend {}
