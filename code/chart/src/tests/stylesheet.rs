//! figures.css: enough contrast in every theme, and a rule for every class.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::ink::{Ink, THEORY};

const CSS: &str = include_str!("../../../../theme/css/figures.css");
const THEMES: [&str; 5] = ["light", "rust", "coal", "navy", "ayu"];

type Colours = BTreeMap<String, String>;

/// The custom properties that a theme sets, outside of any @-rule.
fn colours(css: &str, theme: &str) -> Colours {
    let head = css.split("@media").next().unwrap_or_default();
    let selector = format!("html.{theme} {{");
    let block = head.split(&selector).nth(1).unwrap_or_default();
    declarations(block.split('}').next().unwrap_or_default())
}

fn declarations(block: &str) -> Colours {
    block
        .split(';')
        .filter_map(|declaration| declaration.split_once(':'))
        .map(|(name, value)| (name.trim().into(), value.trim().into()))
        .collect()
}

/// Relative luminance (WCAG 2.2) of `#rrggbb`.
fn luminance(colour: &str) -> Option<f64> {
    let digits = colour.strip_prefix('#').filter(|d| d.len() == 6)?;
    let mut sum = 0.0;
    for (i, weight) in [0.2126, 0.7152, 0.0722].into_iter().enumerate() {
        let byte =
            u8::from_str_radix(digits.get(2 * i..2 * i + 2)?, 16).ok()?;
        let value = f64::from(byte) / 255.0;
        sum += weight
            * if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            };
    }
    Some(sum)
}

fn contrast(a: &str, b: &str) -> Option<f64> {
    let (a, b) = (luminance(a)?, luminance(b)?);
    Some((a.max(b) + 0.05) / (a.min(b) + 0.05))
}

/// Which colour stands on which, and the contrast it needs there.
const PAIRS: [(&str, &str, f64); 22] = [
    ("text", "page", 4.5),
    ("quiet", "page", 4.5),
    ("mark", "page", 4.5),
    ("1", "page", 4.5),
    ("2", "page", 4.5),
    ("3", "page", 4.5),
    ("4", "page", 4.5),
    ("5", "page", 4.5),
    ("axis", "page", 3.0),
    ("thin", "page", 3.0),
    ("1", "tint1", 3.0),
    ("1", "tint2", 3.0),
    ("2", "tint1", 3.0),
    ("2", "tint2", 3.0),
    ("text", "tint1", 4.5),
    ("text", "tint2", 4.5),
    // Points lie on the hatching too, but most of each is on the tint beside
    // it: the lines are thinner than the points.
    ("1", "hatch", 1.9),
    ("2", "hatch", 1.9),
    ("text", "hatch", 3.0),
    // Grid, tints and hatching carry nothing that is not also a line or a
    // shape; they must only be there.
    ("grid", "page", 1.15),
    ("hatch", "tint2", 1.3),
    ("tint2", "page", 1.05),
];

/// What theory says is drawn in these, pale.
const PALE: [&str; 6] = ["1", "2", "3", "4", "5", "mark"];

/// A colour of which so much covers another.
fn mixed(over: &str, under: &str, strength: f64) -> Option<String> {
    let byte = |colour: &str, i: usize| {
        u8::from_str_radix(colour.get(i..i + 2)?, 16).ok().map(f64::from)
    };
    let mut colour = String::from("#");
    for i in [1, 3, 5] {
        let (a, b) = (byte(over, i)?, byte(under, i)?);
        let value = strength * a + (1.0 - strength) * b;
        colour += &format!("{:02x}", value.round() as u8);
    }
    Some(colour)
}

fn too_faint(css: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let strength: f64 = THEORY.parse().unwrap();
    for theme in THEMES {
        let colours = colours(css, theme);
        let get = |name: &str| {
            colours.get(&format!("--fig-{name}")).map(String::as_str)
        };
        for name in PALE {
            let found = get(name).zip(get("page")).and_then(|(over, page)| {
                contrast(&mixed(over, page, strength)?, page)
            });
            if found.is_none_or(|found| found < 3.0) {
                faults.push(format!("{theme}: pale {name} is {found:?}"));
            }
        }
        for (on, under, needed) in PAIRS {
            let found = get(on)
                .zip(get(under))
                .and_then(|(on, under)| contrast(on, under));
            if found.is_none_or(|found| found < needed) {
                faults.push(format!(
                    "{theme}: {on} on {under} is {found:?}, not {needed}"
                ));
            }
        }
    }
    faults
}

#[test]
fn every_colour_stands_out_in_every_theme() {
    assert_eq!(too_faint(CSS), [""; 0]);
}

#[test]
fn a_faint_or_missing_colour_is_found_out() {
    let yellow = CSS.replacen("--fig-5: #7d6000", "--fig-5: #f0e442", 1);
    // As a name, and as the dashes of a theory.
    assert_eq!(too_faint(&yellow).len(), 2);
    let missing = CSS.replacen("html.navy {", "html.sea {", 1);
    assert_eq!(too_faint(&missing).len(), PAIRS.len() + PALE.len());
    let (black, white) = ("#000000", "#ffffff");
    assert!((contrast(black, white).unwrap() - 21.0).abs() < 1e-9);
}

/// What is printed where there is no stylesheet is what the light theme shows.
#[test]
fn print_colours_are_those_of_the_light_theme() {
    let light = colours(CSS, "light");
    let mut inks: Vec<(String, Ink)> =
        (0..5).map(|n| (format!("{}", n + 1), Ink::Series(n))).collect();
    inks.extend(
        [
            ("page", Ink::Page),
            ("text", Ink::Text),
            ("quiet", Ink::Quiet),
            ("axis", Ink::Axis),
            ("grid", Ink::Grid),
            ("thin", Ink::Thin),
            ("mark", Ink::Mark),
            ("tint1", Ink::Tint(0)),
            ("tint2", Ink::Tint(1)),
            ("hatch", Ink::Hatch),
        ]
        .map(|(name, ink)| (name.to_owned(), ink)),
    );
    assert_eq!(inks.len(), light.len());
    for (name, ink) in inks {
        assert_eq!(light[&format!("--fig-{name}")], ink.print(), "{name}");
    }
}

/// The colours repeated for paper and for readers without JavaScript.
#[test]
fn repeated_palettes_agree() {
    let block = |from: &str| {
        let (_, rest) = CSS.split_once(from).unwrap();
        let (_, rest) = rest.split_once('{').unwrap();
        let rest = rest.split_once("html:not(.js) {").unwrap().1;
        declarations(rest.split('}').next().unwrap())
    };
    assert_eq!(block("@media print"), colours(CSS, "light"));
    let dark = block("@media (prefers-color-scheme: dark)");
    assert_eq!(dark, colours(CSS, "coal"));
}

#[test]
fn every_class_in_a_picture_has_a_rule() {
    let mut classes = BTreeSet::new();
    for chart in every_kind() {
        for layout in LAYOUTS {
            let svg = chart.svg("a", layout);
            let document = roxmltree::Document::parse(&svg).unwrap();
            for node in document.descendants() {
                let names = node.attribute("class").unwrap_or_default();
                classes.extend(names.split_whitespace().map(str::to_owned));
            }
        }
    }
    assert!(classes.len() > 12, "{classes:?}");
    for class in classes {
        assert!(CSS.contains(&format!(".{class} {{")), "no rule for .{class}");
    }
}
