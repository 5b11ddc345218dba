//! What this book, PyTorch, Keras and JAX each call and do: tables whose rows
//! are tested statements, and how near their programs' numbers come.
//!
//! The rows stand in `code/bridge/conventions/rows.toml`; `check.py` beside it
//! and a test in Rust assert each of their cells on the real libraries. The bounds are those that
//! `compare.py` has locked, with what is declared in `exceptions.toml`.

use std::{collections::BTreeMap, path::Path};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};
use serde::Deserialize;

use crate::{Problem, bridge::FRAMEWORKS, markdown::escaped, text};

const ROWS: &str = "code/bridge/conventions/rows.toml";
const EXCEPTIONS: &str = "code/bridge/exceptions.toml";
const BOUNDS: &str = "code/bridge/bridge.lock";

/// The tables' rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conventions {
    rows: Vec<Row>,
    exceptions: Vec<Exception>,
    /// By program, what was locked of each framework: how many numbers, and
    /// within which bound.
    bounds: BTreeMap<String, BTreeMap<String, (String, String)>>,
}

/// A convention, in Markdown.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    topic: String,
    what: String,
    slope: String,
    pytorch: String,
    keras: String,
    jax: String,
    /// The function that asserts it, in each library.
    #[allow(dead_code)]
    test: String,
}

/// A program that cannot agree to the bound of all others, and why.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Exception {
    program: String,
    #[serde(default)]
    r#in: Vec<String>,
    why: String,
}

#[derive(Deserialize)]
struct Rows {
    row: Vec<Row>,
}

#[derive(Deserialize)]
struct Exceptions {
    #[serde(default)]
    exception: Vec<Exception>,
}

impl Conventions {
    /// The rows that stand below a root: none where there is no such file.
    ///
    /// # Errors
    /// If a file is there and is not what it should be.
    pub fn read(root: &Path) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut of = |file: &str| {
            let path = root.join(file);
            if !path.exists() {
                return String::new();
            }
            text::read(&path).unwrap_or_else(|why| {
                problems.push(why.of(file));
                String::new()
            })
        };
        let (rows, exceptions) = (of(ROWS), of(EXCEPTIONS));
        let bounds = bounds(&of(BOUNDS));
        let rows = parsed::<Rows>(ROWS, &rows, &mut problems);
        let exceptions =
            parsed::<Exceptions>(EXCEPTIONS, &exceptions, &mut problems);
        let conventions = Self {
            rows: rows.map_or_else(Vec::new, |rows| rows.row),
            exceptions: exceptions.map_or_else(Vec::new, |e| e.exception),
            bounds,
        };
        (conventions, problems)
    }

    /// The topics, each once.
    pub fn topics(&self) -> impl Iterator<Item = &str> + Clone {
        let rows = self.rows.iter().enumerate();
        rows.filter(|(i, row)| {
            self.rows[..*i].iter().all(|before| before.topic != row.topic)
        })
        .map(|(_, row)| row.topic.as_str())
    }

    /// The table of a topic as HTML, on one line.
    pub fn html(&self, topic: &str) -> Option<String> {
        let mut rows = self.rows.iter().filter(|r| r.topic == topic).peekable();
        rows.peek()?;
        let body: String = rows
            .map(|row| {
                let cells = [&row.slope, &row.pytorch, &row.keras, &row.jax];
                let cells: String = cells
                    .iter()
                    .map(|cell| format!("<td>{}</td>", inline(cell)))
                    .collect();
                let what = inline(&row.what);
                format!("<tr><th scope=\"row\">{what}</th>{cells}</tr>")
            })
            .collect();
        Some(format!(
            "<div class=\"table-wrapper\" tabindex=\"0\" role=\"region\" \
             aria-label=\"{topic}\"><table class=\"conventions\"><thead>\
             <tr><th>{topic}</th><th>this book</th><th>PyTorch</th><th>Keras</th>\
             <th>JAX</th></tr></thead><tbody>{body}</tbody></table></div>",
            topic = escaped(topic)
        ))
    }

    /// How near the programs come, as HTML, on one line.
    pub fn distances(&self) -> Option<String> {
        if self.bounds.is_empty() {
            return None;
        }
        let mut rows = String::new();
        for (program, by_framework) in &self.bounds {
            let of = |framework: &str| {
                let found = by_framework.get(framework);
                found.map_or("—".into(), |(_, bound)| power(bound))
            };
            let numbers = by_framework.values().next().map(|(n, _)| n.clone());
            let why: Vec<String> = self
                .exceptions
                .iter()
                .filter(|e| e.program == *program)
                .map(|e| format!("{}{}", whose(&e.r#in), inline(&e.why)))
                .collect();
            rows += &format!(
                "<tr><th scope=\"row\"><code>{}</code></th><td>{}</td>\
                 <td>{}</td><td>{}</td><td>{}</td></tr>",
                escaped(program),
                numbers.unwrap_or_default(),
                of("pytorch"),
                of("keras"),
                why.join(" "),
            );
        }
        Some(format!(
            "<div class=\"table-wrapper\" tabindex=\"0\" role=\"region\" \
             aria-label=\"How near the programs come\">\
             <table class=\"conventions\"><thead><tr><th>program</th><th>numbers</th><th>PyTorch</th><th>Keras\
             </th><th>what is said of it</th></tr></thead><tbody>{rows}\
             </tbody></table></div>"
        ))
    }
}

/// In which framework an exception is one; nothing, if in all.
fn whose(ids: &[String]) -> String {
    let named = FRAMEWORKS.iter().filter(|f| ids.iter().any(|id| id == f.id));
    let names: Vec<_> = named.map(|framework| framework.name).collect();
    match names.len() {
        n if n == 0 || n == FRAMEWORKS.len() => String::new(),
        _ => format!("{}: ", names.join(", ")),
    }
}

/// `1e-15` as a person writes it.
fn power(bound: &str) -> String {
    match bound.split_once("1e-") {
        Some((_, digits)) => {
            let digits = digits.trim_start_matches('0');
            format!("10<sup>−{digits}</sup>")
        }
        None => escaped(bound),
    }
}

/// The lines of the lock: `neuron keras: 12 numbers within 1e-15`.
fn bounds(lock: &str) -> BTreeMap<String, BTreeMap<String, (String, String)>> {
    let mut bounds: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for line in lock.lines().filter(|line| !line.starts_with('#')) {
        let Some((pair, rest)) = line.split_once(": ") else { continue };
        let Some((program, framework)) = pair.split_once(' ') else { continue };
        let Some((n, bound)) = rest.split_once(" numbers within ") else {
            continue;
        };
        let found = (n.to_string(), bound.to_string());
        let of = bounds.entry(program.to_string()).or_default();
        of.insert(framework.to_string(), found);
    }
    bounds
}

fn parsed<T: for<'a> Deserialize<'a>>(
    file: &str,
    text: &str,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    if text.is_empty() {
        return None;
    }
    toml::from_str(text)
        .map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = text[..at].lines().count().max(1);
            problems.push(Problem::new(file, line, error.message()));
        })
        .ok()
}

