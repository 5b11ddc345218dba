//! One page of the site: its ids, its addresses, its flaws.

use std::borrow::Cow;
use std::collections::HashMap;

use super::formula;
use super::links::{Link, labels_of, links_of};
use super::nearest::nearest;
use super::requests;
use super::tokens::{Tag, Token, Tokens, decoded};
use crate::markdown::line_of;

/// What is wrong at one place of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The offset in the page.
    pub at: usize,
    /// What is wrong.
    pub what: String,
    /// What would mend it.
    pub mend: Option<String>,
}

/// What a page offers to others, asks of them, and has wrong itself.
#[derive(Debug, Default)]
pub struct Page {
    /// Every id, with its offset.
    pub ids: HashMap<String, usize>,
    /// Every address the page names.
    pub links: Vec<Link>,
    /// The labs on it, which a link to a run opens.
    pub labs: Vec<String>,
    /// The TeX of every rendered formula, with its offset.
    pub formulas: Vec<(usize, String)>,
    /// What can be seen to be wrong without looking at other files.
    pub flaws: Vec<Flaw>,
    /// The address that relative addresses are relative to, if given.
    pub base: Option<String>,
}

/// What kind of page is read: not every rule holds for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A page that a reader opens.
    Chapter,
    /// All chapters on one page: their headings and links are checked where
    /// they stand alone.
    Print,
    /// mdBook's `toc.html`, a frame for readers without scripts.
    Frame,
    /// An SVG file.
    Picture,
}

/// Whether an element may go without its end tag.
fn may_stay_open(name: &str) -> bool {
    matches!(
        name,
        "body"
            | "colgroup"
            | "dd"
            | "dt"
            | "head"
            | "html"
            | "li"
            | "option"
            | "p"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
    )
}

/// Whether an element has no end tag.
fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "source"
            | "track"
            | "wbr"
    )
}

/// Whether an element is part of a line: a formula ends with the paragraph,
/// and not with these.
fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr"
            | "b"
            | "br"
            | "cite"
            | "code"
            | "del"
            | "em"
            | "i"
            | "img"
            | "ins"
            | "kbd"
            | "mark"
            | "q"
            | "s"
            | "small"
            | "span"
            | "strong"
            | "sub"
            | "sup"
            | "var"
    )
}

// Where a piece of text stands; an element passes its own on to its children.
const CODE: u8 = 1;
/// In a line that mdBook hides, or in an element no reader sees.
const HIDDEN: u8 = 2;
/// In a rendered formula, whose source stands beside it.
const FORMULA: u8 = 4;
/// In SVG or MathML, where `<x/>` is a whole element.
const FOREIGN: u8 = 8;
/// In a style sheet or script.
const RAW: u8 = 16;

struct Element<'a> {
    name: Cow<'a, str>,
    at: usize,
    place: u8,
}

/// An element that must hold something: a code box, a drawing's name.
struct Awaited {
    /// How many elements were open before it.
    depth: usize,
    at: usize,
    met: bool,
}

struct Reader<'a> {
    html: &'a str,
    kind: Kind,
    page: Page,
    open: Vec<Element<'a>>,
    /// The text of the paragraph so far, once it has a dollar in it.
    prose: String,
    prose_at: usize,
    labels: Vec<(usize, String, String)>,
    code_box: Option<Awaited>,
    drawing: Option<Awaited>,
    title: bool,
    heading: Option<usize>,
    /// Whether the page has any of these at all: to look for them in every
    /// tag is what takes longest in a dev build.
    directives: bool,
    dollars: bool,
    urls: bool,
}

impl Page {
    /// Reads a page.
    pub fn read(html: &str, kind: Kind) -> Self {
        let mut reader = Reader {
            html,
            kind,
            page: Self::default(),
            open: Vec::new(),
            prose: String::new(),
            prose_at: 0,
            labels: Vec::new(),
            code_box: None,
            drawing: None,
            title: false,
            heading: None,
            directives: html.contains("{{#"),
            dollars: html.contains('$') || html.contains("&#"),
            urls: html.contains("url("),
        };
        for (at, token) in Tokens::new(html) {
            match token {
                Token::Open(tag) => reader.open(tag, at),
                Token::Close(name) => reader.close(&name, at),
                Token::Text(text) => reader.text(text, at),
                Token::Fault(what) => {
                    reader.flaw(at, what, None);
                    // That nothing after it has an end is no news.
                    reader.open.clear();
                }
            }
        }
        reader.end();
        reader.page
    }
}

