//! The file as it is written. Every key is optional here and has its default in
//! `Config::default`; the doc comments are the sentences of the reference, the example and the
//! JSON schema, and each `example` is a value as it stands in the file.

use schemars::JsonSchema;
use serde::Deserialize;

mod certificate;
mod channel;
mod heartbeat;
mod monitor;
mod rule;
mod secret;
mod status_page;

pub(super) use certificate::{Certificates, Expiry};
pub(super) use channel::{Channel, Chat, Pushover, Security, Smtp};
pub(super) use heartbeat::{Heartbeat, HeartbeatMail, Methods, Without};
pub(super) use monitor::{Addresses, Monitor, Record, WayOut};
pub(super) use rule::{
    Audit, AuditLog, Containers, Cpu, Disk, Fail2ban, Forecast, Hardware, Level, Machine, Memory,
    Network, OomRule, OwnCheck, Rule, Ssh, Units,
};
pub(super) use secret::SecretFrom;
pub(super) use status_page::StatusPage;

use super::value::{
    ChannelName, CheckName, Cron, DirPath, Duration, FilePath, ForwarderText, HeaderName, HostName,
    HoursText, List, ListenText, Moment, Named, NetworkText, Number, RuleGlob, RuleKey, ServerUrl,
    Size, SourceKey, SubjectGlob, Text, Weekly, Words, Zone,
};
use crate::model::Severity;

/// Everything is optional: an empty file watches the machine with the defaults below. Only where
/// alerts go has to be said.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct File {
    /// This server's name in messages. Default: the machine's own name.
    #[schemars(example = &"\"web1\"")]
    pub(super) host: Option<Text<HostName>>,
    /// The time zone of times in messages and of hours and windows below. Default: the machine's
    /// own.
    #[schemars(example = &"\"Europe/Vienna\"")]
    pub(super) timezone: Option<Text<Zone>>,
    /// How often the machine is looked at, from 1s to 5m.
    pub(super) interval: Option<Text<Duration>>,
    /// Where alerts go: one table for each channel, under a name of your own. One is enough, two
    /// are better: if one cannot be reached, the other says so.
    pub(super) channel: Named<ChannelName, Channel>,
    /// Which channels hear what. Without any route, every channel hears everything. Routes are
    /// asked in this order, and the first that fits takes the alert.
    pub(super) route: Vec<Route>,
    /// Times in which nothing is told. What still burns at the end is told then.
    pub(super) maintenance: Vec<Maintenance>,
    /// Disks: space, inodes, and mounts that turn read-only.
    pub(super) disk: Disk,
    /// Memory.
    pub(super) memory: Memory,
    /// CPUs and waiting for I/O.
    pub(super) cpu: Cpu,
    /// The network.
    pub(super) network: Network,
    /// systemd services, timers and other units.
    pub(super) units: Units,
    /// Logins by ssh. What is known is learnt from this server's own history when nightkeep first
    /// starts, and by `nightkeep logins trust`.
    pub(super) ssh: Ssh,
    /// fail2ban, where it is installed.
    pub(super) fail2ban: Fail2ban,
    /// The kernel's audit rules, where some are written down. To see them, the watch needs two
    /// capabilities: `packaging/nightkeep-audit.conf`.
    pub(super) audit: Audit,
    /// TLS certificates, as servers show them and on disk.
    pub(super) certificates: Certificates,
    /// The machine as a whole: restarts, security updates, the clock.
    pub(super) machine: Machine,
    /// Disks that fail, software RAID that lost one, temperatures: where the machine shows them.
    pub(super) hardware: Hardware,
    /// Containers of Docker or Podman that are unhealthy, restart again and again (by the measure
    /// of `[units]`), end with an error or run out of memory. Only watched with a `socket`.
    pub(super) containers: Containers,
    /// Checks of your own: any program with the exit codes of Nagios plugins (0 well, 1 warning, 2
    /// critical, 3 unknown); the first line it writes is what you are told. It runs without
    /// privileges, in the watch's own sandbox: `sudo` does not work in it.
    pub(super) check: Named<CheckName, OwnCheck>,
    /// Services asked from here how they are, this server's own and others: up, degraded or down.
    /// They may also stand in files of their own, `monitors.d/*.toml` beside this one.
    pub(super) monitor: Vec<Monitor>,
    /// Does the world answer this server? Asked before a far monitor is called down, so that the
    /// message says whose fault it is.
    pub(super) way_out: WayOut,
    /// How alerts behave, whatever raises them.
    pub(super) alerts: Alerts,
    /// The digest: what happened, what was quiet, what grows, in one quiet message a day or a week.
    /// Only with a `cron`; `nightkeep digest` shows it at any time.
    pub(super) digest: Digest,
    /// The web server: the page, the API, pings of heartbeats. Off unless it is said where it listens.
    pub(super) web: Web,
    /// The public status page, for those who use what you watch: how it is, its last months, incidents
    /// and planned work. Off unless it is said what is shown. It needs `[web]`.
    pub(super) status_page: StatusPage,
    /// What has to call in: cron jobs, timers, backups. Each is called at `URL/ping/PING_KEY/SLUG`,
    /// as Healthchecks is; `nightkeep heartbeats` shows the addresses. Needs `[web]`. They may also
    /// stand in files of their own, `monitors.d/*.toml` beside this one.
    pub(super) heartbeat: Vec<Heartbeat>,
    /// Calls of heartbeats by mail, for what can do nothing else: a mail to `UUID@DOMAIN` or
    /// `PING_KEY+SLUG@DOMAIN` is one. Off unless it is said where mails are taken.
    pub(super) heartbeat_mail: HeartbeatMail,
    /// What is remembered, where and for how long.
    pub(super) store: Store,
}

