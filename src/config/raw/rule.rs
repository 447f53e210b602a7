//! The rules as they are written.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::value::{
    Duration, FilePath, InterfaceGlob, Kind, List, MountGlob, MountPath, Named, Number, Rate,
    Share, Size, Text, Times, UnitGlob, UnitName, Words,
};
use crate::model::{LoginPart, Severity};

/// A rule on one number: `false` switches it off.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged, bound = "")]
#[schemars(inline, bound = "")]
pub(in crate::config) enum Rule<K: Kind> {
    /// On with its defaults, or off.
    Switch(bool),
    /// On, with levels of its own.
    Levels(Levels<K>),
}

/// When a number is trouble, when it is over, and for how long it must hold. What is left out
/// keeps its default.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, bound = "")]
#[schemars(inline, bound = "")]
pub(in crate::config) struct Levels<K: Kind> {
    /// At or beyond this it is a warning; `false`: never.
    pub(in crate::config) warning: Option<Level<K>>,
    /// At or beyond this it is critical; `false`: never.
    pub(in crate::config) critical: Option<Level<K>>,
    /// It is over only when back on the good side of this.
    pub(in crate::config) clear: Option<Text<K>>,
    /// For how long without a break it must be beyond a level; `"0s"`: at once.
    pub(in crate::config) r#for: Option<Text<Duration>>,
    /// Instead of `for`: in how many of the last observations, `"3 of 5"`.
    pub(in crate::config) times: Option<Text<Times>>,
}

/// A level, or `false` for none.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged, bound = "")]
#[schemars(inline, bound = "")]
pub(in crate::config) enum Level<K: Kind> {
    /// No such level; only `false` says so.
    Switch(#[schemars(extend("const" = false))] bool),
    /// This one.
    At(Text<K>),
}

/// Disks: space, inodes, and mounts that turn read-only.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(in crate::config) struct Disk {
    /// Watch disks at all.
    pub(in crate::config) enabled: Option<bool>,
    /// Mount points that are left alone; `*` stands for any text.
    #[schemars(example = &"[\"/mnt/*\"]")]
    pub(in crate::config) ignore: Option<List<MountGlob>>,
    /// Space used, as `df` computes it.
    pub(in crate::config) used: Option<Rule<Share>>,
    /// Inodes used.
    pub(in crate::config) inodes: Option<Rule<Share>>,
    /// Tell when a mount turns read-only.
    pub(in crate::config) read_only: Option<bool>,
    /// Tell when a mount will be full soon; `false` switches it off.
    pub(in crate::config) forecast: Option<Forecast>,
    /// Rules of its own for a single mount, under its path. What it leaves out is as above.
    pub(in crate::config) mount: Named<MountPath, Mount>,
}

/// Rules of a single mount.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::config) struct Mount {
    /// Space used.
    #[schemars(example = &"{ warning = \"92%\", critical = \"97%\", clear = \"90%\" }")]
    pub(in crate::config) used: Option<Rule<Share>>,
    /// Inodes used.
    #[schemars(example = &"false")]
    pub(in crate::config) inodes: Option<Rule<Share>>,
    /// Full soon.
    #[schemars(example = &"false")]
    pub(in crate::config) forecast: Option<Forecast>,
}

/// Tell when a mount will be full soon.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub(in crate::config) enum Forecast {
    /// On with its defaults, or off.
    Switch(bool),
    /// On, with times of its own.
    Trend(Trend),
}

/// When a growing disk is told of.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(inline)]
pub(in crate::config) struct Trend {
    /// Full within this is a warning.
    pub(in crate::config) warning: Option<Text<Duration>>,
    /// Full within this is critical.
    pub(in crate::config) critical: Option<Text<Duration>>,
    /// Nothing is said while less than this is used.
    pub(in crate::config) floor: Option<Text<Share>>,
}

/// Memory.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(in crate::config) struct Memory {
    /// Watch memory at all.
    pub(in crate::config) enabled: Option<bool>,
    /// Memory still available, of all. Little is trouble: `clear` lies above `warning`.
    pub(in crate::config) available: Option<Rule<Share>>,
    /// What is swapped in and out each second.
    pub(in crate::config) swap: Option<Rule<Rate>>,
    /// How much of the time tasks wait for memory (PSI).
    pub(in crate::config) pressure: Option<Rule<Share>>,
    /// Tell when the kernel kills a process for want of memory; `false` switches it off.
    pub(in crate::config) oom: Option<OomRule>,
}

/// Tell of out-of-memory kills.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub(in crate::config) enum OomRule {
    /// On with its default, or off.
    Switch(bool),
    /// On, with a time of its own.
    Oom(Oom),
}

