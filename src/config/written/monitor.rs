//! Monitors as they would stand in a file.

use nightkeep_probe::{Auth, Family, Http, Proxy, Target};

use super::{Lines, duration, list, quote, yes};
use crate::config::check::escaped;
use crate::config::{MonitorConfig, MonitorKind, Secret};

impl Lines {
    pub(super) fn monitor(&mut self, monitor: &MonitorConfig) {
        self.put("name", quote(&monitor.name));
        self.put("type", quote(monitor.kind().as_str()));
        match &monitor.kind {
            MonitorKind::Probe(..) | MonitorKind::Unit(_) | MonitorKind::Container(_) => {
                self.put("target", quote(&monitor.target()));
            }
            MonitorKind::Command(command) => {
                self.put("command", list(command, |word| quote(word)));
            }
            MonitorKind::Group { members, needs } => {
                self.put("members", list(members, |name| quote(name)));
                if let Some(needs) = needs {
                    self.put("needs", needs.to_string());
                }
            }
        }
        self.put("interval", duration(monitor.interval));
        self.put("timeout", duration(monitor.timeout));
        self.put("retry-interval", duration(monitor.retry_interval));
        self.put("condition", quote(&monitor.condition.to_string()));
        if let Some(condition) = &monitor.degraded_unless {
            self.put("degraded-unless", quote(&condition.to_string()));
        }
        self.put("failures", monitor.failures.to_string());
        self.put("successes", monitor.successes.to_string());
        self.put("severity", quote(monitor.severity.as_str()));
        if !monitor.tags.is_empty() {
            self.put("tags", list(&monitor.tags, |tag| quote(tag)));
        }
        let words =
            [("group", &monitor.group), ("parent", &monitor.parent), ("note", &monitor.note)];
        for (key, words) in words {
            if let Some(words) = words {
                self.put(key, quote(words));
            }
        }
        self.put("paused", yes(monitor.paused));
        self.put("upside-down", yes(monitor.upside_down));
        if let Some(remote) = monitor.remote {
            self.put("remote", yes(remote));
        }
        if let MonitorKind::Probe(_, probe) = &monitor.kind {
            match probe.family {
                Family::Any => {}
                Family::Ipv4 => self.put("family", quote("ipv4")),
                Family::Ipv6 => self.put("family", quote("ipv6")),
            }
            if let Some(resolver) = probe.resolver {
                self.put("resolver", quote(&resolver.to_string()));
            }
            self.target(&probe.target);
        }
    }

    fn target(&mut self, target: &Target) {
        let mut words = |key: &str, words: &Option<String>| {
            if let Some(words) = words {
                self.put(key, quote(words));
            }
        };
        match target {
            Target::Postgres(database) | Target::Mysql(database) => {
                words("user", &database.user);
                words("database", &database.database);
            }
            Target::Redis(redis) => words("user", &redis.user),
            Target::Tls(tls) => words("server-name", &tls.server_name),
            Target::Domain(domain) => words("rdap", &domain.service),
            _ => {}
        }
        let mut secret = |key: &str, secret: &Option<String>| {
            if let Some(secret) = secret {
                self.secret(key, &Secret::new(secret));
            }
        };
        match target {
            Target::Postgres(database) | Target::Mysql(database) => {
                secret("password", &database.password);
            }
            Target::Redis(redis) => secret("password", &redis.password),
            _ => {}
        }
        match target {
            Target::Http(http) => {
                self.put("method", quote(&http.method));
                self.page(http);
                if !http.body.is_empty() {
                    self.put("body", quote(&String::from_utf8_lossy(&http.body)));
                }
                self.put("http2", yes(http.http2));
            }
            Target::WebSocket(socket) => {
                self.page(&socket.http);
                self.put("protocols", list(&socket.protocols, |word| quote(word)));
            }
            Target::Tcp(nightkeep_probe::Tcp { send, expect_answer, .. })
            | Target::Udp(nightkeep_probe::Udp { send, expect_answer, .. }) => {
                if !send.is_empty() {
                    self.put("send", quote(&escaped(send)));
                }
                self.put("expect-answer", yes(*expect_answer));
            }
            Target::Tls(tls) => self.put("insecure", yes(tls.insecure)),
            Target::Dns(dns) => {
                self.put("record", quote(&format!("{:?}", dns.record).to_uppercase()));
            }
            Target::Ping(ping) => {
                self.put("count", ping.count.to_string());
                self.put("size", ping.size.to_string());
            }
            Target::Mail(mail) => {
                self.put("starttls", yes(mail.starttls));
                self.put("tls", yes(mail.tls));
                self.put("insecure", yes(mail.insecure));
            }
            Target::Postgres(database) | Target::Mysql(database) => {
                self.put("tls", yes(database.tls));
                self.put("insecure", yes(database.insecure));
            }
            Target::Redis(redis) => {
                self.put("tls", yes(redis.tls));
                self.put("insecure", yes(redis.insecure));
            }
            Target::Grpc(grpc) => {
                if !grpc.service.is_empty() {
                    self.put("service", quote(&grpc.service));
                }
                self.put("tls", yes(grpc.tls));
                self.put("insecure", yes(grpc.insecure));
            }
            Target::Ssh(_) | Target::Ntp(_) | Target::Domain(_) => {}
        }
        let headers = match target {
            Target::Http(http) => &http.headers[..],
            Target::WebSocket(socket) => &socket.http.headers[..],
            _ => &[],
        };
        // A table of its own: what came behind it would be in it.
        for (header, value) in headers {
            self.inside(&["headers"], |out| out.secret(header, &Secret::new(value)));
        }
    }

    fn page(&mut self, http: &Http) {
        match &http.auth {
            Auth::None => {}
            Auth::Basic(user, password) => {
                self.put("user", quote(user));
                self.secret("password", &Secret::new(password));
            }
            Auth::Bearer(token) => self.secret("bearer", &Secret::new(token)),
        }
        self.put("redirects", http.redirects.to_string());
        if let Some(proxy) = &http.proxy {
            self.secret("proxy", &Secret::new(proxy_text(proxy)));
        }
        if let Some(client) = &http.client {
            self.put("client-certificate", quote(&client.certificates.to_string_lossy()));
            self.put("client-key", quote(&client.key.to_string_lossy()));
        }
        self.put("insecure", yes(http.insecure));
    }
}

fn proxy_text(proxy: &Proxy) -> String {
    let scheme = if proxy.socks5 { "socks5" } else { "http" };
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let auth = match &proxy.auth {
        Auth::Basic(user, password) => format!("{}:{}@", encode(user), encode(password)),
        _ => String::new(),
    };
    format!("{scheme}://{auth}{}", proxy.place)
}
