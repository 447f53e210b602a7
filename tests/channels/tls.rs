//! TLS with a private authority, against aiosmtpd and a web server of our own. Each test runs
//! itself again with the authority in `SSL_CERT_FILE`, since a process cannot change that safely.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use nightkeep::config::{ChannelKind, Secret, Smtp, SmtpSecurity};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;

use crate::{notice, outcome, recovery, send, skipped};

/// Files of an authority and of a certificate for `localhost`.
fn certificates() -> TempDir {
    let dir = TempDir::new().unwrap();
    let (ca_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = ca.self_signed(&ca_key).unwrap();
    let issuer = Issuer::new(ca, ca_key);
    let leaf = CertificateParams::new(vec![String::from("localhost")]).unwrap();
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    fs::write(dir.path().join("ca.pem"), authority.pem()).unwrap();
    fs::write(dir.path().join("cert.pem"), leaf.pem()).unwrap();
    fs::write(dir.path().join("key.pem"), key.serialize_pem()).unwrap();
    dir
}

/// Runs the test `name` again, trusting the authority; in that run gives the directory.
fn trusting(name: &str) -> Option<PathBuf> {
    if let Some(dir) = std::env::var_os("NIGHTKEEP_TEST_CERTIFICATES") {
        return Some(PathBuf::from(dir));
    }
    let dir = certificates();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env("SSL_CERT_FILE", dir.path().join("ca.pem"))
        .env("NIGHTKEEP_TEST_CERTIFICATES", dir.path())
        .status()
        .unwrap();
    assert!(status.success());
    None
}

/// Answers `200 ok` to one request over TLS.
fn web_server(dir: &Path) -> u16 {
    let chain: Vec<_> =
        CertificateDer::pem_file_iter(dir.join("cert.pem")).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(dir.join("key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut session = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let (mut tcp, _) = listener.accept().unwrap();
        let mut stream = rustls::Stream::new(&mut session, &mut tcp);
        let mut request = [0; 4096];
        // A client that does not trust us ends here.
        if stream.read(&mut request).is_ok() {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
        }
    });
    port
}

fn slack(host: &str, port: u16) -> ChannelKind {
    ChannelKind::Slack { url: Secret::new(format!("https://{host}:{port}/services/x")) }
}

#[test]
fn a_private_authority_is_trusted_if_the_machine_trusts_it() {
    let Some(dir) = trusting("tls::a_private_authority_is_trusted_if_the_machine_trusts_it") else {
        return;
    };
    send(slack("localhost", web_server(&dir)), &notice()).unwrap();
    // The certificate is for another name.
    let result = send(slack("127.0.0.1", web_server(&dir)), &notice());
    assert_eq!(outcome(&result).0, "later");
    let error = result.unwrap_err().to_string();
    assert!(error.contains("certificate"), "{error}");
}

#[test]
fn an_unknown_authority_is_not_trusted() {
    let dir = certificates();
    let result = send(slack("localhost", web_server(dir.path())), &notice());
    assert_eq!(outcome(&result).0, "later");
    let error = result.unwrap_err().to_string();
    assert!(error.contains("certificate"), "{error}");
}

/// A real mail server with a maildir.
struct Aiosmtpd {
    child: Child,
    port: u16,
    dir: TempDir,
}

impl Aiosmtpd {
    /// None, and said so, where it is not installed.
    fn start(options: &[&str], certificates: &Path) -> Option<Self> {
        let python = "/usr/bin/python3";
        let there =
            Command::new(python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        if !there.is_ok_and(|status| status.success()) {
            skipped("aiosmtpd", "apt-get install python3-aiosmtpd");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let dir = TempDir::new().unwrap();
        let mut command = Command::new(python);
        command.args(["-m", "aiosmtpd", "-n", "-l", &format!("localhost:{port}")]);
        for option in options {
            command.arg(option.replace("DIR", &certificates.display().to_string()));
        }
        let maildir = dir.path().join("mail");
        command.args(["-c", "aiosmtpd.handlers.Mailbox"]).arg(maildir);
        let child = command.stderr(Stdio::null()).spawn().unwrap();
        let mut server = Self { child, port, dir };
        for _ in 0..400 {
            if TcpStream::connect(("localhost", port)).is_ok() {
                return Some(server);
            }
            assert!(server.child.try_wait().unwrap().is_none(), "aiosmtpd ended");
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("aiosmtpd does not listen");
    }

    fn smtp(&self, security: SmtpSecurity) -> ChannelKind {
        ChannelKind::Smtp(Smtp {
            server: String::from("localhost"),
            port: self.port,
            security,
            user: None,
            password: None,
            from: String::from("nightkeep@web1.example"),
            to: vec![String::from("ann@example.org")],
        })
    }

    fn mails(&self) -> Vec<String> {
        let new = fs::read_dir(self.dir.path().join("mail/new")).unwrap();
        let mails = new.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
        mails.collect()
    }
}

impl Drop for Aiosmtpd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_real_server_takes_mail_over_starttls() {
    let Some(dir) = trusting("tls::a_real_server_takes_mail_over_starttls") else { return };
    let options = ["--tlscert", "DIR/cert.pem", "--tlskey", "DIR/key.pem"];
    let Some(server) = Aiosmtpd::start(&options, &dir) else { return };
    send(server.smtp(SmtpSecurity::StartTls), &notice()).unwrap();
    send(server.smtp(SmtpSecurity::StartTls), &recovery()).unwrap();
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails.iter().filter(|mail| mail.contains("\nIn-Reply-To: <nightkeep-")).count(), 1);
    // It wants STARTTLS before anything else.
    assert_eq!(outcome(&send(server.smtp(SmtpSecurity::None), &notice())).0, "never");
}

#[test]
fn a_real_server_takes_mail_over_tls() {
    let Some(dir) = trusting("tls::a_real_server_takes_mail_over_tls") else { return };
    let options = ["--smtpscert", "DIR/cert.pem", "--smtpskey", "DIR/key.pem"];
    let Some(server) = Aiosmtpd::start(&options, &dir) else { return };
    send(server.smtp(SmtpSecurity::Tls), &notice()).unwrap();
    assert_eq!(server.mails().len(), 1);
}

#[test]
fn a_server_without_starttls_gets_no_mail_in_the_clear() {
    let Some(dir) = trusting("tls::a_server_without_starttls_gets_no_mail_in_the_clear") else {
        return;
    };
    let Some(server) = Aiosmtpd::start(&[], &dir) else { return };
    assert_eq!(outcome(&send(server.smtp(SmtpSecurity::StartTls), &notice())).0, "later");
    assert!(!server.dir.path().join("mail/new").exists() || server.mails().is_empty());
    send(server.smtp(SmtpSecurity::None), &notice()).unwrap();
}
