//! The edge of the heartbeats: a call is answered only when it is durable. Calls that come while
//! others are being written down are written together, so that a flood costs few commits.
//!
//! The watch spawns `write` and `watch`; whoever is called uses `ping`, `change` and `look`.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::book::{Book, PingKey, Writes};
use super::contract::{Asked, Caller, Reply};
use crate::clock::{Reading, Steady};
use crate::config::HeartbeatConfig;
use crate::model::SourceName;
use crate::source::Report;
use crate::store::{self, Store, StoreError};

/// Whoever waits longer for the store is told to try again.
const DEADLINE: Duration = Duration::from_secs(10);
/// A store that could not be written is tried again after this.
const AGAIN: Duration = Duration::from_secs(1);
/// A timer sleeps no longer, so that it notices a clock that was set.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// What is down is said again after this: a judge that lost sight of it waits no longer than twice
/// that.
const TROUBLE: SignedDuration = SignedDuration::from_mins(5);
/// What is well is said again after this.
const WELL: SignedDuration = SignedDuration::from_hours(6);

/// The book with its pen. Shared by all who are called.
#[derive(Debug)]
pub struct Desk {
    inner: Mutex<Inner>,
    /// Something is to be written down.
    work: Notify,
    /// The judge has something to hear, or something is due sooner.
    news: Notify,
}

#[derive(Debug)]
struct Inner {
    /// None until it was read from the store.
    book: Option<Book>,
    clock: Steady,
    /// What the config wants, and which file that is.
    wanted: Option<Vec<HeartbeatConfig>>,
    waiting: Vec<oneshot::Sender<Result<(), Unwritten>>>,
    /// When the timer wakes.
    wakes: Option<Timestamp>,
    /// When all is said again, and when what is down is.
    again: (Timestamp, Timestamp),
}

impl Inner {
    fn now(&mut self) -> Timestamp {
        let Reading { now, leapt } = self.clock.read();
        if leapt.is_some() {
            // The judge has lost sight of everything.
            self.again.0 = Timestamp::MIN;
        }
        now
    }
}

/// It could not be made durable; what it changed holds in memory and is written later, but must
/// not be acknowledged.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Unwritten {
    /// There is no store, or the checks in it were not read yet.
    #[error("there is no store")]
    NoStore,
    /// The store says so.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It takes too long.
    #[error("the store does not answer")]
    Late,
}

impl Desk {
    /// A desk without a book. `alive_until` is the last time known from before a restart.
    pub fn new(alive_until: Option<Timestamp>) -> Self {
        let inner = Inner {
            book: None,
            clock: Steady::start(alive_until),
            wanted: None,
            waiting: Vec::new(),
            wakes: None,
            again: (Timestamp::MIN, Timestamp::MIN),
        };
        Self { inner: Mutex::new(inner), work: Notify::new(), news: Notify::new() }
    }

    /// Answers a ping over HTTP. What is acknowledged is durable.
    pub async fn ping(&self, asked: &Asked, caller: &Caller, body: &[u8]) -> Reply {
        let (reply, written) = {
            let mut inner = self.lock();
            let now = inner.now();
            let Some(book) = &mut inner.book else { return Reply::Unavailable };
            let reply = book.ping(asked, caller, body, now, &mut Uuid::new_v4);
            if !reply.is_acknowledged() {
                return reply;
            }
            (reply, self.hand_in(&mut inner))
        };
        match durable(written).await {
            Ok(()) => reply,
            // The pen says why.
            Err(_) => Reply::Unavailable,
        }
    }

    /// Changes the book. Returns when what it changed is durable.
    ///
    /// # Errors
    /// When it could not be made durable. It holds until the next restart, and is written when the
    /// store can be.
    pub async fn change<T>(
        &self,
        change: impl FnOnce(&mut Book, Timestamp) -> T,
    ) -> Result<T, Unwritten> {
        let (answer, written) = {
            let mut inner = self.lock();
            let now = inner.now();
            let Some(book) = &mut inner.book else { return Err(Unwritten::NoStore) };
            let answer = change(book, now);
            if !book.has_writes() {
                return Ok(answer);
            }
            (answer, self.hand_in(&mut inner))
        };
        durable(written).await.map(|()| answer)
    }

    /// The heartbeats of the config are to be as it says now, or as soon as the store was read.
    pub fn follow(&self, wanted: &[HeartbeatConfig]) {
        self.lock().wanted = Some(wanted.to_vec());
        self.follow_wanted();
    }

    fn follow_wanted(&self) {
        let mut inner = self.lock();
        let now = inner.now();
        let Inner { book: Some(book), wanted: Some(wanted), .. } = &mut *inner else {
            return;
        };
        for slug in book.follow(wanted, now, &mut Uuid::new_v4) {
            tracing::warn!(
                "the heartbeat {slug} keeps the address it has: the `uuid` of the config is another's"
            );
        }
        self.work.notify_one();
        self.news.notify_one();
    }

    /// Looks into the book. None: it was not read yet.
    pub fn look<T>(&self, look: impl FnOnce(&Book) -> T) -> Option<T> {
        self.lock().book.as_ref().map(look)
    }

    /// The time by the desk's own clock, the one that calls are dated with.
    pub fn now(&self) -> Timestamp {
        self.lock().now()
    }

