//! Heartbeats, by the names of Healthchecks (`hc/integrations/prometheus/views.py`) and what it has
//! none for.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::exposition::{Exposition, Kind};

/// What is known of a heartbeat.
#[derive(Debug, Clone)]
pub struct Heartbeat {
    /// Its name.
    pub name: String,
    /// The owner's words to find it by, with spaces between them.
    pub tags: String,
    /// What tells it from others, and is no secret.
    pub key: String,
    /// `new`, `up`, `grace`, `down` or `paused`.
    pub status: &'static str,
    /// A run of it goes on.
    pub started: bool,
    /// How long the run took that ended last.
    pub run_seconds: Option<f64>,
    /// The last success.
    pub last_success: Option<Timestamp>,
}

pub(super) fn write(out: &mut Exposition, heartbeats: &[Heartbeat]) {
    let mut each = |name, help, value: &dyn Fn(&Heartbeat) -> Option<f64>| {
        let mut family = out.family(name, Kind::Gauge, help);
        for one in heartbeats {
            let labels = [
                ("name", one.name.as_str()),
                ("tags", one.tags.as_str()),
                ("unique_key", one.key.as_str()),
            ];
            if let Some(value) = value(one) {
                family.sample(&labels, value);
            }
        }
    };
    let yes = |yes: bool| Some(f64::from(u8::from(yes)));
    each("hc_check_up", "Whether the check is currently up (1 for yes, 0 for no).", &|one| {
        yes(one.status != "down")
    });
    each(
        "hc_check_started",
        "Whether the check is currently started (1 for yes, 0 for no).",
        &|one| yes(one.started),
    );
    each(
        "hc_check_grace",
        "Whether the check is currently in the grace period (1 for yes, 0 for no).",
        &|one| yes(one.status == "grace"),
    );
    each(
        "hc_check_paused",
        "Whether the check is currently paused (1 for yes, 0 for no).",
        &|one| yes(one.status == "paused"),
    );
    each("nightkeep_heartbeat_run_seconds", "How long the run took that ended last", &|one| {
        one.run_seconds
    });
    each(
        "nightkeep_heartbeat_last_success_timestamp_seconds",
        "When the heartbeat succeeded last",
        &|one| one.last_success.map(|at| at.as_millisecond() as f64 / 1000.0),
    );
    let mut tags: BTreeMap<&str, bool> = BTreeMap::new();
    for one in heartbeats {
        for tag in one.tags.split_whitespace().collect::<BTreeSet<_>>() {
            *tags.entry(tag).or_insert(true) &= one.status != "down";
        }
    }
    let help = "Whether all checks with this tag are up (1 for yes, 0 for no).";
    let mut family = out.family("hc_tag_up", Kind::Gauge, help);
    for (tag, up) in tags {
        family.sample(&[("tag", tag)], f64::from(u8::from(up)));
    }
    let down = heartbeats.iter().filter(|one| one.status == "down").count();
    let all = heartbeats.len() as f64;
    out.one("hc_checks_total", Kind::Gauge, "The total number of checks.", all);
    let help = "The number of checks currently down.";
    out.one("hc_checks_down_total", Kind::Gauge, help, down as f64);
}
