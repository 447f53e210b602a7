//! Totals: the summaries of reports, and that of everything.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};

use super::options::Options;
use super::report::{Report, is_anomaly, is_config};
use super::row::{Told, avcs, moment, named};
use super::tally::Tally;
use crate::ausearch::Ground;
use crate::interpret::text;
use crate::items::{Items, Text, UNKNOWN};
use crate::kind::Kind;

/// What is counted for a summary.
#[derive(Debug, Default)]
pub(super) struct Totals {
    texts: Tally,
    numbers: BTreeMap<i32, u64>,
    everything: Everything,
}

impl Totals {
    /// Counts an event.
    pub(super) fn add(&mut self, told: &Told<'_>, kinds: &[Kind]) {
        let items = told.items;
        let head = told.event.kind;
        let report = told.options.report;
        let has = |kind: Kind| kinds.contains(&kind);
        match report {
            Report::Total => self.everything.add(items, kinds),
            Report::Times | Report::Tty => {}
            Report::Avc => {
                if has(Kind::AVC) || has(Kind::USER_AVC) {
                    let decided = avcs(items).filter(|avc| avc.denied.is_some());
                    for object in decided.filter_map(|avc| avc.object.as_ref()) {
                        self.texts.add(object);
                    }
                }
            }
            Report::Auth => {
                let failed = has(Kind::USER_MGMT) && items.success == 0;
                if has(Kind::USER_AUTH) || failed {
                    self.account(told, items.loginuid == UNKNOWN);
                }
            }
            Report::Login => {
                if has(Kind::USER_LOGIN) {
                    self.account(told, (items.loginuid as i32) < 0);
                }
            }
            Report::Event => {
                if head != Kind::UNKNOWN {
                    self.number(head.0);
                }
            }
            Report::File => {
                let files = items.files.iter().flatten();
                for name in files.filter_map(|file| file.name.as_ref()) {
                    self.texts.add(name);
                }
            }
            Report::Host => self.text(items.host.as_ref()),
            Report::Terminal => self.text(items.terminal.as_ref()),
            Report::Exe => self.text(items.exe.as_ref()),
            Report::Comm => self.text(items.comm.as_ref()),
            Report::Pid => {
                if items.pid != -1 {
                    self.number(items.pid);
                }
            }
            Report::Syscall => {
                if items.syscall > 0 {
                    let mut name = Vec::new();
                    told.syscall(31, &mut name);
                    self.texts.add(&name);
                }
            }
            Report::User => {
                if items.loginuid != UNKNOWN {
                    let mut name = Vec::new();
                    told.login_user(31, &mut name);
                    self.texts.add(&name);
                }
            }
            Report::Key => {
                let keys = items.keys.iter().flatten();
                for key in keys.filter(|key| &key[..] != b"(null)") {
                    self.texts.add(key);
                }
            }
            Report::Config
            | Report::Mods
            | Report::Anomaly
            | Report::Response
            | Report::Mac
            | Report::Integrity
            | Report::Virt
            | Report::Crypto => {
                if kinds.iter().any(|kind| report.is_about(*kind, true)) {
                    self.number(head.0);
                }
            }
        }
    }

    fn text(&mut self, text: Option<&Text<'_>>) {
        if let Some(text) = text {
            self.texts.add(text);
        }
    }

    fn number(&mut self, number: i32) {
        *self.numbers.entry(number).or_default() += 1;
    }

    /// Counts the account if the user who logged in is not known, else that user.
    fn account(&mut self, told: &Told<'_>, is_unknown: bool) {
        if let Some(acct) = told.items.acct.as_ref().filter(|_| is_unknown) {
            return self.texts.add(acct);
        }
        let mut name = Vec::new();
        told.login_user(63, &mut name);
        self.texts.add(&name);
    }

