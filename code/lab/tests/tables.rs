//! Sixty tables and more as people have them, through the door to the labs:
//! each is read right or refused, with its line, what was found and the mend.
//! The words stand in `tables.json`, with which `tests/browser/tables.mjs`
//! compares what a page and the command say.
//!
//! With `WRITE_TABLES=1` in the environment it is written anew: read the diff.

use std::{env, fs};

use experiments::LABS;
use lab::Door;
use serde_json::{Value, json};

/// What is to become of a table.
enum Wanted {
    /// These points.
    Points(&'static str),
    /// No points, but an error with these parts.
    Error(&'static [&'static str]),
}

use Wanted::{Error, Points};

/// A table, its bytes, and what is taken of it.
struct File {
    name: String,
    bytes: Vec<u8>,
    taking: &'static str,
    wanted: Wanted,
}

fn file(name: &str, bytes: impl Into<Vec<u8>>, wanted: Wanted) -> File {
    File { name: name.into(), bytes: bytes.into(), taking: "", wanted }
}

/// Each style of header, separator, line end, number and label, and each with
/// most of the others.
fn styles() -> Vec<File> {
    const HEADERS: [&[&str]; 10] = [
        &[],
        &["x", "y", "label"],
        &["x_1", "x_2", "is_spam"],
        &["sepal length (cm)", "petal width (cm)", "species"],
        &["\"x\"", "\"y\"", "\"label\""],
        &["größe", "身長", "κλάση"],
        &["[a]", "{b}", "<c>"],
        &["# x", "y", "label"],
        &["\"a, b\"", "\"c;\td\"", "\"e\"\"f\"\"\""],
        &["\"two\nlines\"", "y", "label"],
    ];
    const SEPARATORS: [&str; 7] = [",", ";", "\t", " ", ", ", "; ", "    "];
    const ENDS: [&str; 3] = ["\n", "\r\n", "\r"];
    const NUMBERS: [[&str; 6]; 6] = [
        ["0.5", "1.25", "-2", "3.5", "1.75", "-0.25"],
        ["0,5", "1,25", "-2", "3,5", "1,75", "-0,25"],
        ["+.5", "1.25", "-2.", "3.50", "+1.75", "-.25"],
        ["5e-1", "1.25e+00", "-2.0E0", "35e-1", "1.75", "-25e-2"],
        ["0.5", "1.25", "\u{2212}2", "3.5", "1.75", "\u{2212}0.25"],
        ["\"0,5\"", "\"1.25\"", "\"-2\"", "\"3.5\"", "\"1.75\"", "\"-.25\""],
    ];
    const LABELS: [[&str; 2]; 7] = [
        ["0", "1"],
        ["-1", "1"],
        ["1", "2"],
        ["False", "True"],
        ["no", "yes"],
        ["Iris-setosa", "Iris-versicolor"],
        ["\"ham\"", "\"spam\""],
    ];
    let mut files = vec![];
    for i in 0..70 {
        let separator = SEPARATORS[i % 7];
        let mut numbers = NUMBERS[i % 6];
        let [zero, one] = LABELS[(i / 7 + i) % 7];
        let header = HEADERS[i % 10];
        let header: Vec<String> = header
            .iter()
            .map(|name| match name.starts_with('"') || !name.contains(' ') {
                false if separator.contains(' ') && !name.starts_with('#') => {
                    format!("\"{name}\"")
                }
                _ => (*name).into(),
            })
            .collect();
        // A comma cannot be both; in quotation marks all are alike.
        let comma = separator.starts_with(',');
        if i % 6 == 1 && comma {
            numbers = [
                "\"0,5\"",
                "\"1,25\"",
                "-2",
                "\"3,5\"",
                "\"1,75\"",
                "\"-0,25\"",
            ];
        } else if i % 6 == 5 {
            numbers[0] = "\".5\"";
        }
        let [a, b, c, d, e, f] = numbers.map(String::from);
        let row = |x, y, label: &str| vec![x, y, label.to_string()];
        let rows = [row(a, b, zero), row(c, d, one), row(e, f, zero)];
        let mut text = String::new();
        let header = (!header.is_empty()).then_some(header);
        for line in header.into_iter().chain(rows) {
            text += &(line.join(separator) + ENDS[i % 3]);
        }
        let points = Points("0.5,1.25,0_-2,3.5,1_1.75,-0.25,0");
        files.push(file(&format!("style-{i}.csv"), text, points));
    }
    files
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let units = "\u{feff}".encode_utf16().chain(text.encode_utf16());
    units.flat_map(bytes).collect()
}

