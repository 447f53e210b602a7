//! Events of a system call: several records, of which one tells of the call itself.

use std::borrow::Cow;

use super::words::{self, Call};
use super::{Normalized, Place, What};
use crate::kind::Kind;

/// A record that says more of what a call did than the call itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    PolicyError,
    Firewall,
    Promiscuous,
    Module,
    PolicyLoad,
    Enforcement,
    Boolean,
    Time,
    Bpf,
    Listener,
}

impl Purpose {
    fn of(kind: Kind) -> Option<Self> {
        Some(match kind {
            Kind::SELINUX_ERR => Self::PolicyError,
            Kind::NETFILTER_CFG => Self::Firewall,
            Kind::ANOM_PROMISCUOUS => Self::Promiscuous,
            Kind::KERN_MODULE => Self::Module,
            Kind::MAC_POLICY_LOAD => Self::PolicyLoad,
            Kind::MAC_STATUS => Self::Enforcement,
            Kind::MAC_CONFIG_CHANGE => Self::Boolean,
            Kind::TIME_INJOFFSET | Kind::TIME_ADJNTPVAL => Self::Time,
            Kind::BPF => Self::Bpf,
            Kind::EVENT_LISTENER => Self::Listener,
            _ => return None,
        })
    }
}

impl Normalized<'_, '_, '_> {
    /// Takes an event of a system call apart. False if there is no call in it.
    pub(super) fn compound(&mut self) -> bool {
        let kind = self.cursor.kind();
        while self.cursor.kind() != Kind::SYSCALL {
            // A record of an unknown kind is the end as well.
            if !self.cursor.next_record() || self.cursor.kind() == Kind(0) {
                return false;
            }
        }
        self.area = Some(words::area(kind, self.by.compat));
        let record = self.cursor.number();
        let call = self.find_said(b"syscall");
        self.outcome(record);
        if !self.find_subject(record, b"auid") {
            self.cursor.go(record);
        }
        if !self.find_acting_as(record, b"uid") {
            self.cursor.go(record);
        }
        self.caller();
        self.cursor.first_field();
        if self.cursor.find(b"exe") {
            self.set_how();
        } else {
            self.cursor.go(record);
        }
        if let Some(place) = self.find_in(record, b"key")
            && self.cursor.value() != Some(b"(null)")
        {
            self.key = Some(place);
        }
        match kind {
            Kind::ANOM_LINK => self.act_by_kind(kind),
            Kind::CONFIG_CHANGE => {
                self.cursor.first_record();
                if let Some(said) = self.find_said(b"op") {
                    self.action = Some(Cow::Owned(said));
                    self.object = self.simple_object(kind);
                }
            }
            kind => {
                self.call(&call.unwrap_or_default());
                if kind == Kind::MAC_POLICY_LOAD && self.by.compat >= crate::Compat::V4 {
                    self.program_object();
                }
            }
        }
        true
    }

    /// How the call went.
    fn outcome(&mut self, record: usize) {
        match self.find_in(record, b"success") {
            Some(place) => {
                self.went_well = Some(self.cursor.value() != Some(b"no"));
                self.result = Some(place);
            }
            None => {
                self.cursor.go(record);
            }
        }
    }

    /// More of who called.
    fn caller(&mut self) {
        self.cursor.first_record();
        while self.cursor.kind() != Kind::SYSCALL {
            if !self.cursor.next_record() {
                return;
            }
        }
        let record = self.cursor.number();
        if !self.by.is_labels {
            self.find_session(record);
            return;
        }
        // As they stand in the record.
        for name in ["ppid", "pid", "gid", "euid", "suid", "fsuid", "egid", "sgid", "fsgid", "tty"]
        {
            self.subject_attribute(record, name.as_bytes());
        }
        self.find_session(record);
        self.subject_attribute(record, b"subj");
    }

    /// What a call did to what.
    fn call(&mut self, name: &[u8]) {
        let (mut purpose, mut decided) = (None, None);
        self.cursor.first_record();
        loop {
            match self.cursor.kind() {
                // What it was about is taken from the call all the same.
                Kind::AVC => decided = Some("accessed-mac-policy-controlled-object"),
                Kind::FANOTIFY => decided = Some("accessed-policy-controlled-file"),
                kind => purpose = Purpose::of(kind),
            }
            if purpose.is_some() || decided.is_some() || !self.cursor.next_record() {
                break;
            }
        }
        match (purpose, Call::of(name, self.by.compat)) {
            (Some(purpose), _) => self.purpose(purpose),
            (None, Some(call)) => self.known_call(call, name),
            (None, None) => self.rule(),
        }
        if let Some(decided) = decided {
            self.act(decided);
        }
    }

    fn purpose(&mut self, purpose: Purpose) {
        let kind = self.cursor.kind();
        match purpose {
            Purpose::PolicyError => {
                self.act("caused-mac-policy-error");
                self.object_kind = What::System;
            }
            Purpose::Firewall => {
                self.act("loaded-firewall-rule-to");
                self.object = self.find_first(b"table").or(self.object);
                self.object_kind = What::Firewall;
            }
            Purpose::Promiscuous => {
                self.object = self.find_first(b"dev").or(self.object);
                if self.cursor.find(b"prom") {
                    self.act(if self.int() == Some(0) {
                        "left-promiscuous-mode-on-device"
                    } else {
                        "entered-promiscuous-mode-on-device"
                    });
                }
                self.object_kind = What::Socket;
            }
            Purpose::Module => self.load_module(),
            Purpose::PolicyLoad => {
                self.act_by_kind(kind);
                self.object_kind = What::SecurityPolicy;
            }
            Purpose::Enforcement | Purpose::Boolean => {
                let is_boolean = purpose == Purpose::Boolean;
                let name: &[u8] = if is_boolean { b"bool" } else { b"enforcing" };
                self.act_by_kind(kind);
                self.object = self.find(name).or(self.object);
                self.object_kind = What::SecurityPolicy;
            }
            Purpose::Time => {
                self.act("changed-system-time");
                self.object_kind = What::System;
            }
            Purpose::Bpf => self.bpf(),
            Purpose::Listener => {
                self.listener();
                self.object_kind = What::Socket;
                self.program_object();
            }
        }
    }

    fn known_call(&mut self, call: Call, name: &[u8]) {
        match call {
            Call::Open => {
                self.file_call("opened-file", What::File, 0);
                // Whatever it is.
                self.object_kind = What::File;
            }
            Call::File(action) => self.file_call(action, What::File, 0),
            Call::SystemStat => {
                self.file_call("checked-filesystem-metadata-of", What::FileSystem, 0);
            }
            Call::Unmount => self.file_call("unmounted", What::FileSystem, 0),
            Call::Execute => self.file_call("executed", What::File, 1),
            Call::MakeDirectory => self.file_call("created-directory", What::File, 1),
            Call::Attribute => {
                let first = if name == b"fsetxattr" { -1 } else { 0 };
                self.file_call("changed-file-attributes-of", What::File, first);
            }
            Call::Permission => {
                let mode: &[u8] = if name == b"fchmodat" { b"a2" } else { b"a1" };
                let found = self.find_first(mode);
                self.second_object = found.map(|_| self.place_in(0)).or(self.second_object);
                let first = if name == b"fchmod" { -1 } else { 0 };
                self.file_call("changed-file-permissions-of", What::File, first);
            }
            Call::Owner => {
                self.new_owner(name);
                let first = if name == b"fchown" { -1 } else { 0 };
                self.file_call("changed-file-ownership-of", What::File, first);
            }
            Call::Rename => {
                self.second_path(6);
                self.file_call("renamed", What::File, 2);
            }
            Call::Link => {
                self.second_path(2);
                self.file_call("symlinked", What::File, 2);
            }
            Call::Mount => {
                self.act("mounted");
                self.object_kind = What::FileSystem;
                if self.went_well == Some(true) {
                    self.second_path(2);
                }
                self.file_object(self.went_well.map_or(-1, i8::from));
                self.path_attributes();
            }
            Call::MakeDevice => {
                self.file_object(0);
                self.file_attributes();
                self.act(match self.object_kind {
                    What::CharacterDevice => "made-character-device",
                    What::BlockDevice => "made-block-device",
                    _ => "make-device",
                });
            }
            Call::LoadModule => self.load_module(),
            Call::UnloadModule => {
                self.act("unloaded-kernel-module");
                self.object_kind = What::File;
            }
            Call::Socket(action) => {
                self.act(action);
                self.object_kind = What::Socket;
                self.cursor.go(1);
                self.cursor.first_field();
                self.find_object(1, b"saddr");
            }
            Call::Signal => {
                let is_list = self.cursor.len() > 2;
                self.act(if is_list { "killed-list-of-pids" } else { "killed-pid" });
                self.cursor.go(1);
                self.cursor.first_field();
                self.object = self.find(b"saddr").or(self.object);
                self.object_kind = What::Process;
            }
            Call::Identity => {
                self.process_call("changed-identity-of", name);
                self.new_identity(name);
            }
            Call::Schedule => self.process_call("adjusted-scheduling-policy-of", name),
            Call::Confine => self.process_call("adjusted-security-policy-of", name),
            Call::Time => {
                self.act("changed-system-time");
                self.object_kind = What::System;
            }
            Call::Name => {
                self.act("changed-system-name");
                self.object_kind = What::System;
            }
            Call::Memory => {
                self.act("allocated-memory");
                if self.went_well == Some(true) {
                    self.act("allocated-memory-in");
                    self.object = self.find_first(b"comm").or(self.object);
                }
                self.object_kind = What::Memory;
            }
        }
    }

    /// A call that only a rule knows of.
    fn rule(&mut self) {
        self.object_kind = What::AuditRule;
        match self.find_first(b"key") {
            Some(place) if self.cursor.value() != Some(b"(null)") => {
                self.act("triggered-audit-rule");
                self.object = Some(place);
            }
            _ => self.act("triggered-unknown-audit-rule"),
        }
    }

    /// Something was done to a file; `first` is how far its record is from the usual place.
    fn file_call(&mut self, action: &'static str, what: What, first: i8) {
        self.act(action);
        self.object_kind = what;
        self.file_object(first);
        self.file_attributes();
    }

    fn process_call(&mut self, action: &'static str, name: &[u8]) {
        self.act(action);
        self.object_kind = What::Process;
        self.program_object();
        if self.how.is_some() {
            self.how = Some(name.to_vec());
        }
    }

    fn load_module(&mut self) {
        self.act("loaded-kernel-module");
        self.object_kind = What::File;
        self.cursor.go(1);
        self.find_object(1, b"name");
    }

    /// What a program for the kernel was loaded or taken out.
    pub(super) fn bpf(&mut self) {
        self.cursor.first_record();
        let is_known = self.cursor.find(b"op");
        self.act(match self.cursor.value() {
            _ if !is_known => "bpf-program",
            Some(b"LOAD") => "loaded-bpf-program",
            _ => "unloaded-bpf-program",
        });
        self.object_kind = What::Process;
        self.program_object();
    }

    /// Who listens to the audit trail.
    pub(super) fn listener(&mut self) {
        self.cursor.first_record();
        let is_known = self.cursor.find(b"op");
        self.act(match self.cursor.value() {
            _ if !is_known => "connected",
            Some(b"connect") => "connected-to",
            _ => "disconnected-from",
        });
    }

    /// The program, or what the first record is about.
    pub(super) fn program_object(&mut self) {
        self.cursor.first_record();
        let name: &[u8] = match self.cursor.kind() {
            Kind::BPF => b"prog-id",
            Kind::EVENT_LISTENER => b"nl-mcgrp",
            Kind::MAC_POLICY_LOAD if self.by.compat >= crate::Compat::V4 => b"lsm",
            _ => {
                if self.cursor.find(b"exe") {
                    if self.is_script() {
                        self.to_script_name();
                        self.cursor.find(b"comm");
                    }
                    self.object = Some(self.place_in(self.cursor.number()));
                }
                return;
            }
        };
        self.object = self.find(name).or(self.object);
    }

    /// To whom a file was given: the user, or if that stays the group.
    fn new_owner(&mut self, name: &[u8]) {
        let user: &[u8] = if name == b"fchownat" { b"a2" } else { b"a1" };
        if self.find_first(user).is_some() {
            if self.int() == Some(-1) {
                self.cursor.next_field();
            }
            self.second_object = Some(self.place_in(0));
        }
    }

    /// Whom a process became: the first identity that changes.
    fn new_identity(&mut self, name: &[u8]) {
        let most = match name {
            b"setuid" | b"setgid" => 1,
            b"setreuid" | b"setregid" => 2,
            b"setresuid" | b"setresgid" => 3,
            _ => return,
        };
        if self.find_first(b"a0").is_none() {
            return;
        }
        for at in 1..=most {
            if self.say() != b"unset" {
                break;
            }
            if at == most || !self.cursor.next_field() {
                return;
            }
        }
        self.second_object = Some(self.place_in(0));
    }

    /// The name in a record, as the second object.
    fn second_path(&mut self, record: usize) {
        self.cursor.go(record);
        self.cursor.first_field();
        self.second_object = self.find_in(record, b"name").or(self.second_object);
    }

    /// The file an event is about: the first from a record on that is not only the folder it is in.
    fn file_object(&mut self, first: i8) {
        self.cursor.go(2_usize.saturating_add_signed(first.into()));
        self.cursor.first_field();
        let mut parent = None;
        let record = loop {
            if !self.cursor.find(b"nametype") {
                // Of a call that failed there may be the folder only.
                let Some(parent) = parent.filter(|parent| *parent > 0) else { return };
                self.cursor.go(parent);
                break parent;
            }
            if self.cursor.value() != Some(b"PARENT") {
                break self.cursor.number();
            }
            parent = parent.or(Some(self.cursor.number()));
            if !self.cursor.next_record() {
                break 0;
            }
        };
        if self.cursor.kind() != Kind::PATH {
            return;
        }
        self.cursor.first_field();
        self.find_object(record, b"name");
        self.object_part = self.find_in(record, b"inode").or(self.object_part);
        if self.cursor.find(b"mode")
            && let Some(mode) = self.cursor.value()
            && let Some(mode) = crate::interpret::number::unsigned(mode, 8)
        {
            // The kinds of files of inode(7).
            self.object_kind = match mode as u32 >> 12 & 0o17 {
                0o01 => What::Fifo,
                0o02 => What::CharacterDevice,
                0o04 => What::Directory,
                0o06 => What::BlockDevice,
                0o10 => What::File,
                0o12 => What::Link,
                0o14 => What::Socket,
                _ => self.object_kind,
            };
        }
    }

    /// More of the file an event is about.
    fn file_attributes(&mut self) {
        if !self.by.is_labels {
            return;
        }
        let mut parent = 0;
        self.cursor.first_record();
        loop {
            let record = self.cursor.number();
            match self.cursor.kind() {
                Kind::PATH => {
                    let is_parent =
                        self.cursor.find(b"nametype") && self.cursor.value() == Some(b"PARENT");
                    if !is_parent {
                        return self.path_attributes();
                    }
                    if parent == 0 {
                        parent = self.cursor.number();
                    }
                }
                Kind::CWD => {
                    self.object_attribute(record, b"cwd");
                }
                Kind::SOCKADDR => {
                    self.object_attribute(record, b"saddr");
                }
                _ => {}
            }
            if !self.cursor.next_record() {
                break;
            }
        }
        if parent > 0 {
            self.cursor.go(parent);
            self.path_attributes();
        }
    }

    /// All that a record of a path says from its mode on.
    fn path_attributes(&mut self) {
        let record = self.cursor.number();
        self.cursor.first_field();
        if !self.object_attribute(record, b"mode") {
            return;
        }
        while self.cursor.next_field() {
            self.object_attributes.push(Place { record, field: self.cursor.field_number() });
        }
    }
}
