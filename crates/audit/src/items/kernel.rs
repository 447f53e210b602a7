//! Records of the kernel and of auditd itself.

use std::borrow::Cow;

use super::scan::{Odd, Scan, number, unescape};
use super::{Items, Text, UNKNOWN};
use crate::kind::Kind;

/// What parts several keys of one rule (`AUDIT_KEY_SEPARATOR`).
const KEY_SEPARATOR: u8 = 1;

/// Stands for the architecture of io_uring operations, which have none.
const IO_URING: i32 = 12;

impl<'a> Items<'a> {
    pub(super) fn syscall(&mut self, mut scan: Scan<'a, '_>, kind: Kind) -> Result<(), Odd> {
        let wanted = self.wanted;
        let is_syscall = kind == Kind::SYSCALL;
        if wanted.arch && is_syscall {
            let start = scan.find("arch=").ok_or(Odd)?;
            self.arch = number(scan.until(start, b' ')?, 16)? as i32;
        }
        let start = if is_syscall {
            scan.find("syscall=").ok_or(Odd)?
        } else {
            self.arch = IO_URING;
            // As if the name were one letter shorter: the number is never read.
            scan.find("uring_op=").ok_or(Odd)? - 1
        };
        self.syscall = scan.number(start)? as i32;
        if wanted.success
            && let Some(start) = scan.find("success=")
        {
            self.success = i32::from(scan.until(start, b' ')? == b"yes");
        }
        if wanted.exit {
            let start = scan.find("exit=").ok_or(Odd)?;
            self.exit = Some(signed(scan.until(start, b' ')?)?);
        }
        if is_syscall {
            for name in ["a0=", "a1="] {
                let start = scan.find(name).ok_or(Odd)?;
                number(scan.until(start, b' ')?, 16)?;
            }
        }
        self.task(Scan { at: 0, ..scan })?;
        if wanted.key
            && let Some(start) = scan.find("key=")
        {
            self.key(&mut scan, start)?;
        }
        Ok(())
    }

