//! The one command of the book.
fn main() {}
