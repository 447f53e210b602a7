//! Tasks that are started again when they crash: a fault in one source never takes the watch
//! down.

use std::future::Future;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// A crash is told to the watch by the task's name.
pub(super) type Crashes = mpsc::Sender<&'static str>;

/// A task that crashes at once does not keep a core busy.
const PAUSE: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 1000 });

/// Runs what `start` gives until it ends by itself; after a panic it is started anew. Dropping
/// the future ends the task.
pub(super) async fn supervise<F>(
    name: &'static str,
    crashes: Crashes,
    mut start: impl FnMut() -> F + Send,
) where
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        let mut task = JoinSet::new();
        task.spawn(start());
        match task.join_next().await {
            Some(Err(error)) if error.is_panic() => {
                // The watch counts it; if it is gone there is nobody to tell.
                let _ = crashes.send(name).await;
                sleep(PAUSE).await;
            }
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_crash_is_told_and_mended() {
        let (crashes, mut told) = mpsc::channel(8);
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        supervise("source", crashes, move || {
            let run = counted.fetch_add(1, Ordering::Relaxed);
            async move { assert!(run >= 2, "crash {run}") }
        })
        .await;
        assert_eq!(runs.load(Ordering::Relaxed), 3);
        assert_eq!(told.recv().await, Some("source"));
        assert_eq!(told.recv().await, Some("source"));
    }
}
