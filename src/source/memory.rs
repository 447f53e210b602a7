//! Memory, swap, memory pressure, and how often the kernel killed for want of memory.

use std::path::Path;

use jiff::Timestamp;

use super::Blind;
use super::kernel::{KernelFile, fields, garbled, lines, number, rate, sample, seconds};
use super::pressure::Pressure;
use crate::model::{Metric, Observation, Subject};

/// Reads /proc/meminfo, /proc/vmstat and /proc/pressure/memory.
#[derive(Debug)]
pub struct Memory {
    meminfo: KernelFile,
    vmstat: KernelFile,
    pressure: Pressure,
    page_bytes: u64,
    before: Option<(Timestamp, Counters)>,
    oom_kills: u64,
    counts_oom_kills: bool,
}

/// The counters of /proc/vmstat we use, since boot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counters {
    /// Pages read back from swap.
    swapped_in: u64,
    /// Pages written to swap.
    swapped_out: u64,
    /// Processes killed for want of memory, in the machine or in a cgroup (since kernel 4.13).
    oom_kills: Option<u64>,
}

/// The lines of /proc/meminfo we use, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Meminfo {
    total: u64,
    available: u64,
    swap_total: u64,
    swap_free: u64,
}

impl Memory {
    /// A reader of the machine whose files are under `root` (`/` but in tests).
    pub fn new(root: &Path) -> Self {
        Self {
            meminfo: KernelFile::new(root.join("proc/meminfo")),
            vmstat: KernelFile::new(root.join("proc/vmstat")),
            pressure: Pressure::new(root, "memory"),
            page_bytes: rustix::param::page_size() as u64,
            before: None,
            oom_kills: 0,
            counts_oom_kills: true,
        }
    }

    /// Memory now; swap activity and pressure since the last call, so the first has none.
    ///
    /// # Errors
    /// /proc/meminfo or /proc/vmstat cannot be read or understood.
    pub fn read(&mut self, now: Timestamp) -> Result<Vec<Observation>, Blind> {
        let mut observations = Vec::with_capacity(9);
        let mut say = |metric, value| observations.push(sample(&Subject::Host, metric, value));

        let memory = meminfo(self.meminfo.need()?)
            .ok_or_else(|| garbled("/proc/meminfo", "MemTotal and MemAvailable"))?;
        say(Metric::MemoryTotalBytes, memory.total as f64);
        say(Metric::MemoryAvailableBytes, memory.available as f64);
        say(Metric::MemoryAvailableRatio, memory.available as f64 / memory.total as f64);
        say(Metric::SwapTotalBytes, memory.swap_total as f64);
        say(Metric::SwapUsedBytes, memory.swap_total.saturating_sub(memory.swap_free) as f64);

        let counters = vmstat(self.vmstat.need()?);
        self.counts_oom_kills = counters.oom_kills.is_some();
        if let Some((from, before)) = self.before.replace((now, counters)) {
            let grown = |before: Option<u64>, now: Option<u64>| now?.checked_sub(before?);
            self.oom_kills += grown(before.oom_kills, counters.oom_kills).unwrap_or(0);
            if let Some(seconds) = seconds(from, now) {
                let bytes =
                    |before, now| Some(rate(before, now, seconds)? * self.page_bytes as f64);
                if let Some(value) = bytes(before.swapped_in, counters.swapped_in) {
                    say(Metric::SwapInBytesPerSecond, value);
                }
                if let Some(value) = bytes(before.swapped_out, counters.swapped_out) {
                    say(Metric::SwapOutBytesPerSecond, value);
                }
            }
        }

        if let Some(stalled) = self.pressure.read(now) {
            say(Metric::MemoryPressureRatio, stalled.some);
            say(Metric::MemoryFullPressureRatio, stalled.full);
        }
        Ok(observations)
    }

    /// How many processes the kernel killed for want of memory since this was last asked, of
    /// those the calls of `read` saw. The kernel's log says which.
    pub fn new_oom_kills(&mut self) -> u64 {
        std::mem::take(&mut self.oom_kills)
    }

    /// What could not be seen at the last `read`.
    pub fn notes(&self) -> Vec<Blind> {
        let uncounted = (!self.counts_oom_kills).then(|| Blind {
            why: String::from("/proc/vmstat does not count out-of-memory kills"),
            mend: String::from("run a kernel of 4.13 or later"),
        });
        self.pressure.note().into_iter().chain(uncounted).collect()
    }
}

