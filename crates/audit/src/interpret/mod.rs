//! Values of fields in words, as `ausearch -i` has them.
//!
//! A value is read by its name and the kind of its record ([`Interpreter::value`]), a whole record
//! by [`Interpreter::record`]. Names of users come from what auditd added to the record, else from
//! the tables given.

mod added;
pub(crate) mod address;
mod argument;
pub(crate) mod field;
pub(crate) mod keystroke;
pub(crate) mod number;
mod record;
pub(crate) mod text;
mod words;

use std::fs;
use std::io::{Error, Write as _};
use std::path::Path;

pub use added::Added;

use crate::assemble::Compat;
use crate::ausearch::Escape;
use crate::errno;
use crate::kind::Kind;
use crate::syscall::Arch;
use crate::users::Names;
use argument::{Unknown, mode, short_mode};
pub(crate) use field::Type;
use number::{signed, unsigned};
use words::{file, process, socket};

/// The machine a record is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// One whose system calls are known.
    Known(Arch),
    /// One of which only the name is.
    Named(&'static str),
    /// `io_uring(7)` of any machine.
    Uring,
}

impl Machine {
    /// That of a number in `arch=` (`AUDIT_ARCH_…` of `linux/audit.h`).
    pub fn from_number(number: u32) -> Option<Self> {
        Some(match number {
            0x8000_0015 => Self::Named("ppc64"),
            0xc000_0015 => Self::Named("ppc64le"),
            0x0000_0014 => Self::Named("ppc"),
            0x8000_0016 => Self::Named("s390x"),
            0x0000_0016 => Self::Named("s390"),
            number => Self::Known(Arch::from_number(number)?),
        })
    }

    fn name(self) -> &'static str {
        match self {
            // So it is called by auditd's tools, whatever the order of its bytes.
            Self::Known(Arch::Arm) => "armeb",
            Self::Known(arch) => arch.name(),
            Self::Named(name) => name,
            Self::Uring => "uring",
        }
    }

    /// The name of a system call that the version knows.
    pub(crate) fn syscall(self, number: i32, compat: Compat) -> Option<&'static str> {
        let number = u32::try_from(number).ok()?;
        let newest = if compat == Compat::V3 { 450 } else { 462 };
        match self {
            Self::Known(Arch::X86_64) if (335..=336).contains(&number) => None,
            Self::Known(arch) if number <= newest => arch.syscall(number),
            Self::Uring => file::URING.get(number, compat),
            _ => None,
        }
    }
}

/// What a value means beside its name: the rest of its record.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Context<'a> {
    /// Where it is from; [`Arch::NATIVE`] where the record does not say.
    pub machine: Option<Machine>,
    /// Number of the system call.
    pub syscall: i32,
    /// The first argument.
    pub a0: u64,
    /// The second argument.
    pub a1: u64,
    /// What `fan_type=` said before.
    pub is_fanotify_rule: bool,
    /// Words auditd added.
    pub added: Added<'a>,
}

/// Puts values into words.
#[derive(Debug)]
pub struct Interpreter<'a> {
    users: &'a Names,
    groups: &'a Names,
    protocols: Names,
    interfaces: Names,
    compat: Compat,
    escape: Escape,
    scratch: Vec<u8>,
}

impl<'a> Interpreter<'a> {
    /// One that takes names of protocols (`protocols(5)`) from the machine whose files are below
    /// `root`, and those of network interfaces from this one.
    pub fn new(
        users: &'a Names,
        groups: &'a Names,
        root: &Path,
        compat: Compat,
        escape: Escape,
    ) -> Self {
        let (protocols, interfaces) = (protocols(root), interfaces());
        Self { users, groups, protocols, interfaces, compat, escape, scratch: Vec::new() }
    }

    /// Appends what a value says: words auditd added if there are any, else what the value means.
    /// Control characters are escaped as was asked for.
    pub fn value(
        &mut self,
        kind: Kind,
        name: &[u8],
        value: &[u8],
        context: &Context<'_>,
        out: &mut Vec<u8>,
    ) {
        let what = Type::of(kind, name, value, self.compat);
        self.value_of(what, name, value, context, out);
    }

    /// Appends a text with control characters escaped as was asked for.
    pub(crate) fn escaped(&self, said: &[u8], out: &mut Vec<u8>) {
        text::escape(text::until_zero(said), self.escape, out);
    }

