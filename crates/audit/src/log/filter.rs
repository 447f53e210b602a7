//! What lines are worth the trouble: cheap to tell before anything is read.

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
    /// Those with a record of one of these kinds.
    Kinds(Vec<Kind>),
}

impl Filter {
    /// Wants events with one of these texts in a line.
    pub fn texts<'a>(texts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self::Texts(texts.into_iter().map(|text| Finder::new(text).into_owned()).collect())
    }
}

/// A filter on its way through a block of lines.
#[derive(Debug)]
pub(super) struct Sieve {
    filter: Filter,
    /// Where each text is next, from the place last asked for.
    next: Vec<usize>,
}

impl Sieve {
    pub(super) fn new(filter: Filter) -> Self {
        let next = match &filter {
            Filter::Texts(texts) => vec![0; texts.len()],
            _ => Vec::new(),
        };
        Self { filter, next }
    }

    /// A new block begins.
    pub(super) fn begin(&mut self, block: &[u8]) {
        if let Filter::Texts(texts) = &self.filter {
            for (text, next) in texts.iter().zip(&mut self.next) {
                *next = text.find(block).unwrap_or(usize::MAX);
            }
        }
    }

    /// Is the line at `start..end` of the block one that is wanted? Lines are asked for in order.
    pub(super) fn wants(
        &mut self,
        block: &[u8],
        start: usize,
        end: usize,
        record: &Record<'_>,
    ) -> bool {
        let texts = match &self.filter {
            Filter::All => return true,
            Filter::Kinds(kinds) => return kinds.contains(&record.kind()),
            Filter::Texts(texts) => texts,
        };
        let mut wanted = false;
        for (text, next) in texts.iter().zip(&mut self.next) {
            if *next < start {
                *next = text.find(&block[start..]).map_or(usize::MAX, |at| start + at);
            }
            wanted |= *next < end;
        }
        wanted
    }
}
