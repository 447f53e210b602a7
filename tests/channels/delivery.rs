//! Delivery from the queue: channels beside one another, a store that cannot be written, and what
//! is said of channels.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use jiff::SignedDuration;
use nightkeep::config::{ChannelConfig, ChannelKind, Config, Secret, StoreConfig};
use nightkeep::model::{Command, Notice, Observation, State, Subject, TellKind};
use nightkeep::notify::deliver;
use nightkeep::source::Report;
use nightkeep::store::{self, Store};
use tokio::sync::{mpsc, watch};

use crate::server::{Answer, Request, reply, serve};
use crate::{notice, now, services};

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

fn channels(kinds: Vec<(&str, ChannelKind)>) -> Arc<Config> {
    let channel = |kind| ChannelConfig { kind, timeout: SignedDuration::from_secs(20) };
    let channels = kinds.into_iter().map(|(name, kind)| (name.to_owned(), channel(kind))).collect();
    Arc::new(Config { channels, ..Config::default() })
}

/// All at once, since each waits as long as it was asked to.
#[tokio::test]
async fn throttled_services_lose_nothing_and_get_their_rest() {
    const ASKED: Duration = Duration::from_secs(8);
    let (mut kinds, mut asked) = (Vec::new(), Vec::new());
    for (name, kind, status, body) in services::all() {
        let limit = reply("429 Too Many Requests", "Retry-After: 8\r\n", "");
        let down = reply("503 Service Unavailable", "Retry-After: 1\r\n", "");
        let mut answers = vec![limit, down];
        answers.extend((0..2).map(|_| reply(status, "", body)));
        let (url, requests) = serve(answers);
        kinds.push((name, kind(&url)));
        asked.push((name, requests));
    }
    let names: Vec<_> = asked.iter().map(|(name, _)| *name).collect();
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path()).await;
    let delivery = start(channels(kinds), Some(store.clone()));
    let notices: Vec<_> = names.iter().flat_map(|name| [copy(1, name), copy(2, name)]).collect();
    store::alert::commit(&store, now(), &[], &[], &notices, &[]).await.unwrap();
    delivery.new.send(notices).await.unwrap();
    let waits = tokio::task::spawn_blocking(move || {
        let mut waits = Vec::new();
        for (name, requests) in &asked {
            let times: Vec<_> =
                (0..4).map(|_| requests.recv_timeout(Duration::from_mins(1)).unwrap().at).collect();
            waits.push((*name, times[1].duration_since(times[0])));
        }
        waits
    });
    for (name, wait) in waits.await.unwrap() {
        assert!(wait >= ASKED, "{name} was asked again after {wait:?}");
    }
    drop(delivery.new);
    delivery.done.await.unwrap();
    let recent = store::outbox::recent(&store, 100).await.unwrap();
    assert_eq!(recent.len(), 2 * names.len());
    let waiting: Vec<_> = recent.iter().filter(|one| one.delivered_at.is_none()).collect();
    assert!(waiting.is_empty(), "{waiting:?}");
}

