use std::sync::Arc;

use super::*;
use crate::config::StoreConfig;
use crate::heartbeat::contract;
use crate::model::{HeartbeatStatus as Status, Observation, State};

struct Scene {
    desk: Arc<Desk>,
    stores: watch::Sender<Option<Store>>,
    reports: mpsc::Receiver<Report>,
    config: StoreConfig,
    _directory: tempfile::TempDir,
}

#[expect(clippy::unused_async, reason = "it spawns")]
async fn scene() -> Scene {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    let config = StoreConfig { path, ..crate::config::Config::default().store };
    let desk = Arc::new(Desk::new(None));
    let (stores, watched) = watch::channel(None);
    let (out, reports) = mpsc::channel(64);
    let pen = Arc::clone(&desk);
    tokio::task::spawn(async move { pen.write(watched).await });
    let clock = Arc::clone(&desk);
    tokio::task::spawn(async move { clock.watch(out).await });
    Scene { desk, stores, reports, config, _directory: directory }
}

impl Scene {
    async fn open(&self) -> Store {
        let store = Store::open(&self.config, "testhost").await.unwrap();
        self.stores.send_replace(Some(store.clone()));
        while self.key().is_none() {
            tokio::task::yield_now().await;
        }
        store
    }

    fn key(&self) -> Option<String> {
        let key = |book: &Book| book.projects().next().map(|it| it.ping_key.reveal().to_owned());
        self.desk.look(key).flatten()
    }

    async fn ping(&self, rest: &str) -> Reply {
        let key = self.key().unwrap_or_default();
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let asked = contract::read(&format!("/ping/{key}/{path}"), Some(query));
        let caller = Caller { method: String::from("GET"), ..Caller::default() };
        self.desk.ping(&asked.unwrap(), &caller, b"").await
    }

    /// The next state of a check that is said.
    async fn state(&mut self) -> Status {
        loop {
            let report = timeout(DEADLINE, self.reports.recv()).await.unwrap().unwrap();
            for said in report.said.unwrap() {
                if let Observation::State { state: State::Heartbeat(state), .. } = said {
                    return state.status;
                }
            }
        }
    }
}

#[tokio::test]
async fn without_a_store_nothing_is_acknowledged_and_nothing_denied() {
    let scene = scene().await;
    let asked = contract::read("/ping/key/job", None).unwrap();
    let reply = scene.desk.ping(&asked, &Caller::default(), b"").await;
    assert_eq!(reply, Reply::Unavailable);
}

#[tokio::test]
async fn what_was_not_acknowledged_is_told_all_the_same_and_written_later() {
    let mut scene = scene().await;
    let store = scene.open().await;
    assert_eq!(scene.ping("job?create=1").await, Reply::Created);
    assert_eq!(scene.state().await, Status::Up);
    store.close().await;
    assert_eq!(scene.ping("job/fail").await, Reply::Unavailable);
    assert_eq!(scene.state().await, Status::Down);
    scene.open().await;
    assert_eq!(scene.ping("job/log").await, Reply::Ok);
    scene.open().await;
    let again = store::heartbeat::book(&scene.open().await).await.unwrap();
    let (id, check) = again.checks().next().unwrap();
    assert_eq!((check.life.pings, check.life.status), (3, Status::Down));
    let store = scene.open().await;
    let log = store::heartbeat::log(&store, id, None, 10).await.unwrap();
    let kinds: Vec<_> = log.iter().map(|line| (line.n, line.kind.as_str())).collect();
    assert_eq!(kinds, [(3, "log"), (1, "success")]);
    let flips = store::heartbeat::flips(&store, id, Timestamp::MIN, Timestamp::MAX).await.unwrap();
    assert_eq!(flips.len(), 2);
}

#[tokio::test]
async fn what_is_due_is_done_at_the_moment() {
    let mut scene = scene().await;
    scene.open().await;
    assert_eq!(scene.ping("job?create=1").await, Reply::Created);
    assert_eq!(scene.state().await, Status::Up);
    let milliseconds = jiff::SignedDuration::from_millis;
    let id = scene.desk.look(|book| book.checks().next().unwrap().0).unwrap();
    let change = |book: &mut Book, now| {
        let mut definition = book.get(id).unwrap().definition.clone();
        definition.when = crate::heartbeat::When::every(milliseconds(150));
        definition.grace = milliseconds(50);
        book.define(id, definition, now)
    };
    assert!(scene.desk.change(change).await.unwrap());
    assert_eq!(scene.state().await, Status::Up);
    assert_eq!(scene.state().await, Status::Down);
    let (now, since) = scene
        .desk
        .look(|book| book.get(id).unwrap().life.since)
        .map(|since| (scene.desk.now(), since))
        .unwrap();
    let last = scene.desk.look(|book| book.get(id).unwrap().life.last_ping.unwrap()).unwrap();
    assert_eq!(since, last + milliseconds(200));
    assert!(now.duration_since(since) < milliseconds(5000), "{now} {since}");
}

#[tokio::test]
async fn the_log_keeps_the_newest_and_the_last_failures() {
    let scene = scene().await;
    let store = scene.open().await;
    assert_eq!(scene.ping("job?create=1").await, Reply::Created);
    let id = scene.desk.look(|book| book.checks().next().unwrap().0).unwrap();
    // By the minute, so that the flood limit lets every line through.
    let mut at = scene.desk.now();
    for n in 0..405 {
        at += jiff::SignedDuration::from_secs(60);
        let kind = if n < 30 { contract::Kind::Fail } else { contract::Kind::Success };
        let caller = Caller::default();
        let ping = |book: &mut Book, _| {
            let ping = crate::heartbeat::book::Ping {
                kind,
                exit: None,
                rid: None,
                caller: &caller,
                body: b"said",
                said: b"said",
            };
            book.hear(id, &ping, at)
        };
        assert!(scene.desk.change(ping).await.unwrap());
    }
    let log = store::heartbeat::log(&store, id, None, 1000).await.unwrap();
    let failures = log.iter().filter(|line| line.kind == contract::Kind::Fail).count();
    assert_eq!(failures, 20);
    // Pruned at the 401st line, and five came since.
    assert_eq!(log.len(), 100 + 20 + 5);
    let body = store::heartbeat::body(&store, id, log[0].n).await.unwrap();
    assert_eq!(body.as_deref(), Some(&b"said"[..]));
}
