//! An event in few words of one vocabulary: who did what to what, how, and how it went.
//!
//! The vocabulary is that of `auparse_normalize(3)`, which `ausearch --format csv` and `text` print.
//! It names most things by where they stand in the event: their words come from
//! [`Normalized::said`].

mod compound;
mod cursor;
mod fields;
mod path;
mod simple;
mod words;

use std::borrow::Cow;

use crate::assemble::Compat;
use crate::event::Event;
use crate::interpret::{Interpreter, Type};
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
            let is_last = parsed.is_whole && compat.is_last(parsed.kind);
            if !(is_first && (!parsed.is_whole || parsed.kind == Kind::EOE)) {
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

impl Normalized<'_, '_, '_> {
    /// The kind of the first record.
    pub(crate) fn kind(&mut self) -> Kind {
        self.cursor.first_record();
        self.cursor.kind()
    }

    /// What was done.
    pub(crate) fn action(&self) -> &[u8] {
        self.action.as_deref().unwrap_or(b"did-unknown")
    }

    /// Was a setting of the audit trail changed, not a rule?
    pub(crate) fn is_setting(&self) -> bool {
        matches!(self.action(), b"set" | b"seccomp-logging")
    }

    pub(crate) fn object_kind(&self) -> &'static str {
        self.object_kind.word(self.by.compat)
    }

    /// The name of the node as its field says it.
    pub(crate) fn node_said(&mut self) -> Option<Vec<u8>> {
        self.node.filter(|node| !node.is_empty())?;
        self.cursor.first_record();
        Some(self.say())
    }

    /// What a place says in words; none if there is no such place.
    pub(crate) fn said(&mut self, place: Option<Place>) -> Option<Vec<u8>> {
        self.seek(place).then(|| self.say())
    }

    /// What the object is, files by their full path. `is_setting` is when an audit setting counts
    /// by its name, not its value.
    pub(crate) fn object_said(
        &mut self,
        place: Option<Place>,
        is_setting: bool,
    ) -> Option<Vec<u8>> {
        if !self.seek(place) {
            return None;
        }
        let name = self.cursor.field().map(|field| field.name);
        Some(match name {
            Some(b"name") if self.cursor.kind() != Kind::KERN_MODULE => self.say_path(),
            Some(name) if is_setting => name.to_vec(),
            _ => self.say(),
        })
    }

    /// The number at a place.
    pub(crate) fn number(&mut self, place: Option<Place>) -> Option<i32> {
        self.seek(place).then(|| self.int().unwrap_or(-1))
    }

    /// Did it go well, where that is known?
    pub(crate) fn is_success(&mut self) -> Option<bool> {
        let said = self.said(self.result)?;
        let is_allowed = || self.kind_of_value() == Type::Seccomp && said == b"allow";
        Some(said == b"yes" || said.starts_with(b"suc") || is_allowed())
    }

    /// The kind of the record a place is in.
    pub(crate) fn kind_at(&mut self, place: Option<Place>) -> Kind {
        if self.seek(place) { self.cursor.kind() } else { Kind(0) }
    }

    /// Is a socket's address at this place?
    pub(crate) fn is_address(&mut self, place: Option<Place>) -> bool {
        self.seek(place) && self.kind_of_value() == Type::Address
    }

    /// The label of SELinux of who acts.
    pub(crate) fn subject_label(&mut self) -> Option<Vec<u8>> {
        let places = std::mem::take(&mut self.subject_attributes);
        self.label(&places, b"subj")
    }

    /// That of what is acted upon.
    pub(crate) fn object_label(&mut self) -> Option<Vec<u8>> {
        let places = std::mem::take(&mut self.object_attributes);
        self.label(&places, b"obj")
    }

    fn label(&mut self, places: &[Place], name: &[u8]) -> Option<Vec<u8>> {
        for place in places {
            if !self.cursor.seek(*place) {
                return None;
            }
            if self.cursor.field().is_some_and(|field| field.name == name) {
                return Some(self.say());
            }
        }
        None
    }

    fn seek(&mut self, place: Option<Place>) -> bool {
        place.is_some_and(|place| self.cursor.seek(place))
    }

    /// What the field here says in words.
    fn say(&mut self) -> Vec<u8> {
        let Some(record) = self.cursor.record() else { return Vec::new() };
        let (kind, context) = (record.kind, record.context);
        let interpreter = &mut self.by.interpreter;
        let Some(field) = self.cursor.field_mut() else { return Vec::new() };
        let said = field.said.get_or_insert_with(|| {
            let mut said = Vec::new();
            let value = field.value.as_deref().unwrap_or_default();
            interpreter.value(kind, field.name, value, &context, &mut said);
            said
        });
        said.clone()
    }

    /// The file the field here names, with the folder it happened in.
    fn say_path(&mut self) -> Vec<u8> {
        let Some(cwd) = self.cwd else { return self.say() };
        let Some(record) = self.cursor.record() else { return Vec::new() };
        let added = record.context.added;
        let Some(field) = self.cursor.field_mut() else { return Vec::new() };
        let by = &mut self.by;
        let said = field.said.get_or_insert_with(|| {
            let value = field.value.as_deref().unwrap_or_default();
            let mut said = Vec::new();
            if !added.show(field.name, false, &mut said) {
                by.interpreter.escaped(&by.real_path.of(cwd, value), &mut said);
            }
            said
        });
        said.clone()
    }

    /// What the value here is.
    fn kind_of_value(&self) -> Type {
        let Some(field) = self.cursor.field() else { return Type::Plain };
        let value = field.value.as_deref().unwrap_or_default();
        Type::of(self.cursor.kind(), field.name, value, self.by.compat)
    }

    /// The number here; none if there is none or no room for it.
    fn int(&self) -> Option<i32> {
        crate::interpret::number::signed(self.cursor.value()?, 10).map(|number| number as i32)
    }

    /// The place here, which is said to be in a record.
    fn place_in(&self, record: usize) -> Place {
        Place { record, field: self.cursor.field_number() }
    }

    /// Finds a field, which is said to be in a record.
    fn find_in(&mut self, record: usize, name: &[u8]) -> Option<Place> {
        self.cursor.find(name).then(|| self.place_in(record))
    }

    /// Finds a field in whatever record it is.
    fn find(&mut self, name: &[u8]) -> Option<Place> {
        self.cursor.find(name).then(|| self.place_in(self.cursor.number()))
    }

    /// Finds a field from the beginning of the event on.
    fn find_first(&mut self, name: &[u8]) -> Option<Place> {
        self.cursor.first_record();
        self.find(name)
    }

    /// Finds a field and what it says.
    fn find_said(&mut self, name: &[u8]) -> Option<Vec<u8>> {
        self.cursor.find(name).then(|| self.say())
    }

    fn find_subject(&mut self, record: usize, name: &[u8]) -> bool {
        let found = self.find_in(record, name);
        self.subject = found.or(self.subject);
        found.is_some()
    }

    /// Who they acted as, which says what kind of account it is.
    fn find_acting_as(&mut self, record: usize, name: &[u8]) -> bool {
        let found = self.find_in(record, name);
        self.acting_as = found.or(self.acting_as);
        found.is_some() && self.set_subject_kind()
    }

    /// The kind of account here; false if it is none.
    fn set_subject_kind(&mut self) -> bool {
        let id = if self.kind_of_value() == Type::User {
            Some(self.int().unwrap_or(-1))
        } else if self.cursor.field().is_some_and(|field| field.name == b"acct") {
            let name = self.say();
            let id = std::str::from_utf8(&name).ok().and_then(|name| self.by.users.id(name));
            id.map(|id| id as i32)
        } else {
            None
        };
        self.subject_kind = Some(match id {
            Some(0) => "privileged-acct",
            Some(-1) => "unset-acct",
            Some(..1000) => "service-acct",
            Some(..60000) => "user-acct",
            _ => "unknown-acct",
        });
        id.is_some()
    }

    fn find_object(&mut self, record: usize, name: &[u8]) -> bool {
        let found = self.find_in(record, name);
        self.object = found.or(self.object);
        found.is_some()
    }

    fn find_session(&mut self, record: usize) -> bool {
        let found = self.find_in(record, b"ses");
        self.session = found.or(self.session);
        if found.is_none() {
            self.cursor.first_record();
        }
        found.is_some()
    }

    fn find_result(&mut self) {
        let found = self.find_in(0, b"res");
        self.result = found.or(self.result);
    }

    /// Takes down more of who acts; where it is not found, one goes on from the record's beginning.
    fn subject_attribute(&mut self, record: usize, name: &[u8]) {
        match self.find_in(record, name) {
            Some(place) => self.subject_attributes.push(place),
            None => {
                self.cursor.go(record);
            }
        }
    }

    /// The same of what is acted upon.
    fn object_attribute(&mut self, record: usize, name: &[u8]) -> bool {
        let found = self.find_in(record, name);
        self.object_attributes.extend(found);
        if found.is_none() {
            self.cursor.go(record);
        }
        found.is_some()
    }

    /// How it was done: the program here, or for a script what it is called.
    fn set_how(&mut self) {
        self.how = Some(self.say());
        if self.is_script() {
            self.to_script_name();
            if self.cursor.find(b"comm") {
                self.how = Some(self.say());
            }
        }
    }

    /// Is the program here one that runs scripts?
    fn is_script(&mut self) -> bool {
        let exe = self.say();
        let interpreters: [&[u8]; 4] =
            [b"/usr/bin/python", b"/usr/bin/sh", b"/usr/bin/bash", b"/usr/bin/perl"];
        interpreters.iter().any(|interpreter| exe.starts_with(interpreter))
    }

    /// The name of a script stands before its program.
    fn to_script_name(&mut self) {
        match self.cursor.field_number().checked_sub(1) {
            Some(before) => {
                self.cursor.go_field(before);
            }
            None => self.cursor.first_record(),
        }
    }

    fn act(&mut self, action: &'static str) {
        self.action = Some(Cow::Borrowed(action.as_bytes()));
    }

    fn act_by_kind(&mut self, kind: Kind) {
        let done = words::done(kind, self.by.compat);
        self.action = done.map(|done| Cow::Borrowed(done.as_bytes())).or(self.action.take());
    }
}