#[tokio::test]
async fn a_channel_that_keeps_alerts_apart_gets_no_lists() {
    let down = || reply("503 Service Unavailable", "", "");
    let fine = || reply("202 Accepted", "", r#"{"status":"success"}"#);
    let mut answers = vec![down()];
    answers.extend((0..8).map(|_| fine()));
    let (url, requests) = serve(answers);
    let config = channels(vec![("pager", services::pagerduty(&url))]);
    let delivery = start(config.clone(), None);
    let notices: Vec<_> = (1..=8).map(|id| copy(id, "pager")).collect();
    delivery.new.send(notices).await.unwrap();
    let read = tokio::task::spawn_blocking(move || {
        let next = || requests.recv_timeout(Duration::from_mins(1)).unwrap().json();
        (0..9).map(|_| next()["dedup_key"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    });
    let keys: std::collections::BTreeSet<_> = read.await.unwrap().into_iter().collect();
    assert_eq!(keys.len(), 8, "{keys:?}");
    delivery.done.abort();
}

/// The phone's button is an acknowledgement here, also if the watch was restarted in between.
#[tokio::test]
async fn an_answer_on_pushover_acknowledges_the_alerts() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path()).await;
    let notice = copy(1, "phone");
    let notices = [notice.clone()];
    store::alert::commit(&store, now(), &[], &[], &notices, &[]).await.unwrap();
    let taken = r#"{"status":1,"request":"a","receipt":"rLqVuqTRh62UzxtmqiaLzQmVcPgiCy"}"#;
    let (url, requests) = serve(vec![reply("200 OK", "", taken)]);
    let delivery = start(channels(vec![("phone", services::pushover(&url))]), Some(store.clone()));
    let sent = tokio::task::spawn_blocking(move || requests.recv().unwrap());
    assert!(sent.await.unwrap().body.contains("priority=2"));
    while store::outbox::receipts(&store).await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // As after a restart.
    delivery.done.abort();
    let silent = r#"{"status":1,"acknowledged":0,"expired":0}"#;
    let answered = r#"{"status":1,"acknowledged":1,"acknowledged_at":1360019238,"acknowledged_by":"u","acknowledged_by_device":"anna-\u001bphone"}"#;
    let answers = vec![reply("200 OK", "", silent), reply("200 OK", "", answered)];
    let (url, requests) = serve(answers);
    let config = channels(vec![("phone", services::pushover(&url))]);
    let mut delivery = start(config, Some(store.clone()));
    let heard = tokio::time::timeout(Duration::from_mins(1), delivery.out.recv()).await;
    let said = heard.unwrap().unwrap().said.unwrap();
    let Observation::Command(Command::Acknowledge { alert, by, .. }) = &said[0] else {
        panic!("{said:?}")
    };
    assert_eq!((*alert, by.as_str()), (1, "pushover (anna- phone)"));
    let asked = tokio::task::spawn_blocking(move || {
        (0..2).map(|_| requests.recv().unwrap()).collect::<Vec<_>>()
    });
    let asked = asked.await.unwrap();
    for pair in asked.windows(2) {
        assert!(pair[1].at.duration_since(pair[0].at) >= Duration::from_secs(5));
    }
    assert!(asked[0].head.starts_with("GET /1/receipts/rLqVuqTRh62UzxtmqiaLzQmVcPgiCy.json?"));
    // The watch writes it down and says so.
    let mut done = notice;
    done.key = String::from("ack-1-phone");
    done.message.kind = TellKind::Acknowledged;
    delivery.new.send(vec![done]).await.unwrap();
    while !store::outbox::receipts(&store).await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    delivery.done.abort();
}

#[tokio::test]
async fn what_is_over_rings_no_more() {
    let taken = r#"{"status":1,"request":"a","receipt":"rLqVuqTRh62UzxtmqiaLzQmVcPgiCy"}"#;
    let well = || reply("200 OK", "", r#"{"status":1,"request":"a"}"#);
    let (url, requests) = serve(vec![reply("200 OK", "", taken), well(), well()]);
    let delivery = start(channels(vec![("phone", services::pushover(&url))]), None);
    let raised = copy(1, "phone");
    let mut over = copy(2, "phone");
    over.message.kind = TellKind::Recovered;
    over.message.replies_to = vec![1];
    over.message.items[0].alert = 1;
    delivery.new.send(vec![raised]).await.unwrap();
    let read = tokio::task::spawn_blocking(move || {
        let first = requests.recv().unwrap();
        (first, requests)
    });
    let (_, requests) = read.await.unwrap();
    delivery.new.send(vec![over]).await.unwrap();
    let read = tokio::task::spawn_blocking(move || {
        let next = || requests.recv_timeout(Duration::from_mins(1)).unwrap().head;
        [next(), next()].map(|head| head.lines().next().unwrap().to_owned())
    });
    let mut heads = read.await.unwrap();
    heads.sort();
    assert_eq!(
        heads,
        [
            "POST /1/messages.json HTTP/1.1",
            "POST /1/receipts/rLqVuqTRh62UzxtmqiaLzQmVcPgiCy/cancel.json HTTP/1.1"
        ]
    );
    delivery.done.abort();
}
