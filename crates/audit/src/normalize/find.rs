//! Finding who, what and how in an event: each search goes on where the last one ended.

use std::borrow::Cow;

use super::{Normalized, Place, words};
use crate::interpret::Type;
use crate::kind::Kind;

impl Normalized<'_, '_, '_> {
    /// The place here, which is said to be in a record.
    pub(super) fn place_in(&self, record: usize) -> Place {
        Place { record, field: self.cursor.field_number() }
    }

    /// Finds a field, which is said to be in a record.
    pub(super) fn find_in(&mut self, record: usize, name: &[u8]) -> Option<Place> {
        self.cursor.find(name).then(|| self.place_in(record))
    }

    /// Finds a field in whatever record it is.
    pub(super) fn find(&mut self, name: &[u8]) -> Option<Place> {
        self.cursor.find(name).then(|| self.place_in(self.cursor.number()))
    }

    /// Finds a field from the beginning of the event on.
    pub(super) fn find_first(&mut self, name: &[u8]) -> Option<Place> {
        self.cursor.first_record();
        self.find(name)
    }

    /// Finds a field and what it says.
    pub(super) fn find_said(&mut self, name: &[u8]) -> Option<Vec<u8>> {
        self.cursor.find(name).then(|| self.say())
    }

    pub(super) fn find_subject(&mut self, record: usize, name: &[u8]) -> bool {
        let found = self.find_in(record, name);
        self.subject = found.or(self.subject);
        found.is_some()
    }

    /// Who they acted as, which says what kind of account it is.
    pub(super) fn find_acting_as(&mut self, record: usize, name: &[u8]) -> bool {
        let found = self.find_in(record, name);
        self.acting_as = found.or(self.acting_as);
        found.is_some() && self.set_subject_kind()
    }

    /// The kind of account here; false if it is none.
    pub(super) fn set_subject_kind(&mut self) -> bool {
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

    pub(super) fn find_object(&mut self, record: usize, name: &[u8]) -> bool {
        let found = self.find_in(record, name);
        self.object = found.or(self.object);
        found.is_some()
    }

    pub(super) fn find_session(&mut self, record: usize) -> bool {
        let found = self.find_in(record, b"ses");
        self.session = found.or(self.session);
        if found.is_none() {
            self.cursor.first_record();
        }
        found.is_some()
    }

    pub(super) fn find_result(&mut self) {
        let found = self.find_in(0, b"res");
        self.result = found.or(self.result);
    }

    /// Takes down more of who acts; where it is not found, one goes on from the record's beginning.
    pub(super) fn subject_attribute(&mut self, record: usize, name: &[u8]) {
        match self.find_in(record, name) {
            Some(place) => self.subject_attributes.push(place),
            None => {
                self.cursor.go(record);
            }
        }
    }

    /// The same of what is acted upon.
    pub(super) fn object_attribute(&mut self, record: usize, name: &[u8]) -> bool {
        let found = self.find_in(record, name);
        self.object_attributes.extend(found);
        if found.is_none() {
            self.cursor.go(record);
        }
        found.is_some()
    }

    /// How it was done: the program here, or for a script what it is called.
    pub(super) fn set_how(&mut self) {
        self.how = Some(self.say());
        if self.is_script() {
            self.go_to_script_name();
            if self.cursor.find(b"comm") {
                self.how = Some(self.say());
            }
        }
    }

    /// Is the program here one that runs scripts?
    pub(super) fn is_script(&mut self) -> bool {
        let exe = self.say();
        let interpreters: [&[u8]; 4] =
            [b"/usr/bin/python", b"/usr/bin/sh", b"/usr/bin/bash", b"/usr/bin/perl"];
        interpreters.iter().any(|interpreter| exe.starts_with(interpreter))
    }

    /// The name of a script stands before its program.
    pub(super) fn go_to_script_name(&mut self) {
        match self.cursor.field_number().checked_sub(1) {
            Some(before) => {
                self.cursor.go_field(before);
            }
            None => self.cursor.first_record(),
        }
    }

    pub(super) fn act(&mut self, action: &'static str) {
        self.action = Some(Cow::Borrowed(action.as_bytes()));
    }

    pub(super) fn act_by_kind(&mut self, kind: Kind) {
        let done = words::done(kind, self.by.compat);
        self.action = done.map(|done| Cow::Borrowed(done.as_bytes())).or(self.action.take());
    }
}
