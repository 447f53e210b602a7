//! Rule files: `*.yml` and `*.yaml`, in folders and those below them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Folders within one another.
const DEEPEST: usize = 16;
/// Bytes of a rule file.
const LARGEST: u64 = 8 << 20;

/// The rule files a path stands for, by name. Links to folders are not followed.
pub fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    below(path, 0, &mut found)?;
    found.sort();
    Ok(found)
}

fn below(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() && depth < DEEPEST {
            below(&path, depth + 1, found)?;
        } else if path.extension().is_some_and(|name| name == "yml" || name == "yaml")
            && path.is_file()
        {
            found.push(path);
        }
    }
    Ok(())
}

/// The text of a rule file.
pub fn text(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > LARGEST {
        return Err(io::Error::other("it is too large to be a file of rules"));
    }
    Ok(String::from_utf8_lossy(&fs::read(path)?).into_owned())
}
