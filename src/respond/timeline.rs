//! Events of the timeline out of the logs of a machine.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use nightkeep_journal::{Journal, Query};
use nightkeep_triage::scene::Scene;
use nightkeep_triage::scene::log::Fail2ban;
use nightkeep_triage::timeline::{Act, Event, Source};

use super::clock;
use super::services::Services;
use super::told::{History, Told};
use crate::model::text::visible;
use crate::model::{self, AuditActKind, Decision, Phase};
use crate::source::fail2ban::Line;
use crate::source::{audit, journal};

/// Events of one source that are kept.
const MOST: usize = 50_000;
/// A ban that was over so much too early, in seconds, was lifted by hand.
const EARLY: i64 = 10;
/// systemd's own number of the message that a session began (sd-messages.h).
const SESSION: &str = "8d45620c1a4348dbb17410da57c60c66";
/// A session begins within so many seconds of its login.
const NEAR: i64 = 10;
/// Programs that change accounts, by the names they log under.
const ACCOUNTS: [&str; 9] = [
    "useradd", "userdel", "usermod", "groupadd", "groupdel", "groupmod", "passwd", "chpasswd",
    "gpasswd",
];

/// What all logs tell, in no order; what could not be read is said.
pub(super) fn events(
    root: &Path,
    scene: &Scene,
    told: &Told,
    remembered: Vec<Event>,
) -> (Vec<Event>, Vec<String>) {
    let since = scene.since;
    let (mut events, mut unread) = (remembered, told.history.unread.clone());
    events.extend(logins(scene));
    events.extend(sessions(&told.history));
    match &told.audit {
        Ok(recorded) => events.extend(recorded.acts.iter().map(of_act)),
        Err(why) => unread.push(format!("what people did, by the audit log: {why}")),
    }
    match &told.bans {
        Some(Ok(lines)) => events.extend(bans(lines, since)),
        Some(Err(why)) => unread.push(format!("bans: {why}")),
        None => {}
    }
    events.extend(told.packages.iter().cloned());
    match &told.services {
        Ok(told) => events.extend(services(told)),
        Err(why) => unread.push(format!("units that failed: {why}")),
    }
    match Journal::open(&journal::roots_below(root)) {
        Ok(mut opened) => {
            events.extend(accounts(&mut opened, since));
            number(&mut opened, since, &mut events);
            let clocks = clock::clocks(&mut opened, since);
            events.extend(clock::changes(&clocks));
            clock::correct(&clocks, &mut events);
        }
        Err(error) => unread.push(format!("the journal: {error}")),
    }
    (events, unread)
}

/// What nightkeep itself said at the time.
pub fn of_decisions(decisions: &[Decision]) -> Vec<Event> {
    let event = |decision: &Decision| match decision {
        Decision::Change { at, to, severity, summary, .. } => {
            let what = match to {
                Phase::Firing => format!("alert ({severity}): {summary}"),
                Phase::Resolved => format!("over: {summary}"),
                _ => return None,
            };
            Some(Event::new(*at, Source::Nightkeep, Act::Alert, &what))
        }
        _ => None,
    };
    decisions.iter().filter_map(event).collect()
}

/// What the owner noted at the time.
pub fn of_notes(events: &[(Timestamp, model::Event)]) -> Vec<Event> {
    let event = |(at, event): &(Timestamp, model::Event)| match event {
        model::Event::Noted { kind, text, by } => {
            let what = format!("{by} noted a {}: {text}", kind.as_str());
            Some(Event::new(*at, Source::Nightkeep, Act::Other, &what))
        }
        _ => None,
    };
    events.iter().filter_map(event).collect()
}

fn logins(scene: &Scene) -> Vec<Event> {
    let mut events = Vec::new();
    let begins = scene.logs.journal.as_ref().map(|journal| journal.oldest);
    let source = |at: Timestamp| match begins {
        Some(begins) if begins <= at => Source::Journal,
        _ => Source::AuthLog,
    };
    for tries in &scene.tries {
        let times = if tries.count == 1 { "once" } else { &format!("{} times", tries.count) };
        let last = tries.last.strftime("%H:%M:%S");
        let what = format!("{} failed to log in {times}, until {last}", tries.address);
        let mut event =
            Event::new(tries.first, source(tries.first), Act::Tried, &what).from(&tries.address);
        event.until = Some(tries.last);
        events.push(event);
    }
    for login in &scene.logins {
        let how = login.fingerprint.as_deref().unwrap_or(&login.method);
        let new = match login.unknown.as_deref() {
            Some(parts) if !parts.is_empty() => format!("; not known here: {}", parts.join(", ")),
            _ => String::new(),
        };
        let after = match login.failures {
            0 => String::new(),
            failures => format!(", after {failures} failed tries"),
        };
        let what = format!("{} logged in from {} by {how}{after}{new}", login.user, login.address);
        let mut event = Event::new(login.at, source(login.at), Act::CameIn, &what)
            .by(&login.user)
            .from(&login.address);
        event.until = login.ended;
        events.push(event);
        if let Some(at) = login.ended {
            let what = format!("{} from {} left", login.user, login.address);
            events.push(
                Event::new(at, source(at), Act::Left, &what).by(&login.user).from(&login.address),
            );
        }
    }
    for sudo in &scene.sudos {
        let what = match sudo.command.as_str() {
            "" => format!("{} became {} by su", sudo.user, sudo.target),
            command => format!("{} ran as {} by sudo: {command}", sudo.user, sudo.target),
        };
        events.push(Event::new(sudo.at, Source::Journal, Act::Sudo, &what).by(&sudo.user));
    }
    events
}

