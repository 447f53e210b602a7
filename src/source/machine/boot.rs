//! This boot, and how the one before ended: by the journal, or else by wtmp.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::model::BootState;
use crate::source::journal;
use crate::source::kernel::{fields, lines, number};

/// A clock that was set after the start moves the boot's time.
const MARGIN: SignedDuration = SignedDuration::from_mins(10);

/// None where /proc does not tell.
pub(super) fn read(root: &Path, roots: &[PathBuf]) -> Option<BootState> {
    let id = fs::read_to_string(root.join("proc/sys/kernel/random/boot_id")).ok()?;
    let id = id.trim().to_owned();
    let stat = fs::read(root.join("proc/stat")).ok()?;
    let began = lines(&stat).find_map(|line| line.strip_prefix(b"btime "))?;
    let began = Timestamp::from_second(i64::try_from(number(fields(began).next()?)?).ok()?).ok()?;
    if let Ok(Some(ending)) = journal::boot::before(roots, &id, began) {
        let (last_sign, clean) = (Some(ending.at), Some(ending.clean));
        return Some(BootState { id, at: began, last_sign, clean });
    }
    let clean = ended_in_order(&root.join("var/log/wtmp"), began);
    Some(BootState { id, at: began, last_sign: None, clean })
}

/// Bytes of a record of utmp(5) with glibc where time is 32 bits in it (x86-64, 32-bit).
const RECORD: usize = 384;
/// Records looked at, from the end.
const RECORDS: u64 = 2048;
const RUN_LVL: i16 = 1;
const BOOT_TIME: i16 = 2;

/// Was there a shutdown between the last two boots of wtmp? None where it does not say.
fn ended_in_order(wtmp: &Path, began: Timestamp) -> Option<bool> {
    if cfg!(not(any(target_arch = "x86_64", target_arch = "x86", target_arch = "arm"))) {
        return None;
    }
    let mut file = crate::source::plain::open(wtmp).ok()?;
    let length = file.metadata().ok()?.len() / RECORD as u64;
    let skipped = length.saturating_sub(RECORDS);
    file.seek(SeekFrom::Start(skipped * RECORD as u64)).ok()?;
    let mut bytes = Vec::new();
    file.take(RECORDS * RECORD as u64).read_to_end(&mut bytes).ok()?;
    let (records, _) = bytes.as_chunks::<RECORD>();
    let kind = |record: &[u8; RECORD]| i16::from_ne_bytes([record[0], record[1]]);
    let mut newest_first = records.iter().rev();
    let boot = newest_first.find(|record| kind(record) == BOOT_TIME)?;
    let second = i32::from_ne_bytes([boot[340], boot[341], boot[342], boot[343]]);
    let noted = Timestamp::from_second(i64::from(second)).ok()?;
    if noted.duration_since(began).abs() > MARGIN {
        return None;
    }
    newest_first.find_map(|record| match kind(record) {
        RUN_LVL if record[44..].starts_with(b"shutdown\0") => Some(true),
        BOOT_TIME => Some(false),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::kernel::fixture::tree;

    fn wtmp(records: &[(i16, &str, i32)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (kind, user, second) in records {
            let mut record = [0; RECORD];
            record[..2].copy_from_slice(&kind.to_ne_bytes());
            record[44..44 + user.len()].copy_from_slice(user.as_bytes());
            record[340..344].copy_from_slice(&second.to_ne_bytes());
            bytes.extend(record);
        }
        bytes
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn wtmp_tells_a_shutdown_from_a_crash() {
        let began = 1_800_000_000;
        let check = |records: &[(i16, &str, i32)]| {
            let root = tree(&[
                ("proc/sys/kernel/random/boot_id", "7f5c\n"),
                ("proc/stat", "cpu 1 2\nbtime 1800000000\n"),
            ]);
            std::fs::create_dir_all(root.path().join("var/log")).unwrap();
            std::fs::write(root.path().join("var/log/wtmp"), wtmp(records)).unwrap();
            let boot = read(root.path(), &[root.path().join("journal")]).unwrap();
            assert_eq!((boot.id.as_str(), boot.at.as_second()), ("7f5c", i64::from(began)));
            boot.clean
        };
        let boot = (BOOT_TIME, "reboot", began);
        let (before, login) = ((BOOT_TIME, "reboot", began - 9000), (7, "anna", began - 800));
        let shutdown = (RUN_LVL, "shutdown", began - 60);
        assert_eq!(check(&[before, login, shutdown, boot, (7, "anna", began + 9)]), Some(true));
        assert_eq!(check(&[before, login, boot]), Some(false));
        assert_eq!(check(&[boot]), None);
        assert_eq!(check(&[before, shutdown]), None);
        assert_eq!(check(&[]), None);
    }
}
