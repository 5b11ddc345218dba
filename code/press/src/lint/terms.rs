//! No term before it is introduced.
//!
//! The glossary is a definition list. The place that introduces a term is an
//! emphasised link to its entry, `[*learning rate*](glossary.md#learning-rate)`,
//! and there is one in the book. Whoever uses the term earlier, in the order of
//! the summary, links to the entry, so that no reader meets an unexplained
//! word.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use regex::Regex;
use study::params::nearest;

use super::{
    listed,
    page::{Kind, Link, Page, Part, id_of},
    volume::Volume,
};
use crate::{Problem, markdown::options};

const GLOSSARY: &str = "src/glossary.md";

static ALSO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)<!--\s*also:(.*?)-->").expect("a regular expression")
});

/// An entry of the glossary.
#[derive(Debug)]
struct Term {
    name: String,
    id: String,
    line: usize,
    /// How the book says it, in lower case.
    forms: Vec<String>,
    /// The files that its entry links to, in order.
    links: Vec<String>,
}

/// Where a chapter introduces a term.
struct Introduction<'a> {
    /// The number of the page in the order of reading.
    page: usize,
    link: &'a Link,
}

/// What is wrong with the terms of the book.
pub fn problems(volume: &Volume) -> Vec<Problem> {
    let glossary = match volume.needed(GLOSSARY, "the terms of the book") {
        Ok(page) => page,
        Err(problem) => return vec![problem],
    };
    let mut problems = Vec::new();
    let terms = terms(glossary);
    let ids: BTreeMap<&str, usize> =
        terms.iter().enumerate().map(|(i, t)| (&*t.id, i)).collect();
    let mut forms: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, term) in terms.iter().enumerate() {
        for form in &term.forms {
            if let Some(other) = forms.insert(form, i)
                && other != i
            {
                let what = format!(
                    "“{form}” is a form of “{}” and of “{}”",
                    terms[other].name, term.name
                );
                let problem = Problem::new(GLOSSARY, term.line, what);
                problems.push(problem.mend("leave it to one of them"));
            }
        }
    }
    let mut introduced: BTreeMap<usize, Introduction<'_>> = BTreeMap::new();
    for (number, page) in volume.pages.iter().enumerate() {
        for link in page.links.iter().filter(|link| link.file == GLOSSARY) {
            let Some(&term) = ids.get(&*link.fragment) else {
                if !link.fragment.is_empty() {
                    problems.push(no_entry(page, link, &ids));
                }
                continue;
            };
            if !introduces(page, link) {
                continue;
            }
            if page.part == Part::Back {
                problems.push(in_back_matter(page, link, &terms[term]));
                continue;
            }
            if let Some(first) = introduced.get(&term) {
                let first_page = &volume.pages[first.page];
                let what = format!(
                    "“{}” is introduced a second time",
                    terms[term].name
                );
                let address = page.address_of(GLOSSARY, &terms[term].id);
                problems.push(page.problem(link.range.start, what).mend(
                    format!(
                        "the first is at {}; if that is where it belongs, \
                         write [{}]({address}) here, without the asterisks",
                        place(first_page, first.link),
                        words(page, link),
                    ),
                ));
                continue;
            }
            problems.extend(misnamed(page, link, &terms[term]));
            introduced.insert(term, Introduction { page: number, link });
        }
    }
    for (i, term) in terms.iter().enumerate() {
        match introduced.get(&i) {
            Some(at) => {
                problems.extend(misplaced(term, &volume.pages[at.page], volume))
            }
            // The chapter that will introduce it may be yet to be written.
            None if volume.drafts.is_empty() => problems.push(nowhere(term)),
            None => {}
        }
    }
    problems.extend(too_early(volume, &terms, &forms, &introduced));
    problems
}

/// The entries of the glossary.
fn terms(page: &Page) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    let mut title: Option<(usize, String)> = None;
    let parser = Parser::new_ext(page.markdown(), options());
    for (event, range) in parser.into_offset_iter() {
        match event {
            Event::Start(Tag::DefinitionListTitle) => {
                title = Some((page.line(range.start), String::new()));
            }
            Event::End(TagEnd::DefinitionListTitle) => {
                if let Some((line, name)) = title.take() {
                    terms.push(Term::new(name.trim(), line));
                }
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some((_, name)) = &mut title {
                    name.push_str(&text);
                }
            }
            Event::End(TagEnd::DefinitionListDefinition) => {
                if let Some(term) = terms.last_mut() {
                    let text = &page.text[range.clone()];
                    for also in ALSO.captures_iter(text) {
                        term.forms.extend(forms_of(&also[1]));
                    }
                    let links = page.links.iter();
                    term.links = links
                        .filter(|link| range.contains(&link.range.start))
                        .map(|link| link.file.clone())
                        .collect();
                }
            }
            _ => {}
        }
    }
    terms
}

