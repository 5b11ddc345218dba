//! A reader's own table, as a file or as a text: read, cut down to what a link
//! has room for, and said how. The command and the page have the same reader,
//! and so the same words.

use std::fmt::Write as _;

use slope::{
    csv::{self, Columns, CsvError, TwoClasses},
    data::Dataset,
    decimal::{self, Decimal},
    rng::{Rng, Stream},
};

use crate::{
    Entry,
    fact::rounded,
    points::{self, LONGEST, MOST},
};

/// More bytes than any table needs of which two hundred rows are taken.
pub const LARGEST: usize = 4 << 20;

/// What is to be taken of a table.
#[derive(Debug, Clone, Default)]
struct Taking {
    /// The columns of x, y and the label, the first being 1.
    columns: Option<[usize; 3]>,
    /// So many rows, drawn with the seed.
    sample: Option<usize>,
    /// So many digits of each number.
    round: Option<usize>,
    /// The seed of the draw.
    seed: u64,
}

/// What a table has become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The rows, as the parameter `points` has them.
    pub points: String,
    /// What was read, and what was done with it.
    pub notes: Vec<String>,
}

/// Why a table cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What is wrong, where, and what would mend it.
    pub why: String,
    /// The columns there are, where it is open which are meant.
    pub choice: Option<Columns>,
    /// What could be taken instead.
    pub offers: Vec<Offer>,
}

/// What could be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// In words, for a button.
    pub says: String,
    /// As [`Entry::take`] reads it, but for the seed.
    pub taking: String,
}

/// What reads a table. The program of a lab without a reader's own data has
/// none.
pub(crate) type Reader = fn(&[u8], &str) -> Result<Taken, Refused>;

impl Entry {
    /// The entry of an experiment that can be run on a reader's own points.
    pub const fn with_own_points(mut self) -> Self {
        self.reader = Some(taken);
        self
    }

    /// Whether the experiment can be run on a reader's own points.
    ///
    /// ```
    /// use experiments::labs;
    /// assert!(labs::BENCH.takes_points() && !labs::TENT.takes_points());
    /// ```
    pub fn takes_points(&self) -> bool {
        self.reader.is_some()
    }

    /// Reads a table of a reader's own; of it are taken, if `taking` says so:
    ///
    /// - `columns=2,3,4`: these as x, y and label, the first being 1;
    /// - `sample=50`: so many rows, drawn with the seed `seed=7` or 0;
    /// - `round=5`: so many digits of each number.
    ///
    /// ```
    /// use experiments::labs;
    /// let table = b"exam 1;exam 2;passed\n34,6;78;no\n60,2;86,3;yes\n";
    /// let taken = labs::BENCH.take(table, "").unwrap();
    /// assert_eq!(taken.points, "34.6,78,0_60.2,86.3,1");
    /// assert_eq!(taken.notes.last().unwrap(), "`no` is the label 0, and `yes` is 1");
    ///
    /// let rounded = labs::BENCH.take(table, "columns=2,1,3;round=2").unwrap();
    /// assert_eq!(rounded.points, "78,35,0_86,60,1");
    ///
    /// let error = |file, taking| labs::BENCH.take(file, taking).unwrap_err().why;
    /// assert_eq!(
    ///     error(b"1,2,0\n3,NA,1\n", ""),
    ///     "line 2, column 2: `NA` is a missing value, not a number: give a \
    ///      number, or leave the row out"
    /// );
    /// assert_eq!(error(table, "sample=1"), "sample: expected 2 to 200 rows, found `1`");
    /// assert!(labs::TENT.take(table, "").is_err());
    /// ```
    ///
    /// # Errors
    /// If the experiment takes no points, or these cannot be taken so.
    pub fn take(&self, file: &[u8], taking: &str) -> Result<Taken, Refused> {
        match self.reader {
            Some(reader) => reader(file, taking),
            None => Err(Refused::about(format!(
                "{} takes no data of your own: the bench does",
                self.id
            ))),
        }
    }
}

impl Taking {
    fn of(text: &str) -> Result<Self, String> {
        let mut taking = Self::default();
        for setting in text.split(';').filter(|setting| !setting.is_empty()) {
            let (key, value) = setting.split_once('=').unwrap_or_default();
            taking.set(key.trim(), value.trim())?;
        }
        Ok(taking)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let number = value.parse().ok();
        let (expected, set) = match key {
            "columns" => {
                let columns = value.split(',').map(|at| at.trim().parse().ok());
                let columns: Option<Vec<_>> = columns.collect();
                self.columns = columns.and_then(|all| all.try_into().ok());
                ("three columns like 2,3,4", self.columns.is_some())
            }
            "sample" => {
                self.sample = number.filter(|n| (2..=MOST).contains(n));
                ("2 to 200 rows", self.sample.is_some())
            }
            "round" => {
                self.round = number.filter(|n| (1..=17).contains(n));
                ("1 to 17 digits", self.round.is_some())
            }
            "seed" => {
                let seed = value.parse().ok();
                self.seed = seed.unwrap_or_default();
                ("a whole number", seed.is_some())
            }
            _ => return Err("expected columns, sample, round or seed".into()),
        };
        let found: String = value.chars().take(24).collect();
        let wrong = || format!("{key}: expected {expected}, found `{found}`");
        set.then_some(()).ok_or_else(wrong)
    }

