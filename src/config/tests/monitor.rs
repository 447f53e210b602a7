//! Monitors, from files to config.

use std::fs;
use std::path::Path;

use nightkeep_probe::{Auth, Target};

use super::{environment, good, wrong};
use crate::clock;
use crate::config::{MonitorConfig, MonitorKind, Origin, check_monitor, load, merge, show};

fn target(monitor: &MonitorConfig) -> &Target {
    let MonitorKind::Probe(_, probe) = &monitor.kind else { panic!("{monitor:?}") };
    &probe.target
}

#[test]
fn four_lines_are_enough_and_defaults_are_filled_in() {
    let config = good(
        r#"
        [[monitor]]
        name = "shop"
        type = "http"
        target = "https://shop.example.org/health"
        [[monitor]]
        name = "db"
        type = "postgres"
        target = "db1"
        degraded-unless = "latency < 50ms"
        [[monitor]]
        name = "domain"
        type = "domain"
        target = "example.org"
        "#,
    );
    let shop = &config.monitors["shop"];
    assert_eq!(shop.condition.to_string(), "status < 400");
    assert_eq!(shop.degraded_unless.as_ref().unwrap().to_string(), "certificate > 14d");
    assert_eq!((shop.failures, shop.successes), (2, 1));
    assert_eq!(
        [shop.interval, shop.timeout, shop.retry_interval].map(|length| length.as_secs()),
        [60, 10, 10]
    );
    assert!(shop.is_remote() && !config.monitors["db"].is_remote());
    let db = &config.monitors["db"];
    assert_eq!(db.target(), "db1:5432");
    assert_eq!(db.condition.to_string(), "up");
    assert_eq!(db.degraded_unless.as_ref().unwrap().to_string(), "latency < 50ms");
    let domain = &config.monitors["domain"];
    assert_eq!(domain.degraded_unless.as_ref().unwrap().to_string(), "domain > 30d");
    assert_eq!(domain.interval.as_hours(), 6);
    let Origin::File { path, line } = &shop.origin else { panic!("{:?}", shop.origin) };
    assert_eq!((path.as_path(), *line), (Path::new("config.toml"), 2));
}

#[test]
fn secrets_are_read_and_never_shown() {
    let text = r#"
        [[monitor]]
        name = "shop"
        type = "http"
        target = "https://shop.example.org"
        user = "watch"
        password-env = "TOKEN"
        headers = { X-Key = "geheim" }
        proxy = "socks5://me:geheim@10.0.0.1:1080"
        "#;
    let config = good(text);
    let Target::Http(http) = target(&config.monitors["shop"]) else { panic!("no http") };
    assert!(matches!(&http.auth, Auth::Basic(user, word) if user == "watch" && word == "tk_1"));
    assert_eq!(http.headers, [(String::from("X-Key"), String::from("geheim"))]);
    let proxy = http.proxy.as_ref().unwrap();
    assert_eq!((proxy.socks5, proxy.place.to_string()), (true, String::from("10.0.0.1:1080")));
    let shown = super::shown(text);
    assert!(!shown.contains("geheim") && !shown.contains("tk_1"), "{shown}");
    assert!(shown.contains("password-env = \"TOKEN\"  # line 7"), "{shown}");
    for broken in ["failures = 0", "tipe = 1", "proxy = [\"geheim\"]", "bearer = \"geheim"] {
        let error = wrong(&format!("{text}\n{broken}\n"));
        assert!(!error.contains("geheim"), "{error}");
    }
}

/// The error for a monitor with these keys.
fn error(keys: &str) -> String {
    wrong(&format!("[[monitor]]\nname = \"shop\"\n{keys}\n"))
}

