use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    thread,
};

use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, RngSeed},
};

use super::{staging::is_whole, *};

/// Everything below a folder: a file's bytes, where a link leads, or nothing.
fn world(folder: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    walkdir::WalkDir::new(folder)
        .min_depth(1)
        .into_iter()
        .map(|entry| {
            let entry = entry.expect("it can be read");
            let path = entry.into_path();
            let kind =
                path.symlink_metadata().expect("it is there").file_type();
            let content = if kind.is_symlink() {
                let target = fs::read_link(&path).expect("it is a link");
                Some(target.into_os_string().into_encoded_bytes())
            } else if kind.is_file() {
                Some(fs::read(&path).expect("it is a file"))
            } else {
                None
            };
            (path, content)
        })
        .collect()
}

fn put(file: &Path, text: &str) {
    fs::create_dir_all(file.parent().expect("it has a folder")).unwrap();
    fs::write(file, text).unwrap();
}

/// The sources of a book, in a repository, within a folder.
fn sources() -> tempfile::TempDir {
    let outer = tempfile::tempdir().unwrap();
    let root = outer.path().join("repository");
    let files = [
        "book.toml",
        "src/SUMMARY.md",
        "src/lab/a",
        "theme/css/a.css",
        "code/press/a.rs",
        "tests/a.rs",
        ".git/HEAD",
        ".ci/run",
        ".github/workflows/a",
    ];
    for file in files {
        put(&root.join(file), "");
    }
    outer
}

/// Does what a build does, with two pages that hold `text`.
fn build(root: &Path, dest: &Path, text: &str) -> anyhow::Result<Destination> {
    let destination = Destination::of(root, dest)?;
    let staging = Staging::beside(&destination)?;
    put(&staging.building().join("index.html"), text);
    put(&staging.building().join("fonts/größe.css"), text);
    staging.swap_in()?;
    Ok(destination)
}

/// Asserts that `folder` is that book, and no other file.
fn assert_book(folder: &Path, text: &str) {
    assert!(is_whole(folder));
    let page = |name: &str| fs::read(folder.join(name)).unwrap();
    assert_eq!(page("index.html"), text.as_bytes());
    assert_eq!(page("fonts/größe.css"), text.as_bytes());
    assert_eq!(world(folder).len(), 4);
}

#[track_caller]
fn refused(dest: &Path, outer: &Path, why: &str) {
    let before = world(outer);
    let root = outer.join("repository");
    let error = build(&root, dest, "new").expect_err("it was written");
    let error = format!("{error:#}");
    assert!(error.contains(why), "expected {why}, found {error}");
    assert!(error.contains("\n    "), "no mend: {error}");
    assert_eq!(world(outer), before);
}

#[test]
fn what_holds_or_lies_in_the_sources_is_refused() {
    let outer = sources();
    let outer = outer.path();
    let within = [
        "src",
        "src/new",
        "src/lab",
        "theme",
        "theme/css/new",
        "code",
        "code/press/target",
        "tests/new",
        ".ci",
        ".github/workflows",
        "new/../src",
        "book/../code/./new",
    ];
    for dest in within {
        refused(Path::new(dest), outer, "the sources of the book");
    }
    for dest in ["", ".", "..", "book/..", "../repository", "../.."] {
        refused(Path::new(dest), outer, "the sources of the book are in it");
    }
    refused(Path::new("/"), outer, "root of the file system");
    let home = env::home_dir().expect("there is one");
    refused(&home, outer, "home");
    for dest in [".git", ".git/new", "../.git/new"] {
        refused(Path::new(dest), outer, "git repository");
    }
}

#[test]
fn what_is_not_a_book_is_refused() {
    let outer = sources();
    let outer = outer.path();
    put(&outer.join("thesis/thesis.tex"), "thesis");
    refused(Path::new("../thesis"), outer, "thesis.tex is in it");
    put(&outer.join("worktree/.git"), "gitdir: elsewhere");
    refused(Path::new("../worktree"), outer, "the root of a git repository");
    put(&outer.join("a.txt"), "");
    refused(Path::new("../a.txt"), outer, "not a folder");
    refused(Path::new("../a.txt/book"), outer, "cannot be found");
    put(&outer.join("old/index.html"), "");
    put(&outer.join("old/.nojekyll"), "");
    refused(Path::new("../old"), outer, "if it is a book that mdbook");
    put(&outer.join("half").join(manifest::MARKER), "");
    refused(Path::new("../half"), outer, "not as it was written");
}

