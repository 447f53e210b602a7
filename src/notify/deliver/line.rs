//! The line of notices that wait for one channel.

use std::task::{Context, Poll};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{State, Task};
use crate::clock;
use crate::config::ChannelConfig;
use crate::notify::copies::keeps_apart;
use crate::notify::keep::{Keep, Mark};
use crate::notify::outbox::{self, Fate, Parcel};
use crate::notify::{self, SendError, Taken};

/// While a channel fails it is tried no more often than this.
const CALM: SignedDuration = SignedDuration::from_secs(5);

/// What waits for one channel, and how the channel is.
#[derive(Default)]
pub(super) struct Line {
    pub(super) queue: Vec<Parcel>,
    sending: Option<Task<Sent>>,
    /// Nothing is sent before this: the channel asked for a rest, or it fails.
    rest: Option<Timestamp>,
    /// What was last said of the channel.
    health: Health,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Health {
    #[default]
    Unknown,
    Works,
    Fails,
}

/// An attempt that ended.
pub(super) struct Sent {
    pub(super) parcel: Parcel,
    pub(super) at: Timestamp,
    /// What the channel said when it took it, or why it did not.
    pub(super) result: Result<Taken, SendError>,
    /// What becomes of the parcel if it was not delivered.
    pub(super) fate: Option<Fate>,
    /// What could not be written down.
    pub(super) unmarked: Vec<(String, Mark)>,
}

impl Line {
    /// Starts the next parcel if one is due; else says when to look again.
    pub(super) fn start(
        &mut self,
        channel: &ChannelConfig,
        tz: &TimeZone,
        keep: &Keep,
        now: Timestamp,
    ) -> Option<Timestamp> {
        if self.is_sending() {
            return None;
        }
        let queue = std::mem::take(&mut self.queue);
        self.queue = if keeps_apart(&channel.kind) {
            outbox::join_ends(queue, now, tz)
        } else {
            outbox::shrink(queue, self.is_failing(), now, tz)
        };
        let due = outbox::next_due(&self.queue)?;
        if let Some(rest) = self.rest.filter(|rest| !outbox::is_due(*rest, now)) {
            return Some(due.max(rest));
        }
        let Some(place) = outbox::next(&self.queue, now) else { return Some(due) };
        let parcel = self.queue.remove(place);
        self.rest = now.checked_add(notify::gap(&channel.kind)).ok();
        self.sending =
            Some(Box::pin(attempt(channel.clone(), parcel, tz.clone(), keep.clone(), now)));
        None
    }

    pub(super) fn is_sending(&self) -> bool {
        self.sending.is_some()
    }

    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Sent> {
        let Some(sending) = &mut self.sending else { return Poll::Pending };
        let sent = std::task::ready!(sending.as_mut().poll(context));
        self.sending = None;
        Poll::Ready(sent)
    }

    /// Notes how an attempt ended. Says the channel's state if it is another than before.
    pub(super) fn outcome(
        &mut self,
        at: Timestamp,
        result: &Result<Taken, SendError>,
    ) -> Option<State> {
        let now = if result.is_err() { Health::Fails } else { Health::Works };
        let rest = match result {
            Err(SendError::Later { after: Some(after), .. }) => outbox::asked(*after).max(CALM),
            Err(_) => CALM,
            Ok(taken) => taken.rest.map_or(SignedDuration::ZERO, outbox::asked),
        };
        if !rest.is_zero() {
            self.rest = self.rest.max(at.checked_add(rest).ok());
        }
        let was = std::mem::replace(&mut self.health, now);
        if was == now {
            return None;
        }
        if now == Health::Works {
            // What waits is tried at once.
            self.hurry(at);
        }
        let failing_since = result.as_ref().err().map(|_| at);
        let error = result.as_ref().err().map_or_else(String::new, ToString::to_string);
        Some(State::Channel { failing_since, error })
    }

    /// What waits is tried at once, whatever the channel asked for.
    pub(super) fn retry(&mut self, now: Timestamp) {
        self.rest = None;
        self.hurry(now);
    }

    fn hurry(&mut self, now: Timestamp) {
        for parcel in &mut self.queue {
            parcel.due = parcel.due.min(now);
        }
    }

    /// The channel is no longer configured. Says whether anything was said of it.
    pub(super) fn forget(&mut self) -> bool {
        std::mem::take(&mut self.health) != Health::Unknown
    }

    /// Takes out the keys of what waited too long.
    pub(super) fn expired(&mut self, now: Timestamp) -> Vec<String> {
        let (old, rest) = std::mem::take(&mut self.queue)
            .into_iter()
            .partition::<Vec<_>, _>(|parcel| outbox::is_expired(parcel.notice.message.at, now));
        self.queue = rest;
        old.into_iter().flat_map(|parcel| parcel.covers).collect()
    }

    fn is_failing(&self) -> bool {
        match self.health {
            Health::Works => false,
            Health::Fails => true,
            // Just started: what waits in the store may have failed before.
            Health::Unknown => self.queue.iter().any(|parcel| parcel.attempts > 0),
        }
    }
}

/// Sends one parcel and writes down what came of it.
async fn attempt(
    channel: ChannelConfig,
    mut parcel: Parcel,
    tz: TimeZone,
    keep: Keep,
    now: Timestamp,
) -> Sent {
    let result = notify::send(&channel, &parcel.notice, now, &tz).await;
    let at = clock::now();
    let mut unmarked = Vec::new();
    let mut fate = None;
    let mark = if let Err(error) = &result {
        parcel.attempts += 1;
        let said = error.to_string();
        let key = &parcel.notice.key;
        let next = outbox::fate(key, error, parcel.attempts, parcel.notice.message.at, at);
        let mark = match &next {
            Fate::GivenUp => Some(Mark::GivenUp { at, error: said }),
            Fate::Again(due) => {
                parcel.due = *due;
                keep.failed(&parcel, &said).await;
                None
            }
        };
        fate = Some(next);
        mark
    } else {
        Some(Mark::Delivered { at })
    };
    if let Some(mark) = mark {
        for key in &parcel.covers {
            if let Err(error) = keep.mark(key, &mark).await {
                tracing::debug!(key, error, "kept in memory until the store can be written");
                unmarked.push((key.clone(), mark.clone()));
            }
        }
    }
    Sent { parcel, at, result, fate, unmarked }
}
