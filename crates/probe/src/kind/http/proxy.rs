//! Through a proxy: HTTP's CONNECT (RFC 9110, 9.3.6) and SOCKS5 (RFC 1928, RFC 1929).

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::request::authorization;
use crate::fault::{Fault, Phase};
use crate::net::Way;
use crate::probe::{Auth, Place, Proxy};
use crate::text::clean;
use crate::trace::Trace;

/// Bytes of a reply to CONNECT.
const LARGEST_HEAD: usize = 16 * 1024;

/// A connection to the target, or to the proxy itself where no tunnel is needed.
pub(super) async fn connect(
    proxy: &Proxy,
    target: &Place,
    tls: bool,
    way: Way<'_>,
    trace: &mut Trace,
) -> Result<TcpStream, Fault> {
    // Whatever goes wrong from here on is the proxy's matter.
    trace.proxy = Some(proxy.place.to_string());
    let mut stream = way.connect(&proxy.place, trace).await?;
    trace.phase = Phase::Proxy;
    if proxy.socks5 {
        socks5(&mut stream, &proxy.auth, target).await?;
    } else if tls {
        connect_http(&mut stream, &proxy.auth, target).await?;
    }
    trace.proxy = None;
    trace.phase = Phase::Answer;
    Ok(stream)
}

async fn connect_http(stream: &mut TcpStream, auth: &Auth, target: &Place) -> Result<(), Fault> {
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n").into_bytes();
    if let Some(login) = authorization(auth)? {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(login.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).await.map_err(failed)?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= LARGEST_HEAD {
            return Err(malformed("HTTP", "its headers are too long"));
        }
        // Byte by byte: what follows belongs to the target.
        head.push(stream.read_u8().await.map_err(failed)?);
    }
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    match line.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)) {
        Some(status) if status.starts_with('2') => Ok(()),
        Some("407") => Err(rejected("it wants a name and a password (407)")),
        Some(_) => {
            Err(rejected(&format!("it makes no connection to {target}: {}", clean(&line, 80))))
        }
        None => Err(Fault::NotSpoken { protocol: "HTTP", said: clean(&line, 50) }),
    }
}

async fn socks5(stream: &mut TcpStream, auth: &Auth, target: &Place) -> Result<(), Fault> {
    let login = match auth {
        Auth::Basic(user, password) => Some((user.as_bytes(), password.as_bytes())),
        Auth::None | Auth::Bearer(_) => None,
    };
    let methods: &[u8] = if login.is_some() { &[5, 2, 0, 2] } else { &[5, 1, 0] };
    stream.write_all(methods).await.map_err(failed)?;
    match read::<2>(stream).await? {
        [5, 0] => {}
        [5, 2] => log_in(stream, login).await?,
        [5, 0xff] => return Err(rejected("it wants a name and a password")),
        _ => return Err(Fault::NotSpoken { protocol: "SOCKS5", said: String::new() }),
    }
    let mut request = vec![5, 1, 0];
    match target.address() {
        Some(std::net::IpAddr::V4(four)) => {
            request.push(1);
            request.extend_from_slice(&four.octets());
        }
        Some(std::net::IpAddr::V6(six)) => {
            request.push(4);
            request.extend_from_slice(&six.octets());
        }
        None => {
            request.push(3);
            short(&mut request, target.host.as_bytes())?;
        }
    }
    request.extend_from_slice(&target.port.to_be_bytes());
    stream.write_all(&request).await.map_err(failed)?;
    let [version, reply, _, kind] = read::<4>(stream).await?;
    if version != 5 {
        return Err(malformed("SOCKS5", "wrong version"));
    }
    if let Some(why) = refusal(reply) {
        return Err(rejected(&format!("it makes no connection to {target}: {why}")));
    }
    // The address it connects from is of no interest, but has to be read: it and a port.
    let rest = match kind {
        1 => 4,
        4 => 16,
        3 => usize::from(stream.read_u8().await.map_err(failed)?),
        _ => return Err(malformed("SOCKS5", "unknown kind of address")),
    };
    stream.read_exact(&mut vec![0; rest + 2]).await.map_err(failed)?;
    Ok(())
}

async fn log_in(stream: &mut TcpStream, login: Option<(&[u8], &[u8])>) -> Result<(), Fault> {
    let (user, password) = login.unwrap_or_default();
    let mut message = vec![1];
    short(&mut message, user)?;
    short(&mut message, password)?;
    stream.write_all(&message).await.map_err(failed)?;
    match read::<2>(stream).await? {
        [_, 0] => Ok(()),
        _ => Err(rejected("it refuses the name and the password")),
    }
}

/// A text with its length in one byte.
fn short(message: &mut Vec<u8>, text: &[u8]) -> Result<(), Fault> {
    let length = u8::try_from(text.len())
        .map_err(|_| Fault::Invalid { what: String::from("a name is too long for SOCKS5") })?;
    message.push(length);
    message.extend_from_slice(text);
    Ok(())
}

/// RFC 1928, 6.
fn refusal(reply: u8) -> Option<&'static str> {
    Some(match reply {
        0 => return None,
        2 => "its rules forbid it",
        3 => "it has no route there",
        4 => "the host cannot be reached from there",
        5 => "connection refused",
        6 => "nothing answers",
        7 | 8 => "it cannot do this",
        _ => "it failed",
    })
}

async fn read<const N: usize>(stream: &mut TcpStream) -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await.map_err(failed)?;
    Ok(bytes)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: io::Error) -> Fault {
    Fault::io(&error, Phase::Proxy)
}

fn rejected(what: &str) -> Fault {
    Fault::Rejected { what: what.to_owned() }
}

fn malformed(protocol: &'static str, what: &str) -> Fault {
    Fault::Malformed { protocol, what: what.to_owned() }
}