impl<'a> Reader<'a> {
    fn flaw(&mut self, at: usize, what: String, mend: Option<&str>) {
        let mend = mend.map(str::to_string);
        self.page.flaws.push(Flaw { at, what, mend });
    }

    fn place(&self) -> u8 {
        self.open.last().map_or(0, |element| element.place)
    }

    fn open(&mut self, tag: Tag<'a>, at: usize) {
        self.close_unclosed_before(&tag.name);
        let place = self.place() | own_place(&tag);
        if !is_inline(&tag.name) {
            self.end_prose();
        }
        if !tag.attributes.is_empty() {
            self.attributes(&tag, at);
        }
        if self.in_tex() {
            let what = format!("`<{}>` stands in a formula's TeX", tag.name);
            self.flaw(at, what, None);
        }
        match tag.name.as_ref() {
            "pre" | "code" if self.code_box.is_none() => {
                let depth = self.open.len();
                self.code_box = Some(Awaited { depth, at, met: false });
            }
            "img" => self.image(&tag, at),
            "svg" => self.svg(&tag, at),
            "h1" => self.h1(&tag, at),
            "annotation" => self.page.formulas.push((at, String::new())),
            _ => {}
        }
        let whole = is_void(&tag.name) || (tag.closed && place & FOREIGN != 0);
        if !whole {
            self.open.push(Element { name: tag.name, at, place });
        }
    }

    /// Whether the place is what KaTeX notes of a formula's source.
    fn in_tex(&self) -> bool {
        self.open.last().is_some_and(|e| e.name == "annotation")
    }

    /// HTML ends a paragraph or list item where the next one begins.
    fn close_unclosed_before(&mut self, name: &str) {
        let Some(last) = self.open.last() else { return };
        let ends = match last.name.as_ref() {
            "li" => name == "li",
            "dt" | "dd" => matches!(name, "dt" | "dd"),
            "tr" => name == "tr",
            "td" | "th" => matches!(name, "td" | "th" | "tr"),
            "p" => matches!(name, "p" | "div" | "ul" | "ol" | "pre"),
            _ => false,
        };
        if ends {
            self.pop();
            self.close_unclosed_before(name);
        }
    }

    fn attributes(&mut self, tag: &Tag, at: usize) {
        self.page.labs.extend(tag.get("data-lab").map(String::from));
        if let Some(id) = tag.get("id") {
            self.id(id, at);
        }
        self.page.links.extend(links_of(tag, at, self.urls));
        for (by, id) in labels_of(tag) {
            self.labels.push((at, by.to_string(), id.to_string()));
        }
        if tag.name == "base" {
            self.page.base = tag.get("href").map(str::to_string);
        }
        if tag.has_class("katex-error") {
            let what = "a formula that KaTeX could not render".to_string();
            self.flaw(at, what, tag.get("title"));
        }
        if tag.has_class("playground") {
            let what = "a `.playground` element: with one on the page, \
                        mdBook's book.js asks play.rust-lang.org for its \
                        list of crates as soon as the page is opened";
            let mend = "set `[output.html.playground] runnable = false` in \
                        book.toml";
            self.flaw(at, what.to_string(), Some(mend));
        }
        if self.directives {
            for (name, value) in &tag.attributes {
                self.unexpanded(value, at, &format!("the attribute `{name}`"));
            }
        }
    }

    fn id(&mut self, id: &str, at: usize) {
        if id.is_empty() {
            self.flaw(at, "an empty `id`".to_string(), None);
        } else if let Some(&first) = self.page.ids.get(id) {
            let line = line_of(self.html, first);
            let what =
                format!("the id `{id}` is taken: line {line} has it, too");
            let mend = "give the heading its own `{#id}`, or the figure its \
                        own prefix";
            self.flaw(at, what, Some(mend));
        } else {
            self.page.ids.insert(id.to_string(), at);
        }
    }

