//! Stories of alerts, told as a transcript: what is heard on the left, what is told on the right.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Judge, Rows, Step};
use crate::config::{
    ChannelConfig, ChannelKind, Config, Hours, Maintenance, Route, Sustained, Window,
};
use crate::model::*;

struct Scene {
    config: Config,
    judge: Judge,
    saved: Rows,
    last: i64,
}

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn config() -> Config {
    let mut config = Config::default();
    let channel = || ChannelConfig {
        kind: ChannelKind::Command { command: vec!["true".into()] },
        timeout: SignedDuration::from_secs(10),
    };
    config.channels.insert("mail".into(), channel());
    config.disk.used.sustained = Sustained::For(SignedDuration::ZERO);
    config.alerts.reminders.clear();
    config
}

impl Scene {
    fn new(config: Config) -> Self {
        let judge = Judge::new(Arc::new(config.clone()), &Rows::new());
        Self { config, judge, saved: Rows::new(), last: 0 }
    }

    fn step(&mut self, at: Timestamp, observations: Vec<Observation>) -> Vec<String> {
        let Step { decisions, changed } = self.judge.step(&Batch { at, observations });
        for (name, json) in changed {
            match json {
                Some(json) => self.saved.insert(name, json),
                None => self.saved.remove(&name),
            };
        }
        decisions.iter().filter_map(line).collect()
    }

    /// Hears something at a second; returns what is told or held until and then.
    fn hear(&mut self, second: i64, observations: Vec<Observation>) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(wake) = self.judge.next_wake().filter(|wake| *wake <= time(second)) {
            lines.extend(self.step(wake, Vec::new()));
        }
        lines.extend(self.step(time(second), observations));
        self.last = second;
        lines
    }

    fn wait(&mut self, until: i64) -> Vec<String> {
        self.hear(until, Vec::new())
    }

    /// The daemon dies and is there again at a second, having forgotten all but what was saved.
    fn restart(&mut self, second: i64) -> Vec<String> {
        self.judge = Judge::new(Arc::new(self.config.clone()), &self.saved);
        let event = Event::WatchStarted { alive_until: Some(time(self.last)), rebooted: false };
        self.step(time(second), vec![Observation::Event { subject: Subject::Host, event }])
    }

    fn phase(&self, rule: RuleName) -> Option<Phase> {
        self.judge.alerts().iter().find(|alert| alert.key.rule == rule).map(|alert| alert.phase)
    }
}

fn line(decision: &Decision) -> Option<String> {
    match decision {
        Decision::Change { .. } => None,
        Decision::Tell(tell) => {
            let items: Vec<_> = tell
                .items
                .iter()
                .map(|item| {
                    let held = if item.held.is_some() { " late" } else { "" };
                    format!("{} {}{held}", item.severity, item.key)
                })
                .collect();
            let (at, to) = (tell.at.as_second(), tell.channels.join("+"));
            Some(format!("{at} {:?} to {to}: {}", tell.kind, items.join(", ")))
        }
        Decision::Hold { at, key, kind, by, .. } => {
            let by = format!("{by:?}");
            let by = by.split([' ', '{']).next().unwrap_or_default();
            Some(format!("{} {kind:?} held by {by}: {key}", at.as_second()))
        }
    }
}

fn mount(name: &str, used: f32) -> Observation {
    let subject = Subject::Mount(name.into());
    Observation::Sample { subject, metric: Metric::DiskUsedRatio, value: used }
}

fn unit(name: &str, active: &str) -> Observation {
    let state = UnitState { active: active.into(), ..UnitState::default() };
    Observation::State { subject: Subject::Unit(name.into()), state: State::Unit(state) }
}

fn read_only(name: &str, read_only: bool) -> Observation {
    let state = State::Mount { read_only, intended: false };
    Observation::State { subject: Subject::Mount(name.into()), state }
}

fn silence(rules: &str, from: i64, until: i64) -> Observation {
    Observation::Command(Command::Silence(Silence {
        id: 0,
        matches: Match { rules: vec![rules.into()], ..Match::default() },
        from: time(from),
        until: time(until),
        by: "ann".into(),
        reason: "upgrade".into(),
    }))
}

