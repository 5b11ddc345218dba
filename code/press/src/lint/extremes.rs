//! Extremes: a sentence with *every*, *never*, *at most* or the like about runs
//! takes its number from twenty seeds, and rounds it outward.
//!
//! What stands beside a number is looked at here: the number must be a bound,
//! `most` or `least`, of at least twenty seeds. Any other extreme is declared in
//! the front matter of its page, by some words of its sentence:
//!
//! ```toml
//! [extremes]
//! "at every depth" = "theorem: a product of matrices is a matrix"
//! "every image is seen once" = "arithmetic: that is what an epoch is"
//! "ends at the floor in every run" = "claim: xor-floor: every run ends"
//! "each of the five" = "shown: the sentence says whose seeds"
//! "within a layer" = "wording: no quantity"
//! ```
//!
//! A caption has no front matter: it says whose seeds it speaks of, and its
//! bounds are facts of its experiment; those of a figure's description, too.

use std::{collections::BTreeMap, ops::Range, sync::LazyLock};

use regex::Regex;
use study::{
    claim::SEEDS,
    experiment::Report,
    fact::{Fact, Toward},
};

use super::{
    page::{Kind, Page},
    volume::Volume,
};
use crate::{Problem, Reports};

static EXTREME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(every|none|never|always|at\s+most|at\s+least|up\s+to|within|or\s+less|or\s+more|not\s+one|no\s+seed)\b",
    )
    .expect("a regular expression")
});

/// A number of a run, with the words before it in its sentence.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\{\{\s*#\s*(fact|audit)\s+([a-z0-9-]+)\.([a-z0-9-]+)\s*\}\}")
        .expect("a regular expression")
});

/// Words before a number that make it an upper bound, and a lower one.
static BEFORE: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    let words = [
        r"at\s+most|up\s+to|within|no\s+more\s+than|not\s+more\s+than|less\s+than|below",
        r"at\s+least|no\s+less\s+than|not\s+less\s+than|more\s+than|above",
    ];
    words.map(|words| {
        Regex::new(&format!(
            r"(?i)\b(?:{words})\s+(?:a\s+factor\s+of\s+|by\s+)?[$*]*$"
        ))
        .expect("a regular expression")
    })
});

/// Words behind a number that do so.
static BEHIND: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    let words = [
        r"or\s+less|or\s+fewer|at\s+(?:the\s+)?most",
        r"or\s+more|at\s+(?:the\s+)?least",
    ];
    words.map(|words| {
        Regex::new(&format!(
            r"(?i)^[$*]*\s*(?:times\s+|steps\s+|epochs\s+|updates\s+)?(?:{words})\b"
        ))
        .expect("a regular expression")
    })
});

/// Words that say that a sentence is about the seeds of a figure.
static SHOWN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(these|drawn|shown|figure|here)\b")
        .expect("a regular expression")
});

const ORIGINS: [&str; 5] =
    ["theorem:", "arithmetic:", "claim:", "shown:", "wording:"];

/// Every extreme of the book that does not say where it comes from.
pub fn problems(volume: &Volume) -> Vec<Problem> {
    let reports = &volume.reports;
    let of_pages = volume.pages.iter().flat_map(|page| of_page(page, reports));
    let of_figures = reports.iter().flat_map(of_figure);
    of_pages.chain(of_figures).collect()
}

fn of_page(page: &Page, reports: &Reports) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut settled: Vec<Range<usize>> = Vec::new();
    for found in NUMBER.captures_iter(&page.text) {
        let place = found.get(0).expect("group 0 is the match").range();
        if let Some((is_lower, words)) = bound_at(&page.text, &place) {
            settled.push(words);
            let fact = reports.fact(&format!("{}.{}", &found[2], &found[3]));
            let report = reports.get(&found[2]);
            // One that is not there is the build's to tell.
            if let (Some(fact), Some(report)) = (fact, report) {
                let sentence = &page.text[sentence(&page.text, place.start)];
                let is_audit = &found[1] == "audit";
                let wrong =
                    of_bound(fact, report, is_lower, is_audit, sentence);
                problems.extend(wrong.map(|(what, mend)| {
                    page.problem(place.start, what).mend(mend)
                }));
            }
        }
    }
    problems.extend(of_words(page, &settled, reports));
    problems
}

