use jiff::tz::TimeZone;

use super::*;
use crate::config::{Maintenance, Origin, Window};
use crate::monitor::MonitorView;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn monitor(name: &str, status: Shown, group: Option<&str>, tags: &[&str]) -> MonitorView {
    MonitorView {
        name: name.to_owned(),
        kind: crate::config::MonitorType::Http,
        target: String::from("https://secret.example.org/path"),
        status,
        since: Some(at("2026-11-23T09:00:00Z")),
        said: String::from("secret: connection refused by 10.0.0.1"),
        at: None,
        latency_seconds: Some(0.1),
        interval_seconds: 60.0,
        missed: 0,
        certificate_ends: Some(at("2026-12-03T11:00:00Z")),
        group: group.map(str::to_owned),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        parent: None,
        note: Some(String::from("secret note")),
        severity: Severity::Critical,
        origin: Origin::Store,
        tests: Vec::new(),
        recent: Vec::new(),
        results: Vec::new(),
    }
}

fn beat(subject: &str, tags: &str, shown: CheckShown) -> Beat {
    Beat {
        subject: subject.to_owned(),
        name: subject.to_uppercase(),
        tags: tags.to_owned(),
        shown,
        since: at("2026-11-23T10:00:00Z"),
        flips: vec![
            (at("2026-11-22T10:00:00Z"), Some(true)),
            (at("2026-11-23T10:00:00Z"), Some(shown != CheckShown::Down)),
        ],
    }
}

fn config(show: &[Show]) -> Config {
    let mut config = Config { timezone: TimeZone::UTC, ..Config::default() };
    config.status_page.show = show.to_vec();
    config
}

fn filled(config: &Config, monitors: &[MonitorView], heartbeats: Vec<Beat>) -> Page {
    let past = Past::new(TimeZone::UTC);
    let seen = Seen {
        config,
        now: at("2026-11-23T12:00:31Z"),
        monitors,
        minor: BTreeSet::from([String::from("certificate")]),
        since: BTreeMap::from([(String::from("shop"), at("2026-11-22T08:00:00Z"))]),
        heartbeats,
        past: &past,
        incidents: Vec::new(),
    };
    fill(&seen).0
}

fn names(page: &Page) -> Vec<(Option<&str>, Vec<&str>)> {
    page.groups
        .iter()
        .map(|group| {
            (group.name.as_deref(), group.services.iter().map(|one| one.name.as_str()).collect())
        })
        .collect()
}

#[test]
fn nothing_is_shown_that_is_not_named() {
    let monitors = [
        monitor("shop", Shown::Down, Some("Web"), &["public"]),
        monitor("intern", Shown::Down, Some("Office"), &["private"]),
        monitor("mail", Shown::Up, Some("Mail"), &[]),
        monitor("paused", Shown::Paused, None, &["public"]),
        monitor("certificate", Shown::Degraded, Some("Web"), &["public"]),
    ];
    let beats = || {
        vec![beat("backup", "db public", CheckShown::Up), beat("secret", "db", CheckShown::Down)]
    };
    let tag = |name: &str| Show::Tag(name.to_owned());
    let page =
        filled(&config(&[Show::Group(String::from("Mail")), tag("public")]), &monitors, beats());
    assert_eq!(
        names(&page),
        [
            (Some("Mail"), vec!["mail"]),
            (Some("Web"), vec!["shop", "certificate"]),
            (None, vec!["BACKUP"]),
        ]
    );
    let json = crate::web::status::json(&page).unwrap();
    assert!(
        !json.contains("secret") && !json.contains("intern") && !json.contains("10.0.0.1"),
        "{json}"
    );
    let web = &page.groups[1].services;
    // Since when it is told as down, not since the last restart; and a certificate that ends soon is
    // nothing for visitors.
    assert_eq!(web[0].since, Some(at("2026-11-22T08:00:00Z")));
    assert_eq!((web[1].status, web[1].since), (Status::Up, None));
    assert_eq!(page.updated, at("2026-11-23T12:00:00Z"));
    assert_eq!(names(&filled(&config(&[]), &monitors, beats())), []);
    let glob = [Show::Heartbeat(String::from("sec*")), Show::Monitor(String::from("sh*"))];
    let page = filled(&config(&glob), &monitors, beats());
    assert_eq!(names(&page), [(None, vec!["SECRET"]), (Some("Web"), vec!["shop"])]);
    let down = &page.groups[0].services[0];
    assert_eq!((down.status, down.days.len()), (Status::Down, 90));
    assert_eq!(down.uptime_24h.map(|up| (up * 100.0).round()), Some(92.0));
}

#[test]
fn only_work_with_words_for_the_public_is_told() {
    let mut config = config(&[Show::Monitor(String::from("*"))]);
    let window = |public: Option<&str>, subjects: &[&str], from: &str, until: &str| Maintenance {
        name: String::from("secret name"),
        author: String::from("ann"),
        reason: String::from("secret reason"),
        public: public.map(str::to_owned),
        matches: Match {
            subjects: subjects.iter().map(|one| (*one).to_owned()).collect(),
            ..Match::default()
        },
        window: Window::Once { from: at(from), until: at(until) },
    };
    config.maintenance = vec![
        window(None, &[], "2026-11-23T11:00:00Z", "2026-11-23T13:00:00Z"),
        window(Some("later"), &["monitor:sh*"], "2026-11-25T11:00:00Z", "2026-11-25T13:00:00Z"),
        window(Some("now"), &[], "2026-11-23T11:00:00Z", "2026-11-23T13:00:00Z"),
        window(Some("over"), &[], "2026-11-22T11:00:00Z", "2026-11-22T13:00:00Z"),
        window(Some("far"), &[], "2026-12-22T11:00:00Z", "2026-12-22T13:00:00Z"),
    ];
    let monitors = [monitor("shop", Shown::Up, None, &[]), monitor("mail", Shown::Up, None, &[])];
    let page = filled(&config, &monitors, Vec::new());
    let work: Vec<_> =
        page.maintenance.iter().map(|work| (work.text.as_str(), work.services.join(" "))).collect();
    assert_eq!(work, [("now", String::new()), ("later", String::from("shop"))]);
}
