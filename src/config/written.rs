//! The checked config as it would stand in a file, key by key: what `show`, `diff`, the example
//! and the reference are made of.

mod heartbeat;
mod monitor;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::value::{Duration, EndpointText, HoursText, Number, Rate, Share, Size, Times, Weekly};
use super::{
    AuditLog, ChannelKind, Config, Expiry, Forecast, HeartbeatConfig, Login, MonitorConfig,
    MountConfig, Secret, SmtpSecurity, StatusPageConfig, Sustained, Threshold, TlsConfig, Window,
};
use crate::model::{Match, Severity};

/// One key.
pub(super) struct Line {
    /// Its tables and itself.
    pub(super) path: Vec<String>,
    /// What it is set to.
    pub(super) value: Value,
}

/// What a key is set to.
#[derive(PartialEq, Eq)]
pub(super) enum Value {
    /// As it stands in a file.
    Toml(String),
    /// Not to be shown.
    Secret(Secret),
}

/// Every key that has a value, in the order of the reference.
pub(super) fn lines(config: &Config) -> Vec<Line> {
    let mut out = Lines { lines: Vec::new(), at: Vec::new() };
    out.put("host", quote(&config.host));
    if let Some(name) = config.timezone.iana_name() {
        out.put("timezone", quote(name));
    }
    out.put("interval", duration(config.interval));
    for name in config.channels.keys() {
        out.inside(&["channel", name], |out| out.channel(config, name));
    }
    for (index, route) in config.routes.iter().enumerate() {
        out.inside(&["route", &index.to_string()], |out| {
            out.put("channels", list(&route.channels, |name| quote(name)));
            out.matches(&route.matches);
            if !route.sources.is_empty() {
                out.put("sources", list(&route.sources, |source| quote(source.as_str())));
            }
            if let Some(hours) = route.hours {
                out.put("hours", quote(&HoursText::write(hours)));
            }
            if route.go_on {
                out.put("continue", yes(true));
            }
        });
    }
    for (index, window) in config.maintenance.iter().enumerate() {
        out.inside(&["maintenance", &index.to_string()], |out| {
            out.put("name", quote(&window.name));
            out.window(&window.window, &config.timezone);
            out.put("author", quote(&window.author));
            if !window.reason.is_empty() {
                out.put("reason", quote(&window.reason));
            }
            if let Some(public) = &window.public {
                out.put("public", quote(public));
            }
            out.matches(&window.matches);
        });
    }
    out.rules(config);
    out.units(config);
    out.ssh(config);
    out.fail2ban(config);
    out.audit(config);
    out.certificates(config);
    out.machine(config);
    let hardware = &config.hardware;
    out.inside(&["hardware"], |out| {
        out.put("enabled", yes(hardware.enabled));
        out.put("raid", yes(hardware.raid));
        out.put("drives", yes(hardware.drives));
        out.put("temperature", rule(&hardware.temperature, Number::write));
    });
    let containers = &config.containers;
    out.inside(&["containers"], |out| {
        if let Some(socket) = &containers.socket {
            out.put("socket", quote(&socket.to_string_lossy()));
        }
        out.put("ignore", list(&containers.ignore, |name| quote(name)));
    });
    for (name, check) in &config.checks {
        out.inside(&["check", name], |out| {
            out.put("command", list(&check.command, |word| quote(word)));
            out.put("interval", duration(check.interval));
            out.put("timeout", duration(check.timeout));
            out.put("for", duration(check.hold));
        });
    }
    for (name, monitor) in &config.monitors {
        out.inside(&["monitor", name], |out| out.monitor(monitor));
    }
    out.inside(&["way-out"], |out| {
        out.put("ask", list(&config.way_out.ask, |place| quote(&place.to_string())));
    });
    out.alerts(config);
    out.inside(&["digest"], |out| {
        if let Some(cron) = &config.digest.cron {
            out.put("cron", quote(cron));
        }
        out.put("channels", list(&config.digest.channels, |name| quote(name)));
    });
    let web = &config.web;
    out.inside(&["web"], |out| {
        out.put("listen", list(&web.listen, |listen| quote(&listen.to_string())));
        if let Some(url) = &web.url {
            out.put("url", quote(url));
        }
        let proxies = &web.trusted_proxies;
        out.put("trusted-proxies", list(proxies, |network| quote(&network.to_string())));
        out.put("metrics-from", list(&web.metrics_from, |network| quote(&network.to_string())));
        let login = match web.login {
            Login::Always => "always",
            Login::OffLoopback => "off-loopback",
        };
        out.put("login", quote(login));
        if let Some(TlsConfig { certificate, key }) = &web.tls {
            let [certificate, key] = [certificate, key].map(|path| quote(&path.to_string_lossy()));
            out.put("tls", format!("{{ certificate = {certificate}, key = {key} }}"));
        }
        if let Some(folder) = &web.locale {
            out.put("locale", quote(&folder.to_string_lossy()));
        }
        if let Some(proxy) = &web.forward_auth {
            let names = |names: &[String]| list(names, |name| quote(name));
            out.put(
                "forward-auth",
                format!(
                    "{{ header = {}, from = {}, owners = {}, editors = {} }}",
                    quote(&proxy.header),
                    list(&proxy.from, |from| quote(&from.to_string())),
                    names(&proxy.owners),
                    names(&proxy.editors)
                ),
            );
        }
    });
    out.status_page(&config.status_page);
    for heartbeat in &config.heartbeats {
        out.inside(&["heartbeat", &heartbeat.slug], |out| out.heartbeat(heartbeat));
    }
    let mail = &config.heartbeat_mail;
    out.inside(&["heartbeat-mail"], |out| {
        out.put("listen", list(&mail.listen, |listen| quote(&listen.to_string())));
        if !mail.domain.is_empty() {
            out.put("domain", quote(&mail.domain));
        }
    });
    let store = &config.store;
    out.inside(&["store"], |out| {
        out.put("path", quote(&store.path.to_string_lossy()));
        out.put("keep-full", duration(store.keep_full));
        out.put("keep-five-minutes", duration(store.keep_five_minutes));
        out.put("keep-hourly", duration(store.keep_hourly));
        out.put("keep-events", duration(store.keep_events));
        out.put("max-size", quote(&Size::write(store.max_size_bytes)));
    });
    out.lines
}

