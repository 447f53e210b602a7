//! Checks of the owner's own: any program that speaks with the exit codes of the Monitoring
//! Plugins (Nagios). Each runs alone, with a deadline, without privileges.

mod output;

use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::{sleep, sleep_until, timeout};

use super::{Blind, Report};
use crate::clock;
use crate::config::CheckConfig;
use crate::model::{CheckState, CheckStatus, Observation, SourceName, State, Subject};
use crate::program;

/// Bytes kept of what it writes; the rest is read and dropped.
const OUTPUT: usize = 8192;
/// The first runs of all checks lie within this time of the start.
const SPREAD: Duration = Duration::from_mins(1);
/// What has not changed is said again after this long: `for` counts what is ill.
const WELL: Duration = Duration::from_hours(6);
const ILL: Duration = Duration::from_mins(1);
/// Whom a watch that is root runs them as: its own user, or else nobody.
const USERS: [&str; 2] = ["nightkeep", "nobody"];

/// Runs one check, the `place`th of `of`, until the receiver of `out` is gone.
pub async fn run(
    name: String,
    config: CheckConfig,
    (place, of): (usize, usize),
    out: mpsc::Sender<Report>,
) {
    let interval = config.interval.unsigned_abs();
    let spread = SPREAD.min(interval) * u32::try_from(place).unwrap_or(0);
    sleep(spread / u32::try_from(of.max(1)).unwrap_or(1)).await;
    let mut said_last: Option<(CheckState, Instant)> = None;
    loop {
        let begun = clock::monotonic();
        let (state, mut said) = once(&name, &config).await;
        let wait = if state.status == CheckStatus::Ok { WELL } else { ILL };
        let same = |(last, at): &(CheckState, Instant)| {
            last.status == state.status && begun.duration_since(*at) < wait
        };
        if !said_last.as_ref().is_some_and(same) {
            said_last = Some((state.clone(), begun));
            let subject = Subject::Check(name.clone());
            said.push(Observation::State { subject, state: State::Check(state) });
        }
        let report = Report { source: SourceName::Check, said: Ok(said) };
        if out.send(report).await.is_err() {
            return;
        }
        tokio::select! {
            () = sleep_until((begun + interval).into()) => {}
            () = out.closed() => return,
        }
    }
}

/// Runs a check once: what it is, and its numbers.
pub async fn once(name: &str, config: &CheckConfig) -> (CheckState, Vec<Observation>) {
    let unknown = |said: String| (CheckState { status: CheckStatus::Unknown, said }, Vec::new());
    let child = match start(name, &config.command) {
        Ok(child) => child,
        Err(blind) => return unknown(blind.to_string()),
    };
    let deadline = config.timeout.unsigned_abs();
    match timeout(deadline, program::finish(child, OUTPUT)).await {
        Err(_) => unknown(format!("no answer within {} s, it was ended", deadline.as_secs())),
        Ok(Err(error)) => unknown(format!("it could not be run: {error}")),
        Ok(Ok(ended)) => (
            judge(ended.status, &ended.output, &ended.errors),
            output::numbers(name, &ended.output),
        ),
    }
}

/// Can it be run at all? What `doctor` asks.
pub fn examine(config: &CheckConfig) -> Result<(), Blind> {
    use std::os::unix::fs::PermissionsExt as _;
    let program = config.command.first().map_or("", String::as_str);
    let metadata = std::fs::metadata(program).map_err(|error| Blind {
        why: format!("cannot find {program}: {error}"),
        mend: String::from("correct `command`, or install the program"),
    })?;
    if !metadata.is_file() || metadata.permissions().mode() & 0o111 == 0 {
        return Err(Blind {
            why: format!("{program} is no program"),
            mend: format!("sudo chmod a+x {program}"),
        });
    }
    user().map(drop)
}

