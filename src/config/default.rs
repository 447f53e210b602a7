//! What nightkeep does without a config file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::{
    AlertsConfig, AuditConfig, AuditLog, CertificatesConfig, Config, ContainersConfig, CpuConfig,
    DigestConfig, DiskConfig, Expiry, Fail2banConfig, Forecast, HardwareConfig,
    HeartbeatMailConfig, Left, MachineConfig, MemoryConfig, NetworkConfig, OomConfig, Side,
    SshConfig, StatusPageConfig, StoreConfig, Sustained, Threshold, UnitsConfig, WayOutConfig,
    WebConfig,
};
use crate::model::{LoginPart, Severity};

impl Default for Config {
    /// What nightkeep does without a config file. The reference is generated from the raw types,
    /// whose defaults come from here.
    fn default() -> Self {
        let minutes = SignedDuration::from_mins;
        let hours = SignedDuration::from_hours;
        let days = |n: i64| SignedDuration::from_hours(24 * n);
        let above =
            |warning: f64, critical: Option<f64>, clear: f64, hold: SignedDuration| Threshold {
                enabled: true,
                warning: Some(warning),
                critical,
                clear,
                side: Side::Above,
                sustained: Sustained::For(hold),
            };
        Self {
            host: String::from("localhost"),
            timezone: TimeZone::UTC,
            interval: SignedDuration::from_secs(10),
            store: StoreConfig {
                path: PathBuf::from("/var/lib/nightkeep"),
                keep_full: days(30),
                keep_five_minutes: days(365),
                keep_hourly: days(5 * 365),
                keep_events: days(365),
                max_size_bytes: 1 << 30,
            },
            disk: DiskConfig {
                enabled: true,
                ignore: Vec::new(),
                used: above(0.85, Some(0.95), 0.80, minutes(1)),
                inodes: above(0.85, Some(0.95), 0.80, minutes(1)),
                read_only: true,
                forecast: Forecast {
                    enabled: true,
                    warning: hours(24),
                    critical: hours(4),
                    floor: 0.60,
                },
                mounts: BTreeMap::new(),
            },
            memory: MemoryConfig {
                enabled: true,
                available: Threshold {
                    enabled: true,
                    warning: Some(0.10),
                    critical: Some(0.05),
                    clear: 0.15,
                    side: Side::Below,
                    sustained: Sustained::For(minutes(5)),
                },
                swap: above(8.0 * 1024.0 * 1024.0, None, 1024.0 * 1024.0, minutes(10)),
                pressure: above(0.20, Some(0.60), 0.05, minutes(10)),
                oom: OomConfig { enabled: true, quiet: minutes(10) },
            },
            cpu: CpuConfig {
                enabled: true,
                busy: above(0.95, None, 0.80, minutes(30)),
                iowait: above(0.40, None, 0.20, minutes(15)),
                steal: above(0.10, None, 0.05, minutes(15)),
                load: above(4.0, None, 2.0, minutes(15)),
                pressure: above(0.80, None, 0.50, minutes(30)),
                io_pressure: above(0.60, None, 0.30, minutes(15)),
            },
            network: NetworkConfig { enabled: true, ignore: Vec::new(), down_for: minutes(1) },
            units: UnitsConfig {
                enabled: true,
                failed: true,
                ignore: Vec::new(),
                must_be_active: Vec::new(),
                inactive_for: minutes(1),
                severities: BTreeMap::new(),
                restarts: 3,
                restarts_within: minutes(10),
                timers: true,
                timer_grace: minutes(15),
            },
            ssh: SshConfig {
                enabled: true,
                unknown: LoginPart::ALL.to_vec(),
                guessed_after: 10,
                quiet: hours(1),
            },
            audit: AuditConfig {
                enabled: true,
                rules: None,
                restore: false,
                acts: true,
                keys: Vec::new(),
                sigma: Vec::new(),
                log: AuditLog::Auto,
                log_size_bytes: 256 << 20,
            },
            fail2ban: Fail2banConfig { enabled: true, spike: 10, blind_after: 10 },
            certificates: CertificatesConfig {
                enabled: true,
                endpoints: Vec::new(),
                files: Vec::new(),
                find: true,
                interval: hours(6),
                // Caddy and certbot renew when a third is left (30 of 90 days, 2 of 6): what is
                // below these has failed to be renewed several times.
                expiry: Expiry {
                    enabled: true,
                    warning: Left { time: days(14), share: 0.20 },
                    critical: Left { time: days(3), share: 0.07 },
                },
                expiry_only: Vec::new(),
                not_served_for: minutes(15),
                unseen_for: minutes(30),
            },
            machine: MachineConfig {
                enabled: true,
                reboot_required: true,
                reboot_within: days(7),
                unexpected_reboot: true,
                security_updates: true,
                updates_within: days(2),
                clock: true,
                clock_for: minutes(15),
            },
            hardware: HardwareConfig {
                enabled: true,
                raid: true,
                drives: true,
                temperature: Threshold {
                    enabled: true,
                    warning: Some(8.0),
                    critical: Some(2.0),
                    clear: 12.0,
                    side: Side::Below,
                    sustained: Sustained::For(minutes(5)),
                },
            },
            containers: ContainersConfig { socket: None, ignore: Vec::new() },
            checks: BTreeMap::new(),
            monitors: BTreeMap::new(),
            way_out: WayOutConfig {
                ask: vec![([1, 1, 1, 1], 443).into(), ([9, 9, 9, 9], 443).into()],
            },
            alerts: AlertsConfig {
                group_wait: SignedDuration::from_secs(15),
                reminders: vec![hours(1), hours(4), hours(12), hours(24)],
                remind_from: Severity::Warning,
                clear_for: minutes(1),
                flap_multiplier: 1.5,
                flap_window: minutes(30),
                flap_max: hours(1),
                silent_for: minutes(2),
                channel_failing_for: minutes(5),
                channel_test_after: hours(30 * 24),
                severities: BTreeMap::new(),
            },
            digest: DigestConfig::default(),
            web: WebConfig::default(),
            status_page: StatusPageConfig::default(),
            heartbeats: Vec::new(),
            heartbeat_mail: HeartbeatMailConfig::default(),
            channels: BTreeMap::new(),
            routes: Vec::new(),
            maintenance: Vec::new(),
            warnings: Vec::new(),
        }
    }
}
