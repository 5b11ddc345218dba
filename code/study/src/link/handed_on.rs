//! A link as it arrives: whatever passes texts on puts something around them,
//! and some of it into them.

use std::fmt::Write as _;

use super::{BadLink, Link, MOST_TIMES, decoded, decoded_once};
use crate::experiment::Entry;

/// What stands for a character where text is HTML, the ampersand first: what
/// has been written twice is read twice.
const ENTITIES: [(&str, &str); 14] = [
    ("&amp;", "&"),
    ("&#38;", "&"),
    ("&quot;", "\""),
    ("&#34;", "\""),
    ("&apos;", "'"),
    ("&#39;", "'"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&nbsp;", " "),
    ("&semi;", ";"),
    ("&#59;", ";"),
    ("&equals;", "="),
    ("&#61;", "="),
    ("&num;", "#"),
];

impl Link {
    /// Reads a link as a shell, a mail or a chat hands it on: with quotation
    /// marks or brackets of any kind around it, behind the address of a page
    /// or of a service that looks at links, before the end of a sentence,
    /// escaped once or twice, broken into lines, with invisible characters or
    /// wide ones.
    ///
    /// ```
    /// use experiments::ALL;
    /// use study::link::Link;
    /// for text in [
    ///     "'#v1;cliff;seed=7'",
    ///     "(see [cliff](https://example.org/descent.html#v1;cliff;seed=7)).",
    ///     "&quot;#v1;cliff;seed=7&quot;",
    ///     "> #v1;cliff;\n> seed=7",
    ///     "https://safe.org/?url=https%3A%2F%2Fx%23v1%3Bcliff%3Bseed%3D7&b=1",
    /// ] {
    ///     let link = Link::handed_on(text, ALL).unwrap();
    ///     assert_eq!(link.to_string(), "#v1;cliff;seed=7");
    /// }
    /// ```
    ///
    /// # Errors
    /// What is wrong with it, as [`Link::read`] says it.
    pub fn handed_on(text: &str, entries: &[Entry]) -> Result<Self, BadLink> {
        let plain = plain(own_part(text));
        let read = |text: &str| Self::read(text, entries);
        // A mail that was not unpacked has other characters for each =, which
        // could be a value as well: so only where there is no other reading.
        read(&plain).or_else(|bad| {
            let unpacked = unpacked(&decoded(own_part(text)));
            read(&self::plain(&unpacked)).map_err(|_| bad)
        })
    }
}

/// The link within the address of a service that looks at links: it has the
/// whole of it, escaped, as one of several parameters.
fn own_part(text: &str) -> &str {
    let escaped = |number: &str| text.find(&format!("%{number}v"));
    let start = match text.contains('#') {
        true => None,
        false => escaped("23").or_else(|| escaped("2523")),
    };
    let Some(start) = start else { return text };
    let end = text[start..].find('&').map_or(text.len(), |at| start + at);
    &text[start..end]
}

/// The text without what has been put into it on its way.
fn plain(text: &str) -> String {
    let mut plain = text.to_string();
    for _ in 0..MOST_TIMES {
        let visible = plain.chars().filter(|c| is_visible(*c)).map(narrow);
        let visible: String = visible.collect();
        // A line that is quoted in a mail begins with >.
        let lines = visible.split(['\r', '\n']);
        let lines = lines.map(|line| line.trim_start_matches(['>', ' ']));
        let mut next: String = lines.map(str::trim).collect();
        for (entity, character) in ENTITIES {
            next = next.replace(entity, character);
        }
        next = decoded_once(&next);
        if next == plain {
            break;
        }
        plain = next;
    }
    plain
}

/// Not what breaks a word, joins one, or tells a direction; nor a backslash,
/// which only ever stands before a character that it takes the meaning from.
fn is_visible(c: char) -> bool {
    let invisible = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\\');
    !invisible && (!c.is_control() || matches!(c, '\r' | '\n'))
}

/// The character of half the width, where a keyboard for Chinese or Japanese
/// has written the other, and the hyphen that a typesetter has replaced.
fn narrow(c: char) -> char {
    match c {
        '\u{2010}' | '\u{2011}' | '\u{2013}' | '\u{2212}' => '-',
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c)
        }
        c => c,
    }
}

/// A mail's text that was packed as `quoted-printable`.
fn unpacked(text: &str) -> String {
    let text = text.replace("=\r\n", "").replace("=\n", "");
    let mut unpacked = String::new();
    for (at, part) in text.split('=').enumerate() {
        if at > 0 {
            // Writing to a String cannot fail.
            let is_code = part.get(..2).is_some_and(|digits| {
                digits.bytes().all(|b| b.is_ascii_hexdigit())
            });
            let _ = write!(unpacked, "{}", if is_code { '%' } else { '=' });
        }
        unpacked += part;
    }
    unpacked
}
