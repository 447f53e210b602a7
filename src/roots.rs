//! Whom TLS trusts: the machine's own roots, or Mozilla's where it has none.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

/// The machine's root certificates (`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured). Empty on
/// a machine without `ca-certificates`.
pub(crate) fn native() -> Vec<CertificateDer<'static>> {
    rustls_native_certs::load_native_certs().certs
}

/// The same as rustls takes them; Mozilla's, as compiled in, if the machine has none.
pub(crate) fn store() -> RootCertStore {
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(native());
    if added == 0 {
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    store
}
