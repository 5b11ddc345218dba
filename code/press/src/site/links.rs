//! What a tag points at: addresses, and ids of its own page.

use super::requests;
use super::tokens::Tag;

/// One address that a page names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The offset in the page of the tag that names it.
    pub at: usize,
    /// What names it, in the words of a message: "`href`".
    pub by: String,
    /// The address as written, its entities decoded.
    pub address: String,
    /// Whether a browser fetches it without being asked.
    pub request: bool,
}

/// Whether an attribute names ids of the page, one or several.
fn is_label(attribute: &str) -> bool {
    matches!(
        attribute,
        "aria-activedescendant"
            | "aria-controls"
            | "aria-describedby"
            | "aria-details"
            | "aria-errormessage"
            | "aria-flowto"
            | "aria-labelledby"
            | "aria-owns"
            | "for"
            | "form"
            | "headers"
            | "list"
    )
}

/// The `rel` words of a `<link>` that make a browser ask for its address.
const ASKING: [&str; 10] = [
    "apple-touch-icon",
    "dns-prefetch",
    "icon",
    "manifest",
    "modulepreload",
    "preconnect",
    "prefetch",
    "preload",
    "prerender",
    "stylesheet",
];

/// The addresses that `tag`, at offset `at` of its page, names; those of
/// `url(…)` only if there can be any.
pub fn links_of(tag: &Tag, at: usize, urls: bool) -> Vec<Link> {
    let mut links = Vec::new();
    for (name, value) in &tag.attributes {
        let mut link = |address: &str, request| {
            let (by, address) = (format!("`{name}`"), address.trim());
            let address = address.to_string();
            links.push(Link { at, by, address, request });
        };
        match name.as_ref() {
            "href" | "xlink:href" => match tag.name.as_ref() {
                "base" => {}
                "a" | "area" => link(value, false),
                "link" => link(value, asks(tag)),
                _ => link(value, true),
            },
            // Asked for by theme/js/lab.js, once a lab is touched.
            "data-wasm" | "src" | "poster" | "data" | "background" | "ping"
            | "action" | "formaction" => link(value, true),
            "srcset" | "imagesrcset" => {
                for candidate in candidates(value) {
                    link(candidate, true);
                }
            }
            "content" => {
                if let Some((_, address)) = value.split_once("url=") {
                    link(address.trim_matches(['"', '\'']), true);
                }
            }
            _ if urls && value.contains("url(") => {
                for (_, address) in requests::of_style(value) {
                    link(address, true);
                }
            }
            _ => {}
        }
    }
    links
}

/// The ids that `tag` refers to, each with the attribute that does.
pub fn labels_of<'a>(tag: &'a Tag) -> impl Iterator<Item = (&'a str, &'a str)> {
    let labels = tag.attributes.iter().filter(|(name, _)| is_label(name));
    labels.flat_map(|(name, ids)| {
        ids.split_ascii_whitespace().map(|id| (name.as_ref(), id))
    })
}

fn asks(tag: &Tag) -> bool {
    let rel = tag.get("rel").unwrap_or_default().to_ascii_lowercase();
    rel.split_ascii_whitespace().any(|word| ASKING.contains(&word))
}

/// The addresses of a `srcset`; a comma inside a `data:` address is not one
/// between two candidates.
fn candidates(srcset: &str) -> impl Iterator<Item = &str> {
    srcset
        .split(", ")
        .filter_map(|candidate| candidate.split_ascii_whitespace().next())
        .filter(|address| !address.starts_with("data:"))
        .map(|address| address.trim_end_matches(','))
}
