//! The one command of the book.
//!
//! `cargo run` builds the book and serves it while it is written; the
//! subcommands build it once, run an experiment, and guard the numbers.

mod typed;

use std::{
    env, fs,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
};

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand};
use indicatif::MultiProgress;
use press::{
    Build, Destination, Lock, Problem, Problems, Reports, Serving, audit,
    capture, domains, facts_lock,
    lab::{self, Wait},
    lint::{self, Lint, Volume},
    preprocessor, report,
    sabotage::{self, Matrix},
};
use study::{
    Entry,
    experiment::Report,
    link::Link,
    own::{self, Offer, Refused},
    params::nearest,
};

/// Linear All the Way Down: builds, serves and checks the book.
#[derive(Parser)]
#[command(name = "press", args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Task>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Subcommand)]
enum Task {
    /// Build the book and serve it while it is written (the default).
    Serve(Serve),
    /// Build the book into a folder.
    Build {
        /// The folder for the pages: one that is new or empty, or a book
        /// that was built there before, which is replaced as a whole
        /// [default: build-dir of book.toml].
        #[arg(long)]
        dest: Option<PathBuf>,
    },
    /// List the experiments and their parameters.
    List,
    /// Run an experiment and tell what it found.
    Run(Box<Run>),
    /// Run what a link from a page ran, to the bit.
    Replay(Replay),
    /// Compare the numbers and outputs of the book with new runs, or write
    /// them.
    Facts(Facts),
    /// Run claims and numbers over twenty seeds.
    Audit(Locked),
    /// Try claims at a hundred random settings of their domains.
    Domains {
        /// Show how the claims fare where one parameter after the other is
        /// changed, to find a domain.
        #[arg(long, conflicts_with_all = ["check", "write"])]
        around: bool,
        /// Try so many settings of each domain.
        #[arg(long, default_value_t = domains::SETTINGS)]
        settings: usize,
        #[command(flatten)]
        locked: Locked,
    },
    /// Run every sabotage and every counter-run and see which claims fail.
    Sabotage(Locked),
    /// Look for what is wrong with the prose. A build does not: it is for
    /// drafts, too.
    Lint {
        /// Some of the lints [default: all].
        names: Vec<String>,
    },
    /// Answer mdBook before it includes the excerpts, for a plain `mdbook
    /// build`.
    #[command(hide = true)]
    Preprocess {
        #[command(subcommand)]
        question: Option<Question>,
    },
    /// Answer mdBook once it has included them.
    #[command(hide = true)]
    Typeset {
        #[command(subcommand)]
        question: Option<Question>,
    },
}

#[derive(Subcommand)]
enum Question {
    /// Whether this preprocessor serves a renderer. It serves all.
    Supports {
        /// The renderer's name.
        renderer: String,
    },
}

#[derive(Args)]
struct Serve {
    /// The address at which other machines or containers reach this one:
    /// 0.0.0.0 or :: is all that it has.
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// The port on this machine; 0 is any that is free.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Open the book in a browser.
    #[arg(long)]
    open: bool,
}

#[derive(Args)]
struct Run {
    /// The experiment; `list` names them.
    id: String,
    /// The seed of the first run: short for --set seed=N.
    #[arg(long)]
    seed: Option<String>,
    /// A parameter other than the book shows.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    #[command(flatten)]
    own: Own,
    /// Print the whole report as JSON.
    #[arg(long)]
    json: bool,
    /// Write the figure.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Write the figure's data.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write what was measured during training, for TensorBoard.
    #[arg(long, value_name = "DIR")]
    tensorboard: Option<PathBuf>,
}

/// A table of one's own, and what is to be taken of it.
#[derive(Args)]
struct Own {
    /// Your own points: a table of x, y and label.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Its columns of x, y and label, the first being 1: 2,3,4.
    #[arg(long, value_name = "X,Y,LABEL", requires = "data")]
    columns: Option<String>,
    /// Draw so many of its rows, with the seed.
    #[arg(long, value_name = "ROWS", requires = "data")]
    sample: Option<String>,
    /// Round its numbers to so many digits.
    #[arg(long, value_name = "DIGITS", requires = "data")]
    round: Option<String>,
}

