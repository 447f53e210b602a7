//! What each type of monitor asks, and whom.

use jiff::SignedDuration;
use nightkeep_probe::{
    Auth, ClientCertificate, Database, Dns, Domain, Family, Grpc, Http, Mail, MailProtocol, Ntp,
    Ping, Place, Probe, Proxy, RecordType, Redis, Ssh, Target, Tcp, Tls, Udp, WebSocket,
};

use super::Check;
use crate::config::document::Part;
use crate::config::raw::{self, SecretFrom};
use crate::config::value::{Kind as _, UnitName, Wrong, host_and_port, quoted};
use crate::config::{MonitorKind, MonitorType};

/// Bytes of a body that are read.
const BODY: usize = 256 << 10;

impl Check<'_> {
    /// What a monitor asks; none if it cannot be told, which is said.
    pub(super) fn monitor_kind(
        &mut self,
        place: &str,
        file: &mut raw::Monitor,
        timeout: SignedDuration,
        asks_answer: bool,
    ) -> Option<MonitorKind> {
        let kind = file.r#type;
        let name = file.name.0.clone();
        match kind {
            MonitorType::Command => {
                let path = ["monitor", place, "command"];
                let Some(command) = file.command.take() else {
                    return self.lacks(
                        place,
                        kind,
                        "command",
                        "[\"/path/to/program\", \"argument\"]",
                    );
                };
                return Some(MonitorKind::Command(self.command(&path, command)));
            }
            MonitorType::Group => {
                let Some(members) = file.members.take().filter(|list| !list.0.is_empty()) else {
                    return self.lacks(place, kind, "members", "[\"shop\", \"shop-2\"]");
                };
                let most = u16::try_from(members.0.len()).unwrap_or(u16::MAX);
                let needs = file.needs.map(|needs| self.count(place, "needs", needs, 1, most));
                return Some(MonitorKind::Group {
                    members: members.0,
                    needs: needs.map(|needs| needs as usize),
                });
            }
            _ => {}
        }
        let Some(target) = file.target.take().map(|target| target.0) else {
            return self.lacks(place, kind, "target", kind.example_target());
        };
        let read = match kind {
            MonitorType::Unit => UnitName::read(&target).map(MonitorKind::Unit),
            MonitorType::Container => container(target).map(MonitorKind::Container),
            _ => {
                let target = self.target(place, &name, &target, file, asks_answer);
                target.map(|target| {
                    let family = match file.family {
                        None | Some(raw::Addresses::Any) => Family::Any,
                        Some(raw::Addresses::Ipv4) => Family::Ipv4,
                        Some(raw::Addresses::Ipv6) => Family::Ipv6,
                    };
                    let resolver = file.resolver.as_ref().map(|resolver| resolver.0);
                    let timeout = timeout.unsigned_abs();
                    MonitorKind::Probe(kind, Probe { target, timeout, family, resolver })
                })
            }
        };
        match read {
            Ok(read) => Some(read),
            Err(wrong) => {
                let title = format!("`target` does not fit `type = \"{}\"`", kind.as_str());
                let help = format!("write target = {}", kind.example_target());
                let wrong = Wrong { help: wrong.help.or(Some(help)), ..wrong };
                self.wrong(&["monitor", place, "target"], Part::Value, title, wrong);
                None
            }
        }
    }

    fn lacks<T>(&mut self, place: &str, kind: MonitorType, key: &str, example: &str) -> Option<T> {
        let title = format!("a monitor of type {} lacks `{key}`", kind.as_str());
        let label = format!("`{key}` is missing here");
        let wrong = Wrong::with_help(label, format!("write {key} = {example}"));
        self.wrong(&["monitor", place], Part::Key, title, wrong);
        None
    }

    fn target(
        &mut self,
        place: &str,
        name: &str,
        target: &str,
        file: &mut raw::Monitor,
        asks_answer: bool,
    ) -> Result<Target, Wrong> {
        let kind = file.r#type;
        let (tls, insecure) = (file.tls.unwrap_or(false), file.insecure.unwrap_or(false));
        let secret = |check: &mut Self, key, from: &Option<SecretFrom>| {
            let whose = format!("monitor `{name}`");
            let from = from.as_ref()?;
            let secret = check.secret_in(&["monitor", place], &whose, &[key], from);
            Some(secret.reveal().to_owned())
        };
        let user = file.user.take().map(|user| user.0);
        Ok(match kind {
            MonitorType::Http => {
                Target::Http(Box::new(self.page(place, name, url(target, "http")?, user, file)))
            }
            MonitorType::Websocket => {
                let http = self.page(place, name, url(target, "ws")?, user, file);
                let protocols = file.protocols.take().map_or_else(Vec::new, |list| list.0);
                Target::WebSocket(Box::new(WebSocket { http, protocols }))
            }
            MonitorType::Tcp => Target::Tcp(Tcp {
                place: place_of(target, kind)?,
                send: self.bytes(place, file.send.take()),
                expect_answer: file.expect_answer.unwrap_or(asks_answer),
            }),
            MonitorType::Udp => Target::Udp(Udp {
                place: place_of(target, kind)?,
                send: self.bytes(place, file.send.take()),
                expect_answer: file.expect_answer.unwrap_or(asks_answer),
            }),
            MonitorType::Tls => Target::Tls(Tls {
                place: place_of(target, kind)?,
                server_name: file.server_name.take().map(|name| name.0),
                insecure,
            }),
            MonitorType::Dns => Target::Dns(Dns {
                name: dns_name(target)?,
                record: record(file.record.unwrap_or(raw::Record::A)),
            }),
            MonitorType::Ping => Target::Ping(Ping {
                host: host(target)?,
                count: self.count(place, "count", file.count.unwrap_or(1), 1, 20) as u16,
                size: self.count(place, "size", file.size.unwrap_or(56), 0, 65_000) as u16,
            }),
            MonitorType::Smtp | MonitorType::Imap => {
                let starttls = file.starttls.unwrap_or(false);
                if starttls && tls {
                    let wrong = Wrong::new("`tls` is TLS from the first byte: take one of the two");
                    let path = ["monitor", place, "starttls"];
                    self.wrong(&path, Part::Key, "`starttls` and `tls` exclude each other", wrong);
                }
                let protocol = match kind {
                    MonitorType::Smtp => MailProtocol::Smtp,
                    _ => MailProtocol::Imap,
                };
                let mut place = place_of(target, kind)?;
                // The ports of TLS from the first byte.
                if tls && host_and_port(target).is_ok_and(|(_, port)| port.is_none()) {
                    place.port = if protocol == MailProtocol::Smtp { 465 } else { 993 };
                }
                Target::Mail(Mail { place, protocol, starttls, tls, insecure })
            }
            MonitorType::Postgres | MonitorType::Mysql => {
                let database = Database {
                    place: place_of(target, kind)?,
                    user,
                    password: secret(self, "password", &file.password),
                    database: file.database.take().map(|database| database.0),
                    tls,
                    insecure,
                };
                match kind {
                    MonitorType::Postgres => Target::Postgres(database),
                    _ => Target::Mysql(database),
                }
            }
            MonitorType::Redis => Target::Redis(Redis {
                place: place_of(target, kind)?,
                user,
                password: secret(self, "password", &file.password),
                tls,
                insecure,
            }),
            MonitorType::Grpc => Target::Grpc(Grpc {
                place: place_of(target, kind)?,
                service: file.service.take().map_or_else(String::new, |service| service.0),
                tls,
                insecure,
            }),
            MonitorType::Ssh => Target::Ssh(Ssh { place: place_of(target, kind)? }),
            MonitorType::Ntp => Target::Ntp(Ntp { place: place_of(target, kind)? }),
            MonitorType::Domain => Target::Domain(Domain {
                name: dns_name(target)?,
                service: file.rdap.take().map(|url| url.0),
            }),
            // Asked nothing over the network.
            MonitorType::Unit
            | MonitorType::Container
            | MonitorType::Command
            | MonitorType::Group => return Err(Wrong::new("it has no address")),
        })
    }

    fn page(
        &mut self,
        place: &str,
        name: &str,
        url: String,
        user: Option<String>,
        file: &mut raw::Monitor,
    ) -> Http {
        let at = |key| ["monitor", place, key];
        let whose = format!("monitor `{name}`");
        let secret = |check: &mut Self, keys: &[&str], from: &SecretFrom| {
            check.secret_in(&["monitor", place], &whose, keys, from).reveal().to_owned()
        };
        let password = file.password.as_ref().map(|from| secret(self, &["password"], from));
        let bearer = file.bearer.as_ref().map(|from| secret(self, &["bearer"], from));
        let headers = file.headers.take().unwrap_or_default().0.into_iter();
        let headers = headers
            .map(|(header, from)| {
                let value = secret(self, &["headers", &header], &from);
                (header, value)
            })
            .collect();
        let proxy = file.proxy.as_ref().map(|from| secret(self, &["proxy"], from));
        let auth = match (user, password, bearer) {
            (None, None, None) => Auth::None,
            (None, None, Some(token)) => Auth::Bearer(token),
            (Some(user), Some(password), None) => Auth::Basic(user, password),
            (user, password, bearer) => {
                let (key, wrong) = match (user, password, bearer) {
                    (Some(_), None, _) => (
                        "user",
                        Wrong::with_help("a user without a password", "add `password-file`"),
                    ),
                    (None, Some(_), _) => {
                        ("user", Wrong::with_help("a password without a user", "add `user`"))
                    }
                    _ => ("bearer", Wrong::with_help("`user` says already who asks", "keep one")),
                };
                self.wrong(&at(key), Part::Key, "who asks is not clear", wrong);
                Auth::None
            }
        };
        let client = match (file.client_certificate.take(), file.client_key.take()) {
            (None, None) => None,
            (Some(certificates), Some(key)) => {
                Some(ClientCertificate { certificates: certificates.0, key: key.0 })
            }
            (certificate, _) => {
                let (there, missing) = match certificate {
                    Some(_) => ("client-certificate", "client-key"),
                    None => ("client-key", "client-certificate"),
                };
                let wrong = Wrong::with_help("one goes with the other", format!("add `{missing}`"));
                self.wrong(&at(there), Part::Key, format!("`{missing}` is missing"), wrong);
                None
            }
        };
        let method = file.method.take().map_or_else(|| String::from("GET"), |method| method.0);
        if method.parse::<hyper::Method>().is_err() {
            let wrong = Wrong::with_help(
                format!("{} is no method", quoted(&method)),
                "write \"GET\", \"HEAD\", \"POST\" …",
            );
            self.wrong(&at("method"), Part::Value, "`method` is not a method of HTTP", wrong);
        }
        Http {
            url,
            method,
            headers,
            body: file.body.take().map_or_else(Vec::new, String::into_bytes),
            auth,
            redirects: self.count(place, "redirects", file.redirects.unwrap_or(10), 0, 50) as u8,
            proxy: proxy.and_then(|proxy| self.proxy(place, &proxy)),
            client,
            insecure: file.insecure.unwrap_or(false),
            http2: file.http2.unwrap_or(false),
            body_limit: BODY,
        }
    }

    fn proxy(&mut self, table: &str, written: &str) -> Option<Proxy> {
        let read = || -> Result<Proxy, Wrong> {
            let how = "write \"http://HOST:PORT\" or \"socks5://HOST:PORT\"";
            let (scheme, rest) = written
                .split_once("://")
                .ok_or_else(|| Wrong::with_help("it does not say how to connect", how))?;
            let socks5 = match scheme {
                "http" => false,
                "socks5" | "socks5h" => true,
                _ => return Err(Wrong::with_help("such proxies are not spoken to", how)),
            };
            let rest = rest.trim_end_matches('/');
            let (auth, rest) = match rest.rsplit_once('@') {
                None => (Auth::None, rest),
                Some((user, rest)) => {
                    let (user, password) = user.split_once(':').unwrap_or((user, ""));
                    (Auth::Basic(decoded(user), decoded(password)), rest)
                }
            };
            let (host, port) = host_and_port(rest)?;
            let port = port.ok_or_else(|| Wrong::with_help("the port is missing", how))?;
            Ok(Proxy { socks5, place: Place { host, port }, auth })
        };
        match read() {
            Ok(proxy) => Some(proxy),
            // An empty one is a secret that is not there, which is said already.
            Err(_) if written.is_empty() => None,
            Err(wrong) => {
                let path = ["monitor", table, "proxy"];
                self.wrong(&path, Part::Value, "`proxy` is not a proxy's address", wrong);
                None
            }
        }
    }

    fn bytes(&mut self, place: &str, written: Option<String>) -> Vec<u8> {
        match unescaped(&written.unwrap_or_default()) {
            Ok(bytes) => bytes,
            Err(wrong) => {
                self.wrong(
                    &["monitor", place, "send"],
                    Part::Value,
                    "`send` has a bad escape",
                    wrong,
                );
                Vec::new()
            }
        }
    }
}

