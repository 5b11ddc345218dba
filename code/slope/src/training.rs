//! Training: epochs of batches of forward, loss, backward, step.
//!
//! See the chapter `epochs`.

use crate::data::Dataset;
use crate::workspace::Workspace;
use crate::{
    Dense, Loss, Network, Optimizer, OptimizerError, OptimizerState, ShapeError,
};
use exact::rng::Rng;
use std::borrow::{Borrow, BorrowMut};
use std::ops::ControlFlow;

/// How many examples one update sees.
///
/// ```
/// # use slope::*;
/// # let (mut net, mut training, mut order) = fixture();
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
/// # let (mut net, mut training, mut order) = fixture();
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
/// # use slope::*;
/// # let (mut net, training, mut order) = fixture();
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
/// # use slope::*;
/// # let (mut net, training, mut order) = fixture();
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

/// The loss has stopped being a finite number.
///
/// ```
/// # use slope::*;
/// # let (net, mut training, order) = fixture();
/// training.optimizer = Optimizer::sgd(1e300);
/// let mut run = training.start(net, data::xor(), order)?;
/// assert_eq!(run.train_epoch(), Err(Diverged { epoch: 1 }));
/// # Ok::<(), TrainingError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", diverged(*epoch))]
pub struct Diverged {
    /// The epoch, counted from 1; 0 if the loss was not finite before the
    /// first update.
    pub epoch: usize,
}

fn diverged(epoch: usize) -> String {
    if epoch == 0 {
        return "the loss is not a finite number before the first update: the \
                network's parameters or the inputs are too large, or not finite"
            .to_string();
    }
    format!(
        "training diverged in epoch {epoch}: the loss is no longer a finite \
         number; try a smaller learning rate"
    )
}

/// Why a run gave no result.
///
/// ```
/// # use slope::*;
/// # let (mut net, mut training, mut order) = fixture();
/// training.optimizer = Optimizer::sgd(1e300);
/// let error = training.run(&mut net, &data::xor(), &mut order).unwrap_err();
/// assert!(error.to_string().starts_with("training diverged in epoch 1"));
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TrainingError {
    /// The loss stopped being a finite number during this epoch. The network
    /// is left as it was before the first update.
    #[error("{}", diverged(*epoch))]
    Diverged {
        /// As in [`Diverged`].
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
}

impl Training {
    /// Trains the network on the data; `order` shuffles. Every run begins with
    /// a fresh memory of the optimizer; [`Training::start`] is for one that
    /// goes on.
    ///
    /// # Errors
    /// See [`TrainingError`].
    ///
    /// ```
    /// # use slope::*;
    /// # let (mut net, training, mut order) = fixture();
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
    /// # use slope::*;
    /// # let (mut net, training, mut order) = fixture();
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
        let mut run = self.start(&mut *network, data, order)?;
        let before = run.network().clone();
        let mut history = History::default();
        let updates = run.updates_per_epoch().saturating_mul(self.epochs);
        history.updates.reserve(updates.min(1 << 20));
        match run.finish(&mut history, watch) {
            Ok(()) => Ok(history),
            Err(Diverged { epoch }) => {
                *network = before;
                Err(TrainingError::Diverged { epoch, history })
            }
        }
    }

    /// A run before its first update, for whoever steps it. It takes network,
    /// data and order, or borrows them.
    ///
    /// # Errors
    /// See [`TrainingError`].
    ///
    /// ```
    /// # use slope::*;
    /// # let (mut net, training, mut order) = fixture();
    /// let mut run = training.start(&mut net, data::xor(), &mut order)?;
    /// let before = run.loss()?;
    /// assert!(run.train_epoch()? < before);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn start<N, D, R>(
        &self,
        mut network: N,
        data: D,
        order: R,
    ) -> Result<Run<N, D, R>, TrainingError>
    where
        N: BorrowMut<Network>,
        D: Borrow<Dataset>,
        R: BorrowMut<Rng>,
    {
        let net: &mut Network = network.borrow_mut();
        self.check(net, data.borrow())?;
        net.dense_layers_mut().for_each(Dense::make_row_major);
        let n = data.borrow().len();
        let size = match self.batch {
            Batch::Full => n,
            Batch::Size(size) => size.min(n),
        };
        let wide = n.min(WIDE);
        Ok(Run {
            training: *self,
            state: self.optimizer.start(net.parameter_count()),
            work: [size, n % size].map(|rows| Workspace::new(net, rows)),
            wide: [wide, n % wide].map(|rows| Workspace::new(net, rows)),
            rows: (0..n).collect(),
            size,
            updates: 0,
            passed: false,
            network,
            data,
            order,
        })
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
}

