//! Was the clock set? systemd logs that it was; how far, the entries say, which carry a clock that nobody
//! sets as well.

use jiff::{SignedDuration, Timestamp};
use nightkeep_journal::{Journal, Query};
use nightkeep_triage::timeline::{Act, Event, Source};

/// The number of systemd's message that the clock was set (`SD_MESSAGE_TIME_CHANGE` of sd-messages.h).
const CHANGED: &str = "c7a787079b354eaaa9e77b371893cd27";
/// What a clock drifts, and is nudged by, in microseconds.
const DRIFT: i64 = 2_000_000;
/// Times it was set that are looked at.
const MOST: usize = 200;

/// A time during which the clock ran without being set, within one boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    boot: [u8; 16],
    /// What it showed at the beginning and at the end, in microseconds.
    begin: i64,
    end: i64,
    /// What it shows less the time since the boot, in microseconds.
    offset: i64,
}

/// How the clock ran in each boot in which it was set.
pub(super) fn clocks(journal: &mut Journal, since: Timestamp) -> Vec<Clock> {
    let from = u64::try_from(since.as_microsecond()).unwrap_or_default();
    let set = Query::new(&[]).having(&[("MESSAGE_ID", CHANGED), ("_PID", "1")]);
    let at = |entry: &nightkeep_journal::Entry| {
        (entry.boot, entry.realtime.cast_signed(), entry.monotonic.cast_signed())
    };
    let set: Vec<([u8; 16], i64, i64)> =
        journal.since(&set, from).take(MOST).map(|entry| at(&entry)).collect();
    let mut clocks = Vec::new();
    let mut boots: Vec<[u8; 16]> = set.iter().map(|(boot, ..)| *boot).collect();
    boots.dedup();
    for boot in boots {
        let name = nightkeep_triage::text::hex(&boot);
        let all = Query::new(&[]).having(&[("_BOOT_ID", &name)]);
        let Some(first) = journal.since(&all, 0).next().map(|entry| at(&entry)) else { continue };
        let own = set.iter().filter(|(of, ..)| *of == boot).copied();
        let points: Vec<(i64, i64)> =
            std::iter::once(first).chain(own).map(|(_, real, mono)| (real, mono)).collect();
        clocks.extend(pieces(boot, &points));
    }
    clocks
}

/// Between one setting and the next; those that changed nothing are one.
fn pieces(boot: [u8; 16], points: &[(i64, i64)]) -> Vec<Clock> {
    let mut clocks: Vec<Clock> = Vec::new();
    for &(real, mono) in points {
        let offset = real - mono;
        if let Some(last) = clocks.last_mut() {
            last.end = mono + last.offset;
            if (last.offset - offset).abs() < DRIFT {
                continue;
            }
        }
        clocks.push(Clock { boot, begin: real, end: i64::MAX, offset });
    }
    clocks.last_mut().into_iter().for_each(|last| last.end = i64::MAX);
    clocks
}

/// The last setting is taken to be right.
fn wrong_by(clocks: &[Clock], clock: &Clock) -> i64 {
    let last = clocks.iter().rev().find(|other| other.boot == clock.boot).unwrap_or(clock);
    (last.offset - clock.offset) / 1_000_000
}

/// When it was set, and by how much.
pub(super) fn changes(clocks: &[Clock]) -> Vec<Event> {
    let pairs = clocks.windows(2).filter(|pair| pair[0].boot == pair[1].boot);
    pairs
        .filter_map(|pair| {
            let by = (pair[1].offset - pair[0].offset) / 1_000_000;
            let at = Timestamp::from_microsecond(pair[1].begin).ok()?;
            let how = if by > 0 { "forward" } else { "back" };
            let long = SignedDuration::from_secs(by.abs());
            let what = format!("the clock was set {how} by {long:#}");
            Some(Event::new(at, Source::Journal, Act::Clock, &what))
        })
        .collect()
}

/// Says of events that happened while the clock was wrong by how much. Of a time the clock showed twice,
/// because it was set back, nobody can say which it was: it is left as it stands.
pub(super) fn correct(clocks: &[Clock], events: &mut [Event]) {
    for event in events.iter_mut().filter(|event| event.act != Act::Clock) {
        let at = event.at.as_microsecond();
        let mut of = clocks.iter().filter(|clock| clock.begin <= at && at < clock.end);
        if let (Some(clock), None) = (of.next(), of.next()) {
            let by = wrong_by(clocks, clock);
            event.correction = (by != 0).then_some(by);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn a_clock_that_was_set_right_corrects_what_was_before() {
        // An hour slow until 100 s after the boot; a nudge later is no setting.
        let base = 1_700_000_000 * SECOND;
        let points = [
            (base, 0),
            (base + 3700 * SECOND, 100 * SECOND),
            (base + 3900 * SECOND + 5, 300 * SECOND),
        ];
        let clocks = pieces([1; 16], &points);
        assert_eq!(clocks.len(), 2);
        let event = |second: i64| {
            let at = Timestamp::from_second(1_700_000_000 + second).unwrap();
            Event::new(at, Source::Journal, Act::Other, "x")
        };
        let mut events = [event(50), event(3800), event(-5), event(2000)];
        correct(&clocks, &mut events);
        let by: Vec<Option<i64>> = events.iter().map(|event| event.correction).collect();
        assert_eq!(by, [Some(3600), None, None, None]);
        let told = changes(&clocks);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].message, "the clock was set forward by 1h");
    }
}
