//! A training step that allocates nothing: what [`Network::forward`] and
//! [`Network::backward`] do, into memory that is kept from step to step.
//!
//! At the book's sizes a step takes a microsecond or two, and asking for fresh
//! memory two dozen times would take longer than the arithmetic. The bits are
//! those of the plain passes: `tests/training.rs` compares whole runs. Read
//! `network.rs` first; the chapter is `backpropagation`.

use crate::data::Dataset;
use crate::tile::{self, Strided, widest};
use crate::{Dense, DenseGradient, Layer, Loss, Network, OptimizerState};
use ndarray::Array2;

/// The trace, the errors and the gradient of one batch, for a training loop of
/// one's own; [`crate::Training`] has one inside.
///
/// ```
/// use slope::{data, Activation, Init, Loss, Network, Optimizer, Workspace};
/// use slope::rng::{Rng, Stream};
/// let (xor, f) = (data::xor(), Activation::Tanh);
/// let mut rng = Rng::new(1, Stream::Weights);
/// let mut net = Network::dense(&[2, 8, 1], f, Init::XavierUniform, &mut rng);
/// let mut state = Optimizer::sgd(0.5).start(net.parameter_count());
/// let mut work = Workspace::new(&net, 2);
/// for _ in 0..2000 {
///     work.update(&mut net, Loss::BceLogits, &xor, &[0, 3], &mut state);
///     work.update(&mut net, Loss::BceLogits, &xor, &[1, 2], &mut state);
/// }
/// assert_eq!(Loss::BceLogits.accuracy(&net.output(&xor.x), &xor.y), 1.0);
/// ```
pub struct Workspace {
    rows: usize,
    a: Vec<Vec<f64>>, // input of each dense layer, then the output
    slope: Vec<Vec<f64>>, // f'(z) of each dense layer
    y: Vec<f64>,
    d: Vec<f64>,      // dL/da of the layer at hand
    d_next: Vec<f64>, // of the layer before
    d_sum: Vec<f64>,  // of the sum that ends a residual block
    gradient: Vec<DenseGradient>,
    panel: Vec<f64>,
}

impl Workspace {
    /// Memory for batches of up to so many `rows`.
    ///
    /// ```
    /// # use slope::{rng::{Rng, Stream}, *};
    /// # let mut rng = Rng::new(1, Stream::Weights);
    /// # let f = Activation::Tanh;
    /// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
    /// let work = Workspace::new(&net, 32); // for batches of up to 32
    /// ```
    pub fn new(network: &Network, rows: usize) -> Self {
        let outs = network.dense_layers().map(|dense| dense.w.nrows());
        let widths: Vec<_> =
            [network.inputs()].into_iter().chain(outs).collect();
        let widest = widths.iter().copied().max().unwrap_or(0);
        let room = |width: &usize| Vec::with_capacity(rows * width);
        Workspace {
            rows: 0,
            a: widths.iter().map(room).collect(),
            slope: widths[1..].iter().map(room).collect(),
            y: room(&network.outputs()),
            d: room(&widest),
            d_next: room(&widest),
            d_sum: room(&widest),
            gradient: network
                .dense_layers()
                .map(DenseGradient::zeros)
                .collect(),
            panel: vec![],
        }
    }

    /// One update on these rows of the data; gives their loss before it.
    ///
    /// # Panics
    /// If network, data and rows do not fit together.
    ///
    /// ```
    /// # use slope::{rng::{Rng, Stream}, *};
    /// # let mut rng = Rng::new(1, Stream::Weights);
    /// # let f = Activation::Tanh;
    /// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
    /// let (xor, mut state) = (data::xor(), Optimizer::sgd(0.1).start(13));
    /// let mut work = Workspace::new(&net, 4);
    /// let before = work.update(&mut net, Loss::Mse, &xor, &[0, 1, 2, 3], &mut state);
    /// assert!(Loss::Mse.value(&net.output(&xor.x), &xor.y) < before);
    /// ```
    pub fn update(
        &mut self,
        network: &mut Network,
        loss: Loss,
        data: &Dataset,
        rows: &[usize],
        state: &mut OptimizerState,
    ) -> f64 {
        self.load(data, rows.iter().copied());
        self.forward(network);
        let value = self.loss(loss, network.outputs());
        self.backward(network, loss);
        self.step(network, state);
        value
    }

    /// Copies a batch in.
    pub(crate) fn load(
        &mut self,
        data: &Dataset,
        rows: impl ExactSizeIterator<Item = usize> + Clone,
    ) {
        self.rows = rows.len();
        copy_rows(&mut self.a[0], &data.x, rows.clone());
        copy_rows(&mut self.y, &data.y, rows);
    }

    /// See [`Network::forward`].
    pub(crate) fn forward(&mut self, network: &Network) {
        let mut l = 0;
        for layer in network.layers() {
            let start = l;
            for dense in layer.dense() {
                self.forward_dense(l, dense);
                l += 1;
            }
            if let Layer::Residual { scale, .. } = layer {
                let (before, after) = self.a.split_at_mut(l);
                for (a, x) in after[0].iter_mut().zip(&before[start]) {
                    *a = x + *a * scale; // x + s·g(x)
                }
            }
        }
    }