/// Whether the words about a number make it a bound: a lower one or not, and
/// where number and words stand.
fn bound_at(text: &str, number: &Range<usize>) -> Option<(bool, Range<usize>)> {
    let sentence = sentence(text, number.start);
    let before = &text[sentence.start..number.start];
    let behind = &text[number.end..sentence.end.max(number.end)];
    for (is_lower, [before_it, behind_it]) in [false, true]
        .into_iter()
        .zip([[&BEFORE[0], &BEHIND[0]], [&BEFORE[1], &BEHIND[1]]])
    {
        if let Some(words) = before_it.find(before) {
            return Some((
                is_lower,
                sentence.start + words.start()..number.end,
            ));
        }
        if let Some(words) = behind_it.find(behind) {
            return Some((is_lower, number.start..number.end + words.end()));
        }
    }
    None
}

/// What is wrong with a number as a bound, and the mend.
fn of_bound(
    fact: &Fact,
    report: &Report,
    is_lower: bool,
    is_audit: bool,
    sentence: &str,
) -> Option<(String, String)> {
    let name = format!("{}.{}", report.id, fact.name);
    let (side, toward) = match is_lower {
        false => ("most", Toward::Up),
        true => ("least", Toward::Down),
    };
    if fact.toward != toward && !is_exact(fact) {
        return Some((
            format!(
                "`{name}` is no bound of this side: it is rounded otherwise"
            ),
            format!("in the experiment: .{side}()"),
        ));
    }
    let few = (!is_audit).then(|| few_seeds(report)).flatten()?;
    (!SHOWN.is_match(sentence)).then(|| {
        (
            format!("`{name}` is a bound over {few} only"),
            format!(
                "{{{{#audit {name}}}}}; or say whose seeds they are: these, \
                 drawn, shown, of the figure"
            ),
        )
    })
}

/// Whether what is shown is the number itself.
fn is_exact(fact: &Fact) -> bool {
    fact.clone().most().code() == fact.clone().least().code()
}

/// How many seeds a run has, in words, if those are fewer than twenty.
fn few_seeds(report: &Report) -> Option<String> {
    let value = |key| report.params.iter().find(|(known, _)| known == key);
    match (value("seed"), value("seeds")) {
        (_, Some((_, seeds))) => {
            let few = seeds.parse::<u64>().is_ok_and(|n| n < SEEDS);
            few.then(|| format!("{seeds} seeds"))
        }
        (Some(_), None) => Some("one seed".into()),
        (None, None) => None,
    }
}

/// Extremes of words: each is declared, and each declaration is of one.
fn of_words(
    page: &Page,
    settled: &[Range<usize>],
    reports: &Reports,
) -> Vec<Problem> {
    use Kind::{Alt, Front, Heading, Prose, Quiz};
    let text = page.own_words(&[Prose, Heading, Quiz, Alt, Front]);
    let declared = page.front().unwrap_or_default().extremes;
    let places: BTreeMap<&String, Vec<Range<usize>>> =
        declared.keys().map(|words| (words, places_of(words, &text))).collect();
    let mut problems: Vec<_> = declared
        .iter()
        .filter_map(|(words, origin)| {
            let wrong = of_declaration(words, origin, &places[words], reports);
            let at = page.text.find(&format!("\"{words}\" =")).unwrap_or(0);
            wrong.map(|(what, mend)| page.problem(at, what).mend(mend))
        })
        .collect();
    let covered = |found: &Range<usize>| {
        let covers = |place: &Range<usize>| {
            place.start <= found.start && found.end <= place.end
        };
        settled.iter().any(covers) || places.values().flatten().any(covers)
    };
    for found in EXTREME.find_iter(&text) {
        if !covered(&found.range()) {
            let all = text[sentence(&text, found.start())].to_string();
            let all = all.replace(super::page::HIDDEN, "");
            let all: Vec<_> = all.split_whitespace().collect();
            let what = format!(
                "\"{}\" says nothing of where it comes from: {}",
                found.as_str(),
                all.join(" ")
            );
            problems.push(page.problem(found.start(), what).mend(format!(
                "a bound of twenty seeds beside it; or some words of it below \
                 [extremes] in the front matter, with {}",
                ORIGINS.join(" or ")
            )));
        }
    }
    problems
}

