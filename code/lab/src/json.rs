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

/// An object on its way.
pub struct Object(String);

impl Object {
    /// An object with nothing in it.
    pub fn new() -> Self {
        Self(String::from("{"))
    }

    /// Adds a text.
    pub fn text(&mut self, key: &str, value: &str) {
        self.json(key, &text(value));
    }

    /// Adds a value that is JSON already.
    // Within each of its callers it would be several times as much to load.
    #[inline(never)]
    pub fn json(&mut self, key: &str, value: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        for part in [&text(key), ":", value] {
            self.0.push_str(part);
        }
    }

    /// All of it.
    pub fn end(self) -> String {
        self.0 + "}"
    }
}
