//! A chapter's program in PyTorch and in Keras: on the page, both beside each
//! other, and as notebooks that run as they are.
//!
//! The programs, what they print, and the first weights that they read stand
//! in `code/bridge`. That they print what the Rust program prints is checked
//! by `.ci/bridge`, for these very files.

use std::{collections::BTreeMap, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};

use crate::{Problem, console, markdown::escaped, text};

/// Where everything stands, below the root.
const FOLDER: &str = "code/bridge";

/// A library that readers use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Framework {
    /// Its folder, and the end of a notebook's name.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What installs it, beside `safetensors`, as `requirements.txt` has it.
    packages: &'static [&'static str],
}

/// In the order of the tabs.
pub const FRAMEWORKS: [Framework; 2] = [
    Framework { id: "pytorch", name: "PyTorch", packages: &["torch"] },
    Framework {
        id: "keras",
        name: "Keras",
        packages: &["keras", "tensorflow-cpu"],
    },
];

/// The programs, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bridge {
    programs: BTreeMap<String, Program>,
    /// `name==version` of each package, as it was tested.
    pins: Vec<String>,
}

/// A program in each framework.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Program {
    /// In the order of [`FRAMEWORKS`].
    written: Vec<Written>,
    /// The file with data and first weights that it reads.
    weights: Option<Vec<u8>>,
}

/// A program and what it prints, command and all.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    code: String,
    output: String,
}

impl Bridge {
    /// The programs that stand below a root: none where there is no code.
    ///
    /// # Errors
    /// For each program that one framework lacks, or whose output nobody has
    /// captured.
    pub fn read(root: &Path) -> (Self, Vec<Problem>) {
        let folder = root.join(FOLDER);
        let (mut bridge, mut problems) = (Self::default(), Vec::new());
        let pins = text::read(&folder.join("requirements.txt"));
        for line in pins.unwrap_or_default().lines() {
            if line.contains("==") {
                bridge.pins.push(line.trim().into());
            }
        }
        let names = FRAMEWORKS.iter().flat_map(|framework| {
            programs_in(&folder.join(framework.id)).into_iter()
        });
        let names: std::collections::BTreeSet<String> = names.collect();
        for name in names {
            let mut written = Vec::new();
            for framework in FRAMEWORKS {
                let mut part = |ending: &str, mend: &str| {
                    let file =
                        format!("{FOLDER}/{}/{name}.{ending}", framework.id);
                    text::read(&root.join(&file)).unwrap_or_else(|why| {
                        problems.push(why.of(&file).mend(mend));
                        String::new()
                    })
                };
                written.push(Written {
                    code: part("py", "write it in both frameworks"),
                    output: part("out", "capture it: .ci/bridge --write"),
                });
            }
            let weights = folder.join(format!("weights/{name}.safetensors"));
            let weights = std::fs::read(weights).ok();
            bridge.programs.insert(name, Program { written, weights });
        }
        (bridge, problems)
    }

