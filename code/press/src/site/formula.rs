//! Finds mathematics that nothing has rendered, and mathematics that has been
//! changed on its way.
//!
//! KaTeX writes the TeX of a formula beside its picture, and that is what a
//! reader copies: each formula of the pages has to be one of the sources, to
//! the letter, and each of the sources has to be on its page.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::Path,
    sync::LazyLock,
};

use regex::Regex;

use super::{Site, file_names, of_path, source::page_of};
use crate::{
    Problem, front_matter,
    markdown::{Regions, line_of},
    math, text,
};

/// The formulas that the authors wrote.
#[derive(Default)]
struct Written {
    whole: BTreeSet<String>,
    /// Those with a number of a run in them.
    with_facts: Vec<Regex>,
    /// By page.
    by_page: BTreeMap<String, Vec<String>>,
}

static FACT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\{\{\s*#[^}]*\}\}").expect("it is a regular expression")
});

/// A number as [`study::fact::Fact::tex`] writes it.
const NUMBER: &str = r"(?:-?[0-9.]+(?:\{,\}[0-9]{3})*(?:\\,\\%)?(?: \\times )?|-?10\^\{-?\d+\})+";

impl Written {
    fn read(root: &Path) -> io::Result<Self> {
        let src = root.join("src");
        let mut written = Self::default();
        for name in file_names(&src)? {
            if !name.ends_with(".md") || name == "SUMMARY.md" {
                continue;
            }
            let path = src.join(&name);
            let text =
                text::read(&path).map_err(|e| of_path(&path, &e.into()))?;
            let formulas = of_source(&name, &text);
            for tex in &formulas {
                written.add(tex);
            }
            // A text that is included may have formulas, too.
            for included in included(&path, &text) {
                of_source(&name, &included).iter().for_each(|tex| {
                    written.add(tex);
                });
            }
            written.by_page.insert(page_of(&name), formulas);
        }
        Ok(written)
    }

    fn add(&mut self, tex: &str) {
        match pattern(tex) {
            Some(pattern) => self.with_facts.push(pattern),
            None => _ = self.whole.insert(tex.into()),
        }
    }

    fn has(&self, tex: &str) -> bool {
        self.whole.contains(tex)
            || self.with_facts.iter().any(|pattern| pattern.is_match(tex))
    }
}

/// What a formula with facts can become; `None` where it has none.
fn pattern(tex: &str) -> Option<Regex> {
    if !FACT.is_match(tex) {
        return None;
    }
    let pieces: Vec<_> = FACT.split(tex).map(regex::escape).collect();
    let pattern = format!("^{}$", pieces.join(NUMBER));
    Some(Regex::new(&pattern).expect("its pieces are escaped"))
}

/// The formulas of a source, those of its front matter and of its questions
/// among them.
fn of_source(name: &str, text: &str) -> Vec<String> {
    let front = front_matter::taken_off(name, text).ok().flatten();
    let body = front.as_ref().map_or(text, |(_, body)| body);
    let mut formulas: Vec<String> =
        math::sources(body).map(String::from).collect();
    let mut more = |text: &str| {
        formulas.extend(math::sources(text).map(String::from));
    };
    if let Some((front, _)) = &front {
        front.objectives.iter().for_each(|goal| more(goal));
    }
    for (range, kind) in Regions::of(body).iter() {
        if kind.is_question() {
            body[range.clone()].lines().skip(1).for_each(&mut more);
        }
    }
    formulas
}

/// The texts that a source includes.
fn included(path: &Path, text: &str) -> Vec<String> {
    let folder = path.parent().unwrap_or(path);
    FACT.find_iter(text)
        .filter_map(|found| {
            let (_, rest) = found.as_str().split_once("include")?;
            let name = rest.trim().trim_end_matches('}').split(':').next()?;
            let is_text = name.trim().ends_with(".md");
            text::read(&folder.join(name.trim())).ok().filter(|_| is_text)
        })
        .collect()
}

/// The formulas that are not on the pages as they were written.
pub(super) fn problems(root: &Path, site: &Site) -> io::Result<Vec<Problem>> {
    let written = Written::read(root)?;
    let mut problems = Vec::new();
    for (name, file) in &site.files {
        for (at, tex) in &file.page.formulas {
            if !written.has(tex) {
                let what = format!("no source has the formula `{tex}`");
                let line = line_of(&file.text, *at);
                let page = site.shown_name(name);
                problems.push(Problem::new(page, line, what).mend(
                    "nothing may change a formula between its author and \
                     KaTeX, or KaTeX's HTML behind it",
                ));
            }
        }
        let formulas = written.by_page.get(name).into_iter().flatten();
        for tex in formulas.filter(|_| !file.text.is_empty()) {
            let pattern = pattern(tex);
            let shown = file.page.formulas.iter().any(|(_, shown)| {
                pattern.as_ref().map_or(shown == tex, |p| p.is_match(shown))
            });
            if !shown {
                let what = format!("the formula `{tex}` is not on its page");
                problems.push(
                    Problem::new(site.shown_name(name), 0, what)
                        .mend("write it where KaTeX looks: not in code"),
                );
            }
        }
    }
    Ok(problems)
}

