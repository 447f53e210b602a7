//! CPU time, load and pressure of the machine.

use std::path::Path;

use jiff::Timestamp;

use super::Blind;
use super::kernel::{KernelFile, fields, garbled, lines, number, sample};
use super::pressure::Pressure;
use crate::model::{Metric, Observation, Subject};

/// Reads /proc/stat, /proc/loadavg and /proc/pressure.
#[derive(Debug)]
pub struct Cpu {
    stat: KernelFile,
    loadavg: KernelFile,
    pressure: Pressure,
    io_pressure: Pressure,
    before: Option<Times>,
}

/// The `cpu` line of /proc/stat: ticks since boot of all CPUs, in `man 5 proc_stat` order up to
/// steal. The guest fields after it are left out, being part of user and nice already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Times([u64; 8]);

const USER: usize = 0;
const NICE: usize = 1;
const SYSTEM: usize = 2;
const IDLE: usize = 3;
const IOWAIT: usize = 4;
const IRQ: usize = 5;
const SOFTIRQ: usize = 6;
const STEAL: usize = 7;

impl Cpu {
    /// A reader of the machine whose files are under `root` (`/` but in tests).
    pub fn new(root: &Path) -> Self {
        Self {
            stat: KernelFile::new(root.join("proc/stat")),
            loadavg: KernelFile::new(root.join("proc/loadavg")),
            pressure: Pressure::new(root, "cpu"),
            io_pressure: Pressure::new(root, "io"),
            before: None,
        }
    }

    /// Load now; shares of CPU time and pressure since the last call, so the first has none.
    ///
    /// # Errors
    /// /proc/stat or /proc/loadavg cannot be read or understood.
    pub fn read(&mut self, now: Timestamp) -> Result<Vec<Observation>, Blind> {
        let mut observations = Vec::with_capacity(12);
        let mut say = |metric, value| observations.push(sample(&Subject::Host, metric, value));

        let stat = self.stat.need()?;
        let times = times(stat).ok_or_else(|| garbled("/proc/stat", "cpu line"))?;
        let cpus = lines(stat).skip(1).take_while(|line| line.starts_with(b"cpu")).count();
        if let Some(shares) = self.before.replace(times).and_then(|before| before.until(times)) {
            say(Metric::CpuBusyRatio, (1.0 - shares[IDLE] - shares[IOWAIT]).clamp(0.0, 1.0));
            say(Metric::CpuUserRatio, shares[USER] + shares[NICE]);
            say(Metric::CpuSystemRatio, shares[SYSTEM] + shares[IRQ] + shares[SOFTIRQ]);
            say(Metric::CpuIowaitRatio, shares[IOWAIT]);
            say(Metric::CpuStealRatio, shares[STEAL]);
        }

        let [one, five, fifteen] = loads(self.loadavg.need()?)
            .ok_or_else(|| garbled("/proc/loadavg", "three load averages"))?;
        say(Metric::Load1, one);
        say(Metric::Load5, five);
        say(Metric::Load15, fifteen);
        say(Metric::LoadPerCpu, five / cpus.max(1) as f64);

        if let Some(stalled) = self.pressure.read(now) {
            say(Metric::CpuPressureRatio, stalled.some);
        }
        if let Some(stalled) = self.io_pressure.read(now) {
            say(Metric::IoPressureRatio, stalled.some);
            say(Metric::IoFullPressureRatio, stalled.full);
        }
        Ok(observations)
    }

    /// What could not be seen at the last `read`.
    pub fn notes(&self) -> Vec<Blind> {
        self.pressure.note().into_iter().chain(self.io_pressure.note()).collect()
    }
}

impl Times {
    /// Shares of the time from then to `now`. None when no time passed or a counter of the whole
    /// went back. Idle and iowait of single CPUs do go back now and then: they count as still.
    fn until(self, now: Self) -> Option<[f64; 8]> {
        let mut grown = [0; 8];
        for (grown, (before, now)) in grown.iter_mut().zip(self.0.iter().zip(now.0)) {
            *grown = now.saturating_sub(*before);
        }
        let reset = self.0[USER] > now.0[USER] || self.0[SYSTEM] > now.0[SYSTEM];
        let total: u64 = grown.iter().sum();
        (total > 0 && !reset).then(|| grown.map(|grown| grown as f64 / total as f64))
    }
}

