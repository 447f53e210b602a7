//! What an event can be searched by and is reported by: who, what, where, how it went.
//!
//! Taken from its records the way auditd's tools take it, so that a search finds the same events:
//! fields are looked for by name in the order these tools expect, an event with an odd record is
//! left out, and only what is wanted is taken.

mod file;
mod kernel;
mod marks;
mod program;
mod scan;
mod subject;

use std::borrow::Cow;

use crate::assemble::Compat;
use crate::event::Event;
use crate::kind::Kind;
use crate::record::{Fields, Record};
use crate::users::Names;
use marks::Marks;
pub use scan::Odd;
use scan::Scan;
pub(crate) use scan::{decode, unescape};

/// A text of a record.
pub type Text<'a> = Cow<'a, [u8]>;

/// What is to be taken from an event. An odd field that is not wanted does no harm.
#[allow(missing_docs)]
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub pid: bool,
    pub ppid: bool,
    pub uid: bool,
    pub euid: bool,
    pub loginuid: bool,
    pub gid: bool,
    pub egid: bool,
    pub session: bool,
    pub terminal: bool,
    pub host: bool,
    pub comm: bool,
    pub exe: bool,
    pub file: bool,
    pub key: bool,
    pub arch: bool,
    pub exit: bool,
    pub success: bool,
    pub subject: bool,
    pub object: bool,
    pub vm: bool,
    pub uuid: bool,
    /// Names of users, from what auditd added.
    pub names: bool,
}

impl Wanted {
    /// What either wants.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            pid: self.pid || other.pid,
            ppid: self.ppid || other.ppid,
            uid: self.uid || other.uid,
            euid: self.euid || other.euid,
            loginuid: self.loginuid || other.loginuid,
            gid: self.gid || other.gid,
            egid: self.egid || other.egid,
            session: self.session || other.session,
            terminal: self.terminal || other.terminal,
            host: self.host || other.host,
            comm: self.comm || other.comm,
            exe: self.exe || other.exe,
            file: self.file || other.file,
            key: self.key || other.key,
            arch: self.arch || other.arch,
            exit: self.exit || other.exit,
            success: self.success || other.success,
            subject: self.subject || other.subject,
            object: self.object || other.object,
            vm: self.vm || other.vm,
            uuid: self.uuid || other.uuid,
            names: self.names || other.names,
        }
    }

    /// Kinds of records, most of a log, of which nothing is wanted.
    pub(crate) fn idle(self) -> impl Iterator<Item = Kind> {
        let of_calls = [
            (Kind::PROCTITLE, true),
            (Kind::EXECVE, true),
            (Kind::BPRM_FCAPS, true),
            (Kind::CWD, !self.file),
            (Kind::PATH, !self.file && !self.object),
            (Kind::SOCKADDR, !self.file && !self.host),
        ];
        of_calls.into_iter().filter(|(_, is_idle)| *is_idle).map(|(kind, _)| kind)
    }
}

/// What an SELinux record says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Avc<'a> {
    /// Context of the one who acts.
    pub subject: Option<Text<'a>>,
    /// Context of what is acted upon.
    pub object: Option<Text<'a>>,
    /// Class of what is acted upon.
    pub class: Option<Text<'a>>,
    /// What was to be done.
    pub permission: Option<Text<'a>>,
    /// Was it denied?
    pub denied: Option<bool>,
}

/// A file an event names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<'a> {
    /// Its name; none if it could not be read.
    pub name: Option<Text<'a>>,
    /// What `nametype=` says, and all that follows.
    pub nametype: Option<Text<'a>>,
}

/// What was taken from an event.
#[derive(Debug, Clone)]
pub struct Items<'a> {
    /// The kinds of its records, in their order.
    pub kinds: Vec<Kind>,
    /// Process, or -1.
    pub pid: i32,
    /// Its parent, or -1.
    pub ppid: i32,
    /// User, or [`u32::MAX`].
    pub uid: u32,
    /// Effective user, or [`u32::MAX`].
    pub euid: u32,
    /// Who logged in; [`u32::MAX`] is no one, one less is not known.
    pub loginuid: u32,
    /// Group, or [`u32::MAX`].
    pub gid: u32,
    /// Effective group, or [`u32::MAX`].
    pub egid: u32,
    /// Login session; [`u32::MAX`] is none, one less is not known.
    pub session: u32,
    /// 1 is success, 0 failure, -1 not known.
    pub success: i32,
    /// Audit architecture (`AUDIT_ARCH_…` of `linux/audit.h`), or 0.
    pub arch: i32,
    /// Number of the system call, or 0.
    pub syscall: i32,
    /// What the system call returned.
    pub exit: Option<i64>,
    /// Machine at the other end.
    pub host: Option<Text<'a>>,
    /// Terminal.
    pub terminal: Option<Text<'a>>,
    /// Program by its path.
    pub exe: Option<Text<'a>>,
    /// Program by its name.
    pub comm: Option<Text<'a>>,
    /// Account.
    pub acct: Option<Text<'a>>,
    /// Working directory.
    pub cwd: Option<Text<'a>>,
    /// Virtual machine.
    pub vm: Option<Text<'a>>,
    /// Identity of a virtual machine.
    pub uuid: Option<Text<'a>>,
    /// Keys of the rules, if there is a place for one.
    pub keys: Option<Vec<Text<'a>>>,
    /// Files, if there is a place for one.
    pub files: Option<Vec<Named<'a>>>,
    /// SELinux contexts.
    pub avc: Option<Vec<Avc<'a>>>,
    /// Name of [`Self::uid`], as auditd knew it.
    pub uid_name: Option<Text<'a>>,
    /// Name of [`Self::euid`], as auditd knew it.
    pub euid_name: Option<Text<'a>>,
    /// Name of [`Self::loginuid`], as auditd knew it.
    pub loginuid_name: Option<Text<'a>>,
    wanted: Wanted,
    users: &'a Names,
    added: Option<&'a [u8]>,
}

