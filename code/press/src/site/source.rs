//! The links that an author wrote, each with its file and line.

use std::io;
use std::ops::Range;
use std::path::Path;

use pulldown_cmark::{BrokenLink, Event, LinkType, Options, Parser, Tag};
use rayon::prelude::*;

use super::links::{Link, links_of};
use super::nearest::nearest;
use super::target::Target;
use super::tokens::{Token, Tokens};
use super::{Broken, Fault, KEEP, Site, file_names, meant, of_path};
use crate::Problem;
use crate::markdown::line_of;
use crate::text;

/// An address in a Markdown file.
struct Written {
    at: usize,
    address: String,
    /// An image or the like, which a browser fetches without being asked.
    request: bool,
}

/// The links of `src/**/*.md` that lead nowhere, and what they have become
/// in the site, so that it is not reported again there.
pub fn problems(
    root: &Path,
    site: &Site,
) -> io::Result<(Vec<Problem>, Broken)> {
    let src = root.join("src");
    let mut names = file_names(&src)?;
    names.retain(|name| name.ends_with(".md"));
    let problems_of = |name: &String| {
        let path = src.join(name);
        let text = text::read(&path).map_err(|e| of_path(&path, &e.into()))?;
        Ok(problems_in(name, &text, site))
    };
    let (found, broken): (Vec<_>, Vec<_>) =
        names.par_iter().map(problems_of).collect::<io::Result<_>>()?;
    Ok((found.concat(), broken.into_iter().flatten().collect()))
}

fn problems_in(name: &str, text: &str, site: &Site) -> (Vec<Problem>, Broken) {
    let file = format!("src/{name}");
    let page = page_of(name);
    let mut found = Vec::new();
    let mut broken = Broken::new();
    if name != "SUMMARY.md" && !site.files.contains_key(&page) {
        let what = "no page of the site is made from this file";
        let mend = "list it in src/SUMMARY.md, and build the book anew";
        found.push(Problem::new(&file, 1, what).mend(mend));
        return (found, broken);
    }
    let (mut written, undefined) = links_in(text);
    if name == "SUMMARY.md" {
        // A chapter without an address is one that is planned.
        written.retain(|link| !link.address.is_empty());
    }
    for (at, label) in undefined {
        let what = format!("the reference `[{label}]` is defined nowhere");
        let mend = format!("add a line `[{label}]: …` to the file");
        found.push(Problem::new(&file, line_of(text, at), what).mend(mend));
    }
    for link in written {
        let Some((target, fault)) = fault_of(site, &page, &link) else {
            continue;
        };
        let Fault { what, mend } = fault;
        let what = match link.address.as_str() {
            "" => what,
            address => format!("the link to `{address}`: {what}"),
        };
        let problem = Problem::new(&file, line_of(text, link.at), what);
        found.push(Problem { mend, ..problem });
        broken.insert((page.clone(), target));
    }
    (found, broken)
}

/// The page that mdBook makes from a source, both relative to their folders.
pub(super) fn page_of(source: &str) -> String {
    let Some(stem) = source.strip_suffix(".md") else {
        return source.to_string();
    };
    let readme = stem.strip_suffix("README");
    match readme.filter(|r| r.is_empty() || r.ends_with('/')) {
        Some(folder) => format!("{folder}index.html"),
        None => format!("{stem}.html"),
    }
}

/// Why `link` of `page` leads nowhere, in the words of the sources.
fn fault_of(
    site: &Site,
    page: &str,
    link: &Written,
) -> Option<(Target, Fault)> {
    if link.address.is_empty() {
        let what = "a link without an address".to_string();
        let target = Target::of("", page, &site.prefix);
        return Some((target, Fault { what, mend: None }));
    }
    let target = Target::of(&link.address, page, &site.prefix);
    if let (Target::Host(host), true) = (&target, link.request) {
        let what = format!("the page would ask another host, {host}");
        let mend = Some(KEEP.to_string());
        return Some((target, Fault { what, mend }));
    }
    let Target::Inside { path, fragment } = &target else {
        return Some((target.clone(), site.fault_of(&target)?));
    };
    let made =
        Target::Inside { path: page_of(path), fragment: fragment.clone() };
    let mut fault = site.fault_of(&made)?;
    if path.ends_with(".md") && !site.files.contains_key(&page_of(path)) {
        let sources: Vec<String> =
            site.pages().map(|p| p.replace(".html", ".md")).collect();
        fault = Fault {
            what: format!("no page is made from `src/{path}`"),
            mend: nearest(path, sources.iter().map(String::as_str)).map(meant),
        };
    }
    Some((made, fault))
}

/// The links of a Markdown text, and the references it does not define.
fn links_in(text: &str) -> (Vec<Written>, Vec<(usize, String)>) {
    // Mathematics is on, for `$f[i](x)$` is not a link.
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_GFM
        | Options::ENABLE_MATH;
    let mut undefined = Vec::new();
    let mut note = |link: BrokenLink| {
        // A lone `[word]` is a word in brackets more often than a link.
        if link.link_type != LinkType::Shortcut {
            undefined.push((link.span.start, link.reference.into_string()));
        }
        None
    };
    let mut written = Vec::new();
    let parser =
        Parser::new_with_broken_link_callback(text, options, Some(&mut note));
    for (event, range) in parser.into_offset_iter() {
        match event {
            Event::Start(Tag::Link { link_type, dest_url, .. })
                if link_type != LinkType::Email =>
            {
                let (at, address) = (range.start, dest_url.into_string());
                written.push(Written { at, address, request: false });
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                let (at, address) = (range.start, dest_url.into_string());
                written.push(Written { at, address, request: true });
            }
            Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_) => {
                written.extend(links_in_html(text, range));
            }
            _ => {}
        }
    }
    (written, undefined)
}

fn links_in_html(text: &str, range: Range<usize>) -> Vec<Written> {
    let tags = Tokens::new(&text[range.clone()]);
    let links = tags.filter_map(|(at, token)| match token {
        Token::Open(tag) => Some(links_of(&tag, range.start + at, true)),
        _ => None,
    });
    let links = links.flatten();
    let written =
        |Link { at, address, request, .. }| Written { at, address, request };
    links.map(written).collect()
}
