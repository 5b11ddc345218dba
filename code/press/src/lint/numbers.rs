//! Numbers that someone typed: each says where it comes from.
//!
//! A number that a run produces is quoted as a fact. Any other decimal is
//! declared in the front matter of its page, as the outcome of an expression,
//! which is computed here, or as something that someone chose:
//!
//! ```toml
//! [numbers]
//! "0.693" = "= ln(2)"
//! "0.1" = "given: the learning rate"
//! ```
//!
//! Whole numbers are not asked for: there are too many that only count.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;
use study::fact::{Fact, Show};

use super::{
    listed,
    page::{Kind, Page},
    volume::Volume,
};
use crate::{Problem, Reports};

static DECIMAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[−-]?\d+(?:,\d{3})*(?:\.\d+)+").expect("a regular expression")
});

/// Fewer digits than these agree by chance.
const TELLING_DIGITS: usize = 3;

/// What is wrong with the numbers of the book.
pub fn problems(volume: &Volume) -> Vec<Problem> {
    let reports = &volume.reports;
    volume.pages.iter().flat_map(|page| page_problems(page, reports)).collect()
}

/// A decimal on a page.
struct Decimal {
    at: usize,
    /// As it is declared: without commas, with an ASCII minus.
    text: String,
    /// Whether it stands in a formula, where it need not be declared.
    in_math: bool,
}

fn page_problems(page: &Page, reports: &Reports) -> Vec<Problem> {
    let numbers: BTreeMap<String, String> = page
        .front()
        .unwrap_or_default()
        .numbers
        .into_iter()
        .map(|(number, origin)| (plain(&number), origin))
        .collect();
    let decimals = decimals(page);
    let mut problems = declared_problems(page, &numbers, &decimals);
    let mut places: BTreeMap<&str, Vec<&Decimal>> = BTreeMap::new();
    for decimal in &decimals {
        places.entry(&decimal.text).or_default().push(decimal);
    }
    for (number, places) in places {
        let origin = numbers.get(number).map(|origin| origin.trim());
        if origin.is_some_and(|origin| origin.starts_with('=')) {
            continue;
        }
        let facts = facts_shown_as(number, places[0].at, page, reports);
        let typed: Vec<_> = places.iter().filter(|d| !d.in_math).collect();
        if !facts.is_empty() && digits(number) >= TELLING_DIGITS {
            problems.push(a_fact(page, number, &places, &facts));
        } else if let (None, Some(first)) = (origin, typed.first()) {
            let lines = typed.iter().skip(1).map(|d| page.line(d.at));
            let what = format!(
                "the number {number} is typed, and nothing says where it comes \
                 from{}",
                listed("; also in", lines)
            );
            problems.push(page.problem(first.at, what).mend(or_a_fact(
                &facts,
                &format!(
                    "in the front matter, below [numbers]: \"{number}\" = \
                     \"= …\" if it follows from others, \"{number}\" = \
                     \"given: …\" if someone chose it"
                ),
            )));
        }
    }
    problems
}

fn or_a_fact(facts: &[String], mend: &str) -> String {
    match facts.first() {
        Some(fact) => format!("{mend}; or quote the run: {{{{#fact {fact}}}}}"),
        None => mend.into(),
    }
}

fn a_fact(
    page: &Page,
    number: &str,
    places: &[&Decimal],
    facts: &[String],
) -> Problem {
    let lines = places.iter().skip(1).map(|d| page.line(d.at));
    let what = format!(
        "{number} is typed where a run of this chapter produces it{}",
        listed("; also in", lines)
    );
    let quotes: Vec<String> =
        facts.iter().map(|fact| format!("{{{{#fact {fact}}}}}")).collect();
    page.problem(places[0].at, what).mend(format!(
        "write {}; if it was computed by hand, declare it in the front matter, \
         below [numbers]: \"{number}\" = \"= …\"",
        quotes.join(" or ")
    ))
}

