//! `nightkeep audit who` and `nightkeep audit session`: everything recorded of one file, person,
//! program or session, as sentences.

use std::path::Path;

use anyhow::Context as _;
use clap::Parser;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use nightkeep_audit::action::{self, Action, Sessions, What};
use nightkeep_audit::log::{self, Events, Filter, Input, Range};
use nightkeep_audit::users::Names;
use nightkeep_audit::{Compat, Id};
use serde::Serialize;

use crate::cli::{FAILED, OK, output};
use crate::{clock, config};

/// The story of one file, person or program.
#[derive(Debug, Parser)]
pub(in crate::cli) struct Who {
    /// A path (`/etc/passwd`, or a folder), a user (`deploy`) or a program (`curl`).
    name: String,
    #[command(flatten)]
    from: From,
}

/// The story of one login session.
#[derive(Debug, Parser)]
pub(in crate::cli) struct Session {
    /// Its number (`ses=` of a record; `nightkeep audit who USER` shows it).
    number: u32,
    #[command(flatten)]
    from: From,
}

#[derive(Debug, Parser)]
struct From {
    /// Back to this long ago (2h, 30d).
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = config::parse_duration)]
    since: SignedDuration,
    /// Records without a word of their own as well: accounting, credentials, single system calls.
    #[arg(long)]
    all: bool,
    /// A JSON object a line.
    #[arg(long)]
    json: bool,
    /// Read these logs instead of this machine's.
    #[arg(long = "file", value_name = "FILE")]
    files: Vec<std::path::PathBuf>,
}

/// What begins sessions: read as well, for where they came from.
const BEGINS: [&str; 3] = ["type=LOGIN ", "type=USER_START ", "type=USER_LOGIN "];

pub(super) fn who(args: &Who) -> anyhow::Result<u8> {
    let users = Names::users(Path::new("/"));
    let name = args.name.trim_end_matches('/');
    if args.name.starts_with('/') {
        let base = name.rsplit('/').next().unwrap_or_default();
        let is_it = |action: &Action| {
            let below = |path: &str| {
                path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            match &action.what {
                What::File { path, how } => {
                    below(path)
                        || matches!(how, action::FileAct::Renamed { from, .. } if below(from))
                }
                What::Rule { path, .. } => below(path),
                _ => below(&action.program),
            }
        };
        return tell(&args.from, &users, &[base], is_it);
    }
    // A log of another machine knows users that this one does not.
    let uid = users.id(name);
    let numbers: Vec<String> = ["auid=", "uid=", "id="]
        .iter()
        .filter_map(|field| uid.map(|uid| format!("{field}{uid} ")))
        .collect();
    let texts: Vec<&str> = numbers.iter().map(String::as_str).chain([name]).collect();
    let is_it = |action: &Action| is_of_user(action, name) || is_by_program(action, name);
    tell(&args.from, &users, &texts, is_it)
}

fn is_of_user(action: &Action, name: &str) -> bool {
    let actor = &action.actor;
    let acts = actor.login.as_ref().or(actor.user.as_ref()).is_some_and(|who| who == name);
    acts || match &action.what {
        What::Login { account }
        | What::SessionBegan { account }
        | What::SessionEnded { account }
        | What::Authenticated { account }
        | What::Account { account, .. } => account == name,
        _ => false,
    }
}

fn is_by_program(action: &Action, name: &str) -> bool {
    let is_name = |path: &str| path.rsplit('/').next() == Some(name);
    let typed = match &action.what {
        What::Ran { command, .. } => command.first().is_some_and(|first| is_name(first)),
        What::Sudo { command, .. } => command.split(' ').any(is_name),
        _ => false,
    };
    typed || is_name(&action.program)
}

pub(super) fn session(args: &Session) -> anyhow::Result<u8> {
    let users = Names::users(Path::new("/"));
    let text = format!("ses={}", args.number);
    let is_it = |action: &Action| action.actor.session == Some(args.number);
    tell(&args.from, &users, &[&text], is_it)
}

/// Prints the sentences of what is asked for.
fn tell(
    from: &From,
    users: &Names,
    texts: &[&str],
    is_it: impl Fn(&Action) -> bool,
) -> anyhow::Result<u8> {
    let start = clock::now().checked_sub(from.since)?.as_second();
    let range = Range { start: u64::try_from(start).ok(), end: None };
    // A name may be written in hex.
    let hex =
        |text: &&str| text.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02X}"));
    let coded: Vec<String> = texts.iter().map(hex).collect();
    let wanted = texts.iter().copied().chain(coded.iter().map(String::as_str)).chain(BEGINS);
    let inputs = inputs(&from.files)?;
    let mut events = Events::new(inputs, Compat::V4, nightkeep_audit::TIMEOUT)
        .range(range)
        .filter(Filter::texts(wanted.map(str::as_bytes)));
    let (zone, mut sessions, mut count) = (TimeZone::system(), Sessions::default(), 0_u64);
    while let Some(event) = events.next()? {
        let mut action = action::read(event, users);
        sessions.place(&mut action);
        if is_it(&action) && (from.all || is_telling(&action)) {
            count += 1;
            output::print(&line(&action, from.json, &zone)?)?;
        }
    }
    if count == 0 {
        let span = crate::model::text::span(from.since);
        output::print(&format!(
            "Nothing of that was recorded within {span}. What is recorded: nightkeep audit rules show\n"
        ))?;
        return Ok(FAILED);
    }
    Ok(OK)
}

