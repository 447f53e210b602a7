//! Packets of MySQL's protocol: three bytes of length, one that counts, a payload.

use std::fmt;

use super::super::wire::Wire;
use super::word;
use crate::fault::Fault;
use crate::trace::Trace;

/// Bytes of a packet; before queries they are short.
const LONGEST: usize = 16 << 10;

/// The most we would take (max_allowed_packet).
const LARGEST: u32 = 1 << 24;
/// utf8mb4_general_ci, known by every server since 5.5.
const CHARSET: u8 = 45;

/// Reads a packet: how it is counted, and what is in it.
pub(super) async fn read(wire: &mut Wire, trace: &mut Trace) -> Result<(u8, Vec<u8>), Fault> {
    let seen = wire.peek(trace).await?.to_vec();
    // A text of another protocol would be a length in the millions.
    if seen.get(2).is_some_and(|byte| *byte != 0) {
        return Err(wire.not_spoken(&seen));
    }
    let head = wire.exactly(4, trace).await?;
    let length = usize::from(head[0]) | usize::from(head[1]) << 8 | usize::from(head[2]) << 16;
    if length == 0 || length > LONGEST {
        return Err(wire.not_spoken(&seen));
    }
    Ok((head[3], wire.exactly(length, trace).await?))
}

pub(super) async fn send(
    wire: &mut Wire,
    sequence: u8,
    payload: &[u8],
    trace: &mut Trace,
) -> Result<(), Fault> {
    let mut packet = (payload.len() as u32).to_le_bytes();
    packet[3] = sequence;
    wire.send(&[&packet, payload].concat(), trace).await
}

/// Protocol::HandshakeV10.
pub(super) struct Greeting {
    pub(super) version: String,
    pub(super) capabilities: u32,
    pub(super) salt: Vec<u8>,
    pub(super) plugin: String,
}

impl Greeting {
    /// None: it is no greeting.
    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        let (version, rest) = until_nul(payload.strip_prefix(&[10])?)?;
        // Thread id 4, salt 8, filler 1, capabilities 2, charset 1, status 2, capabilities 2,
        // length of the salt 1, filler 10.
        let (fixed, rest) = rest.split_at_checked(31)?;
        let capabilities = u32::from_le_bytes([fixed[13], fixed[14], fixed[18], fixed[19]]);
        let (more, rest) =
            rest.split_at_checked(usize::from(fixed[20]).saturating_sub(8).max(13))?;
        let salt = [&fixed[4..12], &more[..12]].concat();
        let plugin = until_nul(rest).map_or(rest, |(plugin, _)| plugin);
        // MariaDB calls itself 5.5.5 before its own version, for old replicas.
        let version = word(version.strip_prefix(b"5.5.5-").unwrap_or(version));
        Some(Self { version, capabilities, salt, plugin: word(plugin) })
    }
}

pub(super) fn until_nul(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

/// SSLRequest, which is also how HandshakeResponse41 begins.
pub(super) fn login_head(capabilities: u32) -> Vec<u8> {
    let mut head = capabilities.to_le_bytes().to_vec();
    head.extend_from_slice(&LARGEST.to_le_bytes());
    head.push(CHARSET);
    head.resize(32, 0);
    head
}

/// ERR_Packet.
#[derive(Debug)]
pub(super) struct Error {
    pub(super) code: u16,
    message: String,
}

pub(super) fn error_of(payload: &[u8]) -> Error {
    let code = payload.get(1..3).map_or(0, |code| u16::from_le_bytes([code[0], code[1]]));
    let message = payload.get(3..).unwrap_or_default();
    // `#` and five characters of SQLSTATE, which are not there before the handshake.
    let message = message.strip_prefix(b"#").and_then(|rest| rest.get(5..)).unwrap_or(message);
    Error { code, message: word(message) }
}

impl Error {
    /// Who logs in is wrong, or from where to where; the server is well. From the reference of
    /// errors: 1044, 1045, 1698 access denied; 1049 no such database; 1130 host not allowed; 1251,
    /// 2059 unknown authentication; 3118, 4151 account locked; 3159 TLS wanted.
    pub(super) fn is_about_login(&self) -> bool {
        matches!(self.code, 1044 | 1045 | 1049 | 1130 | 1251 | 1698 | 2059 | 3118 | 3159 | 4151)
    }

    pub(super) fn fault(&self) -> Fault {
        let meaning = match self.code {
            1040 | 1203 => "MySQL has no connection left",
            1129 => "MySQL has blocked this host after failed handshakes (FLUSH HOSTS lifts it)",
            1053 => "MySQL is shutting down",
            _ if self.is_about_login() => "MySQL refuses the login",
            _ => "MySQL answers with an error",
        };
        Fault::Rejected { what: format!("{meaning}: {self}") }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}
