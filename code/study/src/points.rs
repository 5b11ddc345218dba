//! A reader's own data: points of two classes in a plane.
//!
//! They travel in the link of a run, so that it can be replayed where nobody
//! has the file: rows `x,y,label` with `_` between them. What a reader has is
//! made such rows by `own`.

use ndarray::{Array2, Axis};
use slope::{
    data::Dataset,
    decimal::{self, Decimal},
};

use crate::params::{BadParam, Domain, Setting, quoted};

/// Points and their labels; or none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Points(Option<Dataset>);

/// Farther out, numbers say nothing about where a point lies in a picture.
pub(crate) const FARTHEST: f64 = 1e6;

/// Points that a link has room for.
pub const MOST: usize = 200;

/// Characters of a link that points may take: as many as programs for mail
/// still pass on.
pub(crate) const LONGEST: usize = 6000;

/// The points as a link has them.
pub(crate) fn text(data: &Dataset) -> String {
    let mut text = String::new();
    for (x, y) in data.x.rows().into_iter().zip(&data.y) {
        if !text.is_empty() {
            text.push('_');
        }
        text += &[x[0], x[1], *y].map(decimal::text).join(",");
    }
    text
}

impl Points {
    /// The points as a data set, if there are any.
    pub fn data(&self) -> Option<&Dataset> {
        self.0.as_ref()
    }

    /// Reads rows with `_` between them.
    fn of(text: &str, most: usize) -> Result<Self, String> {
        let rows = text.strip_suffix('_').unwrap_or(text);
        if rows.is_empty() {
            return Ok(Self(None));
        }
        let mut cells = vec![];
        for (row, at) in rows.split('_').zip(1..) {
            let width = row.split(',').count();
            if width != 3 {
                let row = quoted(row);
                return Err(format!(
                    "row {at}: expected x,y,label, found {row}: --data FILE \
                     reads other tables"
                ));
            }
            for (cell, column) in row.split(',').zip(1..) {
                let number = decimal::read(cell.trim());
                let Some(number) = number.filter(|n| n.is_finite()) else {
                    let cell = quoted(cell);
                    return Err(format!(
                        "row {at}, column {column}: {cell} is not a number: \
                         --data FILE reads other tables"
                    ));
                };
                cells.push(number);
            }
        }
        let shape = (cells.len() / 3, 3);
        let table = Array2::from_shape_vec(shape, cells);
        let table = table.map_err(|why| why.to_string())?;
        check(&table, most)?;
        let (x, y) = table.view().split_at(Axis(1), 2);
        let data = Dataset { x: x.to_owned(), y: y.to_owned() };
        let taken = self::text(&data).len();
        if taken > LONGEST {
            return Err(format!(
                "they take {taken} characters of a link, which has room for \
                 {LONGEST}: round them, or leave some out"
            ));
        }
        Ok(Self(Some(data)))
    }
}

/// What a picture of two classes needs.
fn check(table: &Array2<f64>, most: usize) -> Result<(), String> {
    if table.nrows() > most {
        let rows = table.nrows();
        return Err(format!(
            "{rows} points, and a link has room for {most}: leave some out"
        ));
    }
    for (at, row) in table.rows().into_iter().enumerate() {
        let row_number = at + 1;
        if row[2] != 0.0 && row[2] != 1.0 {
            let label = Decimal(row[2]);
            return Err(format!(
                "row {row_number}: expected the label 0 or 1, found {label}"
            ));
        }
        if row.iter().any(|value| value.abs() > FARTHEST) {
            let farthest = Decimal(FARTHEST);
            return Err(format!(
                "row {row_number}: expected x and y between -{farthest} and \
                 {farthest}: divide the column by something"
            ));
        }
    }
    for label in [0.0, 1.0] {
        if !table.column(2).iter().any(|found| *found == label) {
            let label = Decimal(label);
            return Err(format!("no point has the label {label}"));
        }
    }
    for (column, name) in [(0, "x"), (1, "y")] {
        let first = table[(0, column)];
        if table.column(column).iter().all(|value| *value == first) {
            return Err(format!("every point has the same {name}"));
        }
    }
    Ok(())
}

impl Setting for Points {
    type Limit = usize;

    fn domain(limit: Self::Limit) -> Domain {
        Domain::Points(limit)
    }

    fn show(&self) -> String {
        self.0.as_ref().map(text).unwrap_or_default()
    }

    fn read(text: &str, limit: Self::Limit) -> Option<Self> {
        Self::of(text, limit).ok()
    }

    fn flaw(key: &str, text: &str, limit: Self::Limit) -> BadParam {
        let why = Self::of(text, limit).err().unwrap_or_default();
        BadParam::Flawed { key: key.into(), why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw(text: &str) -> String {
        Points::flaw("points", text, 5).to_string()
    }

    #[test]
    fn what_is_shown_is_read() {
        let text = "0.50,-1e-3,0_2e-7,3,1";
        let points = Points::read(text, 5).unwrap();
        assert_eq!(points.show(), "0.5,-0.001,0_2e-7,3,1");
        assert_eq!(Points::read(&points.show(), 5), Some(points));
        assert_eq!(Points::read("", 5), Some(Points::default()));
        assert_eq!(Points::default().show(), "");
    }

    #[test]
    fn a_row_may_end_with_its_separator() {
        let with = Points::read("0,1,0_1,0,1_", 5);
        assert_eq!(with, Points::read("0,1,0_1,0,1", 5));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, part) in [
            ("0,1,0_1,x,1", "row 2, column 2: `x`"),
            ("x,y,label_0,1,0", "row 1, column 1: `x`"),
            ("0,1_1,0", "row 1: expected x,y,label, found `0,1`"),
            ("0,1,0__1,0,1", "row 2: expected x,y,label, found ``"),
            ("0,1,0_1,0,2", "row 2: expected the label 0 or 1, found 2"),
            ("0,1,0_1,0,0", "no point has the label 1"),
            ("0,1,0_0,2,1", "every point has the same x"),
            ("0,1,0_1e9,2,1", "row 2: expected x and y between"),
            ("0,1,0_1,0,1_2,3", "row 3"),
            ("0,1,0_1,2,1_0,1,0_0,1,0_0,1,0_0,1,0", "6 points"),
            ("nan,1,0_1,2,1", "row 1"),
        ] {
            let flaw = flaw(text);
            assert!(flaw.starts_with("points: "), "{flaw}");
            assert!(flaw.contains(part), "{text}: {flaw}");
        }
        let exact =
            "0.1234567890123456,1.23456789e-200,0_0.5678901234567891,2e-100,1_"
                .repeat(100);
        let flaw = Points::flaw("points", &exact, 200).to_string();
        assert!(flaw.contains("characters of a link"), "{flaw}");
    }
}