fn times(stat: &[u8]) -> Option<Times> {
    let mut fields = fields(lines(stat).next()?.strip_prefix(b"cpu ")?);
    let mut times = [0; 8];
    for (at, time) in times.iter_mut().enumerate() {
        *time = match fields.next() {
            Some(field) => number(field)?,
            // Steal came with 2.6.11; nothing we meet is older than the fields before it.
            None if at >= STEAL => 0,
            None => return None,
        };
    }
    Some(Times(times))
}

fn loads(loadavg: &[u8]) -> Option<[f64; 3]> {
    let mut fields = fields(loadavg).map(|field| {
        str::from_utf8(field).ok()?.parse().ok().filter(|load| (0.0..1e9).contains(load))
    });
    Some([fields.next()??, fields.next()??, fields.next()??])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::kernel::fixture::{at, samples, tree, write};
    use super::*;

    const STAT: &str = "cpu  100 10 50 1000 40 0 5 20 30 10\n\
        cpu0 50 5 25 500 20 0 3 10 15 5\ncpu1 50 5 25 500 20 0 2 10 15 5\n\
        intr 1 2 3\nctxt 5\n";

    fn value(observations: &[Observation], metric: Metric) -> Option<f32> {
        samples(observations, metric).first().map(|(_, value)| *value)
    }

    #[test]
    fn shares_are_of_all_cpus_and_count_guests_once() {
        let root = tree(&[("proc/stat", STAT), ("proc/loadavg", "0.50 3.00 1.25 2/116 4711\n")]);
        let mut cpu = Cpu::new(root.path());
        let first = cpu.read(at(0)).unwrap();
        assert_eq!(value(&first, Metric::CpuBusyRatio), None);
        assert_eq!(value(&first, Metric::LoadPerCpu), Some(1.5));
        assert_eq!(value(&first, Metric::Load15), Some(1.25));
        // 1000 more ticks, 300 of the user's 400 spent in a guest.
        write(root.path(), "proc/stat", "cpu  500 10 150 1300 140 0 5 120 330 10\ncpu0 1\n");
        let second = cpu.read(at(10)).unwrap();
        for (metric, expected) in [
            (Metric::CpuUserRatio, 0.4),
            (Metric::CpuSystemRatio, 0.1),
            (Metric::CpuIowaitRatio, 0.1),
            (Metric::CpuStealRatio, 0.1),
            (Metric::CpuBusyRatio, 0.6),
            (Metric::LoadPerCpu, 3.0),
        ] {
            let found = value(&second, metric).unwrap();
            assert!((found - expected).abs() < 1e-6, "{metric}: {found}");
        }
    }

    #[test]
    fn counters_that_went_back_give_no_share() {
        let root = tree(&[("proc/stat", STAT), ("proc/loadavg", "0 0 0 1/1 1")]);
        let mut cpu = Cpu::new(root.path());
        cpu.read(at(0)).unwrap();
        write(root.path(), "proc/stat", "cpu  1 0 1 5000 0 0 0 0 0 0\n");
        assert_eq!(value(&cpu.read(at(10)).unwrap(), Metric::CpuBusyRatio), None);
        // iowait alone does go back.
        write(root.path(), "proc/stat", "cpu  1 0 1 5100 0 0 0 0 0 0\n");
        assert_eq!(value(&cpu.read(at(20)).unwrap(), Metric::CpuBusyRatio), Some(0.0));
    }

    #[test]
    fn what_is_missing_is_named() {
        let root = tree(&[("proc/stat", STAT)]);
        let mut cpu = Cpu::new(root.path());
        assert!(cpu.read(at(0)).unwrap_err().why.contains("proc/loadavg"));
        write(root.path(), "proc/loadavg", "0.5 0.5 0.5 1/2 3");
        cpu.read(at(10)).unwrap();
        let notes: Vec<_> = cpu.notes().into_iter().map(|note| note.why).collect();
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(notes[0].contains("/proc/pressure/cpu") && notes[1].contains("/proc/pressure/io"));
        write(root.path(), "proc/stat", "cpu  1 2\n");
        assert!(cpu.read(at(20)).unwrap_err().why.contains("/proc/stat"));
    }

    proptest! {
        #[test]
        fn no_contents_make_it_panic(stat in "cpu [0-9 \n.x-]{0,200}", load in "[0-9. einfa+-]{0,40}") {
            if let Some(times) = times(stat.as_bytes())
                && let Some(shares) = Times([7; 8]).until(times)
            {
                prop_assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)));
            }
            loads(load.as_bytes());
        }
    }
}
