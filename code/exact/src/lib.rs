//! Arithmetic that gives the same bits on every machine and in the browser,
//! for *Linear All the Way Down*.
//!
//! The network of the book is the crate `slope`; this one lies below it. All
//! products of matrices are in [`product`], all transcendental functions in
//! [`transcendental`], all randomness in [`rng`], and nobody else may have
//! any: the same parameters then give the same figure everywhere. [`tile`] is
//! how the products are fast nonetheless. [`decimal`] reads a number, and
//! [`scale`] brings one near 1.
//!
//! See the chapter `until-two-to-the-minus-149`.

#![forbid(unsafe_code)]

pub mod decimal;
pub mod product;
pub mod rng;
pub mod scale;
pub mod statistics;
pub mod tile;
pub mod transcendental;
