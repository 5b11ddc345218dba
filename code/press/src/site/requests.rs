//! The addresses that a style sheet or a script loads.

/// How a message names the place of such an address.
pub const IN_STYLE: &str = "a `url(…)`";
/// How a message names the place of such an address.
pub const IN_SCRIPT: &str = "a string of a script";

/// The addresses of `url(…)` and `@import "…"` in a style sheet, each with
/// its offset.
pub fn of_style(css: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((start, mark)) = next_mark(css, at) {
        at = start + mark.len();
        if mark == "/*" {
            at = css[at..].find("*/").map_or(css.len(), |end| at + end + 2);
            continue;
        }
        let spaces = css[at..].len() - css[at..].trim_start().len();
        at += spaces;
        let rest = &css[at..];
        let quoted = rest.starts_with(['"', '\'']);
        if mark == "@import" && !quoted {
            continue; // `@import url(…)` is found as `url(`.
        }
        let (skip, end) = if quoted {
            let quote = &rest[..1];
            (1, rest[1..].find(quote).map(|end| end + 1))
        } else {
            (0, rest.find(')'))
        };
        let end = end.unwrap_or(rest.len());
        found.push((at, rest[skip..end].trim()));
        at += end;
    }
    found
}

/// The first of what can begin an address, or a comment, at or after `at`.
fn next_mark(css: &str, at: usize) -> Option<(usize, &'static str)> {
    ["url(", "@import", "/*"]
        .into_iter()
        .filter_map(|mark| css[at..].find(mark).map(|i| (at + i, mark)))
        .min()
}

/// The absolute addresses that stand in a script as strings, with their
/// offsets: a script of the book has no reason to name another host.
pub fn of_script(script: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (slashes, _) in script.match_indices("//") {
        let before = &script[..slashes];
        let scheme = ["https:", "http:", "wss:", "ws:"]
            .into_iter()
            .find(|scheme| before.ends_with(scheme));
        let start = slashes - scheme.map_or(0, str::len);
        if !script[..start].ends_with(['"', '\'', '`']) {
            continue;
        }
        let rest = &script[start..];
        let ends = |c: char| "\"'`<>\\".contains(c) || c.is_whitespace();
        let address = &rest[..rest.find(ends).unwrap_or(rest.len())];
        // A string that begins with `//` and has no dot is not a host.
        let names_host = scheme.is_some() || address.contains('.');
        // XML namespaces look like addresses, and nothing loads them.
        if names_host && !address.starts_with("http://www.w3.org/") {
            found.push((start, address));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_sheet_names_what_it_loads() {
        let css = "@import 'a.css'; @import url(b.css);\n\
                   /* url(no.png) */ a { x: url( \"c(1).png\" ) }";
        let found: Vec<_> = of_style(css).into_iter().map(|(_, a)| a).collect();
        assert_eq!(found, ["a.css", "b.css", "c(1).png"]);
        assert!(of_style("a { b: url(").len() <= 1);
    }

    #[test]
    fn a_script_names_the_hosts_it_asks() {
        let script = "// see https://a.org\n\
                      fetch('https://b.org/x'); import(\"//c.org/y.js\");\n\
                      el.ns = 'http://www.w3.org/2000/svg'; s.split('//');";
        let found: Vec<_> =
            of_script(script).into_iter().map(|(_, a)| a).collect();
        assert_eq!(found, ["https://b.org/x", "//c.org/y.js"]);
    }
}
