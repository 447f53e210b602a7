//! `/metrics` for Prometheus. Pure: whoever serves it fills in what is known.
//!
//! Where the meaning is equal, the names are those of Uptime Kuma (`monitor_*`) and Healthchecks
//! (`hc_*`), so that dashboards and alerts made for them go on.

mod exposition;
mod heartbeat;
mod host;
mod monitor;
mod own;
#[cfg(test)]
mod strict;

use jiff::Timestamp;

pub use heartbeat::Heartbeat;
pub use monitor::{Certificate, Monitor, Uptime};
pub use own::{Alert, Own, Source};

use self::exposition::Exposition;
use crate::model::Series;

/// The media type, as Prometheus wants it.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Everything that is known at a time.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// When.
    pub at: Timestamp,
    /// Monitors, in the order they are written.
    pub monitors: Vec<Monitor>,
    /// Heartbeats.
    pub heartbeats: Vec<Heartbeat>,
    /// Alerts that are not over.
    pub alerts: Vec<Alert>,
    /// The last value of each series of the host.
    pub vitals: Vec<(Series, f32)>,
    /// How nightkeep itself is.
    pub own: Own,
}

/// All of it as text. What is given in the same order comes out in the same order.
pub fn text(metrics: &Metrics) -> String {
    let mut out = Exposition::default();
    monitor::write(&mut out, &metrics.monitors);
    heartbeat::write(&mut out, &metrics.heartbeats);
    own::alerts(&mut out, &metrics.alerts);
    host::write(&mut out, &metrics.vitals);
    own::write(&mut out, &metrics.own, metrics.at);
    out.text()
}

#[cfg(test)]
mod tests {
    use super::strict::{Line, parse};
    use super::*;
    use crate::model::{Metric, Severity, Subject};

    fn metrics() -> Metrics {
        let hostile = "a\\b\"c\nd{} = 1 é";
        let uptime = Uptime { window: "1d", ratio: Some(0.5), latency_seconds: Some(0.25) };
        let monitor = Monitor {
            name: String::from(hostile),
            kind: String::from("http"),
            url: String::from("https://example.org/?a=\"b\""),
            hostname: String::new(),
            port: String::new(),
            tags: vec![String::from("public"), String::from("web")],
            status: "degraded",
            latency_seconds: Some(0.2125),
            certificate: Some(Certificate { days: 30, is_valid: true }),
            uptime: vec![uptime],
            missed: 3,
        };
        let gone = Monitor {
            name: String::from("second"),
            status: "down",
            latency_seconds: None,
            certificate: None,
            uptime: Vec::new(),
            ..monitor.clone()
        };
        let heartbeat = Heartbeat {
            name: String::from(hostile),
            tags: String::from("db nightly"),
            key: String::from("0123456789abcdef"),
            status: "grace",
            started: true,
            run_seconds: Some(12.5),
            last_success: Timestamp::from_second(1_700_000_000).ok(),
        };
        let down = Heartbeat { tags: String::from("db"), status: "down", ..heartbeat.clone() };
        let series = |subject, metric| Series { subject, metric };
        Metrics {
            at: Timestamp::from_second(1_700_000_100).unwrap(),
            monitors: vec![monitor, gone],
            heartbeats: vec![heartbeat, down],
            alerts: vec![Alert {
                rule: String::from("disk-used"),
                subject: String::from("mount:/"),
                severity: Severity::Critical,
                phase: String::from("firing"),
                acknowledged: true,
            }],
            vitals: vec![
                (series(Subject::Host, Metric::CpuBusyRatio), 0.1),
                (series(Subject::Mount(hostile.into()), Metric::DiskUsedRatio), 0.75),
                (series(Subject::Mount("/".into()), Metric::DiskUsedRatio), f32::NAN),
            ],
            own: Own {
                host: String::from("web1"),
                version: String::from("0.1.0"),
                started: Timestamp::from_second(1_700_000_000).unwrap(),
                sources: vec![Source { name: String::from("disk"), sees: false }],
                is_store_failing: true,
                crashes: 1,
                dropped: 2,
                pending_notices: 4,
                store_bytes: Some(1 << 20),
            },
        }
    }

    fn value(lines: &[Line], name: &str, label: (&str, &str)) -> f64 {
        let is_it = |line: &&Line| {
            line.name == name
                && line.labels.iter().any(|(key, value)| (key.as_str(), value.as_str()) == label)
        };
        lines.iter().find(is_it).unwrap_or_else(|| panic!("no {name} with {label:?}")).value
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "written and read, a number is the same")]
    fn a_strict_reader_reads_it() {
        let text = text(&metrics());
        let lines = parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let hostile = ("monitor_name", "a\\b\"c\nd{} = 1 é");
        assert_eq!(value(&lines, "monitor_status", hostile), 1.0);
        assert_eq!(value(&lines, "monitor_status", ("monitor_name", "second")), 0.0);
        assert_eq!(value(&lines, "monitor_response_time", hostile), 212.5);
        assert_eq!(value(&lines, "monitor_response_time", ("monitor_name", "second")), -1.0);
        assert_eq!(value(&lines, "monitor_uptime_ratio", ("window", "1d")), 0.5);
        assert_eq!(value(&lines, "monitor_response_time_seconds", ("window", "1d")), 0.25);
        assert_eq!(value(&lines, "monitor_cert_days_remaining", hostile), 30.0);
        assert_eq!(value(&lines, "hc_check_grace", ("tags", "db nightly")), 1.0);
        assert_eq!(value(&lines, "hc_tag_up", ("tag", "db")), 0.0);
        assert_eq!(value(&lines, "hc_tag_up", ("tag", "nightly")), 1.0);
        assert_eq!(value(&lines, "nightkeep_source_sees", ("source", "disk")), 0.0);
        assert!(value(&lines, "nightkeep_disk_used_ratio", ("mount", "/")).is_nan());
        insta::with_settings!({ snapshot_path => "metrics", prepend_module_to_snapshot => false }, { insta::assert_snapshot!("text", text) });
    }

    #[test]
    fn nothing_known_is_still_readable() {
        let mut metrics = metrics();
        (metrics.monitors, metrics.heartbeats) = (Vec::new(), Vec::new());
        (metrics.alerts, metrics.vitals) = (Vec::new(), Vec::new());
        parse(&text(&metrics)).unwrap();
    }

    /// Prometheus' own tool, where it is installed (Debian: `prometheus`). It also finds fault with
    /// the names of others; those are theirs.
    #[test]
    fn promtool_reads_it() {
        use std::io::Write as _;
        use std::process::{Command, Stdio};
        let started = Command::new("promtool")
            .args(["check", "metrics"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut promtool) = started else { return };
        promtool.stdin.take().unwrap().write_all(text(&metrics()).as_bytes()).unwrap();
        let output = promtool.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        // 1: it cannot be read; 3: it can, but not everything is as Prometheus would name it.
        assert_ne!(output.status.code(), Some(1), "{said}");
        let own = said.lines().filter(|line| line.starts_with("nightkeep_"));
        assert_eq!(own.collect::<Vec<_>>().join("\n"), "");
    }
}
