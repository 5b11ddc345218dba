//! The experiments of *Linear All the Way Down*: parameters in; facts, claims
//! and a chart out.
//!
//! One file for each experiment. None knows of pages or browsers; all are
//! deterministic to the last bit. See `CONTRIBUTING.md` for how to add one.

pub mod chart;
mod collapse;
mod dead_units;
mod digits;
pub mod experiment;
pub mod fact;
mod handwriting;
mod little_bend;
mod loss_curve;
mod odd_even;
mod overfitting;
pub mod params;
pub mod statistics;
mod stuck_unit;

pub use experiment::Entry;

/// Every experiment of the book, in the order of its chapters.
pub const ALL: &[Entry] = &[
    // What training is
    Entry::of::<loss_curve::LossCurve>(),
    // Slope one everywhere
    Entry::of::<collapse::Collapse>(),
    // Slope one somewhere
    Entry::of::<dead_units::DeadUnits>(),
    Entry::of::<stuck_unit::StuckUnit>(),
    Entry::of::<little_bend::LittleBend>(),
    // Real digits and last words
    Entry::of::<digits::Digits>(),
    Entry::of::<odd_even::OddEven>(),
    Entry::of::<overfitting::Overfitting>(),
];
