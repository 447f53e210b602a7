//! A small DNS server (RFC 1035), as obedient or broken as it is told to be.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub(crate) const A: u16 = 1;
pub(crate) const NS: u16 = 2;
pub(crate) const CNAME: u16 = 5;
pub(crate) const SOA: u16 = 6;
pub(crate) const PTR: u16 = 12;
pub(crate) const MX: u16 = 15;
pub(crate) const TXT: u16 = 16;
pub(crate) const AAAA: u16 = 28;
pub(crate) const SRV: u16 = 33;
pub(crate) const CAA: u16 = 257;

/// What is answered.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Records of the type that was asked for, each its data.
    Records(Vec<Vec<u8>>),
    /// The same, but only over TCP.
    TooLongForUdp(Vec<Vec<u8>>),
    Code(u8),
    Nothing,
    Garbage,
}

pub(crate) struct NameServer {
    pub(crate) address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl NameServer {
    pub(crate) fn start(
        answer: impl Fn(&str, u16) -> Reply + Send + Sync + Clone + 'static,
    ) -> Self {
        // The same port for both.
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
                break (udp, tcp);
            }
        };
        let address = udp.local_addr().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let over_tcp = answer.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 1024];
            while let Ok((length, from)) = udp.recv_from(&mut buffer) {
                count.fetch_add(1, Ordering::SeqCst);
                if let Some(reply) = reply(&buffer[..length], &answer, true) {
                    let _ = udp.send_to(&reply, from);
                }
            }
        });
        std::thread::spawn(move || {
            for mut stream in tcp.incoming().flatten() {
                let mut length = [0; 2];
                while stream.read_exact(&mut length).is_ok() {
                    let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
                    stream.read_exact(&mut query).unwrap();
                    let Some(reply) = reply(&query, &over_tcp, false) else {
                        std::thread::sleep(Duration::from_secs(5));
                        break;
                    };
                    let _ = stream.write_all(&(reply.len() as u16).to_be_bytes());
                    let _ = stream.write_all(&reply);
                }
            }
        });
        Self { address, asked }
    }

    /// How many questions came over UDP.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn reply(query: &[u8], answer: &impl Fn(&str, u16) -> Reply, is_udp: bool) -> Option<Vec<u8>> {
    let mut labels = Vec::new();
    let mut at = 12;
    while query[at] > 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..end]).to_lowercase());
        at = end;
    }
    let record = u16::from_be_bytes([query[at + 1], query[at + 2]]);
    let question = &query[12..at + 5];
    let (records, code, truncated) = match answer(&labels.join("."), record) {
        Reply::TooLongForUdp(_) if is_udp => (Vec::new(), 0, true),
        Reply::Records(records) | Reply::TooLongForUdp(records) => (records, 0, false),
        Reply::Code(code) => (Vec::new(), code, false),
        Reply::Nothing => return None,
        Reply::Garbage => return Some([&query[..2], &[0xff; 40]].concat()),
    };
    let mut reply = query[..2].to_vec();
    reply.extend([
        0x81 | (u8::from(truncated) << 1),
        0x80 | code,
        0,
        1,
        0,
        records.len() as u8,
        0,
        0,
        0,
        0,
    ]);
    reply.extend_from_slice(question);
    for data in records {
        // The name of the question.
        reply.extend([0xc0, 12]);
        reply.extend(record.to_be_bytes());
        reply.extend([0, 1, 0, 0, 0, 60]);
        reply.extend((data.len() as u16).to_be_bytes());
        reply.extend(data);
    }
    Some(reply)
}

pub(crate) fn four(address: Ipv4Addr) -> Vec<u8> {
    address.octets().to_vec()
}

pub(crate) fn six(address: Ipv6Addr) -> Vec<u8> {
    address.octets().to_vec()
}

/// A name as it is written in a message.
pub(crate) fn name(name: &str) -> Vec<u8> {
    let label = |label: &str| [&[label.len() as u8], label.as_bytes()].concat();
    name.split('.').flat_map(label).chain([0]).collect()
}