/// A line of Markdown as HTML, without a paragraph around it.
fn inline(markdown: &str) -> String {
    let mut out = String::new();
    let events = Parser::new_ext(markdown, Options::empty()).filter(|event| {
        !matches!(
            event,
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph)
        )
    });
    html::push_html(&mut out, events);
    out.trim().replace('\n', " ").replace('$', "&#36;").replace('{', "&#123;")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const ROW: &str = "[[row]]\ntopic = \"A\"\nwhat = \"ε of *b*\"\nslope = \
                       \"`x<y`\"\npytorch = \"1\"\nkeras = \"2\"\njax = \"3\"\n\
                       test = \"a\"\n";

    fn read(file: &str, text: &str) -> (Conventions, Vec<Problem>) {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("code/bridge/conventions"))
            .unwrap();
        fs::write(root.path().join(file), text).unwrap();
        Conventions::read(root.path())
    }

    #[test]
    fn a_row_becomes_a_row() {
        let (conventions, problems) = read(ROWS, &ROW.repeat(2));
        assert_eq!(problems, []);
        assert_eq!(conventions.topics().collect::<Vec<_>>(), ["A"]);
        let html = conventions.html("A").unwrap();
        assert_eq!(html.matches("<tr><th scope").count(), 2);
        assert!(html.contains("ε of <em>b</em>"), "{html}");
        assert!(html.contains("<code>x&lt;y</code>") && !html.contains('\n'));
        assert_eq!(conventions.html("B"), None);
    }

    #[test]
    fn a_row_without_its_test_is_refused_with_its_line() {
        let broken = format!("{ROW}{}", ROW.replace("test = \"a\"\n", ""));
        let (_, problems) = read(ROWS, &broken);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].what.contains("test"), "{problems:?}");
    }

    #[test]
    fn the_lock_says_how_near_a_program_comes() {
        let lock = "# a\nneuron keras: 12 numbers within 1e-07\nneuron \
                    pytorch: 12 numbers within 1e-15\n";
        let (conventions, _) = read(BOUNDS, lock);
        let html = conventions.distances().unwrap();
        assert!(
            html.contains("<td>12</td><td>10<sup>−15</sup></td>"),
            "{html}"
        );
        assert!(html.contains("<td>10<sup>−7</sup></td>"), "{html}");
        assert_eq!(Conventions::default().distances(), None);
    }
}
