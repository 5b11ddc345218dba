//! The experiments of *Linear All the Way Down*: parameters in; facts, claims
//! and a chart out.
//!
//! One file for each experiment. None knows of pages or browsers; all are
//! deterministic to the last bit. See `CONTRIBUTING.md` for how to add one.

mod activations;
mod batch_and_epoch;
mod bench;
mod bottleneck;
mod chain;
pub mod chart;
pub mod claim;
mod cliff;
mod collapse;
mod conditioning;
mod dead_units;
pub mod digest;
mod digits;
pub mod experiment;
mod exponential_depth;
pub mod fact;
mod factors;
mod first_loss;
mod float_steps;
mod fold;
mod gelu_approximations;
mod gradient_by_depth;
mod gradient_check;
mod gradient_spread;
mod hand_gradient;
mod handwriting;
mod identity_shortcuts;
mod isometry;
pub mod lent;
mod linear_autoencoder;
mod linear_floor;
mod linear_pair;
mod linear_teacher;
pub mod link;
mod little_bend;
pub mod live;
mod loss_curve;
mod low_rank_adapter;
mod matrix_completion;
mod mode_order;
mod mode_times;
mod odd_even;
mod optimizers;
mod output_activation;
mod overfitting;
mod overparametrised;
pub mod own;
pub mod parallel;
pub mod params;
mod paths;
mod pieces;
mod points;
mod polynomials;
mod saddles;
mod shortcut_paths;
mod shortcut_rates;
mod shortcuts;
mod shuffling;
mod smooth_bends;
mod spiral_bottleneck;
mod staircase;
pub mod statistics;
mod stuck_sigmoid;
mod stuck_unit;
mod tent;
mod two_claims;
mod universal;
mod xor_floor;
mod xor_found;

pub use experiment::Entry;

/// Every experiment of the book, in the order of its chapters.
pub const ALL: &[Entry] = &[
    // What training is
    Entry::of::<first_loss::FirstLoss>(),
    labs::BATCH_AND_EPOCH,
    Entry::of::<shuffling::Shuffling>(),
    labs::CLIFF,
    Entry::of::<conditioning::Conditioning>(),
    Entry::of::<optimizers::Optimizers>(),
    Entry::of::<hand_gradient::HandGradient>(),
    Entry::of::<gradient_check::GradientCheck>(),
    Entry::of::<loss_curve::LossCurve>(),
    // Slope one everywhere
    Entry::of::<activations::Activations>(),
    Entry::of::<two_claims::TwoClaims>(),
    Entry::of::<fold::Fold>(),
    labs::COLLAPSE,
    Entry::of::<xor_floor::XorFloor>(),
    Entry::of::<xor_found::XorFound>(),
    Entry::of::<linear_floor::LinearFloorOfThree>(),
    Entry::of::<gradient_spread::GradientSpread>(),
    Entry::of::<linear_teacher::LinearTeacher>(),
    labs::STAIRCASE,
    Entry::of::<mode_times::ModeTimes>(),
    Entry::of::<mode_order::ModeOrder>(),
    Entry::of::<saddles::Saddles>(),
    Entry::of::<exponential_depth::ExponentialDepth>(),
    Entry::of::<matrix_completion::MatrixCompletion>(),
    Entry::of::<overparametrised::Overparametrised>(),
    // Slope one somewhere
    Entry::of::<paths::Paths>(),
    labs::GRADIENT_BY_DEPTH,
    Entry::of::<isometry::Isometry>(),
    Entry::of::<stuck_sigmoid::StuckSigmoid>(),
    Entry::of::<dead_units::DeadUnits>(),
    Entry::of::<stuck_unit::StuckUnit>(),
    labs::LITTLE_BEND,
    Entry::of::<smooth_bends::SmoothBends>(),
    Entry::of::<gelu_approximations::GeluApproximations>(),
    Entry::of::<shortcut_paths::ShortcutPaths>(),
    Entry::of::<shortcuts::Shortcuts>(),
    Entry::of::<shortcut_rates::ShortcutRates>(),
    Entry::of::<identity_shortcuts::IdentityShortcuts>(),
    Entry::of::<output_activation::OutputActivation>(),
    Entry::of::<bottleneck::Bottleneck>(),
    Entry::of::<linear_autoencoder::LinearAutoencoder>(),
    Entry::of::<low_rank_adapter::LowRankAdapter>(),
    Entry::of::<spiral_bottleneck::SpiralBottleneck>(),
    labs::TENT,
    Entry::of::<pieces::Pieces>(),
    Entry::of::<universal::Universal>(),
    Entry::of::<polynomials::Polynomials>(),
    // Real digits and last words
    Entry::of::<digits::Digits>(),
    Entry::of::<odd_even::OddEven>(),
    Entry::of::<overfitting::Overfitting>(),
    Entry::of::<float_steps::FloatSteps>(),
    // Beyond the chapters
    labs::BENCH,
];

/// The experiments that a reader can run in the page: those whose parameters
/// teach most.
pub const LABS: &[Entry] = &[
    labs::BATCH_AND_EPOCH,
    labs::CLIFF,
    labs::COLLAPSE,
    labs::STAIRCASE,
    labs::GRADIENT_BY_DEPTH,
    labs::LITTLE_BEND,
    labs::TENT,
    labs::BENCH,
];

/// The same, one at a time: the program of a page has one lab.
pub mod labs {
    use super::*;

    /// Batches of three sizes.
    pub const BATCH_AND_EPOCH: Entry =
        Entry::by_seed::<batch_and_epoch::BatchAndEpoch>();
    /// Learning rates up to 2/λ_max and above.
    pub const CLIFF: Entry = Entry::by_seed::<cliff::Cliff>();
    /// Identity networks and the one map that each is.
    pub const COLLAPSE: Entry = Entry::by_seed::<collapse::Collapse>();
    /// Two modes, learned one after the other.
    pub const STAIRCASE: Entry = Entry::live::<staircase::Staircase>();
    /// What layers leave of a gradient.
    pub const GRADIENT_BY_DEPTH: Entry =
        Entry::by_seed::<gradient_by_depth::GradientByDepth>();
    /// Activations that bend a little.
    pub const LITTLE_BEND: Entry = Entry::live::<little_bend::LittleBend>();
    /// The tent map, folded by ReLU layers.
    pub const TENT: Entry = Entry::of::<tent::Tent>();
    /// Any small network on any data.
    pub const BENCH: Entry =
        Entry::live::<bench::Bench>().borrowing().with_own_points();
}
