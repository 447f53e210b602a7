//! What must hold whatever is heard: random batches, commands, gaps and configs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{Judge, Rows};
use crate::config::{
    ChannelConfig, ChannelKind, Config, Hours, Maintenance, Route, Secret, Sustained, Window,
};
use crate::model::*;

const START: i64 = 1_795_000_000;

fn secs(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(START + second).unwrap()
}

/// Something heard, with its times relative to the batch.
#[derive(Debug, Clone)]
enum Said {
    Plain(Observation),
    Timer { unit: String, active: bool, running: bool, next: Option<i64> },
    Failing { channel: String, since: Option<i64> },
    Hush { rules: String, from: i64, until: i64 },
    Started { rebooted: bool },
}

fn ann() -> Login {
    Login {
        user: "ann".into(),
        address: "192.0.2.1".into(),
        port: 4711,
        method: "password".into(),
        key_kind: None,
        fingerprint: None,
    }
}

/// What is heard so many seconds after what was heard before.
type Script = Vec<(i64, Vec<Said>)>;

fn said() -> impl Strategy<Value = Said> {
    let mount = prop::sample::select(vec!["/", "/var"]).prop_map(|it| Subject::Mount(it.into()));
    let unit = prop::sample::select(vec!["a.service", "b.service"]);
    let unit = unit.prop_map(|it| Subject::Unit(it.into()));
    let share = prop::sample::select(vec![0.5_f32, 0.82, 0.9, 0.97]);
    let source = prop::sample::select(SourceName::ALL.to_vec());
    let active = prop::sample::select(vec!["active", "failed", "inactive", "activating"]);
    let plain = prop_oneof![
        6 => (mount.clone(), share.clone()).prop_map(|(subject, value)| Observation::Sample {
            subject,
            metric: Metric::DiskUsedRatio,
            value,
        }),
        2 => (mount.clone(), 1_u8..90).prop_map(|(subject, used)| Observation::Sample {
            subject,
            metric: Metric::DiskAvailableBytes,
            value: 1e9 * f32::from(100 - used),
        }),
        4 => share.prop_map(|value| Observation::Sample {
            subject: Subject::Host,
            metric: Metric::CpuBusyRatio,
            value,
        }),
        2 => (mount.clone(), any::<bool>(), any::<bool>()).prop_map(|(subject, read_only, intended)| {
            Observation::State { subject, state: State::Mount { read_only, intended } }
        }),
        8 => (unit.clone(), active, 0_u32..6).prop_map(|(subject, active, restarts)| {
            let active = active.to_owned();
            let state = State::Unit(UnitState { active, restarts, ..UnitState::default() });
            Observation::State { subject, state }
        }),
        3 => any::<bool>().prop_map(|up| Observation::State {
            subject: Subject::Host,
            state: State::Uplink { up },
        }),
        1 => any::<bool>().prop_map(|well| Observation::State {
            subject: Subject::Store,
            state: State::Store { error: if well { String::new() } else { "disk full".into() } },
        }),
        2 => (0_u8..4, any::<Option<bool>>()).prop_map(|(id, clean)| Observation::State {
            subject: Subject::Host,
            state: State::Boot(BootState { id: id.to_string(), at: at(0), last_sign: None, clean }),
        }),
        2 => (any::<bool>(), 0_u32..3, any::<bool>()).prop_map(|(up, restarts, oom_killed)| {
            let status = String::from(if up { "running" } else { "exited" });
            let state = ContainerState { status, exit_code: 1, oom_killed, restarts, ..Default::default() };
            Observation::State { subject: Subject::Container("web".into()), state: State::Container(state) }
        }),
        2 => any::<bool>().prop_map(|needed| Observation::State {
            subject: Subject::Host,
            state: State::Restart(RestartState { needed, ..RestartState::default() }),
        }),
        2 => (1_u32..9).prop_map(|pid| Observation::Event {
            subject: Subject::Host,
            event: Event::OomKill { process: "node".into(), pid, unit: None, resident_bytes: None },
        }),
        2 => (any::<bool>(), 0_u32..20).prop_map(|(strange, failures)| Observation::Event {
            subject: Subject::Login("ann@192.0.2.1".into()),
            event: Event::Login {
                login: ann(),
                unknown: if strange { vec![LoginPart::Address] } else { Vec::new() },
                failures,
                logged: Timestamp::UNIX_EPOCH,
            },
        }),
        2 => Just(Observation::Event {
            subject: Subject::Jail("sshd".into()),
            event: Event::Ban { address: "192.0.2.9".into() },
        }),
        2 => source.clone().prop_map(|source| Observation::Silence { source, reason: "blind".into() }),
        3 => source.prop_map(|source| Observation::Heard { source }),
        2 => prop_oneof![mount, unit].prop_map(|subject| Observation::Gone { subject }),
        2 => (1_u64..12).prop_map(|alert| Observation::Command(Command::Acknowledge {
            alert,
            by: "ann".into(),
            reason: String::new(),
        })),
        1 => (1_u64..4).prop_map(|silence| Observation::Command(Command::Unsilence {
            silence,
            by: "ann".into(),
        })),
    ];
    prop_oneof![
        30 => plain.prop_map(Said::Plain),
        2 => (any::<bool>(), any::<bool>(), prop::option::of(-30_i64..600)).prop_map(
            |(active, running, next)| Said::Timer { unit: "c.timer".into(), active, running, next }
        ),
        2 => (prop::sample::select(vec!["mail", "push"]), prop::option::of(-60_i64..0))
            .prop_map(|(channel, since)| Said::Failing { channel: channel.into(), since }),
        2 => (
            prop::sample::select(vec!["*", "disk-*", "unit-failed", "cpu-busy"]),
            -60_i64..120,
            1_i64..900,
        )
            .prop_map(|(rules, from, until)| Said::Hush { rules: rules.into(), from, until }),
        1 => any::<bool>().prop_map(|rebooted| Said::Started { rebooted }),
    ]
}

