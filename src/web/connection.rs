//! One connection: its limits, and its end.

use std::convert::Infallible;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::watch;
use tokio::time::timeout;

use super::listen::{Peer, Stream};
use super::{Answer, App};
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

/// Answers one connection until its other end closes it. When `stop` says so, the request that is
/// being answered is the last.
pub async fn serve(stream: Stream, peer: Peer, app: App, mut stop: watch::Receiver<bool>) {
    let service = service_fn(|request| async {
        let answer = timeout(DEADLINE, app.answer(peer, request)).await;
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
