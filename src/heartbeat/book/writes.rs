//! What has to be written down.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Book, Id, Ping, Project};
use crate::heartbeat::check::{Check, Flip, Heard, Life};
use crate::heartbeat::contract::{BODY_LIMIT, Kind};
use crate::heartbeat::definition::Definition;

/// Flips that wait for a store that cannot be written; more drop the oldest.
const MOST_FLIPS: usize = 10_000;

/// What changed since it was last written down; of checks and projects, only which.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) projects: BTreeSet<i64>,
    pub(super) defined: BTreeSet<Id>,
    pub(super) lives: BTreeSet<Id>,
    pub(super) removed: BTreeSet<Id>,
    pub(super) pings: Vec<PingLine>,
    pub(super) flips: Vec<FlipLine>,
    pub(super) prune: BTreeMap<Id, u32>,
}

/// What has to be written down together. However many calls a check had, its life is in it once.
#[derive(Debug, Default)]
pub struct Writes {
    /// Projects that are new.
    pub projects: Vec<Project>,
    /// Checks that are new or were decided otherwise.
    pub defined: Vec<(Id, Definition)>,
    /// Checks that were called or turned.
    pub lives: Vec<(Id, Life)>,
    /// Checks that are no more.
    pub removed: Vec<Id>,
    /// Lines of the logs.
    pub pings: Vec<PingLine>,
    /// Changes of status.
    pub flips: Vec<FlipLine>,
    /// Checks whose log is long enough to be pruned, and how many failures it keeps.
    pub prune: Vec<(Id, u32)>,
}

/// A line of a check's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PingLine {
    /// Whose.
    pub check: Id,
    /// Its number among the check's calls, from 1; a flood leaves gaps.
    pub n: u64,
    /// When.
    pub at: Timestamp,
    /// What it counted as.
    pub kind: Kind,
    /// The exit code.
    pub exit: Option<u8>,
    /// The run it belongs to.
    pub rid: Option<Uuid>,
    /// How long the run took that it ended.
    pub duration: Option<SignedDuration>,
    /// `http`, `https` or `email`.
    pub scheme: String,
    /// The method.
    pub method: String,
    /// From where; empty if that is not known.
    pub remote: String,
    /// What the client calls itself.
    pub agent: String,
    /// Bytes of what was sent, cut.
    pub body_bytes: u32,
    /// What was sent, cut; left empty where only the log is read.
    pub body: Vec<u8>,
}

/// A line of a check's changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlipLine {
    /// Whose.
    pub check: Id,
    /// What changed.
    pub flip: Flip,
}

impl PingLine {
    pub(super) fn new(
        id: Id,
        check: &Check,
        ping: &Ping<'_>,
        heard: &Heard,
        at: Timestamp,
    ) -> Self {
        let caller = ping.caller;
        let body = &ping.body[..ping.body.len().min(BODY_LIMIT)];
        Self {
            check: id,
            n: check.life.pings,
            at,
            kind: heard.kind,
            exit: ping.exit,
            rid: ping.rid,
            duration: heard.duration,
            scheme: caller.scheme.clone(),
            method: caller.method.clone(),
            remote: match (caller.user, caller.remote) {
                (Some(user), _) => format!("uid {user}"),
                (None, Some(address)) => address.to_string(),
                (None, None) => String::new(),
            },
            agent: caller.agent.clone(),
            body_bytes: u32::try_from(body.len()).unwrap_or(u32::MAX),
            body: body.to_vec(),
        }
    }
}

impl Changes {
    pub(super) fn forget(&mut self, id: Id) {
        self.defined.remove(&id);
        self.lives.remove(&id);
        self.prune.remove(&id);
        self.pings.retain(|line| line.check != id);
        self.flips.retain(|line| line.check != id);
        self.removed.insert(id);
    }

    fn is_empty(&self) -> bool {
        self.projects.is_empty()
            && self.defined.is_empty()
            && self.lives.is_empty()
            && self.removed.is_empty()
            && self.pings.is_empty()
            && self.flips.is_empty()
            && self.prune.is_empty()
    }
}

impl Book {
    /// Is there something to be written down?
    pub fn has_writes(&self) -> bool {
        !self.changes.is_empty()
    }

    /// What has to be written down.
    pub fn take_writes(&mut self) -> Writes {
        let changes = std::mem::take(&mut self.changes);
        let definition = |id| Some((id, self.get(id)?.definition.clone()));
        let life = |id| Some((id, self.get(id)?.life.clone()));
        Writes {
            projects: changes
                .projects
                .into_iter()
                .filter_map(|id| self.projects.get(&id).cloned())
                .collect(),
            defined: changes.defined.into_iter().filter_map(definition).collect(),
            lives: changes.lives.into_iter().filter_map(life).collect(),
            removed: changes.removed.into_iter().collect(),
            pings: changes.pings,
            flips: changes.flips,
            prune: changes.prune.into_iter().collect(),
        }
    }

    /// It could not be written down. What checks are and were is written the next time; the lines
    /// of calls that nobody was told counted are not.
    pub fn give_back(&mut self, writes: Writes) {
        let changes = &mut self.changes;
        changes.projects.extend(writes.projects.into_iter().map(|project| project.id));
        changes.defined.extend(writes.defined.into_iter().map(|(id, _)| id));
        changes.lives.extend(writes.lives.into_iter().map(|(id, _)| id));
        changes.removed.extend(writes.removed);
        changes.prune.extend(writes.prune);
        let mut flips = writes.flips;
        flips.retain(|line| !changes.removed.contains(&line.check));
        flips.append(&mut changes.flips);
        let too_many = flips.len().saturating_sub(MOST_FLIPS);
        flips.drain(..too_many);
        changes.flips = flips;
    }
}
