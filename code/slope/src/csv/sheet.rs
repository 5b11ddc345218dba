//! The rows of a text, all as wide, below their names.

use super::{
    CsvError,
    bytes::check,
    cells::{is_missing, is_number, is_whole, shortened},
    records::{Cell, Line, Lines, Record, Separator},
};

/// So many lines tell what separates the cells of a table.
const LOOKED_AT: usize = 100;

/// A table before its cells are read.
pub(super) struct Sheet<'a> {
    separator: Separator,
    /// The line of the header, and a name for each column.
    pub header: Option<(usize, Vec<String>)>,
    /// There is one at least.
    pub rows: Vec<Record<'a>>,
    pub width: usize,
    pub notes: Vec<String>,
}

impl<'a> Sheet<'a> {
    pub fn of(text: &'a str) -> Result<Self, CsvError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        check(text)?;
        let mut lines = begun(text);
        let separator = lines.separator;
        let mut rows: Vec<Record> = vec![];
        let (mut blank, mut comments) = (vec![], vec![]);
        let mut above = None;
        while let Some(line) = lines.next() {
            match line? {
                Line::Blank(line) => blank.push(line),
                Line::Comment(line, text) => {
                    comments.push(line);
                    if rows.is_empty() {
                        above = Some((line, text));
                    }
                }
                Line::Record(row) => rows.push(row),
            }
        }
        let first = rows.first();
        let mut header = None;
        if first.is_some_and(|row| is_header(&row.cells)) {
            let Record { line, cells } = rows.remove(0);
            header = Some((line, cells));
        }
        let Some(first) = rows.first() else {
            let (line, what) = match &header {
                Some((line, _)) => (*line, "no numbers below the header"),
                None if comments.is_empty() => (1, "no numbers"),
                None => (1, "no numbers: all lines begin with #"),
            };
            let mend = "give a row of numbers on each line, such as 0.5,1.2,0";
            return Err(CsvError::about(line, what.into(), mend));
        };
        if let Some((line, text)) = above
            && header.is_none()
        {
            // `numpy.savetxt` writes the names behind a #.
            let text = text.trim_start_matches('#');
            let named = Lines::of(text, line, separator).next();
            if let Some(Ok(Line::Record(Record { cells, .. }))) = named
                && cells.len() == first.cells.len()
                && is_header(&cells)
            {
                comments.retain(|comment| *comment != line);
                header = Some((line, cells));
            }
        }
        let mut sheet =
            Sheet { separator, header: None, rows, width: 0, notes: vec![] };
        sheet.fit(header)?;
        sheet.tell(&blank, &comments);
        Ok(sheet)
    }

