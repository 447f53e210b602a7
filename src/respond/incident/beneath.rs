//! Files of the log book, for root and for the watch alike: what one opens, the other may go on with.
//!
//! The store is the watch's. So root follows no link in it: whoever became the watch would lead it
//! to files of root's own.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path};

use rustix::fs::{Gid, Mode, OFlags, fchmod, fchown, open as open_at, openat};
use sha2::{Digest as _, Sha256};

use crate::model::text::hex;

/// Opens a file of an incident, whose folder is in one below the store. Step by step, since
/// `openat2` is closed to units with `RestrictSUIDSGID`.
pub(super) fn open(folder: &Path, name: &str, flags: OFlags) -> io::Result<File> {
    let opened = step_by_step(folder, name, flags);
    opened.map_err(|error| {
        io::Error::new(error.kind(), format!("{}: {error}", folder.join(name).display()))
    })
}

fn step_by_step(folder: &Path, name: &str, flags: OFlags) -> io::Result<File> {
    let no_place = || io::Error::from(io::ErrorKind::NotFound);
    let store = folder.parent().and_then(Path::parent).ok_or_else(no_place)?;
    let below = folder.strip_prefix(store).map_err(|_| no_place())?;
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    if !below.components().all(plain)
        || !Path::new(name).components().eq([Component::Normal(name.as_ref())])
    {
        return Err(no_place());
    }
    let place = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut at = open_at(store, place, Mode::empty())?;
    for part in below {
        at = openat(&at, part, place | OFlags::NOFOLLOW, Mode::empty())?;
    }
    let is_made = flags.contains(OFlags::CREATE);
    let mode = if is_made { Mode::from_raw_mode(0o600) } else { Mode::empty() };
    let file = File::from(openat(&at, name, flags | OFlags::NOFOLLOW | OFlags::CLOEXEC, mode)?);
    if is_made && file.metadata()?.len() == 0 {
        give(&file, store, 0o660)?;
    }
    Ok(file)
}

/// Writes a new file of an incident, for good. Returns its SHA-256.
pub(super) fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<String> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
    let mut file = open(folder, name, flags)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(hex(&Sha256::digest(bytes)))
}

/// Lets the store's group into a folder that was just made.
pub(super) fn share(store: &Path, folder: &Path) -> io::Result<()> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    give(&File::from(open_at(folder, flags, Mode::empty())?), store, 0o770)
}

/// Gives it to the group of the store. Where that is not allowed it stays its owner's alone.
fn give(file: &File, store: &Path, mode: u32) -> io::Result<()> {
    let group = fs::metadata(store)?.gid();
    if file.metadata()?.gid() != group && fchown(file, None, Some(Gid::from_raw(group))).is_err() {
        return Ok(());
    }
    // The mask of whoever types must not shut the watch out.
    fchmod(file, Mode::from_raw_mode(mode))?;
    Ok(())
}
