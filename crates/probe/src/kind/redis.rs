//! PING of Redis and Valkey.
//!
//! <https://redis.io/docs/latest/develop/reference/protocol-spec/>

use super::wire::{Wire, wish};
use crate::answer::Answer;
use crate::fault::Fault;
use crate::net::Way;
use crate::probe::Redis;
use crate::text::clean_bytes;
use crate::trace::Trace;

const PROTOCOL: &str = "Redis";

/// Without a password, that one is wanted is an answer.
pub(super) async fn ask(redis: &Redis, way: Way<'_>, trace: &mut Trace) -> Result<Answer, Fault> {
    let mut wire = Wire::connect(&redis.place, PROTOCOL, way, trace).await?;
    if redis.tls {
        wire = wire.tls(wish(&redis.place, redis.insecure), way, trace).await?;
    }
    if let Some(password) = &redis.password {
        let command = match &redis.user {
            Some(user) => command(&["AUTH", user, password]),
            None => command(&["AUTH", password]),
        };
        wire.send(&command, trace).await?;
        if let Reply::Error(why) = reply(&mut wire, trace).await? {
            return Err(Fault::Rejected { what: format!("Redis refuses the password: {why}") });
        }
    }
    wire.send(&command(&["PING"]), trace).await?;
    let body = match reply(&mut wire, trace).await? {
        Reply::Simple(text) if text == "PONG" => text,
        Reply::Simple(text) => return Err(wire.not_spoken(text.as_bytes())),
        Reply::Error(why) if why.starts_with("NOAUTH") && redis.password.is_none() => why,
        Reply::Error(why) => return Err(Fault::Rejected { what: refusal(&why) }),
    };
    wire.leave(&command(&["QUIT"])).await;
    Ok(Answer { body: body.into_bytes(), protocol: PROTOCOL.to_owned(), ..Answer::default() })
}

fn refusal(why: &str) -> String {
    let meaning = match why.split(' ').next() {
        Some("LOADING") => "Redis is still loading its data",
        Some("MASTERDOWN") => "this replica of Redis has lost its master",
        Some("DENIED") => "Redis runs in protected mode and answers only its own machine",
        Some("NOAUTH") => "Redis wants a password all the same",
        Some("NOPERM") => "this user of Redis may not PING",
        _ => return format!("Redis answers with an error: {why}"),
    };
    format!("{meaning}: {why}")
}

/// A command as an array of bulk strings.
fn command(words: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
    }
    bytes
}

enum Reply {
    Simple(String),
    /// Its first word says which.
    Error(String),
}

async fn reply(wire: &mut Wire, trace: &mut Trace) -> Result<Reply, Fault> {
    let line = wire.line(trace).await?;
    match line.split_first() {
        Some((b'+', text)) => Ok(Reply::Simple(clean_bytes(text, 200))),
        Some((b'-', text)) => Ok(Reply::Error(clean_bytes(text, 200))),
        _ => Err(wire.not_spoken(&line)),
    }
}
