//! One exchange of HTTP/2.

use std::io;
use std::pin::pin;

use bytes::Bytes;
use h2::RecvStream;
use h2::client;
use hyper::Request;
use tokio::time::Instant;

use super::exchange::{LARGEST_HEAD, Limit, Reply, head_came, not_spoken, texts};
use crate::fault::{Fault, Phase};
use crate::net::stream::Stream;
use crate::net::tls;
use crate::text::clean;
use crate::trace::{Seen, Trace};

/// Asks, and reads as much of the answer as is wanted.
pub(crate) async fn exchange(
    stream: Stream,
    request: Request<()>,
    body: Bytes,
    limit: Limit,
    trace: &mut Trace,
) -> Result<Reply, Fault> {
    trace.phase = Phase::Answer;
    let began = Instant::now();
    let seen = trace.seen.clone();
    let (sender, connection) = client::Builder::new()
        .max_header_list_size(LARGEST_HEAD as u32)
        // A server has no business to begin anything by itself.
        .enable_push(false)
        .handshake::<_, Bytes>(stream)
        .await
        .map_err(|error| before(&error, &seen))?;
    let reply = async {
        let mut sender = sender.ready().await.map_err(|error| before(&error, &seen))?;
        let is_all = body.is_empty();
        let (response, mut rest) =
            sender.send_request(request, is_all).map_err(|error| before(&error, &seen))?;
        if !is_all {
            rest.send_data(body, true).map_err(|error| before(&error, &seen))?;
        }
        let response = response.await.map_err(|error| before(&error, &seen))?;
        head_came(trace, began);
        let (head, mut body) = response.into_parts();
        let mut reply = Reply::new(head.status.as_u16(), &head.headers, String::from("HTTP/2"));
        let wanted = reply.wants(limit);
        read(&mut body, &mut reply, wanted).await?;
        Ok(reply)
    };
    let (mut connection, mut reply) = (pin!(connection), pin!(reply));
    let mut open = true;
    loop {
        tokio::select! {
            biased;
            reply = &mut reply => return reply,
            _ = &mut connection, if open => open = false,
        }
    }
}

async fn read(body: &mut RecvStream, reply: &mut Reply, wanted: usize) -> Result<(), Fault> {
    while reply.body.len() < wanted {
        match body.data().await {
            None => {
                let trailers = body.trailers().await.ok().flatten();
                reply.headers.extend(trailers.as_ref().map(texts).unwrap_or_default());
                return Ok(());
            }
            Some(Ok(data)) => {
                reply.take(&data, wanted);
                // More may come into the window. It fails only if more is given back than came.
                let _ = body.flow_control().release_capacity(data.len());
            }
            Some(Err(error)) => return Err(within(&error, reply.body.len() as u64)),
        }
    }
    reply.cut |= !body.is_end_stream();
    Ok(())
}

/// What went wrong before the head was there.
fn before(error: &h2::Error, seen: &Seen) -> Fault {
    if let Some(io) = error.get_io() {
        return match tls::fault(io) {
            Fault::Reset { .. } => Fault::Reset { phase: Phase::Answer },
            Fault::Closed { .. } => Fault::Closed { phase: Phase::Answer },
            Fault::Io { what, .. } => Fault::Io { phase: Phase::Answer, what },
            fault => fault,
        };
    }
    match error.reason() {
        Some(reason) if error.is_remote() => Fault::Rejected {
            what: format!(
                "the server ends the HTTP/2 connection: {}",
                clean(reason.description(), 80)
            ),
        },
        _ => not_spoken(seen, "HTTP/2", &clean(&error.to_string(), 100)),
    }
}

/// What went wrong in the body.
fn within(error: &h2::Error, received: u64) -> Fault {
    match error.get_io().map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionReset) => Fault::BrokenOff { received, how: "reset" },
        Some(_) => Fault::BrokenOff { received, how: "closed" },
        None if error.is_remote() => Fault::BrokenOff { received, how: "reset" },
        None => Fault::Malformed { protocol: "HTTP/2", what: clean(&error.to_string(), 100) },
    }
}
