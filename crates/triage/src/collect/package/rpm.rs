//! rpm's database: since rpm 4.16 one of SQLite, whose table `Packages` has a header of each package
//! (`lib/backend/sqlite.c`). Those before it, of Berkeley DB and rpm's own, are only named.

use std::fs::File;
use std::io;

use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::limits::Limit;

use super::header::{self, Header};
use super::{MOST, pages::Pages};
use crate::collect::tree::Tree;
use crate::scene::package::{Digest, Manager, Packages, Sum};

/// Where it is: of Fedora and SUSE, and of RHEL. One is often a link to the other.
pub(super) const FOLDERS: [&str; 2] = ["/usr/lib/sysimage/rpm", "/var/lib/rpm"];
const FILE: &str = "rpmdb.sqlite";
/// What it was before.
const OLD: [(&str, &str); 2] = [
    ("Packages", "Berkeley DB, as rpm before 4.16 wrote it"),
    ("Packages.db", "ndb, rpm's own format"),
];
/// The largest header, in bytes: what its format allows.
const LARGEST: i32 = 256 << 20;
/// Bytes of all paths, and of one (`PATH_MAX` of `linux/limits.h`).
const PATHS: usize = 512 << 20;
const PATH: usize = 4096;
/// How often it is read again while rpm writes to it.
const TRIES: usize = 3;
/// `RPMFILE_CONFIG` and `RPMFILE_GHOST` of `rpmfiles.h`: what the owner changes, and what belongs to a
/// package that did not bring it.
const CONFIG: u32 = 1;
const GHOST: u32 = 1 << 6;
/// `RPMVERIFY_FILEDIGEST` of `rpmvf.h`: without it, the file is made to be changed.
const VERIFIED: u32 = 1;
/// `RPMFILE_STATE_NORMAL`: another file may lie where one was replaced or left out.
const NORMAL: u8 = 0;
/// Kinds of digests (RFC 4880, 9.4). rpm itself takes those with SHA-1, 384 and 512 as well, which no
/// distribution has it use.
const MD5: u32 = 1;
const SHA256: u32 = 8;

