//! The two preprocessors of the book: one before mdBook includes the excerpts,
//! and one after.
//!
//! Both run within this program, and a plain `mdbook build` runs the same two
//! as commands, in the same order: see `book.toml`.

use std::{collections::BTreeMap, error::Error, fmt, io, path::Path};

use mdbook_driver::book::Book;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext, errors::Result};

use crate::{
    Contents, Library, Manuscript, Problem, Reports, console,
    download::Downloads,
    lab::{Lack, Program, Wait},
    manuscript::name,
    math, snippet,
};

/// All that is wrong with a book, as one error.
#[derive(Debug)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// All is well if there are none.
    ///
    /// # Errors
    /// The problems there are.
    pub fn none(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.0 {
            writeln!(f, "{problem}")?;
        }
        match self.0.len() {
            1 => write!(f, "1 problem"),
            n => write!(f, "{n} problems"),
        }
    }
}

impl Error for Problems {}

/// Puts the runs into the chapters, and refuses a book that would show a
/// reader something broken.
pub struct PressPreprocessor {
    /// The runs.
    pub reports: Reports,
    /// What the pages' labs run.
    pub program: Program,
}

impl Preprocessor for PressPreprocessor {
    fn name(&self) -> &str {
        "press"
    }

    /// The book with every directive expanded; a [`Problems`] if anything is
    /// wrong with it.
    fn run(&self, ctx: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let src = &ctx.config.book.src;
        let manuscript = Manuscript::of(&book, src);
        let contents = Contents::of(&book, src);
        let (library, mut problems) = Library::read(&ctx.root, src);
        let (pages, found) = manuscript.expanded(
            &ctx.root,
            &self.reports,
            &library,
            &contents,
            &self.program,
        );
        problems.extend(found);
        problems.extend(manuscript.orphans(&ctx.root, src));
        Problems::none(problems)?;
        put_back(&mut book, src, pages.0);
        Ok(book)
    }
}

fn put_back(book: &mut Book, src: &Path, mut pages: BTreeMap<String, String>) {
    book.for_each_chapter_mut(|chapter| {
        let Some(path) = &chapter.source_path else { return };
        let file = name(&src.join(path));
        if let Some(page) = pages.remove(&file) {
            chapter.content = page;
        }
    });
}

/// Sets what is in its place once mdBook has included the excerpts: formulas,
/// what a reader types into a console, and the `main` around a piece of Rust.
pub struct Typesetter;

impl Preprocessor for Typesetter {
    fn name(&self) -> &str {
        "typeset"
    }

    /// The book with its formulas and consoles as HTML and its code as
    /// programs; a [`Problems`] if
    /// KaTeX refuses a formula.
    fn run(&self, ctx: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let mut problems = Vec::new();
        book.for_each_chapter_mut(|chapter| {
            let path = chapter.source_path.as_deref().unwrap_or("".as_ref());
            let file = name(&ctx.config.book.src.join(path));
            let page = snippet::in_mains(&console::set(&chapter.content));
            chapter.content = math::set(&file, &page, &mut problems);
        });
        Problems::none(problems)?;
        Ok(book)
    }
}

/// The first of the two as a command of mdBook: a book on standard input, the
/// expanded book on standard output. The labs' programs are put where mdBook
/// copies them from.
///
/// # Errors
/// If the input is not a book, or anything is wrong with the book.
pub fn expand_for_mdbook(reports: Reports) -> anyhow::Result<()> {
    answer_mdbook(|ctx, book| {
        let src = &ctx.config.book.src;
        let mut program = Program::Missing(Lack::Code);
        let manuscript = Manuscript::of(&book, src);
        let contents = Contents::of(&book, src);
        Downloads::of(&ctx.root, &manuscript, &contents)?
            .put(&ctx.root.join(src))?;
        if manuscript.has_labs() {
            program = Program::found(&ctx.root, Wait::ForPrograms)
                .put_for_mdbook(&ctx.root.join(src));
        }
        PressPreprocessor { reports, program }.run(ctx, book)
    })
}

