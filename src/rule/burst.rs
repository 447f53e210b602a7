//! Things that happen: the first one raises at once, further ones are counted until it was quiet
//! for long enough.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Memory, after, move_time};

/// What happened since it was last quiet.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Burst {
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) count: u32,
}

impl Burst {
    /// It happened once more.
    pub(super) fn again(memory: &mut Memory, at: Timestamp, quiet: SignedDuration) -> Self {
        let burst = match memory {
            Memory::Burst(burst) if at < after(burst.last, quiet) => {
                Self { last: at, count: burst.count.saturating_add(1), ..*burst }
            }
            _ => Self { first: at, last: at, count: 1 },
        };
        *memory = Memory::Burst(burst);
        burst
    }

    /// The clock was set back.
    pub(super) fn move_clock(&mut self, by: SignedDuration) {
        move_time(&mut self.first, by);
        move_time(&mut self.last, by);
    }
}