impl Term {
    fn new(name: &str, line: usize) -> Self {
        Self {
            id: id_of(name),
            forms: forms_of(name).collect(),
            name: name.into(),
            line,
            links: Vec::new(),
        }
    }
}

/// The forms of words that commas separate, each with its simple plural.
fn forms_of(words: &str) -> impl Iterator<Item = String> {
    words
        .split(',')
        .map(on_a_line)
        .filter(|form| !form.is_empty())
        .flat_map(|form| [format!("{form}s"), format!("{form}es"), form])
}

fn on_a_line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// Whether a link to the glossary introduces its term: emphasised, in prose.
fn introduces(page: &Page, link: &Link) -> bool {
    let mut range = link.range.clone();
    link.emphasised && range.any(|i| page.kind(i) == Kind::Prose)
}

fn words(page: &Page, link: &Link) -> String {
    let text = page.only(&[Kind::Prose]);
    let words: Vec<_> = text[link.range.clone()].split_whitespace().collect();
    words.join(" ")
}

fn place(page: &Page, link: &Link) -> String {
    format!("{}:{}", page.file, page.line(link.range.start))
}

fn no_entry(page: &Page, link: &Link, ids: &BTreeMap<&str, usize>) -> Problem {
    let id = &link.fragment;
    let what = format!("the glossary has no entry `{id}`");
    let problem = page.problem(link.range.start, what);
    match nearest(id, ids.keys().copied()) {
        Some(near) => problem.mend(format!("did you mean `#{near}`?")),
        None => problem.mend(format!("add it to {GLOSSARY}")),
    }
}

fn in_back_matter(page: &Page, link: &Link, term: &Term) -> Problem {
    let what = format!("“{}” is introduced in the back matter", term.name);
    page.problem(link.range.start, what)
        .mend("without asterisks it is a plain link")
}

/// A link that introduces a term under another name.
fn misnamed(page: &Page, link: &Link, term: &Term) -> Option<Problem> {
    let words = words(page, link);
    if term.forms.contains(&words.to_lowercase()) {
        return None;
    }
    let what = format!("“{words}” is no form of “{}”", term.name);
    Some(page.problem(link.range.start, what).mend(format!(
        "link to its own entry, or write <!-- also: {} --> into that at \
         {GLOSSARY}:{}",
        words.to_lowercase(),
        term.line
    )))
}

fn nowhere(term: &Term) -> Problem {
    let Term { name, id, line, .. } = term;
    let what = format!("no chapter introduces “{name}”");
    Problem::new(GLOSSARY, *line, what).mend(format!(
        "where one does, write [*{name}*](glossary.md#{id}); or take it out"
    ))
}

/// An entry that sends its reader to another chapter.
fn misplaced(term: &Term, page: &Page, volume: &Volume) -> Option<Problem> {
    let is_chapter = |file: &&String| {
        volume.page(file).is_some_and(|page| page.part != Part::Back)
    };
    let last = term.links.iter().rfind(is_chapter);
    if last == Some(&page.file) {
        return None;
    }
    let said = match last {
        Some(file) => format!("links to {file}"),
        None => "links to no chapter".into(),
    };
    let what = format!(
        "the entry of “{}” {said}, and {} introduces it",
        term.name, page.file
    );
    let address = page.file.trim_start_matches("src/");
    Some(Problem::new(GLOSSARY, term.line, what).mend(format!(
        "end it with [{}]({address}), or introduce it there",
        page.title
    )))
}

/// Uses of terms before their introduction that are not links to the entry.
fn too_early(
    volume: &Volume,
    terms: &[Term],
    forms: &BTreeMap<&str, usize>,
    introduced: &BTreeMap<usize, Introduction<'_>>,
) -> Vec<Problem> {
    let Some(pattern) = pattern(forms) else { return Vec::new() };
    let mut problems = Vec::new();
    for (number, page) in volume.pages.iter().enumerate() {
        if page.part == Part::Back {
            continue;
        }
        let text = page.only(&[Kind::Prose]);
        let mut early: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut linked: BTreeSet<usize> = BTreeSet::new();
        for found in pattern.find_iter(&text) {
            let joined = text[..found.start()].ends_with('-')
                || text[found.end()..].starts_with('-');
            let term = forms.get(&*on_a_line(found.as_str()));
            let (Some(term), false) = (term, joined) else { continue };
            let Some(at) = introduced.get(term) else { continue };
            if (number, found.start()) >= (at.page, at.link.range.start) {
                continue;
            }
            let link = page.link_at(found.start());
            let explained = link.is_some_and(|link| {
                link.file == GLOSSARY && link.fragment == terms[*term].id
            });
            if explained {
                linked.insert(*term);
            } else {
                early.entry(*term).or_default().push(found.start());
            }
        }
        for (term, uses) in early {
            // Before the first chapter, one link to the entry is enough,
            // wherever it stands: a title or an epigraph cannot have it.
            if page.part == Part::Before && linked.contains(&term) {
                continue;
            }
            let at = &introduced[&term];
            let by = place(&volume.pages[at.page], at.link);
            problems.push(used_early(page, &terms[term], &uses, &by));
        }
    }
    problems
}

