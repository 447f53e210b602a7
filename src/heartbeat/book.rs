//! All checks, by address and by ping key and slug. In memory and authoritative: a call changes
//! it at once, and says what has to be written down before anybody is told that it counted.
//!
//! Pure: what is written, when, and what becomes of it is up to `desk`.

mod files;
mod key;
mod secret;
#[cfg(test)]
mod tests;
mod writes;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use uuid::Uuid;

pub use files::{as_table, as_wanted};
pub use key::{PingKey, Project};
pub use writes::{FlipLine, PingLine, Writes};

use self::secret::Secret;
use self::writes::Changes;
use super::check::{Call, Check, Flip, Life};
use super::contract::{Asked, BODY_LIMIT, Caller, Kind, Reply, Rid, Whom};
use super::definition::Definition;
use super::flood::Flood;
use crate::model::{HeartbeatStatus, Metric, Observation, State, Subject};

/// A check's number: its own as long as the store lives.
pub type Id = i64;

/// More checks are not made by pings: a key that leaked shall not fill the disk.
const MOST_CHECKS: usize = 10_000;
/// A slug that is longer is not made by a ping.
const LONGEST_SLUG: usize = 100;
/// Lines of the log kept of each check (beside its last failures).
pub const LOG_LIMIT: u64 = 100;
/// The log is pruned once in so many lines.
const PRUNE: u64 = 100;

/// All checks.
#[derive(Debug, Default)]
pub struct Book {
    checks: BTreeMap<Id, Entry>,
    by_uuid: HashMap<Secret, Id>,
    /// Of each project.
    by_slug: BTreeMap<i64, HashMap<String, Vec<Id>>>,
    subjects: BTreeSet<String>,
    projects: BTreeMap<i64, Project>,
    due: BTreeSet<(Timestamp, Id)>,
    last_id: Id,
    changes: Changes,
    /// What the judge has not heard yet, the newest of each subject.
    news: BTreeMap<String, Option<Id>>,
    took: BTreeMap<String, f32>,
}

#[derive(Debug)]
struct Entry {
    check: Check,
    flood: Flood,
    /// As it stands in `Book::due`.
    due: Option<Timestamp>,
    /// Lines written since the log was pruned.
    lines: u64,
}

/// A ping that was understood, from wherever it came.
#[derive(Debug, Clone, Copy)]
pub struct Ping<'a> {
    /// What it says, words considered.
    pub kind: Kind,
    /// The exit code.
    pub exit: Option<u8>,
    /// The run it belongs to.
    pub rid: Option<Uuid>,
    /// Who called.
    pub caller: &'a Caller,
    /// What was sent; at most `BODY_LIMIT` bytes are kept.
    pub body: &'a [u8],
    /// What a failure is told with: the last line of this.
    pub said: &'a [u8],
}

/// Secrets and numbers that nobody can guess, for what is made.
pub type Fresh<'a> = &'a mut dyn FnMut() -> Uuid;

impl Book {
    /// The book as it was written down.
    pub fn read(projects: Vec<Project>, checks: Vec<(Id, Definition, Life)>) -> Self {
        let mut book = Self::default();
        book.projects.extend(projects.into_iter().map(|project| (project.id, project)));
        for (id, definition, life) in checks {
            book.insert(id, Check { definition, life });
        }
        book
    }

