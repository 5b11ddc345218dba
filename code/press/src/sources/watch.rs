//! Notices when a source has changed.
//!
//! Folders are watched, not files, for an editor puts a new file in the place
//! of the old one. An event says only that something has happened: what that
//! was, a comparison of all contents tells. So files that come and go while an
//! editor saves are no change, and no event need be interpreted.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    time::{Duration, Instant},
};

use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode},
    recommended_watcher,
};

use super::{Change, Snapshot, Sources};

/// Editors write a file in several steps; wait for the last of them.
const SETTLE: Duration = Duration::from_millis(60);

/// But not for one that never ends, such as a log.
const SETTLED: Duration = Duration::from_secs(1);

/// How often to look where nothing tells.
const LOOK: Duration = Duration::from_secs(2);

/// Why to look at the sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wake {
    /// Something has happened to a file.
    Files,
    /// The pages can be made better than they are, from the same sources.
    Again,
}

/// The sources of a book, and what they were when they were last looked at.
pub(crate) struct Watch {
    root: PathBuf,
    /// None where the system cannot tell: then they are looked at in turn.
    watcher: Option<RecommendedWatcher>,
    sender: Sender<Wake>,
    wakes: Receiver<Wake>,
    /// When the watch began.
    first: Snapshot,
    seen: Snapshot,
}

impl Watch {
    /// Of the book at `root`, as it is now.
    pub(crate) fn new(root: &Path) -> Self {
        let (sender, wakes) = channel();
        let sources = Sources::of(root);
        let seen = sources.snapshot();
        let mut watch = Self {
            root: root.into(),
            watcher: None,
            sender,
            wakes,
            first: seen.clone(),
            seen,
        };
        let sender = watch.sender.clone();
        let wake = move |event: notify::Result<Event>| {
            // A lost event may have been any.
            if event.is_ok_and(|event| is_read(event.kind)) {
                return;
            }
            // After the watch nobody listens.
            let _ = sender.send(Wake::Files);
        };
        match recommended_watcher(wake) {
            Ok(watcher) => watch.watcher = Some(watcher),
            Err(error) => watch.looks_instead(&error),
        }
        watch.follow(&sources);
        // What came before its folder was watched.
        let _ = watch.sender.send(Wake::Files);
        watch
    }

    /// What wakes this watch.
    pub(crate) fn sender(&self) -> Sender<Wake> {
        self.sender.clone()
    }

    /// Waits until a build would make other pages. Code is what has changed as
    /// long as it is not what it was when the watch began.
    pub(crate) fn next(&mut self) -> Change {
        loop {
            let again = self.woken();
            // Before the look, so that nothing happens between the two.
            let sources = Sources::of(&self.root);
            self.follow(&sources);
            let now = sources.snapshot();
            let change = sources.change(&self.seen, &now);
            let code = sources.change(&self.first, &now);
            self.seen = now;
            if again || change.is_some() {
                let is_code = code == Some(Change::Code);
                return if is_code { Change::Code } else { Change::Prose };
            }
        }
    }

    /// Waits for a reason to look; whether the pages are to be made anyway.
    fn woken(&mut self) -> bool {
        let wait = match self.watcher {
            Some(_) => Duration::MAX,
            None => LOOK,
        };
        let mut again = match self.wakes.recv_timeout(wait) {
            Ok(wake) => wake == Wake::Again,
            Err(RecvTimeoutError::Timeout) => return false,
            Err(RecvTimeoutError::Disconnected) => {
                unreachable!("this watch has a sender")
            }
        };
        let woken = Instant::now();
        while woken.elapsed() < SETTLED
            && let Ok(wake) = self.wakes.recv_timeout(SETTLE)
        {
            again |= wake == Wake::Again;
        }
        again
    }

    /// Watches the folders of the sources. One that has been made anew is no
    /// longer watched, though it looks the same: so all are, each time.
    fn follow(&mut self, sources: &Sources) {
        let Some(watcher) = &mut self.watcher else { return };
        let mut paths = watcher.paths_mut();
        let mut failure = None;
        for folder in sources.watched() {
            // It was not watched, or is no more.
            let _ = paths.remove(&folder);
            if let Err(error) = paths.add(&folder, RecursiveMode::NonRecursive)
                && folder.exists()
            {
                failure = Some(error);
            }
        }
        if let Err(error) = paths.commit() {
            failure = Some(error);
        }
        if let Some(error) = failure {
            self.looks_instead(&error);
        }
    }

    pub(super) fn looks_instead(&mut self, error: &notify::Error) {
        self.watcher = None;
        let mend = match error.kind {
            notify::ErrorKind::MaxFilesWatch => {
                " On Linux, a larger fs.inotify.max_user_watches mends that."
            }
            _ => "",
        };
        eprintln!(
            "The system cannot tell when a file changes ({error}): they are \
             looked at every {} seconds instead.{mend}",
            LOOK.as_secs()
        );
    }
}

/// Whether an event tells of a file that is read. A build reads every file.
fn is_read(kind: EventKind) -> bool {
    let written = AccessKind::Close(AccessMode::Write);
    matches!(kind, EventKind::Access(access) if access != written)
}
