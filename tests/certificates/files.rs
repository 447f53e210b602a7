//! Certificates on disk: the stores of caddy and certbot, renewals that nobody serves, closed
//! directories.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};
use rustls::RootCertStore;
use tempfile::TempDir;

use crate::authority::{Authority, Chain, days, noon};
use crate::server::{Before, Server};
use crate::watch::{Watch, config};

const CADDY: &str =
    "var/lib/caddy/.local/share/caddy/certificates/acme-v02.api.letsencrypt.org-directory";

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// Writes a file as of a time.
fn write(path: &Path, text: &str, at: Timestamp) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    let file = fs::File::options().write(true).open(path).unwrap();
    let since = Duration::from_secs(at.as_second().unsigned_abs());
    file.set_modified(SystemTime::UNIX_EPOCH + since).unwrap();
}

/// As certbot lays it out: a link from `live` into the archive, the newest number last.
fn certbot(root: &Path, name: &str, number: u32, chain: &Chain, at: Timestamp) {
    let file = format!("archive/{name}/fullchain{number}.pem");
    write(&root.join("etc/letsencrypt").join(&file), &chain.pem(), at);
    let live = root.join("etc/letsencrypt/live").join(name);
    fs::create_dir_all(&live).unwrap();
    let link = live.join("fullchain.pem");
    let _ = fs::remove_file(&link);
    symlink(format!("../../{file}"), link).unwrap();
}

fn caddy(root: &Path, name: &str, chain: &Chain, at: Timestamp) {
    write(&root.join(CADDY).join(name).join(format!("{name}.crt")), &chain.pem(), at);
}

#[test]
fn stores_are_found_and_their_ends_told() {
    let root = Authority::root("Example Root X1");
    let disk = TempDir::new().unwrap();
    let day = |n| noon() + days(n);
    let good = root.leaf(&["good.example"], day(-1), day(89));
    certbot(disk.path(), "good.example", 1, &good, day(-1));
    certbot(
        disk.path(),
        "old.example",
        3,
        &root.leaf(&["old.example"], day(-88), day(2)),
        day(-88),
    );
    caddy(disk.path(), "shop.example", &root.leaf(&["shop.example"], day(-80), day(10)), day(-80));
    write(&disk.path().join("etc/mail.pem"), "no certificate", day(0));
    let config = config("unseen-for = \"0s\"\nfiles = [\"/etc/mail.pem\", \"/etc/gone.pem\"]");
    let mut watch = Watch::new(config, disk.path(), RootCertStore::empty(), &[]);
    let mut told = watch.on(minutes(30));
    // Renewed: within a minute, and a minute more of quiet.
    certbot(disk.path(), "old.example", 4, &root.leaf(&["old.example"], day(0), day(90)), day(0));
    told += "# certbot renewed\n";
    told += &watch.on(minutes(4));
    fs::remove_dir_all(disk.path().join(CADDY).join("shop.example")).unwrap();
    told += "# caddy forgot\n";
    told += &watch.on(minutes(4));
    assert_snapshot!(told);
}

#[test]
fn a_renewed_certificate_that_is_not_served_is_told_of() {
    let root = Authority::root("Example Root X1");
    let disk = TempDir::new().unwrap();
    let names = ["shop.example", "www.shop.example"];
    let day = |n| noon() + days(n);
    let old = root.leaf(&names, day(-60), day(30));
    let new = root.leaf(&names, day(0), day(90));
    let server = Server::start(Before::Nothing, &old);
    certbot(disk.path(), "shop.example", 1, &old, day(-60));
    let mut watch = Watch::new(config(""), disk.path(), root.trusted(), &[server.port]);
    assert_eq!(watch.on(minutes(5)), "");
    certbot(disk.path(), "shop.example", 2, &new, watch.now);
    assert_eq!(watch.on(minutes(13)), "", "it may take a while");
    let mut told = watch.on(minutes(20));
    server.show(&new);
    told += &watch.on(minutes(10));
    assert_snapshot!(told.replace(&server.port.to_string(), "PORT"));
}

