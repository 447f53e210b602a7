//! What delivery remembers of the outbox: what waits, what was delivered, what was given up.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use super::outbox::Parcel;
use crate::model::Notice;
use crate::store::{Store, StoreError, outbox};

/// A disk that hangs must not keep a channel waiting.
const PATIENCE: Duration = Duration::from_secs(10);

/// Something about a notice that must be remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    /// The channel has it, since `at`.
    Delivered { at: Timestamp },
    /// It rings until somebody answers under this receipt; none: it rings no more.
    Receipt { receipt: Option<String> },
    /// It will not be tried again.
    GivenUp { at: Timestamp, error: String },
}

/// Where it is remembered: in the store, once it can be opened.
#[derive(Debug, Clone)]
pub(super) struct Keep(pub(super) watch::Receiver<Option<Store>>);

impl Keep {
    /// Everything that waits. Fails with a word why it cannot be read.
    pub(super) async fn pending(&self) -> Result<Vec<Parcel>, String> {
        let queued = in_time(outbox::pending(&self.store()?)).await?;
        Ok(queued.into_iter().map(|one| Parcel::new(one.notice, one.attempts, one.due)).collect())
    }

    /// What still rings, as far as is known.
    pub(super) async fn ringing(&self) -> Result<Vec<(Notice, String, Timestamp)>, String> {
        in_time(outbox::receipts(&self.store()?)).await
    }

    /// Remembers it durably.
    pub(super) async fn mark(&self, key: &str, mark: &Mark) -> Result<(), String> {
        let store = &self.store()?;
        match mark {
            Mark::Delivered { at } => in_time(outbox::delivered(store, key, *at)).await,
            Mark::Receipt { receipt } => {
                in_time(outbox::keep_receipt(store, key, receipt.as_deref())).await
            }
            Mark::GivenUp { at, error } => in_time(outbox::give_up(store, key, *at, error)).await,
        }
    }

    fn store(&self) -> Result<Store, String> {
        self.0.borrow().clone().ok_or_else(|| String::from("the store cannot be opened"))
    }

    /// Remembers an attempt that failed, with the newest notice of the parcel. Losing this loses
    /// only the length of the wait.
    pub(super) async fn failed(&self, parcel: &Parcel, error: &str) {
        let (Ok(store), Some(key)) = (self.store(), parcel.covers.last()) else { return };
        let mark = outbox::failed(&store, key, error, parcel.attempts, parcel.due);
        if let Err(error) = in_time(mark).await {
            tracing::debug!(error, "a failed attempt was not written down");
        }
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(_) => Err(String::from("the store does not answer")),
    }
}
