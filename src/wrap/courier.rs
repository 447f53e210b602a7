//! Brings pings to the watch, those of a heartbeat one after the other, and never in the job's way.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

use super::ping::Ping;
use super::place::Place;
use super::post::{self, Untaken};
use super::spool::{Lock, Spool, Waiting};
use crate::clock;

/// What one ping may take.
const EACH: Duration = Duration::from_secs(10);
/// How long until it is looked again whether another still sends.
const TURN: Duration = Duration::from_millis(20);
/// Waits between attempts.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(5);
/// How long a process of its own goes on trying; then it is left to the next run.
const PERSISTENCE: Duration = Duration::from_hours(24);

/// Of one run.
pub(super) struct Courier {
    /// None: nobody is told.
    place: Option<Place>,
    waiting: Option<Waiting>,
    /// What no file could be written for.
    in_hand: RefCell<Vec<Ping>>,
    /// What was refused for good, in sentences.
    refused: RefCell<BTreeSet<String>>,
    why: RefCell<Option<String>>,
    closed: watch::Sender<bool>,
    news: Notify,
}

/// Files wait on.
enum Unsent {
    /// The watch did not take one.
    Away(String),
    /// They cannot be read or removed.
    Stuck,
}

impl From<io::Error> for Unsent {
    fn from(_: io::Error) -> Self {
        Self::Stuck
    }
}

impl Courier {
    pub(super) fn new(waiting: Option<Waiting>, place: Option<Place>) -> Self {
        Self {
            place,
            waiting,
            in_hand: RefCell::default(),
            refused: RefCell::default(),
            why: RefCell::default(),
            closed: watch::Sender::new(false),
            news: Notify::new(),
        }
    }

    /// Keeps a ping until it is taken.
    pub(super) fn keep(&self, ping: Ping) {
        if self.place.is_none() {
            return;
        }
        let kept = self.waiting.as_ref().is_some_and(|waiting| waiting.keep(&ping).is_ok());
        if !kept {
            self.in_hand.borrow_mut().push(ping);
        }
        self.news.notify_one();
    }

    /// Nothing more comes: one more attempt, and that is it.
    pub(super) fn close(&self) {
        self.closed.send_replace(true);
        self.news.notify_one();
    }

