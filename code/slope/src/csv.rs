//! Reading a table that somebody else wrote, as it is: with or without names
//! above its columns, its cells separated by commas, semicolons, tabs or
//! blanks, quoted or not, its lines ended as on any system. What is wrong is
//! said by line and column, and what was passed over is said, too.
//!
//! See the chapter `digits`.

mod bytes;
mod cells;
mod classes;
mod records;
mod sheet;

use crate::data::Dataset;
use ndarray::Array2;
use std::borrow::Cow;

/// What is wrong with a table, where, and what to do about it. Lines and
/// columns count from 1, as an editor shows them.
///
/// ```
/// let error = slope::csv::numbers("a,b\n1,2\n3\n").unwrap_err();
/// assert_eq!((error.line, error.column), (3, None));
/// assert_eq!(
///     error.to_string(),
///     "line 3: 1 cell, but line 2 has 2: give every line as many, separated \
///      by commas"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {what}: {mend}", self.place())]
pub struct CsvError {
    /// The line of the text.
    pub line: usize,
    /// The cell in that line, where one cell is to blame.
    pub column: Option<usize>,
    /// The name of its column in quotation marks, if it has one.
    pub name: Option<String>,
    /// What was found.
    pub what: String,
    /// What would mend it.
    pub mend: String,
    /// Where it is open which columns are meant: what there is.
    pub choice: Option<Box<Columns>>,
}

/// The columns of a table of which some are to be chosen.
///
/// ```
/// let table = "id,height,age,sick\n1,1.2,7,no\n2,1.5,11,yes\n";
/// let choice = slope::csv::two_classes(table, None).unwrap_err().choice;
/// assert_eq!(choice.unwrap().suggested, [2, 3, 4]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// What each is called.
    pub names: Vec<String>,
    /// Those that may be meant as x, y and label; the first column is 1.
    pub suggested: [usize; 3],
}

impl CsvError {
    pub(crate) fn about(line: usize, what: String, mend: &str) -> Self {
        let mend = mend.into();
        CsvError { line, column: None, name: None, what, mend, choice: None }
    }

    fn place(&self) -> String {
        let mut place = format!("line {}", self.line);
        if let Some(column) = self.column {
            place += &format!(", column {column}");
        }
        if let Some(name) = &self.name {
            place += &format!(" ({name})");
        }
        place
    }
}

/// A table of numbers.
///
/// ```
/// let table = slope::csv::numbers("# by hand\nx;y\n0,5;2\n\n1,5;3\n")?;
/// assert_eq!(table.header.unwrap(), ["x", "y"]);
/// assert_eq!(table.numbers, ndarray::array![[0.5, 2.0], [1.5, 3.0]]);
/// assert_eq!(table.notes, [
///     "line 2 is the header, `x`, `y`, and no row",
///     "line 4 is blank, and left out",
///     "line 1 is a comment, and left out",
///     "cells are separated by semicolons",
///     "the comma is a decimal point",
/// ]);
/// # Ok::<(), slope::csv::CsvError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The names of the columns, if the table has them; one that has none is
    /// empty.
    pub header: Option<Vec<String>>,
    /// The cells: (rows, columns).
    pub numbers: Array2<f64>,
    /// What was done with the text: which line is a header, which were left
    /// out as blank or as comments, and whatever else is not plain.
    pub notes: Vec<String>,
}

