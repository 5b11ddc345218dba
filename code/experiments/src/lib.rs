//! The experiments of *Linear All the Way Down*: parameters in; facts, claims
//! and a chart out.
//!
//! A folder for each chapter, with the name of its page in `src/`, and a file
//! for each experiment, in the order in which the chapter shows them; beside
//! the folders, what several of them share. None knows of pages or browsers; all
//! are deterministic to the last bit. What every experiment has is in the crate
//! `study`. See `CONTRIBUTING.md` for how to add one.

mod bench;
mod chain;
mod factors;
mod formats;
mod handwriting;
mod label;
mod linear_pair;
mod stack;

#[path = "one-neuron"]
mod one_neuron {
    pub(crate) mod first_loss;
    pub(crate) mod neuron;
}
mod epochs {
    pub(crate) mod batch;
    pub(crate) mod batch_and_epoch;
    pub(crate) mod shuffling;
}
mod descent {
    pub(crate) mod cliff;
}
mod valleys {
    pub(crate) mod conditioning;
    mod ground;
    pub(crate) mod optimizers;
    pub(crate) mod valley;
}
mod backpropagation {
    pub(crate) mod gradient_check;
    pub(crate) mod hand_gradient;
}
#[path = "reading-a-loss-curve"]
mod reading_a_loss_curve {
    pub(crate) mod loss_curve;
}
mod activations {
    pub(crate) mod activations;
    pub(crate) mod symmetry;
    mod units;
}
#[path = "two-claims"]
mod two_claims {
    pub(crate) mod two_claims;
}
mod collapse {
    pub(crate) mod affine_or_not;
    pub(crate) mod collapse;
    pub(crate) mod fold;
}
#[path = "the-linear-floor"]
mod the_linear_floor {
    pub(crate) mod bad_minima;
    pub(crate) mod linear_floor;
    pub(crate) mod max_margin;
    pub(crate) mod xor_floor;
    pub(crate) mod xor_found;
}
#[path = "the-gradient-is-not-constant"]
mod the_gradient_is_not_constant {
    pub(crate) mod gradient_spread;
    pub(crate) mod linear_teacher;
}
#[path = "linear-nets-learn-strangely"]
mod linear_nets_learn_strangely {
    pub(crate) mod mode_order;
    pub(crate) mod saddles;
    pub(crate) mod staircase;
}
#[path = "how-long-depth-takes"]
mod how_long_depth_takes {
    pub(crate) mod exponential_depth;
    pub(crate) mod mode_times;
    pub(crate) mod overparametrised;
}
#[path = "what-depth-prefers"]
mod what_depth_prefers {
    pub(crate) mod matrix_completion;
}
#[path = "products-of-slopes"]
mod products_of_slopes {
    pub(crate) mod gradient_by_depth;
    pub(crate) mod isometry;
    pub(crate) mod paths;
    pub(crate) mod stuck_sigmoid;
}
#[path = "the-kink"]
mod the_kink {
    pub(crate) mod dead_units;
    pub(crate) mod little_bend;
    pub(crate) mod stuck_unit;
}
#[path = "smooth-bends"]
mod smooth_bends {
    pub(crate) mod edge_of_chaos;
    pub(crate) mod gelu_approximations;
    mod mean_field;
    pub(crate) mod smooth_bends;
}
mod shortcuts {
    pub(crate) mod identity_shortcuts;
    pub(crate) mod shortcut_paths;
    pub(crate) mod shortcut_rates;
    pub(crate) mod shortcuts;
}
#[path = "where-linear-belongs"]
mod where_linear_belongs {
    pub(crate) mod bottleneck;
    pub(crate) mod output_activation;
    pub(crate) mod spiral_bottleneck;
}
mod adapters {
    pub(crate) mod linear_autoencoder;
    pub(crate) mod low_rank_adapter;
}
#[path = "folded-on-purpose"]
mod folded_on_purpose {
    mod branched;
    pub(crate) mod folded_branches;
}
#[path = "along-time"]
mod along_time {
    pub(crate) mod adding;
    pub(crate) mod memory;
    mod recurrence;
}
#[path = "what-depth-buys"]
mod what_depth_buys {
    pub(crate) mod narrow;
    pub(crate) mod pieces;
    pub(crate) mod polynomials;
    pub(crate) mod tent;
    pub(crate) mod universal;
}
mod digits {
    pub(crate) mod digits;
    pub(crate) mod digits_shown;
    pub(crate) mod odd_even;
    pub(crate) mod overfitting;
}
#[path = "until-two-to-the-minus-149"]
mod until_two_to_the_minus_149 {
    pub(crate) mod float_steps;
    mod folded;
    pub(crate) mod number_formats;
}
#[path = "linear-algebra"]
mod linear_algebra {
    pub(crate) mod circle;
}

