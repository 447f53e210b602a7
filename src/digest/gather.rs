//! What the store knows of a time.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Digest, Fired, Mount};
use crate::alert;
use crate::model::{
    AlertKey, Decision, Event, Metric, Phase, Series, Severity, SourceName, Subject,
};
use crate::rule;
use crate::store::outbox::DeliveryState;
use crate::store::{self, Store, StoreError};

/// Seconds of one step when rates are added up.
const STEP: i64 = 300;
/// Deliveries that are looked at.
const DELIVERIES: usize = 10_000;

/// Puts together what happened in `from..until`. `seen` are the sources that see now.
///
/// # Errors
/// When the store cannot be read.
pub async fn gather(
    store: &Store,
    seen: &[SourceName],
    from: Timestamp,
    until: Timestamp,
) -> Result<Digest, StoreError> {
    let mut digest = Digest { alerts: fired(store, from, until).await?, ..Digest::default() };
    for event in store::history::events(store, from, until).await? {
        take(&mut digest, event, from);
    }
    let before = from.checked_sub(until.duration_since(from)).unwrap_or(from);
    digest.failed.0 = failed(store, from, until).await?.unwrap_or(0);
    digest.failed.1 = failed(store, before, from).await?;
    digest.mounts = mounts(store, from, until).await?;
    let now = memory(store, from, until).await?;
    if let Some(now) = now {
        digest.memory = Some((now, memory(store, before, from).await?));
    }
    for delivery in store::outbox::recent(store, DELIVERIES).await? {
        let when = delivery.notice.message.at;
        if delivery.state == DeliveryState::GivenUp && when >= from && when < until {
            *digest.undelivered.entry(delivery.notice.channel).or_default() += 1;
        }
    }
    let told = |source: SourceName| digest.alerts.iter().any(|it| it.key.rule.source() == source);
    digest.quiet = seen.iter().copied().filter(|source| !told(*source)).collect();
    Ok(digest)
}

/// Alerts that fired in that time or still did.
async fn fired(store: &Store, from: Timestamp, until: Timestamp) -> Result<Vec<Fired>, StoreError> {
    let mut found: BTreeMap<AlertKey, Fired> = BTreeMap::new();
    let mut began: BTreeMap<AlertKey, Timestamp> = BTreeMap::new();
    for decision in store::decision::list(store, from, until, usize::MAX).await? {
        let Decision::Change { at, key, from: was, to, severity, summary, .. } = decision else {
            continue;
        };
        match to {
            Phase::Firing => {
                let one = found.entry(key.clone()).or_insert_with(|| new(&key, severity, at));
                one.severity = one.severity.max(severity);
                one.summary = summary;
                if was != Phase::Firing && began.insert(key, at).is_none() {
                    one.times += 1;
                }
            }
            Phase::Resolved | Phase::Ok => {
                let is_over = was == Phase::Firing || was == Phase::Unknown;
                // It began before: then it burnt from the beginning on.
                let since = began.remove(&key).or((to == Phase::Resolved).then_some(from));
                if let (true, Some(since)) = (is_over, since) {
                    let one = found.entry(key.clone()).or_insert_with(|| Fired {
                        summary: summary.clone(),
                        times: 1,
                        ..new(&key, severity, since)
                    });
                    one.lasted += at.duration_since(since);
                }
            }
            Phase::Pending | Phase::Unknown => {}
        }
    }
    for alert in alert::view(&store::alert::rows(store).await?) {
        if alert.phase != Phase::Firing || rule::happens(alert.key.rule) {
            continue;
        }
        let one =
            found.entry(alert.key.clone()).or_insert_with(|| new(&alert.key, alert.severity, from));
        one.burns = true;
        one.summary = alert.summary;
        one.times = one.times.max(1);
        one.lasted += until.duration_since(alert.since.max(from));
    }
    let mut all: Vec<Fired> = found.into_values().collect();
    all.sort_by_key(|one| (one.first, one.key.clone()));
    Ok(all)
}

