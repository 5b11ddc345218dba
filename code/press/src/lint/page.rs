//! One page as the lints read it: every byte with the kind of text that it
//! belongs to.
//!
//! A lint asks for the kinds it looks into and gets the text with all others
//! blanked, byte for byte: what it finds is at the same place in the source.

use std::{ops::Range, sync::LazyLock};

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Parser, Tag, TagEnd};
use regex::Regex;

use crate::{
    Problem, front_matter,
    markdown::{is_question, line_of, options},
};

/// What stands for a formula, code or a directive where a lint does not look
/// into it: no space, so that the words on either side are not neighbours.
pub const HIDDEN: char = '\u{1}';

/// What a reader meets at a place of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text of paragraphs, lists, tables and disclosures.
    Prose,
    /// Text of a heading.
    Heading,
    /// Text of a question, its options and reasons.
    Quiz,
    /// The words in place of a picture.
    Alt,
    /// Description and objectives: TOML, without the tables for the lints.
    Front,
    /// A formula, with its delimiters.
    Math,
    /// Code, a directive, an address, or the edge of an item or cell.
    Hidden,
    /// What has no width on the page: emphasis, tags, white space.
    Markup,
}

/// The part of the summary that a page stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Before the first numbered chapter.
    Before,
    /// A numbered chapter.
    Numbered,
    /// The back matter.
    Back,
}

/// A link of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its text and address.
    pub range: Range<usize>,
    /// The file it leads to, relative to the root of the book; an address of
    /// another host as it is.
    pub file: String,
    /// What follows the `#`.
    pub fragment: String,
    /// Whether all of its text is emphasised.
    pub emphasised: bool,
}

/// A heading of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// Its place.
    pub range: Range<usize>,
    /// 1 for the title.
    pub level: usize,
    /// Its words.
    pub text: String,
}

impl Heading {
    /// The id that mdBook gives it.
    pub fn id(&self) -> String {
        id_of(&self.text)
    }
}

/// The id that mdBook gives to a heading or term of these words.
pub fn id_of(words: &str) -> String {
    words
        .trim()
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            c if c.is_alphanumeric() || "_-".contains(c) => Some(c),
            c if c.is_whitespace() => Some('-'),
            _ => None,
        })
        .collect()
}

/// A page of the book.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its file, relative to the root: `src/collapse.md`.
    pub file: String,
    /// Its title in the summary.
    pub title: String,
    /// Where it stands.
    pub part: Part,
    /// The text as the author wrote it.
    pub text: String,
    /// Its links, in order.
    pub links: Vec<Link>,
    /// Its headings, in order.
    pub headings: Vec<Heading>,
    markdown: String,
    kinds: Vec<Kind>,
    quoted: Vec<bool>,
}

static DIRECTIVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\{\{\s*#[^}]*\}\}").expect("a regular expression")
});

static TAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)<!--.*?-->|</?[A-Za-z][^>]*>")
        .expect("a regular expression")
});

/// A formula within HTML, as mdbook-katex finds it there.
static FORMULA: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\$[^$]+\$").expect("a regular expression"));

/// Someone else's words within a paragraph.
static QUOTATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("“(?:[^”\n]|\n[^”\n])*”|\"(?:[^\"\n]|\n[^\"\n])*\"")
        .expect("a regular expression")
});

static QUESTION_LINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(\? |- \[[x ]\] )").expect("a regular expression")
});

impl Page {
    /// A page with its text read.
    pub fn new(file: &str, title: &str, part: Part, text: &str) -> Self {
        let mut page = Self {
            file: file.into(),
            title: title.into(),
            part,
            text: text.into(),
            links: Vec::new(),
            headings: Vec::new(),
            markdown: String::new(),
            kinds: vec![Kind::Markup; text.len()],
            quoted: vec![false; text.len()],
        };
        let body = match front_matter::taken_off(file, text) {
            Ok(Some((_, body))) => text.len() - body.len(),
            _ => 0,
        };
        let end = text[..body].find("\n[").unwrap_or(body);
        page.kinds[..end].fill(Kind::Front);
        let mut seen = text.to_string();
        blank(&mut seen, 0..body, ' ');
        for found in DIRECTIVE.find_iter(text) {
            blank(&mut seen, found.range(), HIDDEN);
        }
        page.read(&seen, 0);
        page.markdown = seen;
        for found in DIRECTIVE.find_iter(text) {
            page.kinds[found.range()].fill(Kind::Hidden);
        }
        page.mark_quotations();
        page
    }

