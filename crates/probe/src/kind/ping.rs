//! ICMP echo.
//!
//! Linux gives a socket for just that to the groups in `net.ipv4.ping_group_range`, for IPv6 as
//! well (icmp(7)); where it does not, CAP_NET_RAW is enough.

mod echo;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, ipproto, socket_with};
use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep_until};

use crate::answer::Answer;
use crate::fault::{Fault, Phase};
use crate::net::Way;
use crate::probe::{Ping, Place};
use crate::trace::Trace;
use echo::Echo;

/// Pings of one probe, and the bytes in one.
const MOST: u16 = 100;
const LARGEST: u16 = 65_000;
/// The shortest time between pings that Linux's own ping allows everybody.
const GAP: Duration = Duration::from_millis(200);
/// How long the last replies are waited for once others have come.
const PATIENCE: Duration = Duration::from_secs(1);

/// The body is the number and the times in words; the time to the first byte, and of all, is the
/// mean round trip. It ends before `deadline`, so that what was lost can be told.
pub(super) async fn ask(
    ping: &Ping,
    deadline: Instant,
    way: Way<'_>,
    trace: &mut Trace,
) -> Result<Answer, Fault> {
    let place = Place { host: ping.host.clone(), port: 0 };
    let addresses = way.addresses(&place, trace).await?;
    trace.phase = Phase::Reply;
    let mut fault = None;
    // One of each family, if there are both.
    let tried = &addresses[..addresses.len().min(2)];
    for (n, address) in tried.iter().enumerate() {
        trace.address = Some(*address);
        let left = deadline.saturating_duration_since(Instant::now());
        let end = Instant::now() + left.mul_f64(0.95) / (tried.len() - n) as u32;
        match all(ping, *address, end).await {
            Ok(times) if times.iter().any(Option::is_some) => return Ok(answer(&times, trace)),
            Ok(_) => {}
            Err(failed) => {
                fault.get_or_insert(failed);
            }
        }
    }
    let silent = Fault::TimedOut { phase: Phase::Reply, waited: trace.elapsed(), received: 0 };
    Err(fault.unwrap_or(silent))
}

fn answer(times: &[Option<Duration>], trace: &mut Trace) -> Answer {
    let came: Vec<_> = times.iter().flatten().copied().collect();
    let mean = came.iter().sum::<Duration>() / came.len().max(1) as u32;
    let least = came.iter().min().copied().unwrap_or_default();
    let most = came.iter().max().copied().unwrap_or_default();
    trace.phases.first_byte = Some(mean);
    trace.total = Some(mean);
    let [least, mean, most] = [least, mean, most].map(|time| time.as_secs_f64() * 1000.0);
    let body = format!(
        "{} of {} came back, min/avg/max {least:.3}/{mean:.3}/{most:.3} ms",
        came.len(),
        times.len()
    );
    Answer {
        body: body.into_bytes(),
        protocol: String::from("ICMP"),
        loss: Some((times.len() - came.len()) as f64 / times.len() as f64),
        ..Answer::default()
    }
}

/// Sends all of them, and how long each took; none: nothing came back. An error: it cannot be sent,
/// or the network says so of each.
async fn all(
    ping: &Ping,
    address: SocketAddr,
    end: Instant,
) -> Result<Vec<Option<Duration>>, Fault> {
    let count = usize::from(ping.count.clamp(1, MOST));
    let began = Instant::now();
    let failed = |error: &io::Error| match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::MSGSIZE) => {
            Fault::Invalid { what: String::from("so large a ping is not sent on this way") }
        }
        _ => Fault::connect(error, address, began.elapsed()),
    };
    let (socket, is_raw) = open(address)?;
    socket.connect(address).await.map_err(|error| failed(&error))?;
    let echo = Echo::new(address, is_raw, ping.size.min(LARGEST))?;
    let gap = GAP.min((end - began) / 2 / count as u32);
    let mut sent: Vec<Instant> = Vec::new();
    let mut times = vec![None; count];
    let mut fault = None;
    let mut buffer = vec![0; usize::from(u16::MAX)];
    while times.contains(&None) {
        let is_sending = sent.len() < count;
        let wake = match sent.last() {
            None => began,
            Some(last) if is_sending => *last + gap,
            // The others show how long it takes.
            Some(last) if times.iter().any(Option::is_some) => end.min(*last + PATIENCE),
            Some(_) => end,
        };
        tokio::select! {
            biased;
            heard = socket.recv(&mut buffer) => match heard {
                Ok(length) => {
                    let number = echo.number(&buffer[..length]).map(usize::from);
                    let time = number
                        .and_then(|number| Some((times.get_mut(number)?, sent.get(number)?)));
                    if let Some((time @ None, sent)) = time {
                        *time = Some(sent.elapsed());
                    }
                }
                Err(error) => {
                    fault.get_or_insert(failed(&error));
                }
            },
            () = sleep_until(wake) => {
                if !is_sending {
                    break;
                }
                if let Err(error) = socket.send(&echo.packet(sent.len() as u16)).await {
                    fault.get_or_insert(failed(&error));
                }
                sent.push(Instant::now());
            }
        }
    }
    match fault {
        Some(fault) if times.iter().all(Option::is_none) => Err(fault),
        _ => Ok(times),
    }
}

/// A socket for echoes, and whether it is a raw one, which hears and shows more.
fn open(address: SocketAddr) -> Result<(UdpSocket, bool), Fault> {
    let (family, protocol) = match address {
        SocketAddr::V4(_) => (AddressFamily::INET, ipproto::ICMP),
        SocketAddr::V6(_) => (AddressFamily::INET6, ipproto::ICMPV6),
    };
    let open = |kind| {
        socket_with(family, kind, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC, Some(protocol))
    };
    let opened = match open(SocketType::DGRAM) {
        Err(Errno::ACCESS | Errno::PERM) => match open(SocketType::RAW) {
            Err(Errno::ACCESS | Errno::PERM) => return Err(Fault::PingForbidden),
            opened => opened.map(|socket| (socket, true)),
        },
        opened => opened.map(|socket| (socket, false)),
    };
    let opened = opened.map_err(io::Error::from).and_then(|(socket, is_raw)| {
        // The calls of a UDP socket are those of every socket of datagrams.
        Ok((UdpSocket::from_std(std::net::UdpSocket::from(socket))?, is_raw))
    });
    opened.map_err(|error| Fault::connect(&error, address, Duration::ZERO))
}
