//! A training step that allocates nothing: trace and gradient of a batch in
//! memory that is kept from step to step.
//!
//! At the book's sizes a step takes a microsecond or two, and asking for fresh
//! memory two dozen times would take longer than the arithmetic. Read
//! `network.rs` first; the chapter is `backpropagation`.

use crate::layer::{row_major, row_major_mut};
use crate::{Dataset, Dense, Gradient, Loss, Network, OptimizerState, Trace};
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
#[derive(Clone, Debug)]
pub struct Workspace {
    trace: Trace,
    y: Array2<f64>,
    gradient: Gradient,
}

impl Workspace {
    /// Memory for batches of so many `rows`.
    ///
    /// ```
    /// # use slope::*;
    /// # let (net, ..) = fixture();
    /// let work = Workspace::new(&net, 32); // for batches of 32
    /// ```
    pub fn new(network: &Network, rows: usize) -> Self {
        let mut trace = Trace::zeros(network, rows);
        trace.z.clear(); // z is over when δ begins: they share their memory
        Workspace {
            trace,
            y: Array2::zeros((rows, 0)),
            gradient: Gradient::zeros(network, rows),
        }
    }

    /// One update on these rows of the data.
    ///
    /// Another number of rows than last time, or a network of other shapes,
    /// needs other memory, which is asked for.
    ///
    /// # Panics
    /// If a row does not exist, or network, data, loss and the number of
    /// parameters in `state` do not fit together.
    ///
    /// ```
    /// # use slope::*;
    /// # let (mut net, ..) = fixture();
    /// let (xor, mut state) = (data::xor(), Optimizer::sgd(0.1).start(13));
    /// let mut work = Workspace::new(&net, 4);
    /// let before = Loss::Mse.value(&net.output(&xor.x), &xor.y);
    /// work.update(&mut net, Loss::Mse, &xor, &[0, 1, 2, 3], &mut state);
    /// assert!(Loss::Mse.value(&net.output(&xor.x), &xor.y) < before);
    /// ```
    pub fn update(
        &mut self,
        network: &mut Network,
        loss: Loss,
        data: &Dataset,
        rows: &[usize],
        state: &mut OptimizerState,
    ) {
        self.forward(network, data, rows.iter().copied());
        self.check(loss);
        let (found, wanted) =
            (state.parameter_count(), network.parameter_count());
        assert_eq!(found, wanted, "parameters of the state, of the network");
        self.backward(network, loss, state);
    }

    fn check(&self, loss: Loss) {
        let checked = loss.check(self.trace.output(), &self.y);
        checked.unwrap_or_else(|error| panic!("{error}"));
    }

    /// Copies these rows of the data in and passes them forward: for
    /// [`Workspace::loss`] without an update.
    ///
    /// # Panics
    /// If a row does not exist, or network and data do not fit together.
    ///
    /// ```
    /// # use slope::*;
    /// # let (net, ..) = fixture();
    /// let (xor, mut work) = (data::xor(), Workspace::new(&net, 4));
    /// work.forward(&net, &xor, 0..4);
    /// let loss = Loss::Mse.value(&net.output(&xor.x), &xor.y);
    /// assert_eq!(work.loss(Loss::Mse), loss);
    /// ```
    pub fn forward(
        &mut self,
        network: &Network,
        data: &Dataset,
        rows: impl ExactSizeIterator<Item = usize> + Clone,
    ) {
        let (inputs, columns) = (network.inputs(), data.x.ncols());
        assert_eq!(columns, inputs, "columns of x: one per input");
        if !self.trace.fits(network, rows.len()) {
            *self = Self::new(network, rows.len());
        }
        if self.y.dim() != (rows.len(), data.y.ncols()) {
            self.y = Array2::zeros((rows.len(), data.y.ncols()));
        }
        copy_rows(&mut self.trace.a[0], &data.x, rows.clone());
        copy_rows(&mut self.y, &data.y, rows);
        let Trace { a, slope, .. } = &mut self.trace;
        network.forward_into(&mut self.gradient.delta, a, slope);
    }

    /// The loss of the batch that was passed forward last; after an update, its
    /// loss just before it.
    ///
    /// # Panics
    /// If there was none, or its targets are not those of this loss.
    ///
    /// ```
    /// # use slope::*;
    /// # let (mut net, ..) = fixture();
    /// let (xor, mut state) = (data::xor(), Optimizer::sgd(0.1).start(13));
    /// let before = Loss::Mse.value(&net.output(&xor.x), &xor.y);
    /// let mut work = Workspace::new(&net, 4);
    /// work.update(&mut net, Loss::Mse, &xor, &[0, 1, 2, 3], &mut state);
    /// assert_eq!(work.loss(Loss::Mse), before);
    /// ```
    pub fn loss(&self, loss: Loss) -> f64 {
        self.check(loss);
        self.mean_loss(loss)
    }

    /// That loss, of targets that were checked before.
    pub(crate) fn mean_loss(&self, loss: Loss) -> f64 {
        let (rows, width) = self.trace.output().dim();
        self.add_loss(loss, 0.0) / loss.terms(rows, width)
    }

    /// The same, not yet divided by the number of terms, added to `sum`.
    pub(crate) fn add_loss(&self, loss: Loss, sum: f64) -> f64 {
        loss.add(sum, self.trace.output(), &self.y)
    }

    /// Passes the batch back and takes a step along its gradient.
    pub(crate) fn backward(
        &mut self,
        network: &mut Network,
        loss: Loss,
        state: &mut OptimizerState,
    ) {
        let d_output = self.gradient.d_output();
        loss.write_gradient(d_output, self.trace.output(), &self.y);
        network.backward_into(&mut self.gradient, &self.trace, false);
        network.dense_layers_mut().for_each(Dense::make_row_major);
        let layers = network.dense_layers_mut().zip(&self.gradient.layers);
        state.step(layers.flat_map(|(p, g)| {
            let b = p.b.as_slice_mut().zip(g.b.as_slice());
            let w = (row_major_mut(&mut p.w), row_major(&g.w));
            [w, b.expect("biases lie side by side")]
        }));
    }
}

fn copy_rows(
    to: &mut Array2<f64>,
    from: &Array2<f64>,
    rows: impl Iterator<Item = usize>,
) {
    let (n, width) = from.dim();
    let source = from.as_slice();
    let to = row_major_mut(to).chunks_exact_mut(width);
    for (to, row) in to.zip(rows) {
        assert!(row < n, "row {row} of a data set of {n} rows");
        let Some(from) = source else {
            // a layout of the caller's own
            to.iter_mut().zip(from.row(row)).for_each(|(to, x)| *to = *x);
            continue;
        };
        match (to, &from[row * width..][..width]) {
            ([to], [x]) => *to = *x, // without a call for so little
            ([to, next], [x, y]) => (*to, *next) = (*x, *y),
            (to, from) => to.copy_from_slice(from),
        }
    }
}
