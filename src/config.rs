//! What the program uses: checked, resolved, every value filled in.
//!
//! The way of a file: `document` parses the TOML and keeps where everything stands, `shape` holds
//! it against the schema of the `raw` types, `check` turns those into the types here. All three
//! collect what is wrong, each with its place in the file, and `error` shows it. `written` goes
//! the other way, for `show`, `diff`, the example and the reference.

mod certificate;
mod channel;
mod check;
mod default;
mod document;
mod entry;
mod environment;
mod error;
mod example;
mod form;
mod heartbeat;
mod json;
mod load;
mod mail;
mod mask;
mod merge;
mod monitor;
mod raw;
mod reference;
mod schema;
mod secret;
mod shape;
mod show;
mod status_page;
mod value;
mod web;
mod written;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

pub use certificate::{CertificatesConfig, Endpoint, Expiry, Left};
pub use channel::{ChannelConfig, ChannelKind, Pushover, Secret, Smtp, SmtpSecurity};
pub use environment::{Environment, Secrets};
pub use error::ConfigError;
pub use example::example;
pub use form::{
    Field, Takes, heartbeat_fields, heartbeat_text, kept_json, monitor_about, monitor_fields,
    monitor_text, said_json, with_kept_secrets,
};
pub use heartbeat::HeartbeatConfig;
pub use json::{Fault, body, heartbeat_body, heartbeat_json, monitor_body, monitor_json};
pub use load::{digest, load, parse, parse_all};
pub use mail::HeartbeatMailConfig;
pub use merge::{check_heartbeat, check_monitor, merge, monitor_name};
pub use monitor::{MonitorConfig, MonitorKind, MonitorType, Origin};
pub use reference::reference;
pub use schema::schema;
pub use show::{diff, show};
pub use status_page::{Show, StatusPageConfig};
pub use value::parse_duration;
pub use web::{ForwardAuth, Forwarder, Listen, Login, Network, TlsConfig, WebConfig};

use crate::model::{LoginPart, Match, RuleName, Severity, SourceName};

/// Everything the owner can decide.
#[derive(Debug, Clone)]
pub struct Config {
    /// The host's name in messages; the machine's own name unless set.
    pub host: String,
    /// The zone of times shown and of schedules; the machine's own unless set.
    pub timezone: TimeZone,
    /// How often the machine is sampled.
    pub interval: SignedDuration,
    /// Where and how long things are remembered.
    pub store: StoreConfig,
    /// Disk rules and mounts.
    pub disk: DiskConfig,
    /// Memory rules.
    pub memory: MemoryConfig,
    /// CPU rules.
    pub cpu: CpuConfig,
    /// Network rules.
    pub network: NetworkConfig,
    /// systemd units and timers.
    pub units: UnitsConfig,
    /// Logins by ssh.
    pub ssh: SshConfig,
    /// fail2ban's bans.
    pub fail2ban: Fail2banConfig,
    /// The kernel's audit rules.
    pub audit: AuditConfig,
    /// TLS certificates.
    pub certificates: CertificatesConfig,
    /// The machine as a whole.
    pub machine: MachineConfig,
    /// Disks, arrays and sensors.
    pub hardware: HardwareConfig,
    /// Containers.
    pub containers: ContainersConfig,
    /// Checks of the owner's own, by name.
    pub checks: BTreeMap<String, CheckConfig>,
    /// What is asked from outside how it is, by name.
    pub monitors: BTreeMap<String, Arc<MonitorConfig>>,
    /// Whom to ask whether there is a way out of this machine.
    pub way_out: WayOutConfig,
    /// How alerts behave.
    pub alerts: AlertsConfig,
    /// The digest.
    pub digest: DigestConfig,
    /// The web server.
    pub web: WebConfig,
    /// The public status page.
    pub status_page: StatusPageConfig,
    /// What has to call in.
    pub heartbeats: Vec<HeartbeatConfig>,
    /// Calls of heartbeats by mail.
    pub heartbeat_mail: HeartbeatMailConfig,
    /// Where notices go, by name.
    pub channels: BTreeMap<String, ChannelConfig>,
    /// Which channels hear what. Without any, every channel hears everything.
    pub routes: Vec<Route>,
    /// When notices are held back.
    pub maintenance: Vec<Maintenance>,
    /// What is allowed but hardly meant, a line each, for `config check` and the log.
    pub warnings: Vec<String>,
}

