//! Is a chain trusted here, and is it for this name? Two questions, both apart from its end.

use jiff::Timestamp;
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};
use x509_parser::prelude::X509Certificate;

use super::Flaw;
use super::x509;
use crate::text::clean;

/// What is wrong with a chain, the leaf first, at a time; in the order chain, name, key. An end or
/// a beginning of the leaf that is out of its time is nothing wrong here.
pub fn flaws(
    chain: &[CertificateDer<'_>],
    wanted: &ServerName<'_>,
    roots: &RootCertStore,
    now: Timestamp,
) -> Vec<Flaw> {
    let parsed: Vec<_> = chain.iter().map_while(x509::parse).collect();
    let (Some(der), Some(leaf)) = (chain.first(), parsed.first()) else {
        return vec![refused("it cannot be read")];
    };
    let mut flaws = Vec::new();
    let weak = first_weak(&parsed);
    match ParsedCertificate::try_from(der) {
        Err(_) => flaws.push(refused("it cannot be read")),
        Ok(end_entity) => {
            let trusted = verify_server_cert_signed_by_trust_anchor(
                &end_entity,
                roots,
                &chain[1..],
                within_its_life(leaf, now),
                rustls::crypto::ring::default_provider().signature_verification_algorithms.all,
            );
            if let Err(error) = trusted
                && !is_own_root(leaf, roots)
            {
                let flaw = chain_flaw(&error, &parsed, now);
                // What is too weak for the verifier is said by its own name.
                if weak.is_none() || !matches!(flaw, Flaw::Weak { .. } | Flaw::Refused { .. }) {
                    flaws.push(flaw);
                }
            }
            if verify_server_name(&end_entity, wanted).is_err() {
                flaws.push(Flaw::WrongName { wanted: wanted.to_str().into_owned() });
            }
        }
    }
    flaws.extend(weak);
    flaws
}

/// The first weak certificate of a chain.
pub fn weakness(chain: &[CertificateDer<'_>]) -> Option<Flaw> {
    first_weak(&chain.iter().map_while(x509::parse).collect::<Vec<_>>())
}

fn first_weak(parsed: &[X509Certificate<'_>]) -> Option<Flaw> {
    parsed.iter().enumerate().find_map(|(index, certificate)| {
        let above = || format!("\"{}\" above it: its", x509::called(certificate.subject()));
        let whose = if index == 0 { String::from("its") } else { above() };
        x509::weakness(certificate, &whose)
    })
}

/// The time nearest to now at which the leaf is valid.
fn within_its_life(leaf: &X509Certificate<'_>, now: Timestamp) -> UnixTime {
    let (from, until) =
        (leaf.validity().not_before.timestamp(), leaf.validity().not_after.timestamp());
    let seconds = now.as_second().min(until).max(from).max(0);
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds.unsigned_abs()))
}

fn chain_flaw(error: &Error, parsed: &[X509Certificate<'_>], now: Timestamp) -> Flaw {
    let leaf = &parsed[0];
    if signed_itself(leaf) {
        return Flaw::SelfSigned;
    }
    let Error::InvalidCertificate(error) = error else {
        return refused(&error.to_string());
    };
    match error {
        CertificateError::UnknownIssuer => unknown(parsed),
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {
            let has_ended = |above: &&X509Certificate<'_>| {
                now.as_second() > above.validity().not_after.timestamp()
            };
            match parsed[1..].iter().find(has_ended) {
                Some(above) => Flaw::ChainExpired { authority: x509::called(above.subject()) },
                None => refused("a certificate above it is not valid now"),
            }
        }
        CertificateError::BadSignature => refused("a signature in its chain is wrong"),
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => Flaw::Weak {
            what: String::from("a signature in its chain is of a kind no longer trusted"),
        },
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            refused("it is not made for servers")
        }
        CertificateError::UnhandledCriticalExtension => {
            refused("it has a critical extension nobody knows")
        }
        CertificateError::BadEncoding => refused("it cannot be read"),
        other => refused(&other.to_string()),
    }
}

/// Nobody known signed it: where does the way up end?
fn unknown(parsed: &[X509Certificate<'_>]) -> Flaw {
    let way = way_up(parsed, None);
    let last = way.last().copied().unwrap_or(&parsed[0]);
    let name = x509::called(last.issuer());
    // A server that sends nothing but a certificate of a public authority forgot what is between.
    if way.len() == 1 && x509::says_where_its_issuer_is(last) {
        Flaw::IncompleteChain { missing: name }
    } else {
        Flaw::UnknownAuthority { authority: name }
    }
}

/// The leaf and what is above it of what was sent, each signed in the name of the next; up to the
/// first that a known root signed.
fn way_up<'a, 'b>(
    parsed: &'b [X509Certificate<'a>],
    roots: Option<&RootCertStore>,
) -> Vec<&'b X509Certificate<'a>> {
    let mut way: Vec<_> = parsed.first().into_iter().collect();
    // No chain is longer than what was sent.
    while let Some(last) = way.last().copied()
        && way.len() < parsed.len()
        && !signed_itself(last)
        && !roots.is_some_and(|roots| is_of_root(last, roots))
    {
        let above = parsed[1..].iter().find(|above| {
            above.subject().as_raw() == last.issuer().as_raw() && !std::ptr::eq(*above, last)
        });
        match above {
            Some(above) => way.push(above),
            None => break,
        }
    }
    way
}

/// The end of the certificate that ends first, from the leaf up to a known root. What else was sent
/// does not count: servers send old certificates of roots along that nobody needs any more.
pub(super) fn ends(chain: &[CertificateDer<'_>], roots: &RootCertStore) -> Option<Timestamp> {
    let parsed: Vec<_> = chain.iter().map_while(x509::parse).collect();
    way_up(&parsed, Some(roots)).iter().map(|one| x509::time(one.validity().not_after)).min()
}

/// A known root has the name of its issuer. The roots hold it without outer tag and length.
fn is_of_root(certificate: &X509Certificate<'_>, roots: &RootCertStore) -> bool {
    roots.roots.iter().any(|root| certificate.issuer().as_raw().ends_with(&root.subject))
}

fn signed_itself(certificate: &X509Certificate<'_>) -> bool {
    certificate.issuer().as_raw() == certificate.subject().as_raw()
}

/// The machine's owner put this very certificate among the roots. Browsers take it, although the
/// verifier refuses a root as a server's own certificate.
fn is_own_root(leaf: &X509Certificate<'_>, roots: &RootCertStore) -> bool {
    // The roots hold both without their outer tag and length.
    signed_itself(leaf)
        && roots.roots.iter().any(|root| {
            leaf.subject().as_raw().ends_with(&root.subject)
                && leaf.public_key().raw.ends_with(&root.subject_public_key_info)
        })
}

fn refused(why: &str) -> Flaw {
    Flaw::Refused { why: clean(why, 100) }
}
