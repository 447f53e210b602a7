//! The Linux audit trail: its records, events, search, reports and rules.
//!
//! Formats are those of the kernel (`linux/audit.h`) and of auditd's log (`auditd.conf(5)`).

pub mod errno;
pub mod syscall;
