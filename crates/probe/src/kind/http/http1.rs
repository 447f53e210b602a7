//! One exchange of HTTP/1.1.

use std::error::Error as _;
use std::io;
use std::pin::pin;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::time::Instant;

use super::exchange::{LARGEST_HEAD, Limit, Reply, head_came, not_spoken};
use crate::fault::{Fault, Phase};
use crate::net::stream::Stream;
use crate::net::tls;
use crate::text::clean;
use crate::trace::{Seen, Trace};

/// Asks, and reads as much of the answer as is wanted.
pub(super) async fn exchange(
    stream: Stream,
    request: Request<Full<Bytes>>,
    limit: Limit,
    trace: &mut Trace,
) -> Result<Reply, Fault> {
    ask(stream, request, trace, async |response| {
        let (head, body) = response.into_parts();
        let mut reply =
            Reply::new(head.status.as_u16(), &head.headers, format!("{:?}", head.version));
        let wanted = reply.wants(limit);
        read(body, &mut reply, wanted).await.map(|()| reply)
    })
    .await
}

/// Asks, and does that with the answer once its head is there.
pub(super) async fn ask<T>(
    stream: Stream,
    request: Request<Full<Bytes>>,
    trace: &mut Trace,
    then: impl AsyncFnOnce(Response<Incoming>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    trace.phase = Phase::Answer;
    let began = Instant::now();
    let seen = trace.seen.clone();
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(LARGEST_HEAD)
        .handshake::<_, Full<Bytes>>(TokioIo::new(stream))
        .await
        .map_err(|error| before(&error, &seen))?;
    let done = async {
        let response = sender.send_request(request).await?;
        head_came(trace, began);
        Ok(then(response).await)
    };
    // The connection moves the bytes; it may end before the reply is read to its end.
    let (mut connection, mut done) = (pin!(connection.with_upgrades()), pin!(done));
    let mut ended = None;
    let done: Result<_, hyper::Error> = loop {
        tokio::select! {
            biased;
            done = &mut done => break done,
            end = &mut connection, if ended.is_none() => ended = Some(end),
        }
    };
    match (done, ended) {
        (Ok(done), _) => done,
        // The connection failed first, and says why.
        (Err(error), Some(Err(why))) if error.is_canceled() => Err(before(&why, &seen)),
        (Err(error), _) => Err(before(&error, &seen)),
    }
}

async fn read(mut body: Incoming, reply: &mut Reply, wanted: usize) -> Result<(), Fault> {
    while reply.body.len() < wanted {
        match body.frame().await {
            None => return Ok(()),
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    reply.take(data, wanted);
                }
            }
            Some(Err(error)) => return Err(within(&error, reply.body.len() as u64)),
        }
    }
    reply.cut |= !body.is_end_stream();
    Ok(())
}

/// What went wrong before the head was there.
fn before(error: &hyper::Error, seen: &Seen) -> Fault {
    if let Some(io) = io_error(error) {
        return match tls::fault(io) {
            Fault::Reset { .. } => Fault::Reset { phase: Phase::Answer },
            Fault::Io { what, .. } => Fault::Io { phase: Phase::Answer, what },
            fault => fault,
        };
    }
    if error.is_parse() || is_other(seen.beginning()) {
        return not_spoken(seen, "HTTP", &said(error));
    }
    if error.is_canceled() && seen.received() > 0 {
        let what = String::from("it came before it was asked for");
        return Fault::Malformed { protocol: "HTTP", what };
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        let phase = if seen.received() == 0 { Phase::Answer } else { Phase::Body };
        return Fault::Closed { phase };
    }
    Fault::Malformed { protocol: "HTTP", what: said(error) }
}

/// It cannot become `HTTP/`.
fn is_other(beginning: &[u8]) -> bool {
    const START: &[u8] = b"HTTP/";
    let length = beginning.len().min(START.len());
    beginning[..length] != START[..length]
}

/// What went wrong in the body.
fn within(error: &hyper::Error, received: u64) -> Fault {
    let kind = io_error(error).map(io::Error::kind);
    match kind {
        None | Some(io::ErrorKind::UnexpectedEof) if !error.is_parse() => {
            Fault::BrokenOff { received, how: "closed" }
        }
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => {
            Fault::BrokenOff { received, how: "reset" }
        }
        _ => Fault::Malformed { protocol: "HTTP", what: said(error) },
    }
}

fn io_error(error: &hyper::Error) -> Option<&io::Error> {
    error.source()?.downcast_ref()
}

/// hyper says the cause only in its source.
fn said(error: &hyper::Error) -> String {
    match error.source() {
        Some(source) => clean(&source.to_string(), 100),
        None => clean(&error.to_string(), 100),
    }
}