    /// Answers a ping over HTTP. What it changed is in `take_writes`, and has to be durable before
    /// an answer that acknowledges it goes out.
    pub fn ping(
        &mut self,
        asked: &Asked,
        caller: &Caller,
        body: &[u8],
        now: Timestamp,
        fresh: Fresh<'_>,
    ) -> Reply {
        let body = &body[..body.len().min(BODY_LIMIT)];
        if let Some(reply) = asked.refused_at_once() {
            return reply;
        }
        let at = asked.moment.resolve(now);
        let refused = asked.refused().or(at.err());
        let (id, reply) = match (self.find(&asked.whom), refused) {
            (Ok(id), None) => (id, Reply::Ok),
            (Ok(_), Some(refused)) => return refused,
            (Err(Reply::NotFound), refused) if asked.create => {
                match (self.project_to_make(&asked.whom), refused) {
                    (None, _) => return Reply::NotFound,
                    (Some(_), Some(refused)) => return refused,
                    (Some((project, slug)), None) => {
                        let definition = Definition::new(fresh(), fresh(), project, slug, now);
                        (self.add(definition), Reply::Created)
                    }
                }
            }
            (Err(reply), _) => return reply,
        };
        let Some(entry) = self.checks.get(&id) else { return Reply::NotFound };
        let ping = Ping {
            kind: entry.check.definition.kind(asked.kind, &caller.method, body),
            exit: asked.exit_code(),
            rid: match asked.rid {
                Rid::Run(rid) => Some(rid),
                Rid::None | Rid::Bad => None,
            },
            caller,
            body,
            said: body,
        };
        self.hear_late(id, &ping, at.unwrap_or(now), now);
        reply
    }

    /// Which check is meant.
    ///
    /// # Errors
    /// The answer: there is none, or there are two.
    pub fn find(&self, whom: &Whom) -> Result<Id, Reply> {
        match whom {
            Whom::Uuid(uuid) => self.by_uuid.get(&Secret(*uuid)).copied().ok_or(Reply::NotFound),
            Whom::Local { slug } => {
                let named = self.by_slug.values().filter_map(|slugs| slugs.get(slug)).flatten();
                match named.take(2).collect::<Vec<_>>()[..] {
                    [] => Err(Reply::NotFound),
                    [id] => Ok(*id),
                    _ => Err(Reply::Ambiguous),
                }
            }
            Whom::Slug { key, slug } => {
                let project = self.project_of(key).ok_or(Reply::NotFound)?;
                let named = self.by_slug.get(&project).and_then(|slugs| slugs.get(slug));
                match named.map(Vec::as_slice) {
                    None | Some([]) => Err(Reply::NotFound),
                    Some([id]) => Ok(*id),
                    Some(_) => Err(Reply::Ambiguous),
                }
            }
        }
    }

    /// A check was called. False: there is no such check.
    pub fn hear(&mut self, id: Id, ping: &Ping<'_>, now: Timestamp) -> bool {
        self.hear_late(id, ping, now, now)
    }

    /// A check called at `at`, which is heard only now. False: there is no such check.
    pub fn hear_late(&mut self, id: Id, ping: &Ping<'_>, at: Timestamp, now: Timestamp) -> bool {
        let Some(entry) = self.checks.get_mut(&id) else { return false };
        let call = Call { kind: ping.kind, exit: ping.exit, rid: ping.rid, body: ping.said };
        let fault = entry.check.life.fault;
        let heard = entry.check.hear_late(call, at, now);
        if let Some(took) = heard.duration {
            let subject = entry.check.definition.subject.clone();
            self.took.insert(subject, took.as_secs_f32());
        }
        if entry.flood.take(now) {
            entry.lines += 1;
            self.changes.pings.push(PingLine::new(id, &entry.check, ping, &heard, at));
            // The first one as well: what was counted before a restart is not known.
            if entry.lines % PRUNE == 1 {
                self.changes.prune.insert(id, entry.check.definition.keep_failures);
            }
        }
        let other_fault = entry.check.life.fault != fault;
        self.changed(id, &heard.flips, other_fault);
        true
    }

    /// Does what is due by now.
    pub fn tick(&mut self, now: Timestamp) {
        while let Some((due, id)) = self.due.first().copied()
            && due <= now
        {
            let Some(entry) = self.checks.get_mut(&id) else {
                self.due.remove(&(due, id));
                continue;
            };
            let flips = entry.check.tick(now);
            self.changed(id, &flips, false);
        }
    }

    /// The next moment at which `tick` does something.
    pub fn due(&self) -> Option<Timestamp> {
        self.due.first().map(|(due, _)| *due)
    }

