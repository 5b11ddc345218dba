//! The programs of the labs: see `lab::program!`.
//!
//! They are a package of their own because of how they are compiled: a program
//! is optimised as its last crate is to be, which must be as far as can be, or
//! no loop of any crate becomes vectors; and the door, in `lab`, is to be
//! small.
