//! Whole databases of real Kumas.

mod monitors;

use std::path::Path;

use rusqlite::Connection;

use super::{Kuma, from_backup, from_database};
use crate::import::write::write;
use crate::import::{Entry, Imported, Place, Value};

const V2: &str = include_str!("../../../tests/data/import/uptime-kuma-2.5.sql");
const V1: &str = include_str!("../../../tests/data/import/uptime-kuma-1.23.sql");
const BACKUP: &str = include_str!("../../../tests/data/import/uptime-kuma-1.23.json");

fn place() -> Place {
    Place {
        zone: String::from("Europe/Vienna"),
        now: "2026-11-29T12:00:00Z".parse().unwrap(),
        channels: Vec::new(),
    }
}

fn database(sql: &str) -> Kuma {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kuma.db");
    Connection::open(&file).unwrap().execute_batch(sql).unwrap();
    from_database(&file).unwrap()
}

fn v2() -> Imported {
    database(V2).import(&place())
}

fn monitor<'a>(imported: &'a Imported, name: &str) -> &'a Entry {
    imported.monitors.iter().find(|entry| entry.name == name).unwrap_or_else(|| panic!("no {name}"))
}

/// Keys and values as they are written, without secrets' files.
fn said(entry: &Entry) -> String {
    let one = Imported { monitors: vec![entry.clone()], ..Imported::default() };
    let text = write(&one, "kuma", Path::new("/s"), false).monitors;
    let skip =
        ["[[monitor]]", "#", "name =", "interval = \"20s\"", "timeout = \"16s\"", "failures = 1"];
    let lines: Vec<&str> =
        text.lines().filter(|line| !skip.iter().any(|start| line.starts_with(start))).collect();
    lines.join("\n")
}

fn why<'a>(imported: &'a Imported, of: &str) -> &'a str {
    let left = imported.left_out.iter().find(|left| left.of == of && left.part.is_none());
    left.map_or_else(|| panic!("{of} is not left out"), |left| &left.why)
}

#[test]
fn every_kind_of_version_2_is_there() {
    let kuma = database(V2);
    let kinds: std::collections::BTreeSet<&str> =
        kuma.rows("monitor").iter().filter_map(|row| row.text("type")).collect();
    assert_eq!(kinds.len(), 33, "{kinds:?}");
}

/// Parts that are not taken over are each named with their monitor.
#[test]
fn parts_are_named() {
    let imported = v2();
    let part = |of: &str, part: &str| {
        let mut left = imported.left_out.iter().filter(|left| left.of == of);
        let found =
            left.any(|left| left.part.as_deref().is_some_and(|text| text.starts_with(part)));
        assert!(found, "{of}: {part}");
    };
    part("monitor \"Front page\" (http)", "resend_interval = 5");
    part("monitor \"IPv6 only, bearer\" (http)", "cache_bust = 1");
    part("monitor \"IPv6 only, bearer\" (http)", "save_response = 1");
    part("monitor \"JSON more than\" (json-query)", "retry_only_on_status_code_failure");
    part("monitor \"JSONata\" (json-query)", "json_path \"$count(queues[size > 3])\"");
    part("monitor \"mTLS\" (http)", "tls_ca");
    part("monitor \"DNS MX\" (dns)", "resolver 127.0.0.2");
    part("monitor \"DNS A\" (dns)", "the meaning of several records");
    part("monitor \"PostgreSQL\" (postgres)", "database_query");
    part("monitor \"NTP\" (ntp)", "ntp_root_dispersion_threshold = 300");
    part("monitor \"Nightly backup\" (push)", "its address /api/push/");
    for of in [
        "status page \"status\"",
        "incident \"Disk was full\"",
        "remote browser \"browserless\"",
        "which notification hears which monitor",
        "notification \"ntfy with password\" (ntfy)",
        "notification \"Signal\" (signal)",
        "notification \"Opsgenie\" (Opsgenie)",
        "maintenance \"By hand\" (manual)",
        "maintenance \"Every third night\" (recurring-interval)",
        "maintenance \"Cron\" (cron)",
    ] {
        why(&imported, of);
    }
}

#[test]
fn channels_of_every_kind() {
    let imported = v2();
    let channels: Vec<(&str, &str)> = imported
        .channels
        .iter()
        .map(|entry| (entry.name.as_str(), entry.text("type").unwrap()))
        .collect();
    assert_eq!(
        channels,
        [
            ("phone-ntfy", "ntfy"),
            ("telegram", "telegram"),
            ("discord", "discord"),
            ("gotify", "gotify"),
            ("slack", "slack"),
            ("pushover", "pushover"),
            ("mail", "smtp"),
            ("webhook", "webhook"),
            ("apprise", "apprise"),
            ("matrix", "matrix"),
            ("pagerduty", "pagerduty"),
            ("teams", "teams"),
            ("mattermost", "slack"),
            ("rocket-chat", "slack"),
        ]
    );
    let mail = imported.channels.iter().find(|entry| entry.name == "mail").unwrap();
    let to = ["anna", "ben", "carl"].map(|name| format!("{name}@example.org"));
    assert_eq!(mail.get("to"), Some(&Value::List(to.into())));
    assert_eq!(mail.text("security"), Some("starttls"));
}

#[test]
fn windows_of_every_strategy() {
    let imported = v2();
    let names: Vec<&str> = imported.maintenance.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["Move", "Each night", "Weekend", "First and last"]);
    let window = &imported.maintenance[0];
    assert_eq!(window.text("from"), Some("2027-03-01T02:00:00+01:00"));
    assert_eq!(window.text("until"), Some("2027-03-01T04:30:00+01:00"));
    assert_eq!(imported.maintenance[1].text("cron"), Some("0 2 * * *"));
    assert_eq!(imported.maintenance[1].text("lasts"), Some("150m"));
    // A window of a group is one of all that is in it.
    let subjects =
        ["Front page", "Posts JSON", "Web", "Web / shop"].map(|name| format!("monitor:{name}"));
    assert_eq!(imported.maintenance[2].get("subjects"), Some(&Value::List(subjects.into())));
}