    /// A check by its number.
    pub fn get(&self, id: Id) -> Option<&Check> {
        self.checks.get(&id).map(|entry| &entry.check)
    }

    /// The check that alerts call by this name; if there is none, the only one of this slug.
    pub fn named(&self, name: &str) -> Option<Id> {
        let by_slug = || {
            let mut same = self.checks().filter(|(_, check)| check.definition.slug == name);
            same.next().filter(|_| same.next().is_none())
        };
        let by_name = self.checks().find(|(_, check)| check.definition.subject == name);
        by_name.or_else(by_slug).map(|(id, _)| id)
    }

    /// All checks, oldest first.
    pub fn checks(&self) -> impl Iterator<Item = (Id, &Check)> {
        self.checks.iter().map(|(id, entry)| (*id, &entry.check))
    }

    /// All projects.
    pub fn projects(&self) -> impl Iterator<Item = &Project> {
        self.projects.values()
    }

    /// A project whose slugs belong to a new ping key.
    pub fn add_project(&mut self, name: &str, ping_key: PingKey) -> i64 {
        let id = self.projects.keys().last().copied().unwrap_or(0) + 1;
        let project = Project { id, name: name.to_owned(), ping_key };
        self.changes.projects.insert(id);
        self.projects.insert(id, project);
        id
    }

    /// Is there room for another check?
    pub fn has_room(&self) -> bool {
        self.checks.len() < MOST_CHECKS
    }

    /// Makes a check.
    pub fn add(&mut self, mut definition: Definition) -> Id {
        definition.subject = self.free_subject(&definition.slug);
        let id = self.last_id + 1;
        self.insert(id, Check::new(definition));
        self.changes.defined.insert(id);
        self.changed(id, &[], true);
        id
    }

    /// The owner decided otherwise about a check. What it is called in alerts stays. False: there
    /// is no such check.
    pub fn define(&mut self, id: Id, mut definition: Definition, now: Timestamp) -> bool {
        let Some(entry) = self.checks.get_mut(&id) else { return false };
        definition.subject.clone_from(&entry.check.definition.subject);
        let old = entry.check.definition.clone();
        entry.check.define(definition);
        let flips = entry.check.tick(now);
        let new = entry.check.definition.clone();
        self.forget_names(id, &old);
        self.learn_names(id, &new);
        self.changes.defined.insert(id);
        self.changed(id, &flips, true);
        true
    }

    /// Pauses a check. False: it was.
    pub fn pause(&mut self, id: Id, now: Timestamp) -> bool {
        self.turn(id, now, Check::pause)
    }

    /// Resumes a check: it is as new. False: it was not paused.
    pub fn resume(&mut self, id: Id, now: Timestamp) -> bool {
        self.turn(id, now, Check::resume)
    }

    /// Removes a check and all that is known of it.
    pub fn remove(&mut self, id: Id) -> Option<Check> {
        let entry = self.checks.remove(&id)?;
        self.forget_names(id, &entry.check.definition);
        self.subjects.remove(&entry.check.definition.subject);
        if let Some(due) = entry.due {
            self.due.remove(&(due, id));
        }
        self.news.insert(entry.check.definition.subject.clone(), None);
        self.changes.forget(id);
        Some(entry.check)
    }

    /// All states are news, as at the start; or of those that are down only.
    pub fn restate(&mut self, down_only: bool) {
        let meant = self
            .checks
            .iter()
            .filter(|(_, entry)| !down_only || entry.check.life.status == HeartbeatStatus::Down);
        let all = meant.map(|(id, entry)| (entry.check.definition.subject.clone(), Some(*id)));
        self.news.extend(all);
    }

