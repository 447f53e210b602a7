//! What this machine serves under the name of a certificate on disk.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::{endpoint, x509};
use crate::model::{Certificate, Over, Served};
use crate::source::process::Snapshot;

/// Where certificates are usually served with TLS from the first byte: web, mail submission, IMAP.
pub(super) const PORTS: [u16; 3] = [443, 465, 993];
/// This machine answers at once or not at all.
const PATIENCE: Duration = Duration::from_secs(2);

/// Servers by the name of their process and that of their unit.
const SERVERS: [(u16, &str, &str); 13] = [
    (443, "caddy", "caddy"),
    (443, "nginx", "nginx"),
    (443, "apache2", "apache2"),
    (443, "httpd", "httpd"),
    (443, "haproxy", "haproxy"),
    (443, "lighttpd", "lighttpd"),
    (443, "traefik", "traefik"),
    (443, "envoy", "envoy"),
    (443, "hitch", "hitch"),
    (465, "master", "postfix"),
    (465, "exim4", "exim4"),
    (993, "dovecot", "dovecot"),
    (993, "cyrmaster", "cyrus-imapd"),
];

/// What is served here for the first name of a certificate: the first that is older than it, else
/// the first at all. `others` are the fingerprints of the other certificates on disk: who serves
/// one of those does not serve a stale one of this.
pub(super) async fn look(
    certificate: &Certificate,
    others: &[String],
    ports: &[u16],
    root: &Path,
) -> Option<Served> {
    let first = certificate.names.first()?;
    // Any name does for a wildcard.
    let name = first.strip_prefix("*.").map_or_else(|| first.clone(), |rest| format!("www.{rest}"));
    let name = ServerName::try_from(name).ok()?;
    let mut same = None;
    for &port in ports {
        for address in
            [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), (Ipv6Addr::LOCALHOST, port).into()]
        {
            let shown = timeout(PATIENCE, endpoint::shown(address, &name, None)).await;
            let Ok(Ok(chain)) = shown else { continue };
            let Some(leaf) = chain.first().filter(|leaf| is_for(leaf, &name)) else { continue };
            let Some(leaf) = x509::read(leaf, Over::Both) else { continue };
            let served = Served {
                at: address.to_string(),
                by: None,
                fingerprint: leaf.fingerprint,
                not_before: leaf.not_before,
                not_after: leaf.not_after,
            };
            if served.fingerprint == certificate.fingerprint {
                same.get_or_insert(served);
            } else if served.not_before < certificate.not_before
                && !others.contains(&served.fingerprint)
            {
                let by = server(port, root).await;
                return Some(Served { by, ..served });
            }
        }
    }
    same
}

fn is_for(leaf: &CertificateDer<'_>, name: &ServerName<'_>) -> bool {
    ParsedCertificate::try_from(leaf).is_ok_and(|leaf| verify_server_name(&leaf, name).is_ok())
}

/// The unit of the server that runs here and serves such a port, if it is exactly one known one.
async fn server(port: u16, root: &Path) -> Option<String> {
    let root = root.to_owned();
    let snapshot = spawn_blocking(move || Snapshot::take(&root)).await.ok()?.ok()?;
    let mut running =
        SERVERS.iter().filter(|(of, process, _)| *of == port && snapshot.runs(process));
    let (_, _, unit) = running.next()?;
    running.next().is_none().then(|| (*unit).to_owned())
}
