//! From this book's network to PyTorch and Keras, and back.
//!
//! Each chapter has a program in Rust; beside this crate stand programs that do
//! the same in PyTorch and in Keras. They begin with the same weights, from the
//! files in `weights` ([`first`]), and `compare.py` holds the numbers that they
//! print to those of [`PROGRAMS`], at full precision. A trained network goes
//! over as a [`state_dict`].
//!
//! See the page `migration`.

#![forbid(unsafe_code)]

pub mod exchange;
pub mod first;
pub mod state_dict;
pub mod widened;

include!(concat!(env!("OUT_DIR"), "/programs.rs"));
