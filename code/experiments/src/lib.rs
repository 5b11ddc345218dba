//! The experiments of *Linear All the Way Down*: parameters in; facts, claims
//! and a chart out.
//!
//! One file for each experiment. None knows of pages or browsers; all are
//! deterministic to the last bit. See `CONTRIBUTING.md` for how to add one.

pub mod chart;
mod collapse;
pub mod experiment;
pub mod fact;
mod gradient_check;
mod gradient_spread;
mod linear_floor;
mod linear_teacher;
mod loss_curve;
pub mod params;
pub mod statistics;
mod two_claims;
mod xor_floor;
mod xor_found;

pub use experiment::Entry;

/// Every experiment of the book, in the order of its chapters.
pub const ALL: &[Entry] = &[
    // What training is
    Entry::of::<gradient_check::GradientCheck>(),
    Entry::of::<loss_curve::LossCurve>(),
    // Slope one everywhere
    Entry::of::<two_claims::TwoClaims>(),
    Entry::of::<collapse::Collapse>(),
    Entry::of::<xor_floor::XorFloor>(),
    Entry::of::<xor_found::XorFound>(),
    Entry::of::<linear_floor::LinearFloorOfThree>(),
    Entry::of::<gradient_spread::GradientSpread>(),
    Entry::of::<linear_teacher::LinearTeacher>(),
    // Slope one somewhere
    // Real digits and last words
];