fn script() -> impl Strategy<Value = Script> {
    prop::collection::vec((1_i64..90, prop::collection::vec(said(), 0..5)), 1..40)
}

fn config() -> impl Strategy<Value = Config> {
    (any::<[bool; 8]>(), 0_i64..40, 0_i64..60, 0_i64..1800).prop_map(
        |(choose, group_wait, clear_for, offset)| {
            let mut config = Config::default();
            config.containers.socket = Some(PathBuf::from("/run/docker.sock"));
            config.disk.used.sustained = Sustained::For(secs(30));
            config.cpu.busy.sustained = if choose[0] {
                Sustained::Times { times: 2, of: 4 }
            } else {
                Sustained::For(secs(0))
            };
            config.cpu.busy.warning = Some(0.85);
            config.memory.oom.quiet = secs(120);
            config.ssh.quiet = secs(90);
            config.fail2ban.spike = 2;
            config.network.down_for = secs(45);
            config.units.must_be_active = vec!["a.service".into()];
            config.units.restarts_within = secs(200);
            config.units.timer_grace = secs(40);
            let alerts = &mut config.alerts;
            alerts.group_wait = secs(group_wait);
            alerts.clear_for = secs(clear_for);
            alerts.reminders = if choose[1] { vec![secs(120), secs(1800)] } else { Vec::new() };
            alerts.flap_window = secs(300);
            alerts.flap_max = secs(300);
            alerts.silent_for = secs(60);
            alerts.channel_failing_for = secs(60);
            let channel = |kind| ChannelConfig { kind, timeout: secs(10) };
            let command = ChannelKind::Command { command: vec!["true".into()] };
            config.channels.insert("mail".into(), channel(command));
            let url = Secret::new("https://example.org");
            let push = ChannelKind::Webhook { url, key: None, headers: BTreeMap::new() };
            config.channels.insert("push".into(), channel(push));
            if choose[2] {
                config.routes = vec![
                    Route {
                        matches: Match { severities: vec![Severity::Critical], ..Match::default() },
                        channels: vec!["push".into()],
                        go_on: choose[3],
                        ..Route::default()
                    },
                    Route {
                        hours: choose[4].then_some(Hours { from: 680, until: 700 }),
                        sources: if choose[5] { vec![SourceName::Disk] } else { Vec::new() },
                        channels: vec!["mail".into()],
                        ..Route::default()
                    },
                ];
            }
            let maintenance = |name: &str, rules: &str, window| Maintenance {
                name: name.into(),
                author: "ann".into(),
                reason: "work".into(),
                public: None,
                matches: Match { rules: vec![rules.into()], ..Match::default() },
                window,
            };
            if choose[6] {
                let (from, until) = (at(offset), at(offset + 300));
                config.maintenance.push(maintenance("once", "*", Window::Once { from, until }));
            }
            if choose[7] {
                let hours = Hours { from: 660, until: 670 };
                let days = vec![Weekday::Monday, Weekday::Wednesday, Weekday::Saturday];
                config.maintenance.push(maintenance("week", "u*", Window::Weekly { days, hours }));
                let expression = "*/20 * * * *".into();
                let window = Window::Cron { expression, lasts: secs(90) };
                config.maintenance.push(maintenance("cron", "disk-*", window));
            }
            config.store.path = PathBuf::new();
            config
        },
    )
}