/// The web server: the page, the API, pings of heartbeats. Off unless it is said where it listens.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct Web {
    /// Where it listens: addresses with their ports, or `unix:` and the path of a socket, for a
    /// proxy on this machine. It speaks plain HTTP: to be reached from elsewhere it belongs behind
    /// a proxy that speaks HTTPS, or it needs `tls`. `[]`: nowhere.
    #[schemars(example = &"[\"127.0.0.1:8466\"]")]
    pub(super) listen: Option<List<ListenText>>,
    /// What it is called outside: links and the addresses for pings begin with it.
    #[schemars(example = &"\"https://watch.example.org\"")]
    pub(super) url: Option<Text<ServerUrl>>,
    /// The proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed; of the former its
    /// first address. Whoever comes by a `unix:` socket is believed as well.
    #[schemars(example = &"[\"127.0.0.1\", \"::1\"]")]
    pub(super) trusted_proxies: Option<List<NetworkText>>,
    /// Who may read `/metrics`, for Prometheus, without a token (`nightkeep token add NAME --scope
    /// metrics`): addresses or networks. Of what a trusted proxy passes on, the address nearest to
    /// it counts.
    #[schemars(example = &"[\"127.0.0.1\", \"10.0.0.0/8\"]")]
    pub(super) metrics_from: Option<List<NetworkText>>,
    /// Who has to log in: `"always"`, everybody; or `"off-loopback"`, everybody but whoever comes from
    /// this very machine, who is an owner then. Mind that every user of this machine is that, and the
    /// whole internet as well behind a proxy here that does not say for whom it asks.
    pub(super) login: Option<Login>,
    /// HTTPS at the addresses of `listen` that are not this machine's alone (127.0.0.1, ::1).
    #[schemars(example = &"{ certificate = \"/etc/nightkeep/tls/fullchain.pem\", key = \"/etc/nightkeep/tls/key.pem\" }")]
    pub(super) tls: Option<Tls>,
    /// A folder with the text of the pages in another language, called as that is: files as in
    /// `locale/en` of the sources. What is not there stays English. Read when the watch starts.
    #[schemars(example = &"\"/etc/nightkeep/locale/de\"")]
    pub(super) locale: Option<Text<DirPath>>,
    /// A proxy logs people in (Authelia, Authentik, oauth2-proxy) and says who it is in a header.
    #[schemars(example = &"{ from = [\"10.0.0.2\"], owners = [\"ann\"] }")]
    pub(super) forward_auth: Option<ForwardAuth>,
}

