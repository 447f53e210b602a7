//! Whole files, from text to config and back.

mod monitor;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::document::Document;
use super::show::{Sources, annotated};
use super::written::{Value, lines};
use super::{
    ChannelKind, Config, ConfigError, Environment, Secrets, SmtpSecurity, Sustained, Window, diff,
    example, load, parse, reference, schema,
};
use crate::model::{AlertKey, RuleName, Severity, Subject};

/// A machine that does not exist.
fn environment() -> Environment {
    Environment {
        variables: [(String::from("TOKEN"), String::from("tk_1"))].into_iter().collect(),
        hostname: String::from("web1"),
        timezone: TimeZone::UTC,
        secrets: Secrets::Needed,
    }
}

fn read(text: &str) -> Result<Config, ConfigError> {
    parse(text, "config.toml", &environment())
}

fn good(text: &str) -> Config {
    read(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn wrong(text: &str) -> String {
    read(text).map(|_| ()).expect_err(text).to_string()
}

/// As `config show` shows it.
fn shown(text: &str) -> String {
    let documents = [Document::parse(text).0];
    annotated(&good(text), &Sources::new(&["config.toml"], &documents))
}

/// The values of a config, secrets revealed.
fn values(config: &Config) -> BTreeMap<String, String> {
    lines(config)
        .into_iter()
        .map(|line| {
            let value = match line.value {
                Value::Toml(written) => written,
                Value::Secret(secret) => format!("secret {}", secret.reveal()),
            };
            (line.path.join("."), value)
        })
        .collect()
}

#[test]
fn an_empty_file_is_the_defaults_with_the_machines_own_name() {
    let config = good("");
    let default = Config { host: String::from("web1"), ..Config::default() };
    assert_eq!(values(&config), values(&default));
    assert_eq!(config.warnings.len(), 1, "{:?}", config.warnings);
}

/// As an editor on Windows leaves it.
#[test]
fn a_byte_order_mark_and_carriage_returns_do_no_harm() {
    let config = good("\u{feff}host = \"db\"\r\n[disk]\r\nenabled = false\r\n");
    assert_eq!((config.host.as_str(), config.disk.enabled), ("db", false));
    assert!(wrong("\u{feff}hots = 1\r\n").contains("config.toml:1:"));
}

#[test]
fn six_lines_are_enough_for_mail() {
    let config = good(
        r#"
        [channel.mail]
        type = "smtp"
        server = "mail.example.org"
        user = "nightkeep@example.org"
        password-env = "TOKEN"
        to = "you@example.org"
        "#,
    );
    let ChannelKind::Smtp(smtp) = &config.channels["mail"].kind else { panic!("no smtp") };
    assert_eq!((smtp.port, smtp.security), (587, SmtpSecurity::StartTls));
    assert_eq!(
        (smtp.from.as_str(), &smtp.to[..]),
        ("nightkeep@example.org", &[String::from("you@example.org")][..])
    );
    assert_eq!(smtp.password.as_ref().map(super::Secret::reveal), Some("tk_1"));
    assert_eq!(config.warnings, Vec::<String>::new());
}

#[test]
fn what_a_rule_leaves_out_keeps_its_default() {
    let config = good(
        r#"
        [disk]
        used = { warning = "90%" }
        inodes = false
        [disk.mount."/var"]
        used = { critical = "97.5%", times = "3 of 5" }
        [cpu]
        load = { warning = 8, critical = 16.5 }
        [memory]
        available = { critical = false }
        "#,
    );
    let used = config.disk.used;
    assert_eq!((used.warning, used.critical, used.clear), (Some(0.9), Some(0.95), 0.8));
    assert_eq!(used.sustained, Sustained::For(SignedDuration::from_mins(1)));
    let var = &config.disk.mounts["/var"];
    assert_eq!((var.used.warning, var.used.critical), (Some(0.9), Some(0.975)));
    assert_eq!(var.used.sustained, Sustained::Times { times: 3, of: 5 });
    assert!(!config.disk.inodes.enabled && !var.inodes.enabled);
    assert_eq!((config.cpu.load.warning, config.cpu.load.critical), (Some(8.0), Some(16.5)));
    assert_eq!(config.memory.available.critical, None);
}

#[test]
fn routes_and_windows_mean_what_they_say() {
    let config = good(
        r#"
        timezone = "Europe/Vienna"
        [channel.phone]
        type = "ntfy"
        topic = "abc"
        [[route]]
        severities = "critical"
        subjects = ["mount:*"]
        channels = "phone"
        hours = "22:00-06:00"
        [[maintenance]]
        name = "once"
        from = 2026-12-01T22:00:00
        until = "2026-12-01T23:00:00+01:00"
        [[maintenance]]
        name = "weekly"
        weekly = "Sat-Mon 23:00-01:00"
        "#,
    );
    let route = &config.routes[0];
    let var = AlertKey { rule: RuleName::DiskUsed, subject: Subject::Mount(String::from("/var")) };
    assert!(
        route.matches.means(&var, Severity::Critical)
            && !route.matches.means(&var, Severity::Warning)
    );
    assert_eq!(route.hours.map(|hours| (hours.from, hours.until)), Some((22 * 60, 6 * 60)));
    let Window::Once { from, until } = &config.maintenance[0].window else { panic!("not once") };
    assert_eq!(
        (from.to_string(), until.to_string()),
        (String::from("2026-12-01T21:00:00Z"), String::from("2026-12-01T22:00:00Z"))
    );
    let Window::Weekly { days, .. } = &config.maintenance[1].window else { panic!("not weekly") };
    assert_eq!(days.len(), 3);
    assert!(
        config.warnings.iter().any(|warning| warning.contains("fits no route")),
        "{:?}",
        config.warnings
    );
}

#[test]
fn the_example_parses_as_it_is_and_with_every_option_taken() {
    let example = example();
    assert_eq!(values(&good(&example)), values(&good("")));
    // An option is behind a bare #, a sentence behind "# ".
    let taken: String = example
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(option) if !option.is_empty() && !option.starts_with(' ') => format!("{option}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let env = Environment { secrets: Secrets::Optional, ..environment() };
    let config = parse(&taken, "example", &env).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.channels.len(), 16);
    assert_eq!((config.routes.len(), config.maintenance.len()), (1, 3));
    assert!(config.disk.mounts.contains_key("/backup"));
    assert!(config.checks.contains_key("backup"));
    assert_eq!(config.monitors.len(), 20);
    assert_eq!(config.heartbeats[0].slug, "backup");
    // What can be written can be shown, and is the same when read again.
    let inline = taken
        .lines()
        .filter(|line| !line.contains("/etc/nightkeep/"))
        .map(|line| format!("{line}\n"));
    let key = format!("key = \"{}\"", "a".repeat(32));
    let inline: String = inline
        .collect::<String>()
        .replace("type = \"ntfy\"\n", "type = \"ntfy\"\ntopic = \"t\"\n")
        .replace("type = \"slack\"\n", "type = \"slack\"\nurl = \"https://s.example\"\n")
        .replace("type = \"telegram\"\n", "type = \"telegram\"\ntoken = \"1:a\"\n")
        .replace("type = \"webhook\"\n", "type = \"webhook\"\nurl = \"https://w.example\"\n")
        .replace("type = \"discord\"\n", "type = \"discord\"\nurl = \"https://d.example\"\n")
        .replace("type = \"teams\"\n", "type = \"teams\"\nurl = \"https://t.example\"\n")
        .replace("type = \"gotify\"\n", "type = \"gotify\"\ntoken = \"A1\"\n")
        .replace("type = \"matrix\"\n", "type = \"matrix\"\ntoken = \"syt_1\"\n")
        .replace("type = \"pushover\"\n", "type = \"pushover\"\ntoken = \"a\"\nuser = \"u\"\n")
        .replace("type = \"apprise\"\n", "type = \"apprise\"\nurl = \"json://a.example\"\n")
        .replace("type = \"apprise-api\"\n", "type = \"apprise-api\"\nkey = \"k\"\n")
        .replace("type = \"pagerduty\"\n", &format!("type = \"pagerduty\"\nrouting-{key}\n"))
        .replace("type = \"smtp\"\nserver", "type = \"smtp\"\npassword = \"p\"\nserver")
        .replace("user = \"watch\"\n", "user = \"watch\"\npassword = \"p\"\n");
    let shown = shown(&inline);
    let uuid = taken.lines().find(|line| line.starts_with("uuid = ")).unwrap();
    let hidden = |text: &str| {
        text.replace("\"…\"", "\"https://hidden.example\"")
            .replace("topic = \"https://hidden.example\"", "topic = \"t\"")
            .replace("key = \"https://hidden.example\"", &key)
            .replace("uuid = \"https://hidden.example\"", uuid)
    };
    let again = good(&hidden(&shown));
    let plain = |config: &Config| -> Vec<(String, String)> {
        values(config).into_iter().filter(|(_, value)| !value.starts_with("secret")).collect()
    };
    assert_eq!(plain(&again), plain(&good(&inline)), "{shown}");
}

/// Every key of the schema that can stand in `show` does.
#[test]
fn show_forgets_no_key() {
    let shown = values(&good(""));
    let schema = schema();
    for (section, table) in schema["properties"].as_object().unwrap() {
        if ["channel", "check", "route", "maintenance", "monitor", "heartbeat"]
            .contains(&section.as_str())
        {
            continue;
        }
        match table["properties"].as_object() {
            None => assert!(shown.contains_key(section), "{section}"),
            Some(keys) => {
                // Those without a value of their own until they are written.
                let none = [
                    "mount",
                    "socket",
                    "rules",
                    "cron",
                    "url",
                    "description",
                    "domain",
                    "links",
                    "css",
                    "tls",
                    "forward-auth",
                    "locale",
                ];
                for key in keys.keys().filter(|key| !none.contains(&key.as_str())) {
                    assert!(shown.contains_key(&format!("{section}.{key}")), "{section}.{key}");
                }
            }
        }
    }
}

#[test]
fn show_says_where_values_come_from_and_hides_secrets() {
    let text = "host = \"db\"\n[channel.phone]\ntype = \"ntfy\"\ntopic = \"geheim\"\ntoken-env = \"TOKEN\"\n[disk]\nused = { warning = \"90%\" }\n";
    let shown = shown(text);
    for line in [
        "host = \"db\"  # line 1",
        "timezone = \"UTC\"  # the machine's own",
        "topic = \"…\"  # line 4",
        "token-env = \"TOKEN\"  # line 5",
        "used = { warning = \"90%\", critical = \"95%\", clear = \"80%\", for = \"1m\" }  # line 7, the rest by default",
        "interval = \"10s\"  # default",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
    }
    assert!(!shown.contains("geheim") && !shown.contains("tk_1"), "{shown}");
}

#[test]
fn diff_names_what_changed_and_no_secret() {
    let old = good(
        "[channel.phone]\ntype = \"ntfy\"\ntopic = \"a\"\n[channel.b]\ntype = \"ntfy\"\ntopic = \"a\"",
    );
    let new = good(
        "interval = \"20s\"\n[channel.phone]\ntype = \"ntfy\"\ntopic = \"geheim\"\n[[route]]\nchannels = \"phone\"",
    );
    assert_eq!(
        diff(&old, &new),
        [
            "channel.b: gone",
            "channel.phone.topic: changed",
            "interval: \"10s\" → \"20s\"",
            "route.0: new"
        ]
    );
    assert_eq!(diff(&new, &new), Vec::<String>::new());
}

/// The key misspelt, the quote forgotten, the secret given twice: the line is shown without it.
#[test]
fn no_error_shows_a_secret() {
    for text in [
        "[channel.a]\ntype = \"ntfy\"\ntopik = \"geheim\"",
        "[channel.a]\ntype = \"ntfy\"\ntopic = \"geheim",
        "[channel.a]\ntype = \"ntfy\"\ntopic = \"geheim\"\ntopic-file = \"/x\"",
        "[channel.a]\ntype = \"ntfy\"\ntopic = \"geheim geheim\"",
        "channel.a = { type = \"ntfy\", topic = \"geheim/geheim\" }",
        "channel.a = { type = \"ntfy\", topic = \"geheim }",
        "[channel.a]\ntype = \"slack\"\nurl = \"geheim\"",
        "[channel.a]\ntype = \"webhook\"\nurl = \"https://a.example\"\nheaders = { \"no name\" = \"geheim\" }",
        "[channel.a]\ntype = \"ntfi\"\ntopic = \"geheim\"",
        "[channel.a]\ntype = \"ntfy\"\ntopic = [\"geheim\"]",
        "[chanel.a]\ntype = \"ntfy\"\ntopic = \"geheim\"\ntopic = \"geheim\"",
        "[[heartbeat]]\nname = \"a\"\nuuid = \"geheim\"",
        "[[heartbeat]]\nname = \"a\"\nuid = \"geheim\"",
        "[[heartbeat]]\nname = \"a\"\nuuid = \"geheim",
    ] {
        let shown = wrong(text);
        assert!(!shown.contains("geheim"), "{text}\n{shown}");
    }
}

#[test]
fn secrets_come_from_files_and_credentials() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("topic");
    let text = format!(
        "[channel.a]\ntype = \"ntfy\"\ntopic-file = \"{}\"\ntoken-credential = \"topic\"",
        file.display()
    );
    fs::write(&file, "from-file\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let mut env = environment();
    env.variables
        .insert(String::from("CREDENTIALS_DIRECTORY"), directory.path().display().to_string());
    let config = parse(&text, "config.toml", &env).unwrap();
    let ChannelKind::Ntfy { topic, token, .. } = &config.channels["a"].kind else {
        panic!("no ntfy")
    };
    assert_eq!((topic.reveal(), token.as_ref().unwrap().reveal()), ("from-file", "from-file"));
    assert_eq!(config.warnings, Vec::<String>::new());

    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let config = parse(&text, "config.toml", &env).unwrap();
    assert!(config.warnings[0].contains("chmod o="), "{:?}", config.warnings);

    // Without systemd there are no credentials: an error for the daemon, not for who only looks.
    let shown = wrong(&text);
    assert!(shown.contains("LoadCredential=topic"), "{shown}");
    let config =
        parse(&text, "config.toml", &Environment { secrets: Secrets::Optional, ..environment() });
    assert!(config.is_ok());
}

#[test]
fn a_file_that_cannot_be_read_says_what_mends_it() {
    let directory = tempfile::tempdir().unwrap();
    let shown = |path: &Path| load(path, &environment()).map(|_| ()).unwrap_err().to_string();
    assert!(shown(&directory.path().join("none")).contains("nightkeep init"));
    assert!(shown(directory.path()).contains("is a directory"));
    let latin = directory.path().join("latin1.toml");
    fs::write(&latin, b"# fine\nhost = \"caf\xe9\"\n").unwrap();
    assert!(shown(&latin).contains("latin1.toml:2: the byte 0xe9"), "{}", shown(&latin));
    let readable = directory.path().join("readable.toml");
    fs::write(&readable, "[channel.a]\ntype = \"ntfy\"\ntopic = \"t\"").unwrap();
    fs::set_permissions(&readable, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(load(&readable, &environment()).unwrap().warnings[0].contains("chmod 640"));
}

/// `NIGHTKEEP_WRITE=1 cargo test` writes them anew.
#[test]
fn the_generated_files_are_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (file, current) in [("docs/config.md", reference()), ("nightkeep.example.toml", example())]
    {
        let path = root.join(file);
        if std::env::var_os("NIGHTKEEP_WRITE").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &current).unwrap();
        }
        let there = fs::read_to_string(&path).unwrap_or_default();
        assert!(there == current, "{file} is old: NIGHTKEEP_WRITE=1 cargo test config");
    }
}

