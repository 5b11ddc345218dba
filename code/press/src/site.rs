//! Checks a built site against its sources: what a reader would find broken.
//!
//! A link of the prose that leads nowhere is a [`Problem`] of its line in
//! `src/`. What only the built pages show is a problem of the page: an
//! address that is no file, an id given twice, a request to another host, a
//! directive that nothing expanded, a listing without a visible character, a
//! formula left as TeX, a picture without words for it.

mod formula;
mod links;
mod nearest;
mod page;
mod requests;
mod source;
mod target;
mod tokens;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io;
use std::path::Path;

use rayon::prelude::*;
use study::link;
use walkdir::WalkDir;

use crate::Problem;
use crate::markdown::line_of;
pub use formula::kept;
use links::Link;
use nearest::nearest;
use page::{Flaw, Kind, Page};
use target::Target;
pub(crate) use tokens::{Tag, Token, Tokens, decoded};

/// Everything that is wrong with the site built into `site` from the book at
/// `root`, in the order of its files; a message has `shown` in the place of
/// `site`.
///
/// # Errors
///
/// If a folder or file cannot be read; the message names it.
pub fn problems(
    root: &Path,
    site: &Path,
    shown: &Path,
) -> io::Result<Vec<Problem>> {
    let built = Site::read(site, shown)?;
    let (mut found, broken) = source::problems(root, &built)?;
    found.extend(formula::problems(root, &built)?);
    found.par_extend(
        built.files.par_iter().flat_map_iter(|(name, file)| {
            built.problems_of(name, file, &broken)
        }),
    );
    found.sort();
    found.dedup();
    Ok(found)
}

/// A page and the target of one of its links: what a broken link of the
/// sources has made a broken link of the site.
type Broken = HashSet<(String, Target)>;

/// A built site.
struct Site {
    /// Every file by its path below the root of the site.
    files: BTreeMap<String, File>,
    /// Where the site is to be served: `/`, or `/name/` on GitHub Pages.
    prefix: String,
    /// What stands before the path of a file in a message.
    shown: String,
}

/// Why a link to a run does not open a lab of this page with it.
fn run_fault(fragment: &str, path: &str, page: &Page) -> Option<Fault> {
    let lab = match link::Link::read(fragment, experiments::LABS) {
        Ok(link) => link.entry.id,
        Err(bad) => return Some(Fault { what: bad.to_string(), mend: None }),
    };
    if page.labs.iter().any(|known| known == lab) {
        return None;
    }
    let what = format!("`{path}` has no lab `{lab}`");
    let mend = format!("put `{{{{#lab {lab}}}}}` there, or link to its page");
    Some(Fault { what, mend: Some(mend) })
}

/// A file of the site, as far as it has been looked into.
#[derive(Default)]
struct File {
    text: String,
    page: Page,
}

impl Site {
    fn read(site: &Path, shown: &Path) -> io::Result<Self> {
        let names = file_names(site)?;
        let read = |name: String| {
            let file = File::read(site, &name)?;
            Ok((name, file))
        };
        let files: BTreeMap<String, File> =
            names.into_par_iter().map(read).collect::<io::Result<_>>()?;
        let shown = shown.to_string_lossy().replace('\\', "/");
        // mdBook writes the `site-url` of book.toml nowhere but there.
        let base = files.get("404.html").and_then(|f| f.page.base.clone());
        let prefix = base.filter(|base| base.starts_with('/'));
        let prefix = prefix.unwrap_or_else(|| "/".to_string());
        Ok(Self { files, prefix, shown })
    }

    /// The name of a file as a message has it.
    fn shown_name(&self, name: &str) -> String {
        let shown = format!("{}/{name}", self.shown);
        shown.trim_start_matches("./").into()
    }

    /// The pages that a reader opens.
    fn pages(&self) -> impl Iterator<Item = &str> {
        let names = self.files.keys().map(String::as_str);
        names.filter(|name| kind_of(name) == Some(Kind::Chapter))
    }

