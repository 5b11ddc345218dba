//! The digest of a run: sixteen hexadecimal digits that are the same wherever
//! the run was the same, and different if a single bit was.

use std::fmt;

use crate::experiment::Report;

/// What identifies a [`Report`]: a hash of the bits of its facts and series,
/// of its words, its data and both drawings.
///
/// It is FNV-1a with 64 bits: a few lines that can be checked at a glance and
/// weigh nothing in a page. It finds a difference that happened. It is no seal
/// against somebody who wants two runs to look alike: he could as well write
/// the digits of another run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digest(u64);

/// What the hash of nothing is.
const START: u64 = 0xcbf2_9ce4_8422_2325;

/// The FNV-1a hash of bytes.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let mut digest = Digest(START);
    digest.bytes(bytes);
    digest.0
}

impl Report {
    /// The digest of all that the run found and showed.
    ///
    /// ```
    /// use experiments::ALL;
    /// use study::experiment::Progress;
    /// let tent = ALL.iter().find(|entry| entry.id == "tent").unwrap();
    /// let digest = |layers: &str| {
    ///     let settings = [("layers".to_string(), layers.to_string())];
    ///     let report = tent.report(&settings, &Progress::silent());
    ///     report.unwrap().digest().to_string()
    /// };
    /// assert_eq!(digest("5"), digest("5"));
    /// assert_ne!(digest("5"), digest("6"));
    /// assert_eq!(digest("5").len(), 16);
    /// ```
    pub fn digest(&self) -> Digest {
        let mut digest = Digest(START);
        digest.text(&self.id);
        digest.count(self.params.len());
        for (key, value) in &self.params {
            digest.text(key);
            digest.text(value);
        }
        digest.count(self.facts.len());
        for fact in &self.facts {
            digest.text(&fact.name);
            digest.number(fact.value);
            digest.text(&fact.text());
        }
        digest.count(self.claims.len());
        for claim in &self.claims {
            digest.text(&claim.says);
            digest.text(&claim.measured.digits());
            digest.whole(claim.holds.into());
        }
        digest.count(self.series.len());
        for series in &self.series {
            digest.text(&series.name);
            digest.count(series.points.len());
            for (step, value) in &series.points {
                digest.whole(*step);
                digest.number(*value);
            }
        }
        let figure = &self.figure;
        digest.text(&figure.title);
        digest.text(&figure.finding);
        digest.text(&figure.description);
        digest.text(&figure.table.csv());
        digest.text(&figure.wide);
        digest.text(&figure.narrow);
        digest
    }
}

impl Digest {
    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 ^= u64::from(*byte);
            self.0 = self.0.wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn whole(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }

    /// A length is as wide on every machine.
    fn count(&mut self, count: usize) {
        self.whole(count as u64);
    }

    /// The length first: `ab, c` is not `a, bc`.
    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes(text.as_bytes());
    }

    /// Which of the many NaNs an operation gives is left open by WebAssembly.
    fn number(&mut self, value: f64) {
        let value = if value.is_nan() { f64::NAN } else { value };
        self.whole(value.to_bits());
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chart::{Cell, Column, Table};

    use crate::{
        claim::Claim,
        experiment::{Figure, Series},
        fact::Fact,
    };

    /// The published test values of FNV-1a, 64 bits.
    #[test]
    fn it_is_fnv_1a() {
        assert_eq!(hash(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash(b"foobar"), 0x8594_4171_f739_67e8);
    }

    type Change = fn(&mut Report, f64);

    #[test]
    fn the_last_bit_of_every_part_counts() {
        let mut table = Table::new([Column::new("epoch")]);
        table.row([0.5.into()]);
        let word = || String::from("a");
        let report = Report {
            id: word(),
            chapter: word(),
            params: vec![(word(), word())],
            facts: vec![Fact::fixed("a", 0.5, 1)],
            claims: vec![Claim::below("a", 0.5, 1.0)],
            figure: Figure {
                title: word(),
                finding: word(),
                description: word(),
                table,
                wide: word(),
                narrow: word(),
            },
            series: vec![Series { name: word(), points: vec![(0, 0.5)] }],
        };
        let nudged = f64::from_bits(0.5f64.to_bits() + 1);
        let changes: [(&str, Change); 9] = [
            ("id", |r, _| r.id.push('x')),
            ("params", |r, _| r.params[0].1.push('x')),
            ("facts", |r, to| r.facts[0].value = to),
            ("claims", |r, _| r.claims[0].holds ^= true),
            ("series", |r, to| r.series[0].points[0].1 = to),
            ("finding", |r, _| r.figure.finding.push('x')),
            ("table", |r, to| r.figure.table.rows[0][0] = Cell::Number(to)),
            ("wide", |r, _| r.figure.wide.push('x')),
            ("narrow", |r, _| r.figure.narrow.push('x')),
        ];
        for (part, change) in changes {
            let mut other = report.clone();
            change(&mut other, nudged);
            assert_ne!(other.digest(), report.digest(), "{part}");
        }
    }

    #[test]
    fn all_nans_are_one() {
        let of = |value| {
            let mut digest = Digest(0);
            digest.number(value);
            digest
        };
        assert_eq!(of(f64::NAN), of(-f64::NAN));
        assert_ne!(of(0.0), of(-0.0));
    }
}
