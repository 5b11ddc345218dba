//! What a build lets pass, since an author must be able to look at a draft,
//! and what must not be published: each lint on the book as it stands.

use std::{path::Path, sync::LazyLock};

use press::{
    Reports,
    lint::{self, Lint, Volume},
};

static VOLUME: LazyLock<Volume> = LazyLock::new(|| {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let reports = Reports::cached(root).expect("every experiment runs");
    Volume::read(root, reports).expect("the book loads")
});

#[track_caller]
fn holds(name: &str) {
    let lint = Lint::named(name).expect("it is one of ALL");
    let problems = lint.problems(&VOLUME);
    let said: String = problems.iter().map(|p| format!("{p}\n")).collect();
    assert!(problems.is_empty(), "{said}{} problems", problems.len());
}

macro_rules! lints {
    ($($test:ident = $name:literal),* $(,)?) => {
        $(#[test]
        fn $test() {
            holds($name);
        })*

        #[test]
        fn every_lint_has_its_test() {
            let tested = [$($name),*];
            assert_eq!(lint::ALL.map(|lint| lint.name), tested);
        }
    };
}

lints! {
    every_decimal_says_where_it_comes_from = "numbers",
    every_extreme_is_a_bound_or_says_why_it_holds = "extremes",
    every_statement_says_its_hypotheses = "hypotheses",
    nothing_above_a_question_answers_it = "suspense",
    no_question_is_answered_by_its_form = "keys",
    no_paragraph_recites_numbers = "numerals",
    the_book_keeps_its_voice = "style",
    every_chapter_is_whole = "anatomy",
    every_exercise_has_its_solution = "solutions",
    no_term_comes_before_its_introduction = "terms",
    no_symbol_comes_before_its_chapter = "notation",
}

/// A lint that reads nothing finds nothing.
#[test]
fn the_lints_read_every_chapter_and_its_solutions() {
    let chapters = VOLUME.chapters().count();
    assert!(chapters > 0);
    let solutions = VOLUME.pages.iter();
    let solutions =
        solutions.filter(|page| page.file.starts_with("src/solutions/"));
    assert_eq!(solutions.count(), chapters);
}
