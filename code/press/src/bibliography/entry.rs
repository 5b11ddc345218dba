//! An entry of `references.bib` becomes a source, or the list of what it
//! lacks.

use std::{collections::BTreeMap, ops::Range, sync::LazyLock};

use biblatex::{
    Chunk, ChunksExt, Date, DateValue, Datetime, Entry, EntryType,
    PermissiveType, Person, RawEntry, RetrievalError, Spanned,
};
use regex::Regex;
use study::params::nearest;

use super::source::{Author, Source};
use crate::{Problem, markdown::line_of};

/// Every field that the book shows. One that it would pass over in silence is
/// misspelt, or holds what a reader should know.
const FIELDS: [&str; 30] = [
    "archiveprefix",
    "author",
    "booktitle",
    "date",
    "doi",
    "edition",
    "eprint",
    "eprintclass",
    "eprinttype",
    "howpublished",
    "institution",
    "isbn",
    "journal",
    "journaltitle",
    "month",
    "note",
    "number",
    "organization",
    "pages",
    "primaryclass",
    "publisher",
    "school",
    "series",
    "subtitle",
    "title",
    "type",
    "url",
    "urldate",
    "volume",
    "year",
];

/// Publishers who give neither DOI nor arXiv id, and whose addresses stay.
const ARCHIVES: [&str; 4] = [
    "https://proceedings.mlr.press/",
    "https://proceedings.neurips.cc/",
    "https://papers.nips.cc/",
    "https://jmlr.org/",
];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

static KEY: LazyLock<Regex> = LazyLock::new(|| regex("^[a-z][a-z0-9-]*$"));
static DOI: LazyLock<Regex> = LazyLock::new(|| regex(r"^10\.\d{4,}/\S+$"));
static ARXIV: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"^(\d{4}\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?/\d{7})(v\d+)?$")
});
static URL: LazyLock<Regex> = LazyLock::new(|| regex(r"^https?://[^\s\\]+$"));

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a regular expression")
}

/// The source, and what is wrong with its entry. A source that lacks something
/// can still be cited, so that nobody is told of it twice.
pub fn read(
    file: &str,
    text: &str,
    raw: &RawEntry<'_>,
    entry: &Entry,
) -> (Source, Vec<Problem>) {
    let mut reader = Reader {
        file,
        line: line_of(text, raw.key.span.start),
        lines: BTreeMap::new(),
        entry,
        problems: Vec::new(),
    };
    reader.names(text, raw);
    let source = reader.source();
    reader.identifiers(&source);
    let mut problems = reader.problems;
    problems.sort();
    problems.dedup();
    (source, problems)
}

