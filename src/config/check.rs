//! From the file as written to the checked config: defaults filled in, what hangs together
//! compared. Collects what is wrong.

use jiff::SignedDuration;

use super::document::{Document, Part};
use super::environment::Environment;
use super::error::Problem;
use super::raw;
use super::value::{Duration, Size, Text, Wrong};
use super::{AlertsConfig, Config, StoreConfig};

mod certificate;
mod channel;
mod heartbeat;
mod monitor;
mod own;
mod route;
mod rule;
mod secret;
mod status_page;
mod web;

pub(super) use monitor::{Found, escaped, join};

/// A file whose shape is right, becoming a config. What is wrong is left at its default.
pub(super) struct Check<'a> {
    document: &'a Document<'a>,
    env: &'a Environment,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<String>,
}

impl<'a> Check<'a> {
    /// Checks against this document, for places, and this environment.
    pub(super) fn new(document: &'a Document<'a>, env: &'a Environment) -> Self {
        Self { document, env, problems: Vec::new(), warnings: Vec::new() }
    }

    /// The config that a file means, but for its monitors and heartbeats.
    pub(super) fn config(&mut self, file: raw::File) -> Config {
        let default = Config::default();
        let timezone = text(file.timezone, self.env.timezone.clone());
        let channels = self.channels(file.channel);
        let routes = self.routes(file.route, &channels);
        let digest = self.digest(file.digest, &channels);
        let maintenance = self.maintenance(file.maintenance, &timezone);
        let web = self.web(file.web, default.web);
        let heartbeat_mail = self.heartbeat_mail(file.heartbeat_mail, &web);
        Config {
            host: text(file.host, self.env.hostname.clone()),
            interval: self.within(
                &["interval"],
                text(file.interval, default.interval),
                SignedDuration::from_secs(1),
                SignedDuration::from_mins(5),
            ),
            store: self.store(file.store, default.store),
            disk: self.disk(file.disk, default.disk),
            memory: self.memory(file.memory, &default.memory),
            cpu: self.cpu(file.cpu, &default.cpu),
            network: rule::network(file.network, default.network),
            units: self.units(file.units, default.units),
            ssh: self.ssh(file.ssh, default.ssh),
            fail2ban: rule::fail2ban(&file.fail2ban, &default.fail2ban),
            audit: self.audit(file.audit, default.audit),
            certificates: self.certificates(file.certificates, default.certificates),
            machine: rule::machine(file.machine, &default.machine),
            hardware: self.hardware(file.hardware, &default.hardware),
            containers: rule::containers(file.containers, default.containers),
            checks: self.checks(file.check),
            monitors: default.monitors,
            way_out: self.way_out(file.way_out, default.way_out),
            alerts: self.alerts(file.alerts, default.alerts),
            digest,
            status_page: self.status_page(file.status_page, default.status_page, &web),
            web,
            heartbeats: default.heartbeats,
            heartbeat_mail,
            timezone,
            channels,
            routes,
            maintenance,
            warnings: Vec::new(),
        }
    }

    fn wrong(&mut self, path: &[&str], part: Part, title: impl Into<String>, wrong: Wrong) {
        let path: Vec<String> = path.iter().map(|step| (*step).to_owned()).collect();
        self.problems.push(Problem::of(self.document.span(&path, part), title, wrong));
    }

    /// The line of a key; none if the file leaves it out.
    fn line_of(&self, path: &[&str]) -> Option<usize> {
        let path: Vec<String> = path.iter().map(|step| (*step).to_owned()).collect();
        self.document.line(&path)
    }

    /// The line of something that is there.
    fn line(&self, path: &[&str]) -> usize {
        self.line_of(path).unwrap_or(1)
    }

    /// A duration that has to lie within bounds.
    fn within(
        &mut self,
        path: &[&str],
        length: SignedDuration,
        least: SignedDuration,
        most: SignedDuration,
    ) -> SignedDuration {
        if length < least || length > most {
            let (key, bounds) = (path.last().copied().unwrap_or_default(), [least, most]);
            let [least, most] = bounds.map(Duration::write);
            let (why, help) = if length < bounds[0] {
                ("too short", least.clone())
            } else {
                ("too long", most.clone())
            };
            self.wrong(
                path,
                Part::Value,
                format!("`{key}` is out of range"),
                Wrong::with_help(why, format!("from \"{least}\" to \"{most}\"; write \"{help}\"")),
            );
        }
        length
    }

    /// A duration longer than none.
    fn some_time(&mut self, path: &[&str], length: SignedDuration) -> SignedDuration {
        if length.is_zero() {
            let key = path.last().copied().unwrap_or_default();
            self.wrong(
                path,
                Part::Value,
                format!("`{key}` is no time at all"),
                Wrong::new("write more than 0s"),
            );
        }
        length
    }

