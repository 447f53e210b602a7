//! What a report says of one event.

use std::io::Write as _;

use memchr::{memmem, memrchr};

use super::options::Options;
use super::report::Report;
use crate::ausearch::Ground;
use crate::event::Event;
use crate::interpret::{Added, Machine, keystroke, text};
use crate::items::{Avc, Items, Text};
use crate::kind::Kind;
use crate::time;

/// An event with what was taken from it, to tell of.
pub(super) struct Told<'a> {
    pub(super) event: &'a Event,
    pub(super) items: &'a Items<'a>,
    pub(super) options: &'a Options,
    pub(super) ground: &'a Ground,
    /// What auditd added to it.
    added: Added<'a>,
}

impl<'a> Told<'a> {
    /// `count` is how many records the event has.
    pub(super) fn new(
        event: &'a Event,
        items: &'a Items<'a>,
        count: usize,
        options: &'a Options,
        ground: &'a Ground,
    ) -> Self {
        let counts = count == 1 || event.kind == Kind::SYSCALL;
        let first = if counts { event.records().next() } else { None };
        let added = Added(first.and_then(|record| record.enriched()));
        Self { event, items, options, ground, added }
    }

    /// Appends the name of a user, or the number if names were not asked for. The name auditd added
    /// is that of who logged in, whoever is asked for.
    pub(super) fn user(&self, uid: u32, most: usize, out: &mut Vec<u8>) {
        let start = out.len();
        let added = || self.added.get(b"auid");
        if !self.options.is_interpreted {
            let _ = write!(out, "{}", uid as i32);
        } else if uid == u32::MAX {
            out.extend_from_slice(b"unset");
        } else if let Some(name) = added() {
            text::unquoted(name, out);
        } else {
            named(uid, self.ground, out);
        }
        out.truncate(start + most);
    }

    /// Appends who logged in.
    pub(super) fn login_user(&self, most: usize, out: &mut Vec<u8>) {
        self.user(self.items.loginuid, most, out);
    }

    /// Appends the system call.
    pub(super) fn syscall(&self, most: usize, out: &mut Vec<u8>) {
        let number = self.items.syscall;
        if !self.options.is_interpreted {
            let _ = write!(out, "{number}");
        } else if let Some(name) = self.added.get(b"syscall") {
            out.extend_from_slice(&name[..name.len().min(most)]);
        } else if let Some(machine) = Machine::from_number(self.items.arch as u32) {
            match machine.syscall(number, self.ground.compat) {
                Some(name) => out.extend_from_slice(name.as_bytes()),
                None => drop(write!(out, "{number}")),
            }
        } else {
            out.push(b'?');
        }
    }

    fn safe(&self, said: Option<&Text<'_>>, missing: &str, out: &mut Vec<u8>) {
        match said {
            Some(said) => text::escape(said, self.options.escape, out),
            None => out.extend_from_slice(missing.as_bytes()),
        }
    }

    fn safe_user(&self, out: &mut Vec<u8>) {
        let mut name = Vec::new();
        self.login_user(63, &mut name);
        text::escape(&name, self.options.escape, out);
    }

