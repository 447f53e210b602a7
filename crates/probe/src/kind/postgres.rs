//! Does PostgreSQL answer as PostgreSQL?
//!
//! <https://www.postgresql.org/docs/current/protocol-message-formats.html>

mod login;
mod message;
mod scram;

use message::{Message, error_of, read, startup};

use super::wire::{Wire, wish};
use crate::answer::Answer;
use crate::fault::Fault;
use crate::net::Way;
use crate::probe::Database;
use crate::text::clean_bytes;
use crate::trace::Trace;

const PROTOCOL: &str = "PostgreSQL";

/// SSLRequest.
const SSL: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// Without a user it asks for a role named `nightkeep`, which need not be there: that a password
/// is wanted, or that there is no such role, is an answer; that the server is starting or full is
/// none. A server that wants a password writes nothing of this to its log, one that trusts
/// everybody an error about the role.
///
/// With a user it logs in, and the body is the server's version; else it is the method of
/// authentication or the server's message.
pub(super) async fn ask(
    database: &Database,
    way: Way<'_>,
    trace: &mut Trace,
) -> Result<Answer, Fault> {
    let mut wire = Wire::connect(&database.place, PROTOCOL, way, trace).await?;
    if database.tls {
        wire.send(&SSL, trace).await?;
        match wire.peek(trace).await?.first() {
            Some(b'S') => {
                wire.exactly(1, trace).await?;
                wire = wire.tls(wish(&database.place, database.insecure), way, trace).await?;
            }
            Some(b'N') => {
                return Err(Fault::Rejected { what: String::from("PostgreSQL offers no TLS") });
            }
            // A server that is full says so without having read anything.
            Some(b'E') => return Err(error_of(&read(&mut wire, trace).await?.body).fault()),
            _ => {
                let said = wire.peek(trace).await?.to_vec();
                return Err(wire.not_spoken(&said));
            }
        }
    }
    let user = database.user.as_deref().unwrap_or("nightkeep");
    let name = database.database.as_deref().unwrap_or(user);
    wire.send(&startup(user, name), trace).await?;
    let body = if database.user.is_some() {
        let version = login::login(&mut wire, database, user, trace).await?;
        // Terminate.
        wire.leave(&[b'X', 0, 0, 0, 4]).await;
        version
    } else {
        first_answer(&mut wire, trace).await?
    };
    Ok(Answer { body: body.into_bytes(), protocol: PROTOCOL.to_owned(), ..Answer::default() })
}

/// What the server says to somebody it does not know.
async fn first_answer(wire: &mut Wire, trace: &mut Trace) -> Result<String, Fault> {
    loop {
        let Message { kind, body } = read(wire, trace).await?;
        match kind {
            b'R' => return login::method(wire, &body),
            b'E' => {
                let error = error_of(&body);
                return if error.is_about_login() {
                    Ok(error.to_string())
                } else {
                    Err(error.fault())
                };
            }
            // NoticeResponse, NegotiateProtocolVersion.
            b'N' | b'v' => {}
            _ => return Err(wire.not_spoken(&[kind])),
        }
    }
}

/// What may be shown of a name or a word of the server.
fn word(bytes: &[u8]) -> String {
    clean_bytes(bytes, 80)
}
