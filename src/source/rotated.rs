//! A log with those before it: `auth.log`, `auth.log.1`, `auth.log.2.gz` and so on (logrotate(8)).

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::plain;

/// So many older ones are looked for.
const OLDER: usize = 60;
/// All of them together are not read further, in bytes, unpacked; the newest count.
const MOST: u64 = 256 << 20;

/// What was written since then, and perhaps some time before, oldest first.
///
/// # Errors
/// When the log itself cannot be read. Older ones that cannot be are left out.
pub(crate) fn text(path: &Path, since: Timestamp) -> io::Result<String> {
    let mut newest = Vec::new();
    plain::open(path)?.take(MOST).read_to_end(&mut newest)?;
    let (mut parts, mut left) = (vec![newest], MOST);
    for number in 1..=OLDER {
        left -= parts.last().map_or(0, |part| part.len() as u64).min(left);
        // One that was last written to before has nothing of it, and nor have those before that.
        match older(path, number, since, left) {
            Some(part) => parts.push(part),
            None => break,
        }
    }
    parts.reverse();
    Ok(String::from_utf8_lossy(&parts.concat()).into_owned())
}

fn older(path: &Path, number: usize, since: Timestamp, most: u64) -> Option<Vec<u8>> {
    let named = |ending: &str| PathBuf::from(format!("{}.{number}{ending}", path.display()));
    let (plain, packed) = (plain::open(&named("")), plain::open(&named(".gz")));
    let is_packed = plain.is_err();
    let file = plain.or(packed).ok()?;
    let written = Timestamp::try_from(file.metadata().ok()?.modified().ok()?).ok()?;
    let mut part = Vec::new();
    if most == 0 || written < since {
        return None;
    }
    if is_packed {
        flate2::read::MultiGzDecoder::new(file).take(most).read_to_end(&mut part).ok()?;
    } else {
        file.take(most).read_to_end(&mut part).ok()?;
    }
    Some(part)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn older_ones_come_first_packed_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("auth.log");
        let write = |ending: &str, text: &[u8]| {
            std::fs::write(format!("{}{ending}", path.display()), text).unwrap();
        };
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(b"one\n").unwrap();
        write(".2.gz", &packed.finish().unwrap());
        write(".1", b"two\n");
        write("", b"three\n");
        assert_eq!(text(&path, Timestamp::MIN).unwrap(), "one\ntwo\nthree\n");
        assert_eq!(text(&path, Timestamp::MAX).unwrap(), "three\n");
        assert!(text(&folder.path().join("none"), Timestamp::MIN).is_err());
    }
}
