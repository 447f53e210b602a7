//! Delivers notices. The queue in memory is what counts while the process lives: the store may be
//! full or read-only, and telling must go on.

mod line;
mod ringing;

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, watch};

use self::line::{Line, Sent};
use self::ringing::Ringing;
use super::Taken;
use super::keep::{Keep, Mark};
use super::outbox::{Fate, Parcel};
use crate::clock;
use crate::config::Config;
use crate::model::{Notice, Observation, SourceName, State, Subject};
use crate::source::Report;
use crate::store::Store;

/// What could not be written down is tried again after this.
const AGAIN: Duration = Duration::from_secs(30);
/// The loop looks around at least this often (the clock may have been set).
const LOOK: SignedDuration = SignedDuration::from_mins(5);

/// Delivers what comes through `new` and what still waits in the store, for ever; ends when `new`
/// is closed and what is being sent has ended. All channels are served at the same time in this
/// one task: a slow one delays no other, and nothing is spawned.
///
/// A notice is marked delivered only after its channel's success reply. If that mark cannot be
/// written it is kept and tried again; the notice is not sent again as long as the process lives.
/// `out` hears when a channel begins to fail and when it works again.
pub async fn run(
    mut config: watch::Receiver<Arc<Config>>,
    mut new: mpsc::Receiver<Vec<Notice>>,
    store: watch::Receiver<Option<Store>>,
    out: mpsc::Sender<Report>,
) {
    let first = config.borrow_and_update().clone();
    let mut delivery = Delivery::new(first, Keep(store));
    let (mut open, mut reload, mut heard) = (true, true, true);
    let mut chore: Option<Chore> = None;
    loop {
        let wake = open.then(|| delivery.start(clock::now()));
        if chore.is_none() {
            chore = delivery.chore();
        }
        if !open && delivery.is_still() {
            return;
        }
        tokio::select! {
            notices = new.recv(), if open => match notices {
                Some(notices) => delivery.take(notices, clock::now()),
                None => open = false,
            },
            changed = config.changed(), if reload => match changed {
                Ok(()) => delivery.reconfigure(config.borrow_and_update().clone(), clock::now()),
                Err(_) => reload = false,
            },
            (channel, sent) = ended(&mut delivery.lines) => delivery.settle(&channel, sent),
            permit = out.reserve(), if heard && !delivery.reports.is_empty() => match permit {
                Ok(permit) => {
                    if let Some(report) = delivery.reports.pop_front() {
                        permit.send(report);
                    }
                }
                Err(_) => heard = false,
            },
            asked = delivery.ringing.asked() => delivery.answered(asked),
            done = work(&mut chore) => {
                chore = None;
                delivery.chore_done(done, clock::now());
            }
            () = sleep(wake) => {}
        }
    }
}

type Task<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Chore = Task<Done>;

/// The first line that ended what it was sending.
async fn ended(lines: &mut BTreeMap<String, Line>) -> (String, Sent) {
    poll_fn(|context| {
        for (name, line) in lines.iter_mut() {
            if let Poll::Ready(sent) = line.poll(context) {
                return Poll::Ready((name.clone(), sent));
            }
        }
        Poll::Pending
    })
    .await
}

async fn work(chore: &mut Option<Chore>) -> Done {
    match chore {
        Some(chore) => chore.await,
        None => pending().await,
    }
}

async fn sleep(wait: Option<SignedDuration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait.max(SignedDuration::ZERO).unsigned_abs()).await,
        None => pending().await,
    }
}

/// Notices that ring, their receipts, and since when.
type Receipts = Vec<(Notice, String, Timestamp)>;

/// What a chore brought.
enum Done {
    Loaded(Result<(Vec<Parcel>, Receipts), String>),
    Marked { left: Vec<(String, Mark)> },
}

struct Delivery {
    config: Arc<Config>,
    keep: Keep,
    lines: BTreeMap<String, Line>,
    reports: VecDeque<Report>,
    /// The store was read.
    loaded: bool,
    /// The last chore did not succeed: the next one waits.
    stumbled: bool,
    /// What must still be written down.
    unmarked: Vec<(String, Mark)>,
    /// Keys that may come twice: through `new` and from the store.
    seen: HashSet<String>,
    /// What rings until somebody answers.
    ringing: Ringing,
}

impl Delivery {
    fn new(config: Arc<Config>, keep: Keep) -> Self {
        Self {
            config,
            keep,
            lines: BTreeMap::new(),
            reports: VecDeque::new(),
            loaded: false,
            stumbled: false,
            unmarked: Vec::new(),
            seen: HashSet::new(),
            ringing: Ringing::default(),
        }
    }

    /// Reading the store first; then writing down what could not be written before.
    fn chore(&mut self) -> Option<Chore> {
        let keep = self.keep.clone();
        let wait = if self.stumbled { AGAIN } else { Duration::ZERO };
        if !self.loaded {
            return Some(Box::pin(async move {
                tokio::time::sleep(wait).await;
                let loaded = async { Ok((keep.pending().await?, keep.ringing().await?)) };
                Done::Loaded(loaded.await)
            }));
        }
        if self.unmarked.is_empty() {
            return None;
        }
        let marks = std::mem::take(&mut self.unmarked);
        Some(Box::pin(async move {
            tokio::time::sleep(wait).await;
            let mut left = Vec::new();
            for (key, mark) in marks {
                // After the first failure the others would fail as well.
                if !left.is_empty() || keep.mark(&key, &mark).await.is_err() {
                    left.push((key, mark));
                }
            }
            Done::Marked { left }
        }))
    }