const NONE: [&str; 0] = [];

#[test]
fn what_begins_together_is_one_message_worst_first() {
    let mut scene = Scene::new(config());
    assert_eq!(scene.hear(100, vec![mount("/", 0.9), unit("a.service", "failed")]), NONE);
    assert_eq!(scene.hear(110, vec![mount("/var", 0.97)]), NONE);
    assert_eq!(
        scene.wait(200),
        ["115 Raised to mail: critical disk-used mount:/var, warning disk-used mount:/, \
          warning unit-failed unit:a.service"]
    );
    let calm = vec![mount("/", 0.5), mount("/var", 0.5), unit("a.service", "active")];
    assert_eq!(scene.hear(300, calm), NONE);
    assert_eq!(
        scene.wait(1000),
        ["375 Recovered to mail: critical disk-used mount:/var, warning disk-used mount:/, \
          warning unit-failed unit:a.service"]
    );
    assert_eq!(scene.phase(RuleName::DiskUsed), Some(Phase::Resolved));
    assert!(scene.judge.alerts().iter().all(|alert| alert.told && alert.next.is_empty()));
}

#[test]
fn all_well_writes_nothing() {
    let mut scene = Scene::new(config());
    let well = |second| Batch {
        at: time(second),
        observations: vec![mount("/", 0.5), unit("a.service", "active"), read_only("/", false)],
    };
    scene.judge.step(&well(0));
    for second in [10, 20, 30] {
        assert_eq!(scene.judge.step(&well(second)), Step::default());
    }
    assert_eq!(scene.judge.next_wake(), None);
}

#[test]
fn worse_is_told_and_better_is_not() {
    let mut scene = Scene::new(config());
    scene.hear(0, vec![mount("/", 0.9)]);
    // Worse before anything was told: one message that says how bad it is.
    scene.hear(10, vec![mount("/", 0.96)]);
    assert_eq!(scene.wait(60), ["15 Raised to mail: critical disk-used mount:/"]);
    assert_eq!(scene.hear(70, vec![mount("/", 0.9)]), NONE);
    assert_eq!(scene.hear(80, vec![mount("/", 0.96)]), NONE);
    let mut scene = Scene::new(config());
    scene.hear(0, vec![mount("/", 0.9)]);
    scene.wait(60);
    scene.hear(70, vec![mount("/", 0.96)]);
    assert_eq!(scene.wait(100), ["85 Worse to mail: critical disk-used mount:/"]);
}

#[test]
fn what_was_over_before_it_was_told_is_not_told() {
    let mut config = config();
    config.alerts.clear_for = SignedDuration::ZERO;
    let mut scene = Scene::new(config);
    scene.hear(0, vec![mount("/", 0.9)]);
    let held = ["5 Raised held by Over: disk-used mount:/"];
    assert_eq!(scene.hear(5, vec![mount("/", 0.5)]), held);
    assert_eq!(scene.wait(1000), NONE);
}

#[test]
fn flapping_lengthens_the_end() {
    let mut config = config();
    config.alerts.flap_multiplier = 2.0;
    let mut scene = Scene::new(config);
    let mut second = 0;
    let mut waits = Vec::new();
    for _ in 0..5 {
        scene.hear(second, vec![mount("/", 0.9)]);
        scene.hear(second + 20, vec![mount("/", 0.5)]);
        let over = scene.judge.next_wake().unwrap().as_second();
        waits.push(over - second - 20);
        second = over + 60;
    }
    assert_eq!(waits, [60, 120, 240, 480, 960]);
    // Back within the wait, nothing is told at all.
    scene.hear(second, vec![mount("/", 0.9)]);
    scene.wait(second + 20);
    scene.hear(second + 30, vec![mount("/", 0.5)]);
    scene.hear(second + 60, vec![mount("/", 0.9)]);
    assert_eq!(scene.wait(second + 4000), NONE);
}

