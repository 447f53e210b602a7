//! Servers of all tempers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::authority::Chain;

/// Hands every connection to `each`, each in a thread of its own.
pub(crate) fn listen(each: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    serve(TcpListener::bind("127.0.0.1:0").unwrap(), each)
}

pub(crate) fn serve(
    listener: TcpListener,
    each: impl Fn(TcpStream) + Send + Sync + 'static,
) -> u16 {
    let port = listener.local_addr().unwrap().port();
    let each = Arc::new(each);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let each = Arc::clone(&each);
            std::thread::spawn(move || each(stream));
        }
    });
    port
}

/// A request up to its empty line; its body is not read.
pub(crate) fn head(stream: &mut impl Read) -> String {
    let mut head = String::new();
    let mut lines = BufReader::with_capacity(1, stream);
    while !head.ends_with("\r\n\r\n") && lines.read_line(&mut head).unwrap_or(0) > 0 {}
    head
}

/// Answers every request with what `answer` makes of its head, and closes.
pub(crate) fn http(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> u16 {
    listen(move |mut stream| {
        let asked = head(&mut stream);
        let _ = stream.write_all(answer(&asked).as_bytes());
    })
}

/// An answer with a body.
pub(crate) fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nX-Server: test\r\n\r\n{body}", body.len())
}

pub(crate) fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 5\r\n\r\nmoved")
}

/// Closes by a RST.
pub(crate) fn reset(stream: TcpStream) {
    std::thread::sleep(Duration::from_millis(50));
    rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
    drop(stream);
}

/// A port that takes no packet: nobody accepts, and the queue is full. It lasts as long as what is
/// returned.
pub(crate) fn black_hole(at: IpAddr, port: u16) -> (SocketAddr, Vec<TcpStream>, TcpListener) {
    let listener = TcpListener::bind((at, port)).unwrap();
    let address = listener.local_addr().unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let fill = || TcpStream::connect_timeout(&address, Duration::from_millis(100)).ok();
    let filling = std::iter::from_fn(fill).take(8).collect();
    (address, filling, listener)
}

pub(crate) fn tls_config(chain: &Chain) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain.certificates.clone(), chain.key())
        .unwrap()
}

/// HTTP over TLS.
pub(crate) fn https(
    config: ServerConfig,
    answer: impl Fn(&str) -> String + Send + Sync + 'static,
) -> u16 {
    let config = Arc::new(config);
    listen(move |tcp| {
        let session = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut stream = StreamOwned::new(session, tcp);
        let asked = head(&mut stream);
        if asked.is_empty() {
            // Alerts have to go out.
            let _ = stream.flush();
            return;
        }
        let _ = stream.write_all(answer(&asked).as_bytes());
        stream.conn.send_close_notify();
        let _ = stream.flush();
    })
}
