use nightkeep_probe::{Database, Place, Target};

use crate::daemon::{Daemon, command, find, folder, port, succeed, write};
use crate::{Authority, holds, local, localhost, takes_any_certificate};

/// Each on a line of its own. A user without a name would be anybody at localhost.
const USERS: &str = "\
DELETE FROM mysql.global_priv WHERE User = '';
FLUSH PRIVILEGES;
SET NAMES utf8mb4;
CREATE USER 'old'@'%' IDENTIFIED BY 'wörd';
CREATE USER 'free'@'%';
CREATE USER 'tls_only'@'%' IDENTIFIED BY 'word' REQUIRE SSL;
CREATE DATABASE shop;
GRANT SELECT ON shop.* TO 'old'@'%';
";

#[tokio::test]
async fn mariadb() {
    let (Some(install), Some(program)) = (find("mariadb-install-db"), find("mariadbd")) else {
        return;
    };
    let (folder, authority, port) = (folder(), Authority::new(), port());
    authority.write(folder.path());
    let path = folder.path().display();
    let data = folder.path().join("data");
    succeed(
        command(&install)
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
            .arg(format!("--datadir={}", data.display())),
    );
    let sql = write(folder.path(), "init.sql", USERS, 0o600);
    let mut server = command(&program);
    server.arg("--no-defaults").arg(format!("--datadir={}", data.display()));
    server.arg(format!("--socket={path}/socket")).arg(format!("--init-file={}", sql.display()));
    server.arg(format!("--port={port}")).args(["--bind-address=*", "--max-connect-errors=3"]);
    server.arg(format!("--ssl-cert={path}/cert.pem")).arg(format!("--ssl-key={path}/key.pem"));
    server.arg(format!("--pid-file={path}/pid"));
    let server = Daemon::start(server, folder.path(), port);

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
        ..nobody.clone()
    };
    let version = authority.body(Target::Mysql(nobody.clone())).await;
    assert!(version.contains("MariaDB") && !version.starts_with("5.5.5-"), "{version}");
    let shop = Database { database: Some(String::from("shop")), ..user("old", "wörd") };
    for database in [nobody.clone(), user("old", "wörd"), user("free", ""), shop] {
        assert_eq!(authority.body(Target::Mysql(database.clone())).await, version);
        let over_tls = Database { place: localhost(port), tls: true, ..database };
        let outcome = authority.outcome(Target::Mysql(over_tls)).await;
        holds(&outcome, "up and tls < 9s and certificate > 30d and body contains MariaDB");
    }
    let only = Database { place: localhost(port), tls: true, ..user("tls_only", "word") };
    assert_eq!(authority.body(Target::Mysql(only)).await, version);
    for (name, password) in [("old", "wrong"), ("old", ""), ("nobody", "x"), ("tls_only", "word")] {
        let said = authority.said(Target::Mysql(user(name, password))).await;
        assert!(said.starts_with("MySQL refuses the login: Access denied for user"), "{said}");
    }
    let strict = Database { tls: true, ..user("old", "wörd") };
    let insecure = Database { insecure: true, ..strict.clone() };
    takes_any_certificate(Target::Mysql(strict), Target::Mysql(insecure)).await;
    let elsewhere = Database { database: Some(String::from("missing")), ..user("old", "wörd") };
    let said = authority.said(Target::Mysql(elsewhere)).await;
    assert!(said.starts_with("MySQL refuses the login: "), "{said}");

    // Loopback is never blocked, so this asks by another address, more often than is forgiven.
    let Some(host) = own_address() else {
        println!("SKIPPED: this machine has no other address than loopback");
        return;
    };
    let place = Place { host: host.clone(), port };
    let asked = Target::Mysql(Database { place, ..nobody });
    for _ in 0..8 {
        assert_eq!(authority.body(asked.clone()).await, version, "{}", server.log());
    }
    // Those who just hang up are not forgiven.
    for _ in 0..8 {
        let mut rude = std::net::TcpStream::connect((host.as_str(), port)).unwrap();
        std::io::Read::read_exact(&mut rude, &mut [0; 4]).unwrap_or_default();
    }
    let said = authority.said(asked).await;
    assert!(said.starts_with("MySQL has blocked this host"), "{said}");
}

/// An address of this machine that is not loopback: the one it would send from.
fn own_address() -> Option<String> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip().to_string())
}
