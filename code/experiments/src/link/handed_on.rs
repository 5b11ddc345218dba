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
    /// use experiments::{ALL, link::Link};
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

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select, test_runner::RngSeed};

    use super::{super::tests::run, *};
    use crate::ALL;

    /// What may happen to a text on its way.
    #[derive(Debug, Clone)]
    enum Way {
        /// Something stands before and behind it.
        Around(&'static str, &'static str),
        /// All of it is escaped, or what is neither letter nor digit.
        Escaped(bool),
        /// A character has come into it, here or there.
        Into(&'static str, usize),
        /// One character is another.
        Instead(&'static str, &'static str),
    }

    const AROUND: [(&str, &str); 34] = [
        ("'", "'"),
        ("\"", "\""),
        ("“", "”"),
        ("„", "“"),
        ("‘", "’"),
        ("«", "»"),
        ("« ", " »"),
        ("「", "」"),
        ("`", "`"),
        ("``", "``"),
        ("**", "**"),
        ("_", "_"),
        ("<", ">"),
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("[a run](", ")"),
        ("[a run](", " )."),
        ("<a href=\"", "\">"),
        ("https://example.org/b/descent.html", ""),
        ("https://example.org/b/descent.html?highlight=a%20b", ""),
        ("see ", "."),
        ("see: ", ","),
        ("", ";"),
        ("", "!"),
        ("", "?"),
        ("", "…"),
        ("", " "),
        (" ", "\n"),
        ("", "\r\n"),
        ("> ", ""),
        ("&quot;", "&quot;"),
        ("&#39;", "&#39;"),
        ("&lt;", "&gt;"),
    ];

    const INTO: [&str; 12] = [
        "\n", "\r\n", " \n", "\n> ", "\r\n > ", "\u{200b}", "\u{200d}",
        "\u{2060}", "\u{feff}", "\u{ad}", "\u{200e}", "\t\n",
    ];

    const INSTEAD: [(&str, &str); 10] = [
        (";", "&semi;"),
        (";", "&#59;"),
        (";", "；"),
        ("=", "＝"),
        ("1", "１"),
        ("-", "\u{2212}"),
        ("-", "\u{2011}"),
        ("_", "\\_"),
        (";", "\\;"),
        ("#v", "#V"),
    ];

    fn way() -> impl Strategy<Value = Way> {
        prop_oneof![
            select(AROUND.to_vec()).prop_map(|(a, b)| Way::Around(a, b)),
            any::<bool>().prop_map(Way::Escaped),
            (select(INTO.to_vec()), any::<usize>())
                .prop_map(|(what, at)| Way::Into(what, at)),
            select(INSTEAD.to_vec()).prop_map(|(a, b)| Way::Instead(a, b)),
        ]
    }

    impl Way {
        fn taken(&self, text: &str) -> String {
            match self {
                Way::Around(before, behind) => {
                    format!("{before}{text}{behind}")
                }
                Way::Escaped(all) => text
                    .bytes()
                    .map(|b| match *all || !b.is_ascii_alphanumeric() {
                        true => format!("%{b:02X}"),
                        false => char::from(b).to_string(),
                    })
                    .collect(),
                Way::Into(what, at) => {
                    let ends: Vec<_> =
                        text.char_indices().map(|(at, _)| at).collect();
                    let (a, b) = text.split_at(ends[at % ends.len()]);
                    format!("{a}{what}{b}")
                }
                Way::Instead(from, to) => text.replace(from, to),
            }
        }
    }

    /// As a program for mail packs a text.
    fn packed(text: &str) -> String {
        let mut packed = String::new();
        let mut width = 0;
        for byte in text.bytes() {
            if width > 70 {
                packed += "=\r\n";
                width = 0;
            }
            let before = packed.len();
            match byte {
                b'\n' | b' '..=b'<' | b'>'..=b'~' => packed.push(byte.into()),
                _ => packed += &format!("={byte:02X}"),
            }
            width += packed.len() - before;
        }
        packed
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(14),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn the_run_is_the_same_whatever_way_the_link_came(
            (entry, settings) in run(),
            ways in proptest::collection::vec(way(), 0..5),
        ) {
            let link = Link::of(entry, &settings).unwrap().to_string();
            let mut text = link.clone();
            for way in &ways {
                text = way.taken(&text);
            }
            let read = Link::handed_on(&text, ALL);
            let read = read.map(|read| read.to_string());
            prop_assert_eq!(read, Ok(link), "{:?}", text);
        }

        #[test]
        fn a_mail_or_a_service_that_looks_at_links_changes_no_run(
            (entry, settings) in run(),
            (before, behind) in select(AROUND.to_vec()),
        ) {
            let link = Link::of(entry, &settings).unwrap().to_string();
            let mail = packed(&format!("{before}{link}{behind}"));
            let read = |text: &str| {
                Link::handed_on(text, ALL).map(|read| read.to_string())
            };
            prop_assert_eq!(read(&mail), Ok(link.clone()), "{:?}", mail);
            let once = Way::Escaped(false);
            for address in [once.taken(&link), once.taken(&once.taken(&link))] {
                let text = format!("https://safe.org/?u=http%3A{address}&d=1");
                prop_assert_eq!(read(&text), Ok(link.clone()), "{:?}", text);
            }
        }

        #[test]
        fn a_refusal_says_what_was_found_and_never_panics(
            text in prop_oneof![
                any::<String>(),
                any::<String>().prop_map(|s| format!("#v1;cliff;{s}")),
                "#v1;cliff;[a-z]{1,6}=[-+.0-9a-z<>&%#\"'=\\\\ ＃％−７]{0,9}",
                "[vV#%;=&1-3a-f]{0,30}",
            ]
        ) {
            if let Err(bad) = Link::handed_on(&text, ALL) {
                let said = bad.to_string();
                prop_assert!(!said.contains(['<', '>', '&']), "{}", said);
                prop_assert!(said.chars().all(|c| !c.is_control()));
                let cited = said.contains('`') || bad == BadLink::Cut;
                prop_assert!(cited, "{}", said);
            }
        }
    }

    #[test]
    fn a_second_thing_in_the_text_is_not_taken_for_a_part_of_the_link() {
        for text in [
            "#v1;cliff;seed=7 and what else I saw",
            "#v1;cliff;seed=7\nBest wishes",
            "#v1;cliff&seed=7",
            "#v1;cliff;seed=7&epochs=8",
            "#v1;cliff;seed=1 0",
        ] {
            let read = Link::handed_on(text, ALL);
            assert!(read.is_err(), "{text}: {}", read.unwrap());
        }
    }
}
