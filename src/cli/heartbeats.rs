//! `nightkeep heartbeats`: what has to call in, whether it did, and where it calls.

use std::path::Path;

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{OK, alerts, output};
use crate::clock;
use crate::config::{self, Config, Listen};
use crate::control::{self, Reply, Request};
use crate::heartbeat::book::{Book, Id, PingLine};
use crate::heartbeat::check::Shown;
use crate::heartbeat::contract::Kind;
use crate::heartbeat::view::{self, PingView, View};
use crate::model::{Severity, Subject};
use crate::store::{self, Store};

/// Jobs that have to call in: whether they did, when they have to, and where they call.
#[derive(Debug, Parser)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The log of one, its changes and its last failures.
    Show {
        /// Its name.
        name: String,
        /// Lines of the log.
        #[arg(long, default_value_t = 20)]
        lines: u32,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Wait for no calls until it is resumed, or calls.
    Pause {
        /// Its name.
        name: String,
    },
    /// Wait for its calls again.
    Resume {
        /// Its name.
        name: String,
    },
}

/// How far back changes are shown.
const BACK: SignedDuration = SignedDuration::from_hours(93 * 24);
/// Failures shown with what they sent.
const FAILURES: u32 = 3;
/// Lines shown of what was sent.
const SENT: usize = 20;

pub(super) async fn run(args: &Args, config: &Path, socket: &Path) -> anyhow::Result<u8> {
    match &args.what {
        None => list(args.json, config).await,
        Some(What::Show { name, lines, json }) => show(name, *lines, *json, config).await,
        Some(What::Pause { name }) => turn(name, true, socket).await,
        Some(What::Resume { name }) => turn(name, false, socket).await,
    }
}

async fn turn(name: &str, pause: bool, socket: &Path) -> anyhow::Result<u8> {
    let request = Request::Heartbeat { name: name.to_owned(), pause };
    match control::ask(socket, &request).await? {
        Reply::Done { said, .. } => output::print(&format!("{}\n", output::safe(&said)))?,
        Reply::Refused { why, .. } => bail!(why),
        _ => bail!("the watch answered something else"),
    }
    Ok(OK)
}

async fn open(path: &Path) -> anyhow::Result<(Config, Store, Book)> {
    let config = config::load(path, &super::environment())?;
    let store = Store::open_read_only(&config.store.path).await?;
    let book = store::heartbeat::book(&store).await?;
    Ok((config, store, book))
}

async fn list(json: bool, path: &Path) -> anyhow::Result<u8> {
    let (config, _, book) = open(path).await?;
    let now = clock::now();
    let (base, mails) = (origin(&config), config.heartbeat_mail.taken_at());
    let mut lines: Vec<(Shown, View)> = book
        .checks()
        .map(|(_, check)| (check.shown(now), View::new(&base, mails, &book, check, now)))
        .collect();
    lines.sort_by_key(|(shown, line)| (rank(*shown), line.name.clone()));
    if json {
        let lines: Vec<&View> = lines.iter().map(|(_, line)| line).collect();
        output::print_json(&lines)?;
        return Ok(OK);
    }
    if lines.is_empty() {
        let first = format!("{}/NAME?create=1", view::slugs(&base, &book));
        output::print(&format!(
            "No heartbeats. Name them in the config ([[heartbeat]]), or let a job make its own:\n\n    curl -fsS -m 10 --retry 5 '{first}'\n"
        ))?;
        return Ok(OK);
    }
    let zone = TimeZone::system();
    let time = |at: Option<Timestamp>| at.map_or_else(String::new, |at| output::local(at, &zone));
    let rows = lines.iter().map(|(shown, line)| {
        let running = if line.started { ", running" } else { "" };
        vec![
            output::paint(&format!("{}{running}", line.status), severity(*shown)),
            output::safe(&line.name),
            line.schedule.clone(),
            time(line.last_ping),
            time(line.next_ping),
            line.url.clone().unwrap_or_default(),
        ]
    });
    let head = ["STATUS", "NAME", "CALLS", "LAST", "NEXT", "AT"];
    output::print(&output::table(&head, rows))?;
    Ok(OK)
}

