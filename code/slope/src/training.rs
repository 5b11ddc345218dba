//! Training: epochs of batches of forward, loss, backward, step.
//!
//! See the chapter `epochs`.

use crate::data::Dataset;
use crate::workspace::Workspace;
use crate::{
    Dense, Loss, Network, Optimizer, OptimizerError, OptimizerState, ShapeError,
};
use exact::rng::Rng;
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
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TrainingError {
    /// The loss stopped being a finite number during this epoch. Network and
    /// state are left as they were before the first update.
    #[error("{}", match *epoch {
        0 => "the loss is not a finite number before the first update: the \
              network's parameters or the inputs are too large, or not finite"
            .to_string(),
        _ => format!(
            "training diverged in epoch {epoch}: the loss is no longer a \
             finite number; try a smaller learning rate"
        ),
    })]
    Diverged {
        /// The epoch, counted from 1; 0 if the loss was not finite before the
        /// first update.
        epoch: usize,
        /// The losses up to there, all finite.
        history: History,
    },
    /// Network, data and loss do not fit together, or a number in the data is
    /// not finite.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A setting of the optimizer makes no sense.
    #[error(transparent)]
    Optimizer(#[from] OptimizerError),
    /// A batch of no examples.
    #[error("batch is 0: expected at least one example per update")]
    EmptyBatch,
    /// The state was begun for another optimizer, network or data set.
    #[error(
        "a state of {found}: expected one of {wanted}, as `start` makes it"
    )]
    State {
        /// What it was begun for.
        found: String,
        /// What is to be trained.
        wanted: String,
    },
}

/// What a run needs to go on where another has stopped: the optimizer's
/// memory, the order of the examples, and how many epochs are done.
///
/// Two runs of ten epochs that share it, the network and the generator of the
/// order end with the same bits as one of twenty.
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
/// let (xor, mut same) = (data::xor(), net.clone());
/// training.optimizer = Optimizer::adam(0.1);
/// let mut state = training.start(&net, &xor)?;
/// for _ in 0..2 {
///     training.resume(&mut net, &xor, &mut order, &mut state)?;
/// }
/// let twice = Training { epochs: 6, ..training };
/// twice.run(&mut same, &xor, &mut Rng::new(1, Stream::Order))?;
/// assert_eq!(net.parameters(), same.parameters());
/// # Ok::<(), TrainingError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingState {
    optimizer: OptimizerState,
    rows: Vec<usize>,
    epochs: usize,
}

impl TrainingState {
    /// How many epochs are done.
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
    /// let mut state = training.start(&net, &data::xor())?;
    /// training.resume(&mut net, &data::xor(), &mut order, &mut state)?;
    /// assert_eq!(state.epochs(), 3);
    /// # Ok::<(), TrainingError>(())
    /// ```
    pub fn epochs(&self) -> usize {
        self.epochs
    }

    /// The optimizer's memory.
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
    /// let state = training.start(&net, &data::xor())?;
    /// assert_eq!(state.optimizer().rule(), training.optimizer);
    /// # Ok::<(), TrainingError>(())
    /// ```
    pub fn optimizer(&self) -> &OptimizerState {
        &self.optimizer
    }
}

impl Training {
    /// Trains the network on the data; `order` shuffles. Every run begins with
    /// a fresh memory of the optimizer; [`Training::resume`] keeps it.
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
        watch: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<History, TrainingError> {
        let mut state = self.start(network, data)?;
        self.resume_watched(network, data, order, &mut state, watch)
    }

    /// What [`Training::resume`] begins with.
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
    /// let state = training.start(&net, &data::xor())?;
    /// assert_eq!(state.epochs(), 0);
    /// # Ok::<(), TrainingError>(())
    /// ```
    pub fn start(
        &self,
        network: &Network,
        data: &Dataset,
    ) -> Result<TrainingState, TrainingError> {
        self.check(network, data)?;
        Ok(TrainingState {
            optimizer: self.optimizer.start(network.parameter_count()),
            rows: (0..data.len()).collect(),
            epochs: 0,
        })
    }

    /// [`Training::run`] from where the state was left: `epochs` more. Entry 0
    /// of the history's epochs is the loss found there.
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
    /// let mut state = training.start(&net, &data::xor())?;
    /// let a = training.resume(&mut net, &data::xor(), &mut order, &mut state)?;
    /// let b = training.resume(&mut net, &data::xor(), &mut order, &mut state)?;
    /// assert_eq!(a.epochs[3], b.epochs[0]);
    /// # Ok::<(), TrainingError>(())
    /// ```
    pub fn resume(
        &self,
        network: &mut Network,
        data: &Dataset,
        order: &mut Rng,
        state: &mut TrainingState,
    ) -> Result<History, TrainingError> {
        let go_on = |_: Progress| ControlFlow::Continue(());
        self.resume_watched(network, data, order, state, go_on)
    }

