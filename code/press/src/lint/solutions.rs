//! Exercises and solutions, each with the other.
//!
//! An exercise is an item of the section *Exercises*, begins with a title in
//! bold, and links to a heading of that title on the chapter's page of
//! solutions, which holds the same titles in the same order.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::{
    page::{Page, id_of},
    volume::Volume,
};
use crate::{Problem, markdown::options};

const EXERCISES: &str = "Exercises";

/// What is wrong with the exercises and solutions of the book.
pub fn problems(volume: &Volume) -> Vec<Problem> {
    let mut problems: Vec<Problem> = volume
        .chapters()
        .flat_map(|chapter| chapter_problems(volume, chapter))
        .collect();
    for page in &volume.pages {
        if page.file.starts_with("src/solutions/")
            && volume.chapter(page.slug()).is_none()
        {
            let what = format!("solutions of no chapter: `{}`", page.slug());
            let mend = "name the page as the file of its chapter is named";
            problems.push(Problem::new(&page.file, 1, what).mend(mend));
        }
    }
    problems
}

/// An exercise of a chapter.
struct Exercise {
    range: Range<usize>,
    title: String,
}

fn chapter_problems(volume: &Volume, chapter: &Page) -> Vec<Problem> {
    let Some(section) = chapter.section(EXERCISES) else {
        let what = "a chapter without exercises";
        return vec![Problem::new(&chapter.file, 1, what).mend(
            "add a section `## Exercises`, with items such as \
             `1. **A title.** Text [Solution](solutions/….md#a-title)`",
        )];
    };
    let mut problems = Vec::new();
    let items = items(chapter, &section);
    if !(2..=4).contains(&items.len()) {
        let what = format!("{} exercises, expected two to four", items.len());
        problems.push(chapter.problem(section.start - 1, what));
    }
    let file = format!("src/solutions/{}.md", chapter.slug());
    let mut exercises = Vec::new();
    for item in items {
        match titled(chapter, &item) {
            Some(title) => exercises.push(Exercise { range: item, title }),
            None => problems.push(
                chapter
                    .problem(item.start, "an exercise without a title")
                    .mend("begin it with one in bold: `**One more update.**`"),
            ),
        }
    }
    for exercise in &exercises {
        problems.extend(unlinked(chapter, exercise, &file));
    }
    match volume.page(&file) {
        Some(page) => {
            problems.extend(page_problems(chapter, &exercises, page));
        }
        None => {
            let what = format!("no page of solutions: expected {file}");
            let titles: Vec<_> =
                exercises.iter().map(|e| format!("`## {}`", e.title)).collect();
            problems.push(chapter.problem(section.start - 1, what).mend(
                format!(
                    "write it, with `# Solutions: {}`, {}; and a line of \
                     SUMMARY.md below Solutions",
                    chapter.title,
                    titles.join(", ")
                ),
            ));
        }
    }
    problems
}

/// The items of the lists of a section, without those of inner lists.
fn items(page: &Page, section: &Range<usize>) -> Vec<Range<usize>> {
    let mut depth = 0;
    let mut items = Vec::new();
    let parser = Parser::new_ext(page.markdown(), options());
    for (event, range) in parser.into_offset_iter() {
        match event {
            Event::Start(Tag::List(_)) => depth += 1,
            Event::End(TagEnd::List(_)) => depth -= 1,
            Event::Start(Tag::Item)
                if depth == 1 && section.contains(&range.start) =>
            {
                items.push(range);
            }
            _ => {}
        }
    }
    items
}

/// The title in bold that an item begins with, without its full stop.
fn titled(page: &Page, item: &Range<usize>) -> Option<String> {
    let mut title = String::new();
    let mut bold = false;
    let parser = Parser::new_ext(page.markdown(), options());
    let events = parser.into_offset_iter();
    for (event, range) in events {
        if range.start < item.start || range.end > item.end {
            continue;
        }
        match event {
            Event::Start(Tag::Item | Tag::Paragraph) => {}
            Event::Start(Tag::Strong) => bold = true,
            Event::End(TagEnd::Strong) => break,
            Event::Text(text) | Event::Code(text) if bold => {
                title.push_str(&text);
            }
            Event::SoftBreak if bold => title.push(' '),
            _ if bold => {}
            _ => return None,
        }
    }
    Some(title.trim().trim_end_matches('.').to_string())
        .filter(|title| !title.is_empty())
}

fn unlinked(
    chapter: &Page,
    exercise: &Exercise,
    file: &str,
) -> Option<Problem> {
    let Exercise { range, title } = exercise;
    let id = id_of(title);
    let mend = format!("[Solution]({})", chapter.address_of(file, &id));
    let mut links = chapter
        .links
        .iter()
        .filter(|link| range.contains(&link.range.start) && link.file == file);
    match links.next() {
        Some(link) if link.fragment == id => None,
        Some(link) => {
            let what = format!(
                "the exercise “{title}” links to the solution `#{}`",
                link.fragment
            );
            let problem = chapter.problem(link.range.start, what);
            Some(problem.mend(format!("expected {mend}")))
        }
        None => {
            let what =
                format!("the exercise “{title}” does not link to its solution");
            let problem = chapter.problem(range.start, what);
            Some(problem.mend(format!("add {mend}")))
        }
    }
}

