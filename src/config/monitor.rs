//! Monitors, checked.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use jiff::SignedDuration;
use nightkeep_probe::{Condition, Probe, Target};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::Severity;

/// A service that is asked again and again how it is.
#[derive(Debug, Clone)]
pub struct MonitorConfig {
    /// Its name, which no other monitor has.
    pub name: String,
    /// What is asked.
    pub kind: MonitorKind,
    /// How often.
    pub interval: SignedDuration,
    /// How long an answer may take, all in all.
    pub timeout: SignedDuration,
    /// When it is asked again while it is undecided.
    pub retry_interval: SignedDuration,
    /// What has to hold, or it is down.
    pub condition: Condition,
    /// What has to hold, or it is degraded.
    pub degraded_unless: Option<Condition>,
    /// Failures in a row before it is down.
    pub failures: u32,
    /// Successes in a row before it is up again.
    pub successes: u32,
    /// How bad it is when it is down.
    pub severity: Severity,
    /// The owner's own words to find it by.
    pub tags: Vec<String>,
    /// Under which heading it is shown.
    pub group: Option<String>,
    /// The monitor whose being down explains this one's.
    pub parent: Option<String>,
    /// What the owner notes of it.
    pub note: Option<String>,
    /// It is not asked.
    pub paused: bool,
    /// It should not answer: an answer is a failure.
    pub upside_down: bool,
    /// Is the way there over the internet? None: its address decides.
    pub remote: Option<bool>,
    /// Where it is written.
    pub origin: Origin,
}

/// What a monitor asks.
#[derive(Debug, Clone)]
pub enum MonitorKind {
    /// Something over the network.
    Probe(MonitorType, Probe),
    /// A systemd unit of this machine, by its full name.
    Unit(String),
    /// A container of this machine, by its name.
    Container(String),
    /// A program with the exit codes of Nagios plugins.
    Command(Vec<String>),
    /// Other monitors.
    Group {
        /// Their names.
        members: Vec<String>,
        /// How many of them have to be up; none: all.
        needs: Option<usize>,
    },
}

/// Where a monitor is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "MonitorOrigin")]
pub enum Origin {
    /// In a config file.
    File {
        /// Which.
        path: PathBuf,
        /// The line its table begins in, from 1.
        line: usize,
    },
    /// In the store, where the page and the API write them.
    Store,
}

/// The types of monitors, as the config names them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum MonitorType {
    /// A page: its status, headers, body, times and certificate.
    Http,
    /// A port, and perhaps a word or two with it.
    Tcp,
    /// A TLS handshake and the certificate it shows.
    Tls,
    /// Records of a name.
    Dns,
    /// ICMP echo.
    Ping,
    /// A datagram and its answer.
    Udp,
    /// A WebSocket upgrade.
    Websocket,
    /// A mail server's greeting, and STARTTLS.
    Smtp,
    /// An IMAP server's greeting, and STARTTLS.
    Imap,
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB.
    Mysql,
    /// Redis or Valkey.
    Redis,
    /// The health service of gRPC.
    Grpc,
    /// An SSH server's banner.
    Ssh,
    /// A time server.
    Ntp,
    /// When a domain's registration ends.
    Domain,
    /// A systemd unit of this machine.
    Unit,
    /// A container of this machine.
    Container,
    /// A program of your own with the exit codes of Nagios plugins.
    Command,
    /// Other monitors taken together.
    Group,
}

impl MonitorType {
    /// Every type, in the order of the reference.
    pub const ALL: [Self; 20] = [
        Self::Http,
        Self::Tcp,
        Self::Tls,
        Self::Dns,
        Self::Ping,
        Self::Udp,
        Self::Websocket,
        Self::Smtp,
        Self::Imap,
        Self::Postgres,
        Self::Mysql,
        Self::Redis,
        Self::Grpc,
        Self::Ssh,
        Self::Ntp,
        Self::Domain,
        Self::Unit,
        Self::Container,
        Self::Command,
        Self::Group,
    ];

