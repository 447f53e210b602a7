//! When which monitor is asked: spread evenly from the first second, never drifting, never twice
//! at once. Pure: the time is milliseconds since the loop began.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// A monitor's place in the schedule; stays the same over reloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u32);

impl Id {
    /// As the index of a list.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Runs begin at multiples of this, in milliseconds, so that many monitors cost few wake-ups.
const GRID: u64 = 100;
/// Whoever waits longer for a turn has its first one within this time of the start.
const FIRST: u64 = 60_000;

/// All have been asked for the first time so long before their interval is over, or a twentieth of
/// it.
const MARGIN: u64 = 1000;

/// Who is asked when.
#[derive(Debug, Default)]
pub struct Schedule {
    entries: Vec<Option<Entry>>,
    ids: HashMap<Arc<str>, Id>,
    /// By the moment they are due. An entry whose `wake` is another moment is not meant any more.
    due: BTreeMap<u64, Vec<Id>>,
    /// The places taken among those of one interval.
    places: BTreeMap<u64, BTreeSet<u32>>,
}

#[derive(Debug)]
struct Entry {
    name: Arc<str>,
    interval: u64,
    place: u32,
    /// The next regular slot.
    next: u64,
    /// Asked again sooner.
    again: Option<u64>,
    /// When it is due in the list.
    wake: u64,
    /// It is being asked, and whether this is its regular turn.
    running: Option<bool>,
    /// Slots in which it was not asked.
    missed: u64,
}

impl Schedule {
    /// Takes these monitors, with their intervals in milliseconds. Those that were there keep
    /// their slots; those that are not named go.
    pub fn set(&mut self, wanted: &[(Arc<str>, u64)], now: u64) {
        let keep: HashMap<&str, u64> =
            wanted.iter().map(|(name, interval)| (&**name, *interval)).collect();
        for slot in 0..self.entries.len() {
            let gone = self.entries[slot]
                .as_ref()
                .is_some_and(|entry| keep.get(&*entry.name) != Some(&entry.interval));
            if gone && let Some(entry) = self.entries[slot].take() {
                self.ids.remove(&entry.name);
                if let Some(places) = self.places.get_mut(&entry.interval) {
                    places.remove(&entry.place);
                }
            }
        }
        let mut free = (0..self.entries.len()).filter(|slot| self.entries[*slot].is_none());
        let mut free: Vec<usize> = free.by_ref().collect();
        free.reverse();
        for (name, interval) in wanted {
            if self.ids.contains_key(name) {
                continue;
            }
            let slot = free.pop().unwrap_or_else(|| {
                self.entries.push(None);
                self.entries.len() - 1
            });
            self.enter(slot, name, (*interval).max(1), now);
        }
    }

    fn enter(&mut self, slot: usize, name: &Arc<str>, interval: u64, now: u64) {
        let places = self.places.entry(interval).or_default();
        // The lowest that is free: the places of one interval are 0..n most of the time.
        let place = match places.last() {
            Some(last) if *last as usize + 1 == places.len() => last + 1,
            Some(last) => (0..*last).find(|place| !places.contains(place)).unwrap_or(0),
            None => 0,
        };
        places.insert(place);
        // A little is left of it, so that all have answered within their first interval.
        let next = now + share(place, interval - (interval / 20).min(MARGIN));
        let first = (interval > FIRST).then(|| now + share(place, FIRST));
        let id = Id(slot as u32);
        self.ids.insert(Arc::clone(name), id);
        let name = Arc::clone(name);
        let entry =
            Entry { name, interval, place, next, again: first, wake: 0, running: None, missed: 0 };
        self.entries[slot] = Some(entry);
        self.plan(id);
    }

    /// The monitor of that name.
    pub fn id(&self, name: &str) -> Option<Id> {
        self.ids.get(name).copied()
    }

    /// The name at a place; none if it is free.
    pub fn name(&self, id: Id) -> Option<&Arc<str>> {
        self.entries.get(id.index())?.as_ref().map(|entry| &entry.name)
    }

    /// Slots in which a monitor was not asked, because it or too many others still were.
    pub fn missed(&self, id: Id) -> u64 {
        self.entry(id).map_or(0, |entry| entry.missed)
    }

    /// When somebody is due next.
    pub fn next_due(&mut self) -> Option<u64> {
        while let Some(first) = self.due.first_entry() {
            let (at, entries) = (*first.key(), &self.entries);
            let meant = |id: &Id| {
                entries.get(id.index()).and_then(Option::as_ref).is_some_and(|e| e.wake == at)
            };
            if first.get().iter().any(meant) {
                return Some(at);
            }
            first.remove();
        }
        None
    }

