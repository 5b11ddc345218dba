//! Formulas: every one renders, every dollar sign is one that was meant, and
//! what KaTeX makes of a formula reaches the reader as KaTeX made it.
//!
//! mdbook-katex as a preprocessor only warns when a formula fails, and leaves
//! it on the page as it was typed; it takes `$5 and then $6` for a formula, and
//! a formula in an indented block for one, too. And what it renders passes
//! through Markdown afterwards, which takes the backslashes out of the TeX
//! that copying and assistive technology read. So its scanner finds the
//! formulas here, and the rest is done here.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Mutex,
};

use katex::{Opts, OutputType};
use mdbook_katex::{
    cfg::KatexConfig,
    preprocess::{ExtraOpts, Render, get_render_tasks},
};
use rayon::prelude::*;

use crate::{
    Problem,
    markdown::{Kind, Regions, line_of, sheltered},
};

/// What KaTeX makes of a formula, or why it makes nothing of it.
type Rendered = Result<String, String>;

/// What KaTeX has been asked: it is the slowest step of a build, each formula
/// is needed twice, and an edit changes few.
static KNOWN: Mutex<BTreeMap<(bool, String), Rendered>> =
    Mutex::new(BTreeMap::new());

/// One formula as mdbook-katex will see it.
struct Formula<'a> {
    /// With its delimiters.
    range: Range<usize>,
    tex: &'a str,
    display: bool,
}

/// What is wrong with the formulas of a chapter.
pub fn problems(file: &str, text: &str) -> Vec<Problem> {
    let regions = Regions::of(text);
    let formulas = formulas(text);
    let mut problems = strays(file, text, &regions, &formulas);
    problems.par_extend(formulas.par_iter().filter_map(|formula| {
        let why = rendered(formula).err()?;
        Some(refused(file, text, formula, &why))
    }));
    problems
}

fn refused(file: &str, text: &str, formula: &Formula, why: &str) -> Problem {
    let line = line_of(text, formula.range.start);
    let what = format!("KaTeX refuses `{}`: {why}", formula.tex.trim());
    Problem::new(file, line, what)
}

/// The text with each formula as KaTeX's HTML and MathML, of which Markdown
/// changes nothing, and what is wrong with the others.
pub fn set(file: &str, text: &str, problems: &mut Vec<Problem>) -> String {
    let formulas = formulas(text);
    let all: Vec<Rendered> = formulas.par_iter().map(rendered).collect();
    let mut page = String::with_capacity(text.len());
    let mut end = 0;
    for (formula, rendered) in formulas.iter().zip(all) {
        page.push_str(&text[end..formula.range.start]);
        end = formula.range.end;
        match rendered {
            Ok(html) => page.push_str(&html),
            Err(why) => problems.push(refused(file, text, formula, &why)),
        }
    }
    page.push_str(&text[end..]);
    page
}

/// The TeX of every formula, as its author wrote it.
pub(crate) fn sources(text: &str) -> impl Iterator<Item = &str> {
    formulas(text).into_iter().map(|formula| formula.tex)
}

/// Where formulas stand, in text that is no fenced code.
pub(crate) fn places(text: &str) -> impl Iterator<Item = Range<usize>> {
    formulas(text).into_iter().map(|formula| formula.range)
}

/// Whether a place lies in a formula.
pub(crate) fn is_within(text: &str, at: usize) -> bool {
    places(text).any(|formula| formula.contains(&at))
}

/// The text with a word joiner between each formula and the punctuation
/// behind it: a browser may break a line after a formula, and would begin the
/// next one with a full stop.
pub fn joined_to_punctuation(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut end = 0;
    for formula in formulas(text).iter().filter(|f| !f.display) {
        joined.push_str(&text[end..formula.range.end]);
        end = formula.range.end;
        if text[end..].starts_with(['.', ',', ';', ':', '?', '!', ')']) {
            joined.push('\u{2060}');
        }
    }
    joined.push_str(&text[end..]);
    joined
}

/// The formulas of a text, as mdbook-katex finds them.
fn formulas(text: &str) -> Vec<Formula<'_>> {
    let delimiters: ExtraOpts = KatexConfig::default().build_extra_opts();
    get_render_tasks(text, "", &delimiters)
        .into_iter()
        .filter_map(|task| {
            let (tex, display) = match task {
                Render::Text(_) => return None,
                Render::InlineTask(tex) => (tex, false),
                Render::DisplayTask(tex) => (tex, true),
            };
            // The task is a slice of the text: its address is its place.
            let start = tex.as_ptr() as usize - text.as_ptr() as usize;
            let width = if display { 2 } else { 1 };
            let range = start - width..start + tex.len() + width;
            Some(Formula { range, tex, display })
        })
        .collect()
}

