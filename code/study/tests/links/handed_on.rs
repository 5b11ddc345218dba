//! Links as mail, chats, shells and word processors hand them on.

use experiments::ALL;
use proptest::{prelude::*, sample::select, test_runner::RngSeed};
use study::link::{BadLink, Link};

use super::run;

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
    "\n", "\r\n", " \n", "\n> ", "\r\n > ", "\u{200b}", "\u{200d}", "\u{2060}",
    "\u{feff}", "\u{ad}", "\u{200e}", "\t\n",
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