/// So many examples pass forward in little more time than a few, and their
/// trace stays in the cache.
const WIDE: usize = 50;

/// A run under way, to be stepped by update or by epoch. [`Training::run`] is
/// one to its end, which is [`Training::epochs`]; by steps it goes on for as
/// long as it is asked to, and after a pause with the same bits as without.
///
/// Network, data and the order's generator are its own, or borrowed, as in
/// `Run<&mut Network, &Dataset, &mut Rng>`.
///
/// ```
/// use slope::*;
/// use slope::rng::{Rng, Stream};
/// let data = data::moons(100, 0.1, &mut Rng::new(1, Stream::Data));
/// let network = Network::dense(
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
/// let order = Rng::new(1, Stream::Order);
/// let mut run = training.start(network, data, order)?;
/// let half = 0.5 * run.loss()?;
/// while run.train_epoch()? > half {}
/// assert!(run.epochs() < 20);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Run<N = Network, D = Dataset, R = Rng> {
    training: Training,
    network: N,
    data: D,
    order: R,
    state: OptimizerState,
    /// The examples, in the order of this epoch.
    rows: Vec<usize>,
    /// Examples of a batch, save a smaller one at the end.
    size: usize,
    /// For batches of the usual size, and for the smaller one at the end.
    work: [Workspace; 2],
    /// The same for the loss of all examples, where batches are narrow.
    wide: [Workspace; 2],
    updates: usize,
    /// Whether the next batch, being all examples, has been passed forward.
    passed: bool,
}