/// An address of a page, or of a WebSocket.
fn url(text: &str, scheme: &str) -> Result<String, Wrong> {
    let secure = format!("{scheme}s");
    let how = || format!("begin it with {secure}:// (or {scheme}://)");
    let Some((written, rest)) = text.split_once("://") else {
        return Err(Wrong::with_help(
            "the address does not say how to connect",
            format!("write \"{secure}://{text}\""),
        ));
    };
    if written != scheme && written != secure {
        return Err(Wrong::with_help(format!("{}:// is not asked so", quoted(written)), how()));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(Wrong::with_help(
            "the address holds a user",
            "`user` and `password-file` are keys of their own",
        ));
    }
    if !text.is_ascii() || text.contains(' ') {
        return Err(Wrong::with_help(
            "it holds blanks or letters beyond ASCII",
            "write them as %20 and the like, and names in the form that begins with xn--",
        ));
    }
    let uri: hyper::Uri = text.parse().map_err(|_| Wrong::new("it does not read as an address"))?;
    if uri.host().is_none_or(str::is_empty) {
        return Err(Wrong::new("the address names no server"));
    }
    Ok(text.to_owned())
}

fn place_of(text: &str, kind: MonitorType) -> Result<Place, Wrong> {
    if let Some((_, bare)) = text.split_once("://") {
        let bare = bare.split('/').next().unwrap_or_default();
        let help = format!("write \"{bare}\"");
        return Err(Wrong::with_help("HOST:PORT goes here, not the address of a page", help));
    }
    let (host, port) = host_and_port(text)?;
    match port.or(kind.port()) {
        Some(port) => Ok(Place { host, port }),
        None => Err(Wrong::new("the port is missing")),
    }
}

