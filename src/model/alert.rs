//! Names of alerts: which rule, of which subject, how bad.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{SourceName, Subject};

/// How bad it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good to know; nobody needs to get up.
    Info,
    /// Will become trouble if nobody looks.
    Warning,
    /// Trouble now.
    Critical,
}

impl Severity {
    /// The word in JSON, config and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The rules nightkeep judges by.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum RuleName {
    /// A mount is nearly full.
    DiskUsed,
    /// A mount is nearly out of inodes.
    DiskInodes,
    /// A mount turned read-only.
    DiskReadOnly,
    /// A mount will be full soon.
    DiskForecast,
    /// Little memory is available.
    MemoryAvailable,
    /// The machine swaps.
    MemorySwap,
    /// Tasks wait for memory.
    MemoryPressure,
    /// The kernel killed a process for want of memory.
    OomKill,
    /// The CPUs are busy.
    CpuBusy,
    /// The CPUs wait for the disk.
    CpuIowait,
    /// The hypervisor gives the CPUs to others.
    CpuSteal,
    /// More tasks want to run than there are CPUs.
    CpuLoad,
    /// Tasks wait for a CPU.
    CpuPressure,
    /// Tasks wait for I/O.
    IoPressure,
    /// The machine has no way out.
    NetworkDown,
    /// A unit failed.
    UnitFailed,
    /// A unit is restarted again and again.
    UnitRestarts,
    /// A unit that must be active is not.
    UnitInactive,
    /// A timer did not fire.
    TimerOverdue,
    /// A login of which something is not known.
    LoginUnknown,
    /// A login after many failures.
    LoginGuessed,
    /// fail2ban bans many more than usual.
    BanSpike,
    /// fail2ban does not see failed logins.
    Fail2banBlind,
    /// A certificate ends soon, or has ended.
    CertificateExpiry,
    /// A certificate's chain, name, key or beginning is wrong.
    CertificateInvalid,
    /// A certificate was renewed on disk, but the old one is still served.
    CertificateNotServed,
    /// A certificate cannot be seen.
    CertificateUnseen,
    /// The machine has to be restarted for what was installed to be in force.
    RebootRequired,
    /// The machine restarted without having been shut down.
    UnexpectedReboot,
    /// Security updates are not installed.
    SecurityUpdates,
    /// Nothing sets the clock.
    ClockUnsynchronised,
    /// An array of disks lost its redundancy.
    RaidDegraded,
    /// A disk fails, or has sectors it cannot read.
    DiskFailing,
    /// A sensor is near what it calls critical itself.
    TemperatureHigh,
    /// A container's own health check fails.
    ContainerUnhealthy,
    /// A container is restarted again and again.
    ContainerRestarts,
    /// A container ended with an error.
    ContainerExited,
    /// The kernel killed a process of a container for want of memory.
    ContainerOom,
    /// An audit rule vanished.
    AuditRuleRemoved,
    /// Audit rules that should be there are not.
    AuditRulesMissing,
    /// Nobody writes the audit trail.
    AuditBlind,
    /// Audit records were lost.
    AuditLost,
    /// Something was done that somebody should hear of.
    AuditAct,
    /// A Sigma rule hit.
    AuditSigma,
    /// A check of the owner's own says so.
    CheckFailing,
    /// A monitored service is down.
    MonitorDown,
    /// A monitored service is slow, or a part of what is wanted of it does not hold.
    MonitorDegraded,
    /// This machine has an uplink, but nothing in the world answers.
    WayOutDown,
    /// Something did not call in, or called that it failed.
    HeartbeatDown,
    /// A source cannot see.
    SourceSilent,
    /// A channel does not deliver.
    ChannelFailing,
    /// The store cannot be written.
    StoreFailing,
}

impl RuleName {
    /// Every rule, in the order they are shown.
    pub const ALL: [Self; 52] = [
        Self::DiskUsed,
        Self::DiskInodes,
        Self::DiskReadOnly,
        Self::DiskForecast,
        Self::MemoryAvailable,
        Self::MemorySwap,
        Self::MemoryPressure,
        Self::OomKill,
        Self::CpuBusy,
        Self::CpuIowait,
        Self::CpuSteal,
        Self::CpuLoad,
        Self::CpuPressure,
        Self::IoPressure,
        Self::NetworkDown,
        Self::UnitFailed,
        Self::UnitRestarts,
        Self::UnitInactive,
        Self::TimerOverdue,
        Self::LoginUnknown,
        Self::LoginGuessed,
        Self::BanSpike,
        Self::Fail2banBlind,
        Self::CertificateExpiry,
        Self::CertificateInvalid,
        Self::CertificateNotServed,
        Self::CertificateUnseen,
        Self::RebootRequired,
        Self::UnexpectedReboot,
        Self::SecurityUpdates,
        Self::ClockUnsynchronised,
        Self::RaidDegraded,
        Self::DiskFailing,
        Self::TemperatureHigh,
        Self::ContainerUnhealthy,
        Self::ContainerRestarts,
        Self::ContainerExited,
        Self::ContainerOom,
        Self::AuditRuleRemoved,
        Self::AuditRulesMissing,
        Self::AuditBlind,
        Self::AuditLost,
        Self::AuditAct,
        Self::AuditSigma,
        Self::CheckFailing,
        Self::MonitorDown,
        Self::MonitorDegraded,
        Self::WayOutDown,
        Self::HeartbeatDown,
        Self::SourceSilent,
        Self::ChannelFailing,
        Self::StoreFailing,
    ];

