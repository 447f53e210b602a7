//! A call that is heard only now, and says when it was: the watch was away, or the way to it, not the
//! job. It takes back what was told of a missed call, at the moment it was told.

use jiff::{SignedDuration, Timestamp};

use super::{Call, Check, Flip, Heard, Run};
use crate::heartbeat::contract::Kind;
use crate::model::{HeartbeatFault as Fault, HeartbeatStatus as Status};

/// The end of a run comes so soon behind its late start, or there was none.
pub(super) const BEHIND: SignedDuration = SignedDuration::from_mins(1);

impl Check {
    /// It called at `at`. What was heard since of later calls holds.
    pub fn hear_late(&mut self, call: Call<'_>, at: Timestamp, now: Timestamp) -> Heard {
        if at >= now {
            return self.hear(call, now);
        }
        let mut flips = self.tick(now);
        let kind = self.count(call, at);
        let life = &mut self.life;
        let is_known = life.last_ping.is_some_and(|last| at <= last);
        let duration = match kind {
            Kind::Start => {
                life.runs.begin(call.rid, at);
                if !is_known {
                    life.run = Some(Run { at, rid: call.rid, told: false, heard: Some(now) });
                }
                None
            }
            Kind::Success | Kind::Fail => {
                let duration = life.runs.end(call.rid, at);
                if !is_known {
                    let fault = self.fault(kind, duration);
                    self.end_run(kind, call.rid, at);
                    self.ended_late(fault, call, (at, now), &mut flips);
                }
                duration
            }
            Kind::Log | Kind::Ignored => None,
        };
        flips.extend(self.tick(now));
        Heard { kind, duration, flips }
    }

    fn ended_late(
        &mut self,
        fault: Option<Fault>,
        call: Call<'_>,
        (at, now): (Timestamp, Timestamp),
        flips: &mut Vec<Flip>,
    ) {
        let next = self.definition.when.after_known(at, self.life.expected);
        let late = next.and_then(|next| next.checked_add(self.definition.grace).ok());
        let is_overdue = late.is_some_and(|late| late <= now);
        if fault.is_none() && is_overdue && self.life.status == Status::Down {
            // Well then, but the call after it is missing as well: it was not up in between.
            let life = &mut self.life;
            (life.expected, life.last_success) = (next, Some(at));
            (life.fault, life.failures) = (Some(Fault::Missed), 1);
        } else {
            self.ended(fault, call, at, flips);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::heartbeat::{Definition, When};

    const HOUR: i64 = 3600;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    /// Every hour, 10 minutes late at most; up since 0.
    fn check() -> Check {
        let mut definition = Definition::new(Uuid::nil(), Uuid::nil(), 1, "job", at(0));
        definition.when = When::every(SignedDuration::from_secs(HOUR));
        definition.grace = SignedDuration::from_mins(10);
        let mut check = Check::new(definition);
        check.hear(call(Kind::Success, 0), at(0));
        check
    }

    fn call(kind: Kind, run: u128) -> Call<'static> {
        Call { kind, exit: None, rid: Some(Uuid::from_u128(run)), body: b"" }
    }

    #[test]
    fn a_missed_call_is_taken_back() {
        let mut check = check();
        let missed = check.tick(at(2 * HOUR));
        assert_eq!((missed.len(), check.life.status), (1, Status::Down));
        let now = at(2 * HOUR + 60);
        check.hear_late(call(Kind::Start, 1), at(HOUR), now);
        let heard = check.hear_late(call(Kind::Success, 1), at(HOUR + 300), now);
        assert_eq!(heard.duration, Some(SignedDuration::from_secs(300)));
        // Up at the moment it was called down: it was never down.
        let flips: Vec<_> = heard.flips.iter().map(|flip| (flip.at, flip.to)).collect();
        assert_eq!(flips, [(missed[0].at, Status::Up)]);
        let state = check.state();
        assert!(state.last.is_some_and(|last| last == at(HOUR + 300) && last < state.since));
        assert_eq!(check.due(), Some(at(HOUR + 300 + HOUR + 600)));
    }

    #[test]
    fn it_stays_down_if_the_next_is_missing_too() {
        let mut check = check();
        let now = at(6 * HOUR);
        check.tick(now);
        let heard = check.hear_late(call(Kind::Success, 1), at(HOUR), now);
        assert_eq!((heard.flips.len(), check.life.status), (0, Status::Down));
        let heard = check.hear_late(call(Kind::Success, 2), at(5 * HOUR + 1800), now);
        assert_eq!((heard.flips.len(), check.life.status), (1, Status::Up));
    }

    #[test]
    fn what_was_heard_of_later_calls_holds() {
        let mut check = check();
        check.hear(call(Kind::Fail, 2), at(HOUR));
        let before = check.state();
        let now = at(HOUR + 60);
        check.hear_late(call(Kind::Start, 1), at(100), now);
        let heard = check.hear_late(call(Kind::Success, 1), at(200), now);
        assert_eq!(heard.duration, Some(SignedDuration::from_secs(100)));
        assert_eq!((check.state(), check.life.run.is_none()), (before, true));
    }

    #[test]
    fn a_late_start_without_an_end_is_told_after_a_minute() {
        let mut check = check();
        let now = at(HOUR);
        assert_eq!(check.hear_late(call(Kind::Start, 1), at(HOUR - 900), now).flips, []);
        assert_eq!(check.due(), Some(at(HOUR + 60)));
        check.tick(at(HOUR + 60));
        assert_eq!(check.life.fault, Some(Fault::Unfinished));
    }

    proptest! {
        /// A watch that heard everything too late comes to know what one that heard it knows.
        #[test]
        fn late_or_not_it_comes_to_the_same(
            runs in proptest::collection::vec((60..2 * HOUR, 1..1200_i64, 0..4_u8), 0..12),
            away in 0..12_usize,
            later in 1..3 * HOUR,
        ) {
            let mut calls = Vec::new();
            let mut time = 0;
            for (nth, (pause, length, end)) in runs.iter().enumerate() {
                time += pause;
                calls.push((time, Kind::Start, nth as u128 + 1));
                time += length;
                match end {
                    0 => {}
                    1 => calls.push((time, Kind::Fail, nth as u128 + 1)),
                    _ => calls.push((time, Kind::Success, nth as u128 + 1)),
                }
            }
            let now = time + later;
            let (mut heard, mut late) = (check(), check());
            for (second, kind, run) in &calls {
                heard.hear(call(*kind, *run), at(*second));
            }
            let (in_time, too_late) = calls.split_at(calls.len().min(away));
            for (second, kind, run) in in_time {
                late.hear(call(*kind, *run), at(*second));
            }
            for (second, kind, run) in too_late {
                late.hear_late(call(*kind, *run), at(*second), at(now));
            }
            let known = |check: &mut Check| {
                check.tick(at(now + 120));
                let life = check.life.clone();
                (life.status, life.last_ping, life.last_success, life.expected, life.pings)
            };
            prop_assert_eq!(known(&mut heard), known(&mut late));
        }
    }
}
