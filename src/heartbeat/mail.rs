//! Calls by mail, to `UUID@domain` or `PING_KEY+SLUG@domain`. A mail says that all went well, unless
//! the check decides by the words in it.
//!
//! As Healthchecks has it (v3.13, `smtpd.py`). Where we differ:
//! - The domain may be written in capitals, and the sender may be `<>`, as that of a machine's own
//!   mails is.
//! - A text is read in the charset it says it is in: there, letters sent as 8 bits are lost.
//! - A message without headers is text: there, nothing is looked for in it.
//! - `<br>` parts two words: there, they become one.
//! - Words are looked for in the first 256 KiB, which are all that is kept in memory.
//! - What is told of a failure is the mail's subject.

pub mod address;
mod html;
mod words;

use std::net::IpAddr;

use jiff::Timestamp;

pub use words::Words;

use super::book::{Book, Id, Ping};
use super::contract::{BODY_LIMIT, Caller, Kind, Whom};
use super::definition::Filter;
use crate::model::text;

/// Bytes of a message that are kept and searched for words.
pub const KEPT: usize = 256 * 1024;
/// Characters of a sender that are kept.
const FROM: usize = 180;

/// A mail that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mail {
    /// Whom it says it is from; empty for what machines send by themselves.
    pub from: String,
    /// The checks it is for.
    pub to: Vec<Whom>,
    /// The message with its headers, at most `KEPT` bytes of it.
    pub message: Vec<u8>,
}

impl Mail {
    /// Does a check it is for decide by the words in it?
    pub fn is_read(&self, book: &Book) -> bool {
        let filters = self.ids(book).filter_map(|id| Some(&book.get(id)?.definition.filter));
        filters.into_iter().any(|filter| filter.subject || filter.body)
    }

    /// Calls the checks it is for. Those that are not there, or of which there are two, are left
    /// out.
    pub fn hear(&self, book: &mut Book, words: &Words, remote: Option<IpAddr>, now: Timestamp) {
        let from = text::clean(&self.from, FROM);
        let caller = Caller {
            scheme: String::from("email"),
            remote,
            agent: format!("Email from {}", if from.is_empty() { "<>" } else { &from }),
            ..Caller::default()
        };
        let body = &self.message[..self.message.len().min(BODY_LIMIT)];
        for id in self.ids(book).collect::<Vec<_>>() {
            let Some(check) = book.get(id) else { continue };
            let kind = kind(&check.definition.filter, words);
            let said = words.subject.as_bytes();
            book.hear(id, &Ping { kind, exit: None, rid: None, caller: &caller, body, said }, now);
        }
    }

    fn ids(&self, book: &Book) -> impl Iterator<Item = Id> {
        self.to.iter().filter_map(|whom| book.find(whom).ok())
    }
}

/// What a mail with these words says. Its method is none, so `only_post` does not mean it.
fn kind(filter: &Filter, words: &Words) -> Kind {
    let (subject, text) = (&words.subject, &words.text);
    match (filter.subject, filter.body) {
        (false, false) => Kind::Success,
        (true, false) => filter.kind(subject.as_bytes()),
        (false, true) => filter.kind(text.as_bytes()),
        (true, true) => filter.kind(format!("{subject}\n{text}").as_bytes()),
    }
}

#[cfg(test)]
mod tests;
