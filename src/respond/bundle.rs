//! Evidence in one archive, in the order in which it passes (RFC 3227), with a manifest that `sha256sum -c`
//! verifies. Nothing that is copied is followed, waited for or changed.

mod disk;
mod volatile;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::Looked;
use crate::model::text::hex;

/// All files together are not larger, in bytes.
const MOST: u64 = 4 << 30;
/// A larger file is cut, in bytes.
const LARGEST: u64 = 256 << 20;
/// The level of zstd: logs shrink to a tenth, and the disk is slower still.
const LEVEL: i32 = 3;

/// An archive that is being written.
pub struct Bundle {
    tar: tar::Builder<zstd::Encoder<'static, Hashed>>,
    /// The folder all of it is in.
    folder: String,
    path: PathBuf,
    begun: Timestamp,
    entries: Vec<Entry>,
    notes: Vec<String>,
    bytes: u64,
}

/// A file in the manifest.
#[derive(Debug, Serialize)]
struct Entry {
    path: String,
    /// Where it was.
    from: String,
    size: u64,
    sha256: String,
}

/// An archive that was written.
#[derive(Debug)]
pub struct Taken {
    /// Where it is.
    pub path: PathBuf,
    /// The folder in it.
    pub folder: String,
    /// SHA-256 of its `SHA256SUMS`, which has those of all files.
    pub manifest: String,
    /// How many files are in it, and how many bytes they are.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// What is not in it, or not whole, and why.
    pub notes: Vec<String>,
}

impl std::fmt::Debug for Bundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bundle").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Bundle {
    /// Begins an archive of its own in `folder`, which only its owner may read.
    pub fn begin(folder: &Path, host: &str, at: Timestamp) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        let host: String = host.chars().filter(|&c| is_plain(c)).take(64).collect();
        let name = format!("{host}-{}", at.strftime("%Y%m%dT%H%M%SZ"));
        let path = folder.join(format!("{name}.tar.zst"));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let hashed = Hashed { file, state: Sha256::new() };
        let tar = tar::Builder::new(zstd::Encoder::new(hashed, LEVEL)?);
        let (entries, notes) = (Vec::new(), Vec::new());
        Ok(Self { tar, folder: name, path, begun: at, entries, notes, bytes: 0 })
    }

    /// What is gone first: processes, sockets, the kernel, who is logged in, and programs that are deleted
    /// but still run. `with_secrets` takes environments as well.
    pub fn volatile(&mut self, with_secrets: bool) -> io::Result<()> {
        volatile::take(self, with_secrets)
    }

    /// What lies on the disk, what was found, and the manifest; `with_secrets` takes key material as well.
    pub fn finish(mut self, root: &Path, looked: &Looked, with_secrets: bool) -> io::Result<Taken> {
        disk::take(&mut self, root, looked, with_secrets)?;
        let sums = self
            .entries
            .iter()
            .fold(String::new(), |sums, one| sums + &line_of(&one.sha256, &one.path));
        let manifest = hex(&Sha256::digest(&sums));
        let described = serde_json::json!({
            "made_by": format!("nightkeep {}", env!("CARGO_PKG_VERSION")),
            "host": looked.report.host,
            "begun": self.begun,
            "ended": crate::clock::now(),
            "sha256_of_SHA256SUMS": manifest,
            "not_in_it_or_not_whole": self.notes,
            "files": self.entries,
        });
        let (files, bytes) = (self.entries.len(), self.bytes);
        self.write("SHA256SUMS", sums.as_bytes())?;
        self.write("manifest.json", &serde_json::to_vec_pretty(&described)?)?;
        let Hashed { file, state } = self.tar.into_inner()?.finish()?;
        file.sync_all()?;
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let sum = format!("{}  {name}\n", hex(&state.finalize()));
        let beside = self.path.with_file_name(format!("{name}.sha256"));
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(beside)?
            .write_all(sum.as_bytes())?;
        let (path, folder, notes) = (self.path, self.folder, self.notes);
        Ok(Taken { path, folder, manifest, files, bytes, notes })
    }

    /// Says what is not in it.
    fn note(&mut self, note: &str) {
        self.notes.push(crate::model::text::visible(note, 400));
    }

    /// Adds a file of these bytes.
    fn add(&mut self, path: &str, from: &str, bytes: &[u8]) -> io::Result<()> {
        self.copy(path, from, bytes.len() as u64, bytes)
    }

    /// Adds an open file as it is now.
    fn add_file(&mut self, path: &str, from: &str, file: File) -> io::Result<()> {
        let len = file.metadata()?.len();
        self.copy(path, from, len, file)
    }

    /// Adds `len` bytes; where there are no more, because the file got shorter, zeros.
    fn copy(&mut self, path: &str, from: &str, len: u64, reader: impl Read) -> io::Result<()> {
        let room = MOST - self.bytes;
        if room == 0 {
            self.note(&format!("{from}: the bundle is full"));
            return Ok(());
        }
        let size = len.min(LARGEST).min(room);
        if size < len {
            self.note(&format!("{from}: only the first {size} of {len} bytes"));
        }
        let mut reader = Summed {
            inner: reader.take(size).chain(io::repeat(0)),
            state: Sha256::new(),
            error: None,
        };
        let mut header = self.header(size);
        let name = format!("{}/{path}", self.folder);
        self.tar.append_data(&mut header, name, (&mut reader).take(size))?;
        if let Some(error) = reader.error {
            self.note(&format!("{from}: {error}"));
        }
        let sha256 = hex(&reader.state.finalize());
        let (path, from) = (path.to_owned(), from.to_owned());
        self.entries.push(Entry { path, from, size, sha256 });
        self.bytes += size;
        Ok(())
    }

    /// Adds one that is not in the manifest.
    fn write(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut header = self.header(bytes.len() as u64);
        self.tar.append_data(&mut header, format!("{}/{path}", self.folder), bytes)
    }

    fn header(&self, size: u64) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_mode(0o600);
        header.set_mtime(self.begun.as_second().unsigned_abs());
        header
    }
}

