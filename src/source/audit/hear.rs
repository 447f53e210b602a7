//! What happens, as the kernel records it: heard as it happens, each event whole and once. What the
//! kernel dropped for us, or recorded while nobody listened, is taken from what was written down.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use nightkeep_audit::live::{self, Stream};
use nightkeep_audit::netlink::{Error, Heard};
use nightkeep_audit::{Event, TIMEOUT};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout};

use super::past;
use super::records::Records;

/// Records are read together: each wake would cost more than the reading.
const TOGETHER: Duration = Duration::from_millis(250);
/// The log is behind by at most this much.
const BEHIND: Duration = Duration::from_secs(live::BEHIND);
/// Events of the past that wait to be told.
const WAITING: usize = 64;

/// An ear, and what is not whole yet.
#[derive(Debug)]
pub struct Hear {
    records: Records,
    stream: Stream,
    /// When what is missing can be looked for.
    look_at: Option<Instant>,
    is_open: bool,
}

impl Hear {
    /// Listens from now on, with room in the kernel for so many bytes of records that wait.
    pub fn open(room: usize) -> Result<Self, Error> {
        let records = Records::open(room, None)?;
        Ok(Self { records, stream: Stream::new(), look_at: None, is_open: false })
    }

    /// The same, and what was recorded since then comes first.
    #[must_use]
    pub fn since(mut self, since: Timestamp, now: Timestamp) -> Self {
        let second = |at: Timestamp| at.as_second().try_into().unwrap_or(0);
        self.stream.missed_since(second(since), second(now));
        self.look_at = Some(Instant::now() + BEHIND);
        self
    }

    /// How often the kernel dropped something for us.
    pub fn gaps(&self) -> u64 {
        self.records.gaps()
    }

    /// Waits until something happened, and tells of every event of it.
    pub async fn next(&mut self, mut tell: impl FnMut(&Event)) -> Result<(), Error> {
        self.wait().await;
        loop {
            match self.records.read()? {
                Heard::Record(line) => {
                    self.stream.take(line);
                    self.is_open = true;
                }
                Heard::Gap => {
                    self.stream.gap();
                    self.look_at = Some(Instant::now() + BEHIND);
                }
                Heard::Nothing => break,
            }
            self.tell_whole(&mut tell);
        }
        self.tell_whole(&mut tell);
        if self.look_at.is_some_and(|at| Instant::now() >= at) {
            self.look_at = None;
            self.fill(&mut tell).await;
            self.tell_whole(&mut tell);
        }
        Ok(())
    }

    fn tell_whole(&mut self, tell: &mut impl FnMut(&Event)) {
        while let Some(event) = self.stream.next() {
            tell(event);
        }
    }

    async fn wait(&mut self) {
        // With nothing open and nothing missing there is nothing to wake up for.
        let closes = self.is_open.then_some(Duration::from_secs(TIMEOUT));
        let looks = self.look_at.map(|at| at.saturating_duration_since(Instant::now()));
        let longest = closes.into_iter().chain(looks).min().unwrap_or(Duration::MAX);
        if timeout(longest, self.records.wait()).await.is_ok() {
            sleep(TOGETHER).await;
        } else if closes.is_some_and(|closes| closes <= longest) {
            self.stream.quiet();
            self.is_open = false;
        }
    }

    /// What was written down of what was not heard.
    async fn fill(&mut self, tell: &mut impl FnMut(&Event)) {
        let Some(range) = self.stream.missing() else { return };
        let (found, mut events) = mpsc::channel(WAITING);
        let reading = spawn_blocking(move || {
            past::read(Path::new("/"), range, |event| found.blocking_send(event).is_ok())
        });
        let mut count = 0_u64;
        while let Some(event) = events.recv().await {
            if self.stream.is_new(&event) {
                count += 1;
                tell(&event);
            }
        }
        match reading.await {
            Ok(Ok(from)) => {
                tracing::debug!("{count} audit events were not heard and taken from {from}");
            }
            // What was heard is told all the same.
            Ok(Err(error)) => tracing::warn!("audit events were not heard, and {error}"),
            Err(_) => {}
        }
        self.stream.filled();
    }
}
