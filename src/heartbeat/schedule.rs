//! When a check has to call.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use nightkeep_schedule::{Cron, Invalid, OnCalendar, Schedule};
use serde::{Deserialize, Serialize};

/// When a check has to call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct When {
    written: Written,
    schedule: Schedule,
    zone: TimeZone,
}

/// When a check has to call, as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Written {
    /// So long after the call before.
    Every {
        /// How long, more than none.
        period: SignedDuration,
    },
    /// At the times of a cron expression.
    Cron {
        /// Five fields.
        expression: String,
        /// By the clocks of this zone, an IANA name.
        zone: String,
    },
    /// At the times of systemd's OnCalendar.
    Calendar {
        /// One expression a line; the earliest counts.
        lines: String,
        /// By the clocks of this zone, unless a line names its own.
        zone: String,
    },
}

/// Why it is no time to call at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotWhen {
    /// The expression is wrong.
    #[error(transparent)]
    Expression(#[from] Invalid),
    /// There is no such zone.
    #[error("there is no time zone `{0}`; see: timedatectl list-timezones")]
    Zone(String),
}

impl When {
    /// So long after the call before.
    pub fn every(period: SignedDuration) -> Self {
        let written = Written::Every { period };
        Self { written, schedule: Schedule::Period(period), zone: TimeZone::UTC }
    }

    /// At the times of a cron expression.
    ///
    /// # Errors
    /// When it cannot be read, or there is no such zone.
    pub fn cron(expression: &str, zone: &str) -> Result<Self, NotWhen> {
        let schedule = Schedule::Cron(Cron::parse(expression)?);
        let (expression, zone) = (expression.to_owned(), zone.to_owned());
        Self::in_zone(Written::Cron { expression, zone }, schedule)
    }

    /// At the times of systemd's OnCalendar, one expression a line.
    ///
    /// # Errors
    /// When one cannot be read, or there is no such zone.
    pub fn calendar(lines: &str, zone: &str) -> Result<Self, NotWhen> {
        let schedule = Schedule::OnCalendar(OnCalendar::parse(lines)?);
        let (lines, zone) = (lines.to_owned(), zone.to_owned());
        Self::in_zone(Written::Calendar { lines, zone }, schedule)
    }

    /// Of either kind, as Healthchecks' API guesses: one line of five words is cron.
    ///
    /// # Errors
    /// When it cannot be read or never comes, or there is no such zone.
    pub fn guess(text: &str, zone: &str) -> Result<Self, NotWhen> {
        let schedule = Schedule::guess(text)?;
        let (text, zone) = (text.to_owned(), zone.to_owned());
        let written = match schedule {
            Schedule::OnCalendar(_) => Written::Calendar { lines: text, zone },
            _ => Written::Cron { expression: text, zone },
        };
        Self::in_zone(written, schedule)
    }

    /// As it is written down.
    pub fn written(&self) -> &Written {
        &self.written
    }

    /// When the next call is expected after one at `last`. None: never.
    pub fn after(&self, last: Timestamp) -> Option<Timestamp> {
        self.schedule.next(last, &self.zone)
    }

    /// As `after`, where it is known already when the call after an earlier one was expected: as
    /// long as that is ahead, a calendar says the same again.
    pub(super) fn after_known(
        &self,
        last: Timestamp,
        known: Option<Timestamp>,
    ) -> Option<Timestamp> {
        match self.written {
            Written::Every { .. } => self.after(last),
            _ => known.filter(|known| last < *known).or_else(|| self.after(last)),
        }
    }

    /// The first expected time later than `than`, of those that follow a missed one at `missed`.
    pub(super) fn after_missed(&self, missed: Timestamp, than: Timestamp) -> Option<Timestamp> {
        let Written::Every { period } = self.written else {
            return self.after(missed.max(than));
        };
        let (period, gone) = (period.as_nanos().max(1), than.duration_since(missed).as_nanos());
        let ahead = (gone.max(0) / period + 1).checked_mul(period)?;
        missed.checked_add(SignedDuration::from_nanos_i128(ahead)).ok()
    }

