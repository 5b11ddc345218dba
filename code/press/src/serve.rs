//! Serves the book on this machine while it is written: a saved edit is on
//! the page without a hand on the browser.

mod pages;

use std::{
    env, io,
    net::{SocketAddr, ToSocketAddrs as _},
    path::Path,
    process::{self, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Instant,
};

use anyhow::{Context, bail};
use tokio::{
    net::TcpListener,
    signal,
    sync::watch::{self, Sender},
};

use crate::{
    Destination, Reports,
    book::Build,
    lab::{self, Wait},
    sources::{Change, Wake, Watch},
};
use pages::News;

/// How the book is served.
#[derive(Debug, Clone)]
pub struct Serving {
    /// The address of this machine at which it is asked, or its name.
    pub host: String,
    /// The port; 0 is any that is free.
    pub port: u16,
    /// Whether a browser is opened.
    pub open: bool,
}

/// Builds the book and serves it, and builds it again on every change, until
/// the program is ended.
///
/// # Errors
/// If the address cannot be had, or an experiment does not run. A book that
/// does not build is no error here: its problems are printed, and shown above
/// the pages of the last build that held.
pub fn serve(root: &Path, serving: &Serving) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let listener = runtime.block_on(listener(&serving.host, serving.port))?;
    let address = listener.local_addr()?;
    // Somebody waits for the first page, and the labs' programs take longer to
    // compile than all else takes to run.
    let dest = root.join("target/press/served");
    let mut build = Build { root: root.into(), dest, wait: Wait::No };
    let build_id = id(&build).unwrap_or_default();
    let (news, heard) = watch::channel(News { build: build_id, problem: None });
    let site = pages::router(&build.dest, heard);
    runtime.spawn(async move { axum::serve(listener, site).await });
    runtime.spawn(ended());

    let mut watch = Watch::new(root);
    let reports = Reports::cached(root)?;
    let began = Instant::now();
    tell(build.run(&reports), &build, &news, began);
    let url = url(address);
    println!("The book is at {url}{} (Ctrl-C ends).", others(address));
    if serving.open
        && let Err(error) = open::that(&url)
    {
        eprintln!("No browser could be opened: {error:#}.");
    }
    let tried = Arc::new(AtomicBool::new(false));
    if lab::is_pending(root) {
        prepare_labs(root, &watch, Arc::clone(&tried));
    }
    loop {
        let change = watch.next();
        let began = Instant::now();
        if tried.load(Ordering::Relaxed) {
            // If they are still not there, the pages are to say why.
            build.wait = Wait::ForPrograms;
        }
        let result = match change {
            Change::Prose => build.run(&reports),
            Change::Code => build_with_new_code(&build),
        };
        tell(result, &build, &news, began);
    }
}

/// Compiles the labs' programs while the book is read, and then has it built
/// again.
fn prepare_labs(root: &Path, watch: &Watch, tried: Arc<AtomicBool>) {
    let (root, sender) = (root.to_path_buf(), watch.sender());
    thread::spawn(move || {
        lab::prepare(&root);
        tried.store(true, Ordering::Relaxed);
        // After the watch nobody listens.
        let _ = sender.send(Wake::Again);
    });
}

/// The first of the machine's addresses of this name that can be had.
async fn listener(host: &str, port: u16) -> anyhow::Result<TcpListener> {
    // As in a browser's address, or as in a terminal.
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let addresses = (name, port).to_socket_addrs().with_context(|| {
        format!(
            "--host {host} is neither an address nor a name that this \
             machine knows"
        )
    })?;
    let mut failure = None;
    for address in addresses {
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(error) => failure = Some((error, address)),
        }
    }
    let Some((error, address)) = failure else {
        bail!("--host {host} has no address");
    };
    let what = why_not(&error, address);
    Err(error).context(what)
}

/// Why an address cannot be had, and what to do about it.
fn why_not(error: &io::Error, address: SocketAddr) -> String {
    let (ip, port) = (address.ip(), address.port());
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "port {port} is taken: choose another with --port, or --port 0 \
             for any that is free"
        ),
        io::ErrorKind::PermissionDenied => format!(
            "you may not use port {port}: choose one from 1024 on with --port"
        ),
        io::ErrorKind::AddrNotAvailable => format!(
            "{ip} is no address of this machine: --host 127.0.0.1 is for its \
             own browsers, --host 0.0.0.0 for all that reach it"
        ),
        _ => format!("the book cannot be served at {address}"),
    }
}

