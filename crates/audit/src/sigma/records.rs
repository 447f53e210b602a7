//! The records of an event as rules for `service: auditd` see them: values as they are written, and
//! in words beside it (`uid` 0 and root, `syscall` 59 and execve, names in capitals as auditd adds
//! them to an enriched log).

use super::view::{Fields, MESSAGE, View};
use crate::action::{arguments, decoded, is_elsewhere, join};
use crate::assemble::Compat;
use crate::event::Event;
use crate::interpret::{address, field};
use crate::kind::Kind;
use crate::record::{self, Record, Value};
use crate::syscall::Arch;
use crate::users::Names;

/// Arguments of a command that are looked at.
pub(super) const MOST_ARGUMENTS: usize = 4096;
/// Bytes of one of them, and of one message.
pub(super) const LONGEST: usize = 64 << 10;

/// The whole of a program start, from all of its records.
pub(super) fn command(event: &Event) -> Vec<String> {
    let records: Vec<Record<'_>> =
        event.records().filter(|record| record.kind() == Kind::EXECVE).collect();
    arguments(&records, MOST_ARGUMENTS, LONGEST)
}

/// Fills a view. `command` is what [`command`] said.
pub(super) fn fill(
    view: &mut View,
    event: &Event,
    command: &[String],
    fields: &Fields,
    names: &Names,
) {
    let mut filler =
        Filler { view, fields, names, folder: None, with_messages: command.is_empty() };
    filler.folder = folder(event);
    let mut is_first_execve = true;
    for record in event.records() {
        if record.kind() != Kind::EXECVE {
            filler.view.begin();
            filler.record(&record);
        } else if std::mem::take(&mut is_first_execve) {
            filler.view.begin();
            filler.execve(command);
        }
    }
}

/// The working directory, if names are below it.
fn folder(event: &Event) -> Option<String> {
    let of = |kind| event.records().find(|record| record.kind() == kind);
    if let Some(record) = of(Kind::SYSCALL)
        && is_elsewhere(syscall(&record).unwrap_or_default(), &record)
    {
        return None;
    }
    let folder = decoded(of(Kind::CWD)?.field(b"cwd")?)?;
    Some(String::from_utf8_lossy(&folder).into_owned())
}

struct Filler<'a> {
    view: &'a mut View,
    fields: &'a Fields,
    names: &'a Names,
    folder: Option<String>,
    with_messages: bool,
}

impl Filler<'_> {
    fn add(&mut self, name: &str, text: &str) {
        if let Some(field) = self.fields.get(name) {
            self.view.add(field, text);
        }
    }

    /// What a program was started with. It is the message of the whole event as well: a word is
    /// looked for in what was run, not among numbers and libraries.
    fn execve(&mut self, command: &[String]) {
        self.add("type", "EXECVE");
        self.add("argc", &command.len().to_string());
        for (n, argument) in command.iter().enumerate() {
            self.add(&format!("a{n}"), argument);
        }
        self.view.add(MESSAGE, &command.join(" "));
    }

    fn record(&mut self, record: &Record<'_>) {
        let kind = record.kind();
        self.add("type", &kind.to_string());
        if let Some(node) = record.node {
            self.add("node", &String::from_utf8_lossy(node));
        }
        let mut message = format!("type={kind}");
        let is_enriched = record.enriched().is_some();
        for (name, value) in record.fields() {
            let Ok(name) = std::str::from_utf8(name) else { continue };
            let is_wanted = self.fields.get(name).is_some();
            if !is_wanted && !self.with_messages && is_enriched {
                continue;
            }
            let text = text(kind, name, value);
            if self.with_messages && message.len() < LONGEST {
                message.push(' ');
                message.push_str(name);
                message.push('=');
                message.push_str(&text);
            }
            if is_wanted {
                // Several keys of one rule are one text with a byte of 1 between them.
                text.split('\u{1}').for_each(|text| self.add(name, text));
            }
            self.words(record, name, &text, is_enriched);
        }
        for (name, value) in record.enriched().into_iter().flat_map(record::Fields::of) {
            if let Ok(name) = std::str::from_utf8(name) {
                self.add(name, &String::from_utf8_lossy(value.bytes()));
            }
        }
        if self.with_messages {
            self.view.add(MESSAGE, &message);
        }
    }

    /// What a value means, under its name, and under the name that auditd adds.
    fn words(&mut self, record: &Record<'_>, name: &str, text: &str, is_enriched: bool) {
        let said = match name {
            "syscall" => syscall(record).map(str::to_owned),
            "arch" => arch(record).map(|arch| arch.name().to_owned()),
            "saddr" if record.kind() == Kind::SOCKADDR => Some(socket(text)),
            "name" if record.kind() == Kind::PATH && !text.starts_with('/') => {
                let path = self.folder.as_ref().map(|folder| join(folder, text));
                return path.into_iter().for_each(|path| self.add(name, &path));
            }
            name if field::is_user(name.as_bytes()) => match text.parse() {
                Ok(0) => Some(String::from("root")),
                Ok(u32::MAX) => Some(String::from("unset")),
                Ok(uid) => self.names.name(uid).map(str::to_owned),
                Err(_) => None,
            },
            _ => None,
        };
        let Some(said) = said else { return };
        self.add(name, &said);
        if !is_enriched {
            self.add(&name.to_ascii_uppercase(), &said);
        }
    }
}

/// A value as it was before it was written down.
fn text(kind: Kind, name: &str, value: Value<'_>) -> String {
    let bytes = match value {
        Value::Bare(bare) if field::is_text(kind, name.as_bytes(), bare) => decoded(value),
        _ => None,
    };
    let text = String::from_utf8_lossy(bytes.as_deref().unwrap_or(value.bytes()));
    if name == "proctitle" {
        text.trim_end_matches('\0').replace('\0', " ")
    } else {
        text.into_owned()
    }
}

fn number(record: &Record<'_>, name: &[u8], base: u32) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(record.field(name)?.bytes()).ok()?, base).ok()
}

fn arch(record: &Record<'_>) -> Option<Arch> {
    Arch::from_number(number(record, b"arch", 16)?)
}

/// The name of the system call.
pub(super) fn syscall(record: &Record<'_>) -> Option<&'static str> {
    arch(record)?.syscall(number(record, b"syscall", 10)?)
}

/// An address in words: `{ saddr_fam=inet laddr=192.0.2.1 lport=443 }`.
pub(super) fn socket(hex: &str) -> String {
    let mut words = Vec::new();
    address::show(hex.as_bytes(), &Names::default(), Compat::V4, &mut words);
    String::from_utf8_lossy(&words).into_owned()
}
