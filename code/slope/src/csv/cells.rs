//! What a cell can be: a number, nothing, or a word.

use super::{CsvError, records::Cell};
use exact::decimal;
use std::borrow::Cow;

/// How the decimals of a number are set off.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    None,
    Point,
    /// Whether it is certain that the comma does not group thousands.
    Comma(bool),
}

/// The number that a cell stands for; it may be infinite, or none.
fn parsed(text: &str) -> Option<(f64, Mark)> {
    let text = if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.replace(['\u{2212}', '\u{2013}'], "-"))
    };
    let Some((whole, part)) = text.split_once(',') else {
        let point = text.contains('.');
        let mark = if point { Mark::Point } else { Mark::None };
        return decimal::read(&text).map(|number| (number, mark));
    };
    if whole.contains('.') || !part.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let number = decimal::read(&format!("{whole}.{part}"))?;
    let digits = whole.trim_start_matches(['+', '-']);
    let thousands = part.len() == 3
        && part.bytes().all(|byte| byte.is_ascii_digit())
        && (1..=3).contains(&digits.len())
        && !digits.starts_with('0');
    Some((number, Mark::Comma(!thousands)))
}

pub(super) fn is_number(cell: &Cell) -> bool {
    parsed(&cell.text).is_some_and(|(number, _)| number.is_finite())
}

/// What people write where they have no value.
pub(super) fn is_missing(text: &str) -> bool {
    let markers = [
        "", "?", "-", "--", ".", "na", "n/a", "#n/a", "nan", "null", "none",
        "nil", "missing",
    ];
    markers.iter().any(|marker| text.eq_ignore_ascii_case(marker))
}

/// Whether a cell is a whole number, as a decimal comma leaves them behind.
pub(super) fn is_whole(cell: &Cell) -> bool {
    let digits = cell.text.trim_start_matches(['+', '-', '\u{2212}']);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Enough of a cell to find it by.
pub(super) fn shortened(text: &str) -> String {
    let mut short = String::from("`");
    for c in text.chars().take(30) {
        if matches!(c, '\n' | '\r' | '\t') {
            short.push(' ');
        } else if c.is_control() {
            short.extend(c.escape_unicode());
        } else {
            short.push(c);
        }
    }
    short + if text.chars().nth(30).is_some() { "…`" } else { "`" }
}

/// What the marks in the numbers of a table mean: one thing in all of it.
#[derive(Default)]
pub(super) struct Marks {
    point: Option<(usize, String)>,
    comma: Option<(CsvError, bool)>,
}

impl Marks {
    /// The number of a cell at this place.
    pub fn number(
        &mut self,
        cell: &Cell,
        place: &dyn Fn() -> CsvError,
    ) -> Result<f64, CsvError> {
        let text = &*cell.text;
        let Some((number, mark)) =
            parsed(text).filter(|(number, _)| number.is_finite())
        else {
            return Err(refused(text, place()));
        };
        match mark {
            Mark::None => {}
            Mark::Point => {
                if let Some((comma, _)) = &self.comma {
                    return Err(comma.clone());
                }
                if self.point.is_none() {
                    self.point = Some((place().line, text.into()));
                }
            }
            Mark::Comma(certain) => {
                if let Some((line, point)) = &self.point {
                    let point = shortened(point);
                    let other = format!(", and {point} in line {line} a point");
                    return Err(asked(text, &other, place()));
                }
                match &mut self.comma {
                    Some((_, known)) => *known |= certain,
                    none => {
                        *none = Some((asked(text, "", place()), certain));
                    }
                }
            }
        }
        Ok(number)
    }

    /// Whether the comma is a decimal point.
    ///
    /// # Errors
    /// If that cannot be known.
    pub fn has_comma(self) -> Result<bool, CsvError> {
        match self.comma {
            None => Ok(false),
            Some((_, true)) => Ok(true),
            Some((question, false)) => Err(question),
        }
    }
}

/// Whether a comma is a decimal point.
fn asked(text: &str, other: &str, place: CsvError) -> CsvError {
    let (point, none) = (text.replace(',', "."), text.replace(',', ""));
    CsvError {
        what: format!(
            "{} has a comma{other}: is it a decimal point, or does it group \
             thousands?",
            shortened(text)
        ),
        mend: format!(
            "write {} or {}, and all numbers in the same way",
            shortened(&point),
            shortened(&none)
        ),
        ..place
    }
}

/// Why a cell is no number.
fn refused(text: &str, place: CsvError) -> CsvError {
    let shown = shortened(text);
    let value = "give a number, or leave the row out";
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let unsigned = text.trim_start_matches(['+', '-', '\u{2212}']);
    let mark = |c: char| {
        c.is_ascii_digit()
            || [',', '.', '\'', '’', ' ', '\u{a0}', '\u{202f}'].contains(&c)
    };
    let grouped = digits > 0 && unsigned.chars().all(mark);
    let (what, mend) = if text.is_empty() {
        ("the cell is empty".into(), value)
    } else if is_missing(text) {
        (format!("{shown} is a missing value, not a number"), value)
    } else if decimal::read(text).is_some() {
        (format!("{shown} is not finite"), value)
    } else if grouped {
        let mend = "write it with a decimal point and nothing between \
                    thousands, as in 1234.5";
        (format!("{shown} is not a number"), mend)
    } else if text.contains([';', '|']) {
        let mend = "separate all cells in the same way";
        (format!("{shown} is not a number"), mend)
    } else if digits > 0 {
        let mend = "write the number alone, as in -0.5 or 1e-3";
        (format!("{shown} is not a number"), mend)
    } else {
        let mend = "write a number in its place, or leave the column out";
        (format!("{shown} is not a number"), mend)
    };
    CsvError { what, mend: mend.into(), ..place }
}
