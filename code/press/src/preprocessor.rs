//! The two preprocessors that run within this program: the book's own, and
//! mdbook-katex.
//!
//! A plain `mdbook build` runs the same two as commands, in the same order:
//! see `book.toml`.

use std::{
    collections::{BTreeMap, HashMap},
    error::Error,
    fmt, io,
    path::Path,
    sync::Mutex,
};

use mdbook_driver::book::{Book, BookItem};
use mdbook_katex::preprocess::KatexProcessor;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext, errors::Result};

use crate::{
    Contents, Library, Manuscript, Problem, Reports,
    lab::{Lack, Program, Wait},
    math,
};

/// All that is wrong with a book, as one error.
#[derive(Debug)]
pub struct Problems(pub Vec<Problem>);

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
        let katex = ctx.config.get("preprocessor.katex")?;
        problems.extend(math::config_problems(katex.as_ref()));
        if !problems.is_empty() {
            return Err(Problems(problems).into());
        }
        put_back(&mut book, src, pages.0);
        Ok(book)
    }
}

fn put_back(book: &mut Book, src: &Path, mut pages: BTreeMap<String, String>) {
    book.for_each_chapter_mut(|chapter| {
        let Some(path) = &chapter.source_path else { return };
        let file = crate::manuscript::name(&src.join(path));
        if let Some(page) = pages.remove(&file) {
            chapter.content = page;
        }
    });
}

/// Answers mdBook's protocol: a book on standard input, the expanded book on
/// standard output.
///
/// # Errors
/// If the input is not a book, or anything is wrong with the book.
pub fn answer_mdbook(reports: Reports) -> anyhow::Result<()> {
    let (ctx, book) = mdbook_preprocessor::parse_input(io::stdin())?;
    let src = &ctx.config.book.src;
    let mut program = Program::Missing(Lack::Code);
    if Manuscript::of(&book, src).has_labs() {
        program = Program::found(&ctx.root, Wait::ForPrograms)
            .put_for_mdbook(&ctx.root.join(src));
    }
    let book = PressPreprocessor { reports, program }.run(&ctx, book)?;
    serde_json::to_writer(io::stdout(), &book)?;
    Ok(())
}

/// Pages that mdbook-katex has made, by the text it made them from. KaTeX is
/// the slowest step of a build, and an edit touches one chapter.
static PAGES: Mutex<Option<HashMap<String, String>>> = Mutex::new(None);

/// mdbook-katex, asked only about chapters that it has not just seen.
pub(crate) struct RememberingKatex;

impl Preprocessor for RememberingKatex {
    fn name(&self) -> &str {
        "katex"
    }

    fn run(&self, ctx: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let mut guard = PAGES.lock().expect("no thread panics with the lock");
        let known = guard.take().unwrap_or_default();
        let mut seen = HashMap::new();
        let mut failure = None;
        book.for_each_chapter_mut(|chapter| {
            let text = chapter.content.clone();
            let page = match known.get(&text) {
                Some(page) => Ok(page.clone()),
                None => rendered(ctx, chapter.clone()),
            };
            match page {
                Ok(page) => {
                    seen.insert(text, page.clone());
                    chapter.content = page;
                }
                Err(error) => failure = Some(error),
            }
        });
        *guard = Some(seen);
        failure.map_or(Ok(book), Err)
    }
}

fn rendered(
    ctx: &PreprocessorContext,
    mut chapter: mdbook_driver::book::Chapter,
) -> Result<String> {
    chapter.sub_items.clear();
    let book = Book::new_with_items(vec![BookItem::Chapter(chapter)]);
    let book = KatexProcessor.run(ctx, book)?;
    Ok(book.chapters().map(|c| c.content.as_str()).collect())
}
