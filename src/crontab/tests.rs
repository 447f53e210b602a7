//! Lines as cron and shells read them: the wrapped one does what the line did.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::command::Command;
use super::wrapped::Unwrapped;
use super::*;

/// In the manner of Debian 12's, with the packages' own ways of writing.
const SYSTEM: &str = r#"# /etc/crontab: system-wide crontab

SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin
MAILTO = "ops@example.org"

# *  *  *  *  * user-name command to be executed
17 *	* * *	root    cd / && run-parts --report /etc/cron.hourly
25 6	* * *	root	test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily )
  09,39 *     * * *     root   [ -x /usr/lib/php/sessionclean ] && if [ ! -d /run/systemd/system ]; then /usr/lib/php/sessionclean; fi
57 0 * * 0 root if [ -x /usr/share/mdadm/checkarray ] && [ $(date +\%d) -le 7 ]; then /usr/share/mdadm/checkarray --cron --all --idle --quiet; fi
@daily  postgres /usr/local/bin/dump --all
CRON_TZ='Europe/Berlin'
SHELL=/bin/bash
@reboot	www-data	/srv/app/start
*/5 0-23/2 1,15 jan-jun mon-fri	backup	mail -s 'a %b' me%Dear me,%%bye
not a line
5 5 * * *
61 * * * * root
"#;

