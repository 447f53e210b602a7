//! Where sessions came from: only the record of their beginning says it.

use std::collections::HashMap;
use std::fs::File;

use memchr::memmem::Finder;

use super::lines;
use super::logs::{LogFile, Logs};
use crate::log::{Range, start_of};
use crate::record::{Record, Value};

/// So many bytes of each log are read at the most that are older than what is asked for.
const BEFORE: u64 = 64 << 20;

/// Sessions remembered at the most.
const MOST: usize = 1 << 16;

/// Programs that begin sessions within a session, which keeps its number.
const WITHIN: [&[u8]; 6] = [b"sudo", b"su", b"doas", b"runuser", b"pkexec", b"newgrp"];

/// Where sessions came from, by machine and number.
#[derive(Debug, Default)]
pub(super) struct Origins(HashMap<(Option<String>, u32), Vec<Began>>);

/// A session began.
#[derive(Debug)]
struct Began {
    /// In seconds since 1970.
    since: u64,
    /// From where, as far as it is known.
    address: Option<String>,
}

impl Origins {
    /// Reads which sessions began within a range, and shortly before it.
    pub(super) fn read(logs: &Logs, range: Range, timeout: u64) -> Self {
        let finder = Finder::new(b"type=USER_START ");
        let mut this = Self::default();
        for chain in &logs.chains {
            let files = chain.within(Range { start: None, end: range.end });
            let first = chain.within(range).first().map(|file| &file.path);
            let first = files.iter().position(|file| Some(&file.path) == first).unwrap_or(0);
            // Where the range begins in its first file, and as much before it as may be.
            let begin = files.get(first).map_or(0, |file| begin(file, range, timeout));
            let mut room = Some(BEFORE.saturating_sub(begin));
            let fits = |file: &LogFile| {
                room = room.filter(|_| file.packing.is_none())?.checked_sub(file.size);
                room
            };
            let before = files[..first].iter().rev().map_while(fits).count();
            for (at, file) in files.iter().enumerate().skip(first - before) {
                let start = if at == first { begin.saturating_sub(BEFORE) } else { 0 };
                // What cannot be read was said of the search itself.
                let _ = lines::with(file, start, &finder, |line, _| {
                    this.learn(line, chain.machine.as_ref(), range)
                });
            }
        }
        this
    }

    /// Learns from a line; false if it is after the range.
    fn learn(&mut self, line: &[u8], machine: Option<&String>, range: Range) -> bool {
        let Ok(record) = Record::parse(line) else { return true };
        if range.end.is_some_and(|end| record.id.sec > end) {
            return false;
        }
        let field = |name| record.field(name).map(Value::bytes).unwrap_or_default();
        let number = |name| std::str::from_utf8(field(name)).ok()?.parse().ok();
        let program = field(b"exe").rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        let worked = field(b"res").starts_with(b"success");
        let Some(session) = number(b"ses").filter(|_| worked && !WITHIN.contains(&program)) else {
            return true;
        };
        let address = String::from_utf8_lossy(field(b"addr")).into_owned();
        let address = Some(address).filter(|address| !matches!(&**address, "" | "?"));
        let node = record.node.map(|node| String::from_utf8_lossy(node).into_owned());
        let key = (node.or_else(|| machine.cloned()), session);
        let began = Began { since: record.id.sec, address };
        // One without an address matters where a number is given again after a boot.
        if let Some(known) = self.0.get_mut(&key) {
            known.push(began);
        } else if began.address.is_some() && self.0.len() < MOST {
            self.0.insert(key, vec![began]);
        }
        true
    }

    /// The address a session came from that was open at this second.
    pub(super) fn of(&self, machine: Option<String>, session: u32, sec: u64) -> Option<String> {
        let known = self.0.get(&(machine, session))?;
        known.iter().rev().find(|began| began.since <= sec)?.address.clone()
    }
}

fn begin(file: &LogFile, range: Range, timeout: u64) -> u64 {
    if file.packing.is_some() {
        return 0;
    }
    File::open(&file.path).map_or(0, |file| start_of(&file, range, timeout))
}
