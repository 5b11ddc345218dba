//! The bench: any small network on any small data, measured while it trains.
//!
//! A network of `depth` hidden layers of `width` units and one logit is trained
//! on two classes with the binary cross-entropy of the logit. After each epoch
//! the loss of all examples is compared with the linear floor: the least loss
//! of any affine map, in closed form or by Newton's method. With the identity
//! the network is one affine map all the time, which is shown, too.
//!
//! A run has diverged when its loss is a thousand times that at the start, or
//! no number: far above what any run of the book passes through on its way
//! down.
//!
//! See the chapter `bench`.

mod data;
mod view;

use std::sync::Arc;

use ndarray::Array2;
use probe::{LinearFloor, NoFloor, gradient_norms, linear_floor};
use slope::{
    Activation, Batch, Init, Loss, Network, Optimizer, Run, Shuffle, Training,
    data::Dataset,
    product,
    rng::{Rng, Stream},
};

use chart::Chart;
use study::{
    experiment::{Claim, Experiment, Progress, Series, Span, Stopped},
    fact::Fact,
    live::Live,
    params,
    points::{self, Points},
    sabotage::Sabotage,
};

/// The loss of all runs.
const LOSS: Loss = Loss::BceLogits;

/// So many times the loss at the start, and a run has diverged.
const DIVERGED: f64 = 1000.0;

params! {
    /// What is on the bench.
    pub struct Params {
        /// What is to be told apart.
        data: &'static str = "moons", in data::NAMES, "Data";
        /// How many points are drawn. Digits and own points are not.
        samples: usize = 200, in 10..=500, "Points (unless digits or own)";
        /// The standard deviation of what is added to each coordinate that is
        /// drawn.
        noise: f64 = 0.15, in 0.0..=0.5, "Noise (unless digits or own)";
        /// A reader's own points, for the data `own`.
        points: Points = Points::default(), in points::MOST, "Your own points";
        /// Whether each column is scaled to mean 0 and standard deviation 1.
        /// The page and the command ask for it with a reader's own table.
        scale: &'static str = "none", in &["none", "columns"], "Scaled";
        /// Hidden layers.
        depth: usize = 3, in 0..=8, "Hidden layers";
        /// Units of each.
        width: usize = 8, in 1..=32, "Units of a layer";
        /// What each unit does with its pre-activation.
        activation: Activation = Activation::Identity, in &[
            "identity", "tanh", "sigmoid", "relu", "leaky_relu", "elu",
            "softplus", "gelu_tanh", "silu", "mish",
        ], "Activation";
        /// The distribution of the first weights.
        init: &'static str = "xavier_uniform", in &[
            "xavier_uniform", "xavier_normal", "he_uniform", "he_normal",
            "lecun_normal", "orthogonal", "small", "zeros",
        ], "Initialisation";
        /// The rule for a step.
        optimizer: &'static str = "sgd", in &[
            "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam",
        ], "Optimizer";
        /// Its step size.
        lr: f64 = 0.1, in 1e-5..=100.0, "Learning rate";
        /// Examples of one update.
        batch: usize = 10, in 1..=500, "Batch", "examples";
        /// How often each example is seen.
        epochs: usize = 200, in 1..=2000, "Training", "epochs";
        /// Seed of the data, the first weights and the order.
        seed: u64 = 0, in 0..=1_000_000, "Seed";
    }
}

impl Params {
    fn init(&self) -> Init {
        match self.init {
            "xavier_uniform" => Init::XavierUniform,
            "xavier_normal" => Init::XavierNormal,
            "he_uniform" => Init::HeUniform,
            "he_normal" => Init::HeNormal,
            "lecun_normal" => Init::LecunNormal,
            "orthogonal" => Init::Orthogonal { gain: 1.0 },
            "small" => Init::Normal { std: 0.01 },
            _ => Init::Zeros,
        }
    }

    fn optimizer(&self) -> Optimizer {
        match self.optimizer {
            "sgd" => Optimizer::sgd(self.lr),
            "momentum" => Optimizer::momentum(self.lr, 0.9),
            "nesterov" => Optimizer::nesterov(self.lr, 0.9),
            "adagrad" => Optimizer::adagrad(self.lr),
            "rmsprop" => Optimizer::rmsprop(self.lr),
            _ => Optimizer::adam(self.lr),
        }
    }

