use super::*;

const MINUTE: i64 = 60;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + second).unwrap()
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// Every 10 minutes, 1 minute late at most.
fn check() -> Check {
    let mut definition = Definition::new(Uuid::nil(), Uuid::nil(), 1, "job", at(0));
    definition.when = super::super::When::every(seconds(10 * MINUTE));
    definition.grace = seconds(MINUTE);
    Check::new(definition)
}

#[expect(clippy::unnecessary_wraps, reason = "that is what a call takes")]
fn rid(number: u128) -> Option<Uuid> {
    Some(Uuid::from_u128(number))
}

impl Check {
    fn call(&mut self, second: i64, kind: Kind, rid: Option<Uuid>) -> Vec<(i64, Status, Status)> {
        let heard = self.hear(Call { kind, exit: None, rid, body: b"" }, at(second));
        shorten(&heard.flips)
    }

    fn ticks(&mut self, second: i64) -> Vec<(i64, Status, Status)> {
        let flips = self.tick(at(second));
        shorten(&flips)
    }

    fn due_in(&self) -> Option<i64> {
        self.due().map(|due| due.duration_since(at(0)).as_secs())
    }
}

fn shorten(flips: &[Flip]) -> Vec<(i64, Status, Status)> {
    let short = |flip: &Flip| (flip.at.duration_since(at(0)).as_secs(), flip.from, flip.to);
    flips.iter().map(short).collect()
}

use Status::{Down, New, Paused, Up};

#[test]
fn up_late_down_up() {
    let mut check = check();
    assert_eq!((check.due(), check.shown(at(5000))), (None, Shown::New));
    assert_eq!(check.call(0, Kind::Success, None), [(0, New, Up)]);
    assert_eq!(check.due_in(), Some(660));
    assert_eq!(check.next_ping(), Some(at(600)));
    assert_eq!(check.shown(at(599)), Shown::Up);
    assert_eq!(check.shown(at(600)), Shown::Late);
    assert_eq!(check.ticks(659), []);
    assert_eq!(check.ticks(5000), [(660, Up, Down)]);
    assert_eq!(check.state().fault, Some(HeartbeatFault::Missed));
    assert_eq!((check.due(), check.next_ping()), (None, None));
    assert_eq!(check.call(6000, Kind::Fail, None), []);
    assert_eq!(check.state().fault, Some(HeartbeatFault::Failed));
    assert_eq!(check.call(6001, Kind::Success, None), [(6001, Down, Up)]);
    assert_eq!(check.call(6002, Kind::Fail, None), [(6002, Up, Down)]);
}

#[test]
fn a_late_call_finds_it_down_already() {
    let mut check = check();
    check.call(0, Kind::Success, None);
    assert_eq!(check.call(660, Kind::Success, None), [(660, Up, Down), (660, Down, Up)]);
}

#[test]
fn a_run_has_the_grace_to_end() {
    let mut check = check();
    assert_eq!(check.call(0, Kind::Start, None), []);
    assert_eq!((check.due_in(), check.shown(at(1))), (Some(60), Shown::New));
    assert!(check.is_started());
    assert_eq!(check.ticks(60), [(60, New, Down)]);
    assert_eq!(check.state().fault, Some(HeartbeatFault::Unfinished));
    assert_eq!(check.call(70, Kind::Success, None), [(70, Down, Up)]);
    assert_eq!(check.life.last_duration, Some(seconds(70)));
    // The start does not count as a call: its own time ends first.
    check.call(660, Kind::Start, None);
    assert_eq!(check.due_in(), Some(720));
}

#[test]
fn a_run_may_have_a_time_of_its_own() {
    let mut check = check();
    check.definition.start_grace = Some(seconds(3 * 60 * MINUTE));
    check.call(0, Kind::Success, None);
    assert_eq!(check.due_in(), Some(660));
    check.call(650, Kind::Start, None);
    assert_eq!(check.due_in(), Some(650 + 3 * 60 * MINUTE));
    check.call(700, Kind::Success, None);
    assert_eq!(check.due_in(), Some(700 + 660));
}

#[test]
fn runs_are_told_apart() {
    let mut check = check();
    check.call(0, Kind::Success, None);
    check.call(10, Kind::Start, rid(1));
    check.call(20, Kind::Start, rid(2));
    // Of another run: stays open.
    assert_eq!(check.call(30, Kind::Success, rid(1)), []);
    assert!(check.is_started());
    assert_eq!(check.life.last_duration, None);
    let call = Call { kind: Kind::Success, exit: None, rid: rid(2), body: b"" };
    let heard = check.hear(call, at(50));
    assert_eq!(heard.duration, Some(seconds(30)));
    assert_eq!(check.life.last_duration, Some(seconds(30)));
    assert!(!check.is_started());
    // A success of none, or a failure of any, ends it.
    for (kind, ends) in [(Kind::Success, None), (Kind::Fail, rid(9))] {
        check.call(60, Kind::Start, rid(3));
        check.call(61, kind, ends);
        assert!(!check.is_started());
        assert_eq!(check.life.last_duration, None);
    }
}

#[test]
fn a_run_that_never_ends_is_told_once() {
    let mut check = check();
    check.call(0, Kind::Start, rid(1));
    assert_eq!(check.ticks(60), [(60, New, Down)]);
    assert_eq!(check.call(100, Kind::Success, rid(2)), [(100, Down, Up)]);
    assert!(check.is_started());
    assert_eq!(check.due_in(), Some(760));
}

