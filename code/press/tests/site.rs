//! The site checker: a clean site passes, and each broken one is rejected
//! for the one thing that is broken in it.
//!
//! `site/clean` is a small site with its sources. Each file of `site/broken`
//! is an edit of it and all that the checker must say of the result; so the
//! clean twin of every broken thing stands in `site/clean`.

use std::fs;
use std::path::{Path, PathBuf};

use press::site::problems;
use serde::Deserialize;

/// One file of `site/broken`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Broken {
    edit: Vec<Edit>,
    /// The problems, as an author reads them.
    says: Vec<String>,
}

/// Replaces the one place in `file` that reads `cut`; without `cut`, `put`
/// is a new file, and without `put`, the file is removed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    file: String,
    cut: Option<String>,
    put: Option<String>,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/site")
}

/// A copy of the clean site that a test may break.
fn copy_of_clean(name: &str) -> PathBuf {
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("site").join(name);
    let _ = fs::remove_dir_all(&copy);
    let clean = fixtures().join("clean");
    for entry in walkdir::WalkDir::new(&clean) {
        let entry = entry.unwrap();
        let to = copy.join(entry.path().strip_prefix(&clean).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(to).unwrap();
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
    copy
}

fn apply(edit: &Edit, root: &Path) {
    let path = root.join(&edit.file);
    match (&edit.cut, &edit.put) {
        (Some(cut), put) => {
            let text = fs::read_to_string(&path).unwrap();
            let places = text.matches(cut.as_str()).count();
            assert_eq!(places, 1, "{} places with {cut:?}", edit.file);
            let put = put.as_deref().unwrap_or_default();
            fs::write(&path, text.replace(cut, put)).unwrap();
        }
        (None, Some(put)) => fs::write(&path, put).unwrap(),
        (None, None) => fs::remove_file(&path).unwrap(),
    }
}

fn said_of(root: &Path) -> Vec<String> {
    let found = problems(root, &root.join("book"), Path::new("book")).unwrap();
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn the_clean_site_passes() {
    let said = said_of(&fixtures().join("clean"));
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[test]
fn each_broken_site_is_rejected_for_what_is_broken() {
    let mut wrong = Vec::new();
    let broken = fs::read_dir(fixtures().join("broken")).unwrap();
    let mut paths: Vec<_> = broken.map(|e| e.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    for path in paths {
        let name = path.file_stem().unwrap().to_string_lossy();
        let text = fs::read_to_string(&path).unwrap();
        let fixture: Broken = toml::from_str(&text).unwrap();
        let root = copy_of_clean(&name);
        for edit in &fixture.edit {
            apply(edit, &root);
        }
        let said = said_of(&root);
        let expected: Vec<_> =
            fixture.says.iter().map(|s| s.trim_end().to_string()).collect();
        if said != expected || said.is_empty() {
            wrong.push(format!("== {name}\n{}", said.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Builds the book of `site/mdbook`, and gives its root and its site.
fn real_book(name: &str) -> (PathBuf, PathBuf) {
    let root = fixtures().join("mdbook");
    let site = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&site);
    let mut book = mdbook_driver::MDBook::load(&root).unwrap();
    book.config.build.build_dir = site.clone();
    book.build().unwrap();
    (root, site)
}

#[test]
fn a_book_that_mdbook_renders_passes() {
    let (root, site) = real_book("real-book");
    let found = problems(&root, &site, &site).unwrap();
    let said: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[test]
fn a_page_may_break_off_anywhere() {
    let root = copy_of_clean("broken-off");
    let page = root.join("book/loss.html");
    let html = fs::read_to_string(&page).unwrap();
    for end in (0..html.len()).filter(|end| html.is_char_boundary(*end)) {
        fs::write(&page, &html[..end]).unwrap();
        let said = said_of(&root);
        // Once its `<main>` has ended, nothing that a page needs is to come.
        let told = !said.is_empty() || !html[end..].contains("</main>");
        assert!(told, "cut at {end}");
    }
}

#[test]
fn a_site_that_is_not_there_is_named() {
    let root = fixtures().join("clean");
    let error = problems(&root, &root.join("no-such-site"), Path::new("book"))
        .unwrap_err();
    assert!(error.to_string().contains("no-such-site"), "{error}");
}