    fn problems_of(
        &self,
        name: &str,
        file: &File,
        broken: &Broken,
    ) -> Vec<Problem> {
        let mut flaws = file.page.flaws.clone();
        for link in &file.page.links {
            flaws.extend(self.flaw_of(name, link, broken));
        }
        flaws.extend(obsolete_exemption(name, &file.text));
        let problem = |flaw: Flaw| {
            let line = line_of(&file.text, flaw.at);
            let problem = Problem::new(self.shown_name(name), line, flaw.what);
            match flaw.mend {
                Some(mend) => problem.mend(mend),
                None => problem,
            }
        };
        flaws.into_iter().map(problem).collect()
    }

    /// What is wrong with a link of the page `name`.
    fn flaw_of(
        &self,
        name: &str,
        link: &Link,
        broken: &Broken,
    ) -> Option<Flaw> {
        let Link { at, by, address, request } = link;
        let flaw = |what: String, mend: Option<String>| {
            Some(Flaw { at: *at, what, mend })
        };
        if address.is_empty() {
            return flaw(format!("{by} is empty"), None);
        }
        let base = self.files[name].page.base.as_deref();
        if base.is_some() && address.starts_with('#') {
            // mdBook's 404.html has a base, for it is shown in place of any
            // page; so its own headings cannot be linked to.
            return None;
        }
        let from = match base.map(|b| Target::of(b, name, &self.prefix)) {
            Some(Target::Inside { path, .. }) => path,
            _ => name.to_string(),
        };
        let target = Target::of(address, &from, &self.prefix);
        if broken.contains(&(name.to_string(), target.clone())) {
            return None;
        }
        match &target {
            Target::Host(host) if *request => {
                let what = format!("{by} asks another host, {host}");
                flaw(what, Some(KEEP.to_string()))
            }
            Target::Host(_) | Target::Nowhere => None,
            _ => {
                let fault = self.fault_of(&target)?;
                let what = format!("{by} is `{address}`: {}", fault.what);
                flaw(what, fault.mend)
            }
        }
    }

    /// Why `target` is no place in this site.
    fn fault_of(&self, target: &Target) -> Option<Fault> {
        let Target::Inside { path, fragment } = target else {
            let what = "that is not a part of the book".to_string();
            return (*target == Target::Outside)
                .then_some(Fault { what, mend: None });
        };
        let Some(file) = self.files.get(path) else {
            let near = nearest(path, self.files.keys().map(String::as_str));
            return Some(Fault {
                what: format!("the book has no `{path}`"),
                mend: near.map(meant),
            });
        };
        if let Some((version, _)) = fragment.split_once(';')
            && version == link::VERSION
        {
            return run_fault(fragment, path, &file.page);
        }
        // Every browser knows `#top`, and `#:~:` marks words, not an id.
        let known = fragment.is_empty()
            || fragment == "top"
            || fragment.starts_with(":~:")
            || file.page.ids.contains_key(fragment);
        if known || kind_of(path).is_none() {
            return None;
        }
        Some(Fault {
            what: format!("`{path}` has no id `{fragment}`"),
            mend: self.near_id(path, fragment).map(|id| meant(&id)),
        })
    }

    /// The id that `fragment` was most likely meant to be: one of the page,
    /// or the same id on another one.
    fn near_id(&self, path: &str, fragment: &str) -> Option<String> {
        let ids = self.files[path].page.ids.keys().map(String::as_str);
        let ids = ids.filter(|id| !id.starts_with("mdbook-"));
        if let Some(near) = nearest(fragment, ids) {
            return Some(format!("#{near}"));
        }
        let mut pages = self.pages();
        let other =
            pages.find(|p| self.files[*p].page.ids.contains_key(fragment));
        other.map(|page| format!("{page}#{fragment}"))
    }
}

