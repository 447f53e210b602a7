//! Entries that match, out of all files in the order of time.

use std::ops::RangeInclusive;

use crate::Error;
use crate::entry::Entry;
use crate::file::{File, Head};
use crate::query::Query;

/// Entries of an array that are read at once.
const AT_ONCE: u64 = 512;
/// Values remembered by their place, to be known again: at most so many.
const KNOWN: u64 = 16 * 1024;
/// Longer values are not remembered.
const SHORT: usize = 256;

/// The entries of an index, by number.
#[derive(Debug)]
struct Index {
    first: Option<u64>,
    arrays: Vec<(u64, u64)>,
    n: u64,
    /// The part that was read last: number of its first entry, and the entries.
    part: (u64, Vec<u64>),
}

impl Index {
    /// The index of `n` entries, or of as many as there are: the number may be damaged.
    fn new(file: &mut File, first: Option<u64>, array: u64, n: u64) -> Result<Self, Error> {
        let besides = n.saturating_sub(u64::from(first.is_some()));
        let arrays = file.arrays(array, besides)?;
        let held: u64 = arrays.iter().map(|(_, holds)| holds).sum();
        let n = n.min(held.saturating_add(u64::from(first.is_some())));
        Ok(Self { first, arrays, n, part: (0, Vec::new()) })
    }

    fn get(&mut self, file: &mut File, n: u64) -> Result<u64, Error> {
        let mut rest = n;
        if let Some(first) = self.first {
            match n.checked_sub(1) {
                None => return Ok(first),
                Some(less) => rest = less,
            }
        }
        let (start, part) = &mut self.part;
        if let Some(found) = rest.checked_sub(*start).and_then(|at| part.get(at as usize)) {
            return Ok(*found);
        }
        let mut before = 0;
        for (array, holds) in &self.arrays {
            if rest - before < *holds {
                let from = (rest - before) / AT_ONCE * AT_ONCE;
                file.slice(*array, from, (from + AT_ONCE).min(*holds), part)?;
                *start = before + from;
                break;
            }
            before += holds;
        }
        // Written while it was read: as if it were not there yet.
        Ok(rest.checked_sub(*start).and_then(|at| part.get(at as usize)).copied().unwrap_or(0))
    }
}

/// One alternative in one file: the shortest of its indexes, and the values its entries must have.
#[derive(Debug)]
struct Driver {
    index: Index,
    must_have: Vec<u64>,
    /// Which entry is next, counted from the end that is read from.
    next: u64,
    current: Option<u64>,
}

/// What matches in one file.
#[derive(Debug)]
pub(crate) struct Matches {
    drivers: Vec<Driver>,
    backwards: bool,
    /// What is known of values by their place.
    known: Vec<(u64, Known)>,
    head: Head,
}

#[derive(Debug, Clone)]
enum Known {
    Nothing,
    Other,
    Field(usize, Vec<u8>),
}

impl Matches {
    /// What matches within times, from one end of them on.
    fn within(
        file: &mut File,
        query: &Query,
        times: &RangeInclusive<u64>,
        backwards: bool,
    ) -> Result<Self, Error> {
        let mut this = Self::new(file, query, backwards)?;
        if !backwards {
            this.begin(file, |(_, realtime)| realtime < *times.start())?;
        } else if *times.end() < u64::MAX {
            this.begin(file, |(_, realtime)| realtime <= *times.end())?;
            for Driver { index, next, .. } in &mut this.drivers {
                *next = index.n - *next;
            }
        }
        this.make_room();
        Ok(this)
    }

    /// What matches and came after the entry of that number.
    pub(crate) fn after(file: &mut File, query: &Query, seqnum: u64) -> Result<Self, Error> {
        let mut this = Self::new(file, query, false)?;
        this.begin(file, |(number, _)| number <= seqnum)?;
        this.make_room();
        Ok(this)
    }

