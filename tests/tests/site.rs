//! The built site: what a reader's browser gets.

mod files;

use std::path::Path;

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
fn the_book_builds_without_a_problem_and_twice_to_the_same_bytes() {
    let reports = Reports::cached(root()).expect("every experiment runs");
    let (first, second) = (built(&reports), built(&reports));
    let (first, second) =
        (files::below(first.path()), files::below(second.path()));
    assert!(first.len() > 30, "only {} files", first.len());
    for (name, bytes) in &first {
        assert!(second.get(name) == Some(bytes), "{name:?} differs");
    }
    assert_eq!(first.len(), second.len());
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

/// By rustdoc: `build.rs` hands it the same programs.
#[test]
fn what_a_block_of_the_site_holds_is_the_program_that_is_run() {
    let reports = Reports::cached(root()).expect("every experiment runs");
    let site = built(&reports);
    let fences =
        snippet::all(root(), Path::new("src")).expect("the pages can be read");
    let mut left: Vec<_> = fences.iter().collect();
    while let Some(first) = left.first() {
        let file = first.file.clone();
        let (of_page, others): (Vec<_>, _) =
            left.into_iter().partition(|fence| fence.file == file);
        left = others;
        let page = Path::new(&file).with_extension("html");
        let page = page.strip_prefix("src").expect("a page of the book");
        let path = site.path().join("book").join(page);
        let html = press::text::read(&path).expect("the page is built");
        let blocks = rust_blocks(&html);
        assert_eq!(blocks.len(), of_page.len(), "{file}");
        for (block, fence) in blocks.iter().zip(of_page) {
            assert_eq!(*block, fence.program(), "{file}:{}", fence.line);
            assert!(block.contains("fn main()"), "{file}:{}", fence.line);
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