#[test]
fn what_is_wrong_is_said_with_what_to_write() {
    let http = "type = \"http\"\ntarget = \"https://a.example\"\n";
    for (keys, says) in [
        ("type = \"htp\"\ntarget = \"x\"", "did you mean \"http\"?"),
        ("type = \"http\"", "lacks `target`"),
        ("type = \"http\"\ntarget = \"a.example\"", "write \"https://a.example\""),
        ("type = \"http\"\ntarget = \"https://me:pw@a.example\"", "keys of their own"),
        ("type = \"websocket\"\ntarget = \"https://a.example\"", "wss://"),
        ("type = \"tcp\"\ntarget = \"a.example\"", "the port is missing"),
        ("type = \"tcp\"\ntarget = \"http://a.example:80/\"", "write \"a.example:80\""),
        ("type = \"ping\"\ntarget = \"a.example:80\"", "a ping knows no port"),
        ("type = \"unit\"\ntarget = \"caddy\"", "caddy.service"),
        ("type = \"group\"", "lacks `members`"),
        ("type = \"group\"\nmembers = [\"shop2\"]", "there is no monitor of that name"),
        ("type = \"group\"\nmembers = [\"shop\"]", "a member of itself"),
        ("type = \"command\"\ncommand = [\"check\"]", "does not begin at /"),
        ("type = \"tcp\"\ntarget = \"a:1\"\nmethod = \"GET\"", "`method` is for `http`"),
        ("type = \"tcp\"\ntarget = \"a:1\"\npassword-file = \"/x\"", "does not go with"),
        ("type = \"tcp\"\ntarget = \"a:1\"\nsend = '\\q'", "begins nothing"),
        ("type = \"dns\"\ntarget = \"a b\"", "no name of DNS"),
        ("type = \"dns\"\ntarget = \"a.example\"\nrecord = \"mx\"", "did you mean \"MX\"?"),
        ("type = \"smtp\"\ntarget = \"m\"\ntls = true\nstarttls = true", "exclude each other"),
        (&format!("{http}timeout = \"2m\""), "`timeout` is longer than `interval`"),
        (&format!("{http}interval = \"100ms\""), "from \"1s\" to \"24h\""),
        (&format!("{http}failures = 0"), "from 1 to 100"),
        (&format!("{http}parent = \"shop\""), "`shop` → `shop`"),
        (&format!("{http}parent = \"gate\""), "there is no monitor of that name"),
        (&format!("{http}user = \"me\""), "a user without a password"),
        (&format!("{http}client-key = \"/k\""), "`client-certificate` is missing"),
        (&format!("{http}resolver = \"1.1.1.1\""), "write \"1.1.1.1:53\""),
        (&format!("{http}method = \"A B\""), "is no method"),
    ] {
        let shown = error(keys);
        assert!(shown.contains(says), "{keys}\nlacks {says}:\n{shown}");
        assert!(shown.contains("config.toml:"), "{shown}");
    }
}

#[test]
fn a_condition_is_pointed_into() {
    for text in [
        "condition = \"status < 400 and latenz < 1s\"",
        "condition = 'status < 400 and latenz < 1s'",
        "condition = \"body contains \\\"ü\\\\u{41}\\\" and latenz < 1s\"",
        "condition = \"body contains \\u00fcb and latenz < 1s\"",
    ] {
        let shown = error(&format!("type = \"http\"\ntarget = \"http://a\"\n{text}"));
        let at = text.find("latenz").unwrap();
        let before = text[..at].chars().count() + 1;
        assert!(shown.contains(&format!("config.toml:5:{before}\n")), "{shown}");
        assert!(shown.contains("^^^^^^"), "{shown}");
    }
}

#[test]
fn two_of_one_name_and_circles_are_found() {
    let tcp = |name: &str, more: &str| {
        format!("[[monitor]]\nname = \"{name}\"\ntype = \"tcp\"\ntarget = \"a:1\"\n{more}\n")
    };
    let shown = wrong(&format!("{}{}", tcp("a", ""), tcp("a", "")));
    assert!(shown.contains("two monitors are called `a`"), "{shown}");
    assert!(shown.contains("config.toml, line 1"), "{shown}");
    let circle = format!("{}{}", tcp("a", "parent = \"b\""), tcp("b", "parent = \"a\""));
    let shown = wrong(&circle);
    assert!(shown.contains("`a` → `b` → `a`"), "{shown}");
}

