//! Networks: layers one after the other. The forward pass keeps a trace, the
//! backward pass reads it from the end, and `collapse` asks whether the whole
//! was ever more than one affine map.
//!
//! See the chapters `backpropagation` and `collapse`.

use crate::{
    Activation, Dense, DenseGradient, Init, Layer, Loss, ShapeError, product,
};
use exact::rng::Rng;
use ndarray::{Array1, Array2};

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
    /// Room for the trace of a batch of so many rows.
    pub(crate) fn zeros(network: &Network, rows: usize) -> Self {
        let outputs = || network.layer_outputs(rows);
        let x = Array2::zeros((rows, network.inputs()));
        Trace {
            a: [x].into_iter().chain(outputs()).collect(),
            z: outputs().collect(),
            slope: outputs().map(|zeros| zeros + 1.0).collect(),
        }
    }

    /// Whether it has the shapes of this network and so many rows, whose z may
    /// be missing.
    pub(crate) fn fits(&self, network: &Network, rows: usize) -> bool {
        let outputs = || network.dense_layers().map(|l| (rows, l.b.len()));
        let inputs = [(rows, network.inputs())];
        let dims = |part: &[Array2<f64>],
                    wanted: &mut dyn Iterator<Item = _>| {
            part.iter().map(Array2::dim).eq(wanted)
        };
        dims(&self.a, &mut inputs.into_iter().chain(outputs()))
            && dims(&self.slope, &mut outputs())
    }

    /// The network's output: (batch, out).
    ///
    /// # Panics
    /// If `a` was emptied.
    ///
    /// ```
    /// # use slope::*;
    /// # let (net, ..) = fixture();
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
    /// The errors δ = dL/dz of each dense layer: (batch, out).
    pub delta: Vec<Array2<f64>>,
    /// dL/dx: (batch, in).
    pub x: Array2<f64>,
    /// dL/d(x + s·g(x)), while the way back leads through g.
    d_sum: Vec<f64>,
}

impl Gradient {
    /// Room for the gradient of a batch of so many rows.
    pub(crate) fn zeros(network: &Network, rows: usize) -> Self {
        Gradient {
            layers: network.dense_layers().map(DenseGradient::zeros).collect(),
            delta: network.layer_outputs(rows).collect(),
            x: Array2::zeros((rows, network.inputs())),
            d_sum: vec![],
        }
    }

    /// Where dL/d output is put before the way back begins.
    pub(crate) fn d_output(&mut self) -> &mut Array2<f64> {
        self.delta.last_mut().expect("a network has a layer")
    }

