//! Who tries to get in: sshd's log, read once and kept, counted by address, network and name.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::clock;
use crate::source::Blind;
use crate::source::sshd::{Parts, Seen};

/// Failures that are kept, the newest.
const MOST: usize = 100_000;
/// So much of the past is read at once: whoever waits is asked after it.
const STEP: SignedDuration = SignedDuration::from_hours(6);
/// What is read is new enough for so long.
const FRESH: SignedDuration = SignedDuration::from_secs(60);
/// Names shown of those that were tried.
const NAMES: usize = 4;

/// What is known of tries, from a time until another.
#[derive(Debug, Default)]
pub(super) struct Tries {
    /// Goes on where it ended.
    parts: Parts,
    span: Option<(Timestamp, Timestamp)>,
    failures: VecDeque<Knock>,
    logins: VecDeque<Came>,
    words: Words,
    /// There were more than are kept.
    is_full: bool,
}

/// Tries that failed, with numbers for words.
#[derive(Debug, Clone, Copy)]
struct Knock {
    at: Timestamp,
    address: u32,
    user: u32,
    count: u32,
}

/// Somebody who came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Came {
    pub(super) at: Timestamp,
    pub(super) user: String,
    pub(super) address: String,
    /// Failed tries from there within the day before.
    pub(super) failures: u32,
}

/// Words, each once.
#[derive(Debug, Default)]
struct Words {
    numbers: HashMap<String, u32>,
    all: Vec<String>,
}

impl Words {
    fn number(&mut self, word: String) -> u32 {
        if let Some(number) = self.numbers.get(&word) {
            return *number;
        }
        let number = self.all.len() as u32;
        self.all.push(word.clone());
        self.numbers.insert(word, number);
        number
    }

    fn word(&self, number: u32) -> &str {
        self.all.get(number as usize).map_or("", String::as_str)
    }
}

/// By what tries are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Address,
    Network,
    User,
}

impl By {
    pub(super) fn named(name: &str) -> Self {
        match name {
            "network" => Self::Network,
            "user" => Self::User,
            _ => Self::Address,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Network => "network",
            Self::User => "user",
        }
    }
}

/// The tries of one address, one network, or as one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) tries: u64,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    /// How many others belong to it: names tried, or addresses.
    pub(super) others: usize,
    /// The first of them.
    pub(super) named: Vec<String>,
    /// Who came in from there, or as that user, newest first.
    pub(super) came: Vec<Came>,
}

impl Row {
    /// How many of the others are not named.
    pub(super) fn unnamed(&self) -> usize {
        self.others.saturating_sub(self.named.len())
    }
}

/// What is said of a span.
#[derive(Debug, Clone, Default)]
pub(super) struct Counted {
    /// What was read begins there.
    pub(super) from: Option<Timestamp>,
    /// All of what was asked for was read.
    pub(super) is_whole: bool,
    pub(super) tries: u64,
    pub(super) addresses: usize,
    /// How many rows there are.
    pub(super) rows: usize,
    /// The first of them, most tries first.
    pub(super) top: Vec<Row>,
    /// Those who came in after five failed tries and more, newest first.
    pub(super) guessed: Vec<Came>,
}

impl Tries {
    /// Reads until now, and back to `since` as far as there is time; blocks.
    pub(super) fn reach(
        &mut self,
        since: Timestamp,
        now: Timestamp,
        patience: Duration,
    ) -> Result<(), Blind> {
        let deadline = clock::since_boot() + patience;
        match self.span {
            None => {
                let from = now.checked_sub(STEP).unwrap_or(since).max(since);
                let mut parts = Parts::default();
                self.read(&mut parts, from, now, true)?;
                (self.parts, self.span) = (parts, Some((from, now)));
            }
            Some((from, until)) if now.duration_since(until) > FRESH => {
                let mut parts = std::mem::take(&mut self.parts);
                self.read(&mut parts, until, now, true)?;
                (self.parts, self.span) = (parts, Some((from, now)));
            }
            Some(_) => {}
        }
        while let Some((from, until)) = self.span
            && from > since
            && !self.is_full
            && clock::since_boot() < deadline
        {
            let back = from.checked_sub(STEP).unwrap_or(since).max(since);
            self.read(&mut Parts::default(), back, from, false)?;
            self.span = Some((back, until));
        }
        Ok(())
    }

    /// Reads a part, and puts it at its end or before its beginning.
    fn read(
        &mut self,
        parts: &mut Parts,
        from: Timestamp,
        until: Timestamp,
        is_newer: bool,
    ) -> Result<(), Blind> {
        let (mut failures, mut logins) = (Vec::new(), Vec::new());
        let words = &mut self.words;
        parts.read(from, until, |seen| match seen {
            Seen::Failure(failure) => failures.push(Knock {
                at: failure.at,
                address: words.number(failure.address),
                user: words.number(failure.user),
                count: failure.count,
            }),
            Seen::Login(logged) => logins.push(Came {
                at: logged.at,
                user: logged.login.user,
                address: logged.login.address,
                failures: logged.failures,
            }),
            Seen::Ended { .. } => {}
        })?;
        if is_newer {
            self.failures.extend(failures);
            self.logins.extend(logins);
        } else {
            failures.into_iter().rev().for_each(|knock| self.failures.push_front(knock));
            logins.into_iter().rev().for_each(|came| self.logins.push_front(came));
        }
        self.is_full |= self.failures.len() > MOST;
        let over = self.failures.len().saturating_sub(MOST);
        self.failures.drain(..over);
        let over = self.logins.len().saturating_sub(MOST);
        self.logins.drain(..over);
        Ok(())
    }

