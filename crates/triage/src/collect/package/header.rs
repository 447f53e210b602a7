//! A header of rpm, as its database has one for each package: numbered tags and their values (rpm's
//! `lib/header.c` and `docs/manual/format_header.md`; tags of `include/rpm/rpmtag.h`).
//!
//! All numbers are big-endian: how many entries, how many bytes of values, then the entries of 16 bytes
//! (tag, type, offset among the values, count), then the values.

/// The package's name.
pub(super) const NAME: u32 = 1000;
/// When it was installed, in seconds since 1970.
pub(super) const INSTALLTIME: u32 = 1008;
/// What was made of each file at installation: 0 is there, the others were left out or replaced
/// (`rpmfileState` of `rpmfiles.h`).
pub(super) const FILESTATES: u32 = 1029;
/// Digests of files in hexadecimal digits; empty of what is no plain file.
pub(super) const FILEDIGESTS: u32 = 1035;
/// Bits of `rpmfileAttrs`.
pub(super) const FILEFLAGS: u32 = 1037;
/// What of each file is to be verified: bits of `rpmVerifyAttrs` of `rpmvf.h`.
pub(super) const FILEVERIFYFLAGS: u32 = 1045;
/// Of each file, which of the folders.
pub(super) const DIRINDEXES: u32 = 1116;
/// Names of files.
pub(super) const BASENAMES: u32 = 1117;
/// Folders, each with a slash at its end.
pub(super) const DIRNAMES: u32 = 1118;
/// By what files were digested: numbers of RFC 4880, 9.4.
pub(super) const FILEDIGESTALGO: u32 = 5011;

/// Types of values (`rpmTagType`).
const CHAR: u32 = 1;
const INT32: u32 = 4;
const STRING: u32 = 6;
const STRINGS: u32 = 8;
/// rpm takes no header with more (`HEADER_TAGS_MAX`, `HEADER_DATA_MAX`).
const MOST_TAGS: u32 = 0xffff;
const MOST_BYTES: u32 = 0x0fff_ffff;

/// A header. Its bytes are those of the machine: whatever they are, an answer comes or none does.
#[derive(Debug)]
pub(super) struct Header<'b> {
    entries: &'b [[u8; 16]],
    values: &'b [u8],
}

impl<'b> Header<'b> {
    /// None if it is too short for what it says.
    pub(super) fn read(bytes: &'b [u8]) -> Option<Self> {
        let (tags, length) = (number(bytes, 0)?, number(bytes, 4)?);
        if tags > MOST_TAGS || length > MOST_BYTES {
            return None;
        }
        let (entries, values) = bytes.get(8..)?.split_at_checked(16 * tags as usize)?;
        Some(Self { entries: entries.as_chunks().0, values: values.get(..length as usize)? })
    }

    /// A text.
    pub(super) fn text(&self, tag: u32) -> Option<&'b [u8]> {
        let (values, _) = self.values(tag, STRING)?;
        values.split(|&byte| byte == 0).next()
    }

    /// Texts, none if there are none.
    pub(super) fn texts(&self, tag: u32) -> impl Iterator<Item = &'b [u8]> + use<'b> {
        let (values, count) = self.values(tag, STRINGS).unwrap_or_default();
        values.split(|&byte| byte == 0).take(count)
    }

    /// Numbers of 32 bits, none if there are none.
    pub(super) fn numbers(&self, tag: u32) -> impl Iterator<Item = u32> + use<'b> {
        let (values, count) = self.values(tag, INT32).unwrap_or_default();
        values.as_chunks().0.iter().take(count).map(|word| u32::from_be_bytes(*word))
    }

    /// Numbers of 8 bits, none if there are none.
    pub(super) fn small_numbers(&self, tag: u32) -> impl Iterator<Item = u8> + use<'b> {
        let (values, count) = self.values(tag, CHAR).unwrap_or_default();
        values.iter().take(count).copied()
    }

    /// From where the values of a tag begin, and how many there are.
    fn values(&self, tag: u32, kind: u32) -> Option<(&'b [u8], usize)> {
        let is_it = |entry: &&[u8; 16]| number(*entry, 0) == Some(tag);
        let entry = self.entries.iter().find(is_it)?;
        let offset = number(entry, 8)? as usize;
        let values = self.values.get(offset..)?;
        (number(entry, 4)? == kind).then_some((values, number(entry, 12)? as usize))
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}