#[test]
fn no_secret_is_said_or_written_where_others_read() {
    let imported = v2();
    for left in &imported.left_out {
        let text = format!("{} {:?} {}", left.of, left.part, left.why);
        assert!(!text.contains("secret"), "{text}");
    }
    let written = write(&imported, "kuma", Path::new("/s"), false);
    for line in written.monitors.lines().chain(written.config.lines()) {
        // A body cannot come from a file; the config is closed to others.
        assert!(!line.contains("secret") || line.starts_with("body"), "{line}");
    }
    assert!(written.files.iter().any(|(_, text)| text.contains("secret-basic")));
}

#[test]
fn history_is_laid_out_without_overlap() {
    for imported in [v2(), database(V1).import(&place())] {
        let front =
            imported.history.iter().find(|history| history.monitor == "Front page").unwrap();
        let end = |step: &crate::import::Step| step.at.as_second() + i64::from(step.seconds);
        assert!(!front.steps.is_empty());
        assert!(front.steps.windows(2).all(|two| end(&two[0]) <= two[1].at.as_second()));
        let last = front.steps.last().unwrap();
        assert!((last.up - 1.0).abs() < 0.01, "{last:?}");
        let (least, mean, greatest) = last.latency.unwrap();
        assert!(least <= mean && mean <= greatest && greatest < 5.0, "{last:?}");
        let kafka = imported.history.iter().any(|history| history.monitor == "Kafka");
        assert!(!kafka, "what is left out has no history");
    }
}

/// The same account in version 1, as database and as backup.
#[test]
fn version_1_and_its_backup_say_the_same() {
    let database = database(V1).import(&place());
    let backup = from_backup(BACKUP).unwrap().import(&place());
    let names = |imported: &Imported| -> Vec<String> {
        imported.monitors.iter().map(|entry| format!("{} {}", entry.name, said(entry))).collect()
    };
    let elsewhere = |name: &String| !name.starts_with("Container elsewhere");
    let proxied =
        |name: &String| !name.starts_with("Form with") && !name.starts_with("Through SOCKS ");
    // A backup has no proxies, so what goes through one is left out.
    let without_proxies: Vec<String> = names(&database).into_iter().filter(proxied).collect();
    let backed: Vec<String> = names(&backup).into_iter().filter(elsewhere).collect();
    assert_eq!(backed, without_proxies);
    assert_eq!(backup.heartbeats.len(), 1);
    assert_eq!(backup.channels, database.channels);
    assert_eq!(database.monitors.len(), 23);
    assert_eq!(database.maintenance.len(), 4);
    assert!(why(&backup, "monitor \"Through SOCKS\" (http)").contains("proxy"));
}

#[test]
fn a_domain_becomes_a_monitor_of_its_own() {
    let more = "update monitor set domain_expiry_notification = 1 where id = 3; \
                insert into domain_expiry (id, domain) values (1, 'example.org');";
    let imported = database(&format!("{V2}\n{more}")).import(&place());
    let text = said(monitor(&imported, "domain example.org"));
    assert_eq!(
        text,
        "type = \"domain\"\ntarget = \"example.org\"\ninterval = \"1d\"\ndegraded-unless = \"domain > 21d\""
    );
}

#[test]
fn a_hostile_database_costs_little() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kuma.db");
    // A view that never ends is no table.
    Connection::open(&file)
        .unwrap()
        .execute_batch(
            "create table x (a); create view monitor as with recursive c(i) as \
             (select 1 union all select i + 1 from c) select i as id from c;",
        )
        .unwrap();
    assert!(from_database(&file).unwrap_err().to_string().contains("no table `monitor`"));
    std::fs::write(&file, "SQLite format 3\0 and then nonsense").unwrap();
    assert!(from_database(&file).is_err());
    assert!(from_database(Path::new("/nowhere/kuma.db")).is_err());
    for text in ["", "[]", "{}", "{\"monitorList\": 3}", "{\"monitorList\": [1, null, {}]}"] {
        // Whatever it is, it is read or refused.
        let _ = from_backup(text).map(|kuma| kuma.import(&place()));
    }
}

#[test]
fn rows_of_nonsense_are_left_out_or_tamed() {
    let sql = "create table monitor (id, name, type, url, active, interval, timeout, maxretries, \
               retry_interval, parent, hostname, port, accepted_statuscodes_json, headers, keyword);
        insert into monitor values (1, 'ring', 'group', null, 1, -5, 1e99, 99999999999, -1, 2,
            null, null, null, null, null);
        insert into monitor values (2, 'ring', 'group', null, 1, 'x', 'y', 'z', '', 1,
            null, null, null, null, null);
        insert into monitor values (3, null, null, 7, null, null, null, null, null, 3,
            null, null, null, null, null);
        insert into monitor values (4, x'ff00', 'keyword', 'http://a/', 1, 9223372036854775807, -1,
            -1, -9223372036854775808, 99, null, null, '[{}]', '[', '');
        insert into monitor values (null, 'p', 'port', null, 1, 60, 0, 0, 0, null, 'h', 70000, '{',
            '{}', null);";
    let imported = database(sql).import(&place());
    // Each row is somewhere.
    let whole = imported.left_out.iter().filter(|left| left.part.is_none()).count();
    assert_eq!(imported.monitors.len() + whole, 5);
    for entry in &imported.monitors {
        assert!(!entry.name.trim().is_empty());
    }
}