#[test]
fn a_crontab_is_read_as_cron_reads_it_and_written_as_it_was() {
    let crontab = Crontab::read(Form::System, SYSTEM);
    assert_eq!(crontab.write(), SYSTEM);
    let seen: Vec<String> = crontab
        .jobs()
        .iter()
        .map(|job| {
            let Entry { when, user, command, .. } = &job.entry;
            let user = user.as_deref().unwrap_or_default();
            let head: String = command.chars().take(12).collect();
            format!(
                "{when} | {user} | {head} | {} | {}",
                job.shell,
                job.zone.as_deref().unwrap_or("-")
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            "17 * * * * | root | cd / && run- | /bin/sh | -",
            "25 6 * * * | root | test -x /usr | /bin/sh | -",
            "09,39 * * * * | root | [ -x /usr/li | /bin/sh | -",
            "57 0 * * 0 | root | if [ -x /usr | /bin/sh | -",
            "0 0 * * * | postgres | /usr/local/b | /bin/sh | -",
            "@reboot | www-data | /srv/app/sta | /bin/bash | Europe/Berlin",
            "*/5 0-23/2 1,15 jan-jun mon-fri | backup | mail -s 'a % | /bin/bash | Europe/Berlin",
        ]
    );
    assert_eq!(crontab.jobs()[0].mail.as_deref(), Some("ops@example.org"));
}

#[test]
fn anacrontabs_have_days_delays_and_names() {
    let text = "START_HOURS_RANGE=3-22\n1\t5\tcron.daily\trun-parts --report /etc/cron.daily\n\
                @monthly 15 cron.monthly nice run-parts /etc/cron.monthly\n7 x bad true\n";
    let crontab = Crontab::read(Form::Anacron, text);
    assert_eq!(crontab.write(), text);
    let jobs = crontab.jobs();
    let seen: Vec<_> =
        jobs.iter().map(|job| (&job.entry.when, job.entry.name.as_deref())).collect();
    assert_eq!(
        seen,
        [(&When::Days(1), Some("cron.daily")), (&When::Days(30), Some("cron.monthly"))]
    );
}

#[test]
fn variables_are_told_from_jobs() {
    let read = |line| variable(line).map(|(name, value)| format!("{name}|{value}"));
    assert_eq!(read("  MAILTO = a@b  ").as_deref(), Some("MAILTO|a@b"));
    assert_eq!(read("\"A B\"='c # d'").as_deref(), Some("A B|c # d"));
    assert_eq!(read("EMPTY=").as_deref(), Some("EMPTY|"));
    assert_eq!(read("0 5 * * * A=b command"), None);
    assert_eq!(read("@daily A=b"), None);
    assert_eq!(read("# A=b"), None);
    assert_eq!(read("=b"), None);
}

#[test]
fn a_command_is_what_debians_cron_makes_of_it() {
    // Each seen in a crontab of cron 3.0pl1-162.
    for (written, text, input) in [
        (r"printf 'a\\b'", r"printf 'a\b'", ""),
        (r"printf 'a\b'", r"printf 'a\b'", ""),
        (r"printf 'a\\\%b'", r"printf 'a\%b'", ""),
        (r"printf 'a\\\\b'", r"printf 'a\\b'", ""),
        (r"printf 'a\\\b'", r"printf 'a\\b'", ""),
        (r"cat%first\%x\\y%second", "cat", r"%first\%x\\y%second"),
        (r"cat%a\\%b", "cat", r"%a\\%b"),
    ] {
        let command = Command::read(written);
        assert_eq!((command.text.as_str(), command.input), (text, input), "{written}");
    }
}

const PROGRAM: &str = "/usr/local/bin/nightkeep";

#[test]
fn plain_programs_are_wrapped_as_they_are_and_the_rest_by_its_shell() {
    for (written, expected) in [
        ("/usr/bin/backup --all", "/usr/bin/backup --all"),
        ("backup \"$HOME/a b\" 'c' *.sql%in", "backup \"$HOME/a b\" 'c' *.sql%in"),
        ("php artisan schedule:run", "php artisan schedule:run"),
        ("cd /srv && ./run", "/bin/sh -c 'cd /srv && ./run'"),
        ("run >/dev/null 2>&1", "/bin/sh -c 'run >/dev/null 2>&1'"),
        ("A=b run", "/bin/sh -c 'A=b run'"),
        ("echo it\\'s", r"/bin/sh -c 'echo it\'\''s'"),
        ("tar c $(date +\\%F)", "/bin/sh -c 'tar c $(date +\\%F)'"),
        ("cat | sort%b%a", "/bin/sh -c 'cat | sort'%b%a"),
        ("/bin/sh -c 'run it'", r"/bin/sh -c '/bin/sh -c '\''run it'\'''"),
        ("find /tmp -exec rm {} +", "/bin/sh -c 'find /tmp -exec rm {} +'"),
        ("$RUN", "/bin/sh -c '$RUN'"),
        ("run # nightly", "/bin/sh -c 'run # nightly'"),
        ("run \\", "/bin/sh -c 'run \\'"),
    ] {
        let wrapped = wrap(written, "job", SHELL, PROGRAM, true).unwrap();
        assert_eq!(wrapped, format!("{PROGRAM} cron wrap job -- {expected}"));
        let was = Unwrapped { slug: String::from("job"), command: written.to_owned() };
        assert_eq!(unwrap(&wrapped, true), Some(was));
        assert_eq!(watched_by(&wrapped).as_deref(), Some("job"));
        let more = wrapped.replace("wrap job", "wrap --quiet --timeout 2h job --lock");
        assert_eq!(unwrap(&more, true).map(|was| was.command).as_deref(), Some(written));
        assert_eq!(watched_by(&more).as_deref(), Some("job"));
    }
}

#[test]
fn what_cannot_be_wrapped_says_why() {
    let why = |written: &str, shell| wrap(written, "job", shell, PROGRAM, true).unwrap_err();
    assert!(why("run", "/usr/bin/fish").contains("fish"));
    assert!(why("run", "/bin/sh -e").contains("SHELL"));
    assert!(why(&format!("run {}", "a".repeat(960)), SHELL).contains("998"));
    assert!(wrap(&format!("run {}", "a".repeat(960)), "job", SHELL, PROGRAM, false).is_ok());
}

#[test]
fn who_hears_of_a_job_is_seen() {
    let by = |written| watched_by(written);
    assert_eq!(by("cd / && nightkeep cron wrap -q dump -- run").as_deref(), Some("dump"));
    assert_eq!(by("run && curl -fsS https://hc-ping.com/1").as_deref(), Some("its own ping"));
    assert_eq!(by("echo cron wrap it"), None);
    assert_eq!(unwrap("nightkeep cron wrap", true), None);
    assert_eq!(unwrap("other cron wrap a -- b", true), None);
}

#[test]
fn jobs_are_named_by_their_programs_each_once() {
    let mut names = Names::taken([String::from("known")]);
    for (command, name) in [
        ("/usr/local/bin/backup.sh --all", "backup"),
        ("cd / && run-parts --report /etc/cron.hourly", "cron-hourly"),
        (
            "test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }",
            "cron-daily",
        ),
        ("sudo -u www nice -n 19 /srv/app/bin/Sync_All", "sync_all"),
        ("PATH=/x FOO=1 python3 -u /opt/report.py > /dev/null", "report"),
        ("flock -n /run/x.lock /usr/bin/known", "known-root"),
        ("/usr/bin/backup", "backup-root"),
        ("/usr/bin/backup", "backup-2"),
        ("[ -x /usr/lib/php/sessionclean ] && /usr/lib/php/sessionclean", "sessionclean"),
        ("curl -s https://example.org/tick", "curl"),
        ("(((", "otherwise"),
        ("$X", "x"),
    ] {
        assert_eq!(names.give(command, "otherwise", "root"), name, "{command}");
    }
}

#[test]
fn the_grace_follows_how_often_it_runs() {
    let now: Timestamp = "2026-11-23T01:14:00Z".parse().unwrap();
    for (fields, expected) in [
        ("* * * * *", "5m"),
        ("*/15 * * * *", "10m"),
        ("0 * * * *", "30m"),
        ("0 3 * * *", "1h"),
        ("0 3 * * mon-fri", "1h"),
        ("0 3 * * 0", "3h"),
        ("0 3 1 * *", "6h"),
        ("0 3 29 2 *", "6h"),
        ("61 * * * *", "1h"),
    ] {
        let when = When::Cron(fields.to_owned());
        assert_eq!(grace(&when, now, &TimeZone::UTC), expected, "{fields}");
    }
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let next = When::Cron(String::from("0 3 * * *")).next(now, &berlin);
    assert_eq!(next, Some("2026-11-23T02:00:00Z".parse().unwrap()));
}

/// Pieces of commands; some make sense together, most do not.
const PIECES: [&str; 44] = [
    "echo",
    "printf '%s,'",
    "cat",
    "true",
    "false",
    "exit 3",
    "a",
    "b c",
    " ",
    " ",
    " ",
    "|",
    "&&",
    "||",
    ";",
    "'",
    "\"",
    "\\",
    "\\\\",
    "\\%",
    "%",
    "$X",
    "${X}",
    "$(echo d)",
    "`echo e`",
    "*",
    "?",
    "#",
    "~",
    "{",
    "}",
    "{a,b}",
    "(",
    ")",
    "!",
    "=",
    "X=1",
    "2>&1",
    ">/dev/null",
    "<",
    "&",
    "\t",
    "é",
    "[ -n a ]",
];

fn told(shell: &str, text: &str, directory: &std::path::Path) -> (Vec<u8>, Option<i32>) {
    let command = Command::read(text);
    let mut child = process::Command::new(shell)
        .args(["-c", &command.text])
        .current_dir(directory)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("X", "the x")
        .stdin(process::Stdio::piped())
        .stdout(process::Stdio::piped())
        .stderr(process::Stdio::null())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(command.input.as_bytes());
    let output = child.wait_with_output().unwrap();
    (output.stdout, output.status.code())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn the_wrapped_line_does_what_the_line_did(
        pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 1..9),
        bash in any::<bool>(),
    ) {
        let written = pieces.concat();
        // A line's command begins with none.
        let written = written.trim_start();
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("nightkeep");
        std::fs::write(&program, "#!/bin/sh\nwhile [ \"$1\" != -- ]; do shift; done\nshift\nexec \"$@\"\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::create_dir(directory.path().join("here")).unwrap();
        let shell = if bash { "/bin/bash" } else { "/bin/sh" };
        let wrapped = wrap(written, "job", shell, program.to_str().unwrap(), true).unwrap();
        let here = directory.path().join("here");
        prop_assert_eq!(told(shell, written, &here), told(shell, &wrapped, &here), "{}", wrapped);
        prop_assert_eq!(unwrap(&wrapped, true).unwrap().command, written);
    }

    #[test]
    fn whatever_is_written_stays_and_nothing_panics(text in "[ -~\t\né]{0,80}") {
        for form in [Form::User, Form::System, Form::Anacron] {
            let crontab = Crontab::read(form, &text);
            prop_assert_eq!(crontab.write(), text.clone());
            for job in crontab.jobs() {
                let mut changed = crontab.clone();
                changed.replace(&job, &job.entry.command);
                prop_assert_eq!(changed.write(), text.clone());
            }
        }
        let _ = (unwrap(&text, true), watched_by(&text), variable(&text));
    }
}