    /// Its name in the config.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Dns => "dns",
            Self::Ping => "ping",
            Self::Udp => "udp",
            Self::Websocket => "websocket",
            Self::Smtp => "smtp",
            Self::Imap => "imap",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
            Self::Redis => "redis",
            Self::Grpc => "grpc",
            Self::Ssh => "ssh",
            Self::Ntp => "ntp",
            Self::Domain => "domain",
            Self::Unit => "unit",
            Self::Container => "container",
            Self::Command => "command",
            Self::Group => "group",
        }
    }

    /// The keys a monitor of this type has beside those that all have.
    pub(super) fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Http => &[
                "target",
                "family",
                "resolver",
                "method",
                "headers",
                "body",
                "user",
                "password",
                "bearer",
                "redirects",
                "proxy",
                "client-certificate",
                "client-key",
                "insecure",
                "http2",
            ],
            Self::Websocket => &[
                "target",
                "family",
                "resolver",
                "headers",
                "user",
                "password",
                "bearer",
                "redirects",
                "proxy",
                "client-certificate",
                "client-key",
                "insecure",
                "protocols",
            ],
            Self::Tcp | Self::Udp => &["target", "family", "resolver", "send", "expect-answer"],
            Self::Tls => &["target", "family", "resolver", "server-name", "insecure"],
            Self::Dns => &["target", "resolver", "record"],
            Self::Ping => &["target", "family", "resolver", "count", "size"],
            Self::Smtp | Self::Imap => {
                &["target", "family", "resolver", "starttls", "tls", "insecure"]
            }
            Self::Postgres | Self::Mysql => {
                &["target", "family", "resolver", "user", "password", "database", "tls", "insecure"]
            }
            Self::Redis => &["target", "family", "resolver", "user", "password", "tls", "insecure"],
            Self::Grpc => &["target", "family", "resolver", "service", "tls", "insecure"],
            Self::Ssh | Self::Ntp => &["target", "family", "resolver"],
            Self::Domain => &["target", "rdap"],
            Self::Unit | Self::Container => &["target"],
            Self::Command => &["command"],
            Self::Group => &["members", "needs"],
        }
    }

    /// The keys that all monitors have.
    pub(super) const COMMON: [&'static str; 16] = [
        "name",
        "type",
        "interval",
        "timeout",
        "retry-interval",
        "condition",
        "degraded-unless",
        "failures",
        "successes",
        "severity",
        "tags",
        "group",
        "parent",
        "note",
        "paused",
        "upside-down",
    ];

    /// A target as it stands in the file.
    pub(super) fn example_target(self) -> &'static str {
        match self {
            Self::Http => "\"https://shop.example.org/health\"",
            Self::Websocket => "\"wss://shop.example.org/live\"",
            Self::Tcp => "\"mail.example.org:25\"",
            Self::Udp => "\"voice.example.org:3478\"",
            Self::Tls | Self::Dns | Self::Domain => "\"example.org\"",
            Self::Ping => "\"gateway.example.org\"",
            Self::Smtp | Self::Imap => "\"mail.example.org\"",
            Self::Postgres | Self::Mysql | Self::Redis => "\"db.example.org\"",
            Self::Grpc => "\"api.example.org:50051\"",
            Self::Ssh => "\"web1.example.org\"",
            Self::Ntp => "\"pool.ntp.org\"",
            Self::Unit => "\"caddy.service\"",
            Self::Container | Self::Command | Self::Group => "\"shop\"",
        }
    }

    /// Is it asked over the network?
    pub fn is_of_network(self) -> bool {
        !matches!(self, Self::Unit | Self::Container | Self::Command | Self::Group)
    }

    /// The port where none is given; none: it has to be.
    pub(super) fn port(self) -> Option<u16> {
        match self {
            Self::Tls => Some(443),
            Self::Smtp => Some(25),
            Self::Imap => Some(143),
            Self::Postgres => Some(5432),
            Self::Mysql => Some(3306),
            Self::Redis => Some(6379),
            Self::Ssh => Some(22),
            Self::Ntp => Some(123),
            _ => None,
        }
    }
}

impl MonitorConfig {
    /// Its type.
    pub fn kind(&self) -> MonitorType {
        match &self.kind {
            MonitorKind::Probe(kind, _) => *kind,
            MonitorKind::Unit(_) => MonitorType::Unit,
            MonitorKind::Container(_) => MonitorType::Container,
            MonitorKind::Command(_) => MonitorType::Command,
            MonitorKind::Group { .. } => MonitorType::Group,
        }
    }

