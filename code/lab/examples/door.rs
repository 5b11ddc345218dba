//! Reads a request from standard input and writes the answer to standard
//! output; how far a run has come goes to standard error, as lines
//! `progress PERCENT`.
//!
//! So the door needs no function of its own between page and program, and no
//! unsafe code: the page's worker plays standard input and output.
//!
//! It is an example and no program of its own, for `cargo run` is the one
//! command of the book, and must not ask which program is meant.

use std::{
    io::{self, Read, Write},
    process::ExitCode,
};

/// More bytes than any request needs; the rest is not read.
const LONGEST: u64 = 8000;

fn main() -> ExitCode {
    // What an error of the system is called would be in every page's program.
    match answered() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn answered() -> io::Result<()> {
    let mut request = String::new();
    io::stdin().take(LONGEST).read_to_string(&mut request)?;
    let answer = lab::answer(&request, &|percent| {
        // Nobody who waits is no reason to stop.
        let _ = writeln!(io::stderr(), "progress {percent}");
    });
    io::stdout().write_all(answer.as_bytes())
}