/// Declarations without a number, and numbers that are not what they say.
fn declared_problems(
    page: &Page,
    numbers: &BTreeMap<String, String>,
    decimals: &[Decimal],
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (number, origin) in numbers {
        let line = line_of_declaration(page, number);
        let problem = |what: String, mend: String| {
            Problem::new(&page.file, line, what).mend(mend)
        };
        if !decimals.iter().any(|decimal| decimal.text == *number) {
            problems.push(problem(
                format!("the number {number} is declared, and nowhere typed"),
                "take it out; only decimals are declared, sign and digits as \
                 they are typed"
                    .into(),
            ));
        } else if let Err((what, mend)) = agrees(number, origin.trim()) {
            problems.push(problem(what, mend));
        }
    }
    problems
}

fn line_of_declaration(page: &Page, number: &str) -> usize {
    let table = page.text.find("\n[numbers]").unwrap_or(0);
    let lines = page.text[table..].match_indices('"');
    let same = |at: usize| {
        let key = page.text[table + at + 1..].split('"').next();
        key.is_some_and(|key| plain(key) == number)
    };
    let at = lines.map(|(at, _)| at).find(|at| same(*at)).unwrap_or(0);
    page.line(table + at)
}

/// What is wrong with an origin, and what would mend it.
fn agrees(number: &str, origin: &str) -> Result<(), (String, String)> {
    if let Some(reason) = origin.strip_prefix("given:") {
        return if reason.trim().is_empty() {
            Err((
                format!("{number} is given, without a reason"),
                "say who chose it, for what: \"given: the learning rate\""
                    .into(),
            ))
        } else {
            Ok(())
        };
    }
    let Some(expression) = origin.strip_prefix('=') else {
        return Err((
            format!(
                "{number}: {origin:?} says neither how it is computed nor \
                     who chose it"
            ),
            "begin with `= ` and an expression, or with `given: ` and a reason"
                .into(),
        ));
    };
    let expression = expression.trim();
    let value = exmex::eval_str::<f64>(&expression.replace('−', "-")).map_err(
        |error| {
            (
                format!("{number} = {expression}: {}", error.msg()),
                "numbers, + - * / ^ ( ), PI, E, sqrt, exp, ln, tanh and the \
                 like"
                    .into(),
            )
        },
    )?;
    let typed: f64 = number.parse().unwrap_or(f64::NAN);
    let decimals = number.split_once('.').map_or(0, |(_, d)| d.len());
    let half = 0.5 * 0.1_f64.powi(i32::try_from(decimals).unwrap_or(0));
    // A tie may be rounded either way; 1e-9 is for the sum that makes it one.
    if (value - typed).abs() <= half * (1.0 + 1e-9) {
        return Ok(());
    }
    Err((
        format!("{number} is not {expression}, which is {value}"),
        format!("write {value:.decimals$}, or correct the expression"),
    ))
}

/// All decimals of a page, in order.
fn decimals(page: &Page) -> Vec<Decimal> {
    use Kind::{Alt, Front, Heading, Math, Prose, Quiz};
    let prose = page.only(&[Prose, Heading, Quiz, Alt, Front]);
    let math = page.only(&[Math]);
    let mut decimals = Vec::new();
    for (text, in_math) in [(&prose, false), (&math, true)] {
        for found in DECIMAL.find_iter(text) {
            if let Some((at, number)) = number_at(text, found) {
                decimals.push(Decimal { at, text: plain(number), in_math });
            }
        }
    }
    decimals.sort_by_key(|decimal| decimal.at);
    decimals
}

/// The number that was found and its place, unless it is part of a version or
/// of the name of a paper.
fn number_at<'a>(
    text: &str,
    found: regex::Match<'a>,
) -> Option<(usize, &'a str)> {
    let before = &text[..found.start()];
    let signed = found.as_str().starts_with(['-', '−']);
    let behind_a_word =
        before.ends_with(|c: char| c.is_alphanumeric() || ".)}]".contains(c));
    let word = before
        .rsplit(|c: char| c.is_whitespace())
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let named = ["arxiv:", "doi:", "://"].iter().any(|n| word.contains(n));
    let unsigned = found.as_str().trim_start_matches(['-', '−']);
    if unsigned.matches('.').count() > 1 || named {
        return None;
    }
    match (behind_a_word, signed) {
        // A difference or a range: the sign is not the number's.
        (true, true) => Some((found.end() - unsigned.len(), unsigned)),
        (true, false) => None,
        (false, _) => Some((found.start(), found.as_str())),
    }
}

