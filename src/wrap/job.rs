//! The job as a process: started, signalled, given a time, and its end as an exit code.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, getpgrp, kill_process, kill_process_group};
use rustix::termios::tcgetpgrp;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep_until};

use super::output::Ends;
use super::signals::Signals;

/// What a job whose time is up has left to end by itself.
const LAST_MOMENTS: Duration = Duration::from_secs(10);
/// The exit code of a job whose time was up; that of `timeout`.
const TIME_UP: u8 = 124;

/// A job that runs.
pub(super) struct Job {
    child: Child,
    /// Whom signals go to.
    target: Target,
}

enum Target {
    /// A process group of its own.
    Group(Pid),
    /// Ours, at a terminal: another one could not read from it. Its keys reach the job without us.
    Process(Pid),
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) code: u8,
    /// It had more than its time.
    pub(super) time_up: bool,
}

impl Job {
    /// Starts a command, with its output going to these ends, or ours.
    pub(super) fn start(command: &[OsString], rid: &str, ends: Option<Ends>) -> io::Result<Self> {
        let [program, arguments @ ..] = command else {
            return Err(io::Error::new(ErrorKind::NotFound, "no command"));
        };
        let mut command = Command::new(program);
        command.args(arguments).env(super::RID, rid).stdin(Stdio::inherit());
        if let Some(Ends { out, error }) = ends {
            command.stdout(out).stderr(error);
        }
        let alone = !is_in_foreground();
        if alone {
            command.process_group(0);
        }
        let child = command.spawn()?;
        let id = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let id = id.ok_or_else(|| io::Error::other("it has no number"))?;
        Ok(Self { child, target: if alone { Target::Group(id) } else { Target::Process(id) } })
    }

    /// Until it ends, at the latest some seconds after `limit`. Passes signals on meanwhile.
    pub(super) async fn end(
        mut self,
        signals: &mut Signals,
        limit: Option<Duration>,
    ) -> io::Result<Ended> {
        let never = Duration::from_hours(24 * 365 * 10);
        let mut due = Instant::now() + limit.unwrap_or(never);
        let mut time_up = false;
        loop {
            tokio::select! {
                status = self.child.wait() => {
                    if time_up {
                        // Whoever of the group is left.
                        self.send(Signal::KILL);
                    }
                    let code = if time_up { TIME_UP } else { code(status?) };
                    return Ok(Ended { code, time_up });
                }
                signal = signals.next() => self.pass_on(signal),
                () = sleep_until(due) => {
                    self.send(if time_up { Signal::KILL } else { Signal::TERM });
                    // It may sleep by a signal of its own.
                    self.send(Signal::CONT);
                    time_up = true;
                    due = Instant::now() + LAST_MOMENTS;
                }
            }
        }
    }

    fn pass_on(&self, signal: Signal) {
        let is_key = matches!(signal, Signal::INT | Signal::QUIT);
        if !(is_key && matches!(self.target, Target::Process(_))) {
            self.send(signal);
        }
    }

    /// It may be gone already.
    fn send(&self, signal: Signal) {
        let _ = match self.target {
            Target::Group(id) => kill_process_group(id, signal),
            Target::Process(id) => kill_process(id, signal),
        };
    }
}

/// Whether we hold a terminal's foreground.
fn is_in_foreground() -> bool {
    let terminal = std::fs::File::open("/dev/tty");
    terminal.is_ok_and(|terminal| tcgetpgrp(terminal).is_ok_and(|group| group == getpgrp()))
}

/// As a shell says it.
fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| Some(128 + status.signal()?));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

/// As a shell says why a command did not run.
pub(super) fn code_of(error: &io::Error) -> u8 {
    match error.kind() {
        ErrorKind::NotFound => 127,
        _ => 126,
    }
}