/// Where and how long things are remembered.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Directory of `state.db` and `series.db`.
    pub path: PathBuf,
    /// How long samples are kept as measured.
    pub keep_full: SignedDuration,
    /// How long 5-minute means are kept.
    pub keep_five_minutes: SignedDuration,
    /// How long hourly means are kept.
    pub keep_hourly: SignedDuration,
    /// How long events and decisions are kept.
    pub keep_events: SignedDuration,
    /// Bytes the store may take; the oldest full samples go first.
    pub max_size_bytes: u64,
}

/// A rule on one number: when it raises, when it clears, and for how long it must hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// The rule is judged at all.
    pub enabled: bool,
    /// At or beyond this it is a warning.
    pub warning: Option<f64>,
    /// At or beyond this it is critical.
    pub critical: Option<f64>,
    /// Only beyond this, on the good side, is it over. Between it and `warning` nothing changes.
    pub clear: f64,
    /// Raised means above (CPU, disk) or below (memory available, time to full).
    pub side: Side,
    /// When a raised number becomes an alert.
    pub sustained: Sustained,
}

/// Which side of the threshold is trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Large numbers are trouble.
    Above,
    /// Small numbers are trouble.
    Below,
}

/// How long, or how often, a state must be seen to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sustained {
    /// Without a break for this long. Zero: at once.
    For(SignedDuration),
    /// In at least `times` of the last `of` observations (`of` at most 64).
    Times {
        /// X of "X of the last Y".
        times: u32,
        /// Y of "X of the last Y".
        of: u32,
    },
}

/// Disk rules; `mounts` overrides them for single mounts.
#[derive(Debug, Clone)]
pub struct DiskConfig {
    /// Watch disks at all.
    pub enabled: bool,
    /// Mount points, or globs of them, that are left alone.
    pub ignore: Vec<String>,
    /// Space used as a share, as `df` computes it.
    pub used: Threshold,
    /// Inodes used as a share.
    pub inodes: Threshold,
    /// A mount that turned read-only is critical.
    pub read_only: bool,
    /// Time until a mount is full.
    pub forecast: Forecast,
    /// Rules of their own for single mounts, by path.
    pub mounts: BTreeMap<String, MountConfig>,
}

/// What one mount has of its own.
#[derive(Debug, Clone)]
pub struct MountConfig {
    /// Space used.
    pub used: Threshold,
    /// Inodes used.
    pub inodes: Threshold,
    /// Time until full.
    pub forecast: Forecast,
}

/// When a growing disk is told of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// Forecast at all.
    pub enabled: bool,
    /// Full within this is a warning.
    pub warning: SignedDuration,
    /// Full within this is critical.
    pub critical: SignedDuration,
    /// Nothing is said below this share of space used.
    pub floor: f64,
}

/// Memory rules.
#[derive(Debug, Clone)]
pub struct MemoryConfig {
    /// Watch memory at all.
    pub enabled: bool,
    /// Memory available as a share of the total.
    pub available: Threshold,
    /// Bytes swapped in and out per second.
    pub swap: Threshold,
    /// Share of time some task waited for memory.
    pub pressure: Threshold,
    /// Tell of out-of-memory kills; over after this long without another.
    pub oom: OomConfig,
}

/// How out-of-memory kills are told.
#[derive(Debug, Clone, Copy)]
pub struct OomConfig {
    /// Tell of them.
    pub enabled: bool,
    /// It is over after this long without another kill.
    pub quiet: SignedDuration,
}

/// CPU rules.
#[derive(Debug, Clone)]
pub struct CpuConfig {
    /// Watch CPUs at all.
    pub enabled: bool,
    /// Share of CPU time busy.
    pub busy: Threshold,
    /// Share of CPU time waiting for I/O.
    pub iowait: Threshold,
    /// Share of CPU time stolen by the hypervisor.
    pub steal: Threshold,
    /// 5-minute load per CPU.
    pub load: Threshold,
    /// Share of time some task waited for a CPU.
    pub pressure: Threshold,
    /// Share of time some task waited for I/O.
    pub io_pressure: Threshold,
}

/// Network rules.
#[derive(Debug, Clone)]
pub struct NetworkConfig {
    /// Watch the network at all.
    pub enabled: bool,
    /// Interfaces, or globs of them, that are left alone.
    pub ignore: Vec<String>,
    /// No way out for this long is an alert.
    pub down_for: SignedDuration,
}

