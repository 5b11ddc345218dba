//! Reading a golden file so that nothing in it is overlooked: a field that
//! nobody asked for fails by name.

use ndarray::Array2;
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// An object of a file, and which of its fields have been asked for.
pub struct Fields<'a> {
    at: String,
    fields: &'a Map<String, Value>,
    read: RefCell<BTreeSet<String>>,
}

impl<'a> Fields<'a> {
    pub fn of(value: &'a Value, at: &str) -> Self {
        let Value::Object(fields) = value else {
            panic!("{at}: expected an object, found {value}");
        };
        Fields { at: at.to_string(), fields, read: RefCell::default() }
    }

    pub fn maybe(&self, key: &str) -> Option<&'a Value> {
        self.read.borrow_mut().insert(key.to_string());
        self.fields.get(key)
    }

    pub fn get(&self, key: &str) -> &'a Value {
        let value = self.maybe(key);
        value.unwrap_or_else(|| panic!("{}: no field `{key}`", self.at))
    }

    pub fn number(&self, key: &str) -> f64 {
        number(self.get(key))
    }

    /// The number, or what holds where none is given.
    pub fn number_or(&self, key: &str, other: f64) -> f64 {
        self.maybe(key).map_or(other, number)
    }

    pub fn count(&self, key: &str) -> usize {
        let value = self.get(key);
        let count = value.as_u64();
        let at = &self.at;
        count.unwrap_or_else(|| panic!("{at}: {key} is {value}, no count"))
            as usize
    }

    pub fn text(&self, key: &str) -> &'a str {
        text(self.get(key))
    }

    pub fn list(&self, key: &str) -> &'a [Value] {
        list(self.get(key))
    }

    pub fn vector(&self, key: &str) -> Vec<f64> {
        vector(self.get(key))
    }

    pub fn matrix(&self, key: &str) -> Array2<f64> {
        matrix(self.get(key))
    }

    pub fn object(&self, key: &str) -> Fields<'a> {
        Fields::of(self.get(key), &format!("{}, {key}", self.at))
    }

    /// What slope has not may be there as long as it does nothing.
    pub fn without(&self, key: &str, idle: &Value) {
        let found = self.maybe(key).unwrap_or(idle);
        let zero = |v: &Value| v.as_f64() == Some(0.0); // 0 or 0.0
        let same = found == idle || (zero(found) && zero(idle));
        let at = &self.at;
        assert!(same, "{at}: {key} is {found}, and slope has only {idle}");
    }

    /// Every field has been asked for.
    pub fn done(self) {
        let read = self.read.borrow();
        let unknown: Vec<_> =
            self.fields.keys().filter(|key| !read.contains(*key)).collect();
        assert!(unknown.is_empty(), "{}: unknown {unknown:?}", self.at);
    }
}

pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a text"))
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is not a list"))
}

pub fn vector(value: &Value) -> Vec<f64> {
    list(value).iter().map(number).collect()
}

/// Rows of numbers; a plain list of numbers is a column.
pub fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = list(value)
        .iter()
        .map(|row| if row.is_array() { vector(row) } else { vec![number(row)] })
        .collect();
    let shape = (rows.len(), rows.first().map_or(0, Vec::len));
    Array2::from_shape_vec(shape, rows.concat()).expect("rows of one length")
}

/// The rows of a rule such as `test row i iff (i/10)%5==0`. Division is that
/// of whole numbers.
pub struct Rule<'a> {
    text: &'a str,
    rest: &'a str,
    i: i64,
}

/// The operators, those that bind least first, longer ones before shorter.
const OPERATORS: [&[&str]; 5] = [
    &["||", "or"],
    &["&&", "and"],
    &["==", "!=", "<=", ">=", "<", ">"],
    &["+", "-"],
    &["*", "//", "/", "%"],
];

impl<'a> Rule<'a> {
    pub fn holds(text: &'a str, i: usize) -> bool {
        let Some(rest) = text.strip_prefix("test row i iff ") else {
            panic!("unknown rule `{text}`");
        };
        let mut rule = Rule { text, rest, i: i as i64 };
        let value = rule.value(0);
        assert!(rule.rest.is_empty(), "unknown rule `{text}`");
        value != 0
    }

    fn next(&mut self, what: &str) -> bool {
        self.rest = self.rest.trim_start();
        let after = self.rest.strip_prefix(what);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn value(&mut self, level: usize) -> i64 {
        let Some(operators) = OPERATORS.get(level) else { return self.atom() };
        let mut a = self.value(level + 1);
        while let Some(operator) = operators.iter().find(|o| self.next(o)) {
            let b = self.value(level + 1);
            a = match *operator {
                "||" | "or" => i64::from(a != 0 || b != 0),
                "&&" | "and" => i64::from(a != 0 && b != 0),
                "==" => i64::from(a == b),
                "!=" => i64::from(a != b),
                "<=" => i64::from(a <= b),
                ">=" => i64::from(a >= b),
                "<" => i64::from(a < b),
                ">" => i64::from(a > b),
                "+" => a + b,
                "-" => a - b,
                "*" => a * b,
                "%" => a % b,
                _ => a / b,
            };
        }
        a
    }

    fn atom(&mut self) -> i64 {
        if self.next("(") {
            let value = self.value(0);
            assert!(self.next(")"), "unknown rule `{}`", self.text);
            return value;
        }
        if self.next("i") {
            return self.i;
        }
        let digits = |c: char| !c.is_ascii_digit();
        let end = self.rest.find(digits).unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        let value = number.parse();
        value.unwrap_or_else(|_| panic!("unknown rule `{}`", self.text))
    }
}
