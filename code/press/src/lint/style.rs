//! The voice of the book: the field's words, no phrase that talks down, fills
//! or cheers, and one way to spell a word.
//!
//! Only the book's own words are looked at: not code, formulas and addresses,
//! and not what others have said: in a block quote or an epigraph, between
//! quotation marks, or within `<cite>`.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    page::{HIDDEN, Kind},
    volume::Volume,
};
use crate::Problem;

/// Phrases with what to do about them. A space is any white space; a word
/// ends where the phrase ends.
const BANNED: [(&str, &str); 14] = [
    ("simply", FOR_WHOM),
    ("obviously", FOR_WHOM),
    ("clearly", FOR_WHOM),
    ("trivially", FOR_WHOM),
    ("of course", FOR_WHOM),
    ("as we all know", FOR_WHOM),
    ("just", "take it out, or say `only`, `exactly`, `a moment ago`"),
    ("let['’]s dive", FILLER),
    ("dive in", FILLER),
    ("in this chapter,? we will", "do it, instead of announcing it"),
    ("it is (important|worth) (to note|noting)", FILLER),
    ("it['’]s (important|worth) (to note|noting)", FILLER),
    ("delv(e|es|ed|ing)", "say what is done: compute, measure, read"),
    ("landscapes?", "say loss, surface or valley: it is no landscape"),
];

/// Words of this house for what the field has a word for, with that word; the
/// table in CONTRIBUTING, "The field's words", says the same.
const HOUSE: [(&str, &str); 12] = [
    ("arriv\\w+", "converges; reaches the minimum"),
    ("(in )?the middle (one|of (the|all|its|these|those) \\w+s)", "median"),
    ("rightly", "classifies correctly, accuracy"),
    ("(giv(e|es|en|ing)|gave) out", "outputs, returns; its output is"),
    ("waists?", "bottleneck"),
    (
        "(slopes?|derivatives?) in (the |its |each |one )?\
         (weights?|bias(es)?|inputs?|parameters?)",
        "slope (derivative) with respect to w",
    ),
    ("for all that can be told", "statistically indistinguishable"),
    ("f(a|e)ll(s|ing)? apart", "splits into"),
    ("(come|came|coming)s? to rest", "stays on a plateau, levels off"),
    ("part(s|ed|ing)? company", "differ"),
    ("as (much|long|often|far) as one likes", "without limit"),
    ("save for", "except for"),
];

const FOR_WHOM: &str = "take it out: to whom it is not, it is no help";
const FILLER: &str = "take it out, and begin with what follows it";

/// Spellings of which the book uses one: what it does not write, and what it
/// writes instead.
const SPELLINGS: [(&str, &str); 10] = [
    ("(dis)?color", "colour"),
    ("behavior", "behaviour"),
    ("neighbor", "neighbour"),
    ("favor", "favour"),
    ("center", "centre"),
    ("gray", "grey"),
    ("analyz", "analyse"),
    ("label(ed|ing)", "labelled, labelling"),
    ("model(ed|ing)", "modelled, modelling"),
    ("licenses?\\b", "licence: the noun"),
];

/// Words in -ize that have no other spelling, or have it in the code.
const IZE: [&str; 4] = ["size", "prize", "seize", "optimizer"];

/// What is wrong with the words of the book.
pub fn problems(volume: &Volume) -> Vec<Problem> {
    use Kind::{Alt, Front, Heading, Prose, Quiz};
    let mut problems = Vec::new();
    for page in &volume.pages {
        let words = page.own_words(&[Prose, Heading, Quiz, Alt, Front]);
        problems.extend(
            flaws(&words)
                .into_iter()
                .map(|flaw| page.problem(flaw.at, flaw.what).mend(flaw.mend)),
        );
    }
    for report in volume.reports.iter() {
        let figure = &report.figure;
        for (name, text) in [
            ("title", &figure.title),
            ("finding", &figure.finding),
            ("description", &figure.description),
        ] {
            problems.extend(flaws(text).into_iter().map(|flaw| {
                let file = format!("code/experiments ({})", report.id);
                let what = format!("the figure's {name}: {}", flaw.what);
                Problem::new(file, 0, what).mend(flaw.mend)
            }));
        }
    }
    problems
}

/// Something wrong with a text, and its place there.
struct Flaw {
    at: usize,
    what: String,
    mend: String,
}

