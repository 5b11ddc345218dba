//! Questions: what a reader predicts before a run, and answers after it.
//!
//! ````text
//! ```quiz
//! ? What is the slope of f(x) = x?
//! - [x] 1, everywhere. | That is the whole trouble.
//! - [ ] x. | That is the value, not the slope.
//! ```
//!
//! ```prediction
//! ? Do small batches learn faster?
//! - [ ] Yes: their noise helps them past obstacles.
//! - [x] No: they make more updates, and that is all.
//! ```
//! ````
//!
//! One question a block, two or more options, exactly one of them right. Each
//! option of a quiz has its reason, which opens below it for who has chosen it:
//! a wrong answer teaches, too.
//!
//! A prediction is made before the run. What its options deserve stands behind
//! the run, in a `<details class="verdict">`, one for each prediction and in
//! their order; `theme/js/predict.js` opens it for who has chosen.
//!
//! Options are shuffled by the words of the question, so that their order gives
//! nothing away; those of a `quiz ordered` or a `prediction ordered`, such as
//! sizes, are not.

use std::cmp::Ordering;

use sha2::{Digest, Sha256};

use crate::{
    Problem,
    markdown::{Kind, Regions, inline_html, line_of},
    math,
};

/// A question as its author wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question<'a> {
    /// What is asked, in Markdown.
    pub text: &'a str,
    /// Its options, in the order of the page.
    pub options: Vec<Choice<'a>>,
}

/// One option of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice<'a> {
    /// Whether it is the one that holds.
    pub right: bool,
    /// What it says, in Markdown.
    pub text: &'a str,
    /// Why it does or does not hold, in a quiz.
    pub why: &'a str,
}

const VERDICT: &str = "<details class=\"verdict\">";

/// The text of a chapter with every question as HTML, each on as many lines
/// as before.
pub fn expanded(file: &str, text: &str, problems: &mut Vec<Problem>) -> String {
    let mut page = String::with_capacity(text.len());
    let (mut end, mut quizzes, mut predictions) = (0, 0, 0);
    for (range, kind) in Regions::of(text).iter() {
        let Kind::Fence(info) = kind else { continue };
        if !kind.is_question() {
            continue;
        }
        page.push_str(&text[end..range.start]);
        end = range.end;
        let block = &text[range.clone()];
        let html = if info.starts_with("quiz") {
            quizzes += 1;
            quiz(info, block).map(|question| drawn_quiz(quizzes, &question))
        } else {
            predictions += 1;
            prediction(info, block).map(|question| drawn(&question))
        };
        match html {
            Ok(html) => page.push_str(&html),
            Err((line, what)) => {
                let line = line_of(text, range.start) + line;
                let what = format!("{info}: {what}");
                problems.push(Problem::new(file, line, what).mend(mend(info)));
            }
        }
        page.push_str(&"\n".repeat(block.matches('\n').count()));
    }
    page.push_str(&text[end..]);
    problems.extend(unjudged(file, text, predictions));
    page
}

fn mend(info: &str) -> &'static str {
    if info.starts_with("quiz") {
        "? question, then - [x] right. | why, and - [ ] wrong. | why not, a \
         line each"
    } else {
        "? question, then - [x] right. and - [ ] wrong., a line each"
    }
}

/// Predictions of a page without their verdict, or the other way round.
fn unjudged(file: &str, text: &str, predictions: usize) -> Option<Problem> {
    let verdicts: Vec<usize> =
        text.match_indices(VERDICT).map(|(at, _)| at).collect();
    let at = verdicts.last().map_or(1, |at| line_of(text, *at));
    (verdicts.len() != predictions).then(|| {
        let found = verdicts.len();
        let what = format!("{predictions} predictions and {found} verdicts");
        let mend = format!(
            "{VERDICT}<summary>Compare with your prediction</summary> behind \
             the run, one for each prediction, in their order"
        );
        Problem::new(file, at, what).mend(mend)
    })
}

/// A question as the block has it, or the line of the block where it is wrong.
type Read<'a> = Result<Question<'a>, (usize, String)>;

