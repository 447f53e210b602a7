//! `nightkeep cron adopt` on a machine made of files: what it sees, what it changes, and that it can
//! all be undone.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const CRONTAB: &str = "\
# /etc/crontab
SHELL=/bin/sh
MAILTO=root

17 *\t* * *\troot    cd / && run-parts --report /etc/cron.hourly
25 6\t* * *\troot\ttest -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }
30 2 * * *   backup  /usr/local/bin/backup.sh --all
@reboot root /usr/local/bin/hello
";
const PHP: &str = "\
09,39 * * * * root [ -x /usr/lib/php/sessionclean ] && if [ ! -d /run/systemd/system ]; then /usr/lib/php/sessionclean; fi
";
const DUMP: &str = "\
SHELL=/bin/bash
0 3 * * 0 postgres pg_dump app | gzip > /srv/app-$(date +\\%F).gz%
0 4 * * 0 postgres pg_dump other
";

struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        for folder in
            ["etc/cron.d", "etc/cron.hourly", "etc/cron.daily", "run/systemd/system", "nightkeep"]
        {
            fs::create_dir_all(machine.path(folder)).unwrap();
        }
        for (file, text, mode) in [
            ("etc/crontab", CRONTAB, 0o644),
            ("etc/cron.d/php", PHP, 0o644),
            ("etc/cron.d/dump", DUMP, 0o600),
            ("etc/cron.d/dump.dpkg-old", DUMP, 0o644),
            ("etc/cron.d/.placeholder", "", 0o644),
            ("etc/cron.daily/logrotate", "#!/bin/sh\n", 0o755),
            ("etc/cron.daily/apt.disabled", "#!/bin/sh\n", 0o755),
            ("etc/cron.daily/notes", "", 0o644),
        ] {
            fs::write(machine.path(file), text).unwrap();
            fs::set_permissions(machine.path(file), fs::Permissions::from_mode(mode)).unwrap();
        }
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn adopt(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nightkeep"));
        command.args(["cron", "adopt", "--root"]).arg(self.0.path());
        command.arg("--config").arg(self.path("nightkeep/nightkeep.toml"));
        command.args(arguments).env("TZ", "Europe/Berlin").stdin(Stdio::null()).output().unwrap()
    }

    fn rows(&self) -> Vec<Value> {
        let output = self.adopt(&["--json"]);
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice::<Vec<Value>>(&output.stdout).unwrap()
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }
}

#[test]
fn it_shows_what_runs_and_whether_anybody_would_notice() {
    let machine = Machine::new();
    let seen: Vec<String> = machine
        .rows()
        .iter()
        .map(|row| {
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            let place = text(&row["place"]).replace(machine.0.path().to_str().unwrap(), "");
            let slug = text(&row["offer"]["slug"]);
            let why = text(&row["watched"]["why"]);
            format!("{place} | {} | {} | {slug} | {why}", text(&row["when"]), text(&row["user"]))
        })
        .collect();
    let expected = [
        "/etc/crontab:5 | 17 * * * * | root | - | there is nothing for it to run",
        "/etc/crontab:6 | 25 6 * * * | root | cron-daily | -",
        "  run-parts in /etc/crontab:6 |   \" | root | - | -",
        "/etc/crontab:7 | 30 2 * * * | backup | backup | -",
        "/etc/crontab:8 | @reboot | root | - | it has no time by which it is due",
        "/etc/cron.d/dump:2 | 0 3 * * 0 | postgres | pg_dump | -",
        "/etc/cron.d/dump:3 | 0 4 * * 0 | postgres | pg_dump-postgres | -",
        "/etc/cron.d/dump.dpkg-old:2 | 0 3 * * 0 | postgres | - | cron passes over names with other signs than letters, digits, _ and -",
        "/etc/cron.d/dump.dpkg-old:3 | 0 4 * * 0 | postgres | - | cron passes over names with other signs than letters, digits, _ and -",
        "/etc/cron.d/php:1 | 09,39 * * * * | root | - | it does nothing under systemd, where a timer does it",
    ];
    assert_eq!(seen, expected);
    let shown = machine.adopt(&[]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("[[heartbeat]]\nname = \"backup\"\ncron = \"30 2 * * *\"\ntimezone = \"Europe/Berlin\"\ngrace = \"1h\"\n"), "{shown}");
}

