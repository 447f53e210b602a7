//! Units that broke, and starts of the machine, by systemd's own messages in the journal.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use nightkeep_journal::{Entry, Journal, Query};

use crate::model::Event;
use crate::model::text::visible;
use crate::source::journal;

/// systemd's own numbers of messages (sd-messages.h): a unit failed, a process of it ended in failure, was killed for
/// want of memory, a restart is due, a start is done; the machine is up, goes down.
const FAILED: &str = "d9b373ed55a64feb8242e02dbe79a49c";
const ENDED: &str = "98e322203f7a4ed290d09fe03c09fe15";
const OUT_OF_MEMORY: &str = "fe6faa94e7774663a0da52717891d8ef";
const RESTART: &str = "5eb03494b6584870a536b337290809b3";
const STARTED: &str = "39f53479d3a045ac8e11786248231fbf";
const UP: &str = "b07a249cd024414a82dd00cd181378ff";
const DOWN: &str = "98268866d1d54a499c4e98921d93bc40";
/// What is read of each.
const FIELDS: [&str; 6] =
    ["MESSAGE_ID", "UNIT", "UNIT_RESULT", "EXIT_CODE", "EXIT_STATUS", "MESSAGE"];
/// Messages that are looked at, and failures and units that are kept.
const MOST: usize = 200_000;
const MOST_FAILURES: usize = 20_000;
const MOST_UNITS: usize = 500;
/// Units whose last words are read, and how many.
const SPOKEN: usize = 50;
const WORDS: usize = 4;
/// A service may be told to come back; one that does so often is broken.
const OFTEN: u32 = 3;

/// What systemd said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Services {
    /// Units that broke, by name.
    pub(super) broken: BTreeMap<String, Broken>,
    /// What systemd said each time a unit failed.
    pub(super) failures: Vec<(Timestamp, String)>,
    /// When the machine came up (true) and went down.
    pub(super) boots: Vec<(Timestamp, bool)>,
    /// Processes the kernel or systemd-oomd killed for want of memory, and the unit of each.
    pub(super) kills: Vec<(Timestamp, String, Option<String>)>,
    /// Why kills could not be seen.
    pub(super) unseen: Option<String>,
}

/// A unit that broke.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Broken {
    /// How often it failed, was restarted, and was killed for want of memory.
    pub(super) failed: u32,
    pub(super) restarted: u32,
    pub(super) out_of_memory: u32,
    /// When it first and last broke.
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    /// systemd's words for why: `exit-code`, `oom-kill`, `timeout`.
    pub(super) results: BTreeSet<String>,
    /// How its process ended last: `exited 1`, `killed KILL`.
    pub(super) exit: String,
    /// When it was last started.
    pub(super) started: Option<Timestamp>,
    /// What it and systemd last said of it then.
    pub(super) words: Vec<(Timestamp, String)>,
}

impl Broken {
    /// Is it more than a service that was told to come back?
    pub(super) fn is_broken(&self) -> bool {
        self.failed > 0 || self.out_of_memory > 0 || self.restarted >= OFTEN
    }

    /// Did it start after it last broke? It may run or be done since.
    pub(super) fn is_back(&self) -> bool {
        self.started.is_some_and(|started| started > self.last)
    }

    /// `failed 3 times (exit-code, exited 1), restarted 2 times`
    pub(super) fn how(&self) -> String {
        let times = |count: u32| match count {
            1 => String::from("once"),
            _ => format!("{count} times"),
        };
        let mut parts = Vec::new();
        if self.failed > 0 {
            let mut why: Vec<&str> = self.results.iter().map(String::as_str).collect();
            why.extend(Some(self.exit.as_str()).filter(|exit| !exit.is_empty()));
            parts.push(format!("failed {} ({})", times(self.failed), why.join(", ")));
        }
        if self.out_of_memory > 0 {
            parts.push(format!("killed {} for want of memory", times(self.out_of_memory)));
        }
        if self.restarted > 0 {
            parts.push(format!("restarted {}", times(self.restarted)));
        }
        parts.join(", ")
    }

