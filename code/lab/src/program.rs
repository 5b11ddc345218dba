//! A lab as a program that a page can load.

use std::{
    cell::RefCell,
    io::{self, Read as _, Write as _},
};

use study::Entry;

use crate::Door;

/// Asks for memory on behalf of everything in a page's program.
#[cfg(target_family = "wasm")]
#[global_allocator]
static MEMORY: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

thread_local! {
    /// The page's program has one thread, and keeps its run between requests.
    static DOOR: RefCell<Option<Door>> = const { RefCell::new(None) };
}

/// Reads a request from standard input and writes the answer to standard
/// output; how far a run has come goes to standard error, as lines `progress
/// PERCENT`. The page's worker plays all three, so no pointer passes between
/// it and the program.
// Within a program's function it would be compiled as that is: for speed.
#[inline(never)]
pub fn respond(labs: &'static [Entry]) {
    DOOR.with_borrow_mut(|door| {
        let door = door.get_or_insert_with(|| Door::to(labs));
        let mut request = Vec::new();
        // What cannot be read is answered as what it is then: no request.
        let _ = io::stdin().read_to_end(&mut request);
        let tell = |percent| {
            let line = format!("progress {percent}\n");
            let _ = io::stderr().write_all(line.as_bytes());
        };
        let answer = door.answer(&request, &tell);
        let _ = io::stdout().write_all(answer.as_bytes());
        let _ = io::stdout().flush();
    });
}

/// The function that a page calls, in a program with one lab.
///
/// It is one lab and not all: what no function reaches is left out, and a
/// reader of a chapter loads its lab and no other.
#[macro_export]
macro_rules! program {
    ($lab:expr) => {
        /// Answers the request on standard input.
        #[expect(
            unsafe_code,
            reason = "a page finds a function by its name alone, and a name \
                      may clash with another's. The function takes no pointer \
                      and gives none."
        )]
        #[unsafe(no_mangle)]
        pub extern "C" fn answer() {
            $crate::respond(const { &[$lab] });
        }
    };
}
