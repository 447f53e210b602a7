//! Echo requests and replies (RFC 792, RFC 4443).

use std::net::SocketAddr;

use ring::rand::SecureRandom as _;

use crate::fault::Fault;

/// Type, code, checksum, identifier, sequence number.
const HEAD: usize = 8;

/// The pings of one probe.
pub(super) struct Echo {
    is_ipv4: bool,
    /// The socket hears every ICMP packet, and over IPv4 with its IP header.
    is_raw: bool,
    identifier: u16,
    payload: Vec<u8>,
}

impl Echo {
    pub(super) fn new(to: SocketAddr, is_raw: bool, size: u16) -> Result<Self, Fault> {
        // What comes back has to be what was sent, which nobody else knows.
        let mut payload = vec![0; usize::from(size)];
        let mut identifier = [0; 2];
        let random = ring::rand::SystemRandom::new();
        let token = payload.len().min(16);
        let filled = random.fill(&mut payload[..token]).and_then(|()| random.fill(&mut identifier));
        filled.map_err(|_| Fault::Exhausted { what: String::from("no random numbers") })?;
        Ok(Self {
            is_ipv4: to.is_ipv4(),
            is_raw,
            identifier: u16::from_be_bytes(identifier),
            payload,
        })
    }

    pub(super) fn packet(&self, number: u16) -> Vec<u8> {
        let mut packet = vec![if self.is_ipv4 { 8 } else { 128 }, 0, 0, 0];
        // A socket for echoes puts in an identifier of its own.
        packet.extend_from_slice(&self.identifier.to_be_bytes());
        packet.extend_from_slice(&number.to_be_bytes());
        packet.extend_from_slice(&self.payload);
        // Of IPv6 the kernel does it: the checksum is over the addresses as well.
        if self.is_ipv4 {
            let checksum = checksum(&packet);
            packet[2..4].copy_from_slice(&checksum.to_be_bytes());
        }
        packet
    }

    /// Which of ours this is the reply to.
    pub(super) fn number(&self, datagram: &[u8]) -> Option<u16> {
        let packet = if self.is_raw && self.is_ipv4 {
            // The length of the IP header in units of four bytes.
            datagram.get(usize::from(datagram.first()? & 0x0f) * 4..)?
        } else {
            datagram
        };
        let (head, payload) = packet.split_at_checked(HEAD)?;
        let is_reply = head[0] == if self.is_ipv4 { 0 } else { 129 };
        let is_ours = !self.is_raw || head[4..6] == self.identifier.to_be_bytes();
        let number = u16::from_be_bytes([head[6], head[7]]);
        (is_reply && is_ours && payload == self.payload).then_some(number)
    }
}

/// The Internet checksum (RFC 1071).
fn checksum(bytes: &[u8]) -> u16 {
    let word = |pair: &[u8]| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0));
    let sum: u32 = bytes.chunks(2).map(word).sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    !((folded & 0xffff) + (folded >> 16)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_only_replies_to_its_own() {
        for (to, is_raw) in
            [("192.0.2.1:0", false), ("192.0.2.1:0", true), ("[2001:db8::1]:0", false)]
        {
            let echo = Echo::new(to.parse().unwrap(), is_raw, 56).unwrap();
            let mut reply = echo.packet(7);
            assert_eq!(checksum(&reply), if echo.is_ipv4 { 0 } else { checksum(&reply) });
            let request = reply.clone();
            reply[0] = if echo.is_ipv4 { 0 } else { 129 };
            let header = if is_raw { vec![0x45; 20] } else { Vec::new() };
            let received = |packet: &[u8]| echo.number(&[&header, packet].concat());
            assert_eq!(received(&reply), Some(7));
            assert_eq!(received(&request), None);
            reply[20] ^= 1;
            assert_eq!(received(&reply), None);
            for length in 0..reply.len() {
                assert_eq!(received(&reply[..length]), None);
            }
            assert_eq!(echo.number(&[0x4f]), None);
        }
    }
}
