//! A source as the book shows it: named in a sentence, and in full.

use std::sync::LazyLock;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use regex::Regex;

use crate::markdown::inert;

/// An entry with more authors than this names the first few of them.
const MOST_AUTHORS: usize = 6;
const FIRST_AUTHORS: usize = 3;

/// What a DOI may hold and an address may not.
const NOT_IN_ADDRESS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?');

static INITIAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\p{Lu}\p{Ll}*\.$").expect("the pattern is valid")
});

/// A source, every field as a reader shall read it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// The key: `saxe2014`.
    pub key: String,
    /// The line of `references.bib` where it begins.
    pub line: usize,
    pub(super) authors: Vec<Author>,
    /// Whether there are authors whom the entry does not name.
    pub(super) and_others: bool,
    pub(super) title: String,
    /// Where the text can be read.
    pub(super) url: Option<String>,
    pub(super) year: Option<i32>,
    /// Tells it from another source of the same authors and year.
    pub(super) letter: Option<char>,
    /// What stands before the year: `29 September`.
    pub(super) day: Option<String>,
    /// The acronym of a conference, which the year follows: `ICLR`.
    pub(super) conference: Option<String>,
    /// Where it was published, from the inner to the outer.
    pub(super) venue: Vec<String>,
    pub(super) isbn: Option<String>,
    pub(super) doi: Option<String>,
    pub(super) arxiv: Option<String>,
    /// The day on which a page of the web was read.
    pub(super) read: Option<String>,
    pub(super) note: Option<String>,
}

/// A person, or an organisation that signs as one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Author {
    /// The name that a text is cited by: `von Brecht`.
    pub family: String,
    /// `Geoffrey E.`
    pub given: String,
    /// `III`
    pub suffix: String,
}

impl Author {
    /// `G. E. Hinton`, in one piece.
    pub fn short(&self) -> String {
        let mut words: Vec<String> =
            self.given.split_whitespace().map(initial).collect();
        words.push(self.family.clone());
        if !self.suffix.is_empty() {
            words.push(self.suffix.clone());
        }
        words.join("\u{a0}")
    }
}

/// The first letter of a name: `J.-P.` of `Jean-Pierre`. One that is short
/// already stays: `Ya.`
fn initial(name: &str) -> String {
    if INITIAL.is_match(name) {
        return name.into();
    }
    let parts = name.split('-').filter_map(|part| part.chars().next());
    let initials: Vec<String> = parts.map(|c| format!("{c}.")).collect();
    initials.join("-")
}

impl Source {
    /// The source as a sentence names it: `Saxe et al. 2014`.
    pub fn cited(&self) -> String {
        let names = match self.authors.as_slice() {
            [] => String::new(),
            [one] if !self.and_others => one.family.clone(),
            [one, two] if !self.and_others => {
                format!("{} and {}", one.family, two.family)
            }
            [first, ..] => format!("{} et al.", first.family),
        };
        match self.year() {
            Some(year) => format!("{names} {year}"),
            None => format!("{names}, undated"),
        }
    }

    /// The whole entry as HTML on one line, which means the same within a
    /// paragraph, a table cell, a question and an HTML block. It does not end
    /// with a full stop.
    pub fn full(&self) -> String {
        let mut parts = vec![inert(&self.names()), self.title_html()];
        let year = self.year().unwrap_or_else(|| "undated".into());
        let day = self.day.iter().map(|day| format!("{day} "));
        let date = inert(&format!("{}{year}", day.collect::<String>()));
        match &self.conference {
            Some(name) => {
                parts.push(format!("{} {date}", inert(name)));
                parts.extend(self.venue.iter().map(|text| inert(text)));
            }
            None => {
                parts.extend(self.venue.iter().map(|text| inert(text)));
                parts.push(date);
            }
        }
        parts.extend(
            self.isbn.iter().map(|isbn| inert(&format!("ISBN\u{a0}{isbn}"))),
        );
        parts.extend(self.doi.iter().map(|doi| {
            let path = utf8_percent_encode(doi, NOT_IN_ADDRESS);
            link(&format!("https://doi.org/{path}"), &format!("doi:{doi}"))
        }));
        parts.extend(self.arxiv.iter().map(|id| {
            link(&format!("https://arxiv.org/abs/{id}"), &format!("arXiv:{id}"))
        }));
        parts.extend(self.read.iter().map(|day| inert(&format!("read {day}"))));
        parts.extend(self.note.iter().map(|note| inert(note)));
        format!("<span class=\"source\">{}</span>", parts.join(", "))
    }

