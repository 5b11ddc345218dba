//! What kind of text stands where in a chapter.
//!
//! A number in a sentence, in a formula and in code is written in three ways,
//! and a dollar sign means three things. Every check that must know where it
//! is asks here, so that all agree with the parser that mdBook uses.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// The kinds of text that differ for the checks of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A formula, with its delimiters.
    Math,
    /// Code within a line.
    CodeSpan,
    /// A block between backtick fences; holds what follows the opening fence.
    Fence(String),
    /// A block that is code because it is indented or fenced by tildes.
    OtherCode,
    /// HTML that passes through as it is.
    Html,
    /// A heading.
    Heading,
    /// The words in place of a picture.
    Alt,
}

impl Kind {
    /// Whether it is a question with its options: a `quiz`, or a `prediction`.
    /// Each part of its lines is Markdown.
    pub fn is_question(&self) -> bool {
        matches!(self, Self::Fence(info) if is_question(info))
    }
}

/// Whether a fence with these words behind it holds a question.
pub fn is_question(info: &str) -> bool {
    matches!(info.split_whitespace().next(), Some("quiz" | "prediction"))
}

/// The parts of a chapter that are not plain prose, in order.
#[derive(Debug, Clone)]
pub struct Regions(Vec<(Range<usize>, Kind)>);

/// The extensions that mdBook enables, and formulas.
pub(crate) fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM
        | Options::ENABLE_MATH
}

impl Regions {
    /// The regions of a chapter.
    pub fn of(text: &str) -> Self {
        let mut regions = Vec::new();
        for (event, range) in
            Parser::new_ext(text, options()).into_offset_iter()
        {
            let kind = match event {
                Event::InlineMath(_) | Event::DisplayMath(_) => Kind::Math,
                Event::Code(_) => Kind::CodeSpan,
                Event::Html(_) | Event::InlineHtml(_) => Kind::Html,
                Event::Start(Tag::Heading { .. }) => Kind::Heading,
                Event::Start(Tag::Image { .. }) => Kind::Alt,
                Event::Start(Tag::CodeBlock(block)) => {
                    code_block(&text[range.clone()], &block)
                }
                _ => continue,
            };
            regions.push((range, kind));
        }
        Self(regions)
    }

    /// The kinds of text that a place belongs to, the outermost first.
    pub fn at(&self, offset: usize) -> impl Iterator<Item = &Kind> {
        self.0
            .iter()
            .filter(move |(range, _)| range.contains(&offset))
            .map(|(_, kind)| kind)
    }

    /// Every region with its place.
    pub fn iter(&self) -> impl Iterator<Item = (&Range<usize>, &Kind)> {
        self.0.iter().map(|(range, kind)| (range, kind))
    }

    /// Whether a place lies in code of any kind.
    pub fn is_code(&self, offset: usize) -> bool {
        self.at(offset).any(|kind| {
            matches!(kind, Kind::CodeSpan | Kind::Fence(_) | Kind::OtherCode)
        })
    }
}

fn code_block(text: &str, block: &CodeBlockKind<'_>) -> Kind {
    match block {
        CodeBlockKind::Fenced(info) if text.starts_with('`') => {
            Kind::Fence(info.to_string())
        }
        _ => Kind::OtherCode,
    }
}