/// What a `quiz` asks, with its options as they are shown.
///
/// # Errors
/// If it is none: the line of the block where, and what was expected.
pub fn quiz<'a>(info: &str, block: &'a str) -> Read<'a> {
    let question = read(block, "an option with its reason", |line| {
        // A formula may have a bar of its own.
        let mut bars = line.match_indices(" | ").map(|(at, _)| at);
        let bar = bars.find(|bar| !math::is_within(line, *bar))?;
        Some((&line[..bar], &line[bar + " | ".len()..]))
    })?;
    in_order(info, question)
}

/// What a `prediction` asks, with its options as they are shown.
///
/// # Errors
/// If it is none: the line of the block where, and what was expected.
pub fn prediction<'a>(info: &str, block: &'a str) -> Read<'a> {
    in_order(info, read(block, "an option", |line| Some((line, "")))?)
}

/// The question with its options in the order of the page.
fn in_order<'a>(info: &str, mut question: Question<'a>) -> Read<'a> {
    match info.split_once(' ') {
        None => {
            let asked = question.text;
            question.options.sort_by(|a, b| shuffled(asked, a.text, b.text));
        }
        Some((_, "ordered")) => {}
        Some((_, word)) => {
            return Err((0, format!("expected `ordered`, found `{word}`")));
        }
    }
    Ok(question)
}

/// Options in an order that nobody has chosen, and that stays.
fn shuffled(question: &str, a: &str, b: &str) -> Ordering {
    Sha256::digest([question, a].concat())
        .cmp(&Sha256::digest([question, b].concat()))
}

/// A question of which each option is `expected`, with its `parts`.
fn read<'a>(
    block: &'a str,
    expected: &str,
    parts: impl Fn(&'a str) -> Option<(&'a str, &'a str)>,
) -> Read<'a> {
    let lines: Vec<&str> = block.trim_end().lines().collect();
    let inner = &lines[1..lines.len() - 1];
    let text = inner.first().and_then(|line| line.strip_prefix("? ")).ok_or(
        (1, "expected a question: a line that begins with `? `".into()),
    )?;
    let choice = |line: &'a str| {
        let (mark, rest) = line.strip_prefix("- [")?.split_once("] ")?;
        let (text, why) = parts(rest)?;
        let right = ["x", " "].contains(&mark).then_some(mark == "x")?;
        Some(Choice { right, text, why })
    };
    let options = inner[1..]
        .iter()
        .enumerate()
        .map(|(i, line)| {
            let wrong = format!("expected {expected}, found {line:?}");
            choice(line).ok_or((i + 2, wrong))
        })
        .collect::<Result<Vec<_>, _>>()?;
    match options.iter().filter(|option| option.right).count() {
        1 if options.len() > 1 => Ok(Question { text, options }),
        1 => Err((1, "expected two options or more".into())),
        n => Err((1, format!("expected one right option, found {n}"))),
    }
}

/// A quiz: radio buttons, each with what is said to who chooses it.
fn drawn_quiz(number: usize, question: &Question<'_>) -> String {
    let legend = format!("Question {number}");
    asked("quiz", &legend, question, |option| {
        let verdict = if option.right { "Right" } else { "Not this one" };
        format!(
            "<p class=\"why\"><strong>{verdict}.</strong> {}</p>",
            inline_html(option.why)
        )
    })
}

/// A prediction: its verdict stands elsewhere.
fn drawn(question: &Question<'_>) -> String {
    asked("prediction", "Your prediction", question, |_| String::new())
}