/// systemd rules.
#[derive(Debug, Clone)]
pub struct UnitsConfig {
    /// Watch units at all.
    pub enabled: bool,
    /// Tell of any unit that fails.
    pub failed: bool,
    /// Units, or globs of them, that are left alone.
    pub ignore: Vec<String>,
    /// Units that must be active.
    pub must_be_active: Vec<String>,
    /// How long such a unit may be down (a restart, an upgrade) before it is told.
    pub inactive_for: SignedDuration,
    /// The severity of a failed or inactive unit, by name or glob, where it is not `warning`
    /// (any failed unit) or `critical` (one that must be active).
    pub severities: BTreeMap<String, Severity>,
    /// A restart loop is this many automatic restarts ...
    pub restarts: u32,
    /// ... within this time; it is over after this long without one.
    pub restarts_within: SignedDuration,
    /// Tell of timers that did not fire.
    pub timers: bool,
    /// How late a timer may be.
    pub timer_grace: SignedDuration,
}

impl UnitsConfig {
    /// Is this unit left alone?
    pub fn ignores(&self, unit: &str) -> bool {
        self.ignore.iter().any(|pattern| crate::model::glob(pattern, unit))
    }
}

/// fail2ban's bans.
#[derive(Debug, Clone)]
pub struct Fail2banConfig {
    /// Watch it where it is installed.
    pub enabled: bool,
    /// Fewer bans within an hour are no spike, whatever is usual.
    pub spike: u32,
    /// So many failed tries of one address within 15 minutes must be seen by it.
    pub blind_after: u32,
}

/// The kernel's audit rules.
#[derive(Debug, Clone)]
pub struct AuditConfig {
    /// Watch them where some are written down.
    pub enabled: bool,
    /// The file or directory they are written down in; none: the first of the usual places.
    pub rules: Option<PathBuf>,
    /// Put back what vanished.
    pub restore: bool,
    /// Tell of what is done to accounts, keys, schedules and the kernel, and of a first sudo.
    pub acts: bool,
    /// Tell of everything that rules with these keys record.
    pub keys: Vec<String>,
    /// Files and folders of Sigma rules whose hits are told.
    pub sigma: Vec<PathBuf>,
    /// When a log of our own is kept.
    pub log: AuditLog,
    /// What that log may take.
    pub log_size_bytes: u64,
}

/// When a log of nightkeep's own is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditLog {
    /// Where no auditd keeps one.
    Auto,
    /// Beside auditd's as well.
    Always,
    /// Not at all.
    Never,
}

impl AuditConfig {
    /// nightkeep's own rules.
    const OWN: &str = "/etc/nightkeep/audit.rules";
    /// Those that augenrules reads.
    const AUGENRULES: &str = "/etc/audit/rules.d";

    /// The file or directory the rules are written down in.
    pub fn file(&self) -> PathBuf {
        match &self.rules {
            Some(path) => path.clone(),
            None if Path::new(Self::OWN).exists() => PathBuf::from(Self::OWN),
            None => PathBuf::from(Self::AUGENRULES),
        }
    }
}

/// Logins by ssh.
#[derive(Debug, Clone)]
pub struct SshConfig {
    /// Watch logins at all.
    pub enabled: bool,
    /// What must be known of a login; nothing: no login is strange.
    pub unknown: Vec<LoginPart>,
    /// A login after this many failed tries from its address was perhaps guessed.
    pub guessed_after: u32,
    /// Further logins of the same user from the same address within this time are no news.
    pub quiet: SignedDuration,
}

/// Rules on the machine as a whole.
#[derive(Debug, Clone, Copy)]
pub struct MachineConfig {
    /// Watch it at all.
    pub enabled: bool,
    /// Tell when it has to be restarted.
    pub reboot_required: bool,
    /// Not restarted for this long it is a warning; before, for information.
    pub reboot_within: SignedDuration,
    /// Tell when it restarted without having been shut down.
    pub unexpected_reboot: bool,
    /// Tell of security updates that are not installed.
    pub security_updates: bool,
    /// Not installed for this long they are a warning.
    pub updates_within: SignedDuration,
    /// Tell when nothing sets the clock.
    pub clock: bool,
    /// ... for this long.
    pub clock_for: SignedDuration,
}

/// Rules on disks, arrays and sensors.
#[derive(Debug, Clone)]
pub struct HardwareConfig {
    /// Watch them at all.
    pub enabled: bool,
    /// Tell of software RAID that lost a disk.
    pub raid: bool,
    /// Tell of disks that fail.
    pub drives: bool,
    /// Degrees Celsius left to a sensor's own critical level.
    pub temperature: Threshold,
}

