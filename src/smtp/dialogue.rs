//! The words of SMTP (RFC 5321) that it takes to be brought a mail. Pure: lines in, answers out.

use crate::heartbeat::mail::address::{self, NotHere};
use crate::heartbeat::mail::{KEPT, Mail};

/// Bytes of a message; more is refused. As much as Healthchecks takes.
pub(super) const SIZE: usize = 32 << 20;
/// Recipients of one mail.
const RECIPIENTS: usize = 100;
/// Commands that were no good; then the connection ends.
const MISTAKES: u32 = 20;
/// Bytes of a command.
const COMMAND: usize = 1000;

const TOO_LARGE: &str = "552 5.3.4 Error: message too large";

/// A conversation with whoever brings mails.
#[derive(Debug)]
pub(super) struct Dialogue {
    domain: String,
    is_greeted: bool,
    /// The mail that is being brought.
    mail: Option<Mail>,
    /// Bytes that came of its message, while it comes.
    came: Option<usize>,
    mistakes: u32,
}

/// What follows a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Say {
    /// This answer.
    Line(String),
    /// Nothing: more of the message comes.
    Nothing,
    /// The mail is whole: once it is durable `TAKEN` is the answer, else `NOT_TAKEN`.
    Take(Mail),
    /// This answer, and the connection ends.
    End(String),
}

/// A mail is durable.
pub(super) const TAKEN: &str = "250 OK";
/// It could not be made durable: whoever brought it tries again.
pub(super) const NOT_TAKEN: &str = "451 4.3.0 It could not be written down: try again";

impl Dialogue {
    /// A conversation about mails for this domain.
    pub(super) fn new(domain: &str) -> Self {
        let domain = domain.to_owned();
        Self { domain, is_greeted: false, mail: None, came: None, mistakes: 0 }
    }

    /// The first line.
    pub(super) fn greeting(&self) -> String {
        format!("220 {} nightkeep", self.domain)
    }

    /// What follows a line, which is without its end.
    pub(super) fn hear(&mut self, line: &[u8]) -> Say {
        match self.came {
            Some(came) => self.message(line, came),
            None => self.command(line),
        }
    }

    fn command(&mut self, line: &[u8]) -> Say {
        if line.len() > COMMAND {
            return self.mistake("500 5.5.2 Error: line too long");
        }
        let Ok(line) = std::str::from_utf8(line) else {
            return self.mistake("500 5.5.2 Error: bad syntax");
        };
        let line = line.trim_end();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word.to_ascii_uppercase().as_str() {
            "HELO" | "EHLO" if rest.trim().is_empty() => {
                self.mistake("501 5.5.4 Syntax: EHLO hostname")
            }
            "HELO" => self.greet(format!("250 {}", self.domain)),
            "EHLO" => {
                let domain = &self.domain;
                self.greet(format!("250-{domain}\r\n250-SIZE {SIZE}\r\n250 8BITMIME"))
            }
            "MAIL" => self.mail(rest),
            "RCPT" => self.recipient(rest),
            "DATA" => match &self.mail {
                Some(mail) if !mail.to.is_empty() => {
                    self.came = Some(0);
                    line_of("354 End data with <CR><LF>.<CR><LF>")
                }
                _ => self.mistake("503 5.5.1 Error: need RCPT command"),
            },
            "RSET" => {
                self.mail = None;
                line_of("250 OK")
            }
            "NOOP" => line_of("250 OK"),
            "VRFY" => line_of("252 2.5.2 Send it, and it will be seen"),
            "QUIT" => Say::End(String::from("221 Bye")),
            _ => self.mistake("500 5.5.1 Error: command not recognized"),
        }
    }

    fn greet(&mut self, answer: String) -> Say {
        (self.is_greeted, self.mail) = (true, None);
        Say::Line(answer)
    }

    fn mail(&mut self, rest: &str) -> Say {
        if !self.is_greeted {
            return self.mistake("503 5.5.1 Error: send HELO first");
        }
        if self.mail.is_some() {
            return self.mistake("503 5.5.1 Error: nested MAIL command");
        }
        let Some((from, parameters)) = address_in(rest, "FROM:") else {
            return self.mistake("501 5.5.4 Syntax: MAIL FROM: <address>");
        };
        let size = parameters.split(' ').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.eq_ignore_ascii_case("SIZE").then(|| value.parse().unwrap_or(usize::MAX))
        });
        if size.is_some_and(|size| size > SIZE) {
            return line_of(TOO_LARGE);
        }
        self.mail = Some(Mail { from: from.to_owned(), ..Mail::default() });
        line_of("250 OK")
    }

    fn recipient(&mut self, rest: &str) -> Say {
        let Some(mail) = &mut self.mail else {
            return self.mistake("503 5.5.1 Error: need MAIL command");
        };
        let Some((to, _)) = address_in(rest, "TO:") else {
            return self.mistake("501 5.5.4 Syntax: RCPT TO: <address>");
        };
        if mail.to.len() >= RECIPIENTS {
            return line_of("452 4.5.3 Error: too many recipients");
        }
        match address::read(to, &self.domain) {
            // Whether there is such a check is not told: nobody shall find them by asking.
            Ok(whom) => {
                mail.to.push(whom);
                line_of("250 OK")
            }
            Err(NotHere::Domain) => self.mistake("550 5.1.1 Recipient rejected"),
            Err(NotHere::Mailbox) => self.mistake("550 5.1.1 Invalid mailbox"),
        }
    }

    /// A line of the message; one with nothing but a dot ends it.
    fn message(&mut self, line: &[u8], came: usize) -> Say {
        if line == b"." {
            self.came = None;
            return match self.mail.take() {
                Some(mail) if came <= SIZE => Say::Take(mail),
                _ => line_of(TOO_LARGE),
            };
        }
        let line = line.strip_prefix(b".").unwrap_or(line);
        // What is too much is heard to its end, so that whoever brings it hears why.
        self.came = Some(came.saturating_add(line.len() + 2));
        if let Some(Mail { message, .. }) = &mut self.mail {
            for part in [line, b"\r\n"] {
                let room = KEPT - message.len();
                message.extend_from_slice(&part[..part.len().min(room)]);
            }
        }
        Say::Nothing
    }

    fn mistake(&mut self, answer: &str) -> Say {
        self.mistakes += 1;
        if self.mistakes > MISTAKES {
            return Say::End(String::from("421 4.7.0 Too many errors"));
        }
        line_of(answer)
    }
}

fn line_of(answer: &str) -> Say {
    Say::Line(answer.to_owned())
}

/// The address after `FROM:` or `TO:`, and what follows it.
fn address_in<'a>(rest: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let (start, rest) = rest.trim_start().split_at_checked(word.len())?;
    if !start.eq_ignore_ascii_case(word) {
        return None;
    }
    let rest = rest.trim_start();
    match rest.strip_prefix('<') {
        Some(rest) => rest.split_once('>'),
        None => Some(rest.split_once(' ').unwrap_or((rest, ""))),
    }
}

#[cfg(test)]
mod tests;