    fn store(&mut self, file: raw::Store, default: StoreConfig) -> StoreConfig {
        let store = StoreConfig {
            path: text(file.path, default.path),
            keep_full: text(file.keep_full, default.keep_full),
            keep_five_minutes: text(file.keep_five_minutes, default.keep_five_minutes),
            keep_hourly: text(file.keep_hourly, default.keep_hourly),
            keep_events: text(file.keep_events, default.keep_events),
            max_size_bytes: text(file.max_size, default.max_size_bytes),
        };
        let day = SignedDuration::from_hours(24);
        for (key, length) in [("keep-full", store.keep_full), ("keep-events", store.keep_events)] {
            if length < day {
                self.wrong(
                    &["store", key],
                    Part::Value,
                    format!("`{key}` is too short"),
                    Wrong::with_help("less than a day", "write \"1d\" or more"),
                );
            }
        }
        for (finer, length, coarser, longer) in [
            ("keep-full", store.keep_full, "keep-five-minutes", store.keep_five_minutes),
            ("keep-five-minutes", store.keep_five_minutes, "keep-hourly", store.keep_hourly),
        ] {
            if length > longer {
                // Told at the key the file has.
                let at = if self.line_of(&["store", coarser]).is_some() { coarser } else { finer };
                let (length, longer) = (Duration::write(length), Duration::write(longer));
                self.wrong(
                    &["store", at],
                    Part::Value,
                    format!("`{coarser}` is shorter than `{finer}`"),
                    Wrong::with_help(
                        format!("`{coarser}` is {longer}, `{finer}` is {length}"),
                        format!("means are kept at least as long as what they are made of: {coarser} = \"{length}\" or more"),
                    ),
                );
            }
        }
        if store.max_size_bytes < 32 << 20 {
            self.wrong(
                &["store", "max-size"],
                Part::Value,
                "`max-size` is too small",
                Wrong::with_help(
                    format!("{} holds not even a day", Size::write(store.max_size_bytes)),
                    "write \"32MiB\" or more",
                ),
            );
        }
        store
    }

    fn alerts(&mut self, file: raw::Alerts, default: AlertsConfig) -> AlertsConfig {
        let minute = SignedDuration::from_mins;
        let alerts = AlertsConfig {
            group_wait: self.within(
                &["alerts", "group-wait"],
                text(file.group_wait, default.group_wait),
                SignedDuration::ZERO,
                minute(10),
            ),
            reminders: file.reminders.map_or(default.reminders, |list| list.0),
            remind_from: file.remind_from.unwrap_or(default.remind_from),
            clear_for: text(file.clear_for, default.clear_for),
            flap_multiplier: text(file.flap_multiplier, default.flap_multiplier),
            flap_window: text(file.flap_window, default.flap_window),
            flap_max: text(file.flap_max, default.flap_max),
            silent_for: self
                .some_time(&["alerts", "silent-for"], text(file.silent_for, default.silent_for)),
            channel_failing_for: text(file.channel_failing_for, default.channel_failing_for),
            channel_test_after: text(file.channel_test_after, default.channel_test_after),
            severities: file.severities.map_or(default.severities, |named| named.0),
        };
        if !alerts.channel_test_after.is_zero() {
            let (least, most) = (minute(24 * 60), minute(365 * 24 * 60));
            let path = ["alerts", "channel-test-after"];
            self.within(&path, alerts.channel_test_after, least, most);
        }
        let short = alerts.reminders.iter().position(|after| *after < minute(1));
        if let Some(index) = short {
            let index = index.to_string();
            self.wrong(
                &["alerts", "reminders", &index],
                Part::Value,
                "`reminders` come too fast",
                Wrong::with_help(
                    "less than a minute after the message before",
                    "write \"1m\" or more; `reminders = []` for none",
                ),
            );
        }
        if !(1.0..=10.0).contains(&alerts.flap_multiplier) {
            self.wrong(
                &["alerts", "flap-multiplier"],
                Part::Value,
                "`flap-multiplier` is out of range",
                Wrong::new("a number from 1 to 10 goes here"),
            );
        }
        if alerts.flap_max < alerts.clear_for {
            let at = if self.line_of(&["alerts", "flap-max"]).is_some() {
                "flap-max"
            } else {
                "clear-for"
            };
            let (most, least) =
                (Duration::write(alerts.flap_max), Duration::write(alerts.clear_for));
            self.wrong(
                &["alerts", at],
                Part::Value,
                "`flap-max` is shorter than `clear-for`",
                Wrong::with_help(
                    format!("`flap-max` is {most}, `clear-for` is {least}"),
                    format!("write flap-max = \"{least}\" or more"),
                ),
            );
        }
        alerts
    }
}

/// What is written, or the default.
fn text<K: super::value::Kind>(written: Option<Text<K>>, default: K::Value) -> K::Value {
    written.map_or(default, |text| text.0)
}