    fn success(&self) -> &'static str {
        match self.items.success {
            0 => "no",
            1 => "yes",
            _ => "unset",
        }
    }

    /// Appends the rows of the event, `count` being how many there were before.
    pub(super) fn rows(&self, count: &mut u32, out: &mut Vec<u8>) {
        let date = moment(self.event.id.sec, self.ground);
        let mut number = |out: &mut Vec<u8>| {
            *count += 1;
            let _ = write!(out, "{count}. {date} ");
        };
        if self.options.report == Report::Avc {
            for avc in avcs(self.items) {
                number(out);
                self.avc(avc, out);
            }
            return;
        }
        number(out);
        self.row(out);
    }

    fn avc(&self, avc: &Avc<'_>, out: &mut Vec<u8>) {
        let plain =
            |said: &Option<Text<'_>>, out: &mut Vec<u8>| plain(said.as_ref(), "(null)", out);
        self.safe(self.items.comm.as_ref(), "?", out);
        out.push(b' ');
        plain(&avc.subject, out);
        out.push(b' ');
        self.syscall(127, out);
        for said in [&avc.class, &avc.permission, &avc.object] {
            out.push(b' ');
            plain(said, out);
        }
        let result = match avc.denied {
            None => "unset",
            Some(true) => "denied",
            Some(false) => "granted",
        };
        let _ = writeln!(out, " {result} {}", self.event.id.serial);
    }

    /// What follows the number, date and time.
    fn row(&self, out: &mut Vec<u8>) {
        let Items { host, terminal, exe, comm, acct, pid, .. } = self.items;
        let (host, terminal, exe) = (host.as_ref(), terminal.as_ref(), exe.as_ref());
        let (comm, acct) = (comm.as_ref(), acct.as_ref());
        let serial = self.event.id.serial;
        let success = self.success();
        let kind = self.event.kind.name().unwrap_or("(null)");
        let space = |out: &mut Vec<u8>| out.push(b' ');
        match self.options.report {
            Report::Total | Report::Times | Report::Avc => {}
            Report::Config => {
                let _ = write!(out, "{kind} ");
                self.login_user(63, out);
                let _ = writeln!(out, " {success} {serial}");
            }
            Report::Auth | Report::Login => {
                let is_login = self.options.report == Report::Login;
                if let Some(acct) = acct.filter(|_| !is_login || self.items.success == 0) {
                    self.safe(Some(acct), "", out);
                } else {
                    let uid = if is_login { self.items.loginuid } else { self.items.uid };
                    let mut name = Vec::new();
                    self.user(uid, 63, &mut name);
                    text::escape(&name, self.options.escape, out);
                }
                for said in [host, terminal, exe] {
                    space(out);
                    plain(said, "(null)", out);
                }
                let _ = writeln!(out, " {success} {serial}");
            }
            Report::Mods => {
                self.safe_user(out);
                for said in [host, terminal, exe, acct] {
                    space(out);
                    plain(said, "?", out);
                }
                let _ = writeln!(out, " {success} {serial}");
            }
            Report::Event => {
                let _ = write!(out, "{serial} {kind} ");
                self.safe_user(out);
                let _ = writeln!(out, " {success}");
            }
            Report::File => {
                self.file(out);
                space(out);
                self.syscall(127, out);
                let _ = write!(out, " {success} ");
                self.safe(exe, "?", out);
                self.who_and_event(out);
            }
            Report::Host => {
                plain(host, "(null)", out);
                space(out);
                self.syscall(127, out);
                self.who_and_event(out);
            }
            Report::Pid => {
                let _ = write!(out, "{} ", *pid as u32);
                self.safe(exe, "?", out);
                space(out);
                self.syscall(127, out);
                self.who_and_event(out);
            }
            Report::Syscall => {
                self.syscall(127, out);
                let _ = write!(out, " {} ", *pid as u32);
                self.safe(comm, "?", out);
                self.who_and_event(out);
            }
            Report::Terminal => {
                plain(terminal, "(null)", out);
                space(out);
                plain(host, "(null)", out);
                space(out);
                self.safe(exe, "(null)", out);
                self.who_and_event(out);
            }
            Report::User => {
                self.safe_user(out);
                for said in [terminal, host] {
                    space(out);
                    plain(said, "?", out);
                }
                space(out);
                self.safe(exe, "?", out);
                let _ = writeln!(out, " {serial}");
            }
            Report::Exe | Report::Comm | Report::Anomaly => {
                match self.options.report {
                    Report::Exe => self.safe(exe, "?", out),
                    Report::Comm => self.safe(comm, "?", out),
                    _ => {
                        let _ = write!(out, "{kind} ");
                        self.safe(exe.or(comm), "?", out);
                    }
                }
                for said in [terminal, host] {
                    space(out);
                    plain(said, "?", out);
                }
                self.who_and_event(out);
            }
            Report::Response | Report::Integrity | Report::Virt => {
                let _ = writeln!(out, "{kind} {success} {serial}");
            }
            Report::Mac => {
                self.login_user(63, out);
                let _ = writeln!(out, " {kind} {success} {serial}");
            }
            Report::Crypto => {
                self.safe_user(out);
                let _ = writeln!(out, " {kind} {success} {serial}");
            }
            Report::Key => {
                let key = self.items.keys.iter().flatten().next();
                plain(key, "(null)", out);
                let _ = write!(out, " {success} ");
                self.safe(exe, "?", out);
                self.who_and_event(out);
            }
            Report::Tty => self.keystrokes(out),
        }
    }

    /// The end of many rows: who logged in, and the serial number.
    fn who_and_event(&self, out: &mut Vec<u8>) {
        out.push(b' ');
        self.safe_user(out);
        let _ = writeln!(out, " {}", self.event.id.serial);
    }

    /// The first file that is not the folder of another.
    fn file(&self, out: &mut Vec<u8>) {
        let files = self.items.files.as_deref().unwrap_or_default();
        let is_parent = |kind: Option<&Text<'_>>| kind.is_some_and(|kind| &kind[..] == b"PARENT");
        let named = match files {
            [only] => Some(only),
            files => files.iter().find(|file| !is_parent(file.nametype.as_ref())),
        };
        if let Some(named) = named {
            self.safe(named.name.as_ref(), "(null)", out);
        }
    }

    fn keystrokes(&self, out: &mut Vec<u8>) {
        let Some(first) = self.event.records().next() else { return };
        let line = first.plain();
        let Some(at) = memmem::find(line, b"data=") else { return };
        let data = &line[at + 5..];
        let data = &data[..memrchr(b' ', data).unwrap_or(data.len())];
        let _ = write!(out, "{} ", self.event.id.serial);
        self.safe_user(out);
        out.push(b' ');
        plain(self.items.terminal.as_ref(), "?", out);
        let _ = write!(out, " {} ", self.items.session);
        self.safe(self.items.comm.as_ref(), "?", out);
        out.push(b' ');
        let is_hex = data.iter().all(u8::is_ascii_hexdigit);
        if is_hex && data.len() < 2 {
            out.extend_from_slice(b"conversion error(");
            out.extend_from_slice(data);
            out.push(b')');
        } else {
            keystroke::show(data, out);
        }
        out.push(b'\n');
    }
}

/// Appends a text, or what stands for none.
fn plain(said: Option<&Text<'_>>, missing: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(said.map_or(missing.as_bytes(), |said| said));
}

/// Appends the name of a user of this machine, or `unknown(…)`.
pub(super) fn named(uid: u32, ground: &Ground, out: &mut Vec<u8>) {
    match ground.users.name(uid) {
        Some(name) => out.extend_from_slice(name.as_bytes()),
        None => drop(write!(out, "unknown({})", uid as i32)),
    }
}

/// What was decided by SELinux; if nothing was, the context that was told last.
pub(super) fn avcs<'a, 'b>(items: &'b Items<'a>) -> impl Iterator<Item = &'b Avc<'a>> {
    let all = items.avc.as_deref().unwrap_or_default();
    let is_any = all.iter().any(|avc| avc.denied.is_some());
    let last = all.last().filter(|_| !is_any);
    all.iter().filter(|avc| avc.denied.is_some()).chain(last)
}

/// `11/14/23 23:13:20`
pub(super) fn moment(sec: u64, ground: &Ground) -> String {
    time::short(sec, &ground.now.zone)
}
