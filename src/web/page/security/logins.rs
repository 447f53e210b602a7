//! Who came in, known or new; and what is trusted.

use askama::Template;
use jiff::{SignedDuration, Timestamp};

use super::blind::Blind;
use crate::control::Request;
use crate::model::{Event, Known, KnownLogins, Login, LoginPart, meant, network};
use crate::store::{self, Store};
use crate::web::api::problem::Problem;
use crate::web::locale::{logins as t, security};
use crate::web::page::frame::Frame;
use crate::web::page::visit::Visit;
use crate::web::page::words::Clock;
use crate::web::page::{Result, html};

/// On one page.
const PAGE: usize = 50;
/// Read at once, and how often at most for one page: of a year without a hit, no more is read.
const READ: usize = 200;
const READS: usize = 20;
/// How far back logins are looked for that `user@address` may mean.
const MEANT: SignedDuration = SignedDuration::from_hours(24 * 30);

/// A login, with what of it is not known now.
#[derive(Debug, Clone)]
pub(super) struct Line {
    seq: i64,
    pub(super) at: Timestamp,
    pub(super) login: Login,
    pub(super) unknown: Vec<(LoginPart, String)>,
    pub(super) failures: u32,
}

#[derive(Template)]
#[template(path = "page/security/logins.html")]
struct Logins {
    frame: Frame,
    clock: Clock,
    here: &'static str,
    blind: Vec<Blind>,
    lines: Vec<Line>,
    holding: String,
    only_new: bool,
    /// The address of what is older.
    older: Option<String>,
}

#[derive(Template)]
#[template(path = "page/security/known.html")]
struct Trusted {
    frame: Frame,
    clock: Clock,
    here: &'static str,
    blind: Vec<Blind>,
    groups: Vec<Group>,
}

/// What is trusted of one kind, newest first.
struct Group {
    name: &'static str,
    part: LoginPart,
    known: Vec<(String, Known)>,
}

/// What is trusted.
pub(super) async fn known_logins(store: &Store) -> Result<KnownLogins> {
    Ok(KnownLogins::take(&mut store::alert::rows(store).await?))
}

/// Logins before one, newest first, and where to go on.
pub(super) async fn lines(
    store: &Store,
    known: &KnownLogins,
    holding: &str,
    only_new: bool,
    mut before: i64,
    most: usize,
) -> Result<(Vec<Line>, Option<i64>)> {
    let mut lines = Vec::new();
    for _ in 0..READS {
        let read = store::history::latest_of(store, "login", holding, before, READ).await?;
        let is_end = read.len() < READ;
        for (seq, _, event) in read {
            before = seq;
            let Event::Login { login, failures, logged, .. } = event else { continue };
            let mut unknown = login.parts();
            unknown.retain(|(part, name)| !known.knows(*part, name));
            if only_new && unknown.is_empty() {
                continue;
            }
            lines.push(Line { seq, at: logged, login, unknown, failures });
            if lines.len() > most {
                lines.pop();
                return Ok((lines.clone(), lines.last().map(|line| line.seq)));
            }
        }
        if is_end {
            return Ok((lines, None));
        }
    }
    Ok((lines, Some(before)))
}

pub(super) async fn show(visit: &Visit) -> Result {
    let store = visit.store().await?;
    let known = known_logins(&store).await?;
    let holding = visit.query.text("q").to_owned();
    let only_new = visit.query.some("new").is_some();
    let before = visit.query.text("before").parse().unwrap_or(i64::MAX);
    let (lines, older) = lines(&store, &known, &holding, only_new, before, PAGE).await?;
    let older = older.map(|seq| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(visit.query.pairs().filter(|(name, _)| *name != "before"));
        query.append_pair("before", &seq.to_string()).finish()
    });
    html(&Logins {
        frame: visit.frame("e").await?,
        clock: visit.clock(),
        here: "/security/logins",
        blind: blind(visit).await?,
        lines,
        holding,
        only_new,
        older,
    })
}

/// Does the watch see who logs in?
pub(super) async fn blind(visit: &Visit) -> Result<Vec<Blind>> {
    if !visit.config.ssh.enabled {
        return Ok(vec![Blind::new(
            security::blind_logins(),
            security::ssh_off(),
            "sudoedit /etc/nightkeep/nightkeep.toml && systemctl reload nightkeep",
        )]);
    }
    let sources = visit.status().await?.sources;
    let ssh = sources.into_iter().find(|one| one.source == crate::model::SourceName::Ssh);
    let why = ssh.and_then(|ssh| ssh.blind);
    Ok(why.map(|said| Blind::said(security::blind_logins(), &said)).into_iter().collect())
}

pub(super) async fn known(visit: &Visit) -> Result {
    let known = known_logins(&visit.store().await?).await?;
    let of = |part: LoginPart| {
        let mine = known.iter().filter(|(known, ..)| *known == part);
        let mut mine: Vec<_> =
            mine.map(|(_, name, known)| (name.to_owned(), known.clone())).collect();
        mine.sort_by_key(|(_, known)| std::cmp::Reverse(known.since));
        mine
    };
    let names = [
        (t::users(), LoginPart::User),
        (t::keys(), LoginPart::Key),
        (t::addresses(), LoginPart::Address),
    ];
    html(&Trusted {
        frame: visit.frame("e").await?,
        clock: visit.clock(),
        here: "/security/known",
        blind: Vec::new(),
        groups: names
            .into_iter()
            .map(|(name, part)| Group { name, part, known: of(part) })
            .collect(),
    })
}

/// Trusts what the form says, or no more: a login (`what`), or a single `user`, `key` or `address`.
pub(super) async fn trust(visit: &Visit) -> Result {
    let store = visit.store().await?;
    let trusted = match visit.form.text("trusted") {
        "yes" => true,
        "no" => false,
        _ => return Err(Problem::wrong(t::trust_unsaid())),
    };
    let logins = lately(&store, visit.now).await?;
    let mut parts = Vec::new();
    for part in LoginPart::ALL {
        for name in visit.form.all(part.as_str()).filter(|name| !name.is_empty()) {
            let name = if part == LoginPart::Address { network(name) } else { name.to_owned() };
            parts.push((part, name));
        }
    }
    if let Some(login) = visit.form.some("what") {
        let found = meant(login, &logins)
            .ok_or_else(|| Problem::missing(t::no_login(login)).instead(t::trust_alone()))?;
        parts.extend(found);
    }
    if parts.is_empty() {
        return Err(Problem::wrong(t::nothing_named()));
    }
    let settled = known_logins(&store).await?.settled(&parts, &logins);
    let request = Request::Trust { trusted, parts, logins: settled, by: visit.by() };
    let said = visit.tell(request).await?;
    visit.done("/security/logins", said)
}

/// The logins of the last 30 days.
async fn lately(store: &Store, now: Timestamp) -> Result<Vec<Login>> {
    let since = now.checked_sub(MEANT).unwrap_or(now);
    let read = store::history::latest_of(store, "login", "", i64::MAX, READ * READS).await?;
    let within = read.into_iter().filter(|(_, at, _)| *at >= since);
    let login = |(_, _, event)| match event {
        Event::Login { login, .. } => Some(login),
        _ => None,
    };
    Ok(within.filter_map(login).collect())
}