/// The second of the two as a command of mdBook.
///
/// # Errors
/// If the input is not a book, or KaTeX refuses a formula.
pub fn typeset_for_mdbook() -> anyhow::Result<()> {
    answer_mdbook(|ctx, book| Typesetter.run(ctx, book))
}

fn answer_mdbook(
    change: impl FnOnce(&PreprocessorContext, Book) -> Result<Book>,
) -> anyhow::Result<()> {
    let (ctx, book) = mdbook_preprocessor::parse_input(io::stdin())?;
    let book = change(&ctx, book)?;
    serde_json::to_writer(io::stdout(), &book)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use mdbook_driver::MDBook;
    use proptest::prelude::*;
    use proptest::test_runner::{Config, RngSeed, TestRunner};

    use super::*;
    use crate::{
        markdown::sheltered,
        question,
        site::{Token, Tokens, decoded},
    };

    /// What TeX shares with Markdown, and some that is TeX's alone.
    const ATOMS: [&str; 52] = [
        "x",
        "y_1",
        "z_{ij}",
        "w^*",
        "*",
        "**",
        "_a",
        r"\_",
        r"\,",
        r"\;",
        r"\!",
        r"\{",
        r"\}",
        r"\|",
        "|",
        " | ",
        "[",
        "]",
        "(",
        ")",
        "<",
        ">",
        "<b>",
        "</b>",
        "~",
        "~~",
        "'",
        "''",
        "\"",
        r"\#",
        r"\%",
        r"\&",
        r"\$",
        "-",
        "--",
        "...",
        "!",
        "![a](b)",
        "[x](y)",
        "`",
        "``",
        ":",
        "http://a.b/c",
        r"\ ",
        r"\\",
        r"\frac{a}{b}",
        r"\sqrt{|x|}",
        "+ 1",
        "1. ",
        "<!-- a",
        r#"\underbrace{(W_L)^\top}_{\text{*a* _b_ `c` "d" 'e' -- ... \&}}"#,
        r"\begin{matrix}a & b \\ c & d\end{matrix}",
    ];

    /// A chapter with each formula in another place, the last three displayed.
    fn chapter(tex: &[String]) -> String {
        let [
            text,
            emphasis,
            link,
            cell,
            cell_2,
            item,
            heading,
            quotation,
            footnote,
            html,
            summary,
            question,
            right,
            why,
            wrong,
            display,
            display_2,
            display_3,
        ] = tex
        else {
            panic!("{} formulas", tex.len());
        };
        format!(
            "# T ${heading}$ {{#t}}\n\n\"A ${text}$\", *b ${emphasis}$* and \
             [c ${link}$](a.md).[^1]\n\n| a | b ${cell}$ |\n|---|---|\n\
             | ${cell_2}$ | c |\n\n1. ${item}$\n\n   $${display}$$\n\n\
             > ${quotation}$\n\n[^1]: ${footnote}$\n\n<p>${html}$</p>\n\n\
             <details><summary>${summary}$</summary>\n\n$$\n{display_2}\n$$\n\n\
             </details>\n\n```quiz\n? ${question}$\n- [x] ${right}$ | ${why}$\n\
             - [ ] No. | ${wrong}$\n```\n\n$$\n  {display_3}\\\\\n  y\n$$\n"
        )
    }

    /// Every formula of a page: its TeX, and all that KaTeX made of it.
    fn formulas(html: &str) -> Vec<(String, String)> {
        let mut formulas: Vec<(String, String)> = Vec::new();
        let (mut depth, mut in_tex) = (0, false);
        for (_, token) in Tokens::new(html) {
            match &token {
                Token::Open(tag) if tag.has_class("katex") => {
                    depth = 1;
                    formulas.push(Default::default());
                }
                Token::Open(tag) if depth > 0 && !tag.closed => {
                    depth += 1;
                    in_tex = tag.name == "annotation";
                }
                Token::Close(_) if depth > 0 => {
                    depth -= 1;
                    in_tex = false;
                }
                _ if depth == 0 => continue,
                _ => {}
            }
            let (tex, all) = formulas.last_mut().expect("one is open");
            match token {
                Token::Text(text) => {
                    if in_tex {
                        tex.push_str(&decoded(text));
                    }
                    all.push_str(&decoded(text));
                }
                Token::Open(tag) => {
                    let mut attributes = tag.attributes;
                    attributes.sort();
                    all.push_str(&format!("<{} {attributes:?}>", tag.name));
                }
                Token::Close(name) => all.push_str(&format!("</{name}>")),
                Token::Fault(what) => panic!("{what}"),
            }
        }
        formulas
    }

    fn by_katex(tex: &str, display: bool) -> Option<String> {
        let options = katex::Opts::builder()
            .display_mode(display)
            .output_type(katex::OutputType::HtmlAndMathml)
            .build()
            .unwrap();
        katex::render_with_opts(tex, options).ok()
    }

    /// The page that mdBook makes of a chapter.
    fn page(chapter: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("src")).unwrap();
        fs::write(root.join("src/SUMMARY.md"), "- [A](a.md)\n").unwrap();
        let mut problems = Vec::new();
        let text = question::expanded("src/a.md", chapter, &mut problems);
        assert_eq!(problems, [], "{chapter}");
        let text = math::joined_to_punctuation(&text);
        fs::write(root.join("src/a.md"), text).unwrap();
        let mut book = MDBook::load(root).unwrap();
        book.config.set("output.html.search.enable", false).unwrap();
        book.with_preprocessor(Typesetter);
        book.build().unwrap();
        crate::text::read(&root.join("book/a.html")).unwrap()
    }

    #[test]
    fn every_formula_reaches_the_page_as_katex_made_it() {
        let tex = prop::collection::vec(0..ATOMS.len(), 1..8)
            .prop_map(|atoms| atoms.into_iter().map(|i| ATOMS[i]).collect())
            .prop_map(|tex: String| tex.trim().to_string())
            // `$ … ` is no formula, and neither is one that a `\` leaves open.
            .prop_filter("KaTeX takes it", |tex| {
                !tex.is_empty()
                    && !tex.ends_with('\\')
                    && by_katex(tex, false).is_some()
                    && by_katex(tex, true).is_some()
            });
        let config = Config {
            cases: 8,
            rng_seed: RngSeed::Fixed(14),
            failure_persistence: None,
            ..Config::default()
        };
        let chapters = prop::collection::vec(tex, 18);
        TestRunner::new(config)
            .run(&chapters, |mut tex| {
                let chapter = chapter(&tex);
                for (i, with) in [(16, "\n{}\n"), (17, "\n  {}\\\\\n  y\n")] {
                    tex[i] = with.replace("{}", &tex[i]);
                }
                let shown = formulas(&page(&chapter));
                let mut found: Vec<_> = shown.iter().map(|f| &f.0).collect();
                let mut written: Vec<_> = tex.iter().collect();
                found.sort();
                written.sort();
                prop_assert_eq!(found, written, "{}", chapter);
                for (tex, all) in &shown {
                    let html = [false, true].map(|display| {
                        let html = by_katex(tex, display).expect("it did");
                        formulas(&html).remove(0).1
                    });
                    prop_assert!(html.contains(all), "{}", all);
                }
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn katex_as_it_is_loses_what_markdown_takes() {
        // What the test above refuses: a chapter whose formulas are not
        // sheltered.
        let html = by_katex(r"\_ a*b*\,c", false).unwrap();
        let tex = |html: &str| formulas(&page(html)).remove(0).0;
        assert_eq!(tex(&sheltered(&html)), r"\_ a*b*\,c");
        assert_ne!(tex(&html), r"\_ a*b*\,c");
    }

    #[test]
    fn a_formula_that_katex_refuses_is_named_with_its_file() {
        let mut problems = Vec::new();
        math::set("src/a.md", "a\n\n$\\frac{1}$\n", &mut problems);
        assert_eq!((problems.len(), problems[0].line), (1, 3));
        assert_eq!(problems[0].file, "src/a.md");
    }
}
