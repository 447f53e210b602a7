//! Answering for a user until the server says yes or no.

use super::super::wire::Wire;
use super::packet::{Error, Greeting, error_of, login_head, read, send, until_nul};
use super::password::{caching_sha2, native};
use super::{CONNECT_WITH_DB, PLUGIN_AUTH, word};
use crate::fault::Fault;
use crate::probe::Database;
use crate::trace::Trace;

/// Answers of the server until it is decided.
const MOST_ANSWERS: usize = 10;

/// Logs in. `sequence` is the number of our first packet. The error with which the server refuses.
pub(super) async fn login(
    wire: &mut Wire,
    database: &Database,
    greeting: &Greeting,
    capabilities: u32,
    sequence: u8,
    trace: &mut Trace,
) -> Result<Option<Error>, Fault> {
    // Without a user there is nothing to prove.
    let password =
        database.password.as_deref().filter(|_| database.user.is_some()).unwrap_or_default();
    let mut plugin = greeting.plugin.clone();
    if capabilities & PLUGIN_AUTH == 0 {
        plugin = String::from("mysql_native_password");
    }
    let mut response = login_head(capabilities);
    response.extend(terminated(database.user.as_deref().unwrap_or("nightkeep")));
    // Of a plugin that is not known here the server is told by another one; it will ask again.
    let first = proof(&plugin, password, &greeting.salt).unwrap_or_default();
    response.push(first.len() as u8);
    response.extend_from_slice(&first);
    if capabilities & CONNECT_WITH_DB != 0 {
        response.extend(terminated(database.database.as_deref().unwrap_or_default()));
    }
    if capabilities & PLUGIN_AUTH != 0 {
        response.extend(terminated(&plugin));
    }
    send(wire, sequence, &response, trace).await?;
    for _ in 0..MOST_ANSWERS {
        let (sequence, payload) = read(wire, trace).await?;
        let next = sequence.wrapping_add(1);
        match payload.split_first() {
            Some((0x00, _)) => return Ok(None),
            Some((0xff, _)) => return Ok(Some(error_of(&payload))),
            // AuthSwitchRequest.
            Some((0xfe, request)) => {
                let (name, salt) = until_nul(request).ok_or_else(|| old(wire))?;
                plugin = word(name);
                let salt = salt.strip_suffix(&[0]).unwrap_or(salt);
                let answer = match plugin.as_str() {
                    "mysql_clear_password" | "dialog" if database.tls => {
                        terminated(password).collect()
                    }
                    _ => proof(&plugin, password, salt).ok_or_else(|| unknown(&plugin))?,
                };
                send(wire, next, &answer, trace).await?;
            }
            // AuthMoreData of caching_sha2_password: 3 is yes, an OK follows; 4 wants the password
            // itself, which goes only over TLS.
            Some((0x01, [3])) => {}
            Some((0x01, [4])) if database.tls => {
                let answer: Vec<u8> = terminated(password).collect();
                send(wire, next, &answer, trace).await?;
            }
            Some((0x01, [4])) => {
                return Err(Fault::Rejected {
                    what: String::from(
                        "MySQL wants the password itself (caching_sha2_password): sent only over TLS",
                    ),
                });
            }
            _ => return Err(wire.malformed("a packet that has no place in a login")),
        }
    }
    Err(wire.malformed("a login without end"))
}

/// None: the plugin is not known here.
fn proof(plugin: &str, password: &str, salt: &[u8]) -> Option<Vec<u8>> {
    match plugin {
        _ if password.is_empty() => Some(Vec::new()),
        "mysql_native_password" => Some(native(password, salt)),
        "caching_sha2_password" => Some(caching_sha2(password, salt)),
        _ => None,
    }
}

fn unknown(plugin: &str) -> Fault {
    Fault::Rejected { what: format!("MySQL wants a login by {plugin}, which is not known here") }
}

/// Passwords of before MySQL 4.1.
fn old(wire: &Wire) -> Fault {
    wire.malformed("a login as of before MySQL 4.1 is wanted")
}

fn terminated(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().filter(|byte| *byte != 0).chain([0])
}
