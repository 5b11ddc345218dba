//! Numerals: at most four in a paragraph. What else a reader wants to look up
//! stands in a table; a figure is explained, not recited.
//!
//! A number of a run counts as one, and so does one that is typed, except in a
//! formula, in code, in a table, in a heading or in what someone else has said.
//! Exercises and their solutions give numbers to compute with, and may.

use std::{ops::Range, sync::LazyLock};

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use regex::Regex;

use super::{
    page::{Kind, Page},
    volume::Volume,
};
use crate::{Problem, markdown::options, math};

const MOST: usize = 4;

/// A number of a run, as the source has it.
static OF_A_RUN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\{\{\s*#(fact|audit|without)\s").expect("a regular expression")
});

static TYPED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[^\p{L}\d.,\x01])(\d[\d.,]*)")
        .expect("a regular expression")
});

/// Every paragraph with too many numerals.
pub fn problems(volume: &Volume) -> Vec<Problem> {
    let is_solution = |page: &&Page| page.file.starts_with("src/solutions/");
    volume.pages.iter().filter(|p| !is_solution(p)).flat_map(of_page).collect()
}

fn of_page(page: &Page) -> Vec<Problem> {
    let words = page.own_words(&[Kind::Prose]);
    let typed = TYPED.find_iter(&words);
    let formulas: Vec<_> = math::places(&page.text).collect();
    let numerals: Vec<usize> = OF_A_RUN
        .find_iter(&page.text)
        .chain(typed)
        .map(|found| found.end() - 1)
        .filter(|at| !formulas.iter().any(|formula| formula.contains(at)))
        .collect();
    let of = |range: &Range<usize>| {
        numerals.iter().filter(|at| range.contains(at)).count()
    };
    let exercises = page.section("Exercises").unwrap_or_default();
    paragraphs(page)
        .into_iter()
        .filter(|range| !exercises.contains(&range.start))
        .filter_map(|range| {
            let found = of(&range);
            (found > MOST).then(|| {
                let what = format!("{found} numerals in a paragraph");
                let mend = format!(
                    "{MOST} at most: what they mean, and the rest in a table"
                );
                page.problem(range.start, what).mend(mend)
            })
        })
        .collect()
}

/// Where paragraphs and the items of lists stand.
fn paragraphs(page: &Page) -> Vec<Range<usize>> {
    let (mut found, mut item) = (Vec::new(), None);
    let parser = Parser::new_ext(page.markdown(), options());
    for (event, range) in parser.into_offset_iter() {
        // The text of a tight item is in no paragraph: it ends where the item
        // does, or the list within it begins.
        let mut tight = |end: usize| {
            if let Some(start) = item.take() {
                found.push(start..end);
            }
        };
        match event {
            Event::Start(Tag::Item) => item = Some(range.start),
            Event::Start(Tag::List(_)) => tight(range.start),
            Event::Start(Tag::Paragraph) => {
                item = None;
                found.push(range);
            }
            Event::End(TagEnd::Item) => tight(range.end),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{page::Part, volume::assert_refused};

    fn found(text: &str) -> Vec<String> {
        let page = Page::new("src/a.md", "A", Part::Numbered, text);
        of_page(&page).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_fifth_numeral_is_refused() {
        let five = "1, 2, 3 of {{#fact a.b}} and {{#audit a.c}}.";
        assert_refused(&found(&format!("a\n\n{five}\n")), "src/a.md:3", "5");
        assert_refused(&found(&format!("- a\n- {five}\n")), "src/a.md:2", "5");
        assert_refused(
            &found(&format!("- a\n\n  {five}\n")),
            "src/a.md:3",
            "5",
        );
        let html = format!("<details><summary>a</summary>\n\n{five}\n\n");
        assert_refused(&found(&html), "src/a.md:3", "5");
    }

    #[test]
    fn what_is_no_recital_is_accepted() {
        for text in [
            "1, 2, 3 and 4.\n\n5, 6.",
            "- 1, 2, 3\n- 4, 5, 6\n  - 7, 8\n",
            "| 1 | 2 | 3 |\n|--|--|--|\n| 4 | 5 | 6 |\n",
            "$1 + 2 + 3 + 4 + 5$ and `1, 2, 3, 4, 5`",
            "“1, 2, 3, 4, 5”, f64, W3, z₂, x1 and y2",
            "$$\n1, 2, 3, 4,\n+ {{#fact a.b}}\n$$",
            "## Exercises\n\n1. 1, 2, 3, 4, 5\n",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