    /// Who is to be asked now. Each of them runs until `ended`.
    pub fn due(&mut self, now: u64) -> Vec<Id> {
        let mut begin = Vec::new();
        while let Some(first) = self.due.first_entry().filter(|first| *first.key() <= now) {
            let (at, ids) = first.remove_entry();
            for id in ids {
                let Some(entry) = self.entry_mut(id).filter(|entry| entry.wake == at) else {
                    continue;
                };
                let regular = entry.next <= now;
                if regular {
                    // Slots before the last one are lost if nobody came for them.
                    let passed = (now - entry.next) / entry.interval;
                    entry.missed += passed;
                    entry.next += (passed + 1) * entry.interval;
                    match &mut entry.running {
                        None => {}
                        Some(true) => entry.missed += 1,
                        // A question asked a moment before the slot stands for it.
                        Some(regular) => *regular = true,
                    }
                }
                entry.again = entry.again.filter(|again| *again > now);
                if entry.running.is_none() {
                    entry.running = Some(regular);
                    begin.push(id);
                }
                self.plan(id);
            }
        }
        begin
    }

    /// A run ended. It is asked again after so many milliseconds, or at its next slot if that is
    /// sooner.
    pub fn ended(&mut self, id: Id, now: u64, again: Option<u64>) {
        let Some(entry) = self.entry_mut(id) else { return };
        entry.running = None;
        entry.again = again.map(|wait| now + wait);
        self.plan(id);
    }

    /// Asks it as soon as may be.
    pub fn hurry(&mut self, id: Id, now: u64) {
        let Some(entry) = self.entry_mut(id).filter(|entry| entry.running.is_none()) else {
            return;
        };
        entry.again = Some(now);
        self.plan(id);
    }

    fn plan(&mut self, id: Id) {
        let Some(entry) = self.entries.get_mut(id.index()).and_then(Option::as_mut) else { return };
        let at = entry.again.map_or(entry.next, |again| again.min(entry.next));
        let at = at.next_multiple_of(GRID);
        if entry.wake != at || at == 0 {
            entry.wake = at;
            self.due.entry(at).or_default().push(id);
        }
    }

    fn entry(&self, id: Id) -> Option<&Entry> {
        self.entries.get(id.index())?.as_ref()
    }

    fn entry_mut(&mut self, id: Id) -> Option<&mut Entry> {
        self.entries.get_mut(id.index())?.as_mut()
    }
}

/// The share of `length` that belongs to a place: however many places there are, they lie evenly
/// (the multiples of the golden ratio, modulo one).
fn share(place: u32, length: u64) -> u64 {
    const GOLDEN: u32 = 2_654_435_769;
    let share = u64::from(place.wrapping_mul(GOLDEN));
    (share * length) >> 32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(count: usize) -> Vec<(Arc<str>, u64)> {
        (0..count).map(|n| (Arc::from(format!("m{n}")), 20_000)).collect()
    }

    /// Runs until a moment, each run taking so long; gives the begins.
    fn run(schedule: &mut Schedule, from: u64, until: u64, takes: u64) -> Vec<(u64, Id)> {
        let (mut begun, mut ends) = (Vec::new(), BTreeMap::<u64, Vec<Id>>::new());
        for now in from..until {
            for id in ends.remove(&now).unwrap_or_default() {
                schedule.ended(id, now, None);
            }
            if schedule.next_due().is_some_and(|next| next <= now) {
                for id in schedule.due(now) {
                    begun.push((now, id));
                    ends.entry(now + takes).or_default().push(id);
                }
            }
        }
        begun
    }

    #[test]
    fn all_are_asked_within_the_first_interval_and_evenly() {
        let mut schedule = Schedule::default();
        schedule.set(&names(1000), 0);
        let begun = run(&mut schedule, 0, 20_001, 3);
        let ids: BTreeSet<Id> = begun.iter().map(|(_, id)| *id).collect();
        // The first one is due again in the last millisecond.
        assert_eq!((ids.len(), begun.len()), (1000, 1001));
        let mut per_second = [0; 21];
        for (at, _) in &begun {
            per_second[*at as usize / 1000] += 1;
        }
        assert!(per_second[..19].iter().all(|n| (45..=60).contains(n)), "{per_second:?}");
        assert!(per_second[19] <= 10, "{per_second:?}");
        let moments: BTreeSet<u64> = begun.iter().map(|(at, _)| *at).collect();
        assert!(moments.len() <= 201, "{} wake-ups", moments.len());
    }

    #[test]
    fn nothing_drifts_and_nothing_is_missed() {
        let mut schedule = Schedule::default();
        schedule.set(&names(7), 0);
        let begun = run(&mut schedule, 0, 200_000, 1500);
        for n in 0..7 {
            let id = schedule.id(&format!("m{n}")).unwrap();
            let mine: Vec<u64> =
                begun.iter().filter(|(_, one)| *one == id).map(|(at, _)| *at).collect();
            assert_eq!(mine.len(), 10);
            assert!(mine.windows(2).all(|pair| pair[1] - pair[0] == 20_000), "{mine:?}");
            assert_eq!(schedule.missed(id), 0);
        }
    }

    #[test]
    fn who_is_still_asked_misses_its_slot() {
        let mut schedule = Schedule::default();
        schedule.set(&names(1), 0);
        let begun = run(&mut schedule, 0, 100_000, 50_000);
        assert_eq!(begun.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 60_000]);
        assert_eq!(schedule.missed(Id(0)), 3);
    }

