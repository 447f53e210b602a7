//! When a mount will be full: a straight line through the last hour and another through the last
//! day. Both must say so, since one alone is fooled by a large download or by a nightly job.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{Claim, Input, Memory, Question, Verdict, disk, text};
use crate::model::{Metric, Severity, Subject};

/// One point is kept in each slot of the last hour ...
const HOUR: Window = Window { span: 3600, slot: 300, least: 2700, growth: 0.001 };
/// ... and of the last day, of which two hours are enough.
const DAY: Window = Window { span: 86_400, slot: 1800, least: 7200, growth: 0.005 };

/// It is over only when the mount lasts this much longer than what raised it.
const CLEAR: f64 = 1.25;

struct Window {
    /// Seconds looked back.
    span: i64,
    /// Seconds between points.
    slot: i64,
    /// Seconds of history without which nothing is said.
    least: i64,
    /// The least growth that counts, as a share of the mount.
    growth: f64,
}

/// How a mount filled. Changes once every five minutes, so that it is seldom written.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct History {
    hour: Vec<Point>,
    day: Vec<Point>,
}

impl History {
    /// The clock was set back.
    pub(super) fn move_clock(&mut self, by: SignedDuration) {
        for point in self.hour.iter_mut().chain(&mut self.day) {
            point.0 += by.as_secs();
        }
    }
}

/// Second since 1970, bytes used, bytes available.
type Point = (i64, u64, u64);

impl Window {
    /// Keeps the point if it is the first of its slot.
    fn keep(&self, points: &mut Vec<Point>, new: Point) -> bool {
        if points.last().is_some_and(|last| last.0 / self.slot >= new.0 / self.slot) {
            return false;
        }
        points.push(new);
        points.retain(|point| point.0 > new.0 - self.span - self.slot);
        true
    }

    /// Seconds until the bytes available are used up; none if the history is too short, infinity
    /// if the mount does not grow.
    fn time_to_full(&self, points: &[Point], available: u64) -> Option<f64> {
        let (first, last) = (points.first()?, points.last()?);
        if last.0 - first.0 < self.least {
            return None;
        }
        let size = (last.1 + last.2) as f64;
        let grown = last.1 as f64 - first.1 as f64;
        let slope = slope(points);
        if grown < self.growth * size || slope <= 0.0 {
            return Some(f64::INFINITY);
        }
        Some(available as f64 / slope)
    }
}

/// Bytes per second by least squares.
fn slope(points: &[Point]) -> f64 {
    let Some(origin) = points.first() else { return 0.0 };
    let count = points.len() as f64;
    let xy = |point: &Point| ((point.0 - origin.0) as f64, point.1 as f64 - origin.1 as f64);
    let (sum_x, sum_y) =
        points.iter().map(xy).fold((0.0, 0.0), |sum, (x, y)| (sum.0 + x, sum.1 + y));
    let (mean_x, mean_y) = (sum_x / count, sum_y / count);
    let (cov, var) = points.iter().map(xy).fold((0.0, 0.0), |sum, (x, y)| {
        (sum.0 + (x - mean_x) * (y - mean_y), sum.1 + (x - mean_x) * (x - mean_x))
    });
    if var > 0.0 { cov / var } else { 0.0 }
}

