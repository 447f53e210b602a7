//! A connection to a host and port: every address of the name has its chance.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::Way;
use crate::fault::{Fault, Phase};
use crate::probe::Place;
use crate::trace::Trace;

/// How long an address has before the next is tried beside it (RFC 8305, 5: "Connection Attempt
/// Delay").
pub(crate) const HEAD_START: Duration = Duration::from_millis(250);

impl Way<'_> {
    /// Connects. Notes the address, the times of both phases, and what is wrong with IPv6 where
    /// IPv4 works.
    pub(crate) async fn connect(
        &self,
        place: &Place,
        trace: &mut Trace,
    ) -> Result<TcpStream, Fault> {
        let addresses = self.addresses(place, trace).await?;
        trace.phase = Phase::Connect;
        let began = Instant::now();
        let (stream, address) = first(&addresses, trace, began).await?;
        trace.phases.connect = Some(began.elapsed());
        trace.address = Some(address);
        if address.is_ipv4() {
            note_ipv6(trace, began);
        }
        trace.phase = Phase::Answer;
        Ok(stream)
    }
}

/// The first connection that comes about.
async fn first(
    addresses: &[SocketAddr],
    trace: &mut Trace,
    began: Instant,
) -> Result<(TcpStream, SocketAddr), Fault> {
    trace.tried.clear();
    if let [address] = *addresses {
        trace.tried.push((address, None));
        let stream = TcpStream::connect(address).await;
        return match stream {
            Ok(stream) => Ok((stream, address)),
            Err(error) => Err(Fault::connect(&error, address, began.elapsed())),
        };
    }
    let mut waiting = addresses.iter().copied();
    let mut running = FuturesUnordered::new();
    loop {
        if let Some(address) = waiting.next() {
            trace.tried.push((address, None));
            running.push(async move { (address, TcpStream::connect(address).await) });
        }
        let more = waiting.len() > 0;
        let done = tokio::select! {
            biased;
            done = running.next() => done,
            () = sleep(HEAD_START), if more => continue,
        };
        match done {
            Some((address, Ok(stream))) => return Ok((stream, address)),
            Some((address, Err(error))) => {
                let fault = Fault::connect(&error, address, began.elapsed());
                if let Some(tried) = trace.tried.iter_mut().find(|tried| tried.0 == address) {
                    tried.1 = Some(fault);
                }
            }
            None => return Err(summary(&trace.tried, began.elapsed())),
        }
    }
}

/// IPv4 works. Was IPv6 tried, and did it fail? A machine without IPv6 cannot say.
fn note_ipv6(trace: &mut Trace, began: Instant) {
    let six: Vec<_> = trace.tried.iter().filter(|(at, _)| at.is_ipv6()).cloned().collect();
    if !six.is_empty() {
        let fault = summary(&six, began.elapsed());
        if !matches!(fault, Fault::NoRoute { .. }) {
            trace.ipv6_fault = Some(fault);
        }
    }
}

/// One fault of all that was tried: the first of each family that is not only this machine's lack
/// of a route.
pub(crate) fn summary(tried: &[(SocketAddr, Option<Fault>)], waited: Duration) -> Fault {
    let fault_of = |ipv4: bool| {
        let of_family = || tried.iter().filter(move |(address, _)| address.is_ipv4() == ipv4);
        let has_route =
            |(_, fault): &&(_, Option<Fault>)| !matches!(fault, Some(Fault::NoRoute { .. }));
        let (address, fault) = of_family().find(has_route).or_else(|| of_family().next())?;
        Some(fault.clone().unwrap_or(Fault::Silent { address: *address, waited }))
    };
    match (fault_of(true), fault_of(false)) {
        (Some(fault), None | Some(Fault::NoRoute { .. }))
        | (None | Some(Fault::NoRoute { .. }), Some(fault)) => fault,
        (Some(ipv4), Some(ipv6)) => {
            Fault::BothFamilies { ipv4: Box::new(ipv4), ipv6: Box::new(ipv6) }
        }
        (None, None) => Fault::TimedOut { phase: Phase::Connect, waited, received: 0 },
    }
}
