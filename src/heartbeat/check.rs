//! The life of a check: what a call changes, and what happens when none comes.
//!
//! The rules are those of Healthchecks (`hc/api/models.py`, `sendalerts.py` at commit 29b5ec2).
//! Ours on top: a run may have a time of its own and must not be too short, and a check may be
//! let fail or miss some calls in a row before it is down.
//!
//! Where we differ: there, a call that comes late but before the next look at the clock (every 2 s)
//! leaves no trace; here a check is down from the moment it is due, and up again with the call. And
//! there, a run that never ended takes the check down again after each success of another run;
//! here it has been told once.

mod flip;
mod late;
#[cfg(test)]
mod property;
mod run;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use flip::{Flip, Reason};
pub use run::{LONGEST, Run, Runs};

use super::contract::Kind;
use super::definition::Definition;
use crate::model::{HeartbeatFault, HeartbeatState, HeartbeatStatus as Status, text};

/// A check: what the owner decided, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// What the owner decided.
    pub definition: Definition,
    /// What became of it.
    pub life: Life,
}

/// What became of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// Calls so far, whatever they said.
    pub pings: u64,
    /// How it is.
    pub status: Status,
    /// Why it is down.
    pub fault: Option<HeartbeatFault>,
    /// Since when it is so.
    pub since: Timestamp,
    /// The last success or failure.
    pub last_ping: Option<Timestamp>,
    /// The last success.
    pub last_success: Option<Timestamp>,
    /// When the next call is expected. None: never, or not before the first call.
    pub expected: Option<Timestamp>,
    /// The run that began last, until it ends.
    pub run: Option<Run>,
    /// How long the run took that ended last, if its beginning is known.
    pub last_duration: Option<SignedDuration>,
    /// Runs that have begun and not ended, to know how long each takes.
    pub runs: Runs,
    /// Failed or missed calls in a row.
    pub failures: u32,
    /// The exit code of the last failure.
    pub exit: Option<u8>,
    /// The last line of what the last failure sent.
    pub said: String,
    /// The last call of all.
    pub last: Option<Last>,
}

/// The last call of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// When.
    pub at: Timestamp,
    /// What it said.
    pub kind: Kind,
    /// The run it belongs to.
    pub rid: Option<Uuid>,
}

/// A call, its words understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call<'a> {
    /// What it says.
    pub kind: Kind,
    /// The exit code.
    pub exit: Option<u8>,
    /// The run it belongs to.
    pub rid: Option<Uuid>,
    /// What it sent.
    pub body: &'a [u8],
}

/// What a call did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// What it counted as.
    pub kind: Kind,
    /// How long the run took that it ended, at most `LONGEST`.
    pub duration: Option<SignedDuration>,
    /// What it changed, and before it what was due.
    pub flips: Vec<Flip>,
}

/// How a check is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shown {
    /// It has never called.
    New,
    /// It called in time.
    Up,
    /// It is late, but within its grace; `grace` in the API.
    Late,
    /// It is down.
    Down,
    /// The owner paused it.
    Paused,
}

/// Bytes kept of the last line of a failure.
const SAID: usize = 200;

impl Check {
    /// A check nobody called yet.
    pub fn new(definition: Definition) -> Self {
        let life = Life {
            pings: 0,
            status: Status::New,
            fault: None,
            since: definition.created,
            last_ping: None,
            last_success: None,
            expected: None,
            run: None,
            last_duration: None,
            runs: Runs::default(),
            failures: 0,
            exit: None,
            said: String::new(),
            last: None,
        };
        Self { definition, life }
    }

    /// It called.
    pub fn hear(&mut self, call: Call<'_>, now: Timestamp) -> Heard {
        let mut flips = self.tick(now);
        let kind = self.count(call, now);
        let life = &mut self.life;
        let duration = match kind {
            Kind::Start => {
                life.run = Some(Run { at: now, rid: call.rid, told: false, heard: None });
                life.runs.begin(call.rid, now);
                None
            }
            Kind::Success | Kind::Fail => {
                let duration = life.runs.end(call.rid, now);
                let fault = self.fault(kind, duration);
                self.end_run(kind, call.rid, now);
                self.ended(fault, call, now, &mut flips);
                duration
            }
            Kind::Log | Kind::Ignored => None,
        };
        Heard { kind, duration, flips }
    }