fn new(key: &AlertKey, severity: Severity, first: Timestamp) -> Fired {
    Fired {
        key: key.clone(),
        severity,
        summary: String::new(),
        first,
        times: 0,
        lasted: SignedDuration::ZERO,
        burns: false,
    }
}

fn take(digest: &mut Digest, (at, event): (Timestamp, Event), from: Timestamp) {
    match event {
        Event::Login { login, unknown, .. } => {
            let account = digest.logins.entry(login.user).or_default();
            account.count += 1;
            account.unknown += u32::from(!unknown.is_empty());
            account.addresses.insert(login.address);
        }
        Event::Ban { .. } => digest.bans += 1,
        Event::WatchStarted { alive_until, rebooted } => {
            digest.reboots += u32::from(rebooted);
            if let Some(alive) = alive_until {
                digest.unwatched += at.duration_since(alive.max(from).min(at));
            }
        }
        Event::OomKill { .. }
        | Event::AuditRuleRemoved { .. }
        | Event::AuditLost { .. }
        | Event::AuditAct { .. }
        | Event::Noted { .. } => {}
    }
}

/// Failed logins; none if nobody counted.
async fn failed(
    store: &Store,
    from: Timestamp,
    until: Timestamp,
) -> Result<Option<u64>, StoreError> {
    let series = Series { subject: Subject::Host, metric: Metric::SshFailuresPerSecond };
    let points = steps(from, until, STEP);
    let steps = store::sample::range(store, &series, from, until, points).await?;
    let sum: f64 = steps.iter().map(|step| f64::from(step.mean)).sum();
    let seconds = until.duration_since(from).as_secs_f64() / points as f64;
    Ok((!steps.is_empty()).then(|| (sum * seconds).round() as u64))
}

async fn memory(
    store: &Store,
    from: Timestamp,
    until: Timestamp,
) -> Result<Option<f64>, StoreError> {
    let series = Series { subject: Subject::Host, metric: Metric::MemoryAvailableRatio };
    let points =
        store::sample::range(store, &series, from, until, steps(from, until, 3600)).await?;
    let sum: f64 = points.iter().map(|point| 1.0 - f64::from(point.mean)).sum();
    Ok((!points.is_empty()).then(|| sum / points.len() as f64))
}

async fn mounts(
    store: &Store,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Mount>, StoreError> {
    let points = steps(from, until, 3600);
    let mut mounts = Vec::new();
    for series in store::sample::series(store).await? {
        let (Metric::DiskUsedBytes, Subject::Mount(path)) = (series.metric, &series.subject) else {
            continue;
        };
        let used = store::sample::range(store, &series, from, until, points).await?;
        let last = async |metric| {
            let series = Series { subject: series.subject.clone(), metric };
            let points = store::sample::range(store, &series, from, until, points).await?;
            Ok::<_, StoreError>(points.last().map(|point| f64::from(point.mean)))
        };
        let ends = (used.first(), used.last());
        let (share, left) =
            (last(Metric::DiskUsedRatio).await?, last(Metric::DiskAvailableBytes).await?);
        if let ((Some(first), Some(end)), Some(share), Some(left)) = (ends, share, left) {
            mounts.push(Mount {
                path: path.clone(),
                used: (f64::from(first.mean), f64::from(end.mean)),
                share,
                left,
                over: end.at.duration_since(first.at),
            });
        }
    }
    let grown = |mount: &Mount| mount.used.1 - mount.used.0;
    mounts.sort_by(|one, other| grown(other).total_cmp(&grown(one)));
    Ok(mounts)
}

/// How many steps of so many seconds.
fn steps(from: Timestamp, until: Timestamp, seconds: i64) -> usize {
    usize::try_from(until.duration_since(from).as_secs() / seconds).unwrap_or(1).max(1)
}
