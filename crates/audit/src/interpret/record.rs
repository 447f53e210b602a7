//! A whole record in words, as `ausearch -i` prints it.

use jiff::tz::TimeZone;
use memchr::{memchr, memchr2};

use super::field::Type;
use super::number::unsigned;
use super::{Added, Context, Interpreter, Machine, bytes, text, write};
use crate::assemble::Compat;
use crate::kind::Kind;
use crate::record::{Id, Record};
use crate::syscall::Arch;
use crate::time;

impl Interpreter<'_> {
    /// Appends a record in words, and a newline. Fields are told apart as auditd's tools do it: by
    /// spaces and commas, where none is within quotes.
    pub fn record(&mut self, record: &Record<'_>, zone: &TimeZone, out: &mut Vec<u8>) {
        let line = text::until_zero(record.plain());
        let kind = record.kind();
        let line = match (record.node, memchr(b' ', line)) {
            (Some(_), Some(at)) => &line[at + 1..],
            _ => line,
        };
        let Some(open) = memchr(b'(', line) else { return };
        if let Some(node) = record.node {
            bytes(out, &[b"node=", node, b" "]);
        }
        match kind.name() {
            Some(name) => bytes(out, &[b"type=", name.as_bytes(), b" msg=audit("]),
            None => out.extend_from_slice(&line[..=open]),
        }
        let Some(close) = memchr(b')', &line[open + 1..]) else { return };
        let Id { sec, ms, serial } = record.id;
        write(out, format_args!("{}.{ms:03}:{serial}) ", time::short(sec, zone)));
        let mut context = Context { added: Added(added(record)), ..Context::default() };
        if kind == Kind::SYSCALL {
            let argument = |name: &[u8]| {
                record.field(name).and_then(|value| unsigned(value.bytes(), 16)).unwrap_or(0)
            };
            (context.a0, context.a1) = (argument(b"a0"), argument(b"a1"));
        }
        self.fields(kind, &line[open + 1 + close + 1..], &mut context, out);
        out.push(b'\n');
    }

    fn fields(&mut self, kind: Kind, line: &[u8], context: &mut Context<'_>, out: &mut Vec<u8>) {
        // What is left; none if a quote was never closed.
        let mut rest = Some(line);
        let (mut is_any, mut is_comma, mut is_syscall_known) = (false, false, false);
        while let Some(text) = rest.filter(|text| !text.is_empty())
            && let Some(equals) = memchr(b'=', text)
        {
            (is_any, is_comma) = (true, false);
            // A name begins at the last space before it.
            let name = text[..equals].iter().rposition(|byte| *byte == b' ').unwrap_or(0);
            let mut name = &text[name..equals];
            out.extend_from_slice(&text[..=equals]);
            let after = &text[equals + 1..];
            // What a program says is fields again.
            if name == b"msg" {
                rest = Some(after);
                continue;
            }
            name = name.strip_prefix(b"'").unwrap_or(name);
            let (value, next) = split(kind, name, after, self.compat, &mut is_comma);
            rest = next;
            let start = name.iter().take_while(|byte| matches!(byte, b' ' | b'(')).count();
            let field = (&name[start..], value);
            self.field(kind, field, is_comma, context, &mut is_syscall_known, out);
        }
        match rest {
            Some(rest) if !is_any && memchr(b'=', rest).is_none() || is_comma => {
                text::escape(rest, self.escape, out);
                out.push(b'\n');
            }
            _ => {}
        }
    }

    fn field(
        &mut self,
        kind: Kind,
        (name, value): (&[u8], &[u8]),
        is_comma: bool,
        context: &mut Context<'_>,
        is_syscall_known: &mut bool,
        out: &mut Vec<u8>,
    ) {
        let value = if name == b"acct" { value.strip_suffix(b":").unwrap_or(value) } else { value };
        let is_uring = kind == Kind::URINGOP && self.compat >= Compat::V4;
        if kind == Kind::SYSCALL || kind == Kind::SECCOMP || is_uring {
            if is_uring {
                context.machine = Some(Machine::Uring);
            } else if context.machine.is_none() {
                context.machine = Some(Machine::Known(Arch::NATIVE));
            }
            if name == b"arch" {
                let Some(number) = unsigned(value, 16) else {
                    return bytes(out, &[b"arch conversion error(", value, b") "]);
                };
                context.machine = Machine::from_number(number as u32);
            }
            let is_name = name == b"syscall" || name == b"uring_op" && self.compat >= Compat::V4;
            if !*is_syscall_known && is_name {
                let Some(number) = unsigned(value, 10) else {
                    return bytes(out, &[b"syscall conversion error(", value, b") "]);
                };
                context.syscall = number as i32;
                *is_syscall_known = context.syscall >= 0;
            } else if !*is_syscall_known {
                context.syscall = -1;
            }
        }
        let what = Type::of(kind, name, value, self.compat);
        if what == Type::FanotifyWhat {
            context.is_fanotify_rule = value == b"1";
        }
        let start = out.len();
        self.value_of(what, name, value, context, out);
        match what {
            // Whatever auditd added to what is not known.
            Type::Plain => {
                out.truncate(start);
                bytes(out, &[value, if is_comma { b"," } else { b" " }]);
            }
            Type::Keystrokes => {}
            Type::Key => {
                let said = out.split_off(start);
                for (at, key) in said.split(|byte| *byte == 1).enumerate() {
                    bytes(out, &[if at > 0 { b" key=" } else { b"" }, key]);
                }
                out.push(b' ');
            }
            _ => out.push(b' '),
        }
    }
}

/// What auditd added, up to the end of the line.
fn added<'a>(record: &Record<'a>) -> Option<&'a [u8]> {
    record.enriched().map(text::until_zero).filter(|added| memchr(b'=', added).is_some())
}

/// The value a text begins with, and what follows it.
fn split<'a>(
    kind: Kind,
    name: &[u8],
    text: &'a [u8],
    compat: Compat,
    is_comma: &mut bool,
) -> (&'a [u8], Option<&'a [u8]>) {
    if let Some(&quote @ (b'\'' | b'"')) = text.first() {
        return match memchr(quote, &text[1..]) {
            // What follows the quote is a space.
            Some(len) => (&text[..len + 2], Some(text.get(len + 3..).unwrap_or_default())),
            None => (text, None),
        };
    }
    let mut end = memchr2(b',', b' ', text);
    if end.is_some_and(|end| text[end] == b',') {
        if Type::of(kind, name, b"", compat) == Type::Label {
            end = memchr(b' ', text);
        } else {
            *is_comma = true;
        }
    }
    match end {
        Some(end) => (&text[..end], Some(&text[end + 1..])),
        None => (text, None),
    }
}
