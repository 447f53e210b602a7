//! Monitors as the command line shows them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::output::{length, local, paint, safe, table};
use crate::config::MonitorConfig;
use crate::model::{Decision, Severity};
use crate::monitor::{
    Found, Listed, Look, MonitorView, ResultView, Shown, Test, milliseconds, phases_view,
};

/// The last answers that are shown of one.
const ANSWERS: usize = 20;

fn word(found: Found) -> (&'static str, Option<Severity>) {
    match found {
        Found::Good => ("up", None),
        Found::Poor => ("degraded", Some(Severity::Warning)),
        Found::Bad => ("down", Some(Severity::Critical)),
        Found::Blind => ("unknown", Some(Severity::Warning)),
    }
}

/// All of them, worst first.
pub(super) fn list(listed: &[Listed], watched: bool, now: Timestamp) -> String {
    if listed.is_empty() {
        return String::from(
            "No monitors. Write one into the config, or into a file in monitors.d beside it:\n\n\
             [[monitor]]\nname = \"shop\"\ntype = \"http\"\ntarget = \"https://shop.example.org\"\n\n\
             nightkeep monitors test --type http https://shop.example.org asks without one.\n",
        );
    }
    let head = ["STATUS", "NAME", "24 H", "30 D", "LATENCY", "FOR", "FOUND"];
    let row = |listed: &Listed| {
        let view = &listed.view;
        vec![
            paint(view.status.as_str(), view.status.severity()),
            safe(&view.name),
            share(listed.uptime_day),
            share(listed.uptime_month),
            view.latency_seconds.map_or_else(String::new, latency),
            since(view, now),
            found(view),
        ]
    };
    let mut text = table(&head, listed.iter().map(row));
    let missed: u64 = listed.iter().map(|listed| listed.view.missed).sum();
    if missed > 0 {
        text += &format!(
            "\n{missed} turns were missed: an answer took longer than its interval, or this machine is too busy.\n"
        );
    }
    if !watched {
        text +=
            "\nNo watch is running, so nothing is known of now: sudo systemctl start nightkeep\n";
    }
    text
}

fn found(view: &MonitorView) -> String {
    match view.status {
        Shown::Pending if view.said.is_empty() => String::from("not asked yet"),
        Shown::Paused => String::new(),
        _ => safe(&view.said),
    }
}

fn since(view: &MonitorView, now: Timestamp) -> String {
    view.since.map_or_else(String::new, |since| length(now.duration_since(since)))
}

/// A share of time; never rounded up to all of it.
fn share(share: Option<f64>) -> String {
    share.map_or_else(String::new, |share| match share * 100.0 {
        all if all >= 100.0 => String::from("100 %"),
        part => format!("{:.2} %", (part * 100.0).floor() / 100.0),
    })
}

fn latency(seconds: f64) -> String {
    milliseconds(std::time::Duration::from_secs_f64(seconds.max(0.0)))
}

/// What came of asking once.
pub(super) fn look(monitor: &MonitorConfig, look: &Look, now: Timestamp) -> String {
    let (said, severity) = word(look.found);
    let mut text = format!(
        "{}  {} {}\n\n{}  {}\n",
        safe(&monitor.name),
        monitor.kind().as_str(),
        safe(&monitor.target()),
        paint(said, severity),
        safe(&look.said)
    );
    let phases = phases_view(&look.phases);
    let named = [
        ("dns", phases.dns_seconds),
        ("connect", phases.connect_seconds),
        ("tls", phases.tls_seconds),
        ("first byte", phases.first_byte_seconds),
        ("all", Some(look.phases.total.as_secs_f64())),
    ];
    let named: Vec<String> = named
        .into_iter()
        .filter_map(|(name, seconds)| Some(format!("{name} {}", latency(seconds?))))
        .collect();
    text += &format!("time: {}\n", named.join(", "));
    if let Some(address) = look.address {
        text += &format!("address: {address}\n");
    }
    if let Some(ends) = look.certificate_ends {
        text += &format!("certificate: {}\n", end(ends, now));
    }
    match look.way_out {
        Some(true) => text += "others: they answer this machine\n",
        Some(false) => text += "others: nobody answers this machine: it has no way out\n",
        None => {}
    }
    text + &tests(&look.tests)
}