/// The line of a place in a text, counted from 1.
///
/// ```
/// assert_eq!(press::markdown::line_of("a\nb\nc", 4), 3);
/// ```
pub fn line_of(text: &str, offset: usize) -> usize {
    let before = &text.as_bytes()[..offset.min(text.len())];
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

/// The HTML of a piece of text that stands within a line: emphasis, code and
/// links become elements; formulas are left for KaTeX.
///
/// ```
/// let html = press::markdown::inline_html("a *slope* of `1`");
/// assert_eq!(html, "a <em>slope</em> of <code>1</code>");
/// // Where a line begins, this would be an empty list.
/// assert_eq!(press::markdown::inline_html("12."), "12.");
/// let html = press::markdown::inline_html(r"$w_*, x_*\,$ for \$5");
/// assert_eq!(html, r"$w_*, x_*\,$ for &#36;5");
/// ```
pub fn inline_html(text: &str) -> String {
    // Behind a word nothing begins a list, a heading or a quotation.
    const WORD: &str = "x ";
    // Stands for a formula, of which nothing is to change.
    const FORMULA: char = '\u{fffc}';
    let text = format!("{WORD}{}", text.trim_start());
    let mut formulas = Vec::new();
    let mut kept = |marks: &str, tex: &str| {
        formulas.push(format!("{marks}{tex}{marks}"));
        Event::Text(FORMULA.to_string().into())
    };
    let events = Parser::new_ext(&text, options())
        .filter(|event| {
            !matches!(
                event,
                Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph)
            )
        })
        .map(|event| match event {
            Event::SoftBreak => Event::Text(" ".into()),
            Event::InlineMath(tex) => kept("$", &tex),
            Event::DisplayMath(tex) => kept("$$", &tex),
            event => event,
        });
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, events);
    let html = html.trim();
    let html = html.strip_prefix(WORD).unwrap_or(html);
    // A dollar sign that begins no formula must not begin one for KaTeX.
    let html = html.replace('$', "&#36;");
    let mut formulas = formulas.iter();
    let mut whole = String::with_capacity(html.len());
    for (i, piece) in html.split(FORMULA).enumerate() {
        if i > 0 {
            whole.push_str(formulas.next().map_or("", String::as_str));
        }
        whole.push_str(piece);
    }
    whole.replace('\n', " ")
}

/// Text as HTML shows it, safe in an element and in a quoted attribute, and
/// out of reach for the directives and formulas that later steps look for.
///
/// ```
/// assert_eq!(press::markdown::escaped("a < \"$1\""), "a &lt; &quot;&#36;1&quot;");
/// ```
pub fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '$' => html.push_str("&#36;"),
            '{' => html.push_str("&#123;"),
            '\n' => html.push(' '),
            _ => html.push(c),
        }
    }
    html
}

/// Text as HTML that means the same wherever it stands in a page: what is
/// [`escaped`], and what Markdown would take for emphasis, code, a link or the
/// border of a table cell.
///
/// ```
/// let text = press::markdown::inert("a*b* | [c]");
/// assert_eq!(text, "a&#42;b&#42; &#124; &#91;c&#93;");
/// ```
pub fn inert(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in escaped(text).chars() {
        match c {
            '*' | '_' | '`' | '~' | '[' | ']' | '|' | '\\' | '\'' => {
                html.push_str(&format!("&#{};", u32::from(c)));
            }
            _ => html.push(c),
        }
    }
    html
}

/// HTML that stands within a line of Markdown, with every character of its
/// text that means something there as a reference, which means itself.
///
/// ```
/// let html = press::markdown::sheltered(r"<b>\,*&lt;</b>");
/// assert_eq!(html, "<b>&#92;&#44;&#42;&lt;</b>");
/// ```
pub fn sheltered(html: &str) -> String {
    let mut sheltered = String::with_capacity(html.len() * 2);
    let (mut in_tag, mut in_reference) = (false, false);
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            '&' => in_reference = true,
            _ => {}
        }
        let means_itself = if in_tag {
            // The cell of a table ends there even within a tag.
            c != '|'
        } else {
            in_reference || c == '>' || !c.is_ascii_punctuation()
        };
        if means_itself && (c == ' ' || !c.is_ascii_whitespace()) {
            sheltered.push(c);
        } else {
            sheltered.push_str(&format!("&#{};", u32::from(c)));
        }
        in_reference &= c != ';';
    }
    sheltered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str, needle: &str) -> Vec<Kind> {
        let offset = text.find(needle).expect("the needle is in the text");
        Regions::of(text).at(offset).cloned().collect()
    }

    #[test]
    fn a_place_knows_what_it_is_in() {
        let text = "# T x1\n\nprose x2 `x3` $x4$ <b>x5</b>\n\n```rust\nx6\n```\n\
                    \n~~~\nx7\n~~~\n\n    x8\n";
        assert_eq!(kinds(text, "x1"), [Kind::Heading]);
        assert_eq!(kinds(text, "x2"), []);
        assert_eq!(kinds(text, "x3"), [Kind::CodeSpan]);
        assert_eq!(kinds(text, "x4"), [Kind::Math]);
        assert_eq!(kinds(text, "<b>"), [Kind::Html]);
        assert_eq!(kinds(text, "x6"), [Kind::Fence("rust".into())]);
        assert_eq!(kinds(text, "x7"), [Kind::OtherCode]);
        assert_eq!(kinds(text, "x8"), [Kind::OtherCode]);
    }
}