    fn value_of(
        &mut self,
        what: Type,
        name: &[u8],
        value: &[u8],
        context: &Context<'_>,
        out: &mut Vec<u8>,
    ) {
        if context.added.show(name, matches!(what, Type::User | Type::Group), out) {
            return;
        }
        let mut said = std::mem::take(&mut self.scratch);
        said.clear();
        self.plain(what, value, context, &mut said);
        match what {
            Type::Key => self.keys(&said, out),
            Type::Keystrokes if said.is_empty() => out.extend_from_slice(b"(null)"),
            _ => text::escape(text::until_zero(&said), self.escape, out),
        }
        self.scratch = said;
    }

    /// Appends keys, each escaped for itself.
    fn keys(&self, keys: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        let mut escaped = false;
        for (at, key) in keys.split(|byte| *byte == 1).enumerate() {
            if at > 0 {
                // Version 4 loses the others if one of them has something to escape.
                if escaped && self.compat >= Compat::V4 {
                    return;
                }
                out.push(1);
            }
            let before = out.len();
            text::escape(key, self.escape, out);
            escaped |= out.len() - before != key.len();
        }
        if escaped
            && self.compat >= Compat::V4
            && let Some(end) = memchr::memchr(1, &out[start..])
        {
            out.truncate(start + end);
        }
    }

    fn plain(&self, what: Type, value: &[u8], context: &Context<'_>, out: &mut Vec<u8>) {
        match what {
            Type::User => self.user(value, 10, out),
            Type::Group => self.group(value, 10, out),
            Type::Syscall => self.syscall(context, out),
            Type::Arch => arch(value, context, out),
            Type::Exit => exit(value, out),
            Type::Text | Type::Key => text::unquoted(value, out),
            Type::Arguments => text::arguments(value, out),
            Type::Keystrokes => keystroke::show(value, out),
            Type::Permission => permission(value, out),
            Type::Mode => mode(value, 8, self.compat, out),
            Type::ShortMode => short_mode(value, 8, out),
            Type::Address => address::show(value, &self.interfaces, self.compat, out),
            Type::Lookup => self.lookup(value, out),
            Type::YesNo => fallible(value, signed(value, 10), out, |number, out| {
                out.extend_from_slice(if number as i32 == 0 { b"no" } else { b"yes" });
            }),
            Type::Capability => self.capability(value, 10, out),
            Type::Capabilities => self.capabilities(value, out),
            Type::Success => success(value, out),
            Type::Argument(which) => self.argument(which, value, context, out),
            Type::Signal => self.signal(value, 10, out),
            Type::List => list(value, self.compat, out),
            Type::Session => {
                out.extend_from_slice(if value == b"4294967295" { b"unset" } else { value });
            }
            Type::Netfilter => {
                self.decimal(&socket::NETFILTER, "netfilter-protocol", value, out);
            }
            Type::Icmp => self.decimal(&socket::ICMP, "icmp-type", value, out),
            Type::Protocol => fallible(value, unsigned(value, 10), out, |number, out| {
                let word = self.protocols.name(number as u32).unwrap_or("undefined protocol");
                out.extend_from_slice(word.as_bytes());
            }),
            Type::Personality => self.personality(value, out),
            Type::Seccomp => self.seccomp(value, out),
            Type::OpenFlags => {
                self.open_flags(value, if self.compat == Compat::V3 { 16 } else { 0 }, out);
            }
            Type::MapFlags => self.map_flags(value, out),
            Type::Hook => self.word(&socket::HOOK, "hook", Unknown::Raw, value, out),
            Type::Verdict => self.word(&socket::VERDICT, "action", Unknown::Raw, value, out),
            Type::Ethernet => fallible(value, unsigned(value, 16), out, |number, out| {
                out.extend_from_slice(match number as u32 {
                    0x0800 => b"IP",
                    0x0806 => b"ARP",
                    _ => b"UNKNOWN",
                });
            }),
            Type::Ioctl => self.ioctl(value, out),
            Type::Fanotify => fanotify(value, out),
            Type::Multicast => fallible(value, unsigned(value, 16), out, |group, out| {
                let is_log = group == 1;
                out.extend_from_slice(if is_log {
                    b"audit-netlink-multicast"
                } else {
                    b"audit-none"
                });
            }),
            Type::Resolve => self.flags(&file::RESOLVE, value, out),
            Type::Trust => out.extend_from_slice(match value {
                b"0" => b"no",
                b"1" => b"yes",
                _ => b"unknown",
            }),
            Type::FanotifyWhat => out.extend_from_slice(match value {
                b"0" => b"none",
                b"1" => b"rule_info",
                _ => b"unknown",
            }),
            Type::FanotifyInfo if context.is_fanotify_rule => {
                fallible(value, unsigned(value, 16), out, |number, out| {
                    write(out, format_args!("{number}"));
                });
            }
            Type::Plain | Type::Word | Type::Label | Type::FanotifyInfo => {
                out.extend_from_slice(value);
            }
            Type::Errno => fallible(value, unsigned(value, 10), out, |number, out| {
                let word = errno::name(number as u32).unwrap_or("UNKNOWN");
                out.extend_from_slice(word.as_bytes());
            }),
        }
    }

