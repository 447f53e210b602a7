//! SMTP (RFC 5321, STARTTLS: RFC 3207).

use super::super::wire::Wire;
use super::{MOST_LINES, Reply, line};
use crate::fault::Fault;
use crate::trace::Trace;

/// We have no name that would matter here: an address in brackets stands for it (RFC 5321, 4.1.3).
const EHLO: &[u8] = b"EHLO [127.0.0.1]\r\n";

/// Reads the greeting.
pub(super) async fn greeting(wire: &mut Wire, trace: &mut Trace) -> Result<Vec<String>, Fault> {
    let (code, lines) = reply(wire, trace).await?;
    match code {
        220 => Ok(lines),
        _ => Err(refused("turns us away", &lines)),
    }
}

/// As far as TLS may begin.
pub(super) async fn starttls(wire: &mut Wire, trace: &mut Trace) -> Result<(), Fault> {
    let lines = ehlo(wire, trace).await?;
    if !lines.iter().any(|line| line[4..].trim().eq_ignore_ascii_case("STARTTLS")) {
        return Err(Fault::Rejected { what: String::from("the mail server offers no STARTTLS") });
    }
    wire.send(b"STARTTLS\r\n", trace).await?;
    match reply(wire, trace).await? {
        (220, _) => Ok(()),
        (_, lines) => Err(refused("refuses STARTTLS", &lines)),
    }
}

/// Asks what it can.
pub(super) async fn capabilities(
    wire: &mut Wire,
    into: &mut Reply,
    trace: &mut Trace,
) -> Result<(), Fault> {
    into.lines.extend(ehlo(wire, trace).await?);
    into.code = Some(250);
    Ok(())
}

async fn ehlo(wire: &mut Wire, trace: &mut Trace) -> Result<Vec<String>, Fault> {
    wire.send(EHLO, trace).await?;
    match reply(wire, trace).await? {
        (250, lines) => Ok(lines),
        (_, lines) => Err(refused("refuses EHLO", &lines)),
    }
}

fn refused(how: &str, lines: &[String]) -> Fault {
    Fault::Rejected {
        what: format!("the mail server {how}: {}", lines.first().map_or("", String::as_str)),
    }
}

/// A reply of one or more lines, each with its code and at least a space behind it.
async fn reply(wire: &mut Wire, trace: &mut Trace) -> Result<(u16, Vec<String>), Fault> {
    let mut lines = Vec::new();
    let mut first = None;
    for _ in 0..MOST_LINES {
        let mut line = line(wire, trace).await?;
        let code = line
            .get(..3)
            .filter(|code| code.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|c| c.parse().ok());
        let code: u16 = code.ok_or_else(|| wire.not_spoken(line.as_bytes()))?;
        if code != *first.get_or_insert(code) {
            return Err(wire.malformed("the lines of a reply have different codes"));
        }
        let more = match line.as_bytes().get(3) {
            Some(b'-') => true,
            Some(b' ') => false,
            None => {
                line.push(' ');
                false
            }
            Some(_) => return Err(wire.not_spoken(line.as_bytes())),
        };
        lines.push(line);
        if !more {
            return Ok((code, lines));
        }
    }
    Err(wire.malformed("a reply without end"))
}