    /// What the judge has not heard yet.
    pub fn take_news(&mut self) -> Vec<Observation> {
        let mut news = Vec::new();
        for (name, id) in std::mem::take(&mut self.news) {
            let subject = Subject::Heartbeat(name);
            let check = id.and_then(|id| self.get(id));
            news.push(match check {
                Some(check) => {
                    Observation::State { subject, state: State::Heartbeat(check.state()) }
                }
                None => Observation::Gone { subject },
            });
        }
        let took = std::mem::take(&mut self.took).into_iter().map(|(name, value)| {
            let subject = Subject::Heartbeat(name);
            Observation::Sample { subject, metric: Metric::HeartbeatRunSeconds, value }
        });
        news.extend(took);
        news
    }

    /// Is there something the judge has not heard yet?
    pub fn has_news(&self) -> bool {
        !self.news.is_empty() || !self.took.is_empty()
    }

    fn turn(
        &mut self,
        id: Id,
        now: Timestamp,
        turn: impl FnOnce(&mut Check, Timestamp) -> Option<Flip>,
    ) -> bool {
        let Some(entry) = self.checks.get_mut(&id) else { return false };
        let mut flips = entry.check.tick(now);
        let flip = turn(&mut entry.check, now);
        flips.extend(flip);
        self.changed(id, &flips, false);
        flip.is_some()
    }

    /// A check is no longer as it was written down.
    fn changed(&mut self, id: Id, flips: &[Flip], is_news: bool) {
        let Some(entry) = self.checks.get_mut(&id) else { return };
        self.changes.lives.insert(id);
        self.changes.flips.extend(flips.iter().map(|flip| FlipLine { check: id, flip: *flip }));
        if is_news || !flips.is_empty() {
            self.news.insert(entry.check.definition.subject.clone(), Some(id));
        }
        let due = entry.check.due();
        if due != entry.due {
            if let Some(before) = entry.due {
                self.due.remove(&(before, id));
            }
            self.due.extend(due.map(|due| (due, id)));
            entry.due = due;
        }
    }

    fn insert(&mut self, id: Id, check: Check) {
        self.last_id = self.last_id.max(id);
        self.learn_names(id, &check.definition);
        self.subjects.insert(check.definition.subject.clone());
        let due = check.due();
        self.due.extend(due.map(|due| (due, id)));
        self.checks.insert(id, Entry { check, flood: Flood::NEW, due, lines: 0 });
    }

    fn learn_names(&mut self, id: Id, definition: &Definition) {
        self.by_uuid.insert(Secret(definition.uuid), id);
        if !definition.slug.is_empty() {
            let slugs = self.by_slug.entry(definition.project).or_default();
            slugs.entry(definition.slug.clone()).or_default().push(id);
        }
    }

    fn forget_names(&mut self, id: Id, definition: &Definition) {
        self.by_uuid.remove(&Secret(definition.uuid));
        if let Some(slugs) = self.by_slug.get_mut(&definition.project)
            && let Some(ids) = slugs.get_mut(&definition.slug)
        {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                slugs.remove(&definition.slug);
            }
        }
    }

    /// The project of a ping key. Every key is looked at, each in constant time.
    fn project_of(&self, key: &str) -> Option<i64> {
        let mut found = None;
        for project in self.projects.values() {
            if project.ping_key.is(key) {
                found = Some(project.id);
            }
        }
        found
    }

    /// Where `create=1` makes a check, if it may.
    fn project_to_make<'a>(&self, whom: &'a Whom) -> Option<(i64, &'a str)> {
        let Whom::Slug { key, slug } = whom else { return None };
        let has_room = self.has_room() && slug.len() <= LONGEST_SLUG;
        let project = self.project_of(key)?;
        has_room.then_some((project, slug.as_str()))
    }

    /// A name for alerts that no other check has.
    fn free_subject(&self, slug: &str) -> String {
        let slug = if slug.is_empty() { "check" } else { slug };
        let numbered = (2..).map(|number: u32| format!("{slug}-{number}"));
        let mut names = std::iter::once(slug.to_owned()).chain(numbered);
        names.find(|name| !self.subjects.contains(name)).unwrap_or_default()
    }
}
