//! The log book of incidents, for those who ask over HTTP: it waits for the disk, and what root alone
//! may read is said with what mends it.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::api::problem::Problem;
use crate::respond::incident::{self, Incident, What};

/// Does work that waits for the disk.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Problem> {
    let worked = tokio::task::spawn_blocking(work).await;
    let worked = worked.unwrap_or_else(|error| Err(io::Error::other(error)));
    worked.map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => roots_own(),
        io::ErrorKind::AlreadyExists => {
            Problem::conflict("somebody else wrote the record meanwhile")
                .instead("read what they wrote, and write yours into it")
        }
        _ => {
            tracing::warn!("the log book: {error}");
            Problem::unavailable("the log book cannot be read or written")
        }
    })
}

fn roots_own() -> Problem {
    Problem::conflict("the log book belongs to root, who opened it")
        .instead("on the server: sudo nightkeep incident")
}

/// What lets the watch read and write incidents that root opened before it was let in.
pub(super) fn mend(store: &Path) -> String {
    let book = store.join("incidents");
    let book = book.display();
    format!("sudo chgrp -R nightkeep {book} && sudo chmod -R g+rwX {book}")
}

/// The incident of that number.
pub(super) async fn find(store: PathBuf, id: String) -> Result<Incident, Problem> {
    let mended = mend(&store);
    let (incidents, unreadable) = blocking(move || incident::readable(&store)).await?;
    if unreadable.contains(&id) {
        return Err(roots_own().instead(format!("{mended}; or sudo nightkeep incident show {id}")));
    }
    let found = incidents.into_iter().find(|incident| incident.id == id);
    found.ok_or_else(|| Problem::missing(format!("there is no incident `{id}`")))
}

/// Writes something down in the incident of that number.
pub(super) async fn write(
    store: PathBuf,
    id: String,
    what: What,
    by: String,
    at: Timestamp,
) -> Result<Incident, Problem> {
    let mut incident = find(store.clone(), id).await?;
    let of_public = matches!(what, What::Update { .. } | What::Withdrawn);
    if of_public && incident::Public::of(&incident).is_none() {
        return Err(Problem::conflict("the public was not told of it yet").instead("publish it"));
    }
    blocking(move || {
        incident::write(&store, &mut incident, what, &by, at)?;
        Ok(incident)
    })
    .await
}