    /// Prints what was counted.
    pub(super) fn print(
        self,
        options: &Options,
        ground: &Ground,
        span: &Span,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if options.report == Report::Total {
            return self.everything.print(options, ground, span, out);
        }
        let mut line = Vec::new();
        let mut numbers: Vec<_> = self.numbers.into_iter().collect();
        numbers.sort_by_key(|(_, hits)| std::cmp::Reverse(*hits));
        for (number, hits) in &numbers {
            let name = || Kind(*number).name().unwrap_or("(null)");
            if options.report == Report::Pid || !options.is_interpreted {
                writeln!(line, "{hits}  {number}")?;
            } else {
                writeln!(line, "{hits}  {}", name())?;
            }
        }
        for (text, hits) in &self.texts.by_hits() {
            write!(line, "{hits}  ")?;
            summary_text(text, options, ground, &mut line);
            line.push(b'\n');
        }
        if line.is_empty() {
            line.extend_from_slice(b"<no events of interest were found>\n\n");
        }
        out.write_all(&line)
    }
}

/// Appends a text that was counted.
fn summary_text(said: &[u8], options: &Options, ground: &Ground, out: &mut Vec<u8>) {
    let is_user = matches!(options.report, Report::Auth | Report::Login | Report::User);
    if is_user && said.first().is_some_and(|byte| *byte == b'-' || byte.is_ascii_digit()) {
        let digits = std::str::from_utf8(said).unwrap_or_default();
        let end = digits.bytes().skip(1).take_while(u8::is_ascii_digit).count() + 1;
        let uid: i64 = digits.get(..end).and_then(|digits| digits.parse().ok()).unwrap_or(0);
        let uid = uid as u32;
        let mut name = Vec::new();
        if !options.is_interpreted {
            let _ = write!(name, "{}", uid as i32);
        } else if uid == u32::MAX {
            name.extend_from_slice(b"unset");
        } else {
            named(uid, ground, &mut name);
        }
        return text::escape(&name, options.escape, out);
    }
    match options.report {
        // These are printed as they are.
        Report::Avc | Report::Host | Report::Terminal => out.extend_from_slice(said),
        _ => text::escape(said, options.escape, out),
    }
}

/// When the log begins and ends, in seconds since 1970 and milliseconds.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Span {
    pub(super) first: (u64, u16),
    pub(super) last: (u64, u16),
}

/// The summary without a report.
#[derive(Debug, Default)]
struct Everything {
    changes: u64,
    account_changes: u64,
    logins: [u64; 2],
    auths: [u64; 2],
    users: HashSet<u32>,
    terminals: HashSet<Box<[u8]>>,
    hosts: HashSet<Box<[u8]>>,
    exes: HashSet<Box<[u8]>>,
    comms: HashSet<Box<[u8]>>,
    files: HashSet<Box<[u8]>>,
    keys: HashSet<Box<[u8]>>,
    pids: HashSet<i32>,
    avcs: u64,
    mac: u64,
    failed_syscalls: u64,
    anomalies: u64,
    responses: u64,
    crypto: u64,
    integrity: u64,
    virt: u64,
    events: u64,
}

fn insert(set: &mut HashSet<Box<[u8]>>, text: Option<&Text<'_>>) {
    if let Some(text) = text.filter(|text| !set.contains(&text[..])) {
        set.insert((&text[..]).into());
    }
}

impl Everything {
    fn add(&mut self, items: &Items<'_>, kinds: &[Kind]) {
        self.events += 1;
        self.kinds(items, kinds);
        if items.loginuid != UNKNOWN {
            self.users.insert(items.loginuid);
        }
        insert(&mut self.terminals, items.terminal.as_ref());
        insert(&mut self.hosts, items.host.as_ref());
        insert(&mut self.exes, items.exe.as_ref());
        insert(&mut self.comms, items.comm.as_ref());
        for file in items.files.iter().flatten() {
            insert(&mut self.files, file.name.as_ref());
        }
        if items.success == 0 && items.syscall > 0 {
            self.failed_syscalls += 1;
        }
        if items.pid != -1 {
            self.pids.insert(items.pid);
        }
        for key in items.keys.iter().flatten().filter(|key| &key[..] != b"(null)") {
            insert(&mut self.keys, Some(key));
        }
    }