fn batch(now: Timestamp, last: Option<Timestamp>, said: &[Said]) -> Batch {
    let heard = |said: &Said| match said.clone() {
        Said::Plain(observation) => observation,
        Said::Timer { unit, active, running, next } => Observation::State {
            subject: Subject::Unit(unit),
            state: State::Timer(TimerState {
                active: if active { "active".into() } else { "inactive".into() },
                enabled: true,
                next: next.map(|next| now + secs(next)),
                running,
                ..TimerState::default()
            }),
        },
        Said::Failing { channel, since } => Observation::State {
            subject: Subject::Channel(channel),
            state: State::Channel {
                failing_since: since.map(|since| now + secs(since)),
                error: "refused".into(),
            },
        },
        Said::Hush { rules, from, until } => Observation::Command(Command::Silence(Silence {
            id: 0,
            matches: Match { rules: vec![rules], ..Match::default() },
            from: now + secs(from),
            until: now + secs(until),
            by: "ann".into(),
            reason: "work".into(),
        })),
        Said::Started { rebooted } => Observation::Event {
            subject: Subject::Host,
            event: Event::WatchStarted { alive_until: last, rebooted },
        },
    };
    Batch { at: now, observations: said.iter().map(heard).collect() }
}

/// How a script is played.
#[derive(Clone, Copy, Default)]
struct Play {
    /// Every step is taken by a judge made anew from what was saved.
    rebuild: bool,
    /// Observations of a batch are heard the other way round.
    backwards: bool,
    /// Nobody calls the judge when it wants to be woken.
    oversleep: bool,
}

struct Stage {
    play: Play,
    config: Arc<Config>,
    judge: Judge,
    saved: Rows,
    last: Option<Timestamp>,
    decisions: Vec<Decision>,
}

impl Stage {
    fn new(config: &Config, play: Play) -> Self {
        let config = Arc::new(config.clone());
        let judge = Judge::new(Arc::clone(&config), &Rows::new());
        Self { play, config, judge, saved: Rows::new(), last: None, decisions: Vec::new() }
    }

    fn step(&mut self, batch: &Batch) {
        if self.play.rebuild {
            self.judge = Judge::new(Arc::clone(&self.config), &self.saved);
            assert_eq!(self.judge.unreadable(), 0);
        }
        let step = self.judge.step(batch);
        for (name, json) in step.changed {
            assert_ne!(self.saved.get(&name), json.as_ref(), "{name} did not change");
            match json {
                Some(json) => self.saved.insert(name, json),
                None => self.saved.remove(&name),
            };
        }
        if !self.play.oversleep {
            self.nothing_silenced_is_told(&step.decisions);
        }
        assert!(self.judge.next_wake().is_none_or(|wake| wake > batch.at), "woken at once");
        self.last = Some(batch.at);
        self.decisions.extend(step.decisions);
    }

    fn nothing_silenced_is_told(&self, decisions: &[Decision]) {
        for tell in decisions.iter().filter_map(tell) {
            for item in &tell.items {
                for silence in self.judge.silences() {
                    let holds = (silence.from..silence.until).contains(&tell.at);
                    assert!(!(holds && silence.matches.means(&item.key, item.severity)));
                }
                for maintenance in &self.config.maintenance {
                    if let Window::Once { from, until } = maintenance.window {
                        assert!(!(from..until).contains(&tell.at), "told in maintenance");
                    }
                }
            }
        }
    }

    fn wake_until(&mut self, until: Timestamp) {
        while let Some(wake) = self.judge.next_wake().filter(|wake| *wake <= until) {
            self.step(&Batch { at: wake, observations: Vec::new() });
        }
    }

    /// Plays the script, then a quiet time in which all that waits must come out.
    fn play(mut self, script: &Script) -> Self {
        let mut second = 0;
        for (pause, said) in script {
            second += pause;
            let now = at(second);
            let down = said.iter().any(|said| matches!(said, Said::Started { .. }));
            if !self.play.oversleep && !down {
                self.wake_until(now);
            }
            let mut batch = batch(now, self.last, said);
            if self.play.backwards {
                batch.observations.reverse();
            }
            self.step(&batch);
        }
        for _ in 0..3 {
            second += 1800;
            if !self.play.oversleep {
                self.wake_until(at(second));
            }
            self.step(&Batch { at: at(second), observations: Vec::new() });
        }
        self
    }
}

