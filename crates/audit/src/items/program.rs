//! Records programs write about themselves, and those of SELinux.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use super::scan::{Odd, Scan, number};
use super::{Avc, Items};
use crate::kind::Kind;

impl<'a> Items<'a> {
    /// What a program says. Contexts go into `avc` if the record is one of SELinux.
    pub(super) fn program(
        &mut self,
        mut scan: Scan<'a, '_>,
        kind: Kind,
        mut avc: Option<&mut Avc<'a>>,
    ) -> Result<(), Odd> {
        let wanted = self.wanted;
        if wanted.pid {
            self.pid = scan.find("pid=").ok_or(Odd).and_then(|start| scan.number(start))? as i32;
        }
        if wanted.uid {
            let uid = scan.find("uid=").ok_or(Odd).and_then(|start| scan.number(start))?;
            self.user(uid);
        }
        if wanted.loginuid {
            let start = scan.find("auid=").or_else(|| scan.find("loginuid=")).ok_or(Odd)?;
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
            match &mut avc {
                Some(avc) => avc.subject = Some(Cow::Borrowed(context)),
                None => self.context(context),
            }
        }
        if wanted.object
            && let Some(avc) = avc
        {
            for (name, value) in [("tcontext=", &mut avc.object), ("tclass=", &mut avc.class)] {
                if let Some(start) = scan.find(name) {
                    let found = scan.until(start, b' ');
                    scan.at = scan.at.max(start);
                    *value = found.ok().map(Cow::Borrowed);
                }
            }
        }
        let is_group = matches!(kind, Kind::ADD_GROUP | Kind::DEL_GROUP | Kind::GRP_MGMT);
        if wanted.gid && is_group {
            let mut start = scan.find(" id=");
            if start.is_none() && kind == Kind::GRP_MGMT {
                start = scan.find("gid=");
            }
            if let Some(start) = start {
                self.gid = scan.number(start)? as u32;
            }
        }
        self.machine(&mut scan, kind)?;
        if wanted.uid {
            self.user_inside(&mut scan)?;
        }
        let middle = scan.at;
        if wanted.comm
            && let Some(start) = scan.find_from(middle, "comm=")
        {
            self.comm = scan.text(start)?;
        }
        if let Some(start) = scan.find_from(middle, "acct=") {
            self.account(&mut scan, start);
        }
        let middle = scan.at;
        if wanted.host
            && let Some(start) = scan.find_from(middle, "hostname=")
        {
            let mut host = scan.until(start, b',').or_else(|_| scan.until(start, b' '))?;
            if host == b"?" {
                scan.at += 1;
                if let Some(start) = scan.find("addr=") {
                    host = scan.until(start, b',').or_else(|_| scan.until(start, b' '))?;
                }
            }
            self.host = Some(Cow::Borrowed(host));
        }
        if wanted.file
            && let Some(start) = scan.find_from(middle, "cwd=")
        {
            self.cwd = scan.text_or_legacy(start)?;
        }
        if wanted.terminal
            && let Some(start) = scan.find_from(middle, "terminal=")
        {
            let terminal = scan.until(start, b' ').or_else(|_| scan.until(start, b')'))?;
            self.terminal = Some(Cow::Borrowed(terminal));
        }
        if wanted.exe
            && let Some(start) = scan.find_from(middle, "exe=")
        {
            self.exe = scan.text_or_legacy(start)?;
        }
        if wanted.success {
            if let Some(start) = scan.find_from(middle, "res=") {
                let result = scan.until(start, b'\'')?;
                self.success = i32::from(!result.starts_with(b"failed"));
            } else if let Some(start) = scan.find_from(middle, "result=") {
                let result = scan.until(start, b')')?;
                self.success = i32::from(result.eq_ignore_ascii_case(b"success"));
            }
        }
        Ok(())
    }

