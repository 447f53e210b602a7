//! `/metrics`, for whom the config lets read it, or who shows a token.

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::{HeaderMap, Method, StatusCode};
use jiff::{SignedDuration, Timestamp};

use super::file::{File, Keep, only_read};
use super::metrics::{
    Alert, Certificate, Heartbeat, MEDIA_TYPE, Metrics, Monitor, Own, Source, Uptime, text,
};
use super::past::Past;
use super::{Answer, App, token as shown};
use crate::clock;
use crate::config::{Config, MonitorType};
use crate::control::{Reply, Request, Status};
use crate::heartbeat::check::{Check, Shown};
use crate::model::{Phase, Series};
use crate::monitor::MonitorView;
use crate::store::{self, Store};
use crate::token::{self, Scope};

/// A series that has been silent for longer has no last value: samples are written once a minute.
const LAST: SignedDuration = SignedDuration::from_mins(3);

/// Answers Prometheus.
pub(super) async fn answer(
    app: &App,
    config: &Arc<Config>,
    nearest: Option<IpAddr>,
    method: &Method,
    headers: &HeaderMap,
) -> Answer {
    let is_let = nearest
        .is_none_or(|nearest| config.web.metrics_from.iter().any(|network| network.has(nearest)));
    if !is_let && !has_token(app, headers).await {
        return refused(
            StatusCode::FORBIDDEN,
            "not from here: [web] metrics-from in the config, or nightkeep token add --scope metrics\n",
        );
    }
    if !matches!(*method, Method::GET | Method::HEAD) {
        return only_read();
    }
    match metrics(app, config).await {
        Some(metrics) => File::new(MEDIA_TYPE, Keep::Never, text(&metrics)).answer(method, headers),
        None => refused(StatusCode::SERVICE_UNAVAILABLE, "the watch does not answer\n"),
    }
}

/// Does whoever asks show a token that is good for this? As a bearer, as an API key, or as the
/// password of whatever user, which is how Uptime Kuma has it.
async fn has_token(app: &App, headers: &HeaderMap) -> bool {
    let shown = match shown::authorization(headers) {
        Some((kind, both)) if kind.eq_ignore_ascii_case("basic") => password(both),
        _ => shown::shown(headers).map(str::to_owned),
    };
    let store = app.store.borrow().clone();
    let (Some(shown), Some(store)) = (shown, store) else { return false };
    let known = store::token::all(&store).await.unwrap_or_default();
    matches!(token::scope(&known, &shown), Some(Scope::Read | Scope::Write | Scope::Metrics))
}

fn password(both: &str) -> Option<String> {
    let both = String::from_utf8(STANDARD.decode(both.trim()).ok()?).ok()?;
    both.split_once(':').map(|(_, password)| password.to_owned())
}

fn refused(status: StatusCode, why: &'static str) -> Answer {
    let mut answer = Answer::new(Either::Left(Full::new(Bytes::from_static(why.as_bytes()))));
    *answer.status_mut() = status;
    answer
}

async fn metrics(app: &App, config: &Config) -> Option<Metrics> {
    let now = clock::now();
    let Reply::Monitors { monitors } = app.ask(Request::Monitors { name: None }).await? else {
        return None;
    };
    let Reply::Status(status) = app.ask(Request::Status).await? else { return None };
    let store = app.reader().await;
    let (vitals, pending) = stored(store.as_ref(), now).await;
    let past = app.past(now).await;
    let heartbeats = app
        .desk
        .look(|book| book.checks().map(|(_, check)| heartbeat(check, now)).collect::<Vec<_>>());
    Some(Metrics {
        at: now,
        monitors: monitors.iter().map(|view| monitor(view, &past, now)).collect(),
        heartbeats: heartbeats.unwrap_or_default(),
        alerts: alerts(&status),
        vitals,
        own: Own {
            host: config.host.clone(),
            version: status.version,
            started: status.started,
            sources: status
                .sources
                .iter()
                .map(|one| Source { name: one.source.to_string(), sees: one.blind.is_none() })
                .collect(),
            is_store_failing: !status.store_error.is_empty(),
            crashes: status.crashes,
            dropped: status.dropped,
            pending_notices: pending,
            store_bytes: store.map(|store| store.size_bytes()),
        },
    })
}

/// The last value of each series, and how many notices wait. A store that cannot be read is told
/// of by its own metric.
async fn stored(store: Option<&Store>, now: Timestamp) -> (Vec<(Series, f32)>, u64) {
    let Some(store) = store else { return (Vec::new(), 0) };
    let since = now.checked_sub(LAST).unwrap_or(now);
    let vitals = store::sample::latest(store, since, |_| true).await.unwrap_or_default();
    (vitals, store::outbox::count_pending(store).await.unwrap_or_default())
}

fn monitor(view: &MonitorView, past: &Past, now: Timestamp) -> Monitor {
    let is_url = matches!(view.kind, MonitorType::Http | MonitorType::Websocket);
    let (host, port) = match view.target.rsplit_once(':') {
        _ if is_url => ("", ""),
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
        _ => (view.target.as_str(), ""),
    };
    let certificate = |ends: Timestamp| Certificate {
        days: ends.duration_since(now).as_secs().div_euclid(86_400),
        // One that did not convince would have been no answer.
        is_valid: ends > now,
    };
    let uptime = |window, over: super::past::Over| Uptime {
        window,
        ratio: over.uptime,
        latency_seconds: over.latency,
    };
    Monitor {
        name: view.name.clone(),
        kind: view.kind.as_str().to_owned(),
        url: if is_url { view.target.clone() } else { String::new() },
        hostname: host.to_owned(),
        port: port.to_owned(),
        tags: view.tags.clone(),
        status: view.status.as_str(),
        latency_seconds: view.latency_seconds,
        certificate: view.certificate_ends.map(certificate),
        uptime: vec![
            uptime("1d", past.last_day(&view.name, now)),
            uptime("30d", past.last_days(&view.name, now, 30)),
            uptime("365d", past.last_days(&view.name, now, 365)),
        ],
        missed: view.missed,
    }
}

fn heartbeat(check: &Check, now: Timestamp) -> Heartbeat {
    let (own, life) = (&check.definition, &check.life);
    Heartbeat {
        name: if own.name.is_empty() { own.subject.clone() } else { own.name.clone() },
        tags: own.tags.clone(),
        key: own.subject.clone(),
        status: match check.shown(now) {
            Shown::New => "new",
            Shown::Up => "up",
            Shown::Late => "grace",
            Shown::Down => "down",
            Shown::Paused => "paused",
        },
        started: check.is_started(),
        run_seconds: life.last_duration.map(|took| took.as_secs_f64()),
        last_success: life.last_success,
    }
}

/// Alerts that are not over.
fn alerts(status: &Status) -> Vec<Alert> {
    let burns = |phase: Phase| matches!(phase, Phase::Pending | Phase::Firing | Phase::Unknown);
    let alerts = status.alerts.iter().filter(|alert| burns(alert.phase));
    alerts
        .map(|alert| Alert {
            rule: alert.key.rule.to_string(),
            subject: alert.key.subject.to_string(),
            severity: alert.severity,
            phase: alert.phase.as_str().to_owned(),
            acknowledged: alert.acknowledged.is_some(),
        })
        .collect()
}