/// Who has to log in.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub(super) enum Login {
    /// Everybody.
    Always,
    /// Everybody but whoever comes from this very machine.
    OffLoopback,
}

/// HTTPS without a proxy. The files are read again when they change, so a renewed certificate needs
/// no restart.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(inline)]
pub(super) struct Tls {
    /// The certificate and those up to its root, as PEM.
    #[schemars(example = &"\"/etc/nightkeep/tls/fullchain.pem\"")]
    pub(super) certificate: Text<FilePath>,
    /// Its key, as PEM. The watch has to be able to read it, and nobody else.
    #[schemars(example = &"\"/etc/nightkeep/tls/key.pem\"")]
    pub(super) key: Text<FilePath>,
}

/// A proxy logs people in.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(inline)]
pub(super) struct ForwardAuth {
    /// The header that says who it is. The proxy has to drop what others send in it. Default:
    /// `"Remote-User"`.
    #[schemars(example = &"\"Remote-User\"")]
    pub(super) header: Option<Text<HeaderName>>,
    /// Where the proxy asks from: addresses, networks, or `"unix"` for the `unix:` socket. From
    /// elsewhere the header counts for nothing.
    #[schemars(example = &"[\"10.0.0.2\"]")]
    pub(super) from: List<ForwarderText>,
    /// Who of them may do everything ...
    #[schemars(example = &"[\"ann\"]")]
    pub(super) owners: Option<List<Words>>,
    /// ... and who may acknowledge and change monitors. All others may look.
    #[schemars(example = &"[\"bob\"]")]
    pub(super) editors: Option<List<Words>>,
}

/// A file in `monitors.d`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct Piece {
    pub(super) monitor: Vec<Monitor>,
    pub(super) heartbeat: Vec<Heartbeat>,
}

/// What is remembered, where and for how long.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct Store {
    /// The directory of the databases.
    pub(super) path: Option<Text<DirPath>>,
    /// How long numbers are kept as measured.
    pub(super) keep_full: Option<Text<Duration>>,
    /// How long 5-minute means are kept.
    pub(super) keep_five_minutes: Option<Text<Duration>>,
    /// How long hourly means are kept.
    pub(super) keep_hourly: Option<Text<Duration>>,
    /// How long events and decisions are kept.
    pub(super) keep_events: Option<Text<Duration>>,
    /// What the databases may take, at least 32MiB; beyond it the oldest numbers go first.
    pub(super) max_size: Option<Text<Size>>,
}

/// How alerts behave, whatever raises them.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct Alerts {
    /// Alerts that begin within this time of one another are told in one message.
    pub(super) group_wait: Option<Text<Duration>>,
    /// Reminders come after these times, counted each from the message before; the last repeats.
    /// `[]`: no reminders. An acknowledged alert is not reminded of.
    pub(super) reminders: Option<List<Duration>>,
    /// The least severity that is reminded of.
    pub(super) remind_from: Option<Severity>,
    /// An alert is over only after all was well for this long.
    pub(super) clear_for: Option<Text<Duration>>,
    /// An alert that comes back within this time is flapping, and has to be well for longer ...
    pub(super) flap_window: Option<Text<Duration>>,
    /// ... by this factor each time it came back ...
    pub(super) flap_multiplier: Option<Text<Number>>,
    /// ... and at most for this long.
    pub(super) flap_max: Option<Text<Duration>>,
    /// A source that is silent for this long is told of.
    pub(super) silent_for: Option<Text<Duration>>,
    /// A channel that fails for this long is told of on the others.
    pub(super) channel_failing_for: Option<Text<Duration>>,
    /// A channel nothing went to for this long gets a quiet test by day, so that one that broke
    /// is told of before it is needed. From 1d; `"0s"`: never.
    pub(super) channel_test_after: Option<Text<Duration>>,
    /// The severity of single rules, where you want another than the rule gives.
    #[schemars(example = &"{ timer-overdue = \"info\" }")]
    pub(super) severities: Option<Named<RuleKey, Severity>>,
}

