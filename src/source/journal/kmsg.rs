//! The kernel's own log, for where the journal cannot be read; `/dev/kmsg`, dev-kmsg(4).

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;

use jiff::{SignedDuration, Timestamp};
use rustix::fs::OFlags;

use super::oom;
use crate::clock;

/// The ring buffer holds fewer records than this with any sensible size.
const MOST_RECORDS: usize = 200_000;
/// `CONSOLE_EXT_LOG_MAX`: no record is longer.
const LONGEST_RECORD: usize = 8192;

/// The kernel's lines about out-of-memory kills since a time. Debian's kernels let only root, or
/// who has `CAP_SYSLOG`, read (`kernel.dmesg_restrict`).
pub(super) fn lines(since: Timestamp) -> io::Result<Vec<(Timestamp, String)>> {
    let mut log = OpenOptions::new()
        .read(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open("/dev/kmsg")?;
    let boot = clock::now() - SignedDuration::try_from(clock::since_boot()).unwrap_or_default();
    let mut record = vec![0; LONGEST_RECORD];
    let mut lines = Vec::new();
    for _ in 0..MOST_RECORDS {
        match log.read(&mut record) {
            Ok(length) => {
                if let Some((after_boot, text)) = parse(&record[..length])
                    && let Ok(at) = boot.checked_add(after_boot)
                    && at >= since
                {
                    lines.push((at, text));
                }
            }
            // Overwritten before we came to it.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    Ok(lines)
}

/// `priority,sequence,microseconds,flags;text`, then lines of fields. Only the kernel's own
/// records (facility 0) about kills.
fn parse(record: &[u8]) -> Option<(SignedDuration, String)> {
    let record = String::from_utf8_lossy(record);
    let (head, rest) = record.split_once(';')?;
    let mut head = head.split(',');
    let priority: u32 = head.next()?.parse().ok()?;
    let usec: i64 = head.nth(1)?.parse().ok()?;
    let text = rest.lines().next()?;
    (priority >> 3 == 0 && oom::is_told_in(text.as_bytes()))
        .then(|| (SignedDuration::from_micros(usec), text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_kernel_tells_of_kills() {
        let text = "Out of memory: Killed process 9 (x) total-vm:8kB, anon-rss:1kB";
        let expected = (SignedDuration::from_micros(5_000_001), text.to_owned());
        assert_eq!(parse(format!("3,812,5000001,-;{text}\n").as_bytes()), Some(expected));
        // Facility 1: a program wrote it to /dev/kmsg.
        assert_eq!(parse(format!("11,812,5000001,-;{text}\n").as_bytes()), None);
        assert_eq!(parse(b"3,812,5000001,-;usb 1-1: new device\n"), None);
        assert_eq!(parse(b";;;"), None);
    }
}