struct Reader<'a> {
    file: &'a str,
    /// Where the entry begins.
    line: usize,
    /// Where each field begins.
    lines: BTreeMap<String, usize>,
    entry: &'a Entry,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, what: String, mend: impl Into<String>) {
        let what = format!("`{}`: {what}", self.entry.key);
        let problem = Problem::new(self.file, self.line, what);
        self.problems.push(problem.mend(mend));
    }

    fn field_problem(&mut self, name: &str, what: &str, mend: &str) {
        let line = self.lines.get(name).copied().unwrap_or(self.line);
        let what = format!("`{}`: {what}", self.entry.key);
        self.problems.push(Problem::new(self.file, line, what).mend(mend));
    }

    /// Looks at the names of the entry, its type and its fields.
    fn names(&mut self, text: &str, raw: &RawEntry<'_>) {
        if !KEY.is_match(raw.key.v) {
            self.problem(
                "a key that is no id of a page".into(),
                "first author and year, in lower case: saxe2014",
            );
        }
        if let EntryType::Unknown(kind) = &self.entry.entry_type {
            self.problem(
                format!("the unknown type @{kind}"),
                "@article, @inproceedings, @incollection, @book, @thesis, \
                 @report, @online or @misc",
            );
        }
        for pair in &raw.fields {
            let Range { start, .. } = pair.key.span;
            let name = pair.key.v.to_ascii_lowercase();
            // From the entry on, for the file is long.
            let key = raw.key.span.start;
            let line = self.line - 1 + line_of(&text[key..], start - key);
            if let Some(first) = self.lines.insert(name.clone(), line) {
                let what = format!("the field `{name}` stands twice");
                let mend = format!("the first is on line {first}");
                self.field_problem(&name, &what, &mend);
            }
            if !FIELDS.contains(&name.as_str()) {
                let what = format!("the book does not show `{name}`");
                let mend = match nearest(&name, FIELDS) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "take it out, or say it in a `note`".into(),
                };
                self.field_problem(&name, &what, &mend);
            }
        }
    }

    fn source(&mut self) -> Source {
        let (authors, and_others) = self.authors();
        let title = [self.text("title"), self.text("subtitle")];
        let title: Vec<String> = title.into_iter().flatten().collect();
        if authors.is_empty() {
            self.problem(
                "no author".into(),
                "author = {Family, Given and Family, Given}; an organisation \
                 in double braces",
            );
        }
        if title.is_empty() {
            self.problem("no title".into(), "title = {…}");
        }
        let date = self.date();
        let is_online = self.entry.entry_type == EntryType::Online;
        let conference = self.conference();
        Source {
            key: self.entry.key.clone(),
            line: self.line,
            authors,
            and_others,
            title: title.join(": "),
            url: self.matching("url", &URL, "https://…"),
            year: date.map(|date| date.year),
            letter: None,
            day: date.filter(|_| is_online).and_then(day_and_month),
            venue: self.venue(conference.is_none()),
            conference,
            isbn: self.isbn(),
            doi: self.matching("doi", &DOI, "10.1016/…, without doi.org"),
            arxiv: self.arxiv(),
            read: self.read_on(),
            note: self.text("note"),
        }
    }

    /// A field as a reader shall read it.
    fn text(&mut self, name: &str) -> Option<String> {
        let chunks = self.entry.get(name)?;
        let is_math = |c: &Spanned<Chunk>| matches!(c.v, Chunk::Math(_));
        let text = typographic(&chunks.format_verbatim());
        if chunks.iter().any(is_math) || text.contains('\\') {
            let what = format!("`{name}` has LaTeX that a page cannot show");
            self.field_problem(name, &what, "write it in Unicode");
        }
        (!text.is_empty()).then_some(text)
    }

    /// The first of these fields that the entry has.
    fn either(&mut self, names: [&str; 2]) -> Option<String> {
        self.text(names[0]).or_else(|| self.text(names[1]))
    }

    /// A field that must have a form.
    fn matching(
        &mut self,
        name: &str,
        form: &Regex,
        example: &str,
    ) -> Option<String> {
        let value = self.entry.get(name)?.format_verbatim();
        // The parser makes dashes of hyphens in an address, too.
        let value = value.replace('–', "--").replace('—', "---");
        let value = value.trim();
        if !form.is_match(value) {
            let what = format!("`{value}` is no {name}");
            self.field_problem(name, &what, &format!("expected {example}"));
        }
        Some(value.into())
    }

    fn authors(&mut self) -> (Vec<Author>, bool) {
        // For what it says of LaTeX in a name.
        self.text("author");
        let mut authors: Vec<Author> = self
            .entry
            .author()
            .unwrap_or_default()
            .iter()
            .map(author)
            .filter(|author| !author.family.is_empty())
            .collect();
        let others =
            |a: &mut Author| a.family == "others" && a.given.is_empty();
        let and_others = authors.pop_if(others).is_some();
        (authors, and_others)
    }

    fn date(&mut self) -> Option<Datetime> {
        let from =
            if self.entry.get("date").is_some() { "date" } else { "year" };
        match self.entry.date() {
            Ok(PermissiveType::Typed(date)) => Some(first_day(date)),
            // A page of the web need not say when it was written; the day on
            // which it was read is asked for below.
            Err(RetrievalError::Missing(_)) => {
                if self.entry.entry_type != EntryType::Online {
                    self.problem("no year".into(), "year = {2014}, or a date");
                }
                None
            }
            _ => {
                let what = format!("`{from}` is no date");
                self.field_problem(from, &what, "expected 2014 or 2014-09-29");
                None
            }
        }
    }

    fn read_on(&mut self) -> Option<String> {
        self.entry.get("urldate")?;
        let day = match self.entry.url_date() {
            Ok(PermissiveType::Typed(date)) => {
                let date = first_day(date);
                day_and_month(date).map(|day| format!("{day} {}", date.year))
            }
            _ => None,
        };
        if day.is_none() {
            let what = "`urldate` is no day";
            self.field_problem("urldate", what, "expected 2017-09-29");
        }
        day
    }

    /// A title of proceedings that is one word is an acronym, which the year
    /// follows.
    fn conference(&mut self) -> Option<String> {
        let title = self.text("booktitle")?;
        (!title.contains(char::is_whitespace)).then_some(title)
    }

    /// Where it was published, from the inner to the outer.
    fn venue(&mut self, with_booktitle: bool) -> Vec<String> {
        let journal = self.either(["journaltitle", "journal"]);
        let booktitle = self.text("booktitle").filter(|_| with_booktitle);
        let series = self.text("series");
        let mut venue: Vec<String> =
            [journal, booktitle, series].into_iter().flatten().collect();
        let volume = self.text("volume");
        let number = self.text("number");
        let pages = self.text("pages").map(|text| text.replace('-', "–"));
        match (venue.last_mut(), volume) {
            (Some(host), Some(volume)) => {
                *host += &format!("\u{a0}{volume}");
                let number = number.map(|number| format!("({number})"));
                let pages = pages.map(|pages| format!(":{pages}"));
                host.extend([number, pages].into_iter().flatten());
            }
            (_, volume) => {
                let named = [("volume", volume), ("number", number)];
                venue.extend(named.into_iter().filter_map(|(name, value)| {
                    Some(format!("{name}\u{a0}{}", value?))
                }));
                venue.extend(pages.map(|pages| match pages.contains('–') {
                    true => format!("pp.\u{a0}{pages}"),
                    false => format!("p.\u{a0}{pages}"),
                }));
            }
        }
        venue.extend(self.edition());
        venue.extend(self.kind());
        venue.extend(self.text("howpublished"));
        venue.extend(self.either(["institution", "school"]));
        venue.extend(self.text("organization"));
        venue.extend(self.text("publisher"));
        venue
    }

    fn edition(&mut self) -> Option<String> {
        let text = self.text("edition")?;
        Some(match text.parse::<u32>() {
            Ok(n) => {
                let end = match (n % 10, n % 100) {
                    (_, 11..=13) => "th",
                    (1, _) => "st",
                    (2, _) => "nd",
                    (3, _) => "rd",
                    _ => "th",
                };
                format!("{n}{end} edition")
            }
            Err(_) => text,
        })
    }

    fn kind(&mut self) -> Option<String> {
        let default = match self.entry.entry_type {
            EntryType::PhdThesis => Some("PhD thesis"),
            EntryType::MastersThesis => Some("Master’s thesis"),
            EntryType::TechReport => Some("technical report"),
            _ => None,
        };
        self.text("type").or_else(|| default.map(Into::into))
    }

    fn isbn(&mut self) -> Option<String> {
        let isbn = self.text("isbn")?;
        if !is_isbn(&isbn) {
            let what = format!("`{isbn}` is no ISBN: its check digit is wrong");
            self.field_problem("isbn", &what, "expected 978-0-262-03561-3");
        }
        Some(isbn)
    }

    fn arxiv(&mut self) -> Option<String> {
        let id = self.matching("eprint", &ARXIV, "1312.6120")?;
        let kind = self.either(["eprinttype", "archiveprefix"]);
        if kind.is_some_and(|kind| !kind.eq_ignore_ascii_case("arxiv")) {
            let what = "an eprint that is not of arXiv";
            self.field_problem("eprint", what, "give a DOI or an address");
        }
        Some(id)
    }

    /// Looks for what leads a reader to the source, for good.
    fn identifiers(&mut self, source: &Source) {
        let url = &source.url;
        let is_archived = |url: &String| {
            ARCHIVES.iter().any(|archive| url.starts_with(archive))
        };
        let was_read = url.is_some() && self.entry.get("urldate").is_some();
        let (is_enough, mend) = match self.entry.entry_type {
            EntryType::Online => {
                (was_read, "a page of the web needs `url` and `urldate`")
            }
            EntryType::Book | EntryType::Collection => {
                (source.isbn.is_some(), "a book needs an `isbn` or a `doi`")
            }
            EntryType::Article => (
                url.as_ref().is_some_and(is_archived),
                "an article needs a `doi` or an arXiv `eprint`; of JMLR and \
                 PMLR the `url` is enough",
            ),
            _ => (
                was_read || url.as_ref().is_some_and(is_archived),
                "`doi`, or arXiv id as `eprint`; if there is neither, `url` \
                 with `urldate`; of PMLR and NeurIPS the `url` is enough",
            ),
        };
        if source.doi.is_none() && source.arxiv.is_none() && !is_enough {
            self.problem("nothing leads a reader there".into(), mend);
        }
    }
}

