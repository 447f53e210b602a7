//! Does MySQL or MariaDB answer as such?
//!
//! <https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html>

mod login;
mod packet;
mod password;

use packet::{Greeting, error_of};

use super::wire::{Wire, wish};
use crate::answer::Answer;
use crate::fault::Fault;
use crate::net::Way;
use crate::probe::Database;
use crate::text::clean_bytes;
use crate::trace::Trace;

const PROTOCOL: &str = "MySQL";

// Capabilities of a client.
const LONG_PASSWORD: u32 = 0x1;
const CONNECT_WITH_DB: u32 = 0x8;
const PROTOCOL_41: u32 = 0x200;
const SSL: u32 = 0x800;
const SECURE_CONNECTION: u32 = 0x8000;
const PLUGIN_AUTH: u32 = 0x8_0000;

/// The body is the server's version.
///
/// Who hangs up after the greeting counts as a failed handshake, and after `max_connect_errors`
/// (100) of those in a row the server blocks the host (error 1129). So without a user we log in as
/// one named `nightkeep`, which need not be there: that it is refused is an answer, and ends the
/// handshake in order. The server may write a line about it to its log; whoever minds makes that
/// user, without any right, and names it.
pub(super) async fn ask(
    database: &Database,
    way: Way<'_>,
    trace: &mut Trace,
) -> Result<Answer, Fault> {
    let mut wire = Wire::connect(&database.place, PROTOCOL, way, trace).await?;
    let (_, first) = packet::read(&mut wire, trace).await?;
    let answer = |version: String| Answer {
        body: version.into_bytes(),
        protocol: PROTOCOL.to_owned(),
        ..Answer::default()
    };
    if first[0] == 0xff {
        // It did not come to a greeting: this host may not even log in, or nobody can.
        let error = error_of(&first);
        let is_answer = database.user.is_none() && error.is_about_login();
        return if is_answer { Ok(answer(error.to_string())) } else { Err(error.fault()) };
    }
    let greeting = Greeting::read(&first).ok_or_else(|| wire.not_spoken(&first))?;
    let mut capabilities = LONG_PASSWORD | PROTOCOL_41 | SECURE_CONNECTION;
    capabilities |= greeting.capabilities & PLUGIN_AUTH;
    if database.user.is_some() && database.database.is_some() {
        capabilities |= CONNECT_WITH_DB;
    }
    let mut sequence = 1;
    if database.tls {
        if greeting.capabilities & SSL == 0 {
            return Err(Fault::Rejected { what: String::from("MySQL offers no TLS") });
        }
        capabilities |= SSL;
        packet::send(&mut wire, sequence, &packet::login_head(capabilities), trace).await?;
        sequence += 1;
        wire = wire.tls(wish(&database.place, database.insecure), way, trace).await?;
    }
    let refused =
        login::login(&mut wire, database, &greeting, capabilities, sequence, trace).await?;
    match refused {
        // COM_QUIT.
        None => wire.leave(&[1, 0, 0, 0, 1]).await,
        Some(error) if database.user.is_none() && error.is_about_login() => {}
        Some(error) => return Err(error.fault()),
    }
    Ok(answer(greeting.version))
}

/// What may be shown of a name or a word of the server.
fn word(bytes: &[u8]) -> String {
    clean_bytes(bytes, 200)
}
