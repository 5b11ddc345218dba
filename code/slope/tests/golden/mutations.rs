//! The golden tests must notice a change of any field: each is perturbed in a
//! copy, taken away, and joined by an unknown one.

use super::{FILES, File, Files, check_case, check_file, files};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A place in a file as `serde_json` points at it, and another value for it;
/// none takes the field away.
struct Mutation {
    pointer: String,
    what: &'static str,
    to: Option<Value>,
}

/// Fields that say something to a reader, and nothing to a test.
const FREE: [&str; 6] =
    ["file", "split", "generator", "versions", "note", "name"];

/// Which of the entries of a list are tried, beside its loss of one.
fn tried(len: usize) -> Vec<usize> {
    match len {
        0..=4 => (0..len).collect(),
        _ => vec![0, len / 2, len - 1],
    }
}

/// Every change of what lies below a place.
fn mutations(value: &Value, pointer: &str, all: &mut Vec<Mutation>) {
    let mut to = |what, to| {
        all.push(Mutation { pointer: pointer.to_string(), what, to });
    };
    match value {
        Value::Null => to("changed", Some(json!(1))),
        Value::Bool(b) => to("changed", Some(json!(!b))),
        Value::String(text) => {
            to("changed", Some(json!(format!("{text}?"))));
        }
        Value::Number(n) => {
            let other = match (n.as_i64(), n.as_f64().unwrap_or(0.0)) {
                (Some(n), _) => json!(n + 1),
                (_, x) => json!(x + 0.01 * (1.0 + x.abs())),
            };
            to("changed", Some(other));
        }
        Value::Array(entries) => {
            let less = entries.len().saturating_sub(1);
            to("shortened", Some(entries[..less].into()));
            for at in tried(entries.len()) {
                mutations(&entries[at], &format!("{pointer}/{at}"), all);
            }
        }
        Value::Object(fields) => {
            let mut more = fields.clone();
            more.insert("unheard_of".to_string(), json!(1));
            to("joined by an unknown one", Some(more.into()));
            for (key, value) in fields {
                if !FREE.contains(&key.as_str()) {
                    let pointer = format!("{pointer}/{key}");
                    let (place, what) = (pointer.clone(), "taken away");
                    all.push(Mutation { pointer: place, what, to: None });
                    mutations(value, &pointer, all);
                }
            }
        }
    }
}

/// Whether a change makes the test fail.
fn noticed(all: &mut Files, file: &File, mutation: &Mutation) -> bool {
    let before = all[file.name].clone();
    let pointer = &mutation.pointer;
    let document = all.get_mut(file.name).unwrap();
    match &mutation.to {
        Some(value) => {
            *document.pointer_mut(pointer).unwrap() = value.clone();
        }
        None => {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            let parent = document.pointer_mut(parent).unwrap();
            parent.as_object_mut().unwrap().remove(key);
        }
    }
    let case = pointer.strip_prefix("/cases/").map(|rest| {
        let end = rest.find('/').unwrap_or(rest.len());
        rest[..end].parse().unwrap()
    });
    let failed = catch_unwind(AssertUnwindSafe(|| match case {
        Some(case) => check_case(all, file, case),
        None => drop(check_file(all, file)),
    }))
    .is_err();
    all.insert(file.name, before);
    failed
}

/// What no test can notice, with the reason.
fn exempt(all: &Files, file: &File, field: &str) -> bool {
    let path: Vec<&str> = field.split('/').collect();
    match (file.name, &path[..]) {
        // Most schemes divide by the inputs alone, the orthogonal one by the
        // larger side.
        ("inits.json", ["", "cases", at, fan]) if fan.starts_with("fan_") => {
            let case = &all[file.name]["cases"][at.parse::<usize>().unwrap()];
            let [inputs, outputs] =
                ["fan_in", "fan_out"].map(|fan| case[fan].as_u64().unwrap());
            match (case["scheme"].as_str().unwrap(), *fan) {
                ("orthogonal", "fan_in changed") => inputs < outputs,
                ("orthogonal", "fan_out changed") => outputs < inputs,
                (scheme, "fan_out changed") => !scheme.starts_with("xavier"),
                _ => false,
            }
        }
        // Which ranks are tried is the file's affair.
        ("low_rank.json", ["", "cases", _, "truncations shortened"]) => true,
        _ => false,
    }
}

