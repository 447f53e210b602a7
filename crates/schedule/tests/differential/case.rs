//! A question and what the oracle says to it.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use nightkeep_schedule::{Cron, OnCalendar};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Cron,
    OnCalendar,
    /// Not a schedule: the zone's offset at this time.
    Offset,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Case {
    pub(crate) kind: Kind,
    pub(crate) text: String,
    pub(crate) zone: String,
    /// Seconds since 1970.
    pub(crate) after: i64,
    pub(crate) micros: i64,
}

/// Times are seconds since 1970. A row has five, or fewer when none comes after its last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) offset: Option<i32>,
    pub(crate) accepted: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) next: Vec<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) previous: Vec<i64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) stuck: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) back_stuck: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Fact {
    #[serde(flatten)]
    pub(crate) case: Case,
    #[serde(flatten)]
    pub(crate) answer: Answer,
}

/// How many times a full row has.
const ROW: usize = 5;

/// Where ours and the oracle's part.
pub(crate) struct Difference {
    pub(crate) what: &'static str,
    pub(crate) asked: Timestamp,
    pub(crate) oracle: Option<Timestamp>,
    pub(crate) stuck: bool,
    pub(crate) ours: Option<Timestamp>,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, asked, oracle, stuck, ours } = self;
        let end = if *stuck { ", stuck" } else { "" };
        write!(formatter, "{what} of {asked}: oracle {oracle:?}{end}, ours {ours:?}")
    }
}

enum Read {
    Cron(Cron),
    OnCalendar(OnCalendar),
}

/// What ours says otherwise, and how many times were compared.
pub(crate) fn compare(case: &Case, answer: &Answer) -> (Vec<Difference>, usize) {
    let read = match case.kind {
        Kind::Cron => Cron::parse(&case.text).map(Read::Cron),
        Kind::OnCalendar => OnCalendar::parse(&case.text).map(Read::OnCalendar),
        Kind::Offset => panic!("an offset is no schedule"),
    };
    let read = match (read, answer.accepted) {
        (Ok(read), true) => read,
        (Err(invalid), false) => {
            check_invalid(&case.text, &invalid);
            return (Vec::new(), 0);
        }
        (Ok(_), false) => panic!("ours accepts {case:?}"),
        (Err(invalid), true) => panic!("ours refuses {case:?}: {invalid}"),
    };
    let zone = TimeZone::get(&case.zone).unwrap();
    let after = Timestamp::from_microsecond(case.after * 1_000_000 + case.micros).unwrap();
    let next = |after| match &read {
        Read::Cron(cron) => cron.next(after, &zone),
        Read::OnCalendar(calendar) => calendar.next(after, &zone),
    };
    let (mut differences, mut compared) = row("next", after, &answer.next, answer.stuck, &next);
    if let Read::Cron(cron) = &read {
        let previous = |before| cron.previous(before, &zone);
        let back = row("previous", after, &answer.previous, answer.back_stuck, &previous);
        differences.extend(back.0);
        compared += back.1;
    }
    (differences, compared)
}

/// Each question is asked of both, also after one that they answer differently.
fn row(
    what: &'static str,
    mut asked: Timestamp,
    times: &[i64],
    stuck: bool,
    ours: &dyn Fn(Timestamp) -> Option<Timestamp>,
) -> (Vec<Difference>, usize) {
    let mut differences = Vec::new();
    let mut oracle: Vec<_> =
        times.iter().map(|time| Some(Timestamp::from_second(*time).unwrap())).collect();
    if oracle.len() < ROW {
        oracle.push(None);
    }
    let compared = oracle.len();
    for (index, oracle) in oracle.into_iter().enumerate() {
        let ours = ours(asked);
        let stuck = stuck && index == times.len();
        if ours != oracle || stuck {
            differences.push(Difference { what, asked, oracle, stuck, ours });
        }
        asked = oracle.unwrap_or(asked);
    }
    (differences, compared)
}

/// An error points into the text and says something.
fn check_invalid(text: &str, invalid: &nightkeep_schedule::Invalid) {
    assert!(text.get(invalid.span.clone()).is_some(), "{text:?}: {invalid:?}");
    assert!(!invalid.problem.is_empty() && !invalid.instead.is_empty(), "{text:?}: {invalid:?}");
}
