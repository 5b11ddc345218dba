//! Every public item shows an example that runs (`cargo test --doc`), and
//! every file says which chapter explains it.

use std::fs;
use std::path::Path;

/// Public items without an example in the comment above them.
fn without_example(source: &str) -> Vec<String> {
    let (mut comment, mut found) = (String::new(), vec![]);
    for line in source.lines().map(str::trim) {
        if line.starts_with("///") {
            comment += line;
        } else if !line.starts_with("#[") && !line.starts_with("// ANCHOR") {
            let item = ["pub fn ", "pub struct ", "pub enum "]
                .iter()
                .find_map(|kind| line.strip_prefix(kind));
            if let Some(item) = item
                && !comment.contains("```")
            {
                let ends = |c: char| !c.is_alphanumeric() && c != '_';
                found.extend(item.split(ends).next().map(str::to_string));
            }
            comment.clear();
        }
    }
    found
}

/// The book cuts `collapsed` out with its comment and has no room for more;
/// `Network::collapse` has the example.
const EXEMPT: &[(&str, &[&str])] = &[("collapse.rs", &["collapsed"])];

#[test]
fn every_public_item_has_an_example_and_every_file_a_chapter() {
    let slope = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = 0;
    for entry in ["exact", "slope", "probe"].iter().flat_map(|package| {
        fs::read_dir(slope.with_file_name(package).join("src")).unwrap()
    }) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue; // tests of private items
        }
        let source = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let exempt = EXEMPT.iter().find(|(file, _)| *file == name);
        let exempt = exempt.map_or(&[][..], |(_, items)| items);
        // An exemption that is no longer needed is wrong, too.
        assert_eq!(without_example(&source), exempt, "{name}");
        if !["lib.rs", "tile.rs"].contains(&name) {
            let head = source.lines().take_while(|l| l.starts_with("//!"));
            let head: String = head.collect();
            assert!(head.contains("chapter"), "{name} names no chapter");
        }
        files += 1;
    }
    assert!(files > 20);
}

#[test]
fn an_item_without_example_is_noticed() {
    let broken = "\
/// Has one.
/// ```
/// ```
#[derive(Debug)]
pub struct Good;
/// Has none.
pub fn bad_one() {}
pub enum Worse {}
";
    assert_eq!(without_example(broken), ["bad_one", "Worse"]);
}

/// Lines of code, without comments, blank lines and unit tests.
fn lines_of_code(source: &str) -> usize {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let counts = |line: &&str| !line.is_empty() && !line.starts_with("//");
    code.lines().map(str::trim).filter(counts).count()
}

#[test]
fn the_crate_can_be_read_in_one_sitting() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let sources = fs::read_dir(src).unwrap().map(|entry| entry.unwrap().path());
    let lines: usize = sources
        .filter(|path| path.is_file())
        .map(|path| lines_of_code(&fs::read_to_string(path).unwrap()))
        .sum();
    // Of 1,825, three hundred keep the promises of the comments: what is wrong
    // is refused in words, and a run can pause.
    assert!((500..1900).contains(&lines), "{lines} lines of code");
}

#[test]
fn comments_and_tests_are_not_counted() {
    let source =
        "// a\n\n/// b\nfn c() {\n    d(); // e\n}\n#[cfg(test)]\nmod t;";
    assert_eq!(lines_of_code(source), 3);
}
