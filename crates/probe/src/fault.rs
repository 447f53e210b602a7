//! Why there is no answer, in words for a person.

mod kernel;
mod phase;

use std::net::SocketAddr;
use std::time::Duration;

pub use phase::Phase;

use crate::certificate::Distrust;
use crate::net::Family;
use crate::text::duration;

/// Why there is no answer. Its text is one line, names the cause as people call it, and never holds
/// unprintable bytes of the other side.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The probe itself is wrong: a URL that is none, a header that cannot be sent.
    #[error("{what}")]
    Invalid {
        /// What is wrong.
        what: String,
    },

    /// NXDOMAIN.
    #[error("the name {name} does not exist (NXDOMAIN)")]
    NoSuchName {
        /// Which.
        name: String,
    },
    /// The name exists, but has no such address.
    #[error("the name {name} has no {}", addresses(*family))]
    NoAddress {
        /// Which.
        name: String,
        /// What was looked for.
        family: Family,
    },
    /// The name exists, but has no such records.
    #[error("the name {name} has no {record} record")]
    NoRecord {
        /// Which.
        name: String,
        /// `MX`.
        record: String,
    },
    /// SERVFAIL: it tried and could not find out.
    #[error(
        "the DNS server cannot find out about {name} (SERVFAIL): the name servers of that domain \
         do not answer it, or their signatures (DNSSEC) are wrong"
    )]
    ServFail {
        /// Which name.
        name: String,
    },
    /// Another response code.
    #[error("the DNS server does not answer for {name} ({code})")]
    ResolverRefused {
        /// Which name.
        name: String,
        /// `REFUSED`.
        code: String,
    },
    /// No answer of a resolver.
    #[error("{} asked for {name}", silent(*resolver))]
    ResolverSilent {
        /// Which name was asked for.
        name: String,
        /// Who was asked; none: those of this machine.
        resolver: Option<SocketAddr>,
    },
    /// What came from the resolver's port is no DNS.
    #[error("the DNS server answers nonsense for {name}: {what}")]
    ResolverMalformed {
        /// Which name was asked for.
        name: String,
        /// What is wrong.
        what: String,
    },

    /// RST to the first packet: nobody listens.
    #[error("connection refused: nothing listens at {address}")]
    Refused {
        /// Where.
        address: SocketAddr,
    },
    /// ENETUNREACH: this machine knows no way.
    #[error("this machine has no route to {address}")]
    NoRoute {
        /// Where.
        address: SocketAddr,
    },
    /// EHOSTUNREACH: the network says so, or the neighbour does not answer.
    #[error("the network says that {address} cannot be reached (no route to host)")]
    Unreachable {
        /// Where.
        address: SocketAddr,
    },
    /// A black hole.
    #[error(
        "nothing answers at {address}: no reply to connecting within {}, as when a server is off \
         or a firewall drops everything", duration(*waited)
    )]
    Silent {
        /// Where.
        address: SocketAddr,
        /// How long it was waited for.
        waited: Duration,
    },
    /// EPERM, EACCES: a rule of this machine.
    #[error("this machine's own firewall forbids connecting to {address}")]
    Forbidden {
        /// Where.
        address: SocketAddr,
    },
    /// This machine has run out of something.
    #[error("this machine cannot connect: {what}")]
    Exhausted {
        /// Of what.
        what: String,
    },
    /// Neither kind of socket for ICMP is given to this user.
    #[error(
        "this user may not ping; `sysctl -w net.ipv4.ping_group_range=\"0 2147483647\"` lets \
         everybody (in /etc/sysctl.d for good)"
    )]
    PingForbidden,
    /// Both families failed, each in its own way.
    #[error("over IPv4: {ipv4}; over IPv6: {ipv6}")]
    BothFamilies {
        /// Over IPv4.
        ipv4: Box<Fault>,
        /// Over IPv6.
        ipv6: Box<Fault>,
    },

    /// The deadline came.
    #[error("{}", timed_out(*phase, *waited, *received))]
    TimedOut {
        /// What was waited for.
        phase: Phase,
        /// How long the whole probe took.
        waited: Duration,
        /// Bytes that had come by then.
        received: u64,
    },
    /// RST in the middle.
    #[error("the connection was reset {phase}")]
    Reset {
        /// In which phase.
        phase: Phase,
    },
    /// FIN in the middle.
    #[error("the server hung up {phase}")]
    Closed {
        /// In which phase.
        phase: Phase,
    },
    /// The body ended too soon, by a FIN or a RST.
    #[error("the answer broke off after {received} bytes: the connection was {how}")]
    BrokenOff {
        /// Bytes of the body that came.
        received: u64,
        /// `closed` or `reset`.
        how: &'static str,
    },
    /// Something else of the kernel.
    #[error("{what} {phase}")]
    Io {
        /// In which phase.
        phase: Phase,
        /// The kernel's words.
        what: String,
    },

    /// No TLS record came back.
    #[error("what answers there speaks no TLS (is it plain HTTP, or another port?)")]
    NotTls,
    /// A fatal alert.
    #[error("the server refuses TLS: {alert}")]
    TlsRefused {
        /// The alert's name.
        alert: String,
    },
    /// The server wants to see our certificate.
    #[error("the server wants a client certificate (mTLS): {alert}")]
    ClientCertificate {
        /// The alert's name.
        alert: String,
    },
    /// TLS went wrong in another way.
    #[error("the TLS handshake failed: {what}")]
    Tls {
        /// How.
        what: String,
    },
    /// Nobody should trust its certificate.
    #[error("the certificate {}", joined(.0))]
    Certificate(Vec<Distrust>),

    /// What came is no such protocol.
    #[error("what answers there speaks no {protocol}{}", if said.is_empty() {
        String::new()
    } else {
        format!(": it says \"{said}\"")
    })]
    NotSpoken {
        /// `HTTP`.
        protocol: &'static str,
        /// What it said instead, cleaned; may be empty.
        said: String,
    },
    /// A TLS record came back to a plain question.
    #[error("what answers there speaks TLS, but was asked without ({protocol} on a TLS port)")]
    SpeaksTls {
        /// `HTTP`.
        protocol: &'static str,
    },
    /// It is the protocol, but broken.
    #[error("the answer is not valid {protocol}: {what}")]
    Malformed {
        /// `HTTP`.
        protocol: &'static str,
        /// What is wrong.
        what: String,
    },
    /// The service answers in its protocol that it will not.
    #[error("{what}")]
    Rejected {
        /// In whose words.
        what: String,
    },

    /// It leads back to itself.
    #[error("redirect loop: {url} leads back to itself")]
    RedirectLoop {
        /// The URL that came twice.
        url: String,
    },
    /// More than are followed.
    #[error("too many redirects: {count}, and the next leads to {url}")]
    TooManyRedirects {
        /// How many were followed.
        count: u8,
        /// Where the next leads.
        url: String,
    },
    /// To something that is not HTTP.
    #[error("it redirects to {to}, which is no HTTP address")]
    BadRedirect {
        /// The target, cleaned.
        to: String,
    },

    /// Not where it was asked, but where that led.
    #[error("it redirects to {url}, and there: {fault}")]
    Redirected {
        /// Where, without its query.
        url: String,
        /// What is wrong there.
        fault: Box<Fault>,
    },
    /// The way to the proxy or to what is behind it.
    #[error("the proxy {proxy}: {fault}")]
    Proxy {
        /// Which.
        proxy: String,
        /// What is wrong with it.
        fault: Box<Fault>,
    },
}