#[test]
fn what_it_changes_it_can_undo() {
    let machine = Machine::new();
    let heartbeats = machine.path("nightkeep/monitors.d/cron.toml");
    // Nobody is there to ask.
    let refused = machine.adopt(&["--apply"]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!((machine.text("etc/crontab").as_str(), heartbeats.exists()), (CRONTAB, false));

    let applied = machine.adopt(&["--apply", "--yes"]);
    assert!(applied.status.success(), "{applied:?}");
    let program = env!("CARGO_BIN_EXE_nightkeep");
    let crontab = CRONTAB
        .replace("/usr/local/bin/backup.sh", &format!("{program} cron wrap backup -- /usr/local/bin/backup.sh"))
        .replace(
            "test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }",
            &format!("{program} cron wrap cron-daily -- /bin/sh -c 'test -x /usr/sbin/anacron || {{ cd / && run-parts --report /etc/cron.daily; }}'"),
        );
    assert_eq!(machine.text("etc/crontab"), crontab);
    let dump = machine.text("etc/cron.d/dump");
    let wrapped = format!(
        "0 3 * * 0 postgres {program} cron wrap pg_dump -- /bin/bash -c 'pg_dump app | gzip > /srv/app-$(date +\\%F).gz'%\n"
    );
    assert!(dump.contains(&wrapped), "{dump}");
    let mode = fs::metadata(machine.path("etc/cron.d/dump")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    assert_eq!(machine.text("etc/cron.d/dump.dpkg-old"), DUMP);
    // Nothing lies about in a folder that cron reads.
    assert_eq!(fs::read_dir(machine.path("etc/cron.d")).unwrap().count(), 4);
    let backup =
        fs::read_dir(machine.path("var/backups/nightkeep")).unwrap().next().unwrap().unwrap();
    let kept = backup.path().join(machine.path("etc/crontab").strip_prefix("/").unwrap());
    assert_eq!(fs::read_to_string(kept).unwrap(), CRONTAB);
    let written = fs::read_to_string(&heartbeats).unwrap();
    assert_eq!(written.matches("[[heartbeat]]").count(), 4);
    assert!(
        toml::from_str::<toml::Table>(&written).unwrap()["heartbeat"].as_array().unwrap().len()
            == 4
    );

    // What is adopted is not offered again.
    assert!(machine.rows().iter().all(|row| row["offer"].is_null()));
    assert_eq!(machine.adopt(&["--apply", "--yes"]).stdout, b"There is nothing to change.\n");

    let one = machine.adopt(&["--undo", "--yes", "backup"]);
    assert!(one.status.success(), "{one:?}");
    assert!(machine.text("etc/crontab").contains("backup  /usr/local/bin/backup.sh --all\n"));
    assert!(machine.text("etc/crontab").contains("cron wrap cron-daily"));
    assert!(!fs::read_to_string(&heartbeats).unwrap().contains("\"backup\""));
    assert!(machine.adopt(&["--undo", "--yes"]).status.success());
    assert_eq!(
        (machine.text("etc/crontab").as_str(), machine.text("etc/cron.d/dump").as_str()),
        (CRONTAB, DUMP)
    );
    assert_eq!(fs::read_to_string(&heartbeats).unwrap().trim(), "");
}

#[test]
fn a_slug_that_is_not_offered_is_a_slip() {
    let machine = Machine::new();
    let output = machine.adopt(&["bakcup"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("bakcup"));
}
