//! Rules turn observations of a subject into raised, clear or nothing new. Pure.
//!
//! A rule remembers only what it must ([`Memory`]); how long trouble waits, flaps and is told
//! is the business of the alert.

mod audit;
mod ban;
mod burst;
mod certificate;
mod channel;
mod check;
mod container;
mod disk;
mod forecast;
mod hardware;
mod heartbeat;
mod login;
mod machine;
mod measure;
mod monitor;
mod network;
mod oom;
mod reboot;
mod restarts;
mod silence;
mod text;
mod threshold;
mod timer;
mod unit;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::model::{AlertKey, Event, Metric, RuleName, Severity, SourceName, State, Subject};

/// What a rule is asked about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    /// What the owner wants.
    pub(crate) config: &'a Config,
    /// When.
    pub(crate) at: Timestamp,
    /// Which rule, of which subject.
    pub(crate) key: &'a AlertKey,
}

/// The samples of one subject in one batch.
pub(crate) type Samples = BTreeMap<Metric, f64>;

/// What a rule hears of its subject.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Input<'a> {
    /// Numbers.
    Samples(&'a Samples),
    /// What it is now.
    State(&'a State),
    /// What happened to it.
    Event(&'a Event),
    /// The source (it is the subject) cannot see, and why.
    Silent(&'a str),
    /// The source (it is the subject) speaks again.
    Heard,
    /// It is no longer there.
    Gone,
}

/// What a rule makes of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    /// Trouble.
    Raised(Claim),
    /// No trouble.
    Clear {
        /// One line: what is so now.
        summary: String,
        /// Trouble that will be there at its `ripe` if nothing is heard until then.
        coming: Option<Claim>,
    },
    /// Neither: whatever was so goes on.
    Nothing,
    /// The subject is no longer there: nothing is left to judge.
    Gone,
}

impl Verdict {
    fn clear(summary: impl Into<String>) -> Self {
        Self::Clear { summary: summary.into(), coming: None }
    }
}

/// Trouble, as a rule puts it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Claim {
    /// How bad.
    pub(crate) severity: Severity,
    /// Since when.
    pub(crate) since: Timestamp,
    /// From when it counts, if nothing else is heard; none: another observation must decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ripe: Option<Timestamp>,
    /// When it is over by itself, if nothing else is heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) over: Option<Over>,
    /// One line: what is so.
    pub(crate) summary: String,
    /// The command to type next.
    pub(crate) next: String,
}

/// The end of trouble that ends by quiet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Over {
    /// When.
    pub(crate) at: Timestamp,
    /// One line: what is so then.
    pub(crate) summary: String,
}

/// What a rule remembers of a subject. It is saved, so it changes only when it must.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Memory {
    /// Nothing: all is well.
    #[default]
    Nothing,
    /// How long a number has been beyond its levels.
    Threshold(threshold::Levels),
    /// How a mount filled.
    Forecast(forecast::History),
    /// Since when a state has been bad.
    Bad(Timestamp),
    /// It was seen running.
    Seen,
    /// How often a unit was restarted.
    Restarts(restarts::Count),
    /// How many addresses were banned when.
    Bans(ban::Bans),
    /// What happened since it was last quiet.
    Burst(burst::Burst),
    /// The boot that was heard of, and the unexpected restarts since it was last quiet.
    Boots(reboot::Boots),
}

impl Memory {
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::Nothing
    }

    /// The bad state's beginning; it begins now if it was not bad before.
    fn bad_since(&mut self, now: Timestamp) -> Timestamp {
        let since = if let Self::Bad(since) = self { (*since).min(now) } else { now };
        *self = Self::Bad(since);
        since
    }

    /// Nobody looked for a while: what must be seen without a break begins anew.
    pub(crate) fn lost_sight(&mut self) {
        if matches!(self, Self::Threshold(_) | Self::Bad(_)) {
            *self = Self::Nothing;
        }
    }

    /// The clock was set back.
    pub(crate) fn move_clock(&mut self, by: SignedDuration) {
        match self {
            Self::Nothing | Self::Seen => {}
            Self::Threshold(levels) => levels.move_clock(by),
            Self::Forecast(history) => history.move_clock(by),
            Self::Bad(since) => move_time(since, by),
            Self::Restarts(count) => count.move_clock(by),
            Self::Bans(bans) => bans.move_clock(by),
            Self::Burst(burst) => burst.move_clock(by),
            Self::Boots(boots) => boots.move_clock(by),
        }
    }

    /// The machine was started anew: counters that live in it begin anew.
    pub(crate) fn rebooted(&mut self) {
        if matches!(self, Self::Restarts(_)) {
            *self = Self::Nothing;
        }
    }
}

