//! Reading rule files: one by one as auditctl does, or a directory as augenrules does.

use std::io::{self, Read as _};
use std::path::Path;

use super::check::Order;
use super::{Line, Names, augenrules, compare_names, is_rules_file, parse};

/// More than this nobody writes.
const LONGEST_FILE: u64 = 4 * 1024 * 1024;

/// The lines of a file, or of a directory's `*.rules`, in the order in which they are loaded.
pub fn read(path: &Path, names: &dyn Names) -> io::Result<(Order, Vec<Line>)> {
    if !path.is_dir() {
        return Ok((Order::AsWritten, parse(&path.display().to_string(), &text(path)?, names)));
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if is_rules_file(&name) {
            files.push(name);
        }
    }
    files.sort_by(|one, other| compare_names(one, other));
    let mut lines = Vec::new();
    for name in files {
        let file = path.join(name);
        lines.extend(parse(&file.display().to_string(), &text(&file)?, names));
    }
    Ok((Order::Augenrules, augenrules(lines)))
}

/// The text of a file, which is a regular one and not too long.
pub fn text(path: &Path) -> io::Result<Vec<u8>> {
    let file = std::fs::File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let mut text = Vec::new();
    file.take(LONGEST_FILE + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LONGEST_FILE {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "longer than 4 MiB"));
    }
    Ok(text)
}
