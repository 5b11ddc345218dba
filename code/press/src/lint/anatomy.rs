//! What every chapter has: a head, a prediction, a figure, code, questions,
//! limits, exercises and sources, and a length that one sitting can hold.

use super::{
    page::{Kind, Page},
    volume::Volume,
};
use crate::{
    Problem,
    markdown::{Kind as Region, Regions},
};

/// The sections at the end of a chapter.
const SECTIONS: [&str; 4] =
    ["What it does not say", "Check yourself", "Exercises", "Going further"];

const LEAST_WORDS: usize = 1_000;
const MOST_WORDS: usize = 2_600;
const LEAST_QUESTIONS: usize = 2;

/// What the chapters of the book lack.
pub fn problems(volume: &Volume) -> Vec<Problem> {
    volume.chapters().flat_map(chapter_problems).collect()
}

fn chapter_problems(page: &Page) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut lacks = |what: &str, mend: &str| {
        let what = format!("this chapter lacks {what}");
        problems.push(Problem::new(&page.file, 1, what).mend(mend));
    };
    if !page.front().is_some_and(|front| front.has_head()) {
        lacks(
            "its front matter",
            "begin it with +++, minutes, description, objectives, +++",
        );
    }
    if !["{{#figure ", "{{#lab "].iter().any(|d| page.text.contains(d)) {
        lacks("a figure", "{{#figure ID}}: `cargo run -- list` names them");
    }
    if !page.text.contains("{{#framework ") {
        lacks(
            "its program in PyTorch and Keras",
            "{{#framework NAME}}, written in code/bridge",
        );
    }
    let regions = Regions::of(page.markdown());
    let fences = |language: &str| {
        let of = |kind: &Region| {
            matches!(kind, Region::Fence(info)
                if info.split([',', ' ']).next() == Some(language))
        };
        regions.iter().filter(|(_, kind)| of(kind)).count()
    };
    if fences("prediction") == 0 {
        lacks("a prediction to commit to", "a fence of `prediction`");
    }
    if fences("rust") == 0 {
        lacks("code", "a fence of `rust`, which the reader can paste");
    }
    if fences("quiz") < LEAST_QUESTIONS {
        lacks(
            &format!("questions: {} of {LEAST_QUESTIONS}", fences("quiz")),
            "a fence of `quiz` for each, below `## Check yourself`",
        );
    }
    let mut last = 0;
    for section in SECTIONS {
        match page
            .headings
            .iter()
            .position(|h| h.level == 2 && h.text == section)
        {
            None => lacks(
                &format!("the section “{section}”"),
                &format!("`## {section}`, in the order {}", in_order()),
            ),
            Some(at) if at < last => lacks(
                &format!("order: “{section}” comes too early"),
                &format!("expected {}", in_order()),
            ),
            Some(at) => last = at,
        }
    }
    let words = words(page);
    if words < LEAST_WORDS {
        lacks(
            &format!("words: {words}, expected at least {LEAST_WORDS}"),
            "what does a reader not yet know after it?",
        );
    } else if words > MOST_WORDS {
        lacks(
            &format!("brevity: {words} words, expected at most {MOST_WORDS}"),
            "cut a fifth, or make two chapters of it",
        );
    }
    problems
}

fn in_order() -> String {
    SECTIONS.join(", ")
}

/// The words that a reader reads, without code and formulas.
fn words(page: &Page) -> usize {
    let text = page.only(&[Kind::Prose, Kind::Heading, Kind::Quiz]);
    text.split_whitespace()
        .filter(|word| word.contains(|c: char| c.is_alphanumeric()))
        .count()
}

#[cfg(test)]
mod tests {
    use super::{super::page::Part, *};

    fn chapter() -> String {
        let quiz = "```quiz\n? a\n- [x] b | c\n- [ ] d | e\n```\n";
        format!(
            "+++\nminutes = 5\ndescription = \"A.\"\nobjectives = [\"b\"]\n\
             +++\n\n# A\n\n```prediction\n? a\n- [x] b\n- [ ] c\n```\n\n{{{{#figure a}}}}\n\n\
             {{{{#framework a}}}}\n\n```rust\nlet a = 1;\n```\n\n{}\n\n## What it does not say\n\n\
             ## Check yourself\n\n{quiz}\n{quiz}\n## Exercises\n\n\
             ## Going further\n",
            "word ".repeat(1_000)
        )
    }

    fn found(text: &str) -> Vec<String> {
        let volume = Volume::of(&[("src/a.md", Part::Numbered, text)]);
        problems(&volume).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_chapter_that_has_all_is_accepted() {
        assert_eq!(found(&chapter()), Vec::<String>::new());
    }

    #[test]
    fn a_chapter_that_lacks_something_is_refused() {
        for (from, to, hint) in [
            ("minutes = 5\n", "", "front matter"),
            ("```prediction", "```text", "a prediction"),
            ("{{#figure a}}", "", "a figure"),
            ("{{#framework a}}", "", "PyTorch and Keras"),
            ("```rust", "```text", "code"),
            ("```quiz", "```text", "questions: 1 of 2"),
            ("## What it does not say", "", "“What it does not say”"),
            ("## Check yourself", "### Check yourself", "“Check yourself”"),
            ("## Exercises", "## Drills", "“Exercises”"),
            ("## Going further", "## Sources", "“Going further”"),
            (&*"word ".repeat(100), "", "words: "),
        ] {
            let chapter = chapter();
            assert!(chapter.contains(from), "{from}");
            let found = found(&chapter.replacen(from, to, 1));
            assert_eq!(found.len(), 1, "{from}: {found:#?}");
            assert!(found[0].contains(hint), "{found:#?}");
            assert!(found[0].starts_with("src/a.md:1:"), "{found:#?}");
        }
        let long = chapter().replacen("word", &"word ".repeat(1_700), 1);
        assert!(found(&long)[0].contains("brevity"), "{:#?}", found(&long));
        let swapped = chapter()
            .replace("## Exercises", "## X")
            .replace("## Going further", "## Exercises")
            .replace("## X", "## Going further");
        assert!(found(&swapped)[0].contains("too early"));
    }

    #[test]
    fn code_and_formulas_are_no_words() {
        let text = "one *two* `three` $four$ five.\n\n```rust\nsix\n```\n";
        let page = Page::new("src/a.md", "A", Part::Numbered, text);
        assert_eq!(words(&page), 3);
    }
}
