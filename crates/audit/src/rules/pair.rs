//! One `-F field=value` or `-C field=field`.

use super::compare;
use super::field::{FILE_TYPES, FILESYSTEMS, Kind, PERMS};
use super::rule::{Field, FieldName, Operator, Value};
use super::{LONGEST_KEY, Names};
use crate::{errno, syscall::Arch};

/// What is wrong with it, and what to write instead.
pub(super) type Wrong = (String, Option<String>);

/// Unset user, group or session ids (`AUDIT_UID_UNSET`).
pub(super) const UNSET: u32 = u32::MAX;
/// `PATH_MAX` of `linux/limits.h`.
const LONGEST_TEXT: usize = 4096;
/// `AF_MAX` of the kernel's `linux/socket.h`.
const FAMILIES: u32 = 46;

/// Reads a field, an operator and a value.
pub(super) fn field(pair: &[u8], names: &dyn Names) -> Result<Field, Wrong> {
    let (name, operator, value) = split(pair, &Operator::ALL)
        .ok_or_else(|| wrong(format!("`{}` holds no operator", show(pair)), "write field=value"))?;
    let known = std::str::from_utf8(name).ok().and_then(FieldName::from_name);
    let name = known.ok_or_else(|| unknown_field(name))?;
    if value.is_empty() {
        return Err((format!("{} has no value", show(pair)), None));
    }
    check_operator(name, operator)?;
    let value = match name.kind() {
        Kind::Text => Value::Text(text(name, value)?),
        Kind::Key => Value::Text(key(value)?),
        kind => {
            let word = std::str::from_utf8(value)
                .map_err(|_| (format!("`{}` is no {}", show(value), noun(kind)), None))?;
            Value::Number(number(kind, name, word, names)?)
        }
    };
    Ok(Field { name, operator, value })
}

/// Reads two fields held against one another.
pub(super) fn comparison(pair: &[u8]) -> Result<Field, Wrong> {
    const OPERATORS: [Operator; 2] = [Operator::NotEqual, Operator::Equal];
    let (one, operator, other) = split(pair, &OPERATORS).ok_or_else(|| {
        wrong(format!("`{}` compares nothing", show(pair)), "write -C field=field or field!=field")
    })?;
    let find = |name: &[u8]| {
        let known = std::str::from_utf8(name).ok().and_then(FieldName::from_name);
        known.ok_or_else(|| unknown_field(name))
    };
    let number = compare::number(find(one)?, find(other)?).ok_or_else(|| {
        wrong(
            format!("{} cannot be held against {}", show(one), show(other)),
            "compare two of auid uid euid suid fsuid obj_uid, or two of gid egid sgid fsgid obj_gid",
        )
    })?;
    Ok(Field { name: FieldName::COMPARE, operator, value: Value::Number(number) })
}

/// Reads `rwxa`.
pub(super) fn perm(letters: &str) -> Result<u32, Wrong> {
    let mut bits = 0;
    for letter in letters.chars() {
        let letter = letter.to_ascii_lowercase();
        let known = PERMS.iter().find(|(known, _)| *known == letter);
        let (_, bit) = known.ok_or_else(|| {
            wrong(format!("there is no permission `{}`", letter.escape_default()), "r, w, x and a")
        })?;
        bits |= bit;
    }
    if letters.len() > 4 {
        return Err(wrong(format!("`{letters}` says a permission twice"), "at most rwxa"));
    }
    Ok(bits)
}

/// Checks a key.
pub(super) fn key(text: &[u8]) -> Result<Vec<u8>, Wrong> {
    if text.len() > LONGEST_KEY {
        return Err((format!("the key is longer than {LONGEST_KEY} bytes"), None));
    }
    Ok(text.to_vec())
}

/// Reads a number as C does: hex after `0x`, octal after `0`.
pub(super) fn unsigned(word: &str) -> Option<u32> {
    if let Some(digits) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        return u32::from_str_radix(digits, 16).ok();
    }
    match word.strip_prefix('0') {
        Some(digits) if !digits.is_empty() => u32::from_str_radix(digits, 8).ok(),
        _ if word.starts_with('+') => None,
        _ => word.parse().ok(),
    }
}

