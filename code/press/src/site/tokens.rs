//! The tags and texts of a page, one after the other.
//!
//! mdBook's renderer serialises a parsed tree, so its pages are regular, and
//! this reads them some five times faster than a conforming tokenizer does in
//! a dev build. `tests/site.rs` holds it against html5ever on a real page.

use std::borrow::Cow;

/// One piece of a page; the offset of its first byte stands beside it.
#[derive(Debug, PartialEq)]
pub enum Token<'a> {
    /// `<a href="…">`
    Open(Tag<'a>),
    /// `</a>`
    Close(Cow<'a, str>),
    /// What stands between tags, its entities not decoded.
    Text(&'a str),
    /// What this cannot be read as; nothing follows it.
    Fault(String),
}

/// A start tag.
#[derive(Debug, PartialEq)]
pub struct Tag<'a> {
    /// The name in lower case.
    pub name: Cow<'a, str>,
    /// Names in lower case, values with their entities decoded.
    pub attributes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// Written as `<br/>`.
    pub closed: bool,
}

impl Tag<'_> {
    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_ref())
    }

    /// Whether `class` is among the tag's classes.
    pub fn has_class(&self, class: &str) -> bool {
        let classes = self.get("class").unwrap_or_default();
        classes == class || {
            // Splitting is slow in a dev build, and most have one class.
            classes.contains(' ') && classes.split(' ').any(|c| c == class)
        }
    }
}

/// The name of an element whose content is text up to its end tag, whatever
/// that text holds.
fn raw(name: &str) -> Option<&'static str> {
    match name {
        "script" => Some("script"),
        "style" => Some("style"),
        "textarea" => Some("textarea"),
        "title" => Some("title"),
        _ => None,
    }
}

/// Iterates over the tokens of a page and their offsets.
pub struct Tokens<'a> {
    html: &'a str,
    at: usize,
    raw: Option<&'static str>,
}

impl<'a> Tokens<'a> {
    /// The tokens of `html`.
    pub fn new(html: &'a str) -> Self {
        Self { html, at: 0, raw: None }
    }

