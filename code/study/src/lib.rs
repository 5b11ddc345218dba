//! The frame of the experiments of *Linear All the Way Down*: what every one
//! of them has, once.
//!
//! | | |
//! |---|---|
//! | [`mod@params`] | what a reader can turn, with its range and its default |
//! | [`experiment`] | an experiment, and all that a run of it says |
//! | [`live`] | a run in steps, as a page watches it |
//! | [`fact`], [`claim`] | the numbers and the sentences that the book quotes |
//! | [`sabotage`] | what would break a claim |
//! | [`link`], [`digest`] | a run as an address, and whether it was replayed |
//! | [`own`], [`points`], [`lent`] | a reader's own table; a page's files |
//! | [`parallel`] | runs side by side, their results in order |
//!
//! It knows no experiment: those are in the crate `experiments`, and what a
//! picture looks like is in the crate `chart`. See the chapter
//! `how-this-book-is-built`.

pub mod claim;
pub mod digest;
pub mod experiment;
pub mod fact;
pub mod lent;
pub mod link;
pub mod live;
pub mod own;
pub mod parallel;
pub mod params;
pub mod points;
pub mod sabotage;

pub use experiment::Entry;
