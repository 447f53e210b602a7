//! Delivery from the queue: channels beside one another, a store that cannot be written, and what
//! is said of channels.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use jiff::SignedDuration;
use nightkeep::config::{ChannelConfig, ChannelKind, Config, Secret, StoreConfig};
use nightkeep::model::{Notice, Observation, State, Subject};
use nightkeep::notify::deliver;
use nightkeep::source::Report;
use nightkeep::store::{self, Store};
use tokio::sync::{mpsc, watch};

use crate::server::{Answer, Request, reply, serve};
use crate::{notice, now};

fn config(urls: &[(&str, &str)]) -> Arc<Config> {
    let channel = |url: &str| ChannelConfig {
        kind: ChannelKind::Webhook { url: Secret::new(url), key: None, headers: BTreeMap::new() },
        timeout: SignedDuration::from_secs(20),
    };
    let channels = urls.iter().map(|(name, url)| ((*name).to_owned(), channel(url))).collect();
    Arc::new(Config { channels, ..Config::default() })
}

fn copy(id: u64, channel: &str) -> Notice {
    let mut notice = notice();
    notice.message.id = id;
    notice.message.items[0].alert = id;
    notice.key = format!("{id}-{channel}");
    channel.clone_into(&mut notice.channel);
    notice
}

/// A running delivery.
struct Delivery {
    config: watch::Sender<Arc<Config>>,
    new: mpsc::Sender<Vec<Notice>>,
    out: mpsc::Receiver<Report>,
    done: tokio::task::JoinHandle<()>,
}

fn start(config: Arc<Config>, store: Option<Store>) -> Delivery {
    let (config, config_out) = watch::channel(config);
    let (new, new_out) = mpsc::channel(8);
    let (reports, out) = mpsc::channel(8);
    let (_, opened) = watch::channel(store);
    let done = tokio::spawn(deliver::run(config_out, new_out, opened, reports));
    Delivery { config, new, out, done }
}

/// The keys of the next requests.
async fn keys(requests: Receiver<Request>, count: usize) -> Vec<String> {
    let all = tokio::task::spawn_blocking(move || {
        let next = || requests.recv_timeout(Duration::from_secs(20)).unwrap();
        (0..count).map(|_| next().header("idempotency-key").unwrap().to_owned()).collect()
    });
    all.await.unwrap()
}

fn ok() -> Answer {
    reply("204 No Content", "", "")
}

async fn store(dir: &Path) -> Store {
    let config = StoreConfig { path: dir.to_owned(), ..Config::default().store };
    Store::open(&config, "web1").await.unwrap()
}

#[tokio::test]
async fn a_silent_channel_delays_no_other() {
    let (silent, _requests) = serve(vec![Answer::Silence]);
    let (well, requests) = serve(vec![ok(), ok(), ok()]);
    let delivery = start(config(&[("silent", &silent), ("well", &well)]), None);
    delivery.new.send(vec![copy(1, "silent"), copy(1, "well")]).await.unwrap();
    delivery.new.send(vec![copy(2, "silent"), copy(2, "well")]).await.unwrap();
    delivery.new.send(vec![copy(3, "well")]).await.unwrap();
    assert_eq!(keys(requests, 3).await, ["1-well", "2-well", "3-well"]);
    delivery.done.abort();
}

#[tokio::test]
async fn what_waits_in_the_store_is_sent_and_marked() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path()).await;
    let waiting = [copy(1, "a"), copy(2, "a")];
    store::alert::commit(&store, now(), &[], &[], &waiting, &[]).await.unwrap();
    let (url, requests) = serve(vec![ok(), ok()]);
    let delivery = start(config(&[("a", &url)]), Some(store.clone()));
    // The watch hands it over as well.
    delivery.new.send(waiting.to_vec()).await.unwrap();
    assert_eq!(keys(requests, 2).await, ["1-a", "2-a"]);
    // It ends by itself once nothing new can come.
    drop(delivery.new);
    delivery.done.await.unwrap();
    assert!(store::outbox::pending(&store).await.unwrap().is_empty());
}

#[tokio::test]
async fn with_a_store_that_cannot_be_written_it_is_told_once() {
    let dir = tempfile::tempdir().unwrap();
    let writable = store(dir.path()).await;
    store::alert::commit(&writable, now(), &[], &[], &[copy(1, "a")], &[]).await.unwrap();
    writable.close().await;
    let store = Store::open_read_only(dir.path()).await.unwrap();
    let (url, requests) = serve(vec![ok(), ok(), ok()]);
    let delivery = start(config(&[("a", &url)]), Some(store.clone()));
    delivery.new.send(vec![copy(2, "a")]).await.unwrap();
    // A reload makes everything due that waits.
    delivery.config.send_replace(config(&[("a", &url)]));
    let mut told = keys(requests, 2).await;
    told.sort();
    assert_eq!(told, ["1-a", "2-a"]);
    delivery.new.send(vec![copy(3, "a"), copy(1, "a")]).await.unwrap();
    drop(delivery.new);
    delivery.done.await.unwrap();
    assert_eq!(store::outbox::pending(&store).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_channel_that_fails_is_told_of_once_and_its_end_too() {
    let down = || reply("503 Service Unavailable", "", "");
    let (url, requests) = serve(vec![down(), down(), ok(), ok()]);
    let mut delivery = start(config(&[("a", &url)]), None);
    delivery.new.send(vec![copy(1, "a"), copy(2, "a")]).await.unwrap();
    let mut states = Vec::new();
    while states.len() < 2 {
        // As the owner does who mended something: what waits is tried at once.
        delivery.config.send_replace(config(&[("a", &url)]));
        let wait = tokio::time::timeout(Duration::from_millis(50), delivery.out.recv());
        if let Ok(report) = wait.await {
            states.extend(report.unwrap().said.unwrap());
        }
    }
    let told = |observation: &Observation| match observation {
        Observation::State { subject, state: State::Channel { failing_since, error } } => {
            assert_eq!(*subject, Subject::Channel(String::from("a")));
            (failing_since.is_some(), error.clone())
        }
        other => panic!("{other:?}"),
    };
    let states: Vec<_> = states.iter().map(told).collect();
    assert_eq!(states, [(true, String::from("HTTP 503")), (false, String::new())]);
    assert_eq!(keys(requests, 4).await.len(), 4);
    delivery.done.abort();
}
