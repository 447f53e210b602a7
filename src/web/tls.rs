//! HTTPS of our own: the certificate and its key, read again when their files change.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, crypto::ring};
use tokio_rustls::TlsAcceptor;

use super::listen::CannotListen;
use crate::clock;
use crate::config::TlsConfig;

/// The files are looked at at most this often.
const LOOK: Duration = Duration::from_mins(1);

/// What was read last.
#[derive(Debug, Default)]
pub(super) struct Keeper(Mutex<Option<Kept>>);

#[derive(Debug)]
struct Kept {
    files: TlsConfig,
    changed: [Option<SystemTime>; 2],
    looked: Instant,
    config: Arc<ServerConfig>,
}

impl Keeper {
    /// What answers with the certificate of these files. Where what changed cannot be read, what
    /// was read before is gone on with.
    ///
    /// # Errors
    /// Says what mends it.
    pub(super) fn acceptor(&self, files: &TlsConfig) -> Result<TlsAcceptor, CannotListen> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock::monotonic();
        if let Some(kept) = kept.as_mut().filter(|kept| kept.files == *files) {
            let is_due = now.duration_since(kept.looked) >= LOOK;
            if is_due {
                kept.looked = now;
                kept.renew(files);
            }
            return Ok(TlsAcceptor::from(Arc::clone(&kept.config)));
        }
        let changed = changed(files);
        let config = read(files)?;
        let fresh = Kept { files: files.clone(), changed, looked: now, config };
        let config = Arc::clone(&kept.insert(fresh).config);
        Ok(TlsAcceptor::from(config))
    }
}

impl Kept {
    fn renew(&mut self, files: &TlsConfig) {
        let changed = changed(files);
        if changed == self.changed {
            return;
        }
        match read(files) {
            Ok(config) => {
                tracing::info!("a new certificate is in use: {}", files.certificate.display());
                (self.config, self.changed) = (config, changed);
            }
            // The one before goes on; the other half may be written next.
            Err(error) => tracing::warn!("the new certificate is not in use: {error}"),
        }
    }
}

fn changed(files: &TlsConfig) -> [Option<SystemTime>; 2] {
    [&files.certificate, &files.key].map(|path| std::fs::metadata(path).ok()?.modified().ok())
}

fn read(files: &TlsConfig) -> Result<Arc<ServerConfig>, CannotListen> {
    let (certificate, key) = (files.certificate.as_path(), files.key.as_path());
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain = chain.map_err(|error| explain(certificate, "certificate", &error))?;
    if chain.is_empty() {
        return Err(explain(certificate, "certificate", &pem::Error::NoItemsFound));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| explain(key, "key", &error))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, secret));
    let mut config = config.map_err(|error| CannotListen {
        why: format!(
            "HTTPS cannot be spoken with {} and {}: {error}",
            certificate.display(),
            key.display()
        ),
        mend: String::from("`key` has to be the key of the first certificate in `certificate`"),
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn explain(path: &Path, what: &str, error: &pem::Error) -> CannotListen {
    let path = path.display();
    let (why, mend) = match error {
        pem::Error::Io(error) => of_file(&path.to_string(), error),
        pem::Error::NoItemsFound => (
            format!("there is no {what} in {path}"),
            format!("[web.tls] {what} is a PEM file: it has a line that begins with -----BEGIN"),
        ),
        error => (
            format!("{path} is no {what} as PEM: {error}"),
            format!("write a PEM file into [web.tls] {what}"),
        ),
    };
    CannotListen { why: format!("HTTPS cannot be spoken: {why}"), mend }
}

fn of_file(path: &str, error: &io::Error) -> (String, String) {
    match error.kind() {
        ErrorKind::NotFound => {
            (format!("{path} is not there"), String::from("name the file in [web.tls]"))
        }
        ErrorKind::PermissionDenied => (
            format!("the watch may not read {path}"),
            String::from(
                "copy it when it is renewed: install -o nightkeep -m 400 FILE /etc/nightkeep/tls/, \
                 in a deploy hook of certbot or the like",
            ),
        ),
        _ => (format!("{path} cannot be read: {error}"), String::from("see: dmesg | tail")),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn files(directory: &Path) -> TlsConfig {
        TlsConfig { certificate: directory.join("chain.pem"), key: directory.join("key.pem") }
    }

    fn make(files: &TlsConfig) {
        let made = rcgen::generate_simple_self_signed(vec![String::from("watch.test")]).unwrap();
        fs::write(&files.certificate, made.cert.pem()).unwrap();
        fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    }

    #[test]
    fn says_what_mends_it() {
        let directory = tempfile::tempdir().unwrap();
        let files = files(directory.path());
        let error = |files: &TlsConfig| read(files).unwrap_err().to_string();
        assert!(error(&files).contains("chain.pem is not there"), "{}", error(&files));
        fs::write(&files.certificate, "nothing").unwrap();
        assert!(error(&files).contains("no certificate in"), "{}", error(&files));
        make(&files);
        assert!(read(&files).is_ok());
        let key = fs::read(&files.key).unwrap();
        make(&files);
        fs::write(&files.key, key).unwrap();
        assert!(error(&files).contains("has to be the key"), "{}", error(&files));
        fs::write(&files.key, "").unwrap();
        assert!(error(&files).contains("no key in"), "{}", error(&files));
    }

    #[test]
    fn what_changed_is_read_again_and_what_is_broken_is_not_used() {
        let directory = tempfile::tempdir().unwrap();
        let files = files(directory.path());
        make(&files);
        let mut kept = Kept {
            changed: changed(&files),
            config: read(&files).unwrap(),
            looked: clock::monotonic(),
            files: files.clone(),
        };
        let first = Arc::clone(&kept.config);
        kept.renew(&files);
        assert!(Arc::ptr_eq(&first, &kept.config));
        fs::write(&files.key, "").unwrap();
        kept.changed = [None, None];
        kept.renew(&files);
        assert!(Arc::ptr_eq(&first, &kept.config));
        make(&files);
        kept.renew(&files);
        assert!(!Arc::ptr_eq(&first, &kept.config));
    }
}