    fn kinds(&mut self, items: &Items<'_>, kinds: &[Kind]) {
        let has = |kind: Kind| kinds.contains(&kind);
        let within =
            |first, last| u64::from(kinds.iter().any(|kind| (first..=last).contains(&kind.0)));
        // Each kind counts for itself, a range once.
        let single = |kinds: &[Kind]| kinds.iter().filter(|kind| has(**kind)).count() as u64;
        let of_config = [
            Kind::CONFIG_CHANGE,
            Kind::DAEMON_CONFIG,
            Kind::USYS_CONFIG,
            Kind::NETFILTER_CFG,
            Kind::FEATURE_CHANGE,
            Kind::USER_MAC_CONFIG_CHANGE,
        ];
        debug_assert!(of_config.into_iter().all(is_config));
        self.changes += single(&of_config) + within(1403, 1417);
        self.account_changes += single(&[Kind::USER_CHAUTHTOK, Kind::USER_MGMT, Kind::GRP_MGMT])
            + within(Kind::ADD_USER.0, Kind::DEL_GROUP.0)
            + within(Kind::ROLE_ASSIGN.0, Kind::ROLE_REMOVE.0);
        self.crypto += within(1600, 1699) + within(2400, 2499);
        let mut went =
            |counts: fn(&mut Self) -> &mut [u64; 2], only_failed: bool| match items.success {
                1 if !only_failed => counts(self)[1] += 1,
                0 => counts(self)[0] += 1,
                _ => {}
            };
        if has(Kind::USER_LOGIN) {
            went(|this| &mut this.logins, false);
        }
        if has(Kind::USER_AUTH) {
            went(|this| &mut this.auths, false);
        } else if has(Kind::USER_MGMT) {
            went(|this| &mut this.auths, true);
        } else if has(Kind::GRP_AUTH) {
            went(|this| &mut this.auths, false);
        }
        self.avcs += u64::from(has(Kind::AVC) || has(Kind::USER_AVC));
        self.mac += within(1403, 1417) + within(2300, 2399);
        self.virt += within(2500, 2599);
        self.integrity += within(1800, 1899);
        self.anomalies += within(2100, 2199) + within(1700, 1799);
        debug_assert!(is_anomaly(Kind(2100)));
        self.responses += within(2200, 2299);
    }

    fn print(
        &self,
        options: &Options,
        ground: &Ground,
        span: &Span,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let (first, last) = (moment(span.first.0, ground), moment(span.last.0, ground));
        let (first_ms, last_ms) = (span.first.1, span.last.1);
        writeln!(out, "Range of time in logs: {first}.{first_ms:03} - {last}.{last_ms:03}")?;
        let start = options.range.start.map_or(first, |start| moment(start, ground));
        write!(out, "Selected time for report: {start} - ")?;
        match options.range.end {
            Some(end) => writeln!(out, "{}", moment(end, ground))?,
            None => writeln!(out, "{last}.{last_ms:03}")?,
        }
        let lines = [
            ("changes in configuration", self.changes),
            ("changes to accounts, groups, or roles", self.account_changes),
            ("logins", self.logins[1]),
            ("failed logins", self.logins[0]),
            ("authentications", self.auths[1]),
            ("failed authentications", self.auths[0]),
            ("users", self.users.len() as u64),
            ("terminals", self.terminals.len() as u64),
            ("host names", self.hosts.len() as u64),
            ("executables", self.exes.len() as u64),
            ("commands", self.comms.len() as u64),
            ("files", self.files.len() as u64),
            ("AVC's", self.avcs),
            ("MAC events", self.mac),
            ("failed syscalls", self.failed_syscalls),
            ("anomaly events", self.anomalies),
            ("responses to anomaly events", self.responses),
            ("crypto events", self.crypto),
            ("integrity events", self.integrity),
            ("virt events", self.virt),
            ("keys", self.keys.len() as u64),
            ("process IDs", self.pids.len() as u64),
            ("events", self.events),
        ];
        for (what, count) in lines {
            writeln!(out, "Number of {what}: {count}")?;
        }
        writeln!(out)
    }
}