/// Whose fault it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// This machine has no way there: no route, no resolver answers.
    Ours,
    /// The other side: it refused, answered wrongly, showed a bad certificate.
    Theirs,
    /// Nobody can tell from this alone: nothing came back.
    Unknown,
}

impl Fault {
    /// Whose fault it may be.
    pub fn side(&self) -> Side {
        match self {
            Self::Invalid { .. }
            | Self::ResolverSilent { resolver: None, .. }
            | Self::NoRoute { .. }
            | Self::Forbidden { .. }
            | Self::PingForbidden
            | Self::Exhausted { .. } => Side::Ours,
            // A resolver that was given may be the very thing that is watched.
            Self::ResolverSilent { .. }
            | Self::ServFail { .. }
            | Self::ResolverRefused { .. }
            | Self::ResolverMalformed { .. }
            | Self::Unreachable { .. }
            | Self::Silent { .. }
            | Self::Io { .. }
            | Self::TimedOut {
                phase: Phase::Name | Phase::Connect | Phase::Proxy | Phase::Reply,
                ..
            }
            | Self::Proxy { .. } => Side::Unknown,
            // This machine's clock may be what is wrong.
            Self::Certificate(why) if matches!(why[..], [Distrust::NotYetValid { .. }]) => {
                Side::Unknown
            }
            Self::Redirected { fault, .. } => fault.side(),
            Self::BothFamilies { ipv4, ipv6 } => match (ipv4.side(), ipv6.side()) {
                (four, six) if four == six => four,
                (Side::Theirs, _) | (_, Side::Theirs) => Side::Theirs,
                _ => Side::Unknown,
            },
            _ => Side::Theirs,
        }
    }

    /// Was nothing asked at all? Then nothing is known of the other side.
    pub fn is_unasked(&self) -> bool {
        matches!(self, Self::Invalid { .. } | Self::PingForbidden | Self::Exhausted { .. })
    }

    /// Says where it happened, if not where it was asked.
    pub(crate) fn at(self, redirected: Option<String>, proxy: Option<String>) -> Self {
        let fault = match proxy {
            Some(proxy) => Self::Proxy { proxy, fault: Box::new(self) },
            None => self,
        };
        match (redirected, fault) {
            (None, fault)
            | (
                _,
                fault @ (Self::RedirectLoop { .. }
                | Self::TooManyRedirects { .. }
                | Self::BadRedirect { .. }),
            ) => fault,
            (Some(url), fault) => Self::Redirected { url, fault: Box::new(fault) },
        }
    }
}

fn addresses(family: Family) -> &'static str {
    match family {
        Family::Any => "address",
        Family::Ipv4 => "IPv4 address",
        Family::Ipv6 => "IPv6 address",
    }
}

fn silent(resolver: Option<SocketAddr>) -> String {
    match resolver {
        None => String::from("no DNS server of this machine answers when"),
        Some(resolver) => format!("the DNS server {resolver} does not answer when"),
    }
}

fn timed_out(phase: Phase, waited: Duration, received: u64) -> String {
    let waited = duration(waited);
    match phase {
        Phase::Name => format!("its name was not found within {waited}"),
        Phase::Connect => format!("no connection within {waited}"),
        Phase::Proxy => format!("the proxy made no connection within {waited}"),
        Phase::Tls => {
            format!("it takes connections, but the TLS handshake was not done within {waited}")
        }
        Phase::Reply => format!("no reply came within {waited}"),
        Phase::Answer if received == 0 => {
            format!("it takes connections, but sent no answer within {waited}")
        }
        Phase::Answer | Phase::Body => {
            format!(
                "the answer trickles in too slowly: {received} bytes within {waited}, and no end"
            )
        }
    }
}

fn joined(why: &[Distrust]) -> String {
    why.iter().map(ToString::to_string).collect::<Vec<_>>().join("; it ")
}
