//! Messages of PostgreSQL's protocol 3.0: a byte, a length that counts itself, a body.

use std::fmt;

use super::super::wire::Wire;
use super::word;
use crate::fault::Fault;
use crate::trace::Trace;

/// Bytes of a message; before queries they are short.
const LONGEST: usize = 16 << 10;

pub(super) struct Message {
    pub(super) kind: u8,
    pub(super) body: Vec<u8>,
}

/// StartupMessage.
pub(super) fn startup(user: &str, database: &str) -> Vec<u8> {
    let mut body = 196_608u32.to_be_bytes().to_vec();
    for text in ["user", user, "database", database, "application_name", "nightkeep"] {
        // A name with a NUL would end here and begin something else.
        body.extend(text.bytes().filter(|byte| *byte != 0));
        body.push(0);
    }
    body.push(0);
    let mut message = (body.len() as u32 + 4).to_be_bytes().to_vec();
    message.append(&mut body);
    message
}

/// PasswordMessage, SASLInitialResponse and SASLResponse are all of kind `p`.
pub(super) fn password(body: &[u8]) -> Vec<u8> {
    let mut message = vec![b'p'];
    message.extend_from_slice(&(body.len() as u32 + 4).to_be_bytes());
    message.extend_from_slice(body);
    message
}

pub(super) async fn read(wire: &mut Wire, trace: &mut Trace) -> Result<Message, Fault> {
    // What is no such message is better shown with its beginning than by a length that makes no
    // sense.
    let seen = wire.peek(trace).await?.to_vec();
    if !seen.first().is_some_and(u8::is_ascii_alphabetic) {
        return Err(wire.not_spoken(&seen));
    }
    let head = wire.exactly(5, trace).await?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    let rest = length.checked_sub(4).filter(|rest| *rest <= LONGEST);
    let rest = rest.ok_or_else(|| wire.not_spoken(&seen))?;
    Ok(Message { kind: head[0], body: wire.exactly(rest, trace).await? })
}

/// ErrorResponse.
pub(super) struct Error {
    /// SQLSTATE: <https://www.postgresql.org/docs/current/errcodes-appendix.html>
    code: String,
    message: String,
}

pub(super) fn error_of(body: &[u8]) -> Error {
    let field = |name: u8| {
        let mut fields = body.split(|byte| *byte == 0);
        fields.find_map(|field| field.strip_prefix(&[name])).map(word).unwrap_or_default()
    };
    Error { code: field(b'C'), message: field(b'M') }
}

impl Error {
    /// Who logs in is wrong, or where to; the server is well.
    pub(super) fn is_about_login(&self) -> bool {
        self.code.starts_with("28") || self.code == "3D000"
    }

    pub(super) fn fault(&self) -> Fault {
        let meaning = match self.code.as_str() {
            "57P03" => "PostgreSQL takes no connections yet",
            "53300" => "PostgreSQL has no connection left",
            _ if self.is_about_login() => "PostgreSQL refuses the login",
            _ => "PostgreSQL answers with an error",
        };
        Fault::Rejected { what: format!("{meaning}: {self}") }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}