/// How out-of-memory kills are told.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(inline)]
pub(in crate::config) struct Oom {
    /// It is over after this long without another kill.
    pub(in crate::config) quiet: Option<Text<Duration>>,
}

/// CPUs and waiting for I/O.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(in crate::config) struct Cpu {
    /// Watch CPUs at all.
    pub(in crate::config) enabled: Option<bool>,
    /// How busy the CPUs are.
    pub(in crate::config) busy: Option<Rule<Share>>,
    /// How much of the time the CPUs wait for disks.
    pub(in crate::config) iowait: Option<Rule<Share>>,
    /// How much of the time the hypervisor gives the CPUs to others: a noisy neighbour.
    pub(in crate::config) steal: Option<Rule<Share>>,
    /// 5-minute load per CPU.
    pub(in crate::config) load: Option<Rule<Number>>,
    /// How much of the time tasks wait for a CPU (PSI).
    pub(in crate::config) pressure: Option<Rule<Share>>,
    /// How much of the time tasks wait for I/O (PSI).
    pub(in crate::config) io_pressure: Option<Rule<Share>>,
}

/// The network.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(in crate::config) struct Network {
    /// Watch the network at all.
    pub(in crate::config) enabled: Option<bool>,
    /// Interfaces that are left alone; `*` stands for any text.
    #[schemars(example = &"[\"veth*\"]")]
    pub(in crate::config) ignore: Option<List<InterfaceGlob>>,
    /// Tell when there is no way out for this long.
    pub(in crate::config) down_for: Option<Text<Duration>>,
}

/// systemd services, timers and other units.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(in crate::config) struct Units {
    /// Watch units at all.
    pub(in crate::config) enabled: Option<bool>,
    /// Tell of any unit that fails.
    pub(in crate::config) failed: Option<bool>,
    /// Units that are left alone; `*` stands for any text.
    #[schemars(example = &"[\"backup-*.service\"]")]
    pub(in crate::config) ignore: Option<List<UnitGlob>>,
    /// Units that must be active.
    #[schemars(example = &"[\"caddy.service\", \"postgresql@15-main.service\"]")]
    pub(in crate::config) must_be_active: Option<List<UnitName>>,
    /// How long such a unit may be down, for a restart or an upgrade.
    pub(in crate::config) inactive_for: Option<Text<Duration>>,
    /// The severity of single units. Without: `warning` if a unit failed, `critical` if it must be
    /// active.
    #[schemars(example = &"{ \"caddy.service\" = \"critical\", \"backup-*\" = \"info\" }")]
    pub(in crate::config) severities: Option<Named<UnitGlob, Severity>>,
    /// A restart loop is this many automatic restarts ...
    pub(in crate::config) restarts: Option<u32>,
    /// ... within this time. It is over after this long without one.
    pub(in crate::config) restarts_within: Option<Text<Duration>>,
    /// Tell of timers that did not fire.
    pub(in crate::config) timers: Option<bool>,
    /// How late a timer may be.
    pub(in crate::config) timer_grace: Option<Text<Duration>>,
}

/// Logins by ssh.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(in crate::config) struct Ssh {
    /// Watch logins at all.
    pub(in crate::config) enabled: Option<bool>,
    /// What must be known of a login, else it is told of. Leave `"address"` out if yours changes
    /// often; `[]`: no login is strange.
    pub(in crate::config) unknown: Option<Vec<LoginPart>>,
    /// A login after this many failed tries from its address is told of as guessed.
    pub(in crate::config) guessed_after: Option<u32>,
    /// More logins of the same user from the same address within this time are no news.
    pub(in crate::config) quiet: Option<Text<Duration>>,
}

/// fail2ban, where it is installed.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(in crate::config) struct Fail2ban {
    /// Watch it at all.
    pub(in crate::config) enabled: Option<bool>,
    /// A spike is this many bans within an hour and three times the worst hour of the last two
    /// weeks.
    pub(in crate::config) spike: Option<u32>,
    /// After this many failed logins of one address within 15 minutes, fail2ban must have found
    /// some: else it is told that it sees nothing.
    pub(in crate::config) blind_after: Option<u32>,
}