    /// Counts a call, and says what it counts as.
    fn count(&mut self, call: Call<'_>, at: Timestamp) -> Kind {
        let life = &mut self.life;
        life.pings += 1;
        let ignored = life.status == Status::Paused && self.definition.manual_resume;
        let kind = if ignored { Kind::Ignored } else { call.kind };
        if life.last.as_ref().is_none_or(|last| last.at <= at) {
            life.last = Some(Last { at, kind, rid: call.rid });
        }
        kind
    }

    /// What is wrong with a run that ended so.
    fn fault(&self, kind: Kind, took: Option<SignedDuration>) -> Option<HeartbeatFault> {
        match (kind, took, self.definition.shortest_run) {
            (Kind::Fail, _, _) => Some(HeartbeatFault::Failed),
            (_, Some(took), Some(least)) if took < least => Some(HeartbeatFault::Early),
            _ => None,
        }
    }

    /// Does what is due by now, at the moments it was due.
    pub fn tick(&mut self, now: Timestamp) -> Vec<Flip> {
        let mut flips = Vec::new();
        // Each round is one missed call; after as many as are tolerated it is down, and nothing
        // is due.
        while let Some(due) = self.due().filter(|due| *due <= now) {
            let is_run = self.overdue_run().is_some_and(|overdue| overdue == due);
            let fault = if is_run { HeartbeatFault::Unfinished } else { HeartbeatFault::Missed };
            if let Some(run) = self.life.run.as_mut().filter(|_| is_run) {
                run.told = true;
            }
            self.failed(fault, due, &mut flips);
            let life = &mut self.life;
            if life.status != Status::Down
                && let Some(expected) = life.expected
            {
                // The slot this was about is over, so that it counts once.
                let from = due.checked_sub(self.definition.grace).unwrap_or(due);
                if expected <= from {
                    life.expected = self.definition.when.after_missed(expected, from);
                }
            }
        }
        flips
    }

    /// The next moment at which it goes down, or counts a missed call, if nobody calls.
    pub fn due(&self) -> Option<Timestamp> {
        let life = &self.life;
        let expected = life.expected.filter(|_| life.status == Status::Up);
        let late = expected.and_then(|at| at.checked_add(self.definition.grace).ok());
        match (late, self.overdue_run()) {
            // A run that has its own time is not late while it goes on.
            (_, Some(overdue)) if self.definition.start_grace.is_some() => Some(overdue),
            (late, overdue) => [late, overdue].into_iter().flatten().min(),
        }
    }

    /// When the run that goes on has taken too long. None once that was told.
    fn overdue_run(&self) -> Option<Timestamp> {
        let run = self.life.run.as_ref().filter(|run| !run.told)?;
        let overdue = run.at.checked_add(self.definition.run_grace()).ok();
        let overdue = overdue.max(run.heard.and_then(|heard| heard.checked_add(late::BEHIND).ok()));
        overdue.filter(|_| self.life.status != Status::Down)
    }

    /// The beginning of the grace time: `next_ping` in the API. None: it waits for nothing.
    pub fn next_ping(&self) -> Option<Timestamp> {
        let life = &self.life;
        let expected = life.expected.filter(|_| life.status == Status::Up);
        let run = life.run.as_ref().filter(|_| life.status != Status::Down);
        [expected, run.map(|run| run.at)].into_iter().flatten().min()
    }

    /// How it is shown.
    pub fn shown(&self, now: Timestamp) -> Shown {
        let life = &self.life;
        match life.status {
            _ if self.due().is_some_and(|due| due <= now && self.definition.failures <= 1) => {
                Shown::Down
            }
            Status::New => Shown::New,
            Status::Down => Shown::Down,
            Status::Paused => Shown::Paused,
            Status::Up if life.expected.is_some_and(|expected| expected <= now) => Shown::Late,
            Status::Up => Shown::Up,
        }
    }

    /// Does a run go on?
    pub fn is_started(&self) -> bool {
        self.life.run.is_some()
    }

    /// Does a run go on that has not taken too long yet?
    pub fn is_running(&self, now: Timestamp) -> bool {
        let run_grace = self.definition.run_grace();
        let is_over = |at: Timestamp| at.checked_add(run_grace).is_ok_and(|over| over <= now);
        self.life.run.as_ref().is_some_and(|run| !is_over(run.at))
    }

