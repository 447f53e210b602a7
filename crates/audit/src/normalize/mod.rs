//! An event in few words of one vocabulary: who did what to what, how, and how it went.
//!
//! The vocabulary is that of `auparse_normalize(3)`, which `ausearch --format csv` and `text` print.
//! It names most things by where they stand in the event: their words come from
//! [`Normalized::said`].

mod call;
mod compound;
mod cursor;
mod fields;
mod find;
mod path;
mod said;
mod simple;
mod words;

use std::borrow::Cow;

use crate::assemble::Compat;
use crate::event::Event;
use crate::interpret::Interpreter;
use crate::kind::Kind;
use crate::record::Record;
use crate::users::Names;
use cursor::Cursor;
pub(crate) use cursor::Place;
use fields::Parsed;
use path::RealPath;

/// Takes events apart.
#[derive(Debug)]
pub(crate) struct Normalizer<'a> {
    interpreter: Interpreter<'a>,
    users: &'a Names,
    compat: Compat,
    /// Are labels of SELinux wanted, and what it decided about?
    is_labels: bool,
    real_path: RealPath,
}

impl<'a> Normalizer<'a> {
    pub(crate) fn new(
        interpreter: Interpreter<'a>,
        users: &'a Names,
        compat: Compat,
        is_labels: bool,
    ) -> Self {
        Self { interpreter, users, compat, is_labels, real_path: RealPath::new(compat) }
    }

    /// Calls `print` with each event that auditd's parser library finds in one of ausearch: what
    /// follows a record that is the last of its event is an event again.
    pub(crate) fn each<E>(
        &mut self,
        event: &Event,
        mut print: impl FnMut(Normalized<'_, '_, 'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        let compat = self.compat;
        let mut records = Vec::new();
        let mut all = event.records().peekable();
        while let Some(record) = all.next() {
            let parsed = Parsed::of(&record, compat);
            let is_first = records.is_empty();
            let is_end = parsed.kind == Kind::EOE;
            let is_last = parsed.is_whole && (is_end || compat.is_last(parsed.kind));
            if !(is_first && (is_end || !parsed.is_whole)) {
                records.push(parsed);
            }
            if !records.is_empty() && (is_last || all.peek().is_none()) {
                print(self.normalize(&record, std::mem::take(&mut records)))?;
            }
        }
        Ok(())
    }

    fn normalize<'n, 'e>(
        &'n mut self,
        of: &Record<'e>,
        records: Vec<Parsed<'e>>,
    ) -> Normalized<'n, 'e, 'a> {
        let cwd = records.iter().rev().find_map(|record| record.cwd);
        let mut this = Normalized {
            cursor: Cursor::new(records),
            by: self,
            id: of.id,
            node: of.node,
            cwd,
            is_normal: true,
            area: None,
            session: None,
            subject: None,
            acting_as: None,
            subject_kind: None,
            subject_attributes: Vec::new(),
            action: None,
            result: None,
            object: None,
            object_part: None,
            second_object: None,
            object_kind: What::Unknown,
            object_attributes: Vec::new(),
            how: None,
            key: None,
            went_well: None,
        };
        this.is_normal = if this.cursor.len() > 1 { this.compound() } else { this.simple() };
        this.cursor.first_record();
        this
    }
}

/// What was done something to.
#[allow(missing_docs)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Unknown,
    Account,
    AuditConfig,
    AuditRule,
    BlockDevice,
    CharacterDevice,
    Directory,
    Fifo,
    File,
    FileSystem,
    Firewall,
    Keystrokes,
    Link,
    Memory,
    Printer,
    Process,
    SecurityPolicy,
    Service,
    Session,
    Socket,
    Software,
    System,
    VirtualMachine,
}

