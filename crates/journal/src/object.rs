//! The objects of a file: their headers and where things lie in them.

/// Sizes and offsets, in bytes. Numbers are little-endian.
pub(crate) const HEADER: usize = 272;
pub(crate) const OLDEST_HEADER: u64 = 208;
pub(crate) const OBJECT: u64 = 16;
pub(crate) const DATA: u64 = 64;
pub(crate) const DATA_COMPACT: u64 = 72;
pub(crate) const ENTRY: u64 = 64;
pub(crate) const ARRAY: u64 = 24;

/// Kinds of objects.
pub(crate) const IS_DATA: u8 = 1;
pub(crate) const IS_ENTRY: u8 = 3;
pub(crate) const IS_ARRAY: u8 = 6;

/// Incompatible flags of a file.
pub(crate) const LZ4: u32 = 2;
pub(crate) const XZ: u32 = 1;
pub(crate) const KEYED: u32 = 4;
pub(crate) const ZSTD: u32 = 8;
pub(crate) const COMPACT: u32 = 16;

/// Flags of a data object.
pub(crate) const BY_LZ4: u8 = 2;
pub(crate) const BY_ZSTD: u8 = 4;
pub(crate) const COMPRESSED: u8 = 7;

/// The number at `at`; 0 beyond the end.
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// The number at `at`; 0 beyond the end.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// A data object's header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Data {
    pub(crate) flags: u8,
    pub(crate) size: u64,
    pub(crate) hash: u64,
    pub(crate) next: u64,
    pub(crate) first_entry: u64,
    pub(crate) array: u64,
    pub(crate) n_entries: u64,
}
