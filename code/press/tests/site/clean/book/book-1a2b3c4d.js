fetch('https://play.rust-lang.org/meta/crates');