pub use study::Entry;

use activations::{activations::Activations, symmetry::Symmetry};
use adapters::{
    linear_autoencoder::LinearAutoencoder, low_rank_adapter::LowRankAdapter,
};
use along_time::{adding::Adding, memory::Memory};
use backpropagation::{
    gradient_check::GradientCheck, hand_gradient::HandGradient,
};
use collapse::{affine_or_not::AffineOrNot, collapse::Collapse, fold::Fold};
use descent::cliff::Cliff;
use digits::{
    digits::Digits, digits_shown::DigitsShown, odd_even::OddEven,
    overfitting::Overfitting,
};
use epochs::{
    batch::Batched, batch_and_epoch::BatchAndEpoch, shuffling::Shuffling,
};
use folded_on_purpose::folded_branches::FoldedBranches;
use how_long_depth_takes::{
    exponential_depth::ExponentialDepth, mode_times::ModeTimes,
    overparametrised::Overparametrised,
};
use linear_algebra::circle::Circle;
use linear_nets_learn_strangely::{
    mode_order::ModeOrder, saddles::Saddles, staircase::Staircase,
};
use one_neuron::{first_loss::FirstLoss, neuron::Neuron};
use products_of_slopes::{
    gradient_by_depth::GradientByDepth, isometry::Isometry, paths::Paths,
    stuck_sigmoid::StuckSigmoid,
};
use reading_a_loss_curve::loss_curve::LossCurve;
use shortcuts::{
    identity_shortcuts::IdentityShortcuts, shortcut_paths::ShortcutPaths,
    shortcut_rates::ShortcutRates, shortcuts::Shortcuts,
};
use smooth_bends::{
    edge_of_chaos::EdgeOfChaos, gelu_approximations::GeluApproximations,
    smooth_bends::SmoothBends,
};
use the_gradient_is_not_constant::{
    gradient_spread::GradientSpread, linear_teacher::LinearTeacher,
};
use the_kink::{
    dead_units::DeadUnits, little_bend::LittleBend, stuck_unit::StuckUnit,
};
use the_linear_floor::{
    bad_minima::BadMinima, linear_floor::LinearFloorOfThree,
    max_margin::MaxMargin, xor_floor::XorFloor, xor_found::XorFound,
};
use two_claims::two_claims::TwoClaims;
use until_two_to_the_minus_149::{
    float_steps::FloatSteps, number_formats::NumberFormats,
};
use valleys::{
    conditioning::Conditioning, optimizers::Optimizers, valley::Valley,
};
use what_depth_buys::{
    narrow::Narrow, pieces::Pieces, polynomials::Polynomials, tent::Tent,
    universal::Universal,
};
use what_depth_prefers::matrix_completion::MatrixCompletion;
use where_linear_belongs::{
    bottleneck::Bottleneck, output_activation::OutputActivation,
    spiral_bottleneck::SpiralBottleneck,
};

