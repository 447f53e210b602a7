//! A handshake that takes every certificate and keeps what was shown, to be judged afterwards:
//! so a bad one is seen as a whole, and what is said of it is more than the verifier's first word.
//!
//! No session is resumed: a full handshake is what a visitor without history gets, and only a full
//! one shows the certificate.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{AlertDescription, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::text::clean;

/// Certificates kept of one chain; more are not looked at.
const LONGEST_CHAIN: usize = 10;

/// What a server showed.
#[derive(Debug, Default)]
pub struct Shown {
    /// The chain, the leaf first, at most 10. Empty: it did not come so far.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its signature over the handshake is right: it holds the key.
    pub proven: bool,
}

/// What every handshake begins with. Fails only if the TLS library was built without any version
/// of TLS.
pub fn config() -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(Recorder::new(provider.signature_verification_algorithms));
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// The same, showing a certificate of ours to whoever asks.
pub(crate) fn with_client(
    mut config: ClientConfig,
    (chain, key): (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>),
) -> Result<ClientConfig, Error> {
    let key = config.crypto_provider().key_provider.load_private_key(key)?;
    let certified = rustls::sign::CertifiedKey::new(chain, key);
    // A key of another certificate.
    if let Err(error @ Error::InconsistentKeys(_)) = certified.keys_match() {
        return Err(error);
    }
    config.client_auth_cert_resolver = Arc::new(rustls::sign::SingleCertAndKey::from(certified));
    Ok(config)
}

/// Shakes hands. What was shown is there even if the handshake failed, as with a server that wants
/// a certificate of ours.
pub async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    mut config: ClientConfig,
    name: ServerName<'static>,
    stream: S,
) -> (Shown, io::Result<TlsStream<S>>) {
    let algorithms = config.crypto_provider().signature_verification_algorithms;
    let recorder = Arc::new(Recorder::new(algorithms));
    let verifier = Arc::clone(&recorder) as Arc<dyn ServerCertVerifier>;
    config.dangerous().set_certificate_verifier(verifier);
    let outcome = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    let shown = std::mem::take(&mut *recorder.lock());
    (shown, outcome)
}

/// An alert's name, as the server meant it.
pub fn alert(alert: AlertDescription) -> String {
    clean(&format!("{alert:?}"), 40)
}

/// Takes every certificate. What it kept is judged before anything of ours is sent, but for a
/// client's certificate, which is no secret.
#[derive(Debug)]
struct Recorder {
    algorithms: WebPkiSupportedAlgorithms,
    shown: Mutex<Shown>,
}

impl Recorder {
    fn new(algorithms: WebPkiSupportedAlgorithms) -> Self {
        Self { algorithms, shown: Mutex::default() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, checked: &Result<HandshakeSignatureValid, Error>) -> HandshakeSignatureValid {
        self.lock().proven = checked.is_ok();
        HandshakeSignatureValid::assertion()
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(end_entity).chain(intermediates).take(LONGEST_CHAIN);
        self.lock().chain = chain.map(|certificate| certificate.clone().into_owned()).collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(self.note(&verify_tls12_signature(message, certificate, signature, &self.algorithms)))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(self.note(&verify_tls13_signature(message, certificate, signature, &self.algorithms)))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        // The old ones as well, so that old servers show theirs.
        vec![
            SignatureScheme::ECDSA_NISTP256_SHA256,
            SignatureScheme::ECDSA_NISTP384_SHA384,
            SignatureScheme::ECDSA_NISTP521_SHA512,
            SignatureScheme::ED25519,
            SignatureScheme::RSA_PSS_SHA256,
            SignatureScheme::RSA_PSS_SHA384,
            SignatureScheme::RSA_PSS_SHA512,
            SignatureScheme::RSA_PKCS1_SHA256,
            SignatureScheme::RSA_PKCS1_SHA384,
            SignatureScheme::RSA_PKCS1_SHA512,
            SignatureScheme::RSA_PKCS1_SHA1,
            SignatureScheme::ECDSA_SHA1_Legacy,
        ]
    }
}
