//! What a system call did to what.

use super::words::Call;
use super::{Normalized, Place, What};
use crate::interpret::number::unsigned;
use crate::kind::Kind;

impl Normalized<'_, '_, '_> {
    pub(super) fn known_call(&mut self, call: Call, name: &[u8]) {
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

    pub(super) fn load_module(&mut self) {
        self.act("loaded-kernel-module");
        self.object_kind = What::File;
        self.cursor.go(1);
        self.find_object(1, b"name");
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
            && let Some(mode) = unsigned(mode, 8)
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
