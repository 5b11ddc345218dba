//! What a chapter says of itself, before its title.
//!
//! ```text
//! +++
//! minutes = 15
//! description = "One sentence: what the chapter is about."
//! objectives = ["say …", "compute …"]
//!
//! [numbers]
//! "0.693" = "= ln(2)"
//! "0.1" = "given: the learning rate"
//!
//! [extremes]
//! "at every depth" = "theorem: a product of matrices is a matrix"
//! +++
//!
//! # The title
//! ```
//!
//! The page shows the first three below the title; the tables are for
//! [`crate::lint`]. A page that is no chapter has no more than those.
//! TOML, because mdBook's own configuration is TOML and a misspelt key is then
//! an error with a line.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    Problem,
    markdown::{escaped, inline_html},
};

const DELIMITER: &str = "+++";

/// What a teacher and a search engine want to know of a chapter, and what a
/// lint wants to know of its numbers and its extremes.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FrontMatter {
    /// How long a class, or a careful reader, needs.
    pub minutes: u32,
    /// One sentence: what the chapter is about.
    pub description: String,
    /// What a reader can do after it.
    pub objectives: Vec<String>,
    /// Where each decimal that is typed by hand comes from.
    pub numbers: BTreeMap<String, String>,
    /// Why each *every*, *never* or *at most* holds.
    pub extremes: BTreeMap<String, String>,
}

impl FrontMatter {
    /// Whether there is anything for the head of the page.
    pub fn has_head(&self) -> bool {
        let Self { minutes, description, objectives, .. } = self;
        *minutes > 0 || !description.is_empty() || !objectives.is_empty()
    }

    /// The objectives as a list.
    pub(crate) fn goals(&self) -> String {
        let goals = self.objectives.iter();
        let goals: String = goals
            .map(|goal| format!("<li>{}</li>", inline_html(goal)))
            .collect();
        format!("<ul>{goals}</ul>")
    }
}

/// The front matter of a page and the text behind it; `None` where there is
/// none.
///
/// # Errors
/// If the block does not end, or is not TOML of the form above.
pub fn taken_off<'a>(
    file: &str,
    text: &'a str,
) -> Result<Option<(FrontMatter, &'a str)>, Problem> {
    let Some(rest) = text.strip_prefix("+++\n") else { return Ok(None) };
    let Some(end) = rest.find("\n+++\n") else {
        return Err(Problem::new(file, 1, "the front matter does not end")
            .mend(format!("close it with a line {DELIMITER}")));
    };
    let front: FrontMatter = toml::from_str(&rest[..end])
        .map_err(|error| explained(file, &rest[..end], &error))?;
    check(file, &front)?;
    Ok(Some((front, &rest[end + "\n+++\n".len()..])))
}

/// Takes the front matter off a page and puts its head below the title,
/// without moving any line behind the title. A page without front matter stays
/// as it is, and one that has no head has blank lines in its place.
///
/// # Errors
/// If the block does not end, is not TOML of the form above, or has a head and
/// no title to put it below.
pub fn below_the_title(file: &str, text: &str) -> Result<String, Problem> {
    let Some((front, body)) = taken_off(file, text)? else {
        return Ok(text.into());
    };
    let lines = text[..text.len() - body.len()].matches('\n').count();
    if !front.has_head() {
        return Ok(format!("{}{body}", "\n".repeat(lines)));
    }
    let blank = body.len() - body.trim_start_matches('\n').len();
    let Some(title) =
        body[blank..].lines().next().filter(|line| line.starts_with("# "))
    else {
        let line = lines + blank + 1;
        return Err(Problem::new(file, line, "expected the title")
            .mend("a line `# Title` after the front matter"));
    };
    let after = &body[blank + title.len()..];
    // Title, blank line, head; then the lines that make up the number.
    let filler = "\n".repeat(lines + blank - 2);
    Ok(format!("{title}\n\n{}{filler}{after}", head(&front)))
}