/// A line as `sha256sum` writes and reads it: whoever was in may have put the end of a line into a name, and after
/// it what looks like a line of its own.
fn line_of(sha256: &str, path: &str) -> String {
    let escaped = path.replace('\\', r"\\").replace('\n', r"\n").replace('\r', r"\r");
    let mark = if escaped == path { "" } else { r"\" };
    format!("{mark}{sha256}  {escaped}\n")
}

/// A file of which the hash is known when it is written.
struct Hashed {
    file: File,
    state: Sha256,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.file.write(bytes)?;
        self.state.update(&bytes[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A reader of which the hash is known when it is read. An error ends what it has: the rest is zeros, and the
/// archive stays whole.
struct Summed<R> {
    inner: R,
    state: Sha256,
    error: Option<io::Error>,
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = if self.error.is_some() {
            buffer.fill(0);
            buffer.len()
        } else {
            match self.inner.read(buffer) {
                Ok(len) => len,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
                Err(error) => {
                    self.error = Some(error);
                    buffer.fill(0);
                    buffer.len()
                }
            }
        };
        self.state.update(&buffer[..len]);
        Ok(len)
    }
}

/// Reads no more than so many bytes of a file of the kernel's, which have no length.
fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_sums_hold_also_of_a_file_that_got_shorter() {
        let folder = tempfile::tempdir().unwrap();
        let at = Timestamp::from_second(1_700_000_000).unwrap();
        let mut bundle = Bundle::begin(folder.path(), "web/1", at).unwrap();
        bundle.add("a.txt", "/a", b"whole").unwrap();
        bundle.copy("b.log", "/b", 10, &b"short"[..]).unwrap();
        let report = nightkeep_triage::report::Report {
            host: String::from("web1"),
            is_disk: false,
            at,
            since: at,
            verdict: nightkeep_triage::verdict::judge(
                &nightkeep_triage::scene::Scene::default(),
                &[],
            ),
            remedy: nightkeep_triage::remedy::Remedy::default(),
            story: Vec::new(),
            findings: Vec::new(),
            steps: Vec::new(),
        };
        let looked =
            Looked { report, scene: nightkeep_triage::scene::Scene::default(), events: Vec::new() };
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("var/log/x")).unwrap();
        fs::write(root.path().join("var/log/x/auth.log"), "a line").unwrap();
        for name in ["two\nlines", "re\rturn", r"back\nslash"] {
            fs::write(root.path().join("var/log/x").join(name), name).unwrap();
        }
        std::os::unix::fs::symlink("/etc/passwd", root.path().join("var/log/link")).unwrap();
        let taken = bundle.finish(root.path(), &looked, false).unwrap();
        let there = taken.path.to_str().unwrap();
        let run = |command: &str| {
            let mut shell = Command::new("sh");
            let done = shell.args(["-ec", command]).current_dir(folder.path()).output().unwrap();
            let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
            assert!(done.status.success(), "{command}: {said}");
            said
        };
        let archive = zstd::decode_all(fs::File::open(there).unwrap()).expect("an archive of zstd");
        fs::write(folder.path().join("x.tar"), archive).unwrap();
        run("tar -xf x.tar");
        let said = run(&format!("cd {} && sha256sum -c SHA256SUMS", taken.folder));
        for path in ["a.txt: OK", "b.log: OK", "disk/var/log/x/auth.log: OK"] {
            assert!(said.contains(path), "{said}");
        }
        assert_eq!(said.matches(": OK").count(), 10, "{said}");
        assert!(!said.contains("link"), "{said}");
        run(&format!("sha256sum -c {there}.sha256"));
        run(&format!(
            "test $(sha256sum < {}/SHA256SUMS | cut -c1-64) = {}",
            taken.folder, taken.manifest
        ));
    }
}
