//! Layers: an affine map followed by an activation, and the residual block
//! that adds its input to its output.
//!
//! See the chapters `backpropagation` and `shortcuts`.

use crate::{Activation, Init, ShapeError, product};
use exact::rng::Rng;
use ndarray::{Array1, Array2};

/// A dense layer: a = f(W·x + b).
///
/// ```
/// use ndarray::array;
/// use slope::{Activation, Dense};
/// let layer = Dense::new(array![[2.0, 0.0]], array![1.0], Activation::Relu)?;
/// assert_eq!((layer.w.ncols(), layer.w.nrows()), (2, 1));
/// # Ok::<(), slope::ShapeError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
// ANCHOR: layer
pub struct Dense {
    /// Weights, one row per output unit: (out, in).
    pub w: Array2<f64>,
    /// Biases: (out).
    pub b: Array1<f64>,
    /// What each unit applies to its pre-activation.
    pub activation: Activation,
}
// ANCHOR_END: layer

/// dL/dW and dL/db of one dense layer, shaped like `w` and `b`.
///
/// ```
/// use slope::{Activation, Dense, Init, rng::{Rng, Stream}};
/// let mut rng = Rng::new(0, Stream::Weights);
/// let layer = Dense::init(2, 3, Activation::Tanh, Init::HeNormal, &mut rng);
/// let gradient = slope::DenseGradient::zeros(&layer);
/// assert_eq!(gradient.w.dim(), layer.w.dim());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DenseGradient {
    /// dL/dW: (out, in).
    pub w: Array2<f64>,
    /// dL/db: (out).
    pub b: Array1<f64>,
}

impl DenseGradient {
    /// No slope in any direction.
    ///
    /// ```
    /// use ndarray::array;
    /// use slope::{Activation, Dense, DenseGradient};
    /// let layer = Dense::new(array![[2.0]], array![1.0], Activation::Relu)?;
    /// assert_eq!(DenseGradient::zeros(&layer).w, array![[0.0]]);
    /// # Ok::<(), slope::ShapeError>(())
    /// ```
    pub fn zeros(layer: &Dense) -> Self {
        DenseGradient {
            w: Array2::zeros(layer.w.dim()),
            b: Array1::zeros(layer.b.len()),
        }
    }
}

impl Dense {
    /// A layer with these parameters.
    ///
    /// # Errors
    /// If `w` and `b` disagree on the number of units, a dimension is zero, or
    /// a parameter, of the layer or of its activation, is not finite.
    ///
    /// ```
    /// use ndarray::array;
    /// use slope::{Activation, Dense};
    /// let wrong = Dense::new(array![[1.0]], array![1.0, 2.0], Activation::Relu);
    /// assert!(wrong.unwrap_err().to_string().contains("2 biases"));
    /// ```
    pub fn new(
        w: Array2<f64>,
        b: Array1<f64>,
        activation: Activation,
    ) -> Result<Self, ShapeError> {
        let ((rows, columns), units) = (w.dim(), b.len());
        ensure!(
            rows == units && !w.is_empty(),
            "a dense layer with {rows} × {columns} weights and {units} biases: \
             expected one bias for each row, and no dimension of zero"
        );
        ensure!(
            w.iter().chain(&b).all(|p| p.is_finite()),
            "a dense layer with {rows} × {columns} weights has a parameter that \
             is not finite"
        );
        ensure!(
            activation.parameter().is_none_or(f64::is_finite),
            "the activation {activation}: expected a finite parameter"
        );
        let mut dense = Dense { w, b, activation };
        dense.make_row_major();
        Ok(dense)
    }

    /// Lays the parameters out row by row, whatever the caller did.
    pub(crate) fn make_row_major(&mut self) {
        if self.w.as_slice().is_none() || self.b.as_slice().is_none() {
            self.w = self.w.as_standard_layout().into_owned();
            self.b = self.b.as_standard_layout().into_owned();
        }
    }

    /// A fresh layer, its weights and biases from `init`.
    ///
    /// # Panics
    /// If a size is zero, or a parameter is not finite.
    ///
    /// ```
    /// use slope::{Activation, Dense, Init, rng::{Rng, Stream}};
    /// let mut rng = Rng::new(0, Stream::Weights);
    /// let layer = Dense::init(2, 3, Activation::Tanh, Init::HeNormal, &mut rng);
    /// assert_eq!(layer.w.dim(), (3, 2));
    /// ```
    pub fn init(
        inputs: usize,
        outputs: usize,
        activation: Activation,
        init: Init,
        rng: &mut Rng,
    ) -> Self {
        let w = init.weights(outputs, inputs, rng);
        let b = init.biases(outputs, inputs, rng);
        Self::new(w, b, activation).unwrap_or_else(|error| panic!("{error}"))
    }

    // ANCHOR: forward
    /// The forward pass of a batch: from x, which is (batch, in), to z, f(z)
    /// and the slope f′(z), each (batch, out). The identity leaves `slope` as
    /// it is: at ones.
    pub(crate) fn forward(
        &self,
        x: &Array2<f64>,
        z: &mut Array2<f64>,
        a: &mut Array2<f64>,
        slope: &mut Array2<f64>,
    ) {
        product::affine_into(z, x, &self.w, &self.b); // z = x·Wᵀ + b
        let (a, slope) = (row_major_mut(a), row_major_mut(slope));
        self.activation.apply(row_major(z), a, slope); // f(z) and f'(z)
    }
    // ANCHOR_END: forward