async fn show(name: &str, lines: u32, json: bool, path: &Path) -> anyhow::Result<u8> {
    let (config, store, book) = open(path).await?;
    let id = book
        .named(name)
        .with_context(|| format!("there is no heartbeat {name}: see nightkeep heartbeats"))?;
    let check = book.get(id).context("it was removed just now")?;
    let now = clock::now();
    let mails = config.heartbeat_mail.taken_at();
    let shown = View::new(&origin(&config), mails, &book, check, now);
    let log = store::heartbeat::log(&store, id, None, lines).await?;
    let from = now.checked_sub(BACK).unwrap_or(Timestamp::MIN);
    let flips = store::heartbeat::flips(&store, id, from, Timestamp::MAX).await?;
    let failures = store::heartbeat::log(&store, id, Some(Kind::Fail), FAILURES).await?;
    let subject = Subject::Heartbeat(check.definition.subject.clone());
    let told = store::outbox::of_subject(&store, &subject).await?;
    if json {
        let pings: Vec<_> = log.iter().map(PingView::from).collect();
        output::print_json(&serde_json::json!({
            "heartbeat": shown,
            "description": check.definition.desc,
            "tags": check.definition.tags,
            "channels": check.definition.channels,
            "pings": pings,
            "changes": flips,
            "told": told,
        }))?;
        return Ok(OK);
    }
    let zone = TimeZone::system();
    let mut out = format!("{}: {}\n", output::safe(&shown.title), shown.status);
    if !check.definition.desc.is_empty() {
        out += &format!("{}\n", output::safe(&check.definition.desc));
    }
    out += &format!("calls {}, at {}\n", shown.schedule, shown.url.unwrap_or_default());
    if let Some(email) = &shown.email {
        out += &format!("or by mail to {email}\n");
    }
    if !check.definition.channels.is_empty() {
        let channels = check.definition.channels.join(", ");
        out += &format!("told to {}, whatever the routes say\n", output::safe(&channels));
    }
    if let Some(at) = shown.down_after {
        out += &format!("is told of if it has not called by {}\n", output::local(at, &zone));
    }
    out += "\nCalls\n";
    out += &output::table(
        &["#", "WHEN", "WHAT", "TOOK", "FROM", "BY"],
        log.iter().map(|it| row(it, &zone)),
    );
    if !flips.is_empty() {
        out += "\nChanges\n";
        let rows = flips.iter().take(lines as usize).map(|flip| {
            let change = format!("{} → {}", flip.from.as_str(), flip.to.as_str());
            vec![output::local(flip.at, &zone), change, flip.reason.as_str().to_owned()]
        });
        out += &output::table(&["WHEN", "WHAT", "WHY"], rows);
    }
    if !told.is_empty() {
        out += "\nTold\n";
        let rows = told.iter().rev().take(lines as usize).map(|delivery| {
            let message = &delivery.notice.message;
            vec![
                output::local(message.at, &zone),
                message.kind.said().to_owned(),
                output::safe(&delivery.notice.channel),
                alerts::outcome(delivery, &zone),
            ]
        });
        out += &output::table(&["WHEN", "WHAT", "BY", "RESULT"], rows);
    }
    for failure in &failures {
        out += &sent(&store, id, failure, &zone).await?;
    }
    output::print(&out)?;
    Ok(OK)
}

/// What a failure sent, its end.
async fn sent(store: &Store, id: Id, line: &PingLine, zone: &TimeZone) -> anyhow::Result<String> {
    let Some(body) = store::heartbeat::body(store, id, line.n).await? else {
        return Ok(String::new());
    };
    let body = String::from_utf8_lossy(&body);
    let lines: Vec<&str> = body.lines().collect();
    let mut out = format!("\nSent with #{}, {}\n", line.n, output::local(line.at, zone));
    for line in &lines[lines.len().saturating_sub(SENT)..] {
        out += &format!("    {}\n", output::safe(line));
    }
    Ok(out)
}

fn row(line: &PingLine, zone: &TimeZone) -> Vec<String> {
    let what = match (line.kind, line.exit) {
        (Kind::Fail, Some(exit)) => format!("exit {exit}"),
        (Kind::Ignored, _) => String::from("does not count"),
        (kind, _) => kind.as_str().to_owned(),
    };
    let took = line.duration.map(output::length).unwrap_or_default();
    let by = format!("{} {}", line.method, line.agent);
    let from = line.remote.clone();
    let at = output::local(line.at, zone);
    vec![line.n.to_string(), at, what, took, from, output::safe(by.trim())]
}

/// The server's address, as it is called outside.
fn origin(config: &Config) -> String {
    let tcp = config.web.listen.iter().find_map(|listen| match listen {
        // It listens at every address; the host has a name.
        Listen::Tcp(address) if address.ip().is_unspecified() => {
            Some(format!("http://{}:{}", config.host, address.port()))
        }
        Listen::Tcp(address) => Some(format!("http://{address}")),
        Listen::Unix(_) | Listen::Pings(_) => None,
    });
    config.web.url.clone().or(tcp).unwrap_or_else(|| String::from("http://127.0.0.1:8466"))
}

fn rank(shown: Shown) -> u8 {
    match shown {
        Shown::Down => 0,
        Shown::Late => 1,
        Shown::New => 2,
        Shown::Paused => 3,
        Shown::Up => 4,
    }
}

fn severity(shown: Shown) -> Option<Severity> {
    match shown {
        Shown::Down => Some(Severity::Critical),
        Shown::Late => Some(Severity::Warning),
        Shown::New | Shown::Paused => Some(Severity::Info),
        Shown::Up => None,
    }
}