#[cfg(unix)]
#[test]
fn a_link_is_what_it_leads_to() {
    use std::os::unix::fs::symlink;
    let outer = sources();
    let outer = outer.path();
    symlink("repository/src", outer.join("to-src")).unwrap();
    refused(Path::new("../to-src"), outer, "the sources of the book");
    symlink("nowhere", outer.join("to-nowhere")).unwrap();
    refused(Path::new("../to-nowhere"), outer, "cannot be found");
    fs::create_dir(outer.join("real")).unwrap();
    symlink("real", outer.join("to-real")).unwrap();
    let root = outer.join("repository");
    build(&root, Path::new("../to-real"), "a").unwrap();
    build(&root, Path::new("../to-real"), "b").unwrap();
    assert!(outer.join("to-real").is_symlink());
    assert_book(&outer.join("real"), "b");
}

#[test]
fn what_was_put_into_a_book_or_changed_there_is_kept() {
    let outer = sources();
    let (outer, dest) = (outer.path(), Path::new("../book"));
    let book = outer.join("book");
    build(&outer.join("repository"), dest, "a").unwrap();
    put(&book.join("fonts/CNAME"), "");
    refused(dest, outer, "`press` did not write fonts/CNAME");
    fs::remove_file(book.join("fonts/CNAME")).unwrap();
    fs::create_dir_all(book.join("mine/too")).unwrap();
    refused(dest, outer, "`press` did not write mine, which");
    fs::remove_dir_all(book.join("mine")).unwrap();
    put(&book.join("index.html"), "mended by hand");
    refused(dest, outer, "index.html is not as `press` wrote it");
    // What is deleted is not lost by a build.
    fs::remove_file(book.join("index.html")).unwrap();
    build(&outer.join("repository"), dest, "b").unwrap();
    assert_book(&book, "b");
}

#[test]
fn what_comes_into_a_book_while_one_is_built_is_kept() {
    let outer = sources();
    let root = outer.path().join("repository");
    let destination = Destination::of(&root, Path::new("book")).unwrap();
    let staging = Staging::beside(&destination).unwrap();
    put(&staging.building().join("index.html"), "new");
    put(&root.join("book/thesis.tex"), "thesis");
    let before = world(&root.join("book"));
    assert!(staging.swap_in().unwrap_err().is::<Refused>());
    assert_eq!(world(&root.join("book")), before);
    assert_eq!(leftovers(&root), 0);
}

fn leftovers(folder: &Path) -> usize {
    let names = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name());
    names.filter(|n| n.to_string_lossy().starts_with(".press-")).count()
}

#[test]
fn a_build_that_fails_leaves_no_trace() {
    let outer = sources();
    let root = outer.path().join("repository");
    let before = world(outer.path());
    let destination = Destination::of(&root, Path::new("a/b/book")).unwrap();
    let staging = Staging::beside(&destination).unwrap();
    put(&staging.building().join("index.html"), "half");
    drop(staging);
    assert_eq!(world(outer.path()), before);
}

#[test]
fn builds_at_once_do_not_disturb_each_other() {
    let outer = sources();
    let root = outer.path().join("repository");
    let dest = Path::new("book");
    thread::scope(|scope| {
        for text in ["a", "b", "c", "d"] {
            let root = &root;
            scope.spawn(move || {
                for _ in 0..25 {
                    let destination = Destination { folder: root.join(dest) };
                    let staging = Staging::beside(&destination).unwrap();
                    put(&staging.building().join("index.html"), text);
                    staging.swap_in().unwrap();
                }
            });
        }
    });
    assert!(is_whole(&root.join(dest)));
    assert_eq!(leftovers(&root), 0);
}

/// A folder as a build that was killed leaves it: nobody holds its lock.
fn dead(destination: &Destination) -> PathBuf {
    let staging = Staging::beside(destination).unwrap();
    let name = staging.building().parent().unwrap().to_path_buf();
    drop(staging);
    put(&name.join("lock"), "");
    name
}

fn whole(folder: &Path, text: &str) {
    put(&folder.join("index.html"), text);
    put(&folder.join("fonts/größe.css"), text);
    Manifest::of(folder).unwrap().write(folder).unwrap();
}

#[test]
fn what_a_killed_build_left_is_removed_and_a_living_one_let_be() {
    let outer = sources();
    let root = outer.path().join("repository");
    let destination = build(&root, Path::new("book"), "a").unwrap();
    let left = dead(&destination);
    put(&left.join("building/index.html"), "half");
    whole(&left.join("pages"), "old");
    let living = Staging::beside(&destination).unwrap();
    assert!(!left.exists());
    put(&living.building().join("index.html"), "living");
    assert_eq!(leftovers(&root), 1);
    build(&root, Path::new("book"), "b").unwrap();
    assert_book(&root.join("book"), "b");
    assert!(living.building().join("index.html").is_file());
    living.swap_in().unwrap();
    assert_eq!(leftovers(&root), 0);
}

