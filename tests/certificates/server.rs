//! Small servers that speak TLS, some after SMTP, IMAP or PostgreSQL; and hostile ones.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv6Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rustls::{ServerConfig, ServerConnection, Stream};

use crate::authority::Chain;

/// What is spoken before TLS.
#[derive(Clone, Copy)]
pub(crate) enum Before {
    Nothing,
    /// RFC 3207, as Postfix speaks it.
    Smtp,
    /// RFC 9051, as Dovecot speaks it.
    Imap,
    /// "SSL Session Encryption" of its manual.
    Postgres,
}

/// A server on 127.0.0.1, and on ::1 where there is one. What it shows can be changed.
pub(crate) struct Server {
    pub(crate) port: u16,
    shows: Arc<Mutex<Arc<ServerConfig>>>,
}

impl Server {
    pub(crate) fn start(before: Before, chain: &Chain) -> Self {
        let shows = Arc::new(Mutex::new(config(chain)));
        let serving = Arc::clone(&shows);
        let port = listen(move |tcp| {
            let config = Arc::clone(&serving.lock().unwrap());
            // A client that goes away is no fault here.
            let _ = serve(tcp, before, config);
        });
        Self { port, shows }
    }

    /// Takes a new certificate, as after a reload.
    pub(crate) fn show(&self, chain: &Chain) {
        *self.shows.lock().unwrap() = config(chain);
    }
}

/// Hands every connection to `each`, one after another.
pub(crate) fn listen(each: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let four = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = four.local_addr().unwrap().port();
    let six = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).ok();
    let each = Arc::new(each);
    for listener in [Some(four), six].into_iter().flatten() {
        let each = Arc::clone(&each);
        std::thread::spawn(move || listener.incoming().flatten().for_each(|tcp| each(tcp)));
    }
    port
}

fn config(chain: &Chain) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain.certificates.clone(), chain.key())
        .unwrap();
    Arc::new(config)
}

fn serve(mut tcp: TcpStream, before: Before, config: Arc<ServerConfig>) -> std::io::Result<()> {
    match before {
        Before::Nothing => {}
        Before::Smtp => smtp(&tcp)?,
        Before::Imap => imap(&tcp)?,
        Before::Postgres => postgres(&mut tcp)?,
    }
    let mut session = ServerConnection::new(config).unwrap();
    let mut stream = Stream::new(&mut session, &mut tcp);
    let mut goodbye = [0; 100];
    while stream.read(&mut goodbye)? > 0 {}
    Ok(())
}

fn smtp(mut tcp: &TcpStream) -> std::io::Result<()> {
    tcp.write_all(b"220-mail.example.org ESMTP\r\n220 no spam here\r\n")?;
    for line in BufReader::new(tcp).lines() {
        let line = line?;
        if line.starts_with("EHLO ") {
            tcp.write_all(
                b"250-mail.example.org\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 DSN\r\n",
            )?;
        } else if line == "STARTTLS" {
            return tcp.write_all(b"220 2.0.0 Ready to start TLS\r\n");
        } else {
            tcp.write_all(b"502 5.5.2 command not recognised\r\n")?;
        }
    }
    Err(std::io::ErrorKind::UnexpectedEof.into())
}

fn imap(mut tcp: &TcpStream) -> std::io::Result<()> {
    tcp.write_all(b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready.\r\n")?;
    for line in BufReader::new(tcp).lines() {
        let line = line?;
        let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
        if command == "STARTTLS" {
            tcp.write_all(b"* NOTICE by the way\r\n")?;
            return tcp.write_all(format!("{tag} OK Begin TLS negotiation now.\r\n").as_bytes());
        }
        tcp.write_all(format!("{tag} BAD what?\r\n").as_bytes())?;
    }
    Err(std::io::ErrorKind::UnexpectedEof.into())
}

fn postgres(tcp: &mut TcpStream) -> std::io::Result<()> {
    let mut request = [0; 8];
    tcp.read_exact(&mut request)?;
    assert_eq!(request[..4], 8_u32.to_be_bytes());
    assert_eq!(request[4..], 80_877_103_u32.to_be_bytes());
    tcp.write_all(b"S")
}
