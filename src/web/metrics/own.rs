//! Alerts, and how nightkeep itself is.

use jiff::Timestamp;

use super::exposition::{Exposition, Kind};
use crate::model::Severity;

/// An alert that is not over.
#[derive(Debug, Clone)]
pub struct Alert {
    /// The rule that raised it.
    pub rule: String,
    /// What it is about.
    pub subject: String,
    /// How bad it is.
    pub severity: Severity,
    /// `pending`, `firing` or `unknown`.
    pub phase: String,
    /// Somebody takes care of it.
    pub acknowledged: bool,
}

/// How nightkeep itself is.
#[derive(Debug, Clone)]
pub struct Own {
    /// The host's name.
    pub host: String,
    /// The version.
    pub version: String,
    /// When the watch started.
    pub started: Timestamp,
    /// Every source.
    pub sources: Vec<Source>,
    /// The store cannot be written.
    pub is_store_failing: bool,
    /// Tasks that crashed and were started again.
    pub crashes: u32,
    /// Samples dropped because they could not be stored.
    pub dropped: u64,
    /// Notices that wait to be delivered.
    pub pending_notices: u64,
    /// What the store takes.
    pub store_bytes: Option<u64>,
}

/// A source.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// It can see.
    pub sees: bool,
}

pub(super) fn alerts(out: &mut Exposition, alerts: &[Alert]) {
    let help = "Alerts that are not over, by severity";
    let mut family = out.family("nightkeep_alerts", Kind::Gauge, help);
    for severity in [Severity::Critical, Severity::Warning, Severity::Info] {
        let count = alerts.iter().filter(|alert| alert.severity == severity).count();
        family.sample(&[("severity", severity.as_str())], count as f64);
    }
    let help = "1 for each alert that is not over";
    let mut family = out.family("nightkeep_alert", Kind::Gauge, help);
    for alert in alerts {
        let labels = [
            ("rule", alert.rule.as_str()),
            ("subject", alert.subject.as_str()),
            ("severity", alert.severity.as_str()),
            ("phase", alert.phase.as_str()),
            ("acknowledged", if alert.acknowledged { "true" } else { "false" }),
        ];
        family.sample(&labels, 1.0);
    }
}

pub(super) fn write(out: &mut Exposition, own: &Own, now: Timestamp) {
    let labels = [("host", own.host.as_str()), ("version", own.version.as_str())];
    out.family("nightkeep_info", Kind::Gauge, "Which host this is, and which version watches it")
        .sample(&labels, 1.0);
    let started = own.started.as_second() as f64;
    out.one("nightkeep_start_time_seconds", Kind::Gauge, "When the watch started", started);
    let now = now.as_millisecond() as f64 / 1000.0;
    out.one("nightkeep_time_seconds", Kind::Gauge, "The time, as the watch takes it", now);
    let help = "Whether the source can see (1 for yes, 0 for no)";
    let mut family = out.family("nightkeep_source_sees", Kind::Gauge, help);
    for source in &own.sources {
        let sees = f64::from(u8::from(source.sees));
        family.sample(&[("source", source.name.as_str())], sees);
    }
    let failing = f64::from(u8::from(own.is_store_failing));
    let help = "Whether the store cannot be written (1 for yes, 0 for no)";
    out.one("nightkeep_store_failing", Kind::Gauge, help, failing);
    if let Some(bytes) = own.store_bytes {
        out.one("nightkeep_store_size_bytes", Kind::Gauge, "What the store takes", bytes as f64);
    }
    let help = "Parts of nightkeep that crashed and were started again";
    out.one("nightkeep_crashes_total", Kind::Counter, help, f64::from(own.crashes));
    let help = "Samples dropped because they could not be stored";
    out.one("nightkeep_samples_dropped_total", Kind::Counter, help, own.dropped as f64);
    let help = "Notices that wait to be delivered";
    out.one("nightkeep_notices_pending", Kind::Gauge, help, own.pending_notices as f64);
}