/// Of a list, one entry at least must matter: a logit of 10⁴ on the right side
/// has the same loss as a larger one.
#[test]
fn a_change_of_any_field_is_noticed() {
    let mut all = files();
    let mut overlooked = vec![];
    for file in FILES {
        let mut changes = vec![];
        let document = all[file.name].clone();
        for case in 0..document["cases"].as_array().unwrap().len() {
            let value = &document["cases"][case];
            mutations(value, &format!("/cases/{case}"), &mut changes);
        }
        for (key, value) in document.as_object().unwrap() {
            if key != "cases" && !FREE.contains(&key.as_str()) {
                mutations(value, &format!("/{key}"), &mut changes);
            }
        }
        let mut fields: BTreeMap<String, bool> = BTreeMap::new();
        for change in &changes {
            let field = field(change);
            let found = noticed(&mut all, file, change);
            *fields.entry(field).or_default() |= found;
        }
        assert!(fields.len() > 20, "{}: {}", file.name, fields.len());
        let missed = fields.into_iter().filter(|(_, noticed)| !noticed);
        let missed = missed.map(|(field, _)| field);
        overlooked.extend(
            missed
                .filter(|field| !exempt(&all, file, field))
                .map(|field| format!("{}{field}", file.name)),
        );
    }
    assert!(overlooked.is_empty(), "overlooked:\n{}", overlooked.join("\n"));
}

/// The field of a place: its path without the numbers of the entries, save
/// that of the case.
fn field(Mutation { pointer, what, .. }: &Mutation) -> String {
    let is_number = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let parts = pointer.split('/').enumerate();
    let kept = parts.filter(|(at, part)| *at <= 2 || !is_number(part));
    let kept: Vec<&str> = kept.map(|(_, part)| part).collect();
    format!("{} {what}", kept.join("/"))
}

/// Settings that a file may add: torch's defaults change nothing, others do.
#[test]
fn settings_that_are_not_listed_are_the_defaults() {
    let [f, t] = [json!(false), json!(true)];
    let sgd = [
        ("momentum", json!(0), json!(0.5)),
        ("dampening", json!(0.0), json!(0.5)),
        ("weight_decay", json!(0), json!(0.1)),
        ("nesterov", f.clone(), t.clone()),
        ("maximize", f.clone(), t.clone()),
    ];
    let rmsprop = [
        ("alpha", json!(0.99), json!(0.9)),
        ("eps", json!(1e-8), json!(1e-3)),
        ("weight_decay", json!(0), json!(0.1)),
        ("momentum", json!(0), json!(0.5)),
        ("centered", f.clone(), t.clone()),
    ];
    let adagrad = [
        ("eps", json!(1e-10), json!(1e-3)),
        ("weight_decay", json!(0.0), json!(0.1)),
        ("lr_decay", json!(0), json!(0.1)),
        ("initial_accumulator_value", json!(0), json!(0.1)),
    ];
    let adam = |decay: f64| {
        [
            ("betas", json!([0.9, 0.999]), json!([0.9, 0.99])),
            ("betas", json!([0.9, 0.999]), json!([0.8, 0.999])),
            ("eps", json!(1e-8), json!(1e-3)),
            ("weight_decay", json!(decay), json!(0.2)),
            ("amsgrad", f.clone(), t.clone()),
        ]
    };
    let mut all = files();
    let file = FILES.iter().find(|f| f.name == "optimizers.json").unwrap();
    let cases = all[file.name]["cases"].as_array().unwrap().clone();
    for (at, case) in cases.iter().enumerate() {
        let settings = match case["optimizer"].as_str().unwrap() {
            "sgd" => &sgd[..],
            "rmsprop" => &rmsprop,
            "adagrad" => &adagrad,
            "adam" => &adam(0.0),
            _ => &adam(0.01),
        };
        for (key, default, other) in settings {
            if case["hyper"].get(*key).is_some() {
                continue;
            }
            let hyper = |value: &Value| {
                let mut hyper = case["hyper"].clone();
                hyper[*key] = value.clone();
                let pointer = format!("/cases/{at}/hyper");
                Mutation { pointer, what: "changed", to: Some(hyper) }
            };
            let name = &case["name"];
            let same = !noticed(&mut all, file, &hyper(default));
            assert!(same, "{name}: {key} = {default} is the default");
            let seen = noticed(&mut all, file, &hyper(other));
            assert!(seen, "{name}: {key} = {other} is overlooked");
        }
    }
}
