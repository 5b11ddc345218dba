//! Builds the book: pages from prose and runs, and then a look at what came
//! out, as a reader's browser would see it.

use std::path::{Path, PathBuf};

use anyhow::Context;
use mdbook_driver::{MDBook, config::Config};

use crate::{
    Contents, Destination, Manuscript, Problems, Reports,
    destination::Staging,
    download::Downloads,
    lab::{Lack, Program, Wait},
    manuscript,
    preprocessor::{PressPreprocessor, Typesetter},
    search, site, text,
    tree::Tree,
};

/// A build that is to be made.
#[derive(Debug, Clone)]
pub struct Build {
    /// The folder of `book.toml`.
    pub root: PathBuf,
    /// The folder for the pages; if it is not absolute, below `root`.
    pub dest: PathBuf,
    /// Whether the pages wait for the labs' programs.
    pub wait: Wait,
}

impl Build {
    /// Builds the pages in a fresh folder, checks them there, and puts them in
    /// the place of what was at the destination: whatever goes wrong, or is
    /// broken off, that stays whole.
    ///
    /// # Errors
    /// If anything is wrong with the book, a [`Problems`] with all of it; if
    /// the destination is refused, why; or whatever kept mdBook from building.
    pub fn run(&self, reports: &Reports) -> anyhow::Result<()> {
        let destination = Destination::of(&self.root, &self.dest)?;
        let staging = Staging::beside(&destination)?;
        let pages = staging.building();
        let (program, downloads) = self.rendered(&pages, reports)?;
        program.put(&pages)?;
        downloads.put(&pages)?;
        search::rewrite(&pages)?;
        let shown = self.dest.strip_prefix(&self.root).unwrap_or(&self.dest);
        let problems = site::problems(&self.root, &pages, shown)?;
        Problems::none(problems)?;
        staging.swap_in()
    }

    /// Has mdBook make the pages, and gives what their labs run and what they
    /// offer.
    fn rendered(
        &self,
        pages: &Path,
        reports: &Reports,
    ) -> anyhow::Result<(Program, Downloads)> {
        let mut config = config(&self.root)?;
        config.build.build_dir = pages.into();
        let Loaded { mut book, tree: _tree } = loaded(&self.root, config)?;
        let src = &book.config.book.src;
        let manuscript = Manuscript::of(&book.book, src);
        let contents = Contents::of(&book.book, src);
        let program = if manuscript.has_labs() {
            Program::found(&self.root, self.wait)
        } else {
            Program::Missing(Lack::Code)
        };
        book.with_preprocessor(PressPreprocessor {
            reports: reports.clone(),
            program: program.clone(),
        });
        book.with_preprocessor(Typesetter);
        book.build()?;
        let downloads = Downloads::of(&self.root, &manuscript, &contents)?;
        Ok((program, downloads))
    }
}

/// Where `book.toml` wants the pages: its `build-dir`.
///
/// # Errors
/// If `book.toml` cannot be read.
pub fn build_dir(root: &Path) -> anyhow::Result<PathBuf> {
    Ok(root.join(config(root)?.build.build_dir))
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
    Problems::none(problems)?;
    let tree = Tree::of(root, &config.build.build_dir)?;
    let book = MDBook::load_with_config(tree.root(), config)?;
    Ok(Loaded { book, tree })
}
