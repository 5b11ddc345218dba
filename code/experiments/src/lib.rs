//! The experiments of *Linear All the Way Down*: parameters in; facts, claims
//! and a chart out.
//!
//! One file for each experiment. None knows of pages or browsers; all are
//! deterministic to the last bit. See `CONTRIBUTING.md` for how to add one.

mod batch_and_epoch;
pub mod chart;
mod cliff;
mod collapse;
mod conditioning;
pub mod experiment;
pub mod fact;
mod first_loss;
mod loss_curve;
mod optimizers;
pub mod params;
mod shuffling;
pub mod statistics;

pub use experiment::Entry;

/// Every experiment of the book, in the order of its chapters.
pub const ALL: &[Entry] = &[
    // What training is
    Entry::of::<first_loss::FirstLoss>(),
    Entry::of::<batch_and_epoch::BatchAndEpoch>(),
    Entry::of::<shuffling::Shuffling>(),
    Entry::of::<cliff::Cliff>(),
    Entry::of::<optimizers::Optimizers>(),
    Entry::of::<conditioning::Conditioning>(),
    Entry::of::<loss_curve::LossCurve>(),
    // Slope one everywhere
    Entry::of::<collapse::Collapse>(),
    // Slope one somewhere
    // Real digits and last words
];
