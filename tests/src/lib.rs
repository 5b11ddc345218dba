//! The book as its reader meets it.
//!
//! The documentation of the modules below is the book: one module for each
//! Rust fence of each chapter, after includes are expanded. `cargo test`
//! compiles and runs them all, as the doctests of this crate; a failure names
//! the chapter and the line. The other tests of the book stand beside, in
//! `tests/`.

#![expect(
    clippy::needless_doctest_main,
    reason = "a reader pastes a whole program, with its main"
)]

include!(concat!(env!("OUT_DIR"), "/fences.rs"));
