//! Hypotheses: a statement that stands out says where it holds.
//!
//! A block quote is a statement of the book, unless it begins with a quotation
//! mark: then someone else has said it. Its last paragraph names what it needs.
//!
//! ```text
//! > The loss ends at the floor.
//! >
//! > *Hypotheses.* Squared loss; no weight decay.
//! ```
//!
//! Of the sentences that are corrected on the page of what the web gets wrong,
//! each does the same.

use std::sync::LazyLock;

use pulldown_cmark::{Event, Parser, Tag};
use regex::Regex;

use super::{page::Page, volume::Volume};
use crate::{Problem, markdown::options};

/// The page of sentences, and the heading of the lists of them.
const SENTENCES: (&str, &str) =
    ("src/what-the-web-gets-wrong.md", "Thirty sentences");

static HYPOTHESES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\*(Hypothesis|Hypotheses)\.\*\s+\S+\s+\S+")
        .expect("a regular expression")
});

const MEND: &str = "a last paragraph: *Hypotheses.* biases, width, depth, precision, rate, \
     loss, data, start, as far as they matter";

/// Every statement without its hypotheses.
pub fn problems(volume: &Volume) -> Vec<Problem> {
    volume.pages.iter().flat_map(of_page).collect()
}

fn of_page(page: &Page) -> Vec<Problem> {
    let (file, heading) = SENTENCES;
    let sentences = page.section(heading).filter(|_| page.file == file);
    let sentences = sentences.unwrap_or_default();
    let mut problems = Vec::new();
    let parser = Parser::new_ext(page.markdown(), options());
    for (event, range) in parser.into_offset_iter() {
        let text = &page.text[range.clone()];
        let is_statement = match event {
            Event::Start(Tag::BlockQuote(None)) => {
                !text.trim_start_matches(['>', ' ', '*']).starts_with('“')
            }
            Event::Start(Tag::Item) => sentences.contains(&range.start),
            _ => false,
        };
        if is_statement && !HYPOTHESES.is_match(text) {
            let first = text.lines().next().unwrap_or_default();
            let what = format!("a statement without hypotheses: {first}");
            problems.push(page.problem(range.start, what).mend(MEND));
        }
    }
    problems
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
    fn a_statement_without_hypotheses_is_refused() {
        let statement = "One map.\n\n> The loss ends there.\n";
        assert_refused(&found(statement), "src/a.md:3", "*Hypotheses.*");
        let good = format!("{statement}>\n> *Hypotheses.* Squared loss.\n");
        assert_eq!(found(&good), [""; 0]);
        let empty = format!("{statement}>\n> *Hypotheses.*\n");
        assert_eq!(found(&empty).len(), 1);
        assert_eq!(found("> “It cannot work.”\n"), [""; 0]);
    }

    #[test]
    fn a_corrected_sentence_says_where_it_holds() {
        let of = |items: &str| {
            let (file, heading) = SENTENCES;
            let text = format!("- not asked\n\n## {heading}\n\n{items}");
            let page = Page::new(file, "A", Part::Back, &text);
            of_page(&page).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let good = "1. False. *Hypotheses.* Squared loss.\n";
        assert_eq!(of(good), [""; 0]);
        let place = format!("{}:6", SENTENCES.0);
        assert_refused(&of(&format!("{good}2. False.\n")), &place, "a last");
    }
}
