//! One HTTP request over one connection: no redirects, nothing kept open, a bounded reply. The
//! caller sets the deadline.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::roots;

/// Bytes of a reply that are read, where nothing else is said.
pub(crate) const REPLY: usize = 64 * 1024;

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The body as text, as far as it was read.
    pub(crate) body: String,
}

/// Tries each address of the host for a few seconds: one that does not answer (IPv6 without a
/// route) must not use up the time of the others.
pub(crate) async fn connect(host: &str, port: u16) -> Result<TcpStream, String> {
    const EACH: Duration = Duration::from_secs(5);
    let addresses = tokio::net::lookup_host((host, port))
        .await
        .map_err(|error| format!("the name does not resolve ({error})"))?;
    let mut why = String::from("the name has no address");
    for address in addresses.take(6) {
        match tokio::time::timeout(EACH, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => why = format!("{address}: {error}"),
            Err(_) => why = format!("{address} does not answer"),
        }
    }
    Err(why)
}

/// Roots take some hundred KiB and are needed seldom: they are loaded for each message and
/// dropped, so that whoever idles stays small.
pub(crate) async fn encrypt(
    name: ServerName<'static>,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, String> {
    let connector = TlsConnector::from(Arc::new(config().map_err(|error| error.to_string())?));
    connector.connect(name, stream).await.map_err(|error| format!("TLS: {error}"))
}

fn config() -> Result<rustls::ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots::store())
        .with_no_client_auth())
}

/// Sends the request and reads the reply, of its body at most `most` bytes.
pub(crate) async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    request: Request<Full<Bytes>>,
    most: usize,
) -> Result<Reply, String> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| chain(&error))?;
    let reply = async {
        let response = sender.send_request(request).await.map_err(|error| chain(&error))?;
        Ok(read(response, most).await)
    };
    // The connection moves the bytes; it may end before the reply is read to its end.
    tokio::pin!(connection, reply);
    let mut open = true;
    loop {
        tokio::select! {
            biased;
            reply = &mut reply => return reply,
            _ = &mut connection, if open => open = false,
        }
    }
}

/// Reads the reply. Where it breaks off or is too long, its beginning has to do: the status alone
/// may say enough.
async fn read(response: Response<Incoming>, most: usize) -> Reply {
    let (head, mut incoming) = response.into_parts();
    let mut body = Vec::new();
    while let Some(Ok(frame)) = incoming.frame().await {
        let Some(data) = frame.data_ref() else { continue };
        let room = most - body.len();
        body.extend_from_slice(&data[..data.len().min(room)]);
        if body.len() == most {
            break;
        }
    }
    let body = String::from_utf8_lossy(&body).into_owned();
    Reply { status: head.status, headers: head.headers, body }
}

/// hyper says the cause only in its sources.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}