    fn forward_dense(&mut self, l: usize, dense: &Dense) {
        let (out, inputs) = dense.w.dim();
        let (x, z) = self.a.split_at_mut(l + 1);
        let (x, z) = (&x[l], &mut z[0]);
        z.resize(self.rows * out, 0.0);
        let b = dense.b.as_slice();
        let wt = Strided::transposed(entries(dense.w.as_slice()), inputs);
        let shape = (self.rows, inputs, out);
        let x = Strided::rows(x, inputs);
        tile::product(z, b, x, wt, shape, &mut self.panel);
        self.slope[l].resize(z.len(), 0.0);
        if !dense.activation.is_identity() {
            dense.activation.apply(z, &mut self.slope[l]); // z becomes a
        }
    }

    /// The loss of the batch after [`Workspace::forward`].
    pub(crate) fn loss(&self, loss: Loss, outputs: usize) -> f64 {
        self.add_loss(loss, 0.0, outputs) / loss.terms(self.rows, outputs)
    }

    /// The loss of the batch after [`Workspace::forward`], not yet divided by
    /// the number of terms, added to `sum`.
    pub(crate) fn add_loss(&self, loss: Loss, sum: f64, outputs: usize) -> f64 {
        loss.add(sum, self.output(), &self.y, outputs)
    }

    fn output(&self) -> &[f64] {
        &self.a[self.a.len() - 1]
    }

    /// See [`Network::backward`]; dL/dx is not needed and not formed.
    pub(crate) fn backward(&mut self, network: &Network, loss: Loss) {
        let output = &self.a[self.a.len() - 1];
        self.d.resize(output.len(), 0.0);
        loss.write_gradient(output, &self.y, network.outputs(), &mut self.d);
        let mut l = self.slope.len();
        for layer in network.layers().iter().rev() {
            if let Layer::Residual { scale, .. } = layer {
                self.d_sum.clear();
                self.d_sum.extend_from_slice(&self.d);
                self.d.iter_mut().for_each(|d| *d *= scale);
            }
            for dense in layer.dense().iter().rev() {
                l -= 1;
                self.backward_dense(l, dense);
            }
            if let Layer::Residual { .. } = layer {
                for (d, d_sum) in self.d.iter_mut().zip(&self.d_sum) {
                    *d += d_sum;
                }
            }
        }
    }

    fn backward_dense(&mut self, l: usize, dense: &Dense) {
        let (out, inputs) = dense.w.dim();
        let Workspace { d, d_next, slope, panel, .. } = self;
        if !dense.activation.is_identity() {
            let slope = &slope[l];
            widest(|| {
                for (d, slope) in d.iter_mut().zip(slope) {
                    *d *= slope; // dL/dz = dL/da · f'(z)
                }
            });
        }
        let DenseGradient { w, b } = &mut self.gradient[l];
        let (w, b) =
            (entries_mut(w.as_slice_mut()), entries_mut(b.as_slice_mut()));
        let delta_t = Strided::transposed(d, out);
        let x = Strided::rows(&self.a[l], inputs);
        let shape = (out, self.rows, inputs);
        tile::product(w, None, delta_t, x, shape, panel);
        tile::column_sums(b, d);
        if l > 0 {
            d_next.resize(self.rows * inputs, 0.0);
            let w = Strided::rows(entries(dense.w.as_slice()), inputs);
            let shape = (self.rows, out, inputs);
            let delta = Strided::rows(d, out);
            tile::product(d_next, None, delta, w, shape, panel);
            std::mem::swap(d, d_next);
        }
    }

    /// One step of the optimizer along the gradient.
    pub(crate) fn step(
        &self,
        network: &mut Network,
        state: &mut OptimizerState,
    ) {
        let layers = network.dense_layers_mut().zip(&self.gradient);
        state.step(layers.flat_map(|(p, g)| {
            [
                (entries_mut(p.w.as_slice_mut()), entries(g.w.as_slice())),
                (entries_mut(p.b.as_slice_mut()), entries(g.b.as_slice())),
            ]
        }));
    }
}

fn copy_rows(
    to: &mut Vec<f64>,
    from: &Array2<f64>,
    rows: impl Iterator<Item = usize>,
) {
    to.clear();
    let width = from.ncols();
    match from.as_slice() {
        Some(from) => rows.for_each(|row| {
            to.extend(from[row * width..][..width].iter().copied());
        }),
        None => rows.for_each(|row| to.extend(from.row(row))),
    }
}

fn entries(slice: Option<&[f64]>) -> &[f64] {
    slice.expect("parameters are row-major")
}

fn entries_mut(slice: Option<&mut [f64]>) -> &mut [f64] {
    slice.expect("parameters are row-major")
}
