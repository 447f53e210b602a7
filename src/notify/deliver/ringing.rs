//! What rings until somebody answers: the receipts are asked after, an answer becomes an
//! acknowledgement, and what is over rings no more.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::task::{Context, Poll};

use jiff::{SignedDuration, Timestamp};

use super::Task;
use crate::clock;
use crate::config::{ChannelConfig, ChannelKind, Config, Pushover};
use crate::model::{Command, Notice, TellKind};
use crate::notify::pushover::{self, Answer};
use crate::notify::{self, SendError, outbox};

/// Pushover wants to be asked no more often.
const SOON: SignedDuration = SignedDuration::from_secs(5);
/// What rings for longer than this is asked after less often.
const FRESH: SignedDuration = SignedDuration::from_mins(5);
const LATER: SignedDuration = SignedDuration::from_secs(30);
/// An answer given at the last moment is heard as well.
const GRACE: SignedDuration = SignedDuration::from_mins(2);
/// More than these do not ring at the same time.
const MOST: usize = 100;

/// The receipts that are open, of all channels.
#[derive(Default)]
pub(super) struct Ringing {
    open: Vec<Open>,
    asking: Option<Task<Asked>>,
    /// The keys of notices that ring no more, to be written down.
    pub(super) ended: Vec<String>,
}

struct Open {
    key: String,
    channel: String,
    receipt: String,
    alerts: BTreeSet<u64>,
    since: Timestamp,
    until: Timestamp,
    due: Timestamp,
    state: Ring,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ring {
    Rings,
    /// Nobody has to answer any more: the ringing is to be ended.
    Moot,
    /// Somebody answered, and the watch was told.
    Answered,
}

/// An answer that came.
pub(super) struct Asked {
    key: String,
    at: Timestamp,
    answer: Result<Answer, SendError>,
}

impl Ringing {
    /// The channel took the notice at `at` and gave this receipt. `key` is what it is written
    /// down under.
    pub(super) fn add(
        &mut self,
        key: &str,
        notice: &Notice,
        receipt: &str,
        at: Timestamp,
        config: &Config,
    ) {
        let lasts = pushover(config, &notice.channel).map(|(pushover, _)| pushover.expire);
        let alerts = notice.message.items.iter().map(|item| item.alert).filter(|id| *id != 0);
        let alerts: BTreeSet<u64> = alerts.collect();
        let (Some(lasts), true) = (lasts, !alerts.is_empty() && self.open.len() < MOST) else {
            return self.ended.push(key.to_owned());
        };
        self.open.push(Open {
            key: key.to_owned(),
            channel: notice.channel.clone(),
            receipt: receipt.to_owned(),
            alerts,
            since: at,
            until: later(at, lasts + GRACE),
            due: later(at, SOON),
            state: Ring::Rings,
        });
    }

    /// What is over or acknowledged has to ring no more.
    pub(super) fn hear(&mut self, notice: &Notice) {
        if !matches!(notice.message.kind, TellKind::Recovered | TellKind::Acknowledged) {
            return;
        }
        for open in self.open.iter_mut().filter(|open| open.channel == notice.channel) {
            for item in &notice.message.items {
                open.alerts.remove(&item.alert);
            }
            if open.alerts.is_empty() && open.state == Ring::Rings {
                open.state = Ring::Moot;
            }
        }
    }

    /// Asks after the one that is due; else says when to look again.
    pub(super) fn start(&mut self, config: &Config, now: Timestamp) -> Option<Timestamp> {
        let ended = &mut self.ended;
        self.open.retain(|open| {
            let answered = open.state == Ring::Answered && outbox::is_due(open.due, now);
            let stays = now < open.until && !answered && pushover(config, &open.channel).is_some();
            if !stays {
                ended.push(open.key.clone());
            }
            stays
        });
        if self.asking.is_some() {
            return None;
        }
        let open = self.open.iter_mut().min_by_key(|open| open.due)?;
        if !outbox::is_due(open.due, now) || open.state == Ring::Answered {
            return Some(open.due);
        }
        let (pushover, channel) = pushover(config, &open.channel)?;
        let (pushover, channel) = (pushover.clone(), channel.clone());
        let (key, receipt, moot) =
            (open.key.clone(), open.receipt.clone(), open.state == Ring::Moot);
        self.asking = Some(Box::pin(async move {
            let work = async {
                if moot {
                    pushover::cancel(&pushover, &receipt, now).await.map(|()| Answer::Over)
                } else {
                    pushover::ask(&pushover, &receipt, now).await
                }
            };
            let answer = match tokio::time::timeout(channel.timeout.unsigned_abs(), work).await {
                Ok(answer) => answer.map_err(|error| notify::masked(error, &channel.kind)),
                Err(_) => Err(SendError::later("no answer in time")),
            };
            Asked { key, at: clock::now(), answer }
        }));
        None
    }

    /// The next answer; never, if nothing was asked.
    pub(super) async fn asked(&mut self) -> Asked {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Asked> {
        let Some(asking) = &mut self.asking else { return Poll::Pending };
        let asked = std::task::ready!(asking.as_mut().poll(context));
        self.asking = None;
        Poll::Ready(asked)
    }

    /// Notes an answer. If it is somebody's, says what it means for the watch.
    pub(super) fn settle(&mut self, asked: Asked) -> Vec<Command> {
        let Asked { key, at, answer } = asked;
        let Some(place) = self.open.iter().position(|open| open.key == key) else {
            return Vec::new();
        };
        let open = &mut self.open[place];
        let fresh = at.duration_since(open.since) < FRESH;
        open.due = later(at, if fresh { SOON * 2 } else { LATER });
        match answer {
            Ok(Answer::Ringing) => Vec::new(),
            Ok(Answer::Over) => {
                self.ended.push(self.open.remove(place).key);
                Vec::new()
            }
            Ok(Answer::Acknowledged { device }) => {
                // It is forgotten only once the watch had the time to write it down: after a
                // restart before that the channel is asked again.
                open.state = Ring::Answered;
                let by = match device.as_str() {
                    "" => String::from("pushover"),
                    device => format!("pushover ({device})"),
                };
                let acknowledge = |alert: &u64| Command::Acknowledge {
                    alert: *alert,
                    by: by.clone(),
                    reason: String::new(),
                };
                open.alerts.iter().map(acknowledge).collect()
            }
            Err(error) => {
                tracing::warn!(channel = open.channel, %error, "the receipt cannot be asked after");
                if let SendError::Later { after: Some(after), .. } = error {
                    open.due = open.due.max(later(at, outbox::asked(after)));
                }
                Vec::new()
            }
        }
    }
}

fn pushover<'a>(config: &'a Config, channel: &str) -> Option<(&'a Pushover, &'a ChannelConfig)> {
    let channel = config.channels.get(channel)?;
    let ChannelKind::Pushover(pushover) = &channel.kind else { return None };
    Some((pushover, channel))
}

fn later(at: Timestamp, after: SignedDuration) -> Timestamp {
    at.checked_add(after).unwrap_or(Timestamp::MAX)
}