/// What the rule makes of what it hears.
pub(crate) fn heed(question: Question<'_>, memory: &mut Memory, input: Input<'_>) -> Verdict {
    use RuleName as R;
    match question.key.rule {
        R::DiskUsed
        | R::DiskInodes
        | R::MemoryAvailable
        | R::MemorySwap
        | R::MemoryPressure
        | R::CpuBusy
        | R::CpuIowait
        | R::CpuSteal
        | R::CpuLoad
        | R::CpuPressure
        | R::IoPressure
        | R::TemperatureHigh => measure::heed(question, memory, input),
        R::DiskForecast => forecast::heed(question, memory, input),
        R::DiskReadOnly => disk::read_only(question, memory, input),
        R::OomKill => oom::heed(question, memory, input),
        R::NetworkDown => network::down(question, memory, input),
        R::UnitFailed => unit::failed(question, memory, input),
        R::UnitInactive => unit::inactive(question, memory, input),
        R::UnitRestarts => restarts::heed(question, memory, input),
        R::TimerOverdue => timer::heed(question, memory, input),
        R::LoginUnknown => login::unknown(question, memory, input),
        R::LoginGuessed => login::guessed(question, memory, input),
        R::BanSpike => ban::spike(question, memory, input),
        R::Fail2banBlind => ban::blind(question, memory, input),
        R::CertificateExpiry => certificate::expiry(question, input),
        R::CertificateInvalid => certificate::invalid(question, memory, input),
        R::CertificateNotServed => certificate::not_served(question, input),
        R::CertificateUnseen => certificate::unseen(question, memory, input),
        R::RebootRequired => machine::reboot_required(question, memory, input),
        R::UnexpectedReboot => reboot::heed(question, memory, input),
        R::SecurityUpdates => machine::security_updates(question, memory, input),
        R::ClockUnsynchronised => machine::clock(question, memory, input),
        R::RaidDegraded => hardware::raid(question, memory, input),
        R::DiskFailing => hardware::drive(question, memory, input),
        R::ContainerUnhealthy => container::unhealthy(question, memory, input),
        R::ContainerRestarts => restarts::of_container(question, memory, input),
        R::ContainerExited => container::exited(question, memory, input),
        R::ContainerOom => container::oom(question, memory, input),
        R::AuditRuleRemoved => audit::removed(question, memory, input),
        R::AuditRulesMissing => audit::missing(question, memory, input),
        R::AuditBlind => audit::blind(question, memory, input),
        R::AuditLost => audit::lost(question, memory, input),
        R::AuditAct | R::AuditSigma => audit::act(question, memory, input),
        R::CheckFailing => check::failing(question, memory, input),
        R::MonitorDown => monitor::down(question, memory, input),
        R::MonitorDegraded => monitor::degraded(question, memory, input),
        R::WayOutDown => monitor::way_out(question, memory, input),
        R::HeartbeatDown => heartbeat::down(question, memory, input),
        R::SourceSilent => silence::heed(question, memory, input),
        R::ChannelFailing => channel::failing(question, memory, input),
        R::StoreFailing => channel::store_failing(question, memory, input),
    }
}

/// The rules that hear a sample of this metric.
pub(crate) fn of_metric(metric: Metric) -> Option<RuleName> {
    Some(match metric {
        Metric::DiskUsedRatio => RuleName::DiskUsed,
        Metric::DiskInodesUsedRatio => RuleName::DiskInodes,
        Metric::DiskAvailableBytes => RuleName::DiskForecast,
        Metric::MemoryAvailableRatio => RuleName::MemoryAvailable,
        Metric::SwapInBytesPerSecond | Metric::SwapOutBytesPerSecond => RuleName::MemorySwap,
        Metric::MemoryPressureRatio => RuleName::MemoryPressure,
        Metric::CpuBusyRatio => RuleName::CpuBusy,
        Metric::CpuIowaitRatio => RuleName::CpuIowait,
        Metric::CpuStealRatio => RuleName::CpuSteal,
        Metric::LoadPerCpu => RuleName::CpuLoad,
        Metric::CpuPressureRatio => RuleName::CpuPressure,
        Metric::IoPressureRatio => RuleName::IoPressure,
        Metric::TemperatureLeftCelsius => RuleName::TemperatureHigh,
        _ => return None,
    })
}