fn end(ends: Timestamp, now: Timestamp) -> String {
    let date = local(ends, &TimeZone::system());
    let left = ends.duration_since(now);
    if left.is_negative() {
        format!("ended {date}")
    } else {
        format!("ends {date}, in {}", length(left))
    }
}

fn tests(tests: &[Test]) -> String {
    if tests.is_empty() {
        return String::new();
    }
    let row = |test: &Test| {
        let (said, severity) = match (test.holds, test.of_degraded) {
            (true, _) => ("holds", None),
            (false, true) => ("fails", Some(Severity::Warning)),
            (false, false) => ("fails", Some(Severity::Critical)),
        };
        let of = if test.of_degraded { "degraded unless" } else { "condition" };
        vec![of.to_owned(), paint(said, severity), safe(&test.test), safe(&test.found)]
    };
    format!("\n{}", table(&["PART OF", "", "TEST", "FOUND"], tests.iter().map(row)))
}

/// One of them, with its last answers and what happened.
pub(super) fn monitor(
    view: &MonitorView,
    uptime: [Option<f64>; 2],
    events: &[Decision],
    now: Timestamp,
) -> String {
    let zone = TimeZone::system();
    let mut text = format!(
        "{}  {} {}\n\n{}  {}\n",
        safe(&view.name),
        view.kind.as_str(),
        safe(&view.target),
        paint(view.status.as_str(), view.status.severity()),
        found(view)
    );
    if let Some(since) = view.since {
        text +=
            &format!("since {}, for {}\n", local(since, &zone), length(now.duration_since(since)));
    }
    let [day, month] = uptime.map(|up| Some(share(up)).filter(|up| !up.is_empty()));
    if let (Some(day), Some(month)) = (day, month) {
        text += &format!("up: {day} of 24 hours, {month} of 30 days\n");
    }
    if let Some(ends) = view.certificate_ends {
        text += &format!("certificate: {}\n", end(ends, now));
    }
    if let Some(note) = &view.note {
        text += &format!("note: {}\n", safe(note));
    }
    if view.missed > 0 {
        text += &format!("missed: {} turns\n", view.missed);
    }
    text += &tests(&view.tests);
    if !view.results.is_empty() {
        let skip = view.results.len().saturating_sub(ANSWERS);
        let row = |result: &ResultView| {
            let shown = match result.found {
                crate::model::MonitorStatus::Up => ("up", None),
                crate::model::MonitorStatus::Degraded => ("degraded", Some(Severity::Warning)),
                crate::model::MonitorStatus::Down => ("down", Some(Severity::Critical)),
                crate::model::MonitorStatus::Unknown => ("unknown", Some(Severity::Warning)),
            };
            let phase = |seconds: Option<f64>| seconds.map_or_else(String::new, latency);
            vec![
                local(result.at, &zone),
                paint(shown.0, shown.1),
                latency(result.latency_seconds),
                phase(result.phases.dns_seconds),
                phase(result.phases.connect_seconds),
                phase(result.phases.tls_seconds),
                phase(result.phases.first_byte_seconds),
                safe(&result.said),
            ]
        };
        let head = ["ASKED", "", "ALL", "DNS", "CONNECT", "TLS", "FIRST BYTE", "FOUND"];
        text += &format!("\n{}", table(&head, view.results.iter().skip(skip).map(row)));
    }
    if !events.is_empty() {
        let row = |decision: &Decision| match decision {
            Decision::Change { at, to, severity, summary, .. } => vec![
                local(*at, &zone),
                paint(&format!("{to:?}").to_lowercase(), Some(*severity)),
                safe(summary),
            ],
            _ => Vec::new(),
        };
        text += &format!("\n{}", table(&["WHEN", "ALERT", "WHAT"], events.iter().map(row)));
    }
    text
}
