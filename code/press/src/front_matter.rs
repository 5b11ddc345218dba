//! What a chapter says of itself, before its title.
//!
//! ```text
//! +++
//! minutes = 15
//! description = "One sentence: what the chapter is about."
//! objectives = ["say …", "compute …"]
//! +++
//!
//! # The title
//! ```
//!
//! The page shows it below the title. TOML, because mdBook's own
//! configuration is TOML and a misspelt key is then an error with a line.

use serde::Deserialize;

use crate::{
    Problem,
    markdown::{escaped, inline_html},
};

const DELIMITER: &str = "+++";

/// What a teacher and a search engine want to know of a chapter.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrontMatter {
    /// How long a class, or a careful reader, needs.
    pub minutes: u32,
    /// One sentence: what the chapter is about.
    pub description: String,
    /// What a reader can do after it.
    pub objectives: Vec<String>,
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

/// Takes the front matter off a chapter and puts it below the title, without
/// moving any line behind the title. A chapter without front matter stays as
/// it is.
///
/// # Errors
/// If the block does not end, is not TOML of the form above, or is not
/// followed by a title.
pub fn below_the_title(file: &str, text: &str) -> Result<String, Problem> {
    let Some((front, body)) = taken_off(file, text)? else {
        return Ok(text.into());
    };
    let lines = text[..text.len() - body.len()].matches('\n').count();
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
    let what = if front.minutes == 0 {
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
        "expected: minutes = 15, description = \"…\", objectives = [\"…\"]",
    )
}

/// One line, so that no line of the chapter moves.
fn head(front: &FrontMatter) -> String {
    let goals: String = front
        .objectives
        .iter()
        .map(|goal| format!("<li>{}</li>", inline_html(goal)))
        .collect();
    format!(
        "<div class=\"chapter-head\"><p class=\"chapter-lead\">{}</p>\
         <div class=\"chapter-goals\"><p><strong>{} minutes.</strong> After \
         this chapter you can</p><ul>{goals}</ul></div></div>",
        inline_html(&escaped(&front.description).replace("&quot;", "\"")),
        front.minutes,
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
    fn what_is_wrong_is_said_with_its_line() {
        let wrong = [
            (GOOD.replace("minutes = 5", "minuts = 5"), "src/a.md:2:"),
            (GOOD.replace("minutes = 5", "minutes = \"5\""), "src/a.md:2:"),
            (GOOD.replace("minutes = 5", "minutes = 0"), "at least 1"),
            (GOOD.replace("[\"say *why*\"]", "[]"), "at least one"),
            (GOOD.replace("\n+++\n\n#", "\n\n#"), "does not end"),
            (GOOD.replace("# T", "T"), "src/a.md:7: expected the title"),
        ];
        for (text, expected) in wrong {
            let problem = below_the_title("src/a.md", &text).unwrap_err();
            assert!(problem.to_string().contains(expected), "{problem}");
        }
    }
}