    fn training(&self) -> Training {
        Training {
            loss: LOSS,
            optimizer: self.optimizer(),
            batch: Batch::Size(self.batch),
            epochs: self.epochs,
            shuffle: Shuffle::EachEpoch,
        }
    }

    fn network(&self, inputs: usize) -> Network {
        let mut sizes = vec![inputs];
        sizes.extend([self.width].repeat(self.depth));
        sizes.push(1);
        let mut rng = Rng::new(self.seed, Stream::Weights);
        Network::dense(&sizes, self.activation, self.init(), &mut rng)
    }
}

/// The experiment.
pub struct Bench;

/// What has been found so far.
pub struct Outcome {
    params: Params,
    data: data::Examples,
    run: Run<Network, Arc<Dataset>>,
    /// As it was after the last epoch in which it did not diverge.
    network: Network,
    /// The loss of all examples, before the first epoch and after each.
    losses: Vec<f64>,
    /// ‖dL/dW‖ of each layer before the first epoch.
    first_norms: Vec<f64>,
    floor: Result<LinearFloor, NoFloor>,
    /// The epoch in which the loss crossed the bound, and what it was then.
    diverged: Option<(usize, f64)>,
}

impl Experiment for Bench {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "bench";
    const QUESTION: &'static str =
        "What does this network learn from these data, and how?";
    const CHAPTER: &'static str = "bench";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        Self::to_the_end(params, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let norms = outcome.norms();
        let mut facts = vec![
            Fact::count("epochs", outcome.epoch()),
            Fact::fixed("loss-start", outcome.losses[0], 3),
            Fact::fixed("loss", outcome.loss(), 4),
            Fact::percent("accuracy", outcome.accuracy(), 1),
            Fact::fixed("floor", outcome.floor_loss(), 4),
        ];
        if let Some(accuracy) = outcome.floor_accuracy() {
            facts.push(Fact::percent("floor-accuracy", accuracy, 1));
        }
        facts.extend([
            Fact::scientific("above-floor", outcome.above_floor(), 1),
            Fact::scientific("gradient-first-layer", norms[0], 1),
            Fact::scientific("gradient-last-layer", norms[norms.len() - 1], 1),
        ]);
        if let Some(map) = outcome.map() {
            facts.push(Fact::fixed("singular-value", product::norm(&map.w), 3));
            facts.push(Fact::scientific("map-off", outcome.map_off(), 0));
        }
        facts
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let above = outcome.above_floor();
        if outcome.params.activation.is_identity() {
            vec![
                Claim::above(
                    "slope one never gets below the linear floor",
                    above,
                    -1e-12,
                ),
                Claim::below(
                    "one affine map gives the same logits",
                    outcome.map_off(),
                    1e-10,
                ),
            ]
        } else {
            vec![Claim::below(
                "a network that bends gets below the linear floor",
                above,
                0.0,
            )]
        }
    }

    fn domain() -> Vec<Span> {
        let drawn = ["moons", "circles", "spirals", "xor"];
        vec![
            Span::one_of("data", &drawn),
            Span::any("noise"),
            Span::between("samples", 10.0, 200.0),
            Span::any("depth"),
            Span::between("width", 1.0, 16.0),
            Span::any("init"),
            Span::any("optimizer"),
            Span::between("lr", 1e-5, 0.3),
            Span::any("batch"),
            Span::between("epochs", 1.0, 60.0),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        view::chart(outcome)
    }

    fn series(outcome: &Outcome) -> Vec<Series> {
        let points = (0..).zip(outcome.losses.iter().copied()).collect();
        vec![Series { name: "loss".into(), points }]
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        vec![Sabotage::<Self>::new(
            "the floor of other points",
            Params::default(),
            |params, progress| {
                let mut outcome = Self::run(params, progress)?;
                let seed = params.seed + 1;
                let params = Params { seed, ..params.clone() };
                let other = data::Examples::of(&params)?.all;
                outcome.floor = linear_floor(LOSS, &other);
                Ok(outcome)
            },
        )]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let bent = |params: &Params, progress: &Progress| {
            let activation = Activation::Tanh;
            let bent = Params { activation, ..params.clone() };
            let outcome = Self::run(&bent, progress)?;
            Ok(Outcome { params: params.clone(), ..outcome })
        };
        vec![
            Sabotage::<Self>::new(
                "f(x) = x in all hidden layers",
                Params { epochs: 5, ..Params::default() },
                bent,
            )
            .counters("bent-map", "one affine map gives the same logits"),
            Sabotage::<Self>::new(
                "f(x) = x in all hidden layers",
                Params::default(),
                bent,
            )
            .counters("bent", "slope one never gets below the linear floor"),
        ]
    }
}