/// Containers of Docker or Podman.
#[derive(Debug, Clone)]
pub struct ContainersConfig {
    /// The engine's socket. None: containers are not watched.
    pub socket: Option<PathBuf>,
    /// Containers, or globs of them, that are left alone.
    pub ignore: Vec<String>,
}

impl ContainersConfig {
    /// Is this container watched?
    pub fn watches(&self, name: &str) -> bool {
        self.socket.is_some()
            && !self.ignore.iter().any(|pattern| crate::model::glob(pattern, name))
    }
}

/// A check of the owner's own.
#[derive(Debug, Clone)]
pub struct CheckConfig {
    /// The program by its whole path, and its arguments.
    pub command: Vec<String>,
    /// How often it is run.
    pub interval: SignedDuration,
    /// How long a run may take.
    pub timeout: SignedDuration,
    /// For how long it must fail to count. Zero: at once.
    pub hold: SignedDuration,
}

/// Whom to ask whether there is a way out of this machine.
#[derive(Debug, Clone)]
pub struct WayOutConfig {
    /// Places of others; empty: nobody is asked.
    pub ask: Vec<SocketAddr>,
}

/// How alerts behave, whatever raises them.
#[derive(Debug, Clone)]
pub struct AlertsConfig {
    /// Alerts that begin within this time of one another are told in one message.
    pub group_wait: SignedDuration,
    /// Reminders of a firing alert come after these times, counted each from the message before;
    /// the last repeats. Empty: no reminders.
    pub reminders: Vec<SignedDuration>,
    /// The least severity that is reminded of.
    pub remind_from: Severity,
    /// An alert is over only after it was clear for this long ...
    pub clear_for: SignedDuration,
    /// ... times this for each time it came back within `flap_window` (at most `flap_max`).
    pub flap_multiplier: f64,
    /// Coming back within this time of the last end counts as flapping.
    pub flap_window: SignedDuration,
    /// The longest wait a flapping alert grows to.
    pub flap_max: SignedDuration,
    /// A source silent for this long is told of.
    pub silent_for: SignedDuration,
    /// A channel failing for this long is told of on the others.
    pub channel_failing_for: SignedDuration,
    /// A channel nothing went to for this long is tested; zero: never.
    pub channel_test_after: SignedDuration,
    /// The severity of single rules where the owner wants another one.
    pub severities: BTreeMap<RuleName, Severity>,
}

/// What was, now and then in one quiet message.
#[derive(Debug, Clone, Default)]
pub struct DigestConfig {
    /// When: five fields, in the config's time zone. None: never.
    pub cron: Option<String>,
    /// To which channels, by name; empty: to all that make no incident of it.
    pub channels: Vec<String>,
}

/// Which channels hear what. The first route that means an alert wins, unless it says `go_on`.
#[derive(Debug, Clone, Default)]
pub struct Route {
    /// Which alerts.
    pub matches: Match,
    /// Only alerts of these sources; empty: all.
    pub sources: Vec<SourceName>,
    /// Only at these hours; none: always.
    pub hours: Option<Hours>,
    /// The channels, by name. Empty: nowhere.
    pub channels: Vec<String>,
    /// Later routes are asked as well.
    pub go_on: bool,
}

/// A span of the day in the config's time zone, by minutes since midnight. `from` > `until`
/// goes over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// First minute.
    pub from: u16,
    /// Minute after the last.
    pub until: u16,
}

/// A time in which notices are held back.
#[derive(Debug, Clone)]
pub struct Maintenance {
    /// Its name in messages.
    pub name: String,
    /// Who set it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// What visitors of the status page are told of it. None: nothing.
    pub public: Option<String>,
    /// Which alerts.
    pub matches: Match,
    /// When.
    pub window: Window,
}

/// When maintenance is.
#[derive(Debug, Clone)]
pub enum Window {
    /// Once.
    Once {
        /// From when.
        from: Timestamp,
        /// Until when (exclusive).
        until: Timestamp,
    },
    /// Every week on these days.
    Weekly {
        /// Days it begins on.
        days: Vec<jiff::civil::Weekday>,
        /// Hours; over midnight it ends on the next day.
        hours: Hours,
    },
    /// At the times of a cron expression, each for this long.
    Cron {
        /// Five fields, in the config's time zone.
        expression: String,
        /// How long each lasts.
        lasts: SignedDuration,
    },
}
#[cfg(test)]
mod tests;
