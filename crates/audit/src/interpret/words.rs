//! Words for numbers, as the kernel's uapi headers spell them. Only those that the reference
//! versions know are here: what they show as a number, we do.

pub(super) mod file;
pub(super) mod process;
pub(super) mod socket;

use crate::assemble::Compat;

/// Words by number, or by bit. Each run begins with a number and names it and those that follow.
pub(super) struct Words {
    known: &'static [(u32, &'static str)],
    /// Those that version 3 does not know.
    since_4: &'static [(u32, &'static str)],
}

impl Words {
    /// The word for a number.
    pub(super) fn get(&self, number: u32, compat: Compat) -> Option<&'static str> {
        let find = |runs: &[(u32, &'static str)]| {
            runs.iter().rev().find(|(first, _)| *first <= number).and_then(|(first, words)| {
                words.split(' ').nth(usize::try_from(number - first).ok()?)
            })
        };
        let newer = if compat >= Compat::V4 { find(self.since_4) } else { None };
        newer.or_else(|| find(self.known))
    }

    /// Appends the words of the bits that are set, with `between` between them. False if there is
    /// none.
    pub(super) fn bits(&self, flags: u64, between: u8, compat: Compat, out: &mut Vec<u8>) -> bool {
        let start = out.len();
        for bit in (0..u64::BITS).filter(|bit| flags >> bit & 1 == 1) {
            if let Some(word) = self.get(bit, compat) {
                if out.len() > start {
                    out.push(between);
                }
                out.extend_from_slice(word.as_bytes());
            }
        }
        out.len() > start
    }
}