    // ANCHOR: backward
    /// The backward pass. `delta` holds dL/da, and then dL/dz; of it and of the
    /// input x come the layer's gradient and, where it is wanted, dL/dx.
    pub(crate) fn backward(
        &self,
        x: &Array2<f64>,
        slope: &Array2<f64>,
        delta: &mut Array2<f64>,
        gradient: &mut DenseGradient,
        d_x: Option<&mut Array2<f64>>,
    ) {
        if !self.activation.is_identity() {
            product::multiply(delta, slope); // δ = dL/dz = dL/da · f'(z)
        }
        product::at_b_into(&mut gradient.w, delta, x); // dL/dW = δᵀ·x
        product::column_sums_into(&mut gradient.b, delta); // dL/db = Σ δ
        if let Some(d_x) = d_x {
            product::a_b_into(d_x, delta, &self.w); // dL/dx = δ·W
        }
    }
    // ANCHOR_END: backward
}

/// The numbers of a matrix that the crate itself laid out.
pub(crate) fn row_major(a: &Array2<f64>) -> &[f64] {
    a.as_slice().expect("row-major")
}

pub(crate) fn row_major_mut(a: &mut Array2<f64>) -> &mut [f64] {
    a.as_slice_mut().expect("row-major")
}

/// One step of a network.
///
/// ```
/// use slope::{Activation, Dense, Init, Layer, rng::{Rng, Stream}};
/// let mut rng = Rng::new(0, Stream::Weights);
/// let inner = Dense::init(4, 4, Activation::Tanh, Init::HeNormal, &mut rng);
/// let block = Layer::Residual { scale: 0.5, layers: vec![inner] };
/// assert_eq!((block.inputs(), block.outputs()), (4, 4));
/// ```
#[derive(Clone, Debug, PartialEq)]
// ANCHOR: block
pub enum Layer {
    /// a = f(W·x + b).
    Dense(Dense),
    /// x + s·g(x), where g is a chain of dense layers (K. He and others,
    /// 2016). Nothing is applied after the sum. The chapter `shortcuts`.
    Residual {
        /// The factor s on the branch.
        scale: f64,
        /// The branch g, first layer first.
        layers: Vec<Dense>,
    },
}
// ANCHOR_END: block

impl Layer {
    // ANCHOR: shortcut
    /// The way back through a block begins: keeps dL/d(x + s·g), and makes of
    /// it dL/dg, for the branch.
    pub(crate) fn fork(&self, delta: &mut Array2<f64>, d_sum: &mut Vec<f64>) {
        if let Layer::Residual { scale, .. } = self {
            d_sum.clear();
            d_sum.extend_from_slice(&product::row_major(delta));
            *delta *= *scale; // dL/dg = s · dL/d(x + s·g)
        }
    }

    /// It ends: beside what the branch gives, all that was kept arrives.
    pub(crate) fn join(&self, d_x: Option<&mut Array2<f64>>, d_sum: &[f64]) {
        if let (Layer::Residual { .. }, Some(d_x)) = (self, d_x) {
            // dL/dx = dL/d(x + s·g) · (1 + s·g')
            d_x.iter_mut().zip(d_sum).for_each(|(d, sum)| *d += sum);
        }
    }
    // ANCHOR_END: shortcut

    /// The dense layers inside, in order.
    ///
    /// ```
    /// # use slope::{Activation, Dense, Layer};
    /// # use ndarray::array;
    /// # let dense = Dense::new(array![[2., 3.]], array![1.], Activation::Relu)?;
    /// let mut layer = Layer::Dense(dense);
    /// assert_eq!(layer.dense().len(), 1);
    /// # Ok::<(), slope::ShapeError>(())
    /// ```
    pub fn dense(&self) -> &[Dense] {
        match self {
            Layer::Dense(dense) => std::slice::from_ref(dense),
            Layer::Residual { layers, .. } => layers,
        }
    }

    /// The dense layers inside, in order, to be changed.
    ///
    /// ```
    /// # use slope::{Activation, Dense, Layer};
    /// # use ndarray::array;
    /// # let dense = Dense::new(array![[2., 3.]], array![1.], Activation::Relu)?;
    /// let mut layer = Layer::Dense(dense);
    /// layer.dense_mut()[0].b[0] = 7.0;
    /// assert_eq!(layer.dense()[0].b[0], 7.0);
    /// # Ok::<(), slope::ShapeError>(())
    /// ```
    pub fn dense_mut(&mut self) -> &mut [Dense] {
        match self {
            Layer::Dense(dense) => std::slice::from_mut(dense),
            Layer::Residual { layers, .. } => layers,
        }
    }

    /// The number of columns it takes in; 0 if there is no dense layer inside.
    ///
    /// ```
    /// # use slope::{Activation, Dense, Layer};
    /// # use ndarray::array;
    /// # let dense = Dense::new(array![[2., 3.]], array![1.], Activation::Relu)?;
    /// let mut layer = Layer::Dense(dense);
    /// assert_eq!(layer.inputs(), 2);
    /// # Ok::<(), slope::ShapeError>(())
    /// ```
    pub fn inputs(&self) -> usize {
        self.dense().first().map_or(0, |dense| dense.w.ncols())
    }

    /// The number of columns it gives out; 0 if there is no dense layer inside.
    ///
    /// ```
    /// # use slope::{Activation, Dense, Layer};
    /// # use ndarray::array;
    /// # let dense = Dense::new(array![[2., 3.]], array![1.], Activation::Relu)?;
    /// let mut layer = Layer::Dense(dense);
    /// assert_eq!(layer.outputs(), 1);
    /// # Ok::<(), slope::ShapeError>(())
    /// ```
    pub fn outputs(&self) -> usize {
        self.dense().last().map_or(0, |dense| dense.w.nrows())
    }
}
