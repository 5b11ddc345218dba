//! The door to all labs, as a program of this machine: what it answers is what
//! the programs of the pages must answer. With `--many`, each line of standard
//! input is a request, and each line of standard output the answer.
//!
//! It is an example and no program of its own, for `cargo run` is the one
//! command of the book, and must not ask which program is meant.

use std::io::{self, BufRead as _, Write as _};

fn main() -> io::Result<()> {
    if std::env::args().nth(1).as_deref() != Some("--many") {
        lab::respond(experiments::LABS);
        return Ok(());
    }
    let mut door = lab::Door::to(experiments::LABS);
    for request in io::stdin().lock().lines() {
        let answer = door.answer(&request?, &|_| {});
        writeln!(io::stdout(), "{answer}")?;
    }
    Ok(())
}
