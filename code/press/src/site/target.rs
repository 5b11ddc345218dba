//! Where an address leads: to a file of the site, or away from it.

use percent_encoding::percent_decode_str;

/// Where an address leads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// A file of the site, or what should be one.
    Inside {
        /// Its path below the root of the site, with `/` between folders.
        path: String,
        /// The id behind `#`; empty where there is none.
        fragment: String,
    },
    /// Another host.
    Host(String),
    /// A path of the same host that is no part of the site.
    Outside,
    /// No place at all: `mailto:`, `data:`.
    Nowhere,
}

impl Target {
    /// Where `address`, written in the file `page` of a site that is served
    /// below `prefix`, leads.
    pub fn of(address: &str, page: &str, prefix: &str) -> Self {
        let address = address.trim();
        if let Some(rest) = address.strip_prefix("//") {
            return Self::Host(host(rest));
        }
        if let Some((scheme, rest)) = scheme(address) {
            return match rest.strip_prefix("//") {
                Some(rest) if !scheme.eq_ignore_ascii_case("file") => {
                    Self::Host(host(rest))
                }
                Some(_) => Self::Outside,
                None => Self::Nowhere,
            };
        }
        let (address, fragment) =
            address.split_once('#').unwrap_or((address, ""));
        let path = address.split('?').next().unwrap_or_default();
        match joined(path, page, prefix) {
            Some(path) => Self::Inside { path, fragment: readable(fragment) },
            None => Self::Outside,
        }
    }
}

/// The scheme of an address that has one, and what follows its colon.
fn scheme(address: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = address.split_once(':')?;
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    named.then_some((scheme, rest))
}

fn host(rest: &str) -> String {
    rest.split(['/', '?', '#']).next().unwrap_or_default().to_string()
}

fn readable(encoded: &str) -> String {
    percent_decode_str(encoded).decode_utf8_lossy().into_owned()
}

/// `path` as seen from `page`, below the root of the site; `None` if it
/// climbs out of the site.
fn joined(path: &str, page: &str, prefix: &str) -> Option<String> {
    if path.is_empty() {
        return Some(page.to_string());
    }
    let mut folders: Vec<&str> = page.split('/').collect();
    folders.pop();
    let below = match path.strip_prefix('/') {
        Some(_) => {
            folders.clear();
            let rooted = format!("{path}/");
            let below = path.strip_prefix(prefix);
            below.or((rooted == prefix).then_some(""))?
        }
        None => path,
    };
    for step in below.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                folders.pop()?;
            }
            name => folders.push(name),
        }
    }
    let folder = matches!(below.rsplit('/').next(), Some("" | "." | ".."));
    if folder {
        folders.push("index.html");
    }
    Some(readable(&folders.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(path: &str, fragment: &str) -> Target {
        Target::Inside { path: path.into(), fragment: fragment.into() }
    }

    #[test]
    fn an_address_leads_into_the_site() {
        let cases = [
            ("b.html", inside("a/b.html", "")),
            ("../b.html#x", inside("b.html", "x")),
            ("./", inside("a/index.html", "")),
            ("..", inside("index.html", "")),
            ("#x%20y", inside("a/p.html", "x y")),
            ("?seed=1#x", inside("a/p.html", "x")),
            ("/book/b%c3%a9.html", inside("bé.html", "")),
            ("/book", inside("index.html", "")),
        ];
        for (address, target) in cases {
            assert_eq!(Target::of(address, "a/p.html", "/book/"), target);
        }
    }

    #[test]
    fn an_address_leads_out_of_the_site() {
        let host = Target::Host("example.org".into());
        for (address, target) in [
            ("https://example.org/x", host.clone()),
            ("//example.org", host.clone()),
            ("wss://example.org?x", host),
            ("../../b.html", Target::Outside),
            ("/other/b.html", Target::Outside),
            ("file:///etc/passwd", Target::Outside),
            ("mailto:a@example.org", Target::Nowhere),
            ("data:image/png;base64,AA", Target::Nowhere),
        ] {
            assert_eq!(Target::of(address, "a/p.html", "/book/"), target);
        }
    }
}