    /// What the judge hears of it.
    pub fn state(&self) -> HeartbeatState {
        let life = &self.life;
        let failed = life.status == Status::Down;
        HeartbeatState {
            status: life.status,
            fault: life.fault,
            severity: self.definition.severity,
            channels: self.definition.channels.clone(),
            since: life.since,
            last: life.last_success,
            exit: life.exit.filter(|_| failed),
            said: if failed { life.said.clone() } else { String::new() },
        }
    }

    /// The owner pauses it. None: it was.
    pub fn pause(&mut self, now: Timestamp) -> Option<Flip> {
        if self.life.status == Status::Paused {
            return None;
        }
        self.life.run = None;
        let mut flips = Vec::new();
        self.turn(Status::Paused, None, now, &mut flips);
        flips.pop()
    }

    /// The owner resumes it: it is as new. None: it was not paused.
    pub fn resume(&mut self, now: Timestamp) -> Option<Flip> {
        if self.life.status != Status::Paused {
            return None;
        }
        let life = &mut self.life;
        (life.run, life.last_ping, life.expected, life.failures) = (None, None, None, 0);
        let mut flips = Vec::new();
        self.turn(Status::New, None, now, &mut flips);
        flips.pop()
    }

    /// The owner decided otherwise. What is due by that is done by the next `tick`.
    pub fn define(&mut self, definition: Definition) {
        if definition.when != self.definition.when {
            self.life.expected = self.life.last_ping.and_then(|last| definition.when.after(last));
        }
        self.definition = definition;
    }

    /// A success or failure ends the run it names, or that names none. A success of another run
    /// leaves it open.
    fn end_run(&mut self, kind: Kind, rid: Option<Uuid>, now: Timestamp) {
        let length = self.definition.run_grace();
        let life = &mut self.life;
        life.last_ping = Some(now);
        life.last_duration = None;
        let Some(run) = &mut life.run else { return };
        if run.rid == rid {
            life.last_duration = Some(run::took(run.at, now));
            life.run = None;
        } else if kind == Kind::Fail || rid.is_none() {
            life.run = None;
        } else if run::took(run.at, now) >= length {
            // It was overdue while the check was down for another reason.
            run.told = true;
        }
    }

    /// A call came that says how it went.
    fn ended(
        &mut self,
        fault: Option<HeartbeatFault>,
        call: Call<'_>,
        now: Timestamp,
        flips: &mut Vec<Flip>,
    ) {
        let life = &mut self.life;
        life.expected = self.definition.when.after_known(now, life.expected);
        if let Some(fault) = fault {
            life.exit = call.exit;
            life.said = last_line(call.body);
            self.failed(fault, now, flips);
        } else {
            life.last_success = Some(now);
            life.failures = 0;
            self.turn(Status::Up, None, now, flips);
        }
    }

    /// A call failed or did not come. It is down, unless it may fail some in a row.
    fn failed(&mut self, fault: HeartbeatFault, at: Timestamp, flips: &mut Vec<Flip>) {
        self.life.failures = self.life.failures.saturating_add(1);
        if self.life.failures >= self.definition.failures || self.life.status == Status::Down {
            self.turn(Status::Down, Some(fault), at, flips);
        } else if fault != HeartbeatFault::Missed && fault != HeartbeatFault::Unfinished {
            // It called, so from now on it is waited for.
            self.turn(Status::Up, None, at, flips);
        }
        if !matches!(fault, HeartbeatFault::Failed | HeartbeatFault::Early) {
            (self.life.exit, self.life.said) = (None, String::new());
        }
    }

    fn turn(
        &mut self,
        to: Status,
        fault: Option<HeartbeatFault>,
        at: Timestamp,
        flips: &mut Vec<Flip>,
    ) {
        let life = &mut self.life;
        life.fault = fault;
        if life.status != to {
            // A definition changed meanwhile can make something due before what is known.
            let at = at.max(life.since);
            flips.push(Flip { at, from: life.status, to, reason: Reason::of(fault) });
            (life.status, life.since) = (to, at);
        }
    }
}

/// The last line that has something in it.
fn last_line(body: &[u8]) -> String {
    let lines = body.rsplit(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let line = lines.into_iter().find(|line| !line.is_empty()).unwrap_or_default();
    let start = &line[..line.len().min(4 * SAID)];
    text::clean(&String::from_utf8_lossy(start), SAID)
}
