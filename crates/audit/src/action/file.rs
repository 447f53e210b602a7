//! What was done to which file.

use super::FileAct;
use super::read::{Parts, argument, string};
use crate::record::{Record, Value};

/// `O_ACCMODE`, `O_CREAT` and `O_TRUNC` of `asm-generic/fcntl.h`.
const ACCESS: u64 = 3;
const TRUNCATE: u64 = 0o1000;
/// `AT_FDCWD`: names are below the working directory.
const HERE: u32 = -100_i32 as u32;

/// What the system call does to a file; none if it is not about files.
pub(super) fn how(call: &str, record: &Record<'_>, parts: &Parts<'_>) -> Option<FileAct> {
    let created = parts.paths.iter().any(|path| nametype(path) == b"CREATE");
    let deleted = parts.paths.iter().filter(|path| nametype(path) == b"DELETE").count();
    let flags = |place: &[u8]| argument(record, place).unwrap_or(0);
    let opened = |flags: u64| {
        if created {
            FileAct::Created
        } else if flags & ACCESS != 0 || flags & TRUNCATE != 0 {
            FileAct::Wrote
        } else {
            FileAct::Read
        }
    };
    Some(match call {
        "open" => opened(flags(b"a1")),
        "openat" => opened(flags(b"a2")),
        // Its flags are in a record of their own, which older kernels lack.
        "openat2" => opened(0),
        "creat" | "mknod" | "mknodat" | "mkdir" | "mkdirat" => FileAct::Created,
        "unlink" | "unlinkat" | "rmdir" => FileAct::Deleted,
        "rename" | "renameat" | "renameat2" => {
            FileAct::Renamed { from: String::new(), replaced: deleted > 1 }
        }
        "link" | "linkat" | "symlink" | "symlinkat" => FileAct::Linked,
        "chmod" | "fchmod" => FileAct::Mode { mode: flags(b"a1") as u32 & 0o7777 },
        "fchmodat" | "fchmodat2" => FileAct::Mode { mode: flags(b"a2") as u32 & 0o7777 },
        "chown" | "lchown" | "fchown" | "fchownat" | "chown32" | "lchown32" | "fchown32" => {
            FileAct::Owner
        }
        "truncate" | "ftruncate" | "truncate64" | "ftruncate64" | "fallocate" | "write"
        | "pwrite64" | "copy_file_range" => FileAct::Wrote,
        "mount" | "umount" | "umount2" | "pivot_root" | "move_mount" => FileAct::Mounted,
        call if call.contains("xattr") || call.contains("utime") => FileAct::Attributes,
        _ => return None,
    })
}

/// The file that matters, and the name it had before.
pub(super) fn path(
    call: &str,
    record: &Record<'_>,
    parts: &Parts<'_>,
) -> Option<(String, Option<String>)> {
    let folder = if is_elsewhere(call, record) { "…" } else { &parts.folder };
    let of = |wanted: &[u8]| parts.paths.iter().find(|path| nametype(path) == wanted);
    let named = |path: &Record<'_>| string(path, b"name").map(|name| join(folder, &name));
    let main = of(b"CREATE")
        .or_else(|| of(b"DELETE"))
        .or_else(|| of(b"NORMAL"))
        .or_else(|| parts.paths.iter().find(|path| nametype(path) != b"PARENT"))
        .or_else(|| parts.paths.first())?;
    let before = of(b"DELETE").filter(|before| before.line != main.line).and_then(named);
    Some((named(main)?, before))
}

/// Are names below a folder that is not named? What `a0` is a descriptor of is not recorded; the
/// folder that is named then is another one.
pub(crate) fn is_elsewhere(call: &str, record: &Record<'_>) -> bool {
    let by_descriptor = call.ends_with("at") || call.ends_with("at2");
    by_descriptor && argument(record, b"a0").is_some_and(|fd| fd as u32 != HERE)
}

fn nametype<'a>(record: &Record<'a>) -> &'a [u8] {
    record.field(b"nametype").map(Value::bytes).unwrap_or_default()
}

/// A name with its folder before it, `.` and `..` worked out.
pub(crate) fn join(folder: &str, name: &str) -> String {
    let whole = if name.starts_with('/') { name.to_owned() } else { format!("{folder}/{name}") };
    let is_absolute = whole.starts_with('/');
    let mut steps: Vec<&str> = Vec::new();
    for step in whole.split('/') {
        match step {
            "" | "." => {}
            ".." if is_absolute || steps.last().is_some_and(|last| *last != "..") => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    format!("{}{}", if is_absolute { "/" } else { "" }, steps.join("/"))
}
