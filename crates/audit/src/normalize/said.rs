//! What a normalized event says, in words.

use super::{Normalized, Place};
use crate::interpret::Type;
use crate::kind::Kind;

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

    pub(super) fn label(&mut self, places: &[Place], name: &[u8]) -> Option<Vec<u8>> {
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

    pub(super) fn seek(&mut self, place: Option<Place>) -> bool {
        place.is_some_and(|place| self.cursor.seek(place))
    }

    /// What the field here says in words.
    pub(super) fn say(&mut self) -> Vec<u8> {
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
    pub(super) fn say_path(&mut self) -> Vec<u8> {
        let Some(cwd) = self.cwd else { return self.say() };
        let Some(record) = self.cursor.record() else { return Vec::new() };
        let added = record.context.added;
        let Some(field) = self.cursor.field_mut() else { return Vec::new() };
        let by = &mut *self.by;
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
    pub(super) fn kind_of_value(&self) -> Type {
        let Some(field) = self.cursor.field() else { return Type::Plain };
        let value = field.value.as_deref().unwrap_or_default();
        Type::of(self.cursor.kind(), field.name, value, self.by.compat)
    }

    /// The number here; none if there is none or no room for it.
    pub(super) fn int(&self) -> Option<i32> {
        crate::interpret::number::signed(self.cursor.value()?, 10).map(|number| number as i32)
    }
}