    /// The slug: the name of the file without folder and ending.
    pub fn slug(&self) -> &str {
        let name = self.file.rsplit('/').next().unwrap_or_default();
        name.trim_end_matches(".md")
    }

    /// What the parser of Markdown reads: the text with its front matter and
    /// its directives blanked.
    pub fn markdown(&self) -> &str {
        &self.markdown
    }

    /// The part below a heading of level 2, up to the next one.
    pub fn section(&self, heading: &str) -> Option<Range<usize>> {
        let mut headings = self.headings.iter().filter(|h| h.level <= 2);
        let start =
            headings.find(|h| h.level == 2 && h.text == heading)?.range.end;
        let end = headings.next().map_or(self.text.len(), |h| h.range.start);
        Some(start..end)
    }

    /// The text with all but these kinds blanked.
    pub fn only(&self, kinds: &[Kind]) -> String {
        self.masked(|i| kinds.contains(&self.kinds[i]))
    }

    /// The text with all but these kinds, and what others have said, blanked.
    pub fn own_words(&self, kinds: &[Kind]) -> String {
        self.masked(|i| kinds.contains(&self.kinds[i]) && !self.quoted[i])
    }

    fn masked(&self, shown: impl Fn(usize) -> bool) -> String {
        let mut text = String::with_capacity(self.text.len());
        for (i, c) in self.text.char_indices() {
            match c {
                '\n' => text.push('\n'),
                _ if shown(i) => text.push(c),
                _ if self.kinds[i] == Kind::Markup => {
                    text.extend(std::iter::repeat_n(' ', c.len_utf8()));
                }
                _ => text.extend(std::iter::repeat_n(HIDDEN, c.len_utf8())),
            }
        }
        text
    }

    /// The front matter; none, too, where it is broken: the build says that.
    pub fn front(&self) -> Option<front_matter::FrontMatter> {
        let front = front_matter::taken_off(&self.file, &self.text);
        front.ok().flatten().map(|(front, _)| front)
    }

    /// The line of a place.
    pub fn line(&self, at: usize) -> usize {
        line_of(&self.text, at)
    }

    /// A problem at a place.
    pub fn problem(&self, at: usize, what: impl Into<String>) -> Problem {
        Problem::new(&self.file, self.line(at), what)
    }

    /// The kind of text at a place.
    pub fn kind(&self, at: usize) -> Kind {
        self.kinds[at]
    }

    /// The innermost link that a place belongs to.
    pub fn link_at(&self, at: usize) -> Option<&Link> {
        self.links.iter().rev().find(|link| link.range.contains(&at))
    }

    /// Where a link from this page to that file and fragment leads.
    pub fn address_of(&self, file: &str, fragment: &str) -> String {
        let mut here: Vec<&str> = self.file.split('/').collect();
        here.pop();
        let mut there: Vec<&str> = file.split('/').collect();
        while !here.is_empty() && there.len() > 1 && here[0] == there[0] {
            here.remove(0);
            there.remove(0);
        }
        let hash = if fragment.is_empty() { "" } else { "#" };
        let up = "../".repeat(here.len());
        format!("{up}{}{hash}{fragment}", there.join("/"))
    }

