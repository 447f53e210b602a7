//! A number beyond a level, sustained. Each level is a switch with two edges: it goes on at the
//! level and off only beyond the clear level, so a number that hovers does not flap.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::move_time;
use crate::config::{Side, Sustained, Threshold};
use crate::model::Severity;

/// How long, or how often, a number was beyond its levels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Levels {
    #[serde(default, skip_serializing_if = "Level::is_off")]
    warning: Level,
    #[serde(default, skip_serializing_if = "Level::is_off")]
    critical: Level,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Level {
    /// Since when it is on.
    since: Option<Timestamp>,
    /// The last observations, newest lowest, for "X of the last Y".
    #[serde(default, skip_serializing_if = "is_zero")]
    seen: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde hands references
fn is_zero(seen: &u64) -> bool {
    *seen == 0
}

#[derive(PartialEq, Eq)]
enum Lasted {
    Not,
    TooShort(Timestamp),
    LongEnough(Timestamp),
}

/// What a threshold makes of a number.
#[derive(Debug, PartialEq)]
pub(super) enum Seen {
    /// Beyond a level; `sustained` if for long enough.
    Beyond { severity: Severity, since: Timestamp, sustained: bool },
    /// On the good side of the clear level.
    Well,
    /// In between: nothing changes.
    Between,
}

impl Levels {
    pub(super) fn is_off(&self) -> bool {
        self.warning.is_off() && self.critical.is_off()
    }

    /// The clock was set back.
    pub(super) fn move_clock(&mut self, by: SignedDuration) {
        for since in [&mut self.warning.since, &mut self.critical.since].into_iter().flatten() {
            move_time(since, by);
        }
    }

    /// Takes the next number.
    pub(super) fn heed(&mut self, limits: &Threshold, now: Timestamp, value: f64) -> Seen {
        let well = match limits.side {
            Side::Above => value < limits.clear,
            Side::Below => value > limits.clear,
        };
        // Critical is left as soon as the number is short of it; only the alert's end waits for
        // the clear level.
        let critical = limits.critical.map_or(Lasted::Not, |level| {
            let beyond = is_beyond(limits.side, value, level);
            self.critical.heed(limits.sustained, now, beyond, !beyond)
        });
        let warning = limits.warning.or(limits.critical).map_or(Lasted::Not, |level| {
            let beyond = is_beyond(limits.side, value, level);
            self.warning.heed(limits.sustained, now, beyond, well)
        });
        let lesser = if limits.warning.is_some() { Severity::Warning } else { Severity::Critical };
        match (critical, warning) {
            (Lasted::LongEnough(since), rest) => {
                let since = match rest {
                    Lasted::LongEnough(earlier) | Lasted::TooShort(earlier) => earlier.min(since),
                    Lasted::Not => since,
                };
                Seen::Beyond { severity: Severity::Critical, since, sustained: true }
            }
            (_, Lasted::LongEnough(since)) => {
                Seen::Beyond { severity: lesser, since, sustained: true }
            }
            (_, Lasted::TooShort(since)) | (Lasted::TooShort(since), _) => {
                Seen::Beyond { severity: lesser, since, sustained: false }
            }
            (Lasted::Not, Lasted::Not) if well => Seen::Well,
            (Lasted::Not, Lasted::Not) => Seen::Between,
        }
    }
}

fn is_beyond(side: Side, value: f64, level: f64) -> bool {
    match side {
        Side::Above => value >= level,
        Side::Below => value <= level,
    }
}

impl Level {
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde hands references
    fn is_off(&self) -> bool {
        *self == Self::default()
    }

    fn heed(&mut self, sustained: Sustained, now: Timestamp, beyond: bool, well: bool) -> Lasted {
        let enough = match sustained {
            Sustained::For(time) => {
                self.seen = 0;
                if beyond {
                    self.since.get_or_insert(now);
                } else if well {
                    self.since = None;
                }
                self.since.is_some_and(|since| now.duration_since(since) >= time)
            }
            Sustained::Times { times, of } => {
                let window = u64::MAX >> (64 - of.clamp(1, 64));
                self.seen = ((self.seen << 1) | u64::from(beyond)) & window;
                if self.seen == 0 {
                    self.since = None;
                } else {
                    self.since.get_or_insert(now);
                }
                self.seen.count_ones() >= times.max(1)
            }
        };
        match self.since {
            None => Lasted::Not,
            Some(since) if enough => Lasted::LongEnough(since),
            Some(since) => Lasted::TooShort(since),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One letter a minute: `.` well, `-` between, `p` too short, `W` and `C` sustained.
    fn check(limits: &Threshold, values: &[f64]) -> String {
        let mut levels = Levels::default();
        values
            .iter()
            .enumerate()
            .map(|(minute, value)| {
                let now = Timestamp::from_second(60 * minute as i64).unwrap();
                match levels.heed(limits, now, *value) {
                    Seen::Well => '.',
                    Seen::Between => '-',
                    Seen::Beyond { sustained: false, .. } => 'p',
                    Seen::Beyond { severity: Severity::Critical, .. } => 'C',
                    Seen::Beyond { .. } => 'W',
                }
            })
            .collect()
    }

    fn above(sustained: Sustained) -> Threshold {
        Threshold {
            enabled: true,
            warning: Some(85.0),
            critical: Some(95.0),
            clear: 80.0,
            side: Side::Above,
            sustained,
        }
    }

    #[test]
    fn a_state_counts_and_a_spike_does_not() {
        let limits = above(Sustained::For(SignedDuration::from_mins(2)));
        assert_eq!(check(&limits, &[70., 90., 70., 90., 90., 90.]), ".p.ppW");
        assert_eq!(check(&limits, &[90., 82., 90., 82., 79., 82.]), "ppWW.-");
        // The worse level must be sustained as well, and is left without waiting.
        assert_eq!(check(&limits, &[90., 90., 90., 96., 96., 96., 94., 99.]), "ppWWWCWW");
        let at_once = above(Sustained::For(SignedDuration::ZERO));
        assert_eq!(check(&at_once, &[85., 95., 81., 79.]), "WCW.");
    }

    #[test]
    fn some_of_the_last_ones_count() {
        let limits = above(Sustained::Times { times: 2, of: 3 });
        assert_eq!(check(&limits, &[90., 70., 90., 70., 70., 70., 82.]), "ppWpp.-");
        assert_eq!(check(&limits, &[96., 96., 90.]), "pCC");
    }

    #[test]
    fn small_numbers_can_be_trouble() {
        let limits = Threshold {
            warning: Some(10.0),
            critical: Some(5.0),
            clear: 15.0,
            side: Side::Below,
            ..above(Sustained::For(SignedDuration::ZERO))
        };
        assert_eq!(check(&limits, &[20., 10., 4., 12., 15., 16.]), ".WCWW.");
        let only_critical = Threshold { warning: None, ..limits };
        assert_eq!(check(&only_critical, &[9., 5., 9., 16.]), "-CC.");
    }
}