/// Tables as programs and teachers write them.
fn real() -> Vec<File> {
    let exams: String = (0..100)
        .map(|i| {
            let (a, b) = (30 + (i * 37) % 70, 30 + (i * 53) % 69);
            let pass = usize::from(a + b > 130);
            format!("{a}.{i:02},{b}.{:02},{pass}\n", 99 - i)
        })
        .collect();
    let exams = format!("exam1_score,exam2_score,decision\n{exams}");
    let heart: String = (0..918)
        .map(|i| {
            let (age, rate) = (28 + i % 50, 60 + (i * 7) % 140);
            format!("{age},M,{rate},{}\n", (i * i) % 2)
        })
        .collect();
    let heart = format!("Age,Sex,MaxHR,HeartDisease\n{heart}");
    let digits: String = (0..200)
        .map(|i| {
            let x = f64::from(i) + 0.123_456_789_012_345;
            format!("{x},{:.15},{}\n", x / 7.0, i % 2)
        })
        .collect();
    let plain = "0,1,0_1,0,1";
    let table = "x;y;Größe\r\n0;1;a\r\n1;0;ä\r\n";
    let latin: Vec<u8> = table.chars().map(|c| c as u8).collect();
    let mut files = vec![
        file("ng-exams.csv", exams.clone(), Error(&[])),
        file(
            "ng-exams-indexed.csv",
            exams.trim_end().replace('\n', "\n7,"),
            Error(&["4 columns"]),
        ),
        file(
            "r-write-csv.csv",
            "\"\",\"x\",\"y\",\"label\"\n\"1\",0,1,\"a\"\n\"2\",1,0,\"b\"\n",
            Error(&["line 1: column 1 counts the rows", "leave it out"]),
        ),
        file(
            "r-write-table.txt",
            "\"x\" \"y\" \"label\"\n\"1\" 0 1 \"a\"\n\"2\" 1 0 \"b\"\n",
            Error(&["counts the rows", "leave it out"]),
        ),
        file(
            "r-no-row-names.csv",
            "\"x\",\"y\",\"label\"\n0,1,\"a\"\n1,0,\"b\"\n",
            Points(plain),
        ),
        file(
            "pandas.csv",
            ",x,y,label\n0,0.0,1.0,False\n1,1.0,0.0,True\n",
            Error(&["counts the rows"]),
        ),
        file(
            "numpy-savetxt.txt",
            "# x y label\n0.000000000000000000e+00 1.000000000000000000e+00 0.000000000000000000e+00\n1.000000000000000000e+00 0.000000000000000000e+00 1.000000000000000000e+00\n",
            Points(plain),
        ),
        file(
            "excel-german.csv",
            "\u{feff}Höhe;Breite;Art\r\n0,0;1,0;ja\r\n1,0;0,0;nein\r\n",
            Points("0,1,0_1,0,1"),
        ),
        file(
            "excel-sep.csv",
            "sep=;\r\nx;y;label\r\n0;1;0\r\n1;0;1\r\n",
            Points(plain),
        ),
        file(
            "excel-unicode-text.txt",
            utf16("x\ty\tlabel\r\n0\t1\tα\r\n1\t0\tβ\r\n", u16::to_le_bytes),
            Points(plain),
        ),
        file(
            "utf16-big-endian.txt",
            utf16("0\t1\t0\r\n1\t0\t1\r\n", u16::to_be_bytes),
            Points(plain),
        ),
        file("windows-1252.csv", latin, Points(plain)),
        file(
            "excel-blank-rows.csv",
            "x,y,label,\r\n0,1,0,\r\n,,,\r\n1,0,1,\r\n,,,\r\n",
            Points(plain),
        ),
        file("old-mac.csv", "x,y,label\r0,1,0\r1,0,1", Points(plain)),
        file(
            "mixed-ends.csv",
            "0,1,0\r\n\n1,0,1\r2,2,0\n",
            Points("0,1,0_1,0,1_2,2,0"),
        ),
        file("playground.csv", "x1,x2,label\n0,1,-1\n1,0,1\n", Points(plain)),
        file(
            "uci-seeds.txt",
            "15.26\t14.84\t0.871\t5.763\t\t3.312\t2.221\t5.22\t1\n14.88\t14.57\t0.8811\t5.554\t3.333\t1.018\t4.956\t1\n",
            Error(&["line 1: 8 columns", "two and the label"]),
        ),
        file(
            "iris.csv",
            "sepal_length,sepal_width,petal_length,petal_width,species\n5.1,3.5,1.4,0.2,setosa\n7.0,3.2,4.7,1.4,versicolor\n",
            Error(&["5 columns", "`sepal_length`", "columns 1,2,5"]),
        ),
        file(
            "scikit-iris.csv",
            "150,4,setosa,versicolor,virginica\n5.1,3.5,1.4,0.2,0\n",
            Error(&["line 1: 5 columns"]),
        ),
        file(
            "three-labels.csv",
            "a,b,c\n1,2,x\n3,4,y\n5,6,z\n",
            Error(&[
                "line 4, column 3 (`c`)",
                "`z` is a third label",
                "keep the rows of two",
            ]),
        ),
        file(
            "one-label.csv",
            "1,2,x\n3,4,x\n",
            Error(&["line 1, column 3", "only label", "another label"]),
        ),
        file(
            "label-first.csv",
            "class,x,y\nb,0,1\na,1,0\n",
            Points("0,1,1_1,0,0"),
        ),
        file(
            "label-first-unnamed.csv",
            "kind,x,y\nb,0,1\na,1,0\nb,2,5\n",
            Error(&[
                "line 1: column 3 (`y`) has more than two values, and column 1 (`kind`) two",
                "columns 2,3,1",
            ]),
        ),
        file(
            "decimal-comma.csv",
            "0,5,1,5,0\n1,5,2,5,1\n",
            Error(&[
                "line 1",
                "is a comma also a decimal point?",
                "semicolons",
            ]),
        ),
        file(
            "decimal-comma-3.csv",
            "x,y,label\n0,5,1,5,0\n1,5,2,5,1\n",
            Error(&[
                "line 1: 3 names, but line 2 has 5",
                "is a comma also a decimal point?",
            ]),
        ),
        file(
            "thousands.csv",
            "income;age;label\n1,234;20;0\n2,345;30;1\n",
            Error(&[
                "line 2, column 1 (`income`)",
                "group thousands?",
                "write `1.234` or `1234`",
            ]),
        ),
        file(
            "both-marks.csv",
            "a;b;c\n1.5;2;0\n2,5;3;1\n",
            Error(&["line 3, column 1 (`a`)", "`1.5` in line 2"]),
        ),
        file(
            "ragged.csv",
            "x,y,label\n0,1,0\n1,0\n",
            Error(&["line 3: 2 cells, but line 2 has 3", "as many"]),
        ),
        file(
            "missing-na.csv",
            "x,y,label\n\n0,NA,0\n1,0,1\n",
            Error(&[
                "line 3, column 2 (`y`): `NA` is a missing value",
                "leave the row out",
            ]),
        ),
        file(
            "missing-empty.csv",
            "x,y,label\n0,,0\n1,0,1\n",
            Error(&[
                "line 2, column 2 (`y`): the cell is empty",
                "leave the row out",
            ]),
        ),
        file(
            "missing-first.csv",
            "?,?,?\n0,1,0\n1,0,1\n",
            Error(&["line 1, column 1: `?`", "leave the row out"]),
        ),
        file(
            "missing-label.csv",
            "x,y,label\n0,1,\n1,0,1\n",
            Error(&[
                "line 2, column 3 (`label`): there is no label",
                "leave the row out",
            ]),
        ),
        file(
            "infinite.csv",
            "0,1,0\n1e309,0,1\n",
            Error(&["line 2, column 1: `1e309` is not finite"]),
        ),
        file(
            "far.csv",
            "day,income,label\n0,5e7,0\n1,3e7,1\n",
            Error(&["line 2 (`income`)", "divide the column"]),
        ),
        file(
            "constant.csv",
            "x,y,label\n3,1,0\n3,0,1\n",
            Error(&["line 2 (`x`)", "in all rows", "another column"]),
        ),
        file(
            "unit.csv",
            "x,y,label\n3 cm,1,0\n4 cm,0,1\n",
            Error(&["line 2, column 1 (`x`)", "the number alone"]),
        ),
        file(
            "comments.csv",
            "# by hand\n0,1,0\n# 5,5,1\n1,0,1\n",
            Points(plain),
        ),
        file("one-column.csv", "0 1 0\n", Error(&["only label"])),
        file(
            "pipes.csv",
            "0|1|0\n1|0|1\n",
            Error(&["line 1: one column", "semicolons, tabs or blanks"]),
        ),
        file(
            "two-columns.csv",
            "x,y\n0,1\n1,0\n",
            Error(&["line 2: two columns", "x,y,label"]),
        ),
        file(
            "empty.csv",
            "",
            Error(&["line 1: no numbers", "a row of numbers"]),
        ),
        file("blank.csv", "\n \n\n", Error(&["line 1: no numbers"])),
        file(
            "header-only.csv",
            "x,y,label\n",
            Error(&["line 1: no numbers below the header"]),
        ),
        file(
            "open-quote.csv",
            "0,1,\"a\n1,0,b\n",
            Error(&["line 1, column 3: a quotation mark", "close it"]),
        ),
        file(
            "book.xlsx",
            &b"PK\x03\x04\x14\0\x06\0"[..],
            Error(&["a packed spreadsheet", "save the table as CSV"]),
        ),
        file(
            "book.xls",
            &b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..],
            Error(&["a spreadsheet, .xls", "save the table as CSV"]),
        ),
        file(
            "table.csv.gz",
            &b"\x1f\x8b\x08\0"[..],
            Error(&["packed with gzip", "unpack it"]),
        ),
        file(
            "table.json",
            "[\n  {\"x\": 1, \"y\": 2, \"label\": 0}\n]\n",
            Error(&["line 1: the text is JSON"]),
        ),
        file(
            "page.html",
            "<!DOCTYPE html>\n<html></html>\n",
            Error(&["line 1: the text is HTML"]),
        ),
        file("binary.bin", &b"1,2,0\n3,\0,1\n"[..], Error(&["line 2: a NUL"])),
        file(
            "heart.csv",
            heart.clone(),
            Error(&["4 columns", "`Sex`", "columns 1,3,4"]),
        ),
        file(
            "rows.csv",
            heart.replace(",M,", ",").replace("Sex,", ""),
            Error(&["918 rows, and a link has room for 200", "draw a sample"]),
        ),
        file(
            "all-digits.csv",
            digits,
            Error(&[
                "characters of a link, which has room for 6000",
                "round the numbers",
            ]),
        ),
        file(
            "huge.csv",
            "0.5,1.5,1\n".repeat(450_000),
            Error(&[
                "larger than 4 MB",
                "200 rows",
                "leave most of its lines out",
            ]),
        ),
    ];
    // The points of the exams are what they are.
    let rows: Vec<_> = exams.lines().skip(1).collect();
    let number = |cell: &str| cell.parse::<f64>().unwrap().to_string();
    let points = rows.iter().map(|row| {
        let cells: Vec<_> = row.split(',').map(number).collect();
        cells.join(",")
    });
    files[0].wanted = Points(points.collect::<Vec<_>>().join("_").leak());
    for (taking, wanted) in [
        ("columns=1,3,4;sample=200;seed=7", None),
        ("columns=1,3,4;sample=3;round=2;seed=8", None),
        (
            "columns=1,2,4;sample=20",
            Some(&["line 2, column 2 (`Sex`): `M` is not a number"][..]),
        ),
        (
            "columns=1,1,4",
            Some(&["columns 1,1,4", "three different ones, 1 to 4"]),
        ),
        ("sample=900", Some(&["sample: expected 2 to 200 rows"])),
    ] {
        let name = format!("heart.csv {taking}");
        let wanted = wanted.map_or(Points(""), Error);
        files.push(File { taking, ..file(&name, heart.clone(), wanted) });
    }
    files
}