    /// Gives all rows and the header the same width.
    fn fit(
        &mut self,
        header: Option<(usize, Vec<Cell<'a>>)>,
    ) -> Result<(), CsvError> {
        let mut header = header;
        let Record { line: first, cells } = &self.rows[0];
        let (first, mut width) = (*first, cells.len());
        if let Some(row) = self.rows.iter().find(|r| r.cells.len() != width) {
            let found = row.cells.len();
            return Err(self.ragged(row.line, cells_of(found), first, width));
        }
        // What a separator at the end of each line leaves behind.
        let empty = |cells: &[Cell], at| {
            cells.get(at).is_none_or(|cell: &Cell| cell.is_nothing())
        };
        let named = |at| header.as_ref().is_some_and(|(_, c)| !empty(c, at));
        let all = width;
        while width > 1
            && !named(width - 1)
            && self.rows.iter().all(|row| empty(&row.cells, width - 1))
        {
            width -= 1;
        }
        if width < all {
            let note = "the separators at the end of each line say nothing";
            self.notes.push(note.into());
        }
        for row in &mut self.rows {
            row.cells.truncate(width);
        }
        self.width = width;
        let Some((line, cells)) = &mut header else { return Ok(()) };
        while cells.len() > width && empty(cells, cells.len() - 1) {
            cells.pop();
        }
        // R's `write.table` leaves out the name of the row names.
        let unnamed = cells.len() + 1 == width;
        if !unnamed && cells.len() != width {
            let found = cells.len();
            let s = if found == 1 { "" } else { "s" };
            let found = format!("{found} name{s}");
            return Err(self.ragged(*line, found, first, width));
        }
        let names = cells.iter().map(|cell| cell.text.to_string());
        let names = unnamed.then(String::new).into_iter().chain(names);
        self.header = Some((*line, names.collect()));
        Ok(())
    }

    /// A line has more or fewer cells than the first row.
    fn ragged(
        &self,
        line: usize,
        found: String,
        first: usize,
        width: usize,
    ) -> CsvError {
        let what = format!("{found}, but line {first} has {width}");
        if let Some(question) = self.doubtful_comma() {
            return CsvError::about(line, format!("{what}: {question}"), COMMA);
        }
        let mend = format!(
            "give every line as many, separated by {}",
            self.separator.in_words()
        );
        CsvError::about(line, what, &mend)
    }

    /// Whether there may be commas of two kinds, as a question.
    pub fn doubtful_comma(&self) -> Option<String> {
        let Record { cells, line } = &self.rows[0];
        let commas = self.separator == Separator::Comma
            && cells.len() > 3
            && cells.iter().all(|cell| is_whole(cell) && !cell.quoted);
        commas.then(|| {
            let cells: Vec<_> = cells.iter().map(|cell| &*cell.text).collect();
            let cells = shortened(&cells.join(","));
            format!("in {cells}, line {line}, is a comma also a decimal point?")
        })
    }

    fn tell(&mut self, blank: &[usize], comments: &[usize]) {
        if let Some((line, names)) = &self.header {
            let names: Vec<_> = names.iter().map(|n| shortened(n)).collect();
            let mut shown = names[..names.len().min(8)].join(", ");
            if names.len() > 8 {
                shown += " …";
            }
            self.notes.push(format!(
                "line {line} is the header, {shown}, and no row"
            ));
        }
        for (lines, one, many) in [
            (blank, "is blank", "are blank"),
            (comments, "is a comment", "are comments"),
        ] {
            match lines {
                [] => {}
                [line] => {
                    self.notes.push(format!("line {line} {one}, and left out"))
                }
                lines => {
                    let some: Vec<_> =
                        lines.iter().take(5).map(usize::to_string).collect();
                    let more = lines.len() - some.len();
                    let listed = match (&some[..], more) {
                        ([before @ .., last], 0) => {
                            format!("{} and {last}", before.join(", "))
                        }
                        (some, more) => {
                            format!("{} and {more} more", some.join(", "))
                        }
                    };
                    self.notes
                        .push(format!("lines {listed} {many}, and left out"));
                }
            }
        }
        if self.separator != Separator::Comma && self.width > 1 {
            let separator = self.separator.in_words();
            self.notes.push(format!("cells are separated by {separator}"));
        }
    }

    /// The name of a column, the first being 0.
    pub fn name(&self, column: usize) -> Option<String> {
        let (_, names) = self.header.as_ref()?;
        Some(names[column].clone()).filter(|name| !name.is_empty())
    }

    /// An error about a cell of this row, without words.
    pub fn place(&self, row: usize, column: usize) -> CsvError {
        CsvError {
            column: Some(column + 1),
            name: self.name(column).map(|name| shortened(&name)),
            ..CsvError::about(self.rows[row].line, String::new(), "")
        }
    }
}

/// What to do about commas of two kinds.
pub(super) const COMMA: &str = "if it is, separate the cells with semicolons, \
                                as in 0,5;1,2;0";

fn cells_of(count: usize) -> String {
    format!("{count} cell{}", if count == 1 { "" } else { "s" })
}

/// Whether a line holds names: a letter at least, no number, and no empty cell
/// but that of the row names.
fn is_header(cells: &[Cell]) -> bool {
    let last = cells.iter().rposition(|cell| !cell.is_nothing());
    let cells = &cells[..last.map_or(0, |last| last + 1)];
    let none = |cell: &Cell| is_missing(&cell.text);
    let letter = |c: char| c.is_ascii_alphabetic() || !c.is_ascii();
    cells.iter().any(|cell| cell.text.contains(letter))
        && !cells.iter().any(is_number)
        && !cells.iter().skip(1).any(none)
        && (cells[0].text.is_empty() && cells.len() > 1 || !none(&cells[0]))
}

/// The text with the separator that explains it best: all lines have as many
/// cells, and most are numbers.
fn begun(text: &str) -> Lines<'_> {
    let end = text.find(['\r', '\n']).unwrap_or(text.len());
    // So Excel tells others, and itself, what separates cells.
    let told = text[..end].trim().trim_matches('"').to_ascii_lowercase();
    let told = match told.strip_prefix("sep=") {
        Some(";") => Some(Separator::Semicolon),
        Some(",") => Some(Separator::Comma),
        Some("\t" | "\\t" | "") => Some(Separator::Tab),
        _ => None,
    };
    if let Some(separator) = told {
        let rest = &text[end..];
        let rest = rest.strip_prefix('\r').unwrap_or(rest);
        let rest = rest.strip_prefix('\n').unwrap_or(rest);
        return Lines::of(rest, 2, separator);
    }
    let mut best = (Lines::of(text, 1, Separator::Comma), (false, 0.0));
    for separator in Separator::ALL {
        let lines = Lines::of(text, 1, separator);
        if let Some(fit) = fit(lines)
            && fit > best.1
        {
            best = (lines, fit);
        }
    }
    best.0
}

/// How well a separator explains a text: whether all lines have as many cells,
/// two or more, and the share of numbers. None, if it separates nothing.
fn fit(mut lines: Lines) -> Option<(bool, f64)> {
    let mut widths = vec![];
    let (mut cells, mut numbers) = (0, 0);
    for _ in 0..LOOKED_AT {
        match lines.next() {
            Some(Ok(Line::Record(row))) => {
                widths.push(row.cells.len());
                cells += row.cells.len();
                numbers += row.cells.iter().filter(|c| is_number(c)).count();
            }
            Some(Ok(_)) => {}
            Some(Err(_)) => return None,
            None => break,
        }
    }
    // The header may lack a name.
    let width = *widths.last()?;
    let all = widths[1..].iter().all(|found| *found == width)
        && (widths[0] == width || widths[0] + 1 == width);
    let most = widths.iter().max()?;
    (*most > 1).then(|| {
        // Something is better than nothing.
        let share = f64::from(numbers as u32) / f64::from(cells as u32);
        (all && width > 1, 1e-9 + share)
    })
}