#[test]
fn a_certificate_that_others_serve_is_not_missed() {
    let root = Authority::root("Example Root X1");
    let disk = TempDir::new().unwrap();
    let day = |n| noon() + days(n);
    // Moved from certbot to caddy: certbot goes on renewing what nobody serves.
    let served = root.leaf(&["shop.example"], day(-40), day(50));
    let unused = root.leaf(&["shop.example"], day(-2), day(88));
    caddy(disk.path(), "shop.example", &served, day(-40));
    certbot(disk.path(), "shop.example", 2, &unused, day(-2));
    // And what is served here for another name is nothing to compare with.
    certbot(
        disk.path(),
        "mail.example",
        1,
        &root.leaf(&["mail.example"], day(-1), day(89)),
        day(-1),
    );
    let server = Server::start(Before::Nothing, &served);
    let mut watch = Watch::new(config(""), disk.path(), root.trusted(), &[server.port]);
    assert_eq!(watch.on(minutes(60)), "");
}

#[test]
fn one_certificate_on_disk_and_on_the_wire_is_one_alert() {
    let root = Authority::root("Example Root X1");
    let disk = TempDir::new().unwrap();
    let old = root.leaf(&["localhost"], noon() - days(84), noon() + days(6));
    certbot(disk.path(), "localhost", 1, &old, noon() - days(84));
    let server = Server::start(Before::Nothing, &old);
    let port = server.port;
    let config = config(&format!("endpoints = [\"localhost:{port}\"]"));
    let mut watch = Watch::new(config, disk.path(), root.trusted(), &[port]);
    let told = watch.on(minutes(30));
    let expected = format!(
        "Raised warning certificate-expiry: certificate of localhost:{port} ends in 6 days \
         (2026-11-29) and was not renewed\n  next: certbot renew --cert-name localhost\n"
    );
    assert_eq!(told, expected);
}

/// Runs the test again as nobody, who may not read everything as root may.
#[test]
fn a_closed_store_is_said_with_what_opens_it() {
    if let Some(disk) = std::env::var_os("NIGHTKEEP_TEST_DISK") {
        let config = config("unseen-for = \"0s\"");
        let mut watch = Watch::new(config, Path::new(&disk), RootCertStore::empty(), &[]);
        let told = watch.on(minutes(30));
        let expected = "\
Raised info certificate-unseen: certificates in /etc/letsencrypt/live cannot be seen: it is closed \
for nightkeep
  next: cd /etc/letsencrypt && chgrp nightkeep live archive && chmod 750 live archive
Raised info certificate-unseen: certificates in /var/lib/caddy/.local/share/caddy/certificates \
cannot be seen: it is closed for nightkeep
  next: caddy keeps them for itself: list its sites under `endpoints` and set `find = false`, or \
systemctl edit nightkeep: under [Service] CapabilityBoundingSet=CAP_DAC_READ_SEARCH and \
AmbientCapabilities=CAP_DAC_READ_SEARCH
";
        return assert_eq!(told, expected);
    }
    let disk = TempDir::new().unwrap();
    let root = Authority::root("Example Root X1");
    let chain = root.leaf(&["shop.example"], noon(), noon() + days(90));
    certbot(disk.path(), "shop.example", 1, &chain, noon());
    caddy(disk.path(), "shop.example", &chain, noon());
    let mode = |path: &str, mode| {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(disk.path().join(path), permissions).unwrap();
    };
    mode("", 0o755);
    mode("etc/letsencrypt/live", 0o700);
    mode("etc/letsencrypt/archive", 0o700);
    mode("var/lib/caddy/.local", 0o700);
    if fs::metadata(disk.path()).map(|root| std::os::unix::fs::MetadataExt::uid(&root)).unwrap()
        != 0
    {
        return crate::skipped("root", "only root can make what others may not read");
    }
    let test = std::env::current_exe().unwrap();
    let copy = disk.path().join("test");
    fs::copy(test, &copy).unwrap();
    let status = Command::new(copy)
        .args(["--exact", "files::a_closed_store_is_said_with_what_opens_it"])
        .env("NIGHTKEEP_TEST_DISK", disk.path())
        .uid(65534)
        .gid(65534)
        .status()
        .unwrap();
    assert!(status.success());
}
