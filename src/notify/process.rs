//! Runs a program that takes a message on its standard input.

use std::ffi::OsString;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use super::{SendError, words};
use crate::program::ProcessGroup;

/// `EX_TEMPFAIL` of sysexits.h: try again later.
const TEMPFAIL: i32 = 75;
/// Bytes of standard output and of standard error that are kept.
const SAID: usize = 4096;

/// Where a program says why it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Talks {
    /// On its standard error; what it writes to standard output is dropped.
    OnError,
    /// On either.
    OnBoth,
}

/// Runs it in a process group of its own and feeds it. Dropped before it ended (deadline), the
/// whole group is killed.
///
/// Fails if it cannot be run; how it ended says [`Ended`].
pub(super) async fn feed(
    program: &Path,
    arguments: impl IntoIterator<Item = OsString>,
    variables: &[(&str, String)],
    input: &[u8],
    talks: Talks,
) -> Result<Ended, SendError> {
    let name = program.display();
    let mut child = Command::new(program)
        .args(arguments)
        .envs(variables.iter().map(|(name, value)| (*name, value)))
        // These are between systemd and nightkeep.
        .env_remove("NOTIFY_SOCKET")
        .env_remove("WATCHDOG_PID")
        .env_remove("WATCHDOG_USEC")
        .stdin(Stdio::piped())
        .stdout(if talks == Talks::OnBoth { Stdio::piped() } else { Stdio::null() })
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| SendError::later(format!("cannot run {name}: {error}")))?;
    let group = ProcessGroup::of(&child);
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());

    let (mut said, mut cried) = (Vec::new(), Vec::new());
    let status = {
        let talk = async {
            let write = async {
                if let Some(mut stdin) = stdin {
                    // A program may well exit without reading it all.
                    let _ = stdin.write_all(input).await;
                }
            };
            tokio::join!(write, keep(stdout, &mut said), keep(stderr, &mut cried))
        };
        tokio::pin!(talk);
        let mut talking = true;
        loop {
            tokio::select! {
                status = child.wait() => {
                    // What it started may hold standard error open; the last words come at once.
                    if talking {
                        let _ = tokio::time::timeout(Duration::from_millis(100), &mut talk).await;
                    }
                    break status;
                }
                _ = &mut talk, if talking => talking = false,
            }
        }
    };
    group.ended();
    let status = status.map_err(|error| SendError::later(format!("{name}: {error}")))?;
    let words = last_words(&cried).or_else(|| last_words(&said));
    let words = words.map_or_else(String::new, |words| format!(": {words}"));
    Ok(Ended { status, who: format!("{name}{words}") })
}

/// How a program ended.
pub(super) struct Ended {
    status: ExitStatus,
    /// Its name and its last words.
    who: String,
}

impl Ended {
    /// Its exit code; none if a signal killed it.
    pub(super) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Its name, its last words and how it ended.
    pub(super) fn said(&self) -> String {
        format!("{} ({})", self.who, self.status)
    }

    /// Exit 0 is success, 75 means later, anything else is unclear.
    pub(super) fn outcome(&self) -> Result<(), SendError> {
        match self.code() {
            Some(0) => Ok(()),
            Some(TEMPFAIL) => Err(SendError::later(format!("{} (exit 75: try later)", self.who))),
            _ => Err(SendError::Unclear { why: self.said() }),
        }
    }
}

/// Keeps the end of what a program says, and takes the rest as well, so that it never waits.
async fn keep(stream: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) {
    let Some(mut stream) = stream else { return };
    let mut part = [0; 1024];
    while let Ok(count @ 1..) = stream.read(&mut part).await {
        kept.extend_from_slice(&part[..count]);
        kept.drain(..kept.len().saturating_sub(SAID));
    }
}

fn last_words(said: &[u8]) -> Option<String> {
    let said = String::from_utf8_lossy(said);
    said.lines().rev().map(|line| words::clean(line, 160)).find(|line| !line.is_empty())
}
