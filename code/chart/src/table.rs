//! The data behind a picture, as a table a reader can open or download.

use exact::decimal::{Decimal, text};

/// The numbers of a chart: what a reader who cannot see it reads instead,
/// and what anybody can download.
///
/// ```
/// use chart::{Column, Table};
/// let mut table = Table::new([
///     Column::new("epoch"),
///     Column::new("loss").digits(3),
/// ]);
/// table.row([0.into(), 0.71828.into()]);
/// assert_eq!(table.csv(), "epoch,loss\r\n0,0.71828\r\n");
/// assert_eq!(table.shown(0, 1), "0.718");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Table {
    /// What each column holds, left to right.
    pub columns: Vec<Column>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
}

/// What one column of a [`Table`] holds.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Column {
    /// Heading, with the unit where there is one: `"time (s)"`.
    pub label: String,
    /// Significant digits on the page; `None` shows every digit there is.
    /// The CSV always holds every digit.
    pub digits: Option<usize>,
}

/// One entry of a [`Table`].
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Cell {
    /// A measured or computed number; finite.
    Number(f64),
    /// A name: of a seed's network, a function, a data set.
    Text(String),
    /// Nothing was measured here.
    Missing,
}

impl Column {
    /// A column whose numbers are shown in full.
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), digits: None }
    }

    /// Show this many significant digits on the page.
    pub fn digits(self, digits: usize) -> Self {
        Self { digits: Some(digits), ..self }
    }
}

impl Table {
    /// An empty table with these columns.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Add a row.
    ///
    /// # Panics
    /// If the row has not exactly one cell per column.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let cells: Vec<Cell> = cells.into_iter().collect();
        assert_eq!(
            cells.len(),
            self.columns.len(),
            "a row needs one cell per column",
        );
        self.rows.push(cells);
    }

    /// The table as comma-separated values (RFC 4180): a heading line, CRLF
    /// line ends, and each number in the shortest form that reads back as the
    /// same bits. Where a character is not ASCII, it begins with a byte order
    /// mark: without one, Excel reads another character, and with one, R and
    /// Python's `csv` read another first heading. So most have none.
    pub fn csv(&self) -> String {
        let head = self.columns.iter().map(|c| quoted(&c.label)).collect();
        let body = self.rows.iter().map(|row| row.iter().map(Cell::csv));
        let text: String = std::iter::once(head)
            .chain(body.map(|cells| cells.collect::<Vec<_>>()))
            .map(|fields| fields.join(",") + "\r\n")
            .collect();
        if text.is_ascii() { text } else { format!("\u{feff}{text}") }
    }

    /// The text of one cell on the page, rounded as its column says.
    ///
    /// # Panics
    /// If there is no such cell.
    pub fn shown(&self, row: usize, column: usize) -> String {
        match (&self.rows[row][column], self.columns[column].digits) {
            (Cell::Number(value), Some(digits)) => significant(*value, digits),
            (Cell::Number(value), None) => text(*value),
            (Cell::Text(text), _) => text.clone(),
            (Cell::Missing, _) => "–".to_owned(),
        }
    }
}

impl Cell {
    fn csv(&self) -> String {
        match self {
            Cell::Number(value) => text(*value),
            Cell::Text(text) => quoted(text),
            Cell::Missing => String::new(),
        }
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Cell::Number(value)
    }
}

/// Counts (epochs, seeds, parameters) are far below 2⁵³.
impl From<i32> for Cell {
    fn from(value: i32) -> Self {
        Cell::Number(value.into())
    }
}

/// Counts (epochs, seeds, parameters) are far below 2⁵³.
impl From<usize> for Cell {
    fn from(value: usize) -> Self {
        Cell::Number(value as f64)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Missing, Into::into)
    }
}

fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// A number as a sentence would print it: `0.276`, `1437`, `5.0e-15`.
/// Exponents appear below 0.001 and from a million up, as in Rust's `{:e}`.
pub(super) fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return text(value);
    }
    let number = Decimal(value);
    let rounded = format!("{number:.*e}", digits.max(1) - 1);
    let exponent: i32 = rounded
        .rsplit_once('e')
        .and_then(|(_, exponent)| exponent.parse().ok())
        .unwrap_or(0);
    if !(-3..6).contains(&exponent) {
        return rounded;
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    format!("{number:.decimals$}")
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, test_runner::RngSeed};

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(14),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn the_books_own_reader_finds_the_same_bits(
            labels in proptest::collection::vec("[a-zκ][a-z ,;\"'′₁]{0,6}", 3),
            rows in proptest::collection::vec([-1e300..1e300, -1.0..1.0, 0.0..1e-9], 1..9),
        ) {
            let mut table = Table::new(labels.iter().map(Column::new));
            for row in &rows {
                table.row(row.map(Cell::from));
            }
            let csv = table.csv();
            let marked = csv.starts_with('\u{feff}');
            prop_assert_eq!(marked, !labels.concat().is_ascii());
            let lines: Vec<_> = csv.split("\r\n").collect();
            prop_assert_eq!((lines.len(), lines.last()), (rows.len() + 2, Some(&"")));
            let read = slope::csv::numbers(&csv).unwrap();
            let rows: &[[f64; 3]] = &rows;
            for (read, row) in read.numbers.rows().into_iter().zip(rows) {
                let bits = |value: &f64| value.to_bits();
                let (read, row) = (read.iter().map(bits), row.iter().map(bits));
                prop_assert!(read.eq(row));
            }
        }
    }
}
