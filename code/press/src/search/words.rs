//! The sections of a page, and the terms in them.

use elasticlunr::{
    Pipeline,
    lang::{English, Language},
};

use super::formula::{Formula, pieces};
use crate::site::{Tag, Token, Tokens, decoded};

/// A part of a page that a search can find.
#[derive(Debug, Default, PartialEq)]
pub struct Section {
    /// The id of its heading, if it has one.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// What a reader sees of it.
    pub text: String,
    /// What it can be found by.
    pub terms: Vec<String>,
    /// Other forms of its heading: `<!-- also: … -->` in the glossary.
    pub names: Vec<String>,
    /// Whether it begins its page, or explains one word.
    pub is_entry: bool,
}

/// The sections of a page: each begins with a heading of the first three
/// levels, or with an entry of a list of definitions.
///
/// ```
/// let html = "<main><h1 id=\"a\">A</h1><p>One <b>word</b></p>\
///             <dl><dt id=\"relu\">ReLU</dt><dd>A bend</dd></dl></main>";
/// let sections = press::search::sections(html);
/// let found: Vec<_> =
///     sections.iter().map(|s| (s.title.as_str(), s.text.as_str())).collect();
/// assert_eq!(found, [("A", "One word"), ("ReLU", "A bend")]);
/// ```
pub fn sections(html: &str) -> Vec<Section> {
    let main = html.find("<main").unwrap_or(0);
    let end = html.rfind("</main>").unwrap_or(html.len());
    let mut reader = Reader::default();
    let html = &html[main..end.max(main)];
    let mut from = 0;
    for (at, token) in Tokens::new(html) {
        reader.comments(&html[from..at]);
        from = at;
        match token {
            Token::Open(tag) => reader.open(&tag),
            Token::Close(name) => reader.close(&name),
            Token::Text(text) => reader.text(&decoded(text)),
            Token::Fault(_) => {}
        }
    }
    reader.end_section();
    reader.sections
}

#[derive(Default)]
struct Reader {
    sections: Vec<Section>,
    section: Section,
    /// Whether the words belong to the heading.
    in_title: Option<&'static str>,
    /// How many elements are open within one that is passed over.
    passed_over: usize,
    formula: Option<Formula>,
}

/// Elements without an end tag.
fn is_void(tag: &Tag) -> bool {
    tag.closed
        || matches!(
            tag.name.as_ref(),
            "br" | "col" | "hr" | "img" | "input" | "source" | "wbr"
        )
}

/// Whether a reader of prose would not count an element's text to it: drawings
/// have their findings, tables of data their figure, and what a lab is set by
/// is no text. Of a formula, the twin for the eye.
fn is_passed_over(tag: &Tag) -> bool {
    matches!(
        tag.name.as_ref(),
        "svg" | "script" | "style" | "template" | "form" | "button" | "select"
    ) || ["katex-html", "figure-data", "lab-panel", "prompt", "boring"]
        .iter()
        .any(|class| tag.has_class(class))
}

/// Whether the element stands in a line of text: its ends part no words.
fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr"
            | "b"
            | "cite"
            | "code"
            | "data"
            | "del"
            | "em"
            | "i"
            | "q"
            | "s"
            | "small"
            | "span"
            | "strong"
            | "sub"
            | "sup"
    )
}

impl Reader {
    /// Comments between two tokens: all that a token leaves out.
    fn comments(&mut self, html: &str) {
        let Some((_, rest)) = html.split_once("<!-- also:") else { return };
        let Some((names, _)) = rest.split_once("-->") else { return };
        let names = names.split(',').map(|name| name.trim().to_string());
        self.section.names.extend(names);
    }

    fn open(&mut self, tag: &Tag) {
        if self.passed_over > 0 {
            self.passed_over += usize::from(!is_void(tag));
            return;
        }
        if is_passed_over(tag) {
            self.passed_over = usize::from(!is_void(tag));
            return;
        }
        if let Some(formula) = &mut self.formula {
            formula.open(&tag.name);
            return;
        }
        let name = match tag.name.as_ref() {
            "math" => {
                self.formula = Some(Formula::default());
                return;
            }
            "h1" => "h1",
            "h2" => "h2",
            "h3" => "h3",
            "dt" => "dt",
            name => {
                if !is_inline(name) {
                    self.words().push(' ');
                }
                return;
            }
        };
        if let Some(id) = tag.get("id") {
            self.end_section();
            self.section.id = id.into();
            self.section.is_entry = matches!(name, "h1" | "dt");
            self.in_title = Some(name);
        } else {
            self.words().push(' ');
        }
    }