/// The kernel's audit rules, where some are written down.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(in crate::config) struct Audit {
    /// Watch them at all.
    pub(in crate::config) enabled: Option<bool>,
    /// The rules that should be there: a file, or a directory such as `/etc/audit/rules.d`.
    /// Default: `/etc/nightkeep/audit.rules` if it is there, else `/etc/audit/rules.d`.
    #[schemars(example = &"\"/etc/audit/rules.d\"")]
    pub(in crate::config) rules: Option<Text<FilePath>>,
    /// Put back rules that vanished.
    pub(in crate::config) restore: Option<bool>,
    /// Tell at once when accounts, groups, sudoers, ssh keys, cron or systemd units are changed
    /// outside of a package run, a kernel module is loaded by somebody, or somebody uses sudo for
    /// the first time. Only what the kernel's rules record is seen.
    pub(in crate::config) acts: Option<bool>,
    /// Tell as well of everything that rules with these keys record.
    #[schemars(example = &"[\"tmp_exec\"]")]
    pub(in crate::config) keys: Option<List<Words>>,
    /// Tell when one of these Sigma rules of level high or critical hits: files, or folders of them.
    /// `nightkeep audit sigma` says what they find in the log, and what they miss.
    #[schemars(example = &"[\"/etc/nightkeep/sigma\"]")]
    pub(in crate::config) sigma: Option<List<FilePath>>,
    /// Keep a log of our own, `audit/audit.log` beside the databases: `auto` where no auditd keeps
    /// one, `always`, or `never`. `ausearch -if` reads it, too.
    pub(in crate::config) log: Option<AuditLog>,
    /// What that log may take, at least 8MiB; beyond it the oldest goes first.
    pub(in crate::config) log_size: Option<Text<Size>>,
}

/// When a log of our own is kept.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(in crate::config) enum AuditLog {
    /// Where no auditd keeps one.
    Auto,
    /// Beside auditd's as well.
    Always,
    /// Not at all.
    Never,
}

/// The machine as a whole: restarts, security updates, the clock.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(in crate::config) struct Machine {
    /// Watch it at all.
    pub(in crate::config) enabled: Option<bool>,
    /// Tell when the machine has to be restarted: a package asks for it, or a newer kernel is
    /// installed than runs.
    pub(in crate::config) reboot_required: Option<bool>,
    /// Not restarted for this long it is a warning; before, it is told once for information.
    pub(in crate::config) reboot_within: Option<Text<Duration>>,
    /// Tell when the machine restarted without having been shut down: power, a crash, the hoster.
    pub(in crate::config) unexpected_reboot: Option<bool>,
    /// Tell of security updates that are published but not installed (Debian, Ubuntu).
    pub(in crate::config) security_updates: Option<bool>,
    /// Not installed for this long they are a warning; before, they are told for information, or
    /// not at all where the system installs them by itself.
    pub(in crate::config) updates_within: Option<Text<Duration>>,
    /// Tell when nothing sets the clock ...
    pub(in crate::config) clock: Option<bool>,
    /// ... for this long.
    pub(in crate::config) clock_for: Option<Text<Duration>>,
}

/// A check of the owner's own.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::config) struct OwnCheck {
    /// The program by its whole path, and its arguments; no shell reads them.
    #[schemars(example = &"[\"/usr/lib/nagios/plugins/check_file_age\", \"/var/backups/db.gz\"]")]
    pub(in crate::config) command: Vec<Text<Words>>,
    /// How often it is run, from 10s to 1d. Default: `"5m"`.
    #[schemars(example = &"\"5m\"")]
    pub(in crate::config) interval: Option<Text<Duration>>,
    /// How long a run may take, from 1s to 10m and no longer than `interval`; then it is ended.
    /// Default: `"30s"`.
    #[schemars(example = &"\"30s\"")]
    pub(in crate::config) timeout: Option<Text<Duration>>,
    /// For how long it must fail, run after run, before it is told. Default: `"0s"`, at once.
    #[schemars(example = &"\"10m\"")]
    pub(in crate::config) r#for: Option<Text<Duration>>,
}

/// Disks that fail, software RAID that lost one, temperatures: where the machine shows them.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(in crate::config) struct Hardware {
    /// Watch them at all.
    pub(in crate::config) enabled: Option<bool>,
    /// Tell when an array (md) has fewer disks than it should.
    pub(in crate::config) raid: Option<bool>,
    /// Tell when a disk fails: the kernel gave it up, or smartd (of smartmontools) says so.
    pub(in crate::config) drives: Option<bool>,
    /// Degrees Celsius left to what a sensor itself calls critical. Few are trouble: `clear` lies
    /// above `warning`.
    pub(in crate::config) temperature: Option<Rule<Number>>,
}

/// Containers of Docker or Podman that are unhealthy, restart again and again (by the measure of
/// `[units]`), end with an error or run out of memory. Only watched with a `socket`.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(in crate::config) struct Containers {
    /// The engine's socket: `"/run/docker.sock"`, `"/run/podman/podman.sock"`. Mind that whoever may
    /// open it may do everything on this machine; nightkeep only asks, but a proxy that lets only
    /// GET through is safer.
    #[schemars(example = &"\"/run/docker.sock\"")]
    pub(in crate::config) socket: Option<Text<FilePath>>,
    /// Containers that are left alone; `*` stands for any text.
    #[schemars(example = &"[\"ci-*\"]")]
    pub(in crate::config) ignore: Option<List<Words>>,
}
