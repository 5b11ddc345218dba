//! The experiments of *Linear All the Way Down*: parameters in; facts, claims
//! and a chart out.
//!
//! One file for each experiment. None knows of pages or browsers; all are
//! deterministic to the last bit. See `CONTRIBUTING.md` for how to add one.

pub mod chart;
mod collapse;
pub mod experiment;
pub mod fact;
mod gradient_by_depth;
mod identity_shortcuts;
mod isometry;
mod loss_curve;
pub mod params;
mod shortcut_rates;
mod shortcuts;
pub mod statistics;
mod stuck_sigmoid;

pub use experiment::Entry;

/// Every experiment of the book, in the order of its chapters.
pub const ALL: &[Entry] = &[
    // What training is
    Entry::of::<loss_curve::LossCurve>(),
    // Slope one everywhere
    Entry::of::<collapse::Collapse>(),
    // Slope one somewhere
    Entry::of::<gradient_by_depth::GradientByDepth>(),
    Entry::of::<isometry::Isometry>(),
    Entry::of::<stuck_sigmoid::StuckSigmoid>(),
    Entry::of::<shortcuts::Shortcuts>(),
    Entry::of::<shortcut_rates::ShortcutRates>(),
    Entry::of::<identity_shortcuts::IdentityShortcuts>(),
    // Real digits and last words
];
