//! One journal file: its header, its index of values, its entries.

use std::io::{self, Read as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use crate::Error;
use crate::cache::Cache;
use crate::object::{
    ARRAY, BY_LZ4, BY_ZSTD, COMPACT, COMPRESSED, DATA, DATA_COMPACT, Data, ENTRY, HEADER, IS_ARRAY,
    IS_DATA, IS_ENTRY, KEYED, LZ4, OBJECT, OLDEST_HEADER, XZ, ZSTD, u32_at, u64_at,
};

/// Longer values are cut: nothing a person reads is longer.
const LONGEST: usize = 64 * 1024;
/// An entry of journald has two dozen fields; a client may add up to this many.
const MOST_ITEMS: u64 = 1024;
/// Values of one hash bucket; the table grows before it gets there.
const LONGEST_CHAIN: usize = 100_000;
/// Arrays of one index: each is about twice as long as the one before.
const MOST_ARRAYS: usize = 10_000;

/// An open journal file.
#[derive(Debug)]
pub struct File {
    path: PathBuf,
    cache: Cache,
    header: Header,
}

/// What the file's header says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header {
    id: [u8; 16],
    compact: bool,
    keyed: bool,
    table: u64,
    buckets: u64,
    /// Ends what has been written.
    end: u64,
    first_array: u64,
    pub(crate) n_entries: u64,
    /// Who numbered the entries.
    source: [u8; 16],
    /// The numbers of the first and the last entry.
    first: u64,
    pub(crate) last: u64,
    /// Times of the first and last entry, microseconds since 1970.
    pub(crate) head: u64,
    pub(crate) tail: u64,
}

/// What a file's header says of its entries. All files of a machine are numbered together, so that what is
/// missing between them shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Who numbered them (`seqnum_id`): another after a new installation.
    pub source: [u8; 16],
    /// The number of the first.
    pub first: u64,
    /// The number of the last.
    pub last: u64,
    /// The time of the first, microseconds since 1970.
    pub head: u64,
    /// The time of the last.
    pub tail: u64,
}

/// An entry's header, and where its values are.
#[derive(Debug, Default)]
pub(crate) struct Head {
    pub(crate) seqnum: u64,
    pub(crate) realtime: u64,
    pub(crate) monotonic: u64,
    pub(crate) boot: [u8; 16],
    pub(crate) items: Vec<u64>,
    raw: Vec<u8>,
}

