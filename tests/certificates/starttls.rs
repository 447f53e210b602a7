//! Certificates behind SMTP, IMAP and PostgreSQL.

use std::path::Path;

use jiff::SignedDuration;

use crate::authority::{Authority, days, noon};
use crate::server::{Before, Server};
use crate::watch::{Watch, config};

#[test]
fn each_protocol_leads_to_the_certificate() {
    let root = Authority::root("Example Root X1");
    let good = root.leaf(&["localhost"], noon() - days(1), noon() + days(89));
    let old = root.leaf(&["localhost"], noon() - days(84), noon() + days(6));
    for (before, word) in
        [(Before::Smtp, "smtp"), (Before::Imap, "imap"), (Before::Postgres, "postgres")]
    {
        let server = Server::start(before, &good);
        let port = server.port;
        let endpoints = format!("find = false\nendpoints = [\"localhost:{port}/{word}\"]");
        let mut watch = Watch::new(config(&endpoints), Path::new("/"), root.trusted(), &[]);
        assert_eq!(watch.on(SignedDuration::from_mins(31)), "", "{word}");
        server.show(&old);
        // It is looked at again after six hours.
        let told = watch.on(SignedDuration::from_hours(6));
        let expected = format!(
            "Raised warning certificate-expiry: certificate of localhost:{port} ends in 6 days \
             (2026-11-29) and was not renewed\n  next: openssl s_client -connect localhost:{port} \
             -servername localhost -starttls {word} </dev/null\n"
        );
        assert_eq!(told, expected);
    }
}