fn of_declaration(
    words: &str,
    origin: &str,
    places: &[Range<usize>],
    reports: &Reports,
) -> Option<(String, String)> {
    if !EXTREME.is_match(words) {
        return Some((
            format!("\"{words}\" is declared, and is no extreme"),
            "some words of the sentence, with the one that makes it one".into(),
        ));
    }
    if places.is_empty() {
        return Some((
            format!("\"{words}\" is declared, and nowhere on the page"),
            "take it out, or write the words as the page has them".into(),
        ));
    }
    let known = ORIGINS.iter().find_map(|kind| {
        origin.strip_prefix(kind).map(|reason| (*kind, reason.trim()))
    });
    match known {
        None | Some((_, "")) => Some((
            format!("\"{words}\": {origin:?} does not say where it comes from"),
            format!("{}, and a reason", ORIGINS.join(" or ")),
        )),
        Some(("claim:", claim)) => of_claim(claim, reports),
        Some(_) => None,
    }
}

/// What is wrong with `ID: beginning of a claim`.
fn of_claim(claim: &str, reports: &Reports) -> Option<(String, String)> {
    let (id, says) = claim.split_once(':').unwrap_or((claim, ""));
    let report = reports.get(id.trim());
    let claims = report.map(|report| &report.claims[..]).unwrap_or_default();
    let says = says.trim();
    let is_known = claims
        .iter()
        .any(|claim| !says.is_empty() && claim.says.starts_with(says));
    let all: Vec<_> = claims.iter().map(|claim| claim.says.as_str()).collect();
    (!is_known).then(|| {
        (
            format!("no claim of `{}` begins \"{says}\"", id.trim()),
            format!("claim: ID: how it begins; known: {}", all.join(" | ")),
        )
    })
}

/// Where some words stand, however they are broken into lines.
fn places_of(words: &str, text: &str) -> Vec<Range<usize>> {
    let words: Vec<_> = words.split_whitespace().map(regex::escape).collect();
    let pattern = Regex::new(&words.join(r"\s+"));
    let places = pattern.map(|pattern| {
        pattern.find_iter(text).map(|found| found.range()).collect()
    });
    places.unwrap_or_default()
}

/// The sentence that a place belongs to.
fn sentence(text: &str, at: usize) -> Range<usize> {
    static END: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"[.?!][)”*]*\s|\n\s*\n|\n\s*[-?|>]|\|")
            .expect("a regular expression")
    });
    let before = END.find_iter(&text[..at]).last();
    let start = before.map_or(0, |end| end.end());
    let end = END.find(&text[at..]).map_or(text.len(), |end| at + end.start());
    start..end
}

/// What is wrong with what is said of a figure. A caption says what was found;
/// the description for those who cannot see it says what is drawn, and so whose
/// seeds its words are of.
fn of_figure(report: &Report) -> Vec<Problem> {
    let figure = &report.figure;
    let texts =
        [("caption", &figure.finding), ("description", &figure.description)];
    let bounds = texts.iter().flat_map(|(name, text)| {
        let inward = inward_bounds(text, &report.facts);
        inward.into_iter().map(move |words| {
            let mend = "a bound is a fact that is rounded outward: most or \
                        least";
            (format!("the {name} says \"{words}\""), mend)
        })
    });
    let few = few_seeds(report);
    let extremes = EXTREME.find_iter(&figure.finding).filter_map(|found| {
        let few = few.as_ref()?;
        let said = &figure.finding[sentence(&figure.finding, found.start())];
        let mend = "say whose seeds they are: these, drawn, shown; or take \
                    the extreme out";
        let what = format!("the caption has {few}, and says: {}", said.trim());
        (!SHOWN.is_match(said)).then_some((what, mend))
    });
    let file = format!("code/experiments ({})", report.id);
    bounds
        .chain(extremes)
        .map(|(what, mend)| Problem::new(&file, 0, what).mend(mend.to_string()))
        .collect()
}