/// A question with radio buttons, which need no script. What is kept in the
/// browser has the names of question and option, which follow their words.
fn asked(
    class: &str,
    legend: &str,
    question: &Question<'_>,
    below: impl Fn(&Choice<'_>) -> String,
) -> String {
    let name = named(question.text);
    let options: String = question
        .options
        .iter()
        .map(|option| {
            format!(
                "<label><input type=\"radio\" name=\"{name}\" value=\"{}\" \
                 autocomplete=\"off\"><span>{}</span></label>{}",
                named(option.text),
                inline_html(option.text),
                below(option)
            )
        })
        .collect();
    format!(
        "<fieldset class=\"{class}\"><legend>{legend}</legend>\
         <p id=\"{name}\">{}</p><div role=\"radiogroup\" aria-live=\"polite\" \
         aria-labelledby=\"{name}\">{options}</div></fieldset>",
        inline_html(question.text),
    )
}

fn named(text: &str) -> String {
    let hash = Sha256::digest(text);
    format!("p{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3])
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIZ: &str = "a\n\n```quiz\n? Is *this* 1?\n- [x] Yes. | So.\n\
                        - [ ] No. | Not so.\n```\n\nline 9\n";

    const PREDICTION: &str = "a\n\n```prediction\n? Is *this* $|x|$?\n\
        - [x] Yes | it is.\n- [ ] No.\n```\n\n\
        <details class=\"verdict\"><summary>b</summary>\n\nc\n\n</details>\n";

    #[test]
    fn each_option_of_a_quiz_has_its_answer_and_no_line_moves() {
        let mut problems = Vec::new();
        let page = expanded("src/a.md", QUIZ, &mut problems);
        assert_eq!(problems, []);
        let right = "<span>Yes.</span></label><p class=\"why\"><strong>Right.";
        assert!(page.contains(right), "{page}");
        assert!(page.contains("<em>this</em>"), "{page}");
        assert_eq!(page.lines().nth(8), Some("line 9"), "{page}");
    }

    #[test]
    fn a_prediction_can_be_made_and_does_not_tell() {
        let mut problems = Vec::new();
        let page = expanded("src/a.md", PREDICTION, &mut problems);
        assert_eq!(problems, []);
        assert_eq!(page.matches("type=\"radio\"").count(), 2, "{page}");
        assert!(page.contains("Yes | it is."), "{page}");
        assert!(!page.contains("checked"), "{page}");
        let other = PREDICTION.replace("[x]", "[ ]").replace("[ ] N", "[x] N");
        assert_eq!(page, expanded("src/a.md", &other, &mut problems));
        assert_eq!(page.lines().nth(8), PREDICTION.lines().nth(8), "{page}");
    }

    #[test]
    fn the_order_of_a_page_is_of_no_question() {
        let block = |info| format!("```{info}\n? a\n- [x] 1\n- [ ] 2\n```\n");
        let (shown, kept) = (block("prediction"), block("prediction ordered"));
        let first =
            |info, block| prediction(info, block).unwrap().options[0].text;
        assert_eq!(first("prediction ordered", &kept), "1");
        let turned = shown.replace("[x] 1", "[x] 2").replace("[ ] 2", "[ ] 1");
        assert_eq!(first("prediction", &shown), first("prediction", &turned));
        let (a, b) = ("- [x] 1 | a\n", "- [ ] 2 | b\n");
        let of = |info, first, second| {
            let block = format!("```{info}\n? a\n{first}{second}```\n");
            quiz(info, &block).unwrap().options[0].right
        };
        assert_eq!(of("quiz", a, b), of("quiz", b, a));
        assert_ne!(of("quiz ordered", a, b), of("quiz ordered", b, a));
    }

    #[test]
    fn a_broken_question_is_refused_with_its_line() {
        let wrong = [
            (QUIZ.replace("? Is", "Is"), "src/a.md:4: quiz"),
            (QUIZ.replace("[x]", "[ ]"), "found 0"),
            (QUIZ.replace("- [ ]", "- [x]"), "found 2"),
            (QUIZ.replace(" | Not so.", ""), "src/a.md:6: quiz"),
            (QUIZ.replace("- [ ] No. | Not so.\n", ""), "two options"),
            (PREDICTION.replace("? Is", "Is"), "src/a.md:4: prediction"),
            (PREDICTION.replace("[x]", "[ ]"), "found 0"),
            (PREDICTION.replace("- [ ] No.\n", ""), "two options"),
            (PREDICTION.replace("- [ ] No", "No"), "src/a.md:6: prediction"),
            (
                PREDICTION.replace("prediction\n?", "prediction sorted\n?"),
                "expected `ordered`",
            ),
            (PREDICTION.replace(" class=\"verdict\"", ""), "0 verdicts"),
            (
                PREDICTION.replace("```prediction", "```text"),
                "src/a.md:9: 0 predictions and 1 verdicts",
            ),
        ];
        for (text, expected) in &wrong {
            let mut problems = Vec::new();
            expanded("src/a.md", text, &mut problems);
            assert_eq!(problems.len(), 1, "{text}");
            let problem = problems[0].to_string();
            assert!(problem.contains(expected), "{problem}");
        }
    }
}