fn meminfo(text: &[u8]) -> Option<Meminfo> {
    let (mut total, mut available) = (None, None);
    let (mut swap_total, mut swap_free) = (0, 0);
    for line in lines(text) {
        let mut fields = fields(line);
        let name = fields.next();
        // "kB" there are 1024 bytes.
        let Some(bytes) = fields.next().and_then(number).and_then(|kib| kib.checked_mul(1024))
        else {
            continue;
        };
        match name {
            Some(b"MemTotal:") => total = Some(bytes),
            Some(b"MemAvailable:") => available = Some(bytes),
            Some(b"SwapTotal:") => swap_total = bytes,
            Some(b"SwapFree:") => {
                swap_free = bytes;
                break; // the last of ours, a third into the file
            }
            _ => {}
        }
    }
    let total = total.filter(|total| *total > 0)?;
    Some(Meminfo { total, available: available?, swap_total, swap_free })
}

fn vmstat(text: &[u8]) -> Counters {
    let mut found = Counters::default();
    for line in lines(text) {
        // Two hundred lines, three of them ours: look before splitting.
        if !matches!(line[0], b'p' | b'o') {
            continue;
        }
        let mut fields = fields(line);
        let name = fields.next();
        let Some(value) = fields.next().and_then(number) else { continue };
        match name {
            Some(b"pswpin") => found.swapped_in = value,
            Some(b"pswpout") => found.swapped_out = value,
            Some(b"oom_kill") => found.oom_kills = Some(value),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::kernel::fixture::{at, samples, tree, write};
    use super::*;

    const MEMINFO: &str = "MemTotal:        1000000 kB\nMemFree:          100000 kB\n\
        MemAvailable:     250000 kB\nBuffers:           10000 kB\nSwapCached:            0 kB\n\
        SwapTotal:        500000 kB\nSwapFree:         400000 kB\nDirty:   1 kB\n";

    #[test]
    fn memory_swap_and_kills() {
        let vmstat = |swap_in: u64, swap_out: u64, kills: u64| {
            format!(
                "nr_free_pages 5\npswpin {swap_in}\npswpout {swap_out}\noom_kill {kills}\nzz 1\n"
            )
        };
        let root = tree(&[("proc/meminfo", MEMINFO), ("proc/vmstat", &vmstat(100, 200, 3))]);
        let mut memory = Memory::new(root.path());
        let first = memory.read(at(0)).unwrap();
        let of = |observations: &[Observation], metric| {
            samples(observations, metric).first().map(|(_, value)| *value)
        };
        assert_eq!(of(&first, Metric::MemoryAvailableRatio), Some(0.25));
        assert_eq!(of(&first, Metric::MemoryTotalBytes), Some(1_024_000_000.0));
        assert_eq!(of(&first, Metric::SwapUsedBytes), Some(102_400_000.0));
        assert_eq!(of(&first, Metric::SwapInBytesPerSecond), None);
        assert_eq!(memory.new_oom_kills(), 0, "kills before us are not ours to tell");

        write(root.path(), "proc/vmstat", &vmstat(150, 200, 5));
        let second = memory.read(at(10)).unwrap();
        let page = rustix::param::page_size() as f32;
        assert_eq!(of(&second, Metric::SwapInBytesPerSecond), Some(5.0 * page));
        assert_eq!(of(&second, Metric::SwapOutBytesPerSecond), Some(0.0));
        write(root.path(), "proc/vmstat", &vmstat(150, 200, 6));
        memory.read(at(20)).unwrap();
        assert_eq!(memory.new_oom_kills(), 3);
        assert_eq!(memory.new_oom_kills(), 0);

        write(root.path(), "proc/vmstat", "pswpin 1\npswpout 1\n");
        let reset = memory.read(at(30)).unwrap();
        assert_eq!(of(&reset, Metric::SwapInBytesPerSecond), None);
        assert!(memory.notes().iter().any(|note| note.why.contains("out-of-memory kills")));
    }

    #[test]
    fn a_kernel_without_mem_available_is_named() {
        let root =
            tree(&[("proc/meminfo", "MemTotal: 5 kB\nMemFree: 1 kB\n"), ("proc/vmstat", "")]);
        assert!(Memory::new(root.path()).read(at(0)).unwrap_err().why.contains("MemAvailable"));
    }

    proptest! {
        #[test]
        fn no_contents_make_it_panic(text in "(MemTotal:|SwapFree:|pswpin|oom_kill|[0-9]{1,22}| |\n|kB){0,40}") {
            meminfo(text.as_bytes());
            vmstat(text.as_bytes());
        }
    }
}
