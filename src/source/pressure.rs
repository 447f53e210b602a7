//! Pressure stall information: how long tasks waited for a resource. Of the kernel's figures only
//! `total` (microseconds since boot) is used: it gives any window exactly.
//! <https://docs.kernel.org/accounting/psi.html>

use std::path::Path;

use jiff::Timestamp;

use super::Blind;
use super::kernel::{KernelFile, fields, lines, number, rate, seconds};

/// One of the files of /proc/pressure.
#[derive(Debug)]
pub(super) struct Pressure {
    resource: &'static str,
    file: KernelFile,
    /// `total` of some and full at the last reading.
    before: Option<(Timestamp, Stalled)>,
    missing: bool,
}

/// Time stalled: microseconds since boot as read, shares of time between two readings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stalled<T = u64> {
    /// At least one task waited.
    pub(super) some: T,
    /// All tasks waited.
    pub(super) full: T,
}

impl Pressure {
    pub(super) fn new(root: &Path, resource: &'static str) -> Self {
        let file = KernelFile::new(root.join("proc/pressure").join(resource));
        Self { resource, file, before: None, missing: false }
    }

    /// Shares of the time since the last reading, 0 to 1.
    pub(super) fn read(&mut self, at: Timestamp) -> Option<Stalled<f64>> {
        // A kernel with `psi=0` has no such file, or one that only answers EOPNOTSUPP.
        let now = self.file.read().ok().and_then(parse);
        self.missing = now.is_none();
        let (from, before) = std::mem::replace(&mut self.before, now.map(|now| (at, now)))?;
        let (now, seconds) = (now?, seconds(from, at)?);
        let share = |before, now| Some((rate(before, now, seconds)? / 1e6).min(1.0));
        Some(Stalled { some: share(before.some, now.some)?, full: share(before.full, now.full)? })
    }

    /// What is not seen when the kernel keeps no such figures.
    pub(super) fn note(&self) -> Option<Blind> {
        self.missing.then(|| Blind {
            why: format!("the kernel keeps no /proc/pressure/{}", self.resource),
            mend: String::from(
                "boot with psi=1 (GRUB_CMDLINE_LINUX in /etc/default/grub, then update-grub); \
                 in a container ask its host",
            ),
        })
    }
}

/// Old kernels have no `full` line for the CPU.
fn parse(text: &[u8]) -> Option<Stalled> {
    let total = |kind: &[u8]| {
        let line = lines(text).find(|line| line.starts_with(kind))?;
        number(fields(line).find_map(|field| field.strip_prefix(b"total="))?)
    };
    Some(Stalled { some: total(b"some ")?, full: total(b"full ").unwrap_or(0) })
}

#[cfg(test)]
mod tests {
    use super::super::kernel::fixture::{at, tree, write as write_file};
    use super::*;

    #[test]
    fn shares_come_from_the_totals() {
        let root = tree(&[]);
        let write = |some: u64, full: u64| {
            let text = format!(
                "some avg10=0.02 avg60=0.14 avg300=0.26 total={some}\n\
                 full avg10=0.02 avg60=0.05 avg300=0.05 total={full}\n"
            );
            write_file(root.path(), "proc/pressure/io", &text);
        };
        let mut pressure = Pressure::new(root.path(), "io");
        write(27_695_976, 19_895_247);
        assert_eq!(pressure.read(at(0)), None);
        write(30_195_976, 19_895_247);
        assert_eq!(pressure.read(at(10)), Some(Stalled { some: 0.25, full: 0.0 }));
        write(5, 5);
        assert_eq!(pressure.read(at(20)), None, "counters that went back tell nothing");
        assert_eq!(pressure.note(), None);
        write_file(root.path(), "proc/pressure/io", "");
        assert_eq!(pressure.read(at(30)), None);
        assert!(pressure.note().unwrap().mend.contains("psi=1"));
    }

    #[test]
    fn the_cpu_of_old_kernels_has_no_full_line() {
        let text = b"some avg10=0.00 avg60=0.00 avg300=0.00 total=12\n";
        assert_eq!(parse(text), Some(Stalled { some: 12, full: 0 }));
        assert_eq!(parse(b"some total=\n"), None);
    }
}
