//! `nightkeep audit who` and `nightkeep audit session`: everything recorded of one file, person,
//! program or session, as sentences.

use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use clap::Parser;
use nightkeep_audit::action::{self, Action, What};
use nightkeep_audit::log::Filter;
use nightkeep_audit::search::Reader;
use nightkeep_audit::users::Names;

use super::shown::{self, Sentences};
use super::span::Span;
use crate::cli::{FAILED, OK, USAGE, output};
use crate::trail::apart::Logins;
use crate::trail::ask;
use crate::trail::nothing::nothing;
use crate::trail::place::{self, Place};
use crate::trail::told::{Json, is_telling};

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
    /// Logs to read instead of this machine's: files, or directories with those of several machines.
    #[arg(value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    when: Span,
    /// Records without a word of their own as well: accounting, credentials, single system calls.
    #[arg(long)]
    all: bool,
    /// A line for each event, also of a flood.
    #[arg(long)]
    each: bool,
    /// A JSON object a line.
    #[arg(long)]
    json: bool,
}

/// How far back a story goes without `--since`.
const BACK: &str = "7d";

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
    let number = users.id(name).map(|uid| format!("id={uid}"));
    let texts: Vec<&str> = number.as_deref().into_iter().chain([name]).collect();
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
    let ground = ask::ground(nightkeep_audit::Compat::V4);
    let range = match from.when.range_or(Some(BACK), &ground.now) {
        Ok(range) => range,
        Err(error) => {
            output::complain(&error);
            return Ok(USAGE);
        }
    };
    let place = Place::of(&from.paths, from.when.input.as_deref())?;
    // A name may be written in hex.
    let hex =
        |text: &&str| text.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02X}"));
    let coded: Vec<String> = texts.iter().map(hex).collect();
    let wanted = texts.iter().copied().chain(coded.iter().map(String::as_str));
    let filter = Filter::texts(wanted.map(str::as_bytes));
    let mut reader = if place.is_stdin {
        let stdin = Box::new(io::stdin());
        Reader::of_stream(&place.logs, stdin, range, place.timeout, &filter, users)
    } else {
        Reader::new(&place.logs, range, place.timeout, &filter, users)
    };
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout());
    let mut sentences =
        (!from.json).then(|| Sentences::new(io::stdout().lock(), shown::width(), from.each));
    let (mut logins, mut count) = (Logins::default(), 0_u64);
    while reader.advance() {
        let Some(action) = reader.action() else { break };
        if !is_it(&action) || !(from.all || is_telling(&action)) {
            continue;
        }
        let machine = reader.machine();
        if logins.is_told(&action, machine.as_deref()) && !from.all {
            continue;
        }
        count += 1;
        if let Some(sentences) = &mut sentences {
            sentences.add(&action, machine)?;
        } else if let Some(event) = reader.event() {
            let json = Json::of(event, &action, machine.as_deref(), false);
            serde_json::to_writer(&mut out, &json).map_err(io::Error::from)?;
            out.write_all(b"\n")?;
        }
    }
    let folded = sentences.map_or(Ok(0), Sentences::end)?;
    out.flush()?;
    let mut notes = Vec::new();
    if folded > 0 {
        notes.push(shown::folded(count, folded));
    }
    notes.extend(place.logs.unread.iter().chain(&reader.unread()).map(place::unread));
    shown::say(&notes);
    if count > 0 {
        return Ok(OK);
    }
    let mut told = nothing(&place, range, &[], &[], &ground, 0);
    if !from.all {
        told.push(String::from("Accounting, credentials and single system calls: --all."));
    }
    told.push(String::from("What is recorded: nightkeep audit rules show"));
    shown::print_told(&told, from.json)?;
    Ok(FAILED)
}