/// The keys of one monitor.
pub(super) fn monitor_lines(monitor: &MonitorConfig) -> Vec<Line> {
    let mut out = Lines { lines: Vec::new(), at: Vec::new() };
    out.monitor(monitor);
    out.lines
}

/// The keys of one heartbeat.
pub(super) fn heartbeat_lines(heartbeat: &HeartbeatConfig) -> Vec<Line> {
    let mut out = Lines { lines: Vec::new(), at: Vec::new() };
    out.heartbeat(heartbeat);
    out.lines
}

struct Lines {
    lines: Vec<Line>,
    at: Vec<String>,
}

impl Lines {
    fn status_page(&mut self, page: &StatusPageConfig) {
        self.inside(&["status-page"], |out| {
            out.put("show", list(&page.show, |show| quote(&show.to_string())));
            out.put("title", quote(&page.title));
            if let Some(description) = &page.description {
                out.put("description", quote(description));
            }
            out.put("path", quote(if page.path.is_empty() { "/" } else { &page.path }));
            if let Some(domain) = &page.domain {
                out.put("domain", quote(domain));
            }
            if !page.links.is_empty() {
                let link =
                    |(name, url): (&String, &String)| format!("{} = {}", quote(name), quote(url));
                let links: Vec<String> = page.links.iter().map(link).collect();
                out.put("links", format!("{{ {} }}", links.join(", ")));
            }
            out.put("days", page.days.to_string());
            out.put("latency", yes(page.latency));
            if let Some(css) = &page.css {
                out.put("css", quote(&css.to_string_lossy()));
            }
        });
    }

    fn put(&mut self, key: &str, written: String) {
        self.push(key, Value::Toml(written));
    }

    fn secret(&mut self, key: &str, secret: &Secret) {
        self.push(key, Value::Secret(secret.clone()));
    }

    fn push(&mut self, key: &str, value: Value) {
        let path = self.at.iter().cloned().chain([key.to_owned()]).collect();
        self.lines.push(Line { path, value });
    }

    fn inside(&mut self, table: &[&str], fill: impl FnOnce(&mut Self)) {
        let before = self.at.len();
        self.at.extend(table.iter().map(|step| (*step).to_owned()));
        fill(self);
        self.at.truncate(before);
    }

    fn matches(&mut self, matches: &Match) {
        if !matches.severities.is_empty() {
            self.put("severities", list(&matches.severities, |severity| quote(severity.as_str())));
        }
        if !matches.rules.is_empty() {
            self.put("rules", list(&matches.rules, |rule| quote(rule)));
        }
        if !matches.subjects.is_empty() {
            self.put("subjects", list(&matches.subjects, |subject| quote(subject)));
        }
    }