#[test]
fn a_swap_in_two_steps_that_was_broken_off_is_mended() {
    let outer = sources();
    let root = outer.path().join("repository");
    let destination = Destination::of(&root, Path::new("book")).unwrap();
    let book = root.join("book");
    // Killed before the new book, which is whole, was moved.
    let left = dead(&destination);
    whole(&left.join("pages"), "new");
    whole(&left.join("replaced-0"), "old");
    drop(Staging::beside(&destination).unwrap());
    assert_book(&book, "new");
    assert_eq!(leftovers(&root), 0);
    // The same, with a new book that has lost a file.
    fs::remove_dir_all(&book).unwrap();
    let left = dead(&destination);
    whole(&left.join("pages"), "new");
    fs::remove_file(left.join("pages/index.html")).unwrap();
    whole(&left.join("replaced-0"), "old");
    drop(Staging::beside(&destination).unwrap());
    assert_book(&book, "old");
    // What no build has made is not deleted with what one has left.
    let left = dead(&destination);
    put(&left.join("pages/thesis.tex"), "thesis");
    drop(Staging::beside(&destination).unwrap());
    assert!(left.join("pages/thesis.tex").is_file());
}

#[test]
fn a_book_is_swapped_in_by_two_steps_as_well() {
    let outer = sources();
    let destination = Destination::of(outer.path(), Path::new("book")).unwrap();
    let (pages, book) = (outer.path().join("pages"), destination.folder());
    whole(&pages, "a");
    let old = staging::moved(&pages, book, outer.path()).unwrap();
    assert_eq!(old, None);
    assert_book(book, "a");
    whole(&pages, "b");
    let old = staging::moved(&pages, book, outer.path()).unwrap();
    assert_book(book, "b");
    assert_book(&old.unwrap(), "a");
}

/// What may stand somewhere in a tree of files.
#[derive(Debug, Clone)]
enum Thing {
    File,
    Folder,
    Link(PathBuf),
    Book,
}

fn name() -> impl Strategy<Value = &'static str> {
    select(vec![
        "a",
        "b c",
        "größe",
        "book",
        "src",
        "index.html",
        ".hidden",
        "%41 #&",
        ".git",
        "repository",
        "tests",
    ])
}

fn path() -> impl Strategy<Value = PathBuf> {
    vec(name(), 1..4).prop_map(|names| names.iter().collect())
}

fn thing() -> impl Strategy<Value = Thing> {
    prop_oneof![
        Just(Thing::File),
        Just(Thing::Folder),
        path().prop_map(Thing::Link),
        Just(Thing::Book),
    ]
}

/// A way to a folder, from the root of the repository.
fn dest() -> impl Strategy<Value = PathBuf> {
    let step = prop_oneof![4 => name(), 1 => Just(".."), 1 => Just(".")];
    let first = select(vec!["", "..", "..", "../repository"]);
    (first, vec(step, 0..4))
        .prop_map(|(first, steps)| [first].into_iter().chain(steps).collect())
}

fn place(outer: &Path, path: &Path, thing: &Thing) {
    let at = outer.join(path);
    let parent = at.parent().expect("it is below the outer folder");
    // Where the tree has something else already, that stays.
    if at.symlink_metadata().is_ok() || fs::create_dir_all(parent).is_err() {
        return;
    }
    match thing {
        Thing::File => fs::write(at, "mine").unwrap(),
        Thing::Folder => fs::create_dir(at).unwrap(),
        Thing::Book => whole(&at, "old"),
        #[cfg(unix)]
        Thing::Link(to) => {
            std::os::unix::fs::symlink(outer.join(to), at).unwrap();
        }
        #[cfg(not(unix))]
        Thing::Link(_) => {}
    }
}

proptest! {
    #![proptest_config(Config {
        cases: 128,
        rng_seed: RngSeed::Fixed(14),
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn a_destination_is_refused_untouched_or_holds_the_book_and_no_more(
        things in vec((path(), thing()), 0..10),
        dest in dest(),
    ) {
        let outer = sources();
        let outer = outer.path().canonicalize().unwrap();
        for (path, thing) in &things {
            place(&outer, path, thing);
        }
        let root = outer.join("repository");
        let before = world(&outer);
        let built = build(&root, &dest, "new");
        let after = world(&outer);
        let Ok(destination) = built else {
            prop_assert_eq!(before, after);
            return Ok(());
        };
        let book = destination.folder();
        assert_book(book, "new");
        prop_assert!(!root.starts_with(book), "{} is gone", book.display());
        prop_assert!(root.join("src/SUMMARY.md").is_file());
        for (path, content) in &before {
            // What was replaced is a book that a build had made.
            let was_made = content.as_deref().is_none_or(|bytes| {
                bytes == b"old" || path.ends_with(manifest::MARKER)
            });
            if path.starts_with(book) {
                prop_assert!(was_made, "{} is gone", path.display());
            } else {
                prop_assert_eq!(after.get(path), Some(content));
            }
        }
        for path in after.keys() {
            let is_new = !before.contains_key(path);
            let is_ours = path.starts_with(book) || book.starts_with(path);
            prop_assert!(!is_new || is_ours, "{} is new", path.display());
        }
    }
}
