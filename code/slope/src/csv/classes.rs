//! Two columns of numbers and one of two labels.

use super::{
    Columns, CsvError, TwoClasses,
    cells::{Marks, is_missing, is_number, shortened},
    sheet::{COMMA, Sheet},
};
use crate::data::Dataset;
use exact::decimal;
use ndarray::Array2;

/// What the column of the labels is called, if it is not the last.
const LABEL: [&str; 7] =
    ["label", "labels", "class", "target", "species", "category", "outcome"];

/// What a column that counts the rows is called.
const COUNTER: [&str; 8] =
    ["", "#", "id", "index", "row", "no", "nr", "unnamed: 0"];

pub(super) fn read(
    text: &str,
    columns: Option<[usize; 3]>,
) -> Result<TwoClasses, CsvError> {
    let sheet = Sheet::of(text)?;
    let at = match columns {
        Some(columns) => chosen(&sheet, columns)?,
        None => found(&sheet)?,
    };
    let mut marks = Marks::default();
    let n = sheet.rows.len();
    let mut x = Array2::zeros((n, 2));
    let (mut y, mut labels) = (Array2::zeros((n, 1)), Labels::default());
    for (row, record) in sheet.rows.iter().enumerate() {
        for (column, at) in at[..2].iter().enumerate() {
            let place = || sheet.place(row, *at);
            x[(row, column)] = marks.number(&record.cells[*at], &place)?;
        }
        let text = &*record.cells[at[2]].text;
        if is_missing(text) {
            let what = match text {
                "" => "there is no label".into(),
                _ => format!("{} is a missing label", shortened(text)),
            };
            let mend = "write its label, or leave the row out".into();
            return Err(CsvError { what, mend, ..sheet.place(row, at[2]) });
        }
        y[(row, 0)] = labels.number(text, row) as f64;
    }
    let has_comma = marks.has_comma()?;
    let order = labels.order(&sheet, at)?;
    y.mapv_inplace(|label| f64::from(label as usize != order[0]));
    let column = |at: usize| {
        let number = || format!("column {}", at + 1);
        sheet.name(at).unwrap_or_else(number)
    };
    let names = at.map(column);
    let labels = order.map(|label| labels.0[label].text.clone());
    let lines = sheet.rows.iter().map(|row| row.line).collect();
    let mut notes = sheet.notes;
    if has_comma {
        notes.push("the comma is a decimal point".into());
    }
    if columns.is_some() || at != [0, 1, 2] {
        let [x, y, label] = names.each_ref().map(|name| shortened(name));
        notes.push(format!("x is {x}, y is {y}, and the label is {label}"));
    }
    if labels != ["0", "1"] {
        let [zero, one] = labels.each_ref().map(|label| shortened(label));
        notes.push(format!("{zero} is the label 0, and {one} is 1"));
    }
    let data = Dataset { x, y };
    Ok(TwoClasses { data, names, labels, lines, notes })
}

fn chosen(sheet: &Sheet, columns: [usize; 3]) -> Result<[usize; 3], CsvError> {
    let [x, y, label] = columns;
    let there = |column: &usize| (1..=sheet.width).contains(column);
    if columns.iter().all(there) && x != y && x != label && y != label {
        return Ok(columns.map(|column| column - 1));
    }
    let what = format!("the columns {x},{y},{label} are asked for");
    let mend = format!("name three different ones, 1 to {}", sheet.width);
    Err(asked(sheet, what, mend, [0, 1, 2]))
}