    /// The name in config, JSON and messages. Never change one: stored alerts carry it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DiskUsed => "disk-used",
            Self::DiskInodes => "disk-inodes",
            Self::DiskReadOnly => "disk-read-only",
            Self::DiskForecast => "disk-forecast",
            Self::MemoryAvailable => "memory-available",
            Self::MemorySwap => "memory-swap",
            Self::MemoryPressure => "memory-pressure",
            Self::OomKill => "oom-kill",
            Self::CpuBusy => "cpu-busy",
            Self::CpuIowait => "cpu-iowait",
            Self::CpuSteal => "cpu-steal",
            Self::CpuLoad => "cpu-load",
            Self::CpuPressure => "cpu-pressure",
            Self::IoPressure => "io-pressure",
            Self::NetworkDown => "network-down",
            Self::UnitFailed => "unit-failed",
            Self::UnitRestarts => "unit-restarts",
            Self::UnitInactive => "unit-inactive",
            Self::TimerOverdue => "timer-overdue",
            Self::LoginUnknown => "login-unknown",
            Self::LoginGuessed => "login-guessed",
            Self::BanSpike => "ban-spike",
            Self::Fail2banBlind => "fail2ban-blind",
            Self::CertificateExpiry => "certificate-expiry",
            Self::CertificateInvalid => "certificate-invalid",
            Self::CertificateNotServed => "certificate-not-served",
            Self::CertificateUnseen => "certificate-unseen",
            Self::RebootRequired => "reboot-required",
            Self::UnexpectedReboot => "unexpected-reboot",
            Self::SecurityUpdates => "security-updates",
            Self::ClockUnsynchronised => "clock-unsynchronised",
            Self::RaidDegraded => "raid-degraded",
            Self::DiskFailing => "disk-failing",
            Self::TemperatureHigh => "temperature-high",
            Self::ContainerUnhealthy => "container-unhealthy",
            Self::ContainerRestarts => "container-restarts",
            Self::ContainerExited => "container-exited",
            Self::ContainerOom => "container-oom",
            Self::AuditRuleRemoved => "audit-rule-removed",
            Self::AuditRulesMissing => "audit-rules-missing",
            Self::AuditBlind => "audit-blind",
            Self::AuditLost => "audit-lost",
            Self::AuditAct => "audit-act",
            Self::AuditSigma => "audit-sigma",
            Self::CheckFailing => "check-failing",
            Self::MonitorDown => "monitor-down",
            Self::MonitorDegraded => "monitor-degraded",
            Self::WayOutDown => "way-out-down",
            Self::HeartbeatDown => "heartbeat-down",
            Self::SourceSilent => "source-silent",
            Self::ChannelFailing => "channel-failing",
            Self::StoreFailing => "store-failing",
        }
    }

    /// The source whose silence leaves this rule without data.
    pub fn source(self) -> SourceName {
        match self {
            Self::DiskUsed | Self::DiskInodes | Self::DiskReadOnly | Self::DiskForecast => {
                SourceName::Disk
            }
            Self::MemoryAvailable | Self::MemorySwap | Self::MemoryPressure | Self::OomKill => {
                SourceName::Memory
            }
            Self::CpuBusy
            | Self::CpuIowait
            | Self::CpuSteal
            | Self::CpuLoad
            | Self::CpuPressure
            | Self::IoPressure => SourceName::Cpu,
            Self::NetworkDown => SourceName::Network,
            Self::UnitFailed | Self::UnitRestarts | Self::UnitInactive | Self::TimerOverdue => {
                SourceName::Systemd
            }
            Self::LoginUnknown | Self::LoginGuessed => SourceName::Ssh,
            Self::BanSpike | Self::Fail2banBlind => SourceName::Fail2ban,
            Self::CertificateExpiry
            | Self::CertificateInvalid
            | Self::CertificateNotServed
            | Self::CertificateUnseen => SourceName::Certificate,
            Self::RebootRequired
            | Self::UnexpectedReboot
            | Self::SecurityUpdates
            | Self::ClockUnsynchronised => SourceName::Machine,
            Self::RaidDegraded | Self::DiskFailing | Self::TemperatureHigh => SourceName::Hardware,
            Self::ContainerUnhealthy
            | Self::ContainerRestarts
            | Self::ContainerExited
            | Self::ContainerOom => SourceName::Container,
            Self::AuditRuleRemoved
            | Self::AuditRulesMissing
            | Self::AuditBlind
            | Self::AuditLost
            | Self::AuditAct
            | Self::AuditSigma => SourceName::Audit,
            Self::CheckFailing => SourceName::Check,
            Self::MonitorDown | Self::MonitorDegraded | Self::WayOutDown => SourceName::Monitor,
            Self::HeartbeatDown => SourceName::Heartbeat,
            Self::SourceSilent | Self::ChannelFailing | Self::StoreFailing => SourceName::Watch,
        }
    }

    /// Does it tell of somebody who may be where he should not be?
    pub fn is_security(self) -> bool {
        matches!(
            self,
            Self::LoginUnknown
                | Self::LoginGuessed
                | Self::Fail2banBlind
                | Self::AuditRuleRemoved
                | Self::AuditRulesMissing
                | Self::AuditBlind
                | Self::AuditAct
                | Self::AuditSigma
        )
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no rule.
#[derive(Debug, thiserror::Error)]
#[error("there is no rule `{0}`")]
pub struct NoRule(String);

impl FromStr for RuleName {
    type Err = NoRule;

    fn from_str(text: &str) -> Result<Self, NoRule> {
        Self::ALL
            .into_iter()
            .find(|rule| rule.as_str() == text)
            .ok_or_else(|| NoRule(text.to_owned()))
    }
}

/// What identifies an alert: one rule and one subject.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct AlertKey {
    /// The rule that raises it.
    pub rule: RuleName,
    /// What it is about.
    pub subject: Subject,
}

impl fmt::Display for AlertKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.rule, self.subject)
    }
}
