//! Monitors as they are written. All types share one table; which keys go with which type is
//! said in `MonitorType::keys`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::SecretFrom;
use crate::config::MonitorType;
use crate::config::value::{
    AddressText, ConditionText, Duration, FilePath, HeaderName, List, MonitorName, Named,
    ServerUrl, Text, Words,
};
use crate::model::Severity;

/// A service that is asked again and again how it is.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::config) struct Monitor {
    /// Its name in messages and on pages. No two have the same.
    #[schemars(example = &"\"shop\"")]
    pub(in crate::config) name: Text<MonitorName>,
    /// What is asked.
    #[schemars(example = &"\"http\"")]
    pub(in crate::config) r#type: MonitorType,
    /// Whom: an address (http, websocket), HOST:PORT (most others; the port may be left out where
    /// the type has a usual one), HOST (ping), a name (dns, domain), a unit's or a container's
    /// name.
    #[schemars(example = &"\"https://shop.example.org/health\"")]
    pub(in crate::config) target: Option<Text<Words>>,
    /// How often, from 1s to 1d. Default: `"60s"`; `"6h"` for a domain.
    #[schemars(example = &"\"30s\"")]
    pub(in crate::config) interval: Option<Text<Duration>>,
    /// How long an answer may take, all in all; no longer than `interval`. Default: `"10s"`.
    #[schemars(example = &"\"5s\"")]
    pub(in crate::config) timeout: Option<Text<Duration>>,
    /// What has to hold, or it is down: `status`, `latency`, `body`, `header NAME`, `json .PATH`,
    /// `certificate`, `record` and more, with `and`, `or`, `not`. Default: `status < 400` for http,
    /// else `up`.
    #[schemars(example = &"\"status = 200 and body contains ok\"")]
    pub(in crate::config) condition: Option<Text<ConditionText>>,
    /// What has to hold, or it is degraded: it answers, but not as it should. Default:
    /// `certificate > 14d` where TLS is spoken, also beside a condition of yours that does not
    /// speak of the certificate; `domain > 30d` for a domain.
    #[schemars(example = &"\"latency < 800ms\"")]
    pub(in crate::config) degraded_unless: Option<Text<ConditionText>>,
    /// Failures in a row before it is down. Default: 2.
    #[schemars(example = &"3")]
    pub(in crate::config) failures: Option<u16>,
    /// Successes in a row before it is up again. Default: 1.
    #[schemars(example = &"2")]
    pub(in crate::config) successes: Option<u16>,
    /// How soon it is asked again while that is undecided. Default: `interval`, at most 10 s.
    #[schemars(example = &"\"5s\"")]
    pub(in crate::config) retry_interval: Option<Text<Duration>>,
    /// How bad it is when it is down; degraded is a warning. Default: `"critical"`.
    #[schemars(example = &"\"warning\"")]
    pub(in crate::config) severity: Option<Severity>,
    /// Words of your own to find it by.
    #[schemars(example = &"[\"web\", \"paid\"]")]
    pub(in crate::config) tags: Option<List<Words>>,
    /// The heading it is shown under.
    #[schemars(example = &"\"Web\"")]
    pub(in crate::config) group: Option<Text<Words>>,
    /// A monitor whose being down explains this one's: while it is down, this one is not told.
    #[schemars(example = &"\"gateway\"")]
    pub(in crate::config) parent: Option<Text<MonitorName>>,
    /// What you want to know of it when it is down.
    #[schemars(example = &"\"runs on web1, see the wiki\"")]
    pub(in crate::config) note: Option<Text<Words>>,
    /// It is not asked. Default: `false`.
    #[schemars(example = &"true")]
    pub(in crate::config) paused: Option<bool>,
    /// It should not answer: an answer is a failure. Default: `false`.
    #[schemars(example = &"true")]
    pub(in crate::config) upside_down: Option<bool>,
    /// The way there is over the internet, so that it is no news when this server has none.
    /// Default: what its address says.
    #[schemars(example = &"false")]
    pub(in crate::config) remote: Option<bool>,
    /// Which addresses of a name are tried. Default: `"any"`.
    #[schemars(example = &"\"ipv4\"")]
    pub(in crate::config) family: Option<Addresses>,
    /// The DNS server that is asked. Default: those of this machine.
    #[schemars(example = &"\"1.1.1.1:53\"")]
    pub(in crate::config) resolver: Option<Text<AddressText>>,
    /// http: the method. Default: `"GET"`.
    #[schemars(example = &"\"HEAD\"")]
    pub(in crate::config) method: Option<Text<Words>>,
    /// http, websocket: headers sent along: a text each, or `{ file = … }`, `{ env = … }`,
    /// `{ credential = … }`.
    #[schemars(example = &"{ Accept = \"application/json\" }")]
    pub(in crate::config) headers: Option<Named<HeaderName, SecretFrom>>,
    /// http: what is sent.
    #[schemars(example = &"\"ping=1\"")]
    pub(in crate::config) body: Option<String>,
    /// http, websocket, postgres, mysql, redis: the user's name.
    #[schemars(example = &"\"watch\"")]
    pub(in crate::config) user: Option<Text<Words>>,
    /// The user's password.
    #[schemars(example = &"\"/etc/nightkeep/shop-password\"")]
    pub(in crate::config) password: Option<SecretFrom>,
    /// http, websocket: a token (`Authorization: Bearer`).
    #[schemars(example = &"\"/etc/nightkeep/shop-token\"")]
    pub(in crate::config) bearer: Option<SecretFrom>,
    /// http, websocket: how many redirects are followed. Default: 10.
    #[schemars(example = &"0")]
    pub(in crate::config) redirects: Option<u16>,
    /// http, websocket: through this proxy, `http://` or `socks5://`.
    #[schemars(example = &"\"/etc/nightkeep/proxy-url\"")]
    pub(in crate::config) proxy: Option<SecretFrom>,
    /// http, websocket: our certificate with its chain (PEM) ...
    #[schemars(example = &"\"/etc/nightkeep/client.pem\"")]
    pub(in crate::config) client_certificate: Option<Text<FilePath>>,
    /// ... and its key.
    #[schemars(example = &"\"/etc/nightkeep/client.key\"")]
    pub(in crate::config) client_key: Option<Text<FilePath>>,
    /// A certificate nobody should trust is taken all the same. Default: `false`.
    #[schemars(example = &"true")]
    pub(in crate::config) insecure: Option<bool>,
    /// http: only HTTP/2 is spoken. Default: `false`, what the server prefers.
    #[schemars(example = &"true")]
    pub(in crate::config) http2: Option<bool>,
    /// websocket: subprotocols that are offered.
    #[schemars(example = &"[\"graphql-ws\"]")]
    pub(in crate::config) protocols: Option<List<Words>>,
    /// tcp, udp: what is said; `\r`, `\n`, `\t`, `\\` and `\xHH` in it are bytes.
    #[schemars(example = &"'PING\\r\\n'")]
    pub(in crate::config) send: Option<String>,
    /// tcp, udp: an answer is waited for. Default: whether the condition asks for `answer`.
    #[schemars(example = &"true")]
    pub(in crate::config) expect_answer: Option<bool>,
    /// tls: the name in the handshake. Default: the host of `target`.
    #[schemars(example = &"\"example.org\"")]
    pub(in crate::config) server_name: Option<Text<Words>>,
    /// dns: which records. Default: `"A"`.
    #[schemars(example = &"\"MX\"")]
    pub(in crate::config) record: Option<Record>,
    /// ping: how many, from 1 to 20. Default: 1.
    #[schemars(example = &"3")]
    pub(in crate::config) count: Option<u16>,
    /// ping: bytes of each, from 0 to 65000. Default: 56.
    #[schemars(example = &"56")]
    pub(in crate::config) size: Option<u16>,
    /// smtp, imap: TLS after STARTTLS has to work. Default: `false`.
    #[schemars(example = &"true")]
    pub(in crate::config) starttls: Option<bool>,
    /// smtp, imap, postgres, mysql, redis, grpc: TLS has to be spoken. Default: `false`.
    #[schemars(example = &"true")]
    pub(in crate::config) tls: Option<bool>,
    /// postgres, mysql: the database.
    #[schemars(example = &"\"shop\"")]
    pub(in crate::config) database: Option<Text<Words>>,
    /// grpc: the service whose health is asked for. Default: the whole server's.
    #[schemars(example = &"\"shop.Cart\"")]
    pub(in crate::config) service: Option<Text<Words>>,
    /// domain: the RDAP service. Default: the one IANA names.
    #[schemars(example = &"\"https://rdap.example.org\"")]
    pub(in crate::config) rdap: Option<Text<ServerUrl>>,
    /// command: the program by its whole path, and its arguments; no shell reads them.
    #[schemars(example = &"[\"/usr/lib/nagios/plugins/check_file_age\", \"/var/backups/db.gz\"]")]
    pub(in crate::config) command: Option<Vec<Text<Words>>>,
    /// group: the monitors it is made of.
    #[schemars(example = &"[\"shop\", \"shop-2\"]")]
    pub(in crate::config) members: Option<List<MonitorName>>,
    /// group: how many of them have to be up. Default: all.
    #[schemars(example = &"1")]
    pub(in crate::config) needs: Option<u16>,
}

/// Which addresses of a name are tried.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(in crate::config) enum Addresses {
    /// IPv6 and IPv4, whichever answers first.
    Any,
    /// Only IPv4.
    Ipv4,
    /// Only IPv6.
    Ipv6,
}

/// Records of DNS.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub(in crate::config) enum Record {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// Another name for it.
    Cname,
    /// Mail servers.
    Mx,
    /// Name servers.
    Ns,
    /// Texts.
    Txt,
    /// Services.
    Srv,
    /// Who may issue certificates.
    Caa,
    /// The zone.
    Soa,
    /// The name of an address.
    Ptr,
}

/// Does the world answer this server? Asked before a far monitor is called down, so that the
/// message says whose fault it is.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(in crate::config) struct WayOut {
    /// Addresses of others with a port; one that takes a connection is enough. `[]`: nobody is asked,
    /// and what is down is told as it is.
    #[schemars(example = &"[\"1.1.1.1:443\", \"9.9.9.9:443\"]")]
    pub(in crate::config) ask: Option<List<AddressText>>,
}
