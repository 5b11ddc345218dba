//! The experiments of *Linear All the Way Down*: parameters in; facts, claims
//! and a chart out.
//!
//! One file for each experiment. None knows of pages or browsers; all are
//! deterministic to the last bit. See `CONTRIBUTING.md` for how to add one.

pub mod chart;
mod collapse;
pub mod experiment;
pub mod fact;
mod float_steps;
mod gelu_approximations;
mod loss_curve;
pub mod params;
mod polynomials;
mod smooth_bends;
pub mod statistics;
mod universal;

pub use experiment::Entry;

/// Every experiment of the book, in the order of its chapters.
pub const ALL: &[Entry] = &[
    // What training is
    Entry::of::<loss_curve::LossCurve>(),
    // Slope one everywhere
    Entry::of::<collapse::Collapse>(),
    // Slope one somewhere
    Entry::of::<smooth_bends::SmoothBends>(),
    Entry::of::<gelu_approximations::GeluApproximations>(),
    Entry::of::<polynomials::Polynomials>(),
    Entry::of::<universal::Universal>(),
    // Real digits and last words
    Entry::of::<float_steps::FloatSteps>(),
];
