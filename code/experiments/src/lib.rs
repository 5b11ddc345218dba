//! The experiments of *Linear All the Way Down*: parameters in; facts, claims
//! and a chart out.
//!
//! One file for each experiment. None knows of pages or browsers; all are
//! deterministic to the last bit. See `CONTRIBUTING.md` for how to add one.

mod chain;
mod batch_and_epoch;
pub mod chart;
mod cliff;
mod collapse;
mod conditioning;
mod dead_units;
mod digits;
pub mod experiment;
mod exponential_depth;
pub mod fact;
mod float_steps;
mod gelu_approximations;
mod gradient_check;
mod gradient_spread;
mod linear_floor;
mod linear_pair;
mod linear_teacher;
mod loss_curve;
mod mode_order;
mod mode_times;
mod handwriting;
mod little_bend;
mod loss_curve;
mod odd_even;
mod overfitting;
pub mod params;
mod polynomials;
mod rank_by_depth;
mod saddles;
mod smooth_bends;
mod staircase;
mod first_loss;
mod loss_curve;
mod optimizers;
pub mod params;
mod shuffling;
pub mod statistics;
mod two_claims;
mod universal;
mod xor_floor;
mod xor_found;
mod stuck_unit;

pub use experiment::Entry;

/// Every experiment of the book, in the order of its chapters.
pub const ALL: &[Entry] = &[
    // What training is
    Entry::of::<gradient_check::GradientCheck>(),
    Entry::of::<first_loss::FirstLoss>(),
    Entry::of::<batch_and_epoch::BatchAndEpoch>(),
    Entry::of::<shuffling::Shuffling>(),
    Entry::of::<cliff::Cliff>(),
    Entry::of::<optimizers::Optimizers>(),
    Entry::of::<conditioning::Conditioning>(),
    Entry::of::<loss_curve::LossCurve>(),
    // Slope one everywhere
    Entry::of::<two_claims::TwoClaims>(),
    Entry::of::<collapse::Collapse>(),
    Entry::of::<staircase::Staircase>(),
    Entry::of::<mode_times::ModeTimes>(),
    Entry::of::<mode_order::ModeOrder>(),
    Entry::of::<saddles::Saddles>(),
    Entry::of::<exponential_depth::ExponentialDepth>(),
    Entry::of::<rank_by_depth::RankByDepth>(),
    Entry::of::<xor_floor::XorFloor>(),
    Entry::of::<xor_found::XorFound>(),
    Entry::of::<linear_floor::LinearFloorOfThree>(),
    Entry::of::<gradient_spread::GradientSpread>(),
    Entry::of::<linear_teacher::LinearTeacher>(),
    // Slope one somewhere
    Entry::of::<smooth_bends::SmoothBends>(),
    Entry::of::<gelu_approximations::GeluApproximations>(),
    Entry::of::<polynomials::Polynomials>(),
    Entry::of::<universal::Universal>(),
    // Real digits and last words
    Entry::of::<float_steps::FloatSteps>(),
    Entry::of::<dead_units::DeadUnits>(),
    Entry::of::<stuck_unit::StuckUnit>(),
    Entry::of::<little_bend::LittleBend>(),
    // Real digits and last words
    Entry::of::<digits::Digits>(),
    Entry::of::<odd_even::OddEven>(),
    Entry::of::<overfitting::Overfitting>(),
];
