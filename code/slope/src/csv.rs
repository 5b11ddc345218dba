//! Reading a table of numbers that somebody else wrote, and saying exactly
//! which cell is wrong.
//!
//! See the chapter `digits`.

use exact::decimal;
use ndarray::Array2;

/// What is wrong with a table, and where. Lines and columns count from 1, as
/// an editor shows them.
///
/// ```
/// let error = slope::csv::numbers("a,b\n1,2\n3\n").unwrap_err();
/// assert_eq!((error.line, error.column), (3, None));
/// assert_eq!(error.to_string(), "line 3: 1 cell, but line 2 has 2");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {what}", .column.map_or(String::new(), |c| format!(", column {c}")))]
pub struct CsvError {
    /// The line of the text.
    pub line: usize,
    /// The cell in that line, where one cell is to blame.
    pub column: Option<usize>,
    what: String,
}

impl CsvError {
    pub(crate) fn about(line: usize, what: String) -> Self {
        CsvError { line, column: None, what }
    }
}

/// The numbers of a comma-separated table: (rows, columns). A first line
/// without a single number is a header; blank lines at the end are nothing.
///
/// # Errors
/// There is no row, a row is shorter or longer than the first one, or a cell
/// is not a finite number.
///
/// ```
/// let table = slope::csv::numbers("x, y\n1, 2\n3, 4e-1\n")?;
/// assert_eq!(table, ndarray::array![[1.0, 2.0], [3.0, 0.4]]);
/// # Ok::<(), slope::csv::CsvError>(())
/// ```
pub fn numbers(text: &str) -> Result<Array2<f64>, CsvError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.trim_end().lines().zip(1..).peekable();
    let header = |(line, _): &(&str, usize)| {
        line.split(',').all(|cell| decimal::read(cell.trim()).is_none())
    };
    let named = lines.next_if(header).map(|(line, _)| line);
    let Some((first, first_line)) = lines.peek().copied() else {
        let hint = named.map_or("", |_| " below the header");
        return Err(CsvError::about(1, format!("no numbers{hint}")));
    };
    let width = first.split(',').count();
    let mut cells = vec![];
    let mut rows = 0;
    for (text, line) in lines {
        let found = text.split(',').count();
        if found != width {
            let s = if found == 1 { "" } else { "s" };
            let what =
                format!("{found} cell{s}, but line {first_line} has {width}");
            return Err(CsvError::about(line, what));
        }
        for (cell, column) in text.split(',').zip(1..) {
            let wrong = |what| CsvError { line, column: Some(column), what };
            cells.push(number(cell.trim()).map_err(wrong)?);
        }
        rows += 1;
    }
    Ok(Array2::from_shape_vec((rows, width), cells).expect("counted above"))
}

fn number(cell: &str) -> Result<f64, String> {
    match decimal::read(cell) {
        Some(number) if number.is_finite() => Ok(number),
        Some(_) => Err(format!("`{}` is not finite", shortened(cell))),
        None if cell.contains(';') => Err(format!(
            "`{}` is not a number; cells are separated by commas",
            shortened(cell)
        )),
        None => Err(format!("`{}` is not a number", shortened(cell))),
    }
}

/// Enough of a cell to find it by.
fn shortened(cell: &str) -> String {
    match cell.char_indices().nth(30) {
        Some((end, _)) => format!("{}…", &cell[..end]),
        None => cell.to_string(),
    }
}
