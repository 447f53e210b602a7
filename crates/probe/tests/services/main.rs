//! Probes against real servers, each started for the test on a loopback address by a user without
//! rights. What is not installed is skipped, and says so.
//!
//! Debian packages: redis-server postgresql mariadb-server openssh-server dovecot-imapd chrony
//! python3-aiosmtpd python3-grpcio python3-websockets. `NIGHTKEEP_TEST_PYTHON` names a Python that
//! has the modules elsewhere.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod daemon;
mod mail;
mod mysql;
mod ping;
mod postgres;
mod python;
mod small;

use std::path::Path;
use std::time::Duration;

use nightkeep_probe::{Answer, Condition, Family, Fault, Net, Outcome, Place, Probe, Target, run};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::RootCertStore;

/// A time within every certificate here.
fn now() -> jiff::Timestamp {
    "2026-11-29T12:00:00Z".parse().unwrap()
}

/// Whom the probes trust, and what a server has to show for it.
pub(crate) struct Authority {
    pub(crate) net: Net,
    /// For `localhost`, `127.0.0.1` and `::1`, in PEM.
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut root = CertificateParams::new(Vec::new()).unwrap();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
        let names = ["localhost", "127.0.0.1", "::1"].map(String::from).to_vec();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(names).unwrap().signed_by(&key, &root).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(root.der().clone()).unwrap();
        Self { net: Net::new(roots).unwrap(), certificate: leaf.pem(), key: key.serialize_pem() }
    }

    /// Writes `cert.pem` and `key.pem`, for the user only.
    pub(crate) fn write(&self, directory: &Path) {
        for (name, pem) in [("cert.pem", &self.certificate), ("key.pem", &self.key)] {
            daemon::write(directory, name, pem, 0o600);
        }
    }

    pub(crate) async fn outcome(&self, target: Target) -> Outcome {
        let probe =
            Probe { target, timeout: Duration::from_secs(10), family: Family::Any, resolver: None };
        run(&probe, &self.net, now()).await
    }

    pub(crate) async fn ask(&self, target: Target) -> Result<Answer, Fault> {
        self.outcome(target).await.result
    }

    /// The body, as text.
    pub(crate) async fn body(&self, target: Target) -> String {
        let answer = self.ask(target).await.unwrap_or_else(|fault| panic!("{fault}"));
        String::from_utf8(answer.body).unwrap()
    }

    pub(crate) async fn said(&self, target: Target) -> String {
        self.ask(target).await.expect_err("a fault").to_string()
    }
}

/// To somebody who does not know who signed the server's certificate it is a fault, unless he wants
/// none of it.
pub(crate) async fn takes_any_certificate(strict: Target, insecure: Target) {
    let stranger = Authority::new();
    let fault = stranger.ask(strict).await.expect_err("a fault");
    assert!(matches!(fault, Fault::Certificate(_)), "{fault:?}");
    stranger.ask(insecure).await.expect("an answer");
}

pub(crate) fn local(port: u16) -> Place {
    Place { host: String::from("127.0.0.1"), port }
}

/// A name that is in the certificate, for what sends it to the server (SNI).
pub(crate) fn localhost(port: u16) -> Place {
    Place { host: String::from("localhost"), port }
}

pub(crate) fn holds(outcome: &Outcome, condition: &str) {
    let verdict = Condition::parse(condition).unwrap().judge(outcome, now());
    assert!(verdict.holds, "{:?}", verdict.parts);
}
