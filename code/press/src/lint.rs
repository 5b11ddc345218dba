//! What is wrong with the prose, beyond what a build refuses: an author may
//! write a draft and look at it, but not publish it.
//!
//! Each lint reads the whole [`Volume`] and returns [`Problem`]s. `cargo run
//! -- lint` prints them, `cargo test` demands that there are none.

mod anatomy;
mod extremes;
mod hypotheses;
mod keys;
mod notation;
mod numbers;
mod numerals;
mod page;
mod solutions;
mod style;
mod suspense;
mod terms;
mod tex;
mod volume;

use study::params::nearest;

pub use page::{Page, Part};
pub use volume::Volume;

use crate::Problem;

/// One of the lints.
#[derive(Debug, Clone, Copy)]
pub struct Lint {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it asks for.
    pub asks: &'static str,
    problems: fn(&Volume) -> Vec<Problem>,
}

/// All lints.
pub const ALL: [Lint; 11] = [
    Lint {
        name: "numbers",
        asks: "every decimal in the prose says where it comes from",
        problems: numbers::problems,
    },
    Lint {
        name: "extremes",
        asks: "every extreme is a bound of twenty seeds, or says why it holds",
        problems: extremes::problems,
    },
    Lint {
        name: "hypotheses",
        asks: "every statement says under which hypotheses it holds",
        problems: hypotheses::problems,
    },
    Lint {
        name: "suspense",
        asks: "nothing above a question answers it",
        problems: suspense::problems,
    },
    Lint {
        name: "keys",
        asks: "no question is answered by its form",
        problems: keys::problems,
    },
    Lint {
        name: "numerals",
        asks: "no paragraph recites numbers",
        problems: numerals::problems,
    },
    Lint {
        name: "style",
        asks: "the field's words, no banned phrase, and one spelling",
        problems: style::problems,
    },
    Lint {
        name: "anatomy",
        asks: "every chapter has all that a chapter has",
        problems: anatomy::problems,
    },
    Lint {
        name: "solutions",
        asks: "every exercise has its solution",
        problems: solutions::problems,
    },
    Lint {
        name: "terms",
        asks: "no term is used before a chapter introduces it",
        problems: terms::problems,
    },
    Lint {
        name: "notation",
        asks: "no symbol and no import comes before its chapter",
        problems: notation::problems,
    },
];

impl Lint {
    /// The lint of this name.
    ///
    /// # Errors
    /// If there is none: a sentence that names those that there are.
    pub fn named(name: &str) -> Result<Self, String> {
        let names = ALL.iter().map(|lint| lint.name);
        ALL.into_iter().find(|lint| lint.name == name).ok_or_else(|| {
            match nearest(name, names.clone()) {
                Some(near) => {
                    format!("no lint `{name}`: did you mean `{near}`?")
                }
                None => format!(
                    "no lint `{name}`; there are {}",
                    names.collect::<Vec<_>>().join(", ")
                ),
            }
        })
    }

    /// What is wrong with a book, in the order of its files.
    pub fn problems(&self, volume: &Volume) -> Vec<Problem> {
        let mut problems = (self.problems)(volume);
        problems.sort();
        problems.dedup();
        problems
    }
}

/// Some lines for the end of a sentence: "; also in lines 3, 5 and 8", or
/// nothing if there are none.
fn listed(before: &str, lines: impl IntoIterator<Item = usize>) -> String {
    let mut lines: Vec<String> =
        lines.into_iter().map(|line| line.to_string()).collect();
    lines.dedup();
    match lines.as_slice() {
        [] => String::new(),
        [line] => format!("{before} line {line}"),
        [lines @ .., last] => {
            format!("{before} lines {} and {last}", lines.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_lint_finds_its_twin() {
        assert_eq!(Lint::named("numbers").unwrap().name, "numbers");
        let said = Lint::named("numberz").unwrap_err();
        assert!(said.contains("`numbers`"), "{said}");
    }

    #[test]
    fn lines_are_listed_as_one_says_them() {
        assert_eq!(listed(" in", []), "");
        assert_eq!(listed(" in", [3]), " in line 3");
        assert_eq!(listed(" in", [3, 5, 5, 8]), " in lines 3, 5 and 8");
    }
}
