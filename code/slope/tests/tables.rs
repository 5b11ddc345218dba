//! Tables as people have them are read right, or refused with the place, what
//! was found and the mend; no row is lost without a word.

use ndarray::{Array2, array};
use proptest::{prelude::*, sample::select, test_runner::RngSeed};
use slope::{Dataset, csv};

fn refused(text: &str) -> String {
    csv::numbers(text).unwrap_err().to_string()
}

fn refused_classes(text: &str) -> String {
    csv::two_classes(text, None).unwrap_err().to_string()
}

/// Whether an error says all three: place, what was found, and the mend.
fn is_whole(error: &csv::CsvError) -> bool {
    error.line >= 1
        && error.column.is_none_or(|column| column >= 1)
        && error.what.len() > 5
        && error.mend.len() > 10
}

#[test]
fn what_is_wrong_is_said_by_line_and_column_with_the_mend() {
    let row = ": give a row of numbers on each line, such as 0.5,1.2,0";
    assert_eq!(refused(""), format!("line 1: no numbers{row}"));
    assert_eq!(refused("\n\n"), format!("line 1: no numbers{row}"));
    let below = format!("line 2: no numbers below the header{row}");
    assert_eq!(refused("\na,b\n"), below);
    let commas = "give every line as many, separated by commas";
    for (text, what) in [
        ("1,2\n3\n", "line 2: 1 cell, but line 1 has 2"),
        ("1,2\n3,4,5", "line 2: 3 cells, but line 1 has 2"),
        ("\n\na,b,c\n\n1,2\n", "line 3: 3 names, but line 5 has 2"),
    ] {
        assert_eq!(refused(text), format!("{what}: {commas}"));
    }
    let number = "is not a number";
    for (cell, what, mend) in [
        ("x", "`x` is not a number", "or leave the column out"),
        ("", "the cell is empty", "or leave the row out"),
        ("NaN", "`NaN` is a missing value", "or leave the row out"),
        ("?", "`?` is a missing value", "or leave the row out"),
        ("-inf", "`-inf` is not finite", "or leave the row out"),
        ("1e999", "`1e999` is not finite", "or leave the row out"),
        ("1 2", number, "nothing between thousands"),
        ("\"1,234,567\"", number, "nothing between thousands"),
        ("\"1.234,5\"", number, "nothing between thousands"),
        ("\"-1,234.5\"", number, "nothing between thousands"),
        ("−1’234.5", number, "nothing between thousands"),
        ("5 %", number, "the number alone"),
        ("0x10", number, "the number alone"),
        ("1;2", number, "separate all cells in the same way"),
        ("\u{1b}[31m", "`\\u{1b}[31m`", "the number alone"),
    ] {
        let text = format!("p,q\r1,2\n3,{cell}\r\n5,6\n");
        let error = refused(&text);
        let place = "line 3, column 2 (`q`): ";
        assert!(error.starts_with(place), "{error}");
        assert!(error.contains(what) && error.contains(mend), "{error}");
    }
    let long = "é".repeat(100_000);
    assert!(refused(&format!("1,{long}\n")).len() < 200);
}

#[test]
fn a_quoted_cell_may_hold_anything() {
    let text = "\"a, \"\"b\"\"\",\"c\nd\"\n\"1\",\" 2 \"\n\n3,x\n";
    let error = csv::numbers(text).unwrap_err();
    // Line ends in quotation marks and blank lines count, too.
    assert_eq!((error.line, error.column), (5, Some(2)));
    let table = csv::numbers(&text.replace('x', "4")).unwrap();
    assert_eq!(table.header.unwrap(), ["a, \"b\"", "c\nd"]);
    assert_eq!(table.numbers, array![[1.0, 2.0], [3.0, 4.0]]);
    let open = "line 2, column 1: a quotation mark opens the cell";
    assert!(refused("1,2\n\"3,4\n5,6\n").starts_with(open));
    let after = "line 1, column 2: something follows the quotation mark";
    assert!(refused("1,\"2\"3\n").starts_with(after));
}

