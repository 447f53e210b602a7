//! The banner of an SSH server (RFC 4253, section 4.2).
//!
//! We identify ourselves and take leave with a message of disconnection, so that OpenSSH logs no
//! error for each probe ("kex_exchange_identification: Connection closed"), but only at INFO that
//! somebody disconnected. From OpenSSH 9.8 on whoever comes without logging in is penalised
//! (`PerSourcePenalties noauth`, 1 s each, in force from 15 s on): asked every few seconds, such a
//! server needs an exemption (`PerSourcePenaltyExemptList`).

use super::wire::{Wire, not_spoken};
use crate::answer::Answer;
use crate::fault::Fault;
use crate::net::Way;
use crate::probe::Ssh;
use crate::text::clean_bytes;
use crate::trace::Trace;

const PROTOCOL: &str = "SSH";

const OURS: &[u8] = b"SSH-2.0-nightkeep\r\n";

/// Lines a server may send before its version; RFC 4253 does not say how many, OpenSSH's client
/// takes 1024.
const MOST_LINES: usize = 100;

/// The body is the server's identification, without the end of the line.
pub(super) async fn ask(ssh: &Ssh, way: Way<'_>, trace: &mut Trace) -> Result<Answer, Fault> {
    let mut wire = Wire::connect(&ssh.place, PROTOCOL, way, trace).await?;
    wire.send(OURS, trace).await?;
    let mut before = Vec::new();
    for _ in 0..MOST_LINES {
        let line = match wire.line(trace).await {
            Ok(line) => line,
            // The server says in a line why, and hangs up.
            Err(Fault::Closed { .. } | Fault::Reset { .. }) if !before.is_empty() => {
                return Err(refusal(&before));
            }
            Err(Fault::NotSpoken { said, .. }) if is_refusal(said.as_bytes()) => {
                return Err(refusal(said.as_bytes()));
            }
            Err(fault) => return Err(fault),
        };
        if line.starts_with(b"SSH-2.0-") || line.starts_with(b"SSH-1.99-") {
            wire.leave(&disconnect()).await;
            return Ok(Answer {
                body: clean_bytes(&line, 255).into_bytes(),
                protocol: String::from("SSH-2.0"),
                ..Answer::default()
            });
        }
        if line.starts_with(b"SSH-") {
            let what = format!("it speaks only an old version: {}", clean_bytes(&line, 80));
            return Err(Fault::Malformed { protocol: PROTOCOL, what });
        }
        if before.is_empty() {
            before = line;
        }
    }
    Err(not_spoken(PROTOCOL, &before))
}

/// What OpenSSH says before it hangs up (sshd.c).
fn is_refusal(line: &[u8]) -> bool {
    line.starts_with(b"Exceeded MaxStartups") || line.starts_with(b"Not allowed at this time")
}

fn refusal(line: &[u8]) -> Fault {
    if is_refusal(line) {
        Fault::Rejected {
            what: format!("the SSH server turns connections away: {}", clean_bytes(line, 80)),
        }
    } else {
        not_spoken(PROTOCOL, line)
    }
}

/// SSH_MSG_DISCONNECT, reason SSH_DISCONNECT_BY_APPLICATION (RFC 4253, sections 6 and 11.1). Before
/// keys are exchanged packets are in clear.
fn disconnect() -> Vec<u8> {
    let mut payload = vec![1];
    payload.extend_from_slice(&11u32.to_be_bytes());
    for text in ["it answers", ""] {
        payload.extend_from_slice(&(text.len() as u32).to_be_bytes());
        payload.extend_from_slice(text.as_bytes());
    }
    // The whole is a multiple of 8, the padding at least 4.
    let padding = 4 + (8 - (5 + payload.len() + 4) % 8) % 8;
    let mut packet = ((1 + payload.len() + padding) as u32).to_be_bytes().to_vec();
    packet.push(padding as u8);
    packet.extend_from_slice(&payload);
    packet.resize(packet.len() + padding, 0);
    packet
}
