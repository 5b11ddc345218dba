//! Serves the book on this machine while it is written: a saved edit is on
//! the page without a hand on the browser.

use std::{
    env,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use axum::{
    Router,
    extract::{
        State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    routing::get,
};
use notify::{
    Event, EventKind, RecursiveMode, Watcher, event::ModifyKind,
    recommended_watcher,
};
use tokio::sync::broadcast;
use tower_http::services::{ServeDir, ServeFile};

use crate::{
    Reports,
    book::{Build, LIVE_RELOAD},
    lab::{self, Wait},
};

/// Editors write a file in several steps; wait for the last of them.
const SETTLE: Duration = Duration::from_millis(60);

/// What changed decides what is done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    /// Nothing that the book is made of.
    Other,
    /// Prose, style or configuration: new pages from the same runs.
    Prose,
    /// Code: this program is out of date.
    Code,
}

/// Builds the book, serves it on `port` of this machine, and builds it again
/// on every change, until it is interrupted.
///
/// # Errors
/// If the port is taken or the files cannot be watched. A book that does not
/// build is no error here: its problems are printed, and the last pages that
/// did build stay.
pub fn serve(
    root: &Path,
    port: u16,
    open_browser: bool,
    reports: Reports,
) -> anyhow::Result<()> {
    let dest = root.join("target/press/site");
    // Somebody waits for the first page, and the labs' programs take longer to
    // compile than all else takes to run.
    let build = Build {
        root: root.into(),
        dest: dest.clone(),
        live: true,
        wait: Wait::No,
    };
    let (reload, _) = broadcast::channel(1);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener =
        runtime.block_on(tokio::net::TcpListener::bind(address)).with_context(
            || format!("port {port} is taken: choose one with --port"),
        )?;
    let began = Instant::now();
    tell(build.run(&reports), began);
    let site = pages(&dest, reload.clone());
    runtime.spawn(async move { axum::serve(listener, site).await });
    let url = format!("http://localhost:{port}");
    println!("The book is at {url} (Ctrl-C ends).");
    if open_browser && let Err(error) = open::that(&url) {
        eprintln!("no browser could be opened: {error}");
    }
    watch(&build, &reports, &reload)
}

/// The pages, and the socket on which a page waits for news.
fn pages(dest: &Path, reload: broadcast::Sender<()>) -> Router {
    let missing = ServeFile::new(dest.join("404.html"));
    Router::new()
        .route(&format!("/{LIVE_RELOAD}"), get(socket))
        .fallback_service(ServeDir::new(dest).not_found_service(missing))
        .with_state(reload)
}

async fn socket(
    upgrade: WebSocketUpgrade,
    State(reload): State<broadcast::Sender<()>>,
) -> axum::response::Response {
    let news = reload.subscribe();
    upgrade.on_upgrade(move |socket| wait_for_news(socket, news))
}

async fn wait_for_news(
    mut socket: WebSocket,
    mut news: broadcast::Receiver<()>,
) {
    if news.recv().await.is_ok() {
        // A page that is gone by now needs no news.
        let _ = socket.send(Message::text("reload")).await;
    }
}

/// Builds again on every change, until the watcher ends.
fn watch(
    build: &Build,
    reports: &Reports,
    reload: &broadcast::Sender<()>,
) -> anyhow::Result<()> {
    let (sender, events) = mpsc::channel();
    let mut watcher = recommended_watcher(sender.clone())?;
    for part in ["book.toml", "src", "theme", "code"] {
        watcher.watch(&build.root.join(part), RecursiveMode::Recursive)?;
    }
    let mut build = build.clone();
    let tried = Arc::new(AtomicBool::new(false));
    if lab::is_pending(&build.root) {
        let (root, tried) = (build.root.clone(), Arc::clone(&tried));
        thread::spawn(move || {
            lab::prepare(&root);
            tried.store(true, Ordering::Relaxed);
            // As if a page had changed; after the watcher nobody listens.
            let page = Event::new(EventKind::Any).add_path(root.join("src"));
            let _ = sender.send(Ok(page));
        });
    }
    let mut code_changed = false;
    while let Ok(first) = events.recv() {
        let began = Instant::now();
        let mut changes = vec![change(&build.root, &first?)];
        while let Ok(event) = events.recv_timeout(SETTLE) {
            changes.push(change(&build.root, &event?));
        }
        if changes.contains(&Change::Code) {
            code_changed = true;
        } else if !changes.contains(&Change::Prose) {
            continue;
        }
        if tried.load(Ordering::Relaxed) {
            // If they are still not there, the pages are to say why.
            build.wait = Wait::ForPrograms;
        }
        let result = if code_changed {
            build_with_new_code(&build)
        } else {
            build.run(reports)
        };
        if tell(result, began) {
            // No page may be open; then nobody listens.
            let _ = reload.send(());
        }
    }
    Ok(())
}

/// What an event of the file system means for the book. A build reads every
/// file; to be read is not to change.
fn change(root: &Path, event: &Event) -> Change {
    match event.kind {
        EventKind::Access(_)
        | EventKind::Modify(ModifyKind::Metadata(_))
        | EventKind::Other => Change::Other,
        _ => {
            let changes = event.paths.iter().map(|path| part(root, path));
            changes.max().unwrap_or(Change::Other)
        }
    }
}

/// What a file is to the book.
fn part(root: &Path, path: &Path) -> Change {
    let Ok(path) = path.strip_prefix(root) else { return Change::Other };
    let hidden = path
        .components()
        .any(|part| part.as_os_str().to_string_lossy().starts_with(['.', '#']));
    // What the labs load is put there by a build; it is no reason for one.
    let made = path.extension().is_some_and(|ending| ending == "gz");
    if hidden || made || path.to_string_lossy().ends_with('~') {
        Change::Other
    } else if path.starts_with("code") {
        Change::Code
    } else {
        Change::Prose
    }
}

/// Once code has changed, this program holds the runs of the old code: from
/// then on a freshly compiled one makes the pages.
fn build_with_new_code(build: &Build) -> anyhow::Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(&build.root)
        .args(["run", "--quiet", "--package", "press", "--", "build"])
        .arg("--live")
        .arg("--dest")
        .arg(&build.dest)
        .status()
        .context("cargo could not be started")?;
    if !status.success() {
        bail!("the pages of the last good build stay");
    }
    Ok(())
}