    /// What matches, from one end on.
    fn new(file: &mut File, query: &Query, backwards: bool) -> Result<Self, Error> {
        let mut drivers = Vec::new();
        if query.alternatives.is_empty() {
            let (array, n) = file.all();
            let index = Index::new(file, None, array, n)?;
            drivers.push(Driver { index, must_have: Vec::new(), next: 0, current: None });
        }
        'alternatives: for values in &query.alternatives {
            let mut found = Vec::new();
            for value in values {
                match file.find(value)? {
                    Some(place) => found.push(place),
                    None => continue 'alternatives,
                }
            }
            found.sort_by_key(|(_, data)| data.n_entries);
            let Some((_, rarest)) = found.first().copied() else { continue };
            let first = (rarest.n_entries > 0).then_some(rarest.first_entry);
            let index = Index::new(file, first, rarest.array, rarest.n_entries)?;
            let must_have = found.iter().skip(1).map(|(place, _)| *place).collect();
            drivers.push(Driver { index, must_have, next: 0, current: None });
        }
        Ok(Self { drivers, backwards, known: Vec::new(), head: Head::default() })
    }

    /// Room to remember values in, for as many entries as are still to be read.
    fn make_room(&mut self) {
        let left: u64 = self.drivers.iter().map(|driver| driver.index.n - driver.next).sum();
        self.known = vec![(0, Known::Nothing); (8 * left).clamp(64, KNOWN) as usize];
    }

    /// Goes to the first entry that is not before the wanted one, by number or time.
    fn begin(&mut self, file: &mut File, before: impl Fn((u64, u64)) -> bool) -> Result<(), Error> {
        for Driver { index, next, .. } in &mut self.drivers {
            let (mut low, mut high) = (0, index.n);
            while low < high {
                let middle = low + (high - low) / 2;
                let place = index.get(file, middle)?;
                if place != 0 && before(file.mark(place)?) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            *next = low;
        }
        Ok(())
    }

    /// The place of the next entry that matches.
    fn next(&mut self, file: &mut File) -> Result<Option<u64>, Error> {
        let mut best: Option<u64> = None;
        for driver in &mut self.drivers {
            if driver.current.is_none() {
                driver.current = advance(driver, self.backwards, file, &mut self.head)?;
            }
            let better =
                |one: u64, other: u64| if self.backwards { one > other } else { one < other };
            if let Some(current) = driver.current
                && best.is_none_or(|best| better(current, best))
            {
                best = Some(current);
            }
        }
        if best.is_some() {
            // An entry that matches several alternatives comes once.
            for driver in self.drivers.iter_mut().filter(|driver| driver.current == best) {
                driver.current = None;
            }
        }
        Ok(best)
    }

    /// The next entry that matches, with its fields.
    pub(crate) fn entry(&mut self, file: &mut File, query: &Query) -> Result<Option<Entry>, Error> {
        let Some(place) = self.next(file)? else { return Ok(None) };
        file.head(place, &mut self.head)?;
        let mut entry = Entry::new(query.fields.len());
        let mut missing = query.fields.len();
        // New values are written right before the entry and come last: the message is among them.
        for at in self.head.items.iter().rev() {
            if missing == 0 {
                break;
            }
            let slot = (*at >> 3) as usize % self.known.len();
            let (place, known) = &mut self.known[slot];
            if *place == *at {
                match known {
                    Known::Other => continue,
                    Known::Field(n, value) => {
                        missing -= usize::from(entry.keep(*n, value));
                        continue;
                    }
                    Known::Nothing => {}
                }
            }
            // A damaged value costs its field, not the entry.
            let Ok(data) = file.data(*at) else { continue };
            let Ok(found) = file.value_of(*at, &data, &query.fields) else { continue };
            let is_common = data.n_entries > 1;
            match found {
                Some((n, value)) => {
                    missing -= usize::from(entry.keep(n, &value));
                    if is_common && value.len() <= SHORT {
                        (*place, *known) = (*at, Known::Field(n, value));
                    }
                }
                None if is_common => (*place, *known) = (*at, Known::Other),
                None => {}
            }
        }
        let Head { seqnum, realtime, monotonic, boot, .. } = self.head;
        (entry.seqnum, entry.realtime) = (seqnum, realtime);
        (entry.monotonic, entry.boot) = (monotonic, boot);
        Ok(Some(entry))
    }
}