    /// Counts since a time.
    pub(super) fn count(&self, by: By, since: Timestamp, holding: &str, most: usize) -> Counted {
        let begins = if self.is_full {
            self.failures.front().map(|knock| knock.at)
        } else {
            self.span.map(|(from, _)| from)
        };
        let within = || self.failures.iter().filter(|knock| knock.at >= since);
        let came = self.logins.iter().rev().filter(|came| came.at >= since);
        let came: Vec<&Came> = came.collect();
        let mut rows: BTreeMap<String, (Row, BTreeSet<u32>)> = BTreeMap::new();
        let (mut tries, mut addresses) = (0, BTreeSet::new());
        for knock in within() {
            tries += u64::from(knock.count);
            addresses.insert(knock.address);
            let (address, user) = (self.words.word(knock.address), self.words.word(knock.user));
            let (name, other) = match by {
                By::Address => (address.to_owned(), knock.user),
                By::Network => (wide(address), knock.address),
                By::User => (user.to_owned(), knock.address),
            };
            if !holding.is_empty() && !name.contains(holding) {
                continue;
            }
            let (row, others) = rows.entry(name).or_insert_with_key(|name| {
                let row = Row {
                    name: name.clone(),
                    tries: 0,
                    first: knock.at,
                    last: knock.at,
                    others: 0,
                    named: Vec::new(),
                    came: Vec::new(),
                };
                (row, BTreeSet::new())
            });
            row.tries += u64::from(knock.count);
            row.last = knock.at;
            if others.insert(other) && row.named.len() < NAMES {
                row.named.push(self.words.word(other).to_owned());
            }
        }
        let mut top: Vec<Row> = rows
            .into_values()
            .map(|(row, others)| {
                let is_its = |came: &&&Came| match by {
                    By::Address => came.address == row.name,
                    By::Network => wide(&came.address) == row.name,
                    By::User => came.user == row.name,
                };
                let came = came.iter().filter(is_its).take(NAMES).map(|came| (*came).clone());
                Row { others: others.len(), came: came.collect(), ..row }
            })
            .collect();
        let is_in = |row: &Row| by != By::User && !row.came.is_empty();
        top.sort_by(|a, b| {
            (is_in(b), b.tries).cmp(&(is_in(a), a.tries)).then_with(|| a.name.cmp(&b.name))
        });
        let count = top.len();
        top.truncate(most);
        let guessed = came.iter().filter(|came| came.failures >= 5).map(|came| (*came).clone());
        Counted {
            from: begins,
            is_whole: begins.is_some_and(|begins| begins <= since),
            tries,
            addresses: addresses.len(),
            rows: count,
            top,
            guessed: guessed.collect(),
        }
    }
}

/// The network somebody most likely rents or controls: /24 of IPv4, /64 of IPv6.
fn wide(address: &str) -> String {
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(four)) => {
            let [a, b, c, _] = four.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        _ => crate::model::network(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_by_address_network_and_name() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let mut tries = Tries { span: Some((at(0), at(100))), ..Tries::default() };
        for (second, address, user, count) in [
            (1, "192.0.2.1", "root", 3),
            (2, "192.0.2.9", "admin", 1),
            (3, "2001:db8::5", "root", 1),
            (4, "2001:db8::6", "ann", 2),
        ] {
            let (address, user) =
                (tries.words.number(address.to_owned()), tries.words.number(user.to_owned()));
            tries.failures.push_back(Knock { at: at(second), address, user, count });
        }
        let (user, address) = (String::from("ann"), String::from("2001:db8::6"));
        tries.logins.push_back(Came { at: at(9), user, address, failures: 7 });
        let of = |by, holding: &str| {
            let counted = tries.count(by, at(0), holding, 9);
            assert_eq!((counted.tries, counted.addresses, counted.is_whole), (7, 4, true));
            let row = |row: Row| (row.name, row.tries, row.others, row.came.len());
            counted.top.into_iter().map(row).collect::<Vec<_>>()
        };
        let name = str::to_owned;
        let by_network = [(name("2001:db8::/64"), 3, 2, 1), (name("192.0.2.0/24"), 4, 2, 0)];
        assert_eq!(of(By::Network, ""), by_network);
        assert_eq!(of(By::Address, "192.0.2.1"), [(name("192.0.2.1"), 3, 1, 0)]);
        assert_eq!(of(By::User, "")[0], (name("root"), 4, 2, 0));
        let later = tries.count(By::Address, at(3), "", 1);
        assert_eq!((later.tries, later.rows, later.top.len()), (3, 2, 1));
        assert_eq!(later.guessed.len(), 1);
    }
}
