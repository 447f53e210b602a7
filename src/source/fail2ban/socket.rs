//! fail2ban's socket, for root: jails and bans as they are now.
//!
//! Python's pickle both ways. We send protocol 0, which is text; of the answers only those calls
//! are asked that construct no objects, and the reader knows no opcode that could.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::model::text::visible;
use crate::source::Blind;

/// Where fail2ban listens, unless its config says otherwise.
pub const SOCKET: &str = "/run/fail2ban/fail2ban.sock";
const END: &[u8] = b"<F2B_END_COMMAND>";
const DEADLINE: Duration = Duration::from_secs(3);
/// A longer answer is refused; a thousand bans are a tenth of it.
const LONGEST: u64 = 1 << 20;
/// Lists in lists deeper than this are refused.
const DEEPEST: usize = 32;

/// An address that is banned now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ban {
    /// By which jail.
    pub jail: String,
    /// Which.
    pub address: String,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Until when; none: for good.
    pub until: Option<Timestamp>,
}

/// The jails by name, and everybody who is banned now.
///
/// # Errors
/// When fail2ban is not running, does not answer in three seconds, or only root may ask.
pub fn bans(socket: &Path) -> Result<(Vec<String>, Vec<Ban>), Blind> {
    let ask = |words: &[&str]| ask(socket, words).map_err(|error| blind(socket, &error));
    let status = ask(&["status"])?;
    let list = status.find("Jail list").and_then(Value::text).unwrap_or_default().to_owned();
    let jails: Vec<_> = list.split(',').map(str::trim).filter(|jail| !jail.is_empty()).collect();
    let mut bans = Vec::new();
    for jail in &jails {
        let banned = ask(&["get", jail, "banip", "--with-time"])?;
        for line in banned.items().iter().filter_map(Value::text) {
            bans.extend(ban(jail, line));
        }
    }
    Ok((jails.into_iter().map(|jail| visible(jail, 64)).collect(), bans))
}

fn blind(socket: &Path, error: &io::Error) -> Blind {
    let socket = socket.display();
    let mend = match error.kind() {
        io::ErrorKind::PermissionDenied => "sudo nightkeep bans",
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => "systemctl start fail2ban",
        _ => "fail2ban-client ping",
    };
    Blind { why: format!("fail2ban does not answer at {socket}: {error}"), mend: mend.to_owned() }
}

/// `203.0.113.5 \t2026-11-23 03:51:38 + 600 = 2026-11-23 04:01:38`, in local time.
fn ban(jail: &str, line: &str) -> Option<Ban> {
    let (address, times) = line.split_once('\t').unwrap_or((line, ""));
    let (since, until) = times.split_once(" + ").unwrap_or((times, ""));
    let until = until.split_once(" = ").map_or("", |(_, until)| until);
    let time = |text: &str| {
        let civil = DateTime::strptime("%Y-%m-%d %H:%M:%S", text.trim()).ok()?;
        // A ban for good is until the year 9999.
        TimeZone::system().to_timestamp(civil).ok().filter(|_| civil.year() < 9999)
    };
    let address = visible(address.trim(), 64);
    (!address.is_empty()).then(|| Ban {
        jail: visible(jail, 64),
        address,
        since: time(since),
        until: time(until),
    })
}

fn ask(socket: &Path, words: &[&str]) -> io::Result<Value> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.set_write_timeout(Some(DEADLINE))?;
    let mut question = b"(l".to_vec();
    for word in words {
        // Names of jails come from fail2ban; a newline would end the word.
        let word: String = word.chars().filter(|c| !c.is_control() && *c != '\\').collect();
        question.extend(format!("V{word}\na").bytes());
    }
    question.push(b'.');
    question.extend(END);
    stream.write_all(&question)?;
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    while !answer.ends_with(END) {
        let read = stream.read(&mut part)?;
        if read == 0 || answer.len() as u64 > LONGEST {
            return Err(io::Error::other("its answer cannot be read"));
        }
        answer.extend_from_slice(&part[..read]);
    }
    answer.truncate(answer.len() - END.len());
    match unpickle(&answer) {
        Some(Value::List(mut reply)) if reply.len() == 2 && reply[0] == Value::Number(0) => {
            Ok(reply.swap_remove(1))
        }
        _ => Err(io::Error::other("it refused or answered something else")),
    }
}

/// What an answer is made of. Tuples are lists.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    None,
    Number(i64),
    Text(String),
    List(Vec<Value>),
}

impl Value {
    fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// The value beside a name, in lists of pairs.
    fn find(&self, name: &str) -> Option<&Self> {
        self.items().iter().find_map(|item| match item.items() {
            [key, value] if key.text() == Some(name) => Some(value),
            _ => item.find(name),
        })
    }

    fn depth(&self) -> usize {
        1 + self.items().iter().map(Self::depth).max().unwrap_or(0)
    }
}