fn start(name: &str, command: &[String]) -> Result<Child, Blind> {
    let [program, arguments @ ..] = command else {
        return Err(Blind {
            why: String::from("`command` is empty"),
            mend: String::from("fill it"),
        });
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        // The watch's environment may hold secrets of its channels.
        .env_clear()
        .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .env("NIGHTKEEP_CHECK", name)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    if let Some((uid, gid)) = user()? {
        // This gives up the supplementary groups as well.
        command.gid(gid).uid(uid);
    }
    command.spawn().map_err(|error| Blind {
        why: format!("cannot run {program}: {error}"),
        mend: String::from("correct `command`, or install the program"),
    })
}

/// Whom to run as: none, if we are nobody special ourselves.
fn user() -> Result<Option<(u32, u32)>, Blind> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let ids = |name: &str| {
        let mut fields =
            users.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?.split(':');
        let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
        (uid != 0).then_some((uid, gid))
    };
    USERS.into_iter().find_map(ids).map(Some).ok_or_else(|| Blind {
        why: String::from("it would run as root, and there is no user nightkeep or nobody"),
        mend: String::from("run the watch as a user of its own: packaging/install.sh"),
    })
}

fn judge(ended: ExitStatus, output: &[u8], errors: &[u8]) -> CheckState {
    let said = || output::first_line(output).or_else(|| output::first_line(errors));
    let (status, otherwise) = match ended.code() {
        Some(0) => (CheckStatus::Ok, String::from("ok")),
        Some(1) => (CheckStatus::Warning, String::from("warning, without a word")),
        Some(2) => (CheckStatus::Critical, String::from("critical, without a word")),
        Some(3) => (CheckStatus::Unknown, String::from("without a word")),
        _ => {
            let said = said().map_or_else(String::new, |said| format!(": {said}"));
            let said = format!("it ended with {ended}{said}");
            return CheckState { status: CheckStatus::Unknown, said };
        }
    };
    CheckState { status, said: said().unwrap_or(otherwise) }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn shell(script: &str, timeout: SignedDuration) -> CheckConfig {
        CheckConfig {
            command: ["/bin/sh", "-c", script].map(String::from).to_vec(),
            interval: SignedDuration::from_mins(5),
            timeout,
            hold: SignedDuration::ZERO,
        }
    }

    async fn said(script: &str) -> String {
        let config = shell(script, SignedDuration::from_secs(30));
        let (state, numbers) = once("mine", &config).await;
        format!("{:?} {} {}", state.status, state.said, numbers.len())
    }

    #[tokio::test]
    async fn exit_codes_first_lines_and_numbers() {
        for (script, expected) in [
            ("echo 'OK - fine | age=3s'", "Ok OK - fine 1"),
            ("echo; echo two; exit 1", "Warning two 0"),
            ("echo gone >&2; exit 2", "Critical gone 0"),
            ("exit 3", "Unknown without a word 0"),
            ("echo odd; exit 7", "Unknown it ended with exit status: 7: odd 0"),
            ("kill -9 $$", "Unknown it ended with signal: 9 (SIGKILL) 0"),
            ("test -z \"$SECRET$HOME\" && echo $NIGHTKEEP_CHECK", "Ok mine 0"),
            ("yes | head -c 3000000; exit 1", "Warning y 0"),
            ("sleep 60 & echo left", "Ok left 0"),
        ] {
            assert_eq!(said(script).await, expected, "{script}");
        }
        let config = CheckConfig {
            command: vec![String::from("/nonexistent/check")],
            ..shell("", SignedDuration::from_secs(1))
        };
        let (state, _) = once("mine", &config).await;
        assert!(state.said.starts_with("cannot run /nonexistent/check"), "{}", state.said);
        assert!(examine(&config).unwrap_err().why.starts_with("cannot find"));
    }

    #[tokio::test]
    async fn nothing_runs_on_after_the_deadline_nor_as_root() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(
            folder.path(),
            std::os::unix::fs::PermissionsExt::from_mode(0o777),
        )
        .unwrap();
        let mark = folder.path().join("mark");
        // The grandchild would leave its mark long before the test ends if it lived on.
        let script = format!("(sleep 1; echo > {}) & echo begun; sleep 60", mark.display());
        let begun = clock::monotonic();
        let (state, _) = once("slow", &shell(&script, SignedDuration::from_millis(300))).await;
        assert_eq!(state.status, CheckStatus::Unknown);
        assert!(state.said.starts_with("no answer within"), "{}", state.said);
        sleep(Duration::from_millis(1500)).await;
        assert!(!mark.exists(), "{:?}", clock::monotonic() - begun);
        assert!(!said("id -u").await.contains(" 0 "), "it runs as root");
    }
}
