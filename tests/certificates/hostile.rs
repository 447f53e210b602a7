//! Servers that talk without end, say nothing, hang up or speak something else.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use insta::assert_snapshot;
use jiff::SignedDuration;
use rustls::RootCertStore;

use crate::server::listen;
use crate::watch::{Watch, config};

/// Says something, then reads until the other side hangs up.
fn says(tcp: &mut TcpStream, words: &[u8]) {
    let _ = tcp.write_all(words);
    let _ = tcp.read_to_end(&mut Vec::new());
}

#[test]
fn each_is_left_alone_in_time_and_said() {
    type Each = fn(TcpStream);
    let kinds: [(&str, &str, Each); 13] = [
        ("silence", "tls", |mut tcp| says(&mut tcp, b"")),
        ("hangs up", "tls", drop),
        ("speaks HTTP", "tls", |mut tcp| {
            says(&mut tcp, b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }),
        ("refuses", "tls", |mut tcp| {
            // A fatal alert: handshake_failure (RFC 8446, 6.2).
            says(&mut tcp, &[21, 3, 3, 0, 2, 2, 40]);
        }),
        ("silence before SMTP", "smtp", |mut tcp| says(&mut tcp, b"")),
        (
            "SMTP greeting without end",
            "smtp",
            |mut tcp| {
                while tcp.write_all(b"220-more\r\n").is_ok() {}
            },
        ),
        ("a line without end", "smtp", |mut tcp| while tcp.write_all(&[b'x'; 1000]).is_ok() {}),
        ("SMTP that is busy", "smtp", |mut tcp| {
            says(&mut tcp, b"421 4.3.2 \x1b[31mtoo busy\r\n");
        }),
        ("SMTP without STARTTLS", "smtp", |mut tcp| {
            says(&mut tcp, b"220 mail\r\n250-mail\r\n250 DSN\r\n");
        }),
        ("IMAP without STARTTLS", "imap", |mut tcp| {
            says(&mut tcp, b"* OK ready\r\nn1 BAD no STARTTLS\r\n");
        }),
        ("IMAP without end", "imap", |mut tcp| {
            let _ = tcp.write_all(b"* OK ready\r\n");
            while tcp.write_all(b"* OK still here\r\n").is_ok() {}
        }),
        ("PostgreSQL without TLS", "postgres", |mut tcp| says(&mut tcp, b"N")),
        ("no PostgreSQL", "postgres", |mut tcp| says(&mut tcp, b"SSH-2.0-OpenSSH_9.2\r\n")),
    ];
    let mut story = String::new();
    for (kind, protocol, each) in kinds {
        let port = listen(each);
        let config = config(&format!(
            "find = false\nunseen-for = \"0s\"\nendpoints = [\"127.0.0.1:{port}/{protocol}\"]"
        ));
        let mut watch = Watch::new(config, Path::new("/"), RootCertStore::empty(), &[]);
        watch.patience = Duration::from_secs(1);
        let told = watch.on(SignedDuration::from_mins(1));
        let first = told.lines().next().unwrap_or_default().replace(&port.to_string(), "PORT");
        writeln!(story, "{kind}: {first}").unwrap();
    }
    assert_snapshot!(story);
}