/// A number as it is declared.
fn plain(number: &str) -> String {
    number.trim().replace('−', "-").replace(',', "")
}

/// How many digits of a number tell it from others.
fn digits(number: &str) -> usize {
    let digits = number.trim_start_matches(['-', '0', '.']);
    digits.chars().filter(char::is_ascii_digit).count()
}

/// The facts of the page's chapter that a reader sees as what stands there.
fn facts_shown_as(
    number: &str,
    at: usize,
    page: &Page,
    reports: &Reports,
) -> Vec<String> {
    let rest: String = page.text[at..].chars().take(40).collect();
    let rest = compact(&rest);
    let of_chapter = reports.iter().filter(|r| r.chapter == page.slug());
    of_chapter
        .flat_map(|report| report.facts.iter().map(move |f| (report, f)))
        .filter(|(_, fact)| is_shown_as(fact, number, &rest))
        .map(|(report, fact)| format!("{}.{}", report.id, fact.name))
        .collect()
}

fn is_shown_as(fact: &Fact, number: &str, rest: &str) -> bool {
    let shown = compact(&fact.text());
    let own = DECIMAL.find(&shown).map(|found| plain(found.as_str()));
    let same = own.is_some_and(|own| own == number);
    let whole =
        || rest.starts_with(&shown) || rest.starts_with(&compact(&fact.tex()));
    match fact.show {
        Show::Count => false,
        Show::Fixed(_) => same,
        // The sign of percent and the power of ten are part of the number.
        Show::Percent(_) | Show::Scientific(_) => same && whole(),
    }
}

