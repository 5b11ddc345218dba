//! The door to all labs, as a program of this machine: what it answers is what
//! the programs of the pages must answer.
//!
//! It is an example and no program of its own, for `cargo run` is the one
//! command of the book, and must not ask which program is meant.

fn main() {
    lab::respond(experiments::LABS);
}
