//! What a wall clock shows in a time zone, and which instants that can be.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// A clock set back shows some times twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    First,
    Second,
}

/// The instant at which a wall clock shows this. A time that is skipped is one before the clock
/// was set forward ([`Pass::First`]) or after ([`Pass::Second`]), as in Python's `fold`.
///
/// `None` when no [`Timestamp`] is that early or late.
pub(crate) fn instant(zone: &TimeZone, shown: DateTime, pass: Pass) -> Option<Timestamp> {
    let offset = match zone.to_ambiguous_timestamp(shown).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Gap { before, after } | AmbiguousOffset::Fold { before, after } => {
            match pass {
                Pass::First => before,
                Pass::Second => after,
            }
        }
    };
    offset.to_timestamp(shown).ok()
}

/// Whether a wall clock never shows this, because it was set forward.
pub(crate) fn is_skipped(zone: &TimeZone, shown: DateTime) -> bool {
    matches!(zone.to_ambiguous_timestamp(shown).offset(), AmbiguousOffset::Gap { .. })
}

/// Which time it is that a wall clock shows this.
pub(crate) fn pass(zone: &TimeZone, shown: DateTime, at: Timestamp) -> Pass {
    match zone.to_ambiguous_timestamp(shown).offset() {
        AmbiguousOffset::Fold { after, .. } if after.to_timestamp(shown).ok() == Some(at) => {
            Pass::Second
        }
        _ => Pass::First,
    }
}

/// The last whole second, as shown.
pub(crate) fn whole_second(zone: &TimeZone, at: Timestamp) -> Option<DateTime> {
    zone.to_datetime(at).with().subsec_nanosecond(0).build().ok()
}
