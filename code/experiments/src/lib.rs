//! The experiments of *Linear All the Way Down*: parameters in; facts, claims
//! and a chart out.
//!
//! One file for each experiment. None knows of pages or browsers; all are
//! deterministic to the last bit. See `CONTRIBUTING.md` for how to add one.

mod chain;
pub mod chart;
mod collapse;
pub mod experiment;
mod exponential_depth;
pub mod fact;
mod linear_pair;
mod loss_curve;
mod mode_order;
mod mode_times;
pub mod params;
mod rank_by_depth;
mod saddles;
mod staircase;
pub mod statistics;

pub use experiment::Entry;

/// Every experiment of the book, in the order of its chapters.
pub const ALL: &[Entry] = &[
    // What training is
    Entry::of::<loss_curve::LossCurve>(),
    // Slope one everywhere
    Entry::of::<collapse::Collapse>(),
    Entry::of::<staircase::Staircase>(),
    Entry::of::<mode_times::ModeTimes>(),
    Entry::of::<mode_order::ModeOrder>(),
    Entry::of::<saddles::Saddles>(),
    Entry::of::<exponential_depth::ExponentialDepth>(),
    Entry::of::<rank_by_depth::RankByDepth>(),
    // Slope one somewhere
    // Real digits and last words
];
