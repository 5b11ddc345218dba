//! Instruments for the networks of *Linear All the Way Down*: what can be
//! measured besides the loss.
//!
//! [`linear_floor`] is the loss that no affine map passes; [`Difference`]s
//! check a gradient without its formula; [`per_example_gradients`] and
//! [`jacobians`] say what is constant in a network and what is not;
//! [`kinks_along`] counts straight pieces, and [`svd`] finds the directions
//! that a matrix stretches.

#![forbid(unsafe_code)]

mod basis;
mod complex;
mod difference;
mod floor;
mod gradients;
mod pieces;
mod separation;
mod singular;

pub use difference::{Difference, numeric_gradient, relative_error};
pub use floor::{LinearFloor, NoFloor, linear_floor};
pub use gradients::{
    dead_units, gradient_norms, jacobians, per_example_gradients, spread,
};
pub use pieces::kinks_along;
pub use singular::{NoSvd, Svd, singular_values, svd, truncated};