/// Adds the packages of rpm. None if it has no database here; otherwise how many packages have digests
/// of another kind than are compared.
///
/// # Errors
/// When the database is there and cannot be read: what was added then is not to be used.
pub(super) fn read(tree: &Tree, packages: &mut Packages) -> io::Result<Option<usize>> {
    for folder in FOLDERS {
        let path = format!("{folder}/{FILE}");
        match tree.file(&path) {
            Ok(file) => return database(tree, &path, &file, packages).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    for folder in FOLDERS {
        for (file, format) in OLD {
            let path = format!("{folder}/{file}");
            if tree.stat(&path, true).is_ok() {
                let why = format!("{path} is {format}, which is not read here");
                return Err(io::Error::new(io::ErrorKind::Unsupported, why));
            }
        }
    }
    Ok(None)
}

fn database(tree: &Tree, path: &str, file: &File, packages: &mut Packages) -> io::Result<usize> {
    for _ in 0..TRIES {
        // What is committed to the log and not yet in the file is a part of it: without, every file of a
        // package that was just updated would be an altered one.
        let log = match tree.file(&format!("{path}-wal")) {
            Ok(log) => Some(log),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let mut pages = Pages::open(file.try_clone()?, log)?;
        let (mut memory, length) = (memory().map_err(io::Error::other)?, pages.len());
        let read = memory.deserialize_read_exact("main", &mut pages, length, true);
        if !pages.is_unchanged()? {
            continue;
        }
        read.map_err(io::Error::other)?;
        return rows(&memory, packages).map_err(io::Error::other);
    }
    Err(io::Error::new(io::ErrorKind::ResourceBusy, "rpm is writing to it"))
}

/// A database in memory that trusts nothing that is in it.
fn memory() -> rusqlite::Result<Connection> {
    let memory = Connection::open_in_memory()?;
    memory.set_limit(Limit::SQLITE_LIMIT_LENGTH, LARGEST)?;
    memory.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")?;
    Ok(memory)
}

fn rows(
    memory: &Connection,
    packages: &mut Packages,
) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
    // A view of that name could ask for anything, and without end.
    let table = "SELECT count(*) FROM sqlite_schema WHERE name = 'Packages' AND type = 'table' AND rootpage > 0";
    if memory.query_row(table, [], |row| row.get::<_, i64>(0))? != 1 {
        return Err("it has no table of packages".into());
    }
    let (mut others, mut room) = (0, PATHS);
    let mut statement = memory.prepare("SELECT hnum, blob FROM Packages ORDER BY hnum LIMIT ?1")?;
    let mut rows = statement.query([MOST as i64])?;
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        let header = Header::read(row.get_ref(1)?.as_blob()?);
        let is_other = header.and_then(|header| add(&header, &mut room, packages));
        let broken = || format!("the header of package number {number} is broken or too large");
        others += usize::from(is_other.ok_or_else(broken)?);
    }
    Ok(others)
}

/// Adds a package; whether its digests are of another kind than are compared.
fn add(header: &Header, room: &mut usize, packages: &mut Packages) -> Option<bool> {
    let name = String::from_utf8_lossy(header.text(header::NAME)?);
    let package = packages.add(&name, Manager::Rpm);
    let installed = header.numbers(header::INSTALLTIME).next();
    if let Some(at) = installed.and_then(|at| Timestamp::from_second(at.into()).ok()) {
        packages.unpacked_at(package, at);
    }
    // Packages without the number are older than it, and have MD5.
    let kind = header.numbers(header::FILEDIGESTALGO).next().unwrap_or(MD5);
    let mut is_other = false;
    // As many as all paths have room for.
    let folders: Vec<&[u8]> = header.texts(header::DIRNAMES).take(PATHS / PATH).collect();
    let mut indexes = header.numbers(header::DIRINDEXES);
    let mut flags = header.numbers(header::FILEFLAGS);
    let mut verified = header.numbers(header::FILEVERIFYFLAGS);
    let mut states = header.small_numbers(header::FILESTATES);
    let mut digests = header.texts(header::FILEDIGESTS);
    for file in header.texts(header::BASENAMES) {
        let folder = folders.get(indexes.next()? as usize)?;
        let flags = flags.next().unwrap_or_default();
        let is_verified = verified.next().unwrap_or(VERIFIED) & VERIFIED != 0;
        let state = states.next().unwrap_or(NORMAL);
        let digits = digests.next().unwrap_or_default();
        let length = folder.len() + file.len();
        if length > PATH {
            return None;
        }
        *room = room.checked_sub(length)?;
        if state != NORMAL {
            continue;
        }
        let path = String::from_utf8_lossy(&[folder, file].concat()).into_owned();
        packages.own(package, &path);
        if digits.is_empty() || flags & GHOST != 0 || !is_verified {
            continue;
        }
        let digits = String::from_utf8_lossy(digits);
        let sum = match kind {
            MD5 => Sum::md5(&digits),
            SHA256 => Sum::sha256(&digits),
            _ => {
                is_other = true;
                None
            }
        };
        if let Some(sum) = sum {
            packages.expect(package, &path, Digest { sum, is_config: flags & CONFIG != 0 });
        }
    }
    Some(is_other)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::super::{NEEDED, packages};
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    /// A header with these tags: number, type, count, value.
    fn header(tags: &[(u32, u32, usize, Vec<u8>)]) -> Vec<u8> {
        let (mut entries, mut values) = (Vec::new(), Vec::new());
        for (tag, kind, count, value) in tags {
            for number in [*tag, *kind, values.len() as u32, *count as u32] {
                entries.extend(number.to_be_bytes());
            }
            values.extend(value);
        }
        let lengths = [tags.len() as u32, values.len() as u32].map(u32::to_be_bytes);
        [&lengths.concat(), &entries[..], &values].concat()
    }

    fn texts(tag: u32, texts: &[&str]) -> (u32, u32, usize, Vec<u8>) {
        (tag, 8, texts.len(), (texts.join("\0") + "\0").into_bytes())
    }

    fn numbers(tag: u32, numbers: &[u32]) -> (u32, u32, usize, Vec<u8>) {
        (tag, 4, numbers.len(), numbers.iter().flat_map(|number| number.to_be_bytes()).collect())
    }

    fn tool(kind: u32) -> Vec<u8> {
        header(&[
            (header::NAME, 6, 1, b"tool\0".to_vec()),
            numbers(header::INSTALLTIME, &[1_700_000_000]),
            (header::FILESTATES, 1, 6, vec![0, 0, 0, 0, 4, 0]),
            texts(header::FILEDIGESTS, &[EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, ""]),
            numbers(header::FILEFLAGS, &[0, CONFIG | 16, GHOST, 0, 0, 0]),
            numbers(header::FILEVERIFYFLAGS, &[u32::MAX, u32::MAX, u32::MAX, !VERIFIED, !0, !0]),
            numbers(header::DIRINDEXES, &[0, 1, 1, 0, 0, 0]),
            texts(header::BASENAMES, &["tool", "tool.conf", "ghost", "cache", "of32", "link"]),
            texts(header::DIRNAMES, &["/bin/", "/etc/"]),
            numbers(header::FILEDIGESTALGO, &[kind]),
        ])
    }

    fn database(headers: &[Vec<u8>]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("var/lib/rpm");
        fs::create_dir_all(&folder).unwrap();
        std::os::unix::fs::symlink("usr/bin", root.path().join("bin")).unwrap();
        let file = Connection::open(folder.join(FILE)).unwrap();
        file.execute_batch("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
            .unwrap();
        for header in headers {
            file.execute("INSERT INTO Packages(blob) VALUES (?1)", [header]).unwrap();
        }
        root
    }

    #[test]
    fn a_database_is_read() {
        let root =
            database(&[tool(SHA256), header(&[(header::NAME, 6, 1, b"gpg-pubkey\0".to_vec())])]);
        let (packages, unseen) = packages(root.path());
        assert_eq!((packages.len(), unseen), (2, vec![]));
        let owned =
            ["/usr/bin/tool", "/etc/tool.conf", "/etc/ghost", "/usr/bin/cache", "/usr/bin/link"];
        assert!(owned.iter().all(|path| packages.owner(path) == Some("tool")));
        assert_eq!(packages.owner("/usr/bin/of32"), None, "that of another architecture is there");
        assert_eq!(packages.manager("/usr/bin/tool"), Some(Manager::Rpm));
        assert_eq!(packages.unpacked("/usr/bin/tool").unwrap().as_second(), 1_700_000_000);
        let sum = Sum::sha256(EMPTY).unwrap();
        assert_eq!(packages.digest("/bin/tool"), Some(Digest { sum, is_config: false }));
        assert_eq!(packages.digest("/etc/tool.conf"), Some(Digest { sum, is_config: true }));
        assert_eq!(
            packages.digests().count(),
            2,
            "neither of a ghost nor of what is made to be changed"
        );
    }

    #[test]
    fn what_cannot_be_compared_or_read_is_said() {
        let root = database(&[tool(2)]);
        let (read, unseen) = packages(root.path());
        assert_eq!((read.owner("/usr/bin/tool"), read.digests().count()), (Some("tool"), 0));
        assert!(unseen[0].why.contains("other digests"), "{unseen:?}");
        // All or nothing: the files of the broken one would be nobody's.
        let root = database(&[tool(SHA256), tool(SHA256)[..40].to_vec()]);
        let (read, unseen) = packages(root.path());
        assert!(read.is_empty() && unseen[0].why.contains("number 2 is broken"), "{unseen:?}");
        assert_eq!(unseen[0].detectors, NEEDED);
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("var/lib/rpm")).unwrap();
        fs::write(root.path().join("var/lib/rpm/Packages"), "").unwrap();
        let (_, unseen) = packages(root.path());
        assert!(unseen[0].why.contains("Berkeley DB"), "{unseen:?}");
    }

    #[test]
    fn a_view_in_its_place_is_not_asked() {
        let root = database(&[]);
        let file = Connection::open(root.path().join("var/lib/rpm").join(FILE)).unwrap();
        let endless = "DROP TABLE Packages; CREATE VIEW Packages AS WITH RECURSIVE n(hnum, blob) AS \
                       (SELECT 1, x'' UNION ALL SELECT hnum + 1, blob FROM n) SELECT * FROM n";
        file.execute_batch(endless).unwrap();
        let (_, unseen) = packages(root.path());
        assert!(unseen[0].why.contains("no table"), "{unseen:?}");
    }

    #[test]
    fn a_path_is_no_bomb() {
        let folder = "x".repeat(PATH);
        let bomb = header(&[
            (header::NAME, 6, 1, b"bomb\0".to_vec()),
            numbers(header::DIRINDEXES, &[0]),
            texts(header::BASENAMES, &["x"]),
            texts(header::DIRNAMES, &[&folder]),
        ]);
        let mut packages = Packages::new(Vec::new());
        assert_eq!(add(&Header::read(&bomb).unwrap(), &mut PATHS.clone(), &mut packages), None);
    }

    proptest! {
        #[test]
        fn whatever_a_header_is_reading_ends(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            (at, into) in (0..600_usize, proptest::collection::vec(any::<u8>(), 1..9)),
        ) {
            let mut altered = tool(SHA256);
            for (byte, new) in altered.iter_mut().skip(at).zip(into) {
                *byte = new;
            }
            for bytes in [bytes, altered] {
                if let Some(header) = Header::read(&bytes) {
                    let _ = add(&header, &mut PATHS.clone(), &mut Packages::new(Vec::new()));
                }
            }
        }
    }
}