fn signed(word: &str) -> Option<u32> {
    match word.strip_prefix('-') {
        Some(digits) => unsigned(digits).map(|number| 0u32.wrapping_sub(number)),
        None => unsigned(word),
    }
}

fn number(kind: Kind, name: FieldName, word: &str, names: &dyn Names) -> Result<u32, Wrong> {
    let of_table = |table: &[(&str, u32)]| {
        table.iter().find(|(known, _)| *known == word).map(|(_, number)| *number)
    };
    let number = match kind {
        Kind::User | Kind::Session if word == "unset" => Some(UNSET),
        Kind::User => signed(word).or_else(|| names.user(word)),
        Kind::Group => signed(word).or_else(|| names.group(word)),
        Kind::Exit => signed(word).or_else(|| match word.strip_prefix('-') {
            Some(error) => errno::number(error).map(|number| 0u32.wrapping_sub(number)),
            None => errno::number(word),
        }),
        Kind::MessageType => {
            unsigned(word).or_else(|| u32::try_from(crate::Kind::from_name(word.as_bytes()).0).ok())
        }
        Kind::Arch => arch(word, names),
        Kind::Perm => return perm(word),
        Kind::FileType => of_table(&FILE_TYPES).or_else(|| unsigned(word)),
        Kind::Filesystem => of_table(&FILESYSTEMS).or_else(|| unsigned(word)),
        _ => signed(word),
    };
    let number = number.ok_or_else(|| no_such(kind, name, word, names))?;
    if name == FieldName::SADDR_FAM && number >= FAMILIES {
        return Err((format!("there is no address family {number}"), None));
    }
    Ok(number)
}

fn arch(word: &str, names: &dyn Names) -> Option<u32> {
    let here = names.arch();
    match word.to_ascii_lowercase().as_str() {
        "b64" if here.is_64() => Some(here.number()),
        "b64" => None,
        "b32" => Some(here.narrow().number()),
        "i486" | "i586" | "i686" => Some(Arch::I386.number()),
        "arm64" => Some(Arch::Aarch64.number()),
        word => Arch::ALL
            .into_iter()
            .find(|arch| arch.name() == word)
            .map(Arch::number)
            .or_else(|| unsigned(word)),
    }
}

fn no_such(kind: Kind, name: FieldName, word: &str, names: &dyn Names) -> Wrong {
    let word = show(word.as_bytes());
    let what = format!("there is no {} `{word}`", noun(kind));
    let instead = match kind {
        Kind::User => String::from("write the number, or make the user first"),
        Kind::Group => String::from("write the number, or make the group first"),
        Kind::Arch if names.arch().is_64() => String::from("b64 or b32"),
        Kind::Arch => String::from("b32"),
        Kind::Exit => String::from("a number, or an error such as -EACCES"),
        Kind::FileType => words(FILE_TYPES.iter().map(|(word, _)| *word)),
        Kind::Filesystem => String::from("tracefs or debugfs, or the number of its magic"),
        Kind::MessageType => String::from("a record type such as CWD or USER_LOGIN, or its number"),
        _ => {
            let name = name.name().unwrap_or_default();
            return (format!("{name} takes a number, not `{word}`"), None);
        }
    };
    (what, Some(instead))
}

fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "user",
        Kind::Group => "group",
        Kind::Arch => "architecture",
        Kind::Exit => "error",
        Kind::FileType => "type of file",
        Kind::Filesystem => "filesystem with a name known to audit",
        Kind::MessageType => "type of record",
        _ => "number",
    }
}

fn text(name: FieldName, value: &[u8]) -> Result<Vec<u8>, Wrong> {
    if value.len() > LONGEST_TEXT {
        return Err((format!("the text is longer than {LONGEST_TEXT} bytes"), None));
    }
    if matches!(name, FieldName::PATH | FieldName::DIR | FieldName::EXE) {
        check_path(value)?;
    }
    Ok(value.to_vec())
}

