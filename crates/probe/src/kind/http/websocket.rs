//! A WebSocket upgrade (RFC 6455, section 4.1), and a goodbye.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::header::{CONNECTION, HeaderName, HeaderValue, UPGRADE};
use hyper::{Method, Response};
use hyper_util::rt::TokioIo;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use ring::rand::SecureRandom as _;
use tokio::io::AsyncWriteExt as _;

use super::exchange::Reply;
use super::{http1, open, parse, request};
use crate::answer::Answer;
use crate::fault::Fault;
use crate::net::Way;
use crate::net::stream::Stream;
use crate::probe::WebSocket;
use crate::text::clean;
use crate::trace::Trace;

const PROTOCOL: &str = "WebSocket";
const ONLY_HTTP1: &[&[u8]] = &[b"http/1.1"];
/// What a server adds to the key to show that it knows WebSocket (RFC 6455, section 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const KEY: HeaderName = HeaderName::from_static("sec-websocket-key");
const VERSION: HeaderName = HeaderName::from_static("sec-websocket-version");
const PROTOCOLS: HeaderName = HeaderName::from_static("sec-websocket-protocol");

/// Upgrades, and closes in order (status 1000). Redirects are not followed, as browsers don't.
pub(crate) async fn ask(
    websocket: &WebSocket,
    way: Way<'_>,
    trace: &mut Trace,
) -> Result<Answer, Fault> {
    let http = &websocket.http;
    let url = match http.url.split_once("://") {
        Some(("ws", rest)) => format!("http://{rest}"),
        Some(("wss", rest)) => format!("https://{rest}"),
        _ => {
            let what = format!("{}: it is neither ws nor wss", clean(&http.url, 200));
            return Err(Fault::Invalid { what });
        }
    };
    let hop = request::Hop {
        url: parse(&url)?,
        method: Method::GET,
        body: Bytes::new(),
        same_origin: true,
    };
    let mut random = [0; 20];
    let filled = ring::rand::SystemRandom::new().fill(&mut random);
    filled.map_err(|_| Fault::Exhausted { what: String::from("no random numbers") })?;
    let (nonce, mask) = random.split_at(16);
    let key = STANDARD.encode(nonce);

    let (socket, _) = open(http, &hop, ONLY_HTTP1, way, trace).await?;
    let via = http.proxy.as_ref().filter(|proxy| !proxy.socks5 && hop.url.scheme() == "http");
    let mut request = request::http1(http, &hop, via)?;
    let headers = request.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(VERSION, HeaderValue::from_static("13"));
    headers.insert(KEY, request::value(&key)?);
    if !websocket.protocols.is_empty() {
        headers.insert(PROTOCOLS, request::value(&websocket.protocols.join(", "))?);
    }
    let stream = Stream::new(socket, trace.seen.clone());
    http1::ask(stream, request, trace, async |response| {
        let answer = judge(&response, websocket, &key)?;
        // Only what was upgraded is taken leave of as WebSocket.
        if let Ok(upgraded) = hyper::upgrade::on(response).await {
            let mut stream = TokioIo::new(upgraded);
            if stream.write_all(&close(mask)).await.is_ok() {
                let _ = stream.shutdown().await;
            }
        }
        Ok(answer)
    })
    .await
}

/// Did it upgrade?
fn judge<B>(response: &Response<B>, websocket: &WebSocket, key: &str) -> Result<Answer, Fault> {
    let status = response.status().as_u16();
    if status != 101 {
        let what = format!("the server does not upgrade to WebSocket: it answers HTTP {status}");
        return Err(Fault::Rejected { what });
    }
    let malformed = |what: &str| Fault::Malformed { protocol: PROTOCOL, what: what.to_owned() };
    let reply = Reply::new(status, response.headers(), String::from(PROTOCOL));
    let header = |name: &str| reply.header(name).unwrap_or_default().trim();
    if !header("upgrade").eq_ignore_ascii_case("websocket") {
        return Err(malformed("it upgrades to something else"));
    }
    let has_upgrade = |word: &str| word.trim().eq_ignore_ascii_case("upgrade");
    if !header("connection").split(',').any(has_upgrade) {
        return Err(malformed("it upgrades without \"Connection: Upgrade\""));
    }
    if header("sec-websocket-accept") != accept(key) {
        return Err(malformed("its Sec-WebSocket-Accept is not the answer to our key"));
    }
    let chosen = header(PROTOCOLS.as_str());
    if !chosen.is_empty() && !websocket.protocols.iter().any(|offered| offered == chosen) {
        return Err(malformed("it chooses a subprotocol that was not offered"));
    }
    Ok(reply.into_answer())
}

fn accept(key: &str) -> String {
    STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("{key}{GUID}").as_bytes()))
}

/// A frame that closes: final, opcode 8, masked, two bytes, status 1000 (RFC 6455, 5.5.1, 7.4.1).
fn close(mask: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x88, 0x82];
    frame.extend_from_slice(mask);
    frame.extend(1000u16.to_be_bytes().iter().zip(mask).map(|(byte, mask)| byte ^ mask));
    frame
}

#[cfg(test)]
mod tests {
    /// RFC 6455, section 1.3.
    #[test]
    fn the_example_of_the_rfc() {
        assert_eq!(super::accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
