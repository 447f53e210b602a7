//! A time server, asked once (SNTP: RFC 5905, section 14).

use jiff::{SignedDuration, Timestamp};
use ring::rand::SecureRandom as _;

use super::datagram;
use super::wire::not_spoken;
use crate::answer::Answer;
use crate::fault::Fault;
use crate::net::Way;
use crate::probe::Ntp;
use crate::text::clean_bytes;
use crate::trace::Trace;

/// Bytes of a packet without extensions.
const LENGTH: usize = 48;
/// Version 4, mode 3: client.
const CLIENT: u8 = 4 << 3 | 3;
/// From 1900, NTP's beginning, to 1970.
const EPOCH: i64 = 2_208_988_800;
/// RFC 5905, figure 11: "MAXSTRAT".
const UNSYNCHRONISED: u8 = 16;

/// The body is the reference: where the server has its time from.
pub(super) async fn ask(ntp: &Ntp, way: Way<'_>, trace: &mut Trace) -> Result<Answer, Fault> {
    let mut question = [0; LENGTH];
    question[0] = CLIENT;
    // Not our time but something only the server can know to send back: a forged reply needs it.
    let mut cookie = [0; 8];
    let filled = ring::rand::SystemRandom::new().fill(&mut cookie);
    filled.map_err(|_| Fault::Exhausted { what: String::from("no random numbers") })?;
    question[40..].copy_from_slice(&cookie);
    let is_reply = |datagram: &[u8]| {
        // What is no NTP at all is shown, since nothing else will come.
        datagram.len() < LENGTH || datagram[0] & 7 != 4 || datagram[24..32] == cookie
    };
    let reply = datagram::ask(&ntp.place, &question, is_reply, way, trace).await?;
    let came = clock();
    let packet = Packet::read(&reply.datagram)?;
    packet.check()?;
    let sent = came - SignedDuration::try_from(reply.took).unwrap_or(SignedDuration::MAX);
    let offset = offset(ntp_time(sent), packet.received, packet.transmitted, ntp_time(came));
    Ok(Answer {
        body: packet.reference.clone().into_bytes(),
        protocol: format!("NTPv{}", packet.version),
        offset: Some(offset),
        stratum: Some(packet.stratum),
        ..Answer::default()
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "this clock is what is measured, at this very moment"
)]
fn clock() -> Timestamp {
    Timestamp::now()
}

/// Seconds since 1900 and 2^-32 parts, as in a packet: the number of the era is left away, and
/// comes back by differences that wrap (RFC 5905, section 6).
fn ntp_time(at: Timestamp) -> u64 {
    let seconds = (at.as_second() + EPOCH) as u64;
    let nanoseconds = i64::from(at.subsec_nanosecond());
    let (seconds, nanoseconds) = if nanoseconds < 0 {
        (seconds - 1, nanoseconds + 1_000_000_000)
    } else {
        (seconds, nanoseconds)
    };
    (seconds << 32) | (((nanoseconds as u64) << 32) / 1_000_000_000)
}

/// How far the server's clock is ahead of ours: (T2 - T1 + T3 - T4) / 2 of RFC 5905, section 8.
fn offset(sent: u64, received: u64, transmitted: u64, came: u64) -> SignedDuration {
    let there = i128::from(received.wrapping_sub(sent) as i64);
    let back = i128::from(transmitted.wrapping_sub(came) as i64);
    let nanoseconds = (i128::midpoint(there, back) * 1_000_000_000) >> 32;
    SignedDuration::from_nanos_i128(nanoseconds)
}

struct Packet {
    leap: u8,
    version: u8,
    stratum: u8,
    reference: String,
    received: u64,
    transmitted: u64,
}

impl Packet {
    fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let packet = bytes.get(..LENGTH).filter(|packet| packet[0] & 7 == 4);
        let packet = packet.ok_or_else(|| not_spoken("NTP", bytes))?;
        let time =
            |at: usize| packet[at..].first_chunk().map_or(0, |time| u64::from_be_bytes(*time));
        let reference = &packet[12..16];
        let stratum = packet[1];
        Ok(Self {
            leap: packet[0] >> 6,
            version: packet[0] >> 3 & 7,
            stratum,
            // A name up to stratum 1, above that an address (or of IPv6 a hash).
            reference: if stratum < 2 {
                clean_bytes(reference.split(|byte| *byte == 0).next().unwrap_or_default(), 4)
            } else {
                reference.iter().map(u8::to_string).collect::<Vec<_>>().join(".")
            },
            received: time(32),
            transmitted: time(40),
        })
    }

    /// Can one set a clock by it?
    fn check(&self) -> Result<(), Fault> {
        if self.stratum == 0 {
            // RFC 5905, section 7.4: "The Kiss-o'-Death Packet".
            let meaning = match self.reference.as_str() {
                "RATE" => "it is asked too often",
                "DENY" | "RSTR" => "it does not answer this machine",
                "INIT" | "STEP" => "it has not found its own time yet",
                _ => "it does not want to be asked",
            };
            let what =
                format!("the time server sends a kiss-o'-death: {meaning} ({})", self.reference);
            return Err(Fault::Rejected { what });
        }
        if self.leap == 3 || self.stratum >= UNSYNCHRONISED {
            let what = String::from(
                "the time server is not synchronised: it does not know the time itself",
            );
            return Err(Fault::Rejected { what });
        }
        if self.transmitted == 0 {
            return Err(Fault::Malformed {
                protocol: "NTP",
                what: String::from("a reply without a time"),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "they are rounded")]
    fn the_offset_of_a_reply() {
        let milliseconds = |times: [&str; 4]| {
            let [sent, received, transmitted, came] =
                times.map(|time| ntp_time(time.parse().unwrap()));
            (offset(sent, received, transmitted, came).as_secs_f64() * 1000.0).round()
        };
        let (t1, t4) = ("2026-11-23T12:00:00Z", "2026-11-23T12:00:00.2Z");
        let (ahead, behind) = ("2026-11-23T12:00:05.1Z", "2026-11-23T11:59:55.1Z");
        assert_eq!(milliseconds([t1, ahead, ahead, t4]), 5000.0);
        assert_eq!(milliseconds([t1, behind, behind, t4]), -5000.0);
        // Over the end of era 0.
        let (before, after) = ("2036-02-07T06:28:15Z", "2036-02-07T06:28:17Z");
        assert_eq!(milliseconds([before, after, after, before]), 2000.0);
        assert_eq!(ntp_time("1900-01-01T00:00:00.5Z".parse().unwrap()), 1 << 31);
    }
}