/// As the system counts them, in records anybody with root can edit.
fn sessions(history: &History) -> Vec<Event> {
    let mut events: Vec<Event> = history
        .sessions
        .iter()
        .map(|session| {
            let from = if session.from.is_empty() { "the console" } else { &session.from };
            let what =
                format!("{} is on {} from {from} ({})", session.user, session.tty, session.source);
            let event = Event::new(session.began, Source::Wtmp, Act::Other, &what);
            event.by(&session.user).from(&session.from)
        })
        .collect();
    let mut by_source: BTreeMap<(&str, &str), (Timestamp, u32)> = BTreeMap::new();
    for one in &history.failed {
        by_source.entry((&one.from, &one.user)).or_insert((one.at, 0)).1 += 1;
    }
    for ((from, user), (at, count)) in by_source.into_iter().take(MOST) {
        let what = format!("{count} failed logins as {user} from {from} (btmp)");
        // The journal tells the same of ssh, and is what the story counts by.
        events.push(Event::new(at, Source::Wtmp, Act::Other, &what).by(user).from(from));
    }
    events
}

fn of_act(past: &audit::Past) -> Event {
    let (act, path) = match past.act.kind {
        AuditActKind::Identity => (Act::Account, true),
        AuditActKind::Keys => (Act::Key, true),
        AuditActKind::Schedule => (Act::Schedule, true),
        AuditActKind::Module => (Act::Module, false),
        AuditActKind::Sudo => (Act::Sudo, false),
        AuditActKind::Key | AuditActKind::Sigma { .. } => (Act::Other, false),
    };
    let mut event = Event::new(past.at, Source::Audit, act, &past.act.sentence)
        .by(&past.act.who)
        .from(past.address.as_deref().unwrap_or_default())
        .on(if path { &past.act.object } else { "" });
    (event.session, event.pid) = (past.act.session, past.pid);
    event
}

/// Bans, and when fail2ban itself came and went.
fn bans(lines: &[(Timestamp, Line)], since: Timestamp) -> Vec<Event> {
    let event = |(at, line): &(Timestamp, Line)| {
        let of = |act, what: &str, address: &str| {
            Some(Event::new(*at, Source::Fail2ban, act, what).from(address))
        };
        match line {
            Line::Ban { jail, address } => {
                of(Act::Banned, &format!("{address} banned ({jail})"), address)
            }
            Line::Unban { jail, address } => {
                of(Act::Other, &format!("ban of {address} is over ({jail})"), address)
            }
            Line::Started => of(Act::Other, "fail2ban started", ""),
            Line::Stopped => of(Act::Other, "fail2ban stopped", ""),
            _ => None,
        }
    };
    let mut events: Vec<Event> =
        lines.iter().filter(|(at, _)| *at >= since).filter_map(event).take(MOST).collect();
    let released = fail2ban(lines, since).released;
    for event in &mut events {
        let is_it = |(at, address): &(Timestamp, String)| {
            event.address.as_ref() == Some(address) && event.at.as_second() == at.as_second()
        };
        if event.act == Act::Other && released.iter().any(is_it) {
            event.act = Act::Unbanned;
            event.message.push_str(", before its time");
        }
    }
    events
}

/// What fail2ban's log says of its own life, and whom it let go before the time.
pub(super) fn fail2ban(lines: &[(Timestamp, Line)], since: Timestamp) -> Fail2ban {
    let mut found = Fail2ban::default();
    let (mut jail, mut times) = ("", BTreeMap::new());
    let mut bans: BTreeMap<(&str, &str), Timestamp> = BTreeMap::new();
    let (mut is_stopping, mut before) = (false, BTreeSet::new());
    for (at, line) in lines {
        match line {
            Line::Started => {
                (found.stopped, is_stopping) = (None, false);
                before.append(&mut found.jails);
            }
            Line::Stopping => is_stopping = true,
            Line::Stopped => found.stopped = Some(*at),
            Line::Jail(name) => {
                jail = name;
                found.jails.insert(name.clone());
            }
            Line::BanTime(seconds) => {
                times.insert(jail, *seconds);
            }
            Line::Ban { jail, address } => {
                bans.insert((jail, address), *at);
            }
            // Of a ban from before nobody knows here how long it has to go.
            Line::Restored { jail, address } => {
                bans.remove(&(jail.as_str(), address.as_str()));
            }
            Line::Unban { jail, address } => {
                let began = bans.remove(&(jail.as_str(), address.as_str()));
                let is_early = began.zip(times.get(jail.as_str())).is_some_and(|(began, time)| {
                    *time < 0 || at.duration_since(began).as_secs() + EARLY < *time
                });
                if is_early && !is_stopping && *at >= since {
                    found.released.push((*at, address.clone()));
                }
            }
            Line::Found { .. } | Line::Ignored { .. } => {}
        }
    }
    found.stopped = found.stopped.filter(|at| *at >= since);
    // Stopped or just starting, it has none yet.
    if !found.jails.is_empty() {
        found.jails_gone = before.difference(&found.jails).cloned().collect();
    }
    found
}

