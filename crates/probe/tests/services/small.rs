//! Servers that need next to nothing.

use std::time::Duration;

use nightkeep_probe::{Ntp, Redis, Ssh, Target};
use tokio::time::Instant;

use crate::daemon::{Daemon, command, find, folder, port, succeed, write};
use crate::{Authority, holds, local, takes_any_certificate};

#[tokio::test]
async fn redis() {
    let Some(program) = find("redis-server") else { return };
    let (folder, authority, port, tls_port) = (folder(), Authority::new(), port(), port());
    authority.write(folder.path());
    let mut server = command(&program);
    server.current_dir(folder.path()).args(["--bind", "127.0.0.1", "--save", ""]);
    server.args(["--port", &port.to_string(), "--tls-port", &tls_port.to_string()]);
    server.args(["--tls-cert-file", "cert.pem", "--tls-key-file", "key.pem"]);
    server.args(["--tls-ca-cert-file", "cert.pem", "--tls-auth-clients", "no"]);
    server.args(["--requirepass", "secret", "--user", "watch", "on", ">word", "+ping"]);
    let _server = Daemon::start(server, folder.path(), port);

    let redis = |user: Option<&str>, password: Option<&str>, tls| {
        let (user, password) = (user.map(String::from), password.map(String::from));
        let place = local(if tls { tls_port } else { port });
        Target::Redis(Redis { place, user, password, tls, insecure: false })
    };
    for tls in [false, true] {
        let without = authority.body(redis(None, None, tls)).await;
        assert_eq!(without, "NOAUTH Authentication required.");
        assert_eq!(authority.body(redis(None, Some("secret"), tls)).await, "PONG");
        assert_eq!(authority.body(redis(Some("watch"), Some("word"), tls)).await, "PONG");
        let said = authority.said(redis(None, Some("wrong"), tls)).await;
        assert!(said.starts_with("Redis refuses the password: WRONGPASS"), "{said}");
    }
    let outcome = authority.outcome(redis(None, Some("secret"), true)).await;
    holds(&outcome, "answer = PONG and tls < 5s and certificate > 30d and latency < 9s");
    let (place, user, password) = (local(tls_port), None, Some(String::from("secret")));
    let strict = Redis { place, user, password, tls: true, insecure: false };
    let insecure = Redis { insecure: true, ..strict.clone() };
    takes_any_certificate(Target::Redis(strict), Target::Redis(insecure)).await;
}

#[tokio::test]
async fn ssh() {
    let Some(program) = find("sshd") else { return };
    let Some(keygen) = find("ssh-keygen") else { return };
    let (folder, authority, port) = (folder(), Authority::new(), port());
    let key = folder.path().join("host_key");
    succeed(command(&keygen).args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key));
    // Its folder for privilege separation is root's matter, and this one is not root.
    let mut server = command(&program);
    server.args(["-D", "-e", "-f", "/dev/null", "-o", "ListenAddress=127.0.0.1", "-p"]);
    server.arg(port.to_string()).arg("-h").arg(&key).args(["-o", "PidFile=none"]);
    let server = Daemon::start(server, folder.path(), port);

    let target = Target::Ssh(Ssh { place: local(port) });
    let body = authority.body(target).await;
    assert!(body.starts_with("SSH-2.0-OpenSSH_"), "{body}");
    std::thread::sleep(Duration::from_millis(300));
    let log = server.log();
    let ours = log.lines().filter(|line| line.contains("it answers"));
    assert_eq!(ours.count(), 1, "{log}");
    println!("what sshd logs of it:\n{log}");
}

#[tokio::test]
async fn ntp() {
    let Some(program) = find("chronyd") else { return };
    let (folder, authority, port) = (folder(), Authority::new(), port());
    let path = folder.path().display();
    let config = format!(
        "port {port}\nbindaddress 127.0.0.1\nallow 127.0.0.0/8\nlocal stratum 3\ncmdport 0\n\
         pidfile {path}/pid\nbindcmdaddress /\ndriftfile {path}/drift\n"
    );
    let config = write(folder.path(), "chrony.conf", &config, 0o600);
    let mut server = command(&program);
    server.args(["-x", "-d", "-U", "-f"]).arg(config);
    let server = Daemon::start_only(&mut server, folder.path());

    let until = Instant::now() + Duration::from_secs(20);
    let outcome = loop {
        let outcome = authority.outcome(Target::Ntp(Ntp { place: local(port) })).await;
        if outcome.result.is_ok() || Instant::now() > until {
            break outcome;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert!(outcome.result.is_ok(), "{:?}: {}", outcome.result, server.log());
    holds(&outcome, "stratum = 3 and offset < 100ms and protocol = NTPv4");
}
