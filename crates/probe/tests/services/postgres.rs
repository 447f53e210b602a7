use std::process::Command;
use std::time::Duration;

use nightkeep_probe::{Database, Target};
use tokio::time::{Instant, sleep};

use crate::daemon::{Daemon, command, find, folder, port, succeed, write};
use crate::{Authority, holds, local, localhost, takes_any_certificate};

const RULES: &str = "
local all root trust
host all clear samehost password
host all old samehost md5
host all free samehost trust
hostssl all tls_only samehost scram-sha-256
host all tls_only samehost reject
host all all samehost scram-sha-256
";

const ROLES: &str = "
CREATE ROLE clear LOGIN PASSWORD 'word';
CREATE ROLE free LOGIN;
CREATE ROLE modern LOGIN PASSWORD 'wörd, with = all';
CREATE ROLE tls_only LOGIN PASSWORD 'word';
SET password_encryption = md5;
CREATE ROLE old LOGIN PASSWORD 'word';
";

#[tokio::test]
async fn postgres() {
    let (Some(initdb), Some(program), Some(psql)) =
        (find("initdb"), find("postgres"), find("psql"))
    else {
        return;
    };
    let (folder, authority, port) = (folder(), Authority::new(), port());
    authority.write(folder.path());
    let data = folder.path().join("data");
    let path = folder.path().display();
    let arguments = ["-N", "-E", "UTF8", "-U", "root", "-A", "trust", "-D"];
    succeed(command(&initdb).args(arguments).arg(&data));
    write(&data, "pg_hba.conf", RULES, 0o600);
    let mut server = command(&program);
    server.arg("-D").arg(&data).args(["-p", &port.to_string(), "-k"]).arg(folder.path());
    server.args(["-c", "listen_addresses=localhost", "-c", "fsync=off", "-c", "ssl=on"]);
    server.args(["-c", &format!("ssl_cert_file={path}/cert.pem")]);
    server.args(["-c", &format!("ssl_key_file={path}/key.pem"), "-c", "max_connections=8"]);
    let server = Daemon::start(server, folder.path(), port);
    let mut roles = Command::new(psql);
    roles.args(["-q", "-U", "root", "-d", "postgres", "-c", ROLES, "-p", &port.to_string()]);
    roles.arg("-h").arg(folder.path());
    let until = Instant::now() + Duration::from_secs(30);
    while !roles.output().unwrap().status.success() {
        assert!(Instant::now() < until, "{}", server.log());
        sleep(Duration::from_millis(100)).await;
    }

    let nobody = Database {
        place: local(port),
        user: None,
        password: None,
        database: None,
        tls: false,
        insecure: false,
    };
    let user = |user: &str, password: &str| Database {
        user: Some(user.to_owned()),
        password: Some(password.to_owned()).filter(|password| !password.is_empty()),
        database: Some(String::from("postgres")),
        ..nobody.clone()
    };
    let ask = |database: Database| authority.body(Target::Postgres(database));
    let said = |database: Database| authority.said(Target::Postgres(database));
    let log = server.log();
    assert_eq!(ask(nobody.clone()).await, "scram-sha-256");
    sleep(Duration::from_millis(300)).await;
    assert_eq!(server.log(), log, "nobody is bothered by it");

    for (name, password) in
        [("clear", "word"), ("old", "word"), ("modern", "wörd, with = all"), ("free", "")]
    {
        let version = ask(user(name, password)).await;
        assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{version}");
        let over_tls = Database { place: localhost(port), tls: true, ..user(name, password) };
        let outcome = authority.outcome(Target::Postgres(over_tls)).await;
        holds(&outcome, "tls < 9s and certificate > 30d and answer matches '^[0-9]'");
    }
    for name in ["clear", "old", "modern", "nobody"] {
        let wrong = said(user(name, "wrong")).await;
        let words = "PostgreSQL refuses the login: password authentication failed";
        assert!(wrong.starts_with(words), "{wrong}");
    }
    assert_eq!(said(user("modern", "")).await, "PostgreSQL wants a password (scram-sha-256)");
    let plain = said(user("tls_only", "word")).await;
    assert!(plain.contains("pg_hba.conf rejects") && plain.ends_with("(28000)"), "{plain}");
    let over_tls = Database { place: localhost(port), tls: true, ..user("tls_only", "word") };
    let outcome = authority.outcome(Target::Postgres(over_tls)).await;
    holds(&outcome, "answer matches '^[0-9]'");
    let strict = Database { tls: true, ..user("modern", "wörd, with = all") };
    let insecure = Database { insecure: true, ..strict.clone() };
    takes_any_certificate(Target::Postgres(strict), Target::Postgres(insecure)).await;
    let elsewhere = Database { database: Some(String::from("missing")), ..user("free", "") };
    let words = "PostgreSQL refuses the login: database \"missing\" does not exist (3D000)";
    assert_eq!(said(elsewhere).await, words);
    assert!(!server.log().contains("unexpected EOF"), "{}", server.log());
}
