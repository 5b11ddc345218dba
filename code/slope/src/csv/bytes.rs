//! The text that the bytes of a file stand for, or what else they are.

use super::CsvError;
use std::borrow::Cow;

/// What files begin with that are no text, what they are, and what to do.
const OTHERS: [(&[u8], &str, &str); 9] = [
    (b"PK\x03\x04", "a packed spreadsheet, .xlsx or .ods", SAVE),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet, .xls", SAVE),
    (b"\x1f\x8b", "packed with gzip", "unpack it first"),
    (b"%PDF", "a PDF", SAVE),
    (b"{\\rtf", "formatted text, .rtf", "save it as plain text"),
    (b"\x93NUMPY", "an array of NumPy", "write it with numpy.savetxt"),
    (b"PAR1", "a Parquet file", SAVE),
    (b"SQLite format 3", "a database", SAVE),
    (b"\x89PNG", "a picture", SAVE),
];

const SAVE: &str = "save the table as CSV, and take that file";

/// 0x80 to 0x9f of Windows-1252; its other bytes are the first characters of
/// Unicode. Five are not in use there, and stay as they are.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ',
    '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜',
    '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// What to do where bytes are no characters.
const UTF8: &str = "save the table as CSV in UTF-8";

pub(super) fn text(
    file: &[u8],
) -> Result<(Cow<'_, str>, Option<&'static str>), CsvError> {
    for (begins, what, mend) in OTHERS {
        if file.starts_with(begins) {
            return Err(CsvError::about(
                1,
                format!("the file is {what}"),
                mend,
            ));
        }
    }
    if let Some(rest) = file.strip_prefix(b"\xef\xbb\xbf") {
        return Ok((one_byte_or_utf8(rest).0, None));
    }
    let utf16 = |rest, unit: fn([u8; 2]) -> u16| {
        Ok((Cow::Owned(two_bytes(rest, unit)?), Some("UTF-16")))
    };
    match file {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => Ok(one_byte_or_utf8(file)),
    }
}

fn one_byte_or_utf8(file: &[u8]) -> (Cow<'_, str>, Option<&'static str>) {
    match std::str::from_utf8(file) {
        Ok(text) => (Cow::Borrowed(text), None),
        Err(_) => {
            let char = |byte: &u8| match byte {
                0x80..=0x9f => WINDOWS[usize::from(byte - 0x80)],
                _ => char::from(*byte),
            };
            (Cow::Owned(file.iter().map(char).collect()), Some("Windows-1252"))
        }
    }
}

fn two_bytes(
    file: &[u8],
    unit: fn([u8; 2]) -> u16,
) -> Result<String, CsvError> {
    let (pairs, rest) = file.as_chunks::<2>();
    let mut text = String::with_capacity(pairs.len());
    let broken = |text: &str| {
        let line = super::records::lines(text);
        let what = "a character of UTF-16 has one half".into();
        CsvError::about(line, what, UTF8)
    };
    for found in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        text.push(found.map_err(|_| broken(&text))?);
    }
    if rest.is_empty() { Ok(text) } else { Err(broken(&text)) }
}

/// Refuses texts that are no tables.
pub(super) fn check(text: &str) -> Result<(), CsvError> {
    if let Some((before, _)) = text.split_once('\0') {
        let what = "a NUL, which no text has".into();
        let line = super::records::lines(before);
        return Err(CsvError::about(line, what, UTF8));
    }
    let body = text.trim_start();
    let line = super::records::lines(&text[..text.len() - body.len()]);
    let after = |open| body.strip_prefix(open).map(str::trim_start);
    let begins = |rest: Option<&str>, with: &[char]| {
        rest.is_some_and(|rest| rest.starts_with(with))
    };
    let markup = ["<!", "<?", "<html", "<table", "<svg", "<div"];
    let what = if begins(after('{'), &['"', '}', '\''])
        || begins(after('['), &['[', '{', '"'])
    {
        "the text is JSON"
    } else if markup.iter().any(|tag| body.starts_with(tag)) {
        "the text is HTML or XML"
    } else {
        return Ok(());
    };
    let mend = "write a row on each line, with commas between its cells";
    Err(CsvError::about(line, what.into(), mend))
}
