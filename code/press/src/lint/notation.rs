//! No symbol before it is explained, and no item of the companion crates.
//!
//! The tables of the page *Notation* have a formula or code in their first
//! column and a link to a chapter in the last one. Each symbol of the formulas
//! of the chapters has a row, and no earlier chapter than that of the row uses
//! it; each import that a reader sees has a row with the chapter that shows it
//! first.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::LazyLock,
};

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use regex::Regex;

use super::{
    page::{Kind, Page, Part},
    tex::symbols,
    volume::Volume,
};
use crate::{Problem, markdown::options};

const NOTATION: &str = "src/notation.md";

/// The crates that the code of the book may import, and that are explained.
static USE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^\s*(?:pub )?use\s+((?:slope|probe|exact)\b[^;]*);")
        .expect("a regular expression")
});

/// A row of a table.
#[derive(Debug, Default)]
struct Row {
    line: usize,
    formulas: Vec<String>,
    items: Vec<String>,
    /// The chapter that it names.
    chapter: Option<String>,
}

/// What is wrong with the notation of the book.
pub fn problems(volume: &Volume) -> Vec<Problem> {
    let page = match volume.needed(NOTATION, "the symbols of the book") {
        Ok(page) => page,
        Err(problem) => return vec![problem],
    };
    let mut problems = Vec::new();
    let mut rows = rows(page);
    for row in &mut rows {
        let named = row.chapter.take();
        let page = named.as_deref().and_then(|file| volume.page(file));
        match page.filter(|page| page.part == Part::Numbered) {
            Some(page) => row.chapter = Some(page.file.clone()),
            // A draft has no file to link to.
            None if named.is_none() && !volume.drafts.is_empty() => {}
            None => problems.push(
                row.problem(format!("{} is introduced nowhere", row.name()))
                    .mend("link to the chapter in the last column"),
            ),
        }
    }
    let book = Book { volume, page, rows: &rows };
    problems.extend(book.symbol_problems());
    problems.extend(book.item_problems());
    problems
}

impl Row {
    fn problem(&self, what: String) -> Problem {
        Problem::new(NOTATION, self.line, what)
    }

    fn name(&self) -> String {
        match (self.formulas.first(), self.items.first()) {
            (Some(formula), _) => format!("${formula}$"),
            (None, Some(item)) => format!("`{item}`"),
            (None, None) => "a row without a symbol".into(),
        }
    }
}

/// The rows of all tables, their heads excepted.
fn rows(page: &Page) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut cells: Vec<Range<usize>> = Vec::new();
    let mut row = Row::default();
    let parser = Parser::new_ext(page.markdown(), options());
    for (event, range) in parser.into_offset_iter() {
        match event {
            Event::Start(Tag::TableRow) => {
                cells.clear();
                row = Row { line: page.line(range.start), ..Row::default() };
            }
            Event::Start(Tag::TableCell) => cells.push(range),
            Event::InlineMath(tex) if cells.len() == 1 => {
                row.formulas.push(tex.trim().into());
            }
            Event::Code(item) if cells.len() == 1 => {
                row.items.push(item.to_string());
            }
            Event::End(TagEnd::TableHead) => cells.clear(),
            Event::End(TagEnd::TableRow) => {
                let last = cells.last().cloned().unwrap_or_default();
                let mut links = page.links.iter();
                let link = links.find(|l| last.contains(&l.range.start));
                row.chapter = link.map(|link| link.file.clone());
                rows.push(std::mem::take(&mut row));
            }
            _ => {}
        }
    }
    rows
}

/// Where something is met first: the number of the chapter and the line.
type First = (usize, usize);

/// What the two tables are compared with.
struct Book<'a> {
    volume: &'a Volume,
    page: &'a Page,
    rows: &'a [Row],
}

