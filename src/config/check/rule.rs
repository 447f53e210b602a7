//! Rules: what is left out keeps its default, and the levels have to stand in order.

use std::collections::BTreeMap;

use super::{Check, text};
use crate::config::document::Part;
use crate::config::raw;
use crate::config::value::{Duration, Kind, Number, Rate, Share, Size, Text, Wrong};
use crate::config::{
    AuditConfig, AuditLog, ContainersConfig, CpuConfig, DiskConfig, Fail2banConfig, Forecast,
    HardwareConfig, MachineConfig, MemoryConfig, MountConfig, NetworkConfig, OomConfig, Side,
    SshConfig, Sustained, Threshold, UnitsConfig,
};

/// A number that has levels, and how it is written.
trait Measure: Kind<Value = f64> {
    fn text(value: f64) -> String;
}

impl Measure for Share {
    fn text(value: f64) -> String {
        format!("\"{}\"", Self::write(value))
    }
}

impl Measure for Rate {
    fn text(value: f64) -> String {
        format!("\"{}\"", Self::write(value))
    }
}

impl Measure for Number {
    fn text(value: f64) -> String {
        Self::write(value)
    }
}

impl Check<'_> {
    pub(super) fn audit(&mut self, file: raw::Audit, default: AuditConfig) -> AuditConfig {
        let audit = AuditConfig {
            enabled: file.enabled.unwrap_or(default.enabled),
            rules: file.rules.map(|path| path.0).or(default.rules),
            restore: file.restore.unwrap_or(default.restore),
            acts: file.acts.unwrap_or(default.acts),
            keys: file.keys.map_or(default.keys, |keys| keys.0),
            sigma: file.sigma.map_or(default.sigma, |paths| paths.0),
            log: match file.log {
                Some(raw::AuditLog::Auto) => AuditLog::Auto,
                Some(raw::AuditLog::Always) => AuditLog::Always,
                Some(raw::AuditLog::Never) => AuditLog::Never,
                None => default.log,
            },
            log_size_bytes: text(file.log_size, default.log_size_bytes),
        };
        if audit.log_size_bytes < 8 << 20 {
            self.wrong(
                &["audit", "log-size"],
                Part::Value,
                "`log-size` is too small",
                Wrong::with_help(
                    format!("{} holds not even a bad hour", Size::write(audit.log_size_bytes)),
                    "write \"8MiB\" or more",
                ),
            );
        }
        audit
    }

    pub(super) fn disk(&mut self, file: raw::Disk, default: DiskConfig) -> DiskConfig {
        let used = self.rule(&["disk", "used"], file.used, default.used);
        let inodes = self.rule(&["disk", "inodes"], file.inodes, default.inodes);
        let forecast = self.forecast(&["disk", "forecast"], file.forecast, default.forecast);
        let mut mounts = BTreeMap::new();
        for (path, mount) in file.mount.0 {
            let at = |key| ["disk", "mount", path.as_str(), key];
            let mount = MountConfig {
                used: self.rule(&at("used"), mount.used, used),
                inodes: self.rule(&at("inodes"), mount.inodes, inodes),
                forecast: self.forecast(&at("forecast"), mount.forecast, forecast),
            };
            mounts.insert(path, mount);
        }
        DiskConfig {
            enabled: file.enabled.unwrap_or(default.enabled),
            ignore: file.ignore.map_or(default.ignore, |list| list.0),
            used,
            inodes,
            read_only: file.read_only.unwrap_or(default.read_only),
            forecast,
            mounts,
        }
    }

    pub(super) fn memory(&mut self, file: raw::Memory, default: &MemoryConfig) -> MemoryConfig {
        let oom = match file.oom {
            None => default.oom,
            Some(raw::OomRule::Switch(enabled)) => OomConfig { enabled, ..default.oom },
            Some(raw::OomRule::Oom(oom)) => {
                let quiet = text(oom.quiet, default.oom.quiet);
                OomConfig {
                    enabled: true,
                    quiet: self.some_time(&["memory", "oom", "quiet"], quiet),
                }
            }
        };
        MemoryConfig {
            enabled: file.enabled.unwrap_or(default.enabled),
            available: self.rule(&["memory", "available"], file.available, default.available),
            swap: self.rule(&["memory", "swap"], file.swap, default.swap),
            pressure: self.rule(&["memory", "pressure"], file.pressure, default.pressure),
            oom,
        }
    }

    pub(super) fn cpu(&mut self, file: raw::Cpu, default: &CpuConfig) -> CpuConfig {
        CpuConfig {
            enabled: file.enabled.unwrap_or(default.enabled),
            busy: self.rule(&["cpu", "busy"], file.busy, default.busy),
            iowait: self.rule(&["cpu", "iowait"], file.iowait, default.iowait),
            steal: self.rule(&["cpu", "steal"], file.steal, default.steal),
            load: self.rule(&["cpu", "load"], file.load, default.load),
            pressure: self.rule(&["cpu", "pressure"], file.pressure, default.pressure),
            io_pressure: self.rule(&["cpu", "io-pressure"], file.io_pressure, default.io_pressure),
        }
    }

    pub(super) fn hardware(
        &mut self,
        file: raw::Hardware,
        default: &HardwareConfig,
    ) -> HardwareConfig {
        let temperature = &["hardware", "temperature"];
        HardwareConfig {
            enabled: file.enabled.unwrap_or(default.enabled),
            raid: file.raid.unwrap_or(default.raid),
            drives: file.drives.unwrap_or(default.drives),
            temperature: self.rule(temperature, file.temperature, default.temperature),
        }
    }

    pub(super) fn units(&mut self, file: raw::Units, default: UnitsConfig) -> UnitsConfig {
        let units = UnitsConfig {
            enabled: file.enabled.unwrap_or(default.enabled),
            failed: file.failed.unwrap_or(default.failed),
            ignore: file.ignore.map_or(default.ignore, |list| list.0),
            must_be_active: file.must_be_active.map_or(default.must_be_active, |list| list.0),
            inactive_for: text(file.inactive_for, default.inactive_for),
            severities: file.severities.map_or(default.severities, |named| named.0),
            restarts: file.restarts.unwrap_or(default.restarts),
            restarts_within: self.some_time(
                &["units", "restarts-within"],
                text(file.restarts_within, default.restarts_within),
            ),
            timers: file.timers.unwrap_or(default.timers),
            timer_grace: text(file.timer_grace, default.timer_grace),
        };
        if units.restarts == 0 {
            let wrong = Wrong::with_help("0 restarts are no loop", "write 1 or more");
            self.wrong(&["units", "restarts"], Part::Value, "`restarts` is out of range", wrong);
        }
        let both = units.must_be_active.iter().position(|unit| units.ignores(unit));
        if let Some(index) = both {
            let (unit, index) = (&units.must_be_active[index], index.to_string());
            let title = format!("`{unit}` must be active and is ignored");
            let wrong =
                Wrong::with_help("`ignore` leaves it alone", "take it out of one of the two");
            self.wrong(&["units", "must-be-active", &index], Part::Value, title, wrong);
        }
        units
    }

    pub(super) fn ssh(&mut self, file: raw::Ssh, default: SshConfig) -> SshConfig {
        let ssh = SshConfig {
            enabled: file.enabled.unwrap_or(default.enabled),
            unknown: file.unknown.unwrap_or(default.unknown),
            guessed_after: file.guessed_after.unwrap_or(default.guessed_after),
            quiet: self.some_time(&["ssh", "quiet"], text(file.quiet, default.quiet)),
        };
        if ssh.guessed_after == 0 {
            let wrong = Wrong::with_help("every login would count", "write 1 or more");
            let path = ["ssh", "guessed-after"];
            self.wrong(&path, Part::Value, "`guessed-after` is out of range", wrong);
        }
        ssh
    }

    fn rule<K: Measure>(
        &mut self,
        path: &[&str],
        written: Option<raw::Rule<K>>,
        default: Threshold,
    ) -> Threshold {
        let levels = match written {
            None => return default,
            Some(raw::Rule::Switch(enabled)) => return Threshold { enabled, ..default },
            Some(raw::Rule::Levels(levels)) => levels,
        };
        let deeper = |key| path.iter().copied().chain([key]).collect::<Vec<_>>();
        if levels.r#for.is_some() && levels.times.is_some() {
            let wrong = Wrong::with_help("`for` says it already", "keep one of the two");
            self.wrong(&deeper("times"), Part::Key, "`times` and `for` together", wrong);
        }
        let sustained = match (levels.times, levels.r#for) {
            (Some(Text((times, of))), _) => Sustained::Times { times, of },
            (None, Some(length)) => Sustained::For(length.0),
            (None, None) => default.sustained,
        };
        let threshold = Threshold {
            enabled: true,
            warning: level(levels.warning, default.warning),
            critical: level(levels.critical, default.critical),
            clear: text(levels.clear, default.clear),
            sustained,
            ..default
        };
        self.in_order::<K>(path, &threshold);
        threshold
    }

    /// Warning before critical, clear on the good side of both.
    fn in_order<K: Measure>(&mut self, path: &[&str], threshold: &Threshold) {
        let name = path.last().copied().unwrap_or_default();
        let deeper = |key| path.iter().copied().chain([key]).collect::<Vec<_>>();
        let written = |check: &Self, key| check.line_of(&deeper(key)).is_some();
        // Beyond: further on the side of trouble.
        let (beyond, side, other): (fn(f64, f64) -> bool, _, _) = match threshold.side {
            Side::Above => (|a, b| a > b, "above", "below"),
            Side::Below => (|a, b| a < b, "below", "above"),
        };
        let said = |check: &Self, key| match path {
            _ if written(check, key) => "",
            ["disk", "mount", ..] => " as in [disk]",
            _ => ", its default",
        };
        if let (Some(warning), Some(critical)) = (threshold.warning, threshold.critical)
            && beyond(warning, critical)
        {
            let at = if written(self, "critical") { "critical" } else { "warning" };
            let why = format!(
                "`warning` is {}{}, `critical` is {}{}",
                K::text(warning),
                said(self, "warning"),
                K::text(critical),
                said(self, "critical")
            );
            let help = format!(
                "`critical` lies {side} `warning`; `critical = false` for a rule that only warns"
            );
            self.wrong(
                &deeper(at),
                Part::Value,
                format!("`{name}`: the levels are the wrong way round"),
                Wrong::with_help(why, help),
            );
            return;
        }
        let Some((level, first)) = threshold
            .warning
            .map(|level| ("warning", level))
            .or(threshold.critical.map(|level| ("critical", level)))
        else {
            let help = format!("give it a level, or switch the rule off: {name} = false");
            self.wrong(
                path,
                Part::Key,
                format!("`{name}` has neither a warning nor a critical level"),
                Wrong::with_help("it could never raise", help),
            );
            return;
        };
        if beyond(threshold.clear, first) {
            let at = if written(self, "clear") { "clear" } else { level };
            let why = format!(
                "`clear` is {}{}, `{level}` is {}{}",
                K::text(threshold.clear),
                said(self, "clear"),
                K::text(first),
                said(self, level)
            );
            // A little on the good side: what the owner most likely wants.
            let clear = match threshold.side {
                Side::Above => first * 0.95,
                Side::Below => first * 1.25,
            };
            let clear = K::text(round(clear));
            let help = if written(self, "clear") {
                format!("what raises {side} a level clears {other} it, such as clear = {clear}")
            } else {
                let first = K::text(first);
                format!(
                    "what raises {side} {first} clears {other} it: write `clear` too, such as {name} = {{ {level} = {first}, clear = {clear} }}"
                )
            };
            self.wrong(
                &deeper(at),
                Part::Value,
                format!("`{name}` could never clear"),
                Wrong::with_help(why, help),
            );
        }
    }

    fn forecast(
        &mut self,
        path: &[&str],
        written: Option<raw::Forecast>,
        default: Forecast,
    ) -> Forecast {
        let trend = match written {
            None => return default,
            Some(raw::Forecast::Switch(enabled)) => return Forecast { enabled, ..default },
            Some(raw::Forecast::Trend(trend)) => trend,
        };
        let forecast = Forecast {
            enabled: true,
            warning: text(trend.warning, default.warning),
            critical: text(trend.critical, default.critical),
            floor: text(trend.floor, default.floor),
        };
        if forecast.critical > forecast.warning {
            let why = format!(
                "`warning` is {}, `critical` is {}",
                Duration::write(forecast.warning),
                Duration::write(forecast.critical)
            );
            let help = "less time is worse: `critical` is at most `warning`";
            self.wrong(
                path,
                Part::Value,
                "`forecast`: the levels are the wrong way round",
                Wrong::with_help(why, help),
            );
        }
        forecast
    }
}

