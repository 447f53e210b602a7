//! Endpoints as monitors.

use nightkeep_audit::sigma::yaml::Node;

use super::alerting::Alerting;
use super::condition::{self, Test};
use super::maintenance;
use super::tree::{flag, list, milliseconds, text};
use crate::import::address::target;
use crate::import::condition::all;
use crate::import::entry::{Entry, headers};
use crate::import::name::{Names, tidy};
use crate::import::{Imported, Place, Value};

/// Makes monitors of all endpoints.
pub(super) fn endpoints(whole: &Node, alerting: &Alerting, place: &Place, out: &mut Imported) {
    let mut names = Names::default();
    let mut untold = Vec::new();
    for endpoint in list(whole, "endpoints") {
        let name = tidy(text(endpoint, "name").unwrap_or_default());
        let group = text(endpoint, "group").map(tidy);
        // Names are unique within their group only.
        let taken = names.one(&name);
        let of = match &group {
            Some(group) => format!("endpoint {:?}", format!("{group}/{name}")),
            None => format!("endpoint {name:?}"),
        };
        let mut entry = Entry::new(&taken, of.clone());
        let mut one = One { endpoint, of: &of, domain: None, out };
        if let Err(why) = one.monitor(&mut entry) {
            out.leave(of, why);
            continue;
        }
        let domain = one.domain;
        entry.set_some("group", group.clone());
        if !alerting.of(endpoint, &of, &mut entry, out) {
            untold.push(taken.clone());
        }
        if let Some((host, least)) = domain {
            domain_monitor(&mut names, &taken, &host, least, &of, out);
        }
        maintenance::of_monitor(endpoint, &of, &format!("monitor:{taken}"), place, out);
        out.monitors.push(entry);
    }
    if !untold.is_empty() {
        let part = format!("having no alerts: {}", untold.join(", "));
        let why = "Gatus only shows these; nightkeep tells of every monitor, unless a [[route]] with \
                   `channels = []` takes it";
        out.leave_part(format!("{} endpoints", untold.len()), part, why);
    }
}

struct One<'a> {
    endpoint: &'a Node,
    of: &'a str,
    /// A domain whose end is looked at, and for how many milliseconds it has to last.
    domain: Option<(String, i64)>,
    out: &'a mut Imported,
}