/// The numbers of a text, with the words that make them bounds, that no fact
/// has on that side.
fn inward_bounds<'a>(text: &'a str, facts: &[Fact]) -> Vec<&'a str> {
    let mut inward = Vec::new();
    for fact in facts.iter().filter(|fact| !is_exact(fact)) {
        for (at, number) in text.match_indices(&fact.text()) {
            let place = at..at + number.len();
            let Some((is_lower, words)) = bound_at(text, &place) else {
                continue;
            };
            let toward = if is_lower { Toward::Down } else { Toward::Up };
            let is_bound =
                |fact: &Fact| fact.text() == number && fact.toward == toward;
            if !facts.iter().any(is_bound) {
                inward.push(&text[words]);
            }
        }
    }
    inward
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{page::Part, volume::assert_refused};

    fn report(seeds: &str, facts: Vec<Fact>, finding: &str) -> Report {
        let tent = experiments::ALL.iter().find(|entry| entry.id == "tent");
        let silent = study::experiment::Progress::silent();
        let mut report = tent.unwrap().report(&[], &silent).unwrap();
        report.id = "run".into();
        report.params = vec![("seeds".into(), seeds.into())];
        report.facts = facts;
        report.figure.finding = finding.into();
        report
    }

    fn found(text: &str, seeds: &str) -> Vec<String> {
        let facts = vec![
            Fact::fixed("gap", 0.00313, 3),
            Fact::fixed("gap-most", 0.00313, 3).most(),
            Fact::fixed("ratio-least", 14.65, 0).least(),
        ];
        let reports = [report(seeds, facts, "")].into_iter().collect();
        let page = Page::new("src/a.md", "A", Part::Numbered, text);
        of_page(&page, &reports).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_bound_beside_the_wrong_words_is_refused() {
        let good = "They differ by at most {{#fact run.gap-most}}, a ratio of \
                    {{#fact run.ratio-least}} or more.";
        assert_eq!(found(good, "20"), [""; 0]);
        let inward = "They differ by at most {{#fact run.gap}}.";
        assert_refused(&found(inward, "20"), "src/a.md:1", ".most()");
        let upside = "It is {{#fact run.gap-most}} or more.";
        assert_refused(&found(upside, "20"), "src/a.md:1", ".least()");
        let formula = "They differ by at most\n${{#fact run.gap}}$.";
        assert_refused(&found(formula, "20"), "src/a.md:2", ".most()");
    }

    #[test]
    fn an_extreme_of_few_seeds_says_so_or_is_refused() {
        let text = "They differ by up to {{#fact run.gap-most}}.";
        assert_refused(&found(text, "3"), "src/a.md:1", "over 3 seeds only");
        let of_these = "With the seeds drawn, they differ by up to {{#fact run.gap-most}}.";
        assert_eq!(found(of_these, "3"), [""; 0]);
        let audited = "They differ by up to {{#audit run.gap-most}}.";
        assert_eq!(found(audited, "3"), [""; 0]);
    }

    #[test]
    fn an_extreme_of_words_is_declared() {
        let with = |table: &str| {
            let text = format!(
                "+++\n[extremes]\n{table}\n+++\n\nIt ends there at\nevery depth.\n"
            );
            found(&text, "3")
        };
        assert_eq!(
            with("\"at every depth\" = \"theorem: a product\""),
            [""; 0]
        );
        assert_refused(&with(""), "src/a.md:7", "It ends there at every depth");
        let found = with("\"at every depth\" = \"surely\"");
        assert_refused(&found, "src/a.md:3", "theorem: or arithmetic:");
        let found = with("\"at every depth\" = \"claim: run: it is new\"");
        assert_refused(&found, "src/a.md:3", "no claim of `run`");
        let both = "\"at every depth\" = \"theorem: a product\"\n";
        let found = with(&format!("{both}\"never at all\" = \"wording: no\""));
        assert_refused(&found, "src/a.md:4", "nowhere on the page");
        let found = with(&format!("{both}\"there\" = \"wording: no\""));
        assert_refused(&found, "src/a.md:4", "is no extreme");
    }

    #[test]
    fn a_caption_says_whose_seeds_it_speaks_of() {
        let of = |seeds, finding| {
            let facts = vec![
                Fact::fixed("gap", 0.0131, 2),
                Fact::fixed("gap-most", 0.2131, 2).most(),
            ];
            let report = report(seeds, facts, finding);
            let found = of_figure(&report);
            found.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let place = "code/experiments (run)";
        assert_eq!(
            of("3", "With each of these seeds it ends at every depth."),
            [""; 0]
        );
        assert_refused(
            &of("3", "It ends there with every seed."),
            place,
            "3 seeds",
        );
        assert_eq!(of("20", "It ends there with every seed."), [""; 0]);
        assert_eq!(of("20", "They differ by at most 0.22."), [""; 0]);
        assert_refused(
            &of("20", "They differ by at most 0.01."),
            place,
            "outward",
        );
    }

    #[test]
    fn a_description_rounds_its_bounds_outward() {
        let of = |description: &str| {
            let facts = vec![Fact::fixed("gap", 0.0131, 2)];
            let mut report = report("3", facts, "");
            report.figure.description = description.into();
            let found = of_figure(&report);
            found.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(of("Every curve ends at 0.01."), [""; 0]);
        assert_refused(
            &of("Every curve ends within 0.01 of it."),
            "code/experiments (run)",
            "the description says",
        );
    }
}
