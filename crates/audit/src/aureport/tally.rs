//! How often each thing was seen.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Texts and how often each was seen, in the order they were first seen in.
#[derive(Debug, Default)]
pub(super) struct Tally {
    places: HashMap<Box<[u8]>, usize>,
    hits: Vec<u64>,
    /// The last one is often the next one.
    last: Option<(Box<[u8]>, usize)>,
}

impl Tally {
    /// Counts a text once more.
    pub(super) fn add(&mut self, text: &[u8]) {
        if let Some((last, place)) = &self.last
            && **last == *text
        {
            self.hits[*place] += 1;
            return;
        }
        let place = match self.places.get(text) {
            Some(&place) => place,
            None => match self.places.entry(text.into()) {
                Entry::Occupied(entry) => *entry.get(),
                Entry::Vacant(entry) => {
                    self.hits.push(0);
                    *entry.insert(self.hits.len() - 1)
                }
            },
        };
        self.hits[place] += 1;
        self.last = Some((text.into(), place));
    }

    /// The texts with their hits, most first, and of those with as many the one first seen.
    pub(super) fn by_hits(self) -> Vec<(Box<[u8]>, u64)> {
        let mut all: Vec<_> = self.places.into_iter().collect();
        all.sort_unstable_by_key(|(_, place)| *place);
        let mut all: Vec<_> =
            all.into_iter().map(|(text, place)| (text, self.hits[place])).collect();
        all.sort_by_key(|(_, hits)| std::cmp::Reverse(*hits));
        all
    }
}
