//! The channels that speak HTTP.

use std::collections::BTreeMap;
use std::net::TcpListener;

use hmac::{Hmac, Mac};
use jiff::SignedDuration;
use nightkeep::config::{ChannelKind, Secret};
use nightkeep::notify::SendError;
use sha2::Sha256;

use crate::server::{Answer, Request, reply, serve};
use crate::{huge, notice, now, outcome, recovery, send, send_within};

const TOKEN: &str = "123456:s3cr3t-t0k3n";
const PATH: &str = "/services/T000/B000/s3cr3tpath";

fn ntfy(url: &str) -> ChannelKind {
    ChannelKind::Ntfy {
        server: url.to_owned(),
        topic: Secret::new("s3cr3t-topic"),
        token: Some(Secret::new(TOKEN)),
    }
}

fn slack(url: &str) -> ChannelKind {
    ChannelKind::Slack { url: Secret::new(format!("{url}{PATH}")) }
}

fn telegram(url: &str) -> ChannelKind {
    ChannelKind::Telegram {
        server: url.to_owned(),
        token: Secret::new(TOKEN),
        chat: String::from("-1001"),
        thread: Some(5),
    }
}

fn webhook(url: &str) -> ChannelKind {
    ChannelKind::Webhook {
        url: Secret::new(format!("{url}{PATH}?k={TOKEN}")),
        key: Some(Secret::new("whsec")),
        headers: BTreeMap::from([(String::from("X-Token"), Secret::new(TOKEN))]),
    }
}

type Kind = fn(&str) -> ChannelKind;