    /// As [`Taking::of`] reads it, without the seed.
    fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        if let Some([x, y, label]) = self.columns {
            let _ = write!(text, ";columns={x},{y},{label}");
        }
        if let Some(sample) = self.sample {
            let _ = write!(text, ";sample={sample}");
        }
        if let Some(round) = self.round {
            let _ = write!(text, ";round={round}");
        }
        text.split_off(text.len().min(1))
    }

    fn offer(&self, says: String) -> Offer {
        Offer { says, taking: self.text() }
    }
}

impl Refused {
    /// A refusal that offers nothing.
    pub fn about(why: String) -> Self {
        Self { why, choice: None, offers: vec![] }
    }
}

fn taken(file: &[u8], taking: &str) -> Result<Taken, Refused> {
    let taking = &Taking::of(taking).map_err(Refused::about)?;
    if file.len() > LARGEST {
        let room = LARGEST >> 20;
        return Err(Refused::about(format!(
            "the file is larger than {room} MB, and {MOST} rows have room in a \
             link: leave most of its lines out"
        )));
    }
    let wrong = |error: CsvError| {
        let why = error.to_string();
        let choice = error.choice.map(|choice| *choice);
        Refused { choice, ..Refused::about(why) }
    };
    let (text, encoding) = csv::decoded(file).map_err(wrong)?;
    let mut table = csv::two_classes(&text, taking.columns).map_err(wrong)?;
    let mut notes = vec![counted(&table.data)];
    if let Some(encoding) = encoding {
        notes.push(format!("its bytes were read as {encoding}"));
    }
    let rows = table.data.len();
    if let Some(count) = taking.sample.filter(|count| *count < rows) {
        sample(&mut table, count, taking.seed);
        notes.push(format!(
            "{count} of the {rows} rows were drawn with the seed {}, each label \
             in its share",
            taking.seed
        ));
    } else if rows > MOST {
        let sample = Some(MOST);
        let offer = Taking { sample, ..taking.clone() };
        let offer = offer.offer(format!("Draw {MOST} of the {rows} rows"));
        let why = format!(
            "{rows} rows, and a link has room for {MOST}: draw a sample of \
             them, or leave some out"
        );
        return Err(Refused { offers: vec![offer], ..Refused::about(why) });
    }
    if let Some(digits) = taking.round {
        table.data.x.mapv_inplace(|x| rounded(x, digits));
        let s = if digits == 1 { "" } else { "s" };
        notes.push(format!("numbers were rounded to {digits} digit{s}"));
    }
    sound(&table).map_err(Refused::about)?;
    let points = points::text(&table.data);
    if points.len() > LONGEST {
        return Err(too_long(&table.data, points.len(), taking));
    }
    notes.append(&mut table.notes);
    Ok(Taken { points, notes })
}

/// How many rows a table had.
fn counted(data: &Dataset) -> String {
    let ones = data.y.iter().filter(|label| **label == 1.0).count();
    let (rows, zeros) = (data.len(), data.len() - ones);
    format!("{rows} rows: {zeros} of the label 0, {ones} of 1")
}

/// Leaves so many rows in, in their order, with the share of each label as it
/// was; but one of each at least.
fn sample(table: &mut TwoClasses, count: usize, seed: u64) {
    let mut rng = Rng::new(seed, Stream::Data);
    let of = |label: f64| -> Vec<usize> {
        let labels = table.data.y.iter().enumerate();
        labels.filter(|(_, y)| **y == label).map(|(row, _)| row).collect()
    };
    let [mut zeros, mut ones] = [of(0.0), of(1.0)];
    let all = zeros.len() + ones.len();
    let share = (2 * count * zeros.len() + all) / (2 * all); // rounded
    let share = share.clamp(1, count - 1);
    rng.shuffle(&mut zeros);
    rng.shuffle(&mut ones);
    zeros.truncate(share);
    ones.truncate(count - share);
    zeros.append(&mut ones);
    zeros.sort();
    table.data = table.data.rows(&zeros);
    table.lines = zeros.iter().map(|row| table.lines[*row]).collect();
}

/// What a picture of the points needs.
fn sound(table: &TwoClasses) -> Result<(), String> {
    let TwoClasses { data, names, lines, .. } = table;
    for (column, name) in data.x.columns().into_iter().zip(names) {
        for (value, line) in column.iter().zip(lines) {
            if value.abs() > points::FARTHEST {
                let (value, most) =
                    (decimal::text(*value), Decimal(points::FARTHEST));
                return Err(format!(
                    "line {line} (`{name}`): {value} is farther out than \
                     {most}: divide the column by a thousand, or more"
                ));
            }
        }
        if column.iter().all(|value| *value == column[0]) {
            let (line, value) = (lines[0], decimal::text(column[0]));
            return Err(format!(
                "line {line} (`{name}`): it is {value} in all rows, which \
                 tells nothing apart: take another column"
            ));
        }
    }
    Ok(())
}

fn too_long(data: &Dataset, length: usize, taking: &Taking) -> Refused {
    let shorter = |digits: &usize| {
        let x = data.x.mapv(|x| rounded(x, *digits));
        let data = Dataset { x, y: data.y.clone() };
        points::text(&data).len() <= LONGEST
    };
    let why = format!(
        "the rows take {length} characters of a link, which has room for \
         {LONGEST}: round the numbers, or leave some rows out"
    );
    let digits = (1..16).rev().find(shorter);
    let offer = digits.map(|digits| {
        let offer = Taking { round: Some(digits), ..taking.clone() };
        offer.offer(format!("Round to {digits} digits"))
    });
    Refused { offers: offer.into_iter().collect(), ..Refused::about(why) }
}