impl File {
    /// Opens a journal file, which may be one that is being written.
    ///
    /// # Errors
    /// When it cannot be read, is none, or has features this reader does not know.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let opened = std::fs::File::open(path);
        let file = opened.map_err(|source| Error::Io { path: path.to_owned(), source })?;
        let cache = Cache::new(file);
        let header = header(&cache, path)?;
        Ok(Self { path: path.to_owned(), cache, header })
    }

    /// Where it was when it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What its header says of its entries; none if it has none.
    pub fn span(&self) -> Option<Span> {
        let Header { source, first, last, head, tail, n_entries, .. } = self.header;
        (n_entries > 0).then_some(Span { source, first, last, head, tail })
    }

    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// Looks at the file as it is now.
    pub(crate) fn refresh(&mut self) -> Result<(), Error> {
        self.cache.forget();
        self.header = header(&self.cache, &self.path)?;
        Ok(())
    }

    /// Drops what is cached.
    pub(crate) fn rest(&mut self) {
        self.cache.forget();
    }

    /// The file's number, to know it by when it is renamed.
    pub(crate) fn inode(&self) -> Result<u64, Error> {
        self.cache.file().metadata().map(|meta| meta.ino()).map_err(|error| self.io(error))
    }

    fn io(&self, source: io::Error) -> Error {
        if source.kind() == io::ErrorKind::UnexpectedEof {
            return self.damaged("it ends too early");
        }
        Error::Io { path: self.path.clone(), source }
    }

    fn damaged(&self, why: &'static str) -> Error {
        Error::Damaged { path: self.path.clone(), why }
    }

    /// The start of an object, after a look at its kind and size.
    fn object<const N: usize>(&mut self, offset: u64, kind: u8) -> Result<[u8; N], Error> {
        if !offset.is_multiple_of(8) || offset < OLDEST_HEADER || offset >= self.header.end {
            return Err(self.damaged("an offset leads out of it"));
        }
        let bytes: [u8; N] = self.cache.array(offset).map_err(|error| self.io(error))?;
        let size = u64_at(&bytes, 8);
        if bytes[0] != kind || size < N as u64 || size > self.header.end - offset {
            return Err(self.damaged("an object is not what it should be"));
        }
        Ok(bytes)
    }

    /// Where a value (`FIELD=value`) is, if any entry has it.
    pub(crate) fn find(&mut self, value: &[u8]) -> Result<Option<(u64, Data)>, Error> {
        if self.header.buckets == 0 {
            return Ok(None);
        }
        let hash = if self.header.keyed {
            crate::hash::keyed(&self.header.id, value)
        } else {
            crate::hash::jenkins(value)
        };
        let bucket = self.header.table + hash % self.header.buckets * 16;
        let bytes: [u8; 8] = self.cache.array(bucket).map_err(|error| self.io(error))?;
        let mut offset = u64::from_le_bytes(bytes);
        for _ in 0..LONGEST_CHAIN {
            if offset == 0 {
                return Ok(None);
            }
            let data = self.data(offset)?;
            if data.hash == hash && self.value(offset, &data, value.len() + 1)? == value {
                return Ok(Some((offset, data)));
            }
            if data.next != 0 && data.next <= offset {
                return Err(self.damaged("values of one hash go in a circle"));
            }
            offset = data.next;
        }
        Err(self.damaged("too many values have one hash"))
    }

    /// The header of a value.
    pub(crate) fn data(&mut self, offset: u64) -> Result<Data, Error> {
        let bytes: [u8; DATA as usize] = self.object(offset, IS_DATA)?;
        Ok(Data {
            flags: bytes[1],
            size: u64_at(&bytes, 8),
            hash: u64_at(&bytes, 16),
            next: u64_at(&bytes, 24),
            first_entry: u64_at(&bytes, 40),
            array: u64_at(&bytes, 48),
            n_entries: u64_at(&bytes, 56),
        })
    }

    /// The first bytes of a value, at most so many.
    pub(crate) fn value(&mut self, at: u64, data: &Data, most: usize) -> Result<Vec<u8>, Error> {
        let start = if self.header.compact { DATA_COMPACT } else { DATA };
        let stored = data.size.saturating_sub(start);
        let is_plain = data.flags & COMPRESSED == 0;
        // What is compressed must be read whole.
        let length = if is_plain { stored.min(most as u64) } else { stored.min(16 << 20) };
        let mut bytes = vec![0; length as usize];
        self.cache.read(at + start, &mut bytes).map_err(|error| self.io(error))?;
        if is_plain {
            return Ok(bytes);
        }
        unpack(data.flags, &bytes, most).ok_or_else(|| self.damaged("a value cannot be unpacked"))
    }

    /// The value with a field's name (`FIELD=`) before it, without that name.
    pub(crate) fn value_of(
        &mut self,
        at: u64,
        data: &Data,
        fields: &[Vec<u8>],
    ) -> Result<Option<(usize, Vec<u8>)>, Error> {
        let longest = fields.iter().map(Vec::len).max().unwrap_or(0);
        let start = if self.header.compact { DATA_COMPACT } else { DATA };
        if data.flags & COMPRESSED == 0 {
            // Most values are of other fields: a look at the name is enough.
            let is_one = match self.cache.at(at + start) {
                Ok(bytes) if bytes.len() >= longest => fields.iter().any(|f| bytes.starts_with(f)),
                Ok(_) => true,
                Err(error) => return Err(self.io(error)),
            };
            if !is_one {
                return Ok(None);
            }
        }
        let value = self.value(at, data, longest + LONGEST)?;
        let which = fields.iter().position(|field| value.starts_with(field));
        let mut value = value;
        Ok(which.map(|n| {
            value.drain(..fields[n].len());
            (n, value)
        }))
    }

    /// An entry's header and items.
    pub(crate) fn head(&mut self, offset: u64, head: &mut Head) -> Result<(), Error> {
        let bytes: [u8; ENTRY as usize] = self.object(offset, IS_ENTRY)?;
        head.seqnum = u64_at(&bytes, 16);
        head.realtime = u64_at(&bytes, 24);
        head.monotonic = u64_at(&bytes, 32);
        head.boot.copy_from_slice(&bytes[40..56]);
        let width = if self.header.compact { 4 } else { 16 };
        let items = ((u64_at(&bytes, 8) - ENTRY) / width).min(MOST_ITEMS);
        head.raw.resize((items * width) as usize, 0);
        self.cache.read(offset + ENTRY, &mut head.raw).map_err(|error| self.io(error))?;
        let place =
            |item: &[u8]| if width == 4 { u64::from(u32_at(item, 0)) } else { u64_at(item, 0) };
        head.items.clear();
        head.items.extend(head.raw.chunks_exact(width as usize).map(place));
        Ok(())
    }

    /// The number of an entry, and when it was logged.
    pub(crate) fn mark(&mut self, offset: u64) -> Result<(u64, u64), Error> {
        let bytes: [u8; ENTRY as usize] = self.object(offset, IS_ENTRY)?;
        Ok((u64_at(&bytes, 16), u64_at(&bytes, 24)))
    }

    /// How many entries have a value now.
    pub(crate) fn count(&mut self, offset: u64) -> Result<u64, Error> {
        let mut bytes = [0; 8];
        let read = self.cache.file().read_exact_at(&mut bytes, offset + 56);
        read.map_err(|error| self.io(error))?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// The arrays of an index of `n` entries from an array on: where the entries of each begin, and
    /// how many it holds.
    pub(crate) fn arrays(&mut self, mut offset: u64, mut n: u64) -> Result<Vec<(u64, u64)>, Error> {
        let width = self.array_width();
        let mut arrays = Vec::new();
        while n > 0 && offset != 0 && arrays.len() < MOST_ARRAYS {
            let bytes: [u8; ARRAY as usize] = self.object(offset, IS_ARRAY)?;
            let holds = ((u64_at(&bytes, 8) - ARRAY) / width).min(n);
            arrays.push((offset + ARRAY, holds));
            n -= holds;
            let next = u64_at(&bytes, 16);
            if next != 0 && next <= offset {
                return Err(self.damaged("an index goes in a circle"));
            }
            offset = next;
        }
        Ok(arrays)
    }

    /// The first array of the index of all entries, and how many there are.
    pub(crate) fn all(&self) -> (u64, u64) {
        (self.header.first_array, self.header.n_entries)
    }

    /// Entries `from..to` of an array.
    pub(crate) fn slice(
        &mut self,
        array: u64,
        from: u64,
        to: u64,
        out: &mut Vec<u64>,
    ) -> Result<(), Error> {
        let width = self.array_width();
        let mut bytes = vec![0; ((to - from) * width) as usize];
        let read = self.cache.read(array + from * width, &mut bytes);
        read.map_err(|error| self.io(error))?;
        out.clear();
        out.extend(
            bytes
                .chunks_exact(width as usize)
                .map(|item| if width == 4 { u64::from(u32_at(item, 0)) } else { u64_at(item, 0) }),
        );
        Ok(())
    }

    fn array_width(&self) -> u64 {
        if self.header.compact { 4 } else { 8 }
    }
}