    fn image(&mut self, tag: &Tag, at: usize) {
        if let Some(code) = &mut self.code_box {
            code.met = true;
        }
        let decoration =
            matches!(tag.get("role"), Some("presentation" | "none"))
                || tag.get("aria-hidden") == Some("true");
        let described =
            tag.get("alt").is_some_and(|alt| !alt.trim().is_empty());
        if !described && !decoration {
            let source = tag.get("src").unwrap_or_default();
            let what = format!("the image `{source}` has no `alt`");
            let mend = "say in the brackets what it shows; an ornament has \
                        role=\"presentation\"";
            self.flaw(at, what, Some(mend));
        }
    }

    fn svg(&mut self, tag: &Tag, at: usize) {
        if let Some(code) = &mut self.code_box {
            code.met = true;
        }
        let named = |name| {
            tag.get(name).is_some_and(|value: &str| !value.trim().is_empty())
        };
        let is_image = tag.get("role") == Some("img");
        if is_image && !named("aria-label") && !named("aria-labelledby") {
            let depth = self.open.len();
            self.drawing = Some(Awaited { depth, at, met: false });
        }
    }

    fn h1(&mut self, tag: &Tag, at: usize) {
        // The bar on top of every page has the book's name as `h1`.
        if self.kind != Kind::Chapter || tag.has_class("menu-title") {
            return;
        }
        match self.heading {
            None => self.heading = Some(at),
            Some(first) => {
                let line = line_of(self.html, first);
                let what = format!(
                    "a second `<h1>`: the first is on line {line}, and a \
                     page has one"
                );
                self.flaw(at, what, Some("begin the heading with `##`"));
            }
        }
    }

    fn close(&mut self, name: &str, at: usize) {
        if !is_inline(name) {
            self.end_prose();
        }
        let Some(depth) = self.open.iter().rposition(|e| e.name == name) else {
            // `</p>` and `</br>` make elements of their own; no other does.
            if !is_void(name) && !may_stay_open(name) {
                let what = format!("`</{name}>` ends nothing");
                self.flaw(at, what, None);
            }
            return;
        };
        while self.open.len() > depth + 1 {
            self.left_open();
        }
        self.pop();
    }

    /// Leaves an element for which no end tag came.
    fn left_open(&mut self) {
        let Some(Element { name, at, .. }) = self.open.last() else { return };
        if !may_stay_open(name) {
            let what = format!("`<{name}>` has no end tag");
            let at = *at;
            self.flaw(at, what, None);
        }
        self.pop();
    }

    fn pop(&mut self) {
        self.open.pop();
        let depth = self.open.len();
        if let Some(code) = self.code_box.take_if(|b| b.depth >= depth)
            && !code.met
        {
            let what = "an empty code box: a reader sees no character in it";
            let mend = "an anchor that holds nothing, or only lines hidden \
                        with `#`";
            self.flaw(code.at, what.to_string(), Some(mend));
        }
        if let Some(drawing) = self.drawing.take_if(|d| d.depth >= depth)
            && !drawing.met
        {
            let what = "an `<svg role=\"img\">` without a name";
            let mend = "give it a `<title>`, and name that in \
                        `aria-labelledby`";
            self.flaw(drawing.at, what.to_string(), Some(mend));
        }
    }

    fn text(&mut self, text: &str, at: usize) {
        let place = self.place();
        if place & RAW != 0 {
            self.raw_text(text, at);
            return;
        }
        if self.directives {
            self.unexpanded(text, at, "the text");
        }
        if self.in_tex()
            && let Some((_, tex)) = self.page.formulas.last_mut()
        {
            tex.push_str(&decoded(text));
        }
        if let Some(code) = &mut self.code_box
            && !code.met
            && place & HIDDEN == 0
        {
            let shows = |c: char| !c.is_whitespace() && c != '\u{200b}';
            code.met = decoded(text).contains(shows);
        }
        if self.open.last().is_some_and(|e| e.name == "title") {
            self.title_text(text);
        }
        if self.dollars {
            self.prose_text(text, at, place);
        }
    }

    /// Style sheets and scripts that stand in the page itself.
    fn raw_text(&mut self, text: &str, at: usize) {
        let style = self.open.last().is_some_and(|e| e.name == "style");
        let (by, addresses) = if style {
            (requests::IN_STYLE, requests::of_style(text))
        } else {
            (requests::IN_SCRIPT, requests::of_script(text))
        };
        for (offset, address) in addresses {
            self.page.links.push(Link {
                at: at + offset,
                by: by.to_string(),
                address: address.to_string(),
                request: true,
            });
        }
    }