    /// The names of the programs.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.programs.keys().map(String::as_str)
    }

    /// The programs that no chapter shows.
    pub fn unshown(&self, shown: &BTreeMap<String, String>) -> Vec<Problem> {
        let names = self.names().filter(|name| !shown.contains_key(*name));
        names
            .map(|name| {
                let file = format!("{FOLDER}/{}/{name}.py", FRAMEWORKS[0].id);
                let what = format!("no chapter shows the program `{name}`");
                let mend = format!("{{{{#framework {name}}}}} in its chapter");
                Problem::new(file, 1, what).mend(mend)
            })
            .collect()
    }

    /// A program in both frameworks as HTML, on one line: tabs that need no
    /// script. `folder` leads from the page to where the downloads are.
    pub fn html(&self, name: &str, folder: &str) -> Option<String> {
        let program = self.programs.get(name)?;
        let mut tabs = String::new();
        let mut panels = String::new();
        for (i, (framework, written)) in
            FRAMEWORKS.iter().zip(&program.written).enumerate()
        {
            let Framework { id, name: shown, .. } = framework;
            let checked = if i == 0 { " checked" } else { "" };
            tabs.push_str(&format!(
                "<label><input type=\"radio\" name=\"in-{name}\" \
                 value=\"{id}\"{checked}> {shown}</label>"
            ));
            panels.push_str(&format!(
                "<div class=\"framework-panel {id}\">\
                 <p class=\"framework-name\">{shown}</p>\
                 <pre><code class=\"language-python\">{}</code></pre>{}</div>",
                code(&written.code),
                console::html(&written.output),
            ));
        }
        let mut links: Vec<String> = FRAMEWORKS
            .iter()
            .map(|framework| {
                format!(
                    "<a href=\"{folder}{}\" download>{} notebook</a>",
                    notebook_name(name, *framework),
                    framework.name
                )
            })
            .collect();
        if program.weights.is_some() {
            links.push(format!(
                "<a href=\"{folder}{name}.safetensors\" download>its data \
                 and first weights</a>"
            ));
        }
        links.push(format!(
            "<a href=\"{folder}{name}.zip\" download>this chapter as a Rust \
             project</a>"
        ));
        Some(format!(
            "<div class=\"framework\"><fieldset class=\"framework-tabs\">\
             <legend>Framework</legend>{tabs}</fieldset>{panels}\
             <p class=\"framework-files\">Take it with you: {}.</p></div>",
            links.join(", ")
        ))
    }

    /// What a page offers of this program, by file name.
    pub fn downloads(&self, name: &str) -> Vec<(String, Vec<u8>)> {
        let Some(program) = self.programs.get(name) else { return vec![] };
        let mut files = Vec::new();
        for (framework, written) in FRAMEWORKS.iter().zip(&program.written) {
            let notebook = self.notebook(name, *framework, written, program);
            let text = serde_json::to_string_pretty(&notebook);
            let text = text.expect("JSON of strings") + "\n";
            files.push((notebook_name(name, *framework), text.into_bytes()));
        }
        if let Some(weights) = &program.weights {
            files.push((format!("{name}.safetensors"), weights.clone()));
        }
        files
    }

    /// The program as a notebook: what it needs, its weights, itself and what
    /// it prints.
    fn notebook(
        &self,
        name: &str,
        framework: Framework,
        written: &Written,
        program: &Program,
    ) -> Value {
        let about = written.code.lines().next().unwrap_or_default();
        let about = about.trim_matches('"');
        let is_needed = |pin: &&String| {
            let package = pin.split("==").next().unwrap_or_default();
            framework.packages.contains(&package) || package == "safetensors"
        };
        let pins: Vec<&str> =
            self.pins.iter().filter(is_needed).map(String::as_str).collect();
        let mut cells = vec![json!({
            "cell_type": "markdown",
            "id": "about",
            "metadata": {},
            "source": lines(&format!(
                "{about}\n\nFrom *Linear All the Way Down*, in {}. Its numbers \
                 were held to those of the book's Rust program with\n\n    pip \
                 install {}\n",
                framework.name,
                pins.join(" ")
            )),
        })];
        if let Some(weights) = &program.weights {
            let data = BASE64.encode(weights);
            cells.push(cell(
                "weights",
                &format!(
                    "# Data and first weights, as the Rust program draws \
                     them.\nimport base64\nfrom pathlib import Path\n\nweights \
                     = \"{data}\"\nPath(\"{name}.safetensors\").write_bytes(\
                     base64.b64decode(weights));\n"
                ),
                "",
            ));
        }
        let output = written.output.split_once('\n').map_or("", |(_, o)| o);
        cells.push(cell("program", &written.code, output));
        json!({
            "cells": cells,
            "metadata": {
                "kernelspec": {
                    "display_name": "Python 3",
                    "language": "python",
                    "name": "python3",
                },
                "language_info": { "name": "python" },
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        })
    }
}