/// Reads a table of numbers. Its header, if it has one, is its first line, and
/// has a name for each column and no number; a name may be missing for the
/// first, or stand behind a `#`. A line that begins with `#` is a comment.
///
/// A comma is a decimal point where it separates no cells, and where it is
/// certain that it does not group thousands.
///
/// # Errors
/// There is no row, a row is shorter or longer than the first one, a cell is
/// not a finite number, or the text is no table.
///
/// ```
/// let table = slope::csv::numbers("x, y\n1, 2\n3, 4e-1\n")?;
/// assert_eq!(table.numbers, ndarray::array![[1.0, 2.0], [3.0, 0.4]]);
/// let error = slope::csv::numbers("NA,NA\n1,2\n").unwrap_err();
/// assert!(error.to_string().starts_with("line 1, column 1: `NA` is a missing"));
/// # Ok::<(), slope::csv::CsvError>(())
/// ```
pub fn numbers(text: &str) -> Result<Table, CsvError> {
    let sheet = sheet::Sheet::of(text)?;
    let mut marks = cells::Marks::default();
    let mut numbers = Vec::with_capacity(sheet.rows.len() * sheet.width);
    for (row, record) in sheet.rows.iter().enumerate() {
        for (column, cell) in record.cells.iter().enumerate() {
            let place = || sheet.place(row, column);
            numbers.push(marks.number(cell, &place)?);
        }
    }
    let mut notes = sheet.notes;
    if marks.has_comma()? {
        notes.push("the comma is a decimal point".into());
    }
    let shape = (sheet.rows.len(), sheet.width);
    Ok(Table {
        header: sheet.header.map(|(_, names)| names),
        numbers: Array2::from_shape_vec(shape, numbers).expect("as wide"),
        notes,
    })
}

/// Points of two classes, and how they stood in their table.
///
/// ```
/// let table = "x,y,kind\n0,1,cat\n1,0,dog\n";
/// let cats = slope::csv::two_classes(table, None)?;
/// assert_eq!(cats.data.y.column(0).to_vec(), [0.0, 1.0]);
/// assert_eq!((cats.labels, cats.lines), (["cat", "dog"].map(Into::into), vec![2, 3]));
/// # Ok::<(), slope::csv::CsvError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TwoClasses {
    /// x of shape (n, 2), and labels 0 and 1 of shape (n, 1).
    pub data: Dataset,
    /// What the two columns and the labels are called.
    pub names: [String; 3],
    /// What stood for the label 0, and what for 1.
    pub labels: [String; 2],
    /// The line of each row.
    pub lines: Vec<usize>,
    /// What was done with the text, as in [`Table`]; and which label is 0.
    pub notes: Vec<String>,
}

/// Reads two columns of numbers and one of labels, of which there are two: any
/// numbers or words. The smaller number is 0 and the larger 1; of words, the
/// first in the alphabet is 0; a number comes before a word. `1.0` is the label
/// `1`, and `Yes` the label `yes`.
///
/// `columns` are those of x, y and label, the first being 1. Without it, a table
/// has three; the label's is called label, class, target, species, category or
/// outcome, or is the last one.
///
/// # Errors
/// What [`numbers`] refuses, a label that is missing, and one label or three. A
/// fourth column, or a first one that counts the rows, is refused by its name,
/// with the columns to choose from.
///
/// ```
/// let table = "\"\",\"x\",\"y\",\"kind\"\n\"1\",0,1,-1\n\"2\",1,0,1\n";
/// let error = slope::csv::two_classes(table, None).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "line 1: column 1 counts the rows, and is no coordinate: leave it out: \
///      take the columns 2,3,4"
/// );
/// let points = slope::csv::two_classes(table, Some([2, 3, 4]))?;
/// assert_eq!(points.data.x, ndarray::array![[0.0, 1.0], [1.0, 0.0]]);
/// assert!(points.notes.contains(&"`-1` is the label 0, and `1` is 1".into()));
/// # Ok::<(), slope::csv::CsvError>(())
/// ```
pub fn two_classes(
    text: &str,
    columns: Option<[usize; 3]>,
) -> Result<TwoClasses, CsvError> {
    classes::read(text, columns)
}

/// The text of a file: UTF-8, UTF-16 if a byte-order mark says so, or else
/// Windows-1252. The encoding is named unless it is UTF-8.
///
/// # Errors
/// If the file is something else, such as a spreadsheet, or half a character.
///
/// ```
/// use slope::csv::decoded;
/// assert_eq!(decoded("größe".as_bytes())?, ("größe".into(), None));
/// let old = decoded(b"gr\xf6\xdfe")?;
/// assert_eq!(old, ("größe".into(), Some("Windows-1252")));
/// let error = decoded(b"PK\x03\x04").unwrap_err().to_string();
/// assert!(error.ends_with("save the table as CSV, and take that file"));
/// # Ok::<(), slope::csv::CsvError>(())
/// ```
pub fn decoded(
    file: &[u8],
) -> Result<(Cow<'_, str>, Option<&'static str>), CsvError> {
    bytes::text(file)
}