    #[test]
    fn long_intervals_begin_soon_as_well() {
        let mut schedule = Schedule::default();
        let wanted: Vec<(Arc<str>, u64)> =
            names(5).into_iter().map(|(name, _)| (name, 86_400_000)).collect();
        schedule.set(&wanted, 0);
        let begun = run(&mut schedule, 0, 61_000, 10);
        let ids: BTreeSet<Id> = begun.iter().map(|(_, id)| *id).collect();
        assert_eq!(ids.len(), 5);
    }

    #[test]
    fn a_reload_keeps_the_slots() {
        let mut schedule = Schedule::default();
        schedule.set(&names(50), 0);
        let before = run(&mut schedule, 0, 40_000, 10);
        let mut wanted = names(60);
        wanted.remove(3);
        wanted[0].1 = 5_000;
        schedule.set(&wanted, 40_000);
        assert!(schedule.id("m3").is_none());
        let after = run(&mut schedule, 40_000, 60_100, 10);
        for n in (1..50).filter(|n| *n != 3) {
            let id = schedule.id(&format!("m{n}")).unwrap();
            let at = |begun: &[(u64, Id)]| {
                begun.iter().find(|(_, one)| *one == id).map(|(at, _)| at % 20_000)
            };
            assert_eq!(at(&before), at(&after), "m{n}");
        }
    }

    proptest! {
        #[test]
        fn never_twice_at_once(
            intervals in proptest::collection::vec(1_u64..30, 1..20),
            takes in proptest::collection::vec((0_u64..40, proptest::option::of(0_u64..20)), 1..30),
        ) {
            let mut schedule = Schedule::default();
            let wanted: Vec<(Arc<str>, u64)> = intervals
                .iter()
                .enumerate()
                .map(|(n, interval)| (Arc::from(n.to_string()), interval * 1000))
                .collect();
            schedule.set(&wanted, 0);
            let (mut running, mut ends) = (BTreeSet::new(), BTreeMap::<u64, Vec<_>>::new());
            let (mut count, mut runs) = (0, BTreeMap::<Id, u64>::new());
            for now in (0..120_000).step_by(50) {
                for (id, again) in ends.remove(&now).unwrap_or_default() {
                    running.remove(&id);
                    schedule.ended(id, now, again);
                }
                for id in schedule.due(now) {
                    prop_assert!(running.insert(id), "{id:?} runs twice at {now}");
                    *runs.entry(id).or_default() += 1;
                    let (length, again) = takes[count % takes.len()];
                    ends.entry(now + 50 + length * 1000).or_default().push((id, again.map(|a| a * 1000)));
                    count += 1;
                }
                prop_assert!(schedule.next_due().is_none_or(|next| next > now));
            }
            // Each slot was a run, or counted as missed, or one that was asked just before.
            for (n, interval) in intervals.iter().enumerate() {
                let id = schedule.id(&n.to_string()).unwrap();
                let slots = 120_000 / (interval * 1000);
                let runs = runs.get(&id).copied().unwrap_or(0);
                prop_assert!(runs + schedule.missed(id) + 1 >= slots, "{runs} of {slots}");
            }
        }
    }
}
