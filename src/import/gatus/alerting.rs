//! Alerting providers as channels, and what endpoints say of alerts.

use std::collections::BTreeMap;

use nightkeep_audit::sigma::yaml::{Node, What};

use super::tree::{list, number, text};
use crate::import::entry::{Entry, Value, headers};
use crate::import::name::tidy;
use crate::import::{Imported, Told};

/// The providers.
#[derive(Debug, Default)]
pub(super) struct Alerting {
    /// Providers that became channels, by their types.
    channels: BTreeMap<String, String>,
    /// What alerts of a type say unless an endpoint says otherwise.
    defaults: BTreeMap<String, Node>,
}

/// What an endpoint's alerts come down to.
struct Thresholds {
    failures: i64,
    successes: i64,
    channels: Vec<String>,
    note: Option<String>,
}

impl Alerting {
    /// Makes channels of all providers that have an equal.
    pub(super) fn read(whole: &Node, out: &mut Imported) -> Self {
        let mut alerting = Self::default();
        let providers = whole.get("alerting").and_then(Node::map).unwrap_or_default();
        for (kind, provider) in providers {
            let of = format!("alerting.{}", tidy(kind));
            if let Some(default) = provider.get("default-alert") {
                alerting.defaults.insert(kind.clone(), default.clone());
            }
            let name = crate::import::name::slug(kind);
            let mut entry = Entry::new(&name, of.clone());
            let mut left = Vec::new();
            if let Err(why) = channel(kind, provider, &mut entry, &mut left) {
                out.leave(of, why);
                continue;
            }
            for (part, why) in left {
                out.leave_part(&of, part, why);
            }
            alerting.channels.insert(kind.clone(), name);
            out.channels.push(entry);
        }
        alerting
    }

    /// A key of an alert, its own or the provider's default.
    fn said<'a>(&'a self, alert: &'a Node, key: &str) -> Option<&'a Node> {
        let known = |node: &'a Node| node.get(key).filter(|node| node.what != What::Null);
        let default = || self.defaults.get(text(alert, "type")?).and_then(known);
        known(alert).or_else(default)
    }

    fn thresholds(&self, endpoint: &Node, of: &str, out: &mut Imported) -> Option<Thresholds> {
        let mut found: Option<Thresholds> = None;
        let mut differ = false;
        for alert in list(endpoint, "alerts") {
            let kind = text(alert, "type").unwrap_or_default();
            let enabled = self.said(alert, "enabled").and_then(Node::text);
            if enabled == Some("false") {
                out.leave_part(of, format!("alert {kind:?}"), "it is switched off");
                continue;
            }
            let count = |key: &str, usual: i64| {
                let said = self.said(alert, key).and_then(Node::text);
                said.and_then(|text| text.parse().ok()).filter(|count| *count > 0).unwrap_or(usual)
            };
            let (failures, successes) =
                (count("failure-threshold", 3), count("success-threshold", 2));
            for (key, why) in [
                (
                    "minimum-reminder-interval",
                    "reminders are one setting for all alerts: `reminders` under [alerts]",
                ),
                (
                    "provider-override",
                    "a channel has one address; make another channel and a [[route]]",
                ),
            ] {
                if self.said(alert, key).is_some() {
                    out.leave_part(of, format!("alert {kind:?}: {key}"), why);
                }
            }
            if self.said(alert, "send-on-resolved").and_then(Node::text) != Some("true") {
                let why = "the end of an alert is told as well";
                out.leave_part(of, format!("alert {kind:?}: send-on-resolved = false"), why);
            }
            let note = self.said(alert, "description").and_then(Node::text).map(tidy);
            let all = found.get_or_insert(Thresholds {
                failures,
                successes,
                channels: Vec::new(),
                note: None,
            });
            differ |= all.failures != failures || all.successes != successes;
            all.failures = all.failures.min(failures);
            all.successes = all.successes.min(successes);
            all.note = all.note.take().or(note.filter(|note| !note.is_empty()));
            all.channels.extend(self.channels.get(kind).cloned());
        }
        if differ {
            let why = "a monitor has one measure for all channels: the smallest";
            out.leave_part(of, "thresholds that differ", why);
        }
        found
    }

    /// Thresholds, note and channels of a monitor. False: it has no alerts.
    pub(super) fn of(
        &self,
        endpoint: &Node,
        of: &str,
        entry: &mut Entry,
        out: &mut Imported,
    ) -> bool {
        let said = self.thresholds(endpoint, of, out);
        let has_alerts = said.is_some();
        let told = said.map_or_else(Vec::new, |said| {
            entry.set("failures", said.failures.min(100));
            entry.set("successes", said.successes.min(100));
            entry.set_some("note", said.note);
            said.channels
        });
        match out.routes.iter_mut().find(|route| route.channels == told) {
            Some(route) => route.monitors.push(entry.name.clone()),
            None => {
                out.routes.push(Told { channels: told, monitors: vec![entry.name.clone()] });
            }
        }
        has_alerts
    }

    /// The same of a heartbeat.
    pub(super) fn of_heartbeat(
        &self,
        endpoint: &Node,
        of: &str,
        entry: &mut Entry,
        out: &mut Imported,
    ) {
        let Some(said) = self.thresholds(endpoint, of, out) else { return };
        entry.set("failures", said.failures.min(100));
        if said.successes != 1 {
            out.leave_part(of, "success-threshold", "one call is enough for a heartbeat to be up");
        }
        entry.set_some("note", said.note);
        if !said.channels.is_empty() {
            entry.set("channels", said.channels);
        }
    }
}