fn header(cache: &Cache, path: &Path) -> Result<Header, Error> {
    let unknown = |why| Error::Unknown { path: path.to_owned(), why };
    let io = |source| Error::Io { path: path.to_owned(), source };
    let length = cache.file().metadata().map_err(io)?.len();
    if length < OLDEST_HEADER {
        return Err(unknown("it is too short for a journal file"));
    }
    let mut bytes = [0; HEADER];
    let most = HEADER.min(length as usize);
    cache.file().read_exact_at(&mut bytes[..most], 0).map_err(io)?;
    if &bytes[..8] != b"LPKSHHRH" {
        return Err(unknown("it is no journal file"));
    }
    let flags = u32_at(&bytes, 12);
    // Values packed by xz are passed over; nobody has written them since 2014.
    if flags & !(XZ | LZ4 | ZSTD | KEYED | COMPACT) != 0 {
        return Err(unknown("it is of a newer kind than this reader knows"));
    }
    let size = u64_at(&bytes, 88);
    let end = size.saturating_add(u64_at(&bytes, 96)).min(length);
    let (table, table_size) = (u64_at(&bytes, 104), u64_at(&bytes, 112));
    if table.checked_add(table_size).is_none_or(|table_end| table_end > end) {
        return Err(Error::Damaged { path: path.to_owned(), why: "its index is not in it" });
    }
    let mut id = [0; 16];
    id.copy_from_slice(&bytes[24..40]);
    let mut source = [0; 16];
    source.copy_from_slice(&bytes[72..88]);
    Ok(Header {
        id,
        compact: flags & COMPACT != 0,
        keyed: flags & KEYED != 0,
        table,
        buckets: table_size / OBJECT,
        end,
        first_array: u64_at(&bytes, 176),
        n_entries: u64_at(&bytes, 152),
        source,
        first: u64_at(&bytes, 168),
        last: u64_at(&bytes, 160),
        head: u64_at(&bytes, 184),
        tail: u64_at(&bytes, 192),
    })
}

/// The first bytes of a compressed value; none if it is damaged or packed by xz.
fn unpack(flags: u8, packed: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut value = Vec::new();
    if flags & BY_ZSTD != 0 {
        let unpacked = zstd::Decoder::new(packed).ok()?;
        unpacked.take(most as u64).read_to_end(&mut value).ok()?;
    } else if flags & BY_LZ4 != 0 {
        let (size, block) = packed.split_first_chunk::<8>()?;
        let size = usize::try_from(u64::from_le_bytes(*size)).ok()?;
        // journald packs nothing longer.
        if size > 64 << 20 {
            return None;
        }
        value = lz4_flex::block::decompress(block, size).ok()?;
        value.truncate(most);
    } else {
        return None;
    }
    Some(value)
}