impl Book<'_> {
    fn symbol_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let owners = self.owners(&mut problems);
        let mut firsts: BTreeMap<String, First> = BTreeMap::new();
        for (number, chapter) in self.volume.chapters().enumerate() {
            for (at, symbol) in symbols(&chapter.only(&[Kind::Math])) {
                firsts.entry(symbol).or_insert((number, chapter.line(at)));
            }
        }
        for (symbol, &first) in &firsts {
            let name = format!("${}$", formula_of(symbol));
            match owners.get(symbol) {
                None => problems.push(self.unlisted(&name, "shape", first)),
                Some(&row) => {
                    let row = &self.rows[row];
                    if self.number(row).is_some_and(|n| first.0 < n) {
                        problems.push(self.early(&name, row, first));
                    }
                }
            }
        }
        let used: BTreeSet<usize> = firsts
            .keys()
            .filter_map(|symbol| owners.get(symbol).copied())
            .collect();
        let listed: BTreeSet<usize> = owners.values().copied().collect();
        for row in listed.difference(&used) {
            problems.extend(self.unused(&self.rows[*row], "uses"));
        }
        problems
    }

    /// The row that explains a symbol: the one that has it alone, or else the
    /// first formula that it is a part of.
    fn owners(&self, problems: &mut Vec<Problem>) -> BTreeMap<String, usize> {
        let mut owners: BTreeMap<String, usize> = BTreeMap::new();
        let mut parts = Vec::new();
        for (i, row) in self.rows.iter().enumerate() {
            for formula in &row.formulas {
                let mut found = symbols(formula);
                found.dedup_by(|a, b| a.1 == b.1);
                match found.as_slice() {
                    [(_, symbol)] => {
                        if let Some(first) = owners.get(symbol) {
                            let what = format!("${symbol}$ has two rows");
                            let first = self.rows[*first].line;
                            problems.push(row.problem(what).mend(format!(
                                "put both meanings into line {first}"
                            )));
                        } else {
                            owners.insert(symbol.clone(), i);
                        }
                    }
                    found => {
                        parts.extend(found.iter().map(|s| (s.1.clone(), i)));
                    }
                }
            }
        }
        for (symbol, row) in parts {
            owners.entry(symbol).or_insert(row);
        }
        owners
    }

    fn item_problems(&self) -> Vec<Problem> {
        let mut firsts: BTreeMap<String, First> = BTreeMap::new();
        for (number, chapter) in self.volume.chapters().enumerate() {
            let fences = self.volume.fences.iter();
            for fence in fences.filter(|fence| fence.file == chapter.file) {
                for item in imports(&fence.text) {
                    let first = firsts.entry(item);
                    let first = first.or_insert((number, fence.line));
                    *first = (*first).min((number, fence.line));
                }
            }
        }
        let mut problems = Vec::new();
        let mut used = BTreeSet::new();
        for (item, &first) in &firsts {
            let name = format!("`{item}`");
            let is_listed = |row: &Row| {
                row.items.iter().any(|i| {
                    i == item || item.rsplit("::").next() == Some(i.as_str())
                })
            };
            let Some(i) = self.rows.iter().position(is_listed) else {
                problems.push(self.unlisted(&name, "", first));
                continue;
            };
            used.insert(i);
            let row = &self.rows[i];
            match self.number(row) {
                Some(number) if first.0 < number => {
                    problems.push(self.early(&name, row, first));
                }
                Some(number) if first.0 > number => {
                    problems.push(self.late(&name, row, first));
                }
                _ => {}
            }
        }
        for (i, row) in self.rows.iter().enumerate() {
            if !row.items.is_empty() && !used.contains(&i) {
                problems.extend(self.unused(row, "imports"));
            }
        }
        problems
    }

    fn number(&self, row: &Row) -> Option<usize> {
        let file = row.chapter.as_ref()?;
        self.volume.chapters().position(|page| page.file == *file)
    }

    fn chapter(&self, first: First) -> &Page {
        let mut chapters = self.volume.chapters();
        chapters.nth(first.0).expect("it was counted")
    }

    fn link(&self, first: First) -> String {
        let chapter = self.chapter(first);
        let address = self.page.address_of(&chapter.file, "");
        format!("[{}]({address})", chapter.title)
    }

    fn unlisted(&self, name: &str, shape: &str, first: First) -> Problem {
        let column = if shape.is_empty() {
            String::new()
        } else {
            format!(" {shape} |")
        };
        let what = format!("{name} is not in {NOTATION}");
        Problem::new(&self.chapter(first).file, first.1, what).mend(format!(
            "add a row: | {name} | meaning |{column} {} |",
            self.link(first)
        ))
    }

    fn early(&self, name: &str, row: &Row, first: First) -> Problem {
        let named = row.chapter.as_deref().unwrap_or_default();
        let what = format!(
            "{name} is used here, and by {NOTATION}:{} not before {named}",
            row.line
        );
        Problem::new(&self.chapter(first).file, first.1, what).mend(format!(
            "if it is explained here, name {} in the row; or do without it",
            self.link(first)
        ))
    }

    fn late(&self, name: &str, row: &Row, first: First) -> Problem {
        let chapter = self.chapter(first);
        let what =
            format!("{name} is first shown at {}:{}", chapter.file, first.1);
        row.problem(what)
            .mend(format!("name {} in the last column", self.link(first)))
    }

    /// A row without a use; the chapter that has it may be a draft.
    fn unused(&self, row: &Row, verb: &str) -> Option<Problem> {
        self.volume.drafts.is_empty().then(|| {
            let what = format!("no chapter {verb} {}", row.name());
            row.problem(what).mend("take the row out")
        })
    }
}