/// What to type into a browser of this machine.
fn url(address: SocketAddr) -> String {
    let is_local = address.is_ipv4() && address.ip().is_loopback();
    if is_local || address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

fn others(address: SocketAddr) -> &'static str {
    match address.ip().is_unspecified() {
        true => ", and at every address of this machine",
        false => "",
    }
}

/// Ends this program when it is asked to. The first process of a container
/// would not even hear of it.
async fn ended() {
    #[cfg(unix)]
    {
        use signal::unix::{SignalKind, signal};
        let Ok(mut asked) = signal(SignalKind::terminate()) else { return };
        tokio::select! {
            _ = signal::ctrl_c() => {}
            _ = asked.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = signal::ctrl_c().await;
    // A build that is broken off leaves the last one whole.
    process::exit(130);
}

/// Once code has changed, this program holds the runs of the old code: from
/// then on a freshly compiled one makes the pages.
fn build_with_new_code(build: &Build) -> anyhow::Result<()> {
    eprintln!("The code has changed: compiling it, and running it again.");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = Command::new(cargo)
        .current_dir(&build.root)
        .args(["run", "--quiet", "--package", "press", "--", "build"])
        .arg("--dest")
        .arg(&build.dest)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .context("cargo could not be started")?;
    let said = String::from_utf8_lossy(&run.stderr);
    if !run.status.success() {
        bail!("{}", said.trim_end());
    }
    eprint!("{said}");
    Ok(())
}

fn id(build: &Build) -> Option<String> {
    Destination::of(&build.root, &build.dest).ok()?.id()
}

/// Says how a build went, here and in the pages.
fn tell(
    result: anyhow::Result<()>,
    build: &Build,
    news: &Sender<News>,
    began: Instant,
) {
    match result {
        Ok(()) => {
            println!("Built in {} ms.", began.elapsed().as_millis());
            let build = id(build).unwrap_or_default();
            news.send_replace(News { build, problem: None });
        }
        Err(error) => {
            let problem = format!("{error:#}");
            eprintln!("{problem}");
            news.send_modify(|news| news.problem = Some(problem));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(kind: io::ErrorKind) -> String {
        why_not(&kind.into(), "127.0.0.1:80".parse().unwrap())
    }

    #[test]
    fn a_port_is_taken_only_where_it_is() {
        assert!(why(io::ErrorKind::AddrInUse).contains("port 80 is taken"));
        let others = [
            (io::ErrorKind::PermissionDenied, "from 1024 on"),
            (io::ErrorKind::AddrNotAvailable, "no address of this machine"),
            (io::ErrorKind::OutOfMemory, "cannot be served at"),
        ];
        for (kind, expected) in others {
            let why = why(kind);
            assert!(!why.contains("taken"), "{why}");
            assert!(why.contains(expected), "{why}");
        }
    }

    #[test]
    fn an_address_is_told_as_a_browser_takes_it() {
        let url = |text: &str| url(text.parse().unwrap());
        assert_eq!(url("127.0.0.1:3000"), "http://localhost:3000");
        assert_eq!(url("0.0.0.0:3000"), "http://localhost:3000");
        assert_eq!(url("[::]:3000"), "http://localhost:3000");
        assert_eq!(url("[::1]:3000"), "http://[::1]:3000");
        assert_eq!(url("192.0.2.7:3000"), "http://192.0.2.7:3000");
    }

    #[tokio::test]
    async fn a_taken_port_is_said_and_port_0_is_another() {
        let first = listener("127.0.0.1", 0).await.unwrap();
        let port = first.local_addr().unwrap().port();
        assert_ne!(port, 0);
        let error = listener("127.0.0.1", port).await.unwrap_err();
        let error = format!("{error:#}");
        let expected = format!("port {port} is taken");
        assert!(error.starts_with(&expected), "{error}");
        let error = listener("no.such.host.invalid", 0).await.unwrap_err();
        assert!(error.to_string().contains("--host no.such.host.invalid"));
    }
}