impl What {
    fn word(self, compat: Compat) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Account => "account",
            Self::AuditConfig => "audit-config",
            Self::AuditRule => "admin-defined-rule",
            Self::BlockDevice => "block-device",
            Self::CharacterDevice => "character-device",
            Self::Directory => "directory",
            Self::Fifo => "fifo",
            Self::File => "file",
            Self::FileSystem => "file-system",
            Self::Firewall => "firewall",
            Self::Keystrokes => "keystrokes",
            Self::Link => "symlink",
            Self::Memory => "memory",
            Self::Printer => "printer",
            Self::Process => "process",
            Self::SecurityPolicy if compat == Compat::V3 => "mac-config",
            Self::SecurityPolicy => "security-policy",
            Self::Service => "service",
            Self::Session => "user-session",
            Self::Socket => "socket",
            Self::Software => "software",
            Self::System => "system",
            Self::VirtualMachine => "virtual-machine",
        }
    }
}

/// An event in few words.
#[derive(Debug)]
pub(crate) struct Normalized<'n, 'e, 'a> {
    by: &'n mut Normalizer<'a>,
    cursor: Cursor<'e>,
    cwd: Option<&'e [u8]>,
    pub(crate) id: crate::record::Id,
    pub(crate) node: Option<&'e [u8]>,
    /// Could it be put into words?
    pub(crate) is_normal: bool,
    pub(crate) area: Option<&'static str>,
    pub(crate) session: Option<Place>,
    /// Who logged in.
    pub(crate) subject: Option<Place>,
    /// Who they acted as.
    pub(crate) acting_as: Option<Place>,
    pub(crate) subject_kind: Option<&'static str>,
    subject_attributes: Vec<Place>,
    pub(crate) action: Option<Cow<'static, [u8]>>,
    pub(crate) result: Option<Place>,
    pub(crate) object: Option<Place>,
    pub(crate) object_part: Option<Place>,
    pub(crate) second_object: Option<Place>,
    object_kind: What,
    object_attributes: Vec<Place>,
    pub(crate) how: Option<Vec<u8>>,
    pub(crate) key: Option<Place>,
    /// Did the system call succeed?
    went_well: Option<bool>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ausearch::Escape;

    proptest! {
        /// Whatever is in records of whatever kinds, every place that is named can be said.
        #[test]
        fn any_fields_are_read_without_harm(
            records in proptest::collection::vec(
                (0..KINDS.len(), proptest::collection::vec((0..NAMES.len(), "[ -~\u{1}]{0,12}"), 0..9)),
                1..6,
            ),
        ) {
            let users = Names::default();
            let mut event = Event::default();
            event.begin(crate::Id { sec: 1_700_000_000, ms: 1, serial: 2 }, Kind::SYSCALL, None);
            for (kind, fields) in records {
                let mut line = format!("type={} msg=audit(1700000000.001:2):", KINDS[kind]);
                line.extend(fields.iter().map(|(name, value)| format!(" {}={value}", NAMES[*name])));
                event.push(line.as_bytes());
            }
            for compat in [Compat::V3, Compat::V4] {
                let root = std::path::Path::new("/nowhere");
                let interpreter = Interpreter::new(&users, &users, root, compat, Escape::Tty);
                let mut normalizer = Normalizer::new(interpreter, &users, compat, true);
                let printed = normalizer.each(&event, |mut event| {
                    let (object, second) = (event.object, event.second_object);
                    let said = [
                        event.object_said(object, true),
                        event.object_said(second, false),
                        event.said(event.result),
                        event.subject_label(),
                        event.object_label(),
                        event.how.take(),
                    ];
                    match said.into_iter().flatten().flatten().find(|byte| *byte < 32) {
                        Some(control) => Err(control),
                        None => Ok(()),
                    }
                });
                prop_assert_eq!(printed, Ok(()));
            }
        }
    }

    const NAMES: [&str; 20] = [
        "auid", "uid", "syscall", "success", "exe", "comm", "key", "name", "nametype", "mode",
        "a0", "a1", "op", "res", "cwd", "saddr", "acct", "subj", "obj", "msg='sw",
    ];
    const KINDS: [&str; 10] = [
        "SYSCALL",
        "PATH",
        "CWD",
        "PROCTITLE",
        "USER_CMD",
        "AVC",
        "CONFIG_CHANGE",
        "LOGIN",
        "SOFTWARE_UPDATE",
        "BPF",
    ];
}
