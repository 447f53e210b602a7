//! From the records of an event to what it says.

use std::borrow::Cow;

use super::{Action, Actor, FileAct, UNSET, What, file, said};
use crate::assemble::Compat;
use crate::errno;
use crate::event::Event;
use crate::interpret::address;
use crate::items::decode;
use crate::kind::Kind;
use crate::record::{Record, Value};
use crate::syscall::Arch;
use crate::users::Names;

/// Arguments of a command that are kept.
pub(super) const MOST_ARGUMENTS: usize = 64;
/// Bytes of one text that are kept.
pub(super) const MOST_TEXT: usize = 1024;

/// What an event says. Names that the records do not carry are asked for.
pub fn read(event: &Event, names: &Names) -> Action {
    let mut parts = Parts::default();
    for record in event.records() {
        parts.take(record);
    }
    let main = parts.syscall.or(parts.first);
    let Some(main) = main else { return nothing(event) };
    let mut action = Action {
        id: event.id,
        actor: actor(&main, names),
        what: What::Other { kind: text(main.kind_name) },
        program: string(&main, b"exe").or_else(|| string(&main, b"comm")).unwrap_or_default(),
        keys: Vec::new(),
        success: success(&main),
        error: None,
    };
    if parts.syscall.is_some() {
        action.error = error(&main);
    }
    for record in event.records() {
        for (name, value) in record.fields() {
            if name == b"key" {
                keys(value, &mut action.keys);
            }
        }
    }
    action.what = what(&parts, &main, names);
    action
}

fn nothing(event: &Event) -> Action {
    Action {
        id: event.id,
        actor: Actor::default(),
        what: What::Other { kind: event.kind.to_string() },
        program: String::new(),
        keys: Vec::new(),
        success: None,
        error: None,
    }
}

/// The records of an event by what they are for.
#[derive(Default)]
pub(super) struct Parts<'a> {
    first: Option<Record<'a>>,
    syscall: Option<Record<'a>>,
    said: Option<Record<'a>>,
    config: Option<Record<'a>>,
    module: Option<Record<'a>>,
    target: Option<Record<'a>>,
    address: Option<Record<'a>>,
    arguments: Vec<Record<'a>>,
    title: Option<Record<'a>>,
    pub(super) folder: String,
    pub(super) paths: Vec<Record<'a>>,
}

impl<'a> Parts<'a> {
    fn take(&mut self, record: Record<'a>) {
        self.first.get_or_insert(record);
        match record.kind() {
            Kind::SYSCALL => self.syscall = Some(record),
            Kind::CWD => self.folder = string(&record, b"cwd").unwrap_or_default(),
            Kind::PATH => self.paths.push(record),
            Kind::EXECVE => self.arguments.push(record),
            Kind::PROCTITLE => self.title = Some(record),
            Kind::CONFIG_CHANGE => self.config = Some(record),
            Kind::KERN_MODULE => self.module = Some(record),
            Kind::OBJ_PID => self.target = Some(record),
            Kind::SOCKADDR => self.address = Some(record),
            kind if (Kind::USER_AUTH..=Kind::DAEMON_START).contains(&kind) => {
                self.said = Some(record);
            }
            _ => {}
        }
    }
}

