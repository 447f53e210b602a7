//! The greeting of a mail server, what it can, and STARTTLS.

mod imap;
mod smtp;

use super::wire::{Wire, wish};
use crate::answer::Answer;
use crate::fault::Fault;
use crate::net::Way;
use crate::probe::{Mail, MailProtocol};
use crate::text::clean_bytes;
use crate::trace::Trace;

/// Lines of one reply.
const MOST_LINES: usize = 200;

/// The body is the greeting and what the server says it can: over TLS, if that was asked for.
pub(super) async fn ask(mail: &Mail, way: Way<'_>, trace: &mut Trace) -> Result<Answer, Fault> {
    if mail.tls && mail.starttls {
        return Err(Fault::Invalid {
            what: String::from("TLS from the first byte and STARTTLS exclude each other"),
        });
    }
    let protocol = match mail.protocol {
        MailProtocol::Smtp => "SMTP",
        MailProtocol::Imap => "IMAP",
    };
    let mut wire = Wire::connect(&mail.place, protocol, way, trace).await?;
    let wish = wish(&mail.place, mail.insecure);
    if mail.tls {
        wire = wire.tls(wish, way, trace).await?;
    }
    let mut reply = Reply::default();
    match mail.protocol {
        MailProtocol::Smtp => {
            reply.lines = smtp::greeting(&mut wire, trace).await?;
            if mail.starttls {
                smtp::starttls(&mut wire, trace).await?;
                wire = wire.tls(wish, way, trace).await?;
            }
            smtp::capabilities(&mut wire, &mut reply, trace).await?;
        }
        MailProtocol::Imap => {
            reply.lines.push(imap::greeting(&mut wire, trace).await?);
            if mail.starttls {
                imap::starttls(&mut wire, trace).await?;
                wire = wire.tls(wish, way, trace).await?;
            }
            imap::capabilities(&mut wire, &mut reply, trace).await?;
        }
    }
    Ok(done(wire, mail.protocol, reply).await)
}

/// What was said so far.
#[derive(Default)]
struct Reply {
    lines: Vec<String>,
    code: Option<u16>,
}

async fn done(mut wire: Wire, protocol: MailProtocol, reply: Reply) -> Answer {
    let (name, goodbye): (_, &[u8]) = match protocol {
        MailProtocol::Smtp => ("SMTP", b"QUIT\r\n"),
        MailProtocol::Imap => ("IMAP", b"a9 LOGOUT\r\n"),
    };
    wire.leave(goodbye).await;
    Answer {
        status: reply.code,
        body: reply.lines.join("\n").into_bytes(),
        protocol: name.to_owned(),
        ..Answer::default()
    }
}

/// A line as it may be kept.
async fn line(wire: &mut Wire, trace: &mut Trace) -> Result<String, Fault> {
    Ok(clean_bytes(&wire.line(trace).await?, 500))
}