/// The digest: what happened, what was quiet, what grows.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct Digest {
    /// When it is sent (minute hour day month weekday); `"0 8 * * *"` is every day at 08:00.
    #[schemars(example = &"\"0 8 * * 1\"")]
    pub(super) cron: Option<Text<Cron>>,
    /// The channels it goes to. Default: all but those of PagerDuty.
    #[schemars(example = &"\"mail\"")]
    pub(super) channels: Option<List<Words>>,
}

/// Which channels hear what.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Route {
    /// The channels that hear it. `[]`: nobody does.
    #[schemars(example = &"\"phone\"")]
    pub(super) channels: List<Words>,
    /// Only these severities.
    #[schemars(example = &"[\"critical\"]")]
    pub(super) severities: Option<Severities>,
    /// Only alerts of these sources.
    #[schemars(example = &"[\"disk\", \"memory\"]")]
    pub(super) sources: Option<List<SourceKey>>,
    /// Only these rules; `*` stands for any text.
    #[schemars(example = &"[\"disk-*\"]")]
    pub(super) rules: Option<List<RuleGlob>>,
    /// Only these subjects; `*` stands for any text.
    #[schemars(example = &"[\"unit:caddy.service\", \"mount:*\"]")]
    pub(super) subjects: Option<List<SubjectGlob>>,
    /// Only at these hours; they may go over midnight.
    #[schemars(example = &"\"08:00-22:00\"")]
    pub(super) hours: Option<Text<HoursText>>,
    /// Ask the routes below as well.
    #[schemars(example = &"true")]
    pub(super) r#continue: Option<bool>,
}

/// A time in which nothing is told. It is `from` and `until`, or `weekly`, or `cron` and `lasts`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Maintenance {
    /// What it is called in messages.
    #[schemars(example = &"\"backup\"")]
    pub(super) name: Text<Words>,
    /// Once: from when, in the config's time zone or with an offset.
    #[schemars(example = &"2026-12-01T22:00:00")]
    pub(super) from: Option<Text<Moment>>,
    /// Once: until when.
    #[schemars(example = &"2026-12-02T02:00:00")]
    pub(super) until: Option<Text<Moment>>,
    /// Every week: days and hours; they may go over midnight.
    #[schemars(example = &"\"Sun 02:00-04:00\"")]
    pub(super) weekly: Option<Text<Weekly>>,
    /// At the times of a cron expression (minute hour day month weekday) ...
    #[schemars(example = &"\"0 3 * * *\"")]
    pub(super) cron: Option<Text<Cron>>,
    /// ... each for this long.
    #[schemars(example = &"\"2h\"")]
    pub(super) lasts: Option<Text<Duration>>,
    /// Who set it.
    #[schemars(example = &"\"anna\"")]
    pub(super) author: Option<Text<Words>>,
    /// Why.
    #[schemars(example = &"\"nightly backup\"")]
    pub(super) reason: Option<Text<Words>>,
    /// What visitors of the status page are told of it. Without it, it is not shown there.
    #[schemars(example = &"\"We back up: the shop is slow\"")]
    pub(super) public: Option<Text<Words>>,
    /// Only these severities.
    #[schemars(example = &"[\"warning\"]")]
    pub(super) severities: Option<Severities>,
    /// Only these rules; `*` stands for any text.
    #[schemars(example = &"[\"io-pressure\", \"cpu-*\"]")]
    pub(super) rules: Option<List<RuleGlob>>,
    /// Only these subjects; `*` stands for any text.
    #[schemars(example = &"[\"host\"]")]
    pub(super) subjects: Option<List<SubjectGlob>>,
}

/// One severity or a list of them.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub(super) enum Severities {
    /// One.
    One(Severity),
    /// Several.
    Many(Vec<Severity>),
}