/// The columns of x, y and the label, where nobody has said which they are.
fn found(sheet: &Sheet) -> Result<[usize; 3], CsvError> {
    let width = sheet.width;
    if width < 3 {
        let what = match width {
            1 => "one column",
            _ => "two columns",
        };
        let line = sheet.rows[0].line;
        let mend = "write x,y,label on each line, separated by commas, \
                    semicolons, tabs or blanks";
        return Err(CsvError::about(line, what.into(), mend));
    }
    let at = suggested(sheet);
    let listed = at.map(|column| (column + 1).to_string()).join(",");
    if counts(sheet, 0) {
        let what = match sheet.name(0) {
            Some(name) => format!("column 1, {}, counts", shortened(&name)),
            None => "column 1 counts".into(),
        };
        let what = format!("{what} the rows, and is no coordinate");
        if width == 3 {
            let mend = "leave it out, and write x,y,label on each line";
            let line = sheet.rows[0].line;
            return Err(CsvError::about(line, what, mend));
        }
        let mend = format!("leave it out: take the columns {listed}");
        return Err(asked(sheet, what, mend, at));
    }
    if width > 3 {
        if sheet.header.is_none()
            && let Some(question) = sheet.doubtful_comma()
        {
            let what = format!("{width} columns: {question}");
            let mend = format!("{COMMA}; if not, say which columns to take");
            return Err(asked(sheet, what, mend, at));
        }
        let name = |column| match sheet.name(column) {
            Some(name) => shortened(&name),
            None => format!("column {}", column + 1),
        };
        let mut names: Vec<_> = (0..width.min(12)).map(name).collect();
        if width > 12 {
            names.push("…".into());
        }
        let what = format!(
            "{width} columns, {}: two and the label are expected",
            names.join(", ")
        );
        let mend = format!(
            "leave the others out: say which to take, as with the columns \
             {listed}"
        );
        return Err(asked(sheet, what, mend, at));
    }
    let label = at[2];
    if named_label(sheet).is_none() && label != 2 {
        let [last, label] = [2, label].map(|column| {
            let name = sheet.name(column);
            let name = name.map(|name| format!(" ({})", shortened(&name)));
            format!("column {}{}", column + 1, name.unwrap_or_default())
        });
        let what = format!("{last} has more than two values, and {label} two");
        let mend = format!(
            "if those are the labels, take the columns {listed}; if not, keep \
             the rows of two labels"
        );
        return Err(asked(sheet, what, mend, at));
    }
    Ok([usize::from(label == 0), 2 - usize::from(label == 2), label])
}

fn asked(
    sheet: &Sheet,
    what: String,
    mend: String,
    at: [usize; 3],
) -> CsvError {
    let first = sheet.rows[0].line;
    let line = sheet.header.as_ref().map_or(first, |(line, _)| *line);
    let name = |column| {
        let number = || format!("column {}", column + 1);
        sheet.name(column).unwrap_or_else(number)
    };
    CsvError {
        choice: Some(Box::new(Columns {
            names: (0..sheet.width).map(name).collect(),
            suggested: at.map(|column| (column + 1).min(sheet.width)),
        })),
        ..CsvError::about(line, what, &mend)
    }
}

/// The only column that is called what a label is called.
fn named_label(sheet: &Sheet) -> Option<usize> {
    let (_, names) = sheet.header.as_ref()?;
    let is_label = |name: &String| {
        LABEL.iter().any(|label| name.eq_ignore_ascii_case(label))
    };
    let first = names.iter().position(is_label)?;
    names.iter().skip(first + 1).all(|n| !is_label(n)).then_some(first)
}

/// Whether a column is 1, 2, 3 … or 0, 1, 2 …, and its name says no more.
fn counts(sheet: &Sheet, column: usize) -> bool {
    let counted = |from: usize| {
        (from..).zip(&sheet.rows).all(|(i, row)| {
            decimal::read(&row.cells[column].text) == Some(i as f64)
        })
    };
    let named = match &sheet.header {
        Some((_, names)) => {
            let name = &names[column];
            COUNTER.iter().any(|known| name.eq_ignore_ascii_case(known))
        }
        // Three rows may count by chance, and three columns may be all.
        None => sheet.width > 3 && sheet.rows.len() > 3,
    };
    named && (counted(0) || counted(1))
}