#[test]
fn paused() {
    let mut check = check();
    check.call(0, Kind::Success, None);
    let flip = check.pause(at(5)).unwrap();
    assert_eq!((flip.from, flip.to, flip.is_told()), (Up, Paused, false));
    assert_eq!(check.pause(at(6)), None);
    assert_eq!(check.due(), None);
    // A start does not wake it, but its run is watched.
    assert_eq!(check.call(10, Kind::Start, None), []);
    assert_eq!(check.ticks(1000), [(70, Paused, Down)]);
    check.pause(at(1001));
    assert_eq!(check.call(1002, Kind::Success, None), [(1002, Paused, Up)]);
    check.definition.manual_resume = true;
    check.pause(at(1003));
    let call = Call { kind: Kind::Fail, exit: Some(3), rid: None, body: b"no" };
    assert_eq!(check.hear(call, at(1004)).kind, Kind::Ignored);
    assert_eq!(check.life.status, Paused);
    assert_eq!(check.life.pings, 4);
    let flip = check.resume(at(1005)).unwrap();
    assert_eq!((flip.from, flip.to, check.life.last_ping), (Paused, New, None));
    assert_eq!(check.resume(at(1006)), None);
}

#[test]
fn what_is_told() {
    let told = |from, to| Flip { at: at(0), from, to, reason: Reason::None }.is_told();
    for from in [New, Up, Paused] {
        assert!(told(from, Down));
    }
    assert!(told(Down, Up));
    for (from, to) in [(New, Up), (Paused, Up), (Down, Paused), (Up, Paused), (Paused, New)] {
        assert!(!told(from, to));
    }
}

#[test]
fn logs_change_nothing() {
    let mut check = check();
    check.call(0, Kind::Success, None);
    let before = check.life.clone();
    check.call(5, Kind::Log, rid(1));
    check.call(6, Kind::Ignored, None);
    let after = Life { pings: before.pings, last: before.last.clone(), ..check.life.clone() };
    assert_eq!((after, check.life.pings), (before, 3));
}

#[test]
fn some_failures_may_be_let_pass() {
    let mut check = check();
    check.definition.failures = 3;
    assert_eq!(check.call(0, Kind::Fail, None), [(0, New, Up)]);
    assert_eq!(check.call(10, Kind::Fail, None), []);
    // A missed call is one as well.
    assert_eq!(check.ticks(5000), [(670, Up, Down)]);
    check.call(5000, Kind::Success, None);
    assert_eq!(check.life.failures, 0);
    // Missed calls stay on the beat.
    assert_eq!(check.ticks(5660), []);
    assert_eq!((check.due_in(), check.life.failures), (Some(6260), 1));
    assert_eq!(check.ticks(9000), [(6860, Up, Down)]);
}

#[test]
fn a_run_let_pass_counts_once() {
    let mut check = check();
    check.definition.failures = 2;
    check.call(0, Kind::Success, None);
    check.call(600, Kind::Start, None);
    assert_eq!(check.due_in(), Some(660));
    assert_eq!(check.ticks(660), []);
    assert_eq!((check.life.failures, check.due_in()), (1, Some(1260)));
}

#[test]
fn too_short_runs() {
    let mut check = check();
    check.definition.shortest_run = Some(seconds(30));
    assert_eq!(check.call(0, Kind::Success, None), [(0, New, Up)]);
    check.call(10, Kind::Start, None);
    assert_eq!(check.call(39, Kind::Success, None), [(39, Up, Down)]);
    assert_eq!(check.state().fault, Some(HeartbeatFault::Early));
    check.call(50, Kind::Start, None);
    assert_eq!(check.call(80, Kind::Success, None), [(80, Down, Up)]);
}

#[test]
fn durations_end_at_three_days() {
    let mut check = check();
    let mut took = |length: SignedDuration| {
        let end = at(0) + length;
        check.hear(Call { kind: Kind::Start, exit: None, rid: None, body: b"" }, at(0));
        check.hear(Call { kind: Kind::Success, exit: None, rid: None, body: b"" }, end).duration
    };
    assert_eq!(took(LONGEST), Some(LONGEST));
    assert_eq!(took(LONGEST + seconds(1)), None);
}

#[test]
fn what_a_failure_said() {
    let mut check = check();
    let body = b"dumping\n\x1b[31mno space left\x1b[0m\r\n\n";
    check.hear(Call { kind: Kind::Fail, exit: Some(7), rid: None, body }, at(0));
    let state = check.state();
    assert_eq!((state.exit, state.said.contains("no space left")), (Some(7), true));
    assert!(!state.said.contains('\x1b'));
    check.call(1, Kind::Success, None);
    assert_eq!((check.state().exit, check.state().said), (None, String::new()));
}

#[test]
fn a_new_definition_counts_from_the_last_call() {
    let mut check = check();
    check.call(0, Kind::Success, None);
    let mut definition = check.definition.clone();
    definition.when = super::super::When::every(seconds(MINUTE));
    check.define(definition);
    assert_eq!(check.due_in(), Some(120));
    assert_eq!(check.ticks(500), [(120, Up, Down)]);
}
