//! How many lines of the log a check gets: a flood of calls changes its state like any others,
//! but is not all written down.

use jiff::Timestamp;

/// So many calls in a row are written down ...
const BURST: i64 = 60;
/// ... and then one in so many microseconds.
const PACE: i64 = 1_000_000;

/// What a check may still write down. Not kept over a restart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flood {
    /// The moment until which lines are used up, in microseconds since 1970.
    used: i64,
}

impl Flood {
    /// Nothing used yet.
    pub(super) const NEW: Self = Self { used: i64::MIN };

    /// Is there a line left at this moment? Takes it.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        let now = now.as_microsecond();
        let used = self.used.max(now - BURST * PACE) + PACE;
        let has_room = used <= now;
        if has_room {
            self.used = used;
        }
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_a_pace() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut flood = Flood::NEW;
        let taken =
            |flood: &mut Flood, second| (0..1000).filter(|_| flood.take(at(second))).count();
        assert_eq!(taken(&mut flood, 1000), 60);
        assert_eq!(taken(&mut flood, 1000), 0);
        assert_eq!(taken(&mut flood, 1003), 3);
        assert_eq!(taken(&mut flood, 9000), 60);
    }
}
