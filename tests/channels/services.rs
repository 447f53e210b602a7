//! The services that speak HTTP in ways of their own, against fakes that answer as documented.

use nightkeep::config::{ChannelKind, Pushover, Secret};
use nightkeep::model::{Notice, Severity, TellKind};
use serde_json::Value;

use crate::server::{Answer, Request, reply, serve};
use crate::{huge, notice, now, outcome, recovery, send};

const TOKEN: &str = "s3cr3t-t0k3n-of-the-service";

fn discord(url: &str) -> ChannelKind {
    ChannelKind::Discord {
        url: Secret::new(format!("{url}/api/webhooks/12/{TOKEN}")),
        thread: Some(77),
    }
}

fn gotify(url: &str) -> ChannelKind {
    ChannelKind::Gotify { server: url.to_owned(), token: Secret::new(TOKEN) }
}

pub(crate) fn pushover(url: &str) -> ChannelKind {
    ChannelKind::Pushover(Pushover {
        server: url.to_owned(),
        token: Secret::new(TOKEN),
        user: Secret::new("s3cr3t-user"),
        device: None,
        emergency: true,
        retry: jiff::SignedDuration::from_secs(60),
        expire: jiff::SignedDuration::from_hours(1),
    })
}

fn matrix(url: &str) -> ChannelKind {
    ChannelKind::Matrix {
        server: url.to_owned(),
        token: Secret::new(TOKEN),
        room: String::from("!room:example.org"),
    }
}

fn teams(url: &str) -> ChannelKind {
    ChannelKind::Teams { url: Secret::new(format!("{url}/workflows/1?sig={TOKEN}")) }
}

pub(crate) fn pagerduty(url: &str) -> ChannelKind {
    ChannelKind::Pagerduty { server: url.to_owned(), key: Secret::new(TOKEN) }
}

fn apprise(url: &str) -> ChannelKind {
    ChannelKind::AppriseApi {
        server: url.to_owned(),
        key: Secret::new(TOKEN),
        tags: vec![String::from("night"), String::from("phone")],
    }
}

pub(crate) type Kind = fn(&str) -> ChannelKind;