fn what(parts: &Parts<'_>, main: &Record<'_>, names: &Names) -> What {
    // A rule that goes because its file goes stands in the same event as what was done to the file.
    if let Some(config) = &parts.config {
        return said::config(config, !parts.paths.is_empty());
    }
    if let Some(said) = parts.said {
        return said::by_program(&said, names);
    }
    let Some(call) = parts.syscall.and_then(|record| call(&record)) else {
        return said::alone(main);
    };
    if let Some(module) = &parts.module {
        let name = string(module, b"name").unwrap_or_default();
        return What::Module { name, removed: call == "delete_module" };
    }
    if !parts.arguments.is_empty() || call.starts_with("execve") {
        let mut command = arguments(&parts.arguments, MOST_ARGUMENTS, MOST_TEXT);
        if command.is_empty() {
            let program = string(main, b"exe");
            command = parts
                .title
                .as_ref()
                .map(title)
                .or(program.map(|exe| vec![exe]))
                .unwrap_or_default();
        }
        return What::Ran { command, folder: parts.folder.clone() };
    }
    if call == "delete_module" || call.ends_with("init_module") {
        return What::Module { name: String::new(), removed: call == "delete_module" };
    }
    if let (Some(target), true) = (&parts.target, call.contains("kill")) {
        let name = string(target, b"ocomm").unwrap_or_default();
        let pid = number(target, b"opid").unwrap_or(0);
        // kill(pid, signal), tkill(tid, signal), tgkill(tgid, tid, signal).
        let place: &[u8] = if call == "tgkill" { b"a2" } else { b"a1" };
        let signal = argument(main, place).unwrap_or(0) as u32;
        return What::Signalled { signal, target: format!("{name} ({pid})") };
    }
    if let (Some(how), Some((path, from))) =
        (file::how(&call, main, parts), file::path(&call, main, parts))
    {
        let how = match (how, from) {
            (FileAct::Renamed { replaced, .. }, Some(from)) => FileAct::Renamed { from, replaced },
            (how, _) => how,
        };
        return What::File { how, path };
    }
    if let Some(address) = &parts.address {
        return What::Network { call, address: other_side(address) };
    }
    What::Call { name: call }
}

/// `SADDR={ saddr_fam=inet laddr=192.0.2.1 lport=443 }`, without what is around it; where auditd did
/// not add it, by the bytes of the address.
fn other_side(record: &Record<'_>) -> String {
    let mut words = record.enriched().unwrap_or_default().to_vec();
    if record.added(b"SADDR").is_none() {
        let bytes = record.field(b"saddr").map_or(&b""[..], Value::bytes);
        words.clear();
        address::show(bytes, &Names::default(), Compat::V4, &mut words);
    }
    let text = text(&words);
    let inner = text.trim_start_matches("SADDR=").trim_matches(|c| "{} ".contains(c));
    let value =
        |name: &str| inner.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    match (value("laddr"), value("lport"), value("path")) {
        (Some(address), Some(port), _) if address.contains(':') => format!("[{address}]:{port}"),
        (Some(address), Some(port), _) => format!("{address}:{port}"),
        (_, _, Some(path)) => path.to_owned(),
        _ => value("saddr_fam").unwrap_or_default().to_owned(),
    }
}

/// The name of the system call.
fn call(record: &Record<'_>) -> Option<String> {
    if let Some(name) = record.added(b"SYSCALL") {
        return Some(text(name.bytes()));
    }
    let arch = record.field(b"arch").map(Value::bytes)?;
    let arch = u32::from_str_radix(std::str::from_utf8(arch).ok()?, 16).ok()?;
    let number = number(record, b"syscall")?;
    let known = Arch::from_number(arch).and_then(|arch| arch.syscall(number));
    Some(known.map_or_else(|| format!("system call {number}"), str::to_owned))
}

fn actor(record: &Record<'_>, names: &Names) -> Actor {
    let set = |name| number(record, name).filter(|number| *number != UNSET);
    let name = |added: &[u8], uid: Option<u32>| {
        let uid = uid?;
        let added = record.added(added).map(|value| text(value.bytes()));
        let added = added.filter(|name| !name.starts_with("unknown(") && name != "unset");
        Some(
            added
                .or_else(|| names.name(uid).map(str::to_owned))
                .unwrap_or_else(|| format!("uid {uid}")),
        )
    };
    // Who acts is who he counts as.
    let (uid, auid) = (set(b"euid").or_else(|| set(b"uid")), set(b"auid"));
    let user: &[u8] = if set(b"euid").is_some() { b"EUID" } else { b"UID" };
    let known = |name| string(record, name).filter(|text| !matches!(&**text, "?" | "" | "(none)"));
    Actor {
        login: name(b"AUID", auid),
        user: name(user, uid),
        uid,
        auid,
        session: set(b"ses"),
        address: known(b"addr").or_else(|| known(b"hostname")),
        terminal: known(b"terminal").or_else(|| known(b"tty")),
        pid: number(record, b"pid"),
        ppid: number(record, b"ppid"),
    }
}