    fn chore_done(&mut self, done: Done, now: Timestamp) {
        match done {
            Done::Loaded(Ok((parcels, receipts))) => {
                for (notice, receipt, at) in receipts {
                    self.ringing.add(&notice.key, &notice, &receipt, at, &self.config);
                }
                for parcel in parcels {
                    self.queue(parcel);
                }
                (self.loaded, self.stumbled) = (true, false);
                self.drop_expired(now);
            }
            Done::Loaded(Err(error)) => {
                self.stumbled = true;
                tracing::warn!(
                    error,
                    "the outbox cannot be read; new notices are sent all the same"
                );
            }
            Done::Marked { mut left } => {
                self.stumbled = !left.is_empty();
                self.unmarked.append(&mut left);
            }
        }
    }

    fn take(&mut self, notices: Vec<Notice>, now: Timestamp) {
        for notice in notices {
            self.queue(Parcel::new(notice, 0, now));
        }
    }

    /// Queues what was not queued before. Once the store was read, only what came until then can
    /// come twice, so `seen` grows no more.
    fn queue(&mut self, parcel: Parcel) {
        let key = &parcel.notice.key;
        if self.seen.contains(key) {
            return;
        }
        if !self.loaded {
            self.seen.insert(key.clone());
        }
        self.ringing.hear(&parcel.notice);
        self.lines.entry(parcel.notice.channel.clone()).or_default().queue.push(parcel);
    }

    fn reconfigure(&mut self, config: Arc<Config>, now: Timestamp) {
        self.config = config;
        for (name, line) in &mut self.lines {
            // A new token or address may be just what was missing.
            line.retry(now);
            if !self.config.channels.contains_key(name) && line.forget() {
                let gone = Observation::Gone { subject: Subject::Channel(name.clone()) };
                self.reports.push_back(report(gone));
            }
        }
        self.drop_expired(now);
    }

    /// Gives up what waited too long for a channel that the config no longer has.
    fn drop_expired(&mut self, now: Timestamp) {
        for (name, line) in &mut self.lines {
            if self.config.channels.contains_key(name) {
                continue;
            }
            let error = format!("there is no channel `{name}` in the config");
            for key in line.expired(now) {
                self.unmarked.push((key, Mark::GivenUp { at: now, error: error.clone() }));
            }
        }
    }

    /// Starts what is due; says how long until there is more to start.
    fn start(&mut self, now: Timestamp) -> SignedDuration {
        let mut wake = LOOK;
        for (name, line) in &mut self.lines {
            let Some(channel) = self.config.channels.get(name) else { continue };
            if let Some(at) = line.start(channel, &self.config.timezone, &self.keep, now) {
                wake = wake.min(at.duration_since(now));
            }
        }
        if let Some(at) = self.ringing.start(&self.config, now) {
            wake = wake.min(at.duration_since(now));
        }
        let ended = self.ringing.ended.drain(..);
        self.unmarked.extend(ended.map(|key| (key, Mark::Receipt { receipt: None })));
        wake
    }

    fn is_still(&self) -> bool {
        self.lines.values().all(|line| !line.is_sending())
    }

    fn settle(&mut self, channel: &str, sent: Sent) {
        let Some(line) = self.lines.get_mut(channel) else { return };
        let key = sent.parcel.notice.key.clone();
        match (&sent.result, &sent.fate) {
            (Ok(_), _) => tracing::info!(channel, key, "delivered"),
            (Err(error), Some(Fate::Again(at))) => {
                tracing::warn!(channel, key, %error, again = %at, "not delivered yet");
            }
            (Err(error), _) => tracing::error!(channel, key, %error, "given up"),
        }
        if let Some(state) = line.outcome(sent.at, &sent.result) {
            let subject = Subject::Channel(channel.to_owned());
            self.reports.push_back(report(Observation::State { subject, state }));
        }
        self.unmarked.extend(sent.unmarked);
        if sent.result.is_ok() {
            // Heard when it was queued, but what it ends may have been on its way then.
            self.ringing.hear(&sent.parcel.notice);
        }
        if let (Ok(Taken { receipt: Some(receipt), .. }), Some(key)) =
            (sent.result, sent.parcel.covers.last())
        {
            self.ringing.add(key, &sent.parcel.notice, &receipt, sent.at, &self.config);
            self.unmarked.push((key.clone(), Mark::Receipt { receipt: Some(receipt) }));
        }
        if let Some(Fate::Again(due)) = sent.fate {
            line.queue.push(Parcel { due, ..sent.parcel });
        }
    }
}

impl Delivery {
    /// Somebody answered what rang, or nobody yet.
    fn answered(&mut self, asked: ringing::Asked) {
        for command in self.ringing.settle(asked) {
            tracing::info!(?command, "answered");
            self.reports.push_back(report(Observation::Command(command)));
        }
    }
}

fn report(observation: Observation) -> Report {
    Report { source: SourceName::Watch, said: Ok(vec![observation]) }
}