    /// The next `length` bytes, passed over.
    fn take(&mut self, length: usize) -> &'a str {
        let start = self.at;
        self.at += length;
        &self.html[start..self.at]
    }

    /// Passes over everything up to and with `end`; a fault if there is none.
    fn skip_past(&mut self, end: &str, what: &str) -> Option<Token<'a>> {
        match self.html[self.at..].find(end) {
            Some(found) => {
                self.at += found + end.len();
                None
            }
            None => Some(self.fault(format!("{what} has no `{end}`"))),
        }
    }

    fn fault(&mut self, what: String) -> Token<'a> {
        self.at = self.html.len();
        Token::Fault(what)
    }

    fn raw_text(&mut self, name: &'static str) -> Token<'a> {
        let rest = &self.html[self.at..];
        let ends = rest.match_indices("</").map(|(end, _)| end);
        let mut ends = ends.filter(|end| {
            let after = rest.as_bytes().get(end + 2..end + 2 + name.len());
            after.is_some_and(|a| a.eq_ignore_ascii_case(name.as_bytes()))
        });
        match ends.next() {
            Some(end) => Token::Text(self.take(end)),
            None => self.fault(format!("`<{name}>` has no end tag")),
        }
    }

    /// What begins with the `<` that stands at the current place.
    fn markup(&mut self) -> Option<Token<'a>> {
        let rest = &self.html[self.at..];
        let second = rest.as_bytes().get(1).copied().unwrap_or(b' ');
        if rest.starts_with("<!--") {
            self.skip_past("-->", "a comment")
        } else if rest.starts_with("<![CDATA[") {
            self.skip_past("]]>", "a CDATA section")
        } else if second == b'!' || second == b'?' {
            self.skip_past(">", "a declaration")
        } else if second.is_ascii_alphabetic() {
            Some(self.open())
        } else if second == b'/' {
            self.at += 2;
            let name = self.name();
            let unclosed = self.skip_past(">", "an end tag");
            Some(unclosed.unwrap_or(Token::Close(name)))
        } else {
            Some(Token::Text(self.take(1)))
        }
    }

    /// A name of a tag or attribute, in lower case.
    fn name(&mut self) -> Cow<'a, str> {
        let rest = &self.html.as_bytes()[self.at..];
        let mut length = 0;
        let mut shouts = false;
        while let Some(&byte) = rest.get(length) {
            if byte <= b' ' || matches!(byte, b'=' | b'>' | b'/') {
                break;
            }
            shouts |= byte.is_ascii_uppercase();
            length += 1;
        }
        let name = self.take(length);
        if shouts {
            Cow::Owned(name.to_ascii_lowercase())
        } else {
            Cow::Borrowed(name)
        }
    }

    fn skip_spaces(&mut self) {
        let rest = &self.html.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|b| **b <= b' ').count();
    }

    fn open(&mut self) -> Token<'a> {
        self.at += 1;
        let mut tag =
            Tag { name: self.name(), attributes: Vec::new(), closed: false };
        loop {
            self.skip_spaces();
            match self.html.as_bytes().get(self.at) {
                None => {
                    return self.fault(format!("`<{}` has no `>`", tag.name));
                }
                Some(b'>') => break,
                Some(b'/' | b'=') => {
                    tag.closed = self.html[self.at..].starts_with("/>");
                    self.at += 1;
                }
                Some(_) => match self.attribute() {
                    Ok(attribute) => tag.attributes.push(attribute),
                    Err(fault) => return fault,
                },
            }
        }
        self.at += 1;
        // An empty `<title/>` is SVG's; HTML knows no closed raw element.
        self.raw = raw(&tag.name).filter(|_| !tag.closed);
        Token::Open(tag)
    }

    fn attribute(&mut self) -> Result<(Cow<'a, str>, Cow<'a, str>), Token<'a>> {
        let name = self.name();
        self.skip_spaces();
        if !self.html[self.at..].starts_with('=') {
            return Ok((name, Cow::Borrowed("")));
        }
        self.at += 1;
        self.skip_spaces();
        let rest = &self.html[self.at..];
        let value = match rest.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => {
                self.at += 1;
                let Some(length) = rest[1..].find(*quote as char) else {
                    let fault = format!("the value of `{name}` has no end");
                    return Err(self.fault(fault));
                };
                let value = self.take(length);
                self.at += 1;
                value
            }
            _ => {
                let ends = |c: char| c == '>' || c.is_ascii_whitespace();
                let length = rest.find(ends).unwrap_or(rest.len());
                self.take(length)
            }
        };
        Ok((name, decoded(value)))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (usize, Token<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        while self.at < self.html.len() {
            let at = self.at;
            if let Some(name) = self.raw.take() {
                match self.raw_text(name) {
                    Token::Text("") => continue,
                    token => return Some((at, token)),
                }
            }
            let rest = &self.html[at..];
            match rest.find('<') {
                Some(0) => {
                    if let Some(token) = self.markup() {
                        return Some((at, token));
                    }
                }
                found => {
                    let length = found.unwrap_or(rest.len());
                    return Some((at, Token::Text(self.take(length))));
                }
            }
        }
        None
    }
}

