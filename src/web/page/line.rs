//! Monitors and heartbeats in a line, as several pages list them.

use jiff::Timestamp;

use crate::heartbeat::book::Book;
use crate::heartbeat::view::View as HeartbeatView;
use crate::heartbeat::{Check, Written};
use crate::model::MonitorStatus;
use crate::monitor::{MonitorView, Shown};
use crate::web::locale::heartbeats as t;
use crate::web::locale::when::length;
use crate::web::past::Past;
use crate::web::status::{latency, percent};

/// Answers that are drawn.
const TICKS: usize = 30;
/// Where one begins after the one before.
const STEP: usize = 5;

/// A monitor in a line.
#[derive(Debug, Clone)]
pub(super) struct MonitorLine {
    pub(super) view: MonitorView,
    pub(super) tone: &'static str,
    /// Of how many answers the ticks are.
    pub(super) answers: usize,
    pub(super) ticks: Vec<Run>,
    pub(super) day: Option<String>,
    pub(super) month: Option<String>,
    pub(super) latency: Option<String>,
    /// The same as numbers, to sort by.
    pub(super) month_share: Option<f64>,
    pub(super) latency_seconds: Option<f64>,
}

/// Answers in a row that came to the same, as they are drawn: from where, how far, in which tone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) from: usize,
    pub(super) length: usize,
    pub(super) tone: &'static str,
}

impl MonitorLine {
    pub(super) fn of(view: MonitorView, past: &Past, now: Timestamp) -> Self {
        let day = past.last_day(&view.name, now);
        let month = past.last_days(&view.name, now, 30).uptime;
        Self {
            tone: monitor_tone(view.status),
            answers: view.recent.len().min(TICKS),
            ticks: runs(&view.recent),
            day: day.uptime.map(percent),
            month: month.map(percent),
            latency: day.latency.map(latency),
            month_share: month,
            latency_seconds: day.latency,
            view,
        }
    }
}

/// A heartbeat in a line.
pub(super) fn heartbeat_line(book: &Book, check: &Check, now: Timestamp) -> HeartbeatView {
    let schedule = match check.definition.when.written() {
        Written::Every { period } => t::line_every(length(*period)),
        Written::Cron { expression, zone } => t::line_at(expression, zone),
        Written::Calendar { lines, zone } => t::line_at(lines.replace('\n', "; "), zone),
    };
    HeartbeatView { schedule, ..HeartbeatView::new("", None, book, check, now) }
}

/// The class of how a monitor is.
pub(super) fn monitor_tone(shown: Shown) -> &'static str {
    match shown {
        Shown::Up => "up",
        Shown::Degraded => "degraded",
        Shown::Down => "down",
        Shown::Maintenance => "maintenance",
        Shown::Paused => "paused",
        Shown::Unknown | Shown::Pending => "unknown",
    }
}

/// The last answers, the newest at the right.
fn runs(recent: &[MonitorStatus]) -> Vec<Run> {
    let recent = &recent[recent.len().saturating_sub(TICKS)..];
    let first = TICKS - recent.len();
    let mut runs: Vec<Run> = Vec::new();
    for (place, found) in recent.iter().enumerate() {
        let tone = tick(*found);
        match runs.last_mut().filter(|last| last.tone == tone) {
            Some(last) => last.length += STEP,
            None => runs.push(Run { from: (first + place) * STEP, length: STEP, tone }),
        }
    }
    runs
}

/// The class of one answer.
pub(super) fn tick(found: MonitorStatus) -> &'static str {
    match found {
        MonitorStatus::Up => "up",
        MonitorStatus::Degraded => "degraded",
        MonitorStatus::Down => "down",
        MonitorStatus::Unknown => "unknown",
    }
}

/// The class of how a heartbeat is.
pub(super) fn heartbeat_tone(status: &str) -> &'static str {
    match status {
        "up" => "up",
        "late" => "degraded",
        "down" => "down",
        "paused" => "paused",
        _ => "unknown",
    }
}

/// How bad that is, the worst first.
pub(super) fn heartbeat_rank(status: &str) -> u8 {
    match status {
        "down" => 0,
        "late" => 1,
        "new" => 2,
        "paused" => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_in_a_row_are_one_stroke() {
        use MonitorStatus::{Down, Up};
        let run = |from, length, tone| Run { from, length, tone };
        let last_three = [run(135, 5, "up"), run(140, 10, "down")];
        assert_eq!(runs(&[Up, Down, Down]), last_three);
        assert_eq!(runs(&[Up; 40]), [run(0, 150, "up")]);
        assert_eq!(runs(&[]), []);
    }
}
