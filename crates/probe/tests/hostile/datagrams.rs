use std::net::SocketAddr;

use nightkeep_probe::{Fault, Ntp, Phase, Target, Udp};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

use crate::{ask, local, outcome, said};

/// Answers each datagram so, as often as it is said.
async fn server(reply: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> (u16, JoinHandle<()>) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            for reply in reply(&buffer[..length]) {
                let from: SocketAddr = from;
                let _ = socket.send_to(&reply, from).await;
            }
        }
    });
    (port, task)
}

fn udp(port: u16, expect_answer: bool) -> Target {
    Target::Udp(Udp { place: local(port), send: b"ping".to_vec(), expect_answer })
}

#[tokio::test]
async fn udp_is_answered_or_not() {
    let (port, _) = server(|asked| vec![asked.to_ascii_uppercase()]).await;
    let answered = outcome(udp(port, true)).await;
    assert_eq!(answered.result.unwrap().body, b"PING");
    assert!(answered.phases.first_byte.is_some());
    assert_eq!(ask(udp(port, false)).await.unwrap().body, b"PING");
    let (port, _) = server(|_| Vec::new()).await;
    assert_eq!(ask(udp(port, false)).await.unwrap().body, b"");
    let fault = ask(udp(port, true)).await.unwrap_err();
    assert!(matches!(fault, Fault::TimedOut { phase: Phase::Reply, .. }), "{fault}");
    let closed = {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.local_addr().unwrap().port()
    };
    for expect_answer in [false, true] {
        let fault = ask(udp(closed, expect_answer)).await.unwrap_err();
        assert!(matches!(fault, Fault::Refused { .. }), "{fault}");
    }
}

/// A reply of stratum 2 with this change.
fn reply(asked: &[u8], change: impl Fn(&mut [u8])) -> Vec<u8> {
    let mut reply = vec![0; 48];
    reply[0] = 4 << 3 | 4;
    reply[1] = 2;
    reply[12..16].copy_from_slice(&[192, 0, 2, 9]);
    reply[24..32].copy_from_slice(&asked[40..48]);
    // Twice the same time, in 2036.
    for at in [32, 40] {
        reply[at..at + 4].copy_from_slice(&u32::MAX.to_be_bytes());
    }
    change(&mut reply);
    reply
}

#[tokio::test]
async fn a_time_server_says_what_is_wrong() {
    for (change, words) in [
        (
            (|reply: &mut [u8]| {
                reply[1] = 0;
                reply[12..16].copy_from_slice(b"RATE");
            }) as fn(&mut [u8]),
            "the time server sends a kiss-o'-death: it is asked too often (RATE)",
        ),
        (
            |reply| {
                reply[1] = 0;
                reply[12..16].copy_from_slice(b"\x1b[2J");
            },
            "the time server sends a kiss-o'-death: it does not want to be asked (?[2J)",
        ),
        (
            |reply| reply[0] |= 0xc0,
            "the time server is not synchronised: it does not know the time itself",
        ),
        (
            |reply| reply[1] = 16,
            "the time server is not synchronised: it does not know the time itself",
        ),
        (|reply| reply[40..48].fill(0), "the answer is not valid NTP: a reply without a time"),
        (|reply| reply[0] = 3, "what answers there speaks no NTP"),
    ] {
        let (port, _) = server(move |asked| vec![reply(asked, change)]).await;
        let said = said(Target::Ntp(Ntp { place: local(port) })).await;
        assert!(said.starts_with(words), "{said}");
    }
}

#[tokio::test]
async fn a_forged_time_is_not_taken() {
    let forged = |asked: &[u8]| {
        vec![reply(asked, |reply| reply[31] ^= 1), reply(asked, |reply| reply[1] = 3)]
    };
    let (port, _) = server(forged).await;
    let answer = ask(Target::Ntp(Ntp { place: local(port) })).await.unwrap();
    assert_eq!((answer.stratum, answer.body.as_slice()), (Some(3), &b"192.0.2.9"[..]));
    assert!(answer.offset.unwrap().as_hours() > 24 * 365);
}
