//! Going through the records and fields of an event, mostly forward.
//!
//! Which of several fields of one name is meant depends on where the search for it began. The
//! moves here are those of `auparse(3)`, so that ours find the same ones.

use super::fields::{Field, Parsed};
use crate::kind::Kind;

/// A field by its number in a record.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) record: usize,
    pub(crate) field: usize,
}

#[derive(Debug)]
pub(super) struct Cursor<'a> {
    records: Vec<Parsed<'a>>,
    /// None is beyond the last one.
    here: Option<usize>,
}

impl<'a> Cursor<'a> {
    /// At the first field. There must be a record.
    pub(super) fn new(records: Vec<Parsed<'a>>) -> Self {
        Self { records, here: Some(0) }
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn record(&self) -> Option<&Parsed<'a>> {
        self.records.get(self.here?)
    }

    fn record_mut(&mut self) -> Option<&mut Parsed<'a>> {
        self.records.get_mut(self.here?)
    }

    /// The number of the record; that of none is 0.
    pub(super) fn number(&self) -> usize {
        self.here.unwrap_or_default()
    }

    pub(super) fn kind(&self) -> Kind {
        self.record().map_or(Kind(0), |record| record.kind)
    }

    pub(super) fn field(&self) -> Option<&Field<'a>> {
        let record = self.record()?;
        record.fields.get(record.at)
    }

    pub(super) fn field_mut(&mut self) -> Option<&mut Field<'a>> {
        let record = self.record_mut()?;
        record.fields.get_mut(record.at)
    }

    /// The number of the field; that of none is 0.
    pub(super) fn field_number(&self) -> usize {
        self.record().map_or(0, |record| record.at)
    }

    pub(super) fn value(&self) -> Option<&[u8]> {
        self.field()?.value.as_deref()
    }

    pub(super) fn first_record(&mut self) {
        self.go(0);
    }

    /// To a record's first field; nothing changes if there is no such record.
    pub(super) fn go(&mut self, number: usize) -> bool {
        let Some(record) = self.records.get_mut(number) else { return false };
        record.at = 0;
        self.here = Some(number);
        true
    }

    /// To the next record, to the field last looked at there.
    pub(super) fn next_record(&mut self) -> bool {
        let next = self.here.map(|here| here + 1);
        self.here = next.filter(|next| *next < self.records.len());
        self.here.is_some()
    }

    pub(super) fn first_field(&mut self) {
        self.go_field(0);
    }

    pub(super) fn next_field(&mut self) -> bool {
        self.go_field(self.field_number() + 1)
    }

    pub(super) fn go_field(&mut self, number: usize) -> bool {
        let Some(record) = self.record_mut().filter(|record| number < record.fields.len()) else {
            return false;
        };
        record.at = number;
        true
    }

    pub(super) fn seek(&mut self, place: Place) -> bool {
        self.go(place.record) && self.go_field(place.field)
    }

    /// To the next field of a name, from here on, in this record or one after it. From the last
    /// field of a record nothing is found but itself.
    pub(super) fn find(&mut self, name: &[u8]) -> bool {
        match self.field() {
            Some(field) if field.name == name => return field.value.is_some(),
            _ => {}
        }
        if !self.next_field() {
            return false;
        }
        while let Some(record) = self.record_mut() {
            let from = record.at;
            let found = record.fields[from..].iter().position(|field| field.name == name);
            if let Some(found) = found {
                record.at = from + found;
                return record.fields[record.at].value.is_some();
            }
            if self.next_record() {
                self.first_field();
            }
        }
        false
    }
}
