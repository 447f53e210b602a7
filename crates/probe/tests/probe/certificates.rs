//! Certificates of every kind of trouble.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use nightkeep_probe::{ClientCertificate, Fault, Http, Net, Place, Side, Target, Tls};
use rustls::server::WebPkiClientVerifier;

use crate::authority::{Authority, Chain, days, noon, self_signed};
use crate::server::{https, ok, tls_config};
use crate::{ask, net, page, probe, said};

fn tls(port: u16, insecure: bool) -> Target {
    let place = Place { host: String::from("localhost"), port };
    Target::Tls(Tls { place, server_name: None, insecure })
}

/// What a probe says of a server that shows this chain.
async fn words(chain: &Chain, net: &Net) -> (String, Side) {
    let port = https(tls_config(chain), |_| ok("hello"));
    // Who wants it all the same gets it.
    let answer = ask(net, &probe(tls(port, true))).await.result.unwrap();
    assert_eq!(answer.protocol, "TLSv1.3");
    let page = page(&format!("https://localhost:{port}/"));
    let by_http = said(ask(net, &probe(Target::Http(Box::new(page)))).await.result);
    let by_tls = said(ask(net, &probe(tls(port, false))).await.result);
    assert_eq!(by_http, by_tls);
    by_tls
}

#[tokio::test]
async fn each_is_called_by_its_name() {
    let root = Authority::root("Test Root");
    let net = Net::new(root.trusted()).unwrap();
    let (from, until) = (noon() - days(10), noon() + days(80));
    let good = root.leaf(&["localhost"], from, until);
    let port = https(tls_config(&good), |_| ok("hello"));
    let outcome = ask(&net, &probe(tls(port, false))).await;
    assert_eq!(outcome.certificate_ends, Some(until));
    assert_eq!(outcome.result.unwrap().protocol, "TLSv1.3");

    let expired = root.leaf(&["localhost"], from, noon() - days(3));
    let early = root.leaf(&["localhost"], noon() + days(2), until);
    let other = root.leaf(&["example.org", "www.example.org"], from, until);
    let many = root.leaf(&["a.example", "b.example", "c.example", "d.example"], from, until);
    let incomplete =
        root.intermediate("Test Intermediate", until).leaf(&["localhost"], from, until);
    let unknown = Authority::root("Nobody's Root").leaf(&["localhost"], from, until);
    let old = root.intermediate("Old Intermediate", noon() - days(1));
    let below_old = old.leaf(&["localhost"], from, until);
    let both = root.leaf(&["example.org"], from, noon() - days(3));
    for (chain, wanted, side) in [
        (expired, "the certificate expired on 2026-11-20 12:00 UTC, 3 days ago", Side::Theirs),
        (
            early,
            "the certificate is not valid before 2026-11-25 12:00 UTC, in 2 days (or this \
             machine's clock is wrong)",
            Side::Unknown,
        ),
        (
            other,
            "the certificate is not for localhost, but for example.org, www.example.org",
            Side::Theirs,
        ),
        (
            many,
            "the certificate is not for localhost, but for a.example, b.example, c.example and 1 \
             more",
            Side::Theirs,
        ),
        (
            self_signed(&["localhost"], false),
            "the certificate is self-signed: no authority vouches for it",
            Side::Theirs,
        ),
        (
            incomplete.alone(),
            "the certificate comes without the intermediate certificate \"Test Intermediate\" \
             (incomplete chain)",
            Side::Theirs,
        ),
        (
            unknown,
            "the certificate was issued by \"Nobody's Root\", which this machine does not trust",
            Side::Theirs,
        ),
        (
            below_old,
            "the certificate stands below \"Old Intermediate\", whose own certificate has expired",
            Side::Theirs,
        ),
        (
            both,
            "the certificate expired on 2026-11-20 12:00 UTC, 3 days ago; it is not for \
             localhost, but for example.org",
            Side::Theirs,
        ),
    ] {
        assert_eq!(words(&chain, &net).await, (wanted.to_owned(), side));
    }
}

