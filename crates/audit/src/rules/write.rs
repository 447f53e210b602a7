//! Rules as text: as `auditctl -l` shows them, and so that they can be read again.

use super::field::{FILESYSTEMS, Kind, PERMS};
use super::pair::UNSET;
use super::rule::{Field, FieldName, List, Rule, Value};
use super::{compare, line, uring};
use crate::{errno, syscall::Arch};

/// Shown unless told otherwise, or read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Listing,
    Source,
}

/// A line of `auditctl -l`: bytes, since a path may be any. Names of system calls are those of the
/// rule's architecture, else of `native`.
pub fn listing(rule: &Rule, native: Arch) -> Vec<u8> {
    write(rule, native, Form::Listing)
}

/// A line of a rule file that means this rule on a machine of this architecture.
pub fn source(rule: &Rule, native: Arch) -> Vec<u8> {
    write(rule, native, Form::Source)
}

fn write(rule: &Rule, native: Arch, form: Form) -> Vec<u8> {
    let mut out = Vec::new();
    // What -w means depends on whether there is a directory of that name.
    let is_watch = form == Form::Listing && rule.is_watch();
    if !is_watch {
        let option = if rule.first && form == Form::Source { "-A" } else { "-a" };
        let (action, list) = (rule.action.as_str(), rule.list.as_str());
        out.extend(format!("{option} {action},{list}").into_bytes());
        for field in rule.fields.iter().filter(|field| field.name == FieldName::ARCH) {
            arch(field, native, form, &mut out);
        }
        syscalls(rule, native, form, &mut out);
    }
    for field in &rule.fields {
        if field.name == FieldName::ARCH {
            continue;
        }
        write_field(field, is_watch, form, &mut out);
    }
    out
}

fn arch(field: &Field, native: Arch, form: Form, out: &mut Vec<u8>) {
    let Value::Number(number) = field.value else { return };
    let known = Arch::from_number(number);
    let said = match known {
        Some(arch) if arch == native && arch.is_64() => String::from("b64"),
        Some(arch) if arch == native.narrow() => String::from("b32"),
        // Read here, it would mean another one.
        Some(arch) if form == Form::Listing => {
            String::from(if arch.is_64() { "b64" } else { "b32" })
        }
        _ => format!("0x{number:X}"),
    };
    out.extend(format!(" -F arch{}{said}", field.operator.as_str()).into_bytes());
}

fn syscalls(rule: &Rule, native: Arch, form: Form, out: &mut Vec<u8>) {
    if !rule.list.takes_syscalls() {
        return;
    }
    if rule.syscalls.is_all() {
        out.extend(b" -S all");
        return;
    }
    let arch = match rule.field(FieldName::ARCH) {
        Some(Field { value: Value::Number(number), .. }) => Arch::from_number(*number),
        _ => Some(native),
    };
    let name = |number: u32| {
        // An older auditctl does not know the names of newer calls, but takes their numbers, which
        // are the same everywhere.
        let is_new = form == Form::Source && number > 450;
        let name = match rule.list {
            List::Uring => uring::name(number),
            _ => arch.filter(|_| !is_new).and_then(|arch| arch.syscall(number)),
        };
        name.map_or_else(|| number.to_string(), str::to_owned)
    };
    let names: Vec<String> = rule.syscalls.iter().map(name).collect();
    if !names.is_empty() {
        out.extend(format!(" -S {}", names.join(",")).into_bytes());
    }
}

fn write_field(field: &Field, is_watch: bool, form: Form, out: &mut Vec<u8>) {
    let operator = field.operator.as_str();
    let number = match &field.value {
        Value::Number(number) => *number,
        Value::Text(text) => {
            if field.name == FieldName::KEY {
                for key in text.split(|byte| *byte == super::rule::KEY_SEPARATOR) {
                    if key.is_empty() {
                        continue;
                    }
                    out.extend(if is_watch { &b" -k "[..] } else { &b" -F key="[..] });
                    text_as(key, form, out);
                }
                return;
            }
            if is_watch {
                out.extend(b"-w ");
            } else {
                let name = field.name.name().unwrap_or_default();
                out.extend(format!(" -F {name}{operator}").into_bytes());
            }
            text_as(text, form, out);
            return;
        }
    };
    let Some(name) = field.name.name() else {
        out.extend(format!(" f{}{operator}{}", field.name.0, number.cast_signed()).into_bytes());
        return;
    };
    let signed = number.cast_signed();
    let said = match field.name.kind() {
        Kind::Perm => {
            out.extend(if is_watch { &b" -p "[..] } else { &b" -F perm="[..] });
            out.extend(perm(number).into_bytes());
            return;
        }
        Kind::Compare => {
            if let Some((one, other)) = compare::pair(number) {
                let (one, other) =
                    (one.name().unwrap_or_default(), other.name().unwrap_or_default());
                out.extend(format!(" -C {one}{operator}{other}").into_bytes());
            }
            return;
        }
        Kind::Unsigned => number.to_string(),
        Kind::Argument => format!("0x{number:X}"),
        Kind::Exit if signed < 0 => match errno::name(signed.unsigned_abs()) {
            Some(error) => format!("-{error}"),
            None => signed.to_string(),
        },
        Kind::MessageType => {
            crate::Kind(signed).name().map_or_else(|| signed.to_string(), str::to_owned)
        }
        Kind::Filesystem => FILESYSTEMS
            .iter()
            .find(|(_, magic)| *magic == number)
            .map_or_else(|| signed.to_string(), |(name, _)| (*name).to_owned()),
        Kind::User | Kind::Session if number == UNSET && form == Form::Source => {
            String::from("unset")
        }
        _ => signed.to_string(),
    };
    out.extend(format!(" -F {name}{operator}{said}").into_bytes());
}

fn text_as(text: &[u8], form: Form, out: &mut Vec<u8>) {
    match form {
        Form::Listing => out.extend_from_slice(text),
        Form::Source => line::escape(text, out),
    }
}

/// One condition, with a space before it.
pub(super) fn condition(field: &Field, out: &mut Vec<u8>) {
    write_field(field, false, Form::Listing, out);
}

/// `wa` and the like.
pub(super) fn perm(bits: u32) -> String {
    PERMS.iter().filter(|(_, bit)| bits & bit != 0).map(|(letter, _)| *letter).collect()
}
