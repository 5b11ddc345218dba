//! The experiments of *Linear All the Way Down*: parameters in; facts, claims
//! and a chart out.
//!
//! One file for each experiment. None knows of pages or browsers; all are
//! deterministic to the last bit. See `CONTRIBUTING.md` for how to add one.

mod bottleneck;
pub mod chart;
mod collapse;
pub mod experiment;
pub mod fact;
mod factors;
mod linear_autoencoder;
mod loss_curve;
mod low_rank_adapter;
mod matrix_completion;
mod output_activation;
mod overparametrised;
pub mod params;
pub mod statistics;

pub use experiment::Entry;

/// Every experiment of the book, in the order of its chapters.
pub const ALL: &[Entry] = &[
    // What training is
    Entry::of::<loss_curve::LossCurve>(),
    // Slope one everywhere
    Entry::of::<collapse::Collapse>(),
    Entry::of::<matrix_completion::MatrixCompletion>(),
    Entry::of::<overparametrised::Overparametrised>(),
    // Slope one somewhere
    Entry::of::<bottleneck::Bottleneck>(),
    Entry::of::<linear_autoencoder::LinearAutoencoder>(),
    Entry::of::<low_rank_adapter::LowRankAdapter>(),
    Entry::of::<output_activation::OutputActivation>(),
    // Real digits and last words
];
