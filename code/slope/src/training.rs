//! Training: epochs of batches of forward, loss, backward, step.
//!
//! See the chapter `epochs`.

use crate::data::Dataset;
use crate::rng::Rng;
use crate::workspace::Workspace;
use crate::{Loss, Network, Optimizer, OptimizerState, ShapeError};
use std::fmt;
use std::ops::ControlFlow;

/// How many examples one update sees.
///
/// ```
/// # use slope::{rng::{Rng, Stream}, *};
/// # let mut rng = Rng::new(1, Stream::Weights);
/// # let f = Activation::Tanh;
/// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
/// # let mut training = Training {
/// #     loss: Loss::Mse,
/// #     optimizer: Optimizer::sgd(0.1),
/// #     batch: Batch::Size(2),
/// #     epochs: 3,
/// #     shuffle: Shuffle::Never,
/// # };
/// # let mut order = Rng::new(1, Stream::Order);
/// training.batch = Batch::Full; // one update per epoch
/// let history = training.run(&mut net, &data::xor(), &mut order)?;
/// assert_eq!(history.updates.len(), 3);
/// # Ok::<(), TrainingError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// All of them: gradient descent proper.
    Full,
    /// This many; the last batch of an epoch may be smaller.
    Size(usize),
}

/// When the examples are put in a new order. A full batch has no order.
///
/// ```
/// # use slope::{rng::{Rng, Stream}, *};
/// # let mut rng = Rng::new(1, Stream::Weights);
/// # let f = Activation::Tanh;
/// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
/// # let mut training = Training {
/// #     loss: Loss::Mse,
/// #     optimizer: Optimizer::sgd(0.1),
/// #     batch: Batch::Size(2),
/// #     epochs: 3,
/// #     shuffle: Shuffle::Never,
/// # };
/// # let mut order = Rng::new(1, Stream::Order);
/// training.shuffle = Shuffle::EachEpoch;
/// training.run(&mut net, &data::xor(), &mut order)?;
/// // Three epochs have drawn from `order`.
/// assert_ne!(order.uniform(), Rng::new(1, Stream::Order).uniform());
/// # Ok::<(), TrainingError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shuffle {
    /// Before every epoch.
    EachEpoch,
    /// Before the first epoch only.
    Once,
    /// Never: the examples come as they lie in the data set.
    Never,
}

/// The settings of a training run.
///
/// ```
/// use slope::*;
/// use slope::rng::{Rng, Stream};
/// let data = data::moons(100, 0.1, &mut Rng::new(1, Stream::Data));
/// let mut network = Network::dense(
///     &[2, 8, 1], Activation::Tanh, Init::XavierUniform,
///     &mut Rng::new(1, Stream::Weights),
/// );
/// let training = Training {
///     loss: Loss::BceLogits,
///     optimizer: Optimizer::sgd(0.5),
///     batch: Batch::Size(10),
///     epochs: 20,
///     shuffle: Shuffle::EachEpoch,
/// };
/// let mut order = Rng::new(1, Stream::Order);
/// let history = training.run(&mut network, &data, &mut order)?;
/// assert_eq!(history.epochs.len(), 21); // before the first, then after each
/// assert_eq!(history.updates.len(), 200);
/// assert!(history.epochs[20] < 0.5 * history.epochs[0]);
/// # Ok::<(), TrainingError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    /// What is minimised.
    pub loss: Loss,
    /// How.
    pub optimizer: Optimizer,
    /// How many examples per update.
    pub batch: Batch,
    /// How often every example is seen.
    pub epochs: usize,
    /// In which order.
    pub shuffle: Shuffle,
}

/// The losses of a run, in the units of the loss.
///
/// ```
/// # use slope::{rng::{Rng, Stream}, *};
/// # let mut rng = Rng::new(1, Stream::Weights);
/// # let f = Activation::Tanh;
/// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
/// # let mut training = Training {
/// #     loss: Loss::Mse,
/// #     optimizer: Optimizer::sgd(0.1),
/// #     batch: Batch::Size(2),
/// #     epochs: 3,
/// #     shuffle: Shuffle::Never,
/// # };
/// # let mut order = Rng::new(1, Stream::Order);
/// let History { epochs, updates } =
///     training.run(&mut net, &data::xor(), &mut order)?;
/// assert_eq!((epochs.len(), updates.len()), (1 + 3, 2 * 3));
/// # Ok::<(), TrainingError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// Entry e is the loss of the whole training set after e epochs; entry 0
    /// is before the first update.
    pub epochs: Vec<f64>,
    /// Entry u is the loss of the batch of update u, just before it.
    pub updates: Vec<f64>,
}

