//! The watch is killed at random points while its channels fail at random. No notice is lost, and
//! none comes again after its delivery was noted.
//!
//! The test runs itself as the child that is killed. `NIGHTKEEP_TEST_SEED` repeats a run.
#![allow(clippy::unwrap_used, reason = "clippy takes only test functions for tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nightkeep::clock;
use nightkeep::config::{ChannelConfig, ChannelKind, Config, Secret, StoreConfig};
use nightkeep::model::{Message, MessageItem, Notice, Severity, TellKind};
use nightkeep::notify::deliver;
use nightkeep::store::outbox::DeliveryState;
use nightkeep::store::{self, Store};
use tokio::sync::{mpsc, watch};

const KILLS: u32 = 200;
const CHANNELS: [&str; 2] = ["a", "b"];

/// xorshift64, enough to make trouble with.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// A request that told of notices.
struct Told {
    /// The life of the child that sent it.
    life: u32,
    /// What it told of.
    keys: BTreeSet<String>,
    /// The success reply was written.
    answered: bool,
}

/// The channels' server.
struct Server {
    random: Mutex<Random>,
    down: [AtomicBool; 2],
    told: Mutex<Vec<Told>>,
}

impl Server {
    fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(&stream);
        let (mut path, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim_end().to_lowercase();
            if let Some(rest) = line.strip_prefix("post /") {
                rest.split(' ').next().unwrap().clone_into(&mut path);
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let (channel, life) = path.split_once('/').unwrap();
        let keys = keys(&serde_json::from_slice(&body).unwrap(), channel);
        let life = life.parse().unwrap();
        let tell = |answered| self.told.lock().unwrap().push(Told { life, keys, answered });

        let down = self.down[usize::from(channel == "b")].load(Ordering::Relaxed);
        let dice = self.random.lock().unwrap().below(10);
        match dice {
            _ if down => stream.write_all(b"HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n"),
            0 => stream.write_all(b"HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n"),
            1 => Ok(()),
            2 => {
                // It has the message, but the reply is lost.
                tell(false);
                Ok(())
            }
            _ => {
                if dice < 6 {
                    std::thread::sleep(Duration::from_millis(u64::from(dice as u32)));
                }
                // Told before the reply: from here on it counts, whoever is killed.
                tell(true);
                stream.write_all(b"HTTP/1.1 204 Taken\r\n\r\n")
            }
        }
    }
}

/// The keys of all notices a message stands for. Every notice carries its number in its summary
/// and title as `#17#`.
fn keys(body: &serde_json::Value, channel: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let key = body["key"].as_str().unwrap();
    if !key.starts_with("older-") {
        keys.insert(key.to_owned());
    }
    for item in body["message"]["items"].as_array().unwrap() {
        let summary = item["summary"].as_str().unwrap();
        let number: u64 = summary.split('#').nth(1).unwrap().parse().unwrap();
        keys.insert(format!("{number}-{channel}"));
        if summary.starts_with("Over on") {
            // A line of a list for a trouble and its end.
            keys.insert(format!("{}-{channel}", number + 1));
        }
    }
    keys
}

#[test]
fn nothing_is_lost_and_nothing_noted_comes_again() {
    let seed = std::env::var("NIGHTKEEP_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| clock::now().as_microsecond().unsigned_abs());
    println!("NIGHTKEEP_TEST_SEED={seed}");
    let mut random = Random(seed | 1);
    let dir = tempfile::tempdir().unwrap();
    let server = Arc::new(Server {
        random: Mutex::new(Random(seed.rotate_left(17) | 1)),
        down: [AtomicBool::new(false), AtomicBool::new(false)],
        told: Mutex::new(Vec::new()),
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answering = server.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let server = answering.clone();
            // The child may be dead already.
            std::thread::spawn(move || drop(server.answer(stream.unwrap())));
        }
    });

    // What was noted as delivered before each life, and all that was committed.
    let mut noted = vec![BTreeSet::new()];
    let mut committed = BTreeSet::new();
    for life in 0..=KILLS {
        for down in &server.down {
            // An outage outlives several lives.
            let flip = random.below(5) == 0;
            down.store(life < KILLS && (down.load(Ordering::Relaxed) ^ flip), Ordering::Relaxed);
        }
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_life", "--nocapture"])
            .env("NIGHTKEEP_TEST_LIFE", format!("{life} {port} {}", dir.path().display()))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let reading = std::thread::spawn(move || output.lines().map_while(Result::ok).collect());
        if life < KILLS {
            std::thread::sleep(Duration::from_millis(random.below(150)));
            child.kill().unwrap();
        }
        let status = child.wait().unwrap();
        assert!(life < KILLS || status.success());
        let lines: Vec<String> = reading.join().unwrap();
        let keys = lines.iter().filter_map(|line| line.strip_prefix("committed "));
        committed.extend(keys.map(str::to_owned));
        noted.push(delivered(dir.path()));
    }

    let told = server.told.lock().unwrap();
    let mut times: BTreeMap<(u32, &str), u32> = BTreeMap::new();
    for told in told.iter() {
        for key in &told.keys {
            assert!(
                !noted[told.life as usize].contains(key),
                "{key} was told again in life {} though its delivery was noted",
                told.life
            );
            *times.entry((told.life, key)).or_default() += u32::from(told.answered);
        }
    }
    for ((life, key), times) in times {
        assert!(times <= 1, "{key} was taken {times} times in life {life}");
    }
    let heard: BTreeSet<String> = told.iter().flat_map(|told| told.keys.clone()).collect();
    let lost: Vec<_> = committed.difference(&heard).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    let last = &noted[noted.len() - 1];
    assert!(committed.is_subset(last), "not noted at the end: {:?}", committed.difference(last));
    let lists = told.iter().filter(|told| told.keys.len() > 2).count();
    println!("{} notices, {} requests, {lists} of them lists", committed.len(), told.len());
    assert!(committed.len() > 200, "only {} notices: the test shows nothing", committed.len());
}

/// The keys noted as delivered.
fn delivered(dir: &Path) -> BTreeSet<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // Killed before there was a store.
        let Ok(store) = Store::open_read_only(dir).await else { return BTreeSet::new() };
        let all = store::outbox::recent(&store, 1_000_000).await.unwrap();
        store.close().await;
        let delivered = all.into_iter().filter(|one| one.state == DeliveryState::Delivered);
        delivered.map(|one| one.key).collect()
    })
}