/// What the door says.
fn answer(file: &File) -> Value {
    let request = format!("read {}\n", file.taking);
    let request = [request.as_bytes(), &file.bytes].concat();
    let answer = Door::to(LABS).answer(request, &|_| {});
    serde_json::from_str(&answer).unwrap()
}

#[test]
fn tables_as_people_have_them_are_read_right_or_refused_with_the_mend() {
    let mut all = vec![];
    for file in styles().into_iter().chain(real()) {
        let answer = answer(&file);
        let (name, error) = (&file.name, answer["error"].as_str());
        match file.wanted {
            Points("") => {
                assert!(answer["points"].is_string(), "{name}: {answer}")
            }
            Points(points) => {
                assert_eq!(answer["points"], points, "{name}: {answer}")
            }
            Error(parts) => {
                let error = error.unwrap_or_else(|| panic!("{name}: {answer}"));
                for part in parts {
                    assert!(error.contains(part), "{name}: {error}");
                }
            }
        }
        // One character for each byte.
        let bytes: String =
            file.bytes.iter().copied().map(char::from).collect();
        let file = if bytes.len() > 100_000 {
            // One that is only long is written as what it repeats.
            json!({"repeated": bytes[..10], "times": bytes.len() / 10})
        } else {
            json!({ "bytes": bytes })
        };
        all.push(json!({
            "name": name, "file": file, "taking": file_taking(name), "answer": answer,
        }));
    }
    assert!(all.len() > 60);
    let place = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tables.json");
    let text = serde_json::to_string_pretty(&all).unwrap() + "\n";
    if env::var_os("WRITE_TABLES").is_some() {
        fs::write(place, text).unwrap();
        return;
    }
    let kept = fs::read_to_string(place).unwrap().replace("\r\n", "\n");
    assert!(
        kept == text,
        "tables.json is another: WRITE_TABLES=1 cargo test -p lab --test tables"
    );
}

