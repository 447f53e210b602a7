//! A TLS handshake.

use tokio::io::AsyncWriteExt as _;

use crate::answer::Answer;
use crate::fault::Fault;
use crate::net::Way;
use crate::net::tls::Wish;
use crate::probe::Tls;
use crate::trace::Trace;

/// Shakes hands and says goodbye.
pub(super) async fn ask(tls: &Tls, way: Way<'_>, trace: &mut Trace) -> Result<Answer, Fault> {
    let tcp = way.connect(&tls.place, trace).await?;
    let name = tls.server_name.as_deref().unwrap_or(&tls.place.host);
    let wish = Wish { name, alpn: &[], insecure: tls.insecure, client: None };
    let mut stream = way.tls(tcp, wish, trace).await?;
    let protocol = protocol(stream.get_ref().1.protocol_version());
    // As polite as the protocol allows, so that no log there fills with broken sessions.
    let _ = stream.shutdown().await;
    Ok(Answer { protocol, ..Answer::default() })
}

/// The version as OpenSSL writes it: `TLSv1.3`.
pub(super) fn protocol(version: Option<rustls::ProtocolVersion>) -> String {
    match version {
        Some(rustls::ProtocolVersion::TLSv1_2) => String::from("TLSv1.2"),
        Some(rustls::ProtocolVersion::TLSv1_3) => String::from("TLSv1.3"),
        _ => String::from("TLS"),
    }
}
