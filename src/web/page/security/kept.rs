//! What was read of the machine for these pages, kept for a minute: whoever looks twice does not
//! wait twice, and a thousand who look do not read a thousand times.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::spawn_blocking;

use super::tally::{By, Counted, Tries};
use crate::source::fail2ban::standing::{self, Standing};
use crate::source::su::{self, Su};
use crate::source::sudo::{self, Sudo};
use crate::source::{Blind, fail2ban};
use crate::web::locale::security as t;

/// What is read is new enough for so long.
const FRESH: SignedDuration = SignedDuration::from_secs(60);
/// Bans are looked for back to this long ago.
const BANS: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What was read.
#[derive(Debug, Default)]
pub(in crate::web) struct Kept {
    tries: Arc<Mutex<Tries>>,
    bans: Minute<Option<Standing>>,
    sudo: Minute<Became>,
}

/// Who became somebody else, or tried to: newest first.
#[derive(Debug, Default)]
pub(super) struct Became {
    pub(super) sudo: Vec<(Sudo, Option<String>)>,
    pub(super) su: Vec<Su>,
}

/// Something that is read again after a minute. One reads, the others wait for it.
#[derive(Debug)]
struct Minute<T>(tokio::sync::Mutex<Option<Read<T>>>);

#[derive(Debug)]
struct Read<T> {
    at: Timestamp,
    /// Back to this long ago.
    span: SignedDuration,
    found: Result<Arc<T>, Blind>,
}

impl<T> Default for Minute<T> {
    fn default() -> Self {
        Self(tokio::sync::Mutex::new(None))
    }
}

impl<T: Send + Sync + 'static> Minute<T> {
    async fn get(
        &self,
        now: Timestamp,
        span: SignedDuration,
        read: impl FnOnce() -> Result<T, Blind> + Send + 'static,
    ) -> Result<Arc<T>, Blind> {
        let mut kept = self.0.lock().await;
        if let Some(kept) = &*kept
            && kept.span == span
            && now.duration_since(kept.at) < FRESH
        {
            return kept.found.clone();
        }
        let found = spawn_blocking(read).await.unwrap_or_else(|_| Err(crashed())).map(Arc::new);
        *kept = Some(Read { at: now, span, found: found.clone() });
        found
    }
}

fn crashed() -> Blind {
    Blind { why: t::crashed().to_owned(), mend: String::from("journalctl -u nightkeep -n 20") }
}

/// Failed logins that are asked for.
#[derive(Debug, Clone)]
pub(super) struct Tried {
    pub(super) by: By,
    pub(super) since: Timestamp,
    pub(super) holding: String,
    pub(super) most: usize,
    pub(super) patience: Duration,
}

impl Kept {
    /// Who tried to get in.
    pub(super) async fn tries(&self, now: Timestamp, asked: Tried) -> Result<Counted, Blind> {
        let tries = Arc::clone(&self.tries);
        let read = spawn_blocking(move || {
            let mut tries = tries.lock().unwrap_or_else(PoisonError::into_inner);
            tries.reach(asked.since, now, asked.patience)?;
            Ok(tries.count(asked.by, asked.since, &asked.holding, asked.most))
        });
        read.await.unwrap_or_else(|_| Err(crashed()))
    }

    /// Whom fail2ban bans, by its log. None: there is no fail2ban.
    pub(super) async fn bans(&self, now: Timestamp) -> Result<Arc<Option<Standing>>, Blind> {
        self.bans
            .get(now, BANS, move || {
                if !fail2ban::is_here(Path::new("/")) {
                    return Ok(None);
                }
                standing::read(now.checked_sub(BANS).unwrap_or(now), now).map(Some)
            })
            .await
    }

    /// Who became somebody else by sudo or su.
    pub(super) async fn became(
        &self,
        now: Timestamp,
        span: SignedDuration,
    ) -> Result<Arc<Became>, Blind> {
        self.sudo
            .get(now, span, move || {
                let (root, since) = (PathBuf::from("/"), now.checked_sub(span).unwrap_or(now));
                let sudo = sudo::tried(&root, since)?.into_iter().rev().collect();
                let su = su::history(&root, since)?.into_iter().rev().collect();
                Ok(Became { sudo, su })
            })
            .await
    }
}
