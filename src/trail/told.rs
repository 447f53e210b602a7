//! What an event says: a sentence for people, an object for programs.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use nightkeep_audit::action::{Action, Detail, What};
use nightkeep_audit::{Event, Id};
use serde::Serialize;

use crate::model::text::local;

/// When it was.
pub(crate) fn at(id: Id) -> Timestamp {
    let seconds = i64::try_from(id.sec).unwrap_or(i64::MAX);
    Timestamp::new(seconds, i32::from(id.ms) * 1_000_000).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// An event for programs. These names stay.
#[derive(Serialize)]
pub(crate) struct Json<'a> {
    time: String,
    serial: u64,
    node: Option<&'a str>,
    keys: &'a [String],
    who: Who<'a>,
    action: &'static str,
    object: String,
    program: &'a str,
    pid: Option<u32>,
    ppid: Option<u32>,
    command: Vec<String>,
    success: Option<bool>,
    exit: Option<i64>,
    error: Option<&'static str>,
    rule_loading: bool,
    sentence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Who<'a> {
    login: Option<&'a str>,
    user: Option<&'a str>,
    auid: Option<u32>,
    uid: Option<u32>,
    session: Option<u32>,
    address: Option<&'a str>,
    terminal: Option<&'a str>,
}

impl<'a> Json<'a> {
    pub(crate) fn of(
        event: &Event,
        action: &'a Action,
        node: Option<&'a str>,
        records: bool,
    ) -> Self {
        let actor = &action.actor;
        let Detail { command, exit } = Detail::of(event);
        let lines = || {
            let line = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
            event.records().map(|record| line(record.line)).collect()
        };
        Self {
            time: at(action.id).strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
            serial: action.id.serial,
            node,
            keys: &action.keys,
            who: Who {
                login: actor.login.as_deref(),
                user: actor.user.as_deref(),
                auid: actor.auid,
                uid: actor.uid,
                session: actor.session,
                address: actor.address.as_deref(),
                terminal: actor.terminal.as_deref(),
            },
            action: action.word(),
            object: action.object(),
            program: &action.program,
            pid: actor.pid,
            ppid: actor.ppid,
            command,
            success: action.success,
            exit,
            error: action.error,
            rule_loading: action.is_rule_loading(),
            sentence: action.to_string(),
            records: records.then(lines),
        }
    }
}

/// A sentence, and the session it is of.
pub(crate) fn sentence(action: &Action) -> String {
    let session =
        action.actor.session.map_or_else(String::new, |session| format!(" (session {session})"));
    format!("{action}{session}")
}

/// What events of several files of one folder have in common, and how the rest of them is told.
pub(crate) fn folder(action: &Action) -> Option<(String, String)> {
    let What::File { path, .. } = &action.what else { return None };
    let (folder, _) = path.rsplit_once('/')?;
    let mut like = action.clone();
    if let What::File { path, how } = &mut like.what {
        *path = format!("{folder}/…");
        if let nightkeep_audit::action::FileAct::Renamed { from, .. } = how {
            *from = String::from("…");
        }
    }
    let text = sentence(&like);
    Some((text.clone(), text))
}

/// Does it tell a person anything?
pub(crate) fn is_telling(action: &Action) -> bool {
    match &action.what {
        What::Other { kind } => kind.starts_with("ANOM_"),
        What::Call { .. } | What::Network { .. } | What::SessionEnded { .. } => {
            !action.keys.is_empty()
        }
        What::Authenticated { .. } => action.success == Some(false),
        _ => true,
    }
}

/// A time for a sentence.
pub(crate) fn moment(sec: u64, zone: &TimeZone) -> String {
    let at = Timestamp::UNIX_EPOCH
        .checked_add(SignedDuration::from_secs(i64::try_from(sec).unwrap_or(i64::MAX)));
    at.map_or_else(|_| String::from("?"), |at| local(at, zone))
}