fn author(person: &Person) -> Author {
    let family = match person.prefix.as_str() {
        "" => person.name.clone(),
        prefix => format!("{prefix} {}", person.name),
    };
    Author {
        family: typographic(&family),
        given: typographic(&person.given_name),
        suffix: typographic(&person.suffix),
    }
}

/// LaTeX's way to write quotation marks and fixed spaces, as they look.
fn typographic(text: &str) -> String {
    text.replace("``", "“")
        .replace("''", "”")
        .replace('`', "‘")
        .replace('\'', "’")
        .replace('~', "\u{a0}")
        .trim()
        .into()
}

fn first_day(date: Date) -> Datetime {
    match date.value {
        DateValue::At(day)
        | DateValue::After(day)
        | DateValue::Before(day)
        | DateValue::Between(day, _) => day,
    }
}

/// `29 September`, if the day is known.
fn day_and_month(date: Datetime) -> Option<String> {
    let month = MONTHS.get(usize::from(date.month?))?;
    Some(format!("{} {month}", date.day? + 1))
}

/// Whether the last digit of an ISBN is the one that the others ask for.
fn is_isbn(text: &str) -> bool {
    let digits: Option<Vec<u32>> = text
        .chars()
        .filter(|c| *c != '-' && *c != '–')
        .map(|c| if c == 'X' { Some(10) } else { c.to_digit(10) })
        .collect();
    let Some(digits) = digits else { return false };
    let weighted = |weight: fn(u32) -> u32| -> u32 {
        (0..).zip(&digits).map(|(i, digit)| weight(i) * digit).sum()
    };
    match digits.len() {
        10 => weighted(|i| 10 - i) % 11 == 0,
        13 => weighted(|i| 1 + 2 * (i % 2)) % 10 == 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use biblatex::{Bibliography, RawBibliography};

    use super::*;

    fn read_one(text: &str) -> (Source, Vec<Problem>) {
        let raw = RawBibliography::parse(text).unwrap();
        let all = Bibliography::from_raw(raw.clone()).unwrap();
        let entry = all.iter().next().unwrap();
        read("src/references.bib", text, &raw.entries[0].v, entry)
    }

    /// The entry as a reader sees it.
    fn full(text: &str) -> String {
        let (source, problems) = read_one(text);
        assert_eq!(problems, [], "{text}");
        source.full().replace('\u{a0}', " ")
    }

    const PAPER: &str = "@inproceedings{saxe2014,\n\
        author = {Saxe, Andrew M. and McClelland, James L. and \
        Ganguli, Surya},\n\
        title = {Exact Solutions},\n\
        booktitle = {ICLR},\n\
        year = {2014},\n\
        eprint = {1312.6120},\n\
        eprinttype = {arxiv},\n}\n";

    const ARTICLE: &str = "@article{baldi1989,\n\
        author = {Baldi, Pierre and Hornik, Kurt},\n\
        title = {Without Local Minima},\n\
        journaltitle = {Neural Networks},\n\
        volume = {2},\nnumber = {1},\npages = {53--58},\n\
        year = {1989},\ndoi = {10.1016/0893-6080(89)90014-2},\n}\n";

    const BOOK: &str = "@book{goodfellow2016,\n\
        author = {Goodfellow, Ian},\ntitle = {Deep Learning},\n\
        edition = {2},\npublisher = {MIT Press},\nyear = {2016},\n\
        isbn = {978-0-262-03561-3},\nurl = {https://example.org/a--b_c},\n}\n";

    const PAGE: &str = "@online{foerster2017,\n\
        author = {{ML Glossary}},\ntitle = {A Page},\n\
        organization = {OpenAI},\ndate = {2017-09-29},\n\
        url = {https://example.org/},\nurldate = {2026-11-25},\n}\n";

    #[test]
    fn each_type_has_its_form() {
        assert_eq!(
            full(PAPER),
            "<span class=\"source\">A. M. Saxe, J. L. McClelland and \
             S. Ganguli, <em>Exact Solutions</em>, ICLR 2014, \
             <a href=\"https://arxiv.org/abs/1312.6120\">arXiv:1312.6120</a>\
             </span>"
        );
        assert_eq!(
            full(ARTICLE),
            "<span class=\"source\">P. Baldi and K. Hornik, \
             <em>Without Local Minima</em>, Neural Networks 2(1):53–58, 1989, \
             <a href=\"https://doi.org/10.1016/0893-6080(89)90014-2\">\
             doi:10.1016/0893-6080(89)90014-2</a></span>"
        );
        assert_eq!(
            full(BOOK),
            "<span class=\"source\">I. Goodfellow, \
             <em><a href=\"https://example.org/a--b&#95;c\">Deep Learning</a>\
             </em>, 2nd edition, MIT Press, 2016, ISBN 978-0-262-03561-3</span>"
        );
        assert_eq!(
            full(PAGE),
            "<span class=\"source\">ML Glossary, \
             <em><a href=\"https://example.org/\">A Page</a></em>, OpenAI, \
             29 September 2017, read 25 November 2026</span>"
        );
    }

    #[test]
    fn proceedings_have_their_volume_their_series_or_their_pages() {
        let named =
            |with: &str| full(&PAPER.replace("booktitle = {ICLR}", with));
        let volume = "booktitle = {Advances in It}, volume = {29}, \
                      pages = {586--594}";
        assert!(named(volume).contains(", Advances in It 29:586–594, 2014,"));
        let series = "booktitle = {Proceedings of It}, series = {PMLR}, \
                      volume = {80}";
        assert!(named(series).contains(", Proceedings of It, PMLR 80, 2014,"));
        let pages = "booktitle = {ICCV}, pages = {1--9}";
        assert!(named(pages).contains(", ICCV 2014, pp. 1–9, "));
        let thesis = "type = {Diploma thesis}, institution = {TU München}";
        assert!(named(thesis).contains(", Diploma thesis, TU München, 2014,"));
        let note = "booktitle = {ICLR}, note = {a note}";
        assert!(named(note).ends_with(", a note</span>"));
    }

    #[test]
    fn names_and_accents_come_out_as_they_are_written() {
        let by = |authors: &str| {
            let authors = format!("author = {{{authors}}}, editor_ = {{");
            let start = PAPER.find("author").unwrap();
            let end = PAPER.find("title").unwrap();
            let text =
                format!("{}{authors}}},\n{}", &PAPER[..start], &PAPER[end..]);
            let (source, _) = read_one(&text);
            (source.cited(), source.full().replace('\u{a0}', " "))
        };
        let (cited, _) = by(r#"Mont{\'u}far, Guido and B\"ar, Ha{\v s}ek"#);
        assert_eq!(cited, "Montúfar and Bär 2014");
        let (cited, full) = by("von Brecht, James H. and Bau, III, David");
        assert_eq!(cited, "von Brecht and Bau 2014");
        assert!(full.contains("J. H. von Brecht and D. Bau III,"), "{full}");
        let (cited, _) = by("Pascanu, Razvan and others");
        assert_eq!(cited, "Pascanu et al. 2014");
        let (cited, _) = by("{{MissingLink.ai}}");
        assert_eq!(cited, "MissingLink.ai 2014");
        let (_, full) = by("O'Brien, {\\L}ukasz");
        assert!(full.contains("Ł. O’Brien"), "{full}");
    }

    /// Breaks an entry in one place; gives the one problem of it.
    #[track_caller]
    fn refused(text: &str, from: &str, to: &str, expected: &str) {
        assert!(text.contains(from), "{from}");
        let (_, problems) = read_one(&text.replace(from, to));
        let said: Vec<String> =
            problems.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains(expected), "{expected}: {said:?}");
    }

    #[test]
    fn an_entry_that_lacks_what_a_reader_needs_is_refused() {
        let file = "src/references.bib";
        let gone = [
            (PAPER, "eprint = {1312.6120},", "1: `saxe2014`: nothing leads"),
            (PAPER, "year = {2014},", "1: `saxe2014`: no year"),
            (PAPER, "title = {Exact Solutions},", "1: `saxe2014`: no title"),
            (
                ARTICLE,
                "author = {Baldi, Pierre and Hornik, Kurt},",
                "no author",
            ),
            (BOOK, "isbn = {978-0-262-03561-3},", "a book needs"),
            (PAGE, "urldate = {2026-11-25},", "needs `url` and `urldate`"),
            (PAGE, "url = {https://example.org/},", "needs `url`"),
        ];
        for (text, what, said) in gone {
            let place = format!("{file}:{said}");
            let said = if said.starts_with('1') { &place } else { said };
            refused(text, what, "", said);
        }
        let page = "url = {https://example.org/},";
        let eprint = "eprint = {1312.6120},";
        refused(PAPER, eprint, page, "nothing leads a reader");
        let archived = PAPER.replace(
            eprint,
            "url = {https://proceedings.mlr.press/v80/a.html},",
        );
        assert_eq!(read_one(&archived).1, []);
        let read = format!("{page} urldate = {{2026-11-25}},");
        assert_eq!(read_one(&PAPER.replace(eprint, &read)).1, []);
        let undated = PAGE.replace("date = {2017-09-29},\n", "");
        let (source, problems) = read_one(&undated);
        assert_eq!(problems, []);
        assert_eq!(source.cited(), "ML Glossary, undated");
    }

    #[test]
    fn a_field_that_cannot_be_right_is_refused_with_its_line() {
        let file = "src/references.bib";
        let wrong = [
            (
                PAPER,
                "{1312.6120}",
                "{arXiv:1312.6120}",
                "6: `saxe2014`: `arXiv:",
            ),
            (PAPER, "{arxiv}", "{hdl}", "6: `saxe2014`: an eprint that"),
            (PAPER, "year = {2014}", "year = {soon}", "5: `saxe2014`: `year`"),
            (
                PAPER,
                "booktitle",
                "boktitle",
                "4: `saxe2014`: the book does not",
            ),
            (PAPER, "year = {2014},", "year = {2014}, year = {2015},", "twice"),
            (PAPER, "Exact", "$x$", "3: `saxe2014`: `title` has LaTeX"),
            (PAPER, "Exact", r"\emph{Exact}", "`title` has LaTeX"),
            (
                PAPER,
                "saxe2014",
                "Saxe:2014",
                "1: `Saxe:2014`: a key that is no",
            ),
            (PAPER, "@inproceedings", "@inproceeding", "unknown type"),
            (ARTICLE, "{10.1016", "{https://doi.org/10.1016", "is no doi"),
            (BOOK, "03561-3", "03561-4", "7: `goodfellow2016`: `978"),
            (BOOK, "https://", "", "is no url"),
            (PAGE, "2026-11-25", "2026-11", "`urldate` is no day"),
        ];
        for (text, from, to, said) in wrong {
            let place = format!("{file}:{said}");
            let said =
                if said.starts_with(char::is_numeric) { &place } else { said };
            refused(text, from, to, said);
        }
    }

    #[test]
    fn the_check_digit_of_an_isbn_is_checked() {
        assert!(is_isbn("978-0-262-03561-3") && is_isbn("0-8044-2957-X"));
        assert!(!is_isbn("978-0-262-03561-2") && !is_isbn("0-8044-2957-0"));
        assert!(!is_isbn("978") && !is_isbn("978-0-262-0356l-3"));
    }
}
