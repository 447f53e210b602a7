//! Those who come from outside, over HTTP and with mails: one task for each place that is listened at,
//! one for each connection.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::supervise::Crashes;
use crate::config::{Config, Listen};
use crate::model::SourceName;
use crate::smtp;
use crate::source::{Blind, Report};
use crate::web::{self, App, Listener};

/// The socket for pings of this machine, beside the one of the command line.
pub(super) const PINGS: &str = "ping.sock";
/// A place it could not listen at is tried again after this.
const AGAIN: Duration = Duration::from_secs(10);
/// Requests that are being answered when it stops have this long.
const LAST_ANSWERS: Duration = Duration::from_secs(4);
/// After a connection could not be taken (no file left, most likely).
const PAUSE: Duration = Duration::from_millis(100);

/// What is spoken at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Speaks {
    Http,
    Smtp,
}

/// Listens where the config says, and for pings of this machine, until `stop` says so. A reload
/// opens and closes only what it changes; a place that is closed answers what it has taken.
pub(super) async fn run(
    app: App,
    pings: PathBuf,
    mut config: watch::Receiver<Arc<Config>>,
    mut stop: watch::Receiver<bool>,
    out: mpsc::Sender<Report>,
    crashes: Crashes,
) {
    let (http, smtp) =
        (Arc::new(Semaphore::new(web::LIMIT)), Arc::new(Semaphore::new(smtp::LIMIT)));
    let mut places: BTreeMap<(Listen, Speaks), watch::Sender<bool>> = BTreeMap::new();
    let mut tasks = JoinSet::new();
    let mut was_deaf = false;
    tasks.spawn({
        let app = app.clone();
        async move { app.look_back().await }
    });
    loop {
        let mut wanted = wanted(&config.borrow_and_update(), &pings);
        let mut deaf = Vec::new();
        // Passwords never go in plain text where TLS is wanted.
        if let Err(error) = app.has_certificate() {
            wanted.retain(|(place, speaks)| *speaks != Speaks::Http || !place.is_open());
            deaf.push(error);
        }
        // Dropping the sender closes the place.
        places.retain(|place, _| wanted.contains(place));
        for place in wanted.iter().filter(|place| !places.contains_key(place)).collect::<Vec<_>>() {
            let (listen_at, speaks) = place;
            match Listener::open(listen_at) {
                Ok(listener) => {
                    let (room, what) = match speaks {
                        Speaks::Http => (&http, "HTTP"),
                        Speaks::Smtp => (&smtp, "mails"),
                    };
                    tracing::info!("listening on {listen_at} for {what}");
                    let (close, closed) = watch::channel(false);
                    let (app, room, crashes) = (app.clone(), Arc::clone(room), crashes.clone());
                    let listener = (listener, listen_at.is_open());
                    tasks.spawn(listen(listener, *speaks, app, room, closed, crashes));
                    places.insert(place.clone(), close);
                }
                Err(error) => deaf.push(error),
            }
        }
        for error in &deaf {
            tracing::error!("{error}");
        }
        let said = match deaf.first() {
            Some(error) => Err(Blind { why: error.why.clone(), mend: error.mend.clone() }),
            None => Ok(Vec::new()),
        };
        let is_deaf = said.is_err();
        if is_deaf || was_deaf {
            // The receiver is the watch itself: when it is gone, so is all this.
            let _ = out.send(Report { source: SourceName::Heartbeat, said }).await;
        }
        was_deaf = is_deaf;
        tokio::select! {
            changed = config.changed() => if changed.is_err() { break },
            () = sleep(AGAIN), if is_deaf => {}
            Some(_) = tasks.join_next() => {}
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    drop(places);
    let all = async { while tasks.join_next().await.is_some() {} };
    let _ = timeout(LAST_ANSWERS, all).await;
}

/// Where the config says that is listened, and for pings of this machine.
fn wanted(config: &Config, pings: &Path) -> Vec<(Listen, Speaks)> {
    let mails = config.heartbeat_mail.listen.iter().map(|place| (place.clone(), Speaks::Smtp));
    let own = (Listen::Pings(pings.to_owned()), Speaks::Http);
    let web = config.web.listen.iter().map(|place| (place.clone(), Speaks::Http));
    web.chain(mails).chain([own]).collect()
}

/// Takes connections until it is closed, and then answers what it has taken.
async fn listen(
    (listener, is_open): (Listener, bool),
    speaks: Speaks,
    app: App,
    room: Arc<Semaphore>,
    mut closed: watch::Receiver<bool>,
    crashes: Crashes,
) {
    let mut connections = JoinSet::new();
    let (last, is_last) = watch::channel(false);
    loop {
        let next = async {
            // Never closed.
            let permit = Arc::clone(&room).acquire_owned().await;
            (permit, listener.accept().await)
        };
        tokio::select! {
            // The sender is gone.
            _ = closed.changed() => break,
            Some(ended) = connections.join_next() => {
                if ended.is_err() {
                    let _ = crashes.send("an answer").await;
                }
            }
            (permit, accepted) = next => match accepted {
                Ok((stream, peer)) => {
                    let (app, is_last) = (app.clone(), is_last.clone());
                    connections.spawn(async move {
                        let _permit = permit;
                        match speaks {
                            Speaks::Http => web::serve(stream, peer, is_open, app, is_last).await,
                            Speaks::Smtp => {
                                let domain = app.config.borrow().heartbeat_mail.domain.clone();
                                smtp::serve(stream, peer, &domain, &app.desk, is_last).await;
                            }
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!("a connection could not be taken: {error}");
                    sleep(PAUSE).await;
                }
            }
        }
    }
    drop(listener);
    last.send_replace(true);
    while connections.join_next().await.is_some() {}
}
