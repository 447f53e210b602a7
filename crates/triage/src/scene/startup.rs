//! What starts by itself, or is asked before somebody gets in.

use jiff::Timestamp;

use crate::baseline::{Facts, Topic};

use super::Scene;

/// A file that makes programs start, or that decides who gets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Startup {
    /// Of which kind.
    pub topic: Topic,
    /// Where it is.
    pub path: String,
    /// The package that owns it.
    pub package: Option<String>,
    /// It is not as its package brought it. None where that is not known.
    pub differs: Option<bool>,
    /// When its entry was last changed.
    pub changed: Timestamp,
    /// The owner of the file.
    pub uid: u32,
    /// Anybody may write to it.
    pub is_open: bool,
    /// The lines that start something, or that count otherwise, as they stand there.
    pub lines: Vec<String>,
    /// SHA-256 of the content, in hexadecimal digits.
    pub digest: String,
}

/// Files that packages make at their installation and that no package owns: they are the system's own.
const MADE: [&str; 24] = [
    "/etc/pam.d/common-account",
    "/etc/pam.d/common-auth",
    "/etc/pam.d/common-password",
    "/etc/pam.d/common-session",
    "/etc/pam.d/common-session-noninteractive",
    "/etc/apt/apt.conf.d/20auto-upgrades",
    "/etc/apt/apt.conf.d/50unattended-upgrades",
    "/etc/apt/apt.conf.d/70debconf",
    "/etc/apt/apt.conf.d/00CDMountPoint",
    "/etc/apt/apt.conf.d/00trustcdrom",
    "/etc/profile",
    "/etc/environment",
    "/etc/hosts",
    "/etc/apt/sources.list",
    "/etc/apt/sources.list.d/debian.sources",
    "/etc/apt/sources.list.d/ubuntu.sources",
    "/etc/ld.so.conf.d/fakeroot-x86_64-linux-gnu.conf",
    "/etc/sudoers.d/90-cloud-init-users",
    "/root/.profile",
    "/root/.bashrc",
    "/etc/rc.local",
    "/etc/modules-load.d/modules.conf",
    "/etc/ssh/sshd_config",
    "/etc/crontab",
];

impl Startup {
    /// Is it the system's own: of a package, as that brought it, or made by one?
    pub fn is_systems(&self) -> bool {
        self.package.is_some() && self.differs != Some(true) || MADE.contains(&self.path.as_str())
    }
}

/// What starts by itself and is not the system's own.
pub fn facts(scene: &Scene, facts: &mut Facts) {
    for startup in &scene.startups {
        if !startup.is_systems() || startup.package.is_none() {
            facts.add(startup.topic, &startup.path, &startup.digest);
        }
    }
}
