//! What a certificate says of itself, as it is kept.

use nightkeep_probe::certificate;
use rustls::pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};

use crate::model::text::hex;
use crate::model::{Certificate, Over};

/// What it says of itself, without a verdict.
pub(super) fn read(der: &CertificateDer<'_>, over: Over) -> Option<Certificate> {
    let leaf = certificate::read(der)?;
    Some(Certificate {
        over,
        names: leaf.names,
        issuer: leaf.issuer,
        serial: leaf.serial,
        fingerprint: hex(&Sha256::digest(der)),
        not_before: leaf.not_before,
        not_after: leaf.not_after,
        flaws: Vec::new(),
    })
}