/// Every experiment of the book, in the order of its chapters.
pub const ALL: &[Entry] = &[
    // What training is
    Entry::of::<Neuron>(),
    Entry::of::<FirstLoss>(),
    Entry::of::<Batched>(),
    labs::BATCH_AND_EPOCH,
    Entry::of::<Shuffling>(),
    labs::CLIFF,
    Entry::of::<Valley>(),
    Entry::of::<Conditioning>(),
    Entry::of::<Optimizers>(),
    Entry::of::<HandGradient>(),
    Entry::of::<GradientCheck>(),
    Entry::of::<LossCurve>(),
    // Slope one everywhere
    Entry::of::<Activations>(),
    Entry::of::<Symmetry>(),
    Entry::of::<TwoClaims>(),
    Entry::of::<Fold>(),
    labs::COLLAPSE,
    Entry::of::<AffineOrNot>(),
    Entry::of::<XorFloor>(),
    Entry::of::<XorFound>(),
    Entry::of::<LinearFloorOfThree>(),
    Entry::of::<BadMinima>(),
    Entry::of::<MaxMargin>(),
    Entry::of::<GradientSpread>(),
    Entry::of::<LinearTeacher>(),
    labs::STAIRCASE,
    Entry::of::<ModeOrder>(),
    Entry::of::<Saddles>(),
    Entry::of::<ModeTimes>(),
    Entry::of::<ExponentialDepth>(),
    Entry::of::<Overparametrised>(),
    Entry::of::<MatrixCompletion>(),
    // Slope one somewhere
    Entry::of::<Paths>(),
    labs::GRADIENT_BY_DEPTH,
    Entry::of::<Isometry>(),
    Entry::of::<StuckSigmoid>(),
    Entry::of::<DeadUnits>(),
    Entry::of::<StuckUnit>(),
    labs::LITTLE_BEND,
    Entry::of::<SmoothBends>(),
    Entry::of::<EdgeOfChaos>(),
    Entry::of::<GeluApproximations>(),
    Entry::of::<ShortcutPaths>(),
    Entry::of::<Shortcuts>(),
    Entry::of::<ShortcutRates>(),
    Entry::of::<IdentityShortcuts>(),
    Entry::of::<OutputActivation>(),
    Entry::of::<Bottleneck>(),
    Entry::of::<SpiralBottleneck>(),
    Entry::of::<LinearAutoencoder>(),
    Entry::of::<LowRankAdapter>(),
    Entry::of::<FoldedBranches>(),
    Entry::of::<Memory>(),
    Entry::of::<Adding>(),
    labs::TENT,
    Entry::of::<Pieces>(),
    Entry::of::<Universal>(),
    Entry::of::<Polynomials>(),
    Entry::of::<Narrow>(),
    // Real digits and last words
    Entry::of::<DigitsShown>(),
    Entry::of::<Digits>(),
    Entry::of::<OddEven>(),
    Entry::of::<Overfitting>(),
    Entry::of::<NumberFormats>(),
    Entry::of::<FloatSteps>(),
    // Beyond the chapters
    Entry::of::<Circle>(),
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
    pub const BATCH_AND_EPOCH: Entry = Entry::by_seed::<BatchAndEpoch>();
    /// Learning rates up to 2/λ_max and above.
    pub const CLIFF: Entry = Entry::by_seed::<Cliff>();
    /// Identity networks and the one map that each is.
    pub const COLLAPSE: Entry = Entry::by_seed::<Collapse>();
    /// Two modes, learned one after the other.
    pub const STAIRCASE: Entry = Entry::live::<Staircase>();
    /// What layers leave of a gradient.
    pub const GRADIENT_BY_DEPTH: Entry = Entry::by_seed::<GradientByDepth>();
    /// Activations that bend a little.
    pub const LITTLE_BEND: Entry = Entry::live::<LittleBend>();
    /// The tent map, folded by ReLU layers.
    pub const TENT: Entry = Entry::of::<Tent>();
    /// Any small network on any data.
    pub const BENCH: Entry =
        Entry::live::<bench::Bench>().borrowing().with_own_points();
}
