//! What answers is not what was expected, or says that it is not well: each has its name.

#![allow(clippy::unwrap_used)]

mod databases;
mod datagrams;
mod domain;
mod fake;
mod mail;
mod others;

use std::time::Duration;

use fake::Fake;
use nightkeep_probe::{
    Answer, Database, Family, Fault, Grpc, Http, Mail, MailProtocol, Net, Outcome, Phase, Place,
    Probe, Redis, Ssh, Target, WebSocket, run,
};
use rustls::RootCertStore;

/// Asks, for two seconds at most.
pub(crate) async fn outcome(target: Target) -> Outcome {
    let net = Net::new(RootCertStore::empty()).unwrap();
    let probe =
        Probe { target, timeout: Duration::from_secs(2), family: Family::Any, resolver: None };
    run(&probe, &net, "2026-11-29T12:00:00Z".parse().unwrap()).await
}

pub(crate) async fn ask(target: Target) -> Result<Answer, Fault> {
    outcome(target).await.result
}

/// The words of the fault.
pub(crate) async fn said(target: Target) -> String {
    let fault = ask(target).await.expect_err("a fault");
    let words = fault.to_string();
    assert!(!words.contains(char::is_control) && words.chars().count() < 500, "{words:?}");
    words
}

pub(crate) fn local(port: u16) -> Place {
    Place { host: String::from("127.0.0.1"), port }
}

pub(crate) fn database(port: u16) -> Database {
    let (user, password, database) = (None, None, None);
    Database { place: local(port), user, password, database, tls: false, insecure: false }
}

pub(crate) fn redis(port: u16) -> Redis {
    Redis { place: local(port), user: None, password: None, tls: false, insecure: false }
}

pub(crate) fn mail(port: u16, protocol: MailProtocol) -> Mail {
    Mail { place: local(port), protocol, starttls: false, tls: false, insecure: false }
}

pub(crate) fn websocket(port: u16) -> WebSocket {
    let url = format!("ws://127.0.0.1:{port}/chat");
    let http = Http { url, body_limit: 1000, ..Http::default() };
    WebSocket { http, protocols: Vec::new() }
}

pub(crate) fn grpc(port: u16) -> Grpc {
    Grpc { place: local(port), service: String::new(), tls: false, insecure: false }
}

/// Everything that is asked over TCP.
fn all(port: u16) -> Vec<(&'static str, Target)> {
    vec![
        ("redis", Target::Redis(redis(port))),
        ("postgres", Target::Postgres(database(port))),
        ("postgres with TLS", Target::Postgres(Database { tls: true, ..database(port) })),
        ("mysql", Target::Mysql(database(port))),
        ("smtp", Target::Mail(mail(port, MailProtocol::Smtp))),
        ("imap", Target::Mail(mail(port, MailProtocol::Imap))),
        ("ssh", Target::Ssh(Ssh { place: local(port) })),
        ("websocket", Target::WebSocket(Box::new(websocket(port)))),
        ("grpc", Target::Grpc(grpc(port))),
    ]
}

#[tokio::test]
async fn nothing_comes() {
    let fake = Fake::silent().await;
    let asked = all(fake.port).into_iter().map(async |(name, target)| {
        let fault = ask(target).await.expect_err(name);
        assert!(matches!(fault, Fault::TimedOut { phase: Phase::Answer, .. }), "{name}: {fault}");
    });
    futures_util::future::join_all(asked).await;
}

#[tokio::test]
async fn it_hangs_up_at_once() {
    let fake = Fake::says(b"").await;
    for (name, target) in all(fake.port) {
        let fault = ask(target).await.expect_err(name);
        let phase = match fault {
            Fault::Closed { phase } | Fault::Reset { phase } => phase,
            fault => panic!("{name}: {fault}"),
        };
        assert_eq!(phase, Phase::Answer, "{name}");
    }
}

#[tokio::test]
async fn it_is_something_else() {
    for said in [&b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"[..], b"Who is there?\n"]
    {
        let fake = Fake::says(said).await;
        for (name, target) in all(fake.port) {
            if name == "websocket" && said.starts_with(b"HTTP") {
                continue;
            }
            let fault = ask(target).await.expect_err(name);
            let Fault::NotSpoken { said: shown, .. } = &fault else { panic!("{name}: {fault}") };
            assert!(said.starts_with(shown.as_bytes()) && !shown.is_empty(), "{name}: {shown:?}");
        }
    }
}

#[tokio::test]
async fn it_is_noise() {
    let noise: Vec<u8> =
        (0..4000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let fake = Fake::says(&noise).await;
    for (name, target) in all(fake.port) {
        let fault = ask(target).await.expect_err(name);
        assert!(
            matches!(fault, Fault::NotSpoken { .. } | Fault::Malformed { .. }),
            "{name}: {fault}"
        );
    }
}

#[tokio::test]
async fn it_never_stops() {
    for line in [&b"a"[..], b"220-more\r\n", b"* more\r\n", b"+", b"S\0\0\0\x0ap=value\0", b"x\n"] {
        let fake = Fake::endless(line).await;
        for (name, target) in all(fake.port) {
            let fault = ask(target).await.expect_err(name);
            assert!(!matches!(fault, Fault::TimedOut { .. }), "{name}, {line:?}: {fault}");
        }
    }
}

#[tokio::test]
async fn it_waits_for_tls() {
    // A fatal alert, "unexpected message".
    let fake = Fake::says(&[0x15, 3, 3, 0, 2, 2, 10]).await;
    for (name, target) in all(fake.port) {
        let fault = ask(target).await.expect_err(name);
        assert!(matches!(fault, Fault::SpeaksTls { .. }), "{name}: {fault}");
    }
}

#[tokio::test]
async fn each_byte_comes_alone() {
    let fake = Fake::slow(b"+PONG\r\n").await;
    assert_eq!(ask(Target::Redis(redis(fake.port))).await.unwrap().body, b"PONG");
    let fake = Fake::slow(b"SSH-2.0-x\r\n").await;
    let ssh = ask(Target::Ssh(Ssh { place: local(fake.port) })).await.unwrap();
    assert_eq!(ssh.body, b"SSH-2.0-x");
}