    /// What concerns a virtual machine.
    fn machine(&mut self, scan: &mut Scan<'a, '_>, kind: Kind) -> Result<(), Odd> {
        let wanted = self.wanted;
        if wanted.vm
            && let Some(start) = scan.find("vm=")
        {
            self.vm = scan.text(start)?;
        }
        if wanted.uuid
            && let Some(start) = scan.find("uuid=")
        {
            let rest = scan.rest(start);
            let len = rest.iter().take_while(|byte| !b" :".contains(byte)).count();
            if len == 0 {
                return Err(Odd);
            }
            scan.at = start + len;
            self.uuid = Some(Cow::Borrowed(&rest[..len]));
        }
        if kind == Kind::VIRT_MACHINE_ID {
            if wanted.subject
                && let Some(start) = scan.find("vm-ctx=")
            {
                let context = scan.until(start, b' ')?;
                self.context(context);
            }
            if wanted.object
                && let Some(start) = scan.find("img-ctx=")
            {
                let context = scan.until(start, b' ')?;
                self.object_context(context);
            }
        } else if kind == Kind::VIRT_RESOURCE
            && wanted.file
            && let Some(start) = scan.find(" path=").or_else(|| scan.find(" new-disk="))
        {
            self.file(scan, start)?;
            scan.at = start;
        }
        Ok(())
    }

    /// The user the program speaks of, rather than the one it runs as.
    fn user_inside(&mut self, scan: &mut Scan<'a, '_>) -> Result<(), Odd> {
        let start = loop {
            let Some(start) = scan.find("uid=") else { return Ok(()) };
            match scan.byte(start.saturating_sub(5)) {
                b'a' => scan.at = start - 3,
                b's' | b'u' => return Ok(()),
                b'\'' | b' ' => break start,
                _ => return Err(Odd),
            }
        };
        let rest = scan.rest(start);
        let len = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if len == 0 {
            return Err(Odd);
        }
        let uid = number(&rest[..len], 10)?;
        scan.at = start + len;
        self.user(uid);
        Ok(())
    }

    fn account(&mut self, scan: &mut Scan<'a, '_>, start: usize) {
        let rest = scan.rest(start);
        if rest.first() == Some(&b'"') {
            let name = &rest[1..];
            let name = &name[..memchr(b'"', name).unwrap_or(name.len())];
            scan.at = start + 1 + name.len();
            self.acct.get_or_insert(Cow::Borrowed(name));
        } else if let Ok(name) = scan.text_or_legacy(start) {
            self.acct = name;
        }
    }

    pub(super) fn selinux(&mut self, mut scan: Scan<'a, '_>, kind: Kind) -> Result<(), Odd> {
        let wanted = self.wanted;
        let mut avc = Avc::default();
        if let Some(start) = memmem::find(scan.text, b"avc: ").map(|at| at + 5)
            && let Ok(verdict) = scan.until(start, b'{')
        {
            if wanted.success {
                let is_denied = memmem::find(verdict, b"denied").is_some();
                self.success = i32::from(!is_denied);
                avc.denied = Some(is_denied);
            }
            let start = scan.at + 1;
            avc.permission = Some(Cow::Borrowed(scan.until(start, b'}')?.trim_ascii()));
        }
        if kind == Kind::USER_AVC {
            let outcome = self.program(Scan { at: 0, ..scan }, kind, Some(&mut avc));
            self.avc.get_or_insert_default().push(avc);
            return outcome;
        }
        if wanted.pid
            && let Some(start) = scan.find("pid=")
        {
            self.pid = scan.number(start)? as i32;
        }
        if wanted.comm && self.comm.is_none() {
            let start = scan.find("comm=").ok_or(Odd)?;
            self.comm = Some(scan.text(start)?.ok_or(Odd)?);
        }
        if wanted.file
            && let Some(start) = scan.find(" path=").or_else(|| scan.find(" name="))
        {
            self.file(&mut scan, start)?;
            scan.at += 7;
        }
        if wanted.subject
            && let Some(start) = scan.find("scontext=")
        {
            avc.subject = Some(Cow::Borrowed(scan.until(start, b' ')?));
        }
        if wanted.object
            && let Some(start) = scan.find("tcontext=")
        {
            avc.object = Some(Cow::Borrowed(scan.until(start, b' ')?));
        }
        let start = scan.find("tclass=").ok_or(Odd)?;
        avc.class = Some(Cow::Borrowed(scan.until_or_rest(start, b' ')));
        self.avc.get_or_insert_default().push(avc);
        Ok(())
    }
}
