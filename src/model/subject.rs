//! What an observation is about, and which source said it.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The thing an observation or an alert is about. Its text form (`mount:/var`) is its identity
/// in the store, in JSON and on the command line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Subject {
    /// The watched machine itself.
    Host,
    /// A mount point, by its path.
    Mount(String),
    /// A block device, by its kernel name (`vda`).
    Device(String),
    /// A network interface, by its name.
    Interface(String),
    /// A systemd unit, by its full name (`caddy.service`).
    Unit(String),
    /// Logins of a user from an address (`deploy@198.51.100.7`).
    Login(String),
    /// A jail of fail2ban.
    Jail(String),
    /// A certificate: of an endpoint (`example.org:443`), or the path of its file or store.
    Certificate(String),
    /// A temperature sensor, by its chip and label (`coretemp Package id 0`).
    Sensor(String),
    /// A container of Docker or Podman, by its name.
    Container(String),
    /// A check of the owner's own, by its name; `NAME/LABEL` for a number it gives.
    Check(String),
    /// A monitor, by its name.
    Monitor(String),
    /// Something that has to call in, by its slug.
    Heartbeat(String),
    /// A rule of the kernel's audit, by the path it watches or its key.
    AuditRule(String),
    /// Something somebody did, by its kind, what it was done to, and by whom.
    AuditAct(String),
    /// One of nightkeep's own sources.
    Source(SourceName),
    /// One of the configured channels.
    Channel(String),
    /// nightkeep's own store.
    Store,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => f.write_str("host"),
            Self::Store => f.write_str("store"),
            Self::Mount(name) => write!(f, "mount:{name}"),
            Self::Device(name) => write!(f, "device:{name}"),
            Self::Interface(name) => write!(f, "interface:{name}"),
            Self::Unit(name) => write!(f, "unit:{name}"),
            Self::Login(name) => write!(f, "login:{name}"),
            Self::Jail(name) => write!(f, "jail:{name}"),
            Self::Certificate(name) => write!(f, "certificate:{name}"),
            Self::Sensor(name) => write!(f, "sensor:{name}"),
            Self::Container(name) => write!(f, "container:{name}"),
            Self::Check(name) => write!(f, "check:{name}"),
            Self::Monitor(name) => write!(f, "monitor:{name}"),
            Self::Heartbeat(name) => write!(f, "heartbeat:{name}"),
            Self::AuditRule(name) => write!(f, "audit-rule:{name}"),
            Self::AuditAct(name) => write!(f, "audit-act:{name}"),
            Self::Source(name) => write!(f, "source:{name}"),
            Self::Channel(name) => write!(f, "channel:{name}"),
        }
    }
}

/// A text that is no subject.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is no subject; write `host`, `store`, or KIND:NAME with mount, device, interface, unit, login, jail, certificate, sensor, container, check, monitor, heartbeat, audit-rule, source or channel"
)]
pub struct NoSubject(String);

impl FromStr for Subject {
    type Err = NoSubject;

    fn from_str(text: &str) -> Result<Self, NoSubject> {
        let unknown = || NoSubject(text.to_owned());
        match text.split_once(':') {
            None if text == "host" => Ok(Self::Host),
            None if text == "store" => Ok(Self::Store),
            Some((_, "")) | None => Err(unknown()),
            Some(("mount", name)) => Ok(Self::Mount(name.to_owned())),
            Some(("device", name)) => Ok(Self::Device(name.to_owned())),
            Some(("interface", name)) => Ok(Self::Interface(name.to_owned())),
            Some(("unit", name)) => Ok(Self::Unit(name.to_owned())),
            Some(("login", name)) => Ok(Self::Login(name.to_owned())),
            Some(("jail", name)) => Ok(Self::Jail(name.to_owned())),
            Some(("certificate", name)) => Ok(Self::Certificate(name.to_owned())),
            Some(("sensor", name)) => Ok(Self::Sensor(name.to_owned())),
            Some(("container", name)) => Ok(Self::Container(name.to_owned())),
            Some(("check", name)) => Ok(Self::Check(name.to_owned())),
            Some(("monitor", name)) => Ok(Self::Monitor(name.to_owned())),
            Some(("heartbeat", name)) => Ok(Self::Heartbeat(name.to_owned())),
            Some(("audit-rule", name)) => Ok(Self::AuditRule(name.to_owned())),
            Some(("audit-act", name)) => Ok(Self::AuditAct(name.to_owned())),
            Some(("channel", name)) => Ok(Self::Channel(name.to_owned())),
            Some(("source", name)) => name.parse().map(Self::Source).map_err(|_| unknown()),
            Some(_) => Err(unknown()),
        }
    }
}

impl From<Subject> for String {
    fn from(subject: Subject) -> Self {
        subject.to_string()
    }
}

impl TryFrom<String> for Subject {
    type Error = NoSubject;

    fn try_from(text: String) -> Result<Self, NoSubject> {
        text.parse()
    }
}

/// It is written as a text.
impl JsonSchema for Subject {
    fn schema_name() -> Cow<'static, str> {
        "Subject".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "What it is about: `host`, `store`, or KIND:NAME.",
            "examples": ["mount:/var", "unit:caddy.service", "monitor:shop"],
        })
    }
}

/// The sources of observations on this host.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum SourceName {
    /// CPU time, load and pressure.
    Cpu,
    /// Memory, swap and the kernel's out-of-memory kills.
    Memory,
    /// Mounts and block devices.
    Disk,
    /// Network interfaces.
    Network,
    /// systemd units and timers.
    Systemd,
    /// sshd's log: who logs in, and who fails to.
    Ssh,
    /// fail2ban's bans.
    Fail2ban,
    /// TLS certificates, served and on disk.
    Certificate,
    /// The machine as a whole: restarts, updates, the clock.
    Machine,
    /// What the machine is made of: arrays, disks, temperatures.
    Hardware,
    /// Containers of Docker or Podman.
    Container,
    /// The kernel's audit and its rules.
    Audit,
    /// Checks of the owner's own.
    Check,
    /// Monitors of services, from outside.
    Monitor,
    /// What has to call in.
    Heartbeat,
    /// nightkeep itself: its store and its channels.
    Watch,
}

impl SourceName {
    /// Every source, in the order they are shown.
    pub const ALL: [Self; 16] = [
        Self::Cpu,
        Self::Memory,
        Self::Disk,
        Self::Network,
        Self::Systemd,
        Self::Ssh,
        Self::Fail2ban,
        Self::Certificate,
        Self::Machine,
        Self::Hardware,
        Self::Container,
        Self::Audit,
        Self::Check,
        Self::Monitor,
        Self::Heartbeat,
        Self::Watch,
    ];

    /// The name in config, JSON and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Disk => "disk",
            Self::Network => "network",
            Self::Systemd => "systemd",
            Self::Ssh => "ssh",
            Self::Fail2ban => "fail2ban",
            Self::Certificate => "certificate",
            Self::Machine => "machine",
            Self::Hardware => "hardware",
            Self::Container => "container",
            Self::Audit => "audit",
            Self::Check => "check",
            Self::Monitor => "monitor",
            Self::Heartbeat => "heartbeat",
            Self::Watch => "watch",
        }
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SourceName {
    type Err = NoSubject;

    fn from_str(text: &str) -> Result<Self, NoSubject> {
        Self::ALL
            .into_iter()
            .find(|name| name.as_str() == text)
            .ok_or_else(|| NoSubject(text.to_owned()))
    }
}