/// A path as the kernel takes it.
pub(super) fn check_path(path: &[u8]) -> Result<(), Wrong> {
    if path.starts_with(b"\"") || path.starts_with(b"'") {
        return Err(wrong(
            String::from("quotes mean nothing here: they are taken for part of the path"),
            "leave them out, and write `\\ ` for a space",
        ));
    }
    if !path.starts_with(b"/") {
        return Err((format!("`{}` is not an absolute path", show(path)), None));
    }
    if path.len() > LONGEST_TEXT - 1
        || path.split(|byte| *byte == b'/').any(|name| name.len() > 255)
    {
        return Err((String::from("the path is too long"), None));
    }
    Ok(())
}

/// Which operators the kernel takes with which field.
fn check_operator(name: FieldName, operator: Operator) -> Result<(), Wrong> {
    let said = operator.as_str();
    let of = name.name().unwrap_or_default();
    let only_equal =
        matches!(name, FieldName::PATH | FieldName::DIR | FieldName::PERM | FieldName::KEY);
    if only_equal && operator != Operator::Equal {
        return Err(wrong(format!("{of} cannot be held by `{said}`"), &format!("{of}=…")));
    }
    let is_order = !matches!(operator, Operator::Equal | Operator::NotEqual);
    let by_name = matches!(
        name,
        FieldName::EXE
            | FieldName::ARCH
            | FieldName::FSTYPE
            | FieldName::INODE
            | FieldName::FILETYPE
            | FieldName::COMPARE
            | FieldName::SUBJ_USER
            | FieldName::SUBJ_ROLE
            | FieldName::SUBJ_TYPE
            | FieldName::OBJ_USER
            | FieldName::OBJ_ROLE
            | FieldName::OBJ_TYPE
    );
    if by_name && is_order {
        return Err(wrong(
            format!("{of} cannot be held by `{said}`"),
            &format!("{of}=… or {of}!=…"),
        ));
    }
    let is_bits = matches!(operator, Operator::AnyBit | Operator::AllBits);
    let has_bits = matches!(name.kind(), Kind::Argument)
        || matches!(name, FieldName::PERS | FieldName::DEVMINOR);
    if is_bits && !has_bits {
        return Err(wrong(
            format!("the kernel refuses `{said}` for {of}"),
            "bits can be asked of a0 to a3, pers and devminor",
        ));
    }
    Ok(())
}

/// Splits at the operator, as auditctl looks for it: the first of each kind, the long kinds first.
fn split<'a>(pair: &'a [u8], operators: &[Operator]) -> Option<(&'a [u8], Operator, &'a [u8])> {
    operators.iter().find_map(|operator| {
        let place = memchr::memmem::find(pair, operator.as_str().as_bytes())?;
        let (name, rest) = pair.split_at_checked(place)?;
        Some((name, *operator, rest.get(operator.as_str().len()..)?))
    })
}

fn unknown_field(name: &[u8]) -> Wrong {
    let text = show(name);
    let near = FieldName::names().min_by_key(|known| distance(known, &text));
    let near = near.filter(|known| distance(known, &text) <= 2 && !text.is_empty());
    (format!("there is no field `{text}`"), near.map(|known| format!("did you mean {known}?")))
}

/// How many letters are to be changed, added or left out.
pub(super) fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut before = line;
        let mut left = line + 1;
        for (cell, known) in row.iter_mut().skip(1).zip(&other) {
            let same = before + usize::from(letter != *known);
            before = *cell;
            left = same.min(before + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Bytes of a file in a message.
pub(super) fn show(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let shown: String = text
        .chars()
        .take(80)
        .flat_map(|letter| {
            let escaped: Vec<char> =
                if letter.is_control() { letter.escape_default().collect() } else { vec![letter] };
            escaped
        })
        .collect();
    if text.chars().nth(80).is_some() { format!("{shown}…") } else { shown }
}

fn words<'a>(all: impl Iterator<Item = &'a str>) -> String {
    all.collect::<Vec<_>>().join(", ")
}

pub(super) fn wrong(what: String, instead: &str) -> Wrong {
    (what, Some(instead.to_owned()))
}
