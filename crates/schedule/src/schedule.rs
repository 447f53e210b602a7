//! A schedule of any kind.

use std::fmt;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::piece::Piece;
use crate::{Cron, Invalid, OnCalendar};

/// 2000-01-01 00:00 UTC: Healthchecks takes an expression only if a time comes after this.
const ASKED_AFTER: i64 = 946_684_800;

/// When a job is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// So long after the last time.
    Period(SignedDuration),
    /// At the times of a cron expression.
    Cron(Cron),
    /// At the times of OnCalendar expressions.
    OnCalendar(OnCalendar),
}

impl Schedule {
    /// Reads an expression of either kind, as Healthchecks' API does: one line of five words is a
    /// cron expression, all else is OnCalendar.
    ///
    /// # Errors
    /// [`Invalid`] for what Healthchecks refuses: what cannot be read, and what never comes.
    pub fn guess(text: &str) -> Result<Self, Invalid> {
        let whole = Piece::whole(text).trim();
        let schedule = if !whole.text.contains('\n') && whole.words().len() == 5 {
            Self::Cron(Cron::parse(text)?)
        } else {
            Self::OnCalendar(OnCalendar::parse(text)?)
        };
        let asked_after = Timestamp::from_second(ASKED_AFTER).ok();
        if asked_after.and_then(|after| schedule.next(after, &TimeZone::UTC)).is_none() {
            let problem = format!("`{}` never comes", whole.text);
            let instead = "write days and months that there are together";
            return Err(whole.invalid("expression", problem, instead));
        }
        Ok(schedule)
    }

    /// The time that comes after `after`, always later than it. `None` if none comes, see
    /// [`Cron::next`] and [`OnCalendar::next`]; a period that is not positive never ends.
    ///
    /// Where a clock is set back, Healthchecks may answer with a time before `after`, and so
    /// expects a job that is not due: of a job at 02:45 that was done when the clock showed 02:30
    /// for the second time. Such answers are passed over here.
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Period(period) if period.is_positive() => after.checked_add(*period).ok(),
            Self::Period(_) => None,
            Self::Cron(cron) => {
                let mut due = cron.next(after, zone)?;
                while due <= after {
                    due = cron.next(due, zone)?;
                }
                Some(due)
            }
            Self::OnCalendar(calendar) => calendar.next_later(after, zone),
        }
    }
}

/// Writes an expression as it was given, and a period as in `1h 30m`.
impl fmt::Display for Schedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Period(period) => write!(formatter, "{period:#}"),
            Self::Cron(cron) => cron.fmt(formatter),
            Self::OnCalendar(calendar) => calendar.fmt(formatter),
        }
    }
}
