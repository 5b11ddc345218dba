//! Links: what is written is read, however it was handed on. Held against
//! every experiment of the book.

#[path = "links/handed_on.rs"]
mod handed_on;

use experiments::ALL;
use proptest::{prelude::*, sample::select, test_runner::RngSeed};
use study::{
    Entry,
    link::{LONGEST, Link},
    params::{Domain, Field, is_plain},
};

/// Any value that the field can have.
fn value(field: &Field) -> BoxedStrategy<String> {
    match &field.domain {
        Domain::Whole(r) => r.clone().prop_map(|v| v.to_string()).boxed(),
        Domain::Real(r) => r.clone().prop_map(|v| v.to_string()).boxed(),
        Domain::Choice(names) => {
            select(names.clone()).prop_map(String::from).boxed()
        }
        Domain::Points(most) => points(*most).boxed(),
    }
}

/// Any points of two classes.
fn points(most: usize) -> impl Strategy<Value = String> {
    let point = (-1e6..1e6, -1e6..1e6).prop_map(|(x, y)| format!("{x},{y}"));
    // So many that all their digits have room.
    let points = proptest::collection::vec(point, 2..=most / 2);
    points.prop_map(|points| {
        let labelled = (0..).zip(points);
        let lines = labelled.map(|(i, xy)| format!("{xy},{}", i % 2));
        lines.collect::<Vec<_>>().join("_")
    })
}

/// Any experiment with any settings: all of its parameters or some.
fn run() -> impl Strategy<Value = (Entry, Vec<(String, String)>)> {
    select(ALL).prop_flat_map(|entry| {
        let settings: Vec<_> = entry
            .fields()
            .iter()
            .map(|field| {
                let key = field.key.to_string();
                proptest::option::of(value(field))
                    .prop_map(move |v| Some((key.clone(), v?)))
            })
            .collect();
        let given = settings.prop_map(|all| all.into_iter().flatten());
        (Just(entry), given.prop_map(Iterator::collect))
    })
}

fn refused(text: &str) -> String {
    match Link::read(text, ALL) {
        Ok(link) => panic!("{text:?} was read as {link}"),
        Err(error) => error.to_string(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(6),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_written_is_read((entry, settings) in run()) {
        let link = Link::of(entry, &settings).unwrap();
        let text = link.to_string();
        let again = Link::read(&text, ALL).unwrap();
        prop_assert_eq!(&again.settings, &link.settings);
        prop_assert_eq!(again.entry.id, entry.id);
        let all = entry.settled(&settings).unwrap();
        prop_assert_eq!(entry.settled(&again.settings).unwrap(), all);
        // As it comes out of a program that escapes all it can.
        let escaped: String =
            text[1..].bytes().map(|b| format!("%{b:02x}")).collect();
        let escaped = format!("https://x.org/a.html?b#{escaped}");
        let again = Link::read(&escaped, ALL).unwrap();
        prop_assert_eq!(again.to_string(), text);
    }

    #[test]
    fn a_link_is_plain((entry, settings) in run()) {
        let text = Link::of(entry, &settings).unwrap().to_string();
        let plain = |c| is_plain(c) || matches!(c, '#' | ';' | '=');
        prop_assert!(text.chars().all(plain), "{}", text);
        prop_assert!(text.len() < LONGEST);
    }

    #[test]
    fn no_text_breaks_it_or_comes_back_as_markup(
        text in prop_oneof![
            any::<String>(),
            any::<String>().prop_map(|s| format!("#v1;{s}")),
            any::<String>().prop_map(|s| format!("#v1;cliff;seed={s}")),
            "#v1;cliff;[a-z]{1,6}=[-+.0-9a-z<>&%#\"']{0,9}",
        ]
    ) {
        if let Err(error) = Link::read(&text, ALL) {
            let error = error.to_string();
            prop_assert!(!error.contains(['<', '>', '&']), "{}", error);
            prop_assert!(error.chars().all(|c| !c.is_control()));
            prop_assert!(error.len() < 2 * LONGEST, "{}", error);
        }
    }
}

#[test]
fn an_error_says_what_was_expected() {
    let many = "seed=1;".repeat(5000);
    for (text, parts) in [
        ("", &["version", "v1", "``"][..]),
        ("#v2;cliff", &["version", "v1", "`v2`"]),
        ("#v1", &["ends behind v1", "quotation marks"]),
        ("#v1;clif", &["no experiment `clif`", "`cliff`"]),
        ("#v1;cliff;seed", &["like seed=7", "`seed`"]),
        ("#v1;cliff;;seed=7", &["like seed=7", "``"]),
        ("#v1;<script>", &["no experiment", r"\u{3c}script`"]),
        ("#v1;cliff;seed=<b>c", &["like seed=7", r"seed=\u{3c}b\u{3e}c"]),
        ("#v1;cliff;seed=7;seed=8", &["seed", "one value"]),
        ("#v1;cliff;seed=７7", &["like seed=7", r"\u{ff17}"]),
        ("#v1;cliff;factor=NaN", &["factor", "from 0.01 to 1.2", "NaN"]),
        ("#v1;cliff;factor=1e999", &["factor", "from 0.01 to 1.2"]),
        ("#v1;cliff;seed=99999999999999999999", &["seed", "1000000"]),
        ("#v1;cliff;sed=7", &["`sed`", "`seed`"]),
        ("#v1;cliff;seed=%3", &["like seed=7", "`seed=%3`"]),
        ("#v1;cliff;seed=%ff7", &["like seed=7", "`seed=%ff7`"]),
        (&format!("#v1;cliff;{many}"), &["35010 bytes", "20000"]),
    ] {
        let error = refused(text);
        for part in parts {
            assert!(error.contains(part), "{text:?}: {error}");
        }
    }
}
