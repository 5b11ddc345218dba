//! The experiments of *Linear All the Way Down*: parameters in; facts, claims
//! and a chart out.
//!
//! One file for each experiment. None knows of pages or browsers; all are
//! deterministic to the last bit. See `CONTRIBUTING.md` for how to add one.

mod activations;
pub mod chart;
mod collapse;
pub mod experiment;
pub mod fact;
mod hand_gradient;
mod loss_curve;
pub mod params;
mod pieces;
mod spiral_bottleneck;
pub mod statistics;
mod tent;

pub use experiment::Entry;

/// Every experiment of the book, in the order of its chapters.
pub const ALL: &[Entry] = &[
    // What training is
    Entry::of::<hand_gradient::HandGradient>(),
    Entry::of::<loss_curve::LossCurve>(),
    // Slope one everywhere
    Entry::of::<activations::Activations>(),
    Entry::of::<collapse::Collapse>(),
    // Slope one somewhere
    Entry::of::<spiral_bottleneck::SpiralBottleneck>(),
    Entry::of::<tent::Tent>(),
    Entry::of::<pieces::Pieces>(),
    // Real digits and last words
];