/// A name or an address, without a port.
fn host(text: &str) -> Result<String, Wrong> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = bare.parse::<std::net::IpAddr>() {
        return Ok(address.to_string());
    }
    if let Some((_, rest)) = text.split_once("://") {
        let bare = rest.split(['/', ':']).next().unwrap_or_default();
        return Err(Wrong::with_help("a host goes here", format!("write \"{bare}\"")));
    }
    match host_and_port(text)? {
        (host, None) => Ok(host),
        (host, Some(_)) => {
            let help = format!("write \"{host}\"; a port is asked by type = \"tcp\"");
            Err(Wrong::with_help("a ping knows no port", help))
        }
    }
}

/// A name of DNS, also one with `_` or an address for PTR.
fn dns_name(text: &str) -> Result<String, Wrong> {
    if text.parse::<std::net::IpAddr>().is_ok() {
        return Ok(text.to_owned());
    }
    let fine = |c: char| c.is_ascii_alphanumeric() || "-_.*".contains(c);
    if !text.is_ascii() {
        let help = "write its ASCII form, which begins with xn--: `idn2 NAME` gives it";
        return Err(Wrong::with_help("the name is not in ASCII", help));
    }
    if text.len() > 253 || !text.chars().all(fine) || text.trim_matches('.').is_empty() {
        return Err(Wrong::new(format!("{} is no name of DNS", quoted(text))));
    }
    Ok(text.to_ascii_lowercase())
}