/// A channel, a reply (status, headers, body), and what is made of it.
type Case<'a> = (Kind, &'a str, &'a str, &'a str, (&'a str, Option<i64>));

/// Every one of them with what it says when it takes a message.
pub(crate) fn all() -> Vec<(&'static str, Kind, &'static str, &'static str)> {
    vec![
        ("discord", discord, "200 OK", r#"{"id":"1189","content":"…"}"#),
        ("gotify", gotify, "200 OK", r#"{"id":25,"appid":5,"message":"…"}"#),
        ("pushover", pushover, "200 OK", r#"{"status":1,"request":"647d2300"}"#),
        ("matrix", matrix, "200 OK", r#"{"event_id":"$a"}"#),
        ("teams", teams, "202 Accepted", ""),
        (
            "pagerduty",
            pagerduty,
            "202 Accepted",
            r#"{"status":"success","message":"Event processed","dedup_key":"…"}"#,
        ),
        ("apprise", apprise, "200 OK", r#"{"error":"","details":[]}"#),
    ]
}

fn requests(kind: Kind, notice: &Notice) -> Request {
    let (_, _, status, body) =
        all().into_iter().find(|(_, known, ..)| std::ptr::fn_addr_eq(*known, kind)).unwrap();
    let (url, requests) = serve(vec![reply(status, "", body)]);
    send(kind(&url), notice).unwrap();
    requests.recv().unwrap()
}

fn form(request: &Request) -> std::collections::BTreeMap<String, String> {
    form_urlencoded::parse(request.body.as_bytes()).into_owned().collect()
}

/// What a channel makes of one reply. Whatever the server echoes, no error shows a secret.
fn told(kind: Kind, answer: Answer) -> (&'static str, Option<i64>) {
    let (url, _requests) = serve(vec![answer]);
    let result = send(kind(&url), &notice());
    if let Err(error) = &result {
        assert!(!error.to_string().contains("s3cr3t"), "{error}");
    }
    outcome(&result)
}

#[test]
fn replies_mean_what_the_services_document() {
    let later = |seconds| ("later", seconds);
    let quarter = later(Some(15 * 60));
    let (no, gone, limit) = ("400 Bad Request", "404 Not Found", "429 Too Many Requests");
    let echo = format!("Cannot POST /api/webhooks/12/{TOKEN}?sig={TOKEN}");
    let reset = format!("X-Limit-App-Reset: {}\r\n", now().as_second() + 1800);
    let discord_limit =
        r#"{"message":"You are being rate limited.","retry_after":64.57,"global":false}"#;
    let discord_ms = "Retry-After: 65\r\nX-RateLimit-Scope: user\r\n";
    let pushover_token = r#"{"token":"invalid","errors":["application token is invalid"],"status":0,"request":"5042"}"#;
    let pushover_quota = r#"{"errors":["your application is over its quota"],"status":0}"#;
    let pushover_long = r#"{"message":"cannot be blank","errors":["message cannot be blank"],"status":0,"request":"5042"}"#;
    let matrix_limit =
        r#"{"errcode":"M_LIMIT_EXCEEDED","error":"Too Many Requests","retry_after_ms":2500}"#;
    let matrix_token =
        r#"{"errcode":"M_UNKNOWN_TOKEN","error":"Invalid access token","soft_logout":false}"#;
    let matrix_out =
        r#"{"errcode":"M_FORBIDDEN","error":"User @a:b not in room !room:example.org"}"#;
    let teams_off =
        r#"{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"Could not execute"}}"#;
    let teams_old = "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429";
    let pagerduty_key = r#"{"status":"invalid event","message":"Event object is invalid","errors":["Length of 'routing_key' is incorrect (should be 32 characters)"]}"#;
    let pagerduty_bad = r#"{"status":"invalid event","message":"Event object is invalid","errors":["'payload.summary' is missing or blank"]}"#;
    let cases: Vec<Case<'_>> = vec![
        (discord, "204 No Content", "", "", ("ok", None)),
        (discord, "200 OK", "", "<html>", later(None)),
        (discord, limit, "", discord_limit, later(Some(64))),
        (discord, limit, discord_ms, discord_limit, later(Some(65))),
        (discord, limit, "Retry-After: 3\r\n", "<html>1015</html>", later(Some(3))),
        (discord, gone, "", r#"{"message":"Unknown Webhook","code":10015}"#, quarter),
        (discord, "401 Unauthorized", "", &echo, quarter),
        (discord, no, "", r#"{"code":50035,"message":"Invalid Form Body"}"#, ("never", None)),
        (discord, "502 Bad Gateway", "", "", later(None)),
        (gotify, "200 OK", "", r#"{"hello":"nginx"}"#, later(None)),
        (gotify, "401 Unauthorized", "", r#"{"error":"Unauthorized","errorCode":401}"#, quarter),
        (gotify, "403 Forbidden", "", &echo, quarter),
        (gotify, gone, "", "", quarter),
        (gotify, no, "", r#"{"error":"Bad Request"}"#, ("never", None)),
        (gotify, "500 Internal Server Error", "", "", later(None)),
        (pushover, "200 OK", "", r#"{"status":0}"#, later(None)),
        (pushover, no, "", pushover_token, quarter),
        (pushover, no, "", pushover_long, ("never", None)),
        (pushover, limit, &reset, pushover_quota, later(Some(1800))),
        (pushover, "500 Internal Server Error", "", "", later(None)),
        (matrix, "200 OK", "", "{}", later(None)),
        (matrix, limit, "", matrix_limit, later(Some(2))),
        (matrix, limit, "Retry-After: 9\r\n", matrix_limit, later(Some(9))),
        (matrix, "401 Unauthorized", "", matrix_token, quarter),
        (matrix, "403 Forbidden", "", matrix_out, quarter),
        (matrix, gone, "", r#"{"errcode":"M_UNRECOGNIZED","error":"no"}"#, quarter),
        (matrix, "413 Payload Too Large", "", r#"{"errcode":"M_TOO_LARGE"}"#, ("never", None)),
        (teams, "200 OK", "", "1", ("ok", None)),
        (teams, "200 OK", "", teams_old, later(None)),
        (teams, no, "", teams_off, quarter),
        (teams, no, "", r#"{"error":{"code":"TriggerInputSchemaMismatch"}}"#, ("never", None)),
        (teams, gone, "", &echo, quarter),
        (teams, "401 Unauthorized", "", &echo, quarter),
        (teams, "413 Request Entity Too Large", "", "", ("never", None)),
        (teams, limit, "Retry-After: 20\r\n", "", later(Some(20))),
        (pagerduty, "202 Accepted", "", "<html>", later(None)),
        (pagerduty, no, "", pagerduty_key, quarter),
        (pagerduty, no, "", pagerduty_bad, ("never", None)),
        (pagerduty, limit, "", "", later(None)),
        (pagerduty, "500 Internal Server Error", "", "", later(None)),
        (apprise, "200 OK", "", "<!DOCTYPE html>", later(None)),
        (apprise, "204 No Content", "", "", quarter),
        (apprise, "424 Failed Dependency", "", r#"{"error":"failed"}"#, ("unclear", None)),
        (apprise, "500 Internal Server Error", "", "", later(None)),
    ];
    for (kind, status, headers, body, expected) in cases {
        assert_eq!(told(kind, reply(status, headers, body)), expected, "{status} {body}");
    }
    for (name, kind, status, body) in all() {
        assert_eq!(told(kind, reply(status, "", body)).0, "ok", "{name}");
    }
}

#[test]
fn broken_replies_are_tried_again() {
    let broken = |body: &str| Answer::Bytes(body.as_bytes().to_vec());
    for (name, kind, ..) in all() {
        if !["teams", "apprise"].contains(&name) {
            let cut = broken("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"id\":");
            assert_eq!(told(kind, cut).0, "later", "{name}: cut off");
        }
        assert_eq!(told(kind, broken("220 smtp.example\r\n")).0, "later", "{name}: not HTTP");
        assert_eq!(told(kind, broken("")).0, "later", "{name}: closed");
    }
}

#[test]
fn a_huge_message_fits_every_service() {
    let discord = requests(discord, &huge()).json();
    assert!(discord["content"].as_str().unwrap().encode_utf16().count() <= 2000);
    let pushover = form(&requests(pushover, &huge()));
    assert!(pushover["message"].chars().count() <= 1024);
    assert!(pushover["title"].chars().count() <= 250);
    assert!(requests(matrix, &huge()).body.len() <= 65_536);
    assert!(requests(teams, &huge()).body.len() <= 28_000);
    let mut quoted = huge();
    for item in &mut quoted.message.items {
        item.evidence = vec!["\"\\\"<".repeat(50); 3];
    }
    assert!(requests(matrix, &quoted).body.len() <= 65_536);
    assert!(requests(teams, &quoted).body.len() <= 28_000);
    let mut one = huge();
    one.message.items.truncate(1);
    one.message.items[0].summary = "ä".repeat(4000);
    one.message.items[0].subject = "ü".repeat(4000);
    let event = requests(pagerduty, &one).json();
    assert!(event["payload"]["summary"].as_str().unwrap().chars().count() <= 1024);
    assert!(event["dedup_key"].as_str().unwrap().chars().count() <= 255);
}

#[test]
fn hostile_text_calls_nobody_and_forges_nothing() {
    let mut hostile = notice();
    hostile.message.title = String::from("CRITICAL web1: @everyone [click](https://evil.example)");
    hostile.message.items[0].evidence = vec![String::from("``` @everyone <@1> **bold** <b>&</b>")];
    let body = requests(discord, &hostile).json();
    let content = body["content"].as_str().unwrap();
    assert_eq!(body["allowed_mentions"], serde_json::json!({"parse": []}));
    assert_eq!(content.matches("```").count(), 2, "{content}");
    assert!(content.starts_with(r"**CRITICAL web1\: \@everyone \[click\]\(https"), "{content}");
    let body = requests(matrix, &hostile).json();
    assert_eq!(body["m.mentions"], serde_json::json!({}));
    assert!(body["formatted_body"].as_str().unwrap().contains("&lt;b&gt;&amp;&lt;/b&gt;"));
    // Runs know no markup.
    let card = requests(teams, &hostile).json().to_string();
    assert!(!card.contains("TextBlock\",\"text") && card.contains("TextRun"), "{card}");
}

#[test]
fn loudness_follows_the_severity() {
    let loud = |kind: TellKind, severity: Severity| {
        let mut notice = if kind == TellKind::Recovered { recovery() } else { notice() };
        notice.message.kind = kind;
        notice.message.severity = severity;
        notice.message.items[0].severity = severity;
        let pushover = form(&requests(pushover, &notice));
        (
            requests(gotify, &notice).json()["priority"].as_u64().unwrap(),
            pushover["priority"].clone(),
            pushover.contains_key("retry") && pushover.contains_key("expire"),
            requests(discord, &notice).json()["flags"].as_u64().unwrap() & (1 << 12) != 0,
            requests(apprise, &notice).json()["type"].as_str().unwrap().to_owned(),
        )
    };
    let told = |gotify, pushover: &str, again, quiet, apprise: &str| {
        (gotify, pushover.to_owned(), again, quiet, apprise.to_owned())
    };
    let (raised, critical) = (TellKind::Raised, Severity::Critical);
    assert_eq!(loud(raised, critical), told(10, "2", true, false, "failure"));
    assert_eq!(loud(raised, Severity::Warning), told(5, "0", false, false, "warning"));
    assert_eq!(loud(raised, Severity::Info), told(2, "-1", false, true, "info"));
    assert_eq!(loud(TellKind::Recovered, critical), told(4, "0", false, false, "success"));
}

#[test]
fn every_attempt_at_a_matrix_notice_is_the_same_transaction() {
    let place = |notice: &Notice| requests(matrix, notice).head.lines().next().unwrap().to_owned();
    let first = place(&notice());
    assert!(first.starts_with("PUT /_matrix/client/v3/rooms/%21room%3Aexample%2Eorg/send/m.room."));
    assert_eq!(place(&notice()), first);
    let mut elsewhere = notice();
    elsewhere.message.host = String::from("web2");
    assert_ne!(place(&elsewhere), first);
    assert_ne!(place(&recovery()), first);
}

#[test]
fn pagerduty_hears_of_each_alert_under_one_key_to_its_end() {
    let mut told = notice();
    let mut second = told.message.items[0].clone();
    second.alert = 18;
    second.severity = Severity::Warning;
    second.subject = String::from("unit:cron.service");
    told.message.items.push(second);
    let ok = || reply("202 Accepted", "", r#"{"status":"success","message":"Event processed"}"#);
    let events = |notice: &Notice| -> Vec<Value> {
        let answers = notice.message.items.iter().map(|_| ok()).collect();
        let (url, requests) = serve(answers);
        send(pagerduty(&url), notice).unwrap();
        notice.message.items.iter().map(|_| requests.recv().unwrap().json()).collect()
    };
    let opened = events(&told);
    let key = |event: &Value| event["dedup_key"].as_str().unwrap().to_owned();
    assert_ne!(key(&opened[0]), key(&opened[1]));
    let payload = |event: &Value| event["payload"]["severity"].as_str().unwrap().to_owned();
    assert_eq!([payload(&opened[0]), payload(&opened[1])], ["critical", "warning"]);
    for (kind, action) in [
        (TellKind::Reminder, "trigger"),
        (TellKind::Acknowledged, "acknowledge"),
        (TellKind::Recovered, "resolve"),
    ] {
        told.message.kind = kind;
        let events = events(&told);
        assert_eq!(events[0]["event_action"], action);
        assert_eq!([key(&events[0]), key(&events[1])], [key(&opened[0]), key(&opened[1])]);
    }
}

#[test]
fn one_service_behind_the_apprise_server_is_tried_for_days_and_several_a_few_times() {
    let failed = r#"{"error":"One or more notification could not be sent","details":[["INFO","t","Loaded"],["WARNING","t","Failed to send JSON notification: error=503."]]}"#;
    for (urls, expected) in [(r#"{"id":"a"}"#, "later"), (r#"{"id":"a"},{"id":"b"}"#, "unclear")] {
        let urls = format!(r#"{{"tags":[],"urls":[{urls}]}}"#);
        let answers = vec![reply("424 Failed Dependency", "", failed), reply("200 OK", "", &urls)];
        let (url, requests) = serve(answers);
        let result = send(apprise(&url), &notice());
        assert_eq!(outcome(&result).0, expected);
        let error = result.unwrap_err().to_string();
        assert!(error.ends_with("Failed to send JSON notification: error=503."), "{error}");
        requests.recv().unwrap();
        let head = requests.recv().unwrap().head;
        let path = format!("GET /json/urls/{TOKEN}?privacy=1&tag=night%2Cphone HTTP/1.1\n");
        assert!(head.starts_with(&path), "{head}");
    }
}

#[test]
fn the_apprise_server_is_asked_for_the_tags() {
    let request = requests(apprise, &notice());
    assert!(request.head.starts_with(&format!("POST /notify/{TOKEN} HTTP/1.1\n")));
    assert_eq!(request.json()["tag"], "night phone");
    assert_eq!(request.json()["format"], "text");
}