#[test]
fn no_first_line_is_lost() {
    for text in ["NA,NA\n1,2\n", "?,?\n1,2\n", ",\"\"\n1,2\n", "nan,a\n1,2\n"] {
        let error = csv::numbers(text).unwrap_err();
        assert_eq!((error.line, error.column.is_some()), (1, true), "{text}");
    }
    assert!(refused("a,,c\n1,2,3\n").starts_with("line 1, column 1: `a`"));
    assert!(refused("a,1\n1,2\n").starts_with("line 1, column 1: `a`"));
    let table = csv::numbers("a,b\n1,2\n").unwrap();
    assert_eq!(table.notes, ["line 1 is the header, `a`, `b`, and no row"]);
    let table = csv::numbers("\"a\nb\",c\n1,2\n").unwrap();
    assert_eq!(table.notes, ["line 1 is the header, `a b`, `c`, and no row"]);
}

#[test]
fn a_comma_is_a_decimal_point_where_that_is_certain() {
    let numbers = |text| csv::numbers(text).unwrap().numbers;
    let wanted = array![[0.5, 1.234], [2.0, -3.0]];
    assert_eq!(numbers("0,5;1,234\n2;-3\n"), wanted);
    assert_eq!(numbers("\"0,5\",\"1,234\"\n2,-3\n"), wanted);
    assert_eq!(numbers("0,5 1,234\n2 -3\n"), wanted);
    let asks = "is it a decimal point, or does it group thousands?: write \
                `1.234` or `1234`, and all numbers in the same way";
    for (text, place) in [
        ("1,234;2\n3;4\n", "line 1, column 1: `1,234` has a comma: "),
        (
            "a;b\n1;2\n0.5;1,234\n",
            "line 3, column 2 (`b`): `1,234` has a comma, and `0.5` in line 3 a point: ",
        ),
        ("1,234;2\n3;0.5\n", "line 1, column 1: `1,234` has a comma: "),
    ] {
        assert_eq!(refused(text), format!("{place}{asks}"));
    }
    let doubtful = refused_classes("0,5,1,25,0\n1,5,2,25,1\n");
    let wanted = "line 1: 5 columns: in `0,5,1,25,0`, line 1, is a comma also a decimal point?";
    assert!(doubtful.starts_with(wanted), "{doubtful}");
    let ragged = refused_classes("x,y,label\n0,5,1,25,0\n1,2,25,1\n");
    assert!(ragged.contains("is a comma also a decimal point?"), "{ragged}");
}

#[test]
fn labels_have_an_order() {
    for (labels, zero) in [
        (["1", "0"], "0"),
        (["-1", "1"], "-1"),
        (["2", "1"], "1"),
        (["10", "9"], "9"),
        (["1.0", "0e0"], "0e0"),
        (["True", "False"], "False"),
        (["yes", "no"], "no"),
        (["Zebra", "ape"], "ape"),
        (["ham", "7"], "7"),
    ] {
        let [a, b] = labels;
        let table = format!("1,2,{a}\n3,4,{b}\n5,6,{a}\n");
        let read = csv::two_classes(&table, None).unwrap();
        assert_eq!(read.labels[0], zero);
        let of = |label: &str| f64::from(label != zero);
        assert_eq!(read.data.y.column(0).to_vec(), [of(a), of(b), of(a)]);
        let note = format!("`{zero}` is the label 0, and ");
        let said = read.notes.iter().any(|n| n.starts_with(&note));
        assert_eq!(said, read.labels != ["0", "1"], "{:?}", read.notes);
    }
    let merged = csv::two_classes("1,2,1.0\n3,4,1\n5,6,Yes\n7,8,yes\n", None);
    assert_eq!(merged.unwrap().data.y.sum(), 2.0);
    let third = refused_classes("1,2,a\n3,4,b\n5,6,c\n7,8,d\n");
    let wanted = "line 3, column 3: `c` is a third label, after `a` and `b`";
    assert!(third.starts_with(wanted), "{third}");
    let years = refused_classes("2019,2020,label\n1,2,0\n3,4,1\n5,6,1\n");
    assert!(years.ends_with("; if line 1 is a header, put a # before it"));
    let again = refused_classes("1,2,a\n3,4,b\n5,6,c\n7,8,a\n");
    assert!(again.ends_with("the same label to several"), "{again}");
    let only = refused_classes("x,y,z\n1,2,a\n3,4,a\n");
    assert!(only.starts_with("line 2, column 3 (`z`): `a` is the only label"));
    let none = refused_classes("1,2,a\n3,4,?\n");
    assert!(none.starts_with("line 2, column 3: `?` is a missing label"));
}

