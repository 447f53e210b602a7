//! Looks up what the page is filled with: asks the watch, the book of heartbeats, the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::fill::{Beat, Known, Seen, fill};
use crate::alert::AlertView;
use crate::clock;
use crate::config::Config;
use crate::control::{Reply, Request};
use crate::heartbeat::check::Flip;
use crate::model::{HeartbeatStatus, Phase, Subject};
use crate::monitor::{MonitorView, Shown};
use crate::respond::incident::{Public, published};
use crate::store;
use crate::web::App;
use crate::web::status::Page;

/// The page and what badges say. None: the watch does not answer, as at its end.
pub(super) async fn look(
    app: &App,
    config: &Arc<Config>,
) -> Option<(Page, BTreeMap<String, Known>)> {
    let now = clock::now();
    let Reply::Monitors { monitors } = app.ask(Request::Monitors { name: None }).await? else {
        return None;
    };
    let Reply::Status(status) = app.ask(Request::Status).await? else { return None };
    let minor = minor(app, config, &monitors).await;
    let past = app.past(now).await;
    let seen = Seen {
        config,
        now,
        monitors: &monitors,
        minor,
        since: since(&status.alerts),
        heartbeats: heartbeats(app, config, now).await,
        past: &past,
        incidents: incidents(config).await,
    };
    Some(fill(&seen))
}

/// Shown monitors that are degraded only because a certificate or a domain ends soon: the owner has
/// to hear of that, but for visitors all is well.
async fn minor(app: &App, config: &Config, monitors: &[MonitorView]) -> BTreeSet<String> {
    let mut minor = BTreeSet::new();
    let shown = |one: &&MonitorView| {
        let shows = &config.status_page.show;
        shows.iter().any(|show| show.has_monitor(&one.name, one.group.as_deref(), &one.tags))
    };
    let degraded = monitors.iter().filter(|one| one.status == Shown::Degraded).filter(shown);
    for monitor in degraded {
        let asked = Request::Monitors { name: Some(monitor.name.clone()) };
        let Some(Reply::Monitors { monitors: one }) = app.ask(asked).await else { continue };
        let tests = one.first().map_or(&[][..], |view| &view.tests);
        let mut lacking = tests.iter().filter(|test| !test.holds).peekable();
        let is_of_owner =
            |test: &str| test.starts_with("certificate") || test.starts_with("domain");
        if lacking.peek().is_some() && lacking.all(|test| is_of_owner(&test.test)) {
            minor.insert(monitor.name.clone());
        }
    }
    minor
}

/// Since when alerts of monitors burn: unlike the monitors themselves, they outlive a restart.
fn since(alerts: &[AlertView]) -> BTreeMap<String, Timestamp> {
    let mut since = BTreeMap::new();
    for alert in alerts.iter().filter(|alert| alert.phase == Phase::Firing) {
        if let Subject::Monitor(name) = &alert.key.subject {
            let first = since.entry(name.clone()).or_insert(alert.since);
            *first = alert.since.min(*first);
        }
    }
    since
}

async fn heartbeats(app: &App, config: &Config, now: Timestamp) -> Vec<Beat> {
    let shows = &config.status_page.show;
    let looked = app.desk.look(|book| {
        let shown = book.checks().filter(|(_, check)| {
            let own = &check.definition;
            shows.iter().any(|show| show.has_heartbeat(&own.subject, &own.tags))
        });
        let beat = |(id, check): (i64, &crate::heartbeat::Check)| {
            let own = &check.definition;
            let name = [&own.name, &own.slug, &own.subject];
            let name = name.into_iter().find(|name| !name.is_empty()).cloned().unwrap_or_default();
            let beat = Beat {
                subject: own.subject.clone(),
                name,
                tags: own.tags.clone(),
                shown: check.shown(now),
                since: check.life.since,
                flips: Vec::new(),
            };
            (id, beat, own.created, check.life.status)
        };
        shown.map(beat).collect::<Vec<_>>()
    });
    let store = app.reader().await;
    // Before that, nobody knows what it was.
    let oldest = now.checked_sub(store::heartbeat::KEEP_FLIPS).unwrap_or(now);
    let mut beats = Vec::new();
    for (id, mut beat, created, status) in looked.unwrap_or_default() {
        let flips = match &store {
            Some(store) => store::heartbeat::flips(store, id, oldest, now).await,
            None => Ok(Vec::new()),
        };
        match flips {
            Ok(flips) => beat.flips = known(flips, created.max(oldest), beat.since, status),
            Err(error) => tracing::warn!("the status page goes without a past: {error}"),
        }
        beats.push(beat);
    }
    beats
}

/// From flips, newest first, to what is known from when on.
fn known(
    mut flips: Vec<Flip>,
    begin: Timestamp,
    since: Timestamp,
    status: HeartbeatStatus,
) -> Vec<(Timestamp, Option<bool>)> {
    let is_up = |status| match status {
        HeartbeatStatus::Up => Some(true),
        HeartbeatStatus::Down => Some(false),
        HeartbeatStatus::New | HeartbeatStatus::Paused => None,
    };
    flips.reverse();
    let Some(first) = flips.first() else {
        // Its last flip is older than flips are kept.
        return vec![(since.max(begin), is_up(status))];
    };
    let before = (begin.min(first.at), is_up(first.from));
    std::iter::once(before).chain(flips.iter().map(|flip| (flip.at, is_up(flip.to)))).collect()
}

async fn incidents(config: &Config) -> Vec<Public> {
    let path = config.store.path.clone();
    // Some files of some kilobytes, but from a disk that may hang.
    tokio::task::spawn_blocking(move || published(&path)).await.unwrap_or_default()
}
