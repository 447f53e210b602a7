//! The clock was set back. What is remembered moves along, so that waits go on where they were:
//! else nothing would be told until the clock is again where it was. Times of the outside world
//! (a timer's next elapse, the end of a silence) stay where they are.

use jiff::SignedDuration;

use super::life::Alert;
use super::saved::Known;
use crate::rule::{Claim, move_time};

/// A clock that goes back by no more than this stands still instead.
pub(super) const JITTER: SignedDuration = SignedDuration::from_secs(10);

impl Known {
    /// Moves all that is remembered, by a negative time.
    pub(super) fn move_clock(&mut self, by: SignedDuration) {
        for alert in self.alerts.values_mut() {
            alert.move_clock(by);
        }
        for message in self.messages.values_mut() {
            message.move_clock(by);
        }
    }
}

impl Alert {
    fn move_clock(&mut self, by: SignedDuration) {
        self.memory.move_clock(by);
        if let Some(Claim { since, ripe, over, .. }) = &mut self.claim {
            let over = over.as_mut().map(|over| &mut over.at);
            move_all([Some(since), ripe.as_mut(), over], by);
        }
        if let Some(firing) = &mut self.firing {
            let over = firing.over.as_mut().map(|over| &mut over.at);
            let clear = firing.clear.as_mut().map(|clear| &mut clear.at);
            let told = firing.told.as_mut().map(|told| &mut told.last);
            let times = [Some(&mut firing.since), Some(&mut firing.summarised), over, clear, told];
            move_all(times, by);
        }
        if let Some(ended) = &mut self.ended {
            let times = [&mut ended.since, &mut ended.until, &mut ended.at];
            move_all(times.map(Some), by);
        }
        move_all([self.unseen.as_mut()], by);
    }
}

fn move_all<const N: usize>(times: [Option<&mut jiff::Timestamp>; N], by: SignedDuration) {
    for time in times.into_iter().flatten() {
        move_time(time, by);
    }
}