/// The next entry of one alternative.
fn advance(
    driver: &mut Driver,
    backwards: bool,
    file: &mut File,
    head: &mut Head,
) -> Result<Option<u64>, Error> {
    while driver.next < driver.index.n {
        let n = if backwards { driver.index.n - 1 - driver.next } else { driver.next };
        driver.next += 1;
        let place = driver.index.get(file, n)?;
        if place == 0 {
            continue;
        }
        if driver.must_have.is_empty() {
            return Ok(Some(place));
        }
        file.head(place, head)?;
        if driver.must_have.iter().all(|value| head.items.contains(value)) {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

/// Entries that match a query, in the order of time. What is damaged is passed over and counted.
#[derive(Debug)]
pub struct Entries<'a> {
    query: Query,
    times: RangeInclusive<u64>,
    backwards: bool,
    /// Not looked into yet; the next one is last.
    waiting: Vec<&'a mut File>,
    open: Vec<Open<'a>>,
    damaged: u64,
}

/// A file that is being read.
#[derive(Debug)]
struct Open<'a> {
    file: &'a mut File,
    matches: Matches,
    next: Option<Entry>,
}

impl<'a> Entries<'a> {
    pub(crate) fn new(
        files: &'a mut [File],
        query: &Query,
        times: RangeInclusive<u64>,
        backwards: bool,
    ) -> Self {
        let mut waiting: Vec<_> = files.iter_mut().collect();
        // A file whose clock went back may hold later entries than its last one: look anyway if
        // either end is late enough.
        waiting.retain(|file| {
            let (head, tail) = (file.header().head, file.header().tail);
            tail.max(head) >= *times.start() && tail.min(head) <= *times.end()
        });
        if backwards {
            waiting.sort_by_key(|file| file.header().tail);
        } else {
            waiting.sort_by_key(|file| std::cmp::Reverse(file.header().head));
        }
        Self { query: query.clone(), times, backwards, waiting, open: Vec::new(), damaged: 0 }
    }

    /// How much could not be read so far.
    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    /// Looks into files until no other one can have an earlier entry.
    fn open_due(&mut self) {
        loop {
            let best = self.best().and_then(|at| self.open[at].next.as_ref());
            let Some(file) = self.waiting.last() else { return };
            let due = best.is_none_or(|best| {
                if self.backwards {
                    file.header().tail >= best.realtime
                } else {
                    file.header().head <= best.realtime
                }
            });
            if !due {
                return;
            }
            let Some(file) = self.waiting.pop() else { return };
            let matches = Matches::within(file, &self.query, &self.times, self.backwards);
            if let Ok(matches) = matches {
                let mut open = Open { file, matches, next: None };
                self.damaged += open.advance(&self.query, &self.times, self.backwards);
                self.keep(open);
            } else {
                self.damaged += 1;
                file.rest();
            }
        }
    }

    fn keep(&mut self, open: Open<'a>) {
        if open.next.is_some() {
            self.open.push(open);
        } else {
            open.file.rest();
        }
    }

    fn best(&self) -> Option<usize> {
        let key = |at: &usize| self.open[*at].next.as_ref().map(|e| (e.realtime, e.seqnum));
        let all = 0..self.open.len();
        if self.backwards { all.max_by_key(key) } else { all.min_by_key(key) }
    }
}

impl Open<'_> {
    /// Goes to the next entry; returns how much was damaged.
    fn advance(&mut self, query: &Query, times: &RangeInclusive<u64>, backwards: bool) -> u64 {
        let mut damaged = 0;
        // Each error moved on by one entry at least, so this ends; a file of garbage is left.
        while damaged < 1000 {
            match self.matches.entry(self.file, query) {
                Ok(Some(entry)) if times.contains(&entry.realtime) => {
                    self.next = Some(entry);
                    return damaged;
                }
                Ok(Some(entry)) if backwards && entry.realtime < *times.start() => break,
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => damaged += 1,
            }
        }
        self.next = None;
        damaged
    }
}

impl Iterator for Entries<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        self.open_due();
        let at = self.best()?;
        let found = self.open[at].next.take();
        let mut open = self.open.swap_remove(at);
        self.damaged += open.advance(&self.query, &self.times, self.backwards);
        self.keep(open);
        found
    }
}