#[test]
fn reminders_grow_apart_until_somebody_takes_care() {
    let mut config = config();
    config.alerts.reminders = [60, 240].map(SignedDuration::from_mins).into_iter().collect();
    let mut scene = Scene::new(config);
    scene.hear(0, vec![mount("/", 0.9)]);
    scene.wait(20);
    let reminders = [
        "3630 Reminder to mail: warning disk-used mount:/",
        "18045 Reminder to mail: warning disk-used mount:/",
        "32460 Reminder to mail: warning disk-used mount:/",
    ];
    assert_eq!(scene.wait(40_000), reminders);
    let acknowledge = Command::Acknowledge { alert: 1, by: "ann".into(), reason: "on it".into() };
    assert_eq!(
        scene.hear(40_000, vec![Observation::Command(acknowledge)]),
        ["40000 Reminder held by Acknowledged: disk-used mount:/"]
    );
    assert_eq!(scene.wait(200_000), NONE);
    assert_eq!(scene.judge.alerts()[0].acknowledged, Some(("ann".into(), time(40_000))));
}

#[test]
fn worse_outweighs_a_reminder_that_waits() {
    let mut config = config();
    config.alerts.reminders = vec![SignedDuration::from_mins(60)];
    let mut scene = Scene::new(config);
    scene.hear(0, vec![mount("/", 0.9)]);
    scene.hear(100, vec![silence("*", 0, 9000)]);
    let held = ["3615 Reminder held by Silence: disk-used mount:/"];
    assert_eq!(scene.wait(3700), held);
    let held = ["4000 Worse held by Silence: disk-used mount:/"];
    assert_eq!(scene.hear(4000, vec![mount("/", 0.96)]), held);
    assert_eq!(scene.wait(9100), ["9015 Worse to mail: critical disk-used mount:/ late"]);
}

#[test]
fn what_still_burns_after_a_silence_is_told() {
    let mut scene = Scene::new(config());
    scene.hear(0, vec![silence("disk-*", 0, 600)]);
    let held = ["10 Raised held by Silence: disk-used mount:/"];
    assert_eq!(scene.hear(10, vec![mount("/", 0.9)]), held);
    // This one ends inside and is never told.
    let held = ["20 Raised held by Silence: disk-used mount:/var"];
    assert_eq!(scene.hear(20, vec![mount("/var", 0.9)]), held);
    scene.hear(30, vec![mount("/var", 0.5)]);
    assert_eq!(scene.wait(100), ["90 Raised held by Over: disk-used mount:/var"]);
    assert_eq!(scene.wait(700), ["615 Raised to mail: warning disk-used mount:/ late"]);
    assert!(scene.judge.silences().is_empty());
}

#[test]
fn a_recovery_inside_a_silence_comes_when_it_ends() {
    let mut scene = Scene::new(config());
    scene.hear(0, vec![mount("/", 0.9)]);
    scene.wait(20);
    scene.hear(100, vec![silence("*", 0, 9000)]);
    scene.hear(110, vec![mount("/", 0.5)]);
    assert_eq!(scene.wait(300), ["170 Recovered held by Silence: disk-used mount:/"]);
    let end = Command::Unsilence { silence: 1, by: "ann".into() };
    scene.hear(400, vec![Observation::Command(end)]);
    assert_eq!(scene.wait(500), ["415 Recovered to mail: warning disk-used mount:/ late"]);
}

#[test]
fn maintenance_holds_back_as_long_as_it_lasts() {
    let mut config = config();
    config.maintenance.push(Maintenance {
        name: "backup".into(),
        author: "ann".into(),
        reason: "disks are busy".into(),
        public: None,
        matches: Match::default(),
        window: Window::Cron {
            expression: "0 1 * * *".into(),
            lasts: SignedDuration::from_mins(30),
        },
    });
    let mut scene = Scene::new(config);
    assert_eq!(
        scene.hear(3600, vec![mount("/", 0.9)]),
        ["3600 Raised held by Maintenance: disk-used mount:/"]
    );
    assert_eq!(scene.wait(9000), ["5415 Raised to mail: warning disk-used mount:/ late"]);
}

