//! A reader's own data: points of two classes in a plane.
//!
//! They travel in the link of a run, so that it can be replayed where nobody
//! has the file: a table `x,y,label` with `_` for the end of a line.

use std::fmt::Write as _;

use ndarray::{Array2, Axis};
use slope::{csv, data::Dataset, decimal::Decimal};

use crate::params::{BadParam, Domain, Setting};

/// Points and their labels; or none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Points(Option<Dataset>);

/// Farther out, numbers say nothing about where a point lies in a picture.
const FARTHEST: f64 = 1e6;

/// Characters of a link that points may take: as many as programs for mail
/// still pass on.
const LONGEST: usize = 6000;

impl Points {
    /// The points as a data set, if there are any.
    pub(crate) fn data(&self) -> Option<&Dataset> {
        self.0.as_ref()
    }

    /// Reads a table.
    fn of(text: &str, most: usize) -> Result<Self, String> {
        if text.trim_matches(['_', ' ']).is_empty() {
            return Ok(Self(None));
        }
        let table = csv::numbers(&text.replace('_', "\n"));
        let table = table.map_err(|why| why.to_string())?;
        check(&table, most)?;
        let (x, y) = table.view().split_at(Axis(1), 2);
        let data = Dataset::new(x.to_owned(), y.to_owned());
        let points = data.map(|data| Self(Some(data)));
        let points = points.map_err(|why| why.to_string())?;
        let taken = points.show().len();
        if taken > LONGEST {
            return Err(format!(
                "they take {taken} characters of a link, which has room for \
                 {LONGEST}: round them, or leave some out"
            ));
        }
        Ok(points)
    }
}

/// What a picture of two classes needs. Rows are counted without the header.
fn check(table: &Array2<f64>, most: usize) -> Result<(), String> {
    if table.ncols() != 3 {
        let columns = table.ncols();
        return Err(format!("expected columns x,y,label, found {columns}"));
    }
    if table.nrows() > most {
        let rows = table.nrows();
        return Err(format!(
            "{rows} points, and a link has room for {most}: leave some out"
        ));
    }
    for (at, row) in table.rows().into_iter().enumerate() {
        let point = at + 1;
        if row[2] != 0.0 && row[2] != 1.0 {
            let label = Decimal(row[2]);
            return Err(format!(
                "point {point}: expected the label 0 or 1, found {label}"
            ));
        }
        if row.iter().any(|value| value.abs() > FARTHEST) {
            let farthest = Decimal(FARTHEST);
            return Err(format!(
                "point {point}: expected x and y between -{farthest} and \
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
        let mut text = String::new();
        let Some(data) = &self.0 else { return text };
        for (x, y) in data.x.rows().into_iter().zip(&data.y) {
            let end = if text.is_empty() { "" } else { "_" };
            // Writing to a String cannot fail.
            let [x0, x1, y] = [x[0], x[1], *y].map(Decimal);
            let _ = write!(text, "{end}{x0},{x1},{y}");
        }
        text
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
        let text = "0.5,-1e-3,0_2,3,1";
        let points = Points::read(text, 5).unwrap();
        assert_eq!(points.show(), "0.5,-0.001,0_2,3,1");
        assert_eq!(Points::read(&points.show(), 5), Some(points));
        assert_eq!(Points::read("", 5), Some(Points::default()));
        assert_eq!(Points::default().show(), "");
    }

    #[test]
    fn a_header_and_an_empty_last_line_are_no_points() {
        let with = Points::read("x,y,label_0,1,0_1,0,1_", 5);
        assert_eq!(with, Points::read("0,1,0_1,0,1", 5));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, part) in [
            ("0,1,0_1,x,1", "line 2, column 2: `x`"),
            ("0,1_1,0", "columns x,y,label, found 2"),
            ("0,1,0_1,0,2", "point 2: expected the label 0 or 1, found 2"),
            ("0,1,0_1,0,0", "no point has the label 1"),
            ("0,1,0_0,2,1", "every point has the same x"),
            ("0,1,0_1e9,2,1", "point 2: expected x and y between"),
            ("0,1,0_1,0,1_2,3", "line 3"),
            ("0,1,0_1,2,1_0,1,0_0,1,0_0,1,0_0,1,0", "6 points"),
            ("nan,1,0_1,2,1", "line 1"),
        ] {
            let flaw = flaw(text);
            assert!(flaw.starts_with("points: "), "{flaw}");
            assert!(flaw.contains(part), "{text}: {flaw}");
        }
        let exact = "0.1234567890123456,1e-200,0_0.5,1e-300,1_".repeat(60);
        let flaw = Points::flaw("points", &exact, 200).to_string();
        assert!(flaw.contains("characters of a link"), "{flaw}");
    }
}