#[test]
fn the_label_is_called_so_or_is_last() {
    let read = |text| csv::two_classes(text, None).unwrap();
    let named = read("Class,p,q\nb,1,2\na,3,4\n");
    assert_eq!(named.names, ["p", "q", "Class"]);
    assert_eq!(named.data.x, array![[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(read("p,label,q\n1,b,2\n3,a,4\n").data, named.data);
    assert_eq!(read("1,2,b\n3,4,a\n").data, named.data);
    assert_eq!(read("class,label,q\n1,2,b\n3,4,a\n").data, named.data);
    let chosen = csv::two_classes("b,z,2,1\na,z,4,3\n", Some([4, 3, 1]));
    assert_eq!(chosen.unwrap().data, named.data);
    for columns in [[1, 2, 2], [0, 1, 2], [1, 2, 4]] {
        let error = csv::two_classes("1,2,0\n3,4,1\n", Some(columns));
        assert!(error.unwrap_err().mend.contains("1 to 3"));
    }
    let first = csv::two_classes("b,1,2\na,3,4\nb,5,6\n", None).unwrap_err();
    assert!(first.mend.contains("take the columns 2,3,1"), "{first}");
    assert_eq!(first.choice.unwrap().suggested, [2, 3, 1]);
}

#[test]
fn columns_too_many_and_too_few_are_named() {
    let error = csv::two_classes("id,x,y,who,z\n7,1,2,b,9\n9,3,4,a,9\n", None);
    let error = error.unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 1: 5 columns, `id`, `x`, `y`, `who`, `z`: two and the label are \
         expected: leave the others out: say which to take, as with the \
         columns 1,2,5"
    );
    let choice = error.choice.unwrap();
    assert_eq!(choice.names, ["id", "x", "y", "who", "z"]);
    for name in ["", "id", "Index", "Unnamed: 0", "#"] {
        let text = format!("{name},x,y,label\n1,2,3,b\n2,3,4,a\n");
        let error = csv::two_classes(&text, None).unwrap_err();
        assert!(error.what.starts_with("column 1"), "{error}");
        assert!(error.what.contains("counts the rows"), "{error}");
        assert_eq!(error.choice.unwrap().suggested, [2, 3, 4]);
    }
    // R's `write.table` leaves out the name of the row names.
    let r = refused_classes(
        "\"x\" \"y\" \"g\"\n\"1\" 2 3 \"b\"\n\"2\" 4 5 \"a\"\n",
    );
    assert!(r.contains("counts the rows"), "{r}");
    let counted = refused_classes("id,x,label\n1,2,b\n2,3,a\n");
    assert!(counted.contains("counts the rows"), "{counted}");
    assert!(refused_classes("1\n2\n").starts_with("line 1: one column: "));
    assert!(
        refused_classes("1,2\n2,3\n").contains("two columns: write x,y,label")
    );
    // A first column that counts may be a coordinate, if its name says so.
    assert!(csv::two_classes("day,x,label\n1,2,b\n2,3,a\n", None).is_ok());
}

#[test]
fn bytes_are_text_in_one_of_three_encodings() {
    let text = "größe;x;label\r\n1;2;“a”\r\n";
    let utf16 = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let units = "\u{feff}".encode_utf16().chain(text.encode_utf16());
        units.flat_map(bytes).collect()
    };
    let one = "gr\u{f6}\u{df}e;x;label\r\n1;2;\u{93}a\u{94}\r\n";
    let one: Vec<u8> = one.chars().map(|c| c as u8).collect();
    for (bytes, encoding) in [
        (text.as_bytes().to_vec(), None),
        ([b"\xef\xbb\xbf", text.as_bytes()].concat(), None),
        (utf16(u16::to_le_bytes), Some("UTF-16")),
        (utf16(u16::to_be_bytes), Some("UTF-16")),
        (one, Some("Windows-1252")),
    ] {
        let (found, said) = csv::decoded(&bytes).unwrap();
        assert_eq!((&*found, said), (text, encoding));
    }
    let refused = |bytes: &[u8]| match csv::decoded(bytes) {
        Err(error) => error,
        Ok((text, _)) => csv::numbers(&text).unwrap_err(),
    };
    for (bytes, line, what) in [
        (&b"PK\x03\x04rest"[..], 1, "a packed spreadsheet"),
        (b"\xd0\xcf\x11\xe0rest", 1, ".xls"),
        (b"\x1f\x8b\x08", 1, "gzip"),
        (b"%PDF-1.4\n", 1, "a PDF"),
        (b"1,2\n3,\0\n", 2, "a NUL"),
        (b"\xff\xfe1\0\n\0\x00\xd8", 2, "UTF-16"),
        (b"\xff\xfe1\0\n", 1, "UTF-16"),
        (b"\n {\"x\": [1]}", 2, "JSON"),
        (b"[[1, 2], [3, 4]]", 1, "JSON"),
        (b"<!doctype html>", 1, "HTML"),
        (b"", 1, "no numbers"),
    ] {
        let error = refused(bytes);
        assert!(is_whole(&error) && error.what.contains(what), "{error}");
        assert_eq!(error.line, line, "{error}");
    }
}

/// Numbers and labels, written in one of many ways.
#[derive(Clone, Debug)]
struct Written {
    rows: Vec<(i32, i32, bool)>,
    separator: &'static str,
    end: &'static str,
    header: &'static [&'static str],
    /// Behind a #, where the header can be.
    hashed: bool,
    labels: [&'static str; 2],
    quoted: bool,
    comma: bool,
    /// What stands for the minus of a negative number.
    minus: &'static str,
    plus: &'static str,
    trailing: bool,
    blank: bool,
    comment: bool,
}

const HEADERS: &[&[&str]] = &[
    &[],
    &["x", "y", "label"],
    &["x_1", "x_2", "my_label"],
    &["sepal length (cm)", "größe [m]", "Art"],
    &["x, in m", "a \"b\"", "c;d"],
    &["°C", "身長", "κατηγορία"],
    &["two\nlines", "y", "z"],
];

const LABELS: &[[&str; 2]] = &[
    ["0", "1"],
    ["-1", "1"],
    ["1", "2"],
    ["False", "True"],
    ["no", "yes"],
    ["Iris-setosa", "versicolor"],
    ["0.0", "1.0"],
];

fn written() -> impl Strategy<Value = Written> {
    let row = (-99_999i32..99_999, -99_999i32..99_999, any::<bool>());
    let rows = proptest::collection::vec(row, 1..9);
    let texts = (
        select(vec![",", ", ", ";", "; ", "\t", " ", "   "]),
        select(vec!["\n", "\r\n", "\r"]),
        select(HEADERS),
        select(LABELS),
        select(vec!["-", "\u{2212}"]),
        select(vec!["", "+"]),
    );
    let switches = any::<[bool; 6]>();
    (rows, texts, switches).prop_map(|(mut rows, texts, switches)| {
        let (separator, end, header, labels, minus, plus) = texts;
        let [hashed, quoted, comma, trailing, blank, comment] = switches;
        // Both labels, and more than one x.
        rows.push((1, 2, true));
        rows.push((3, 4, false));
        let quoted = quoted || header.iter().any(|n| n.contains([' ', ';']));
        let comma = comma && (quoted || !separator.starts_with(','));
        let broken = header.iter().any(|name| name.contains('\n'));
        let hashed = hashed && !quoted && !broken && !header.is_empty();
        let trailing = trailing && !separator.contains(' ');
        Written {
            rows,
            separator,
            end,
            header,
            hashed,
            labels,
            quoted,
            comma,
            minus,
            plus,
            trailing,
            blank,
            comment,
        }
    })
}

impl Written {
    fn cell(&self, text: &str) -> String {
        let quoted = self.quoted || text.contains('\n');
        if quoted {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.into()
        }
    }

    /// With four decimals, which group no thousands.
    fn number(&self, value: i32) -> String {
        let sign = if value < 0 { self.minus } else { self.plus };
        let text = format!("{:.4}", f64::from(value.abs()) / 1e4);
        let point = if self.comma { "," } else { "." };
        self.cell(&format!("{sign}{}", text.replace('.', point)))
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let end = if self.trailing { self.separator } else { "" };
        let mut line = |cells: Vec<String>| {
            text += &(cells.join(self.separator) + end + self.end);
        };
        let names: Vec<_> = self.header.iter().map(|n| self.cell(n)).collect();
        if self.comment {
            line(vec!["# made by hand, 1,2,3".into()]);
        }
        if let Some(first) = names.first() {
            let hash = if self.hashed { "# " } else { "" };
            let first = format!("{hash}{first}");
            line([&[first], &names[1..]].concat());
        }
        for (x, y, label) in &self.rows {
            let label = self.cell(self.labels[usize::from(*label)]);
            line(vec![self.number(*x), self.number(*y), label]);
            if self.blank {
                line(vec![]);
            }
        }
        text
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(3),
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_people_write_is_read(written in written()) {
        let text = written.text();
        let read = csv::two_classes(&text, None);
        prop_assert!(read.is_ok(), "{:?}: {}", text, read.unwrap_err());
        let read = read.unwrap();
        let n = written.rows.len();
        let x = Array2::from_shape_fn((n, 2), |(row, column)| {
            let (x, y, _) = written.rows[row];
            f64::from([x, y][column]) / 1e4
        });
        let y = Array2::from_shape_fn((n, 1), |(row, _)| {
            f64::from(written.rows[row].2)
        });
        prop_assert_eq!(&read.data, &Dataset { x, y });
        prop_assert_eq!(&read.labels.each_ref().map(|l| &**l), &written.labels);
        if !written.header.is_empty() {
            let names = read.names.each_ref().map(|name| &**name);
            prop_assert_eq!(&names[..], written.header, "{:?}", text);
        }
        // What is no row is said.
        let said = read.notes.join("\n");
        prop_assert_eq!(said.contains("header"), !written.header.is_empty());
        prop_assert_eq!(said.contains("blank, and left"), written.blank);
        prop_assert_eq!(said.contains("comment, and left"), written.comment);
        // The lines of the rows are those of the file.
        let lines: Vec<_> = text.replace("\r\n", "\n").replace('\r', "\n")
            .split('\n').map(String::from).collect();
        for (line, (x, ..)) in read.lines.iter().zip(&written.rows) {
            prop_assert!(lines[line - 1].starts_with(&written.number(*x)));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in prop_oneof![
            any::<Vec<u8>>(),
            any::<String>().prop_map(String::into_bytes),
            prop::collection::vec(
                select(vec![
                    "1", "-2.5", "e", ",", ",", "\n", "\n", "\r\n", "\r", "NaN",
                    "NA", "x", "", " ", "é", "inf", "1e400", ";", "\t", "\"", "\"",
                    "#", "\u{feff}", "0,5", "1,234", "label", "\u{2212}1", "sep=;",
                ]),
                0..60,
            ).prop_map(|parts| parts.concat().into_bytes()),
            any::<Vec<u8>>().prop_map(|rest| [&b"\xff\xfe"[..], &rest].concat()),
        ],
        columns in proptest::option::of(any::<[u8; 3]>()),
    ) {
        let columns = columns.map(|all| all.map(|at| usize::from(at % 5)));
        match csv::decoded(&bytes) {
            Err(error) => prop_assert!(is_whole(&error), "{error}"),
            Ok((text, _)) => {
                let lines = text.lines().count();
                match csv::numbers(&text) {
                    Err(error) => prop_assert!(is_whole(&error), "{error}"),
                    Ok(table) => {
                        prop_assert!(table.numbers.iter().all(|x| x.is_finite()));
                        prop_assert!(table.numbers.nrows() > 0);
                    }
                }
                match csv::two_classes(&text, columns) {
                    Err(error) => {
                        prop_assert!(is_whole(&error), "{error}");
                        // The last line may lie behind the last line end.
                        let ends = text.matches('\r').count() + lines + 1;
                        prop_assert!(error.line <= ends, "{error}");
                    }
                    Ok(read) => {
                        prop_assert!(read.data.y.iter().any(|y| *y == 0.0));
                        prop_assert!(read.data.y.iter().any(|y| *y == 1.0));
                        prop_assert_eq!(read.lines.len(), read.data.len());
                        prop_assert!(read.lines.is_sorted());
                    }
                }
            }
        }
    }
}