#[test]
fn a_parent_explains_its_children() {
    let mut scene = Scene::new(config());
    assert_eq!(
        scene.hear(0, vec![read_only("/", true), mount("/", 0.9)]),
        ["0 Raised held by Parent: disk-used mount:/"]
    );
    assert_eq!(scene.wait(60), ["15 Raised to mail: critical disk-read-only mount:/"]);
    scene.hear(100, vec![read_only("/", false)]);
    assert_eq!(
        scene.wait(200),
        [
            "175 Raised to mail: warning disk-used mount:/ late",
            "175 Recovered to mail: critical disk-read-only mount:/"
        ]
    );
}

#[test]
fn a_child_about_to_end_is_not_told_when_its_parent_is_over() {
    let mut scene = Scene::new(config());
    scene.hear(0, vec![read_only("/", true), mount("/", 0.9)]);
    scene.wait(60);
    scene.hear(100, vec![read_only("/", false)]);
    scene.hear(140, vec![mount("/", 0.5)]);
    assert_eq!(
        scene.wait(400),
        [
            "175 Recovered to mail: critical disk-read-only mount:/",
            "200 Raised held by Over: disk-used mount:/"
        ]
    );
}

#[test]
fn a_needed_unit_that_fails_is_one_trouble() {
    let mut config = config();
    config.units.must_be_active.push("a.service".into());
    let mut scene = Scene::new(config);
    scene.hear(0, vec![unit("a.service", "failed")]);
    assert_eq!(
        scene.wait(300),
        [
            "15 Raised to mail: critical unit-failed unit:a.service",
            "60 Raised held by Parent: unit-inactive unit:a.service"
        ]
    );
    scene.hear(400, vec![unit("a.service", "active")]);
    assert_eq!(
        scene.wait(600),
        [
            "460 Raised held by Over: unit-inactive unit:a.service",
            "475 Recovered to mail: critical unit-failed unit:a.service"
        ]
    );
    // Stopped by hand: nothing failed, but it must be active.
    scene.hear(3000, vec![unit("a.service", "inactive")]);
    scene.hear(3010, vec![Observation::Gone { subject: Subject::Unit("a.service".into()) }]);
    assert_eq!(scene.wait(4000), ["3075 Raised to mail: critical unit-inactive unit:a.service"]);
}

#[test]
fn routes_choose_channels_and_wait_for_their_hours() {
    let mut config = config();
    let again = config.channels["mail"].clone();
    config.channels.insert("push".into(), again);
    config.routes = vec![
        Route {
            matches: Match { severities: vec![Severity::Critical], ..Match::default() },
            channels: vec!["push".into()],
            go_on: true,
            ..Route::default()
        },
        Route {
            hours: Some(Hours { from: 60, until: 120 }),
            channels: vec!["mail".into()],
            ..Route::default()
        },
    ];
    let mut scene = Scene::new(config);
    let held = ["0 Raised held by NoRoute: disk-used mount:/"];
    assert_eq!(scene.hear(0, vec![mount("/", 0.9), mount("/var", 0.96)]), held);
    assert_eq!(
        scene.wait(4000),
        [
            "15 Raised to push: critical disk-used mount:/var",
            "3615 Raised to mail: warning disk-used mount:/ late"
        ]
    );
    // Recoveries reach whom the trouble reached, whatever the hour.
    scene.hear(9000, vec![mount("/", 0.5), mount("/var", 0.5)]);
    assert_eq!(
        scene.wait(9999),
        [
            "9075 Recovered to push: critical disk-used mount:/var",
            "9075 Recovered to mail: warning disk-used mount:/"
        ]
    );
}

