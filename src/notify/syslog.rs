//! This machine's journal, natively (<https://systemd.io/JOURNAL_NATIVE_PROTOCOL>), or its
//! syslog where there is no journal: one line for each alert.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::net::UnixDatagram;

use super::{SendError, message, words};
use crate::model::{Message, MessageItem, Notice, Severity, TellKind};

/// What `journalctl MESSAGE_ID=…` finds all alerts by.
const MESSAGE_ID: &str = "81633dc188e7463b8b994ef7b9d1427e";
/// The facility `daemon` (RFC 3164, 4.1.1).
const DAEMON: u8 = 3;

pub(super) async fn send(
    journal: &Path,
    syslog: &Path,
    notice: &Notice,
    now: Timestamp,
    tz: &TimeZone,
) -> Result<(), SendError> {
    let message = &notice.message;
    let alerts: Vec<Option<&MessageItem>> = if message.items.is_empty() {
        vec![None]
    } else {
        message.items.iter().map(Some).collect()
    };
    let socket = UnixDatagram::unbound()
        .map_err(|error| SendError::later(format!("no socket can be made: {error}")))?;
    for alert in alerts {
        let line = line(message, alert, now, tz);
        let level = level(message.kind, alert.map_or(message.severity, |alert| alert.severity));
        let entry = entry(notice, alert, &line, level);
        let Err(no_journal) = socket.send_to(&entry, journal).await else { continue };
        let record = record(&line, level, now, tz);
        socket
            .send_to(&record, syslog)
            .await
            .map_err(|no_syslog| missing(journal, &no_journal, syslog, &no_syslog))?;
    }
    Ok(())
}

fn missing(journal: &Path, first: &io::Error, syslog: &Path, second: &io::Error) -> SendError {
    SendError::later(format!(
        "{}: {first}; {}: {second}; see: systemctl status systemd-journald.socket",
        journal.display(),
        syslog.display()
    ))
}

/// `critical: caddy.service failed (alert 17, since 02:14 CET)`, without control characters.
fn line(message: &Message, alert: Option<&MessageItem>, now: Timestamp, tz: &TimeZone) -> String {
    let Some(alert) = alert else { return message::one_line(message, now, tz) };
    if message.kind == TellKind::Digest {
        let said = alert.evidence.join("; ");
        return words::clean(&format!("{}: {said}", alert.summary), 1000);
    }
    if alert.alert == 0 {
        let at = words::moment_in_zone(alert.since, now, tz);
        return words::clean(&format!("not told at {at}: {}", alert.summary), 1000);
    }
    let severity = alert.severity;
    let what = match message.kind {
        TellKind::Raised => severity.to_string(),
        TellKind::Worse => format!("worse, now {severity}"),
        TellKind::Reminder => format!("still {severity}"),
        TellKind::Acknowledged => String::from("acknowledged"),
        TellKind::Recovered => String::from("over"),
        TellKind::Digest => String::from("digest"),
    };
    let since = words::moment_in_zone(alert.since, now, tz);
    let (summary, number) = (&alert.summary, alert.alert);
    words::clean(&format!("{what}: {summary} (alert {number}, since {since})"), 1000)
}

/// The levels of syslog (RFC 5424, 6.2.1): critical 2, warning 4, notice 5, informational 6.
fn level(kind: TellKind, severity: Severity) -> u8 {
    match (kind, severity) {
        (TellKind::Recovered | TellKind::Acknowledged, _) => 5,
        (_, Severity::Critical) => 2,
        (_, Severity::Warning) => 4,
        (_, Severity::Info) => 6,
    }
}

/// An entry of the journal. No value has a line end, so none needs the binary form.
fn entry(notice: &Notice, alert: Option<&MessageItem>, line: &str, level: u8) -> Vec<u8> {
    let facts = alert.filter(|alert| alert.alert != 0).map_or_else(Vec::new, |alert| {
        vec![
            ("NIGHTKEEP_ALERT", alert.alert.to_string()),
            ("NIGHTKEEP_RULE", alert.rule.clone()),
            ("NIGHTKEEP_SUBJECT", alert.subject.clone()),
            ("NIGHTKEEP_SEVERITY", alert.severity.to_string()),
            ("NIGHTKEEP_SINCE", alert.since.to_string()),
            ("NIGHTKEEP_NEXT", alert.next.clone()),
        ]
    });
    let head = [
        ("MESSAGE", line.to_owned()),
        ("PRIORITY", level.to_string()),
        ("MESSAGE_ID", MESSAGE_ID.to_owned()),
        ("SYSLOG_IDENTIFIER", String::from("nightkeep")),
        ("SYSLOG_FACILITY", DAEMON.to_string()),
        ("NIGHTKEEP_KEY", notice.key.clone()),
        ("NIGHTKEEP_HOST", notice.message.host.clone()),
        ("NIGHTKEEP_KIND", notice.message.kind.as_str().to_owned()),
    ];
    let mut entry = Vec::new();
    for (name, value) in head.into_iter().chain(facts) {
        entry.extend_from_slice(format!("{name}={}\n", words::clean(&value, 1000)).as_bytes());
    }
    entry
}

/// A record as `/dev/log` takes it: `<PRI>Nov 23 02:14:00 nightkeep[812]: …`, in local time.
fn record(line: &str, level: u8, now: Timestamp, tz: &TimeZone) -> Vec<u8> {
    let at = now.to_zoned(tz.clone()).strftime("%b %e %H:%M:%S").to_string();
    let priority = DAEMON * 8 + level;
    format!("<{priority}>{at} nightkeep[{}]: {line}", std::process::id()).into_bytes()
}
