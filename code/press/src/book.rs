//! Builds the book: pages from prose and runs, and then a look at what came
//! out, as a reader's browser would see it.

use std::path::{self, Path, PathBuf};

use anyhow::Context;
use mdbook_driver::{MDBook, config::Config};

use crate::{
    Manuscript, Problems, Reports,
    fence::{self, RustFence},
    lab::Wait,
    manuscript,
    preprocessor::{PressPreprocessor, Typesetter},
    search, site, text,
    tree::Tree,
};

/// Where a page that is being written asks whether it has changed.
pub const LIVE_RELOAD: &str = "__livereload";

/// A build that is to be made.
#[derive(Debug, Clone)]
pub struct Build {
    /// The folder of `book.toml`.
    pub root: PathBuf,
    /// The folder for the pages.
    pub dest: PathBuf,
    /// Whether the pages reload themselves when they have changed.
    pub live: bool,
    /// Whether the pages wait for the labs' programs.
    pub wait: Wait,
}

impl Build {
    /// Builds the pages and checks them.
    ///
    /// # Errors
    /// If anything is wrong with the book, a [`Problems`] with all of it; or
    /// whatever kept mdBook from building.
    pub fn run(&self, reports: &Reports) -> anyhow::Result<()> {
        let mut config = config(&self.root)?;
        // Not relative to the root: that may be a copy.
        config.build.build_dir = path::absolute(&self.dest)?;
        if self.live {
            let key = "output.html.live-reload-endpoint";
            config.set(key, LIVE_RELOAD)?;
        }
        let Loaded { mut book, tree: _tree } = loaded(&self.root, config)?;
        book.with_preprocessor(PressPreprocessor {
            reports: reports.clone(),
            root: self.root.clone(),
            wait: self.wait,
        });
        book.with_preprocessor(Typesetter);
        book.build()?;
        search::rewrite(&self.dest)?;
        match site::problems(&self.root, &self.dest)? {
            problems if problems.is_empty() => Ok(()),
            problems => Err(Problems(problems).into()),
        }
    }
}

/// Every Rust fence of every chapter, as the reader sees it.
///
/// # Errors
/// If the book cannot be loaded.
pub fn rust_fences(root: &Path) -> anyhow::Result<Vec<RustFence>> {
    let Loaded { book, tree } = loaded_from(root)?;
    let manuscript = Manuscript::of(&book.book, &book.config.book.src);
    let mut fences = Vec::new();
    for (file, text) in &manuscript.0 {
        fences.extend(fence::rust_fences(
            tree.root(),
            &book.config,
            file,
            text,
        )?);
    }
    Ok(fences)
}

/// The book as its authors wrote it, and the files that mdBook has it from.
pub(crate) struct Loaded {
    pub(crate) book: MDBook,
    tree: Tree,
}

/// The book as its authors wrote it.
pub(crate) fn loaded_from(root: &Path) -> anyhow::Result<Loaded> {
    loaded(root, config(root)?)
}

fn config(root: &Path) -> anyhow::Result<Config> {
    let file = root.join("book.toml");
    let read = text::read(&file).map_err(anyhow::Error::new);
    let mut config = read
        .and_then(|text| text.parse::<Config>())
        .with_context(|| format!("cannot read {}", file.display()))?;
    // As mdBook does: MDBOOK_OUTPUT__HTML__SITE_URL and the like.
    config.update_from_env()?;
    Ok(config)
}

fn loaded(root: &Path, config: Config) -> anyhow::Result<Loaded> {
    let problems = manuscript::summary_problems(root, &config.book.src);
    if !problems.is_empty() {
        return Err(Problems(problems).into());
    }
    let tree = Tree::of(root, &config.build.build_dir)?;
    let book = MDBook::load_with_config(tree.root(), config)?;
    Ok(Loaded { book, tree })
}
