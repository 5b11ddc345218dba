//! Products and transcendental functions have owners: `product` (with `tile`)
//! and `transcendental` of `exact`. Elsewhere, in `slope`, `probe` and
//! `experiments`, nobody calls the standard library's or ndarray's, whose bits differ between
//! machines.

use std::fs;
use std::path::{Path, PathBuf};

/// Methods of f64 whose last digit is the platform's affair, and products
/// whose order of additions is.
const FORBIDDEN: &[&str] = &[
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "cos",
    "cosh",
    "dot",
    "exp",
    "exp2",
    "exp_m1",
    "general_mat_mul",
    "general_mat_vec_mul",
    "gamma",
    "hypot",
    "ln",
    "ln_1p",
    "ln_gamma",
    "log",
    "log10",
    "log2",
    "mul_add",
    "powf",
    "powi",
    "sin",
    "sin_cos",
    "sinh",
    "tan",
    "tanh",
];

/// The files that may call the crate `libm`, so that one place says
/// which function is whose. `experiments` may: its bits are portable.
const OWNERS: [&str; 2] = ["exact/src/transcendental.rs", "exact/src/scale.rs"];

/// The code without comments and texts, line by line.
fn code_lines(source: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut rest = source.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\n' => lines.push(String::new()),
            '/' if rest.peek() == Some(&'/') => {
                while rest.next_if(|c| *c != '\n').is_some() {}
            }
            '"' => {
                while let Some(c) = rest.next() {
                    match c {
                        '\\' => drop(rest.next()),
                        '\n' => lines.push(String::new()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            _ => lines.last_mut().unwrap().push(c),
        }
    }
    lines
}

/// The lines that use what belongs to another module: `.exp(`, `f64::exp`,
/// `.dot(`.
fn trespasses(source: &str) -> Vec<(usize, String)> {
    let mut found = vec![];
    for (line, at) in code_lines(source).iter().zip(1..) {
        let line: String = line.split_whitespace().collect();
        let called = |name: &&&str| {
            let ends = |c: Option<char>| {
                c.is_none_or(|c| !c.is_alphanumeric() && c != '_')
            };
            let path = format!("f64::{name}");
            let in_path = line
                .match_indices(&path)
                .any(|(i, _)| ends(line[i + path.len()..].chars().next()));
            // `self.dot(…)` is a method of one's own, such as drawing a dot.
            line.replace("self.dot(", "").contains(&format!(".{name}("))
                || in_path
                || (name.starts_with("general_") && line.contains(**name))
        };
        if let Some(name) = FORBIDDEN.iter().find(called) {
            found.push((at, name.to_string()));
        }
    }
    found
}

fn uses_of_libm(source: &str) -> Vec<(usize, String)> {
    let used = |(line, at): (&String, usize)| {
        line.contains("libm::").then_some((at, "libm".to_string()))
    };
    code_lines(source).iter().zip(1..).filter_map(used).collect()
}

fn rust_files(directory: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() && path.ends_with("tests") {
            continue; // tests may compare with whatever they like
        } else if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

/// What runs to make a figure.
const PACKAGES: [&str; 4] = ["exact", "slope", "probe", "experiments"];

/// Their files.
fn sources() -> Vec<PathBuf> {
    let code = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = vec![];
    for package in PACKAGES {
        for part in ["src", "examples", "benches"] {
            rust_files(&code.join(package).join(part), &mut files);
        }
    }
    files
}

#[test]
fn nobody_calls_what_is_not_bit_exact() {
    let files = sources();
    for package in PACKAGES {
        let root = format!("{package}/src/lib.rs");
        assert!(files.iter().any(|file| file.ends_with(&root)), "{package}");
    }
    let mut complaints = vec![];
    for file in &files {
        let source = fs::read_to_string(file).unwrap();
        let mut found = trespasses(&source);
        let experiment = file.iter().any(|part| part == "experiments");
        if !experiment && !OWNERS.iter().any(|owner| file.ends_with(owner)) {
            found.extend(uses_of_libm(&source));
        }
        for (line, name) in found {
            complaints.push(format!(
                "{}:{line}: `{name}` belongs to exact::transcendental or \
                 exact::product, so that no machine's bits differ",
                file.display()
            ));
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn the_exemptions_are_still_needed() {
    for owner in OWNERS {
        let file = sources().into_iter().find(|file| file.ends_with(owner));
        let source = fs::read_to_string(file.unwrap()).unwrap();
        assert!(!uses_of_libm(&source).is_empty(), "{owner}");
    }
}

#[test]
fn a_broken_file_is_rejected_line_by_line() {
    let broken = "\
fn wrong(x: f64, a: &Array2<f64>) -> f64 {
    let fine = transcendental::exp(x) + x.expected() + f64::exponent(x);
    let y = x.exp();
    let z = values.iter().copied().map(f64::tanh);
    // x.tanh() in a comment
    let text = \"x.ln() in a text\"; self.dot(at);
    a.dot(a)
        .powi (2) + x.mul_add(x, x)
        + libm::sin(x)
}
";
    assert_eq!(uses_of_libm(broken), [(9, "libm".to_string())]);
    let found = trespasses(broken);
    let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [3, 4, 7, 8], "{found:?}");
}
