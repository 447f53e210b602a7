//! IMAP (RFC 9051, RFC 3501).

use super::super::wire::Wire;
use super::{MOST_LINES, Reply, line};
use crate::fault::Fault;
use crate::trace::Trace;

/// Reads the greeting.
pub(super) async fn greeting(wire: &mut Wire, trace: &mut Trace) -> Result<String, Fault> {
    let line = line(wire, trace).await?;
    if begins(&line, "* OK") || begins(&line, "* PREAUTH") {
        Ok(line)
    } else if begins(&line, "* BYE") {
        Err(Fault::Rejected { what: format!("the mail server turns us away: {line}") })
    } else {
        Err(wire.not_spoken(line.as_bytes()))
    }
}

/// As far as TLS may begin.
pub(super) async fn starttls(wire: &mut Wire, trace: &mut Trace) -> Result<(), Fault> {
    wire.send(b"a1 CAPABILITY\r\n", trace).await?;
    let capabilities = reply(wire, "a1", "refuses CAPABILITY", trace).await?;
    if !capabilities
        .iter()
        .any(|line| line.split(' ').any(|word| word.eq_ignore_ascii_case("STARTTLS")))
    {
        return Err(Fault::Rejected { what: String::from("the mail server offers no STARTTLS") });
    }
    wire.send(b"a2 STARTTLS\r\n", trace).await?;
    reply(wire, "a2", "refuses STARTTLS", trace).await?;
    Ok(())
}

/// Asks what it can.
pub(super) async fn capabilities(
    wire: &mut Wire,
    into: &mut Reply,
    trace: &mut Trace,
) -> Result<(), Fault> {
    wire.send(b"a3 CAPABILITY\r\n", trace).await?;
    into.lines.extend(reply(wire, "a3", "refuses CAPABILITY", trace).await?);
    Ok(())
}

/// What comes before the line with this tag, which has to be OK.
async fn reply(
    wire: &mut Wire,
    tag: &str,
    refusal: &str,
    trace: &mut Trace,
) -> Result<Vec<String>, Fault> {
    let mut lines = Vec::new();
    for _ in 0..MOST_LINES {
        let line = line(wire, trace).await?;
        if begins(&line, "* BYE") {
            return Err(Fault::Rejected { what: format!("the mail server hangs up: {line}") });
        }
        let Some(result) = line.strip_prefix(tag) else {
            if !line.starts_with("* ") {
                return Err(wire.not_spoken(line.as_bytes()));
            }
            lines.push(line);
            continue;
        };
        return if begins(result, " OK") {
            Ok(lines)
        } else {
            Err(Fault::Rejected { what: format!("the mail server {refusal}: {line}") })
        };
    }
    Err(wire.malformed("a reply without end"))
}

fn begins(line: &str, with: &str) -> bool {
    line.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
}