/// The smallest formula with a symbol that does not stand alone.
fn formula_of(symbol: &str) -> String {
    match symbol {
        r"\lVert" => r"\lVert x \rVert".into(),
        r"\langle" => r"\langle x, y \rangle".into(),
        r"\lfloor" => r"\lfloor x \rfloor".into(),
        r"\hat" | r"\bar" | r"\tilde" | r"\dot" | r"\vec" | r"\widehat" => {
            format!("{symbol} x")
        }
        symbol => symbol.into(),
    }
}

/// What the visible lines of a fence import from the companion crates.
fn imports(fence: &str) -> BTreeSet<String> {
    let visible: String = fence
        .lines()
        .filter(|line| *line != "#" && !line.starts_with("# "))
        .map(|line| format!("{line}\n"))
        .collect();
    let mut imports = BTreeSet::new();
    for found in USE.captures_iter(&visible) {
        leaves("", &found[1], &mut imports);
    }
    imports
}

/// What a path imports: of a type's variant, the type.
fn item(path: &str) -> String {
    let mut item: Vec<&str> = Vec::new();
    for part in path.split("::").filter(|part| *part != "self") {
        item.push(part);
        if part.starts_with(char::is_uppercase) {
            break;
        }
    }
    item.join("::")
}

/// The full paths of a tree of imports: `a::{b, c::{self, d}}`.
fn leaves(before: &str, tree: &str, paths: &mut BTreeSet<String>) {
    let tree = tree.trim();
    let Some((path, group)) = tree.split_once('{') else {
        let name = tree.split(" as ").next().unwrap_or_default().trim();
        if !name.is_empty() {
            paths.insert(item(&format!("{before}{name}")));
        }
        return;
    };
    let path = format!("{before}{}", path.trim());
    let group = group.trim_end().trim_end_matches('}');
    // The last brace may have closed an inner group.
    let closed = group.matches('}').count();
    let opened = group.matches('{').count().saturating_sub(closed);
    let group = format!("{group}{}", "}".repeat(opened));
    let mut depth = 0;
    let mut start = 0;
    for (i, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                leaves(&path, &group[start..i], paths);
                start = i + 1;
            }
            _ => {}
        }
    }
    leaves(&path, &group[start..], paths);
}

#[cfg(test)]
mod tests {
    use super::{
        super::volume::{assert_refused, changed},
        *,
    };
    use crate::snippet::Snippet;

    const TABLES: &str = "\
# Notation

| symbol | meaning | shape | introduced in |
|---|---|---|---|
| $w$ | weight | | [A](a.md) |
| $\\lambda$ | curvature | | [B](b.md) |
| $\\lVert w \\rVert$, $\\hat y$ | length, answer | | [B](b.md) |

| item | meaning | first shown in |
|---|---|---|
| `slope::Loss` | loss | [A](a.md) |
| `Rng` | numbers | [B](b.md) |
";

    const A: &str = "# A\n\n$w + \\frac{1}{2}$ and {{#fact a.b}}.\n";
    const B: &str = "# B\n\n$w \\lambda \\lVert w \\rVert$\n\n## $\\hat y$\n";
    const CODE: &str = "```rust\nuse slope::Loss;\n# use slope::Hidden;\n```";
    const MORE: &str = "```rust\nuse slope::{Loss, rng::Rng};\n```";

    fn volume(a: &str, b: &str, tables: &str) -> Volume {
        let mut volume = Volume::of(&[
            ("src/a.md", Part::Numbered, a),
            ("src/b.md", Part::Numbered, b),
            ("src/notation.md", Part::Back, tables),
        ]);
        let fence = |file: &str, line, text: &str| Snippet {
            file: file.into(),
            line,
            text: text.into(),
        };
        volume.fences = vec![
            fence("src/b.md", 9, MORE),
            fence("src/a.md", 7, CODE),
            fence("src/solutions/a.md", 1, "use slope::Solved;"),
        ];
        volume
    }