    fn close(&mut self, name: &str) {
        if self.passed_over > 0 {
            self.passed_over -= 1;
            return;
        }
        if let Some(formula) = &mut self.formula {
            if name == "math" {
                let spoken = formula.spoken();
                self.formula = None;
                self.words().push_str(&spoken);
                let found = pieces(&spoken);
                let found = found.iter().filter_map(|piece| term(piece));
                self.section.terms.extend(found);
            } else {
                formula.close();
            }
            return;
        }
        if self.in_title == Some(name) {
            self.in_title = None;
        } else if !is_inline(name) {
            self.words().push(' ');
        }
    }

    fn text(&mut self, text: &str) {
        if self.passed_over > 0 {
            return;
        }
        match &mut self.formula {
            Some(formula) => formula.text(text),
            None => self.words().push_str(text),
        }
    }

    fn words(&mut self) -> &mut String {
        match self.in_title {
            Some(_) => &mut self.section.title,
            None => &mut self.section.text,
        }
    }

    fn end_section(&mut self) {
        let mut section = std::mem::take(&mut self.section);
        for text in [&mut section.title, &mut section.text] {
            // A word joiner keeps a full stop with its formula.
            let words = text.replace(['\u{2060}', '\u{200b}'], "");
            *text = words.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        if section.title.is_empty() && section.text.is_empty() {
            return;
        }
        section.terms.extend(terms(&section.text));
        self.sections.push(section);
    }
}

thread_local! {
    /// The stop words and the stemmer of elasticlunr, without its trimmer,
    /// which knows no Greek.
    static ENGLISH: Pipeline = {
        let mut pipeline = English::new().make_pipeline();
        pipeline.queue.remove(0);
        pipeline
    };
}

/// Letters that are typed by their names.
const GREEK: [(&str, &str); 24] = [
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("delta", "δ"),
    ("epsilon", "ε"),
    ("zeta", "ζ"),
    ("eta", "η"),
    ("theta", "θ"),
    ("iota", "ι"),
    ("kappa", "κ"),
    ("lambda", "λ"),
    ("mu", "μ"),
    ("nu", "ν"),
    ("xi", "ξ"),
    ("omicron", "ο"),
    ("pi", "π"),
    ("rho", "ρ"),
    ("sigma", "σ"),
    ("tau", "τ"),
    ("upsilon", "υ"),
    ("phi", "φ"),
    ("chi", "χ"),
    ("psi", "ψ"),
    ("omega", "ω"),
];

/// The terms of a text: what a reader finds it by.
pub fn terms(text: &str) -> Vec<String> {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c == '-')
        .filter(|word| !word.is_empty())
        .collect();
    // A short formula in prose, as somebody types it without its spaces.
    let formulas = words
        .windows(3)
        .filter(|words| words[1] == "=")
        .filter_map(|words| term(&words.concat()));
    words.iter().filter_map(|word| term(word)).chain(formulas).collect()
}

/// What a word is looked up by, as `question.js` makes it of a word of
/// the question; `None` if it is too common.
///
/// ```
/// use press::search::term;
///
/// assert_eq!(term("(gradients,"), term("Gradient"));
/// assert_eq!(term("λ").as_deref(), Some("λ"));
/// assert_eq!(term("lambda").as_deref(), Some("λ"));
/// assert_eq!(term("f′(x)=1."), term("f'(x)=1"));
/// assert_eq!(term("the"), None);
/// assert_eq!(term("="), None);
/// ```
pub fn term(word: &str) -> Option<String> {
    let word = word.to_lowercase().replace(['′', '’'], "'").replace('ϵ', "ε");
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    if word.is_empty() || word.len() > 80 {
        return None;
    }
    if let Some((_, letter)) = GREEK.iter().find(|(name, _)| *name == word) {
        return Some((*letter).into());
    }
    if !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Some(word.into());
    }
    ENGLISH.with(|english| english.run(vec![word.into()]).pop())
}
