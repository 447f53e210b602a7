//! TLS on top of a connection, with the chain judged before a byte of ours is sent over it.

use std::path::Path;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::client::TlsStream;

use super::Way;
use crate::certificate;
use crate::certificate::handshake::{self, Shown};
use crate::fault::{Fault, Phase};
use crate::probe::ClientCertificate;
use crate::trace::Trace;

/// Bytes of a PEM file of ours that are read.
const LARGEST_PEM: u64 = 1024 * 1024;

/// How TLS is to be spoken.
#[derive(Clone, Copy)]
pub(crate) struct Wish<'a> {
    /// The name the certificate has to be for: a host name or an address, without brackets.
    pub(crate) name: &'a str,
    /// The protocols that are offered (RFC 7301), the best first; none: no such extension.
    pub(crate) alpn: &'static [&'static [u8]],
    /// A certificate nobody should trust is taken.
    pub(crate) insecure: bool,
    /// Ours.
    pub(crate) client: Option<&'a ClientCertificate>,
}

impl Way<'_> {
    /// Shakes hands. Notes the time and when the chain ends.
    pub(crate) async fn tls(
        &self,
        stream: TcpStream,
        wish: Wish<'_>,
        trace: &mut Trace,
    ) -> Result<TlsStream<TcpStream>, Fault> {
        trace.phase = Phase::Tls;
        let began = Instant::now();
        let name = ServerName::try_from(wish.name.to_owned()).map_err(|_| Fault::Invalid {
            what: format!("{} is no name a certificate can have", wish.name),
        })?;
        let mut config = (*self.net.config).clone();
        config.alpn_protocols = wish.alpn.iter().map(|protocol| protocol.to_vec()).collect();
        if let Some(client) = wish.client {
            config = handshake::with_client(config, read(client)?)
                .map_err(|error| invalid(&client.key, &error.to_string()))?;
        }
        let (shown, connected) = handshake::connect(config, name.clone(), stream).await;
        self.judge(&shown, &name, wish, trace)?;
        let stream = connected.map_err(|error| fault(&error))?;
        trace.phases.tls = Some(began.elapsed());
        trace.phase = Phase::Answer;
        Ok(stream)
    }

    fn judge(
        &self,
        shown: &Shown,
        name: &ServerName<'_>,
        wish: Wish<'_>,
        trace: &mut Trace,
    ) -> Result<(), Fault> {
        if shown.chain.is_empty() {
            return Ok(());
        }
        let verdict = certificate::judge(shown, name, &self.net.roots, self.now);
        trace.certificate(verdict.ends);
        if wish.insecure || verdict.why.is_empty() {
            Ok(())
        } else {
            Err(Fault::Certificate(verdict.why))
        }
    }
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Read anew for each handshake, so that a renewed one is taken at once.
fn read(client: &ClientCertificate) -> Result<Identity, Fault> {
    let certificates = bounded(&client.certificates)?;
    let chain = CertificateDer::pem_slice_iter(&certificates)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| invalid(&client.certificates, "it holds no certificates in PEM"))?;
    if chain.is_empty() {
        return Err(invalid(&client.certificates, "it holds no certificate in PEM"));
    }
    let key = PrivateKeyDer::from_pem_slice(&bounded(&client.key)?)
        .map_err(|_| invalid(&client.key, "it holds no private key in PEM"))?;
    Ok((chain, key))
}

fn bounded(path: &Path) -> Result<Vec<u8>, Fault> {
    use std::io::Read as _;
    let mut content = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LARGEST_PEM).read_to_end(&mut content))
        .map_err(|error| invalid(path, &error.to_string()))?;
    Ok(content)
}

fn invalid(path: &Path, why: &str) -> Fault {
    Fault::Invalid { what: format!("the client certificate: {}: {why}", path.display()) }
}

/// What went wrong in a handshake, or after it: a server says that it wants a certificate only when
/// the first bytes are read (RFC 8446, 4.4.2.4).
pub(crate) fn fault(error: &std::io::Error) -> Fault {
    use rustls::AlertDescription as Alert;
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        None => Fault::io(error, Phase::Tls),
        Some(rustls::Error::InvalidMessage(_)) => Fault::NotTls,
        Some(rustls::Error::AlertReceived(alert)) => {
            let name = handshake::alert(*alert);
            match alert {
                Alert::CertificateRequired
                | Alert::BadCertificate
                | Alert::UnknownCA
                | Alert::CertificateUnknown
                | Alert::CertificateExpired
                | Alert::CertificateRevoked
                | Alert::AccessDenied => Fault::ClientCertificate { alert: name },
                _ => Fault::TlsRefused { alert: name },
            }
        }
        Some(error) => Fault::Tls { what: crate::text::clean(&error.to_string(), 100) },
    }
}
