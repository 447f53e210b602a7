//! The heartbeats' tasks, and what the owner says about them.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::supervise::{Crashes, supervise};
use crate::control::{Refusal, Reply};
use crate::heartbeat::Desk;
use crate::heartbeat::desk::Unwritten;
use crate::source::Report;
use crate::store::Store;

/// Starts what writes calls down, and what notices those that do not come.
pub(super) fn start(
    tasks: &mut JoinSet<()>,
    desk: &Arc<Desk>,
    stores: watch::Receiver<Option<Store>>,
    out: mpsc::Sender<Report>,
    crashes: &Crashes,
) {
    let pen = Arc::clone(desk);
    tasks.spawn(supervise("the heartbeats' pen", crashes.clone(), move || {
        let (desk, stores) = (Arc::clone(&pen), stores.clone());
        async move { desk.write(stores).await }
    }));
    let timer = Arc::clone(desk);
    tasks.spawn(supervise("heartbeats", crashes.clone(), move || {
        let (desk, out) = (Arc::clone(&timer), out.clone());
        async move { desk.watch(out).await }
    }));
}

/// Pauses a heartbeat, or resumes it.
pub(super) async fn turn(desk: &Desk, name: &str, pause: bool) -> Reply {
    let turned = desk.change(|book, now| {
        let id = book.named(name)?;
        Some(if pause { book.pause(id, now) } else { book.resume(id, now) })
    });
    let word = if pause { "paused" } else { "resumed" };
    match turned.await {
        Ok(None) => {
            let why = format!("there is no heartbeat {name}: see nightkeep heartbeats");
            Reply::refused(Refusal::Missing, why)
        }
        Ok(Some(true)) => Reply::done(format!("{name} is {word}")),
        Ok(Some(false)) if pause => Reply::done(format!("{name} was paused already")),
        Ok(Some(false)) => Reply::refused(Refusal::Conflict, format!("{name} is not paused")),
        Err(error @ Unwritten::NoStore) => Reply::refused(Refusal::Unavailable, error.to_string()),
        Err(error) => {
            Reply::done(format!("{name} is {word}, but only until the next restart: {error}"))
        }
    }
}