/// Reads a pickle of numbers, texts, lists and tuples; none if there is anything else in it.
/// Opcodes by Python's `pickletools`.
fn unpickle(bytes: &[u8]) -> Option<Value> {
    let (mut stack, mut marks, mut memo) = (Vec::<Value>::new(), Vec::new(), Vec::<Value>::new());
    let mut rest = bytes;
    let take = |rest: &mut &[u8], n: usize| -> Option<Vec<u8>> {
        let (taken, left) = rest.split_at_checked(n)?;
        *rest = left;
        Some(taken.to_vec())
    };
    let number =
        |bytes: &[u8]| bytes.iter().rev().fold(0i64, |sum, byte| (sum << 8) | i64::from(*byte));
    let mut copied = 0usize;
    loop {
        match take(&mut rest, 1)?[0] {
            // PROTO, FRAME
            0x80 => drop(take(&mut rest, 1)?),
            0x95 => drop(take(&mut rest, 8)?),
            // BININT1, BININT2, BININT
            b'K' => stack.push(Value::Number(number(&take(&mut rest, 1)?))),
            b'M' => stack.push(Value::Number(number(&take(&mut rest, 2)?))),
            b'J' => {
                let bytes = take(&mut rest, 4)?;
                stack.push(Value::Number(i64::from(i32::from_le_bytes(*bytes.first_chunk()?))));
            }
            b'N' => stack.push(Value::None),
            // SHORT_BINUNICODE, BINUNICODE
            code @ (0x8c | b'X') => {
                let length = number(&take(&mut rest, if code == 0x8c { 1 } else { 4 })?);
                let text = take(&mut rest, usize::try_from(length).ok()?)?;
                stack.push(Value::Text(String::from_utf8_lossy(&text).into_owned()));
            }
            b']' | b')' => stack.push(Value::List(Vec::new())),
            b'(' => marks.push(stack.len()),
            // APPENDS, TUPLE
            code @ (b'e' | b't') => {
                let mark = marks.pop().filter(|mark| *mark <= stack.len())?;
                let items = stack.split_off(mark);
                if code == b't' {
                    stack.push(Value::List(items));
                } else {
                    let Some(Value::List(list)) = stack.last_mut() else { return None };
                    list.extend(items);
                }
            }
            b'a' => {
                let item = stack.pop()?;
                let Some(Value::List(list)) = stack.last_mut() else { return None };
                list.push(item);
            }
            // TUPLE1, TUPLE2, TUPLE3
            code @ 0x85..=0x87 => {
                let at = stack.len().checked_sub(usize::from(code - 0x84))?;
                let items = stack.split_off(at);
                stack.push(Value::List(items));
            }
            // MEMOIZE, BINGET, LONG_BINGET
            0x94 => {
                // A list that is remembered while it is empty is filled later; only texts and
                // numbers are fetched again in what we ask.
                memo.push(stack.last()?.clone());
            }
            code @ (b'h' | b'j') => {
                let at = number(&take(&mut rest, if code == b'h' { 1 } else { 4 })?);
                let value = memo.get(usize::try_from(at).ok()?)?.clone();
                copied += 1;
                if matches!(value, Value::List(_)) || copied > 100_000 {
                    return None;
                }
                stack.push(value);
            }
            b'.' => return stack.pop().filter(|value| value.depth() <= DEEPEST),
            _ => return None,
        }
        if stack.len() > 200_000 || memo.len() > 200_000 {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pickle_of_plain_things() {
        // pickle.dumps((0, [('Number of jail', 2), ('Jail list', 'sshd, recidive')]), 5)
        let bytes = b"\x80\x05\x95\x35\x00\x00\x00\x00\x00\x00\x00K\x00]\x94(\x8c\x0eNumber of jail\x94K\x02\x86\x94\x8c\tJail list\x94\x8c\x0esshd, recidive\x94\x86\x94e\x86\x94.";
        let value = unpickle(bytes).unwrap();
        assert_eq!(
            value.items()[1].find("Jail list").and_then(Value::text),
            Some("sshd, recidive")
        );
        // pickle.dumps(os.system) names a global: refused.
        assert_eq!(unpickle(b"\x80\x05\x8c\x05posix\x94\x8c\x06system\x94\x93\x94."), None);
    }

    #[test]
    fn a_ban_with_its_times() {
        let found =
            ban("sshd", "203.0.113.5 \t2026-11-23 03:51:38 + 600 = 2026-11-23 04:01:38").unwrap();
        assert_eq!(found.address, "203.0.113.5");
        assert_eq!(found.until.unwrap().duration_since(found.since.unwrap()).as_secs(), 600);
        let good =
            ban("sshd", "203.0.113.5 \t2026-11-23 03:51:38 + -1 = 9999-12-31 23:59:59").unwrap();
        assert_eq!(good.until, None);
    }

    proptest::proptest! {
        #[test]
        fn no_answer_makes_it_panic(bytes: Vec<u8>, code in "[KMJNX\\]\\)\\(etahj.]{0,40}") {
            unpickle(&bytes);
            unpickle(code.as_bytes());
        }
    }
}
