//! Writes JSON, as much of it as an answer needs: texts, lists, objects.
//!
//! serde_json would do more, and every reader would load it.

use std::fmt::Write as _;

/// A text in quotation marks.
pub fn text(text: &str) -> String {
    let mut json = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            c if c.is_control() => {
                // Writing to a String cannot fail. Every control character
                // has four digits or less.
                let _ = write!(json, "\\u{:04x}", u32::from(c));
            }
            c => json.push(c),
        }
    }
    json + "\""
}

/// A list of values that are JSON already.
pub fn list(values: impl IntoIterator<Item = String>) -> String {
    let values: Vec<String> = values.into_iter().collect();
    format!("[{}]", values.join(","))
}

/// An object of keys and values that are JSON already.
pub fn object<'a>(
    fields: impl IntoIterator<Item = (&'a str, String)>,
) -> String {
    let fields = fields.into_iter();
    let fields: Vec<String> =
        fields.map(|(key, value)| text(key) + ":" + &value).collect();
    format!("{{{}}}", fields.join(","))
}
