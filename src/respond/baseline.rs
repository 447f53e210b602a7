//! The baseline as it is kept: a file with a seal of its own.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use nightkeep_triage::baseline::Baseline;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::model::text::hex;

/// Its name in the store's directory.
const FILE: &str = "baseline.json";

/// The baseline with its seal: the hash of all of it, to be kept elsewhere as well.
#[derive(Debug, Serialize, Deserialize)]
struct Sealed {
    seal: String,
    baseline: Baseline,
}

/// Where it is kept.
pub fn path(store: &Path) -> PathBuf {
    store.join(FILE)
}

/// The seal of a baseline: SHA-256 of its JSON.
pub fn seal(baseline: &Baseline) -> String {
    hex(&Sha256::digest(serde_json::to_vec(baseline).unwrap_or_default()))
}

/// Reads it; none if there is none.
///
/// # Errors
/// When it cannot be read, or is not as it was sealed.
pub fn read(store: &Path) -> io::Result<Option<Baseline>> {
    let text = match fs::read(path(store)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let sealed: Sealed = serde_json::from_slice(&text)?;
    if seal(&sealed.baseline) != sealed.seal {
        return Err(io::Error::other("it is not as it was sealed: somebody wrote to it"));
    }
    Ok(Some(sealed.baseline))
}

/// Writes it whole or not at all, and returns its seal.
pub fn write(store: &Path, baseline: Baseline) -> io::Result<String> {
    let seal = seal(&baseline);
    let path = path(store);
    let new = path.with_extension("new");
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(&serde_json::to_vec(&Sealed { seal: seal.clone(), baseline })?)?;
    file.sync_all()?;
    fs::rename(&new, &path)?;
    fs::File::open(store)?.sync_all()?;
    Ok(seal)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use nightkeep_triage::baseline::{Facts, Topic};

    use super::*;

    #[test]
    fn what_was_written_to_shows() {
        let store = tempfile::tempdir().unwrap();
        assert!(read(store.path()).unwrap().is_none());
        let mut facts = Facts::default();
        facts.add(Topic::User, "ann", "1000");
        let baseline = Baseline::new(Timestamp::UNIX_EPOCH, facts);
        write(store.path(), baseline.clone()).unwrap();
        assert_eq!(read(store.path()).unwrap(), Some(baseline));
        let text = fs::read_to_string(path(store.path())).unwrap();
        fs::write(path(store.path()), text.replace("ann", "eve")).unwrap();
        assert!(read(store.path()).is_err());
    }
}
