use std::{fs, path::Path};

use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config as Proptest, RngSeed},
};

use super::*;

const CONFIG: &str = "\
[book]
title = \"A book\"
[build]
build-dir = \"public\"
[preprocessor.katex]
macros = \"macros.txt\"
[output.html]
additional-css = [\"style/a.css\"]
";

/// The files of a small book, and what their change means; `README.md` and all
/// below it are none of its sources.
const FILES: [(&str, Option<Change>); 14] = [
    ("src/SUMMARY.md", Some(Change::Prose)),
    ("src/one.md", Some(Change::Prose)),
    ("src/part/two.md", Some(Change::Prose)),
    ("src/references.bib", Some(Change::Prose)),
    ("theme/css/a.css", Some(Change::Prose)),
    ("style/a.css", Some(Change::Prose)),
    ("macros.txt", Some(Change::Prose)),
    ("CHANGELOG.md", Some(Change::Prose)),
    ("notes/größe/b c.txt", Some(Change::Prose)),
    ("code/a/src/lib.rs", Some(Change::Code)),
    ("Cargo.lock", Some(Change::Code)),
    ("README.md", None),
    ("public/index.html", None),
    ("src/lab/tent.wasm.gz", None),
];

/// `one.md` includes a file that includes another.
fn first(file: &str) -> &'static str {
    match file {
        "src/one.md" => "# One\n\n{{#include ../CHANGELOG.md}}\n",
        "CHANGELOG.md" => "{{ #include notes/größe/b c.txt:part }}\n",
        "notes/größe/b c.txt" => "before there was a folder\n",
        _ => "as it was\n",
    }
}

fn book() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, _) in FILES {
        put(&folder.path().join(file), first(file));
    }
    put(&folder.path().join("book.toml"), CONFIG);
    folder
}

fn put(file: &Path, text: &str) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

