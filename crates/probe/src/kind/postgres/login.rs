//! Logging in, up to ReadyForQuery.

use md5::{Digest as _, Md5};

use super::super::wire::Wire;
use super::message::{Message, error_of, password, read};
use super::scram::Scram;
use super::word;
use crate::fault::Fault;
use crate::probe::Database;
use crate::trace::Trace;

/// Messages until a session is ready: a parameter each.
const MOST_MESSAGES: usize = 200;

/// What is asked for, by the number in AuthenticationXxx.
fn number(wire: &Wire, body: &[u8]) -> Result<u32, Fault> {
    let number = body.first_chunk().map(|bytes| u32::from_be_bytes(*bytes));
    number.ok_or_else(|| wire.malformed("an authentication request without a method"))
}

/// The name of the method, as in pg_hba.conf.
pub(super) fn method(wire: &Wire, body: &[u8]) -> Result<String, Fault> {
    Ok(match number(wire, body)? {
        0 => String::from("trust"),
        2 => String::from("krb5"),
        3 => String::from("password"),
        5 => String::from("md5"),
        7 => String::from("gss"),
        9 => String::from("sspi"),
        10 => {
            let first = body[4..].split(|byte| *byte == 0).next().map(word);
            first.unwrap_or_default().to_ascii_lowercase()
        }
        other => format!("authentication method {other}"),
    })
}

/// Logs in. The server's version.
pub(super) async fn login(
    wire: &mut Wire,
    database: &Database,
    user: &str,
    trace: &mut Trace,
) -> Result<String, Fault> {
    let mut version = String::from("PostgreSQL");
    let mut scram: Option<Scram> = None;
    let mut is_in = false;
    for _ in 0..MOST_MESSAGES {
        let Message { kind, body } = read(wire, trace).await?;
        match (kind, is_in) {
            (b'E', _) => return Err(error_of(&body).fault()),
            (b'R', false) => {
                is_in = authenticate(wire, database, user, &body, &mut scram, trace).await?;
            }
            (b'S', _) => {
                if let Some(is) = body.strip_prefix(b"server_version\0") {
                    version = word(is.split(|byte| *byte == 0).next().unwrap_or_default());
                }
            }
            (b'Z', true) => return Ok(version),
            // NoticeResponse, NegotiateProtocolVersion, BackendKeyData.
            (b'N' | b'v', _) | (b'K', true) => {}
            _ => return Err(wire.malformed("a message that has no place in a login")),
        }
    }
    Err(wire.malformed("a login without end"))
}

/// Answers a request for authentication. True: we are in.
async fn authenticate(
    wire: &mut Wire,
    database: &Database,
    user: &str,
    body: &[u8],
    scram: &mut Option<Scram>,
    trace: &mut Trace,
) -> Result<bool, Fault> {
    let number = number(wire, body)?;
    let data = &body[4..];
    if number == 0 {
        // Whoever began to prove that he knows the password has to end it: else he does not.
        return match scram {
            Some(scram) if !scram.is_proven() => {
                Err(wire.malformed("the server did not prove that it knows the password"))
            }
            _ => Ok(true),
        };
    }
    let Some(secret) = &database.password else {
        let what = format!("PostgreSQL wants a password ({})", method(wire, body)?);
        return Err(Fault::Rejected { what });
    };
    match number {
        3 if !database.tls && !trace.address.is_some_and(|at| at.ip().is_loopback()) => {
            return Err(Fault::Rejected {
                what: String::from(
                    "PostgreSQL wants the password in clear text without TLS; it was not sent",
                ),
            });
        }
        3 => wire.send(&password(&terminated(secret)), trace).await?,
        5 => {
            let salt =
                data.get(..4).ok_or_else(|| wire.malformed("an MD5 request without salt"))?;
            wire.send(&password(&terminated(&md5(user, secret, salt))), trace).await?;
        }
        10 => {
            if !data.split(|byte| *byte == 0).any(|mechanism| mechanism == b"SCRAM-SHA-256") {
                let what = format!(
                    "PostgreSQL wants a login by {}, which is not known here",
                    method(wire, body)?
                );
                return Err(Fault::Rejected { what });
            }
            let begun = Scram::new()?;
            wire.send(&password(&begun.initial_response()), trace).await?;
            *scram = Some(begun);
        }
        11 | 12 => {
            let Some(scram) = scram else {
                return Err(wire.malformed("SASL goes on without having begun"));
            };
            let text =
                std::str::from_utf8(data).map_err(|_| wire.malformed("SASL that is no text"))?;
            if number == 11 {
                let proof = scram.prove(secret, text).map_err(|what| wire.malformed(what))?;
                wire.send(&password(proof.as_bytes()), trace).await?;
            } else {
                scram.verify(text).map_err(|what| wire.malformed(what))?;
            }
        }
        _ => {
            let what = format!(
                "PostgreSQL wants a login by {}, which is not known here",
                method(wire, body)?
            );
            return Err(Fault::Rejected { what });
        }
    }
    Ok(false)
}

fn terminated(text: &str) -> Vec<u8> {
    text.bytes().filter(|byte| *byte != 0).chain([0]).collect()
}

/// `md5` and the digest of (the digest of password and name) and salt.
fn md5(user: &str, password: &str, salt: &[u8]) -> String {
    let inner = format!("{:x}", Md5::new().chain_update(password).chain_update(user).finalize());
    format!("md5{:x}", Md5::new().chain_update(inner).chain_update(salt).finalize())
}

#[cfg(test)]
mod tests {
    /// Computed with md5sum.
    #[test]
    fn md5_of_a_known_password() {
        let hashed = super::md5("alice", "secret", &[1, 2, 3, 4]);
        assert_eq!(hashed, "md598a0412b9c31436fc53776e863350083");
    }
}