/// Texts that are nearly a config.
fn nearly() -> impl Strategy<Value = String> + use<> {
    let piece = prop_oneof![
        Just("[channel.a]\n"),
        Just("type = \"ntfy\"\n"),
        Just("topic = \"t\"\n"),
        Just("[[route]]\n"),
        Just("[disk]\n"),
        Just("used = "),
        Just("{ warning = \"90%\" }\n"),
        Just("\"1h\"\n"),
        Just("channels = \"b\"\n"),
        Just("[disk.mount.\"/é\"]\n"),
        Just("interval = "),
        Just("[[maintenance]]\n"),
        Just("weekly = \"Sun 1:00-2:00\"\n"),
        Just("from = 2026-12-01T22:00:00\n"),
        Just("{"),
        Just("]"),
        Just("\""),
        Just("\u{1b}[31m\n"),
        Just("= -1e400\n"),
        Just("timezone = \"Wien\"\n"),
        Just("topic-file = 3\n"),
        Just("'''"),
        Just("0x\n"),
        Just("ü"),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in prop_oneof![".{0,200}", nearly()]) {
        if let Err(error) = read(&text) {
            let shown = error.to_string();
            prop_assert!(!shown.is_empty());
            prop_assert!(!shown.contains('\u{1b}'), "escape shown");
        }
    }

    /// What is written is read as the same number.
    #[test]
    fn values_read_as_they_are_written(seconds in 0_i64..1_000_000_000, bytes in 0_u64..1 << 50, permille in 0_u32..=1000) {
        use super::value::{Duration, Kind, Share, Size};
        let length = SignedDuration::from_secs(seconds);
        prop_assert_eq!(Duration::read(&Duration::write(length)), Ok(length));
        prop_assert_eq!(Size::read(&Size::write(bytes)), Ok(bytes));
        let share = f64::from(permille) / 1000.0;
        prop_assert!((Share::read(&Share::write(share)).unwrap() - share).abs() < 1e-9);
    }
}