impl<N, D, R> Run<N, D, R>
where
    N: BorrowMut<Network>,
    D: Borrow<Dataset>,
    R: BorrowMut<Rng>,
{
    /// One update, on the next batch; gives the loss of that batch just before
    /// it.
    ///
    /// # Errors
    /// If this loss is not finite: the update is not made.
    ///
    /// ```
    /// # use slope::*;
    /// # let (net, training, order) = fixture();
    /// let mut run = training.start(net, data::xor(), order)?;
    /// let losses = [run.update()?, run.update()?];
    /// assert_eq!((run.updates(), run.epochs()), (2, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    // ANCHOR: update
    pub fn update(&mut self) -> Result<f64, Diverged> {
        let begun = self.updates % self.updates_per_epoch();
        if begun == 0 {
            self.shuffle();
        }
        let network: &mut Network = self.network.borrow_mut();
        let (data, loss) = (self.data.borrow(), self.training.loss);
        let from = begun * self.size;
        let batch = &self.rows[from..data.len().min(from + self.size)];
        let work = &mut self.work[usize::from(batch.len() < self.size)];
        if !std::mem::take(&mut self.passed) {
            work.forward(network, data, batch.iter().copied());
        }
        let value = work.mean_loss(loss);
        if value.is_finite() {
            work.backward(network, loss, &mut self.state);
            self.updates += 1;
        }
        self.finite(value)
    }
    // ANCHOR_END: update

    /// The updates that are left of the epoch, or all of the next; gives the
    /// loss of all examples after them.
    ///
    /// # Errors
    /// If the loss of a batch, or then that of all examples, is not finite; see
    /// [`Run::update`].
    ///
    /// ```
    /// # use slope::*;
    /// # let (net, training, order) = fixture();
    /// let mut run = training.start(net, data::xor(), order)?;
    /// run.update()?;
    /// let loss = run.train_epoch()?; // one update more
    /// assert_eq!((run.updates(), run.epochs()), (2, 1));
    /// assert_eq!(loss, run.loss()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    // ANCHOR: epoch
    pub fn train_epoch(&mut self) -> Result<f64, Diverged> {
        let epochs = self.epochs();
        while self.epochs() == epochs {
            self.update()?;
        }
        self.loss()
    }
    // ANCHOR_END: epoch

    /// The loss of all examples, as the network is now.
    ///
    /// # Errors
    /// If it is not finite.
    ///
    /// ```
    /// # use slope::*;
    /// # let (mut net, training, mut order) = fixture();
    /// let mut run = training.start(&mut net, data::xor(), &mut order)?;
    /// let loss = run.loss()?;
    /// let xor = data::xor();
    /// assert_eq!(loss, Loss::Mse.value(&net.output(&xor.x), &xor.y));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn loss(&mut self) -> Result<f64, Diverged> {
        let (network, data) = (self.network.borrow(), self.data.borrow());
        let (loss, n, mut sum) = (self.training.loss, data.len(), 0.0);
        let (size, work) = match n.min(WIDE) {
            wide if self.size < wide => (wide, &mut self.wide),
            _ => (self.size, &mut self.work),
        };
        for from in (0..n).step_by(size) {
            let to = n.min(from + size);
            let work = &mut work[usize::from(to - from < size)];
            work.forward(network, data, from..to);
            sum = work.add_loss(loss, sum);
        }
        self.passed = self.size == n;
        self.finite(sum / loss.terms(n, network.outputs()))
    }

    /// How many updates are done.
    ///
    /// ```
    /// # use slope::*;
    /// # let (net, training, order) = fixture();
    /// let mut run = training.start(net, data::xor(), order)?;
    /// run.update()?;
    /// assert_eq!(run.updates(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn updates(&self) -> usize {
        self.updates
    }

    /// How many updates an epoch has: n/m, rounded up, for n examples in
    /// batches of m.
    ///
    /// ```
    /// # use slope::*;
    /// # let (net, mut training, order) = fixture();
    /// training.batch = Batch::Size(3);
    /// let run = training.start(net, data::xor(), order)?;
    /// assert_eq!(run.updates_per_epoch(), 2);
    /// # Ok::<(), TrainingError>(())
    /// ```
    pub fn updates_per_epoch(&self) -> usize {
        self.rows.len().div_ceil(self.size)
    }

    /// How many epochs are done to their last update.
    ///
    /// ```
    /// # use slope::*;
    /// # let (net, training, order) = fixture();
    /// let mut run = training.start(net, data::xor(), order)?;
    /// run.train_epoch()?;
    /// assert_eq!(run.epochs(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn epochs(&self) -> usize {
        self.updates / self.updates_per_epoch()
    }

    /// The network as it is now.
    ///
    /// ```
    /// # use slope::*;
    /// # let (net, training, order) = fixture();
    /// let run = training.start(net.clone(), data::xor(), order)?;
    /// assert_eq!(*run.network(), net);
    /// # Ok::<(), TrainingError>(())
    /// ```
    pub fn network(&self) -> &Network {
        self.network.borrow()
    }

    /// The optimizer's memory.
    ///
    /// ```
    /// # use slope::*;
    /// # let (net, training, order) = fixture();
    /// let run = training.start(net, data::xor(), order)?;
    /// assert_eq!(run.optimizer().rule(), training.optimizer);
    /// # Ok::<(), TrainingError>(())
    /// ```
    pub fn optimizer(&self) -> &OptimizerState {
        &self.state
    }

    /// Epoch after epoch, with what is to be told of each.
    fn finish(
        &mut self,
        history: &mut History,
        mut watch: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<(), Diverged> {
        loop {
            let (epoch, updates) = (self.epochs(), self.updates);
            let loss = self.loss()?;
            history.epochs.push(loss);
            let network = self.network();
            let progress = Progress { epoch, updates, loss, network };
            if watch(progress).is_break() || epoch == self.training.epochs {
                return Ok(());
            }
            for _ in 0..self.updates_per_epoch() {
                history.updates.push(self.update()?);
            }
        }
    }

    // ANCHOR: shuffle
    /// A new order, where one is due.
    fn shuffle(&mut self) {
        let due = match self.training.shuffle {
            Shuffle::EachEpoch => true,
            Shuffle::Once => self.updates == 0,
            Shuffle::Never => false,
        };
        if due && self.size < self.rows.len() {
            self.order.borrow_mut().shuffle(&mut self.rows);
        }
    }
    // ANCHOR_END: shuffle

    /// The last update that was made is to blame for a loss that is not finite.
    fn finite(&self, loss: f64) -> Result<f64, Diverged> {
        let epoch = self.updates.div_ceil(self.updates_per_epoch());
        if loss.is_finite() { Ok(loss) } else { Err(Diverged { epoch }) }
    }
}
