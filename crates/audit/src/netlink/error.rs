//! What the kernel answers when it does not do what was asked.

use std::fmt;

use rustix::io::Errno;

/// Why something could not be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The capability is missing, or the rules are locked until the next boot.
    NotPermitted,
    /// This kernel has no audit system, or does not show it here (in a container).
    NoAudit,
    /// The same rule is there already.
    Exists,
    /// There is no such rule to delete; or a directory the rule needs is missing.
    NotFound,
    /// The kernel takes no such rule or value.
    Invalid,
    /// The kernel did not answer within seconds.
    Silent,
    /// What it answered cannot be read.
    Malformed,
    /// Anything else.
    Other(Errno),
}

impl From<Errno> for Error {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::PERM | Errno::ACCESS => Self::NotPermitted,
            Errno::CONNREFUSED | Errno::PROTONOSUPPORT | Errno::AFNOSUPPORT => Self::NoAudit,
            Errno::EXIST => Self::Exists,
            Errno::NOENT => Self::NotFound,
            Errno::INVAL => Self::Invalid,
            Errno::AGAIN => Self::Silent,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPermitted => f.write_str("the kernel does not permit it"),
            Self::NoAudit => f.write_str("the kernel shows no audit system here"),
            Self::Exists => f.write_str("the rule is there already"),
            Self::NotFound => f.write_str("no such rule, file or directory"),
            Self::Invalid => f.write_str("the kernel refuses it as invalid"),
            Self::Silent => f.write_str("the kernel does not answer"),
            Self::Malformed => f.write_str("the kernel's answer cannot be read"),
            Self::Other(errno) => errno.fmt(f),
        }
    }
}

impl std::error::Error for Error {}