fn success(record: &Record<'_>) -> Option<bool> {
    let value = record.field(b"success").or_else(|| record.field(b"res"))?;
    Some(matches!(value.bytes(), b"yes" | b"success" | b"1"))
}

/// The error a system call ended with.
fn error(record: &Record<'_>) -> Option<&'static str> {
    let exit = text(record.field(b"exit")?.bytes()).parse::<i64>().ok()?;
    // Numbers above are not for programs: a restarted call.
    let number =
        u32::try_from(exit.checked_neg()?).ok().filter(|number| (1..=511).contains(number))?;
    errno::name(number)
}

/// A number of a field.
pub(super) fn number(record: &Record<'_>, name: &[u8]) -> Option<u32> {
    std::str::from_utf8(record.field(name)?.bytes()).ok()?.parse().ok()
}

/// An argument of a system call, in hex as the kernel writes it.
pub(super) fn argument(record: &Record<'_>, name: &[u8]) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(record.field(name)?.bytes()).ok()?, 16).ok()
}

/// A text of a field: between quotes as it is, else in hex if it can be.
pub(super) fn string(record: &Record<'_>, name: &[u8]) -> Option<String> {
    record.field(name).and_then(plain)
}

/// A text as it was before it was written down; `(null)` is none.
pub(super) fn plain(value: Value<'_>) -> Option<String> {
    decoded(value).map(|bytes| text(&bytes))
}

/// All bytes of a text.
pub(crate) fn decoded(value: Value<'_>) -> Option<Cow<'_, [u8]>> {
    match value {
        Value::Quoted(bytes) => Some(Cow::Borrowed(bytes)),
        Value::Bare(b"(null)") => None,
        Value::Bare(bytes) => Some(unhex(bytes).map_or(Cow::Borrowed(bytes), Cow::Owned)),
    }
}

/// Bytes written in hex, as the kernel does with whatever is not plain: capitals, in pairs.
fn unhex(bytes: &[u8]) -> Option<Vec<u8>> {
    let is_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
    let fits = bytes.len() >= 2 && bytes.len().is_multiple_of(2) && bytes.iter().all(is_hex);
    if fits { decode(bytes) } else { None }
}

/// Text, at most so much of it.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(MOST_TEXT)]).into_owned()
}

fn keys(value: Value<'_>, keys: &mut Vec<String>) {
    // Several keys of one rule are one text with a byte of 1 between them.
    for key in plain(value).unwrap_or_default().split('\u{1}') {
        if !key.is_empty() && !keys.iter().any(|known| known == key) {
            keys.push(key.to_owned());
        }
    }
}

/// The arguments of EXECVE records: `a0`, `a1`, and of long ones `a2[0]`, `a2[1]` ... At most so
/// many, and of each at most so many bytes.
pub(crate) fn arguments(records: &[Record<'_>], most: usize, longest: usize) -> Vec<String> {
    let mut arguments: Vec<Vec<u8>> = Vec::new();
    for record in records {
        for (name, value) in record.fields() {
            let Some(digits) = name.strip_prefix(b"a") else { continue };
            let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
            let (Ok(place), rest) = (
                std::str::from_utf8(&digits[..end]).unwrap_or_default().parse::<usize>(),
                &digits[end..],
            ) else {
                continue;
            };
            if place >= most || !(rest.is_empty() || rest[0] == b'[') {
                continue;
            }
            if arguments.len() <= place {
                arguments.resize(place + 1, Vec::new());
            }
            let room = longest.saturating_sub(arguments[place].len());
            let value = decoded(value).unwrap_or_default();
            arguments[place].extend_from_slice(&value[..value.len().min(room)]);
        }
    }
    arguments.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
}

/// The command line in PROCTITLE: arguments with a zero byte between them.
pub(super) fn title(record: &Record<'_>) -> Vec<String> {
    let value = record.field(b"proctitle");
    let whole = value.and_then(plain).unwrap_or_default();
    whole.split('\0').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
