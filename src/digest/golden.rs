//! Digests as they are read, and what is gathered from a real store.

use insta::assert_snapshot;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::*;
use crate::alert::Judge;
use crate::config::StoreConfig;
use crate::model::{
    Batch, Event, Login, LoginPart, Observation, RuleName, State, Subject, UnitState,
};
use crate::notify::message::plain;
use crate::store::Store;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn shown(digest: &Digest) -> String {
    let (from, until) = (at("2026-11-16T08:00:00Z"), at("2026-11-23T08:00:00Z"));
    let message = message(digest, "web1", from, until, &TimeZone::UTC);
    format!("[{}]\n{}", message.title, plain(&message, until, &TimeZone::UTC))
}

#[test]
fn a_quiet_week() {
    let digest = Digest {
        quiet: vec![SourceName::Cpu, SourceName::Disk],
        mounts: vec![Mount {
            path: String::from("/"),
            used: (9e9, 9e9),
            share: 0.41,
            left: 12e9,
            over: SignedDuration::from_hours(160),
        }],
        ..Digest::default()
    };
    assert_snapshot!(shown(&digest), @r#"
        [Week on web1: no alerts]
        WHAT GROWS
        - Nothing. Disks: / 41 %

        WHAT WAS QUIET
        - cpu, disk
        "#);
}

#[test]
fn a_bad_week() {
    let fired = |rule, subject, summary: &str, times, burns| Fired {
        key: AlertKey { rule, subject },
        severity: Severity::Critical,
        summary: String::from(summary),
        first: at("2026-11-19T02:14:00Z"),
        times,
        lasted: SignedDuration::from_mins(44),
        burns,
    };
    let logins = |count, unknown| Logins {
        count,
        unknown,
        addresses: (1..=count).map(|n| format!("192.0.2.{n}")).collect(),
    };
    let unit = Subject::Unit(String::from("caddy.service"));
    let login = Subject::Login(String::from("deploy@192.0.2.9"));
    let digest = Digest {
        alerts: vec![
            fired(RuleName::UnitFailed, unit, "caddy.service failed: exit status 1", 3, false),
            fired(RuleName::LoginUnknown, login, "deploy logged in with a new key", 1, false),
            fired(RuleName::RebootRequired, Subject::Host, "a restart is due", 1, true),
        ],
        logins: BTreeMap::from([
            (String::from("deploy\u{1b}[2J"), logins(6, 1)),
            (String::from("root"), logins(1, 0)),
        ]),
        failed: (1204, Some(980)),
        bans: 40,
        mounts: vec![Mount {
            path: String::from("/var"),
            used: (9e9, 11e9),
            share: 0.81,
            left: 3e9,
            over: SignedDuration::from_hours(168),
        }],
        memory: Some((0.71, Some(0.52))),
        unwatched: SignedDuration::from_mins(12),
        reboots: 1,
        undelivered: BTreeMap::from([(String::from("mail"), 2)]),
        quiet: vec![SourceName::Cpu],
    };
    assert_snapshot!(shown(&digest), @r#"
        [Week on web1: 3 alerts, 1 still on; 7 logins (1 new)]
        STILL SO
        - Thu 19 Nov 02:14  a restart is due (critical, for 44 min)

        WHAT HAPPENED
        - Thu 19 Nov 02:14  caddy.service failed: exit status 1 (critical, 3 times, 44 min in all)
        - Thu 19 Nov 02:14  deploy logged in with a new key (critical)
        - The machine was restarted once.
        - nightkeep did not watch for 12 min.
        - 2 messages to channel mail did not get through.

        WHO CAME IN
        - deploy?[2J: 6 logins, 1 new, from 192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4, 2 more
        - root: 1 login, from 192.0.2.1
        - 1204 failed tries to log in, before that 980
        - 40 addresses banned by fail2ban

        WHAT GROWS
        - /var is 81 % full: 1.9 GiB more, 2.8 GiB left; full in 10 days if it goes on
        - memory in use: 71 %, before that 52 %

        WHAT WAS QUIET
        - cpu
        "#);
}

/// A service fails twice, somebody new logs in, and the judge's own decisions are what is told.
#[tokio::test]
async fn what_is_gathered_is_what_happened() {
    let folder = tempfile::tempdir().unwrap();
    let config = StoreConfig { path: folder.path().to_owned(), ..Config::default().store };
    let store = Store::open(&config, "web1").await.unwrap();
    let mut judge = Judge::new(std::sync::Arc::new(Config::default()), &crate::alert::Rows::new());
    let begin = at("2026-11-16T08:00:00Z");
    let unit = Subject::Unit(String::from("caddy.service"));
    let mut observed = vec![(
        begin,
        Observation::Event {
            subject: Subject::Host,
            event: Event::WatchStarted { alive_until: Some(begin - 3.hours()), rebooted: true },
        },
    )];
    for hour in [10, 20] {
        for (minute, state) in [(0, "failed"), (10, "active")] {
            let state = State::Unit(UnitState { active: state.to_owned(), ..UnitState::default() });
            let subject = unit.clone();
            let when = begin + hour.hours() + minute.minutes();
            observed.push((when, Observation::State { subject, state }));
        }
    }
    let login = Login {
        user: String::from("deploy"),
        address: String::from("192.0.2.9"),
        port: 1,
        method: String::from("password"),
        key_kind: None,
        fingerprint: None,
    };
    let logged = begin + 30.hours();
    let event = Event::Login { login, unknown: vec![LoginPart::Address], failures: 0, logged };
    let subject = Subject::Login(String::from("deploy@192.0.2.9"));
    observed.push((logged, Observation::Event { subject, event }));
    for (at, observation) in observed {
        let batch = Batch { at, observations: vec![observation] };
        for (batch, step) in crate::replay::hear(&mut judge, batch) {
            let (at, heard) = (batch.at, &batch.observations);
            crate::store::alert::commit(&store, at, &step.changed, &step.decisions, &[], heard)
                .await
                .unwrap();
        }
    }
    let day = |n: i64| begin + (24 * n).hours();
    let seen = [SourceName::Systemd, SourceName::Cpu];
    let digest = gather(&store, &seen, begin, day(7)).await.unwrap();
    let [unit, login] = digest.alerts.as_slice() else { panic!("{:?}", digest.alerts) };
    assert_eq!((unit.key.rule, unit.times, unit.burns), (RuleName::UnitFailed, 2, false));
    let minutes = unit.lasted.as_mins();
    assert!((20..=24).contains(&minutes), "{minutes}");
    assert_eq!(login.key.rule, RuleName::LoginUnknown);
    assert_eq!(digest.logins["deploy"].unknown, 1);
    assert_eq!((digest.reboots, digest.unwatched), (1, SignedDuration::ZERO));
    assert_eq!(digest.quiet, [SourceName::Cpu]);
    let later = gather(&store, &seen, day(7), day(14)).await.unwrap();
    assert_eq!(later, Digest { quiet: seen.to_vec(), ..Digest::default() });
}
