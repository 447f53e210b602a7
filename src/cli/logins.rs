//! `nightkeep logins`: who came in, from where, by which key, known or new, how long, and what
//! they did. Trust and distrust.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::bail;
use clap::{Parser, Subcommand};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{OK, alerts, output};
use crate::clock;
use crate::config;
use crate::control::Request;
use crate::model::text::length;
use crate::model::{KnownLogins, Login, LoginPart, Severity, meant, network};
use crate::source::session::{self, Session};
use crate::source::sshd::{self, Failure, Logged, Seen};
use crate::source::sudo::{self, Sudo};
use crate::store;

/// Who came in, from where, by which key; known or new; how long; what they did.
#[derive(Debug, Parser)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// Back to this long ago (24h, 30d).
    #[arg(long, value_name = "TIME", value_parser = config::parse_duration, default_value = "7d")]
    since: SignedDuration,
    /// Only logins of which something is not known here.
    #[arg(long)]
    new: bool,
    /// Failed logins instead, by address.
    #[arg(long, conflicts_with = "new")]
    failed: bool,
    /// Only from this address.
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
    /// Only of this user.
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Call a login normal from now on: `deploy@198.51.100.7` with all of it, or one user, address
    /// or key (`SHA256:…`) alone.
    Trust {
        /// Users, addresses, keys, or logins (`user@address`).
        #[arg(required = true)]
        what: Vec<String>,
    },
    /// Call it strange again.
    Distrust {
        /// Users, addresses, keys, or logins (`user@address`).
        #[arg(required = true)]
        what: Vec<String>,
    },
    /// What is known, since when, and who said so.
    Known {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// A login as every source together tells it.
#[derive(Debug, Serialize)]
struct Shown {
    at: Timestamp,
    user: String,
    address: String,
    method: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    tty: String,
    /// What is not known here; null if nobody could say.
    unknown: Option<Vec<LoginPart>>,
    failures_before: u32,
    ended: Option<Timestamp>,
    /// What it did as another user, by sudo.
    commands: Vec<Sudo>,
    sources: Vec<&'static str>,
}

/// The tries of one address that failed.
#[derive(Debug, Serialize)]
struct Tried {
    address: String,
    tries: u32,
    users: Vec<String>,
    first: Timestamp,
    last: Timestamp,
    /// It got in as well.
    got_in: bool,
}

/// Failures of a login elsewhere belong to the same one if they are this near.
const NEAR: SignedDuration = SignedDuration::from_secs(20);
/// Names shown of those that were tried.
const MOST_NAMES: usize = 5;

pub(super) async fn run(args: &Args, config: &Path, socket: &Path) -> anyhow::Result<u8> {
    match &args.what {
        Some(What::Trust { what }) => trust(true, what, config, socket).await,
        Some(What::Distrust { what }) => trust(false, what, config, socket).await,
        Some(What::Known { json }) => show_known(*json, config).await,
        None => show(args, config).await,
    }
}

async fn known(config: &Path) -> anyhow::Result<KnownLogins> {
    let store = alerts::open_store(config).await?;
    Ok(KnownLogins::take(&mut store::alert::rows(&store).await?))
}

/// sshd's log since then: logins, failures, and why there is none.
async fn read_log(since: Timestamp) -> (Vec<Logged>, Vec<Failure>, Option<String>) {
    let read = tokio::task::spawn_blocking(move || {
        let (mut logins, mut failures) = (Vec::<Logged>::new(), Vec::new());
        let done = sshd::history(since, |seen| match seen {
            Seen::Login(logged) => logins.push(logged),
            Seen::Failure(failure) => failures.push(failure),
            Seen::Ended { at, address, port } => {
                let mut open = logins.iter_mut().rev().filter(|logged| logged.ended.is_none());
                let mine = open.find(|it| it.login.port == port && it.login.address == address);
                if let Some(logged) = mine {
                    logged.ended = Some(at);
                }
            }
        });
        (logins, failures, done.err().map(|blind| blind.to_string()))
    });
    read.await.unwrap_or_else(|error| (Vec::new(), Vec::new(), Some(error.to_string())))
}

async fn show(args: &Args, config: &Path) -> anyhow::Result<u8> {
    let now = clock::now();
    let since = now.checked_sub(args.since)?;
    let (mut logins, mut failures, trouble) = read_log(since).await;
    let mut notes: Vec<String> = trouble.into_iter().collect();
    let wanted = |user: &str, address: &str| {
        args.user.as_deref().is_none_or(|wanted| wanted == user)
            && args.address.as_deref().is_none_or(|wanted| network(wanted) == network(address))
    };
    if args.failed {
        let got_in: Vec<_> = logins.iter().map(|logged| logged.login.address.clone()).collect();
        let (more, unread) = session::failed(Path::new("/"), since);
        notes.extend(unread);
        // sshd's failures are in its own log; btmp has those of the console.
        failures.extend(more.into_iter().filter(|failed| failed.from.is_empty()).map(|failed| {
            let address = String::from("console");
            Failure { at: failed.at, address, user: failed.user, count: 1 }
        }));
        failures.retain(|failure| wanted(&failure.user, &failure.address));
        return show_failed(&tried(failures, &got_in), &notes, args.json);
    }
    let known = match known(config).await {
        Ok(known) => Some(known),
        Err(error) => {
            notes.push(format!("what is known cannot be read: {error:#}"));
            None
        }
    };
    logins.retain(|logged| wanted(&logged.login.user, &logged.login.address));
    let (sessions, unread) = session::sessions(Path::new("/"), since);
    notes.extend(unread);
    let sudos = tokio::task::spawn_blocking(move || sudo::history(Path::new("/"), since))
        .await?
        .unwrap_or_default();
    let mut shown = join(logins, sessions, &sudos, known.as_ref(), now);
    let root = Path::new("/");
    let forgotten = session::last(root).into_iter().filter(|last| last.began >= since);
    add_forgotten(&mut shown, forgotten, known.as_ref());
    shown.retain(|login| wanted(&login.user, &login.address));
    if args.new {
        shown.retain(|login| login.unknown.as_ref().is_none_or(|unknown| !unknown.is_empty()));
    }
    if args.json {
        output::print_json(&serde_json::json!({ "logins": shown, "notes": notes }))?;
        return Ok(OK);
    }
    let zone = TimeZone::system();
    if shown.is_empty() {
        let span = crate::model::text::span(args.since);
        output::print(&format!("No such logins within {span}.\n"))?;
    } else {
        let head = ["WHEN", "USER", "FROM", "HOW", "KNOWN", "LASTED", "DID"];
        output::print(&output::table(&head, shown.iter().map(|login| row(login, now, &zone))))?;
    }
    say(&notes)?;
    Ok(OK)
}

fn say(notes: &[String]) -> anyhow::Result<()> {
    for note in notes {
        output::print(&format!("not seen: {}\n", output::safe(note)))?;
    }
    Ok(())
}

/// Puts together what the sources say of the same login.
fn join(
    logins: Vec<Logged>,
    mut sessions: Vec<Session>,
    sudos: &[Sudo],
    known: Option<&KnownLogins>,
    now: Timestamp,
) -> Vec<Shown> {
    let mut shown: Vec<Shown> = Vec::new();
    for Logged { at, login, failures, ended } in logins {
        let same = |session: &Session| {
            session.user == login.user
                && (session.from.is_empty() || network(&session.from) == network(&login.address))
                && session.began.duration_since(at).abs() < NEAR
        };
        let session = sessions.iter().position(same).map(|at| sessions.swap_remove(at));
        let unknown = known.map(|known| known.unknown(&login));
        let Login { user, address, method, key_kind, fingerprint, .. } = login;
        let of_session = session.as_ref().and_then(|session| session.ended);
        let mut sources = vec!["ssh"];
        sources.extend(session.as_ref().map(|session| session.source));
        shown.push(Shown {
            at,
            user,
            address,
            method,
            key_kind,
            fingerprint,
            tty: session.map(|session| session.tty).unwrap_or_default(),
            unknown,
            failures_before: failures,
            ended: ended.or(of_session),
            commands: Vec::new(),
            sources,
        });
    }
    // The rest did not come by ssh: the console, or a log that is gone.
    shown.extend(sessions.into_iter().map(|session| of_session(session, known)));
    shown.sort_by_key(|login| std::cmp::Reverse(login.at));
    // A command belongs to the last login of its user before it that was not over.
    for sudo in sudos {
        let fits = |login: &&mut Shown| {
            login.user == sudo.user && login.at <= sudo.at && login.ended.unwrap_or(now) >= sudo.at
        };
        if let Some(login) = shown.iter_mut().find(fits) {
            login.commands.push(sudo.clone());
        }
    }
    shown
}

/// A session of which sshd's log says nothing.
fn of_session(session: Session, known: Option<&KnownLogins>) -> Shown {
    let strange = |known: &KnownLogins| !known.knows(LoginPart::User, &session.user);
    let unknown =
        known.map(|known| strange(known).then_some(LoginPart::User).into_iter().collect());
    Shown {
        at: session.began,
        user: session.user,
        address: session.from,
        method: String::new(),
        key_kind: None,
        fingerprint: None,
        tty: session.tty,
        unknown,
        failures_before: 0,
        ended: session.ended,
        commands: Vec::new(),
        sources: vec![session.source],
    }
}

/// Last logins that no other record tells of: their log is gone.
fn add_forgotten(
    shown: &mut Vec<Shown>,
    last: impl Iterator<Item = Session>,
    known: Option<&KnownLogins>,
) {
    for session in last {
        let told = shown.iter().any(|login| {
            login.user == session.user && login.at.duration_since(session.began).abs() < NEAR * 3
        });
        if !told {
            shown.push(of_session(session, known));
        }
    }
    shown.sort_by_key(|login| std::cmp::Reverse(login.at));
}

fn row(login: &Shown, now: Timestamp, zone: &TimeZone) -> Vec<String> {
    let key = login.fingerprint.as_deref().map(|key| {
        let short = key.strip_prefix("SHA256:").unwrap_or(key);
        format!(
            "{} {}",
            login.key_kind.as_deref().unwrap_or("key"),
            short.chars().take(10).collect::<String>()
        )
    });
    let how = match (key, login.method.is_empty()) {
        (Some(key), _) => key,
        (None, false) => login.method.clone(),
        (None, true) => login.tty.clone(),
    };
    let unknown = login.unknown.as_ref().map(|unknown| {
        let words: Vec<_> = unknown.iter().map(|part| part.as_str()).collect();
        if words.is_empty() {
            String::from("known")
        } else {
            output::paint(&format!("new {}", words.join(", ")), Some(Severity::Warning))
        }
    });
    let guessed = match login.failures_before {
        0..5 => String::new(),
        n => output::paint(&format!(" after {n} failures"), Some(Severity::Critical)),
    };
    let lasted = match login.ended {
        Some(ended) => length(ended.duration_since(login.at)),
        None if now.duration_since(login.at) > SignedDuration::from_hours(24 * 7) => {
            String::from("?")
        }
        None => String::from("still on"),
    };
    let did = match login.commands.as_slice() {
        [] => String::new(),
        [one] => format!("sudo {}", one.command),
        [first, rest @ ..] => format!("sudo {} and {} more", first.command, rest.len()),
    };
    let did = output::safe(&did).chars().take(60).collect();
    vec![
        output::local(login.at, zone),
        output::safe(&login.user),
        if login.address.is_empty() { String::from("here") } else { output::safe(&login.address) },
        output::safe(&how),
        format!("{}{guessed}", unknown.unwrap_or_else(|| String::from("?"))),
        lasted,
        did,
    ]
}

fn tried(failures: Vec<Failure>, got_in: &[String]) -> Vec<Tried> {
    let mut by_address: BTreeMap<String, Tried> = BTreeMap::new();
    for failure in failures {
        let tried = by_address.entry(failure.address.clone()).or_insert_with(|| Tried {
            got_in: got_in.contains(&failure.address),
            address: failure.address,
            tries: 0,
            users: Vec::new(),
            first: failure.at,
            last: failure.at,
        });
        tried.tries = tried.tries.saturating_add(failure.count);
        tried.last = failure.at;
        if !tried.users.contains(&failure.user) && tried.users.len() < 1000 {
            tried.users.push(failure.user);
        }
    }
    let mut tried: Vec<_> = by_address.into_values().collect();
    tried.sort_by_key(|tried| std::cmp::Reverse((tried.got_in, tried.tries)));
    tried
}

fn show_failed(tried: &[Tried], notes: &[String], json: bool) -> anyhow::Result<u8> {
    if json {
        output::print_json(&serde_json::json!({ "failed": tried, "notes": notes }))?;
        return Ok(OK);
    }
    let zone = TimeZone::system();
    let rows = tried.iter().map(|tried| {
        let names: Vec<_> =
            tried.users.iter().take(MOST_NAMES).map(|name| output::safe(name)).collect();
        let more = tried.users.len().saturating_sub(MOST_NAMES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let got_in = if tried.got_in {
            output::paint("GOT IN", Some(Severity::Critical))
        } else {
            String::new()
        };
        vec![
            output::safe(&tried.address),
            tried.tries.to_string(),
            format!("{}{more}", names.join(", ")),
            output::local(tried.first, &zone),
            output::local(tried.last, &zone),
            got_in,
        ]
    });
    if tried.is_empty() {
        output::print("No failed logins.\n")?;
    } else {
        output::print(&output::table(&["FROM", "TRIES", "AS", "FIRST", "LAST", ""], rows))?;
    }
    say(notes)?;
    Ok(OK)
}

async fn show_known(json: bool, config: &Path) -> anyhow::Result<u8> {
    let known = known(config).await?;
    let zone = TimeZone::system();
    if json {
        let all: Vec<_> = known
            .iter()
            .map(|(part, name, known)| serde_json::json!({ "part": part, "name": name, "since": known.since, "by": known.by }))
            .collect();
        output::print_json(&all)?;
    } else {
        let rows = known.iter().map(|(part, name, known)| {
            let since = output::local(known.since, &zone);
            vec![part.as_str().to_owned(), output::safe(name), since, output::safe(&known.by)]
        });
        output::print(&output::table(&["WHAT", "NAME", "SINCE", "BY"], rows))?;
    }
    Ok(OK)
}

/// How far back logins are looked for that `user@address` may mean.
const MEANT: SignedDuration = SignedDuration::from_hours(24 * 30);

async fn trust(trusted: bool, what: &[String], config: &Path, socket: &Path) -> anyhow::Result<u8> {
    let (logins, _, trouble) = read_log(clock::now().checked_sub(MEANT)?).await;
    let logins: Vec<Login> = logins.into_iter().map(|logged| logged.login).collect();
    let mut parts = Vec::new();
    for name in what {
        parts.extend(meant(name, &logins).ok_or_else(|| {
            let why = trouble.as_ref().map_or_else(String::new, |why| format!(" ({why})"));
            anyhow::anyhow!(
                "no login {name} within 30 days{why}: see nightkeep logins --since 30d, or name a user, an address or a key (SHA256:…)"
            )
        })?);
    }
    if parts.is_empty() {
        bail!("name a user, an address, a key or a login");
    }
    let settled = known(config).await.unwrap_or_default().settled(&parts, &logins);
    let by = alerts::whoami();
    let request = Request::Trust { trusted, parts, logins: settled, by };
    alerts::tell_watch(socket, &request).await
}