    /// Assigns the kinds of a piece of Markdown that stands at `at`.
    fn read(&mut self, markdown: &str, at: usize) {
        let mut inside = Inside::default();
        let parser = Parser::new_ext(markdown, options());
        for (event, range) in parser.into_offset_iter() {
            let here = at + range.start..at + range.end;
            match event {
                Event::Text(_) if inside.code > 0 => {}
                Event::Text(text) => {
                    self.name_heading(&text, &inside);
                    self.put(here, &inside);
                }
                Event::Code(code) => {
                    self.unless_emphasised(&inside);
                    self.name_heading(&code, &inside);
                    self.kinds[here].fill(Kind::Hidden);
                }
                Event::InlineMath(_) | Event::DisplayMath(_) => {
                    self.unless_emphasised(&inside);
                    self.kinds[here].fill(Kind::Math);
                }
                Event::FootnoteReference(_) => {
                    self.kinds[here].fill(Kind::Hidden);
                }
                Event::InlineHtml(tag) => inside.tag(&tag),
                Event::Start(tag) => {
                    self.start(&tag, here, markdown, at, &mut inside);
                }
                Event::End(tag) => self.end(tag, &mut inside),
                _ => {}
            }
        }
    }

    fn put(&mut self, here: Range<usize>, inside: &Inside) {
        let kind = if inside.hidden > 0 {
            Kind::Hidden
        } else if inside.alt > 0 {
            Kind::Alt
        } else if inside.heading {
            Kind::Heading
        } else {
            Kind::Prose
        };
        self.unless_emphasised(inside);
        self.kinds[here.clone()].fill(kind);
        self.quoted[here].fill(inside.quote > 0 || inside.cite > 0);
    }

    fn name_heading(&mut self, words: &str, inside: &Inside) {
        if inside.heading
            && let Some(heading) = self.headings.last_mut()
        {
            heading.text.push_str(words);
        }
    }

    fn unless_emphasised(&mut self, inside: &Inside) {
        if inside.emphasis == 0
            && let Some(link) = inside.links.last()
        {
            self.links[*link].emphasised = false;
        }
    }