/// Dollar signs on which the reader, mdBook and mdbook-katex would differ.
fn strays(
    file: &str,
    text: &str,
    regions: &Regions,
    formulas: &[Formula<'_>],
) -> Vec<Problem> {
    let meant: BTreeSet<usize> = regions
        .iter()
        .filter(|(_, kind)| **kind == Kind::Math)
        .map(|(range, _)| range.start)
        .collect();
    let mut problems = Vec::new();
    let mut stray = |at: usize, what: &str, mend: &str| {
        problems.push(Problem::new(file, line_of(text, at), what).mend(mend));
    };
    for formula in formulas {
        let at = formula.range.start;
        let in_html = regions.at(at).any(|kind| *kind == Kind::Html);
        if regions.is_code(at) {
            stray(
                at,
                "a dollar sign in code that would be taken for a formula",
                "fence the code with three backticks",
            );
        } else if !meant.contains(&at) && !in_html {
            stray(
                at,
                "a stray dollar sign: what follows would become a formula",
                r"write \$ for the sign, or $…$ without spaces inside",
            );
        }
    }
    for (at, _) in text.match_indices('$') {
        let escaped = text[..at].ends_with('\\');
        let used = formulas.iter().any(|f| f.range.contains(&at));
        if escaped || used || regions.is_code(at) {
            continue;
        }
        stray(
            at,
            "a stray dollar sign: no formula begins or ends here",
            r"write \$ for the sign; look for a lone ` or $ above",
        );
    }
    problems
}

fn rendered(formula: &Formula<'_>) -> Rendered {
    let key = (formula.display, formula.tex.to_string());
    let known = || KNOWN.lock().expect("no thread panics with the lock");
    if let Some(rendered) = known().get(&key) {
        return rendered.clone();
    }
    let options = Opts::builder()
        .display_mode(formula.display)
        // For the eye, and for whoever hears the page.
        .output_type(OutputType::HtmlAndMathml)
        .throw_on_error(true)
        .build()
        .expect("every option of the builder has a default");
    let rendered = match katex::render_with_opts(formula.tex, options) {
        Ok(html) => Ok(sheltered(&html)),
        Err(katex::Error::JsExecError(why)) => Err(why
            .replace("ParseError: KaTeX parse error: ", "")
            .lines()
            .next()
            .unwrap_or_default()
            .into()),
        Err(why) => Err(why.to_string()),
    };
    known().insert(key, rendered.clone());
    rendered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        problems("src/a.md", text).into_iter().map(|p| p.line).collect()
    }

    #[test]
    fn formulas_that_render_pass() {
        for text in [
            "a $x$ and $$y = \\frac{1}{2}$$",
            "It costs \\$5 and `$6`.",
            "```text\n$ cargo run\n```\n",
            "<p>in HTML $x_1$</p>\n",
            "| $a \\mid b$ | c |\n|---|---|\n| $d$ | e |\n",
            "$$\n\\begin{aligned} a &= b \\\\ c &= d \\end{aligned}\n$$",
        ] {
            assert_eq!(problems("src/a.md", text), [], "{text}");
        }
    }

    #[test]
    fn what_would_go_wrong_on_the_page_is_refused_with_its_line() {
        assert_eq!(lines("a\n\n$\\frac{1}$\n"), [3], "does not parse");
        assert_eq!(lines("a\n\n$\\nosuchcommand x$\n"), [3], "no such command");
        assert!(lines("a\nb costs $5 and then $6.\n").contains(&2));
        assert_eq!(lines("a\n\n~~~text\n$x$\n~~~\n"), [4], "tilde fence");
        assert_eq!(lines("a\n\n    $x$\n"), [3], "indented code");
        assert_eq!(lines("a\nb $x\n"), [2], "never closed");
        let lone = lines("a lone ` and\nthen $x$ it\n");
        assert!(lone.contains(&2), "hidden behind a lone backtick: {lone:?}");
        assert_eq!(lines("<p>$x</p>\n"), [1], "never closed in HTML");
    }

    #[test]
    fn punctuation_stays_with_its_formula() {
        assert_eq!(
            joined_to_punctuation("$a$, `$b$,` $c$ and $$d$$."),
            "$a$\u{2060}, `$b$,` $c$ and $$d$$."
        );
    }
}