/// Where no login user, or no session, was found.
pub const UNKNOWN: u32 = u32::MAX - 1;

impl<'a> Items<'a> {
    /// Takes what is wanted from an event. Names auditd did not add are those of `users`.
    /// Version 3 reads nothing of what `io_uring(7)` did.
    pub fn of(
        event: &'a Event,
        wanted: Wanted,
        users: &'a Names,
        compat: Compat,
    ) -> Result<Self, Odd> {
        let mut items = Self::none(wanted, users);
        items.read(event, compat)?;
        Ok(items)
    }

    /// Takes what is wanted from an event; there is nothing in it yet.
    pub(crate) fn read(&mut self, event: &'a Event, compat: Compat) -> Result<(), Odd> {
        if self.wanted.names {
            self.added = added(event);
        }
        for record in event.records() {
            let kind = record.kind();
            self.kinds.push(kind);
            if compat >= Compat::V4 || kind != Kind::URINGOP {
                self.take(&record, kind)?;
            }
        }
        Ok(())
    }

    pub(crate) fn none(wanted: Wanted, users: &'a Names) -> Self {
        Self {
            kinds: Vec::new(),
            pid: -1,
            ppid: -1,
            uid: u32::MAX,
            euid: u32::MAX,
            loginuid: UNKNOWN,
            gid: u32::MAX,
            egid: u32::MAX,
            session: UNKNOWN,
            success: -1,
            arch: 0,
            syscall: 0,
            exit: None,
            host: None,
            terminal: None,
            exe: None,
            comm: None,
            acct: None,
            cwd: None,
            vm: None,
            uuid: None,
            keys: None,
            files: None,
            avc: None,
            uid_name: None,
            euid_name: None,
            loginuid_name: None,
            wanted,
            users,
            added: None,
        }
    }

    fn take(&mut self, record: &Record<'a>, kind: Kind) -> Result<(), Odd> {
        if self.wanted.idle().any(|idle| idle == kind) {
            return Ok(());
        }
        let text = record.plain();
        let marks = Marks::of(text);
        let scan = Scan::new(text, &marks);
        match kind {
            Kind::SYSCALL | Kind::URINGOP => self.syscall(scan, kind),
            Kind::CWD => self.directory(scan),
            Kind::AVC_PATH => self.path_of_avc(scan),
            Kind::PATH => self.path(scan),
            Kind::AVC | Kind::USER_AVC => self.selinux(scan, kind),
            Kind::SOCKADDR => self.address(scan),
            Kind::LOGIN => self.login(scan),
            Kind::IPC | Kind::OBJ_PID => {
                self.object(scan);
                Ok(())
            }
            Kind::DAEMON_START
            | Kind::DAEMON_END
            | Kind::DAEMON_ABORT
            | Kind::DAEMON_CONFIG
            | Kind::DAEMON_ROTATE
            | Kind::DAEMON_RESUME => self.daemon(scan),
            Kind::DAEMON_ACCEPT | Kind::DAEMON_CLOSE => self.daemon_peer(scan),
            Kind::CONFIG_CHANGE => {
                let simple = self.simple(scan, kind);
                // That it has no path is no harm.
                let _ = self.path_of_avc(scan);
                simple
            }
            Kind::NETFILTER_PKT => self.packet(scan),
            Kind::FEATURE_CHANGE | Kind::ANOM_LINK | Kind::DM_CTRL => self.task(scan),
            Kind::SECCOMP | Kind::ANOM_PROMISCUOUS | Kind::ANOM_ABEND => self.anomaly(scan, kind),
            Kind::NETFILTER_CFG | Kind::EVENT_LISTENER => self.by_kernel(scan),
            Kind::TTY => self.keystrokes(scan),
            Kind(1100..=1199 | 2100..=2999) | Kind::USER => self.program(scan, kind, None),
            Kind(1403..=1417) => self.simple(scan, kind),
            Kind(1800..=1805) => self.integrity(scan),
            _ => Ok(()),
        }
    }

    /// The name of the user a field names: as auditd knew it, or as it is known here.
    fn name_of(&self, field: &[u8], uid: u32) -> Option<Text<'a>> {
        if !self.wanted.names {
            return None;
        }
        let here = || match uid {
            0 => Some("root"),
            u32::MAX => Some("unset"),
            uid => self.users.name(uid),
        };
        self.added_name(field).or_else(|| here().map(|name| Cow::Borrowed(name.as_bytes())))
    }

    fn added_name(&self, field: &[u8]) -> Option<Text<'a>> {
        let mut words = self.added?.split(|&byte| byte == b' ');
        let value = words.find_map(|word| {
            let (name, value) = word.split_at_checked(field.len())?;
            name.eq_ignore_ascii_case(field).then(|| value.strip_prefix(b"="))?
        })?;
        match value.strip_prefix(b"\"") {
            Some(quoted) => Some(Cow::Borrowed(quoted.split(|&byte| byte == b'"').next()?)),
            None => unescape(value).or(Some(Cow::Borrowed(value))),
        }
    }
}

/// What auditd added to the only record, or to that of the system call.
fn added(event: &Event) -> Option<&[u8]> {
    let mut records = event.records();
    let first = records.next()?;
    let counts = first.kind() == Kind::SYSCALL || records.next().is_none();
    let added = first.enriched().filter(|_| counts)?;
    Fields::of(added).next().is_some().then_some(added)
}