/// openssl makes and serves what no modern library will.
#[tokio::test]
async fn a_weak_key_is_called_weak() {
    let directory = tempfile::tempdir().unwrap();
    let openssl = |directory: &Path, arguments: &str| {
        Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
    };
    let make = "req -x509 -newkey rsa:1024 -sha1 -nodes -days 36500 -subj /CN=localhost \
                -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem";
    let made = openssl(directory.path(), make).map(|mut made| made.wait());
    if !matches!(made, Ok(Ok(status)) if status.success()) {
        println!("skipped: no openssl that makes weak keys");
        return;
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let serve = format!(
        "s_server -cert cert.pem -key key.pem -accept 127.0.0.1:{port} -cipher ALL:@SECLEVEL=0"
    );
    let mut server = openssl(directory.path(), &serve).unwrap();
    // openssl begins its validity now.
    let now =
        jiff::Timestamp::try_from(std::fs::metadata(directory.path()).unwrap().modified().unwrap());
    let now = now.unwrap() + days(1);
    let mut outcome = nightkeep_probe::run(&probe(tls(port, false)), &net(), now).await;
    for _ in 0..100 {
        if !matches!(outcome.result, Err(Fault::Refused { .. })) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        outcome = nightkeep_probe::run(&probe(tls(port, false)), &net(), now).await;
    }
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(
        said(outcome.result).0,
        "the certificate is self-signed: no authority vouches for it; it is too weak: its RSA key \
         of 1024 bits is too short"
    );
}

/// Another's certificate, but not its key.
#[tokio::test]
async fn a_stolen_certificate_without_its_key_is_not_believed() {
    let root = Authority::root("Test Root");
    let real = root.leaf(&["localhost"], noon() - days(1), noon() + days(80));
    let thief = root.leaf(&["localhost"], noon() - days(1), noon() + days(80));
    let provider = rustls::crypto::ring::default_provider();
    let key = provider.key_provider.load_private_key(thief.key()).unwrap();
    // Nothing checks that they belong together.
    let certified = rustls::sign::CertifiedKey::new(real.certificates.clone(), key);
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(certified)));
    let port = https(config, |_| ok("hello"));
    let net = Net::new(root.trusted()).unwrap();
    let (words, side) = said(ask(&net, &probe(tls(port, false))).await.result);
    assert_eq!(words, "the certificate does not belong to the server's key");
    assert_eq!(side, Side::Theirs);
}

#[tokio::test]
async fn a_certificate_of_ours() {
    let root = Authority::root("Test Root");
    let chain = root.leaf(&["localhost"], noon() - days(1), noon() + days(80));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let clients = Authority::root("Clients");
    let verifier = WebPkiClientVerifier::builder_with_provider(
        Arc::new(clients.trusted()),
        Arc::clone(&provider),
    )
    .build()
    .unwrap();
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let ours = clients.client(noon() - days(1000), noon() + days(3000));
    let certificates = write("ours.pem", &ours.pem());
    let key = write("ours.key", &ours.key_pem());
    for versions in [&[&rustls::version::TLS12], &[&rustls::version::TLS13]] {
        let config = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions)
            .unwrap()
            .with_client_cert_verifier(Arc::clone(&verifier))
            .with_single_cert(chain.certificates.clone(), chain.key())
            .unwrap();
        let port = https(config, |_| ok("known"));
        let net = Net::new(root.trusted()).unwrap();
        let asked = |client| {
            let url = format!("https://localhost:{port}/");
            probe(Target::Http(Box::new(Http { client, ..page(&url) })))
        };
        let client = ClientCertificate { certificates: certificates.clone(), key: key.clone() };
        let answer = ask(&net, &asked(Some(client.clone()))).await.result.unwrap();
        assert_eq!(answer.body, b"known");
        let (words, _) = said(ask(&net, &asked(None)).await.result);
        assert_eq!(words, "the server wants a client certificate (mTLS): CertificateRequired");
        let swapped = ClientCertificate { certificates: key.clone(), key: certificates.clone() };
        let (words, side) = said(ask(&net, &asked(Some(swapped))).await.result);
        assert!(words.ends_with("ours.key: it holds no certificate in PEM"), "{words}");
        assert_eq!(side, Side::Ours);
    }
}
