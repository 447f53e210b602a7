//! A server's certificate as a client sees it: a handshake that takes everything and keeps the
//! chain, and then a verdict on it.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use jiff::Timestamp;
use nightkeep_probe::certificate::{self, handshake};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::{starttls, x509};
use crate::config::Endpoint;
use crate::model::text::clean;
use crate::model::{Certificate, CertificateState, Flaw, Over, Starttls, Unseen, openssl};

/// Why a server showed no certificate, in words for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failed {
    why: String,
    /// This machine has no way there: no fault of the server.
    no_way: bool,
}

impl Failed {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), no_way: false }
    }

    pub(super) fn io(error: &io::Error) -> Self {
        let no_way = matches!(
            error.kind(),
            io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable
        );
        let why = match error.kind() {
            io::ErrorKind::ConnectionRefused => String::from("connection refused"),
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => String::from("the server hung up"),
            io::ErrorKind::NetworkUnreachable => String::from("no route there"),
            _ => clean(&error.to_string(), 100),
        };
        Self { why, no_way }
    }
}

/// What an endpoint shows, over IPv4 and IPv6 separately.
pub(super) async fn look(
    endpoint: &Endpoint,
    roots: &RootCertStore,
    now: Timestamp,
    patience: Duration,
) -> CertificateState {
    let found = match timeout(patience, addresses(endpoint)).await {
        Ok(Ok(found)) => found,
        Ok(Err(failed)) => return unnamed(endpoint, &failed.why),
        Err(_) => return unnamed(endpoint, "its name is not resolved in time"),
    };
    let Ok(name) = ServerName::try_from(endpoint.host.clone()) else {
        return unnamed(endpoint, "that is no name");
    };
    let try_one = async |address: Option<SocketAddr>, over: Over| {
        let address = address?;
        let shown = timeout(patience, shown(address, &name, endpoint.starttls)).await;
        let slow = || Err(Failed::new(format!("no answer within {} s", patience.as_secs())));
        Some(shown.unwrap_or_else(|_| slow()).map(|shown| judged(&shown, &name, roots, now, over)))
    };
    let (four, six) = tokio::join!(try_one(found.four, Over::Ipv4), try_one(found.six, Over::Ipv6));
    together(endpoint, four, six)
}

/// An address of each family. Others of the same family are not tried.
#[derive(Default)]
struct Addresses {
    four: Option<SocketAddr>,
    six: Option<SocketAddr>,
}

async fn addresses(endpoint: &Endpoint) -> Result<Addresses, Failed> {
    let mut found = Addresses::default();
    let all: Vec<SocketAddr> = match endpoint.host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, endpoint.port)],
        Err(_) => lookup_host((endpoint.host.as_str(), endpoint.port))
            .await
            .map_err(|_| Failed::new("its name has no address"))?
            .collect(),
    };
    for address in all {
        let family = if address.is_ipv4() { &mut found.four } else { &mut found.six };
        family.get_or_insert(address);
    }
    Ok(found)
}

type Tried = Option<Result<Certificate, Failed>>;

/// One state of what both families said.
fn together(endpoint: &Endpoint, four: Tried, six: Tried) -> CertificateState {
    let state = CertificateState { starttls: endpoint.starttls, ..CertificateState::default() };
    let part = |why: String, part: &str| {
        Some(Unseen {
            part: part.to_owned(),
            why,
            mend: openssl(&endpoint.subject(), endpoint.starttls),
            found: false,
        })
    };
    match (four, six) {
        (Some(Ok(four)), Some(Ok(six)))
            if four == (Certificate { over: Over::Ipv4, ..six.clone() }) =>
        {
            CertificateState { seen: vec![Certificate { over: Over::Both, ..four }], ..state }
        }
        (Some(Ok(four)), Some(Ok(six))) => CertificateState { seen: vec![four, six], ..state },
        (Some(Ok(four)), Some(Err(six))) => {
            // A machine without IPv6 cannot say anything of it.
            let unseen = if six.no_way { None } else { part(six.why, "over IPv6") };
            CertificateState { seen: vec![four], unseen, ..state }
        }
        (Some(Err(four)), Some(Ok(six))) => {
            let unseen = if four.no_way { None } else { part(four.why, "over IPv4") };
            CertificateState { seen: vec![six], unseen, ..state }
        }
        (Some(Ok(one)), None) | (None, Some(Ok(one))) => {
            CertificateState { seen: vec![one], ..state }
        }
        (Some(Err(four)), Some(Err(six))) if four.why == six.why || six.no_way => {
            unseen(endpoint, four.why)
        }
        (Some(Err(four)), Some(Err(six))) if four.no_way => unseen(endpoint, six.why),
        (Some(Err(four)), Some(Err(six))) => {
            unseen(endpoint, format!("{}; over IPv6: {}", four.why, six.why))
        }
        (Some(Err(one)), None) | (None, Some(Err(one))) => unseen(endpoint, one.why),
        (None, None) => unnamed(endpoint, "its name has no address"),
    }
}

/// Its name leads nowhere.
fn unnamed(endpoint: &Endpoint, why: &str) -> CertificateState {
    blind(endpoint, why.to_owned(), format!("getent ahosts {}", endpoint.host))
}