/// The text that a reader sees for `html`: its entities decoded, as far as
/// they are numbers or of the few that mdBook and KaTeX write.
pub fn decoded(html: &str) -> Cow<'_, str> {
    if !html.contains('&') {
        return Cow::Borrowed(html);
    }
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('&') {
        text.push_str(&rest[..start]);
        rest = &rest[start..];
        match entity(rest) {
            Some((character, length)) => {
                text.push(character);
                rest = &rest[length..];
            }
            None => {
                text.push('&');
                rest = &rest[1..];
            }
        }
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The character that the entity at the start of `html` stands for, and the
/// entity's length.
fn entity(html: &str) -> Option<(char, usize)> {
    let end = html.find(';')?;
    let name = html.get(1..end)?;
    let character = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => {
            let number = name.strip_prefix('#')?;
            let hex = number.strip_prefix(['x', 'X']);
            let code = match hex {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((character, end + 1))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::path::Path;
    use std::{env, fs, process};

    use html5ever::tendril::StrTendril;
    use html5ever::tokenizer::states::RawKind;
    use html5ever::tokenizer::{
        BufferQueue, TagKind, Token as Standard, TokenSink, TokenSinkResult,
        Tokenizer,
    };
    use mdbook_driver::MDBook;

    use super::*;

    /// Tags with their attributes, and the texts between them, as lines.
    type Lines = Vec<String>;

    fn ours(html: &str) -> Lines {
        let mut lines = Lines::new();
        for (_, token) in Tokens::new(html) {
            match token {
                Token::Open(tag) => {
                    let attributes: Vec<_> = tag.attributes.iter().collect();
                    lines.push(format!("<{} {attributes:?}", tag.name));
                }
                Token::Close(name) => lines.push(format!("</{name}")),
                Token::Text(text) => append(&mut lines, &decoded(text)),
                Token::Fault(what) => lines.push(format!("! {what}")),
            }
        }
        lines
    }

    fn append(lines: &mut Lines, text: &str) {
        match lines.last_mut().filter(|line| line.starts_with(' ')) {
            Some(line) => line.push_str(text),
            None => lines.push(format!(" {text}")),
        }
    }

    #[derive(Default)]
    struct Sink(RefCell<Lines>);

    impl TokenSink for Sink {
        type Handle = ();

        fn process_token(
            &self,
            token: Standard,
            _line: u64,
        ) -> TokenSinkResult<()> {
            let mut lines = self.0.borrow_mut();
            match token {
                Standard::TagToken(tag) if tag.kind == TagKind::EndTag => {
                    lines.push(format!("</{}", tag.name));
                }
                Standard::TagToken(tag) => {
                    let attributes: Vec<_> = tag
                        .attrs
                        .iter()
                        .map(|a| (a.name.local.to_string(), &*a.value))
                        .collect();
                    lines.push(format!("<{} {attributes:?}", tag.name));
                    return match tag.name.as_ref() {
                        "title" => TokenSinkResult::RawData(RawKind::Rcdata),
                        "style" => TokenSinkResult::RawData(RawKind::Rawtext),
                        "script" => {
                            TokenSinkResult::RawData(RawKind::ScriptData)
                        }
                        _ => TokenSinkResult::Continue,
                    };
                }
                Standard::CharacterTokens(text) => append(&mut lines, &text),
                _ => {}
            }
            TokenSinkResult::Continue
        }
    }

    fn standard(html: &str) -> Lines {
        let input = BufferQueue::default();
        input.push_back(StrTendril::from_slice(html));
        let tokenizer = Tokenizer::new(Sink::default(), Default::default());
        let _ = tokenizer.feed(&input);
        tokenizer.end();
        tokenizer.sink.0.take()
    }

    #[test]
    fn pages_of_mdbook_read_as_the_standard_says() {
        let book = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut book = MDBook::load(book.join("tests/site/mdbook")).unwrap();
        let site = format!("press-tokens-{}", process::id());
        let site = env::temp_dir().join(site);
        book.config.build.build_dir = site.clone();
        book.build().unwrap();
        for page in ["index", "loss", "deep/one", "print", "toc", "404"] {
            let path = site.join(format!("{page}.html"));
            let html = crate::text::read(&path).unwrap();
            let (ours, standard) = (ours(&html), standard(&html));
            let differ = ours.iter().zip(&standard).find(|(a, b)| a != b);
            assert_eq!(differ, None, "{page}");
            assert_eq!(ours.len(), standard.len(), "{page}");
            assert!(ours.len() > 20, "{page}");
        }
        fs::remove_dir_all(site).unwrap();
    }

    #[test]
    fn odd_markup_reads_as_the_standard_says() {
        for html in [
            "a < b &amp;&#x26;&#38;&nope; & c",
            "<A HREF=x.html CLASS='b \"c\"' hidden>d</A >",
            "<a href=a/b/>c</a><br/><br / >",
            "<script>if (a </b) '<p>'</script ><p>",
            "<!-- <p> --><!DOCTYPE html><?xml?><p\n\tid = \"a>b\" >",
            "<style></styl></style><title>a &lt; b</title>",
            "<a b=\"&quot;&#39;\"b2>é</a>",
        ] {
            assert_eq!(ours(html), standard(html), "{html}");
        }
    }
}