/// A channel, a reply (status, headers, body), and what is made of it.
type Case<'a> = (Kind, &'a str, &'a str, &'a str, (&'a str, Option<i64>));

/// What a channel makes of one reply. Whatever the server echoes, no error shows a secret.
fn told(kind: Kind, answer: Answer) -> (&'static str, Option<i64>) {
    let (url, _requests) = serve(vec![answer]);
    let result = send(kind(&url), &notice());
    if let Err(error) = &result {
        let error = error.to_string();
        for secret in [TOKEN, PATH, "s3cr3t", "whsec"] {
            assert!(!error.contains(secret), "{error}");
        }
    }
    outcome(&result)
}

fn request(kind: Kind, success: Answer) -> Request {
    let (url, requests) = serve(vec![success]);
    send(kind(&url), &notice()).unwrap();
    requests.recv().unwrap()
}

#[test]
fn replies_mean_what_the_services_document() {
    let later = |seconds| ("later", seconds);
    let quarter = later(Some(15 * 60));
    let limit = "429 Too Many Requests";
    let telegram_limit = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 12","parameters":{"retry_after":12}}"#;
    let no_path = format!("Cannot POST {PATH}?k={TOKEN}");
    let no_bot = format!("no such path: /bot{TOKEN}/sendMessage");
    let bad_token = format!("bad token {TOKEN}");
    let cases: Vec<Case<'_>> = vec![
        (
            ntfy,
            "200 OK",
            "",
            r#"{"id":"hQ3m","time":1,"event":"message","topic":"t"}"#,
            ("ok", None),
        ),
        (ntfy, "200 OK", "", "<html>Welcome to nginx</html>", later(None)),
        (
            ntfy,
            limit,
            "",
            r#"{"code":42901,"http":429,"error":"limit reached: too many requests"}"#,
            later(None),
        ),
        (ntfy, "403 Forbidden", "", r#"{"code":40301,"http":403,"error":"forbidden"}"#, quarter),
        (ntfy, "401 Unauthorized", "", &bad_token, quarter),
        (
            ntfy,
            "400 Bad Request",
            "",
            r#"{"code":40014,"http":400,"error":"attachments not allowed"}"#,
            ("never", None),
        ),
        (ntfy, "413 Payload Too Large", "", "", ("never", None)),
        (ntfy, "500 Internal Server Error", "", "", later(None)),
        (slack, "200 OK", "", "ok", ("ok", None)),
        (slack, "200 OK", "", "<html>sign in to the hotel's network</html>", later(None)),
        (slack, limit, "Retry-After: 30\r\n", "rate_limited", later(Some(30))),
        (slack, "404 Not Found", "", "no_service", ("never", None)),
        (slack, "410 Gone", "", "channel_is_archived", ("never", None)),
        (slack, "400 Bad Request", "", "invalid_payload", ("never", None)),
        (slack, "500 Internal Server Error", "", "rollup_error", later(None)),
        (telegram, "200 OK", "", r#"{"ok":true,"result":{"message_id":7}}"#, ("ok", None)),
        (telegram, "200 OK", "", r#"{"ok":false}"#, later(None)),
        (telegram, limit, "", telegram_limit, later(Some(12))),
        (
            telegram,
            "400 Bad Request",
            "",
            r#"{"ok":false,"error_code":400,"description":"Bad Request: can't parse entities"}"#,
            ("never", None),
        ),
        (
            telegram,
            "401 Unauthorized",
            "",
            r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#,
            quarter,
        ),
        (
            telegram,
            "403 Forbidden",
            "",
            r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was kicked"}"#,
            quarter,
        ),
        (telegram, "404 Not Found", "", &no_bot, quarter),
        (telegram, "502 Bad Gateway", "", "", later(None)),
        (webhook, "200 OK", "", "", ("ok", None)),
        (webhook, "202 Accepted", "", "queued", ("ok", None)),
        (webhook, "204 No Content", "", "", ("ok", None)),
        (webhook, "302 Found", "Location: http://elsewhere.example/\r\n", "", ("never", None)),
        (webhook, "404 Not Found", "", &no_path, ("never", None)),
        (webhook, "408 Request Timeout", "", "", later(None)),
        (webhook, "425 Too Early", "", "", later(None)),
        (webhook, limit, "Retry-After: Mon, 23 Nov 2026 01:16:30 GMT\r\n", "", later(Some(90))),
        (webhook, "503 Service Unavailable", "Retry-After: 120\r\n", "", later(Some(120))),
    ];
    for (kind, status, headers, body, expected) in cases {
        assert_eq!(told(kind, reply(status, headers, body)), expected, "{status} {body}");
    }
}

#[test]
fn broken_replies_are_tried_again() {
    let broken = |body: &str| Answer::Bytes(body.as_bytes().to_vec());
    for (what, kind) in [("slack", slack as Kind), ("telegram", telegram), ("ntfy", ntfy)] {
        let cut = broken("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nok and th");
        assert_eq!(told(kind, cut).0, "later", "{what}: cut off");
        assert_eq!(told(kind, broken("220 smtp.example ESMTP\r\n")).0, "later", "{what}: not HTTP");
        assert_eq!(told(kind, broken("")).0, "later", "{what}: closed");
        let endless = reply("200 OK", "", &"x".repeat(3 << 20));
        assert_eq!(told(kind, endless).0, "later", "{what}: endless");
    }
    // Any 2xx is a webhook's word, whatever becomes of the rest.
    assert_eq!(told(webhook, broken("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx")).0, "ok");
}

#[test]
fn a_silent_server_costs_no_more_than_the_timeout() {
    let (url, _requests) = serve(vec![Answer::Silence]);
    let result = send_within(slack(&url), &notice(), now(), SignedDuration::from_millis(300));
    assert_eq!(outcome(&result).0, "later");
    assert!(result.unwrap_err().to_string().starts_with("no answer within"));
}

#[test]
fn what_cannot_be_reached_is_tried_again() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for url in [format!("http://{closed}"), String::from("https://nowhere.invalid")] {
        let result = send(telegram(&url), &notice());
        assert_eq!(outcome(&result).0, "later");
        let error = result.unwrap_err().to_string();
        assert!(!error.contains(TOKEN), "{error}");
    }
    for url in ["ftp://example.org", "hooks.example", "http://"] {
        assert_eq!(outcome(&send(webhook(url), &notice())).0, "never", "{url}");
    }
}

#[test]
fn ntfy_gets_json_with_the_token_in_a_header() {
    let request = request(ntfy, reply("200 OK", "", r#"{"id":"a"}"#));
    assert!(request.head.starts_with("POST / HTTP/1.1\n"), "{}", request.head);
    assert_eq!(request.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    let body = request.json();
    assert_eq!(body["topic"], "s3cr3t-topic");
    assert_eq!(body["priority"], 5);
    assert_eq!(body["title"], notice().message.title);
    assert!(body["message"].as_str().unwrap().contains("nightkeep alerts ack 17"));
}

#[test]
fn markup_is_escaped() {
    let slack = request(slack, reply("200 OK", "", "ok")).json();
    assert!(!slack.to_string().contains("<!channel>"), "{slack}");
    assert!(slack["text"].as_str().unwrap().contains("&lt;failed&gt; &amp; „exit 1“"), "{slack}");
    let telegram = request(telegram, reply("200 OK", "", r#"{"ok":true}"#)).json();
    let text = telegram["text"].as_str().unwrap();
    assert!(text.starts_with("<b>CRITICAL web1: caddy.service &lt;failed&gt; &amp;"), "{text}");
    assert_eq!(telegram["message_thread_id"], 5);
}

#[test]
fn a_huge_message_fits_every_service() {
    let sent = |kind: Kind, body: &str| {
        let (url, requests) = serve(vec![reply("200 OK", "", body)]);
        send(kind(&url), &huge()).unwrap();
        requests.recv().unwrap().json()
    };
    let ntfy = sent(ntfy, r#"{"id":"a"}"#);
    assert!(ntfy["message"].as_str().unwrap().len() <= 4096);
    let telegram = sent(telegram, r#"{"ok":true}"#);
    let shown = telegram["text"].as_str().unwrap().replace("&lt;", "<").replace("&gt;", ">");
    assert!(shown.encode_utf16().count() <= 4096);
    let slack = sent(slack, "ok");
    for block in slack["blocks"].as_array().unwrap() {
        assert!(block["text"]["text"].as_str().unwrap().chars().count() <= 3000);
    }
}

#[test]
fn telegram_follows_a_group_that_moved() {
    let moved = r#"{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-100200}}"#;
    let answers = vec![
        reply("400 Bad Request", "", moved),
        reply("200 OK", "", r#"{"ok":true,"result":{"message_id":1}}"#),
    ];
    let (url, requests) = serve(answers);
    send(telegram(&url), &notice()).unwrap();
    assert_eq!(requests.recv().unwrap().json()["chat_id"], "-1001");
    assert_eq!(requests.recv().unwrap().json()["chat_id"], -100_200);
}

#[test]
fn a_webhook_is_signed_and_carries_its_key() {
    let request = request(webhook, reply("204 No Content", "", ""));
    assert_eq!(request.header("idempotency-key"), Some("40-test"));
    assert_eq!(request.header("x-token"), Some(TOKEN));
    let signature = request.header("nightkeep-signature").unwrap();
    let (time, hash) = signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    assert_eq!(time, now().as_second().to_string());
    let bytes: Vec<u8> = (0..hash.len() / 2)
        .map(|place| u8::from_str_radix(&hash[2 * place..2 * place + 2], 16).unwrap())
        .collect();
    let mut mac = Hmac::<Sha256>::new_from_slice(b"whsec").unwrap();
    mac.update(format!("{time}.{}", request.body).as_bytes());
    mac.verify_slice(&bytes).unwrap();
    assert_eq!(request.json()["message"]["items"][0]["subject"], "unit:caddy.service");
}

#[test]
fn a_recovery_rings_softly() {
    let (url, requests) = serve(vec![reply("200 OK", "", r#"{"id":"a"}"#)]);
    send(ntfy(&url), &recovery()).unwrap();
    assert_eq!(requests.recv().unwrap().json()["priority"], 3);
}

#[test]
fn refused_credentials_say_what_to_mend() {
    let (url, _requests) = serve(vec![reply("401 Unauthorized", "", "")]);
    let Err(SendError::Later { why, .. }) = send(ntfy(&url), &notice()) else { panic!() };
    assert!(why.contains("check the channel's `token`"), "{why}");
}
