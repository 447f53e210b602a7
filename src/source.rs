//! Sources: each says what it sees of this host, and knows nothing of what is made of it.

pub mod audit;
pub mod certificate;
mod changes;
pub mod check;
pub mod container;
mod cpu;
pub mod disk;
pub mod evidence;
pub mod fail2ban;
pub mod hardware;
pub mod journal;
mod kernel;
pub mod machine;
mod memory;
mod mounts;
mod network;
mod news;
pub(crate) mod plain;
mod pressure;
pub mod process;
pub(crate) mod rotated;
mod sampler;
pub mod session;
mod shown;
pub mod sshd;
pub mod su;
pub mod sudo;
pub mod systemd;
mod tail;
mod unit;

pub use cpu::Cpu;
pub use disk::Disk;
pub use memory::Memory;
pub use network::Network;
pub use sampler::Sampler;
pub use unit::Units;

use crate::model::{Observation, SourceName};

/// What a source says at once: what it saw, or that it cannot see.
#[derive(Debug)]
pub struct Report {
    /// Which source.
    pub source: SourceName,
    /// What it saw.
    pub said: Result<Vec<Observation>, Blind>,
}

/// A source cannot see, and what mends it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}; {mend}")]
pub struct Blind {
    /// What is missing: a permission, a file, a daemon, a kernel feature.
    pub why: String,
    /// The command or setting that fixes it.
    pub mend: String,
}