#[test]
fn files_of_their_own_are_read_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nightkeep.toml");
    let pieces = folder.path().join("monitors.d");
    fs::create_dir(&pieces).unwrap();
    let tcp = |name: &str, more: &str| {
        format!("[[monitor]]\nname = \"{name}\"\ntype = \"tcp\"\ntarget = \"a:1\"\n{more}\n")
    };
    fs::write(&path, tcp("a", "parent = \"b\"")).unwrap();
    fs::write(pieces.join("web.toml"), tcp("b", "")).unwrap();
    fs::write(pieces.join(".web.toml.swp"), "no toml").unwrap();
    fs::write(pieces.join("web.toml~"), "no toml").unwrap();
    let read = || load(&path, &environment());
    let config = read().unwrap();
    assert_eq!(config.monitors.len(), 2);
    let shown = show(&path, &[], &environment()).unwrap();
    assert!(shown.contains("web.toml line 2"), "{shown}");

    fs::write(pieces.join("db.toml"), "\n[disk]\nenabled = false\n").unwrap();
    let shown = read().unwrap_err().to_string();
    assert!(
        shown.contains("db.toml:2:2") && shown.contains("allowed: `monitor` or `heartbeat`"),
        "{shown}"
    );
    fs::write(pieces.join("db.toml"), tcp("b", "")).unwrap();
    let shown = read().unwrap_err().to_string();
    assert!(shown.contains("web.toml:2:") && shown.contains("db.toml, line 1"), "{shown}");
}

#[test]
fn kept_monitors_join_and_the_file_wins() {
    let file = good("[[monitor]]\nname = \"a\"\ntype = \"tcp\"\ntarget = \"a:1\"");
    let kept = |name: &str, more: &str| {
        let table = format!("name = \"{name}\"\ntype = \"tcp\"\ntarget = \"b:2\"\n{more}");
        (String::from(name), table)
    };
    let all = [
        kept("a", ""),
        kept("b", "parent = \"c\""),
        kept("c", "parent = \"a\""),
        kept("d", "parent = \"nobody\""),
        kept("e", "condition = \"\""),
    ];
    let config = merge(file, &all, &environment());
    let names: Vec<&str> = config.monitors.keys().map(String::as_str).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(config.monitors["a"].target(), "a:1");
    assert_eq!(config.monitors["b"].origin, Origin::Store);
    let told = |name: &str| config.warnings.iter().any(|warning| warning.contains(name));
    assert!(told("`a` of a config file hides") && told("`d` in the store is left out"));

    let (_, table) = kept("b", "interval = \"5s\"");
    let monitor = check_monitor(&config, &table, &environment()).unwrap();
    assert_eq!(monitor.interval.as_secs(), 5);
    let (_, table) = kept("a", "");
    let shown = check_monitor(&config, &table, &environment()).unwrap_err().to_string();
    assert!(shown.contains("two monitors are called `a`"), "{shown}");
}

#[test]
fn ten_thousand_are_read_in_no_time() {
    let one = |n: usize| {
        format!(
            "[[monitor]]\nname = \"shop {n}\"\ntype = \"http\"\ntarget = \"https://shop{n}.example.org/health\"\ninterval = \"20s\"\ncondition = 'status = 200 and body contains \"ok\"'\ntags = [\"web\"]\n"
        )
    };
    let text: String = (0..10_000).map(one).collect();
    let begun = clock::monotonic();
    let config = good(&text);
    assert_eq!(config.monitors.len(), 10_000);
    // Unoptimised and on a busy machine; a second in a release build would be much.
    let took = clock::monotonic() - begun;
    assert!(took.as_secs() < 30, "{took:?}");
}