    /// Until [`Self::close`].
    pub(super) async fn closed(&self) {
        // We hold the sender ourselves.
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// Sends what is kept, as often as it takes, until the attempt after [`Self::close`].
    pub(super) async fn work(&self) {
        let Some(place) = &self.place else { return self.closed().await };
        let mut wait = FIRST_WAIT;
        loop {
            let last = *self.closed.borrow();
            let why = self.bring(place).await.err();
            let all = why.is_none();
            self.why.replace(why);
            if last {
                return;
            }
            if all {
                wait = FIRST_WAIT;
                self.news.notified().await;
            } else {
                let _ = timeout(wait, self.news.notified()).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
        }
    }

    /// Sends what waits, oldest first, up to the first that is not taken.
    async fn bring(&self, place: &Place) -> Result<(), String> {
        if let Some(waiting) = &self.waiting {
            match send(waiting, place).await {
                Ok(refused) => self.refused.borrow_mut().extend(refused),
                Err(Unsent::Away(why)) => return Err(why),
                // That is no reason to keep back the rest.
                Err(Unsent::Stuck) => {}
            }
        }
        loop {
            let Some(ping) = self.in_hand.borrow().first().cloned() else { return Ok(()) };
            let refused = take(place, &ping).await?;
            self.refused.borrow_mut().extend(refused);
            self.in_hand.borrow_mut().remove(0);
        }
    }

    /// Whether something could not be sent. Leaves it to whoever goes on.
    pub(super) fn leave(&self) -> io::Result<bool> {
        let Some(place) = &self.place else { return Ok(false) };
        let in_hand = self.in_hand.take();
        let Some(waiting) = &self.waiting else {
            let why = "there is no directory to keep it in";
            return if in_hand.is_empty() { Ok(false) } else { Err(io::Error::other(why)) };
        };
        for ping in &in_hand {
            waiting.keep(ping)?;
        }
        // What cannot be read was not left by this run.
        if waiting.is_empty(clock::now()).unwrap_or(true) {
            return Ok(false);
        }
        waiting.goes_to(place)?;
        Ok(true)
    }

    /// Why something still waits, if that is known.
    pub(super) fn why(&self) -> Option<String> {
        self.why.take()
    }

    /// What was refused for good, in sentences.
    pub(super) fn refused(&self) -> BTreeSet<String> {
        self.refused.take()
    }
}

/// Sends the files of a heartbeat. What was refused for good is gone and said.
async fn send(waiting: &Waiting, place: &Place) -> Result<Vec<String>, Unsent> {
    let mut refused = Vec::new();
    if waiting.is_empty(clock::now())? {
        return Ok(refused);
    }
    let _alone = turn(waiting).await?;
    loop {
        let files = waiting.files(clock::now())?;
        if files.is_empty() {
            return Ok(refused);
        }
        for file in files {
            if let Some(ping) = waiting.read(&file) {
                refused.extend(take(place, &ping).await.map_err(Unsent::Away)?);
            }
            std::fs::remove_file(&file)?;
        }
    }
}

/// Until no other sends for this heartbeat.
async fn turn(waiting: &Waiting) -> io::Result<Lock> {
    loop {
        if let Some(lock) = waiting.sending()? {
            return Ok(lock);
        }
        sleep(TURN).await;
    }
}

/// Sends one ping. `Ok` if there is no more to do about it.
async fn take(place: &Place, ping: &Ping) -> Result<Option<String>, String> {
    match timeout(EACH, post::post(place, ping)).await {
        Ok(Ok(())) => Ok(None),
        Ok(Err(Untaken::Never(why))) => Ok(Some(why)),
        Ok(Err(Untaken::Later(why))) => Err(why),
        Err(_) => Err(format!("{place} does not answer")),
    }
}

/// Goes on for this user's jobs that ended, until nothing waits or a day has passed. One such
/// process is enough.
pub(crate) async fn deliver() -> io::Result<()> {
    let Some(spool) = Spool::of_this_process() else { return Ok(()) };
    let begun = clock::monotonic();
    let mut wait = FIRST_WAIT;
    while let Some(only) = only(&spool).await? {
        while !round(&spool).await? {
            if begun.elapsed() > PERSISTENCE {
                return Ok(());
            }
            sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        // Somebody may have left something before the lock was let go, and seen it held.
        drop(only);
        if nothing_waits(&spool)? {
            return Ok(());
        }
    }
    Ok(())
}

/// The lock of the only process that delivers. A job that ends looks whether it is held, and holds
/// it for that moment itself.
async fn only(spool: &Spool) -> io::Result<Option<Lock>> {
    for _ in 0..10 {
        if let Some(lock) = spool.delivering()? {
            return Ok(Some(lock));
        }
        sleep(TURN).await;
    }
    Ok(None)
}

/// One attempt for every heartbeat, side by side. True if nothing waits any more.
async fn round(spool: &Spool) -> io::Result<bool> {
    let attempts = spool.all()?.into_iter().map(|waiting| async move {
        let Some(place) = waiting.place() else { return true };
        send(&waiting, &place).await.is_ok()
    });
    Ok(futures_util::future::join_all(attempts).await.into_iter().all(|all| all))
}

fn nothing_waits(spool: &Spool) -> io::Result<bool> {
    let now = clock::now();
    let is_empty = |waiting: &Waiting| waiting.is_empty(now).unwrap_or(true);
    Ok(spool.all()?.iter().all(|waiting| waiting.place().is_none() || is_empty(waiting)))
}