#[test]
fn a_heartbeat_says_who_hears_of_it() {
    let job = |name: &str, status, channels: &[&str]| Observation::State {
        subject: Subject::Heartbeat(name.into()),
        state: State::Heartbeat(HeartbeatState {
            status,
            fault: None,
            severity: Severity::Warning,
            channels: channels.iter().map(|name| (*name).to_owned()).collect(),
            since: time(0),
            last: None,
            exit: None,
            said: String::new(),
        }),
    };
    let mut config = config();
    let mail = config.channels["mail"].clone();
    config.channels.insert("push".into(), mail.clone());
    config.channels.insert("chat".into(), mail);
    config.routes = vec![Route { channels: vec!["mail".into()], ..Route::default() }];
    let mut scene = Scene::new(config);
    let down = HeartbeatStatus::Down;
    scene.hear(
        0,
        vec![
            job("named", down, &["push", "chat", "gone"]),
            job("routed", down, &[]),
            job("lost", down, &["gone"]),
        ],
    );
    assert_eq!(
        scene.wait(100),
        [
            "15 Raised to chat+push: warning heartbeat-down heartbeat:named",
            "15 Raised to mail: warning heartbeat-down heartbeat:lost, warning heartbeat-down heartbeat:routed",
        ]
    );
    // Whoever was told hears of the end, whatever was decided since.
    let up = HeartbeatStatus::Up;
    scene.hear(200, vec![job("named", up, &["mail"]), job("lost", down, &["push"])]);
    assert_eq!(
        scene.wait(400),
        ["275 Recovered to chat+push: warning heartbeat-down heartbeat:named"]
    );
    scene.hear(500, vec![job("named", down, &["mail"])]);
    assert_eq!(scene.wait(600), ["515 Raised to mail: warning heartbeat-down heartbeat:named"]);
}

#[test]
fn a_failing_channel_is_told_on_the_others() {
    let failing = |since: Option<i64>| Observation::State {
        subject: Subject::Channel("mail".into()),
        state: State::Channel { failing_since: since.map(time), error: "refused".into() },
    };
    let mut config = config();
    let mut alone = Scene::new(config.clone());
    alone.hear(0, vec![failing(Some(0))]);
    assert_eq!(alone.wait(400), ["300 Raised held by NoRoute: channel-failing channel:mail"]);
    let again = config.channels["mail"].clone();
    config.channels.insert("push".into(), again);
    let mut scene = Scene::new(config);
    scene.hear(0, vec![failing(Some(0))]);
    assert_eq!(scene.wait(400), ["315 Raised to push: warning channel-failing channel:mail"]);
}

#[test]
fn a_monitor_that_cannot_be_asked_is_told_and_one_without_a_way_out_is_not() {
    let monitor = |name: &str, status, unasked| Observation::State {
        subject: Subject::Monitor(name.into()),
        state: State::Monitor(MonitorState { status, said: "no permission".into(), unasked }),
    };
    let unknown = MonitorStatus::Unknown;
    let mut scene = Scene::new(config());
    scene.hear(0, vec![monitor("a", unknown, true), monitor("b", unknown, false)]);
    assert_eq!(scene.wait(100), ["15 Raised to mail: warning monitor-degraded monitor:a"]);
    assert!(scene.judge.alerts()[0].summary.contains("cannot be asked: no permission"));
    scene.hear(200, vec![monitor("a", MonitorStatus::Up, false)]);
    assert_eq!(scene.wait(400), ["275 Recovered to mail: warning monitor-degraded monitor:a"]);
}

#[test]
fn unknown_is_neither_well_nor_new_trouble() {
    let mut scene = Scene::new(config());
    scene.hear(0, vec![mount("/", 0.9)]);
    scene.wait(20);
    let silence = Observation::Silence { source: SourceName::Disk, reason: "no /proc".into() };
    scene.hear(30, vec![silence]);
    assert_eq!(scene.phase(RuleName::DiskUsed), Some(Phase::Unknown));
    assert_eq!(scene.wait(300), ["165 Raised to mail: warning source-silent source:disk"]);
    // The same trouble goes on, nothing is told anew; the source's own alert is over.
    scene.hear(310, vec![mount("/", 0.9)]);
    assert_eq!(scene.phase(RuleName::DiskUsed), Some(Phase::Firing));
    assert_eq!(scene.wait(500), ["385 Recovered to mail: warning source-silent source:disk"]);
    assert!(scene.judge.is_firing(1));
}