impl History {
    /// An update that is not finite spoils all that follow.
    fn updates_are_finite(&self) -> bool {
        self.updates.last().is_none_or(|loss| loss.is_finite())
    }

    fn finite(mut self) -> Self {
        let good = self.updates.iter().take_while(|loss| loss.is_finite());
        self.updates.truncate(good.count());
        self
    }
}

/// Where a run stands, for whoever watches it.
///
/// ```
/// # use slope::{rng::{Rng, Stream}, *};
/// # let mut rng = Rng::new(1, Stream::Weights);
/// # let f = Activation::Tanh;
/// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
/// # let mut training = Training {
/// #     loss: Loss::Mse,
/// #     optimizer: Optimizer::sgd(0.1),
/// #     batch: Batch::Size(2),
/// #     epochs: 3,
/// #     shuffle: Shuffle::Never,
/// # };
/// # let mut order = Rng::new(1, Stream::Order);
/// use std::ops::ControlFlow;
/// training.run_watched(&mut net, &data::xor(), &mut order, |progress| {
///     let Progress { epoch, updates, .. } = progress;
///     assert_eq!(updates, 2 * epoch);
///     ControlFlow::Continue(())
/// })?;
/// # Ok::<(), TrainingError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// How many epochs are done; 0 before the first update.
    pub epoch: usize,
    /// How many updates are done.
    pub updates: usize,
    /// The loss of the whole training set.
    pub loss: f64,
    /// The network as it is now.
    pub network: &'a Network,
}

/// Why a run gave no result.
///
/// ```
/// # use slope::{rng::{Rng, Stream}, *};
/// # let mut rng = Rng::new(1, Stream::Weights);
/// # let f = Activation::Tanh;
/// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
/// # let mut training = Training {
/// #     loss: Loss::Mse,
/// #     optimizer: Optimizer::sgd(0.1),
/// #     batch: Batch::Size(2),
/// #     epochs: 3,
/// #     shuffle: Shuffle::Never,
/// # };
/// # let mut order = Rng::new(1, Stream::Order);
/// training.optimizer = Optimizer::sgd(1e300);
/// let error = training.run(&mut net, &data::xor(), &mut order).unwrap_err();
/// assert!(error.to_string().starts_with("training diverged in epoch 1"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum TrainingError {
    /// The loss stopped being a finite number during this epoch. The network
    /// is left as it was before the first update.
    Diverged {
        /// The epoch, counted from 1; 0 if the loss was not finite before the
        /// first update.
        epoch: usize,
        /// The losses up to there, all finite.
        history: History,
    },
    /// Network, data and loss do not fit together.
    Shape(ShapeError),
    /// A setting makes no sense; the text names it.
    Setting(String),
}

impl fmt::Display for TrainingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Diverged { epoch, .. } => write!(
                f,
                "training diverged in epoch {epoch}: the loss is no longer a \
                 finite number; try a smaller learning rate"
            ),
            Self::Shape(error) => write!(f, "{error}"),
            Self::Setting(text) => write!(f, "{text}"),
        }
    }
}

impl std::error::Error for TrainingError {}

impl From<ShapeError> for TrainingError {
    fn from(error: ShapeError) -> Self {
        Self::Shape(error)
    }
}

impl Training {
    /// Trains the network on the data; `order` shuffles.
    ///
    /// # Errors
    /// See [`TrainingError`].
    ///
    /// ```
    /// # use slope::{rng::{Rng, Stream}, *};
    /// # let mut rng = Rng::new(1, Stream::Weights);
    /// # let f = Activation::Tanh;
    /// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
    /// # let mut training = Training {
    /// #     loss: Loss::Mse,
    /// #     optimizer: Optimizer::sgd(0.1),
    /// #     batch: Batch::Size(2),
    /// #     epochs: 3,
    /// #     shuffle: Shuffle::Never,
    /// # };
    /// # let mut order = Rng::new(1, Stream::Order);
    /// let history = training.run(&mut net, &data::xor(), &mut order)?;
    /// assert!(history.epochs[3] < history.epochs[0]);
    /// # Ok::<(), TrainingError>(())
    /// ```
    pub fn run(
        &self,
        network: &mut Network,
        data: &Dataset,
        order: &mut Rng,
    ) -> Result<History, TrainingError> {
        let go_on = |_: Progress| ControlFlow::Continue(());
        self.run_watched(network, data, order, go_on)
    }

