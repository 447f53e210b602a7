//! Which of the watch's pages are in memory.
//!
//! When memory runs out, a machine without swap drops program code first and reads it back from
//! disk for each step; a watch that is dropped so would be too slow for minutes to tell of it. So
//! what is in use is locked, and what is not (the code of the start) is let go before.
#![expect(unsafe_code, reason = "madvise takes addresses")]

use std::ffi::c_void;

use rustix::mm::{Advice, MlockAllFlags as Flags, madvise, mlockall, munlockall};
use rustix::process::{Resource, getrlimit};

/// Lets go of program code and locks what is used from then on.
pub(super) fn settle() {
    let _ = munlockall();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    for (start, length) in maps.lines().filter_map(code) {
        // SAFETY: a file's code mapped private and never writable (`r-xp`) is the same as on disk:
        // it is read again when it is used next. The range is one that the kernel just named, and
        // no code of ours is ever unmapped.
        let _ = unsafe { madvise(start as *mut c_void, length, Advice::LinuxDontNeed) };
    }
    // Only without a limit: with one, growing beyond it would fail.
    if getrlimit(Resource::Memlock).current.is_none()
        && let Err(error) = mlockall(Flags::CURRENT | Flags::FUTURE | Flags::ONFAULT)
    {
        tracing::warn!("the watch may be slow when memory runs out: mlockall: {error}");
    }
}

/// Where a line of `/proc/self/maps` says that a file's code is: start and length.
fn code(line: &str) -> Option<(usize, usize)> {
    let mut words = line.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    if words.next()? != "r-xp" || !words.nth(3)?.starts_with('/') {
        return None;
    }
    let address = |text| usize::from_str_radix(text, 16).ok();
    let (start, end) = (address(start)?, address(end)?);
    Some((start, end.checked_sub(start)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_of_files() {
        let line =
            "55d0c0a000-55d0c0b000 r-xp 00001000 fe:00 42                 /usr/bin/nightkeep";
        assert_eq!(code(line), Some((0x55_d0c0_a000, 0x1000)));
        for line in [
            "55d0c0a000-55d0c0b000 r--p 00001000 fe:00 42 /usr/bin/nightkeep",
            "7ffd0000-7ffd1000 r-xp 00000000 00:00 0 [vdso]",
            "7ffd0000-7ffd1000 rwxp 00000000 00:00 0",
            "",
        ] {
            assert_eq!(code(line), None, "{line}");
        }
        settle();
    }
}