    fn breaks(&mut self, at: Timestamp) {
        if self.first == Timestamp::default() {
            self.first = at;
        }
        self.last = at;
    }

    /// Takes a message of systemd about it.
    fn take(&mut self, at: Timestamp, id: &str, [result, code, status]: [&str; 3]) {
        match id {
            FAILED => {
                self.failed = self.failed.saturating_add(1);
                if !result.is_empty() {
                    self.results.insert(visible(result, 40));
                }
                self.breaks(at);
            }
            OUT_OF_MEMORY => {
                self.out_of_memory = self.out_of_memory.saturating_add(1);
                self.breaks(at);
            }
            RESTART => {
                self.restarted = self.restarted.saturating_add(1);
                self.breaks(at);
            }
            ENDED => self.exit = visible(&format!("{code} {status}"), 40),
            STARTED => self.started = Some(at),
            _ => {}
        }
    }
}

/// What systemd said since then on the machine whose files are below `root`.
pub(super) fn services(root: &Path, since: Timestamp) -> Result<Services, String> {
    let mut opened =
        Journal::open(&journal::roots_below(root)).map_err(|error| error.to_string())?;
    let query = [FAILED, ENDED, OUT_OF_MEMORY, RESTART, STARTED, UP, DOWN]
        .into_iter()
        .fold(Query::new(&FIELDS), |query, id| query.having(&[("MESSAGE_ID", id), ("_PID", "1")]));
    let mut found = Services::default();
    let micros = u64::try_from(since.as_microsecond()).unwrap_or_default();
    for entry in opened.since(&query, micros).take(MOST) {
        take(&mut found, &entry);
    }
    found.broken.retain(|_, unit| unit.is_broken());
    for (name, unit) in found.broken.iter_mut().take(SPOKEN) {
        // systemd's own last word comes a moment after the failure.
        let until = unit.last.checked_add(SignedDuration::from_secs(1)).unwrap_or(unit.last);
        let lines = journal::unit_lines_until(root, name, until, WORDS).unwrap_or_default();
        unit.words = lines.into_iter().map(|line| (line.at, line.text)).collect();
    }
    match journal::oom_kills_below(root, since) {
        Ok(kills) => {
            found.kills = kills
                .into_iter()
                .filter_map(|(at, event)| match event {
                    Event::OomKill { process, unit, .. } => Some((at, visible(&process, 40), unit)),
                    _ => None,
                })
                .collect();
        }
        Err(blind) => found.unseen = Some(blind.why),
    }
    Ok(found)
}

fn take(found: &mut Services, entry: &Entry) {
    let second = (entry.realtime / 1_000_000).cast_signed();
    let at = Timestamp::from_second(second).unwrap_or_default();
    let fields = [0, 1, 2, 3, 4].map(|field| entry.text(field));
    let [id, unit, result, code, status] = fields.each_ref().map(|field| &**field);
    if matches!(id, UP | DOWN) {
        found.boots.push((at, id == UP));
        return;
    }
    if id == FAILED && found.failures.len() < MOST_FAILURES {
        found.failures.push((at, entry.text(5).into_owned()));
    }
    let name = visible(unit, 120);
    if found.broken.len() < MOST_UNITS || found.broken.contains_key(&name) {
        found.broken.entry(name).or_default().take(at, id, [result, code, status]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_that_broke_is_told_from_one_that_comes_back_by_itself() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut unit = Broken::default();
        unit.take(at(5), STARTED, ["", "", ""]);
        unit.take(at(10), RESTART, ["", "", ""]);
        assert!(!unit.is_broken());
        unit.take(at(20), ENDED, ["", "killed", "ABRT"]);
        unit.take(at(20), FAILED, ["watchdog", "", ""]);
        assert!(unit.is_broken() && !unit.is_back());
        assert_eq!(unit.how(), "failed once (watchdog, killed ABRT), restarted once");
        assert_eq!((unit.first, unit.last), (at(10), at(20)));
        unit.take(at(21), STARTED, ["", "", ""]);
        assert!(unit.is_back());
    }
}