    fn title_text(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let depth = self.open.len();
        let foreign = self.place() & FOREIGN != 0;
        match &mut self.drawing {
            // Its own title, not that of a shape in it.
            Some(drawing) if drawing.depth + 2 == depth => drawing.met = true,
            None if !foreign => self.title = true,
            _ => {}
        }
    }

    fn prose_text(&mut self, text: &str, at: usize, place: u8) {
        if place & (FORMULA | HIDDEN) != 0 {
            return;
        }
        if place & CODE != 0 {
            if !self.prose.is_empty() {
                self.prose.push('\u{fffc}'); // Something, but no dollar.
            }
            return;
        }
        if self.prose.is_empty() {
            if !text.contains('$') && !text.contains("&#") {
                return;
            }
            self.prose_at = at;
        }
        self.prose.push_str(&decoded(text));
    }

    fn end_prose(&mut self) {
        if self.prose.is_empty() {
            return;
        }
        let prose = std::mem::take(&mut self.prose);
        if let Some(formula) = formula::left_over(&prose) {
            let what = format!(
                "a formula that was not rendered: `{}`",
                beginning_of(formula)
            );
            let mend = "mend its TeX; a dollar that is none is written `\\$`";
            self.flaw(self.prose_at, what, Some(mend));
        }
    }

    fn unexpanded(&mut self, text: &str, at: usize, place: &str) {
        for (offset, _) in text.match_indices("{{#") {
            let rest = &text[offset..];
            let end = rest.find("}}").map_or(rest.len(), |end| end + 2);
            let directive = beginning_of(&rest[..end]);
            let what = format!(
                "`{directive}` was not expanded, and stands in {place}"
            );
            self.flaw(at + offset, what, None);
        }
    }

    fn end(&mut self) {
        self.end_prose();
        while !self.open.is_empty() {
            self.left_open();
        }
        self.resolve_labels();
        if self.kind == Kind::Chapter && !self.title {
            let what = "the page has no `<title>`, or an empty one";
            let mend = "give the chapter a name in src/SUMMARY.md";
            self.flaw(0, what.to_string(), Some(mend));
        }
        // toc.html is exempt: mdBook writes none, and a reader sees it only
        // as a frame of a page that has one.
        if self.kind == Kind::Frame && self.title {
            let what = "mdBook gives this page a `<title>` now";
            let mend = "the exemption in code/press/src/site/page.rs is \
                        obsolete: remove it";
            self.flaw(0, what.to_string(), Some(mend));
        }
    }

    fn resolve_labels(&mut self) {
        let mut exempt = false;
        for (at, by, id) in std::mem::take(&mut self.labels) {
            if (by.as_str(), id.as_str()) == STALE_LABEL {
                exempt = true;
            } else if !self.page.ids.contains_key(&id) {
                let what = format!("`{by}` names `{id}`, an id of nothing");
                let ids = self.page.ids.keys().map(String::as_str);
                let mend = nearest(&id, ids)
                    .map(|near| format!("did you mean `{near}`?"));
                self.flaw(at, what, mend.as_deref());
            }
        }
        if let Some(&at) = self.page.ids.get("mdbook-searchbar")
            && !exempt
        {
            let what = "mdBook has mended the description of its search box";
            let mend = "STALE_LABEL in code/press/src/site/page.rs is \
                        obsolete: remove it";
            self.flaw(at, what.to_string(), Some(mend));
        }
    }
}

/// mdBook 0.5.4 describes its search box by an id that has got a prefix
/// since. What names it is exempt, and has to be there as long as this is.
const STALE_LABEL: (&str, &str) = ("aria-describedby", "searchresults-header");

/// What a tag adds to the place of the text in it.
fn own_place(tag: &Tag) -> u8 {
    match tag.name.as_ref() {
        "pre" | "code" | "kbd" | "samp" | "textarea" => CODE,
        "script" | "style" => RAW,
        "svg" => FOREIGN,
        "math" => FOREIGN | FORMULA,
        "template" => HIDDEN,
        "span" if tag.has_class("boring") => HIDDEN,
        "span" if tag.has_class("katex") => FORMULA,
        _ => 0,
    }
}

/// A text short enough for a message, on one line.
fn beginning_of(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