/// What is taken, from a name that says so.
fn file_taking(name: &str) -> &str {
    name.split_once(' ').map_or("", |(_, taking)| taking)
}

/// Points of three rows and of two labels, in the share that all have.
#[test]
fn a_sample_is_drawn_by_its_seed_and_has_both_labels() {
    let rows: String = (0..1000)
        .map(|i| format!("{i},{},{}\n", i * i % 97, u8::from(i % 100 == 0)))
        .collect();
    let drawn = |seed: u64, count: usize| {
        let request = format!("read sample={count};seed={seed}\n{rows}");
        let answer = Door::to(LABS).answer(request, &|_| {});
        let answer: Value = serde_json::from_str(&answer).unwrap();
        answer["points"].as_str().unwrap().to_string()
    };
    for (count, ones) in [(200, 2), (50, 1), (2, 1)] {
        let points = drawn(7, count);
        assert_eq!(points.split('_').count(), count);
        let found = points.split('_').filter(|row| row.ends_with(",1"));
        assert_eq!(found.count(), ones);
        assert_eq!(points, drawn(7, count));
        assert_ne!(points, drawn(8, count));
        // In the order of the file, and nothing twice.
        let x = points.split('_').map(|row| row.split(',').next().unwrap());
        let x: Vec<u32> = x.map(|x| x.parse().unwrap()).collect();
        assert!(x.is_sorted_by(|a, b| a < b));
    }
}

#[test]
fn an_offer_can_be_taken() {
    for name in ["rows.csv", "all-digits.csv"] {
        let files = real();
        let file = files.iter().find(|file| file.name == name).unwrap();
        let offer = answer(file)["offers"][0]["taking"].clone();
        let taking: &'static str = offer.as_str().unwrap().to_string().leak();
        let taken = answer(&File {
            taking,
            name: String::new(),
            bytes: file.bytes.clone(),
            wanted: Points(""),
        });
        assert!(taken["points"].is_string(), "{name}: {taken}");
    }
}
