//! Programs that are run for the owner: each in a process group of its own, so that whatever it
//! started can be ended with it.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Child;
use tokio::time::timeout;

/// The last words of a program that has ended come at once.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// Kills the process group of a program when dropped, unless that ended.
pub(crate) struct ProcessGroup(Option<Pid>);

impl ProcessGroup {
    /// The group of a child that was started with `process_group(0)`.
    pub(crate) fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(id.cast_signed())))
    }

    /// Its leader ended; its number may belong to another soon.
    pub(crate) fn ended(mut self) {
        self.0 = None;
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may be gone already.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// A program that ended, and the beginning of what it wrote.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) output: Vec<u8>,
    pub(crate) errors: Vec<u8>,
}

/// Waits for a child started with `process_group(0)`, and keeps `limit` bytes of each of its
/// outputs. Dropped before it ended (deadline), its whole group is killed.
pub(crate) async fn finish(mut child: Child, limit: usize) -> io::Result<Ended> {
    let group = ProcessGroup::of(&child);
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let status = {
        let reading = async {
            tokio::join!(drain(stdout, &mut output, limit), drain(stderr, &mut errors, limit))
        };
        tokio::pin!(reading);
        let mut reads = true;
        loop {
            tokio::select! {
                status = child.wait() => {
                    if reads {
                        // What it started may hold its output open.
                        let _ = timeout(LAST_WORDS, &mut reading).await;
                    }
                    break status;
                }
                _ = &mut reading, if reads => reads = false,
            }
        }
    };
    group.ended();
    Ok(Ended { status: status?, output, errors })
}

/// Reads all of it, so that the program never waits for us, and keeps the beginning.
async fn drain(stream: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>, limit: usize) {
    let Some(mut stream) = stream else { return };
    let mut part = [0; 1024];
    while let Ok(count @ 1..) = stream.read(&mut part).await {
        let room = limit.saturating_sub(kept.len());
        kept.extend_from_slice(&part[..count.min(room)]);
    }
}