    fn start(
        &mut self,
        tag: &Tag<'_>,
        here: Range<usize>,
        markdown: &str,
        at: usize,
        inside: &mut Inside,
    ) {
        match tag {
            Tag::Heading { level, .. } => {
                inside.heading = true;
                self.headings.push(Heading {
                    range: here,
                    level: *level as usize,
                    text: String::new(),
                });
            }
            Tag::BlockQuote(None) => inside.quote += 1,
            Tag::Emphasis => inside.emphasis += 1,
            Tag::Image { .. } => inside.alt += 1,
            Tag::Table(_) => {
                for (i, _) in self.text[here.clone()].match_indices('|') {
                    self.kinds[here.start + i] = Kind::Hidden;
                }
            }
            Tag::Item | Tag::DefinitionListDefinition => {
                self.kinds[here.start] = Kind::Hidden;
            }
            Tag::FootnoteDefinition(label) => {
                let end = here.start + label.len() + "[^]:".len();
                self.kinds[here.start..end].fill(Kind::Hidden);
            }
            Tag::Link { link_type, dest_url, .. } => {
                inside.links.push(self.links.len());
                if matches!(link_type, LinkType::Autolink | LinkType::Email) {
                    inside.hidden += 1;
                    inside.automatic = true;
                }
                self.links.push(link(&self.file, here, dest_url));
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(info))
                if is_question(info) =>
            {
                inside.code += 1;
                self.kinds[here.clone()].fill(Kind::Hidden);
                let block = here.start - at..here.end - at;
                self.read_question(&markdown[block], here.start);
            }
            Tag::CodeBlock(_) => {
                inside.code += 1;
                self.kinds[here].fill(Kind::Hidden);
            }
            Tag::HtmlBlock => self.read_html(here),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, inside: &mut Inside) {
        match tag {
            TagEnd::Heading(_) => inside.heading = false,
            TagEnd::BlockQuote(None) => inside.quote -= 1,
            TagEnd::Emphasis => inside.emphasis -= 1,
            TagEnd::Image => inside.alt -= 1,
            TagEnd::Link => {
                inside.links.pop();
                if std::mem::take(&mut inside.automatic) {
                    inside.hidden -= 1;
                }
            }
            TagEnd::CodeBlock => inside.code -= 1,
            _ => {}
        }
    }

    /// The text between the tags of a block of HTML.
    fn read_html(&mut self, here: Range<usize>) {
        let html = self.text[here.clone()].to_string();
        let mut inside = Inside::default();
        inside.quote += usize::from(html.starts_with(EPIGRAPH));
        let mut end = 0;
        for tag in TAG.find_iter(&html) {
            self.put_html(&html, end..tag.start(), here.start, &inside);
            inside.tag(tag.as_str());
            end = tag.end();
        }
        self.put_html(&html, end..html.len(), here.start, &inside);
    }

    fn put_html(
        &mut self,
        html: &str,
        range: Range<usize>,
        at: usize,
        inside: &Inside,
    ) {
        let text = &html[range.clone()];
        let at = at + range.start;
        for (i, c) in text.char_indices().filter(|(_, c)| !c.is_whitespace()) {
            self.put(at + i..at + i + c.len_utf8(), inside);
        }
        for found in FORMULA.find_iter(text) {
            let formula = at + found.start()..at + found.end();
            self.kinds[formula].fill(Kind::Math);
        }
    }

    /// A question's block, fences included: each part of a line is Markdown.
    fn read_question(&mut self, block: &str, at: usize) {
        let mut start = at;
        for line in block.split_inclusive('\n') {
            if let Some(mark) = QUESTION_LINE.find(line) {
                let mut part = start + mark.end();
                for text in line[mark.end()..].split(" | ") {
                    self.read(text, part);
                    part += text.len() + " | ".len();
                }
                for kind in &mut self.kinds[start..start + line.len()] {
                    if *kind == Kind::Prose {
                        *kind = Kind::Quiz;
                    }
                }
            }
            start += line.len();
        }
    }

    fn mark_quotations(&mut self) {
        use Kind::{Alt, Front, Heading, Prose, Quiz};
        let text = self.only(&[Prose, Heading, Quiz, Alt, Front]);
        for found in QUOTATION.find_iter(&text) {
            let toml = self.kinds[found.start()] == Front
                && found.as_str().starts_with('"');
            if !toml {
                self.quoted[found.range()].fill(true);
            }
        }
    }
}

/// What the parser is inside of.
#[derive(Default)]
struct Inside {
    heading: bool,
    automatic: bool,
    hidden: usize,
    code: usize,
    alt: usize,
    quote: usize,
    cite: usize,
    emphasis: usize,
    links: Vec<usize>,
}

/// How a block begins that holds someone else's words.
const EPIGRAPH: &str = "<div class=\"epigraph\">";

/// Elements whose text is not prose.
const CODE: [&str; 5] = ["code", "pre", "script", "style", "svg"];

impl Inside {
    fn tag(&mut self, tag: &str) {
        let name = tag
            .trim_start_matches(['<', '/'])
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default();
        let depth = match name {
            "cite" | "blockquote" => &mut self.cite,
            name if CODE.contains(&name) => &mut self.hidden,
            _ => return,
        };
        if tag.starts_with("</") {
            *depth = depth.saturating_sub(1);
        } else {
            *depth += 1;
        }
    }
}

fn link(from: &str, range: Range<usize>, address: &str) -> Link {
    let (path, fragment) = address.split_once('#').unwrap_or((address, ""));
    let file = if address.contains(':') {
        address.to_string()
    } else if path.is_empty() {
        from.to_string()
    } else {
        let mut parts: Vec<&str> = from.split('/').collect();
        parts.pop();
        for part in path.split('/') {
            match part {
                ".." => drop(parts.pop()),
                "." => {}
                part => parts.push(part),
            }
        }
        parts.join("/")
    };
    Link { range, file, fragment: fragment.into(), emphasised: true }
}

/// Fills a range of a text, line ends excepted.
fn blank(text: &mut String, range: Range<usize>, with: char) {
    let blanked: String = text[range.clone()]
        .chars()
        .flat_map(|c| {
            let with = if c == '\n' { c } else { with };
            std::iter::repeat_n(with, c.len_utf8())
        })
        .collect();
    text.replace_range(range, &blanked);
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
+++
minutes = 5
description = \"front words\"
objectives = [\"goal\"]

[numbers]
\"0.5\" = \"= 1/2\"
+++

# Head *words*

Prose [*linked*](../b.md#x) `code` $m_1$ {{#fact a.b}} é <b>bold</b>
<https://example.org> “said by you” ![alt words](c.png)

> quoted words

<p title=\"attribute\">html <cite>work</cite></p>

- first
- second

| a | b |
|---|---|
| cell | 0.5 |

```quiz
? asked $q$ `c`
- [x] right | because
```

```rust
let hidden = 1;
```
";

    fn page() -> Page {
        Page::new("src/in/a.md", "A", Part::Numbered, TEXT)
    }

    fn kind(needle: &str) -> Kind {
        page().kind(TEXT.find(needle).expect("it is in the text"))
    }

    #[test]
    fn every_place_has_its_kind() {
        use Kind::*;
        for (needle, expected) in [
            ("front words", Front),
            ("0.5", Markup),
            ("Head", Heading),
            ("words*", Heading),
            ("linked", Prose),
            ("../b.md", Markup),
            ("code", Hidden),
            ("m_1", Math),
            ("fact", Hidden),
            ("é", Prose),
            ("<b>", Markup),
            ("bold", Prose),
            ("example.org", Hidden),
            ("alt words", Alt),
            ("attribute", Markup),
            ("html", Prose),
            ("- second", Hidden),
            ("| cell", Hidden),
            ("cell", Prose),
            ("? asked", Hidden),
            ("asked", Quiz),
            ("q$", Math),
            ("c`", Hidden),
            ("because", Quiz),
            ("let hidden", Hidden),
        ] {
            assert_eq!(kind(needle), expected, "{needle}");
        }
    }

    #[test]
    fn what_is_blanked_keeps_its_place() {
        let page = page();
        let prose = page.only(&[Kind::Prose]);
        assert_eq!(prose.len(), TEXT.len());
        assert_eq!(prose.find("bold"), TEXT.find("bold"));
        assert!(prose.contains("said by you") && !prose.contains("because"));
        assert_eq!(prose.matches('\n').count(), TEXT.matches('\n').count());
        let own = page.own_words(&[Kind::Prose]);
        for others in ["said by you", "quoted words", "work"] {
            assert!(!own.contains(others), "{others}");
        }
        assert!(own.contains("linked") && own.contains("html"));
    }

    #[test]
    fn a_section_ends_with_the_next_heading_of_its_level() {
        let text = "# T\n\n## A `b`?\n\none\n\n### C\n\ntwo\n\n## D\n\nthree\n";
        let page = Page::new("src/a.md", "A", Part::Numbered, text);
        let ids: Vec<_> = page.headings.iter().map(Heading::id).collect();
        assert_eq!(ids, ["t", "a-b", "c", "d"]);
        let section = &text[page.section("A b?").unwrap()];
        assert!(section.contains("two") && !section.contains("three"));
        assert_eq!(page.section("C"), None);
    }

    #[test]
    fn a_link_is_resolved() {
        let page = page();
        let linked = page.link_at(TEXT.find("linked").unwrap()).unwrap();
        assert_eq!((&*linked.file, &*linked.fragment), ("src/b.md", "x"));
        assert!(linked.emphasised);
        assert_eq!(page.address_of("src/b.md", "x"), "../b.md#x");
        assert_eq!(page.address_of("src/in/b.md", ""), "b.md");
        let plain = Page::new("src/a.md", "A", Part::Back, "[*a* b](c.md)");
        assert!(!plain.links[0].emphasised);
    }
}