    fn window(&mut self, window: &Window, zone: &TimeZone) {
        // In the config's zone, with its offset: as one reads it, and exact.
        let moment = |instant: Timestamp| {
            quote(&instant.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
        };
        match window {
            Window::Once { from, until } => {
                self.put("from", moment(*from));
                self.put("until", moment(*until));
            }
            Window::Weekly { days, hours } => {
                self.put("weekly", quote(&Weekly::write(days, *hours)));
            }
            Window::Cron { expression, lasts } => {
                self.put("cron", quote(expression));
                self.put("lasts", duration(*lasts));
            }
        }
    }

    fn channel(&mut self, config: &Config, name: &str) {
        let Some(channel) = config.channels.get(name) else { return };
        let mails = |to: &Vec<String>| list(to, |address| quote(address));
        self.put("type", quote(channel.kind.as_str()));
        match &channel.kind {
            ChannelKind::Ntfy { server, topic, token } => {
                self.secret("topic", topic);
                if let Some(token) = token {
                    self.secret("token", token);
                }
                self.put("server", quote(server));
            }
            ChannelKind::Smtp(smtp) => {
                self.put("server", quote(&smtp.server));
                self.put("to", mails(&smtp.to));
                self.put("from", quote(&smtp.from));
                if let Some(user) = &smtp.user {
                    self.put("user", quote(user));
                }
                if let Some(password) = &smtp.password {
                    self.secret("password", password);
                }
                let security = match smtp.security {
                    SmtpSecurity::Tls => "tls",
                    SmtpSecurity::StartTls => "starttls",
                    SmtpSecurity::None => "none",
                };
                self.put("security", quote(security));
                self.put("port", smtp.port.to_string());
            }
            ChannelKind::Sendmail { program, from, to } => {
                self.put("to", mails(to));
                self.put("from", quote(from));
                self.put("program", quote(&program.to_string_lossy()));
            }
            ChannelKind::Slack { url } | ChannelKind::Teams { url } => {
                self.secret("url", url);
            }
            ChannelKind::Telegram { server, token, chat, thread } => {
                self.secret("token", token);
                self.put("chat", quote(chat));
                if let Some(thread) = thread {
                    self.put("thread", thread.to_string());
                }
                self.put("server", quote(server));
            }
            ChannelKind::Webhook { url, key, headers } => {
                self.secret("url", url);
                if let Some(key) = key {
                    self.secret("key", key);
                }
                for (header, value) in headers {
                    self.inside(&["headers"], |out| out.secret(header, value));
                }
            }
            ChannelKind::Discord { url, thread } => {
                self.secret("url", url);
                if let Some(thread) = thread {
                    self.put("thread", thread.to_string());
                }
            }
            ChannelKind::Gotify { server, token } => {
                self.put("server", quote(server));
                self.secret("token", token);
            }
            ChannelKind::Pushover(pushover) => {
                self.secret("token", &pushover.token);
                self.secret("user", &pushover.user);
                if let Some(device) = &pushover.device {
                    self.put("device", quote(device));
                }
                self.put("emergency", pushover.emergency.to_string());
                self.put("retry", duration(pushover.retry));
                self.put("expire", duration(pushover.expire));
                self.put("server", quote(&pushover.server));
            }
            ChannelKind::Matrix { server, token, room } => {
                self.put("server", quote(server));
                self.secret("token", token);
                self.put("room", quote(room));
            }
            ChannelKind::Pagerduty { server, key } => {
                self.secret("routing-key", key);
                self.put("server", quote(server));
            }
            ChannelKind::Apprise { program, url } => {
                self.secret("url", url);
                self.put("program", quote(&program.to_string_lossy()));
            }
            ChannelKind::AppriseApi { server, key, tags } => {
                self.put("server", quote(server));
                self.secret("key", key);
                if !tags.is_empty() {
                    self.put("tags", list(tags, |tag| quote(tag)));
                }
            }
            ChannelKind::Syslog { .. } => {}
            ChannelKind::Command { command } => {
                self.put("command", list(command, |word| quote(word)));
            }
        }
        self.put("timeout", duration(channel.timeout));
    }

    fn rules(&mut self, config: &Config) {
        let disk = &config.disk;
        self.inside(&["disk"], |out| {
            out.put("enabled", yes(disk.enabled));
            out.put("ignore", list(&disk.ignore, |mount| quote(mount)));
            out.put("used", rule(&disk.used, share));
            out.put("inodes", rule(&disk.inodes, share));
            out.put("read-only", yes(disk.read_only));
            out.put("forecast", forecast(&disk.forecast));
            for (path, MountConfig { used, inodes, forecast: trend }) in &disk.mounts {
                out.inside(&["mount", path], |out| {
                    out.put("used", rule(used, share));
                    out.put("inodes", rule(inodes, share));
                    out.put("forecast", forecast(trend));
                });
            }
        });
        let memory = &config.memory;
        self.inside(&["memory"], |out| {
            out.put("enabled", yes(memory.enabled));
            out.put("available", rule(&memory.available, share));
            out.put("swap", rule(&memory.swap, |rate| quote(&Rate::write(rate))));
            out.put("pressure", rule(&memory.pressure, share));
            let oom = format!("{{ quiet = {} }}", duration(memory.oom.quiet));
            out.put("oom", if memory.oom.enabled { oom } else { yes(false) });
        });
        let cpu = &config.cpu;
        self.inside(&["cpu"], |out| {
            out.put("enabled", yes(cpu.enabled));
            out.put("busy", rule(&cpu.busy, share));
            out.put("iowait", rule(&cpu.iowait, share));
            out.put("steal", rule(&cpu.steal, share));
            out.put("load", rule(&cpu.load, Number::write));
            out.put("pressure", rule(&cpu.pressure, share));
            out.put("io-pressure", rule(&cpu.io_pressure, share));
        });
        let network = &config.network;
        self.inside(&["network"], |out| {
            out.put("enabled", yes(network.enabled));
            out.put("ignore", list(&network.ignore, |interface| quote(interface)));
            out.put("down-for", duration(network.down_for));
        });
    }

    fn units(&mut self, config: &Config) {
        let units = &config.units;
        self.inside(&["units"], |out| {
            out.put("enabled", yes(units.enabled));
            out.put("failed", yes(units.failed));
            out.put("ignore", list(&units.ignore, |unit| quote(unit)));
            out.put("must-be-active", list(&units.must_be_active, |unit| quote(unit)));
            out.put("inactive-for", duration(units.inactive_for));
            out.put(
                "severities",
                severities(units.severities.iter().map(|(k, v)| (k.as_str(), *v))),
            );
            out.put("restarts", units.restarts.to_string());
            out.put("restarts-within", duration(units.restarts_within));
            out.put("timers", yes(units.timers));
            out.put("timer-grace", duration(units.timer_grace));
        });
    }

    fn ssh(&mut self, config: &Config) {
        let ssh = &config.ssh;
        self.inside(&["ssh"], |out| {
            out.put("enabled", yes(ssh.enabled));
            out.put("unknown", list(&ssh.unknown, |part| quote(part.as_str())));
            out.put("guessed-after", ssh.guessed_after.to_string());
            out.put("quiet", duration(ssh.quiet));
        });
    }

    fn fail2ban(&mut self, config: &Config) {
        let fail2ban = &config.fail2ban;
        self.inside(&["fail2ban"], |out| {
            out.put("enabled", yes(fail2ban.enabled));
            out.put("spike", fail2ban.spike.to_string());
            out.put("blind-after", fail2ban.blind_after.to_string());
        });
    }

    fn audit(&mut self, config: &Config) {
        let audit = &config.audit;
        self.inside(&["audit"], |out| {
            out.put("enabled", yes(audit.enabled));
            if let Some(path) = &audit.rules {
                out.put("rules", quote(&path.to_string_lossy()));
            }
            out.put("restore", yes(audit.restore));
            out.put("acts", yes(audit.acts));
            out.put("keys", list(&audit.keys, |key| quote(key)));
            out.put("sigma", list(&audit.sigma, |path| quote(&path.to_string_lossy())));
            let log = match audit.log {
                AuditLog::Auto => "auto",
                AuditLog::Always => "always",
                AuditLog::Never => "never",
            };
            out.put("log", quote(log));
            out.put("log-size", quote(&Size::write(audit.log_size_bytes)));
        });
    }

    fn certificates(&mut self, config: &Config) {
        let certificates = &config.certificates;
        self.inside(&["certificates"], |out| {
            out.put("enabled", yes(certificates.enabled));
            let endpoint = |endpoint: &_| quote(&EndpointText::write(endpoint));
            out.put("endpoints", list(&certificates.endpoints, endpoint));
            out.put("files", list(&certificates.files, |file| quote(&file.to_string_lossy())));
            out.put("find", yes(certificates.find));
            out.put("interval", duration(certificates.interval));
            out.put("expiry", expiry(&certificates.expiry));
            out.put("expiry-only", list(&certificates.expiry_only, |name| quote(name)));
            out.put("not-served-for", duration(certificates.not_served_for));
            out.put("unseen-for", duration(certificates.unseen_for));
        });
    }

    fn machine(&mut self, config: &Config) {
        let machine = &config.machine;
        self.inside(&["machine"], |out| {
            out.put("enabled", yes(machine.enabled));
            out.put("reboot-required", yes(machine.reboot_required));
            out.put("reboot-within", duration(machine.reboot_within));
            out.put("unexpected-reboot", yes(machine.unexpected_reboot));
            out.put("security-updates", yes(machine.security_updates));
            out.put("updates-within", duration(machine.updates_within));
            out.put("clock", yes(machine.clock));
            out.put("clock-for", duration(machine.clock_for));
        });
    }

    fn alerts(&mut self, config: &Config) {
        let alerts = &config.alerts;
        self.inside(&["alerts"], |out| {
            out.put("group-wait", duration(alerts.group_wait));
            out.put("reminders", list(&alerts.reminders, |after| duration(*after)));
            out.put("remind-from", quote(alerts.remind_from.as_str()));
            out.put("clear-for", duration(alerts.clear_for));
            out.put("flap-window", duration(alerts.flap_window));
            out.put("flap-multiplier", Number::write(alerts.flap_multiplier));
            out.put("flap-max", duration(alerts.flap_max));
            out.put("silent-for", duration(alerts.silent_for));
            out.put("channel-failing-for", duration(alerts.channel_failing_for));
            out.put("channel-test-after", duration(alerts.channel_test_after));
            out.put(
                "severities",
                severities(alerts.severities.iter().map(|(k, v)| (k.as_str(), *v))),
            );
        });
    }
}

fn yes(yes: bool) -> String {
    yes.to_string()
}

/// A text in TOML's quotes.
pub(super) fn quote(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A key, quoted where it has to be.
pub(super) fn key(text: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !text.is_empty() && text.chars().all(bare) { text.to_owned() } else { quote(text) }
}

fn duration(length: jiff::SignedDuration) -> String {
    quote(&Duration::write(length))
}

fn share(share: f64) -> String {
    quote(&Share::write(share))
}

fn list<T>(items: &[T], write: impl Fn(&T) -> String) -> String {
    format!("[{}]", items.iter().map(write).collect::<Vec<_>>().join(", "))
}

fn severities<'a>(table: impl Iterator<Item = (&'a str, Severity)>) -> String {
    let pairs: Vec<String> = table
        .map(|(name, severity)| format!("{} = {}", key(name), quote(severity.as_str())))
        .collect();
    if pairs.is_empty() { String::from("{}") } else { format!("{{ {} }}", pairs.join(", ")) }
}

fn rule(threshold: &Threshold, write: impl Fn(f64) -> String) -> String {
    if !threshold.enabled {
        return yes(false);
    }
    let level = |level: Option<f64>| level.map_or_else(|| yes(false), &write);
    let sustained = match threshold.sustained {
        Sustained::For(length) => format!("for = {}", duration(length)),
        Sustained::Times { times, of } => format!("times = {}", quote(&Times::write(times, of))),
    };
    format!(
        "{{ warning = {}, critical = {}, clear = {}, {sustained} }}",
        level(threshold.warning),
        level(threshold.critical),
        write(threshold.clear)
    )
}

fn forecast(forecast: &Forecast) -> String {
    if !forecast.enabled {
        return yes(false);
    }
    format!(
        "{{ warning = {}, critical = {}, floor = {} }}",
        duration(forecast.warning),
        duration(forecast.critical),
        share(forecast.floor)
    )
}

fn expiry(expiry: &Expiry) -> String {
    if !expiry.enabled {
        return yes(false);
    }
    format!(
        "{{ warning = {}, warning-share = {}, critical = {}, critical-share = {} }}",
        duration(expiry.warning.time),
        share(expiry.warning.share),
        duration(expiry.critical.time),
        share(expiry.critical.share)
    )
}
