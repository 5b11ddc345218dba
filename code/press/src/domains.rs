//! `domains.lock`: each claim at random settings of its domain.
//!
//! A claim says of which settings it speaks. So it is tried there: at a hundred
//! settings drawn from its domain, with other seeds than the figure's, or at fewer
//! where that would take hours. A claim that fails at more than a twentieth of
//! them says too much; one that fails at a few, by chance, is listed on a page
//! with its share.

use std::path::Path;

use exact::{
    decimal,
    rng::{Rng, Stream},
    transcendental::{exp, ln},
};
use rayon::prelude::*;
use study::{
    Entry,
    claim::{SEEDS, Span, Values},
    experiment::{Claim, Progress},
    fact::rounded,
    params::{self, Field},
};

use crate::{Lock, Problem, Reports, markdown::escaped, text};

/// The lock.
pub const LOCK: Lock = Lock {
    file: "code/experiments/domains.lock",
    head: "\
# Every claim of the book at random settings of its domain, a hundred or, where
# that would take long, fewer; with other seeds than in the book, of which there
# are at most three for each setting: at how many it holds.
# Written by `cargo run -- domains --write`, compared by `--check`.
",
    mend: "if the change is meant: cargo run -- domains --write",
};

/// How many settings are drawn from each domain.
pub const SETTINGS: usize = 100;

/// With how many seeds each of them is run, or fewer if the book has fewer.
const SEEDS_EACH: u64 = 3;

/// Tries the claims of some experiments, which have these reports, at the first
/// so many settings of each domain; their lines of the lock.
pub fn computed(
    entries: &[Entry],
    reports: &Reports,
    settings: usize,
) -> String {
    let of = |entry: &Entry| {
        let claims = reports.get(entry.id).map(|report| &report.claims[..]);
        tried(entry, claims.unwrap_or_default(), settings)
    };
    let parts: Vec<String> = entries.par_iter().map(of).collect();
    parts.concat()
}

