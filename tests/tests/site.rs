//! The built site: what a reader's browser gets.

mod files;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use press::{Build, Reports, fence, lab::Wait, snippet};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn built(reports: &Reports) -> tempfile::TempDir {
    let dest = tempfile::tempdir().expect("a folder can be made");
    let build = Build {
        root: root().into(),
        dest: dest.path().join("book"),
        // The labs' programs take a minute to compile, and nothing here runs
        // them: labs.mjs does.
        wait: Wait::No,
    };
    // Everything that is wrong with the book is in the error.
    build.run(reports).unwrap_or_else(|error| panic!("{error}"));
    dest
}

#[test]
fn the_book_builds_with_the_tested_programs_and_twice_to_the_same_bytes() {
    let reports = Reports::cached(root()).expect("every experiment runs");
    let (first, second) = (built(&reports), built(&reports));
    let (first, second) =
        (files::below(first.path()), files::below(second.path()));
    assert!(first.len() > 30, "only {} files", first.len());
    for (name, bytes) in &first {
        assert!(second.get(name) == Some(bytes), "{name:?} differs");
    }
    assert_eq!(first.len(), second.len());
    blocks_are_the_tested_programs(&first);
    for (name, bytes) in &first {
        let text = String::from_utf8_lossy(bytes);
        assert!(!has_unix_command(&text), "{name:?}: use double quotes");
    }
    for broken in ["replay '#v1", "replay &#39;#v1", "replay &#x27;#v1"] {
        assert!(has_unix_command(broken));
    }
}

/// Whether a text shows a command in single quotation marks: for cmd.exe, they
/// are a part of what they are around.
fn has_unix_command(text: &str) -> bool {
    let quotes = ["'", "&#39;", "&#x27;", "&apos;"];
    let mut rests = text.split("replay ").skip(1);
    rests.any(|rest| quotes.iter().any(|quote| rest.starts_with(quote)))
}

#[test]
fn every_rust_fence_is_a_test_of_this_crate() {
    let fences =
        snippet::all(root(), Path::new("src")).expect("the pages can be read");
    let tests = include_str!(concat!(env!("OUT_DIR"), "/fences.rs"));
    assert!(!fences.is_empty());
    for fence in &fences {
        let place = format!("{}:{}.", fence.file, fence.line);
        assert!(tests.contains(&place), "{place} is not tested");
        assert!(!fence.text.contains("{{#"), "{place} is not expanded");
    }
    // None is exempt: see also the fixtures of `fence`.
    for fence in &fences {
        assert_eq!(fence::problems(&fence.file, &fence.text), []);
    }
}

/// Each block of Rust on the pages is the program that rustdoc compiles and
/// runs: `build.rs` hands it the same.
fn blocks_are_the_tested_programs(pages: &BTreeMap<PathBuf, Vec<u8>>) {
    let snippets =
        snippet::all(root(), Path::new("src")).expect("the pages can be read");
    for of_page in snippets.chunk_by(|a, b| a.file == b.file) {
        let file = &of_page[0].file;
        let page = Path::new(file).with_extension("html");
        let page = page.strip_prefix("src").expect("a page of the book");
        let html = &pages[&Path::new("book").join(page)];
        let blocks = rust_blocks(&String::from_utf8_lossy(html));
        assert_eq!(blocks.len(), of_page.len(), "{file}");
        for (block, snippet) in blocks.iter().zip(of_page) {
            assert_eq!(*block, snippet.program(), "{file}:{}", snippet.line);
            assert!(block.contains("fn main()"), "{file}:{}", snippet.line);
        }
    }
}

/// The text of each block of Rust, with what is hidden in it.
fn rust_blocks(html: &str) -> Vec<String> {
    let blocks = html.split("<code class=\"language-rust").skip(1);
    blocks
        .map(|block| {
            let (_, text) = block.split_once('>').expect("a tag ends");
            let (text, _) = text.split_once("</code>").expect("a block ends");
            let mut parts = text.split('<');
            let first = parts.next().unwrap_or_default();
            let others = parts.filter_map(|part| part.split_once('>'));
            let text: String = [first]
                .into_iter()
                .chain(others.map(|(_tag, text)| text))
                .collect();
            let text = text.replace("&lt;", "<").replace("&gt;", ">");
            let text = text.replace("&quot;", "\"").replace("&#39;", "'");
            text.replace("&amp;", "&").trim_end().to_string()
        })
        .collect()
}

#[test]
fn the_stylesheet_of_the_formulas_has_the_version_that_renders_them() {
    let css = press::text::read(&root().join("theme/css/katex.css"))
        .expect("the stylesheet exists");
    let version = katex::KATEX_VERSION.trim();
    let rule = format!(".katex-version:after{{content:\"{version}\"}}");
    assert!(css.contains(&rule), "expected KaTeX {version}");
}