    /// What is asked, in a few words, without secrets: the address, the unit, the command.
    pub fn target(&self) -> String {
        match &self.kind {
            MonitorKind::Probe(_, probe) => target_of(&probe.target),
            MonitorKind::Unit(name) | MonitorKind::Container(name) => name.clone(),
            MonitorKind::Command(command) => command.join(" "),
            MonitorKind::Group { members, .. } => members.join(", "),
        }
    }

    /// Is the way there over the internet, as far as the config tells? A name counts as far away
    /// unless it is one of a home or company network.
    pub fn is_remote(&self) -> bool {
        let MonitorKind::Probe(_, probe) = &self.kind else { return false };
        self.remote.unwrap_or_else(|| is_far(host_of(&probe.target)))
    }

    /// The same, when the address that was spoken to is known.
    pub fn is_remote_at(&self, address: Option<SocketAddr>) -> bool {
        let by_address = || address.map(|address| !is_near(address.ip()));
        self.remote.or_else(by_address).unwrap_or_else(|| self.is_remote())
    }
}

/// The target as it stands in the file.
fn target_of(target: &Target) -> String {
    match target {
        Target::Http(http) => http.url.clone(),
        Target::WebSocket(socket) => socket.http.url.clone(),
        Target::Dns(dns) => dns.name.clone(),
        Target::Ping(ping) => ping.host.clone(),
        Target::Domain(domain) => domain.name.clone(),
        Target::Tcp(tcp) => tcp.place.to_string(),
        Target::Udp(udp) => udp.place.to_string(),
        Target::Tls(tls) => tls.place.to_string(),
        Target::Mail(mail) => mail.place.to_string(),
        Target::Postgres(database) | Target::Mysql(database) => database.place.to_string(),
        Target::Redis(redis) => redis.place.to_string(),
        Target::Grpc(grpc) => grpc.place.to_string(),
        Target::Ssh(ssh) => ssh.place.to_string(),
        Target::Ntp(ntp) => ntp.place.to_string(),
    }
}

fn host_of(target: &Target) -> &str {
    match target {
        Target::Http(http) => host_of_url(&http.url),
        Target::WebSocket(socket) => host_of_url(&socket.http.url),
        // The resolver may be near, but what is asked for is of the world.
        Target::Dns(dns) => &dns.name,
        Target::Domain(domain) => &domain.name,
        Target::Ping(ping) => &ping.host,
        Target::Tcp(tcp) => &tcp.place.host,
        Target::Udp(udp) => &udp.place.host,
        Target::Tls(tls) => &tls.place.host,
        Target::Mail(mail) => &mail.place.host,
        Target::Postgres(database) | Target::Mysql(database) => &database.place.host,
        Target::Redis(redis) => &redis.place.host,
        Target::Grpc(grpc) => &grpc.place.host,
        Target::Ssh(ssh) => &ssh.place.host,
        Target::Ntp(ntp) => &ntp.place.host,
    }
}

/// The host of an address that was checked to have one.
fn host_of_url(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// Names of networks that are nobody else's (RFC 6761, RFC 6762, RFC 8375, and what routers use).
const NEAR: [&str; 7] =
    [".localhost", ".local", ".home.arpa", ".internal", ".lan", ".home", ".test"];

fn is_far(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(address) => !is_near(address),
        Err(_) => host.contains('.') && !NEAR.iter().any(|ending| host.ends_with(ending)),
    }
}

/// Is it this machine or a network of its own?
fn is_near(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_far() {
        for (host, far) in [
            ("example.org", true),
            ("203.0.113.7", true),
            ("2001:db8::1", true),
            ("localhost", false),
            ("db1", false),
            ("nas.lan", false),
            ("127.0.0.1", false),
            ("192.168.1.4", false),
            ("fd00::1", false),
            ("::ffff:10.0.0.1", false),
        ] {
            assert_eq!(is_far(host), far, "{host}");
        }
        for (url, host) in [
            ("https://example.org", "example.org"),
            ("http://[::1]:80/x", "::1"),
            ("ws://db1:81?x", "db1"),
        ] {
            assert_eq!(host_of_url(url), host);
        }
    }

    #[test]
    fn the_types_are_named_as_serde_names_them() {
        for kind in MonitorType::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
