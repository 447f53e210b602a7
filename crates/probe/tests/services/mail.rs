use nightkeep_probe::{Fault, Mail, MailProtocol, Target};

use crate::daemon::{Daemon, command, find, folder, port, write};
use crate::python::python;
use crate::{Authority, holds, local};

fn target(port: u16, protocol: MailProtocol, starttls: bool, tls: bool) -> Target {
    Target::Mail(Mail { place: local(port), protocol, starttls, tls, insecure: false })
}

const AIOSMTPD: &str = r#"
import signal, ssl, sys
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
folder, starttls, tls, plain = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
Controller(Sink(), hostname="127.0.0.1", port=tls, ssl_context=context).start()
Controller(Sink(), hostname="127.0.0.1", port=plain).start()
Controller(Sink(), hostname="127.0.0.1", port=starttls, tls_context=context).start()
signal.pause()
"#;

#[tokio::test]
async fn smtp() {
    let Some(python) = python("aiosmtpd") else { return };
    let (folder, authority) = (folder(), Authority::new());
    let (starttls, tls, plain) = (port(), port(), port());
    authority.write(folder.path());
    let script = write(folder.path(), "server.py", AIOSMTPD, 0o644);
    let mut server = command(&python);
    server.arg(script).arg(folder.path()).args([starttls, tls, plain].map(|port| port.to_string()));
    let _server = Daemon::start(server, folder.path(), starttls);

    let smtp = |port, starttls, tls| target(port, MailProtocol::Smtp, starttls, tls);
    for (port, with_starttls, with_tls) in
        [(starttls, true, false), (tls, false, true), (plain, false, false)]
    {
        let outcome = authority.outcome(smtp(port, with_starttls, with_tls)).await;
        holds(&outcome, "status = 250 and body starts with '220 ' and body contains SIZE");
        if with_starttls || with_tls {
            holds(&outcome, "certificate > 30d and tls < 9s");
        }
    }
    assert_eq!(
        authority.said(smtp(plain, true, false)).await,
        "the mail server offers no STARTTLS"
    );
    let fault = authority.ask(smtp(plain, false, true)).await.unwrap_err();
    assert_eq!(fault, Fault::NotTls);
    let other = Authority::new();
    let fault = other.ask(smtp(starttls, true, false)).await.unwrap_err();
    assert!(matches!(fault, Fault::Certificate(_)), "{fault}");
}

const DOVECOT: &str = "
base_dir = FOLDER/run
state_dir = FOLDER/state
log_path = FOLDER/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <FOLDER/cert.pem
ssl_key = <FOLDER/key.pem
default_internal_user = USER
default_login_user = USER
default_internal_group =
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = home=FOLDER
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
service imap-login {
  chroot =
  inet_listener imap {
    port = STARTTLS
  }
  inet_listener imaps {
    port = IMAPS
  }
}
";

#[tokio::test]
async fn imap() {
    let Some(program) = find("dovecot") else { return };
    let (folder, authority) = (folder(), Authority::new());
    let (starttls, tls) = (port(), port());
    authority.write(folder.path());
    let is_root = rustix::process::geteuid().is_root();
    let user = if is_root { String::from("nobody") } else { std::env::var("USER").unwrap() };
    let config = DOVECOT
        .replace("FOLDER", &folder.path().display().to_string())
        .replace("USER", &user)
        .replace("STARTTLS", &starttls.to_string())
        .replace("IMAPS", &tls.to_string());
    let config = write(folder.path(), "dovecot.conf", &config, 0o600);
    let mut server = command(&program);
    server.arg("-F").arg("-c").arg(config);
    let _server = Daemon::start(server, folder.path(), starttls);

    for (port, with_starttls, with_tls) in
        [(starttls, true, false), (tls, false, true), (starttls, false, false)]
    {
        let outcome =
            authority.outcome(target(port, MailProtocol::Imap, with_starttls, with_tls)).await;
        let log = std::fs::read_to_string(folder.path().join("dovecot.log")).unwrap_or_default();
        assert!(outcome.result.is_ok(), "{:?}: {log}", outcome.result);
        holds(&outcome, "body starts with '* OK' and body contains IMAP4rev1");
        if with_starttls || with_tls {
            holds(&outcome, "certificate > 30d and tls < 9s");
        }
    }
}