    /// dL/dw of every parameter, in the order of [`Network::parameters`].
    ///
    /// ```
    /// # use slope::*;
    /// # let (net, ..) = fixture();
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
        let network = Network { layers };
        network.check()?;
        Ok(network)
    }

    /// Whether the layers fit together.
    fn check(&self) -> Result<(), ShapeError> {
        ensure!(!self.layers.is_empty(), "a network without layers");
        let mut width = None; // of what comes out of the layer before
        for (layer, l) in self.layers.iter().zip(1..) {
            ensure!(
                !layer.dense().is_empty(),
                "layer {l} is a residual block without layers"
            );
            let (ins, outs) = (layer.inputs(), layer.outputs());
            if let Layer::Residual { scale, .. } = layer {
                ensure!(
                    ins == outs && scale.is_finite(),
                    "layer {l} is a residual block from {ins} to {outs}: \
                     expected equal widths and a finite scale"
                );
            }
            for dense in layer.dense() {
                let ins = dense.w.ncols();
                let before = width.replace(dense.w.nrows()).unwrap_or(ins);
                ensure!(
                    before == ins,
                    "layer {l} takes {ins} inputs, but {before} come out of \
                     the layer before"
                );
                ensure!(
                    dense.w.nrows() == dense.b.len(),
                    "layer {l} has {} rows of weights and {} biases",
                    dense.w.nrows(),
                    dense.b.len()
                );
            }
        }
        Ok(())
    }

    /// Hidden layers with one activation and an affine output. `sizes` are the
    /// widths from input to output.
    ///
    /// # Panics
    /// If `sizes` has fewer than two entries or one of them is zero; or where
    /// [`Dense::init`] does.
    ///
    /// ```
    /// use slope::{Activation, Init, Network, rng::{Rng, Stream}};
    /// let (f, mut rng) = (Activation::Tanh, Rng::new(1, Stream::Weights));
    /// let net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
    /// let activations = net.dense_layers().map(|layer| layer.activation);
    /// assert!(activations.eq([f, Activation::Identity]));
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
    /// b), then an affine output: `blocks` + 1 hidden layers.
    ///
    /// `sizes` are (inputs, width, outputs).
    ///
    /// # Panics
    /// If one of the sizes is zero, or `scale` is not finite; or where
    /// [`Dense::init`] does.
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
        assert!(scale.is_finite(), "scale {scale}: expected a finite number");
        let mut net =
            Self::dense(&[inputs, width, outputs], activation, init, rng);
        let blocks = (0..blocks).map(|_| {
            let inner = Dense::init(width, width, activation, init, rng);
            Layer::Residual { scale, layers: vec![inner] }
        });
        net.layers.splice(1..1, blocks);
        net
    }

    /// The layers, first to last.
    ///
    /// ```
    /// # use slope::*;
    /// # let (net, ..) = fixture();
    /// assert_eq!(net.layers().len(), 2);
    /// ```
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Every dense layer in order, those inside residual blocks included.
    ///
    /// ```
    /// # use slope::*;
    /// # let (net, ..) = fixture();
    /// let shapes: Vec<_> = net.dense_layers().map(|layer| layer.w.dim()).collect();
    /// assert_eq!(shapes, [(3, 2), (1, 3)]);
    /// ```
    pub fn dense_layers(&self) -> impl Iterator<Item = &Dense> {
        self.layers.iter().flat_map(Layer::dense)
    }

    /// The same, to be changed. Keep the shapes: if a layer no longer fits its
    /// neighbours, the next forward or backward pass panics.
    ///
    /// ```
    /// # use slope::*;
    /// # let (mut net, ..) = fixture();
    /// net.dense_layers_mut().for_each(|layer| layer.w.fill(0.0));
    /// assert_eq!(net.parameters(), [0.0; 13]);
    /// ```
    pub fn dense_layers_mut(&mut self) -> impl Iterator<Item = &mut Dense> {
        self.layers.iter_mut().flat_map(Layer::dense_mut)
    }

    /// The number of columns of x.
    ///
    /// ```
    /// # use slope::*;
    /// # let (net, ..) = fixture();
    /// assert_eq!(net.inputs(), 2);
    /// ```
    pub fn inputs(&self) -> usize {
        self.layers[0].inputs()
    }

    /// The number of columns of the output.
    ///
    /// ```
    /// # use slope::*;
    /// # let (net, ..) = fixture();
    /// assert_eq!(net.outputs(), 1);
    /// ```
    pub fn outputs(&self) -> usize {
        self.layers[self.layers.len() - 1].outputs()
    }

    /// The number of weights and biases.
    ///
    /// ```
    /// # use slope::*;
    /// # let (net, ..) = fixture();
    /// assert_eq!(net.parameter_count(), (2 + 1) * 3 + (3 + 1) * 1);
    /// ```
    pub fn parameter_count(&self) -> usize {
        self.dense_layers().map(|dense| dense.w.len() + dense.b.len()).sum()
    }

    /// Draws every bias from N(0, `std`²).
    ///
    /// # Panics
    /// If one is not finite, as with a `std` that is not.
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
            let finite = dense.b.iter().all(|b| b.is_finite());
            assert!(finite, "std {std} drew a bias that is not finite");
        }
    }

    /// All parameters in one row: for each dense layer the weights row by row,
    /// then the biases.
    ///
    /// ```
    /// # use slope::*;
    /// # let (net, ..) = fixture();
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
        let (found, wanted) = (values.len(), self.parameter_count());
        ensure!(
            found == wanted,
            "{found} values for a network of {wanted} parameters"
        );
        let bad = values.iter().position(|p| !p.is_finite());
        ensure!(
            bad.is_none(),
            "parameter {} of {wanted} is not finite",
            bad.unwrap_or(0)
        );
        let mut values = values.iter();
        for dense in self.dense_layers_mut() {
            let parameters = dense.w.iter_mut().chain(&mut dense.b);
            parameters.zip(&mut values).for_each(|(p, value)| *p = *value);
        }
        Ok(())
    }

    /// The output of a batch: (batch, out).
    ///
    /// # Panics
    /// If `x` does not have [`Network::inputs`] columns.
    ///
    /// ```
    /// # use slope::*;
    /// # let (net, ..) = fixture();
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
    /// # use slope::*;
    /// # let (net, ..) = fixture();
    /// let trace = net.forward(&data::xor().x);
    /// assert_eq!((trace.a.len(), trace.z.len(), trace.slope.len()), (3, 2, 2));
    /// ```
    pub fn forward(&self, x: &Array2<f64>) -> Trace {
        self.check().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(x.ncols(), self.inputs(), "columns of x: one per input");
        let mut trace = Trace::zeros(self, x.nrows());
        trace.a[0].assign(x);
        self.forward_into(&mut trace.z, &mut trace.a, &mut trace.slope);
        trace
    }

    // ANCHOR: way-forward
    /// Fills in a trace whose `a[0]` is there.
    pub(crate) fn forward_into(
        &self,
        z: &mut [Array2<f64>],
        a: &mut [Array2<f64>],
        slope: &mut [Array2<f64>],
    ) {
        let mut l = 0;
        for layer in &self.layers {
            let start = l;
            for dense in layer.dense() {
                let (x, a) = a.split_at_mut(l + 1);
                dense.forward(&x[l], &mut z[l], &mut a[0], &mut slope[l]);
                l += 1;
            }
            if let Layer::Residual { scale, .. } = layer {
                let (x, a) = a.split_at_mut(l);
                // x + s·g(x)
                a[0].zip_mut_with(&x[start], |a, x| *a = x + *a * scale);
            }
        }
    }
    // ANCHOR_END: way-forward

    /// The backward pass: from dL/d output, (batch, out), to every slope. The
    /// trace is that of these parameters; after a step they need another.
    ///
    /// # Panics
    /// If a shape in the trace, or that of dL/d output, is not the one that
    /// this network gives to so many rows.
    ///
    /// ```
    /// # use slope::*;
    /// # let (net, ..) = fixture();
    /// let trace = net.forward(&data::xor().x);
    /// let gradient = net.backward(&trace, &ndarray::Array2::ones((4, 1)));
    /// // The output is affine in its own bias, once for each of four examples.
    /// assert_eq!(gradient.layers[1].b[0], 4.0);
    /// ```
    pub fn backward(&self, trace: &Trace, d_output: &Array2<f64>) -> Gradient {
        self.check().unwrap_or_else(|error| panic!("{error}"));
        let rows = trace.output().nrows();
        let shape = (rows, self.outputs());
        assert_eq!(d_output.dim(), shape, "dL/d output: the output's shape");
        assert!(trace.fits(self, rows), "a trace with this network's shapes");
        let mut gradient = Gradient::zeros(self, d_output.nrows());
        gradient.d_output().assign(d_output);
        self.backward_into(&mut gradient, trace, true);
        gradient
    }

    // ANCHOR: way-back
    /// Fills in a gradient whose last δ holds dL/d output; `x` only if it is
    /// wanted.
    pub(crate) fn backward_into(
        &self,
        gradient: &mut Gradient,
        trace: &Trace,
        wants_x: bool,
    ) {
        let Gradient { layers, delta, x, d_sum } = gradient;
        let mut x = Some(x).filter(|_| wants_x);
        let mut l = layers.len();
        for layer in self.layers.iter().rev() {
            layer.fork(&mut delta[l - 1], d_sum);
            for dense in layer.dense().iter().rev() {
                l -= 1;
                let (before, delta) = delta.split_at_mut(l);
                let (a, slope) = (&trace.a[l], &trace.slope[l]);
                let d_x = before.last_mut().or(x.as_deref_mut());
                dense.backward(a, slope, &mut delta[0], &mut layers[l], d_x);
            }
            layer.join(delta[..l].last_mut().or(x.as_deref_mut()), d_sum);
        }
    }
    // ANCHOR_END: way-back

    /// The loss of a batch and its gradient.
    ///
    /// # Panics
    /// If `x`, `y` and the network do not fit together.
    ///
    /// ```
    /// # use slope::*;
    /// # let (net, ..) = fixture();
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

    /// A matrix (rows, out) for each dense layer.
    fn layer_outputs(&self, rows: usize) -> impl Iterator<Item = Array2<f64>> {
        self.dense_layers().map(move |l| Array2::zeros((rows, l.b.len())))
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
// ANCHOR: affine
pub struct Affine {
    /// (out, in).
    pub w: Array2<f64>,
    /// (out).
    pub b: Array1<f64>,
}
// ANCHOR_END: affine

impl Affine {
    /// The output of a batch: x is (batch, in), the result (batch, out).
    ///
    /// # Panics
    /// If `x` does not have as many columns as `w`, or `b` not as many entries
    /// as `w` has rows.
    ///
    /// ```
    /// use ndarray::array;
    /// let map = slope::Affine { w: array![[2.0, 3.0]], b: array![1.0] };
    /// assert_eq!(map.output(&array![[0.0, 1.0]]), array![[4.0]]);
    /// ```
    // ANCHOR: affine-output
    pub fn output(&self, x: &Array2<f64>) -> Array2<f64> {
        product::affine(x, &self.w, &self.b) // z = x·Wᵀ + b
    }
    // ANCHOR_END: affine-output

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
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("layer {depth} bends: its activation is {activation}")]
pub struct Bend {
    /// Which dense layer, counted from 1.
    pub depth: usize,
    /// Its activation.
    pub activation: Activation,
}