    /// The same, watched as in [`Training::run_watched`]; the epochs that
    /// `watch` is told are those of this call.
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
    /// let (xor, mut state) = (data::xor(), training.start(&net, &data::xor())?);
    /// training.resume_watched(&mut net, &xor, &mut order, &mut state, |p| {
    ///     if p.epoch == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    /// })?;
    /// assert_eq!(state.epochs(), 2);
    /// # Ok::<(), TrainingError>(())
    /// ```
    pub fn resume_watched(
        &self,
        network: &mut Network,
        data: &Dataset,
        order: &mut Rng,
        state: &mut TrainingState,
        mut watch: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<History, TrainingError> {
        self.check(network, data)?;
        self.check_state(network, data, state)?;
        network.dense_layers_mut().for_each(Dense::make_row_major);
        let before = (network.clone(), state.clone());
        let mut run = Run::new(self, data, network, state);
        for epoch in 0..=self.epochs {
            if epoch > 0 {
                run.shuffle(order);
                run.epoch(network);
            }
            let loss = run.evaluated(network);
            // An update that is not finite spoils all that follow.
            let last = run.history.updates.last().copied().unwrap_or(0.0);
            if !(loss.is_finite() && last.is_finite()) {
                let mut history = run.history;
                (*network, *state) = before;
                history.updates.retain(|loss| loss.is_finite());
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
        self.optimizer.check()?;
        if self.batch == Batch::Size(0) {
            return Err(TrainingError::EmptyBatch);
        }
        data.check()?;
        ensure!(
            network.inputs() == data.x.ncols(),
            "the network takes {} inputs, the data has {}",
            network.inputs(),
            data.x.ncols()
        );
        let outputs = ndarray::Array2::zeros((data.len(), network.outputs()));
        Ok(self.loss.check(&outputs, &data.y)?)
    }

    fn check_state(
        &self,
        network: &Network,
        data: &Dataset,
        TrainingState { optimizer, rows, .. }: &TrainingState,
    ) -> Result<(), TrainingError> {
        let words = |rule, parameters, examples| {
            let which = if rule == self.optimizer { "this" } else { "another" };
            format!(
                "{which} optimizer, {parameters} parameters and {examples} \
                 examples"
            )
        };
        let found =
            words(optimizer.rule(), optimizer.parameter_count(), rows.len());
        let wanted =
            words(self.optimizer, network.parameter_count(), data.len());
        if found != wanted {
            return Err(TrainingError::State { found, wanted });
        }
        Ok(())
    }
}

/// A run under way.
struct Run<'a> {
    training: &'a Training,
    data: &'a Dataset,
    /// For batches of the usual size, and for the smaller one at the end.
    work: [Workspace; 2],
    state: &'a mut TrainingState,
    size: usize,
    history: History,
}

impl<'a> Run<'a> {
    fn new(
        training: &'a Training,
        data: &'a Dataset,
        net: &Network,
        state: &'a mut TrainingState,
    ) -> Self {
        let n = data.len();
        let size = match training.batch {
            Batch::Full => n,
            Batch::Size(size) => size.min(n),
        };
        let mut history = History::default();
        let updates = n.div_ceil(size).saturating_mul(training.epochs);
        history.updates.reserve(updates.min(1 << 20));
        let work = [size, n % size].map(|rows| Workspace::new(net, rows));
        Run { training, data, work, state, size, history }
    }

    /// A new order, where one is due.
    fn shuffle(&mut self, order: &mut Rng) {
        let due = match self.training.shuffle {
            Shuffle::EachEpoch => true,
            Shuffle::Once => self.state.epochs == 0,
            Shuffle::Never => false,
        };
        if due && self.size < self.data.len() {
            order.shuffle(&mut self.state.rows);
        }
    }

    /// One update per batch.
    fn epoch(&mut self, network: &mut Network) {
        let loss = self.training.loss;
        for batch in self.state.rows.chunks(self.size) {
            let work = &mut self.work[usize::from(batch.len() < self.size)];
            if self.size < self.data.len() {
                work.forward(network, self.data, batch.iter().copied());
            } // else the evaluation has been the forward pass
            self.history.updates.push(work.mean_loss(loss));
            work.backward(network, loss, &mut self.state.optimizer);
        }
        self.state.epochs += 1;
    }

    /// The loss of all examples, in the order of the data set.
    fn evaluated(&mut self, network: &Network) -> f64 {
        let (loss, n, mut sum) = (self.training.loss, self.data.len(), 0.0);
        for from in (0..n).step_by(self.size) {
            let to = n.min(from + self.size);
            let work = &mut self.work[usize::from(to - from < self.size)];
            work.forward(network, self.data, from..to);
            sum = work.add_loss(loss, sum);
        }
        sum / loss.terms(n, network.outputs())
    }
}