fn container(name: String) -> Result<String, Wrong> {
    let fine = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.len() > 100 || !name.chars().all(fine) {
        return Err(Wrong::new(format!("{} is no container's name", quoted(&name))));
    }
    Ok(name)
}

fn record(written: raw::Record) -> RecordType {
    match written {
        raw::Record::A => RecordType::A,
        raw::Record::Aaaa => RecordType::Aaaa,
        raw::Record::Cname => RecordType::Cname,
        raw::Record::Mx => RecordType::Mx,
        raw::Record::Ns => RecordType::Ns,
        raw::Record::Txt => RecordType::Txt,
        raw::Record::Srv => RecordType::Srv,
        raw::Record::Caa => RecordType::Caa,
        raw::Record::Soa => RecordType::Soa,
        raw::Record::Ptr => RecordType::Ptr,
    }
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The bytes that a text with escapes means.
fn unescaped(text: &str) -> Result<Vec<u8>, Wrong> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let escape = &rest[at + 1..];
        let (byte, length) = match escape.as_bytes() {
            [b'r', ..] => (b'\r', 1),
            [b'n', ..] => (b'\n', 1),
            [b't', ..] => (b'\t', 1),
            [b'0', ..] => (0, 1),
            [b'\\', ..] => (b'\\', 1),
            [b'x', ..] => {
                let byte = escape.get(1..3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
                (byte.ok_or_else(|| Wrong::new("two hexadecimal digits go behind \\x"))?, 3)
            }
            _ => {
                return Err(Wrong::with_help(
                    "a \\ that begins nothing",
                    "write \\r, \\n, \\t, \\xHH or \\\\; in '…' TOML leaves them as they are",
                ));
            }
        };
        bytes.push(byte);
        rest = &escape[length..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(bytes)
}

/// The bytes as a text with escapes: what `unescaped` reads.
pub(in crate::config) fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '\r' => text.push_str("\\r"),
                '\n' => text.push_str("\\n"),
                '\t' => text.push_str("\\t"),
                '\\' => text.push_str("\\\\"),
                letter if letter.is_control() => {
                    for byte in letter.to_string().bytes() {
                        text += &format!("\\x{byte:02x}");
                    }
                }
                letter => text.push(letter),
            }
        }
        for byte in chunk.invalid() {
            text += &format!("\\x{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_escaped_reads_as_the_same(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            prop_assert_eq!(unescaped(&escaped(&bytes)).unwrap(), bytes);
        }
    }
}
