//! Block devices: what is read and written, and how much of the time they work.
//! Format: <https://docs.kernel.org/admin-guide/iostats.html>

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::super::Blind;
use super::super::kernel::{KernelFile, fields, lines, number, rate, sample, seconds};
use super::super::shown::shown;
use crate::model::{Metric, Observation, Subject};

/// More devices than this are not watched.
const MOST: usize = 256;

/// A sector of diskstats is 512 bytes, whatever the device's own.
const SECTOR_BYTES: f64 = 512.0;

/// Reads /proc/diskstats.
#[derive(Debug)]
pub(super) struct Devices {
    blocks: PathBuf,
    file: KernelFile,
    at: Option<Timestamp>,
    /// By kernel name; none for what is no whole device.
    known: BTreeMap<Vec<u8>, Option<Device>>,
}

#[derive(Debug)]
struct Device {
    subject: Subject,
    before: Counters,
}

/// Counters since boot.
#[derive(Debug, Clone, Copy)]
struct Counters {
    sectors_read: u64,
    sectors_written: u64,
    busy_ms: u64,
}

impl Devices {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            blocks: root.join("sys/block"),
            file: KernelFile::new(root.join("proc/diskstats")),
            at: None,
            known: BTreeMap::new(),
        }
    }

    pub(super) fn read(
        &mut self,
        now: Timestamp,
        observations: &mut Vec<Observation>,
    ) -> Result<(), Blind> {
        let stats = self.file.need()?;
        let elapsed = self.at.replace(now).and_then(|from| seconds(from, now));
        for line in lines(stats) {
            let Some((name, counters)) = parse(line) else { continue };
            let Some(device) = self.known.get_mut(name) else {
                if self.known.len() < MOST {
                    let device = is_whole(&self.blocks, name).then(|| Device {
                        subject: Subject::Device(shown(name, 64)),
                        before: counters,
                    });
                    self.known.insert(name.to_vec(), device);
                }
                continue;
            };
            let Some(device) = device else { continue };
            let before = std::mem::replace(&mut device.before, counters);
            let Some(seconds) = elapsed else { continue };
            let mut say = |metric, before, after, scale: f64| {
                if let Some(rate) = rate(before, after, seconds) {
                    observations.push(sample(&device.subject, metric, rate * scale));
                }
            };
            say(
                Metric::DeviceReadBytesPerSecond,
                before.sectors_read,
                counters.sectors_read,
                SECTOR_BYTES,
            );
            say(
                Metric::DeviceWriteBytesPerSecond,
                before.sectors_written,
                counters.sectors_written,
                SECTOR_BYTES,
            );
            // A request that ends after the reading is counted whole: never more than all time.
            let most = before.busy_ms.saturating_add((seconds * 1000.0) as u64);
            let busy_ms = counters.busy_ms.min(most);
            say(Metric::DeviceBusyRatio, before.busy_ms, busy_ms, 1e-3);
        }
        Ok(())
    }
}

fn parse(line: &[u8]) -> Option<(&[u8], Counters)> {
    let mut fields = fields(line).skip(2);
    let name = fields.next()?;
    let mut value = |skip| fields.nth(skip).and_then(number);
    // reads, merged, SECTORS, ms, writes, merged, SECTORS, ms, in flight, BUSY MS
    let counters =
        Counters { sectors_read: value(2)?, sectors_written: value(3)?, busy_ms: value(2)? };
    // What nothing was ever read from is not in use.
    (counters.sectors_read > 0).then_some((name, counters))
}

/// Not a partition, and not what only lends its work to another device.
fn is_whole(blocks: &Path, name: &[u8]) -> bool {
    const LENT: [&[u8]; 5] = [b"loop", b"ram", b"zram", b"sr", b"fd"];
    let Ok(name) = str::from_utf8(name) else { return false };
    !LENT.iter().any(|prefix| {
        let rest = name.as_bytes().strip_prefix(*prefix);
        rest.is_some_and(|rest| number(rest).is_some())
    }) && blocks.join(name.replace('/', "!")).exists()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::kernel::fixture::{at, samples, tree, write};
    use super::*;

    #[test]
    fn whole_devices_in_use_have_rates() {
        let stats = |read: u64, written: u64, busy: u64| {
            format!(
                "   7       0 loop0 5 0 40 0 0 0 0 0 0 8 8 0 0 0 0 0 0\n\
                 254       0 vda 9 0 {read} 3 1 9 {written} 1 0 {busy} 4 44723 57 8453936 4601 36 19\n\
                 254       1 vda1 9 0 {read} 3 1 9 {written} 1 0 {busy} 4 44723 57 8453936 4601 36 19\n\
                 254      16 vdb 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n\
                 104       0 cciss/c0d0 9 0 7 3 1 9 7 1 0 0 4\n 254 9 cut 1\n"
            )
        };
        let root = tree(&[("proc/diskstats", &stats(1000, 2000, 500))]);
        for device in ["loop0", "vda", "vdb", "cciss!c0d0"] {
            write(root.path(), &format!("sys/block/{device}/size"), "1");
        }
        let mut devices = Devices::new(root.path());
        let mut read = |second, contents: &str| {
            write(root.path(), "proc/diskstats", contents);
            let mut found = Vec::new();
            devices.read(at(second), &mut found).unwrap();
            found
        };
        assert_eq!(read(0, &stats(1000, 2000, 500)), []);
        let found = read(10, &stats(1010, 2100, 3000));
        let of = |vda: f32| {
            vec![(String::from("device:vda"), vda), (String::from("device:cciss/c0d0"), 0.0)]
        };
        assert_eq!(samples(&found, Metric::DeviceReadBytesPerSecond), of(512.0));
        assert_eq!(samples(&found, Metric::DeviceWriteBytesPerSecond), of(5120.0));
        assert_eq!(samples(&found, Metric::DeviceBusyRatio), of(0.25));
        let busy = samples(&read(20, &stats(1010, 2100, 90_000)), Metric::DeviceBusyRatio);
        assert_eq!(busy, of(1.0));
        let reset = read(30, &stats(5, 5, 5));
        assert_eq!(samples(&reset, Metric::DeviceReadBytesPerSecond).len(), 1);
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in "([ 0-9a-z]{0,8}){0,20}") {
            parse(line.as_bytes());
        }
    }
}