/// The child: opens the store, decides, delivers, until it is killed. In its last life it decides
/// nothing and ends when nothing waits.
#[tokio::test]
async fn a_life() {
    let Ok(life) = std::env::var("NIGHTKEEP_TEST_LIFE") else { return };
    let mut parts = life.splitn(3, ' ');
    let life: u32 = parts.next().unwrap().parse().unwrap();
    let port: u16 = parts.next().unwrap().parse().unwrap();
    let path = PathBuf::from(parts.next().unwrap());
    let channel = |name: &str| ChannelConfig {
        kind: ChannelKind::Webhook {
            url: Secret::new(format!("http://127.0.0.1:{port}/{name}/{life}")),
            key: None,
            headers: BTreeMap::new(),
        },
        timeout: SignedDuration::from_secs(20),
    };
    let channels = CHANNELS.iter().map(|name| ((*name).to_owned(), channel(name))).collect();
    let config = Config { channels, ..Config::default() };
    let store = Store::open(&StoreConfig { path, ..config.store.clone() }, "web1").await.unwrap();
    let number = |key: &str| key.split('-').next().unwrap().parse::<u64>().unwrap();
    let before = store::outbox::recent(&store, 1_000_000).await.unwrap();
    let mut id = before.iter().map(|one| number(&one.key)).max().unwrap_or(0);

    let (config, config_out) = watch::channel(Arc::new(config));
    let (new, new_out) = mpsc::channel(8);
    let (reports, _out) = mpsc::channel(64);
    let (_opened, opened) = watch::channel(Some(store.clone()));
    tokio::spawn(deliver::run(config_out, new_out, opened, reports));
    let mut random = Random(u64::from(life) * 7919 + 1);
    let started = clock::monotonic();
    loop {
        assert!(started.elapsed() < Duration::from_mins(2), "something waits for ever");
        tokio::time::sleep(Duration::from_millis(random.below(8))).await;
        // A reload tries everything at once that waits: nobody waits for a back-off here.
        config.send_modify(|_| ());
        if life == KILLS {
            if store::outbox::pending(&store).await.unwrap().is_empty() {
                return;
            }
            continue;
        }
        if random.below(3) > 0 {
            continue;
        }
        id += 1;
        let notices = CHANNELS.map(|channel| notice(id, channel, &mut random)).to_vec();
        store::alert::commit(&store, clock::now(), &[], &[], &notices, &[]).await.unwrap();
        for notice in &notices {
            println!("committed {}", notice.key);
        }
        new.send(notices).await.unwrap();
    }
}

/// Odd numbers are troubles, even ones the end of the one before.
fn notice(id: u64, channel: &str, random: &mut Random) -> Notice {
    let ends = id.is_multiple_of(2);
    let at: Timestamp = clock::now();
    let severity = if random.below(3) == 0 { Severity::Critical } else { Severity::Warning };
    let summary = format!("#{id}# happened");
    let item = MessageItem {
        alert: id - u64::from(ends),
        rule: String::from("unit-failed"),
        subject: String::from("unit:caddy.service"),
        severity,
        summary: summary.clone(),
        since: at,
        until: ends.then_some(at),
        evidence: Vec::new(),
        next: String::new(),
        held: None,
    };
    let message = Message {
        id,
        at,
        kind: if ends { TellKind::Recovered } else { TellKind::Raised },
        severity,
        host: String::from("web1"),
        title: summary,
        items: vec![item],
        replies_to: if ends { vec![id - 1] } else { Vec::new() },
    };
    Notice { key: format!("{id}-{channel}"), channel: channel.to_owned(), message }
}
