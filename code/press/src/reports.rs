//! The runs that the book is cut from, each computed once for each state of
//! the code.
//!
//! A run is kept under `target/`, keyed by a hash of all that the experiments
//! are compiled from, taken when this program was compiled: an edit of prose or
//! of the press recomputes nothing, an edit of an experiment everything. A
//! stale figure would be worse than a slow build, so there is no finer key.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use indicatif::MultiProgress;
use rayon::prelude::*;
use study::{
    Entry,
    experiment::{Progress, Report, Unrun},
    fact::Fact,
};

use crate::report::watched;

/// The report of every experiment at its defaults, by its ID.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reports(BTreeMap<String, Report>);

impl FromIterator<Report> for Reports {
    fn from_iter<I: IntoIterator<Item = Report>>(reports: I) -> Self {
        Self(reports.into_iter().map(|r| (r.id.clone(), r)).collect())
    }
}

impl Reports {
    /// Every report, from the cache below `root` where it holds it, computed
    /// otherwise, with a bar for each that is computed.
    ///
    /// # Errors
    /// If an experiment does not run to its end with its defaults.
    pub fn cached(root: &Path) -> Result<Self, Unrun> {
        Self::cached_of(root, experiments::ALL)
    }

    /// The same of some experiments.
    ///
    /// # Errors
    /// If one of them does not run to its end with its defaults.
    pub fn cached_of(root: &Path, some: &[Entry]) -> Result<Self, Unrun> {
        let cache = Cache::of(root);
        let bars = MultiProgress::new();
        let reports: Vec<Report> = some
            .par_iter()
            .map(|entry| match cache.read(entry.id) {
                Some(report) => Ok(report),
                None => {
                    let report = watched(entry, &[], &bars)?;
                    // A cache that cannot be written costs time, no more.
                    let _ = cache.write(&report);
                    Ok(report)
                }
            })
            .collect::<Result<_, Unrun>>()?;
        Ok(reports.into_iter().collect())
    }

    /// Every report, computed anew.
    ///
    /// # Errors
    /// If an experiment does not run to its end with its defaults.
    pub fn computed() -> Result<Self, Unrun> {
        let reports: Vec<Report> = experiments::ALL
            .par_iter()
            .map(|entry| entry.report(&[], &Progress::silent()))
            .collect::<Result<_, Unrun>>()?;
        Ok(reports.into_iter().collect())
    }

    /// The report of an experiment.
    pub fn get(&self, id: &str) -> Option<&Report> {
        self.0.get(id)
    }

    /// The fact `ID.NAME`.
    pub fn fact(&self, name: &str) -> Option<&Fact> {
        let (id, name) = name.split_once('.')?;
        self.get(id)?.facts.iter().find(|fact| fact.name == name)
    }

    /// Every report, in the order of the IDs.
    pub fn iter(&self) -> impl Iterator<Item = &Report> {
        self.0.values()
    }

    /// The IDs of all experiments.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The names of all facts, as `ID.NAME`.
    pub fn fact_names(&self) -> Vec<String> {
        self.iter()
            .flat_map(|report| {
                let id = &report.id;
                report.facts.iter().map(move |f| format!("{id}.{}", f.name))
            })
            .collect()
    }
}

/// A folder of reports that one state of the code has made.
struct Cache {
    folder: PathBuf,
}

impl Cache {
    fn of(root: &Path) -> Self {
        let key = env!("PRESS_RUNS");
        Self { folder: root.join("target/press/runs").join(key) }
    }

    fn file(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }

    /// A report that is whole; anything else is computed again.
    fn read(&self, id: &str) -> Option<Report> {
        serde_json::from_slice(&fs::read(self.file(id)).ok()?).ok()
    }

    fn write(&self, report: &Report) -> io::Result<()> {
        self.forget_other_states()?;
        fs::create_dir_all(&self.folder)?;
        // Written aside and renamed: no reader meets half a file.
        let file = self.file(&report.id);
        let aside = file.with_extension(std::process::id().to_string());
        fs::write(&aside, serde_json::to_vec(report)?)?;
        fs::rename(aside, file)
    }

    fn forget_other_states(&self) -> io::Result<()> {
        let Some(parent) = self.folder.parent() else { return Ok(()) };
        let Ok(folders) = fs::read_dir(parent) else { return Ok(()) };
        for folder in folders {
            let path = folder?.path();
            if path != self.folder {
                fs::remove_dir_all(path)?;
            }
        }
        Ok(())
    }
}