/// The lines as the lock has them, where a claim was tried at fewer settings than
/// it was locked with: where it fails at no more of them.
pub fn as_locked(root: &Path, computed: &str) -> String {
    let locked = text::read(&root.join(LOCK.file)).unwrap_or_default();
    let same = |line: &str| {
        let (claim, holding, settings, domain) = parts(line)?;
        let is_it = |other: &&str| {
            parts(other).is_some_and(|(known, all, of, of_domain)| {
                (known, of_domain) == (claim, domain)
                    && settings <= of
                    && settings - holding <= of - all
            })
        };
        locked.lines().find(is_it)
    };
    let lines = computed.lines().map(|line| same(line).unwrap_or(line));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// The claim of a line, at how many of how many settings it holds, and where.
fn parts(line: &str) -> Option<(&str, usize, usize, &str)> {
    let (claim, found) = line.rsplit_once(" = ")?;
    let (counts, domain) = found.split_once(" (")?;
    let (holding, settings) = counts.split_once(" of ")?;
    Some((claim, holding.parse().ok()?, settings.parse().ok()?, domain))
}

/// A claim over the few seeds that are tried at each setting may fail at one in
/// twenty of them by chance.
const TOLERATED: usize = 20;

/// The claims that do not hold in nearly all of their domain.
pub fn too_wide(computed: &str) -> Vec<Problem> {
    let mend = "a narrower domain, or a truer sentence";
    let of = |(i, line): (usize, &str)| {
        let (.., holding, settings, _) = parts(line)?;
        ((settings - holding) * TOLERATED > settings).then(|| {
            Problem::new(LOCK.file, i + 1, line.to_string()).mend(mend)
        })
    };
    computed.lines().enumerate().filter_map(of).collect()
}

/// What the lock knows, for readers: as HTML, on one line.
pub(crate) fn shares(root: &Path) -> Option<String> {
    let lock = text::read(&root.join(LOCK.file)).ok()?;
    let tried: Vec<_> = lock.lines().filter_map(parts).collect();
    let most = tried.iter().map(|(_, _, settings, _)| *settings).max()?;
    let whole = tried.iter().filter(|(_, holds, of, _)| holds == of).count();
    let mut html = format!(
        "<p>Of {} claims that speak of more than the book's settings, {whole} \
         held at each setting that was tried, of at most {most}.",
        tried.len(),
    );
    if whole < tried.len() {
        html += " These held at nearly all:</p><ul class=\"shares\">";
        for (claim, holds, of, domain) in &tried {
            if holds < of {
                html += &format!(
                    "<li>{} ({}): at {holds} of {of}</li>",
                    escaped(claim),
                    escaped(domain),
                );
            }
        }
        html += "</ul>";
    } else {
        html += "</p>";
    }
    Some(html)
}

/// The lines of one experiment.
fn tried(entry: &Entry, claims: &[Claim], settings: usize) -> String {
    let mut domains: Vec<&[Span]> = Vec::new();
    for claim in claims.iter().filter(|claim| !claim.domain.is_empty()) {
        if !domains.contains(&&claim.domain[..]) {
            domains.push(&claim.domain);
        }
    }
    let holding: Vec<Vec<usize>> = domains
        .iter()
        .map(|domain| counts(entry, domain, claims, settings))
        .collect();
    let line = |(i, claim): (usize, &Claim)| {
        let domain = domains.iter().position(|d| *d == claim.domain);
        let found = match domain {
            None => "at the settings of the book".into(),
            Some(of) => format!(
                "{} of {settings} ({})",
                holding[of][i],
                claim.domain_in_words()
            ),
        };
        format!("{}: {} = {found}\n", entry.id, claim.says)
    };
    claims.iter().enumerate().map(line).collect()
}

/// With how many settings of a domain each of the claims holds.
fn counts(
    entry: &Entry,
    domain: &[Span],
    claims: &[Claim],
    settings: usize,
) -> Vec<usize> {
    let fields = entry.fields();
    let held: Vec<Vec<bool>> = (0..settings)
        .into_par_iter()
        .map(|i| {
            let mut rng = Rng::new(i as u64, Stream::Data);
            let settings = drawn(&fields, domain, &mut rng);
            held(entry, &settings, claims.len())
        })
        .collect();
    let count = |i: usize| held.iter().filter(|held| held[i]).count();
    (0..claims.len()).map(count).collect()
}

/// Which of so many claims hold; none where there is no run.
fn held(
    entry: &Entry,
    settings: &[(String, String)],
    claims: usize,
) -> Vec<bool> {
    match entry.report(settings, &Progress::silent()) {
        Ok(report) => report.claims.iter().map(|claim| claim.holds).collect(),
        Err(_) => vec![false; claims],
    }
}

/// Settings of a domain, and seeds.
fn drawn(
    fields: &[Field],
    domain: &[Span],
    rng: &mut Rng,
) -> Vec<(String, String)> {
    let mut settings = few_seeds(fields);
    if fields.iter().any(|field| field.key == "seed") {
        let first = rng.below((SEEDS - SEEDS_EACH) as usize + 1);
        settings.push(("seed".into(), first.to_string()));
    }
    for span in domain {
        let field = fields.iter().find(|field| field.key == span.key);
        if let Some(value) = field.and_then(|field| one_of(field, span, rng)) {
            settings.push((span.key.clone(), value));
        }
    }
    settings
}

/// The number of seeds, if the book has more than are tried here.
fn few_seeds(fields: &[Field]) -> Vec<(String, String)> {
    let book = fields.iter().find(|field| field.key == "seeds");
    let book = book.and_then(|field| field.default.parse::<u64>().ok());
    let few = book.map(|book| book.min(SEEDS_EACH).to_string());
    few.into_iter().map(|few| ("seeds".into(), few)).collect()
}

/// A value of a parameter; `None` for points, of which there is no end.
fn one_of(field: &Field, span: &Span, rng: &mut Rng) -> Option<String> {
    let (least, most) = match (&field.domain, &span.values) {
        (params::Domain::Points(_), _) => return None,
        (_, Values::OneOf(names)) => {
            return Some(names[rng.below(names.len())].clone());
        }
        (params::Domain::Choice(names), _) => {
            return Some(names[rng.below(names.len())].to_string());
        }
        (_, Values::Between(least, most)) => (*least, *most),
        (params::Domain::Whole(range), Values::Any) => {
            (*range.start() as f64, *range.end() as f64)
        }
        (params::Domain::Real(range), Values::Any) => {
            (*range.start(), *range.end())
        }
    };
    // What ranges over powers of ten is drawn by its logarithm.
    let value = match most >= 10.0 * least && least > 0.0 {
        true => exp(rng.uniform_in(ln(least), ln(most))),
        false => rng.uniform_in(least, most),
    };
    Some(decimal::text(short(field, value).clamp(least, most)))
}

/// How the claims of an experiment fare where one parameter after the other is
/// changed: to find a domain.
pub fn around(entry: &Entry, claims: &[Claim]) -> String {
    let fields = entry.fields();
    let mut text = String::new();
    for (i, claim) in claims.iter().enumerate() {
        text += &format!("{:>2} {}\n", i + 1, claim.says);
    }
    let turned = |field: &&Field| !["seed", "seeds"].contains(&field.key);
    let runs: Vec<(&str, String)> = fields
        .iter()
        .filter(turned)
        .flat_map(|f| values(f).into_iter().map(|value| (f.key, value)))
        .collect();
    let lines: Vec<String> = runs
        .par_iter()
        .map(|(key, value)| {
            let mut settings = few_seeds(&fields);
            settings.push((key.to_string(), value.clone()));
            let held = held(entry, &settings, claims.len());
            let failing: Vec<_> = (0..held.len())
                .filter(|i| !held[*i])
                .map(|i| (i + 1).to_string())
                .collect();
            let failing = match failing.as_slice() {
                [] => "all hold".into(),
                some => format!("fail: {}", some.join(" ")),
            };
            format!("{key} = {value}: {failing}\n")
        })
        .collect();
    text + &lines.concat()
}

/// Some values of a parameter: all names, or numbers about the book's and over
/// its range.
fn values(field: &Field) -> Vec<String> {
    let (least, most) = match &field.domain {
        params::Domain::Points(_) => return Vec::new(),
        params::Domain::Choice(names) => {
            return names.iter().map(ToString::to_string).collect();
        }
        params::Domain::Whole(range) => {
            (*range.start() as f64, *range.end() as f64)
        }
        params::Domain::Real(range) => (*range.start(), *range.end()),
    };
    let book = decimal::read(&field.default).unwrap_or(least);
    let factors = [0.25, 0.5, 0.7, 0.85, 0.95, 1.0, 1.05, 1.2, 1.4, 2.0, 4.0];
    let near = factors.map(|factor| book * factor).into_iter();
    let mut values: Vec<f64> = near
        .chain([least, most])
        .map(|value| short(field, value))
        .filter(|value| (least..=most).contains(value))
        .collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    values.into_iter().map(decimal::text).collect()
}

/// A value as a person would set it.
fn short(field: &Field, value: f64) -> f64 {
    match field.domain {
        params::Domain::Whole(_) => value.round(),
        _ => rounded(value, 3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str) -> &'static Entry {
        experiments::ALL.iter().find(|entry| entry.id == id).unwrap()
    }

    #[test]
    fn what_is_drawn_lies_in_the_domain_and_differs() {
        for entry in experiments::ALL {
            let fields = entry.fields();
            let domain: Vec<_> =
                fields.iter().map(|field| Span::any(field.key)).collect();
            let mut rng = Rng::new(1, Stream::Data);
            for _ in 0..20 {
                let settings = drawn(&fields, &domain, &mut rng);
                let settled = entry.settled(&settings);
                assert!(settled.is_ok(), "{}: {settled:?}", entry.id);
            }
        }
    }

    #[test]
    fn a_claim_that_says_too_much_is_found() {
        let tent = entry("tent");
        let report = tent.report(&[], &Progress::silent()).unwrap();
        let mut bare = report.claims[0].clone();
        bare.domain.clear();
        let lines = tried(tent, &[bare], SETTINGS);
        assert!(lines.ends_with(" = at the settings of the book\n"), "{lines}");
        assert_eq!(too_wide(&lines), []);
        let found = too_wide("a: it is small = 94 of 100 (lr from 1 to 2)\n");
        assert_eq!(found.len(), 1);
        assert_eq!(too_wide("a: it is = 95 of 100 (any lr)\n"), []);
        assert_eq!(too_wide("a: it is = 9 of 10 (any lr)\n").len(), 1);
        assert_eq!(too_wide("a: it is = 100 of 100 (any lr)\n"), []);
        assert_eq!(too_wide("a: it is = 2 of 2 (any lr)\n"), []);
    }

    #[test]
    fn a_check_at_fewer_settings_meets_the_lock() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join(LOCK.file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let locked = "a: it is = 100 of 100 (any lr)\nb: it is = at the settings\n\
             c: it is = 98 of 100 (any lr)\n";
        std::fs::write(&file, locked).unwrap();
        let as_locked = |computed| as_locked(root.path(), computed);
        let few = "a: it is = 2 of 2 (any lr)\nb: it is = at the settings\n\
                   c: it is = 1 of 2 (any lr)\n";
        assert_eq!(as_locked(few), locked);
        for other in [
            "a: it is = 1 of 2 (any lr)\n",
            "a: it is = 2 of 2 (lr from 1 to 2)\n",
            "a: it was = 2 of 2 (any lr)\n",
            "c: it is = 1 of 4 (any lr)\n",
        ] {
            assert_eq!(as_locked(other), other);
        }
    }
}