impl One<'_> {
    fn left(&mut self, part: impl Into<String>, why: &str) {
        self.out.leave_part(self.of, part, why);
    }

    fn monitor(&mut self, entry: &mut Entry) -> Result<(), String> {
        let url = text(self.endpoint, "url").ok_or("it has no `url`")?.trim().to_owned();
        let of_dns = self.endpoint.get("dns").is_some();
        let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
        if of_dns {
            self.dns(&url, entry)?;
        } else {
            self.kind(&scheme, &url, entry)?;
        }
        self.rhythm(entry);
        if flag(self.endpoint, "enabled") == Some(false) {
            entry.set("paused", true);
        }
        self.client(&scheme, entry)?;
        self.conditions(&url, entry);
        let labels = self.endpoint.get("extra-labels").and_then(Node::map).unwrap_or_default();
        let tags: Vec<String> = labels
            .iter()
            .map(|(key, value)| tidy(&format!("{key}:{}", value.text().unwrap_or_default())))
            .collect();
        if !tags.is_empty() {
            entry.set("tags", tags);
        }
        if self.endpoint.get("ui").is_some() {
            self.left("ui", "the page shows what it shows");
        }
        Ok(())
    }

    fn kind(&mut self, scheme: &str, url: &str, entry: &mut Entry) -> Result<(), String> {
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        let host = rest.split(['/', '?']).next().unwrap_or_default().to_owned();
        let body = text(self.endpoint, "body").map(str::to_owned);
        let of_page = ["http", "https", "ws", "wss"].contains(&scheme);
        if !of_page && self.endpoint.get("headers").is_some() && !scheme.starts_with("grpc") {
            self.left("headers", "they go with pages only");
        }
        match scheme {
            "http" | "https" => self.page(url, entry),
            "ws" | "wss" => {
                entry.set("type", "websocket");
                target(url, entry);
                self.headers(entry);
                if body.is_some() {
                    self.left("body", "the upgrade is the check; nothing is said after it");
                }
            }
            "tcp" | "udp" => {
                entry.set("type", scheme);
                entry.set("target", host);
                entry.set_some("send", body.map(|body| body.replace('\\', "\\\\")));
            }
            "icmp" => {
                entry.set("type", "ping");
                entry.set("target", host);
            }
            "tls" => {
                entry.set("type", "tls");
                entry.set("target", host);
            }
            "starttls" => {
                entry.set("type", "smtp");
                entry.set("target", host);
                entry.set("starttls", true);
            }
            "grpc" | "grpcs" => {
                entry.set("type", "grpc");
                entry.set("target", host);
                if scheme == "grpcs" {
                    entry.set("tls", true);
                }
            }
            "ssh" => {
                let ssh = self.endpoint.get("ssh");
                let logs_in = ssh.is_some_and(|ssh| text(ssh, "username").is_some());
                if logs_in {
                    return Err(String::from(
                        "it logs in and runs a command, which nightkeep does not; \
                         `type = \"command\"` with ssh does",
                    ));
                }
                entry.set("type", "ssh");
                entry.set("target", host);
            }
            other => return Err(format!("{other:?} is not asked by nightkeep")),
        }
        Ok(())
    }

    fn page(&mut self, url: &str, entry: &mut Entry) {
        entry.set("type", "http");
        target(url, entry);
        let method = text(self.endpoint, "method").map(str::to_ascii_uppercase);
        entry.set_some("method", method.filter(|method| method != "GET"));
        let graphql = flag(self.endpoint, "graphql") == Some(true);
        match text(self.endpoint, "body") {
            Some(body) if graphql => {
                entry.set("body", serde_json::json!({ "query": body }).to_string());
            }
            Some(body) => entry.set("body", body),
            None => {}
        }
        self.headers(entry);
    }

    fn headers(&mut self, entry: &mut Entry) {
        let pairs = self.endpoint.get("headers").and_then(Node::map).unwrap_or_default();
        let mut said: Vec<(String, String)> = pairs
            .iter()
            .map(|(name, value)| (name.clone(), value.text().unwrap_or_default().to_owned()))
            .collect();
        let graphql = flag(self.endpoint, "graphql") == Some(true);
        let has_type = said.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if graphql && !has_type {
            said.push((String::from("Content-Type"), String::from("application/json")));
        }
        if !said.is_empty() {
            entry.set("headers", headers(said));
        }
    }

    /// The address is that of the resolver.
    fn dns(&mut self, url: &str, entry: &mut Entry) -> Result<(), String> {
        let dns = self.endpoint.get("dns").ok_or("it has no `dns`")?;
        entry.set("type", "dns");
        entry.set(
            "target",
            text(dns, "query-name").ok_or("it asks for no name")?.trim_end_matches('.'),
        );
        entry.set("record", text(dns, "query-type").unwrap_or("A").to_ascii_uppercase());
        let plain = url.split_once("://").map_or(url, |(_, rest)| rest);
        match resolver(plain) {
            Some(address) => entry.set("resolver", address),
            None => self.left(
                format!("resolver {}", tidy(plain)),
                "a resolver is given by its address; those of this machine are asked",
            ),
        }
        Ok(())
    }

    fn rhythm(&mut self, entry: &mut Entry) {
        let wanted = text(self.endpoint, "interval").and_then(milliseconds).unwrap_or(60_000);
        let interval = wanted.clamp(1000, 86_400_000);
        if interval != wanted {
            self.left("interval", "an interval is from 1s to 1d");
        }
        entry.set("interval", condition::written(interval));
        let client = self.endpoint.get("client");
        let timeout = client.and_then(|client| text(client, "timeout")).and_then(milliseconds);
        let wanted = timeout.unwrap_or(10_000);
        let timeout = wanted.clamp(100, 600_000).min(interval);
        if timeout < wanted && client.is_some_and(|client| client.get("timeout").is_some()) {
            self.left("client.timeout", "it is at most the interval, which it is here");
        }
        entry.set("timeout", condition::written(timeout));
        // Gatus counts failures at its usual pace.
        entry.set("retry-interval", condition::written(interval));
    }

    fn client(&mut self, scheme: &str, entry: &mut Entry) -> Result<(), String> {
        let Some(client) = self.endpoint.get("client") else { return Ok(()) };
        for key in ["oauth2", "identity-aware-proxy", "tunnel"] {
            if client.get(key).is_some() {
                return Err(format!(
                    "it is asked with `{key}`, which nightkeep does not know; without it the answer \
                     would be another"
                ));
            }
        }
        let of_page = ["http", "https", "ws", "wss"].contains(&scheme);
        let takes_insecure = of_page || ["tls", "starttls", "grpcs"].contains(&scheme);
        if flag(client, "insecure") == Some(true) && takes_insecure {
            entry.set("insecure", true);
        }
        if flag(client, "ignore-redirect") == Some(true) && of_page {
            entry.set("redirects", 0_i64);
        }
        if let Some(proxy) = text(client, "proxy-url").filter(|_| of_page) {
            let known =
                ["http://", "socks5://", "socks5h://"].iter().any(|kind| proxy.starts_with(kind));
            if !known {
                return Err(String::from(
                    "it goes through a proxy that is neither http:// nor socks5://",
                ));
            }
            let value: Value = if proxy.contains('@') {
                Value::Secret(proxy.to_owned())
            } else {
                Value::from(proxy)
            };
            entry.set("proxy", value);
        }
        match text(client, "network") {
            Some("ip4") => entry.set("family", "ipv4"),
            Some("ip6") => entry.set("family", "ipv6"),
            _ => {}
        }
        if let Some(written) =
            text(client, "dns-resolver").filter(|_| entry.get("resolver").is_none())
        {
            let plain = written.split_once("://").map_or(written, |(_, rest)| rest);
            match resolver(plain) {
                Some(address) => entry.set("resolver", address),
                None => self.left("dns-resolver", "a resolver is given by its address"),
            }
        }
        if let Some(tls) = client.get("tls").filter(|_| of_page) {
            match (text(tls, "certificate-file"), text(tls, "private-key-file")) {
                (Some(certificate), Some(key))
                    if certificate.starts_with('/') && key.starts_with('/') =>
                {
                    entry.set("client-certificate", certificate);
                    entry.set("client-key", key);
                    self.left(
                        "the files of client.tls",
                        "they stay where they are: the user nightkeep has to be able to read them",
                    );
                }
                _ => self.left("client.tls", "certificate and key are not given by whole paths"),
            }
        }
        if flag(client, "store-cookies") == Some(true) {
            self.left("store-cookies", "each check begins without cookies");
        }
        Ok(())
    }

    fn conditions(&mut self, url: &str, entry: &mut Entry) {
        let record = entry.text("record").map(str::to_owned);
        let mut parts = Vec::new();
        for written in list(self.endpoint, "conditions").iter().filter_map(Node::text) {
            if url.starts_with("ws") && written.to_ascii_uppercase().contains("[BODY]") {
                let why = "the upgrade is the check; nothing is said after it";
                self.left(format!("condition {:?}", tidy(written)), why);
                continue;
            }
            match condition::test(written, record.as_deref()) {
                Ok(Test::Line(line)) => parts.push(line),
                Ok(Test::Domain(least)) => {
                    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
                    let place = rest.split(['/', '?']).next().unwrap_or_default();
                    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
                    let host = place.split(':').next().unwrap_or_default();
                    self.domain = Some((host.to_ascii_lowercase(), least));
                }
                Err(why) => self.left(format!("condition {:?}", tidy(written)), &why),
            }
        }
        // Without one Gatus would not begin; here the default of the type holds.
        entry.set_some("condition", all(&parts));
    }
}