/// The logs to read: auditd's, with what was rotated away.
pub(super) fn inputs(files: &[std::path::PathBuf]) -> anyhow::Result<Vec<Input>> {
    if !files.is_empty() {
        return Ok(files.iter().cloned().map(Input::File).collect());
    }
    let log_file = log::Config::read(Path::new(log::CONFIG))
        .map_or_else(|_| log::Config::default().log_file, |config| config.log_file);
    std::fs::File::open(&log_file).with_context(|| {
        format!(
            "the audit log {} cannot be read: run it as root (sudo nightkeep audit …); without auditd: apt install auditd",
            log_file.display()
        )
    })?;
    Ok(log::rotated(&log_file).into_iter().map(Input::File).collect())
}

/// Does it tell a person anything?
pub(super) fn is_telling(action: &Action) -> bool {
    match &action.what {
        What::Other { kind } => kind.starts_with("ANOM_"),
        What::Call { .. } | What::Network { .. } | What::SessionEnded { .. } => {
            !action.keys.is_empty()
        }
        What::Authenticated { .. } => action.success == Some(false),
        _ => true,
    }
}

/// An action as it is printed.
pub(super) fn line(action: &Action, json: bool, zone: &TimeZone) -> anyhow::Result<String> {
    if json {
        return Ok(serde_json::to_string(&Shown::of(action))? + "\n");
    }
    let session =
        action.actor.session.map_or_else(String::new, |session| format!(" (session {session})"));
    Ok(format!("{}  {action}{session}\n", output::local(at(action.id), zone)))
}

fn at(id: Id) -> Timestamp {
    let seconds = i64::try_from(id.sec).unwrap_or(i64::MAX);
    Timestamp::new(seconds, i32::from(id.ms) * 1_000_000).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// An action for programs.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    at: Timestamp,
    serial: u64,
    sentence: String,
    login: Option<&'a str>,
    user: Option<&'a str>,
    session: Option<u32>,
    address: Option<&'a str>,
    program: &'a str,
    pid: Option<u32>,
    keys: &'a [String],
    success: Option<bool>,
}

impl<'a> Shown<'a> {
    pub(super) fn of(action: &'a Action) -> Self {
        let actor = &action.actor;
        Self {
            at: at(action.id),
            serial: action.id.serial,
            sentence: action.to_string(),
            login: actor.login.as_deref(),
            user: actor.user.as_deref(),
            session: actor.session,
            address: actor.address.as_deref(),
            program: &action.program,
            pid: actor.pid,
            keys: &action.keys,
            success: action.success,
        }
    }
}