/// Columns that may be meant: the label by its name, as the last or as the
/// only one of two values, and the first two others that are numbers.
fn suggested(sheet: &Sheet) -> [usize; 3] {
    let label = named_label(sheet).unwrap_or_else(|| {
        let last = sheet.width - 1;
        let two = |column| values(sheet, column) == 2;
        let other = || (0..last).rfind(|column| two(*column));
        let many = values(sheet, last) > 2;
        many.then(other).flatten().unwrap_or(last)
    });
    let numbers = (0..sheet.width).filter(|column| {
        let is_number =
            |row: &super::records::Record| is_number(&row.cells[*column]);
        *column != label
            && !counts(sheet, *column)
            && sheet.rows.iter().all(is_number)
    });
    let others = (0..sheet.width).filter(|column| *column != label);
    let numbers: Vec<_> = numbers.take(2).collect();
    let mut both = numbers.clone();
    both.extend(others.filter(|column| !numbers.contains(column)));
    [both[0], both[1], label]
}

/// How many different values a column has; 3 stands for more.
fn values(sheet: &Sheet, column: usize) -> usize {
    let mut labels = Labels::default();
    for (row, record) in sheet.rows.iter().enumerate() {
        let text = &*record.cells[column].text;
        if !is_missing(text) {
            labels.number(text, row);
        }
        if labels.0.len() > 2 {
            break;
        }
    }
    labels.0.len()
}

/// The labels of a table, in the order in which they come.
#[derive(Default)]
struct Labels(Vec<Label>);

struct Label {
    text: String,
    /// What it is as a number, if it is one.
    number: Option<f64>,
    /// The first row that has it.
    row: usize,
}

impl Labels {
    /// Which label a cell has. `1` and `1.0` are the same, and so are `Yes`
    /// and `yes`.
    fn number(&mut self, text: &str, row: usize) -> usize {
        let equal = |label: &Label| label.text == text;
        if let Some(known) = self.0.iter().position(equal) {
            return known;
        }
        // A third one is too many, and there may be thousands.
        if self.0.len() > 2 {
            return 2;
        }
        let minus = text.replace('\u{2212}', "-").replace(',', ".");
        let number = decimal::read(&minus);
        let equal = |label: &Label| match (number, label.number) {
            (Some(number), Some(known)) => number == known,
            _ => label.text.eq_ignore_ascii_case(text),
        };
        self.0.iter().position(equal).unwrap_or_else(|| {
            self.0.push(Label { text: text.into(), number, row });
            self.0.len() - 1
        })
    }

    /// Which of the two is 0 and which is 1: numbers by their size, words by
    /// the alphabet, and numbers before words.
    fn order(
        &self,
        sheet: &Sheet,
        at: [usize; 3],
    ) -> Result<[usize; 2], CsvError> {
        let place = |row| sheet.place(row, at[2]);
        match &self.0[..] {
            [a, b] => {
                let swapped = match (a.number, b.number) {
                    (Some(a), Some(b)) => a > b,
                    (None, None) => {
                        a.text.to_ascii_lowercase()
                            > b.text.to_ascii_lowercase()
                    }
                    (a, _) => a.is_none(),
                };
                Ok(if swapped { [1, 0] } else { [0, 1] })
            }
            [a] => Err(CsvError {
                what: format!("{} is the only label", shortened(&a.text)),
                mend: "give rows with another label, too".into(),
                ..place(a.row)
            }),
            [a, b, c, ..] => {
                let again = |row: &super::records::Record| {
                    let text = &row.cells[at[2]].text;
                    text.eq_ignore_ascii_case(&a.text)
                };
                let header = sheet.header.is_none()
                    && !sheet.rows[1..].iter().any(again);
                let [a, b] = [a, b].map(|label| shortened(&label.text));
                let what = format!(
                    "{} is a third label, after {a} and {b}",
                    shortened(&c.text)
                );
                let mut mend = String::from(
                    "keep the rows of two labels, or give the same label to \
                     several",
                );
                if header {
                    let line = sheet.rows[0].line;
                    mend += &format!(
                        "; if line {line} is a header, put a # before it"
                    );
                }
                Err(CsvError { what, mend, ..place(c.row) })
            }
            [] => unreachable!("a table has a row, and a row a label"),
        }
    }
}
