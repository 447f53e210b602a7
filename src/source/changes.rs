//! Waits until something changes in a folder, by inotify.

use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Duration;

use rustix::fs::inotify;
use tokio::io::unix::AsyncFd;
use tokio::time::{sleep, timeout};

/// Folders being watched.
#[derive(Debug)]
pub(super) struct Changes {
    events: Option<AsyncFd<OwnedFd>>,
}

/// How often one looks where the kernel cannot say.
const POLL: Duration = Duration::from_secs(2);

impl Changes {
    /// Watches what is written, made and renamed in these folders. Folders that are not there are
    /// passed over.
    pub(super) fn watch(folders: &[PathBuf]) -> Self {
        use inotify::{CreateFlags, WatchFlags};
        #[expect(deprecated, reason = "an OwnedFd stays the same descriptor, which is all it asks")]
        let watch = || {
            let events = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok()?;
            let flags = WatchFlags::MODIFY | WatchFlags::CREATE | WatchFlags::MOVED_TO;
            let watched =
                folders.iter().filter(|path| inotify::add_watch(&events, *path, flags).is_ok());
            (watched.count() > 0).then(|| AsyncFd::new(events).ok())?
        };
        Self { events: watch() }
    }

    /// Waits for the next change, and at most so long.
    pub(super) async fn wait(&self, most: Duration) {
        let Some(events) = &self.events else { return sleep(most.min(POLL)).await };
        // Without an answer in time one looks anyway.
        let _ = timeout(most, async {
            let Ok(mut ready) = events.readable().await else { return };
            let mut buffer = [MaybeUninit::uninit(); 4096];
            let mut reader = inotify::Reader::new(events.get_ref(), &mut buffer);
            while reader.next().is_ok() {}
            ready.clear_ready();
        })
        .await;
    }
}
