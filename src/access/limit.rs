//! How often somebody may be wrong. A few times for nothing, then the waits grow; who is right
//! has lost nothing.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};

use jiff::{SignedDuration, Timestamp};

/// So many failures cost nothing.
const FREE: u32 = 5;
/// The first wait; each further failure doubles it ...
const FIRST: SignedDuration = SignedDuration::from_secs(5);
/// ... up to this.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);
/// Forgotten after this long without a failure.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(1);

/// Where attempts come from: an address, of IPv6 the /64, which is one customer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place(IpAddr);

impl Place {
    /// The place of an address. None: somebody behind a Unix socket who is not said to be elsewhere.
    pub fn of(address: Option<IpAddr>) -> Self {
        match address.map(|address| address.to_canonical()) {
            Some(IpAddr::V6(address)) => {
                let network = address.to_bits() & !u128::from(u64::MAX);
                Self(Ipv6Addr::from_bits(network).into())
            }
            Some(address) => Self(address),
            None => Self(Ipv6Addr::UNSPECIFIED.into()),
        }
    }
}

/// What is known of each that failed. Never more than `most`: those that failed least are
/// forgotten first, so a flood from many places does not forgive the one that tries on and on.
#[derive(Debug)]
pub struct Limit<K> {
    most: usize,
    failed: HashMap<K, Failed>,
}

#[derive(Debug, Clone, Copy)]
struct Failed {
    times: u32,
    last: Timestamp,
    until: Timestamp,
}

impl<K: Eq + Hash + Clone> Limit<K> {
    /// Of at most so many.
    pub fn new(most: usize) -> Self {
        Self { most, failed: HashMap::new() }
    }

    /// How long this one has to wait.
    pub fn wait(&self, key: &K, now: Timestamp) -> Option<SignedDuration> {
        let failed = self.failed.get(key).filter(|failed| !failed.is_forgotten(now))?;
        Some(failed.until.duration_since(now)).filter(SignedDuration::is_positive)
    }

    /// One more attempt, which counts as failed until `right` takes that back: those that come
    /// while it is looked at do not get in unseen.
    ///
    /// # Errors
    /// How long to wait instead; then it was no attempt.
    pub fn attempt(&mut self, key: &K, now: Timestamp) -> Result<(), SignedDuration> {
        if let Some(wait) = self.wait(key, now) {
            return Err(wait);
        }
        self.wrong(key, now);
        Ok(())
    }

    /// It failed.
    pub fn wrong(&mut self, key: &K, now: Timestamp) {
        if !self.failed.contains_key(key) && self.failed.len() >= self.most {
            self.make_room(now);
        }
        let fresh = Failed { times: 0, last: now, until: now };
        let failed = self.failed.entry(key.clone()).or_insert(fresh);
        if failed.is_forgotten(now) {
            *failed = fresh;
        }
        failed.times = failed.times.saturating_add(1);
        failed.last = now;
        if failed.times >= FREE {
            let doubled = 1_i32.checked_shl(failed.times - FREE).filter(|factor| *factor > 0);
            let wait = doubled.and_then(|factor| FIRST.checked_mul(factor));
            failed.until = now + wait.unwrap_or(LONGEST).min(LONGEST);
        }
    }

    /// The last attempt was right after all.
    pub fn right(&mut self, key: &K) {
        let Some(failed) = self.failed.get_mut(key) else { return };
        failed.times = failed.times.saturating_sub(1);
        failed.until = failed.last;
        if failed.times == 0 {
            self.failed.remove(key);
        }
    }

    fn make_room(&mut self, now: Timestamp) {
        self.failed.retain(|_, failed| !failed.is_forgotten(now));
        if self.failed.len() < self.most {
            return;
        }
        let least = self.failed.iter().min_by_key(|(_, failed)| (failed.times, failed.last));
        if let Some(key) = least.map(|(key, _)| key.clone()) {
            self.failed.remove(&key);
        }
    }
}

impl Failed {
    fn is_forgotten(&self, now: Timestamp) -> bool {
        now.duration_since(self.last) >= FORGOTTEN
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn waits_grow_and_are_forgotten() {
        let mut limit = Limit::new(10);
        for _ in 0..5 {
            assert_eq!(limit.attempt(&1, at(0)), Ok(()));
        }
        assert_eq!(limit.attempt(&1, at(0)), Err(SignedDuration::from_secs(5)));
        assert_eq!(limit.attempt(&2, at(0)), Ok(()));
        assert_eq!(limit.attempt(&1, at(5)), Ok(()));
        assert_eq!(limit.wait(&1, at(5)), Some(SignedDuration::from_secs(10)));
        // Right after all: what was wrong before still counts, but nobody waits.
        limit.right(&1);
        assert_eq!(limit.wait(&1, at(5)), None);
        assert_eq!(limit.attempt(&1, at(5)), Ok(()));
        assert_eq!(limit.wait(&1, at(5)), Some(SignedDuration::from_secs(10)));
        assert_eq!(limit.attempt(&1, at(5 + 3600)), Ok(()));
        assert_eq!(limit.wait(&1, at(5 + 3600)), None);
    }

    #[test]
    fn ipv6_counts_by_its_network() {
        let place = |text: &str| Place::of(Some(text.parse().unwrap()));
        assert_eq!(place("2001:db8::1"), place("2001:db8::ffff:0:0:1"));
        assert_ne!(place("2001:db8::1"), place("2001:db8:0:1::1"));
        assert_eq!(place("::ffff:192.0.2.1"), place("192.0.2.1"));
        assert_ne!(place("192.0.2.1"), place("192.0.2.2"));
    }

    proptest! {
        /// Whoever tries whenever it is let in gets no more than the free tries and one for each
        /// longest wait and each doubling before it; nobody else is ever kept out by that while
        /// there is room, and there are never more than `most`.
        #[test]
        fn guessing_is_slow(steps in prop::collection::vec((0_i64..400, 0_u8..40), 1..400)) {
            let mut limit = Limit::new(8);
            let (mut now, mut tries) = (0, 0_i64);
            let mut begun = None;
            for (seconds, other) in steps {
                now += seconds;
                limit.wrong(&(100 + u32::from(other)), at(now));
                prop_assert!(limit.failed.len() <= 8);
                if limit.attempt(&1, at(now)).is_ok() {
                    tries += 1;
                    begun.get_or_insert(now);
                }
                prop_assert!(limit.wait(&1, at(now)).is_none_or(|wait| wait <= LONGEST));
                prop_assert!(limit.wait(&2, at(now)).is_none());
            }
            let long = now - begun.unwrap_or(now);
            // 5 s doubled up to 15 min is eight tries.
            prop_assert!(tries <= 5 + 8 + long / 900 + 1, "{tries} in {long} s");
        }
    }
}
