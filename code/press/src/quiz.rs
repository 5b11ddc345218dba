//! Questions a reader answers before going on: fenced `quiz` blocks.
//!
//! ````text
//! ```quiz
//! ? What is the slope of f(x) = x?
//! - [x] 1, everywhere. | That is the whole trouble.
//! - [ ] x. | That is the value, not the slope.
//! ```
//! ````
//!
//! One question a block, two or more options, exactly one of them right, each
//! with its reason: a wrong answer teaches, too.

use crate::{
    Problem,
    markdown::{Kind, Regions, inline_html, line_of},
    math,
};

/// One option of a question.
struct Choice<'a> {
    right: bool,
    text: &'a str,
    why: &'a str,
}

/// The text of a chapter with every `quiz` block as HTML, each on as many
/// lines as before.
pub fn expanded(file: &str, text: &str, problems: &mut Vec<Problem>) -> String {
    let mut page = String::with_capacity(text.len());
    let mut end = 0;
    let mut number = 0;
    for (range, kind) in Regions::of(text).iter() {
        if *kind != Kind::Fence("quiz".into()) {
            continue;
        }
        number += 1;
        page.push_str(&text[end..range.start]);
        end = range.end;
        let block = &text[range.clone()];
        match html(number, block) {
            Ok(html) => page.push_str(&html),
            Err((line, what)) => {
                let line = line_of(text, range.start) + line;
                problems.push(
                    Problem::new(file, line, format!("quiz: {what}")).mend(
                        "? question, then - [x] right. | why, and \
                         - [ ] wrong. | why not, a line each",
                    ),
                );
            }
        }
        page.push_str(&"\n".repeat(block.matches('\n').count()));
    }
    page.push_str(&text[end..]);
    page
}

/// The block on one line, or the line of the block where it is wrong.
fn html(number: usize, block: &str) -> Result<String, (usize, String)> {
    let lines: Vec<&str> = block.trim_end().lines().collect();
    let inner = &lines[1..lines.len() - 1];
    let question =
        inner.first().and_then(|line| line.strip_prefix("? ")).ok_or((
            1,
            "expected a question: a line that begins with `? `".into(),
        ))?;
    let choices = inner[1..]
        .iter()
        .enumerate()
        .map(|(i, line)| choice(line).ok_or((i + 2, bad_choice(line))))
        .collect::<Result<Vec<_>, _>>()?;
    match choices.iter().filter(|c| c.right).count() {
        1 if choices.len() > 1 => Ok(drawn(number, question, &choices)),
        1 => Err((1, "expected two options or more".into())),
        n => Err((1, format!("expected one right option, found {n}"))),
    }
}

fn bad_choice(line: &str) -> String {
    format!("expected an option with its reason, found {line:?}")
}

fn choice(line: &str) -> Option<Choice<'_>> {
    let rest = line.strip_prefix("- [")?;
    let (mark, rest) = rest.split_once("] ")?;
    // A formula may have a bar of its own.
    let mut bars = rest.match_indices(" | ").map(|(at, _)| at);
    let bar = bars.find(|bar| !math::is_within(rest, *bar))?;
    let (text, why) = (&rest[..bar], &rest[bar + " | ".len()..]);
    let right = match mark {
        "x" => true,
        " " => false,
        _ => return None,
    };
    Some(Choice { right, text, why })
}

fn drawn(number: usize, question: &str, choices: &[Choice<'_>]) -> String {
    let options: String = choices
        .iter()
        .map(|c| format!("<li>{}</li>", inline_html(c.text)))
        .collect();
    let answers: String = choices
        .iter()
        .map(|c| {
            let verdict = if c.right { "Right" } else { "Not this one" };
            format!(
                "<li><strong>{verdict}.</strong> {}</li>",
                inline_html(c.why)
            )
        })
        .collect();
    format!(
        "<div class=\"quiz\"><p><strong>Question {number}.</strong> {}</p>\
         <ol type=\"A\">{options}</ol><details><summary>Answer to question \
         {number}</summary><ol type=\"A\">{answers}</ol></details></div>",
        inline_html(question),
    )
}

#[cfg(test)]
mod tests {
    use super::expanded;

    const GOOD: &str = "a\n\n```quiz\n? Is *this* 1?\n- [x] Yes. | So.\n\
                        - [ ] No. | Not so.\n```\n\nline 9\n";

    #[test]
    fn a_question_folds_its_answers_and_moves_no_line() {
        let mut problems = Vec::new();
        let page = expanded("src/a.md", GOOD, &mut problems);
        assert_eq!(problems, []);
        assert!(page.contains("<details>"), "{page}");
        assert!(page.contains("<em>this</em>"), "{page}");
        assert_eq!(page.lines().nth(8), Some("line 9"), "{page}");
    }

    #[test]
    fn a_broken_question_is_refused_with_its_line() {
        let wrong = [
            (GOOD.replace("? Is", "Is"), "src/a.md:4: quiz"),
            (GOOD.replace("[x]", "[ ]"), "found 0"),
            (GOOD.replace("- [ ]", "- [x]"), "found 2"),
            (GOOD.replace(" | Not so.", ""), "src/a.md:6: quiz"),
            (GOOD.replace("- [ ] No. | Not so.\n", ""), "two options"),
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
