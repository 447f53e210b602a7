//! Runs a program that takes a message on its standard input.

use std::ffi::OsString;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use super::{SendError, words};
use crate::program::ProcessGroup;

/// `EX_TEMPFAIL` of sysexits.h: try again later.
const TEMPFAIL: i32 = 75;
/// Bytes of standard error that are kept.
const SAID: usize = 4096;

/// Runs it in a process group of its own and feeds it. Dropped before it ended (deadline), the
/// whole group is killed.
///
/// Exit 0 is success, 75 means later, anything else is unclear.
pub(super) async fn feed(
    program: &Path,
    arguments: impl IntoIterator<Item = OsString>,
    variables: &[(&str, String)],
    input: &[u8],
) -> Result<(), SendError> {
    let name = program.display();
    let mut child = Command::new(program)
        .args(arguments)
        .envs(variables.iter().map(|(name, value)| (*name, value)))
        // These are between systemd and nightkeep.
        .env_remove("NOTIFY_SOCKET")
        .env_remove("WATCHDOG_PID")
        .env_remove("WATCHDOG_USEC")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| SendError::later(format!("cannot run {name}: {error}")))?;
    let group = ProcessGroup::of(&child);
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());

    let mut said = Vec::new();
    let status = {
        let talk = async {
            let write = async {
                if let Some(mut stdin) = stdin {
                    // A program may well exit without reading it all.
                    let _ = stdin.write_all(input).await;
                }
            };
            let read = async {
                let Some(mut stderr) = stderr else { return };
                let mut part = [0; 1024];
                while let Ok(count @ 1..) = stderr.read(&mut part).await {
                    let room = SAID.saturating_sub(said.len());
                    said.extend_from_slice(&part[..count.min(room)]);
                }
            };
            tokio::join!(write, read)
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
    outcome(status, &format!("{name}{}", last_words(&said)))
}

fn outcome(status: ExitStatus, who: &str) -> Result<(), SendError> {
    match status.code() {
        Some(0) => Ok(()),
        Some(TEMPFAIL) => Err(SendError::later(format!("{who} (exit 75: try later)"))),
        _ => Err(SendError::Unclear { why: format!("{who} ({status})") }),
    }
}

fn last_words(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    said.lines()
        .rev()
        .map(|line| words::clean(line, 160))
        .find(|line| !line.is_empty())
        .map_or_else(String::new, |line| format!(": {line}"))
}
