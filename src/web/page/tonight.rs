//! Tonight: is everything well? What burns, worst first, and how the server is.

mod burning;
mod vital;

use askama::Template;
use jiff::SignedDuration;

pub(super) use self::burning::{Burning, CARDS, sorted};
use self::vital::Vital;
use super::frame::Frame;
use super::line::{MonitorLine, heartbeat_line, heartbeat_rank as rank, heartbeat_tone};
use super::visit::Visit;
use super::words::{self, Clock};
use super::{Call, Result, Route, html};
use crate::access::Role;
use crate::control::{Reply, Request, SourceStatus, Stated, Status};
use crate::heartbeat::view::View as Heartbeat;
use crate::model::{Event, Login, LoginPart, Phase, Severity, State, Subject};
use crate::monitor::Shown as MonitorShown;
use crate::store::{self, Store};
use crate::web::locale::when::length;
use crate::web::locale::{layout, tonight as t, word};

/// What is shown of each kind; the rest is on its own page.
const MOST: usize = 8;
/// Logins that are shown.
const LOGINS: usize = 5;
/// Bans that are counted.
const BANS: usize = 10_000;
const DAY: SignedDuration = SignedDuration::from_hours(24);
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// At the root, and where it is too when the status page is there.
pub(super) const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/", need: Role::Viewer, call: Call::Tonight },
    Route { method: "GET", path: "/tonight", need: Role::Viewer, call: Call::Tonight },
];

#[derive(Template)]
#[template(path = "page/tonight.html")]
struct Tonight {
    frame: Frame,
    clock: Clock,
    /// The one line.
    answer: String,
    /// What is known beside it.
    beside: String,
    tone: &'static str,
    burning: Vec<Burning>,
    /// Raised, but not yet for long enough; or nobody can tell.
    smouldering: Vec<Burning>,
    blind: Vec<SourceStatus>,
    store_error: String,
    vitals: Vec<Vital>,
    monitors: Vec<MonitorLine>,
    /// How many there are, and how many of them are well.
    monitor_count: (usize, usize),
    heartbeats: Vec<Heartbeat>,
    heartbeat_count: (usize, usize),
    logins: Vec<LoginLine>,
    bans: usize,
    banned: Vec<String>,
    certificates: Vec<CertificateLine>,
}

struct LoginLine {
    at: jiff::Timestamp,
    login: Login,
    /// What of it was not known.
    unknown: String,
}

struct CertificateLine {
    name: String,
    ends: jiff::Timestamp,
    left: i64,
    tone: &'static str,
}

pub(super) async fn answer(visit: &Visit) -> Result {
    html(&Tonight::of(visit).await?)
}

impl Tonight {
    async fn of(visit: &Visit) -> Result<Self> {
        let status = visit.status().await?;
        let store = visit.store().await.ok();
        let clock = visit.clock();
        let (burning, smouldering) = sorted(store.as_ref(), &status).await;
        let blind: Vec<_> =
            status.sources.iter().filter(|source| source.blind.is_some()).cloned().collect();
        let states = match visit.ask(Request::States).await? {
            Reply::States { states } => states,
            _ => Vec::new(),
        };
        let (logins, banned) = match &store {
            Some(store) => lately(store, visit).await?,
            None => (Vec::new(), Vec::new()),
        };
        let (answer, beside, tone) = verdict(&status, &burning, &blind);
        let (monitors, monitor_count) = monitors(visit).await?;
        let (heartbeats, heartbeat_count) = heartbeats(visit);
        let mut addresses: Vec<String> = banned.clone();
        addresses.dedup();
        Ok(Self {
            frame: visit.frame("t").await?,
            answer,
            beside,
            tone,
            burning,
            smouldering,
            blind,
            store_error: status.store_error.clone(),
            vitals: vital::all(visit, store.as_ref()).await?,
            monitors,
            monitor_count,
            heartbeats,
            heartbeat_count,
            logins,
            bans: banned.len(),
            banned: addresses.into_iter().take(5).collect(),
            certificates: certificates(&states, &clock),
            clock,
        })
    }
}

