//! The table for a teacher: the chapters by part, how long each takes and what
//! a class can do after it.

use crate::{
    Contents, Manuscript,
    contents::{Listed, Part, address},
    front_matter::{self, FrontMatter},
    markdown::escaped,
};

/// The table as HTML, on one line, for the page `file`: all chapters that have
/// front matter. Empty if there are none.
pub fn html(
    file: &str,
    contents: &Contents,
    manuscript: &Manuscript,
) -> String {
    let mut all = 0;
    let bodies: String = contents
        .parts
        .iter()
        .map(|part| {
            let chapters = taught(part, manuscript);
            all += minutes(&chapters);
            body(file, part, &chapters)
        })
        .collect();
    if bodies.is_empty() {
        return String::new();
    }
    let time = hours(all);
    format!(
        "<div class=\"table-wrapper\" tabindex=\"0\" role=\"region\" \
         aria-label=\"Syllabus\"><table class=\"syllabus\"><thead><tr>\
         <th scope=\"col\">Chapter, and what you can do after it</th>\
         <th scope=\"col\">Minutes</th></tr></thead>{bodies}<tfoot><tr>\
         <th scope=\"row\">The whole book: {time}</th><td>{all}</td></tr>\
         </tfoot></table></div>",
    )
}

type Taught<'a> = (&'a Listed, FrontMatter);

/// The chapters of a part that say how long they take. What is wrong with
/// front matter is said where its own page is made.
fn taught<'a>(part: &'a Part, manuscript: &Manuscript) -> Vec<Taught<'a>> {
    part.chapters
        .iter()
        .filter_map(|chapter| {
            let text = manuscript.0.get(&chapter.file)?;
            let front = front_matter::taken_off(&chapter.file, text);
            let (front, _) = front.ok().flatten()?;
            (front.minutes > 0).then_some((chapter, front))
        })
        .collect()
}

fn minutes(chapters: &[Taught<'_>]) -> u32 {
    chapters.iter().map(|(_, front)| front.minutes).sum()
}

fn body(file: &str, part: &Part, chapters: &[Taught<'_>]) -> String {
    if chapters.is_empty() {
        return String::new();
    }
    let head = part.title.as_ref().map(|title| {
        format!(
            "<tr><th scope=\"rowgroup\">{}</th><td>{}</td></tr>",
            escaped(title),
            minutes(chapters)
        )
    });
    let rows: String = chapters
        .iter()
        .map(|(chapter, front)| row(file, chapter, front))
        .collect();
    format!("<tbody>{}{rows}</tbody>", head.unwrap_or_default())
}

fn row(file: &str, chapter: &Listed, front: &FrontMatter) -> String {
    format!(
        "<tr><td><a href=\"{}\">{}</a>{}</td><td>{}</td></tr>",
        escaped(&address(file, &chapter.file)),
        escaped(&chapter.title),
        front.goals(),
        front.minutes,
    )
}

/// `5 hours and 35 minutes`
fn hours(minutes: u32) -> String {
    let named = |n: u32, unit: &str| match n {
        0 => None,
        1 => Some(format!("1 {unit}")),
        n => Some(format!("{n} {unit}s")),
    };
    let parts = [named(minutes / 60, "hour"), named(minutes % 60, "minute")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn front(minutes: u32, goal: &str) -> String {
        format!(
            "+++\nminutes = {minutes}\ndescription = \"D.\"\n\
             objectives = [\"{goal}\"]\n+++\n\n# T\n"
        )
    }

    fn part(title: Option<&str>, chapters: &[(&str, &str)]) -> Part {
        let listed = |(file, title): &(&str, &str)| Listed {
            file: (*file).into(),
            title: (*title).into(),
        };
        Part {
            title: title.map(Into::into),
            chapters: chapters.iter().map(listed).collect(),
        }
    }

    #[test]
    fn the_table_has_the_chapters_by_part_with_their_sums() {
        let texts = [
            ("src/title.md", "# Title\n".into()),
            ("src/a.md", front(15, "say *why*")),
            ("src/b.md", front(50, "compute $x$")),
            ("src/c.md", front(20, "d")),
        ];
        let texts = texts.map(|(file, text)| (file.into(), text));
        let manuscript = Manuscript(texts.into());
        let parts = vec![
            part(None, &[("src/title.md", "Title")]),
            part(Some("One & two"), &[("src/b.md", "B"), ("src/a.md", "A")]),
            part(Some("Three"), &[("src/c.md", "C"), ("src/gone.md", "G")]),
        ];
        let contents = Contents { parts, has_drafts: true };
        let html = html("src/teach/all.md", &contents, &manuscript);
        assert!(html.contains(">One &amp; two</th><td>65</td>"), "{html}");
        assert!(html.contains(">Three</th><td>20</td>"), "{html}");
        let sum = ">The whole book: 1 hour and 25 minutes</th><td>85</td>";
        assert!(html.contains(sum), "{html}");
        assert!(html.contains("<td><a href=\"../a.md\">A</a><ul>"), "{html}");
        assert!(html.contains("</ul></td><td>15</td></tr>"), "{html}");
        assert!(html.contains("<li>say <em>why</em></li>"), "{html}");
        assert!(html.contains("<li>compute $x$</li>"), "{html}");
        assert!(html.find("B</a>") < html.find("A</a>"), "reading order");
        assert!(!html.contains("Title") && !html.contains('\n'));
    }

    #[test]
    fn a_book_without_minutes_has_no_table() {
        let html =
            html("src/a.md", &Contents::default(), &Manuscript([].into()));
        assert_eq!(html, "");
    }

    #[test]
    fn minutes_become_hours() {
        assert_eq!(hours(335), "5 hours and 35 minutes");
        assert_eq!(hours(61), "1 hour and 1 minute");
        assert_eq!(hours(120), "2 hours");
    }
}