    fn key(&mut self, scan: &mut Scan<'a, '_>, start: usize) -> Result<(), Odd> {
        let keys = self.keys.get_or_insert_default();
        if scan.byte(start) == b'"' {
            keys.push(Cow::Borrowed(scan.until(start + 1, b'"')?));
            return Ok(());
        }
        let several = unescape(scan.rest(start)).ok_or(Odd)?;
        let each = several.split(|&byte| byte == KEY_SEPARATOR).filter(|key| !key.is_empty());
        keys.extend(each.map(|key| -> Text<'a> { Cow::Owned(key.to_vec()) }));
        Ok(())
    }

    /// A change of the configuration, or of SELinux.
    pub(super) fn simple(&mut self, mut scan: Scan<'a, '_>, kind: Kind) -> Result<(), Odd> {
        let wanted = self.wanted;
        if wanted.loginuid {
            match scan.find("auid=") {
                Some(start) => {
                    let uid = scan.number_or_rest(start)?;
                    self.login_user(uid);
                }
                None if kind == Kind::CONFIG_CHANGE => {}
                None => return Err(Odd),
            }
        }
        if wanted.session
            && let Some(start) = scan.find("ses=")
        {
            self.session = scan.number_or_rest(start)? as u32;
        }
        if wanted.subject
            && let Some(start) = scan.find("subj=")
        {
            let context = scan.until_or_rest(start, b' ');
            self.context(context);
        }
        if wanted.key
            && let Some(start) = scan.find("key=")
        {
            self.key(&mut scan, start)?;
        }
        if kind == Kind::CONFIG_CHANGE {
            self.success = 1;
        }
        self.result(scan)
    }

    /// `res=` as a number.
    fn result(&mut self, mut scan: Scan<'a, '_>) -> Result<(), Odd> {
        if self.wanted.success
            && let Some(start) = scan.find("res=")
        {
            self.success = scan.number_or_rest(start)? as i32;
        }
        Ok(())
    }

    pub(super) fn login(&mut self, mut scan: Scan<'a, '_>) -> Result<(), Odd> {
        let wanted = self.wanted;
        if wanted.pid {
            self.pid = scan.find("pid=").ok_or(Odd).and_then(|start| scan.number(start))? as i32;
        }
        if wanted.uid {
            let uid = scan.find("uid=").ok_or(Odd).and_then(|start| scan.number(start))?;
            self.user(uid);
        }
        if wanted.subject
            && let Some(start) = scan.find("subj=")
        {
            let context = scan.until(start, b' ')?;
            self.context(context);
        }
        if wanted.loginuid {
            let start = scan.find("new auid=").or_else(|| scan.find(" auid="));
            let start = start.or_else(|| scan.find("new loginuid=")).ok_or(Odd)?;
            let uid = scan.number_or_rest(start)?;
            self.login_user(uid);
        }
        // After a value at the end the next one is looked for from the start again.
        let again = |scan: &mut Scan<'a, '_>| {
            if !scan.rest(scan.at).contains(&b' ') {
                scan.at = 0;
            }
        };
        if wanted.success {
            again(&mut scan);
            match scan.find("res=") {
                Some(start) => self.success = scan.number_or_rest(start)? as i32,
                None => self.success = 1,
            }
        }
        if wanted.session {
            again(&mut scan);
            let start = scan.find("new ses=").or_else(|| scan.find(" ses=")).ok_or(Odd)?;
            self.session = scan.number_or_rest(start)? as u32;
        }
        Ok(())
    }

    /// What auditd says of itself.
    pub(super) fn daemon(&mut self, mut scan: Scan<'a, '_>) -> Result<(), Odd> {
        let start = memchr::memchr(b')', scan.text).unwrap_or(0);
        scan.at = start;
        let wanted = self.wanted;
        if wanted.loginuid {
            let uid = scan.find("auid=").ok_or(Odd).and_then(|start| scan.number(start))?;
            self.login_user(uid);
        }
        if wanted.pid {
            self.pid = scan.find("pid=").ok_or(Odd).and_then(|start| scan.number(start))? as i32;
        }
        if wanted.uid
            && let Some(start) = scan.find(" uid=")
        {
            self.uid = scan.number(start)? as u32;
        }
        if wanted.session
            && let Some(start) = scan.find("ses=")
        {
            self.session = scan.number(start)? as u32;
        }
        if wanted.subject
            && let Some(start) = scan.find("subj=")
        {
            let context = scan.until_or_rest(start, b' ');
            self.context(context);
        }
        self.outcome(scan, start)
    }

    /// `res=` as a word, from a place on.
    fn outcome(&mut self, scan: Scan<'a, '_>, from: usize) -> Result<(), Odd> {
        if self.wanted.success
            && let Some(start) = scan.find_from(from, "res=")
        {
            if !scan.byte(start).is_ascii_alphabetic() {
                return Err(Odd);
            }
            self.success = i32::from(!scan.rest(start).starts_with(b"failed"));
        }
        Ok(())
    }

    /// Someone who sends records to this auditd.
    pub(super) fn daemon_peer(&mut self, mut scan: Scan<'a, '_>) -> Result<(), Odd> {
        if self.wanted.host
            && let Some(start) = scan.find("addr=")
        {
            let host = scan.until(start, b':').or_else(|_| scan.until(start, b' '))?;
            self.host = Some(Cow::Borrowed(host));
        }
        self.outcome(scan, scan.at)
    }

    /// The integrity of files.
    pub(super) fn integrity(&mut self, mut scan: Scan<'a, '_>) -> Result<(), Odd> {
        let wanted = self.wanted;
        if let Some(start) = scan.find("pid=") {
            self.pid = scan.number(start)? as i32;
        }
        if wanted.uid
            && let Some(start) = scan.find(" uid=")
        {
            // The sign before the number is taken with it: it always reads as 0.
            let uid = scan.number(start - 1)?;
            self.user(uid);
        }
        if wanted.loginuid
            && let Some(start) = scan.find_from(0, "auid=")
        {
            let uid = scan.number(start)?;
            self.login_user(uid);
        }
        if wanted.session
            && let Some(start) = scan.find("ses=")
        {
            self.session = scan.number(start)? as u32;
        }
        if wanted.subject
            && let Some(start) = scan.find("subj=")
        {
            let context = scan.until(start, b' ')?;
            self.context(context);
        }
        if wanted.comm
            && let Some(start) = scan.find("comm=")
        {
            self.comm = scan.text(start)?;
        }
        if wanted.file
            && let Some(start) = scan.find(" name=")
        {
            self.file(&mut scan, start)?;
        }
        self.result(scan)
    }

    /// A process that was killed, or a network interface that listens to all.
    pub(super) fn anomaly(&mut self, mut scan: Scan<'a, '_>, kind: Kind) -> Result<(), Odd> {
        let wanted = self.wanted;
        if wanted.loginuid {
            let uid = scan.find("auid=").ok_or(Odd).and_then(|start| scan.number_or_rest(start))?;
            self.login_user(uid);
        }
        if wanted.uid
            && let Some(start) = scan.find("uid=")
        {
            let uid = scan.number(start)?;
            self.user(uid);
        }
        if wanted.gid
            && let Some(start) = scan.find("gid=")
        {
            self.gid = scan.number(start)? as u32;
        }
        if wanted.session
            && let Some(start) = scan.find("ses=")
        {
            self.session = scan.number_or_rest(start)? as u32;
        }
        if kind == Kind::ANOM_PROMISCUOUS {
            return Ok(());
        }
        if wanted.subject
            && let Some(start) = scan.find("subj=")
        {
            let context = scan.until(start, b' ')?;
            self.context(context);
        }
        if wanted.pid
            && let Some(start) = scan.find("pid=")
        {
            self.pid = scan.number(start)? as i32;
        }
        if wanted.comm
            && let Some(start) = scan.find("comm=")
        {
            self.comm = scan.text(start)?;
        }
        if wanted.exe {
            match scan.find("exe=") {
                Some(start) => self.exe = scan.text(start)?,
                None if kind == Kind::ANOM_ABEND => {}
                None => return Err(Odd),
            }
        }
        if kind == Kind::SECCOMP {
            let Some(start) = scan.find("arch=") else { return Ok(()) };
            self.arch = number(scan.until(start, b' ')?, 16)? as i32;
            let start = scan.find("syscall=").ok_or(Odd)?;
            self.syscall = scan.number(start)? as i32;
        }
        self.result(scan)
    }

    /// Records of the kernel that stand beside one of a system call, or alone.
    pub(super) fn by_kernel(&mut self, mut scan: Scan<'a, '_>) -> Result<(), Odd> {
        let wanted = self.wanted;
        if wanted.pid && self.pid == -1 {
            self.pid = scan.find(" pid=").ok_or(Odd).and_then(|start| scan.number(start))? as i32;
        }
        if wanted.uid && self.uid == u32::MAX && self.uid_name.is_none() {
            let uid = scan.find("uid=").map_or(Ok(0), |start| scan.number(start))?;
            self.user(uid);
        }
        if wanted.loginuid && self.loginuid == UNKNOWN && self.loginuid_name.is_none() {
            let none = Ok(u64::from(u32::MAX));
            let uid = scan.find("auid=").map_or(none, |start| scan.number(start))?;
            self.login_user(uid);
        }
        if wanted.terminal && self.terminal.is_none() {
            let none: Result<&[u8], Odd> = Ok(b"(none)");
            let terminal = scan.find("tty=").map_or(none, |start| scan.until(start, b' '))?;
            self.terminal = Some(Cow::Borrowed(terminal));
        }
        if wanted.session && self.session == UNKNOWN {
            let none = Ok(u64::from(u32::MAX));
            self.session = scan.find("ses=").map_or(none, |start| scan.number(start))? as u32;
        }
        if wanted.subject && self.avc.is_none() {
            let start = scan.find("subj=").ok_or(Odd)?;
            let context = scan.until(start, b' ')?;
            self.context(context);
        }
        if wanted.comm && self.comm.is_none() {
            let start = scan.find("comm=").ok_or(Odd)?;
            self.comm = scan.text(start)?;
        }
        if wanted.exe && self.exe.is_none() {
            self.exe = match scan.find_from(0, "exe=") {
                Some(start) => scan.text(start)?,
                None => Some(Cow::Borrowed(b"(null)")),
            };
        }
        self.result(scan)
    }

    /// What was typed at a terminal.
    pub(super) fn keystrokes(&mut self, mut scan: Scan<'a, '_>) -> Result<(), Odd> {
        let wanted = self.wanted;
        if wanted.pid
            && let Some(start) = scan.find("pid=")
        {
            self.pid = scan.number(start)? as i32;
        }
        if wanted.uid
            && let Some(start) = scan.find(" uid=")
        {
            // The sign before the number is taken with it: it always reads as 0.
            let uid = scan.number(start - 1)?;
            self.user(uid);
        }
        if wanted.loginuid {
            let uid = scan.find("auid=").ok_or(Odd).and_then(|start| scan.number_or_rest(start))?;
            self.login_user(uid);
        }
        if wanted.session
            && let Some(start) = scan.find("ses=")
        {
            self.session = scan.number(start)? as u32;
        }
        if wanted.comm
            && let Some(start) = scan.find("comm=")
        {
            self.comm = scan.text(start)?;
        }
        Ok(())
    }
}

/// A number with a sign, in any base C knows.
fn signed(text: &[u8]) -> Result<i64, Odd> {
    let (sign, digits) = match text {
        [b'-', digits @ ..] => (-1, digits),
        digits => (1, digits),
    };
    let (radix, digits) = match digits {
        [b'0', b'x' | b'X', digits @ ..] => (16, digits),
        [b'0', ..] => (8, digits),
        _ => (10, digits),
    };
    let number = number(digits, radix)?;
    i64::try_from(number).map(|number| sign * number).map_err(|_| Odd)
}