/// Judges how the mount fills, whenever it has a new point.
pub(super) fn heed(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    let Subject::Mount(mount) = &question.key.subject else { return Verdict::Nothing };
    let samples = match input {
        Input::Samples(samples) => samples,
        Input::Gone => return Verdict::Gone,
        _ => return Verdict::Nothing,
    };
    let of = |metric| samples.get(&metric).map(|value| *value as u64);
    let (Some(used), Some(available)) = (of(Metric::DiskUsedBytes), of(Metric::DiskAvailableBytes))
    else {
        return Verdict::Nothing;
    };
    if !matches!(memory, Memory::Forecast(_)) {
        *memory = Memory::Forecast(History::default());
    }
    let Memory::Forecast(history) = memory else { return Verdict::Nothing };
    let point = (question.at.as_second(), used, available);
    if !HOUR.keep(&mut history.hour, point) {
        return Verdict::Nothing;
    }
    DAY.keep(&mut history.day, point);

    let limits = disk::forecast(question.config, mount);
    let name = text::name(&question.key.subject);
    let share = used as f64 / ((used + available) as f64).max(1.0);
    if share < limits.floor {
        return Verdict::clear(format!("{name} is {} full", text::percent(share)));
    }
    let (Some(by_hour), Some(by_day)) =
        (HOUR.time_to_full(&history.hour, available), DAY.time_to_full(&history.day, available))
    else {
        return Verdict::Nothing;
    };
    let left = by_hour.max(by_day);
    let within = |limit: SignedDuration| left < limit.as_secs_f64();
    if left > limits.warning.as_secs_f64() * CLEAR {
        return Verdict::clear(format!("{name} no longer fills up that fast"));
    }
    if !within(limits.warning) {
        return Verdict::Nothing;
    }
    let severity = if within(limits.critical) { Severity::Critical } else { Severity::Warning };
    let left = text::span(SignedDuration::from_secs(left as i64));
    Verdict::Raised(Claim {
        severity,
        since: question.at,
        ripe: Some(question.at),
        over: None,
        summary: format!("{name} will be full in {left}, {} left", text::bytes(available as f64)),
        next: disk::biggest(mount),
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::Samples;
    use super::*;
    use crate::config::Config;
    use crate::model::{AlertKey, RuleName};

    const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

    /// Feeds a mount of 100 GiB whose use at each five minutes is `used` GiB, and returns what is
    /// said last and how often the memory changed.
    fn feed(minutes: i64, used: impl Fn(i64) -> f64) -> (String, usize) {
        let config = Config::default();
        let key = AlertKey { rule: RuleName::DiskForecast, subject: Subject::Mount("/var".into()) };
        let (mut memory, mut said, mut changes) = (Memory::Nothing, String::new(), 0);
        let mut at = Timestamp::from_second(1_800_000_000).unwrap();
        for minute in 0..minutes {
            let used = used(minute);
            let samples = Samples::from([
                (Metric::DiskUsedBytes, used * GIB),
                (Metric::DiskAvailableBytes, (100.0 - used) * GIB),
            ]);
            let before = memory.clone();
            let question = Question { config: &config, at, key: &key };
            let verdict = heed(question, &mut memory, Input::Samples(&samples));
            changes += usize::from(memory != before);
            match verdict {
                Verdict::Raised(claim) => said = format!("{} {}", claim.severity, claim.summary),
                Verdict::Clear { summary, .. } => said = summary,
                _ => {}
            }
            at += SignedDuration::from_mins(1);
        }
        (said, changes)
    }

    #[test]
    fn both_windows_must_agree() {
        // 2 GiB an hour for six hours: 72 + 12 = 84 used, 16 left.
        let steady = |minute: i64| 72.0 + minute as f64 / 30.0;
        let (said, changes) = feed(360, steady);
        assert_eq!(said, "warning /var will be full in 8 hours, 16 GiB left");
        assert_eq!(changes, 72, "one point in five minutes");
        // A large download in the last half hour of a quiet day.
        let late = |minute: i64| 70.0 + (minute - 1380).max(0) as f64 * 0.1;
        assert_eq!(feed(1410, late).0, "/var no longer fills up that fast");
        // It grew all day, but no longer.
        let over = |minute: i64| 70.0 + minute.min(600) as f64 / 60.0;
        assert_eq!(feed(720, over).0, "/var no longer fills up that fast");
    }

    #[test]
    fn little_history_or_much_room_says_nothing() {
        assert_eq!(feed(100, |minute| 80.0 + minute as f64 / 10.0).0, "");
        assert_eq!(feed(300, |minute| 10.0 + minute as f64 / 10.0).0, "/var is 40 % full");
        assert_eq!(feed(300, |_| 99.0).0, "/var no longer fills up that fast");
    }

    #[test]
    fn soon_is_critical() {
        let (said, _) = feed(180, |minute| 70.0 + minute as f64 / 10.0);
        assert_eq!(said, "critical /var will be full in 2 hours, 12 GiB left");
    }
}