#[test]
fn heartbeats_mean_what_they_say() {
    let web = "[web]\nlisten = \"127.0.0.1:8466\"\n";
    let config = good(&format!(
        "timezone = \"Europe/Vienna\"\n[[heartbeat]]\nname = \"Nightly backup\"\n\
         cron = \"30 2 * * *\"\nstart-grace = \"6h\"\nfailure-words = [\"error\", \"fatal\"]\n\
         methods = \"POST\"\n{web}"
    ));
    let backup = &config.heartbeats[0];
    assert_eq!((backup.slug.as_str(), backup.line, backup.only_post), ("nightly-backup", 2, true));
    let vienna = crate::heartbeat::When::cron("30 2 * * *", "Europe/Vienna").unwrap();
    assert_eq!((&backup.when, backup.filter.failure.as_str()), (&vienna, "error,fatal"));
    assert!(backup.filter.http_body && !backup.filter.default_fail);
    assert!(config.warnings.iter().all(|warning| !warning.contains("[web]")));
    let deaf = good("[[heartbeat]]\nname = \"a\"\n");
    assert!(deaf.warnings.iter().any(|warning| warning.contains("nobody can call")));
    let by_mail = "[heartbeat-mail]\nlisten = \"[::1]:2525\"\ndomain = \"Watch.example\"\n";
    let config = good(&format!("[[heartbeat]]\nname = \"a\"\n{by_mail}"));
    assert_eq!(config.heartbeat_mail.taken_at(), Some("watch.example"));
    assert!(config.warnings.iter().all(|warning| !warning.contains("nobody can call")));
    assert_eq!(good("[heartbeat-mail]\ndomain = \"a.example\"\n").heartbeat_mail.taken_at(), None);
    for (text, said) in [
        ("listen = \"127.0.0.1:25\"", "`domain` is missing"),
        ("domain = \"a.example\"\nlisten = \"127.0.0.1:8466\"", "127.0.0.1:8466 is taken"),
        ("domain = \"x@a.example\"", "no name in the DNS"),
    ] {
        let error = wrong(&format!("{web}[heartbeat-mail]\n{text}\n"));
        assert!(error.contains(said), "{text}: {error}");
    }
    for (text, said) in [
        ("name = \"a\"\ncron = \"0 0 31 2 *\"", "a day 31"),
        ("name = \"a\"\ncron = \"0 25 * * *\"", "hour"),
        ("name = \"a\"\nevery = \"1h\"\ncalendar = \"daily\"", "one schedule"),
        ("name = \"a\"\nslug = \"A b\"", "write \"a-b\""),
        ("name = \"??\"", "no slug"),
        ("name = \"a\"\n[[heartbeat]]\nname = \"A\"", "two heartbeats"),
        ("name = \"a\"\nfailures = 0", "out of range"),
        ("name = \"a\"\ngrace = \"0s\"", "out of range"),
        ("every = \"1h\"", "name"),
    ] {
        let error = wrong(&format!("[[heartbeat]]\n{text}\n"));
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[test]
fn heartbeats_have_files_of_their_own_and_say_who_hears() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nightkeep.toml");
    let pieces = folder.path().join("monitors.d");
    fs::create_dir(&pieces).unwrap();
    let text = "timezone = \"Europe/Vienna\"\n[channel.phone]\ntype = \"syslog\"\n\
                [web]\nlisten = \"127.0.0.1:8466\"\n[[heartbeat]]\nname = \"a\"\n";
    fs::write(&path, text).unwrap();
    let beat =
        |more: &str| format!("\n[[heartbeat]]\nname = \"b\"\ncron = \"1 2 * * *\"\n{more}\n");
    fs::write(pieces.join("jobs.toml"), beat("channels = \"phone\"")).unwrap();
    let config = load(&path, &environment()).unwrap();
    let b = &config.heartbeats[1];
    assert_eq!((config.heartbeats.len(), b.slug.as_str(), b.line), (2, "b", 2));
    assert_eq!(
        (b.file.as_path(), b.channels.as_slice()),
        (&*pieces.join("jobs.toml"), &["phone".into()][..])
    );
    assert_eq!(b.when, crate::heartbeat::When::cron("1 2 * * *", "Europe/Vienna").unwrap());
    let shown = super::show(&path, &[], &environment()).unwrap();
    let line = format!("channels = [\"phone\"]  # {} line 5", pieces.join("jobs.toml").display());
    assert!(shown.contains(&line) && shown.contains("name = \"a\"  # line 7"), "{shown}");

    fs::write(pieces.join("jobs.toml"), beat("slug = \"a\"\nchannels = \"fone\"")).unwrap();
    let error = load(&path, &environment()).unwrap_err().to_string();
    let twin = "jobs.toml:5:8\n";
    assert!(error.contains(twin) && error.contains("nightkeep.toml line 6"), "{error}");
    assert!(error.contains("there is no channel `fone`"), "{error}");
}

#[test]
fn who_listens_in_the_open_is_told_what_that_means() {
    let warns = |web: &str, of: &str| {
        let config = good(&format!("[web]\n{web}\n"));
        config.warnings.iter().any(|warning| warning.contains(of))
    };
    let plain = "passwords go to";
    assert!(warns("listen = \"[::]:8466\"", plain));
    for fine in [
        "listen = \"127.0.0.1:8466\"",
        "listen = \"unix:/run/nightkeep/web.sock\"",
        "listen = \"[::]:8466\"\ntrusted-proxies = \"10.0.0.2\"",
        "listen = \"[::]:8466\"\ntls = { certificate = \"/a\", key = \"/b\" }",
    ] {
        assert!(!warns(fine, plain), "{fine}");
    }
    let tls = "listen = \"[::1]:8466\"\ntls = { certificate = \"/a\", key = \"/b\" }";
    assert!(warns(tls, "`tls` is for nothing"));
    let here = "every user of this machine";
    for (from, is_warned) in [
        ("127.0.0.1", true),
        ("0.0.0.0/0", true),
        ("::1", true),
        ("10.0.0.2", false),
        ("unix", false),
    ] {
        assert_eq!(
            warns(&format!("forward-auth = {{ from = \"{from}\" }}"), here),
            is_warned,
            "{from}"
        );
    }
}
