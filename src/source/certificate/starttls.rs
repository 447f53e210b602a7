//! Asking for TLS in a protocol that begins without.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::endpoint::Failed;
use crate::model::Starttls;
use crate::model::text::clean;

/// What a server may say before TLS, in bytes.
const MOST: usize = 16 * 1024;
/// PostgreSQL's `SSLRequest`: its length, and the code 80877103.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// Speaks the protocol up to the point where TLS begins.
pub(super) async fn ask(stream: &mut TcpStream, protocol: Starttls) -> Result<(), Failed> {
    match protocol {
        Starttls::Smtp => smtp(stream).await,
        Starttls::Imap => imap(stream).await,
        Starttls::Postgres => postgres(stream).await,
    }
}

/// RFC 3207: greeting, EHLO, STARTTLS.
async fn smtp(stream: &mut TcpStream) -> Result<(), Failed> {
    let mut lines = Lines { stream, heard: 0 };
    lines.smtp_reply("220", "its greeting").await?;
    lines.say(b"EHLO nightkeep.invalid\r\n").await?;
    let offers = lines.smtp_reply("250", "EHLO").await?;
    let offered =
        |line: &String| line.get(4..).is_some_and(|word| word.eq_ignore_ascii_case("STARTTLS"));
    if !offers.iter().any(offered) {
        return Err(Failed::new("the mail server does not offer STARTTLS"));
    }
    lines.say(b"STARTTLS\r\n").await?;
    lines.smtp_reply("220", "STARTTLS").await.map(drop)
}

/// RFC 9051: greeting, STARTTLS with a tag.
async fn imap(stream: &mut TcpStream) -> Result<(), Failed> {
    let mut lines = Lines { stream, heard: 0 };
    let greeting = lines.line().await?;
    if !greeting.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("* OK")) {
        return Err(unexpected("the mail server", "its greeting", &greeting));
    }
    lines.say(b"n1 STARTTLS\r\n").await?;
    loop {
        let line = lines.line().await?;
        match line.get(..3) {
            Some("n1 ") if line.get(3..5).is_some_and(|word| word.eq_ignore_ascii_case("OK")) => {
                return Ok(());
            }
            Some("n1 ") => return Err(unexpected("the mail server", "STARTTLS", &line)),
            // Untagged lines may come at any time.
            _ => {}
        }
    }
}

/// One byte answers: `S` or `N`; very old servers send an error, `E`.
async fn postgres(stream: &mut TcpStream) -> Result<(), Failed> {
    stream.write_all(&SSL_REQUEST).await.map_err(|error| Failed::io(&error))?;
    match stream.read_u8().await.map_err(|error| Failed::io(&error))? {
        b'S' => Ok(()),
        b'N' | b'E' => Err(Failed::new("PostgreSQL does not offer TLS here (ssl = off)")),
        _ => Err(Failed::new("what answers there is no PostgreSQL")),
    }
}

/// Lines of text, read byte by byte: nothing behind the last one may be lost or believed, since
/// what comes before TLS can come from anybody.
struct Lines<'a> {
    stream: &'a mut TcpStream,
    heard: usize,
}

impl Lines<'_> {
    async fn say(&mut self, command: &[u8]) -> Result<(), Failed> {
        self.stream.write_all(command).await.map_err(|error| Failed::io(&error))
    }

    async fn line(&mut self) -> Result<String, Failed> {
        let mut line = Vec::new();
        loop {
            let byte = self.stream.read_u8().await.map_err(|error| Failed::io(&error))?;
            self.heard += 1;
            if self.heard > MOST {
                return Err(Failed::new("it talks without end before TLS"));
            }
            match byte {
                b'\n' => break,
                b'\r' => {}
                byte => line.push(byte),
            }
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    /// All lines of a reply; the last has no `-` behind its code (RFC 5321, 4.2.1).
    async fn smtp_reply(&mut self, wanted: &str, to: &str) -> Result<Vec<String>, Failed> {
        let mut reply = Vec::new();
        loop {
            let line = self.line().await?;
            if !line.starts_with(wanted) {
                return Err(unexpected("the mail server", to, &line));
            }
            let last = line.as_bytes().get(3) != Some(&b'-');
            reply.push(line);
            if last {
                return Ok(reply);
            }
        }
    }
}

fn unexpected(who: &str, to: &str, answer: &str) -> Failed {
    Failed::new(format!("{who} answers to {to}: {}", clean(answer, 80)))
}
