//! sshd's log: who logs in, and who fails to.

mod attempts;
#[cfg(test)]
mod corpora;
mod line;
mod log;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::Sender;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use self::attempts::{Attempts, Outcome};
use self::line::address;
use self::log::{Log, Written};
use super::changes::Changes;
use super::{Blind, Report};
use crate::clock;
use crate::model::text::visible;
use crate::model::{Event, Login, Metric, Observation, SourceName, Subject};

/// After a look nothing is looked at for this long: a log that is written all the time must not
/// be looked at all the time. With journald's own quarter of a second a login is seen in less than
/// one.
const PAUSE: Duration = Duration::from_millis(300);
/// Without a change one looks this often anyway, and says how many failed.
const MINUTE: Duration = Duration::from_mins(1);
/// How far back failures count for a login.
const FAILURES: SignedDuration = SignedDuration::from_hours(24);
/// Logins nobody saw are looked for back to this long ago.
const MISSED: SignedDuration = SignedDuration::from_hours(24 * 7);

/// A login as it was logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// When.
    pub at: Timestamp,
    /// Who, from where, how.
    pub login: Login,
    /// Failed tries from the same address within the day before.
    pub failures: u32,
    /// When the connection ended, if that is known: in [`history`] only.
    pub ended: Option<Timestamp>,
}

/// What somebody did who did not get in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// When.
    pub at: Timestamp,
    /// From where.
    pub address: String,
    /// Which names were tried; chosen by whoever tried.
    pub user: String,
    /// How many tries.
    pub count: u32,
}

/// The log put together: logins and failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// A login.
    Login(Logged),
    /// Failed tries.
    Failure(Failure),
    /// A connection that somebody had logged in on is over.
    Ended {
        /// When.
        at: Timestamp,
        /// From which address.
        address: String,
        /// And which port there.
        port: u16,
    },
}

/// Follows the log and reports logins as they happen. `since`: logins up to then are known; none:
/// all of the past is.
pub async fn run(since: Option<Timestamp>, out: Sender<Report>) {
    let mut said = None;
    loop {
        let report = match open(since).await {
            Ok((reader, missed)) => {
                said = None;
                if follow(reader, missed, &out).await.is_none() {
                    return;
                }
                continue;
            }
            Err(blind) => blind,
        };
        if said.as_ref() != Some(&report) {
            said = Some(report.clone());
            if out.send(Report { source: SourceName::Ssh, said: Err(report) }).await.is_err() {
                return;
            }
        }
        sleep(MINUTE).await;
    }
}

/// The log and what is known of the connections in it.
#[derive(Debug)]
struct Reader {
    log: Log,
    attempts: Attempts,
    /// Lines up to this one were read from the past; their twins are passed over.
    read_until: Option<Written>,
}

/// Opens the log, and reads what was written while nobody looked.
async fn open(since: Option<Timestamp>) -> Result<(Reader, Vec<Seen>), Blind> {
    let work = move || {
        let log = Log::open()?;
        let now = clock::now();
        let mut reader = Reader { log, attempts: Attempts::default(), read_until: None };
        let since = since.unwrap_or(now).max(now - MISSED);
        let mut missed = Vec::new();
        log::history(Path::new("/"), since.min(now) - FAILURES, |line| {
            let seen = put_together(&mut reader.attempts, &line);
            if line.at > since {
                missed.extend(seen);
            }
            reader.read_until = Some(line);
        })?;
        Ok((reader, missed))
    };
    spawn_blocking(work).await.unwrap_or_else(|_| {
        Err(Blind {
            why: String::from("sshd's log could not be read"),
            mend: String::from("journalctl -u nightkeep -n 20"),
        })
    })
}

/// Reports what is written until nobody listens (none) or the log cannot be read.
async fn follow(mut reader: Reader, missed: Vec<Seen>, out: &Sender<Report>) -> Option<()> {
    let changes = Changes::watch(&reader.log.folders());
    let mut seen = missed;
    let (mut failures, mut counted) = (0u32, clock::now());
    loop {
        let now = clock::now();
        let mut observations = Vec::new();
        for seen in seen.drain(..) {
            match seen {
                Seen::Login(logged) => observations.push(observed(logged)),
                Seen::Failure(failure) => failures = failures.saturating_add(failure.count),
                Seen::Ended { .. } => {}
            }
        }
        let elapsed = now.duration_since(counted).as_secs_f64();
        if elapsed >= MINUTE.as_secs_f64() {
            observations.push(Observation::Sample {
                subject: Subject::Host,
                metric: Metric::SshFailuresPerSecond,
                value: (f64::from(failures) / elapsed) as f32,
            });
            (failures, counted) = (0, now);
        }
        if !observations.is_empty() {
            out.send(Report { source: SourceName::Ssh, said: Ok(observations) }).await.ok()?;
        }
        let left = MINUTE.saturating_sub(Duration::try_from(now.duration_since(counted)).ok()?);
        changes.wait(left.max(PAUSE)).await;
        let (again, looked) = spawn_blocking(move || {
            let looked = reader.look();
            (reader, looked)
        })
        .await
        .ok()?;
        reader = again;
        match looked {
            Ok(new) => seen = new,
            Err(blind) => {
                out.send(Report { source: SourceName::Ssh, said: Err(blind) }).await.ok()?;
                sleep(MINUTE).await;
                return Some(());
            }
        }
        sleep(PAUSE).await;
    }
}