fn page_problems(
    chapter: &Page,
    exercises: &[Exercise],
    page: &Page,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let title = |page: &Page| {
        page.headings.iter().find(|h| h.level == 1).map(|h| h.text.clone())
    };
    let expected = format!("Solutions: {}", title(chapter).unwrap_or_default());
    if title(page).as_ref() != Some(&expected) {
        let what = format!("expected the title `# {expected}`");
        problems.push(Problem::new(&page.file, 1, what));
    }
    let back = |link: &super::page::Link| {
        link.file == chapter.file && link.fragment == "exercises"
    };
    if !page.links.iter().any(back) {
        let address = page.address_of(&chapter.file, "exercises");
        problems.push(
            Problem::new(&page.file, 1, "no link back to the exercises")
                .mend(format!("To the [exercises]({address}).")),
        );
    }
    let solutions: Vec<_> =
        page.headings.iter().filter(|h| h.level == 2).collect();
    let asked: Vec<String> =
        exercises.iter().map(|e| id_of(&e.title)).collect();
    let solved: Vec<String> = solutions.iter().map(|h| h.id()).collect();
    for (exercise, id) in exercises.iter().zip(&asked) {
        if !solved.contains(id) {
            let title = &exercise.title;
            let what = format!("no solution of “{title}” in {}", page.file);
            problems.push(
                chapter
                    .problem(exercise.range.start, what)
                    .mend(format!("add `## {title}` to it")),
            );
        }
    }
    for (solution, id) in solutions.iter().zip(&solved) {
        if !asked.contains(id) {
            let what = format!(
                "“{}” is no exercise of {}",
                solution.text, chapter.file
            );
            problems.push(page.problem(solution.range.start, what).mend(
                "each `##` has the title of an exercise; for parts of a \
                 solution there is `###`",
            ));
        }
    }
    if problems.is_empty() && asked != solved {
        let titles: Vec<_> = exercises.iter().map(|e| &*e.title).collect();
        problems.push(
            Problem::new(&page.file, 1, "solutions out of order")
                .mend(format!("expected {}", titles.join(", "))),
        );
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::{super::page::Part, *};

    const CHAPTER: &str = "\
# One neuron

## Exercises

1. **One more update.** Do it. [Solution](solutions/one.md#one-more-update)
2. **How long a step?** Say it.

   - part **a**
   - part b

   [Solution](solutions/one.md#how-long-a-step)

## Going further

- a link
";

    const SOLUTIONS: &str = "\
# Solutions: One neuron

To the [exercises](../one.md#exercises).

## One more update

### A part

## How long a step?
";

    fn found(chapter: &str, solutions: &str) -> Vec<String> {
        let volume = Volume::of(&[
            ("src/one.md", Part::Numbered, chapter),
            ("src/solutions/one.md", Part::Back, solutions),
        ]);
        problems(&volume).iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn refused(chapter: &str, solutions: &str, place: &str, hint: &str) {
        let found = found(chapter, solutions);
        assert!(
            found.iter().any(|p| p.starts_with(place) && p.contains(hint)),
            "expected {place} … {hint}, found {found:#?}"
        );
    }

    #[test]
    fn exercises_with_their_solutions_are_accepted() {
        assert_eq!(found(CHAPTER, SOLUTIONS), Vec::<String>::new());
    }

    #[test]
    fn an_exercise_that_does_not_find_its_solution_is_refused() {
        let chapter = |from: &str, to: &str| {
            assert!(CHAPTER.contains(from), "{from}");
            CHAPTER.replacen(from, to, 1)
        };
        for (from, to, place, hint) in [
            ("## Exercises", "## Drills", "src/one.md:1:", "without exerc"),
            ("**One more update.**", "One.", "src/one.md:5:", "in bold"),
            (
                "[Solution](solutions/one.md#one-more-update)",
                "",
                "src/one.md:5:",
                "add [Solution](solutions/one.md#one-more-update)",
            ),
            (
                "#how-long-a-step",
                "#how-long",
                "src/one.md:11:",
                "expected [Solution](solutions/one.md#how-long-a-step)",
            ),
            ("update.**", "try.**", "src/one.md:5:", "no solution of “One"),
            ("update.**", "try.**", "src/solutions/one.md:5:", "no exercise"),
            ("2. **How", "   **How", "src/one.md:3:", "1 exercises"),
        ] {
            refused(&chapter(from, to), SOLUTIONS, place, hint);
        }
        let more = "1. **A.** b\n2. **C.** d\n3. **E.** f\n4. **G.** h\n1.";
        refused(&chapter("1.", more), SOLUTIONS, "src/one.md:3:", "6 exer");
    }

    #[test]
    fn a_page_of_solutions_that_is_not_its_chapters_is_refused() {
        let page = "src/solutions/one.md";
        for (from, to, hint) in [
            ("# Solutions: One neuron", "# One", "`# Solutions: One neuron`"),
            ("../one.md#exercises", "../one.md", "back to the exercises"),
            ("### A part", "## A part", "“A part” is no exercise"),
        ] {
            assert!(SOLUTIONS.contains(from), "{from}");
            let broken = SOLUTIONS.replacen(from, to, 1);
            refused(CHAPTER, &broken, page, hint);
        }
        let swapped = SOLUTIONS
            .replace("## One more update", "## X")
            .replace("## How long a step?", "## One more update")
            .replace("## X", "## How long a step");
        refused(CHAPTER, &swapped, page, "out of order");
    }

    #[test]
    fn a_missing_page_and_one_without_a_chapter_are_refused() {
        let alone = Volume::of(&[("src/one.md", Part::Numbered, CHAPTER)]);
        let found = problems(&alone);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0].what.contains("expected src/solutions/one.md"));
        let orphan = Volume::of(&[("src/solutions/x.md", Part::Back, "# X")]);
        assert_eq!(problems(&orphan).len(), 1);
    }
}