    fn in_zone(written: Written, schedule: Schedule) -> Result<Self, NotWhen> {
        let zone = match &written {
            Written::Every { .. } => TimeZone::UTC,
            Written::Cron { zone, .. } | Written::Calendar { zone, .. } => {
                TimeZone::get(zone).map_err(|_| NotWhen::Zone(zone.clone()))?
            }
        };
        Ok(Self { written, schedule, zone })
    }
}

impl From<When> for Written {
    fn from(when: When) -> Self {
        when.written
    }
}

impl TryFrom<Written> for When {
    type Error = NotWhen;

    /// A zone that was there when it was written down and is no more is taken for UTC: one check
    /// that is an hour off is better than all of them unread.
    fn try_from(written: Written) -> Result<Self, NotWhen> {
        let read = match &written {
            Written::Every { period } => Ok(Self::every(*period)),
            Written::Cron { expression, zone } => Self::cron(expression, zone),
            Written::Calendar { lines, zone } => Self::calendar(lines, zone),
        };
        let utc = |schedule| Self { written: written.clone(), schedule, zone: TimeZone::UTC };
        match (read, &written) {
            (Err(NotWhen::Zone(_)), Written::Cron { expression, .. }) => {
                Ok(utc(Schedule::Cron(Cron::parse(expression)?)))
            }
            (Err(NotWhen::Zone(_)), Written::Calendar { lines, .. }) => {
                Ok(utc(Schedule::OnCalendar(OnCalendar::parse(lines)?)))
            }
            (read, _) => read,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn missed_calls_stay_on_the_beat() {
        let every = When::every(SignedDuration::from_secs(60));
        assert_eq!(every.after(at(10)), Some(at(70)));
        assert_eq!(every.after_missed(at(70), at(70)), Some(at(130)));
        assert_eq!(every.after_missed(at(70), at(129)), Some(at(130)));
        assert_eq!(every.after_missed(at(70), at(130)), Some(at(190)));
        assert_eq!(every.after_missed(at(70), at(10)), Some(at(130)));
        assert_eq!(every.after(Timestamp::MAX), None);
        let hourly = When::cron("0 * * * *", "UTC").unwrap();
        assert_eq!(hourly.after_missed(at(3600), at(7199)), Some(at(7200)));
        assert_eq!(hourly.after_missed(at(3600), at(7200)), Some(at(10_800)));
    }

    #[test]
    fn a_calendar_is_asked_only_when_its_time_has_come() {
        let hourly = When::cron("0 * * * *", "UTC").unwrap();
        for second in [10, 3599, 3600, 7300] {
            let known = hourly.after(at(5));
            assert_eq!(hourly.after_known(at(second), known), hourly.after(at(second)));
        }
        let every = When::every(SignedDuration::from_secs(60));
        assert_eq!(every.after_known(at(10), every.after(at(0))), Some(at(70)));
    }

    #[test]
    fn written_and_read() {
        for when in [
            When::every(SignedDuration::from_secs(60)),
            When::cron("30 2 * * 1-5", "Europe/Vienna").unwrap(),
            When::calendar("Mon *-*-* 02:30\nSat 04:00", "UTC").unwrap(),
        ] {
            let written = serde_json::to_string(&when).unwrap();
            assert_eq!(serde_json::from_str::<When>(&written).unwrap(), when);
        }
        let gone = r#"{"kind":"cron","expression":"0 2 * * *","zone":"Mars/Olympus"}"#;
        let when: When = serde_json::from_str(gone).unwrap();
        assert_eq!(when.after(at(0)), Some(at(7200)));
        assert_eq!(serde_json::to_string(&when).unwrap(), gone);
        assert!(matches!(When::cron("0 2 * * *", "Mars/Olympus"), Err(NotWhen::Zone(_))));
        assert!(
            When::guess("30 2 * * *", "UTC").unwrap().written()
                != &Written::Calendar {
                    lines: String::from("30 2 * * *"),
                    zone: String::from("UTC"),
                }
        );
        assert!(matches!(When::guess("0 0 31 2 *", "UTC"), Err(NotWhen::Expression(_))));
    }
}