/// A text without spaces, and with one kind of minus.
fn compact(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| if c == '−' { '-' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use chart::Table;
    use study::experiment::{Figure, Report};

    use super::{super::page::Part, *};

    fn page(numbers: &str, text: &str) -> Page {
        let text = format!("+++\n[numbers]\n{numbers}\n+++\n\n{text}\n");
        Page::new("src/a.md", "A", Part::Numbered, &text)
    }

    fn reports() -> Reports {
        let report = Report {
            id: "run".into(),
            chapter: "a".into(),
            params: Vec::new(),
            facts: vec![
                Fact::fixed("floor", 0.2756, 3),
                Fact::fixed("slope", -0.1188, 4),
                Fact::fixed("tenth", 0.1, 1),
                Fact::percent("share", 0.9741, 1),
                Fact::scientific("gap", 4.96e-15, 3),
            ],
            claims: Vec::new(),
            figure: Figure {
                title: String::new(),
                finding: String::new(),
                description: String::new(),
                table: Table::default(),
                wide: String::new(),
                narrow: String::new(),
            },
            series: Vec::new(),
        };
        [report].into_iter().collect()
    }

    #[track_caller]
    fn accepted(numbers: &str, text: &str) {
        let found = page_problems(&page(numbers, text), &reports());
        assert_eq!(found, [], "{text}");
    }

    #[track_caller]
    fn refused(numbers: &str, text: &str, line: usize, hint: &str) {
        let found = page_problems(&page(numbers, text), &reports());
        assert_eq!(found.len(), 1, "{text}: {found:#?}");
        let said = found[0].to_string();
        assert_eq!(found[0].line, line, "{said}");
        assert!(said.contains(hint), "{said}");
    }

    #[test]
    fn numbers_that_say_where_they_come_from_are_accepted() {
        accepted("\"0.693\" = \"= ln(2)\"", "It is 0.693, and $0.693$.");
        accepted("\"0.1\" = \"given: the rate\"", "A rate of 0.1.");
        accepted("\"−0.06\" = \"= 0.3 * (-0.2)\"", "It is −0.06 now.");
        accepted("\"-0.5\" = \"= −1/2\"", "It is −0.5 now.");
        accepted("\"0.12\" = \"= 1/8\"", "A tie, 0.12.");
        accepted("\"0.13\" = \"= 1/8\"", "The same tie, 0.13.");
        accepted("\"1000.5\" = \"= 2001/2\"", "So 1,000.5 it is.");
        accepted("\"0.71\" = \"= 5/7\"", "Only in $0.71$.");
    }

    #[test]
    fn an_expression_means_what_an_author_thinks() {
        for (number, expression) in [
            ("2.0", "= 8 / 2 / 2"),
            ("3.0", "= 8 - 2 - 3"),
            ("6.0", "= 2 + 2 * 2"),
            ("9.0", "= 3 / 1 * 3"),
            ("0.9", "= 1 - 0.1 ^ 1"),
            // Not what mathematicians think; CONTRIBUTING.md says so.
            ("4.0", "= -2^2"),
        ] {
            assert_eq!(agrees(number, expression), Ok(()), "{expression}");
        }
    }

    #[test]
    fn what_is_no_number_of_the_prose_need_not_be_declared() {
        for text in [
            "Three 3 and 1,000 and 17,290.",
            "Code `0.25` and $0.25$ and {{#fact run.floor}}.",
            "mdBook 0.5.4, v2.5, arXiv:1606.04838 and doi:10.1016/0893.",
            "[a link](https://example.org/1.5) <https://example.org/2.5>",
            "<p title=\"1.5\">a</p>",
            "```rust\nlet a = 1.5;\n```",
        ] {
            accepted("", text);
        }
    }

    #[test]
    fn a_number_without_an_origin_is_refused_with_its_line() {
        for text in [
            "It is 0.25.",
            "| a |\n|---|\n| 0.25 |",
            "- an item of 0.25",
            "<details><summary>0.25</summary>\n\na\n\n</details>",
            "<p>0.25</p>",
            "```quiz\n? a\n- [x] b | 0.25\n- [ ] c | d\n```",
            "## A heading of 0.25",
        ] {
            let line =
                6 + text[..text.find("0.25").unwrap()].matches('\n').count();
            refused("", text, line, "\"0.25\" = \"given: …\"");
        }
        refused("", "0.25, then\n0.25 and\n0.25.", 6, "lines 7 and 8");
        refused("", "It is −0.25.", 6, "\"-0.25\"");
        refused("\"0.25\" = \"= 1/4\"", "From 0.25-0.75.", 6, "\"0.75\"");
        refused("", "A rate of 0.1.", 6, "{{#fact run.tenth}}");
    }

    #[test]
    fn a_declaration_that_does_not_hold_is_refused_with_its_line() {
        let of = |origin: &str| {
            format!("\"0.5\" = \"= 1/2\"\n\"0.694\" = \"{origin}\"")
        };
        let text = "0.5 and 0.694";
        refused(&of("= ln(2)"), text, 4, "0.6931471805599453");
        refused(&of("= ln(2)"), text, 4, "write 0.693,");
        refused(&of("= ln(x)"), text, 4, "0.694 = ln(x)");
        refused(&of("= ln(2"), text, 4, "0.694 = ln(2");
        refused(&of("given:"), text, 4, "without a reason");
        refused(&of("the loss"), text, 4, "neither");
        refused(&of("= ln(2)"), "0.5", 4, "nowhere typed");
        refused("\"7\" = \"given: a\"", "7 days", 3, "only decimals");
    }

    #[test]
    fn a_number_that_a_run_produces_is_refused() {
        refused("", "A floor of 0.276.", 6, "{{#fact run.floor}}");
        refused("", "$L = 0.276$", 6, "{{#fact run.floor}}");
        refused("", "$1-0.276$", 6, "{{#fact run.floor}}");
        refused("", "$\\delta = -0.1188$", 6, "{{#fact run.slope}}");
        refused("", "so 97.4 % of them", 6, "{{#fact run.share}}");
        refused("", "$97.4\\,\\%$", 6, "{{#fact run.share}}");
        refused("", "$4.96 \\times 10^{-15}$", 6, "{{#fact run.gap}}");
        let given = "\"0.276\" = \"given: I know it\"";
        refused(given, "A floor of 0.276.", 6, "{{#fact run.floor}}");
        accepted("\"0.276\" = \"= 0.138 * 2\"", "A floor of 0.276.");
        accepted("", "$0.1$ has too few digits, $97.4$ is no share");
        accepted("", "$4.96 \\times 10^{-14}$ and `0.276`");
        accepted("", "$-0.276$ is another number");
    }

    #[test]
    fn the_numbers_of_another_chapter_are_not_this_ones() {
        let page = Page::new("src/b.md", "B", Part::Numbered, "$0.276$\n");
        assert_eq!(page_problems(&page, &reports()), []);
    }
}
