//! What the README and CONTRIBUTING.md say of the tree is so.

use std::path::Path;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The paths of files and folders in the tree that a text names between
/// backquotes; one with `slug`, `name` or a word in capitals stands for many.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let tops = ["src/", "code/", "tests/", "theme/", ".ci/"];
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(move |path| {
        let stands_for_many = |part: &str| {
            part.len() > 1 && part.chars().all(|c| c.is_ascii_uppercase())
                || ["slug", "name"].contains(&part)
        };
        let is_pattern = path.contains(['<', '…', ' '])
            || path.split(['/', '.', '_']).any(stands_for_many);
        tops.iter().any(|top| path.starts_with(top)) && !is_pattern
    })
}

fn missing(text: &str) -> Vec<&str> {
    paths(text).filter(|path| !root().join(path).exists()).collect()
}

#[test]
fn every_path_that_is_named_is_there() {
    for file in ["README.md", "CONTRIBUTING.md"] {
        let text = std::fs::read_to_string(root().join(file)).expect(file);
        assert!(paths(&text).count() > 5, "{file}");
        assert_eq!(missing(&text), [""; 0], "{file}");
    }
}

#[test]
fn a_path_that_leads_nowhere_is_noticed() {
    let text = "`code/exact` and `code/slop/src`, `src/PAGE.md`, `src/<slug>`";
    assert_eq!(missing(text), ["code/slop/src"]);
}