static PHRASES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let phrase = |(phrase, mend): (&str, _)| {
        let phrase = phrase.replace(' ', r"\s+");
        (regex(&format!(r"(?i)\b(?:{phrase})\b")), mend)
    };
    BANNED.into_iter().chain(HOUSE).map(phrase).collect()
});

static WORDS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    SPELLINGS
        .into_iter()
        .map(|(not, but)| (regex(&format!(r"(?i)\b(?:{not})\w*")), but))
        .collect()
});

static IN_IZE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)\b\w+iz(?:e[srd]?|ers|ing|able|ations?)\b"));

static DASH: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"[\w.,;:)”’"] -\s+\S"#));

static WORD: LazyLock<Regex> = LazyLock::new(|| regex(r"\p{L}[\p{L}’']*"));

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a regular expression")
}

fn flaws(text: &str) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let mut flaw = |at: usize, what: String, mend: String| {
        flaws.push(Flaw { at, what, mend });
    };
    for (phrase, mend) in PHRASES.iter() {
        for found in phrase.find_iter(text) {
            let said = on_a_line(found.as_str());
            let what = format!("“{said}”, which this book does without");
            flaw(found.start(), what, (*mend).into());
        }
    }
    for (at, _) in text.match_indices('!') {
        let mend =
            "end the sentence with a full stop; a factorial is a formula";
        flaw(at, "an exclamation mark".into(), mend.into());
    }
    for found in DASH.find_iter(text) {
        let mend = "write a colon, a comma or – ; a difference is a formula";
        let what = "a hyphen between spaces, used as a dash".into();
        flaw(found.start() + 1, what, mend.into());
    }
    for (at, word) in doubled(text) {
        flaw(at, format!("“{word} {word}”, twice"), "write it once".into());
    }
    for (word, but) in WORDS.iter() {
        for found in word.find_iter(text) {
            let what = another_spelling(found.as_str());
            flaw(found.start(), what, format!("this book writes {but}"));
        }
    }
    for found in IN_IZE.find_iter(text) {
        let word = found.as_str().to_lowercase();
        if !IZE.iter().any(|stem| word.ends_with(stem) || is_of(&word, stem)) {
            let but = word.replace("iz", "is");
            let what = another_spelling(found.as_str());
            flaw(found.start(), what, format!("this book writes {but}"));
        }
    }
    flaws
}

/// Whether a word is a form of another that ends in `e` or `er`.
fn is_of(word: &str, stem: &str) -> bool {
    let stem = stem.trim_end_matches('e');
    ["s", "es", "ed", "ing"].iter().any(|end| {
        word.strip_suffix(end).is_some_and(|word| word.ends_with(stem))
    })
}

/// Words that stand twice, with the place of the second.
fn doubled(text: &str) -> Vec<(usize, String)> {
    let words: Vec<_> = WORD.find_iter(text).collect();
    words
        .windows(2)
        .filter(|pair| {
            let between = &text[pair[0].end()..pair[1].start()];
            let side_by_side = between.chars().all(char::is_whitespace)
                && !between.contains(HIDDEN)
                && !between.contains("\n\n");
            let same = pair[0].as_str().to_lowercase()
                == pair[1].as_str().to_lowercase();
            side_by_side && same
        })
        .map(|pair| (pair[1].start(), pair[1].as_str().to_lowercase()))
        .collect()
}

fn another_spelling(word: &str) -> String {
    format!("“{word}” has another spelling in this book")
}