#[derive(Args)]
struct Replay {
    /// The link, or what stands in it from the # on, in quotation marks: for
    /// a shell, the ; in it ends a command.
    #[arg(required = true, value_name = "LINK")]
    link: Vec<String>,
    /// Print the whole report as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Facts {
    /// Run everything again and compare.
    #[arg(long)]
    check: bool,
    /// Run everything again and write.
    #[arg(long)]
    write: bool,
}

/// What runs find of the claims, beside what is locked.
#[derive(Args)]
struct Locked {
    /// Some of the experiments [default: all].
    ids: Vec<String>,
    /// Compare it with what is locked, of all experiments.
    #[arg(long, conflicts_with_all = ["write", "ids"])]
    check: bool,
    /// Lock it.
    #[arg(long)]
    write: bool,
}

fn main() -> ExitCode {
    let args = typed::without_comment(env::args_os());
    let cli = Cli::try_parse_from(&args).unwrap_or_else(|error| {
        let args = args.iter().map(|arg| arg.to_string_lossy().into_owned());
        typed::explained(error, &args.collect::<Vec<_>>()).exit()
    });
    match done(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            if let Some(mend) = mend(&error) {
                eprintln!("{mend}");
            }
            ExitCode::FAILURE
        }
    }
}

/// What to do where it is the machine that refuses.
fn mend(error: &anyhow::Error) -> Option<&'static str> {
    let refusal = error.chain().find_map(|why| why.downcast_ref::<io::Error>());
    match refusal?.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(
            "Make room on the disk. What stood at the destination is as it was; \
             a new book stands beside it while it is made.",
        ),
        io::ErrorKind::ReadOnlyFilesystem => {
            Some("Choose a folder that can be written, with --dest.")
        }
        _ => None,
    }
}

fn done(cli: Cli) -> anyhow::Result<()> {
    let task = cli.command.unwrap_or(Task::Serve(cli.serve));
    match task {
        Task::Serve(Serve { host, port, open }) => {
            press::serve(&root()?, &Serving { host, port, open })
        }
        Task::Build { dest } => build(&root()?, dest),
        Task::List => say(&report::list()),
        Task::Run(run) => run_one(&run),
        Task::Replay(replay) => replayed(&replay),
        Task::Facts(facts) => guard_facts(&root()?, &facts),
        Task::Audit(locked) => audited(&root()?, &locked),
        Task::Domains { around: true, locked, .. } => {
            around(&root()?, &entries(&locked.ids)?)
        }
        Task::Domains { locked, settings, .. } => {
            tried(&root()?, &locked, settings)
        }
        Task::Sabotage(locked) => sabotaged(&root()?, &locked),
        Task::Lint { names } => lint(&root()?, &names),
        Task::Preprocess { question: Some(Question::Supports { .. }) }
        | Task::Typeset { question: Some(Question::Supports { .. }) } => Ok(()),
        Task::Preprocess { question: None } => {
            preprocessor::expand_for_mdbook(Reports::cached(&root()?)?)
        }
        Task::Typeset { question: None } => preprocessor::typeset_for_mdbook(),
    }
}

fn root() -> anyhow::Result<PathBuf> {
    let here = env::current_dir()?;
    press::root_of(&here).with_context(|| {
        format!(
            "no book.toml in {} or above: run this within the book",
            here.display()
        )
    })
}

fn build(root: &Path, dest: Option<PathBuf>) -> anyhow::Result<()> {
    let dest = match dest {
        Some(dest) => env::current_dir()?.join(dest),
        None => press::build_dir(root)?,
    };
    // Before anything is computed for nothing.
    let destination = Destination::of(root, &dest)?;
    // The compiler and the runs both leave a processor idle at times.
    let reports = thread::scope(|scope| {
        scope.spawn(|| lab::prepare(root));
        Reports::cached(root)
    })?;
    let wait = Wait::ForPrograms;
    Build { root: root.into(), dest, wait }.run(&reports)?;
    println!("The book is in {destination}.");
    Ok(())
}