    /// The same, calling `watch` before the first update and after every
    /// epoch; `ControlFlow::Break(())` ends the run early and well.
    ///
    /// # Errors
    /// See [`TrainingError`].
    ///
    /// ```
    /// # use slope::{rng::{Rng, Stream}, *};
    /// # let mut rng = Rng::new(1, Stream::Weights);
    /// # let f = Activation::Tanh;
    /// # let mut net = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng);
    /// # let mut training = Training {
    /// #     loss: Loss::Mse,
    /// #     optimizer: Optimizer::sgd(0.1),
    /// #     batch: Batch::Size(2),
    /// #     epochs: 3,
    /// #     shuffle: Shuffle::Never,
    /// # };
    /// # let mut order = Rng::new(1, Stream::Order);
    /// use std::ops::ControlFlow;
    /// let history =
    ///     training.run_watched(&mut net, &data::xor(), &mut order, |progress| {
    ///         if progress.epoch == 1 {
    ///             return ControlFlow::Break(());
    ///         }
    ///         ControlFlow::Continue(())
    ///     })?;
    /// assert_eq!(history.epochs.len(), 2);
    /// # Ok::<(), TrainingError>(())
    /// ```
    pub fn run_watched(
        &self,
        network: &mut Network,
        data: &Dataset,
        order: &mut Rng,
        mut watch: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<History, TrainingError> {
        self.check(network, data)?;
        for dense in network.dense_layers_mut() {
            dense.make_row_major();
        }
        let before = network.clone();
        let mut run = Run::new(self, network, data);
        for epoch in 0..=self.epochs {
            if epoch > 0 {
                let turn = match self.shuffle {
                    Shuffle::EachEpoch => true,
                    Shuffle::Once => epoch == 1,
                    Shuffle::Never => false,
                };
                if turn && run.size < data.len() {
                    order.shuffle(&mut run.rows);
                }
                run.epoch(self, network, data);
            }
            let loss = run.evaluate(self, network, data);
            if !(loss.is_finite() && run.history.updates_are_finite()) {
                *network = before;
                let history = run.history.finite();
                return Err(TrainingError::Diverged { epoch, history });
            }
            run.history.epochs.push(loss);
            let updates = run.history.updates.len();
            let progress = Progress { epoch, updates, loss, network };
            if watch(progress).is_break() {
                break;
            }
        }
        Ok(run.history)
    }

    fn check(
        &self,
        network: &Network,
        data: &Dataset,
    ) -> Result<(), TrainingError> {
        self.optimizer.check().map_err(TrainingError::Setting)?;
        if self.batch == Batch::Size(0) {
            let text = "batch is 0: expected at least one example per update";
            return Err(TrainingError::Setting(text.to_string()));
        }
        if network.inputs() != data.x.ncols() {
            return Err(ShapeError(format!(
                "the network takes {} inputs, the data has {}",
                network.inputs(),
                data.x.ncols()
            ))
            .into());
        }
        let outputs = ndarray::Array2::zeros((data.len(), network.outputs()));
        Ok(self.loss.check(&outputs, &data.y)?)
    }
}

/// A run under way.
struct Run {
    work: Workspace,
    state: OptimizerState,
    rows: Vec<usize>,
    size: usize,
    history: History,
}

impl Run {
    fn new(training: &Training, network: &Network, data: &Dataset) -> Self {
        let size = match training.batch {
            Batch::Full => data.len(),
            Batch::Size(size) => size.min(data.len()),
        };
        let mut history = History::default();
        let updates = data.len().div_ceil(size) * training.epochs;
        history.updates.reserve(updates.min(1 << 20));
        Run {
            work: Workspace::new(network, size),
            state: training.optimizer.start(network.parameter_count()),
            rows: (0..data.len()).collect(),
            size,
            history,
        }
    }

    /// One update per batch.
    fn epoch(
        &mut self,
        training: &Training,
        network: &mut Network,
        data: &Dataset,
    ) {
        for batch in self.rows.chunks(self.size) {
            if self.size < data.len() {
                self.work.load(data, batch.iter().copied());
                self.work.forward(network);
            } // else the evaluation has been the forward pass
            let loss = self.work.loss(training.loss, network.outputs());
            self.work.backward(network, training.loss);
            self.work.step(network, &mut self.state);
            self.history.updates.push(loss);
        }
    }

    /// The loss of all examples, in the order of the data set.
    fn evaluate(
        &mut self,
        training: &Training,
        network: &Network,
        data: &Dataset,
    ) -> f64 {
        let (n, outputs) = (data.len(), network.outputs());
        let mut sum = 0.0;
        for from in (0..n).step_by(self.size) {
            let to = n.min(from + self.size);
            self.work.load(data, from..to);
            self.work.forward(network);
            sum = self.work.add_loss(training.loss, sum, outputs);
        }
        sum / training.loss.terms(n, outputs)
    }
}
