//! The numbers of this host, read once a tick on a thread of its own: a disk that hangs in the
//! kernel stops the samples, not the watch, which tells of the silence.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::Sender;

use super::disk::MountChanges;
use super::{Blind, Cpu, Disk, Memory, Network, Report, Units, journal};
use crate::clock;
use crate::config::Config;
use crate::model::{Event, Observation, SourceName, Subject};

/// The collectors of one host.
#[derive(Debug)]
pub struct Sampler {
    cpu: Option<Cpu>,
    memory: Option<Memory>,
    disk: Option<Disk>,
    network: Option<Network>,
    units: Option<Units>,
}

/// The kernel's log is a moment behind its counter, and its clock a little off.
const LOG_DELAY: Duration = Duration::from_millis(300);
const LOG_MARGIN: SignedDuration = SignedDuration::from_secs(5);
/// How far back kills are looked for that nobody saw.
const MISSED: SignedDuration = SignedDuration::from_hours(24);
/// Kills told one by one at one time.
const MOST_KILLS: usize = 16;

impl Sampler {
    /// Collectors for what the config wants watched. `root` is `/` but for tests.
    pub fn new(config: &Config, root: &Path) -> Self {
        Self {
            cpu: config.cpu.enabled.then(|| Cpu::new(root)),
            memory: config.memory.enabled.then(|| Memory::new(root)),
            disk: config.disk.enabled.then(|| {
                let mut disk = Disk::new(root);
                disk.configure(&config.disk);
                disk
            }),
            network: config.network.enabled.then(|| {
                let mut network = Network::new(root);
                network.configure(&config.network);
                network
            }),
            units: config.units.enabled.then(|| Units::new(root)),
        }
    }

    /// These mounts were written to before, whatever they are now.
    pub fn were_writable(&mut self, mounts: &[String]) {
        if let Some(disk) = &mut self.disk {
            for mount in mounts {
                disk.was_writable(mount);
            }
        }
    }

    /// Processes killed for want of memory while nobody watched: a machine that runs out of memory
    /// may stop the watch as well. At most a day back, and the last sixteen.
    pub fn missed(&self, since: Timestamp, now: Timestamp) -> Option<Report> {
        self.memory.as_ref()?;
        let since = since.max(now.checked_sub(MISSED).unwrap_or(now));
        let mut kills = journal::kernel_oom_kills(since).ok()?;
        kills.retain(|(at, _)| *at > since);
        kills.drain(..kills.len().saturating_sub(MOST_KILLS));
        let observe = |(_, event)| Observation::Event { subject: Subject::Host, event };
        let said: Vec<_> = kills.into_iter().map(observe).collect();
        (!said.is_empty()).then_some(Report { source: SourceName::Memory, said: Ok(said) })
    }

    /// Reads everything once. Rates need a reading before.
    pub fn read(&mut self, now: Timestamp) -> Vec<Report> {
        let mut reports = Vec::with_capacity(4);
        let mut say = |source, said| reports.push(Report { source, said });
        if let Some(cpu) = &mut self.cpu {
            // With the CPU's: whether systemd speaks is not told by this.
            let mut said = cpu.read(now);
            if let (Ok(observations), Some(units)) = (&mut said, &mut self.units) {
                observations.extend(units.read(now));
            }
            say(SourceName::Cpu, said);
        }
        if let Some(memory) = &mut self.memory {
            let mut said = memory.read(now);
            let kills = memory.new_oom_kills();
            if let (Ok(observations), true) = (&mut said, kills > 0) {
                observations.extend(killed(kills, now));
            }
            say(SourceName::Memory, said);
        }
        if let Some(disk) = &mut self.disk {
            say(SourceName::Disk, disk.read(now));
        }
        if let Some(network) = &mut self.network {
            say(SourceName::Network, network.read(now));
        }
        reports
    }

    /// Reads on every tick of the grid, and the disks whenever the mounts change, until it is
    /// stopped or nobody listens.
    pub fn run(mut self, interval: Duration, stop: &AtomicBool, out: &Sender<Vec<Report>>) {
        let changes = MountChanges::watch(Path::new("/"));
        loop {
            let reports = if changes.wait(until_next_tick(clock::now(), interval)) {
                let disk = self.disk.as_mut().map(|disk| disk.read(clock::now()));
                disk.map(|said| Report { source: SourceName::Disk, said }).into_iter().collect()
            } else {
                self.read(clock::now())
            };
            if stop.load(Ordering::Relaxed) || out.blocking_send(reports).is_err() {
                return;
            }
        }
    }

    /// What the collectors cannot see though they work.
    pub fn notes(&self) -> Vec<(SourceName, Blind)> {
        let cpu = self.cpu.iter().flat_map(Cpu::notes).map(|note| (SourceName::Cpu, note));
        let memory =
            self.memory.iter().flat_map(Memory::notes).map(|note| (SourceName::Memory, note));
        let disk = self.disk.iter().flat_map(Disk::notes).map(|note| (SourceName::Disk, note));
        let network =
            self.network.iter().flat_map(Network::notes).map(|note| (SourceName::Network, note));
        cpu.chain(memory).chain(disk).chain(network).collect()
    }
}

/// Ticks fall on whole multiples of the interval, so that stored times compress well.
fn until_next_tick(now: Timestamp, interval: Duration) -> Duration {
    let interval = interval.as_nanos().max(1);
    let into = now.as_nanosecond().rem_euclid(interval.cast_signed()).cast_unsigned();
    Duration::from_nanos((interval - into) as u64)
}

/// Who was killed since the tick before. The counter says how many, the kernel's log says who;
/// what the log does not tell is told without a name.
fn killed(count: u64, now: Timestamp) -> Vec<Observation> {
    std::thread::sleep(LOG_DELAY);
    let since = now.checked_sub(LOG_MARGIN * 12).unwrap_or(now);
    let mut events = match journal::kernel_oom_kills(since) {
        Ok(kills) => kills.into_iter().map(|(_, event)| event).collect(),
        Err(Blind { why, .. }) => {
            tracing::warn!("who was killed for want of memory cannot be said: {why}");
            Vec::new()
        }
    };
    let count = usize::try_from(count).unwrap_or(usize::MAX).min(MOST_KILLS);
    let newest = events.len().saturating_sub(count);
    events.drain(..newest);
    events.resize_with(count, || Event::OomKill {
        process: String::new(),
        pid: 0,
        unit: None,
        resident_bytes: None,
    });
    let observe = |event| Observation::Event { subject: Subject::Host, event };
    events.into_iter().map(observe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_fall_on_the_grid() {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        let ten = Duration::from_secs(10);
        assert_eq!(until_next_tick(at(20_000), ten), ten);
        assert_eq!(until_next_tick(at(20_001), ten), Duration::from_millis(9_999));
        assert_eq!(until_next_tick(at(29_999), ten), Duration::from_millis(1));
    }
}