    /// Appends the name of a user.
    fn user(&self, value: &[u8], base: u32, out: &mut Vec<u8>) {
        account(self.users, value, base, out);
    }

    /// Appends the name of a group.
    fn group(&self, value: &[u8], base: u32, out: &mut Vec<u8>) {
        account(self.groups, value, base, out);
    }

    fn syscall_name(&self, context: &Context<'_>) -> Option<&'static str> {
        context.machine?.syscall(context.syscall, self.compat)
    }

    fn syscall(&self, context: &Context<'_>, out: &mut Vec<u8>) {
        let machine = context.machine.unwrap_or(Machine::Known(Arch::NATIVE));
        let Some(name) = machine.syscall(context.syscall, self.compat) else {
            return write(out, format_args!("unknown-syscall({})", context.syscall));
        };
        out.extend_from_slice(name.as_bytes());
        let within = match name {
            "socketcall" => &socket::SOCKETCALL,
            "ipc" => &socket::IPC,
            _ => return,
        };
        // The first argument says which; it must be a small number.
        let call = u32::try_from(context.a0).ok().filter(|call| i32::try_from(*call).is_ok());
        if let Some(word) = call.and_then(|call| within.get(call, self.compat)) {
            bytes(out, &[b"(", word.as_bytes(), b")"]);
        }
    }

    /// Appends the name of a signal.
    fn signal(&self, value: &[u8], base: u32, out: &mut Vec<u8>) {
        fallible(value, unsigned(value, base), out, |number, out| {
            self.named(&process::SIGNAL, number, "signal", value, base, out);
        });
    }

    /// Appends the name of a capability.
    fn capability(&self, value: &[u8], base: u32, out: &mut Vec<u8>) {
        fallible(value, unsigned(value, base), out, |number, out| {
            self.named(&process::CAPABILITY, number, "capability", value, base, out);
        });
    }

    fn named(
        &self,
        words: &words::Words,
        number: u64,
        what: &str,
        value: &[u8],
        base: u32,
        out: &mut Vec<u8>,
    ) {
        let before: &[u8] = if base == 16 { b"0x" } else { b"" };
        match words.get(number as u32, self.compat) {
            Some(word) => out.extend_from_slice(word.as_bytes()),
            None => bytes(out, &[b"unknown-", what.as_bytes(), b"(", before, value, b")"]),
        }
    }

    fn capabilities(&self, value: &[u8], out: &mut Vec<u8>) {
        fallible(value, unsigned(value, 16), out, |set, out| {
            if !process::CAPABILITY.bits(set, b',', self.compat, out) {
                out.extend_from_slice(b"none");
            }
        });
    }

    fn lookup(&self, value: &[u8], out: &mut Vec<u8>) {
        fallible(value, unsigned(value, 16), out, |flags, out| {
            if flags as u32 == 0 {
                out.extend_from_slice(b"none");
            } else if !file::LOOKUP.bits(flags, b',', self.compat, out) {
                bytes(out, &[b"0x", value]);
            }
        });
    }

    fn seccomp(&self, value: &[u8], out: &mut Vec<u8>) {
        fallible(value, unsigned(value, 16), out, |code, out| {
            let action = code as u32 >> 16 & 0x7fff;
            match process::SECCOMP.get(action, self.compat) {
                Some(_) if action == 0 && self.compat == Compat::V3 => {
                    out.extend_from_slice(b"kill");
                }
                Some(word) => out.extend_from_slice(word.as_bytes()),
                None => bytes(out, &[b"unknown-seccomp-code(", value, b")"]),
            }
        });
    }

    fn decimal(&self, words: &words::Words, what: &str, value: &[u8], out: &mut Vec<u8>) {
        fallible(value, unsigned(value, 10), out, |number, out| {
            self.named(words, number, what, value, 10, out);
        });
    }
}

/// Appends all of these.
fn bytes(out: &mut Vec<u8>, parts: &[&[u8]]) {
    for part in parts {
        out.extend_from_slice(part);
    }
}

fn write(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // A Vec takes whatever is written to it.
    let _ = out.write_fmt(text);
}

/// Appends what a number means, or that it is none.
fn fallible<T>(
    value: &[u8],
    number: Option<T>,
    out: &mut Vec<u8>,
    append: impl FnOnce(T, &mut Vec<u8>),
) {
    match number {
        Some(number) => append(number, out),
        None => bytes(out, &[b"conversion error(", value, b")"]),
    }
}

fn account(names: &Names, value: &[u8], base: u32, out: &mut Vec<u8>) {
    fallible(value, unsigned(value, base), out, |number, out| {
        let id = number as u32;
        let name = match id {
            0 => Some("root"),
            u32::MAX => Some("unset"),
            id => names.name(id),
        };
        match name {
            Some(name) => out.extend_from_slice(&name.as_bytes()[..name.len().min(63)]),
            None => write(out, format_args!("unknown({})", id as i32)),
        }
    });
}

fn arch(value: &[u8], context: &Context<'_>, out: &mut Vec<u8>) {
    let machine = match context.machine {
        Some(machine @ (Machine::Known(_) | Machine::Named(_))) => Some(machine),
        _ => match unsigned(value, 16) {
            Some(number) => Machine::from_number(number as u32),
            None => return bytes(out, &[b"conversion error(", value, b") "]),
        },
    };
    match machine {
        Some(machine) => out.extend_from_slice(machine.name().as_bytes()),
        None => bytes(out, &[b"unknown-elf-type(", value, b")"]),
    }
}

fn exit(value: &[u8], out: &mut Vec<u8>) {
    fallible(value, signed(value, 10), out, |code, out| {
        if code >= 0 {
            return out.extend_from_slice(value);
        }
        let number = code.wrapping_neg() as i32;
        let name = u32::try_from(number).ok().and_then(errno::name).unwrap_or("(null)");
        let text = Error::from_raw_os_error(number).to_string();
        let text = text.split(" (os error").next().unwrap_or_default();
        write(out, format_args!("{name}({text})"));
    });
}

fn permission(value: &[u8], out: &mut Vec<u8>) {
    fallible(value, signed(value, 10), out, |bits, out| {
        // The kernel takes none for all.
        let bits = if bits as i32 == 0 { 0xf } else { bits };
        let words = [(4, "read"), (2, "write"), (1, "exec"), (8, "attr")];
        let set: Vec<_> =
            words.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, word)| *word).collect();
        out.extend_from_slice(set.join(",").as_bytes());
    });
}