pub(super) fn fail2ban(file: &raw::Fail2ban, default: &Fail2banConfig) -> Fail2banConfig {
    Fail2banConfig {
        enabled: file.enabled.unwrap_or(default.enabled),
        spike: file.spike.unwrap_or(default.spike),
        blind_after: file.blind_after.unwrap_or(default.blind_after),
    }
}

/// The network has nothing that could contradict itself.
pub(super) fn network(file: raw::Network, default: NetworkConfig) -> NetworkConfig {
    NetworkConfig {
        enabled: file.enabled.unwrap_or(default.enabled),
        ignore: file.ignore.map_or(default.ignore, |list| list.0),
        down_for: text(file.down_for, default.down_for),
    }
}

/// Neither has the machine.
pub(super) fn machine(file: raw::Machine, default: &MachineConfig) -> MachineConfig {
    MachineConfig {
        enabled: file.enabled.unwrap_or(default.enabled),
        reboot_required: file.reboot_required.unwrap_or(default.reboot_required),
        reboot_within: text(file.reboot_within, default.reboot_within),
        unexpected_reboot: file.unexpected_reboot.unwrap_or(default.unexpected_reboot),
        security_updates: file.security_updates.unwrap_or(default.security_updates),
        updates_within: text(file.updates_within, default.updates_within),
        clock: file.clock.unwrap_or(default.clock),
        clock_for: text(file.clock_for, default.clock_for),
    }
}

/// Nor have containers.
pub(super) fn containers(file: raw::Containers, default: ContainersConfig) -> ContainersConfig {
    ContainersConfig {
        socket: file.socket.map(|socket| socket.0).or(default.socket),
        ignore: file.ignore.map_or(default.ignore, |list| list.0),
    }
}

fn level<K: Measure>(written: Option<raw::Level<K>>, default: Option<f64>) -> Option<f64> {
    match written {
        None | Some(raw::Level::Switch(true)) => default,
        Some(raw::Level::Switch(false)) => None,
        Some(raw::Level::At(level)) => Some(level.0),
    }
}

/// To two digits that matter, as a person would write it.
fn round(number: f64) -> f64 {
    if number <= 0.0 {
        return 0.0;
    }
    let unit = 10_f64.powf(number.log10().floor() - 1.0);
    (number / unit).round() * unit
}
