//! When something grave begins, the watch keeps what was so at that moment.

use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::clock;
use crate::model::{Severity, Tell, TellKind};
use crate::respond::snapshot::Snapshot;

/// No message waits longer for it.
const DEADLINE: Duration = Duration::from_secs(2);
/// An alert soon after another has no snapshot of its own.
const GAP: SignedDuration = SignedDuration::from_secs(60);

/// Takes snapshots, not too often.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    last: Option<Timestamp>,
}

impl Recorder {
    /// Takes a snapshot if a message tells of something grave or of an intruder; the alerts it is of.
    pub(super) async fn record(&mut self, tell: &Tell, store: &Path) -> Vec<u64> {
        let begins = matches!(tell.kind, TellKind::Raised | TellKind::Worse);
        let is_grave = tell
            .items
            .iter()
            .any(|item| item.severity == Severity::Critical || item.key.rule.is_security());
        let is_soon = self.last.is_some_and(|last| tell.at.duration_since(last) < GAP);
        if !begins || !is_grave || is_soon {
            return Vec::new();
        }
        self.last = Some(tell.at);
        let alerts: Vec<u64> = tell.items.iter().map(|item| item.id).collect();
        let (of, store, at) = (alerts.clone(), store.to_owned(), tell.at);
        let up = SignedDuration::try_from(clock::since_boot()).unwrap_or_default();
        let booted = at.checked_sub(up).unwrap_or(at);
        let taken = spawn_blocking(move || Snapshot::take(of, at, booted).keep(&store));
        match timeout(DEADLINE, taken).await {
            Ok(Ok(Ok(_))) => alerts,
            Ok(Ok(Err(error))) => {
                tracing::warn!("no snapshot was kept: {error}");
                Vec::new()
            }
            // It may still come, but the message does not wait.
            Ok(Err(_)) | Err(_) => Vec::new(),
        }
    }
}