fn notebook_name(name: &str, framework: Framework) -> String {
    format!("{name}-{}.ipynb", framework.id)
}

fn cell(id: &str, code: &str, output: &str) -> Value {
    let mut outputs = Vec::new();
    if !output.is_empty() {
        outputs.push(json!({
            "output_type": "stream",
            "name": "stdout",
            "text": lines(output),
        }));
    }
    json!({
        "cell_type": "code",
        "id": id,
        "metadata": {},
        "execution_count": null,
        "outputs": outputs,
        "source": lines(code.trim_end()),
    })
}

/// A text as notebooks keep it: its lines, each with its end.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Code as HTML on one line.
fn code(text: &str) -> String {
    let lines: Vec<String> = text.trim_end().lines().map(escaped).collect();
    lines.join("&#10;")
}

/// The programs of a folder, without their endings.
fn programs_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let path = entry.path();
            let is_program = path.extension()? == "py";
            let name = path.file_stem()?.to_str()?.to_owned();
            is_program.then_some(name)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn root(with: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (file, text) in with {
            let path = root.path().join(FOLDER).join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    const PROGRAM: &str = "\"\"\"A: the chapter a.\"\"\"\n\nif 1 < 2:\n    \
                           print(f\"${{}}\")\n";

    const WHOLE: [(&str, &str); 6] = [
        ("pytorch/a.py", PROGRAM),
        ("pytorch/a.out", "$ python a.py\n$2\n"),
        ("keras/a.py", PROGRAM),
        ("keras/a.out", "$ python a.py\n$2\n"),
        ("weights/a.safetensors", "12345678"),
        ("requirements.txt", "# a\ntorch==2.0\nkeras==3.0\nsafetensors==1.0\n"),
    ];

    #[test]
    fn a_program_stands_on_one_line_as_it_is_written() {
        let root = root(&WHOLE);
        let (bridge, problems) = Bridge::read(root.path());
        assert_eq!(problems, []);
        let html = bridge.html("a", "../download/").unwrap();
        assert!(!html.contains('\n') && !html.contains('$'));
        assert_eq!(html.matches("if 1 &lt; 2:&#10;    print").count(), 2);
        assert!(html.contains("href=\"../download/a-keras.ipynb\""));
        assert_eq!(bridge.html("b", ""), None);
    }

    #[test]
    fn a_notebook_has_the_weights_and_the_output() {
        let root = root(&WHOLE);
        let (bridge, _) = Bridge::read(root.path());
        let files = bridge.downloads("a");
        let names: Vec<_> = files.iter().map(|(name, _)| &name[..]).collect();
        assert_eq!(
            names,
            ["a-pytorch.ipynb", "a-keras.ipynb", "a.safetensors"]
        );
        let notebook: Value = serde_json::from_slice(&files[0].1).unwrap();
        let cells = notebook["cells"].as_array().unwrap();
        let source = |cell: &Value| -> String {
            let lines = cell["source"].as_array().unwrap().iter();
            lines.map(|line| line.as_str().unwrap()).collect()
        };
        let about = source(&cells[0]);
        assert!(about.contains("torch==2.0 safetensors==1.0"), "{about}");
        assert!(!about.contains("keras=="), "{about}");
        assert!(source(&cells[1]).contains(&BASE64.encode("12345678")));
        assert_eq!(source(&cells[2]), PROGRAM.trim_end());
        assert_eq!(cells[2]["outputs"][0]["text"], json!(["$2\n"]));
    }

    #[test]
    fn a_program_without_its_twin_or_its_output_is_refused() {
        for left_out in ["keras/a.py", "keras/a.out", "pytorch/a.out"] {
            let files: Vec<_> =
                WHOLE.into_iter().filter(|(f, _)| *f != left_out).collect();
            let root = root(&files);
            let (_, problems) = Bridge::read(root.path());
            assert_eq!(problems.len(), 1, "{left_out}");
            assert!(problems[0].file.ends_with(left_out));
        }
    }
}
