//! A question and its reply by UDP.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout};

use crate::fault::{Fault, Phase};
use crate::net::Way;
use crate::probe::Place;
use crate::trace::Trace;

/// Bytes of a reply that are kept.
pub(super) const LONGEST: usize = 4096;
/// How long the first reply is waited for; datagrams get lost, so the question is asked again, with
/// twice the patience each time (RFC 8085, 3.1.1).
const PATIENCE: Duration = Duration::from_secs(1);

/// A reply.
pub(super) struct Reply {
    pub(super) datagram: Vec<u8>,
    /// From the question that was asked last.
    pub(super) took: Duration,
}

/// Asks each address in turn until a reply comes for which `fits` says so: anybody can forge one.
/// The probe's deadline ends it.
pub(super) async fn ask(
    place: &Place,
    question: &[u8],
    fits: impl Fn(&[u8]) -> bool,
    way: Way<'_>,
    trace: &mut Trace,
) -> Result<Reply, Fault> {
    let addresses = way.addresses(place, trace).await?;
    trace.phase = Phase::Reply;
    let mut patience = PATIENCE;
    loop {
        let mut faults = Vec::new();
        for address in &addresses {
            trace.address = Some(*address);
            match once(*address, question, &fits, patience).await {
                Ok(Some(reply)) => {
                    trace.seen.note(&reply.datagram);
                    trace.phases.first_byte = Some(reply.took);
                    return Ok(reply);
                }
                Ok(None) => {}
                Err(fault) => faults.push(fault),
            }
        }
        if faults.len() == addresses.len() {
            let fault = faults.into_iter().next();
            return Err(fault.unwrap_or_else(|| Fault::NoAddress {
                name: place.host.clone(),
                family: way.family,
            }));
        }
        patience *= 2;
    }
}

/// A socket that hears only this address, and of what the network says about it.
pub(super) async fn socket(address: SocketAddr) -> std::io::Result<UdpSocket> {
    let any: SocketAddr = match address {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(address).await?;
    Ok(socket)
}

async fn once(
    address: SocketAddr,
    question: &[u8],
    fits: impl Fn(&[u8]) -> bool,
    patience: Duration,
) -> Result<Option<Reply>, Fault> {
    let began = Instant::now();
    let heard = timeout(patience, async {
        let socket = socket(address).await?;
        socket.send(question).await?;
        let mut buffer = vec![0; LONGEST];
        loop {
            let length = socket.recv(&mut buffer).await?;
            if fits(&buffer[..length]) {
                buffer.truncate(length);
                return Ok(Reply { datagram: buffer, took: began.elapsed() });
            }
        }
    });
    match heard.await {
        Ok(Ok(reply)) => Ok(Some(reply)),
        Ok(Err(error)) => Err(Fault::connect(&error, address, began.elapsed())),
        Err(_) => Ok(None),
    }
}
