//! What the arguments of ausearch mean: numbers, names of users, kinds of records.
//!
//! A number must be one to its end and have room. The reference versions take `12x` for 12; those
//! from 4.2 on refuse it as we do, since something else than was meant would be searched for.

use super::options::Search;
use crate::assemble::Compat;
use crate::errno;
use crate::kind::Kind;
use crate::syscall::Arch;
use crate::users::Names;

impl Search {
    /// The system call, by number or by its name on the machine asked for.
    pub(super) fn syscall(&mut self, text: &str) -> Result<(), String> {
        self.syscall = Some(if is_number(text) {
            let wrong = |why| format!("Syscall numeric conversion error ({why}) for {text}\n");
            whole(text, i32::MAX.unsigned_abs()).map_err(wrong)? as i32
        } else {
            let arch = *self.arch.get_or_insert(Arch::NATIVE);
            let number = arch.number_of(&text.to_ascii_lowercase());
            number.ok_or_else(|| format!("Syscall {text} not found\n"))? as i32
        });
        Ok(())
    }
}

/// A number up to some other, or why it is none.
fn whole(text: &str, most: impl Into<u64>) -> Result<u64, &'static str> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("Invalid argument");
    }
    let number = text.parse().ok().filter(|number| *number <= most.into());
    number.ok_or("Numerical result out of range")
}

fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
}

fn is_negative(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(is_number)
}

/// A number with a sign, in any base C knows.
fn signed(text: &str) -> Result<i64, String> {
    let (sign, number) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let hex = number.strip_prefix("0x").or_else(|| number.strip_prefix("0X"));
    let (radix, number) = match hex {
        Some(hex) => (16, hex),
        None if number.starts_with('0') => (8, number),
        None => (10, number),
    };
    let is_plain = number.starts_with(|first: char| first.is_digit(radix));
    let value = i64::from_str_radix(&format!("{sign}{number}"), radix);
    value.ok().filter(|_| is_plain).ok_or_else(|| format!("Error converting {text}\n"))
}

pub(super) fn serial(text: &str) -> Result<u64, String> {
    if !is_number(text) {
        return Err(format!("Audit event id must be a numeric value, was {text}\n"));
    }
    whole(text, u32::MAX).map_err(|_| "Illegal value for audit event ID".into())
}

pub(super) fn process(text: &str, what: &str) -> Result<i32, String> {
    let pid = whole(text, i32::MAX.unsigned_abs());
    let wrong = |_| format!("{what} id must be a numeric value, was {text}\n");
    pid.map(|pid| pid as i32).map_err(wrong)
}

pub(super) fn session(text: &str) -> Result<u32, String> {
    if is_number(text) {
        let session = whole(text, u32::MAX);
        return session.map(|id| id as u32).map_err(|_| format!("Error converting {text}\n"));
    }
    if is_negative(text) {
        return negative_id(text);
    }
    Err(format!("Session id must be a numeric value, was {text}\n"))
}

/// The number that stands for none is often written -1.
fn negative_id(text: &str) -> Result<u32, String> {
    let id = i32::try_from(signed(text)?);
    id.map(|id| id as u32).map_err(|_| format!("Error converting {text}\n"))
}

/// The login user, by number or name.
pub(super) fn login(text: &str, names: &Names) -> Result<(u32, Option<String>), String> {
    if is_negative(text) {
        return Ok((negative_id(text)?, None));
    }
    identity(text, "Login user", names)
}

pub(super) fn exit(text: &str) -> Result<i64, String> {
    if is_number(text) || is_negative(text) {
        return signed(text);
    }
    let (sign, name) = text.strip_prefix('-').map_or((1, text), |name| (-1, name));
    let number = errno::number(&name.to_ascii_uppercase());
    let number = number.filter(|&number| number != 0).map(|number| sign * i64::from(number));
    number.ok_or_else(|| format!("Unknown errno, was {text}\n"))
}

/// `b64` and `b32` are those of this machine.
pub(super) fn arch(text: &str) -> Option<Arch> {
    let text = text.to_ascii_lowercase();
    match text.as_str() {
        "b64" => Some(Arch::NATIVE).filter(|arch| arch.is_64()),
        "b32" => Some(Arch::NATIVE.narrow()),
        "i386" | "i486" | "i586" | "i686" => Some(Arch::I386),
        "x86_64" => Some(Arch::X86_64),
        "aarch64" | "armv8l" => Some(Arch::Aarch64),
        "arm" | "armeb" | "armv5tejl" | "armv5tel" | "armv6l" | "armv7l" => Some(Arch::Arm),
        _ => Arch::from_number(u32::from_str_radix(text.trim_start_matches("0x"), 16).ok()?),
    }
}

/// A user or group, by number or name; the name is returned too.
pub(super) fn identity(
    text: &str,
    what: &str,
    names: &Names,
) -> Result<(u32, Option<String>), String> {
    if is_number(text) {
        let kind = if what.ends_with("roup") { "group" } else { "user" };
        let wrong = |why| format!("Numeric {kind} ID conversion error ({why}) for {text}\n");
        return Ok((whole(text, u32::MAX).map_err(wrong)? as u32, None));
    }
    match names.id(text) {
        Some(id) => Ok((id, Some(text.to_owned()))),
        None => Err(format!("{what} ID is non-numeric and unknown ({text})\n")),
    }
}

/// Adds the kinds of a list.
pub(super) fn kinds(list: &str, kinds: &mut Vec<Kind>) -> Result<(), String> {
    if list.eq_ignore_ascii_case("ALL") {
        return Ok(());
    }
    for name in list.split(',').filter(|name| !name.is_empty()) {
        let kind = if is_number(name) {
            let wrong = |why| format!("Numeric message type conversion error ({why}) for {name}\n");
            Kind(whole(name, i32::MAX.unsigned_abs()).map_err(wrong)? as i32)
        } else {
            Kind::from_name(name.as_bytes())
        };
        if kind == Kind::UNKNOWN {
            return Err(String::new());
        }
        kinds.push(kind);
    }
    Ok(())
}

/// The kinds the version knows.
pub(super) fn kind_names(compat: Compat) -> String {
    let is_known =
        |kind: Kind| compat >= Compat::V4 || kind != Kind::DM_CTRL && kind != Kind::DM_EVENT;
    let is_listed = |kind: Kind| kind <= Kind::LOGIN || kind >= Kind::USER_AUTH;
    let named = Kind::named().filter(|(kind, _)| is_known(*kind) && is_listed(*kind));
    named.fold(String::new(), |list, (_, name)| list + name + " ")
}