/// How many formulas the chapters of a site have, and how many of them are to
/// the letter what an author wrote.
///
/// # Errors
///
/// If a folder or file cannot be read; the message names it.
pub fn kept(root: &Path, site: &Path) -> io::Result<(usize, usize)> {
    let written = Written::read(root)?;
    let site = Site::read(root, site)?;
    let shown: Vec<bool> = site
        .pages()
        .flat_map(|name| &site.files[name].page.formulas)
        .map(|(_, tex)| written.has(tex))
        .collect();
    Ok((shown.len(), shown.iter().filter(|kept| **kept).count()))
}

/// The first `$…$` or `$$…$$` in the text of one paragraph.
///
/// A dollar opens a formula if no space follows it, and closes one if no
/// space stands before it and no digit behind it: "$5 and then $6" is none.
pub fn left_over(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(open) = rest.find('$') {
        let inner = rest[open..].trim_start_matches('$');
        let marks = rest[open..].len() - inner.len();
        if marks >= 2 {
            let close = inner.find("$$").map(|close| close + 2);
            let end = close.unwrap_or(inner.len());
            return Some(&rest[open..open + marks + end]);
        }
        if inner.starts_with(|c: char| !c.is_whitespace())
            && let Some(close) = closing_dollar(inner)
        {
            return Some(&rest[open..open + 1 + close + 1]);
        }
        rest = inner;
    }
    None
}

fn closing_dollar(inner: &str) -> Option<usize> {
    let dollars = inner.match_indices('$').map(|(at, _)| at);
    dollars.into_iter().find(|&at| {
        let closes = !inner[..at].ends_with(char::is_whitespace);
        let price = inner[at + 1..].starts_with(|c: char| c.is_ascii_digit());
        closes && !price
    })
}

#[cfg(test)]
mod tests {
    use super::{left_over, of_source, pattern};

    #[test]
    fn a_formula_with_facts_is_known_by_the_rest_of_it() {
        use study::fact::Fact;

        let gap =
            pattern(r"a = {{#fact a.b}}\,{{#fact a.c}} \cdot 10").unwrap();
        for fact in [
            Fact::count("n", 1_017_290),
            Fact::fixed("n", -0.25, 3),
            Fact::percent("n", 0.25, 1),
            Fact::scientific("n", -4.96e-15, 2),
            Fact::scientific("n", 1e-5, 1),
            Fact::scientific("n", 0.0, 1),
        ] {
            let tex = fact.tex();
            assert!(
                gap.is_match(&format!(r"a = {tex}\,{tex} \cdot 10")),
                "{tex}"
            );
        }
        for changed in [
            "a = 1,1 \\cdot 10",
            r"a = 1\,1 cdot 10",
            r"a = 4.0 times 10^{-5}\,1 \cdot 10",
            r"a = \,1 \cdot 10",
        ] {
            assert!(!gap.is_match(changed), "{changed}");
        }
        assert!(pattern("a").is_none());
    }

    #[test]
    fn the_formulas_of_a_source_are_in_its_head_and_questions_too() {
        let text = "+++\nminutes = 5\ndescription = \"A.\"\n\
                    objectives = [\"say $\\\\frac{a}{b}$\"]\n+++\n\n# T\n\n\
                    $$\na\n$$\n\n```quiz\n? $b$\n- [x] $c$ | $d$\n```\n\n\
                    ```text\n$e$\n```\n";
        let expected = ["\na\n", r"\frac{a}{b}", "b", "c", "d"];
        assert_eq!(of_source("a.md", text), expected);
    }

    #[test]
    fn a_formula_is_told_from_a_price() {
        assert_eq!(left_over("so $a + b$, then"), Some("$a + b$"));
        assert_eq!(left_over("$$\na\n$$ b"), Some("$$\na\n$$"));
        assert_eq!(left_over("$$ a"), Some("$$ a"));
        assert_eq!(left_over("é$é$é"), Some("$é$"));
        for price in ["$5 and then $6", "$5–$6", "5 $ and 6 $", "$", ""] {
            assert_eq!(left_over(price), None, "{price}");
        }
    }
}
