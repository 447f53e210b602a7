//! SMTP, for mails that call heartbeats: one connection, its limits, and its end. What is said in it
//! is in `dialogue`, what a mail means in `heartbeat::mail`.
//!
//! Plain SMTP, as Healthchecks' `smtpd` speaks it: who calls is known by a secret address, not by a
//! login, and STARTTLS without a name that is checked would hide that address from nobody who can
//! stand in between.

mod dialogue;

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::sync::watch;
use tokio::time::timeout;

use self::dialogue::{Dialogue, NOT_TAKEN, Say, TAKEN};
use crate::heartbeat::Desk;
use crate::heartbeat::mail::{Mail, Words};
use crate::web::{Peer, Stream};

/// Connections at once; more wait in the kernel. Each may hold the kept part of a message.
pub const LIMIT: usize = 64;
/// Whoever says nothing for so long is cut off.
const SILENCE: Duration = Duration::from_mins(1);
/// A conversation is over by then.
const DEADLINE: Duration = Duration::from_mins(10);
/// Bytes of a line; its rest, taken for a line of its own, could be a dot that ends the message.
const LINE: usize = 64 * 1024;

const SILENT: &str = "421 4.4.2 Nothing was said for a minute; lines end with CR LF";
const STOPPING: &str = "421 4.3.2 Stopping: try again";
const ENDLESS: &str = "500 5.5.2 Error: line too long";

/// Takes mails from one connection until either end closes it. When `stop` says so, the mail that
/// is being written down is the last.
pub async fn serve(
    stream: Stream,
    peer: Peer,
    domain: &str,
    desk: &Desk,
    mut stop: watch::Receiver<bool>,
) {
    let (reader, mut writer) = tokio::io::split(stream);
    let mut reader = BufReader::new(reader);
    let mut dialogue = Dialogue::new(domain);
    let talk = talk(&mut reader, &mut writer, &mut dialogue, peer.address(), desk, &mut stop);
    if let Ok(Err(error)) = timeout(DEADLINE, talk).await {
        // The other end went away: nothing to be done about it.
        tracing::debug!("a connection of mails ended: {error}");
    }
}

async fn talk(
    reader: &mut (impl AsyncBufRead + Unpin),
    writer: &mut (impl AsyncWrite + Unpin),
    dialogue: &mut Dialogue,
    remote: Option<IpAddr>,
    desk: &Desk,
    stop: &mut watch::Receiver<bool>,
) -> io::Result<()> {
    say(writer, &dialogue.greeting()).await?;
    let mut line = Vec::new();
    loop {
        let came = tokio::select! {
            came = timeout(SILENCE, next_line(reader, &mut line)) => came,
            _ = stop.wait_for(|stop| *stop) => Ok(Came::Stop),
        };
        match came {
            Ok(Came::Line) => {}
            Ok(Came::Endless) => return say(writer, ENDLESS).await,
            Ok(Came::Stop) => return say(writer, STOPPING).await,
            Ok(Came::End) => return Ok(()),
            Err(_) => return say(writer, SILENT).await,
        }
        match dialogue.hear(&line) {
            Say::Nothing => {}
            Say::Line(answer) => say(writer, &answer).await?,
            Say::Take(mail) => say(writer, take(&mail, remote, desk).await).await?,
            Say::End(answer) => return say(writer, &answer).await,
        }
    }
}

/// Makes a mail durable.
async fn take(mail: &Mail, remote: Option<IpAddr>, desk: &Desk) -> &'static str {
    // Read before anybody has to wait for the book, and only if somebody wants to know.
    let is_read = desk.look(|book| mail.is_read(book)).unwrap_or_default();
    let words = if is_read { Words::read(&mail.message) } else { Words::default() };
    match desk.change(|book, now| mail.hear(book, &words, remote, now)).await {
        Ok(()) => TAKEN,
        Err(error) => {
            tracing::warn!("a mail was not acknowledged: {error}");
            NOT_TAKEN
        }
    }
}

async fn say(writer: &mut (impl AsyncWrite + Unpin), answer: &str) -> io::Result<()> {
    timeout(SILENCE, writer.write_all(format!("{answer}\r\n").as_bytes())).await?
}

/// What came.
#[derive(Debug, PartialEq, Eq)]
enum Came {
    Line,
    /// More than a line can have.
    Endless,
    /// The watch stops.
    Stop,
    /// The other end has nothing more to say.
    End,
}

/// The next line, without its end. Only CR LF ends one: a mail server before this one may have passed
/// on a lone LF as part of a message, and what comes after it is not to be taken for commands.
async fn next_line(reader: &mut (impl AsyncBufRead + Unpin), line: &mut Vec<u8>) -> Came {
    line.clear();
    loop {
        let Ok(bytes) = reader.fill_buf().await else { return Came::End };
        if bytes.is_empty() {
            return Came::End;
        }
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(bytes.len(), |end| end + 1);
        line.extend_from_slice(&bytes[..used]);
        reader.consume(used);
        if line.ends_with(b"\r\n") {
            line.truncate(line.len() - 2);
            return Came::Line;
        }
        if line.len() > LINE {
            return Came::Endless;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278";

    /// What is answered to what is said, where there is no store.
    async fn answers(said: &mut (impl AsyncBufRead + Unpin), stops: bool) -> String {
        let mut written = Vec::new();
        let (desk, mut dialogue) = (Desk::new(None), Dialogue::new("a.example"));
        let (_sender, mut stop) = watch::channel(stops);
        talk(said, &mut written, &mut dialogue, None, &desk, &mut stop).await.unwrap();
        String::from_utf8(written).unwrap()
    }

    #[tokio::test]
    async fn what_is_not_durable_is_not_acknowledged() {
        let said = format!(
            "HELO me\r\nMAIL FROM:<>\r\nRCPT TO:<{UUID}@a.example>\r\nDATA\r\nx\r\n.\r\n\
             QUIT\r\nNOOP\r\n"
        );
        let answers = answers(&mut said.as_bytes(), false).await;
        let codes: Vec<_> = answers.lines().map(|line| &line[..3]).collect();
        assert_eq!(codes, ["220", "250", "250", "250", "354", "451", "221"], "{answers}");
    }

    #[tokio::test]
    async fn whoever_is_cut_off_hears_why() {
        let endless = vec![b'x'; 2 * LINE];
        let told = answers(&mut &endless[..], false).await;
        assert!(told.ends_with("500 5.5.2 Error: line too long\r\n"), "{told}");
        let (_says_nothing, end) = tokio::io::duplex(1);
        let told = answers(&mut BufReader::new(end), true).await;
        assert!(told.ends_with("421 4.3.2 Stopping: try again\r\n"), "{told}");
    }

    #[tokio::test]
    async fn only_cr_lf_ends_a_line() {
        // As it comes in pieces of any size.
        for capacity in [1, 2, 3, 100] {
            let bytes: &[u8] = b"a\r\n\r\nb\n.\nc\rd\r\r\nrest";
            let mut reader = BufReader::with_capacity(capacity, bytes);
            let mut line = Vec::new();
            for expected in [&b"a"[..], b"", b"b\n.\nc\rd\r"] {
                assert_eq!(next_line(&mut reader, &mut line).await, Came::Line);
                assert_eq!(line, expected);
            }
            assert_eq!(next_line(&mut reader, &mut line).await, Came::End);
        }
        let endless = vec![b'x'; 2 * LINE];
        let mut line = Vec::new();
        assert_eq!(next_line(&mut &endless[..], &mut line).await, Came::Endless);
    }
}