impl Live for Bench {
    const STEP: &'static str = "epoch";

    fn start(params: &Params) -> Result<Outcome, Stopped> {
        let data = data::Examples::of(params)?;
        let network = params.network(data.all.x.ncols());
        let (loss, gradient) =
            network.loss_and_gradient(LOSS, &data.all.x, &data.all.y);
        let order = Rng::new(params.seed, Stream::Order);
        let run =
            params.training().start(network.clone(), data.all.clone(), order);
        Ok(Outcome {
            floor: linear_floor(LOSS, &data.all),
            params: params.clone(),
            losses: vec![loss],
            first_norms: gradient_norms(&gradient),
            diverged: None,
            run: run.map_err(|error| Stopped(error.to_string()))?,
            network,
            data,
        })
    }

    fn steps(outcome: &Outcome) -> (usize, usize) {
        (outcome.epoch(), outcome.params.epochs)
    }

    fn is_over(outcome: &Outcome) -> bool {
        let (done, all) = Self::steps(outcome);
        done >= all || outcome.diverged.is_some()
    }

    fn step(outcome: &mut Outcome) -> Result<(), Stopped> {
        // What is not finite is above the bound, too.
        let loss = outcome.run.train_epoch().unwrap_or(f64::INFINITY);
        if loss <= DIVERGED * outcome.losses[0] {
            outcome.losses.push(loss);
            outcome.network.clone_from(outcome.run.network());
        } else {
            outcome.diverged = Some((outcome.epoch() + 1, loss));
        }
        Ok(())
    }

    fn standing(outcome: &Outcome) -> String {
        view::standing(outcome)
    }

    fn end_here(outcome: &mut Outcome) -> bool {
        // A run has an epoch at least.
        let can = outcome.epoch() > 0;
        if can {
            outcome.params.epochs = outcome.epoch();
        }
        can
    }

    fn params(outcome: &Outcome) -> &Params {
        &outcome.params
    }
}

impl Outcome {
    /// Epochs that are done.
    fn epoch(&self) -> usize {
        self.losses.len() - 1
    }

    fn loss(&self) -> f64 {
        self.losses[self.epoch()]
    }

    fn output(&self) -> Array2<f64> {
        self.network.output(&self.data.all.x)
    }

    fn accuracy(&self) -> f64 {
        LOSS.accuracy(&self.output(), &self.data.all.y)
    }

    /// The least loss of an affine map. Where a line separates the classes,
    /// none is the least, but all are above its limit.
    fn floor_loss(&self) -> f64 {
        match &self.floor {
            Ok(floor) => floor.loss,
            Err(NoFloor::QuasiSeparable { infimum, .. }) => *infimum,
            Err(_) => 0.0,
        }
    }

    /// That of the best map, or of those close to the limit.
    fn floor_accuracy(&self) -> Option<f64> {
        match &self.floor {
            Ok(floor) => Some(floor.accuracy),
            Err(NoFloor::Separable) => Some(1.0),
            Err(NoFloor::QuasiSeparable { accuracy, .. }) => Some(*accuracy),
            Err(_) => None,
        }
    }

    fn above_floor(&self) -> f64 {
        self.loss() - self.floor_loss()
    }

    /// ‖dL/dW‖ of each layer as it is now.
    fn norms(&self) -> Vec<f64> {
        let Dataset { x, y } = &*self.data.all;
        gradient_norms(&self.network.loss_and_gradient(LOSS, x, y).1)
    }

    /// The one affine map, if the network is one.
    fn map(&self) -> Option<slope::Affine> {
        self.network.collapse().ok()
    }

    /// How far its logits are from the network's, relative to the largest.
    fn map_off(&self) -> f64 {
        let Some(map) = self.map() else { return f64::NAN };
        let logits = self.output();
        let largest =
            logits.iter().fold(1.0, |most, z| f64::max(most, z.abs()));
        let off = map.output(&self.data.all.x) - logits;
        off.iter().fold(0.0, |most, z| f64::max(most, z.abs())) / largest
    }
}

#[cfg(test)]
mod tests;
