//! One connection: its limits, and its end.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use super::listen::{Peer, Stream};
use super::{Answer, App};
use crate::config::TlsConfig;
use crate::heartbeat::contract::Reply;

/// Connections at once; more wait in the kernel. Each takes about 20 KiB.
pub const LIMIT: usize = 512;
/// Whoever has not sent the whole head of a request by then is cut off; one that is idle as well.
const HEAD_DEADLINE: Duration = Duration::from_secs(20);
/// A request is answered by then, or not at all.
const DEADLINE: Duration = Duration::from_secs(30);
/// Bytes of a request's head; more is answered with 431.
const HEAD: usize = 16 * 1024;
/// Headers of a request.
const HEADERS: usize = 64;

/// The first byte of TLS.
const HANDSHAKE: u8 = 22;
/// What somebody is told who speaks plain HTTP where TLS is spoken.
const SPEAK_TLS: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\
    Content-Length: 51\r\nConnection: close\r\n\r\n\
    HTTPS is spoken here: begin the address with https\n";

/// Answers one connection until its other end closes it. When `stop` says so, the request that is
/// being answered is the last. `is_open`: it came to a place that others than this machine reach,
/// where TLS is spoken if the config has a certificate for it.
pub async fn serve(
    stream: Stream,
    peer: Peer,
    is_open: bool,
    app: App,
    stop: watch::Receiver<bool>,
) {
    let tls = app.config.borrow().web.tls.clone().filter(|_| is_open);
    match (stream, tls) {
        (Stream::Tcp(stream), Some(files)) => {
            let shaken = timeout(HEAD_DEADLINE, handshake(stream, &files, &app)).await;
            match shaken {
                Ok(Ok(stream)) => talk(stream, peer, true, app, stop).await,
                Ok(Err(error)) => tracing::debug!("no TLS with {peer:?}: {error}"),
                Err(_) => {}
            }
        }
        (stream, _) => talk(stream, peer, false, app, stop).await,
    }
}

/// TLS over a connection.
async fn handshake(
    mut stream: TcpStream,
    files: &TlsConfig,
    app: &App,
) -> io::Result<TlsStream<TcpStream>> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 1 && first[0] != HANDSHAKE {
        // What was sent is read, or the answer would be lost with it.
        let _ = stream.try_read(&mut [0; HEAD]);
        stream.write_all(SPEAK_TLS).await?;
        return Err(io::Error::other("plain HTTP"));
    }
    let acceptor = app.tls.acceptor(files).map_err(io::Error::other)?;
    acceptor.accept(stream).await
}

async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: Peer,
    is_tls: bool,
    app: App,
    mut stop: watch::Receiver<bool>,
) {
    let service = service_fn(|request| async {
        let answer = timeout(DEADLINE, app.answer(peer, is_tls, request)).await;
        Ok::<Answer, Infallible>(answer.unwrap_or_else(|_| super::ping::reply(Reply::Unavailable)))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_DEADLINE)
        .max_buf_size(HEAD)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => {
            // The other end went away or spoke nonsense: nothing to be done about it.
            if let Err(error) = ended {
                tracing::debug!("a connection ended: {error}");
            }
            return;
        }
        _ = stop.wait_for(|stop| *stop) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}