fn success(value: &[u8], out: &mut Vec<u8>) {
    if !value.first().is_some_and(u8::is_ascii_digit) {
        return out.extend_from_slice(value);
    }
    fallible(value, unsigned(value, 10), out, |number, out| {
        out.extend_from_slice(match number as i32 {
            0 => b"no",
            1 => b"yes",
            _ => b"unset",
        });
    });
}

fn list(value: &[u8], compat: Compat, out: &mut Vec<u8>) {
    fallible(value, unsigned(value, 10), out, |number, out| {
        out.extend_from_slice(match number as u32 {
            0 => b"user",
            1 => b"task",
            4 => b"exit",
            5 => b"exclude",
            6 => b"filesystem",
            7 if compat >= Compat::V4 => b"io_uring",
            _ => return bytes(out, &[b"unknown-list(", value, b")"]),
        });
    });
}

fn fanotify(value: &[u8], out: &mut Vec<u8>) {
    if !value.first().is_some_and(u8::is_ascii_digit) {
        return out.extend_from_slice(value);
    }
    fallible(value, unsigned(value, 10), out, |number, out| {
        out.extend_from_slice(match number as u32 {
            1 => b"allow",
            2 => b"deny",
            _ => b"unknown",
        });
    });
}

/// Names of protocols by number (`protocols(5)`).
fn protocols(root: &Path) -> Names {
    let text = fs::read(root.join("etc/protocols")).unwrap_or_default();
    let mut lines = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.split(|byte| *byte == b'#').next().unwrap_or_default();
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        if let (Some(name), Some(number)) = (words.next(), words.next()) {
            bytes(&mut lines, &[name, b"::", number, b"\n"]);
        }
    }
    Names::parse(&lines)
}

/// Names of network interfaces by number.
fn interfaces() -> Names {
    let mut lines = String::new();
    for entry in fs::read_dir("/sys/class/net").into_iter().flatten().flatten() {
        if let Ok(number) = fs::read_to_string(entry.path().join("ifindex")) {
            lines += &format!("{}::{}\n", entry.file_name().to_string_lossy(), number.trim());
        }
    }
    Names::parse(lines.as_bytes())
}
