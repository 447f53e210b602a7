//! What a certificate says of itself (RFC 5280).

use std::net::{Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer as _, X509Certificate, X509Name};
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;

use super::Flaw;
use crate::text::clean;

/// Names kept of one certificate; some of large hosts have hundreds.
const MOST_NAMES: usize = 20;
/// Characters kept of one name.
const LONGEST: usize = 100;
/// RSA keys below this are refused by clients (CA/Browser Forum baseline requirements, 6.1.5).
const LEAST_RSA_BITS: usize = 2048;
/// Authority information access, and in it where the issuer's certificate is (RFC 5280, 4.2.2.1).
const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";

/// The certificate in these bytes, if they are one.
pub(super) fn parse<'a>(der: &'a CertificateDer<'_>) -> Option<X509Certificate<'a>> {
    X509Certificate::from_der(der).ok().map(|(_, certificate)| certificate)
}

/// What a certificate says of itself. Texts are limited and without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// The names it is for (DNS names and addresses of its subject alternative name), at most 20;
    /// the common name where it has none.
    pub names: Vec<String>,
    /// Who signed it: organisation and common name.
    pub issuer: String,
    /// The serial number, hexadecimal.
    pub serial: String,
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when it is valid.
    pub not_after: Timestamp,
}

/// What it says of itself, without a verdict; none if it cannot be read.
pub fn read(der: &CertificateDer<'_>) -> Option<Leaf> {
    let parsed = parse(der)?;
    Some(Leaf {
        names: names(&parsed),
        issuer: called(parsed.issuer()),
        serial: clean(&hex(parsed.raw_serial()), 2 * 20),
        not_before: time(parsed.validity().not_before),
        not_after: time(parsed.validity().not_after),
    })
}

pub(super) fn time(at: ASN1Time) -> Timestamp {
    Timestamp::from_second(at.timestamp()).unwrap_or(Timestamp::MAX)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn names(parsed: &X509Certificate<'_>) -> Vec<String> {
    let alternative = parsed.subject_alternative_name().ok().flatten();
    let names = alternative.iter().flat_map(|names| &names.value.general_names);
    let mut names: Vec<String> = names
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(clean(name, LONGEST)),
            GeneralName::IPAddress(bytes) => match <[u8; 4]>::try_from(*bytes) {
                Ok(four) => Some(Ipv4Addr::from(four).to_string()),
                Err(_) => {
                    <[u8; 16]>::try_from(*bytes).ok().map(|bytes| Ipv6Addr::from(bytes).to_string())
                }
            },
            _ => None,
        })
        .take(MOST_NAMES)
        .collect();
    if names.is_empty() {
        names.extend(common_name(parsed.subject()));
    }
    names
}

fn common_name(name: &X509Name<'_>) -> Option<String> {
    let common = name.iter_common_name().next()?.as_str().ok()?;
    Some(clean(common, LONGEST))
}

/// A name as a person calls it: `Let's Encrypt R11`, `Example Root CA`.
pub(super) fn called(name: &X509Name<'_>) -> String {
    let organisation = name.iter_organization().next().and_then(|value| value.as_str().ok());
    let organisation = organisation.map(|text| clean(text, LONGEST));
    match (organisation, common_name(name)) {
        (Some(organisation), Some(common)) if !common.starts_with(&organisation) => {
            format!("{organisation} {common}")
        }
        (_, Some(common)) => common,
        (Some(organisation), None) => organisation,
        (None, None) => clean(&name.to_string(), LONGEST),
    }
}

/// It says where the certificate of its issuer is, as those of public authorities do.
pub(super) fn says_where_its_issuer_is(parsed: &X509Certificate<'_>) -> bool {
    parsed.extensions().iter().any(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityInfoAccess(access) => {
            access.accessdescs.iter().any(|one| one.access_method.to_id_string() == CA_ISSUERS)
        }
        _ => false,
    })
}

/// A key or a signature that clients no longer take; `whose` begins the words.
pub(super) fn weakness(parsed: &X509Certificate<'_>, whose: &str) -> Option<Flaw> {
    let weak = |what: String| Some(Flaw::Weak { what });
    if let Ok(PublicKey::RSA(key)) = parsed.public_key().parsed()
        && key.key_size() < LEAST_RSA_BITS
    {
        return weak(format!("{whose} RSA key of {} bits is too short", key.key_size()));
    }
    // A root vouches for itself by being known.
    if parsed.issuer().as_raw() == parsed.subject().as_raw() {
        return None;
    }
    // RFC 8017 appendix A.2.4, RFC 5758, RFC 3279.
    let hash = match parsed.signature_algorithm.algorithm.to_id_string().as_str() {
        "1.2.840.113549.1.1.2" => "MD2",
        "1.2.840.113549.1.1.4" => "MD5",
        "1.2.840.113549.1.1.5" | "1.2.840.10045.4.1" | "1.2.840.10040.4.3" => "SHA-1",
        _ => return None,
    };
    weak(format!("{whose} signature by {hash} is no longer trusted"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whoever serves it may put anything in it.
        #[test]
        fn no_certificate_makes_it_panic(
            changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 0..8),
        ) {
            let key = rcgen::KeyPair::generate().unwrap();
            let names = ["example.org", "192.0.2.1"].map(String::from);
            let made = rcgen::CertificateParams::new(names).unwrap();
            let mut der = made.self_signed(&key).unwrap().der().to_vec();
            for (place, byte) in changes {
                let place = usize::from(place) % der.len();
                der[place] = byte;
            }
            let der = CertificateDer::from(der);
            if let Some(leaf) = read(&der) {
                let texts = leaf.names.iter().chain([&leaf.issuer]);
                let hidden = |text: &String| text.chars().any(crate::text::is_hidden);
                prop_assert!(!texts.into_iter().any(hidden));
                let parsed = parse(&der).unwrap();
                let _ = (weakness(&parsed, "its"), says_where_its_issuer_is(&parsed));
            }
        }
    }
}
