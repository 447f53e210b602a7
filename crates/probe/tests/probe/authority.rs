//! Authorities and certificates of every kind of trouble.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// The time at which all tests begin.
pub(crate) fn noon() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

pub(crate) fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// Who signs.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) certificate: CertificateDer<'static>,
}

/// A chain as a server shows it, and its key.
#[derive(Clone)]
pub(crate) struct Chain {
    pub(crate) certificates: Vec<CertificateDer<'static>>,
    pub(crate) key: Vec<u8>,
}

impl Chain {
    pub(crate) fn key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.clone()).into()
    }

    /// Without what is above the leaf.
    pub(crate) fn alone(&self) -> Self {
        Self { certificates: self.certificates[..1].to_vec(), ..self.clone() }
    }

    pub(crate) fn with(&self, above: &[&Authority]) -> Self {
        let mut chain = self.alone();
        chain.certificates.extend(above.iter().map(|above| above.certificate.clone()));
        chain
    }

    pub(crate) fn pem(&self) -> String {
        self.certificates.iter().map(|der| pem("CERTIFICATE", der)).collect()
    }

    pub(crate) fn key_pem(&self) -> String {
        pem("PRIVATE KEY", &self.key)
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

fn valid(params: &mut CertificateParams, from: Timestamp, until: Timestamp) {
    let time = |at: Timestamp| {
        date_time_ymd(1970, 1, 1) + Duration::from_secs(at.as_second().unsigned_abs())
    };
    params.not_before = time(from);
    params.not_after = time(until);
}

fn called(names: &[&str], common: &str) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common);
    params
}

impl Authority {
    pub(crate) fn root(name: &str) -> Self {
        let mut params = called(&[], name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        valid(&mut params, noon() - days(1000), noon() + days(3000));
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    pub(crate) fn intermediate(&self, name: &str, until: Timestamp) -> Self {
        let mut params = called(&[], name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        valid(&mut params, noon() - days(900), until);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    /// A server's certificate with the authority's above it; like a public authority it says where
    /// its own certificate is.
    pub(crate) fn leaf(&self, names: &[&str], from: Timestamp, until: Timestamp) -> Chain {
        let mut params = called(names, names[0]);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        valid(&mut params, from, until);
        params.custom_extensions = vec![where_the_issuer_is()];
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        let certificates = vec![leaf, self.certificate.clone()];
        Chain { certificates, key: key.serialize_der() }
    }

    /// A certificate for a client.
    pub(crate) fn client(&self, from: Timestamp, until: Timestamp) -> Chain {
        let mut params = called(&[], "a client");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        valid(&mut params, from, until);
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        Chain { certificates: vec![leaf], key: key.serialize_der() }
    }

    /// Trusted by the machine.
    pub(crate) fn trusted(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        roots
    }
}

pub(crate) fn self_signed(names: &[&str], is_ca: bool) -> Chain {
    let mut params = called(names, names[0]);
    if is_ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    valid(&mut params, noon() - days(10), noon() + days(355));
    let key = KeyPair::generate().unwrap();
    let certificates = vec![params.self_signed(&key).unwrap().der().clone()];
    Chain { certificates, key: key.serialize_der() }
}

/// Authority information access with `caIssuers` (RFC 5280, 4.2.2.1).
fn where_the_issuer_is() -> CustomExtension {
    let address = b"http://ca.example/issuer.crt";
    let tagged = |tag: u8, content: &[u8]| [&[tag, content.len() as u8], content].concat();
    let method = [0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02];
    let one = tagged(0x30, &[&method[..], &tagged(0x86, address)].concat());
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], tagged(0x30, &one))
}