fn on_a_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use study::experiment::Report;

    use super::{super::page::Part, *};
    use crate::text;

    fn found(text: &str) -> Vec<String> {
        let volume = Volume::of(&[("src/a.md", Part::Numbered, text)]);
        problems(&volume).iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn refused(text: &str, place: &str, hint: &str) {
        let found = found(text);
        assert_eq!(found.len(), 1, "{text}: {found:#?}");
        assert!(found[0].starts_with(place), "{found:#?}");
        assert!(found[0].contains(hint), "{found:#?}");
    }

    #[test]
    fn banned_phrases_are_refused_wherever_the_book_speaks() {
        for text in [
            "a\n\nIt is Simply so.",
            "a\n\n## Obviously",
            "a\n\n- it is\n  of course",
            "a\n\n![clearly](a.png)",
            "a\n\n<p>just</p>",
            "a\n\n```quiz\n? Trivially?\n- [x] a | b\n- [ ] c | d\n```",
            "a\n\nIt is important\nto note that",
            "a\n\nLet’s dive deep",
            "a\n\nIn this chapter we will",
            "a\n\nWe delve",
            "a\n\nthe *landscape*",
        ] {
            let found = found(text);
            assert_eq!(found.len(), 1, "{text}: {found:#?}");
        }
        refused("a\nb just c", "src/a.md:2: “just”", "take it out");
        let front = "+++\nminutes = 1\ndescription = \"Clearly.\"\n\
                     objectives = [\"a\"]\n+++\n# A\n";
        refused(front, "src/a.md:3: “Clearly”", "take it out");
    }

    #[test]
    fn the_field_has_a_word_for_it() {
        refused("a\n\nIt arrives", "src/a.md:3: “arrives”", "converge");
        refused("a\n\nIn the middle of\nthe seeds", "src/a.md:3", "median");
        refused("a\n\nthe slope in the\nweights", "src/a.md:3", "respect");
        for text in ["the middle layer", "by rights", "a fall", "it gives"] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn those_who_write_are_told_the_words() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let told = text::read(&root.join("CONTRIBUTING.md")).unwrap();
        for (_, word) in HOUSE {
            assert!(told.contains(&format!("| {word} |")), "{word}");
        }
    }

    #[test]
    fn what_is_not_said_by_the_book_is_accepted() {
        for text in [
            "He said “it is simply just so!” and left.",
            "He said \"it is simply\nso!\" and left.",
            "> Obviously!\n",
            "<div class=\"epigraph\"><p>just so!</p>\n</div>\n",
            "<blockquote>just so!</blockquote>\n",
            "A <cite>Landscape of Losses!</cite> in prose",
            "<div><p>a <cite>Landscapes!</cite></p></div>",
            "`just!` and $n!$ and {{#fact just.simply}} and ![a](b.png)",
            "[a](https://example.org/just/landscape!)",
            "```rust\nassert!(just);\n```",
            "Adjust the justice; unclearly, and a clear day.",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn a_quotation_ends_with_its_paragraph() {
        refused("An “open quotation\n\nis just so”.", "src/a.md:3:", "just");
    }

    #[test]
    fn exclamation_marks_and_false_dashes_are_refused() {
        refused("a\n\nIt works!", "src/a.md:3: an excl", "full stop");
        refused("a\n\nIt works - nearly.", "src/a.md:3: a hyphen", "colon");
        refused("a\n\nIt works -\nnearly.", "src/a.md:3: a hyphen", "colon");
        for text in ["- a\n- b", "well-known", "a – b", "$a - b$", "| - | - |"]
        {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn doubled_words_are_refused() {
        refused("a\n\nAll the\nthe weights", "src/a.md:4: “the the”", "once");
        refused("a\n\nThe *the* weights", "src/a.md:3: “the the”", "once");
        for text in [
            "yes, yes",
            "- yes\n- yes",
            "| a | b |\n|---|---|\n| yes | yes |",
            "the `x` the",
            "the $x$ the",
            "ends with the\n\nthe",
            "```quiz\n? yes\n- [x] yes | yes\n- [ ] no | no\n```",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn one_spelling_is_kept() {
        for (text, hint) in [
            ("the colors", "colour"),
            ("a Gray line", "grey"),
            ("we normalize", "normalise"),
            ("the initialization", "initialisation"),
            ("to optimize", "optimise"),
            ("regularized", "regularised"),
            ("the license", "licence"),
            ("labeled data", "labelled"),
        ] {
            refused(text, "src/a.md:1:", hint);
        }
        for text in [
            "colours, neighbourhood, centred, analysis, licensed, labels",
            "the size, sizes, sized, sizing and resizing, a prize, seized",
            "an optimizer, two optimizers, a horizon, a citizen",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn a_word_is_exempt_only_if_it_would_be_refused() {
        for word in IZE {
            assert!(IN_IZE.is_match(word), "{word}");
        }
    }

    #[test]
    fn the_words_of_a_figure_are_the_books() {
        let json = r#"{"id": "run", "chapter": "a", "params": [], "facts": [],
            "claims": [], "series": [], "figure": {"title": "T", "finding":
            "It is simply so.", "description": "D", "wide": "", "narrow": "",
            "table": {"columns": [], "rows": []}}}"#;
        let report: Report = serde_json::from_str(json).expect("a report");
        let volume = Volume {
            reports: [report].into_iter().collect(),
            ..Volume::default()
        };
        let found = problems(&volume);
        assert_eq!(found.len(), 1);
        let said = found[0].to_string();
        assert!(said.starts_with("code/experiments (run): the figure's fin"));
    }
}
