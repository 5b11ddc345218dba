//! Which sentences of the public comments promise something.

/// A sentence that can be false.
#[derive(Debug, PartialEq)]
pub struct Promise {
    /// `loss::Loss::value`; a module's own comment is its name.
    pub item: String,
    pub sentence: String,
}

/// Words of sentences that can be tried. Under "Panics" and "Errors" all can.
const WORDS: [&str; 29] = [
    "accurate",
    "accurately",
    "always",
    "at least",
    "at most",
    "between 0",
    "bits",
    "cancels",
    "cannot",
    "evenly",
    "every",
    "exact",
    "exactly",
    "fewer",
    "finds",
    "finite",
    "if",
    "kept",
    "left as",
    "NaN",
    "nearest",
    "never",
    "no matter",
    "none",
    "panics",
    "refuses",
    "shortest",
    "whatever",
    "within",
];

/// The promises of a file, in order, up to its unit tests.
pub fn promises(module: &str, source: &str) -> Vec<Promise> {
    let (mut found, mut comment) = (vec![], vec![]);
    let mut place = Place::default();
    let mut attribute = false;
    let head = source.lines().filter_map(|line| line.strip_prefix("//!"));
    let head: Vec<&str> = head.collect();
    let mut add = |item: String, comment: &[&str]| {
        let kept = sentences(comment)
            .into_iter()
            .map(|sentence| Promise { item: item.clone(), sentence });
        found.extend(kept);
    };
    add(module.to_string(), &head);
    let code = source.split("#[cfg(test)]\nmod").next().unwrap_or_default();
    for line in code.lines() {
        let bare = line.trim();
        if let Some(text) = bare.strip_prefix("///") {
            comment.push(text);
        } else if bare.starts_with("// ANCHOR") {
            // An excerpt begins behind the comment.
        } else if attribute || bare.starts_with("#[") {
            attribute = !bare.ends_with(']');
        } else {
            if let Some(item) = place.public(line) {
                add(format!("{module}::{item}"), &comment);
            }
            comment.clear();
        }
    }
    found
}

/// Where in a file a line stands, as rustfmt lays it out.
#[derive(Default)]
struct Place {
    /// The item of the first column, and whether its parts are public without
    /// saying so, as those of an enum and of a trait's implementation are.
    outer: Option<(String, bool)>,
    /// The variant that has fields of its own.
    variant: Option<String>,
}

impl Place {
    /// The name of what this line begins, if it is public.
    fn public(&mut self, line: &str) -> Option<String> {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        if line == "}" {
            *self = Self::default();
        }
        let said = bare.strip_prefix("pub ");
        let mut words = said.unwrap_or(bare).split_whitespace();
        let kinds = ["fn", "struct", "enum", "const", "type", "trait", "mod"];
        let first = words.next()?;
        let second = words.next().unwrap_or_default();
        let name = if kinds.contains(&first) { second } else { first };
        let name = ident(name);
        if indent == 0 {
            self.outer = match first {
                "where" | "{" => self.outer.take(), // of the line above
                _ if first.starts_with("impl") => Some(implementation(bare)),
                "enum" => said.map(|_| (name.clone(), true)),
                "struct" => said.map(|_| (name.clone(), false)),
                _ => None,
            };
            return said.map(|_| name);
        }
        let (outer, open) = self.outer.as_ref()?;
        if indent == 4 {
            self.variant = Some(name.clone());
        }
        (said.is_some() || *open).then(|| match &self.variant {
            Some(variant) if indent > 4 => {
                format!("{outer}::{variant}::{name}")
            }
            _ => format!("{outer}::{name}"),
        })
    }
}

/// `impl Loss {` or `impl FromStr for Loss {`.
fn implementation(line: &str) -> (String, bool) {
    match line.split_once(" for ") {
        Some((_, name)) => (ident(name), true),
        None => {
            let rest = line.trim_start_matches("impl");
            let rest = match rest.strip_prefix('<') {
                Some(generic) => generic.split_once('>').map_or("", |r| r.1),
                None => rest,
            };
            (ident(rest.trim()), false)
        }
    }
}