#[test]
fn a_subject_that_is_gone_burns_no_more() {
    let mut scene = Scene::new(config());
    scene.hear(0, vec![mount("/mnt", 0.9)]);
    scene.wait(20);
    scene.hear(30, vec![Observation::Gone { subject: Subject::Mount("/mnt".into()) }]);
    assert_eq!(scene.judge.alerts()[0].summary, "/mnt is no longer there");
    assert_eq!(scene.wait(60), ["45 Recovered to mail: warning disk-used mount:/mnt"]);
    // Gone while nobody looked: found out when the source speaks and does not mention it.
    scene.hear(100, vec![mount("/mnt", 0.9)]);
    scene.wait(120);
    scene.restart(5000);
    scene.hear(5010, vec![mount("/", 0.5)]);
    assert_eq!(scene.wait(6000), ["5615 Recovered to mail: warning disk-used mount:/mnt"]);
}

#[test]
fn a_restart_in_the_middle_of_trouble_tells_nothing_twice() {
    let mut scene = Scene::new(config());
    scene.hear(0, vec![mount("/", 0.9), read_only("/var", true)]);
    scene.wait(20);
    assert_eq!(scene.restart(9000), NONE);
    // To the new watch the mount looks as if it had always been read-only.
    let state = State::Mount { read_only: true, intended: true };
    let looks = Observation::State { subject: Subject::Mount("/var".into()), state };
    scene.hear(9001, vec![mount("/", 0.9), looks]);
    assert_eq!(scene.wait(20_000), NONE);
    assert!(scene.judge.is_firing(1) && scene.judge.is_firing(2));
}

#[test]
fn a_gap_breaks_what_must_be_seen_without_a_break() {
    let mut config = config();
    config.disk.used.sustained = Sustained::For(SignedDuration::from_mins(3));
    config.units.must_be_active.push("a.service".into());
    for (gap, fires) in [(100, true), (200, false)] {
        let mut scene = Scene::new(config.clone());
        scene.hear(0, vec![mount("/", 0.9), unit("a.service", "inactive")]);
        scene.hear(30, vec![mount("/", 0.9)]);
        // What may have mended itself meanwhile does not fire before it is seen again.
        assert_eq!(scene.restart(30 + gap), NONE);
        assert!(!scene.judge.is_firing(1));
        let second = if fires { 180 } else { 30 + gap };
        scene.hear(second, vec![mount("/", 0.9), unit("a.service", "inactive")]);
        assert_eq!(scene.judge.is_firing(2), fires, "gap of {gap} s");
    }
}

#[test]
fn a_gap_breaks_the_wait_for_the_end() {
    let mut scene = Scene::new(config());
    scene.hear(0, vec![mount("/", 0.9)]);
    scene.wait(20);
    scene.hear(30, vec![mount("/", 0.5)]);
    assert_eq!(scene.restart(1000), NONE);
    scene.hear(1010, vec![mount("/", 0.9)]);
    assert_eq!(scene.wait(3000), NONE);
}

#[test]
fn a_clock_set_back_delays_nothing() {
    let mut scene = Scene::new(config());
    scene.hear(90_000, vec![mount("/", 0.9), unit("a.service", "failed")]);
    assert_eq!(scene.hear(1000, vec![mount("/", 0.9)]), NONE);
    let told = "1015 Raised to mail: warning disk-used mount:/, warning unit-failed unit:a.service";
    assert_eq!(scene.wait(1100), [told]);
    scene.restart(500);
    scene.hear(510, vec![mount("/", 0.5), unit("a.service", "failed")]);
    assert_eq!(scene.wait(700), ["585 Recovered to mail: warning disk-used mount:/"]);
    assert!(scene.judge.is_firing(2));
}

#[test]
fn a_source_that_says_both_at_once_is_silent() {
    let mut scene = Scene::new(config());
    let (source, reason) = (SourceName::Disk, String::from("no /proc"));
    let both = vec![Observation::Silence { source, reason }, Observation::Heard { source }];
    scene.hear(0, both);
    assert_eq!(scene.phase(RuleName::SourceSilent), Some(Phase::Pending));
}