/// Is all well? In a line, with what belongs to it, and its tone.
fn verdict(
    status: &Status,
    burning: &[Burning],
    blind: &[SourceStatus],
) -> (String, String, &'static str) {
    let cared = burning.iter().filter(|alert| alert.view.acknowledged.is_some()).count();
    let beside = match (burning.len(), cared) {
        (0, _) => t::watched(length(status.at.duration_since(status.started))),
        (all, cared) if all == cared => t::cared_for_all().to_owned(),
        (_, 0) => t::cared_for_none().to_owned(),
        (_, cared) => t::cared_for(cared),
    };
    let worst = burning.iter().map(|alert| alert.view.severity).max();
    match worst {
        None if !blind.is_empty() || !status.store_error.is_empty() => {
            (t::nothing_seen().to_owned(), t::blind(beside), "unknown")
        }
        None => (t::all_well().to_owned(), beside, "up"),
        Some(Severity::Info) => (t::to_know(burning.len()), beside, "info"),
        Some(severity) => (t::troubles(burning.len()), beside, words::tone(severity)),
    }
}

/// Monitors in trouble first, then by name, as far as there is room; how many there are, and how
/// many are well.
async fn monitors(visit: &Visit) -> Result<(Vec<MonitorLine>, (usize, usize))> {
    let mut views = visit.monitors(None).await?;
    let well = views.iter().filter(|view| view.status == MonitorShown::Up).count();
    let count = (views.len(), well);
    views.sort_by(|a, b| (a.status, &a.name).cmp(&(b.status, &b.name)));
    views.truncate(MOST);
    let past = visit.app.past(visit.now).await;
    Ok((views.into_iter().map(|view| MonitorLine::of(view, &past, visit.now)).collect(), count))
}

fn heartbeats(visit: &Visit) -> (Vec<Heartbeat>, (usize, usize)) {
    let now = visit.now;
    let looked = visit.app.desk.look(|book| {
        let views = book.checks().map(|(_, check)| heartbeat_line(book, check, now));
        views.collect::<Vec<_>>()
    });
    let mut views = looked.unwrap_or_default();
    let well = views.iter().filter(|view| view.status == "up").count();
    let count = (views.len(), well);
    views.sort_by(|a, b| (rank(a.status), &a.title).cmp(&(rank(b.status), &b.title)));
    views.truncate(MOST);
    (views, count)
}

/// Who logged in within a week, newest first, and whom fail2ban banned within a day.
async fn lately(store: &Store, visit: &Visit) -> Result<(Vec<LoginLine>, Vec<String>)> {
    let ago = |span| visit.now.checked_sub(span).unwrap_or(visit.now);
    let logins = store::history::named(store, ago(WEEK), visit.now, &["login"], LOGINS).await?;
    let login = |(_, event)| match event {
        Event::Login { login, unknown, logged, .. } => {
            let unknown: Vec<&str> = unknown.iter().map(|part| LoginPart::as_str(*part)).collect();
            Some(LoginLine { at: logged, login, unknown: unknown.join(", ") })
        }
        _ => None,
    };
    let bans = store::history::named(store, ago(DAY), visit.now, &["ban"], BANS).await?;
    let address = |(_, event)| match event {
        Event::Ban { address } => Some(address),
        _ => None,
    };
    let logins = logins.into_iter().rev().filter_map(login).collect();
    Ok((logins, bans.into_iter().rev().filter_map(address).collect()))
}

/// Those that end first.
fn certificates(states: &[Stated], clock: &Clock) -> Vec<CertificateLine> {
    let mut lines = Vec::new();
    for stated in states {
        let (Subject::Certificate(place), State::Certificate(state)) =
            (&stated.subject, &stated.state)
        else {
            continue;
        };
        let Some(first) = state.seen.iter().min_by_key(|seen| seen.not_after) else { continue };
        let left = first.not_after.duration_since(clock.now);
        let days = left.as_hours().div_euclid(24);
        let tone = match days {
            ..3 => "down",
            3..14 => "degraded",
            _ => "up",
        };
        let name = first.names.first().unwrap_or(place).clone();
        lines.push(CertificateLine { name, ends: first.not_after, left: days, tone });
    }
    lines.sort_by(|a, b| (a.ends, &a.name).cmp(&(b.ends, &b.name)));
    lines.dedup_by(|a, b| a.name == b.name && a.ends == b.ends);
    lines.truncate(MOST);
    lines
}

/// Is it still so that an alert burns?
fn burns(phase: Phase) -> bool {
    phase == Phase::Firing
}