/// It does not answer as it should.
fn unseen(endpoint: &Endpoint, why: String) -> CertificateState {
    blind(endpoint, why, openssl(&endpoint.subject(), endpoint.starttls))
}

fn blind(endpoint: &Endpoint, why: String, mend: String) -> CertificateState {
    CertificateState {
        unseen: Some(Unseen { part: String::new(), why, mend, found: false }),
        starttls: endpoint.starttls,
        ..CertificateState::default()
    }
}

/// What the leaf says of itself, and what is wrong with the chain.
fn judged(
    shown: &[CertificateDer<'static>],
    name: &ServerName<'_>,
    roots: &RootCertStore,
    now: Timestamp,
    over: Over,
) -> Certificate {
    let unreadable = || Certificate {
        over,
        names: Vec::new(),
        issuer: String::new(),
        serial: String::new(),
        fingerprint: String::new(),
        not_before: Timestamp::MIN,
        not_after: Timestamp::MAX,
        flaws: vec![Flaw::Refused { why: String::from("it cannot be read") }],
    };
    match shown.first().and_then(|leaf| x509::read(leaf, over)) {
        Some(leaf) => Certificate { flaws: certificate::flaws(shown, name, roots, now), ..leaf },
        None => unreadable(),
    }
}

/// Connects, asks for TLS, and gives the chain that was shown.
pub(super) async fn shown(
    address: SocketAddr,
    name: &ServerName<'static>,
    starttls: Option<Starttls>,
) -> Result<Vec<CertificateDer<'static>>, Failed> {
    let mut tcp = TcpStream::connect(address).await.map_err(|error| Failed::io(&error))?;
    if let Some(protocol) = starttls {
        starttls::ask(&mut tcp, protocol).await?;
    }
    let config = handshake::config().map_err(|error| Failed::new(error.to_string()))?;
    let (shown, outcome) = handshake::connect(config, name.clone(), tcp).await;
    match outcome {
        Ok(mut session) => {
            // As polite as the protocol allows, so that no log there fills with broken sessions.
            let goodbye: &[u8] = match starttls {
                Some(Starttls::Smtp) => b"QUIT\r\n",
                Some(Starttls::Imap) => b"n2 LOGOUT\r\n",
                _ => b"",
            };
            let _ = session.write_all(goodbye).await;
            let _ = session.shutdown().await;
            Ok(shown.chain)
        }
        // A server that wants a certificate of ours has shown its own all the same.
        Err(_) if !shown.chain.is_empty() => Ok(shown.chain),
        Err(error) => Err(not_tls(&error)),
    }
}

fn not_tls(error: &io::Error) -> Failed {
    let rustls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match rustls {
        None => Failed::io(error),
        Some(rustls::Error::InvalidMessage(_)) => Failed::new("what answers there speaks no TLS"),
        Some(rustls::Error::AlertReceived(alert)) => {
            Failed::new(format!("the server refuses TLS: {}", handshake::alert(*alert)))
        }
        Some(error) => Failed::new(format!("no TLS: {}", clean(&error.to_string(), 80))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(over: Over, serial: &str) -> Certificate {
        Certificate {
            over,
            names: Vec::new(),
            issuer: String::new(),
            serial: serial.to_owned(),
            fingerprint: String::new(),
            not_before: Timestamp::MIN,
            not_after: Timestamp::MAX,
            flaws: Vec::new(),
        }
    }

    #[test]
    fn both_families_are_told_apart_where_they_differ() {
        let endpoint = Endpoint { host: String::from("example.org"), port: 443, starttls: None };
        let failed = |kind: io::ErrorKind| -> Tried { Some(Err(Failed::io(&kind.into()))) };
        let four = || -> Tried { Some(Ok(seen(Over::Ipv4, "1"))) };
        let six = || -> Tried { Some(Ok(seen(Over::Ipv6, "1"))) };
        let other = || -> Tried { Some(Ok(seen(Over::Ipv6, "2"))) };
        let refused = || failed(io::ErrorKind::ConnectionRefused);
        let nowhere = || failed(io::ErrorKind::NetworkUnreachable);
        for (tried, overs, unseen) in [
            ((four(), six()), &[Over::Both][..], None),
            ((four(), other()), &[Over::Ipv4, Over::Ipv6], None),
            ((four(), None), &[Over::Ipv4], None),
            ((four(), refused()), &[Over::Ipv4], Some("over IPv6: connection refused")),
            // A machine without IPv6 says nothing of it.
            ((four(), nowhere()), &[Over::Ipv4], None),
            ((refused(), six()), &[Over::Ipv6], Some("over IPv4: connection refused")),
            ((refused(), refused()), &[], Some(": connection refused")),
            ((refused(), nowhere()), &[], Some(": connection refused")),
            ((None, None), &[], Some(": its name has no address")),
        ] {
            let state = together(&endpoint, tried.0, tried.1);
            assert_eq!(state.seen.iter().map(|seen| seen.over).collect::<Vec<_>>(), overs);
            let said = state.unseen.map(|unseen| format!("{}: {}", unseen.part, unseen.why));
            assert_eq!(said.as_deref(), unseen);
        }
    }
}