#[test]
fn what_the_owner_no_longer_wants_ends_silently() {
    let mut scene = Scene::new(config());
    scene.hear(0, vec![mount("/", 0.9)]);
    scene.wait(20);
    let mut config = config();
    config.disk.ignore.push("/".into());
    scene.judge.reconfigure(Arc::new(config));
    assert_eq!(scene.wait(30), ["30 Recovered held by Over: disk-used mount:/"]);
    assert_eq!(scene.hear(40, vec![mount("/", 0.9)]), NONE);
    assert_eq!(scene.wait(400), NONE);
}

#[test]
fn kills_and_late_timers_keep_their_own_time() {
    let mut scene = Scene::new(config());
    let event = |pid| Observation::Event {
        subject: Subject::Host,
        event: Event::OomKill { process: "node".into(), pid, unit: None, resident_bytes: None },
    };
    scene.hear(0, vec![event(1)]);
    scene.hear(5, vec![event(2)]);
    assert_eq!(scene.wait(100), ["15 Raised to mail: warning oom-kill host"]);
    scene.hear(300, vec![event(3)]);
    assert_eq!(scene.wait(2000), ["915 Recovered to mail: warning oom-kill host"]);
    let timer = |next| Observation::State {
        subject: Subject::Unit("t.timer".into()),
        state: State::Timer(TimerState {
            active: "active".into(),
            enabled: true,
            next: Some(time(next)),
            ..TimerState::default()
        }),
    };
    scene.hear(2000, vec![timer(3000)]);
    assert_eq!(scene.judge.next_wake(), Some(time(3900)));
    assert_eq!(scene.wait(4000), ["3915 Raised to mail: warning timer-overdue unit:t.timer"]);
    scene.hear(4000, vec![timer(9000)]);
    assert_eq!(scene.wait(4100), ["4075 Recovered to mail: warning timer-overdue unit:t.timer"]);
}

#[test]
fn unreadable_rows_are_counted_and_no_number_is_given_twice() {
    let mut scene = Scene::new(config());
    scene.hear(0, vec![mount("/", 0.9)]);
    scene.wait(20);
    scene.saved.insert("counters".into(), "{".into());
    scene.saved.insert("alert/no-such-rule host".into(), "{}".into());
    scene.saved.insert("what".into(), String::new());
    let mut judge = Judge::new(Arc::new(scene.config.clone()), &scene.saved);
    let told = judge.known.counters.tell;
    assert_eq!(judge.unreadable(), 3);
    assert_eq!(super::view(&scene.saved), judge.alerts());
    let batch = |at, observations| Batch { at: time(at), observations };
    judge.step(&batch(30, vec![mount("/var", 0.9)]));
    let step = judge.step(&batch(60, vec![]));
    let Some(Decision::Tell(tell)) = step.decisions.first() else { panic!("nothing told") };
    assert_eq!((tell.id, tell.items[0].id), (told + 1, 2));
}

#[test]
fn a_strange_login_is_told_at_once_and_its_end_to_nobody() {
    let mut scene = Scene::new(config());
    let login = |user: &str, failures| {
        let login = Login {
            user: user.into(),
            address: "192.0.2.1".into(),
            port: 4711,
            method: "password".into(),
            key_kind: None,
            fingerprint: None,
        };
        Observation::Event {
            subject: Subject::Login(login.name()),
            event: Event::Login {
                login,
                unknown: vec![LoginPart::Address],
                failures,
                logged: time(0),
            },
        }
    };
    let told = scene.hear(100, vec![login("ann", 0)]);
    assert_eq!(told, ["100 Raised to mail: critical login-unknown login:ann@192.0.2.1"]);
    assert_eq!(scene.hear(200, vec![login("ann", 0)]), [""; 0]);
    let told = scene.hear(300, vec![login("root", 30)]);
    assert_eq!(told, ["300 Raised to mail: critical login-guessed login:root@192.0.2.1"]);
    assert_eq!(scene.wait(20_000), [""; 0]);
    assert_eq!(scene.phase(RuleName::LoginUnknown), Some(Phase::Resolved));
    let told = scene.hear(30_000, vec![login("ann", 0)]);
    assert_eq!(told, ["30000 Raised to mail: critical login-unknown login:ann@192.0.2.1"]);
}
