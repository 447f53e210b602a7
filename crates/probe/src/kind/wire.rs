//! A connection on which lines and packets are read, all of them bounded.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::Instant;

use crate::fault::{Fault, Phase};
use crate::net::Way;
use crate::net::stream::{Socket, Stream};
use crate::net::tls::Wish;
use crate::probe::Place;
use crate::text::clean_bytes;
use crate::trace::Trace;

/// Bytes of a line; SMTP has at most 512 (RFC 5321, 4.5.3.1.5), IMAP's capabilities are long.
const LONGEST_LINE: usize = 8 << 10;
/// Bytes that are read of one connection, whatever is sent.
const MOST: usize = 256 << 10;

/// A connection, and what came over it and was not read yet.
pub(super) struct Wire {
    stream: Stream,
    /// The name of what should be spoken.
    protocol: &'static str,
    came: Vec<u8>,
    /// Bytes in all.
    total: usize,
    asked: Instant,
}

impl Wire {
    /// Connects.
    pub(super) async fn connect(
        place: &Place,
        protocol: &'static str,
        way: Way<'_>,
        trace: &mut Trace,
    ) -> Result<Self, Fault> {
        let socket = Socket::Plain(way.connect(place, trace).await?);
        let stream = Stream::new(socket, trace.seen.clone());
        Ok(Self { stream, protocol, came: Vec::new(), total: 0, asked: Instant::now() })
    }

    /// Goes on with TLS. What came before must have been read: else somebody on the way slipped in
    /// an answer that seems to come over TLS (CVE-2011-0411, CVE-2021-23222).
    pub(super) async fn tls(
        self,
        wish: Wish<'_>,
        way: Way<'_>,
        trace: &mut Trace,
    ) -> Result<Self, Fault> {
        if !self.came.is_empty() {
            return Err(self.malformed("more came in clear before the TLS handshake"));
        }
        let protocol = self.protocol;
        let Socket::Plain(tcp) = self.stream.into_socket() else {
            return Err(Fault::Tls { what: String::from("TLS within TLS") });
        };
        let socket = Socket::Tls(Box::new(way.tls(tcp, wish, trace).await?));
        let stream = Stream::new(socket, trace.seen.clone());
        Ok(Self { stream, protocol, came: Vec::new(), total: 0, asked: Instant::now() })
    }

    pub(super) async fn send(&mut self, bytes: &[u8], trace: &mut Trace) -> Result<(), Fault> {
        trace.phase = Phase::Answer;
        if trace.phases.first_byte.is_none() {
            self.asked = Instant::now();
        }
        let sent = match self.stream.write_all(bytes).await {
            Ok(()) => self.stream.flush().await,
            error => error,
        };
        sent.map_err(|error| Fault::io(&error, Phase::Answer))
    }

    /// Says goodbye as far as it can be said at once: no answer is waited for, and a fault is none.
    pub(super) async fn leave(&mut self, bytes: &[u8]) {
        if self.stream.write_all(bytes).await.is_ok() && self.stream.flush().await.is_ok() {
            let _ = self.stream.shutdown().await;
        }
    }

    /// Reads a line without its end.
    pub(super) async fn line(&mut self, trace: &mut Trace) -> Result<Vec<u8>, Fault> {
        loop {
            if let Some(end) = self.came.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.came.drain(..=end).collect();
                line.truncate(line.len() - 1);
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            if self.came.len() >= LONGEST_LINE {
                return Err(self.not_spoken(&self.came));
            }
            self.more(trace).await?;
        }
    }

    /// Reads so many bytes, which are few: whoever asks has checked it.
    pub(super) async fn exactly(
        &mut self,
        count: usize,
        trace: &mut Trace,
    ) -> Result<Vec<u8>, Fault> {
        while self.came.len() < count {
            self.more(trace).await?;
        }
        Ok(self.came.drain(..count).collect())
    }

    /// Waits until something is there; the first bytes of it.
    pub(super) async fn peek(&mut self, trace: &mut Trace) -> Result<&[u8], Fault> {
        if self.came.is_empty() {
            self.more(trace).await?;
        }
        Ok(&self.came)
    }

    async fn more(&mut self, trace: &mut Trace) -> Result<(), Fault> {
        let mut buffer = [0; 4096];
        let count = match self.stream.read(&mut buffer).await {
            Ok(0) => return Err(self.ended(trace)),
            Ok(count) => count,
            Err(error) => return Err(Fault::io(&error, trace.phase)),
        };
        self.total += count;
        if self.total > MOST {
            return Err(self.malformed("it sends without end"));
        }
        if trace.phases.first_byte.is_none() {
            trace.phases.first_byte = Some(self.asked.elapsed());
        }
        self.came.extend_from_slice(&buffer[..count]);
        // An alert in clear: it waits for TLS (RFC 8446, 5.1).
        if self.total == count && self.came.starts_with(&[0x15, 0x03]) {
            return Err(Fault::SpeaksTls { protocol: self.protocol });
        }
        Ok(())
    }

    /// It hung up. What it said before may tell why.
    fn ended(&self, trace: &Trace) -> Fault {
        if self.came.is_empty() {
            Fault::Closed { phase: trace.phase }
        } else {
            self.not_spoken(&self.came)
        }
    }

    /// This is not how the protocol begins.
    pub(super) fn not_spoken(&self, said: &[u8]) -> Fault {
        not_spoken(self.protocol, said)
    }

    pub(super) fn malformed(&self, what: &str) -> Fault {
        Fault::Malformed { protocol: self.protocol, what: what.to_owned() }
    }
}

/// TLS for this host without anything special.
pub(super) fn wish(place: &Place, insecure: bool) -> Wish<'_> {
    Wish { name: &place.host, alpn: &[], insecure, client: None }
}

/// This is not how the protocol begins.
pub(super) fn not_spoken(protocol: &'static str, said: &[u8]) -> Fault {
    let line = said.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    // Of what is mostly no text, nothing can be read.
    let text = String::from_utf8_lossy(&line[..line.len().min(200)]);
    let odd = text.chars().filter(|c| c.is_control() || *c == char::REPLACEMENT_CHARACTER).count();
    let said = if odd * 4 > text.chars().count() { String::new() } else { clean_bytes(line, 80) };
    Fault::NotSpoken { protocol, said }
}