fn micros(at: Timestamp) -> u64 {
    u64::try_from(at.as_microsecond()).unwrap_or_default()
}

fn time(micros: u64) -> Timestamp {
    Timestamp::from_second((micros / 1_000_000).cast_signed()).unwrap_or_default()
}

/// Starts of the machine and units that failed, as systemd itself says.
fn services(services: &Services) -> impl Iterator<Item = Event> {
    let boots = services.boots.iter().map(|(at, is_up)| {
        let what = if *is_up { "the machine is up" } else { "the machine goes down" };
        Event::new(*at, Source::Journal, Act::Boot, what)
    });
    let failed = services.failures.iter();
    boots.chain(failed.map(|(at, what)| Event::new(*at, Source::Journal, Act::Service, what)))
}

/// Accounts and passwords that were changed, by the words of the programs that do it.
fn accounts(journal: &mut Journal, since: Timestamp) -> Vec<Event> {
    let query = ACCOUNTS.into_iter().fold(
        Query::new(&["MESSAGE", "_COMM", "_AUDIT_SESSION", "_PID", "_UID"]),
        |query, name| query.having(&[("_COMM", name)]),
    );
    let mut events = Vec::new();
    for entry in journal.since(&query, micros(since)).take(MOST) {
        let what = format!("{}: {}", entry.text(1), entry.text(0));
        let mut event = Event::new(time(entry.realtime), Source::Journal, Act::Account, &what);
        event.session = entry.text(2).parse().ok().filter(|session| *session != u32::MAX);
        event.pid = entry.text(3).parse().ok();
        // Anybody may call a program useradd; what is not root's changes nothing.
        if entry.field(4) == b"0" {
            events.push(event);
        }
    }
    events
}

/// Gives logins the numbers of their sessions, which logind has of the kernel's audit.
fn number(journal: &mut Journal, since: Timestamp, events: &mut [Event]) {
    let query =
        Query::new(&["SESSION_ID", "USER_ID"]).having(&[("MESSAGE_ID", SESSION), ("_UID", "0")]);
    let mut sessions: Vec<(Timestamp, String, u32)> = journal
        .since(&query, micros(since))
        .take(MOST)
        .filter_map(|entry| {
            let session = entry.text(0).parse().ok()?;
            Some((time(entry.realtime), visible(&entry.text(1), 64), session))
        })
        .collect();
    let logins = events
        .iter_mut()
        .filter(|event| event.act == Act::CameIn && event.source == Source::Journal);
    for login in logins {
        let is_its = |(at, user, _): &(Timestamp, String, u32)| {
            login.user.as_ref() == Some(user)
                && at.duration_since(login.at).abs() <= SignedDuration::from_secs(NEAR)
        };
        if let Some(found) = sessions.iter().position(is_its) {
            login.session = Some(sessions.remove(found).2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_let_go_by_hand_is_told_apart_from_whose_time_was_over() {
        let at = |second: i64| Timestamp::from_second(1_700_000_000 + second).unwrap();
        let name = |text: &str| text.to_owned();
        let ban = |address: &str| Line::Ban { jail: name("sshd"), address: name(address) };
        let unban = |address: &str| Line::Unban { jail: name("sshd"), address: name(address) };
        let mut lines = vec![
            (at(0), Line::Started),
            (at(0), Line::Jail(name("sshd"))),
            (at(0), Line::BanTime(600)),
            (at(10), ban("192.0.2.1")),
            (at(20), ban("192.0.2.2")),
            (at(30), ban("192.0.2.3")),
            (at(70), unban("192.0.2.2")),
            (at(612), unban("192.0.2.1")),
        ];
        let found = fail2ban(&lines, at(0));
        assert_eq!(found.released, [(at(70), name("192.0.2.2"))]);
        assert_eq!(found.stopped, None);
        // What ends with fail2ban is no favour.
        lines.extend([
            (at(615), Line::Stopping),
            (at(616), unban("192.0.2.3")),
            (at(617), Line::Stopped),
        ]);
        let found = fail2ban(&lines, at(0));
        assert_eq!((found.released.len(), found.stopped), (1, Some(at(617))));
        // A jail that is not made any more.
        lines.extend([(at(700), Line::Started), (at(700), Line::Jail(name("caddy")))]);
        let found = fail2ban(&lines, at(0));
        assert_eq!(found.jails_gone.iter().collect::<Vec<_>>(), ["sshd"]);
        let acts: Vec<Act> = bans(&lines, at(0)).iter().map(|event| event.act).collect();
        assert_eq!(acts.iter().filter(|act| **act == Act::Unbanned).count(), 1);
        assert_eq!(acts.iter().filter(|act| **act == Act::Banned).count(), 3);
    }
}
