//! How wide text will be, without a font.
//!
//! The same estimate must come out on every machine and in the browser's
//! WebAssembly, so no font is asked: a table of Open Sans (mdBook's text face)
//! stands for all of them, on the generous side.

/// Wide enough for DejaVu Sans and Verdana, which a reader without the book's
/// fonts may get.
const MARGIN_PERCENT: i32 = 8;

/// Thousandths of the font size that a letter takes.
fn advance(letter: char) -> i32 {
    match letter {
        ' ' | '.' | ',' | ':' | ';' | 'i' | 'j' | 'l' | 'I' | 'J' | '!'
        | '\'' | '|' | '·' => 275,
        'f' | 't' | '(' | ')' | '[' | ']' | '-' | '/' | '′' => 365,
        'r' | 'c' | 's' | 'z' | 'v' | 'x' | 'y' | 'k' => 515,
        'm' | 'W' | 'M' | '—' | '…' | '∞' => 950,
        'w' | 'O' | 'Q' | 'N' | 'G' | 'H' | 'D' | 'U' | '%' | '@' => 795,
        'A'..='Z' => 640,
        'a'..='z' | '0'..='9' => 605,
        '⁰' | '¹' | '²' | '³' | '⁴'..='⁹' | '⁻' | '₀'..='₉' => {
            420
        }
        'α'..='ω' => 640,
        '\u{2e80}'.. => 1050,
        _ => 640,
    }
}

/// The estimated width of one line of text, in the unit of `size` (the font
/// size).
pub(super) fn width(text: &str, size: i32, bold: bool) -> i32 {
    let thousandths: i32 = text.chars().map(advance).sum();
    let percent = 100 + MARGIN_PERCENT + if bold { 6 } else { 0 };
    (thousandths * size / 1000) * percent / 100 + 1
}

/// Break text at spaces into lines no wider than `room` (a longer word stands
/// alone). Always at least one line.
pub(super) fn wrapped(
    text: &str,
    size: i32,
    bold: bool,
    room: i32,
) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        if let Some(line) = lines.last_mut() {
            let longer = format!("{line} {word}");
            if width(&longer, size, bold) <= room {
                *line = longer;
                continue;
            }
        }
        lines.push(word.to_owned());
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// As [`wrapped`], with words cut that are longer than a line; nothing for
/// empty text.
pub(super) fn fitted(
    text: &str,
    size: i32,
    bold: bool,
    room: i32,
) -> Vec<String> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    let lines = wrapped(text, size, bold, room);
    lines.iter().map(|line| cut(line, size, bold, room)).collect()
}

/// The longest start of `text` that fits into `room`, with an ellipsis where
/// something was cut.
pub(super) fn cut(text: &str, size: i32, bold: bool, room: i32) -> String {
    if width(text, size, bold) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        kept.push(letter);
        if width(&format!("{kept}…"), size, bold) > room {
            kept.pop();
            break;
        }
    }
    format!("{}…", kept.trim_end())
}
