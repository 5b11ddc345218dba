//! The book builder.
fn main() {}
