//! D8: a service that started a shell.

use crate::finding::{About, Certainty, Finding};
use crate::scene::{Process, Scene};
use crate::severity::Severity;

pub(super) const ABOUT: About = About {
    id: "D8",
    title: "a web server that started a shell",
    logic: "The parent is a web server or the runtime of an application, the child a shell. It is an alarm if \
            the shell, or a shell below it, speaks to another machine, if anything below it runs from a \
            temporary folder, or if a web server's shell lives longer than a minute.",
    innocent: "PHP sends mail through a shell, npm starts applications through one, apache writes its logs \
               through one: short, or without a connection of its own.",
    attack: &["T1505.003"],
};

/// Servers that have no business with shells that stay.
const SERVERS: [&str; 8] =
    ["nginx", "caddy", "apache2", "httpd", "lighttpd", "php-fpm", "php-cgi", "haproxy"];
/// Those that do now and then.
const RUNTIMES: [&str; 8] = ["node", "java", "ruby", "python", "gunicorn", "uwsgi", "puma", "php"];
/// Seconds after which a shell is no short errand.
const LONG: i64 = 60;

pub(super) fn detect(scene: &Scene) -> Vec<Finding> {
    scene.processes.iter().filter_map(|process| finding(scene, process)).collect()
}

fn finding(scene: &Scene, process: &Process) -> Option<Finding> {
    if !process.is_shell() {
        return None;
    }
    let parent = scene.process(process.parent)?;
    let begins = |names: &[&str]| names.iter().any(|name| parent.file().starts_with(name));
    let is_server = begins(&SERVERS);
    if !is_server && !begins(&RUNTIMES) {
        return None;
    }
    let is_below = |other: &&Process| {
        other.pid == process.pid || scene.ancestors(other).any(|above| above.pid == process.pid)
    };
    // Children inherit what their server leaves open: php-fpm's connection to the web server beside it.
    let speaks = |other: &Process| {
        let mut remotes = scene.sockets_of(other.pid).filter_map(|socket| socket.remote);
        remotes.any(|remote| !remote.ip().to_canonical().is_loopback())
    };
    let is_bad = |other: &&Process| other.is_fleeting() || other.is_shell() && speaks(other);
    let bad = scene.processes.iter().filter(is_below).find(is_bad);
    let is_log_pipe = process
        .arguments
        .iter()
        .any(|word| word.contains("rotatelogs") || word.contains("cronolog"));
    let is_long = is_server && !is_log_pipe && process.age(scene.at) > LONG;
    let (severity, certainty) = if bad.is_some() || is_long {
        (Severity::Critical, Certainty::Likely)
    } else {
        (Severity::Info, Certainty::Hint)
    };
    let sentence = format!(
        "{} (pid {}) started a shell (pid {}): {}",
        parent.file(),
        parent.pid,
        process.pid,
        process.command()
    );
    let mut found = Finding::of_process(&ABOUT, severity, certainty, process, &sentence);
    if let Some(bad) = bad {
        found = found.seen(format!("below it {} runs {}", bad.label(), bad.path()));
    }
    Some(if severity == Severity::Critical { found.means_foreign(process) } else { found })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::scene::Socket;
    use crate::scene::process::Program;
    use crate::scene::socket::{Protocol, Seen};

    #[test]
    fn a_shell_that_speaks_is_found_below_any_runtime_and_an_inherited_connection_is_not() {
        let process = |pid, parent, path: &str| Process {
            pid,
            parent,
            program: Some(Program { path: path.to_owned(), ..Program::default() }),
            ..Process::default()
        };
        let socket = |pid, remote: &str| Socket {
            protocol: Protocol::Tcp,
            local: "10.0.0.1:5000".parse().ok(),
            remote: remote.parse().ok(),
            is_listening: false,
            inode: u64::from(pid),
            uid: 33,
            pids: vec![pid],
            seen: Seen::Both,
            is_apart: false,
        };
        let scene = Scene {
            processes: vec![
                process(10, 1, "/usr/bin/node"),
                process(11, 10, "/usr/bin/dash"),
                process(20, 1, "/usr/sbin/php-fpm8.2"),
                process(21, 20, "/usr/bin/dash"),
            ],
            sockets: vec![socket(11, "203.0.113.9:443"), socket(21, "[::ffff:127.0.0.1]:4000")],
            ..Scene::default()
        };
        let found: Vec<_> = detect(&scene)
            .iter()
            .map(|found| (found.subject.to_string(), found.severity))
            .collect();
        let expected = [("pid:11", Severity::Critical), ("pid:21", Severity::Info)];
        assert_eq!(found, expected.map(|(subject, severity)| (subject.to_owned(), severity)));
    }

    #[test]
    fn a_web_shell_is_found_and_npm_is_not() {
        let process = |pid, parent, path: &str| Process {
            pid,
            parent,
            uid: 33,
            effective_uid: 33,
            program: Some(Program {
                path: path.to_owned(),
                package: Some(String::from("x")),
                ..Program::default()
            }),
            ..Process::default()
        };
        let processes = vec![
            process(1, 0, "/usr/lib/systemd/systemd"),
            process(10, 1, "/usr/sbin/php-fpm8.2"),
            process(11, 10, "/usr/bin/dash"),
            process(20, 1, "/usr/bin/node"),
            process(21, 20, "/usr/bin/dash"),
            process(22, 21, "/usr/bin/node"),
            process(30, 1, "/usr/bin/node"),
            process(31, 30, "/usr/bin/dash"),
            process(32, 31, "/tmp/x"),
        ];
        let at = |second| Timestamp::from_second(second).unwrap();
        let severities = |second| {
            let scene = Scene { processes: processes.clone(), at: at(second), ..Scene::default() };
            detect(&scene)
                .iter()
                .map(|found| (found.subject.to_string(), found.severity))
                .collect::<Vec<_>>()
        };
        let expected = |first| {
            [("pid:11", first), ("pid:21", Severity::Info), ("pid:31", Severity::Critical)]
                .map(|(subject, severity)| (subject.to_owned(), severity))
        };
        assert_eq!(severities(5), expected(Severity::Info));
        assert_eq!(severities(500), expected(Severity::Critical));
    }
}
