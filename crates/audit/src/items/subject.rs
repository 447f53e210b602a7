//! Who did it: the part that records of the kernel have in common.

use std::borrow::Cow;

use super::scan::{Odd, Scan};
use super::{Avc, Items};

impl<'a> Items<'a> {
    /// Process, users, terminal, session, program, context and result of a record.
    pub(super) fn task(&mut self, mut scan: Scan<'a, '_>) -> Result<(), Odd> {
        let wanted = self.wanted;
        if wanted.ppid
            && let Some(start) = scan.find("ppid=")
        {
            self.ppid = scan.number(start)? as i32;
        }
        if wanted.pid {
            self.pid = scan.find(" pid=").ok_or(Odd).and_then(|start| scan.number(start))? as i32;
        }
        if wanted.loginuid {
            let start = scan.find("auid=").or_else(|| scan.find("loginuid=")).ok_or(Odd)?;
            self.login_user(scan.number(start)?);
        }
        if wanted.uid {
            let start = loop {
                let start = scan.find("uid=").ok_or(Odd)?;
                if start < 5 || scan.text[start - 5] != b'a' {
                    break start;
                }
                scan.at = start - 3;
            };
            self.user(scan.number(start)?);
        }
        if wanted.gid {
            self.gid = scan.find("gid=").ok_or(Odd).and_then(|start| scan.number(start))? as u32;
        }
        if wanted.euid {
            self.euid = scan.find("euid=").ok_or(Odd).and_then(|start| scan.number(start))? as u32;
            self.euid_name = self.name_of(b"euid", self.euid);
        }
        if wanted.egid {
            self.egid = scan.find("egid=").ok_or(Odd).and_then(|start| scan.number(start))? as u32;
        }
        if wanted.terminal
            && let Some(start) = scan.find("tty=")
        {
            self.terminal = Some(Cow::Borrowed(scan.until(start, b' ')?));
        }
        if wanted.session
            && let Some(start) = scan.find("ses=")
        {
            self.session = scan.number(start)? as u32;
        }
        if wanted.comm {
            let start = scan.find("comm=").ok_or(Odd)?;
            self.comm = scan.text(start)?;
        }
        if wanted.exe {
            let start = scan.find_from(0, "exe=").ok_or(Odd)?;
            self.exe = scan.text(start)?;
        }
        if wanted.subject
            && let Some(start) = scan.find("subj=")
        {
            let context = scan.until(start, b' ')?;
            self.context(context);
        }
        if wanted.success
            && let Some(start) = scan.find("res=")
        {
            self.success = scan.number_or_rest(start)? as i32;
        }
        Ok(())
    }

    pub(super) fn user(&mut self, uid: u64) {
        self.uid = uid as u32;
        self.uid_name = self.name_of(b"uid", self.uid);
    }

    pub(super) fn login_user(&mut self, uid: u64) {
        self.loginuid = uid as u32;
        self.loginuid_name = self.name_of(b"auid", self.loginuid);
    }

    /// Adds the context of the one who acts.
    pub(super) fn context(&mut self, subject: &'a [u8]) {
        let subject = Some(Cow::Borrowed(subject));
        self.avc.get_or_insert_default().push(Avc { subject, ..Avc::default() });
    }

    /// Adds the context of what is acted upon.
    pub(super) fn object_context(&mut self, object: &'a [u8]) {
        let object = Some(Cow::Borrowed(object));
        self.avc.get_or_insert_default().push(Avc { object, ..Avc::default() });
    }
}