/// Prints how a build went, and tells whether it went well.
fn tell(result: anyhow::Result<()>, began: Instant) -> bool {
    match result {
        Ok(()) => println!("Built in {} ms.", began.elapsed().as_millis()),
        Err(ref error) => eprintln!("{error}"),
    }
    result.is_ok()
}

#[cfg(test)]
mod tests {
    use notify::event::{AccessKind, CreateKind, RemoveKind};

    use super::*;

    #[test]
    fn what_changed_decides_what_is_built() {
        let of = |path: &str| part(Path::new("/b"), Path::new(path));
        assert_eq!(of("/b/src/collapse.md"), Change::Prose);
        assert_eq!(of("/b/src/references.bib"), Change::Prose);
        assert_eq!(of("/b/theme/css/book.css"), Change::Prose);
        assert_eq!(of("/b/code/slope/src/lib.rs"), Change::Code);
        assert_eq!(of("/b/src/.collapse.md.swp"), Change::Other);
        assert_eq!(of("/b/src/collapse.md~"), Change::Other);
        assert_eq!(of("/b/src/lab/tent.wasm.gz"), Change::Other);
        assert_eq!(of("/elsewhere/x"), Change::Other);
    }

    #[test]
    fn a_file_that_is_read_has_not_changed() {
        let of = |kind: EventKind| {
            let event = Event::new(kind).add_path("/b/src/a.md".into());
            change(Path::new("/b"), &event)
        };
        assert_eq!(of(EventKind::Access(AccessKind::Any)), Change::Other);
        assert_eq!(of(EventKind::Create(CreateKind::Any)), Change::Prose);
        assert_eq!(of(EventKind::Modify(ModifyKind::Any)), Change::Prose);
        assert_eq!(of(EventKind::Remove(RemoveKind::Any)), Change::Prose);
    }
}