/// An address with its port.
fn resolver(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('/');
    if let Ok(address) = text.parse::<std::net::SocketAddr>() {
        return Some(address.to_string());
    }
    let address: std::net::IpAddr = text.trim_matches(['[', ']']).parse().ok()?;
    Some(std::net::SocketAddr::new(address, 53).to_string())
}

/// The end of a domain is a monitor of its own.
fn domain_monitor(
    names: &mut Names,
    name: &str,
    host: &str,
    least: i64,
    of: &str,
    out: &mut Imported,
) {
    let registered = host.strip_prefix("www.").unwrap_or(host);
    if registered.split('.').count() != 2 || registered.parse::<std::net::IpAddr>().is_ok() {
        out.leave_part(
            of,
            "[DOMAIN_EXPIRATION]",
            format!(
                "which part of {:?} is the registered domain is not known: make a monitor with \
                 `type = \"domain\"` of it",
                tidy(host)
            ),
        );
        return;
    }
    if out.monitors.iter().any(|entry| {
        entry.text("type") == Some("domain") && entry.text("target") == Some(registered)
    }) {
        return;
    }
    let mut entry = Entry::new(names.one(&format!("{name}: domain")), format!("{of}, its domain"));
    entry.set("type", "domain");
    entry.set("target", registered);
    entry.set("condition", format!("domain > {}", condition::written(least)));
    out.monitors.push(entry);
}
