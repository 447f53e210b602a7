//! States: what a subject is, as against what is measured of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::CertificateState;
use super::{
    AuditState, BootState, CheckState, ContainerState, DriveState, HeartbeatState, MonitorState,
    RaidState, RestartState, UpdatesState,
};

/// The state of a subject. Sources say it once at the start and then on every change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum State {
    /// A mount that can be written to (`read_only` false) or not.
    Mount {
        /// The filesystem refuses writes.
        read_only: bool,
        /// It was mounted to be so (squashfs, `ro` from the first sight of it), hence no trouble.
        intended: bool,
    },
    /// A systemd unit that is not a timer.
    Unit(UnitState),
    /// A systemd timer.
    Timer(TimerState),
    /// A certificate, served or on disk.
    Certificate(Box<CertificateState>),
    /// The machine's way out: is there an interface with carrier and a default route?
    Uplink {
        /// There is one.
        up: bool,
    },
    /// Does the machine have to be restarted?
    Restart(RestartState),
    /// Its security updates.
    Updates(UpdatesState),
    /// This boot of it.
    Boot(BootState),
    /// The system clock.
    Clock {
        /// Something sets it: the kernel says that its error is bounded.
        synchronised: bool,
        /// The machine has only just started: it may be synchronised soon.
        settling: bool,
    },
    /// A software RAID array.
    Raid(RaidState),
    /// The health of a disk.
    Drive(DriveState),
    /// A container.
    Container(ContainerState),
    /// A check of the owner's own.
    Check(CheckState),
    /// A monitored service.
    Monitor(MonitorState),
    /// Does the world answer this machine? Asked when monitors of far places fail.
    WayOut {
        /// Some of the places asked answered.
        answers: bool,
        /// Whom was asked.
        asked: String,
    },
    /// Something that has to call in.
    Heartbeat(HeartbeatState),
    /// A channel's deliveries: `failing_since` is none while they succeed.
    Channel {
        /// The first failure since the last success.
        failing_since: Option<Timestamp>,
        /// What the channel answered last, without secrets.
        error: String,
    },
    /// What fail2ban finds of what sshd logs, within the last quarter of an hour.
    Fail2ban {
        /// Failed tries of the address that tried most of those that fail2ban did not see; if it
        /// saw all, of the one that tried most.
        failures: u32,
        /// That address.
        address: String,
        /// How often fail2ban found, banned or ignored it.
        found: u64,
    },
    /// The audit trail and its rules.
    Audit(AuditState),
    /// The store: can it be written?
    Store {
        /// What it answered last, empty while it is well.
        error: String,
    },
}

/// A systemd unit as D-Bus shows it. Words are systemd's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitState {
    /// `ActiveState`: active, inactive, failed, activating, deactivating, reloading, maintenance.
    pub active: String,
    /// `SubState`: running, exited, auto-restart, dead ...
    pub sub: String,
    /// `Result` of the service (or mount, socket): success, exit-code, signal, core-dump,
    /// watchdog, timeout, oom-kill, start-limit-hit, resources. Empty where the kind has none.
    pub result: String,
    /// `ExecMainStatus` where `ExecMainCode` says the process exited.
    pub exit_status: Option<i32>,
    /// The signal's number where `ExecMainCode` says it was killed.
    pub signal: Option<i32>,
    /// `NRestarts`: automatic restarts since the unit was last started by hand.
    pub restarts: u32,
}

/// A systemd timer as D-Bus shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimerState {
    /// `ActiveState`.
    pub active: String,
    /// The timer is enabled to start at boot.
    pub enabled: bool,
    /// `NextElapseUSecRealtime` (or its monotonic twin, converted), if it will elapse again.
    pub next: Option<Timestamp>,
    /// `LastTriggerUSec`, if it ever fired.
    pub last: Option<Timestamp>,
    /// The unit it starts.
    pub triggers: String,
    /// That unit is running now: a timer does not fire while it is.
    pub running: bool,
}
