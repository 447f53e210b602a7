//! Whom to ask, and how.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::net::Family;

/// One question to one service.
#[derive(Debug, Clone)]
pub struct Probe {
    /// Whom, and what.
    pub target: Target,
    /// The whole of it may take this long, names and handshakes included.
    pub timeout: Duration,
    /// Which addresses of a name are tried.
    pub family: Family,
    /// The server that is asked for addresses; none: those of this machine.
    pub resolver: Option<SocketAddr>,
}

/// What is asked.
#[derive(Debug, Clone)]
pub enum Target {
    /// A page.
    Http(Box<Http>),
    /// A port, and perhaps a word or two with it.
    Tcp(Tcp),
    /// A TLS handshake.
    Tls(Tls),
    /// Records of a name.
    Dns(Dns),
    /// ICMP echo.
    Ping(Ping),
    /// A datagram, and perhaps its answer.
    Udp(Udp),
    /// A WebSocket upgrade.
    WebSocket(Box<WebSocket>),
    /// The greeting of a mail server, and STARTTLS.
    Mail(Mail),
    /// Does PostgreSQL answer as PostgreSQL?
    Postgres(Database),
    /// Does MySQL or MariaDB answer as such?
    Mysql(Database),
    /// PING of Redis or Valkey.
    Redis(Redis),
    /// `grpc.health.v1.Health/Check`.
    Grpc(Grpc),
    /// The banner of an SSH server.
    Ssh(Ssh),
    /// A time server.
    Ntp(Ntp),
    /// When a domain's registration ends, by RDAP (RFC 9083).
    Domain(Domain),
}

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// A name or an address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// A page.
#[derive(Debug, Clone, Default)]
pub struct Http {
    /// `http://` or `https://`, without a user.
    pub url: String,
    /// The method; GET unless said.
    pub method: String,
    /// Headers beside those that are usual.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Vec<u8>,
    /// Who asks.
    pub auth: Auth,
    /// How many redirects are followed.
    pub redirects: u8,
    /// Through whom.
    pub proxy: Option<Proxy>,
    /// Our certificate.
    pub client: Option<ClientCertificate>,
    /// A certificate nobody should trust is taken all the same.
    pub insecure: bool,
    /// Only HTTP/2 is offered (prior knowledge without TLS); else what the server prefers.
    pub http2: bool,
    /// Bytes of the body that are read; more are not waited for.
    pub body_limit: usize,
}

/// Who asks.
#[derive(Clone, Default)]
pub enum Auth {
    /// Nobody in particular.
    #[default]
    None,
    /// A name and a password.
    Basic(String, String),
    /// A token.
    Bearer(String),
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Basic(..) => "Basic(..)",
            Self::Bearer(..) => "Bearer(..)",
        })
    }
}

/// A proxy.
#[derive(Debug, Clone)]
pub struct Proxy {
    /// `http` (CONNECT for https) or `socks5` (names are resolved by the proxy).
    pub socks5: bool,
    /// Where.
    pub place: Place,
    /// Its name and password.
    pub auth: Auth,
}

/// PEM files of a certificate with its chain, and its key.
#[derive(Debug, Clone)]
pub struct ClientCertificate {
    /// Certificates.
    pub certificates: PathBuf,
    /// The key.
    pub key: PathBuf,
}

/// A port.
#[derive(Debug, Clone)]
pub struct Tcp {
    /// Where.
    pub place: Place,
    /// What is said once connected.
    pub send: Vec<u8>,
    /// An answer is waited for (it is the fact `answer`); the first bytes the server sends.
    pub expect_answer: bool,
}

/// A TLS handshake.
#[derive(Debug, Clone)]
pub struct Tls {
    /// Where.
    pub place: Place,
    /// The name in the handshake, if it is not the host's.
    pub server_name: Option<String>,
    /// A certificate nobody should trust is no fault by itself.
    pub insecure: bool,
}

/// Records of a name.
#[derive(Debug, Clone)]
pub struct Dns {
    /// The name.
    pub name: String,
    /// Which records.
    pub record: RecordType,
}

/// Kinds of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are their own names")]
pub enum RecordType {
    A,
    Aaaa,
    Cname,
    Mx,
    Ns,
    Txt,
    Srv,
    Caa,
    Soa,
    Ptr,
}

/// ICMP echo.
#[derive(Debug, Clone)]
pub struct Ping {
    /// Whom.
    pub host: String,
    /// How many.
    pub count: u16,
    /// Bytes of payload.
    pub size: u16,
}

/// A datagram.
#[derive(Debug, Clone)]
pub struct Udp {
    /// Where.
    pub place: Place,
    /// What is sent.
    pub send: Vec<u8>,
    /// An answer is waited for; without, only "port unreachable" is a fault.
    pub expect_answer: bool,
}

/// A WebSocket upgrade (RFC 6455).
#[derive(Debug, Clone)]
pub struct WebSocket {
    /// `ws://` or `wss://`; everything else as for a page.
    pub http: Http,
    /// Subprotocols that are offered.
    pub protocols: Vec<String>,
}

/// Mail.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Where.
    pub place: Place,
    /// Which.
    pub protocol: MailProtocol,
    /// TLS after STARTTLS has to work.
    pub starttls: bool,
    /// TLS from the first byte.
    pub tls: bool,
    /// As for [`Tls`].
    pub insecure: bool,
}

/// Which mail protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailProtocol {
    /// SMTP: greeting, EHLO.
    Smtp,
    /// IMAP: greeting, CAPABILITY.
    Imap,
}

/// PostgreSQL or MySQL. Without a user only the first answer of the protocol is looked at: a
/// password that is asked for is an answer.
#[derive(Clone)]
pub struct Database {
    /// Where.
    pub place: Place,
    /// Who logs in.
    pub user: Option<String>,
    /// With which password.
    pub password: Option<String>,
    /// To which database.
    pub database: Option<String>,
    /// TLS has to be spoken.
    pub tls: bool,
    /// As for [`Tls`].
    pub insecure: bool,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("place", &self.place).finish_non_exhaustive()
    }
}

/// Redis.
#[derive(Clone)]
pub struct Redis {
    /// Where.
    pub place: Place,
    /// Who, from Redis 6 on.
    pub user: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// TLS from the first byte.
    pub tls: bool,
    /// As for [`Tls`].
    pub insecure: bool,
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis").field("place", &self.place).finish_non_exhaustive()
    }
}

/// gRPC health.
#[derive(Debug, Clone)]
pub struct Grpc {
    /// Where.
    pub place: Place,
    /// Of which service; empty: the whole server.
    pub service: String,
    /// TLS; without, HTTP/2 by prior knowledge.
    pub tls: bool,
    /// As for [`Tls`].
    pub insecure: bool,
}

/// An SSH server.
#[derive(Debug, Clone)]
pub struct Ssh {
    /// Where.
    pub place: Place,
}

/// A time server.
#[derive(Debug, Clone)]
pub struct Ntp {
    /// Where.
    pub place: Place,
}

/// A domain's registration.
#[derive(Debug, Clone)]
pub struct Domain {
    /// The registered domain.
    pub name: String,
    /// The RDAP service (`https://rdap.example/`); none: IANA's list is asked for it (RFC 9224).
    pub service: Option<String>,
}

impl Place {
    /// The host as an address, if it is one.
    pub fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}
