//! Each kind of broken chain: the right alert, the right words, once, and a recovery.

use std::fmt::Write as _;
use std::path::Path;

use insta::assert_snapshot;
use jiff::SignedDuration;
use rustls::RootCertStore;

use crate::authority::{Authority, Chain, days, noon, self_signed};
use crate::server::{Before, Server};
use crate::watch::{Watch, config};

const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

fn watching(server: &Server, roots: RootCertStore) -> Watch {
    let config = config(&format!("find = false\nendpoints = [\"localhost:{}\"]", server.port));
    Watch::new(config, Path::new("/"), roots, &[])
}

#[test]
fn each_kind_of_trouble_is_told_once_and_so_is_its_end() {
    let root = Authority::root("Example Root X1");
    let above = root.intermediate("Example R10", noon() + days(500));
    let ended = root.intermediate("Example R3", noon() - days(2));
    let stranger = Authority::root("Nobody's Root");
    let unknown = stranger.intermediate("Nobody's R1", noon() + days(500));
    let good = above.leaf(&NAMES, noon() - days(1), noon() + days(89));
    let hour = SignedDuration::from_hours;
    let ends = |until| above.leaf(&NAMES, until - days(90), until);
    let kinds: [(&str, Chain); 12] = [
        ("good", good.clone()),
        ("ends soon", ends(noon() + days(6))),
        ("ends very soon", ends(noon() + hour(30))),
        ("ended", ends(noon() - hour(3))),
        ("not yet valid", above.leaf(&NAMES, noon() + days(3), noon() + days(93))),
        (
            "wrong name",
            above.leaf(&["www.example.org", "example.org"], noon() - days(1), noon() + days(89)),
        ),
        ("self-signed", self_signed(&NAMES, false)),
        ("self-signed authority for another name", self_signed(&["snakeoil"], true)),
        ("incomplete chain", good.alone()),
        ("unknown authority", unknown.leaf(&NAMES, noon() - days(1), noon() + days(89))),
        (
            "unknown authority that shows itself",
            unknown.leaf(&NAMES, noon() - days(1), noon() + days(89)).with(&[&unknown, &stranger]),
        ),
        ("ended above", ended.leaf(&NAMES, noon() - days(10), noon() + days(80))),
    ];
    let mut story = String::new();
    for (kind, chain) in kinds {
        let server = Server::start(Before::Nothing, &chain);
        let mut watch = watching(&server, root.trusted());
        let mut told = watch.on(SignedDuration::from_mins(30));
        server.show(&good);
        told += &watch.on(SignedDuration::from_mins(20));
        let told = told.replace(&server.port.to_string(), "PORT");
        write!(story, "# {kind}\n{told}").unwrap();
    }
    assert_snapshot!(story);
}

#[test]
fn a_certificate_becomes_worse_at_the_right_time() {
    let root = Authority::root("Example Root X1");
    // Of six days: warned of when 20 % are left, critical at 7 %.
    let chain = root.leaf(&NAMES, noon(), noon() + days(6));
    let server = Server::start(Before::Nothing, &chain);
    let mut watch = watching(&server, root.trusted());
    assert_eq!(watch.on(SignedDuration::from_mins(6 * 1440 * 79 / 100)), "");
    let told = watch.on(days(2));
    let told = told.replace(&server.port.to_string(), "PORT");
    assert_snapshot!(told);
}

#[test]
fn what_cannot_be_seen_is_told_after_a_while_and_is_no_end() {
    let root = Authority::root("Example Root X1");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = config(&format!("find = false\nendpoints = [\"127.0.0.1:{port}\"]"));
    let mut watch = Watch::new(config, Path::new("/"), root.trusted(), &[]);
    assert_eq!(watch.on(SignedDuration::from_mins(29)), "");
    let told = watch.on(SignedDuration::from_mins(5));
    assert_eq!(
        told.replace(&port.to_string(), "PORT"),
        "Raised warning certificate-unseen: certificate of 127.0.0.1:PORT cannot be seen: \
         connection refused\n  next: openssl s_client -connect 127.0.0.1:PORT </dev/null\n"
    );
}

#[test]
fn the_owner_knows_that_it_is_self_signed() {
    let server = Server::start(Before::Nothing, &self_signed(&["snakeoil"], true));
    let name = format!("localhost:{}", server.port);
    let config =
        config(&format!("find = false\nendpoints = [\"{name}\"]\nexpiry-only = [\"{name}\"]"));
    let mut watch = Watch::new(config, Path::new("/"), RootCertStore::empty(), &[]);
    assert_eq!(watch.on(SignedDuration::from_mins(30)), "");
}

#[test]
fn a_self_signed_one_among_the_roots_is_trusted() {
    let chain = self_signed(&NAMES, true);
    let mut roots = RootCertStore::empty();
    roots.add(chain.certificates[0].clone()).unwrap();
    let server = Server::start(Before::Nothing, &chain);
    assert_eq!(watching(&server, roots).on(SignedDuration::from_mins(30)), "");
}

/// openssl makes and serves what no modern library will.
#[test]
fn a_weak_key_and_a_weak_signature_are_named() {
    let openssl = |directory: &Path, arguments: &str| {
        std::process::Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(directory)
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
    };
    let directory = tempfile::tempdir().unwrap();
    let make = "req -x509 -newkey rsa:1024 -sha1 -nodes -days 36500 -subj /CN=localhost \
                -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem";
    let Ok(mut made) = openssl(directory.path(), make) else {
        return crate::skipped("openssl", "apt-get install openssl");
    };
    if !made.wait().unwrap().success() {
        return crate::skipped("an openssl that makes weak keys", "none on this machine");
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let serve = format!(
        "s_server -quiet -accept 127.0.0.1:{port} -cert cert.pem -key key.pem -cipher ALL@SECLEVEL=0"
    );
    let mut server = openssl(directory.path(), &serve).unwrap();
    for _ in 0..200 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let file = directory.path().join("cert.pem");
    let config = config(&format!(
        "find = false\nendpoints = [\"127.0.0.1:{port}\"]\nfiles = [\"{}\"]",
        file.display()
    ));
    let mut watch = Watch::new(config, Path::new("/"), RootCertStore::empty(), &[]);
    // openssl begins its validity now.
    watch.now = nightkeep::clock::now();
    let told = watch.on(SignedDuration::from_mins(1));
    server.kill().unwrap();
    server.wait().unwrap();
    let told = told.replace(&port.to_string(), "PORT");
    assert_snapshot!(told.replace(&*directory.path().to_string_lossy(), "DIRECTORY"));
}