fn tell(decision: &Decision) -> Option<&Tell> {
    if let Decision::Tell(tell) = decision { Some(tell) } else { None }
}

/// Between two firings of an alert there is an end.
fn fires_once(decisions: &[Decision]) {
    let mut burning: BTreeMap<AlertKey, u64> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for decision in decisions {
        let Decision::Change { key, id, from, to, .. } = decision else { continue };
        match (from, to) {
            (Phase::Firing | Phase::Unknown, Phase::Firing) => {
                assert_eq!(burning.get(key), id.as_ref(), "{key} goes on");
            }
            (_, Phase::Firing) => {
                assert!(ids.insert(id.unwrap()), "{key} fires under an old number");
                assert_eq!(burning.insert(key.clone(), id.unwrap()), None, "{key} fires again");
            }
            (_, Phase::Resolved) => assert_eq!(burning.remove(key), *id, "{key} ends"),
            _ => {}
        }
    }
}

/// Every firing is told or held; a recovery is told to those, and only to those, who heard of the
/// trouble.
fn all_is_told(stage: &Stage) {
    let mut raised: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
    let mut recovered = BTreeSet::new();
    let mut held = BTreeSet::new();
    let mut ended = BTreeSet::new();
    let mut fired = BTreeSet::new();
    // What happened is not over, and nobody is told that it were.
    let mut happened = BTreeSet::new();
    let mut told = BTreeSet::new();
    for decision in &stage.decisions {
        match decision {
            Decision::Change { id: Some(id), key, to: Phase::Firing, .. } => {
                fired.insert(*id);
                if crate::rule::happens(key.rule) {
                    happened.insert(*id);
                }
            }
            Decision::Change { id: Some(id), to: Phase::Resolved, .. } => {
                ended.insert(*id);
            }
            Decision::Change { .. } => {}
            Decision::Hold { id, .. } => {
                held.insert(*id);
            }
            Decision::Tell(tell) => {
                assert!(told.insert(tell.id), "a number is given twice");
                assert!(!tell.items.is_empty() && !tell.channels.is_empty());
                for item in &tell.items {
                    let channels = raised.entry(item.id).or_default();
                    match tell.kind {
                        TellKind::Raised => {
                            assert!(channels.is_empty(), "raised twice");
                            assert_eq!(item.first_tell, tell.id);
                            assert!(!ended.contains(&item.id), "told when it was over");
                        }
                        TellKind::Recovered => {
                            assert!(ended.contains(&item.id) && recovered.insert(item.id));
                            assert_eq!(*channels, tell.channels.iter().cloned().collect());
                        }
                        TellKind::Worse | TellKind::Reminder => assert!(!channels.is_empty()),
                        TellKind::Acknowledged | TellKind::Digest => {
                            panic!("the judge tells nobody of it")
                        }
                    }
                    channels.extend(tell.channels.iter().cloned());
                }
            }
        }
    }
    for id in fired {
        assert!(raised.contains_key(&id) || held.contains(&id), "{id} neither told nor held");
        let waits = stage.judge.known.messages.contains_key(&id);
        let ends = ended.contains(&id) && !happened.contains(&id);
        let expected = raised.contains_key(&id) && ends && !waits;
        assert_eq!(recovered.contains(&id), expected, "recovery of {id}");
        assert!(!(waits && ended.contains(&id)), "a recovery of {id} waits for ever");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_heard_each_trouble_is_one_firing_told_once(
        config in config(),
        script in script(),
    ) {
        let stage = Stage::new(&config, Play::default()).play(&script);
        fires_once(&stage.decisions);
        all_is_told(&stage);
    }

    #[test]
    fn neither_a_restart_nor_order_nor_a_late_wake_changes_anything(
        config in config(),
        script in script(),
    ) {
        let plain = Stage::new(&config, Play::default()).play(&script);
        for play in [
            Play { rebuild: true, ..Play::default() },
            Play { backwards: true, ..Play::default() },
            Play { oversleep: true, ..Play::default() },
        ] {
            let other = Stage::new(&config, play).play(&script);
            prop_assert_eq!(&plain.decisions, &other.decisions);
            prop_assert_eq!(&plain.saved, &other.saved);
        }
    }
}