impl Reader {
    fn look(&mut self) -> Result<Vec<Seen>, Blind> {
        let mut lines = self.log.look()?;
        if let Some(last) = self.read_until.take() {
            match lines.iter().position(|line| *line == last) {
                Some(at) => drop(lines.drain(..=at)),
                None => lines.retain(|line| line.at >= last.at),
            }
        }
        Ok(lines.iter().filter_map(|line| put_together(&mut self.attempts, line)).collect())
    }
}

/// Everything logged from a time on, oldest first, given one by one.
///
/// # Errors
/// When neither the journal nor syslog's file can be read.
pub fn history(since: Timestamp, each: impl FnMut(Seen)) -> Result<(), Blind> {
    put_all_together(Path::new("/"), since, false, each)
}

/// The log read in parts that follow one another, with what is known of open connections.
#[derive(Debug, Default)]
pub struct Parts(Attempts);

impl Parts {
    /// What was logged in `from..until`, oldest first, given one by one.
    ///
    /// # Errors
    /// As [`history`].
    pub fn read(
        &mut self,
        from: Timestamp,
        until: Timestamp,
        mut each: impl FnMut(Seen),
    ) -> Result<(), Blind> {
        log::between(Path::new("/"), from, until, |line| {
            if let Some(seen) = put_together(&mut self.0, &line) {
                each(seen);
            }
        })
    }
}

/// The same of the machine whose files are below `root`, and of the time before the journal begins what syslog wrote
/// down: anybody may have written that there, so nothing is learnt from it.
///
/// # Errors
/// As [`history`].
pub fn history_below(root: &Path, since: Timestamp, each: impl FnMut(Seen)) -> Result<(), Blind> {
    put_all_together(root, since, true, each)
}

fn put_all_together(
    root: &Path,
    since: Timestamp,
    with_syslog: bool,
    mut each: impl FnMut(Seen),
) -> Result<(), Blind> {
    let mut attempts = Attempts::default();
    let mut take = |line: Written| {
        if let Some(seen) = put_together(&mut attempts, &line) {
            each(seen);
        }
    };
    if with_syslog {
        log::before_journal(root, since, &mut take);
    }
    log::history(root, since, take)
}

/// Logins of `auth.log` that are kept.
const MOST_ACCEPTED: usize = 20_000;

/// A login as `auth.log` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// When, to the second.
    pub at: Timestamp,
    /// As whom.
    pub user: String,
    /// From where.
    pub address: String,
    /// The port there.
    pub port: u16,
}

/// The logins that `auth.log` and those before it have since then; none if there is none.
pub fn in_auth_log(root: &Path, since: Timestamp) -> Option<Vec<Accepted>> {
    let mut found = Vec::new();
    let read = log::AuthLog::open(root)?.history(root, since, |line| {
        if let line::Line::Accepted(line::Accepted { user, host, port, .. }) =
            line::read(&line.text)
            && found.len() < MOST_ACCEPTED
        {
            let address =
                line::address(host).map_or_else(|| host.to_owned(), |address| address.to_string());
            found.push(Accepted { at: line.at, user: user.to_owned(), address, port });
        }
    });
    read.ok().map(|()| found)
}

/// May a login of the past be learnt as normal? Not if it was perhaps guessed.
pub fn is_normal(logged: &Logged) -> bool {
    logged.failures < 5
}

/// The logins of the day before `now`, and all of that day in a few words.
///
/// # Errors
/// As [`history`].
pub fn day(now: Timestamp) -> Result<(Vec<Observation>, String), Blind> {
    let since = now.checked_sub(FAILURES).unwrap_or(now);
    let (mut observations, mut failures, mut addresses) = (Vec::new(), 0u64, BTreeSet::new());
    history(since, |seen| match seen {
        Seen::Login(logged) => observations.push(observed(logged)),
        Seen::Failure(failure) => {
            failures += u64::from(failure.count);
            addresses.insert(failure.address);
        }
        Seen::Ended { .. } => {}
    })?;
    let logins = observations.len();
    let plural =
        |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let words = format!(
        "{}, {failures} failed tries from {} in 24 hours",
        plural(logins, "login", "logins"),
        plural(addresses.len(), "address", "addresses"),
    );
    Ok((observations, words))
}

fn put_together(attempts: &mut Attempts, line: &Written) -> Option<Seen> {
    match attempts.take(line.at, line.pid, line::read(&line.text)) {
        Outcome::Login { login, failures, .. } => {
            let shown = |text: &str| visible(text, 100);
            let host = login.host;
            let login = Login {
                user: shown(login.user),
                address: address(host).map_or_else(|| shown(host), |ip| ip.to_string()),
                port: login.port,
                method: shown(login.method),
                key_kind: login.key_kind.map(shown),
                fingerprint: login.fingerprint.map(shown),
            };
            Some(Seen::Login(Logged { at: line.at, login, failures, ended: None }))
        }
        Outcome::Failures { host, user, count } => {
            let address = visible(&host.to_string(), 100);
            let user = visible(&user, 100);
            Some(Seen::Failure(Failure { at: line.at, address, user, count }))
        }
        Outcome::Ended { host, port } => {
            let address = visible(&host.to_string(), 100);
            Some(Seen::Ended { at: line.at, address, port })
        }
        Outcome::Probe { .. } | Outcome::Nothing => None,
    }
}

fn observed(Logged { at, login, failures, .. }: Logged) -> Observation {
    Observation::Event {
        subject: Subject::Login(login.name()),
        event: Event::Login { login, unknown: Vec::new(), failures, logged: at },
    }
}
