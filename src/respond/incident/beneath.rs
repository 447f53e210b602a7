//! Files of the log book, for root and for the watch alike: what one opens, the other may go on with.
//!
//! The store is the watch's. So root follows no link in it: whoever became the watch would lead it
//! to files of root's own.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Gid, Mode, OFlags, ResolveFlags, fchmod, fchown, open as open_at, openat2};
use sha2::{Digest as _, Sha256};

use crate::model::text::hex;

/// Opens a file of an incident, whose folder is in one below the store.
pub(super) fn open(folder: &Path, name: &str, flags: OFlags) -> io::Result<File> {
    let no_place = || io::Error::from(io::ErrorKind::NotFound);
    let store = folder.parent().and_then(Path::parent).ok_or_else(no_place)?;
    let below = folder.strip_prefix(store).map_err(|_| no_place())?.join(name);
    let root = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let at = open_at(store, root, Mode::empty())?;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    let is_made = flags.contains(OFlags::CREATE);
    let mode = if is_made { Mode::from_raw_mode(0o600) } else { Mode::empty() };
    let file = File::from(openat2(&at, &below, flags | OFlags::CLOEXEC, mode, resolve)?);
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
