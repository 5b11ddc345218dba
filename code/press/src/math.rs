//! Formulas: every one renders, and every dollar sign is one that was meant.
//!
//! mdbook-katex only warns when a formula fails, and leaves it on the page as
//! it was typed; it takes `$5 and then $6` for a formula, and a formula in an
//! indented block for one, too; and a setting of the wrong type resets all
//! its settings, one of which would load a stylesheet from another host. Each
//! of these is an error here, found with mdbook-katex's own scanner, so that
//! both see the same formulas.

use std::{collections::BTreeSet, ops::Range, sync::Mutex};

use mdbook_katex::{
    cfg::KatexConfig,
    preprocess::{ExtraOpts, Render, get_render_tasks},
};
use rayon::prelude::*;

use crate::{
    Problem,
    markdown::{Kind, Regions, line_of},
};

/// Formulas that are known to render: a session of writing asks again and
/// again for the same ones.
static RENDERS: Mutex<BTreeSet<(bool, String)>> = Mutex::new(BTreeSet::new());

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
        let why = refusal(formula)?;
        let line = line_of(text, formula.range.start);
        let what = format!("KaTeX refuses `{}`: {why}", formula.tex.trim());
        Some(Problem::new(file, line, what))
    }));
    problems
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

/// Why KaTeX does not take a formula, if it does not.
fn refusal(formula: &Formula<'_>) -> Option<String> {
    let key = (formula.display, formula.tex.to_string());
    let known = || RENDERS.lock().expect("no thread panics with the lock");
    if known().contains(&key) {
        return None;
    }
    let options = katex::Opts::builder()
        .display_mode(formula.display)
        .throw_on_error(true)
        .build()
        .expect("every option of the builder has a default");
    match katex::render_with_opts(formula.tex, options) {
        Ok(_) => {
            known().insert(key);
            None
        }
        Err(katex::Error::JsExecError(why)) => Some(
            why.replace("ParseError: KaTeX parse error: ", "")
                .lines()
                .next()
                .unwrap_or_default()
                .into(),
        ),
        Err(why) => Some(why.to_string()),
    }
}

/// What is wrong with the `[preprocessor.katex]` table of `book.toml`.
pub fn config_problems(config: Option<&toml::Value>) -> Vec<Problem> {
    let problem = |what: String| {
        Problem::new("book.toml", 0, format!("[preprocessor.katex]: {what}"))
    };
    let Some(config) = config else {
        return vec![problem("expected this table".into())];
    };
    match config.clone().try_into::<KatexConfig>() {
        Err(error) => vec![problem(error.message().into())],
        Ok(config) => {
            let mut problems = Vec::new();
            if config.output != "htmlAndMathml" {
                problems.push(problem(
                    "expected output = \"htmlAndMathml\": without MathML a \
                     screen reader cannot read a formula"
                        .into(),
                ));
            }
            if !config.no_css {
                problems.push(problem(
                    "expected no-css = true: the stylesheet would come from \
                     another host"
                        .into(),
                ));
            }
            problems
        }
    }
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

    #[test]
    fn a_setting_that_would_bring_the_other_host_back_is_refused() {
        let config = |text: &str| -> Vec<Problem> {
            let value: toml::Value = toml::from_str(text).unwrap();
            config_problems(Some(&value))
        };
        let good = "output = \"htmlAndMathml\"\nno-css = true\n";
        assert_eq!(config(good), []);
        assert_eq!(config(&good.replace("true", "\"true\"")).len(), 1);
        assert_eq!(config(&good.replace("true", "false")).len(), 1);
        assert_eq!(config(&good.replace("AndMathml", "")).len(), 1);
        assert_eq!(config_problems(None).len(), 1);
    }
}