/// Why a link leads nowhere, and what would mend it.
struct Fault {
    what: String,
    mend: Option<String>,
}

/// What mends a request to another host.
const KEEP: &str = "keep the file in the book, and name it there";

fn meant(name: &str) -> String {
    format!("did you mean `{name}`?")
}

impl File {
    fn read(site: &Path, name: &str) -> io::Result<Self> {
        let extension = name.rsplit('.').next().unwrap_or_default();
        let kind = kind_of(name);
        if kind.is_none() && !matches!(extension, "css" | "js" | "mjs") {
            return Ok(Self::default());
        }
        let path = site.join(name);
        let bytes = fs::read(&path).map_err(|e| of_path(&path, &e))?;
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(e) => String::from_utf8_lossy(e.as_bytes()).into_owned(),
        };
        let page = match kind {
            Some(kind) => Page::read(&text, kind),
            None => Page { links: asked_by(name, &text), ..Page::default() },
        };
        Ok(Self { text, page })
    }
}

/// What a style sheet or script asks for.
fn asked_by(name: &str, text: &str) -> Vec<Link> {
    let (by, addresses) = if name.ends_with(".css") {
        let mut addresses = requests::of_style(text);
        // `url(#x)` in a sheet is an id of whatever page it is applied to.
        addresses.retain(|(_, address)| !address.starts_with('#'));
        (requests::IN_STYLE, addresses)
    } else if exemption_of(name).is_some() {
        return Vec::new();
    } else {
        (requests::IN_SCRIPT, requests::of_script(text))
    };
    let link = |(at, address): (usize, &str)| {
        let (by, address) = (by.to_string(), address.to_string());
        Link { at, by, address, request: true }
    };
    addresses.into_iter().map(link).collect()
}

/// mdBook's scripts that name other hosts: the start of the file's name, and
/// what in it makes the exemption necessary.
const EXEMPT: [(&str, &str); 2] = [
    // Asked only where a page has an element of class `playground`, and
    // that is a problem of its own.
    ("book", "https://play.rust-lang.org/"),
    // The words of the book, addresses among them; data that nothing loads.
    ("searchindex", "JSON.parse("),
];

/// The exemption of the script `name`: `book.js` or `book-1a2b3c4d.js`.
fn exemption_of(name: &str) -> Option<&'static str> {
    let stem = name.strip_suffix(".js")?;
    let stem = stem.split_once('-').map_or(stem, |(stem, _hash)| stem);
    let exempt = EXEMPT.iter().find(|(exempt, _)| *exempt == stem);
    exempt.map(|(_, reason)| *reason)
}

fn obsolete_exemption(name: &str, text: &str) -> Option<Flaw> {
    let reason = exemption_of(name)?;
    (!text.contains(reason)).then(|| Flaw {
        at: 0,
        what: format!("this script no longer has `{reason}` in it"),
        mend: Some(
            "its line in EXEMPT, code/press/src/site.rs, is obsolete: \
             remove it"
                .to_string(),
        ),
    })
}

fn kind_of(name: &str) -> Option<Kind> {
    match name {
        "print.html" => Some(Kind::Print),
        "toc.html" => Some(Kind::Frame),
        _ if name.ends_with(".html") => Some(Kind::Chapter),
        _ if name.ends_with(".svg") => Some(Kind::Picture),
        _ => None,
    }
}

/// The paths of all files below `folder`, with `/` between folders.
fn file_names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|e| {
            let path = e.path().unwrap_or(folder).to_path_buf();
            of_path(&path, &io::Error::from(e))
        })?;
        if entry.file_type().is_file()
            && let Ok(below) = entry.path().strip_prefix(folder)
        {
            names.push(below.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(names)
}

/// The same error with the path it is about.
fn of_path(path: &Path, error: &io::Error) -> io::Error {
    let what = format!("cannot read {}: {error}", path.display());
    io::Error::new(error.kind(), what)
}