    /// What entries are sorted by: first author, year, title.
    pub(super) fn rank(&self) -> (String, Option<i32>, String) {
        let first = self.authors.first();
        let first = first.map(|author| sortable(&author.family));
        (first.unwrap_or_default(), self.year, sortable(&self.title))
    }

    fn year(&self) -> Option<String> {
        let letter = self.letter.map(String::from).unwrap_or_default();
        self.year.map(|year| format!("{year}{letter}"))
    }

    fn names(&self) -> String {
        let mut names: Vec<String> =
            self.authors.iter().map(Author::short).collect();
        let mut rest = self.and_others;
        if names.len() > MOST_AUTHORS {
            names.truncate(FIRST_AUTHORS);
            rest = true;
        }
        if rest {
            return format!("{} et al.", names.join(", "));
        }
        match names.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => {
                format!("{} and {last}", others.join(", "))
            }
            None => String::new(),
        }
    }

    fn title_html(&self) -> String {
        let title = inert(&self.title);
        match &self.url {
            Some(url) => {
                let url = inert(url);
                format!("<em><a href=\"{url}\">{title}</a></em>")
            }
            None => format!("<em>{title}</em>"),
        }
    }
}

fn link(address: &str, text: &str) -> String {
    format!("<a href=\"{}\">{}</a>", inert(address), inert(text))
}

/// A text without case and accents.
fn sortable(text: &str) -> String {
    use unicode_normalization::{
        UnicodeNormalization, char::is_combining_mark,
    };
    text.nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn author(given: &str, family: &str) -> Author {
        Author {
            given: given.into(),
            family: family.into(),
            suffix: String::new(),
        }
    }

    fn by(authors: &[Author]) -> Source {
        Source {
            authors: authors.into(),
            year: Some(2014),
            ..Source::default()
        }
    }

    #[test]
    fn given_names_become_initials() {
        let short =
            |given: &str| author(given, "X").short().replace('\u{a0}', " ");
        assert_eq!(short("Andrew M."), "A. M. X");
        assert_eq!(short("Jean-Pierre"), "J.-P. X");
        assert_eq!(short("Vladimir Ya."), "V. Ya. X");
        assert_eq!(short("Édouard"), "É. X");
        assert_eq!(short(""), "X");
        let bau = Author { suffix: "III".into(), ..author("David", "Bau") };
        assert_eq!(bau.short().replace('\u{a0}', " "), "D. Bau III");
    }

    #[test]
    fn a_sentence_names_one_author_two_or_the_first() {
        let all: Vec<Author> =
            ["Saxe", "McClelland", "Ganguli"].map(|n| author("A", n)).into();
        assert_eq!(by(&all[..1]).cited(), "Saxe 2014");
        assert_eq!(by(&all[..2]).cited(), "Saxe and McClelland 2014");
        assert_eq!(by(&all).cited(), "Saxe et al. 2014");
        let more = Source { and_others: true, ..by(&all[..1]) };
        assert_eq!(more.cited(), "Saxe et al. 2014");
        let second = Source { letter: Some('b'), ..by(&all) };
        assert_eq!(second.cited(), "Saxe et al. 2014b");
        let undated = Source { year: None, ..by(&all[..1]) };
        assert_eq!(undated.cited(), "Saxe, undated");
    }

    #[test]
    fn more_than_six_authors_are_three_and_others() {
        let names = |n: usize| {
            let names = ["A", "B", "C", "D", "E", "F", "G"];
            by(&names.map(|name| author("", name))[..n]).names()
        };
        assert_eq!(names(2), "A and B");
        assert_eq!(names(6), "A, B, C, D, E and F");
        assert_eq!(names(7), "A, B, C et al.");
    }

    #[test]
    fn nothing_in_an_entry_is_taken_for_markup() {
        let source = Source {
            title: "a*b*, _c_ | `d` [e](f) $g$ <h> {{#fact i}}".into(),
            doi: Some("10.1002/(SICI)1<2::A#B>3".into()),
            ..by(&[author("", "Saxe")])
        };
        let full = source.full();
        for c in ["*", "_c", "|", "`", "[", "$", "{{"] {
            assert!(!full.contains(c), "{c} in {full}");
        }
        assert!(full.contains("doi.org/10.1002/(SICI)1%3C2::A%23B%3E3"));
    }

    #[test]
    fn accents_and_case_do_not_change_the_order() {
        assert_eq!(sortable("Édouard"), "edouard");
        assert!(sortable("Öz") < sortable("Pa"));
        assert!(sortable("von Brecht") > sortable("Veit"));
    }
}