/// One thing that happens in the folder of a book.
#[derive(Debug, Clone)]
enum Step {
    /// A file gets this text, in one of the ways in which editors save.
    Save(usize, &'static str, Way),
    Delete(usize),
    /// A folder goes and comes back, as with two switches of the branch.
    ThereAndBack(&'static str),
    /// A part of the book has another name from now on, or the old one again.
    Rename,
}

#[derive(Debug, Clone, Copy)]
enum Way {
    InPlace,
    /// As vim does: the old one becomes a backup, and the new one is new.
    Backup,
    /// As most do: written beside, and renamed over the old one.
    Aside,
    /// Deleted, and made again.
    Anew,
    /// With the same text before, and files that come and go.
    Twice,
}

fn save(file: &Path, text: &str, way: Way) {
    let folder = file.parent().unwrap();
    fs::create_dir_all(folder).unwrap();
    let name = file.file_name().unwrap().to_str().unwrap();
    match way {
        Way::InPlace => fs::write(file, text).unwrap(),
        Way::Backup => {
            let backup = folder.join(format!("{name}~"));
            let _ = fs::rename(file, backup);
            fs::write(file, text).unwrap();
        }
        Way::Aside => {
            let aside = folder.join(format!(".{name}.swp"));
            fs::write(&aside, text).unwrap();
            fs::rename(aside, file).unwrap();
        }
        Way::Anew => {
            let _ = fs::remove_file(file);
            fs::write(file, text).unwrap();
        }
        Way::Twice => {
            let probe = folder.join("4913");
            fs::write(&probe, "").unwrap();
            fs::remove_file(probe).unwrap();
            fs::write(folder.join(format!("#{name}#")), text).unwrap();
            fs::write(file, "").unwrap();
            fs::write(file, text).unwrap();
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let file = 0..FILES.len();
    let text = select(vec!["as it was\n", "new\n", "", "größer\r\n"]);
    let way = select(vec![
        Way::InPlace,
        Way::Backup,
        Way::Aside,
        Way::Anew,
        Way::Twice,
    ]);
    let folder = select(vec!["src", "src/part", "notes", "theme", "code"]);
    prop_oneof![
        6 => (file.clone(), text, way).prop_map(|(f, t, w)| Step::Save(f, t, w)),
        2 => file.prop_map(Step::Delete),
        1 => folder.prop_map(Step::ThereAndBack),
        1 => Just(Step::Rename),
    ]
}

fn happens(root: &Path, step: &Step) {
    match step {
        // What includes others keeps doing so.
        Step::Save(file, text, way) => {
            let file = FILES[*file].0;
            let text = match first(file) {
                "as it was\n" => text.to_string(),
                known => format!("{known}{text}"),
            };
            save(&root.join(file), &text, *way);
        }
        Step::Delete(file) if first(FILES[*file].0) == "as it was\n" => {
            let _ = fs::remove_file(root.join(FILES[*file].0));
        }
        Step::Delete(_) => {}
        Step::ThereAndBack(folder) => {
            let (folder, away) = (root.join(folder), root.join("away"));
            if fs::rename(&folder, &away).is_ok() {
                fs::rename(away, folder).unwrap();
            }
        }
        Step::Rename => {
            let (one, other) = (root.join("src/part"), root.join("src/other"));
            if fs::rename(&one, &other).is_err() {
                let _ = fs::rename(other, one);
            }
        }
    }
}

/// What each file holds, under its old name and that of its renamed folder.
fn contents(root: &Path) -> Vec<(Option<Change>, Option<Vec<u8>>)> {
    let other = ("src/other/two.md", Some(Change::Prose));
    let all = FILES.into_iter().chain([other]);
    all.map(|(file, kind)| (kind, fs::read(root.join(file)).ok())).collect()
}

proptest! {
    #![proptest_config(Proptest {
        cases: 128,
        rng_seed: RngSeed::Fixed(14),
        failure_persistence: None,
        ..Proptest::default()
    })]

    #[test]
    fn whatever_an_editor_does_the_difference_decides(
        before in vec(step(), 0..5),
        after in vec(step(), 0..5),
    ) {
        let book = book();
        let root = book.path();
        for step in &before {
            happens(root, step);
        }
        let (from, old) = (Sources::of(root).snapshot(), contents(root));
        for step in &after {
            happens(root, step);
        }
        let sources = Sources::of(root);
        let expected = old.into_iter().zip(contents(root));
        let expected = expected
            .filter(|(old, new)| old != new)
            .filter_map(|(old, _)| old.0)
            .max();
        prop_assert_eq!(sources.change(&from, &sources.snapshot()), expected);
    }
}

#[test]
fn what_a_file_includes_is_a_source_wherever_it_is() {
    let outer = tempfile::tempdir().unwrap();
    let root = outer.path().canonicalize().unwrap().join("book");
    let text = "\\{{#include no.md}} {{#include ../../outside/a b.md:part}}\n\
                {{#playground ../.ci/run editable}} {{#template ../t.md x=1}}\n\
                {{#rustdoc_include ../code/a.rs:part}} {{#cite who1999}}";
    put(&root.join("src/a.md"), text);
    let sources = Sources::of(&root);
    for file in ["../outside/a b.md", ".ci/run", "t.md", "code/a.rs"] {
        assert!(sources.named.contains(&normal(&root.join(file))), "{file}");
    }
    // The folder is not there yet.
    assert!(sources.watched().contains(&root));
    assert!(sources.watched().contains(root.parent().unwrap()));
}

#[test]
fn a_folder_that_is_no_source_is_not_watched() {
    let book = book();
    let root = book.path().canonicalize().unwrap();
    for file in ["target/debug/a", "public/a", "src/.git/a", "node_modules/a"] {
        put(&root.join(file), "");
    }
    let watched = Sources::of(&root).watched();
    let names: Vec<_> = watched
        .iter()
        .map(|folder| folder.strip_prefix(&root).unwrap().to_str().unwrap())
        .collect();
    let expected = [
        "",
        "code",
        "code/a",
        "code/a/src",
        "notes/größe",
        "src",
        "src/part",
        "style",
        "theme",
        "theme/css",
    ];
    assert_eq!(names, expected);
}

/// Waits for a change, however long that takes.
#[track_caller]
fn notices(watch: &mut Watch, root: &Path, file: &str, text: &str, way: Way) {
    // No source: it must not be what is noticed.
    save(&root.join("README.md"), text, way);
    save(&root.join(file), text, way);
    assert_eq!(watch.next(), Change::Prose, "{file}, {way:?}");
}

#[test]
fn a_watch_notices_every_change_of_a_source() {
    let book = book();
    let (root, mut watch) = (book.path(), Watch::new(book.path()));
    for way in [Way::Aside, Way::Backup, Way::Anew, Way::Twice, Way::InPlace] {
        for text in [format!("1 {way:?}"), format!("2 {way:?}")] {
            let mut notices =
                |file, text: &str| notices(&mut watch, root, file, text, way);
            notices("book.toml", &CONFIG.replace("A book", &text));
            notices(
                "CHANGELOG.md",
                &(first("CHANGELOG.md").to_owned() + &text),
            );
            notices("notes/größe/b c.txt", &text);
            notices("src/new/folder/x.png", &text);
        }
        fs::remove_dir_all(root.join("src/new")).unwrap();
        assert_eq!(watch.next(), Change::Prose);
    }
}

#[test]
fn code_has_changed_until_it_is_as_it_was() {
    let book = book();
    let (root, mut watch) = (book.path(), Watch::new(book.path()));
    put(&root.join("code/a/src/lib.rs"), "new");
    assert_eq!(watch.next(), Change::Code);
    put(&root.join("src/references.bib"), "new");
    assert_eq!(watch.next(), Change::Code);
    put(&root.join("code/a/src/lib.rs"), first("code/a/src/lib.rs"));
    assert_eq!(watch.next(), Change::Prose);
}

#[test]
fn where_nothing_tells_the_sources_are_looked_at() {
    let book = book();
    let (root, mut watch) = (book.path(), Watch::new(book.path()));
    watch.looks_instead(&notify::Error::new(notify::ErrorKind::MaxFilesWatch));
    put(&root.join("src/one.md"), "new");
    assert_eq!(watch.next(), Change::Prose);
    watch.sender().send(Wake::Again).unwrap();
    assert_eq!(watch.next(), Change::Prose);
}
