//! What lines are worth the trouble: cheap to tell before anything is read.

use memchr::memchr;
use memchr::memmem::Finder;

use crate::kind::Kind;
use crate::record::Record;

/// Which events are wanted, by what at least one of their lines must have. It may let through more
/// than is asked for, never less.
#[derive(Debug, Default, Clone)]
pub enum Filter {
    /// All.
    #[default]
    All,
    /// Those with one of these texts in a line.
    Texts(Vec<Finder<'static>>),
    /// Those with a record of one of these kinds, and what their names are in a line.
    Kinds(Vec<Kind>, Vec<Finder<'static>>),
}

impl Filter {
    /// Wants events with one of these texts in a line.
    pub fn texts<'a>(texts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self::Texts(texts.into_iter().map(|text| Finder::new(text).into_owned()).collect())
    }

    /// Wants events with a record of one of these kinds.
    pub fn kinds(kinds: impl IntoIterator<Item = Kind>) -> Self {
        let kinds: Vec<_> = kinds.into_iter().collect();
        // As auditd writes it: in capitals, with a number only where there is no name.
        let name = |kind: &Kind| Finder::new(format!("={kind} ").as_bytes()).into_owned();
        let names = kinds.iter().map(name).collect();
        Self::Kinds(kinds, names)
    }

    fn finders(&self) -> &[Finder<'static>] {
        match self {
            Self::All => &[],
            Self::Texts(texts) | Self::Kinds(_, texts) => texts,
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
                hits.push((from + found) as u32);
                let rest = &block[from + found..];
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
            Self::Texts(_) => is_hit,
        }
    }
}
