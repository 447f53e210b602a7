//! Dumps of sockets over netlink (sock_diag(7)).

use std::time::Duration;

use rustix::io;
use rustix::net::netlink::{self, SocketAddrNetlink};
use rustix::net::sockopt::{self, Timeout};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

/// `SOCK_DIAG_BY_FAMILY` of `linux/sock_diag.h`.
const BY_FAMILY: u16 = 20;
/// `NLM_F_REQUEST | NLM_F_DUMP` of `linux/netlink.h`, and the kinds of its messages.
const DUMP: u16 = 0x301;
const ERROR: u16 = 2;
const DONE: u16 = 3;
const HEAD: usize = 16;
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks the kernel for all sockets that a request (without its head) is for, of which at most `most` are
/// read: what it says of each, as it is.
///
/// # Errors
/// When the kernel has no answer: it has not said then that there are no sockets.
pub(super) fn dump<T>(
    request: &[u8],
    most: usize,
    read: impl Fn(&[u8]) -> Option<T>,
) -> io::Result<Vec<T>> {
    let socket = rustix::net::socket_with(
        AddressFamily::NETLINK,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        Some(netlink::SOCK_DIAG),
    )?;
    sockopt::set_socket_timeout(&socket, Timeout::Recv, Some(PATIENCE))?;
    let length = (HEAD + request.len()) as u32;
    let mut head = [0; HEAD];
    head[..4].copy_from_slice(&length.to_ne_bytes());
    head[4..6].copy_from_slice(&BY_FAMILY.to_ne_bytes());
    head[6..8].copy_from_slice(&DUMP.to_ne_bytes());
    let kernel = SocketAddrNetlink::new(0, 0);
    rustix::net::sendto(&socket, &[&head, request].concat(), SendFlags::empty(), &kernel)?;
    let (mut found, mut buffer) = (Vec::new(), vec![0; 64 << 10]);
    while found.len() < most {
        let (length, _) =
            match rustix::net::recv(&socket, buffer.as_mut_slice(), RecvFlags::empty()) {
                Err(io::Errno::INTR) => continue,
                received => received?,
            };
        let mut rest = buffer.get(..length).unwrap_or_default();
        while let Some((kind, body, after)) = message(rest) {
            rest = after;
            // Kernels tell what went wrong with a dump in its end as well as in a message of its own.
            // NOENT is one without the module that answers for the protocol.
            let code = body.first_chunk::<4>().map_or(0, |code| i32::from_ne_bytes(*code));
            match kind {
                ERROR | DONE if code < 0 => {
                    return Err(io::Errno::from_raw_os_error(code.saturating_neg()));
                }
                DONE => return Ok(found),
                ERROR => {}
                _ => found.extend(read(body)),
            }
        }
    }
    Ok(found)
}

/// The kind and body of the first message, and what comes after it.
fn message(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = u32::from_ne_bytes(*bytes.first_chunk()?) as usize;
    let kind = u16::from_ne_bytes(*bytes.get(4..)?.first_chunk()?);
    let body = bytes.get(HEAD..length)?;
    Some((kind, body, bytes.get(length.next_multiple_of(4)..).unwrap_or_default()))
}

/// The kind and value of each attribute (`struct rtattr` of `linux/rtnetlink.h`).
pub(super) fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let length = usize::from(u16::from_ne_bytes(*bytes.first_chunk()?));
        let kind = u16::from_ne_bytes(*bytes.get(2..)?.first_chunk()?);
        let value = bytes.get(4..length)?;
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, value))
    })
}
