//! Does anything set the system clock? The kernel knows, whatever sets it: timesyncd, chrony, ntpd
//! or the hypervisor.

#![allow(unsafe_code)] // Neither rustix nor std has adjtimex.

use std::io;

/// The kernel holds the clock's error for bounded: something disciplines it (adjtimex(2)).
///
/// # Errors
/// `EPERM` where a filter of system calls forbids even to ask.
pub(super) fn is_synchronised() -> io::Result<bool> {
    // SAFETY: all fields are plain numbers, for which zero is a value; `modes` 0 changes nothing.
    let mut timex: libc::timex = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a live timex of our own, which the kernel fills.
    let state = unsafe { libc::adjtimex(&raw mut timex) };
    match state {
        -1 => Err(io::Error::last_os_error()),
        libc::TIME_ERROR => Ok(false),
        _ => Ok(timex.status & libc::STA_UNSYNC == 0),
    }
}