fn ident(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The promises of one comment.
fn sentences(comment: &[&str]) -> Vec<String> {
    let (mut found, mut paragraph) = (vec![], String::new());
    let (mut code, mut section) = (false, false);
    for line in comment.iter().map(|line| line.trim()).chain([""]) {
        if line.starts_with("```") {
            code = !code;
        }
        let heading = line.strip_prefix("# ");
        if code || heading.is_some() || line.is_empty() || line == "```" {
            let all = split(&std::mem::take(&mut paragraph));
            found.extend(all.into_iter().filter(|s| section || is_promise(s)));
        } else {
            paragraph = format!("{paragraph} {line}").trim().to_string();
        }
        if let Some(heading) = heading.filter(|_| !code) {
            section = ["Panics", "Errors"].contains(&heading);
        }
    }
    found
}

/// The sentences of a paragraph. The full stop of an initial ends none.
fn split(paragraph: &str) -> Vec<String> {
    let (mut found, mut from) = (vec![], 0);
    for (at, _) in paragraph.match_indices(". ") {
        let before = paragraph[..at].chars().rev().take(2).collect::<Vec<_>>();
        let initial = before[0].is_uppercase()
            && before.get(1).is_none_or(|c| !c.is_alphanumeric());
        if !initial {
            found.push(paragraph[from..=at].to_string());
            from = at + 2;
        }
    }
    found.push(paragraph[from..].to_string());
    found.retain(|sentence| !sentence.is_empty());
    found
}

fn is_promise(sentence: &str) -> bool {
    let bare = |c: char| if c.is_alphanumeric() { c } else { ' ' };
    let words: String = sentence.chars().map(bare).collect();
    let words: Vec<&str> = words.split_whitespace().collect();
    let text = format!(" {} ", words.join(" "));
    let lower = text.to_lowercase();
    WORDS.iter().any(|w| {
        text.contains(&format!(" {w} ")) || lower.contains(&format!(" {w} "))
    })
}

#[test]
fn the_scanner_finds_what_is_promised_and_nothing_else() {
    let source = r#"
//! A module. It never lies.

/// A thing (A. B. Author, 1999). It has
/// at most one part. It is blue.
///
/// ```
/// // never seen
/// ```
#[derive(Debug)]
pub struct Thing {
    /// Between 0 and 1.
    pub part: f64,
    /// Never seen.
    own: f64,
}

/// Never seen.
pub(crate) struct Hidden {
    /// Never seen.
    pub part: f64,
}

pub enum Kind {
    /// Exactly this.
    #[error(
        "text"
    )]
    One {
        /// Always finite.
        value: f64,
    },
}

impl<'a> Thing {
    /// Does.
    ///
    /// # Panics
    /// For want of parts. On Sundays.
    ///
    /// # Examples
    /// Are not promises.
    pub fn act(&self) {
        /// Never seen.
        fn inner() {}
    }

    /// Never seen.
    fn private(&self) {}
}

impl FromStr for Kind {
    /// Reads it, if it can.
    fn from_str() {}
}

impl<T> Other<T>
where
    T: Clone,
{
    /// Never fails.
    pub fn go() {}
}

#[cfg(test)]
mod tests {
    /// Never seen.
    pub fn it() {}
}
"#;
    let found: Vec<_> = promises("m", source)
        .into_iter()
        .map(|p| format!("{} | {}", p.item, p.sentence))
        .collect();
    assert_eq!(
        found,
        [
            "m | It never lies.",
            "m::Thing | It has at most one part.",
            "m::Thing::part | Between 0 and 1.",
            "m::Kind::One | Exactly this.",
            "m::Kind::One::value | Always finite.",
            "m::Thing::act | For want of parts.",
            "m::Thing::act | On Sundays.",
            "m::Kind::from_str | Reads it, if it can.",
            "m::Other::go | Never fails.",
        ]
    );
}