/// The rules that hear such a state.
pub(crate) fn of_state(state: &State) -> &'static [RuleName] {
    match state {
        State::Mount { .. } => &[RuleName::DiskReadOnly],
        State::Unit(_) => &[RuleName::UnitFailed, RuleName::UnitRestarts, RuleName::UnitInactive],
        State::Timer(_) => &[RuleName::TimerOverdue],
        State::Certificate(_) => &[
            RuleName::CertificateExpiry,
            RuleName::CertificateInvalid,
            RuleName::CertificateNotServed,
            RuleName::CertificateUnseen,
        ],
        State::Uplink { .. } => &[RuleName::NetworkDown],
        State::Restart(_) => &[RuleName::RebootRequired],
        State::Updates(_) => &[RuleName::SecurityUpdates],
        State::Boot(_) => &[RuleName::UnexpectedReboot],
        State::Clock { .. } => &[RuleName::ClockUnsynchronised],
        State::Raid(_) => &[RuleName::RaidDegraded],
        State::Drive(_) => &[RuleName::DiskFailing],
        State::Container(_) => &[
            RuleName::ContainerUnhealthy,
            RuleName::ContainerRestarts,
            RuleName::ContainerExited,
            RuleName::ContainerOom,
        ],
        State::Audit(_) => &[RuleName::AuditRulesMissing, RuleName::AuditBlind],
        State::Check(_) => &[RuleName::CheckFailing],
        State::Monitor(_) => &[RuleName::MonitorDown, RuleName::MonitorDegraded],
        State::WayOut { .. } => &[RuleName::WayOutDown],
        State::Heartbeat(_) => &[RuleName::HeartbeatDown],
        State::Channel { .. } => &[RuleName::ChannelFailing],
        State::Store { .. } => &[RuleName::StoreFailing],
        State::Fail2ban { .. } => &[RuleName::Fail2banBlind],
    }
}

/// Does the owner want this judged?
pub(crate) fn wanted(config: &Config, key: &AlertKey) -> bool {
    use RuleName as R;
    match (key.rule, &key.subject) {
        (R::DiskUsed | R::DiskInodes | R::DiskReadOnly | R::DiskForecast, subject) => {
            let Subject::Mount(mount) = subject else { return false };
            let ignored =
                config.disk.ignore.iter().any(|pattern| crate::model::glob(pattern, mount));
            config.disk.enabled && !ignored && disk::wanted(config, key.rule, mount)
        }
        (
            R::MemoryAvailable
            | R::MemorySwap
            | R::MemoryPressure
            | R::CpuBusy
            | R::CpuIowait
            | R::CpuSteal
            | R::CpuLoad
            | R::CpuPressure
            | R::IoPressure,
            _,
        ) => measure::wanted(config, key.rule),
        (R::OomKill, _) => config.memory.enabled && config.memory.oom.enabled,
        (R::NetworkDown, _) => config.network.enabled,
        (
            R::UnitFailed | R::UnitRestarts | R::UnitInactive | R::TimerOverdue,
            Subject::Unit(unit),
        ) => config.units.enabled && !config.units.ignores(unit) && unit::wanted(config, key, unit),
        (R::LoginUnknown, Subject::Login(_)) => {
            config.ssh.enabled && !config.ssh.unknown.is_empty()
        }
        (R::LoginGuessed, Subject::Login(_)) => config.ssh.enabled,
        (R::BanSpike, Subject::Jail(_)) | (R::Fail2banBlind, _) => config.fail2ban.enabled,
        (
            R::CertificateExpiry
            | R::CertificateInvalid
            | R::CertificateNotServed
            | R::CertificateUnseen,
            Subject::Certificate(name),
        ) => certificate::wanted(&config.certificates, key.rule, name),
        (
            R::RebootRequired | R::UnexpectedReboot | R::SecurityUpdates | R::ClockUnsynchronised,
            _,
        ) => machine::wanted(&config.machine, key.rule),
        (R::RaidDegraded, _) => config.hardware.enabled && config.hardware.raid,
        (R::DiskFailing, _) => config.hardware.enabled && config.hardware.drives,
        (R::TemperatureHigh, _) => config.hardware.enabled && config.hardware.temperature.enabled,
        (
            R::ContainerUnhealthy | R::ContainerRestarts | R::ContainerExited | R::ContainerOom,
            Subject::Container(name),
        ) => config.containers.watches(name),
        (R::AuditAct, Subject::AuditAct(_)) => config.audit.enabled && config.audit.acts,
        (R::AuditSigma, Subject::AuditAct(_)) => {
            config.audit.enabled && !config.audit.sigma.is_empty()
        }
        (R::AuditRuleRemoved, Subject::AuditRule(_))
        | (R::AuditRulesMissing | R::AuditBlind | R::AuditLost, _) => config.audit.enabled,
        (R::CheckFailing, Subject::Check(name)) => config.checks.contains_key(name),
        // Monitors and heartbeats the owner no longer wants are said to be gone.
        (R::MonitorDown | R::MonitorDegraded, Subject::Monitor(_))
        | (R::HeartbeatDown, Subject::Heartbeat(_))
        | (R::WayOutDown | R::StoreFailing, _) => true,
        (R::ChannelFailing, Subject::Channel(name)) => config.channels.contains_key(name),
        (R::SourceSilent, Subject::Source(source)) => match source {
            SourceName::Cpu => config.cpu.enabled,
            SourceName::Memory => config.memory.enabled,
            SourceName::Disk => config.disk.enabled,
            SourceName::Network => config.network.enabled,
            SourceName::Systemd => config.units.enabled,
            SourceName::Ssh => config.ssh.enabled,
            SourceName::Fail2ban => config.fail2ban.enabled,
            SourceName::Certificate => config.certificates.enabled,
            SourceName::Machine => config.machine.enabled,
            SourceName::Hardware => config.hardware.enabled,
            SourceName::Container => config.containers.socket.is_some(),
            SourceName::Audit => config.audit.enabled,
            SourceName::Check => !config.checks.is_empty(),
            SourceName::Monitor | SourceName::Heartbeat | SourceName::Watch => true,
        },
        // No such subject has such an alert.
        (
            R::UnitFailed
            | R::UnitRestarts
            | R::UnitInactive
            | R::TimerOverdue
            | R::LoginUnknown
            | R::LoginGuessed
            | R::BanSpike
            | R::CertificateExpiry
            | R::CertificateInvalid
            | R::CertificateNotServed
            | R::CertificateUnseen
            | R::ContainerUnhealthy
            | R::ContainerRestarts
            | R::ContainerExited
            | R::ContainerOom
            | R::AuditRuleRemoved
            | R::AuditAct
            | R::AuditSigma
            | R::CheckFailing
            | R::MonitorDown
            | R::MonitorDegraded
            | R::HeartbeatDown
            | R::ChannelFailing
            | R::SourceSilent,
            _,
        ) => false,
    }
}