    /// Writes down what changes, until the store's sender is gone.
    pub async fn write(&self, mut stores: watch::Receiver<Option<Store>>) {
        let mut was_well = true;
        loop {
            let store = stores.borrow_and_update().clone();
            if let Some(store) = &store {
                self.read(store).await;
            }
            let written = self.write_all(store.as_ref()).await;
            match &written {
                Ok(()) if !was_well => tracing::info!("pings are written down again"),
                Err(error) if was_well => tracing::error!("pings are not acknowledged: {error}"),
                _ => {}
            }
            was_well = written.is_ok();
            tokio::select! {
                () = self.work.notified() => {}
                () = sleep(AGAIN), if !was_well => {}
                changed = stores.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Does what is due at the very moment, and tells the judge what changes, until the receiver
    /// is gone.
    pub async fn watch(&self, out: mpsc::Sender<Report>) {
        loop {
            let (news, wait) = self.tick();
            if !news.is_empty() {
                let report = Report { source: SourceName::Heartbeat, said: Ok(news) };
                if out.send(report).await.is_err() {
                    return;
                }
            }
            tokio::select! {
                () = sleep(wait) => {}
                () = self.news.notified() => {}
                () = out.closed() => return,
            }
        }
    }

    fn tick(&self) -> (Vec<crate::model::Observation>, Duration) {
        let mut inner = self.lock();
        let inner = &mut *inner;
        let now = inner.now();
        let Some(book) = &mut inner.book else { return (Vec::new(), LONGEST_SLEEP) };
        book.tick(now);
        let (all, down) = inner.again;
        if now >= all {
            book.restate(false);
            inner.again = (now + WELL, now + TROUBLE);
        } else if now >= down {
            book.restate(true);
            inner.again.1 = now + TROUBLE;
        }
        if book.has_writes() {
            self.work.notify_one();
        }
        let (news, due) = (book.take_news(), book.due());
        inner.wakes = due;
        let wait = due.map_or(LONGEST_SLEEP, |due| {
            // Rounded up: a timer that wakes too soon would wake again at once.
            let wait = Duration::try_from(due.duration_since(now)).unwrap_or_default();
            wait.min(LONGEST_SLEEP) + Duration::from_micros(500)
        });
        (news, wait)
    }

    /// Reads the book, if that was not done.
    async fn read(&self, store: &Store) {
        if self.lock().book.is_some() {
            return;
        }
        let mut book = match store::heartbeat::book(store).await {
            Ok(book) => book,
            Err(error) => {
                tracing::error!("the heartbeats cannot be read, pings are not taken: {error}");
                return;
            }
        };
        if book.projects().next().is_none() {
            let mut random = [0; 16];
            match getrandom::fill(&mut random) {
                Ok(()) => _ = book.add_project("default", PingKey::new(random)),
                Err(error) => tracing::error!("no ping key, the kernel gives no numbers: {error}"),
            }
        }
        self.lock().book = Some(book);
        self.follow_wanted();
        self.news.notify_one();
    }

    /// Writes until nothing is left.
    async fn write_all(&self, store: Option<&Store>) -> Result<(), Unwritten> {
        loop {
            let (writes, waiting) = {
                let mut inner = self.lock();
                let has_writes = inner.book.as_ref().is_some_and(Book::has_writes);
                if !has_writes && inner.waiting.is_empty() {
                    return Ok(());
                }
                let waiting = std::mem::take(&mut inner.waiting);
                let writes = inner.book.as_mut().map(Book::take_writes).unwrap_or_default();
                (writes, waiting)
            };
            let outcome = self.write_once(store, writes).await;
            for waiting in waiting {
                // Whoever waited may have gone.
                let _ = waiting.send(outcome.clone());
            }
            outcome?;
        }
    }

    async fn write_once(&self, store: Option<&Store>, writes: Writes) -> Result<(), Unwritten> {
        let outcome = match store {
            Some(store) => store::heartbeat::commit(store, &writes).await.map_err(Unwritten::Store),
            None => Err(Unwritten::NoStore),
        };
        if outcome.is_err()
            && let Some(book) = &mut self.lock().book
        {
            book.give_back(writes);
        }
        outcome
    }

    /// What was changed is to be written; the answer comes when it is.
    fn hand_in(&self, inner: &mut Inner) -> oneshot::Receiver<Result<(), Unwritten>> {
        let (sender, written) = oneshot::channel();
        inner.waiting.push(sender);
        self.work.notify_one();
        let sooner = |book: &Book| match (book.due(), inner.wakes) {
            (Some(due), Some(wakes)) => due < wakes,
            (due, None) => due.is_some(),
            (None, Some(_)) => false,
        };
        if inner.book.as_ref().is_some_and(|book| book.has_news() || sooner(book)) {
            self.news.notify_one();
        }
        written
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Whoever panicked with it had not finished one change; all others are whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn durable(written: oneshot::Receiver<Result<(), Unwritten>>) -> Result<(), Unwritten> {
    match timeout(DEADLINE, written).await {
        Ok(Ok(written)) => written,
        // The writer crashed, or the disk hangs.
        Ok(Err(_)) | Err(_) => Err(Unwritten::Late),
    }
}

#[cfg(test)]
mod tests;
