//! Where the fields of a line are: its equal signs, found in one go, so that each search for a name
//! is one of a few places and not of the whole line.

use memchr::memmem;

/// So many equal signs have a place; a record of a system call has 26.
const MOST: usize = 48;

/// An equal sign.
#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    /// The four bytes before it, as far as there are that many.
    before: u32,
    place: u32,
}

/// The equal signs of a text.
#[derive(Debug)]
pub(super) struct Marks {
    marks: [Mark; MOST],
    count: usize,
    /// Are there more than have a place?
    is_more: bool,
}

impl Marks {
    pub(super) fn of(text: &[u8]) -> Self {
        let mut this = Self { marks: [Mark::default(); MOST], count: 0, is_more: false };
        let (chunks, rest) = text.as_chunks::<64>();
        for (number, chunk) in chunks.iter().enumerate() {
            this.add(text, number * 64, chunk);
        }
        if !rest.is_empty() {
            let mut last = [0; 64];
            last[..rest.len()].copy_from_slice(rest);
            this.add(text, chunks.len() * 64, &last);
        }
        this
    }

    /// Takes the equal signs of the part of a text that begins at `base`.
    fn add(&mut self, text: &[u8], base: usize, part: &[u8; 64]) {
        let mut signs = signs(part);
        while signs != 0 {
            let place = base + signs.trailing_zeros() as usize;
            signs &= signs - 1;
            let Some(mark) = self.marks.get_mut(self.count) else {
                self.is_more = true;
                return;
            };
            *mark = Mark { before: before(text, place), place: place as u32 };
            self.count += 1;
        }
    }

    /// Where the value begins of the first name, which ends with an equal sign, in `text` from a place
    /// on; `text` is that of [`Self::of`]. A name is also found as the end of a longer one.
    #[inline]
    pub(super) fn find(&self, text: &[u8], from: usize, name: &str) -> Option<usize> {
        debug_assert!(name.ends_with('=') && name.len() > 1);
        let len = name.len();
        if self.is_more {
            let at = memmem::find(text.get(from..)?, name.as_bytes())?;
            return Some(from + at + len);
        }
        let wanted = before(name.as_bytes(), len - 1);
        // Of a short name, only as much is compared as it has.
        let mask = u32::MAX << (8 * 4_usize.saturating_sub(len - 1));
        let lowest = (from + len - 1) as u32;
        let is_it = |mark: &&Mark| {
            (mark.before ^ wanted) & mask == 0
                && mark.place >= lowest
                && (len <= 5 || text[..=mark.place as usize].ends_with(name.as_bytes()))
        };
        let mark = self.marks[..self.count].iter().find(is_it)?;
        Some(mark.place as usize + 1)
    }
}

/// The four bytes before a place, zeros where there are none.
fn before(text: &[u8], place: usize) -> u32 {
    let Some(four) = text[..place].last_chunk::<4>() else {
        let mut four = [0; 4];
        four[4 - place..].copy_from_slice(&text[..place]);
        return u32::from_le_bytes(four);
    };
    u32::from_le_bytes(*four)
}

/// A bit for each byte that is an equal sign.
fn signs(part: &[u8; 64]) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let (words, _) = part.as_chunks::<8>();
    words.iter().rev().fold(0, |signs, word| {
        let other = u64::from_le_bytes(*word) ^ u64::from_le_bytes([b'='; 8]);
        // The highest bit of each byte that is zero, and only of those.
        let high = !(((other & LOW) + LOW) | other | LOW);
        // Gathers the eight bits: none is carried into another.
        signs << 8 | (high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The same is found as by a search of the text, whatever that is.
        #[test]
        fn finds_what_a_search_finds(
            parts in proptest::collection::vec(
                ("( |.|pid|auid|uid|a0|\\PC{0,9}|  name|nametype|=)", "[=a-z \"]{0,70}"), 0..70,
            ),
            from in 0..400_usize,
        ) {
            let fields: Vec<_> = parts.iter().map(|(name, value)| format!("{name}={value} ")).collect();
            let text = fields.concat();
            let text = &text.as_bytes()[..text.len() - text.len() % 3];
            let marks = Marks::of(text);
            for name in ["uid=", "auid=", " uid=", "a0=", "pid=", "type=", " name=", "loginuid="] {
                for from in [0, from] {
                    let found = text.get(from..).and_then(|rest| memmem::find(rest, name.as_bytes()));
                    let expected = found.map(|at| from + at + name.len());
                    prop_assert_eq!(marks.find(text, from, name), expected, "{} {}", name, from);
                }
            }
        }
    }
}
