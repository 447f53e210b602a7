//! fail2ban: whom it bans, by its log, and whether it sees what sshd sees.
//!
//! Its socket would tell more, but whoever may speak there commands it; the watch only reads. The
//! command line, run by root, asks the socket ([`socket`]).

mod log;
pub mod socket;
pub mod standing;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::Sender;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use self::log::Log;
pub(crate) use self::log::{Line, history};
use super::changes::Changes;
use super::sshd::{self, Seen};
use super::{Blind, Report};
use crate::clock;
use crate::model::{Event, Observation, SourceName, State, Subject};

/// The log is looked at when it changes, at most this often, ...
const PAUSE: Duration = Duration::from_secs(1);
/// ... and this often anyway.
const MINUTE: Duration = Duration::from_mins(1);
/// How often its finds are held against sshd's failures, over how long.
const COMPARE: SignedDuration = SignedDuration::from_mins(2);
/// Fewer failures of one address need not be found.
const FEW: u32 = 3;
const COMPARED: SignedDuration = SignedDuration::from_mins(15);

/// Is there a fail2ban on this machine?
pub fn is_here(root: &Path) -> bool {
    root.join("etc/fail2ban/fail2ban.conf").exists()
        && (root.join("usr/bin/fail2ban-server").exists()
            || root.join("usr/local/bin/fail2ban-server").exists())
}

/// Follows fail2ban's log and reports bans as they happen; every few minutes whether it finds what
/// sshd logs.
pub async fn run(out: Sender<Report>) {
    if !is_here(Path::new("/")) {
        return;
    }
    let mut said = None;
    loop {
        let blind = match spawn_blocking(Log::open).await {
            Ok(Ok(log)) => {
                said = None;
                match follow(log, &out).await {
                    Some(blind) => blind,
                    None => return,
                }
            }
            Ok(Err(blind)) => blind,
            Err(_) => continue,
        };
        if said.as_ref() != Some(&blind) {
            said = Some(blind.clone());
            if send(&out, Err(blind)).await.is_none() {
                return;
            }
        }
        sleep(MINUTE).await;
    }
}

async fn send(out: &Sender<Report>, said: Result<Vec<Observation>, Blind>) -> Option<()> {
    out.send(Report { source: SourceName::Fail2ban, said }).await.ok()
}

/// Reports until the log cannot be read, or nobody listens (none).
async fn follow(mut log: Log, out: &Sender<Report>) -> Option<Blind> {
    let changes = Changes::watch(&log.folders());
    let mut compared = Timestamp::MIN;
    loop {
        let (again, looked) = spawn_blocking(move || {
            let looked = log.look();
            (log, looked)
        })
        .await
        .ok()?;
        log = again;
        let lines = match looked {
            Ok(lines) => lines,
            Err(blind) => return Some(blind),
        };
        let mut observations: Vec<_> = lines.iter().filter_map(banned).collect();
        let now = clock::now();
        if compared.checked_add(COMPARE).is_ok_and(|due| due <= now) {
            compared = now;
            observations.extend(compare(now).await);
        }
        if !observations.is_empty() {
            send(out, Ok(observations)).await?;
        }
        sleep(PAUSE).await;
        changes.wait(MINUTE).await;
    }
}

/// A ban; one that is only restored after a restart is none.
fn banned((_, line): &(Timestamp, Line)) -> Option<Observation> {
    match line {
        Line::Ban { jail, address } => Some(Observation::Event {
            subject: Subject::Jail(jail.clone()),
            event: Event::Ban { address: address.clone() },
        }),
        _ => None,
    }
}

/// What sshd logged and what fail2ban found within the last hour, once.
pub async fn compare(now: Timestamp) -> Option<Observation> {
    spawn_blocking(move || compare_in(now)).await.ok()?
}

fn compare_in(now: Timestamp) -> Option<Observation> {
    let since = now.checked_sub(COMPARED).ok()?;
    let mut failed: BTreeMap<String, u32> = BTreeMap::new();
    sshd::history(since, |seen| {
        if let Seen::Failure(failure) = seen {
            let count = failed.entry(failure.address).or_default();
            *count = count.saturating_add(failure.count);
        }
    })
    .ok()?;
    failed.retain(|_, count| *count >= FEW);
    let mut finds: BTreeMap<&str, u64> = BTreeMap::new();
    let lines =
        if failed.is_empty() { Vec::new() } else { log::history(Path::new("/"), since).ok()? };
    for (_, line) in lines.iter().filter(|(at, _)| *at >= since) {
        if let Line::Found { address, .. }
        | Line::Ignored { address, .. }
        | Line::Ban { address, .. } = line
        {
            *finds.entry(address).or_default() += 1;
        }
    }
    // Whether it should have acted is about one address: the one that tried most of those that it
    // did not see, else the one that tried most.
    let found = |address: &String| finds.get(address.as_str()).copied().unwrap_or(0);
    let worst = failed.iter().max_by_key(|(address, count)| (found(address) == 0, **count));
    let (address, failures) =
        worst.map(|(address, count)| (address.clone(), *count)).unwrap_or_default();
    let found = found(&address);
    let state = State::Fail2ban { failures, address, found };
    Some(Observation::State { subject: Subject::Host, state })
}
