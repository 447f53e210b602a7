//! Signals that are meant for the job.

use std::task::Poll;

use rustix::process::Signal;
use tokio::signal::unix::{self, SignalKind};

/// What is passed on.
const PASSED_ON: [Signal; 6] =
    [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM, Signal::USR1, Signal::USR2];

/// Those somebody may send to us.
pub(super) struct Signals(Vec<(Signal, unix::Signal)>);

impl Signals {
    /// Listens. What is ignored stays so, for the job too (`nohup`, a shell's `&`).
    pub(super) fn listen() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = ignored(&status);
        let listen = |signal: Signal| {
            let number = signal.as_raw();
            if ignored >> (number - 1) & 1 == 1 {
                return None;
            }
            // One that cannot be listened to does to us what it does to others.
            Some((signal, unix::signal(SignalKind::from_raw(number)).ok()?))
        };
        Self(PASSED_ON.into_iter().filter_map(listen).collect())
    }

    /// The next one.
    pub(super) async fn next(&mut self) -> Signal {
        std::future::poll_fn(|context| {
            for (signal, heard) in &mut self.0 {
                if let Poll::Ready(Some(())) = heard.poll_recv(context) {
                    return Poll::Ready(*signal);
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// The mask of ignored signals, out of `/proc/self/status`.
fn ignored(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_are_read() {
        assert_eq!(ignored("Name:\tsh\nSigIgn:\t0000000000000006\nSigCgt:\t0"), 0b110);
        assert_eq!(ignored(""), 0);
    }
}