/// How bad it is, if the owner sees it differently than the rule.
pub(crate) fn severity(config: &Config, key: &AlertKey, usual: Severity) -> Severity {
    if let (RuleName::UnitFailed | RuleName::UnitInactive, Subject::Unit(unit)) =
        (key.rule, &key.subject)
        && let Some(own) = unit::own_severity(&config.units, unit)
    {
        return own;
    }
    config.alerts.severities.get(&key.rule).copied().unwrap_or(usual)
}

/// Is it restated whenever its source begins to speak? If it is not, it is no longer there.
pub(crate) fn is_restated(rule: RuleName) -> bool {
    !happens(rule)
        && !matches!(
            rule,
            RuleName::OomKill
                | RuleName::BanSpike
                | RuleName::UnexpectedReboot
                | RuleName::AuditLost
                | RuleName::ChannelFailing
                | RuleName::SourceSilent
        )
}

/// Is it about something that happened, not about what is? Then it is told at once, and nobody
/// wants to hear that it is over.
pub(crate) fn happens(rule: RuleName) -> bool {
    matches!(
        rule,
        RuleName::LoginUnknown
            | RuleName::LoginGuessed
            | RuleName::AuditRuleRemoved
            | RuleName::AuditAct
            | RuleName::AuditSigma
    )
}

/// What is so when the subject is no longer there.
pub(crate) fn gone(key: &AlertKey) -> String {
    let what = match key.subject {
        // Paused or taken out: it is there, as far as anybody knows.
        Subject::Monitor(_) => "is no longer asked",
        _ => "is no longer there",
    };
    format!("{} {what}", text::name(&key.subject))
}

/// What is so when the owner no longer wants it judged.
pub(crate) fn unwanted(key: &AlertKey) -> String {
    format!("{} is no longer watched", text::name(&key.subject))
}

/// A time so much later; the end of time if there is none.
pub(crate) fn after(at: Timestamp, wait: SignedDuration) -> Timestamp {
    at.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// Moves a time; what cannot be moved stays.
pub(crate) fn move_time(time: &mut Timestamp, by: SignedDuration) {
    *time = time.checked_add(by).unwrap_or(*time);
}