fn check(file: &str, front: &FrontMatter) -> Result<(), Problem> {
    let has_tables = !front.numbers.is_empty() || !front.extremes.is_empty();
    let what = if !front.has_head() && has_tables {
        return Ok(());
    } else if front.minutes == 0 {
        "minutes: expected at least 1"
    } else if front.description.trim().is_empty() {
        "description: expected a sentence"
    } else if front.objectives.is_empty() {
        "objectives: expected at least one"
    } else {
        return Ok(());
    };
    Err(Problem::new(file, 1, format!("front matter: {what}")))
}

fn explained(file: &str, toml: &str, error: &toml::de::Error) -> Problem {
    let before = error.span().map_or("", |span| &toml[..span.start]);
    let line = 2 + before.matches('\n').count();
    Problem::new(file, line, format!("front matter: {}", error.message())).mend(
        "expected: minutes = 15, description = \"…\", objectives = [\"…\"], \
         and below [numbers], each in quotes: \"0.693\" = \"= ln(2)\"",
    )
}

/// One line, so that no line of the chapter moves.
fn head(front: &FrontMatter) -> String {
    format!(
        "<div class=\"chapter-head\"><p class=\"chapter-lead\">{}</p>\
         <div class=\"chapter-goals\"><p><strong>{} minutes.</strong> After \
         this chapter you can</p>{}</div></div>",
        inline_html(&escaped(&front.description).replace("&quot;", "\"")),
        front.minutes,
        front.goals(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "+++\nminutes = 5\ndescription = \"A sentence.\"\n\
                        objectives = [\"say *why*\"]\n+++\n\n# T\n\nline 9\n";

    #[test]
    fn the_head_stands_below_the_title_and_no_line_moves() {
        let page = below_the_title("src/a.md", GOOD).unwrap();
        assert!(page.starts_with("# T\n\n<div class=\"chapter-head\">"));
        assert!(page.contains("<em>why</em>"), "{page}");
        assert_eq!(page.lines().nth(8), Some("line 9"));
        assert_eq!(page.lines().count(), GOOD.lines().count());
    }

    #[test]
    fn a_table_of_numbers_is_not_shown_and_moves_no_line() {
        let numbers = "\n[numbers]\n\"0.5\" = \"= 1/2\"\n+++\n";
        let chapter = GOOD.replace("\n+++\n", numbers);
        let page = below_the_title("src/a.md", &chapter).unwrap();
        assert!(page.contains("chapter-head") && !page.contains("0.5"));
        assert_eq!(page.lines().nth(10), Some("line 9"), "{page}");
        let alone = format!("+++{numbers}\n# T\n\nline 8\n");
        let page = below_the_title("src/a.md", &alone).unwrap();
        assert_eq!(page, "\n\n\n\n\n# T\n\nline 8\n");
        let untitled = format!("+++{numbers}line 5\n");
        let page = below_the_title("src/a.md", &untitled).unwrap();
        assert_eq!(page, "\n\n\n\nline 5\n");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let wrong = [
            (GOOD.replace("minutes = 5", "minutess = 5"), "src/a.md:2:"),
            (GOOD.replace("minutes = 5", "minutes = \"5\""), "src/a.md:2:"),
            (GOOD.replace("minutes = 5", "minutes = 0"), "at least 1"),
            (GOOD.replace("[\"say *why*\"]", "[]"), "at least one"),
            (GOOD.replace("\n+++\n\n#", "\n\n#"), "does not end"),
            (GOOD.replace("# T", "T"), "src/a.md:7: expected the title"),
            (GOOD.replace("minutes = 5\n", ""), "at least 1"),
            ("+++\n\n+++\n# T\n".into(), "at least 1"),
            (
                "+++\n[numbers]\n0.5 = \"= 1/2\"\n+++\n# T\n".into(),
                "src/a.md:3:",
            ),
        ];
        for (text, expected) in wrong {
            let problem = below_the_title("src/a.md", &text).unwrap_err();
            assert!(problem.to_string().contains(expected), "{problem}");
        }
    }
}