/// All forms as one expression, the longest first: *gradient descent* is no
/// use of *gradient*.
fn pattern(forms: &BTreeMap<&str, usize>) -> Option<Regex> {
    if forms.is_empty() {
        return None;
    }
    let mut forms: Vec<&str> = forms.keys().copied().collect();
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    let forms: Vec<String> = forms
        .into_iter()
        .map(|form| regex::escape(form).replace(' ', r"\s+"))
        .collect();
    let pattern = format!(r"(?i)\b(?:{})\b", forms.join("|"));
    Some(Regex::new(&pattern).expect("the forms are escaped"))
}

fn used_early(page: &Page, term: &Term, uses: &[usize], by: &str) -> Problem {
    let Term { name, id, .. } = term;
    let lines = uses[1..].iter().map(|at| page.line(*at));
    let what = format!(
        "“{name}” is used before {by} introduces it{}",
        listed("; also in", lines)
    );
    let address = page.address_of(GLOSSARY, id);
    page.problem(uses[0], what).mend(format!(
        "link each use, [{name}]({address}), or introduce it here, \
         [*{name}*]({address}), and there no more; or say it in other words"
    ))
}

#[cfg(test)]
mod tests {
    use super::{
        super::volume::{assert_refused, changed},
        *,
    };

    const TERMS: &str = "\
# Glossary

gradient
: All slopes. [A](a.md)

gradient descent
: A step down. <!-- also: descend along
  the slope --> [B](b.md)

learning rate
: Its length. <!-- also: step size -->
  See [gradient descent](#gradient-descent). [B](b.md)
";

    const A: &str = "# A\n\nThe [*gradient*](glossary.md#gradient) is here. A \
                     gradient, then. [Gradient\ndescent](glossary.md#gradient\
                     -descent) comes later.\n";

    const B: &str = "# Learning rates\n\n$gradient descent$ and `learning \
                     rate`.\n\nNow [*gradient\ndescent*](glossary.md#gradient-\
                     descent) with [*learning rates*](glossary.md#learning-\
                     rate).\n\nGradient descent and step sizes.\n";

    fn volume(a: &str, b: &str, terms: &str) -> Volume {
        Volume::of(&[
            ("src/a.md", Part::Numbered, a),
            ("src/in/b.md", Part::Numbered, &b.replace("glos", "../glos")),
            ("src/glossary.md", Part::Back, &terms.replace("b.md", "in/b.md")),
        ])
    }

    fn found(a: &str, b: &str, terms: &str) -> Vec<String> {
        let problems = problems(&volume(a, b, terms));
        problems.iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn refused(a: &str, b: &str, terms: &str, place: &str, hint: &str) {
        let found = found(a, b, terms);
        assert_refused(&found, place, hint);
    }

    #[test]
    fn terms_in_the_order_of_their_introduction_are_accepted() {
        assert_eq!(found(A, B, TERMS), Vec::<String>::new());
    }

    #[test]
    fn an_entry_has_its_id_and_its_forms() {
        let terms = terms(&Page::new(GLOSSARY, "", Part::Back, TERMS));
        let ids: Vec<_> = terms.iter().map(|term| &*term.id).collect();
        assert_eq!(ids, ["gradient", "gradient-descent", "learning-rate"]);
        assert_eq!(terms[2].line, 10);
        let all = |form: &str| terms[1].forms.contains(&form.to_string());
        assert!(all("gradient descent") && all("descend along the slope"));
        assert!(terms[2].forms.contains(&"step sizes".to_string()));
    }

    #[test]
    fn a_use_before_the_introduction_is_refused_with_its_line() {
        for (words, form) in [
            ("By gradient descent.", "gradient descent"),
            ("By gradient\ndescent.", "gradient descent"),
            ("Two Learning Rates.", "learning rate"),
            ("The step size.", "learning rate"),
            ("> Quoted: step size.", "learning rate"),
            ("| a |\n|---|\n| step size |", "learning rate"),
            ("[step size](b.md#learning-rate)", "learning rate"),
            ("[step size](glossary.md#gradient)", "learning rate"),
        ] {
            let a = format!("{A}\n{words}\n");
            let line = if words.starts_with("| a") { 8 } else { 6 };
            let place = format!("src/a.md:{line}: “{form}” is used before ");
            refused(&a, B, TERMS, &place, "src/in/b.md:");
        }
        let twice = format!("{A}\nStep size.\n\nStep size.\n");
        refused(&twice, B, TERMS, "src/a.md:6:", "also in line 8");
        let early = changed(B, "Now", "A step size now");
        refused(A, &early, TERMS, "src/in/b.md:5:", "../glossary.md#learning");
    }

    #[test]
    fn what_is_no_use_before_the_introduction_is_accepted() {
        for words in [
            "`step size`",
            "$step size$",
            "## Step size",
            "{{#fact step.size}}",
            "```quiz\n? step size\n- [x] a | b\n- [ ] c | d\n```",
            "```text\nstep size\n```",
            "[*step size*s of the](glossary.md#learning-rate)",
            "A [step size](glossary.md#learning-rate).",
            "The [best step sizes](glossary.md#learning-rate).",
            "A step-size, a step-size-rule and misstep sizes.",
        ] {
            let a = format!("{A}\n{words}\n");
            assert_eq!(found(&a, B, TERMS), Vec::<String>::new(), "{words}");
        }
    }

    #[test]
    fn before_the_first_chapter_one_link_explains_a_term() {
        let with = |words: &str| {
            let mut volume = volume(A, B, TERMS);
            let page = Page::new("src/t.md", "T", Part::Before, words);
            volume.pages.insert(0, page);
            problems(&volume).len()
        };
        let link = "[step size](glossary.md#learning-rate)";
        assert_eq!(with(&format!("A {link}. A step size.")), 0);
        assert_eq!(with(&format!("A step size. A {link}.")), 0);
        assert_eq!(with("A step size."), 1);
    }

    #[test]
    fn back_matter_uses_what_it_likes_and_introduces_nothing() {
        let with = |words: &str| {
            let mut volume = volume(A, B, TERMS);
            volume.pages.push(Page::new("src/z.md", "Z", Part::Back, words));
            problems(&volume).len()
        };
        assert_eq!(with("[gradient](glossary.md#gradient)"), 0);
        assert_eq!(with("[*gradient*](glossary.md#gradient)"), 1);
    }

    #[test]
    fn a_term_is_introduced_once_under_its_name() {
        let again = changed(B, "Now", "The [*gradient*](glossary.md#gradient)");
        let place = "src/in/b.md:5: “gradient” is introduced a second";
        refused(A, &again, TERMS, place, "src/a.md:3");
        let other = changed(A, "*gradient*", "*slope*");
        refused(&other, B, TERMS, "src/a.md:3: “slope”", "also: slope");
        let plain = changed(B, "*learning rates*", "learning rates");
        refused(A, &plain, TERMS, "src/glossary.md:10: no chapter", "[*lear");
    }

    #[test]
    fn a_term_may_wait_for_a_chapter_that_is_a_draft() {
        let plain = changed(B, "*learning rates*", "learning rates");
        let mut volume = volume(A, &plain, TERMS);
        assert_eq!(problems(&volume).len(), 1);
        volume.drafts.push("C".into());
        assert_eq!(problems(&volume), []);
    }

    #[test]
    fn a_link_without_an_entry_is_refused() {
        let a = format!("{A}\n[*rate*](glossary.md#learnin-rate)\n");
        refused(&a, B, TERMS, "src/a.md:6:", "`#learning-rate`");
    }

    #[test]
    fn an_entry_that_names_another_chapter_is_refused() {
        let terms = changed(TERMS, "slopes. [A](a.md)", "slopes. [B](b.md)");
        refused(A, B, &terms, "src/glossary.md:3:", "src/a.md introduces it");
        let terms = changed(TERMS, "slopes. [A](a.md)", "slopes.");
        refused(A, B, &terms, "src/glossary.md:3:", "links to no chapter");
    }

    #[test]
    fn a_form_of_two_terms_and_a_missing_glossary_are_refused() {
        let terms = changed(TERMS, "step size", "gradient");
        let found = found(A, B, &terms);
        assert!(found.iter().any(|p| p.contains("“gradient” and of")));
        let alone = Volume::of(&[("src/a.md", Part::Numbered, A)]);
        assert!(problems(&alone)[0].what.contains("expected the terms"));
    }
}