fn run_one(run: &Run) -> anyhow::Result<()> {
    let entry = entry(&run.id)?;
    let mut settings = settings(run)?;
    if let Some(file) = &run.own.data {
        let seed = settings.iter().rfind(|(key, _)| key == "seed");
        let seed = seed.map(|(_, seed)| seed.clone());
        let points = own_points(entry, file, &run.own, seed)?;
        settings.extend([("data".into(), "own".into()), points]);
        // Columns of a table may be of any size; a link says which it was.
        if settings.iter().all(|(key, _)| key != "scale") {
            settings.push(("scale".into(), "columns".into()));
        }
    }
    let report = report::watched(entry, &settings, &MultiProgress::new())
        .map_err(typed::of_run)?;
    if let Some(file) = &run.svg {
        fs::write(file, report::svg_file(entry, &report))
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    if let Some(file) = &run.csv {
        fs::write(file, report.figure.table.csv())
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    if let Some(folder) = &run.tensorboard {
        if report.series.is_empty() {
            bail!("{} trains nothing: there are no curves", run.id);
        }
        press::tensorboard::write(folder, &run.id, &report.series)
            .with_context(|| format!("cannot write {}", folder.display()))?;
    }
    tell(entry, &report, run.json)
}

/// The points of a table, once it has been said how they were read.
fn own_points(
    entry: &Entry,
    file: &Path,
    own: &Own,
    seed: Option<String>,
) -> anyhow::Result<(String, String)> {
    let mut bytes = Vec::new();
    // One byte too many is enough to be refused for it.
    let most = own::LARGEST as u64 + 1;
    let opened = fs::File::open(file);
    opened
        .and_then(|file| file.take(most).read_to_end(&mut bytes))
        .with_context(|| {
            let file = file.display();
            format!(
                "cannot read {file}, which is to be a table of your own (the \
                 book's data are chosen with --set data={file})"
            )
        })?;
    let Own { columns, sample, round, .. } = own;
    let taking = [
        ("columns", columns),
        ("sample", sample),
        ("round", round),
        ("seed", &seed),
    ];
    let taking = taking.into_iter().filter_map(|(key, value)| {
        value.as_ref().map(|value| format!("{key}={value}"))
    });
    match entry.take(&bytes, &taking.collect::<Vec<_>>().join(";")) {
        Ok(taken) => {
            for note in taken.notes {
                eprintln!("{}: {note}", file.display());
            }
            Ok(("points".into(), taken.points))
        }
        Err(Refused { why, choice, offers }) => {
            let mut why = format!("{}: {why}", file.display());
            if let Some(choice) = choice {
                let [x, y, label] = choice.suggested;
                why += &format!("\nTake these: --columns {x},{y},{label}");
            }
            for Offer { says, taking } in offers {
                let flags = taking.replace('=', " ").replace(';', " --");
                why += &format!("\n{says}: --{flags}");
            }
            bail!(why)
        }
    }
}

fn replayed(replay: &Replay) -> anyhow::Result<()> {
    let [link] = &replay.link[..] else {
        bail!(
            "found {} texts and expected one link: put all of it in one pair \
             of quotation marks, as in {}",
            replay.link.len(),
            typed::QUOTED
        );
    };
    let link = Link::handed_on(link, experiments::ALL);
    let Link { entry, settings } = link.map_err(typed::of_link)?;
    let report = report::watched(&entry, &settings, &MultiProgress::new())
        .map_err(typed::of_run)?;
    tell(&entry, &report, replay.json)
}

fn tell(entry: &Entry, report: &Report, json: bool) -> anyhow::Result<()> {
    if json {
        say(&format!("{}\n", report::json(report)?))
    } else {
        say(&report::text(entry, report))
    }
}

/// Prints a text. Whoever reads it may have read enough: `run ID | head`.
fn say(text: &str) -> anyhow::Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

fn entry(id: &str) -> anyhow::Result<&'static Entry> {
    let ids = experiments::ALL.iter().map(|entry| entry.id);
    match experiments::ALL.iter().find(|entry| entry.id == id) {
        Some(entry) => Ok(entry),
        None => match nearest(id, ids.clone()) {
            Some(near) => {
                bail!("no experiment `{id}`: did you mean `{near}`?")
            }
            None => bail!(
                "no experiment `{id}`; there are {}",
                ids.collect::<Vec<_>>().join(", ")
            ),
        },
    }
}

fn settings(run: &Run) -> anyhow::Result<Vec<(String, String)>> {
    let mut settings = Vec::new();
    for text in &run.settings {
        let Some((key, value)) = text.split_once('=') else {
            bail!("--set {text}: expected KEY=VALUE");
        };
        settings.push((key.trim().into(), value.trim().into()));
    }
    if let Some(seed) = &run.seed {
        settings.push(("seed".into(), seed.clone()));
    }
    Ok(settings)
}

fn guard_facts(root: &Path, facts: &Facts) -> anyhow::Result<()> {
    let reports = Reports::computed()?;
    if facts.write {
        facts_lock::LOCK.write(root, &facts_lock::computed(&reports))?;
        capture::write(root)?;
        println!("Wrote {} and the captured outputs.", facts_lock::LOCK.file);
        return Ok(());
    }
    let mut problems = facts_lock::problems(root, &reports);
    problems.extend(capture::problems(root)?);
    Problems::none(problems)?;
    println!("All {} facts hold.", reports.fact_names().len());
    Ok(())
}

fn entries(ids: &[String]) -> anyhow::Result<Vec<Entry>> {
    match ids {
        [] => Ok(experiments::ALL.to_vec()),
        some => some.iter().map(|id| entry(id).copied()).collect(),
    }
}

fn audited(root: &Path, locked: &Locked) -> anyhow::Result<()> {
    let computed = audit::computed(&entries(&locked.ids)?)?;
    locked.settle(root, &audit::LOCK, &computed, audit::failing(&computed))
}

fn tried(root: &Path, locked: &Locked, settings: usize) -> anyhow::Result<()> {
    let some = entries(&locked.ids)?;
    let reports = Reports::cached_of(root, &some)?;
    let computed = domains::computed(&some, &reports, settings);
    let computed = match locked.check {
        true => domains::as_locked(root, &computed),
        false => computed,
    };
    let faults = domains::too_wide(&computed);
    locked.settle(root, &domains::LOCK, &computed, faults)
}

fn around(root: &Path, some: &[Entry]) -> anyhow::Result<()> {
    let reports = Reports::cached_of(root, some)?;
    for entry in some {
        let claims = reports.get(entry.id).map(|report| &report.claims[..]);
        say(&domains::around(entry, claims.unwrap_or_default()))?;
    }
    Ok(())
}

fn sabotaged(root: &Path, locked: &Locked) -> anyhow::Result<()> {
    let some = entries(&locked.ids)?;
    let matrix = Matrix::of(&some, &Reports::cached_of(root, &some)?)?;
    let found = matrix.to_string();
    locked.settle(root, &sabotage::LOCK, &found, matrix.faults())?;
    let (claims, broken) = matrix.counts();
    say(&format!(
        "{broken} of {claims} claims are broken by a sabotage, and {} hypotheses \
         are dropped.\n",
        matrix.counter_runs(),
    ))
}

impl Locked {
    /// Locks what was found of these experiments, compares it, or says it; and
    /// refuses what is wrong with it in itself.
    fn settle(
        &self,
        root: &Path,
        lock: &Lock,
        found: &str,
        mut problems: Vec<Problem>,
    ) -> anyhow::Result<()> {
        if self.check {
            problems.extend(lock.problems(root, found));
        } else if !self.write {
            say(found)?;
        } else if self.ids.is_empty() {
            lock.write(root, found)?;
        } else {
            lock.renew(root, &self.ids, found)?;
        }
        Ok(Problems::none(problems)?)
    }
}

fn lint(root: &Path, names: &[String]) -> anyhow::Result<()> {
    let mut lints = Vec::new();
    for name in names {
        lints.push(Lint::named(name).map_err(anyhow::Error::msg)?);
    }
    if lints.is_empty() {
        lints.extend(lint::ALL);
    }
    let volume = Volume::read(root, Reports::cached(root)?)?;
    let mut problems: Vec<_> =
        lints.iter().flat_map(|lint| lint.problems(&volume)).collect();
    if problems.is_empty() {
        for lint in lints {
            println!("{}: {}.", lint.name, lint.asks);
        }
        return Ok(());
    }
    problems.sort();
    Err(Problems(problems).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_has_its_mend() {
        let full = |kind| {
            let error = anyhow::Error::new(io::Error::from(kind));
            mend(&error.context("Rendering failed")).unwrap_or_default()
        };
        assert!(full(io::ErrorKind::StorageFull).contains("Make room"));
        assert_eq!(full(io::ErrorKind::NotFound), "");
    }
}
