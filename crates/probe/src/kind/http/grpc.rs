//! `grpc.health.v1.Health/Check`.
//!
//! <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>,
//! <https://github.com/grpc/grpc-proto/blob/master/grpc/health/v1/health.proto>

use bytes::Bytes;
use hyper::Request;

use super::exchange::{Limit, Reply};
use super::{ONLY_HTTP2, alpn_fault, http2};
use crate::answer::Answer;
use crate::fault::Fault;
use crate::net::Way;
use crate::net::stream::{Socket, Stream};
use crate::net::tls::Wish;
use crate::probe::Grpc;
use crate::text::clean;
use crate::trace::Trace;

const PROTOCOL: &str = "gRPC";
/// Bytes of a reply; it needs seven.
const LONGEST: usize = 1024;

/// HealthCheckResponse.ServingStatus.
const SERVING: u64 = 1;

/// Only SERVING is an answer; what else a server says of itself is a fault that names it.
pub(crate) async fn ask(grpc: &Grpc, way: Way<'_>, trace: &mut Trace) -> Result<Answer, Fault> {
    let tcp = way.connect(&grpc.place, trace).await?;
    let socket = if grpc.tls {
        let wish = Wish {
            name: &grpc.place.host,
            alpn: ONLY_HTTP2,
            insecure: grpc.insecure,
            client: None,
        };
        Socket::Tls(Box::new(way.tls(tcp, wish, trace).await.map_err(alpn_fault)?))
    } else {
        Socket::Plain(tcp)
    };
    let scheme = if grpc.tls { "https" } else { "http" };
    let request = Request::post(format!("{scheme}://{}/grpc.health.v1.Health/Check", grpc.place))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("user-agent", super::request::AGENT)
        .body(());
    let request = request.map_err(|_| Fault::Invalid {
        what: format!("{} is no host name", clean(&grpc.place.host, 200)),
    })?;
    let stream = Stream::new(socket, trace.seen.clone());
    let limit = Limit { body: LONGEST, follow: false };
    let reply = http2::exchange(stream, request, question(&grpc.service), limit, trace).await?;
    judge(reply, &grpc.service)
}

fn judge(reply: Reply, service: &str) -> Result<Answer, Fault> {
    let rejected = |what: String| Err(Fault::Rejected { what });
    let is_grpc =
        reply.header("content-type").is_some_and(|kind| kind.starts_with("application/grpc"));
    if !is_grpc {
        return rejected(format!("it speaks HTTP/2 but no gRPC: it answers HTTP {}", reply.status));
    }
    let of = if service.is_empty() { String::new() } else { format!(" of {}", clean(service, 80)) };
    match reply.header("grpc-status") {
        Some("0") => {}
        Some("5") => {
            return rejected(format!(
                "the server knows no service {} (NOT_FOUND)",
                clean(service, 80)
            ));
        }
        Some("12") => {
            return rejected(String::from("the server has no health service (UNIMPLEMENTED)"));
        }
        Some(code) => {
            let words = reply.header("grpc-message").unwrap_or_default();
            return rejected(format!("gRPC answers {}: {}", name(code), clean(words, 100)));
        }
        None => {
            return Err(Fault::Malformed {
                protocol: PROTOCOL,
                what: String::from("it ends without a status"),
            });
        }
    }
    let status = serving_status(&reply.body).ok_or_else(|| Fault::Malformed {
        protocol: PROTOCOL,
        what: String::from("it is no HealthCheckResponse"),
    })?;
    let word = match status {
        SERVING => "SERVING",
        0 => "UNKNOWN",
        2 => "NOT_SERVING",
        3 => "SERVICE_UNKNOWN",
        _ => "something unknown",
    };
    if status != SERVING {
        return rejected(format!("the health{of} is {word}"));
    }
    Ok(Answer {
        status: Some(SERVING as u16),
        body: word.as_bytes().to_vec(),
        ..reply.into_answer()
    })
}

/// A message: not compressed, its length, and HealthCheckRequest with field 1, the service.
fn question(service: &str) -> Bytes {
    let mut message = Vec::new();
    if !service.is_empty() {
        message.push(1 << 3 | 2);
        let mut length = service.len();
        while length > 0x7f {
            message.push(length as u8 | 0x80);
            length >>= 7;
        }
        message.push(length as u8);
        message.extend_from_slice(service.as_bytes());
    }
    let mut framed = vec![0];
    framed.extend_from_slice(&(message.len() as u32).to_be_bytes());
    framed.append(&mut message);
    framed.into()
}

/// Field 1 of HealthCheckResponse; what is not sent is 0. None: it is none.
fn serving_status(body: &[u8]) -> Option<u64> {
    let (head, message) = body.split_at_checked(5)?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    if head[0] != 0 || length != message.len() {
        return None;
    }
    let mut rest = message;
    let mut status = 0;
    while !rest.is_empty() {
        let (tag, after) = varint(rest)?;
        let (value, after) = varint(after)?;
        rest = match tag & 7 {
            0 => {
                if tag >> 3 == 1 {
                    status = value;
                }
                after
            }
            // Fields of later versions.
            2 => after.get(usize::try_from(value).ok()?..)?,
            _ => return None,
        };
    }
    Some(status)
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (n, byte) in bytes.iter().enumerate().take(9) {
        value |= u64::from(byte & 0x7f) << (7 * n);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[n + 1..]));
        }
    }
    None
}

/// <https://github.com/grpc/grpc/blob/master/doc/statuscodes.md>
fn name(code: &str) -> String {
    const NAMES: &[&str] = &[
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];
    let known = code.parse::<usize>().ok().and_then(|code| NAMES.get(code));
    known.map_or_else(|| format!("status {}", clean(code, 10)), |name| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_by_hand() {
        assert_eq!(question("")[..], [0, 0, 0, 0, 0]);
        assert_eq!(question("ab")[..], [0, 0, 0, 0, 4, 10, 2, b'a', b'b']);
        assert_eq!(question(&"x".repeat(300))[4..8], [47, 10, 0xac, 2]);
        assert_eq!(serving_status(&[0, 0, 0, 0, 2, 8, 1]), Some(1));
        assert_eq!(serving_status(&[0, 0, 0, 0, 0]), Some(0));
        assert_eq!(serving_status(&[0, 0, 0, 0, 6, 18, 2, 9, 9, 8, 2]), Some(2));
        for broken in [
            &[][..],
            &[1, 0, 0, 0, 0],
            &[0, 0, 0, 0, 9],
            &[0, 0, 0, 0, 1, 8],
            &[0, 0, 0, 0, 2, 18, 9],
        ] {
            assert_eq!(serving_status(broken), None);
        }
        assert_eq!(serving_status(&[&[0, 0, 0, 0, 11][..], &[0xff; 11]].concat()), None);
    }
}
