//! What lines are worth the trouble: cheap to tell before anything is read.

use memchr::arch::all::packedpair::HeuristicFrequencyRank;
use memchr::memchr;
use memchr::memmem::{Finder, FinderBuilder};

use crate::kind::Kind;
use crate::record::Record;

/// How common a byte is in audit logs, where digits and equal signs are more so than letters: texts
/// are looked for by their rarest bytes.
struct Common;

impl HeuristicFrequencyRank for Common {
    fn rank(&self, byte: u8) -> u8 {
        const BY_RANK: &[u8] =
            b"[]JzQ+,}{?XV'KMBwjW-k\x1dYHNPhvROTx\nG)(.bLlUCA_EFSy/8g:Imfr3Dpcu5241n9sdotai6\"7e =0";
        let place = BY_RANK.iter().position(|&known| known == byte);
        place.map_or(0, |place| (place * 3 + 10) as u8)
    }
}

fn finder(text: &[u8]) -> Finder<'static> {
    FinderBuilder::new().build_forward_with_ranker(Common, text).into_owned()
}

/// Which events are wanted, by what at least one of their lines must have. It may let through more
/// than is asked for, never less.
#[derive(Debug, Default, Clone)]
pub enum Filter {
    /// All.
    #[default]
    All,
    /// Those with one of these texts in a line.
    Texts(Vec<Finder<'static>>),
    /// Those with a key that has one of these texts in it (each as it is and in hex); the last one
    /// finds keys.
    Keys(Vec<(Finder<'static>, Finder<'static>)>, Box<Finder<'static>>),
    /// Those with a record of one of these kinds, and what their names are in a line.
    Kinds(Vec<Kind>, Vec<Finder<'static>>),
}

impl Filter {
    /// Wants events with one of these texts in a line.
    pub fn texts<'a>(texts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self::Texts(texts.into_iter().map(finder).collect())
    }

    /// Wants events with a key that has one of these texts in it.
    pub fn keys<'a>(texts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let both = |text: &[u8]| {
            let hex = text.iter().flat_map(|byte| {
                [byte >> 4, byte & 15].map(|digit| b"0123456789ABCDEF"[usize::from(digit)])
            });
            (finder(text), finder(&hex.collect::<Vec<_>>()))
        };
        let texts = texts.into_iter().map(both).collect();
        Self::Keys(texts, Box::new(finder(b"key=")))
    }

    /// Wants events with a record of one of these kinds.
    pub fn kinds(kinds: impl IntoIterator<Item = Kind>) -> Self {
        let kinds: Vec<_> = kinds.into_iter().collect();
        // As auditd writes it: in capitals, with a number only where there is no name.
        let name = |kind: &Kind| finder(format!("={kind} ").as_bytes());
        let names = kinds.iter().map(name).collect();
        Self::Kinds(kinds, names)
    }

    fn finders(&self) -> &[Finder<'static>] {
        match self {
            Self::All => &[],
            Self::Texts(texts) | Self::Kinds(_, texts) => texts,
            Self::Keys(_, keys) => std::slice::from_ref(keys.as_ref()),
        }
    }

    /// Is it quicker to look for what is wanted than to read all lines?
    pub(super) fn is_quick(&self) -> bool {
        (1..=4).contains(&self.finders().len())
    }

    /// Where in a block lines have what is wanted, in order, once for each line.
    pub(super) fn hits(&self, block: &[u8], hits: &mut Vec<u32>) {
        hits.clear();
        if !self.is_quick() {
            return;
        }
        for finder in self.finders() {
            let mut from = 0;
            while let Some(found) = block.get(from..).and_then(|rest| finder.find(rest)) {
                let rest = &block[from + found..];
                if let Self::Keys(texts, _) = self
                    && !has_key(rest, texts)
                {
                    from += found + 1;
                    continue;
                }
                hits.push((from + found) as u32);
                from += found + memchr(b'\n', rest).unwrap_or(rest.len()) + 1;
            }
        }
        if self.finders().len() > 1 {
            hits.sort_unstable();
        }
    }

    /// Is this line wanted? `is_hit` says whether it has what was looked for.
    pub(super) fn wants(&self, record: &Record<'_>, is_hit: bool) -> bool {
        match self {
            Self::All => true,
            Self::Kinds(kinds, _) => (is_hit || !self.is_quick()) && kinds.contains(&record.kind()),
            Self::Texts(texts) if !self.is_quick() => {
                texts.iter().any(|text| text.find(record.line).is_some())
            }
            Self::Texts(_) | Self::Keys(..) => is_hit,
        }
    }
}

/// Has the key at the start of a text one of these in it, each given as it is and in hex?
fn has_key(text: &[u8], wanted: &[(Finder<'static>, Finder<'static>)]) -> bool {
    let value = text.get(4..).unwrap_or_default();
    let (is_plain, value) = match value.first() {
        Some(b'"') => (true, &value[1..]),
        Some(b'(') => (true, value),
        // Several keys of one rule, and those with odd characters. The kernel writes capitals.
        _ => (false, value),
    };
    let end = value.iter().position(|&byte| {
        if is_plain { b"\"\n".contains(&byte) } else { !byte.is_ascii_hexdigit() }
    });
    let value = &value[..end.unwrap_or(value.len())];
    if is_plain {
        return wanted.iter().any(|(plain, _)| plain.find(value).is_some());
    }
    value.iter().any(u8::is_ascii_lowercase)
        || wanted.iter().any(|(_, hex)| hex.find(value).is_some())
}