    fn found(volume: &Volume) -> Vec<String> {
        problems(volume).iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn refused(volume: &Volume, place: &str, hint: &str) {
        let found = found(volume);
        assert_refused(&found, place, hint);
    }

    #[test]
    fn symbols_and_items_in_their_order_are_accepted() {
        assert_eq!(found(&volume(A, B, TABLES)), Vec::<String>::new());
    }

    #[test]
    fn a_symbol_without_a_row_is_refused_with_its_line() {
        let a = format!("{A}\nAnd $\\kappa$.\n\n$\\kappa$\n");
        let row = "| $\\kappa$ | meaning | shape | [src/a.md](a.md) |";
        refused(&volume(&a, B, TABLES), "src/a.md:5: $\\kappa$ is not", row);
        let quiz = "```quiz\n? $q$\n- [x] a | b\n- [ ] c | d\n```\n";
        let a = format!("{A}\n{quiz}");
        refused(&volume(&a, B, TABLES), "src/a.md:6: $q$ is not", "add a row");
        let a = format!("{A}\n$\\langle w \\rangle$\n");
        let row = "| $\\langle x, y \\rangle$ | meaning";
        refused(&volume(&a, B, TABLES), "src/a.md:5: $\\langle x", row);
        let a = format!("{A}\n$W$\n");
        refused(&volume(&a, B, TABLES), "src/a.md:5: $W$ is not", "add a row");
    }

    #[test]
    fn a_symbol_before_its_chapter_is_refused() {
        let a = format!("{A}\nAnd $\\lambda$.\n");
        let place = "src/a.md:5: $\\lambda$ is used here";
        refused(&volume(&a, B, TABLES), place, "src/notation.md:6");
        // It may be used later than its chapter says.
        let tables = changed(TABLES, "curvature | | [B](b", "c | | [A](a");
        assert_eq!(found(&volume(A, B, &tables)), Vec::<String>::new());
    }

    #[test]
    fn an_import_without_a_row_or_elsewhere_is_refused() {
        let tables = changed(TABLES, "| `Rng` | numbers | [B](b.md) |\n", "");
        let row = "| `slope::rng::Rng` | meaning | [src/b.md](b.md) |";
        refused(&volume(A, B, &tables), "src/b.md:9: `slope::rng::Rng`", row);
        let tables = changed(TABLES, "loss | [A](a.md)", "loss | [B](b.md)");
        let place = "src/a.md:7: `slope::Loss` is used here";
        refused(&volume(A, B, &tables), place, "[src/a.md](a.md)");
        let tables = changed(TABLES, "bers | [B](b.md)", "bers | [A](a.md)");
        let place = "src/notation.md:12: `slope::rng::Rng` is first shown";
        refused(&volume(A, B, &tables), place, "[src/b.md](b.md)");
    }

    #[test]
    fn a_row_that_nothing_uses_is_refused_unless_a_chapter_is_a_draft() {
        let row = "| $\\mu$ | momentum | | [B](b.md) |\n| $\\lambda$";
        let tables = changed(TABLES, "| $\\lambda$", row);
        let mut of = volume(A, B, &tables);
        refused(&of, "src/notation.md:6: no chapter uses $\\mu$", "take");
        of.drafts.push("C".into());
        assert_eq!(found(&of), Vec::<String>::new());
        let row = "| `probe::svd` | all | [B](b.md) |\n| `Rng`";
        let tables = changed(TABLES, "| `Rng`", row);
        let place = "src/notation.md:12: no chapter imports `probe::svd`";
        refused(&volume(A, B, &tables), place, "take");
    }

    #[test]
    fn a_row_names_a_chapter_and_a_symbol_has_one_row() {
        let tables =
            changed(TABLES, "curvature | | [B](b.md)", "curvature | | B");
        let mut of = volume(A, B, &tables);
        refused(&of, "src/notation.md:6: $\\lambda$ is introduced", "link");
        of.drafts.push("C".into());
        assert_eq!(found(&of), Vec::<String>::new());
        let tables = changed(TABLES, "$\\lambda$", "$w$, $\\lambda$");
        refused(&volume(A, B, &tables), "src/notation.md:6: $w$ has", "line 5");
    }

    #[test]
    fn a_missing_page_is_refused() {
        let alone = Volume::of(&[("src/a.md", Part::Numbered, A)]);
        assert!(problems(&alone)[0].what.contains("expected the symbols"));
    }

    #[test]
    fn imports_are_full_paths_of_visible_lines() {
        let fence = "use slope::rng::{Rng, Stream};\n# use slope::No;\n\
                     use slope::{\n    Loss as L,\n    data::{self, moons},\n    \
                     Layer::{self, Dense},\n};\n\
                     use ndarray::array;\nuse probe::floor;\nlet exact = 1;\n";
        let expected = [
            "probe::floor",
            "slope::Layer",
            "slope::Loss",
            "slope::data",
            "slope::data::moons",
            "slope::rng::Rng",
            "slope::rng::Stream",
        ];
        assert_eq!(imports(fence), expected.map(String::from).into());
        let deep = "use slope::{a::{b::{c, d}}, e};\n";
        let expected = ["slope::a::b::c", "slope::a::b::d", "slope::e"];
        assert_eq!(imports(deep), expected.map(String::from).into());
    }
}