type Left = Vec<(String, &'static str)>;

const WORDS: &str = "messages have nightkeep's own words";

fn channel(kind: &str, provider: &Node, entry: &mut Entry, left: &mut Left) -> Result<(), String> {
    let need = |key: &str| {
        text(provider, key).map(str::to_owned).ok_or_else(|| format!("its `{key}` is not there"))
    };
    let secret = |key: &str| need(key).map(Value::Secret);
    let server = |key: &str| need(key).map(|url| url.trim_end_matches('/').to_owned());
    match kind {
        "discord" => {
            entry.set("type", "discord");
            entry.set("url", secret("webhook-url")?);
        }
        "slack" | "mattermost" | "rocketchat" => {
            entry.set("type", "slack");
            entry.set("url", secret("webhook-url")?);
        }
        "teams-workflows" => {
            entry.set("type", "teams");
            entry.set("url", secret("webhook-url")?);
        }
        "teams" => {
            return Err(String::from(
                "its connector was switched off by Microsoft; make a workflow, and `type = \"teams\"`",
            ));
        }
        "telegram" => {
            entry.set("type", "telegram");
            entry.set("token", secret("token")?);
            let chat = need("id")?;
            match chat.parse::<i64>() {
                Ok(number) => entry.set("chat", number),
                Err(_) => entry.set("chat", chat),
            }
            entry.set_some("thread", number(provider, "topic-id"));
            let url = text(provider, "api-url").map(|url| url.trim_end_matches('/'));
            entry.set_some("server", url.filter(|url| *url != "https://api.telegram.org"));
        }
        "gotify" => {
            entry.set("type", "gotify");
            entry.set("server", server("server-url")?);
            entry.set("token", secret("token")?);
        }
        "ntfy" => {
            entry.set("type", "ntfy");
            entry.set("topic", secret("topic")?);
            entry.set_some(
                "token",
                text(provider, "token").map(|text| Value::Secret(text.to_owned())),
            );
            let url = text(provider, "url").map(|url| url.trim_end_matches('/'));
            entry.set_some("server", url.filter(|url| *url != "https://ntfy.sh"));
        }
        "pushover" => {
            entry.set("type", "pushover");
            entry.set("token", secret("application-token")?);
            entry.set("user", secret("user-key")?);
            entry.set_some("device", text(provider, "device"));
            if number(provider, "priority") == Some(2) {
                entry.set("emergency", true);
            }
        }
        "matrix" => {
            entry.set("type", "matrix");
            let url = text(provider, "server-url").unwrap_or("https://matrix-client.matrix.org");
            entry.set("server", url.trim_end_matches('/'));
            entry.set("token", secret("access-token")?);
            entry.set("room", need("internal-room-id")?);
        }
        "pagerduty" => {
            entry.set("type", "pagerduty");
            entry.set("routing-key", secret("integration-key")?);
        }
        "email" => email(provider, entry)?,
        "custom" => {
            entry.set("type", "webhook");
            entry.set("url", secret("url")?);
            let pairs = provider.get("headers").and_then(Node::map).unwrap_or_default();
            let said: Vec<(String, String)> = pairs
                .iter()
                .map(|(name, value)| (name.clone(), value.text().unwrap_or_default().to_owned()))
                .collect();
            if !said.is_empty() {
                entry.set("headers", headers(said));
            }
            let why =
                "the body is nightkeep's own JSON, by POST: whoever hears it has to read that";
            for key in ["method", "body", "placeholders"] {
                if provider.get(key).is_some() {
                    left.push((key.to_owned(), why));
                }
            }
        }
        _ => {
            return Err(String::from(
                "there is no channel of this kind; Apprise may know it (`type = \"apprise\"`), or a \
                 program of your own (`type = \"command\"`)",
            ));
        }
    }
    let overrides = provider.get("overrides").map_or(0, |list| list.list().len());
    if overrides > 0 {
        let part = format!("{overrides} overrides for groups");
        left.push((part, "make a channel of each, and a [[route]] of the group's monitors"));
    }
    for (key, why) in [
        ("title", WORDS),
        ("message-content", WORDS),
        ("priority", "the priority follows the severity"),
        ("resolved-priority", "the priority follows the severity"),
        ("sound", "the sound is the device's own"),
        ("ttl", "messages stay"),
        ("channel", "the service decides by what it was set up with"),
        ("email", "no such thing is sent"),
        ("click", "no such thing is sent"),
        ("client", "the certificate of a channel's server has to be good"),
    ] {
        let is_taken = key == "priority" && entry.get("emergency").is_some();
        if text(provider, key).is_some() && !is_taken
            || (key == "client" && provider.get(key).is_some())
        {
            left.push((key.to_owned(), why));
        }
    }
    Ok(())
}

fn email(provider: &Node, entry: &mut Entry) -> Result<(), String> {
    let need = |key: &str| {
        text(provider, key).map(str::to_owned).ok_or_else(|| format!("its `{key}` is not there"))
    };
    entry.set("type", "smtp");
    entry.set("server", need("host")?);
    let to: Vec<String> = need("to")?
        .split(',')
        .map(|one| one.trim().to_owned())
        .filter(|one| !one.is_empty())
        .collect();
    entry.set("to", to);
    entry.set("from", need("from")?);
    let port = number(provider, "port").filter(|port| (1..=65_535).contains(port)).unwrap_or(587);
    if let Some(password) = text(provider, "password") {
        let user = text(provider, "username").or_else(|| text(provider, "from"));
        entry.set_some("user", user);
        entry.set("password", Value::Secret(password.to_owned()));
    }
    entry.set("port", port);
    entry.set(
        "security",
        if port == 465 {
            "tls"
        } else if port == 25 {
            "none"
        } else {
            "starttls"
        },
    );
    Ok(())
}
