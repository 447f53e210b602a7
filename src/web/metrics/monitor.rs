//! Monitors, by the names of Uptime Kuma (`server/prometheus.js` of 2.5.3) and what it has none for.

use super::exposition::{Exposition, Kind, Label};

/// What is known of a monitor.
#[derive(Debug, Clone)]
pub struct Monitor {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// What is asked, if that is a URL.
    pub url: String,
    /// The host that is asked, if it is no URL.
    pub hostname: String,
    /// Its port.
    pub port: String,
    /// The owner's words to find it by.
    pub tags: Vec<String>,
    /// `up`, `degraded`, `down`, `unknown`, `pending`, `maintenance` or `paused`.
    pub status: &'static str,
    /// How long the last answer took. None: there was none.
    pub latency_seconds: Option<f64>,
    /// The certificate on the way.
    pub certificate: Option<Certificate>,
    /// How it was, over some windows.
    pub uptime: Vec<Uptime>,
    /// Slots in which it was not asked since the start.
    pub missed: u64,
}

/// The certificate on the way.
#[derive(Debug, Clone, Copy)]
pub struct Certificate {
    /// Whole days left.
    pub days: i64,
    /// It has not ended and convinced whoever asked.
    pub is_valid: bool,
}

/// How a monitor was over a window.
#[derive(Debug, Clone, Copy)]
pub struct Uptime {
    /// `1d`, `30d`, `365d`.
    pub window: &'static str,
    /// The share of it in which it was up.
    pub ratio: Option<f64>,
    /// The mean of its answers.
    pub latency_seconds: Option<f64>,
}

impl Monitor {
    /// Uptime Kuma's number for its status. It has none for one that is slow, which answers after all, nor
    /// for one of which nobody can tell, which is as good as one it has not decided on.
    fn number(&self) -> f64 {
        match self.status {
            "up" | "degraded" => 1.0,
            "down" => 0.0,
            "maintenance" => 3.0,
            _ => 2.0,
        }
    }
}

pub(super) fn write(out: &mut Exposition, monitors: &[Monitor]) {
    // A paused one is not there, as with Uptime Kuma.
    let shown: Vec<(&Monitor, String)> = monitors
        .iter()
        .filter(|monitor| monitor.status != "paused")
        .map(|monitor| (monitor, monitor.tags.join(" ")))
        .collect();
    let mut each = |name, kind, help, samples: &dyn Fn(&Monitor) -> Vec<(Label<'static>, f64)>| {
        let mut family = out.family(name, kind, help);
        for (monitor, tags) in &shown {
            for (more, value) in samples(monitor) {
                let mut labels = vec![
                    ("monitor_id", monitor.name.as_str()),
                    ("monitor_name", monitor.name.as_str()),
                    ("monitor_type", monitor.kind.as_str()),
                    ("monitor_url", monitor.url.as_str()),
                    ("monitor_hostname", monitor.hostname.as_str()),
                    ("monitor_port", monitor.port.as_str()),
                    ("tags", tags.as_str()),
                ];
                if !more.0.is_empty() {
                    labels.push(more);
                }
                family.sample(&labels, value);
            }
        }
    };
    let none = ("", "");
    each(
        "monitor_status",
        Kind::Gauge,
        "Monitor Status (1 = UP, 0= DOWN, 2= PENDING, 3= MAINTENANCE)",
        &|monitor| vec![(none, monitor.number())],
    );
    each("monitor_response_time", Kind::Gauge, "Monitor Response Time (ms)", &|monitor| {
        vec![(none, monitor.latency_seconds.map_or(-1.0, |seconds| rounded(seconds * 1000.0)))]
    });
    each(
        "monitor_uptime_ratio",
        Kind::Gauge,
        "Uptime ratio calculated over sliding window specified by the 'window' label. (0.0 - 1.0)",
        &|monitor| windows(monitor, |uptime| uptime.ratio),
    );
    each(
        "monitor_response_time_seconds",
        Kind::Gauge,
        "Average response time in seconds calculated over sliding window specified by the 'window' label",
        &|monitor| windows(monitor, |uptime| uptime.latency_seconds),
    );
    each(
        "monitor_cert_days_remaining",
        Kind::Gauge,
        "The number of days remaining until the certificate expires",
        &|monitor| monitor.certificate.iter().map(|cert| (none, cert.days as f64)).collect(),
    );
    each(
        "monitor_cert_is_valid",
        Kind::Gauge,
        "Is the certificate still valid? (1 = Yes, 0= No)",
        &|monitor| {
            let valid = |cert: &Certificate| (none, f64::from(u8::from(cert.is_valid)));
            monitor.certificate.iter().map(valid).collect()
        },
    );
    each(
        "nightkeep_monitor_state",
        Kind::Gauge,
        "1 for the state the monitor is in: up, degraded, down, unknown, pending, maintenance",
        &|monitor| vec![(("state", monitor.status), 1.0)],
    );
    each(
        "nightkeep_monitor_missed_slots_total",
        Kind::Counter,
        "Times the monitor was due and was not asked",
        &|monitor| vec![(none, monitor.missed as f64)],
    );
}

fn windows(
    monitor: &Monitor,
    value: impl Fn(&Uptime) -> Option<f64>,
) -> Vec<(Label<'static>, f64)> {
    let one = |uptime: &Uptime| Some((("window", uptime.window), value(uptime)?));
    monitor.uptime.iter().filter_map(one).collect()
}

/// To a thousandth: more digits of a millisecond are noise.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
